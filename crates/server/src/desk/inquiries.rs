//! «Обращения»: what came by the public page and belongs to no request yet. A person says which request it is about, or puts it away.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::MessageId;
use domain::text::REASON_CHARACTERS;
use ra::{Inquiry, ScanKind};

use super::{frame, paper};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show, show_as};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "desk/inquiries.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    rows: Vec<Line>,
}

struct Line {
    address: String,
    at: String,
    subject: String,
    name: String,
    unz: String,
}

#[derive(askama::Template)]
#[template(path = "desk/inquiry.html")]
struct InquiryPage<'a> {
    frame: Frame<'a>,
    here: String,
    name: String,
    text: String,
    facts: Vec<(String, String)>,
    /// Where the request is that it belongs to.
    request: Option<String>,
    scans: Vec<ScanFacts>,
    /// The fields of the two forms, for whoever may decide.
    decide: Option<(Field, Field)>,
}

/// A scan, and whether a browser shows it on the page.
pub(super) struct ScanFacts {
    pub(super) address: String,
    /// Its message and its place there.
    pub(super) from: String,
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) is_picture: bool,
}

impl ScanFacts {
    /// `base` is the address of what it is with.
    pub(super) fn of(base: &str, file: &ra::MessageFile) -> Self {
        Self {
            address: format!("{base}/{}", file.place),
            from: format!("{}/{}", base.rsplit('/').next().unwrap_or_default(), file.place),
            is_picture: !file.name.ends_with(ScanKind::Pdf.name()),
            name: file.name.clone(),
            sha256: hex::encode(file.sha256),
        }
    }
}

impl Page for ListPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for InquiryPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// A decision that came back: why not, and what was typed in which field.
struct Returned {
    refusal: Refusal,
    field: &'static str,
    typed: String,
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let inquiries = door.ask(move |ra, _| ra.inquiries(&actor)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-inquiries");
    let rows = inquiries.iter().map(|inquiry| line(&frame.speech, inquiry)).collect();
    Ok(show(&ListPage { rows, frame }))
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, inquiry_id(&id)?, None).await
}

/// A scan that is still with an inquiry, shown without any power.
pub(crate) async fn file(
    State(door): State<Door>,
    clerk: Clerk,
    Path((id, place)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = inquiry_id(&id)?;
    let place: i64 = place.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    let (_, kind, octets) = door.ask(move |ra, _| ra.inquiry_file(&clerk.actor, id, place)).await?;
    let kind = ScanKind::from_media_type(&kind).ok_or(Refusal::NotFound)?;
    Ok(paper::powerless(kind, &format!("{id}-{place}"), octets))
}

pub(crate) async fn bind(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, typed) = (inquiry_id(&id)?, form.line("unz").to_owned());
    let (actor, unz) = (clerk.actor.clone(), typed.clone());
    match door.ask(move |ra, at| ra.bind_inquiry(&actor, id, &unz, at)).await {
        Ok(request) => Ok(see_other(&format!("/desk/requests/{request}"))),
        Err(problem) => returned(&door, &visit, &clerk, id, problem, "unz", typed).await,
    }
}

pub(crate) async fn close(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, typed) = (inquiry_id(&id)?, form.text("close-reason").to_owned());
    let (actor, reason) = (clerk.actor.clone(), typed.clone());
    match door.ask(move |ra, at| ra.close_inquiry(&actor, id, &reason, at)).await {
        Ok(()) => Ok(see_other("/desk/inquiries")),
        Err(problem) => returned(&door, &visit, &clerk, id, problem, "close-reason", typed).await,
    }
}

/// A refusal comes back on the page, with what was typed.
async fn returned(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: MessageId,
    problem: Problem,
    field: &'static str,
    typed: String,
) -> Result<Response, Problem> {
    match problem {
        Problem::Refused { refused, .. } if refused.refusal != Refusal::NotFound => {
            page(door, visit, clerk, id, Some(Returned { refusal: refused.refusal, field, typed })).await
        }
        problem => Err(problem),
    }
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: MessageId,
    returned: Option<Returned>,
) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let inquiry = door.ask(move |ra, _| ra.inquiry(&actor, id)).await?;
    let mut frame = frame(door, visit, clerk, "", "desk-inquiry");
    if let Some(returned) = &returned {
        frame = frame.refused(returned.refusal);
    }
    let status = returned.as_ref().map_or(StatusCode::OK, |returned| Problem::from(returned.refusal).status());
    Ok(show_as(status, &page_of(frame, &inquiry, returned.as_ref())))
}

fn line(speech: &Speech<'_>, inquiry: &Inquiry) -> Line {
    Line {
        address: format!("/desk/inquiries/{}", inquiry.id),
        at: speech.time(&inquiry.came_at),
        subject: subject(speech, inquiry),
        name: inquiry.name.clone(),
        unz: inquiry.unz.or(inquiry.coded.first().copied()).map(|unz| unz.to_string()).unwrap_or_default(),
    }
}

