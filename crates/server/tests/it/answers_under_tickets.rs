//! What the component signed or did under a ticket, sent twice by its page or by another client's: the ticket is used once, nothing happens twice, and
//! nobody is shown what is another's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Certificate, Csr, Name, PrivateKey, Signer as _};
use pkcs11::workplace::{Picture, encode};
use serde_json::json;
use statement::request::RequestText;
use statement::ticket::{MakeKey, Operation, Ticket};

use crate::bank::{Bank, Client, key, rng};
use crate::browser::{Browser, Loaded};
use crate::desk_typed::is_refused_in_words;
use crate::first_issue::{confirmed, ivanov};
use crate::planted_and_replayed::{begun, signed};
use crate::walk::id;

const ACT: &str = "/ca/certificate/act";
const SAVE: &str = "/ca/certificate/save";
const SEND: &str = "/ca/new-certificate/send";
const WORKPLACE: &str = "/ca/workplace";
const KEYS: &str = "/security/keys";
const DELETE: &str = "/security/keys/delete";

fn is_refused(page: &Loaded, status: u16, code: &str, what: &str) {
    assert_eq!((page.status, is_refused_in_words(page, "ru", what).as_str()), (status, code), "{what}");
}

/// What the component makes under a ticket for a key: the key, and its PKCS#10.
fn made(wish: &MakeKey) -> (PrivateKey, Vec<u8>) {
    let names = wish.subject.as_slice().iter().map(|pair| (pair.oid.as_str(), pair.value.as_str()));
    let key = key(wish.algorithm.as_str());
    let pkcs10 = Csr::create(&Name::from_pairs(names).unwrap(), &key, &mut rng()).unwrap();
    (key, pkcs10)
}

/// The request that the current key signs under that ticket.
pub(crate) fn request_text(ticket: &Ticket, wish: &MakeKey, pkcs10: &[u8]) -> String {
    let asked = wish.request.as_ref().unwrap();
    let text = RequestText {
        kind: asked.procedure_kind.as_str(),
        unz: ticket.unz.as_ref().unwrap().as_str(),
        origin: ticket.origin.as_str(),
        nonce: asked.nonce.as_str(),
        time: asked.time.as_str(),
        subject: asked.subject.as_str(),
        pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(pkcs10)),
    };
    text.render().unwrap()
}

#[test]
fn what_the_component_signed_for_a_renewal_and_is_sent_twice_is_done_once() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 100000\n");
    let token = bank.sign_in(&bank.rogov);
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie("surguch-client", &token);
    let card = bank.begin(&token);
    let stands = || {
        let seen = bank.desk(&card);
        (seen["stage"].clone(), seen["version"].clone(), seen["certificate"]["serial_hex"].clone())
    };
    // The second answer is the first, and so it is where no ticket is named: the signature tells.
    let sent_again = |page: &Loaded, form: &str, fields: &[(&str, &str)], first: &Loaded| {
        let before = stands();
        let second = browser.submit(page, form, fields);
        assert_eq!((second.status, &second.path, second.text()), (200, &first.path, first.text()), "{form}");
        assert_eq!(stands(), before, "{form}");
    };

    let request = format!("/requests/{}", id(&card));
    let submission = format!("{request}/submission");
    let page = browser.get(&format!("{request}/send"));
    let ticket = begun(&bank, &browser, (&page, &submission), &format!("{request}/ticket"), &[]);
    let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
    let (new_key, pkcs10) = made(wish);
    let cms = signed(&bank.rogov, &request_text(&ticket, wish, &pkcs10));
    let pkcs10 = STANDARD.encode(&pkcs10);
    let fields = [
        ("nonce", ticket.nonce.as_str()),
        ("medium", "smart-key"),
        ("serial", "0853000001"),
        ("pkcs10", pkcs10.as_str()),
        ("cms", cms.as_str()),
    ];
    let first = browser.submit(&page, &submission, &fields);
    assert_eq!((first.status, &first.path), (200, &request), "{}", first.text());
    sent_again(&page, &submission, &fields, &first);
    sent_again(&page, &submission, &fields[1..], &first);

    bank.approve(&card);
    let link = format!("/ca/certificate?agentId={}&code={}", bank.agent, bank.code());
    let delivery = link.replace("/ca/certificate?agentId=", "/api/v1/delivery/").replace("&code=", "/");
    let door = |operation: &str| format!("{}&operation={operation}", link.replace('?', "/ticket?"));
    let page = browser.get(&link);
    let ticket = begun(&bank, &browser, (&page, ACT), &door("sign-act"), &[]);
    let act = bank.get(&format!("{delivery}/act"), "").text();
    let cms = signed(&bank.rogov, &act);
    let fields = [("nonce", ticket.nonce.as_str()), ("cms", cms.as_str())];
    let first = browser.submit(&page, ACT, &fields);
    assert_eq!((first.status, &first.path), (200, &link), "{}", first.text());
    sent_again(&page, ACT, &fields, &first);
    sent_again(&page, ACT, &fields[1..], &first);

    let page = browser.get(&link);
    let ticket = begun(&bank, &browser, (&page, SAVE), &door("store-certificate"), &[]);
    let Operation::StoreCertificate(store) = &ticket.operation else { panic!("{ticket:?}") };
    let certificate = Certificate::from_der(store.certificate.octets()).unwrap();
    let rogov = Client { key: new_key, certificate };
    let proof = signed(&rogov, &bank.get(&format!("{delivery}/challenge"), "").text());
    let by_new_key = signed(&rogov, &act);
    let fields = [("nonce", ticket.nonce.as_str()), ("proof", proof.as_str()), ("act", by_new_key.as_str())];
    let first = browser.submit(&page, SAVE, &fields);
    assert_eq!((first.status, &first.path), (200, &link.replace('?', "/saved?")), "{}", first.text());
    sent_again(&page, SAVE, &fields, &first);
    sent_again(&page, SAVE, &fields[1..], &first);
    assert_eq!(bank.desk(&card)["stage"], "in-service");
    assert_eq!(bank.letters().iter().filter(|letter| letter.contains("code=")).count(), 1);
}

