//! Agents' files: the ones there are, and what is refused with line and reason.

use std::path::Path;

use domain::agent::{Agent, InBoth, KeyPlace, Support};

use crate::fixtures::folders;

const SIXTH: &str = r#"id = 6
name = "«Шестой банк»"
person_gender = "male"
basis = "Устава"
city = "Красноярск"
ca_name = "ШЕСТОЙ"
support = { phone = { ru = "8 800 000 00 00 доб. 2", en = "8 800 000 00 00, extension 2" } }
mail_from = "noreply@example.org"
procedures = ["a", "b-c"]

[person]
nominative = "Иванов 1"
genitive = "Иванова 1"
instrumental = "Ивановым 1"

[calendar]
zone = "-03:30"
holidays = ["2026-01-01", "2026-01-02"]
working_weekends = ["2026-01-03"]
"#;

#[test]
fn every_agent_of_the_repository_offers_folders_that_are_there() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents");
    let names: Vec<String> = folders().into_iter().map(|procedure| procedure.name).collect();
    let mut agents = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = format!("agents/{}", path.file_name().unwrap().to_str().unwrap());
        let agent = Agent::parse(&file, &std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!agent.procedures.is_empty());
        assert!(agent.procedures.iter().all(|offered| names.contains(offered)), "{file}: {:?}", agent.procedures);
        assert_eq!(format!("agents/{}.toml", agent.file), file);
        agents += 1;
    }
    assert!(agents > 0);
}

#[test]
fn an_agent_is_what_its_file_says() {
    let agent = Agent::parse("agents/sixth.toml", SIXTH).unwrap();
    assert_eq!((agent.id.0, agent.file.as_str()), (6, "sixth"));
    assert_eq!(agent.calendar.offset_minutes, -210);
    assert_eq!(agent.calendar.days_off.len(), 2);
    assert!(agent.calendar.working_weekends.contains(&(2026, 1, 3)));
    assert_eq!(agent.countersignature, None);
    let in_both = |ru: &str, en: &str| InBoth { ru: ru.to_owned(), en: en.to_owned() };
    let phone = in_both("8 800 000 00 00 доб. 2", "8 800 000 00 00, extension 2");
    assert_eq!(agent.support, Support { phone: phone.clone(), hours: None });
    let with_hours = "extension 2\" }, hours = { ru = \"с 9 до 18\", en = \"from 9 to 18\" }";
    let text = SIXTH.replacen("extension 2\" }", with_hours, 1);
    let hours = Some(in_both("с 9 до 18", "from 9 to 18"));
    assert_eq!(Agent::parse("agents/sixth.toml", &text).unwrap().support, Support { phone, hours });
}

#[test]
fn an_agent_signs_acts_by_a_key_in_a_file_or_on_a_token() {
    let named = |table: &str| {
        let text = format!("{SIXTH}\n[countersignature]\ncertificate = \"agent.pem\"\n{table}");
        let agent = Agent::parse("agents/sixth.toml", &text).map_err(|error| error.to_string())?;
        Ok::<_, String>(agent.countersignature.unwrap().seen_from(Path::new("/etc/agents")))
    };
    let own = named("key = \"agent.key\"\n").unwrap();
    assert_eq!(own.certificate, Path::new("/etc/agents/agent.pem"));
    assert_eq!(own.key, KeyPlace::File { path: "/etc/agents/agent.key".into(), password_file: None });
    let with_password = named("key = \"/k/agent.key\"\npassword_file = \"word\"\n").unwrap().key;
    let password_file = Some("/etc/agents/word".into());
    assert_eq!(with_password, KeyPlace::File { path: "/k/agent.key".into(), password_file });
    let token = "[countersignature.token]\nmodule = \"/m.so\"\nserial = \"7\"\npin_file = \"pin\"\n";
    let (module, serial, pin_file) = ("/m.so".into(), "7".to_owned(), "/etc/agents/pin".into());
    assert_eq!(named(token).unwrap().key, KeyPlace::Token { module, serial, pin_file });

    for (table, said) in [
        ("", "sixth.toml:21: countersignature: give either key"),
        ("password_file = \"word\"\n", "sixth.toml:21: countersignature: give either key"),
        (&format!("key = \"agent.key\"\n{token}"), "sixth.toml:21: countersignature: give either key"),
        (&token.replace("/m.so", "m.so"), "sixth.toml:24: countersignature.token.module: the path"),
        (&token.replace("pin_file", "pin"), "sixth.toml:26: unknown field `pin`"),
        ("key = \"agent.key\"\npassword = \"x\"\n", "sixth.toml:24: unknown field `password`"),
    ] {
        let refused = named(table).unwrap_err();
        assert!(refused.starts_with(&format!("agents/{said}")), "{table:?}: {refused}");
    }
}

