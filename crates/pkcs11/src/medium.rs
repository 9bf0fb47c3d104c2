//! Where a client's key lies, behind one face: a token, the «Реестр» of his profile, a key directory. Prompts, counters, faults and results are the same;
//! the screens need not know which it is.

use std::path::{Path, PathBuf};

use crypto::{Certificate, KeyAlgorithm, PublicKey, SignatureAlgorithm, Signer};

use crate::containers::{Containers, FileKey, FileSession, PasswordRules};
use crate::error::Error;
use crate::key::TokenKey;
use crate::objects::{Contents, KeyHash};
use crate::pin::{Keep, LastTry, Pin, PinState};
use crate::private_files as files;
use crate::session::Session;
use crate::token::Token;

/// A place for keys.
#[derive(Clone, Debug)]
pub enum Medium {
    /// «Смарт-ключ»: a token.
    Token(Token),
    /// «Реестр»: encrypted containers in the user's profile.
    Registry(Containers),
    /// A folder the user chose, on a disk of its own usually: one key.
    KeyDirectory(Containers),
}

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediumKind {
    /// A token.
    Token,
    /// «Реестр».
    Registry,
    /// A key directory.
    KeyDirectory,
}

impl Medium {
    /// The «Реестр» in this folder, which is made when the first key is: see [`registry_folder`].
    #[must_use]
    pub fn registry(folder: PathBuf, rules: PasswordRules) -> Self {
        Self::Registry(Containers::new(folder, false, rules))
    }

    /// A key directory that holds a key.
    ///
    /// # Errors
    /// `folder-absent`, `folder-without-key`, `folder-permissions`.
    pub fn key_directory(folder: &Path, rules: PasswordRules) -> Result<Self, Error> {
        files::check_folder(folder)?;
        let containers = Containers::new(real(folder)?, true, rules);
        if containers.glance()?.keys.is_empty() {
            return Err(Error::own("folder-without-key", folder.display().to_string()));
        }
        Ok(Self::KeyDirectory(containers))
    }

    /// A key directory as it is, with or without a key, for whoever only looks ([`Medium::glance`]).
    #[must_use]
    pub fn looked_at(folder: PathBuf) -> Self {
        Self::KeyDirectory(Containers::new(folder, true, PasswordRules::default()))
    }

    /// A clean key directory for a new key: it must be there, be empty, and be none of the old ones, nor lie in one or around one.
    ///
    /// # Errors
    /// `folder-absent`, `folder-same`, `folder-not-empty`, `folder-permissions`.
    pub fn clean_key_directory(folder: &Path, old: &[&Path], rules: PasswordRules) -> Result<Self, Error> {
        files::check_folder(folder)?;
        let folder = real(folder)?;
        for old in old {
            // A medium that is out of its reader now cannot be the one that is in it.
            let Ok(old) = real(old) else { continue };
            if folder.starts_with(&old) || old.starts_with(&folder) {
                return Err(Error::own("folder-same", folder.display().to_string()));
            }
        }
        if !files::is_empty(&folder)? {
            return Err(Error::own("folder-not-empty", folder.display().to_string()));
        }
        Ok(Self::KeyDirectory(Containers::new(folder, true, rules)))
    }

    /// Which kind.
    #[must_use]
    pub fn kind(&self) -> MediumKind {
        match self {
            Self::Token(_) => MediumKind::Token,
            Self::Registry(_) => MediumKind::Registry,
            Self::KeyDirectory(_) => MediumKind::KeyDirectory,
        }
    }

    /// How it is told from others of its kind: the serial number, the folder.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Token(token) => token.id().serial().to_owned(),
            Self::Registry(containers) | Self::KeyDirectory(containers) => containers.folder().display().to_string(),
        }
    }

    /// The state of its PIN or password, to be shown in the prompt.
    ///
    /// # Errors
    /// `token-absent`, what the module answered.
    pub fn pin_state(&self) -> Result<PinState, Error> {
        match self {
            Self::Token(token) => token.pin_state(),
            Self::Registry(containers) | Self::KeyDirectory(containers) => Ok(containers.pin_state()),
        }
    }

    /// What can be seen without the PIN or password.
    ///
    /// # Errors
    /// `token-absent`, `file-permissions` and the like.
    pub fn glance(&self) -> Result<Contents, Error> {
        match self {
            Self::Token(token) => token.glance(),
            Self::Registry(containers) | Self::KeyDirectory(containers) => containers.glance(),
        }
    }

    /// Opens what is there: logs in to a token, opens the containers that the password opens.
    ///
    /// # Errors
    /// `ckr-pin-incorrect`, `password-wrong`, `pin-final-try`, `password-tries-spent` and the like.
    pub fn unlock(&self, pin: &Pin, keep: Keep, last_try: LastTry) -> Result<Unlocked, Error> {
        match self {
            Self::Token(token) => {
                let session = token.session()?;
                session.login(pin, keep, last_try)?;
                Ok(Unlocked::Token(session))
            }
            Self::Registry(containers) | Self::KeyDirectory(containers) => {
                let state = containers.pin_state();
                if state.attempts.is_last() && last_try == LastTry::Stop {
                    return Err(Error::own("pin-final-try", String::new()));
                }
                containers.open(pin).map(Unlocked::Files)
            }
        }
    }

    /// Opens it for a new key: a token as ever; files under a password that the person invents now and that must keep the rules.
    ///
    /// # Errors
    /// As [`Medium::unlock`]; `password-weak`.
    pub fn begin(&self, pin: &Pin, keep: Keep, last_try: LastTry) -> Result<Unlocked, Error> {
        match self {
            Self::Token(_) => self.unlock(pin, keep, last_try),
            Self::Registry(containers) | Self::KeyDirectory(containers) => containers.begin(pin).map(Unlocked::Files),
        }
    }
}

