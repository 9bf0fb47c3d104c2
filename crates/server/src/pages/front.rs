//! What happens around every page: the visit, its cookies, the headers that keep foreign contents out.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
};
use axum::middleware::Next;
use axum::response::Response;

use super::visit::Visit;
use crate::api::Door;

/// A page that may load something more, or less, says so among its answer's extensions.
#[derive(Clone, Copy)]
pub(crate) struct ContentPolicy(pub(crate) &'static str);

/// Own style, own scripts, own forms. Scripts may speak to us and to the component on the client's own machine.
const ONLY_OURS: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self' http://127.0.0.1:*; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// What a page never uses; the component on the client's machine it may.
const POWERS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), \
    local-network-access=(self), loopback-network=(self)";
/// A year (RFC 6797).
const ONLY_TLS: &str = "max-age=31536000";

/// Reads the visit once, and sets what it must remember.
pub(super) async fn greet(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let visit = Visit::through(&door, request.headers(), request.uri());
    let cookies = visit.cookies(request.headers(), request.uri());
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Headers of every page, also of one that says no.
pub(crate) fn harden(headers: &mut HeaderMap, origin: &str) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(ONLY_OURS));
    // A link's code stands in the address: our own pages may see it, nobody else.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(POWERS));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    if origin.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_TLS));
    }
}
