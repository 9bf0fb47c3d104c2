//! The issuing engine: bytes by policy. Profiles and authority plans are read here, certificates and CRLs are built, linted, signed and checked again.
//!
//! What never lives here: a database, a clock, a source of randomness, a customer. Times arrive as epoch seconds UTC, randomness as an argument.
//! Nothing is signed by an authority's key that was not first built, signed by a throw-away key and linted whole: [`Prepared`] has no other origin.

mod authority;
mod crl;
mod duration;
mod encoding;
mod error;
mod issue;
pub mod lint;
mod plan;
mod prepare;
mod profile;
mod serial;

pub use authority::{Authority, create_authority, crl_url};
pub use crl::{CrlObjection, PreviousCrl, build_crl, crl_guard};
pub use error::{Error, FileError, PlanError, ProfileError};
pub use issue::sign;
pub use plan::{AuthorityPlan, AuthoritySpec};
pub use prepare::{PrepareRefusal, Prepared, prepare};
pub use profile::Profile;
pub use serial::{SerialNumber, SerialNumberError, decimal_from_octets, octets_from_decimal};
