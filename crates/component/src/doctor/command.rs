//! `surguch-component doctor [--json] [--code CODE]`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use pkcs11::{Language, Medium, PasswordRules};
use serde::Serialize;

use crate::operations::media::KNOWN_MODULES;
use crate::places::Places;
use crate::policy::Policy;

use pkcs11::workplace::{Picture, Said, Severity, decode, encode, report, said};

use super::{Question, Signatory, examine};

/// How the command is used.
pub const HELP: &str = "\
surguch-component doctor [--json] [--module PATH]... [--directory PATH]... [--name 'COMMON NAME' [--organization NAME]] [--bank-time SECONDS]
surguch-component doctor [--json] --code SD1-…

Looks at modules, readers, tokens, keys and the clock without a PIN and changes nothing; the last line is the support code.
--name refuses a card that holds another person's key. --code shows what somebody else's support code says.
";

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Nothing stands in the way.
    Ready,
    /// Something does.
    Stopped,
    /// The command was not understood: the text says why.
    Misused,
}

#[derive(Serialize)]
struct Whole<'a> {
    code: String,
    ready: bool,
    picture: &'a Picture,
    findings: Vec<Spoken>,
}

#[derive(Serialize)]
struct Spoken {
    code: &'static str,
    severity: Severity,
    medium: Option<u64>,
    ru: Said,
    en: Said,
}

/// Runs the command for this user on this machine: modules of the policy or of the makers, language and clock of the environment.
///
/// # Errors
/// The output is gone, or the policy cannot be read.
pub fn run_here(arguments: &[String], out: &mut dyn Write) -> io::Result<Ended> {
    let policy = match Places::here() {
        Some(places) => places.policy().map_err(|error| io::Error::other(error.to_string()))?,
        None => Policy::default(),
    };
    let installed: Vec<PathBuf> = if policy.modules.is_empty() {
        KNOWN_MODULES.iter().map(PathBuf::from).filter(|path| path.is_file()).collect()
    } else {
        policy.modules
    };
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let language =
        if set.is_some_and(|value| value.starts_with("en") || value == "C") { Language::En } else { Language::Ru };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    run(arguments, &installed, language, now, out)
}

/// Runs the command with the words that stand behind `doctor`; `installed` are the modules to look at when none is named.
///
/// # Errors
/// The output is gone.
pub fn run(
    arguments: &[String],
    installed: &[PathBuf],
    language: Language,
    now: i64,
    out: &mut dyn Write,
) -> io::Result<Ended> {
    if arguments.iter().any(|argument| argument == "--help") {
        write!(out, "{HELP}")?;
        return Ok(Ended::Ready);
    }
    let wish = match Wish::parse(arguments) {
        Ok(wish) => wish,
        Err(reason) => {
            writeln!(out, "{reason}\n\n{HELP}")?;
            return Ok(Ended::Misused);
        }
    };
    let picture = match &wish.code {
        Some(code) => match decode(code) {
            Ok(picture) => picture,
            Err(error) => {
                writeln!(out, "{error}")?;
                return Ok(Ended::Misused);
            }
        },
        None => examine(&wish.question(installed, now)),
    };
    if wish.json {
        let spoken = |language, finding| said(&picture, finding, language);
        let findings = picture.findings.iter().map(|finding| Spoken {
            code: finding.code.word(),
            severity: finding.code.severity(),
            medium: finding.medium,
            ru: spoken(Language::Ru, finding),
            en: spoken(Language::En, finding),
        });
        let whole =
            Whole { code: encode(&picture), ready: !picture.stops(), picture: &picture, findings: findings.collect() };
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
    } else {
        write!(out, "{}\n{}\n", report(&picture, language), encode(&picture))?;
    }
    Ok(if picture.stops() { Ended::Stopped } else { Ended::Ready })
}

#[derive(Default)]
struct Wish {
    json: bool,
    code: Option<String>,
    modules: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    name: Option<String>,
    organization: Option<String>,
    bank_now: Option<i64>,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut wish = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().cloned().ok_or_else(|| format!("{argument} wants a value"));
            match argument.as_str() {
                "--json" => wish.json = true,
                "--code" => wish.code = Some(value()?),
                "--module" => wish.modules.push(value()?.into()),
                "--directory" => wish.directories.push(value()?.into()),
                "--name" => wish.name = Some(value()?),
                "--organization" => wish.organization = Some(value()?),
                "--bank-time" => {
                    wish.bank_now =
                        Some(value()?.parse().map_err(|_| "--bank-time wants seconds since 1970".to_owned())?);
                }
                other => return Err(format!("not understood: {other}")),
            }
        }
        if wish.organization.is_some() && wish.name.is_none() {
            return Err("--organization goes with --name".to_owned());
        }
        Ok(wish)
    }

    fn question(&self, installed: &[PathBuf], now: i64) -> Question {
        let rules = PasswordRules::default();
        let registry = pkcs11::registry_folder().map(|folder| Medium::registry(folder, rules));
        let directories = self.directories.iter().map(|folder| Medium::looked_at(folder.clone()));
        Question {
            modules: if self.modules.is_empty() { installed.to_vec() } else { self.modules.clone() },
            folders: registry.into_iter().chain(directories).collect(),
            signatory: self.name.as_ref().map(|name| Signatory::new(name, self.organization.as_deref())),
            now,
            bank_now: self.bank_now,
        }
    }
}
