//! The surrounding of a page: title, menu, switches, notes, who is signed in, where help is. And how a page becomes an answer.

use askama::Template as _;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::AgentId;

use super::files;
use super::visit::{ActsFor, THEMES, Visit};
use crate::portal::help::{self, Case};
use crate::words::{Language, Speech};

/// A page: the template of its own part, and the frame around it.
pub(crate) trait Page: askama::Template {
    fn frame(&self) -> &Frame<'_>;
}

/// What stands around the page's own part.
pub(crate) struct Frame<'a> {
    pub(crate) speech: Speech<'a>,
    pub(crate) title: String,
    theme: Option<&'static str>,
    form_token: String,
    here: String,
    demo: Option<u16>,
    pub(crate) menu: Vec<MenuItem>,
    /// Whom the client acts for.
    pub(crate) acts_for: Option<ActsFor>,
    /// Where the form goes that ends the sign-in.
    pub(crate) sign_out: Option<&'static str>,
    pub(crate) notes: Vec<Note>,
    /// The agent's support.
    pub(crate) support: Option<Support>,
    /// Whose client reads, where that is known.
    pub(super) agent: Option<AgentId>,
    /// The page needs the client's token: its script is loaded.
    pub(crate) token: bool,
}

/// The frame around a page's own part, `main` as it was rendered. One template for all pages: to extend it in each would compile it once a page.
#[derive(askama::Template)]
#[template(path = "frame.html")]
struct Whole<'w, 'f> {
    frame: &'w Frame<'f>,
    main: &'w str,
}

/// How support is reached, in the language of the reader.
pub(crate) struct Support {
    pub(crate) phone: String,
    pub(crate) hours: Option<String>,
}

impl Support {
    pub(crate) fn of(agent: &Agent, language: Language) -> Self {
        let domain::agent::Support { phone, hours } = &agent.support;
        let hours = hours.as_ref().map(|hours| language.of(hours).to_owned());
        Self { phone: language.of(phone).to_owned(), hours }
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self { phone: "+7 <1>".to_owned(), hours: Some("9 <18>".to_owned()) }
    }
}

/// One entry of the menu.
pub(crate) struct MenuItem {
    pub(crate) word: &'static str,
    pub(crate) address: &'static str,
}

/// How a note or a badge is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    Tell,
    Good,
    Warn,
    Bad,
    Idle,
}

impl Tone {
    pub(crate) const ALL: [Self; 5] = [Self::Tell, Self::Good, Self::Warn, Self::Bad, Self::Idle];

    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Tell => "tell",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Idle => "idle",
        }
    }
}

/// Something to know before reading on.
pub(crate) struct Note {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    /// Code or number for support.
    pub(crate) code: Option<String>,
    /// The page that says what helps.
    pub(crate) help: Option<String>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(visit: &Visit, speech: Speech<'a>, title: String) -> Self {
        Self {
            speech,
            title,
            theme: visit.theme,
            form_token: visit.form_token(),
            here: visit.here.clone(),
            demo: visit.demo,
            menu: Vec::new(),
            acts_for: visit.acts_for(),
            sign_out: None,
            notes: Vec::new(),
            support: None,
            agent: None,
            token: false,
        }
    }

    /// With a note above everything else.
    pub(crate) fn noted(mut self, tone: Tone, text: String) -> Self {
        self.notes.push(Note { tone, text, code: None, help: None });
        self
    }

    /// With what was refused: in words, and its code for whoever asks about it.
    pub(crate) fn refused(mut self, refusal: Refusal) -> Self {
        let text = self.speech.refusal(refusal);
        self.notes.push(Note { tone: Tone::Bad, text, code: Some(refusal.code().to_owned()), help: None });
        self
    }

    /// With what a page itself finds wrong, by the word for it.
    pub(crate) fn wrong(mut self, word: &str) -> Self {
        let text = self.speech.say(word);
        self.notes.push(Note { tone: Tone::Bad, text, code: Some(word.to_owned()), help: None });
        self
    }

    /// With the code of what is wrong in a field; the words stand beside the field.
    pub(crate) fn wrong_field(mut self, code: &str) -> Self {
        let text = self.speech.say("fault-input");
        self.notes.push(Note { tone: Tone::Bad, text, code: Some(code.to_owned()), help: None });
        self
    }

