//! Finding media, choosing one, opening it with the PIN that the person types.

use std::path::Path;

use pkcs11::{Attempts, Contents, Factory, Keep, KeyHash, LastTry, Medium, Module, PasswordRules, Pin, Unlocked};
use statement::message::{Code, Refused};

use super::{Desk, unanswered};
use crate::admission::{because, refused};
use crate::policy::Policy;
use crate::prompt::{
    self, AttemptsLeft, CardWanted, Chosen, MediumChoice, MediumKind, NewPassword, Operation, PinHolder, PinQuestion,
    Rules, WantedCard, Work,
};

/// Whether there is a module to load, without loading it.
#[must_use]
pub fn has_driver(policy: &Policy) -> bool {
    policy.modules.iter().any(|path| path.is_file())
        || (policy.modules.is_empty() && KNOWN_MODULES.iter().any(|path| Path::new(path).is_file()))
}

/// Whether a medium is there.
///
/// # Errors
/// No module that can be loaded, or it failed.
pub fn has_medium(policy: &Policy) -> Result<bool, Refused> {
    Ok(!tokens(policy)?.is_empty())
}

/// The files of the modules of this machine, loadable or not.
pub(crate) fn module_paths(policy: &Policy) -> Vec<std::path::PathBuf> {
    if policy.modules.is_empty() {
        KNOWN_MODULES.iter().map(std::path::PathBuf::from).filter(|path| path.is_file()).collect()
    } else {
        policy.modules.clone()
    }
}

/// The modules of this machine: those of the policy, or the makers' that are installed where makers install them. No page can name one.
pub(crate) fn modules(policy: &Policy) -> Result<Vec<Module>, Refused> {
    let known = module_paths(policy);
    if known.is_empty() {
        return Err(refused(Code::ModuleMissing));
    }
    let mut fault = None;
    let mut modules = Vec::new();
    for path in known {
        match Module::load(&path) {
            Ok(module) => modules.push(module),
            Err(error) => fault = Some(because(Code::ModuleRefused, &error.to_string())),
        }
    }
    // One module that does not load must not take the others away.
    match fault {
        Some(fault) if modules.is_empty() => Err(fault),
        _ => Ok(modules),
    }
}

/// The tokens that are plugged in.
pub(crate) fn tokens(policy: &Policy) -> Result<Vec<pkcs11::Token>, Refused> {
    let mut tokens: Vec<pkcs11::Token> = Vec::new();
    for module in modules(policy)? {
        for token in module.tokens().map_err(|error| medium_fault(&error))? {
            if tokens.iter().all(|known| known.id() != token.id()) {
                tokens.push(token);
            }
        }
    }
    Ok(tokens)
}

/// Which media may be chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// Tokens only.
    No,
    /// The «Реестр», when it is there, and directories that hold a key.
    WithKeys,
    /// The «Реестр» and clean directories.
    ForNewKey,
}

/// A medium with what can be seen of it without a PIN.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) medium: Medium,
    pub(super) glance: Contents,
    pub(super) shown: prompt::Medium,
}

/// Media that are there. Without any module files still work.
pub(super) fn seen(desk: &mut Desk<'_>, files: Files) -> Result<Vec<Seen>, Refused> {
    desk.prompt.working(Work::Looking);
    let tokens = match (tokens(desk.policy), files) {
        (Ok(tokens), _) => tokens,
        (Err(refused), Files::No) => return Err(refused),
        (Err(refused), Files::WithKeys | Files::ForNewKey) if refused.code == Code::ModuleMissing => Vec::new(),
        (Err(refused), Files::WithKeys | Files::ForNewKey) => return Err(refused),
    };
    let mut media: Vec<Medium> = tokens.into_iter().map(Medium::Token).collect();
    if files != Files::No
        && let Some(folder) = pkcs11::registry_folder()
        && (files == Files::ForNewKey || folder.is_dir())
    {
        media.push(Medium::registry(folder, PasswordRules::default()));
    }
    let mut seen = Vec::new();
    for medium in media {
        match look(medium) {
            Ok(one) => seen.push(one),
            Err(error) if error.is_gone() => {}
            Err(error) => return Err(medium_fault(&error)),
        }
    }
    Ok(seen)
}

fn look(medium: Medium) -> Result<Seen, pkcs11::Error> {
    let glance = medium.glance()?;
    let shown = shown(&medium)?;
    Ok(Seen { medium, glance, shown })
}

