//! The registration authority: every use case of the house, each in four beats: verify, load, decide, save.
//!
//! Only this crate changes anything. It knows no HTTP, no HTML and no clock: time and randomness come with every call as a
//! [`Moment`]. Decisions are `domain`'s, bytes are `crypto`'s and `ca`'s, rows are `store`'s; the order of steps is ours.

mod acceptance;
mod act_file;
mod applicants;
mod by_hand;
mod cards;
mod change;
mod checking;
mod comparison;
mod component;
mod countersignature;
mod crl;
mod desk;
mod effects;
mod failure;
mod gates;
mod import;
mod import_desk;
mod issuance;
mod journal;
pub mod keyring;
pub mod kill;
mod messages;
mod own;
mod papers;
mod people;
mod reminders;
mod review;
mod revocation;
mod scan;
mod setup;
mod sign_in;
mod signatures;
mod staff_certificate;
mod staff_sign_in;
mod submission;
mod view;

pub use act_file::{ActFile, ActSignature, ActSigner};
pub use applicants::{Admission, ApplicationFile, NewApplication};
pub use by_hand::{DeskCertificate, DeskEvent, Proposal, Stepped};
pub use cards::{CertificateCard, Delivered, Delivery, RequestCard};
pub use checking::{Checked, CheckedSignature, CheckedSigner, KnownText, SignatureVerdict};
pub use comparison::{Compared, Mark};
pub use component::{DeliveryWish, Reported, TicketIssued, Wish};
pub use countersignature::{Countersigned, OpenAgentKey};
pub use desk::Trouble;
pub use effects::{Due, Letter, Performed, Work};
pub use failure::{Error, Failure, Refused};
pub use import::{ImportFault, ImportMode, ImportReport, RefusedRow};
pub use import_desk::{ImportOutcome, StagedFile, StagedImport, StagedState};
pub use journal::JournalLine;
pub use keyring::{FindKey, MakeKey, OutsideKeys, Password};
pub use messages::{MESSAGE_CHARACTERS, MESSAGE_SCANS, MessageCard, MessageFile, NewMessage, Thread, ThreadLine};
pub use own::{OwnEvent, Person};
pub use papers::{Paper, PaperCard};
pub use people::DeskPerson;
pub use revocation::OWN_REASONS;
pub use scan::{LARGEST_SCAN, Scan, ScanKind};
pub use setup::{Limits, Moment, ProcedureFolder, Ra, Setup, SourceFile};
pub use sign_in::{Challenge, SignedIn, StaffMember};
pub use staff_certificate::{DeskMember, DeskMemberCertificate};
pub use staff_sign_in::{OpenSignIn, StaffSignedIn, shown_by_device};
pub use submission::NewRequest;
