//! Broken input: whatever is cut off or flipped, a reader answers with an error or a value, never with a panic.
//! Fuzzing proper is another matter; this is the smoke it would start from.

use rand_core::Rng;
use surguch_crypto::{
    Certificate, Crl, Csr, Name, PrivateKey, PublicKey, SignedData, SigningCertificate, der_or_pem, pem_decode,
    sign_cms,
};

use crate::support::{NOW, Plan, certificate, key, name, pem, rng, vector};

const FLIPS: usize = 2_000;

/// Reads and, where it can be read, also verifies; tells whether it was read.
type Reader = fn(&[u8]) -> bool;

fn read_certificate(der: &[u8]) -> bool {
    Certificate::from_der(der).map(|certificate| certificate.verify_issued_by(&certificate)).is_ok()
}

fn read_request(der: &[u8]) -> bool {
    Csr::from_der(der).map(Csr::verify).is_ok()
}

fn read_list(der: &[u8]) -> bool {
    let issuer = certificate("openssl-gost/g256-TCA-ca.pem");
    Crl::from_der(der).map(|crl| crl.verify_issued_by(&issuer)).is_ok()
}

fn read_message(der: &[u8]) -> bool {
    SignedData::from_der(der)
        .map(|message| {
            drop(message.verify(None, &[]));
            message.verify_with(Some(b"x"), &[], SigningCertificate::Optional)
        })
        .is_ok()
}

fn read_key(der: &[u8]) -> bool {
    PrivateKey::from_pkcs8_der(der).is_ok()
}

fn read_encrypted_key(der: &[u8]) -> bool {
    // A flip may ask for millions of iterations, which is legal and slow; the count is not what is tried here.
    if !der.windows(4).any(|window| window == [2, 2, 3, 0xe8]) {
        return false;
    }
    PrivateKey::from_encrypted_pkcs8_der(der, b"x").is_ok()
}

fn read_public_key(der: &[u8]) -> bool {
    PublicKey::from_spki_der(der).is_ok()
}

fn read_name(der: &[u8]) -> bool {
    Name::from_der(der).map(|name| (name.to_string(), name.to_der())).is_ok()
}

fn fixtures() -> Vec<(&'static str, Reader, Vec<u8>)> {
    let signer = key("gost-256-a", 1);
    let root_key = key("ecdsa-p256", 2);
    let leaf = Plan::leaf("Rogov", &signer, &name("Root"), &root_key).sign(&root_key);
    let message = sign_cms(b"content", false, &signer, &leaf, &[], NOW, &mut rng(1)).unwrap();
    vec![
        ("certificate, 256", read_certificate, pem("rfc9215/d2-tc26-256-a-cert.pem", "CERTIFICATE")),
        ("certificate, 512", read_certificate, pem("openssl-gost/g512-A-ca.pem", "CERTIFICATE")),
        ("certificate, ECDSA", read_certificate, leaf.as_der().to_vec()),
        ("request", read_request, pem("openssl-gost/g256-B-csr.pem", "CERTIFICATE REQUEST")),
        ("list", read_list, pem("openssl-gost/crl-g256-TCA.pem", "X509 CRL")),
        ("message", read_message, message),
        ("message of openssl", read_message, pem("openssl-gost/cms-signed-attached-g256-TCA.pem", "CMS")),
        ("message of tc26", read_message, pem("cms-r1323565.1.025-2019/signed-with-attrs.pem", "CMS")),
        ("key", read_key, pem("rfc9548/test-key.pem", "PRIVATE KEY")),
        ("key, masked", read_key, pem("pkcs12/r50.1.112-2016-key-expected.pem", "PRIVATE KEY")),
        ("key, P-256", read_key, root_key.to_pkcs8_der().to_vec()),
        ("encrypted key", read_encrypted_key, signer.to_encrypted_pkcs8_der(b"x", 1000, &mut rng(2)).unwrap()),
        ("public key", read_public_key, pem("openssl-gost/g256-XA-pub.pem", "PUBLIC KEY")),
        ("name", read_name, leaf.subject_der().to_vec()),
    ]
}

#[test]
fn no_beginning_of_an_object_is_an_object() {
    for (what, read, der) in fixtures() {
        assert!(read(&der), "{what}");
        for length in 0..der.len() {
            assert!(!read(&der[..length]), "{what} cut at {length}");
        }
        let mut longer = der.clone();
        longer.push(0);
        assert!(!read(&longer), "{what} with a tail");
    }
}

#[test]
fn flipped_bits_never_panic() {
    for (seed, (_, read, der)) in fixtures().into_iter().enumerate() {
        let mut rng = rng(seed as u64);
        for _ in 0..FLIPS {
            let mut bent = der.clone();
            for _ in 0..=rng.next_u32() % 3 {
                let at = rng.next_u32() as usize % bent.len();
                bent[at] ^= 1 << (rng.next_u32() % 8);
            }
            read(&bent);
        }
    }
}

#[test]
fn random_octets_and_broken_text_never_panic() {
    let mut rng = rng(99);
    let readers: Vec<Reader> = fixtures().into_iter().map(|(_, read, _)| read).collect();
    for _ in 0..FLIPS {
        let mut bytes = vec![0; rng.next_u32() as usize % 64];
        rng.fill_bytes(&mut bytes);
        for read in &readers {
            assert!(!read(&bytes));
            // The same under a SEQUENCE header that fits.
            let mut framed = vec![0x30, bytes.len() as u8];
            framed.extend(&bytes);
            read(&framed);
        }
    }
    let text = vector("openssl-gost/g256-B-csr.pem");
    for length in 0..text.len() {
        drop(der_or_pem(&text[..length], "CERTIFICATE REQUEST"));
    }
    for _ in 0..FLIPS {
        let mut bent = text.clone();
        let at = rng.next_u32() as usize % bent.len();
        bent[at] ^= 1 << (rng.next_u32() % 8);
        if let Ok(text) = core::str::from_utf8(&bent) {
            drop(pem_decode(text));
        }
    }
}
