//! Tokens and HSMs over PKCS#11, and files that stand in for them, behind one face.
//!
//! A [`Module`] is a vendor's library; its [`Token`]s are known by serial number and the keys on them by the hash of the public key, never by label, reader or
//! handle. What a token says without a PIN is [`Token::info`] and [`Token::glance`]. A [`Session`] logs in, makes keys, writes certificates and hands out [`TokenKey`]s,
//! which are `crypto`'s `Signer`s. A [`Medium`] is a token, the «Реестр» of the user's profile or a key directory.
//!
//! Every call has a deadline; sessions survive a pull and replug; every signature is verified before it is passed on; no PIN is ever tried out.
//! Faults are [`Error`]s by who must act, each with a stable code and, in two languages, cause and next step ([`words`]).

// What a look at all of it is told as.
pub mod workplace;

mod catalogue;
mod error;
mod pin;
// The C interface, and who may be loaded.
mod lanes;
mod numbers;
mod raw;
mod trust;
// Modules, tokens, keys.
mod der;
mod key;
mod module;
mod objects;
mod session;
mod token;
// Files behind the same face.
mod containers;
mod medium;
mod private_files;
// What tests may do to it.
mod faults;

pub use catalogue::{Entry, Language, Who, Words, entries, fault_in, words};
pub use containers::{Containers, FileKey, FileSession, PasswordRules};
pub use error::{Error, Fault};
pub use faults::STEPS;
pub use key::{MigrationTokenKey, TokenKey};
pub use lanes::{Deadlines, Health};
pub use medium::{Medium, MediumKey, MediumKind, Unlocked, registry_folder};
pub use module::{Module, ModuleInfo, Reader};
pub use objects::{Contents, KeyEntry, KeyHash};
pub use pin::{Attempts, Factory, Keep, LastTry, Pin, PinState};
pub use private_files::{make_folder as make_private_folder, write_alone as write_private_file};
pub use session::Session;
pub use token::{Family, Token, TokenId, TokenInfo};
