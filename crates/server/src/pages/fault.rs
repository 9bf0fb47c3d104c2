//! The page that says no: what happened, what to do now, and what support may ask for.

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, HeaderMap};
use axum::response::Response;
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::{AgentId, RequestId};

use super::frame::{Frame, Page, show_as};
use super::typed::Typed;
use super::visit::Visit;
use crate::auth::escaped;
use crate::portal::help::Case;
use crate::portal::sign_in;
use crate::words::{ProcedureWords, Speech};

/// What an answer to a person is made of beside the problem itself.
pub(crate) struct Surroundings {
    pub(crate) visit: Visit,
    /// Whom to ask, as far as address or sign-in say: a problem may know better.
    pub(crate) agent: Option<AgentId>,
    /// The page to come back to after a sign-in.
    pub(crate) back: Option<String>,
    /// What was typed into the form that is refused.
    pub(crate) typed: Typed,
}

/// What an answer that says no is about.
pub(crate) struct No<'a> {
    pub(crate) status: StatusCode,
    pub(crate) code: &'a str,
    pub(crate) refusal: Option<Refusal>,
    /// The sentence that says what happened.
    pub(crate) title: String,
    pub(crate) incident: Option<&'a str>,
    pub(crate) words: Option<&'a ProcedureWords>,
    pub(crate) agent: Option<&'a Agent>,
    /// The request behind a link that opens no more.
    pub(crate) request: Option<RequestId>,
}

#[derive(askama::Template)]
#[template(path = "fault.html")]
pub(super) struct FaultPage<'a> {
    frame: Frame<'a>,
    text: String,
    ways: Vec<Way>,
    code: &'a str,
    incident: Option<&'a str>,
    typed: Typed,
}

/// Something that can be done now.
struct Way {
    word: &'static str,
    address: String,
}

impl Page for FaultPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Whether the answer is for the eyes of a person: a page's own address, or a browser that went astray.
pub(crate) fn person_reads(route: Option<&str>, path: &str, headers: &HeaderMap) -> bool {
    const PROGRAMS: [&str; 4] = ["/api/", "/crl/", "/authorities/", "/health/"];
    // A page's script asks for tickets, not the person.
    let of_program = |path: &str| PROGRAMS.iter().any(|start| path.starts_with(start)) || path.ends_with("/ticket");
    match route {
        Some(route) => !of_program(route),
        None => {
            let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
            !of_program(path) && accepts.contains("text/html")
        }
    }
}

impl Surroundings {
    /// The page of a refusal or another problem.
    pub(crate) fn page(&self, no: No<'_>) -> Response {
        let typed = self.typed.clone();
        let speech = Speech::new(self.visit.language).of(no.words);
        let heading = speech.say(heading(no.status, no.refusal));
        let frame = Frame::new(&self.visit, speech, heading).of_some_agent(no.agent);
        let mut ways = if self.visit.here.starts_with(DESK) {
            of_desk(no.status, self.back.as_deref())
        } else {
            ways(no.status, no.refusal, no.agent.map(|agent| agent.id), no.request, self.back.as_deref())
        };
        if !typed.is_empty() && no.status != StatusCode::UNAUTHORIZED {
            ways.splice(..0, self.back.clone().map(|address| Way { word: "way-form", address }));
        }
        show_as(no.status, &FaultPage { frame, text: no.title, ways, code: no.code, incident: no.incident, typed })
    }
}

/// Begins the addresses of the staff.
const DESK: &str = "/desk";

fn heading(status: StatusCode, refusal: Option<Refusal>) -> &'static str {
    match refusal {
        Some(refusal) if is_of_link(refusal) => "fault-link",
        Some(Refusal::FormStale) => "fault-form",
        _ => match status {
            StatusCode::UNAUTHORIZED => "fault-sign-in",
            StatusCode::FORBIDDEN => "fault-forbidden",
            StatusCode::NOT_FOUND => "fault-absent",
            StatusCode::CONFLICT | StatusCode::GONE => "fault-stage",
            StatusCode::TOO_MANY_REQUESTS => "fault-often",
            StatusCode::SERVICE_UNAVAILABLE => "fault-busy",
            StatusCode::INTERNAL_SERVER_ERROR => "fault-broken",
            _ => "fault-input",
        },
    }
}

