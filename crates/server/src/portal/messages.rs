//! «Сообщения»: what the client and the bank write to each other about one request, with the act. Text is shown as text.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use domain::Refusal;
use domain::actor::Actor;
use domain::ids::{MessageId, RequestId};
use ra::NewMessage;

use super::cabinet::frame;
use crate::api::{Door, Problem};
use crate::auth::Client;
use crate::pages::{Field, Form, Frame, Page, Upload, Visit, see_other, show, show_as};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "portal/messages.html")]
struct MessagesPage<'a> {
    frame: Frame<'a>,
    /// Address, УНЗ and procedure of each request that can be written about.
    requests: Vec<(String, String, String)>,
}

#[derive(askama::Template)]
#[template(path = "portal/thread.html")]
struct ThreadPage<'a> {
    frame: Frame<'a>,
    thread: ThreadFacts,
}

/// A thread and the form under it, for the client and for the desk.
pub(crate) struct ThreadFacts {
    pub(crate) here: String,
    pub(crate) unz: String,
    pub(crate) messages: Vec<MessageFacts>,
    /// The form: the id of the message to be, the field, whether the act may go along and was chosen. None for whoever only reads.
    pub(crate) form: Option<WriteForm>,
}

pub(crate) struct MessageFacts {
    pub(crate) by: String,
    pub(crate) is_bank: bool,
    pub(crate) at: String,
    pub(crate) text: String,
    /// Address, name, digest.
    pub(crate) files: Vec<(String, String, String)>,
}

pub(crate) struct WriteForm {
    pub(crate) id: String,
    pub(crate) field: Field,
    pub(crate) may_attach: bool,
    pub(crate) attach: bool,
    pub(crate) scan_hint: String,
    pub(crate) scan_wrong: Option<String>,
    /// At the desk, what the page shows: see [`seen_of`].
    pub(crate) seen: Option<String>,
}

impl Page for MessagesPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for ThreadPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// What was typed into a form that came back.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) text: String,
    pub(crate) attach: bool,
    pub(crate) wrong: Option<Refusal>,
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, Client(actor): Client) -> Result<Response, Problem> {
    let asked = actor.clone();
    let cards = door.ask(move |ra, at| ra.requests_of(&asked, at)).await?;
    let frame = frame(&door, &visit, &actor, "", "menu-messages");
    let row = |card: ra::RequestCard| {
        let speech = Speech::new(visit.language).of(door.words().get(&card.procedure));
        let title = speech.of_procedure("procedure-title").unwrap_or_else(|| card.procedure.clone());
        card.unz.map(|unz| (format!("/messages/{}", card.id), unz.to_string(), title))
    };
    let requests = cards.into_iter().filter_map(row).collect();
    Ok(show(&MessagesPage { frame, requests }))
}

pub(crate) async fn thread(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &actor, request_id(&id)?, Typed::default()).await
}

pub(crate) async fn send(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, Problem> {
    let request = request_id(&id)?;
    match write(&door, &actor, request, upload).await? {
        None => Ok(see_other(&format!("/messages/{request}"))),
        Some(typed) => page(&door, &visit, &actor, request, typed).await,
    }
}

pub(crate) async fn file(
    State(door): State<Door>,
    Client(actor): Client,
    Path(place): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    file_of(&door, actor, place).await
}

/// Sends what the form says; what was typed comes back when it was refused.
pub(crate) async fn write(
    door: &Door,
    actor: &Actor,
    request: RequestId,
    upload: Upload,
) -> Result<Option<Typed>, Problem> {
    let form = &upload.form;
    let id: MessageId = form.line("message").parse().map_err(|_| Problem::from(Refusal::BodyMalformed))?;
    let (text, attach) = (form.text("text").to_owned(), form.line("act") == "yes");
    let seen = seen_of(form);
    let scans = upload.files("scan").map(|file| file.octets).collect();
    let (asked, new) = (actor.clone(), NewMessage { text: text.clone(), with_act: attach, scans, seen });
    match door.ask(move |ra, at| ra.send_message(&asked, request, id, &new, at)).await {
        Ok(()) => Ok(None),
        Err(Problem::Refused { refused, .. }) if comes_back(refused.refusal) => {
            Ok(Some(Typed { text, attach, wrong: Some(refused.refusal) }))
        }
        Err(problem) => Err(problem),
    }
}

/// The messages that stood on the page of the form and that the bank had not taken note of, by their ids with spaces between. None of a form that
/// says something else.
pub(crate) fn seen_of(form: &Form) -> Vec<MessageId> {
    form.line("seen").split_whitespace().map(|id| id.parse().ok()).collect::<Option<_>>().unwrap_or_default()
}

/// Refusals that the writer can do something about on the same page.
fn comes_back(refusal: Refusal) -> bool {
    is_of_scan(refusal)
        || matches!(
            refusal,
            Refusal::TextUnacceptable
                | Refusal::ActNotSigned
                | Refusal::FormStale
                | Refusal::TooManyTries
                | Refusal::RoleMissing
        )
}

/// Refusals that are about the files.
fn is_of_scan(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::ScanTooLarge
            | Refusal::ScanKindUnknown
            | Refusal::ScanDamaged
            | Refusal::ScanActive
            | Refusal::BodyTooLarge
    )
}

