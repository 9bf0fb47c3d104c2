//! What was typed into a form that was stopped before it was read: by a sign-in that ended, a page that went stale, a body that is too large, too many
//! tries. The page that says no gives the words back to copy, so that nobody writes them twice.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, Method};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::form;
use super::multipart;

/// Fields that are typed, in the order of the pages, with the word for each. A field that is not here is never shown: secrets are not, nor what was
/// chosen or put there by the page.
const FIELDS: [(&str, &str); 32] = [
    ("unz", "page-link-unz"),
    ("login", "desk-login"),
    ("surname", "page-apply-surname"),
    ("given_name", "page-apply-given-name"),
    ("patronymic", "page-apply-patronymic"),
    ("latin_person", "page-latin-person"),
    ("name", "page-feedback-name"),
    ("person", "desk-card-person"),
    ("nominative", "desk-admit-nominative"),
    ("genitive", "desk-admit-genitive"),
    ("instrumental", "desk-admit-instrumental"),
    ("position", "desk-admit-position"),
    ("basis", "desk-admit-basis"),
    ("apart", "desk-admit-apart"),
    ("organisation", "page-apply-organisation"),
    ("latin_organisation", "page-apply-organisation"),
    ("inn", "desk-field-inn"),
    ("city", "page-apply-city"),
    ("latin_city", "page-apply-city"),
    ("address", "page-apply-address"),
    ("branch", "desk-card-branch"),
    ("phone", "page-apply-phone"),
    ("email", "page-apply-email"),
    ("text", "messages-text"),
    ("words", "desk-step-words"),
    ("return-reason", "desk-return-reason"),
    ("refuse-reason", "desk-refuse-reason"),
    ("close-reason", "desk-inquiry-reason"),
    ("copies", "desk-paper-copies"),
    ("serials", "desk-cards-serials"),
    ("model", "desk-cards-model"),
    ("support_code", "workplace-code"),
];

/// Octets of a form that are kept until its answer is known: some ten times the longest text that a page takes.
pub(crate) const KEPT_OCTETS: usize = 64 * 1024;

/// What was typed, by the word for its field; and whether a file was chosen, which a page cannot give back.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Typed {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) has_files: bool,
}

/// The beginning of a form as it goes by on its way to a handler.
pub(crate) struct Kept {
    kind: String,
    passing: Arc<Mutex<Passing>>,
}

#[derive(Default)]
struct Passing {
    beginning: Vec<u8>,
    /// What the handler has left unread.
    rest: Option<Body>,
}

struct Watched {
    /// Gone when this is dropped and no sooner.
    body: Option<Body>,
    passing: Arc<Mutex<Passing>>,
}

impl Kept {
    /// Lets the form of one of our own pages go by. Nothing is kept of any other: what another site makes a browser send is not shown as a page of ours.
    pub(crate) fn of(request: Request, origin: &str) -> (Option<Self>, Request) {
        let headers = request.headers();
        // Who asks before sending is told no before it has sent anything.
        let is_form = request.method() == Method::POST && !headers.contains_key(EXPECT);
        // guard: typed-of-our-own-page
        if !is_form || !form::says_our_own_page(headers, origin) {
            return (None, request);
        }
        let kept = Self { kind: media_type(headers).to_owned(), passing: Arc::default() };
        let passing = kept.passing.clone();
        (Some(kept), request.map(|body| Body::new(Watched { body: Some(body), passing })))
    }

    /// What the handler has left unread. Whoever reads on reads for this as well.
    pub(crate) fn rest(&self) -> Option<Body> {
        let body = locked(&self.passing).rest.take()?;
        Some(Body::new(Watched { body: Some(body), passing: self.passing.clone() }))
    }

    /// What was typed, as far as it came.
    pub(crate) fn typed(&self) -> Typed {
        let passing = locked(&self.passing);
        let (mut fields, has_files) = match multipart::boundary(&self.kind) {
            Some(boundary) => multipart::beginning(&passing.beginning, &boundary),
            None => (form::beginning(&passing.beginning), false),
        };
        fields.values_mut().for_each(form::single_breaks);
        Typed::of(&fields, has_files)
    }
}

