//! SQLite: one writer thread that puts the waiting closures of all callers into one transaction and one fsync, and a few
//! connections for reading. Write-ahead log, `synchronous=FULL`: what was answered is on the disk.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::pool::Pool;
use super::value::{Arg, Row, Value};
use super::{Job, Tx, migrations, must_be_outside, opened_for_reading, run};
use crate::{Error, kill};

/// Most closures in one transaction. More would make the first of them wait too long for its answer.
const GROUP_LIMIT: usize = 256;
/// Most closures that wait for the writer; the next caller waits until there is room.
const QUEUE_LIMIT: usize = 1_024;
/// Connections for reading. Two cores feed no more; each costs a page cache.
const READERS: usize = 4;
/// How long one waits for a lock of another process (a backup, a reading command that opens).
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
/// Prepared statements kept per connection; more than the house has.
const STATEMENTS: usize = 256;

pub(crate) struct Sqlite {
    /// None when opened for reading.
    writer: Option<Writer>,
    readers: Pool<Connection>,
}

struct Writer {
    jobs: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = connect(path, true)?;
        migrations::bring_up_sqlite(&mut connection)?;
        let (jobs, waiting) = sync_channel(QUEUE_LIMIT);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_groups(&connection, &waiting))
            .map_err(|error| Error::Unavailable(format!("the writer thread did not start: {error}")))?;
        Ok(Self { writer: Some(Writer { jobs: Some(jobs), thread: Some(thread) }), readers: readers(path) })
    }

    pub(crate) fn open_reading(path: &Path) -> Result<Self, Error> {
        let store = Self { writer: None, readers: readers(path) };
        let lease = store.readers.take()?;
        migrations::check_sqlite(&lease)?;
        lease.give_back();
        Ok(store)
    }

    /// Has the job run by the writer, in a transaction with others; it keeps its answer. A panic in it goes on here.
    ///
    /// # Errors
    /// The transaction failed: also a refusal may rest on what a neighbour wrote, so no answer outlives it.
    pub(crate) fn write(&self, job: Arc<Mutex<dyn Job + Send>>) -> Result<(), Error> {
        must_be_outside()?;
        let jobs = self.writer.as_ref().and_then(|writer| writer.jobs.as_ref());
        let jobs = jobs.ok_or_else(opened_for_reading)?;
        let (answers, answer) = channel();
        let gone = || Error::Unavailable("the writer thread is gone".to_owned());
        jobs.send(Waiting { job, panic: None, answers }).map_err(|_| gone())?;
        match answer.recv().map_err(|_| gone())? {
            Ok(end) => end,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Runs the job over one snapshot.
    ///
    /// # Errors
    /// The transaction failed.
    pub(crate) fn read(&self, job: &mut dyn Job) -> Result<(), Error> {
        must_be_outside()?;
        let lease = self.readers.take()?;
        batch(&lease, "BEGIN DEFERRED")?;
        let answered = run(job, &mut Tx::sqlite(&lease, false));
        // Nothing was changed: ending the snapshot either way is the same.
        if batch(&lease, "ROLLBACK").is_ok() {
            lease.give_back();
        }
        match answered {
            Ok(_) => Ok(()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        // The last handle may die inside a closure, on the writer thread itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// A job on its way to the writer.
struct Waiting {
    job: Arc<Mutex<dyn Job + Send>>,
    /// What it died of.
    panic: Option<Box<dyn Any + Send>>,
    /// How its transaction ended, or its panic.
    answers: Sender<std::thread::Result<Result<(), Error>>>,
}

impl Waiting {
    /// Runs the job; true when its work may stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let mut job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        run(&mut *job, tx).unwrap_or_else(|panic| {
            self.panic = Some(panic);
            false
        })
    }

    /// Answers after the end of the transaction.
    fn answer(self, end: Result<(), Error>) {
        let answer = match self.panic {
            Some(panic) => Err(panic),
            None => Ok(end),
        };
        // A caller that went away needs no answer.
        let _ = self.answers.send(answer);
    }
}

fn write_groups(connection: &Connection, waiting: &Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_LIMIT
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        kill::point("write.before-begin");
        let end = write_group(connection, &mut group);
        if end.is_ok() {
            kill::point("write.after-commit");
        } else if !connection.is_autocommit() {
            let _ = batch(connection, "ROLLBACK");
        }
        for job in group {
            job.answer(end.clone());
        }
    }
}

fn write_group(connection: &Connection, group: &mut [Waiting]) -> Result<(), Error> {
    cached(connection, "BEGIN IMMEDIATE")?;
    kill::point("write.after-begin");
    for job in group {
        cached(connection, "SAVEPOINT closure")?;
        let stays = job.run(&mut Tx::sqlite(connection, true));
        // A full disk or a read error makes SQLite roll back by itself: then nobody's work is left.
        if connection.is_autocommit() {
            return Err(Error::Unavailable("the transaction was rolled back by the database".to_owned()));
        }
        if !stays {
            cached(connection, "ROLLBACK TO SAVEPOINT closure")?;
        }
        cached(connection, "RELEASE SAVEPOINT closure")?;
    }
    kill::point("write.before-commit");
    cached(connection, "COMMIT")
}

fn readers(path: &Path) -> Pool<Connection> {
    let path: PathBuf = path.to_owned();
    Pool::new(READERS, Box::new(move || connect(&path, false)))
}

fn connect(path: &Path, writes: bool) -> Result<Connection, Error> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if writes {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(error, true))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| explain(error, true))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if writes {
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|error| explain(error, true))?;
        if mode != "wal" {
            return Err(Error::Unavailable(format!("the file system does not allow a write-ahead log: {mode}")));
        }
    }
    batch(&connection, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF")?;
    if !writes {
        batch(&connection, "PRAGMA query_only = ON")?;
    }
    Ok(connection)
}

