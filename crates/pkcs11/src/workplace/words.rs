//! A picture in words, in two languages: for the screen and for the bank's operator, who has only the support code.

use std::fmt::Write as _;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::picture::{AttemptsSeen, Finding, FindingCode, MediumSeen, Picture, PinSeen, PlaceKind, Severity};
use crate::catalogue::{self, Language};

/// What a person reads about one finding.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Said {
    /// What was found.
    pub cause: String,
    /// What to do; empty where nothing is to be done.
    pub next: String,
}

/// The words of a finding.
#[must_use]
pub fn said(picture: &Picture, finding: &Finding, language: Language) -> Said {
    let medium = finding
        .medium
        .and_then(|number| picture.media.get(usize::try_from(number).ok()?))
        .map_or_else(String::new, |medium| title(medium, language));
    let of_catalogue = catalogue::words(language, &finding.detail);
    let fault = matches!(finding.code, FindingCode::ModuleFault | FindingCode::MediumFault);
    let args =
        [("medium", medium.as_str()), ("detail", finding.detail.as_str()), ("cause", of_catalogue.cause.as_str())];
    let id = match finding.code {
        // A number of attempts or of seconds is not always known.
        code @ (FindingCode::PinLow | FindingCode::ClockWrong) if finding.detail.is_empty() => {
            format!("found-{}-unknown", code.word())
        }
        code => format!("found-{}", code.word()),
    };
    Said {
        cause: text(language, &id, None, &args),
        next: if fault { of_catalogue.next } else { text(language, &id, Some("next"), &args) },
    }
}

/// A part of a picture in words: what is described, and its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Described {
    /// The program, or the medium.
    pub title: String,
    /// What is said of it.
    pub lines: Vec<String>,
}

/// The picture without its findings: the program and what it loaded, then each medium.
#[must_use]
pub fn described(picture: &Picture, language: Language) -> Vec<Described> {
    let say = |id: &str, args: &[(&str, &str)]| text(language, id, None, args);
    let modules = picture.modules.iter().map(|module| {
        let version = if module.version.is_empty() { say("doctor-not-loaded", &[]) } else { module.version.clone() };
        say("doctor-module", &[("file", &module.file), ("version", &version)])
    });
    let readers = say("doctor-empty-readers", &[("count", &picture.empty_readers.to_string())]);
    let program = Described {
        title: say("doctor-head", &[("version", &picture.component), ("system", &picture.system)]),
        lines: modules.chain([readers]).collect(),
    };
    let media = picture.media.iter().map(|medium| {
        let mut lines = Vec::new();
        if medium.kind == PlaceKind::Token {
            lines.push(say("doctor-firmware", &[("version", &medium.firmware)]));
            lines.push(say("doctor-pin", &[("state", &pin(medium.pin, language))]));
            lines.push(say("doctor-so-pin", &[("state", &pin(medium.so_pin, language))]));
            let kib = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            lines.push(say("doctor-memory", &[("free", &kib(medium.free_kib)), ("total", &kib(medium.memory_kib))]));
            lines.push(say("doctor-algorithms", &[("list", &medium.algorithms.join(", "))]));
        }
        for key in &medium.keys {
            let state = match key.certificate {
                None => say("doctor-key-orphan", &[]),
                Some(certificate) if key.has_key => say("doctor-key-until", &[("day", &day(certificate.not_after))]),
                Some(certificate) => say("doctor-certificate-alone", &[("day", &day(certificate.not_after))]),
            };
            lines.push(say(
                "doctor-key",
                &[("algorithm", &key.algorithm), ("hash", &key.hash_begin), ("state", &state)],
            ));
        }
        Described { title: title(medium, language), lines }
    });
    [program].into_iter().chain(media).collect()
}

/// The whole picture as lines for a terminal.
#[must_use]
pub fn report(picture: &Picture, language: Language) -> String {
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").expect("a string takes all");
    for (number, part) in described(picture, language).into_iter().enumerate() {
        let indent = if number == 0 { "" } else { "  " };
        line(&format!("{}{}", if number == 0 { "" } else { "\n" }, part.title));
        for said in part.lines {
            line(&format!("{indent}{said}"));
        }
    }
    line("");
    for finding in &picture.findings {
        let mark = match finding.code.severity() {
            Severity::Stops => "✗",
            Severity::Warns => "!",
            Severity::Fine => "✓",
        };
        let said = said(picture, finding, language);
        line(&format!("{mark} {}", said.cause));
        if !said.next.is_empty() {
            line(&format!("  → {}", said.next));
        }
    }
    out
}

