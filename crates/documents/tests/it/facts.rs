//! Sample facts: the act of the manual with its real 512-bit key, and the people of the tests.

use std::path::{Path, PathBuf};

use documents::act::{ActForm, ActPaper, Copies, Seal, Signatory, Signer, Stamp};
use documents::application::{
    self, Acceptance, Applicant, ApplicationFacts, ApplicationPaper, OrganisationFacts, Part,
};
use documents::hand_out::HandOutPaper;
use documents::{Language, Layouts, PaperError, PaperTemplate, Press};
use domain::Timestamp;
use domain::calendar::Calendar;
use domain::ids::Unz;
use domain::subscriber::{CaseForms, Email, Gender};
use statement::act::{ActFields, ActTemplate, date_words};
use statement::binding::Binding;

pub(crate) const UNZ: &str = "1196837e3c03f2";

/// 2018-08-23T10:53:04Z.
pub(crate) const AT: Timestamp = Timestamp(1_535_021_584_000);

pub(crate) fn unz() -> Unz {
    UNZ.parse().unwrap()
}

pub(crate) fn calendar() -> Calendar {
    Calendar { offset_minutes: 420, ..Calendar::default() }
}

pub(crate) fn press_and_layouts() -> (Press, Layouts) {
    // The layout beside the wording of the act: the repository's procedure sets its terms in italics.
    (Press::new(), Layouts::new("documents", &[("act.typ", &of_some_procedure("act.typ"))]).unwrap())
}

pub(crate) fn act_fields() -> ActFields {
    let text = str::to_owned;
    ActFields {
        city: text("Новосибирск"),
        date_words: date_words(2018, 8, 23),
        date_short: text("23.08.2018"),
        client: text("Общество с ограниченной ответственностью «Рога и копыта»"),
        person_nominative: text("Рогов Иван Петрович"),
        person_genitive: text("Рогова Ивана Петровича"),
        person_instrumental: text("Роговым Иваном Петровичем"),
        agent: text("АО «Шестой банк»"),
        agent_person_genitive: text("Ивановой Анны Ивановны"),
        agent_basis: text("приказа"),
        ca_name: text("ШЕСТОЙ"),
        owner_dn: text("CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU"),
        serial_hex: text("2f1c7a90d4be53e18806a1c2f3d4e5b6a7988900"),
        serial_decimal: text("268957664076608399270105819100833686225845520640"),
        signature_algorithm: text("id-tc26-signwithdigest-gost3410-12-512"),
        issuer_dn: text("CN=Class 2 CA, O=Center of Financial Technologies, C=RU"),
        valid_from: text("23-08-2018"),
        valid_to: text("21-08-2020"),
        key_algorithm_oid: text("1.2.643.7.1.1.1.2"),
        key_hex: text(KEY),
        thumbprint_sha1: text("26 b5 4c 75 a6 44 05 a8 f0 5f ff 06 ed 86 73 fd 9d da bb 03"),
        thumbprint_sha256: text(HASH),
        thumbprint_streebog256: text(HASH),
    }
}

pub(crate) fn binding(document: &'static str) -> Binding<'static> {
    Binding {
        document,
        unz: Some(UNZ),
        origin: "http://127.0.0.1:8787",
        nonce: "000102030405060708090a0b0c0d0e0f",
        time: "2018-08-23T10:53:04Z",
    }
}

/// The act's wording is a procedure's: the first one of the repository that has some.
pub(crate) fn act_template() -> ActTemplate {
    ActTemplate::parse(&of_some_procedure("act.txt")).unwrap()
}

pub(crate) fn of_some_procedure(file: &str) -> String {
    procedures().iter().find_map(|folder| std::fs::read_to_string(folder.join("documents").join(file)).ok()).unwrap()
}

pub(crate) fn procedures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

pub(crate) fn act_text_of(fields: &ActFields) -> String {
    act_template().render(fields, &binding(statement::act::DOCUMENT)).unwrap()
}

pub(crate) fn act_text() -> String {
    act_text_of(&act_fields())
}

pub(crate) fn stamps() -> [Stamp<'static>; 3] {
    let stamp = |signer, name, serial_hex| Stamp {
        signer,
        name,
        serial_hex,
        valid_from: Timestamp(AT.0 - 86_400_000 * 700),
        valid_to: Timestamp(AT.0 + 86_400_000 * 29),
        signed_at: Timestamp(AT.0 + 128_000),
    };
    [
        stamp(Signer::ClientCurrentKey, "Рогов Иван Петрович", "38b00b8"),
        stamp(Signer::ClientNewKey, "Рогов Иван Петрович", "2f1c7a90d4be53e18806a1c2f3d4e5b6a7988900"),
        stamp(Signer::Agent, "Иванова Анна Ивановна", "7a0011223344556677889900aabbccddeeff0011"),
    ]
}

pub(crate) fn on_paper(copies: Copies) -> ActForm<'static> {
    ActForm::Paper {
        copies,
        client: Signatory {
            party: "Общество с ограниченной ответственностью «Рога и копыта»",
            person: "Рогов Иван Петрович",
            seal: Seal::IfApplicable,
        },
        agent: Signatory {
            party: "АО «Шестой банк»", person: "Иванова Анна Ивановна", seal: Seal::Place
        },
    }
}

