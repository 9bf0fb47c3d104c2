//! The face of the databases: transactions, statements, savepoints. What it hides: two dialects, pools, the writer thread, retries.
//!
//! Three rules hold on both. A statement that failed outside a savepoint makes COMMIT refuse, even when its error was passed over.
//! A panic inside a closure rolls back and goes on in the caller. A transaction inside a transaction is refused.

pub(crate) mod migrations;
pub(crate) mod pool;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod statement;
pub(crate) mod value;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Error;
use crate::journal::Pending;
use statement::Statement;
use value::{Arg, Row, Value};

/// An open transaction. The functions of the modules take it first.
pub struct Tx<'c> {
    connection: Connection<'c>,
    writes: bool,
    /// A statement failed and no savepoint confined it.
    failed: bool,
    /// The database asks for another run of the closure: serialisation failure, dead-lock, a stale plan.
    pub(crate) again: bool,
    /// Journal rows of this transaction; written at its end, lanes in order, because each lane's head is a lock.
    pub(crate) pending: Vec<Pending>,
}

enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut postgres::Connection),
}

impl<'c> Tx<'c> {
    pub(crate) fn sqlite(connection: &'c rusqlite::Connection, writes: bool) -> Self {
        Self::new(Connection::Sqlite(connection), writes)
    }

    pub(crate) fn postgres(connection: &'c mut postgres::Connection, writes: bool) -> Self {
        Self::new(Connection::Postgres(connection), writes)
    }

    fn new(connection: Connection<'c>, writes: bool) -> Self {
        Self { connection, writes, failed: false, again: false, pending: Vec::new() }
    }

    /// Whether this transaction may change anything.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Runs `work` so that its failure, or its panic, undoes only what it did. Use it around a failure that is expected.
    ///
    /// # Errors
    /// What `work` answers, or the failure of the savepoint itself.
    pub fn savepoint<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        // The same name nests: the innermost one is meant.
        self.control("SAVEPOINT inner_work")?;
        let pending = self.pending.len();
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self)));
        match outcome {
            Ok(Ok(value)) if !self.failed => {
                self.control("RELEASE SAVEPOINT inner_work")?;
                Ok(value)
            }
            Ok(Ok(_)) => {
                self.undo_to_savepoint(pending)?;
                Err(passed_over().into())
            }
            Ok(Err(error)) => {
                self.undo_to_savepoint(pending)?;
                Err(error)
            }
            Err(panic) => {
                // Rolled back as a whole by whoever runs the closure, unless it is caught in between.
                let _ = self.undo_to_savepoint(pending);
                std::panic::resume_unwind(panic)
            }
        }
    }

    fn undo_to_savepoint(&mut self, pending: usize) -> Result<(), Error> {
        self.failed = false;
        self.pending.truncate(pending);
        self.control("ROLLBACK TO SAVEPOINT inner_work")?;
        self.control("RELEASE SAVEPOINT inner_work")
    }

    /// Changes rows and says how many.
    pub(crate) fn execute(&mut self, statement: &Statement, args: &[Arg<'_>]) -> Result<u64, Error> {
        self.check(args)?;
        let done = match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, statement.sqlite, args, self.writes),
            Connection::Postgres(connection) => connection.execute(statement.postgres, args, &mut self.again),
        };
        self.watch(done)
    }

    /// All rows, read by `read`.
    pub(crate) fn all<T>(
        &mut self,
        statement: &Statement,
        args: &[Arg<'_>],
        read: impl Fn(Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.check(args)?;
        let rows = match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::query(connection, statement.sqlite, args, self.writes),
            Connection::Postgres(connection) => connection.query(statement, args, &mut self.again),
        };
        self.watch(rows)?.into_iter().map(read).collect()
    }

    /// The first row, if there is one.
    pub(crate) fn optional<T>(
        &mut self,
        statement: &Statement,
        args: &[Arg<'_>],
        read: impl Fn(Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(statement, args, read)?.into_iter().next())
    }

    /// One whole number that is always there.
    pub(crate) fn number(&mut self, statement: &Statement, args: &[Arg<'_>]) -> Result<i64, Error> {
        let found = self.optional(statement, args, |row| match row.0.into_iter().next() {
            Some(Value::Integer(number)) => Ok(number),
            _ => Err(Error::Internal("a count did not answer with a number".to_owned())),
        })?;
        found.ok_or_else(|| Error::Internal("a count answered with no row".to_owned()))
    }

    /// Ends the work of the closure: refuses when a failure was passed over, writes the journal rows.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if self.failed {
            return Err(passed_over());
        }
        if self.pending.is_empty() { Ok(()) } else { crate::journal::write_pending(self) }
    }

    /// Prepares the statement and runs nothing.
    pub(crate) fn prepare(&mut self, statement: &Statement) -> Result<(), Error> {
        let done = match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::prepare(connection, statement.sqlite),
            Connection::Postgres(connection) => connection.prepare(statement.postgres),
        };
        self.watch(done)
    }

    fn control(&mut self, text: &'static str) -> Result<(), Error> {
        let done = match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::batch(connection, text),
            Connection::Postgres(connection) => connection.batch(text),
        };
        self.watch(done)
    }

    fn check(&mut self, args: &[Arg<'_>]) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Internal("the transaction has failed; nothing more can be done in it".to_owned()));
        }
        // PostgreSQL cannot keep it; SQLite would cut the text at it for other readers.
        if args.iter().any(|arg| matches!(arg, Arg::Text(text) if text.contains('\0'))) {
            return Err(Error::Internal("a text holds the character U+0000".to_owned()));
        }
        Ok(())
    }

    fn watch<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        self.failed |= done.is_err();
        done
    }
}

