//! The act of acceptance as a machine: drawn, signed by the client, signed by the bank, received; or overdue.

use crate::Timestamp;
use crate::request::StageName;

/// Where the act of a request stands (domain notes 1.7). `Overdue` returns to `Received`, never backwards.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Act {
    /// The procedure has none, or it is not drawn yet.
    #[default]
    None,
    /// Drawn: the text exists and waits for the client.
    Drawn {
        /// When it was drawn.
        at: Timestamp,
        /// When the bank must have it, if the procedure says.
        due: Option<Timestamp>,
    },
    /// Signed electronically by the client's current key.
    ClientSigned {
        /// When the signature was accepted.
        at: Timestamp,
        /// When the bank must have it, if the procedure says.
        due: Option<Timestamp>,
    },
    /// Counter-signed by the bank.
    BankSigned {
        /// When.
        at: Timestamp,
    },
    /// Registered by the bank: the paper or the electronic copy is in.
    Received {
        /// When.
        at: Timestamp,
    },
    /// Not in by its due date.
    Overdue {
        /// The date that passed.
        due: Timestamp,
    },
}

impl Act {
    /// The word of SQL, the API and logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Drawn { .. } => "drawn",
            Self::ClientSigned { .. } => "client-signed",
            Self::BankSigned { .. } => "bank-signed",
            Self::Received { .. } => "received",
            Self::Overdue { .. } => "overdue",
        }
    }

    /// Whether the client still owes it to the bank when everything else of the request is done, or when the request waits for nothing but it.
    #[must_use]
    pub fn is_owed(&self, stage: StageName) -> bool {
        match self {
            Self::None | Self::Received { .. } => false,
            Self::Drawn { .. } | Self::ClientSigned { .. } | Self::BankSigned { .. } => stage == StageName::InService,
            Self::Overdue { .. } => {
                matches!(stage, StageName::Approved | StageName::Proven | StageName::InService)
            }
        }
    }

    /// The date by which the bank must have it, while that still matters.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Drawn { due, .. } | Self::ClientSigned { due, .. } => *due,
            Self::Overdue { due } => Some(*due),
            Self::None | Self::BankSigned { .. } | Self::Received { .. } => None,
        }
    }
}
