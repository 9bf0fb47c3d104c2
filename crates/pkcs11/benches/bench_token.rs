//! `cargo bench -p surguch-pkcs11 --bench bench_token`: what tokens cost, one row of JSON a line in the shape of `cargo xtask bench --json`, which asks for it under
//! the name `token`.
//!
//! The work of A000 on our software token, told apart from the hashing of its PIN; from C_Initialize to C_Login; signatures a second of the software token beside
//! SoftHSM2, both through the crate `cryptoki`, so that the modules alone differ; then, under the name «layer», our layer beside `cryptoki` on the same SoftHSM2:
//! the layer verifies every signature and keeps deadlines, `cryptoki` neither. Each figure comes from a process of its own, ours and the peer's in turn; medians.
#![expect(clippy::print_stdout, reason = "the rows")]
#![expect(clippy::unwrap_used, reason = "a bench")]

extern crate surguch_pkcs11 as pkcs11;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crypto::{Csr, KeyAlgorithm, Name, Signer as _, TbsCertificate, gost::ParameterSet};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use pkcs11::{Deadlines, Keep, LastTry, Module, Pin, Session};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["login", module] => login(Path::new(module)),
        ["work", module] => work(Path::new(module)),
        ["ours", module, algorithm, threads] => ours(Path::new(module), algorithm, threads.parse().unwrap()),
        ["peer", module, algorithm, threads] => peer(Path::new(module), algorithm, threads.parse().unwrap()),
        // What cargo itself hands to a bench.
        _ => measure(),
    }
}

fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let cards = folder.path().join("cards");
    std::fs::create_dir(&cards).unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    std::fs::write(
        &configuration,
        format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()),
    )
    .unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "bench", "--so-pin", "87651234", "--pin", PIN])
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .expect("Debian's softhsm2 is installed");
    assert!(made.status.success(), "{made:?}");
    let softtoken = std::env::current_exe().unwrap().with_file_name("libsurguch_softtoken.so");
    let softhsm = softhsm();
    // The figures of one process of ours.
    let figures = |words: &[&str]| -> Vec<f64> {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(words)
            .env("SOFTHSM2_CONF", &configuration)
            .env("SURGUCH_SOFTTOKEN_DIR", &cards)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{words:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text.split_whitespace().map(|figure| figure.parse().unwrap()).collect()
    };
    let medians = |words: &[&str]| -> Vec<f64> {
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|_| figures(words)).collect();
        (0..rounds[0].len()).map(|column| median(rounds.iter().map(|round| round[column]).collect())).collect()
    };

    let work = medians(&["work", softtoken.to_str().unwrap()]);
    row("softtoken: key + PKCS#10 + CMS", "ms", work[0], None);
    row("softtoken: C_Login, hashing the PIN", "ms", work[1], None);
    for (name, module) in [("softtoken", &softtoken), ("SoftHSM2", &softhsm)] {
        let login = medians(&["login", module.to_str().unwrap()]);
        row(&format!("{name}: C_Initialize to before C_Login"), "ms", login[0], None);
        row(&format!("{name}: C_Initialize to after C_Login"), "ms", login[1], None);
    }
    for algorithm in ["rsa-2048", "ecdsa-p256"] {
        for threads in ["1", "8"] {
            // Three ways in turn: the software token and SoftHSM2 through the same client, SoftHSM2 through our layer.
            let (mut ours, mut peers, mut layers) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(figures(&["peer", softtoken.to_str().unwrap(), algorithm, threads])[0]);
                peers.push(figures(&["peer", softhsm.to_str().unwrap(), algorithm, threads])[0]);
                layers.push(figures(&["ours", softhsm.to_str().unwrap(), algorithm, threads])[0]);
            }
            let what = format!("sign {algorithm}, {threads} threads");
            let peers = median(peers);
            row(&format!("softtoken: {what}"), "ops/s", median(ours), Some((peers, "SoftHSM2")));
            row(&format!("layer on SoftHSM2: {what}"), "ops/s", median(layers), Some((peers, "cryptoki 0.12")));
        }
    }
    for algorithm in GOST_ALGORITHMS {
        for threads in ["1", "8"] {
            let rate = medians(&["ours", softtoken.to_str().unwrap(), &algorithm.to_string(), threads]);
            row(&format!("layer on softtoken: sign {algorithm}, {threads} threads"), "ops/s", rate[0], None);
        }
    }
}

/// Loading and starting, then the same with the PIN, milliseconds.
fn login(module: &Path) {
    let began = Instant::now();
    let session = session(module);
    let before = milliseconds(began);
    session.login(&pin(), Keep::No, LastTry::Risk).unwrap();
    println!("{before} {}", milliseconds(began));
}

/// The work of a renewal on the token, then the login alone, milliseconds.
fn work(module: &Path) {
    let session = session(module);
    let began = Instant::now();
    session.login(&pin(), Keep::No, LastTry::Risk).unwrap();
    let login = milliseconds(began);
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let name = Name::from_pairs([("2.5.4.3", "Rogov"), ("2.5.4.10", "Шестой банк")]).unwrap();
    let old = session.generate(GOST, &mut rng).unwrap();
    let certificate = certificate(&old, &name);
    let began = Instant::now();
    let key = session.generate(GOST, &mut rng).unwrap();
    let pkcs10 = Csr::create(&name, &key, &mut rng).unwrap();
    crypto::sign_cms(&pkcs10, false, &old, &certificate, &[], 1_760_000_000, &mut rng).unwrap();
    let work = milliseconds(began);
    for key in [key, old] {
        session.delete_key(&key.hash()).unwrap();
    }
    println!("{work} {login}");
}

