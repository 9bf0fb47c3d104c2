//! A loaded module: what it is, which readers and tokens it sees. One value a library and process, however often it is loaded.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use cryptoki_sys as s;

use crate::error::Error;
use crate::lanes::{Deadlines, Health, Lanes, MAX_LANES};
use crate::raw::{Raw, Rv};
use crate::token::{Token, TokenId};
use crate::trust;

/// A PKCS#11 module: Rutoken's `librtpkcs11ecp`, an HSM's, SoftHSM2, our own software token. Cloning shares it.
///
/// Every call has a deadline ([`Deadlines`]) and runs on a thread of its own; a call that does not come back makes the module
/// [`Health::Unwell`], never the caller wait. All sessions are opened anew after that.
#[derive(Clone)]
pub struct Module(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    path: PathBuf,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) deadlines: Deadlines,
    pub(crate) has_extension: bool,
    /// Somebody else in this process had started it; then it is not ours to stop.
    ours: bool,
    /// Tokens that one of our sessions is logged in to: a second one would get in without its PIN being looked at.
    pub(crate) logins: Mutex<HashSet<TokenId>>,
}

/// What a module says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleInfo {
    /// The file that was loaded.
    pub path: PathBuf,
    /// Who made it.
    pub maker: String,
    /// What it calls itself.
    pub description: String,
    /// Its version.
    pub version: String,
    /// The version of PKCS#11 it follows.
    pub cryptoki: String,
    /// Whether it has Rutoken's extended functions, and with them exact counters.
    pub exact_counters: bool,
}

/// A reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    /// As the module describes it; never an identity.
    pub name: String,
    /// Who made it.
    pub maker: String,
    /// Whether a token is in it.
    pub token_present: bool,
}

impl Module {
    /// Loads the module at an absolute path. The file and all folders above it must belong to us or to root, and nobody else may write there.
    ///
    /// # Errors
    /// `module-…` when the path is not trusted, the file is no module, or it does not start.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_with(path, Deadlines::default())
    }

    /// The same with other deadlines. A module that is loaded already keeps its own.
    ///
    /// # Errors
    /// As [`Module::load`].
    pub fn load_with(path: &Path, deadlines: Deadlines) -> Result<Self, Error> {
        let path = trust::module_path(path)?;
        let mut loaded = loaded().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inner) = loaded.get(&path).and_then(Weak::upgrade) {
            return Ok(Self(inner));
        }
        let inner = Arc::new(Inner::start(path.clone(), deadlines)?);
        loaded.insert(path, Arc::downgrade(&inner));
        Ok(Self(inner))
    }

    /// What it is.
    ///
    /// # Errors
    /// What the module answered.
    pub fn info(&self) -> Result<ModuleInfo, Error> {
        let info = self.look(Raw::info)?;
        Ok(ModuleInfo {
            path: self.0.path.clone(),
            maker: text(&{ info.manufacturerID }),
            description: text(&{ info.libraryDescription }),
            version: version(info.libraryVersion),
            cryptoki: version(info.cryptokiVersion),
            exact_counters: self.0.has_extension,
        })
    }

    /// The file it was loaded from, links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All readers, with and without a token.
    ///
    /// # Errors
    /// What the module answered.
    pub fn readers(&self) -> Result<Vec<Reader>, Error> {
        self.look(|raw| {
            let mut readers = Vec::new();
            for slot in raw.slots(false)? {
                match raw.slot_info(slot) {
                    Ok(info) => readers.push(Reader {
                        name: text(&{ info.slotDescription }),
                        maker: text(&{ info.manufacturerID }),
                        token_present: info.flags & s::CKF_TOKEN_PRESENT != 0,
                    }),
                    Err(rv) if went(&rv) => {}
                    Err(rv) => return Err(rv),
                }
            }
            Ok(readers)
        })
    }

    /// The tokens that are plugged in and prepared for use, by their serial numbers.
    ///
    /// # Errors
    /// What the module answered.
    pub fn tokens(&self) -> Result<Vec<Token>, Error> {
        let serials = self.look(|raw| {
            let mut serials = Vec::new();
            for slot in raw.slots(true)? {
                match raw.token_info(slot) {
                    Ok(info) if info.flags & s::CKF_TOKEN_INITIALIZED != 0 => {
                        serials.push(text(&{ info.serialNumber }));
                    }
                    Ok(_) => {}
                    Err(rv) if went(&rv) => {}
                    Err(rv) => return Err(rv),
                }
            }
            Ok(serials)
        })?;
        Ok(serials.into_iter().map(|serial| Token::new(self.clone(), TokenId::new(serial))).collect())
    }

    /// The token with this serial number.
    ///
    /// # Errors
    /// `token-absent` when it is not plugged in.
    pub fn token(&self, id: &TokenId) -> Result<Token, Error> {
        let token = Token::new(self.clone(), id.clone());
        token.slot()?;
        Ok(token)
    }

    /// Whether its calls come back.
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.lanes.health()
    }

    /// Stops the module and starts it again: all sessions end, and it looks for readers anew. `false` if a call is stuck in it, so that this cannot be done.
    ///
    /// # Errors
    /// What the module answered to the start.
    pub fn restart(&self) -> Result<bool, Error> {
        let answer = self.0.lanes.alone(|raw| {
            // It may have been stopped behind our back, which is why we are here.
            let _ = raw.finalize();
            start(raw)
        });
        match answer {
            None => Ok(false),
            Some(Ok(_)) => {
                self.0.logins.lock().unwrap_or_else(PoisonError::into_inner).clear();
                Ok(true)
            }
            Some(Err(rv)) => Err(Error::from_rv(rv)),
        }
    }

    /// A test's hand on the plug: runs before every call of the module, with the function's name. Debug builds only.
    #[cfg(debug_assertions)]
    pub fn before_each_call(&self, hook: Option<Box<dyn Fn(&'static str) + Send + Sync>>) {
        self.0.lanes.raw().set_hook(hook);
    }

    pub(crate) fn look<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Raw) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.0.deadlines.look, job)
    }

    pub(crate) fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl FnOnce(&Raw) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.lanes.run(deadline, job)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Module({})", self.0.path.display())
    }
}