fn is_of_link(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::LinkUnknown
            | Refusal::LinkSpent
            | Refusal::LinkReplaced
            | Refusal::LinkDead
            | Refusal::LinkExpired
            | Refusal::LinkOfOtherAgent
            | Refusal::RequestExpired
    )
}

fn ways(
    status: StatusCode,
    refusal: Option<Refusal>,
    agent: Option<AgentId>,
    request: Option<RequestId>,
    back: Option<&str>,
) -> Vec<Way> {
    let status_page = Way { word: "way-status", address: "/status".to_owned() };
    let sign_in = |to: &str| Way { word: "way-sign-in", address: sign_in::address(agent, to) };
    if let Some(case) = refusal.and_then(Case::of) {
        return vec![Way { word: "help-more", address: case.address(agent) }, home()];
    }
    // What the link led to stands among one's own requests.
    let own = request.map_or_else(|| "/requests".to_owned(), |id| format!("/requests/{id}"));
    match refusal {
        Some(Refusal::LinkSpent) => vec![sign_in(&own), status_page],
        Some(refusal) if is_of_link(refusal) => vec![status_page, sign_in(&own)],
        _ if status == StatusCode::UNAUTHORIZED => vec![sign_in(back.unwrap_or_default()), home()],
        _ => vec![home()],
    }
}

/// Whoever is at the desk signs in there.
fn of_desk(status: StatusCode, back: Option<&str>) -> Vec<Way> {
    if status != StatusCode::UNAUTHORIZED {
        return vec![home()];
    }
    let to = back.map(|back| format!("?to={}", escaped(back))).unwrap_or_default();
    vec![Way { word: "way-sign-in", address: format!("{DESK}/sign-in{to}") }, home()]
}

fn home() -> Way {
    Way { word: "way-home", address: "/".to_owned() }
}

#[cfg(test)]
pub(super) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn super::samples::Sample + 'a>> {
    let typed = || Typed {
        fields: vec![("page-link-unz", "12\"><b>".to_owned()), ("messages-text", "<b>\nx".to_owned())],
        has_files: true,
    };
    let page = |refusal: Option<Refusal>, status, incident| {
        let frame = frame(heading(status, refusal));
        let text = frame.speech.refusal(refusal.unwrap_or(Refusal::LinkExpired));
        let code = refusal.map_or("internal", Refusal::code);
        Box::new(FaultPage {
            frame,
            text,
            ways: ways(status, refusal, Some(AgentId(1)), None, Some("/requests?a=1")),
            code,
            incident,
            typed: if let Some(Refusal::FormStale | Refusal::BodyTooLarge) = refusal {
                typed()
            } else {
                Typed::default()
            },
        }) as Box<dyn super::samples::Sample + 'a>
    };
    vec![
        page(Some(Refusal::LinkExpired), StatusCode::GONE, None),
        page(Some(Refusal::LinkSpent), StatusCode::GONE, None),
        page(Some(Refusal::FormStale), StatusCode::CONFLICT, None),
        page(Some(Refusal::SignInRequired), StatusCode::UNAUTHORIZED, None),
        page(Some(Refusal::CertificateExpired), StatusCode::UNAUTHORIZED, None),
        page(Some(Refusal::RoleMissing), StatusCode::FORBIDDEN, None),
        page(Some(Refusal::NotFound), StatusCode::NOT_FOUND, None),
        page(Some(Refusal::TooEarly), StatusCode::CONFLICT, None),
        page(Some(Refusal::TooManyTries), StatusCode::TOO_MANY_REQUESTS, None),
        page(Some(Refusal::EmailWrong), StatusCode::BAD_REQUEST, None),
        page(Some(Refusal::BodyTooLarge), StatusCode::PAYLOAD_TOO_LARGE, None),
        page(None, StatusCode::SERVICE_UNAVAILABLE, Some("0badcafe")),
        page(None, StatusCode::INTERNAL_SERVER_ERROR, Some("0badcafe")),
    ]
}
