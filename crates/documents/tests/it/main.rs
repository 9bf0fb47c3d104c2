//! The papers from outside: what they say, that they are whole PDF/A files, and what nobody can do to them.

#![expect(clippy::unwrap_used, reason = "tests")]

extern crate surguch_documents as documents;

mod characters;
mod codes;
mod facts;
mod hostile;
mod layouts;
mod octets;
mod programs;
mod scans;
mod wording;
