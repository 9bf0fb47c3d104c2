//! The decision: given a request, a command, the procedure, the facts and the time, what happens. Pure.
//!
//! Which command fits which stage is one table (`fits`); each command then has one small function that asks the procedure and the
//! facts. What a request may become is [`Stage`]; the steps of its certificate are only named here and judged by
//! [`crate::certificate::decide`].

use super::mover::{activation_waits, blocks_when_late, holds_issue};
use super::{
    CertificateFacts, Certified, Command, Facts, Keyed, PredecessorFacts, RejectedBy, Request, Stage, StageName,
    Submitted,
};
use crate::act::Act;
use crate::calendar::Calendar;
use crate::certificate::{CertificateCommand, RevocationReason, Standing};
use crate::ids::{CertificateId, StaffId};
use crate::journal::Event;
use crate::latin::mixed_words;
use crate::procedure::{
    ActDrawn, ActForm, ActGate, ActRule, Application, Delivery, EarliestStart, EmailConfirmation, Field, LinkEnded,
    LinkRule, Procedure, Proof, Review, Span, Target,
};
use crate::subject::Subject;
use crate::subscriber::{Contact, Email, phone_is_acceptable};
use crate::text;
use crate::{Refusal, Timestamp};

/// Work that follows a decision, stored as outbox rows in the transaction of the change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Sign the certificate.
    Issue,
    /// Write to the client.
    Notify(Notice),
    /// The client has signed the act and proven the new key: the agent signs the act too.
    Countersign,
    /// The authority's CRL no longer says the truth.
    PublishCrl,
    /// Look again when the life of the request ends.
    LapseAt(Timestamp),
    /// Look again when the ready-mail should have gone.
    MailDueAt(Timestamp),
    /// Look again when the life of the mailed link ends.
    LinkEndsAt(Timestamp),
    /// Look again when the act is due.
    ActDueAt(Timestamp),
    /// Remind of the act, this long before it is due.
    RemindOfAct {
        /// As the procedure writes it.
        before: Span,
        /// When that is.
        at: Timestamp,
    },
}

/// Letters about a request or a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Notice {
    /// «Запрос принят».
    Accepted,
    /// Asks whether the address is the applicant's, with a link.
    ConfirmEmail,
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
    /// The act is due soon.
    Act,
    /// The act is late, and nothing is blocked.
    Overdue,
    /// The certificate was blocked: the act is late, or the bank did it by hand.
    Blocked,
    /// The block was lifted.
    Unblocked,
    /// The certificate was put on hold.
    Held,
    /// The hold was lifted.
    Released,
    /// The certificate was revoked by its holder or by the bank.
    Revoked,
    /// The certificate ends soon.
    Expiry,
    /// The bank answered a message.
    Answered,
}

impl Notice {
    /// All notices.
    pub const ALL: [Self; 16] = [
        Self::Accepted,
        Self::ConfirmEmail,
        Self::Ready,
        Self::Returned,
        Self::Refused,
        Self::Activated,
        Self::Lapsed,
        Self::Act,
        Self::Overdue,
        Self::Blocked,
        Self::Unblocked,
        Self::Held,
        Self::Released,
        Self::Revoked,
        Self::Expiry,
        Self::Answered,
    ];

    /// The word of outbox rows and of message ids in locales (`mail-ready-subject`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::ConfirmEmail => "confirm-email",
            Self::Ready => "ready",
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Activated => "activated",
            Self::Lapsed => "lapsed",
            Self::Act => "act",
            Self::Overdue => "overdue",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Held => "held",
            Self::Released => "released",
            Self::Revoked => "revoked",
            Self::Expiry => "expiry",
            Self::Answered => "answered",
        }
    }

    /// The notice with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }

    /// Whether it counts back from a date, so that a procedure says how long before.
    #[must_use]
    pub fn is_reminder(self) -> bool {
        matches!(self, Self::Expiry | Self::Act)
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
    /// What the journal says of the request, in order. The machine knows no digests, serials or algorithms: such fields of
    /// `KeyOffered`, `RequestSigned`, `CertificateIssued`, `ActDrawn` and `ActSigned` are empty here and filled in by the registration
    /// authority before it saves. The events of a certificate's steps come from [`crate::certificate::decide`], those of links from
    /// whoever numbers them.
    pub events: Vec<Event>,
    /// Follow-up work.
    pub effects: Vec<Effect>,
    /// Steps of the new certificate, in order; each goes through [`crate::certificate::decide`].
    pub certificate: Vec<CertificateCommand>,
    /// A step of the predecessor.
    pub predecessor: Option<CertificateCommand>,
    /// A step of each other certificate that came after the same predecessor and may be superseded: of two successors the later one is it.
    pub earlier_successors: Option<CertificateCommand>,
    /// The mailed link.
    pub link: LinkChange,
    /// Phone and e-mail of the person's record from now on.
    pub contact_of_record: Option<Contact>,
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
    let stage = request.stage.name();
    if !fits(stage, command) {
        return Err(out_of_stage(stage));
    }
    // guard: request-alive
    if request.expires_at <= now && lapses(stage) && ends_with_life(command) {
        return Err(Refusal::RequestExpired);
    }
    let case = Case { request, procedure, facts, now };
    match command {
        Command::Create => case.create(),
        Command::Edit(contact) => case.edit(contact),
        Command::Restate { subject, contact } => case.restate(subject, contact),
        Command::OfferKey { spki_sha256 } => case.offer_key(*spki_sha256),
        Command::Sign => case.sign(),
        Command::Send => case.send(),
        Command::ConfirmEmail => case.confirm_email(),
        Command::RegisterApplication => case.register_application(),
        Command::Approve { by } => case.approve(*by),
        Command::Return { reason, .. } => case.send_back(reason),
        Command::Refuse { by, reason } => case.refuse(*by, reason),
        Command::Correct { subject_changed } => case.correct(*subject_changed),
        Command::Recall => Ok(case.unchanged().stage(Stage::Cancelled).event(Event::RequestRecalled)),
        Command::Issue { certificate_id } => case.issue(*certificate_id),
        Command::ResendLink => case.resend_link(),
        Command::LinkEnded => case.link_ended(),
        Command::CorrectEmail(email) => case.correct_email(email),
        Command::SignAct => case.sign_act(),
        Command::Decline => case.decline(),
        Command::Deliver => case.deliver(),
        Command::Install => case.install(),
        Command::Prove => case.prove(),
        Command::Activate => case.activate(),
        Command::ReceiveAct => case.receive_act(),
        Command::ActDuePassed => case.act_due_passed(),
        Command::Lapse => case.lapse(),
    }
}

