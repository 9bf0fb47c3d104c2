//! A form that is stopped before a word of it is read: the sign-in has ended, the page is stale, the body is too large, there were too many tries. What
//! was typed is on the page that says so; secrets are not, nor what another site made the browser send.

use std::collections::BTreeMap;

use crate::bank::Bank;
use crate::browser::{Browser, Loaded, encoded, unescaped};
use crate::desk_fields::{self, Is};
use crate::desk_typed::is_refused_in_words;
use crate::portal_fields;

const TYPED: &str = "Слова & «кавычки» <b>\r\n№ 7";
const SHOWN: &str = "Слова & «кавычки» <b>\n№ 7";

/// Method, address, field and kind of every field there is.
fn fields() -> impl Iterator<Item = (&'static str, &'static str, &'static str, Is)> {
    let portal = portal_fields::FIELDS.iter().map(|row| (row.1, row.2, row.3, row.4));
    let desk = desk_fields::FIELDS.iter().map(|row| (row.0, row.1, row.2, row.3));
    portal.chain(desk)
}

fn is_kept(page: &Loaded) -> bool {
    unescaped(&page.html).contains(SHOWN)
}

/// With files where the page sends some: the words stand before them.
fn with_a_file(field: &str, octets: usize) -> Vec<u8> {
    let part = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{TYPED}\r\n");
    let file = "--b\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a.pdf\"\r\n\r\n";
    [part.as_bytes(), file.as_bytes(), &vec![0; octets], b"\r\n--b--\r\n"].concat()
}

fn loaded(bank: &Bank, path: &str, body: &[u8], kind: &str, (origin, language): (&str, &str)) -> Loaded {
    let headers = [("accept", "text/html"), ("accept-language", language), ("content-type", kind), ("origin", origin)];
    let answer = bank.call("POST", path, "", body, &headers);
    let html = String::from_utf8_lossy(&answer.octets).into_owned();
    Loaded { path: path.to_owned(), status: answer.status, html, answer }
}

/// A request that can be written about.
fn handed_in(bank: &Bank, browser: &Browser<'_>) -> serde_json::Value {
    let client = browser.cookie("surguch-client").unwrap();
    let card = bank.begin(&client);
    bank.hand_in(&client, &card);
    card
}

#[test]
fn what_was_typed_stays_whatever_stops_a_form_before_it_is_read() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 100000\n");
    let ours = bank.url("");
    let (plain, files) = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b");
    let mut words = 0;
    for (turn, (_, route, field, is)) in fields().filter(|row| row.0 == "post").enumerate() {
        let path = route.replace("{id}", "01890000-0000-7000-8000-000000000000").replace("{step}", "revoke");
        let path = path.replace("{procedure}", &bank.procedure);
        let language = ["ru", "en"][turn % 2];
        let body = encoded(&BTreeMap::from([(field.to_owned(), TYPED.to_owned())]));
        let sent = |kind, body: &[u8], origin| loaded(&bank, &path, body, kind, (origin, language));
        let what = format!("{field} of {route}");
        // Whoever fills it in has left, and has no page of this visit either.
        let page = sent(plain, body.as_bytes(), &ours);
        let code = is_refused_in_words(&page, language, &what);
        let stopped = ["sign-in-required", "form-stale", "link-unknown", "not-found"];
        assert!(stopped.contains(&code.as_str()), "{what}: {code}");
        assert!(is_kept(&page) || is != Is::Words, "{what}: what was typed is gone: {}", page.text());
        assert!(!is_kept(&page) || is != Is::Secret, "{what}: a secret is shown");
        assert!(!is_kept(&sent(plain, body.as_bytes(), "https://another.test")), "{what}: of another site");
        if is == Is::Words {
            words += 1;
            let page = sent(files, &with_a_file(field, 300_000), &ours);
            assert!(page.status >= 400 && is_kept(&page), "{what}: with a file: {}", page.text());
            let files = ["Файлы нужно будет выбрать заново", "Files have to be chosen again"][turn % 2];
            assert!(page.text().contains(files), "{what}: {}", page.text());
        }
    }
    assert!(words > 40, "{words}");
}

#[test]
fn a_form_that_is_too_large_or_comes_too_often_gives_its_words_back() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 3\n");
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let card = handed_in(&bank, &browser);
    let thread = format!("/messages/{}", crate::walk::id(&card));
    // Words that a person has written for half an hour, and a photograph as large as a film.
    let large = vec![0; 17_000_000];
    let page = browser.upload(&browser.get(&thread), &thread, &[("text", TYPED)], &[("scan", "a.jpg", &large)]);
    assert_eq!((page.status, is_refused_in_words(&page, "ru", "large").as_str()), (413, "body-too-large"));
    assert!(is_kept(&page), "{}", page.text());

    let applied = [("surname", "Иванов"), ("given_name", "Иван"), ("text", TYPED)];
    let page = (0..9).map(|_| browser.post("/ca/new-certificate", &applied)).find(|page| page.status == 429).unwrap();
    assert_eq!(is_refused_in_words(&page, "ru", "often"), "too-many-tries");
    assert!(is_kept(&page) && page.text().contains("Фамилия Иванов Имя Иван"), "{}", page.text());
}

#[test]
fn a_page_that_went_stale_leads_back_to_its_form_and_a_sign_in_that_ended_to_the_sign_in() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let card = handed_in(&bank, &browser);
    let thread = format!("/messages/{}", crate::walk::id(&card));
    let page = browser.get(&thread);
    // Signed in anew in another window.
    browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let stale = browser.submit(&page, &thread, &[("text", TYPED)]);
    assert_eq!((stale.status, is_kept(&stale)), (409, true), "{}", stale.text());
    // What is there can be sent from the new form, once.
    let text = browser.submit(&browser.get(&stale.link("Открыть форму снова")), &thread, &[("text", SHOWN)]);
    assert_eq!((text.status, text.text().matches("№ 7").count()), (200, 1), "{}", text.text());

    browser.set_cookie("surguch-client", &"0".repeat(64));
    let ended = browser.submit(&page, &thread, &[("text", TYPED)]);
    assert_eq!((ended.status, is_kept(&ended)), (401, true), "{}", ended.text());
    assert!(ended.link("Войти").starts_with("/sign-in?"), "{}", ended.html);
    assert!(ended.link("Войти").contains("messages"), "and back to the form: {}", ended.html);
}
