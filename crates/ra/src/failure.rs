//! The two ways a verb can fail: refused (expected, shown, journaled) and broken (ours or the machine's fault, logged once).

use domain::Refusal;

/// Why a verb did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The world said no.
    #[error("refused: {0}")]
    Refused(Refused),
    /// We or the machine failed.
    #[error(transparent)]
    Broken(#[from] Error),
}

/// A refusal with what a client's developer may want to know beside its code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The stable reason.
    pub refusal: Refusal,
    /// Technical detail in English for the answer; never journaled, never logged.
    pub detail: Option<String>,
    /// The procedure whose words for this refusal come before the house's.
    pub procedure: Option<String>,
}

impl Refused {
    /// A refusal in the words of a procedure, where it has some.
    pub(crate) fn of(refusal: Refusal, procedure: &str) -> Self {
        Self { refusal, detail: None, procedure: Some(procedure.to_owned()) }
    }

    /// A refusal with detail.
    pub(crate) fn because(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self { refusal, detail: Some(detail.into()), procedure: None }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.refusal.code())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, detail: None, procedure: None }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Failures that are not the asker's fault, sorted by who must act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer; trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Stored rows contradict each other: an operator must look.
    #[error("stored data contradict each other: {0}")]
    Contradiction(String),
    /// Signing or parsing of our own objects failed.
    #[error("cryptography failed: {0}")]
    Crypto(#[from] crypto::Error),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// What the bank configured does not hold together.
    #[error("{0}")]
    Setup(String),
    /// The store failed for another reason.
    #[error("the store failed: {0}")]
    Store(String),
    /// Somebody changed the same row; the verb is tried again. Seen outside only when tries run out.
    #[error("changed meanwhile: {0}")]
    Conflict(&'static str),
    /// A unique value is taken; verbs that expect it match on it.
    #[error("already there: {0}")]
    AlreadyThere(String),
}

impl Error {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), source }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { what } => Self::Conflict(what),
            store::Error::AlreadyThere { what } => Self::AlreadyThere(what),
            store::Error::Unavailable(why) => Self::Unavailable(why),
            contradiction @ store::Error::Contradiction { .. } => Self::Contradiction(contradiction.to_string()),
            store::Error::Internal(why) => Self::Store(why),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<crypto::Error> for Failure {
    fn from(error: crypto::Error) -> Self {
        Self::Broken(error.into())
    }
}
