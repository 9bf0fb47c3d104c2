//! Chains out of octets: root, authority and leaf whose extensions are the fuzzer's, signed here, so that the search gets past the signatures
//! and into policies, constraints and revocation.

use std::sync::OnceLock;

use rand_core::SeedableRng as _;
use surguch_crypto::{
    Certificate, Crl, Demands, Error, Extension, KeyAlgorithm, Name, PrivateKey, PublicKey, Revocation,
    RevocationEvidence, RevokedEntry, Signer as _, TbsCertificate, TbsCrl, assemble, build_chain, find_chain,
};

const NOW: i64 = 1_798_761_600;

/// Extensions by number; an octet of the input picks one.
pub(crate) const EXTENSIONS: [&str; 12] = [
    "2.5.29.19",
    "2.5.29.15",
    "2.5.29.37",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.54",
    "2.5.29.30",
    "2.5.29.17",
    "2.5.29.14",
    "2.5.29.35",
    "1.2.3.4",
];

pub(crate) fn rng() -> rand_chacha::ChaCha20Rng {
    rand_chacha::ChaCha20Rng::seed_from_u64(1)
}

fn keys() -> &'static [PrivateKey; 3] {
    static KEYS: OnceLock<[PrivateKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [1, 2, 3].map(|_| PrivateKey::generate(KeyAlgorithm::EcdsaP256, &mut rng()).expect("P-256 keys are made"))
    })
}

/// A self-signed authority for whoever needs one.
pub(crate) fn authority() -> &'static Certificate {
    static AUTHORITY: OnceLock<Certificate> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let extensions = vec![Extension::basic_constraints(true, None)];
        certificate(0, "Root", "Root", extensions).expect("a plain certificate is read")
    })
}

/// A GOST key and its certificate, the same in every run but for the signature: messages among the seeds are enciphered for it.
pub(crate) fn recipient() -> &'static (PrivateKey, Certificate) {
    static RECIPIENT: OnceLock<(PrivateKey, Certificate)> = OnceLock::new();
    RECIPIENT.get_or_init(|| {
        let algorithm: KeyAlgorithm = "gost-256-a".parse().expect("a known word");
        let key = PrivateKey::generate(algorithm, &mut rng()).expect("GOST keys are made");
        let certificate = self_signed(&key, "Recipient").expect("a plain certificate is read");
        (key, certificate)
    })
}

/// The RSA key that blocks and signatures are tried on.
pub(crate) fn rsa() -> &'static (PrivateKey, PublicKey) {
    static RSA: OnceLock<(PrivateKey, PublicKey)> = OnceLock::new();
    RSA.get_or_init(|| {
        let key = PrivateKey::generate(KeyAlgorithm::Rsa { bits: 2048 }, &mut rng()).expect("RSA keys are made");
        let public = key.public_key().clone();
        (key, public)
    })
}

/// A certificate of a key by itself.
fn self_signed(key: &PrivateKey, subject: &str) -> Result<Certificate, Error> {
    let tbs = TbsCertificate {
        serial: vec![7],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name(subject).to_der(),
        not_before: NOW,
        not_after: NOW + 1,
        subject: name(subject),
        spki_der: key.public_key().to_spki_der(),
        extensions: vec![],
    };
    let tbs = tbs.to_der()?;
    let signature = key.sign(&tbs, &mut rng())?;
    Certificate::from_der(&assemble(&tbs, key.signature_algorithm(), &signature))
}

fn name(common_name: &str) -> Name {
    Name::from_pairs([("2.5.4.10", "Шестой банк"), ("2.5.4.3", common_name)]).expect("a good name")
}

fn certificate(at: usize, subject: &str, issuer: &str, extensions: Vec<Extension>) -> Result<Certificate, Error> {
    let issuer_key = &keys()[at.saturating_sub(1)];
    let tbs = TbsCertificate {
        serial: vec![u8::try_from(at + 1).expect("three certificates")],
        signature_algorithm: issuer_key.signature_algorithm(),
        issuer_der: name(issuer).to_der(),
        not_before: NOW,
        not_after: NOW + 1,
        subject: name(subject),
        spki_der: keys()[at].public_key().to_spki_der(),
        extensions,
    };
    let tbs = tbs.to_der()?;
    let signature = issuer_key.sign(&tbs, &mut rng())?;
    Certificate::from_der(&assemble(&tbs, issuer_key.signature_algorithm(), &signature))
}

/// The input as a reader of octets; past its end everything is zero.
struct Octets<'a>(&'a [u8]);