/// A file to be kept: browsers save it and show nothing of it.
pub(crate) async fn file_of(
    door: &Door,
    actor: Actor,
    (request, message, place): (String, String, String),
) -> Result<Response, Problem> {
    let request = request_id(&request)?;
    let message: MessageId = message.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    let place: i64 = place.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    let (name, kind, octets) = door.ask(move |ra, _| ra.message_file(&actor, request, message, place)).await?;
    let header = |text: &str| {
        HeaderValue::try_from(text).map_err(|error| Problem::incident(false, &format!("a file's header: {error}")))
    };
    // Names are ours: letters, digits, points, hyphens.
    let headers =
        [(CONTENT_TYPE, header(&kind)?), (CONTENT_DISPOSITION, header(&format!("attachment; filename=\"{name}\""))?)];
    Ok((headers, octets).into_response())
}

async fn page(
    door: &Door,
    visit: &Visit,
    actor: &Actor,
    request: RequestId,
    typed: Typed,
) -> Result<Response, Problem> {
    let asked = actor.clone();
    let (thread, id) = door.ask(move |ra, at| Ok((ra.thread(&asked, request)?, ra.message_id(at)))).await?;
    let mut frame = frame(door, visit, actor, &thread.procedure, "messages-title");
    let status = typed.wrong.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    if let Some(refusal) = typed.wrong {
        frame = frame.refused(refusal);
    }
    let form = write_form(&frame.speech, id, typed, thread.has_act);
    let thread = thread_facts(&frame.speech, &thread, "/messages", "journal-you", Some(form));
    Ok(show_as(status, &ThreadPage { frame, thread }))
}

/// `client` is the word for the one who is no bank.
pub(crate) fn thread_facts(
    speech: &Speech<'_>,
    thread: &ra::Thread,
    root: &str,
    client: &str,
    form: Option<WriteForm>,
) -> ThreadFacts {
    let here = format!("{root}/{}", thread.request_id);
    let facts = |message: &ra::MessageCard| MessageFacts {
        by: match &message.by_bank {
            Some(name) => format!("{}: {name}", speech.say("journal-bank")),
            None => match &message.stranger {
                Some(name) => speech.say1("messages-stranger", "name", name),
                None => speech.say(client),
            },
        },
        is_bank: message.by_bank.is_some(),
        at: speech.time(&message.sent_at),
        text: message.text.clone(),
        files: message
            .files
            .iter()
            .map(|file| (format!("{here}/{}/{}", message.id, file.place), file.name.clone(), hex::encode(file.sha256)))
            .collect(),
    };
    let messages = thread.messages.iter().map(facts).collect();
    ThreadFacts { messages, unz: thread.unz.to_string(), here, form }
}

pub(crate) fn write_form(speech: &Speech<'_>, id: MessageId, typed: Typed, may_attach: bool) -> WriteForm {
    let wrong = typed.wrong.filter(|refusal| *refusal == Refusal::TextUnacceptable);
    let field = Field::line("text", speech.say("messages-text"), &typed.text)
        .area(ra::MESSAGE_CHARACTERS)
        .hint(speech.say1("messages-hint", "count", ra::MESSAGE_CHARACTERS))
        .wrong(wrong.map(|refusal| speech.refusal(refusal)))
        .required();
    let scan_wrong = typed.wrong.filter(|refusal| is_of_scan(*refusal)).map(|refusal| speech.refusal(refusal));
    let scan_hint = speech.say1("messages-scan-hint", "count", ra::MESSAGE_SCANS);
    WriteForm { id: id.to_string(), field, may_attach, attach: typed.attach, scan_hint, scan_wrong, seen: None }
}

pub(crate) fn request_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use super::cabinet::sample::signed_in;
    let own = |title: &str| signed_in(frame(title));
    let some = vec![("/messages/1".to_owned(), "1196837e3c03f2".to_owned(), "<Renewal>".to_owned())];
    let thread = |wrong: Option<Refusal>| {
        let frame = own("messages-title");
        let thread = sample_thread(&frame.speech, "/messages", wrong);
        ThreadPage { thread, frame }
    };
    vec![
        Box::new(MessagesPage { frame: own("menu-messages"), requests: some }),
        Box::new(MessagesPage { frame: own("menu-messages"), requests: Vec::new() }),
        Box::new(thread(None)),
        Box::new(thread(Some(Refusal::TextUnacceptable))),
        Box::new(thread(Some(Refusal::ScanDamaged))),
    ]
}

#[cfg(test)]
pub(crate) fn sample_thread(speech: &Speech<'_>, root: &str, wrong: Option<Refusal>) -> ThreadFacts {
    let message = |is_bank: bool| MessageFacts {
        by: speech.say(if is_bank { "journal-bank" } else { "journal-you" }),
        is_bank,
        at: "2018-08-23 10:00".to_owned(),
        text: "<script>alert(1)</script>\nx".to_owned(),
        files: if is_bank { Vec::new() } else { vec![(format!("{root}/1/2/0"), "act.txt".to_owned(), "0".repeat(64))] },
    };
    let id = MessageId::new(domain::Timestamp(0), [0; 10]);
    let typed = Typed { text: "<b>".to_owned(), attach: true, wrong };
    ThreadFacts {
        here: format!("{root}/1"),
        unz: "1196837e3c03f2".to_owned(),
        messages: if wrong.is_some() { Vec::new() } else { vec![message(false), message(true)] },
        form: Some(write_form(speech, id, typed, wrong.is_none())),
    }
}
