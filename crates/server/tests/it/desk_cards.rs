//! The register of smart cards at the branch's desk: cards come in, are handed out against a receipt, come back, and are written off; what
//! was typed stays, and nobody but the branch has the screen.

use crate::bank::{Bank, done, now, surguch};
use crate::browser::{Browser, Loaded};
use crate::desk::{PASSWORD, code, sign_in, with_login};

/// The form of a hand-out that nothing is wrong with.
pub(crate) const FORM: [(&str, &str); 7] = [
    ("inn", "7707 704 692"),
    ("organisation", "ООО «Рога»"),
    ("person", "Рогов Иван Петрович"),
    ("gender", "male"),
    ("slot", "first"),
    ("city", "Красноярск"),
    ("branch", "Отделение № 6"),
];

/// A card that was taken into the register: its address.
pub(crate) fn registered(browser: &Browser<'_>, serial: &str) -> String {
    let form = browser.get("/desk/cards/new");
    let card = browser.submit(&form, "/desk/cards", &[("serials", serial), ("model", "Рутокен ЭЦП 2.0")]);
    assert_eq!(card.status, 200, "{}", card.text());
    card.path
}

/// A card in somebody's hands: its address.
pub(crate) fn handed_out(browser: &Browser<'_>, serial: &str) -> String {
    let card = browser.get(&registered(browser, serial));
    let handed = browser.submit(&card, &format!("{}/hand-out", card.path), &FORM);
    assert_eq!((handed.status, &handed.path), (200, &card.path), "{}", handed.text());
    handed.path
}

/// The form with other values of some fields.
fn but<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let value = |name: &str| changed.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
    FORM.into_iter().map(|(name, typed)| (name, value(name).unwrap_or(typed))).collect()
}

