//! «Обратная связь»: anybody writes to the bank, with scans of papers. Whoever writes is told that it came and nothing else: whether there is such a
//! request is looked for afterwards, by the worker or by a person.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::{AgentId, MessageId};
use domain::inquiry::Subject;
use ra::{NewInquiry, Scan};

use super::delivery::speech;
use super::first_issue::is_at_the_door;
use crate::api::{Door, Problem};
use crate::pages::{Field, Form, Frame, Page, Upload, Visit, see_other, show, show_as};

const HERE: &str = "/feedback";

#[derive(askama::Template)]
#[template(path = "portal/feedback.html")]
struct FeedbackPage<'a> {
    frame: Frame<'a>,
    agent: AgentId,
    id: String,
    /// Word, text, and whether it is chosen.
    subjects: Vec<(&'static str, String, bool)>,
    before: Vec<Field>,
    text: Field,
    scan_hint: String,
    scan_wrong: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "portal/feedback_sent.html")]
struct SentPage<'a> {
    frame: Frame<'a>,
}

impl Page for FeedbackPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for SentPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// `?agentId=`, and what other pages fill in.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default, rename = "agentId")]
    agent: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    unz: String,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    subject: String,
    unz: String,
    name: String,
    phone: String,
    email: String,
    text: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).to_owned();
        Self {
            subject: text("subject"),
            unz: text("unz"),
            name: text("name"),
            phone: text("phone"),
            email: text("email"),
            text: text("text"),
        }
    }
}

/// A refusal, and the field that it is about.
struct Wrong {
    refusal: Refusal,
    field: String,
}

pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let agent = agent(&door, &asked.agent)?;
    let typed = Typed { subject: asked.subject, unz: asked.unz, ..Typed::default() };
    page(&door, &visit, agent, &typed, None).await
}

pub(crate) async fn send(State(door): State<Door>, visit: Visit, request: Request) -> Result<Response, Problem> {
    let place = door.strangers_place().await?;
    let upload = Upload::within(door.limits().upload_bytes, request, &door).await?;
    let typed = Typed::of(&upload.form);
    let agent = agent(&door, upload.form.line("agentId"))?;
    let id: MessageId = upload.form.line("message").parse().map_err(|_| Problem::from(Refusal::BodyMalformed))?;
    let refused = match read(&typed, upload) {
        Err(wrong) => wrong,
        Ok((new, files)) => match inquire(&door, agent.id, id, new, files).await? {
            None => return Ok(see_other(&format!("{HERE}/sent?agentId={}", agent.id))),
            Some(wrong) => wrong,
        },
    };
    drop(place);
    page(&door, &visit, agent, &typed, Some(&refused)).await
}

/// Has the files looked through, then asks; says what is wrong, if anything is.
async fn inquire(
    door: &Door,
    to: AgentId,
    id: MessageId,
    new: NewInquiry,
    files: Vec<Vec<u8>>,
) -> Result<Option<Wrong>, Problem> {
    let scans: Arc<[Scan]> = match door.looked_through(files).await {
        Ok(scans) => scans.into(),
        Err(Problem::Refused { refused, .. }) => return Ok(Some(about(refused.refusal, "scan"))),
        Err(problem) => return Err(problem),
    };
    let coded = door.codes_on(scans.clone()).await;
    let new = NewInquiry { scans: scans.to_vec(), coded, ..new };
    match door.ask(move |ra, at| ra.inquire(to, id, &new, at)).await {
        Ok(()) => Ok(None),
        Err(Problem::Refused { refused, .. }) => Ok(Some(about(refused.refusal, &refused.detail.unwrap_or_default()))),
        Err(problem) => Err(problem),
    }
}

pub(crate) async fn sent(
    State(door): State<Door>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let agent = agent(&door, &asked.agent)?;
    let procedure = procedure(&door, agent).await?;
    Ok(show(&SentPage { frame: frame(&door, &visit, agent, &procedure, "page-feedback-sent-title") }))
}

/// What was typed, and the files as they came.
fn read(typed: &Typed, upload: Upload) -> Result<(NewInquiry, Vec<Vec<u8>>), Wrong> {
    let subject = Subject::from_name(&typed.subject).ok_or_else(|| about(Refusal::BodyMalformed, ""))?;
    let files: Vec<_> = upload.files("scan").map(|file| file.octets).collect();
    if files.len() > ra::MESSAGE_SCANS {
        return Err(about(Refusal::BodyTooLarge, "scan"));
    }
    let new = NewInquiry {
        subject,
        unz: typed.unz.clone(),
        name: typed.name.clone(),
        phone: typed.phone.clone(),
        email: typed.email.clone(),
        text: typed.text.clone(),
        scans: Vec::new(),
        coded: Vec::new(),
    };
    Ok((new, files))
}

