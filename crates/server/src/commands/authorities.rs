//! `surguch ca`: making the authorities and the house's other keys from a reviewed file, and looking at them.

use std::path::PathBuf;

use anyhow::Context as _;
use ra::Ra;

use crate::clock::Clock;
use crate::config::secret::Secret;
use crate::config::{Keys, Settings};
use crate::folders::Folders;
use crate::lock::DataLock;
use crate::server::{open_reading, password, setup, write_private};
use crate::terminal::{say, tell_word};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make the authorities, the journal key and the link key from a reviewed plan.
    Init {
        /// The plan: one table an authority.
        file: PathBuf,
        /// Print what would be made and make nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show the authorities.
    Show,
}

pub(super) fn run(command: Command, settings: &Settings) -> anyhow::Result<()> {
    match command {
        Command::Init { file, dry_run } => {
            let plan = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            say(ra::keyring::plan_preview(&plan).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?);
            if dry_run {
                tell_word("dry-run", &[]);
                return Ok(());
            }
            init(&plan, settings)
        }
        Command::Show => show(settings),
    }
}

/// Makes the keys. Where no password is configured, one is drawn first.
pub(crate) fn init(plan: &str, settings: &Settings) -> anyhow::Result<()> {
    let _lock = DataLock::take(&settings.data)?;
    let (secret, drawn) = match &settings.keys {
        Keys::OwnFile(path) if !path.exists() => {
            let secret = Secret::new(hex::encode(crate::clock::random::<32>()));
            write_private(path, secret.expose())?;
            (secret, Some(path))
        }
        keys => (keys.password()?, None),
    };
    let clock = Clock::from_environment();
    let made = {
        // Its login ends here: the database is opened below with a session of its own.
        let outside = settings.keys_token.as_ref().map(|token| crate::token_keys::Tokens::default().authorities(token));
        let (password, origin) = (password(&secret), &settings.origin);
        clock.at(|at| ra::keyring::initialise_with(&settings.data, plan, &password, outside.as_ref(), origin, at))
    };
    let report = match (made, drawn) {
        (Err(error), Some(path)) => {
            // A password that opens nothing must not lie beside keys that another one opens.
            std::fs::remove_file(path).with_context(|| path.display().to_string())?;
            return Err(error.into());
        }
        (made, _) => made?,
    };
    if let Some(path) = drawn {
        tell_word("password-made", &[("file", path.display().to_string())]);
    }
    for (name, algorithm, thumbprint_sha256, not_after) in report.authorities {
        tell_word("authority-made", &[("name", name.clone())]);
        say(format_args!("{name}  {algorithm}  sha256 {thumbprint_sha256}  until {not_after}"));
    }
    tell_word("ticket-key-made", &[("sha256", report.ticket_key_sha256)]);
    // The database is made here too, so that reading commands work from now on and the journal begins with the authorities.
    if let Err(error) = open(settings, &clock) {
        tell_word("not-open-yet", &[("detail", format!("{error:#}"))]);
    }
    Ok(())
}

fn open(settings: &Settings, clock: &Clock) -> anyhow::Result<()> {
    let folders = Folders::read(&settings.folders)?;
    clock.at(|at| Ra::open(setup(settings, &folders)?, at).map_err(anyhow::Error::from))?;
    Ok(())
}

fn show(settings: &Settings) -> anyhow::Result<()> {
    let ra = open_reading(settings)?;
    for name in ra.authority_names() {
        let pem = ra.authority_pem(&name).with_context(|| name.clone())?;
        let certificate = crypto::Certificate::from_der(&crypto::der_or_pem(pem.as_bytes(), "CERTIFICATE")?)?;
        let until = domain::Timestamp::from_seconds(certificate.not_after());
        say(format_args!("{name}"));
        say(format_args!("  subject    {}", certificate.subject()));
        say(format_args!("  issuer     {}", certificate.issuer()));
        say(format_args!("  serial     {}", hex::encode(certificate.serial())));
        say(format_args!("  algorithm  {}", certificate.public_key().algorithm()));
        say(format_args!("  until      {until}"));
        say(format_args!("  sha256     {}", hex::encode(certificate.thumbprint_sha256())));
        say(format_args!("  crl        {}/crl/{name}.crl", settings.origin));
    }
    Ok(())
}
