//! A procedure's words: `locales/{ru,en}.ftl` of its folder, as that bank's manual has them.

use domain::Refusal;
use domain::request::StageName;
use domain::request::decide::Notice;

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

    /// Everything that is wrong: ids that a letter or a status may ask for and are missing, ids of one language only,
    /// messages that ask for a variable nobody sets. Empty means that an agent may offer the procedure.
    /// `act_title` is the key of the act's title, where the procedure has an act.
    pub(crate) fn faults(&self, act_title: Option<&str>) -> Vec<WordsError> {
        let mut found = differences(&self.ru, &self.en);
        for book in [&self.ru, &self.en] {
            let mut fault = |reason| found.push(WordsError { file: book.file().to_owned(), line: None, reason });
            for id in required_ids(act_title).into_iter().filter(|id| !book.ids().contains(id)) {
                fault(format!("{id} is missing; a letter, a status or a page may ask for it"));
            }
            for id in book.ids() {
                if let Some(code) = id.strip_prefix("refusal-")
                    && !Refusal::ALL.iter().any(|refusal| refusal.code() == code)
                {
                    fault(format!("{id}: there is no refusal {code}"));
                }
            }
            let args = crate::mail::sample_arguments();
            found.extend(book.ids().iter().filter_map(|id| book.text(id, &args).err()));
        }
        found
    }
}

/// Ids that every offered procedure must have.
fn required_ids(act_title: Option<&str>) -> Vec<String> {
    let letters = Notice::ALL
        .into_iter()
        .flat_map(|notice| ["subject", "body"].map(|part| format!("mail-{}-{part}", notice.name())));
    let statuses = StageName::ALL.into_iter().map(|stage| format!("status-{}", stage.name()));
    let titles = ["procedure-title", "procedure-menu"].map(str::to_owned);
    let act = act_title.map(|title| format!("act-title-{title}"));
    letters.chain(statuses).chain(titles).chain(act).collect()
}
