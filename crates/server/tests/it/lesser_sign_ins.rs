//! Who has less than a sign-in by certificate, at every route of the lists: who came by password, whose sign-in ran out or was taken away, who holds
//! the secret of an application, who holds a mailed link under the number of another agent. What each may not do is done by nobody else's page.

use serde_json::json;

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::component::SESSION;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_typed::token_of;
use crate::first_issue::{addresses_must_answer, handed_in};
use crate::matrix::{NOBODYS, by_password, listed, nobodys, routes, with_another_agent};
use crate::walk::id;

const DOORS: &str = include_str!("../../src/api/routes.rs");

/// Forms of one's own account, which a sign-in by password may send: what comes of them, with no other organisation and a wrong old password.
const OWN_ACCOUNT: [(&str, u16, &str); 5] = [
    ("/organisations", 404, "not-found"),
    ("/security/password", 401, "sign-in-wrong"),
    // Nothing is asked for before the device has shown a code, and for that the password is.
    ("/security/password/device", 200, "</html>"),
    ("/security/password/device/code", 401, "sign-in-wrong"),
    ("/security/password/device/remove", 401, "sign-in-wrong"),
];

/// What a door of a subscriber takes, so that it would be done for who came by certificate, or come at least to what was sent.
fn said(bank: &Bank, path: &str) -> String {
    let made = json!({ "kind": "make-key", "pkcs10": "MAA=", "cms": "MAA=", "medium": "smart-key" });
    let said = match path.rsplit('/').next().unwrap() {
        "revoke" => json!({ "reason": "keyCompromise" }),
        "requests" => json!({ "procedure": bank.procedure }),
        "contact" => json!({ "phone": "+7 000 000-00-05" }),
        "tickets" => json!({ "session_sha256": SESSION }),
        "answers" => json!({ "nonce": "0".repeat(32), "result": made }),
        "key" | "submission" => return "MAA=".to_owned(),
        _ => json!({}),
    };
    said.to_string()
}

#[test]
fn who_came_by_password_is_refused_at_every_form_and_every_door_that_does_something() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    bank.start();
    let reader = by_password(&bank, "en");
    let token = bank.sign_in(&bank.rogov);
    let owner = Browser::new(&bank, "en");
    owner.set_cookie("surguch-client", &token);
    let card = bank.begin(&token);
    let cards = bank.get("/api/v1/certificates", &token).json();
    let certificate = cards["certificates"][0]["id"].as_str().unwrap();
    let state = || {
        let pages = ["/certificates", "/requests", "/messages", "/organisations"].map(|page| owner.get(page).text());
        (bank.desk(&card), pages)
    };
    let before = state();

    let form = token_of(&reader.get("/security"));
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let signed = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let key = "ab".repeat(32);
    let read = json!({ "kind": "list-certificates", "serial": "0853000001", "certificates": [], "lone_keys": [] });
    let (read, deleted) = (read.to_string(), json!({ "kind": "delete-key" }).to_string());
    let mut cells = 0;
    for (method, path, who) in routes() {
        if method != "post" || who != "Subscriber" {
            continue;
        }
        let object = if path.starts_with("/certificates/") { certificate } else { id(&card) };
        let address = path.replace("{id}", object).replace("{procedure}", &bank.procedure);
        for step in if path.contains("{step}") { &["hold", "revoke"][..] } else { &[""][..] } {
            cells += 1;
            let fields = [
                ("form", form.as_str()),
                ("confirmed", "yes"),
                ("reason", "keyCompromise"),
                ("pkcs10", "MAA="),
                // The certificate that is joined is the person's own: its sign-in is good.
                ("cms", if path == "/organisations/join" { signed.as_str() } else { "MAA=" }),
                ("challenge", challenge["challenge"].as_str().unwrap()),
                ("session", SESSION),
                ("message", NOBODYS),
                ("text", "x"),
                ("key", key.as_str()),
                ("result", if path == "/security/keys" { read.as_str() } else { deleted.as_str() }),
                ("medium", "smart-key"),
                ("phone", "+7 000 000-00-05"),
                ("email", "other@example.org"),
                ("signatory", NOBODYS),
                ("login", "rogov"),
                ("password", "no such words at all"),
                ("own", "six other words of rogov"),
                ("again", "six other words of rogov"),
                ("code", "000000"),
            ];
            let answer = reader.post(&address.replace("{step}", step), &fields);
            let own = OWN_ACCOUNT.iter().find(|(of, ..)| *of == path);
            let (status, code) = own.map_or((403, "certificate-sign-in-needed"), |(_, status, code)| (*status, *code));
            let cell = format!("{path} {step}: {} {}", answer.status, answer.text());
            assert!(answer.status == status && answer.html.contains(code), "{cell}");
        }
    }
    assert!(cells >= 19, "{cells}");
    assert_eq!(state(), before, "and nothing happened");

    let bearer = reader.cookie("surguch-client").unwrap();
    let mut cells = 0;
    for (method, path, who) in listed(DOORS) {
        if who != "Subscriber" {
            continue;
        }
        let object = if path.starts_with("/api/v1/certificates/") { certificate } else { id(&card) };
        let address = path.replace("{id}", object);
        if method == "get" {
            // Looking is what such a sign-in is for; a draft without a key has no text yet.
            let status = bank.get(&address, &bearer).status;
            assert_eq!(status, if path.ends_with("/text") { 409 } else { 200 }, "{path}");
            continue;
        }
        cells += 1;
        let answer = bank.call(&method.to_uppercase(), &address, &bearer, said(&bank, path).as_bytes(), &[]);
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        answer.refused(403, "certificate-sign-in-needed");
    }
    assert!(cells >= 10, "{cells}");
    assert_eq!(state(), before, "and nothing happened");
    // There was something to be done, for whoever may.
    bank.post(&format!("/api/v1/requests/{}/recall", id(&card)), &token, "").json();
    assert_eq!(bank.desk(&card)["stage"], "cancelled");
}

