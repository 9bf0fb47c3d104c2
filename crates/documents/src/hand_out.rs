//! The receipt for a card: one card for one signature, handed out by a branch before there is any request.

use domain::Timestamp;
use domain::calendar::Calendar;
use domain::subscriber::{CaseForms, Gender};
use serde::Serialize;

use crate::act::date;
use crate::characters::fact;
use crate::text::{PaperTemplate, Parts};
use crate::{Language, Layouts, PaperError, PaperKind, Press};

/// The file of a procedure's folder that replaces the shared wording.
pub const FILE: &str = "hand-out.txt";

/// One card handed out.
#[derive(Clone, Debug)]
pub struct HandOutPaper<'a> {
    /// The wording.
    pub template: &'a PaperTemplate,
    /// Number in the register.
    pub number: &'a str,
    /// When the card was handed out.
    pub at: Timestamp,
    /// Whose calendar dates it.
    pub calendar: &'a Calendar,
    /// The agent's full name.
    pub agent: &'a str,
    /// City of the branch.
    pub city: &'a str,
    /// Name of the branch.
    pub branch: &'a str,
    /// Full name of the organisation, or of the natural person.
    pub client: &'a str,
    /// ИНН of the client.
    pub inn: &'a str,
    /// Who receives the card.
    pub person: &'a CaseForms,
    /// Gender, for participles.
    pub gender: Gender,
    /// Model of the card: Рутокен ЭЦП 2.0.
    pub card_model: &'a str,
    /// The number printed on it.
    pub card_serial: &'a str,
    /// Which signature it is for: «первая подпись».
    pub signature_slot: &'a str,
    /// Who handed it out, nominative.
    pub handed_by: &'a str,
}

/// Parses the wording of a receipt. `file` is for messages.
///
/// # Errors
/// The line of an unknown field, a stray brace or a character that no paper may hold; or the mandatory field that is missing.
pub fn template(file: &str, text: &str) -> Result<PaperTemplate, PaperError> {
    PaperTemplate::parse(file, text, FIELDS, &["card_serial", "client", "person_nominative", "signature_slot"])
}

/// The shared wording, for procedures that have none of their own.
///
/// # Errors
/// None for the wording that ships: a test reads it.
pub fn shared_template() -> Result<PaperTemplate, PaperError> {
    template("texts/hand-out.txt", include_str!("../texts/hand-out.txt"))
}

impl Press {
    /// The receipt as PDF/A-2a.
    ///
    /// # Errors
    /// A fact that no paper may hold, or a faulty layout.
    pub fn hand_out(
        &self,
        layouts: &Layouts,
        language: Language,
        paper: &HandOutPaper<'_>,
    ) -> Result<Vec<u8>, PaperError> {
        let date = date(paper.calendar, paper.at);
        let text = paper.template.fill(paper.gender, |field| {
            let value = match field {
                "number" => paper.number,
                "date" => &date,
                "agent" => paper.agent,
                "city" => paper.city,
                "branch" => paper.branch,
                "client" => paper.client,
                "inn" => paper.inn,
                "person_nominative" => &paper.person.nominative,
                "person_genitive" => &paper.person.genitive,
                "person_instrumental" => &paper.person.instrumental,
                "card_model" => paper.card_model,
                "card_serial" => paper.card_serial,
                "signature_slot" => paper.signature_slot,
                _ => paper.handed_by,
            };
            fact(field, value)
        })?;
        let parts = Parts::unbound(&text)?;
        let facts = Facts {
            title: format!("{} · {}", parts.title, fact("number", paper.number)?),
            author: fact("agent", paper.agent)?,
            keywords: [paper.number],
            unz: None,
            text_title: parts.title,
            blocks: &parts.blocks,
            person: fact("person", &paper.person.nominative)?,
            handed_by: fact("handed_by", paper.handed_by)?,
        };
        self.print(layouts, PaperKind::HandOut, language, paper.at, facts, None)
    }
}

#[derive(Serialize)]
struct Facts<'a> {
    title: String,
    author: &'a str,
    keywords: [&'a str; 1],
    unz: Option<&'a str>,
    text_title: &'a str,
    blocks: &'a [crate::text::Block<'a>],
    person: &'a str,
    handed_by: &'a str,
}

const FIELDS: &[&str] = &[
    "number",
    "date",
    "agent",
    "city",
    "branch",
    "client",
    "inn",
    "person_nominative",
    "person_genitive",
    "person_instrumental",
    "card_model",
    "card_serial",
    "signature_slot",
    "handed_by",
];
