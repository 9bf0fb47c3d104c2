//! What happens when the ground gives way: a database that is gone, and time that has moved on.

use crate::bank::{Bank, now};

#[test]
fn time_moved_on_ends_a_sign_in() {
    let mut bank = Bank::closed("");
    let clock = bank.folder.path().join("clock");
    let set = |seconds: i64| std::fs::write(&clock, (seconds * 1_000).to_string()).unwrap();
    set(now());
    bank.environment.push(("SURGUCH_TEST_CLOCK", clock.to_str().unwrap().to_owned()));
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    assert_eq!(bank.get("/api/v1/requests", &token).status, 200);
    set(now() + 31 * 60);
    bank.get("/api/v1/requests", &token).refused(401, "sign-in-expired");
    // A list that was good yesterday is not served past its end: there is a new one.
    let yesterday = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
    set(now() + 40 * 86_400);
    let today = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
    assert!(today.this_update() > yesterday.next_update());
    assert!(bank.stop().success());
}

#[test]
fn a_database_that_is_gone_is_an_incident_and_not_a_refusal() {
    let Some(database) = Database::make() else { return };
    let bank = Bank::open(&format!("[database]\nurl = \"{}\"\n", database.url));
    let token = bank.sign_in(&bank.rogov);
    drop(database);
    for answer in [
        bank.get("/health/ready", ""),
        bank.get("/api/v1/requests", &token),
        bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)),
    ] {
        let problem = answer.refused(503, "unavailable");
        let number = problem["incident"].as_str().unwrap();
        let lines = bank.log();
        let told: Vec<_> = lines.lines().filter(|line| line.contains(number)).collect();
        assert_eq!(told.len(), 1, "logged once: {told:?}");
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(bank.get("/health/live", "").status, 200);
}

/// A database on the server the tests were given, dropped with its connections at the end.
struct Database {
    url: String,
    admin: String,
    name: String,
}

impl Database {
    fn make() -> Option<Self> {
        let admin = match std::env::var("SURGUCH_TEST_POSTGRES_URL") {
            Ok(admin) => admin,
            Err(_) if std::env::var_os("SURGUCH_TEST_SQLITE_ONLY").is_some() => return None,
            Err(_) => panic!(
                "SURGUCH_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a server, SURGUCH_TEST_SQLITE_ONLY=1 does without"
            ),
        };
        let name = format!("server_{}", std::process::id());
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
