//! One person's organisations: which one is looked at, and how another one is added, by its certificate.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::ids::SubscriberId;
use ra::ActsFor;

use super::cabinet::frame;
use super::sign_in::{FIRST, proven};
use crate::api::{CMS, Door, Problem, der_in_text};
use crate::auth::{Client, Entrance, Opened, let_in, sent_by, way_on};
use crate::pages::{Form, Frame, Page, Tone, Visit, see_other, show_as};

#[derive(askama::Template)]
#[template(path = "portal/organisations.html")]
struct OrganisationsPage<'a> {
    frame: Frame<'a>,
    organisations: Vec<Facts>,
    to: String,
    agent: u32,
    /// Whether another one can be added: whoever came by certificate.
    may_join: bool,
    may_leave: bool,
}

struct Facts {
    id: String,
    name: String,
    inn: Option<String>,
    is_chosen: bool,
}

impl Page for OrganisationsPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Where to go on, and a change that was made.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    to: String,
    #[serde(default)]
    done: String,
}

const HERE: &str = "/organisations";
/// What can be said of a change that was made.
const DONE: [&str; 2] = ["joined", "left"];

pub(crate) async fn list(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let done = DONE.into_iter().find(|word| *word == wanted.done);
    page(&door, &visit, &actor, &wanted.to, done, None).await
}

pub(crate) async fn choose(
    State(door): State<Door>,
    visit: Visit,
    client: Result<Client, Response>,
    form: Result<Form, Problem>,
) -> Result<Response, Problem> {
    let (actor, form) = match sent_by(&door, &visit, client, form).await {
        Ok(sent) => sent,
        Err(answer) => return Ok(answer),
    };
    let wanted: SubscriberId = form.line("signatory").parse().map_err(|_| Refusal::NotFound)?;
    let (asked, token) = (door.clone(), visit.client().unwrap_or_default().to_owned());
    let to = way_on(form.line("to"), FIRST).to_owned();
    let open = async move {
        let chosen = asked.ask(move |ra, at| ra.choose_organisation(&actor, &token, wanted, at)).await;
        chosen.map(|chosen| Opened { token: chosen.token, to })
    };
    let_in(&door, &visit, Entrance::Cabinet, &form, open).await
}

/// The other certificate signs a sign-in of its own; from then on both are one person's.
pub(crate) async fn join(
    State(door): State<Door>,
    visit: Visit,
    client: Result<Client, Response>,
    form: Result<Form, Problem>,
) -> Result<Response, Problem> {
    let (actor, form) = match sent_by(&door, &visit, client, form).await {
        Ok(sent) => sent,
        Err(answer) => return Ok(answer),
    };
    if form.line("cms").is_empty() {
        return page(&door, &visit, &actor, "", None, Some(Wrong::NotSigned)).await;
    }
    let (nonce, challenge) = (form.line("nonce").to_owned(), form.line("challenge").parse().ok());
    let (asked, by) = (door.clone(), actor.clone());
    let answered = match der_in_text(form.line("cms"), &CMS) {
        Ok(cms) => {
            let open = async move {
                let joined = asked.ask(move |ra, at| {
                    let signed_in = proven(ra, &nonce, challenge, &cms, at)?;
                    let other = ra.subscriber(&signed_in.token, at)?;
                    let joined = ra.join_organisations(&by, &other, at);
                    // One sign-in remains: the new one when they are joined, the old one when they are not.
                    if joined.is_err() {
                        ra.sign_out(&signed_in.token)?;
                    }
                    joined.map(|()| Opened { token: signed_in.token, to: format!("{HERE}?done=joined") })
                });
                joined.await
            };
            let_in(&door, &visit, Entrance::Cabinet, &form, open).await
        }
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(response) => Ok(response),
        Err(Problem::Refused { refused, .. }) => {
            page(&door, &visit, &actor, "", None, Some(Wrong::Refused(refused.refusal))).await
        }
        Err(problem) => Err(problem),
    }
}

pub(crate) async fn leave(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    _form: Form,
) -> Result<Response, Problem> {
    let token = visit.client().unwrap_or_default().to_owned();
    door.ask(move |ra, at| ra.leave_organisations(&actor, &token, at)).await?;
    Ok(see_other(&format!("{HERE}?done=left")))
}

/// Why the form comes back.
#[derive(Clone, Copy)]
enum Wrong {
    /// It came without what the component adds to it: scripts are off, or it was not asked.
    NotSigned,
    Refused(Refusal),
}

async fn page(
    door: &Door,
    visit: &Visit,
    actor: &Actor,
    to: &str,
    done: Option<&str>,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let by = actor.clone();
    let all = door.ask(move |ra, _| ra.acts_for(&by)).await?;
    let mut frame = frame(door, visit, actor, "", "organisations-title").with_token();
    let mut status = StatusCode::OK;
    if let Some(word) = done {
        let text = frame.say(&format!("organisations-done-{word}"));
        frame = frame.noted(Tone::Good, text);
    }
    if let Some(wrong) = wrong {
        (status, frame) = match wrong {
            Wrong::NotSigned => (StatusCode::BAD_REQUEST, frame.wrong("token-needed")),
            Wrong::Refused(refusal @ Refusal::SignerNotOwner) => {
                (Problem::from(refusal).status(), frame.wrong("organisations-another-person"))
            }
            Wrong::Refused(refusal) => (Problem::from(refusal).status(), frame.refused(refusal)),
        };
    }
    let agent = actor.agent_id().map_or(0, |agent| agent.0);
    let may_join = matches!(actor, Actor::Subscriber { .. });
    Ok(show_as(status, &page_of(frame, &all, to, agent, may_join)))
}

fn page_of<'a>(frame: Frame<'a>, all: &[ActsFor], to: &str, agent: u32, may_join: bool) -> OrganisationsPage<'a> {
    let facts = |one: &ActsFor| Facts {
        id: one.subscriber_id.to_string(),
        name: one.organisation.as_ref().map_or_else(|| frame.say("organisations-alone"), |(name, _)| name.clone()),
        inn: one.organisation.as_ref().map(|(_, inn)| inn.clone()),
        is_chosen: one.is_chosen,
    };
    OrganisationsPage {
        organisations: all.iter().map(facts).collect(),
        to: to.to_owned(),
        agent,
        may_join,
        may_leave: may_join && all.len() > 1,
        frame,
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let one = |number: u8, organisation: bool| ActsFor {
        subscriber_id: SubscriberId::new(domain::Timestamp(0), [number; 10]),
        organisation: organisation.then(|| ("OOO '<ooo>'".to_owned(), format!("540000000{number}"))),
        is_chosen: number == 1,
    };
    let framed = |done: bool| {
        let mut frame = super::cabinet::sample::signed_in(frame("organisations-title")).with_token();
        for word in DONE.into_iter().filter(|_| done) {
            let text = frame.say(&format!("organisations-done-{word}"));
            frame = frame.noted(Tone::Good, text);
        }
        if done { frame.wrong("organisations-another-person") } else { frame }
    };
    let several = [one(1, true), one(2, true), one(3, false)];
    vec![
        Box::new(page_of(framed(true), &several, "/requests?x=\"", 1, true)),
        Box::new(page_of(framed(false), &several, "", 1, false)),
        Box::new(page_of(framed(false), &several[..1], "", 1, true)),
    ]
}
