//! A client that has nothing of ours: Debian's `openssl` with the GOST engine makes keys, requests and signatures, `curl` carries them, and
//! `openssl` judges what comes back. The previous authority of these clients is openssl's work too.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::bank::{PATIENCE, free_port, offered, stderr, stdout, surguch};

#[test]
fn an_openssl_client_renews_with_keys_of_three_sets_under_a_gost_authority() {
    on_both(Authorities::Gost, |bank| {
        for (new_key, algorithm, form) in [
            (&["gost2012_256", "TCA"], "gost-256-a", "PEM"),
            (&["gost2012_256", "TCB"], "gost-256-b", "DER"),
            (&["gost2012_512", "A"], "gost-512-a", "PEM"),
        ] {
            renew(bank, new_key, algorithm, form);
        }
    });
}

#[test]
fn an_openssl_client_renews_a_gost_key_under_an_rsa_authority() {
    on_both(Authorities::Rsa, |bank| {
        renew(bank, &["gost2012_256", "TCA"], "gost-256-a", "DER");
        let text = bank.openssl(&["x509", "-in", "new.pem", "-noout", "-text"]);
        assert!(text.contains("Signature Algorithm: sha256WithRSAEncryption"), "{text}");
        assert!(text.contains("Public Key Algorithm: GOST R 34.10-2012"), "{text}");
    });
}

#[test]
fn a_signature_without_the_signing_certificate_attribute_is_refused_with_its_own_code() {
    let bank = Foreign::open(None, Authorities::Gost);
    let plain = ["cms", "-sign", "-binary"];
    let code = "cms-signing-certificate-missing";

    let challenge = bank.challenge();
    let cms = bank.sign_with(&plain, challenge["text"].as_str().unwrap(), "rogov", "PEM");
    let body = json!({ "challenge": challenge["challenge"], "cms": bank.text_of(&cms) }).to_string();
    bank.post("/api/v1/sign-in", "", Body::Text(&body)).refused(400, code);

    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let text = bank.offer_good_key(&token, &request, &["gost2012_256", "TCA"], "PEM");
    let cms = bank.sign_with(&plain, &text, "rogov", "DER");
    bank.post(&format!("{request}/submission"), &token, Body::File(&cms)).refused(400, code);
    assert_eq!(bank.get(&request, &token).json()["stage"], "key-ready", "nothing changed");

    let delivery = bank.accepted_and_issued(&token, &request, &text);
    let act = bank.get(&format!("{delivery}/act"), "").text();
    let cms = bank.sign_with(&plain, &act, "rogov", "DER");
    bank.post(&format!("{delivery}/act"), "", Body::File(&cms)).refused(400, code);
    bank.post(&format!("{delivery}/certificate"), "", Body::Text("")).refused(409, "act-not-signed");
    bank.journal_is_right();
}

