//! What stands on lists. The matrices ask by the number of an object; a list is asked for by nobody's number, so here its contents are looked at:
//! whoever looks, at any list, by any filter and for any words, sees nothing of another agent's, and a client nothing of another client's.

use std::collections::BTreeMap;

use crypto::{Certificate, Signer as _};
use serde_json::json;

use crate::bank::{Bank, Client, done, key, now, surguch};
use crate::browser::{Browser, Loaded, encoded, unescaped};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_cards::registered;
use crate::mail::MailServer;
use crate::matrix::{ELSEWHERE, ROLES, listed, named, nobodys, routes, with_another_agent};
use crate::walk::id;

const DOORS: &str = include_str!("../../src/api/routes.rs");

/// Somebody whose every word is nobody else's.
struct Person {
    name: &'static str,
    latin: &'static str,
    organisation: &'static str,
    inn: &'static str,
    email: &'static str,
    /// What it should have been, as support heard.
    right_email: &'static str,
    phone: &'static str,
    /// Who asks something at the public page.
    asker: &'static str,
    /// Of a smart card in their hands.
    serial: &'static str,
}

const IVANOV_11: Person = Person {
    name: "Иванов Иван Одиннадцатый",
    latin: "Ivanov Ivan Odinnadtsatyi",
    organisation: "ООО «Наковальня»",
    inn: "5400000011",
    email: "ivanov-11@anvil.test",
    right_email: "ivanov-11-right@anvil.test",
    phone: "+7 000 000-00-11",
    asker: "Иванова 11",
    serial: "0853000011",
};

const IVANOV_22: Person = Person {
    name: "Иванов Иван Двадцатый",
    latin: "Ivanov Ivan Dvadtsatyi",
    organisation: "ООО «Ракита»",
    inn: "5009046312",
    email: "ivanov-22@willow.test",
    right_email: "ivanov-22-right@willow.test",
    phone: "+7 000 000-00-22",
    asker: "Иванова 22",
    serial: "0853000022",
};

/// The staff of the second agent.
const FOREIGNER: &str = "Operator 22";

/// What is somebody's own and on no list of anybody else's.
struct Own {
    /// On some list of the desk: there is something to be seen.
    desk: Vec<String>,
    /// On some page of the client's.
    portal: Vec<String>,
    /// On no list.
    beside: Vec<String>,
}

impl Own {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.desk.iter().chain(&self.portal).chain(&self.beside)
    }
}

/// Brings a person in with this certificate, at an agent. The server must stand still.
fn of_record(bank: &Bank, agent: &str, person: &Person, certificate: &Certificate) {
    let folder = bank.folder.path().join(format!("import-{}", person.inn));
    std::fs::create_dir_all(folder.join("certificates")).unwrap();
    std::fs::write(folder.join("certificates/one.der"), certificate.as_der()).unwrap();
    let Person { name, organisation, inn, email, phone, .. } = person;
    std::fs::write(folder.join("organisations.csv"), format!("inn,name,city\n{inn},{organisation},Новосибирск\n"))
        .unwrap();
    let head = "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone";
    let row = format!("{inn},one.der,{name},{name},{name},male,директор,Устава,{email},{phone}");
    std::fs::write(folder.join("signatories.csv"), format!("{head}\n{row}\n")).unwrap();
    done(surguch(&bank.config, &["import", folder.to_str().unwrap(), "--agent", agent]));
}

fn signed_in_at(bank: &Bank, agent: &str, client: &Client) -> String {
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{agent}}}")).json();
    let cms = client.sign(challenge["text"].as_str().unwrap().as_bytes());
    let body = json!({ "challenge": challenge["challenge"], "cms": cms }).to_string();
    bank.post("/api/v1/sign-in", "", body).json()["token"].as_str().unwrap().to_owned()
}

/// A client in a browser.
fn as_client<'a>(bank: &'a Bank, token: &str) -> Browser<'a> {
    let browser = Browser::new(bank, "en");
    browser.set_cookie("surguch-client", token);
    browser
}

