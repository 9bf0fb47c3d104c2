//! The desk's import, in a browser without scripts: looked at first, taken as it was looked at, and every wrong file answered calmly.

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};

#[test]
fn an_import_is_looked_at_with_its_faults_by_row_and_then_taken() {
    let mut bank = Bank::closed("[limits]\nupload_bytes = 65536\n");
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Administrator 1", "--role", "ca-administrator"];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Administrator 1", "administrator1");
    let operator = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let other = Browser::new(&bank, "en");
    sign_in(&other, "/desk/requests", "operator1", PASSWORD, &code(&operator, now()));
    for path in ["/desk/import", "/desk/import/organisations.csv", "/desk/import/signatories.csv"] {
        assert_eq!(other.get(path).status, 403, "{path}");
    }

    let browser = Browser::new(&bank, "ru");
    let page = sign_in(&browser, "/desk/import", "administrator1", PASSWORD, &code(&secret, now()));
    assert_eq!(page.path, "/desk/import");
    let example = browser.get("/desk/import/organisations.csv").html;
    assert!(example.starts_with("\u{feff}inn,name,city\n"), "{example}");

    // Nothing chosen, too much chosen, a foreign form.
    let nothing = browser.upload(&page, "/desk/import", &[], &[]);
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("Файл не выбран"), "{}", nothing.text());
    let large = vec![b'x'; 100_000];
    let large = browser.upload(&page, "/desk/import", &[], &[("organisations", "x.csv", &large)]);
    assert_eq!(large.status, 413);
    assert!(large.text().contains("слишком велики"), "{}", large.text());
    let foreign = browser.upload(&page, "/desk/import", &[("form", "00")], &[("organisations", "x.csv", b"inn")]);
    assert_eq!(foreign.status, 409);

    // Faults by row; what is right is counted, nothing is there yet.
    let text = "inn,name,city\n5400000004,=1+1,Москва\n5400000005,ООО,Москва\n7707704692,ООО «Иванов 2»,<b>\n";
    let people = "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n\
                  7707704692,no.der,Иванов 2,Иванова 2,Ивановым 2,male,директор,Устава,ivanov2@example.org,+7 000 000-00-02\n";
    let files: &[(&str, &str, &[u8])] = &[
        ("organisations", "clients.csv", text.as_bytes()),
        ("signatories", "people.csv", people.as_bytes()),
        ("certificates", "<x>.der", b"no DER"),
    ];
    let preview = browser.upload(&page, "/desk/import", &[], files);
    let shown = preview.text();
    assert_eq!(preview.status, 200, "{shown}");
    assert!(preview.path.starts_with("/desk/import/"), "{}", preview.path);
    for line in [
        "Новых организаций 1",
        "С ошибками 4",
        "organisations.csv 2 Значение начинается как формула",
        "organisations.csv 3 В ИНН неверная длина",
        "signatories.csv 2 Файл сертификата не выбран",
        "certificates/<x>.der – Ни одна строка",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    assert!(!browser.get("/desk/organisations").text().contains("Иванов 2"), "nothing is written yet");

    // Another file in place of the wrong one: what was chosen stays, and the look before is worth nothing any more.
    let fixed = "inn;name;city\n7707704692;ООО «Иванов 2»;Москва\n";
    let again = browser.upload(&preview, &preview.path, &[], &[("organisations", "fixed.csv", fixed.as_bytes())]);
    assert!(again.text().contains("С ошибками 2") && again.text().contains("Файл сертификата"), "{}", again.text());
    let confirm = format!("{}/confirm", preview.path);
    let stale = browser.submit(&preview, &confirm, &[]);
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("ничего не загружено"), "{}", stale.text());
    for _ in 0..2 {
        let outcome = browser.submit(&again, &confirm, &[]);
        assert_eq!((outcome.status, outcome.path.as_str()), (200, preview.path.as_str()), "{}", outcome.text());
        assert!(outcome.text().contains("Новых организаций 1 Новых подписантов 0"), "{}", outcome.text());
        assert!(outcome.text().contains("Пропущено 2"), "{}", outcome.text());
    }
    assert!(browser.get("/desk/organisations").text().contains("Иванов 2"));
    assert_eq!(other.get(&preview.path).status, 403);
    assert_eq!(browser.get("/desk/import/01890000-0000-7000-8000-000000000000").status, 404);
    assert_eq!(browser.get("/desk/import/x").status, 404);
}
