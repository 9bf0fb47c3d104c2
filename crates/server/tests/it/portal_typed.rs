//! What hostile, wrong and enormous input comes to in every field of the portal and of the public pages: a code, a sentence in the language of
//! the page, and what was typed is still there.

use std::collections::BTreeMap;

use crate::alone::{hostile, is_calm};
use crate::bank::Bank;
use crate::browser::{Browser, Loaded, encoded, unescaped};
use crate::desk_fields::Is;
use crate::desk_typed::{is_refused_in_words, token_of};
use crate::portal_fields::{By, FIELDS};
use crate::walk::id;

/// Somebody in a browser, with the token of their forms.
struct Person<'a> {
    browser: Browser<'a>,
    token: String,
}

impl<'a> Person<'a> {
    fn on(bank: &'a Bank, language: &'static str, client: Option<&str>, page: &str) -> Self {
        let browser = Browser::new(bank, language);
        if let Some(token) = client {
            browser.set_cookie("surguch-client", token);
        }
        let token = token_of(&browser.get(page));
        Self { browser, token }
    }

    fn send(&self, path: &str, fields: &[(&str, &str)]) -> Loaded {
        let mut all = vec![("form", self.token.as_str())];
        all.extend(fields);
        self.browser.post(path, &all)
    }
}

#[test]
fn whatever_is_typed_into_any_field_of_the_portal_comes_back_with_a_code_and_changes_nothing() {
    // Many tries of one address, on purpose.
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    let second = bank.second_organisation();
    bank.start();
    let bank = &bank;
    // One request is a draft; another, of somebody else's, has its link out and no act yet.
    let client = bank.sign_in(&bank.rogov);
    let draft = bank.begin(&client);
    let other = bank.sign_in(&second);
    let issued = bank.begin(&other);
    bank.hand_in_by(&second, &other, &issued);
    bank.approve(&issued);
    let link = format!("/ca/certificate?agentId={}&code={}", bank.agent, bank.code());
    let sign_in = format!("/sign-in?agentId={}", bank.agent);
    let people = ["ru", "en"].map(|language| {
        let anybody = Person::on(bank, language, None, &sign_in);
        let client = Person::on(bank, language, Some(&client), "/security/password");
        let holder = Person::on(bank, language, None, &link);
        let writer = Person::on(bank, language, Some(&other), "/security/password");
        (language, [anybody, client, holder, writer])
    });
    let own = people[0].1[1].browser.get("/certificates");
    let certificate = own.html.split("/certificates/").nth(1).unwrap().split('/').next().unwrap();
    let (_, query) = link.split_once('?').unwrap();
    let place = |route: &str| {
        let object = match route.split('/').nth(1).unwrap() {
            "certificates" => certificate,
            "messages" => id(&issued),
            _ => id(&draft),
        };
        let path = route.replace("{id}", object).replace("{procedure}", &bank.procedure);
        path.replace("{step}", "revoke").replace("{file}", "act.pdf")
    };
    let state = || {
        let (_, [_, client, _, writer]) = &people[0];
        let thread = format!("/messages/{}", id(&issued));
        // Refused tries are in the journal alone.
        let pages = ["/requests", "/certificates", "/messages", "/organisations", "/security/password"];
        let shown = pages.map(|page| client.browser.get(page).text());
        (bank.desk(&issued), bank.desk(&draft), shown, writer.browser.get(&thread).text())
    };
    let agent = bank.agent.to_string();
    let before = state();

    for (by, method, route, field, is, with) in FIELDS {
        let path = place(route);
        for (turn, text) in hostile().iter().enumerate() {
            let (language, [anybody, client, holder, writer]) = &people[turn % 2];
            let person = match by {
                By::Anybody => anybody,
                By::Client if route.starts_with("/messages") => writer,
                By::Client => client,
                By::LinkHolder => holder,
            };
            let what = format!("{field} of {path} in {language} with {text:.40?}");
            if *method == "get" {
                // An address has its own end; what is longer never comes from a form. A link's field that is empty is none.
                if text.len() < 2_000 && (*by != By::LinkHolder || !text.is_empty()) {
                    // The first of a name counts.
                    let typed = encoded(&BTreeMap::from([((*field).to_owned(), text.clone())]));
                    let rest = if *by == By::LinkHolder { format!("&{query}") } else { String::new() };
                    let page = person.browser.get(&format!("{path}?{typed}{rest}"));
                    is_calm(&page.answer, &page.html, &what);
                    if page.status >= 400 {
                        is_refused_in_words(&page, language, &what);
                    }
                    let shown: String = text.trim().chars().filter(|c| !c.is_control()).collect();
                    let is_shown = text.contains(char::is_control) || unescaped(&page.html).contains(&shown);
                    assert!(is_shown || *is != Is::Search, "{what}: {}", page.text());
                }
                continue;
            }
            let mut fields: Vec<(&str, &str)> = with.iter().filter(|(name, _)| name != field).copied().collect();
            // The page says whose it is; a person does not.
            let of_form = |name: &str| FIELDS.iter().any(|row| (row.1, row.2, row.3) == (*method, *route, name));
            let agents = ["agent", "agentId"].into_iter().filter(|name| name != field && of_form(name));
            fields.extend(agents.map(|name| (name, agent.as_str())));
            fields.push((field, text));
            let path = if *by == By::LinkHolder { format!("{path}?{query}") } else { path.clone() };
            let page = person.send(&path, &fields);
            is_calm(&page.answer, &page.html, &what);
            assert!(page.status >= 400, "{what} was taken: {}", page.text());
            is_refused_in_words(&page, language, &what);
            let html = unescaped(&page.html);
            assert!(*is != Is::Words || html.contains(text.trim()), "{what}: what was typed is gone: {}", page.text());
            assert!(*is != Is::Secret || text.trim().len() < 3 || !html.contains(text.trim()), "{what}: shown again");
        }
    }
    assert_eq!(state(), before);
}
