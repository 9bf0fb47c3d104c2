//! The reviewed file of `surguch ca init`: which authorities there will be, who signs whom, with what keys, names and lifetimes.
//! Reading it makes nothing; making is [`crate::create_authority`], one authority after the other in the plan's order.

use crypto::{KeyAlgorithm, Name};
use domain::subject::AttributeType;
use serde::Deserialize;
use toml::Spanned;

use crate::duration::{self, SECONDS_A_DAY};
use crate::error::{PlanError, Source};
use crate::profile::{dotted, is_name, period, words};

/// More authorities than this in one file is a slip; each costs a key.
const MOST_AUTHORITIES: usize = 32;
/// Thirty years.
const LONGEST_VALIDITY_DAYS: i64 = 10_958;
/// RFC 5280 sets no limit, a chain of ours does (`crypto::build_chain` refuses more than eight certificates).
const LONGEST_PATH: u8 = 6;

/// A validated plan; issuers stand before those they sign.
#[derive(Clone, Debug)]
pub struct AuthorityPlan {
    authorities: Vec<AuthoritySpec>,
}

/// One authority of the plan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthoritySpec {
    /// Name in files, addresses and the journal: 1 to 40 of a-z, 0-9 and -.
    pub name: String,
    /// Name of the authority of this plan that signs it; none for a self-signed root.
    pub issuer: Option<String>,
    /// Algorithm of its key; the digest of its signatures follows from it.
    pub algorithm: KeyAlgorithm,
    /// Its distinguished name, in encoding order.
    pub subject: Vec<(AttributeType, String)>,
    /// Lifetime in days of 86,400 s, both ends counted.
    pub validity_days: i64,
    /// How many authorities may stand below it; none is without limit (roots only).
    pub path_len: Option<u8>,
    /// Time between thisUpdate and nextUpdate of its CRL, in hours.
    pub crl_life_hours: i64,
    /// Certificate policies of its own certificate, dotted; empty leaves the extension out.
    pub certificate_policies: Vec<String>,
}

impl AuthoritySpec {
    /// The distinguished name, ready for encoding.
    pub fn distinguished_name(&self) -> Result<Name, crypto::Error> {
        Name::from_pairs(self.subject.iter().map(|(kind, value)| (kind.oid(), value.as_str())))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanConfig {
    #[serde(default)]
    authority: Vec<Spanned<AuthorityConfig>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorityConfig {
    name: Spanned<String>,
    issuer: Option<Spanned<String>>,
    algorithm: Spanned<String>,
    subject: Spanned<Vec<Spanned<(String, String)>>>,
    validity: Spanned<String>,
    path_len: Option<Spanned<u8>>,
    crl_life: Spanned<String>,
    certificate_policies: Option<Spanned<Vec<Spanned<String>>>>,
}

impl AuthorityPlan {
    /// Reads the plan; complaints call the file «authority plan».
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        Self::parse_file("authority plan", text)
    }

    /// Reads the plan; complaints name this file.
    pub fn parse_file(file: &str, text: &str) -> Result<Self, PlanError> {
        let source = Source { file, text };
        let config: PlanConfig = source.read()?;
        if config.authority.is_empty() {
            return Err(source.whole("no [[authority]] in the plan"));
        }
        if config.authority.len() > MOST_AUTHORITIES {
            return Err(source.whole(format!("more than {MOST_AUTHORITIES} authorities in one plan")));
        }
        let mut named: Vec<&str> = Vec::new();
        for entry in &config.authority {
            let name = &entry.get_ref().name;
            if named.contains(&name.get_ref().as_str()) {
                return Err(source.at(name, format!("a second authority named \"{}\"", name.get_ref())));
            }
            named.push(name.get_ref());
        }
        let mut waiting: Vec<(&AuthorityConfig, AuthoritySpec)> = Vec::new();
        for entry in &config.authority {
            waiting.push((entry.get_ref(), authority(&source, entry.get_ref())?));
        }
        let mut authorities: Vec<AuthoritySpec> = Vec::new();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|(_, spec)| match &spec.issuer {
                None => true,
                Some(issuer) => authorities.iter().any(|have| have.name == *issuer),
            });
            let Some(ready) = ready else {
                let (entry, spec) = &waiting[0];
                let known = spec.issuer.as_deref().is_some_and(|issuer| named.contains(&issuer));
                let reason = if known { "signers in a circle" } else { "no authority of this name in the plan" };
                return Err(source.at(entry.issuer.as_ref().unwrap_or(&entry.name), reason));
            };
            let (entry, spec) = waiting.remove(ready);
            if let Some(issuer) = authorities.iter().find(|have| spec.issuer.as_deref() == Some(&have.name)) {
                below_issuer(&source, entry, &spec, issuer)?;
            }
            if let Some(twin) = authorities.iter().find(|have| have.subject == spec.subject) {
                return Err(source.at(&entry.subject, format!("the same subject as \"{}\"", twin.name)));
            }
            authorities.push(spec);
        }
        Ok(Self { authorities })
    }

