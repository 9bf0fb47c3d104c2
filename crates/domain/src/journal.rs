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
    RequestCreated {
        /// Name of the procedure.
        procedure: String,
        /// SHA-256 of its text, lower-case hexadecimal.
        procedure_sha256: String,
        /// УНЗ.
        unz: String,
    },
    /// The contact data of a request were edited.
    RequestEdited,
    /// The contact data of the request are the person's of record from now on.
    ContactRecorded,
    /// A key and its PKCS#10 were taken.
    KeyOffered {
        /// SHA-256 of the canonical SubjectPublicKeyInfo, lower-case hexadecimal.
        spki_sha256: String,
        /// Word of the key algorithm.
        algorithm: String,
    },
    /// The client signed the request.
    RequestSigned {
        /// The certificate.
        certificate_id: String,
        /// SHA-256 of the text, lower-case hexadecimal.
        text_sha256: String,
    },
    /// The request was accepted; the client knows УНЗ from now on.
    RequestAccepted {
        /// When the client may expect an answer, RFC 3339.
        eta: Option<String>,
    },
    /// Whoever reads the letters of the request's address followed the link.
    EmailConfirmed,
    /// The application was registered.
    ApplicationRegistered,
    /// One approval of several.
    RequestApprovedFirst,
    /// The last approval.
    RequestApproved,
    /// Sent back for correction.
    RequestReturned {
        /// The reason, in the words or by the name that was given.
        reason: String,
    },
    /// Corrected by the client.
    RequestCorrected,
    /// Refused by the bank.
    RequestRefused {
        /// The reason, in the words or by the name that was given.
        reason: String,
    },
    /// Recalled by the client.
    RequestRecalled,
    /// What is about to be signed is on record.
    IntentRecorded {
        /// Name of the authority.
        authority: String,
        /// Serial number, lower-case hexadecimal.
        serial: String,
        /// SHA-256 of the to-be-signed octets, lower-case hexadecimal.
        tbs_sha256: String,
        /// Codes of the checks that held.
        checks: Vec<String>,
    },
    /// The certificate was signed and stored.
    CertificateIssued {
        /// The certificate.
        certificate_id: String,
        /// Serial number, lower-case hexadecimal.
        serial: String,
        /// Name of the authority.
        authority: String,
        /// SHA-256 of the DER, lower-case hexadecimal.
        thumbprint_sha256: String,
    },
    /// A link was made.
    LinkMade {
        /// Which one of its kind, counted from 1.
        number: i64,
        /// When its life ends, RFC 3339.
        expires: String,
    },
    /// A link was replaced.
    LinkReplaced {
        /// Which one of its kind, counted from 1.
        number: i64,
    },
    /// The link served its purpose.
    LinkSpent {
        /// Which one of its kind, counted from 1.
        number: i64,
    },
    /// The act was drawn.
    ActDrawn {
        /// SHA-256 of the text, lower-case hexadecimal.
        text_sha256: String,
    },
    /// The act was signed by the client.
    ActSigned {
        /// The certificate.
        certificate_id: String,
        /// SHA-256 of the text, lower-case hexadecimal.
        text_sha256: String,
    },
    /// The act was signed by the agent too.
    ActCountersigned {
        /// SHA-256 of the agent's certificate, lower-case hexadecimal.
        thumbprint_sha256: String,
        /// SHA-256 of the text, lower-case hexadecimal.
        text_sha256: String,
    },
    /// The act was declined by the client.
    ActDeclined,
    /// The bank registered the act.
    ActReceived,
    /// A paper was registered, with what it came with.
    PaperRegistered {
        /// The paper.
        paper_id: String,
        /// `application` or `act`.
        document: String,
        /// How many copies.
        copies: u8,
        /// Whether it bears a seal.
        seal: bool,
        /// By which way it came.
        channel: String,
        /// SHA-256 of its scan, lower-case hexadecimal.
        scan_sha256: Option<String>,
    },
    /// The e-mail address of a request was corrected by two people.
    EmailCorrected,
    /// The act is late.
    ActOverdue,
    /// The bytes of the certificate were handed out.
    CertificateDelivered {
        /// The certificate.
        certificate_id: String,
    },
    /// The client's medium holds the certificate.
    CertificateInstalled {
        /// The certificate.
        certificate_id: String,
    },
    /// The new key signed the challenge.
    PossessionProven {
        /// The certificate.
        certificate_id: String,
    },
    /// The certificate is in service.
    CertificateActivated {
        /// The certificate.
        certificate_id: String,
    },
    /// The predecessor ends at this time.
    CertificateSuperseded {
        /// The certificate.
        certificate_id: String,
        /// From when, RFC 3339.
        from: String,
    },
    /// Revoked.
    CertificateRevoked {
        /// The certificate.
        certificate_id: String,
        /// The reason, in the words or by the name that was given.
        reason: String,
    },
    /// On hold.
    CertificateHeld {
        /// The certificate.
        certificate_id: String,
    },
    /// Hold lifted.
    CertificateReleased {
        /// The certificate.
        certificate_id: String,
    },
    /// Blocked by the bank.
    CertificateBlocked {
        /// The certificate.
        certificate_id: String,
    },
    /// Block lifted.
    CertificateUnblocked {
        /// The certificate.
        certificate_id: String,
    },
    /// The reason that a member of staff gave for the step before.
    StepExplained {
        /// The step.
        step: String,
        /// The reason, in the words that were given.
        reason: String,
    },
    /// A step waits for a second person.
    StepProposed {
        /// The proposal.
        proposal_id: String,
        /// The step.
        step: String,
    },
    /// The second person said no, or the first one took it back.
    StepDeclined {
        /// The proposal.
        proposal_id: String,
        /// The step.
        step: String,
    },
    /// A smart card came into the register.
    CardRegistered {
        /// The number printed on it.
        serial: String,
    },
    /// A smart card was handed out.
    CardHandedOut {
        /// The hand-out.
        hand_out_id: String,
        /// For which signature.
        slot: String,
    },
    /// A smart card came back.
    CardReturned {
        /// The hand-out that ended.
        hand_out_id: String,
        /// The reason, by its name.
        reason: String,
    },
    /// A card that came back was cleared and can be handed out again.
    CardCleared,
    /// A smart card was written off; whoever had it has it no more.
    CardWrittenOff {
        /// The reason, by its name.
        reason: String,
    },
    /// The person may not work remotely any more.
    SubscriberBarred,
    /// The person may work remotely again.
    SubscriberUnbarred,
    /// The request's life ended.
    RequestLapsed,
    /// A person signed in.
    SignedIn {
        /// The certificate.
        certificate_id: String,
    },
    /// Someone's try was refused.
    Refused {
        /// The verb that was refused.
        attempt: String,
        /// The code of the refusal.
        code: String,
    },
    /// A letter went out.
    MailSent {
        /// Which letter.
        kind: String,
        /// Which one of its kind, counted from 1.
        number: i64,
    },
    /// A message between client and bank.
    MessageSent {
        /// The message.
        message_id: String,
        /// SHA-256 of its text, lower-case hexadecimal.
        text_sha256: String,
        /// SHA-256 of each file with it.
        files_sha256: Vec<String>,
    },
    /// Somebody wrote to the bank at its public page.
    InquiryReceived {
        /// The word of what it is about.
        subject: String,
        /// SHA-256 of its text, lower-case hexadecimal.
        text_sha256: String,
        /// SHA-256 of each scan with it.
        files_sha256: Vec<String>,
    },
    /// It was found out which request it is about: it is a message of that request from now on.
    InquiryBound {
        /// The message.
        message_id: String,
        /// By what: `number`, `code`, `staff`.
        by: String,
    },
    /// It was put away without a request.
    InquiryClosed {
        /// The reason, in the words that were given.
        reason: String,
    },
    /// Support looked requests up for somebody on the telephone.
    SupportLookedUp {
        /// By what: `unz`, `caller`.
        by: String,
        /// УНЗ of each request that was shown.
        found: Vec<String>,
    },
    /// A letter could not be sent and will not be tried again.
    MailFailed {
        /// Which letter.
        kind: String,
    },
    /// The ready-mail is late: support has a ticket.
    MailOverdue,
    /// A CRL was published.
    CrlPublished {
        /// Name of the authority.
        authority: String,
        /// Which one of its kind, counted from 1.
        number: u64,
        /// How many certificates it names.
        entries: u64,
        /// thisUpdate, RFC 3339.
        this_update: String,
        /// nextUpdate, RFC 3339.
        next_update: String,
    },
    /// An authority was created.
    AuthorityCreated {
        /// Name of the authority.
        authority: String,
        /// SHA-256 of the DER, lower-case hexadecimal.
        thumbprint_sha256: String,
    },
    /// An import was done.
    Imported {
        /// Organisations taken.
        organisations: u64,
        /// Signatories taken.
        subscribers: u64,
        /// Certificates taken.
        certificates: u64,
        /// Authorities taken.
        authorities: u64,
        /// Rows skipped.
        skipped: u64,
    },
    /// A staff member was added.
    StaffAdded {
        /// The roles, by their words.
        roles: Vec<String>,
    },
    /// Staff had work that was given up tried again.
    EffectRetried {
        /// Word of its kind: `issue`, `notify`, `publish-crl`.
        kind: String,
    },
    /// A staff member's token was taken out of use.
    StaffDisabled,
    /// A staff member got a login, a password and a second device.
    StaffPasswordSet,
    /// A subscriber set a password of their own, or another one.
    SubscriberPasswordSet,
    /// The desk handed out a password that is good once.
    OneTimePasswordHandedOut {
        /// Until when it can be exchanged for one's own.
        until: String,
    },
    /// A subscriber's password was taken out of use.
    SubscriberPasswordRemoved,
    /// A subscriber signed in by password.
    SubscriberSignedInByPassword,
    /// Wrong tries closed a subscriber's sign-in by password for a while.
    SubscriberPasswordLocked,
    /// A subscriber's sign-in by password asks for the code of a device from now on.
    SubscriberDeviceSet,
    /// It does no longer.
    SubscriberDeviceRemoved,
    /// Two signatories are one person from now on.
    OrganisationsJoined {
        /// The other one.
        subscriber_id: String,
    },
    /// A person looks at an organisation from a sign-in at another one of theirs.
    OrganisationChosen {
        /// Whom they looked at before.
        subscriber_id: String,
    },
    /// A signatory is nobody else any more.
    OrganisationsLeft,
    /// A staff member got a certificate to sign in with.
    StaffCertificateSet {
        /// SHA-256 of the DER, lower-case hexadecimal.
        thumbprint_sha256: String,
    },
    /// The certificate of a staff member opens the desk no more.
    StaffCertificateRemoved,
    /// A staff member signed in on a page.
    StaffSignedIn,
    /// An applicant was taken into the bank's record.
    ApplicantAdmitted {
        /// The person.
        subscriber_id: String,
        /// The organisation they act for; none for a natural person.
        organisation_id: Option<String>,
    },
    /// An applicant is a person of the bank's record: the request is theirs.
    ApplicantBound {
        /// The person of record.
        subscriber_id: String,
        /// Who the request belonged to before.
        applicant_id: String,
    },
    /// An applicant is not the person of this name that the record has.
    ApplicantSetApart {
        /// Everybody of this name.
        subscribers: Vec<String>,
        /// The reason, in the words that were given.
        reason: String,
    },
    /// A staff member signed in on a page by certificate.
    StaffSignedInByCertificate {
        /// Id of the certificate.
        certificate_id: String,
    },
    /// An open sign-in of a staff member was ended before its time.
    StaffSignInEnded,
    /// The server began.
    Started {
        /// Version of the program.
        version: String,
    },
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
