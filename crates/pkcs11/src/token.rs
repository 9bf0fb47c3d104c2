//! A token by its serial number, and what can be known of it without a PIN. Reader names and labels identify nothing here.

use std::fmt;

use crypto::{Certificate, PublicKey};
use cryptoki_sys as s;

use crate::error::{Error, u64_of};
use crate::module::{Module, text, version};
use crate::numbers as n;
use crate::objects::{self, Contents};
use crate::pin::{Attempts, Factory, Pin, PinState};
use crate::raw::{Raw, Rv, TokenInfoExtended};
use crate::session::Session;

/// Which token: its serial number as the module prints it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TokenId {
    serial: String,
}

impl TokenId {
    /// As an earlier [`Token::id`] printed it.
    #[must_use]
    pub fn new(serial: impl Into<String>) -> Self {
        Self { serial: serial.into() }
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.serial)
    }
}

/// A token, plugged in or away. Everything asked of it finds its reader anew.
#[derive(Clone, Debug)]
pub struct Token {
    module: Module,
    id: TokenId,
}

/// What a token says without a PIN.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenInfo {
    /// Who made it: "Aktiv Co.".
    pub maker: String,
    /// "Rutoken ECP".
    pub model: String,
    /// A name for people; never an identity.
    pub label: String,
    /// The serial number.
    pub serial: String,
    /// The reader it is in.
    pub reader: String,
    /// Version of its hardware.
    pub hardware: String,
    /// Version of its firmware.
    pub firmware: String,
    /// The user's PIN.
    pub pin: PinState,
    /// The administrator's (security officer's).
    pub so_pin: PinState,
    /// Shortest and longest PIN, octets.
    pub pin_octets: (u64, u64),
    /// Octets altogether, where it says so.
    pub memory_total: Option<u64>,
    /// Octets left, where it says so.
    pub memory_free: Option<u64>,
    /// Kinds of keys it makes.
    pub families: Vec<Family>,
    /// Every mechanism, by number.
    pub mechanisms: Vec<u64>,
    /// Nothing can be written.
    pub write_protected: bool,
    /// Seconds since 1970 by its own clock, if it has one: `YYYYMMDDhhmmss`.
    pub clock: Option<String>,
    /// The counters are numbers of the extended functions, not guesses by flags.
    pub exact: bool,
}

/// Kinds of keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// GOST R 34.10-2001: withdrawn.
    Gost2001,
    /// GOST R 34.10-2012, 256 bits.
    Gost256,
    /// GOST R 34.10-2012, 512 bits.
    Gost512,
    /// ECDSA.
    Ecdsa,
    /// RSA.
    Rsa,
}

impl Token {
    pub(crate) fn new(module: Module, id: TokenId) -> Self {
        Self { module, id }
    }

    /// Which one.
    #[must_use]
    pub fn id(&self) -> &TokenId {
        &self.id
    }

    /// Its module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Asks it now, without a PIN and without spending an attempt.
    ///
    /// # Errors
    /// `token-absent` when it is away; what the module answered.
    pub fn info(&self) -> Result<TokenInfo, Error> {
        let slot = self.slot()?;
        self.module.look(move |raw| look(raw, slot))
    }

    /// The PIN counters alone: cheap, to be asked right before every prompt.
    ///
    /// # Errors
    /// As [`Token::info`].
    pub fn pin_state(&self) -> Result<PinState, Error> {
        let slot = self.slot()?;
        self.module.look(move |raw| {
            let info = raw.token_info(slot)?;
            Ok(pin_states(raw, slot, info.flags)?.0)
        })
    }

    /// Public keys and certificates, as far as they are visible without a PIN. Private keys are not: a pair whose public half was deleted is not seen here.
    ///
    /// # Errors
    /// As [`Token::info`].
    pub fn glance(&self) -> Result<Contents, Error> {
        let slot = self.slot()?;
        self.module.look(move |raw| {
            let session = raw.open_session(slot, false)?;
            let contents = objects::read(raw, session);
            let closed = raw.close_session(session);
            let contents = contents?;
            closed?;
            Ok(contents)
        })
    }

    /// A session: nobody is logged in yet.
    ///
    /// # Errors
    /// As [`Token::info`].
    pub fn session(&self) -> Result<Session, Error> {
        Session::open(self)
    }

    /// The administrator changes his PIN.
    ///
    /// # Errors
    /// `ckr-pin-incorrect`, `pin-final-try` (as [`Session::login`] does), `ckr-pin-len-range` and the like.
    pub fn change_so_pin(&self, old: &Pin, new: &Pin) -> Result<(), Error> {
        let (old, new) = (old.duplicate(), new.duplicate());
        self.as_administrator(&old.duplicate(), move |raw, session| raw.set_pin(session, old.octets(), new.octets()))
    }

