//! Seed corpora, made anew at every run: the published vectors, and objects of the kinds the vectors lack. Nothing of it is kept in the repository twice.

use std::io;
use std::path::{Path, PathBuf};

use surguch_crypto::cipher::{BlockCipher, SBox};
use surguch_crypto::gost::{self, ParameterSet};
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::{
    Certificate, ContentCipher, Csr, Delivery, Extension, GostKeyForm, KeyAlgorithm, KeyUsage, KeyUsageSet, Kind, Name,
    PrivateKey, Recipient, Signer as _, Subtree, TbsCertificate, assemble, encrypt_cms, pem_decode, pem_encode,
    sign_cms,
};

use crate::family;

/// The targets, by the names of their binaries.
pub const TARGETS: [&str; 19] = [
    "certificate",
    "csr",
    "crl",
    "signed_data",
    "message",
    "private_key",
    "encrypted_private_key",
    "migration_key",
    "public_key",
    "pkcs12",
    "pkcs12_safe",
    "ocsp",
    "time_stamp",
    "pem",
    "name",
    "kind",
    "chain",
    "extension",
    "numbers",
];

/// The extensions that the target of that name reads.
pub const EXTENSIONS: [&str; 21] = [
    "2.5.29.19",
    "2.5.29.15",
    "2.5.29.37",
    "2.5.29.14",
    "2.5.29.35",
    "2.5.29.17",
    "2.5.29.18",
    "2.5.29.32",
    "2.5.29.31",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.1.11",
    "2.5.29.20",
    "2.5.29.54",
    "2.5.29.36",
    "2.5.29.33",
    "2.5.29.30",
    "2.5.29.16",
    "1.2.643.100.111",
    "1.2.643.100.112",
    "1.2.643.100.114",
    "1.2.3.4",
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
            } else if path.extension().is_some_and(|extension| extension == "b64") {
                // Armoured here only to be read by the crate's own reader.
                let text = std::fs::read_to_string(&path)?;
                let target = if path.to_string_lossy().contains("ocsp") { "ocsp" } else { "time_stamp" };
                let armoured = format!("-----BEGIN X-----\n{text}\n-----END X-----\n");
                for (_, der) in pem_decode(&armoured).unwrap_or_default() {
                    sink.seed(target, &der)?;
                    sink.seed("kind", &der)?;
                }
            }
        }
    }
    own(&mut sink)?;
    chains(&mut sink)?;
    numbers(&mut sink)?;
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

    fn extensions(&mut self, extensions: &[Extension]) -> io::Result<()> {
        for extension in extensions {
            if let Some(pick) = EXTENSIONS.iter().position(|oid| *oid == extension.oid) {
                self.seed("extension", &[&[u8::try_from(pick).expect("few")][..], &extension.value].concat())?;
            }
        }
        Ok(())
    }

    fn armoured(&mut self, text: &str) -> io::Result<()> {
        self.seed("pem", text.as_bytes())?;
        for (label, der) in pem_decode(text).unwrap_or_default() {
            let target = match label.as_str() {
                "CERTIFICATE" => "certificate",
                "CERTIFICATE REQUEST" => "csr",
                "X509 CRL" => "crl",
                "CMS" if Kind::of_der(&der) == Ok(Kind::SignedData) => "signed_data",
                "CMS" => "message",
                "PKCS12" => "pkcs12",
                "PRIVATE KEY" => "private_key",
                "ENCRYPTED PRIVATE KEY" => "encrypted_private_key",
                "PUBLIC KEY" => "public_key",
                _ => "kind",
            };
            self.seed(target, &der)?;
            if target != "kind" {
                self.seed("kind", &der)?;
            }
            if target == "private_key" {
                self.seed("migration_key", &der)?;
            }
            if target == "pkcs12"
                && let Some(safe) = inside(&der, &[1, 1, 0])
            {
                self.seed("pkcs12_safe", safe)?;
            }
            if let Ok(certificate) = Certificate::from_der(&der) {
                self.seed("name", certificate.subject_der())?;
                self.seed("public_key", certificate.spki_der())?;
                self.extensions(certificate.extensions())?;
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
    let all: Vec<Extension> = interesting().into_iter().flatten().collect();
    sink.extensions(&all)?;
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Rsa { bits: 2048 }] {
        let key = PrivateKey::generate(algorithm, &mut rng).map_err(io::Error::other)?;
        sink.seed("private_key", &key.to_pkcs8_der())?;
        sink.seed("public_key", &key.public_key().to_spki_der())?;
        let encrypted = key.to_encrypted_pkcs8_der(b"x", ITERATIONS, &mut rng).map_err(io::Error::other)?;
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
    locked(sink)
}

/// Iterations in the seeds: no fewer are written, and the targets pass over files with many more.
const ITERATIONS: u32 = 1280;

/// Key files and messages behind a password or for a recipient, under every cipher.
fn locked(sink: &mut Sink<'_>) -> io::Result<()> {
    let mut rng = family::rng();
    let (key, certificate) = family::recipient();
    for cipher in ContentCipher::ALL {
        let file = key.to_encrypted_pkcs8_der_with(cipher, b"x", ITERATIONS, &mut rng).map_err(io::Error::other)?;
        sink.seed("encrypted_private_key", &file)?;
        for key_form in [GostKeyForm::Plain, GostKeyForm::Masked] {
            let protection = PfxProtection { cipher, encrypt_certificates: true, iterations: ITERATIONS, key_form };
            let key = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).map_err(io::Error::other)?;
            let pfx = Pfx::of(key, certificate.clone(), vec![certificate.clone()]).map_err(io::Error::other)?;
            let file = pfx.to_der("x", &protection, &mut rng).map_err(io::Error::other)?;
            sink.seed("pkcs12", &file)?;
            if let Some(safe) = inside(&file, &[1, 1, 0]) {
                sink.seed("pkcs12_safe", safe)?;
            }
        }
        for delivery in [
            Delivery::Agreement(BlockCipher::Kuznyechik),
            Delivery::StaticAgreement { cipher: BlockCipher::Magma, key, certificate },
            Delivery::Transport(BlockCipher::Magma),
            Delivery::Transport28147(SBox::Tc26Z),
        ] {
            let recipient = Recipient { certificate, delivery };
            // A cipher and a way that do not go together make no seed.
            if let Ok(message) = encrypt_cms(b"content", cipher, &[recipient], &mut rng) {
                sink.seed("message", &message)?;
            }
        }
    }
    Ok(())
}

/// An element with the shortest length, for contents of any length.
pub(crate) fn long(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let head: &[u8] = match body.len() {
        ..0x80 => &[tag, length[3]],
        0x80..0x100 => &[tag, 0x81, length[3]],
        0x100..0x1_0000 => &[tag, 0x82, length[2], length[3]],
        _ => &[tag, 0x83, length[1], length[2], length[3]],
    };
    [head, body].concat()
}

/// The body of the element reached by taking, level by level, the member of this number.
fn inside<'a>(der: &'a [u8], way: &[usize]) -> Option<&'a [u8]> {
    let (mut body, _) = element(der)?;
    for &number in way {
        let mut rest = body;
        for _ in 0..number {
            (_, rest) = element(rest)?;
        }
        (body, _) = element(rest)?;
    }
    Some(body)
}

