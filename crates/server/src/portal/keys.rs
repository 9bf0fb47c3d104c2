//! «Ключи на смарт-ключе»: what the component reads on the client's medium, with what the bank's record says of it, and the deletion of a key
//! that nothing needs any more. Which key that is, `ra` says; nothing that was read is kept.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use ra::{CertificateOnMedium, KeyId, KeyOnMedium, KeyStanding, OwnMedium};
use statement::message::Outcome;

use super::cabinet::{frame, tone};
use crate::api::{Door, Problem};
use crate::auth::Client;
use crate::pages::{Form, Frame, Page, Tone, Visit, see_other, show, show_as};

#[derive(askama::Template)]
#[template(path = "portal/keys.html")]
struct KeysPage<'a> {
    frame: Frame<'a>,
    /// Why nothing is read for whoever looks: they came by password.
    hindrance: Option<String>,
    found: Option<Found>,
}

/// What was read.
struct Found {
    serial: Option<String>,
    lone_keys: Vec<KeyFacts>,
    certificates: Vec<CertificateFacts>,
}

/// A key without a certificate.
struct KeyFacts {
    /// Its name as the component's window shows it.
    shown: String,
    /// Where it was told.
    algorithm: Option<String>,
    tone: Tone,
    /// Id of the word for whether it is needed.
    word: &'static str,
    says: String,
    /// Address and number of the request it was made for.
    request: Option<(String, String)>,
    /// Where its deletion begins; none while it is needed.
    deletion: Option<String>,
}

/// A certificate as it lies on the medium.
struct CertificateFacts {
    holder: String,
    issuer: String,
    serial_decimal: String,
    serial_hex: String,
    until: String,
    algorithm: String,
    standing: String,
    tone: Tone,
    /// Id of the words for whether its key is there too.
    key: &'static str,
}

#[derive(askama::Template)]
#[template(path = "portal/key.html")]
struct KeyPage<'a> {
    frame: Frame<'a>,
    key: KeyFacts,
    key_id: String,
    /// What is to be thought of before.
    warnings: Vec<String>,
}

impl Page for KeysPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for KeyPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

const HERE: &str = "/security/keys";
/// What can be said of a change that was made.
const DONE: &str = "deleted";

/// `?done=` a change that was made.
#[derive(serde::Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(done): Query<Done>,
) -> Response {
    let mut page = keys_page(&door, &visit, &actor, None);
    if done.done == DONE {
        let text = page.frame.say("keys-deleted");
        page.frame = page.frame.noted(Tone::Good, text);
    }
    show(&page)
}

/// A ticket for the component: to read the medium.
pub(crate) async fn ticket(State(door): State<Door>, Client(actor): Client, form: Form) -> Result<Response, Problem> {
    let session = form.line("session").to_owned();
    let issued = door.ask(move |ra, at| ra.key_list_ticket(&actor, &session, at)).await?;
    Ok(super::ticket_answer(issued))
}

/// What the component read.
pub(crate) async fn tell(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let wrong = match outcome(&form) {
        Ok(None) => Wrong::NotAsked,
        Ok(Some(Outcome::ListCertificates(told))) => {
            let (asked, nonce) = (actor.clone(), form.line("nonce").to_owned());
            match door.ask(move |ra, at| ra.medium_read(&asked, &nonce, &told, at)).await {
                Ok(medium) => return Ok(show(&keys_page(&door, &visit, &actor, Some(&medium)))),
                Err(Problem::Refused { refused, .. }) => Wrong::Refused(refused.refusal),
                Err(problem) => return Err(problem),
            }
        }
        Ok(Some(_)) => Wrong::Refused(Refusal::ComponentTicketUnknown),
        Err(refusal) => Wrong::Refused(refusal),
    };
    let mut page = keys_page(&door, &visit, &actor, None);
    page.frame = wrong.noted(page.frame);
    Ok(show_as(wrong.status(), &page))
}

/// `?key=`
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    key: String,
}

/// Asks whether the client means it.
pub(crate) async fn may_delete(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if wanted.key.is_empty() {
        return Ok(see_other(HERE));
    }
    deletion(&door, &visit, &actor, &key_id(&wanted.key)?, None).await
}

/// A ticket for the component: to delete the key.
pub(crate) async fn deletion_ticket(
    State(door): State<Door>,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let (key, session) = (key_id(form.line("key"))?, form.line("session").to_owned());
    let issued = door.ask(move |ra, at| ra.key_deletion_ticket(&actor, &key, &session, at)).await?;
    Ok(super::ticket_answer(issued))
}

