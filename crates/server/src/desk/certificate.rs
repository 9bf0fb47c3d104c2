//! One certificate at the desk: what may be done to it by this person, a page that asks again and for a reason, and what happened to it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::certificate::{BankStep, RevocationReason};
use domain::ids::CertificateId;
use domain::smart_card::CardReason;
use domain::text::REASON_CHARACTERS;
use ra::{DeskCertificate, DeskEvent, Stepped};

use super::frame;
use super::journal::KINDS;
use super::letters::LetterFacts;
use super::proposals::ProposalFacts;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Tone, Visit, see_other, show_as};
use crate::portal::cabinet::CertificateFacts;
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "desk/certificate.html")]
struct CertificatePage<'a> {
    frame: Frame<'a>,
    name: String,
    subscriber: String,
    request: Option<String>,
    certificate: CertificateFacts,
    /// Address and words of each step.
    steps: Vec<(String, String)>,
    waiting: Vec<ProposalFacts>,
    letters: Vec<LetterFacts>,
    history: Vec<EventFacts>,
}

#[derive(askama::Template)]
#[template(path = "desk/certificate_step.html")]
struct StepPage<'a> {
    frame: Frame<'a>,
    back: String,
    here: String,
    version: i64,
    word: String,
    what: String,
    subject: String,
    serial: String,
    /// Name, words, and whether it is chosen; for a revocation alone.
    reasons: Vec<(&'static str, String, bool)>,
    reason_wrong: Option<String>,
    words: Field,
    is_final: bool,
    needs_second: bool,
}

/// One thing that happened.
pub(super) struct EventFacts {
    pub(super) at: String,
    pub(super) word: String,
    pub(super) by: String,
    pub(super) reason: String,
}

impl Page for CertificatePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for StepPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Why a step came back, and what was typed.
struct Returned {
    refusal: Refusal,
    reason: String,
    words: String,
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let card = load(&door, &clerk, &id).await?;
    Ok(show_as(StatusCode::OK, &page_of(frame(&door, &visit, &clerk, "", "desk-certificate"), &card)))
}

pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path((id, step)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let certificate: CertificateId = id.parse().map_err(|_| Refusal::NotFound)?;
    let step = BankStep::from_name(&step).ok_or(Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    let card = door.ask(move |ra, at| ra.certificate_for_step(&actor, certificate, step, at)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-certificate");
    Ok(show_as(StatusCode::OK, &step_page(frame, &card, card.version, step, None)))
}

pub(crate) async fn take(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path((id, step)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let certificate: CertificateId = id.parse().map_err(|_| Refusal::NotFound)?;
    let step = BankStep::from_name(&step).ok_or(Refusal::NotFound)?;
    let version: i64 = form.line("version").parse().unwrap_or(0);
    let (reason, words) = (form.line("reason").to_owned(), form.text("words").to_owned());
    // A hold has its own step; a revocation without a chosen reason is asked again.
    let known = RevocationReason::ALL.into_iter().find(|known| REASONS.contains(known) && known.name() == reason);
    let revocation = match (step, known) {
        (BankStep::Revoke, None) => Err(Refusal::ReasonRequired),
        (_, known) => Ok(known.unwrap_or(RevocationReason::Unspecified)),
    };
    let answer = match revocation {
        Err(refusal) => Err(refusal.into()),
        Ok(revocation) => {
            let (actor, words) = (clerk.actor.clone(), words.clone());
            door.ask(move |ra, at| ra.step_by_hand(&actor, certificate, version, step, revocation, &words, at)).await
        }
    };
    match answer {
        Ok(Stepped::Done) => Ok(see_other(&format!("/desk/certificates/{certificate}"))),
        Ok(Stepped::Waits) => Ok(see_other("/desk/proposals")),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            let card = load(&door, &clerk, &id).await?;
            let returned = Returned { refusal: refused.refusal, reason, words };
            let mut frame = frame(&door, &visit, &clerk, "", "desk-certificate");
            frame = frame.refused(refused.refusal);
            if refused.refusal == Refusal::ChangedMeanwhile {
                frame = newest(frame, &card.history);
            }
            let status = Problem::from(refused.refusal).status();
            // What was looked at is another now: the next click is about what is shown, and says so.
            Ok(show_as(status, &step_page(frame, &card, card.version, step, Some(&returned))))
        }
        Err(problem) => Err(problem),
    }
}

/// With what happened last, for whoever was overtaken; a letter about it is not it.
pub(super) fn newest<'a>(frame: Frame<'a>, history: &[DeskEvent]) -> Frame<'a> {
    let is_news = |event: &&DeskEvent| {
        is_shown(event) && !matches!(event.kind.as_str(), "refused" | "step-explained" | "mail-sent" | "mail-failed")
    };
    let Some(event) = history.iter().find(is_news) else { return frame };
    let facts = EventFacts::of(&frame.speech, event);
    let text = frame.speech.with("desk-newest", &[("name", facts.word), ("from", facts.by), ("date", facts.at)]);
    frame.noted(Tone::Warn, text)
}

