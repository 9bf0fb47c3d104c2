//! What one member of staff proposed and another decides: the list, yes and no.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::ProposalId;
use ra::{Failure, Moment, Proposal, Ra};

use super::certificate::reason_words;
use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Form, Frame, Page, Visit, see_other, show_as};
use crate::words::Speech;

/// A proposal in words.
pub(super) struct ProposalFacts {
    pub(super) here: String,
    pub(super) word: String,
    pub(super) object: String,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) instead_of: Option<String>,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) may_confirm: bool,
    pub(super) may_decline: bool,
}

#[derive(askama::Template)]
#[template(path = "desk/proposals.html")]
struct ProposalsPage<'a> {
    frame: Frame<'a>,
    waiting: Vec<ProposalFacts>,
}

impl Page for ProposalsPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl ProposalFacts {
    pub(super) fn of(speech: &Speech<'_>, proposal: &Proposal) -> Self {
        let object = match (proposal.certificate_id, proposal.request_id) {
            (Some(id), _) => format!("/desk/certificates/{id}"),
            (None, Some(id)) => format!("/desk/requests/{id}"),
            (None, None) => "/desk/proposals".to_owned(),
        };
        Self {
            here: format!("/desk/proposals/{}", proposal.id),
            word: speech.say(&format!("desk-certificate-{}", proposal.step)),
            object,
            name: proposal.name.clone(),
            value: reason_words(speech, &proposal.value),
            instead_of: proposal.instead_of.clone(),
            reason: proposal.reason.clone(),
            by: proposal.by.clone(),
            at: speech.time(&proposal.at),
            may_confirm: proposal.may_confirm,
            may_decline: proposal.may_decline,
        }
    }
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, None).await
}

pub(crate) async fn confirm(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    decide(&door, &visit, clerk, &id, |ra, actor, id, at| ra.confirm(actor, id, at)).await
}

pub(crate) async fn decline(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    decide(&door, &visit, clerk, &id, |ra, actor, id, at| ra.decline_proposal(actor, id, at)).await
}

async fn decide(
    door: &Door,
    visit: &Visit,
    clerk: Clerk,
    id: &str,
    verb: impl FnOnce(&Ra, &domain::actor::Actor, ProposalId, &mut Moment<'_>) -> Result<(), Failure> + Send + 'static,
) -> Result<Response, Problem> {
    let id: ProposalId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    match door.ask(move |ra, at| verb(ra, &actor, id, at)).await {
        Ok(()) => Ok(see_other("/desk/proposals")),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            page(door, visit, &clerk, Some(refused.refusal)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(door: &Door, visit: &Visit, clerk: &Clerk, refusal: Option<Refusal>) -> Result<Response, Problem> {
    // A refusal is shown above the list: that too is for those whose screen it is.
    Screen::Proposals.must_be_of(clerk)?;
    let actor = clerk.actor.clone();
    let waiting = door.ask(move |ra, _| ra.proposals(&actor)).await?;
    let mut frame = frame(door, visit, clerk, "", "desk-proposals");
    if let Some(refusal) = refusal {
        frame = frame.refused(refusal);
    }
    let status = refusal.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    let waiting = waiting.iter().map(|proposal| ProposalFacts::of(&frame.speech, proposal)).collect();
    Ok(show_as(status, &ProposalsPage { waiting, frame }))
}

#[cfg(test)]
pub(super) fn sample_proposals() -> Vec<Proposal> {
    use domain::Timestamp;
    let steps = ["block", "unblock", "hold", "release", "revoke", "correct-email"];
    let proposal = |(place, step): (u8, &str)| Proposal {
        id: ProposalId::new(Timestamp(0), [place; 10]),
        step: step.to_owned(),
        certificate_id: (place < 5).then(|| domain::ids::CertificateId::new(Timestamp(0), [0; 10])),
        request_id: (place == 5).then(|| domain::ids::RequestId::new(Timestamp(0), [0; 10])),
        name: "<Rogov>".to_owned(),
        value: if place == 4 { "keyCompromise" } else { "<x>" }.to_owned(),
        instead_of: (place == 5).then(|| "rogov@example.org".to_owned()),
        reason: "<why>".to_owned(),
        by: "Ivanov".to_owned(),
        at: Timestamp(0),
        may_confirm: place % 2 == 0,
        may_decline: place != 1,
    };
    (0..).zip(steps).map(proposal).collect()
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let page = |proposals: &[Proposal]| {
        let frame = super::as_clerk(frame("desk-proposals"));
        let waiting = proposals.iter().map(|proposal| ProposalFacts::of(&frame.speech, proposal)).collect();
        ProposalsPage { waiting, frame }
    };
    vec![Box::new(page(&[])), Box::new(page(&sample_proposals()))]
}
