//! The page that says whether a computer is ready, without a component: the support code is pasted. The live check is a step of the first issue's walk.

use pkcs11::workplace::{AttemptsSeen, FindingCode, MediumSeen, Picture, PinSeen, PlaceKind, encode};

use crate::bank::Bank;
use crate::browser::{Browser, Loaded};

fn picture() -> Picture {
    let pin = PinSeen { attempts: AttemptsSeen::Left(9), factory: Some(true), must_change: false };
    let mut picture = Picture {
        component: "0.1.0".to_owned(),
        system: "linux".to_owned(),
        clock_ahead_seconds: Some(-1),
        media: vec![MediumSeen {
            kind: PlaceKind::Token,
            maker: "Aktiv Co.".to_owned(),
            model: "<script>alert(1)</script>".to_owned(),
            serial_end: "5432".to_owned(),
            firmware: "23.2".to_owned(),
            pin,
            so_pin: pin,
            memory_kib: Some(128),
            free_kib: Some(96),
            algorithms: vec!["gost-256".to_owned()],
            keys: Vec::new(),
        }],
        ..Picture::default()
    };
    picture.say(FindingCode::SoPinFactory, Some(0), "");
    picture
}

fn paste(browser: &Browser<'_>, code: &str) -> Loaded {
    browser.submit(&browser.get("/ca/workplace"), "/ca/workplace", &[("support_code", code)])
}

#[test]
fn a_support_code_is_shown_in_words_and_nothing_else_passes_for_one() {
    let bank = Bank::open("");
    let code = encode(&picture());
    let ru = paste(&Browser::new(&bank, "ru"), &code.to_lowercase());
    assert_eq!(ru.status, 200, "{}", ru.text());
    for words in [
        "Не всё готово",
        "PIN-код администратора заводской",
        "осталось попыток: 9",
        "память: свободно 96 из 128 КиБ",
        "Часы компьютера идут верно.",
        &code,
    ] {
        assert!(ru.text().contains(words), "{words}: {}", ru.text());
    }
    assert!(!ru.html.contains("<script>alert"), "{}", ru.html);
    let english = Browser::new(&bank, "en");
    assert!(paste(&english, &code).text().contains("the administrator PIN is the factory"));
    for (wrong, words) in [
        ("", "SD1"),
        ("12345678", "This is no support code"),
        (&code[..code.len() - 1], "incomplete"),
        ("SD2-AAAAA", "another version"),
    ] {
        let page = paste(&english, wrong);
        assert_eq!(page.status, 400, "{wrong}");
        assert!(wrong.is_empty() || page.text().contains(words), "{wrong}: {}", page.text());
    }
    assert_eq!(Browser::new(&bank, "ru").post("/ca/workplace", &[("support_code", &code)]).status, 409);
    for page in ["/", "/sign-in", &format!("/ca/new-certificate?agentId={}", bank.agent)] {
        let to = Browser::new(&bank, "ru").get(page);
        assert!(to.html.contains("/ca/workplace"), "{page} leads there: {}", to.text());
    }
}
