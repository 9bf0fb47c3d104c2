//! Bodies, parsed at the door: JSON without unknown fields, DER or PEM, all within one limit.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use domain::Refusal;
use serde::de::DeserializeOwned;

use super::door::Door;
use super::problem::Problem;
use crate::pages::KEPT_OCTETS;

/// The body as it came.
pub(crate) struct Octets(pub(crate) Vec<u8>);

/// A JSON body. `T` refuses unknown fields.
pub(super) struct Json<T>(pub(super) T);

/// A JSON body with a file in it, which a form could have brought as well.
pub(super) struct JsonWithFile<T>(pub(super) T);

/// A JSON body that may be missing altogether.
pub(super) struct OptionalJson<T>(pub(super) T);

impl FromRequest<Door> for Octets {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        Self::at_most(door.limits().body_bytes, request, door).await
    }
}

impl Octets {
    /// The body, if it has at most `limit` octets. Of a larger one no more than that and a piece is ever held in memory.
    pub(crate) async fn at_most(limit: usize, request: Request, door: &Door) -> Result<Self, Problem> {
        let announced =
            request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        // Who asks before sending (RFC 9110, 10.1.1) reads the answer now.
        let is_sent_unasked = !request.headers().contains_key(EXPECT);
        let mut body = request.into_body();
        let mut octets = Vec::new();
        let mut fits = announced.is_none_or(|length| length <= limit);
        while fits && let Some(piece) = piece(&mut body).await? {
            octets.extend_from_slice(&piece);
            fits = octets.len() <= limit;
        }
        if fits {
            return Ok(Self(octets));
        }
        drop(octets);
        if is_sent_unasked && announced.is_none_or(|length| length <= limit.saturating_add(REST_BYTES)) {
            throw_away(door, body, REST_BYTES).await;
        }
        Err(too_large(limit))
    }
}

/// Takes a form off the wire that was refused unread. Of one that is announced as larger than is ever read, its beginning, where the words stand.
pub(super) async fn take_off(door: &Door, body: Body) {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let most = if announced <= REST_BYTES { REST_BYTES } else { KEPT_OCTETS };
    throw_away(door, body, most).await;
}

/// A browser shows an answer only once it has sent everything, and a broken connection otherwise. So what is left of a body that is refused is
/// read and thrown away, piece by piece: this much at most, and for no longer than the head of a request may take (`limits.head_seconds`). The
/// place among the requests at work is held meanwhile, and `limits.request_seconds` goes on counting: sending slowly buys nobody more than a small
/// body sent slowly does. What is announced as larger still is not read at all.
const REST_BYTES: usize = 16 * 1024 * 1024;

/// Reads on to the end of a body that is refused, its breaking, or the bounds; a body that is too long or too slow is left, and the connection
/// ends behind the answer.
pub(super) async fn throw_away(door: &Door, mut body: Body, most: usize) {
    let patience = Duration::from_secs(door.limits().head_seconds);
    let reading = async {
        let mut left = most;
        while let Ok(Some(piece)) = piece(&mut body).await {
            let Some(still) = left.checked_sub(piece.len()) else { return };
            left = still;
        }
    };
    // Whether it came to its end or was left makes no difference to the answer.
    let _ = tokio::time::timeout(patience, reading).await;
}

/// The next octets of a body, none at its end; trailers have none.
async fn piece(body: &mut Body) -> Result<Option<axum::body::Bytes>, Problem> {
    let mut body = pin!(body);
    match poll_fn(|context| body.as_mut().poll_frame(context)).await {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        // The connection is gone, or the body does not hold to its own framing.
        Some(Err(error)) => Err(Problem::because(Refusal::BodyMalformed, error.to_string())),
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::because(Refusal::BodyTooLarge, format!("the limit is {limit} octets"))
}

impl<T: DeserializeOwned> FromRequest<Door> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Octets(octets) = Octets::from_request(request, door).await?;
        parse(&octets).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Door> for JsonWithFile<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Octets(octets) = Octets::at_most(door.limits().upload_bytes, request, door).await?;
        parse(&octets).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Door> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Octets(octets) = Octets::from_request(request, door).await?;
        if octets.is_empty() { Ok(Self(T::default())) } else { parse(&octets).map(Self) }
    }
}

