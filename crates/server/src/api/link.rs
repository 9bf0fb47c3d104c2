//! The doors behind a mailed link. The code in the address is the key: looking changes nothing, so a mail scanner, a reload or a
//! closed tab costs nothing; every step is a POST.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use domain::ids::AgentId;

use super::bodies::{self, CMS, Json, Nothing, Octets, OptionalJson};
use super::cards::{Card, Delivered, Delivery};
use super::door::Door;
use super::problem::Problem;
use super::subscriber::plain;

/// Agent and code of an address.
type Place = Path<(String, String)>;

pub(super) async fn show(State(door): State<Door>, place: Place) -> Result<impl IntoResponse, Problem> {
    let delivery = open(&door, place).await?;
    Ok(axum::Json(Delivery::new(&door, delivery)))
}

/// The exact bytes of the act.
pub(super) async fn act(State(door): State<Door>, place: Place) -> Result<impl IntoResponse, Problem> {
    let delivery = open(&door, place).await?;
    let refused = Problem::about(Refusal::ActAbsent, &delivery.card.procedure);
    delivery.act_text.map(plain).ok_or(refused)
}

pub(super) async fn sign_act(
    State(door): State<Door>,
    place: Place,
    Octets(body): Octets,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = parse(place)?;
    let cms = bodies::der_or_as_it_is(body, &CMS);
    let delivery = door.ask(move |ra, at| ra.sign_act(agent, &code, &cms, at)).await?;
    Ok(axum::Json(Delivery::new(&door, delivery)))
}

/// `{"confirmed": true}`
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclineBody {
    confirmed: bool,
}

pub(super) async fn decline(
    State(door): State<Door>,
    place: Place,
    Json(body): Json<DeclineBody>,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = parse(place)?;
    let card = door.ask(move |ra, at| ra.decline(agent, &code, body.confirmed, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

/// Hands out the bytes: JSON with PEM and the challenge, or the bare DER for `Accept: application/pkix-cert`.
pub(super) async fn certificate(
    State(door): State<Door>,
    place: Place,
    headers: HeaderMap,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    let (agent, code) = parse(place)?;
    let delivered = door.ask(move |ra, at| ra.deliver(agent, &code, at)).await?;
    let wants_der = headers.get(ACCEPT).is_some_and(|value| value.as_bytes() == DER.as_bytes());
    if wants_der {
        return Ok(([(CONTENT_TYPE, DER)], delivered.certificate_der).into_response());
    }
    let pem = |der: &Vec<u8>| crypto::pem_encode("CERTIFICATE", der);
    let answer = Delivered {
        certificate: pem(&delivered.certificate_der),
        chain: delivered.chain_der.iter().map(pem).collect(),
        challenge: delivered.challenge,
    };
    Ok(axum::Json(answer).into_response())
}

/// RFC 2585 section 4.1.
const DER: &str = "application/pkix-cert";

/// The exact bytes that the new key signs, once the certificate was handed out.
pub(super) async fn challenge(State(door): State<Door>, place: Place) -> Result<impl IntoResponse, Problem> {
    let delivery = open(&door, place).await?;
    let refused = Problem::about(Refusal::NotDelivered, &delivery.card.procedure);
    delivery.challenge.map(plain).ok_or(refused)
}

/// `{"proof": "..", "act": ".."}`: what the new key signed, PEM or base64 of the DER each.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    proof: String,
    #[serde(default)]
    act: Option<String>,
}

/// The proof with the act, or the proof alone as a CMS.
pub(super) async fn proof(
    State(door): State<Door>,
    place: Place,
    Octets(body): Octets,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = parse(place)?;
    let (proof, act) = if body.trim_ascii_start().first() == Some(&b'{') {
        let ProofBody { proof, act } = bodies::parse(&body)?;
        let act = act.map(|text| bodies::der_in_text(&text, &CMS)).transpose()?;
        (bodies::der_in_text(&proof, &CMS)?, act)
    } else {
        (bodies::der_or_as_it_is(body, &CMS), None)
    };
    let card = door.ask(move |ra, at| ra.prove(agent, &code, (&proof, act.as_deref()), at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

async fn open(door: &Door, place: Place) -> Result<ra::Delivery, Problem> {
    let (agent, code) = parse(place)?;
    door.ask(move |ra, at| ra.open_link(agent, &code, at)).await
}

fn parse(Path((agent, code)): Place) -> Result<(AgentId, String), Problem> {
    Ok((agent_of_link(&agent)?, parse_code(code)?))
}

/// An agent that is no number names no link. Where there is none, it is an agent that nobody knows: `door::parse_agent`.
pub(crate) fn agent_of_link(text: &str) -> Result<AgentId, Problem> {
    text.parse().map_err(|_| Refusal::LinkUnknown.into())
}

/// Neither does a code that is no code.
pub(crate) fn parse_code(text: String) -> Result<String, Problem> {
    let right = text.len() == CODE_DIGITS && text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    if right { Ok(text) } else { Err(Refusal::LinkUnknown.into()) }
}

/// HMAC-SHA-256 in lower-case hexadecimal.
const CODE_DIGITS: usize = 64;
