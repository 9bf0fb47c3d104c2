//! `surguch journal`: does the chain still hold, and the rows as JSON lines. Reads only, beside a running server too.

use std::path::PathBuf;

use super::FAULTS;
use crate::config::Settings;
use crate::server::open_reading;
use crate::terminal::{Trouble, say, tell_word};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Recompute the chain and check every signed checkpoint.
    Verify {
        /// File of checkpoints kept outside the database; without it the one in the data folder.
        #[arg(long, value_name = "FILE")]
        outside: Option<PathBuf>,
    },
    /// Write every row as a line of JSON to standard output.
    Export,
}

pub(super) fn run(command: Command, settings: &Settings) -> anyhow::Result<()> {
    let ra = open_reading(settings)?;
    match command {
        Command::Verify { outside } => {
            let report = ra.verify_journal(outside.as_deref())?;
            say(format_args!("rows         {}", report.rows));
            say(format_args!("checkpoints  {}", report.checkpoints));
            for fault in &report.problems {
                say(format_args!("  {fault}"));
            }
            if !report.problems.is_empty() {
                return Err(Trouble::new("journal-wrong", FAULTS).into());
            }
            tell_word("journal-right", &[]);
        }
        Command::Export => {
            ra.export_journal(&mut std::io::stdout().lock())?;
        }
    }
    Ok(())
}
