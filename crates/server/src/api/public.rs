//! Doors without a key: CRLs, the authorities' certificates, health; and what answers where there is no door.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Response};
use domain::Refusal;

use super::door::Door;
use super::problem::Problem;

/// Longest that a cache may keep a CRL without asking: a decision must be visible within a minute.
const CRL_CACHE_SECONDS: i64 = 30;

/// `/crl/NAME.crl`: the newest full CRL, DER, never past its nextUpdate.
pub(super) async fn crl(
    State(door): State<Door>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = file.strip_suffix(".crl").ok_or(Refusal::NotFound)?.to_owned();
    let crl = door.ask(move |ra, at| Ok(ra.crl(&name, at)?)).await?.ok_or(Refusal::NotFound)?;
    let etag = format!("\"{}\"", hex::encode(&crypto::sha256(&crl.der)[..16]));
    let left = (crl.next_update.0 - door.now().0) / domain::time::SECOND_MS;
    let cache = format!("public, max-age={}, must-revalidate", left.clamp(0, CRL_CACHE_SECONDS));
    let same = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let head = [(ETAG, etag), (CACHE_CONTROL, cache), (CONTENT_TYPE, "application/pkix-crl".to_owned())];
    Ok(if same { (StatusCode::NOT_MODIFIED, head).into_response() } else { (head, crl.der).into_response() })
}

/// `/authorities/NAME.pem`, and `NAME.cer`: the DER that a double click on Windows understands.
pub(super) async fn authority(State(door): State<Door>, Path(file): Path<String>) -> Result<Response, Problem> {
    let (name, form) = file.rsplit_once('.').ok_or(Refusal::NotFound)?;
    let (name, wants_der) = (name.to_owned(), form == "cer");
    if !wants_der && form != "pem" {
        return Err(Refusal::NotFound.into());
    }
    let pem = door.ask(move |ra, _| Ok(ra.authority_pem(&name))).await?.ok_or(Refusal::NotFound)?;
    if wants_der {
        let der = crypto::der_or_pem(pem.as_bytes(), "CERTIFICATE")
            .map_err(|error| Problem::incident(false, &error.to_string()))?;
        return Ok(([(CONTENT_TYPE, "application/pkix-cert")], der).into_response());
    }
    // RFC 8555 section 9.1 registers the type; a chain of one.
    Ok(([(CONTENT_TYPE, "application/pem-certificate-chain")], pem).into_response())
}

/// The process answers.
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// The database answers too.
pub(super) async fn ready(State(door): State<Door>) -> Result<&'static str, Problem> {
    door.ask(|ra, _| Ok(ra.healthy()?)).await?;
    Ok("ready\n")
}

pub(super) async fn nothing_here() -> Problem {
    Refusal::NotFound.into()
}

pub(super) async fn no_such_method() -> Problem {
    Problem::MethodNotAllowed
}
