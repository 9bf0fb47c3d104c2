//! «Ключи на смарт-ключе» by a browser without scripts: what the component would answer is put into the forms by hand, under tickets of the
//! pages. What a component really answers is tested from the page for tests (`component_in_chromium`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{PrivateKey, Signer};
use serde_json::{Value, json};
use statement::ticket::{Operation, Ticket};

use crate::bank::Bank;
use crate::browser::{Browser, Loaded};
use crate::component::{SESSION, opened};
use crate::walk::id;

const HERE: &str = "/security/keys";
const DELETE: &str = "/security/keys/delete";

fn key_id(key: &PrivateKey) -> String {
    hex::encode(key.public_key().spki_sha256())
}

/// What the script gets for a form of a page: the ticket's door, and what it answers.
fn asked(browser: &Browser<'_>, page: &Loaded, form: &str) -> Loaded {
    let (_, mut fields) = page.form(form);
    fields.insert("session".to_owned(), SESSION.to_owned());
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("{form}/ticket"), &fields)
}

/// A ticket that was begun.
fn begun(bank: &Bank, browser: &Browser<'_>, page: &Loaded, form: &str) -> Ticket {
    let ticket = opened(&asked(browser, page, form).answer.json());
    bank.post(&format!("/api/v1/component/tickets/{}/start", ticket.nonce.as_str()), "", "");
    ticket
}

fn answered(browser: &Browser<'_>, page: &Loaded, form: &str, ticket: &Ticket, result: &Value) -> Loaded {
    browser.submit(page, form, &[("nonce", ticket.nonce.as_str()), ("result", &result.to_string())])
}

/// Reads a medium with the current certificate and this lone key on it.
fn read(bank: &Bank, browser: &Browser<'_>, lone: &str) -> Loaded {
    let page = browser.get(HERE);
    let ticket = begun(bank, browser, &page, HERE);
    assert!(matches!(ticket.operation, Operation::ListCertificates(_)), "{ticket:?}");
    let certificate = STANDARD.encode(bank.rogov.certificate.as_der());
    let result = json!({
        "kind": "list-certificates",
        "serial": "0853000001",
        "certificates": [{ "certificate": certificate, "has_key": true }],
        "lone_keys": [{ "key_id": lone, "algorithm": "gost-256-a" }],
    });
    let read = answered(browser, &page, HERE, &ticket, &result);
    assert_eq!(read.status, 200, "{}", read.text());
    let again = answered(browser, &page, HERE, &ticket, &result);
    assert_eq!((again.status, again.text()), (200, read.text()), "a second click");
    read
}

#[test]
fn a_client_reads_a_smart_key_and_deletes_the_key_of_a_recalled_request() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let lone = key_id(&bank.hand_in(&token, &card));
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie("surguch-client", &token);

    let page = browser.get(&browser.get("/security").link("Ключи на смарт-ключе"));
    assert_eq!(page.path, HERE);
    let without = browser.submit(&page, HERE, &[]);
    assert!(without.status == 400 && without.text().contains("token-needed"), "{}", without.text());
    let misplaced = begun(&bank, &browser, &page, HERE);
    let misplaced = answered(&browser, &page, HERE, &misplaced, &json!({ "kind": "delete-key" }));
    assert!(misplaced.status == 404 && misplaced.text().contains("component-ticket-unknown"), "{}", misplaced.text());

    // What lies there, and what the bank knows of it. The key of a request that goes on is not offered.
    let found = read(&bank, &browser, &lone);
    let certificate = &bank.rogov.certificate;
    let serial = (hex::encode(certificate.serial()), certificate.subject().value_of("2.5.4.3").unwrap());
    for words in [
        "0853000001",
        "Нужен",
        unz.as_str(),
        "gost-256-a",
        serial.0.trim_start_matches('0'),
        &ca::decimal_from_octets(certificate.serial()),
        serial.1,
        "Действует",
        "На этом смарт-ключе",
    ] {
        assert!(found.text().contains(words), "{words}: {}", found.text());
    }
    assert!(!found.text().contains("Удалить ключ"), "{}", found.text());
    let confirmation = format!("{DELETE}?key={lone}");
    let needed = browser.get(&confirmation);
    assert!(needed.status == 200 && !needed.html.contains("data-token"), "{}", needed.text());
    // Whoever asks by another way than the page's is told so.
    let stranger = browser.get(&format!("{DELETE}?key={}", "cd".repeat(32)));
    assert!(stranger.text().contains("Банк не знает, для чего создан этот ключ"), "{}", stranger.text());
    let refused = browser.post(
        &format!("{DELETE}/ticket"),
        &[("form", &stranger.form(DELETE).1["form"]), ("key", &lone), ("session", SESSION)],
    );
    assert!(refused.status == 409 && refused.text().contains("key-needed"), "{}", refused.text());

    // Recalled, it is good for nothing; the request's own page leads here.
    let request = format!("/requests/{}", id(&card));
    let recall = browser.get(&format!("{request}/recall"));
    assert!(recall.text().contains("«Безопасность» → «Ключи на смарт-ключе»"), "{}", recall.text());
    let recalled = browser.submit(&recall, &format!("{request}/recall"), &[]);
    assert_eq!(recalled.link("Ключи на смарт-ключе"), HERE);
    let found = read(&bank, &browser, &lone);
    assert!(found.text().contains("Не нужен") && found.text().contains(&unz), "{}", found.text());
    let page = browser.get(&found.link("Удалить ключ…"));
    assert_eq!(page.path, confirmation);
    assert!(page.text().contains("Удалённый ключ не вернуть"), "{}", page.text());
    let without = browser.submit(&page, DELETE, &[]);
    assert!(without.status == 400 && without.text().contains("token-needed"), "{}", without.text());

    let ticket = begun(&bank, &browser, &without, DELETE);
    let Operation::DeleteKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
    assert_eq!(wish.key_id.as_str(), lone);
    let done = json!({ "kind": "delete-key", "serial": "0853000001" });
    let deleted = answered(&browser, &without, DELETE, &ticket, &done);
    assert_eq!((deleted.status, deleted.path.as_str()), (200, "/security/keys?done=deleted"), "{}", deleted.text());
    assert!(deleted.text().contains("Ключ удалён"), "{}", deleted.text());
    let again = answered(&browser, &without, DELETE, &ticket, &done);
    assert_eq!((again.status, again.text()), (200, deleted.text()), "a second click");
}

#[test]
fn a_key_that_may_belong_to_a_request_without_a_key_is_deleted_only_with_a_warning() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    bank.begin(&token);
    let browser = Browser::new(&bank, "en");
    browser.set_cookie("surguch-client", &token);
    let stray = "cd".repeat(32);
    let found = read(&bank, &browser, &stray);
    assert!(found.text().contains("Not known to the bank"), "{}", found.text());
    let page = browser.get(&found.link("Delete the key…"));
    for words in
        ["cannot be brought back", "does not know what this key was made for", "a request that is not finished"]
    {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(page.text().contains("cdcd cdcd"), "as the component's window shows it: {}", page.text());
    for wrong in ["x", "0", "CD", &"0".repeat(130)] {
        let page = browser.get(&format!("{DELETE}?key={wrong}"));
        assert!(page.status == 400 && page.text().contains("body-malformed"), "{wrong}: {}", page.text());
    }
    assert_eq!(browser.get(DELETE).path, HERE);
}
