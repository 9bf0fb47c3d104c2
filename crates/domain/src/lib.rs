//! The nouns of the house, the machines they live by and the pure decision.
//!
//! What never lives here: I/O, DER, SQL, a clock, a random generator. Everything that varies arrives as an argument, so that
//! the whole life of a request can be tested in milliseconds. The machines follow section 1.7 of the product's domain notes.

pub mod act;
pub mod actor;
pub mod agent;
pub mod applicant;
pub mod calendar;
pub mod certificate;
pub mod cities;
pub mod declension;
pub mod ids;
pub mod inquiry;
pub mod journal;
pub mod latin;
pub mod paper;
pub mod procedure;
pub mod refusal;
pub mod request;
pub mod smart_card;
pub mod subject;
pub mod subscriber;
pub mod text;
pub mod time;

pub use refusal::Refusal;
pub use time::Timestamp;
