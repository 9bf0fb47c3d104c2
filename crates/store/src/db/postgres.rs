//! PostgreSQL: a pool of connections, one transaction a closure, READ COMMITTED with row versions for changes and one snapshot
//! for reading. TLS when the address asks for it.

use std::collections::HashMap;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::pool::{Lease, Pool};
use super::statement::Statement;
use super::value::{Arg, Row, Value};
use super::{Job, Tx, migrations, must_be_outside, opened_for_reading, run};
use crate::{Error, kill};

/// How often a closure is run when the database asks for another run.
const RUNS: u32 = 10;
/// Pause before run n+1: n times this.
const PAUSE: Duration = Duration::from_millis(5);
/// Limits of waiting for the network, where the address names none.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// Isolation of a change: the version in `WHERE` and the unique keys decide who was first.
const BEGIN_WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// An answer means the row is on the disk: a server-wide `off` does not hold for us, anything stricter does. No statement and no
/// lock is waited for without end. And no statement is compiled: that takes longer than any of ours runs.
const SESSION: &str = "SELECT set_config('synchronous_commit', \
     CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false), \
     set_config('statement_timeout', '60s', false), set_config('lock_timeout', '20s', false), \
     set_config('idle_in_transaction_session_timeout', '120s', false), set_config('jit', 'off', false)";

pub(crate) struct Postgres {
    pool: Pool<Connection>,
    /// Opened for work, not for reading beside a server.
    writes: bool,
}

pub(crate) struct Connection {
    client: Client,
    statements: HashMap<&'static str, postgres::Statement>,
}

impl Postgres {
    pub(crate) fn open(url: &str, connections: u32, writes: bool) -> Result<Self, Error> {
        let (config, tls) = read_address(url)?;
        let make = move || connect(&config, tls.clone());
        let pool = Pool::new(connections as usize, Box::new(make));
        let mut lease = pool.take()?;
        if writes {
            migrations::bring_up_postgres(&mut lease.client)?;
        } else {
            migrations::check_postgres(&mut lease.client)?;
        }
        lease.give_back();
        Ok(Self { pool, writes })
    }

    /// Runs the job in one transaction; it keeps its answer. A panic in it goes on here.
    ///
    /// # Errors
    /// The transaction failed.
    pub(crate) fn write(&self, job: &mut dyn Job) -> Result<(), Error> {
        must_be_outside()?;
        if !self.writes {
            return Err(opened_for_reading());
        }
        let mut runs = 1;
        loop {
            kill::point("write.before-begin");
            let mut lease = self.begin(BEGIN_WRITING)?;
            kill::point("write.after-begin");
            let mut tx = Tx::postgres(&mut lease, true);
            let stays = run(job, &mut tx);
            let again = tx.again && runs < RUNS;
            match stays {
                Ok(true) => {
                    kill::point("write.before-commit");
                    match lease.client.batch_execute("COMMIT") {
                        Ok(()) => {
                            kill::point("write.after-commit");
                            lease.give_back();
                            return Ok(());
                        }
                        Err(error) if asks_again(&error) && runs < RUNS => {}
                        Err(error) => return Err(explain(&error)),
                    }
                }
                Ok(false) => {
                    roll_back(lease);
                    if !again {
                        return Ok(());
                    }
                }
                Err(panic) => {
                    roll_back(lease);
                    std::panic::resume_unwind(panic);
                }
            }
            std::thread::sleep(PAUSE * runs);
            runs += 1;
        }
    }

    /// Runs the job over one snapshot, as [`Self::write`] does.
    ///
    /// # Errors
    /// The transaction failed.
    pub(crate) fn read(&self, job: &mut dyn Job) -> Result<(), Error> {
        must_be_outside()?;
        let mut runs = 1;
        loop {
            let mut lease = self.begin(BEGIN_READING)?;
            let mut tx = Tx::postgres(&mut lease, false);
            let answered = run(job, &mut tx);
            let again = tx.again && runs < RUNS;
            roll_back(lease);
            match answered {
                Ok(false) if again => runs += 1,
                Ok(_) => return Ok(()),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    }

    /// An open transaction. Idle connections that died with their server are found here, and only here can one simply try another.
    fn begin(&self, text: &'static str) -> Result<Lease<'_, Connection>, Error> {
        loop {
            let mut lease = self.pool.take()?;
            match lease.client.batch_execute(text) {
                Ok(()) => return Ok(lease),
                Err(_) if !lease.fresh => {
                    drop(lease);
                    self.pool.forget_idle();
                }
                // A fresh connection that cannot begin: a standby, a server that shuts down.
                Err(error) => return Err(explain_connecting(&error)),
            }
        }
    }
}

fn roll_back(mut lease: Lease<'_, Connection>) {
    if lease.client.batch_execute("ROLLBACK").is_ok() {
        lease.give_back();
    }
}

impl Connection {
    pub(crate) fn execute(&mut self, text: &'static str, args: &[Arg<'_>], again: &mut bool) -> Result<u64, Error> {
        let done = self.statement(text).and_then(|statement| self.client.execute(&statement, &parameters(args)));
        self.judge(done, again)
    }

    pub(crate) fn query(&mut self, asked: &Statement, args: &[Arg<'_>], again: &mut bool) -> Result<Vec<Row>, Error> {
        let text = asked.postgres;
        let prepared = if asked.by_values { self.client.prepare(text) } else { self.statement(text) };
        let found = prepared.and_then(|statement| self.client.query(&statement, &parameters(args)));
        let rows = self.judge(found, again)?;
        rows.iter()
            .map(|row| {
                let values: Result<Vec<Value>, _> = (0..row.len()).map(|column| row.try_get(column)).collect();
                values.map(Row).map_err(|error| explain(&error))
            })
            .collect()
    }

    pub(crate) fn prepare(&mut self, text: &'static str) -> Result<(), Error> {
        self.client.prepare(text).map(drop).map_err(|error| explain(&error))
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), Error> {
        self.client.batch_execute(text).map_err(|error| explain(&error))
    }

    fn statement(&mut self, text: &'static str) -> Result<postgres::Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(text)?;
        self.statements.insert(text, statement.clone());
        Ok(statement)
    }

    fn judge<T>(&mut self, done: Result<T, postgres::Error>, again: &mut bool) -> Result<T, Error> {
        done.map_err(|error| {
            *again |= asks_again(&error);
            if plan_is_stale(&error) {
                self.statements.clear();
            }
            explain(&error)
        })
    }
}

fn parameters<'a>(args: &'a [Arg<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync)).collect()
}

/// "cached plan must not change result type": the schema changed under a prepared statement. Known by its routine only.
fn plan_is_stale(error: &postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| error.routine() == Some("RevalidateCachedQuery"))
}

