//! A session with a token: logging in, and everything that wants it. It outlives the token: when that was pulled and comes back, sessions are opened anew,
//! keys are found again by their public halves, and who may keep the PIN ([`Keep`]) logs in again.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crypto::{Certificate, KeyAlgorithm, PublicKey, Signer as _};
use cryptoki_sys as s;

use crate::error::Error;
use crate::key::{MigrationTokenKey, TokenKey};
use crate::lanes::MAX_LANES;
use crate::module::Module;
use crate::objects::{self, Contents, KeyEntry, KeyHash, values};
use crate::pin::{Keep, LastTry, Pin};
use crate::raw::{Attribute, Raw, Rv};
use crate::token::{Token, TokenId, pin_states};

/// A session. Cloning shares it; the login ends when the last clone, and the last key taken from it, is gone.
#[derive(Clone)]
pub struct Session(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    token: Token,
    state: Mutex<State>,
    returned: Condvar,
    permit: Mutex<Option<LoginPermit>>,
}

struct State {
    /// The reader the sessions below are with; `None` before the first and after the token went.
    slot: Option<s::CK_SLOT_ID>,
    idle: Vec<s::CK_SESSION_HANDLE>,
    open: usize,
    /// Counts losses: what was taken before one is not given back after it.
    epoch: u64,
    /// The module's, at the time the sessions were opened.
    generation: u64,
    login: Login,
    /// Private halves of keys, for as long as the epoch lasts.
    handles: HashMap<KeyHash, Vec<s::CK_OBJECT_HANDLE>>,
}

enum Login {
    /// Nobody.
    Out,
    /// The user, until the token goes.
    In,
    /// The user, and again after the token was away.
    Kept(Pin),
}

/// One login a token and process: with two, the second would be let in by the first one's PIN.
pub(crate) struct LoginPermit {
    module: Module,
    id: TokenId,
}

impl LoginPermit {
    pub(crate) fn take(token: &Token) -> Result<Self, Error> {
        let mut logins = token.module().0.logins.lock().unwrap_or_else(PoisonError::into_inner);
        if !logins.insert(token.id().clone()) {
            return Err(Error::own("token-busy", "somebody else in this program is logged in"));
        }
        Ok(Self { module: token.module().clone(), id: token.id().clone() })
    }
}