/// The words by which a person tells a medium from others.
fn shown(medium: &Medium) -> Result<prompt::Medium, pkcs11::Error> {
    Ok(match medium {
        Medium::Token(token) => {
            let info = token.info()?;
            let name = if info.model.is_empty() { info.label.clone() } else { info.model };
            let detail = if info.label.is_empty() || info.label == name {
                info.serial
            } else {
                format!("{}, {}", info.label, info.serial)
            };
            prompt::Medium { kind: MediumKind::SmartKey, name, detail, unusable: None }
        }
        Medium::Registry(_) => {
            prompt::Medium { kind: MediumKind::Registry, name: String::new(), detail: String::new(), unusable: None }
        }
        Medium::KeyDirectory(folder) => prompt::Medium {
            kind: MediumKind::Directory,
            name: folder.folder().display().to_string(),
            detail: String::new(),
            unusable: None,
        },
    })
}

/// The person chooses; of one medium and nothing else to choose from there is no question.
pub(super) fn choose(desk: &mut Desk<'_>, media: Vec<Seen>, files: Files) -> Result<Seen, Refused> {
    if media.is_empty() && files == Files::No {
        return Err(refused(Code::MediumMissing));
    }
    if let (1, Files::No) = (media.len(), files) {
        return media.into_iter().next().ok_or_else(|| refused(Code::MediumMissing));
    }
    let offered = Offered { directory: files != Files::No, smart_key: true };
    ask(desk, media, files, offered)
}

/// What the question offers beside the media that were found.
#[derive(Clone, Copy)]
pub(super) struct Offered {
    /// A directory that the person names.
    pub(super) directory: bool,
    /// A smart key, had one been found.
    pub(super) smart_key: bool,
}

/// The person chooses, even where there is one medium alone.
pub(super) fn ask(desk: &mut Desk<'_>, media: Vec<Seen>, files: Files, offered: Offered) -> Result<Seen, Refused> {
    let Offered { directory, smart_key } = offered;
    let question = MediumChoice { media: media.iter().map(|one| one.shown.clone()).collect(), directory, smart_key };
    match desk.prompt.choose_medium(question).map_err(|why| unanswered(&why))? {
        Chosen::Medium(index) => media.into_iter().nth(index).ok_or_else(|| refused(Code::MediumMissing)),
        Chosen::Directory(folder) => {
            let medium = match files {
                Files::ForNewKey => Medium::clean_key_directory(&folder, &[], PasswordRules::default()),
                Files::No | Files::WithKeys => Medium::key_directory(&folder, PasswordRules::default()),
            };
            medium.and_then(look).map_err(|error| medium_fault(&error))
        }
    }
}

/// The medium that holds this key; while it is not there, the person is asked to insert it.
pub(super) fn holding(desk: &mut Desk<'_>, hash: &KeyHash, wanted: impl Fn() -> WantedCard) -> Result<Seen, Refused> {
    for _ in 0..CARD_TRIES {
        let media = seen(desk, Files::WithKeys)?;
        let instead = media.first().map(|one| one.shown.name.clone()).filter(|name| !name.is_empty());
        if let Some(found) = media.into_iter().find(|one| one.glance.key(hash).is_some()) {
            return Ok(found);
        }
        let question = CardWanted { wanted: wanted(), instead };
        desk.prompt.insert_card(question).map_err(|why| unanswered(&why))?;
    }
    Err(refused(Code::KeyMissing))
}

/// Opens a medium by its PIN. A wrong one is asked for again as long as the medium lets it be; before the last attempt the person is warned
/// by the prompt and confirms, else the medium is not asked.
pub(super) fn unlock(desk: &mut Desk<'_>, seen: &Seen, operation: Operation) -> Result<Unlocked, Refused> {
    with_pin(desk, seen, operation, |pin, last_try| seen.medium.unlock(pin, Keep::No, last_try))
}

/// Opens a medium for a new key: a token by its PIN, files under a password that the person invents.
pub(super) fn begin(desk: &mut Desk<'_>, seen: &Seen, operation: Operation) -> Result<Unlocked, Refused> {
    if matches!(seen.medium, Medium::Token(_)) {
        return unlock(desk, seen, operation);
    }
    let question =
        NewPassword { medium: seen.shown.clone(), container: seen.medium.identity(), rules: Rules::of_container() };
    let password = desk.prompt.container_password(question).map_err(|why| unanswered(&why))?;
    let password = Pin::new(password.into_text());
    seen.medium.begin(&password, Keep::No, LastTry::Stop).map_err(|error| medium_fault(&error))
}

