//! What certificates of one kind look like: a reviewed file of words, read once and refused with its line when a word is wrong.
//! The digest of the signature is no word of it: it follows from the authority's key, so SHA-1 cannot be asked for anywhere.

use const_oid::ObjectIdentifier;
use crypto::{KeyAlgorithm, KeyUsage, KeyUsageSet, Name};
use domain::subject::AttributeType;
use serde::Deserialize;
use toml::Spanned;

use crate::duration;
use crate::error::{ProfileError, Source};

/// The longest validity a profile may ask for, in days: twenty years, beyond any authority the plan allows.
const LONGEST_VALIDITY_DAYS: i64 = 7_305;

/// Extended key usages that may be written by name (RFC 5280 section 4.2.1.12); any other is written as a dotted identifier.
const PURPOSES: [(&str, &str); 3] = [
    ("serverAuth", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "1.3.6.1.5.5.7.3.2"),
    ("emailProtection", "1.3.6.1.5.5.7.3.4"),
];

/// A validated profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    name: String,
    authority: String,
    class: String,
    validity_seconds: i64,
    key_algorithms: Vec<KeyAlgorithm>,
    subject_order: Vec<AttributeType>,
    subject_required: Vec<AttributeType>,
    key_usage: KeyUsageSet,
    extended_key_usage: Vec<String>,
    certificate_policies: Vec<String>,
    crl_url_template: String,
    private_key_usage_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileConfig {
    authority: Spanned<String>,
    class: Spanned<String>,
    validity: Spanned<String>,
    key_algorithms: Spanned<Vec<Spanned<String>>>,
    subject: Spanned<Vec<Spanned<String>>>,
    subject_required: Spanned<Vec<Spanned<String>>>,
    key_usage: Spanned<Vec<Spanned<String>>>,
    extended_key_usage: Spanned<Vec<Spanned<String>>>,
    certificate_policies: Spanned<Vec<Spanned<String>>>,
    crl: Spanned<String>,
    private_key_usage_period: Option<Spanned<String>>,
}

impl Profile {
    /// Reads `profiles/NAME.toml`; `name` is the file's name without its ending.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        let file = format!("{name}.toml");
        let source = Source { file: &file, text };
        if !is_name(name) {
            return Err(source.whole("the name of a profile is 1 to 40 of a-z, 0-9 and -"));
        }
        let config: ProfileConfig = source.read()?;
        if !is_name(config.authority.get_ref()) {
            return Err(source.at(&config.authority, "the name of an authority is 1 to 40 of a-z, 0-9 and -"));
        }
        if config.class.get_ref().trim().is_empty() {
            return Err(source.at(&config.class, "the class has no words"));
        }
        let validity_seconds = period(&source, &config.validity)?;
        if validity_seconds > LONGEST_VALIDITY_DAYS * duration::SECONDS_A_DAY {
            return Err(source.at(&config.validity, format!("longer than {LONGEST_VALIDITY_DAYS} days")));
        }
        let private_key_usage_seconds = match &config.private_key_usage_period {
            Some(value) => Some(period(&source, value)?),
            None => None,
        };
        if let (Some(seconds), Some(value)) = (private_key_usage_seconds, &config.private_key_usage_period)
            && seconds > validity_seconds
        {
            return Err(source.at(value, "the private key would outlive the certificate"));
        }
        let subject_order = attributes(&source, &config.subject)?;
        let subject_required = attributes(&source, &config.subject_required)?;
        if let Some(position) = subject_required.iter().position(|kind| !subject_order.contains(kind)) {
            return Err(source.at(
                &config.subject_required.get_ref()[position],
                format!("{} is required but does not stand in `subject`", subject_required[position].name()),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            key_algorithms: words(&source, &config.key_algorithms, |word| {
                word.parse::<KeyAlgorithm>().map_err(|_| format!("\"{word}\" is not a key algorithm of ours"))
            })?,
            key_usage: key_usage(&source, &config.key_usage)?,
            extended_key_usage: words(&source, &config.extended_key_usage, purpose)?,
            certificate_policies: words(&source, &config.certificate_policies, dotted)?,
            crl_url_template: crl_template(&source, &config.crl)?,
            authority: config.authority.into_inner(),
            class: config.class.into_inner(),
            validity_seconds,
            subject_order,
            subject_required,
            private_key_usage_seconds,
        })
    }

    /// Name of the file without its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the authority that signs certificates of this profile.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The class as clients read it: «Класс 2».
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Lifetime in seconds, both ends counted: notAfter = notBefore + this - 1.
    #[must_use]
    pub fn validity_seconds(&self) -> i64 {
        self.validity_seconds
    }

    /// Lifetime in days, rounded down.
    #[must_use]
    pub fn validity_days(&self) -> i64 {
        self.validity_seconds / duration::SECONDS_A_DAY
    }

    /// Algorithms a subject key may have.
    #[must_use]
    pub fn key_algorithms(&self) -> &[KeyAlgorithm] {
        &self.key_algorithms
    }

    /// Attribute types a subject may have, in encoding order; each at most once.
    #[must_use]
    pub fn subject_order(&self) -> &[AttributeType] {
        &self.subject_order
    }

    /// Attribute types without which no certificate is made.
    #[must_use]
    pub fn subject_required(&self) -> &[AttributeType] {
        &self.subject_required
    }

