//! Every field of every JSON body judged by itself, and every body that is none: all the rest is right, so it is the field that is refused, as
//! a problem document with a code of ours that gives nothing back. The same of the doors at which a page's script gets tickets, which take a
//! form and answer in JSON. After the refusals nothing has changed, and what was right all the time is taken.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Certificate, Csr, Name};
use serde_json::{Value, json};
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{Operation, Ticket};

use crate::alone::hostile;
use crate::answers_under_tickets::request_text;
use crate::bank::{Answer, Bank, Client, key, now, rng};
use crate::browser::{Browser, encoded};
use crate::component::{SESSION, opened};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_papers::PNG;
use crate::desk_typed::{address, token_of};
use crate::fields_by_themselves::{Case, EMPTY, LIMITS, PHONES, done_so_far, every, replaced, short, stands};
use crate::first_issue::{confirmed, handed_in, ivanov};
use crate::matrix::NOBODYS;
use crate::planted_and_replayed::signed;
use crate::walk::id;

/// A field by its place in the body, and the codes that it must come to beside that of a body that is none.
type Field = (&'static str, &'static [&'static str]);

const AGENT: Field = ("/agent", &["not-found"]);
const OPERATION: Field = ("/operation", &[]);
const SESSION_OF_PAGE: Field = ("/session_sha256", &[]);
const VERSION: Field = ("/version", &["changed-meanwhile"]);
const REASON: Field = ("/reason", &["reason-required", "text-unacceptable"]);
const WORDS: Field = ("/words", &["reason-required", "text-unacceptable"]);
const PHONE: Field = ("/phone", &["phone-wrong"]);
const EMAIL: Field = ("/email", &["email-wrong"]);
const NONCE: Field = ("/nonce", &["component-ticket-unknown"]);
const KIND: Field = ("/result/kind", &[]);
const CMS: Field = ("/result/cms", &["cms-malformed"]);
const PAPER: [Field; 5] =
    [VERSION, ("/copies", &["copies-too-few"]), ("/seal", &[]), ("/channel", &[]), ("/scan", &["scan-kind-unknown"])];

/// Stands in whatever could be given back: what serde says of a body may name it, no refusal of ours.
const ECHO: &str = "q7Zx";
/// How serde's own words begin where they name what came.
const OF_SERDE: [&str; 5] = ["invalid type", "invalid value", "unknown field", "unknown variant", "duplicate field"];
/// Hexadecimal, a phone number, base64, and no number that fits anything.
const DIGITS: &str = "\"99999999999999999999999999\"";
/// Two octets of DER.
const SHORT_DER: &str = "\"MAA=\"";
/// Characters of a text that is shorter than a body may be, and of one that is longer.
const LONG: usize = 200_000;
const TOO_LONG: usize = 300_000;
/// How deep values stand in each other.
const DEEP: usize = 10_000;

/// What no field takes, but where `is_right` says so. Some are no JSON at all.
fn values() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.5",
        "1e400",
        "18446744073709551616",
        "-9223372036854775809",
        "999999999999999999999999999999",
        "NaN",
        "01",
        "+1",
        ".5",
        "[]",
        "{}",
        "[1]",
        "{\"a\":1}",
        "\"\"",
        "\" \"",
        r#""\u0000""#,
        r#""a\u0001b""#,
        r#""\ud800""#,
        r#""\x""#,
        "'x'",
        "\"a\u{1}b\"",
        "\"a\nb\"",
        "\"unfinished",
        DIGITS,
        SHORT_DER,
    ]
    .map(str::to_owned)
    .to_vec();
    let visible = ["", "<script>alert(1)</script>", "'; DROP TABLE requests; --", "../../etc/passwd", r"\u202egpj.exe"];
    values.extend(visible.map(|text| format!("\"{ECHO}{text}\"")));
    values.push(format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)));
    values.push(format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP)));
    values.extend([LONG, TOO_LONG].map(|length| format!("\"{}\"", "A".repeat(length))));
    values
}

/// What is no body, made of a right one.
fn bodies(right: &str) -> Vec<Vec<u8>> {
    let unfinished = right.strip_suffix('}').unwrap();
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " \r\n\t ",
        "null",
        "true",
        "0",
        "\"x\"",
        "[]",
        "[[]]",
        "[{}]",
        "{",
        "{}",
        "{,}",
        "a=b&c=d",
        "<a/>",
        unfinished,
        &format!("{unfinished},}}"),
        &format!("{right}x"),
        &format!("{right}{right}"),
        &format!("{right}\0"),
        &format!("\u{feff}{right}"),
        &right.replacen('{', "{/* x */", 1),
        &right.replace('"', "'"),
        &"[".repeat(DEEP),
        &"{\"a\":".repeat(DEEP),
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    bodies.push(std::iter::once(0xfeff).chain(right.encode_utf16()).flat_map(u16::to_le_bytes).collect());
    // An octet that is no UTF-8, in a name and behind everything.
    bodies.push(right.bytes().flat_map(|octet| if octet == b'"' { vec![octet, 0xff] } else { vec![octet] }).collect());
    bodies.push([right.as_bytes(), b"\xff"].concat());
    bodies
}

