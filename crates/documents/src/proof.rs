//! The proof of a folder's layouts: each is printed once with sample facts, so that a fault shows when the folder is read and not when a
//! client waits for a paper.

use domain::Timestamp;
use domain::calendar::Calendar;
use domain::ids::Unz;
use domain::subscriber::{CaseForms, Gender};

use crate::act::{ActForm, ActPaper, Copies, Seal, Signatory, Signer, Stamp};
use crate::application::{Acceptance, Applicant, ApplicationPaper, Part};
use crate::hand_out::{HandOutPaper, shared_template};
use crate::{Language, Layouts, PaperError, PaperTemplate, Press};

impl Press {
    /// Prints every kind of paper in both languages with sample facts.
    ///
    /// # Errors
    /// The first fault, with its file and line.
    pub fn proof(&self, layouts: &Layouts) -> Result<(), PaperError> {
        for language in Language::ALL {
            self.proof_of_acts(layouts, language)?;
            self.proof_of_applications(layouts, language)?;
            let template = shared_template()?;
            self.hand_out(layouts, language, &hand_out(&template, &calendar(), &forms()))?;
        }
        Ok(())
    }

    fn proof_of_acts(&self, layouts: &Layouts, language: Language) -> Result<(), PaperError> {
        let stamp =
            |signer| Stamp { signer, name: NAME, serial_hex: "38b00b8", valid_from: AT, valid_to: AT, signed_at: AT };
        let stamps = [stamp(Signer::ClientCurrentKey), stamp(Signer::ClientNewKey), stamp(Signer::Agent)];
        let signatory = |seal| Signatory { party: NAME, person: NAME, seal };
        let on_paper =
            |copies| ActForm::Paper { copies, client: signatory(Seal::IfApplicable), agent: signatory(Seal::Place) };
        let forms =
            [ActForm::Electronic(&[]), ActForm::Electronic(&stamps), on_paper(Copies::ONE), on_paper(Copies::TWO)];
        for form in forms {
            let act = ActPaper {
                text: include_str!("../texts/act-sample.txt"),
                unz: Unz::new(UNZ_OCTETS),
                drawn_at: AT,
                calendar: &calendar(),
                agent: NAME,
                form,
            };
            self.act(layouts, language, &act)?;
        }
        Ok(())
    }

    fn proof_of_applications(&self, layouts: &Layouts, language: Language) -> Result<(), PaperError> {
        for (applicant, part, accepted) in [
            (Applicant::Organisation, Part::Whole, None),
            (Applicant::Person, Part::Whole, None),
            (Applicant::Organisation, Part::BankHalf, Some(Acceptance { at: AT, by: NAME })),
        ] {
            let paper = ApplicationPaper {
                text: include_str!("../texts/application-sample.txt"),
                unz: Unz::new(UNZ_OCTETS),
                made_at: AT,
                calendar: &calendar(),
                applicant,
                person: NAME,
                agent: NAME,
                accepted,
                part,
            };
            self.application(layouts, language, &paper)?;
        }
        Ok(())
    }
}

fn hand_out<'a>(template: &'a PaperTemplate, calendar: &'a Calendar, person: &'a CaseForms) -> HandOutPaper<'a> {
    HandOutPaper {
        template,
        number: "1",
        at: AT,
        calendar,
        agent: NAME,
        city: NAME,
        branch: NAME,
        client: NAME,
        inn: "7707704692",
        person,
        gender: Gender::Male,
        card_model: NAME,
        card_serial: NAME,
        signature_slot: NAME,
        handed_by: NAME,
    }
}

fn calendar() -> Calendar {
    Calendar::default()
}

fn forms() -> CaseForms {
    CaseForms { nominative: NAME.to_owned(), genitive: NAME.to_owned(), instrumental: NAME.to_owned() }
}

const NAME: &str = "Rogov 1";
/// 2018-08-23T10:53:00Z, as in the sample texts.
const AT: Timestamp = Timestamp(1_535_021_580_000);
/// 1196837e3c03f2, as in the sample texts.
const UNZ_OCTETS: [u8; 7] = [0x11, 0x96, 0x83, 0x7e, 0x3c, 0x03, 0xf2];
