//! Random objects of every kind under every parameter set, through Debian's libcrypto with its GOST engine and back: keys, requests, certificates,
//! lists, messages signed and enveloped, keys and files behind a password. Fifty of each kind, set and direction, a thousand where `cargo xtask test
//! --slow` asks for them. What openssl cannot do is left out here and asserted in `openssl_containers.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the seed of a random test has to be told")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use surguch_crypto::cipher::{BlockCipher, SBox};
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::{
    Certificate, ContentCipher, Crl, Csr, Delivery, EnvelopedData, Extension, GostKeyForm, Name, PrivateKey, PublicKey,
    Recipient, RevokedEntry, SignedData, Signer as _, TbsCertificate, TbsCrl, assemble, encrypt_cms, sign_cms,
};

use crate::openssl::{OpenSsl, genpkey, now};
use crate::support::{DAY, algorithm};

/// How many of each kind; `cargo xtask test --slow` knows the variable by the same name.
const OBJECTS_VARIABLE: &str = "SURGUCH_TEST_OBJECTS";
const OBJECTS: u32 = 50;

/// Every run has a new seed; a run that failed is repeated by the one it told.
const SEED_VARIABLE: &str = "SURGUCH_TEST_SEED";

/// Iterations behind a password: as few as are written.
const ITERATIONS: u32 = 1000;

/// The longest content that passes through the engine's Magma in every direction (docs/interop.md, fault 3).
const CONTENT_OCTETS: usize = 1000;

/// The process of `peer.c`.
struct Peer {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Its folder holds the configuration that loads the engine.
    _openssl: OpenSsl,
}

impl Peer {
    fn start() -> Self {
        let openssl = OpenSsl::new();
        let mut child = Command::new(program())
            .env("OPENSSL_CONF", openssl.path("openssl.cnf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { questions: child.stdin.take(), answers, child, _openssl: openssl }
    }

    fn ask(&mut self, verb: &str, fields: &[&[u8]]) -> Result<Vec<Vec<u8>>, String> {
        let mut line = verb.to_owned();
        for field in fields {
            line.push(' ');
            line.push_str(&if field.is_empty() { "-".to_owned() } else { hex::encode(field) });
        }
        line.push('\n');
        self.questions.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let words = answer.trim_end().strip_prefix("fields").unwrap_or_else(|| panic!("{verb}: {answer:?}"));
        if let Some((_, why)) = words.split_once(" no ") {
            return Err(why.to_owned());
        }
        let octets = |word: &str| if word == "-" { Vec::new() } else { hex::decode(word).unwrap() };
        Ok(words.strip_suffix(" ok").unwrap().split_whitespace().map(octets).collect())
    }

    /// Asks and demands success.
    fn must<const N: usize>(&mut self, verb: &str, fields: &[&[u8]]) -> [Vec<u8>; N] {
        let answer = self.ask(verb, fields).unwrap_or_else(|why| panic!("{verb}: {why}"));
        answer.try_into().unwrap_or_else(|answer: Vec<_>| panic!("{verb}: {} fields", answer.len()))
    }

    fn must_refuse(&mut self, verb: &str, fields: &[&[u8]]) {
        assert!(self.ask(verb, fields).is_err(), "{verb}: a bent object was taken");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.questions.take());
        let ended = self.child.wait();
        if !std::thread::panicking() {
            assert!(ended.unwrap().success());
        }
    }
}

/// `peer.c`, compiled once a run.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (fresh, program) = (folder.join(format!("peer-{}", std::process::id())), folder.join("peer"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peer.c");
        let output = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-o"])
            .args([&fresh, &source])
            .arg("-lcrypto")
            .output()
            .expect("no C compiler: apt-get install gcc");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "apt-get install libssl-dev, perhaps\n{told}");
        std::fs::rename(&fresh, &program).unwrap();
        program
    })
}

/// One parameter set of keys, and what is tried under it.
struct Trial {
    word: &'static str,
    peer: Peer,
    rng: ChaCha20Rng,
}

/// Who signs certificates and lists in one direction.
struct Authority {
    key: PrivateKey,
    certificate: Certificate,
}

/// Tells the seed of a test that failed.
struct Told {
    word: &'static str,
    seed: u64,
    object: u32,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: object {}; again with {SEED_VARIABLE}={}", self.word, self.object, self.seed);
        }
    }
}

