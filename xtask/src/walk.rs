//! `cargo xtask walk component`: a renewal from end to end as a client sees it, in a real Chromium with the extension and again over
//! loopback, the component's own program on a software card, a server of this tree. `cargo xtask walk NAME` of a folder in
//! `crates/server/tests/walks`: a bank's manual by its own words; `NAME/BRANCH` follows one branch of it. Brings what they need and builds it first.

use std::io::{BufRead as _, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, bail};

use crate::machine::{cargo, succeed};
use crate::packages;
use crate::postgres::{self, Server};

const WALKS: &str = "crates/server/tests/walks";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let [what] = arguments else { bail!("`cargo xtask walk` wants one of: component, {}", names()?.join(", ")) };
    let names = names()?;
    let (walk, branch) = what.split_once('/').map_or((what.as_str(), None), |(walk, branch)| (walk, Some(branch)));
    let is_component = walk == "component" && branch.is_none();
    if !is_component && !names.iter().any(|name| name == walk) {
        bail!("there is no walk `{what}`; there are: component, {}", names.join(", "));
    }
    packages::ensure(packages::FOR_TESTS)?;
    packages::ensure(packages::FOR_BROWSER)?;
    packages::ensure_browser_driver()?;
    build_component()?;
    if is_component {
        return component().map(|()| ExitCode::SUCCESS);
    }
    packages::ensure_mail_server()?;
    follow(what)
}

/// Walks and the demonstration start the component's own program and load the virtual smart key, which `cargo test` alone does not build.
pub(crate) fn build_component() -> anyhow::Result<()> {
    succeed(&mut cargo(&["build", "--locked", "-p", "surguch-component", "-p", "surguch-softtoken"]))
}

fn names() -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(WALKS).with_context(|| format!("{WALKS} is not here"))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn component() -> anyhow::Result<()> {
    let tests = ["test", "--locked", "-p", "surguch-server", "--test", "it", "--", "component_in_chromium::"];
    // The walk is about the client's side: one database is enough for it.
    succeed(cargo(&tests).env("SURGUCH_TEST_SQLITE_ONLY", "1"))
}

/// Both tests of `walks.rs`, held to one walk; counts the steps that they tell of.
fn follow(name: &str) -> anyhow::Result<ExitCode> {
    let server = Server::start()?;
    let tests = ["test", "--locked", "-p", "surguch-server", "--test", "it", "--", "walks::", "--nocapture"];
    let mut tests = cargo(&tests)
        .env(postgres::URL_VARIABLE, server.url())
        .env("SURGUCH_TEST_WALK", name)
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut passed, mut failed) = (0_u64, 0_u64);
    for line in BufReader::new(tests.stdout.take().expect("it was asked for a pipe")).lines() {
        let line = line?;
        println!("{line}");
        passed += u64::from(line.ends_with(": ok"));
        failed += u64::from(line.contains(": FAILED: "));
    }
    let ended = tests.wait()?;
    // What broke between steps is a failure too.
    failed = failed.max(u64::from(!ended.success()));
    println!("pictures and texts: target/walks/{}", name.split('/').next().unwrap_or(name));
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
