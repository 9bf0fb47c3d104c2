//! What hostile, enormous, late and repeated input comes to on every form of the desk: an answer with a code, in the reader's
//! language, with what was typed still there and nothing changed.

use std::collections::BTreeMap;

use crate::alone::{hostile, is_calm};
use crate::bank::{Bank, done, now, surguch};
use crate::browser::{Browser, Loaded, encoded, unescaped};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_fields::{FIELDS, Is};
use crate::matrix::routes;
use crate::walk::id;

const WORDS: &str = include_str!("../../locales/pages/en.ftl");

/// The code of a refusal and the sentence beside it, wherever on the page they stand.
fn refused(page: &Loaded, what: &str) -> (String, String) {
    let note = page.html.split_once("class=\"note bad\" role=\"status\"><p>");
    let (words, code) = match note {
        Some((_, rest)) => {
            let note = rest.split("</p>").next().unwrap();
            note.split_once("<span class=\"number small\">").unwrap_or_else(|| panic!("{what}: no code in {note}"))
        }
        None => {
            let (_, rest) = page.html.split_once("</h1>\n<p>").unwrap_or_else(|| panic!("{what}: {}", page.html));
            let (words, rest) = rest.split_once("</p>").unwrap();
            (words, rest.split_once("<p class=\"hint\">").unwrap().1.split_once("<span class=\"number\">").unwrap().1)
        }
    };
    (code.split('<').next().unwrap().to_owned(), words.to_owned())
}

/// Refused with a code that is one, in a sentence of the language of the page.
pub(crate) fn is_refused_in_words(page: &Loaded, language: &str, what: &str) -> String {
    let (code, words) = refused(page, what);
    // A refusal of the bank's, or what a page finds by itself, by its word.
    let is_code = domain::Refusal::ALL.iter().any(|refusal| refusal.code() == code);
    assert!(is_code || WORDS.contains(&format!("\n{code} = ")), "{what}: {code} is no code");
    let is_russian = words.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    assert_eq!(is_russian, language == "ru", "{what}: {words}");
    assert!(words.contains(' '), "{what}: {words}");
    code
}

/// The first address of this kind on a page.
pub(crate) fn address(page: &Loaded, beginning: &str) -> String {
    let found = page
        .html
        .split('"')
        .find(|part| part.strip_prefix(beginning).is_some_and(|rest| rest.len() == 36 && !rest.contains('/')));
    found.unwrap_or_else(|| panic!("no {beginning} in {}", page.text())).to_owned()
}

