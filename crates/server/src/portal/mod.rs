//! The client's pages: behind the mailed link, the status of a request, root certificates; and, signed in, everything of one's own.

pub(crate) mod check;
pub(crate) mod delivery;
pub(crate) mod email_answer;
pub(crate) mod feedback;
pub(crate) mod first_issue;
pub(crate) mod help;
pub(crate) mod root;
pub(crate) mod status;
pub(crate) mod workplace;

pub(crate) mod cabinet;
pub(crate) mod keys;
pub(crate) mod messages;
pub(crate) mod organisations;
pub(crate) mod own_step;
pub(crate) mod password;
pub(crate) mod renewal;
pub(crate) mod requests;
pub(crate) mod sign_in;

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use domain::agent::Agent;
use ra::MadeOn;
use statement::bounded::Text;
use statement::ticket::MediumKind;

use crate::api::{Door, Labels, Problem, der_in_text};
use crate::pages::{Form, Visit};

/// The nonce of the ticket under which something was signed, and the octets: no nonce where it was signed by other means than the
/// component's, for the signature itself says all there is to say.
type Signed<const N: usize> = (Option<String>, [Vec<u8>; N]);

/// Whose client looks at a page that anybody may look at: of the agent that its address names, of the only one, or of the one they signed in
/// at, whatever has become of that sign-in.
pub(crate) async fn whose<'a>(door: &'a Door, visit: &Visit) -> Option<&'a Agent> {
    if let Some(agent) = visit.agent_of(door.agents()) {
        return Some(agent);
    }
    let token = visit.client()?.to_owned();
    let id = door.ask(move |ra, _| ra.agent_of_sign_in(&token)).await.ok().flatten()?;
    door.agents().iter().find(|agent| agent.id == id)
}

/// What was signed for a form; nothing when a field is empty: nobody signed.
fn signed<const N: usize>(form: &Form, fields: [(&str, &Labels); N]) -> Result<Option<Signed<N>>, Problem> {
    if fields.iter().any(|(name, _)| form.line(name).is_empty()) {
        return Ok(None);
    }
    let mut octets = [const { Vec::new() }; N];
    for (place, (name, labels)) in octets.iter_mut().zip(fields) {
        *place = der_in_text(form.line(name), labels)?;
    }
    let ticket = Some(form.line("nonce")).filter(|nonce| !nonce.is_empty()).map(str::to_owned);
    Ok(Some((ticket, octets)))
}

/// Where the component says that it made the key. Words that are none say nothing.
fn made_on(form: &Form) -> MadeOn {
    let word = form.line("medium");
    MadeOn {
        medium: MediumKind::ALL.iter().copied().find(|kind| kind.word() == word),
        serial: Text::clipped(form.line("serial")),
    }
}

/// Whether the current key is of the withdrawn GOST R 34.10-2001: it signs its replacement from a card of its own.
fn is_legacy(card: &ra::RequestCard) -> bool {
    card.predecessor_algorithm.as_ref().is_some_and(|word| word.starts_with("gost-2001"))
}

/// A ticket on its way to a page's script, in the names that the component's own script knows.
pub(crate) fn ticket_answer(issued: ra::TicketIssued) -> Response {
    let bank_key = base64::engine::general_purpose::STANDARD.encode(issued.bank_key_der);
    let body = serde_json::json!({ "ticket": issued.ticket, "bank_key": bank_key, "nonce": issued.nonce });
    axum::Json(body).into_response()
}
