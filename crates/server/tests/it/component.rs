//! Tickets for clients' components: what stands in them, that each is answered once, begun in time, and opens its own door only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Certificate, Csr, Name, PrivateKey, PublicKey};
use serde_json::{Value, json};
use statement::act::ActTemplate;
use statement::binding::Binding;
use statement::request::RequestText;
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{self, Operation, Sealed, Ticket};

use crate::bank::{Answer, Bank, Client, key, now, rng};
use crate::database::on_both;

pub(crate) const SESSION: &str = "abababababababababababababababababababababababababababababababab";

pub(crate) fn opened(given: &Value) -> Ticket {
    let sealed = Sealed::parse(given["ticket"].as_str().unwrap()).unwrap();
    let bank_key = PublicKey::from_spki_der(&STANDARD.decode(given["bank_key"].as_str().unwrap()).unwrap()).unwrap();
    let algorithm = bank_key.algorithm().signature_algorithm();
    bank_key.verify(algorithm, &sealed.signed_octets(), &sealed.signature).unwrap();
    let ticket = sealed.open().unwrap();
    assert_eq!(ticket.nonce.as_str(), given["nonce"]);
    assert_eq!(ticket.session_sha256.as_str(), SESSION);
    ticket
}

fn cms(client: &Client, text: &str) -> String {
    let der = crypto::sign_cms(text.as_bytes(), false, &client.key, &client.certificate, &[], now(), &mut rng());
    STANDARD.encode(der.unwrap())
}

fn public_ticket(bank: &Bank, operation: &str) -> Value {
    let body = json!({ "agent": bank.agent, "operation": operation, "session_sha256": SESSION });
    bank.post("/api/v1/component/tickets", "", body.to_string()).json()
}

fn start(bank: &Bank, given: &Value) -> Answer {
    bank.post(&format!("/api/v1/component/tickets/{}/start", given["nonce"].as_str().unwrap()), "", "")
}

fn sign_in_result(bank: &Bank, ticket: &Ticket) -> Value {
    let Operation::SignIn(wish) = &ticket.operation else { panic!("{ticket:?}") };
    let text = SignInText {
        entrance: Entrance::Cabinet,
        agent_id: wish.agent_id.as_str(),
        origin: ticket.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
    };
    json!({ "kind": "sign-in", "cms": cms(&bank.rogov, &text.render().unwrap()) })
}

#[test]
fn a_renewal_goes_by_tickets_and_each_is_answered_once() {
    on_both(renewal_by_tickets);
}

