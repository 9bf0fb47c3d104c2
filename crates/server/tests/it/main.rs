//! The binary as its users meet it: spawned, configured by files, spoken to over HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bank;
mod command_line;
mod crash;
mod demo;
mod doors;
mod faults;
mod foreign_client;
mod renewal;
