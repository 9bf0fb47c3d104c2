//! The nouns, the machines and the bank's folders, tested from outside. No folder is named here: the directory is read.

#![expect(clippy::unwrap_used, reason = "tests")]

extern crate surguch_domain as domain;

mod agents;
mod calendar;
mod certificates;
mod decisions;
mod fixtures;
mod identifiers;
mod journal;
mod procedures;
mod random;
mod smart_cards;
mod stages;
mod subscribers;
mod text;
mod walks;
mod words;
