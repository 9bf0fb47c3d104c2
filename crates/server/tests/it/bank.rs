//! A bank for these tests: a data folder made by the binary's own commands, a running `surguch serve`, and clients with keys.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crypto::{Certificate, Extension, KeyAlgorithm, KeyUsage, KeyUsageSet, Name, PrivateKey, Signer, TbsCertificate};
use serde_json::Value;

const DAY: i64 = 86_400;
/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the binary with a configuration and waits for its end.
pub(crate) fn surguch(config: &Path, arguments: &[&str]) -> Output {
    command(config).args(arguments).output().unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

fn command(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_surguch"));
    command.arg("--config").arg(config).env("LC_ALL", "C").env_remove("SURGUCH_CONFIG").stdin(Stdio::null());
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn done(output: Output) -> String {
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    stdout(&output)
}

pub(crate) struct Bank {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) config: PathBuf,
    pub(crate) agent: u32,
    pub(crate) procedure: String,
    pub(crate) port: u16,
    pub(crate) operator: String,
    pub(crate) support: String,
    pub(crate) rogov: Client,
    /// The root of the authority that Rogov's certificate is of, and that the bank trusts.
    previous: Client,
    /// Where letters arrive.
    pub(crate) mailbox: PathBuf,
    /// Set for the server alone.
    environment: Vec<(&'static str, String)>,
    server: Option<Child>,
}

/// Somebody with a current certificate.
pub(crate) struct Client {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Certificate,
}

impl Client {
    /// A PEM CMS over a text, attached.
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        sign(&self.key, &self.certificate, text)
    }
}

pub(crate) fn sign(key: &PrivateKey, certificate: &Certificate, text: &[u8]) -> String {
    let der = crypto::sign_cms(text, false, key, certificate, &[], now(), &mut rng()).unwrap();
    crypto::pem_encode("CMS", &der)
}

/// What the new key signs at the end: the challenge, and the act.
pub(crate) fn proven(key: &PrivateKey, certificate: &Certificate, challenge: &[u8], act: &[u8]) -> String {
    let signed = |text| sign(key, certificate, text);
    serde_json::json!({ "proof": signed(challenge), "act": signed(act) }).to_string()
}

pub(crate) fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// Seconds since the epoch by the machine.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

impl Bank {
    /// A bank whose configuration has these lines beside the usual ones, with its server running.
    pub(crate) fn open(extra: &str) -> Self {
        let mut bank = Self::closed(extra);
        bank.start();
        bank
    }

    /// The same without a running server.
    pub(crate) fn closed(extra: &str) -> Self {
        Self::made(extra, now(), Vec::new())
    }

    /// A bank without a running server, whose authorities are those of `plan` and whose commands run with these variables.
    pub(crate) fn planned(extra: &str, plan: &str, environment: Vec<(&'static str, String)>) -> Self {
        Self::made_by(plan, extra, now(), environment)
    }

    /// A bank that was made at this second since the epoch and lives by a clock that stands there until [`Bank::set_clock`].
    pub(crate) fn open_at(extra: &str, seconds: i64) -> Self {
        let mut bank = Self::closed_at(extra, seconds);
        bank.start();
        bank
    }

    /// The same without a running server.
    pub(crate) fn closed_at(extra: &str, seconds: i64) -> Self {
        let clock = tempfile::NamedTempFile::new().unwrap().keep().unwrap().1;
        set_clock(&clock, seconds);
        Self::made(extra, seconds, vec![(CLOCK, clock.to_str().unwrap().to_owned())])
    }

    /// From the next start on the procedures are this bank's own, each `procedure.toml` as `changed` returns it. Their folder.
    pub(crate) fn own_procedures(&self, changed: impl Fn(String) -> String) -> PathBuf {
        let own = self.folder.path().join("procedures");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures"), &own);
        for folder in std::fs::read_dir(&own).unwrap() {
            let file = folder.unwrap().path().join("procedure.toml");
            let toml = std::fs::read_to_string(&file).unwrap();
            std::fs::write(file, changed(toml)).unwrap();
        }
        let config = std::fs::read_to_string(&self.config).unwrap();
        let line = format!("[folders]\nprocedures = {:?}\n", own.to_str().unwrap());
        let config = match config.split_once("[folders]\n") {
            Some((before, others)) => format!("{before}{line}{others}"),
            None => format!("{config}\n{line}"),
        };
        std::fs::write(&self.config, config).unwrap();
        own
    }

    /// Moves the clock of a bank that was opened with one.
    pub(crate) fn set_clock(&self, seconds: i64) {
        set_clock(Path::new(self.clock_file().unwrap()), seconds);
    }

    /// Where the time of a bank that was opened with a clock is written.
    pub(crate) fn clock_file(&self) -> Option<&str> {
        self.environment.iter().find(|(name, _)| *name == CLOCK).map(|(_, file)| file.as_str())
    }

    /// A bank whose client's certificate is of this key: somebody else has its private half. Its server runs.
    pub(crate) fn open_for(extra: &str, spki_der: &[u8]) -> Self {
        let mut bank = Self::made_for(PLAN, extra, now(), Vec::new(), Some(spki_der));
        bank.start();
        bank
    }

    fn made(extra: &str, begin: i64, environment: Vec<(&'static str, String)>) -> Self {
        Self::made_by(PLAN, extra, begin, environment)
    }

    fn made_by(plan_text: &str, extra: &str, begin: i64, environment: Vec<(&'static str, String)>) -> Self {
        Self::made_for(plan_text, extra, begin, environment, None)
    }

    fn made_for(
        plan_text: &str,
        extra: &str,
        begin: i64,
        environment: Vec<(&'static str, String)>,
        spki_der: Option<&[u8]>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (agent, procedure) = offered();
        let port = free_port();
        let config = folder.path().join("surguch.toml");
        let head = format!("listen = \"127.0.0.1:{port}\"\norigin = \"http://127.0.0.1:{port}\"\n");
        std::fs::write(&config, format!("{head}{extra}")).unwrap();
        let run =
            |arguments: &[&str]| done(command(&config).envs(environment.clone()).args(arguments).output().unwrap());
        let plan = folder.path().join("ca.toml");
        std::fs::write(&plan, plan_text).unwrap();
        run(&["ca", "init", plan.to_str().unwrap()]);

        let (previous, client) = previous_authority_and_client(begin, spki_der);
        let import = folder.path().join("import");
        write_import(&import, &previous.certificate, &client.certificate);
        let agent_word = agent.to_string();
        run(&["import", import.to_str().unwrap(), "--agent", &agent_word]);
        let add = |name: &str, role: &str| {
            run(&["staff", "add", "--agent", &agent_word, "--name", name, "--role", role]).trim().to_owned()
        };
        let (operator, support) = (add("Operator 1", "operator"), add("Support 1", "support"));
        let mailbox = folder.path().join("data/mailbox");
        Self {
            folder,
            config,
            agent,
            procedure,
            port,
            operator,
            support,
            rogov: client,
            previous,
            mailbox,
            environment,
            server: None,
        }
    }

    /// Starts `surguch serve` and waits until it is ready.
    pub(crate) fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut serve = command(&self.config);
        serve.envs(self.environment.iter().map(|(name, value)| (name, value)));
        self.server = Some(serve.arg("serve").stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let began = Instant::now();
        while ureq::get(self.url("/health/ready")).call().is_err() {
            assert!(began.elapsed() < PATIENCE, "not ready:\n{}", self.log());
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the server to stop and waits for its end.
    pub(crate) fn stop(&mut self) -> std::process::ExitStatus {
        let mut server = self.server.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
        assert!(told.success());
        let began = Instant::now();
        loop {
            if let Some(status) = server.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "does not stop:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A certificate of the previous authority for somebody who signs documents, good from yesterday for this many days.
    pub(crate) fn signatory(&self, called: &str, spki_der: Vec<u8>, days: i64) -> Certificate {
        let usage = Extension::key_usage(KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]));
        let extensions = vec![Extension::basic_constraints(false, None), usage];
        let subject = name(&[("2.5.4.6", "RU"), ("2.5.4.3", called)]);
        let life = (now() - 2 * DAY, now() + days * DAY);
        let issuer = self.previous.certificate.subject();
        certificate(3, issuer, &subject, spki_der, &self.previous.key, life, extensions)
    }

    /// Somebody of Rogov's organisation whose certificate of the previous authority ends inside the window of a renewal.
    pub(crate) fn colleague(&self, called: &str) -> Client {
        self.colleague_at("OOO 'ooo'", called)
    }

    fn colleague_at(&self, organisation: &str, called: &str) -> Client {
        let key = key("gost-256-a");
        let subject = [("2.5.4.6", "RU"), ("2.5.4.7", "Novosibirsk"), ("2.5.4.10", organisation), ("2.5.4.3", called)];
        let usage = Extension::key_usage(KeyUsageSet::of([KeyUsage::DigitalSignature]));
        let extensions = vec![Extension::basic_constraints(false, None), usage];
        let issuer = self.previous.certificate.subject();
        let life = (now() - 700 * DAY, now() + 20 * DAY);
        let spki = key.public_key().to_spki_der();
        let certificate = certificate(4, issuer, &name(&subject), spki, &self.previous.key, life, extensions);
        Client { key, certificate }
    }

    /// Rogov's certificate for a second organisation, «Вторая», of record from the next start on.
    pub(crate) fn second_organisation(&self) -> Client {
        self.second_organisation_as("OOO 'ooo'", "ООО «Вторая»")
    }

    /// The same with these names of it: in the certificate, and of record.
    pub(crate) fn second_organisation_as(&self, certified: &str, of_record: &str) -> Client {
        let second = self.colleague_at(certified, "Rogov Ivan Petrovich 2");
        let import = self.folder.path().join("second");
        write_import(&import, &self.previous.certificate, &second.certificate);
        for (file, from, to) in [
            ("organisations.csv", "5400000004,ООО «ооо»", format!("7707704692,{of_record}")),
            ("signatories.csv", "5400000004", "7707704692".to_owned()),
        ] {
            let path = import.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace(from, &to)).unwrap();
        }
        let agent = self.agent.to_string();
        done(surguch(&self.config, &["import", import.to_str().unwrap(), "--agent", &agent]));
        second
    }

    /// A colleague of Rogov's who is of record from the next start on.
    pub(crate) fn colleague_of_record(&self) -> Client {
        let colleague = self.colleague("Ivanov Ivan Ivanovich");
        let import = self.folder.path().join("colleague");
        write_import(&import, &self.previous.certificate, &colleague.certificate);
        let path = import.join("signatories.csv");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("Рогов", "Иванов").replace("rogov@", "ivanov@");
        std::fs::write(&path, text).unwrap();
        let agent = self.agent.to_string();
        done(surguch(&self.config, &["import", import.to_str().unwrap(), "--agent", &agent]));
        colleague
    }

    /// From the next start on the agent's file begins with these lines, too.
    pub(crate) fn agent_says(&self, lines: &str) {
        let (file, text) = agent_file();
        std::fs::write(self.own_agents().join(file), format!("{lines}\n{text}")).unwrap();
    }

    /// From the next start on the agent's file says when support answers.
    pub(crate) fn support_answers(&self, ru: &str, en: &str) {
        let (file, text) = agent_file();
        let hours = format!("[support]\nhours.ru = \"{ru}\"\nhours.en = \"{en}\"\n");
        std::fs::write(self.own_agents().join(file), text.replace("[support]\n", &hours)).unwrap();
    }

    /// From the next start on the agent offers its procedures in the opposite order.
    pub(crate) fn agent_offers_in_reverse(&self) {
        let (file, text) = agent_file();
        let line = text.lines().find(|line| line.starts_with("procedures = ")).unwrap();
        let mut names: Vec<String> = line.split('"').skip(1).step_by(2).map(|name| format!("\"{name}\"")).collect();
        assert!(names.len() > 1, "{line}");
        names.reverse();
        let reversed = format!("procedures = [{}]", names.join(", "));
        std::fs::write(self.own_agents().join(file), text.replace(line, &reversed)).unwrap();
    }

    fn own_agents(&self) -> PathBuf {
        let own = self.folder.path().join("agents");
        if !own.exists() {
            std::fs::create_dir(&own).unwrap();
            let config = std::fs::read_to_string(&self.config).unwrap();
            std::fs::write(&self.config, format!("{config}\n[folders]\nagents = {own:?}\n")).unwrap();
        }
        own
    }

    /// From the next start on the agent signs acts under this certificate, by the key that `lines` of its file name. The folder of that file.
    pub(crate) fn agent_signs(&self, certificate: &Certificate, lines: &str) -> PathBuf {
        let own = self.own_agents();
        let (file, text) = agent_file();
        std::fs::write(own.join("agent.pem"), crypto::pem_encode("CERTIFICATE", certificate.as_der())).unwrap();
        let text = format!("{text}\n[countersignature]\ncertificate = \"agent.pem\"\n{lines}");
        std::fs::write(own.join(file), text).unwrap();
        own
    }

    /// The same by a new key in a file with a password of its own.
    pub(crate) fn agent_signs_by_file(&self, called: &str, algorithm: &str) -> Certificate {
        let key = key(algorithm);
        let certificate = self.signatory(called, key.public_key().to_spki_der(), 300);
        let own = self.agent_signs(&certificate, "key = \"agent.key\"\npassword_file = \"agent.password\"\n");
        let sealed = key.to_encrypted_pkcs8_der(b"five words of the agent", 1_000, &mut rng()).unwrap();
        std::fs::write(own.join("agent.key"), crypto::pem_encode("ENCRYPTED PRIVATE KEY", &sealed)).unwrap();
        std::fs::write(own.join("agent.password"), "five words of the agent\n").unwrap();
        certificate
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.jsonl")
    }

    /// Everything the server logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A client that keeps its connections.
    pub(crate) fn http(&self) -> ureq::Agent {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        config.timeout_global(Some(PATIENCE)).build().into()
    }

    /// How much of everything there is in the embedded database.
    pub(crate) fn rows(&self) -> store::views::Counts {
        let location = store::Location::Sqlite(self.folder.path().join("data/surguch.db"));
        store::Store::open_reading(&location).unwrap().read(store::views::counts).unwrap()
    }

    /// One call; `bearer` may be empty.
    pub(crate) fn call(&self, method: &str, path: &str, bearer: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let agent = self.http();
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if !bearer.is_empty() {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let mut octets = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut octets).unwrap();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Answer { status: response.status().as_u16(), headers, octets }
    }

    pub(crate) fn get(&self, path: &str, bearer: &str) -> Answer {
        self.call("GET", path, bearer, b"", &[])
    }

    pub(crate) fn post(&self, path: &str, bearer: &str, body: impl AsRef<[u8]>) -> Answer {
        self.call("POST", path, bearer, body.as_ref(), &[])
    }

    /// Signs a client in and returns the bearer token.
    pub(crate) fn sign_in(&self, client: &Client) -> String {
        let challenge = self.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", self.agent)).json();
        let cms = client.sign(challenge["text"].as_str().unwrap().as_bytes());
        let body = serde_json::json!({ "challenge": challenge["challenge"], "cms": cms }).to_string();
        self.post("/api/v1/sign-in", "", body).json()["token"].as_str().unwrap().to_owned()
    }

    /// Every letter that arrived, decoded.
    pub(crate) fn letters(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.mailbox) else { return Vec::new() };
        let files = entries.map(|entry| entry.unwrap().path());
        let whole = files.filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
        whole.map(|file| decoded(&std::fs::read(file).unwrap())).collect()
    }

    /// A letter whose text has `what`, decoded; waits for it.
    pub(crate) fn letter(&self, what: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(letter) = self.letters().into_iter().find(|letter| letter.contains(what)) {
                return letter;
            }
            assert!(began.elapsed() < PATIENCE, "no letter with {what}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        for (_, file) in self.environment.iter().filter(|(name, _)| *name == CLOCK) {
            let _ = std::fs::remove_file(file);
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) octets: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.octets.clone()).unwrap()
    }

    /// The JSON of an answer that must be good.
    pub(crate) fn json(&self) -> Value {
        assert!(self.status < 300, "{}: {}", self.status, self.text());
        serde_json::from_slice(&self.octets).unwrap()
    }

    pub(crate) fn header(&self, wanted: &str) -> &str {
        self.headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
    }

    /// Every value of a header that may come more than once.
    pub(crate) fn headers(&self, wanted: &str) -> Vec<String> {
        self.headers.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
    }

    /// Checks that this is a problem document with this status and code, whole and in both languages.
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Value = serde_json::from_slice(&self.octets).unwrap();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().ends_with(&format!(":{code}")), "{problem}");
        for language in ["ru", "en"] {
            assert!(problem["titles"][language].as_str().unwrap().contains(' '), "{problem}");
        }
        problem
    }
}

/// The first agent of the tree and the first procedure it offers.
pub(crate) fn offered() -> (u32, String) {
    let agent: toml::Table = toml::from_str(&agent_file().1).unwrap();
    let id = u32::try_from(agent["id"].as_integer().unwrap()).unwrap();
    (id, agent["procedures"].as_array().unwrap()[0].as_str().unwrap().to_owned())
}

/// Whether it offers this procedure too.
pub(crate) fn is_offered(procedure: &str) -> bool {
    let agent: toml::Table = toml::from_str(&agent_file().1).unwrap();
    agent["procedures"].as_array().unwrap().iter().any(|name| name.as_str() == Some(procedure))
}

/// Its file: the name and the text.
fn agent_file() -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = files[0].file_name().unwrap().to_str().unwrap().to_owned();
    (name, std::fs::read_to_string(&files[0]).unwrap())
}

/// A port that nobody has. Below the range that the system gives to outgoing connections (32768 and up on Linux), so that no client
/// of another test takes it before the server does; every test of this process gets another one.
pub(crate) fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(97);
    loop {
        let turn = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 12_000 + u16::try_from(turn % 20_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

const CLOCK: &str = "SURGUCH_TEST_CLOCK";

/// In one step, so that nobody reads half a number.
fn set_clock(file: &Path, seconds: i64) {
    let beside = file.with_extension("new");
    std::fs::write(&beside, (seconds * 1_000).to_string()).unwrap();
    std::fs::rename(beside, file).unwrap();
}

const PLAN: &str = r#"
[[authority]]
name = "root"
algorithm = "gost-512-a"
subject = [["C", "RU"], ["O", "Surguch test"], ["CN", "Surguch test root"]]
validity = "7300d"
path_len = 1
crl_life = "720h"

[[authority]]
name = "issuing"
issuer = "root"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["O", "Surguch test"], ["CN", "Surguch test issuing"]]
validity = "3650d"
path_len = 0
crl_life = "24h"
certificate_policies = ["2.5.29.32.0"]
"#;

/// The root of the authority before ours, and Rogov's certificate of it, which ends inside the window of a renewal.
fn previous_authority_and_client(now: i64, spki_der: Option<&[u8]>) -> (Client, Client) {
    let around = |days: i64| (now - 700 * DAY, now + days * DAY);
    let root_key = key("ecdsa-p256");
    let name = name(&[("2.5.4.6", "RU"), ("2.5.4.10", "Center of Financial Technologies"), ("2.5.4.3", "Class 2 CA")]);
    let usage = |usages: &[KeyUsage]| Extension::key_usage(KeyUsageSet::of(usages.iter().copied()));
    let root_extensions =
        vec![Extension::basic_constraints(true, None), usage(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])];
    let root =
        certificate(1, &name, &name, root_key.public_key().to_spki_der(), &root_key, around(3_000), root_extensions);
    let client_key = key("gost-256-a");
    let subject = self::name(&[
        ("2.5.4.6", "RU"),
        ("2.5.4.7", "Novosibirsk"),
        ("2.5.4.10", "OOO 'ooo'"),
        ("2.5.4.3", "Rogov Ivan Petrovich"),
    ]);
    let extensions = vec![Extension::basic_constraints(false, None), usage(&[KeyUsage::DigitalSignature])];
    let spki = spki_der.map_or_else(|| client_key.public_key().to_spki_der(), <[u8]>::to_vec);
    let certificate = certificate(2, &name, &subject, spki, &root_key, around(20), extensions);
    (Client { key: root_key, certificate: root }, Client { key: client_key, certificate })
}

pub(crate) fn key(algorithm: &str) -> PrivateKey {
    PrivateKey::generate(algorithm.parse::<KeyAlgorithm>().unwrap(), &mut rng()).unwrap()
}

fn name(pairs: &[(&str, &str)]) -> Name {
    Name::from_pairs(pairs.iter().copied()).unwrap()
}

fn certificate(
    serial: u8,
    issuer: &Name,
    subject: &Name,
    spki_der: Vec<u8>,
    issuer_key: &PrivateKey,
    (not_before, not_after): (i64, i64),
    extensions: Vec<Extension>,
) -> Certificate {
    let tbs = TbsCertificate {
        serial: vec![serial],
        signature_algorithm: issuer_key.signature_algorithm(),
        issuer_der: issuer.to_der(),
        not_before,
        not_after,
        subject: subject.clone(),
        spki_der,
        extensions,
    }
    .to_der()
    .unwrap();
    let signature = issuer_key.sign(&tbs, &mut rng()).unwrap();
    Certificate::from_der(&crypto::assemble(&tbs, issuer_key.signature_algorithm(), &signature)).unwrap()
}

fn write_import(folder: &Path, root: &Certificate, client: &Certificate) {
    for sub in ["certificates", "authorities"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    std::fs::write(folder.join("authorities/root.der"), root.as_der()).unwrap();
    std::fs::write(folder.join("certificates/rogov.der"), client.as_der()).unwrap();
    std::fs::write(folder.join("organisations.csv"), "inn,name,city\n5400000004,ООО «ооо»,Новосибирск\n").unwrap();
    let head = "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone";
    let row = "5400000004,rogov.der,Рогов Иван Петрович,Рогова Ивана Петровича,Роговым Иваном Петровичем,male,директор,Устава,rogov@example.org,+7 000 000-00-01";
    std::fs::write(folder.join("signatories.csv"), format!("{head}\n{row}\n")).unwrap();
}

/// Headers as they are, body decoded.
pub(crate) fn decoded(letter: &[u8]) -> String {
    use base64::Engine as _;
    let text = String::from_utf8(letter.to_vec()).unwrap();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return text };
    // The first part of a letter is its text, the second says the same as HTML.
    if let Some((_, rest)) = head.split_once("boundary=\"") {
        let border = format!("--{}\r\n", rest.split('"').next().unwrap());
        let parts: Vec<&str> = body.split(&border).collect();
        assert!(head.contains("multipart/alternative") && parts.len() == 3, "{text}");
        assert!(parts[2].to_lowercase().contains("content-type: text/html"), "{text}");
        let text = decoded(parts[1].trim_end().as_bytes());
        return format!("{head}\r\n\r\n{}", text.split_once("\r\n\r\n").unwrap().1);
    }
    let octets = if head.to_lowercase().contains("content-transfer-encoding: base64") {
        base64::engine::general_purpose::STANDARD.decode(body.replace("\r\n", "")).unwrap()
    } else if head.to_lowercase().contains("content-transfer-encoding: quoted-printable") {
        let mut octets = Vec::new();
        let mut rest = body.replace("=\r\n", "").into_bytes().into_iter();
        while let Some(octet) = rest.next() {
            if octet == b'=' {
                let pair = [rest.next().unwrap(), rest.next().unwrap()];
                octets.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
            } else {
                octets.push(octet);
            }
        }
        octets
    } else {
        body.as_bytes().to_vec()
    };
    format!("{head}\r\n\r\n{}", String::from_utf8(octets).unwrap())
}
