//! What papers say, letter by letter.

use documents::act::{ActForm, Copies};
use documents::application::{Applicant, Part};
use documents::{Language, Layouts, Press, hand_out, hash_of};
use domain::subscriber::Gender;
use statement::act::{ActFields, ActTemplate};

use crate::facts::{
    self, act_by, act_fields, act_of, act_text, application, application_template, application_text, binding, on_paper,
    procedures, stamps,
};
use crate::programs::Printed;

/// Poppler sees columns by their distance, which is no part of what a paper says.
fn check(name: &str, pdf: &[u8]) {
    let laid_out = Printed::new(pdf).laid_out();
    let lines: Vec<_> = laid_out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn acts_line_by_line() {
    for language in Language::ALL {
        let name = language.name();
        let electronic = act_of(&act_text(), ActForm::Electronic(&stamps()), language).unwrap();
        check(&format!("act-electronic-{name}"), &electronic);
        check(&format!("act-unsigned-{name}"), &act_of(&act_text(), ActForm::Electronic(&[]), language).unwrap());
        check(&format!("act-paper-{name}"), &act_of(&act_text(), on_paper(Copies::ONE), language).unwrap());
    }
    check("act-two-copies", &act_of(&act_text(), on_paper(Copies::TWO), Language::Ru).unwrap());
}

/// Every wording of an act in the repository as a paper by its own layout; its name is the procedure's and the file's.
fn acts_of_all_procedures() -> Vec<(String, Vec<u8>)> {
    let press = Press::new();
    let mut acts = Vec::new();
    for folder in procedures().into_iter().filter(|folder| folder.join("documents/act.txt").exists()) {
        let read = |file: &str| std::fs::read_to_string(folder.join("documents").join(file)).unwrap();
        let layouts = Layouts::new("documents", &[("act.typ", &read("act.typ"))]).unwrap();
        for wording in ["act", "act-person"] {
            let client = if wording == "act" { act_fields().client } else { act_fields().person_nominative };
            let template = ActTemplate::parse(&read(&format!("{wording}.txt"))).unwrap();
            let fields = ActFields { client, ..act_fields() };
            let text = template.render(&fields, &binding(statement::act::DOCUMENT)).unwrap();
            let paper = act_by(&press, &layouts, &text, ActForm::Electronic(&stamps()), Language::Ru).unwrap();
            acts.push((format!("{}-{wording}", folder.file_name().unwrap().to_str().unwrap()), paper));
        }
    }
    acts
}

#[test]
fn each_procedures_acts_line_by_line() {
    for (name, act) in acts_of_all_procedures() {
        check(&name, &act);
    }
}

#[test]
fn applications_line_by_line() {
    let legal = Applicant::Organisation;
    let text = application_text(legal, Gender::Female);
    for language in Language::ALL {
        let name = language.name();
        let whole = application(&text, legal, Part::Whole, false, language).unwrap();
        check(&format!("application-{name}"), &whole);
        let half = application(&text, legal, Part::BankHalf, true, language).unwrap();
        check(&format!("application-bank-half-{name}"), &half);
    }
    let natural = Applicant::Person;
    let text = application_text(natural, Gender::Female);
    check("application-person", &application(&text, natural, Part::Whole, false, Language::Ru).unwrap());
}

#[test]
fn a_receipt_line_by_line() {
    let template = hand_out::shared_template().unwrap();
    for language in Language::ALL {
        check(&format!("hand-out-{}", language.name()), &facts::hand_out(&template, language).unwrap());
    }
}

/// Without white space, and without what a layout may set otherwise: the colon after a label. A hyphen is the wording's own: no line ends with
/// another, which whoever copies the words would take along.
fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace() && *character != ':').collect()
}

#[test]
fn every_letter_of_a_signed_text_is_on_its_paper_in_order_and_so_is_its_hash() {
    let text = act_text();
    let (wording, binding) = text.split_once("\n\nSurguch-Binding").unwrap();
    for language in Language::ALL {
        for form in [ActForm::Electronic(&stamps()), on_paper(Copies::TWO)] {
            let paper = bare(&Printed::new(&act_of(&text, form, language).unwrap()).letters());
            assert!(paper.contains(&bare(wording)), "{paper}\n{}", bare(wording));
            assert!(paper.contains(&bare(&format!("Surguch-Binding{binding}"))), "{paper}");
            assert!(paper.contains(&hex::encode(hash_of(&text))), "{paper}");
        }
    }
    for applicant in [Applicant::Organisation, Applicant::Person] {
        let text = application_text(applicant, Gender::Male);
        let (wording, binding) = text.split_once("\n\nSurguch-Binding").unwrap();
        let pdf = application(&text, applicant, Part::Whole, false, Language::Ru).unwrap();
        let paper = bare(&Printed::new(&pdf).letters());
        assert!(paper.contains(&bare(wording)) && paper.contains(&bare(binding)), "{paper}");
        assert!(paper.contains(&hex::encode(hash_of(&text))), "{paper}");
    }
}

#[test]
fn the_hash_is_streebog_of_the_octets_that_are_signed() {
    // RFC 6986 section 10.1.2: the first example of the 256-bit function.
    let example = "012345678901234567890123456789012345678901234567890123456789012";
    assert_eq!(hex::encode(hash_of(example)), "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500");
}

#[test]
fn words_follow_the_gender_of_the_person() {
    for (gender, organisation, person) in [
        (Gender::Male, "действующему на основании Устава", "ознакомлен, согласен и"),
        (Gender::Female, "действующей на основании Устава", "ознакомлена, согласна и"),
    ] {
        assert!(application_text(Applicant::Organisation, gender).contains(organisation));
        assert!(application_text(Applicant::Person, gender).contains(person));
    }
}

#[test]
fn an_application_is_bound_to_its_request_and_says_what_was_not_given() {
    let text = application_text(Applicant::Organisation, Gender::Male);
    assert!(text.contains("Контактный телефон: не указан\n"));
    assert!(text.ends_with(
        "\n\nSurguch-Binding: 1\nDocument: application\nUNZ: 1196837e3c03f2\nOrigin: http://127.0.0.1:8787\n\
         Nonce: 000102030405060708090a0b0c0d0e0f\nTime: 2018-08-23T10:53:04Z\n"
    ));
}

#[test]
fn a_bad_template_is_refused_at_its_line() {
    let applicant = Applicant::Organisation;
    let good = facts::of_some_procedure(applicant.file());
    assert_eq!(applicant.template("a.txt", &good).unwrap(), application_template(applicant));
    for (old, new, said) in [
        ("{email}", "{mail}", "a.txt:14: {mail} is not a field of it"),
        ("{email}", "{email", "a.txt:14: a brace that opens or closes no field"),
        ("{email}", "x", "a.txt:1: the mandatory field {email} is missing"),
        ("{basis}", "x", "a.txt:1: the mandatory field {basis} is missing"),
        ("{gender:действующему|действующей}", "{gender:x}", "a.txt:3: {gender:x} needs two forms, {gender:он|она}"),
        (
            "E-mail",
            "Surguch-Binding",
            "a.txt:14: a line may not begin with \"Surguch-\": the house writes such lines itself",
        ),
        ("E-mail", "\u{202e}", "a.txt:14: holds the character U+202E, which no paper may hold"),
    ] {
        let refused = applicant.template("a.txt", &good.replacen(old, new, 1)).unwrap_err();
        assert_eq!((refused.code(), refused.to_string().as_str()), ("paper-template", said));
    }
    // A natural person has no organisation to speak of.
    assert!(Applicant::Person.template("a.txt", &good).unwrap_err().to_string().contains("is not a field of it"));
}