/// Every page of these people leads to the sign-in, every form and every door of theirs is refused as one without a sign-in; how many there were.
fn is_shut(bank: &Bank, browser: &Browser<'_>, bearer: &str, whose: &str) -> usize {
    // It fits the cookies, whatever they are worth: a form is not refused for its sake.
    let form = token_of(&browser.get("/check"));
    let of_the_code = |text: &str| text.contains("sign-in-required") || text.contains("sign-in-expired");
    let mut cells = 0;
    for (method, path, _) in routes().into_iter().filter(|(_, _, who)| *who == whose) {
        cells += 1;
        let address = nobodys(bank, path);
        if method == "get" {
            let page = browser.get(&address);
            let door = if whose == "Staff" { "/desk/sign-in?to=" } else { "/sign-in?to=" };
            assert!(page.path.starts_with(door), "{path}: {} at {}", page.status, page.path);
        } else {
            let page = browser.post(&address, &[("form", &form)]);
            assert!(page.status == 401 && of_the_code(&page.html), "{path}: {} {}", page.status, page.text());
        }
    }
    for (method, path, _) in listed(DOORS).into_iter().filter(|(_, _, who)| *who == whose) {
        cells += 1;
        let answer = bank.call(&method.to_uppercase(), &nobodys(bank, path), bearer, b"{}", &[]);
        let cell = format!("{method} {path}: {} {}", answer.status, answer.text());
        assert!(answer.status == 401 && of_the_code(&answer.text()), "{cell}");
    }
    cells
}

/// A browser with these cookies.
fn with_cookies<'a>(bank: &'a Bank, cookies: &[(&str, &str)]) -> Browser<'a> {
    let browser = Browser::new(bank, "en");
    for (name, value) in cookies {
        browser.set_cookie(name, value);
    }
    browser
}