/// A door, and a body that nothing is wrong with.
struct Row<'a> {
    path: String,
    token: &'a str,
    /// Those of its fields that are judged here.
    fields: &'a [Field],
    /// Made anew once something was used up.
    right: Box<dyn Fn() -> Value + 'a>,
    /// Whether it is sent at the end: not where that would take the ground from under another row.
    is_taken: bool,
}

impl<'a> Row<'a> {
    fn of(path: impl Into<String>, token: &'a str, fields: &'a [Field], right: impl Fn() -> Value + 'a) -> Self {
        Self { path: path.into(), token, fields, right: Box::new(right), is_taken: false }
    }

    fn taken(self) -> Self {
        Self { is_taken: true, ..self }
    }

    fn send(&self, bank: &Bank, body: &[u8]) -> Answer {
        let method = if self.path.ends_with("/contact") { "PUT" } else { "POST" };
        bank.call(method, &self.path, self.token, body, &[])
    }

    /// Whether a body may be as large as a file.
    fn is_with_file(&self) -> bool {
        self.path.ends_with("/receive-act") || self.path.ends_with("/register-application")
    }

    /// What a field takes, or what it may be without.
    fn is_right(&self, field: &str, value: &str) -> bool {
        let is_visible = value.contains(ECHO) || value == DIGITS || value == SHORT_DER;
        match field {
            "/seal" => matches!(value, "true" | "false"),
            "/confirmed" => value == "true",
            "/words" => is_visible,
            "/reason" => is_visible && !self.path.ends_with("/revoke"),
            "/email" | "/scan" | "/algorithm" => value == "null",
            "/phone" => matches!(value, "null" | "\"\"" | "\" \"" | DIGITS),
            "/key_id" => value == DIGITS,
            "/result/serial" => is_visible || matches!(value, "null" | "\" \""),
            // A signature that is none is refused after the key beside it was taken up, and the request is another one then.
            "/result/cms" => {
                self.path.starts_with("/api/v1/requests/") && (value == SHORT_DER || value.len() == LONG + 2)
            }
            _ => false,
        }
    }

    /// Each field by itself, and each body that is none.
    fn refuses(&self, bank: &Bank) {
        let mut right = (self.right)();
        let of_body = ["body-malformed", "body-too-large"];
        for &(field, codes) in self.fields {
            let wrong = values().into_iter().filter(|value| !self.is_right(field, value));
            let mut sent: Vec<Option<String>> = wrong.map(Some).collect();
            if !self.is_right(field, "null") {
                sent.push(None);
            }
            let mut met = BTreeSet::new();
            for value in sent {
                let what = format!("{field} of {} as {:.60}", self.path, value.as_deref().unwrap_or("nothing"));
                let body = value.map_or_else(|| without(&right, field), |value| with(&right, field, &value));
                let code = refusal(&self.send(bank, body.as_bytes()), &what);
                if !of_body.contains(&code.as_str()) {
                    assert!(codes.contains(&code.as_str()), "{what}: {code}");
                    right = (self.right)();
                    met.insert(code);
                }
            }
            assert_eq!(met.len(), codes.len(), "{field} of {} came to {met:?} alone", self.path);
            let what = format!("{field} of {} twice", self.path);
            assert_eq!(refusal(&self.send(bank, twice(&right, field).as_bytes()), &what), "body-malformed", "{what}");
        }

        let text = right.to_string();
        let mut wrong: Vec<Vec<u8>> = bodies(&text);
        for object in ["{", "\"result\":{"].into_iter().filter(|object| text.contains(*object)) {
            wrong.push(text.replacen(object, &format!("{object}\"{ECHO}\":1,"), 1).into_bytes());
        }
        if !self.is_with_file() {
            wrong.push(format!("{}{text}", " ".repeat(TOO_LONG)).into_bytes());
        }
        // Every field of a contact may be missing.
        let is_empty = |body: &[u8]| self.path.ends_with("/contact") && body == b"{}";
        for body in wrong.into_iter().filter(|body| !is_empty(body)) {
            let what = format!("{:.60} at {}", String::from_utf8_lossy(&body), self.path);
            let code = refusal(&self.send(bank, &body), &what);
            // A signature by itself is a proof as well.
            let is_signature = self.path.ends_with("/proof") && body.trim_ascii_start().first() != Some(&b'{');
            let wanted = match body.len() {
                TOO_LONG.. => "body-too-large",
                _ if is_signature => "cms-malformed",
                _ => "body-malformed",
            };
            assert_eq!(code, wanted, "{what}");
        }
    }
}

