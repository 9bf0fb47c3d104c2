//! Keys outside the data folder, on a token, in an HSM or in a file of an agent: the bridge between `pkcs11`, which reaches tokens, and `ra`, which has keys
//! sign. The PIN stays in memory with the session, so that a token that was away is used again by itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crypto::Signer;
use domain::agent::KeyPlace;
use pkcs11::{Deadlines, Keep, Language, LastTry, Module, Pin, Session, TokenId};
use ra::{OpenAgentKey, OutsideKeys, Password};

use crate::config::KeysToken;
use crate::config::secret::{self, Secret};

/// The tokens of this process: one login each, whoever has keys there. None is touched before a key is asked for.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<Openers>>);

/// By module and serial number.
type Openers = HashMap<(PathBuf, String), Arc<Opener>>;

impl Tokens {
    /// The authorities' keys, as `ra` is handed them.
    pub(crate) fn authorities(&self, token: &KeysToken) -> OutsideKeys {
        let opener = self.opener(&token.module, &token.serial, &token.pin);
        let finder = Arc::clone(&opener);
        OutsideKeys {
            authorities: token.authorities.clone(),
            make: Box::new(move |algorithm, rng| {
                let key = opener.session()?.generate(algorithm, rng).map_err(|error| in_words(&error))?;
                Ok(Box::new(key) as Box<dyn Signer>)
            }),
            find: Box::new(move |hash| finder.find(hash)),
        }
    }

    /// The keys by which agents sign acts. A file without a password of its own is under that of the house's keys.
    pub(crate) fn agents(&self, of_the_house: Password) -> Box<OpenAgentKey> {
        let tokens = self.clone();
        Box::new(move |place, hash| match place {
            KeyPlace::File { path, password_file: Some(file) } => {
                in_file(path, &crate::server::password(&secret_in("countersignature.password", file)?))
            }
            KeyPlace::File { path, password_file: None } => in_file(path, &of_the_house),
            KeyPlace::Token { module, serial, pin_file } => {
                let pin = secret_in("countersignature.token.pin", pin_file)?;
                tokens.opener(module, serial, &pin).find(hash)
            }
        })
    }

    fn opener(&self, module: &Path, serial: &str, pin: &Secret) -> Arc<Opener> {
        let mut openers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let opener = openers.entry((module.to_owned(), serial.to_owned())).or_insert_with(|| {
            Arc::new(Opener {
                module: module.to_owned(),
                id: TokenId::new(serial.to_owned()),
                pin: Mutex::new(zeroize::Zeroizing::new(pin.expose().to_owned())),
                session: Mutex::new(None),
            })
        });
        Arc::clone(opener)
    }
}

fn secret_in(key: &str, file: &Path) -> Result<Secret, String> {
    let secret = secret::resolve(key, None, Some(file)).map_err(|error| error.to_string())?;
    secret.ok_or_else(|| format!("{key}: empty"))
}

fn in_file(path: &Path, password: &Password) -> Result<Box<dyn Signer>, String> {
    let key = ra::keyring::read_key(path, password).map_err(|error| error.to_string())?;
    Ok(Box::new(key))
}

struct Opener {
    module: PathBuf,
    id: TokenId,
    pin: Mutex<zeroize::Zeroizing<String>>,
    session: Mutex<Option<Session>>,
}

impl Opener {
    fn find(&self, hash: &[u8; 32]) -> Result<Box<dyn Signer>, String> {
        let key = self.session()?.key_by_public_hash(hash).map_err(|error| in_words(&error))?;
        Ok(Box::new(key))
    }

    /// One login for all keys.
    fn session(&self) -> Result<Session, String> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = session.as_ref() {
            return Ok(session.clone());
        }
        let opened = self.open().map_err(|error| in_words(&error))?;
        *session = Some(opened.clone());
        Ok(opened)
    }

    /// The last attempt is never risked by a machine.
    fn open(&self) -> Result<Session, pkcs11::Error> {
        let module = Module::load_with(&self.module, Deadlines::server())?;
        let session = module.token(&self.id)?.session()?;
        let pin = Pin::new(self.pin.lock().unwrap_or_else(PoisonError::into_inner).to_string());
        session.login(&pin, Keep::WithSession, LastTry::Stop)?;
        Ok(session)
    }
}

/// For the operator at the terminal and in the log.
pub(crate) fn in_words(error: &pkcs11::Error) -> String {
    let words = error.words(Language::En);
    format!("{error}. {} {}", words.cause, words.next)
}
