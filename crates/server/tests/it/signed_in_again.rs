//! Whoever signs in again in one browser leaves no earlier sign-in open there, by whichever way in; what is open elsewhere stays open. And a sign-in that is
//! sent twice lets in once, whichever of its answers the browser takes.

use statement::sign_in::Entrance;

use crate::bank::{Answer, Bank, now};
use crate::browser::{Browser, Loaded, encoded};
use crate::desk::{PASSWORD, code, sign_in as staff_sign_in, with_login};
use crate::planted_and_replayed::{begun, challenged, handed_out, opens_the_desk, signed_in, with_clerk};

const MANY_TRIES: &str = "[limits]\nguesses_per_minute = 100000\n";
const OWN: &str = "four words of rogov";

/// A kind of sign-in: its cookie, and a page that it opens.
type Kind = (&'static str, &'static str);
const CLIENT: Kind = ("surguch-client", "/certificates");
const STAFF: Kind = ("surguch-staff", "/desk/account");

const SIGN_IN: &str = "/sign-in";
const BY_PASSWORD: &str = "/sign-in/password";
const DESK: &str = "/desk/sign-in";
const DESK_BY_CERTIFICATE: &str = "/desk/sign-in/certificate";

fn opens(bank: &Bank, (cookie, page): Kind, token: &str) -> bool {
    let browser = Browser::new(bank, "ru");
    browser.set_cookie(cookie, token);
    let seen = browser.get(page);
    (seen.status, seen.path.as_str()) == (200, page)
}

/// A sign-in in a browser that has one: that one ends with it, and no other does.
fn in_place_of_another(
    bank: &Bank,
    browser: &Browser<'_>,
    kind: Kind,
    elsewhere: &str,
    sign_in: impl FnOnce() -> Loaded,
) {
    let before = browser.cookie(kind.0).unwrap();
    assert!(opens(bank, kind, &before));
    let inside = sign_in();
    assert_eq!(inside.status, 200, "{}", inside.text());
    let after = browser.cookie(kind.0).unwrap();
    assert_ne!(after, before, "{}", inside.text());
    assert!(opens(bank, kind, &after), "the new one");
    assert!(!opens(bank, kind, &before), "the one of before");
    assert!(opens(bank, kind, elsewhere), "that of another browser");
}

fn by_certificate(bank: &Bank, browser: &Browser<'_>) -> Loaded {
    let (challenge, cms) = challenged(bank, &bank.agent.to_string(), &bank.rogov);
    browser.submit(&browser.get(SIGN_IN), SIGN_IN, &[("challenge", challenge.as_str()), ("cms", cms.as_str())])
}

fn at_the_desk_by_certificate(bank: &Bank, browser: &Browser<'_>) -> Loaded {
    let door = browser.get(DESK);
    let ticket = begun(bank, browser, (&door, DESK_BY_CERTIFICATE), "/desk/sign-in/ticket", &[]);
    let cms = signed_in(&bank.rogov, &ticket, Entrance::Desk);
    browser.submit(&door, DESK_BY_CERTIFICATE, &[("nonce", ticket.nonce.as_str()), ("cms", &cms)])
}

fn at_the_desk_by_password(browser: &Browser<'_>, code: &str) -> Loaded {
    browser.submit(&browser.get(DESK), DESK, &[("login", "operator1"), ("password", PASSWORD), ("code", code)])
}

