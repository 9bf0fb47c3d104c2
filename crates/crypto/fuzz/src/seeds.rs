//! Seed corpora, made anew at every run: the published vectors, and objects of the kinds the vectors lack. Nothing of it is kept in the repository twice.

use std::io;
use std::path::{Path, PathBuf};

use surguch_crypto::{
    Certificate, Csr, Extension, KeyAlgorithm, KeyUsage, KeyUsageSet, Name, PrivateKey, Signer as _, Subtree,
    TbsCertificate, assemble, pem_decode, pem_encode, sign_cms,
};

use crate::family;

/// The targets, by the names of their binaries.
pub const TARGETS: [&str; 11] = [
    "certificate",
    "csr",
    "crl",
    "signed_data",
    "private_key",
    "encrypted_private_key",
    "public_key",
    "pem",
    "name",
    "kind",
    "chain",
];

/// The whole of the binary `seeds`: folders by the environment, the end of the process by the outcome.
pub fn write_by_environment() {
    let folder = |variable: &str| PathBuf::from(std::env::var_os(variable).expect(variable));
    let written = write(&folder("SURGUCH_FUZZ_VECTORS"), &folder("SURGUCH_FUZZ_CORPUS"));
    let exit = match written {
        Ok(seeds) => {
            println!("{seeds} seeds");
            0
        }
        Err(error) => {
            eprintln!("seeds: {error}");
            1
        }
    };
    std::process::exit(exit)
}

/// Writes one folder a target under `corpus`; returns how many seeds.
pub fn write(vectors: &Path, corpus: &Path) -> io::Result<usize> {
    let mut sink = Sink { corpus, seeds: 0 };
    for target in TARGETS {
        std::fs::create_dir_all(corpus.join(target))?;
    }
    let mut folders = vec![vectors.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pem") {
                sink.armoured(&std::fs::read_to_string(&path)?)?;
            }
        }
    }
    own(&mut sink)?;
    chains(&mut sink)?;
    Ok(sink.seeds)
}

struct Sink<'a> {
    corpus: &'a Path,
    seeds: usize,
}

impl Sink<'_> {
    fn seed(&mut self, target: &str, octets: &[u8]) -> io::Result<()> {
        self.seeds += 1;
        std::fs::write(self.corpus.join(target).join(format!("seed-{:04}", self.seeds)), octets)
    }

    fn armoured(&mut self, text: &str) -> io::Result<()> {
        self.seed("pem", text.as_bytes())?;
        for (label, der) in pem_decode(text).unwrap_or_default() {
            let target = match label.as_str() {
                "CERTIFICATE" => "certificate",
                "CERTIFICATE REQUEST" => "csr",
                "X509 CRL" => "crl",
                "CMS" => "signed_data",
                "PRIVATE KEY" => "private_key",
                "ENCRYPTED PRIVATE KEY" => "encrypted_private_key",
                "PUBLIC KEY" => "public_key",
                _ => "kind",
            };
            self.seed(target, &der)?;
            if target != "kind" {
                self.seed("kind", &der)?;
            }
            if let Ok(certificate) = Certificate::from_der(&der) {
                self.seed("name", certificate.subject_der())?;
                self.seed("public_key", certificate.spki_der())?;
            }
        }
        Ok(())
    }
}

