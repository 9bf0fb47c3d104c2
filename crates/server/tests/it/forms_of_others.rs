//! Every form there is, sent by whoever may send it, as another visit or another site would have it sent: with a token that is not this visit's, and
//! with the right one from a page that is not ours. None is taken, and nothing changes. The routes are read from the list that the router is made of,
//! so that a form without this question is found at once.

use std::collections::BTreeMap;

use crate::bank::{Answer, Bank, done, now, surguch};
use crate::browser::{Browser, Loaded, encoded};
use crate::component::SESSION;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_typed::{address, is_refused_in_words, token_of};
use crate::first_issue::{confirmed, ivanov};
use crate::matrix::{Listed, NOBODYS, routes};
use crate::walk::id;
use crate::{desk_fields, portal_fields};

/// Whoever may send a form, the token of their pages, and that of the same page in somebody else's visit.
struct Person<'a> {
    browser: Browser<'a>,
    token: String,
    of_another: String,
}

impl<'a> Person<'a> {
    fn on(page: &str, browser: Browser<'a>, another: &Browser<'_>) -> Self {
        let (token, of_another) = (token_of(&browser.get(page)), token_of(&another.get(page)));
        assert_ne!(token, of_another, "{page}");
        Self { browser, token, of_another }
    }
}

/// How a form comes: its token, and what the browser says of the page that it stood on.
#[derive(Clone, Copy)]
struct Way<'a> {
    token: Option<&'a str>,
    origin: Option<&'a str>,
    site: Option<&'a str>,
}

/// So filled in that most forms would be done if they were taken.
const FILLED: &[(&str, &str)] = &[
    ("confirmed", "yes"),
    ("reason", "keyCompromise"),
    ("login", "rogov"),
    ("own", "four words of rogov"),
    ("again", "four words of rogov"),
    ("session", SESSION),
    ("key", SESSION),
    ("medium", "smart-key"),
    ("subject", "other"),
    ("name", "Ivanov"),
    ("email", "ivanov@bank-client.test"),
    ("text", "x"),
    ("words", "x"),
    ("message", NOBODYS),
    ("return-reason", "replaced"),
    ("refuse-reason", "x"),
    ("close-reason", "x"),
    ("write-off-reason", "lost"),
    ("copies", "2"),
    ("channel", "branch"),
    ("serials", "0853000002"),
    ("model", "Rutoken"),
    ("role-operator", "yes"),
];

/// What ends a sign-in is sent last, where it is taken.
const ENDS: [&str; 4] =
    ["/certificates/{id}/{step}", "/sign-out", "/desk/account/sign-out-everywhere", "/desk/sign-out"];