#[test]
fn a_client_who_signs_in_again_in_one_browser_leaves_no_earlier_sign_in_open() {
    let mut bank = Bank::closed(MANY_TRIES);
    bank.agent_says("subscriber_password = \"password\"");
    let secret = with_clerk(&mut bank);
    bank.start();
    let bank = &bank;
    let browser = Browser::new(bank, "ru");
    assert_eq!(by_certificate(bank, &browser).status, 200);
    // Of the same person: another browser's, which is a program's too.
    let elsewhere = bank.sign_in(&bank.rogov);
    let again = |sign_in: &dyn Fn() -> Loaded| in_place_of_another(bank, &browser, CLIENT, &elsewhere, sign_in);
    again(&|| by_certificate(bank, &browser));

    let (login, one_time) = handed_out(bank, &secret);
    let enter = |password: &str| {
        browser.submit(&browser.get(SIGN_IN), BY_PASSWORD, &[("login", login.as_str()), ("password", password)])
    };
    // What was handed out opens nothing yet, and ends nothing.
    let before = browser.cookie(CLIENT.0).unwrap();
    let first = enter(&one_time);
    assert_eq!((first.status, browser.cookie(CLIENT.0).as_ref()), (200, Some(&before)), "{}", first.text());
    assert_eq!(enter("no such words").status, 401);
    assert!(opens(bank, CLIENT, &before));
    let typed = [("password", one_time.as_str()), ("own", OWN), ("again", OWN)];
    again(&|| browser.submit(&enter(&one_time), "/sign-in/password/own", &typed));
    again(&|| enter(OWN));
    again(&|| by_certificate(bank, &browser));
    assert_eq!(bank.get("/api/v1/certificates", &elsewhere).status, 200);
}

#[test]
fn a_client_who_joins_or_chooses_an_organisation_has_one_sign_in_in_one_browser() {
    let mut bank = Bank::closed(MANY_TRIES);
    let second = bank.second_organisation();
    bank.start();
    let bank = &bank;
    let browser = Browser::new(bank, "ru");
    assert_eq!(by_certificate(bank, &browser).status, 200);
    let elsewhere = bank.sign_in(&bank.rogov);
    let again = |sign_in: &dyn Fn() -> Loaded| in_place_of_another(bank, &browser, CLIENT, &elsewhere, sign_in);
    let (challenge, cms) = challenged(bank, &bank.agent.to_string(), &second);
    let fields = [("challenge", challenge.as_str()), ("cms", cms.as_str())];
    again(&|| browser.submit(&browser.get("/organisations"), "/organisations/join", &fields));
    again(&|| browser.submit(&browser.get("/organisations"), "/organisations", &[]));

    // The second of two clicks comes under the sign-in that the first one ended.
    let page = browser.get("/organisations");
    lets_in_once(bank, CLIENT, &unanswered(bank, &browser, &page, "/organisations", &[]));
    let late = unanswered(bank, &browser, &page, "/organisations", &[("to", "/requests")]);
    assert_eq!(late().status, 401, "another form under a sign-in that is over");
    assert_eq!(by_certificate(bank, &browser).status, 200);
    let (challenge, cms) = challenged(bank, &bank.agent.to_string(), &second);
    let fields = [("challenge", challenge.as_str()), ("cms", cms.as_str())];
    let page = browser.get("/organisations");
    lets_in_once(bank, CLIENT, &unanswered(bank, &browser, &page, "/organisations/join", &fields));
}

#[test]
fn a_member_of_staff_who_signs_in_again_in_one_browser_leaves_no_earlier_sign_in_open() {
    let mut bank = Bank::closed(MANY_TRIES);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    opens_the_desk(&bank);
    bank.start();
    let bank = &bank;
    let (browser, other) = (Browser::new(bank, "ru"), Browser::new(bank, "ru"));
    let seconds = now();
    assert_eq!(staff_sign_in(&other, STAFF.1, "operator1", PASSWORD, &code(&secret, seconds)).status, 200);
    let elsewhere = other.cookie(STAFF.0).unwrap();
    assert_eq!(at_the_desk_by_certificate(bank, &browser).status, 200);
    let again = |sign_in: &dyn Fn() -> Loaded| in_place_of_another(bank, &browser, STAFF, &elsewhere, sign_in);
    // The code of the other browser's sign-in is spent: the next one.
    again(&|| at_the_desk_by_password(&browser, &code(&secret, seconds + 30)));
    again(&|| at_the_desk_by_certificate(bank, &browser));

    // Whoever is at the desk may be a client as well: one ends nothing of the other.
    let at_the_desk = browser.cookie(STAFF.0).unwrap();
    assert_eq!(by_certificate(bank, &browser).status, 200);
    let in_the_cabinet = browser.cookie(CLIENT.0).unwrap();
    assert!(opens(bank, STAFF, &at_the_desk));
    again(&|| at_the_desk_by_certificate(bank, &browser));
    assert!(opens(bank, CLIENT, &in_the_cabinet));
}

