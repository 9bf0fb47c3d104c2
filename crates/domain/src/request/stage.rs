//! The stages of a request (domain notes 1.7). What is true only in a stage is inside its variant.

use crate::Timestamp;
use crate::ids::{CertificateId, StaffId};

/// From the moment a key exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyed {
    /// SHA-256 of the canonical SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
}

/// From acceptance on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// The key.
    pub key: Keyed,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When the client may expect an answer.
    pub eta: Option<Timestamp>,
}

/// From issue on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certified {
    /// What was submitted.
    pub submitted: Submitted,
    /// The certificate.
    pub certificate_id: CertificateId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When the bytes were first handed out.
    pub delivered_at: Option<Timestamp>,
}

/// Who said no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RejectedBy {
    /// The bank, by this person.
    Bank(StaffId),
    /// The client, by «Отказаться».
    Client,
}

/// Where a request stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Begun; nothing is made yet.
    Draft,
    /// The key exists and possession was shown.
    KeyReady(Keyed),
    /// The client has signed the request with the current key.
    Signed(Keyed),
    /// Accepted; waits for an application where the procedure asks for one.
    Accepted(Submitted),
    /// With the bank's staff.
    InReview {
        /// What was submitted.
        submitted: Submitted,
        /// The first of two approvals.
        first_approval: Option<StaffId>,
    },
    /// Back with the client.
    NeedsFix {
        /// What was submitted.
        submitted: Submitted,
        /// What to correct.
        reason: String,
    },
    /// All gates are passed; issue is due.
    Approved {
        /// What was submitted.
        submitted: Submitted,
        /// Who approved: none when review is none, two when the procedure asks for a second person.
        approvals: Vec<StaffId>,
    },
    /// The certificate exists.
    Issued(Certified),
    /// The client has signed the act.
    ActSigned(Certified),
    /// On the client's medium.
    Installed(Certified),
    /// The new key has signed.
    Proven(Certified),
    /// In service.
    InService {
        /// The certificate's facts.
        certified: Certified,
        /// Since when.
        since: Timestamp,
    },
    /// Refused by the bank, or declined by the client.
    Rejected {
        /// Who.
        by: RejectedBy,
        /// Why, in the refuser's words; empty when the client declined.
        reason: String,
        /// The certificate that was revoked for it.
        certificate_id: Option<CertificateId>,
    },
    /// Recalled or cancelled by the client before issue.
    Cancelled,
    /// The life of the request ended first.
    Expired {
        /// The uncollected certificate that was revoked for it.
        certificate_id: Option<CertificateId>,
    },
}

/// The name of a stage alone: SQL, API, tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageName {
    /// [`Stage::Draft`]
    Draft,
    /// [`Stage::KeyReady`]
    KeyReady,
    /// [`Stage::Signed`]
    Signed,
    /// [`Stage::Accepted`]
    Accepted,
    /// [`Stage::InReview`]
    InReview,
    /// [`Stage::NeedsFix`]
    NeedsFix,
    /// [`Stage::Approved`]
    Approved,
    /// [`Stage::Issued`]
    Issued,
    /// [`Stage::ActSigned`]
    ActSigned,
    /// [`Stage::Installed`]
    Installed,
    /// [`Stage::Proven`]
    Proven,
    /// [`Stage::InService`]
    InService,
    /// [`Stage::Rejected`]
    Rejected,
    /// [`Stage::Cancelled`]
    Cancelled,
    /// [`Stage::Expired`]
    Expired,
}

impl StageName {
    /// All stages in the order of a request's life.
    pub const ALL: [Self; 15] = [
        Self::Draft,
        Self::KeyReady,
        Self::Signed,
        Self::Accepted,
        Self::InReview,
        Self::NeedsFix,
        Self::Approved,
        Self::Issued,
        Self::ActSigned,
        Self::Installed,
        Self::Proven,
        Self::InService,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word of SQL and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::KeyReady => "key-ready",
            Self::Signed => "signed",
            Self::Accepted => "accepted",
            Self::InReview => "in-review",
            Self::NeedsFix => "needs-fix",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::ActSigned => "act-signed",
            Self::Installed => "installed",
            Self::Proven => "proven",
            Self::InService => "in-service",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The stage with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// True when nothing more can happen to the request.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::InService | Self::Rejected | Self::Cancelled | Self::Expired)
    }
}

impl Stage {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> StageName {
        match self {
            Self::Draft => StageName::Draft,
            Self::KeyReady(_) => StageName::KeyReady,
            Self::Signed(_) => StageName::Signed,
            Self::Accepted(_) => StageName::Accepted,
            Self::InReview { .. } => StageName::InReview,
            Self::NeedsFix { .. } => StageName::NeedsFix,
            Self::Approved { .. } => StageName::Approved,
            Self::Issued(_) => StageName::Issued,
            Self::ActSigned(_) => StageName::ActSigned,
            Self::Installed(_) => StageName::Installed,
            Self::Proven(_) => StageName::Proven,
            Self::InService { .. } => StageName::InService,
            Self::Rejected { .. } => StageName::Rejected,
            Self::Cancelled => StageName::Cancelled,
            Self::Expired { .. } => StageName::Expired,
        }
    }

    /// The facts of the certificate, from issue to service.
    #[must_use]
    pub fn certified(&self) -> Option<&Certified> {
        match self {
            Self::Issued(certified)
            | Self::ActSigned(certified)
            | Self::Installed(certified)
            | Self::Proven(certified) => Some(certified),
            Self::InService { certified, .. } => Some(certified),
            Self::Draft
            | Self::KeyReady(_)
            | Self::Signed(_)
            | Self::Accepted(_)
            | Self::InReview { .. }
            | Self::NeedsFix { .. }
            | Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Cancelled
            | Self::Expired { .. } => None,
        }
    }

    /// What was submitted, from acceptance to service.
    #[must_use]
    pub fn submitted(&self) -> Option<&Submitted> {
        match self {
            Self::Accepted(submitted) => Some(submitted),
            Self::InReview { submitted, .. } | Self::NeedsFix { submitted, .. } | Self::Approved { submitted, .. } => {
                Some(submitted)
            }
            Self::Draft
            | Self::KeyReady(_)
            | Self::Signed(_)
            | Self::Rejected { .. }
            | Self::Cancelled
            | Self::Expired { .. } => None,
            Self::Issued(_) | Self::ActSigned(_) | Self::Installed(_) | Self::Proven(_) | Self::InService { .. } => {
                self.certified().map(|certified| &certified.submitted)
            }
        }
    }

    /// The key, from KEY_READY to service.
    #[must_use]
    pub fn key(&self) -> Option<&Keyed> {
        match self {
            Self::KeyReady(key) | Self::Signed(key) => Some(key),
            _ => self.submitted().map(|submitted| &submitted.key),
        }
    }
}
