//! What a test of an operation stands on: a user's folders, a bank's key, cards, and the component as a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use crypto::{Certificate, KeyAlgorithm, Name, PrivateKey, PublicKey, Signer as _, TbsCertificate};
use serde_json::{Value, json};
use statement::bounded::{Base64, Hex, Many, Text};
use statement::ticket::{self, Attribute, MakeKey, MediumKind, MediumRule, Operation, PinRule, RequestFields, Ticket};

pub(crate) const ORIGIN: &str = "https://bank.example";
pub(crate) const UNZ: &str = "1196837e3c03f2";
pub(crate) const TIME: &str = "2026-08-23T10:53:00Z";
pub(crate) const PIN: &str = "12345678";
const SESSION: [u8; 32] = [0xab; 32];

/// A user with cards, and a bank.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) bank: PrivateKey,
    root: PrivateKey,
    nonces: std::cell::Cell<u64>,
}

pub(crate) fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

pub(crate) const GOST: KeyAlgorithm = KeyAlgorithm::Gost(crypto::gost::ParameterSet::Tc26_256A);

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Self {
            folder,
            bank: PrivateKey::generate(GOST, &mut rng()).unwrap(),
            root: PrivateKey::generate(KeyAlgorithm::EcdsaP256, &mut rng()).unwrap(),
            nonces: std::cell::Cell::new(0),
        };
        for place in ["home", "config/surguch", "state", "data", "cards"] {
            std::fs::create_dir_all(bench.path(place)).unwrap();
        }
        // Others may not write where cards lie.
        let cards = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(bench.path("cards"), cards).unwrap();
        bench.set_policy(&format!("modules = [{:?}]\n", softtoken()));
        bench
    }

    pub(crate) fn path(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    pub(crate) fn set_policy(&self, text: &str) {
        std::fs::write(self.path("config/surguch/component.toml"), text).unwrap();
    }

    /// A new card with factory PINs; its serial number.
    pub(crate) fn card(&self, serial: &str) -> PathBuf {
        let wish = surguch_softtoken::folder::NewCard { serial: Some(serial.to_owned()), ..Default::default() };
        surguch_softtoken::folder::Folder::at(&self.path("cards")).unwrap().make(wish).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_surguch-component"));
        command.args(arguments).env_clear();
        command.env("HOME", self.path("home")).env("XDG_CONFIG_HOME", self.path("config"));
        command.env("XDG_STATE_HOME", self.path("state")).env("XDG_DATA_HOME", self.path("data"));
        command.env("SURGUCH_SOFTTOKEN_DIR", self.path("cards")).env("LANG", "ru_RU.UTF-8");
        command
    }

    pub(crate) fn ticket(&self, operation: Operation) -> Ticket {
        self.nonces.set(self.nonces.get() + 1);
        Ticket {
            version: ticket::VERSION,
            bank: Text::new("«Шестой банк»").unwrap(),
            origin: Text::new(ORIGIN).unwrap(),
            unz: Some(Hex::new(UNZ).unwrap()),
            nonce: Hex::new(format!("{:032x}", self.nonces.get())).unwrap(),
            issued_ms: surguch_component::operations::now_ms(),
            session_sha256: Hex::new(hex::encode(crypto::sha256(&SESSION))).unwrap(),
            operation,
        }
    }

    pub(crate) fn call(&self, ticket: &Ticket) -> Value {
        let payload = ticket.to_payload();
        let signature = self.bank.sign(&ticket::signed_octets(&payload), &mut rng()).unwrap();
        json!({ "v": 1, "id": "t", "call": {
            "kind": "run",
            "ticket": ticket::seal(&payload, &signature),
            "bank_key": base64::engine::general_purpose::STANDARD.encode(self.bank.public_key().to_spki_der()),
            "session": hex::encode(SESSION),
        }})
    }

    /// Runs an operation with a script that answers; every reply.
    pub(crate) fn run(&self, operation: Operation, script: &str) -> Vec<Value> {
        self.run_with(&self.call(&self.ticket(operation)), script, &[])
    }

    pub(crate) fn run_with(&self, call: &Value, script: &str, environment: &[(&str, &str)]) -> Vec<Value> {
        let child = self.start(call, script, environment);
        finish(child)
    }

    /// The process, with its standard input open.
    pub(crate) fn start(&self, call: &Value, script: &str, environment: &[(&str, &str)]) -> Child {
        self.write_script(script);
        let mut child = self
            .command(&["operate"])
            .env("SURGUCH_TEST_PROMPT", self.path("script"))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let handed = json!({ "origin": ORIGIN, "call": call });
        writeln!(child.stdin.as_mut().unwrap(), "{handed}").unwrap();
        child
    }

    /// What the next operation is answered; nothing was asked yet.
    pub(crate) fn write_script(&self, script: &str) {
        std::fs::write(self.path("script"), script).unwrap();
        let _ = std::fs::remove_file(self.path("script.asked"));
    }

    /// Everything that was asked, as the script's prompt wrote it down.
    pub(crate) fn asked(&self) -> String {
        std::fs::read_to_string(self.path("script.asked")).unwrap_or_default()
    }

    /// The names of the questions, in order.
    pub(crate) fn questions(&self) -> Vec<String> {
        let asked = self.asked();
        let lines = asked.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(name, _)| *name != "working").map(|(name, _)| name.to_owned()).collect()
    }

    /// Waits until this is asked.
    pub(crate) fn until_asked(&self, question: &str, working: &mut Child) {
        let began = std::time::Instant::now();
        while !self.questions().iter().any(|name| name == question) {
            assert!(working.try_wait().unwrap().is_none(), "it ended before {question}: {}", self.asked());
            assert!(began.elapsed() < std::time::Duration::from_secs(60), "{}", self.asked());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// A certificate of a bank's authority for this key.
    pub(crate) fn certificate(&self, key: &PublicKey, serial: u8) -> Certificate {
        let name = Name::from_pairs([("2.5.4.3", "Sixth CA")]).unwrap();
        let now = surguch_component::operations::now_ms() / 1_000;
        let tbs = TbsCertificate {
            serial: vec![serial],
            signature_algorithm: self.root.signature_algorithm(),
            issuer_der: name.to_der(),
            not_before: now - 60,
            not_after: now + 86_400,
            subject: Name::from_pairs([("2.5.4.3", "Rogov 1")]).unwrap(),
            spki_der: key.to_spki_der(),
            extensions: Vec::new(),
        }
        .to_der()
        .unwrap();
        let signature = self.root.sign(&tbs, &mut rng()).unwrap();
        let der = crypto::assemble(&tbs, self.root.signature_algorithm(), &signature);
        Certificate::from_der(&der).unwrap()
    }
}

/// Every reply of a process, and its end.
pub(crate) fn finish(mut child: Child) -> Vec<Value> {
    let output = BufReader::new(child.stdout.take().unwrap());
    let replies = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    child.wait().unwrap();
    replies
}

/// Of the last reply: what was done.
pub(crate) fn done(replies: &[Value]) -> &Value {
    let last = &replies.last().unwrap()["answer"];
    assert_eq!(last["kind"], "done", "{replies:?}");
    &last["result"]
}

/// Of the last reply: why not.
pub(crate) fn refused(replies: &[Value]) -> &str {
    let last = &replies.last().expect("an answer")["answer"];
    assert_eq!(last["kind"], "refused", "{replies:?}");
    last["code"].as_str().unwrap()
}

pub(crate) fn octets(value: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn make_key(algorithm: KeyAlgorithm, medium: MediumRule, signer: Option<&Certificate>) -> Operation {
    let request = signer.map(|certificate| RequestFields {
        procedure_kind: Text::new("renewal").unwrap(),
        subject: Text::new("CN=Rogov 1").unwrap(),
        nonce: Hex::new("02".repeat(16)).unwrap(),
        time: Text::new(TIME).unwrap(),
        signer: Base64::new(certificate.as_der()).unwrap(),
    });
    Operation::MakeKey(MakeKey {
        algorithm: Text::new(algorithm.to_string()).unwrap(),
        subject: Many::new(vec![Attribute {
            oid: Text::new("2.5.4.3").unwrap(),
            value: Text::new("Rogov 1").unwrap(),
        }])
        .unwrap(),
        medium,
        media: Many::new(MediumKind::ALL.to_vec()).unwrap(),
        factory: PinRule::AsTheyAre,
        one_per_signature: true,
        request,
    })
}

/// A key that may be made on media of these kinds alone.
pub(crate) fn key_on(media: &[MediumKind]) -> Operation {
    let Operation::MakeKey(wish) = make_key(GOST, MediumRule::Any, None) else { unreachable!("it is one") };
    Operation::MakeKey(MakeKey { media: Many::new(media.to_vec()).unwrap(), ..wish })
}

/// The key of a first issue: factory PINs are changed before it is made.
pub(crate) fn first_key(rule: PinRule) -> Operation {
    let Operation::MakeKey(wish) = make_key(GOST, MediumRule::Any, None) else { unreachable!("it is one") };
    Operation::MakeKey(MakeKey { factory: rule, ..wish })
}

/// Built with these tests as a dependency of theirs, so it lies beside them.
pub(crate) fn softtoken() -> PathBuf {
    let beside = std::env::current_exe().unwrap().with_file_name("libsurguch_softtoken.so");
    assert!(beside.exists(), "{} is built with the tests", beside.display());
    beside
}

pub(crate) fn plug(card: &Path, is_in: bool) {
    assert!(surguch_softtoken::folder::plug(card, is_in).unwrap());
}
