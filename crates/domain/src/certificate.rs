//! The life of a certificate in the bank's eyes: facts that were recorded, and the standing that follows from them at a time.
//! The machine's legal edges are in [`decide`]; nothing here knows DER or CRLs.

use crate::ids::{AgentId, CertificateId, RequestId, SubscriberId};
use crate::journal::Event;
use crate::{Refusal, Timestamp};

/// A certificate the house knows. Expiry, the notice window and supersession follow from dates: nobody has to store them in time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Row version, counted from 1.
    pub version: i64,
    /// The agent whose client holds it.
    pub agent_id: AgentId,
    /// The holder.
    pub subscriber_id: SubscriberId,
    /// The request it was issued for; none when imported.
    pub request_id: Option<RequestId>,
    /// Name of our authority that signed it, or `imported` for a predecessor of another authority.
    pub authority: String,
    /// Serial number, contents octets of the INTEGER without a sign octet, lower-case hexadecimal.
    pub serial_hex: String,
    /// The DER.
    pub der: Vec<u8>,
    /// SHA-256 of the canonical SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
    /// SHA-256 of the DER.
    pub thumbprint_sha256: [u8; 32],
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// How far it came.
    pub progress: Progress,
    /// Bank-side access flag: since when blocked.
    pub blocked_since: Option<Timestamp>,
    /// Revocation or hold, which also stand in the CRL.
    pub revocation: Option<Revocation>,
    /// From when it counts as superseded by its successor.
    pub superseded_from: Option<Timestamp>,
}

/// The way of a new certificate to the token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Progress {
    /// Signed and stored.
    Issued,
    /// Handed out to the client.
    Delivered,
    /// On the client's medium.
    Installed,
    /// In service.
    Active,
}

impl Progress {
    /// All steps in order.
    pub const ALL: [Self; 4] = [Self::Issued, Self::Delivered, Self::Installed, Self::Active];

    /// The word of SQL and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Delivered => "delivered",
            Self::Installed => "installed",
            Self::Active => "active",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// CRLReason codes the house uses (RFC 5280 section 5.3.1; the domain notes 3.4 say which).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RevocationReason {
    /// 0
    Unspecified,
    /// 1
    KeyCompromise,
    /// 3
    AffiliationChanged,
    /// 4
    Superseded,
    /// 5
    CessationOfOperation,
    /// 6; may be released
    CertificateHold,
    /// 9
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
    ];

    /// The CRLReason code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The reason with this CRLReason code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The name of RFC 5280: `cessationOfOperation`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
        }
    }
}

/// When and why it was revoked or put on hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// When the decision was recorded.
    pub at: Timestamp,
    /// Why; [`RevocationReason::CertificateHold`] is the one that can be lifted.
    pub reason: RevocationReason,
}

/// What a certificate is good for at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// Before `notBefore`.
    NotYetValid,
    /// Issued but not in service yet.
    Pending,
    /// In service.
    Active,
    /// Bank-side block: no sign-in, no signature; not in the CRL.
    Blocked,
    /// certificateHold.
    Hold,
    /// Revoked for good.
    Revoked,
    /// Its successor has taken over and the overlap is gone: no sign-in, no signature; not in the CRL.
    Superseded,
    /// After `notAfter`.
    Expired,
}

impl Standing {
    /// All standings.
    pub const ALL: [Self; 8] = [
        Self::NotYetValid,
        Self::Pending,
        Self::Active,
        Self::Blocked,
        Self::Hold,
        Self::Revoked,
        Self::Superseded,
        Self::Expired,
    ];

    /// Whether a successor still ends something.
    #[must_use]
    pub fn may_be_superseded(self) -> bool {
        match self {
            Self::NotYetValid | Self::Active | Self::Blocked | Self::Hold => true,
            Self::Pending | Self::Revoked | Self::Superseded | Self::Expired => false,
        }
    }

    /// The word of the API and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYetValid => "not-yet-valid",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Hold => "hold",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
        }
    }
}

/// What may be done to a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertificateCommand {
    /// Hand out the bytes.
    Deliver,
    /// The client's medium holds it and the new key has signed.
    Install,
    /// Take it into service.
    Activate,
    /// Let it end at `from`, because its successor is in service.
    Supersede {
        /// End of the overlap.
        from: Timestamp,
    },
    /// Bank-side block.
    Block,
    /// Lift the block.
    Unblock,
    /// certificateHold.
    Hold,
    /// Lift the hold.
    Release,
    /// Revoke for good.
    Revoke(RevocationReason),
}

/// What the bank's staff may do to a certificate by hand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BankStep {
    /// Bank-side block.
    Block,
    /// Lift the block.
    Unblock,
    /// certificateHold.
    Hold,
    /// Lift the hold.
    Release,
    /// Revoke for good.
    Revoke,
}