pub(crate) fn execute(
    connection: &Connection,
    text: &'static str,
    args: &[Arg<'_>],
    writes: bool,
) -> Result<u64, Error> {
    let explain = |error| explain(error, writes);
    let mut statement = connection.prepare_cached(text).map_err(explain)?;
    bind(&mut statement, args).map_err(explain)?;
    let changed = statement.raw_execute().map_err(explain)?;
    Ok(changed as u64)
}

/// Reads to the end, which RETURNING needs to have its effect.
pub(crate) fn query(
    connection: &Connection,
    text: &'static str,
    args: &[Arg<'_>],
    writes: bool,
) -> Result<Vec<Row>, Error> {
    let explain = |error| explain(error, writes);
    let mut statement = connection.prepare_cached(text).map_err(explain)?;
    bind(&mut statement, args).map_err(explain)?;
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(explain)? {
        let values: Result<Vec<Value>, _> = (0..columns).map(|column| row.get_ref(column).map(value)).collect();
        found.push(Row(values.map_err(explain)?));
    }
    Ok(found)
}

pub(crate) fn prepare(connection: &Connection, text: &'static str) -> Result<(), Error> {
    connection.prepare(text).map(drop).map_err(|error| explain(error, true))
}

pub(crate) fn batch(connection: &Connection, text: &str) -> Result<(), Error> {
    connection.execute_batch(text).map_err(|error| explain(error, true))
}

fn cached(connection: &Connection, text: &'static str) -> Result<(), Error> {
    let done = connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
    done.map(drop).map_err(|error| explain(error, true))
}

/// `$3` is a name to SQLite, not a place: the number is read back from the name.
fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Arg<'_>]) -> rusqlite::Result<()> {
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let arg = number.and_then(|number| args.get(number.checked_sub(1)?));
        let arg = arg.ok_or(rusqlite::Error::InvalidParameterCount(args.len(), place))?;
        statement.raw_bind_parameter(place, arg)?;
    }
    Ok(())
}

impl ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(octets) => ValueRef::Blob(octets),
            Self::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
        }))
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        // The house stores no fractions: a column that holds one contradicts whatever is read from it.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            // Not text: whoever reads it as text reports a contradiction.
            Err(_) => Value::Bytes(text.to_vec()),
        },
        ValueRef::Blob(octets) => Value::Bytes(octets.to_vec()),
    }
}

/// SQLite's result codes for a broken UNIQUE, PRIMARY KEY and rowid.
const UNIQUE_CODES: [i32; 3] = [2067, 1555, 2579];
const UNIQUE_MESSAGE: &str = "UNIQUE constraint failed: ";

pub(crate) fn explain(error: rusqlite::Error, writes: bool) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else {
        return Error::Internal(error.to_string());
    };
    let text = message.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::ConstraintViolation if UNIQUE_CODES.contains(&failure.extended_code) => {
            Error::AlreadyThere { what: text.strip_prefix(UNIQUE_MESSAGE).unwrap_or(&text).to_owned() }
        }
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::PermissionDenied => Error::Unavailable(text),
        ErrorCode::ReadOnly if writes => Error::Unavailable(text),
        _ => Error::Internal(text),
    }
}
