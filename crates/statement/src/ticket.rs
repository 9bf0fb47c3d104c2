//! The ticket: what the bank's server allows one component to do once, for one page. The server signs it, the component checks it,
//! shows the bank's name from it and takes everything that is signed from it; nothing a page says can add to it.
//!
//! A ticket travels as `payload.signature`, both in base64url without padding. The payload is JSON; the signature is over
//! [`signed_octets`], which no other signature of the house is over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::act::{ActFields, TEMPLATE_CHARACTERS};
use crate::bounded::{Base64, Hex, Lines, Many, Text, choice, object, words};

/// Version of the ticket.
pub const VERSION: u32 = 1;

/// A ticket starts within this time of its making, by the server's clock.
pub const START_MS: i64 = 60_000;
/// An answer comes within this time of the ticket's making, by the server's clock.
pub const ANSWER_MS: i64 = 600_000;
/// A component whose clock stands further from the ticket's time refuses.
pub const CLOCK_TOLERANCE_MS: i64 = 300_000;

/// Most characters of a ticket: an act's longest template in Cyrillic, its fields, two certificates, and base64 around them.
pub const TICKET_CHARACTERS: usize = 262_144;

/// Most octets of a certificate.
pub const CERTIFICATE_OCTETS: usize = 16_384;

object! {
    /// The payload.
    pub struct Ticket {
        /// [`VERSION`].
        version: u32,
        /// The bank's name, for the window.
        bank: Text<200>,
        /// Scheme, host and port of the only page that may use it.
        origin: Text<255>,
        /// УНЗ of the request, where there is one.
        unz: Option<Hex<7, 7>>,
        /// Names the ticket; used once.
        nonce: Hex<16, 16>,
        /// When it was made, milliseconds since 1970 by the server's clock.
        issued_ms: i64,
        /// SHA-256 of the secret of the page's session: only that page knows what it is made of.
        session_sha256: Hex<32, 32>,
        /// What may be done.
        operation: Operation,
    }
}

choice! {
    /// What a component can do. There is no signing of a digest and no signing of unknown text.
    pub enum Operation by "kind" {
        /// Tell which media are there.
        "list-tokens" = ListTokens(Nothing),
        /// Look for what is missing or wrong.
        "doctor" = Doctor(Nothing),
        /// Change the user's and the administrator's PIN.
        "change-pins" = ChangePins(Nothing),
        /// Make the password of a container for a key.
        "container-password" = ContainerPassword(Nothing),
        /// Tell which certificates and lone keys a medium holds.
        "list-certificates" = ListCertificates(Nothing),
        /// Sign the challenge of a sign-in.
        "sign-in" = SignIn(SignIn),
        /// Sign the challenge of a sign-in at the bank's desk.
        "staff-sign-in" = StaffSignIn(SignIn),
        /// Make a key, its PKCS#10, and the request signed by the current key.
        "make-key" = MakeKey(MakeKey),
        /// Sign the act.
        "sign-act" = SignAct(SignAct),
        /// Put a certificate beside its key and prove the key.
        "store-certificate" = StoreCertificate(StoreCertificate),
        /// Delete a key that has no certificate.
        "delete-key" = DeleteKey(DeleteKey),
    }
}

object! {
    /// Needs nothing to be said.
    pub struct Nothing {}
}

object! {
    /// The fields of a [`crate::sign_in::SignInText`] beside the ticket's origin.
    pub struct SignIn {
        /// Number of the agent.
        agent_id: Text<20>,
        /// The challenge's nonce.
        nonce: Hex<16, 16>,
        /// The challenge's time, RFC 3339 in UTC.
        time: Text<40>,
    }
}

object! {
    /// A key and its request.
    pub struct MakeKey {
        /// Word of the key algorithm.
        algorithm: Text<32>,
        /// The distinguished name of record, in encoding order.
        subject: Many<Attribute, 32>,
        /// Where the key may be made.
        medium: MediumRule,
        /// On media of which kinds; others are not offered.
        media: Many<MediumKind, 3>,
        /// What becomes of factory PINs first.
        factory: PinRule,
        /// Whether the card must carry nobody else's signature.
        one_per_signature: bool,
        /// The request that the current key signs; none at a first issue.
        request: Option<RequestFields>,
    }
}

words! {
    /// Where a new key may be made.
    pub enum MediumRule {
        /// On any medium.
        "any" = Any,
        /// On the medium of the current key.
        "current" = Current,
        /// On another medium than that of the current key.
        "other" = Other,
    }
}

words! {
    /// What keeps keys.
    pub enum MediumKind {
        /// A token or card.
        "smart-key" = SmartKey,
        /// Containers of this user on this computer.
        "registry" = Registry,
        /// Containers in a directory, on a flash drive for example.
        "directory" = Directory,
    }
}

words! {
    /// What becomes of a token's factory PINs before a key is made on it.
    pub enum PinRule {
        /// They are nobody's business here.
        "as-they-are" = AsTheyAre,
        /// The person changes both.
        "administrator-asked" = AdministratorAsked,
        /// The person changes the user's; the component makes the administrator's and shows it once.
        "administrator-generated" = AdministratorGenerated,
    }
}