impl Drop for LoginPermit {
    fn drop(&mut self) {
        self.module.0.logins.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Session {
    pub(crate) fn open(token: &Token) -> Result<Self, Error> {
        let state = State {
            slot: None,
            idle: Vec::new(),
            open: 0,
            epoch: 0,
            generation: token.module().0.lanes.generation(),
            login: Login::Out,
            handles: HashMap::new(),
        };
        let inner = Inner {
            token: token.clone(),
            state: Mutex::new(state),
            returned: Condvar::new(),
            permit: Mutex::new(None),
        };
        inner.alive()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Its token.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.0.token
    }

    /// Logs the user in. The counter is read first: a locked PIN is refused without asking the token, and so is the last try unless `last_try` says that the
    /// person knows. Logging in again after the token was away is the same call.
    ///
    /// # Errors
    /// `ckr-pin-incorrect` (one attempt is spent), `ckr-pin-locked`, `pin-final-try`, `token-busy`, `token-absent`.
    pub fn login(&self, pin: &Pin, keep: Keep, last_try: LastTry) -> Result<(), Error> {
        self.0.login(pin, keep, last_try)
    }

    /// Whether the user is logged in, as far as is known: a token that was pulled since is not asked.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        !matches!(self.0.state().login, Login::Out)
    }

    /// Logs out; nothing to do if nobody is in.
    ///
    /// # Errors
    /// What the module answered; a token that is away is logged out already.
    pub fn logout(&self) -> Result<(), Error> {
        let out = self.0.with(self.0.deadlines().look, |raw, session| raw.logout(session));
        self.0.state().login = Login::Out;
        *self.0.permit.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match out {
            Err(error) if error.is_gone() || error.wants_pin() => Ok(()),
            other => other,
        }
    }

    /// The user changes the PIN; works with and without a login. A wrong old PIN spends an attempt, so the counter is read first as in [`Session::login`].
    ///
    /// # Errors
    /// As [`Session::login`]; `ckr-pin-len-range`, `ckr-pin-invalid`, `ckr-inappropriate-pin`, `ckr-pin-in-history` when the new one does not please the token.
    pub fn change_pin(&self, old: &Pin, new: &Pin, last_try: LastTry) -> Result<(), Error> {
        self.0.check_counter(last_try)?;
        self.0.alive()?;
        let (was, becomes) = (old.duplicate(), new.duplicate());
        self.0
            .once(self.0.deadlines().pin, move |raw, session| raw.set_pin(session, was.octets(), becomes.octets()))?;
        let mut state = self.0.state();
        if let Login::Kept(kept) = &mut state.login {
            *kept = new.duplicate();
        }
        Ok(())
    }

    /// Keys and certificates, private halves included once logged in.
    ///
    /// # Errors
    /// `token-absent`, what the module answered.
    pub fn contents(&self) -> Result<Contents, Error> {
        self.0.with(self.0.deadlines().look, objects::read)
    }

    /// The keys.
    ///
    /// # Errors
    /// As [`Session::contents`].
    pub fn keys(&self) -> Result<Vec<KeyEntry>, Error> {
        Ok(self.contents()?.keys)
    }

    /// The certificates.
    ///
    /// # Errors
    /// As [`Session::contents`].
    pub fn certificates(&self) -> Result<Vec<Certificate>, Error> {
        Ok(self.contents()?.certificates)
    }

    /// Makes a pair whose private half never leaves the token, and has it sign once: a pair that does not work is deleted again.
    ///
    /// Interrupted, it leaves nothing or a key without a certificate ([`KeyEntry::is_orphan`]); no other key is touched.
    ///
    /// # Errors
    /// `pin-needed`, `algorithm-not-offered`, `ckr-device-memory`, `key-broken`, `token-absent`.
    pub fn generate(&self, algorithm: KeyAlgorithm, rng: &mut crypto::Rng) -> Result<TokenKey, Error> {
        let recipe =
            objects::recipe(algorithm).ok_or_else(|| Error::own("algorithm-not-offered", algorithm.to_string()))?;
        self.0.require_login()?;
        self.0.alive()?;
        let slot = self.0.token.slot()?;
        let offered = self.0.token.module().look(move |raw| raw.mechanisms(slot))?;
        if !offered.contains(&recipe.mechanism) {
            return Err(Error::own("algorithm-not-offered", algorithm.to_string()));
        }
        let mut id = [0; CKA_ID_OCTETS];
        rng.fill_bytes(&mut id);
        let kind = objects::type_of(algorithm);
        let mut public = vec![
            Attribute::number(s::CKA_CLASS, s::CKO_PUBLIC_KEY),
            Attribute::number(s::CKA_KEY_TYPE, kind),
            Attribute::octets(s::CKA_ID, &id),
            Attribute::flag(s::CKA_TOKEN, true),
            Attribute::flag(s::CKA_PRIVATE, false),
            Attribute::flag(s::CKA_VERIFY, true),
        ];
        public.extend(recipe.public);
        let mut private = vec![
            Attribute::number(s::CKA_CLASS, s::CKO_PRIVATE_KEY),
            Attribute::number(s::CKA_KEY_TYPE, kind),
            Attribute::octets(s::CKA_ID, &id),
            Attribute::flag(s::CKA_TOKEN, true),
            Attribute::flag(s::CKA_PRIVATE, true),
            Attribute::flag(s::CKA_SENSITIVE, true),
            Attribute::flag(s::CKA_EXTRACTABLE, false),
            Attribute::flag(s::CKA_SIGN, true),
        ];
        private.extend(recipe.private);
        let mechanism = recipe.mechanism;
        let made = self.0.once(self.0.deadlines().generate, move |raw, session| {
            let (public, private) = raw.generate_key_pair(session, mechanism, &public, &private)?;
            Ok((public, private, objects::public_key(raw, session, public, kind)?))
        })?;
        let (public, private, key) = made;
        let proven = key
            .filter(|key| same_algorithm(key.algorithm(), algorithm))
            .ok_or_else(|| Error::own("key-broken", "the new public key does not read"))
            .and_then(|key| {
                self.0.state().handles.insert(key.spki_sha256(), vec![private]);
                let key = TokenKey::new(Arc::clone(&self.0), key);
                let mut probe = [0; 32];
                rng.fill_bytes(&mut probe);
                key.sign_message(&probe)?;
                Ok(key)
            });
        if let Err(error) = &proven
            && !error.is_gone()
        {
            // What remains if this fails too is an orphan, found and deleted like any other.
            let _ = self.0.once(self.0.deadlines().write, move |raw, session| {
                raw.destroy_object(session, private)?;
                raw.destroy_object(session, public)
            });
        }
        proven
    }

    /// Puts a GOST key that lay in a file onto the token, where it then stays. It has been outside: a key that is to be the token's own is [`Session::generate`]d.
    /// A key that is there already is left as it is.
    ///
    /// # Errors
    /// `pin-needed`, `algorithm-not-offered` for keys of other algorithms and on tokens that take none in, `ckr-device-memory`.
    pub fn import_key(&self, key: &crypto::PrivateKey) -> Result<KeyHash, Error> {
        let public_key = key.public_key();
        let (hash, algorithm) = (public_key.spki_sha256(), public_key.algorithm());
        let not_offered = || Error::own("algorithm-not-offered", algorithm.to_string());
        let recipe = match algorithm {
            KeyAlgorithm::Gost(_) => objects::recipe(algorithm).ok_or_else(not_offered)?,
            _ => return Err(not_offered()),
        };
        self.0.require_login()?;
        if self.contents()?.key(&hash).is_some_and(|there| there.has_private) {
            return Ok(hash);
        }
        // The number, little-endian, ends the PKCS#8 form (`crypto` writes it so); the point ends the public one.
        let der = key.to_pkcs8_der();
        let bits = public_key.raw_bits();
        let kind = objects::type_of(algorithm);
        let octets = if kind == crate::numbers::CKK_GOSTR3410_512 { 64 } else { 32 };
        let (number, point) = (&der[der.len() - octets..], &bits[bits.len() - 2 * octets..]);
        let half = |class, is_private, value: &[u8]| {
            vec![
                Attribute::number(s::CKA_CLASS, class),
                Attribute::number(s::CKA_KEY_TYPE, kind),
                Attribute::octets(s::CKA_ID, &hash[..CKA_ID_OCTETS]),
                Attribute::flag(s::CKA_TOKEN, true),
                Attribute::flag(s::CKA_PRIVATE, is_private),
                Attribute::octets(s::CKA_VALUE, value),
            ]
        };
        let mut public = half(s::CKO_PUBLIC_KEY, false, point);
        public.extend(recipe.public);
        let mut private = half(s::CKO_PRIVATE_KEY, true, number);
        private.extend([
            Attribute::flag(s::CKA_SENSITIVE, true),
            Attribute::flag(s::CKA_EXTRACTABLE, false),
            Attribute::flag(s::CKA_SIGN, true),
        ]);
        private.extend(recipe.private);
        self.0.once(self.0.deadlines().write, move |raw, session| {
            raw.create_object(session, &private)?;
            raw.create_object(session, &public)
        })?;
        Ok(hash)
    }

    /// The key with this hash, to sign with.
    ///
    /// # Errors
    /// `pin-needed`, `key-absent`, `key-gost-2001` (see [`Session::migration_key`]).
    pub fn key_by_public_hash(&self, hash: &KeyHash) -> Result<TokenKey, Error> {
        let key = self.private_key(hash)?;
        if matches!(key.algorithm(), KeyAlgorithm::Gost2001(_)) {
            return Err(Error::own("key-gost-2001", String::new()));
        }
        Ok(TokenKey::new(Arc::clone(&self.0), key))
    }

    /// A key of GOST R 34.10-2001: it signs messages of its own replacement and nothing else.
    ///
    /// # Errors
    /// `pin-needed`, `key-absent`, `key-unsupported` for a key of any other kind.
    pub fn migration_key(&self, hash: &KeyHash) -> Result<MigrationTokenKey, Error> {
        let key = self.private_key(hash)?;
        if !matches!(key.algorithm(), KeyAlgorithm::Gost2001(_)) {
            return Err(Error::own("key-unsupported", key.algorithm().to_string()));
        }
        Ok(MigrationTokenKey::new(TokenKey::new(Arc::clone(&self.0), key)))
    }

    fn private_key(&self, hash: &KeyHash) -> Result<PublicKey, Error> {
        self.0.require_login()?;
        let contents = self.contents()?;
        // Between the two the token may have been pulled and replugged, with nobody logged in any more.
        self.0.require_login()?;
        let entry = contents.key(hash).filter(|entry| entry.has_private);
        entry.and_then(|entry| entry.public_key.clone()).ok_or_else(|| Error::own("key-absent", hex(hash)))
    }

    /// Writes a certificate beside its private key, under that key's CKA_ID, and reads it back. A certificate that is there already is not written twice, so the call
    /// can be repeated after an interruption.
    ///
    /// # Errors
    /// `certificate-foreign` when its key is not on this token, `read-back-differs`, `ckr-device-memory`, `pin-needed`.
    pub fn write_certificate(&self, der: &[u8]) -> Result<(), Error> {
        let certificate =
            Certificate::from_der(der).map_err(|error| Error::own("certificate-unreadable", error.to_string()))?;
        self.0.require_login()?;
        let contents = self.contents()?;
        let hash = certificate.public_key().spki_sha256();
        let entry = contents
            .key(&hash)
            .filter(|entry| entry.has_private)
            .ok_or_else(|| Error::own("certificate-foreign", hex(&hash)))?;
        let id = self.tied_id(entry, &contents, &hash)?;

        let mut template = vec![
            Attribute::number(s::CKA_CLASS, s::CKO_CERTIFICATE),
            Attribute::number(s::CKA_CERTIFICATE_TYPE, s::CKC_X_509),
            Attribute::flag(s::CKA_TOKEN, true),
            Attribute::flag(s::CKA_PRIVATE, false),
            Attribute::octets(s::CKA_SUBJECT, certificate.subject_der()),
            Attribute::octets(s::CKA_ISSUER, certificate.issuer_der()),
            Attribute::octets(s::CKA_SERIAL_NUMBER, &crate::der::integer(certificate.serial())),
            Attribute::octets(s::CKA_ID, &id),
        ];
        template.push(Attribute::octets(s::CKA_VALUE, der));
        let octets = der.to_vec();
        let (wanted, wanted_id) = (octets.clone(), id.clone());
        let there =
            self.0.with(self.0.deadlines().look, move |raw, session| same_certificate(raw, session, &wanted))?;
        match there {
            Some((_, found)) if found == wanted_id => return Ok(()),
            Some((handle, _)) => {
                let id = id.clone();
                self.0.once(self.0.deadlines().write, move |raw, session| {
                    raw.set_attribute(session, handle, Attribute::octets(s::CKA_ID, &id))
                })?;
            }
            None => {
                self.0.once(self.0.deadlines().write, move |raw, session| raw.create_object(session, &template))?;
            }
        }
        let read = self.0.with(self.0.deadlines().look, move |raw, session| same_certificate(raw, session, &octets))?;
        match read {
            Some((_, found)) if found == id => Ok(()),
            Some(_) | None => Err(Error::own("read-back-differs", hex(&hash))),
        }
    }

    /// Deletes a key and the certificates that are its own.
    ///
    /// # Errors
    /// `key-absent`, `pin-needed`, what the module answered.
    pub fn delete_key(&self, hash: &KeyHash) -> Result<(), Error> {
        self.0.require_login()?;
        let contents = self.contents()?;
        let entry = contents.key(hash).ok_or_else(|| Error::own("key-absent", hex(hash)))?;
        self.delete_entry(entry)
    }

    /// The same for a key that has no hash, because only a half of it or an unknown kind is there: `entry` of this session's [`Session::contents`].
    ///
    /// # Errors
    /// As [`Session::delete_key`].
    pub fn delete_entry(&self, entry: &KeyEntry) -> Result<(), Error> {
        self.0.require_login()?;
        let certificates: Vec<Vec<u8>> = entry.certificates.iter().map(|one| one.as_der().to_vec()).collect();
        let (private, public) = (entry.private.clone(), entry.public.clone());
        self.0.state().handles.clear();
        self.0.once(self.0.deadlines().write, move |raw, session| {
            // The secret first; what is left after a pull in between is seen as a key without a private half and can be deleted again.
            for handle in private.iter().chain(&public) {
                match raw.destroy_object(session, *handle) {
                    Err(rv) if rv.code == s::CKR_OBJECT_HANDLE_INVALID => {}
                    other => other?,
                }
            }
            for der in &certificates {
                while let Some((handle, _)) = same_certificate(raw, session, der)? {
                    raw.destroy_object(session, handle)?;
                }
            }
            Ok(())
        })
    }

    /// The CKA_ID that ties the certificate to this key and to no other; keys that have none, or share theirs, get one of their own.
    fn tied_id(&self, entry: &KeyEntry, contents: &Contents, hash: &KeyHash) -> Result<Vec<u8>, Error> {
        let shared = contents.keys.iter().filter(|other| other.id == entry.id).count() > 1;
        if !entry.id.is_empty() && !shared {
            return Ok(entry.id.clone());
        }
        let id = hash[..CKA_ID_OCTETS].to_vec();
        let (private, public, new) = (entry.private.clone(), entry.public.clone(), id.clone());
        if private.len() > 1 {
            // Whose the private half is, only a signature tells: moving one on a guess could part another pair.
            return Err(Error::own("key-broken", "several keys share one CKA_ID"));
        }
        self.0.once(self.0.deadlines().write, move |raw, session| {
            for handle in private.iter().chain(&public) {
                raw.set_attribute(session, *handle, Attribute::octets(s::CKA_ID, &new))?;
            }
            Ok(())
        })?;
        Ok(id)
    }
}

impl Inner {
    pub(crate) fn deadlines(&self) -> &crate::lanes::Deadlines {
        &self.token.module().0.deadlines
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn require_login(&self) -> Result<(), Error> {
        match self.state().login {
            Login::Out => Err(Error::own("pin-needed", String::new())),
            Login::In | Login::Kept(_) => Ok(()),
        }
    }

    fn check_counter(&self, last_try: LastTry) -> Result<(), Error> {
        let slot = self.token.slot()?;
        let state = self.token.module().look(move |raw| {
            let info = raw.token_info(slot)?;
            Ok(pin_states(raw, slot, info.flags)?.0)
        })?;
        if state.attempts.is_locked() {
            return Err(Error::from_rv(Rv { call: "C_GetTokenInfo", code: s::CKR_PIN_LOCKED }));
        }
        if state.attempts.is_last() && last_try == LastTry::Stop {
            return Err(Error::own("pin-final-try", String::new()));
        }
        Ok(())
    }

    fn login(&self, pin: &Pin, keep: Keep, last_try: LastTry) -> Result<(), Error> {
        self.check_counter(last_try)?;
        let mut permit = self.permit.lock().unwrap_or_else(PoisonError::into_inner);
        if permit.is_none() {
            *permit = Some(LoginPermit::take(&self.token)?);
        }
        self.state().login = Login::Out;
        self.alive()?;
        let octets = pin.duplicate();
        let entered = self.once(self.deadlines().pin, move |raw, session| {
            match raw.login(session, s::CKU_USER, octets.octets()) {
                // A call of ours that nobody waited for may have got through; the PIN of this one has not been looked at.
                Err(rv) if matches!(rv.code, s::CKR_USER_ALREADY_LOGGED_IN | s::CKR_USER_ANOTHER_ALREADY_LOGGED_IN) => {
                    raw.logout(session)?;
                    raw.login(session, s::CKU_USER, octets.octets())
                }
                other => other,
            }
        });
        match entered {
            Ok(()) => {
                let mut state = self.state();
                state.handles.clear();
                state.login = match keep {
                    Keep::No => Login::In,
                    Keep::WithSession => Login::Kept(pin.duplicate()),
                };
                Ok(())
            }
            Err(error) => {
                *permit = None;
                Err(error)
            }
        }
    }

    /// Makes sure that there is a session, so that a call that must not be repeated meets one.
    pub(crate) fn alive(&self) -> Result<(), Error> {
        self.with(self.deadlines().look, |raw, session| raw.session_info(session))
    }

    /// Runs `job` with a session, once more if the session turns out to be gone.
    pub(crate) fn with<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl Fn(&Raw, s::CK_SESSION_HANDLE) -> Result<T, Rv> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let job = Arc::new(job);
        let first = Arc::clone(&job);
        match self.attempt(deadline, move |raw, session| first(raw, session)) {
            Err(error) if is_lost(&error) => self.attempt(deadline, move |raw, session| job(raw, session)),
            other => other,
        }
    }

