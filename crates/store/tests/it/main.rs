//! Conformance of the store: the same sentences hold on SQLite and on PostgreSQL.
//!
//! `SURGUCH_TEST_POSTGRES_URL` is an administrator's address of a server (`postgres://postgres@127.0.0.1:5432/postgres`); each test
//! makes its own database there. Without it the PostgreSQL half fails, unless `SURGUCH_TEST_SQLITE_ONLY=1` says that this is meant.
#![expect(clippy::unwrap_used, reason = "tests")]

mod database;
mod sample;

mod contradictions;
mod crashes;
mod desk;
mod journal;
mod opening;
mod outages;
mod rows;
mod serials;
mod tampering;
mod transactions;
mod work;
