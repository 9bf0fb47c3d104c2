//! An agent: the bank or broker that is the registration authority of its clients. Its facts are data (`agents/NAME.toml`).

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::calendar::{Calendar, day_of, is_weekend};
use crate::certificate::BankStep;
use crate::ids::AgentId;
use crate::procedure::ProcedureError;
use crate::procedure::config::{Wrong, from_toml, is_word};
use crate::subscriber::{CaseForms, Email, Gender};

/// A validated agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// The file's name without `.toml`.
    pub file: String,
    /// The number in `?agentId=`.
    pub id: AgentId,
    /// Full name, as printed on acts.
    pub name: String,
    /// The person who acts for it.
    pub person: CaseForms,
    /// That person's gender.
    pub person_gender: Gender,
    /// The basis of that person's power, genitive: «приказа».
    pub basis: String,
    /// City of its acts.
    pub city: String,
    /// Name of the certification authority as printed on acts: «AUTHORITY».
    pub ca_name: String,
    /// How its clients reach support.
    pub support: Support,
    /// From-address of letters.
    pub mail_from: String,
    /// Working days and time zone.
    pub calendar: Calendar,
    /// Names of the procedures it offers.
    pub procedures: Vec<String>,
    /// What its clients may do to their own certificates by themselves; everything, unless the file says otherwise.
    pub client_may: Vec<OwnStep>,
    /// Whether its clients may look at what is theirs after a sign-in by password; not, unless the file says so.
    pub subscriber_password: SubscriberPassword,
    /// Steps of its staff on certificates that a second person confirms.
    pub second_person: Vec<BankStep>,
    /// The key by which it signs electronic acts after the client; it does not, unless the file says so.
    pub countersignature: Option<Countersignature>,
}

/// How support is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Support {
    /// Phone, extension, e-mail, in words.
    pub phone: InBoth,
    /// When somebody answers, where the file says so.
    pub hours: Option<InBoth>,
}

/// A line of text in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InBoth {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

/// Whose signature stands on electronic acts for the agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Countersignature {
    /// PEM: the certificate, and behind it the chain that goes into the signature, nearest issuer first.
    pub certificate: PathBuf,
    /// Where its key is.
    pub key: KeyPlace,
}

/// Where a key of the agent is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyPlace {
    /// A PKCS#8 file under a password.
    File {
        /// The file.
        path: PathBuf,
        /// The file with the password; that of the house's own keys when there is none.
        password_file: Option<PathBuf>,
    },
    /// A token or an HSM. The key is found there by the certificate's public half.
    Token {
        /// The PKCS#11 module.
        module: PathBuf,
        /// The token's serial number.
        serial: String,
        /// The file with its PIN.
        pin_file: PathBuf,
    },
}

impl Countersignature {
    /// The same with relative paths counted from `folder`.
    #[must_use]
    pub fn seen_from(&self, folder: &Path) -> Self {
        let key = match &self.key {
            KeyPlace::File { path, password_file } => KeyPlace::File {
                path: folder.join(path),
                password_file: password_file.as_ref().map(|file| folder.join(file)),
            },
            KeyPlace::Token { module, serial, pin_file } => {
                KeyPlace::Token { module: module.clone(), serial: serial.clone(), pin_file: folder.join(pin_file) }
            }
        };
        Self { certificate: folder.join(&self.certificate), key }
    }
}

/// A step that a client may take with an own certificate. Lifting a hold is the bank's alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnStep {
    /// certificateHold.
    Hold,
    /// Revoke for good.
    Revoke,
}

impl OwnStep {
    /// All steps.
    pub const ALL: [Self; 2] = [Self::Hold, Self::Revoke];

    /// The word of the agent's file, of addresses and locales.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Revoke => "revoke",
        }
    }
}

/// What an agent's clients may sign in with beside their certificates. Such a sign-in looks and does nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriberPassword {
    /// Nothing: certificates alone open the cabinet.
    #[default]
    None,
    /// Login and password; a second device where the client wants one.
    Password,
    /// Login, password and the code of a second device.
    PasswordAndCode,
}

