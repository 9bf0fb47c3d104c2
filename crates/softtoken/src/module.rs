//! The module as one process sees it: slots, sessions, who is logged in, and every rule about what he may do then.
//! A card is looked at anew before each call, so that what another process did, or a hand that pulled it, is seen.
//!
//! One lock covers all of it. What takes time (drawing a key, a signature) is done outside: prepared under the lock, done, put away under the lock.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cryptoki_sys::*;

use crate::card::{self, Card, CardError, Fingerprint, SO, Stored, USER};
use crate::code::{Answer, Code, refuse};
use crate::extended::{Event, record};
use crate::folder::{self, Folder, Socket};
use crate::key::{self, Kind};
use crate::kill;
use crate::mechanism::{self, Hash, Hasher, Purpose, Scheme};
use crate::object::{self, Attributes, Template};
use crate::pin::{self, CardKey, FACTORY_SO_PIN, FACTORY_USER_PIN, Lock, MAX_PIN_OCTETS};
use crate::session::{Reply, Room, Session, Signing, Verifying};

/// Sessions one process may have open: far above what anybody needs, and an end to a leak.
const MAX_SESSIONS: usize = 1024;
/// Session objects of one process.
const MAX_SESSION_OBJECTS: usize = 4096;
/// Random octets at a time.
const MAX_RANDOM_OCTETS: usize = 1024 * 1024;
/// How often a blocking C_WaitForSlotEvent looks.
const EVENT_PAUSE: Duration = Duration::from_millis(200);

static MODULE: Mutex<Option<Module>> = Mutex::new(None);

/// What C_Initialize makes and C_Finalize forgets.
pub(crate) struct Module {
    /// A child that was forked has a copy of everything and may use none of it.
    process: u32,
    folder: Folder,
    slots: Vec<Slot>,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    next_session: CK_SESSION_HANDLE,
    objects: BTreeMap<u32, SessionObject>,
    next_object: u32,
}

struct SessionObject {
    slot: usize,
    session: CK_SESSION_HANDLE,
    attributes: Attributes,
}

/// Where one card is, or was.
struct Slot {
    path: PathBuf,
    loaded: Option<Loaded>,
    login: Login,
    /// The socket as C_WaitForSlotEvent last told it.
    told: Option<Socket>,
}

/// A card as it was last read.
struct Loaded {
    card: Card,
    /// None after a write that failed: the file must be read again.
    fingerprint: Option<Fingerprint>,
    plugs: u64,
    /// Open while somebody is logged in.
    private: Option<card::Private>,
    /// Keys taken up, by number; numbers are never used twice.
    keys: HashMap<u32, Arc<key::Private>>,
}

enum Login {
    Nobody,
    User(CardKey),
    So(CardKey),
}

impl Login {
    fn key(&self) -> Option<&CardKey> {
        match self {
            Self::Nobody => None,
            Self::User(key) | Self::So(key) => Some(key),
        }
    }

    fn is_user(&self) -> bool {
        matches!(self, Self::User(_))
    }
}

/// Where an object lies, as its handle says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Card { slot: usize, number: u32 },
    Session(u32),
}

/// A handle has 20 bits for the number of an object on its card, above them the slot, and one bit for session objects: 31 bits everywhere.
const NUMBER_BITS: u32 = 20;
const SESSION_BIT: CK_OBJECT_HANDLE = 1 << 30;

impl Place {
    fn handle(self) -> CK_OBJECT_HANDLE {
        match self {
            Self::Card { slot, number } => (slot as CK_ULONG + 1) << NUMBER_BITS | CK_ULONG::from(number),
            Self::Session(number) => SESSION_BIT | CK_ULONG::from(number),
        }
    }

    fn of(handle: CK_OBJECT_HANDLE) -> Answer<Self> {
        let bad = |_| Code(CKR_OBJECT_HANDLE_INVALID);
        if handle & SESSION_BIT != 0 {
            return u32::try_from(handle ^ SESSION_BIT).map(Self::Session).map_err(bad);
        }
        let slot = (handle >> NUMBER_BITS).checked_sub(1).ok_or(Code(CKR_OBJECT_HANDLE_INVALID))?;
        let number = handle & ((1 << NUMBER_BITS) - 1);
        Ok(Self::Card { slot: usize::try_from(slot).map_err(bad)?, number: u32::try_from(number).map_err(bad)? })
    }
}

// --- the library as a whole ---