/// The body of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, first], rest) = der.split_first_chunk::<2>()?;
    let octets = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    let (field, rest) = rest.split_at_checked(octets)?;
    let whole = |sum: usize, octet: &u8| sum << 8 | usize::from(*octet);
    rest.split_at_checked(if octets == 0 { usize::from(first) } else { field.iter().fold(0, whole) })
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

/// A private number, a point and a digest of every parameter set, after the octets that say which set and where to cut.
fn numbers(sink: &mut Sink<'_>) -> io::Result<()> {
    for (pick, &set) in (0..).zip(ParameterSet::ALL) {
        let key = gost::PrivateKey::generate(set, &mut family::rng());
        let octets = set.octets();
        let cut = u8::try_from(octets).expect("64 at most");
        let digest = vec![pick; octets];
        let signature = key.sign_digest(&digest, &mut family::rng()).map_err(io::Error::other)?;
        sink.seed("numbers", &[&[pick, cut][..], &key.to_le_bytes(), &digest].concat())?;
        sink.seed("numbers", &[&[pick, 2 * cut][..], &key.public_key().to_le_bytes(), &digest, &signature].concat())?;
    }
    let key = family::recipient().0.to_pkcs8_der();
    sink.seed("numbers", &[&[1, 8][..], &[0; 8], &key].concat())?;
    let (rsa, public) = family::rsa();
    let signature = rsa.sign(b"message", &mut family::rng()).map_err(io::Error::other)?;
    assert!(public.algorithm() == rsa.public_key().algorithm());
    sink.seed("numbers", &[&[1, 7][..], b"message", &signature].concat())
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
