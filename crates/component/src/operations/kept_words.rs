//! Words that come with a question: what a code means and what helps, what a document is called.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use statement::message::Code;

use crate::prompt::Language;

/// Cause and next step of a code.
#[must_use]
pub fn code_words(code: Code, language: Language) -> (String, String) {
    let id = format!("code-{}", code.word());
    let bundle = bundle(language);
    let message = bundle.get_message(&id);
    let mut faults = Vec::new();
    let mut text = |pattern| bundle.format_pattern(pattern, None::<&FluentArgs<'_>>, &mut faults).into_owned();
    let cause = message.as_ref().and_then(fluent_bundle::FluentMessage::value).map(&mut text);
    let next = message.as_ref().and_then(|message| message.get_attribute("next")).map(|next| text(next.value()));
    (cause.unwrap_or(id), next.unwrap_or_default())
}

/// The name of a document for people.
pub(super) fn document_title(document: &str, language: Language) -> String {
    let id = format!("document-{document}");
    let bundle = bundle(language);
    match bundle.get_message(&id).and_then(|message| message.value()) {
        Some(pattern) => bundle.format_pattern(pattern, None::<&FluentArgs<'_>>, &mut Vec::new()).into_owned(),
        None => id,
    }
}

fn bundle(language: Language) -> &'static FluentBundle<FluentResource> {
    static RU: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    static EN: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    match language {
        Language::Ru => RU.get_or_init(|| made(language, include_str!("../../locales/ru/codes.ftl"))),
        Language::En => EN.get_or_init(|| made(language, include_str!("../../locales/en/codes.ftl"))),
    }
}

fn made(language: Language, text: &str) -> FluentBundle<FluentResource> {
    let name = language.name().parse().expect("ru and en are language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![name]);
    bundle.set_use_isolating(false);
    // A line that is no message is skipped; the test below looks for every id that is asked for.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_document_has_words_in_both_languages() {
        for language in Language::ALL {
            for code in Code::ALL {
                let (cause, next) = code_words(*code, language);
                assert!(cause.contains(' ') && next.contains(' '), "{} in {}", code.word(), language.name());
            }
            for document in [
                statement::act::DOCUMENT,
                statement::request::DOCUMENT,
                statement::sign_in::DOCUMENT,
                statement::sign_in::STAFF_DOCUMENT,
                statement::possession::DOCUMENT,
            ] {
                assert!(document_title(document, language).contains(' '), "{document} in {}", language.name());
            }
        }
    }
}