pub(super) fn parse<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Problem> {
    // serde takes a list for an object with these fields in this order.
    if octets.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::because(Refusal::BodyMalformed, "an object is wanted, not a list"));
    }
    serde_json::from_slice(octets).map_err(|error| Problem::because(Refusal::BodyMalformed, error.to_string()))
}

/// No fields at all.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// What a request or a signature may be called between BEGIN and END.
pub(crate) struct Labels(&'static [&'static str], Refusal);

/// PKCS#10 (RFC 7468 section 7).
pub(crate) const PKCS10: Labels = Labels(&["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"], Refusal::CsrMalformed);
/// CMS (RFC 7468 sections 8 and 9).
pub(crate) const CMS: Labels = Labels(&["CMS", "PKCS7"], Refusal::CmsMalformed);

/// DER as it is, or out of the one PEM block.
pub(crate) fn der(octets: Vec<u8>, labels: &Labels) -> Result<Vec<u8>, Problem> {
    let refuse = |detail: String| Problem::because(labels.1, detail);
    if octets.first() == Some(&0x30) {
        return Ok(octets);
    }
    let text = std::str::from_utf8(&octets).map_err(|_| refuse("neither DER nor PEM".to_owned()))?;
    let blocks = crypto::pem_decode(text).map_err(|error| refuse(error.to_string()))?;
    match <[_; 1]>::try_from(blocks) {
        Ok([(label, der)]) if labels.0.contains(&label.as_str()) => Ok(der),
        Ok([(label, _)]) => Err(refuse(format!("a PEM block {label:?} where {:?} is wanted", labels.0[0]))),
        Err(blocks) => Err(refuse(format!("{} PEM blocks where one is wanted", blocks.len()))),
    }
}

/// DER out of the one PEM block, or the body as it is: what is neither, the verb refuses itself, so that the attempt is in the
/// journal and the words are the procedure's.
pub(super) fn der_or_as_it_is(octets: Vec<u8>, labels: &Labels) -> Vec<u8> {
    der(octets.clone(), labels).unwrap_or(octets)
}

/// A signature inside JSON: PEM, or base64 of the DER.
pub(crate) fn der_in_text(text: &str, labels: &Labels) -> Result<Vec<u8>, Problem> {
    if text.trim_start().starts_with("-----BEGIN") {
        return der(text.as_bytes().to_vec(), labels);
    }
    base64(text).ok_or_else(|| Problem::because(labels.1, "neither PEM nor base64"))
}

/// Octets inside JSON, lines or none.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let dense: String = text.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(dense).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(answer: Result<Vec<u8>, Problem>) -> &'static str {
        answer.err().map_or("taken", |problem| problem.code())
    }

    #[test]
    fn der_and_pem_are_taken_and_nothing_else() {
        let check = |octets: &[u8], labels: &Labels, wanted| assert_eq!(code(der(octets.to_vec(), labels)), wanted);
        check(&[0x30, 0], &CMS, "taken");
        check(b"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n", &CMS, "taken");
        check(b"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", &CMS, "taken");
        check(b"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n", &PKCS10, "csr-malformed");
        check(b"", &PKCS10, "csr-malformed");
        check(b"hello", &CMS, "cms-malformed");
        check(&[0xff, 0xfe], &CMS, "cms-malformed");
        assert_eq!(der_or_as_it_is(b"hello".to_vec(), &CMS), b"hello");
        assert_eq!(der_or_as_it_is(b"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n".to_vec(), &CMS), [0x30, 0]);
        assert_eq!(code(der_in_text("MAA=", &CMS)), "taken");
        assert_eq!(code(der_in_text("MA\nA=\n", &CMS)), "taken");
        assert_eq!(code(der_in_text("?", &CMS)), "cms-malformed");
    }
}
