//! Everything that happens before a signature: the checks of policy, the bytes to be signed, their rehearsal under a throw-away key, the lints.
//! The result can be written down as an intent and, after a restart, be made again from those bytes alone; it is spent by [`crate::sign`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crypto::{Extension, KeyAlgorithm, Name, PrivateKey, PublicKey, Signer, TbsCertificate};

use crate::SerialNumber;
use crate::authority::Authority;
use crate::encoding;
use crate::error::Error;
use crate::lint::view::{self, CertificateView};
use crate::lint::{self, Finding, Role};
use crate::profile::Profile;

/// Bytes that may be signed, once. Only [`prepare`] and [`Prepared::from_intent`] make one, and both lint.
pub struct Prepared {
    tbs_der: Vec<u8>,
    serial: SerialNumber,
    not_before: i64,
    not_after: i64,
    authority_key_id: Vec<u8>,
}

impl Prepared {
    /// Takes the bytes of an intent that was written down before a restart: reads them again and lints them again.
    ///
    /// The intent was made under the profile of its day, which may have changed since, so the rules about the profile keep silent here (requirement R4).
    pub fn from_intent(tbs_der: Vec<u8>, authority: &Authority) -> Result<Self, Error> {
        Self::read_intent(tbs_der, authority, None)
    }

    /// The same when the profile of the intent's day is at hand: its rules speak too.
    pub fn from_intent_under(tbs_der: Vec<u8>, authority: &Authority, profile: &Profile) -> Result<Self, Error> {
        Self::read_intent(tbs_der, authority, Some(profile))
    }

    fn read_intent(tbs_der: Vec<u8>, authority: &Authority, profile: Option<&Profile>) -> Result<Self, Error> {
        // A signature of the right length holds the place; the rules read everything but its value.
        let algorithm = authority.signer().signature_algorithm();
        let placeholder = vec![0; signature_octets(authority.certificate.public_key().algorithm())];
        let rehearsal = crypto::assemble(&tbs_der, algorithm, &placeholder);
        let findings = lint::examine(&rehearsal, authority.issuer_facts(), Role::Client(profile));
        if !findings.is_empty() {
            return Err(Error::Lint(findings));
        }
        let (serial, not_before, not_after) = essentials(&rehearsal)?;
        Ok(Self { tbs_der, serial, not_before, not_after, authority_key_id: authority.subject_key_id().to_vec() })
    }

    /// The bytes to be signed: TBSCertificate.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs_der
    }

    /// SHA-256 of the bytes to be signed.
    #[must_use]
    pub fn tbs_sha256(&self) -> [u8; 32] {
        crypto::sha256(&self.tbs_der)
    }

    /// The serial number inside.
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        self.serial
    }

    /// First second of validity, epoch seconds.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Last second of validity, epoch seconds.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether it was prepared for the authority with this key.
    pub(crate) fn is_for(&self, authority: &Authority) -> bool {
        self.authority_key_id == authority.subject_key_id()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Prepared").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Why nothing was prepared: policy or the state of the authority says no, or the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareRefusal {
    /// The profile belongs to another authority.
    #[error("profile {profile} is signed by {expected}, not by {authority}")]
    WrongAuthority {
        /// Name of the profile.
        profile: String,
        /// The authority the profile names.
        expected: String,
        /// The authority that was asked.
        authority: String,
    },
    /// The key's algorithm is none the profile allows.
    #[error("profile {profile} does not allow {algorithm} keys")]
    KeyAlgorithm {
        /// Name of the profile.
        profile: String,
        /// The algorithm of the key.
        algorithm: KeyAlgorithm,
    },
    /// The subject is not one of the profile's.
    #[error("subject: {detail}")]
    Subject {
        /// Which attribute and why; no values.
        detail: String,
    },
    /// The certificate would outlive the authority: the authority needs a successor.
    #[error("the certificate would end at {not_after}, after its issuer at {issuer_not_after} (epoch seconds)")]
    BeyondIssuer {
        /// Last second the certificate would have.
        not_after: i64,
        /// Last second of the authority.
        issuer_not_after: i64,
    },
    /// The certificate would begin before the authority does; somebody's clock is wrong.
    #[error("the certificate would begin at {not_before}, before its issuer at {issuer_not_before} (epoch seconds)")]
    BeforeIssuer {
        /// First second the certificate would have.
        not_before: i64,
        /// First second of the authority.
        issuer_not_before: i64,
    },
    /// The certificate breaks rules.
    #[error("the certificate breaks {} rule(s); the first is {}", .0.len(), .0.first().map_or_else(String::new, ToString::to_string))]
    Lint(Vec<Finding>),
    /// Not a refusal: the engine or the machine failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl PrepareRefusal {
    /// The stable code of the refusal, for the journal and for answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongAuthority { .. } => "wrong-authority",
            Self::KeyAlgorithm { .. } => "key-algorithm-not-allowed",
            Self::Subject { .. } => "subject-not-by-profile",
            Self::BeyondIssuer { .. } => "beyond-issuer",
            Self::BeforeIssuer { .. } => "before-issuer",
            Self::Lint(_) => "lint",
            Self::Failed(_) => "internal",
        }
    }
}

impl From<crypto::Error> for PrepareRefusal {
    fn from(error: crypto::Error) -> Self {
        Self::Failed(Error::Crypto(error))
    }
}

