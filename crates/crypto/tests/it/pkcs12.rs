//! Files of keys: the examples of RFC 9548 and R 50.1.112, files of openssl, our own, and our own bent.

use std::time::{Duration, Instant};

use rand_core::Rng as _;
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::{ContentCipher, Error, GostKeyForm};

use crate::support::{
    FULL_SETS, Plan, certificate, every_cipher, key, name, pem, private_key, replace_once, rng, root,
};

fn pfx(file: &str) -> Vec<u8> {
    pem(file, "PKCS12")
}

const PASSWORD: &str = "Пароль для PFX";

#[test]
fn the_examples_of_rfc_9548_open() {
    let expected = private_key("rfc9548/test-key.pem");
    for file in ["a2-encrypted-key-clear-cert", "a3-encrypted-key-encrypted-cert"] {
        let der = pfx(&format!("rfc9548/{file}.pem"));
        let read = Pfx::from_der(&der, PASSWORD).unwrap();
        assert_eq!((read.keys.len(), read.certificates.len()), (1, 1), "{file}");
        assert_eq!(read.keys[0].key.to_pkcs8_der(), expected.to_pkcs8_der());
        assert_eq!(read.certificates[0].certificate, certificate("rfc9548/test-cert.pem"));
        assert_eq!(read.certificate_of(&expected), Some(&certificate("rfc9548/test-cert.pem")));
        assert_eq!(read.keys[0].local_key_id, read.certificates[0].local_key_id);
        assert_eq!(read.keys[0].name.as_deref(), Some("p12FriendlyName"));
        certificate("rfc9548/test-cert.pem").verify_issued_by(&certificate("rfc9548/ca-cert.pem")).unwrap();
        assert_eq!(Pfx::from_der(&der, "Пароль для pfx").err(), Some(Error::WrongPassword));
    }
}

#[test]
fn a_file_sealed_for_a_public_key_is_refused_by_name() {
    let refused = Pfx::from_der(&pfx("rfc9548/dh-public-key-integrity-pfx.pem"), PASSWORD).err();
    assert_eq!(refused, Some(Error::Unsupported { what: "PKCS#12 integrity", name: "signed data".to_owned() }));
}

#[test]
fn the_masked_key_of_r_50_1_112_comes_out_whole() {
    let read = Pfx::from_der(&pfx("pkcs12/r50.1.112-2016-magma89-cfb.pem"), PASSWORD).unwrap();
    assert_eq!((read.keys.len(), read.certificates.len()), (1, 1));
    let expected = private_key("pkcs12/r50.1.112-2016-key-expected.pem");
    assert_eq!(read.keys[0].key.to_pkcs8_der(), expected.to_pkcs8_der());
    assert!(read.certificate_of(&expected).is_some());
}

#[test]
fn files_of_openssl_open() {
    for set in FULL_SETS {
        let der = pfx(&format!("openssl-gost/pfx-gost89-{set}.pem"));
        let read = Pfx::from_der(&der, "fixture").unwrap();
        let leaf = certificate(&format!("openssl-gost/leaf-{set}.pem"));
        assert_eq!(read.keys.len(), 1);
        assert_eq!(read.certificate_of(&read.keys[0].key), Some(&leaf), "{set}");
        assert_eq!(read.keys[0].local_key_id.as_deref(), Some(leaf.thumbprint_sha1().as_slice()));
        assert_eq!(Pfx::from_der(&der, "").err(), Some(Error::WrongPassword));
    }
}

fn fixture(word: &str) -> Pfx {
    let root_key = key("gost-256-d", 90);
    let key = key(word, 91);
    let certificate = Plan::leaf("Rogov", &key, &name("Root"), &root_key).sign(&root_key);
    let mut pfx = Pfx::of(key, certificate, vec![root("Root", &root_key)]).unwrap();
    pfx.keys[0].name = Some("Ключ 🗝".to_owned());
    pfx
}

const PROTECTION: PfxProtection = PfxProtection {
    cipher: ContentCipher::KuznyechikCtrAcpkmOmac,
    encrypt_certificates: true,
    iterations: 1000,
    key_form: GostKeyForm::Plain,
};

#[test]
fn every_cipher_and_every_shape_comes_back() {
    for (word, forms) in [
        ("gost-256-a", &[GostKeyForm::Plain, GostKeyForm::WithPublicKey, GostKeyForm::Masked][..]),
        ("gost-512-c", &[GostKeyForm::Masked]),
        ("ecdsa-p384", &[GostKeyForm::Plain]),
        ("rsa-2048", &[GostKeyForm::Plain]),
    ] {
        let pfx = fixture(word);
        for cipher in every_cipher() {
            for &key_form in forms {
                for encrypt_certificates in [false, true] {
                    let protection = PfxProtection { cipher, encrypt_certificates, key_form, ..PROTECTION };
                    let der = pfx.to_der(PASSWORD, &protection, &mut rng(3)).unwrap();
                    let back = Pfx::from_der(&der, PASSWORD).unwrap();
                    assert_eq!(back.keys[0].key.to_pkcs8_der(), pfx.keys[0].key.to_pkcs8_der(), "{word} {cipher}");
                    assert_eq!(back.keys[0].name, pfx.keys[0].name);
                    assert_eq!(back.keys[0].local_key_id, pfx.keys[0].local_key_id);
                    assert_eq!(back.certificates.len(), 2);
                    for (back, entry) in back.certificates.iter().zip(&pfx.certificates) {
                        assert_eq!(back.certificate, entry.certificate);
                        assert_eq!(back.local_key_id, entry.local_key_id);
                    }
                    let clear = der.windows(5).any(|window| window == b"Rogov");
                    assert_eq!(clear, !encrypt_certificates);
                    assert_eq!(Pfx::from_der(&der, "x").err(), Some(Error::WrongPassword));
                }
            }
        }
    }
    let stranger = Pfx::of(key("gost-256-a", 5), certificate("rfc9548/test-cert.pem"), Vec::new()).err();
    assert_eq!(stranger, Some(Error::Invalid { what: "private-key" }));
}

