//! `cargo xtask walk component`: a renewal from end to end as a client sees it, in a real Chromium with the extension and again over
//! loopback, the component's own program on a software card, a server of this tree. `cargo xtask walk NAME` of a folder in
//! `crates/server/tests/walks`: a bank's manual by its own words; `NAME/BRANCH` follows one branch of it. Brings what they need and builds it first.

use std::io::{BufRead as _, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, bail};

use crate::machine::{cargo, succeed, target_directory};
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
    build_tests()?;
    if is_component {
        return component().map(|()| ExitCode::SUCCESS);
    }
    packages::ensure_mail_server()?;
    follow(what)
}

/// Builds all tests and the programs they start. The tests of one package alone, or its program, would have dependencies with other features, and compile
/// them once more. The card module, which cargo leaves among the dependencies, is brought to the programs that load it.
pub(crate) fn build_tests() -> anyhow::Result<()> {
    succeed(&mut cargo(&["test", "--workspace", "--locked", "--no-run"]))?;
    let programs = target_directory()?.join("debug");
    let (built, module) = (programs.join("deps").join(MODULE), programs.join(MODULE));
    // Under another name first: whoever has the old one loaded keeps it.
    let fresh = module.with_extension("fresh");
    std::fs::copy(&built, &fresh).with_context(|| format!("copying {}", built.display()))?;
    std::fs::rename(&fresh, &module).with_context(|| format!("replacing {}", module.display()))
}

pub(crate) const MODULE: &str = "libsurguch_softtoken.so";

/// One of the server's tests in the build of all of them.
pub(crate) const SERVER_TESTS: [&str; 6] = ["test", "--workspace", "--locked", "--test", "it", "--"];

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
    // The walk is about the client's side: one database is enough for it.
    succeed(cargo(&SERVER_TESTS).arg("component_in_chromium::").env("SURGUCH_TEST_SQLITE_ONLY", "1"))
}

/// Both tests of `walks.rs`, held to one walk; counts the steps that they tell of.
fn follow(name: &str) -> anyhow::Result<ExitCode> {
    let server = Server::start()?;
    let mut tests = cargo(&SERVER_TESTS)
        .args(["walks::", "--nocapture"])
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
