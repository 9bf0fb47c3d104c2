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
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use db::Tx;
pub use error::Error;

use db::postgres::Postgres;
use db::sqlite::Sqlite;
use db::statement::{Statement, both};
use db::{Job, Work};
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
    being_checked: Mutex<Option<Arc<Check>>>,
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
        Self(Arc::new(Inner { backend, being_checked: Mutex::new(None) }))
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
        let mut work = Work::new(work);
        match &self.0.backend {
            Backend::Sqlite(sqlite) => {
                let work = Arc::new(Mutex::new(work));
                sqlite.write(Arc::clone(&work) as Arc<Mutex<dyn Job + Send>>)?;
                locked(&work).answer()
            }
            Backend::Postgres(postgres) => {
                postgres.write(&mut work)?;
                work.answer()
            }
        }
    }

    /// Runs `work` over one snapshot; writing is refused.
    ///
    /// # Errors
    /// What `work` answers, or a failure of the transaction.
    pub fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let mut work = Work::new(work);
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.read(&mut work)?,
            Backend::Postgres(postgres) => postgres.read(&mut work)?,
        }
        work.answer()
    }

    /// `SQLite` or `PostgreSQL`.
    #[must_use]
    pub fn backend_name(&self) -> &'static str {
        match &self.0.backend {
            Backend::Sqlite(_) => "SQLite",
            Backend::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether the database answers: one trivial statement, two seconds. Whoever asks while a check is on its way hears what that one finds.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn healthy(&self) -> Result<(), Error> {
        self.check()?.outcome()
    }

    /// The check that is on its way; where there is none, a new one.
    fn check(&self) -> Result<Arc<Check>, Error> {
        let mut being_checked = locked(&self.0.being_checked);
        // A check that hangs must not be joined by a thread a second.
        if let Some(check) = &*being_checked {
            return Ok(Arc::clone(check));
        }
        let check = Arc::new(Check::begun(Instant::now()));
        let (store, asked) = (self.clone(), Arc::clone(&check));
        let ask = move || {
            let outcome = store.read(|tx| tx.number(&TRIVIAL, &[]));
            *locked(&store.0.being_checked) = None;
            asked.found(outcome.map(drop));
        };
        let thread = std::thread::Builder::new().name("store-health".to_owned());
        thread.spawn(ask).map_err(|error| Error::Unavailable(error.to_string()))?;
        *being_checked = Some(Arc::clone(&check));
        Ok(check)
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

/// A health check, which everybody waits for who asks before it comes back.
struct Check {
    began: Instant,
    found: Mutex<Option<Result<(), Error>>>,
    came_back: Condvar,
}

impl Check {
    fn begun(began: Instant) -> Self {
        Self { began, found: Mutex::new(None), came_back: Condvar::new() }
    }

    fn found(&self, outcome: Result<(), Error>) {
        *locked(&self.found) = Some(outcome);
        self.came_back.notify_all();
    }

    /// The time runs from its beginning for all of them: one that is overdue keeps nobody waiting.
    fn outcome(&self) -> Result<(), Error> {
        let left = HEALTH_DEADLINE.saturating_sub(self.began.elapsed());
        let (found, _) = self
            .came_back
            .wait_timeout_while(locked(&self.found), left, |found| found.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let late = || Err(Error::Unavailable(format!("no answer within {} s", HEALTH_DEADLINE.as_secs())));
        found.clone().unwrap_or_else(late)
    }
}

/// Nothing panics while one of these is held.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn whoever_asks_during_a_health_check_hears_what_it_finds() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("surguch.db"))).unwrap();
        let at_once = std::thread::scope(|scope| {
            let asking = [(); 16].map(|()| scope.spawn(|| store.healthy()));
            asking.map(|asked| asked.join().unwrap())
        });
        assert!(at_once.iter().all(Result::is_ok), "{at_once:?}");

        let on_its_way = |began| {
            let check = Arc::new(Check::begun(began));
            *locked(&store.0.being_checked) = Some(Arc::clone(&check));
            check
        };
        let gone = Err(Error::Unavailable("gone".to_owned()));
        let check = on_its_way(Instant::now());
        let heard = std::thread::scope(|scope| {
            let asking = [(); 2].map(|()| scope.spawn(|| store.healthy()));
            check.found(gone.clone());
            asking.map(|asked| asked.join().unwrap())
        });
        assert_eq!(heard, [gone.clone(), gone]);

        let _hangs = on_its_way(Instant::now() - HEALTH_DEADLINE);
        let asked = Instant::now();
        assert!(matches!(store.healthy(), Err(Error::Unavailable(why)) if why.contains("no answer")));
        assert!(asked.elapsed() < HEALTH_DEADLINE, "an overdue one is not waited for again");
    }

    /// Of an `EXISTS` that stands beside another condition PostgreSQL makes a set of the whole table, for every call anew (docs/decisions/0069).
    #[test]
    fn no_statement_makes_a_set_of_a_whole_table() {
        for statement in STATEMENTS.iter().copied().flatten() {
            let words = statement.postgres;
            assert!(!words.contains("OR EXISTS") && !words.contains("OR NOT EXISTS"), "{words}");
        }
    }
}