pub(crate) fn token_of(page: &Loaded) -> String {
    page.html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn whatever_is_typed_into_any_field_of_the_desk_comes_back_with_a_code_and_changes_nothing() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    // Somebody who has every form.
    let agent = bank.agent.to_string();
    let add =
        ["staff", "add", "--agent", &agent, "--name", "Operator 2", "--role", "operator", "--role", "ca-administrator"];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Operator 2", "operator2");
    bank.start();
    let client = bank.sign_in(&bank.rogov);
    let card = bank.begin(&client);
    bank.hand_in(&client, &card);
    let russian = Browser::new(&bank, "ru");
    let queue = sign_in(&russian, "/desk/requests", "operator2", PASSWORD, &code(&secret, now()));
    assert_eq!(queue.status, 200, "{}", queue.text());
    // The same person, who reads English in another window.
    let english = Browser::new(&bank, "en");
    for cookie in ["surguch-visit", "surguch-staff"] {
        english.set_cookie(cookie, &russian.cookie(cookie).unwrap());
    }
    let request = format!("/desk/requests/{}", id(&card));
    let person = address(&russian.get(&request), "/desk/subscribers/");
    let certificate = address(&russian.get(&person), "/desk/certificates/");
    let member = address(&russian.get("/desk/staff"), "/desk/staff/");
    let messages = format!("/desk/messages/{}", id(&card));
    let medium = crate::desk_cards::registered(&russian, "0853000001");
    let id_of = |address: &str| address.rsplit('/').next().unwrap().to_owned();
    let place = |route: &str| {
        let object = match route.split('/').nth(2).unwrap() {
            "subscribers" => id_of(&person),
            "certificates" => id_of(&certificate),
            "staff" => id_of(&member),
            "cards" => id_of(&medium),
            _ => id_of(&request),
        };
        route.replace("{id}", &object).replace("{step}", "revoke").replace("{file}", "act.pdf")
    };
    let state = |browser: &Browser<'_>| {
        // Refused tries are in the journal alone.
        let desk = bank.desk(&card);
        let pages = [&person, &certificate, &messages, &medium].map(|address| browser.get(address).text());
        (desk["stage"].clone(), desk["version"].clone(), pages, browser.get("/desk/proposals").text())
    };
    let before = state(&russian);
    let token = token_of(&russian.get(&request));

    for (method, route, field, is, with) in FIELDS {
        let path = place(route);
        for (turn, text) in hostile().iter().enumerate() {
            let (browser, language) = if turn % 2 == 0 { (&russian, "ru") } else { (&english, "en") };
            let what = format!("{field} of {path} in {language} with {text:.40?}");
            if *method == "get" {
                // An address has its own end; what is longer never comes from a form.
                if text.len() < 2_000 {
                    let fields = BTreeMap::from([((*field).to_owned(), text.clone())]);
                    let page = browser.get(&format!("{path}?{}", encoded(&fields)));
                    is_calm(&page.answer, &page.html, &what);
                    if *is == Is::Chosen && page.status >= 400 {
                        is_refused_in_words(&page, language, &what);
                        continue;
                    }
                    assert_eq!(page.status, 200, "{what}");
                    let shown: String = text.trim().chars().filter(|c| !c.is_control()).collect();
                    let is_shown = text.contains(char::is_control) || unescaped(&page.html).contains(&shown);
                    assert!(is_shown || *is != Is::Search, "{what}");
                }
                continue;
            }
            let mut fields: Vec<(&str, &str)> = vec![("form", &token)];
            fields.extend(with.iter().filter(|(name, _)| name != field));
            fields.push((field, text));
            // A sign-in has no form but that of somebody who is not signed in.
            let stranger = Browser::new(&bank, language);
            let (page, is_words) = if path.starts_with("/desk/sign-in") {
                let page = stranger.get("/desk/sign-in");
                (stranger.submit(&page, &path, &fields[1..]), *is == Is::Words)
            } else {
                (browser.post(&path, &fields), *is == Is::Words)
            };
            is_calm(&page.answer, &page.html, &what);
            assert!(page.status >= 400, "{what} was taken: {}", page.text());
            is_refused_in_words(&page, language, &what);
            let html = unescaped(&page.html);
            assert!(!is_words || html.contains(text.trim()), "{what}: what was typed is gone: {}", page.text());
            assert!(*is != Is::Secret || text.trim().len() < 3 || !html.contains(text.trim()), "{what}: shown again");
        }
    }
    assert_eq!(state(&russian), before);

    // The token of every form there is.
    for (method, path, who) in routes() {
        if method != "post" || who != "Staff" {
            continue;
        }
        for wrong in ["", "0", &"0".repeat(64), &"A".repeat(100_000)] {
            let page = russian.post(&place(path), &[("form", wrong)]);
            assert_eq!((page.status, is_refused_in_words(&page, "ru", path).as_str()), (409, "form-stale"), "{path}");
        }
    }
    // And what stands in addresses instead of forms.
    for path in [
        "/desk/requests?show=",
        "/desk/requests?after=",
        "/desk/subscribers?after=",
        "/desk/organisations?after=",
        "/desk/requests/x",
        "/desk/certificates/x",
        "/desk/certificates/x/",
        "/desk/papers/x",
        "/desk/papers/x/scan",
        "/desk/papers/x/page/1",
        "/desk/messages?after=",
        "/desk/messages/x",
        "/desk/messages/x/y/z",
        "/desk/organisations/x",
        "/desk/subscribers/x",
        "/desk/cards?after=",
        "/desk/cards/x",
        "/desk/cards/x/receipt.pdf?number=",
        "/desk/requests/x/act/y",
        "/desk/sign-in?to=",
    ] {
        for text in ["", "%00", "%ff", "%3Cscript%3Ealert(1)%3C/script%3E", "//evil.example", "..%2f..%2fetc"] {
            let page = russian.get(&format!("{path}{text}"));
            is_calm(&page.answer, &page.html, path);
        }
    }
    assert_eq!(state(&russian), before);
}

