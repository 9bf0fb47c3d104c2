//! What somebody else has put into a browser before a sign-in is worth nothing after it, by whichever way in; and what was signed for a way in is good
//! once, for that one, at that bank.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{Operation, Ticket};

use crate::bank::{Bank, Client, done, now, rng, surguch};
use crate::browser::{Browser, Loaded};
use crate::component::{SESSION, opened};
use crate::desk::{PASSWORD, code, sign_in as staff_sign_in, with_login};
use crate::desk_typed::{is_refused_in_words, token_of};
use crate::matrix::with_another_agent;
use crate::walk::id;

const MANY_TRIES: &str = "[limits]\nguesses_per_minute = 100000\n";
const OWN: &str = "four words of rogov";
/// A number as ours are, of somebody else's choice.
const PLANTED: &str = "00000000000000000000000000000000000000000000000000000000000000ff";
const VISIT: &str = "surguch-visit";
const CLIENT: &str = "surguch-client";
const STAFF: &str = "surguch-staff";

const ORGANISATIONS: &str = "/organisations";
const JOIN: &str = "/organisations/join";
const SIGN_IN: &str = "/sign-in";
const SIGN_IN_TICKET: &str = "/sign-in/ticket";
const DESK: &str = "/desk/sign-in";
const DESK_BY_CERTIFICATE: &str = "/desk/sign-in/certificate";
const DESK_TICKET: &str = "/desk/sign-in/ticket";

/// The ticket that a page's script gets for a form, begun as the component begins it. What stands in `chosen` is chosen in the form.
pub(crate) fn begun(
    bank: &Bank,
    browser: &Browser<'_>,
    (page, form): (&Loaded, &str),
    door: &str,
    chosen: &[(&str, &str)],
) -> Ticket {
    let (_, mut fields) = page.form(form);
    for (name, value) in chosen.iter().chain(&[("session", SESSION)]) {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ticket = opened(&browser.post(door, &fields).answer.json());
    let start = format!("/api/v1/component/tickets/{}/start", ticket.nonce.as_str());
    assert_eq!(bank.post(&start, "", "").status, 204);
    ticket
}

/// What the component puts into a form: a text, signed.
pub(crate) fn signed(by: &Client, text: &str) -> String {
    let der = crypto::sign_cms(text.as_bytes(), false, &by.key, &by.certificate, &[], now(), &mut rng());
    STANDARD.encode(der.unwrap())
}

/// The words of a ticket's sign-in as if it were for this entrance, signed.
pub(crate) fn signed_in(by: &Client, ticket: &Ticket, entrance: Entrance) -> String {
    let (Operation::SignIn(wish) | Operation::StaffSignIn(wish)) = &ticket.operation else { panic!("{ticket:?}") };
    let text = SignInText {
        entrance,
        agent_id: wish.agent_id.as_str(),
        origin: ticket.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
    };
    signed(by, &text.render().unwrap())
}

/// A challenge of an agent's by the API, and what is signed of it.
pub(crate) fn challenged(bank: &Bank, agent: &str, by: &Client) -> (String, String) {
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{agent}}}")).json();
    let cms = signed(by, challenge["text"].as_str().unwrap());
    (challenge["challenge"].as_str().unwrap().to_owned(), cms)
}

/// The first operator comes in by Rogov's certificate from the next start on.
pub(crate) fn opens_the_desk(bank: &Bank) {
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let operator = list.lines().find(|line| line.contains("Operator 1")).unwrap().split('\t').next().unwrap();
    let serial = hex::encode(bank.rogov.certificate.serial());
    done(surguch(&bank.config, &["staff", "certificate", operator, "--serial", &serial]));
}

/// A clerk who hands out passwords from the next start on; the secret of their device.
pub(crate) fn with_clerk(bank: &mut Bank) -> String {
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Clerk 1", "--role", "branch-clerk"];
    done(surguch(&bank.config, &add));
    with_login(bank, "Clerk 1", "clerk1")
}

