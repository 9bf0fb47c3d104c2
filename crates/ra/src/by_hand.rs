//! What the desk does by hand: steps on certificates, a corrected e-mail address, a person barred from remote work. Each has a reason,
//! and where the agent says so, or always for an address, a second person confirms what the first one proposed.

use std::collections::{BTreeMap, BTreeSet};

use domain::actor::{Actor, Role};
use domain::certificate::{BankStep, Certificate, RevocationReason};
use domain::ids::{CertificateId, ProposalId, RequestId, StaffId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::request::{Command, Request};
use domain::subscriber::{Email, Subscriber};
use domain::{Refusal, Timestamp, text};
use store::Tx;
use store::proposals::{Outcome, ProposalRow};

use crate::cards::{CertificateCard, certificate_card};
use crate::change::Extra;
use crate::failure::{Error, Failure};
use crate::letters::LetterCard;
use crate::setup::{Moment, Ra};

/// A certificate as the desk sees it, with what this person may do to it now.
#[derive(Clone, Debug)]
pub struct DeskCertificate {
    /// What everybody sees.
    pub card: CertificateCard,
    /// The version that a step must name.
    pub version: i64,
    /// The holder.
    pub subscriber_id: SubscriberId,
    /// The holder's name.
    pub subscriber_name: String,
    /// The request it was issued for.
    pub request_id: Option<RequestId>,
    /// Steps that this person may take or propose now.
    pub allowed: Vec<BankStep>,
    /// Those of them that a second person confirms.
    pub second_person: Vec<BankStep>,
    /// Steps that wait for a second person.
    pub waiting: Vec<Proposal>,
    /// The letters about it, newest first.
    pub letters: Vec<LetterCard>,
    /// What happened to it, newest first.
    pub history: Vec<DeskEvent>,
}

/// One row of an object's history.
#[derive(Clone, Debug)]
pub struct DeskEvent {
    /// When.
    pub at: Timestamp,
    /// The event's word.
    pub kind: String,
    /// The name of the member of staff, where it was one.
    pub by: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
}

/// A step that waits for a second person.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// The step's word: one of [`BankStep`], or `correct-email`.
    pub step: String,
    /// The certificate it is about.
    pub certificate_id: Option<CertificateId>,
    /// The request it is about.
    pub request_id: Option<RequestId>,
    /// Whom it concerns.
    pub name: String,
    /// What the step needs: a reason of RFC 5280, an address.
    pub value: String,
    /// What it would replace: the address of the request.
    pub instead_of: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether this person may confirm it.
    pub may_confirm: bool,
    /// Whether this person may decline it, or take it back.
    pub may_decline: bool,
}

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stepped {
    /// It was taken.
    Done,
    /// It waits for a second person.
    Waits,
}

/// The word of the step that corrects an address.
pub(crate) const CORRECT_EMAIL: &str = "correct-email";
/// Most proposals that are listed; they are decided within days.
const PROPOSALS: i64 = 200;
/// Most rows of a history that are shown.
const EVENTS: usize = 100;

// Certificates.
impl Ra {
    /// A certificate of the actor's agent.
    ///
    /// # Errors
    /// Refused as not found for anyone but the agent's staff.
    pub fn desk_certificate(
        &self,
        actor: &Actor,
        id: CertificateId,
        at: &mut Moment<'_>,
    ) -> Result<DeskCertificate, Failure> {
        let certificate = self.certificate_of_agent(actor, id)?;
        let subscriber = self.subscriber_of(certificate.subscriber_id)?;
        let object = format!("certificate:{id}");
        let waiting = self.0.store.read(|tx| store::proposals::open_of_object(tx, &object))?;
        let may =
            |step: BankStep| self.may_step(actor, &certificate, step.command(RevocationReason::Unspecified)).is_ok();
        let is_open = |step: BankStep| waiting.iter().any(|row| row.step == step.name());
        let fits = |step: BankStep| {
            let command = step.command(RevocationReason::Unspecified);
            domain::certificate::decide(&certificate, command, at.now).is_ok()
        };
        let is_own = self.own_records(actor)?.contains(&certificate.subscriber_id);
        let allowed: Vec<_> =
            BankStep::ALL.into_iter().filter(|step| !is_own && may(*step) && fits(*step) && !is_open(*step)).collect();
        let two = &self.known_agent(certificate.agent_id)?.second_person;
        Ok(DeskCertificate {
            card: certificate_card(&certificate, at.now)?,
            version: certificate.version,
            subscriber_id: certificate.subscriber_id,
            subscriber_name: subscriber.name.nominative,
            request_id: certificate.request_id,
            second_person: allowed.iter().copied().filter(|step| two.contains(step)).collect(),
            allowed,
            waiting: self.proposals_of(actor, waiting)?,
            letters: self.letters_of_certificate(id, at.now)?,
            history: self.history(&object)?,
        })
    }

