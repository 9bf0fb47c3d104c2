//! The bank's own pages in a real Chromium: the desk's door by certificate, and a door where no component answers. What a client's pages do
//! with one is walked in `walks`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bank::{Bank, PATIENCE, done, surguch};
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

#[test]
fn a_member_signs_in_at_the_desk_by_the_certificate_on_a_card() {
    if was_asked_for_a_card() {
        return;
    }
    let mut bank = Bank::closed("");
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let operator = list.lines().find(|line| line.contains("Operator 1")).unwrap().split('\t').next().unwrap();
    let serial = hex::encode(bank.rogov.certificate.serial());
    bank.start();
    let computer = Computer::new();
    computer.card_of(&bank);
    computer.install();
    let mut browser = computer.browser(Some(&extension()), &["--lang=ru"]);
    let go = |bank: &Bank, browser: &mut Browser| {
        computer.script(&format!("consent yes\npin {PIN}\nsigning yes"));
        browser.goto(&bank.url("/desk/sign-in?lang=ru&to=/desk/requests"));
        press(browser, "Войти по сертификату");
    };

    // A client's certificate is nobody's at the desk until the administrator says whose.
    go(&bank, &mut browser);
    until(&mut browser, &["Вход для сотрудников", "staff-certificate-unknown"]);
    bank.stop();
    done(surguch(&bank.config, &["staff", "certificate", operator, "--serial", &serial]));
    bank.start();
    go(&bank, &mut browser);
    until(&mut browser, &["Запросы", "Выйти"]);
    // What was signed was shown: a way in for staff, under this address.
    let asked = computer.asked();
    assert!(asked.contains("Document: staff-sign-in") && asked.contains(&bank.url("")), "{asked}");
    browser.goto(&bank.url("/desk/account"));
    until(&mut browser, &["сертификат", "этот"]);
}
