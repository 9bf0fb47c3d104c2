//! Messages as a browser's pipes carry them: each behind its length. Pure readers; the fuzz targets take this file in as it stands.

use std::io::{self, Read, Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use statement::message::MESSAGE_OCTETS;

/// What the extension sends: the browser's own word for the page, and the page's message untouched.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FromExtension<'a> {
    pub(crate) origin: String,
    #[serde(borrow)]
    pub(crate) message: &'a RawValue,
}

impl<'a> FromExtension<'a> {
    /// Reads one frame's octets.
    pub(crate) fn parse(octets: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(octets).ok()
    }
}

/// What came through the pipe.
pub(crate) enum Incoming {
    Message(Vec<u8>),
    TooLarge,
    End,
}

/// One frame. A message too large is not read, and nothing after it can be.
pub(crate) fn read(input: &mut impl Read) -> io::Result<Incoming> {
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

/// Writes one frame.
pub(crate) fn write(output: &mut impl Write, octets: &[u8]) -> io::Result<()> {
    let length = u32::try_from(octets.len()).map_err(io::Error::other)?;
    output.write_all(&length.to_ne_bytes())?;
    output.write_all(octets)?;
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
        let (mut input, mut taken) = (Drops(octets, piece), Vec::new());
        loop {
            match read(&mut input) {
                Ok(Incoming::Message(message)) => taken.push(message),
                Ok(Incoming::End) => return (taken, Ok(true)),
                Ok(Incoming::TooLarge) => return (taken, Ok(false)),
                Err(error) => return (taken, Err(error)),
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
                let _ = FromExtension::parse(&message).is_some();
            }
        }

        #[test]
        fn what_is_written_is_one_frame(message in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut output = Vec::new();
            write(&mut output, &message).unwrap();
            let (read, ended) = all(&output, 5);
            prop_assert_eq!(read, vec![message]);
            prop_assert!(ended.unwrap());
        }
    }

    #[test]
    fn a_message_too_large_ends_the_conversation_unread() {
        for length in [u32::MAX, 600_000] {
            let mut input: &[u8] = &length.to_ne_bytes();
            assert!(matches!(read(&mut input), Ok(Incoming::TooLarge)));
        }
        let mut cut: &[u8] = &[5, 0, 0, 0, b'{'];
        assert!(read(&mut cut).is_err());
        let mut nothing: &[u8] = &[];
        assert!(matches!(read(&mut nothing), Ok(Incoming::End)));
    }
}
