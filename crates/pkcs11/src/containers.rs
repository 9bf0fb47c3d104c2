//! Keys in files: a folder of encrypted containers, PKCS#12 by RFC 9548, one key each. The name of a container is the hash of its public key; beside it lie, for
//! whoever looks without the password, the public key and the certificate. Only the container counts: what lies beside it is written after it, and again at the next opening.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crypto::pkcs12::{Pfx, PfxCertificate, PfxKey, PfxProtection};
use crypto::{
    Certificate, ContentCipher, GostKeyForm, KeyAlgorithm, PrivateKey, PublicKey, SignatureAlgorithm, Signer,
};

use crate::error::Error;
use crate::objects::{Contents, KeyEntry, KeyHash};
use crate::pin::{Attempts, Factory, Pin, PinState};
use crate::private_files as files;

/// What a password of a container must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PasswordRules {
    /// Characters at least.
    pub min_chars: usize,
    /// A digit.
    pub digit: bool,
    /// A letter.
    pub letter: bool,
    /// Letters both small and capital.
    pub both_cases: bool,
    /// Something that is neither letter nor digit.
    pub special: bool,
    /// Iterations of PBKDF2-HMAC-Streebog-512 over it, 1,000 at least; ten times as many of HMAC-SHA-256 for keys that are not GOST's.
    pub iterations: u32,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_chars: 8, digit: true, letter: true, both_cases: false, special: false, iterations: ITERATIONS }
    }
}

impl PasswordRules {
    /// `password-weak` with the first rule that does not hold: `chars`, `digit`, `letter`, `both-cases`, `special`, `one-character`.
    ///
    /// # Errors
    /// That.
    pub fn check(&self, password: &Pin) -> Result<(), Error> {
        let text = password.text();
        let has = |wanted: fn(char) -> bool| text.chars().any(wanted);
        let first = text.chars().next();
        let rules = [
            (text.chars().count() >= self.min_chars, "chars"),
            (!self.digit || has(char::is_numeric), "digit"),
            (!self.letter || has(char::is_alphabetic), "letter"),
            (!self.both_cases || (has(char::is_lowercase) && has(char::is_uppercase)), "both-cases"),
            (!self.special || has(|c| !c.is_alphanumeric()), "special"),
            (text.chars().any(|c| Some(c) != first), "one-character"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::own("password-weak", *rule)),
        }
    }
}

/// A folder of containers. Cloning shares the count of wrong passwords.
#[derive(Clone, Debug)]
pub struct Containers {
    folder: PathBuf,
    /// A key directory holds one.
    single: bool,
    rules: PasswordRules,
    wrong: Arc<AtomicU32>,
}

