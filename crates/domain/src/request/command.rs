//! What may be done to a request, and the facts that the one who asks must bring along.

use crate::Timestamp;
use crate::act::Act;
use crate::calendar::Calendar;
use crate::certificate::{Progress, Standing};
use crate::ids::{CertificateId, StaffId};
use crate::subject::Subject;
use crate::subscriber::{Contact, Email};

/// A wish to move a request. Whoever sends one has verified what the command says (signatures, possession, text equality):
/// the decision only judges whether it fits the stage, the procedure and the facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Judges a request that is being made (stage is [`super::Stage::Draft`], nothing saved yet).
    Create,
    /// Change phone or e-mail.
    Edit(Contact),
    /// An applicant states anew who they are and how to reach them; verified by the form's rules.
    Restate {
        /// The name that the certificate shall have.
        subject: Subject,
        /// Phone and e-mail.
        contact: Contact,
    },
    /// A key was made; its PKCS#10 verified (possession) and names the record's subject.
    OfferKey {
        /// SHA-256 of the canonical SubjectPublicKeyInfo.
        spki_sha256: [u8; 32],
    },
    /// The canonical text was signed by the current key.
    Sign,
    /// Hand the request in.
    Send,
    /// Whoever reads the letters of the request's address followed the link in the one that asks for it.
    ConfirmEmail,
    /// The paper, scan or electronic application is in.
    RegisterApplication,
    /// Approve; by the review-less gate when nobody is named.
    Approve {
        /// Who.
        by: StaffId,
    },
    /// Send back for correction.
    Return {
        /// Who.
        by: StaffId,
        /// What to correct.
        reason: String,
    },
    /// Refuse.
    Refuse {
        /// Who.
        by: StaffId,
        /// Why.
        reason: String,
    },
    /// The client starts correcting.
    Correct {
        /// Whether the subject changed, so that the key must be made anew.
        subject_changed: bool,
    },
    /// The client takes the request back before issue.
    Recall,
    /// The certificate was signed and is about to be stored. The gate before the serial number asks the same question once
    /// before anything is signed, so that a refusal costs no signature.
    Issue {
        /// Its id.
        certificate_id: CertificateId,
    },
    /// A new link is asked for.
    ResendLink,
    /// The life of the mailed link is over.
    LinkEnded,
    /// The address was wrong: letters go to this one from now on, and a link that waits is sent anew. Two people said so.
    CorrectEmail(Email),
    /// The act was signed over the stored text by the current key, or on paper where the procedure prints.
    SignAct,
    /// «Отказаться», confirmed.
    Decline,
    /// Hand out the bytes.
    Deliver,
    /// The client's medium holds the certificate.
    Install,
    /// The new key signed the challenge. From ISSUED or ACT_SIGNED it is INSTALLED and PROVEN in one step, because storing the
    /// certificate signs the challenge under the same PIN.
    Prove,
    /// Take it into service where the procedure's gates allow.
    Activate,
    /// The bank registered the act.
    ReceiveAct,
    /// The due date of the act has passed.
    ActDuePassed,
    /// The life of the request is over.
    Lapse,
}

impl Command {
    /// The command's word, for tables and the journal.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit(_) => "edit",
            Self::Restate { .. } => "restate",
            Self::OfferKey { .. } => "offer-key",
            Self::Sign => "sign",
            Self::Send => "send",
            Self::ConfirmEmail => "confirm-email",
            Self::RegisterApplication => "register-application",
            Self::Approve { .. } => "approve",
            Self::Return { .. } => "return",
            Self::Refuse { .. } => "refuse",
            Self::Correct { .. } => "correct",
            Self::Recall => "recall",
            Self::Issue { .. } => "issue",
            Self::ResendLink => "resend-link",
            Self::LinkEnded => "link-ended",
            Self::CorrectEmail(_) => "correct-email",
            Self::SignAct => "sign-act",
            Self::Decline => "decline",
            Self::Deliver => "deliver",
            Self::Install => "install",
            Self::Prove => "prove",
            Self::Activate => "activate",
            Self::ReceiveAct => "receive-act",
            Self::ActDuePassed => "act-due-passed",
            Self::Lapse => "lapse",
        }
    }
}

/// Everything a decision may look at beside the request and the procedure. Gathered by the registration authority before it asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts<'a> {
    /// The current certificate, where the request has one.
    pub predecessor: Option<PredecessorFacts>,
    /// The certificate of this request, once there is one.
    pub certificate: Option<CertificateFacts>,
    /// Whether the key is in any certificate or other request.
    pub key_seen_before: bool,
    /// Whether the person may work remotely.
    pub subscriber_barred: bool,
    /// Whether the bank has taken the person into its record.
    pub subscriber_admitted: bool,
    /// Phone and e-mail of record.
    pub contact_of_record: &'a Contact,
    /// Whether another request of this person is open.
    pub other_request_open: bool,
    /// When the mailed link that waits ends, or ended.
    pub link_expires_at: Option<Timestamp>,
    /// Whether the client's signature over the text of the act is on record.
    pub act_is_signed: bool,
    /// Whether the agent signs electronic acts too.
    pub agent_countersigns: bool,
    /// The agent's working days.
    pub calendar: &'a Calendar,
}

/// What matters about the current certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PredecessorFacts {
    /// What it is good for now.
    pub standing: Standing,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What matters about the new certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CertificateFacts {
    /// How far it came.
    pub progress: Progress,
    /// What it is good for now.
    pub standing: Standing,
    /// When it was blocked, where it is.
    pub blocked_since: Option<Timestamp>,
}

/// The act of a request, as a fact for views.
pub type ActFact = Act;
