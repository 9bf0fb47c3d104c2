//! `surguch`: every bank-side door in one binary, and the one place where the rooms of the house are put together.
//!
//! This file reads the command line, runs one command and turns its failure into words and an exit code: 0 done, 1 failed,
//! 2 wrong usage, 3 configuration or folder refused, 4 somebody else holds the port or the data folder, 5 a check found faults.

mod commands;
mod config;
// The web side.
mod api;
mod auth;
mod demo;
mod desk;
mod mail;
mod pages;
mod papers;
mod portal;
mod server;
mod worker;
// What both sides stand on.
mod clock;
mod folders;
mod lock;
mod terminal;
mod token_keys;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use crate::config::ConfigError;
use crate::terminal::Trouble;
use crate::words::{House, Language};

/// Remote certificate lifecycle of a bank: requests, review, issue, delivery.
#[derive(clap::Parser)]
#[command(name = "surguch", version, propagate_version = true)]
struct CommandLine {
    /// Configuration file; without it ./surguch.toml if it is there, else the defaults.
    #[arg(long, global = true, env = "SURGUCH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    // One provider for everything that speaks TLS (mail, PostgreSQL, the walkthrough's client). It can only be set already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match commands::run(line.command, line.config.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (text, exit) = in_words(&error, Language::from_environment());
            terminal::tell(text);
            ExitCode::from(exit)
        }
    }
}

/// What a person reads of a failure, and the exit code.
fn in_words(error: &anyhow::Error, language: Language) -> (String, u8) {
    if let Some(trouble) = error.downcast_ref::<Trouble>() {
        return (trouble.text(language), trouble.exit());
    }
    if let Some(refused) = error.downcast_ref::<ConfigError>() {
        let detail = ("detail", refused.to_string());
        return (House::get().text(language, "terminal-config-refused", &[detail]), folders::CONFIG_REFUSED);
    }
    match error.downcast_ref::<ra::Failure>() {
        Some(ra::Failure::Refused(refused)) => {
            let detail = refused.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
            (
                format!("{} [{}]{detail}", House::get().refusal(language, refused.refusal), refused.refusal.code()),
                FAILED,
            )
        }
        Some(ra::Failure::Broken(ra::Error::Setup(detail))) => setup(language, detail),
        _ => match error.downcast_ref::<ra::Error>() {
            Some(ra::Error::Setup(detail)) => setup(language, detail),
            _ => (House::get().text(language, "terminal-error", &[("detail", format!("{error:#}"))]), FAILED),
        },
    }
}

fn setup(language: Language, detail: &str) -> (String, u8) {
    let text = House::get().text(language, "terminal-folder-refused", &[("detail", detail.to_owned())]);
    (text, folders::CONFIG_REFUSED)
}

const FAILED: u8 = 1;