fn title(medium: &MediumSeen, language: Language) -> String {
    let kind = match medium.kind {
        PlaceKind::Token => "doctor-token",
        PlaceKind::Registry => "doctor-registry",
        PlaceKind::KeyDirectory => "doctor-key-directory",
    };
    text(language, kind, None, &[("maker", &medium.maker), ("model", &medium.model), ("serial", &medium.serial_end)])
}

fn pin(pin: PinSeen, language: Language) -> String {
    let attempts = match pin.attempts {
        AttemptsSeen::Left(left) => text(language, "doctor-attempts-left", None, &[("count", &left.to_string())]),
        AttemptsSeen::Low => text(language, "doctor-attempts-low", None, &[]),
        AttemptsSeen::Final => text(language, "doctor-attempts-final", None, &[]),
        AttemptsSeen::Locked => text(language, "doctor-attempts-locked", None, &[]),
        AttemptsSeen::Unknown => text(language, "doctor-attempts-unknown", None, &[]),
    };
    let factory = match pin.factory {
        Some(true) => "doctor-factory-yes",
        Some(false) => "doctor-factory-no",
        None => "doctor-factory-unknown",
    };
    format!("{attempts}, {}", text(language, factory, None, &[]))
}

/// `2026-11-28`.
fn day(seconds: i64) -> String {
    match time::OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day()),
        Err(_) => seconds.to_string(),
    }
}

/// A message or one of its attributes; an id without words is a defect that a test finds.
fn text(language: Language, id: &str, attribute: Option<&str>, variables: &[(&str, &str)]) -> String {
    let bundle = bundle(language);
    let Some(message) = bundle.get_message(id) else { return id.to_owned() };
    let pattern = match attribute {
        None => message.value(),
        Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
    };
    let Some(pattern) = pattern else { return String::new() };
    let mut args = FluentArgs::new();
    for (name, value) in variables {
        args.set(*name, *value);
    }
    bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

fn bundle(language: Language) -> &'static FluentBundle<FluentResource> {
    static RU: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    static EN: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    let parsed = |name: &str, text: &str| {
        let resource = FluentResource::try_new(text.to_owned()).expect("a test parses the compiled-in words");
        let mut bundle = FluentBundle::new_concurrent(vec![name.parse().expect("a language tag")]);
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("a test looks for ids that stand twice");
        bundle
    };
    match language {
        Language::Ru => RU.get_or_init(|| parsed("ru", include_str!("../../locales/workplace/ru.ftl"))),
        Language::En => EN.get_or_init(|| parsed("en", include_str!("../../locales/workplace/en.ftl"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_words_and_a_fix_in_both_languages() {
        for code in FindingCode::ALL {
            for detail in ["3", ""] {
                let detail = match code {
                    FindingCode::ModuleFault | FindingCode::MediumFault => "module-absent",
                    _ => detail,
                };
                let finding = Finding { code: *code, medium: None, detail: detail.to_owned() };
                for language in [Language::Ru, Language::En] {
                    let Said { cause, next } = said(&Picture::default(), &finding, language);
                    let fine = code.severity() == Severity::Fine;
                    for text in [Some(cause), (!fine).then_some(next)].into_iter().flatten() {
                        assert!(text.contains(' ') && text.ends_with('.') && !text.contains('{'), "{code:?}: {text}");
                        let cyrillic = text.chars().filter(|c| ('а'..='я').contains(c)).count();
                        assert_eq!(cyrillic > 5, language == Language::Ru, "{code:?}: {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        let ids = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
            let mut ids: Vec<String> = lines.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect();
            ids.sort();
            ids
        };
        let (ru, en) =
            (ids(include_str!("../../locales/workplace/ru.ftl")), ids(include_str!("../../locales/workplace/en.ftl")));
        assert_eq!(ru, en);
        assert!(ru.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