impl Typed {
    fn of(fields: &BTreeMap<String, String>, has_files: bool) -> Self {
        let typed = FIELDS.iter().filter_map(|(field, word)| {
            let text = fields.get(*field)?.trim();
            (!text.is_empty()).then(|| (*word, text.to_owned()))
        });
        Self { fields: typed.collect(), has_files }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn locked(passing: &Mutex<Passing>) -> std::sync::MutexGuard<'_, Passing> {
    passing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(octets) = frame.data_ref()
        {
            let mut passing = locked(&self.passing);
            let room = KEPT_OCTETS.saturating_sub(passing.beginning.len());
            passing.beginning.extend_from_slice(&octets[..octets.len().min(room)]);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        locked(&self.passing).rest = self.body.take().filter(|body| !body.is_end_stream());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const OURS: &str = "https://bank.example";

    fn form(kind: &str, origin: &str, body: &str) -> Request {
        let request = Request::post("/feedback").header("content-type", kind).header("origin", origin);
        request.body(Body::from(body.to_owned())).unwrap()
    }

    /// What is given back of a form that its handler reads, or drops unread and somebody else reads to its end.
    async fn given_back(kind: &str, origin: &str, body: &str, is_read: bool) -> Option<Typed> {
        let (kept, request) = Kept::of(form(kind, origin, body), OURS);
        let read = |body| axum::body::to_bytes(body, usize::MAX);
        if is_read {
            assert_eq!(read(request.into_body()).await.unwrap(), body);
        } else {
            drop(request);
        }
        let kept = kept?;
        if let Some(rest) = kept.rest() {
            assert!(!is_read || body.is_empty(), "nothing was left");
            read(rest).await.unwrap();
        }
        Some(kept.typed())
    }

    #[tokio::test]
    async fn what_is_typed_comes_back_whoever_reads_it_and_secrets_never() {
        let typed = |fields: &[(&'static str, &str)], has_files| Typed {
            fields: fields.iter().map(|(word, text)| (*word, (*text).to_owned())).collect(),
            has_files,
        };
        let plain = "application/x-www-form-urlencoded";
        let files = "multipart/form-data; boundary=b";
        let with_file = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n one\r\n two\r\n--b\r\n\
            Content-Disposition: form-data; name=\"scan\"; filename=\"a.pdf\"\r\n\r\n";
        let large = format!("{with_file}{}", "x".repeat(2 * KEPT_OCTETS));
        let endless = format!("text={}%D0", "%D1%8F".repeat(KEPT_OCTETS));
        let letters = (KEPT_OCTETS - "text=".len()) / "%D1%8F".len();
        for is_read in [true, false] {
            for (kind, body, wanted) in [
                (
                    plain,
                    "password=p&code=1&cms=MAA%3D&form=0&text=a%0D%0Ab&unz=+1",
                    typed(&[("page-link-unz", "1"), ("messages-text", "a\nb")], false),
                ),
                (plain, "text=&password=p", typed(&[], false)),
                (plain, "", typed(&[], false)),
                (plain, &endless, typed(&[("messages-text", &"я".repeat(letters))], false)),
                (files, with_file, typed(&[("messages-text", "one\n two")], true)),
                (files, &large, typed(&[("messages-text", "one\n two")], true)),
                (files, "--b\r\nContent-Disposition: form-data; name=\"te", typed(&[], false)),
            ] {
                assert_eq!(given_back(kind, OURS, body, is_read).await, Some(wanted), "{body:.60}");
                assert_eq!(given_back(kind, "https://other.example", body, is_read).await, None, "of another site");
            }
        }
    }

    #[tokio::test]
    async fn a_form_whose_sender_names_no_page_is_not_kept() {
        let (kept, _) = Kept::of(Request::post("/feedback").body(Body::from("text=a")).unwrap(), OURS);
        assert!(kept.is_none());
        let (kept, _) = Kept::of(Request::get("/feedback").header("origin", OURS).body(Body::empty()).unwrap(), OURS);
        assert!(kept.is_none());
    }
}
