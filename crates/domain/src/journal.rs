//! The catalogue of journal events. The JSON of an event is frozen once released: one golden file per event guards it.

use crate::Refusal;
use crate::Timestamp;
use crate::actor::Actor;

/// One thing that happened, as it is written to the journal in the transaction of the change itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// About which object: `request:ID`, `certificate:ID`, `authority:NAME`, `staff:ID`.
    pub object: String,
    /// What.
    pub event: Event,
}

/// What happened. Field values are ids, codes, digests and dates: never personal data, never secrets.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// A request was created.
    RequestCreated { procedure: String, procedure_sha256: String, unz: String },
    /// The contact data of a request were edited.
    RequestEdited,
    /// A key and its PKCS#10 were taken.
    KeyOffered { spki_sha256: String, algorithm: String },
    /// The client signed the request.
    RequestSigned { certificate_id: String, text_sha256: String },
    /// The request was accepted; the client knows УНЗ from now on.
    RequestAccepted { eta: Option<String> },
    /// The application was registered.
    ApplicationRegistered,
    /// One approval of several.
    RequestApprovedFirst,
    /// The last approval.
    RequestApproved,
    /// Sent back for correction.
    RequestReturned { reason: String },
    /// Corrected by the client.
    RequestCorrected,
    /// Refused by the bank.
    RequestRefused { reason: String },
    /// Recalled by the client.
    RequestRecalled,
    /// What is about to be signed is on record.
    IntentRecorded { authority: String, serial: String, tbs_sha256: String, checks: Vec<String> },
    /// The certificate was signed and stored.
    CertificateIssued { certificate_id: String, serial: String, authority: String, thumbprint_sha256: String },
    /// A link was made.
    LinkMade { number: i64, expires: String },
    /// A link was replaced.
    LinkReplaced { number: i64 },
    /// The link served its purpose.
    LinkSpent { number: i64 },
    /// The act was drawn.
    ActDrawn { text_sha256: String },
    /// The act was signed by the client.
    ActSigned { certificate_id: String, text_sha256: String },
    /// The act was declined by the client.
    ActDeclined,
    /// The bank registered the act.
    ActReceived,
    /// The act is late.
    ActOverdue,
    /// The bytes of the certificate were handed out.
    CertificateDelivered { certificate_id: String },
    /// The new key signed the challenge.
    PossessionProven { certificate_id: String },
    /// The certificate is in service.
    CertificateActivated { certificate_id: String },
    /// The predecessor ends at this time.
    CertificateSuperseded { certificate_id: String, from: String },
    /// Revoked.
    CertificateRevoked { certificate_id: String, reason: String },
    /// On hold.
    CertificateHeld { certificate_id: String },
    /// Hold lifted.
    CertificateReleased { certificate_id: String },
    /// Blocked by the bank.
    CertificateBlocked { certificate_id: String },
    /// Block lifted.
    CertificateUnblocked { certificate_id: String },
    /// The request's life ended.
    RequestLapsed,
    /// A person signed in.
    SignedIn { certificate_id: String },
    /// Someone's try was refused.
    Refused { attempt: String, code: String },
    /// A letter went out.
    MailSent { kind: String, number: i64 },
    /// A letter could not be sent and will not be tried again.
    MailFailed { kind: String },
    /// The ready-mail is late: support has a ticket.
    MailOverdue,
    /// A CRL was published.
    CrlPublished { authority: String, number: u64, entries: u64, this_update: String, next_update: String },
    /// An authority was created.
    AuthorityCreated { authority: String, thumbprint_sha256: String },
    /// An import was done.
    Imported { organisations: u64, subscribers: u64, certificates: u64, authorities: u64, skipped: u64 },
    /// A staff member was added.
    StaffAdded { roles: Vec<String> },
    /// The server began.
    Started { version: String },
    /// The server ended in order.
    Stopped,
}

impl Event {
    /// A refusal of `attempt` (the verb) by `refusal`.
    #[must_use]
    pub fn refused(attempt: &str, refusal: Refusal) -> Self {
        Self::Refused { attempt: attempt.to_owned(), code: refusal.code().to_owned() }
    }
}