/// The component deleted it.
pub(crate) async fn delete(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let key = key_id(form.line("key"))?;
    let wrong = match outcome(&form) {
        Ok(None) => Wrong::NotAsked,
        Ok(Some(Outcome::DeleteKey(_))) => {
            let (asked, nonce) = (actor.clone(), form.line("nonce").to_owned());
            match door.ask(move |ra, at| ra.key_deleted(&asked, &nonce, at)).await {
                Ok(()) => return Ok(see_other(&format!("{HERE}?done={DONE}"))),
                Err(Problem::Refused { refused, .. }) => Wrong::Refused(refused.refusal),
                Err(problem) => return Err(problem),
            }
        }
        Ok(Some(_)) => Wrong::Refused(Refusal::ComponentTicketUnknown),
        Err(refusal) => Wrong::Refused(refusal),
    };
    deletion(&door, &visit, &actor, &key, Some(wrong)).await
}

/// Why a form comes back.
#[derive(Clone, Copy)]
enum Wrong {
    /// It came without what the component adds to it: scripts are off, or it was not asked.
    NotAsked,
    Refused(Refusal),
}

impl Wrong {
    fn noted<'a>(self, frame: Frame<'a>) -> Frame<'a> {
        match self {
            Self::NotAsked => frame.wrong("token-needed"),
            Self::Refused(refusal) => frame.refused(refusal),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotAsked => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => Problem::from(refusal).status(),
        }
    }
}

/// What the component answered; nothing where it was not asked.
fn outcome(form: &Form) -> Result<Option<Outcome>, Refusal> {
    let text = form.line("result");
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|_| Refusal::BodyMalformed)
}

fn key_id(text: &str) -> Result<KeyId, Problem> {
    KeyId::new(text).map_err(|error| Problem::because(Refusal::BodyMalformed, error.to_string()))
}

fn keys_page<'a>(door: &'a Door, visit: &Visit, actor: &Actor, medium: Option<&OwnMedium>) -> KeysPage<'a> {
    let by_certificate = matches!(actor, Actor::Subscriber { .. });
    keys_page_of(frame(door, visit, actor, "", "keys-title").with_token(), by_certificate, medium)
}

fn keys_page_of<'a>(frame: Frame<'a>, by_certificate: bool, medium: Option<&OwnMedium>) -> KeysPage<'a> {
    KeysPage {
        hindrance: (!by_certificate).then(|| frame.speech.refusal(Refusal::CertificateSignInNeeded)),
        found: medium.map(|medium| Found::of(&frame, medium)),
        frame,
    }
}

async fn deletion(
    door: &Door,
    visit: &Visit,
    actor: &Actor,
    key: &KeyId,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let (asked, wanted) = (actor.clone(), key.clone());
    let standing = door.ask(move |ra, at| ra.key_on_medium(&asked, &wanted, at)).await?;
    let mut frame = frame(door, visit, actor, "", "keys-deletion-title").with_token();
    if let Some(wrong) = wrong {
        frame = wrong.noted(frame);
    }
    Ok(show_as(wrong.map_or(StatusCode::OK, Wrong::status), &key_page_of(frame, key, &standing)))
}

fn key_page_of<'a>(frame: Frame<'a>, key: &KeyId, standing: &KeyStanding) -> KeyPage<'a> {
    let warnings: &[&str] = match standing {
        KeyStanding::Awaited(_) | KeyStanding::Certified(_) => &[],
        KeyStanding::Left(_) => &["keys-for-good"],
        KeyStanding::Unknown { may_be_awaited: false } => &["keys-for-good", "keys-of-somebody"],
        KeyStanding::Unknown { may_be_awaited: true } => &["keys-for-good", "keys-of-somebody", "keys-may-be-awaited"],
    };
    KeyPage {
        key: KeyFacts::of(&frame, key, None, standing),
        key_id: key.as_str().to_owned(),
        warnings: warnings.iter().map(|word| frame.say(word)).collect(),
        frame,
    }
}

impl Found {
    fn of(frame: &Frame<'_>, medium: &OwnMedium) -> Self {
        let key = |key: &KeyOnMedium| KeyFacts::of(frame, &key.key_id, Some(&key.algorithm), &key.standing);
        Self {
            serial: medium.serial.clone(),
            lone_keys: medium.lone_keys.iter().map(key).collect(),
            certificates: medium.certificates.iter().map(|one| CertificateFacts::of(frame, one)).collect(),
        }
    }
}