#[test]
fn at_the_desk_back_buttons_second_tabs_replays_and_fixed_sessions_lose_nothing_and_do_nothing_twice() {
    let mut bank = Bank::closed("");
    let first = with_login(&mut bank, "Operator 1", "operator1");
    let second = with_login(&mut bank, "Support 1", "support1");
    bank.start();
    let client = bank.sign_in(&bank.rogov);
    let card = bank.begin(&client);
    bank.hand_in(&client, &card);
    let here = format!("/desk/requests/{}", id(&card));

    // Numbers that somebody else chose are worth nothing after the sign-in, and the form from before it is stale.
    let one = Browser::new(&bank, "ru");
    for cookie in ["surguch-visit", "surguch-staff"] {
        one.set_cookie(cookie, &"0".repeat(64));
    }
    let door = one.get("/desk/sign-in");
    let right = code(&first, now());
    let fields = [("login", "operator1"), ("password", PASSWORD), ("code", right.as_str())];
    assert_eq!(one.submit(&door, "/desk/sign-in", &fields).status, 200);
    for cookie in ["surguch-visit", "surguch-staff"] {
        assert_ne!(one.cookie(cookie).unwrap(), "0".repeat(64), "{cookie}");
    }
    let stale = one.submit(&door, "/desk/sign-in", &fields);
    assert_eq!((stale.status, is_refused_in_words(&stale, "ru", "stale").as_str()), (409, "form-stale"));
    let thief = Browser::new(&bank, "en");
    let replayed = thief.submit(&thief.get("/desk/sign-in"), "/desk/sign-in", &fields);
    assert_eq!(replayed.status, 401);
    is_refused_in_words(&replayed, "en", "replay");
    let two = Browser::new(&bank, "en");
    sign_in(&two, &here, "support1", PASSWORD, &code(&second, now()));

    // Two tabs: approved in one, returned with a list of several lines in the other, which is kept.
    let tabs = [0, 1].map(|_| one.get(&here));
    assert_eq!(one.submit(&tabs[0], &format!("{here}/approve"), &[]).status, 200);
    let list = [("return-reason", "1. Телефон\r\n2. Должность")];
    let late = one.submit(&tabs[1], &format!("{here}/return"), &list);
    assert_eq!((late.status, is_refused_in_words(&late, "ru", "late").as_str()), (409, "changed-meanwhile"));
    assert!(late.text().contains("Вы написали: 1. Телефон 2. Должность"), "{}", late.text());
    assert_eq!(one.submit(&tabs[0], &format!("{here}/approve"), &[]).status, 200, "a second click is the same");
    let code = bank.code();

    // The link once more, by two clicks: one new link, and the second click says what happened.
    let page = two.get(&here);
    let links = || bank.letters().iter().filter(|letter| letter.contains("code=")).count();
    let sent = two.submit(&page, &format!("{here}/resend-link"), &[]);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let twice = two.submit(&page, &format!("{here}/resend-link"), &[]);
    assert_eq!((twice.status, is_refused_in_words(&twice, "en", "twice").as_str()), (409, "changed-meanwhile"));
    assert!(twice.text().contains("Support 1"), "who did it: {}", twice.text());
    bank.wait_until("the second letter", || links() == 2);
    bank.get(&format!("/api/v1/delivery/{}/{code}", bank.agent), "").refused(410, "link-replaced");

    // A message by two clicks is one; another text in the form that the way back shows comes back, and goes with the next click.
    let thread = format!("/desk/messages/{}", id(&card));
    let form = one.get(&thread);
    for _ in 0..2 {
        let said = one.submit(&form, &thread, &[("text", "Позвоните нам")]);
        assert_eq!(said.html.matches("class=\"said\"").count(), 1, "{}", said.text());
    }
    let back = one.submit(&form, &thread, &[("text", "И возьмите паспорт")]);
    assert_eq!((back.status, is_refused_in_words(&back, "ru", "back").as_str()), (409, "form-stale"));
    assert!(back.html.contains("И возьмите паспорт</textarea>"), "{}", back.text());
    let said = one.submit(&back, &thread, &[("text", "И возьмите паспорт")]);
    assert_eq!(said.html.matches("class=\"said\"").count(), 2, "{}", said.text());

    // Another address by two clicks waits once.
    let ask = one.get(&format!("{here}/email"));
    for _ in 0..2 {
        one.submit(&ask, &format!("{here}/email"), &[("email", "right@example.org"), ("words", "Звонил")]);
    }
    assert_eq!(one.get("/desk/proposals").html.matches("/decline\"").count(), 1);

    // Barred by two clicks, and by the way back once it is over: the words stay.
    let person = one.get(&address(&one.get(&here), "/desk/subscribers/"));
    let bar = format!("{}/bar", person.path);
    for _ in 0..2 {
        assert_eq!(one.submit(&person, &bar, &[("words", "Договор окончен")]).status, 200);
    }
    let unbarred = one.submit(&one.get(&person.path), &format!("{}/unbar", person.path), &[("words", "Продлён")]);
    assert_eq!(unbarred.status, 200, "{}", unbarred.text());
    let late = one.submit(&person, &bar, &[("words", "Опять окончен")]);
    assert_eq!((late.status, is_refused_in_words(&late, "ru", "late").as_str()), (409, "changed-meanwhile"));
    assert!(late.html.contains("Опять окончен"), "{}", late.text());

    // After the way out the way back changes nothing.
    let kept = one.get(&thread);
    one.submit(&kept, "/desk/sign-out", &[]);
    let gone = one.submit(&kept, &thread, &[("text", "Ещё одно")]);
    assert_eq!(gone.status, 401, "{}", gone.text());
    is_refused_in_words(&gone, "ru", "signed out");
    assert_eq!(two.get(&thread).html.matches("class=\"said\"").count(), 2);
}
