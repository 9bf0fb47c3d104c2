//! Who may do what at the API: every door of its list by everybody. The list is read from the source that the router is made from; which role
//! of the desk a door is for says the table of the pages, for both ask the same of `ra`.

use serde_json::{Value, json};

use crate::bank::{Answer, Bank};
use crate::component::SESSION;
use crate::matrix::{Listed, NOBODYS, listed, own, routes, with_another_agent};
use crate::walk::id;

const LIST: &str = include_str!("../../src/api/routes.rs");
/// A nonce that no ticket has.
const NONCE: &str = "00000000000000000000000000000000";

fn doors() -> Vec<Listed> {
    listed(LIST)
}

/// What a door takes, and so that whoever may do it changes nothing: versions that nobody has looked at, signatures that are none.
fn body(bank: &Bank, path: &str) -> Vec<u8> {
    let is_of_staff = path.contains("/desk/");
    let answer = |kind: &str, field: &str| json!({ "nonce": NONCE, "result": { "kind": kind, field: "MAA=" } });
    let body = match path.rsplit('/').next().unwrap() {
        "approve" | "resend-link" => json!({ "version": 0 }),
        "return" | "refuse" => json!({ "version": 0, "reason": "x" }),
        "receive-act" | "register-application" => {
            json!({ "version": 0, "copies": 2, "seal": true, "channel": "branch" })
        }
        "block" | "unblock" | "hold" | "release" if is_of_staff => json!({ "version": 0, "words": "x" }),
        "revoke" if is_of_staff => json!({ "version": 0, "words": "x", "reason": "superseded" }),
        // No client gives this reason.
        "revoke" => json!({ "reason": "superseded" }),
        "requests" => json!({ "procedure": "x" }),
        "challenge" => json!({ "agent": bank.agent }),
        "sign-in" => json!({ "challenge": NOBODYS, "cms": "MAA=" }),
        "decline" => json!({ "confirmed": false }),
        "tickets" if path.starts_with("/api/v1/requests/") => json!({ "session_sha256": SESSION }),
        "tickets" if path.starts_with("/api/v1/delivery/") => {
            json!({ "operation": "sign-act", "session_sha256": SESSION })
        }
        "tickets" => json!({ "agent": bank.agent, "operation": "doctor", "session_sha256": SESSION }),
        "answers" if path.starts_with("/api/v1/requests/") => {
            let mut made = answer("make-key", "pkcs10");
            made["result"]["cms"] = "MAA=".into();
            made["result"]["medium"] = "smart-key".into();
            made
        }
        "answers" if path.starts_with("/api/v1/delivery/") => answer("sign-act", "cms"),
        "answers" => answer("sign-in", "cms"),
        "key" | "submission" | "act" | "proof" => return b"MAA=".to_vec(),
        _ => json!({}),
    };
    body.to_string().into_bytes()
}

fn ask(bank: &Bank, method: &str, path: &str, address: &str, token: &str) -> Answer {
    let body = if method == "get" { Vec::new() } else { body(bank, path) };
    bank.call(&method.to_uppercase(), address, token, &body, &[])
}

/// The code of a refusal; nothing where it is none.
fn code_of(answer: &Answer) -> String {
    let problem: Value = serde_json::from_slice(&answer.octets).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_door_of_the_api_answers_those_whose_it_is_and_nobody_else() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 100000\n");
    let client = bank.sign_in(&bank.rogov);
    let askers =
        [("nobody", ""), ("somebody with a token of nobody's", "0123"), ("client", &client), ("staff", &bank.operator)];
    let mut cells = 0;
    for (method, path, who) in doors() {
        let address = path.replace("{id}", NOBODYS).replace("{agent}", &bank.agent.to_string());
        let address = address.replace("{code}", &"0".repeat(64)).replace("{nonce}", NONCE);
        let address = address.replace("{file}", "nobody.crl");
        let mut first = None;
        for (name, token) in askers {
            cells += 1;
            let answer = ask(&bank, method, path, &address, token);
            let (status, code) = (answer.status, code_of(&answer));
            let cell = format!("{method} {address} by {name}: {status} {code}");
            assert!(status < 500, "{cell}");
            match (who, name) {
                ("Subscriber", "client") | ("Staff", "staff") if path.contains("{id}") => {
                    assert_eq!((status, code.as_str()), (404, "not-found"), "{cell}");
                }
                ("Subscriber", "client") | ("Staff", "staff") if method == "get" => assert_eq!(status, 200, "{cell}"),
                ("Subscriber", "client") | ("Staff", "staff") => assert_ne!(status, 401, "{cell}"),
                ("Subscriber" | "Staff", _) => {
                    assert_eq!((status, code.as_str()), (401, "sign-in-required"), "{cell}");
                    assert_eq!(answer.header("www-authenticate"), "Bearer", "{cell}");
                }
                ("LinkHolder", _) => assert_eq!((status, code.as_str()), (404, "link-unknown"), "{cell}"),
                // Whoever asks, with whatever token: the same.
                _ => {
                    assert_ne!(code, "sign-in-required", "{cell}");
                    assert_eq!(*first.get_or_insert((status, code.clone())), (status, code), "{cell}");
                }
            }
        }
    }
    assert!(cells > 4 * 45, "{cells}");
}