pub(crate) fn act_of(text: &str, form: ActForm<'_>, language: Language) -> Result<Vec<u8>, PaperError> {
    let (press, layouts) = press_and_layouts();
    act_by(&press, &layouts, text, form, language)
}

pub(crate) fn act_by(
    press: &Press,
    layouts: &Layouts,
    text: &str,
    form: ActForm<'_>,
    language: Language,
) -> Result<Vec<u8>, PaperError> {
    let calendar = calendar();
    let paper =
        ActPaper { text, unz: unz(), drawn_at: AT, calendar: &calendar, agent: "АО «Шестой банк»", form };
    press.act(layouts, language, &paper)
}

pub(crate) fn person() -> CaseForms {
    CaseForms {
        nominative: "Иванова Анна Ивановна".to_owned(),
        genitive: "Ивановой Анны Ивановны".to_owned(),
        instrumental: "Ивановой Анной Ивановной".to_owned(),
    }
}

pub(crate) fn application_template(applicant: Applicant) -> PaperTemplate {
    applicant.template(applicant.file(), &of_some_procedure(applicant.file())).unwrap()
}

pub(crate) fn application_text(applicant: Applicant, gender: Gender) -> String {
    let organisation =
        OrganisationFacts {
            name: "ООО «Рога»", inn: "7707704692", position: "директор", basis: "Устава"
        };
    let facts = ApplicationFacts {
        ca_name: "ШЕСТОЙ",
        class: "Класс 2",
        owner_id: &"146b79e7de8a0".parse().unwrap(),
        person: &person(),
        gender,
        organisation: (applicant == Applicant::Organisation).then_some(organisation),
        city: "Москва",
        phone: "",
        email: &Email::parse("ivanova@example.org").unwrap(),
        absent: "не указан",
    };
    application::text(&application_template(applicant), &facts, &binding(application::DOCUMENT)).unwrap()
}

pub(crate) fn application(
    text: &str,
    applicant: Applicant,
    part: Part,
    accepted: bool,
    language: Language,
) -> Result<Vec<u8>, PaperError> {
    let (press, layouts) = press_and_layouts();
    let paper = ApplicationPaper {
        text,
        unz: unz(),
        made_at: AT,
        calendar: &calendar(),
        applicant,
        person: "Иванова Анна Ивановна",
        agent: "АО «Шестой банк»",
        accepted: accepted.then_some(Acceptance { at: AT, by: "Иванов Иван Иванович" }),
        part,
    };
    press.application(&layouts, language, &paper)
}

pub(crate) fn hand_out(template: &PaperTemplate, language: Language) -> Result<Vec<u8>, PaperError> {
    let (press, layouts) = press_and_layouts();
    let paper = HandOutPaper {
        template,
        number: "2018-17",
        at: AT,
        calendar: &calendar(),
        agent: "АО «Шестой банк»",
        city: "Новосибирск",
        branch: "Центральное отделение",
        client: "ООО «Рога»",
        inn: "7707704692",
        person: &person(),
        gender: Gender::Female,
        card_model: "Рутокен ЭЦП 2.0",
        card_serial: "0912345678",
        signature_slot: "первая подпись",
        handed_by: "Иванов Иван Иванович",
    };
    press.hand_out(&layouts, language, &paper)
}

/// The key of the manual's act: 512 bits, a point of a real curve.
pub(crate) const KEY: &str = "04 81 80 23 b0 ef ed 4e 19 54 77 61 02 fc ee e6 f7 e5 1a 1a 2f 16 b6 67 8d 72 00 59 0c 68 16 1c 9f c6 \
    40 cb f7 02 9c 1b 25 2f cb a0 4d d5 d0 1f 8e e3 0f 36 3a 53 da 6c cb c7 18 89 fa 45 3d b4 83 1e 3b 68 99 20 a6 24 09 cf 69 4f \
    5c fe 36 bc 63 a7 3e 22 07 b7 67 07 2d 73 0b 76 dd 0d b1 86 23 12 05 7c 9f ed 46 52 f9 5d 38 5e 46 b5 62 3c bc 3b 2f ff 96 f0 \
    e5 b0 35 44 74 db 23 b9 af 31 b3 64 d8";

const HASH: &str = "9f 86 d0 81 88 4c 7d 65 9a 2f ea a0 c5 5a d0 15 a3 bf 4f 1b 2b 0b 82 2c d1 5d 6c 15 b0 f0 0a 08";