fn says(page: &Loaded, words: &[&str]) {
    for words in words {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
}

#[test]
fn a_branch_hands_out_a_card_against_a_receipt_and_takes_it_back() {
    let mut bank = Bank::closed("");
    let agent = bank.agent.to_string();
    for (name, role) in [("Clerk 1", "branch-clerk"), ("Clerk 2", "branch-clerk"), ("Auditor 1", "auditor")] {
        done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", name, "--role", role]));
    }
    let people = [("Clerk 1", "clerk1"), ("Clerk 2", "clerk2"), ("Auditor 1", "auditor1"), ("Operator 1", "operator1")];
    let secrets = people.map(|(name, login)| (login, with_login(&mut bank, name, login)));
    bank.start();
    let browsers = secrets.map(|(login, secret)| {
        let browser = Browser::new(&bank, "ru");
        let page = sign_in(&browser, "/desk/requests", login, PASSWORD, &code(&secret, now()));
        assert_eq!(page.html.contains("href=\"/desk/cards\""), login != "operator1", "{login}: {}", page.text());
        browser
    });
    let [clerk, second, auditor, operator] = &browsers;
    says(&operator.get("/desk/cards"), &["role-missing"]);
    says(&auditor.get("/desk/cards/new"), &["role-missing"]);

    // Nothing yet; then a box. A wrong line names itself, and what was typed stays.
    says(&clerk.get("/desk/cards"), &["В реестре ещё нет карт"]);
    let form = clerk.get("/desk/cards/new");
    let box_of = "0853 000 001\r\n0853000002\r\nАВЕ-12345";
    let back = clerk.submit(&form, "/desk/cards", &[("serials", box_of), ("model", "Рутокен ЭЦП 2.0")]);
    assert_eq!(back.status, 400, "{}", back.text());
    says(&back, &["АВЕ-12345: Серийный номер карты", "0853 000 001"]);
    assert!(back.html.contains("value=\"Рутокен ЭЦП 2.0\""), "{}", back.html);
    let fields = [("serials", "0853 000 001\r\n0853000002"), ("model", "Рутокен ЭЦП 2.0")];
    let list = clerk.submit(&back, "/desk/cards", &fields);
    assert_eq!(list.path, "/desk/cards", "{}", list.text());
    says(&list, &["0853000001", "0853000002", "В отделении", "Ещё никому не выдавалась"]);
    let twice = clerk.submit(&form, "/desk/cards", &fields);
    assert_eq!(twice.status, 409);
    says(&twice, &["0853 000 001: Карта с этим серийным номером уже есть"]);

    // The form: each fault beside its field, everything typed still there.
    let card = clerk.get(&list.link("0853000001"));
    let (here, hand_out) = (card.path.clone(), format!("{}/hand-out", card.path));
    for (changed, status, words) in [
        (("inn", "7707704693"), 400, "контрольн"),
        (("organisation", ""), 400, "Заполните это поле"),
        (("person", "Poгов Иван"), 400, "похожи"),
        (("gender", ""), 400, "Заполните это поле"),
        (("slot", "fifth"), 400, "для какой подписи"),
        (("branch", ""), 400, "Заполните это поле"),
        // The bank's own client under another name.
        (("inn", "5400000004"), 400, "другая организация"),
    ] {
        let typed = but(&[changed]);
        let back = clerk.submit(&card, &hand_out, &typed);
        assert_eq!(back.status, status, "{changed:?}: {}", back.text());
        says(&back, &[words]);
        for (name, value) in typed.iter().filter(|(name, _)| !matches!(*name, "gender" | "slot")) {
            assert!(back.html.contains(&format!("value=\"{value}\"")), "{name} of {changed:?}: {}", back.html);
        }
        let is_chosen = back.html.contains("<option value=\"first\" selected>");
        assert_eq!(is_chosen, changed.0 != "slot", "{changed:?}");
    }
    let late = second.get(&here);
    let handed = clerk.submit(&card, &hand_out, &FORM);
    assert_eq!((handed.status, &handed.path), (200, &here), "{}", handed.text());
    says(&handed, &["На руках", "Рогов Иван Петрович", "ООО «Рога», ИНН 7707704692", "первая подпись", "Clerk 1"]);
    assert_eq!(clerk.submit(&card, &hand_out, &FORM).path, here, "a second click is the same");

    // One signature, one card; one card, one person; and whoever was slower hears it, with the form as it was.
    let other = clerk.get(&list.link("0853000002"));
    assert!(other.html.contains("value=\"Отделение № 6\""), "the branch is kept: {}", other.html);
    let taken = clerk.submit(&other, &format!("{}/hand-out", other.path), &FORM);
    assert_eq!(taken.status, 409);
    says(&taken, &["уже есть карта для этой подписи", "card-slot-taken"]);
    let late = second.submit(&late, &hand_out, &but(&[("person", "Иванов Иван")]));
    assert_eq!(late.status, 409);
    says(&late, &["выдана другому человеку"]);
    assert!(late.html.contains("value=\"Иванов Иван\""), "{}", late.html);

    // The receipt, for whoever looks; nobody else's card is there.
    let receipt = auditor.get(&handed.link("Расписка № 1 (PDF)"));
    let folder = tempfile::tempdir().unwrap();
    let path = crate::papers::whole(&folder, &receipt.answer);
    let text = crate::papers::run("pdftotext", &["-layout", &path, "-"]);
    for words in
        ["№ 1", "0853000001", "ООО «Рога»", "7707704692", "первая подпись", "Красноярск", "Clerk 1", "получил "]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!auditor.get(&here).html.contains(&hand_out), "an auditor looks");
    assert_eq!(auditor.get(&format!("{here}/receipt.pdf?number=2")).status, 404);
    assert_eq!(operator.get(&here).status, 403);

    // Found by number, name, organisation and ИНН.
    for typed in ["0853-000-001", "рогов", "Рога", "ооо рога", "7707704692"] {
        let found = clerk.get(&format!("/desk/cards?q={}", typed.replace(' ', "+")));
        assert_eq!(found.html.matches("href=\"/desk/cards/0").count(), 1, "{typed}: {}", found.text());
    }
    says(&clerk.get("/desk/cards?q=%D0%BA%D0%BE%D0%BF%D1%8B%D1%82%D0%B0"), &["Ничего не найдено"]);

    // Back, cleared, and to the end; the history stays.
    let page = second.get(&here);
    for (reason, words) in [("", "Укажите причину"), ("lost", "Выберите причину из списка")]
    {
        let back = second.submit(&page, &format!("{here}/return"), &[("return-reason", reason)]);
        assert_eq!(back.status, 400);
        says(&back, &[words]);
    }
    let back = second.submit(&page, &format!("{here}/return"), &[("return-reason", "replaced")]);
    says(&back, &["Вернулась, не очищена", "Заменена другой картой"]);
    assert!(!back.html.contains(&hand_out), "a key may be on it");
    let clear = second.submit(&back, &format!("{here}/clear"), &[]);
    says(&clear, &["В отделении"]);
    let stale = clerk.submit(&handed, &format!("{here}/write-off"), &[("write-off-reason", "lost")]);
    assert_eq!(stale.status, 409);
    says(&stale, &["Последнее, что произошло: Карта очищена, Clerk 2"]);
    let off = clerk.submit(&stale, &format!("{here}/write-off"), &[("write-off-reason", "destroyed")]);
    says(
        &off,
        &["Списана", "Уничтожена", "Карта принята в реестр", "Карта выдана", "Карта возвращена", "Карта очищена"],
    );
    assert!(!off.html.contains("<form method=\"post\" action=\"/desk/cards"), "{}", off.html);
    assert_eq!(auditor.get(&format!("{here}/receipt.pdf?number=1")).status, 200, "the receipt stays");
    let journal = done(surguch(&bank.config, &["journal", "export"]));
    for kind in ["card-registered", "card-handed-out", "card-returned", "card-cleared", "card-written-off"] {
        assert!(journal.contains(kind), "{kind}: {journal}");
    }
    assert!(!journal.contains("Рогов Иван Петрович"), "nobody's name is in the journal");
}

#[test]
fn a_register_of_many_cards_comes_page_by_page() {
    let mut bank = Bank::closed("");
    let agent = bank.agent.to_string();
    done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", "Clerk 1", "--role", "branch-clerk"]));
    let secret = with_login(&mut bank, "Clerk 1", "clerk1");
    bank.start();
    let clerk = Browser::new(&bank, "en");
    sign_in(&clerk, "/desk/cards", "clerk1", PASSWORD, &code(&secret, now()));
    let serials: String = (1..=60).map(|number| format!("08530000{number:02}\r\n")).collect();
    let form = clerk.get("/desk/cards/new");
    let mut page = clerk.submit(&form, "/desk/cards", &[("serials", &serials), ("model", "Rutoken")]);
    let mut seen = Vec::new();
    loop {
        let shown = page.html.split("class=\"number\" href=\"/desk/cards/").skip(1);
        seen.extend(shown.map(|row| row.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()));
        if !page.html.contains(">Next</a>") {
            break;
        }
        page = clerk.get(&page.link("Next"));
    }
    assert_eq!(seen, (1..=60).map(|number| format!("08530000{number:02}")).collect::<Vec<_>>());
}