/// The body with this in the place of a field.
fn with(right: &Value, field: &str, value: &str) -> String {
    let mut body = right.clone();
    *body.pointer_mut(field).unwrap() = "@@".into();
    body.to_string().replacen("\"@@\"", value, 1)
}

fn without(right: &Value, field: &str) -> String {
    let mut body = right.clone();
    let (parent, name) = field.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    body.to_string()
}

fn twice(right: &Value, field: &str) -> String {
    let (parent, name) = field.rsplit_once('/').unwrap();
    let begins = if parent.is_empty() { "{".to_owned() } else { format!("\"{}\":{{", &parent[1..]) };
    let value = right.pointer(field).unwrap();
    right.to_string().replacen(&begins, &format!("{begins}\"{name}\":{value},"), 1)
}

/// The code of a refusal: a problem document with words in both languages, a code of the list, no incident, and nothing of what came.
fn refusal(answer: &Answer, what: &str) -> String {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    let problem: Value = serde_json::from_slice(&answer.octets).unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or_else(|| panic!("{what}: {}", answer.text())).to_owned();
    answer.refused(answer.status, &code);
    assert!(domain::Refusal::ALL.iter().any(|refusal| refusal.code() == code), "{what}: {code} is no code");
    assert!(problem["incident"].is_null(), "{what}: {problem}");
    let detail = problem["detail"].as_str().unwrap_or_default();
    let may_name = OF_SERDE.iter().any(|words| detail.starts_with(words));
    assert!(may_name || !detail.contains(ECHO), "{what}: {detail}");
    code
}

/// The rows refuse all that is wrong, nothing has changed then, and the right bodies are taken, in this order.
fn judged<S: PartialEq + std::fmt::Debug>(bank: &Bank, rows: &[Row<'_>], state: impl Fn() -> S) {
    let before = state();
    for row in rows {
        row.refuses(bank);
    }
    assert_eq!(state(), before);
    for row in rows.iter().filter(|row| row.is_taken) {
        let answer = row.send(bank, (row.right)().to_string().as_bytes());
        assert!(answer.status < 300, "{}: {} {}", row.path, answer.status, answer.text());
    }
    nothing_broke(bank);
}

fn nothing_broke(bank: &Bank) {
    let log = bank.log();
    assert!(!log.contains("\"incident\"") && !log.contains("panicked"), "{log}");
}

/// A ticket that the component has begun, and its nonce.
fn begun(bank: &Bank, tickets: &str, token: &str, wish: &Value) -> (Value, Ticket) {
    let given = bank.post(tickets, token, wish.to_string()).json();
    let start = format!("/api/v1/component/tickets/{}/start", given["nonce"].as_str().unwrap());
    assert_eq!(bank.post(&start, "", "").status, 204);
    (given["nonce"].clone(), opened(&given))
}

/// What is no signature and no request, as it may stand in a body by itself.
fn no_der() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        &b""[..],
        b"x",
        b"MAA=",
        b"\xff\xfe",
        b"\x30",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x05\x02\x01\x00\x02",
        b"{\"cms\":\"MAA=\"}",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CMS-----\nMAA=\n",
        b"-----BEGIN CMS-----\n?\n-----END CMS-----\n",
        b"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    bodies.push(b"\x30\x80".repeat(DEEP));
    bodies.push(vec![0x30; LONG]);
    bodies.push("я".repeat(LONG / 2).into_bytes());
    bodies
}

/// A door that takes a signature or a request by itself.
fn refuses_no_der(bank: &Bank, (method, path, token): (&str, &str, &str), code: &str) {
    for body in no_der() {
        let what = format!("{:.60} at {path}", String::from_utf8_lossy(&body));
        assert_eq!(refusal(&bank.call(method, path, token, &body, &[]), &what), code, "{what}");
    }
    let large = bank.call(method, path, token, &vec![0x30; TOO_LONG], &[]);
    assert_eq!(refusal(&large, path), "body-too-large");
}

