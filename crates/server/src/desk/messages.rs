//! What clients wrote to the bank: the list, one thread, the answer.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::RequestId;
use domain::{Refusal, Timestamp};

use super::frame;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Form, Frame, Page, Upload, Visit, see_other, show, show_as};
use crate::portal::messages::{
    ThreadFacts, Typed, WriteForm, file_of, request_id, seen_of, thread_facts, write, write_form,
};

/// `?after=` the end of the page before.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    after: Option<String>,
}

/// Rows of one page.
const PAGE: usize = 25;

#[derive(askama::Template)]
#[template(path = "desk/messages.html")]
struct MessagesPage<'a> {
    frame: Frame<'a>,
    threads: Vec<Line>,
    next: Option<String>,
}

struct Line {
    address: String,
    unz: String,
    name: String,
    at: String,
    unread: i64,
}

#[derive(askama::Template)]
#[template(path = "desk/thread.html")]
struct ThreadPage<'a> {
    frame: Frame<'a>,
    name: String,
    request: String,
    /// What the form says was read, where there is something that nobody has taken note of and this person may.
    seen: Option<String>,
    thread: ThreadFacts,
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

pub(crate) async fn list(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let after = asked.after.as_deref().map(|after| place(after).ok_or(Refusal::BodyMalformed)).transpose()?;
    let actor = clerk.actor.clone();
    // One more than is shown tells that there are more.
    let mut lines = door.ask(move |ra, _| ra.threads(&actor, after, PAGE + 1)).await?;
    let has_more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let last = lines.last().filter(|_| has_more).map(ra::ThreadRow::place);
    let frame = frame(&door, &visit, &clerk, "", "desk-messages");
    let line = |line: ra::ThreadRow| Line {
        address: format!("/desk/messages/{}", line.request_id),
        unz: line.unz.to_string(),
        name: line.subscriber_name,
        at: frame.speech.time(&line.last_at),
        unread: line.unread,
    };
    let threads = lines.into_iter().map(line).collect();
    let next = last.map(|last| format!("/desk/messages?after={}", text_of(last)));
    Ok(show(&MessagesPage { frame, threads, next }))
}

/// The end of a page, as [`place`] reads it.
fn text_of((is_unread, at, id): ra::ThreadPlace) -> String {
    format!("{}_{}_{id}", u8::from(is_unread), at.0)
}

/// The end of the page before.
fn place(text: &str) -> Option<ra::ThreadPlace> {
    let mut parts = text.splitn(3, '_');
    let is_unread = match parts.next()? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    Some((is_unread, Timestamp(parts.next()?.parse().ok()?), parts.next()?.parse().ok()?))
}

pub(crate) async fn thread(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, request_id(&id)?, Typed::default()).await
}

pub(crate) async fn answer(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, Problem> {
    let request = request_id(&id)?;
    match write(&door, &clerk.actor, request, upload).await? {
        None => Ok(see_other(&format!("/desk/messages/{request}"))),
        Some(typed) => page(&door, &visit, &clerk, request, typed).await,
    }
}

/// Taken note of without an answer.
pub(crate) async fn read(
    State(door): State<Door>,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let request = request_id(&id)?;
    let seen = seen_of(&form);
    door.ask(move |ra, at| ra.messages_read(&clerk.actor, request, seen, at)).await?;
    Ok(see_other("/desk/messages"))
}

pub(crate) async fn file(
    State(door): State<Door>,
    clerk: Clerk,
    Path(place): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    file_of(&door, clerk.actor, place).await
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    request: RequestId,
    typed: Typed,
) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let (thread, id) = door.ask(move |ra, at| Ok((ra.thread(&actor, request)?, ra.message_id(at)))).await?;
    let mut frame = frame(door, visit, clerk, &thread.procedure, "messages-title");
    let status = typed.wrong.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    if let Some(refusal) = typed.wrong {
        frame = frame.refused(refusal);
    }
    let unread = thread.messages.iter().filter(|message| message.by_bank.is_none() && message.read_at.is_none());
    let unread: Vec<String> = unread.map(|message| message.id.to_string()).collect();
    let seen = (thread.may_write && !unread.is_empty()).then(|| unread.join(" "));
    let form =
        thread.may_write.then(|| WriteForm { seen: seen.clone(), ..write_form(&frame.speech, id, typed, false) });
    let facts = thread_facts(&frame.speech, &thread, "/desk/messages", "desk-client", form);
    let page = ThreadPage {
        name: thread.subscriber_name,
        request: format!("/desk/requests/{request}"),
        seen,
        thread: facts,
        frame,
    };
    Ok(show_as(status, &page))
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let line = |unread| Line {
        address: "/desk/messages/1".to_owned(),
        unz: "1196837e3c03f2".to_owned(),
        name: "<Rogov>".to_owned(),
        at: "2018-08-23".to_owned(),
        unread,
    };
    let list = |threads: Vec<Line>| {
        let next = (!threads.is_empty()).then(|| "/desk/messages?after=1_2_3".to_owned());
        MessagesPage { frame: super::as_clerk(frame("desk-messages")), threads, next }
    };
    let thread = |may_read: bool| {
        let frame = super::as_clerk(frame("messages-title"));
        let mut thread = crate::portal::messages::sample_thread(&frame.speech, "/desk/messages", None);
        let seen = may_read.then(|| domain::ids::MessageId::new(Timestamp(0), [0; 10]).to_string());
        thread.form = thread.form.filter(|_| may_read).map(|form| WriteForm { seen: seen.clone(), ..form });
        ThreadPage { name: "<Rogov>".to_owned(), request: "/desk/requests/1".to_owned(), seen, thread, frame }
    };
    let client = super::as_clerk(frame("desk-client"));
    vec![
        Box::new(list(vec![line(2), line(0)])),
        Box::new(list(Vec::new())),
        Box::new(thread(true)),
        Box::new(thread(false)),
        Box::new(MessagesPage { frame: client, threads: Vec::new(), next: None }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
        let id = RequestId::new(Timestamp(7), [3; 10]);
        for there in [(true, Timestamp(0), id), (false, Timestamp(-1), id), (true, Timestamp(i64::MAX), id)] {
            assert_eq!(place(&text_of(there)), Some(there));
        }
        for wrong in ["", "1", "1_2", "1_2_3", &format!("2_1_{id}"), &format!("1_x_{id}"), &format!("1_2_{id}_"), "1__"]
        {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }
}
