//! What a client signs to hand in a request. The PKCS#10 travels beside it and is named by its digest.

use crate::StatementError;
use crate::binding::Binding;

/// The request's canonical text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestText<'a> {
    /// Kind of the procedure: `renewal`.
    pub kind: &'a str,
    /// УНЗ.
    pub unz: &'a str,
    /// Origin of the server.
    pub origin: &'a str,
    /// The request's nonce, lower-case hexadecimal.
    pub nonce: &'a str,
    /// When the text was made, RFC 3339 in UTC.
    pub time: &'a str,
    /// The distinguished name of record, as printed.
    pub subject: &'a str,
    /// Streebog-256 of the PKCS#10's DER, lower-case hexadecimal.
    pub pkcs10_streebog256_hex: &'a str,
}

/// The word of the document.
pub const DOCUMENT: &str = "certificate-request";

impl RequestText<'_> {
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
        binding.statement(&[
            ("Kind", self.kind),
            ("Subject", self.subject),
            ("PKCS10-Streebog256", self.pkcs10_streebog256_hex),
        ])
    }
}
