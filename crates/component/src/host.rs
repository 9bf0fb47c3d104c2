//! Native messaging: a browser starts this program and speaks to it through pipes, each message behind its length.
//!
//! Only our own extension is listened to; it adds the origin that the browser itself gave it, and that one counts. Nothing is printed to
//! standard output but messages.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;
use statement::message::{Code, MESSAGE_OCTETS, Reply};

use crate::relay::Relay;

/// The extension's id in browsers of the Chromium family: it follows from the key in its manifest.
pub const CHROMIUM_EXTENSION: &str = "gnhnbmdfanjpokafemhiopcfmaelkeld";
/// The extension's id in Firefox.
pub const FIREFOX_EXTENSION: &str = "component@surguch.example";
/// The name under which browsers know this program.
pub const HOST_NAME: &str = "surguch.component";

/// What the extension sends: the browser's own word for the page, and the page's message untouched.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromExtension<'a> {
    origin: String,
    #[serde(borrow)]
    message: &'a RawValue,
}

/// Whether a browser started this program for our extension, by the arguments it gave.
#[must_use]
pub fn is_called_by_extension(arguments: &[String], also_allowed: &[String]) -> bool {
    match arguments {
        // Chromium: the caller's origin first, on Windows a window number after it.
        [caller, ..] if caller.starts_with("chrome-extension://") => {
            let id = caller.trim_start_matches("chrome-extension://").trim_end_matches('/');
            id == CHROMIUM_EXTENSION || also_allowed.iter().any(|also| also == id)
        }
        // Firefox: the manifest and the extension's id.
        [manifest, id, ..] if manifest.ends_with(".json") => id == FIREFOX_EXTENSION,
        _ => false,
    }
}

/// Answers messages until the browser closes the pipe; then what still runs is told to give up.
///
/// # Errors
/// The pipe broke in the middle of a message.
pub fn serve(relay: &Arc<Relay>, mut input: impl Read, output: impl Write + Send + 'static) -> io::Result<()> {
    let output = Arc::new(Mutex::new(output));
    let ended = loop {
        let message = match read_message(&mut input) {
            Ok(Incoming::Message(message)) => message,
            Ok(Incoming::End) => break Ok(()),
            Ok(Incoming::TooLarge) => {
                write_message(&output, &Reply::refused(None, Code::MessageTooLarge))?;
                break Ok(());
            }
            Err(error) => break Err(error),
        };
        let (relay, output) = (Arc::clone(relay), Arc::clone(&output));
        // An operation takes minutes; meanwhile the page may ask who is there, or give up.
        std::thread::Builder::new().name("message".to_owned()).spawn(move || {
            let mut give = |reply: &Reply| {
                // A browser that is gone hears nothing; the loop above sees its end too.
                write_message(&output, reply).ok();
            };
            match serde_json::from_slice::<FromExtension<'_>>(&message) {
                Ok(from) => relay.answer(&from.origin, from.message.get().as_bytes(), &mut give),
                Err(_) => give(&Reply::refused(None, Code::MessageMalformed)),
            }
        })?;
    };
    relay.give_up(None);
    ended
}

enum Incoming {
    Message(Vec<u8>),
    TooLarge,
    End,
}

fn read_message(input: &mut impl Read) -> io::Result<Incoming> {
    let mut length = [0; 4];
    match input.read(&mut length[..1])? {
        0 => return Ok(Incoming::End),
        _ => input.read_exact(&mut length[1..])?,
    }
    let length = usize::try_from(u32::from_ne_bytes(length)).unwrap_or(usize::MAX);
    if length > MESSAGE_OCTETS + ENVELOPE_OCTETS {
        return Ok(Incoming::TooLarge);
    }
    let mut message = vec![0; length];
    input.read_exact(&mut message)?;
    Ok(Incoming::Message(message))
}