fn asks_again(error: &postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
        || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
        || plan_is_stale(error)
}

fn connect(config: &Config, tls: Option<MakeRustlsConnect>) -> Result<Connection, Error> {
    let connected = match tls {
        Some(tls) => config.connect(tls),
        None => config.connect(NoTls),
    };
    let mut client = connected.map_err(|error| explain_connecting(&error))?;
    client.simple_query(SESSION).map_err(|error| explain(&error))?;
    Ok(Connection { client, statements: HashMap::new() })
}

/// Reads the address. `sslmode=require` (and libpq's stricter words, which mean the same here: name and chain are always checked)
/// needs `sslrootcert=FILE`, the PEM file with the authority of the server's certificate.
fn read_address(url: &str) -> Result<(Config, Option<MakeRustlsConnect>), Error> {
    let mut roots = None;
    let mut keep = |pair: &str| match pair.split_once('=') {
        Some(("sslrootcert", file)) => {
            roots = Some(file.trim_matches('\'').to_owned());
            None
        }
        Some(("sslmode", "verify-full" | "verify-ca")) => Some("sslmode=require".to_owned()),
        _ => Some(pair.to_owned()),
    };
    let address = if url.contains("://") {
        let (front, options) = url.split_once('?').unwrap_or((url, ""));
        let options: Vec<String> = options.split('&').filter(|pair| !pair.is_empty()).filter_map(&mut keep).collect();
        if options.is_empty() { front.to_owned() } else { format!("{front}?{}", options.join("&")) }
    } else {
        url.split_whitespace().filter_map(&mut keep).collect::<Vec<_>>().join(" ")
    };
    let mut config: Config =
        address.parse().map_err(|error| Error::Internal(format!("the address of the database: {error}")))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("surguch");
    }
    let tls = match (config.get_ssl_mode(), roots) {
        (SslMode::Require, Some(file)) => Some(tls(&file)?),
        (SslMode::Require, None) => {
            return Err(Error::Internal("sslmode=require needs sslrootcert=FILE (PEM)".to_owned()));
        }
        (_, Some(_)) => return Err(Error::Internal("sslrootcert needs sslmode=require".to_owned())),
        _ => None,
    };
    Ok((config, tls))
}

fn tls(file: &str) -> Result<MakeRustlsConnect, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Internal(format!("sslrootcert={file}: {error}"));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"holds no certificate"));
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// A server that cannot be reached or does not take us in now. Whatever it is, a later try may succeed once it is mended.
fn explain_connecting(error: &postgres::Error) -> Error {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    Error::Unavailable(text)
}

/// Sorts a failure. Messages of the server stay out of the text where they can hold values of rows.
pub(crate) fn explain(error: &postgres::Error) -> Error {
    let Some(failure) = error.as_db_error() else {
        let ours = error.to_string();
        let network = error.is_closed() || std::error::Error::source(error).is_some_and(|s| s.is::<std::io::Error>());
        return if network { Error::Unavailable(ours) } else { Error::Internal(ours) };
    };
    let code = failure.code().code();
    if *failure.code() == SqlState::UNIQUE_VIOLATION {
        let table = failure.table().unwrap_or("?");
        let what = failure.detail().and_then(|detail| columns_of(table, detail));
        return Error::AlreadyThere { what: what.unwrap_or_else(|| failure.constraint().unwrap_or(table).to_owned()) };
    }
    let place = [failure.table(), failure.column(), failure.constraint()];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    // Classes 22 and 23 quote values in their messages.
    let message = if code.starts_with("22") || code.starts_with("23") { "refused" } else { failure.message() };
    let text = format!("{code} {message} {}", place.join(" ")).trim_end().to_owned();
    // 08 connection, 53 resources, 57 operator's hand or time-out, 40 asked again too often, 58 the system below, lock time-out.
    let later = ["08", "53", "57", "40", "58", "55P03"].iter().any(|class| code.starts_with(class));
    if later { Error::Unavailable(text) } else { Error::Internal(text) }
}

/// `Key (request_id, number)=(…) already exists.` in whatever language: the first brackets name the columns.
fn columns_of(table: &str, detail: &str) -> Option<String> {
    let (_, rest) = detail.split_once('(')?;
    let (columns, _) = rest.split_once(")=(")?;
    let columns: Vec<String> = columns.split(", ").map(|column| format!("{table}.{column}")).collect();
    Some(columns.join(", "))
}
