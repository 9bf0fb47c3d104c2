//! The random objects that pass between our crypto crate and openssl (`crates/crypto/tests/it/random_objects.rs`), a thousand of each where
//! `cargo xtask test` makes fifty. The outcome goes into the table in docs, good or bad.

use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use crate::machine::{answer, cargo, root};
use crate::{packages, slow};

/// The variable by which the tests learn how many objects of each kind to make; they know it by the same name.
const OBJECTS_VARIABLE: &str = "SURGUCH_TEST_OBJECTS";
const OBJECTS: u32 = 1000;

pub(crate) fn thousand() -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    let commit = answer(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(root()))?;
    let mut test = cargo(&[
        "test",
        "--package",
        "surguch-crypto",
        "--locked",
        "--test",
        "it",
        "random_objects",
        "--",
        "--nocapture",
    ]);
    let began = Instant::now();
    let outcome = answer(test.env(OBJECTS_VARIABLE, OBJECTS.to_string())).and_then(|told| was_done(&told));
    let peer = packages::version("libengine-gost-openssl").unwrap_or_else(|| "?".to_owned());
    let openssl = answer(Command::new("openssl").arg("version"))?;
    slow::write_down(&[
        &slow::today()?,
        commit.trim(),
        &format!("{OBJECTS} random objects of each kind and set, both ways"),
        &format!("{}, gost-engine {peer}", openssl.trim()),
        &format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0),
        &slow::result(&outcome),
    ])?;
    outcome
}

/// Every test says how many objects it made of each kind; a run that made none proves nothing.
fn was_done(told: &str) -> anyhow::Result<()> {
    let claims = told.matches(&format!("{OBJECTS} of each kind")).count();
    if claims == 0 {
        bail!("no test made {OBJECTS} objects:\n{told}");
    }
    println!("{claims} sets, {OBJECTS} objects of each kind and direction");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_made_nothing_is_no_success() {
        assert!(was_done("test result: ok. 0 passed").is_err());
        assert!(was_done("gost-256-a: 50 of each kind, seed 1").is_err());
        assert!(was_done("gost-256-a: 1000 of each kind, seed 1").is_ok());
    }
}
