//! What a client of the API signs to sign in.

use crate::StatementError;
use crate::binding::Binding;

/// The sign-in's canonical text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignInText<'a> {
    /// Number of the agent.
    pub agent_id: &'a str,
    /// Origin of the server.
    pub origin: &'a str,
    /// The challenge's nonce, lower-case hexadecimal.
    pub nonce: &'a str,
    /// When the text was made, RFC 3339 in UTC.
    pub time: &'a str,
}

/// The word of the document.
pub const DOCUMENT: &str = "sign-in";

impl SignInText<'_> {
    /// The text whose octets are signed.
    ///
    /// # Errors
    /// A value that could break a line, is empty or too long.
    pub fn render(&self) -> Result<String, StatementError> {
        let binding =
            Binding { document: DOCUMENT, unz: None, origin: self.origin, nonce: self.nonce, time: self.time };
        binding.statement(&[("Agent", self.agent_id)])
    }
}
