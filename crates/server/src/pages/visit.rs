//! Who looks: language, theme, the cookies. A visit is a random number in a cookie; from it follows the token that every form
//! carries, so that no other site can fill a form in somebody's name.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderMap};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use domain::agent::Agent;
use domain::ids::AgentId;

use crate::api::Door;
use crate::words::Language;

/// What is known of the one who asks before anything is looked up.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) language: Language,
    /// `light` or `dark`; none follows the system.
    pub(crate) theme: Option<&'static str>,
    /// Random, in a cookie of its own.
    visitor: String,
    /// The subscriber's sign-in.
    client: Option<String>,
    /// The staff member's sign-in.
    staff: Option<String>,
    /// Secret of a request that was begun at the public door.
    applicant: Option<String>,
    /// What was typed there.
    draft: Option<String>,
    /// Path and query of the page, without the switches.
    pub(crate) here: String,
    /// The agent that the address names, known here or not.
    agent: Option<AgentId>,
    /// Whether the origin is one that browsers keep to TLS.
    secure: bool,
    /// Found out with the sign-in, and told to every copy of this visit: whose affairs the pages show.
    acts_for: Arc<OnceLock<ActsFor>>,
    /// In a demonstration: the port of the component that it runs.
    pub(super) demo: Option<u16>,
}

/// The organisation that a client acts for.
#[derive(Clone)]
pub(crate) struct ActsFor {
    pub(crate) name: String,
    /// Whether there are others to choose from.
    pub(crate) several: bool,
}

/// The cookies of the house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cookie {
    /// Random number of a visit.
    Visitor,
    /// Token of a subscriber's sign-in.
    Client,
    /// Token of a staff member's sign-in.
    Staff,
    /// Secret of a request that was begun at the public door.
    Applicant,
    /// What was typed at the public door: the visitor's own words, for nobody else.
    Draft,
    /// `ru` or `en`.
    Language,
    /// `light` or `dark`.
    Theme,
}

/// The two themes; anything else follows the system.
pub(crate) const THEMES: [&str; 2] = ["light", "dark"];
/// Query fields that switch.
pub(super) const SWITCHES: [&str; 2] = ["lang", "theme"];
/// Octets of a visitor's number and of a sign-in token, in hexadecimal digits.
const TOKEN_DIGITS: usize = 64;
/// Sixty days, in seconds: as long as a request and the link after it may live.
const APPLICANT_SECONDS: u32 = 5_184_000;
/// A week, in seconds: how long what was typed is kept.
const DRAFT_SECONDS: u32 = 604_800;
/// A year, in seconds: how long a choice of language or theme is remembered.
const CHOICE_SECONDS: u32 = 31_536_000;

impl Cookie {
    /// Its name. With TLS no other host and no plain connection can set it (RFC 6265bis section 4.1.3.2).
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Visitor, true) => "__Host-surguch-visit",
            (Self::Visitor, false) => "surguch-visit",
            (Self::Client, true) => "__Host-surguch-client",
            (Self::Client, false) => "surguch-client",
            (Self::Staff, true) => "__Host-surguch-staff",
            (Self::Staff, false) => "surguch-staff",
            (Self::Applicant, true) => "__Host-surguch-applicant",
            (Self::Applicant, false) => "surguch-applicant",
            (Self::Draft, true) => "__Host-surguch-draft",
            (Self::Draft, false) => "surguch-draft",
            (Self::Language, _) => "surguch-language",
            (Self::Theme, _) => "surguch-theme",
        }
    }

    /// The header that sets it; an empty value removes it.
    pub(crate) fn set(self, value: &str, secure: bool) -> HeaderValue {
        let life = match self {
            _ if value.is_empty() => "; Max-Age=0".to_owned(),
            Self::Language | Self::Theme => format!("; Max-Age={CHOICE_SECONDS}"),
            Self::Applicant => format!("; Max-Age={APPLICANT_SECONDS}"),
            Self::Draft => format!("; Max-Age={DRAFT_SECONDS}"),
            // Ends with the browser; the server's own end comes first.
            Self::Visitor | Self::Client | Self::Staff => String::new(),
        };
        // Lax: whoever follows a mailed link from a web mail program is still signed in; a form of another site is not.
        let only_tls = if secure { "; Secure" } else { "" };
        // guard: cookies-out-of-reach-of-scripts
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{only_tls}{life}", self.name(secure));
        HeaderValue::try_from(text).expect("tokens are hexadecimal, drafts base64url, choices words of a list")
    }
}

