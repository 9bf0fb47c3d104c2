//! What can go wrong with keys, signatures and signed objects, sorted by who is to blame.
//! Nothing here names a person, a key or a document: the texts may be logged.

/// Why an object was not accepted or not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not what they claim to be: broken DER, a wrong version, trailing bytes, over a size limit.
    #[error("malformed {what}: {detail}{}", .offset.map(|offset| format!(" (octet {offset})")).unwrap_or_default())]
    Malformed {
        /// The object or field that could not be read.
        what: &'static str,
        /// The rule that was broken.
        detail: String,
        /// Octets from the beginning of what was handed in to the element that broke the rule, where that is known.
        offset: Option<usize>,
    },
    /// Well formed, but of an algorithm or a kind this crate does not take.
    #[error("unsupported {what}: {name}")]
    Unsupported {
        /// The role of the algorithm: "signature algorithm", "parameter set" and so on.
        what: &'static str,
        /// Its name where it has one, its dotted identifier otherwise.
        name: String,
    },
    /// Well formed and false: a signature that does not fit, a point off the curve, a certificate past its end.
    #[error("invalid {what}")]
    Invalid {
        /// What turned out false. The words (hyphenated) are part of the face of the crate: callers match on them.
        what: &'static str,
    },
    /// The password does not open the encrypted key.
    #[error("wrong password")]
    WrongPassword,
    /// Ours or the machine's fault, never the sender's.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl Error {
    pub(crate) fn malformed(what: &'static str, detail: impl Into<String>) -> Self {
        Self::Malformed { what, detail: detail.into(), offset: None }
    }

    /// The same at a place, for `Malformed`.
    pub(crate) fn at(self, offset: Option<usize>) -> Self {
        match self {
            Self::Malformed { what, detail, offset: None } => Self::Malformed { what, detail, offset },
            other => other,
        }
    }

    /// What went wrong with an object that lies inside another one, `start` octets from its beginning.
    pub(crate) fn within(self, start: Option<usize>) -> Self {
        match self {
            Self::Malformed { what, detail, offset } => {
                Self::Malformed { what, detail, offset: start.map(|start| start + offset.unwrap_or(0)) }
            }
            other => other,
        }
    }

    /// Octets from the beginning of the object to the fault: only of [`Error::Malformed`], and only where it is known.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Malformed { offset, .. } => *offset,
            Self::Unsupported { .. } | Self::Invalid { .. } | Self::WrongPassword | Self::Internal(_) => None,
        }
    }

    pub(crate) fn unsupported(what: &'static str, name: impl Into<String>) -> Self {
        Self::Unsupported { what, name: name.into() }
    }
}
