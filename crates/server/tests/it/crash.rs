//! Killed anywhere, restarted, carried on: one certificate, no signature without its intent, one link, one signature of the agent, a whole journal.
//!
//! A bank is made once, up to a key that was offered and a text that waits for its signature. Then, for each point of the list, a copy of
//! it is served by a process that is told to kill itself at that point (SIGKILL, no handler runs), a patient client goes on through every step
//! to the end, and starts the server again whenever it finds it dead. On SQLite and on PostgreSQL.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crypto::{Certificate, Csr, Name, PrivateKey};
use serde_json::{Value, json};
use store::links::LinkState;

use crate::bank::{Bank, PATIENCE, free_port, key, proven, rng, sign};

/// Beside the first pass of every point: later passes, which fall into other verbs (submit, approve, issue, letter, act, delivery, proof).
const LATER_PASSES: &[&str] = &[
    "write.before-commit:2",
    "write.before-commit:4",
    "write.before-commit:6",
    "write.before-commit:8",
    "write.after-commit:3",
    "write.after-commit:5",
    "write.after-commit:7",
    "write.after-commit:9",
    "ra.save.before:2",
    "ra.save.before:3",
    "ra.save.before:4",
    "ra.save.before:5",
    "ra.save.before:6",
    "ra.save.after:2",
    "ra.save.after:3",
    "ra.save.after:4",
    "ra.save.after:5",
    "ra.save.after:6",
    "journal.append.after:4",
    "journal.append.after:8",
    "requests.save.after:3",
    "requests.save.after:6",
    "outbox.done.before:2",
    "outbox.done.after:2",
];
/// Points that are not passed between the submission and the end of the request.
const ELSEWHERE: &[&str] =
    &["requests.insert.before", "requests.insert.after", "keys.claim.before", "keys.claim.after"];
/// A renewal that goes well touches no CRL: these points are passed when the client declines.
fn only_when_revoked(case: &str) -> bool {
    case.starts_with("ra.crl.") || case.starts_with("crls.")
}

/// The issue asks for at least so many distinct points.
const FEWEST: usize = 40;
/// Runs side by side: each is two processes, mostly waiting.
const SIDE_BY_SIDE: usize = 3;

#[test]
fn killed_at_any_point_and_restarted_a_renewal_ends_with_one_certificate() {
    let points: Vec<&str> = ra::kill::POINTS
        .iter()
        .chain(store::kill::POINTS)
        .copied()
        .filter(|point| !ELSEWHERE.contains(point))
        .collect();
    assert!(points.len() >= FEWEST, "{} points", points.len());
    let cases: Vec<&str> = points.iter().chain(LATER_PASSES).copied().collect();
    for backend in backends() {
        let template = Template::make(backend);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let run = Run::of(&template, case);
                        let killed =
                            if only_when_revoked(case) { run.walked_to_the_refusal() } else { run.walked_to_the_end() };
                        assert!(killed, "{case} was never passed: {:?}", template.backend);
                    }
                });
            }
        });
    }
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite,
    Postgres { admin: String },
}