impl Containers {
    pub(crate) fn new(folder: PathBuf, single: bool, rules: PasswordRules) -> Self {
        Self { folder, single, rules, wrong: Arc::default() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What new passwords must be.
    #[must_use]
    pub fn rules(&self) -> PasswordRules {
        self.rules
    }

    /// Files have no counter; wrong passwords are counted in this process, so that nothing here can be made to guess.
    #[must_use]
    pub fn pin_state(&self) -> PinState {
        let left = WRONG_PASSWORDS_MAX.saturating_sub(self.wrong.load(Ordering::SeqCst));
        PinState {
            attempts: Attempts::Exactly { left, of: WRONG_PASSWORDS_MAX },
            factory: Factory::No,
            must_change: false,
            initialized: self.names().is_ok_and(|names| !names.is_empty()),
        }
    }

    /// What lies beside the containers.
    ///
    /// # Errors
    /// `folder-permissions`, `file-permissions` and the like.
    pub fn glance(&self) -> Result<Contents, Error> {
        let mut contents = Contents::default();
        for name in self.names()? {
            let public = files::read(&self.folder.join(format!("{name}.pub")))?;
            let public_key = public.and_then(|der| PublicKey::from_spki_der(&der).ok()).filter(|key| hex(key) == name);
            let certificate = files::read(&self.folder.join(format!("{name}.cer")))?;
            let certificates: Vec<Certificate> = certificate
                .and_then(|der| Certificate::from_der(&der).ok())
                .filter(|certificate| hex(certificate.public_key()) == name)
                .into_iter()
                .collect();
            let public_key = public_key.or_else(|| certificates.first().map(|one| one.public_key().clone()));
            contents.certificates.extend(certificates.iter().cloned());
            contents.keys.push(entry(&name, public_key, certificates));
        }
        Ok(contents)
    }

    /// Opens every container that the password opens.
    ///
    /// # Errors
    /// `folder-without-key`, `password-wrong`, `password-tries-spent`, `container-damaged`, `file-permissions`.
    pub fn open(&self, password: &Pin) -> Result<FileSession, Error> {
        if self.wrong.load(Ordering::SeqCst) >= WRONG_PASSWORDS_MAX {
            return Err(Error::own("password-tries-spent", String::new()));
        }
        let names = self.names()?;
        if names.is_empty() {
            return Err(Error::own("folder-without-key", self.folder.display().to_string()));
        }
        let mut open = Vec::new();
        for name in names {
            match self.open_one(&name, password) {
                Ok(one) => open.push(one),
                Err(error) if error.code() == "password-wrong" => {}
                Err(error) => return Err(error),
            }
        }
        if open.is_empty() {
            self.wrong.fetch_add(1, Ordering::SeqCst);
            return Err(Error::own("password-wrong", String::new()));
        }
        self.wrong.store(0, Ordering::SeqCst);
        let session = FileSession::new(self.clone(), password.duplicate(), open);
        session.heal()?;
        Ok(session)
    }

    /// A new container is to be made under this password.
    ///
    /// # Errors
    /// `password-weak`, `folder-permissions`.
    pub fn begin(&self, password: &Pin) -> Result<FileSession, Error> {
        self.rules.check(password)?;
        files::make_folder(&self.folder)?;
        Ok(FileSession::new(self.clone(), password.duplicate(), Vec::new()))
    }

    /// The hashes of the containers, sorted.
    fn names(&self) -> Result<Vec<String>, Error> {
        if !self.folder.exists() {
            return Ok(Vec::new());
        }
        files::check_folder(&self.folder)?;
        let entries =
            fs::read_dir(&self.folder).map_err(|source| files::failed("file-unreadable", &self.folder, &source))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| files::failed("file-unreadable", &self.folder, &source))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if let Some(hash) = name.strip_suffix(CONTAINER)
                && hash.len() == 64
                && hash.bytes().all(|octet| octet.is_ascii_hexdigit())
            {
                names.push(hash.to_owned());
            }
        }
        names.sort();
        if names.len() > MAX_CONTAINERS {
            return Err(Error::own("file-unreadable", format!("{} containers", names.len())));
        }
        Ok(names)
    }

    fn open_one(&self, name: &str, password: &Pin) -> Result<OpenContainer, Error> {
        let path = self.folder.join(format!("{name}{CONTAINER}"));
        let octets = files::read(&path)?.ok_or_else(|| Error::own("container-changed", path.display().to_string()))?;
        let damaged = |reason: String| Error::own("container-damaged", format!("{}: {reason}", path.display()));
        let pfx = Pfx::from_der(&octets, password.text()).map_err(|error| match error {
            crypto::Error::WrongPassword => Error::own("password-wrong", String::new()),
            other => damaged(other.to_string()),
        })?;
        let key = pfx.keys.into_iter().next().ok_or_else(|| damaged("no key".to_owned()))?.key;
        if hex(key.public_key()) != name {
            return Err(damaged("the key is not the one it is named by".to_owned()));
        }
        let certificates = pfx.certificates.into_iter().map(|one| one.certificate).collect();
        Ok(OpenContainer { key: Arc::new(key), certificates })
    }
}

struct OpenContainer {
    key: Arc<PrivateKey>,
    certificates: Vec<Certificate>,
}

impl OpenContainer {
    fn name(&self) -> String {
        hex(self.key.public_key())
    }
}

/// Containers opened with one password. Cloning shares it; the password and the keys are wiped with the last clone.
#[derive(Clone)]
pub struct FileSession(Arc<Opened>);

struct Opened {
    place: Containers,
    password: Mutex<Pin>,
    open: Mutex<Vec<OpenContainer>>,
}

impl FileSession {
    fn new(place: Containers, password: Pin, open: Vec<OpenContainer>) -> Self {
        Self(Arc::new(Opened { place, password: Mutex::new(password), open: Mutex::new(open) }))
    }

    /// The folder they are in.
    #[must_use]
    pub fn place(&self) -> &Containers {
        &self.0.place
    }

