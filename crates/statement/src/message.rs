//! What a page says to the component and what it answers, the same on every transport. No message has a PIN, a digest, a path or a
//! command in it; what is to be done is in the bank's ticket.

use serde_json::{Value, json};

use crate::bounded::{Base64, Described, Hex, Many, Text, choice, object, words};
use crate::ticket::{CERTIFICATE_OCTETS, MediumKind, Nothing, TICKET_CHARACTERS};

/// Version of the messages.
pub const VERSION: u32 = 1;

/// Most octets of a message, both ways: browsers take at most 1 MiB from a host.
pub const MESSAGE_OCTETS: usize = 524_288;

/// Most octets of a signed message: an act in Cyrillic, its signature, a certificate.
pub const CMS_OCTETS: usize = 163_840;

/// Most octets of a PKCS#10.
pub const PKCS10_OCTETS: usize = 16_384;

object! {
    /// What a page says.
    pub struct Call {
        /// [`VERSION`].
        v: u32,
        /// The page's own name for the call, given back with each answer.
        id: Text<64>,
        /// What it wants.
        call: Wish,
    }
}

choice! {
    /// What a page may want.
    pub enum Wish by "kind" {
        /// Who is there?
        "hello" = Hello(Nothing),
        /// Do what the ticket says.
        "run" = Run(Run),
        /// Give up what is running for this page.
        "cancel" = Cancel(Nothing),
    }
}

object! {
    /// A ticket with what it is checked by.
    pub struct Run {
        /// The ticket.
        ticket: Text<TICKET_CHARACTERS>,
        /// SubjectPublicKeyInfo of the bank's key.
        bank_key: Base64<2048>,
        /// The secret of the page's session, whose digest stands in the ticket.
        session: Hex<32, 32>,
        /// Language of the windows.
        language: Option<Language>,
    }
}

words! {
    /// A language of the windows.
    pub enum Language {
        /// Russian.
        "ru" = Ru,
        /// English.
        "en" = En,
    }
}

object! {
    /// What the component says.
    pub struct Reply {
        /// [`VERSION`].
        v: u32,
        /// The page's name for the call; none when it could not be read.
        id: Option<Text<64>>,
        /// The answer.
        answer: Answer,
    }
}

choice! {
    /// An answer. `started` is followed by another one, the others are the last.
    pub enum Answer by "kind" {
        /// To `hello`.
        "hello" = Hello(Hello),
        /// The ticket holds and the person was asked.
        "started" = Started(Started),
        /// Done.
        "done" = Done(Done),
        /// Not done.
        "refused" = Refused(Refused),
    }
}

object! {
    /// The component presents itself. Serial numbers are told to nobody here.
    pub struct Hello {
        /// Version of the program.
        version: Text<32>,
        /// The system it runs on: `linux`, `windows`, `macos`.
        system: Text<32>,
        /// The operations it knows.
        operations: Many<Text<32>, 32>,
        /// Whether a PKCS#11 module was found.
        driver: bool,
        /// Whether a medium is there; told only to a site that has the person's consent.
        medium: Option<bool>,
        /// How this site stands.
        site: Site,
    }
}

words! {
    /// How a site stands with the component.
    pub enum Site {
        /// Allowed by the policy file or by consent.
        "allowed" = Allowed,
        /// The person will be asked.
        "unknown" = Unknown,
        /// Refused by the policy file.
        "refused" = Refused,
    }
}

object! {
    /// The work has begun.
    pub struct Started {
        /// The ticket's nonce.
        nonce: Hex<16, 16>,
    }
}

object! {
    /// The work is done.
    pub struct Done {
        /// The ticket's nonce.
        nonce: Hex<16, 16>,
        /// What came of it.
        result: Outcome,
    }
}

object! {
    /// The work is not done.
    pub struct Refused {
        /// The ticket's nonce, once it was read.
        nonce: Option<Hex<16, 16>>,
        /// Why.
        code: Code,
        /// Technical detail in English; never a PIN, a serial number or a name.
        detail: Option<Text<300>>,
    }
}

choice! {
    /// What came of an operation.
    pub enum Outcome by "kind" {
        /// The media that are there.
        "list-tokens" = ListTokens(Tokens),
        /// What was found.
        "doctor" = Doctor(Findings),
        /// Both PINs are new.
        "change-pins" = ChangePins(OnMedium),
        /// The password is made.
        "container-password" = ContainerPassword(OnMedium),
        /// What a medium holds.
        "list-certificates" = ListCertificates(Certificates),
        /// A signed sign-in.
        "sign-in" = SignIn(Signed),
        /// A signed sign-in at the bank's desk.
        "staff-sign-in" = StaffSignIn(Signed),
        /// A key and its request.
        "make-key" = MakeKey(KeyMade),
        /// A signed act.
        "sign-act" = SignAct(Signed),
        /// A certificate on its medium.
        "store-certificate" = StoreCertificate(Stored),
        /// A key is gone.
        "delete-key" = DeleteKey(OnMedium),
    }
}

