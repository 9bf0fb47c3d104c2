//! The files that pages load: style, mark, own scripts. Compiled in; an address carries the digest of the contents, so a browser
//! keeps a file until it changes.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;

use crate::api::Problem;

struct File {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Everything that is served.
const FILES: &[File] = &[
    File { name: "app.css", kind: CSS, text: include_str!("../../static/app.css") },
    File { name: "seal.svg", kind: SVG, text: include_str!("../../static/seal.svg") },
    File { name: "apply.js", kind: SCRIPT, text: include_str!("../../static/apply.js") },
    File { name: "component.js", kind: SCRIPT, text: include_str!("../../../component/js/component.js") },
    File { name: "demo.js", kind: SCRIPT, text: include_str!("../../static/demo.js") },
    File { name: "token.js", kind: SCRIPT, text: include_str!("../../static/token.js") },
];

/// The style sheet, for its own tests.
#[cfg(test)]
pub(super) fn style() -> &'static str {
    FILES[0].text
}

fn tag(name: &str) -> Option<&'static str> {
    static TAGS: OnceLock<Vec<String>> = OnceLock::new();
    let tags = TAGS.get_or_init(|| {
        FILES.iter().map(|file| hex::encode(&crypto::sha256(file.text.as_bytes())[..TAG_OCTETS])).collect()
    });
    let at = FILES.iter().position(|file| file.name == name)?;
    Some(&tags[at])
}

/// Octets of a digest that tell two versions of a file apart.
const TAG_OCTETS: usize = 8;

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/static/{name}?v={}", tag(name).unwrap_or_default())
}

/// `/favicon.ico`, which browsers ask for beside what names no icon itself, a PDF for one.
pub(super) async fn icon(headers: HeaderMap) -> Result<Response, Problem> {
    file(Path("seal.svg".to_owned()), headers).await
}

/// `/static/NAME`
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = FILES.iter().find(|file| file.name == name).ok_or(Refusal::NotFound)?;
    let etag = format!("\"{}\"", tag(file.name).unwrap_or_default());
    let had = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = had.split(',').any(|one| one.trim().trim_start_matches("W/") == etag);
    let etag = HeaderValue::try_from(etag).expect("a quoted hexadecimal text is a header value");
    let head = [
        (ETAG, etag),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        (CONTENT_TYPE, HeaderValue::from_static(file.kind)),
    ];
    Ok(if same { (StatusCode::NOT_MODIFIED, head).into_response() } else { (head, file.text).into_response() })
}
