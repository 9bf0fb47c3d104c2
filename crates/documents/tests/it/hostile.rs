//! Names that try to be something else: markup, code, a mile of letters. They are printed as they are, inside the margins.

use documents::act::{ActForm, Copies};
use documents::{Language, Layouts, PaperError, Press, hash_of};
use statement::act::ActFields;

use crate::facts::{act_by, act_fields, act_of, act_text, act_text_of, on_paper, stamps};
use crate::programs::{Printed, run};

/// The same in every fact that people type.
fn everywhere(name: &str) -> ActFields {
    let mut fields = act_fields();
    for field in [&mut fields.client, &mut fields.person_instrumental, &mut fields.agent, &mut fields.owner_dn] {
        name.clone_into(field);
    }
    fields
}

#[test]
fn markup_is_letters() {
    for name in [
        "*a* and _b_ and $c$ and `d`",
        "#let a = 1 #panic() #{ 1 + 1 }",
        "#read(\"/etc/passwd\") #import \"@preview/x:1.0.0\": y",
        "= Heading - item + item / term: x",
        "<label> @label \\* \\u{41} ~ --- ... // no comment /* none */",
        "https://example.org/?a=b&c=d",
        "'a' \"b\" {client} {{x}} ]]> </script> %PDF-1.7 (x) \\n",
    ] {
        let text = act_text_of(&everywhere(name));
        let letters = Printed::new(&act_of(&text, ActForm::Electronic(&[]), Language::Ru).unwrap()).letters();
        let wanted: String = name.split_whitespace().collect();
        assert_eq!(letters.matches(&wanted).count(), 4, "{name}: {letters}");
        assert!(letters.contains(&hex::encode(hash_of(&text))));
    }
}

/// Every word of every page as poppler places it: left, right and bottom in points.
fn words_outside(pdf: &[u8]) -> Vec<String> {
    let printed = Printed::new(pdf);
    let boxes = run("pdftotext", &["-bbox", &printed.path(), "-"]).stdout;
    let boxes = String::from_utf8(boxes).unwrap();
    let number = |line: &str, name: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let words: Vec<_> = boxes.lines().filter(|line| line.trim_start().starts_with("<word")).collect();
    assert!(words.len() > 50);
    let outside = |line: &&str| {
        // A4 is 595 x 842 points; the margins are 22 and 17 mm, letters may hang over by a hair.
        number(line, "xMin") < 60.0 || number(line, "xMax") > 551.0 || number(line, "yMax") > 822.0
    };
    words.into_iter().filter(outside).map(str::to_owned).collect()
}

#[test]
fn a_thousand_letters_without_a_space_stay_inside_the_margins() {
    for letter in ["Щ", "W", "i", "0", "-", "(", "a("] {
        let name = letter.repeat(1_000 / letter.len());
        let text = act_text_of(&everywhere(&name));
        for form in [ActForm::Electronic(&stamps()), on_paper(Copies::ONE)] {
            let pdf = act_of(&text, form, Language::Ru).unwrap();
            assert_eq!(words_outside(&pdf), [] as [&str; 0], "{letter}");
        }
    }
    let mut stamps = stamps();
    let name = "Щ".repeat(1_000);
    for stamp in &mut stamps {
        stamp.name = &name;
    }
    assert_eq!(
        words_outside(&act_of(&act_text(), ActForm::Electronic(&stamps), Language::Ru).unwrap()),
        [] as [&str; 0]
    );
}

#[test]
fn the_act_of_the_manual_fits_one_page_in_every_form() {
    for (form, pages) in [
        (ActForm::Electronic(&[]), 1),
        (ActForm::Electronic(&stamps()), 1),
        (on_paper(Copies::ONE), 1),
        (on_paper(Copies::TWO), 2),
    ] {
        for language in Language::ALL {
            let pdf = act_of(&act_text(), form.clone(), language).unwrap();
            assert_eq!(Printed::new(&pdf).pages(), pages, "{form:?}");
            assert_eq!(words_outside(&pdf), [] as [&str; 0]);
        }
    }
}

#[test]
fn a_text_that_is_not_this_request_s_act_is_not_printed() {
    let text = act_text();
    for (old, new) in [
        ("UNZ: 1196837e3c03f2", "UNZ: 1196837e3c03f3"),
        ("Document: act", "Document: application"),
        ("Surguch-Binding: 1", "Surguch-Binding: 2"),
        ("\n\nSurguch-Binding", "\nSurguch-Binding"),
        ("Nonce: ", "Nonce "),
        ("Z\n", "Z"),
    ] {
        assert!(text.contains(old), "{old:?}");
        let refused = act_of(&text.replace(old, new), ActForm::Electronic(&[]), Language::Ru).unwrap_err();
        assert_eq!(refused.code(), "paper-text", "{old:?}");
    }
    let endless = format!("{}{text}", "а\n\n".repeat(40_000));
    let refused = act_of(&endless, ActForm::Electronic(&[]), Language::Ru).unwrap_err();
    assert_eq!(refused, PaperError::TooLong { field: "text", limit: 65_536 });
}

#[test]
fn an_act_of_many_pages_says_on_each_which_it_is() {
    let mut fields = act_fields();
    fields.client = "рога ".repeat(200).trim_end().to_owned();
    let text = act_text_of(&fields).replacen("\n\n", &format!("\n\n{}", "Ещё один пункт акта.\n\n".repeat(120)), 1);
    let (press, layouts) = (Press::new(), Layouts::new("shared", &[]).unwrap());
    let pdf = act_by(&press, &layouts, &text, on_paper(Copies::TWO), Language::Ru).unwrap();
    let printed = Printed::new(&pdf);
    let (pages, said) = (printed.pages(), printed.laid_out());
    assert!(pages >= 6 && pages % 2 == 0, "{pages}");
    for copy in 1..=2 {
        for page in 1..=pages / 2 {
            let footer = format!("Экземпляр {copy} из 2, страница {page} из {}", pages / 2);
            assert_eq!(said.matches(&footer).count(), 1, "{footer}");
        }
    }
}
