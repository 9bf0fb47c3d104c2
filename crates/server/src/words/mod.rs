//! Words: Fluent messages in Russian and English. The house's own are compiled in; a procedure's come from its folder at run time.

mod dates;
mod house;
mod pages;
mod procedure;

use std::collections::BTreeSet;

use domain::agent::InBoth;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

pub(crate) use dates::{local_date, local_time};
pub(crate) use house::House;
pub(crate) use pages::Speech;
pub(crate) use procedure::ProcedureWords;

/// The two languages of the house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    Ru,
    En,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::Ru, Self::En];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// What an agent's file says in it.
    pub(crate) fn of(self, text: &InBoth) -> &str {
        match self {
            Self::Ru => &text.ru,
            Self::En => &text.en,
        }
    }

    /// The language with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The better liked of the two by `Accept-Language` (RFC 9110 section 12.5.4); Russian when nothing is said.
    pub(crate) fn from_accept(header: Option<&str>) -> Self {
        let liking = |wanted: &str| {
            header.into_iter().flat_map(|text| text.split(',')).take(MOST_RANGES).find_map(|range| {
                let mut parts = range.split(';');
                let tag = parts.next()?.trim().to_ascii_lowercase();
                let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                (tag == wanted || tag.strip_prefix(wanted)?.starts_with('-')).then_some(quality)
            })
        };
        match (liking("ru"), liking("en")) {
            (None, Some(en)) if en > 0.0 => Self::En,
            (Some(ru), Some(en)) if en > ru => Self::En,
            _ => Self::Ru,
        }
    }

    /// By the environment of a terminal, in the order of POSIX; English unless it says Russian.
    pub(crate) fn from_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        if set.is_some_and(|value| value.starts_with("ru")) { Self::Ru } else { Self::En }
    }
}

/// Ranges of `Accept-Language` that are looked at: browsers send under ten.
const MOST_RANGES: usize = 32;

/// Why a file of words is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub(crate) struct WordsError {
    pub(crate) file: String,
    pub(crate) line: Option<usize>,
    pub(crate) reason: String,
}

/// One language's messages of one file.
pub(crate) struct Book {
    file: String,
    bundle: FluentBundle<FluentResource>,
    ids: BTreeSet<String>,
}

impl Book {
    /// Parses a Fluent file; `file` is only for messages.
    pub(crate) fn parse(language: Language, file: &str, text: &str) -> Result<Self, WordsError> {
        let refuse = |line, reason| WordsError { file: file.to_owned(), line, reason };
        let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
            let first = errors.first();
            let line = first.map(|error| text[..error.pos.start.min(text.len())].matches('\n').count() + 1);
            refuse(line, first.map_or_else(|| "not Fluent".to_owned(), |error| error.kind.to_string()))
        })?;
        let tag = language.name().parse().expect("\"ru\" and \"en\" are language tags");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Isolation marks (U+2068, U+2069) would stand inside numbers and links of letters.
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .map_err(|errors| refuse(None, errors.first().map_or_else(String::new, |error| error.to_string())))?;
        Ok(Self { file: file.to_owned(), bundle, ids: ids(text) })
    }

    /// The ids of all messages.
    pub(crate) fn ids(&self) -> &BTreeSet<String> {
        &self.ids
    }

    /// The file it came from.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The text of a message; none if there is no such id.
    ///
    /// # Errors
    /// The message names a variable that is not among `args`, or another message that is not there.
    pub(crate) fn text(&self, id: &str, args: &[(&str, String)]) -> Result<Option<String>, WordsError> {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return Ok(None);
        };
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set(*name, value.as_str());
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        match errors.first() {
            None => Ok(Some(text)),
            Some(error) => Err(WordsError { file: self.file.clone(), line: None, reason: format!("{id}: {error}") }),
        }
    }
}

/// Ids of the messages of a file: a message begins with its id in the first column, a term with a hyphen.
fn ids(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('='))
        .map(|(id, _)| id.trim().to_owned())
        .collect()
}

/// Ids that only one of the two has, as words for a person.
fn differences(ru: &Book, en: &Book) -> Vec<WordsError> {
    let missing = |has: &Book, lacks: &Book| -> Vec<WordsError> {
        has.ids
            .difference(&lacks.ids)
            .map(|id| WordsError {
                file: lacks.file.clone(),
                line: None,
                reason: format!("{id} is missing; {} has it", has.file),
            })
            .collect()
    };
    let mut found = missing(ru, en);
    found.extend(missing(en, ru));
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_better_liked_language_wins() {
        let check = |header: Option<&str>, wanted| assert_eq!(Language::from_accept(header), wanted, "{header:?}");
        check(None, Language::Ru);
        check(Some("de"), Language::Ru);
        check(Some("en"), Language::En);
        check(Some("en-US,en;q=0.9"), Language::En);
        check(Some("ru-RU,ru;q=0.9,en-US;q=0.8"), Language::Ru);
        check(Some("ru;q=0.3, en;q=0.8"), Language::En);
        check(Some("en;q=0"), Language::Ru);
        check(Some(",;;q=,en;q=x,"), Language::En);
    }

    #[test]
    fn a_missing_variable_is_an_error_and_not_a_hole() {
        let book = Book::parse(Language::Ru, "x.ftl", "greeting = Здравствуйте, { $name }\n").unwrap();
        assert_eq!(book.text("greeting", &[("name", "Рогов".into())]), Ok(Some("Здравствуйте, Рогов".into())));
        assert!(book.text("greeting", &[]).is_err());
        assert_eq!(book.text("other", &[]), Ok(None));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let error = Book::parse(Language::En, "x.ftl", "one = 1\ntwo = { $\n").map(|_| ()).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("x.ftl", Some(2)));
    }
}