fn about(refusal: Refusal, field: &str) -> Wrong {
    Wrong { refusal, field: field.to_owned() }
}

/// The agent that was named, or the only one.
fn agent<'a>(door: &'a Door, named: &str) -> Result<&'a Agent, Problem> {
    match door.agents() {
        [only] if named.is_empty() => Ok(only),
        all => all.iter().find(|agent| agent.id.to_string() == named).ok_or_else(|| Refusal::NotFound.into()),
    }
}

/// The procedure whose words are the page's: that of the agent's public door, else its first.
async fn procedure(door: &Door, agent: &Agent) -> Result<String, Problem> {
    let offered = agent.procedures.clone();
    door.ask(move |ra, _| {
        let at_the_door = offered.iter().find(|name| ra.procedure(name).is_some_and(is_at_the_door));
        Ok(at_the_door.or(offered.first()).cloned().unwrap_or_default())
    })
    .await
}

fn frame<'a>(door: &'a Door, visit: &Visit, agent: &Agent, procedure: &str, title: &str) -> Frame<'a> {
    let speech = speech(door, visit, Some(agent), procedure);
    let title = speech.say(title);
    Frame::new(visit, speech, title).of_agent(agent)
}

async fn page(
    door: &Door,
    visit: &Visit,
    agent: &Agent,
    typed: &Typed,
    wrong: Option<&Wrong>,
) -> Result<Response, Problem> {
    let procedure = procedure(door, agent).await?;
    let id = door.ask(|ra, at| Ok(ra.message_id(at))).await?;
    let mut frame = frame(door, visit, agent, &procedure, "page-feedback-title");
    if let Some(wrong) = wrong {
        frame = match wrong.field.is_empty() {
            true => frame.refused(wrong.refusal),
            false => frame.wrong_field(wrong.refusal.code()),
        };
    }
    let status = wrong.map_or(StatusCode::OK, |wrong| Problem::from(wrong.refusal).status());
    Ok(show_as(status, &FeedbackPage::of(frame, agent.id, id, typed, wrong)))
}

impl<'a> FeedbackPage<'a> {
    fn of(frame: Frame<'a>, agent: AgentId, id: MessageId, typed: &Typed, wrong: Option<&Wrong>) -> Self {
        let speech = &frame.speech;
        let wrong = |field: &str| wrong.filter(|wrong| wrong.field == field).map(|wrong| speech.refusal(wrong.refusal));
        let line =
            |id: &'static str, label: &str, value: &str| Field::line(id, speech.say(label), value).wrong(wrong(id));
        let before = vec![
            line("unz", "page-link-unz", &typed.unz).hint(speech.say("page-feedback-unz-hint")),
            line("name", "page-feedback-name", &typed.name)
                .kind("text", "name")
                .longest(ra::INQUIRY_NAME_CHARACTERS)
                .required(),
            line("phone", "page-apply-phone", &typed.phone).kind("tel", "tel"),
            line("email", "page-apply-email", &typed.email)
                .kind("email", "email")
                .hint(speech.say("page-feedback-email-hint"))
                .required(),
        ];
        let text = line("text", "messages-text", &typed.text).area(ra::MESSAGE_CHARACTERS).hint(speech.say1(
            "messages-hint",
            "count",
            ra::MESSAGE_CHARACTERS,
        ));
        let chosen = Subject::from_name(&typed.subject).unwrap_or(Subject::ALL[0]);
        let subject = |subject: Subject| {
            let name = subject.name();
            (name, speech.say(&format!("page-feedback-subject-{name}")), subject == chosen)
        };
        Self {
            agent,
            id: id.to_string(),
            subjects: Subject::ALL.into_iter().map(subject).collect(),
            before,
            text,
            scan_hint: speech.say1("messages-scan-hint", "count", ra::MESSAGE_SCANS),
            scan_wrong: wrong("scan"),
            frame,
        }
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let id = MessageId::new(domain::Timestamp(0), [0; 10]);
    let page = |field: &str, refusal| {
        let wrong = Wrong { refusal, field: field.to_owned() };
        let typed = Typed { unz: "\"><b>".to_owned(), text: "<b>".to_owned(), ..Typed::default() };
        let wrong = (!field.is_empty()).then_some(&wrong);
        Box::new(FeedbackPage::of(frame("page-feedback-title"), AgentId(6), id, &typed, wrong))
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    vec![
        page("", Refusal::NotFound),
        page("unz", Refusal::UnzWrong),
        page("scan", Refusal::ScanMissing),
        Box::new(SentPage { frame: frame("page-feedback-sent-title") }),
    ]
}
