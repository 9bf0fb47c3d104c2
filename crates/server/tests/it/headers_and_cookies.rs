//! What keeps foreign contents and foreign hands out, on answers of every kind: headers of pages that say yes, no and go elsewhere, of documents, files and
//! of nothing at all; and cookies as they come from a server whose origin is https.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bank::{Answer, Bank, now};
use crate::browser::{Browser, Loaded, encoded};
use crate::component::SESSION;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_typed::token_of;
use crate::first_issue::ivanov;
use crate::walk::id;

/// What a page loads and where its forms go.
const OF_A_PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' \
                         http://127.0.0.1:*; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The same of everything else.
const OF_A_DOCUMENT: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Of whatever kind.
fn is_bolted(what: &str, answer: &Answer) {
    for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
        assert_eq!(answer.headers(name), [value], "{name} of {what}");
    }
    for name in ["content-security-policy", "referrer-policy", "cache-control"] {
        assert_eq!(answer.headers(name).len(), 1, "{name} of {what}: what is said twice is said by nobody");
    }
    let varies = answer.header("vary").to_lowercase();
    assert!(varies.contains("cookie") && varies.contains("authorization"), "{what}: {varies}");
}

/// A page, or a way to one.
fn is_bolted_page(what: &str, answer: &Answer) {
    is_bolted(what, answer);
    for (name, value) in [
        ("content-security-policy", OF_A_PAGE),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    let powers = answer.header("permissions-policy");
    for power in ["camera", "microphone", "geolocation", "payment", "usb"] {
        assert!(powers.contains(&format!("{power}=()")), "{what}: {powers}");
    }
}

/// Something for a program, or a file: nothing loads there, and nobody keeps it.
fn is_bolted_document(what: &str, answer: &Answer) {
    is_bolted(what, answer);
    for (name, value) in
        [("content-security-policy", OF_A_DOCUMENT), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")]
    {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
}

#[test]
fn an_answer_of_every_kind_carries_the_headers_that_keep_others_out() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 30\n");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let desk = Browser::new(&bank, "en");
    let queue = sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let visitor = Browser::new(&bank, "en");
    let form = token_of(&visitor.get("/check"));
    let (visit, staff, ours) = (visitor.jar(), desk.jar(), bank.url(""));
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let get = |path: &str, jar: &str| bank.call("GET", path, "", b"", &[("accept", "text/html"), ("cookie", jar)]);
    let post = |path: &str, jar: &str, body: &str| {
        let headers = [("accept", "text/html"), ("cookie", jar), ("origin", ours.as_str()), kind];
        bank.call("POST", path, "", body.as_bytes(), &headers)
    };
    let client = format!("surguch-client={token}");
    let large = format!("form={form}&surname={}", "x".repeat(300_000));
    assert_eq!(queue.status, 200, "{}", queue.text());
    let request = format!("/desk/requests/{}", id(&card));
    let refuse = format!("{request}/refuse");
    let (_, no_reason) = desk.get(&request).form(&refuse);

    // Pages, whatever they say, and where one is sent.
    for (what, status, answer) in [
        ("a way to the sign-in", 303, get("/requests", &visit)),
        ("a way to the desk's", 303, get("/desk/journal", &visit)),
        ("a page of a client", 200, get("/requests", &client)),
        ("a page of the desk", 200, get(&request, &staff)),
        ("a list of the desk", 200, get("/desk/subscribers", &staff)),
        ("a role that is missing", 403, get("/desk/staff", &staff)),
        ("a form without a reason", 400, post(&refuse, &staff, &encoded(&no_reason))),
        ("a form of nobody", 401, post("/requests/x/recall", &visit, &format!("form={form}"))),
        ("a form of nobody's desk", 401, post("/desk/staff", &visit, &format!("form={form}"))),
        ("a page that is not there", 404, get("/nowhere", &visit)),
        ("a client's that is not there", 404, get("/requests/x", &client)),
        ("a link that is none", 404, get("/ca/certificate?code=1", &visit)),
        ("a method that is not there", 405, post("/journal", &client, "")),
        ("a form that is stale", 409, post("/sign-out", &visit, "form=0")),
        ("a form that is too large", 413, post("/ca/new-certificate/draft", &visit, &large)),
        ("a form that goes out", 303, post("/sign-out", &visit, &format!("form={form}"))),
    ] {
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        let kind = answer.header("content-type");
        assert_eq!(kind, if status == 303 { "" } else { "text/html; charset=utf-8" }, "{what}");
        is_bolted_page(what, &answer);
        assert!(answer.headers("strict-transport-security").is_empty(), "{what}: without TLS it would say nothing");
    }

    // Documents for programs and for scripts, and nothing at all.
    let session = format!("form={form}&agent={}&session={SESSION}", bank.agent);
    let (problem, approve) = ("application/problem+json", format!("/api/v1{request}/approve"));
    for (what, status, kind, answer) in [
        ("a card", 200, "application/json", bank.get("/api/v1/requests", &token)),
        ("a problem of nobody's", 401, problem, bank.get("/api/v1/requests", "")),
        ("a problem of a role", 403, problem, bank.post(&approve, &bank.support, "{\"version\":0}")),
        ("a problem of an address", 404, problem, bank.get("/nowhere", "")),
        ("a problem of a method", 405, problem, bank.post("/api/v1/certificates", &token, "")),
        ("a problem of a body", 413, problem, bank.post("/api/v1/challenge", "", large.as_bytes())),
        ("a ticket", 200, "application/json", post("/sign-in/ticket", &visit, &session)),
        ("a ticket for nobody", 409, problem, post("/sign-in/ticket", &visit, "")),
        ("a draft that is kept", 204, "", post("/ca/new-certificate/draft", &visit, &format!("form={form}"))),
        ("cities", 200, "application/json", get("/ca/new-certificate/cities?begins=a", &visit)),
        ("health", 200, "text/plain; charset=utf-8", bank.get("/health/live", "")),
    ] {
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert_eq!(answer.header("content-type"), kind, "{what}");
        is_bolted_document(what, &answer);
    }
    // What everybody may have and keep.
    for path in ["/crl/issuing.crl", "/static/token.js", "/favicon.ico"] {
        let answer = bank.get(path, "");
        assert_eq!(answer.status, 200, "{path}");
        is_bolted(path, &answer);
        assert_eq!(answer.header("content-security-policy"), OF_A_DOCUMENT, "{path}");
        assert!(answer.header("cache-control").starts_with("public"), "{path}");
        let again = bank.call("GET", path, "", b"", &[("if-none-match", answer.header("etag"))]);
        assert_eq!(again.status, 304, "{path}");
        is_bolted(path, &again);
    }

    // Last: whoever tries too often.
    let often =
        (0..100).map(|_| get("/status?unz=11111111111111", &visit)).find(|answer| answer.status == 429).unwrap();
    assert!(!often.header("retry-after").is_empty());
    is_bolted_page("a page of too many tries", &often);
    let challenge = (0..100).map(|_| bank.post("/api/v1/challenge", "", "{}")).find(|answer| answer.status == 429);
    is_bolted_document("a problem of too many tries", &challenge.unwrap());
}

/// A browser of a server that says that its origin is https: it keeps each cookie as it was set, by its name.
struct Tls<'a> {
    bank: &'a Bank,
    jar: RefCell<BTreeMap<String, String>>,
    /// Every line that set a cookie.
    set: RefCell<Vec<String>>,
}

impl<'a> Tls<'a> {
    fn new(bank: &'a Bank) -> Self {
        Self { bank, jar: RefCell::default(), set: RefCell::default() }
    }

    fn call(&self, method: &str, path: &str, fields: &BTreeMap<String, String>) -> Loaded {
        let jar = |(name, value): (&String, &String)| format!("{name}={value}");
        let cookies = self.jar.borrow().iter().map(jar).collect::<Vec<_>>().join("; ");
        let origin = self.bank.url("").replace("http://", "https://");
        let mut headers = vec![("accept", "text/html"), ("accept-language", "ru"), ("cookie", cookies.as_str())];
        if method == "POST" {
            headers.push(("origin", origin.as_str()));
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = self.bank.call(method, path, "", encoded(fields).as_bytes(), &headers);
        for line in answer.headers("set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.jar.borrow_mut().remove(name);
            } else {
                self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
            self.set.borrow_mut().push(line);
        }
        let html = String::from_utf8_lossy(&answer.octets).into_owned();
        Loaded { path: path.to_owned(), status: answer.status, html, answer }
    }

    fn get(&self, path: &str) -> Loaded {
        self.call("GET", path, &BTreeMap::new())
    }

    /// The form of a page that goes to `action`, with these fields filled in.
    fn submit(&self, page: &Loaded, action: &str, fields: &[(&str, &str)]) -> Loaded {
        let (target, mut all) = page.form(action);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.call("POST", &target, &all)
    }

    fn cookie(&self, name: &str) -> String {
        self.jar.borrow().get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.jar.borrow())).clone()
    }

    /// Whether a page answers whoever brings this cookie under the name that a server without TLS gives it.
    fn status_with_a_plain_cookie(&self, name: &str, path: &str) -> u16 {
        let cookie = format!("{name}={}", self.cookie(&format!("__Host-{name}")));
        self.bank.call("GET", path, "", b"", &[("accept", "text/html"), ("cookie", &cookie)]).status
    }
}

