//! What can go wrong with a medium, sorted by who must act. Each fault has a stable code from the [catalogue](crate::catalogue), where it has words.
//! No text in here names a PIN, a key or a person: it may be logged.

use std::fmt;

use crate::catalogue::{self, Who};
use crate::raw::Rv;

/// A fault, by who can put it right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// The person at the medium: another PIN, a plug, a place, a choice.
    #[error("{0}")]
    Holder(Fault),
    /// Whoever installs programs at the workplace or runs the server: a driver, a path, permissions, the disk.
    #[error("{0}")]
    Workplace(Fault),
    /// The bank: a token to be unblocked or replaced.
    #[error("{0}")]
    Bank(Fault),
    /// We, or the maker of the module.
    #[error("{0}")]
    Ours(Fault),
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    code: &'static str,
    call: Option<&'static str>,
    rv: Option<u64>,
    detail: String,
}

impl Error {
    /// Of our own finding; `code` stands in the catalogue.
    pub(crate) fn own(code: &'static str, detail: impl Into<String>) -> Self {
        Self::of(catalogue::known(code).who, Fault { code, call: None, rv: None, detail: detail.into() })
    }

    pub(crate) fn from_rv(rv: Rv) -> Self {
        let number = u64_of(rv.code);
        let entry = catalogue::of_rv(number);
        let fault = Fault { code: entry.code, call: Some(rv.call), rv: Some(number), detail: String::new() };
        Self::of(entry.who, fault)
    }

    fn of(who: Who, fault: Fault) -> Self {
        match who {
            Who::Holder => Self::Holder(fault),
            Who::Workplace => Self::Workplace(fault),
            Who::Bank => Self::Bank(fault),
            Who::Ours => Self::Ours(fault),
        }
    }

    /// What happened, whoever must act.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        match self {
            Self::Holder(fault) | Self::Workplace(fault) | Self::Bank(fault) | Self::Ours(fault) => fault,
        }
    }

    /// The stable code: `ckr-pin-incorrect`, `token-absent`, …
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault().code
    }

    /// Whether the token went away, in one of the ways modules say so.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(
            self.code(),
            "token-absent"
                | "ckr-token-not-present"
                | "ckr-device-removed"
                | "ckr-slot-id-invalid"
                | "ckr-token-not-recognized"
        )
    }

    /// Whether a PIN must be typed (again) before this can work.
    #[must_use]
    pub fn wants_pin(&self) -> bool {
        matches!(self.code(), "ckr-user-not-logged-in" | "pin-needed")
    }
}

impl From<Rv> for Error {
    fn from(rv: Rv) -> Self {
        Self::from_rv(rv)
    }
}

impl Fault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The function of the module that answered so.
    #[must_use]
    pub fn call(&self) -> Option<&'static str> {
        self.call
    }

    /// The number it answered.
    #[must_use]
    pub fn rv(&self) -> Option<u64> {
        self.rv
    }

    /// A file, a folder, a number: whatever else is known.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)?;
        if let (Some(call), Some(rv)) = (self.call, self.rv) {
            write!(formatter, " ({call} answered {rv:#x})")?;
        }
        if !self.detail.is_empty() {
            write!(formatter, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// CK_ULONG has four octets on Windows.
#[expect(clippy::useless_conversion, reason = "no conversion where CK_ULONG has eight octets")]
pub(crate) fn u64_of(number: cryptoki_sys::CK_ULONG) -> u64 {
    u64::from(number)
}
