//! The subcommands: each parses its arguments, opens what it needs, and says its result on standard output.

mod authorities;
mod demo;
mod import;
mod inspect;
mod journal;
mod procedures;
mod serve;
mod settings;
mod staff;
mod walkthrough;

use std::path::Path;

use crate::terminal::{Trouble, say};

/// What to do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Run the server: API, worker, mail, CRLs.
    Serve,
    /// A whole bank on this machine to try in a browser: clients with virtual smart keys, staff, mail, a guide. With --once one
    /// client's whole renewal without a browser.
    Demo(demo::Arguments),
    /// Put a sample client onto a virtual smart key; the demonstration calls it.
    #[command(hide = true)]
    DemoCard(demo::cards::Arguments),
    /// Walk one client's renewal against a running server.
    Walkthrough(walkthrough::Arguments),
    /// Certification authorities.
    #[command(subcommand)]
    Ca(authorities::Command),
    /// The bank's staff.
    #[command(subcommand)]
    Staff(staff::Command),
    /// Bring in what a bank already has: organisations, signatories, certificates.
    Import(import::Arguments),
    /// The journal.
    #[command(subcommand)]
    Journal(journal::Command),
    /// The configuration.
    #[command(subcommand)]
    Config(settings::Command),
    /// The bank's procedures.
    #[command(subcommand)]
    Procedure(procedures::Command),
    /// Say what files hold: certificates, requests, CRLs, keys, messages; and whether the signatures in them are good.
    ///
    /// Exit codes: 0 read and nothing wrong, 1 a signature is wrong, 2 something could not be read.
    Inspect(inspect::Arguments),
    /// Print the version.
    Version,
}

/// Runs it.
pub(crate) fn run(command: Command, config: Option<&Path>) -> anyhow::Result<()> {
    let load = || crate::config::load(config);
    match command {
        Command::Serve => serve::run(load()?),
        Command::Demo(arguments) => demo::run(arguments),
        Command::DemoCard(arguments) => demo::cards::fill(&arguments),
        Command::Walkthrough(arguments) => walkthrough::run(arguments),
        Command::Ca(command) => authorities::run(command, &load()?),
        Command::Staff(command) => staff::run(command, &load()?),
        Command::Import(arguments) => import::run(&arguments, &load()?),
        Command::Journal(command) => journal::run(command, &load()?),
        Command::Config(settings::Command::Show) => settings::show(config),
        Command::Procedure(command) => procedures::run(&command, &load()?),
        Command::Inspect(arguments) => match inspect::run(&arguments) {
            0 => Ok(()),
            // The report has said why.
            exit => Err(Trouble::silent(exit).into()),
        },
        Command::Version => {
            say(format_args!("surguch {}", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    }
}

/// Who sits at the machine, for the journal: the account's name as the environment has it.
fn actor() -> domain::actor::Actor {
    let account = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|account| !account.is_empty())
        .unwrap_or_else(|| "unknown".to_owned());
    domain::actor::Actor::CommandLine { account }
}

/// Exit code for "a check found faults".
const FAULTS: u8 = 5;
