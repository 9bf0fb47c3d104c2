//! Letters through a mail server: a real one that insists on STARTTLS and AUTH and sometimes says no, and one that hangs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::bank::{Bank, free_port, now};
use crate::browser::Browser;
use crate::database::Database;
use crate::desk::{PASSWORD as DESK_PASSWORD, code, sign_in, with_login};
use crate::walk::id;

#[test]
fn a_renewal_over_a_real_mail_server_survives_its_refusals() {
    renew_over_smtp("");
    if let Some(database) = Database::make() {
        renew_over_smtp(&format!("[database]\nurl = \"{}\"\n", database.url));
    }
}

fn renew_over_smtp(database: &str) {
    let server = MailServer::start();
    let mut bank = Bank::open(&format!("{database}{}", server.section()));
    bank.mailbox = server.folder.path().to_path_buf();

    // A passing refusal: the same letter comes again.
    server.answer_next("451 4.3.0 come back later");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    let accepted = bank.letter("To: rogov@example.org");
    let tries = server.tries();
    assert_eq!(tries.len(), 2, "{tries:?}");
    assert!(tries[0].ends_with("451 4.3.0 come back later") && tries[1].ends_with("ok"), "{tries:?}");
    let digests = std::fs::read_to_string(server.folder.path().join("digests")).unwrap();
    let digests: Vec<_> = digests.lines().collect();
    assert_eq!(digests[0], digests[1], "the same letter to the octet");
    let message_id = tries[0].split(' ').next().unwrap();
    assert!(tries[1].starts_with(message_id) && accepted.contains(message_id), "{tries:?}");
    for line in &tries {
        assert!(line.contains(" TLSv1.3 ") && line.contains(" surguch "), "{line}");
    }

    // A connection that is lost in the middle of a letter is a passing failure. A refusal for good: the desk hears of it, without the client's address, and can try again.
    server.answer_next("drop\n552 5.2.2 the mailbox of rogov@example.org is full");
    bank.approve(&card);
    bank.wait_until("a failed letter", || bank.desk(&card)["mail"] == "failed");
    let troubles = bank.get("/api/v1/desk/troubles", &bank.operator).json();
    let [trouble] = troubles["troubles"].as_array().unwrap().as_slice() else { panic!("{troubles}") };
    assert_eq!((&trouble["kind"], &trouble["request"]), (&"notify".into(), &id(&card).into()));
    let error = trouble["error"].as_str().unwrap();
    assert!(error.contains("552") && !error.contains("rogov"), "{error}");
    let again = format!("/api/v1/desk/troubles/{}/try-again", trouble["id"].as_str().unwrap());
    bank.post(&again, &bank.operator, "").json();

    let code = bank.code();
    bank.wait_until("a sent letter", || bank.desk(&card)["mail"] == "sent");
    bank.receive(&code, &new_key);
    assert!(bank.letter("code=").contains("The link works until "));
    bank.letter("The previous certificate is good until ");
    bank.wait_until("three letters", || bank.letters().len() == 3);
    let tries = server.tries();
    let answers: Vec<&str> = tries.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(answers, ["later", "ok", "drop", "full", "ok", "ok"], "{tries:?}");
    assert!(bank.stop().success());
    assert!(!bank.log().contains("rogov"), "{}", bank.log());
}

/// A password that has run out, until somebody rights it: no letter is given up, and nobody has to press anything.
#[test]
fn a_mail_server_that_does_not_let_us_in_for_a_while_loses_no_letter() {
    let server = MailServer::start();
    let mut bank = Bank::closed(&server.section());
    bank.mailbox = server.folder.path().to_path_buf();
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let desk = Browser::new(&bank, "en");
    sign_in(&desk, "/desk/requests", "operator1", DESK_PASSWORD, &code(&secret, now()));
    let locked = server.folder.path().join("locked");
    std::fs::write(&locked, "").unwrap();
    let turned_away = || std::fs::read_to_string(server.folder.path().join("turned-away")).unwrap_or_default();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.wait_until("two tries", || turned_away().lines().count() >= 2);
    assert!(bank.letters().is_empty());
    // The desk sees why it has not gone, and when it is tried next; the address is in no error.
    let letters = || {
        let page = desk.get(&format!("/desk/requests/{}", id(&card))).html;
        page.split("id=\"letters-title\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned()
    };
    bank.wait_until("a letter that is put off", || letters().contains("Put off"));
    let shown = letters();
    for words in ["Request accepted", "the mail server answered 535", "Next try: "] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    assert!(!shown.contains("rogov"), "{shown}");
    let troubles = bank.get("/api/v1/desk/troubles", &bank.operator).json();
    assert_eq!(troubles["troubles"].as_array().unwrap().len(), 0, "{troubles}");
    std::fs::remove_file(&locked).unwrap();
    bank.letter("To: rogov@example.org");
    bank.wait_until("a letter that was sent", || letters().contains("Sent"));
    assert!(bank.log().contains("the mail server answered 535"), "{}", bank.log());
}

/// The server of `smtp_server.py`.
pub(crate) struct MailServer {
    pub(crate) folder: tempfile::TempDir,
    port: u16,
    process: Child,
}

const PASSWORD: &str = "two herons over the marsh";

impl MailServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key) = (file("server.pem"), file("server.key"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &certificate])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        std::fs::write(file("password"), PASSWORD).unwrap();

        let python = python();
        assert!(python.exists(), "{} is not there: run `cargo xtask test --only packages` first", python.display());
        let port = free_port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/smtp_server.py");
        let mut process = Command::new(python)
            .args([script, &port.to_string(), &certificate, &key, "surguch", PASSWORD, &file("")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { folder, port, process }
    }

    /// What a bank writes into its configuration.
    pub(crate) fn section(&self) -> String {
        let file = |name: &str| self.folder.path().join(name);
        format!(
            "[mail]\ntransport = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nca_file = {:?}\n\
             user = \"surguch\"\npassword_file = {:?}\n",
            self.port,
            file("server.pem"),
            file("password")
        )
    }

    /// The next letter gets this answer.
    pub(crate) fn answer_next(&self, answer: &str) {
        std::fs::write(self.folder.path().join("answers"), format!("{answer}\n")).unwrap();
    }

    /// One line for every try.
    fn tries(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Of the place that `cargo xtask test` makes beside the builds.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("mail-server/bin/python")
}

#[test]
fn a_mail_server_that_hangs_holds_up_nothing_but_mail() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    // A greeting that never ends: no time limit of a single read notices.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                while stream.write_all(b"220-wait\r\n").is_ok() {
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
        }
    });
    let smtp = format!("[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
    let mut bank = Bank::open(&format!("{smtp}[limits]\nstop_seconds = 1\n"));
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.wait_until("a letter on its way", || taken.load(Ordering::SeqCst) == 1);

    bank.approve(&card);
    bank.wait_until("issued", || bank.desk(&card)["stage"] == "issued");
    let certificate = bank.desk(&card)["certificate"].clone();
    bank.step_on(certificate["id"].as_str().unwrap(), "revoke", &json!({ "reason": "keyCompromise" }));
    bank.wait_until("in the CRL", || {
        let crl = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
        crl.revoked().len() == 1
    });
    assert_eq!(taken.load(Ordering::SeqCst), 1, "one letter at a time");
    // A stop does not wait for it either.
    assert!(bank.stop().success(), "{}", bank.log());
}