    /// For a client of this agent: its support at the foot, and the pages of help as it has them.
    pub(crate) fn of_agent(mut self, agent: &Agent) -> Self {
        self.support = Some(Support::of(agent, self.speech.language()));
        self.agent = Some(agent.id);
        self
    }

    /// The same where the agent may not be known.
    pub(crate) fn of_some_agent(self, agent: Option<&Agent>) -> Self {
        match agent {
            Some(agent) => self.of_agent(agent),
            None => self,
        }
    }

    /// With the script that speaks to the client's component.
    pub(crate) fn with_token(mut self) -> Self {
        self.token = true;
        self
    }

    /// What the component may answer that a person can do something about: its code, and the page about it where there is one.
    pub(crate) fn token_troubles(&self) -> [(&'static str, Option<String>); 13] {
        let help = |case: Case| Some(self.help_on(case));
        [
            ("pin-locked", help(Case::Pin)),
            ("pin-factory", None),
            ("key-missing", Some(self.help())),
            ("key-in-use", None),
            ("ms-key", help(Case::MsKey)),
            ("medium-other", None),
            ("medium-full", None),
            ("medium-gone", None),
            ("medium-missing", None),
            ("algorithm-unsupported", None),
            ("clock-wrong", None),
            ("busy", None),
            ("timed-out", None),
        ]
    }

    /// Where the pages of help begin.
    pub(crate) fn help(&self) -> String {
        help::address(self.agent)
    }

    /// The page about a case.
    pub(crate) fn help_on(&self, case: Case) -> String {
        case.address(self.agent)
    }

    pub(crate) fn say(&self, id: &str) -> String {
        self.speech.say(id)
    }

    pub(crate) fn theme(&self) -> Option<&'static str> {
        self.theme
    }

    /// In a demonstration: the port of its component.
    pub(crate) fn demo(&self) -> Option<u16> {
        self.demo
    }

    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    pub(crate) fn language(&self) -> &'static str {
        self.speech.language().name()
    }

    /// Every language with its address, and whether it is the one.
    pub(crate) fn languages(&self) -> Vec<(&'static str, String, bool)> {
        let each = |language: Language| {
            (language.name(), self.switched("lang", language.name()), language == self.speech.language())
        };
        Language::ALL.into_iter().rev().map(each).collect()
    }

    /// The other themes with their addresses: `system` is one.
    pub(crate) fn themes(&self) -> Vec<(&'static str, String, bool)> {
        let now = self.theme.unwrap_or(SYSTEM);
        let all = std::iter::once(SYSTEM).chain(THEMES);
        all.map(|theme| (theme, self.switched("theme", theme), theme == now)).collect()
    }

    fn switched(&self, field: &str, value: &str) -> String {
        let joint = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joint}{field}={value}", self.here)
    }

    fn around(&self, main: &str) -> askama::Result<String> {
        Whole { frame: self, main }.render()
    }

    /// Whether a menu entry is where the reader is.
    pub(crate) fn is_current(&self, item: &MenuItem) -> bool {
        let path = self.here.split('?').next().unwrap_or_default();
        path == item.address || path.strip_prefix(item.address).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The address of a file of ours, with the digest of its contents.
    pub(crate) fn file(&self, name: &str) -> String {
        files::address(name)
    }
}

const SYSTEM: &str = "system";

/// The page as an answer.
pub(crate) fn show(page: &impl Page) -> Response {
    show_as(StatusCode::OK, page)
}

/// The page as an answer with a status.
pub(crate) fn show_as(status: StatusCode, page: &impl Page) -> Response {
    answered(status, page.frame(), text_of(page))
}

/// The page with its frame around it.
pub(super) fn text_of(page: &impl Page) -> askama::Result<String> {
    page.frame().around(&page.render()?)
}

fn answered(status: StatusCode, frame: &Frame<'_>, text: askama::Result<String>) -> Response {
    let text = match text {
        Ok(text) => text,
        Err(error) => return crate::api::Problem::incident(false, &format!("a page: {error}")).into_response(),
    };
    let missed = frame.speech.missed();
    if !missed.is_empty() {
        tracing::error!(?missed, "a page lacks words");
    }
    let language = HeaderValue::from_static(frame.language());
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind), (CONTENT_LANGUAGE, language)], text).into_response()
}

/// After a form: look there.
pub(crate) fn see_other(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response(),
        Err(error) => crate::api::Problem::incident(false, &format!("an address: {error}")).into_response(),
    }
}
