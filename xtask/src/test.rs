//! `cargo xtask test`: everything that must hold before a change is taken, as stages that are timed one by one. What CI
//! runs is this and nothing more; the last line is always `N passed, N failed`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::machine::{cargo, succeed};
use crate::postgres::{self, Server};
use crate::vectors::{self, Log};
use crate::{callgrind, cross, firefox, fuzz, guards, miri, objects, packages, release, slow, tidy};

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let chosen = chosen(arguments)?;
    let is_chosen = |name: &&str| chosen.iter().any(|stage| stage.name == *name);
    let ahead = AHEAD.iter().map(|(name, _)| *name).filter(is_chosen).collect();
    let mut run = Run { postgres: None, vectors: None, ahead, builder: None };
    let mut table = Vec::new();
    for stage in chosen {
        println!("\n=== {} ===", stage.name);
        let began = Instant::now();
        let tally = (stage.run)(&mut run).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally::FAILED
        });
        let line = Line { stage: stage.name, tally, took: began.elapsed() };
        println!("=== {line}");
        table.push(line);
        if stage.needed_by_all && tally.failed > 0 {
            println!("stopping: every later stage needs this one");
            break;
        }
    }
    drop(run);

    println!();
    for line in &table {
        println!("{line}");
    }
    let whole = table.iter().fold(Tally::default(), |sum, line| sum.and(line.tally));
    println!("{} s in all", table.iter().map(|line| line.took).sum::<Duration>().as_secs());
    println!("{} passed, {} failed", whole.passed, whole.failed);
    Ok(if whole.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Stage {
    name: &'static str,
    run: fn(&mut Run) -> anyhow::Result<Tally>,
    /// Its failure ends the run.
    needed_by_all: bool,
}

/// Cheap and telling first; late what is built for itself. The last looks back at what the tests have read.
const STAGES: &[Stage] = &[
    Stage { name: "packages", run: |_| passed(packages()), needed_by_all: true },
    Stage { name: "format", run: |_| passed(succeed(&mut cargo(&["fmt", "--all", "--check"]))), needed_by_all: false },
    Stage { name: "tidy", run: |_| passed(tidy::check_and_print()), needed_by_all: false },
    Stage { name: "clippy", run: |_| passed(clippy()), needed_by_all: false },
    Stage { name: "postgres", run: start_postgres, needed_by_all: false },
    Stage { name: "tests", run: tests, needed_by_all: false },
    Stage { name: "docs", run: |_| passed(docs()), needed_by_all: false },
    Stage { name: "release", run: |_| passed(release::check()), needed_by_all: false },
    Stage { name: "constant-time", run: |_| passed(callgrind::check()), needed_by_all: false },
    Stage { name: "miri", run: |_| passed(miri::check()), needed_by_all: false },
    Stage { name: "fuzz", run: |_| passed(fuzz::smoke()), needed_by_all: false },
    Stage { name: "slow", run: |_| passed(slow::first_command()), needed_by_all: false },
    Stage { name: "slow-guards", run: |_| passed(guards::delete_each()), needed_by_all: false },
    Stage { name: "slow-objects", run: |_| passed(objects::thousand()), needed_by_all: false },
    Stage { name: "slow-firefox", run: |_| passed(firefox::walk()), needed_by_all: false },
    Stage { name: "slow-windows", run: |_| passed(cross::windows()), needed_by_all: false },
    Stage { name: "vectors", run: |run| passed(vectors::check(run.vectors.as_ref())), needed_by_all: false },
];

type Build = fn() -> anyhow::Result<()>;

/// The builds of late stages that share nothing with the tests: begun beside them, which wait for browsers and clocks much of the time.
const AHEAD: &[(&str, Build)] =
    &[("constant-time", || callgrind::test_binary().map(drop)), ("fuzz", || fuzz::Built::new().map(drop))];

fn chosen(arguments: &[String]) -> anyhow::Result<Vec<&'static Stage>> {
    let mut with_slow = false;
    let mut only: Vec<&str> = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--slow" => with_slow = true,
            "--only" => only.push(rest.next().context("--only wants the name of a stage")?),
            unknown => bail!("`cargo xtask test` knows --slow and --only STAGE, not `{unknown}`"),
        }
    }
    if let Some(unknown) = only.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name)) {
        let names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("there is no stage `{unknown}`; there are: {}", names.join(", "));
    }
    if only.contains(&"tests") {
        only.push("postgres");
    }
    let is_slow = |name: &str| name.starts_with("slow");
    let is_chosen = |stage: &&Stage| match only.is_empty() {
        true => with_slow || !is_slow(stage.name),
        false => only.contains(&stage.name) || (with_slow && is_slow(stage.name)),
    };
    Ok(STAGES.iter().filter(is_chosen).collect())
}