/// How the support of [`SIXTH`] is reached.
const SUPPORT: &str = "{ phone = { ru = \"8 800 000 00 00 доб. 2\", en = \"8 800 000 00 00, extension 2\" } }";

#[test]
fn a_bad_agent_is_refused_at_its_line() {
    for (old, new, said) in [
        ("city =", "town =", "sixth.toml:5: unknown field `town`"),
        ("id = 6", "", "sixth.toml:1: missing field `id`"),
        ("id = 6", "id = -6", "sixth.toml:1: invalid value"),
        ("\"male\"", "\"man\"", "sixth.toml:3: unknown variant `man`"),
        ("basis = \"Устава\"", "basis = \" \"", "sixth.toml:4: basis: must be one line"),
        ("Красноярск", "Красноярск\\nМосква", "sixth.toml:5: city: must be one line"),
        (
            SUPPORT,
            "\"8 800 000 00 00\"",
            "sixth.toml:7: invalid type: string \"8 800 000 00 00\", expected support.phone.ru and",
        ),
        (SUPPORT, "{ phone = { ru = \"8\" } }", "sixth.toml:7: support.phone.en: both languages are needed"),
        (SUPPORT, "{ phone = { en = \"8\" } }", "sixth.toml:7: support.phone.ru: both languages are needed"),
        (SUPPORT, "{}", "sixth.toml:7: missing field `phone`"),
        ("доб. 2\"", "\"", "sixth.toml:7: support.phone.ru: must be one line"),
        ("2\" } }", "2\" }, hours = { ru = \"9\" } }", "sixth.toml:7: support.hours.en: both languages are needed"),
        ("2\" } }", "2\", de = \"\" } }", "sixth.toml:7: unknown field `de`"),
        ("noreply@example.org", "noreply", "sixth.toml:8: mail_from: \"noreply\" is not an e-mail"),
        ("\"b-c\"", "\"B\"", "sixth.toml:9: procedures: \"B\" is not the name"),
        ("\"b-c\"", "\"a\"", "sixth.toml:9: procedures: \"a\" stands twice"),
        ("genitive = \"Иванова 1\"\n", "", "sixth.toml:11: missing field `genitive`"),
        ("Ивановым 1", "", "sixth.toml:14: person.instrumental: must be one line"),
        ("-03:30", "MSK", "sixth.toml:17: calendar.zone: \"MSK\" is not a zone"),
        ("-03:30", "+15:00", "sixth.toml:17: calendar.zone"),
        ("2026-01-02", "2026-02-30", "sixth.toml:18: calendar.holidays: \"2026-02-30\" is not a day"),
        ("2026-01-02", "2026-1-2", "sixth.toml:18: calendar.holidays"),
        ("2026-01-03", "2026-01-05", "sixth.toml:19: calendar.working_weekends: 2026-01-05 is neither"),
        ("\"2026-01-02\"", "\"2026-01-03\"", "sixth.toml:19: calendar.working_weekends: 2026-01-03 is also"),
        ("[calendar]", "[calendar", "sixth.toml:16: "),
    ] {
        assert!(SIXTH.contains(old), "{old:?}");
        let refused = Agent::parse("sixth.toml", &SIXTH.replacen(old, new, 1)).unwrap_err().to_string();
        assert!(refused.starts_with(said), "{new:?}: {refused}");
    }
    let refused = Agent::parse("agents/Sixth.toml", SIXTH).unwrap_err().to_string();
    assert!(refused.contains("the file name \"Sixth\""), "{refused}");
}