fn ours(module: &Path, algorithm: &str, threads: usize) {
    let session = session(module);
    session.login(&pin(), Keep::No, LastTry::Risk).unwrap();
    let algorithm: KeyAlgorithm = algorithm.parse().unwrap();
    let key = session.generate(algorithm, &mut rand_core::UnwrapErr(getrandom::SysRng)).unwrap();
    let rate = rate(threads, |_| {
        let key = &key;
        move || drop(key.sign_message(MESSAGE).unwrap())
    });
    session.delete_key(&key.hash()).unwrap();
    println!("{rate}");
}

fn peer(module: &Path, algorithm: &str, threads: usize) {
    let context = Pkcs11::new(module).unwrap();
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let slot = context.get_slots_with_initialized_token().unwrap()[0];
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&AuthPin::new(PIN.to_owned().into()))).unwrap();
    let private = [Attribute::Sign(true), Attribute::Sensitive(true)];
    let is_rsa = algorithm == "rsa-2048";
    let p256 = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let (mechanism, public) = if is_rsa {
        let public = vec![Attribute::ModulusBits(2048.into()), Attribute::PublicExponent(vec![1, 0, 1])];
        (Mechanism::RsaPkcsKeyPairGen, public)
    } else {
        (Mechanism::EccKeyPairGen, vec![Attribute::EcParams(p256)])
    };
    let kept = vec![Attribute::Token(true)];
    let private: Vec<Attribute> = private.into_iter().chain(kept.clone()).collect();
    let public: Vec<Attribute> = public.into_iter().chain(kept).collect();
    let (public, private) = session.generate_key_pair(&mechanism, &public, &private).unwrap();
    let digest_info = [&DIGEST_INFO_SHA256[..], &crypto::sha256(MESSAGE)[..]].concat();
    let rate = rate(threads, |_| {
        let own = context.open_rw_session(slot).unwrap();
        let digest_info = digest_info.clone();
        move || {
            let sign = if is_rsa { Mechanism::RsaPkcs } else { Mechanism::Ecdsa };
            let digest = crypto::sha256(MESSAGE);
            let input = if is_rsa { &digest_info[..] } else { &digest[..] };
            drop(own.sign(&sign, private, input).unwrap());
        }
    });
    for object in [public, private] {
        session.destroy_object(object).unwrap();
    }
    let left = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(KeyType::RSA)]);
    assert!(left.unwrap().is_empty(), "the next process begins with an empty token");
    println!("{rate}");
}

/// Calls a second of all threads together, after a few to warm up.
fn rate<F: FnMut() + Send>(threads: usize, make: impl Fn(usize) -> F) -> f64 {
    let done = AtomicU64::new(0);
    let mut calls: Vec<F> = (0..threads).map(make).collect();
    calls.iter_mut().for_each(|call| (0..3).for_each(|_| call()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for mut call in calls {
            let done = &done;
            scope.spawn(move || {
                while began.elapsed() < SPAN {
                    call();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn session(module: &Path) -> Session {
    let module = Module::load_with(module, Deadlines::default()).unwrap();
    module.tokens().unwrap().pop().unwrap().session().unwrap()
}

fn certificate(key: &pkcs11::TokenKey, name: &Name) -> crypto::Certificate {
    let tbs = TbsCertificate {
        serial: vec![1],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name.to_der(),
        not_before: 1_750_000_000,
        not_after: 1_800_000_000,
        subject: name.clone(),
        spki_der: key.public_key().to_spki_der(),
        extensions: Vec::new(),
    }
    .to_der()
    .unwrap();
    let signature = key.sign_message(&tbs).unwrap();
    crypto::Certificate::from_der(&crypto::assemble(&tbs, key.signature_algorithm(), &signature)).unwrap()
}

fn softhsm() -> PathBuf {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    places.iter().map(PathBuf::from).find(|path| path.exists()).expect("Debian's softhsm2 is installed")
}

fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn row(row: &str, unit: &str, ours: f64, peer: Option<(f64, &str)>) {
    let (peer, peer_name) = peer.unzip();
    let ratio = peer.map(|peer| ours / peer);
    let number = |figure: Option<f64>| figure.map_or("null".to_owned(), |figure| figure.to_string());
    let name = peer_name.map_or("null".to_owned(), |name| format!("\"{name}\""));
    println!(
        r#"{{"bench":"token","row":"{row}","unit":"{unit}","ours":{ours},"peer":{},"peer_name":{name},"ratio":{}}}"#,
        number(peer),
        number(ratio)
    );
}

const GOST: KeyAlgorithm = KeyAlgorithm::Gost(ParameterSet::Tc26_256A);
const GOST_ALGORITHMS: [KeyAlgorithm; 2] = [GOST, KeyAlgorithm::Gost(ParameterSet::Tc26_512A)];
/// The software token's own from the factory; SoftHSM2's is made the same.
const PIN: &str = "12345678";
const MESSAGE: &[u8] = b"what is signed a thousand times";
/// SHA-256's part of a DigestInfo (RFC 8017, 9.2, note 1).
const DIGEST_INFO_SHA256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
const SPAN: Duration = Duration::from_secs(1);
const ROUNDS: usize = 5;
