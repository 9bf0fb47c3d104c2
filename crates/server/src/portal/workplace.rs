//! «Настроить компьютер для работы в системе»: what has to be on a computer, and a check of it over the component. What the component saw comes as its support
//! code and is shown line by line, as the desk sees it; nothing is kept.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::agent::Agent;
use pkcs11::workplace::{self, Described, FindingCode, Picture, Severity};
use ra::Wish;

use super::delivery::speech;
use crate::api::{Door, Problem, parse_agent};
use crate::pages::{Form, Frame, Page, Tone, Visit, show_as};
use crate::words::Language;

/// `?agentId=`
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default, rename = "agentId")]
    agent: String,
}

#[derive(askama::Template)]
#[template(path = "portal/workplace.html")]
struct WorkplacePage<'a> {
    frame: Frame<'a>,
    /// Whose ticket the component gets; none where several agents are here and none was named.
    agent: Option<u32>,
    seen: Option<Looked>,
    /// What was pasted and is no code.
    typed: String,
}

/// What was seen on the computer, for a page.
pub(crate) struct Looked {
    /// The code by which the desk sees the same.
    pub(crate) code: String,
    /// How it is on the whole.
    pub(crate) tone: Tone,
    /// Id of the sentence that says it.
    pub(crate) says: &'static str,
    /// The clock, in words: the findings name it only where it is wrong.
    pub(crate) is_clock_right: bool,
    /// Each thing to be said, with what to do.
    pub(crate) findings: Vec<Line>,
    /// The program, then each medium.
    pub(crate) parts: Vec<Described>,
}

/// One finding.
pub(crate) struct Line {
    pub(crate) tone: Tone,
    pub(crate) cause: String,
    pub(crate) next: String,
}

impl Looked {
    /// What the picture of a support code says in this language.
    pub(crate) fn new(picture: &Picture, language: Language) -> Self {
        let language = match language {
            Language::Ru => pkcs11::Language::Ru,
            Language::En => pkcs11::Language::En,
        };
        let tone = |severity| match severity {
            Severity::Stops => Tone::Bad,
            Severity::Warns => Tone::Warn,
            Severity::Fine => Tone::Good,
        };
        let findings = picture.findings.iter().map(|finding| {
            let said = workplace::said(picture, finding, language);
            Line { tone: tone(finding.code.severity()), cause: said.cause, next: said.next }
        });
        let is_clock_wrong = picture.findings.iter().any(|finding| finding.code == FindingCode::ClockWrong);
        Self {
            code: workplace::encode(picture),
            tone: if picture.stops() { Tone::Bad } else { Tone::Good },
            says: if picture.stops() { "workplace-stops" } else { "workplace-ready" },
            is_clock_right: picture.clock_ahead_seconds.is_some() && !is_clock_wrong,
            findings: findings.collect(),
            parts: workplace::described(picture, language),
        }
    }
}

impl Page for WorkplacePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    page(&door, &visit, &wanted.agent, "", Ok(None))
}

/// What the component saw, or a code that was made on the command line.
pub(crate) async fn tell(State(door): State<Door>, visit: Visit, form: Form) -> Response {
    let (agent, code) = (form.line("agent"), form.line("support_code"));
    let picture = if code.is_empty() { Err("token-needed") } else { workplace::decode(code).map(Some).map_err(word) };
    page(&door, &visit, agent, code, picture)
}

/// A ticket for the component: to look.
pub(crate) async fn ticket(State(door): State<Door>, form: Form) -> Result<Response, Problem> {
    let agent = parse_agent(form.line("agent"))?;
    let session = form.line("session").to_owned();
    let issued = door.ask(move |ra, at| ra.ticket(agent, Wish::Doctor, &session, at)).await?;
    Ok(super::ticket_answer(issued))
}

/// Id of the words for a code that cannot be read.
pub(crate) fn word(error: workplace::CodeError) -> &'static str {
    match error {
        workplace::CodeError::NotACode => "workplace-code-none",
        workplace::CodeError::Damaged => "workplace-code-damaged",
        workplace::CodeError::Version => "workplace-code-version",
    }
}

fn page(
    door: &Door,
    visit: &Visit,
    wanted: &str,
    typed: &str,
    picture: Result<Option<Picture>, &'static str>,
) -> Response {
    let agents = door.agents();
    let agent: Option<&Agent> = match agents {
        [only] => Some(only),
        all => all.iter().find(|agent| wanted.parse() == Ok(agent.id.0)),
    };
    let procedure = agent.and_then(|agent| agent.procedures.first()).map_or("", String::as_str);
    let speech = speech(door, visit, agent, procedure);
    let title = speech.say("page-workplace-title");
    let mut frame = Frame::new(visit, speech, title).with_token().of_some_agent(agent);
    let mut status = StatusCode::OK;
    let typed = if picture.is_err() { typed.to_owned() } else { String::new() };
    let seen = match picture {
        Ok(picture) => picture.map(|picture| Looked::new(&picture, visit.language)),
        Err(why) => {
            status = StatusCode::BAD_REQUEST;
            frame = frame.wrong(why);
            None
        }
    };
    let agent = agent.or(agents.first()).map(|agent| agent.id.0);
    show_as(status, &WorkplacePage { frame, agent, seen, typed })
}

/// A picture with something of everything.
#[cfg(test)]
pub(crate) fn sample_picture() -> Picture {
    use pkcs11::workplace::{AttemptsSeen, MediumSeen, ModuleSeen, PinSeen, PlaceKind};
    let pin = PinSeen { attempts: AttemptsSeen::Left(10), factory: Some(true), must_change: false };
    let mut picture = Picture {
        component: "0.1.0".to_owned(),
        system: "linux".to_owned(),
        at: 1_795_900_000,
        clock_ahead_seconds: Some(2),
        modules: vec![ModuleSeen {
            file: "librtpkcs11ecp.so".to_owned(),
            version: "2.6".to_owned(),
            exact_counters: true,
        }],
        empty_readers: 1,
        media: vec![MediumSeen {
            kind: PlaceKind::Token,
            maker: "Aktiv Co.".to_owned(),
            model: "<Rutoken ECP 2.0>".to_owned(),
            serial_end: "5432".to_owned(),
            firmware: "23.2".to_owned(),
            pin,
            so_pin: pin,
            memory_kib: Some(128),
            free_kib: Some(96),
            algorithms: vec!["gost-256".to_owned(), "gost-512".to_owned()],
            keys: Vec::new(),
        }],
        ..Picture::default()
    };
    picture.say(FindingCode::PinFactory, Some(0), "");
    picture.say(FindingCode::SoPinFactory, Some(0), "");
    picture.say(FindingCode::PinLow, Some(0), "9");
    picture
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let page = |picture: Option<Picture>, note: Option<&str>| {
        let mut frame = frame("page-workplace-title").with_token();
        if let Some(note) = note {
            frame = frame.wrong(note);
        }
        let language = frame.speech.language();
        let seen = picture.map(|picture| Looked::new(&picture, language));
        Box::new(WorkplacePage { frame, agent: Some(1), seen, typed: "\"><b>".to_owned() })
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let mut ready = Picture { findings: Vec::new(), ..sample_picture() };
    ready.say(FindingCode::MediumReady, Some(0), "");
    let errors = [workplace::CodeError::NotACode, workplace::CodeError::Damaged, workplace::CodeError::Version];
    let mut pages = vec![page(None, None), page(Some(sample_picture()), None), page(Some(ready), None)];
    pages.extend(errors.map(|error| page(None, Some(word(error)))));
    pages
}