/// A medium whose PIN or password was right.
#[derive(Clone)]
pub enum Unlocked {
    /// A token's session.
    Token(Session),
    /// Open containers.
    Files(FileSession),
}

impl Unlocked {
    /// Keys and certificates.
    ///
    /// # Errors
    /// What the module answered.
    pub fn contents(&self) -> Result<Contents, Error> {
        match self {
            Self::Token(session) => session.contents(),
            Self::Files(session) => Ok(session.contents()),
        }
    }

    /// Makes a key. Interrupted, it leaves nothing or a key without a certificate.
    ///
    /// # Errors
    /// As [`Session::generate`] and [`FileSession::generate`].
    pub fn generate(&self, algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> Result<MediumKey, Error> {
        match self {
            Self::Token(session) => session.generate(algorithm, rng).map(MediumKey::Token),
            Self::Files(session) => session.generate(algorithm, rng).map(MediumKey::File),
        }
    }

    /// The key with this hash, to sign with.
    ///
    /// # Errors
    /// `key-absent`, `key-gost-2001`.
    pub fn key_by_public_hash(&self, hash: &KeyHash) -> Result<MediumKey, Error> {
        match self {
            Self::Token(session) => session.key_by_public_hash(hash).map(MediumKey::Token),
            Self::Files(session) => session.key_by_public_hash(hash).map(MediumKey::File),
        }
    }

    /// Puts a certificate beside its key and reads it back. Can be repeated.
    ///
    /// # Errors
    /// `certificate-foreign`, `read-back-differs` and the like.
    pub fn write_certificate(&self, der: &[u8], rng: &mut crypto::Rng) -> Result<(), Error> {
        match self {
            Self::Token(session) => session.write_certificate(der),
            Self::Files(session) => session.write_certificate(der, rng),
        }
    }

    /// Deletes a key and its certificates.
    ///
    /// # Errors
    /// `key-absent`, what the module or the disk said.
    pub fn delete_key(&self, hash: &KeyHash) -> Result<(), Error> {
        match self {
            Self::Token(session) => session.delete_key(hash),
            Self::Files(session) => session.delete_key(hash),
        }
    }

    /// Changes the PIN or the password.
    ///
    /// # Errors
    /// As [`Session::change_pin`] and [`FileSession::change_password`].
    pub fn change_pin(&self, old: &Pin, new: &Pin, last_try: LastTry, rng: &mut crypto::Rng) -> Result<(), Error> {
        match self {
            Self::Token(session) => session.change_pin(old, new, last_try),
            Self::Files(session) => session.change_password(old, new, rng),
        }
    }
}

/// A key on a medium, to sign with.
#[derive(Debug)]
pub enum MediumKey {
    /// On a token.
    Token(TokenKey),
    /// From a container.
    File(FileKey),
}

impl MediumKey {
    /// By which it is found.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        self.public_key().spki_sha256()
    }

    /// Its certificate among these, the one that ends last.
    #[must_use]
    pub fn certificate_in(&self, contents: &Contents) -> Option<Certificate> {
        contents.key(&self.hash()).and_then(|entry| entry.certificates.first().cloned())
    }
}

impl Signer for MediumKey {
    fn public_key(&self) -> &PublicKey {
        match self {
            Self::Token(key) => key.public_key(),
            Self::File(key) => key.public_key(),
        }
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Token(key) => key.signature_algorithm(),
            Self::File(key) => key.signature_algorithm(),
        }
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        match self {
            Self::Token(key) => key.sign(message, rng),
            Self::File(key) => key.sign(message, rng),
        }
    }
}

/// Where the «Реестр» of this user is: `surguch/registry` in `%APPDATA%`, in `$XDG_DATA_HOME`, or in `~/.local/share`. `None` for a user without a profile.
#[must_use]
pub fn registry_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let profile = if cfg!(windows) {
        absolute("APPDATA")
    } else {
        absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))
    };
    Some(profile?.join("surguch").join("registry"))
}

fn real(folder: &Path) -> Result<PathBuf, Error> {
    folder.canonicalize().map_err(|source| files::failed("folder-absent", folder, &source))
}