    /// The administrator gives the user's PIN its attempts back and leaves the PIN as it is.
    ///
    /// # Errors
    /// `ckr-function-not-supported` where the module has no extended functions: there only [`Token::set_user_pin`] helps.
    pub fn unblock(&self, so_pin: &Pin) -> Result<(), Error> {
        self.as_administrator(so_pin, |raw, session| raw.unblock_user_pin(session))
    }

    /// The administrator gives the user a new PIN; that also unlocks it.
    ///
    /// # Errors
    /// As [`Token::change_so_pin`].
    pub fn set_user_pin(&self, so_pin: &Pin, new: &Pin) -> Result<(), Error> {
        let new = new.duplicate();
        self.as_administrator(so_pin, move |raw, session| raw.init_pin(session, new.octets()))
    }

    /// The token's own record of its last operation, where the model keeps one.
    ///
    /// # Errors
    /// `ckr-function-not-supported` where there is none.
    pub fn journal(&self) -> Result<Vec<u8>, Error> {
        let slot = self.slot()?;
        self.module.look(move |raw| raw.journal(slot))
    }

    /// The reader it is in now.
    pub(crate) fn slot(&self) -> Result<s::CK_SLOT_ID, Error> {
        let serial = self.id.serial.clone();
        let found = self.module.look(move |raw| {
            let mut last = None;
            for slot in raw.slots(true)? {
                match raw.token_info(slot) {
                    Ok(info) if text(&{ info.serialNumber }) == serial => return Ok(Some(slot)),
                    Ok(_) => {}
                    Err(rv) => last = Some(rv),
                }
            }
            // A reader that could not be asked may hold the one we look for; without such a reader it is simply away.
            match last {
                Some(rv)
                    if !matches!(
                        rv.code,
                        s::CKR_TOKEN_NOT_PRESENT
                            | s::CKR_DEVICE_REMOVED
                            | s::CKR_SLOT_ID_INVALID
                            | s::CKR_TOKEN_NOT_RECOGNIZED
                    ) =>
                {
                    Err(rv)
                }
                _ => Ok(None),
            }
        })?;
        found.ok_or_else(|| Error::own("token-absent", String::new()))
    }

    fn as_administrator(
        &self,
        so_pin: &Pin,
        job: impl FnOnce(&Raw, s::CK_SESSION_HANDLE) -> Result<(), Rv> + Send + 'static,
    ) -> Result<(), Error> {
        let slot = self.slot()?;
        let _only_one = crate::session::LoginPermit::take(self)?;
        let state = self.module.look(move |raw| {
            let info = raw.token_info(slot)?;
            Ok(pin_states(raw, slot, info.flags)?.1)
        })?;
        if state.attempts.is_locked() {
            return Err(Error::own("so-pin-locked", String::new()));
        }
        if state.attempts.is_last() {
            return Err(Error::own("pin-final-try", String::new()));
        }
        let pin = so_pin.duplicate();
        self.module.run(self.module.0.deadlines.pin, move |raw| {
            let session = raw.open_session(slot, true)?;
            let done = raw.login(session, s::CKU_SO, pin.octets()).and_then(|()| {
                let done = job(raw, session);
                let out = raw.logout(session);
                done.and(out)
            });
            let closed = raw.close_session(session);
            done.and(closed)
        })
    }
}

fn look(raw: &Raw, slot: s::CK_SLOT_ID) -> Result<TokenInfo, Rv> {
    let info = raw.token_info(slot)?;
    let reader = raw.slot_info(slot)?;
    let mechanisms = raw.mechanisms(slot)?;
    let (pin, so_pin, extended) = pin_states(raw, slot, info.flags)?;
    let known = |number: s::CK_ULONG| (number != s::CK_UNAVAILABLE_INFORMATION).then(|| u64_of(number));
    let flags = info.flags;
    let families = families(&mechanisms);
    Ok(TokenInfo {
        maker: text(&{ info.manufacturerID }),
        model: text(&{ info.model }),
        label: text(&{ info.label }),
        serial: text(&{ info.serialNumber }),
        reader: text(&{ reader.slotDescription }),
        hardware: version(info.hardwareVersion),
        firmware: version(info.firmwareVersion),
        pin,
        so_pin,
        pin_octets: (u64_of(info.ulMinPinLen), u64_of(info.ulMaxPinLen)),
        memory_total: extended
            .map(|extended| u64_of(extended.total_memory))
            .or_else(|| known(info.ulTotalPublicMemory)),
        memory_free: extended.map(|extended| u64_of(extended.free_memory)).or_else(|| known(info.ulFreePublicMemory)),
        families,
        mechanisms: mechanisms.into_iter().map(u64_of).collect(),
        write_protected: flags & s::CKF_WRITE_PROTECTED != 0,
        clock: (flags & s::CKF_CLOCK_ON_TOKEN != 0).then(|| text(&{ info.utcTime })),
        exact: extended.is_some(),
    })
}

