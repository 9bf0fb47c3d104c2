//! Keys of authorities on a token or in an HSM: the bridge between `pkcs11`, which reaches them, and `ra`, which has them sign.
//! The PIN stays in memory with the session, so that a token that was away is used again by itself.

use std::sync::{Arc, Mutex, PoisonError};

use crypto::Signer;
use pkcs11::{Deadlines, Keep, Language, LastTry, Module, Pin, Session, TokenId};
use ra::OutsideKeys;

use crate::config::KeysToken;

/// What `ra` is handed. The token is not touched before a key is asked for.
pub(crate) fn outside_keys(token: &KeysToken) -> OutsideKeys {
    let opener = Arc::new(Opener {
        module: token.module.clone(),
        id: TokenId::new(token.serial.clone()),
        pin: Mutex::new(zeroize::Zeroizing::new(token.pin.expose().to_owned())),
        session: Mutex::new(None),
    });
    let finder = Arc::clone(&opener);
    OutsideKeys {
        authorities: token.authorities.clone(),
        make: Box::new(move |algorithm, rng| {
            let key = opener.session()?.generate(algorithm, rng).map_err(|error| in_words(&error))?;
            Ok(Box::new(key) as Box<dyn Signer>)
        }),
        find: Box::new(move |hash| {
            let key = finder.session()?.key_by_public_hash(hash).map_err(|error| in_words(&error))?;
            Ok(Box::new(key) as Box<dyn Signer>)
        }),
    }
}

struct Opener {
    module: std::path::PathBuf,
    id: TokenId,
    pin: Mutex<zeroize::Zeroizing<String>>,
    session: Mutex<Option<Session>>,
}

impl Opener {
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