fn write_message(output: &Mutex<impl Write>, reply: &Reply) -> io::Result<()> {
    let text = reply.to_json();
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    output.write_all(&length.to_ne_bytes())?;
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// The origin and the names of two members.
const ENVELOPE_OCTETS: usize = 512;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    /// As a pipe gives it: a few octets at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len());
            self.0.read(&mut into[..length])
        }
    }

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        let frame = |message: &Vec<u8>| [&u32::try_from(message.len()).unwrap().to_ne_bytes(), &message[..]].concat();
        messages.iter().flat_map(frame).collect()
    }

    /// All messages up to the end, and how it ended.
    fn all(octets: &[u8], piece: usize) -> (Vec<Vec<u8>>, io::Result<bool>) {
        let (mut input, mut read) = (Drops(octets, piece), Vec::new());
        loop {
            match read_message(&mut input) {
                Ok(Incoming::Message(message)) => read.push(message),
                Ok(Incoming::End) => return (read, Ok(true)),
                Ok(Incoming::TooLarge) => return (read, Ok(false)),
                Err(error) => return (read, Err(error)),
            }
        }
    }

    fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..6)
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in_however_the_pipe_cuts_them(messages in messages(), piece in 1_usize..9) {
            let (read, ended) = all(&framed(&messages), piece);
            prop_assert_eq!(read, messages);
            prop_assert!(ended.unwrap());
        }

        #[test]
        fn a_conversation_cut_anywhere_gives_whole_messages_alone(messages in messages(), cut in any::<prop::sample::Index>()) {
            let octets = framed(&messages);
            let cut = cut.index(octets.len() + 1);
            let (read, ended) = all(&octets[..cut], 3);
            prop_assert_eq!(&read[..], &messages[..read.len()]);
            let whole = framed(&messages[..read.len()]).len();
            prop_assert_eq!(ended.is_ok(), whole == cut, "an end in the middle is said");
        }

        #[test]
        fn no_octets_break_the_framing_or_make_a_message_too_large(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            for message in all(&octets, 7).0 {
                prop_assert!(message.len() <= octets.len());
                let _ = serde_json::from_slice::<FromExtension<'_>>(&message).is_ok();
            }
        }

        #[test]
        fn what_the_host_writes_is_one_frame(id in "[a-z0-9]{1,20}") {
            let reply = Reply::refused(statement::bounded::Text::new(id).ok(), Code::MessageMalformed);
            let output = Mutex::new(Vec::new());
            write_message(&output, &reply).unwrap();
            let (read, ended) = all(&output.into_inner().unwrap(), 5);
            prop_assert_eq!(read, vec![reply.to_json().into_bytes()]);
            prop_assert!(ended.unwrap());
        }
    }

    #[test]
    fn only_our_own_extension_is_listened_to() {
        let called = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            is_called_by_extension(&arguments, &["p".repeat(32)])
        };
        let ours = format!("chrome-extension://{CHROMIUM_EXTENSION}/");
        assert!(called(&[&ours]));
        assert!(called(&[&ours, "--parent-window=0"]));
        assert!(called(&[&format!("chrome-extension://{}/", "p".repeat(32))]));
        assert!(called(&["/manifests/surguch.component.json", FIREFOX_EXTENSION]));
        assert!(!called(&[&format!("chrome-extension://{}/", "a".repeat(32))]));
        assert!(!called(&["/manifests/surguch.component.json", "other@surguch.example"]));
        assert!(!called(&["https://bank.example"]));
        assert!(!called(&[]));
    }

    #[test]
    fn a_message_too_large_ends_the_conversation_unread() {
        for length in [u32::MAX, 600_000] {
            let mut input: &[u8] = &length.to_ne_bytes();
            assert!(matches!(read_message(&mut input), Ok(Incoming::TooLarge)));
        }
        let mut cut: &[u8] = &[5, 0, 0, 0, b'{'];
        assert!(read_message(&mut cut).is_err());
        let mut nothing: &[u8] = &[];
        assert!(matches!(read_message(&mut nothing), Ok(Incoming::End)));
    }
}
