//! The words of `inspect`, under `locales/inspect/`.

use std::sync::OnceLock;

use crate::words::{Book, Language};

struct Words {
    ru: Book,
    en: Book,
}

impl Words {
    fn get() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(|| {
            let book = |language, file, text| {
                Book::parse(language, file, text).expect("the compiled-in words are parsed by a test")
            };
            Self {
                ru: book(Language::Ru, "locales/inspect/ru.ftl", include_str!("../../../locales/inspect/ru.ftl")),
                en: book(Language::En, "locales/inspect/en.ftl", include_str!("../../../locales/inspect/en.ftl")),
            }
        })
    }

    fn book(&self, language: Language) -> &Book {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// The text of `inspect-ID`; the id itself where there are no words, which a test finds.
pub(super) fn text(language: Language, id: &str, args: &[(&str, String)]) -> String {
    let id = format!("inspect-{}", id.replace('_', "-"));
    optional(language, &id, args).unwrap_or(id)
}

/// The text of `inspect-ID` if it has one.
pub(super) fn known(language: Language, id: &str) -> Option<String> {
    optional(language, &format!("inspect-{id}"), &[])
}

fn optional(language: Language, id: &str, args: &[(&str, String)]) -> Option<String> {
    Words::get().book(language).text(id, args).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_ids() {
        let words = Words::get();
        assert_eq!(words.ru.ids(), words.en.ids());
    }

    #[test]
    fn every_kind_has_words_in_both_languages() {
        for kind in crypto::Kind::ALL {
            for language in Language::ALL {
                assert!(known(language, &format!("kind-{}", kind.code())).is_some(), "{kind:?}");
            }
        }
    }

    #[test]
    fn every_reason_to_revoke_has_words() {
        for code in 0..=u8::MAX {
            let word = super::super::names::revocation_reason(code);
            assert!(known(Language::Ru, &format!("word-{word}")).is_some(), "{word}");
        }
    }
}
