//! The folder the cards lie in, and the sockets they are plugged into. A card is `SERIAL.card`; beside it `SERIAL.socket` says whether it is in,
//! and how often it was put in, so that a quick pull and replug is seen too. `.lock` is held by whoever writes.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::card::{self, Algorithms, Card, CardError, Identity, MAX_MEMORY_OCTETS};
use crate::code::{Answer, Code};
use crate::pin::{self, MAX_HISTORY, Policy};

/// The variable that names the folder.
pub const FOLDER_VARIABLE: &str = "SURGUCH_SOFTTOKEN_DIR";
/// The file that names it where the variable does not: `directory = /path`, under `$XDG_CONFIG_HOME` or `~/.config`, then under `/etc`.
pub const CONFIGURATION: &str = "surguch/softtoken.conf";

/// Cards a folder may hold: as many readers as a Rutoken's module shows.
pub const MAX_CARDS: usize = 15;

/// Why there is no folder to look into.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Neither the variable nor a configuration file names one.
    #[error("no folder is named: set {FOLDER_VARIABLE}, or write `directory = /path` into ~/.config/{CONFIGURATION}")]
    Unnamed,
    /// A configuration file that cannot be understood.
    #[error("{0}: line {1} is not `directory = /absolute/path`")]
    Configuration(PathBuf, usize),
    /// Others could put cards into it, or take them away.
    #[error("{0} belongs to another user, or others may write into it")]
    Exposed(PathBuf),
    /// The machine's fault.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// A folder that exists and is the caller's own.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Where a card is plugged in, and how often it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Socket {
    /// The card is in.
    pub is_in: bool,
    /// Rises each time the card is put back.
    pub plugs: u64,
}

/// What a new card shall be.
#[derive(Clone, Debug)]
pub struct NewCard {
    /// Maker, model, versions, algorithms.
    pub model: Model,
    /// Place for objects, octets.
    pub memory_octets: u32,
    /// What it demands of PINs.
    pub policy: Policy,
    /// Whether it writes down each signature.
    pub journals_signatures: bool,
    /// Eight digits; drawn if nobody says.
    pub serial: Option<String>,
}

impl Default for NewCard {
    fn default() -> Self {
        Self {
            model: Model::RutokenEcp2,
            memory_octets: 128 * 1024,
            policy: Policy::default(),
            journals_signatures: false,
            serial: None,
        }
    }
}

impl NewCard {
    /// What such a card cannot be, in words for whoever asked for it.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.memory_octets > MAX_MEMORY_OCTETS {
            return Err("a card has at most 1048576 octets of memory");
        }
        if !(1..=32).contains(&self.policy.min_octets) {
            return Err("the shortest PIN has from 1 to 32 octets");
        }
        if self.policy.history > MAX_HISTORY {
            return Err("at most 10 earlier PINs are remembered");
        }
        Ok(())
    }
}

/// The cards a client of a bank may come with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Model {
    /// Every algorithm there is here.
    RutokenEcp2,
    /// GOST R 34.10-2001 and RSA.
    RutokenEcp,
    /// GOST R 34.10-2001.
    MsKeyK,
}

impl Model {
    /// Every model.
    pub const ALL: [Self; 3] = [Self::RutokenEcp2, Self::RutokenEcp, Self::MsKeyK];

    /// What `CK_TOKEN_INFO` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RutokenEcp2 => "Rutoken ECP 2.0",
            Self::RutokenEcp => "Rutoken ECP",
            Self::MsKeyK => "MS_Key K",
        }
    }

    fn maker(self) -> &'static str {
        match self {
            Self::RutokenEcp2 | Self::RutokenEcp => "Aktiv Co.",
            Self::MsKeyK => "Multisoft",
        }
    }

    /// Of the 2.0 as a device of 2017 says it; of the others, smaller ones.
    fn versions(self) -> [u8; 4] {
        match self {
            Self::RutokenEcp2 => [20, 5, 23, 2],
            Self::RutokenEcp => [16, 4, 18, 0],
            Self::MsKeyK => [1, 0, 1, 0],
        }
    }

    fn algorithms(self) -> Algorithms {
        match self {
            Self::RutokenEcp2 => Algorithms { gost_2001: true, gost_2012: true, rsa: true, ecdsa: true },
            Self::RutokenEcp => Algorithms { gost_2001: true, gost_2012: false, rsa: true, ecdsa: false },
            Self::MsKeyK => Algorithms { gost_2001: true, gost_2012: false, rsa: false, ecdsa: false },
        }
    }
}

