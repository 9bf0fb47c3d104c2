//! The JSON doors, and what every answer has in common; which door is whose stands in one list, [`routes::ROUTES`]. A handler extracts the actor, parses, asks `ra` one thing, answers.
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
pub(crate) mod routes;
mod shown_once;
mod subscriber;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

pub(crate) use bodies::{CMS, Labels, Octets, PKCS10, der, der_in_text};
pub(crate) use door::{Door, Parts, parse_agent};
pub(crate) use front::count_tries;
pub(crate) use link::{agent_of_link, parse_code};
pub(crate) use problem::{Of, Problem};

/// The address in letters: a page.
pub(crate) const MAILED: &str = "/ca/certificate";

/// Every route of the API, and the pages.
pub(crate) fn router(door: Door) -> Router {
    let all = routes::listed(&door).merge(crate::pages::router(&door));
    // The component is tried by hand there; a release has no such page.
    #[cfg(debug_assertions)]
    let all = all
        .route("/component/test", axum::routing::get(component::test_page))
        .route("/component/test.js", axum::routing::get(component::test_script));
    all.fallback(public::nothing_here)
        .method_not_allowed_fallback(public::no_such_method)
        .layer(DefaultBodyLimit::disable()) // bodies::read has the limit, so that the refusal is ours
        .layer(from_fn_with_state(door.clone(), front::watch))
        .layer(from_fn_with_state(door.clone(), front::harden))
        .with_state(door)
}
