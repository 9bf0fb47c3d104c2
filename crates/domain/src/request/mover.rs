//! Whose move it is. Every request that has not ended has someone who can bring it on: pages, letters and the desk say who.

use super::{Request, Stage};
use crate::act::Act;
use crate::procedure::{ActRule, Activation, Application, Overdue, Procedure};

/// Who must do something next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mover {
    /// The client: makes, signs, collects, or brings a paper that the bank then registers.
    Client,
    /// The bank's staff.
    Bank,
    /// The house itself.
    House,
    /// Nobody: the request has ended and nothing is owed.
    Nobody,
}

impl Mover {
    /// The word of the API and of message ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Bank => "bank",
            Self::House => "house",
            Self::Nobody => "nobody",
        }
    }
}

/// Who brings `request` on.
#[must_use]
pub fn next_mover(request: &Request, procedure: &Procedure) -> Mover {
    match &request.stage {
        Stage::Draft
        | Stage::KeyReady(_)
        | Stage::Signed(_)
        | Stage::NeedsFix { .. }
        | Stage::Issued(_)
        | Stage::ActSigned(_)
        | Stage::Installed(_) => Mover::Client,
        Stage::Accepted(_) if !request.email_confirmed => Mover::Client,
        Stage::Accepted(_) => match procedure.application {
            Application::Paper | Application::PaperOrScan => Mover::Client,
            Application::None | Application::Electronic => Mover::House,
        },
        Stage::InReview { .. } => Mover::Bank,
        Stage::Approved { .. } if holds_issue(&request.act) => Mover::Client,
        Stage::Approved { .. } => Mover::House,
        Stage::Proven(_) if activation_waits(&request.act, procedure) => act_mover(&request.act),
        Stage::Proven(_) => Mover::House,
        Stage::InService { .. } if request.act.due().is_some() => act_mover(&request.act),
        Stage::InService { .. } | Stage::Rejected { .. } | Stage::Cancelled | Stage::Expired { .. } => Mover::Nobody,
    }
}

/// An act that is late before issue makes issue wait for it (domain notes 1.10).
pub(super) fn holds_issue(act: &Act) -> bool {
    match act {
        Act::Overdue { .. } => true,
        Act::None | Act::Drawn { .. } | Act::ClientSigned { .. } | Act::BankSigned { .. } | Act::Received { .. } => {
            false
        }
    }
}

/// Activation waits for the act where the procedure says so, and while a late act blocks the certificate.
pub(super) fn activation_waits(act: &Act, procedure: &Procedure) -> bool {
    let blocked = holds_issue(act) && blocks_when_late(procedure.act.as_ref());
    match procedure.activation {
        Activation::OnInstall => blocked,
        Activation::OnAct => match act {
            Act::Received { .. } => false,
            Act::None | Act::Drawn { .. } | Act::ClientSigned { .. } | Act::BankSigned { .. } | Act::Overdue { .. } => {
                true
            }
        },
    }
}

pub(super) fn blocks_when_late(rule: Option<&ActRule>) -> bool {
    rule.is_some_and(|rule| rule.overdue == Overdue::Block)
}

/// The client signs and brings the act; once it is signed the bank registers it.
fn act_mover(act: &Act) -> Mover {
    match act {
        Act::Drawn { .. } | Act::Overdue { .. } => Mover::Client,
        Act::None | Act::ClientSigned { .. } | Act::BankSigned { .. } | Act::Received { .. } => Mover::Bank,
    }
}
