//! Every operation as a client does it: the page in Chromium asks, the component's own windows are read and answered by keys.

use serde_json::{Value, json};

use super::screen::Screen;
use super::{
    Browser, Computer, LONE_ON_SOFTHSM, PASSWORD, PIN, SOFTHSM_SO_PIN, agent, extension, was_asked_for_a_card,
};
use crate::bank::Bank;

/// A client at a computer with a screen, on the page for tests.
struct Client {
    bank: Bank,
    browser: Browser,
    computer: Computer,
}

impl Client {
    fn new(with_spare_keys: bool) -> Self {
        Self::with(|computer, bank| {
            if with_spare_keys {
                computer.want_spare_keys();
            }
            computer.card_of(bank);
        })
    }

    fn with(token: impl FnOnce(&Computer, &Bank)) -> Self {
        let bank = Bank::open("");
        let mut computer = Computer::new();
        token(&computer, &bank);
        computer.screen = Some(Screen::new());
        computer.install();
        let mut browser = computer.browser(Some(&extension()), &[]);
        browser.goto(&bank.url("/component/test"));
        browser.fill(&[("agent", &agent(&bank))]);
        Self { bank, browser, computer }
    }

    fn screen(&self) -> &Screen {
        self.computer.screen.as_ref().unwrap()
    }

    /// Presses the page's button and goes on without waiting for what comes of it.
    fn begin(&mut self, operation: &str) {
        self.browser.evaluate(&format!("window.said = surguchTest.show({})", json!(operation)));
    }

    /// What came of it.
    fn said(&mut self) -> Value {
        self.browser.evaluate("return await window.said")
    }

    /// What came of it, as the page and the bank have it; the last window is closed.
    fn done(&mut self) -> Value {
        let said = self.said();
        assert_eq!(said["error"], Value::Null, "{said}");
        self.screen().until_gone();
        said
    }

    /// Begins an operation and lets the site do it. The window says what is to be done.
    fn agree(&mut self, operation: &str, words: &str) {
        self.begin(operation);
        self.screen().until("Разрешить действие на этом компьютере?");
        let asked = self.screen().text();
        assert!(asked.contains(words) && asked.contains(&self.bank.url("")), "{asked}");
        self.screen().press("Разрешить");
    }

    /// Types the PIN where it is asked for and has this many tries left.
    fn pin(&self, tries: u32, pin: &str) {
        let field = format!("Введите PIN-код (осталось попыток: {tries}):");
        self.screen().until(&field);
        self.screen().enter(&field, pin);
        self.screen().press("OK");
    }

    /// Types the PIN of a token that tells nobody how many tries are left.
    fn uncounted_pin(&self, pin: &str) {
        self.screen().until("Введите PIN-код");
        self.screen().enter("Введите PIN-код", pin);
        self.screen().press("OK");
    }

    fn listed_on_softhsm(&mut self, pin: &str) -> Value {
        self.agree("list-certificates", "Показать сертификаты");
        self.screen().until("Укажите место хранения сертификата");
        self.screen().press("Далее");
        self.uncounted_pin(pin);
        self.screen().until("Закрыть");
        self.screen().press("Закрыть");
        self.done()["result"].clone()
    }

    /// «Подтверждение подписи».
    fn sign(&self) {
        self.screen().until("Подтверждение подписи");
        // A long text can be signed after its last page.
        while self.screen().text().contains("Подписать можно после просмотра последней страницы")
        {
            self.screen().turn("Next");
        }
        self.screen().press("Подписать");
    }

    fn close(&self, says: &str) {
        self.screen().until(says);
        self.screen().press("OK");
    }
}

