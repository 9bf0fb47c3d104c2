//! Answers that are not what was asked for: `application/problem+json` (RFC 9457) with a stable code, or a page where a person
//! opened the address. The words are those of the procedure it is about, else the house's, in the reader's language.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::{AgentId, RequestId};
use domain::refusal::Blame;
use ra::{Failure, Refused};

use crate::pages::{No, Surroundings};
use crate::words::{House, Language, ProcedureWords};

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// The world said no.
    Refused {
        refused: Refused,
        /// After how many seconds another try makes sense.
        retry_seconds: Option<u64>,
        /// Whose it is, where the client is not signed in.
        of: Option<Of>,
    },
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// Every place is taken.
    Busy,
    /// It took too long.
    Timeout,
    /// A paper cannot be made of what is on record, or by the layout; its code. Logged.
    Paper(&'static str),
    /// Ours or the machine's fault; logged under this number.
    Incident { number: String, unavailable: bool },
}

/// What a mailed link that was refused belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of {
    pub(crate) agent: AgentId,
    /// Told to whoever had the link open before, and may see the request signed in.
    pub(crate) request: Option<RequestId>,
}

/// Who reads the answer.
pub(crate) struct Reader<'a> {
    pub(crate) language: Language,
    pub(crate) audience: Audience<'a>,
    /// The words of each procedure that has some.
    pub(crate) words: &'a BTreeMap<String, ProcedureWords>,
    pub(crate) agents: &'a [Agent],
}

/// What kind of reader.
#[derive(Clone, Copy)]
pub(crate) enum Audience<'a> {
    /// Acts on the code.
    Program,
    /// Sees the answer in a browser.
    Person(&'a Surroundings),
}

impl Problem {
    /// A refusal that concerns a request of this procedure.
    pub(crate) fn about(refusal: Refusal, procedure: &str) -> Self {
        let refused = Refused { refusal, detail: None, procedure: Some(procedure.to_owned()) };
        Self::Refused { refused, retry_seconds: None, of: None }
    }

    /// A refusal with technical detail in English.
    pub(crate) fn because(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self::Refused {
            refused: Refused { refusal, detail: Some(detail.into()), procedure: None },
            retry_seconds: None,
            of: None,
        }
    }

    /// A refusal that passes by itself.
    pub(crate) fn later(refusal: Refusal, seconds: u64) -> Self {
        Self::Refused { refused: refusal.into(), retry_seconds: Some(seconds), of: None }
    }

    /// The refusal of what belongs to somebody.
    pub(crate) fn of(self, whose: Of) -> Self {
        match self {
            Self::Refused { refused, retry_seconds, of: _ } => {
                Self::Refused { refused, retry_seconds, of: Some(whose) }
            }
            other => other,
        }
    }

    /// Logs a failure, once, under a number that the reader can name to support.
    pub(crate) fn incident(unavailable: bool, error: &str) -> Self {
        let number = hex::encode(crate::clock::random::<4>());
        tracing::error!(incident = number, error, "incident");
        Self::Incident { number, unavailable }
    }

