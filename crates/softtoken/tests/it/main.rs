//! Integration tests of the soft token: foreign programs as clients, processes that die, files that were touched, callers without manners.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cards;
mod files;
mod foreign;
mod hostile;
mod power;
mod raw;
mod rules;
