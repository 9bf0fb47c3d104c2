//! A small bank for the tests: authorities of the demonstration, profiles of the product, clients with their keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use ca::{Authority, AuthorityPlan, Profile, create_authority};
use crypto::{KeyAlgorithm, Name, PrivateKey, PublicKey, SignatureAlgorithm, Signer};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// 2026-01-01T00:00:00Z, when the authorities are made.
pub(crate) const MADE: i64 = 1_767_225_600;
/// A day later, when clients come.
pub(crate) const NOW: i64 = MADE + 86_400;
pub(crate) const BASE: &str = "http://ca.bank.example";

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn file(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn profile(name: &str) -> Profile {
    Profile::parse(name, &file(&format!("profiles/{name}.toml"))).unwrap()
}

pub(crate) fn rogov() -> Name {
    Name::from_pairs([
        ("2.5.4.6", "RU"),
        ("2.5.4.7", "Новосибирск"),
        ("2.5.4.10", "ООО Рога"),
        ("2.5.4.3", "Рогов Иван Петрович"),
    ])
    .unwrap()
}

pub(crate) fn key(algorithm: &str, seed: u64) -> PrivateKey {
    PrivateKey::generate(algorithm.parse::<KeyAlgorithm>().unwrap(), &mut rng(seed)).unwrap()
}

/// A copy for the tests that need the key beside the authority that took it.
pub(crate) fn twin(key: &PrivateKey) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap()
}

/// Authorities of a plan made at `now`, in the plan's order.
pub(crate) fn create_all(plan: &str, now: i64) -> Vec<Authority> {
    let plan = AuthorityPlan::parse(plan).unwrap();
    let mut made: Vec<Authority> = Vec::new();
    for (number, spec) in plan.authorities().iter().enumerate() {
        let issuer = made.iter().find(|authority| Some(&authority.name) == spec.issuer.as_ref());
        let key = PrivateKey::generate(spec.algorithm, &mut rng(number as u64)).unwrap();
        let authority = create_authority(spec, issuer, key, now, BASE, &mut rng(100 + number as u64)).unwrap();
        made.push(authority);
    }
    made
}

/// Root on 512-A and issuing authority on 256-A of the demonstration.
pub(crate) fn demo() -> &'static [Authority] {
    static DEMO: OnceLock<Vec<Authority>> = OnceLock::new();
    DEMO.get_or_init(|| create_all(&file("demo/ca.toml"), MADE))
}

pub(crate) fn issuing() -> &'static Authority {
    demo().iter().find(|authority| authority.name == "issuing").unwrap()
}

pub(crate) fn root() -> &'static Authority {
    demo().iter().find(|authority| authority.name == "root").unwrap()
}

/// RSA root and issuing authority of the example.
pub(crate) fn rsa() -> &'static [Authority] {
    static RSA: OnceLock<Vec<Authority>> = OnceLock::new();
    RSA.get_or_init(|| create_all(&file("docs/examples/ca-rsa.toml"), MADE))
}

/// A key that counts its signatures.
pub(crate) struct Counting {
    pub(crate) key: PrivateKey,
    pub(crate) signatures: Arc<AtomicUsize>,
}

impl Signer for Counting {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.key.signature_algorithm()
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        self.signatures.fetch_add(1, Ordering::SeqCst);
        self.key.sign(message, rng)
    }
}