/// The table of domain notes 1.7: which command has an edge from which stage. Procedure and facts may still refuse.
fn fits(stage: StageName, command: &Command) -> bool {
    use Command as C;
    let act = matches!(command, C::ReceiveAct | C::ActDuePassed);
    let leaves = matches!(command, C::Recall | C::Lapse);
    match stage {
        StageName::Draft => {
            act || leaves || matches!(command, C::Create | C::Edit(_) | C::Restate { .. } | C::OfferKey { .. })
        }
        StageName::KeyReady => {
            act || leaves || matches!(command, C::Edit(_) | C::Restate { .. } | C::OfferKey { .. } | C::Sign | C::Send)
        }
        StageName::Signed => act || leaves || matches!(command, C::Send),
        StageName::Accepted => {
            act || leaves || matches!(command, C::ConfirmEmail | C::RegisterApplication | C::CorrectEmail(_))
        }
        StageName::InReview => {
            act || leaves
                || matches!(command, C::Approve { .. } | C::Return { .. } | C::Refuse { .. } | C::CorrectEmail(_))
        }
        StageName::NeedsFix => {
            act || leaves || matches!(command, C::Edit(_) | C::Restate { .. } | C::Correct { .. } | C::CorrectEmail(_))
        }
        // The gate may close after approval: then the bank must be able to say no.
        StageName::Approved => {
            act || leaves || matches!(command, C::Issue { .. } | C::Refuse { .. } | C::CorrectEmail(_))
        }
        StageName::Issued | StageName::ActSigned => {
            act || matches!(
                command,
                C::ResendLink
                    | C::LinkEnded
                    | C::CorrectEmail(_)
                    | C::SignAct
                    | C::Decline
                    | C::Deliver
                    | C::Install
                    | C::Prove
                    | C::Lapse
            )
        }
        StageName::Installed => {
            act || matches!(
                command,
                C::ResendLink | C::LinkEnded | C::CorrectEmail(_) | C::SignAct | C::Deliver | C::Prove | C::Lapse
            )
        }
        StageName::Proven => act || matches!(command, C::SignAct | C::Activate),
        StageName::InService => act || matches!(command, C::SignAct),
        StageName::Rejected | StageName::Cancelled | StageName::Expired => false,
    }
}

fn out_of_stage(stage: StageName) -> Refusal {
    if stage == StageName::Expired { Refusal::RequestExpired } else { Refusal::StageDoesNotAllow }
}

/// Whether the end of the request's life ends a request in this stage. From PROVEN on the certificate is collected: a paper act
/// that is still missing has a due date of its own.
fn lapses(stage: StageName) -> bool {
    match stage {
        StageName::Draft
        | StageName::KeyReady
        | StageName::Signed
        | StageName::Accepted
        | StageName::InReview
        | StageName::NeedsFix
        | StageName::Approved
        | StageName::Issued
        | StageName::ActSigned
        | StageName::Installed => true,
        StageName::Proven | StageName::InService | StageName::Rejected | StageName::Cancelled | StageName::Expired => {
            false
        }
    }
}

/// Whether a command has no sense any more once the life is over, even when the timer has not come yet. The act keeps its own time.
fn ends_with_life(command: &Command) -> bool {
    !matches!(command, Command::Lapse | Command::ReceiveAct | Command::ActDuePassed)
}

/// One question: everything a decision looks at.
struct Case<'a> {
    request: &'a Request,
    procedure: &'a Procedure,
    facts: &'a Facts<'a>,
    now: Timestamp,
}