    /// The same for what must not be done twice: a lost session is noted and the error handed on.
    pub(crate) fn once<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl FnOnce(&Raw, s::CK_SESSION_HANDLE) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        self.attempt(deadline, job)
    }

    fn attempt<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl FnOnce(&Raw, s::CK_SESSION_HANDLE) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        let (session, epoch) = self.acquire(deadline)?;
        self.answered(session, epoch, deadline, job)
    }

    /// Runs `job` with an acquired session and gives it back, or notes that it is gone.
    fn answered<T: Send + 'static>(
        &self,
        session: s::CK_SESSION_HANDLE,
        epoch: u64,
        deadline: Duration,
        job: impl FnOnce(&Raw, s::CK_SESSION_HANDLE) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        let answer = self.token.module().run(deadline, move |raw| job(raw, session));
        match &answer {
            Err(error) if is_lost(error) => self.lost(epoch),
            // The session is in the hands of a call that has not come back.
            Err(error) if error.code() == "module-unresponsive" => self.lost(epoch),
            Ok(_) | Err(_) => self.release(session, epoch),
        }
        answer
    }

    fn acquire(&self, deadline: Duration) -> Result<(s::CK_SESSION_HANDLE, u64), Error> {
        let until = Instant::now() + deadline;
        let mut state = self.state();
        loop {
            if state.generation != self.token.module().0.lanes.generation() {
                self.lose(&mut state);
            }
            if let Some(session) = state.idle.pop() {
                return Ok((session, state.epoch));
            }
            if state.open < MAX_LANES {
                let session = self.open_one(&mut state)?;
                state.open += 1;
                return Ok((session, state.epoch));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::own("token-busy", "all sessions are in use"));
            }
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn open_one(&self, state: &mut State) -> Result<s::CK_SESSION_HANDLE, Error> {
        let module = self.token.module();
        if let Some(slot) = state.slot {
            match module.look(move |raw| raw.open_session(slot, true)) {
                Err(error) if is_lost(&error) => self.lose(state),
                other => return other,
            }
        }
        let slot = match self.token.slot() {
            Err(error) if error.code() == "ckr-cryptoki-not-initialized" => {
                module.restart()?;
                self.token.slot()?
            }
            other => other?,
        };
        state.generation = module.0.lanes.generation();
        let session = module.look(move |raw| raw.open_session(slot, true))?;
        state.slot = Some(slot);
        if let Login::Kept(pin) = &state.login {
            let pin = pin.duplicate();
            let entered =
                module.run(self.deadlines().pin, move |raw| match raw.login(session, s::CKU_USER, pin.octets()) {
                    Err(rv) if rv.code == s::CKR_USER_ALREADY_LOGGED_IN => Ok(()),
                    other => other,
                });
            if let Err(error) = entered {
                // A kept PIN that is refused is not tried again.
                if !is_lost(&error) {
                    state.login = Login::Out;
                }
                state.slot = None;
                let _ = module.look(move |raw| raw.close_session(session));
                return Err(error);
            }
        }
        Ok(session)
    }

    fn release(&self, session: s::CK_SESSION_HANDLE, epoch: u64) {
        let mut state = self.state();
        if state.epoch == epoch {
            state.idle.push(session);
            self.returned.notify_one();
        }
    }

    fn lost(&self, epoch: u64) {
        let mut state = self.state();
        if state.epoch == epoch {
            self.lose(&mut state);
        }
    }

    /// Everything that hung on the old sessions is gone.
    fn lose(&self, state: &mut State) {
        let idle = std::mem::take(&mut state.idle);
        if !idle.is_empty() && state.generation == self.token.module().0.lanes.generation() {
            // If the token is still there, its sessions are; if not, the answers tell nothing new.
            let _ = self.token.module().look(move |raw| {
                for session in idle {
                    let _ = raw.close_session(session);
                }
                Ok(())
            });
        }
        state.open = 0;
        state.epoch += 1;
        state.slot = None;
        state.generation = self.token.module().0.lanes.generation();
        state.handles.clear();
        if matches!(state.login, Login::In) {
            state.login = Login::Out;
        }
        self.returned.notify_all();
    }

    /// The private halves that may be that of `hash`, and the epoch in which their handles mean them.
    pub(crate) fn private_handles(&self, hash: &KeyHash) -> Result<(u64, Vec<s::CK_OBJECT_HANDLE>), Error> {
        {
            let state = self.state();
            if let Some(handles) = state.handles.get(hash) {
                return Ok((state.epoch, handles.clone()));
            }
        }
        let (session, epoch) = self.acquire(self.deadlines().look)?;
        let contents = self.answered(session, epoch, self.deadlines().look, objects::read)?;
        self.require_login()?;
        let handles = contents.key(hash).map(|entry| entry.private.clone()).unwrap_or_default();
        if handles.is_empty() {
            return Err(Error::own("key-absent", hex(hash)));
        }
        let mut state = self.state();
        if state.epoch == epoch {
            state.handles.insert(*hash, handles.clone());
        }
        Ok((epoch, handles))
    }

    /// Signs with a handle of `epoch`; `None` if that epoch is over, so that the handle may mean another object.
    pub(crate) fn sign(
        &self,
        epoch: u64,
        mechanism: s::CK_MECHANISM_TYPE,
        handle: s::CK_OBJECT_HANDLE,
        input: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let deadline = self.deadlines().sign;
        let (session, now) = self.acquire(deadline)?;
        if now != epoch {
            self.release(session, now);
            return Ok(None);
        }
        self.answered(session, now, deadline, move |raw, session| raw.sign(session, mechanism, handle, &input))
            .map(Some)
    }

    /// Only this one is the key's: a signature by it was verified.
    pub(crate) fn settle_handle(&self, hash: &KeyHash, handle: s::CK_OBJECT_HANDLE) {
        if let Some(handles) = self.state().handles.get_mut(hash) {
            handles.retain(|one| *one == handle);
        }
    }

    pub(crate) fn forget_handles(&self) {
        self.state().handles.clear();
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let logged_in = !matches!(state.login, Login::Out);
        let idle = std::mem::take(&mut state.idle);
        if !idle.is_empty() && state.generation == self.token.module().0.lanes.generation() {
            // Nobody is left to be told.
            let _ = self.token.module().look(move |raw| {
                if let Some(session) = idle.first()
                    && logged_in
                {
                    let _ = raw.logout(*session);
                }
                for session in idle {
                    let _ = raw.close_session(session);
                }
                Ok(())
            });
        }
    }
}