object! {
    /// One attribute of a name.
    pub struct Attribute {
        /// Dotted identifier.
        oid: Text<64>,
        /// Its value.
        value: Text<1024>,
    }
}

object! {
    /// The fields of a [`crate::request::RequestText`] beside the ticket's origin and УНЗ; the digest of the PKCS#10 is the component's.
    pub struct RequestFields {
        /// Kind of the procedure.
        procedure_kind: Text<64>,
        /// The distinguished name of record, as printed.
        subject: Text<1024>,
        /// The request's nonce.
        nonce: Hex<16, 16>,
        /// The text's time, RFC 3339 in UTC.
        time: Text<40>,
        /// The current certificate, whose key signs.
        signer: Base64<CERTIFICATE_OCTETS>,
    }
}

object! {
    /// Template and fields of an act, with what its binding needs beside the ticket's origin and УНЗ.
    pub struct Act {
        /// A template of [`crate::act::ActTemplate`].
        template: Lines<TEMPLATE_CHARACTERS>,
        /// Its values.
        fields: ActFields,
        /// The request's nonce.
        nonce: Hex<16, 16>,
        /// The text's time, RFC 3339 in UTC.
        time: Text<40>,
    }
}

object! {
    /// An act to be signed by the current key.
    pub struct SignAct {
        /// What is signed.
        act: Act,
        /// The certificate whose key signs.
        signer: Base64<CERTIFICATE_OCTETS>,
    }
}

object! {
    /// A certificate for its medium.
    pub struct StoreCertificate {
        /// The certificate; serial number and thumbprint of the challenge are computed from it.
        certificate: Base64<CERTIFICATE_OCTETS>,
        /// The nonce of the [`crate::possession::PossessionText`].
        nonce: Hex<16, 16>,
        /// Its time, RFC 3339 in UTC.
        time: Text<40>,
        /// An act that the new key signs too.
        act: Option<Act>,
    }
}

object! {
    /// A key without a certificate.
    pub struct DeleteKey {
        /// What names the key, as `list-certificates` told it.
        key_id: Hex<1, 64>,
    }
}

/// Why a ticket could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TicketError {
    /// Longer than [`TICKET_CHARACTERS`].
    #[error("longer than {TICKET_CHARACTERS} characters")]
    TooLong,
    /// Not `payload.signature` in base64url.
    #[error("not two parts in base64url")]
    Form,
    /// The payload is not a ticket of this version.
    #[error("the payload: {0}")]
    Payload(String),
    /// The payload names an operation that there is not.
    #[error("there is no such operation")]
    OperationUnknown,
}

/// A ticket as it came: nothing in it is to be believed before the signature was verified over [`Sealed::signed_octets`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    payload: Vec<u8>,
    /// The signature's octets.
    pub signature: Vec<u8>,
}

impl Sealed {
    /// Takes apart `payload.signature`.
    ///
    /// # Errors
    /// [`TicketError::TooLong`] or [`TicketError::Form`].
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        if text.len() > TICKET_CHARACTERS {
            return Err(TicketError::TooLong);
        }
        let (payload, signature) = text.split_once('.').ok_or(TicketError::Form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TicketError::Form);
        Ok(Self { payload: decode(payload)?, signature: decode(signature)? })
    }

    /// What the signature is over.
    #[must_use]
    pub fn signed_octets(&self) -> Vec<u8> {
        signed_octets(&self.payload)
    }

    /// Reads the payload, once the signature was verified.
    ///
    /// # Errors
    /// [`TicketError::OperationUnknown`] or [`TicketError::Payload`].
    pub fn open(&self) -> Result<Ticket, TicketError> {
        let ticket: Ticket = serde_json::from_slice(&self.payload).map_err(|error| self.wrong_payload(&error))?;
        if ticket.version == VERSION {
            Ok(ticket)
        } else {
            Err(TicketError::Payload(format!("version {} where {VERSION} is known", ticket.version)))
        }
    }

    fn wrong_payload(&self, error: &serde_json::Error) -> TicketError {
        let value: serde_json::Value = serde_json::from_slice(&self.payload).unwrap_or_default();
        match value["operation"]["kind"].as_str() {
            Some(kind) if !Operation::WORDS.contains(&kind) => TicketError::OperationUnknown,
            _ => TicketError::Payload(error.to_string()),
        }
    }
}

impl Ticket {
    /// The payload's octets.
    #[must_use]
    pub fn to_payload(&self) -> Vec<u8> {
        serde_json::to_vec(self)
            .expect("no map of it has a key that is no string, and nothing in it fails to serialise")
    }
}

/// What is signed of a payload.
#[must_use]
pub fn signed_octets(payload: &[u8]) -> Vec<u8> {
    [DOMAIN, payload].concat()
}

/// The ticket as it travels.
#[must_use]
pub fn seal(payload: &[u8], signature: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(signature))
}

/// No text that people sign begins like this.
const DOMAIN: &[u8] = b"Surguch-Ticket: 1\n";