#[test]
fn each_field_of_a_decision_of_the_bank_and_of_an_act_behind_a_link_is_refused_for_itself() {
    let mut bank = Bank::closed(LIMITS);
    let colleague = bank.colleague_of_record();
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    // One that is looked at, one whose act is to be signed, one whose application comes on paper.
    let (own, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&colleague));
    let reviewed = bank.begin(&own);
    bank.hand_in(&own, &reviewed);
    let issued = bank.begin(&other);
    bank.hand_in_by(&colleague, &other, &issued);
    bank.approve(&issued);
    let link = format!("/api/v1/delivery/{}/{}", bank.agent, bank.code());
    let (_, unz) = handed_in(&bank, &Browser::new(&bank, "ru"));
    let desk = Browser::new(&bank, "ru");
    sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let applied = address(&desk.get(&format!("/desk/requests?q={unz}")), "/desk/requests/");
    let applied = json!({ "id": applied.rsplit('/').next().unwrap() });

    let version = |card: &Value| bank.desk(card)["version"].clone();
    let decided = |card: &Value, step: &str| format!("/api/v1/desk/requests/{}/{step}", id(card));
    let explained = || json!({ "version": version(&reviewed), "reason": "Отозвано" });
    let certificates = || [&own, &other].map(|token| bank.get("/api/v1/certificates", token).json());
    let certificate = certificates()[0]["certificates"][0]["id"].as_str().unwrap().to_owned();
    let of_certificate = format!("/api/v1/desk/certificates/{certificate}");
    let stepped = || {
        let version = bank.get(&of_certificate, &bank.operator).json()["version"].clone();
        json!({ "version": version, "words": "Звонил клиент" })
    };
    let (tickets, answers) = (format!("{link}/component/tickets"), format!("{link}/component/answers"));
    let to_sign = json!({ "operation": "sign-act", "session_sha256": SESSION });
    let act = signed(&colleague, &bank.get(&format!("{link}/act"), "").text());

    let mut rows = vec![
        Row::of(decided(&reviewed, "approve"), &bank.operator, &[VERSION], || json!({ "version": version(&reviewed) })),
        Row::of(decided(&reviewed, "return"), &bank.operator, &[VERSION, REASON], explained),
        Row::of(decided(&issued, "resend-link"), &bank.operator, &[VERSION], || json!({ "version": version(&issued) })),
        Row::of(decided(&applied, "register-application"), &bank.operator, &PAPER, || {
            let scan = STANDARD.encode(PNG);
            json!({ "version": version(&applied), "copies": 1, "seal": true, "channel": "branch", "scan": scan })
        })
        .taken(),
        Row::of(&tickets, "", &[OPERATION, SESSION_OF_PAGE], || to_sign.clone()).taken(),
        Row::of(&answers, "", &[NONCE, KIND, CMS], || {
            let (nonce, _) = begun(&bank, &tickets, "", &to_sign);
            json!({ "nonce": nonce, "result": { "kind": "sign-act", "cms": act } })
        })
        .taken(),
        Row::of(
            format!("{link}/decline"),
            "",
            &[("/confirmed", &["confirmation-required"])],
            || json!({ "confirmed": true }),
        )
        .taken(),
        Row::of(
            format!("/api/v1/certificates/{certificate}/revoke"),
            &own,
            &[("/reason", &[])],
            || json!({ "reason": "keyCompromise" }),
        ),
        Row::of(format!("{of_certificate}/revoke"), &bank.operator, &[VERSION, WORDS, ("/reason", &[])], || {
            let mut body = stepped();
            body["reason"] = "superseded".into();
            body
        }),
        Row::of(decided(&reviewed, "refuse"), &bank.operator, &[VERSION, REASON], explained).taken(),
    ];
    // Whether a step is one of this certificate's is looked at last.
    for step in ["block", "unblock", "release"] {
        rows.push(Row::of(format!("{of_certificate}/{step}"), &bank.operator, &[VERSION, WORDS], stepped));
    }
    rows.push(Row::of(format!("{of_certificate}/hold"), &bank.operator, &[VERSION, WORDS], stepped).taken());

    refuses_no_der(&bank, ("POST", &format!("{link}/act"), ""), "cms-malformed");
    judged(&bank, &rows, || {
        ([&reviewed, &issued, &applied].map(|card| stands(&bank, card)), certificates(), done_so_far(&bank))
    });
}