// From the first form to acceptance.
impl Case<'_> {
    fn create(&self) -> Result<Decision, Refusal> {
        if self.request.act != Act::None {
            // It was begun already: its act is drawn once.
            return Err(Refusal::StageDoesNotAllow);
        }
        self.may_work_remotely()?;
        self.name_is_no_look_alike()?;
        // guard: one-open-request
        if self.facts.other_request_open {
            return Err(Refusal::RequestOpenAlready);
        }
        if let Some(current) = self.current_certificate()? {
            // guard: window-open
            self.window_is_open(current)?;
        }
        let created = Event::RequestCreated {
            procedure: self.request.procedure.clone(),
            procedure_sha256: hex(&self.request.procedure_sha256),
            unz: self.request.unz.to_string(),
        };
        let decision = self.unchanged().event(created).effect(Effect::LapseAt(self.request.expires_at));
        Ok(self.draw_act(ActDrawn::AtCreation, decision))
    }

    fn edit(&self, contact: &Contact) -> Result<Decision, Refusal> {
        let may = |field| self.procedure.editable.iter().any(|have| *have == field || *have == Field::All);
        let old = &self.request.contact;
        // guard: editable-fields
        if (contact.phone != old.phone && !may(Field::Phone)) || (contact.email != old.email && !may(Field::Email)) {
            return Err(Refusal::FieldNotEditable);
        }
        if !phone_is_acceptable(&contact.phone) {
            return Err(Refusal::PhoneWrong);
        }
        let mut decision = self.unchanged().event(Event::RequestEdited);
        decision.request.contact = contact.clone();
        Ok(decision)
    }

    /// What was typed at the public door, changed before it is handed in, or after it came back. The PKCS#10 names the subject: under
    /// another one it is worthless, and with it the key.
    fn restate(&self, subject: &Subject, contact: &Contact) -> Result<Decision, Refusal> {
        if !self.procedure.editable.contains(&Field::All) {
            return Err(Refusal::FieldNotEditable);
        }
        let (key, event) = match &self.request.stage {
            Stage::Draft => (None, Event::RequestEdited),
            Stage::KeyReady(key) => (Some(key), Event::RequestEdited),
            Stage::NeedsFix { submitted, .. } => (Some(&submitted.key), Event::RequestCorrected),
            _ => return Err(Refusal::StageDoesNotAllow),
        };
        let kept = key.filter(|_| *subject == self.request.subject);
        let mut decision = self.unchanged().event(event).stage(kept.cloned().map_or(Stage::Draft, Stage::KeyReady));
        // Another address has not answered yet.
        if contact.email != self.request.contact.email {
            decision.request.email_confirmed = self.procedure.email_confirmation == EmailConfirmation::None;
        }
        decision.request.subject = subject.clone();
        decision.request.contact = contact.clone();
        Ok(decision)
    }

    fn offer_key(&self, spki_sha256: [u8; 32]) -> Result<Decision, Refusal> {
        self.key_is_new()?;
        let offered = Event::KeyOffered { spki_sha256: hex(&spki_sha256), algorithm: String::new() };
        Ok(self.unchanged().stage(Stage::KeyReady(Keyed { spki_sha256 })).event(offered))
    }

    fn sign(&self) -> Result<Decision, Refusal> {
        let Stage::KeyReady(key) = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        if self.procedure.proof == Proof::None {
            return Err(Refusal::StageDoesNotAllow);
        }
        self.current_certificate()?;
        let signed = Event::RequestSigned { certificate_id: self.predecessor_id(), text_sha256: String::new() };
        Ok(self.unchanged().stage(Stage::Signed(key.clone())).event(signed))
    }

    fn send(&self) -> Result<Decision, Refusal> {
        let key = match (&self.request.stage, self.procedure.proof) {
            (Stage::KeyReady(key), Proof::None) | (Stage::Signed(key), Proof::CurrentKey) => key.clone(),
            _ => return Err(Refusal::StageDoesNotAllow),
        };
        self.may_work_remotely()?;
        self.key_is_new()?;
        self.current_certificate()?;
        let submitted = Submitted { key, accepted_at: self.now, eta: self.eta() };
        let accepted = Event::RequestAccepted { eta: submitted.eta.map(|eta| eta.to_string()) };
        let decision = self.unchanged().event(accepted);
        if !self.request.email_confirmed {
            return Ok(decision.stage(Stage::Accepted(submitted)).effect(Effect::Notify(Notice::ConfirmEmail)));
        }
        Ok(self.come_to_the_bank(submitted, decision))
    }

    /// The bank has the request from now on, and the client its promises.
    fn come_to_the_bank(&self, submitted: Submitted, mut decision: Decision) -> Decision {
        if let (Delivery::MailedLink(_), Some(target_ms)) = (self.procedure.delivery, self.procedure.mail_target_ms) {
            decision = decision.effect(Effect::MailDueAt(self.now.plus_ms(target_ms)));
        }
        decision = self.notify_if_wanted(Notice::Accepted, decision);
        match self.procedure.application {
            Application::None | Application::Electronic => self.enter_review(submitted, decision),
            Application::Paper | Application::PaperOrScan => decision.stage(Stage::Accepted(submitted)),
        }
    }

    fn confirm_email(&self) -> Result<Decision, Refusal> {
        let Stage::Accepted(submitted) = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        if self.request.email_confirmed {
            return Err(Refusal::StageDoesNotAllow);
        }
        let submitted = Submitted { eta: self.eta(), ..submitted.clone() };
        let mut decision = self.come_to_the_bank(submitted, self.unchanged().event(Event::EmailConfirmed));
        decision.request.email_confirmed = true;
        Ok(decision)
    }

    /// The current certificate, which must be in service for every kind but the first issue: a remote request never starts from an
    /// expired, revoked or blocked one.
    fn current_certificate(&self) -> Result<Option<PredecessorFacts>, Refusal> {
        if !self.procedure.needs_predecessor() {
            return Ok(None);
        }
        let current = self.facts.predecessor.filter(|_| self.request.predecessor.is_some()).ok_or(Refusal::NotFound)?;
        // guard: current-certificate-good
        if current.standing == Standing::Active { Ok(Some(current)) } else { Err(not_good(current.standing)) }
    }

    fn window_is_open(&self, current: PredecessorFacts) -> Result<(), Refusal> {
        match self.procedure.earliest_start {
            EarliestStart::BeforeEnd(span_ms) if self.now < current.not_after.plus_ms(-span_ms) => {
                Err(Refusal::TooEarly)
            }
            EarliestStart::BeforeEnd(_) | EarliestStart::Any => Ok(()),
        }
    }

    fn may_work_remotely(&self) -> Result<(), Refusal> {
        // guard: barred-from-remote-work
        if self.facts.subscriber_barred { Err(Refusal::SubscriberBarred) } else { Ok(()) }
    }

    /// Whoever reads a word of a certificate must not have to ask in which alphabet each of its letters is. Whole words of another alphabet are compared at
    /// the desk.
    fn name_is_no_look_alike(&self) -> Result<(), Refusal> {
        for (_, text) in &self.request.subject.attributes {
            // guard: name-of-one-alphabet-a-word
            if !mixed_words(text).is_empty() {
                return Err(Refusal::SubjectMixesAlphabets);
            }
        }
        Ok(())
    }

    fn key_is_new(&self) -> Result<(), Refusal> {
        // guard: key-of-nobody-else
        if self.facts.key_seen_before { Err(Refusal::KeySeenBefore) } else { Ok(()) }
    }

    fn eta(&self) -> Option<Timestamp> {
        match &self.procedure.review {
            Review::None => None,
            Review::By { target, .. } => Some(answer_by(*target, self.now, self.facts.calendar)),
        }
    }
}