#[test]
fn every_operation_is_done_in_the_components_windows_with_real_keys() {
    if was_asked_for_a_card() {
        return;
    }
    let mut client = Client::new(true);

    // Looking.
    client.agree("list-tokens", "Показать список смарт-ключей");
    assert_eq!(client.done()["result"]["tokens"][0]["pin_is_factory"], false);
    client.agree("doctor", "Проверить готовность рабочего места");
    assert!(client.done()["result"]["support_code"].is_string());
    client.agree("list-certificates", "Показать сертификаты");
    client.screen().until("Укажите место хранения сертификата");
    client.screen().press("Смарт-ключ");
    client.screen().press("Далее");
    client.pin(10, PIN);
    client.screen().until("Имя сертификата");
    let shown = client.screen().text();
    assert!(shown.contains("Rogov Ivan Petrovich") && shown.contains("на этом же носителе"), "{shown}");
    client.screen().press("Закрыть");
    let listed = client.done()["result"].clone();
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1, "{listed}");

    // A key that nobody needs, after a wrong PIN.
    let lone = listed["lone_keys"][0]["key_id"].as_str().unwrap();
    client.browser.fill(&[("key_id", lone)]);
    client.agree("delete-key", "Удалить ключ без сертификата");
    client.pin(10, "00000000");
    client.screen().until("Неверный PIN-код. Попробуйте ещё раз.");
    client.pin(9, PIN);
    client.screen().until("Удалить ключ без сертификата?");
    client.screen().press("Удалить ключ");
    client.close("Ключ удалён");
    client.done();

    // Both PINs, each new one twice; what breaks a rule is not taken.
    client.agree("change-pins", "Сменить PIN-коды смарт-ключа");
    let screen = client.screen();
    screen.until("Шаг 1 из 2");
    screen.enter("Старый PIN-код пользователя (осталось попыток: 10):", PIN);
    screen.enter("Введите новый PIN-код пользователя:", NEW_PIN);
    screen.enter("Введите новый PIN-код пользователя ещё раз:", &NEW_PIN[..6]);
    screen.until("введён дважды одинаково: не выполнено");
    screen.enter("Введите новый PIN-код пользователя ещё раз:", &NEW_PIN[6..]);
    screen.until("введён дважды одинаково: выполнено");
    screen.press("Далее");
    screen.until("Шаг 2 из 2");
    // The factory's, as the card's maker prints it, stands in its field.
    screen.until("Старый PIN-код администратора: 87654321");
    screen.enter("Введите новый PIN-код администратора:", "9981-newer");
    screen.enter("Введите новый PIN-код администратора ещё раз:", "9981-newer");
    screen.press("OK");
    client.close("PIN-коды изменены");
    client.done();

    // The container's password.
    client.agree("container-password", "Задать пароль контейнера ключа");
    let screen = client.screen();
    screen.until("Укажите место хранения сертификата");
    screen.press("Реестр");
    screen.press("Далее");
    screen.until("Пароль контейнера ключа");
    screen.enter("Придумайте пароль:", "battery-staple-9");
    screen.enter("Введите пароль ещё раз:", "battery-staple-9");
    screen.press("OK");
    screen.until("Введите пароль контейнера");
    screen.enter("Введите пароль контейнера", PASSWORD);
    screen.press("OK");
    client.close("Пароль контейнера изменён");
    client.done();
}