/// Something of theirs for every list of their agent: a request in review whose letter is refused for good and whose address should be another,
/// with a message; a question of somebody's; a smart card in their hands. `of` finds a member of the agent's staff by the letter of the role.
fn fill<'a, 'b: 'a>(
    bank: &Bank,
    mail: &MailServer,
    agent: &str,
    (person, client, token): (&Person, &Client, &str),
    of: impl Fn(char) -> &'a Browser<'b>,
) -> Own {
    let card = bank.begin(token);
    mail.answer_next("552 5.2.2 the mailbox is full");
    bank.hand_in_by(client, token, &card);
    let troubles = || of('o').get("/desk/troubles").html;
    bank.wait_until("the desk misses the letter", || troubles().contains("/try-again\""));

    let (browser, thread) = (as_client(bank, token), format!("/messages/{}", id(&card)));
    let said = browser.upload(&browser.get(&thread), &thread, &[("text", "x")], &[]);
    assert_eq!(said.status, 200, "{}", said.text());
    let stranger = Browser::new(bank, "en");
    let feedback = stranger.get(&format!("/feedback?agentId={agent}"));
    let asked = [("subject", "other"), ("name", person.asker), ("email", "somebody@example.org"), ("text", "x")];
    let sent = stranger.upload(&feedback, "/feedback", &asked, &[]);
    assert_eq!(sent.status, 200, "{}", sent.text());

    let email = format!("/desk/requests/{}/email", id(&card));
    let right = [("email", person.right_email), ("words", "x")];
    let proposed = of('t').submit(&of('t').get(&email), &email, &right);
    assert_eq!(proposed.status, 200, "{}", proposed.text());

    let medium = registered(of('b'), person.serial);
    let to = [
        ("inn", person.inn),
        ("organisation", person.organisation),
        ("person", person.name),
        ("gender", "male"),
        ("slot", "first"),
        ("city", "Красноярск"),
        ("branch", "Отделение № 6"),
    ];
    let handed = of('b').submit(&of('b').get(&medium), &format!("{medium}/hand-out"), &to);
    assert_eq!((handed.status, handed.path.as_str()), (200, medium.as_str()), "{}", handed.text());

    let unz = bank.get(&format!("/api/v1/requests/{}", id(&card)), token).json()["unz"].as_str().unwrap().to_owned();
    let page = of('o').get(&format!("/desk/requests/{}", id(&card)));
    let subscriber = named(&page.html, "/desk/subscribers/");
    let certificate = named(&of('o').get(&format!("/desk/subscribers/{subscriber}")).html, "/desk/certificates/");
    let typed = encoded(&BTreeMap::from([("q".to_owned(), person.inn.to_owned())]));
    let organisation = named(&of('o').get(&format!("/desk/organisations?{typed}")).html, "/desk/organisations/");
    let on = |list: &str| named(&of('o').get(&format!("/desk/{list}")).html, &format!("/desk/{list}/"));
    let Person { name, latin, organisation: organisation_name, inn, email, right_email, phone, asker, serial } =
        *person;
    let request = id(&card).to_owned();
    let mut desk =
        vec![unz.clone(), request.clone(), subscriber, organisation, medium.rsplit('/').next().unwrap().to_owned()];
    desk.extend(["inquiries", "proposals", "troubles"].map(on));
    desk.extend([name, organisation_name, inn, email, right_email, asker, serial].map(str::to_owned));
    let portal = [name, organisation_name, email, phone].map(str::to_owned).into_iter().chain([unz, request]).collect();
    Own { desk, portal, beside: vec![certificate, latin.to_owned()] }
}

/// Every list of the desk, by every filter and for each of these words: where it is, and what was typed.
fn lists_of_the_desk(words: &[&String]) -> Vec<(String, String)> {
    let mut lists: Vec<(String, String)> = Vec::new();
    for (method, path, who) in routes() {
        if method == "get" && who == "Staff" && !path.ends_with(".csv") && !path.contains('{') {
            lists.push((path.to_owned(), String::new()));
        }
    }
    assert!(lists.len() >= 15, "{lists:?}");
    for show in ["waiting", "client", "paper", "issuing", "done"] {
        lists.push((format!("/desk/requests?show={show}"), String::new()));
    }
    for word in words {
        for (list, field) in [
            ("requests", "q"),
            ("subscribers", "q"),
            ("organisations", "q"),
            ("cards", "q"),
            ("journal", "about"),
            ("journal/export", "about"),
        ] {
            let typed = encoded(&BTreeMap::from([(field.to_owned(), (*word).clone())]));
            lists.push((format!("/desk/{list}?{typed}"), (*word).clone()));
        }
    }
    lists
}

