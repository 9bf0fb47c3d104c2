//! Papers: the press, the layouts and wordings of every procedure's folder, and the act as a file for whoever may have it.
//!
//! What a paper looks like is `documents`' and the folder's; who may have one was decided before anything here is asked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use documents::act::{ActForm, ActPaper, Copies, Seal, Signatory, Signer, Stamp};
use documents::application::{Acceptance, Applicant, ApplicationFacts, ApplicationPaper, OrganisationFacts, Part};
use documents::hand_out::{self, HandOutPaper};
use documents::{Layouts, PaperError, PaperTemplate, Press};
use domain::Refusal;
use domain::agent::Agent;
use domain::paper::MOST_COPIES;
use domain::subscriber::CaseForms;
use ra::{ActFile, ActSigner, ApplicationFile, Countersigned, Receipt};
use statement::binding::Binding;

use crate::api::{Door, Problem};
use crate::folders::{Folders, refused};
use crate::pages::Visit;
use crate::words::{Language, Speech};

/// Files of a procedure's `documents/` that are looked for, beside the act's wording.
pub(crate) const FILES: [&str; 6] =
    ["act.typ", "application.typ", "hand-out.typ", "application.txt", "application-person.txt", "hand-out.txt"];

/// The press of this process with everything it prints by.
pub(crate) struct Papers {
    press: Press,
    layouts: BTreeMap<String, Layouts>,
    /// `application.txt` and `application-person.txt` of the procedures that have them.
    applications: BTreeMap<(String, &'static str), PaperTemplate>,
    /// The wording of a card's receipt, of the procedures that have a wording or a layout of their own for it.
    receipts: BTreeMap<String, PaperTemplate>,
}

/// What a procedure's folder says about its papers.
pub(crate) struct PaperFiles {
    /// The folder, for messages.
    pub(crate) path: String,
    /// It is the bank's own and not the one that came with the binary.
    pub(crate) is_own: bool,
    /// Name and text of each of [`FILES`] that is there.
    pub(crate) files: Vec<(&'static str, String)>,
}

impl PaperFiles {
    fn layouts(&self) -> Result<Layouts, PaperError> {
        let layouts = self.files.iter().filter(|(name, _)| name.ends_with(".typ"));
        let layouts: Vec<_> = layouts.map(|(name, text)| (*name, text.as_str())).collect();
        Layouts::new(&format!("{}/documents", self.path), &layouts)
    }

    /// The wording of the receipt, the shared one beside a layout that stands alone; none where the folder has neither.
    fn receipt(&self) -> Option<Result<PaperTemplate, PaperError>> {
        let text = self.files.iter().find(|(name, _)| *name == hand_out::FILE);
        let is_laid_out = self.files.iter().any(|(name, _)| *name == "hand-out.typ");
        match text {
            Some((name, text)) => Some(hand_out::template(&format!("{}/documents/{name}", self.path), text)),
            None => is_laid_out.then(hand_out::shared_template),
        }
    }

    fn has_layouts(&self) -> bool {
        self.files.iter().any(|(name, _)| name.ends_with(".typ"))
    }