#[test]
fn a_pkcs10_with_extras_another_name_or_a_known_key_is_refused() {
    let bank = Foreign::open(None, Authorities::Gost);
    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let subject = bank.subject(&token, &request);
    let key = format!("{request}/key");
    bank.make_key(&["gost2012_256", "TCA"]);
    let csr = |extra: &[&str], subject: &str| {
        let mut arguments = vec!["req", "-new", "-key", "new.key", "-utf8", "-subj", subject, "-out", "bad.csr"];
        arguments.extend(extra);
        bank.openssl(&arguments);
        bank.put(&key, &token, Path::new("bad.csr"))
    };
    csr(&["-addext", "subjectAltName=DNS:bank.example"], &subject).refused(400, "csr-extras-present");
    csr(&["-addext", "basicConstraints=critical,CA:TRUE"], &subject).refused(400, "csr-extras-present");
    csr(&[], &subject.replace("Rogov", "Ivanov")).refused(400, "csr-subject-differs");
    csr(&[], &format!("{subject}/OU=Board")).refused(400, "csr-subject-differs");
    // The same attributes in another order are another name.
    let mut parts: Vec<_> = subject.split('/').skip(1).collect();
    parts.reverse();
    csr(&[], &format!("/{}", parts.join("/"))).refused(400, "csr-subject-differs");

    // A request whose own signature does not hold.
    bank.openssl(&["req", "-new", "-key", "new.key", "-utf8", "-subj", &subject, "-outform", "DER", "-out", "bad.csr"]);
    let mut der = std::fs::read(bank.path("bad.csr")).unwrap();
    *der.last_mut().unwrap() ^= 1;
    std::fs::write(bank.path("bad.csr"), &der).unwrap();
    bank.put(&key, &token, Path::new("bad.csr")).refused(400, "csr-signature-wrong");
    der.pop();
    std::fs::write(bank.path("bad.csr"), &der).unwrap();
    bank.put(&key, &token, Path::new("bad.csr")).refused(400, "csr-malformed");

    // The current key again, and a key of an algorithm that the profile does not take.
    bank.openssl(&["req", "-new", "-key", "rogov.key", "-utf8", "-subj", &subject, "-out", "bad.csr"]);
    bank.put(&key, &token, Path::new("bad.csr")).refused(400, "key-seen-before");
    bank.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key"]);
    bank.openssl(&["req", "-new", "-key", "rsa.key", "-utf8", "-subj", &subject, "-out", "bad.csr"]);
    bank.put(&key, &token, Path::new("bad.csr")).refused(400, "key-algorithm-not-allowed");
    bank.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "rsa.key"]);
    bank.openssl(&["req", "-new", "-key", "rsa.key", "-utf8", "-subj", &subject, "-out", "bad.csr"]);
    let weak = bank.put(&key, &token, Path::new("bad.csr"));
    assert!(weak.status == 400 && weak.text().contains("key-"), "{}", weak.text());

    assert_eq!(bank.get(&request, &token).json()["stage"], "draft", "nothing changed");
    // A key that another open request holds.
    let held = bank.offer_good_key(&token, &request, &["gost2012_256", "TCB"], "PEM");
    assert!(held.contains("Document: certificate-request"), "{held}");
    let other_token = bank.sign_in("ivanov");
    let other = bank.begin(&other_token);
    let other_subject = bank.subject(&other_token, &other);
    bank.openssl(&["req", "-new", "-key", "new.key", "-utf8", "-subj", &other_subject, "-out", "bad.csr"]);
    bank.put(&format!("{other}/key"), &other_token, Path::new("bad.csr")).refused(400, "key-seen-before");

    let journal = bank.journal_is_right();
    for code in ["csr-extras-present", "csr-subject-differs", "csr-signature-wrong", "key-seen-before"] {
        assert!(journal.contains(code), "the journal shows the attempt: {code}");
    }
}

#[test]
fn a_foreign_certificate_opens_nothing() {
    let bank = Foreign::open(None, Authorities::Gost);
    // Of an authority that nobody imported; of the previous authority, but of nobody whom the bank knows.
    bank.make_authority("stranger");
    bank.make_client(
        "forger",
        "stranger",
        &["gost2012_256", "TCA"],
        "/C=RU/L=Novosibirsk/O=OOO 'ooo'/CN=Rogov Ivan Petrovich",
        66,
        20,
    );
    bank.make_client("unknown", "previous", &["gost2012_256", "TCA"], "/C=RU/CN=Ivanov Ivan 7", 67, 20);
    for (client, code) in [("forger", "signer-unknown"), ("unknown", "signer-unknown")] {
        bank.try_sign_in(client).refused(401, code);
    }

    // Another client's certificate on Rogov's request.
    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let text = bank.offer_good_key(&token, &request, &["gost2012_256", "TCA"], "PEM");
    let submission = format!("{request}/submission");
    for (client, status, code) in [("ivanov", 403, "signer-not-owner"), ("forger", 401, "signer-unknown")] {
        let cms = bank.sign(&text, client, "DER");
        bank.post(&submission, &token, Body::File(&cms)).refused(status, code);
    }
    // Another client sees nothing of it at all.
    let other_token = bank.sign_in("ivanov");
    bank.get(&request, &other_token).refused(404, "not-found");
    assert_eq!(bank.get(&request, &token).json()["stage"], "key-ready", "nothing changed");
    assert!(bank.journal_is_right().contains("signer-not-owner"));
}