fn backends() -> Vec<Backend> {
    match std::env::var("SURGUCH_TEST_POSTGRES_URL") {
        Ok(admin) => vec![Backend::Sqlite, Backend::Postgres { admin }],
        Err(_) if std::env::var_os("SURGUCH_TEST_SQLITE_ONLY").is_some() => vec![Backend::Sqlite],
        Err(_) => panic!(
            "SURGUCH_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a server, SURGUCH_TEST_SQLITE_ONLY=1 does without"
        ),
    }
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

/// A bank that waits for the signature of one request.
struct Template {
    bank: Bank,
    backend: Backend,
    database: String,
    token: String,
    request: String,
    cms: String,
    new_key: PrivateKey,
}

impl Template {
    fn make(backend: Backend) -> Self {
        let database = format!("crash_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let section = match &backend {
            Backend::Sqlite => String::new(),
            Backend::Postgres { admin } => {
                sql(admin, &format!("CREATE DATABASE {database}"));
                format!("[database]\nurl = \"{}\"\n", beside(admin, &database))
            }
        };
        let mut bank = Bank::closed(&format!("{section}[limits]\nlease_seconds = 1\nguesses_per_minute = 100000\n"));
        bank.agent_signs_by_file("Ivanov 6", "gost-256-a");
        bank.start();
        let token = bank.sign_in(&bank.rogov);
        let body = json!({ "procedure": bank.procedure }).to_string();
        let card = bank.post("/api/v1/requests", &token, body).json();
        let id = card["id"].as_str().unwrap().to_owned();
        let pairs: Vec<_> = card["subject"].as_array().unwrap().clone();
        let pairs = pairs.iter().map(|pair| (pair["oid"].as_str().unwrap(), pair["value"].as_str().unwrap()));
        let new_key = key("gost-256-a");
        let csr = Csr::create(&Name::from_pairs(pairs).unwrap(), &new_key, &mut rng()).unwrap();
        bank.call("PUT", &format!("/api/v1/requests/{id}/key"), &token, &csr, &[]).json();
        let text = bank.get(&format!("/api/v1/requests/{id}/text"), &token);
        let cms = bank.rogov.sign(&text.octets);
        assert!(bank.stop().success());
        Self { bank, backend, database, token, request: id, cms, new_key }
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        if let Backend::Postgres { admin } = &self.backend {
            sql(admin, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database));
        }
    }
}

/// One copy of the template on its way to the end.
struct Run<'a> {
    template: &'a Template,
    case: &'a str,
    folder: tempfile::TempDir,
    config: PathBuf,
    port: u16,
    database: String,
    server: Option<Child>,
    killed: bool,
}