impl BankStep {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Block, Self::Unblock, Self::Hold, Self::Release, Self::Revoke];

    /// The word of addresses, the journal and the agent's file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Revoke => "revoke",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// What is asked of the machine; a revocation has a reason of RFC 5280.
    #[must_use]
    pub fn command(self, reason: RevocationReason) -> CertificateCommand {
        match self {
            Self::Block => CertificateCommand::Block,
            Self::Unblock => CertificateCommand::Unblock,
            Self::Hold => CertificateCommand::Hold,
            Self::Release => CertificateCommand::Release,
            Self::Revoke => CertificateCommand::Revoke(reason),
        }
    }
}

impl Certificate {
    /// What it is good for at `now`. The worst fact wins: revoked, expired, hold, blocked, superseded, not yet, pending, active.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.revocation {
            Some(Revocation { reason: RevocationReason::CertificateHold, .. }) if now <= self.not_after => {
                return Standing::Hold;
            }
            Some(revocation) if revocation.reason != RevocationReason::CertificateHold => {
                return Standing::Revoked;
            }
            _ => {}
        }
        if now > self.not_after {
            Standing::Expired
        } else if self.blocked_since.is_some() {
            Standing::Blocked
        } else if self.superseded_from.is_some_and(|from| from <= now) {
            Standing::Superseded
        } else if now < self.not_before {
            Standing::NotYetValid
        } else if self.progress < Progress::Active {
            Standing::Pending
        } else {
            Standing::Active
        }
    }
}

/// Decides a step of one certificate: the certificate as it will be (same version number: the store counts it up) and what the
/// journal says of it. BLOCKED is a bank-side flag; HOLD and REVOKED also belong into the CRL, which the caller publishes.
///
/// # Errors
/// [`Refusal::CertificateStateDoesNotAllow`] when the machine has no such edge from where the certificate stands; nothing changes.
pub fn decide(
    certificate: &Certificate,
    command: CertificateCommand,
    now: Timestamp,
) -> Result<(Certificate, Event), Refusal> {
    // guard: certificate-steps
    if !edge_exists(certificate, command, now) {
        return Err(Refusal::CertificateStateDoesNotAllow);
    }
    let mut next = certificate.clone();
    let certificate_id = certificate.id.to_string();
    let event = match command {
        CertificateCommand::Deliver => {
            next.progress = Progress::Delivered;
            Event::CertificateDelivered { certificate_id }
        }
        CertificateCommand::Install => {
            next.progress = Progress::Installed;
            Event::PossessionProven { certificate_id }
        }
        CertificateCommand::Activate => {
            next.progress = Progress::Active;
            Event::CertificateActivated { certificate_id }
        }
        CertificateCommand::Supersede { from } => {
            // A second successor may shorten the overlap, never lengthen it.
            let from = certificate.superseded_from.map_or(from, |earlier| earlier.min(from));
            next.superseded_from = Some(from);
            Event::CertificateSuperseded { certificate_id, from: from.to_string() }
        }
        CertificateCommand::Block => {
            next.blocked_since = Some(now);
            Event::CertificateBlocked { certificate_id }
        }
        CertificateCommand::Unblock => {
            next.blocked_since = None;
            Event::CertificateUnblocked { certificate_id }
        }
        CertificateCommand::Hold => {
            next.revocation = Some(Revocation { at: now, reason: RevocationReason::CertificateHold });
            Event::CertificateHeld { certificate_id }
        }
        CertificateCommand::Release => {
            next.revocation = None;
            Event::CertificateReleased { certificate_id }
        }
        CertificateCommand::Revoke(reason) => {
            next.revocation = Some(Revocation { at: now, reason });
            Event::CertificateRevoked { certificate_id, reason: reason.name().to_owned() }
        }
    };
    Ok((next, event))
}

/// The legal edges (domain notes 1.7). The way to the token needs a certificate that nothing bad happened to; the bank's own steps
/// need one that still lives.
fn edge_exists(certificate: &Certificate, command: CertificateCommand, now: Timestamp) -> bool {
    let standing = certificate.standing(now);
    let on_its_way = matches!(standing, Standing::Pending | Standing::NotYetValid);
    let lives = match standing {
        Standing::NotYetValid
        | Standing::Pending
        | Standing::Active
        | Standing::Blocked
        | Standing::Hold
        | Standing::Superseded => true,
        Standing::Revoked | Standing::Expired => false,
    };
    match command {
        CertificateCommand::Deliver => on_its_way && certificate.progress == Progress::Issued,
        CertificateCommand::Install => on_its_way && certificate.progress == Progress::Delivered,
        CertificateCommand::Activate => on_its_way && certificate.progress == Progress::Installed,
        CertificateCommand::Supersede { .. } => {
            lives && certificate.progress == Progress::Active && standing != Standing::Superseded
        }
        CertificateCommand::Block => lives && certificate.blocked_since.is_none() && standing != Standing::Superseded,
        CertificateCommand::Unblock => lives && certificate.blocked_since.is_some(),
        CertificateCommand::Hold => {
            lives && certificate.revocation.is_none() && certificate.progress == Progress::Active
        }
        CertificateCommand::Release => standing == Standing::Hold,
        CertificateCommand::Revoke(reason) => lives && reason != RevocationReason::CertificateHold,
    }
}
