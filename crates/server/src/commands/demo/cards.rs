//! `surguch demo-card`: puts a sample client's key and certificate onto a virtual smart key. A process of its own, because the module finds its
//! cards by the environment of the process that loads it. Only the demonstration calls it.

use std::path::PathBuf;

use anyhow::Context as _;
use pkcs11::{Keep, LastTry, Module, Pin};

use crate::commands::walkthrough::Identity;

/// What a card fresh from the factory has (docs/softtoken.md).
const FACTORY_PIN: &str = "12345678";

/// Which card, and with what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The PKCS#11 module.
    #[arg(long)]
    pub(super) module: PathBuf,
    /// Serial number of the card.
    #[arg(long)]
    pub(super) serial: String,
    /// The folder of the client's identity.
    #[arg(long)]
    pub(super) identity: PathBuf,
    /// The sample PIN; everybody knows it.
    #[arg(long)]
    pub(super) pin: String,
}

pub(crate) fn fill(arguments: &Arguments) -> anyhow::Result<()> {
    let identity = Identity::read(&arguments.identity)?;
    let key = identity.file_key().context("a sample client's key lies in a file")?;
    for token in Module::load(&arguments.module)?.tokens()? {
        if token.info()?.serial != arguments.serial {
            continue;
        }
        let session = token.session()?;
        let pin = Pin::new(arguments.pin.clone());
        session.change_pin(&Pin::new(FACTORY_PIN.to_owned()), &pin, LastTry::Stop)?;
        session.login(&pin, Keep::No, LastTry::Stop)?;
        session.import_key(key)?;
        session.write_certificate(identity.certificate.as_der())?;
        return Ok(());
    }
    anyhow::bail!("there is no card {}", arguments.serial)
}
