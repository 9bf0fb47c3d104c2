//! The doctor: looks at a workplace without a PIN, changes nothing, and says what stands in the way of a key, with a fix for each in plain words.
//! What it saw is a [`Picture`]; screen, JSON and support code are made of that alone, so that the bank's operator sees the same.

mod command;
mod owner;

use std::path::PathBuf;

use pkcs11::{Attempts, Contents, Factory, Family, Medium, MediumKind, Module, PinState, Token, TokenInfo};

pub use command::{Ended, HELP, run, run_here};
pub use owner::{Ownership, Signatory};
pub use pkcs11::workplace::{
    AttemptsSeen, CertificateSeen, Finding, FindingCode, KeySeen, MediumSeen, ModuleSeen, Picture, PinSeen, PlaceKind,
    Severity, decode, encode, report, said,
};

use FindingCode as F;

/// What to look at.
pub struct Question {
    /// Modules to load: those of the policy, or those that are installed.
    pub modules: Vec<PathBuf>,
    /// The «Реестр» and key directories.
    pub folders: Vec<Medium>,
    /// Whose keys the card is to carry, where that is known: then a card of somebody else is refused.
    pub signatory: Option<Signatory>,
    /// This computer's clock, seconds since 1970.
    pub now: i64,
    /// The bank's, where it is known.
    pub bank_now: Option<i64>,
}

/// Looks. Faults become findings.
#[must_use]
pub fn examine(question: &Question) -> Picture {
    let mut picture = Picture {
        component: env!("CARGO_PKG_VERSION").to_owned(),
        system: std::env::consts::OS.to_owned(),
        at: u64::try_from(question.now).unwrap_or_default(),
        clock_ahead_seconds: question.bank_now.map(|bank| question.now.saturating_sub(bank)),
        ..Picture::default()
    };
    let mut readers = 0;
    let mut seen: Vec<Token> = Vec::new();
    for path in &question.modules {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let looked = Module::load(path).and_then(|module| {
            let info = module.info()?;
            let readers = module.readers()?;
            Ok((info, readers, module.tokens()?))
        });
        let mut noted = ModuleSeen { file, version: String::new(), exact_counters: false };
        match looked {
            Err(error) => picture.say(F::ModuleFault, None, error.code()),
            Ok((info, found, tokens)) => {
                noted.version = info.version;
                noted.exact_counters = info.exact_counters;
                readers += found.len();
                picture.empty_readers += found.iter().filter(|reader| !reader.token_present).count() as u64;
                // Two modules may drive one token.
                seen.extend(
                    tokens
                        .into_iter()
                        .filter(|token| seen.iter().all(|known| known.id() != token.id()))
                        .collect::<Vec<_>>(),
                );
            }
        }
        picture.modules.push(noted);
    }
    for token in seen {
        look_at_token(&mut picture, &token, question);
    }
    for folder in &question.folders {
        look_at_folder(&mut picture, folder, question);
    }
    if question.modules.is_empty() {
        picture.say(F::ModuleMissing, None, "");
    } else if readers == 0 && picture.modules.iter().any(|module| !module.version.is_empty()) {
        picture.say(F::ReaderMissing, None, "");
    }
    if picture.media.is_empty() {
        picture.say(F::TokenMissing, None, "");
    }
    judge_clock(&mut picture, question);
    picture.findings.sort_by_key(|finding| (finding.code.severity(), finding.code.number(), finding.medium));
    picture
}

fn look_at_token(picture: &mut Picture, token: &Token, question: &Question) {
    let looked = token.info().and_then(|info| Ok((info, token.glance()?)));
    let medium = picture.media.len() as u64;
    match looked {
        // It was pulled while we looked.
        Err(error) if error.is_gone() => {}
        Err(error) => {
            picture.media.push(MediumSeen { serial_end: end(token.id().serial()), ..unseen(PlaceKind::Token) });
            picture.say(F::MediumFault, Some(medium), error.code());
        }
        Ok((info, contents)) => {
            picture.media.push(MediumSeen {
                kind: PlaceKind::Token,
                maker: info.maker.clone(),
                model: info.model.clone(),
                serial_end: end(&info.serial),
                firmware: info.firmware.clone(),
                pin: pin_seen(info.pin),
                so_pin: pin_seen(info.so_pin),
                memory_kib: info.memory_total.map(|octets| octets / 1024),
                free_kib: info.memory_free.map(|octets| octets / 1024),
                algorithms: info.families.iter().map(|family| word(*family).to_owned()).collect(),
                keys: keys_seen(&contents),
            });
            let before = picture.findings.len();
            judge_token(picture, medium, &info);
            judge_contents(picture, medium, &contents, question);
            let stops = |finding: &Finding| finding.code.severity() == Severity::Stops;
            if !picture.findings[before..].iter().any(stops) {
                picture.say(F::MediumReady, Some(medium), "");
            }
        }
    }
}