impl<'a> Run<'a> {
    fn of(template: &'a Template, case: &'a str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = template.bank.folder.path();
        let copied = Command::new("cp").arg("-a").arg(source.join("data")).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let port = free_port();
        let database = format!("crash_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        // The origin stays: it stands in the text that was signed.
        let mut config = std::fs::read_to_string(&template.bank.config).unwrap().replace(
            &format!("listen = \"127.0.0.1:{}\"", template.bank.port),
            &format!("listen = \"127.0.0.1:{port}\""),
        );
        if let Backend::Postgres { admin } = &template.backend {
            sql(admin, &format!("CREATE DATABASE {database} TEMPLATE {}", template.database));
            config = config.replace(&template.database, &database);
        }
        let config_file = folder.path().join("surguch.toml");
        std::fs::write(&config_file, config).unwrap();
        let mut run = Self { template, case, folder, config: config_file, port, database, server: None, killed: false };
        run.start(Some(case));
        run
    }

    /// Every step until the request is in service and the server has stopped in order; true when the point was passed.
    fn walked_to_the_end(mut self) -> bool {
        let bank = &self.template.bank;
        let (token, request) = (self.template.token.clone(), format!("/api/v1/requests/{}", self.template.request));
        let link = self.walk_to_the_letter();
        let mut text = String::new();
        self.until(|run| {
            text = run.text(&format!("{link}/act"))?;
            let act = sign(&bank.rogov.key, &bank.rogov.certificate, text.as_bytes());
            run.call("POST", &format!("{link}/act"), "", act.as_bytes()).map(|_| true)
        });
        let mut delivered = Value::Null;
        self.until(|run| {
            delivered = run.call("POST", &format!("{link}/certificate"), "", b"")?;
            Some(true)
        });
        self.links_hold();
        let certificate = certificate(delivered["certificate"].as_str().unwrap());
        let challenge = delivered["challenge"].as_str().unwrap().as_bytes();
        let proof = proven(&self.template.new_key, &certificate, challenge, text.as_bytes());
        self.until(|run| {
            run.call("POST", &format!("{link}/proof"), "", proof.as_bytes()).map(|card| card["stage"] == "in-service")
        });
        self.until(|run| run.call("GET", &request, &token, b"").map(|card| card["stage"] == "in-service"));
        self.until(|run| run.call("GET", &request, &token, b"").map(|card| card["countersignature"] == "made"));
        self.stop();
        self.everything_holds(&certificate);
        self.killed
    }

    /// The same as far as the letter, then «Отказаться»: the certificate is revoked once and the CRL says so.
    fn walked_to_the_refusal(mut self) -> bool {
        let link = self.walk_to_the_letter();
        self.until(|run| {
            run.call("POST", &format!("{link}/decline"), "", b"{\"confirmed\":true}")
                .map(|card| card["stage"] == "rejected")
        });
        let began = Instant::now();
        self.until(|run| {
            let crl = run.octets("GET", "/crl/issuing.crl", "", b"")?;
            assert!(began.elapsed() < Duration::from_secs(60), "a decision is in the CRL within a minute");
            Some(crypto::Crl::from_der(&crl).unwrap().revoked().len() == 1)
        });
        self.stop();
        assert_eq!(self.states_of_links(), [LinkState::Dead], "{}", self.case);
        let rows = self.journal();
        let revoked = rows.iter().filter(|row| row["event"] == "certificate-revoked").count();
        assert_eq!(revoked, 1, "{}", self.case);
        self.killed
    }

    /// From the signature to the letter with the link; the path behind which the client goes on.
    fn walk_to_the_letter(&mut self) -> String {
        let (token, operator) = (self.template.token.clone(), self.template.bank.operator.clone());
        let request = format!("/api/v1/requests/{}", self.template.request);
        let desk = format!("/api/v1/desk/requests/{}", self.template.request);
        let cms = self.template.cms.clone();
        self.until(|run| run.call("POST", &format!("{request}/submission"), &token, cms.as_bytes()).map(|_| true));
        self.until(|run| {
            let Some(card) = run.call("GET", &desk, &operator, b"") else { return Some(false) };
            if card["stage"] == "in-review" {
                let version = json!({ "version": card["version"] }).to_string();
                run.call("POST", &format!("{desk}/approve"), &operator, version.as_bytes())?;
            }
            Some(true)
        });
        self.until(|run| run.call("GET", &desk, &operator, b"").map(|card| card["mail"] == "sent"));
        self.links_hold();
        format!("/api/v1/delivery/{}/{}", self.template.bank.agent, self.code())
    }

    /// Tries a step until it says true; a dead server is started again without the order to die.
    fn until(&mut self, mut step: impl FnMut(&Self) -> Option<bool>) {
        let began = Instant::now();
        while step(self) != Some(true) {
            assert!(began.elapsed() < PATIENCE, "{}: no way on\n{}", self.case, self.log());
            if let Some(status) = self.server.as_mut().and_then(|server| server.try_wait().unwrap()) {
                self.died(status);
                self.start(None);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn died(&mut self, status: std::process::ExitStatus) {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(status.signal(), Some(9), "{}: ended by itself\n{}", self.case, self.log());
        assert!(!self.killed, "{}: died twice", self.case);
        self.killed = true;
        self.server = None;
    }

    fn start(&mut self, kill: Option<&str>) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_surguch"));
        command.arg("--config").arg(&self.config).arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.env("LC_ALL", "C").env_remove("SURGUCH_CONFIG");
        match kill {
            Some(point) => command.env("SURGUCH_TEST_KILL", point),
            None => command.env_remove("SURGUCH_TEST_KILL"),
        };
        self.server = Some(command.spawn().unwrap());
        let began = Instant::now();
        while ureq::get(format!("http://127.0.0.1:{}/health/ready", self.port)).call().is_err() {
            if let Some(status) = self.server.as_mut().unwrap().try_wait().unwrap() {
                // Some points are passed while starting.
                self.died(status);
                return self.start(None);
            }
            assert!(began.elapsed() < PATIENCE, "{}: not ready\n{}", self.case, self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// In order; a point that is passed only while stopping kills here.
    fn stop(&mut self) {
        let server = self.server.as_mut().unwrap();
        let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
        assert!(told.success() || server.try_wait().unwrap().is_some());
        let status = server.wait().unwrap();
        if !status.success() {
            self.died(status);
            self.start(None);
            self.stop();
        }
        self.server = None;
    }

    /// The JSON of a good answer; none when the server is gone or said no.
    fn call(&self, method: &str, path: &str, bearer: &str, body: &[u8]) -> Option<Value> {
        serde_json::from_str(&self.answer(method, path, bearer, body)?).ok()
    }

    fn text(&self, path: &str) -> Option<String> {
        self.answer("GET", path, "", b"")
    }

    fn answer(&self, method: &str, path: &str, bearer: &str, body: &[u8]) -> Option<String> {
        String::from_utf8(self.octets(method, path, bearer, body)?).ok()
    }

    fn octets(&self, method: &str, path: &str, bearer: &str, body: &[u8]) -> Option<Vec<u8>> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).build().into();
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("http://127.0.0.1:{}{path}", self.port));
        if !bearer.is_empty() {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        agent.run(request.body(body).unwrap()).ok()?.body_mut().read_to_vec().ok()
    }

    /// The code of the link in the only letter that has one, however often it was written.
    fn code(&self) -> String {
        let mut codes: Vec<String> = std::fs::read_dir(self.folder.path().join("data/mailbox"))
            .unwrap()
            .filter_map(|entry| {
                let letter = crate::bank::decoded(&std::fs::read(entry.unwrap().path()).unwrap());
                let (_, code) = letter.split_once("code=")?;
                Some(code[..64].to_owned())
            })
            .collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "{}: {codes:?}", self.case);
        codes.remove(0)
    }

    fn store(&self) -> store::Store {
        let location = match &self.template.backend {
            Backend::Sqlite => store::Location::Sqlite(self.folder.path().join("data/surguch.db")),
            Backend::Postgres { admin } => {
                store::Location::Postgres { url: beside(admin, &self.database), connections: 1 }
            }
        };
        store::Store::open_reading(&location).unwrap()
    }

    fn states_of_links(&self) -> Vec<LinkState> {
        let id = self.template.request.parse().unwrap();
        self.store().read(|tx| store::links::of_request(tx, id)).unwrap().into_iter().map(|link| link.state).collect()
    }

    /// From ISSUED until PROVEN there is exactly one live link.
    fn links_hold(&self) {
        assert_eq!(self.states_of_links(), [LinkState::Live], "{}", self.case);
    }

    fn everything_holds(&self, certificate: &Certificate) {
        assert_eq!(self.states_of_links(), [LinkState::Spent], "{}", self.case);
        let rows = self.journal();
        let of = |event: &str| rows.iter().filter(|row| row["event"] == event).collect::<Vec<_>>();
        let serial = hex::encode(certificate.serial());
        for (event, field) in [("intent-recorded", "serial"), ("certificate-issued", "serial")] {
            let found = of(event);
            assert_eq!(found.len(), 1, "{}: {event}", self.case);
            assert_eq!(found[0][field], serial.as_str(), "{}: {event}", self.case);
        }
        for event in [
            "request-accepted",
            "request-approved",
            "act-signed",
            "certificate-delivered",
            "possession-proven",
            "certificate-activated",
            "act-countersigned",
        ] {
            assert_eq!(of(event).len(), 1, "{}: {event}", self.case);
        }
        let intents = self.store().read(store::intents::open).unwrap();
        assert!(intents.is_empty(), "{}: an intent is still open", self.case);
    }

    /// The events of the journal, which must hold.
    fn journal(&self) -> Vec<Value> {
        let verified = crate::bank::surguch(&self.config, &["journal", "verify"]);
        assert!(verified.status.success(), "{}: {verified:?}", self.case);
        let exported = crate::bank::surguch(&self.config, &["journal", "export"]);
        String::from_utf8(exported.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].clone())
            .collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        if let Backend::Postgres { admin } = &self.template.backend {
            sql(admin, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database));
        }
    }
}

fn certificate(pem: &str) -> Certificate {
    Certificate::from_der(&crypto::der_or_pem(pem.as_bytes(), "CERTIFICATE").unwrap()).unwrap()
}

/// The url of a database on the same server.
fn beside(admin: &str, database: &str) -> String {
    format!("{}/{database}", admin.rsplit_once('/').unwrap().0)
}

fn sql(admin: &str, statement: &str) {
    let done = Command::new("psql").args([admin, "-qXc", statement]).stdout(Stdio::null()).status().unwrap();
    assert!(done.success() || std::thread::panicking(), "{statement}");
}
