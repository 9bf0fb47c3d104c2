//! Hold and revoke of an own certificate: what it means, said yes to, done. Looking changes nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::agent::OwnStep;
use domain::certificate::RevocationReason;
use domain::ids::CertificateId;

use super::cabinet::{CertificateFacts, frame};
use crate::api::{Door, Problem};
use crate::auth::Client;
use crate::pages::{Form, Frame, Page, Tone, Visit, see_other, show_as};

#[derive(askama::Template)]
#[template(path = "portal/own_step.html")]
struct StepPage<'a> {
    frame: Frame<'a>,
    step: OwnStep,
    here: String,
    certificate: CertificateFacts,
    /// Reasons to choose from: word, words, whether it is the chosen one.
    reasons: Vec<(&'static str, String, bool)>,
    wrong: Option<Refusal>,
}

impl StepPage<'_> {
    fn say(&self, part: &str) -> String {
        self.frame.say(&format!("own-{}-{part}", self.step.name()))
    }

    fn is_unconfirmed(&self) -> bool {
        self.wrong == Some(Refusal::ConfirmationRequired)
    }

    fn lacks_reason(&self) -> bool {
        self.wrong == Some(Refusal::ReasonRequired)
    }
}

impl Page for StepPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Asks whether the client means it.
pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path((id, step)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (step, card) = (step_of(&step)?, own(&door, &actor, &id).await?);
    if !card.allowed.contains(&step) {
        return Ok(see_other("/certificates"));
    }
    Ok(show_as(StatusCode::OK, &page(&door, &visit, &actor, step, &card, "", None)))
}

/// The client means it.
pub(crate) async fn take(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path((id, step)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let (step, card) = (step_of(&step)?, own(&door, &actor, &id).await?);
    let chosen = form.line("reason");
    let reason = ra::OWN_REASONS.into_iter().find(|reason| reason.name() == chosen);
    let wrong = match (step, reason) {
        (OwnStep::Revoke, None) => Some(Refusal::ReasonRequired),
        _ if form.line("confirmed") != "yes" => Some(Refusal::ConfirmationRequired),
        _ => None,
    };
    if wrong.is_some() {
        return Ok(show_as(StatusCode::BAD_REQUEST, &page(&door, &visit, &actor, step, &card, chosen, wrong)));
    }
    let (asked, id, reason) = (actor.clone(), card.id, reason.unwrap_or(RevocationReason::KeyCompromise));
    door.ask(move |ra, at| match step {
        OwnStep::Hold => ra.hold(&asked, id, at),
        OwnStep::Revoke => ra.revoke(&asked, id, reason, at),
    })
    .await?;
    // Whoever was signed in with it is so no more.
    let is_this_one = matches!(actor, Actor::Subscriber { certificate_id, .. } if certificate_id == id);
    let next = if is_this_one { "/sign-in" } else { "/certificates" };
    Ok(see_other(&format!("{next}?done={}", step.name())))
}

/// The sentence of a step that was taken.
pub(super) fn done<'a>(frame: Frame<'a>, step: &str) -> Frame<'a> {
    match OwnStep::ALL.into_iter().find(|one| one.name() == step) {
        Some(step) => {
            let text = frame.say(&format!("own-{}-done", step.name()));
            frame.noted(Tone::Good, text)
        }
        None => frame,
    }
}

fn step_of(text: &str) -> Result<OwnStep, Problem> {
    OwnStep::ALL.into_iter().find(|step| step.name() == text).ok_or_else(|| Refusal::NotFound.into())
}

/// One's own, or there is none.
async fn own(door: &Door, actor: &Actor, id: &str) -> Result<ra::CertificateCard, Problem> {
    let id: CertificateId = id.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    let asked = actor.clone();
    let cards = door.ask(move |ra, at| ra.certificates_of(&asked, at)).await?;
    cards.into_iter().find(|card| card.id == id).ok_or_else(|| Refusal::NotFound.into())
}

fn page<'a>(
    door: &'a Door,
    visit: &Visit,
    actor: &Actor,
    step: OwnStep,
    card: &ra::CertificateCard,
    chosen: &str,
    wrong: Option<Refusal>,
) -> StepPage<'a> {
    let frame = frame(door, visit, actor, "", &format!("own-{}-title", step.name()));
    let is_this_one = matches!(actor, Actor::Subscriber { certificate_id, .. } if *certificate_id == card.id);
    let certificate = CertificateFacts::of(&frame.speech, card, is_this_one);
    filled(frame, step, certificate, chosen, wrong)
}

fn filled<'a>(
    frame: Frame<'a>,
    step: OwnStep,
    certificate: CertificateFacts,
    chosen: &str,
    wrong: Option<Refusal>,
) -> StepPage<'a> {
    let reasons = match step {
        OwnStep::Hold => Vec::new(),
        OwnStep::Revoke => ra::OWN_REASONS
            .into_iter()
            .map(|reason| (reason.name(), frame.say(&format!("own-reason-{}", reason.name())), reason.name() == chosen))
            .collect(),
    };
    let here = certificate.address(step);
    let frame = match wrong {
        Some(refusal) => frame.wrong_field(refusal.code()),
        None => frame,
    };
    StepPage { frame, step, here, certificate, reasons, wrong }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use super::cabinet::sample::{certificate, signed_in};
    let page = |step: OwnStep, chosen, wrong| {
        let frame = signed_in(frame(&format!("own-{}-title", step.name())));
        let certificate = certificate(&frame.speech, domain::certificate::Standing::Active);
        Box::new(filled(frame, step, certificate, chosen, wrong)) as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let mut pages = Vec::new();
    for step in OwnStep::ALL {
        pages.push(page(step, "", None));
        pages.push(page(step, "keyCompromise", Some(Refusal::ConfirmationRequired)));
        pages.push(page(step, "<b>", Some(Refusal::ReasonRequired)));
    }
    for step in OwnStep::ALL {
        let frame = done(signed_in(frame("certificates-title")), step.name());
        let certificate = certificate(&frame.speech, domain::certificate::Standing::Hold);
        pages.push(Box::new(filled(frame, step, certificate, "", None)));
    }
    pages
}
