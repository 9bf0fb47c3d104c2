//! Doors at which an answer could be guessed: which they are, one by one, and that they have one count together, whichever agent, page or program is
//! asked. The list stands here and not where the router is made, so that a door that loses its count is missed.

use crate::bank::{Answer, Bank};
use crate::matrix::{NOBODYS, listed, routes, with_another_agent};

const API: &str = include_str!("../../src/api/routes.rs");

/// Method and address of every door whose tries are counted.
const COUNTED: &[(&str, &str)] = &[
    ("post", "/sign-in"),
    ("post", "/sign-in/ticket"),
    ("post", "/sign-in/password"),
    ("post", "/sign-in/password/own"),
    ("post", "/desk/sign-in"),
    ("post", "/desk/sign-in/certificate"),
    ("post", "/desk/sign-in/ticket"),
    ("post", "/ca/new-certificate"),
    ("post", "/ca/new-certificate/ticket"),
    ("post", "/ca/new-certificate/send"),
    ("get", "/ca/new-certificate/accepted"),
    ("post", "/ca/new-certificate/recall"),
    ("get", "/ca/new-certificate/application.pdf"),
    ("get", "/ca/certificate"),
    ("get", "/ca/certificate/act"),
    ("post", "/ca/certificate/act"),
    ("get", "/ca/certificate/act/{file}"),
    ("get", "/ca/certificate/decline"),
    ("post", "/ca/certificate/decline"),
    ("post", "/ca/certificate/save"),
    ("get", "/ca/certificate/saved"),
    ("post", "/ca/certificate/ticket"),
    ("get", "/ca/email"),
    ("post", "/ca/email"),
    ("post", "/ca/workplace"),
    ("post", "/ca/workplace/ticket"),
    ("get", "/status"),
    ("post", "/check"),
    ("post", "/feedback"),
    ("post", "/api/v1/challenge"),
    ("post", "/api/v1/sign-in"),
    ("post", "/api/v1/component/tickets"),
    ("post", "/api/v1/component/tickets/{nonce}/start"),
    ("post", "/api/v1/component/answers"),
    ("get", "/api/v1/delivery/{agent}/{code}"),
    ("get", "/api/v1/delivery/{agent}/{code}/act"),
    ("post", "/api/v1/delivery/{agent}/{code}/act"),
    ("post", "/api/v1/delivery/{agent}/{code}/decline"),
    ("post", "/api/v1/delivery/{agent}/{code}/certificate"),
    ("get", "/api/v1/delivery/{agent}/{code}/challenge"),
    ("post", "/api/v1/delivery/{agent}/{code}/proof"),
    ("post", "/api/v1/delivery/{agent}/{code}/component/tickets"),
    ("post", "/api/v1/delivery/{agent}/{code}/component/answers"),
];

/// A person or a program is told no, and when to come again.
fn is_put_off(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 429, "{path}: {}", String::from_utf8_lossy(&answer.octets));
    let seconds = answer.header("retry-after").parse::<u64>().unwrap();
    assert!((1..=60).contains(&seconds), "{path}: {seconds}");
    if path.starts_with("/api/") || path.ends_with("/ticket") {
        answer.refused(429, "too-many-tries");
    } else {
        let page = answer.text();
        assert!(
            page.contains("<h1>") && page.contains("<span class=\"number\">too-many-tries</span>"),
            "{path}: {page}"
        );
    }
}

#[test]
fn every_door_of_the_list_is_put_off_after_too_many_tries_and_no_other_is() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 1\n");
    let agent = bank.agent.to_string();
    let knock = |method: &str, path: &str| {
        bank.call(&method.to_uppercase(), path, "", b"", &[("accept", "text/html"), ("accept-language", "en")])
    };
    let all: Vec<_> = routes().into_iter().chain(listed(API)).map(|(method, path, _)| (method, path)).collect();
    for door in COUNTED {
        assert!(all.contains(door), "there is no {door:?}");
    }
    assert!(all.len() > 150, "{}", all.len());
    for (method, path) in all {
        let address = path.replace("{agent}", &agent).replace("{code}", &"0".repeat(64));
        let address = address.replace("{nonce}", &"0".repeat(32)).replace("{id}", NOBODYS);
        let address = address.replace("{message}", NOBODYS).replace("{procedure}", &bank.procedure);
        let address = address.replace("{file}", "app.css").replace("{step}", "hold").replace("{case}", "pin");
        let address = address.replace("{sign_in}", "00").replace("{page}", "1");
        let without_a_try = || {
            let is_spent = (0..5).any(|_| knock("get", "/status?unz=11111111111111").status == 429);
            assert!(is_spent, "before {method} {path}");
            knock(method, &address)
        };
        let (answer, is_counted) = (without_a_try(), COUNTED.contains(&(method, path)));
        if !is_counted {
            assert_ne!(answer.status, 429, "{method} {path} is not in the list");
        } else if answer.status == 429 {
            is_put_off(&answer, path);
        } else {
            // A try comes back in a minute, once in a while between the two.
            is_put_off(&without_a_try(), path);
        }
    }
}

#[test]
fn tries_have_one_count_whichever_agent_page_or_program_is_asked() {
    let mut bank = Bank::closed("trusted_proxies = [\"127.0.0.1\"]\n[limits]\nguesses_per_minute = 3\n");
    let elsewhere = with_another_agent(&bank);
    bank.start();
    let (own, code) = (bank.agent.to_string(), "0".repeat(64));
    let doors = [
        ("GET", format!("/ca/certificate?agentId={own}&code={code}")),
        ("GET", format!("/ca/certificate?agentId={elsewhere}&code={code}")),
        ("POST", "/sign-in".to_owned()),
        ("POST", "/desk/sign-in".to_owned()),
        ("POST", "/api/v1/challenge".to_owned()),
        ("GET", format!("/api/v1/delivery/{elsewhere}/{code}")),
    ];
    let knock = |(method, path): &(&str, String), address: &str| {
        bank.call(method, path, "", b"", &[("accept", "text/html"), ("x-forwarded-for", address)])
    };
    let all_are_put_off = |address: &str| {
        for door in &doors {
            is_put_off(&knock(door, address), door.1.split('?').next().unwrap());
        }
    };
    // Three tries at three doors, whichever they are: an agent's page, the other's, a program's.
    for (number, turn) in [[0, 1, 4], [5, 3, 0], [2, 5, 1]].into_iter().enumerate() {
        let address = format!("203.0.113.{number}");
        for door in turn {
            assert_ne!(knock(&doors[door], &address).status, 429, "{:?} in {turn:?}", doors[door]);
        }
        all_are_put_off(&address);
    }
    // And all three at one.
    for (number, door) in doors.iter().enumerate() {
        let address = format!("198.51.100.{number}");
        for _ in 0..3 {
            assert_ne!(knock(door, &address).status, 429, "{door:?}");
        }
        all_are_put_off(&address);
    }
}