#[test]
fn a_certificate_that_was_blocked_or_has_ended_signs_nothing() {
    let mut bank = Foreign::open(None, Authorities::Gost);
    let (token, certificate) = bank.signed_in("rogov");
    let request = bank.begin(&token);
    let text = bank.offer_good_key(&token, &request, &["gost2012_256", "TCA"], "PEM");
    let cms = bank.sign(&text, "rogov", "DER");
    let submission = format!("{request}/submission");

    let hand = |step: &str| {
        let door = format!("/api/v1/desk/certificates/{certificate}");
        let version = bank.get(&door, &bank.operator).json()["version"].clone();
        let said = json!({ "version": version, "words": "Звонил клиент" }).to_string();
        bank.post(&format!("{door}/{step}"), &bank.operator, Body::Text(&said)).json();
    };
    hand("block");
    bank.post(&submission, &token, Body::File(&cms)).refused(401, "certificate-blocked");
    hand("unblock");
    bank.try_sign_in("rogov").json();

    bank.move_time(Duration::from_secs(31 * 86_400));
    bank.try_sign_in("rogov").refused(401, "certificate-expired");
    // The sign-in of that day is over too; whether its row is purged already decides between two codes.
    assert_eq!(bank.post(&submission, &token, Body::File(&cms)).status, 401);
    assert!(bank.journal_is_right().contains("certificate-expired"), "the journal shows the attempt");
}

#[test]
fn a_text_that_was_changed_is_refused_and_a_second_click_is_answered_as_the_first() {
    let bank = Foreign::open(None, Authorities::Gost);
    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let submission = format!("{request}/submission");
    let text = bank.offer_good_key(&token, &request, &["gost2012_256", "TCA"], "PEM");
    let cms = bank.sign(&text.replace("Kind: ", "Kind:  "), "rogov", "DER");
    bank.post(&submission, &token, Body::File(&cms)).refused(400, "cms-content-differs");
    std::fs::write(bank.path("big"), vec![b'0'; 300 * 1024]).unwrap();
    bank.post(&submission, &token, Body::File(Path::new("big"))).refused(413, "body-too-large");
    bank.post(&submission, &token, Body::Text("hello")).refused(400, "cms-malformed");

    // Double click: the same signature, and a new one over the same text.
    let cms = bank.sign(&text, "rogov", "DER");
    let first = bank.post(&submission, &token, Body::File(&cms)).json();
    assert_eq!(bank.post(&submission, &token, Body::File(&cms)).json()["unz"], first["unz"]);
    let again = bank.sign(&text, "rogov", "PEM");
    assert_eq!(bank.post(&submission, &token, Body::File(&again)).json()["unz"], first["unz"]);

    let delivery = bank.issued(&token, &request);
    let act = bank.get(&format!("{delivery}/act"), "").text();
    let changed = bank.sign(&act.replace("Сертификат", "сертификат"), "rogov", "DER");
    bank.post(&format!("{delivery}/act"), "", Body::File(&changed)).refused(400, "cms-content-differs");
    let by_another = bank.sign(&act, "ivanov", "DER");
    bank.post(&format!("{delivery}/act"), "", Body::File(&by_another)).refused(403, "signer-not-owner");
    let cms = bank.sign(&act, "rogov", "DER");
    for _ in 0..2 {
        assert_eq!(bank.post(&format!("{delivery}/act"), "", Body::File(&cms)).json()["act_signed"], true);
    }
    let taken = || bank.post(&format!("{delivery}/certificate"), "", Body::Text("")).json();
    let delivered = taken();
    assert_eq!(taken(), delivered, "a reload gets the same certificate and the same challenge");

    // The proof by the old key is none.
    std::fs::write(bank.path("new.pem"), delivered["certificate"].as_str().unwrap()).unwrap();
    let challenge = delivered["challenge"].as_str().unwrap();
    let old = bank.sign(challenge, "rogov", "DER");
    bank.post(&format!("{delivery}/proof"), "", Body::File(&old)).refused(400, "signer-other-key");
    let new = bank.sign(challenge, "new", "DER");
    bank.post(&format!("{delivery}/proof"), "", Body::File(&new)).refused(400, "act-by-new-key-missing");
    let new = bank.by_new_key(challenge, &act, "DER");
    for _ in 0..2 {
        assert_eq!(bank.post(&format!("{delivery}/proof"), "", Body::Text(&new)).json()["stage"], "in-service");
    }
    bank.get(&delivery, "").refused(410, "link-spent");
    let journal = bank.journal_is_right();
    let issued = |line: &&str| line.contains("\"certificate-issued\"");
    assert_eq!(journal.lines().filter(issued).count(), 1, "one certificate\n{journal}");
}

