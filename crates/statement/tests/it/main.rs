//! The signed texts, letter by letter, and what can not get into them.

#![expect(clippy::unwrap_used, reason = "tests")]

extern crate surguch_statement as statement;

mod acts;
mod messages;
mod texts;
