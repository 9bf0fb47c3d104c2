//! The code on a paper: what a scanner reads, and what the desk makes of it.

use documents::act::{ActForm, Copies};
use documents::application::{Applicant, Part};
use documents::qr::{CodedPaper, NotACode, PaperCode};
use documents::{Language, hash_of};
use domain::subscriber::Gender;

use crate::facts::{act_of, act_text, application, application_text, on_paper, unz};
use crate::programs::Printed;

const CODE: &str = "SURGUCH1:1196837E3C03F2:ACT:000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";

fn code() -> PaperCode {
    PaperCode { unz: unz(), paper: CodedPaper::Act, hash: std::array::from_fn(|index| u8::try_from(index).unwrap()) }
}

#[test]
fn a_scanner_reads_request_paper_and_hash_off_every_page() {
    let text = act_text();
    let wanted = PaperCode { unz: unz(), paper: CodedPaper::Act, hash: hash_of(&text) };
    let nine = on_paper(Copies::new(9).unwrap());
    for (form, copies) in [(ActForm::Electronic(&[]), 1), (on_paper(Copies::TWO), 2), (nine, 9)] {
        let read = Printed::new(&act_of(&text, form, Language::Ru).unwrap()).codes();
        assert_eq!(read, vec![wanted.to_string(); copies]);
        assert_eq!(read[0].parse(), Ok(wanted));
    }
    let text = application_text(Applicant::Organisation, Gender::Male);
    for part in [Part::Whole, Part::BankHalf] {
        let pdf = application(&text, Applicant::Organisation, part, false, Language::Ru).unwrap();
        let read = Printed::new(&pdf).codes();
        let wanted = PaperCode { unz: unz(), paper: CodedPaper::Application, hash: hash_of(&text) };
        assert_eq!(read, [wanted.to_string()]);
        assert_eq!(read[0].parse(), Ok(wanted));
    }
}

#[test]
fn one_file_holds_one_copy_to_nine_and_each_says_which_it_is() {
    assert!([0, 10, 255].into_iter().all(|number| Copies::new(number).is_none()));
    assert_eq!(Copies::new(1), Some(Copies::ONE));
    let said = Printed::new(&act_of(&act_text(), on_paper(Copies::new(9).unwrap()), Language::Ru).unwrap()).laid_out();
    for copy in 1..=9 {
        // At the top and in the footer.
        assert_eq!(said.matches(&format!("Экземпляр {copy} из 9")).count(), 2, "{said}");
    }
    let one = Printed::new(&act_of(&act_text(), on_paper(Copies::ONE), Language::Ru).unwrap()).laid_out();
    assert!(!one.contains("Экземпляр "), "{one}");
}

#[test]
fn a_code_is_written_one_way_and_read_in_any_case_and_keyboard_layout() {
    assert_eq!(code().to_string(), CODE);
    let on_russian_keyboard: String = CODE
        .chars()
        .map(|character| {
            let latin = "QWERTYUIOPASDFGHJKLZXCVBNM:";
            let russian = "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬЖ";
            latin.chars().position(|other| other == character).map_or(character, |at| russian.chars().nth(at).unwrap())
        })
        .collect();
    assert!(on_russian_keyboard.starts_with("ЫГКПГСР1Ж1196837У3С03А2ЖФСЕЖ"), "{on_russian_keyboard}");
    let spellings = [
        CODE.to_owned(),
        CODE.to_lowercase(),
        format!(" {CODE}\r\n"),
        on_russian_keyboard.to_lowercase(),
        on_russian_keyboard,
    ];
    for spelling in spellings {
        assert_eq!(spelling.parse(), Ok(code()), "{spelling}");
    }
}

#[test]
fn nothing_else_is_a_code() {
    let changed = |old: &str, new: &str| CODE.replacen(old, new, 1);
    for text in [
        String::new(),
        "1196837e3c03f2".to_owned(),
        changed("SURGUCH1", "SURGUCH2"),
        changed("ACT", "ACTS"),
        changed("E3C03F2", "E3C03F"),
        changed("E3C03F2", "E3C03FG"),
        changed("1E1F", "1E1"),
        changed("1E1F", "1E1F00"),
        changed("1E1F", "1E1F:"),
        changed("1E1F", "1E 1F"),
        changed(":ACT", ""),
        CODE.repeat(3),
        "Ж".repeat(200_000),
    ] {
        assert_eq!(text.parse::<PaperCode>(), Err(NotACode), "{}", text.chars().take(120).collect::<String>());
    }
}
