//! Two people at one proposal at the same moment, on the pages of the desk: one of them decides it, the other hears that it was decided meanwhile,
//! and nothing is done twice or half.

use std::collections::BTreeMap;
use std::sync::Barrier;

use crate::bank::{Answer, Bank, done, now, surguch};
use crate::browser::{Browser, Loaded, encoded};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_typed::{address, token_of};
use crate::matrix::named;
use crate::walk::id;

/// How often each pair meets: who comes first is chance.
const ROUNDS: usize = 4;

const LIST: &str = "/desk/proposals";

/// A button that was pressed: what is sent once everybody is ready.
struct Click {
    path: String,
    body: String,
    jar: String,
}

impl Click {
    fn on(browser: &Browser<'_>, page: &Loaded, action: &str, typed: &[(&str, &str)]) -> Self {
        let (path, mut fields) = page.form(action);
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self { path, body: encoded(&fields), jar: browser.jar() }
    }

    fn send(&self, bank: &Bank) -> Answer {
        let origin = bank.url("");
        let headers = [
            ("accept", "text/html"),
            ("accept-language", "en"),
            ("cookie", self.jar.as_str()),
            ("origin", origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        bank.call("POST", &self.path, "", self.body.as_bytes(), &headers)
    }
}

/// All of them at the same moment; the answers in their order.
fn at_once(bank: &Bank, clicks: &[Click]) -> Vec<Answer> {
    let ready = &Barrier::new(clicks.len());
    std::thread::scope(|scope| {
        let press = |click| {
            scope.spawn(move || {
                ready.wait();
                Click::send(click, bank)
            })
        };
        let pressed: Vec<_> = clicks.iter().map(press).collect();
        pressed.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Which of them was first: the others hear that it was decided meanwhile.
fn first_of(answers: &[Answer], what: &str) -> usize {
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let first = statuses.iter().position(|status| *status == 303).unwrap_or_else(|| panic!("{what}: {statuses:?}"));
    for (at, answer) in answers.iter().enumerate() {
        let is_told = answer.status == 409 && answer.text().contains("changed-meanwhile");
        assert!(at == first || is_told, "{what}: {statuses:?} {}", answer.text());
    }
    first
}

/// A desk whose agent wants two people for steps on certificates: who proposes, and two who may be the second.
struct Desk<'a> {
    bank: &'a Bank,
    members: Vec<Browser<'a>>,
    /// Where Rogov's certificate is.
    certificate: String,
}

/// Makes the members; their names for sign-in and the secrets of their second devices. The server must stand still.
fn with_members(bank: &mut Bank) -> Vec<(String, String)> {
    bank.agent_says("");
    for file in std::fs::read_dir(bank.folder.path().join("agents")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}\n[desk]\nsecond_person = [\"block\", \"unblock\"]\n")).unwrap();
    }
    let agent = bank.agent.to_string();
    for (name, role) in [("Operator 2", "operator"), ("Officer 1", "security-officer")] {
        done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", name, "--role", role]));
    }
    let names = [("Operator 1", "operator1"), ("Operator 2", "operator2"), ("Officer 1", "officer1")];
    names.into_iter().map(|(name, login)| (login.to_owned(), with_login(bank, name, login))).collect()
}

impl<'a> Desk<'a> {
    fn of(bank: &'a Bank, logins: &[(String, String)]) -> Self {
        let member = |(login, secret): &(String, String)| {
            let browser = Browser::new(bank, "en");
            let page = sign_in(&browser, LIST, login, PASSWORD, &code(secret, now()));
            assert_eq!((page.status, page.path.as_str()), (200, LIST), "{login}: {}", page.text());
            browser
        };
        let members: Vec<_> = logins.iter().map(member).collect();
        let person = members[0].get(&address(&members[0].get("/desk/subscribers"), "/desk/subscribers/"));
        let certificate = address(&person, "/desk/certificates/");
        Self { bank, members, certificate }
    }

    fn standing(&self) -> String {
        let door = format!("/api/v1{}", self.certificate);
        self.bank.get(&door, &self.bank.operator).json()["standing"].as_str().unwrap().to_owned()
    }

    /// The step that fits now.
    fn step(&self) -> &'static str {
        if self.standing() == "blocked" { "unblock" } else { "block" }
    }

    /// Where what the first member proposes is.
    fn proposed(&self) -> String {
        let page = self.members[0].get(&format!("{}/{}", self.certificate, self.step()));
        let list = self.members[0].submit(&page, &page.path, &[("words", "A dispute about powers")]);
        assert_eq!((list.status, list.path.as_str()), (200, LIST), "{}", list.text());
        format!("{LIST}/{}", named(&list.html, &format!("{LIST}/")))
    }

    /// The button of the list for this member.
    fn button(&self, member: usize, proposal: &str, answer: &str) -> Click {
        let list = self.members[member].get(LIST);
        Click::on(&self.members[member], &list, &format!("{proposal}/{answer}"), &[])
    }

    fn is_waiting(&self, proposal: &str) -> bool {
        let lists = self.members.iter().map(|member| member.get(LIST).html.contains(proposal));
        let lists: Vec<bool> = lists.collect();
        assert!(lists.iter().all(|is_there| *is_there == lists[0]), "{lists:?}");
        lists[0]
    }

    /// How often each of these events is in the journal.
    fn happened<const N: usize>(&self, kinds: [&str; N]) -> [usize; N] {
        let journal = done(surguch(&self.bank.config, &["journal", "export"]));
        kinds.map(|kind| journal.matches(&format!("\"kind\":\"{kind}\"")).count())
    }
}

#[test]
fn of_two_who_answer_a_proposal_at_once_one_decides_it_and_the_other_hears_of_it() {
    let mut bank = Bank::closed("");
    let logins = with_members(&mut bank);
    bank.start();
    let desk = Desk::of(&bank, &logins);
    let (mut proposed, mut confirmed) = (0, 0);
    // Member and answer: two who agree; who agrees and who does not; who agrees and the first one, who takes it back.
    let pairs = [
        [(1, "confirm"), (2, "confirm")],
        [(1, "confirm"), (2, "decline")],
        [(2, "confirm"), (0, "decline")],
        [(1, "decline"), (2, "decline")],
    ];
    for round in 0..ROUNDS * pairs.len() {
        let pair = pairs[round % pairs.len()];
        let (before, proposal) = (desk.standing(), desk.proposed());
        let clicks = pair.map(|(member, answer)| desk.button(member, &proposal, answer));
        let answers = at_once(&bank, &clicks);
        let first = pair[first_of(&answers, &format!("{pair:?}"))].1;
        proposed += 1;
        confirmed += usize::from(first == "confirm");
        assert_eq!(desk.standing() != before, first == "confirm", "{pair:?}: {first}, and it was {before}");
        assert!(!desk.is_waiting(&proposal), "{pair:?}");
        // Late, by the way back: it is decided.
        let late = clicks.iter().map(|click| click.send(&bank).status).collect::<Vec<_>>();
        assert!(late.contains(&409), "{pair:?}: {late:?}");
    }
    let kinds = ["step-proposed", "step-explained", "step-declined", "certificate-blocked", "certificate-unblocked"];
    let [of_proposals, explained, declined, blocked, unblocked] = desk.happened(kinds);
    assert_eq!((of_proposals, explained, declined), (proposed, confirmed, proposed - confirmed));
    assert_eq!(blocked + unblocked, confirmed, "each step once: {blocked} and {unblocked}");
    assert_eq!(blocked - unblocked, usize::from(desk.standing() == "blocked"));
    assert!(confirmed >= ROUNDS, "two who agree always do: {confirmed}");
}

#[test]
fn nobody_confirms_their_own_however_they_come_and_of_two_who_propose_one_does() {
    let mut bank = Bank::closed("");
    let logins = with_members(&mut bank);
    bank.start();
    let desk = Desk::of(&bank, &logins);
    let proposal = desk.proposed();
    let confirm = format!("{proposal}/confirm");
    // There is no such button; one that was made by hand is refused, alone and beside somebody else's.
    let list = desk.members[0].get(LIST);
    assert!(list.html.contains(&format!("{proposal}/decline")) && !list.html.contains(&confirm), "{}", list.text());
    let by_hand = || {
        let token = token_of(&desk.members[0].get(LIST));
        let form = BTreeMap::from([("form".to_owned(), token)]);
        Click { path: confirm.clone(), body: encoded(&form), jar: desk.members[0].jar() }
    };
    let own = by_hand().send(&bank);
    assert!(own.status == 403 && own.text().contains("second-person-required"), "{}", own.text());
    assert!(desk.is_waiting(&proposal) && desk.standing() == "active");
    let clicks = [by_hand(), desk.button(1, &proposal, "confirm"), desk.button(0, &proposal, "decline")];
    let answers = at_once(&bank, &clicks);
    let [own, other, back] = &answers[..] else { panic!("three were sent") };
    assert!(own.status == 403 && own.text().contains("second-person-required"), "{}", own.text());
    let statuses = (other.status, back.status);
    assert!(matches!(statuses, (303, 409) | (409, 303)), "{statuses:?}");
    assert_eq!(desk.standing() == "blocked", other.status == 303);
    assert!(!desk.is_waiting(&proposal));
    // A second click of who decided it is the same.
    let again = if other.status == 303 { &clicks[1] } else { &clicks[2] };
    let before = desk.happened(["certificate-blocked", "step-declined"]);
    assert_eq!(again.send(&bank).status, 303);
    assert_eq!(desk.happened(["certificate-blocked", "step-declined"]), before);

    // Two who propose the same at once: one waits, and whoever was slower keeps what was typed.
    let form = format!("{}/{}", desk.certificate, desk.step());
    let words = ["The client has called", "The court has written"];
    let clicks = [1, 2].map(|member: usize| {
        let page = desk.members[member].get(&form);
        Click::on(&desk.members[member], &page, &form, &[("words", words[member - 1])])
    });
    let answers = at_once(&bank, &clicks);
    let first = first_of(&answers, "two who propose");
    let slower = answers[1 - first].text();
    assert!(slower.contains(words[1 - first]), "{slower}");
    let list = desk.members[0].get(LIST);
    assert_eq!(list.html.matches("/confirm\"").count(), 1, "{}", list.text());
    assert!(list.text().contains(words[first]) && !list.text().contains(words[1 - first]), "{}", list.text());
}

#[test]
fn an_address_that_two_confirm_at_once_is_corrected_once_and_one_new_link_goes_there() {
    let mut bank = Bank::closed("");
    let logins = with_members(&mut bank);
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let old = bank.code();
    let desk = Desk::of(&bank, &logins);
    let form = format!("/desk/requests/{}/email", id(&card));
    let page = desk.members[0].get(&form);
    let asked = desk.members[0].submit(&page, &form, &[("email", "right@example.org"), ("words", "Heard it")]);
    assert_eq!(asked.status, 200, "{}", asked.text());
    let proposal = format!("{LIST}/{}", named(&desk.members[1].get(LIST).html, &format!("{LIST}/")));
    let clicks = [1, 2].map(|member| desk.button(member, &proposal, "confirm"));
    first_of(&at_once(&bank, &clicks), "an address");
    let links = || -> Vec<String> {
        let there = bank.letters().into_iter().filter(|letter| letter.contains("right@example.org"));
        there.filter(|letter| letter.contains("code=")).collect()
    };
    bank.wait_until("a new link", || !links().is_empty());
    assert!(links().iter().all(|letter| !letter.contains(&old)), "{:?}", links());
    bank.get(&format!("/api/v1/delivery/{}/{old}", bank.agent), "").refused(410, "link-replaced");
    assert_eq!(desk.happened(["email-corrected", "step-explained", "step-declined"]), [1, 1, 0]);
    assert!(!desk.is_waiting(&proposal));
}

#[test]
fn who_has_answered_a_proposal_and_answers_otherwise_by_the_way_back_is_told_that_it_is_decided() {
    let mut bank = Bank::closed("");
    let logins = with_members(&mut bank);
    bank.start();
    let desk = Desk::of(&bank, &logins);
    for (first, then) in [("decline", "confirm"), ("confirm", "decline")] {
        let proposal = desk.proposed();
        let clicks = [first, first, then].map(|answer| desk.button(1, &proposal, answer));
        assert_eq!([&clicks[0], &clicks[1]].map(|click| click.send(&bank).status), [303, 303], "a second click");
        let late = clicks[2].send(&bank);
        assert!(late.status == 409 && late.text().contains("changed-meanwhile"), "{first} {then}: {}", late.status);
    }
}
