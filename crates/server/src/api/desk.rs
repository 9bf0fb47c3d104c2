//! The doors of the bank's staff: the queue, the decisions, the hand on certificates. Staff tokens only.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::Refusal;
use domain::actor::Actor;
use domain::certificate::{BankStep, RevocationReason};
use domain::ids::{CertificateId, EffectId, RequestId};
use domain::paper::{Channel, Document};
use ra::{Failure, Moment, Paper, Ra, RequestCard, Scan, Stepped};

use super::bodies::{Json, JsonWithFile, Nothing, OptionalJson, base64};
use super::cards::{Card, DeskCertificate};
use super::door::{Door, Staff};
use super::problem::Problem;
use super::subscriber::request_id;

/// `after` is the `next` of the page before.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueueQuery {
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

pub(super) async fn queue(
    State(door): State<Door>,
    Staff(actor): Staff,
    Query(query): Query<QueueQuery>,
) -> Result<impl IntoResponse, Problem> {
    let after = query.after.as_deref().map(place_in_queue).transpose()?;
    let limit = query.limit.unwrap_or(usize::MAX).clamp(1, door.limits().page);
    let cards = door.ask(move |ra, at| ra.queue(&actor, after, limit, at)).await?;
    // A page that is full may have a next one; the cursor is the promised time (the end of time without one) and the id of its last card.
    let next = cards.last().filter(|_| cards.len() == limit).map(|card| {
        let deadline = card.eta.map_or(i64::MAX, |eta| eta.0);
        format!("{deadline}_{}", card.id)
    });
    let cards: Vec<_> = cards.into_iter().map(|card| Card::new(&door, card)).collect();
    Ok(axum::Json(serde_json::json!({ "requests": cards, "next": next })))
}

fn place_in_queue(text: &str) -> Result<(i64, RequestId), Problem> {
    let parsed = text.split_once('_').and_then(|(deadline, id)| Some((deadline.parse().ok()?, id.parse().ok()?)));
    parsed.ok_or_else(|| Problem::because(Refusal::BodyMalformed, "after: not a cursor of this queue"))
}

pub(super) async fn request(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    decide(&door, actor, &id, |ra, actor, id, at| ra.request(actor, id, at)).await
}

/// `{"version": 3}`: the version of the card that was looked at.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionBody {
    version: i64,
}

/// `{"version": 3, "reason": ".."}`
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonBody {
    version: i64,
    reason: String,
}

pub(super) async fn approve(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<VersionBody>,
) -> Result<impl IntoResponse, Problem> {
    decide(&door, actor, &id, move |ra, actor, id, at| ra.approve(actor, id, body.version, at)).await
}

pub(super) async fn return_for_fix(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<impl IntoResponse, Problem> {
    decide(&door, actor, &id, move |ra, actor, id, at| ra.return_for_fix(actor, id, body.version, &body.reason, at))
        .await
}

pub(super) async fn refuse(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<impl IntoResponse, Problem> {
    decide(&door, actor, &id, move |ra, actor, id, at| ra.refuse(actor, id, body.version, &body.reason, at)).await
}

pub(super) async fn resend_link(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<VersionBody>,
) -> Result<impl IntoResponse, Problem> {
    decide(&door, actor, &id, move |ra, actor, id, at| ra.resend_link(actor, id, body.version, at)).await
}

/// What came, as the page asks for it: `{"version": 3, "copies": 2, "seal": true, "channel": "branch"}`, and `scan`, base64 of a PDF, JPEG or PNG.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaperBody {
    version: i64,
    copies: u8,
    seal: bool,
    channel: String,
    #[serde(default)]
    scan: Option<String>,
}

pub(super) async fn receive_act(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    JsonWithFile(body): JsonWithFile<PaperBody>,
) -> Result<impl IntoResponse, Problem> {
    register(&door, actor, &id, Document::Act, body).await
}

pub(super) async fn register_application(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    JsonWithFile(body): JsonWithFile<PaperBody>,
) -> Result<impl IntoResponse, Problem> {
    register(&door, actor, &id, Document::Application, body).await
}

async fn register(
    door: &Door,
    actor: Actor,
    id: &str,
    document: Document,
    body: PaperBody,
) -> Result<axum::Json<Card>, Problem> {
    let PaperBody { version, copies, seal, channel, scan } = body;
    let malformed = |why: &str| Problem::because(Refusal::BodyMalformed, why);
    let channel = Channel::from_name(&channel).ok_or_else(|| malformed("channel: branch, post, site or message"))?;
    let file = scan.map(|text| base64(&text).ok_or_else(|| malformed("scan: not base64"))).transpose()?;
    decide(door, actor, id, move |ra, actor, id, at| {
        // To look a file through takes its time: not here, on the runtime.
        let scan = file.map(Scan::parse).transpose()?;
        ra.register_paper(actor, id, version, document, &Paper { copies, seal, channel, scan }, at)
    })
    .await
}

async fn decide(
    door: &Door,
    actor: Actor,
    id: &str,
    verb: impl FnOnce(&Ra, &Actor, RequestId, &mut Moment<'_>) -> Result<RequestCard, Failure> + Send + 'static,
) -> Result<axum::Json<Card>, Problem> {
    let id = request_id(id)?;
    let card = door.ask(move |ra, at| verb(ra, &actor, id, at)).await?;
    Ok(axum::Json(Card::new(door, card)))
}

/// A certificate as the desk has it, with the version that a step on it names.
pub(super) async fn certificate(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let id = certificate_id(&id)?;
    let card = door.ask(move |ra, at| ra.desk_certificate(&actor, id, at)).await?;
    Ok(axum::Json(DeskCertificate::new(card, false)))
}

/// `{"version": 3, "words": ".."}`: the version of the certificate that was looked at, and why.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepBody {
    version: i64,
    words: String,
}

/// The same and `"reason": "keyCompromise"`: a CRLReason by its name of RFC 5280 section 5.3.1. There is no default.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeBody {
    version: i64,
    words: String,
    reason: RevocationReason,
}

