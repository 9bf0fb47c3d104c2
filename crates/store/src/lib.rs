//! SQLite and PostgreSQL behind one small face: rows, journal, outbox, views, migrations.
//!
//! Rows are the truth, the journal is the evidence; both are written in one transaction. What never lives here: a rule of the
//! procedure, a clock, a random generator. Every insert carries an id its caller made, so that a retry after a lost answer finds
//! what it made before. One module a noun; each function takes the open transaction first.

mod db;
mod error;
pub mod kill;

pub mod organisations;
pub mod subscribers;

pub mod applicants;
pub mod authorities;
pub mod certificates;
pub mod crls;
pub mod imported_crls;
pub mod intents;
pub mod keys;

pub mod papers;
pub mod procedures;
pub mod request_files;
pub mod requests;

pub mod links;
pub mod outbox;
pub mod proposals;
pub mod reminders;
pub mod tickets;

pub mod inquiries;
pub mod messages;
pub mod smart_cards;

pub mod component_tickets;

pub mod challenges;
pub mod same_person;
pub mod sessions;
pub mod staff;
pub mod staff_sign_in;
pub mod subscriber_secrets;

pub mod imports;

pub mod journal;
pub mod views;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

pub use db::Tx;
pub use error::Error;

use db::postgres::Postgres;
use db::sqlite::Sqlite;
use db::statement::{Statement, both};
use domain::Timestamp;

/// Where the rows are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite, made when it is not there.
    Sqlite(PathBuf),
    /// A database of PostgreSQL 15 or later.
    Postgres {
        /// `postgres://user:password@host:port/database`; `sslmode=require` goes with `sslrootcert=FILE`.
        url: String,
        /// Most connections at once.
        connections: u32,
    },
}

impl fmt::Debug for Location {
    /// Without the address, which may hold a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => out.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres { connections, .. } => {
                out.debug_struct("Postgres").field("connections", connections).finish_non_exhaustive()
            }
        }
    }
}

/// The database. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    backend: Backend,
    /// A health check that has not come back yet.
    being_checked: AtomicBool,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// How long a health check waits.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

impl Store {
    /// Opens for work; brings the schema to this program's version under a lock.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached, [`Error::Internal`] when its schema is newer or edited.
    pub fn open(location: &Location) -> Result<Self, Error> {
        Ok(Self::of(match location {
            Location::Sqlite(path) => Backend::Sqlite(Sqlite::open(path)?),
            Location::Postgres { url, connections } => Backend::Postgres(Postgres::open(url, *connections, true)?),
        }))
    }

