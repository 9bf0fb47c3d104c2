//! A wrong e-mail address of a request: what it should be, and why. Another person confirms it, and only then a new link goes there.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::RequestId;
use domain::text::REASON_CHARACTERS;

use super::frame;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show_as};

#[derive(askama::Template)]
#[template(path = "desk/email.html")]
struct EmailPage<'a> {
    frame: Frame<'a>,
    back: String,
    here: String,
    name: String,
    now: String,
    fields: [Field; 2],
}

impl Page for EmailPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, &id, None, ["", ""]).await
}

pub(crate) async fn propose(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let request: RequestId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (email, words) = (form.line("email").to_owned(), form.text("words").to_owned());
    let (actor, asked) = (clerk.actor.clone(), (email.clone(), words.clone()));
    match door.ask(move |ra, at| ra.propose_email(&actor, request, &asked.0, &asked.1, at)).await {
        Ok(_) => Ok(see_other(&format!("/desk/requests/{request}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            page(&door, &visit, &clerk, &id, Some(refused.refusal), [&email, &words]).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: &str,
    refusal: Option<Refusal>,
    typed: [&str; 2],
) -> Result<Response, Problem> {
    let request: RequestId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    let (card, why_not) = door
        .ask(move |ra, at| Ok((ra.request(&actor, request, at)?, ra.correction_refused(&actor, request, at)?)))
        .await?;
    if let (Some(why_not), None) = (why_not, refusal) {
        return Err(why_not.into());
    }
    let mut frame = frame(door, visit, clerk, &card.procedure, "desk-email");
    if let Some(refusal) = refusal {
        frame = frame.refused(refusal);
    }
    let status = refusal.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    Ok(show_as(status, &page_of(frame, request, card.subscriber_name, card.contact.email.as_str(), refusal, typed)))
}

fn page_of<'a>(
    frame: Frame<'a>,
    request: RequestId,
    name: String,
    now: &str,
    refusal: Option<Refusal>,
    [email, words]: [&str; 2],
) -> EmailPage<'a> {
    let speech = &frame.speech;
    let wrong = |is_here: &[Refusal]| {
        refusal.filter(|refusal| is_here.contains(refusal)).map(|refusal| speech.refusal(refusal))
    };
    let fields = [
        Field::line("email", speech.say("desk-email-right"), email)
            .kind("email", "off")
            .wrong(wrong(&[Refusal::EmailWrong]))
            .required(),
        Field::line("words", speech.say("desk-step-words"), words)
            .area(REASON_CHARACTERS)
            .hint(speech.say("desk-step-words-hint"))
            .wrong(wrong(&[Refusal::ReasonRequired, Refusal::TextUnacceptable]))
            .required(),
    ];
    let back = format!("/desk/requests/{request}");
    EmailPage { here: format!("{back}/email"), back, name, now: now.to_owned(), fields, frame }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let refusals = [None, Some(Refusal::EmailWrong), Some(Refusal::ReasonRequired)];
    refusals
        .into_iter()
        .map(|refusal| {
            let id = RequestId::new(domain::Timestamp(0), [0; 10]);
            let frame = super::as_clerk(frame("desk-email"));
            let page = page_of(frame, id, "<Rogov>".to_owned(), "rogov@example.org", refusal, ["\"><b>", "<b>"]);
            Box::new(page) as Box<dyn crate::pages::samples::Sample + 'a>
        })
        .collect()
}
