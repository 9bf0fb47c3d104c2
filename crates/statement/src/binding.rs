//! The block at the end of every signed text. It says what the signature is for: document, request, origin, nonce, time.

use crate::value::line;
use crate::{HEADER, StatementError};

/// What a signature is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Binding<'a> {
    /// Which document: `certificate-request`, `sign-in`, `staff-sign-in`, `possession`, `act`.
    pub document: &'a str,
    /// УНЗ of the request, 14 lower-case hexadecimal digits; none where there is no request.
    pub unz: Option<&'a str>,
    /// Origin of the server: scheme, host, port.
    pub origin: &'a str,
    /// The server's nonce, lower-case hexadecimal.
    pub nonce: &'a str,
    /// When the server made the text, RFC 3339 in UTC.
    pub time: &'a str,
}

/// First line of the block. No line of an act's template may begin like it.
pub const BINDING: &str = "Surguch-Binding: 1";

/// The time in the block at the end of a text of ours.
#[must_use]
pub fn time_of(text: &str) -> Option<&str> {
    text.strip_suffix('\n')?.rsplit('\n').next()?.strip_prefix("Time: ")
}

/// УНЗ in the block at the end of a text of ours; none where the text is of no request, or not ours.
#[must_use]
pub fn unz_of(text: &str) -> Option<&str> {
    let (_, block) = text.rsplit_once(BINDING)?;
    block.lines().find_map(|line| line.strip_prefix("UNZ: "))
}

impl Binding<'_> {
    /// The block: five or six lines, LF after each.
    ///
    /// # Errors
    /// A value that could break a line, is empty or too long.
    pub fn block(&self) -> Result<String, StatementError> {
        let mut block = String::from(BINDING);
        block.push('\n');
        line(&mut block, "Document", self.document)?;
        if let Some(unz) = self.unz {
            line(&mut block, "UNZ", unz)?;
        }
        line(&mut block, "Origin", self.origin)?;
        line(&mut block, "Nonce", self.nonce)?;
        line(&mut block, "Time", self.time)?;
        Ok(block)
    }

    /// A whole text: header, document, its lines, an empty line, the block.
    pub(crate) fn statement(&self, lines: &[(&'static str, &str)]) -> Result<String, StatementError> {
        let mut text = String::from(HEADER);
        text.push('\n');
        line(&mut text, "Document", self.document)?;
        for (name, value) in lines {
            line(&mut text, name, value)?;
        }
        text.push('\n');
        text.push_str(&self.block()?);
        Ok(text)
    }
}
