//! The JSON doors: routes, and what every answer has in common. A handler extracts the actor, parses, asks `ra` one thing, answers.
//!
//! No rule lives here: what may be done, by whom and when, `ra` and `domain` decide.

mod bodies;
mod buckets;
mod cards;
mod component;
mod desk;
mod door;
mod front;
mod link;
mod problem;
mod public;
mod subscriber;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

pub(crate) use bodies::{CMS, Labels, Octets, PKCS10, der, der_in_text};
pub(crate) use door::{Door, Parts};
pub(crate) use front::count_tries;
pub(crate) use link::{parse_agent, parse_code};
pub(crate) use problem::{Of, Problem};

/// The address in letters: a page.
pub(crate) const MAILED: &str = "/ca/certificate";

/// Every route of the API, and the pages. Doors that can be guessed at (sign-in, mailed links) count the tries of each address.
pub(crate) fn router(door: Door) -> Router {
    let guessable = Router::new()
        .route("/api/v1/challenge", post(subscriber::challenge))
        .route("/api/v1/sign-in", post(subscriber::sign_in))
        .route("/api/v1/delivery/{agent}/{code}", get(link::show))
        .route("/api/v1/delivery/{agent}/{code}/act", get(link::act).post(link::sign_act))
        .route("/api/v1/delivery/{agent}/{code}/decline", post(link::decline))
        .route("/api/v1/delivery/{agent}/{code}/certificate", post(link::certificate))
        .route("/api/v1/delivery/{agent}/{code}/challenge", get(link::challenge))
        .route("/api/v1/delivery/{agent}/{code}/proof", post(link::proof))
        .route("/api/v1/delivery/{agent}/{code}/component/tickets", post(component::delivery_ticket))
        .route("/api/v1/delivery/{agent}/{code}/component/answers", post(component::delivery_answer))
        .route("/api/v1/component/tickets", post(component::ticket))
        .route("/api/v1/component/tickets/{nonce}/start", post(component::started))
        .route("/api/v1/component/answers", post(component::answer))
        .route_layer(from_fn_with_state(door.clone(), count_tries));
    let subscriber = Router::new()
        .route("/api/v1/certificates", get(subscriber::certificates))
        .route("/api/v1/certificates/{id}/hold", post(subscriber::hold))
        .route("/api/v1/certificates/{id}/revoke", post(subscriber::revoke))
        .route("/api/v1/requests", get(subscriber::requests).post(subscriber::create))
        .route("/api/v1/requests/{id}", get(subscriber::request))
        .route("/api/v1/requests/{id}/contact", put(subscriber::edit_contact))
        .route("/api/v1/requests/{id}/key", put(subscriber::offer_key))
        .route("/api/v1/requests/{id}/text", get(subscriber::text))
        .route("/api/v1/requests/{id}/component/tickets", post(component::key_ticket))
        .route("/api/v1/requests/{id}/component/answers", post(component::key_answer))
        .route("/api/v1/requests/{id}/submission", post(subscriber::submit))
        .route("/api/v1/requests/{id}/recall", post(subscriber::recall))
        .route("/api/v1/requests/{id}/correct", post(subscriber::correct));
    let desk = Router::new()
        .route("/api/v1/desk/requests", get(desk::queue))
        .route("/api/v1/desk/requests/{id}", get(desk::request))
        .route("/api/v1/desk/requests/{id}/approve", post(desk::approve))
        .route("/api/v1/desk/requests/{id}/return", post(desk::return_for_fix))
        .route("/api/v1/desk/requests/{id}/refuse", post(desk::refuse))
        .route("/api/v1/desk/requests/{id}/resend-link", post(desk::resend_link))
        .route("/api/v1/desk/requests/{id}/receive-act", post(desk::receive_act))
        .route("/api/v1/desk/requests/{id}/register-application", post(desk::register_application))
        .route("/api/v1/desk/troubles", get(desk::troubles))
        .route("/api/v1/desk/troubles/{id}/try-again", post(desk::try_again))
        .route("/api/v1/desk/certificates/{id}", get(desk::certificate))
        .route("/api/v1/desk/certificates/{id}/block", post(desk::block))
        .route("/api/v1/desk/certificates/{id}/unblock", post(desk::unblock))
        .route("/api/v1/desk/certificates/{id}/hold", post(desk::hold))
        .route("/api/v1/desk/certificates/{id}/release", post(desk::release))
        .route("/api/v1/desk/certificates/{id}/revoke", post(desk::revoke));
    let public = Router::new()
        .route("/crl/{file}", get(public::crl))
        .route("/authorities/{file}", get(public::authority))
        .route("/health/live", get(public::live))
        .route("/health/ready", get(public::ready));
    #[cfg(debug_assertions)]
    let public = public
        .route("/component/test", get(component::test_page))
        .route("/component/test.js", get(component::test_script));
    guessable
        .merge(crate::pages::router(&door))
        .merge(subscriber)
        .merge(desk)
        .merge(public)
        .fallback(public::nothing_here)
        .method_not_allowed_fallback(public::no_such_method)
        .layer(DefaultBodyLimit::disable()) // bodies::read has the limit, so that the refusal is ours
        .layer(from_fn_with_state(door.clone(), front::watch))
        .layer(from_fn_with_state(door.clone(), front::harden))
        .with_state(door)
}