/// Checks, builds, rehearses and lints a certificate for this subject and key.
///
/// Subject and dates come from the bank's record and `now` (epoch seconds), the key from a verified request; nothing else of a request gets here.
/// notBefore = now, notAfter = now + validity - 1 s.
pub fn prepare(
    authority: &Authority,
    profile: &Profile,
    subject: Name,
    public_key: &PublicKey,
    now: i64,
    base_url: &str,
    rng: &mut crypto::Rng,
) -> Result<Prepared, PrepareRefusal> {
    if profile.authority() != authority.name {
        return Err(PrepareRefusal::WrongAuthority {
            profile: profile.name().to_owned(),
            expected: profile.authority().to_owned(),
            authority: authority.name.clone(),
        });
    }
    let algorithm = public_key.algorithm();
    if !profile.key_algorithms().contains(&algorithm) {
        return Err(PrepareRefusal::KeyAlgorithm { profile: profile.name().to_owned(), algorithm });
    }
    profile.check_subject(&subject).map_err(|detail| PrepareRefusal::Subject { detail })?;
    let facts = authority.issuer_facts();
    let not_after = now + profile.validity_seconds() - 1;
    if not_after > facts.not_after {
        return Err(PrepareRefusal::BeyondIssuer { not_after, issuer_not_after: facts.not_after });
    }
    if now < facts.not_before {
        return Err(PrepareRefusal::BeforeIssuer { not_before: now, issuer_not_before: facts.not_before });
    }

    let serial = SerialNumber::draw(rng);
    let mut extensions = vec![
        Extension::key_usage(profile.key_usage()),
        Extension::extended_key_usage(profile.extended_key_usage().iter().map(String::as_str))?,
        Extension::certificate_policies(profile.certificate_policies().iter().map(String::as_str))?,
        Extension::subject_key_id(&encoding::key_identifier(&public_key.raw_bits())),
        Extension::authority_key_id(facts.subject_key_id),
        Extension::crl_distribution_points([profile.crl_url(base_url).as_str()])?,
    ];
    if let Some(seconds) = profile.private_key_usage_seconds() {
        let period = encoding::private_key_usage_period(now, now + seconds - 1);
        extensions.push(period.map_err(|detail| Error::unfit("clock", detail))?);
    }
    let tbs_der = TbsCertificate {
        serial: serial.as_bytes().to_vec(),
        signature_algorithm: facts.signature_algorithm,
        issuer_der: facts.subject_der.to_vec(),
        not_before: now,
        not_after,
        subject,
        spki_der: public_key.to_spki_der(),
        extensions,
    }
    .to_der()?;

    let rehearsal = rehearse(&tbs_der, authority.certificate.public_key().algorithm(), rng)?;
    let findings = lint::examine(&rehearsal, facts, Role::Client(Some(profile)));
    if !findings.is_empty() {
        return Err(PrepareRefusal::Lint(findings));
    }
    if essentials(&rehearsal)? != (serial, now, not_after) {
        return Err(PrepareRefusal::Failed(Error::Contradiction("the built certificate says something else")));
    }
    Ok(Prepared { tbs_der, serial, not_before: now, not_after, authority_key_id: facts.subject_key_id.to_vec() })
}

/// Signs with a throw-away key of the algorithm, so that the rules see a whole certificate before the authority's key is touched.
pub(crate) fn rehearse(tbs_der: &[u8], algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> Result<Vec<u8>, Error> {
    let key = throw_away_key(algorithm, rng)?;
    let signature = key.sign(tbs_der, rng)?;
    Ok(crypto::assemble(tbs_der, key.signature_algorithm(), &signature))
}

/// One key for each algorithm and process: its signatures are never stored and vouch for nothing, so making it again would buy nothing.
static THROW_AWAY_KEYS: Mutex<BTreeMap<KeyAlgorithm, Arc<PrivateKey>>> = Mutex::new(BTreeMap::new());

fn throw_away_key(algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> Result<Arc<PrivateKey>, Error> {
    let known = THROW_AWAY_KEYS.lock().unwrap_or_else(PoisonError::into_inner).get(&algorithm).cloned();
    if let Some(key) = known {
        return Ok(key);
    }
    // Made outside the lock: an RSA key takes seconds, and two of them do no harm.
    let key = Arc::new(PrivateKey::generate(algorithm, rng)?);
    THROW_AWAY_KEYS.lock().unwrap_or_else(PoisonError::into_inner).insert(algorithm, Arc::clone(&key));
    Ok(key)
}

/// Serial number and validity as the bytes themselves say.
fn essentials(der: &[u8]) -> Result<(SerialNumber, i64, i64), Error> {
    let unreadable = |_| Error::Contradiction("linted bytes cannot be read");
    let certificate = CertificateView::parse(der).map_err(unreadable)?;
    let serial = SerialNumber::from_octets(certificate.serial)
        .map_err(|_| Error::Contradiction("a linted serial number is none of ours"))?;
    let not_before = view::seconds(certificate.not_before).map_err(unreadable)?;
    let not_after = view::seconds(certificate.not_after).map_err(unreadable)?;
    Ok((serial, not_before, not_after))
}

/// Octets of a signature; for ECDSA, whose DER varies, the longest.
fn signature_octets(algorithm: KeyAlgorithm) -> usize {
    match algorithm {
        KeyAlgorithm::Gost(set) if set.is_512() => 128,
        KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) => 64,
        KeyAlgorithm::EcdsaP256 => 72,
        KeyAlgorithm::EcdsaP384 => 104,
        KeyAlgorithm::Rsa { bits } => usize::from(bits).div_ceil(8),
    }
}