#[test]
fn each_field_of_what_proves_a_new_key_and_of_a_paper_act_is_refused_for_itself() {
    let bank = Bank::open(LIMITS);
    let own = bank.sign_in(&bank.rogov);
    let card = bank.begin(&own);
    let new_key = bank.hand_in(&own, &card);
    bank.approve(&card);
    let link = format!("/api/v1/delivery/{}/{}", bank.agent, bank.code());
    let act = bank.get(&format!("{link}/act"), "").text();
    bank.post(&format!("{link}/act"), "", bank.rogov.sign(act.as_bytes())).json();
    let (tickets, answers) = (format!("{link}/component/tickets"), format!("{link}/component/answers"));
    let to_store = json!({ "operation": "store-certificate", "session_sha256": SESSION });

    // A ticket that is refused for its session hands nothing out.
    let challenge = format!("{link}/challenge");
    let is_handed_out = || bank.get(&challenge, "").status == 200;
    assert!(!is_handed_out());
    let refused = json!({ "operation": "store-certificate", "session_sha256": "x" });
    bank.post(&tickets, "", refused.to_string()).refused(400, "body-malformed");
    assert!(!is_handed_out());

    let delivered = bank.post(&format!("{link}/certificate"), "", "").json();
    let der = crypto::der_or_pem(delivered["certificate"].as_str().unwrap().as_bytes(), "CERTIFICATE").unwrap();
    let renewed = Client { key: new_key, certificate: Certificate::from_der(&der).unwrap() };
    let (proof, act) = (signed(&renewed, &bank.get(&challenge, "").text()), signed(&renewed, &act));
    let rows = [
        Row::of(format!("{link}/proof"), "", &PROVEN, || json!({ "proof": proof, "act": act })),
        Row::of(&tickets, "", &[OPERATION, SESSION_OF_PAGE], || to_store.clone()).taken(),
        Row::of(&answers, "", &STORED, || {
            let (nonce, _) = begun(&bank, &tickets, "", &to_store);
            let stored = json!({ "kind": "store-certificate", "proof": proof, "act": act, "serial": "0853000001" });
            json!({ "nonce": nonce, "result": stored })
        })
        .taken(),
        Row::of(format!("/api/v1/desk/requests/{}/receive-act", id(&card)), &bank.operator, &PAPER, || {
            let (version, scan) = (bank.desk(&card)["version"].clone(), STANDARD.encode(PNG));
            json!({ "version": version, "copies": 3, "seal": true, "channel": "post", "scan": scan })
        })
        .taken(),
    ];
    judged(&bank, &rows, || (stands(&bank, &card), done_so_far(&bank)));
    assert_eq!(bank.desk(&card)["act"], "received");
}

const PROVEN: [Field; 2] = [("/proof", &["cms-malformed"]), ("/act", &["cms-malformed", "act-by-new-key-missing"])];
const STORED: [Field; 5] = [
    NONCE,
    KIND,
    ("/result/proof", &["cms-malformed"]),
    ("/result/act", &["cms-malformed", "act-by-new-key-missing"]),
    ("/result/serial", &[]),
];