fn sent(bank: &Bank, browser: &Browser<'_>, path: &str, fields: &[(&str, &str)], way: Way<'_>) -> Answer {
    let fields = fields.iter().copied().chain(way.token.map(|token| ("form", token)));
    let all: BTreeMap<_, _> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let jar = browser.jar();
    let mut headers = vec![
        ("accept", "text/html"),
        ("accept-language", "en"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", jar.as_str()),
    ];
    headers.extend(way.origin.map(|origin| ("origin", origin)));
    headers.extend(way.site.map(|site| ("sec-fetch-site", site)));
    bank.call("POST", path, "", encoded(&all).as_bytes(), &headers)
}

/// A form as others would have it sent is refused as stale, on a page or to its script, and sets no cookie.
fn is_taken_from_no_other_page(bank: &Bank, person: &Person<'_>, path: &str, fields: &[(&str, &str)]) {
    let ours = bank.url("");
    let (right, ours) = (Some(person.token.as_str()), Some(ours.as_str()));
    let ways = [
        ("with the token of another visit", Way { token: Some(&person.of_another), origin: ours, site: None }),
        ("without a token", Way { token: None, origin: ours, site: None }),
        ("from another origin", Way { token: right, origin: Some("https://another.test"), site: None }),
        ("from a page that hides its origin", Way { token: right, origin: Some("null"), site: None }),
        ("from another site", Way { token: right, origin: ours, site: Some("cross-site") }),
        ("from a neighbour of ours", Way { token: right, origin: None, site: Some("same-site") }),
    ];
    for (says, way) in ways {
        let what = format!("{path} {says}");
        let answer = sent(bank, &person.browser, path, fields, way);
        assert_eq!(answer.status, 409, "{what}: {}", answer.text());
        assert_eq!(answer.headers("set-cookie"), Vec::<String>::new(), "{what}");
        if path.split('?').next().is_some_and(|path| path.ends_with("/ticket")) {
            answer.refused(409, "form-stale");
        } else {
            let page = Loaded { path: path.to_owned(), status: answer.status, html: answer.text(), answer };
            assert_eq!(is_refused_in_words(&page, "en", &what), "form-stale", "{what}");
        }
    }
}

/// With everything right it is no stale form, whatever else may be wrong with it: it was the token and the page that were refused.
fn is_taken_from_its_own_page(bank: &Bank, person: &Person<'_>, (path, who): (&str, &str), fields: &[(&str, &str)]) {
    let ours = bank.url("");
    let way = Way { token: Some(&person.token), origin: Some(&ours), site: Some("same-origin") };
    let answer = sent(bank, &person.browser, path, fields, way);
    let said = String::from_utf8_lossy(&answer.octets);
    assert!(answer.status < 500 && !said.contains("form-stale"), "{path}: {} {said}", answer.status);
    assert!(answer.status != 401 || !matches!(who, "Subscriber" | "Staff"), "{path}: {said}");
}

/// How much of everything there is, once the workers have come to rest.
fn at_rest(bank: &Bank) -> store::views::Counts {
    let (mut seen, mut looks) = (bank.rows(), 0);
    bank.wait_until("the workers rest", || {
        let now = bank.rows();
        looks = if now == seen { looks + 1 } else { 0 };
        seen = now;
        looks >= 10
    });
    seen
}

/// The forms of the desk, or all others.
fn forms(is_of_desk: bool) -> Vec<Listed> {
    let mut forms: Vec<_> = routes()
        .into_iter()
        .filter(|(method, path, _)| *method == "post" && path.starts_with("/desk") == is_of_desk)
        .collect();
    forms.sort_by_key(|(_, path, _)| ENDS.iter().position(|end| end == path));
    forms
}

#[test]
fn every_form_that_has_a_field_is_among_those_that_are_asked_for_their_token() {
    let asked: Vec<_> = [false, true].into_iter().flat_map(forms).map(|(_, path, _)| path).collect();
    let portal = portal_fields::FIELDS.iter().filter(|row| row.1 == "post").map(|row| row.2);
    let desk = desk_fields::FIELDS.iter().filter(|row| row.0 == "post").map(|row| row.1);
    for path in portal.chain(desk) {
        assert!(asked.contains(&path), "{path}");
    }
    assert!(asked.len() > 70, "{}", asked.len());
}

#[test]
fn no_form_of_the_portal_is_taken_from_another_visit_or_another_site() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    let colleague = bank.colleague_of_record();
    bank.start();
    let bank = &bank;
    // Rogov's request is with the bank; a colleague's link is out; a stranger has begun.
    let (token, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&colleague));
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let issued = bank.begin(&other);
    bank.hand_in_by(&colleague, &other, &issued);
    bank.approve(&issued);
    let query = format!("agentId={}&code={}&operation=sign-act", bank.agent, bank.code());
    let stranger = || Browser::new(bank, "en");
    let applicant = stranger();
    let latin = confirmed(&applicant, bank.agent, &ivanov());
    let (_, mut fields) = latin.form("/ca/new-certificate/send");
    fields.insert("session".to_owned(), SESSION.to_owned());
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(applicant.post("/ca/new-certificate/ticket", &pairs).status, 200);

    let signed_in = |token: &str| {
        let browser = stranger();
        browser.set_cookie("surguch-client", token);
        browser
    };
    let door = format!("/sign-in?agentId={}", bank.agent);
    let nobody = Person::on(&door, stranger(), &stranger());
    let applicant = Person::on(&door, applicant, &stranger());
    let holder = Person::on(&format!("/ca/certificate?{query}"), stranger(), &stranger());
    let client = Person::on("/security/password", signed_in(&token), &signed_in(&other));
    let certificates = client.browser.get("/certificates").html;
    let certificate = certificates.split("/certificates/").nth(1).unwrap().split('/').next().unwrap();
    let place = |path: &str, who: &str| {
        let object = if path.starts_with("/certificates") { certificate } else { id(&card) };
        let path = path.replace("{id}", object).replace("{step}", "revoke").replace("{procedure}", &bank.procedure);
        if who == "LinkHolder" { format!("{path}?{query}") } else { path }
    };
    let person = |path: &str, who: &str| match who {
        "LinkHolder" => &holder,
        "Applicant" => &applicant,
        "Subscriber" => &client,
        _ if path == "/sign-out" => &client,
        _ => &nobody,
    };
    let agent = bank.agent.to_string();
    let fields = [FILLED, &[("agent", agent.as_str()), ("agentId", agent.as_str())]].concat();
    let state = || {
        let rows = at_rest(bank);
        let pages = ["/certificates", "/security/password", "/organisations", "/requests", "/messages"];
        let pages = pages.map(|page| client.browser.get(page).text());
        (rows, bank.desk(&card), bank.desk(&issued), pages)
    };

    let before = state();
    for (_, path, who) in forms(false) {
        is_taken_from_no_other_page(bank, person(path, who), &place(path, who), &fields);
    }
    assert_eq!(state(), before);
    for (_, path, who) in forms(false) {
        is_taken_from_its_own_page(bank, person(path, who), (&place(path, who), who), &fields);
    }
    assert_ne!(state().0, before.0, "what is taken does something");
}