// From review to issue.
impl Case<'_> {
    fn register_application(&self) -> Result<Decision, Refusal> {
        let Stage::Accepted(submitted) = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        // guard: email-before-the-bank
        if !self.request.email_confirmed {
            return Err(Refusal::EmailNotConfirmed);
        }
        // Only now can the bank begin, so the answer is promised from now.
        let submitted = Submitted { eta: self.eta(), ..submitted.clone() };
        Ok(self.enter_review(submitted, self.unchanged().event(Event::ApplicationRegistered)))
    }

    fn enter_review(&self, submitted: Submitted, decision: Decision) -> Decision {
        match &self.procedure.review {
            Review::None => self.approved(submitted, Vec::new(), decision),
            Review::By { .. } => decision.stage(Stage::InReview { submitted, first_approval: None }),
        }
    }

    fn approve(&self, by: StaffId) -> Result<Decision, Refusal> {
        let Stage::InReview { submitted, first_approval } = &self.request.stage else {
            return Err(Refusal::StageDoesNotAllow);
        };
        // guard: approval-of-a-living-certificate
        self.current_key_may_still_ask()?;
        self.name_is_no_look_alike()?;
        // guard: approval-of-who-is-on-record
        if !self.facts.subscriber_admitted {
            return Err(Refusal::ApplicantNotAdmitted);
        }
        let two_people = match &self.procedure.review {
            Review::None => false,
            Review::By { second_person, .. } => *second_person,
        };
        match (two_people, first_approval) {
            (false, _) => Ok(self.approved(submitted.clone(), vec![by], self.unchanged())),
            (true, None) => Ok(self
                .unchanged()
                .stage(Stage::InReview { submitted: submitted.clone(), first_approval: Some(by) })
                .event(Event::RequestApprovedFirst)),
            // guard: second-approval-by-another
            (true, Some(first)) if *first == by => Err(Refusal::SecondPersonRequired),
            (true, Some(first)) => Ok(self.approved(submitted.clone(), vec![*first, by], self.unchanged())),
        }
    }

    fn approved(&self, submitted: Submitted, approvals: Vec<StaffId>, decision: Decision) -> Decision {
        let decision = decision.stage(Stage::Approved { submitted, approvals }).event(Event::RequestApproved);
        if holds_issue(&self.request.act) { decision } else { decision.effect(Effect::Issue) }
    }

    fn send_back(&self, reason: &str) -> Result<Decision, Refusal> {
        let Stage::InReview { submitted, .. } = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        let reason = text::reason(reason)?;
        Ok(self
            .unchanged()
            .stage(Stage::NeedsFix { submitted: submitted.clone(), reason: reason.clone() })
            .event(Event::RequestReturned { reason })
            .effect(Effect::Notify(Notice::Returned)))
    }

    fn refuse(&self, by: StaffId, reason: &str) -> Result<Decision, Refusal> {
        let reason = text::reason(reason)?;
        Ok(self
            .unchanged()
            .stage(Stage::Rejected { by: RejectedBy::Bank(by), reason: reason.clone(), certificate_id: None })
            .event(Event::RequestRefused { reason })
            .effect(Effect::Notify(Notice::Refused)))
    }

    fn correct(&self, subject_changed: bool) -> Result<Decision, Refusal> {
        let Stage::NeedsFix { submitted, .. } = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        // The PKCS#10 names the subject: under another subject it is worthless, and with it the key.
        // guard: another-subject-another-key
        let stage = if subject_changed { Stage::Draft } else { Stage::KeyReady(submitted.key.clone()) };
        Ok(self.unchanged().stage(stage).event(Event::RequestCorrected))
    }

    fn issue(&self, certificate_id: CertificateId) -> Result<Decision, Refusal> {
        let Stage::Approved { submitted, .. } = &self.request.stage else { return Err(Refusal::StageDoesNotAllow) };
        // guard: late-act-before-issue
        if holds_issue(&self.request.act) {
            return Err(Refusal::ActNotReceived);
        }
        self.name_is_no_look_alike()?;
        let certified =
            Certified { submitted: submitted.clone(), certificate_id, issued_at: self.now, delivered_at: None };
        let issued = Event::CertificateIssued {
            certificate_id: certificate_id.to_string(),
            serial: String::new(),
            authority: String::new(),
            thumbprint_sha256: String::new(),
        };
        let decision = self.unchanged().stage(Stage::Issued(certified)).event(issued);
        let decision = self.draw_act(ActDrawn::AtIssue, decision);
        Ok(match self.procedure.delivery {
            Delivery::Portal => decision,
            Delivery::MailedLink(rule) => self.make_link(rule, decision),
        })
    }
}

