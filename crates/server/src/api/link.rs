//! The doors behind a mailed link. The code in the address is the key: looking changes nothing, so a mail scanner, a reload or a
//! closed tab costs nothing; every step is a POST.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use domain::ids::AgentId;

use super::bodies::{self, CMS, Json, Nothing, Octets, OptionalJson};
use super::cards::{Card, Delivered, Delivery};
use super::door::Door;
use super::problem::Problem;
use super::subscriber::plain;
use crate::words::{House, Language};

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

pub(super) async fn proof(
    State(door): State<Door>,
    place: Place,
    Octets(body): Octets,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = parse(place)?;
    let cms = bodies::der_or_as_it_is(body, &CMS);
    let card = door.ask(move |ra, at| ra.prove(agent, &code, &cms, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

/// For a person with a browser, until the pages come: what the certificate is and what to do next. Changes nothing.
///
/// Mail gateways add fields of their own to addresses and letters of the manual name a class: only `code` counts, and `agentId`
/// where it is there, the first of each.
pub(super) async fn mailed(
    State(door): State<Door>,
    headers: HeaderMap,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<impl IntoResponse, Problem> {
    let language = Language::from_accept(headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()));
    let field = |wanted: &str| fields.iter().find(|(name, value)| name == wanted && !value.is_empty());
    let named = field("agentId").map(|(_, agent)| parse_agent(agent)).transpose()?;
    let code = field("code").map_or(Err(Refusal::LinkUnknown.into()), |(_, code)| parse_code(code.clone()))?;
    let asked = code.clone();
    let (agent, delivery, support) = door
        .ask(move |ra, at| {
            let agent = named.map_or_else(|| ra.link_agent(&asked), Ok)?;
            let delivery = ra.open_link(agent, &asked, at)?;
            Ok((agent, delivery, ra.agent(agent).map(|agent| agent.support.clone()).unwrap_or_default()))
        })
        .await?;
    let base = format!("{}/api/v1/delivery/{agent}/{code}", door.origin());
    Ok(plain(information(language, &delivery, &base, &support)))
}

/// The block «Информация о вашем сертификате» of step 9, and the next step.
fn information(language: Language, delivery: &ra::Delivery, base: &str, support: &str) -> String {
    let word = |id: &str, args: &[(&str, String)]| House::get().text(language, id, args);
    let mut lines = vec![word("link-title", &[]), String::new()];
    if let Some(certificate) = &delivery.card.certificate {
        lines.push(word("link-subject", &[("subject", certificate.subject.clone())]));
        lines.push(word("link-issuer", &[("issuer", certificate.issuer.clone())]));
        let serial = [("serial", certificate.serial_decimal.clone()), ("hex", certificate.serial_hex.clone())];
        lines.push(word("link-serial", &serial));
    }
    if let Some(unz) = delivery.card.unz {
        lines.push(word("link-unz", &[("unz", unz.to_string())]));
    }
    let (next, step) = if delivery.challenge.is_some() {
        ("link-next-proof", "proof")
    } else if delivery.act_text.is_some() && !delivery.act_signed {
        ("link-next-act", "act")
    } else {
        ("link-next-certificate", "certificate")
    };
    lines.push(String::new());
    lines.push(word(next, &[("url", format!("{base}/{step}"))]));
    lines.push(word("link-support", &[("support", support.to_owned())]));
    lines.push(String::new());
    lines.join("\n")
}

async fn open(door: &Door, place: Place) -> Result<ra::Delivery, Problem> {
    let (agent, code) = parse(place)?;
    door.ask(move |ra, at| ra.open_link(agent, &code, at)).await
}

fn parse(Path((agent, code)): Place) -> Result<(AgentId, String), Problem> {
    Ok((parse_agent(&agent)?, parse_code(code)?))
}

/// An agent that is no number names no link.
fn parse_agent(text: &str) -> Result<AgentId, Problem> {
    text.parse().map_err(|_| Refusal::LinkUnknown.into())
}

/// Neither does a code that is no code.
fn parse_code(text: String) -> Result<String, Problem> {
    let right = text.len() == CODE_DIGITS && text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    if right { Ok(text) } else { Err(Refusal::LinkUnknown.into()) }
}

/// HMAC-SHA-256 in lower-case hexadecimal.
const CODE_DIGITS: usize = 64;
