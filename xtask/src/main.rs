//! What the project does to itself: `cargo xtask test`, `tidy`, `bench`, `postgres`. Nothing to install first and no crate
//! of ours inside, so that it still runs when they do not compile.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod test;
mod tidy;

mod bench;
mod callgrind;
mod cross;
mod firefox;
mod fuzz;
mod guards;
mod miri;
mod objects;
mod packages;
mod postgres;
mod release;
mod slow;
mod vectors;
mod walk;
mod windows;

mod afterwards;
mod machine;

use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask test [--slow] [--only STAGE]...   everything that must hold; the last line is `N passed, N failed`
cargo xtask ahead STAGE...                    what `test` starts beside its tests: the builds of later stages
cargo xtask tidy                              the rules about the tree itself (arrows, names, paths), a second or two
cargo xtask bench [NAME] [--json]             figures of this machine; without NAME all but `component`, `crypto`, `token`, `web`, `walks` and `build`, which take minutes
cargo xtask postgres COMMAND...               runs COMMAND beside a throw-away PostgreSQL named in SURGUCH_TEST_POSTGRES_URL
cargo xtask fuzz [--seconds N] [TARGET]...    runs fuzz targets, 180 seconds each unless said otherwise
cargo xtask guards [NAME]...                  deletes each guard of guards.toml in a scratch copy and expects its test to go red
cargo xtask windows [NAME]...                 pictures of the component's windows in every language, theme and scale, in target/windows
cargo xtask walk component                    a renewal in a real Chromium, over the extension and over loopback, on a software card
cargo xtask walk NAME                         a bank's manual by its own words in a real Chromium; pictures in target/walks/NAME
cargo xtask bare COMMAND                      runs one shell COMMAND in a clone of HEAD inside the bare system of `test --slow`";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match verb {
        "test" => test::run(rest),
        "ahead" => test::build_ahead(rest).map(|()| ExitCode::SUCCESS),
        "tidy" => tidy::run(),
        "bench" => bench::run(rest),
        "postgres" => beside_postgres(rest),
        "fuzz" => fuzz::run(rest).map(|()| ExitCode::SUCCESS),
        "guards" => guards::run(rest).map(|()| ExitCode::SUCCESS),
        "windows" => windows::run(rest).map(|()| ExitCode::SUCCESS),
        "walk" => walk::run(rest),
        "bare" => slow::in_bare_system(&rest.join(" ")).map(|()| ExitCode::SUCCESS),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        unknown => Err(anyhow::anyhow!("there is no `{unknown}` here\n{USAGE}")),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}

/// For a person who works on one crate: `cargo xtask postgres cargo test -p surguch-store`.
fn beside_postgres(command: &[String]) -> anyhow::Result<ExitCode> {
    let Some((program, arguments)) = command.split_first() else { anyhow::bail!("which command?\n{USAGE}") };
    let server = postgres::Server::start()?;
    let ended = Command::new(program).args(arguments).env(postgres::URL_VARIABLE, server.url()).status()?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
