//! Broken input: whatever is cut off or flipped, a reader answers with an error or a value, never with a panic.
//! Fuzzing proper is another matter; this is the smoke it would start from.

use rand_core::Rng;
use surguch_crypto::cipher::{BlockCipher, SBox};
use surguch_crypto::ocsp::{OcspRequest, OcspResponse};
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::tsp::{TimeStampQuery, TimeStampToken};
use surguch_crypto::{
    Certificate, CmsSigner, ContentCipher, ContentInfo, Crl, Csr, Delivery, EnvelopedData, GostKeyForm, Name,
    PrivateKey, PublicKey, Recipient, SignedData, SigningCertificate, der_or_pem, encrypt_cms, pem_decode, sign_cms,
};

use crate::support::{NOW, Plan, base64, certificate, key, name, pem, private_key, rng, vector};

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
            drop(message.verify_countersignatures(0, &[], SigningCertificate::Optional));
            drop(message.verify_time_stamped(None, &[], message.certificates(), NOW));
            drop(message.to_der());
            message.verify_with(Some(b"x"), &[], SigningCertificate::Optional)
        })
        .is_ok()
}

fn read_any_message(der: &[u8]) -> bool {
    match ContentInfo::from_der(der) {
        Ok(ContentInfo::Signed(_)) => read_message(der),
        Ok(ContentInfo::Enveloped(message)) => {
            let leaf = certificate("openssl-gost/leaf-g256-TCA.pem");
            let key = private_key("openssl-gost/leaf-g256-TCA-key.pem");
            drop(message.decrypt(&key, &leaf, std::slice::from_ref(&leaf)));
            true
        }
        Ok(ContentInfo::Digested(message)) => {
            drop(message.verify(None));
            true
        }
        Ok(ContentInfo::Encrypted(message)) => {
            drop(message.decrypt(&[7; 32]));
            true
        }
        Err(_) => false,
    }
}

fn read_stamp(der: &[u8]) -> bool {
    TimeStampToken::from_response_der(der).map(|token| token.verify(b"x", &[])).is_ok()
}

fn read_stamp_query(der: &[u8]) -> bool {
    TimeStampQuery::from_der(der).map(|query| query.to_der()).is_ok()
}

fn read_status(der: &[u8]) -> bool {
    let issuer = certificate("openssl-gost/g256-TCA-ca.pem");
    OcspResponse::from_der(der)
        .map(|response| {
            let at = response.produced_at();
            let verified = response.verify(&issuer, &[], at);
            verified.map(|response| response.status(&issuer, &issuer, at, 1))
        })
        .is_ok()
}

fn read_status_request(der: &[u8]) -> bool {
    OcspRequest::from_der(der).map(|request| request.to_der()).is_ok()
}

/// The count of the MAC must be as it was: a flip may ask for a million iterations, which is legal and slow.
fn read_key_file(der: &[u8]) -> bool {
    der.ends_with(&[2, 2, 3, 0xe8]) && Pfx::from_der(der, "x").is_ok()
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
    let counter = CmsSigner { signer: &signer, certificate: &leaf };
    let countersigned = SignedData::from_der(&message).unwrap().with_countersignature(0, &counter, NOW, &mut rng(4));
    let countersigned = countersigned.unwrap().to_der().unwrap();
    let to = certificate("openssl-gost/leaf-g256-TCA.pem");
    let envelope = |delivery| {
        let cipher = ContentCipher::MagmaCtrAcpkmOmac;
        encrypt_cms(b"content", cipher, &[Recipient { certificate: &to, delivery }], &mut rng(5)).unwrap()
    };
    assert!(EnvelopedData::from_der(&envelope(Delivery::Agreement(BlockCipher::Magma))).is_ok());
    let protection = PfxProtection {
        cipher: ContentCipher::Gost28147Cfb(SBox::Tc26Z),
        encrypt_certificates: false,
        iterations: 1000,
        key_form: GostKeyForm::Masked,
    };
    let key_file = Pfx::of(key("gost-256-a", 1), leaf.clone(), Vec::new()).unwrap();
    let key_file = key_file.to_der("x", &protection, &mut rng(6)).unwrap();
    vec![
        ("message, countersigned", read_message, countersigned),
        ("envelope, agreed key", read_any_message, envelope(Delivery::Agreement(BlockCipher::Magma))),
        ("envelope, sent key", read_any_message, envelope(Delivery::Transport(BlockCipher::Kuznyechik))),
        ("envelope, 28147", read_any_message, envelope(Delivery::Transport28147(SBox::CryptoProA))),
        ("envelope of tc26", read_any_message, pem("cms-r1323565.1.025-2019/kari-static.pem", "CMS")),
        ("digest of tc26", read_any_message, pem("cms-r1323565.1.025-2019/digested512.pem", "CMS")),
        ("encrypted, of tc26", read_any_message, pem("cms-r1323565.1.025-2019/encrypted-magma.pem", "CMS")),
        ("time stamp", read_stamp, base64("openssl-gost/tsp-reply.b64")),
        ("time stamp query", read_stamp_query, base64("openssl-gost/tsp-query.b64")),
        ("status", read_status, base64("openssl-gost/ocsp-response.b64")),
        ("status request", read_status_request, base64("openssl-gost/ocsp-request.b64")),
        ("key file", read_key_file, key_file),
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