#[test]
fn a_link_that_is_too_old_opens_nothing() {
    let mut bank = Foreign::open(None, Authorities::Gost);
    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let text = bank.offer_good_key(&token, &request, &["gost2012_256", "TCA"], "PEM");
    let delivery = bank.accepted_and_issued(&token, &request, &text);
    let act = bank.get(&format!("{delivery}/act"), "").text();
    let cms = bank.sign(&act, "rogov", "DER");

    // Five working days are over after four weeks at the latest, whatever holidays there are.
    bank.move_time(Duration::from_secs(28 * 86_400));
    // A newer one has taken its place by then, which nobody asked for.
    bank.wait_until_replaced(&delivery);
    bank.get(&delivery, "").refused(410, "link-replaced");
    bank.post(&format!("{delivery}/act"), "", Body::File(&cms)).refused(410, "link-replaced");
    bank.post(&format!("{delivery}/certificate"), "", Body::Text("")).refused(410, "link-replaced");
    assert!(bank.journal_is_right().contains("link-replaced"));
}

/// One whole renewal of Rogov's by openssl and curl; leaves `new.key` and `new.pem`.
fn renew(bank: &Foreign, new_key: &[&str; 2], algorithm: &str, form: &str) {
    let token = bank.sign_in("rogov");
    let request = bank.begin(&token);
    let text = bank.offer_good_key(&token, &request, new_key, form);
    let delivery = bank.accepted_and_issued(&token, &request, &text);

    let act = bank.get(&format!("{delivery}/act"), "").text();
    let cms = bank.sign(&act, "rogov", form);
    bank.post(&format!("{delivery}/act"), "", Body::File(&cms)).json();
    let delivered = bank.post(&format!("{delivery}/certificate"), "", Body::Text("")).json();
    std::fs::write(bank.path("new.pem"), delivered["certificate"].as_str().unwrap()).unwrap();
    std::fs::write(bank.path("chain.pem"), delivered["chain"].as_str().unwrap()).unwrap();

    // What came back is over our key, has our name, and chains.
    let public_key = bank.openssl(&["pkey", "-in", "new.key", "-pubout"]);
    assert_eq!(bank.openssl(&["x509", "-in", "new.pem", "-noout", "-pubkey"]), public_key);
    assert_eq!(
        bank.openssl(&["x509", "-in", "new.pem", "-noout", "-subject"]),
        bank.openssl(&["req", "-inform", form, "-in", "new.csr", "-noout", "-subject"])
    );
    let crl = bank.crl_of("new.pem");
    std::fs::write(bank.path("issuing.crl"), crl).unwrap();
    bank.openssl(&["crl", "-inform", "DER", "-in", "issuing.crl", "-out", "issuing.crl.pem"]);
    bank.openssl(&[
        "verify",
        "-x509_strict",
        "-CAfile",
        "chain.pem",
        "-crl_check",
        "-CRLfile",
        "issuing.crl.pem",
        "new.pem",
    ]);

    let challenge = bank.get(&format!("{delivery}/challenge"), "").text();
    let proof = bank.by_new_key(&challenge, &act, form);
    let card = bank.post(&format!("{delivery}/proof"), "", Body::Text(&proof)).json();
    assert_eq!(card["stage"], "in-service", "{card}");
    assert_eq!(card["certificate"]["algorithm"], algorithm, "{card}");
    let serial =
        bank.openssl(&["x509", "-in", "new.pem", "-noout", "-serial"]).trim().replace("serial=", "").to_lowercase();
    assert_eq!(
        serial.trim_start_matches('0'),
        card["certificate"]["serial_hex"].as_str().unwrap().trim_start_matches('0')
    );
    // And it is good for a sign-in.
    bank.sign_in("new");
    bank.journal_is_right();
}

/// Runs on SQLite and on PostgreSQL; without a server the tests fail unless told to do without.
fn on_both(authorities: Authorities, run: impl Fn(&Foreign)) {
    run(&Foreign::open(None, authorities));
    match std::env::var("SURGUCH_TEST_POSTGRES_URL") {
        Ok(admin) => run(&Foreign::open(Some(Database::create(&admin)), authorities)),
        Err(_) => assert!(
            std::env::var_os("SURGUCH_TEST_SQLITE_ONLY").is_some(),
            "SURGUCH_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a server, SURGUCH_TEST_SQLITE_ONLY=1 does without"
        ),
    }
}