    /// The authorities, every issuer before those it signs.
    #[must_use]
    pub fn authorities(&self) -> &[AuthoritySpec] {
        &self.authorities
    }

    /// The authority of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&AuthoritySpec> {
        self.authorities.iter().find(|spec| spec.name == name)
    }
}

fn authority(source: &Source<'_>, config: &AuthorityConfig) -> Result<AuthoritySpec, PlanError> {
    if !is_name(config.name.get_ref()) {
        return Err(source.at(&config.name, "the name of an authority is 1 to 40 of a-z, 0-9 and -"));
    }
    let algorithm: KeyAlgorithm = config.algorithm.get_ref().parse().map_err(|_| {
        source.at(&config.algorithm, format!("\"{}\" is not a key algorithm of ours", config.algorithm.get_ref()))
    })?;
    let validity_seconds = period(source, &config.validity)?;
    if validity_seconds % SECONDS_A_DAY != 0 || validity_seconds / SECONDS_A_DAY > LONGEST_VALIDITY_DAYS {
        return Err(source.at(&config.validity, format!("whole days are expected, at most {LONGEST_VALIDITY_DAYS}")));
    }
    let crl_life_seconds =
        duration::seconds(config.crl_life.get_ref()).map_err(|it| source.at(&config.crl_life, it))?;
    if crl_life_seconds > validity_seconds {
        return Err(source.at(&config.crl_life, "the CRL would outlive the authority"));
    }
    let path_len = config.path_len.as_ref().map(|length| *length.get_ref());
    if let (Some(length), Some(value)) = (path_len, &config.path_len)
        && length > LONGEST_PATH
    {
        return Err(source.at(value, format!("at most {LONGEST_PATH}")));
    }
    let certificate_policies = match &config.certificate_policies {
        Some(list) => words(source, list, dotted)?,
        None => Vec::new(),
    };
    Ok(AuthoritySpec {
        name: config.name.get_ref().clone(),
        issuer: config.issuer.as_ref().map(|issuer| issuer.get_ref().clone()),
        algorithm,
        subject: subject(source, &config.subject)?,
        validity_days: validity_seconds / SECONDS_A_DAY,
        path_len,
        crl_life_hours: crl_life_seconds / 3_600,
        certificate_policies,
    })
}

fn subject(
    source: &Source<'_>,
    list: &Spanned<Vec<Spanned<(String, String)>>>,
) -> Result<Vec<(AttributeType, String)>, PlanError> {
    let mut pairs: Vec<(AttributeType, String)> = Vec::new();
    for pair in list.get_ref() {
        let (word, value) = pair.get_ref();
        let kind = AttributeType::from_name(word)
            .ok_or_else(|| source.at(pair, format!("\"{word}\" is not an attribute type of ours")))?;
        if value.trim().is_empty() {
            return Err(source.at(pair, format!("{word} has no value")));
        }
        if pairs.iter().any(|(have, _)| *have == kind) {
            return Err(source.at(pair, format!("{word} stands twice")));
        }
        pairs.push((kind, value.clone()));
    }
    if pairs.iter().any(|(kind, _)| *kind == AttributeType::CN) {
        Ok(pairs)
    } else {
        Err(source.at(list, "CN is missing"))
    }
}

/// RFC 5280 section 6.1: an authority below another has a shorter path left and does not outlive its issuer.
fn below_issuer(
    source: &Source<'_>,
    config: &AuthorityConfig,
    spec: &AuthoritySpec,
    issuer: &AuthoritySpec,
) -> Result<(), PlanError> {
    let Some(length) = spec.path_len else {
        return Err(source.at(&config.name, "path_len is required of an authority that another one signs"));
    };
    if issuer.path_len.is_some_and(|limit| length >= limit) {
        return Err(source.at(
            config.path_len.as_ref().unwrap_or(&Spanned::new(0..0, 0)),
            format!("path_len must be less than that of \"{}\"", issuer.name),
        ));
    }
    if spec.validity_days > issuer.validity_days {
        return Err(source.at(&config.validity, format!("longer than the life of its issuer \"{}\"", issuer.name)));
    }
    Ok(())
}