impl KeyFacts {
    fn of(frame: &Frame<'_>, key: &KeyId, algorithm: Option<&str>, standing: &KeyStanding) -> Self {
        let (tone, word, says) = match standing {
            KeyStanding::Awaited(Some(_)) => (Tone::Warn, "keys-needed", frame.say("keys-awaited")),
            KeyStanding::Awaited(None) => (Tone::Warn, "keys-needed", frame.say("keys-awaited-elsewhere")),
            KeyStanding::Certified(standing) => {
                let standing = frame.say(&format!("standing-{}", standing.name()));
                (Tone::Warn, "keys-needed", format!("{} {standing}.", frame.say("keys-certified")))
            }
            KeyStanding::Left(_) => (Tone::Idle, "keys-not-needed", frame.say("keys-left")),
            KeyStanding::Unknown { .. } => (Tone::Tell, "keys-not-known", frame.say("keys-unknown")),
        };
        let request = match standing {
            KeyStanding::Awaited(request) | KeyStanding::Left(request) => *request,
            KeyStanding::Certified(_) | KeyStanding::Unknown { .. } => None,
        };
        let number = |request: &ra::OwnRequest| {
            let number = request.unz.map_or_else(|| frame.say("request-unsent"), |unz| unz.to_string());
            (format!("/requests/{}", request.id), number)
        };
        Self {
            shown: in_groups(key),
            algorithm: algorithm.map(str::to_owned),
            tone,
            word,
            says,
            request: request.as_ref().map(number),
            deletion: (!standing.is_needed()).then(|| format!("{HERE}/delete?key={}", key.as_str())),
        }
    }
}

impl CertificateFacts {
    fn of(frame: &Frame<'_>, one: &CertificateOnMedium) -> Self {
        let standing = match one.standing {
            Some(standing) => frame.say(&format!("standing-{}", standing.name())),
            None => frame.say("keys-foreign"),
        };
        Self {
            holder: one.holder.clone(),
            issuer: one.issuer.clone(),
            serial_decimal: one.serial_decimal.clone(),
            serial_hex: one.serial_hex.clone(),
            until: frame.speech.date(&one.not_after),
            algorithm: one.algorithm.clone(),
            standing,
            tone: one.standing.map_or(Tone::Idle, tone),
            key: if one.has_key { "keys-private-here" } else { "keys-private-elsewhere" },
        }
    }
}

/// Four digits together, as in the component's window: there the same key is asked about.
fn in_groups(key: &KeyId) -> String {
    let groups: Vec<_> = key.as_str().as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    use domain::certificate::Standing;
    use domain::ids::{RequestId, Unz};

    let own = |title: &str| super::cabinet::sample::signed_in(frame(title)).with_token();
    let request = |unz: Option<Unz>| Some(ra::OwnRequest { id: RequestId::new(Timestamp(0), [1; 10]), unz });
    let sent = request("1196837e3c03f2".parse().ok());
    let mut standings = vec![
        KeyStanding::Awaited(sent),
        KeyStanding::Awaited(request(None)),
        KeyStanding::Awaited(None),
        KeyStanding::Left(sent),
        KeyStanding::Left(None),
        KeyStanding::Unknown { may_be_awaited: false },
        KeyStanding::Unknown { may_be_awaited: true },
    ];
    standings.extend(Standing::ALL.map(KeyStanding::Certified));
    let key = |number: usize| KeyId::new(format!("{number:02x}").repeat(32)).expect("32 octets in hexadecimal");
    let lone = |(number, standing): (usize, &KeyStanding)| KeyOnMedium {
        key_id: key(number),
        algorithm: "<gost-256-a>".to_owned(),
        standing: standing.clone(),
    };
    let certificate = |standing: Option<Standing>| CertificateOnMedium {
        holder: "Rogov <Ivan>".to_owned(),
        issuer: "CN=<Class 2 CA>".to_owned(),
        serial_hex: "38b00b8".to_owned(),
        serial_decimal: format!("5944{:04}", standing.map_or(Standing::ALL.len(), |standing| standing as usize)),
        not_after: Timestamp(1_535_021_580_000),
        algorithm: "gost-256-a".to_owned(),
        has_key: standing.is_some(),
        standing,
    };
    let full = OwnMedium {
        serial: Some("\"><b>".to_owned()),
        certificates: Standing::ALL.into_iter().map(Some).chain([None]).map(certificate).collect(),
        lone_keys: standings.iter().enumerate().map(lone).collect(),
    };
    let empty = OwnMedium { serial: None, certificates: Vec::new(), lone_keys: Vec::new() };

    let deleted = |frame: Frame<'a>| {
        let text = frame.say("keys-deleted");
        frame.noted(Tone::Good, text)
    };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = vec![
        Box::new(keys_page_of(deleted(own("keys-title")), true, None)),
        Box::new(keys_page_of(Wrong::NotAsked.noted(own("keys-title")), true, None)),
        Box::new(keys_page_of(own("keys-title"), false, None)),
        Box::new(keys_page_of(own("keys-title"), true, Some(&full))),
        Box::new(keys_page_of(own("keys-title"), true, Some(&empty))),
    ];
    for (number, standing) in standings.iter().enumerate() {
        pages.push(Box::new(key_page_of(own("keys-deletion-title"), &key(number), standing)));
    }
    let refused = Wrong::Refused(Refusal::KeyNeeded).noted(own("keys-deletion-title"));
    pages.push(Box::new(key_page_of(refused, &key(0), &standings[0])));
    pages
}