fn look_at_folder(picture: &mut Picture, folder: &Medium, question: &Question) {
    let kind = match folder.kind() {
        MediumKind::Token => PlaceKind::Token,
        MediumKind::Registry => PlaceKind::Registry,
        MediumKind::KeyDirectory => PlaceKind::KeyDirectory,
    };
    let medium = picture.media.len() as u64;
    match folder.glance() {
        Err(error) => {
            picture.media.push(unseen(kind));
            picture.say(F::MediumFault, Some(medium), error.code());
        }
        // A «Реестр» that nobody uses is not worth a word.
        Ok(contents) if contents.keys.is_empty() => {}
        Ok(contents) => {
            picture.media.push(MediumSeen { keys: keys_seen(&contents), ..unseen(kind) });
            // A profile may hold keys of several people: whose they are is no fault there.
            judge_contents(
                picture,
                medium,
                &contents,
                &Question { signatory: None, modules: Vec::new(), folders: Vec::new(), ..*question },
            );
            picture.say(F::MediumReady, Some(medium), "");
        }
    }
}

fn judge_token(picture: &mut Picture, medium: u64, info: &TokenInfo) {
    let mut say = |code, detail: &str| picture.say(code, Some(medium), detail);
    if is_ms_key(&info.model) {
        say(F::MsKey, "");
    } else if !info.families.contains(&Family::Gost256) && !info.families.contains(&Family::Gost512) {
        say(F::NoGost2012, "");
    }
    match info.pin.attempts {
        _ if !info.pin.initialized => say(F::PinMissing, ""),
        attempts if attempts.is_locked() => say(F::PinLocked, ""),
        attempts if attempts.is_last() => say(F::PinLastTry, ""),
        Attempts::Exactly { left, of } if left < of => say(F::PinLow, &left.to_string()),
        Attempts::Low => say(F::PinLow, ""),
        Attempts::Exactly { .. } | Attempts::Unknown | Attempts::Final | Attempts::Locked => {}
    }
    if info.so_pin.attempts.is_locked() {
        say(F::SoPinLocked, "");
    }
    if info.pin.factory == Factory::Yes {
        say(F::PinFactory, "");
    }
    if info.so_pin.factory == Factory::Yes {
        say(F::SoPinFactory, "");
    }
    if info.pin.must_change {
        say(F::PinMustChange, "");
    }
    if info.memory_free.is_some_and(|free| free < ROOM_OCTETS) {
        say(F::MemoryFull, "");
    }
    if info.write_protected {
        say(F::WriteProtected, "");
    }
}

fn judge_contents(picture: &mut Picture, medium: u64, contents: &Contents, question: &Question) {
    let mut say = |code, detail: &str| picture.say(code, Some(medium), detail);
    if contents.keys.iter().any(|key| key.kind.starts_with("gost-2001")) {
        say(F::Gost2001Key, "");
    }
    match question.signatory.as_ref().map(|signatory| signatory.owns(contents)) {
        Some(Ownership::Another) => say(F::AnotherSignatory, ""),
        Some(Ownership::Unknown) => say(F::UnknownOwner, ""),
        Some(Ownership::Own | Ownership::Empty) | None => {}
    }
    if contents.unreadable_certificates > 0 {
        say(F::CertificateUnreadable, &contents.unreadable_certificates.to_string());
    }
    for key in &contents.keys {
        match key.certificates.first() {
            _ if key.public_key.is_none() => say(F::KeyUnknown, &key.kind),
            None => say(F::OrphanKey, &key.hash().map(|hash| begin(&hash)).unwrap_or_default()),
            Some(certificate) if certificate.not_after() < question.now => say(F::CertificateExpired, ""),
            Some(certificate) => {
                let days = (certificate.not_after() - question.now) / DAY_SECONDS;
                if days <= SOON_DAYS {
                    say(F::CertificateEndsSoon, &days.to_string());
                }
            }
        }
    }
}