// From issue to service.
impl Case<'_> {
    fn resend_link(&self) -> Result<Decision, Refusal> {
        Ok(self.make_link(self.link_rule()?, self.unchanged()))
    }

    /// Nobody took the certificate while the link lived: a new one goes out, unless there is nothing behind it to take.
    fn link_ended(&self) -> Result<Decision, Refusal> {
        let rule = self.link_rule()?;
        if rule.ended == LinkEnded::Wait {
            return Err(Refusal::StageDoesNotAllow);
        }
        // guard: link-sent-again-when-it-ended
        if self.facts.link_expires_at.is_none_or(|at| self.now < at) {
            return Err(Refusal::StageDoesNotAllow);
        }
        self.new_certificate()?;
        // guard: link-sent-again-while-the-current-key-is-trusted
        self.nothing_bad_happened()?;
        let electronic = self.procedure.act.as_ref().is_some_and(|rule| rule.form == ActForm::Electronic);
        if electronic && self.procedure.act_before_delivery() && self.request.stage.name() == StageName::Issued {
            // First of all the act would have to be signed.
            self.current_certificate()?;
        }
        Ok(self.make_link(rule, self.unchanged()))
    }

    fn link_rule(&self) -> Result<LinkRule, Refusal> {
        match self.procedure.delivery {
            Delivery::Portal => Err(Refusal::StageDoesNotAllow),
            Delivery::MailedLink(rule) => Ok(rule),
        }
    }

    /// Where a link waits, the one that went to the wrong address dies.
    fn correct_email(&self, email: &Email) -> Result<Decision, Refusal> {
        if *email == self.request.contact.email {
            return Err(Refusal::EmailWrong);
        }
        let mut decision = self.unchanged().event(Event::EmailCorrected);
        decision.request.contact.email = email.clone();
        // Whoever has approved so far approved the other address.
        // guard: approval-of-the-address-it-had
        if let Stage::InReview { first_approval, .. } = &mut decision.request.stage {
            *first_approval = None;
        }
        match (self.procedure.delivery, self.request.stage.name()) {
            (Delivery::MailedLink(rule), StageName::Issued | StageName::ActSigned | StageName::Installed) => {
                Ok(self.make_link(rule, decision))
            }
            (_, StageName::Accepted) if !self.request.email_confirmed => {
                Ok(decision.effect(Effect::Notify(Notice::ConfirmEmail)))
            }
            _ => Ok(decision),
        }
    }

    fn make_link(&self, rule: LinkRule, decision: Decision) -> Decision {
        // A link that outlives its request would only lead to a refusal.
        // guard: link-within-the-requests-life
        let expires_at = rule.life.after(self.now, self.facts.calendar).min(self.request.expires_at);
        let decision = decision.link(LinkChange::Make { expires_at }).effect(Effect::Notify(Notice::Ready));
        // With the last one the request ends.
        let another_follows = rule.ended == LinkEnded::SendAgain && expires_at < self.request.expires_at;
        if another_follows { decision.effect(Effect::LinkEndsAt(expires_at)) } else { decision }
    }

    fn sign_act(&self) -> Result<Decision, Refusal> {
        let rule = self.procedure.act.as_ref().ok_or(Refusal::ActAbsent)?;
        let act = match &self.request.act {
            Act::None => return Err(Refusal::ActAbsent),
            Act::Drawn { due, .. } => Act::ClientSigned { at: self.now, due: *due },
            // Late stays late until the bank has it.
            Act::Overdue { due } => Act::Overdue { due: *due },
            Act::ClientSigned { .. } | Act::BankSigned { .. } | Act::Received { .. } => {
                return Err(Refusal::StageDoesNotAllow);
            }
        };
        if rule.form == ActForm::Electronic {
            self.current_certificate()?;
        }
        let signed = Event::ActSigned { certificate_id: self.predecessor_id(), text_sha256: String::new() };
        let mut decision = self.unchanged().event(signed);
        if let Stage::Issued(certified) = &self.request.stage {
            decision = decision.stage(Stage::ActSigned(certified.clone()));
        }
        decision.request.act = act;
        let is_proven = matches!(self.request.stage.name(), StageName::Proven | StageName::InService);
        if rule.form == ActForm::Electronic && is_proven {
            decision = self.countersign_if_wanted(decision);
        }
        Ok(decision)
    }

    fn decline(&self) -> Result<Decision, Refusal> {
        let certificate_id = self.certified()?.certificate_id;
        let rejected =
            Stage::Rejected { by: RejectedBy::Client, reason: String::new(), certificate_id: Some(certificate_id) };
        Ok(self.without_certificate(self.unchanged().stage(rejected).event(Event::ActDeclined)))
    }

    fn deliver(&self) -> Result<Decision, Refusal> {
        let certified = self.certified()?;
        // guard: act-before-certificate
        if self.procedure.act_before_delivery() && self.request.stage.name() == StageName::Issued {
            return Err(Refusal::ActNotSigned);
        }
        // guard: delivery-of-a-good-certificate
        self.new_certificate()?;
        // guard: delivery-while-the-current-key-is-trusted
        self.nothing_bad_happened()?;
        if certified.delivered_at.is_some() {
            // The same bytes again: a closed tab costs nothing.
            return Ok(self.unchanged());
        }
        let certified = Certified { delivered_at: Some(self.now), ..certified.clone() };
        let stage = match &self.request.stage {
            Stage::ActSigned(_) => Stage::ActSigned(certified),
            Stage::Installed(_) => Stage::Installed(certified),
            Stage::Issued(_) => Stage::Issued(certified),
            _ => return Err(Refusal::StageDoesNotAllow),
        };
        Ok(self.unchanged().stage(stage).certificate(CertificateCommand::Deliver))
    }

    fn install(&self) -> Result<Decision, Refusal> {
        let certified = self.delivered()?;
        let installed = Event::CertificateInstalled { certificate_id: certified.certificate_id.to_string() };
        Ok(self.unchanged().stage(Stage::Installed(certified.clone())).event(installed))
    }

    fn prove(&self) -> Result<Decision, Refusal> {
        let certified = self.delivered()?;
        // guard: proof-while-the-current-key-is-trusted
        self.nothing_bad_happened()?;
        let mut decision =
            self.unchanged().stage(Stage::Proven(certified.clone())).certificate(CertificateCommand::Install);
        if self.facts.act_is_signed {
            decision = self.countersign_if_wanted(decision);
        }
        Ok(match self.procedure.delivery {
            Delivery::Portal => decision,
            Delivery::MailedLink(_) => decision.link(LinkChange::Spend),
        })
    }

    fn activate(&self) -> Result<Decision, Refusal> {
        let certified = self.certified()?;
        // guard: act-before-service
        if activation_waits(&self.request.act, self.procedure) {
            return Err(Refusal::ActNotReceived);
        }
        self.new_certificate()?;
        self.nothing_bad_happened()?;
        let mut decision = self
            .unchanged()
            .stage(Stage::InService { certified: certified.clone(), since: self.now })
            .certificate(CertificateCommand::Activate);
        decision.predecessor = self.succession();
        decision.earlier_successors = self.request.predecessor.and_then(|_| self.end_of_overlap());
        // The holder typed it and signed for it, the bank compared it: reminders of the new certificate go there.
        if self.procedure.signed_by_current_key() && self.request.contact != *self.facts.contact_of_record {
            decision = decision.event(Event::ContactRecorded);
            decision.contact_of_record = Some(self.request.contact.clone());
        }
        Ok(self.notify_if_wanted(Notice::Activated, decision))
    }

    /// Whether the certificate that signed the request may still ask for a successor: what the gate before the signature will ask
    /// too, said while the bank can still send the request back or refuse it.
    fn current_key_may_still_ask(&self) -> Result<(), Refusal> {
        match self.facts.predecessor.filter(|_| self.procedure.signed_by_current_key()) {
            Some(current) if current.standing != Standing::Active => Err(not_good(current.standing)),
            _ => Ok(()),
        }
    }

    /// After issue an expired or superseded predecessor is the course of things; a revoked, held or blocked one means that the
    /// hand which asked for the successor may not be its owner's.
    fn nothing_bad_happened(&self) -> Result<(), Refusal> {
        self.may_work_remotely()?;
        match self.facts.predecessor.filter(|_| self.procedure.signed_by_current_key()) {
            Some(current) if matches!(current.standing, Standing::Revoked | Standing::Hold | Standing::Blocked) => {
                Err(not_good(current.standing))
            }
            _ => Ok(()),
        }
    }

    /// The end of the predecessor, where there is one that can still end.
    fn succession(&self) -> Option<CertificateCommand> {
        let predecessor = self.facts.predecessor.filter(|_| self.request.predecessor.is_some())?;
        self.end_of_overlap().filter(|_| predecessor.standing.may_be_superseded())
    }

    /// Until when two may be in service beside each other.
    fn end_of_overlap(&self) -> Option<CertificateCommand> {
        let overlap_ms = self.procedure.overlap_ms?;
        Some(CertificateCommand::Supersede { from: self.now.plus_ms(overlap_ms) })
    }

    fn certified(&self) -> Result<&Certified, Refusal> {
        self.request.stage.certified().ok_or(Refusal::StageDoesNotAllow)
    }

    fn delivered(&self) -> Result<&Certified, Refusal> {
        let certified = self.certified()?;
        // guard: bytes-before-proof
        if certified.delivered_at.is_none() {
            return Err(Refusal::NotDelivered);
        }
        self.new_certificate()?;
        Ok(certified)
    }

    fn new_certificate(&self) -> Result<CertificateFacts, Refusal> {
        let new = self.facts.certificate.ok_or(Refusal::NotFound)?;
        match new.standing {
            Standing::NotYetValid | Standing::Pending | Standing::Active => Ok(new),
            other => Err(not_good(other)),
        }
    }
}

