//! What cannot be done remotely: one page a case says what it means, where to go and what to bring. The words are the bank's, where
//! its procedure has them.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::AgentId;

use super::delivery::speech;
use super::whose;
use crate::api::{Door, Problem};
use crate::pages::{Frame, Page, Support, Visit, show};

/// A case with a page of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Case {
    Expired,
    Lost,
    Blocked,
    Revoked,
    Pin,
    Power,
    MsKey,
}

impl Case {
    const ALL: [Self; 7] =
        [Self::Expired, Self::Lost, Self::Blocked, Self::Revoked, Self::Pin, Self::Power, Self::MsKey];

    /// The word of addresses and locales.
    fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::Blocked => "blocked",
            Self::Revoked => "revoked",
            Self::Pin => "pin",
            Self::Power => "power",
            Self::MsKey => "ms-key",
        }
    }

    /// Its page, in the words of this agent's bank.
    pub(crate) fn address(self, agent: Option<AgentId>) -> String {
        of_agent(format!("{HERE}/{}", self.name()), agent)
    }

    /// The case that a refusal is about, if a visit to the bank is what helps.
    pub(crate) fn of(refusal: Refusal) -> Option<Self> {
        match refusal {
            Refusal::CertificateExpired => Some(Self::Expired),
            Refusal::CertificateBlocked | Refusal::CertificateOnHold => Some(Self::Blocked),
            Refusal::CertificateRevoked => Some(Self::Revoked),
            Refusal::SubscriberBarred => Some(Self::Power),
            _ => None,
        }
    }
}

/// Where these pages begin.
const HERE: &str = "/help";

/// The list of the cases, for this agent's clients.
pub(crate) fn address(agent: Option<AgentId>) -> String {
    of_agent(HERE.to_owned(), agent)
}

/// Only the address says at which of several banks somebody is who cannot sign in.
fn of_agent(address: String, agent: Option<AgentId>) -> String {
    match agent {
        Some(agent) => format!("{address}?agentId={agent}"),
        None => address,
    }
}

#[derive(askama::Template)]
#[template(path = "portal/helps.html")]
struct HelpsPage<'a> {
    frame: Frame<'a>,
    cases: Vec<(String, String)>,
}

#[derive(askama::Template)]
#[template(path = "portal/help.html")]
struct HelpPage<'a> {
    frame: Frame<'a>,
    text: String,
    /// Where to go.
    place: String,
    take: Vec<String>,
    call: Option<String>,
}

impl Page for HelpsPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for HelpPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit) -> Response {
    let agent = whose(&door, &visit).await;
    show(&helps_page(frame(&door, &visit, agent, "help-title")))
}

pub(crate) async fn case(
    State(door): State<Door>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let case = Case::ALL.into_iter().find(|case| case.name() == name).ok_or(Refusal::NotFound)?;
    let agent = whose(&door, &visit).await;
    let frame = frame(&door, &visit, agent, &format!("help-{name}-title"));
    let own = |id: &str, args: &[(&str, String)]| agent.and_then(|agent| words_of(&door, &visit, agent, id, args));
    Ok(show(&help_page(frame, case, own)))
}

/// The first procedure of the agent that has words for this says it: which of them is offered first means nothing here.
fn words_of(door: &Door, visit: &Visit, agent: &Agent, id: &str, args: &[(&str, String)]) -> Option<String> {
    let mut offered = agent.procedures.iter().filter_map(|name| door.words().get(name));
    offered.find_map(|words| words.text(visit.language, id, args).ok().flatten())
}

fn frame<'a>(door: &'a Door, visit: &Visit, agent: Option<&Agent>, title: &str) -> Frame<'a> {
    let speech = speech(door, visit, agent, "");
    let title = speech.say(title);
    Frame::new(visit, speech, title).of_some_agent(agent)
}

fn helps_page(frame: Frame<'_>) -> HelpsPage<'_> {
    let cases = Case::ALL.map(|case| (frame.say(&format!("help-{}-title", case.name())), frame.help_on(case)));
    HelpsPage { cases: cases.to_vec(), frame }
}

/// `own` has the words of the bank, where it has some.
fn help_page<'a>(
    frame: Frame<'a>,
    case: Case,
    own: impl Fn(&str, &[(&str, String)]) -> Option<String>,
) -> HelpPage<'a> {
    let with = |id: &str, args: &[(&str, String)]| own(id, args).unwrap_or_else(|| frame.speech.with(id, args));
    let call = |support: &Support| with("page-help-call", &[("support", support.phone.clone())]);
    HelpPage {
        text: with(&format!("page-help-{}-text", case.name()), &[]),
        place: with("page-help-where", &[]),
        take: with(&format!("page-help-{}-take", case.name()), &[]).lines().map(str::to_owned).collect(),
        call: frame.support.as_ref().map(call),
        frame,
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = vec![Box::new(helps_page(frame("help-title")))];
    for case in Case::ALL {
        for support in [Some(Support::sample()), None] {
            let mut frame = frame(&format!("help-{}-title", case.name()));
            frame.support = support;
            pages.push(Box::new(help_page(frame, case, |_, _| None)));
        }
    }
    pages
}