impl Visit {
    /// Reads the headers. A visitor without a number gets one; the caller sets the cookie.
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, origin: &str) -> Self {
        let secure = origin.starts_with("https://");
        let cookie = |wanted: Cookie| read(headers, wanted.name(secure));
        let token = |wanted| cookie(wanted).filter(|text| is_token(text));
        let asked = |field: &str| query_field(uri, field);
        let accept = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = asked("lang")
            .or_else(|| cookie(Cookie::Language))
            .and_then(|name| Language::from_name(&name))
            .unwrap_or_else(|| Language::from_accept(accept));
        let theme = asked("theme").or_else(|| cookie(Cookie::Theme));
        Self {
            language,
            theme: THEMES.into_iter().find(|name| theme.as_deref() == Some(name)),
            visitor: token(Cookie::Visitor).unwrap_or_else(|| hex::encode(crate::clock::random::<32>())),
            client: token(Cookie::Client),
            staff: token(Cookie::Staff),
            applicant: token(Cookie::Applicant),
            draft: cookie(Cookie::Draft),
            here: without_switches(uri),
            agent: asked("agentId").and_then(|number| number.parse().ok()).map(AgentId),
            secure,
            acts_for: Arc::default(),
            demo: None,
        }
    }

    /// Reads the headers of a request that came through this door.
    pub(crate) fn through(door: &Door, headers: &HeaderMap, uri: &Uri) -> Self {
        let demo = door.demo().map(|stage| stage.component_port);
        Self { demo, ..Self::of(headers, uri, door.origin()) }
    }

    /// The token of forms on pages of this visit. It changes with every sign-in and sign-out.
    pub(crate) fn form_token(&self) -> String {
        let session = |token: &Option<String>| token.clone().unwrap_or_default();
        // guard: form-token-of-the-sign-in
        let text = format!("surguch form\n{}\n{}\n{}", self.visitor, session(&self.client), session(&self.staff));
        hex::encode(crypto::sha256(text.as_bytes()))
    }

    /// The subscriber's sign-in token, not yet looked up.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The agent that the address names, or the only one there is.
    pub(crate) fn agent_of<'a>(&self, agents: &'a [Agent]) -> Option<&'a Agent> {
        match agents {
            [only] => Some(only),
            all => all.iter().find(|agent| Some(agent.id) == self.agent),
        }
    }

    /// Tells whom the client acts for; the first word counts.
    pub(crate) fn found(&self, acts_for: ActsFor) {
        self.acts_for.get_or_init(|| acts_for);
    }

    /// Whom the client acts for, once that is looked up.
    pub(super) fn acts_for(&self) -> Option<ActsFor> {
        self.acts_for.get().cloned()
    }

    /// The staff member's sign-in token, not yet looked up.
    pub(crate) fn staff(&self) -> Option<&str> {
        self.staff.as_deref()
    }

    /// The secret of a request that was begun at the public door, not yet looked up.
    pub(crate) fn applicant(&self) -> Option<&str> {
        self.applicant.as_deref()
    }

    /// What was typed at the public door, as its page wrote it down.
    pub(crate) fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    /// The header that sets a cookie for this visit.
    pub(crate) fn cookie(&self, cookie: Cookie, value: &str) -> HeaderValue {
        cookie.set(value, self.secure)
    }

    /// Headers that a page of this visit must carry: a new number, choices just made.
    pub(super) fn cookies(&self, headers: &HeaderMap, uri: &Uri) -> Vec<HeaderValue> {
        let mut set = Vec::new();
        if read(headers, Cookie::Visitor.name(self.secure)).as_deref() != Some(&self.visitor) {
            set.push(self.cookie(Cookie::Visitor, &self.visitor));
        }
        if query_field(uri, "lang").is_some() {
            set.push(self.cookie(Cookie::Language, self.language.name()));
        }
        if query_field(uri, "theme").is_some() {
            set.push(self.cookie(Cookie::Theme, self.theme.unwrap_or_default()));
        }
        set
    }

    #[cfg(test)]
    pub(super) fn sample(language: Language) -> Self {
        let headers = HeaderMap::new();
        let mut visit = Self::of(&headers, &Uri::from_static("/sample?a=1"), "http://127.0.0.1:8787");
        visit.language = language;
        visit
    }
}

