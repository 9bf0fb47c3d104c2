//! What can go wrong in the engine, sorted by who must act: the author of a file, the operator of a key, or we.
//! A client's request that policy does not allow is no error; see [`crate::PrepareRefusal`].

use std::fmt;

use crate::lint::Finding;

/// Ours or the machine's fault, or a key and a certificate that do not belong together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operator's material does not fit: a key of another certificate, an authority that may not certify, impossible dates.
    #[error("{what}: {detail}")]
    Unfit {
        /// Which material.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The object that would be signed breaks rules; nothing was signed.
    #[error("the object to be signed breaks {} rule(s); the first is {}", .0.len(), .0.first().map_or_else(String::new, ToString::to_string))]
    Lint(Vec<Finding>),
    /// The key or the library under it failed.
    #[error("cryptography: {0}")]
    Crypto(#[from] crypto::Error),
    /// What came back is not what was asked for; the signed object must not leave the house.
    #[error("contradiction: {0}")]
    Contradiction(&'static str),
}

impl Error {
    pub(crate) fn unfit(what: &'static str, detail: impl Into<String>) -> Self {
        Self::Unfit { what, detail: detail.into() }
    }
}

/// Why a reviewed file was not taken: which file, which line, what is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct FileError {
    /// File name as it was given.
    pub file: String,
    /// Line counted from 1; none when the file as a whole is at fault.
    pub line: Option<usize>,
    /// The reason, for the author of the file.
    pub reason: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}, line {line}: {}", self.file, self.reason),
            None => write!(out, "{}: {}", self.file, self.reason),
        }
    }
}

/// Why a profile was not taken.
pub type ProfileError = FileError;
/// Why the plan of an authority was not taken.
pub type PlanError = FileError;

/// The file being read, so that a complaint about a value can name its line.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Reads the file, unknown keys refused by the target's own serde attribute.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, FileError> {
        toml::from_str(self.text).map_err(|error| FileError {
            file: self.file.to_owned(),
            line: error.span().map(|span| self.line(span.start)),
            reason: error.message().to_owned(),
        })
    }

    /// A complaint about this value.
    pub(crate) fn at<T>(&self, value: &toml::Spanned<T>, reason: impl Into<String>) -> FileError {
        FileError { file: self.file.to_owned(), line: Some(self.line(value.span().start)), reason: reason.into() }
    }

    /// A complaint about the file.
    pub(crate) fn whole(&self, reason: impl Into<String>) -> FileError {
        FileError { file: self.file.to_owned(), line: None, reason: reason.into() }
    }

    fn line(&self, offset: usize) -> usize {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        1 + before.iter().filter(|octet| **octet == b'\n').count()
    }
}