// Timers, the act, the end.
impl Case<'_> {
    fn receive_act(&self) -> Result<Decision, Refusal> {
        let rule = self.procedure.act.as_ref().ok_or(Refusal::ActAbsent)?;
        match &self.request.act {
            Act::None => return Err(Refusal::ActAbsent),
            Act::BankSigned { .. } | Act::ClientSigned { .. } => {}
            Act::Drawn { .. } | Act::Overdue { .. } => self.electronic_act_is_signed(rule)?,
            Act::Received { .. } => return Err(Refusal::StageDoesNotAllow),
        }
        let was_late = holds_issue(&self.request.act);
        // The timer comes when the act is due: what was blocked before was blocked by somebody, for another reason.
        // guard: a-block-by-hand-stays
        let blocked_as_late = match (&self.request.act, self.facts.certificate) {
            (Act::Overdue { due }, Some(new)) => {
                new.standing == Standing::Blocked && new.blocked_since.is_some_and(|since| since >= *due)
            }
            _ => false,
        };
        let mut decision = self.unchanged().event(Event::ActReceived);
        decision.request.act = Act::Received { at: self.now };
        if was_late && self.request.stage.name() == StageName::Approved {
            decision = decision.effect(Effect::Issue);
        }
        if blocked_as_late && blocks_when_late(Some(rule)) && self.request.stage.certified().is_some() {
            decision = self.notify_if_wanted(Notice::Unblocked, decision.certificate(CertificateCommand::Unblock));
        }
        Ok(decision)
    }

    /// An electronic act comes to the bank as a signature of the current key and in no other way.
    fn electronic_act_is_signed(&self, rule: &ActRule) -> Result<(), Refusal> {
        let drawn = matches!(self.request.act, Act::Drawn { .. });
        let at_the_gate = rule.gate == ActGate::BeforeDelivery && self.request.stage.name() == StageName::Issued;
        match rule.form {
            ActForm::Electronic if drawn || at_the_gate => Err(Refusal::ActNotSigned),
            ActForm::Electronic | ActForm::Paper => Ok(()),
        }
    }

    fn act_due_passed(&self) -> Result<Decision, Refusal> {
        let due = match &self.request.act {
            Act::None => return Err(Refusal::ActAbsent),
            Act::Drawn { due: Some(due), .. } | Act::ClientSigned { due: Some(due), .. } if *due <= self.now => *due,
            Act::Drawn { .. }
            | Act::ClientSigned { .. }
            | Act::BankSigned { .. }
            | Act::Received { .. }
            | Act::Overdue { .. } => return Err(Refusal::StageDoesNotAllow),
        };
        let mut decision = self.unchanged().event(Event::ActOverdue);
        decision.request.act = Act::Overdue { due };
        let live = self.facts.certificate.is_none_or(|new| match new.standing {
            Standing::NotYetValid | Standing::Pending | Standing::Active => true,
            Standing::Blocked | Standing::Hold | Standing::Revoked | Standing::Superseded | Standing::Expired => false,
        });
        let issued = self.request.stage.certified().is_some();
        Ok(if !live {
            decision
        } else if blocks_when_late(self.procedure.act.as_ref()) && issued {
            decision.certificate(CertificateCommand::Block).effect(Effect::Notify(Notice::Blocked))
        } else if self.request.stage.submitted().is_some() {
            self.notify_if_wanted(Notice::Overdue, decision)
        } else {
            decision
        })
    }

    fn lapse(&self) -> Result<Decision, Refusal> {
        if self.now < self.request.expires_at {
            return Err(Refusal::StageDoesNotAllow);
        }
        let certificate_id = self.request.stage.certified().map(|certified| certified.certificate_id);
        let mut decision = self.unchanged().stage(Stage::Expired { certificate_id }).event(Event::RequestLapsed);
        if certificate_id.is_some() {
            decision = self.without_certificate(decision);
        }
        // A draft that was never handed in is forgotten in silence; so is an address that never answered: it may be anybody's.
        if self.request.stage.submitted().is_some() && self.request.email_confirmed {
            decision = decision.effect(Effect::Notify(Notice::Lapsed));
        }
        Ok(decision)
    }

    /// The certificate nobody took is revoked, and nothing leads to it any more.
    fn without_certificate(&self, decision: Decision) -> Decision {
        let dead =
            self.facts.certificate.is_some_and(|new| matches!(new.standing, Standing::Revoked | Standing::Expired));
        let decision = match self.procedure.delivery {
            Delivery::Portal => decision,
            Delivery::MailedLink(_) => decision.link(LinkChange::Kill),
        };
        if dead {
            return decision;
        }
        decision
            .certificate(CertificateCommand::Revoke(RevocationReason::CessationOfOperation))
            .effect(Effect::PublishCrl)
    }

    fn draw_act(&self, moment: ActDrawn, mut decision: Decision) -> Decision {
        let Some(rule) = self.procedure.act.as_ref().filter(|rule| rule.drawn == moment) else { return decision };
        let due = rule.due.map(|due| due.after(self.now, self.facts.calendar));
        decision.request.act = Act::Drawn { at: self.now, due };
        let decision = decision.event(Event::ActDrawn { text_sha256: String::new() });
        let Some(due) = due else { return decision };
        // A reminder whose time is past when the act is drawn would say nothing new.
        let moments =
            self.procedure.reminders(Notice::Act).iter().map(|span| (*span, span.before(due, self.facts.calendar)));
        let mut ahead: Vec<_> = moments.filter(|(_, at)| *at > self.now).collect();
        ahead.sort_by_key(|(_, at)| *at);
        ahead.dedup_by_key(|(_, at)| *at);
        ahead.into_iter().fold(decision.effect(Effect::ActDueAt(due)), |decision, (before, at)| {
            decision.effect(Effect::RemindOfAct { before, at })
        })
    }

    /// The agent signs last, when everything that the client signs is there: once in the life of a request.
    fn countersign_if_wanted(&self, decision: Decision) -> Decision {
        if self.facts.agent_countersigns { decision.effect(Effect::Countersign) } else { decision }
    }

    fn notify_if_wanted(&self, notice: Notice, decision: Decision) -> Decision {
        if self.procedure.wants(notice) { decision.effect(Effect::Notify(notice)) } else { decision }
    }

    /// Whose key signs requests and electronic acts; empty for a first issue, whose papers are signed by hand.
    fn predecessor_id(&self) -> String {
        self.request.predecessor.map(|id| id.to_string()).unwrap_or_default()
    }

    fn unchanged(&self) -> Decision {
        Decision {
            request: self.request.clone(),
            events: Vec::new(),
            effects: Vec::new(),
            certificate: Vec::new(),
            predecessor: None,
            link: LinkChange::Keep,
            contact_of_record: None,
            earlier_successors: None,
        }
    }
}