#[test]
fn what_another_client_has_is_absent_at_every_door_of_the_api_and_a_link_opens_its_own_agents_alone() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    let colleague = bank.colleague_of_record();
    let elsewhere = with_another_agent(&bank);
    bank.start();
    // The colleague's link is out; Rogov's request is still to be sent.
    let other = bank.sign_in(&colleague);
    let issued = bank.begin(&other);
    bank.hand_in_by(&colleague, &other, &issued);
    bank.approve(&issued);
    let code = bank.code();
    let own = bank.sign_in(&bank.rogov);
    let card = bank.begin(&own);
    let certificates = bank.get("/api/v1/certificates", &own).json();
    let certificate = certificates["certificates"][0]["id"].as_str().unwrap();

    let state = || {
        let listed = bank.get("/api/v1/certificates", &own).json();
        (bank.desk(&card), bank.desk(&issued)["version"].clone(), listed)
    };
    let before = state();
    let mut doors = doors();
    // What ends something comes last.
    doors.sort_by_key(|(_, path, _)| (path.ends_with("/certificates/{id}/hold"), path.ends_with("/recall")));
    let address = |path: &str| {
        let object = if path.starts_with("/api/v1/certificates/") { certificate } else { id(&card) };
        path.replace("{id}", object)
    };
    let objects = doors.iter().filter(|(_, path, who)| *who == "Subscriber" && path.contains("{id}"));
    let mut cells = 0;
    for (method, path, _) in objects.clone() {
        cells += 1;
        let answer = ask(&bank, method, path, &address(path), &other);
        answer.refused(404, "not-found");
        for private in ["Rogov", "Рогов", "rogov@"] {
            assert!(!answer.text().contains(private), "{method} {path}: {private} is in {}", answer.text());
        }
        ask(&bank, method, path, &address(path), "").refused(401, "sign-in-required");
    }
    assert!(cells >= 11, "{cells}");
    assert_eq!(state(), before, "and nothing happened");

    // A link is a key of its own, whoever holds it, and of one agent.
    let mut cells = 0;
    for (method, path, who) in doors.iter().filter(|(_, _, who)| *who == "LinkHolder") {
        let at = |agent: &str| path.replace("{agent}", agent).replace("{code}", &code);
        let mut first = None;
        for token in ["", &own, &other, &bank.operator] {
            cells += 1;
            ask(&bank, method, path, &at(&elsewhere), token).refused(404, "link-of-other-agent");
            let answer = ask(&bank, method, path, &at(&bank.agent.to_string()), token);
            let cell = format!("{method} {path} of the {who}: {} {}", answer.status, answer.text());
            assert!(answer.status < 500 && answer.status != 401 && !code_of(&answer).starts_with("link-"), "{cell}");
            let seen = (answer.status, code_of(&answer));
            assert_eq!(*first.get_or_insert(seen.clone()), seen, "{cell}");
        }
    }
    assert!(cells >= 4 * 9, "{cells}");
    assert_eq!(state(), before, "and nothing happened");

    // There was something to be reached, for whoever may.
    for (method, path, _) in objects {
        let answer = ask(&bank, method, path, &address(path), &own);
        let cell = format!("{method} {path}: {} {}", answer.status, answer.text());
        assert!(answer.status < 500 && answer.status != 401 && code_of(&answer) != "not-found", "{cell}");
    }
    assert_eq!(bank.desk(&card)["stage"], "cancelled");
}

/// Every door of the staff by each of these members, letter and token, at objects of the agent's; what is not as the table of the pages has it.
pub(crate) fn ask_every_door<'a>(
    bank: &Bank,
    members: &[(String, String)],
    object: impl Fn(&str) -> &'a str,
) -> Vec<String> {
    let (pages, mut cells, mut wrong) = (routes(), 0, Vec::new());
    for (method, path, _) in doors().into_iter().filter(|(_, _, who)| *who == "Staff") {
        let mut page = path.strip_prefix("/api/v1").unwrap().to_owned();
        if let Some(step) = page.strip_prefix("/desk/certificates/{id}/") {
            page = page.replace(step, "{step}");
        }
        assert!(pages.iter().any(|(of, place, _)| *of == method && *place == page), "no page is {method} {page}");
        let own = own(method, &page);
        let address = if path.contains("{id}") { path.replace("{id}", object(path)) } else { path.to_owned() };
        for (letter, token) in members {
            cells += 1;
            let answer = ask(bank, method, path, &address, token);
            let (status, code) = (answer.status, code_of(&answer));
            let is_refused = (status, code.as_str()) == (403, "role-missing");
            let is_right = if letter == "elsewhere" {
                (status, code.as_str()) == (404, "not-found") || !path.contains("{id}") && status == 200
            } else if own.is_none_or(|own| own.contains(letter)) {
                !matches!(status, 401 | 403 | 404)
            } else {
                is_refused
            };
            // Whatever comes to the list: an auditor changes nothing.
            let is_change = method != "get" && letter == "a" && !is_refused;
            if !is_right || is_change || status >= 500 {
                wrong.push(format!("{method} {path} by {letter}: {status} {}", answer.text()));
            }
        }
    }
    assert!(cells >= 7 * 16, "{cells}");
    wrong
}