fn subject(speech: &Speech<'_>, inquiry: &Inquiry) -> String {
    speech.say(&format!("page-feedback-subject-{}", inquiry.subject.name()))
}

fn page_of<'a>(frame: Frame<'a>, inquiry: &Inquiry, returned: Option<&Returned>) -> InquiryPage<'a> {
    let speech = &frame.speech;
    let here = format!("/desk/inquiries/{}", inquiry.id);
    let coded: Vec<_> = inquiry.coded.iter().map(ToString::to_string).collect();
    let closed = inquiry.closed_at.map(|at| speech.time(&at));
    let by = closed.as_ref().map(|_| inquiry.closed_by.clone().unwrap_or_else(|| speech.say("desk-inquiry-by-number")));
    let ended = if inquiry.request_id.is_some() { "desk-inquiry-bound" } else { "desk-inquiry-closed" };
    let facts = [
        ("desk-inquiry-came", Some(speech.time(&inquiry.came_at))),
        ("page-feedback-subject", Some(subject(speech, inquiry))),
        ("desk-inquiry-number", inquiry.unz.map(|unz| unz.to_string())),
        ("desk-inquiry-coded", Some(coded.join(", "))),
        ("page-apply-phone", Some(inquiry.phone.clone())),
        ("page-apply-email", Some(inquiry.email.clone())),
        (ended, closed),
        ("desk-inquiry-by", by),
        ("desk-reason", inquiry.reason.clone()),
    ];
    let facts = facts.into_iter().filter_map(|(label, value)| Some((label, value.filter(|value| !value.is_empty())?)));
    let field = |id: &'static str, label: &str, value: &str| {
        let this = returned.filter(|returned| returned.field == id);
        let typed = this.map_or(value, |returned| returned.typed.as_str());
        Field::line(id, speech.say(label), typed)
            .wrong(this.map(|returned| speech.refusal(returned.refusal)))
            .required()
    };
    let known = inquiry.unz.map(|unz| unz.to_string()).unwrap_or_default();
    let decide = inquiry.may_decide.then(|| {
        (
            field("unz", "page-link-unz", &known).hint(speech.say("desk-inquiry-bind-hint")),
            field("close-reason", "desk-inquiry-reason", "").area(REASON_CHARACTERS),
        )
    });
    InquiryPage {
        name: inquiry.name.clone(),
        text: inquiry.text.clone(),
        facts: facts.map(|(label, value)| (speech.say(label), value)).collect(),
        request: inquiry.request_id.map(|id| format!("/desk/requests/{id}")),
        scans: inquiry.files.iter().map(|file| ScanFacts::of(&here, file)).collect(),
        decide,
        here,
        frame,
    }
}

fn inquiry_id(text: &str) -> Result<MessageId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    use domain::inquiry::Subject;
    let id = MessageId::new(Timestamp(0), [0; 10]);
    let unz: domain::ids::Unz = "1196837e3c03f2".parse().expect("a number");
    let file = |place, name: &str| ra::MessageFile { place, name: name.to_owned(), sha256: [7; 32] };
    let inquiry = |is_open: bool| Inquiry {
        id,
        subject: if is_open { Subject::Application } else { Subject::Other },
        unz: is_open.then_some(unz),
        coded: vec![unz],
        name: "<Rogov>".to_owned(),
        phone: "+7 383".to_owned(),
        email: "rogov@example.org".to_owned(),
        text: "<b>\nx".to_owned(),
        came_at: Timestamp(0),
        request_id: None,
        closed_at: (!is_open).then_some(Timestamp(0)),
        closed_by: None,
        reason: (!is_open).then(|| "<why>".to_owned()),
        files: vec![file(0, "scan-1.png"), file(1, "scan-2.pdf")],
        may_decide: is_open,
    };
    let list = |inquiries: &[Inquiry]| {
        let frame = super::as_clerk(frame("desk-inquiries"));
        ListPage { rows: inquiries.iter().map(|inquiry| line(&frame.speech, inquiry)).collect(), frame }
    };
    let page = |inquiry: Inquiry, returned: Option<Returned>| {
        Box::new(page_of(super::as_clerk(frame("desk-inquiry")), &inquiry, returned.as_ref()))
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let bound = Inquiry { request_id: Some(domain::ids::RequestId::new(Timestamp(0), [0; 10])), ..inquiry(false) };
    let wrong = |field, refusal| Some(Returned { refusal, field, typed: "<b>".to_owned() });
    vec![
        Box::new(list(&[inquiry(true), inquiry(false)])),
        Box::new(list(&[])),
        page(inquiry(true), None),
        page(inquiry(true), wrong("unz", Refusal::UnzUnknown)),
        page(inquiry(true), wrong("close-reason", Refusal::ReasonRequired)),
        page(inquiry(false), None),
        page(bound, None),
    ]
}