fn renewal_by_tickets(database: &str) {
    let bank = Bank::open(database);
    let origin = format!("http://127.0.0.1:{}", bank.port);

    // Sign in.
    let given = public_ticket(&bank, "sign-in");
    let ticket = opened(&given);
    assert_eq!(ticket.origin.as_str(), origin);
    assert_eq!(ticket.unz, None);
    let answer = json!({ "nonce": given["nonce"], "result": sign_in_result(&bank, &ticket) }).to_string();
    bank.post("/api/v1/component/answers", "", &answer).refused(409, "component-ticket-not-started");
    assert_eq!(start(&bank, &given).status, 204);
    assert_eq!(start(&bank, &given).status, 204, "told twice is told once");
    let token = bank.post("/api/v1/component/answers", "", &answer).json()["token"].as_str().unwrap().to_owned();
    bank.post("/api/v1/component/answers", "", &answer).refused(410, "component-ticket-spent");
    start(&bank, &given).refused(410, "component-ticket-spent");

    // The key and the request: words of record, the digest and the time the ticket's.
    let card = bank.post("/api/v1/requests", &token, json!({ "procedure": bank.procedure }).to_string()).json();
    let request = format!("/api/v1/requests/{}", card["id"].as_str().unwrap());
    let tickets = format!("{request}/component/tickets");
    let strange = json!({ "session_sha256": SESSION, "algorithm": "rsa-1024" }).to_string();
    bank.post(&tickets, &token, strange).refused(400, "key-algorithm-not-allowed");
    let body = json!({ "session_sha256": SESSION }).to_string();
    let given = bank.post(&tickets, &token, &body).json();
    let ticket = opened(&given);
    let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
    let fields = wish.request.as_ref().unwrap();
    assert_eq!(fields.signer.octets(), bank.rogov.certificate.as_der());
    let pairs = wish.subject.as_slice().iter().map(|pair| (pair.oid.as_str(), pair.value.as_str()));
    let new_key = key(wish.algorithm.as_str());
    let pkcs10 = Csr::create(&Name::from_pairs(pairs).unwrap(), &new_key, &mut rng()).unwrap();
    let text = |pkcs10: &[u8]| {
        RequestText {
            kind: fields.procedure_kind.as_str(),
            unz: ticket.unz.as_ref().unwrap().as_str(),
            origin: &origin,
            nonce: fields.nonce.as_str(),
            time: fields.time.as_str(),
            subject: fields.subject.as_str(),
            pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(pkcs10)),
        }
        .render()
        .unwrap()
    };
    start(&bank, &given);
    let handed = |nonce: &Value, signed: &str| {
        let result = json!({ "kind": "make-key", "pkcs10": STANDARD.encode(&pkcs10), "cms": signed,
            "medium": "smart-key", "serial": "0853000001" });
        json!({ "nonce": nonce, "result": result }).to_string()
    };
    // An answer about another text costs the ticket and moves nothing.
    let wrong = cms(&bank.rogov, &text(b"another"));
    bank.post(&format!("{request}/component/answers"), &token, handed(&given["nonce"], &wrong))
        .refused(400, "cms-content-differs");
    let right = cms(&bank.rogov, &text(&pkcs10));
    bank.post(&format!("{request}/component/answers"), &token, handed(&given["nonce"], &right))
        .refused(410, "component-ticket-spent");
    // The same key under a later ticket: its time is the one that counts.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let given = bank.post(&tickets, &token, &body).json();
    let second = opened(&given);
    let Operation::MakeKey(wish) = &second.operation else { panic!("{second:?}") };
    let time = wish.request.as_ref().unwrap().time.as_str().to_owned();
    assert_ne!(time, fields.time.as_str());
    start(&bank, &given);
    let signed = cms(&bank.rogov, &text(&pkcs10).replace(fields.time.as_str(), &time));
    let accepted = bank.post(&format!("{request}/component/answers"), &token, handed(&given["nonce"], &signed)).json();
    assert!(accepted["unz"].is_string(), "{accepted}");
    bank.post(&tickets, &token, &body).refused(409, "stage-does-not-allow");

    // The bank approves; the letter brings the link.
    let desk = format!("/api/v1/desk/requests/{}", card["id"].as_str().unwrap());
    let version = json!({ "version": bank.get(&desk, &bank.operator).json()["version"] }).to_string();
    bank.post(&format!("{desk}/approve"), &bank.operator, &version).json();
    let letter = bank.letter("code=");
    let code: String = letter.split("code=").nth(1).unwrap().chars().take(64).collect();
    let delivery = format!("/api/v1/delivery/{}/{code}", bank.agent);

    // The act: what a component renders is what the bank has on record.
    let wish = |operation: &str| json!({ "operation": operation, "session_sha256": SESSION }).to_string();
    let given = bank.post(&format!("{delivery}/component/tickets"), "", wish("sign-act")).json();
    let ticket = opened(&given);
    let Operation::SignAct(act) = &ticket.operation else { panic!("{ticket:?}") };
    assert_eq!(act.signer.octets(), bank.rogov.certificate.as_der());
    let binding = Binding {
        document: statement::act::DOCUMENT,
        unz: ticket.unz.as_ref().map(|unz| unz.as_str()),
        origin: &origin,
        nonce: act.act.nonce.as_str(),
        time: act.act.time.as_str(),
    };
    let text = ActTemplate::parse(act.act.template.as_str()).unwrap().render(&act.act.fields, &binding).unwrap();
    assert_eq!(text, bank.get(&format!("{delivery}/act"), "").text());
    start(&bank, &given);
    let answers = format!("{delivery}/component/answers");
    let signed = json!({ "kind": "sign-act", "cms": cms(&bank.rogov, &text) });
    let answer = json!({ "nonce": given["nonce"], "result": signed }).to_string();
    // Under the ticket of another operation it is nobody's.
    let other = public_ticket(&bank, "doctor");
    start(&bank, &other);
    let misplaced = json!({ "nonce": other["nonce"], "result": signed }).to_string();
    bank.post(&answers, "", misplaced).refused(404, "component-ticket-unknown");
    assert_eq!(bank.post(&answers, "", &answer).json()["act_signed"], true);
    assert_eq!(bank.post(&answers, "", &answer).json()["act_signed"], true, "a retry after a lost answer");

    let rogov = stored(&bank, &delivery, new_key, &text);

    // One file has both signatures over the act, in whatever order; so has the paper.
    let (agent, code) = delivery.trim_start_matches("/api/v1/delivery/").split_once('/').unwrap();
    let file = |name: &str| bank.get(&format!("/ca/certificate/act/{name}?agentId={agent}&code={code}"), "").octets;
    let signed = crypto::SignedData::from_der(&file("act.p7s")).unwrap();
    let signers = signed.verify(Some(text.as_bytes()), &[]).unwrap();
    assert_eq!(signers.len(), 2);
    for known in [&bank.rogov.certificate, &rogov.certificate] {
        assert!(signers.iter().any(|signer| signer.certificate == *known));
    }
    assert!(file("act.pdf").starts_with(b"%PDF-1.7"));
}

