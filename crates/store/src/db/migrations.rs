//! Brings a database to the schema this program knows. Files are numbered, run once, in order, each set under a lock, and never
//! edited after release: a changed file is noticed by its digest.

use postgres::Client;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::{postgres as pg, sqlite};
use crate::Error;

/// One step: its name and its text.
struct Migration {
    name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($name:literal),+) => {
        &[$(Migration { name: $name, text: include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")) }),+]
    };
}

const SQLITE: &[Migration] = migrations!("sqlite": "0001_spine", "0002_desk", "0003_component_tickets", "0004_messages", "0005_papers", "0006_search", "0007_countersignature", "0008_staff_certificates", "0009_imports", "0011_applicants", "0012_reminders", "0014_email_confirmation", "0015_paper_awaited", "0016_smart_cards", "0017_inquiries", "0018_failing_work", "0019_subscriber_passwords", "0020_same_person", "0021_applicants_of_record", "0022_key_medium", "0023_work_lanes", "0024_record_then", "0025_common_names", "0026_letters_of_certificates", "0027_people_with_requests", "0028_threads", "0029_whose_password", "0030_tickets_of_clients");
const POSTGRES: &[Migration] = migrations!("postgres": "0001_spine", "0002_desk", "0003_component_tickets", "0004_messages", "0005_papers", "0006_search", "0007_countersignature", "0008_staff_certificates", "0009_imports", "0011_applicants", "0012_reminders", "0014_email_confirmation", "0015_paper_awaited", "0016_smart_cards", "0017_inquiries", "0018_failing_work", "0019_subscriber_passwords", "0020_same_person", "0021_applicants_of_record", "0022_key_medium", "0023_work_lanes", "0024_record_then", "0025_common_names", "0026_letters_of_certificates", "0027_people_with_requests", "0028_threads", "0029_whose_password", "0030_tickets_of_clients");

/// Taken while migrating, so that two servers that start together do not migrate twice. The number is «surguch» in ASCII.
/// A step may take as long as it takes, and so may the wait for another server's.
const LOCK: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(32498829270115176)";
const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_versions (number BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256_hex TEXT NOT NULL)";
const DONE: &str = "SELECT number, name, sha256_hex FROM schema_versions ORDER BY number";
const RECORD: &str = "INSERT INTO schema_versions (number, name, sha256_hex) VALUES ($1, $2, $3)";

/// A step that was done: number, name, digest.
type Done = (i64, String, String);

pub(crate) fn bring_up_sqlite(connection: &mut Connection) -> Result<(), Error> {
    let explain = |error| sqlite::explain(error, true);
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(explain)?;
    tx.execute_batch(VERSION_TABLE).map_err(explain)?;
    for (number, migration) in missing(SQLITE, &done_sqlite(&tx)?)? {
        tx.execute_batch(migration.text).map_err(explain)?;
        tx.execute(RECORD, (number, migration.name, digest(migration))).map_err(explain)?;
    }
    tx.commit().map_err(explain)
}

pub(crate) fn check_sqlite(connection: &Connection) -> Result<(), Error> {
    let there = connection
        .query_row("SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'", [], |_| Ok(()))
        .optional()
        .map_err(|error| sqlite::explain(error, false))?;
    let done = if there.is_some() { done_sqlite(connection)? } else { Vec::new() };
    must_be_complete(SQLITE, &done)
}

fn done_sqlite(connection: &Connection) -> Result<Vec<Done>, Error> {
    let mut statement = connection.prepare(DONE).map_err(|error| sqlite::explain(error, false))?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.and_then(Iterator::collect).map_err(|error| sqlite::explain(error, false))
}

pub(crate) fn bring_up_postgres(client: &mut Client) -> Result<(), Error> {
    let explain = |error: postgres::Error| pg::explain(&error);
    let mut tx = client.transaction().map_err(explain)?;
    tx.batch_execute(LOCK).map_err(explain)?;
    let encoding: String = tx.query_one("SHOW server_encoding", &[]).map_err(explain)?.get(0);
    if encoding != "UTF8" {
        return Err(Error::Internal(format!("the database must be in UTF8, it is in {encoding}")));
    }
    tx.batch_execute(VERSION_TABLE).map_err(explain)?;
    let done = done_postgres(&tx.query(DONE, &[]).map_err(explain)?);
    for (number, migration) in missing(POSTGRES, &done)? {
        tx.batch_execute(migration.text).map_err(explain)?;
        tx.execute(RECORD, &[&number, &migration.name, &digest(migration)]).map_err(explain)?;
    }
    tx.commit().map_err(explain)
}

pub(crate) fn check_postgres(client: &mut Client) -> Result<(), Error> {
    let explain = |error: postgres::Error| pg::explain(&error);
    let there: bool =
        client.query_one("SELECT to_regclass('schema_versions') IS NOT NULL", &[]).map_err(explain)?.get(0);
    let done = if there { done_postgres(&client.query(DONE, &[]).map_err(explain)?) } else { Vec::new() };
    must_be_complete(POSTGRES, &done)
}

fn done_postgres(rows: &[postgres::Row]) -> Vec<Done> {
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// The steps still to do, with their numbers.
fn missing<'m>(known: &'m [Migration], done: &[Done]) -> Result<Vec<(i64, &'m Migration)>, Error> {
    if done.len() > known.len() {
        return Err(Error::Internal(format!(
            "the database has schema version {}, this program knows {}: it was written by a newer program",
            done.len(),
            known.len()
        )));
    }
    for ((number, migration), have) in (1..).zip(known).zip(done) {
        if *have != (number, migration.name.to_owned(), digest(migration)) {
            return Err(Error::Internal(format!(
                "schema step {number} of the database is another than this program's"
            )));
        }
    }
    Ok((1..).zip(known).skip(done.len()).collect())
}

fn must_be_complete(known: &[Migration], done: &[Done]) -> Result<(), Error> {
    match missing(known, done)?.len() {
        0 => Ok(()),
        _ => Err(Error::Internal(format!(
            "the database has schema version {}, this program needs {}: start the server once to bring it up",
            done.len(),
            known.len()
        ))),
    }
}

fn digest(migration: &Migration) -> String {
    hex::encode(Sha256::digest(migration.text))
}
