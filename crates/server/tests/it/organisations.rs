//! One person with several organisations, by a browser without scripts: joined by a second smart key, chosen, and absent until then.

use crate::bank::{Bank, Client};
use crate::browser::{Browser, Loaded};
use crate::walk::id;

/// What the component would add to a form of sign-in.
fn signed(bank: &Bank, browser: &Browser<'_>, page: &Loaded, action: &str, by: &Client) -> Loaded {
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = by.sign(challenge["text"].as_str().unwrap().as_bytes());
    browser.submit(page, action, &[("challenge", challenge["challenge"].as_str().unwrap()), ("cms", &cms)])
}

#[test]
fn a_person_with_two_organisations_chooses_one_and_the_others_objects_are_absent() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    let second = bank.second_organisation();
    bank.start();
    let token = bank.sign_in(&second);
    let card = bank.begin(&token);
    let theirs = format!("/requests/{}", id(&card));

    let browser = Browser::new(&bank, "ru");
    let inside = signed(&bank, &browser, &browser.get("/sign-in?to=/requests"), "/sign-in", &bank.rogov);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/requests"), "one organisation: nothing to choose");
    assert!(inside.text().contains("ООО «ооо»") && !inside.text().contains("Сменить"), "{}", inside.text());
    assert_eq!(browser.get(&theirs).status, 404);

    let page = browser.get("/organisations");
    let without = browser.submit(&page, "/organisations/join", &[]);
    assert!(without.status == 400 && without.text().contains("компонент безопасности"), "{}", without.text());
    let joined = signed(&bank, &browser, &page, "/organisations/join", &second);
    assert!(joined.text().contains("Организация добавлена"), "{}", joined.text());
    assert_eq!(browser.get(&theirs).status, 200, "signed in by its certificate now");

    // The next sign-in by the first certificate asks first, and nothing of the other one is there before.
    let browser = Browser::new(&bank, "ru");
    let choice = signed(&bank, &browser, &browser.get("/sign-in?to=/requests"), "/sign-in", &bank.rogov);
    assert_eq!(choice.path, "/organisations?to=/requests");
    assert!(choice.text().contains("ООО «Вторая»"), "{}", choice.text());
    assert_eq!(browser.get(&theirs).status, 404);
    let chosen = browser.submit(&choice, "/organisations", &[]);
    assert_eq!((chosen.status, chosen.path.as_str()), (200, "/requests"), "{}", chosen.text());
    let text = chosen.text();
    for words in ["ООО «Вторая» Сменить", "Сейчас можно только смотреть"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(browser.get(&theirs).status, 200);
    let form = chosen.form("/sign-out").1["form"].clone();
    let recall = browser.post(&format!("{theirs}/recall"), &[("form", &form), ("version", "1")]);
    assert!(recall.status == 403 && recall.text().contains("certificate-sign-in-needed"), "{}", recall.text());
    let foreign = browser.post("/organisations", &[("form", &form), ("signatory", id(&card))]);
    assert_eq!(foreign.status, 404, "{}", foreign.text());
    bank.stop();
}
