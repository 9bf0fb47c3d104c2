//! The client's component for real: Chromium with the extension (and without it, over loopback), the component's own program, a software
//! card, the page for tests, and this server. A script stands in the person's place where many cases are tried; every operation is also done
//! in the component's real windows with real keys ([`by_hand`]).
//!
//! `cargo xtask walk component` brings the browser's driver and builds the component; without them these tests fail and say so.

// By path: the tests in Firefox take this file in from another folder.
#[path = "component_in_chromium/by_hand.rs"]
mod by_hand;
#[path = "component_in_chromium/screen.rs"]
mod screen;

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub(crate) use screen::Screen;
use surguch_softtoken::folder::{Folder, Model, NewCard};

use crate::bank::{Bank, PATIENCE, free_port};

pub(crate) const PIN: &str = "4417-test";
/// Of the container in the registry, where there is one.
const PASSWORD: &str = "correct-horse-7";
const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
const SOFTHSM_CONFIGURATION: &str = "softhsm2.conf";
const SOFTHSM_SO_PIN: &str = "87651234";
/// Set for the child that prepares a card: modules find their cards by the environment of the process.
const CARD_FOR: &str = "SURGUCH_TEST_CARD_FOR";

/// A client at a computer: a card with the current key, a browser, the component.
pub(crate) struct Computer {
    folder: tempfile::TempDir,
    loopback: Option<Child>,
    /// With it the component's windows are real; without it a script answers.
    pub(crate) screen: Option<Screen>,
}

pub(crate) struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

pub(crate) fn beside_tests(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let path = deps.parent().unwrap().parent().unwrap().join(name);
    assert!(path.exists(), "{}: `cargo xtask walk component` builds and installs it", path.display());
    path
}

impl Computer {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for place in ["home", "config/surguch", "state", "data", "cards", "profile"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let mode: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(folder.path().join("cards"), mode).unwrap();
        let computer = Self { folder, loopback: None, screen: None };
        computer.policy("");
        computer
    }