/// The user's and the administrator's, by the extended functions where there are any, else by the flags of the standard.
pub(crate) fn pin_states(
    raw: &Raw,
    slot: s::CK_SLOT_ID,
    flags: s::CK_FLAGS,
) -> Result<(PinState, PinState, Option<TokenInfoExtended>), Rv> {
    let extended = if raw.has_extension() {
        match raw.token_info_extended(slot) {
            Ok(extended) => Some(extended),
            // Rutoken's module drives other makers' tokens too, without the extension.
            Err(rv) if rv.code == s::CKR_FUNCTION_NOT_SUPPORTED => None,
            Err(rv) => return Err(rv),
        }
    } else {
        None
    };
    let by_flags = |low, last, locked, change, initialized| PinState {
        attempts: if flags & locked != 0 {
            Attempts::Locked
        } else if flags & last != 0 {
            Attempts::Final
        } else if flags & low != 0 {
            Attempts::Low
        } else {
            Attempts::Unknown
        },
        factory: if flags & change != 0 { Factory::Yes } else { Factory::Unknown },
        must_change: false,
        initialized,
    };
    let mut user = by_flags(
        s::CKF_USER_PIN_COUNT_LOW,
        s::CKF_USER_PIN_FINAL_TRY,
        s::CKF_USER_PIN_LOCKED,
        s::CKF_USER_PIN_TO_BE_CHANGED,
        flags & s::CKF_USER_PIN_INITIALIZED != 0,
    );
    let mut administrator = by_flags(
        s::CKF_SO_PIN_COUNT_LOW,
        s::CKF_SO_PIN_FINAL_TRY,
        s::CKF_SO_PIN_LOCKED,
        s::CKF_SO_PIN_TO_BE_CHANGED,
        true,
    );
    if let Some(extended) = extended {
        let exactly = |left, of| Attempts::Exactly { left: small(left), of: small(of) };
        user.attempts = exactly(extended.user_attempts_left, extended.user_attempts);
        administrator.attempts = exactly(extended.admin_attempts_left, extended.admin_attempts);
        let changed = |flag| if extended.flags & flag != 0 { Factory::No } else { Factory::Yes };
        user.factory = changed(n::TOKEN_FLAGS_USER_PIN_NOT_DEFAULT);
        administrator.factory = changed(n::TOKEN_FLAGS_ADMIN_PIN_NOT_DEFAULT);
        user.must_change = match raw.pin_must_be_changed(slot) {
            Ok(must) => must,
            Err(rv) if matches!(rv.code, s::CKR_FUNCTION_NOT_SUPPORTED | s::CKR_ARGUMENTS_BAD) => false,
            Err(rv) => return Err(rv),
        };
    }
    Ok((user, administrator, extended))
}

fn small(number: s::CK_ULONG) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn families(mechanisms: &[s::CK_MECHANISM_TYPE]) -> Vec<Family> {
    let has = |wanted: s::CK_MECHANISM_TYPE| mechanisms.contains(&wanted);
    let mut families = Vec::new();
    if has(n::CKM_GOSTR3410_KEY_PAIR_GEN) {
        // One mechanism makes keys of both standards; the hash that goes with a key tells which the token knows.
        if has(n::CKM_GOSTR3410_WITH_GOSTR3411) || has(n::CKM_GOSTR3411) {
            families.push(Family::Gost2001);
        }
        if has(n::CKM_GOSTR3410_WITH_GOSTR3411_2012_256) || has(n::CKM_GOSTR3411_2012_256) {
            families.push(Family::Gost256);
        }
    }
    if has(n::CKM_GOSTR3410_512_KEY_PAIR_GEN) {
        families.push(Family::Gost512);
    }
    if has(s::CKM_EC_KEY_PAIR_GEN) && has(s::CKM_ECDSA) {
        families.push(Family::Ecdsa);
    }
    if has(s::CKM_RSA_PKCS_KEY_PAIR_GEN) && has(s::CKM_RSA_PKCS) {
        families.push(Family::Rsa);
    }
    families
}

/// A certificate beside its key, by key and not by what the token calls them.
pub(crate) fn belongs(certificate: &Certificate, key: &PublicKey) -> bool {
    certificate.public_key().spki_sha256() == key.spki_sha256()
}