#[test]
fn no_form_of_the_desk_is_taken_from_another_visit_or_another_site() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    let agent = bank.agent.to_string();
    // Whose every form is.
    let roles = ["operator", "security-officer", "branch-clerk", "support", "auditor", "ca-administrator"];
    let mut add = vec!["staff", "add", "--agent", &agent, "--name", "Member 1"];
    add.extend(roles.into_iter().flat_map(|role| ["--role", role]));
    done(surguch(&bank.config, &add));
    let secrets = [("Member 1", "member1"), ("Operator 1", "operator1")]
        .map(|(name, login)| (login, with_login(&mut bank, name, login)));
    bank.start();
    let bank = &bank;
    let [staff, another] = secrets.map(|(login, secret)| {
        let browser = Browser::new(bank, "en");
        let page = sign_in(&browser, "/desk/account", login, PASSWORD, &code(&secret, now()));
        assert_eq!(page.status, 200, "{login}: {}", page.text());
        browser
    });
    let staff = Person::on("/desk/account", staff, &another);

    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let stranger = Browser::new(bank, "en");
    let said = [("subject", "other"), ("name", "Ivanov"), ("email", "ivanov@bank-client.test"), ("text", "x")];
    assert_eq!(stranger.upload(&stranger.get("/feedback"), "/feedback", &said, &[]).status, 200);
    let desk = &staff.browser;
    let request = format!("/desk/requests/{}", id(&card));
    let person = address(&desk.get(&request), "/desk/subscribers/");
    let certificate = address(&desk.get(&person), "/desk/certificates/");
    let member = desk.get("/desk/staff").link("Support 1");
    let inquiry = address(&desk.get("/desk/inquiries"), "/desk/inquiries/");
    let medium = crate::desk_cards::registered(desk, "0853000001");
    let place = |path: &str| {
        let object = match path.split('/').nth(2).unwrap() {
            "requests" | "messages" => request.as_str(),
            "subscribers" => &person,
            "certificates" => &certificate,
            "staff" => &member,
            "inquiries" => &inquiry,
            "cards" => &medium,
            // Proposals, imports, troubles, other sign-ins: there are none, and a stale form is refused before anything is looked up.
            _ => NOBODYS,
        };
        let object = object.rsplit('/').next().unwrap();
        path.replace("{id}", object).replace("{step}", "revoke").replace("{sign_in}", "00")
    };
    let certificate_id = certificate.rsplit('/').next().unwrap();
    let version = bank.desk(&card)["version"].to_string();
    let fields = |path: &str| {
        let version = if path.starts_with("/desk/requests/") { version.as_str() } else { "1" };
        [FILLED, &[("version", version), ("certificate", certificate_id)]].concat()
    };
    let state = || {
        let rows = at_rest(bank);
        let objects = [&person, &certificate, &member, &inquiry, &medium].map(|address| desk.get(address).text());
        let lists = ["/desk/account", "/desk/staff", "/desk/cards", "/desk/proposals", "/desk/inquiries"];
        (rows, bank.desk(&card), objects, lists.map(|list| desk.get(list).text()))
    };

    let before = state();
    for (_, path, _) in forms(true) {
        is_taken_from_no_other_page(bank, &staff, &place(path), &fields(path));
    }
    assert_eq!(state(), before);
    let rows = before.0;
    for (_, path, who) in forms(true) {
        is_taken_from_its_own_page(bank, &staff, (&place(path), who), &fields(path));
    }
    assert_ne!(at_rest(bank), rows, "what is taken does something");
}