    /// Opens for reading beside a running server: changes nothing, refuses a schema of another version.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_reading(location: &Location) -> Result<Self, Error> {
        Ok(Self::of(match location {
            Location::Sqlite(path) => Backend::Sqlite(Sqlite::open_reading(path)?),
            Location::Postgres { url, connections } => Backend::Postgres(Postgres::open(url, *connections, false)?),
        }))
    }

    fn of(backend: Backend) -> Self {
        Self(Arc::new(Inner { backend, being_checked: AtomicBool::new(false) }))
    }

    /// Runs `work` in one transaction and answers after its COMMIT. An `Err` undoes this closure's work alone. The closure may run
    /// more than once, so it keeps its inputs; a panic in it undoes its work and goes on in the caller.
    ///
    /// # Errors
    /// What `work` answers, or a failure of the transaction. [`Error::Unavailable`] may hide a change that stands: retry the verb.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.write(work),
            Backend::Postgres(postgres) => {
                let mut work = work;
                postgres.write(&mut work)
            }
        }
    }

    /// Runs `work` over one snapshot; writing is refused.
    ///
    /// # Errors
    /// What `work` answers, or a failure of the transaction.
    pub fn read<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.read(&mut work),
            Backend::Postgres(postgres) => postgres.read(&mut work),
        }
    }

    /// `SQLite` or `PostgreSQL`.
    #[must_use]
    pub fn backend_name(&self) -> &'static str {
        match &self.0.backend {
            Backend::Sqlite(_) => "SQLite",
            Backend::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether the database answers: one trivial statement, two seconds.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn healthy(&self) -> Result<(), Error> {
        let late = || Error::Unavailable(format!("no answer within {} s", HEALTH_DEADLINE.as_secs()));
        // A check that hangs must not be joined by a thread a second.
        if self.0.being_checked.swap(true, Ordering::SeqCst) {
            return Err(late());
        }
        let (answers, answer) = mpsc::channel();
        let store = self.clone();
        let ask = move || {
            let outcome = store.read(|tx| tx.number(&TRIVIAL, &[]));
            store.0.being_checked.store(false, Ordering::SeqCst);
            let _ = answers.send(outcome.map(drop));
        };
        if let Err(error) = std::thread::Builder::new().name("store-health".to_owned()).spawn(ask) {
            self.0.being_checked.store(false, Ordering::SeqCst);
            return Err(Error::Unavailable(error.to_string()));
        }
        answer.recv_timeout(HEALTH_DEADLINE).map_err(|_| late())?
    }

    /// Prepares every statement of the house on this database and says how many there are.
    ///
    /// # Errors
    /// The first statement the database does not understand, with its text.
    pub fn check_statements(&self) -> Result<usize, Error> {
        let mut prepared = 0;
        for statement in STATEMENTS.iter().copied().flatten() {
            self.read(|tx| tx.prepare(statement)).map_err(|error| {
                Error::Internal(format!("{error} in: {} | {}", statement.sqlite, statement.postgres))
            })?;
            prepared += 1;
        }
        Ok(prepared)
    }
}

const TRIVIAL: Statement = both("SELECT CAST(1 AS BIGINT)");

/// Every statement of the house.
const STATEMENTS: &[&[Statement]] = &[
    &[TRIVIAL],
    organisations::ALL,
    subscribers::ALL,
    authorities::ALL,
    certificates::ALL,
    crls::ALL,
    imported_crls::ALL,
    intents::ALL,
    keys::ALL,
    applicants::ALL,
    papers::ALL,
    procedures::ALL,
    request_files::ALL,
    requests::ALL,
    links::ALL,
    outbox::ALL,
    proposals::ALL,
    reminders::ALL,
    tickets::ALL,
    inquiries::ALL,
    messages::ALL,
    smart_cards::ALL,
    component_tickets::ALL,
    challenges::ALL,
    same_person::ALL,
    sessions::ALL,
    staff::ALL,
    staff_sign_in::ALL,
    subscriber_secrets::ALL,
    imports::ALL,
    journal::ALL,
    journal::checkpoint::ALL,
    journal::reading::ALL,
    views::ALL,
    views::cards::ALL,
    views::desk::ALL,
];

/// When wrong tries at a sign-in close it, and for how long. The row that counts them decides: a caller would decide on what it read before
/// a slow hash, beside others who read the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lock {
    /// So many wrong tries in a row close it, and each further one does.
    pub tries: i64,
    /// When this one was; while it is closed none is counted.
    pub now: Timestamp,
    /// Until when it is closed then.
    pub until: Timestamp,
}

/// A change that names the row's version must find exactly that row.
pub(crate) fn one_row(changed: u64, what: &'static str) -> Result<(), Error> {
    if changed == 1 { Ok(()) } else { Err(Error::Conflict { what }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of an `EXISTS` that stands beside another condition PostgreSQL makes a set of the whole table, for every call anew (docs/decisions/0069).
    #[test]
    fn no_statement_makes_a_set_of_a_whole_table() {
        for statement in STATEMENTS.iter().copied().flatten() {
            let words = statement.postgres;
            assert!(!words.contains("OR EXISTS") && !words.contains("OR NOT EXISTS"), "{words}");
        }
    }
}