object! {
    /// Media.
    pub struct Tokens {
        /// Each.
        tokens: Many<Token, 32>,
    }
}

object! {
    /// A medium as its module describes it.
    pub struct Token {
        /// Label.
        label: Option<Text<64>>,
        /// Manufacturer.
        manufacturer: Option<Text<64>>,
        /// Model.
        model: Option<Text<64>>,
        /// Serial number.
        serial: Option<Text<64>>,
        /// Tries of the user's PIN that are left, where the medium tells.
        pin_tries_left: Option<u32>,
        /// Whether the user's PIN is the factory's, where the medium tells.
        pin_is_factory: Option<bool>,
    }
}

object! {
    /// What the doctor found.
    pub struct Findings {
        /// Each, what is worst first.
        findings: Many<Finding, 64>,
        /// The same for the bank's support, in one word to be read out or pasted.
        support_code: Option<Text<4000>>,
    }
}

object! {
    /// One finding.
    pub struct Finding {
        /// Its stable code.
        code: Text<64>,
        /// How bad it is.
        severity: Severity,
        /// The medium it is about.
        medium: Option<Text<64>>,
        /// Technical detail in English.
        detail: Option<Text<300>>,
    }
}

words! {
    /// How bad a finding is.
    pub enum Severity {
        /// As it should be.
        "fine" = Fine,
        /// Works, but look at it.
        "warning" = Warning,
        /// Nothing will work before it is mended.
        "obstacle" = Obstacle,
    }
}

object! {
    /// The medium something was done on.
    pub struct OnMedium {
        /// Its serial number.
        serial: Option<Text<64>>,
    }
}

object! {
    /// What a medium holds.
    pub struct Certificates {
        /// The medium's serial number.
        serial: Option<Text<64>>,
        /// Its certificates.
        certificates: Many<HeldCertificate, 64>,
        /// Keys that have no certificate.
        lone_keys: Many<LoneKey, 64>,
    }
}

object! {
    /// A certificate on a medium.
    pub struct HeldCertificate {
        /// The certificate.
        certificate: Base64<CERTIFICATE_OCTETS>,
        /// Whether its private key is there too.
        has_key: bool,
    }
}

object! {
    /// A key without a certificate.
    pub struct LoneKey {
        /// SHA-256 of its canonical SubjectPublicKeyInfo: by it the bank knows the key again.
        key_id: Hex<1, 64>,
        /// Word of its algorithm.
        algorithm: Text<32>,
    }
}

object! {
    /// A signature.
    pub struct Signed {
        /// CMS with the text attached.
        cms: Base64<CMS_OCTETS>,
    }
}

object! {
    /// A new key.
    pub struct KeyMade {
        /// PKCS#10.
        pkcs10: Base64<PKCS10_OCTETS>,
        /// The request signed by the current key, where the ticket asked for it.
        cms: Option<Base64<CMS_OCTETS>>,
        /// Of which kind the medium is.
        medium: MediumKind,
        /// Serial number of a token; of files none is told.
        serial: Option<Text<64>>,
    }
}

object! {
    /// A stored certificate.
    pub struct Stored {
        /// The challenge signed by the new key.
        proof: Base64<CMS_OCTETS>,
        /// The act signed by the new key, where the ticket asked for it.
        act: Option<Base64<CMS_OCTETS>>,
        /// Serial number of the medium.
        serial: Option<Text<64>>,
    }
}

