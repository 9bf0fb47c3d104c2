//! The challenge that the new key signs once its certificate is on the client's medium.

use crate::StatementError;
use crate::binding::Binding;

/// The challenge's canonical text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PossessionText<'a> {
    /// УНЗ.
    pub unz: &'a str,
    /// Origin of the server.
    pub origin: &'a str,
    /// The nonce, lower-case hexadecimal.
    pub nonce: &'a str,
    /// When the text was made, RFC 3339 in UTC.
    pub time: &'a str,
    /// Serial number of the new certificate, lower-case hexadecimal.
    pub serial_hex: &'a str,
    /// SHA-256 of the new certificate's DER, lower-case hexadecimal.
    pub thumbprint_sha256_hex: &'a str,
}

/// The word of the document.
pub const DOCUMENT: &str = "possession";

impl PossessionText<'_> {
    /// The text whose octets are signed.
    ///
    /// # Errors
    /// A value that could break a line, is empty or too long.
    pub fn render(&self) -> Result<String, StatementError> {
        let binding = Binding {
            document: DOCUMENT,
            unz: Some(self.unz),
            origin: self.origin,
            nonce: self.nonce,
            time: self.time,
        };
        binding.statement(&[("Serial", self.serial_hex), ("Thumbprint-SHA256", self.thumbprint_sha256_hex)])
    }
}