fn passed_over() -> Error {
    Error::Internal("a statement failed and its error was passed over".to_owned())
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Marks the thread as being inside a transaction as long as it lives.
struct Inside;

impl Inside {
    fn enter() -> Self {
        INSIDE.set(true);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

/// Refuses a transaction inside a transaction: on SQLite the writer would wait for itself.
pub(crate) fn must_be_outside() -> Result<(), Error> {
    if INSIDE.get() {
        return Err(Error::Internal("a transaction was begun inside a transaction".to_owned()));
    }
    Ok(())
}

pub(crate) fn opened_for_reading() -> Error {
    Error::Internal("the store was opened for reading".to_owned())
}

/// A closure of a caller, its types put aside: the backends are compiled once, and not for each of some hundred closures.
pub(crate) trait Job {
    /// Runs the closure and the end of its work, and keeps the answer; true when the work may stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
}

/// A closure, and what it answered last.
pub(crate) struct Work<T, E, F> {
    work: F,
    answer: Option<Result<T, E>>,
}

impl<T, E: From<Error>, F> Work<T, E, F> {
    pub(crate) fn new(work: F) -> Self {
        Self { work, answer: None }
    }

    /// For the caller, once the transaction has ended.
    pub(crate) fn answer(&mut self) -> Result<T, E> {
        let answer = self.answer.take();
        answer.unwrap_or_else(|| Err(Error::Internal("a closure was answered before it ran".to_owned()).into()))
    }
}

impl<T, E: From<Error>, F: FnMut(&mut Tx<'_>) -> Result<T, E>> Job for Work<T, E, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let answer = (self.work)(tx).and_then(|value| Ok(tx.finish().map(|()| value)?));
        let stays = answer.is_ok();
        self.answer = Some(answer);
        stays
    }
}

/// Runs the job, catching a panic.
fn run(job: &mut dyn Job, tx: &mut Tx<'_>) -> std::thread::Result<bool> {
    let _inside = Inside::enter();
    catch_unwind(AssertUnwindSafe(|| job.run(tx)))
}