    /// The certificate as it is shown to whoever is asked about a step on it.
    ///
    /// # Errors
    /// Refused as the step itself: without the role, and when its state has no such step or the step waits for a second person.
    pub fn certificate_for_step(
        &self,
        actor: &Actor,
        id: CertificateId,
        step: BankStep,
        at: &mut Moment<'_>,
    ) -> Result<DeskCertificate, Failure> {
        let certificate = self.certificate_of_agent(actor, id)?;
        self.may_step(actor, &certificate, step.command(RevocationReason::Unspecified))?;
        self.must_not_be_own(actor, certificate.subscriber_id)?;
        let shown = self.desk_certificate(actor, id, at)?;
        if shown.allowed.contains(&step) { Ok(shown) } else { Err(Refusal::CertificateStateDoesNotAllow.into()) }
    }

    /// Takes a step on a certificate for a reason, or proposes it where the agent wants a second person.
    ///
    /// # Errors
    /// Refused without the role or a reason, when the certificate changed since `version`, or when its state has no such step.
    #[expect(clippy::too_many_arguments, reason = "who, what, at which version, which step, why twice, when")]
    pub fn step_by_hand(
        &self,
        actor: &Actor,
        id: CertificateId,
        version: i64,
        step: BankStep,
        revocation: RevocationReason,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<Stepped, Failure> {
        let object = format!("certificate:{id}");
        self.attempt(actor, &object, step.name(), at, |ra, at| {
            let certificate = ra.certificate_of_agent(actor, id)?;
            ra.may_step(actor, &certificate, step.command(revocation))?;
            // guard: own-certificate-of-staff
            ra.must_not_be_own(actor, certificate.subscriber_id)?;
            let reason = text::reason(reason)?;
            if certificate.version != version {
                // A second click, or somebody who was faster.
                return if ra.newest_is(&object, event_of(step), actor)? {
                    Ok(Stepped::Done)
                } else {
                    Err(Refusal::ChangedMeanwhile.into())
                };
            }
            let command = step.command(revocation);
            domain::certificate::decide(&certificate, command, at.now)?;
            // guard: second-person-for-a-step
            if ra.needs_second_person(&certificate, step.name())? {
                let value = if step == BankStep::Revoke { revocation.name() } else { "" };
                return ra.propose(actor, &object, step.name(), value, &reason, version, at);
            }
            let explained = explained(actor, &object, step.name(), &reason, at.now);
            let beside: Extra = Box::new(move |tx| store::journal::append(tx, &explained));
            match ra.step_beside(actor, &certificate, command, Some(&reason), beside, at) {
                Err(Failure::Broken(Error::Conflict(_))) if ra.newest_is(&object, event_of(step), actor)? => {
                    Ok(Stepped::Done)
                }
                outcome => outcome.map(|_| Stepped::Done),
            }
        })
    }

    fn certificate_of_agent(&self, actor: &Actor, id: CertificateId) -> Result<Certificate, Failure> {
        let certificate = self.certificate_of(id)?;
        // guard: agents-own-certificates
        match actor {
            Actor::Staff { agent_id, .. } if *agent_id == certificate.agent_id => Ok(certificate),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    /// Whether the newest thing that happened to the certificate or the person is this, by this member of staff: a second click.
    pub(crate) fn newest_is(&self, object: &str, wanted: &str, actor: &Actor) -> Result<bool, Failure> {
        let rows = self.0.store.read(|tx| store::journal::of_object(tx, object))?;
        let kin = wanted.split_inclusive('-').next().unwrap_or(wanted);
        let newest = rows.iter().rev().find(|row| row.kind.starts_with(kin));
        Ok(newest.is_some_and(|row| row.kind == wanted && row.actor == actor.to_string()))
    }

    /// What happened to a request, newest first.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn request_history(&self, actor: &Actor, id: RequestId) -> Result<Vec<DeskEvent>, Failure> {
        self.load_of_agent(actor, id)?;
        self.history(&format!("request:{id}"))
    }

    pub(crate) fn history(&self, object: &str) -> Result<Vec<DeskEvent>, Failure> {
        let events = self.0.store.read(|tx| -> Result<_, store::Error> {
            let rows = store::journal::of_object(tx, object)?;
            let mut events: Vec<DeskEvent> = Vec::new();
            for row in rows {
                let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
                let reason = body.get("reason").and_then(serde_json::Value::as_str).map(str::to_owned);
                // A reason belongs to the step it was given for, where that has no other.
                if let Some(step) = events.last_mut().filter(|step| step.at == row.at && step.reason.is_none())
                    && row.kind == "step-explained"
                {
                    step.reason = reason;
                    continue;
                }
                let by = name_of(tx, &row.actor)?;
                events.push(DeskEvent { at: row.at, kind: row.kind, by, reason });
            }
            events.reverse();
            events.truncate(EVENTS);
            Ok(events)
        })?;
        Ok(events)
    }
}

// Addresses.
impl Ra {
    /// Why this person may not propose another address for a request now; nothing where they may.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn correction_refused(
        &self,
        actor: &Actor,
        id: RequestId,
        at: &mut Moment<'_>,
    ) -> Result<Option<Refusal>, Failure> {
        let loaded = self.load_of_agent(actor, id)?;
        if let Err(refusal) = may_propose_email(actor) {
            return Ok(Some(refusal));
        }
        let fits = self.decide(&loaded, &Command::CorrectEmail(nobodys()), at).is_ok();
        Ok((!fits).then_some(Refusal::StageDoesNotAllow))
    }

    /// Proposes another e-mail address for a request. Letters and the link go there once a second person confirms.
    ///
    /// # Errors
    /// Refused without the role or a reason, for what is no address or the one that it has, and when the request's stage has no use for it.
    pub fn propose_email(
        &self,
        actor: &Actor,
        id: RequestId,
        email: &str,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<Stepped, Failure> {
        let object = format!("request:{id}");
        self.attempt(actor, &object, CORRECT_EMAIL, at, |ra, at| {
            let loaded = ra.load_of_agent(actor, id)?;
            // guard: address-by-role
            may_propose_email(actor)?;
            let email = Email::parse(email.trim()).ok_or(Refusal::EmailWrong)?;
            let reason = text::reason(reason)?;
            ra.decide(&loaded, &Command::CorrectEmail(email.clone()), at)?;
            ra.propose(actor, &object, CORRECT_EMAIL, email.as_str(), &reason, loaded.request.version, at)
        })
    }
}

// Two people.
impl Ra {
    /// What waits for a second person at the actor's agent, oldest first.
    ///
    /// # Errors
    /// Refused for anyone but staff.
    pub fn proposals(&self, actor: &Actor) -> Result<Vec<Proposal>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let rows = self.0.store.read(move |tx| store::proposals::open_of_agent(tx, agent_id, PROPOSALS))?;
        self.proposals_of(actor, rows)
    }

    /// What waits for a second person about a request.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn proposals_about(&self, actor: &Actor, id: RequestId) -> Result<Vec<Proposal>, Failure> {
        self.load_of_agent(actor, id)?;
        let object = format!("request:{id}");
        let rows = self.0.store.read(|tx| store::proposals::open_of_object(tx, &object))?;
        self.proposals_of(actor, rows)
    }

