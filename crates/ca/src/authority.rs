//! An authority: its certificate, the chain above it and the key that signs. Loading proves that they belong together.
//! Making one from a plan goes the way every certificate goes: build, sign with a throw-away key, lint, sign, compare, verify.

use std::fmt;

use crypto::{Certificate, Extension, KeyUsage, KeyUsageSet, Signer, TbsCertificate};

use crate::SerialNumber;
use crate::duration::SECONDS_A_DAY;
use crate::encoding;
use crate::error::Error;
use crate::issue;
use crate::lint::{self, IssuerFacts, Role};
use crate::plan::AuthoritySpec;
use crate::prepare;
use crate::profile::is_name;

/// An authority that can sign.
pub struct Authority {
    /// Name in files, addresses and the journal.
    pub name: String,
    /// Its certificate.
    pub certificate: Certificate,
    /// The issuers above it, nearest first, up to the root; empty for a root.
    pub chain: Vec<Certificate>,
    signer: Box<dyn Signer>,
    subject_key_id: Vec<u8>,
}

impl Authority {
    /// Brings a certificate, the issuers above it (nearest first, up to the root) and a key together.
    ///
    /// Refused: a key that is not the certificate's, a certificate that may not certify or has no subjectKeyIdentifier, a chain whose
    /// links do not verify, and a signature algorithm that is not the one every certificate of this key kind is signed with.
    pub fn load(
        name: &str,
        certificate: Certificate,
        chain: Vec<Certificate>,
        signer: Box<dyn Signer>,
    ) -> Result<Self, Error> {
        let unfit = |detail: String| Error::unfit("authority", format!("{name}: {detail}"));
        if !is_name(name) {
            return Err(unfit("the name of an authority is 1 to 40 of a-z, 0-9 and -".to_owned()));
        }
        if signer.public_key().spki_sha256() != certificate.public_key().spki_sha256() {
            return Err(unfit("the key is not the certificate's".to_owned()));
        }
        let key_algorithm = certificate.public_key().algorithm();
        if signer.signature_algorithm() != key_algorithm.signature_algorithm() {
            return Err(unfit(format!("a {key_algorithm} key signs with {}", signer.signature_algorithm().name())));
        }
        may_certify(&certificate).map_err(&unfit)?;
        let mut below = &certificate;
        for issuer in &chain {
            may_certify(issuer).map_err(&unfit)?;
            below.verify_issued_by(issuer).map_err(|error| unfit(format!("the chain does not hold: {error}")))?;
            below = issuer;
        }
        below.verify_issued_by(below).map_err(|_| unfit("the chain does not end at a root".to_owned()))?;
        let subject_key_id = certificate.subject_key_id().unwrap_or_default().to_vec();
        if subject_key_id.is_empty() {
            return Err(unfit("the certificate has no subjectKeyIdentifier".to_owned()));
        }
        Ok(Self { name: name.to_owned(), certificate, chain, signer, subject_key_id })
    }

    /// The key; only this crate signs with it, and only what was linted.
    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// Its subjectKeyIdentifier.
    pub(crate) fn subject_key_id(&self) -> &[u8] {
        &self.subject_key_id
    }

    /// What the rules need to know about it.
    #[must_use]
    pub fn issuer_facts(&self) -> IssuerFacts<'_> {
        IssuerFacts {
            subject_der: self.certificate.subject_der(),
            subject_key_id: &self.subject_key_id,
            not_before: self.certificate.not_before(),
            not_after: self.certificate.not_after(),
            signature_algorithm: self.signer.signature_algorithm(),
        }
    }
}

