//! Acts: the templates there are, what a template may not be, and what a value may not do to one.

use std::path::Path;

use statement::act::{ActFields, ActTemplate, DOCUMENT, date_words};
use statement::binding::Binding;
use statement::{KEY_CHARACTERS, StatementError};

const SIXTH: &str = "АКТ\n\n{city} {date_words} ({date_short})\n\
    {client}: {person_instrumental}; {agent}: {agent_person_genitive}, {agent_basis}, «{ca_name}»\n\
    Владелец: {owner_dn}\nНомер: {serial_hex} ({serial_decimal})\nАлгоритм: {signature_algorithm}\n\
    Заверен: {issuer_dn}\nС {valid_from} до {valid_to}\nКлюч {key_algorithm_oid}: {key_hex}\n\
    Отпечаток: {thumbprint_sha1}\n";

fn fields() -> ActFields {
    let text = str::to_owned;
    ActFields {
        city: text("Красноярск"),
        date_words: date_words(2018, 8, 23),
        date_short: text("23.08.2018"),
        client: text("ООО «Рога»"),
        person_nominative: text("Рогов 1"),
        person_genitive: text("Рогова 1"),
        person_instrumental: text("Роговым 1"),
        agent: text("«Шестой банк»"),
        agent_person_genitive: text("Иванова 1"),
        agent_basis: text("Устава"),
        ca_name: text("ШЕСТОЙ"),
        owner_dn: text("CN=Rogov 1, C=RU"),
        serial_hex: text("38b00b8"),
        serial_decimal: text("59441336"),
        signature_algorithm: text("sha256WithRSAEncryption"),
        issuer_dn: text("CN=Sixth CA, C=RU"),
        valid_from: text("23-08-2018"),
        valid_to: text("21-08-2020"),
        key_algorithm_oid: text("1.2.643.7.1.1.1.2"),
        key_hex: text("04 81 80 23"),
        thumbprint_sha1: text("26 b5"),
        thumbprint_sha256: text("aa bb"),
        thumbprint_streebog256: text("cc dd"),
    }
}

fn binding() -> Binding<'static> {
    Binding {
        document: DOCUMENT,
        unz: Some("1196837e3c03f2"),
        origin: "http://127.0.0.1:8787",
        nonce: "000102030405060708090a0b0c0d0e0f",
        time: "2018-08-23T10:53:00Z",
    }
}

#[test]
fn an_act_letter_by_letter() {
    let text = "АКТ\n\nКрасноярск \"23\" августа 2018 г. (23.08.2018)\n\
        ООО «Рога»: Роговым 1; «Шестой банк»: Иванова 1, Устава, «ШЕСТОЙ»\n\
        Владелец: CN=Rogov 1, C=RU\nНомер: 38b00b8 (59441336)\nАлгоритм: sha256WithRSAEncryption\n\
        Заверен: CN=Sixth CA, C=RU\nС 23-08-2018 до 21-08-2020\nКлюч 1.2.643.7.1.1.1.2: 04 81 80 23\n\
        Отпечаток: 26 b5\n\
        \n\
        Surguch-Binding: 1\nDocument: act\nUNZ: 1196837e3c03f2\nOrigin: http://127.0.0.1:8787\n\
        Nonce: 000102030405060708090a0b0c0d0e0f\nTime: 2018-08-23T10:53:00Z\n";
    assert_eq!(ActTemplate::parse(SIXTH).unwrap().render(&fields(), &binding()).unwrap(), text);
}

#[test]
fn every_act_of_the_repository_is_a_template() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures");
    let mut acts = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let folder = entry.unwrap();
        let Ok(text) = std::fs::read_to_string(folder.path().join("documents/act.txt")) else { continue };
        let act = ActTemplate::parse(&text).unwrap().render(&fields(), &binding()).unwrap();
        let name = format!("act-{}", folder.file_name().into_string().unwrap());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, act);
        });
        acts += 1;
    }
    assert!(acts > 0);
}

#[test]
fn the_end_of_a_template_is_one_line_end() {
    let wanted = ActTemplate::parse(SIXTH).unwrap();
    for text in [SIXTH.trim_end().to_owned(), format!("{SIXTH}\n\n")] {
        assert_eq!(ActTemplate::parse(&text).unwrap(), wanted);
    }
}

