//! What the component remembers between operations: the sites a person let in and the key each was let in with, tickets that were
//! used, how often it was asked. One small file of the user's own, replaced whole; and a lock that one operation at a time holds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// The folder of the file and the lock.
#[derive(Clone, Debug)]
pub struct Memory {
    folder: PathBuf,
}

/// Everything that is remembered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// Sites that a person let in.
    #[serde(default)]
    consents: Vec<Consent>,
    /// Tickets that were used, oldest first.
    #[serde(default)]
    used: Vec<Used>,
    /// Keys that were made and wait for their certificates, oldest first.
    #[serde(default)]
    pending: Vec<PendingKey>,
}

/// A key that was made for a request and waits for its certificate. Nothing of it is secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingKey {
    /// The site.
    pub origin: String,
    /// УНЗ of the request.
    pub unz: String,
    /// SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal.
    pub key_sha256: String,
    /// The medium: a serial number or a folder.
    pub medium: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// A site that a person let in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Its origin.
    pub origin: String,
    /// SHA-256 of the bank's key it was let in with, lower-case hexadecimal.
    pub bank_key_sha256: String,
    /// The bank's name at that time.
    pub bank: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Used {
    nonce: String,
    at_ms: i64,
}

/// Held while one operation runs; given back when it is dropped, also by a process that dies.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

/// Why there is no turn.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Another operation runs.
    #[error("another operation runs")]
    Taken,
    /// The lock cannot be held.
    #[error("{0}")]
    Broken(#[from] io::Error),
}

