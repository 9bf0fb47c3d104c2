//! The soft token's templates, objects and order of calls under Miri: what a foreign program hands in ends up there. Where no toolchain has Miri,
//! a line says so; the same tests run without it in the stage «tests».

use std::process::{Command, Stdio};

use crate::machine::{root, succeed};

/// What of the crate calls no C code and reads no file: Miri can run it.
const TESTS: &[&str] = &["object::", "session::", "extended::", "key::"];

pub(crate) fn check() -> anyhow::Result<()> {
    let asked = Command::new("cargo")
        .args(["+nightly", "miri", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !asked.is_ok_and(|answer| answer.success()) {
        println!("not run: no toolchain here has Miri (`rustup component add miri --toolchain nightly` brings it)");
        return Ok(());
    }
    let test = ["+nightly", "miri", "test", "--package", "surguch-softtoken", "--lib", "--"];
    succeed(Command::new("cargo").args(test).args(TESTS).current_dir(root()))
}
