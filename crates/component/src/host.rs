//! Native messaging: a browser starts this program and speaks to it through pipes, each message behind its length.
//!
//! Only our own extension is listened to; it adds the origin that the browser itself gave it, and that one counts. Nothing is printed to
//! standard output but messages.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use statement::message::{Code, Reply};

use crate::frame::{self, FromExtension, Incoming};
use crate::relay::Relay;

/// The extension's id in browsers of the Chromium family: it follows from the key in its manifest.
pub const CHROMIUM_EXTENSION: &str = "gnhnbmdfanjpokafemhiopcfmaelkeld";
/// The extension's id in Firefox.
pub const FIREFOX_EXTENSION: &str = "component@surguch.example";
/// The name under which browsers know this program.
pub const HOST_NAME: &str = "surguch.component";

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
        let message = match frame::read(&mut input) {
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
            match FromExtension::parse(&message) {
                Some(from) => relay.answer(&from.origin, from.message.get().as_bytes(), &mut give),
                None => give(&Reply::refused(None, Code::MessageMalformed)),
            }
        })?;
    };
    relay.give_up(None);
    ended
}

fn write_message(output: &Mutex<impl Write>, reply: &Reply) -> io::Result<()> {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    frame::write(&mut *output, reply.to_json().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
