//! A database of its own for a test that wants PostgreSQL.

use std::sync::atomic::{AtomicU64, Ordering};

/// A database on the server the tests were given, dropped with its connections at the end.
pub(crate) struct Database {
    pub(crate) url: String,
    admin: String,
    name: String,
}

impl Database {
    /// None when the tests were told to do without.
    pub(crate) fn make() -> Option<Self> {
        let admin = match std::env::var("SURGUCH_TEST_POSTGRES_URL") {
            Ok(admin) => admin,
            Err(_) if std::env::var_os("SURGUCH_TEST_SQLITE_ONLY").is_some() => return None,
            Err(_) => panic!(
                "SURGUCH_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a server, SURGUCH_TEST_SQLITE_ONLY=1 does without"
            ),
        };
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("server_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        Some(Self { url: format!("{server}/{name}"), admin, name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = postgres::Client::connect(&self.admin, postgres::NoTls).and_then(|mut client| {
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        });
        if let Err(error) = dropped {
            assert!(std::thread::panicking(), "dropping {}: {error}", self.name);
        }
    }
}

/// The test with the lines of a bank's configuration for SQLite, then with those for PostgreSQL.
pub(crate) fn on_both(test: impl Fn(&str)) {
    test("");
    if let Some(database) = Database::make() {
        test(&format!("[database]\nurl = \"{}\"\n", database.url));
    }
}