#[test]
fn each_field_of_a_sign_in_a_request_and_its_key_is_refused_for_itself() {
    let mut bank = Bank::closed(LIMITS);
    let colleague = bank.colleague_of_record();
    bank.start();
    let (own, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&colleague));
    let card = bank.begin(&own);
    let request = format!("/api/v1/requests/{}", id(&card));
    let pairs = card["subject"].as_array().unwrap().iter();
    let pairs = pairs.map(|pair| (pair["oid"].as_str().unwrap(), pair["value"].as_str().unwrap()));
    let pkcs10 = Csr::create(&Name::from_pairs(pairs).unwrap(), &key("gost-256-a"), &mut rng()).unwrap();
    bank.call("PUT", &format!("{request}/key"), &own, &pkcs10, &[]).json();

    let tickets = format!("{request}/component/tickets");
    let to_make = json!({ "session_sha256": SESSION, "algorithm": "gost-256-a" });
    let made = || {
        let (nonce, ticket) = begun(&bank, &tickets, &own, &to_make);
        let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
        let text = request_text(&ticket, wish, &pkcs10);
        let (cms, pkcs10) = (signed(&bank.rogov, &text), STANDARD.encode(&pkcs10));
        let made = json!({ "kind": "make-key", "pkcs10": pkcs10, "cms": cms, "medium": "smart-key", "serial": "1" });
        json!({ "nonce": nonce, "result": made })
    };
    let challenged = || {
        let given = bank.post("/api/v1/challenge", "", json!({ "agent": bank.agent }).to_string()).json();
        let cms = signed(&bank.rogov, given["text"].as_str().unwrap());
        json!({ "challenge": given["challenge"], "cms": cms })
    };
    let public = "/api/v1/component/tickets";
    let to_sign_in = json!({ "agent": bank.agent, "operation": "sign-in", "session_sha256": SESSION });
    let signed_in = || {
        let (nonce, ticket) = begun(&bank, public, "", &to_sign_in);
        let Operation::SignIn(wish) = &ticket.operation else { panic!("{ticket:?}") };
        let text = SignInText {
            entrance: Entrance::Cabinet,
            agent_id: wish.agent_id.as_str(),
            origin: ticket.origin.as_str(),
            nonce: wish.nonce.as_str(),
            time: wish.time.as_str(),
        };
        let cms = signed(&bank.rogov, &text.render().unwrap());
        json!({ "nonce": nonce, "result": { "kind": "sign-in", "cms": cms } })
    };
    let contact = json!({ "phone": card["contact"]["phone"], "email": card["contact"]["email"] });
    let rows = [
        Row::of(format!("{request}/contact"), &own, &[PHONE, EMAIL], || contact.clone()).taken(),
        Row::of(&tickets, &own, &[SESSION_OF_PAGE, ("/algorithm", &["key-algorithm-not-allowed"])], || to_make.clone())
            .taken(),
        Row::of(format!("{request}/component/answers"), &own, &MADE, made).taken(),
        Row::of(
            "/api/v1/requests",
            &other,
            &[("/procedure", &["procedure-not-offered"]), PHONE, EMAIL],
            || json!({ "procedure": bank.procedure, "phone": "+7 383 000-00-00", "email": "ivanov@example.org" }),
        )
        .taken(),
        Row::of("/api/v1/challenge", "", &[AGENT], || json!({ "agent": bank.agent })).taken(),
        Row::of(
            "/api/v1/sign-in",
            "",
            &[("/challenge", &["challenge-unknown"]), ("/cms", &["cms-malformed"])],
            challenged,
        )
        .taken(),
        Row::of(
            public,
            "",
            &DELETED,
            || json!({ "agent": bank.agent, "operation": "delete-key", "session_sha256": SESSION, "key_id": "ab" }),
        )
        .taken(),
        Row::of("/api/v1/component/answers", "", &[NONCE, KIND, CMS], signed_in).taken(),
    ];
    refuses_no_der(&bank, ("PUT", &format!("{request}/key"), &own), "csr-malformed");
    refuses_no_der(&bank, ("POST", &format!("{request}/submission"), &own), "cms-malformed");

    // A name by which a second try is known again.
    let wish = json!({ "procedure": bank.procedure }).to_string();
    for known in ["", &"x".repeat(101)] {
        let named = [("idempotency-key", known)];
        let answer = bank.call("POST", "/api/v1/requests", &other, wish.as_bytes(), &named);
        assert_eq!(refusal(&answer, known), "text-unacceptable");
    }
    // A body is what it is, whatever it is called.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json;charset=x"]
    {
        let right = contact.to_string();
        let kind = [("content-type", kind)];
        bank.call("PUT", &format!("{request}/contact"), &own, right.as_bytes(), &kind).json();
    }
    // A list with the fields in their order is no object.
    bank.post("/api/v1/challenge", "", format!("[{}]", bank.agent)).refused(400, "body-malformed");
    bank.call("PUT", &format!("{request}/contact"), &own, b"[]", &[]).refused(400, "body-malformed");

    judged(&bank, &rows, || {
        let others = bank.get("/api/v1/requests", &other).json();
        (stands(&bank, &card), others, done_so_far(&bank))
    });
}

const DELETED: [Field; 4] = [AGENT, OPERATION, SESSION_OF_PAGE, ("/key_id", &[])];
const MADE: [Field; 6] =
    [NONCE, KIND, CMS, ("/result/pkcs10", &["csr-malformed"]), ("/result/medium", &[]), ("/result/serial", &[])];

#[test]
fn a_door_that_takes_nothing_refuses_every_body_but_an_empty_one() {
    let bank = Bank::open(LIMITS);
    let own = bank.sign_in(&bank.rogov);
    let before = done_so_far(&bank);
    let nobodys_link = format!("/api/v1/delivery/{}/{}", bank.agent, "0".repeat(64));
    for (path, token, code) in [
        (format!("/api/v1/component/tickets/{}/start", "0".repeat(32)), "", "component-ticket-unknown"),
        (format!("{nobodys_link}/certificate"), "", "link-unknown"),
        (format!("/api/v1/certificates/{NOBODYS}/hold"), own.as_str(), "not-found"),
        (format!("/api/v1/requests/{NOBODYS}/recall"), own.as_str(), "not-found"),
        (format!("/api/v1/requests/{NOBODYS}/correct"), own.as_str(), "not-found"),
        (format!("/api/v1/desk/troubles/{NOBODYS}/try-again"), bank.operator.as_str(), "not-found"),
    ] {
        let mut wrong = bodies("{}");
        wrong.push(format!("{{\"{ECHO}\":1}}").into_bytes());
        wrong.push(format!("{}{{}}", " ".repeat(TOO_LONG)).into_bytes());
        for body in wrong {
            let what = format!("{:.60} at {path}", String::from_utf8_lossy(&body));
            let wanted = match body.as_slice() {
                b"" | b"{}" => code,
                body if body.len() > TOO_LONG => "body-too-large",
                _ => "body-malformed",
            };
            assert_eq!(refusal(&bank.post(&path, token, &body), &what), wanted, "{what}");
        }
    }
    assert_eq!(done_so_far(&bank), before);
    nothing_broke(&bank);
}

