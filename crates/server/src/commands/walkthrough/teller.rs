//! What a walk says on the terminal: one line a step, in the reader's language, with the step's number in the bank's manual.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::terminal::{say, tell};
use crate::words::{Book, Language};

/// A step of a walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    SignIn,
    Create,
    Key,
    Submit,
    Review,
    Letter,
    Open,
    Act,
    Certificate,
    Proof,
    NewSignIn,
}

impl Step {
    /// All of them, in their order.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 11] = [
        Self::SignIn,
        Self::Create,
        Self::Key,
        Self::Submit,
        Self::Review,
        Self::Letter,
        Self::Open,
        Self::Act,
        Self::Certificate,
        Self::Proof,
        Self::NewSignIn,
    ];

    /// Its word in `demo/*.ftl` and `demo/demo.toml`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Create => "create",
            Self::Key => "key",
            Self::Submit => "submit",
            Self::Review => "review",
            Self::Letter => "letter",
            Self::Open => "open",
            Self::Act => "act",
            Self::Certificate => "certificate",
            Self::Proof => "proof",
            Self::NewSignIn => "new-sign-in",
        }
    }
}

/// Says what happens.
pub(crate) struct Teller {
    pub(crate) language: Language,
    words: Book,
    /// The manual's number of a step, by the step's name.
    numbers: BTreeMap<String, String>,
}

const RU: &str = include_str!("../../../../../demo/ru.ftl");
const EN: &str = include_str!("../../../../../demo/en.ftl");

impl Teller {
    /// In the language of the terminal.
    pub(crate) fn new(numbers: BTreeMap<String, String>) -> Self {
        let language = Language::from_environment();
        Self { language, words: book(language), numbers }
    }

    /// A text of `demo/*.ftl`.
    pub(crate) fn word(&self, id: &str, args: &[(&str, String)]) -> String {
        // Tests render every text; a reader of a hole sees its id.
        self.words.text(id, args).ok().flatten().unwrap_or_else(|| id.to_owned())
    }

    /// One line of the result.
    pub(crate) fn line(&self, id: &str, args: &[(&str, String)]) {
        say(self.word(id, args));
    }

    /// One line beside the result.
    pub(crate) fn aside(&self, id: &str, args: &[(&str, String)]) {
        tell(self.word(id, args));
    }

    /// A step that is done: number, who, what, result, milliseconds.
    pub(crate) fn step(&self, step: Step, who: &str, result: &str, began: Instant) {
        let number = self.numbers.get(step.name()).map_or("-", String::as_str);
        let what = self.word(&format!("walk-{}", step.name()), &[]);
        say(format!("{number:>5}  {who:<WHO$}  {what:<WHAT$}  {result}  {} ms", milliseconds(began.elapsed())));
    }
}

/// Whole milliseconds.
pub(crate) fn milliseconds(span: Duration) -> u128 {
    span.as_millis()
}

fn book(language: Language) -> Book {
    let (file, text) = match language {
        Language::Ru => ("demo/ru.ftl", RU),
        Language::En => ("demo/en.ftl", EN),
    };
    Book::parse(language, file, text).expect("the compiled-in words are parsed by a test")
}

/// Columns: the longest name and the longest deed of the sample walk fit.
const WHO: usize = 22;
const WHAT: usize = 38;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn both_languages_say_the_same_things_and_name_every_step() {
        let (ru, en) = (book(Language::Ru), book(Language::En));
        assert_eq!(ru.ids(), en.ids());
        for step in Step::ALL {
            assert!(ru.ids().contains(&format!("walk-{}", step.name())), "{step:?}");
        }
    }

    #[test]
    fn a_text_has_the_same_variables_in_both_languages() {
        let variables = |text: &str| -> Vec<String> {
            let mut all: Vec<String> =
                text.match_indices("{ $").map(|(at, _)| text[at + 3..].split(' ').next().unwrap().to_owned()).collect();
            all.sort();
            all
        };
        let lines = |text: &'static str| {
            text.lines().filter(|line| line.contains(" = ")).map(|line| line.split_once(" = ").unwrap())
        };
        for ((id, ru), (other, en)) in lines(RU).zip(lines(EN)) {
            assert_eq!((id, variables(ru)), (other, variables(en)));
        }
    }
}