/// What that clerk hands out to Rogov: a login, and a password that is good once.
pub(crate) fn handed_out(bank: &Bank, secret: &str) -> (String, String) {
    let desk = Browser::new(bank, "ru");
    staff_sign_in(&desk, "/desk/subscribers", "clerk1", PASSWORD, &code(secret, now()));
    let person = desk.get(&desk.get("/desk/subscribers").link("Рогов Иван Петрович"));
    let given = desk.submit(&person, &format!("{}/password", person.path), &[]);
    let fact = |name: &str| {
        let (_, rest) = given.html.split_once(&format!("<dt>{name}</dt><dd class=\"number\">")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    (fact("Имя для входа"), fact("Одноразовый пароль"))
}

fn is_refused(page: &Loaded, status: u16, code: &str, what: &str) {
    assert_eq!((page.status, is_refused_in_words(page, "ru", what).as_str()), (status, code), "{what}");
}

/// What is signed under a ticket of another door is nobody's here.
fn is_unknown(browser: &Browser<'_>, (page, form): (&str, &str), (nonce, cms): (&str, &str)) {
    let page = browser.submit(&browser.get(page), form, &[("nonce", nonce), ("cms", cms)]);
    is_refused(&page, 404, "component-ticket-unknown", form);
}

/// A browser with numbers of somebody else's choice for the visit and for the sign-in.
fn planted<'a>(bank: &'a Bank, sign_in: &str) -> Browser<'a> {
    let browser = Browser::new(bank, "ru");
    for cookie in [VISIT, sign_in] {
        browser.set_cookie(cookie, PLANTED);
    }
    browser
}

/// Nothing that was planted is left after a sign-in, and it opens nothing; nor does the token that followed from it send any form.
fn nothing_planted_is_left(bank: &Bank, browser: &Browser<'_>, (sign_in, known): (&str, &str)) {
    let (page, way_out) = match sign_in {
        STAFF => ("/desk/account", "/desk/sign-out"),
        _ => ("/certificates", "/sign-out"),
    };
    for cookie in [VISIT, sign_in] {
        let number = browser.cookie(cookie).unwrap();
        assert!(number != PLANTED && number.len() == PLANTED.len(), "{cookie}: {number}");
    }
    assert_ne!(token_of(&browser.get(page)), known);
    is_refused(&browser.post(way_out, &[("form", known)]), 409, "form-stale", "with the token of before");
    assert_eq!(browser.get(page).path, page, "still signed in");
    let thief = planted(bank, sign_in).get(page).path;
    assert!(thief.ends_with(&format!("/sign-in?to={page}")), "{thief}");
}

#[test]
fn what_was_planted_before_a_sign_in_by_password_is_worth_nothing_after_it() {
    let mut bank = Bank::closed(MANY_TRIES);
    bank.agent_says("subscriber_password = \"password\"");
    let secret = with_clerk(&mut bank);
    bank.start();
    let (login, one_time) = handed_out(&bank, &secret);
    let enter = |browser: &Browser<'_>, password: &str| {
        let door = browser.get(SIGN_IN);
        let page = browser.submit(&door, "/sign-in/password", &[("login", &login), ("password", password)]);
        (page, token_of(&door))
    };

    // The handed-out password opens nothing yet; exchanged, it does.
    let browser = planted(&bank, CLIENT);
    let (first, known) = enter(&browser, &one_time);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(browser.cookie(CLIENT).as_deref(), Some(PLANTED));
    let typed = [("password", one_time.as_str()), ("own", OWN), ("again", OWN)];
    let inside = browser.submit(&first, "/sign-in/password/own", &typed);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/certificates"), "{}", inside.text());
    nothing_planted_is_left(&bank, &browser, (CLIENT, &known));

    let browser = planted(&bank, CLIENT);
    let (inside, known) = enter(&browser, OWN);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/certificates"), "{}", inside.text());
    nothing_planted_is_left(&bank, &browser, (CLIENT, &known));
}

#[test]
fn what_was_planted_before_a_sign_in_under_a_ticket_is_worth_nothing_after_it() {
    let mut bank = Bank::closed(MANY_TRIES);
    opens_the_desk(&bank);
    bank.start();
    for (sign_in, page, form, ticket, entrance) in [
        (CLIENT, SIGN_IN, SIGN_IN, SIGN_IN_TICKET, Entrance::Cabinet),
        (STAFF, DESK, DESK_BY_CERTIFICATE, DESK_TICKET, Entrance::Desk),
    ] {
        let browser = planted(&bank, sign_in);
        let door = browser.get(page);
        let ticket = begun(&bank, &browser, (&door, form), ticket, &[]);
        let cms = signed_in(&bank.rogov, &ticket, entrance);
        let inside = browser.submit(&door, form, &[("nonce", ticket.nonce.as_str()), ("cms", &cms)]);
        assert_eq!(inside.status, 200, "{}", inside.text());
        nothing_planted_is_left(&bank, &browser, (sign_in, &token_of(&door)));
    }
}