/// `agents/NAME.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentConfig {
    id: u32,
    name: String,
    person: CaseForms,
    person_gender: Gender,
    basis: String,
    city: String,
    ca_name: String,
    support: SupportConfig,
    mail_from: String,
    procedures: Vec<String>,
    #[serde(default = "every_step")]
    client_may: Vec<OwnStep>,
    #[serde(default)]
    subscriber_password: SubscriberPassword,
    calendar: CalendarConfig,
    #[serde(default)]
    desk: DeskConfig,
    countersignature: Option<CountersignatureConfig>,
}

/// The `[support]` table: `phone.ru`, `phone.en`, and `hours` likewise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "support.phone.ru and support.phone.en")]
struct SupportConfig {
    phone: InBothConfig,
    hours: Option<InBothConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a text in ru and in en")]
struct InBothConfig {
    ru: Option<String>,
    en: Option<String>,
}

/// The `[countersignature]` table: a certificate, and either a key file or a token. Secrets are in files: agents' files are shown around.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountersignatureConfig {
    certificate: PathBuf,
    key: Option<PathBuf>,
    password_file: Option<PathBuf>,
    token: Option<TokenConfig>,
}

/// The `[countersignature.token]` table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenConfig {
    module: PathBuf,
    serial: String,
    pin_file: PathBuf,
}

/// The `[desk]` table: `second_person = ["revoke", "release"]`; nobody by default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct DeskConfig {
    #[serde(default)]
    second_person: Vec<String>,
}

fn every_step() -> Vec<OwnStep> {
    OwnStep::ALL.to_vec()
}

/// The `[calendar]` table: `zone = "+07:00"`, days as `2026-01-01`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarConfig {
    zone: String,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    working_weekends: Vec<String>,
}

impl Agent {
    /// Parses `agents/NAME.toml`; unknown keys are refused.
    ///
    /// # Errors
    /// The file, the line where known, and the reason in words.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProcedureError> {
        let config: AgentConfig = from_toml(file, text)?;
        validated(file, config).map_err(|wrong| wrong.into_error(file, text))
    }
}

fn validated(file: &str, config: AgentConfig) -> Result<Agent, Wrong> {
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    if !is_word(stem, "-") {
        return Err(Wrong::new(&[], format!("the file name {stem:?} is not lower-case words joined by -")));
    }
    let mail_from = Email::parse(&config.mail_from)
        .ok_or_else(|| Wrong::new(&["mail_from"], format!("{:?} is not an e-mail address", config.mail_from)))?;
    Ok(Agent {
        file: stem.to_owned(),
        id: AgentId(config.id),
        name: line(config.name, &["name"])?,
        person: CaseForms {
            nominative: line(config.person.nominative, &["person", "nominative"])?,
            genitive: line(config.person.genitive, &["person", "genitive"])?,
            instrumental: line(config.person.instrumental, &["person", "instrumental"])?,
        },
        person_gender: config.person_gender,
        basis: line(config.basis, &["basis"])?,
        city: line(config.city, &["city"])?,
        ca_name: line(config.ca_name, &["ca_name"])?,
        support: Support {
            phone: in_both(config.support.phone, "phone")?,
            hours: config.support.hours.map(|hours| in_both(hours, "hours")).transpose()?,
        },
        mail_from: mail_from.as_str().to_owned(),
        procedures: procedures(config.procedures)?,
        client_may: config.client_may,
        subscriber_password: config.subscriber_password,
        calendar: calendar(&config.calendar)?,
        second_person: second_person(&config.desk.second_person)?,
        countersignature: config.countersignature.map(countersignature).transpose()?,
    })
}

/// One line of text that goes into acts and letters.
fn line(text: String, path: &[&str]) -> Result<String, Wrong> {
    let right = !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if right && text.chars().count() <= LINE_CHARACTERS {
        return Ok(text);
    }
    Err(Wrong::new(path, format!("must be one line of 1 to {LINE_CHARACTERS} characters without spaces at its ends")))
}

/// A text of the `[support]` table: who reads the other language is told as much.
fn in_both(config: InBothConfig, key: &str) -> Result<InBoth, Wrong> {
    let one = |text: Option<String>, language: &str| {
        let path = ["support", key, language];
        let missing = || Wrong::new(&path, "both languages are needed, ru and en");
        line(text.ok_or_else(missing)?, &path)
    };
    Ok(InBoth { ru: one(config.ru, "ru")?, en: one(config.en, "en")? })
}