/// A form of a page, filled in, as the browser sends it as long as it has no answer: with the cookies that it has now.
fn unanswered<'a>(
    bank: &'a Bank,
    browser: &Browser<'_>,
    page: &Loaded,
    form: &str,
    fields: &[(&str, &str)],
) -> impl Fn() -> Answer + Sync + use<'a> {
    let (target, mut all) = page.form(form);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let (jar, body, origin) = (browser.jar(), encoded(&all), bank.url(""));
    move || {
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("cookie", jar.as_str()),
        ];
        bank.call("POST", &target, "", body.as_bytes(), &headers)
    }
}

/// The token that an answer lets in with.
fn token_in(answer: &Answer, cookie: &str) -> String {
    let set = answer.headers("set-cookie");
    let found = set.iter().find_map(|line| line.strip_prefix(&format!("{cookie}=")));
    let found = found.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text()));
    found.split(';').next().unwrap().to_owned()
}

/// Two clicks at once, and a third: whichever answer the browser takes, it is signed in.
fn lets_in_once(bank: &Bank, kind: Kind, click: &(impl Fn() -> Answer + Sync)) {
    let [first, second] =
        std::thread::scope(|scope| [(), ()].map(|()| scope.spawn(click)).map(|one| one.join().unwrap()));
    let answers = [first, second, click()];
    let token = token_in(&answers[0], kind.0);
    for answer in &answers {
        assert_eq!((answer.status, token_in(answer, kind.0)), (303, token.clone()));
        assert_eq!(answer.header("location"), answers[0].header("location"));
    }
    assert!(opens(bank, kind, &token));
}

#[test]
fn a_sign_in_that_is_sent_twice_lets_in_once_and_leaves_nobody_outside() {
    let mut bank = Bank::closed(MANY_TRIES);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    opens_the_desk(&bank);
    bank.start();
    let bank = &bank;
    let browser = Browser::new(bank, "ru");
    let seconds = now();
    assert_eq!(by_certificate(bank, &browser).status, 200);
    assert_eq!(at_the_desk_by_password(&browser, &code(&secret, seconds)).status, 200);
    let before = [CLIENT, STAFF].map(|kind| (kind, browser.cookie(kind.0).unwrap()));

    let (challenge, cms) = challenged(bank, &bank.agent.to_string(), &bank.rogov);
    let fields = [("challenge", challenge.as_str()), ("cms", cms.as_str())];
    let door = browser.get(SIGN_IN);
    lets_in_once(bank, CLIENT, &unanswered(bank, &browser, &door, SIGN_IN, &fields));
    // What was signed is good for nothing else: not to go on to another page, not in another browser.
    let elsewhere = unanswered(bank, &browser, &door, SIGN_IN, &[fields[0], fields[1], ("to", "/requests")]);
    assert_eq!(elsewhere().status, 401);
    let stranger = Browser::new(bank, "ru");
    assert_eq!(stranger.submit(&stranger.get(SIGN_IN), SIGN_IN, &fields).status, 401);

    let door = browser.get(DESK);
    let code = code(&secret, seconds + 30);
    let fields = [("login", "operator1"), ("password", PASSWORD), ("code", code.as_str())];
    lets_in_once(bank, STAFF, &unanswered(bank, &browser, &door, DESK, &fields));
    let ticket = begun(bank, &browser, (&door, DESK_BY_CERTIFICATE), "/desk/sign-in/ticket", &[]);
    let cms = signed_in(&bank.rogov, &ticket, Entrance::Desk);
    let fields = [("nonce", ticket.nonce.as_str()), ("cms", cms.as_str())];
    lets_in_once(bank, STAFF, &unanswered(bank, &browser, &door, DESK_BY_CERTIFICATE, &fields));
    for (kind, token) in before {
        assert!(!opens(bank, kind, &token), "{kind:?}");
    }
}