    /// Reads every wording; what is wrong shows with file and line.
    fn read_wordings(&self) -> Result<(), PaperError> {
        for (name, text) in &self.files {
            let file = format!("{}/documents/{name}", self.path);
            match *name {
                "application.txt" => drop(Applicant::Organisation.template(&file, text)?),
                "application-person.txt" => drop(Applicant::Person.template(&file, text)?),
                hand_out::FILE => drop(hand_out::template(&file, text)?),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Papers {
    /// Reads what the folders say. The bank's own layouts are printed once with sample facts, so that a fault shows before a client waits for a
    /// paper; those that came with the binary were printed by its tests.
    pub(crate) fn open(folders: &Folders) -> anyhow::Result<Self> {
        let press = Press::new();
        let mut layouts = BTreeMap::new();
        let mut applications = BTreeMap::new();
        let mut receipts = BTreeMap::new();
        for (name, files) in folders.papers() {
            let own = prove(&press, files, files.is_own).map_err(|error| refused(fault(&error)))?;
            layouts.insert(name.clone(), own);
            for applicant in [Applicant::Organisation, Applicant::Person] {
                let wording = files.files.iter().find(|(file, _)| *file == applicant.file());
                let Some((file, text)) = wording else { continue };
                let template = applicant.template(&format!("{}/documents/{file}", files.path), text);
                applications.insert((name.clone(), *file), template.map_err(|error| refused(fault(&error)))?);
            }
            if let Some(template) = files.receipt() {
                receipts.insert(name.clone(), template.map_err(|error| refused(fault(&error)))?);
            }
        }
        Ok(Self { press, layouts, applications, receipts })
    }

    /// The act as PDF/A. Before it is signed, or when a paper is asked for, with lines to sign on; with stamps afterwards.
    pub(crate) fn act(
        &self,
        language: Language,
        of: &Agent,
        act: &ActFile,
        on_paper: Option<Copies>,
    ) -> Result<Vec<u8>, PaperError> {
        let layouts = self.layouts_of(&act.procedure)?;
        let stamps: Vec<_> = act
            .signatures
            .iter()
            .map(|signature| Stamp {
                signer: match signature.signer {
                    ActSigner::CurrentKey => Signer::ClientCurrentKey,
                    ActSigner::NewKey => Signer::ClientNewKey,
                    ActSigner::Agent => Signer::Agent,
                },
                name: &signature.name,
                serial_hex: &signature.serial_hex,
                valid_from: signature.valid_from,
                valid_to: signature.valid_to,
                signed_at: signature.signed_at,
            })
            .collect();
        let form = if on_paper.is_some() || stamps.is_empty() {
            ActForm::Paper {
                copies: on_paper.unwrap_or_else(|| by_procedure(act)),
                client: Signatory {
                    party: &act.client,
                    person: &act.person,
                    seal: if act.is_organisation { Seal::IfApplicable } else { Seal::None },
                },
                agent: Signatory { party: &of.name, person: &of.person.nominative, seal: Seal::Place },
            }
        } else {
            ActForm::Electronic(&stamps)
        };
        let paper = ActPaper {
            text: &act.text,
            unz: act.unz,
            drawn_at: act.drawn_at,
            calendar: &of.calendar,
            agent: &of.name,
            form,
        };
        self.press.act(&layouts, printed(language), &paper)
    }

    /// A running request keeps its procedure, even when its folder is gone: its papers are printed by the shared layouts.
    fn layouts_of(&self, procedure: &str) -> Result<Cow<'_, Layouts>, PaperError> {
        match self.layouts.get(procedure) {
            Some(layouts) => Ok(Cow::Borrowed(layouts)),
            None => Layouts::new(procedure, &[]).map(Cow::Owned),
        }
    }

    /// The canonical text of the application: set anew from what the applicant said, and the same each time.
    fn application_text(&self, of: &Agent, origin: &str, file: &ApplicationFile) -> Result<String, PaperError> {
        let (said, kind) = (&file.applicant, kind_of(file));
        let absent = PaperError::Text { reason: format!("{} has no {}", file.procedure, kind.file()) };
        let template = self.applications.get(&(file.procedure.clone(), kind.file())).ok_or(absent)?;
        let person = CaseForms {
            nominative: said.full_name(),
            // No wording of an application inflects the name: nobody has written the other forms down yet.
            genitive: said.full_name(),
            instrumental: said.full_name(),
        };
        let facts = ApplicationFacts {
            ca_name: &of.ca_name,
            class: &file.class,
            owner_id: &file.owner_id,
            person: &person,
            gender: said.gender_by_patronymic(),
            organisation: said.organisation.as_ref().map(|organisation| OrganisationFacts {
                name: &organisation.name,
                inn: organisation.inn.as_str(),
                position: "",
                // The applicant writes the basis of the power down by hand.
                basis: BLANK,
            }),
            city: &said.city,
            phone: &said.contact.phone,
            email: &said.contact.email,
            absent: "-",
        };
        let (unz, nonce, time) = (file.unz.to_string(), file.nonce.to_string(), file.made_at.to_string());
        let binding =
            Binding { document: documents::application::DOCUMENT, unz: Some(&unz), origin, nonce: &nonce, time: &time };
        documents::application::text(template, &facts, &binding)
    }

    /// The application as PDF/A, for the applicant to sign; with the bank's half filled in once it was taken.
    fn application(
        &self,
        language: Language,
        of: &Agent,
        origin: &str,
        file: &ApplicationFile,
        part: Part,
    ) -> Result<Vec<u8>, PaperError> {
        let text = self.application_text(of, origin, file)?;
        let layouts = self.layouts_of(&file.procedure)?;
        let person = file.applicant.full_name();
        let paper = ApplicationPaper {
            text: &text,
            unz: file.unz,
            made_at: file.made_at,
            calendar: &of.calendar,
            applicant: kind_of(file),
            person: &person,
            agent: &of.name,
            accepted: file.taken.as_ref().map(|(at, by)| Acceptance { at: *at, by }),
            part,
        };
        self.press.application(&layouts, printed(language), &paper)
    }
}

impl Papers {
    /// The receipt for a card as PDF/A. A card is handed out before there is any request, so no procedure is asked for: the first one that
    /// the agent offers with a receipt of its own has the say, else the house.
    fn receipt(
        &self,
        language: Language,
        of: &Agent,
        receipt: &Receipt,
        signature_slot: &str,
    ) -> Result<Vec<u8>, PaperError> {
        let own = of.procedures.iter().find_map(|name| Some((name.as_str(), self.receipts.get(name)?)));
        let (procedure, template) = match own {
            Some((name, template)) => (name, template.clone()),
            None => ("", hand_out::shared_template()?),
        };
        let layouts = self.layouts_of(procedure)?;
        let (number, to) = (receipt.hand_out.number.to_string(), &receipt.hand_out.to);
        let paper = HandOutPaper {
            template: &template,
            number: &number,
            at: receipt.hand_out.at,
            calendar: &of.calendar,
            agent: &of.name,
            city: &to.city,
            branch: &to.branch,
            client: to.organisation.as_ref().unwrap_or(&to.person),
            inn: to.inn.as_str(),
            // Nobody has written the other forms down yet; the shared wording needs none.
            person: &CaseForms {
                nominative: to.person.clone(),
                genitive: to.person.clone(),
                instrumental: to.person.clone(),
            },
            gender: to.gender,
            card_model: &receipt.card.model,
            card_serial: receipt.card.serial.as_str(),
            signature_slot,
            handed_by: &receipt.hand_out.by,
        };
        self.press.hand_out(&layouts, printed(language), &paper)
    }
}

fn kind_of(file: &ApplicationFile) -> Applicant {
    if file.applicant.organisation.is_some() { Applicant::Organisation } else { Applicant::Person }
}

/// A line to be filled in by hand.
const BLANK: &str = "____________________";

fn printed(language: Language) -> documents::Language {
    match language {
        Language::Ru => documents::Language::Ru,
        Language::En => documents::Language::En,
    }
}

/// Everything that is wrong with the papers of these folders, embedded ones included.
pub(crate) fn faults_of_papers(folders: &Folders) -> Vec<String> {
    let press = Press::new();
    folders.papers().values().filter_map(|files| prove(&press, files, true).err().map(|error| fault(&error))).collect()
}

fn prove(press: &Press, files: &PaperFiles, prints: bool) -> Result<Layouts, PaperError> {
    let layouts = files.layouts()?;
    files.read_wordings()?;
    if prints && files.has_layouts() {
        press.proof(&layouts)?;
    }
    Ok(layouts)
}

/// The fault, and what it means in words.
fn fault(error: &PaperError) -> String {
    let words =
        crate::words::House::get().text(Language::from_environment(), &format!("problem-{}", error.code()), &[]);
    format!("{error} ({words})")
}

/// Where the files of one act are, for links on pages.
pub(crate) struct ActFiles {
    pub(crate) pdf: String,
    /// The version with lines to sign on, beside the one with stamps.
    pub(crate) paper: Option<String>,
    pub(crate) text: String,
    pub(crate) signatures: Option<String>,
    /// Whether the agent signs it too.
    pub(crate) countersigned: Countersigned,
    /// Where the PDF is, without what follows the address, and the fields that follow it.
    pub(crate) place: (String, Vec<(&'static str, String)>),
    /// The numbers of copies to choose from, and which of them the procedure wants on paper.
    pub(crate) copies: Vec<(u8, bool)>,
}

impl ActFiles {
    /// `base` is the address without the file's name, `fields` what follows it.
    pub(crate) fn at(base: &str, fields: Vec<(&'static str, String)>, card: &ActOnCard) -> Self {
        let ActOnCard { is_signed, countersigned, copies } = *card;
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        let mark = if query.is_empty() { '?' } else { '&' };
        Self {
            place: (format!("{base}/act.pdf"), fields),
            copies: (1..=MOST_COPIES).map(|number| (number, number == copies)).collect(),
            pdf: format!("{base}/act.pdf{query}"),
            paper: is_signed.then(|| format!("{base}/act.pdf{query}{mark}form=paper")),
            text: format!("{base}/act.txt{query}"),
            signatures: is_signed.then(|| format!("{base}/act.p7s{query}")),
            countersigned,
        }
    }
}

/// What a page knows of an act whose files it names.
pub(crate) struct ActOnCard {
    pub(crate) is_signed: bool,
    pub(crate) countersigned: Countersigned,
    /// Copies on paper, by the procedure.
    pub(crate) copies: u8,
}

impl ActOnCard {
    pub(crate) fn of(card: &ra::RequestCard) -> Self {
        Self { is_signed: card.act_signed, countersigned: card.countersigned, copies: card.act_copies }
    }
}

/// One file of an act: `act.pdf`, `act.txt` or `act.p7s`. `fields` are those of the address.
pub(crate) async fn act_file(
    door: &Door,
    visit: &Visit,
    act: ActFile,
    name: &str,
    fields: &[(String, String)],
) -> Result<Response, Problem> {
    let speech = Speech::new(visit.language);
    let unz = act.unz.to_string();
    let called = speech.say1("act-file-name", "unz", &unz);
    let answer = |kind: &'static str, how: &str, extension: &str, octets: Vec<u8>| {
        let ascii = format!("act-{unz}.{extension}");
        answer(kind, how, &ascii, &format!("{called}.{extension}"), octets)
    };
    match name {
        "act.pdf" => {
            let of = door.agents().iter().find(|agent| agent.id == act.agent_id);
            let of = of.cloned().ok_or_else(|| Problem::incident(false, "an act of an agent that is not served"))?;
            let on_paper = on_paper(&act, fields)?;
            let language = visit.language;
            let pdf = door.print(move |papers| papers.act(language, &of, &act, on_paper)).await?;
            answer("application/pdf", "inline", "pdf", pdf)
        }
        "act.txt" => answer("text/plain; charset=utf-8", "attachment", "txt", act.text.into_bytes()),
        "act.p7s" => {
            let cms = act.cms.ok_or_else(|| Problem::about(Refusal::ActNotSigned, &act.procedure))?;
            answer("application/pkcs7-signature", "attachment", "p7s", cms)
        }
        _ => Err(Refusal::NotFound.into()),
    }
}

/// In how many copies the act is asked for on paper, if it is: `copies`, or by `form=paper` as many as the procedure wants.
fn on_paper(act: &ActFile, fields: &[(String, String)]) -> Result<Option<Copies>, Problem> {
    let said = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    match said("copies") {
        Some(number) => {
            let copies = number.parse().ok().and_then(Copies::new).ok_or(Refusal::CopiesOutOfRange);
            Ok(Some(copies.map_err(|refusal| Problem::about(refusal, &act.procedure))?))
        }
        None => Ok((said("form") == Some("paper")).then(|| by_procedure(act))),
    }
}

/// An electronic act on paper is one sheet to look at; a paper act has its number of copies.
fn by_procedure(act: &ActFile) -> Copies {
    Copies::new(act.copies).unwrap_or(Copies::ONE)
}

/// The application of a request as PDF.
pub(crate) async fn application(
    door: &Door,
    visit: &Visit,
    file: ApplicationFile,
    part: Part,
) -> Result<Response, Problem> {
    let unz = file.unz.to_string();
    let called = Speech::new(visit.language).say1("application-file-name", "unz", &unz);
    let of = agent_of(door, &file)?;
    let (language, origin) = (visit.language, door.origin().to_owned());
    let pdf = door.print(move |papers| papers.application(language, &of, &origin, &file, part)).await?;
    answer("application/pdf", "inline", &format!("application-{unz}.pdf"), &format!("{called}.pdf"), pdf)
}

/// Streebog-256 of the application's text, as the code on the paper has it.
pub(crate) async fn application_hash(door: &Door, file: ApplicationFile) -> Result<Vec<u8>, Problem> {
    let of = agent_of(door, &file)?;
    let origin = door.origin().to_owned();
    door.print(move |papers| {
        let text = papers.application_text(&of, &origin, &file)?;
        Ok(crypto::streebog256(text.as_bytes()).to_vec())
    })
    .await
}

fn agent_of(door: &Door, file: &ApplicationFile) -> Result<Agent, Problem> {
    let of = door.agents().iter().find(|agent| agent.id == file.agent_id);
    of.cloned().ok_or_else(|| Problem::incident(false, "an application to an agent that is not served"))
}

/// The receipt for a card as PDF.
pub(crate) async fn receipt(door: &Door, visit: &Visit, receipt: Receipt) -> Result<Response, Problem> {
    let number = receipt.hand_out.number;
    let called = Speech::new(visit.language).say1("card-file-name", "number", number);
    let of = door.agents().iter().find(|agent| agent.id == receipt.agent_id);
    let of = of.cloned().ok_or_else(|| Problem::incident(false, "a card of an agent that is not served"))?;
    let language = visit.language;
    // The wording is Russian, whoever prints it.
    let slot = Speech::new(Language::Ru).say(&format!("desk-card-slot-{}", receipt.hand_out.to.slot.name()));
    let pdf = door.print(move |papers| papers.receipt(language, &of, &receipt, &slot)).await?;
    answer("application/pdf", "inline", &format!("receipt-{number}.pdf"), &format!("{called}.pdf"), pdf)
}

/// A file under two names (RFC 6266): one that every program reads, and one in the reader's language.
pub(crate) fn answer(
    kind: &'static str,
    how: &str,
    ascii: &str,
    called: &str,
    octets: Vec<u8>,
) -> Result<Response, Problem> {
    let encoded: String = called
        .bytes()
        .map(|octet| {
            let plain = octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
            if plain { char::from(octet).to_string() } else { format!("%{octet:02X}") }
        })
        .collect();
    let disposition = HeaderValue::try_from(format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"))
        .map_err(|error| Problem::incident(false, &format!("a file's name: {error}")))?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, disposition)], octets).into_response())
}