/// Objects of ECDSA and RSA, of encrypted keys and of names with every string type: the vectors are GOST.
fn own(sink: &mut Sink<'_>) -> io::Result<()> {
    let mut rng = family::rng();
    let subject = Name::from_pairs([
        ("2.5.4.6", "RU"),
        ("2.5.4.10", "Шестой банк"),
        ("1.2.643.100.4", "7710474375"),
        ("1.2.840.113549.1.9.1", "rogov@ro.test"),
        ("2.5.4.3", "Rogov"),
    ])
    .map_err(io::Error::other)?;
    sink.seed("name", &subject.to_der())?;
    sink.seed("crl", family::list(0, "Root").as_der())?;
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Rsa { bits: 2048 }] {
        let key = PrivateKey::generate(algorithm, &mut rng).map_err(io::Error::other)?;
        sink.seed("private_key", &key.to_pkcs8_der())?;
        sink.seed("public_key", &key.public_key().to_spki_der())?;
        let encrypted = key.to_encrypted_pkcs8_der(b"x", 2048, &mut rng).map_err(io::Error::other)?;
        sink.seed("encrypted_private_key", &encrypted)?;
        let csr = Csr::create(&subject, &key, &mut rng).map_err(io::Error::other)?;
        sink.seed("csr", &csr)?;
        let tbs = TbsCertificate {
            serial: vec![1],
            signature_algorithm: key.signature_algorithm(),
            issuer_der: subject.to_der(),
            not_before: 0,
            not_after: 4_000_000_000,
            subject: subject.clone(),
            spki_der: key.public_key().to_spki_der(),
            extensions: interesting().into_iter().flatten().collect(),
        };
        let tbs = tbs.to_der().map_err(io::Error::other)?;
        let signature = key.sign(&tbs, &mut rng).map_err(io::Error::other)?;
        let der = assemble(&tbs, key.signature_algorithm(), &signature);
        let certificate = Certificate::from_der(&der).map_err(io::Error::other)?;
        let message = sign_cms(b"x", false, &key, &certificate, &[], 1, &mut rng).map_err(io::Error::other)?;
        sink.seed("certificate", &der)?;
        sink.seed("signed_data", &message)?;
        sink.seed("pem", pem_encode("CMS", &message).as_bytes())?;
    }
    let key: KeyAlgorithm = "gost-256-a".parse().map_err(io::Error::other)?;
    let key = PrivateKey::generate(key, &mut rng).map_err(io::Error::other)?;
    sink.seed("encrypted_private_key", &key.to_encrypted_pkcs8_der(b"x", 2048, &mut rng).map_err(io::Error::other)?)
}

/// One extension of each kind a chain obeys.
fn interesting() -> [Option<Extension>; 9] {
    const ONE: &str = "1.2.643.100.113.1";
    const TWO: &str = "1.2.643.100.113.2";
    let bank = Name::from_pairs([("2.5.4.10", "Шестой банк")]).map(Subtree::Directory);
    [
        Some(Extension::basic_constraints(true, Some(1))),
        Some(Extension::key_usage(KeyUsageSet::of([KeyUsage::KeyCertSign, KeyUsage::CrlSign]))),
        Extension::extended_key_usage(["1.3.6.1.5.5.7.3.4"]).ok(),
        Extension::certificate_policies([ONE, TWO, "2.5.29.32.0"]).ok(),
        Extension::policy_mappings([(ONE, TWO), (TWO, ONE)]).ok(),
        Extension::policy_constraints(Some(1), Some(0)).ok(),
        Some(Extension::inhibit_any_policy(1)),
        bank.ok().and_then(|bank| {
            let others = [
                Subtree::Mail("ro.test".to_owned()),
                Subtree::Host("ro.test".to_owned()),
                Subtree::Address(vec![10, 0, 0, 0, 255, 0, 0, 0]),
            ];
            Extension::name_constraints(&[bank], &others).ok()
        }),
        // subjectAltName of a mailbox, a host, a directory name and an address.
        Some(Extension {
            oid: "2.5.29.17".to_owned(),
            critical: false,
            value: [
                &[0x30, 38, 0x81, 6][..],
                b"a@b.ru",
                &[0x82, 4],
                b"b.ru",
                &[0xa4, 16, 0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 3],
                b"abc",
                &[0x87, 4, 10, 0, 0, 1],
            ]
            .concat(),
        }),
    ]
}

fn chains(sink: &mut Sink<'_>) -> io::Result<()> {
    let authority = || Extension::basic_constraints(true, None);
    let plain = [authority()];
    sink.seed("chain", &family::encode(0, [&plain, &plain, &[]]))?;
    for extension in interesting().into_iter().flatten() {
        let one = [authority(), extension.clone()];
        let alone = std::slice::from_ref(&extension);
        for demands in [0, 4, 7, 0x24, 0x44] {
            sink.seed("chain", &family::encode(demands, [&one, &plain, alone]))?;
            sink.seed("chain", &family::encode(demands, [&plain, &one, alone]))?;
        }
    }
    let all: Vec<Extension> = interesting().into_iter().flatten().collect();
    sink.seed("chain", &family::encode(0x3f, [&all, &all, &all]))
}