impl Decision {
    fn stage(mut self, stage: Stage) -> Self {
        self.request.stage = stage;
        self
    }

    fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    fn certificate(mut self, command: CertificateCommand) -> Self {
        self.certificate.push(command);
        self
    }

    fn link(mut self, link: LinkChange) -> Self {
        self.link = link;
        self
    }
}

/// When the client may expect an answer.
fn answer_by(target: Target, from: Timestamp, calendar: &Calendar) -> Timestamp {
    match target {
        Target::Immediate => from,
        Target::After { milliseconds, skip_days_off: true } => calendar.add_hours_skipping_days_off(from, milliseconds),
        Target::After { milliseconds, skip_days_off: false } => from.plus_ms(milliseconds),
        Target::NextWorkingDay { minute } => calendar.next_working_day_at(from, minute),
    }
}

/// Why a certificate in this standing is not good for what was asked.
fn not_good(standing: Standing) -> Refusal {
    match standing {
        Standing::Expired => Refusal::CertificateExpired,
        Standing::Revoked => Refusal::CertificateRevoked,
        Standing::Hold => Refusal::CertificateOnHold,
        Standing::Blocked => Refusal::CertificateBlocked,
        Standing::Superseded => Refusal::CertificateSuperseded,
        Standing::NotYetValid | Standing::Pending | Standing::Active => Refusal::CertificateNotInService,
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