impl Inner {
    fn start(path: PathBuf, deadlines: Deadlines) -> Result<Self, Error> {
        let raw = Raw::load(&path).map_err(|reason| Error::own("module-unloadable", reason))?;
        let has_extension = raw.has_extension();
        // Starting may hang on a broken reader like anything else, so it has a deadline too; whether threads may call at once comes out of it.
        let raw = Arc::new(raw);
        let first = Lanes::new(Arc::clone(&raw), 1);
        let Started { ours, threads } = first.run(deadlines.pin, start)?;
        first.close();
        let lanes = Lanes::new(raw, if threads { MAX_LANES } else { 1 });
        Ok(Self { path, lanes, deadlines, has_extension, ours, logins: Mutex::default() })
    }
}

struct Started {
    ours: bool,
    threads: bool,
}

fn start(raw: &Raw) -> Result<Started, Rv> {
    match raw.initialize(true) {
        Ok(()) => Ok(Started { ours: true, threads: true }),
        Err(rv) if rv.code == s::CKR_CRYPTOKI_ALREADY_INITIALIZED => Ok(Started { ours: false, threads: true }),
        Err(rv) if matches!(rv.code, s::CKR_CANT_LOCK | s::CKR_NEED_TO_CREATE_THREADS) => {
            raw.initialize(false)?;
            Ok(Started { ours: true, threads: false })
        }
        Err(rv) => Err(rv),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever loads the same file meanwhile must find it stopped, not on its way there.
        let _loaded = loaded().lock().unwrap_or_else(PoisonError::into_inner);
        if self.ours && self.lanes.health() == Health::Well {
            // Nothing can be done about a module that does not stop; the process keeps it.
            let _ = self.lanes.run(self.deadlines.look, Raw::finalize);
        }
        self.lanes.close();
    }
}

/// Loaded modules by resolved path: the library keeps one state a process.
fn loaded() -> &'static Mutex<HashMap<PathBuf, Weak<Inner>>> {
    static LOADED: OnceLock<Mutex<HashMap<PathBuf, Weak<Inner>>>> = OnceLock::new();
    LOADED.get_or_init(Mutex::default)
}

/// The token left between two questions.
fn went(rv: &Rv) -> bool {
    matches!(
        rv.code,
        s::CKR_TOKEN_NOT_PRESENT
            | s::CKR_DEVICE_REMOVED
            | s::CKR_SLOT_ID_INVALID
            | s::CKR_TOKEN_NOT_RECOGNIZED
            | s::CKR_DEVICE_ERROR
    )
}

/// Fixed fields are filled with blanks, by some modules with zeros.
pub(crate) fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_matches(['\0', ' ']).to_owned()
}

pub(crate) fn version(version: s::CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
}