impl Octets<'_> {
    fn next(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    fn take(&mut self, octets: usize) -> Vec<u8> {
        self.0.split_off(..octets.min(self.0.len())).unwrap_or_default().to_vec()
    }
}

/// The input of one chain: demands, then for root, authority and leaf the number of extensions and each as pick, length, value.
pub(crate) fn encode(demands: u8, extensions: [&[Extension]; 3]) -> Vec<u8> {
    let mut input = vec![demands];
    for list in extensions {
        input.push(u8::try_from(list.len()).expect("few extensions"));
        for extension in list {
            let pick = EXTENSIONS.iter().position(|oid| *oid == extension.oid).expect("one of the twelve");
            input.push(u8::try_from(pick).expect("one of the twelve") | if extension.critical { 0x80 } else { 0 });
            input.push(u8::try_from(extension.value.len()).expect("short"));
            input.extend(&extension.value);
        }
    }
    input
}

/// Builds the three and looks for the chain, with a list that may revoke each.
pub fn chain(data: &[u8]) {
    let mut octets = Octets(data);
    let bits = octets.next();
    let self_issued = bits & 0x40 != 0;
    let mut made = Vec::new();
    for at in 0..3 {
        let mut extensions: Vec<Extension> = Vec::new();
        for _ in 0..octets.next() % 10 {
            let pick = octets.next();
            let oid = EXTENSIONS[usize::from(pick & 0x7f) % EXTENSIONS.len()];
            let length = octets.next();
            let value = octets.take(length.into());
            if extensions.iter().all(|other| other.oid != oid) {
                extensions.push(Extension { oid: oid.to_owned(), critical: pick & 0x80 != 0, value });
            }
        }
        let names = if self_issued { ["Root", "Root", "Rogov"] } else { ["Root", "Middle", "Rogov"] };
        let Ok(certificate) = certificate(at, names[at], names[at.saturating_sub(1)], extensions) else { return };
        made.push(certificate);
    }
    let [root, middle, leaf] = <[Certificate; 3]>::try_from(made).expect("three were made");
    let demands = Demands {
        purpose: (bits & 1 != 0).then_some("1.3.6.1.5.5.7.3.4"),
        acceptable_policies: if bits & 2 != 0 { &["1.2.643.100.113.1"] } else { &[] },
        require_explicit_policy: bits & 4 != 0,
        inhibit_policy_mapping: bits & 8 != 0,
        inhibit_any_policy: bits & 16 != 0,
        revocation: if bits & 32 != 0 { Revocation::Demanded } else { Revocation::WhereKnown },
        ..Demands::at(NOW)
    };
    let lists = [list(0, "Root"), list(1, if self_issued { "Root" } else { "Middle" })];
    let evidence = lists.each_ref().map(RevocationEvidence::Crl);
    let pool = [middle];
    let anchors = [root];
    match find_chain(&leaf, &pool, &anchors, &evidence, &demands) {
        Ok(chain) => {
            assert_eq!((chain.leaf(), chain.anchor()), (&leaf, &anchors[0]));
            assert!(leaf.unknown_critical_extensions().next().is_none());
            // What holds under these demands holds under none.
            build_chain(&leaf, &pool, &anchors, NOW).expect("fewer demands refuse no more");
        }
        Err(refusal) => {
            assert!(refusal.position < refusal.path.len());
            let _ = (refusal.to_string(), Error::from(refusal));
        }
    }
}

/// A list of root or authority that revokes a stranger.
pub(crate) fn list(at: usize, issuer: &str) -> Crl {
    static LISTS: OnceLock<std::sync::Mutex<std::collections::HashMap<(usize, String), Crl>>> = OnceLock::new();
    let mut lists = LISTS.get_or_init(Default::default).lock().expect("one thread");
    let made = lists.entry((at, issuer.to_owned())).or_insert_with(|| {
        let key = &keys()[at];
        let tbs = TbsCrl {
            signature_algorithm: key.signature_algorithm(),
            issuer_der: name(issuer).to_der(),
            this_update: NOW,
            next_update: NOW + 1,
            revoked: vec![RevokedEntry { serial: vec![99], revoked_at: NOW, reason: Some(1) }],
            extensions: vec![],
        };
        let tbs = tbs.to_der().expect("a plain list");
        let signature = key.sign(&tbs, &mut rng()).expect("signed");
        Crl::from_der(&assemble(&tbs, key.signature_algorithm(), &signature)).expect("a plain list is read")
    });
    made.clone()
}
