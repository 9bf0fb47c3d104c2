//! A procedure's words: `locales/{ru,en}.ftl` of its folder, as that bank's manual has them.

use domain::Refusal;
use domain::procedure::{EmailConfirmation, Procedure};
use domain::request::StageName;
use domain::request::decide::Notice;

use super::pages::{PAGE, PageWords, VARIABLES};
use super::{Book, Language, WordsError, differences};

/// Both languages of one procedure.
pub(crate) struct ProcedureWords {
    ru: Book,
    en: Book,
}

impl ProcedureWords {
    /// Parses both files; `folder` is only for messages.
    pub(crate) fn parse(folder: &str, ru: &str, en: &str) -> Result<Self, WordsError> {
        Ok(Self {
            ru: Book::parse(Language::Ru, &format!("{folder}/locales/ru.ftl"), ru)?,
            en: Book::parse(Language::En, &format!("{folder}/locales/en.ftl"), en)?,
        })
    }

    /// The text of an id in a language; none if the procedure has no such words.
    pub(crate) fn text(
        &self,
        language: Language,
        id: &str,
        args: &[(&str, String)],
    ) -> Result<Option<String>, WordsError> {
        match language {
            Language::Ru => self.ru.text(id, args),
            Language::En => self.en.text(id, args),
        }
    }

    /// What a refusal means and what to do, where the procedure has words of its own for it.
    pub(crate) fn refusal(&self, language: Language, refusal: Refusal) -> Option<String> {
        // Words with a variable do not get past `faults`.
        self.text(language, &format!("{REFUSAL}{}", refusal.code()), &[]).ok().flatten()
    }

    /// Everything that is wrong: ids that a letter or a status may ask for and are missing, ids of one language only,
    /// messages that ask for a variable nobody sets. Empty means that an agent may offer the procedure.
    /// What is asked for follows from the procedure: the title of its act, the letter about an address that must answer.
    pub(crate) fn faults(&self, procedure: Option<&Procedure>) -> Vec<WordsError> {
        let mut found = differences(&self.ru, &self.en);
        for book in [&self.ru, &self.en] {
            let mut fault = |reason| found.push(WordsError { file: book.file().to_owned(), line: None, reason });
            for id in required_ids(procedure).into_iter().filter(|id| !book.ids().contains(id)) {
                fault(format!("{id} is missing; a letter, a status or a page may ask for it"));
            }
            for id in book.ids() {
                if let Some(code) = id.strip_prefix(REFUSAL)
                    && !Refusal::ALL.iter().any(|refusal| refusal.code() == code)
                {
                    fault(format!("{id}: there is no refusal {code}"));
                }
            }
            // Pages have variables of their own, the title of a refusal knows none, letters may lack some.
            let (pages, others): (Vec<_>, Vec<_>) = book.ids().iter().partition(|id| id.starts_with(PAGE));
            for id in pages {
                let args: Vec<_> = VARIABLES.into_iter().map(|name| (name, format!("<{name}>"))).collect();
                found.extend(book.text(id, &args).err());
                if !PageWords::get().knows(id) {
                    found.push(WordsError {
                        file: book.file().to_owned(),
                        line: None,
                        reason: format!("{id}: no page asks for it"),
                    });
                }
            }
            let (refusals, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|id| id.starts_with(REFUSAL));
            found.extend(refusals.into_iter().filter_map(|id| book.text(id, &[]).err()));
            for args in crate::mail::sample_arguments() {
                found.extend(others.iter().filter_map(|id| book.text(id, &args).err()));
            }
        }
        found
    }
}

/// Begins the id of a refusal's words.
const REFUSAL: &str = "refusal-";

/// Ids that every offered procedure must have.
fn required_ids(procedure: Option<&Procedure>) -> Vec<String> {
    let asks = procedure.is_some_and(|procedure| procedure.email_confirmation == EmailConfirmation::Link);
    let letters = Notice::ALL
        .into_iter()
        .filter(|notice| asks || *notice != Notice::ConfirmEmail)
        .flat_map(|notice| ["subject", "body"].map(|part| format!("mail-{}-{part}", notice.name())));
    let statuses = StageName::ALL.into_iter().map(|stage| format!("status-{}", stage.name()));
    let titles = ["procedure-title", "procedure-menu"].map(str::to_owned);
    let act = procedure.and_then(|procedure| procedure.act.as_ref()).map(|act| format!("act-title-{}", act.title));
    letters.chain(statuses).chain(titles).chain(act).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_procedures_own_words_for_a_refusal_are_found_and_checked() {
        let words = |line: &str| ProcedureWords::parse("sample", line, line).unwrap();
        let good = words("refusal-act-not-signed = Sign it.\n");
        assert_eq!(good.refusal(Language::En, Refusal::ActNotSigned).as_deref(), Some("Sign it."));
        assert_eq!(good.refusal(Language::En, Refusal::TooEarly), None);
        let reasons = |line: &str| words(line).faults(None).iter().map(ToString::to_string).collect::<String>();
        assert!(!reasons("refusal-act-not-signed = Sign it.\n").contains("refusal-"));
        assert!(reasons("refusal-act-not-signed = Sign { $unz }.\n").contains("refusal-act-not-signed: "));
        assert!(reasons("refusal-no-such = No.\n").contains("there is no refusal no-such"));
    }
}