async fn load(door: &Door, clerk: &Clerk, id: &str) -> Result<DeskCertificate, Problem> {
    let id: CertificateId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    door.ask(move |ra, at| ra.desk_certificate(&actor, id, at)).await
}

fn page_of<'a>(frame: Frame<'a>, card: &DeskCertificate) -> CertificatePage<'a> {
    let speech = &frame.speech;
    let here = format!("/desk/certificates/{}", card.card.id);
    let steps = card
        .allowed
        .iter()
        .map(|step| (format!("{here}/{}", step.name()), speech.say(&format!("desk-certificate-{}", step.name()))));
    CertificatePage {
        name: card.subscriber_name.clone(),
        subscriber: format!("/desk/subscribers/{}", card.subscriber_id),
        request: card.request_id.map(|id| format!("/desk/requests/{id}")),
        certificate: CertificateFacts::of(speech, &card.card, false),
        steps: steps.collect(),
        waiting: card.waiting.iter().map(|waiting| ProposalFacts::of(speech, waiting)).collect(),
        letters: LetterFacts::all(speech, &card.letters),
        history: EventFacts::all(speech, &card.history),
        frame,
    }
}

/// Reasons that a person may choose for a revocation (RFC 5280 section 5.3.1).
const REASONS: [RevocationReason; 6] = [
    RevocationReason::KeyCompromise,
    RevocationReason::CessationOfOperation,
    RevocationReason::AffiliationChanged,
    RevocationReason::Superseded,
    RevocationReason::PrivilegeWithdrawn,
    RevocationReason::Unspecified,
];

fn step_page<'a>(
    frame: Frame<'a>,
    card: &DeskCertificate,
    version: i64,
    step: BankStep,
    returned: Option<&Returned>,
) -> StepPage<'a> {
    let speech = &frame.speech;
    let back = format!("/desk/certificates/{}", card.card.id);
    let name = step.name();
    let chosen = returned.map_or("", |returned| returned.reason.as_str());
    let has_reason = REASONS.iter().any(|reason| reason.name() == chosen);
    let missing = returned.filter(|returned| returned.refusal == Refusal::ReasonRequired);
    let asks_reason = step == BankStep::Revoke;
    let reasons = REASONS.iter().filter(|_| asks_reason).map(|reason| {
        let name = reason.name();
        (name, speech.say(&format!("revocation-{name}")), name == chosen)
    });
    let words_wrong = returned
        .filter(|returned| match returned.refusal {
            Refusal::TextUnacceptable => true,
            Refusal::ReasonRequired => returned.words.trim().is_empty(),
            _ => false,
        })
        .map(|returned| speech.refusal(returned.refusal));
    StepPage {
        here: format!("{back}/{name}"),
        back,
        version,
        word: speech.say(&format!("desk-certificate-{name}")),
        what: speech.say(&format!("desk-certificate-{name}-what")),
        subject: card.card.subject.clone(),
        serial: card.card.serial_hex.clone(),
        reasons: reasons.collect(),
        reason_wrong: missing.filter(|_| asks_reason && !has_reason).map(|missing| speech.refusal(missing.refusal)),
        words: Field::line("words", speech.say("desk-step-words"), returned.map_or("", |returned| &returned.words))
            .area(REASON_CHARACTERS)
            .hint(speech.say("desk-certificate-words-hint"))
            .wrong(words_wrong)
            .required(),
        is_final: step == BankStep::Revoke,
        needs_second: card.second_person.contains(&step),
        frame,
    }
}

