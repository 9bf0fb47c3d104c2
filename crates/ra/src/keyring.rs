//! The keys of the house: authorities, the journal's key, the key of mailed links. Files in `DATA/keys`, opened by one password.
//!
//! `initialise` makes all of them once, from a reviewed plan; nothing here ever overwrites a key.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crypto::{KeyAlgorithm, PrivateKey, Signer};
use domain::Timestamp;
use zeroize::Zeroizing;

use crate::failure::Error;
use crate::setup::Moment;

/// A password: of the keys, or of a member of staff. It neither prints nor clones.
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the octets.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// The key under which codes of mailed links are derived: 32 octets.
pub(crate) struct LinkKey(Zeroizing<Vec<u8>>);

impl LinkKey {
    /// The code of a link: HMAC-SHA-256(link key, request id, link number), 64 hexadecimal digits. Derived anew when a letter is
    /// sent, so that a retry sends the same code while the database holds only its hash.
    pub(crate) fn code(&self, request: domain::ids::RequestId, number: i64) -> String {
        use hmac::{KeyInit, Mac};
        let mut mac =
            hmac::Hmac::<sha2::Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length (RFC 2104)");
        mac.update(b"surguch-link-1");
        mac.update(request.as_bytes());
        mac.update(&number.to_be_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    /// The code that a letter carries to the address of a request, to come back from there: request id, a dot, and HMAC-SHA-256(link key,
    /// request id, address) as 64 hexadecimal digits. Made anew when it is needed, so the database holds nothing that confirms.
    pub(crate) fn email_code(&self, request: domain::ids::RequestId, email: &domain::subscriber::Email) -> String {
        use hmac::{KeyInit, Mac};
        let mut mac =
            hmac::Hmac::<sha2::Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length (RFC 2104)");
        mac.update(b"surguch-email-1");
        mac.update(request.as_bytes());
        mac.update(email.as_str().as_bytes());
        format!("{request}.{}", hex::encode(mac.finalize().into_bytes()))
    }

    /// The secret of a member's second device: HMAC-SHA-256(link key, member, salt), cut to length. Whoever has the database alone has
    /// no device's secret.
    pub(crate) fn device_secret(&self, member: &str, salt: &[u8; 16], octets: usize) -> Zeroizing<Vec<u8>> {
        use hmac::{KeyInit, Mac};
        let mut mac =
            hmac::Hmac::<sha2::Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length (RFC 2104)");
        mac.update(b"surguch-device-1");
        mac.update(salt);
        mac.update(member.as_bytes());
        let digest = Zeroizing::new(mac.finalize().into_bytes().to_vec());
        Zeroizing::new(digest.iter().copied().take(octets).collect())
    }
}

/// Keys of authorities that lie outside the data folder, on a token or in an HSM. Whoever puts the house together knows how to reach them; here they are asked for and sign.
pub struct OutsideKeys {
    /// Whose keys are there, by the names of the plan.
    pub authorities: Vec<String>,
    /// Makes a key.
    pub make: Box<MakeKey>,
    /// Finds one by SHA-256 of its SubjectPublicKeyInfo.
    pub find: Box<FindKey>,
}

/// Makes a key outside; the reason in words where that fails.
pub type MakeKey = dyn Fn(KeyAlgorithm, &mut crypto::Rng) -> Result<Box<dyn Signer>, String> + Send + Sync;
/// Finds a key outside by its hash; the reason in words where that fails.
pub type FindKey = dyn Fn(&[u8; 32]) -> Result<Box<dyn Signer>, String> + Send + Sync;

impl OutsideKeys {
    fn have(&self, authority: &str) -> bool {
        self.authorities.iter().any(|name| name == authority)
    }
}

/// A key wherever it is.
struct Held(Box<dyn Signer>);

impl Signer for Held {
    fn public_key(&self) -> &crypto::PublicKey {
        self.0.public_key()
    }

    fn signature_algorithm(&self) -> crypto::SignatureAlgorithm {
        self.0.signature_algorithm()
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        self.0.sign(message, rng)
    }
}

pub(crate) struct Keyring {
    authorities: Vec<ca::Authority>,
    plan: ca::AuthorityPlan,
    pub(crate) journal: PrivateKey,
    pub(crate) link: std::sync::Arc<LinkKey>,
    /// Signs the tickets of clients' components.
    pub(crate) ticket: PrivateKey,
}

impl Keyring {
    pub(crate) fn authority(&self, name: &str) -> Option<&ca::Authority> {
        self.authorities.iter().find(|authority| authority.name == name)
    }

    pub(crate) fn authorities(&self) -> &[ca::Authority] {
        &self.authorities
    }

    /// Seconds between thisUpdate and nextUpdate of an authority's CRL, as its plan says.
    pub(crate) fn crl_life_seconds(&self, name: &str) -> i64 {
        self.plan.find(name).map_or(DEFAULT_CRL_LIFE_HOURS, |spec| spec.crl_life_hours) * 3_600
    }

    /// Reads every key of `DATA/keys`.
    ///
    /// # Errors
    /// No keys yet, a wrong password, a key that does not match its certificate.
    pub(crate) fn load(data: &Path, password: &Password, outside: Option<&OutsideKeys>) -> Result<Self, Error> {
        let folder = data.join(FOLDER);
        if !folder.is_dir() {
            return Err(Error::Setup(format!(
                "{}: no keys here yet; `surguch ca init FILE.toml` makes them",
                folder.display()
            )));
        }
        let plan_file = folder.join(PLAN);
        let plan = ca::AuthorityPlan::parse_file(&plan_file.display().to_string(), &read_text(&plan_file)?)
            .map_err(|error| Error::Setup(error.to_string()))?;
        let mut authorities: Vec<ca::Authority> = Vec::new();
        for name in plan.authorities().iter().map(|spec| &spec.name) {
            let certificates = read_certificates(&folder.join(format!("{name}.pem")))?;
            let (certificate, chain) =
                certificates.split_first().ok_or_else(|| Error::Setup(format!("{name}.pem holds no certificate")))?;
            let elsewhere = folder.join(format!("{name}{OUTSIDE}"));
            let key: Box<dyn Signer> = if elsewhere.exists() {
                find_outside(name, &elsewhere, outside)?
            } else {
                Box::new(read_key(&folder.join(format!("{name}.key")), password)?)
            };
            let authority = ca::Authority::load(name, certificate.clone(), chain.to_vec(), key)
                .map_err(|error| Error::Setup(format!("authority {name}: {error}")))?;
            authorities.push(authority);
        }
        let journal = read_key(&folder.join(JOURNAL), password)?;
        let ticket = read_key(&folder.join(TICKET), password)?;
        let link_file = folder.join(LINK);
        let sealed = read_text(&link_file)?;
        let link = hex::decode(sealed.trim())
            .ok()
            .filter(|octets| octets.len() == LINK_OCTETS)
            .ok_or_else(|| Error::Setup(format!("{}: not {LINK_OCTETS} hexadecimal octets", link_file.display())))?;
        Ok(Self { authorities, plan, journal, link: std::sync::Arc::new(LinkKey(Zeroizing::new(link))), ticket })
    }
}

/// What `initialise` made.
#[derive(Clone, Debug)]
pub struct InitReport {
    /// Name, algorithm, SHA-256 thumbprint (hexadecimal) and end of each authority, in order of creation.
    pub authorities: Vec<(String, String, String, Timestamp)>,
    /// SHA-256 of the ticket key's SubjectPublicKeyInfo (hexadecimal): clients compare it when their component meets the bank.
    pub ticket_key_sha256: String,
}

/// What a plan would make, in words, without making it.
///
/// # Errors
/// What is wrong with the plan.
pub fn plan_preview(plan_text: &str) -> Result<String, Error> {
    let plan = ca::AuthorityPlan::parse(plan_text).map_err(|error| Error::Setup(error.to_string()))?;
    let mut text = String::new();
    for spec in plan.authorities() {
        let name = spec.distinguished_name()?;
        let issuer = spec.issuer.as_deref().unwrap_or("-");
        text.push_str(&format!(
            "{}\n  subject     {name}\n  issuer      {issuer}\n  algorithm   {}\n  validity    {} d\n  CRL life    {} h\n",
            spec.name, spec.algorithm, spec.validity_days, spec.crl_life_hours
        ));
    }
    Ok(text)
}

/// Makes the authorities of a reviewed plan, the journal's key, the ticket key and the link key in `data/keys`.
///
/// Everything is written beside and renamed at the end, so that a crash leaves either all keys or none.
///
/// # Errors
/// Keys are there already, the plan is wrong, or the disk refuses.
pub fn initialise(
    data: &Path,
    plan_text: &str,
    password: &Password,
    base_url: &str,
    at: &mut Moment<'_>,
) -> Result<InitReport, Error> {
    initialise_with(data, plan_text, password, None, base_url, at)
}

/// The same with the keys of some authorities made outside. There a crash in the middle may leave a key without an authority, which serves for nothing.
///
/// # Errors
/// As [`initialise`]; what the place outside says; an authority named for it that the plan does not have.
pub fn initialise_with(
    data: &Path,
    plan_text: &str,
    password: &Password,
    outside: Option<&OutsideKeys>,
    base_url: &str,
    at: &mut Moment<'_>,
) -> Result<InitReport, Error> {
    let plan = ca::AuthorityPlan::parse(plan_text).map_err(|error| Error::Setup(error.to_string()))?;
    let folder = data.join(FOLDER);
    if folder.exists() {
        return Err(Error::Setup(format!("{}: keys are there already and are never overwritten", folder.display())));
    }
    if let Some(stranger) = outside.and_then(|keys| keys.authorities.iter().find(|name| plan.find(name).is_none())) {
        return Err(Error::Setup(format!("{stranger}: its key is to lie outside, and the plan has no such authority")));
    }
    let beside = data.join(format!("{FOLDER}.new"));
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|source| Error::io(&beside, source))?;
    }
    create_private_folder(&beside)?;

