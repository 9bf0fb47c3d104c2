//! The doors of the client's component: tickets go out, answers come in. The page carries both; what is verified, `ra` verifies.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Refusal;
use domain::ids::AgentId;
use ra::{DeliveryWish, MadeOn, Reported, TicketIssued, Wish};
use serde::Serialize;
use statement::bounded::{Base64, Hex};
use statement::message::{CMS_OCTETS, Outcome};

use super::bodies::{Json, Nothing, OptionalJson};
use super::cards::{Card, Delivery};
use super::door::{Door, Subscriber};
use super::link::{agent_of_link, parse_code};
use super::problem::Problem;
use super::subscriber::request_id;

/// A ticket as a page gets it: `ticket`, `bank_key` and the page's own session go to the component.
#[derive(Serialize)]
struct Given {
    ticket: String,
    bank_key: String,
    nonce: String,
    start_by: String,
    answer_by: String,
}

impl From<TicketIssued> for Given {
    fn from(issued: TicketIssued) -> Self {
        Self {
            ticket: issued.ticket,
            bank_key: STANDARD.encode(issued.bank_key_der),
            nonce: issued.nonce,
            start_by: issued.start_by.to_string(),
            answer_by: issued.answer_by.to_string(),
        }
    }
}

/// `{"agent": 1, "operation": "doctor", "session_sha256": "..", "key_id": ".."}`; `key_id` for `delete-key` alone.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketBody {
    agent: u32,
    operation: String,
    session_sha256: String,
    #[serde(default)]
    key_id: Option<String>,
}

pub(super) async fn ticket(
    State(door): State<Door>,
    Json(body): Json<TicketBody>,
) -> Result<impl IntoResponse, Problem> {
    let wish = match (body.operation.as_str(), body.key_id) {
        ("list-tokens", None) => Wish::ListTokens,
        ("doctor", None) => Wish::Doctor,
        ("change-pins", None) => Wish::ChangePins,
        ("container-password", None) => Wish::ContainerPassword,
        ("list-certificates", None) => Wish::ListCertificates,
        ("sign-in", None) => Wish::SignIn,
        ("delete-key", Some(key_id)) => Wish::DeleteKey { key_id },
        _ => return Err(Problem::because(Refusal::BodyMalformed, "no such operation")),
    };
    let issued = door.ask(move |ra, at| ra.ticket(AgentId(body.agent), wish, &body.session_sha256, at)).await?;
    Ok((StatusCode::CREATED, axum::Json(Given::from(issued))))
}