impl EventFacts {
    pub(super) fn of(speech: &Speech<'_>, event: &DeskEvent) -> Self {
        Self {
            at: speech.time(&event.at),
            word: speech.say(&format!("event-{}", event.kind)),
            by: event.by.clone().unwrap_or_else(|| "\u{2013}".to_owned()),
            reason: event.reason.as_deref().map(|reason| reason_words(speech, reason)).unwrap_or_default(),
        }
    }

    pub(super) fn all(speech: &Speech<'_>, events: &[DeskEvent]) -> Vec<Self> {
        events.iter().filter(|event| is_shown(event)).map(|event| Self::of(speech, event)).collect()
    }
}

/// A reason of RFC 5280 or of the register of cards in words, another one as it was given.
pub(super) fn reason_words(speech: &Speech<'_>, reason: &str) -> String {
    if RevocationReason::ALL.into_iter().any(|known| known.name() == reason) {
        speech.say(&format!("revocation-{reason}"))
    } else if CardReason::from_name(reason).is_some() {
        speech.say(&format!("desk-card-reason-{reason}"))
    } else {
        reason.to_owned()
    }
}

fn is_shown(event: &DeskEvent) -> bool {
    let kind = event.kind.as_str();
    KINDS.contains(&kind) && !FOR_AUDITORS.contains(&kind)
}

/// What only the machine and the administrators do beside an object is for auditors.
const FOR_AUDITORS: [&str; 16] = [
    "authority-created",
    "certificate-installed",
    "crl-published",
    "imported",
    "intent-recorded",
    "message-sent",
    "staff-added",
    "staff-certificate-removed",
    "staff-certificate-set",
    "staff-disabled",
    "staff-password-set",
    "staff-sign-in-ended",
    "staff-signed-in",
    "staff-signed-in-by-certificate",
    "started",
    "stopped",
];

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let card = sample();
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> =
        vec![Box::new(page_of(super::as_clerk(frame("desk-certificate")), &card))];
    for step in BankStep::ALL {
        for refusal in [None, Some(Refusal::ReasonRequired), Some(Refusal::TextUnacceptable)] {
            let returned =
                refusal.map(|refusal| Returned { refusal, reason: "<x>".to_owned(), words: "<b>".to_owned() });
            let frame = newest(super::as_clerk(frame("desk-certificate")), &card.history);
            pages.push(Box::new(step_page(frame, &card, 3, step, returned.as_ref())));
        }
    }
    pages
}

#[cfg(test)]
pub(super) fn sample_card() -> ra::CertificateCard {
    use domain::Timestamp;
    ra::CertificateCard {
        id: CertificateId::new(Timestamp(0), [0; 10]),
        serial_hex: "38b00b8".to_owned(),
        serial_decimal: "59441336".to_owned(),
        uid: "34B73A09000000000007".parse().expect("twenty digits"),
        subject: "CN=<Rogov>".to_owned(),
        issuer: "CN=x".to_owned(),
        not_before: Timestamp(0),
        not_after: Timestamp(1),
        standing: domain::certificate::Standing::Hold,
        algorithm: "gost-256-a".to_owned(),
        allowed: Vec::new(),
    }
}

#[cfg(test)]
fn sample() -> DeskCertificate {
    use domain::Timestamp;
    let event = |kind: &&str| DeskEvent {
        at: Timestamp(0),
        kind: (*kind).to_owned(),
        by: Some("<Rogov>".to_owned()),
        reason: Some("keyCompromise".to_owned()),
    };
    DeskCertificate {
        card: sample_card(),
        version: 3,
        subscriber_id: domain::ids::SubscriberId::new(Timestamp(0), [0; 10]),
        subscriber_name: "<Rogov>".to_owned(),
        request_id: Some(domain::ids::RequestId::new(Timestamp(0), [0; 10])),
        allowed: BankStep::ALL.into(),
        second_person: vec![BankStep::Revoke],
        waiting: super::proposals::sample_proposals(),
        letters: super::letters::sample(),
        history: KINDS.iter().map(event).collect(),
    }
}
