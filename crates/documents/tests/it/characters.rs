//! Which characters a paper may hold: what the judge lets through the press prints, and the rest is refused by name.

use documents::act::{ActForm, Signer, Stamp};
use documents::{Language, PaperError, first_unprintable, printable};

use crate::facts::{AT, act_fields, act_of, act_text, act_text_of};
use crate::programs::Printed;

fn stamp(name: &str) -> Stamp<'_> {
    Stamp { signer: Signer::Agent, name, serial_hex: "01", valid_from: AT, valid_to: AT, signed_at: AT }
}

#[test]
fn names_of_the_country_are_printable() {
    for name in [
        "Рогов Иван Петрович",
        "Ёжиков-Щукин Ъ Ы Ь Э",
        "ООО «Рога и копыта» № 1, 5 ₽, 10 % — «Ивановъ»",
        "Әбдіқадыр Ұлы, Ґрунтенко Їжак Є, Ўроқ, Җәмилә Өлкән",
        "й in two characters: \u{0438}\u{0306}",
        "O'Neill & Sons <ltd> \\ \"x\" @ ~ ^ | `",
        "Müller, Nguyễn, Çelik, Łódź",
    ] {
        assert_eq!(first_unprintable(name), None, "{name}");
    }
}

#[test]
fn characters_that_nobody_sees_or_that_turn_the_order_are_not() {
    for character in [
        '\0',
        '\u{7}',
        '\t',
        '\n',
        '\u{85}',
        '\u{AD}',
        '\u{200B}',
        '\u{200E}',
        '\u{2028}',
        '\u{202E}',
        '\u{2066}',
        '\u{FEFF}',
        '\u{FE0F}',
        '\u{E000}',
        '\u{E0041}',
        '\u{FFFD}',
        '\u{1F600}',
        '\u{4E2D}',
        '\u{05D0}',
        '\u{0627}',
    ] {
        assert_eq!(first_unprintable(&format!("ab{character}c")), Some(character), "U+{:04X}", u32::from(character));
    }
    assert!(printable("a\u{0301}\u{0302}b"));
    assert!(!printable("a\u{0301}\u{0302}\u{0303}b"));
}

/// In running text, in italics of a layout's terms, and in bold on a stamp.
#[test]
fn what_the_judge_passes_the_press_prints() {
    let passed: Vec<char> = ('\0'..=char::MAX).filter(|&c| printable(&c.to_string()) && !c.is_whitespace()).collect();
    assert!(passed.len() > 1_500, "{}", passed.len());
    for piece in passed.chunks(400) {
        // A letter before each, so that a combining mark has something to stand on.
        let name: String = piece.iter().flat_map(|character| ['n', *character]).collect();
        let mut fields = act_fields();
        fields.client = name.clone();
        fields.ca_name = name.clone();
        act_of(&act_text_of(&fields), ActForm::Electronic(&[stamp(&name)]), Language::Ru).unwrap();
    }
}

#[test]
fn a_refusal_names_the_fact_and_the_character() {
    for (name, code) in [("Рогов \u{1F600}", 0x1_F600), ("Рогов\u{202E}", 0x202E), ("Рогов\u{0}", 0)] {
        let refused = act_of(&act_text(), ActForm::Electronic(&[stamp(name)]), Language::Ru).unwrap_err();
        assert_eq!(refused, PaperError::Character { field: "signer", code });
        assert_eq!(refused.code(), "paper-character");
    }
    let refused = |name: &str| act_of(&act_text(), ActForm::Electronic(&[stamp(name)]), Language::Ru).unwrap_err();
    assert_eq!(refused(" "), PaperError::Empty { field: "signer" });
    assert_eq!(refused(&"я".repeat(10_000)), PaperError::TooLong { field: "signer", limit: 1_024 });
    // What is already in a signed text cannot be left out: the paper is refused, not another text printed.
    let mut fields = act_fields();
    fields.client = "Рога \u{1F600}".to_owned();
    let refused = act_of(&act_text_of(&fields), ActForm::Electronic(&[]), Language::Ru).unwrap_err();
    assert_eq!(refused, PaperError::Character { field: "text", code: 0x1_F600 });
    let whole = Printed::new(&act_of(&act_text(), ActForm::Electronic(&[]), Language::Ru).unwrap());
    assert_eq!(whole.pages(), 1);
}