pub(crate) fn initialize() -> Answer<()> {
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    if module.as_ref().is_some_and(|module| module.process == std::process::id()) {
        return refuse(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    }
    // The program `surguch-softtoken` says what is wrong with the folder; the standard has no word for it.
    let folder = Folder::named().map_err(|_| Code(CKR_GENERAL_ERROR))?;
    let mut made = Module {
        process: std::process::id(),
        folder,
        slots: Vec::new(),
        sessions: BTreeMap::new(),
        next_session: 1,
        objects: BTreeMap::new(),
        next_object: 1,
    };
    made.look_around()?;
    for slot in &mut made.slots {
        slot.told = folder::socket(&slot.path).ok();
    }
    *module = Some(made);
    Ok(())
}

pub(crate) fn finalize() -> Answer<()> {
    with(|_| Ok(()))?;
    *MODULE.lock().unwrap_or_else(PoisonError::into_inner) = None;
    Ok(())
}

/// Everything but C_Initialize goes through here.
pub(crate) fn with<T>(act: impl FnOnce(&mut Module) -> Answer<T>) -> Answer<T> {
    // After a panic the state is what the last whole step left: a card is read anew where there is doubt.
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    match module.as_mut() {
        Some(module) if module.process == std::process::id() => act(module),
        Some(_) | None => refuse(CKR_CRYPTOKI_NOT_INITIALIZED),
    }
}

impl Module {
    /// Takes up cards that were made since.
    fn look_around(&mut self) -> Answer<()> {
        for path in self.folder.cards_or_a_new_one()? {
            if !self.slots.iter().any(|slot| slot.path == path) {
                self.slots.push(Slot { path, loaded: None, login: Login::Nobody, told: None });
            }
        }
        Ok(())
    }

    pub(crate) fn slot_list(&mut self, only_with_token: bool) -> Answer<Vec<CK_SLOT_ID>> {
        self.look_around()?;
        let slots = 0..self.slots.len();
        Ok(slots.filter(|slot| !only_with_token || self.is_present(*slot)).map(|slot| slot as CK_SLOT_ID).collect())
    }

    /// A card is in, though it may be one that is refused.
    fn is_present(&self, slot: usize) -> bool {
        let path = &self.slots[slot].path;
        folder::socket(path).is_ok_and(|socket| socket.is_in) && path.symlink_metadata().is_ok()
    }

    pub(crate) fn slot(&mut self, id: CK_SLOT_ID) -> Answer<usize> {
        let slot = usize::try_from(id).ok().filter(|slot| *slot < self.slots.len());
        slot.ok_or(Code(CKR_SLOT_ID_INVALID))
    }

    pub(crate) fn slot_info(&mut self, id: CK_SLOT_ID) -> Answer<CK_SLOT_INFO> {
        let slot = self.slot(id)?;
        let present = if self.is_present(slot) { CKF_TOKEN_PRESENT } else { 0 };
        // Whoever asks about the slot learns of a pull at once, and so do the sessions.
        let _ = self.fresh(slot);
        Ok(CK_SLOT_INFO {
            slotDescription: padded(&format!("Surguch soft token {id:02}")),
            manufacturerID: padded("Surguch"),
            flags: CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | present,
            hardwareVersion: CK_VERSION { major: 1, minor: 0 },
            firmwareVersion: CK_VERSION { major: 1, minor: 0 },
        })
    }

    /// The card in a slot as it is now; sessions of a card that went end here.
    fn fresh(&mut self, slot: usize) -> Answer<&mut Loaded> {
        if let Err(code) = self.refresh(slot) {
            self.lose(slot);
            return Err(code);
        }
        self.slots[slot].loaded.as_mut().ok_or(Code(CKR_TOKEN_NOT_PRESENT))
    }

    fn refresh(&mut self, slot: usize) -> Answer<()> {
        let path = &self.slots[slot].path;
        let socket = folder::socket(path).map_err(CardError::from)?;
        if !socket.is_in {
            return refuse(CKR_TOKEN_NOT_PRESENT);
        }
        let fingerprint = card::fingerprint(path)?;
        if let Some(loaded) = &self.slots[slot].loaded
            && loaded.plugs == socket.plugs
            && loaded.fingerprint == Some(fingerprint)
        {
            return Ok(());
        }
        let (card, fingerprint) = card::read(path)?;
        let before = self.slots[slot].loaded.take();
        let is_same = before.as_ref().is_some_and(|before| {
            before.plugs == socket.plugs && before.card.firm.incarnation == card.firm.incarnation
        });
        if before.is_some() && !is_same {
            self.lose(slot);
        }
        let here = &mut self.slots[slot];
        let private = here.login.key().and_then(|key| card.open(key));
        let is_open = private.is_some() || here.login.key().is_none();
        let keys = before.filter(|_| is_same).map(|before| before.keys).unwrap_or_default();
        here.loaded = Some(Loaded { card, fingerprint: Some(fingerprint), plugs: socket.plugs, private, keys });
        // Another initialisation would have drawn another incarnation: this is a file somebody made up.
        if is_open { Ok(()) } else { refuse(CKR_TOKEN_NOT_RECOGNIZED) }
    }

    /// The card is gone: sessions, objects of sessions and the login go with it.
    fn lose(&mut self, slot: usize) {
        self.sessions.retain(|_, session| session.slot != slot);
        self.objects.retain(|_, object| object.slot != slot);
        self.slots[slot].login = Login::Nobody;
        self.slots[slot].loaded = None;
    }

    pub(crate) fn card(&mut self, id: CK_SLOT_ID) -> Answer<&Card> {
        let slot = self.slot(id)?;
        Ok(&self.fresh(slot)?.card)
    }

    pub(crate) fn token_info(&mut self, id: CK_SLOT_ID) -> Answer<CK_TOKEN_INFO> {
        let slot = self.slot(id)?;
        let card = &self.fresh(slot)?.card;
        let identity = &card.firm.identity;
        let mut flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED;
        if card.firm.user.is_some() {
            flags |= CKF_USER_PIN_INITIALIZED;
            flags |= left_flags(card.loose.user_left, card.firm.user_max);
        }
        // The administrator's flags are the user's, four bits higher.
        flags |= left_flags(card.loose.so_left, card.firm.so_max) << 4;
        if card.firm.user_is_factory || card.loose.must_change {
            flags |= CKF_USER_PIN_TO_BE_CHANGED;
        }
        if card.firm.so_is_factory {
            flags |= CKF_SO_PIN_TO_BE_CHANGED;
        }
        let total = CK_ULONG::from(identity.memory_octets);
        let free = total.saturating_sub(card.used_octets() as CK_ULONG);
        let [hardware, hardware_minor, firmware, firmware_minor] = identity.versions;
        let mut info = CK_TOKEN_INFO {
            label: padded(&card.firm.label),
            manufacturerID: padded(&identity.maker),
            model: padded(&identity.model),
            serialNumber: padded(&identity.serial),
            flags,
            ulMaxSessionCount: MAX_SESSIONS as CK_ULONG,
            ulSessionCount: 0,
            ulMaxRwSessionCount: MAX_SESSIONS as CK_ULONG,
            ulRwSessionCount: 0,
            ulMaxPinLen: MAX_PIN_OCTETS as CK_ULONG,
            ulMinPinLen: card.firm.policy.min_octets.into(),
            ulTotalPublicMemory: total,
            ulFreePublicMemory: free,
            ulTotalPrivateMemory: total,
            ulFreePrivateMemory: free,
            hardwareVersion: CK_VERSION { major: hardware, minor: hardware_minor },
            firmwareVersion: CK_VERSION { major: firmware, minor: firmware_minor },
            utcTime: [b' '; 16],
        };
        let sessions = self.sessions.values().filter(|session| session.slot == slot);
        for session in sessions {
            info.ulSessionCount += 1;
            info.ulRwSessionCount += CK_ULONG::from(session.is_rw);
        }
        Ok(info)
    }

    // --- PINs ---

    /// Whether the PIN is right. The attempt is counted on the disk before anything is compared. The caller holds the folder's lock.
    fn check_pin(&mut self, slot: usize, who: CK_USER_TYPE, pin: &[u8]) -> Answer<CardKey> {
        let is_user = who == CKU_USER;
        let card = &self.fresh(slot)?.card;
        let lock = if is_user { card.firm.user.clone() } else { Some(card.firm.so.clone()) };
        let lock = lock.ok_or(Code(CKR_USER_PIN_NOT_INITIALIZED))?;
        let left = if is_user { card.loose.user_left } else { card.loose.so_left };
        if left == 0 {
            return refuse(CKR_PIN_LOCKED);
        }
        // What no PIN of any card can be costs no attempt.
        if pin.is_empty() || pin.len() > MAX_PIN_OCTETS {
            return refuse(CKR_PIN_LEN_RANGE);
        }
        self.rewrite(slot, |card| {
            *(if is_user { &mut card.loose.user_left } else { &mut card.loose.so_left }) = left - 1;
            record(card, if left == 1 { Event::Locked } else { Event::Tried }, who, 0);
            Ok(())
        })?;
        kill::point("pin.counted", &self.slots[slot].path);
        let opened = lock.open(pin, if is_user { USER } else { SO })?;
        kill::point("pin.compared", &self.slots[slot].path);
        let Some(key) = opened else { return refuse(CKR_PIN_INCORRECT) };
        self.rewrite(slot, |card| {
            let max = if is_user { card.firm.user_max } else { card.firm.so_max };
            *(if is_user { &mut card.loose.user_left } else { &mut card.loose.so_left }) = max;
            record(card, Event::LoggedIn, who, 0);
            Ok(())
        })?;
        Ok(key)
    }

    /// Changes what needs no key, and writes. The caller holds the folder's lock.
    fn rewrite<T>(&mut self, slot: usize, change: impl FnOnce(&mut Card) -> Answer<T>) -> Answer<T> {
        let loaded = self.fresh(slot)?;
        let mut card = loaded.card.clone();
        let changed = change(&mut card)?;
        self.put(slot, card, None)?;
        Ok(changed)
    }

    /// Writes a card in place of the one that was last read.
    fn put(&mut self, slot: usize, card: Card, private: Option<card::Private>) -> Answer<()> {
        let here = &mut self.slots[slot];
        let loaded = here.loaded.as_mut().ok_or(Code(CKR_TOKEN_NOT_PRESENT))?;
        let plugs = loaded.plugs;
        loaded.fingerprint = None;
        let path = &here.path;
        let written = card::write(path, &card, || match folder::socket(path).map_err(CardError::from)? {
            Socket { is_in: true, plugs: now } if now == plugs => Ok(()),
            _ => refuse(CKR_DEVICE_REMOVED),
        })?;
        loaded.fingerprint = Some(written);
        loaded.card = card;
        if private.is_some() {
            loaded.private = private;
        }
        Ok(())
    }

    /// Changes anything on the card, with the key that was shown for it.
    fn change<T>(
        &mut self,
        slot: usize,
        key: &CardKey,
        change: impl FnOnce(&mut Card, &mut card::Private) -> Answer<T>,
    ) -> Answer<T> {
        let loaded = self.fresh(slot)?;
        let mut card = loaded.card.clone();
        // Sealed beside something else than what it lies beside now: somebody wrote here who had no key.
        let mut private = card.open(key).ok_or(Code(CKR_TOKEN_NOT_RECOGNIZED))?;
        let changed = change(&mut card, &mut private)?;
        card.close(key, &private)?;
        let is_logged_in = self.slots[slot].login.key().is_some();
        self.put(slot, card, is_logged_in.then_some(private))?;
        Ok(changed)
    }

    pub(crate) fn init_token(&mut self, id: CK_SLOT_ID, so_pin: &[u8], label: &[u8; 32]) -> Answer<()> {
        let slot = self.slot(id)?;
        let _lock = self.folder.lock()?;
        self.fresh(slot)?;
        if self.sessions.values().any(|session| session.slot == slot) {
            return refuse(CKR_SESSION_EXISTS);
        }
        let label = core::str::from_utf8(label).map_err(|_| Code(CKR_ARGUMENTS_BAD))?.trim_end().to_owned();
        let key = self.check_pin(slot, CKU_SO, so_pin)?;
        let loaded = self.fresh(slot)?;
        let mut card = loaded.card.clone();
        card.open(&key).ok_or(Code(CKR_TOKEN_NOT_RECOGNIZED))?;
        card.initialise(so_pin, label)?;
        record(&mut card, Event::Initialised, CKU_SO, 0);
        self.put(slot, card, None)?;
        self.lose(slot);
        Ok(())
    }

    pub(crate) fn init_pin(&mut self, session: CK_SESSION_HANDLE, pin: &[u8]) -> Answer<()> {
        let slot = self.so_session(session)?;
        let _lock = self.folder.lock()?;
        let Login::So(key) = &self.slots[slot].login else { return refuse(CKR_USER_NOT_LOGGED_IN) };
        let key = key.clone();
        self.change(slot, &key, |card, private| {
            set_user_pin(card, private, pin, &key)?;
            card.loose.user_left = card.firm.user_max;
            record(card, Event::PinSet, CKU_SO, 0);
            Ok(())
        })
    }

    /// C_EX_UnblockUserPIN: the attempts come back, the PIN stays.
    pub(crate) fn unblock_user_pin(&mut self, session: CK_SESSION_HANDLE) -> Answer<()> {
        let slot = self.so_session(session)?;
        let _lock = self.folder.lock()?;
        self.rewrite(slot, |card| {
            if card.firm.user.is_none() {
                return refuse(CKR_USER_PIN_NOT_INITIALIZED);
            }
            card.loose.user_left = card.firm.user_max;
            record(card, Event::Unblocked, CKU_SO, 0);
            Ok(())
        })
    }

    fn so_session(&mut self, session: CK_SESSION_HANDLE) -> Answer<usize> {
        let (slot, _) = self.session(session)?;
        match self.slots[slot].login {
            Login::So(_) => Ok(slot),
            Login::Nobody | Login::User(_) => refuse(CKR_USER_NOT_LOGGED_IN),
        }
    }

    pub(crate) fn set_pin(&mut self, session: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Answer<()> {
        let (slot, is_rw) = self.session(session)?;
        if !is_rw {
            return refuse(CKR_SESSION_READ_ONLY);
        }
        let _lock = self.folder.lock()?;
        let is_so = matches!(self.slots[slot].login, Login::So(_));
        let policy = self.fresh(slot)?.card.firm.policy.clone();
        // A new PIN that cannot be is said before the old one costs an attempt.
        if is_so {
            pin::well_formed(new, pin::MIN_PIN_OCTETS)?;
        } else {
            policy.accepts(new)?;
        }
        let key = self.check_pin(slot, if is_so { CKU_SO } else { CKU_USER }, old)?;
        self.change(slot, &key, |card, private| {
            if is_so {
                card.firm.so = Lock::close(&key, new, SO)?;
                card.firm.so_is_factory = new == FACTORY_SO_PIN;
            } else {
                if private.history.0.is_empty() {
                    private.history.remember(old, &key, policy.history);
                }
                set_user_pin(card, private, new, &key)?;
                card.loose.must_change = false;
            }
            record(card, Event::PinSet, if is_so { CKU_SO } else { CKU_USER }, 0);
            Ok(())
        })
    }

    pub(crate) fn login(&mut self, session: CK_SESSION_HANDLE, who: CK_USER_TYPE, pin: &[u8]) -> Answer<()> {
        let (slot, _) = self.session(session)?;
        match who {
            CKU_USER | CKU_SO => {}
            // No key here asks for a PIN of its own.
            CKU_CONTEXT_SPECIFIC => return refuse(CKR_OPERATION_NOT_INITIALIZED),
            _ => return refuse(CKR_USER_TYPE_INVALID),
        }
        match (&self.slots[slot].login, who) {
            (Login::User(_), CKU_USER) | (Login::So(_), CKU_SO) => return refuse(CKR_USER_ALREADY_LOGGED_IN),
            (Login::User(_) | Login::So(_), _) => return refuse(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
            (Login::Nobody, _) => {}
        }
        if who == CKU_SO && self.sessions.values().any(|session| session.slot == slot && !session.is_rw) {
            return refuse(CKR_SESSION_READ_ONLY_EXISTS);
        }
        let lock = self.folder.lock()?;
        let key = self.check_pin(slot, who, pin)?;
        drop(lock);
        let loaded = self.fresh(slot)?;
        // The right PIN opened the lock and the key does not open the card: somebody changed it who had no key.
        loaded.private = Some(loaded.card.open(&key).ok_or(Code(CKR_TOKEN_NOT_RECOGNIZED))?);
        self.slots[slot].login = if who == CKU_USER { Login::User(key) } else { Login::So(key) };
        Ok(())
    }

    pub(crate) fn logout(&mut self, session: CK_SESSION_HANDLE) -> Answer<()> {
        let (slot, _) = self.session(session)?;
        if matches!(self.slots[slot].login, Login::Nobody) {
            return refuse(CKR_USER_NOT_LOGGED_IN);
        }
        self.end_login(slot);
        Ok(())
    }

    fn end_login(&mut self, slot: usize) {
        self.slots[slot].login = Login::Nobody;
        if let Some(loaded) = &mut self.slots[slot].loaded {
            loaded.private = None;
            loaded.keys.clear();
        }
        self.objects.retain(|_, object| object.slot != slot || !object.attributes.is_private());
        for session in self.sessions.values_mut().filter(|session| session.slot == slot) {
            session.forget_operations();
        }
    }

    // --- sessions ---

    pub(crate) fn open_session(&mut self, id: CK_SLOT_ID, is_rw: bool) -> Answer<CK_SESSION_HANDLE> {
        let slot = self.slot(id)?;
        self.fresh(slot)?;
        if !is_rw && matches!(self.slots[slot].login, Login::So(_)) {
            return refuse(CKR_SESSION_READ_WRITE_SO_EXISTS);
        }
        if self.sessions.len() >= MAX_SESSIONS {
            return refuse(CKR_SESSION_COUNT);
        }
        let handle = self.next_session;
        self.next_session += 1;
        self.sessions.insert(handle, Session::new(slot, is_rw));
        Ok(handle)
    }

    pub(crate) fn close_session(&mut self, handle: CK_SESSION_HANDLE) -> Answer<()> {
        let session = self.sessions.remove(&handle).ok_or(Code(CKR_SESSION_HANDLE_INVALID))?;
        self.objects.retain(|_, object| object.session != handle);
        if !self.sessions.values().any(|other| other.slot == session.slot) {
            self.end_login(session.slot);
        }
        Ok(())
    }

    pub(crate) fn close_all_sessions(&mut self, id: CK_SLOT_ID) -> Answer<()> {
        let slot = self.slot(id)?;
        self.end_login(slot);
        self.sessions.retain(|_, session| session.slot != slot);
        self.objects.retain(|_, object| object.slot != slot);
        Ok(())
    }

    /// A session of a card that is still there: its slot, and whether it may write.
    fn session(&mut self, handle: CK_SESSION_HANDLE) -> Answer<(usize, bool)> {
        let session = self.sessions.get(&handle).ok_or(Code(CKR_SESSION_HANDLE_INVALID))?;
        let (slot, is_rw) = (session.slot, session.is_rw);
        if let Err(code) = self.fresh(slot) {
            return Err(if code == Code(CKR_TOKEN_NOT_PRESENT) { Code(CKR_DEVICE_REMOVED) } else { code });
        }
        // Put back, or initialised by another process, since the session was opened.
        if self.sessions.contains_key(&handle) { Ok((slot, is_rw)) } else { refuse(CKR_DEVICE_REMOVED) }
    }

    /// The same for work: a user who must change his PIN does nothing else before.
    fn working(&mut self, handle: CK_SESSION_HANDLE) -> Answer<(usize, bool)> {
        let session = self.session(handle)?;
        let here = &self.slots[session.0];
        if here.login.is_user() && here.loaded.as_ref().is_some_and(|loaded| loaded.card.loose.must_change) {
            return refuse(CKR_PIN_EXPIRED);
        }
        Ok(session)
    }

    fn operations(&mut self, handle: CK_SESSION_HANDLE) -> Answer<&mut Session> {
        self.working(handle)?;
        self.sessions.get_mut(&handle).ok_or(Code(CKR_SESSION_HANDLE_INVALID))
    }

    pub(crate) fn session_info(&mut self, handle: CK_SESSION_HANDLE) -> Answer<CK_SESSION_INFO> {
        let (slot, is_rw) = self.session(handle)?;
        let state = match (&self.slots[slot].login, is_rw) {
            (Login::Nobody, false) => CKS_RO_PUBLIC_SESSION,
            (Login::Nobody, true) => CKS_RW_PUBLIC_SESSION,
            (Login::User(_), false) => CKS_RO_USER_FUNCTIONS,
            (Login::User(_), true) => CKS_RW_USER_FUNCTIONS,
            (Login::So(_), _) => CKS_RW_SO_FUNCTIONS,
        };
        Ok(CK_SESSION_INFO {
            slotID: slot as CK_SLOT_ID,
            state,
            flags: CKF_SERIAL_SESSION | if is_rw { CKF_RW_SESSION } else { 0 },
            ulDeviceError: 0,
        })
    }

    // --- objects ---

    /// Whether this session may make or change such an object (PKCS#11 2.40, 4.1.2 and table 6 of the general part).
    fn may_write(&self, slot: usize, is_rw: bool, attributes: &Attributes) -> Answer<()> {
        let login = &self.slots[slot].login;
        if attributes.is_private() && !login.is_user() {
            return refuse(CKR_USER_NOT_LOGGED_IN);
        }
        if attributes.is_token() {
            if !is_rw {
                return refuse(CKR_SESSION_READ_ONLY);
            }
            // A card of this kind writes nothing for a stranger, public as it may be.
            if login.key().is_none() {
                return refuse(CKR_USER_NOT_LOGGED_IN);
            }
        }
        Ok(())
    }

    /// Puts new objects where they belong, all of them or none.
    fn store(
        &mut self,
        session: CK_SESSION_HANDLE,
        slot: usize,
        event: Event,
        new: Vec<Attributes>,
    ) -> Answer<Vec<CK_OBJECT_HANDLE>> {
        let mut places = Vec::new();
        let on_card: Vec<&Attributes> = new.iter().filter(|attributes| attributes.is_token()).collect();
        if self.objects.len() + new.len() - on_card.len() > MAX_SESSION_OBJECTS {
            return refuse(CKR_HOST_MEMORY);
        }
        let mut numbers = Vec::new();
        if !on_card.is_empty() {
            let _lock = self.folder.lock()?;
            let key = self.slots[slot].login.key().cloned().ok_or(Code(CKR_USER_NOT_LOGGED_IN))?;
            numbers = self.change(slot, &key, |card, private| {
                let mut numbers = Vec::new();
                for attributes in on_card {
                    let number = card.firm.next_number;
                    if number >> NUMBER_BITS != 0 {
                        return refuse(CKR_DEVICE_MEMORY);
                    }
                    card.firm.next_number += 1;
                    let stored = Stored { number, attributes: attributes.clone() };
                    let objects = if attributes.is_private() { &mut private.objects } else { &mut card.firm.objects };
                    objects.push(stored);
                    record(card, event, CKU_USER, number);
                    numbers.push(number);
                }
                Ok(numbers)
            })?;
        }
        let mut numbers = numbers.into_iter();
        for attributes in new {
            places.push(if attributes.is_token() {
                let number = numbers.next().ok_or(Code(CKR_GENERAL_ERROR))?;
                Place::Card { slot, number }
            } else {
                let number = self.next_object;
                self.next_object += 1;
                self.objects.insert(number, SessionObject { slot, session, attributes });
                Place::Session(number)
            });
        }
        Ok(places.into_iter().map(Place::handle).collect())
    }

    pub(crate) fn create_object(
        &mut self,
        session: CK_SESSION_HANDLE,
        template: &Template<'_>,
    ) -> Answer<CK_OBJECT_HANDLE> {
        let (slot, is_rw) = self.working(session)?;
        let mut attributes = object::checked(template)?;
        object::says_nothing_of_ours(&attributes)?;
        if attributes.bytes(CKA_CLASS).is_none() {
            return refuse(CKR_TEMPLATE_INCOMPLETE);
        }
        object::common_defaults(&mut attributes);
        self.may_write(slot, is_rw, &attributes)?;
        match attributes.class() {
            CKO_PUBLIC_KEY => {
                key::Public::of(&attributes)?;
                object::key_defaults(&mut attributes, None)?;
            }
            CKO_PRIVATE_KEY => {
                let key = key::Private::import(&attributes)?;
                object::key_defaults(&mut attributes, None)?;
                key.describe(&mut attributes)?;
            }
            _ => object::complete_public(&mut attributes)?,
        }
        if matches!(attributes.class(), CKO_PUBLIC_KEY | CKO_PRIVATE_KEY) {
            let algorithms = self.fresh(slot)?.card.firm.identity.algorithms;
            if !Kind::of(&attributes)?.is_on(algorithms) {
                return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
            }
        }
        let handles = self.store(session, slot, Event::ObjectWritten, vec![attributes])?;
        handles.first().copied().ok_or(Code(CKR_GENERAL_ERROR))
    }

    pub(crate) fn copy_object(
        &mut self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &Template<'_>,
    ) -> Answer<CK_OBJECT_HANDLE> {
        let (slot, is_rw) = self.working(session)?;
        let original = self.object(slot, object)?;
        if original.bytes(CKA_COPYABLE) == Some(&[CK_FALSE]) {
            return refuse(CKR_ACTION_PROHIBITED);
        }
        let copy = object::changed(original, template, true)?;
        self.may_write(slot, is_rw, &copy)?;
        let handles = self.store(session, slot, Event::ObjectWritten, vec![copy])?;
        handles.first().copied().ok_or(Code(CKR_GENERAL_ERROR))
    }

    pub(crate) fn destroy_object(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Answer<()> {
        let (slot, is_rw) = self.working(session)?;
        let attributes = self.object(slot, object)?.clone();
        self.may_write(slot, is_rw, &attributes)?;
        if attributes.bytes(CKA_DESTROYABLE) == Some(&[CK_FALSE]) {
            return refuse(CKR_ACTION_PROHIBITED);
        }
        match Place::of(object)? {
            Place::Session(number) => {
                self.objects.remove(&number);
                Ok(())
            }
            Place::Card { number, .. } => self.change_object(slot, number, Event::Destroyed, |_| Ok(None)),
        }
    }

    pub(crate) fn set_attributes(
        &mut self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &Template<'_>,
    ) -> Answer<()> {
        let (slot, is_rw) = self.working(session)?;
        let before = self.object(slot, object)?;
        let after = object::changed(before, template, false)?;
        self.may_write(slot, is_rw, &after)?;
        match Place::of(object)? {
            Place::Session(number) => {
                let object = self.objects.get_mut(&number).ok_or(Code(CKR_OBJECT_HANDLE_INVALID))?;
                object.attributes = after;
                Ok(())
            }
            // Decided anew on what lies on the card now, which another process may have changed.
            Place::Card { number, .. } => self.change_object(slot, number, Event::ObjectWritten, |now| {
                object::changed(now, template, false).map(Some)
            }),
        }
    }

    /// Changes one object of the card, or removes it.
    fn change_object(
        &mut self,
        slot: usize,
        number: u32,
        event: Event,
        change: impl FnOnce(&Attributes) -> Answer<Option<Attributes>>,
    ) -> Answer<()> {
        let _lock = self.folder.lock()?;
        let key = self.slots[slot].login.key().cloned().ok_or(Code(CKR_USER_NOT_LOGGED_IN))?;
        self.change(slot, &key, |card, private| {
            let is_in_open = card.firm.objects.iter().any(|object| object.number == number);
            let objects = if is_in_open { &mut card.firm.objects } else { &mut private.objects };
            let position = objects.iter().position(|object| object.number == number);
            let position = position.ok_or(Code(CKR_OBJECT_HANDLE_INVALID))?;
            match change(&objects[position].attributes)? {
                Some(after) => objects[position].attributes = after,
                None => {
                    objects.remove(position);
                }
            }
            record(card, event, CKU_USER, number);
            Ok(())
        })?;
        if let Some(loaded) = &mut self.slots[slot].loaded {
            loaded.keys.remove(&number);
        }
        Ok(())
    }

    /// An object this session may see.
    fn object(&self, slot: usize, handle: CK_OBJECT_HANDLE) -> Answer<&Attributes> {
        let is_user = self.slots[slot].login.is_user();
        let found = match Place::of(handle)? {
            Place::Session(number) => {
                self.objects.get(&number).filter(|object| object.slot == slot).map(|object| &object.attributes)
            }
            Place::Card { slot: of, number } if of == slot => {
                self.on_card(slot, is_user).find_map(|object| (object.number == number).then_some(&object.attributes))
            }
            Place::Card { .. } => None,
        };
        found.filter(|object| is_user || !object.is_private()).ok_or(Code(CKR_OBJECT_HANDLE_INVALID))
    }

    fn on_card(&self, slot: usize, is_user: bool) -> impl Iterator<Item = &Stored> {
        let loaded = self.slots[slot].loaded.as_ref();
        let open = loaded.map(|loaded| loaded.card.firm.objects.as_slice()).unwrap_or_default();
        let private = loaded.and_then(|loaded| loaded.private.as_ref()).filter(|_| is_user);
        open.iter().chain(private.map(|private| private.objects.as_slice()).unwrap_or_default())
    }

    pub(crate) fn object_size(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Answer<CK_ULONG> {
        let (slot, _) = self.working(session)?;
        Ok(self.object(slot, object)?.size() as CK_ULONG)
    }

    pub(crate) fn readable_object(
        &mut self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Answer<&Attributes> {
        let (slot, _) = self.working(session)?;
        self.object(slot, object)
    }

    pub(crate) fn find_init(&mut self, session: CK_SESSION_HANDLE, template: &Template<'_>) -> Answer<()> {
        let (slot, _) = self.working(session)?;
        if self.operations(session)?.found.is_some() {
            return refuse(CKR_OPERATION_ACTIVE);
        }
        let is_user = self.slots[slot].login.is_user();
        let mut found: Vec<CK_OBJECT_HANDLE> = self
            .on_card(slot, is_user)
            .filter(|object| object.attributes.matches(template))
            .map(|object| Place::Card { slot, number: object.number }.handle())
            .collect();
        let of_sessions = self.objects.iter().filter(|(_, object)| {
            object.slot == slot && (is_user || !object.attributes.is_private()) && object.attributes.matches(template)
        });
        found.extend(of_sessions.map(|(number, _)| Place::Session(*number).handle()));
        found.sort_unstable();
        found.reverse();
        self.operations(session)?.found = Some(found);
        Ok(())
    }

    pub(crate) fn find(&mut self, session: CK_SESSION_HANDLE, most: usize) -> Answer<Vec<CK_OBJECT_HANDLE>> {
        let found = self.operations(session)?.found.as_mut().ok_or(Code(CKR_OPERATION_NOT_INITIALIZED))?;
        let rest = found.len().saturating_sub(most);
        let mut handed = found.split_off(rest);
        handed.reverse();
        Ok(handed)
    }

    pub(crate) fn find_final(&mut self, session: CK_SESSION_HANDLE) -> Answer<()> {
        let found = self.operations(session)?.found.take();
        found.map(|_| ()).ok_or(Code(CKR_OPERATION_NOT_INITIALIZED))
    }

    // --- digests ---

    fn mechanism(&mut self, slot: usize, number: CK_MECHANISM_TYPE) -> Answer<&'static mechanism::Mechanism> {
        mechanism::find(self.fresh(slot)?.card.firm.identity.algorithms, number)
    }

    pub(crate) fn digest_init(&mut self, session: CK_SESSION_HANDLE, asked: Asked<'_>) -> Answer<()> {
        let (slot, _) = self.working(session)?;
        let Purpose::Digest(hash) = self.mechanism(slot, asked.number)?.purpose else {
            return refuse(CKR_MECHANISM_INVALID);
        };
        asked.takes_no_parameter()?;
        self.operations(session)?.digest.begin(Hasher::new(hash))
    }

    pub(crate) fn digest(&mut self, session: CK_SESSION_HANDLE, data: &[u8], room: Room) -> Answer<Reply<Vec<u8>>> {
        let digest = &mut self.operations(session)?.digest;
        let octets = digest.whole()?.octets();
        Reply::of(room, octets, || {
            let mut hasher = digest.take()?;
            hasher.update(data);
            Ok(hasher.finish())
        })
    }

    pub(crate) fn digest_update(&mut self, session: CK_SESSION_HANDLE, data: &[u8]) -> Answer<()> {
        self.operations(session)?.digest.part(|hasher| {
            hasher.update(data);
            Ok(())
        })
    }

    pub(crate) fn digest_final(&mut self, session: CK_SESSION_HANDLE, room: Room) -> Answer<Reply<Vec<u8>>> {
        let digest = &mut self.operations(session)?.digest;
        let octets = digest.ending()?.octets();
        Reply::of(room, octets, || Ok(digest.take()?.finish()))
    }

    // --- signatures ---

    fn scheme(&mut self, slot: usize, asked: Asked<'_>) -> Answer<Scheme> {
        let Purpose::Sign(scheme) = self.mechanism(slot, asked.number)?.purpose else {
            return refuse(CKR_MECHANISM_INVALID);
        };
        asked.takes_no_parameter()?;
        Ok(scheme)
    }

    /// The private key of an object, taken up once and kept.
    fn private_key(&mut self, slot: usize, handle: CK_OBJECT_HANDLE) -> Answer<Arc<key::Private>> {
        let place = Place::of(handle).map_err(|_| Code(CKR_KEY_HANDLE_INVALID))?;
        let attributes = self.object(slot, handle).map_err(|_| Code(CKR_KEY_HANDLE_INVALID))?;
        if attributes.class() != CKO_PRIVATE_KEY {
            return refuse(CKR_KEY_TYPE_INCONSISTENT);
        }
        if let (Place::Card { number, .. }, Some(loaded)) = (place, &self.slots[slot].loaded)
            && let Some(key) = loaded.keys.get(&number)
        {
            return Ok(key.clone());
        }
        let key = Arc::new(key::Private::of(attributes)?);
        if let (Place::Card { number, .. }, Some(loaded)) = (place, &mut self.slots[slot].loaded) {
            loaded.keys.insert(number, key.clone());
        }
        Ok(key)
    }

    pub(crate) fn sign_init(
        &mut self,
        session: CK_SESSION_HANDLE,
        asked: Asked<'_>,
        key: CK_OBJECT_HANDLE,
    ) -> Answer<()> {
        let (slot, _) = self.working(session)?;
        self.operations(session)?.sign.must_be_free()?;
        let scheme = self.scheme(slot, asked)?;
        let private = self.private_key(slot, key)?;
        scheme.must_fit(private.family())?;
        if !self.object(slot, key)?.is(CKA_SIGN) {
            return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
        }
        let journals = self.fresh(slot)?.card.firm.identity.journals_signatures;
        let journal = match Place::of(key)? {
            Place::Card { number, .. } if journals => Some(number),
            Place::Card { .. } | Place::Session(_) => None,
        };
        let signing = Signing { key: private, scheme, input: scheme.input(), journal };
        self.operations(session)?.sign.begin(signing)
    }

    pub(crate) fn sign_update(&mut self, session: CK_SESSION_HANDLE, data: &[u8]) -> Answer<()> {
        self.operations(session)?.sign.part(|signing| {
            if !signing.scheme.takes_parts() {
                return refuse(CKR_FUNCTION_NOT_SUPPORTED);
            }
            signing.input.update(data);
            Ok(())
        })
    }

    /// The signing to be done outside the lock, if there is room for what it gives.
    fn take_signing(&mut self, session: CK_SESSION_HANDLE, room: Room, is_whole: bool) -> Answer<Reply<Signing>> {
        let slot = self.working(session)?.0;
        let sign = &mut self.operations(session)?.sign;
        let octets = if is_whole { sign.whole()? } else { sign.ending()? }.key.signature_octets();
        let reply = Reply::of(room, octets, || sign.take())?;
        if let Reply::Go(Signing { journal: Some(number), .. }) = &reply {
            // On record before it is made.
            let number = *number;
            let _lock = self.folder.lock()?;
            self.rewrite(slot, |card| {
                record(card, Event::Signed, CKU_USER, number);
                Ok(())
            })?;
        }
        Ok(reply)
    }

    pub(crate) fn verify_init(
        &mut self,
        session: CK_SESSION_HANDLE,
        asked: Asked<'_>,
        key: CK_OBJECT_HANDLE,
    ) -> Answer<()> {
        let (slot, _) = self.working(session)?;
        self.operations(session)?.verify.must_be_free()?;
        let scheme = self.scheme(slot, asked)?;
        let attributes = self.object(slot, key).map_err(|_| Code(CKR_KEY_HANDLE_INVALID))?;
        if attributes.class() != CKO_PUBLIC_KEY {
            return refuse(CKR_KEY_TYPE_INCONSISTENT);
        }
        if !attributes.is(CKA_VERIFY) {
            return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
        }
        let public = key::Public::of(attributes)?;
        scheme.must_fit(public.family())?;
        let verifying = Verifying { key: Arc::new(public), scheme, input: scheme.input() };
        self.operations(session)?.verify.begin(verifying)
    }

    pub(crate) fn verify_update(&mut self, session: CK_SESSION_HANDLE, data: &[u8]) -> Answer<()> {
        self.operations(session)?.verify.part(|verifying| {
            if !verifying.scheme.takes_parts() {
                return refuse(CKR_FUNCTION_NOT_SUPPORTED);
            }
            verifying.input.update(data);
            Ok(())
        })
    }

    // --- randomness ---

    pub(crate) fn random(&mut self, session: CK_SESSION_HANDLE, octets: &mut [u8]) -> Answer<()> {
        self.working(session)?;
        if octets.len() > MAX_RANDOM_OCTETS {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        getrandom::fill(octets).map_err(|_| Code(CKR_DEVICE_ERROR))
    }

    /// The system's generator takes no seed from a card's user.
    pub(crate) fn seed_random(&mut self, session: CK_SESSION_HANDLE) -> Answer<()> {
        self.working(session)?;
        refuse(CKR_RANDOM_SEED_NOT_SUPPORTED)
    }

    /// The first slot whose socket is not what was told before.
    fn event(&mut self) -> Answer<Option<CK_SLOT_ID>> {
        self.look_around()?;
        for slot in 0..self.slots.len() {
            let now = folder::socket(&self.slots[slot].path).map_err(CardError::from)?;
            let told = &mut self.slots[slot].told;
            if told.replace(now) != Some(now) {
                // The sessions learn of it too; what the card says then is for whoever asks it.
                let _ = self.fresh(slot);
                return Ok(Some(slot as CK_SLOT_ID));
            }
        }
        Ok(None)
    }
}

/// A mechanism as the caller names it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) number: CK_MECHANISM_TYPE,
    pub(crate) parameter: Parameter<'a>,
}

/// What comes with it.
#[derive(Clone, Copy)]
pub(crate) enum Parameter<'a> {
    Octets(&'a [u8]),
    Vko { kdf: CK_ULONG, public: &'a [u8], ukm: &'a [u8] },
}

impl Asked<'_> {
    /// Nothing, or the hash parameters that some write beside GOST mechanisms and that name what is used anyway.
    fn takes_no_parameter(&self) -> Answer<()> {
        match self.parameter {
            Parameter::Octets([]) => Ok(()),
            Parameter::Octets(octets) if [key::HASH_94, key::HASH_256, key::HASH_512].contains(&octets) => Ok(()),
            Parameter::Octets(_) | Parameter::Vko { .. } => refuse(CKR_MECHANISM_PARAM_INVALID),
        }
    }
}

impl Hasher {
    fn octets(&self) -> usize {
        let hash = match self {
            Self::Gost94(_) => Hash::Gost94,
            Self::Streebog256(_) => Hash::Streebog256,
            Self::Streebog512(_) => Hash::Streebog512,
            Self::Sha1(_) => Hash::Sha1,
            Self::Sha256(_) => Hash::Sha256,
            Self::Sha384(_) => Hash::Sha384,
            Self::Sha512(_) => Hash::Sha512,
        };
        hash.octets()
    }
}

// --- what is done outside the lock ---

pub(crate) fn sign(session: CK_SESSION_HANDLE, data: &[u8], room: Room) -> Answer<Reply<Vec<u8>>> {
    let reply = with(|module| module.take_signing(session, room, true))?;
    reply.then(|Signing { key, scheme, mut input, .. }| {
        input.update(data);
        mechanism::sign(&key, scheme, input)
    })
}

pub(crate) fn sign_final(session: CK_SESSION_HANDLE, room: Room) -> Answer<Reply<Vec<u8>>> {
    let reply = with(|module| module.take_signing(session, room, false))?;
    reply.then(|Signing { key, scheme, input, .. }| mechanism::sign(&key, scheme, input))
}

pub(crate) fn verify(session: CK_SESSION_HANDLE, data: &[u8], signature: &[u8]) -> Answer<()> {
    let Verifying { key, scheme, mut input } = with(|module| {
        let verify = &mut module.operations(session)?.verify;
        verify.whole()?;
        verify.take()
    })?;
    input.update(data);
    mechanism::verify(&key, scheme, input, signature)
}

pub(crate) fn verify_final(session: CK_SESSION_HANDLE, signature: &[u8]) -> Answer<()> {
    let Verifying { key, scheme, input } = with(|module| module.operations(session)?.verify.take())?;
    mechanism::verify(&key, scheme, input, signature)
}

/// C_GenerateKeyPair: both objects in one write, public handle first.
pub(crate) fn generate_pair(
    session: CK_SESSION_HANDLE,
    asked: Asked<'_>,
    public: &Template<'_>,
    private: &Template<'_>,
) -> Answer<[CK_OBJECT_HANDLE; 2]> {
    let (kind, bits, mut public, mut private) = with(|module| {
        let (slot, is_rw) = module.working(session)?;
        let Purpose::MakePair(key_type) = module.mechanism(slot, asked.number)?.purpose else {
            return refuse(CKR_MECHANISM_INVALID);
        };
        asked.takes_no_parameter()?;
        let mut public = pair_half(public, CKO_PUBLIC_KEY, key_type)?;
        let mut private = pair_half(private, CKO_PRIVATE_KEY, key_type)?;
        // Parameters may stand on either side; two that differ are a contradiction.
        for kind in [CKA_GOSTR3410_PARAMS, CKA_GOSTR3411_PARAMS, CKA_EC_PARAMS] {
            match (public.bytes(kind), private.bytes(kind)) {
                (Some(one), Some(other)) if one != other => return refuse(CKR_TEMPLATE_INCONSISTENT),
                (Some(value), None) => private.set(kind, value.to_vec()),
                (None, Some(value)) => public.set(kind, value.to_vec()),
                _ => {}
            }
        }
        let algorithms = module.fresh(slot)?.card.firm.identity.algorithms;
        if key_type == CKK_GOSTR3410 && public.bytes(CKA_GOSTR3411_PARAMS).is_none() {
            // Who says nothing of the hash means the one the card is of the age of.
            let hash = if algorithms.gost_2012 { key::HASH_256 } else { key::HASH_94 };
            public.set(CKA_GOSTR3411_PARAMS, hash);
            private.set(CKA_GOSTR3411_PARAMS, hash);
        }
        let kind = Kind::of(&public)?;
        if !kind.is_on(algorithms) {
            return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        let bits = public.number(CKA_MODULUS_BITS);
        if kind == Kind::Rsa {
            let bits = bits.ok_or(Code(CKR_TEMPLATE_INCOMPLETE))?;
            if ![2048, 3072, 4096].contains(&bits) {
                return refuse(CKR_KEY_SIZE_RANGE);
            }
            if public.bytes(CKA_PUBLIC_EXPONENT).is_some_and(|exponent| exponent != [1, 0, 1]) {
                return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
            }
        }
        object::key_defaults(&mut public, Some(asked.number))?;
        object::key_defaults(&mut private, Some(asked.number))?;
        module.may_write(slot, is_rw, &public)?;
        module.may_write(slot, is_rw, &private)?;
        Ok((kind, bits.unwrap_or_default(), public, private))
    })?;
    let key = key::generate(kind, bits)?;
    key.describe_public(&mut public)?;
    key.describe(&mut private)?;
    with(|module| {
        let (slot, is_rw) = module.working(session)?;
        module.may_write(slot, is_rw, &private)?;
        let handles = module.store(session, slot, Event::KeyMade, vec![public, private])?;
        handles.try_into().map_err(|_| Code(CKR_GENERAL_ERROR))
    })
}

/// One template of a pair: of its class and type, and without the values that are about to be drawn.
fn pair_half(template: &Template<'_>, class: CK_OBJECT_CLASS, key_type: CK_KEY_TYPE) -> Answer<Attributes> {
    let mut attributes = object::checked(template)?;
    object::says_nothing_of_ours(&attributes)?;
    attributes.default_to(CKA_CLASS, class.to_ne_bytes());
    attributes.default_to(CKA_KEY_TYPE, key_type.to_ne_bytes());
    if attributes.class() != class || attributes.number(CKA_KEY_TYPE) != Some(key_type) {
        return refuse(CKR_TEMPLATE_INCONSISTENT);
    }
    let drawn = [CKA_VALUE, CKA_MODULUS, CKA_EC_POINT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2];
    if drawn.iter().any(|kind| attributes.bytes(*kind).is_some()) {
        return refuse(CKR_TEMPLATE_INCONSISTENT);
    }
    object::common_defaults(&mut attributes);
    Ok(attributes)
}

/// C_DeriveKey: VKO, whose result is a generic secret of 32 octets (64 for a 512-bit key with Streebog).
pub(crate) fn derive(
    session: CK_SESSION_HANDLE,
    asked: Asked<'_>,
    base: CK_OBJECT_HANDLE,
    template: &Template<'_>,
) -> Answer<CK_OBJECT_HANDLE> {
    let (key, hash, mut secret) = with(|module| {
        let (slot, is_rw) = module.working(session)?;
        let Purpose::Derive { streebog } = module.mechanism(slot, asked.number)?.purpose else {
            return refuse(CKR_MECHANISM_INVALID);
        };
        let key = module.private_key(slot, base)?;
        let hash = match (streebog, key.family()) {
            (false, mechanism::Family::Gost2001 | mechanism::Family::Gost256) => Hash::Gost94,
            (true, mechanism::Family::Gost256) => Hash::Streebog256,
            (true, mechanism::Family::Gost512) => Hash::Streebog512,
            _ => return refuse(CKR_KEY_TYPE_INCONSISTENT),
        };
        if !module.object(slot, base)?.is(CKA_DERIVE) {
            return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
        }
        let mut secret = object::checked(template)?;
        object::says_nothing_of_ours(&secret)?;
        secret.default_to(CKA_CLASS, CKO_SECRET_KEY.to_ne_bytes());
        secret.default_to(CKA_KEY_TYPE, CKK_GENERIC_SECRET.to_ne_bytes());
        let is_generic = secret.number(CKA_KEY_TYPE) == Some(CKK_GENERIC_SECRET);
        let says_length = secret.number(CKA_VALUE_LEN).is_some_and(|octets| octets != hash.octets() as CK_ULONG);
        if secret.class() != CKO_SECRET_KEY || !is_generic || secret.bytes(CKA_VALUE).is_some() || says_length {
            return refuse(CKR_TEMPLATE_INCONSISTENT);
        }
        object::common_defaults(&mut secret);
        object::key_defaults(&mut secret, None)?;
        module.may_write(slot, is_rw, &secret)?;
        Ok((key, hash, secret))
    })?;
    let (public, ukm) = asked.parameter.vko()?;
    let agreed = mechanism::derive(&key, public, ukm, hash)?;
    secret.set(CKA_VALUE, agreed.as_slice());
    secret.set_number(CKA_VALUE_LEN, agreed.len() as CK_ULONG);
    with(|module| {
        let (slot, is_rw) = module.working(session)?;
        module.may_write(slot, is_rw, &secret)?;
        let handles = module.store(session, slot, Event::KeyMade, vec![secret])?;
        handles.first().copied().ok_or(Code(CKR_GENERAL_ERROR))
    })
}

impl<'a> Parameter<'a> {
    /// The other's public key and the UKM. Without diversification: the hash of the point is the key.
    /// As a structure, or as TC 26 packs it for the mechanism of 2012: kdf, length, key, length, UKM, the numbers of four octets each.
    fn vko(self) -> Answer<(&'a [u8], &'a [u8])> {
        const BAD: Code = Code(CKR_MECHANISM_PARAM_INVALID);
        let (kdf, public, ukm) = match self {
            Self::Vko { kdf, public, ukm } => (kdf, public, ukm),
            Self::Octets(octets) => {
                let number = |octets: &'a [u8]| -> Answer<(usize, &'a [u8])> {
                    let (number, rest) = octets.split_first_chunk::<4>().ok_or(BAD)?;
                    Ok((u32::from_le_bytes(*number) as usize, rest))
                };
                let (kdf, rest) = number(octets)?;
                let (length, rest) = number(rest)?;
                let (public, rest) = rest.split_at_checked(length).ok_or(BAD)?;
                let (length, rest) = number(rest)?;
                if rest.len() != length {
                    return Err(BAD);
                }
                (kdf as CK_ULONG, public, rest)
            }
        };
        if kdf == CKD_NULL { Ok((public, ukm)) } else { Err(BAD) }
    }
}

/// C_WaitForSlotEvent. A blocking one looks again and again, and ends with the library.
pub(crate) fn wait_for_slot_event(blocks: bool) -> Answer<CK_SLOT_ID> {
    loop {
        match with(Module::event)? {
            Some(slot) => return Ok(slot),
            None if !blocks => return refuse(CKR_NO_EVENT),
            None => std::thread::sleep(EVENT_PAUSE),
        }
    }
}

fn set_user_pin(card: &mut Card, private: &mut card::Private, pin: &[u8], key: &CardKey) -> Answer<()> {
    card.firm.policy.accepts(pin)?;
    private.history.must_not_know(pin, key)?;
    private.history.remember(pin, key, card.firm.policy.history);
    card.firm.user = Some(Lock::close(key, pin, USER)?);
    card.firm.user_is_factory = pin == FACTORY_USER_PIN;
    Ok(())
}

/// The standard's flags for the user; of attempts it knows no number.
fn left_flags(left: u8, max: u8) -> CK_FLAGS {
    match left {
        0 => CKF_USER_PIN_LOCKED,
        1 => CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW,
        left if left < max => CKF_USER_PIN_COUNT_LOW,
        _ => 0,
    }
}

/// A text filled up with blanks, cut between characters.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut octets = [b' '; N];
    let mut end = text.len().min(N);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    octets[..end].copy_from_slice(&text.as_bytes()[..end]);
    octets
}