    /// The keys that are open.
    #[must_use]
    pub fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        for one in self.open().iter() {
            let own =
                one.certificates.iter().filter(|certificate| crate::token::belongs(certificate, one.key.public_key()));
            let own: Vec<Certificate> = own.cloned().collect();
            contents.certificates.extend(one.certificates.iter().cloned());
            contents.keys.push(entry(&one.name(), Some(one.key.public_key().clone()), own));
        }
        contents
    }

    /// Makes a key in a container of its own.
    ///
    /// # Errors
    /// `folder-not-empty` in a key directory that holds a key already, `algorithm-not-offered`, `disk-full`.
    pub fn generate(&self, algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> Result<FileKey, Error> {
        let place = &self.0.place;
        let lock = files::lock(&place.folder)?;
        if place.single && !files::is_empty(&place.folder)? {
            return Err(Error::own("folder-not-empty", place.folder.display().to_string()));
        }
        let key = PrivateKey::generate(algorithm, rng)
            .map_err(|error| Error::own("algorithm-not-offered", error.to_string()))?;
        let one = self.seal(key, Vec::new(), &lock, rng)?;
        let key = FileKey(Arc::clone(&one.key));
        self.open().push(one);
        Ok(key)
    }

    /// The key with this hash.
    ///
    /// # Errors
    /// `key-absent` when it is not there or this password does not open it.
    pub fn key_by_public_hash(&self, hash: &KeyHash) -> Result<FileKey, Error> {
        let open = self.open();
        let found = open.iter().find(|one| one.key.public_key().spki_sha256() == *hash);
        found.map(|one| FileKey(Arc::clone(&one.key))).ok_or_else(|| Error::own("key-absent", String::new()))
    }

    /// Puts the certificate into its key's container, and beside it.
    ///
    /// # Errors
    /// `certificate-foreign`, `certificate-unreadable`, `disk-full`, `read-back-differs`.
    pub fn write_certificate(&self, der: &[u8], rng: &mut crypto::Rng) -> Result<(), Error> {
        let certificate =
            Certificate::from_der(der).map_err(|error| Error::own("certificate-unreadable", error.to_string()))?;
        let lock = files::lock(&self.0.place.folder)?;
        let mut open = self.open();
        let one = open
            .iter_mut()
            .find(|one| crate::token::belongs(&certificate, one.key.public_key()))
            .ok_or_else(|| Error::own("certificate-foreign", String::new()))?;
        if one.certificates.iter().all(|known| known.as_der() != der) {
            let mut certificates = vec![certificate.clone()];
            certificates.extend(one.certificates.iter().cloned());
            *one = self.seal_again(one, certificates, &lock, rng)?;
        }
        let read = self.0.place.open_one(&one.name(), &self.password())?;
        if read.certificates.iter().all(|known| known.as_der() != der) {
            return Err(Error::own("read-back-differs", String::new()));
        }
        self.write_beside(one, &lock)
    }

    /// Deletes a key, its container and what lies beside it.
    ///
    /// # Errors
    /// `key-absent`, what the disk says.
    pub fn delete_key(&self, hash: &KeyHash) -> Result<(), Error> {
        let lock = files::lock(&self.0.place.folder)?;
        let mut open = self.open();
        let position = open.iter().position(|one| one.key.public_key().spki_sha256() == *hash);
        let position = position.ok_or_else(|| Error::own("key-absent", String::new()))?;
        let name = open[position].name();
        for suffix in [CONTAINER, ".cer", ".pub"] {
            files::remove(&self.0.place.folder, &format!("{name}{suffix}"), &lock)?;
        }
        open.remove(position);
        Ok(())
    }

    /// Seals every open container with another password, one after the other: interrupted, some open with the old one and some with the new.
    ///
    /// # Errors
    /// `password-weak`, `password-wrong` when `old` is not the one it was opened with, what the disk says.
    pub fn change_password(&self, old: &Pin, new: &Pin, rng: &mut crypto::Rng) -> Result<(), Error> {
        self.0.place.rules.check(new)?;
        if crypto::sha256(self.password().octets()) != crypto::sha256(old.octets()) {
            return Err(Error::own("password-wrong", String::new()));
        }
        let lock = files::lock(&self.0.place.folder)?;
        *self.0.password.lock().unwrap_or_else(PoisonError::into_inner) = new.duplicate();
        let mut open = self.open();
        for one in open.iter_mut() {
            *one = self.seal_again(one, one.certificates.clone(), &lock, rng)?;
        }
        Ok(())
    }

    /// Writes the container of a new key.
    fn seal(
        &self,
        key: PrivateKey,
        certificates: Vec<Certificate>,
        lock: &files::FolderLock,
        rng: &mut crypto::Rng,
    ) -> Result<OpenContainer, Error> {
        let one = OpenContainer { key: Arc::new(key), certificates };
        let again = self.seal_again(&one, one.certificates.clone(), lock, rng)?;
        self.write_beside(&again, lock)?;
        Ok(again)
    }

    fn seal_again(
        &self,
        one: &OpenContainer,
        certificates: Vec<Certificate>,
        lock: &files::FolderLock,
        rng: &mut crypto::Rng,
    ) -> Result<OpenContainer, Error> {
        let ours = |error: crypto::Error| Error::own("internal", error.to_string());
        // The container takes the key over; the copy goes through its own encoding.
        let copy = PrivateKey::from_pkcs8_der(&one.key.to_pkcs8_der()).map_err(ours)?;
        let local_key_id = Some(one.key.public_key().spki_sha256()[..20].to_vec());
        let pfx = Pfx {
            keys: vec![PfxKey { key: copy, name: None, local_key_id: local_key_id.clone() }],
            certificates: certificates
                .iter()
                .map(|certificate| PfxCertificate {
                    local_key_id: if crate::token::belongs(certificate, one.key.public_key()) {
                        local_key_id.clone()
                    } else {
                        None
                    },
                    certificate: certificate.clone(),
                    name: None,
                })
                .collect(),
        };
        let protection = self.protection(one.key.public_key().algorithm());
        let der = pfx.to_der(self.password().text(), &protection, rng).map_err(ours)?;
        files::write(&self.0.place.folder, &format!("{}{CONTAINER}", one.name()), &der, lock)?;
        Ok(OpenContainer { key: Arc::clone(&one.key), certificates })
    }

    fn write_beside(&self, one: &OpenContainer, lock: &files::FolderLock) -> Result<(), Error> {
        let (folder, name) = (&self.0.place.folder, one.name());
        let put = |suffix: &str, octets: &[u8]| {
            let name = format!("{name}{suffix}");
            if files::read(&folder.join(&name))?.as_deref() == Some(octets) {
                return Ok(());
            }
            files::write(folder, &name, octets, lock)
        };
        put(".pub", &one.key.public_key().to_spki_der())?;
        match one.certificates.iter().find(|certificate| crate::token::belongs(certificate, one.key.public_key())) {
            Some(certificate) => put(".cer", certificate.as_der()),
            None => Ok(()),
        }
    }

    /// RFC 9548 for GOST keys; its cipher carries an authentication code of its own.
    fn protection(&self, algorithm: KeyAlgorithm) -> PfxProtection {
        let is_gost = matches!(algorithm, KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_));
        let iterations = self.0.place.rules.iterations.clamp(ITERATIONS_MIN, ITERATIONS_MAX);
        PfxProtection {
            cipher: if is_gost { ContentCipher::KuznyechikCtrAcpkmOmac } else { ContentCipher::Aes256Cbc },
            encrypt_certificates: false,
            iterations: if is_gost { iterations } else { iterations * 10 },
            key_form: if is_gost { GostKeyForm::WithPublicKey } else { GostKeyForm::Plain },
        }
    }

    /// What an interruption kept from being written beside the containers.
    fn heal(&self) -> Result<(), Error> {
        let lock = files::lock(&self.0.place.folder)?;
        self.open().iter().try_for_each(|one| self.write_beside(one, &lock))
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Vec<OpenContainer>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn password(&self) -> Pin {
        self.0.password.lock().unwrap_or_else(PoisonError::into_inner).duplicate()
    }
}