/// The certificate, the proof and the act by the new key under one ticket; the client with the new key.
pub(crate) fn stored(bank: &Bank, delivery: &str, new_key: PrivateKey, act: &str) -> Client {
    let wish = json!({ "operation": "store-certificate", "session_sha256": SESSION }).to_string();
    let given = bank.post(&format!("{delivery}/component/tickets"), "", wish).json();
    let ticket = opened(&given);
    let Operation::StoreCertificate(store) = &ticket.operation else { panic!("{ticket:?}") };
    assert!(store.act.is_some());
    let certificate = Certificate::from_der(store.certificate.octets()).unwrap();
    let challenge = bank.get(&format!("{delivery}/challenge"), "").text();
    let rogov = Client { key: new_key, certificate };
    start(bank, &given);
    let stored = json!({ "kind": "store-certificate", "proof": cms(&rogov, &challenge), "act": cms(&rogov, act) });
    let answer = json!({ "nonce": given["nonce"], "result": stored }).to_string();
    let done = bank.post(&format!("{delivery}/component/answers"), "", answer).json();
    assert_eq!(done["stage"], "in-service", "{done}");
    rogov
}

#[test]
fn tickets_end_by_the_banks_clock() {
    on_both(tickets_end);
}

fn tickets_end(database: &str) {
    let begin = 1_900_000_000;
    let bank = Bank::open_at(database, begin);
    let late = public_ticket(&bank, "sign-in");
    let in_time = public_ticket(&bank, "sign-in");
    assert_eq!(start(&bank, &in_time).status, 204);
    bank.set_clock(begin + 61);
    start(&bank, &late).refused(410, "component-ticket-expired");
    bank.set_clock(begin + ticket::ANSWER_MS / 1_000 + 1);
    let answer = json!({ "nonce": in_time["nonce"], "result": sign_in_result(&bank, &opened(&in_time)) });
    bank.post("/api/v1/component/answers", "", answer.to_string()).refused(410, "component-ticket-expired");
}

#[test]
fn a_page_chooses_an_operation_and_no_words() {
    let bank = Bank::open("");
    let ask = |body: Value| bank.post("/api/v1/component/tickets", "", body.to_string());
    let body = |operation: &str| json!({ "agent": bank.agent, "operation": operation, "session_sha256": SESSION });
    for operation in ["sign-hash", "sign-text", "sign-act", "make-key", "store-certificate", "delete-key", ""] {
        ask(body(operation)).refused(400, "body-malformed");
    }
    for (name, value) in [("pin", "12345678"), ("hash", "00"), ("text", "x"), ("key_id", "00")] {
        let mut wish = body("list-tokens");
        wish[name] = value.into();
        ask(wish).refused(400, "body-malformed");
    }
    let mut wish = body("delete-key");
    wish["key_id"] = "не ключ".into();
    ask(wish).refused(400, "body-malformed");
    let mut wish = body("doctor");
    wish["session_sha256"] = "00".into();
    ask(wish).refused(400, "body-malformed");
    let mut wish = body("doctor");
    wish["agent"] = 4_000_000_000_u32.into();
    ask(wish).refused(404, "not-found");
    for nonce in ["", "x", &"0".repeat(32)] {
        let path = format!("/api/v1/component/tickets/{nonce}/start");
        bank.post(&path, "", "").refused(404, "component-ticket-unknown");
    }
    // What the component did on the client's own machine is noted, and changes nothing.
    let given = public_ticket(&bank, "list-tokens");
    start(&bank, &given);
    let answer = json!({ "nonce": given["nonce"], "result": { "kind": "list-tokens", "tokens": [] } });
    assert_eq!(bank.post("/api/v1/component/answers", "", answer.to_string()).json(), json!({}));
}