/// By the bank's clock where it is known; else a certificate that begins in the future, or a year in which this program did not exist, shows that the clock is behind.
fn judge_clock(picture: &mut Picture, question: &Question) {
    match picture.clock_ahead_seconds {
        Some(ahead) if ahead.abs() > CLOCK_SECONDS => picture.say(F::ClockWrong, None, &ahead.to_string()),
        Some(_) => {}
        None => {
            let begins = |certificate: CertificateSeen| certificate.not_before > question.now + CLOCK_SECONDS;
            let keys = picture.media.iter().flat_map(|medium| &medium.keys);
            if question.now < WRITTEN_AT || keys.filter_map(|key| key.certificate).any(begins) {
                picture.say(F::ClockWrong, None, "");
            }
        }
    }
}

fn keys_seen(contents: &Contents) -> Vec<KeySeen> {
    let certificate =
        |one: &crypto::Certificate| CertificateSeen { not_before: one.not_before(), not_after: one.not_after() };
    let mut keys: Vec<KeySeen> = contents
        .keys
        .iter()
        .map(|key| KeySeen {
            algorithm: key.kind.clone(),
            hash_begin: key.hash().map(|hash| begin(&hash)).unwrap_or_default(),
            has_key: true,
            certificate: key.certificates.first().map(certificate),
        })
        .collect();
    let alone = contents.certificates.iter().filter(|one| contents.key(&one.public_key().spki_sha256()).is_none());
    keys.extend(alone.map(|one| KeySeen {
        algorithm: one.public_key().algorithm().to_string(),
        hash_begin: begin(&one.public_key().spki_sha256()),
        has_key: false,
        certificate: Some(certificate(one)),
    }));
    keys
}

fn pin_seen(state: PinState) -> PinSeen {
    PinSeen {
        attempts: match state.attempts {
            Attempts::Exactly { left, .. } => AttemptsSeen::Left(left),
            Attempts::Low => AttemptsSeen::Low,
            Attempts::Final => AttemptsSeen::Final,
            Attempts::Locked => AttemptsSeen::Locked,
            Attempts::Unknown => AttemptsSeen::Unknown,
        },
        factory: match state.factory {
            Factory::Yes => Some(true),
            Factory::No => Some(false),
            Factory::Unknown => None,
        },
        must_change: state.must_change,
    }
}

fn unseen(kind: PlaceKind) -> MediumSeen {
    let pin = PinSeen { attempts: AttemptsSeen::Unknown, factory: None, must_change: false };
    MediumSeen {
        kind,
        maker: String::new(),
        model: String::new(),
        serial_end: String::new(),
        firmware: String::new(),
        pin,
        so_pin: pin,
        memory_kib: None,
        free_kib: None,
        algorithms: Vec::new(),
        keys: Vec::new(),
    }
}

/// «MS_Key К» is written with a Latin and with a Cyrillic K, with and without the line.
pub(crate) fn is_ms_key(model: &str) -> bool {
    let plain: String = model.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    ["mskeyk", "mskeyк"].iter().any(|name| plain.contains(name))
}

fn word(family: Family) -> &'static str {
    match family {
        Family::Gost2001 => "gost-2001",
        Family::Gost256 => "gost-256",
        Family::Gost512 => "gost-512",
        Family::Ecdsa => "ecdsa",
        Family::Rsa => "rsa",
    }
}

/// The last four characters: enough to tell cards apart, too few to name one.
fn end(serial: &str) -> String {
    let skip = serial.chars().count().saturating_sub(4);
    serial.chars().skip(skip).collect()
}

fn begin(hash: &[u8; 32]) -> String {
    hash[..4].iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Room for a key pair, its certificate and what a token adds to each.
const ROOM_OCTETS: u64 = 8 * 1024;
/// The bank takes signatures whose time is off by this much.
const CLOCK_SECONDS: i64 = 5 * 60;
const DAY_SECONDS: i64 = 86_400;
/// As the first notice by mail.
const SOON_DAYS: i64 = 30;
/// When this was written (28 November 2026): no clock that runs it can honestly say less.
const WRITTEN_AT: i64 = 1_795_824_000;
