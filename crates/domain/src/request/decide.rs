//! The decision: given a request, a command, the procedure, the facts and the time, what happens. Pure.

use super::{Command, Facts, Request};
use crate::certificate::CertificateCommand;
use crate::journal::Event;
use crate::procedure::Procedure;
use crate::{Refusal, Timestamp};

/// Work that follows a decision, stored as outbox rows in the transaction of the change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Sign the certificate.
    Issue,
    /// Write to the client.
    Notify(Notice),
    /// The authority's CRL no longer says the truth.
    PublishCrl,
    /// Look again when the life of the request ends.
    LapseAt(Timestamp),
    /// Look again when the ready-mail should have gone.
    MailDueAt(Timestamp),
    /// Look again when the act is due.
    ActDueAt(Timestamp),
}

/// Letters about a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Notice {
    /// «Запрос принят».
    Accepted,
    /// The certificate is ready, with the link.
    Ready,
    /// Sent back for correction.
    Returned,
    /// Refused.
    Refused,
    /// In service.
    Activated,
    /// The request's life ended.
    Lapsed,
    /// The certificate was blocked because the act is late.
    Blocked,
}

impl Notice {
    /// All notices.
    pub const ALL: [Self; 7] =
        [Self::Accepted, Self::Ready, Self::Returned, Self::Refused, Self::Activated, Self::Lapsed, Self::Blocked];

    /// The word of outbox rows and of message ids in locales (`mail-ready-subject`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Ready => "ready",
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Activated => "activated",
            Self::Lapsed => "lapsed",
            Self::Blocked => "blocked",
        }
    }

    /// The notice with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }
}

/// What happens to the mailed link in the same transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkChange {
    /// Nothing.
    Keep,
    /// A new one, any older one dies. Lives until the given time.
    Make {
        /// When its life ends.
        expires_at: Timestamp,
    },
    /// It has served its purpose.
    Spend,
    /// It dies without having served.
    Kill,
}

/// What was decided. All of it is saved in one transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// The request as it will be (same version number: the store counts it up).
    pub request: Request,
    /// What the journal says of it, in order.
    pub events: Vec<Event>,
    /// Follow-up work.
    pub effects: Vec<Effect>,
    /// Steps of the new certificate, in order.
    pub certificate: Vec<CertificateCommand>,
    /// A step of the predecessor.
    pub predecessor: Option<CertificateCommand>,
    /// The mailed link.
    pub link: LinkChange,
}

/// Decides what `command` does to `request`.
///
/// A command that repeats what already holds (a second click, a retry after a lost answer) is not judged here: the registration
/// authority recognises it before it asks.
///
/// # Errors
/// The refusal to show and to journal; nothing changes.
pub fn decide(
    request: &Request,
    command: &Command,
    procedure: &Procedure,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let _ = (request, command, procedure, facts, now);
    Err(Refusal::StageDoesNotAllow)
}