    /// Logs why a paper cannot be made, once; a field and a code point are not somebody's data.
    pub(crate) fn paper(error: &documents::PaperError) -> Self {
        tracing::error!(code = error.code(), %error, "a paper cannot be made");
        Self::Paper(error.code())
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused { refused, .. } => match refused.refusal.blame() {
                Blame::Input => StatusCode::BAD_REQUEST,
                Blame::Identity => StatusCode::UNAUTHORIZED,
                Blame::Permission => StatusCode::FORBIDDEN,
                Blame::Absent => StatusCode::NOT_FOUND,
                Blame::Stage => StatusCode::CONFLICT,
                Blame::Gone => StatusCode::GONE,
                Blame::Limit if refused.refusal == Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Blame::Limit => StatusCode::TOO_MANY_REQUESTS,
            },
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy | Self::Timeout | Self::Incident { unavailable: true, .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Paper(_) | Self::Incident { unavailable: false, .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code: a refusal's own, or the word of what else went wrong.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Refused { refused, .. } => refused.refusal.code(),
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::Paper(code) => code,
            Self::Incident { unavailable: true, .. } => "unavailable",
            Self::Incident { unavailable: false, .. } => "internal",
        }
    }

    fn title(&self, language: Language, words: &BTreeMap<String, ProcedureWords>) -> String {
        match self {
            Self::Refused { refused, .. } => {
                let of_procedure = refused.procedure.as_ref().and_then(|name| words.get(name));
                of_procedure
                    .and_then(|words| words.refusal(language, refused.refusal))
                    .unwrap_or_else(|| House::get().refusal(language, refused.refusal))
            }
            _ => House::get().text(language, &format!("problem-{}", self.code()), &[]),
        }
    }

    /// The whole answer.
    fn answer(&self, reader: &Reader<'_>) -> Response {
        let mut response = match reader.audience {
            Audience::Program => self.document(reader),
            Audience::Person(surroundings) => self.page(reader, surroundings),
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(reader.language.name()));
        match self {
            Self::Refused { retry_seconds: Some(seconds), .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Self::Busy | Self::Timeout | Self::Incident { unavailable: true, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn page(&self, reader: &Reader<'_>, surroundings: &Surroundings) -> Response {
        let (refusal, procedure, of) = match self {
            Self::Refused { refused, of, .. } => (Some(refused.refusal), refused.procedure.as_ref(), *of),
            _ => (None, None, None),
        };
        let incident = match self {
            Self::Incident { number, .. } => Some(number.as_str()),
            _ => None,
        };
        let words = procedure.and_then(|name| reader.words.get(name));
        let agent = of.map(|of| of.agent).or(surroundings.agent);
        surroundings.page(No {
            status: self.status(),
            code: self.code(),
            refusal,
            title: self.title(reader.language, reader.words),
            incident,
            words,
            agent: reader.agents.iter().find(|known| Some(known.id) == agent),
            request: of.and_then(|of| of.request),
        })
    }

    /// The title in the reader's language, and in both.
    fn document(&self, reader: &Reader<'_>) -> Response {
        let kind = match self {
            Self::Refused { .. } => "refusal",
            _ => "problem",
        };
        let code = self.code();
        let title = |language| self.title(language, reader.words);
        let mut body = serde_json::json!({
            "type": format!("urn:surguch:{kind}:{code}"),
            "status": self.status().as_u16(),
            "code": code,
            "title": title(reader.language),
            "titles": { "ru": title(Language::Ru), "en": title(Language::En) },
        });
        match self {
            Self::Refused { refused: Refused { detail: Some(detail), .. }, .. } => {
                body["detail"] = detail.as_str().into()
            }
            Self::Incident { number, .. } => body["incident"] = number.as_str().into(),
            _ => {}
        }
        (self.status(), [(CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refused: refusal.into(), retry_seconds: None, of: None }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => Self::Refused { refused, retry_seconds: None, of: None },
            // Tries ran out against somebody faster: the one who asks may try again.
            Failure::Broken(ra::Error::Conflict(_)) => Refusal::ChangedMeanwhile.into(),
            Failure::Broken(error) => Self::incident(matches!(error, ra::Error::Unavailable(_)), &error.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    /// Only a placeholder: the language is known to [`super::front::watch`], which puts the real answer in its place.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The real answer of a response: that of its problem, or of the status that axum itself gave; and the code for the log.
pub(crate) fn answer_of(response: Response, reader: &Reader<'_>) -> (Response, Option<&'static str>) {
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // A page that says no in its own words, with what was typed.
        None if is_page(&response) => return (response, None),
        None => match response.status() {
            // axum's own refusals: a path or query that does not parse.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Refusal::BodyMalformed.into()
            }
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::BodyTooLarge.into(),
            StatusCode::INTERNAL_SERVER_ERROR => Problem::incident(false, "a handler could not answer"),
            _ => return (response, None),
        },
    };
    (problem.answer(reader), Some(problem.code()))
}

/// Whether it is a problem that a page is still to be made of.
pub(super) fn says_no(response: &Response) -> bool {
    !response.status().is_success() && !response.status().is_redirection() && !is_page(response)
}

/// Whether the body is a page already.
pub(super) fn is_page(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn program(language: Language, words: &BTreeMap<String, ProcedureWords>) -> Reader<'_> {
        Reader { language, audience: Audience::Program, words, agents: &[] }
    }

    #[test]
    fn every_refusal_becomes_a_problem_with_its_code_and_a_status_of_its_blame() {
        let mut statuses = std::collections::BTreeSet::new();
        let words = BTreeMap::new();
        for refusal in Refusal::ALL {
            let (response, code) = answer_of(Problem::from(*refusal).into_response(), &program(Language::En, &words));
            assert_eq!(code, Some(refusal.code()));
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            assert!(response.status().is_client_error());
            statuses.insert(response.status().as_u16());
        }
        assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [400, 401, 403, 404, 409, 410, 413, 429]);
    }

    #[test]
    fn everything_else_has_words_too() {
        let others = [
            Problem::MethodNotAllowed,
            Problem::Busy,
            Problem::Timeout,
            Problem::Paper("paper-empty"),
            Problem::Paper("paper-character"),
            Problem::Paper("paper-too-long"),
            Problem::Paper("paper-text"),
            Problem::Paper("paper-template"),
            Problem::Paper("paper-layout"),
            Problem::Incident { number: "0".into(), unavailable: true },
            Problem::Incident { number: "0".into(), unavailable: false },
        ];
        for problem in others {
            for language in Language::ALL {
                assert!(problem.title(language, &BTreeMap::new()).contains(' '), "{}", problem.code());
            }
        }
    }

    #[test]
    fn detail_and_retry_are_passed_on() {
        let words = BTreeMap::new();
        let response = Problem::later(Refusal::TooManyTries, 7).answer(&program(Language::Ru, &words));
        assert_eq!(response.headers()[RETRY_AFTER], "7");
        assert_eq!(response.headers()[CONTENT_LANGUAGE], "ru");
        let response = Problem::from(Refusal::SignInRequired).answer(&program(Language::En, &words));
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        assert_eq!(Problem::because(Refusal::BodyMalformed, "x").status().as_u16(), 400);
    }

    #[test]
    fn the_words_of_the_procedure_come_first_in_each_language() {
        let own = ProcedureWords::parse("x", "refusal-too-early = Рано.\n", "other = Other\n").unwrap();
        let words = BTreeMap::from([("own".to_owned(), own)]);
        let title = |problem: Problem, language| problem.title(language, &words);
        let house = |language| House::get().refusal(language, Refusal::TooEarly);
        assert_eq!(title(Problem::about(Refusal::TooEarly, "own"), Language::Ru), "Рано.");
        assert_eq!(title(Problem::about(Refusal::TooEarly, "own"), Language::En), house(Language::En));
        assert_eq!(title(Problem::about(Refusal::TooEarly, "other"), Language::Ru), house(Language::Ru));
        assert_eq!(title(Problem::from(Refusal::TooEarly), Language::Ru), house(Language::Ru));
    }

    #[test]
    fn a_person_gets_words_and_no_document() {
        let words = BTreeMap::new();
        let visit = crate::pages::Visit::of(&Default::default(), &axum::http::Uri::from_static("/"), "http://x");
        let surroundings = Surroundings { visit, agent: None, back: None, typed: Default::default() };
        let audience = Audience::Person(&surroundings);
        let reader = Reader { language: Language::En, audience, words: &words, agents: &[] };
        let response = Problem::later(Refusal::TooManyTries, 7).answer(&reader);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!((response.status().as_u16(), &response.headers()[RETRY_AFTER]), (429, &HeaderValue::from(7)));
    }
}