words! {
    /// Why something was not done. The words never change; what each means and what helps is in the manual of the component.
    pub enum Code {
        /// The message is not one.
        "message-malformed" = MessageMalformed,
        /// The message is larger than [`MESSAGE_OCTETS`].
        "message-too-large" = MessageTooLarge,
        /// Messages of another version.
        "version-unknown" = VersionUnknown,
        /// There is no such operation; signing a digest or a text of one's own is none.
        "operation-unknown" = OperationUnknown,
        /// The transport named no origin, or one that is none.
        "origin-missing" = OriginMissing,
        /// The policy does not let this site in.
        "origin-refused" = OriginRefused,
        /// The Host header names somebody else.
        "host-refused" = HostRefused,
        /// Somebody else's program is at the other end.
        "peer-refused" = PeerRefused,
        /// The ticket is not one.
        "ticket-malformed" = TicketMalformed,
        /// The bank's key did not sign the ticket.
        "ticket-forged" = TicketForged,
        /// The ticket is for another site.
        "ticket-of-other-origin" = TicketOfOtherOrigin,
        /// The ticket is for another session of the page.
        "ticket-of-other-session" = TicketOfOtherSession,
        /// The ticket was used already.
        "ticket-replayed" = TicketReplayed,
        /// The ticket's time is over.
        "ticket-expired" = TicketExpired,
        /// This machine's clock and the bank's stand more than five minutes apart.
        "clock-wrong" = ClockWrong,
        /// The site has another bank key than the one it was let in with.
        "bank-key-changed" = BankKeyChanged,
        /// The person did not let the site in.
        "consent-declined" = ConsentDeclined,
        /// Something else is running.
        "busy" = Busy,
        /// Too many operations in a minute.
        "rate-limited" = RateLimited,
        /// The person or the page gave up.
        "cancelled" = Cancelled,
        /// The window was left open too long.
        "timed-out" = TimedOut,
        /// The person declined to sign.
        "declined" = Declined,
        /// What the ticket wants signed cannot be rendered.
        "text-unacceptable" = TextUnacceptable,
        /// No PKCS#11 module was found.
        "module-missing" = ModuleMissing,
        /// The module may not be loaded: anybody could have put it there, or it does not load.
        "module-refused" = ModuleRefused,
        /// No medium is there.
        "medium-missing" = MediumMissing,
        /// The medium was pulled.
        "medium-gone" = MediumGone,
        /// The medium is not the one that is needed.
        "medium-other" = MediumOther,
        /// The medium is full.
        "medium-full" = MediumFull,
        /// The PIN is locked.
        "pin-locked" = PinLocked,
        /// The PIN does not satisfy the medium.
        "pin-unacceptable" = PinUnacceptable,
        /// A PIN of the token is the factory's still: no key is made under it.
        "pin-factory" = PinFactory,
        /// The key that must sign is on no medium that is there.
        "key-missing" = KeyMissing,
        /// The certificate belongs to no key of this medium.
        "certificate-without-key" = CertificateWithoutKey,
        /// The certificate is not one, or was read back otherwise than written.
        "certificate-wrong" = CertificateWrong,
        /// The key has a certificate and is not deleted.
        "key-in-use" = KeyInUse,
        /// The medium does not know the algorithm.
        "algorithm-unsupported" = AlgorithmUnsupported,
        /// The medium failed.
        "medium-failed" = MediumFailed,
        /// There is no display and no terminal to ask the person at.
        "prompt-missing" = PromptMissing,
        /// The component could not write down what it must remember.
        "state-not-written" = StateNotWritten,
        /// The component itself failed.
        "component-failed" = ComponentFailed,
    }
}

impl Reply {
    /// An answer to a call.
    #[must_use]
    pub fn new(id: Option<Text<64>>, answer: Answer) -> Self {
        Self { v: VERSION, id, answer }
    }

    /// A refusal.
    #[must_use]
    pub fn refused(id: Option<Text<64>>, code: Code) -> Self {
        Self::new(id, Answer::Refused(Refused { nonce: None, code, detail: None }))
    }

    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self)
            .expect("no map of it has a key that is no string, and nothing in it fails to serialise")
    }
}

impl Call {
    /// Reads a call.
    ///
    /// # Errors
    /// [`Code::MessageTooLarge`], [`Code::VersionUnknown`], [`Code::MessageMalformed`].
    pub fn parse(octets: &[u8]) -> Result<Self, Code> {
        if octets.len() > MESSAGE_OCTETS {
            return Err(Code::MessageTooLarge);
        }
        let call: Self = serde_json::from_slice(octets).map_err(|_| version_of(octets))?;
        if call.v == VERSION { Ok(call) } else { Err(Code::VersionUnknown) }
    }

    /// The id of what may not be a call at all, so that its sender hears the refusal.
    #[must_use]
    pub fn id_of(octets: &[u8]) -> Option<Text<64>> {
        #[derive(serde::Deserialize)]
        struct Named {
            id: Text<64>,
        }
        (octets.len() <= MESSAGE_OCTETS).then(|| serde_json::from_slice::<Named>(octets).ok().map(|named| named.id))?
    }
}

/// A call of a newer version may have members of which this one knows nothing.
fn version_of(octets: &[u8]) -> Code {
    #[derive(serde::Deserialize)]
    struct Versioned {
        v: u32,
    }
    match serde_json::from_slice::<Versioned>(octets) {
        Ok(versioned) if versioned.v != VERSION => Code::VersionUnknown,
        _ => Code::MessageMalformed,
    }
}

/// The JSON Schema of everything that travels: calls, replies and the payload of tickets.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Surguch component messages, version 1",
        "$defs": {
            "call": Call::schema(),
            "reply": Reply::schema(),
            "ticket": crate::ticket::Ticket::schema(),
        },
        "oneOf": [{ "$ref": "#/$defs/call" }, { "$ref": "#/$defs/reply" }],
    })
}
