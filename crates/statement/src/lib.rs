//! The canonical texts that people sign: requests, sign-ins, challenges, acts. One source for the bank's side and the client's.
//!
//! Every text is UTF-8 with LF line ends and exactly one LF at its end, says which document of which version it is, and ends with a
//! [`binding::Binding`] to its document type, request, origin, nonce and time, so that no signature can be shown as another one's. Values
//! are judged before they are written: whatever could begin a line of its own is refused. What never lives here: signatures, DER,
//! the bank's nouns, a clock.
//!
//! What travels between the bank's page, the server and the client's component lives here too, since all three must agree on it: the
//! [`ticket`] under which the component works, and the [`message`]s it takes and gives.

pub mod act;
pub mod binding;
pub mod possession;
pub mod request;
pub mod sign_in;

pub mod bounded;
pub mod message;
pub mod ticket;
mod value;

pub use value::{KEY_CHARACTERS, StatementError, VALUE_CHARACTERS};

/// First line of every text but the act, which begins with what people read.
pub const HEADER: &str = "Surguch-Statement: 1";
