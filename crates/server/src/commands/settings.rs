//! `surguch config show`: what is in force, defaults included, secrets hidden.

use std::path::Path;

use crate::terminal::say;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Print the configuration in force, with its defaults and without its secrets.
    Show,
}

pub(super) fn show(file: Option<&Path>) -> anyhow::Result<()> {
    // Validated first: what is shown would start.
    crate::config::load(file)?;
    let (config, _) = crate::config::read(file)?;
    say(config.show()?.trim_end());
    Ok(())
}