/// The component began.
pub(super) async fn started(
    State(door): State<Door>,
    Path(nonce): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<impl IntoResponse, Problem> {
    let nonce = parse_nonce(nonce)?;
    door.ask(move |ra, at| ra.ticket_started(&nonce, at)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the component answered, as it answered it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerBody {
    nonce: String,
    result: Outcome,
}

/// The answer to a ticket that is about no request. A sign-in gives the bearer token; of anything else the bank takes note.
pub(super) async fn answer(
    State(door): State<Door>,
    Json(body): Json<AnswerBody>,
) -> Result<impl IntoResponse, Problem> {
    let nonce = parse_nonce(body.nonce)?;
    let cms = match body.result {
        Outcome::SignIn(signed) => Some(octets(&signed.cms)),
        _ => None,
    };
    let reported = door.ask(move |ra, at| ra.ticket_answered(&nonce, cms.as_deref(), at)).await?;
    Ok(axum::Json(match reported {
        Reported::Noted => serde_json::json!({}),
        Reported::SignedIn(signed_in) => serde_json::json!({
            "token": signed_in.token,
            "expires": signed_in.expires_at.to_string(),
            "certificate": signed_in.certificate_id.to_string(),
        }),
    }))
}

/// `{"session_sha256": "..", "algorithm": ".."}`; without an algorithm the profile's first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTicketBody {
    session_sha256: String,
    #[serde(default)]
    algorithm: Option<String>,
}

pub(super) async fn key_ticket(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Json(body): Json<KeyTicketBody>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let issued =
        door.ask(move |ra, at| ra.key_ticket(&actor, id, body.algorithm.as_deref(), &body.session_sha256, at)).await?;
    Ok((StatusCode::CREATED, axum::Json(Given::from(issued))))
}

pub(super) async fn key_answer(
    State(door): State<Door>,
    Subscriber(actor): Subscriber,
    Path(id): Path<String>,
    Json(body): Json<AnswerBody>,
) -> Result<impl IntoResponse, Problem> {
    let id = request_id(&id)?;
    let nonce = parse_nonce(body.nonce)?;
    let Outcome::MakeKey(made) = body.result else { return Err(other_operation()) };
    let pkcs10 = made.pkcs10.octets().to_vec();
    let cms = made.cms.as_ref().map(octets).ok_or(Refusal::CmsMalformed)?;
    let on = MadeOn { medium: Some(made.medium), serial: made.serial };
    let card = door.ask(move |ra, at| ra.hand_in(&actor, id, &nonce, (&pkcs10, &cms), &on, at)).await?;
    Ok(axum::Json(Card::new(&door, card)))
}

/// `{"operation": "sign-act", "session_sha256": ".."}`, or `store-certificate`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryTicketBody {
    operation: String,
    session_sha256: String,
}

type Place = Path<(String, String)>;

pub(super) async fn delivery_ticket(
    State(door): State<Door>,
    Path((agent, code)): Place,
    Json(body): Json<DeliveryTicketBody>,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = (agent_of_link(&agent)?, parse_code(code)?);
    let wish = match body.operation.as_str() {
        "sign-act" => DeliveryWish::SignAct,
        "store-certificate" => DeliveryWish::StoreCertificate,
        _ => return Err(Problem::because(Refusal::BodyMalformed, "no such operation")),
    };
    let issued = door.ask(move |ra, at| ra.delivery_ticket(agent, &code, wish, &body.session_sha256, at)).await?;
    Ok((StatusCode::CREATED, axum::Json(Given::from(issued))))
}

pub(super) async fn delivery_answer(
    State(door): State<Door>,
    Path((agent, code)): Place,
    Json(body): Json<AnswerBody>,
) -> Result<impl IntoResponse, Problem> {
    let (agent, code) = (agent_of_link(&agent)?, parse_code(code)?);
    let nonce = parse_nonce(body.nonce)?;
    match body.result {
        Outcome::SignAct(signed) => {
            let cms = octets(&signed.cms);
            let delivery = door.ask(move |ra, at| ra.sign_act_by_ticket(agent, &code, &nonce, &cms, at)).await?;
            Ok(axum::Json(Delivery::new(&door, delivery)).into_response())
        }
        Outcome::StoreCertificate(stored) => {
            let (proof, act) = (octets(&stored.proof), stored.act.as_ref().map(octets));
            let card =
                door.ask(move |ra, at| ra.prove_by_ticket(agent, &code, &nonce, (&proof, act.as_deref()), at)).await?;
            Ok(axum::Json(Card::new(&door, card)).into_response())
        }
        _ => Err(other_operation()),
    }
}

fn octets(cms: &Base64<CMS_OCTETS>) -> Vec<u8> {
    cms.octets().to_vec()
}

fn other_operation() -> Problem {
    Problem::because(Refusal::ComponentTicketUnknown, "the answer is another operation's")
}

/// A nonce that does not parse names nothing.
fn parse_nonce(text: String) -> Result<String, Problem> {
    match Hex::<16, 16>::new(text) {
        Ok(nonce) => Ok(nonce.as_str().to_owned()),
        Err(_) => Err(Refusal::ComponentTicketUnknown.into()),
    }
}

/// A page with a button for each operation; debug builds only.
#[cfg(debug_assertions)]
pub(super) async fn test_page() -> impl IntoResponse {
    axum::response::Html(include_str!("../../static/component_test.html"))
}

/// Its script.
#[cfg(debug_assertions)]
pub(super) async fn test_script() -> impl IntoResponse {
    let kind = (axum::http::header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    ([kind], include_str!("../../static/component_test.js"))
}