#[test]
fn what_was_signed_to_join_an_organisation_is_good_once_wherever_it_is_shown() {
    let mut bank = Bank::closed(MANY_TRIES);
    let second = bank.second_organisation();
    bank.start();
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie(CLIENT, &bank.sign_in(&bank.rogov));
    let joined = |page: &Loaded, fields: &[(&str, &str)]| {
        let joined = browser.submit(page, JOIN, fields);
        assert_eq!((joined.status, joined.path.as_str()), (200, "/organisations?done=joined"), "{}", joined.text());
    };
    let (challenge, cms) = challenged(&bank, &bank.agent.to_string(), &second);
    let by_challenge = [("challenge", challenge.as_str()), ("cms", cms.as_str())];
    joined(&browser.get(ORGANISATIONS), &by_challenge);
    // The same under a ticket, the other way round.
    let page = browser.get(ORGANISATIONS);
    let ticket = begun(&bank, &browser, (&page, JOIN), SIGN_IN_TICKET, &[]);
    let cms_of_ticket = signed_in(&bank.rogov, &ticket, Entrance::Cabinet);
    let by_ticket = [("nonce", ticket.nonce.as_str()), ("cms", cms_of_ticket.as_str())];
    joined(&page, &by_ticket);

    let inside = browser.cookie(CLIENT);
    for (fields, status, code) in
        [(&by_challenge, 401, "challenge-unknown"), (&by_ticket, 410, "component-ticket-spent")]
    {
        is_refused(&browser.submit(&browser.get(ORGANISATIONS), JOIN, fields), status, code, JOIN);
        let thief = Browser::new(&bank, "ru");
        is_refused(&thief.submit(&thief.get(SIGN_IN), SIGN_IN, fields), status, code, SIGN_IN);
        assert_eq!(thief.cookie(CLIENT), None);
    }
    assert_eq!(browser.cookie(CLIENT), inside);
    let body = json!({ "challenge": challenge, "cms": cms }).to_string();
    bank.post("/api/v1/sign-in", "", body).refused(401, "challenge-unknown");
    let result = json!({ "kind": "sign-in", "cms": cms_of_ticket });
    let body = json!({ "nonce": ticket.nonce.as_str(), "result": result }).to_string();
    bank.post("/api/v1/component/answers", "", body).refused(410, "component-ticket-spent");
}

#[test]
fn a_challenge_of_another_bank_opens_no_door_of_this_one() {
    let mut bank = Bank::closed(MANY_TRIES);
    let second = bank.second_organisation();
    opens_the_desk(&bank);
    let elsewhere = with_another_agent(&bank);
    bank.start();
    let own = bank.agent.to_string();
    let (stranger, client) = (Browser::new(&bank, "ru"), Browser::new(&bank, "ru"));
    client.set_cookie(CLIENT, &bank.sign_in(&bank.rogov));
    let door = format!("/sign-in?agentId={own}");
    let doors = [(&stranger, door.as_str(), SIGN_IN, &bank.rogov), (&client, ORGANISATIONS, JOIN, &second)];
    for (browser, page, form, by) in doors {
        let before = browser.cookie(CLIENT);
        let (challenge, cms) = challenged(&bank, &elsewhere, by);
        let fields = [("challenge", challenge.as_str()), ("cms", cms.as_str())];
        is_refused(&browser.submit(&browser.get(page), form, &fields), 401, "signer-unknown", form);
        let page = browser.get(page);
        let ticket = begun(&bank, browser, (&page, form), SIGN_IN_TICKET, &[("agent", &elsewhere)]);
        let cms = signed_in(by, &ticket, Entrance::Cabinet);
        let fields = [("nonce", ticket.nonce.as_str()), ("cms", cms.as_str())];
        is_refused(&browser.submit(&page, form, &fields), 401, "signer-unknown", form);
        assert_eq!(browser.cookie(CLIENT), before, "{form}");
    }
    assert!(!client.get(ORGANISATIONS).text().contains("Вторая"), "nothing is joined");
    let (challenge, cms) = challenged(&bank, &elsewhere, &bank.rogov);
    let body = json!({ "challenge": challenge, "cms": cms }).to_string();
    bank.post("/api/v1/sign-in", "", body).refused(401, "signer-unknown");

    // At the desk: their challenge opens nothing, ours does.
    let page = stranger.get(DESK);
    let at_desk = |agent: &str| {
        let ticket = begun(&bank, &stranger, (&page, DESK_BY_CERTIFICATE), DESK_TICKET, &[("agent", agent)]);
        let cms = signed_in(&bank.rogov, &ticket, Entrance::Desk);
        stranger.submit(&page, DESK_BY_CERTIFICATE, &[("nonce", ticket.nonce.as_str()), ("cms", &cms)])
    };
    is_refused(&at_desk(&elsewhere), 401, "staff-certificate-unknown", DESK);
    assert_eq!(stranger.cookie(STAFF), None);
    let inside = at_desk(&own);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/desk/requests"), "{}", inside.text());
}