    /// The second person agrees: the step is taken.
    ///
    /// # Errors
    /// Refused for the first person, without the role, when somebody decided it already, or when the world has changed so that the
    /// step does not fit any more.
    pub fn confirm(&self, actor: &Actor, id: ProposalId, at: &mut Moment<'_>) -> Result<(), Failure> {
        let row = self.proposal_of_agent(actor, id)?;
        self.attempt(actor, &row.object, "confirm", at, |ra, at| {
            let by = ra.second_person(actor, &row)?;
            if row.decided.is_some() {
                return was_decided(&row, (by, Outcome::Confirmed));
            }
            let now = at.now;
            let explained = explained(actor, &row.object, &row.step, &row.reason, now);
            let beside: Extra = Box::new(move |tx| {
                store::proposals::decide(tx, id, by, now, Outcome::Confirmed)?;
                store::journal::append(tx, &explained)
            });
            let outcome = match ra.object_of(&row)? {
                Object::Certificate(step, certificate) => {
                    // guard: confirmed-as-it-was-seen
                    if certificate.version != row.version {
                        return was_decided(&ra.proposal_of_agent(actor, id)?, (by, Outcome::Confirmed));
                    }
                    let reason = RevocationReason::ALL.into_iter().find(|reason| reason.name() == row.value);
                    let command = step.command(reason.unwrap_or(RevocationReason::Unspecified));
                    ra.step_beside(actor, &certificate, command, Some(&row.reason), beside, at).map(|_| ())
                }
                Object::Request(request) => {
                    let loaded = ra.load_of_agent(actor, request.id)?;
                    // guard: address-confirmed-as-it-was-seen
                    if loaded.request.version != row.version {
                        return was_decided(&ra.proposal_of_agent(actor, id)?, (by, Outcome::Confirmed));
                    }
                    let email = Email::parse(&row.value).ok_or(Refusal::EmailWrong)?;
                    let decision = ra.decide(&loaded, &Command::CorrectEmail(email), at)?;
                    ra.save(&loaded, decision, actor, at, beside)
                }
            };
            match outcome {
                Err(Failure::Broken(Error::Conflict(_))) => {
                    was_decided(&ra.proposal_of_agent(actor, id)?, (by, Outcome::Confirmed))
                }
                outcome => outcome,
            }
        })
    }

