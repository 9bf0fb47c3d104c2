//! What people type, by its rule: a line, the name of a person, several lines, a reason.

use domain::Refusal;
use domain::text::{REASON_CHARACTERS, is_blank, line, lines, person_name, reason, required_line};

/// What turns the order of reading around, or breaks a line unseen.
const TURNING: &str =
    "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
/// What nobody sees.
const UNSEEN: &str = "\u{ad}\u{34f}\u{115f}\u{17b4}\u{180e}\u{200b}\u{200c}\u{200d}\u{2060}\u{206f}\
    \u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d173}\u{e0041}";
const CONTROLS: &str = "\0\u{1b}\u{7f}\u{85}\n\r\t";

#[test]
fn a_line_hides_nothing_and_is_kept_with_single_spaces() {
    for (typed, kept) in [
        ("", ""),
        (" \r\n ", ""),
        ("  Отделение   № 6 \n", "Отделение № 6"),
        ("ул. Ленина\u{a0}1, «Ро» – 100%", "ул. Ленина\u{a0}1, «Ро» – 100%"),
    ] {
        assert_eq!(line(typed, 60), Ok(kept.to_owned()), "{typed:?}");
    }
    for hidden in [TURNING, UNSEEN, CONTROLS].concat().chars() {
        let typed = format!("Отделение{hidden}6");
        assert_eq!(line(&typed, 60), Err(Refusal::TextUnacceptable), "{hidden:?}");
    }
    assert_eq!(line(&"я".repeat(60), 60), Ok("я".repeat(60)));
    assert_eq!(line(&"я".repeat(61), 60), Err(Refusal::TextUnacceptable));
    assert_eq!(required_line(" \t", 60), Err(Refusal::FieldMissing));
    assert_eq!(required_line("\u{200b}", 60), Err(Refusal::TextUnacceptable));
}

#[test]
fn the_name_of_a_person_is_a_line_that_mixes_no_alphabets() {
    for name in ["Рогов Иван Петрович", "Рогова Ивана Петровича", "Иванов И. И.", "Rogov 7", "Рогов Rogov"]
    {
        assert_eq!(person_name(name, 60), Ok(name.to_owned()));
    }
    for mixed in ["Р\u{6f}гов", "R\u{43e}gov", "Рог\u{3bf}в И.", "Иванов \u{418}\u{49}."] {
        assert_eq!(person_name(mixed, 60), Err(Refusal::LookAlikeLetters), "{mixed}");
    }
    assert_eq!(person_name(" ", 60), Err(Refusal::FieldMissing));
    for wrong in ["\u{202e}vogoR", "Рогов\u{200b}", "Рогов\nИван"] {
        assert_eq!(person_name(wrong, 60), Err(Refusal::TextUnacceptable), "{wrong:?}");
    }
}

#[test]
fn several_lines_end_by_one_character_each_and_turn_nothing_around() {
    for (typed, kept) in [
        ("", ""),
        ("раз\r\nдва\nтри\r\n", "раз\nдва\nтри\n"),
        ("телефон\t8 800", "телефон\t8 800"),
        // What joins the parts of an emoji, and what says where a word may be parted.
        ("\u{2764}\u{fe0f} \u{1f468}\u{200d}\u{1f469}", "\u{2764}\u{fe0f} \u{1f468}\u{200d}\u{1f469}"),
        ("до\u{ad}го\u{ad}вор", "до\u{ad}го\u{ad}вор"),
    ] {
        assert_eq!(lines(typed, 60), Ok(kept.to_owned()), "{typed:?}");
    }
    let controls = CONTROLS.chars().filter(|c| !matches!(c, '\n' | '\t'));
    for wrong in TURNING.chars().chain(controls) {
        assert_eq!(lines(&format!("раз{wrong}два"), 60), Err(Refusal::TextUnacceptable), "{wrong:?}");
    }
    assert_eq!(lines("раз\n\rдва", 60), Err(Refusal::TextUnacceptable), "the other way round");
    // Two characters that become one count as one.
    assert_eq!(lines(&"\r\n".repeat(60), 60), Ok("\n".repeat(60)));
    assert_eq!(lines(&"\n".repeat(61), 60), Err(Refusal::TextUnacceptable));
}

#[test]
fn a_reason_says_something_in_lines_of_text() {
    assert_eq!(reason(" 1. Телефон\r\n2. Должность\r\n"), Ok("1. Телефон\n2. Должность".to_owned()));
    assert_eq!(reason("нет\tподписи"), Ok("нет\tподписи".to_owned()));
    assert_eq!(reason(&"я".repeat(REASON_CHARACTERS)), Ok("я".repeat(REASON_CHARACTERS)));
    for nothing in ["", " \r\n\t ", "\u{a0}", "\u{200b}", "\u{202e}", "\u{2028}", "\u{feff}\u{ad}"] {
        assert!(is_blank(nothing));
        assert_eq!(reason(nothing), Err(Refusal::ReasonRequired), "{nothing:?}");
    }
    let longer = "я".repeat(REASON_CHARACTERS + 1);
    for wrong in ["\0", "a\0b", "a\rb", "\u{1b}[31m", "\u{202e}gpj.exe", &longer] {
        assert_eq!(reason(wrong), Err(Refusal::TextUnacceptable), "{wrong:?}");
    }
}