#[test]
fn an_application_that_is_sent_twice_is_one_and_what_the_doctor_saw_is_shown_twice() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    let latin = confirmed(&browser, bank.agent, &ivanov());
    let ticket = begun(&bank, &browser, (&latin, SEND), "/ca/new-certificate/ticket", &[]);
    let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
    let pkcs10 = STANDARD.encode(made(wish).1);
    let fields = [
        ("nonce", ticket.nonce.as_str()),
        ("pkcs10", pkcs10.as_str()),
        ("medium", "smart-key"),
        ("serial", "0853000001"),
    ];
    let first = browser.submit(&latin, SEND, &fields);
    assert_eq!((first.status, first.path.as_str()), (200, "/ca/new-certificate/accepted"), "{}", first.text());
    let requests = bank.rows().requests;
    let second = browser.submit(&latin, SEND, &fields);
    assert_eq!((second.status, &second.path, second.text()), (200, &first.path, first.text()));
    // Another key under that ticket is none.
    let other = STANDARD.encode(made(wish).1);
    let fields = [fields[0], ("pkcs10", &other), fields[2], fields[3]];
    is_refused(&browser.submit(&latin, SEND, &fields), 410, "component-ticket-spent", SEND);
    assert_eq!(bank.rows().requests, requests);
    assert_eq!(browser.get("/ca/new-certificate/accepted").text(), first.text());

    // Nothing was signed here and nothing is kept: the page says the same as often as it is asked.
    let page = browser.get(WORKPLACE);
    let ticket = begun(&bank, &browser, (&page, WORKPLACE), "/ca/workplace/ticket", &[]);
    let picture = Picture { component: "0.1.0".to_owned(), system: "linux".to_owned(), ..Picture::default() };
    let code = encode(&picture);
    let fields = [("nonce", ticket.nonce.as_str()), ("support_code", code.as_str())];
    let [first, second] = [0, 1].map(|_| browser.submit(&page, WORKPLACE, &fields));
    assert_eq!((first.status, second.status), (200, 200), "{}", second.text());
    assert_eq!(first.text(), second.text());
}

#[test]
fn what_another_client_answers_under_a_ticket_shows_them_nothing_but_their_own() {
    let mut bank = Bank::closed("");
    let colleague = bank.colleague_of_record();
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let lone = hex::encode(bank.hand_in(&token, &card).public_key().spki_sha256());
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let [owner, other] = [token, bank.sign_in(&colleague)].map(|token| {
        let browser = Browser::new(&bank, "ru");
        browser.set_cookie("surguch-client", &token);
        browser
    });
    let lone_keys = json!([{ "key_id": lone, "algorithm": "gost-256-a" }]);
    let told = json!({ "kind": "list-certificates", "certificates": [], "lone_keys": lone_keys }).to_string();
    let listed = || {
        let page = owner.get(KEYS);
        let ticket = begun(&bank, &owner, (&page, KEYS), "/security/keys/ticket", &[]);
        (page, ticket)
    };

    let (page, ticket) = listed();
    let fields = [("nonce", ticket.nonce.as_str()), ("result", told.as_str())];
    let theirs = other.submit(&other.get(KEYS), KEYS, &fields);
    is_refused(&theirs, 404, "component-ticket-unknown", KEYS);
    let own = owner.submit(&page, KEYS, &fields);
    assert!(own.status == 200 && own.text().contains(&unz), "{}", own.text());
    for private in [unz.as_str(), id(&card), "Рогов", "Запрос, для которого создан этот ключ, не завершён"]
    {
        assert!(!theirs.text().contains(private), "{private}: {}", theirs.text());
    }

    // Signed in anew: the page of before is stale, the ticket is still its client's.
    let (page, ticket) = listed();
    let fields = [("nonce", ticket.nonce.as_str()), ("result", told.as_str())];
    owner.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    is_refused(&owner.submit(&page, KEYS, &fields), 409, "form-stale", KEYS);
    let own = owner.submit(&owner.get(KEYS), KEYS, &fields);
    assert!(own.status == 200 && own.text().contains(&unz), "{}", own.text());

    // The deletion of a key of nobody's.
    let confirmation = format!("{DELETE}?key={}", "cd".repeat(32));
    let page = owner.get(&confirmation);
    let ticket = begun(&bank, &owner, (&page, DELETE), "/security/keys/delete/ticket", &[]);
    let fields = [("nonce", ticket.nonce.as_str()), ("result", "{\"kind\":\"delete-key\"}")];
    let theirs = other.submit(&other.get(&confirmation), DELETE, &fields);
    is_refused(&theirs, 404, "component-ticket-unknown", DELETE);
    let own = owner.submit(&page, DELETE, &fields);
    assert_eq!((own.status, own.path.as_str()), (200, "/security/keys?done=deleted"), "{}", own.text());
}
