//! The house's own words: refusals, incidents, the terminal, the plain answer of the mailed link.

use std::sync::OnceLock;

use domain::Refusal;

use super::{Book, Language};

/// Both languages, parsed once.
pub(crate) struct House {
    ru: Book,
    en: Book,
}

impl House {
    /// The words of this binary.
    pub(crate) fn get() -> &'static Self {
        static WORDS: OnceLock<House> = OnceLock::new();
        WORDS.get_or_init(|| {
            let book = |language, file, text| {
                Book::parse(language, file, text).expect("the compiled-in words are parsed by a test")
            };
            Self {
                ru: book(Language::Ru, "locales/ru.ftl", include_str!("../../locales/ru.ftl")),
                en: book(Language::En, "locales/en.ftl", include_str!("../../locales/en.ftl")),
            }
        })
    }

    fn book(&self, language: Language) -> &Book {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// The text of an id. An id without words is a defect that tests find; a reader then sees the id itself.
    pub(crate) fn text(&self, language: Language, id: &str, args: &[(&str, String)]) -> String {
        self.book(language).text(id, args).ok().flatten().unwrap_or_else(|| id.to_owned())
    }

    /// What a refusal means and what to do.
    pub(crate) fn refusal(&self, language: Language, refusal: Refusal) -> String {
        self.text(language, &format!("refusal-{}", refusal.code()), &[])
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::differences;
    use super::*;

    #[test]
    fn both_languages_have_the_same_ids() {
        let words = House::get();
        assert_eq!(differences(&words.ru, &words.en), []);
    }

    #[test]
    fn every_refusal_has_words_in_both_languages() {
        let words = House::get();
        for refusal in Refusal::ALL {
            for language in Language::ALL {
                let text = words.refusal(language, *refusal);
                assert!(text.contains(' ') && text.ends_with('.'), "{}: {text}", refusal.code());
                let cyrillic = text.chars().any(|c| ('а'..='я').contains(&c));
                assert_eq!(cyrillic, language == Language::Ru, "{}: {text}", refusal.code());
            }
        }
        let known: Vec<String> = Refusal::ALL.iter().map(|refusal| format!("refusal-{}", refusal.code())).collect();
        for id in words.ru.ids().iter().filter(|id| id.starts_with("refusal-")) {
            assert!(known.contains(id), "{id} is no refusal");
        }
    }

    #[test]
    fn every_message_renders_with_the_variables_of_its_kind() {
        let args: Vec<(&str, String)> = [
            "code", "folder", "address", "detail", "number", "key", "subject", "issuer", "serial", "hex", "unz",
            "support", "name", "count", "port", "file", "url", "sha256",
        ]
        .into_iter()
        .map(|name| (name, format!("<{name}>")))
        .collect();
        for language in Language::ALL {
            let book = House::get().book(language);
            for id in book.ids() {
                let text = book.text(id, &args).unwrap().unwrap();
                assert!(!text.is_empty(), "{id}");
            }
        }
    }
}
