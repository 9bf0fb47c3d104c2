//! What the tests share: published vectors, a repeatable source of randomness, small authorities made on the spot.

use base64::Engine as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use surguch_crypto::cipher::SBox;
use surguch_crypto::{
    Certificate, ContentCipher, Extension, KeyAlgorithm, KeyUsage, KeyUsageSet, Name, PrivateKey, Signer,
    TbsCertificate, assemble, der_or_pem, sha1_thumbprint,
};

/// 2027-01-01: inside the validity of every file made by openssl here, and of what the tests make themselves.
pub(crate) const NOW: i64 = 1_798_761_600;
pub(crate) const DAY: i64 = 86_400;

/// Every 2012 key set of `vectors/openssl-gost`, and the word of its algorithm.
pub(crate) const GOST_SETS: [(&str, &str); 12] = [
    ("g256-A", "gost-256-cp-a"),
    ("g256-B", "gost-256-cp-b"),
    ("g256-C", "gost-256-cp-c"),
    ("g256-XA", "gost-256-xch-a"),
    ("g256-XB", "gost-256-xch-b"),
    ("g256-TCA", "gost-256-a"),
    ("g256-TCB", "gost-256-b"),
    ("g256-TCC", "gost-256-c"),
    ("g256-TCD", "gost-256-d"),
    ("g512-A", "gost-512-a"),
    ("g512-B", "gost-512-b"),
    ("g512-C", "gost-512-c"),
];

/// The three of them that have leaves, CRLs and messages.
pub(crate) const FULL_SETS: [&str; 3] = ["g256-B", "g256-TCA", "g512-A"];

/// Every cipher of contents, GOST 28147-89 with every substitution.
pub(crate) fn every_cipher() -> impl Iterator<Item = ContentCipher> {
    let old = SBox::ALL.into_iter().skip(1).map(ContentCipher::Gost28147Cfb);
    ContentCipher::ALL.into_iter().chain(old)
}

pub(crate) use crate::vectors::open as vector;

/// The DER of the one block of a PEM vector.
pub(crate) fn pem(name: &str, label: &str) -> Vec<u8> {
    der_or_pem(&vector(name), label).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The octets of a vector in base64 without armour.
pub(crate) fn base64(name: &str) -> Vec<u8> {
    let text: Vec<u8> = vector(name).into_iter().filter(|octet| !octet.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&pem(name, "CERTIFICATE")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn private_key(name: &str) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&pem(name, "PRIVATE KEY")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The key of a GOST certificate out of its little-endian octets, through PKCS#8.
pub(crate) fn private_key_of_octets(certificate: &Certificate, octets: &[u8]) -> PrivateKey {
    let spki = certificate.public_key().to_spki_der();
    // SubjectPublicKeyInfo begins with its AlgorithmIdentifier; both are short enough to have one octet of length, or two with 81.
    let algorithm = if spki[1] == 0x81 { &spki[3..] } else { &spki[2..] };
    let algorithm = &algorithm[..2 + usize::from(algorithm[1])];
    let body = [&[2, 1, 0], algorithm, &[4, octets.len() as u8], octets].concat();
    let key = PrivateKey::from_pkcs8_der(&[&[0x30, body.len() as u8], body.as_slice()].concat()).unwrap();
    assert_eq!(key.public_key(), certificate.public_key());
    key
}

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn algorithm(word: &str) -> KeyAlgorithm {
    word.parse().unwrap()
}

pub(crate) fn key(word: &str, seed: u64) -> PrivateKey {
    PrivateKey::generate(algorithm(word), &mut rng(seed)).unwrap()
}

pub(crate) fn name(common_name: &str) -> Name {
    Name::from_pairs([("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк"), ("2.5.4.3", common_name)]).unwrap()
}

/// A certificate in the making; the tests bend one field at a time.
pub(crate) struct Plan {
    pub(crate) tbs: TbsCertificate,
}

impl Plan {
    /// An end certificate of `subject`.
    pub(crate) fn leaf(subject: &str, key: &PrivateKey, issuer: &Name, issuer_key: &PrivateKey) -> Self {
        let identifier = |key: &PrivateKey| sha1_thumbprint(&key.public_key().raw_bits());
        // RSA keys are another in every run: of one octet the serials of two keys would be equal now and then.
        let serial = [&[0x9a, 0x01], &key.public_key().spki_sha256()[..8]].concat();
        Self {
            tbs: TbsCertificate {
                serial,
                signature_algorithm: issuer_key.signature_algorithm(),
                issuer_der: issuer.to_der(),
                not_before: NOW - DAY,
                not_after: NOW + 365 * DAY,
                subject: name(subject),
                spki_der: key.public_key().to_spki_der(),
                extensions: vec![
                    Extension::basic_constraints(false, None),
                    Extension::key_usage(KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation])),
                    Extension::subject_key_id(&identifier(key)),
                    Extension::authority_key_id(&identifier(issuer_key)),
                ],
            },
        }
    }

    /// A certificate of an authority.
    pub(crate) fn authority(
        subject: &str,
        key: &PrivateKey,
        issuer: &Name,
        issuer_key: &PrivateKey,
        path_len: Option<u8>,
    ) -> Self {
        let mut plan = Self::leaf(subject, key, issuer, issuer_key);
        plan.tbs.extensions[0] = Extension::basic_constraints(true, path_len);
        plan.tbs.extensions[1] = Extension::key_usage(KeyUsageSet::of([KeyUsage::KeyCertSign, KeyUsage::CrlSign]));
        plan
    }

    pub(crate) fn sign(&self, issuer_key: &PrivateKey) -> Certificate {
        Certificate::from_der(&self.sign_der(issuer_key)).unwrap()
    }

    pub(crate) fn sign_der(&self, issuer_key: &PrivateKey) -> Vec<u8> {
        let tbs = self.tbs.to_der().unwrap();
        let signature = issuer_key.sign(&tbs, &mut rng(7)).unwrap();
        assemble(&tbs, issuer_key.signature_algorithm(), &signature)
    }
}

/// A self-signed authority.
pub(crate) fn root(common_name: &str, key: &PrivateKey) -> Certificate {
    Plan::authority(common_name, key, &name(common_name), key, None).sign(key)
}

/// Replaces the one occurrence of `from`; lengths must agree, so that the DER around stays whole.
pub(crate) fn replace_once(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert_eq!(places.len(), 1, "{} places", places.len());
    let mut out = bytes.to_vec();
    out[places[0]..places[0] + to.len()].copy_from_slice(to);
    out
}
