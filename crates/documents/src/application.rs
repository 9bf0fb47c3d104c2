//! The application for a certificate: a text that is filled in, kept and hashed like an act's, printed, signed by hand, and found again
//! by its code. The bank's half says who took it and when.

use domain::Timestamp;
use domain::calendar::Calendar;
use domain::ids::{OwnerId, Unz};
use domain::subscriber::{CaseForms, Email, Gender};
use serde::Serialize;
use statement::binding::Binding;

use crate::act::date;
use crate::characters::fact;
use crate::qr::{CodedPaper, PaperCode};
use crate::text::{PaperTemplate, Parts, hash_of};
use crate::{Language, Layouts, PaperError, PaperKind, Press};

/// The word of the document, for its [`Binding`].
pub const DOCUMENT: &str = "application";

/// Who applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Applicant {
    /// An organisation, through its authorised person.
    Organisation,
    /// A natural person on their own.
    Person,
}

impl Applicant {
    /// The file of a procedure's folder that holds the template.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Organisation => "application.txt",
            Self::Person => "application-person.txt",
        }
    }

    /// Parses the template of such an application. `file` is for messages.
    ///
    /// # Errors
    /// The line of an unknown field, a stray brace or a character that no paper may hold; or the mandatory field that is missing.
    pub fn template(self, file: &str, text: &str) -> Result<PaperTemplate, PaperError> {
        match self {
            Self::Organisation => {
                let fields: Vec<_> = PERSON_FIELDS.iter().chain(ORGANISATION_FIELDS).copied().collect();
                PaperTemplate::parse(file, text, &fields, &[&MANDATORY[..], &["organisation", "basis"]].concat())
            }
            Self::Person => PaperTemplate::parse(file, text, PERSON_FIELDS, &MANDATORY),
        }
    }
}

/// What an application says.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationFacts<'a> {
    /// Name of the certification authority.
    pub ca_name: &'a str,
    /// The class of the certificate, as people call it: «Класс 2».
    pub class: &'a str,
    /// «Идентификатор владельца сертификата».
    pub owner_id: &'a OwnerId,
    /// The person, in the cases that documents use.
    pub person: &'a CaseForms,
    /// Gender, for participles.
    pub gender: Gender,
    /// The organisation; none for a natural person.
    pub organisation: Option<OrganisationFacts<'a>>,
    /// City of the applicant.
    pub city: &'a str,
    /// Phone as typed; may be empty.
    pub phone: &'a str,
    /// E-mail.
    pub email: &'a Email,
    /// What stands for a fact that was not given: «не указан».
    pub absent: &'a str,
}

/// The organisation that applies.
#[derive(Clone, Copy, Debug)]
pub struct OrganisationFacts<'a> {
    /// Full name.
    pub name: &'a str,
    /// ИНН.
    pub inn: &'a str,
    /// Position of the person; may be empty.
    pub position: &'a str,
    /// Basis of the person's power, genitive.
    pub basis: &'a str,
}

/// The canonical text of an application: the template filled in, an empty line, the binding block.
///
/// # Errors
/// A fact that no paper may hold, or a template for an organisation where there is none.
pub fn text<'a>(
    template: &PaperTemplate,
    facts: &ApplicationFacts<'a>,
    binding: &Binding<'_>,
) -> Result<String, PaperError> {
    let organisation = || {
        facts.organisation.as_ref().ok_or_else(|| PaperError::Text {
            reason: "the template asks for an organisation and there is none".to_owned(),
        })
    };
    let or_absent = |value: &'a str| if value.trim().is_empty() { facts.absent } else { value };
    let mut text = template.fill(facts.gender, |field| {
        let value = match field {
            "ca_name" => facts.ca_name,
            "class" => facts.class,
            "owner_id" => facts.owner_id.as_str(),
            "person_nominative" => &facts.person.nominative,
            "person_genitive" => &facts.person.genitive,
            "person_instrumental" => &facts.person.instrumental,
            "city" => facts.city,
            "phone" => or_absent(facts.phone),
            "email" => facts.email.as_str(),
            "organisation" => organisation()?.name,
            "inn" => organisation()?.inn,
            "position" => or_absent(organisation()?.position),
            _ => organisation()?.basis,
        };
        fact(field, value)
    })?;
    text.push('\n');
    let block = Binding { document: DOCUMENT, ..*binding }.block();
    text.push_str(&block.map_err(|error| PaperError::Text { reason: error.to_string() })?);
    Ok(text)
}