#[test]
fn what_was_signed_for_one_way_in_opens_no_other_and_stays_good_for_its_own() {
    let mut bank = Bank::closed(MANY_TRIES);
    opens_the_desk(&bank);
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let browser = || Browser::new(&bank, "ru");
    let (desk, stranger, client) = (browser(), browser(), browser());
    client.set_cookie(CLIENT, &token);

    // The desk's, shown to the doors of clients, in either's words: it is none of theirs, and not theirs to use up.
    let page = desk.get(DESK);
    let ticket = begun(&bank, &desk, (&page, DESK_BY_CERTIFICATE), DESK_TICKET, &[]);
    let nonce = ticket.nonce.as_str();
    for entrance in [Entrance::Cabinet, Entrance::Desk] {
        let cms = signed_in(&bank.rogov, &ticket, entrance);
        is_unknown(&stranger, (SIGN_IN, SIGN_IN), (nonce, &cms));
        is_unknown(&client, (ORGANISATIONS, JOIN), (nonce, &cms));
        let body = json!({ "nonce": nonce, "result": { "kind": "sign-in", "cms": cms } }).to_string();
        bank.post("/api/v1/component/answers", "", body).refused(404, "component-ticket-unknown");
    }
    let cms = signed_in(&bank.rogov, &ticket, Entrance::Desk);
    let inside = desk.submit(&page, DESK_BY_CERTIFICATE, &[("nonce", nonce), ("cms", &cms)]);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/desk/requests"), "{}", inside.text());

    // A client's, shown to the desk and to the page of keys.
    let page = stranger.get(SIGN_IN);
    let ticket = begun(&bank, &stranger, (&page, SIGN_IN), SIGN_IN_TICKET, &[]);
    let nonce = ticket.nonce.as_str();
    for entrance in [Entrance::Cabinet, Entrance::Desk] {
        let cms = signed_in(&bank.rogov, &ticket, entrance);
        is_unknown(&browser(), (DESK, DESK_BY_CERTIFICATE), (nonce, &cms));
    }
    let keys = client.get("/security/keys");
    let told = json!({ "kind": "list-certificates", "certificates": [], "lone_keys": [] }).to_string();
    let refused = client.submit(&keys, "/security/keys", &[("nonce", nonce), ("result", &told)]);
    is_refused(&refused, 404, "component-ticket-unknown", "/security/keys");
    let cms = signed_in(&bank.rogov, &ticket, Entrance::Cabinet);

    // Tickets under which nobody signs in.
    let card = bank.begin(&token);
    let request = format!("/requests/{}", id(&card));
    let submission = format!("{request}/submission");
    let send = client.get(&format!("{request}/send"));
    let workplace = stranger.get("/ca/workplace");
    let tickets = [
        begun(&bank, &client, (&send, &submission), &format!("{request}/ticket"), &[]),
        begun(&bank, &client, (&keys, "/security/keys"), "/security/keys/ticket", &[]),
        begun(&bank, &stranger, (&workplace, "/ca/workplace"), "/ca/workplace/ticket", &[]),
    ];
    for other in &tickets {
        is_unknown(&browser(), (SIGN_IN, SIGN_IN), (other.nonce.as_str(), &cms));
    }
    let [of_request, ..] = &tickets;
    is_unknown(&client, (ORGANISATIONS, JOIN), (of_request.nonce.as_str(), &cms));

    let inside = stranger.submit(&page, SIGN_IN, &[("nonce", nonce), ("cms", &cms)]);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/certificates"), "{}", inside.text());
}