    let mut report = InitReport { authorities: Vec::new(), ticket_key_sha256: String::new() };
    let mut made: Vec<ca::Authority> = Vec::new();
    for spec in plan.authorities() {
        let issuer = match &spec.issuer {
            Some(name) => Some(made.iter().find(|authority| authority.name == *name).ok_or_else(|| {
                Error::Setup(format!("authority {}: issuer {name} is not made before it", spec.name))
            })?),
            None => None,
        };
        let key = match outside.filter(|keys| keys.have(&spec.name)) {
            Some(keys) => {
                let key = (keys.make)(spec.algorithm, at.rng)
                    .map_err(|reason| Error::Setup(format!("authority {}: {reason}", spec.name)))?;
                let hash = hex::encode(key.public_key().spki_sha256());
                write_private(&beside.join(format!("{}{OUTSIDE}", spec.name)), &format!("{hash}\n"))?;
                Held(key)
            }
            None => {
                let key = PrivateKey::generate(spec.algorithm, at.rng)?;
                let sealed = key.to_encrypted_pkcs8_der(password.octets(), KDF_ITERATIONS, at.rng)?;
                write_private(
                    &beside.join(format!("{}.key", spec.name)),
                    &crypto::pem_encode("ENCRYPTED PRIVATE KEY", &sealed),
                )?;
                Held(Box::new(key))
            }
        };
        let authority = ca::create_authority(spec, issuer, key, at.now.seconds(), base_url, at.rng)
            .map_err(|error| Error::Setup(format!("authority {}: {error}", spec.name)))?;
        let chain: String = std::iter::once(&authority.certificate)
            .chain(&authority.chain)
            .map(|certificate| crypto::pem_encode("CERTIFICATE", certificate.as_der()))
            .collect();
        write_private(&beside.join(format!("{}.pem", spec.name)), &chain)?;
        report.authorities.push((
            spec.name.clone(),
            spec.algorithm.to_string(),
            hex::encode(authority.certificate.thumbprint_sha256()),
            Timestamp::from_seconds(authority.certificate.not_after()),
        ));
        made.push(authority);
    }
    let journal = PrivateKey::generate(JOURNAL_ALGORITHM, at.rng)?;
    let sealed = journal.to_encrypted_pkcs8_der(password.octets(), KDF_ITERATIONS, at.rng)?;
    write_private(&beside.join(JOURNAL), &crypto::pem_encode("ENCRYPTED PRIVATE KEY", &sealed))?;
    write_private(
        &beside.join(JOURNAL_PUBLIC),
        &crypto::pem_encode("PUBLIC KEY", &journal.public_key().to_spki_der()),
    )?;
    let ticket = PrivateKey::generate(TICKET_ALGORITHM, at.rng)?;
    let sealed = ticket.to_encrypted_pkcs8_der(password.octets(), KDF_ITERATIONS, at.rng)?;
    write_private(&beside.join(TICKET), &crypto::pem_encode("ENCRYPTED PRIVATE KEY", &sealed))?;
    write_private(&beside.join(TICKET_PUBLIC), &crypto::pem_encode("PUBLIC KEY", &ticket.public_key().to_spki_der()))?;
    report.ticket_key_sha256 = hex::encode(ticket.public_key().spki_sha256());
    let link = Zeroizing::new(at.octets::<LINK_OCTETS>());
    write_private(&beside.join(LINK), &Zeroizing::new(hex::encode(*link)))?;
    write_private(&beside.join(PLAN), plan_text)?;
    fs::rename(&beside, &folder).map_err(|source| Error::io(&folder, source))?;
    sync_folder(data)?;
    Ok(report)
}