/// What stages leave for later ones.
struct Run {
    postgres: Option<Server>,
    /// Which vectors the tests have read; nothing if they were not run.
    vectors: Option<Log>,
    /// The stages whose builds are begun beside the tests.
    ahead: Vec<&'static str>,
    builder: Option<Builder>,
}

/// A process that builds ahead at the lowest priority. What fails in it fails again in its own stage, which says so; a stage that comes before it is
/// done waits at cargo's lock.
struct Builder(Child);

impl Builder {
    fn begin(stages: &[&str]) -> anyhow::Result<Self> {
        let mut builder = Command::new("nice");
        builder.args(["-n", "19"]).arg(std::env::current_exe()?).arg("ahead").args(stages);
        builder.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(builder.spawn().context("starting nice")?))
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        if let Err(error) = self.0.wait() {
            println!("the builder of later stages: {error}");
        }
    }
}

/// The builds of these stages, one after another.
pub(crate) fn build_ahead(stages: &[String]) -> anyhow::Result<()> {
    AHEAD.iter().filter(|(name, _)| stages.iter().any(|stage| stage == name)).try_for_each(|(_, build)| build())
}

fn packages() -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    packages::ensure(packages::FOR_BROWSER)?;
    packages::ensure_browser_driver()?;
    packages::ensure_mail_server()
}

fn clippy() -> anyhow::Result<()> {
    succeed(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

fn docs() -> anyhow::Result<()> {
    let mut doc = cargo(&["doc", "--no-deps", "--workspace", "--locked"]);
    succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn start_postgres(run: &mut Run) -> anyhow::Result<Tally> {
    let server = Server::start()?;
    println!("PostgreSQL {} at {}", server.version(), server.url());
    run.postgres = Some(server);
    Ok(Tally::PASSED)
}

fn tests(run: &mut Run) -> anyhow::Result<Tally> {
    let server = run.postgres.as_ref().context("not run: the tests need the PostgreSQL that did not start")?;
    crate::walk::build_tests()?;
    if !run.ahead.is_empty() {
        run.builder = Some(Builder::begin(&run.ahead)?);
    }
    let log = run.vectors.insert(Log::begin()?);
    let mut cargo = log
        .of(&mut cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))
        .env(postgres::URL_VARIABLE, server.url())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = BufReader::new(cargo.stdout.take().expect("it was asked for a pipe"));
    let mut tally = Tally::default();
    for line in output.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally = tally.and(Tally::of_line(&line).unwrap_or_default());
    }
    let ended = cargo.wait()?;
    // A binary that does not compile, or dies in the middle, prints no result line of its own.
    Ok(if !ended.success() && tally.failed == 0 { tally.and(Tally::FAILED) } else { tally })
}

fn passed(outcome: anyhow::Result<()>) -> anyhow::Result<Tally> {
    outcome.map(|()| Tally::PASSED)
}

/// How many of how many.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    const PASSED: Self = Self { passed: 1, failed: 0 };
    const FAILED: Self = Self { passed: 0, failed: 1 };

    fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// `test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s`
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let (_verdict, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(word))?;
            part.trim().parse().ok()
        };
        Some(Self { passed: count("passed")?, failed: count("failed")? })
    }
}

struct Line {
    stage: &'static str,
    tally: Tally,
    took: Duration,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { passed, failed } = self.tally;
        let seconds = self.took.as_secs_f64();
        write!(f, "{:<14}{seconds:>8.1} s{passed:>7} passed{failed:>5} failed", self.stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_of_cargo_are_counted_and_nothing_else() {
        let check = |line: &str, expected: Option<(u64, u64)>| {
            assert_eq!(Tally::of_line(line), expected.map(|(passed, failed)| Tally { passed, failed }), "{line}");
        };
        check(
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.31s",
            Some((12, 0)),
        );
        check("test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", Some((7, 2)));
        check("test a_test_about_passed_things ... ok", None);
        check("running 3 tests", None);
    }

    #[test]
    fn the_stages_asked_for_are_the_stages_run() {
        let check = |arguments: &[&str], expected: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let names: Vec<_> = chosen(&arguments).unwrap().iter().map(|stage| stage.name).collect();
            assert_eq!(names, expected);
        };
        let early = ["packages", "format", "tidy", "clippy", "postgres", "tests", "docs", "release", "constant-time"];
        check(&[], &[&early[..], &["miri", "fuzz", "vectors"]].concat());
        let slow = ["slow", "slow-guards", "slow-objects", "slow-firefox", "slow-windows"];
        check(&["--slow"], &[&early[..], &["miri", "fuzz"], &slow, &["vectors"]].concat());
        check(&["--only", "tests"], &["postgres", "tests"]);
        check(&["--only", "vectors"], &["vectors"]);
        check(&["--only", "slow-objects"], &["slow-objects"]);
        check(&["--only", "format", "--slow"], &[&["format"], &slow[..]].concat());
        assert!(chosen(&["--only".into(), "nonsense".into()]).is_err());
        assert!(chosen(&["--quick".into()]).is_err());
    }
}