#[test]
fn a_sign_in_that_ran_out_or_was_taken_away_opens_no_page_and_no_door() {
    let begin = now();
    let mut bank = Bank::closed_at("[limits]\nguesses_per_minute = 100000\n", begin);
    let operator = with_login(&mut bank, "Operator 1", "operator1");
    let support = with_login(&mut bank, "Support 1", "support1");
    bank.start();
    // Ahead of the machine's own clock, by which the client signs.
    let then = begin + 60;
    bank.set_clock(then);
    let client = bank.sign_in(&bank.rogov);
    let at_the_desk = |login: &str, secret: &str| {
        let browser = Browser::new(&bank, "en");
        let page = sign_in(&browser, "/desk/requests", login, PASSWORD, &code(secret, then));
        assert_eq!(page.status, 200, "{login}: {}", page.text());
        browser.cookie("surguch-staff").unwrap()
    };
    let (staff, taken_away) = (at_the_desk("operator1", &operator), at_the_desk("support1", &support));
    for (cookie, token, page) in [
        ("surguch-client", &client, "/requests"),
        ("surguch-staff", &staff, "/desk/requests"),
        ("surguch-staff", &taken_away, "/desk/requests"),
    ] {
        let opened = with_cookies(&bank, &[(cookie, token)]).get(page);
        assert_eq!((opened.status, opened.path.as_str()), (200, page));
    }
    assert_eq!(bank.get("/api/v1/requests", &client).status, 200);
    assert_eq!(bank.get("/api/v1/desk/requests", &bank.support).status, 200);

    // A member who has left; their program has left with them.
    assert!(bank.stop().success());
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let line = list.lines().find(|line| line.contains("Support 1")).unwrap();
    done(surguch(&bank.config, &["staff", "disable", line.split('\t').next().unwrap()]));
    bank.start();
    let cells = is_shut(&bank, &with_cookies(&bank, &[("surguch-staff", &taken_away)]), &bank.support, "Staff");
    assert!(cells > 80, "{cells}");
    let others = with_cookies(&bank, &[("surguch-client", &client), ("surguch-staff", &staff)]);
    assert_eq!(others.get("/desk/requests").path, "/desk/requests", "nobody else has left");
    assert_eq!(others.get("/requests").path, "/requests");

    // Time alone: half an hour of a client's, ten hours of the staff's.
    bank.set_clock(then + 31 * 60);
    let cells = is_shut(&bank, &others, &client, "Subscriber");
    assert!(cells > 45, "{cells}");
    assert_eq!(others.get("/desk/requests").path, "/desk/requests");
    bank.set_clock(then + 11 * 3_600);
    // A page's sign-in is no token of the API, ended or not.
    let cells = is_shut(&bank, &others, &staff, "Staff");
    assert!(cells > 80, "{cells}");
}

#[test]
fn the_secret_of_an_application_opens_that_one_alone_and_is_no_sign_in() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 100000\n");
    let people = [0, 1].map(|_| {
        let browser = Browser::new(&bank, "ru");
        let (_, unz) = handed_in(&bank, &browser);
        (browser, unz)
    });
    let here = "/ca/new-certificate/accepted";
    let shown = |at: usize| people[at].0.get(here).text();
    let before = [shown(0), shown(1)];
    for (at, (_, unz)) in people.iter().enumerate() {
        assert!(before[at].contains(unz) && !before[at].contains(&people[1 - at].1), "{}", before[at]);
    }

    let secret = people[0].0.cookie("surguch-applicant").unwrap();
    // One digit otherwise.
    let guessed = format!("{}{}", if secret.starts_with('0') { '1' } else { '0' }, &secret[1..]);
    let askers = [
        ("nobody", Browser::new(&bank, "ru")),
        ("who guesses", with_cookies(&bank, &[("surguch-applicant", &guessed)])),
        ("who has it elsewhere", with_cookies(&bank, &[("surguch-client", &secret), ("surguch-staff", &secret)])),
    ];
    let askers = askers.map(|(name, browser)| {
        let form = token_of(&browser.get("/check"));
        (name, browser, form)
    });
    let mut cells = 0;
    for (method, path, who) in routes() {
        for (name, browser, form) in &askers {
            if !matches!(who, "Applicant" | "Subscriber" | "Staff") {
                continue;
            }
            cells += 1;
            let address = nobodys(&bank, path);
            let answer = if method == "get" {
                browser.get(&address)
            } else {
                browser.post(&address, &[("form", form), ("nonce", "00"), ("pkcs10", "MAA=")])
            };
            let cell = format!("{method} {path} by {name}: {} at {} {}", answer.status, answer.path, answer.text());
            let is_right = match (who, method) {
                ("Applicant", _) => answer.status == 404 && answer.html.contains("not-found"),
                (_, "get") => answer.path.contains("/sign-in?to="),
                _ => answer.status == 401,
            };
            assert!(is_right, "{cell}");
            assert!(people.iter().all(|(_, unz)| !answer.html.contains(unz)), "{cell}");
        }
    }
    assert!(cells > 3 * 110, "{cells}");
    assert_eq!([shown(0), shown(1)], before, "and nothing happened");

    // Whoever takes theirs back takes nobody else's.
    let (browser, _) = &people[1];
    let recalled = browser.submit(&browser.get(here), "/ca/new-certificate/recall", &[]);
    assert_eq!((recalled.status, recalled.path.as_str()), (200, here), "{}", recalled.text());
    assert_ne!(recalled.text(), before[1]);
    assert_eq!(shown(0), before[0]);
}

