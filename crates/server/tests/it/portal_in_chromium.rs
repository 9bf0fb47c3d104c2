//! The bank's own pages in a real Chromium: a renewal on two cards, and what a client sees whose component does not answer.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bank::{Bank, PATIENCE};
use crate::component_in_chromium::{Browser, Computer, PIN, extension, was_asked_for_a_card};

/// Presses the link or button with these words.
fn press(browser: &mut Browser, words: &str) {
    browser.evaluate(&format!(
        "const found = [...document.querySelectorAll('main a, main button')].find((e) => e.textContent.trim() === {});
         setTimeout(() => found.click(), 0);",
        json!(words)
    ));
}

/// Waits until the page says all of this.
fn until(browser: &mut Browser, wanted: &[&str]) {
    let began = Instant::now();
    loop {
        let text = browser.text();
        if wanted.iter().all(|words| text.contains(words)) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{wanted:?} are not in:\n{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn without_the_component_the_page_says_what_is_missing() {
    let bank = Bank::open("");
    let computer = Computer::new();
    let mut browser = computer.browser(None, &["--lang=ru"]);
    browser.goto(&bank.url("/sign-in?lang=ru"));
    press(&mut browser, "Войти");
    until(&mut browser, &["Компонент безопасности не отвечает"]);
    // And it can be pressed again.
    press(&mut browser, "Войти");
    until(&mut browser, &["Компонент безопасности не отвечает"]);
}

fn plug(card: &Path, is_in: bool) {
    assert!(surguch_softtoken::folder::plug(card, is_in).unwrap());
}

/// Waits until the component has asked `what` this often.
fn until_asked(computer: &Computer, what: &str, times: usize) {
    let began = Instant::now();
    while computer.asked().matches(what).count() < times {
        assert!(began.elapsed() < PATIENCE, "{what} was not asked {times} times:\n{}", computer.asked());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A000, the warning of step 9: the new card makes the key, the old one signs request and act. Between the cards the page is closed once.
#[test]
fn a_key_of_gost_2001_is_replaced_on_two_cards_and_a_page_closed_between_them_costs_nothing() {
    use surguch_softtoken::folder::Model;
    if was_asked_for_a_card() {
        return;
    }
    let computer = Computer::new();
    let old = computer.blank_card(Model::RutokenEcp);
    let bank = Bank::open_for(&computer.legacy_key());
    computer.legacy_certificate(&bank);
    plug(&old, false);
    let new = computer.blank_card(Model::RutokenEcp2);
    plug(&new, false);
    plug(&old, true);
    computer.install();
    let mut browser = computer.browser(Some(&extension()), &["--lang=ru"]);

    // The old key still opens the door.
    computer.script(&format!("consent yes\npin {PIN}\nsigning yes"));
    browser.goto(&bank.url("/sign-in?lang=ru"));
    press(&mut browser, "Войти");
    until(&mut browser, &["Мои сертификаты", "gost-2001"]);
    browser.goto(&bank.url(&format!("/security/renewal/{}?medium=smart-key", bank.procedure)));
    press(&mut browser, "Обновить");
    until(&mut browser, &["понадобятся две карты"]);

    // The new card first; then the page is closed instead of changing the cards.
    plug(&old, false);
    plug(&new, true);
    let changed = computer.path("changed");
    let script = format!(
        "consent yes\nmedium 0\npin {PIN}\nsigning yes\ncard when {}\npin {PIN}\nsuccess yes",
        changed.display()
    );
    computer.script(&script);
    press(&mut browser, "OK");
    until_asked(&computer, "card: ", 1);
    browser.goto(&bank.url("/requests"));
    until(&mut browser, &["Черновик"]);

    // Begun again, the same key is taken up; now the cards change places.
    press(&mut browser, "Обновление сертификата");
    until(&mut browser, &["Отправить запрос"]);
    press(&mut browser, "Отправить запрос");
    until(&mut browser, &["понадобятся две карты"]);
    let asked = computer.asked().matches("card: ").count();
    press(&mut browser, "OK");
    until_asked(&computer, "card: ", asked + 1);
    plug(&new, false);
    plug(&old, true);
    std::fs::write(&changed, "").unwrap();
    until(&mut browser, &["Запрос принят"]);

    // The operator's yes, the letter, the act signed with the old card.
    let id = browser.evaluate("return location.pathname.split('/')[2]").as_str().unwrap().to_owned();
    let card = json!({ "id": id });
    bank.approve(&card);
    browser.goto(&bank.url(&format!("/ca/certificate?agentId={}&code={}", bank.agent, bank.code())));
    until(&mut browser, &["ВНИМАНИЕ! вы обновляете сертификат с неподдерживаемым алгоритмом ГОСТ-2001"]);
    computer.script(&format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    press(&mut browser, "Подписать Акт приема-передачи");
    until(&mut browser, &["Сохранение сертификата", "вставьте новую карту"]);

    // The old card is still in: the new one is asked for by name, and the page says so when it is not there.
    plug(&old, false);
    plug(&new, true);
    press(&mut browser, "Сохранить сертификат");
    until(&mut browser, &["Сертификат успешно сохранен на смарт-ключ"]);
    assert_eq!(bank.desk(&card)["stage"], "in-service");
}

#[test]
fn an_ms_key_is_sent_to_the_branch_in_the_manuals_words() {
    use surguch_softtoken::folder::Model;
    if was_asked_for_a_card() {
        return;
    }
    let computer = Computer::new();
    computer.blank_card(Model::MsKeyK);
    let bank = Bank::open_for(&computer.legacy_key());
    computer.legacy_certificate(&bank);
    computer.install();
    let mut browser = computer.browser(Some(&extension()), &["--lang=ru"]);
    computer.script(&format!("consent yes\npin {PIN}\nsigning yes"));
    browser.goto(&bank.url("/sign-in?lang=ru"));
    press(&mut browser, "Войти");
    until(&mut browser, &["Мои сертификаты"]);
    browser.goto(&bank.url(&format!("/security/renewal/{}", bank.procedure)));
    until(&mut browser, &["Если вы пользуетесь USB-ключом «MS_Key К»"]);
    press(&mut browser, "Далее");
    until(&mut browser, &["Ваш сертификат"]);
    press(&mut browser, "Обновить");
    until(&mut browser, &["понадобятся две карты"]);
    computer.script("consent yes\nmedium 0\ntrouble close");
    press(&mut browser, "OK");
    until(&mut browser, &["На USB-ключе «MS_Key К» сертификат дистанционно не обновляется"]);
    browser.evaluate("const link = [...document.querySelectorAll('main [data-when=\"ms-key\"] a')][0]; setTimeout(() => link.click(), 0)");
    until(
        &mut browser,
        &["для получения нового USB-ключа «Рутокен ЭЦП 2.0»", "Инструкцией по генерации новых сертификатов"],
    );
}
