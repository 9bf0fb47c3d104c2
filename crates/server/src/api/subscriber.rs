//! The subscriber's doors: sign in with the current certificate, begin a request, offer a key, sign and hand in.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::response::IntoResponse;
use domain::Refusal;
use domain::actor::Actor;
use domain::certificate::RevocationReason;
use domain::ids::{AgentId, CertificateId, RequestId};
use ra::{Failure, Moment, NewRequest, Ra};

use super::bodies::{self, CMS, Json, Nothing, Octets, OptionalJson, PKCS10};
use super::cards::{Card, Certificate, Stepped};
use super::door::{Door, Subscriber};
use super::problem::Problem;

/// `{"agent": 1}`
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChallengeBody {
    agent: u32,
}

pub(super) async fn challenge(
    State(door): State<Door>,
    Json(body): Json<ChallengeBody>,
) -> Result<impl IntoResponse, Problem> {
    let challenge = door.ask(move |ra, at| ra.challenge(AgentId(body.agent), at)).await?;
    Ok(axum::Json(serde_json::json!({
        "challenge": challenge.id.to_string(),
        "text": challenge.text,
        "expires": challenge.expires_at.to_string(),
    })))
}

/// `{"challenge": "..", "cms": ".."}`: the CMS with the text attached or detached, PEM or base64 of the DER.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInBody {
    challenge: String,
    cms: String,
}

pub(super) async fn sign_in(
    State(door): State<Door>,
    Json(body): Json<SignInBody>,
) -> Result<impl IntoResponse, Problem> {
    let challenge = body.challenge.parse().map_err(|_| Refusal::ChallengeUnknown)?;
    let cms = bodies::der_in_text(&body.cms, &CMS)?;
    let signed_in = door.ask(move |ra, at| ra.sign_in(challenge, &cms, at)).await?;
    Ok(axum::Json(serde_json::json!({
        "token": signed_in.token,
        "expires": signed_in.expires_at.to_string(),
        "certificate": signed_in.certificate_id.to_string(),
    })))
}

/// All of the person's own, newest first.
pub(super) async fn certificates(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
) -> Result<impl IntoResponse, Problem> {
    let cards = door.ask(move |ra, at| ra.certificates_of(&actor, at)).await?;
    let cards: Vec<_> = cards.into_iter().map(Certificate::new).collect();
    Ok(axum::Json(serde_json::json!({ "certificates": cards })))
}

pub(super) async fn hold(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<impl IntoResponse, Problem> {
    step(&door, actor, &id, |ra, actor, id, at| ra.hold(actor, id, at)).await
}

/// `{"reason": "keyCompromise"}`: a CRLReason by its name of RFC 5280 section 5.3.1. There is no default.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeBody {
    reason: RevocationReason,
}

pub(super) async fn revoke(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Json(body): Json<RevokeBody>,
) -> Result<impl IntoResponse, Problem> {
    step(&door, actor, &id, move |ra, actor, id, at| ra.revoke(actor, id, body.reason, at)).await
}

async fn step(
    door: &Door,
    actor: Actor,
    id: &str,
    verb: impl FnOnce(&Ra, &Actor, CertificateId, &mut Moment<'_>) -> Result<domain::certificate::Certificate, Failure>
    + Send
    + 'static,
) -> Result<axum::Json<Stepped>, Problem> {
    let id: CertificateId = id.parse().map_err(|_| Refusal::NotFound)?;
    let stepped = door
        .ask(move |ra, at| {
            let certificate = verb(ra, &actor, id, at)?;
            let standing = certificate.standing(at.now);
            Ok(Stepped::new(&certificate, standing))
        })
        .await?;
    Ok(axum::Json(stepped))
}

pub(super) async fn requests(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
) -> Result<impl IntoResponse, Problem> {
    let cards = door.ask(move |ra, at| ra.requests_of(&actor, at)).await?;
    let cards: Vec<_> = cards.into_iter().map(|card| Card::new(&door, card)).collect();
    Ok(axum::Json(serde_json::json!({ "requests": cards })))
}

/// `{"procedure": "..", "phone": "..", "email": ".."}`; phone and e-mail only where they differ from the record.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    procedure: String,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

pub(super) async fn create(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    headers: HeaderMap,
    Json(body): Json<CreateBody>,
) -> Result<impl IntoResponse, Problem> {
    let idempotency_key = match headers.get("idempotency-key") {
        Some(value) => {
            let text = value.to_str().map_err(|_| Problem::because(Refusal::TextUnacceptable, "Idempotency-Key"))?;
            Some(text.to_owned())
        }
        None => None,
    };
    let new = NewRequest { procedure: body.procedure, phone: body.phone, email: body.email, idempotency_key };
    let card = door.ask(move |ra, at| ra.create(&actor, new, at)).await?;
    Ok((StatusCode::CREATED, axum::Json(Card::new(&door, card))))
}

pub(super) async fn request(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let card = door.ask(move |ra, at| ra.request(&actor, id, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

pub(super) async fn offer_key(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Octets(body): Octets,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let pkcs10 = bodies::der_or_as_it_is(body, &PKCS10);
    let card = door.ask(move |ra, at| ra.offer_key(&actor, id, &pkcs10, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

/// The exact bytes to sign, so that a client with nothing but curl and openssl need not unpack JSON.
pub(super) async fn text(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let card = door.ask(move |ra, at| ra.request(&actor, id, at)).await?;
    let refused = Problem::about(Refusal::StageDoesNotAllow, &card.procedure);
    card.text.map(plain).ok_or(refused)
}

/// `{"phone": "..", "email": ".."}`: what changes; what is absent stays.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactBody {
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

pub(super) async fn edit_contact(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Json(body): Json<ContactBody>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let card = door.ask(move |ra, at| ra.edit(&actor, id, body.phone, body.email, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

pub(super) async fn submit(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Octets(body): Octets,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let cms = bodies::der_or_as_it_is(body, &CMS);
    let card = door.ask(move |ra, at| ra.submit(&actor, id, &cms, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

pub(super) async fn recall(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let card = door.ask(move |ra, at| ra.recall(&actor, id, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

pub(super) async fn correct(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let card = door.ask(move |ra, at| ra.correct(&actor, id, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

/// An id that does not parse names nothing.
pub(super) fn request_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// Exact text.
pub(super) fn plain(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}