/// The key whose hash the file names, from outside.
fn find_outside(name: &str, file: &Path, outside: Option<&OutsideKeys>) -> Result<Box<dyn Signer>, Error> {
    let text = read_text(file)?;
    let hash: [u8; 32] = hex::decode(text.trim())
        .ok()
        .and_then(|octets| octets.try_into().ok())
        .ok_or_else(|| Error::Setup(format!("{}: not a hash", file.display())))?;
    let keys = outside.ok_or_else(|| {
        Error::Setup(format!("authority {name}: its key is on a token, and none is configured ([keys.token])"))
    })?;
    (keys.find)(&hash).map_err(|reason| Error::Setup(format!("authority {name}: {reason}")))
}

fn create_private_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::io(path, source))
}

fn write_private(path: &PathBuf, text: &str) -> Result<(), Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|source| Error::io(path, source))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| Error::io(path, source))
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(|source| Error::io(path, source))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, Error> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|source| Error::io(path, source))
}

/// Reads a PKCS#8 file under a password, PEM or DER.
///
/// # Errors
/// The file cannot be read, is none, or the password does not open it.
pub fn read_key(path: &Path, password: &Password) -> Result<PrivateKey, Error> {
    let octets = fs::read(path).map(Zeroizing::new).map_err(|source| Error::io(path, source))?;
    let key = crypto::der_or_pem(&octets, "ENCRYPTED PRIVATE KEY")
        .and_then(|der| PrivateKey::from_encrypted_pkcs8_der(&der, password.octets()));
    key.map_err(|error| match error {
        crypto::Error::WrongPassword => {
            Error::Setup(format!("{}: the password does not open this key", path.display()))
        }
        other => Error::Setup(format!("{}: {other}", path.display())),
    })
}

