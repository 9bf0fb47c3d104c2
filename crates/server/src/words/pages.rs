//! The words of the pages: the house's own under `locales/pages/`, and in front of them a procedure's where its folder has the
//! same id. An id that begins with `page-` may be a bank's; the others are the house's alone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use domain::Timestamp;
use domain::calendar::Calendar;

use super::{Book, House, Language, ProcedureWords, local_date, local_time};

/// Both languages, parsed once.
pub(crate) struct PageWords {
    ru: Book,
    en: Book,
}

/// Begins the ids that a procedure may put its own words in front of.
pub(super) const PAGE: &str = "page-";

/// Every variable that the words of a page may use.
pub(super) const VARIABLES: [&str; 14] = [
    "agent", "bank", "ca", "count", "date", "from", "hours", "letters", "minutes", "name", "number", "support",
    "until", "unz",
];

impl PageWords {
    /// The words of this binary.
    pub(crate) fn get() -> &'static Self {
        static WORDS: OnceLock<PageWords> = OnceLock::new();
        WORDS.get_or_init(|| {
            let book = |language, file, text| {
                Book::parse(language, file, text).expect("the compiled-in words are parsed by a test")
            };
            Self {
                ru: book(Language::Ru, "locales/pages/ru.ftl", include_str!("../../locales/pages/ru.ftl")),
                en: book(Language::En, "locales/pages/en.ftl", include_str!("../../locales/pages/en.ftl")),
            }
        })
    }

    fn book(&self, language: Language) -> &Book {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// Whether a page may ask for this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.ru.ids().contains(id)
    }
}

/// Words in one language for one page.
pub(crate) struct Speech<'a> {
    language: Language,
    /// The procedure that the page is about.
    procedure: Option<&'a ProcedureWords>,
    /// The agent's, for dates as its clients read them.
    calendar: Calendar,
    /// Ids that were asked for and have no words, or not all of their variables.
    missed: RefCell<BTreeSet<String>>,
}

impl<'a> Speech<'a> {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, procedure: None, calendar: Calendar::default(), missed: RefCell::default() }
    }

    /// The words of a procedure come first.
    pub(crate) fn of(mut self, procedure: Option<&'a ProcedureWords>) -> Self {
        self.procedure = procedure;
        self
    }

    /// Dates are those of this calendar's zone.
    pub(crate) fn dated(mut self, calendar: &Calendar) -> Self {
        self.calendar = Calendar { offset_minutes: calendar.offset_minutes, ..Calendar::default() };
        self
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The text of an id. One without words is a defect that tests find; a reader then sees the id itself.
    pub(crate) fn say(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// The text of an id with one variable.
    pub(crate) fn say1(&self, id: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.with(id, &[(name, value.to_string())])
    }

    /// The text of an id with two.
    pub(crate) fn say2(
        &self,
        id: &str,
        (first, value): (&str, impl std::fmt::Display),
        (second, other): (&str, impl std::fmt::Display),
    ) -> String {
        self.with(id, &[(first, value.to_string()), (second, other.to_string())])
    }

    /// The text of an id with any variables.
    pub(crate) fn with(&self, id: &str, args: &[(&str, String)]) -> String {
        let own = self.procedure.filter(|_| id.starts_with(PAGE)).map(|words| words.text(self.language, id, args));
        let found = match own {
            Some(Ok(Some(text))) => Ok(Some(text)),
            Some(Err(error)) => Err(error),
            Some(Ok(None)) | None => PageWords::get().book(self.language).text(id, args),
        };
        match found {
            Ok(Some(text)) => text,
            Ok(None) => self.miss(id.to_owned(), id),
            Err(error) => self.miss(error.to_string(), id),
        }
    }

    /// A stage of a request in the words of its procedure, else the house's.
    pub(crate) fn stage(&self, name: &str) -> String {
        let id = format!("status-{name}");
        let own = self.procedure.and_then(|words| words.text(self.language, &id, &[]).ok().flatten());
        own.unwrap_or_else(|| self.say(&id))
    }

    /// A message of the procedure alone: its title, the title of its act.
    pub(crate) fn of_procedure(&self, id: &str) -> Option<String> {
        self.procedure.and_then(|words| words.text(self.language, id, &[]).ok().flatten())
    }

    /// What a refusal means and what to do, by its code.
    pub(crate) fn refusal(&self, refusal: domain::Refusal) -> String {
        self.procedure
            .and_then(|words| words.refusal(self.language, refusal))
            .unwrap_or_else(|| House::get().refusal(self.language, refusal))
    }

    /// A day of the agent's zone.
    pub(crate) fn date(&self, at: &Timestamp) -> String {
        local_date(*at, self.language, &self.calendar)
    }

    /// Day, hour and minute, and the zone they are of.
    pub(crate) fn time(&self, at: &Timestamp) -> String {
        local_time(*at, self.language, &self.calendar)
    }

    /// What had no words so far.
    pub(crate) fn missed(&self) -> BTreeSet<String> {
        self.missed.borrow().clone()
    }

    fn miss(&self, what: String, id: &str) -> String {
        self.missed.borrow_mut().insert(what);
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences;
    use super::*;

    #[test]
    fn both_languages_have_the_same_ids() {
        let words = PageWords::get();
        assert_eq!(differences(&words.ru, &words.en), []);
    }

    #[test]
    fn every_message_renders_with_the_variables_of_pages_and_speaks_its_language() {
        let args: Vec<_> = VARIABLES.into_iter().map(|name| (name, "7".to_owned())).collect();
        let same = ["page-email", "page-ok", "language-ru", "language-en", "desk-inn-short"];
        for language in Language::ALL {
            let book = PageWords::get().book(language);
            for id in book.ids() {
                let text = book.text(id, &args).map_err(|error| error.to_string());
                let text = text.unwrap_or_else(|error| panic!("{error}")).unwrap_or_default();
                assert!(!text.trim().is_empty(), "{id}");
                let cyrillic = text.chars().any(|c| ('а'..='я').contains(&c.to_lowercase().next().unwrap_or(c)));
                if !same.contains(&id.as_str()) {
                    assert_eq!(cyrillic, language == Language::Ru, "{id}: {text}");
                }
            }
        }
    }
}
