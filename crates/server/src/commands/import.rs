//! `surguch import FOLDER`: what a bank already has. A preview changes nothing; any refused row refuses everything unless told otherwise.

use std::path::PathBuf;

use domain::ids::AgentId;
use ra::{ImportMode, ImportReport};

use super::{FAULTS, actor};
use crate::config::Settings;
use crate::server::{open_reading, open_writing};
use crate::terminal::{Trouble, say, tell_word};
use crate::words::{House, Language};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// organisations.csv, signatories.csv, certificates/*.der, authorities/*.der, crls/*.crl
    folder: PathBuf,
    /// The agent whose clients these are.
    #[arg(long, value_name = "N")]
    agent: u32,
    /// Check and count; change nothing.
    #[arg(long, conflicts_with = "skip_refused")]
    preview: bool,
    /// Take what is right and report the rest.
    #[arg(long)]
    skip_refused: bool,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> anyhow::Result<()> {
    let agent = AgentId(arguments.agent);
    let report = if arguments.preview {
        let ra = open_reading(settings)?;
        let clock = crate::clock::Clock::from_environment();
        clock.at(|at| ra.import(&actor(), agent, &arguments.folder, ImportMode::Preview, at))?
    } else {
        let mode = if arguments.skip_refused { ImportMode::ApplySkippingRefused } else { ImportMode::Apply };
        let (_lock, ra, clock) = open_writing(settings)?;
        clock.at(|at| ra.import(&actor(), agent, &arguments.folder, mode, at))?
    };
    print(&report);
    if report.applied {
        tell_word("import-applied", &[]);
    } else if arguments.preview {
        tell_word("import-preview", &[]);
    }
    let refused = report.refused.len();
    if refused > 0 && !report.applied {
        return Err(Trouble::new("import-refused", FAULTS).with("count", refused.to_string()).into());
    }
    Ok(())
}

fn print(report: &ImportReport) {
    say(format_args!("organisations  {}", report.organisations));
    say(format_args!("signatories    {}", report.subscribers));
    say(format_args!("certificates   {}", report.certificates));
    say(format_args!("authorities    {}", report.authorities));
    say(format_args!("crls           {}", report.crls));
    say(format_args!("refused        {}", report.refused.len()));
    let language = Language::from_environment();
    for row in &report.refused {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        // A reason may be the code of a refusal, which has words.
        let reason = domain::Refusal::ALL
            .iter()
            .find(|refusal| refusal.code() == row.reason)
            .map_or_else(|| row.reason.clone(), |refusal| House::get().refusal(language, *refusal));
        say(format_args!("  {}{line}: {reason}", row.file));
    }
}
