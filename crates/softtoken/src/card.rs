//! A card as a file: who made it, its counters, its objects; how all of it is written so that no power cut leaves half a card.
//!
//! ```text
//! "SURGUCH CARD 1\r\n"  length of the body (4)  body  SHA-256 of everything before (32)
//! body   = loose firm sealed, each with its length (4)
//! loose  = what changes without a PIN: attempts left, "must change", the journal
//! firm   = who the card is, its policy, the card key locked with each PIN, public objects
//! sealed = AES-256-GCM under the card key, `firm` authenticated beside it: private objects, earlier PINs
//! ```
//! The digest finds every accident. Whoever can write the file can make a digest, and so give himself attempts; he cannot change `firm` or
//! `sealed` without the card key, which only a PIN unlocks: the next login finds it. Numbers are little-endian.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CKA_PRIVATE};
use zeroize::Zeroizing;

use crate::code::{Answer, Code};
use crate::kill;
use crate::object::Attributes;
use crate::pin::{self, CardKey, History, Lock, MAX_ATTEMPTS, Policy};

/// Why a card file is not taken or not written.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// There is no such file any more.
    #[error("there is no such card")]
    Gone,
    /// Not one octet of it may differ from what was written.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// Somebody else could read or change it.
    #[error("the file is not private: {0}")]
    Exposed(&'static str),
    /// No place left on the card.
    #[error("the card is full")]
    Full,
    /// The machine's fault.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Kinds of keys a card can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Algorithms {
    /// GOST R 34.10-2001.
    pub gost_2001: bool,
    /// GOST R 34.10-2012, both lengths.
    pub gost_2012: bool,
    /// RSA.
    pub rsa: bool,
    /// ECDSA.
    pub ecdsa: bool,
}

/// What a card says of itself before anybody shows a PIN.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Eight digits.
    pub serial: String,
    /// `manufacturerID`.
    pub maker: String,
    /// `model`.
    pub model: String,
    /// Major and minor number of the hardware and of the firmware.
    pub versions: [u8; 4],
    /// All the place for objects, octets.
    pub memory_octets: u32,
    /// What it computes.
    pub algorithms: Algorithms,
    /// Milliseconds since 1970 when it was made; cards stand in their slots in this order.
    pub made_ms: u64,
    /// Whether each signature is written into the journal, which costs a write.
    pub journals_signatures: bool,
}

/// An object and its number on the card. Numbers are never used twice.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) number: u32,
    pub(crate) attributes: Attributes,
}

/// What changes without a PIN.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Loose {
    pub(crate) user_left: u8,
    pub(crate) so_left: u8,
    /// The user must change his PIN before he does anything else.
    pub(crate) must_change: bool,
    /// What happened to the card, the latest last; see [`Event`].
    pub(crate) journal: Vec<u8>,
    pub(crate) journal_number: u64,
}

/// Everything anybody may read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Firm {
    pub(crate) identity: Identity,
    pub(crate) label: String,
    pub(crate) policy: Policy,
    pub(crate) user_max: u8,
    pub(crate) so_max: u8,
    pub(crate) user_is_factory: bool,
    pub(crate) so_is_factory: bool,
    /// No lock: the card was initialised and has no user PIN yet.
    pub(crate) user: Option<Lock>,
    pub(crate) so: Lock,
    /// Drawn anew when the card is initialised: what was opened before is another card's.
    pub(crate) incarnation: [u8; 16],
    pub(crate) next_number: u32,
    pub(crate) objects: Vec<Stored>,
}

/// What only the card key opens.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Private {
    pub(crate) history: History,
    pub(crate) objects: Vec<Stored>,
}

/// A card as it was read: the private part still closed.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) loose: Loose,
    pub(crate) firm: Firm,
    /// As it lay in the file: what `sealed` was made beside.
    firm_octets: Vec<u8>,
    sealed: Vec<u8>,
}

impl Card {
    /// A card fresh from the factory: both PINs are on the box.
    pub(crate) fn from_factory(identity: Identity, policy: Policy) -> Answer<Self> {
        let key: CardKey = Zeroizing::new(pin::random()?);
        let label = identity.model.clone();
        let firm = Firm {
            user: Some(Lock::close(&key, pin::FACTORY_USER_PIN, USER)?),
            so: Lock::close(&key, pin::FACTORY_SO_PIN, SO)?,
            incarnation: pin::random()?,
            identity,
            label,
            policy,
            user_max: MAX_ATTEMPTS,
            so_max: MAX_ATTEMPTS,
            user_is_factory: true,
            so_is_factory: true,
            next_number: 1,
            objects: Vec::new(),
        };
        let loose = Loose {
            user_left: MAX_ATTEMPTS,
            so_left: MAX_ATTEMPTS,
            must_change: false,
            journal: Vec::new(),
            journal_number: 0,
        };
        let mut card = Self { loose, firm, firm_octets: Vec::new(), sealed: Vec::new() };
        card.close(&key, &Private::default())?;
        Ok(card)
    }