impl fmt::Debug for FileSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FileSession({}, {} keys)", self.0.place.folder.display(), self.open().len())
    }
}

/// A key of a container, in memory as long as somebody holds it.
pub struct FileKey(Arc<PrivateKey>);

impl FileKey {
    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        Signer::public_key(&*self.0)
    }
}

impl Signer for FileKey {
    fn public_key(&self) -> &PublicKey {
        Signer::public_key(&*self.0)
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.0.signature_algorithm()
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        self.0.sign(message, rng)
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FileKey({:?})", self.public_key())
    }
}

fn entry(name: &str, public_key: Option<PublicKey>, certificates: Vec<Certificate>) -> KeyEntry {
    KeyEntry {
        kind: public_key.as_ref().map_or_else(|| "unknown until opened".to_owned(), |key| key.algorithm().to_string()),
        has_public: public_key.is_some(),
        public_key,
        id: name.as_bytes().to_vec(),
        has_private: true,
        certificates,
        private: Vec::new(),
        public: Vec::new(),
    }
}

fn hex(key: &PublicKey) -> String {
    key.spki_sha256().iter().map(|octet| format!("{octet:02x}")).collect()
}

const CONTAINER: &str = ".p12";
/// More keys than a person has.
const MAX_CONTAINERS: usize = 64;
/// Wrong passwords before this process refuses to try another: as many as a card allows.
const WRONG_PASSWORDS_MAX: u32 = 10;
/// About a quarter of a second for opening: three derivations of 4 µs an iteration.
const ITERATIONS: u32 = 20_000;
/// Fewer are no protection, whatever the knob says.
const ITERATIONS_MIN: u32 = 1_000;
/// More would be refused by the reader (five seconds).
const ITERATIONS_MAX: u32 = 400_000;