/// What a pulled token, an ended session or a forgotten login looks like, in the words of different modules.
pub(crate) fn is_lost(error: &Error) -> bool {
    error.is_gone()
        || matches!(
            error.code(),
            "ckr-session-handle-invalid"
                | "ckr-session-closed"
                | "ckr-device-error"
                | "ckr-user-not-logged-in"
                | "ckr-cryptoki-not-initialized"
        )
}

/// CryptoPro-A and the like have two names each.
fn same_algorithm(found: KeyAlgorithm, wanted: KeyAlgorithm) -> bool {
    match (found, wanted) {
        (KeyAlgorithm::Gost(found), KeyAlgorithm::Gost(wanted)) => found.canonical() == wanted.canonical(),
        (found, wanted) => found == wanted,
    }
}

/// The certificate with exactly these octets, and its CKA_ID.
fn same_certificate(
    raw: &Raw,
    session: s::CK_SESSION_HANDLE,
    der: &[u8],
) -> Result<Option<(s::CK_OBJECT_HANDLE, Vec<u8>)>, Rv> {
    for handle in raw.find(session, &objects::class(s::CKO_CERTIFICATE))? {
        let [id, value] = values(raw.attributes(session, handle, &[s::CKA_ID, s::CKA_VALUE])?);
        if value.as_deref() == Some(der) {
            return Ok(Some((handle, id.unwrap_or_default())));
        }
    }
    Ok(None)
}

/// The first octets of a key's hash, for messages.
fn hex(hash: &KeyHash) -> String {
    hash[..8].iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Octets of a CKA_ID that we choose.
const CKA_ID_OCTETS: usize = 20;
