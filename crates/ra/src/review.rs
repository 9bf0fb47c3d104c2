//! The bank's half of a request: the queue, approval by one or two people, return, refusal, the link sent again, papers registered.

use domain::Refusal;
use domain::actor::{Actor, Role};
use domain::ids::{RequestId, StaffId};
use domain::procedure::Review;
use domain::request::{Command, Stage, StageName};

use crate::cards::RequestCard;
use crate::change::{Extra, Loaded, joined, nothing};
use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};

/// Most cards of one page of the queue.
const PAGE: usize = 200;

impl Ra {
    /// The agent's requests that wait for the bank, by deadline. `after` is the deadline (epoch ms) and id of the last card seen.
    ///
    /// # Errors
    /// Refused for anyone but the agent's staff.
    pub fn queue(
        &self,
        actor: &Actor,
        after: Option<(i64, RequestId)>,
        limit: usize,
        at: &mut Moment<'_>,
    ) -> Result<Vec<RequestCard>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let limit = i64::try_from(limit.clamp(1, PAGE)).unwrap_or(1);
        let waiting = [StageName::Accepted, StageName::InReview];
        let requests = self.0.store.read(move |tx| store::requests::queue(tx, agent_id, &waiting, after, limit))?;
        requests.iter().map(|request| self.request(actor, request.id, at)).collect()
    }

    /// Approves; where the procedure asks for two people, the second approval issues.
    ///
    /// # Errors
    /// Refused without the role, by the same person twice, or when the request changed since `version`.
    pub fn approve(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.staff_step(actor, id, version, "approve", |by| Ok(Command::Approve { by }), at)
    }

    /// Sends back for correction.
    ///
    /// # Errors
    /// As [`Ra::approve`]; a reason is required.
    pub fn return_for_fix(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.staff_step(actor, id, version, "return", |by| Ok(Command::Return { by, reason: reason.to_owned() }), at)
    }

    /// Refuses for good.
    ///
    /// # Errors
    /// As [`Ra::approve`]; a reason is required.
    pub fn refuse(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.staff_step(actor, id, version, "refuse", |by| Ok(Command::Refuse { by, reason: reason.to_owned() }), at)
    }

    /// Makes a new link; the old one dies. `seen` is the version that was looked at, so that a second click makes no second link.
    ///
    /// # Errors
    /// Refused without a role that may, when there is nothing to collect, and when the request changed since `seen`.
    pub fn resend_link(
        &self,
        actor: &Actor,
        id: RequestId,
        seen: i64,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "resend-link", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load_of_agent(actor, id)?;
                // guard: link-again-by-role
                may_resend(actor)?;
                if seen != loaded.request.version {
                    return Err(Refusal::ChangedMeanwhile.into());
                }
                let decision = ra.decide(&loaded, &Command::ResendLink, at)?;
                ra.save(&loaded, decision, actor, at, nothing())?;
                ra.request(actor, id, at)
            })
        })
    }

    fn staff_step(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        verb: &'static str,
        command: impl Fn(StaffId) -> Result<Command, Refused>,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.staff_step_beside(actor, id, version, verb, command, |_, _| Ok(nothing()), at)
    }

    /// `beside` makes what is written in the same transaction.
    #[expect(clippy::too_many_arguments, reason = "who, what, and at which version; what is written beside; when")]
    pub(crate) fn staff_step_beside(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        verb: &'static str,
        command: impl Fn(StaffId) -> Result<Command, Refused>,
        beside: impl Fn(&Loaded, &mut Moment<'_>) -> Result<Extra, Failure>,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), verb, at, |ra, at| {
            let loaded = ra.load_of_agent(actor, id)?;
            let by = ra.reviewer(actor, &loaded, verb)?;
            let command = command(by)?;
            // guard: decided-on-what-was-seen
            if loaded.request.version != version {
                return if ra.done_before(&loaded, &command, actor)? {
                    ra.request(actor, id, at)
                } else {
                    Err(Refusal::ChangedMeanwhile.into())
                };
            }
            store::kill::point("ra.review.loaded");
            let decision = ra.decide(&loaded, &command, at)?;
            let decision = match command {
                Command::ReceiveAct => ra.activated_too(decision, &loaded, at)?,
                _ => decision,
            };
            let extra = beside(&loaded, at)?;
            match ra.save(&loaded, decision, actor, at, extra) {
                Err(Failure::Broken(crate::Error::Conflict(_))) => {
                    let now_there = ra.load(id)?;
                    if ra.done_before(&now_there, &command, actor)? {
                        ra.request(actor, id, at)
                    } else {
                        Err(Refusal::ChangedMeanwhile.into())
                    }
                }
                Err(failure) => Err(failure),
                Ok(()) => {
                    store::kill::point("ra.review.saved");
                    ra.request(actor, id, at)
                }
            }
        })
    }

    /// A proven certificate that waited for the act goes into service in the same transaction.
    pub(crate) fn activated_too(
        &self,
        received: domain::request::Decision,
        loaded: &Loaded,
        at: &Moment<'_>,
    ) -> Result<domain::request::Decision, Failure> {
        match self.decide_on(&received.request, loaded, &Command::Activate, false, at) {
            Ok(activated) => Ok(joined(received, activated)),
            Err(Failure::Refused(_)) => Ok(received),
            Err(broken) => Err(broken),
        }
    }

    /// A request of the staff member's own agent; any other answers as if it did not exist.
    pub(crate) fn load_of_agent(&self, actor: &Actor, id: RequestId) -> Result<Loaded, Failure> {
        let loaded = self.load(id)?;
        // guard: agents-own-requests
        match actor {
            Actor::Staff { agent_id, .. } if *agent_id == loaded.request.agent_id => Ok(loaded),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    fn reviewer(&self, actor: &Actor, loaded: &Loaded, verb: &str) -> Result<StaffId, Failure> {
        let Actor::Staff { id, roles, .. } = actor else { return Err(Refusal::RoleMissing.into()) };
        let allowed = match verb {
            "register-application" | "receive-act" => {
                roles.iter().any(|role| matches!(role, Role::Operator | Role::SecurityOfficer | Role::BranchClerk))
            }
            _ => may_review(roles, &loaded.offered.procedure.review),
        };
        // guard: review-by-role
        if !allowed {
            return Err(Refusal::RoleMissing.into());
        }
        // guard: own-request-of-staff
        self.must_not_be_own(actor, loaded.request.subscriber_id)?;
        // guard: entered-by-another
        if verb == "approve" && self.has_entered(actor, loaded)? {
            return Err(Refusal::OwnEntry.into());
        }
        Ok(*id)
    }

    /// Whether this very person has done this very thing already: a second click, or a retry after a lost answer.
    fn done_before(&self, loaded: &Loaded, command: &Command, actor: &Actor) -> Result<bool, Failure> {
        if let (Stage::InReview { first_approval: Some(first), .. }, Command::Approve { by }) =
            (&loaded.request.stage, command)
            && first == by
        {
            return Ok(true);
        }
        let object = format!("request:{}", loaded.request.id);
        let who = actor.to_string();
        let kinds: &[&str] = match command {
            Command::Approve { .. } => &["request-approved", "request-approved-first"],
            Command::Return { .. } => &["request-returned"],
            Command::Refuse { .. } => &["request-refused"],
            Command::RegisterApplication => &["application-registered"],
            Command::ReceiveAct => &["act-received"],
            _ => &[],
        };
        let rows = self.0.store.read(move |tx| store::journal::of_object(tx, &object))?;
        // Only the newest decision counts: after a correction, also of the address alone, the same person decides anew.
        let newest = rows.iter().rev().find(|row| DECISIONS.contains(&row.kind.as_str()));
        Ok(newest.is_some_and(|row| row.actor == who && kinds.contains(&row.kind.as_str())))
    }
}

const DECISIONS: [&str; 8] = [
    "request-approved",
    "request-approved-first",
    "request-returned",
    "request-refused",
    "request-corrected",
    "email-corrected",
    "application-registered",
    "act-received",
];

pub(crate) fn may_review(roles: &[Role], review: &Review) -> bool {
    match review {
        Review::None => false,
        Review::By { roles: wanted, .. } => roles.iter().any(|role| wanted.contains(role)),
    }
}

fn may_resend(actor: &Actor) -> Result<(), Refusal> {
    let may = [Role::Operator, Role::SecurityOfficer, Role::Support].into_iter().any(|role| actor.has(role));
    if may { Ok(()) } else { Err(Refusal::RoleMissing) }
}
