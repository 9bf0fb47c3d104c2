//! What happens when the ground gives way: a database that is gone, and time that has moved on.

use crate::bank::{Bank, now};
use crate::database::Database;

#[test]
fn time_moved_on_ends_a_sign_in() {
    let begin = now();
    let mut bank = Bank::open_at("", begin);
    let token = bank.sign_in(&bank.rogov);
    assert_eq!(bank.get("/api/v1/requests", &token).status, 200);
    bank.set_clock(begin + 31 * 60);
    bank.get("/api/v1/requests", &token).refused(401, "sign-in-expired");
    // A list that was good yesterday is not served past its end: there is a new one.
    let yesterday = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
    bank.set_clock(begin + 40 * 86_400);
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
