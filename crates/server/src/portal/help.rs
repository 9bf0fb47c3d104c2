//! What cannot be done remotely: one page a case says what it means, where to go and what to bring. The words are the bank's, where
//! its procedure has them.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::Refusal;

use super::delivery::speech;
use crate::api::{Door, Problem};
use crate::pages::{Frame, Page, Visit, show};

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

    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Expired => "/help/expired",
            Self::Lost => "/help/lost",
            Self::Blocked => "/help/blocked",
            Self::Revoked => "/help/revoked",
            Self::Pin => "/help/pin",
            Self::Power => "/help/power",
            Self::MsKey => "/help/ms-key",
        }
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

#[derive(askama::Template)]
#[template(path = "portal/helps.html")]
struct HelpsPage<'a> {
    frame: Frame<'a>,
    cases: Vec<(String, &'static str)>,
}

#[derive(askama::Template)]
#[template(path = "portal/help.html")]
struct HelpPage<'a> {
    frame: Frame<'a>,
    text: String,
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

/// `?agentId=`
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default, rename = "agentId")]
    agent: Option<u32>,
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    show(&helps_page(frame(&door, &visit, &wanted, "help-title").0))
}

pub(crate) async fn case(
    State(door): State<Door>,
    visit: Visit,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let case = Case::ALL.into_iter().find(|case| case.name() == name).ok_or(Refusal::NotFound)?;
    let (frame, support) = frame(&door, &visit, &wanted, &format!("help-{name}-title"));
    Ok(show(&help_page(frame, case, support.as_deref())))
}

/// The frame with the words of the agent that was named, or of the only one; and how to reach its support.
fn frame<'a>(door: &'a Door, visit: &Visit, wanted: &Wanted, title: &str) -> (Frame<'a>, Option<String>) {
    let agent = match door.agents() {
        [only] => Some(only),
        all => all.iter().find(|agent| Some(agent.id.0) == wanted.agent),
    };
    let procedure = agent.and_then(|agent| agent.procedures.first()).map_or("", String::as_str);
    let speech = speech(door, visit, agent, procedure);
    let title = speech.say(title);
    let frame = Frame::new(visit, speech, title);
    let support = agent.map(|agent| agent.support.clone());
    (if let Some(text) = &support { frame.supported(text) } else { frame }, support)
}

fn helps_page(frame: Frame<'_>) -> HelpsPage<'_> {
    let cases = Case::ALL.map(|case| (frame.say(&format!("help-{}-title", case.name())), case.address()));
    HelpsPage { cases: cases.to_vec(), frame }
}

fn help_page<'a>(frame: Frame<'a>, case: Case, support: Option<&str>) -> HelpPage<'a> {
    let take = frame.say(&format!("page-help-{}-take", case.name()));
    HelpPage {
        text: frame.say(&format!("page-help-{}-text", case.name())),
        take: take.lines().map(str::to_owned).collect(),
        call: support.map(|support| frame.speech.say1("page-help-call", "support", support)),
        frame,
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = vec![Box::new(helps_page(frame("help-title")))];
    for case in Case::ALL {
        let page = |support| help_page(frame(&format!("help-{}-title", case.name())), case, support);
        pages.push(Box::new(page(Some("+7 <1>"))));
        pages.push(Box::new(page(None)));
    }
    pages
}