impl Folder {
    /// The folder that is named by the environment or the configuration, made if it is not there.
    pub fn named() -> Result<Self, FolderError> {
        Self::at(&named_path()?)
    }

    /// This folder, made if it is not there (mode 0700).
    pub fn at(path: &Path) -> Result<Self, FolderError> {
        let io = |error| FolderError::Io(path.to_owned(), error);
        if !path.try_exists().map_err(io)? {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        }
        let metadata = fs::metadata(path).map_err(io)?;
        if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
            return Err(FolderError::Exposed(path.to_owned()));
        }
        Ok(Self(path.to_owned()))
    }

    /// Holds back every other writer, of this process and of others, until the value is dropped.
    pub(crate) fn lock(&self) -> Result<File, CardError> {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(self.0.join(".lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// Every card file, oldest card first; files that are refused come last, by name.
    pub fn cards(&self) -> Result<Vec<PathBuf>, CardError> {
        let mut cards = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "card") {
                let made = card::read(&path).map_or(u64::MAX, |(card, _)| card.firm.identity.made_ms);
                cards.push((made, path));
            }
        }
        cards.sort();
        cards.truncate(MAX_CARDS);
        Ok(cards.into_iter().map(|(_, path)| path).collect())
    }

    /// The cards, after one has been made if there was none.
    pub(crate) fn cards_or_a_new_one(&self) -> Answer<Vec<PathBuf>> {
        let cards = self.cards()?;
        if !cards.is_empty() {
            return Ok(cards);
        }
        let lock = self.lock()?;
        // Another process may have been here first.
        if self.cards()?.is_empty() {
            self.make_locked(NewCard::default())?;
        }
        drop(lock);
        Ok(self.cards()?)
    }

    /// Makes a card with factory PINs and plugs it in.
    pub fn make(&self, wish: NewCard) -> Result<PathBuf, Code> {
        let _lock = self.lock()?;
        self.make_locked(wish)
    }

    fn make_locked(&self, wish: NewCard) -> Answer<PathBuf> {
        let serial = match wish.serial {
            Some(serial) => serial,
            None => draw_serial()?,
        };
        let path = self.0.join(&serial).with_extension("card");
        if path.try_exists().map_err(CardError::from)? {
            return Err(CardError::Io(io::ErrorKind::AlreadyExists.into()).into());
        }
        let identity = Identity {
            serial,
            maker: wish.model.maker().to_owned(),
            model: wish.model.name().to_owned(),
            versions: wish.model.versions(),
            memory_octets: wish.memory_octets.min(MAX_MEMORY_OCTETS),
            algorithms: wish.model.algorithms(),
            made_ms: now_ms(),
            journals_signatures: wish.journals_signatures,
        };
        let card = Card::from_factory(identity, wish.policy)?;
        card::write(&path, &card, || Ok(()))?;
        Ok(path)
    }

    /// The file of the card with this serial number.
    pub fn card(&self, serial: &str) -> PathBuf {
        self.0.join(serial).with_extension("card")
    }
}

/// Whether the card is in its socket. A card without a socket file was never pulled.
pub fn socket(card: &Path) -> io::Result<Socket> {
    let mut text = String::new();
    match File::open(card.with_extension("socket")) {
        Ok(file) => file.take(64).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Socket { is_in: true, plugs: 0 }),
        Err(error) => return Err(error),
    };
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "not a socket file");
    let (state, plugs) = text.trim_end().split_once(' ').ok_or_else(damaged)?;
    let is_in = match state {
        "in" => true,
        "out" => false,
        _ => return Err(damaged()),
    };
    Ok(Socket { is_in, plugs: plugs.parse().map_err(|_| damaged())? })
}