    pub(crate) fn path(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    fn policy(&self, more: &str) {
        self.policy_of(&softtoken(), more);
    }

    fn policy_of(&self, module: &Path, more: &str) {
        let text = format!("modules = [{module:?}]\n{more}");
        std::fs::write(self.path("config/surguch/component.toml"), text).unwrap();
    }

    pub(crate) fn dress(&self, command: &mut Command) {
        command.env("HOME", self.path("home")).env("XDG_CONFIG_HOME", self.path("config"));
        command.env("XDG_STATE_HOME", self.path("state")).env("XDG_DATA_HOME", self.path("data"));
        command.env("SURGUCH_SOFTTOKEN_DIR", self.path("cards")).env_remove("WAYLAND_DISPLAY");
        command.env("SOFTHSM2_CONF", self.path(SOFTHSM_CONFIGURATION));
        match &self.screen {
            Some(screen) => screen.dress(command),
            None => command.env("SURGUCH_TEST_PROMPT", self.path("script")),
        };
    }

    pub(crate) fn component(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(beside_tests("surguch-component"));
        self.dress(&mut command);
        command.args(arguments);
        command
    }

    /// A card that holds Rogov's current key and certificate, prepared by the calling test in a process of its own.
    pub(crate) fn card_of(&self, bank: &Bank) {
        std::fs::write(self.path("key.der"), bank.rogov.key.to_pkcs8_der().as_slice()).unwrap();
        std::fs::write(self.path("certificate.der"), bank.rogov.certificate.as_der()).unwrap();
        self.prepare();
    }

    /// A card of this model as it comes out of its box.
    pub(crate) fn factory_card(&self, model: Model) -> PathBuf {
        let cards = Folder::at(&self.path("cards")).unwrap();
        cards.make(NewCard { model, ..NewCard::default() }).unwrap()
    }

    /// The card of [`Computer::card_of`].
    pub(crate) fn only_card(&self) -> PathBuf {
        let files = std::fs::read_dir(self.path("cards")).unwrap().map(|entry| entry.unwrap().path());
        let mut cards = files.filter(|file| file.extension().is_some_and(|kind| kind == "card"));
        let card = cards.next().unwrap();
        assert!(cards.next().is_none(), "one card");
        card
    }

    /// A card of this model with PINs of its own, the user's that of these tests, and nothing on it.
    pub(crate) fn blank_card(&self, model: Model) -> PathBuf {
        let card = self.factory_card(model);
        std::fs::write(self.path("blank"), "").unwrap();
        self.prepare();
        card
    }

    /// A key of GOST R 34.10-2001 on the card that is in; its SubjectPublicKeyInfo. A foreign client makes it, as it was done in its time.
    pub(crate) fn legacy_key(&self) -> Vec<u8> {
        let mut tool = Command::new("pkcs11-tool");
        self.dress(&mut tool);
        tool.arg("--module").arg(softtoken()).args([
            "--login",
            "--pin",
            PIN,
            "--keypairgen",
            "--key-type",
            "GOSTR3410:A",
        ]);
        let made = tool.args(["--id", "01"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        std::fs::write(self.path("legacy"), "").unwrap();
        self.prepare();
        std::fs::read(self.path("legacy.spki")).unwrap()
    }

    /// The client's certificate beside that key.
    pub(crate) fn legacy_certificate(&self, bank: &Bank) {
        std::fs::write(self.path("certificate.der"), bank.rogov.certificate.as_der()).unwrap();
        self.prepare();
    }

    /// A token of SoftHSM2 with an RSA and an ECDSA key, no certificates.
    fn softhsm_token(&self) {
        let tokens = self.path("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        std::fs::write(self.path(SOFTHSM_CONFIGURATION), text).unwrap();
        self.policy_of(Path::new(SOFTHSM), "");
        let mut made = Command::new("softhsm2-util");
        self.dress(&mut made);
        let pins = ["--so-pin", SOFTHSM_SO_PIN, "--pin", PIN];
        let made = made.args(["--init-token", "--free", "--label", "surguch"]).args(pins).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        self.prepare();
    }

    fn prepare(&self) {
        let _ = std::fs::remove_file(self.path("prepared"));
        let thread = std::thread::current();
        let name = thread.name().expect("a test's thread bears its name").to_owned();
        let mut child = Command::new(std::env::current_exe().unwrap());
        self.dress(&mut child);
        let child =
            child.args([name.as_str(), "--exact", "--nocapture"]).env(CARD_FOR, self.folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && self.path("prepared").exists(), "{said}");
    }

    pub(crate) fn browser(&self, extension: Option<&Path>, switches: &[&str]) -> Browser {
        let mut command = Command::new("node");
        self.dress(&mut command);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        command.arg(here.join("tests/browser/driver.mjs"));
        command.arg(beside_tests("../browser/node_modules/playwright-core/index.mjs"));
        command.arg("/usr/bin/chromium").arg(self.path("profile"));
        command.arg(extension.map_or_else(|| PathBuf::from("-"), Path::to_owned)).args(switches);
        Browser::driven_by(command)
    }

    fn listen(&mut self, port: u16) {
        let mut child = self.component(&["serve"]).spawn().unwrap();
        let began = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.loopback = Some(child);
    }

    pub(crate) fn script(&self, text: &str) {
        std::fs::write(self.path("script"), text).unwrap();
    }

    /// The card that is made next gets a key without a certificate, the registry a container.
    pub(crate) fn want_spare_keys(&self) {
        std::fs::write(self.path("spare-keys"), "").unwrap();
    }

    /// The component stands in the profile of the browser.
    pub(crate) fn install(&self) {
        let profile = self.path("profile");
        let into = ["install", "--into", profile.to_str().unwrap()];
        assert!(self.component(&into).status().unwrap().success());
    }

    /// Every question that the component asked, as it asked it.
    pub(crate) fn asked(&self) -> String {
        std::fs::read_to_string(self.path("script.asked")).unwrap_or_default()
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        if let Some(mut child) = self.loopback.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Browser {
    /// By a program that takes a command a line and answers with a line.
    pub(crate) fn driven_by(mut driver: Command) -> Self {
        let mut child = driver.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut browser = Self { input: child.stdin.take(), child, output };
        assert_eq!(browser.heard(), "ready");
        browser
    }

    fn heard(&mut self) -> Value {
        let line = self.output.next().expect("the driver answers").unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        assert!(said.get("error").is_none(), "{said}");
        said["ok"].clone()
    }

    pub(crate) fn tell(&mut self, command: &Value) -> Value {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        self.heard()
    }

    pub(crate) fn goto(&mut self, url: &str) {
        assert_eq!(self.tell(&json!({ "command": "goto", "url": url })), 200);
    }

    pub(crate) fn evaluate(&mut self, script: &str) -> Value {
        self.tell(&json!({ "command": "evaluate", "script": script }))
    }

    /// What is to be read on the page now; nothing while it is being left.
    pub(crate) fn text(&mut self) -> String {
        let script = "return document.body?.innerText ?? ''";
        writeln!(self.input.as_mut().unwrap(), "{}", json!({ "command": "evaluate", "script": script })).unwrap();
        let line = self.output.next().expect("the driver answers").unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["ok"].as_str().unwrap_or_default().to_owned()
    }

    /// Fields of the page for tests.
    pub(crate) fn fill(&mut self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            self.evaluate(&format!("document.querySelector('[name={name}]').value = {}", json!(value)));
        }
    }

    /// Presses a button of the page and waits for what it says.
    pub(crate) fn press(&mut self, operation: &str) -> Value {
        self.evaluate(&format!("return await surguchTest.show({})", json!(operation)))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver closes the browser when nobody tells it anything more.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

pub(crate) fn softtoken() -> PathBuf {
    let beside = std::env::current_exe().unwrap().with_file_name("libsurguch_softtoken.so");
    assert!(beside.exists(), "{} is built with the tests", beside.display());
    beside
}

pub(crate) fn extension() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../component/extension").canonicalize().unwrap()
}

/// The keys that the token of SoftHSM2 holds, in the order of their names.
const LONE_ON_SOFTHSM: [&str; 2] = ["ecdsa-p256", "rsa-2048"];

/// In the process that was asked to prepare a card: prepares it. Everywhere else there is nothing to prepare.
pub(crate) fn was_asked_for_a_card() -> bool {
    use pkcs11::{Keep, LastTry, Module, Pin};
    let Ok(folder) = std::env::var(CARD_FOR) else { return false };
    let read = |name: &str| std::fs::read(Path::new(&folder).join(name)).unwrap();
    let pin = |text: &str| Pin::new(text.to_owned());
    if Path::new(&folder).join(SOFTHSM_CONFIGURATION).exists() {
        let tokens = Module::load(Path::new(SOFTHSM)).unwrap().tokens().unwrap();
        let token = tokens.into_iter().find(|token| token.info().unwrap().label == "surguch").unwrap();
        let session = token.session().unwrap();
        session.login(&pin(PIN), Keep::No, LastTry::Stop).unwrap();
        for algorithm in LONE_ON_SOFTHSM {
            session.generate(algorithm.parse().unwrap(), &mut rng()).unwrap();
        }
        std::fs::write(Path::new(&folder).join("prepared"), "").unwrap();
        return true;
    }
    let token = Module::load(&softtoken()).unwrap().tokens().unwrap().pop().unwrap();
    let session = token.session().unwrap();
    let path = |name: &str| Path::new(&folder).join(name);
    let prepared = || std::fs::write(path("prepared"), "").unwrap();
    if path("blank").exists() {
        session.change_pin(&pin("12345678"), &pin(PIN), LastTry::Stop).unwrap();
        token.change_so_pin(&pin("87654321"), &pin(SOFTHSM_SO_PIN)).unwrap();
        std::fs::remove_file(path("blank")).unwrap();
        prepared();
        return true;
    }
    if path("legacy").exists() {
        session.login(&pin(PIN), Keep::No, LastTry::Stop).unwrap();
        if path("certificate.der").exists() {
            session.write_certificate(&read("certificate.der")).unwrap();
            std::fs::remove_file(path("legacy")).unwrap();
        } else {
            let contents = session.contents().unwrap();
            let key = contents.keys.iter().find_map(|key| key.public_key.as_ref()).unwrap();
            std::fs::write(path("legacy.spki"), key.to_spki_der()).unwrap();
        }
        prepared();
        return true;
    }
    session.change_pin(&pin("12345678"), &pin(PIN), LastTry::Stop).unwrap();
    session.login(&pin(PIN), Keep::No, LastTry::Stop).unwrap();
    session.import_key(&crypto::PrivateKey::from_pkcs8_der(&read("key.der")).unwrap()).unwrap();
    session.write_certificate(&read("certificate.der")).unwrap();
    if Path::new(&folder).join("spare-keys").exists() {
        // A key on the card that no certificate is for, and a container in the registry.
        let algorithm = crypto::KeyAlgorithm::Gost(crypto::gost::ParameterSet::Tc26_256A);
        session.import_key(&crypto::PrivateKey::generate(algorithm, &mut rng()).unwrap()).unwrap();
        let registry = pkcs11::Medium::registry(pkcs11::registry_folder().unwrap(), pkcs11::PasswordRules::default());
        let container = registry.begin(&pin(PASSWORD), Keep::No, LastTry::Stop).unwrap();
        container.generate(algorithm, &mut rng()).unwrap();
    }
    std::fs::write(Path::new(&folder).join("prepared"), "").unwrap();
    true
}

pub(crate) fn renewal_by_page(bank: &Bank, computer: &Computer, browser: &mut Browser) {
    // Sign in with the certificate on the card.
    computer.script(&format!("consent yes\npin {PIN}\nsigning yes"));
    let signed_in = browser.press("sign-in");
    let token = signed_in["answer"]["token"].as_str().unwrap_or_else(|| panic!("{signed_in}")).to_owned();

    // Begin, make the key, sign the request.
    let body = json!({ "procedure": bank.procedure }).to_string();
    let id = bank.post("/api/v1/requests", &token, body).json()["id"].as_str().unwrap().to_owned();
    browser.fill(&[("request", &id), ("token", &token)]);
    computer.script(&format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\nsuccess yes"));
    let made = browser.press("make-key");
    assert!(made["answer"]["unz"].is_string(), "{made}");

    // The bank approves, the letter comes.
    let desk = format!("/api/v1/desk/requests/{id}");
    let version = json!({ "version": bank.get(&desk, &bank.operator).json()["version"] }).to_string();
    bank.post(&format!("{desk}/approve"), &bank.operator, &version).json();
    let letter = bank.letter("code=");
    let code: String = letter.split("code=").nth(1).unwrap().chars().take(64).collect();
    browser.fill(&[("code", &code)]);

    // The act by the current key; the certificate stored, the challenge and the act by the new key.
    computer.script(&format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    let signed = browser.press("sign-act");
    assert_eq!(signed["answer"]["act_signed"], true, "{signed}");
    let stored = browser.press("store-certificate");
    assert_eq!(stored["answer"]["stage"], "in-service", "{stored}");

    // And the new certificate opens the door.
    computer.script(&format!("consent yes\npin {PIN}\nsigning yes"));
    let signed_in = browser.press("sign-in");
    assert!(signed_in["answer"]["token"].is_string(), "{signed_in}");
}

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

pub(crate) fn agent(bank: &Bank) -> String {
    bank.agent.to_string()
}

#[test]
fn a_renewal_in_chromium_with_the_extension_and_what_it_refuses() {
    if was_asked_for_a_card() {
        return;
    }
    let bank = Bank::open("");
    let computer = Computer::new();
    computer.card_of(&bank);
    let extension = extension();
    let mut browser = computer.browser(Some(&extension), &[]);
    let page = bank.url("/component/test");
    browser.goto(&page);
    browser.fill(&[("agent", &agent(&bank))]);

    // What is missing is named, piece by piece.
    assert_eq!(browser.press("ready")["missing"], "host");
    let profile = computer.path("profile");
    let into = ["install", "--into", profile.to_str().unwrap()];
    assert!(computer.component(&into).status().unwrap().success());
    let ready = browser.press("ready");
    assert_eq!((&ready["ok"], &ready["hello"]["site"]), (&json!(true), &json!("unknown")), "{ready}");
    assert_eq!(ready["hello"]["medium"], Value::Null, "not told to a site that was not let in");

    renewal_by_page(&bank, &computer, &mut browser);
    assert_eq!(browser.press("ready")["hello"]["site"], "allowed");

    // A ticket that was changed on its way.
    computer.script("consent yes");
    let spoilt = browser.evaluate(
        "return await surguchTest.show('list-tokens', { task: (task) => ({ ...task, ticket: 'e30' + task.ticket }) })",
    );
    assert!(["ticket-forged", "ticket-malformed"].contains(&spoilt["error"].as_str().unwrap()), "{spoilt}");
    let raw = |call: &str| {
        format!(
            "return await new Promise((resolve) => {{
                addEventListener('message', (event) => event.data?.surguch === 'to-page' && event.data.message.id === 'x'
                    && resolve(event.data.message.answer.code));
                postMessage({{ surguch: 'to-component', message: JSON.stringify({{ v: 1, id: 'x', call: {call} }}) }}, location.origin);
            }})"
        )
    };
    for call in [
        "{ kind: 'sign', hash: '00' }",
        "{ kind: 'hello', pin: '12345678' }",
        "{ kind: 'run', ticket: 'x', bank_key: 'MAA=', session: 'ab'.repeat(32), pin: '1' }",
    ] {
        assert_eq!(browser.evaluate(&raw(call)), "message-malformed", "{call}");
    }
    let large = "const big = 'x'.repeat(600000);
        return await Promise.race([
            surguchTest.run('doctor', { ticket: big, bank_key: 'MAA=', nonce: '0' }, { transport: 'extension' }).catch((error) => error.code),
            new Promise((resolve) => setTimeout(() => resolve('nobody answered'), 1500)),
        ])";
    assert_eq!(browser.evaluate(large), "nobody answered", "a message that large is not even passed on");

    refused_in_every_browser(&bank, &computer, &mut browser);
}

/// On the page for tests, which another bank's takes the place of.
pub(crate) fn refused_in_every_browser(bank: &Bank, computer: &Computer, browser: &mut Browser) {
    computer.script("consent yes");
    let twice = "const kept = {};
        const first = await surguchTest.show('list-tokens', { task: (task) => (kept.task = task) });
        const again = await surguchTest.run('list-tokens', kept.task).catch((error) => error.code);
        return [first.result?.kind ?? first, again];";
    assert_eq!(browser.evaluate(twice), json!(["list-tokens", "ticket-replayed"]));

    // A frame is nobody, also of the bank's own origin: the extension has no script there.
    let framed = "const frame = document.createElement('iframe');
        document.body.append(frame);
        return await new Promise((resolve) => {
            const inner = frame.contentWindow;
            inner.addEventListener('message', (event) => event.data?.surguch === 'to-page' && resolve('answered'));
            inner.postMessage({ surguch: 'who' }, '*');
            setTimeout(() => resolve('nobody answered'), 1000);
        })";
    assert_eq!(browser.evaluate(framed), "nobody answered");

    // Another site on this machine shows the bank's ticket: its origin is the browser's word, not the page's.
    let other = Bank::open("");
    let body = json!({ "agent": bank.agent, "operation": "list-tokens", "session_sha256": "00".repeat(32) });
    let task = bank.post("/api/v1/component/tickets", "", body.to_string()).json();
    browser.goto(&other.url("/component/test"));
    let stolen = format!("return await surguchTest.run('list-tokens', {task}).catch((error) => error.code)");
    assert_eq!(browser.evaluate(&stolen), "ticket-of-other-origin");
}

#[test]
fn a_renewal_in_chromium_over_loopback_once_the_permission_is_given() {
    if was_asked_for_a_card() {
        return;
    }
    let bank = Bank::open("");
    let mut computer = Computer::new();
    computer.card_of(&bank);
    let port = free_port();
    let key = crypto::PublicKey::from_spki_der(&ticket_key(&bank)).unwrap().spki_sha256();
    let origin = bank.url("");
    computer.policy(&format!(
        "[[site]]\norigin = {origin:?}\nbank_key_sha256 = \"{}\"\n[loopback]\nenabled = true\nport = {port}\n",
        hex::encode(key)
    ));
    // The page counts as one from the wide net, as a bank's does.
    let public = format!("--ip-address-space-overrides=127.0.0.1:{}=public", bank.port);
    let mut browser = computer.browser(None, &[&public]);
    browser.goto(&bank.url("/component/test"));
    browser.fill(&[("agent", &agent(&bank)), ("port", &port.to_string())]);
    let grant = |browser: &mut Browser, permissions: &[&str]| {
        browser.tell(&json!({ "command": "grant", "permissions": permissions, "origin": origin }))
    };

    // Not yet asked: the page explains first, and asks nothing.
    let ready = browser.press("ready");
    assert_eq!(ready["missing"], "permission", "{ready}");
    assert!(ready["fix"].as_str().unwrap().contains(' '));
    // Granting something else takes this one away: denied.
    grant(&mut browser, &["geolocation"]);
    let ready = browser.press("ready");
    assert_eq!(ready["missing"], "permission-denied", "{ready}");
    // Granted, but nobody listens; then somebody does.
    grant(&mut browser, &["local-network-access"]);
    assert_eq!(browser.press("ready")["missing"], "listener");
    computer.listen(port);
    let ready = browser.press("ready");
    assert_eq!((&ready["ok"], &ready["hello"]["medium"]), (&json!(true), &json!(true)), "{ready}");
    renewal_by_page(&bank, &computer, &mut browser);

    // What does not come from the listed page in a browser of this user is refused before anything is read.
    let post = |headers: &[(&str, &str)]| {
        let mut request =
            ureq::http::Request::builder().method("POST").uri(format!("http://127.0.0.1:{port}/v1/message"));
        request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let body = br#"{"v":1,"id":"7","call":{"kind":"hello"}}"#.as_slice();
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let allowed =
            response.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned());
        let body: Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        (body["answer"]["code"].as_str().map(str::to_owned), allowed)
    };
    let code = |text: &str| (Some(text.to_owned()), None);
    assert_eq!(post(&[]), code("origin-missing"));
    assert_eq!(post(&[("origin", "null")]), code("origin-missing"));
    assert_eq!(post(&[("origin", "https://evil.example")]), code("origin-refused"));
    assert_eq!(post(&[("origin", &origin), ("host", &format!("evil.example:{port}"))]), code("host-refused"));
    assert_eq!(post(&[("origin", &origin)]), (None, Some(origin.clone())));
}

/// As the page gets it.
fn ticket_key(bank: &Bank) -> Vec<u8> {
    use base64::Engine as _;
    let body = json!({ "agent": bank.agent, "operation": "doctor", "session_sha256": "00".repeat(32) });
    let given = bank.post("/api/v1/component/tickets", "", body.to_string()).json();
    base64::engine::general_purpose::STANDARD.decode(given["bank_key"].as_str().unwrap()).unwrap()
}

/// With the renewal above these are all operations there are.
#[test]
fn pins_passwords_certificates_and_lone_keys_are_handled_from_a_page_in_chromium() {
    if was_asked_for_a_card() {
        return;
    }
    let bank = Bank::open("");
    let computer = Computer::new();
    computer.want_spare_keys();
    computer.card_of(&bank);
    computer.install();
    let mut browser = computer.browser(Some(&extension()), &[]);
    browser.goto(&bank.url("/component/test"));
    browser.fill(&[("agent", &agent(&bank))]);
    other_operations_by_page(&bank, &computer, &mut browser);
}

/// On a card with spare keys, from the page for tests.
pub(crate) fn other_operations_by_page(bank: &Bank, computer: &Computer, browser: &mut Browser) {
    let mut said = String::new();
    let mut run = |browser: &mut Browser, operation: &str, script: &str| {
        computer.script(script);
        let answered = browser.press(operation);
        said.push_str(&answered.to_string());
        answered
    };
    let done = |answered: &Value| {
        assert_eq!(answered["answer"], json!({}), "the bank took note: {answered}");
        answered["result"].clone()
    };

    // A certificate with its key, and a key that nobody needs.
    let look = |pin: &str| format!("consent yes\nmedium 0\npin {pin}\ncertificates yes");
    let listed = done(&run(browser, "list-certificates", &look(PIN)));
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["certificates"][0]["has_key"], true);
    let lone = listed["lone_keys"].as_array().unwrap();
    assert_eq!(lone.len(), 1, "{listed}");
    let lone = lone[0]["key_id"].as_str().unwrap().to_owned();

    // A key in use is not deleted, a lone one only when the person says so.
    let in_use = hex::encode(bank.rogov.certificate.public_key().spki_sha256());
    browser.fill(&[("key_id", &in_use)]);
    let refused = run(browser, "delete-key", &format!("consent yes\npin {PIN}\ntrouble close"));
    assert_eq!(refused["error"], "key-in-use", "{refused}");
    browser.fill(&[("key_id", &lone)]);
    let refused = run(browser, "delete-key", &format!("consent yes\npin {PIN}\ndeletion decline"));
    assert_eq!(refused["error"], "declined", "{refused}");
    done(&run(browser, "delete-key", &format!("consent yes\npin {PIN}\ndeletion yes\nsuccess yes")));
    let listed = done(&run(browser, "list-certificates", &look(PIN)));
    assert_eq!(listed["lone_keys"], json!([]));
    assert_eq!(listed["certificates"][0]["has_key"], true);

    // Both PINs, the administrator's at the second try; then the card opens with the new one.
    let script = format!(
        "consent yes\nnew-pins user {PIN} 4417-newer administrator 00000000 9981-newer\n\
         new-pins administrator 87654321 9981-newer\nsuccess yes"
    );
    done(&run(browser, "change-pins", &script));
    let signed_in = run(browser, "sign-in", "consent yes\npin 4417-newer\nsigning yes");
    assert!(signed_in["answer"]["token"].is_string(), "{signed_in}");

    // The container's password; afterwards the old one is wrong.
    let script = |old: &str, new: &str| format!("consent yes\nmedium 0\npassword {new}\n{old}success yes");
    let old = format!("pin {PASSWORD}\n");
    done(&run(browser, "container-password", &script(&old, "battery-staple-9")));
    let old = format!("pin {PASSWORD}\npin battery-staple-9\n");
    done(&run(browser, "container-password", &script(&old, "battery-staple-10")));

    let seen = done(&run(browser, "doctor", "consent yes"));
    assert!(!seen["findings"].as_array().unwrap().is_empty() && seen["support_code"].is_string(), "{seen}");
    let listed = done(&run(browser, "list-tokens", "consent yes"));
    let token = &listed["tokens"][0];
    assert_eq!((&token["pin_tries_left"], &token["pin_is_factory"]), (&json!(10), &json!(false)), "{listed}");

    // No secret came to the page, to the bank or into a log.
    let asked = computer.asked();
    assert!(asked.contains("new-pins: ") && asked.contains("password: "), "{asked}");
    for secret in [PIN, "4417-newer", "9981-newer", PASSWORD, "battery-staple"] {
        assert!(!said.contains(secret) && !asked.contains(secret), "{secret}");
    }
}

#[test]
fn a_bank_whose_clock_is_far_from_the_clients_is_told_so_before_anybody_is_asked() {
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let bank = Bank::open_at("", now - 400);
    let computer = Computer::new();
    computer.install();
    let mut browser = computer.browser(Some(&extension()), &[]);
    browser.goto(&bank.url("/component/test"));
    browser.fill(&[("agent", &agent(&bank))]);
    computer.script("consent yes");
    assert_eq!(browser.press("list-tokens")["error"], "clock-wrong");
    assert_eq!(computer.asked(), "");
    bank.set_clock(now);
    assert_eq!(browser.press("list-tokens")["result"]["kind"], "list-tokens");
    let asked = computer.asked();
    assert!(asked.starts_with("consent: "), "{asked}");
    bank.set_clock(now + 400);
    assert_eq!(browser.press("list-tokens")["error"], "clock-wrong");
    assert_eq!(computer.asked(), asked);
}
