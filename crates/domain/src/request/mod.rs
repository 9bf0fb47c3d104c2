//! A request for a certificate: its stages, what may be done to it, and the pure decision.

pub mod command;
pub mod decide;
pub mod mover;
pub mod stage;

pub use command::{CertificateFacts, Command, Facts, PredecessorFacts};
pub use decide::{Decision, Effect, LinkChange, decide};
pub use mover::{Mover, next_mover};
pub use stage::{Certified, Keyed, RejectedBy, Stage, StageName, Submitted};

use crate::Timestamp;
use crate::act::Act;
use crate::ids::{AgentId, CertificateId, Nonce, RequestId, SubscriberId, Unz};
use crate::procedure::Kind;
use crate::subject::Subject;
use crate::subscriber::Contact;

/// One request with everything it carries through all its stages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Row version, counted from 1; every change names the version it saw.
    pub version: i64,
    /// The agent it was made at.
    pub agent_id: AgentId,
    /// Who asks.
    pub subscriber_id: SubscriberId,
    /// Which life.
    pub kind: Kind,
    /// The procedure's name.
    pub procedure: String,
    /// SHA-256 of the procedure's text: the copy the request began under is stored by it.
    pub procedure_sha256: [u8; 32],
    /// УНЗ, drawn at creation, shown from ACCEPTED on.
    pub unz: Unz,
    /// Binds every signed text to this request.
    pub nonce: Nonce,
    /// The distinguished name of record at creation.
    pub subject: Subject,
    /// Where the link goes.
    pub contact: Contact,
    /// Whether the address answered; true from the start where the procedure does not ask
    /// ([`crate::procedure::EmailConfirmation`]). The desk's lists have only requests of which this is true.
    pub email_confirmed: bool,
    /// The certificate whose successor is asked for.
    pub predecessor: Option<CertificateId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// End of the request's life.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// Where its act stands.
    pub act: Act,
}