/// Pulls the card out, or puts it back. Says whether anything changed.
pub fn plug(card: &Path, is_in: bool) -> io::Result<bool> {
    let before = socket(card)?;
    if before.is_in == is_in {
        return Ok(false);
    }
    let plugs = before.plugs + u64::from(is_in);
    let beside = card.with_extension(format!("socket-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    writeln!(file, "{} {plugs}", if is_in { "in" } else { "out" })?;
    drop(file);
    fs::rename(beside, card.with_extension("socket"))?;
    Ok(true)
}

/// For kill points: the hand that pulls waits for nobody.
#[cfg(debug_assertions)]
pub(crate) fn pull(card: &Path) {
    plug(card, false).expect("a test that pulls a card has a folder it can write into");
}

/// What the program does to a card that needs no PIN: the card must be changed before anything else is done with it.
pub fn set_must_change(folder: &Folder, card: &Path, must_change: bool) -> Result<(), Code> {
    let _lock = folder.lock()?;
    let (mut read, _) = card::read(card)?;
    read.loose.must_change = must_change;
    card::write(card, &read, || Ok(()))?;
    Ok(())
}

/// One line of `card list`.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What the card says of itself.
    pub identity: Identity,
    /// Its label.
    pub label: String,
    /// Where it is.
    pub socket: Socket,
    /// Attempts left: of the user, of the administrator.
    pub left: [u8; 2],
    /// Whether the PINs are the factory's: of the user, of the administrator.
    pub factory: [bool; 2],
    /// Whether the user PIN must be changed.
    pub must_change: bool,
    /// Place that is taken, octets.
    pub used_octets: usize,
}

/// Looks at a card without a PIN.
pub fn look(path: &Path) -> Result<Listed, CardError> {
    let (card, _) = card::read(path)?;
    Ok(Listed {
        socket: socket(path)?,
        label: card.firm.label.clone(),
        left: [card.loose.user_left, card.loose.so_left],
        factory: [card.firm.user_is_factory, card.firm.so_is_factory],
        must_change: card.loose.must_change,
        used_octets: card.used_octets(),
        identity: card.firm.identity,
    })
}

fn named_path() -> Result<PathBuf, FolderError> {
    if let Some(path) = std::env::var_os(FOLDER_VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let under = |folder: OsString, rest: &str| PathBuf::from(folder).join(rest).join(CONFIGURATION);
    let own = std::env::var_os("XDG_CONFIG_HOME")
        .map(|folder| under(folder, ""))
        .or_else(|| std::env::var_os("HOME").map(|home| under(home, ".config")));
    for file in own.into_iter().chain([PathBuf::from("/etc").join(CONFIGURATION)]) {
        match fs::read_to_string(&file) {
            Ok(text) => return directory_of(&text).map_err(|line| FolderError::Configuration(file, line)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(FolderError::Io(file, error)),
        }
    }
    Err(FolderError::Unnamed)
}

/// `directory = /absolute/path`; empty lines and lines that begin with `#` say nothing. `Err` is the number of the line at fault.
fn directory_of(text: &str) -> Result<PathBuf, usize> {
    let mut directory = None;
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(number)?;
        let path = PathBuf::from(value.trim().trim_matches('"'));
        if key.trim() != "directory" || !path.is_absolute() || directory.replace(path).is_some() {
            return Err(number);
        }
    }
    directory.ok_or(text.lines().count())
}

fn draw_serial() -> Answer<String> {
    let drawn = u64::from_le_bytes(pin::random()?);
    Ok((10_000_000 + drawn % 90_000_000).to_string())
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_names_one_absolute_folder_and_nothing_else() {
        let check = |text: &str, expected: Result<&str, usize>| {
            assert_eq!(directory_of(text), expected.map(PathBuf::from), "{text:?}");
        };
        check("# cards\n\ndirectory = /srv/cards\n", Ok("/srv/cards"));
        check("directory = \"/srv/my cards\"", Ok("/srv/my cards"));
        check("directory = cards", Err(1));
        check("directory = /a\ndirectory = /b", Err(2));
        check("folder = /a", Err(1));
        check("", Err(0));
    }
}