impl fmt::Debug for Authority {
    /// Never the key.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authority")
            .field("name", &self.name)
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// Where this authority's CRL is served, `base_url` being the server's public address.
#[must_use]
pub fn crl_url(base_url: &str, authority: &str) -> String {
    format!("{}/crl/{authority}.crl", base_url.trim_end_matches('/'))
}

/// Makes an authority of a plan: the root signs itself, any other is signed by `issuer`, which the plan names.
///
/// `now` (epoch seconds) becomes notBefore; notAfter = notBefore + validity - 1 s. The key is taken over: what is to be kept of it
/// (its PKCS#8 form) is written down first; a key on a token stays where it is.
pub fn create_authority(
    spec: &AuthoritySpec,
    issuer: Option<&Authority>,
    key: impl Signer + 'static,
    now: i64,
    crl_base_url: &str,
    rng: &mut crypto::Rng,
) -> Result<Authority, Error> {
    let unfit = |detail: &str| Error::unfit("authority", format!("{}: {detail}", spec.name));
    if issuer.map(|authority| &authority.name) != spec.issuer.as_ref() {
        return Err(unfit("the issuer is not the one of the plan"));
    }
    if key.public_key().algorithm() != spec.algorithm {
        return Err(unfit("the key is not of the plan's algorithm"));
    }
    let not_after = now + spec.validity_days * SECONDS_A_DAY - 1;
    if issuer.is_some_and(|authority| not_after > authority.certificate.not_after()) {
        return Err(unfit("would outlive its issuer"));
    }
    let subject = spec.distinguished_name()?;
    let subject_der = subject.to_der();
    let spki_der = key.public_key().to_spki_der();
    let subject_key_id = encoding::key_identifier(&key.public_key().raw_bits());
    let (facts, role) = match issuer {
        Some(authority) => (authority.issuer_facts(), Role::Authority),
        None => {
            let facts = IssuerFacts {
                subject_der: &subject_der,
                subject_key_id: &subject_key_id,
                not_before: now,
                not_after,
                signature_algorithm: key.signature_algorithm(),
            };
            (facts, Role::Root)
        }
    };
    let mut extensions = vec![
        Extension::basic_constraints(true, spec.path_len),
        Extension::key_usage(KeyUsageSet::of([KeyUsage::KeyCertSign, KeyUsage::CrlSign])),
        Extension::subject_key_id(&subject_key_id),
        Extension::authority_key_id(facts.subject_key_id),
    ];
    if !spec.certificate_policies.is_empty() {
        extensions.push(Extension::certificate_policies(spec.certificate_policies.iter().map(String::as_str))?);
    }
    if let Some(authority) = issuer {
        extensions.push(Extension::crl_distribution_points([crl_url(crl_base_url, &authority.name).as_str()])?);
    }
    let tbs_der = TbsCertificate {
        serial: SerialNumber::draw(rng).as_bytes().to_vec(),
        signature_algorithm: facts.signature_algorithm,
        issuer_der: facts.subject_der.to_vec(),
        not_before: now,
        not_after,
        subject,
        spki_der,
        extensions,
    }
    .to_der()?;

    let signing_algorithm = issuer.map_or(spec.algorithm, |authority| authority.certificate.public_key().algorithm());
    let rehearsal = prepare::rehearse(&tbs_der, signing_algorithm, rng)?;
    let findings = lint::examine(&rehearsal, facts, role);
    if !findings.is_empty() {
        return Err(Error::Lint(findings));
    }
    let certificate = match issuer {
        Some(authority) => issue::sign_and_check(&tbs_der, authority.signer(), Some(&authority.certificate), rng)?,
        None => issue::sign_and_check(&tbs_der, &key, None, rng)?,
    };
    let chain = match issuer {
        Some(authority) => std::iter::once(&authority.certificate).chain(&authority.chain).cloned().collect(),
        None => Vec::new(),
    };
    Authority::load(&spec.name, certificate, chain, Box::new(key))
}

fn may_certify(certificate: &Certificate) -> Result<(), String> {
    if !certificate.is_ca() {
        return Err("a certificate that is no authority's".to_owned());
    }
    match certificate.key_usage() {
        Some(usage) if usage.contains(KeyUsage::KeyCertSign) && usage.contains(KeyUsage::CrlSign) => Ok(()),
        _ => Err("a certificate without keyCertSign and cRLSign".to_owned()),
    }
}