fn try_set(word: &'static str) {
    let number = |variable| std::env::var(variable).ok().map(|text: String| text.parse::<u64>().unwrap());
    let objects = number(OBJECTS_VARIABLE).map_or(OBJECTS, |objects| u32::try_from(objects).unwrap());
    let seed = number(SEED_VARIABLE).unwrap_or_else(|| getrandom::u64().unwrap());
    let mut told = Told { word, seed, object: 0 };
    let mut trial = Trial { word, peer: Peer::start(), rng: ChaCha20Rng::seed_from_u64(seed) };
    let (theirs, ours) = (trial.authority_of_theirs(), trial.authority_of_ours());
    for object in 0..objects {
        told.object = object;
        trial.theirs_to_ours(&theirs);
        trial.ours_to_theirs(&ours);
    }
    println!("{word}: {objects} of each kind, seed {seed}");
}

impl Trial {
    fn is_gost(&self) -> bool {
        self.word.starts_with("gost")
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u64() % bound as u64).unwrap()
    }

    fn octets(&mut self, length: usize) -> Vec<u8> {
        let mut octets = vec![0; length];
        self.rng.fill_bytes(&mut octets);
        octets
    }

    fn content(&mut self) -> Vec<u8> {
        let length = self.below(CONTENT_OCTETS) + 1;
        self.octets(length)
    }

    /// One to nineteen octets, positive; the first one not zero.
    fn serial(&mut self) -> Vec<u8> {
        let length = self.below(19);
        let mut serial = vec![u8::try_from(self.below(255) + 1).unwrap()];
        serial.extend(self.octets(length));
        serial
    }

    fn common_name(&mut self) -> String {
        const LETTERS: &str = "абвЯжёABCxyz 0123-.,+=\"\\/#<>;«»№漢😀";
        let letters: Vec<char> = LETTERS.chars().collect();
        let length = self.below(60) + 1;
        let mut name: String = (0..length).map(|_| letters[self.below(letters.len())]).collect();
        // A name is at least one thing that is no space.
        name.push('я');
        name
    }

    fn password(&mut self) -> String {
        let length = self.below(20) + 1;
        (0..length).map(|_| char::from_u32(0x430 + u32::try_from(self.below(32)).unwrap()).unwrap()).collect()
    }

    /// A cipher behind a password that passes both ways for short contents, and its name there.
    fn lock(&mut self) -> (ContentCipher, &'static str) {
        let locks = [
            (ContentCipher::Gost28147Cfb(SBox::Tc26Z), "gost89"),
            (ContentCipher::KuznyechikCtrAcpkm, "kuznyechik-ctr-acpkm"),
            (ContentCipher::MagmaCtrAcpkm, "magma-ctr-acpkm"),
        ];
        if self.is_gost() { locks[self.below(locks.len())] } else { (ContentCipher::Aes256Cbc, "aes-256-cbc") }
    }

    fn key(&mut self) -> PrivateKey {
        PrivateKey::generate(algorithm(self.word), &mut self.rng).unwrap()
    }

    fn their_key(&mut self) -> Vec<u8> {
        let [kind, _, option] = genpkey(self.word);
        let kind = match kind {
            "EC" => "id-ecPublicKey",
            kind => kind,
        };
        let (option, value) = option.split_once(':').unwrap();
        let [key] = self.peer.must("make-key", &[kind.as_bytes(), option.as_bytes(), value.as_bytes()]);
        key
    }

    fn authority_of_theirs(&mut self) -> Authority {
        let der = self.their_key();
        let key = PrivateKey::from_pkcs8_der(&der).unwrap();
        let spki = key.public_key().to_spki_der();
        let [certificate] = self.peer.must("make-certificate", &[&spki, b"Root", &[1], &der, &[]]);
        let certificate = Certificate::from_der(&certificate).unwrap();
        certificate.verify_issued_by(&certificate).unwrap();
        Authority { key, certificate }
    }

    fn authority_of_ours(&mut self) -> Authority {
        let key = self.key();
        let certificate = crate::support::root("Root", &key);
        Authority { key, certificate }
    }

    fn theirs_to_ours(&mut self, authority: &Authority) {
        let (content, common_name, serial, password) =
            (self.content(), self.common_name(), self.serial(), self.password());
        let (lock, lock_name) = self.lock();
        let subject = Name::from_pairs([("2.5.4.3", common_name.as_str())]).unwrap();

        // The key.
        let der = self.their_key();
        let key = PrivateKey::from_pkcs8_der(&der).unwrap();
        assert_eq!(key.public_key().algorithm(), algorithm(self.word));
        let [spki] = self.peer.must("take-key", &[&der]);
        assert_eq!(&PublicKey::from_spki_der(&spki).unwrap(), key.public_key());
        let of_authority = authority.key.to_pkcs8_der();

        // The request.
        let [request] = self.peer.must("make-request", &[&der, common_name.as_bytes()]);
        let verified = Csr::from_der(&request).unwrap().verify().unwrap();
        assert_eq!((verified.public_key(), verified.subject()), (key.public_key(), &subject));
        assert!(is_refused(Csr::from_der(&bent(&request)), |csr| csr.verify().is_err()));

        // The certificate.
        let issuer = authority.certificate.as_der();
        let [made] =
            self.peer.must("make-certificate", &[&spki, common_name.as_bytes(), &serial, &of_authority, issuer]);
        let certificate = Certificate::from_der(&made).unwrap();
        certificate.verify_issued_by(&authority.certificate).unwrap();
        assert_eq!((certificate.serial(), certificate.subject()), (serial.as_slice(), &subject));
        assert_eq!(certificate.public_key(), key.public_key());
        let refuses = |certificate: Certificate| certificate.verify_issued_by(&authority.certificate).is_err();
        assert!(is_refused(Certificate::from_der(&bent(&made)), refuses));

        // The list.
        let [list] = self.peer.must("make-list", &[&of_authority, issuer, &serial]);
        let crl = Crl::from_der(&list).unwrap();
        crl.verify_issued_by(&authority.certificate).unwrap();
        assert!(crl.contains(&serial).is_some() && crl.contains(&[&serial[..], &[1]].concat()).is_none());
        let refuses = |crl: Crl| crl.verify_issued_by(&authority.certificate).is_err();
        assert!(is_refused(Crl::from_der(&bent(&list)), refuses));

        // The messages.
        for detached in [&[][..], &[1]] {
            let [message] = self.peer.must("make-signed", &[&der, &made, &content, detached]);
            let at_hand = (!detached.is_empty()).then_some(content.as_slice());
            let signers = SignedData::from_der(&message).unwrap().verify(at_hand, &[]).unwrap();
            assert_eq!((signers[0].content.as_slice(), &signers[0].certificate), (content.as_slice(), &certificate));
            let refuses = |message: SignedData| message.verify(at_hand, &[]).is_err();
            assert!(is_refused(SignedData::from_der(&bent(&message)), refuses));
        }
        if self.is_gost() {
            let ciphers =
                ["", "-omac"].map(|end| ["kuznyechik-ctr-acpkm", "magma-ctr-acpkm"].map(|name| name.to_owned() + end));
            for cipher in ciphers.as_flattened().iter().map(String::as_str).chain(["gost89"]) {
                let [message] = self.peer.must("make-enveloped", &[&made, cipher.as_bytes(), &content]);
                let opened = EnvelopedData::from_der(&message).unwrap().decrypt(&key, &certificate, &[]).unwrap();
                assert!(*opened == content, "{cipher}");
            }
        }

        // Behind a password.
        let [locked] = self.peer.must("make-locked", &[&der, lock_name.as_bytes(), password.as_bytes()]);
        let read = PrivateKey::from_encrypted_pkcs8_der(&locked, password.as_bytes()).unwrap();
        assert_eq!(read.to_pkcs8_der(), key.to_pkcs8_der(), "{lock}");
        let mac: &[u8] = if self.is_gost() { b"md_gost12_512" } else { b"sha256" };
        let [file] = self.peer.must("make-file", &[&der, &made, lock_name.as_bytes(), password.as_bytes(), mac]);
        let file = Pfx::from_der(&file, &password).unwrap();
        assert_eq!(file.keys[0].key.to_pkcs8_der(), key.to_pkcs8_der(), "{lock}");
        assert_eq!(file.certificate_of(&key), Some(&certificate));
    }

    fn ours_to_theirs(&mut self, authority: &Authority) {
        let (content, common_name, serial, password) =
            (self.content(), self.common_name(), self.serial(), self.password());
        let (lock, _) = self.lock();
        let subject = Name::from_pairs([("2.5.4.3", common_name.as_str())]).unwrap();

        // The key.
        let key = self.key();
        let der = key.to_pkcs8_der();
        let [spki] = self.peer.must("take-key", &[&der]);
        assert_eq!(&PublicKey::from_spki_der(&spki).unwrap(), key.public_key());
        let is_key = |der: &[u8]| PrivateKey::from_pkcs8_der(der).unwrap().to_pkcs8_der() == key.to_pkcs8_der();

        // The request.
        let request = Csr::create(&subject, &key, &mut self.rng).unwrap();
        let [spki, name] = self.peer.must("take-request", &[&request]);
        assert_eq!(&PublicKey::from_spki_der(&spki).unwrap(), key.public_key());
        assert_eq!(name, subject.to_der());
        self.peer.must_refuse("take-request", &[&bent(&request)]);

        // The certificate.
        let by = authority.key.public_key().to_spki_der();
        let tbs = TbsCertificate {
            serial: serial.clone(),
            signature_algorithm: authority.key.signature_algorithm(),
            issuer_der: authority.certificate.subject_der().to_vec(),
            not_before: now() - DAY,
            not_after: now() + DAY,
            subject,
            spki_der: key.public_key().to_spki_der(),
            extensions: vec![Extension::basic_constraints(false, None)],
        };
        let made = self.signed(&tbs.to_der().unwrap(), &authority.key);
        let [spki, read] = self.peer.must("take-certificate", &[&made, &by]);
        assert_eq!(&PublicKey::from_spki_der(&spki).unwrap(), key.public_key());
        assert_eq!(read, serial);
        self.peer.must_refuse("take-certificate", &[&bent(&made), &by]);
        let certificate = Certificate::from_der(&made).unwrap();

        // The list.
        let tbs = TbsCrl {
            signature_algorithm: authority.key.signature_algorithm(),
            issuer_der: authority.certificate.subject_der().to_vec(),
            this_update: now(),
            next_update: now() + DAY,
            revoked: vec![RevokedEntry { serial: serial.clone(), revoked_at: now(), reason: Some(1) }],
            extensions: vec![Extension::crl_number(1)],
        };
        let list = self.signed(&tbs.to_der().unwrap(), &authority.key);
        assert_eq!(self.peer.must("take-list", &[&list, &by, &serial]), [[1]]);
        assert_eq!(self.peer.must("take-list", &[&list, &by, &[&serial[..], &[1]].concat()]), [[0]]);
        self.peer.must_refuse("take-list", &[&bent(&list), &by, &serial]);

        // The messages.
        let root = authority.certificate.as_der();
        for detached in [&[][..], &[1]] {
            let message =
                sign_cms(&content, !detached.is_empty(), &key, &certificate, &[], now(), &mut self.rng).unwrap();
            let [read] = self.peer.must("take-signed", &[&message, &content, detached, root]);
            assert!(read == content);
            self.peer.must_refuse("take-signed", &[&bent(&message), &content, detached, root]);
        }
        if self.is_gost() {
            for cipher in ContentCipher::ALL.into_iter().filter(|cipher| cipher.is_gost()) {
                let ways = [
                    Delivery::Agreement(BlockCipher::Kuznyechik),
                    Delivery::Agreement(BlockCipher::Magma),
                    Delivery::Transport(BlockCipher::Kuznyechik),
                    Delivery::Transport(BlockCipher::Magma),
                    Delivery::Transport28147(SBox::Tc26Z),
                ];
                let delivery = ways[self.below(ways.len())];
                let to = [Recipient { certificate: &certificate, delivery }];
                let message = encrypt_cms(&content, cipher, &to, &mut self.rng).unwrap();
                let [read] = self.peer.must("take-enveloped", &[&message, &der, &made]);
                assert!(read == content, "{cipher}");
            }
        }

        // Behind a password.
        let locked = key.to_encrypted_pkcs8_der_with(lock, password.as_bytes(), ITERATIONS, &mut self.rng).unwrap();
        let [read] = self.peer.must("take-locked", &[&locked, password.as_bytes()]);
        assert!(is_key(&read), "{lock}");
        self.peer.must_refuse("take-locked", &[&locked, "другой".as_bytes()]);
        let protection = PfxProtection {
            cipher: lock,
            encrypt_certificates: self.below(2) == 1,
            iterations: ITERATIONS,
            key_form: GostKeyForm::Plain,
        };
        let pfx = Pfx::of(PrivateKey::from_pkcs8_der(&der).unwrap(), certificate, Vec::new()).unwrap();
        let file = pfx.to_der(&password, &protection, &mut self.rng).unwrap();
        let [read, of_key] = self.peer.must("take-file", &[&file, password.as_bytes()]);
        assert!(is_key(&read) && of_key == made, "{lock}");
    }

    fn signed(&mut self, tbs: &[u8], key: &PrivateKey) -> Vec<u8> {
        assemble(tbs, key.signature_algorithm(), &key.sign(tbs, &mut self.rng).unwrap())
    }
}

/// One bit of the signature, which ends all of these objects.
fn bent(object: &[u8]) -> Vec<u8> {
    let mut bent = object.to_vec();
    *bent.last_mut().unwrap() ^= 1;
    bent
}

/// Refused by the reader, or by what comes after it.
fn is_refused<T, E>(read: Result<T, E>, refuses: impl FnOnce(T) -> bool) -> bool {
    read.map_or(true, refuses)
}

macro_rules! sets {
    ($($test:ident = $word:literal),* $(,)?) => { $(#[test] fn $test() { try_set($word); })* };
}

sets! {
    gost_256_a = "gost-256-a",
    gost_256_b = "gost-256-b",
    gost_256_c = "gost-256-c",
    gost_256_d = "gost-256-d",
    gost_512_a = "gost-512-a",
    gost_512_b = "gost-512-b",
    gost_512_c = "gost-512-c",
    ecdsa_p256 = "ecdsa-p256",
    ecdsa_p384 = "ecdsa-p384",
}