    /// Forgets every object and the user PIN, keeps who the card is. The administrator's PIN stays what it was.
    pub(crate) fn initialise(&mut self, so_pin: &[u8], label: String) -> Answer<()> {
        let key: CardKey = Zeroizing::new(pin::random()?);
        self.firm.so = Lock::close(&key, so_pin, SO)?;
        self.firm.user = None;
        self.firm.user_is_factory = false;
        self.firm.incarnation = pin::random()?;
        self.firm.label = label;
        self.firm.objects.clear();
        self.loose.must_change = false;
        self.close(&key, &Private::default())
    }

    pub(crate) fn open(&self, key: &CardKey) -> Option<Private> {
        let plain = pin::open(key, &self.firm_octets, &self.sealed)?;
        read_private(&plain).ok()
    }

    /// Seals the private part beside the firm one, both as they are now.
    pub(crate) fn close(&mut self, key: &CardKey, private: &Private) -> Answer<()> {
        let firm = write_firm(&self.firm);
        let plain = write_private(private);
        let used = objects_size(&self.firm.objects) + objects_size(&private.objects);
        if used > self.firm.identity.memory_octets as usize {
            return Err(CardError::Full.into());
        }
        self.sealed = pin::seal(key, &firm, &plain)?;
        self.firm_octets = firm;
        Ok(())
    }

    /// Place taken; the private part is counted by its seal, which is not smaller.
    pub(crate) fn used_octets(&self) -> usize {
        objects_size(&self.firm.objects) + self.sealed.len().saturating_sub(EMPTY_SEAL_OCTETS)
    }

    fn to_octets(&self) -> Vec<u8> {
        let mut body = Writer::default();
        body.bytes(&write_loose(&self.loose));
        body.bytes(&self.firm_octets);
        body.bytes(&self.sealed);
        let mut octets = MAGIC.to_vec();
        octets.extend_from_slice(&(body.0.len() as u32).to_le_bytes());
        octets.extend_from_slice(&body.0);
        let digest = crypto::sha256(&octets);
        octets.extend_from_slice(&digest);
        octets
    }

    fn from_octets(octets: &[u8]) -> Result<Self, CardError> {
        let rest = octets.strip_prefix(MAGIC).ok_or(CardError::Damaged("not a card"))?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(CardError::Damaged("cut short"))?;
        let (body, digest) =
            rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(CardError::Damaged("cut short"))?;
        if digest != crypto::sha256(&octets[..octets.len() - digest.len()]) {
            return Err(CardError::Damaged("the digest does not fit"));
        }
        let mut body = Reader(body);
        let loose = read_loose(body.bytes()?)?;
        let firm_octets = body.bytes()?.to_vec();
        let sealed = body.bytes()?.to_vec();
        body.end()?;
        let firm = read_firm(&firm_octets)?;
        Ok(Self { loose, firm, firm_octets, sealed })
    }
}

/// Who locks: a PIN of one cannot be shown as a PIN of the other.
pub(crate) const USER: &[u8] = b"user";
pub(crate) const SO: &[u8] = b"so";

fn objects_size(objects: &[Stored]) -> usize {
    objects.iter().map(|object| object.attributes.size()).sum()
}

// --- the file ---

/// By which a file is known to be the one that was read: another one, or a changed one, has another of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fingerprint {
    inode: u64,
    octets: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

pub(crate) fn fingerprint(path: &Path) -> Result<Fingerprint, CardError> {
    private_file(&fs::symlink_metadata(path).map_err(gone)?)
}