#[test]
fn behind_a_mailed_link_no_page_opens_under_the_number_of_another_agent() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    let (own, elsewhere) = (bank.agent.to_string(), with_another_agent(&bank));
    addresses_must_answer(&bank);
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let link = bank.code();
    handed_in(&bank, &Browser::new(&bank, "ru"));
    let letter = bank.letter("/ca/email");
    let (_, email) = letter[letter.find("/ca/email").unwrap()..].split_once("code=").unwrap();
    let email: String = email.chars().take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();

    let mailbox = Browser::new(&bank, "ru");
    let state = || {
        let card = bank.desk(&card);
        let asked = mailbox.get(&format!("/ca/email?agentId={own}&code={email}")).text();
        (card["stage"].clone(), card["version"].clone(), asked)
    };
    let askers =
        [("nobody", Browser::new(&bank, "en")), ("the client", with_cookies(&bank, &[("surguch-client", &token)]))];
    let askers = askers.map(|(name, browser)| {
        let form = token_of(&browser.get("/check"));
        (name, browser, form)
    });
    let ask = |method: &str, path: &str, agent: &str, confirmed: &str, browser: &Browser<'_>, form: &str| {
        let code = if path == "/ca/email" { &email } else { &link };
        let address = path.replace("{file}", "act.pdf");
        let address = format!("{address}?agentId={agent}&code={code}&operation=sign-act");
        if method == "get" {
            return browser.get(&address);
        }
        let fields =
            [("form", form), ("cms", "MAA="), ("proof", "MAA="), ("session", SESSION), ("confirmed", confirmed)];
        browser.post(&address, &fields)
    };
    let behind: Vec<_> = routes().into_iter().filter(|(_, _, who)| *who == "LinkHolder").collect();
    let before = state();
    let mut cells = 0;
    for (method, path, _) in &behind {
        for (name, browser, form) in &askers {
            // Of another one, and of one that nobody is.
            for agent in [elsewhere.as_str(), "1"] {
                cells += 1;
                let page = ask(method, path, agent, "yes", browser, form);
                let cell = format!("{method} {path} of {agent} by {name}: {} {}", page.status, page.text());
                let code = if *path == "/ca/email" { "link-unknown" } else { "link-of-other-agent" };
                assert!(page.status == 404 && page.html.contains(code), "{cell}");
                for private in ["Rogov", "Рогов", "rogov@", "ivanov@"] {
                    assert!(!page.html.contains(private), "{private}: {cell}");
                }
            }
        }
    }
    assert!(cells >= 4 * 11, "{cells}");
    assert_eq!(state(), before, "and nothing happened");

    // There was something behind it, under the right number: what is refused is not the link.
    let (_, browser, form) = &askers[0];
    for (method, path, _) in &behind {
        let page = ask(method, path, &own, "", browser, form);
        let cell = format!("{method} {path}: {} {}", page.status, page.text());
        assert!(page.status < 500 && !matches!(page.status, 401 | 403 | 404 | 410), "{cell}");
        assert!(page.status == 200 || *method == "post", "{cell}");
    }
    assert_ne!(state(), before, "the address was confirmed");
}
