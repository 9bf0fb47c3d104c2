//! The binary as its users meet it: spawned, configured by files, spoken to over HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bank;
mod browser;
mod database;
mod walk;

mod alone;
mod answers_under_tickets;
mod check;
mod command_line;
mod component;
mod component_in_chromium;
mod counted_tries;
mod countersignature;
mod crash;
mod demo;
mod desk;
mod desk_by_hand;
mod desk_cards;
mod desk_fields;
mod desk_import;
mod desk_journal;
mod desk_papers;
mod desk_people;
mod desk_typed;
mod doors;
mod faults;
mod feedback;
mod fields_by_themselves;
mod first_issue;
mod foreign_client;
mod forms_of_others;
mod headers_and_cookies;
mod hostile;
mod inspect;
mod json_fields;
mod lesser_sign_ins;
mod lists;
#[expect(dead_code, reason = "the unit tests of pages look at more")]
mod look;
mod mail;
mod matrix;
mod matrix_of_api;
mod moved_time;
mod organisations;
mod own_keys;
mod pages;
mod papers;
mod passwords;
mod planted_and_replayed;
mod portal;
mod portal_fields;
mod portal_in_chromium;
mod portal_typed;
mod renewal;
mod signed_in_again;
mod stopped_forms;
mod tokens;
mod two_people;
mod typed_of_strangers;
mod walks;
mod words;
mod workplace;
mod wrong_files;
mod wrong_files_of_lists;