pub(crate) fn read_certificates(path: &Path) -> Result<Vec<crypto::Certificate>, Error> {
    let text = read_text(path)?;
    let certificates = crypto::pem_decode(&text)
        .and_then(|blocks| blocks.iter().map(|(_, der)| crypto::Certificate::from_der(der)).collect());
    certificates.map_err(|error| Error::Setup(format!("{}: {error}", path.display())))
}

const FOLDER: &str = "keys";
/// The reviewed plan the authorities were made by; CRL lives are read from it.
const PLAN: &str = "plan.toml";
/// For an authority the plan does not name any more.
const DEFAULT_CRL_LIFE_HOURS: i64 = 24;
/// In place of `NAME.key` for a key that lies outside: the hash it is found by.
const OUTSIDE: &str = ".outside";
const JOURNAL: &str = "journal.key";
/// Beside the sealed journal key: its public half, for verifying checkpoints elsewhere.
const JOURNAL_PUBLIC: &str = "journal.pub";
const TICKET: &str = "ticket.key";
/// Beside the sealed ticket key: its public half, for policies of components.
const TICKET_PUBLIC: &str = "ticket.pub";
/// Every component knows it, and tickets are short.
const TICKET_ALGORITHM: KeyAlgorithm = JOURNAL_ALGORITHM;
const LINK: &str = "link.key";
const LINK_OCTETS: usize = 32;
/// Checkpoints are many and small: the quickest set.
const JOURNAL_ALGORITHM: KeyAlgorithm = KeyAlgorithm::Gost(crypto::gost::ParameterSet::Tc26_256A);
/// Iterations of PBKDF2-HMAC-SHA-256 over a password that a person may have chosen (about 50 ms a key).
const KDF_ITERATIONS: u32 = 200_000;