/// Which authorities the bank has.
#[derive(Clone, Copy)]
enum Authorities {
    Gost,
    /// Its own plan, and a profile of the bank's in front of the embedded one.
    Rsa,
}

/// A fresh PostgreSQL database, dropped when the test is over.
struct Database {
    admin: String,
    name: String,
}

impl Database {
    fn create(admin: &str) -> Self {
        let name = format!("foreign_{}_{}", std::process::id(), free_port());
        postgres::Client::connect(admin, postgres::NoTls)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        Self { admin: admin.to_owned(), name }
    }

    fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = postgres::Client::connect(&self.admin, postgres::NoTls).and_then(|mut client| {
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        });
        if let Err(error) = dropped {
            assert!(std::thread::panicking(), "dropping {}: {error}", self.name);
        }
    }
}

/// A bank with a running server, and clients whose keys are files that openssl made.
struct Foreign {
    folder: tempfile::TempDir,
    config: PathBuf,
    port: u16,
    agent: u32,
    procedure: String,
    operator: String,
    server: Option<Child>,
    _database: Option<Database>,
}

impl Drop for Foreign {
    #[expect(clippy::print_stderr, reason = "the server's log says why a test failed")]
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
            if std::thread::panicking() {
                eprintln!("{}", std::fs::read_to_string(self.path("log.jsonl")).unwrap_or_default());
            }
        }
    }
}

/// What curl sends.
enum Body<'a> {
    Text(&'a str),
    /// Relative to the bank's folder.
    File(&'a Path),
}

/// What curl got.
struct Answer {
    status: u16,
    octets: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8(self.octets.clone()).unwrap()
    }

    fn json(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        serde_json::from_slice(&self.octets).unwrap()
    }

    fn refused(&self, status: u16, code: &str) {
        let problem: Value =
            serde_json::from_slice(&self.octets).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()));
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
    }
}

const HEAD: &str =
    "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone";
const ROGOV: &str = "5400000004,rogov.der,Рогов Иван Петрович,Рогова Ивана Петровича,Роговым Иваном Петровичем,male,директор,Устава,rogov@example.org,+7 000 000-00-01";
const IVANOV: &str = "5400000004,ivanov.der,Иванов Иван 2,Иванова Ивана 2,Ивановым Иваном 2,male,директор,Устава,ivanov@example.org,+7 000 000-00-02";

impl Foreign {
    fn open(database: Option<Database>, authorities: Authorities) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (agent, procedure) = offered();
        let port = free_port();
        let config = folder.path().join("surguch.toml");
        let mut bank =
            Self { folder, config, port, agent, procedure, operator: String::new(), server: None, _database: database };
        std::fs::write(bank.path("openssl.cnf"), openssl_configuration()).unwrap();
        // openssl counts tries with nobody; the doors' own limit has its own test.
        let mut text = format!(
            "listen = \"127.0.0.1:{port}\"\norigin = \"http://127.0.0.1:{port}\"\n[limits]\nguesses_per_minute = 100000\n"
        );
        if let Some(database) = &bank._database {
            text.push_str(&format!("[database]\nurl = \"{}\"\nconnections = 4\n", database.url()));
        }
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let plan = match authorities {
            Authorities::Gost => tree.join("demo/ca.toml"),
            Authorities::Rsa => {
                text.push_str("[folders]\nprofiles = \"profiles\"\n");
                std::fs::create_dir(bank.path("profiles")).unwrap();
                let procedure =
                    std::fs::read_to_string(tree.join("procedures").join(&bank.procedure).join("procedure.toml"))
                        .unwrap();
                let procedure: toml::Table = toml::from_str(&procedure).unwrap();
                let own = bank.path("profiles").join(format!("{}.toml", procedure["profile"].as_str().unwrap()));
                std::fs::copy(tree.join("profiles/client-under-rsa.toml"), own).unwrap();
                tree.join("docs/examples/ca-rsa.toml")
            }
        };
        std::fs::write(&bank.config, text).unwrap();
        bank.surguch(&["ca", "init", plan.to_str().unwrap()]);

