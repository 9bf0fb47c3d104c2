//! The registration authority over real databases: whole renewals, every refusal, races, moved time, imports.
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

extern crate surguch_ra as ra;

mod bank;
mod by_hand;
mod card_register;
mod checking;
mod countersignature;
mod desk;
mod first_issue;
mod import;
mod inquiries;
mod organisations;
mod own;
mod own_keys;
mod papers;
mod passwords;
mod powers;
mod procedures;
mod races;
mod refusals;
mod reminders;
mod renewal;
mod staff_certificate;
mod time;
