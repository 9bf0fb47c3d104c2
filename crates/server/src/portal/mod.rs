//! The client's pages: behind the mailed link, the status of a request, root certificates; and, signed in, everything of one's own.

pub(crate) mod delivery;
pub(crate) mod root;
pub(crate) mod status;

pub(crate) mod cabinet;
pub(crate) mod renewal;
pub(crate) mod requests;
pub(crate) mod sign_in;

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;

/// A ticket on its way to a page's script, in the names that the component's own script knows.
fn ticket_answer(issued: ra::TicketIssued) -> Response {
    let bank_key = base64::engine::general_purpose::STANDARD.encode(issued.bank_key_der);
    let body = serde_json::json!({ "ticket": issued.ticket, "bank_key": bank_key, "nonce": issued.nonce });
    axum::Json(body).into_response()
}
