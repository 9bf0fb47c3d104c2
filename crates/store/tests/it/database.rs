//! A database of its own for each test, with a back door for the tests that tamper.

use std::sync::atomic::{AtomicU32, Ordering};

use postgres::NoTls;
use store::{Location, Store};

/// Connections of a test's pool.
const CONNECTIONS: u32 = 8;

pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) location: Location,
    end: End,
}

/// Names the parent's database to a child process.
pub(crate) const CHILD: &str = "SURGUCH_STORE_TEST_CHILD";

enum End {
    /// A child's: the parent will clean up.
    Leave,
    Folder(#[expect(dead_code, reason = "its drop removes the folder")] tempfile::TempDir),
    Drop {
        admin: String,
        name: String,
    },
}

impl Database {
    /// The database of the parent process, when this one is a child.
    fn of_parent() -> Option<Self> {
        let place = std::env::var(CHILD).ok()?;
        let location = match place.strip_prefix("sqlite:") {
            Some(path) => Location::Sqlite(path.into()),
            None => Location::Postgres { url: place, connections: CONNECTIONS },
        };
        Some(Self { store: Store::open(&location).unwrap(), location, end: End::Leave })
    }

    pub(crate) fn sqlite() -> Self {
        if let Some(db) = Self::of_parent() {
            return db;
        }
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("store.sqlite"));
        Self { store: Store::open(&location).unwrap(), location, end: End::Folder(folder) }
    }

    /// None only when the environment says that SQLite alone is meant.
    pub(crate) fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if let Some(db) = Self::of_parent() {
            return Some(db);
        }
        let Ok(admin) = std::env::var("SURGUCH_TEST_POSTGRES_URL") else {
            assert!(
                std::env::var("SURGUCH_TEST_SQLITE_ONLY").is_ok_and(|value| value == "1"),
                "SURGUCH_TEST_POSTGRES_URL is not set (SURGUCH_TEST_SQLITE_ONLY=1 leaves PostgreSQL out)"
            );
            return None;
        };
        // The time, because process ids come again and a killed test leaves its database behind.
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("surguch_store_{}_{now}_{number}", std::process::id());
        let mut client = postgres::Client::connect(&admin, NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).unwrap();
        let (front, _) = admin.rsplit_once('/').unwrap();
        let location = Location::Postgres { url: format!("{front}/{name}"), connections: CONNECTIONS };
        Some(Self { store: Store::open(&location).unwrap(), location, end: End::Drop { admin, name } })
    }

    /// A connection past the store.
    pub(crate) fn back_door(&self) -> BackDoor {
        match &self.location {
            Location::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                // Tampering need not survive a power cut.
                connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
                BackDoor::Sqlite(connection)
            }
            Location::Postgres { url, .. } => BackDoor::Postgres(postgres::Client::connect(url, NoTls).unwrap()),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let End::Drop { admin, name } = &self.end {
            let mut client = postgres::Client::connect(admin, NoTls).unwrap();
            client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
        }
    }
}

pub(crate) enum BackDoor {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Client),
}

impl BackDoor {
    /// Runs statements as they stand.
    pub(crate) fn run(&mut self, text: &str) {
        self.try_run(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    }

    pub(crate) fn try_run(&mut self, text: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(text).map_err(|error| error.to_string()),
            Self::Postgres(client) => client.batch_execute(text).map_err(|error| error.to_string()),
        }
    }

    pub(crate) fn number(&mut self, text: &str) -> i64 {
        match self {
            Self::Sqlite(connection) => connection.query_row(text, [], |row| row.get(0)).unwrap(),
            Self::Postgres(client) => client.query_one(text, &[]).unwrap().get(0),
        }
    }

    /// Octets as a literal.
    pub(crate) fn octets(&self, octets: &[u8]) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", hex::encode(octets)),
            Self::Postgres(_) => format!("'\\x{}'::bytea", hex::encode(octets)),
        }
    }
}

/// Makes two tests out of each function: one for each database.
macro_rules! on_both {
    ($($(#[$doc:meta])* fn $name:ident($db:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            fn check($db: &crate::database::Database) $body

            #[test]
            fn on_sqlite() {
                check(&crate::database::Database::sqlite());
            }

            #[test]
            fn on_postgres() {
                if let Some(database) = crate::database::Database::postgres() {
                    check(&database);
                }
            }
        }
    )+};
}
pub(crate) use on_both;
