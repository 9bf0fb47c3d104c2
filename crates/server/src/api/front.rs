//! What happens around every handler: a place among the requests at work, a time limit, the language of refusals, security
//! headers, and one log line that holds no path, no token and nobody's data.

use std::net::{IpAddr, SocketAddr};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, LOCATION, REFERER, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use domain::Refusal;

use super::bodies::{take_off, throw_away};
use super::door::Door;
use super::problem::{Audience, Problem, Reader, answer_of, is_page, says_no};
use crate::pages::{ContentPolicy, Kept, Surroundings, Typed, Visit, person_reads};
use crate::portal::whose;
use crate::words::Language;

/// Names one request in the log and in the answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The addresses that a connection came through, nearest last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Outermost but for the headers: limits, language, log.
pub(super) async fn watch(State(door): State<Door>, request: Request, next: Next) -> axum::response::Response {
    let began = Instant::now();
    let request_id = hex::encode(crate::clock::random::<8>());
    let method = request.method().clone();
    // The template, never the path: a path may hold the code of a mailed link.
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Who reads is known before the request is worked on: a page that is given up must be a page too.
    let person = person_reads(matched.as_deref(), request.uri().path(), request.headers());
    let mut surroundings = person.then(|| surroundings_of(&door, &request));
    let route = matched.unwrap_or_else(|| "none".to_owned());
    let accept = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = surroundings.as_ref().map_or_else(|| Language::from_accept(accept), |with| with.visit.language);

    let response = match door.places().try_acquire() {
        Err(_) => Problem::Busy.into_response(),
        Ok(_place) => {
            let limit = Duration::from_secs(door.limits().request_seconds);
            let answered = async {
                let (kept, request) = match &surroundings {
                    Some(_) => Kept::of(request, door.origin()),
                    None => (None, request),
                };
                let response = next.run(request).await;
                if let (Some(with), Some(kept)) = (&mut surroundings, kept.filter(|_| says_no(&response))) {
                    if let Some(rest) = kept.rest() {
                        take_off(&door, rest).await;
                    }
                    with.typed = kept.typed();
                }
                let is_refused = matches!(response.extensions().get::<Problem>(), Some(Problem::Refused { .. }));
                if let Some(with) = surroundings.as_mut().filter(|_| is_refused) {
                    with.agent = whose(&door, &with.visit).await.map(|agent| agent.id);
                }
                response
            };
            tokio::time::timeout(limit, answered).await.unwrap_or_else(|_| Problem::Timeout.into_response())
        }
    };
    let audience = surroundings.as_ref().map_or(Audience::Program, Audience::Person);
    let (mut response, code) =
        answer_of(response, &Reader { language, audience, words: door.words(), agents: door.agents() });

    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), code, duration_ms, request_id, "request");
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// What a person who is told no should read beside it.
fn surroundings_of(door: &Door, request: &Request) -> Surroundings {
    let visit = Visit::through(door, request.headers(), request.uri());
    let agent = visit.agent_of(door.agents()).map(|agent| agent.id);
    let back = if request.method() == Method::GET {
        Some(visit.here.clone())
    } else {
        // The page whose form was sent; our own pages say it to us, and nobody else's address is taken.
        let from = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
        // An origin may be the beginning of another one's name.
        from.and_then(|from| from.strip_prefix(door.origin())).filter(|path| path.starts_with('/')).map(str::to_owned)
    };
    Surroundings { visit, agent, back, typed: Typed::default() }
}

/// Headers of every answer. Answers are for the one who asked: nothing is cached unless a handler says so.
pub(super) async fn harden(State(door): State<Door>, request: Request, next: Next) -> axum::response::Response {
    let mut response: Response<_> = next.run(request).await;
    let is_page = is_page(&response);
    let own = response.extensions().get::<ContentPolicy>().copied();
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    // A link's code stands in the address: it must not travel on to anybody else's site.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let nothing_loads = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    // A file of somebody else's brings a stricter one along.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(nothing_loads));
    if is_page || headers.contains_key(LOCATION) {
        crate::pages::harden(headers, door.origin());
    }
    if let Some(ContentPolicy(own)) = own {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(own));
    }
    response
}

/// Who asks. Each proxy of a row appends the address it saw, so the last one that is no trusted proxy's is the client's as far as we can know;
/// whatever stands before it the client may have written.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    // guard: forwarded-by-the-trusted-alone
    if !trusted.contains(&peer) {
        return peer;
    }
    let said: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    let mut nearest = peer;
    for word in said.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim) {
        let read = word.parse::<IpAddr>().or_else(|_| word.parse::<SocketAddr>().map(|address| address.ip()));
        let Ok(address) = read else { break };
        nearest = address;
        if !trusted.contains(&address) {
            break;
        }
    }
    nearest
}

/// Counts the tries of an address at doors that can be guessed at.
pub(crate) async fn count_tries(State(door): State<Door>, request: Request, next: Next) -> axum::response::Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let address = peer.map(|peer| client_address(peer, request.headers(), door.trusted_proxies()));
    if let Some(address) = address {
        let taken = door.tries().lock().unwrap_or_else(PoisonError::into_inner).take(address, Instant::now());
        // guard: tries-are-counted
        if let Err(seconds) = taken {
            // A form of usual size is taken off the wire first, so that a browser shows the answer and not a broken connection.
            throw_away(&door, request.into_body(), door.limits().body_bytes).await;
            return Problem::later(Refusal::TooManyTries, seconds).into_response();
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_proxy_is_believed_only_where_it_is_trusted_and_only_about_what_it_saw() {
        let trusted: Vec<IpAddr> = ["127.0.0.1", "10.0.0.9"].into_iter().map(|ip| ip.parse().unwrap()).collect();
        let asked = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
            }
            client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(asked("127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(asked("203.0.113.9", &["203.0.113.7"]), "203.0.113.9", "nobody else is believed");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1, 203.0.113.7"]), "203.0.113.7", "the client wrote the first");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1", "203.0.113.7, 10.0.0.9"]), "203.0.113.7");
        assert_eq!(asked("127.0.0.1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(
            asked("127.0.0.1", &["203.0.113.7, unknown"]),
            "127.0.0.1",
            "behind what cannot be read stands anything"
        );
        assert_eq!(asked("127.0.0.1", &[]), "127.0.0.1");
    }
}