        bank.make_authority("previous");
        bank.make_client(
            "rogov",
            "previous",
            &["gost2012_256", "TCA"],
            "/C=RU/L=Novosibirsk/O=OOO 'ooo'/CN=Rogov Ivan Petrovich",
            64,
            29,
        );
        bank.make_client(
            "ivanov",
            "previous",
            &["gost2012_512", "A"],
            "/C=RU/L=Moskva/O=OOO 'ooo'/CN=Ivanov Ivan 2",
            65,
            29,
        );
        bank.write_import();
        let agent_word = agent.to_string();
        bank.surguch(&["import", bank.path("import").to_str().unwrap(), "--agent", &agent_word]);
        bank.operator = bank
            .surguch(&["staff", "add", "--agent", &agent_word, "--name", "Operator 1", "--role", "operator"])
            .trim()
            .to_owned();
        bank.start(&[]);
        bank
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn surguch(&self, arguments: &[&str]) -> String {
        done(surguch(&self.config, arguments))
    }

    fn start(&mut self, environment: &[(&str, &Path)]) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log.jsonl")).unwrap();
        let server = Command::new(env!("CARGO_BIN_EXE_surguch"))
            .arg("--config")
            .arg(&self.config)
            .arg("serve")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
        let began = Instant::now();
        while self.curl(&[&self.url("/health/ready")]).is_none_or(|answer| answer.status != 200) {
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            let log = || std::fs::read_to_string(self.path("log.jsonl")).unwrap();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "{ended:?} {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts the server again with a clock that is this much ahead.
    fn move_time(&mut self, ahead: Duration) {
        let mut server = self.server.take().unwrap();
        assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
        assert!(server.wait().unwrap().success());
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + ahead;
        let clock = self.path("clock");
        std::fs::write(&clock, at.as_millis().to_string()).unwrap();
        self.start(&[("SURGUCH_TEST_CLOCK", &clock)]);
    }

    fn wait_until_replaced(&self, delivery: &str) {
        let began = Instant::now();
        while !self.get(delivery, "").text().contains("link-replaced") {
            assert!(began.elapsed() < PATIENCE, "no newer link");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    // What openssl does.

    fn openssl(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("OPENSSL_CONF", self.path("openssl.cnf"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "openssl {}\n{}", arguments.join(" "), stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A self-signed RSA authority, `NAME.key` and `NAME.pem`.
    fn make_authority(&self, name: &str) {
        let (key, pem, subject) =
            (format!("{name}.key"), format!("{name}.pem"), format!("/C=RU/O=Center/CN=Class 2 CA {name}"));
        let head = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3000", "-keyout", &key, "-out", &pem, "-subj",
            &subject,
        ];
        let extensions =
            ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
        self.openssl(&[head.as_slice(), extensions.as_slice()].concat());
    }

    /// `NAME.key` and `NAME.pem`, by an authority that openssl made.
    fn make_client(&self, name: &str, authority: &str, key: &[&str; 2], subject: &str, serial: u8, days: u32) {
        let file = |ending: &str| format!("{name}.{ending}");
        self.openssl(&[
            "genpkey",
            "-algorithm",
            key[0],
            "-pkeyopt",
            &format!("paramset:{}", key[1]),
            "-out",
            &file("key"),
        ]);
        self.openssl(&["req", "-new", "-key", &file("key"), "-utf8", "-subj", subject, "-out", &file("csr")]);
        std::fs::write(
            self.path("client.ext"),
            "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n",
        )
        .unwrap();
        let (pem, ca_key) = (format!("{authority}.pem"), format!("{authority}.key"));
        let (serial, days) = (serial.to_string(), days.to_string());
        let head =
            ["x509", "-req", "-sha256", "-in", &file("csr"), "-CA", &pem, "-CAkey", &ca_key, "-set_serial", &serial];
        let tail = ["-days", &days, "-extfile", "client.ext", "-out", &file("pem")];
        self.openssl(&[head.as_slice(), tail.as_slice()].concat());
    }

    fn make_key(&self, key: &[&str; 2]) {
        self.openssl(&[
            "genpkey",
            "-algorithm",
            key[0],
            "-pkeyopt",
            &format!("paramset:{}", key[1]),
            "-out",
            "new.key",
        ]);
    }

    /// A detached CAdES-BES signature by a client's key, in the form that is asked for.
    fn sign(&self, text: &str, client: &str, form: &str) -> PathBuf {
        self.sign_with(&["cms", "-sign", "-cades", "-binary"], text, client, form)
    }

    /// What the new key signs at the end, as JSON.
    fn by_new_key(&self, challenge: &str, act: &str, form: &str) -> String {
        let signed = |text: &str| {
            let octets = std::fs::read(self.folder.path().join(self.sign(text, "new", form))).unwrap();
            if form == "PEM" { String::from_utf8(octets).unwrap() } else { STANDARD.encode(octets) }
        };
        json!({ "proof": signed(challenge), "act": signed(act) }).to_string()
    }

    fn sign_with(&self, command: &[&str], text: &str, client: &str, form: &str) -> PathBuf {
        std::fs::write(self.path("to-sign.txt"), text).unwrap();
        let (signer, key) = (format!("{client}.pem"), format!("{client}.key"));
        let tail = ["-in", "to-sign.txt", "-signer", &signer, "-inkey", &key, "-outform", form, "-out", "signed.p7s"];
        self.openssl(&[command, tail.as_slice()].concat());
        PathBuf::from("signed.p7s")
    }

    fn text_of(&self, file: &Path) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// The list that the certificate itself names, once it is there.
    fn crl_of(&self, certificate: &str) -> Vec<u8> {
        let text = self.openssl(&["x509", "-in", certificate, "-noout", "-ext", "crlDistributionPoints"]);
        let url = text.split_whitespace().find_map(|word| word.strip_prefix("URI:")).unwrap().to_owned();
        let began = Instant::now();
        loop {
            let answer = self.curl(&[&url]).unwrap();
            if answer.status == 200 {
                return answer.octets;
            }
            assert!(began.elapsed() < PATIENCE, "{url}: {}", answer.status);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    // What curl does.

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// None when nobody answers.
    fn curl(&self, arguments: &[&str]) -> Option<Answer> {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--noproxy",
                "*",
                "--max-time",
                "60",
                "--output",
                "answer",
                "--write-out",
                "%{http_code}",
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let status = output.status.success().then(|| stdout(&output).parse().unwrap())?;
        // A body without octets leaves no file.
        let octets = std::fs::read(self.path("answer")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("answer"));
        Some(Answer { status, octets })
    }

    fn send(&self, method: &str, path: &str, token: &str, body: Option<Body<'_>>) -> Answer {
        let url = self.url(path);
        let authorization = format!("Authorization: Bearer {token}");
        let data = match body {
            None => None,
            Some(Body::Text(text)) => Some(text.to_owned()),
            Some(Body::File(file)) => Some(format!("@{}", file.display())),
        };
        let mut arguments = vec!["--request", method, &url];
        if !token.is_empty() {
            arguments.extend(["--header", &authorization]);
        }
        if let Some(data) = &data {
            arguments.extend(["--header", "Content-Type: application/octet-stream", "--data-binary", data]);
        }
        self.curl(&arguments).unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, token, None)
    }

    fn post(&self, path: &str, token: &str, body: Body<'_>) -> Answer {
        self.send("POST", path, token, Some(body))
    }

    fn put(&self, path: &str, token: &str, file: &Path) -> Answer {
        self.send("PUT", path, token, Some(Body::File(file)))
    }

    // The steps of a renewal.

    fn challenge(&self) -> Value {
        self.post("/api/v1/challenge", "", Body::Text(&json!({ "agent": self.agent }).to_string())).json()
    }

    fn try_sign_in(&self, client: &str) -> Answer {
        let challenge = self.challenge();
        let cms = self.sign(challenge["text"].as_str().unwrap(), client, "PEM");
        let body = json!({ "challenge": challenge["challenge"], "cms": self.text_of(&cms) }).to_string();
        self.post("/api/v1/sign-in", "", Body::Text(&body))
    }

    fn sign_in(&self, client: &str) -> String {
        self.signed_in(client).0
    }

    /// The bearer token, and the id of the certificate.
    fn signed_in(&self, client: &str) -> (String, String) {
        let answer = self.try_sign_in(client).json();
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        (text("token"), text("certificate"))
    }

    /// Begins the procedure; returns the request's path.
    fn begin(&self, token: &str) -> String {
        let body = json!({ "procedure": self.procedure }).to_string();
        let card = self.post("/api/v1/requests", token, Body::Text(&body)).json();
        format!("/api/v1/requests/{}", card["id"].as_str().unwrap())
    }

    /// The name to ask for, as openssl wants it.
    fn subject(&self, token: &str, request: &str) -> String {
        self.get(request, token).json()["subject_openssl"].as_str().unwrap().to_owned()
    }

    /// Makes `new.key`, hands over its PKCS#10, returns the text to sign.
    fn offer_good_key(&self, token: &str, request: &str, key: &[&str; 2], form: &str) -> String {
        self.make_key(key);
        let subject = self.subject(token, request);
        self.openssl(&[
            "req", "-new", "-key", "new.key", "-utf8", "-subj", &subject, "-outform", form, "-out", "new.csr",
        ]);
        self.put(&format!("{request}/key"), token, Path::new("new.csr")).json();
        self.get(&format!("{request}/text"), token).text()
    }

    /// Signs and hands in, approves as the operator, waits for the letter; returns the path behind its link.
    fn accepted_and_issued(&self, token: &str, request: &str, text: &str) -> String {
        let cms = self.sign(text, "rogov", "DER");
        let accepted = self.post(&format!("{request}/submission"), token, Body::File(&cms)).json();
        assert_eq!(accepted["unz"].as_str().unwrap().len(), 14, "{accepted}");
        self.issued(token, request)
    }

    fn issued(&self, token: &str, request: &str) -> String {
        let desk = request.replace("/api/v1/", "/api/v1/desk/");
        let version = json!({ "version": self.get(&desk, &self.operator).json()["version"] }).to_string();
        self.post(&format!("{desk}/approve"), &self.operator, Body::Text(&version)).json();
        let began = Instant::now();
        while self.get(request, token).json()["mail"] != "sent" {
            assert!(began.elapsed() < PATIENCE, "no letter");
            std::thread::sleep(Duration::from_millis(50));
        }
        let id = request.rsplit('/').next().unwrap();
        self.links()
            .into_iter()
            .find(|link| {
                let answer = self.get(link, "");
                answer.status == 200 && answer.json()["request"]["id"] == id
            })
            .expect("a letter holds the link of this request")
    }

    /// The API's paths behind the links of all letters.
    fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for entry in std::fs::read_dir(self.path("data/mailbox")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "eml") {
                continue;
            }
            let letter = crate::bank::decoded(&std::fs::read(path).unwrap());
            for after in letter.split("code=").skip(1) {
                let code: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
                links.push(format!("/api/v1/delivery/{}/{code}", self.agent));
            }
        }
        links
    }

    /// Checks the journal beside the running server; returns its rows.
    fn journal_is_right(&self) -> String {
        self.surguch(&["journal", "verify"]);
        self.surguch(&["journal", "export"])
    }

    fn write_import(&self) {
        let import = self.path("import");
        for sub in ["certificates", "authorities"] {
            std::fs::create_dir_all(import.join(sub)).unwrap();
        }
        for (from, to) in [
            ("previous", "import/authorities/previous.der"),
            ("rogov", "import/certificates/rogov.der"),
            ("ivanov", "import/certificates/ivanov.der"),
        ] {
            self.openssl(&["x509", "-in", &format!("{from}.pem"), "-outform", "DER", "-out", to]);
        }
        std::fs::write(import.join("organisations.csv"), "inn,name,city\n5400000004,ООО «ооо»,Новосибирск\n").unwrap();
        std::fs::write(import.join("signatories.csv"), format!("{HEAD}\n{ROGOV}\n{IVANOV}\n")).unwrap();
    }
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// Loads the engine of Debian's package libengine-gost-openssl, wherever this machine's architecture keeps it.
fn openssl_configuration() -> String {
    let engine = std::fs::read_dir("/usr/lib")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("engines-3/gost.so"))
        .find(|path| path.exists())
        .expect("the package libengine-gost-openssl is installed");
    format!(
        "openssl_conf = openssl_def\n[openssl_def]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\n\
         dynamic_path = {}\ndefault_algorithms = ALL\n[req]\ndistinguished_name = name\n[name]\n",
        engine.display()
    )
}