pub(super) fn with_pin<T>(
    desk: &mut Desk<'_>,
    seen: &Seen,
    operation: Operation,
    mut open: impl FnMut(&Pin, LastTry) -> Result<T, pkcs11::Error>,
) -> Result<T, Refused> {
    let is_file = !matches!(seen.medium, Medium::Token(_));
    let mut was_wrong = false;
    for _ in 0..PIN_TRIES {
        let state = seen.medium.pin_state().map_err(|error| medium_fault(&error))?;
        if state.attempts.is_locked() {
            return Err(refused(Code::PinLocked));
        }
        let question = PinQuestion {
            medium: seen.shown.clone(),
            holder: if is_file { PinHolder::Container } else { PinHolder::User },
            attempts: attempts_left(state.attempts),
            operation,
            was_wrong,
        };
        let typed = desk.prompt.pin(question).map_err(|why| unanswered(&why))?;
        let last_try = if typed.last_attempt_confirmed { LastTry::Risk } else { LastTry::Stop };
        let pin = Pin::new(typed.pin.into_text());
        match open(&pin, last_try) {
            Ok(opened) => return Ok(opened),
            Err(error) if is_wrong_pin(&error) => was_wrong = true,
            Err(error) => return Err(medium_fault(&error)),
        }
    }
    Err(refused(Code::PinLocked))
}

pub(super) fn is_wrong_pin(error: &pkcs11::Error) -> bool {
    matches!(error.code(), "ckr-pin-incorrect" | "password-wrong" | "pin-final-try")
}

pub(super) fn attempts_left(attempts: Attempts) -> AttemptsLeft {
    match attempts {
        Attempts::Exactly { left, .. } => AttemptsLeft::Exactly(left),
        Attempts::Low => AttemptsLeft::Fewer,
        Attempts::Final | Attempts::Locked => AttemptsLeft::Last,
        Attempts::Unknown => AttemptsLeft::Unknown,
    }
}

/// What a message says of the factory's PIN.
pub(super) fn known(factory: Factory) -> Option<bool> {
    match factory {
        Factory::Yes => Some(true),
        Factory::No => Some(false),
        Factory::Unknown => None,
    }
}

/// The refusal for a fault of a medium; the fault's own code stands at the beginning of the detail.
pub(super) fn medium_fault(error: &pkcs11::Error) -> Refused {
    because(code_of(error.code(), error.is_gone()), error.code())
}

/// The same for a fault that came through a signature.
pub(super) fn signature_fault(error: &crypto::Error) -> Refused {
    match pkcs11::fault_in(error) {
        Some(entry) => because(code_of(entry.code, GONE.contains(&entry.code)), entry.code),
        None => because(Code::MediumFailed, &error.to_string()),
    }
}

fn code_of(code: &'static str, is_gone: bool) -> Code {
    match code {
        _ if is_gone => Code::MediumGone,
        "ckr-pin-locked" | "password-tries-spent" | "so-pin-locked" => Code::PinLocked,
        "ckr-pin-len-range" | "ckr-pin-invalid" | "ckr-inappropriate-pin" | "ckr-pin-in-history" | "password-weak" => {
            Code::PinUnacceptable
        }
        "ckr-user-not-logged-in" | "pin-needed" => Code::MediumGone,
        "ckr-device-memory" | "disk-full" => Code::MediumFull,
        "algorithm-not-offered" | "key-gost-2001" | "key-unsupported" => Code::AlgorithmUnsupported,
        "certificate-foreign" => Code::CertificateWithoutKey,
        "certificate-unreadable" | "read-back-differs" => Code::CertificateWrong,
        "key-absent" => Code::KeyMissing,
        "folder-same" | "folder-not-empty" | "folder-without-key" => Code::MediumOther,
        "folder-absent" => Code::MediumMissing,
        code if code.starts_with("module-") => Code::ModuleRefused,
        _ => Code::MediumFailed,
    }
}

const GONE: &[&str] =
    &["token-absent", "ckr-token-not-present", "ckr-device-removed", "ckr-slot-id-invalid", "ckr-token-not-recognized"];

/// Where the makers of tokens put their modules.
pub(crate) const KNOWN_MODULES: &[&str] = if cfg!(windows) {
    &[
        "C:\\Windows\\System32\\rtPKCS11ECP.dll",
        "C:\\Windows\\System32\\jcPKCS11-2.dll",
        "C:\\Windows\\System32\\eTPKCS11.dll",
    ]
} else if cfg!(target_os = "macos") {
    &[
        "/Library/Frameworks/rtpkcs11ecp.framework/Versions/A/rtpkcs11ecp",
        "/Library/Frameworks/jcpkcs11-2.framework/Versions/A/jcpkcs11-2",
    ]
} else {
    &[
        "/usr/lib/librtpkcs11ecp.so",
        "/usr/lib64/librtpkcs11ecp.so",
        "/opt/aktivco/rutokenecp/amd64/librtpkcs11ecp.so",
        "/usr/lib/libjcPKCS11-2.so",
        "/usr/lib64/libjcPKCS11-2.so",
        "/usr/lib/libeTPkcs11.so",
        "/usr/lib64/libeTPkcs11.so",
    ]
};

/// Counters of tokens end at ten or fifteen; a medium that does not count is not guessed at for ever.
const PIN_TRIES: usize = 15;
/// How often another card is asked for.
const CARD_TRIES: usize = 20;