impl FromRequestParts<Door> for Visit {
    type Rejection = Infallible;

    /// The one that the front has put there, so that a number that was just made is the same everywhere.
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Infallible> {
        let made = parts.extensions.get::<Self>().cloned();
        Ok(made.unwrap_or_else(|| Self::through(door, &parts.headers, &parts.uri)))
    }
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_DIGITS && text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
}

fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

fn query_field(uri: &Uri, wanted: &str) -> Option<String> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    found.next()
}

fn without_switches(uri: &Uri) -> String {
    let fields = uri.query().unwrap_or_default().split('&').filter(|pair| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        !pair.is_empty() && !SWITCHES.contains(&name)
    });
    let query = fields.collect::<Vec<_>>().join("&");
    if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn visit(cookies: &'static str, address: &'static str) -> Visit {
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))]);
        Visit::of(&headers, &Uri::from_static(address), "http://127.0.0.1:8787")
    }

    #[test]
    fn an_address_says_more_than_a_cookie_and_a_cookie_more_than_the_browser() {
        assert_eq!(visit("", "/").language, Language::Ru);
        assert_eq!(visit("surguch-language=en", "/").language, Language::En);
        assert_eq!(visit("surguch-language=en", "/?lang=ru").language, Language::Ru);
        assert_eq!(visit("surguch-theme=dark", "/").theme, Some("dark"));
        assert_eq!(visit("surguch-theme=dark", "/?theme=system").theme, None);
        assert_eq!(visit("", "/ca/certificate?code=1&lang=en&x=%D0%B0").here, "/ca/certificate?code=1&x=%D0%B0");
    }

    #[test]
    fn the_token_of_a_form_follows_the_visit_and_the_sign_in() {
        let number = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let cookies = |more: &str| -> &'static str { format!("surguch-visit={number}{more}").leak() };
        let plain = visit(cookies(""), "/").form_token();
        assert_eq!(plain, visit(cookies("; other=1"), "/").form_token());
        assert_ne!(plain, visit(cookies(&format!("; surguch-client={number}")), "/").form_token());
        assert_ne!(plain, visit(cookies(&format!("; surguch-staff={number}")), "/").form_token());
        assert_ne!(plain, visit("", "/").form_token(), "another visitor");
        assert_ne!(visit("surguch-visit=short", "/").form_token(), visit("surguch-visit=short", "/").form_token());
    }

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_of_other_sites() {
        for cookie in [
            Cookie::Visitor,
            Cookie::Client,
            Cookie::Staff,
            Cookie::Applicant,
            Cookie::Draft,
            Cookie::Language,
            Cookie::Theme,
        ] {
            let text = cookie.set("00", true).to_str().unwrap().to_owned();
            assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.contains("; Secure"), "{text}");
        }
        assert!(Cookie::Client.set("00", true).to_str().unwrap().starts_with("__Host-"));
        assert!(!Cookie::Client.set("00", false).to_str().unwrap().contains("Secure"));
        assert!(Cookie::Client.set("", false).to_str().unwrap().contains("Max-Age=0"));
    }
}