    /// The keyUsage bits.
    #[must_use]
    pub fn key_usage(&self) -> KeyUsageSet {
        self.key_usage
    }

    /// Dotted identifiers of extendedKeyUsage.
    #[must_use]
    pub fn extended_key_usage(&self) -> &[String] {
        &self.extended_key_usage
    }

    /// Dotted identifiers of the certificate policies.
    #[must_use]
    pub fn certificate_policies(&self) -> &[String] {
        &self.certificate_policies
    }

    /// How long the private key may sign, in seconds from notBefore, where the profile limits it.
    #[must_use]
    pub fn private_key_usage_seconds(&self) -> Option<i64> {
        self.private_key_usage_seconds
    }

    /// The CRL's address: the template with the server's public address (without a slash at its end) and the authority's name.
    #[must_use]
    pub fn crl_url(&self, base_url: &str) -> String {
        self.crl_url_template.replace("{base}", base_url.trim_end_matches('/')).replace("{authority}", &self.authority)
    }

    /// Why this subject is not one of the profile's, if it is not: an attribute it does not know, out of order, twice, or missing.
    pub fn check_subject(&self, subject: &Name) -> Result<(), String> {
        let pairs = subject.pairs();
        self.check_attributes(pairs.iter().map(|(oid, _)| oid.as_str()))?;
        match pairs.iter().find(|(_, value)| value.trim().is_empty()) {
            Some((oid, _)) => Err(format!("the attribute {oid} is empty")),
            None => Ok(()),
        }
    }

    /// The same on dotted attribute types in encoding order.
    pub(crate) fn check_attributes<'a>(&self, types: impl Iterator<Item = &'a str>) -> Result<(), String> {
        let mut seen = Vec::new();
        let mut least = 0;
        for oid in types {
            let kind = AttributeType::from_oid(oid).ok_or_else(|| format!("the attribute {oid} is unknown"))?;
            let name = kind.name();
            let position = self.subject_order.iter().position(|have| *have == kind);
            let position = position.ok_or_else(|| format!("profile {} has no attribute {name}", self.name))?;
            if seen.contains(&kind) {
                return Err(format!("the attribute {name} stands twice"));
            }
            if position < least {
                return Err(format!("the attribute {name} is out of the profile's order"));
            }
            least = position;
            seen.push(kind);
        }
        match self.subject_required.iter().find(|kind| !seen.contains(kind)) {
            Some(kind) => Err(format!("the attribute {} is missing", kind.name())),
            None => Ok(()),
        }
    }
}

/// Names that become parts of file names and addresses.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
        && !name.starts_with('-')
}

pub(crate) fn dotted(word: &str) -> Result<String, String> {
    ObjectIdentifier::new(word).map(|_| word.to_owned()).map_err(|_| format!("\"{word}\" is not a dotted identifier"))
}

pub(crate) fn period(source: &Source<'_>, value: &Spanned<String>) -> Result<i64, ProfileError> {
    duration::seconds(value.get_ref()).map_err(|reason| source.at(value, reason))
}

/// Every word read, none twice, at least one.
pub(crate) fn words<T: PartialEq>(
    source: &Source<'_>,
    list: &Spanned<Vec<Spanned<String>>>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, ProfileError> {
    let mut values = Vec::new();
    for word in list.get_ref() {
        let value = read(word.get_ref()).map_err(|reason| source.at(word, reason))?;
        if values.contains(&value) {
            return Err(source.at(word, format!("\"{}\" stands twice", word.get_ref())));
        }
        values.push(value);
    }
    if values.is_empty() { Err(source.at(list, "the list is empty")) } else { Ok(values) }
}

fn attributes(source: &Source<'_>, list: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<AttributeType>, ProfileError> {
    words(source, list, |word| {
        AttributeType::from_name(word).ok_or_else(|| format!("\"{word}\" is not an attribute type of ours"))
    })
}

fn key_usage(source: &Source<'_>, list: &Spanned<Vec<Spanned<String>>>) -> Result<KeyUsageSet, ProfileError> {
    let bits = words(source, list, |word| match KeyUsage::from_name(word) {
        Some(KeyUsage::KeyCertSign | KeyUsage::CrlSign) => Err(format!("{word} belongs to authorities only")),
        Some(bit) => Ok(bit),
        None => Err(format!("\"{word}\" is not a key usage of RFC 5280")),
    })?;
    Ok(KeyUsageSet::of(bits))
}

fn purpose(word: &str) -> Result<String, String> {
    match PURPOSES.iter().find(|(name, _)| *name == word) {
        Some((_, oid)) => Ok((*oid).to_owned()),
        None => dotted(word),
    }
}

fn crl_template(source: &Source<'_>, value: &Spanned<String>) -> Result<String, ProfileError> {
    let template = value.get_ref();
    let bare = template.replace("{base}", "").replace("{authority}", "");
    if bare.contains(['{', '}']) {
        return Err(source.at(value, "only {base} and {authority} are known here"));
    }
    if !template.contains("{authority}") {
        return Err(source.at(value, "two authorities would share one address: {authority} is missing"));
    }
    if !["{base}/", "http://", "https://"].iter().any(|start| template.starts_with(start)) {
        return Err(source.at(value, "the address starts with {base}/, http:// or https://"));
    }
    Ok(template.clone())
}