pub(super) async fn block(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Result<impl IntoResponse, Problem> {
    by_hand(&door, actor, &id, BankStep::Block, body, RevocationReason::Unspecified).await
}

pub(super) async fn unblock(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Result<impl IntoResponse, Problem> {
    by_hand(&door, actor, &id, BankStep::Unblock, body, RevocationReason::Unspecified).await
}

pub(super) async fn hold(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Result<impl IntoResponse, Problem> {
    by_hand(&door, actor, &id, BankStep::Hold, body, RevocationReason::Unspecified).await
}

pub(super) async fn release(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Result<impl IntoResponse, Problem> {
    by_hand(&door, actor, &id, BankStep::Release, body, RevocationReason::Unspecified).await
}

pub(super) async fn revoke(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    Json(RevokeBody { version, words, reason }): Json<RevokeBody>,
) -> Result<impl IntoResponse, Problem> {
    by_hand(&door, actor, &id, BankStep::Revoke, StepBody { version, words }, reason).await
}

/// The step that the page takes, under the same conditions; 202 where it waits for a second person.
async fn by_hand(
    door: &Door,
    actor: Actor,
    id: &str,
    step: BankStep,
    StepBody { version, words }: StepBody,
    reason: RevocationReason,
) -> Result<(StatusCode, axum::Json<DeskCertificate>), Problem> {
    let id = certificate_id(id)?;
    let (card, waits) = door
        .ask(move |ra, at| {
            let stepped = ra.step_by_hand(&actor, id, version, step, reason, &words, at)?;
            Ok((ra.desk_certificate(&actor, id, at)?, stepped == Stepped::Waits))
        })
        .await?;
    let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, axum::Json(DeskCertificate::new(card, waits))))
}

fn certificate_id(text: &str) -> Result<CertificateId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// What will not right itself: work that was given up, tickets.
pub(super) async fn troubles(State(door): State<Door>, Staff(actor): Staff) -> Result<impl IntoResponse, Problem> {
    let troubles = door.ask(move |ra, _| ra.troubles(&actor)).await?;
    let troubles: Vec<_> = troubles
        .into_iter()
        .map(|trouble| {
            serde_json::json!({
                "id": trouble.effect_id.map(|id| id.to_string()),
                "kind": trouble.kind,
                "request": trouble.request_id.map(|id| id.to_string()),
                "certificate": trouble.certificate_id.map(|id| id.to_string()),
                "since": trouble.since.to_string(),
                "next_try": trouble.next_try.map(|at| at.to_string()),
                "error": trouble.error,
            })
        })
        .collect();
    Ok(axum::Json(serde_json::json!({ "troubles": troubles })))
}

pub(super) async fn try_again(
    State(door): State<Door>,
    Staff(actor): Staff,
    Path(id): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<impl IntoResponse, Problem> {
    let id: EffectId = id.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    door.ask(move |ra, at| ra.try_again(&actor, id, at)).await?;
    Ok(axum::Json(serde_json::json!({})))
}
