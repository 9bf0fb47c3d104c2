//! Tables of what people type and choose: e-mail addresses, ИНН, phones, the gender.

use domain::Refusal;
use domain::subscriber::{Email, Gender, Inn, PHONE_CHARACTERS, phone_is_acceptable};

#[test]
fn addresses_that_are_and_are_not_addresses() {
    let longest_label = format!("a@{}.ru", "b".repeat(63));
    for right in ["rogov@example.org", "i.ivanov+bank@mail.example.org", "a@b.ru", "o'neil@x-y.example", &longest_label]
    {
        assert_eq!(Email::parse(right).map(|email| email.as_str().to_owned()).as_deref(), Some(right));
    }
    let long_local = format!("{}@example.org", "a".repeat(65));
    let long_label = format!("a@{}.ru", "b".repeat(64));
    let long_whole = format!("a@{}ru", format!("{}.", "b".repeat(60)).repeat(5));
    for wrong in [
        "",
        "@",
        "rogov",
        "rogov@",
        "@example.org",
        "rogov@example",
        "rogov@@example.org",
        "ro gov@example.org",
        ".rogov@example.org",
        "rogov.@example.org",
        "ro..gov@example.org",
        "rogov@-example.org",
        "rogov@example-.org",
        "rogov@example..org",
        "rogov@.org",
        "rogov@example.org.",
        "рогов@example.org",
        "rogov@пример.рф",
        "rogov@example.org\r\nBcc: all@example.org",
        "rogov@example.org ",
        "<rogov@example.org>",
        "\"a b\"@example.org",
        "a,b@example.org",
        &long_local,
        &long_label,
        &long_whole,
    ] {
        assert!(Email::parse(wrong).is_none(), "{wrong:?} passed");
    }
}

#[test]
fn inn_by_its_check_digits() {
    for right in ["7707704692", "5009046312", "097624544474"] {
        assert_eq!(Inn::parse(right).unwrap().as_str(), right);
        // Every other last digit is a slip.
        let (front, last) = right.split_at(right.len() - 1);
        for digit in (0..10).map(|digit| digit.to_string()).filter(|digit| digit != last) {
            assert!(Inn::parse(&format!("{front}{digit}")).is_none());
        }
    }
    for wrong in ["", "0", "770770469", "77077046921", "7707704692 ", "77O7704692", "٧٧٠٧٧٠٤٦٩٢"] {
        assert!(Inn::parse(wrong).is_none(), "{wrong:?} passed");
    }
}

#[test]
fn phones_as_people_type_them() {
    for right in ["", "8493333544", "+7 (495) 000-00-00", "000-00-00 доб.155", "8 800 000 00 00 доб. 2", "1 ext. 2"]
    {
        assert!(phone_is_acceptable(right), "{right:?} was refused");
    }
    let long = "1".repeat(PHONE_CHARACTERS + 1);
    for wrong in ["call me", "1\n2", "1;2", "<1>", "١٢٣", &long] {
        assert!(!phone_is_acceptable(wrong), "{wrong:?} passed");
    }
}

#[test]
fn a_gender_is_chosen_by_its_word_or_not_at_all() {
    for gender in Gender::ALL {
        assert_eq!(serde_json::to_value(gender).unwrap(), gender.name());
        assert_eq!(Gender::from_name(gender.name()), Some(gender));
        assert_eq!(Gender::chosen(gender.name()), Ok(gender));
    }
    for other in ["", " ", "Male", "мужской", "<b>", "\u{202e}elam"] {
        assert_eq!(Gender::chosen(other), Err(Refusal::FieldMissing), "{other:?}");
    }
}
