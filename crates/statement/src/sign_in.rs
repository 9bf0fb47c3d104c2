//! What a person signs to sign in with a certificate. The document's word says which door it opens: a text for one opens no other.

use crate::StatementError;
use crate::binding::Binding;

/// The sign-in's canonical text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignInText<'a> {
    /// Which door.
    pub entrance: Entrance,
    /// Number of the agent.
    pub agent_id: &'a str,
    /// Origin of the server.
    pub origin: &'a str,
    /// The challenge's nonce, lower-case hexadecimal.
    pub nonce: &'a str,
    /// When the text was made, RFC 3339 in UTC.
    pub time: &'a str,
}

/// What a sign-in opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entrance {
    /// The cabinet of a client.
    Cabinet,
    /// The desk of the bank's staff.
    Desk,
}

/// The word of the document of a client.
pub const DOCUMENT: &str = "sign-in";
/// The word of the document of the bank's staff.
pub const STAFF_DOCUMENT: &str = "staff-sign-in";

impl Entrance {
    /// The word of the document.
    #[must_use]
    pub fn document(self) -> &'static str {
        match self {
            Self::Cabinet => DOCUMENT,
            Self::Desk => STAFF_DOCUMENT,
        }
    }
}

impl SignInText<'_> {
    /// The text whose octets are signed.
    ///
    /// # Errors
    /// A value that could break a line, is empty or too long.
    pub fn render(&self) -> Result<String, StatementError> {
        let binding = Binding {
            document: self.entrance.document(),
            unz: None,
            origin: self.origin,
            nonce: self.nonce,
            time: self.time,
        };
        binding.statement(&[("Agent", self.agent_id)])
    }
}
