//! The client's component in Firefox: the browser is Debian's, its driver is built from the sources of its makers. The outcome goes into
//! the table in docs, good or bad.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::machine::{answer, cargo, root, succeed, target_directory};
use crate::{packages, slow};

const FOR_FIREFOX: &[&str] = &["firefox-esr", "nodejs"];
const DRIVER_VERSION: &str = "0.37.1";
/// The variable by which the tests learn where the driver lies; they know it by the same name.
const DRIVER_VARIABLE: &str = "SURGUCH_TEST_GECKODRIVER";

pub(crate) fn walk() -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    packages::ensure(FOR_FIREFOX)?;
    let driver = driver()?;
    let commit = answer(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(root()))?;
    succeed(&mut cargo(&["build", "--locked", "--package", "surguch-component"]))?;
    let began = Instant::now();
    let mut test = cargo(&["test", "--locked", "--package", "surguch-server", "--test", "firefox"]);
    test.args(["--", "component_in_firefox::"]).env(DRIVER_VARIABLE, &driver);
    // It is about the client's side: one database is enough for it.
    let outcome = succeed(test.env("SURGUCH_TEST_SQLITE_ONLY", "1"));
    let browser = packages::version("firefox-esr").unwrap_or_else(|| "?".to_owned());
    slow::write_down(&[
        &slow::today()?,
        commit.trim(),
        "every operation of the component in Firefox",
        &format!("firefox-esr {browser}, geckodriver {DRIVER_VERSION}"),
        &format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0),
        &slow::result(&outcome),
    ])?;
    outcome
}

/// Beside the builds; made when it is not there.
fn driver() -> anyhow::Result<PathBuf> {
    let place = target_directory()?.join("geckodriver");
    let program = place.join("bin/geckodriver");
    let said = Command::new(&program).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    if !String::from_utf8_lossy(&said).starts_with(&format!("geckodriver {DRIVER_VERSION} ")) {
        let mut install = cargo(&["install", "geckodriver", "--version", DRIVER_VERSION, "--locked", "--root"]);
        succeed(install.arg(&place).arg("--target-dir").arg(place.join("build")))?;
    }
    println!("driver: {}", program.display());
    Ok(program)
}