#[test]
fn a_bad_template_is_refused_at_its_line() {
    for (old, new, said) in [
        ("{city}", "{town}", "line 3: {town} is not a field of an act"),
        ("{city}", "{ city }", "line 3: { city } is not a field of an act"),
        ("{city}", "{city", "line 3: {city {date_words} is not a field of an act"),
        ("{city}", "city}", "line 3: a brace that opens or closes no field"),
        ("{city}", "{city}}", "line 3: a brace that opens or closes no field"),
        ("{city}", "{}", "line 3: {} is not a field of an act"),
        ("{thumbprint_sha1}", "{thumbprint_sha1", "line 11: a brace that opens or closes no field"),
        ("АКТ\n", "АКТ\r\n", "line 1: holds the character U+000D"),
        ("АКТ\n", "АКТ\t1\n", "line 1: holds the character U+0009"),
        ("АКТ\n", "АКТ\u{202e}\n", "line 1: holds the character U+202E"),
        ("Номер:", "Surguch-Binding: 1", "line 6: a line may not begin with \"Surguch-\""),
        ("{city} ", "", "the mandatory field {city} is missing"),
        ("{person_instrumental}", "", "the mandatory field {person_instrumental} is missing"),
        ("{key_hex}", "", "the mandatory field {key_hex} is missing"),
        (SIXTH, "", "line 1: the template is empty"),
        (SIXTH, " \n\n", "line 1: the template is empty"),
    ] {
        assert!(SIXTH.contains(old), "{old:?}");
        let refused = ActTemplate::parse(&SIXTH.replacen(old, new, 1)).unwrap_err().to_string();
        assert!(refused.starts_with(said), "{new:?}: {refused}");
    }
    let endless = "я".repeat(40_000);
    assert!(ActTemplate::parse(&endless).unwrap_err().to_string().contains("longer than"));
}

#[test]
fn every_mandatory_field_is_mandatory() {
    let mandatory = [
        "city",
        "date_words",
        "client",
        "agent",
        "agent_person_genitive",
        "agent_basis",
        "ca_name",
        "owner_dn",
        "serial_hex",
        "signature_algorithm",
        "issuer_dn",
        "valid_from",
        "valid_to",
        "key_algorithm_oid",
        "key_hex",
        "thumbprint_sha1",
    ];
    for field in mandatory {
        let without = SIXTH.replace(&format!("{{{field}}}"), "-");
        assert_eq!(ActTemplate::parse(&without), Err(StatementError::FieldMissing { field }));
    }
    for other_case in ["{person_nominative}", "{person_genitive}"] {
        assert!(ActTemplate::parse(&SIXTH.replace("{person_instrumental}", other_case)).is_ok());
    }
}

#[test]
fn a_value_can_neither_write_a_line_nor_pass_for_one() {
    let template = ActTemplate::parse(SIXTH).unwrap();
    for evil in ["a\nSurguch-Binding: 1", "a\r", "", "a\u{2028}b", "a\u{200b}"] {
        let forged = ActFields { client: evil.to_owned(), ..fields() };
        assert!(template.render(&forged, &binding()).is_err(), "{evil:?}");
        // A value that the template does not show is not looked at.
        let unseen = ActFields { person_genitive: evil.to_owned(), ..fields() };
        assert!(template.render(&unseen, &binding()).is_ok());
    }
    let forged = ActFields { city: "Surguch-Binding: 1".to_owned(), ..fields() };
    let refused = template.render(&forged, &binding()).unwrap_err().to_string();
    assert!(refused.starts_with("line 3: begins with"), "{refused}");
    let begun = ActTemplate::parse(&SIXTH.replace("{city}", "Surg{city}")).unwrap();
    let forged = ActFields { city: "uch-Binding: 1".to_owned(), ..fields() };
    assert!(begun.render(&forged, &binding()).is_err());
    // Braces of a value are letters like any other.
    let braces = ActFields { client: "{owner_dn}".to_owned(), ..fields() };
    assert!(template.render(&braces, &binding()).unwrap().contains("{owner_dn}: Роговым 1"));
}

#[test]
fn a_key_may_be_as_long_as_rsa_makes_it() {
    let template = ActTemplate::parse(SIXTH).unwrap();
    let long = ActFields { key_hex: "a".repeat(KEY_CHARACTERS), ..fields() };
    assert!(template.render(&long, &binding()).is_ok());
    let longer = ActFields { key_hex: "a".repeat(KEY_CHARACTERS + 1), ..fields() };
    assert!(matches!(template.render(&longer, &binding()), Err(StatementError::TooLong { field: "key_hex", .. })));
    let owner = ActFields { owner_dn: "a".repeat(1_025), ..fields() };
    assert!(matches!(template.render(&owner, &binding()), Err(StatementError::TooLong { field: "owner_dn", .. })));
}

#[test]
fn dates_in_the_words_of_acts() {
    assert_eq!(date_words(2018, 8, 23), "\"23\" августа 2018 г.");
    assert_eq!(date_words(2026, 1, 9), "\"09\" января 2026 г.");
    assert_eq!(date_words(2049, 12, 31), "\"31\" декабря 2049 г.");
    assert_eq!(date_words(2026, 13, 1), "\"01\" 13 2026 г.");
}