/// One application to print.
#[derive(Clone, Debug)]
pub struct ApplicationPaper<'a> {
    /// The canonical text, see [`text`].
    pub text: &'a str,
    /// The request; the text's binding must name it.
    pub unz: Unz,
    /// When the text was made.
    pub made_at: Timestamp,
    /// Whose calendar dates the acceptance.
    pub calendar: &'a Calendar,
    /// Who applies.
    pub applicant: Applicant,
    /// The person who signs, nominative.
    pub person: &'a str,
    /// The agent's full name.
    pub agent: &'a str,
    /// When and by whom it was taken, once it was: fills in the bank's half.
    pub accepted: Option<Acceptance<'a>>,
    /// How much of it.
    pub part: Part,
}

/// Who of the bank took an application, and when.
#[derive(Clone, Copy, Debug)]
pub struct Acceptance<'a> {
    /// When.
    pub at: Timestamp,
    /// The authorised person, nominative.
    pub by: &'a str,
}

/// How much of an application is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// All of it, for the client to sign.
    Whole,
    /// The bank's half alone, to be kept with a paper that the client printed.
    BankHalf,
}

impl Press {
    /// The application as PDF/A-2a.
    ///
    /// # Errors
    /// A fact that no paper may hold, a text that is not this request's application, or a faulty layout.
    pub fn application(
        &self,
        layouts: &Layouts,
        language: Language,
        paper: &ApplicationPaper<'_>,
    ) -> Result<Vec<u8>, PaperError> {
        let parts = Parts::of(paper.text, DOCUMENT, paper.unz)?;
        let hash = hash_of(paper.text);
        let code = PaperCode { unz: paper.unz, paper: CodedPaper::Application, hash };
        let unz = paper.unz.to_string();
        let agent = fact("agent", paper.agent)?;
        let facts = Facts {
            title: format!("{} · {unz}", parts.title),
            author: agent,
            keywords: [&unz],
            unz: &unz,
            hash: hex::encode(hash),
            text_title: parts.title,
            requisites: parts.rows(),
            blocks: &parts.blocks,
            binding: &parts.binding,
            part: paper.part,
            natural: paper.applicant == Applicant::Person,
            person: fact("person", paper.person)?,
            agent,
            accepted_on: paper.accepted.map(|accepted| date(paper.calendar, accepted.at)),
            accepted_by: paper.accepted.map(|accepted| fact("accepted_by", accepted.by)).transpose()?,
        };
        self.print(layouts, PaperKind::Application, language, paper.made_at, facts, Some(code.svg()))
    }
}

#[derive(Serialize)]
struct Facts<'a> {
    title: String,
    author: &'a str,
    keywords: [&'a str; 1],
    unz: &'a str,
    hash: String,
    text_title: &'a str,
    requisites: Vec<&'a crate::text::Row<'a>>,
    blocks: &'a [crate::text::Block<'a>],
    binding: &'a [(&'a str, &'a str)],
    part: Part,
    natural: bool,
    person: &'a str,
    agent: &'a str,
    accepted_on: Option<String>,
    accepted_by: Option<&'a str>,
}

const PERSON_FIELDS: &[&str] = &[
    "ca_name",
    "class",
    "owner_id",
    "person_nominative",
    "person_genitive",
    "person_instrumental",
    "city",
    "phone",
    "email",
];
const ORGANISATION_FIELDS: &[&str] = &["organisation", "inn", "position", "basis"];
const MANDATORY: [&str; 4] = ["ca_name", "owner_id", "person_nominative", "email"];
