//! What each fuzz target does with its octets. Beyond "it does not panic" every target states what must hold of whatever it read;
//! a broken statement is a panic and so a finding.

#[path = "../../src/frame.rs"]
mod frame;
#[path = "../../src/head.rs"]
mod head;
#[path = "../../src/origin.rs"]
pub mod origin;
pub mod seeds;

use std::io::{self, Read};

use frame::{FromExtension, Incoming};
use head::Head;
use origin::Origin;
use statement::message::{Call, MESSAGE_OCTETS, Reply, Wish};
use statement::ticket::{Sealed, TICKET_CHARACTERS, Ticket, seal};

/// What a browser's pipe brings: however it is cut, the same messages, none larger than allowed, and written again the same octets.
pub fn host_frame(data: &[u8]) {
    let Some((piece, octets)) = data.split_first() else { return };
    let (whole, ended) = conversation(Drops(octets, usize::MAX));
    let (pieces, ended_in_pieces) = conversation(Drops(octets, usize::from(piece % 7) + 1));
    assert_eq!((&whole, ended), (&pieces, ended_in_pieces));
    let mut again = Vec::new();
    for message in &whole {
        frame::write(&mut again, message).expect("memory takes everything");
        let Some(from) = FromExtension::parse(message) else { continue };
        assert!(from.message.get().len() <= message.len());
        let origin = Origin::parse(&from.origin);
        assert!(origin.is_none_or(|origin| origin.as_str() == from.origin));
        component_message(from.message.get().as_bytes());
    }
    assert!(octets.starts_with(&again));
    assert!(ended != Some(End::Closed) || octets == again, "an end in the middle of a message is no end");
}

/// A page's message: whatever is taken is taken again when it is written, to the same call, and none that is too large.
pub fn component_message(data: &[u8]) {
    let named = Call::id_of(data);
    if let Ok(call) = Call::parse(data) {
        assert!(data.len() <= MESSAGE_OCTETS);
        assert_eq!(named.as_ref().map(|id| id.as_str()), Some(call.id.as_str()));
        let written = serde_json::to_vec(&call).expect("it was read from JSON");
        assert_eq!(Call::parse(&written).as_ref(), Ok(&call));
        if let Wish::Run(run) = &call.call {
            ticket(run.ticket.as_str().as_bytes());
        }
    }
    // The relay reads what the process of an operation says.
    if let Ok(reply) = serde_json::from_slice::<Reply>(data) {
        let written = reply.to_json();
        assert!(!written.contains('\n'), "a reply is one line");
        assert_eq!(serde_json::from_str::<Reply>(&written).ok(), Some(reply));
    }
}

/// A ticket as it travels, and the same octets as the payload of one: behind base64url nothing of a payload would be reached.
pub fn ticket(data: &[u8]) {
    if let Ok(sealed) = std::str::from_utf8(data).map(Sealed::parse)
        && let Ok(sealed) = sealed
    {
        assert!(data.len() <= TICKET_CHARACTERS);
        assert!(sealed.signed_octets().starts_with(b"Surguch-Ticket: 1\n"));
        opened(&sealed);
    }
    if let Ok(sealed) = Sealed::parse(&seal(data, b"signature")) {
        assert_eq!((&sealed.signature[..], &sealed.signed_octets()[18..]), (&b"signature"[..], data));
        opened(&sealed);
    }
}

fn opened(sealed: &Sealed) {
    let Ok(ticket) = sealed.open() else { return };
    let again: Ticket = Sealed::parse(&seal(&ticket.to_payload(), &sealed.signature))
        .and_then(|sealed| sealed.open())
        .expect("what was read can be written and read");
    assert_eq!(again, ticket);
}

/// The head of a request to the listener: no line hides in it, and one site at most is let in by it.
pub fn loopback_head(data: &[u8]) {
    let Some(head) = Head::parse(data) else { return };
    assert!(data.ends_with(b"\r\n\r\n") && data.is_ascii());
    assert!(!head.method.is_empty() && !head.target.is_empty());
    assert!(!head.target.contains(|character: char| !character.is_ascii_graphic()));
    let text = std::str::from_utf8(data).expect("it is ASCII");
    for name in ["host", "origin", "content-length", "content-type", "transfer-encoding"] {
        let named = text
            .lines()
            .skip(1)
            .filter(|line| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name)));
        assert_eq!(head.one(name).is_some(), named.count() == 1, "{name}: one is one");
    }
    if head.is_for(PORT) {
        let host = head.one("host").expect("it has one");
        assert!(["127.0.0.1:27817", "localhost:27817", "[::1]:27817"].contains(&host));
    }
    if let Some(origin) = head.one("origin").and_then(Origin::parse) {
        assert_eq!(Some(origin.as_str()), head.one("origin"));
        assert_eq!(Origin::parse(origin.as_str()), Some(origin));
    }
}

const PORT: u16 = 27_817;

/// How a conversation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Closed,
    TooLarge,
}

fn conversation(mut input: Drops<'_>) -> (Vec<Vec<u8>>, Option<End>) {
    let mut messages = Vec::new();
    loop {
        match frame::read(&mut input) {
            Ok(Incoming::Message(message)) => messages.push(message),
            Ok(Incoming::End) => return (messages, Some(End::Closed)),
            Ok(Incoming::TooLarge) => return (messages, Some(End::TooLarge)),
            Err(_) => return (messages, None),
        }
    }
}

/// As a pipe gives it: a few octets at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(into.len());
        self.0.read(&mut into[..length])
    }
}