/// Reads a card that nobody else could have written. Whole files only: a new one takes the place of the old in one step.
pub(crate) fn read(path: &Path) -> Result<(Card, Fingerprint), CardError> {
    fingerprint(path)?;
    let file = File::open(path).map_err(gone)?;
    let fingerprint = private_file(&file.metadata()?)?;
    let mut octets = Vec::new();
    file.take(MAX_FILE_OCTETS + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > MAX_FILE_OCTETS {
        return Err(CardError::Damaged("too long"));
    }
    Ok((Card::from_octets(&octets)?, fingerprint))
}

fn private_file(metadata: &fs::Metadata) -> Result<Fingerprint, CardError> {
    if !metadata.is_file() {
        return Err(CardError::Exposed("it is no plain file"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(CardError::Exposed("it belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(CardError::Exposed("its mode is wider than 0600"));
    }
    Ok(Fingerprint {
        inode: metadata.ino(),
        octets: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

fn gone(error: io::Error) -> CardError {
    if error.kind() == io::ErrorKind::NotFound { CardError::Gone } else { error.into() }
}

/// Puts the card in the place of the one that is there: written beside it, flushed, renamed, the folder flushed.
/// Whoever dies at any step leaves the old card or the new one. `still_plugged` is asked at the last moment; the caller holds the folder's lock.
pub(crate) fn write(path: &Path, card: &Card, still_plugged: impl FnOnce() -> Answer<()>) -> Answer<Fingerprint> {
    kill::point("card.write.before", path);
    let beside = beside(path);
    let written = write_beside(path, &beside, &card.to_octets()).map_err(Code::from).and_then(|()| still_plugged());
    if let Err(code) = written {
        // What could not be written whole is nobody's; if it cannot be removed either, the next write does it.
        let _ = fs::remove_file(&beside);
        return Err(code);
    }
    fs::rename(&beside, path).map_err(CardError::from)?;
    kill::point("card.write.renamed", path);
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(CardError::from)?;
    }
    kill::point("card.write.after", path);
    Ok(fingerprint(path)?)
}

fn write_beside(path: &Path, beside: &Path, octets: &[u8]) -> Result<(), CardError> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    kill::point("card.write.created", path);
    file.write_all(octets)?;
    kill::point("card.write.written", path);
    file.sync_all()?;
    kill::point("card.write.synced", path);
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("card-new")
}

// --- the octets ---

const MAGIC: &[u8] = b"SURGUCH CARD 1\r\n";
/// The largest memory a card may have, and room for encoding and journal.
const MAX_FILE_OCTETS: u64 = 2 * 1024 * 1024;
/// Largest memory of a card, octets.
pub const MAX_MEMORY_OCTETS: u32 = 1024 * 1024;
/// Nonce, tag and two empty lists.
const EMPTY_SEAL_OCTETS: usize = 12 + 16 + 8;
const MAX_OBJECTS: u32 = 10_000;

fn write_loose(loose: &Loose) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u8(loose.user_left);
    writer.u8(loose.so_left);
    writer.bool(loose.must_change);
    writer.bytes(&loose.journal);
    writer.u64(loose.journal_number);
    writer.0
}

fn read_loose(octets: &[u8]) -> Result<Loose, CardError> {
    let mut reader = Reader(octets);
    let loose = Loose {
        user_left: reader.u8()?,
        so_left: reader.u8()?,
        must_change: reader.bool()?,
        journal: reader.bytes()?.to_vec(),
        journal_number: reader.u64()?,
    };
    reader.end()?;
    Ok(loose)
}

fn write_firm(firm: &Firm) -> Vec<u8> {
    let mut writer = Writer::default();
    let Identity { serial, maker, model, versions, memory_octets, algorithms, made_ms, journals_signatures } =
        &firm.identity;
    for text in [serial, maker, model, &firm.label] {
        writer.bytes(text.as_bytes());
    }
    writer.bytes(versions);
    writer.u32(*memory_octets);
    writer.u64(*made_ms);
    let Algorithms { gost_2001, gost_2012, rsa, ecdsa } = algorithms;
    for flag in [gost_2001, gost_2012, rsa, ecdsa, journals_signatures] {
        writer.bool(*flag);
    }
    let Policy { min_octets, history, digit, upper, lower, special, different } = &firm.policy;
    writer.u8(*min_octets);
    writer.u8(*history);
    for flag in [digit, upper, lower, special, different, &firm.user_is_factory, &firm.so_is_factory] {
        writer.bool(*flag);
    }
    writer.u8(firm.user_max);
    writer.u8(firm.so_max);
    writer.bool(firm.user.is_some());
    for lock in firm.user.iter().chain([&firm.so]) {
        writer.bytes(&lock.salt);
        writer.bytes(&lock.wrapped);
    }
    writer.bytes(&firm.incarnation);
    writer.u32(firm.next_number);
    writer.objects(&firm.objects);
    writer.0
}

fn read_firm(octets: &[u8]) -> Result<Firm, CardError> {
    let mut reader = Reader(octets);
    let (serial, maker, model, label) = (reader.text()?, reader.text()?, reader.text()?, reader.text()?);
    let versions = reader.array()?;
    let memory_octets = reader.u32()?;
    let made_ms = reader.u64()?;
    let algorithms =
        Algorithms { gost_2001: reader.bool()?, gost_2012: reader.bool()?, rsa: reader.bool()?, ecdsa: reader.bool()? };
    let journals_signatures = reader.bool()?;
    let identity = Identity { serial, maker, model, versions, memory_octets, algorithms, made_ms, journals_signatures };
    let policy = Policy {
        min_octets: reader.u8()?,
        history: reader.u8()?,
        digit: reader.bool()?,
        upper: reader.bool()?,
        lower: reader.bool()?,
        special: reader.bool()?,
        different: reader.bool()?,
    };
    let (user_is_factory, so_is_factory) = (reader.bool()?, reader.bool()?);
    let (user_max, so_max) = (reader.u8()?, reader.u8()?);
    let user = if reader.bool()? { Some(reader.lock()?) } else { None };
    let firm = Firm {
        identity,
        label,
        policy,
        user_max,
        so_max,
        user_is_factory,
        so_is_factory,
        user,
        so: reader.lock()?,
        incarnation: reader.array()?,
        next_number: reader.u32()?,
        objects: reader.objects()?,
    };
    reader.end()?;
    // A private object in the open part would be shown to everybody: no card was ever written so.
    if firm.objects.iter().any(|object| object.attributes.is(CKA_PRIVATE)) {
        return Err(CardError::Damaged("a private object in the open"));
    }
    Ok(firm)
}

fn write_private(private: &Private) -> Zeroizing<Vec<u8>> {
    // As long as it will be: a growing vector leaves copies behind that nobody wipes.
    let octets = 8 + 32 * private.history.0.len() + objects_size(&private.objects);
    let mut writer = Writer(Vec::with_capacity(octets));
    writer.u32(private.history.0.len() as u32);
    for mark in &private.history.0 {
        writer.0.extend_from_slice(mark);
    }
    writer.objects(&private.objects);
    Zeroizing::new(writer.0)
}

fn read_private(octets: &[u8]) -> Result<Private, CardError> {
    let mut reader = Reader(octets);
    let mut history = History::default();
    for _ in 0..reader.u32()?.min(MAX_OBJECTS) {
        history.0.push(reader.take(32)?.try_into().map_err(|_| CardError::Damaged("cut short"))?);
    }
    let objects = reader.objects()?;
    reader.end()?;
    Ok(Private { history, objects })
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    fn bool(&mut self, value: bool) {
        self.u8(value.into());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, octets: &[u8]) {
        self.u32(u32::try_from(octets.len()).expect("a card is far smaller than 4 GiB"));
        self.0.extend_from_slice(octets);
    }

    fn objects(&mut self, objects: &[Stored]) {
        self.u32(objects.len() as u32);
        for object in objects {
            self.u32(object.number);
            self.u32(object.attributes.len() as u32);
            for (kind, value) in object.attributes.iter() {
                // Eight octets on every system, so that a card can be carried from one to the other.
                #[expect(clippy::useless_conversion, reason = "CK_ULONG is 32 bits wide on some systems")]
                self.u64(u64::from(kind));
                self.bytes(value);
            }
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, octets: usize) -> Result<&'a [u8], CardError> {
        let (taken, rest) = self.0.split_at_checked(octets).ok_or(CardError::Damaged("cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CardError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(CardError::Damaged("cut short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, CardError> {
        self.fixed().map(|[octet]| octet)
    }

    fn bool(&mut self) -> Result<bool, CardError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CardError::Damaged("neither yes nor no")),
        }
    }

    fn u32(&mut self) -> Result<u32, CardError> {
        self.fixed().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, CardError> {
        self.fixed().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Result<&'a [u8], CardError> {
        let octets = self.u32()? as usize;
        self.take(octets)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CardError> {
        self.bytes()?.try_into().map_err(|_| CardError::Damaged("a wrong length"))
    }

    fn text(&mut self) -> Result<String, CardError> {
        core::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| CardError::Damaged("not a text"))
    }

    fn lock(&mut self) -> Result<Lock, CardError> {
        Ok(Lock { salt: self.array()?, wrapped: self.bytes()?.to_vec() })
    }

    fn objects(&mut self) -> Result<Vec<Stored>, CardError> {
        let count = self.u32()?;
        if count > MAX_OBJECTS {
            return Err(CardError::Damaged("too many objects"));
        }
        let mut objects = Vec::new();
        for _ in 0..count {
            let number = self.u32()?;
            let mut attributes = Attributes::default();
            for _ in 0..self.u32()? {
                let kind = CK_ATTRIBUTE_TYPE::try_from(self.u64()?)
                    .map_err(|_| CardError::Damaged("an attribute of a wider system"))?;
                attributes.set(kind, self.bytes()?);
            }
            objects.push(Stored { number, attributes });
        }
        Ok(objects)
    }

    fn end(&self) -> Result<(), CardError> {
        if self.0.is_empty() { Ok(()) } else { Err(CardError::Damaged("octets left over")) }
    }
}