impl Memory {
    /// The memory in this folder, which is made when something must be remembered.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The turn of this user's one operation.
    ///
    /// # Errors
    /// Taken, or the folder cannot be written.
    pub fn take_turn(&self) -> Result<Turn, TurnError> {
        pkcs11::make_private_folder(&self.folder).map_err(io::Error::other)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(self.folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Turn { _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(TurnError::Taken),
            Err(fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// What is remembered; nothing when there is no file.
    ///
    /// # Errors
    /// A file that cannot be read or is not ours: the person is asked to look, nothing is forgotten silently.
    pub fn read(&self) -> io::Result<Remembered> {
        let path = self.folder.join(FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Remembered::default()),
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        file.take(FILE_OCTETS).read_to_string(&mut text)?;
        serde_json::from_str(&text).map_err(io::Error::from)
    }

    /// Replaces what is remembered. Either the old file is there afterwards or the new one.
    ///
    /// # Errors
    /// The disk refused; the old file is still there.
    pub fn write(&self, _turn: &Turn, remembered: &Remembered) -> io::Result<()> {
        pkcs11::write_private_file(&self.folder, FILE, &serde_json::to_vec_pretty(remembered)?)
            .map_err(io::Error::other)
    }
}

impl Remembered {
    /// The consent a site has.
    #[must_use]
    pub fn consent(&self, origin: &Origin) -> Option<&Consent> {
        self.consents.iter().find(|consent| consent.origin == origin.as_str())
    }

    /// Every consent.
    #[must_use]
    pub fn consents(&self) -> &[Consent] {
        &self.consents
    }

    /// Remembers that a person let a site in.
    pub fn let_in(&mut self, consent: Consent) {
        self.consents.retain(|known| known.origin != consent.origin);
        self.consents.push(consent);
    }

    /// Forgets a site; whether there was one.
    pub fn forget(&mut self, origin: &str) -> bool {
        let before = self.consents.len();
        self.consents.retain(|known| known.origin != origin);
        before != self.consents.len()
    }

    /// Whether a ticket was used already.
    #[must_use]
    pub fn was_used(&self, nonce: &str) -> bool {
        self.used.iter().any(|used| used.nonce == nonce)
    }

    /// How many operations began since a moment.
    #[must_use]
    pub fn begun_since(&self, at_ms: i64) -> usize {
        self.used.iter().filter(|used| used.at_ms > at_ms).count()
    }

    /// Remembers that a ticket is used. Old ones are forgotten: their tickets are refused by the clock.
    pub fn use_up(&mut self, nonce: &str, at_ms: i64) {
        self.used.push(Used { nonce: nonce.to_owned(), at_ms });
        let too_many = self.used.len().saturating_sub(USED_KEPT);
        self.used.drain(..too_many);
    }

    /// The key that was last made for a site's request.
    #[must_use]
    pub fn pending_key(&self, origin: &Origin, unz: &str) -> Option<&PendingKey> {
        self.pending.iter().rev().find(|key| key.origin == origin.as_str() && key.unz == unz)
    }

    /// Remembers a key that was made.
    pub fn key_made(&mut self, key: PendingKey) {
        self.pending.push(key);
        let too_many = self.pending.len().saturating_sub(PENDING_KEPT);
        self.pending.drain(..too_many);
    }

    /// Forgets a key that has its certificate, or is gone.
    pub fn key_is_used(&mut self, key_sha256: &str) {
        self.pending.retain(|key| key.key_sha256 != key_sha256);
    }

    /// The medium a key was made on.
    #[must_use]
    pub fn medium_of_key(&self, key_sha256: &str) -> Option<&str> {
        self.pending.iter().find(|key| key.key_sha256 == key_sha256).map(|key| key.medium.as_str())
    }

    /// The request a key was made for.
    #[must_use]
    pub fn unz_of_key(&self, key_sha256: &str) -> Option<&str> {
        self.pending.iter().find(|key| key.key_sha256 == key_sha256).map(|key| key.unz.as_str())
    }
}

const FILE: &str = "memory.json";
const LOCK: &str = "operation.lock";
/// A thousand consents and every used ticket that is kept.
const FILE_OCTETS: u64 = 1 << 20;
/// More operations than a person begins in the ten minutes in which a ticket could be shown again.
const USED_KEPT: usize = 1_000;
/// An accountant with many firms has some dozens of requests under way.
const PENDING_KEPT: usize = 500;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn one_operation_at_a_time_and_the_turn_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::in_folder(folder.path().join("state"));
        let turn = memory.take_turn().unwrap();
        assert!(matches!(memory.take_turn(), Err(TurnError::Taken)));
        drop(turn);
        assert!(memory.take_turn().is_ok());
    }

    #[test]
    fn what_is_remembered_is_there_the_next_time_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::in_folder(folder.path().join("state"));
        assert_eq!(memory.read().unwrap(), Remembered::default());
        let turn = memory.take_turn().unwrap();
        let mut remembered = Remembered::default();
        let consent = Consent {
            origin: "https://bank.example".into(),
            bank_key_sha256: "00".into(),
            bank: "«Шестой банк»".into(),
            at_ms: 1,
        };
        remembered.let_in(consent.clone());
        remembered.use_up("aa", 5);
        memory.write(&turn, &remembered).unwrap();
        let read = memory.read().unwrap();
        assert_eq!(read, remembered);
        assert_eq!(read.consent(&Origin::parse("https://bank.example").unwrap()), Some(&consent));
        assert!(read.was_used("aa") && !read.was_used("ab"));
        assert_eq!((read.begun_since(4), read.begun_since(5)), (1, 0));
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let mode = |name: &str| fs::metadata(folder.path().join("state").join(name)).unwrap().mode() & 0o777;
            assert_eq!((mode("memory.json"), mode("operation.lock"), mode("")), (0o600, 0o600, 0o700));
        }
        let mut forgotten = read;
        assert!(forgotten.forget("https://bank.example") && !forgotten.forget("https://bank.example"));
    }

    #[test]
    fn a_file_that_is_not_ours_is_said_and_not_overlooked() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::in_folder(folder.path().to_owned());
        fs::write(folder.path().join(FILE), "{\"consents\": 1}").unwrap();
        assert!(memory.read().is_err());
    }

    #[test]
    fn used_tickets_are_kept_in_bounds() {
        let mut remembered = Remembered::default();
        for number in 0..1_500 {
            remembered.use_up(&number.to_string(), number);
        }
        assert_eq!(remembered.used.len(), USED_KEPT);
        assert!(remembered.was_used("1499") && !remembered.was_used("499"));
    }
}
