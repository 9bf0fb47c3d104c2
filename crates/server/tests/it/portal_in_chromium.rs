//! The bank's own pages in a real Chromium where no component answers. What they do with one is walked in `walks`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bank::{Bank, PATIENCE};
use crate::component_in_chromium::{Browser, Computer};

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