#[test]
fn behind_tls_every_cookie_is_of_this_host_alone_kept_to_tls_and_out_of_reach_of_scripts() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let config = std::fs::read_to_string(&bank.config).unwrap();
    std::fs::write(&bank.config, config.replace("origin = \"http://", "origin = \"https://")).unwrap();
    bank.start();
    let browser = Tls::new(&bank);

    // A client in and out.
    let page = browser.get("/sign-in?to=/requests");
    let challenge: Value = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let fields = [("challenge", challenge["challenge"].as_str().unwrap()), ("cms", cms.as_str())];
    let inside = browser.submit(&page, "/sign-in", &fields);
    assert_eq!((inside.status, inside.answer.header("location")), (303, "/requests"), "{}", inside.text());
    let requests = browser.get("/requests");
    assert_eq!(requests.status, 200, "{}", requests.text());
    for page in [&page, &inside, &requests] {
        assert_eq!(page.answer.header("strict-transport-security"), "max-age=31536000", "{}", page.path);
    }
    // Another host of the domain, or anybody on a line without TLS, can plant such a name and no other: it is worth nothing.
    assert_eq!(browser.status_with_a_plain_cookie("surguch-client", "/requests"), 303);
    // The address without TLS is not ours, whatever cookies come along.
    let plain = bank.url("");
    let (jar, body) =
        (format!("__Host-surguch-client={}", browser.cookie("__Host-surguch-client")), token_of(&requests));
    let jar = format!("{jar}; __Host-surguch-visit={}", browser.cookie("__Host-surguch-visit"));
    let sent = |origin: &str| {
        let headers = [
            ("accept", "text/html"),
            ("cookie", jar.as_str()),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        bank.call("POST", "/security/renewal/x", "", format!("form={body}").as_bytes(), &headers).status
    };
    assert_eq!((sent(&plain), sent(&plain.replace("http://", "https://"))), (409, 404));
    assert_eq!(browser.submit(&requests, "/sign-out", &[]).status, 303);

    // A member of the staff in and out.
    let page = browser.get("/desk/sign-in?to=/desk/account");
    let right = code(&secret, now());
    let fields = [("login", "operator1"), ("password", PASSWORD), ("code", right.as_str())];
    let inside = browser.submit(&page, "/desk/sign-in", &fields);
    assert_eq!((inside.status, inside.answer.header("location")), (303, "/desk/account"), "{}", inside.text());
    let account = browser.get("/desk/account");
    assert_eq!(account.status, 200, "{}", account.text());
    assert_eq!(browser.status_with_a_plain_cookie("surguch-staff", "/desk/account"), 303);
    assert_eq!(browser.submit(&account, "/desk/sign-out", &[]).status, 303);

    // A stranger at the public door: what was typed, and the secret of what was begun.
    let here = "/ca/new-certificate";
    let form = browser.get(&format!("{here}?agentId={}", bank.agent));
    let latin = browser.submit(&form, here, &ivanov());
    assert_eq!(latin.status, 200, "{}", latin.text());
    let (_, mut fields) = latin.form(&format!("{here}/send"));
    fields.insert("session".to_owned(), SESSION.to_owned());
    let ticket = browser.call("POST", &format!("{here}/ticket"), &fields);
    assert_eq!(ticket.status, 200, "{}", ticket.html);
    assert_eq!(browser.get(&format!("{here}/accepted")).status, 200);
    assert_eq!(browser.status_with_a_plain_cookie("surguch-applicant", &format!("{here}/accepted")), 404);
    let again = browser.get(&format!("{here}?agentId={}", bank.agent));
    assert!(again.html.contains("ivanov@bank-client.test"), "what was typed is read back: {}", again.text());
    browser.get("/?lang=en&theme=dark");

    // Each of them as it was set; what takes one away names it as what set it does, or it would stay.
    let (mut set, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for line in browser.set.borrow().iter() {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let with: BTreeSet<_> = parts.collect();
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(with.contains(attribute), "{attribute} is not in {line}");
        }
        assert!(!line.to_lowercase().contains("domain"), "{line}");
        assert_eq!(value.is_empty(), with.contains("Max-Age=0"), "{line}");
        let is_choice = matches!(name, "surguch-language" | "surguch-theme");
        assert!(name.starts_with("__Host-surguch-") || is_choice, "{line}");
        let life = with.iter().find_map(|part| part.strip_prefix("Max-Age="));
        let is_kept = is_choice || matches!(name, "__Host-surguch-applicant" | "__Host-surguch-draft");
        assert_eq!(life.is_some(), is_kept || value.is_empty(), "a sign-in ends with its browser: {line}");
        if value.is_empty() {
            removed.insert(name.to_owned())
        } else {
            set.insert(name.to_owned())
        };
    }
    let wanted = ["applicant", "client", "draft", "staff", "visit"].map(|name| format!("__Host-surguch-{name}"));
    let choices = ["surguch-language", "surguch-theme"].map(str::to_owned);
    let all: BTreeSet<String> = wanted.iter().cloned().chain(choices).collect();
    assert_eq!(set, all);
    assert_eq!(removed, BTreeSet::from([wanted[1].clone(), wanted[3].clone()]));
}
