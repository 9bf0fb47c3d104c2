//! Keys of a walk on a token: the client's present one, put there from its folder where it is not there yet, and the new one, which is made there and never leaves.
//! A token that is pulled meanwhile is waited for; the walk goes on where it was.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crypto::{Certificate, KeyAlgorithm, PrivateKey, PublicKey, SignatureAlgorithm, Signer};
use pkcs11::{Factory, Keep, LastTry, Module, Pin, Session, TokenKey};

use super::identity::Identity;
use super::teller::Teller;
use crate::token_keys::in_words;

/// A key wherever it is.
pub(crate) enum HeldKey {
    /// In a file of the folder.
    File(PrivateKey),
    /// On a token.
    Card(CardKey),
}

impl Signer for HeldKey {
    fn public_key(&self) -> &PublicKey {
        match self {
            Self::File(key) => key.public_key(),
            Self::Card(key) => key.0.public_key(),
        }
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::File(key) => key.signature_algorithm(),
            Self::Card(key) => key.0.signature_algorithm(),
        }
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        match self {
            Self::File(key) => key.sign(message, rng),
            Self::Card(key) => {
                patiently(|| key.0.sign_message(message)).map_err(|error| crypto::Error::Internal(error.code()))
            }
        }
    }
}

/// A key on a token.
pub(crate) struct CardKey(TokenKey);

/// The token of a walk, logged in.
pub(crate) struct Card(Session);

impl Card {
    /// The one token that the module sees. A PIN that everybody knows is refused, as it is from any client.
    pub(crate) fn open(module: &Path, pin: Pin) -> anyhow::Result<Self> {
        let told = |error: pkcs11::Error| anyhow::anyhow!(in_words(&error));
        let module = Module::load(module).map_err(told)?;
        let mut tokens = module.tokens().map_err(told)?;
        let token = tokens.pop().context("no token is plugged in")?;
        anyhow::ensure!(tokens.is_empty(), "{} tokens are plugged in, and the walk wants one", tokens.len() + 1);
        let state = token.pin_state().map_err(told)?;
        anyhow::ensure!(state.factory != Factory::Yes, "the token's PIN is the factory's: change it first");
        let session = token.session().map_err(told)?;
        session.login(&pin, Keep::WithSession, LastTry::Stop).map_err(told)?;
        Ok(Self(session))
    }

    /// The client of a folder with the key on the token. A sample's key that is still a file is put there first: a real one was made there.
    pub(crate) fn take(&self, identity: Identity) -> anyhow::Result<Identity> {
        let hash = identity.certificate.public_key().spki_sha256();
        let is_there = patiently(|| self.0.contents()).map_err(told)?.key(&hash).is_some_and(|key| key.has_private);
        if !is_there {
            let HeldKey::File(key) = &identity.key else { anyhow::bail!("the key is on another token") };
            patiently(|| self.0.import_key(key)).map_err(told)?;
            self.save(&identity.certificate)?;
        }
        let key = patiently(|| self.0.key_by_public_hash(&hash)).map_err(told)?;
        Ok(Identity { key: HeldKey::Card(CardKey(key)), ..identity })
    }

    /// Makes a key.
    pub(crate) fn make(&self, algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> anyhow::Result<HeldKey> {
        Ok(HeldKey::Card(CardKey(self.0.generate(algorithm, rng).map_err(told)?)))
    }

    /// Writes a certificate beside its key.
    pub(crate) fn save(&self, certificate: &Certificate) -> anyhow::Result<()> {
        patiently(|| self.0.write_certificate(certificate.as_der())).map_err(told)
    }
}

/// Where our own software token's module is: beside this program.
pub(crate) fn own_module() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program's own path")?;
    Ok(program.with_file_name("libsurguch_softtoken.so"))
}

/// Waits for a token that is away.
fn patiently<T>(mut ask: impl FnMut() -> Result<T, pkcs11::Error>) -> Result<T, pkcs11::Error> {
    let until = Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        match ask() {
            Err(error) if error.is_gone() && Instant::now() < until => {
                if !told {
                    told = true;
                    Teller::new(Default::default()).aside("walk-token-away", &[]);
                }
                std::thread::sleep(LOOK);
            }
            other => return other,
        }
    }
}

fn told(error: pkcs11::Error) -> anyhow::Error {
    anyhow::anyhow!(in_words(&error))
}

/// A person finds the token and plugs it in again within this.
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(100);
