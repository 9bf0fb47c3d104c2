//! `cargo run -p surguch-documents --example papers FOLDER` leaves every kind of paper in FOLDER, to be looked at.
#![expect(clippy::unwrap_used, reason = "an example")]

extern crate surguch_documents as documents;

use std::path::PathBuf;

use documents::act::{ActForm, Copies};
use documents::application::{Applicant, Part};
use documents::{Language, hand_out};
use domain::subscriber::Gender;

#[path = "../tests/it/facts.rs"]
mod facts;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("FOLDER"));
    std::fs::create_dir_all(&folder).unwrap();
    let text = facts::act_text();
    let (legal, natural) = (Applicant::Organisation, Applicant::Person);
    for language in Language::ALL {
        let write = |name: &str, pdf: Result<Vec<u8>, documents::PaperError>| {
            std::fs::write(folder.join(format!("{name}-{}.pdf", language.name())), pdf.unwrap()).unwrap();
        };
        write("act-unsigned", facts::act_of(&text, ActForm::Electronic(&[]), language));
        write("act-electronic", facts::act_of(&text, ActForm::Electronic(&facts::stamps()), language));
        write("act-paper-2", facts::act_of(&text, facts::on_paper(Copies::TWO), language));
        let application = facts::application_text(legal, Gender::Female);
        write("application", facts::application(&application, legal, Part::Whole, false, language));
        write("application-bank", facts::application(&application, legal, Part::BankHalf, true, language));
        let application = facts::application_text(natural, Gender::Female);
        write("application-person", facts::application(&application, natural, Part::Whole, false, language));
        write("hand-out", facts::hand_out(&hand_out::shared_template().unwrap(), language));
    }
}