/// Nothing of these stands on a page, but for what was typed there.
fn holds_nothing_of<'a>(html: &str, others: impl IntoIterator<Item = &'a Own>, typed: &str, what: &str) {
    let html = unescaped(html);
    for word in others.into_iter().flat_map(Own::all) {
        assert!(typed.contains(word.as_str()) || !html.contains(word.as_str()), "{word} is on {what}: {html}");
    }
}

fn each_is_somewhere(words: &[String], seen: &str, whose: &str) {
    let missing: Vec<_> = words.iter().filter(|word| !seen.contains(word.as_str())).collect();
    assert!(missing.is_empty(), "{whose}: there was nothing to be seen of {missing:?}");
}

#[test]
fn no_list_shows_anything_of_another_agents_nor_of_another_clients() {
    let mail = MailServer::start();
    let mut bank = Bank::closed(&format!("{}[limits]\nguesses_per_minute = 100000\n", mail.section()));
    bank.mailbox = mail.folder.path().to_path_buf();
    let (ours, theirs) = (bank.agent.to_string(), with_another_agent(&bank));
    let own_key = key("gost-256-a");
    let certificate = bank.signatory(IVANOV_11.latin, own_key.public_key().to_spki_der(), 20);
    let ivanov_11 = Client { key: own_key, certificate };
    let ivanov_22 = bank.colleague(IVANOV_22.latin);
    of_record(&bank, &ours, &IVANOV_11, &ivanov_11.certificate);
    of_record(&bank, &theirs, &IVANOV_22, &ivanov_22.certificate);
    // Each role by itself here; there one who has all of them, and sees whatever anybody sees.
    let (mut members, mut programs) = (Vec::new(), Vec::new());
    for (at, (letter, role)) in ROLES.into_iter().enumerate() {
        let name = format!("Member {at}");
        let added = done(surguch(&bank.config, &["staff", "add", "--agent", &ours, "--name", &name, "--role", role]));
        programs.push(added.trim().to_owned());
        members.push((letter, name));
    }
    let mut everything = vec!["staff", "add", "--agent", &theirs, "--name", FOREIGNER];
    everything.extend(ROLES.iter().flat_map(|(_, role)| ["--role", role]));
    let program_there = done(surguch(&bank.config, &everything)).trim().to_owned();
    let mut logins = Vec::new();
    for (letter, name) in members.iter().map(|(letter, name)| (*letter, name.as_str())).chain([('*', FOREIGNER)]) {
        let login = name.replace(' ', "").to_lowercase();
        let secret = with_login(&mut bank, name, &login);
        logins.push((letter, login, secret));
    }
    bank.start();
    let bank = &bank;
    let mut desks = Vec::new();
    for (letter, login, secret) in &logins {
        let browser = Browser::new(bank, "en");
        let page = sign_in(&browser, "/desk/requests", login, PASSWORD, &code(secret, now()));
        assert_eq!(page.status, 200, "{login}: {}", page.text());
        desks.push((*letter, browser));
    }
    let at = |wanted: char| desks.iter().find(|(letter, _)| *letter == wanted).map(|(_, browser)| browser).unwrap();

    let of_ivanov_22 = signed_in_at(bank, &theirs, &ivanov_22);
    let mut elsewhere = fill(bank, &mail, &theirs, (&IVANOV_22, &ivanov_22, &of_ivanov_22), |_| at('*'));
    elsewhere.desk.push(FOREIGNER.to_owned());
    elsewhere.beside.push(ELSEWHERE.to_owned());
    let of_ivanov_11 = signed_in_at(bank, &ours, &ivanov_11);
    let mut here = fill(bank, &mail, &ours, (&IVANOV_11, &ivanov_11, &of_ivanov_11), at);
    here.desk.extend(members.iter().map(|(_, name)| name.clone()));
    let of_rogov = bank.sign_in(&bank.rogov);
    let card = bank.begin(&of_rogov);
    bank.hand_in(&of_rogov, &card);
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let words = ["Рогов Иван Петрович", "rogov@example.org", "ООО «ооо»"].map(str::to_owned);
    let rogov = Own {
        desk: vec![unz.clone(), id(&card).to_owned(), words[0].clone(), words[2].clone(), "5400000004".to_owned()],
        portal: words.into_iter().chain([unz, id(&card).to_owned()]).collect(),
        beside: vec!["Rogov Ivan Petrovich".to_owned()],
    };

    // The desk: theirs is nothing of ours, ours nothing of theirs.
    let mut pages = 0;
    let mut walk = |browser: &Browser<'_>, whose: &str, own: &[&Own], others: &[&Own]| {
        let words: Vec<&String> = others.iter().flat_map(|other| other.desk.iter().chain(&other.beside)).collect();
        let mut seen = String::new();
        for (list, typed) in lists_of_the_desk(&words) {
            pages += 1;
            let page = browser.get(&list);
            assert!(matches!(page.status, 200 | 403), "{list} of {whose}: {}", page.text());
            holds_nothing_of(&page.html, others.iter().copied(), &typed, &format!("{list} of {whose}"));
            if typed.is_empty() {
                seen.push_str(&unescaped(&page.html));
            }
        }
        // Nor beside what one looks for oneself.
        for word in own.iter().flat_map(|own| &own.desk) {
            let typed = encoded(&BTreeMap::from([("q".to_owned(), word.clone())]));
            let page = browser.get(&format!("/desk/requests?{typed}"));
            holds_nothing_of(&page.html, others.iter().copied(), "", &format!("{word} of {whose}"));
        }
        seen
    };
    let mut seen = String::new();
    for (letter, browser) in desks.iter().filter(|(letter, _)| *letter != '*') {
        seen.push_str(&walk(browser, &format!("our {letter}"), &[&here, &rogov], &[&elsewhere]));
    }
    each_is_somewhere(&here.desk, &seen, "ours");
    each_is_somewhere(&rogov.desk, &seen, "ours");
    let seen = walk(at('*'), "theirs", &[&elsewhere], &[&here, &rogov]);
    each_is_somewhere(&elsewhere.desk, &seen, "theirs");
    assert!(pages > 7 * 100, "{pages}");

    // Support answers the telephone, and asks by a number; every list of the API.
    let by_number = |browser: &Browser<'_>, others: &Own, whose: &str| -> Loaded {
        let unz = &others.desk[0];
        let found = browser.submit(&browser.get("/desk/support"), "/desk/support", &[("unz", unz)]);
        holds_nothing_of(&found.html, [others], unz, whose);
        found
    };
    assert!(by_number(at('t'), &elsewhere, "our support").text().contains("No request was found"));
    by_number(at('*'), &here, "their support");
    let programs = programs.iter().map(|token| (token, vec![&elsewhere]));
    let programs = programs.chain([(&program_there, vec![&here, &rogov])]).map(|(token, of)| ("Staff", token, of));
    let clients = [
        (&of_ivanov_11, vec![&rogov, &elsewhere]),
        (&of_rogov, vec![&here, &elsewhere]),
        (&of_ivanov_22, vec![&here, &rogov]),
    ];
    let clients = clients.map(|(token, of)| ("Subscriber", token, of));
    for (whose, token, others) in programs.chain(clients.clone()) {
        for (method, path, who) in listed(DOORS) {
            if method == "get" && who == whose && !path.contains('{') {
                let answer = bank.get(path, token);
                assert!(matches!(answer.status, 200 | 403), "{path}: {}", answer.text());
                holds_nothing_of(&answer.text(), others.iter().copied(), "", path);
            }
        }
    }

    // The portal: every client is alone there.
    for ((_, token, others), own) in clients.into_iter().zip([&here, &rogov, &elsewhere]) {
        let browser = as_client(bank, token);
        let mut seen = String::new();
        for (method, path, who) in routes() {
            if method == "get" && who == "Subscriber" && !path.contains("{id}") {
                let page = browser.get(&nobodys(bank, path));
                assert_eq!(page.status, 200, "{path}: {}", page.text());
                holds_nothing_of(&page.html, others.iter().copied(), "", path);
                seen.push_str(&unescaped(&page.html));
            }
        }
        each_is_somewhere(&own.portal, &seen, "a client");
    }
}