/// What needs no certificate of the bank's: its profiles ask for GOST keys, which SoftHSM2 as Debian builds it does not make. It has no containers
/// and tells nobody how many tries are left.
#[test]
fn what_rsa_and_ecdsa_allow_is_done_on_softhsm_with_real_keys() {
    if was_asked_for_a_card() {
        return;
    }
    let mut client = Client::with(|computer, _| computer.softhsm_token());
    client.agree("list-tokens", "Показать список смарт-ключей");
    assert_eq!(client.done()["result"]["tokens"][0]["label"], "surguch");
    client.agree("doctor", "Проверить готовность рабочего места");
    assert!(client.done()["result"]["support_code"].is_string());
    let listed = client.listed_on_softhsm(PIN);
    let lone = listed["lone_keys"].as_array().unwrap();
    let mut kinds: Vec<&str> = lone.iter().map(|key| key["algorithm"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, LONE_ON_SOFTHSM);

    client.agree("change-pins", "Сменить PIN-коды смарт-ключа");
    let screen = client.screen();
    screen.until("Шаг 1 из 2");
    screen.enter("Старый PIN-код пользователя", PIN);
    screen.enter("Введите новый PIN-код пользователя:", NEW_PIN);
    screen.enter("Введите новый PIN-код пользователя ещё раз:", NEW_PIN);
    screen.press("Далее");
    screen.until("Шаг 2 из 2");
    screen.enter("Старый PIN-код администратора", SOFTHSM_SO_PIN);
    screen.enter("Введите новый PIN-код администратора:", "9981-newer");
    screen.enter("Введите новый PIN-код администратора ещё раз:", "9981-newer");
    screen.press("OK");
    client.close("PIN-коды изменены");
    client.done();

    for key in lone {
        client.browser.fill(&[("key_id", key["key_id"].as_str().unwrap())]);
        client.agree("delete-key", "Удалить ключ без сертификата");
        client.uncounted_pin(NEW_PIN);
        client.screen().until("Удалить ключ без сертификата?");
        client.screen().press("Удалить ключ");
        client.close("Ключ удалён");
        client.done();
    }
    assert_eq!(client.listed_on_softhsm(NEW_PIN)["lone_keys"], json!([]));
}

/// One reader, the card with the current key and the card for the new one change places in it: at the request and at the certificate.
#[test]
fn a_renewal_from_one_card_to_another_is_done_in_the_components_windows_with_real_keys() {
    use surguch_softtoken::folder::{Folder, NewCard, plug};
    if was_asked_for_a_card() {
        return;
    }
    let mut client = Client::new(false);
    let cards = Folder::at(&client.computer.path("cards")).unwrap();
    let old = cards.cards().unwrap().pop().unwrap();
    let new = cards.make(NewCard { serial: Some("10000099".to_owned()), ..NewCard::default() }).unwrap();
    let swap = |out: &std::path::Path, put: &std::path::Path| {
        assert!(plug(out, false).unwrap());
        assert!(plug(put, true).unwrap());
    };
    assert!(plug(&new, false).unwrap());

    client.agree("sign-in", "Войти с сертификатом");
    client.pin(10, PIN);
    client.sign();
    let token = client.done()["answer"]["token"].as_str().unwrap().to_owned();
    let body = json!({ "procedure": client.bank.procedure }).to_string();
    let id = client.bank.post("/api/v1/requests", &token, body).json()["id"].as_str().unwrap().to_owned();
    client.browser.fill(&[("request", &id), ("token", &token)]);

    // The key is made on the new card, with its factory's PIN; the request is signed on the old one.
    swap(&old, &new);
    client.agree("make-key", "Создать новый ключ и подписать запрос на сертификат");
    client.screen().until("10000099");
    client.screen().press("Смарт-ключ");
    client.screen().press("Далее");
    client.pin(10, "12345678");
    client.sign();
    client.screen().until("установите карту с сертификатом ГОСТ-2012");
    swap(&new, &old);
    client.screen().press("Карта установлена");
    client.pin(10, PIN);
    client.close("Ключ создан, запрос подписан");
    let made = client.done();
    assert_eq!(made["result"]["serial"], "10000099");

    let desk = format!("/api/v1/desk/requests/{id}");
    let bank = &client.bank;
    let version = json!({ "version": bank.get(&desk, &bank.operator).json()["version"] }).to_string();
    bank.post(&format!("{desk}/approve"), &bank.operator, &version).json();
    let code: String = bank.letter("code=").split("code=").nth(1).unwrap().chars().take(64).collect();
    client.browser.fill(&[("code", &code)]);

    // The act with the old card, the certificate onto the new one.
    client.agree("sign-act", "Подписать акт приема-передачи сертификата");
    client.sign();
    client.pin(10, PIN);
    client.close("Акт подписан");
    client.done();
    client.agree("store-certificate", "Сохранить полученный сертификат");
    client.screen().until("Теперь установите карту с новым ключом");
    swap(&old, &new);
    client.screen().press("Карта установлена");
    client.sign();
    client.pin(10, "12345678");
    client.close("Сертификат успешно сохранен на смарт-ключ");
    assert_eq!(client.done()["answer"]["stage"], "in-service");

    client.agree("sign-in", "Войти с сертификатом");
    client.pin(10, "12345678");
    client.sign();
    assert!(client.done()["answer"]["token"].is_string());
}

#[test]
fn a_person_refuses_in_the_components_own_window_and_a_page_that_leaves_takes_it_away() {
    if was_asked_for_a_card() {
        return;
    }
    let mut client = Client::new(false);
    let consent = "Разрешить действие на этом компьютере?";

    // At the first meeting the thumbprint is shown, and Enter alone lets nobody in.
    client.begin("list-tokens");
    client.screen().until(consent);
    assert!(client.screen().text().contains("Первая встреча с этим сайтом"));
    client.screen().key("Return");
    assert_eq!(client.said()["error"], "consent-declined");
    client.screen().until_gone();
    client.begin("list-tokens");
    client.screen().until("Первая встреча с этим сайтом");
    client.screen().key("Escape");
    assert_eq!(client.said()["error"], "consent-declined");
    client.screen().until_gone();

    client.agree("list-tokens", "Показать список смарт-ключей");
    client.done();

    // Let in by now. A page that leaves takes its window with it.
    client.begin("list-tokens");
    client.screen().until(consent);
    assert!(!client.screen().text().contains("Первая встреча"));
    let page = client.bank.url("/component/test");
    client.browser.goto(&page);
    client.screen().until_gone();
    client.browser.fill(&[("agent", &agent(&client.bank))]);
    assert_eq!(client.browser.press("ready")["hello"]["site"], "allowed");
}

const NEW_PIN: &str = "4417-newer";