#[test]
fn an_empty_file_is_a_file() {
    let der = Pfx::empty().to_der("", &PROTECTION, &mut rng(1)).unwrap();
    let read = Pfx::from_der(&der, "").unwrap();
    assert!(read.keys.is_empty() && read.certificates.is_empty());
}

#[test]
fn a_file_that_would_cost_too_much_is_neither_written_nor_opened() {
    let pfx = fixture("gost-256-a");
    let write = |cipher, iterations| {
        pfx.to_der(PASSWORD, &PfxProtection { cipher, iterations, ..PROTECTION }, &mut rng(1)).map(drop)
    };
    for cipher in [ContentCipher::Aes256Cbc, ContentCipher::MagmaCtrAcpkm] {
        assert!(matches!(write(cipher, 999), Err(Error::Malformed { .. })));
        assert!(matches!(write(cipher, 4_000_000), Err(Error::Malformed { .. })));
    }
    // The count of the MAC, the last two octets of the file, grown to four; and one that is no count at all.
    let der = pfx.to_der(PASSWORD, &PROTECTION, &mut rng(1)).unwrap();
    let begun = Instant::now();
    for count in [
        &[2, 4, 0x7f, 0xff, 0xff, 0xff][..],
        &[2, 5, 0, 0xff, 0xff, 0xff, 0xff],
        &[2, 1, 0],
        &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        let bent = with_mac_count(&der, count);
        assert!(matches!(Pfx::from_der(&bent, PASSWORD), Err(Error::Malformed { .. })), "{count:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "refused before anything is derived");
}

/// The same file with another INTEGER at its end; both outer lengths stay in two octets.
fn with_mac_count(der: &[u8], count: &[u8]) -> Vec<u8> {
    assert_eq!(der[..2], [0x30, 0x82]);
    assert_eq!(&der[der.len() - 4..], [2, 2, 3, 0xe8]);
    let grown = i32::try_from(count.len()).unwrap() - 4;
    let mut out = [&der[..der.len() - 4], count].concat();
    let outer = u16::try_from(i32::from(u16::from_be_bytes([out[2], out[3]])) + grown).unwrap().to_be_bytes();
    out[2..4].copy_from_slice(&outer);
    // MacData: the SEQUENCE that ends with the file.
    let ends_the_file = |at: usize| der[at] == 0x30 && usize::from(der[at + 1]) + at + 2 == der.len();
    let at = (0..der.len() - 1).rev().find(|&at| ends_the_file(at)).unwrap();
    out[at + 1] = u8::try_from(i32::from(out[at + 1]) + grown).unwrap();
    out
}

#[test]
fn foreign_algorithms_are_named() {
    let der = fixture("gost-256-a").to_der(PASSWORD, &PROTECTION, &mut rng(1)).unwrap();
    // The MAC by GOST R 34.11-94 (six octets of another length are not needed: an unknown digest is enough).
    let streebog = [0x30, 10, 6, 8, 0x2a, 0x85, 3, 7, 1, 1, 2, 3];
    let bent = replace_once(&der, &streebog, &[0x30, 10, 6, 8, 0x2a, 0x85, 3, 7, 1, 1, 2, 9]);
    let refused = Pfx::from_der(&bent, PASSWORD).err();
    assert_eq!(refused, Some(Error::Unsupported { what: "PKCS#12 MAC", name: "1.2.643.7.1.1.2.9".to_owned() }));
}

#[test]
fn no_bent_file_opens() {
    let der = fixture("gost-256-a").to_der(PASSWORD, &PROTECTION, &mut rng(1)).unwrap();
    for length in (0..der.len()).step_by(3) {
        assert!(Pfx::from_der(&der[..length], PASSWORD).is_err(), "cut at {length}");
    }
    let mut longer = der.clone();
    longer.push(0);
    assert!(Pfx::from_der(&longer, PASSWORD).is_err());
    let mut rng = rng(8);
    let begun = Instant::now();
    for _ in 0..200 {
        let mut bent = der.clone();
        let at = rng.next_u32() as usize % bent.len();
        bent[at] ^= 1 << (rng.next_u32() % 8);
        // Only a NULL or a sign of life of DER could change without being noticed; there is none in a file of ours.
        assert!(Pfx::from_der(&bent, PASSWORD).is_err(), "{at}");
    }
    assert!(begun.elapsed() < Duration::from_secs(120));
}