fn procedures(names: Vec<String>) -> Result<Vec<String>, Wrong> {
    let path = &["procedures"];
    for (index, name) in names.iter().enumerate() {
        if !is_word(name, "-") {
            return Err(Wrong::new(path, format!("{name:?} is not the name of a procedure's folder")));
        }
        if names[..index].contains(name) {
            return Err(Wrong::new(path, format!("{name:?} stands twice")));
        }
    }
    Ok(names)
}

fn second_person(names: &[String]) -> Result<Vec<BankStep>, Wrong> {
    let step = |name: &String| {
        let words = BankStep::ALL.map(BankStep::name).join(", ");
        let unknown = || Wrong::new(&["desk", "second_person"], format!("{name:?} is none of {words}"));
        BankStep::from_name(name).ok_or_else(unknown)
    };
    names.iter().map(step).collect()
}

fn countersignature(config: CountersignatureConfig) -> Result<Countersignature, Wrong> {
    let key = match (config.key, config.password_file, config.token) {
        (Some(path), password_file, None) => KeyPlace::File { path, password_file },
        (None, None, Some(token)) => {
            if !token.module.is_absolute() {
                let path = &["countersignature", "token", "module"];
                return Err(Wrong::new(path, "the path of a module is absolute".to_owned()));
            }
            KeyPlace::Token { module: token.module, serial: token.serial, pin_file: token.pin_file }
        }
        _ => {
            let reason = "give either key (and password_file) or a [countersignature.token]".to_owned();
            return Err(Wrong::new(&["countersignature"], reason));
        }
    };
    Ok(Countersignature { certificate: config.certificate, key })
}

fn calendar(config: &CalendarConfig) -> Result<Calendar, Wrong> {
    let offset_minutes = zone(&config.zone).ok_or_else(|| {
        Wrong::new(&["calendar", "zone"], format!("{:?} is not a zone such as \"+07:00\"", config.zone))
    })?;
    let mut calendar = Calendar { offset_minutes, ..Calendar::default() };
    for text in &config.holidays {
        let (date, _) = date(text, &["calendar", "holidays"])?;
        calendar.days_off.insert(date);
    }
    for text in &config.working_weekends {
        let path = &["calendar", "working_weekends"];
        let (date, day) = date(text, path)?;
        if !is_weekend(day) {
            return Err(Wrong::new(path, format!("{text} is neither a Saturday nor a Sunday")));
        }
        if calendar.days_off.contains(&date) {
            return Err(Wrong::new(path, format!("{text} is also a holiday")));
        }
        calendar.working_weekends.insert(date);
    }
    Ok(calendar)
}

/// Minutes of `+07:00`, `-03:30`; no zone is farther than 14 hours.
fn zone(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = two_digits(rest, ':')?;
    (minutes < 60 && hours * 60 + minutes <= FARTHEST_ZONE_MINUTES).then_some(sign * (hours * 60 + minutes))
}

fn two_digits(text: &str, separator: char) -> Option<(i32, i32)> {
    let (first, second) = text.split_once(separator)?;
    let number = |part: &str| part.parse().ok().filter(|_| part.len() == 2 && part.bytes().all(|o| o.is_ascii_digit()));
    Some((number(first)?, number(second)?))
}

/// A date as (year, month, day) and as the number of its day.
fn date(text: &str, path: &[&str]) -> Result<((i32, u8, u8), i64), Wrong> {
    let parsed = || {
        let (year, rest) = text.split_once('-').filter(|(year, _)| year.len() == 4)?;
        let year: i32 = year.parse().ok()?;
        let (month, day) = two_digits(rest, '-')?;
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        Some(((year, month, day), day_of(year, month, day)?))
    };
    parsed().ok_or_else(|| Wrong::new(path, format!("{text:?} is not a day such as \"2026-01-01\"")))
}

/// A line of an act holds about this much.
const LINE_CHARACTERS: usize = 300;
/// UTC+14:00, the farthest zone there is.
const FARTHEST_ZONE_MINUTES: i32 = 14 * 60;
