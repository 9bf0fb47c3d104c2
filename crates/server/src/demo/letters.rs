//! The mailbox of a demonstration: the letters that lie in the folder of the mailbox transport, newest first, and one of them as a mail
//! program shows it.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Path as Named, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use domain::{Refusal, Timestamp};

use super::stage;
use crate::api::{Door, Problem};
use crate::mail::Read;
use crate::pages::{ContentPolicy, Frame, Page, Visit, show};
use crate::words::Speech;

/// So many letters are listed, the newest: a demonstration that ran for weeks stays a page.
const MOST_LETTERS: usize = 100;
/// The page of a letter has a frame of our own.
const WITH_FRAME: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// What was mailed is nobody's page: no script, no form, nothing from outside; its links open in the whole window.
const MAILED: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; \
    sandbox allow-popups allow-top-navigation-by-user-activation";

#[derive(askama::Template)]
#[template(path = "demo/letters.html")]
struct LettersPage<'a> {
    frame: Frame<'a>,
    letters: Vec<Line>,
}

/// A letter in the list.
struct Line {
    name: String,
    subject: String,
    to: String,
    at: String,
}

#[derive(askama::Template)]
#[template(path = "demo/letter.html")]
struct LetterPage<'a> {
    frame: Frame<'a>,
    name: String,
    to: String,
    at: String,
    has_html: bool,
    text: Vec<Piece>,
}

/// A piece of a letter's text.
struct Piece {
    text: String,
    is_link: bool,
}

impl Page for LettersPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for LetterPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(super) async fn list(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let folder = stage(&door)?.mailbox.clone();
    let letters = door.ask(move |_, _| Ok(letters(&folder))).await?;
    let speech = speech(&door, &visit);
    let line = |(name, at, read): (String, Timestamp, Read)| Line {
        name,
        subject: read.subject,
        to: read.to,
        at: speech.time(&at),
    };
    let letters = letters.into_iter().map(line).collect();
    let title = speech.say("demo-letters");
    Ok(show(&LettersPage { frame: Frame::new(&visit, speech, title), letters }))
}

pub(super) async fn one(
    State(door): State<Door>,
    visit: Visit,
    Named(name): Named<String>,
) -> Result<Response, Problem> {
    let (at, read) = letter(&door, name.clone()).await?;
    let speech = speech(&door, &visit);
    let at = speech.time(&at);
    let frame = Frame::new(&visit, speech, read.subject);
    let page = LetterPage { frame, name, to: read.to, at, has_html: read.html.is_some(), text: pieces(&read.text) };
    let mut response = show(&page);
    response.extensions_mut().insert(ContentPolicy(WITH_FRAME));
    Ok(response)
}

/// The HTML of a letter, as the frame shows it.
pub(super) async fn html(State(door): State<Door>, Named(name): Named<String>) -> Result<Response, Problem> {
    let (_, read) = letter(&door, name).await?;
    let html = read.html.ok_or(Refusal::NotFound)?;
    // Links belong to the window, not to the frame.
    let html = html.replacen("<head>", "<head><base target=\"_top\">", 1);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = ([(CONTENT_TYPE, kind)], html).into_response();
    response.extensions_mut().insert(ContentPolicy(MAILED));
    Ok(response)
}

async fn letter(door: &Door, name: String) -> Result<(Timestamp, Read), Problem> {
    let folder = stage(door)?.mailbox.clone();
    let found = door.ask(move |_, _| Ok(letters(&folder).into_iter().find(|(known, ..)| *known == name))).await?;
    let (_, at, read) = found.ok_or(Refusal::NotFound)?;
    Ok((at, read))
}

/// Dates are the agent's.
fn speech<'a>(door: &Door, visit: &Visit) -> Speech<'a> {
    let speech = Speech::new(visit.language);
    match door.agents() {
        [agent, ..] => speech.dated(&agent.calendar),
        [] => speech,
    }
}

/// The newest letters of a folder: name, when it came, contents. A folder that is not there yet holds none; a letter that goes away
/// meanwhile is passed over.
fn letters(folder: &Path) -> Vec<(String, Timestamp, Read)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, String)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?.strip_suffix(".eml")?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, name))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.truncate(MOST_LETTERS);
    found
        .into_iter()
        .filter_map(|(at, name)| {
            let octets = std::fs::read(folder.join(format!("{name}.eml"))).ok()?;
            let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
            let at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
            Some((name, at, Read::parse(&octets)))
        })
        .collect()
}

/// Splits a text into words that are links and everything between.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end_matches(|c: char| c.is_whitespace() || ".,);".contains(c));
        let is_link = ["http://", "https://"].iter().any(|scheme| bare.starts_with(scheme));
        let (link, rest) = if is_link { word.split_at(bare.len()) } else { ("", word) };
        if is_link {
            pieces.push(Piece { text: link.to_owned(), is_link });
        }
        match pieces.last_mut().filter(|last| !last.is_link) {
            Some(last) => last.text.push_str(rest),
            None => pieces.push(Piece { text: rest.to_owned(), is_link: false }),
        }
    }
    pieces
}

#[cfg(test)]
pub(super) fn samples<'a>(frame: &impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let line =
        || Line { name: "1-a".to_owned(), subject: "<2>".to_owned(), to: "a@b.c".to_owned(), at: "3".to_owned() };
    let letter = |has_html| LetterPage {
        frame: frame("demo-letters"),
        name: "1-a".to_owned(),
        to: "<2>".to_owned(),
        at: "3".to_owned(),
        has_html,
        text: vec![
            Piece { text: "<4>\n".to_owned(), is_link: false },
            Piece { text: "/ca/certificate?agentId=1&code=x".to_owned(), is_link: true },
        ],
    };
    vec![
        Box::new(LettersPage { frame: frame("demo-letters"), letters: Vec::new() }),
        Box::new(LettersPage { frame: frame("demo-letters"), letters: vec![line(), line()] }),
        Box::new(letter(true)),
        Box::new(letter(false)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_text_stand_alone_and_nothing_is_lost() {
        let text = "Here: http://127.0.0.1/x?a=1&b=2.\n\nAnd (https://y), more.";
        let found = pieces(text);
        let links: Vec<&str> = found.iter().filter(|piece| piece.is_link).map(|piece| piece.text.as_str()).collect();
        assert_eq!(links, ["http://127.0.0.1/x?a=1&b=2"]);
        assert_eq!(found.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    }
}