/// A door at which a page's script gets a ticket, and a form for it that nothing is wrong with.
struct Door<'a> {
    browser: &'a Browser<'a>,
    path: &'a str,
    right: Vec<(&'a str, &'a str)>,
}

impl Door<'_> {
    fn but(&self, changed: &[(&str, &str)]) -> Answer {
        self.browser.post(self.path, &replaced(&self.right, changed)).answer
    }

    /// Each of these by itself.
    fn refuses(&self, cases: &[Case<'_>]) {
        for &(field, value, code) in cases {
            let what = format!("{field} of {} with {value:.40?}", self.path);
            let answer = self.but(&[(field, value)]);
            assert_eq!(refusal(&answer, &what), code, "{what}");
            assert!(!answer.text().contains("<script>"), "{what}: {}", answer.text());
        }
    }

    /// Nothing else was wrong with it.
    fn takes(&self) {
        assert!(self.but(&[]).json()["ticket"].is_string(), "{}", self.path);
    }
}

/// A form's own token, a page's session, and what else stands in it.
fn form<'a>(token: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("form", token), ("session", SESSION)][..], more].concat()
}

fn in_address(fields: &[(&str, &str)]) -> String {
    encoded(&fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

const APPLICATION: &str = "/ca/new-certificate";

#[test]
fn each_field_of_a_form_that_a_script_sends_for_a_ticket_is_refused_for_itself_in_json() {
    let mut bank = Bank::closed(LIMITS);
    let colleague = bank.colleague_of_record();
    bank.start();
    let (own, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&colleague));
    let card = bank.begin(&own);
    let issued = bank.begin(&other);
    bank.hand_in_by(&colleague, &other, &issued);
    bank.approve(&issued);
    let link = bank.code();
    let (stranger, client) = (Browser::new(&bank, "ru"), Browser::new(&bank, "ru"));
    client.set_cookie("surguch-client", &own);
    let (public, private) = (token_of(&stranger.get("/sign-in")), token_of(&client.get("/security/keys")));
    let (agent, stray) = (bank.agent.to_string(), "cd".repeat(32));
    let for_operation = |operation: &str| {
        let fields = [("agentId", agent.as_str()), ("code", link.as_str()), ("operation", operation)];
        format!("/ca/certificate/ticket?{}", in_address(&fields))
    };
    let (act, of_request) = (for_operation("sign-act"), format!("/requests/{}/ticket", id(&card)));
    let with_agent = form(&public, &[("agent", agent.as_str())]);
    let alone = form(&private, &[]);
    let doors = [
        Door { browser: &stranger, path: "/sign-in/ticket", right: with_agent.clone() },
        Door { browser: &stranger, path: "/desk/sign-in/ticket", right: with_agent.clone() },
        Door { browser: &stranger, path: "/ca/workplace/ticket", right: with_agent.clone() },
        Door { browser: &stranger, path: &act, right: form(&public, &[]) },
        Door { browser: &client, path: "/security/keys/ticket", right: alone.clone() },
        Door { browser: &client, path: "/security/keys/delete/ticket", right: form(&private, &[("key", &stray)]) },
        Door { browser: &client, path: &of_request, right: alone },
    ];
    let (texts, short) = (hostile(), short());
    let digits = "99999999999999999999999999";
    let state = || (bank.rows().requests, [&card, &issued].map(|card| stands(&bank, card)), done_so_far(&bank));
    let before = state();

    for door in &doors {
        door.refuses(&every(&texts, "form", &[], "form-stale"));
        door.refuses(&every(&texts, "session", &[], "body-malformed"));
        let has = |field: &str| door.right.iter().any(|(name, _)| *name == field);
        if has("agent") {
            // What is no number at all is no agent either.
            door.refuses(&every(&texts, "agent", &[], "not-found"));
            door.refuses(&[("agent", "0", "not-found"), ("agent", "1", "not-found")]);
        }
        if has("key") {
            // So long a number could be a key's.
            door.refuses(&every(&texts, "key", &[digits], "body-malformed"));
        }
    }
    let mut operations: Vec<&str> = short.iter().map(String::as_str).collect();
    operations.extend(["SIGN-ACT", "make-key", "sign-act,store-certificate"]);
    for operation in operations {
        let path = for_operation(operation);
        let door = Door { browser: &stranger, path: &path, right: form(&public, &[]) };
        assert_eq!(refusal(&door.but(&[]), &path), "body-malformed", "{path}");
    }

    // What is no form, or not ours.
    let (jar, origin) = (stranger.jar(), bank.url(""));
    let right = in_address(&with_agent);
    let sent = |kind: &str, body: &[u8]| {
        let headers = [("cookie", jar.as_str()), ("origin", origin.as_str()), ("content-type", kind)];
        bank.call("POST", "/sign-in/ticket", "", body, &headers)
    };
    let many: String = (0..70).map(|number| format!("&x{number}=")).collect();
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{public}\r\n--x--\r\n");
    let usual = "application/x-www-form-urlencoded";
    for (kind, body, code) in [
        (usual, Vec::new(), "form-stale"),
        (usual, format!("form=x&{right}").into_bytes(), "form-stale"),
        (usual, format!("{right}&x=%").into_bytes(), "body-malformed"),
        (usual, format!("{right}&x=%f").into_bytes(), "body-malformed"),
        (usual, format!("{right}&x=%ff").into_bytes(), "body-malformed"),
        (usual, [right.as_bytes(), b"&x=\xff"].concat(), "body-malformed"),
        (usual, format!("{right}{many}").into_bytes(), "body-malformed"),
        (usual, format!("{right}&x={}", "A".repeat(TOO_LONG)).into_bytes(), "body-too-large"),
        ("application/json", json!({ "form": public, "agent": bank.agent }).to_string().into_bytes(), "form-stale"),
        ("multipart/form-data; boundary=x", part.into_bytes(), "form-stale"),
    ] {
        let what = format!("{kind}: {:.60}", String::from_utf8_lossy(&body));
        assert_eq!(refusal(&sent(kind, &body), &what), code, "{what}");
    }

    // At the public door everything is said before a ticket is asked for.
    let latin = confirmed(&stranger, bank.agent, &ivanov());
    let (_, typed) = latin.form(&format!("{APPLICATION}/send"));
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let place = format!("{APPLICATION}/ticket");
    let right = [&typed[..], &[("session", SESSION)]].concat();
    let applied = Door { browser: &stranger, path: &place, right };
    applied.refuses(&every(&texts, "form", &[], "form-stale"));
    applied.refuses(&every(&short, "agentId", &[], "procedure-not-offered"));
    for (field, missing) in
        [("surname", "field-missing"), ("given_name", "field-missing"), ("patronymic", "patronymic-missing")]
    {
        applied.refuses(&[(field, "", missing), (field, "Ив\u{61}нов", "look-alike-letters")]);
        applied.refuses(&every(&texts, field, &EMPTY, "name-wrong"));
    }
    let endless = &texts[texts.len() - 2..];
    applied.refuses(&every(endless, "organisation", &[], "organisation-name-wrong"));
    applied.refuses(&every(endless, "address", &[], "address-wrong"));
    applied.refuses(&every(&texts, "inn", &["", " ", digits], "inn-not-digits"));
    applied.refuses(&every(&texts, "country", &[], "country-unknown"));
    applied.refuses(&every(&texts, "city", &EMPTY, "city-unknown"));
    applied.refuses(&every(&texts, "phone", &PHONES, "phone-wrong"));
    applied.refuses(&every(&texts, "email", &EMPTY, "email-wrong"));
    applied.refuses(&every(&texts, "latin_person", &EMPTY, "latin-wrong"));
    applied.refuses(&[("inn", "5009046313", "inn-check-digits-wrong"), ("email", "", "field-missing")]);
    assert_eq!(state(), before);

    for door in &doors {
        door.takes();
    }
    assert!(sent("text/plain", in_address(&with_agent).as_bytes()).json()["ticket"].is_string());
    // A ticket that is refused for its session leaves nothing behind.
    let drafts = bank.rows().requests;
    applied.refuses(&[("session", "", "body-malformed"), ("session", "x", "body-malformed")]);
    assert_eq!(bank.rows().requests, drafts);
    applied.takes();
    nothing_broke(&bank);
}