    /// The second person does not agree, or the first one takes it back.
    ///
    /// # Errors
    /// As [`Ra::confirm`], but the first person may.
    pub fn decline_proposal(&self, actor: &Actor, id: ProposalId, at: &mut Moment<'_>) -> Result<(), Failure> {
        let row = self.proposal_of_agent(actor, id)?;
        self.attempt(actor, &row.object, "decline-proposal", at, |ra, at| {
            let Actor::Staff { id: by, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
            if by != row.proposed_by {
                ra.second_person(actor, &row)?;
            }
            if row.decided.is_some() {
                return was_decided(&row, (by, Outcome::Declined));
            }
            let event = Event::StepDeclined { proposal_id: id.to_string(), step: row.step.clone() };
            let entry = Entry { at: at.now, actor: actor.clone(), object: row.object.clone(), event };
            let now = at.now;
            let written = ra.0.store.write(move |tx| {
                store::proposals::decide(tx, id, by, now, Outcome::Declined)?;
                store::journal::append(tx, &entry)
            });
            match written {
                Err(store::Error::Conflict { .. }) => {
                    was_decided(&ra.proposal_of_agent(actor, id)?, (by, Outcome::Declined))
                }
                written => Ok(written?),
            }
        })
    }

    #[expect(clippy::too_many_arguments, reason = "who, what, which step with what, why, at which version, when")]
    fn propose(
        &self,
        actor: &Actor,
        object: &str,
        step: &str,
        value: &str,
        reason: &str,
        version: i64,
        at: &mut Moment<'_>,
    ) -> Result<Stepped, Failure> {
        let Actor::Staff { id: proposed_by, agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let row = ProposalRow {
            id: ProposalId::new(at.now, at.octets()),
            agent_id,
            object: object.to_owned(),
            step: step.to_owned(),
            value: value.to_owned(),
            reason: reason.to_owned(),
            version,
            proposed_by,
            proposed_at: at.now,
            decided: None,
        };
        let event = Event::StepProposed { proposal_id: row.id.to_string(), step: step.to_owned() };
        let entry = Entry { at: at.now, actor: actor.clone(), object: object.to_owned(), event };
        let new = row.clone();
        let written = self.0.store.write(move |tx| {
            store::proposals::insert(tx, &new)?;
            store::journal::append(tx, &entry)
        });
        match written {
            // One of this kind waits already: the same again is a second click, another one is a conflict.
            Err(store::Error::AlreadyThere { .. }) => {
                let open = self.0.store.read(|tx| store::proposals::open_of_object(tx, &row.object))?;
                let is_mine = |other: &ProposalRow| {
                    (&other.step, &other.value, other.proposed_by) == (&row.step, &row.value, proposed_by)
                };
                if open.iter().any(is_mine) { Ok(Stepped::Waits) } else { Err(Refusal::ChangedMeanwhile.into()) }
            }
            Err(error) => Err(error.into()),
            Ok(()) => Ok(Stepped::Waits),
        }
    }

    fn proposal_of_agent(&self, actor: &Actor, id: ProposalId) -> Result<ProposalRow, Failure> {
        let row = self.0.store.read(move |tx| store::proposals::by_id(tx, id))?.ok_or(Refusal::NotFound)?;
        // guard: agents-own-proposals
        match actor {
            Actor::Staff { agent_id, .. } if *agent_id == row.agent_id => Ok(row),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    /// Whoever may be the second person of a proposal: somebody else, with a role that decides.
    fn second_person(&self, actor: &Actor, row: &ProposalRow) -> Result<StaffId, Failure> {
        Ok(self.second_person_for(actor, row, &self.object_of(row)?, &self.own_records(actor)?)?)
    }

    /// The same for what was read already: what the proposal is about, and whom this actor is on record as.
    fn second_person_for(
        &self,
        actor: &Actor,
        row: &ProposalRow,
        object: &Object,
        own: &[SubscriberId],
    ) -> Result<StaffId, Refusal> {
        let Actor::Staff { id, .. } = *actor else { return Err(Refusal::RoleMissing) };
        // guard: second-person-by-role
        match object {
            Object::Certificate(step, certificate) => {
                self.may_step(actor, certificate, step.command(RevocationReason::Unspecified))?;
            }
            Object::Request(_) => may_confirm_email(actor)?,
        }
        // guard: second-person-is-not-the-client
        if own.contains(&object.subscriber_id()) {
            return Err(Refusal::OwnMatter);
        }
        // guard: never-the-proposer
        if id == row.proposed_by { Err(Refusal::SecondPersonRequired) } else { Ok(id) }
    }

    fn object_of(&self, row: &ProposalRow) -> Result<Object, Failure> {
        let about = About::of(row)?;
        Ok(self.0.store.read(move |tx| about.read(tx))?.ok_or(Refusal::NotFound)?)
    }

    /// All of them in one look.
    fn proposals_of(&self, actor: &Actor, rows: Vec<ProposalRow>) -> Result<Vec<Proposal>, Failure> {
        let abouts = rows.iter().map(About::of).collect::<Result<Vec<_>, _>>()?;
        let proposers: BTreeSet<StaffId> = rows.iter().map(|row| row.proposed_by).collect();
        let (objects, names) = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let mut objects = Vec::with_capacity(abouts.len());
            for about in &abouts {
                let object = about.read(tx)?;
                let person = match &object {
                    Some(object) => store::subscribers::by_id(tx, object.subscriber_id())?,
                    None => None,
                };
                objects.push(object.zip(person));
            }
            let mut names = BTreeMap::new();
            for &id in &proposers {
                names.insert(id, store::staff::by_id(tx, id)?.map_or_else(String::new, |member| member.name));
            }
            Ok((objects, names))
        })?;
        let own = self.own_records(actor)?;
        let each = rows.into_iter().zip(objects).map(|(row, found)| {
            let (object, person) = found.ok_or(Refusal::NotFound)?;
            let by = names.get(&row.proposed_by).cloned().unwrap_or_default();
            Ok(self.proposal(actor, row, &object, person.name.nominative, by, &own))
        });
        each.collect()
    }

    fn proposal(
        &self,
        actor: &Actor,
        row: ProposalRow,
        object: &Object,
        name: String,
        by: String,
        own: &[SubscriberId],
    ) -> Proposal {
        let may_confirm = self.second_person_for(actor, &row, object, own).is_ok();
        let is_own = matches!(actor, Actor::Staff { id, .. } if *id == row.proposed_by);
        let (certificate_id, request_id, instead_of) = match object {
            Object::Certificate(_, certificate) => (Some(certificate.id), None, None),
            Object::Request(request) => (None, Some(request.id), Some(request.contact.email.as_str().to_owned())),
        };
        Proposal {
            id: row.id,
            step: row.step,
            certificate_id,
            request_id,
            name,
            value: row.value,
            instead_of,
            reason: row.reason,
            by,
            at: row.proposed_at,
            may_confirm,
            may_decline: may_confirm || is_own,
        }
    }
}

// People.
impl Ra {
    /// Bars a person from remote work, or lifts that: no new request, no issue, until it is lifted.
    ///
    /// # Errors
    /// Refused without the role or a reason, and when the person's record changed since `version`.
    pub fn bar(
        &self,
        actor: &Actor,
        id: SubscriberId,
        version: i64,
        barred: bool,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let object = format!("subscriber:{id}");
        let verb = if barred { "bar" } else { "unbar" };
        self.attempt(actor, &object, verb, at, |ra, at| {
            let mut person = ra.subscriber_of_agent(actor, id)?;
            // guard: bar-by-role
            may_bar(actor)?;
            // guard: nobody-bars-themselves
            ra.must_not_be_own(actor, id)?;
            let reason = text::reason(reason)?;
            if person.version != version {
                let done = if barred { "subscriber-barred" } else { "subscriber-unbarred" };
                return if ra.newest_is(&object, done, actor)? {
                    Ok(())
                } else {
                    Err(Refusal::ChangedMeanwhile.into())
                };
            }
            if person.barred == barred {
                return Err(Refusal::StageDoesNotAllow.into());
            }
            person.barred = barred;
            let event = if barred { Event::SubscriberBarred } else { Event::SubscriberUnbarred };
            let entry = Entry { at: at.now, actor: actor.clone(), object: object.clone(), event };
            let explained = explained(actor, &object, verb, &reason, at.now);
            let written = ra.0.store.write(move |tx| {
                store::subscribers::save(tx, &person)?;
                store::journal::append(tx, &entry)?;
                store::journal::append(tx, &explained)
            });
            match written {
                Err(store::Error::Conflict { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                written => Ok(written?),
            }
        })
    }

    /// A person of the staff member's own agent; any other answers as if there were none.
    pub(crate) fn subscriber_of_agent(&self, actor: &Actor, id: SubscriberId) -> Result<Subscriber, Failure> {
        let found = self.0.store.read(move |tx| store::subscribers::by_id(tx, id))?.ok_or(Refusal::NotFound)?;
        // guard: agents-own-people
        match actor {
            Actor::Staff { agent_id, .. } if *agent_id == found.agent_id => Ok(found),
            _ => Err(Refusal::NotFound.into()),
        }
    }
}

/// What a proposal names as its object.
enum About {
    Certificate(BankStep, CertificateId),
    Request(RequestId),
}

impl About {
    fn of(row: &ProposalRow) -> Result<Self, Failure> {
        let broken = || Error::Contradiction(format!("proposal {} is about {} {}", row.id, row.step, row.object));
        if let Some(id) = row.object.strip_prefix("certificate:") {
            let step = BankStep::from_name(&row.step).ok_or_else(broken)?;
            return Ok(Self::Certificate(step, id.parse().map_err(|_| broken())?));
        }
        let request = row.object.strip_prefix("request:").filter(|_| row.step == CORRECT_EMAIL).ok_or_else(broken)?;
        Ok(Self::Request(request.parse().map_err(|_| broken())?))
    }

    fn read(&self, tx: &mut Tx<'_>) -> Result<Option<Object>, store::Error> {
        Ok(match *self {
            Self::Certificate(step, id) => {
                store::certificates::by_id(tx, id)?.map(|certificate| Object::Certificate(step, Box::new(certificate)))
            }
            Self::Request(id) => store::requests::by_id(tx, id)?.map(|request| Object::Request(Box::new(request))),
        })
    }
}

/// What a proposal is about.
enum Object {
    Certificate(BankStep, Box<Certificate>),
    Request(Box<Request>),
}

impl Object {
    /// Whom it concerns.
    fn subscriber_id(&self) -> SubscriberId {
        match self {
            Self::Certificate(_, certificate) => certificate.subscriber_id,
            Self::Request(request) => request.subscriber_id,
        }
    }
}

/// A second click of whoever answered so hears what the first one did; anything else came too late, also their own other answer.
fn was_decided(row: &ProposalRow, answer: (StaffId, Outcome)) -> Result<(), Failure> {
    if row.decided == Some(answer) { Ok(()) } else { Err(Refusal::ChangedMeanwhile.into()) }
}

/// Who hears that a letter did not arrive.
pub(crate) fn may_propose_email(actor: &Actor) -> Result<(), Refusal> {
    has_one_of(actor, &[Role::Operator, Role::SecurityOfficer, Role::Support])
}

/// Who decides where a link goes.
fn may_confirm_email(actor: &Actor) -> Result<(), Refusal> {
    has_one_of(actor, &[Role::Operator, Role::SecurityOfficer])
}

pub(crate) fn may_bar(actor: &Actor) -> Result<(), Refusal> {
    has_one_of(actor, &[Role::Operator, Role::SecurityOfficer, Role::CaAdministrator])
}

fn has_one_of(actor: &Actor, roles: &[Role]) -> Result<(), Refusal> {
    if roles.iter().any(|role| actor.has(*role)) { Ok(()) } else { Err(Refusal::RoleMissing) }
}

/// The name of an actor in the journal's spelling, where it is a member of staff.
pub(crate) fn name_of(tx: &mut Tx<'_>, actor: &str) -> Result<Option<String>, store::Error> {
    match actor.strip_prefix("staff:").and_then(|id| id.parse::<StaffId>().ok()) {
        Some(id) => Ok(store::staff::by_id(tx, id)?.map(|member| member.name)),
        None => Ok(None),
    }
}

/// The journal's word for a step that was taken.
fn event_of(step: BankStep) -> &'static str {
    match step {
        BankStep::Block => "certificate-blocked",
        BankStep::Unblock => "certificate-unblocked",
        BankStep::Hold => "certificate-held",
        BankStep::Release => "certificate-released",
        BankStep::Revoke => "certificate-revoked",
    }
}

fn explained(actor: &Actor, object: &str, step: &str, reason: &str, at: Timestamp) -> Entry {
    let event = Event::StepExplained { step: step.to_owned(), reason: reason.to_owned() };
    Entry { at, actor: actor.clone(), object: object.to_owned(), event }
}

/// An address that nobody has (RFC 2606), to ask whether any could be corrected.
pub(crate) fn nobodys() -> Email {
    Email::parse("nobody@invalid.example").expect("one @, a dot in the domain")
}
