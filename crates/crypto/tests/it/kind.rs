//! Kinds told by shape, and the offsets of faults.

use surguch_crypto::{Certificate, Crl, Csr, Error, Kind, PublicKey, SignedData, check_der, pem_decode};

use crate::support::{key, pem, rng};
use crate::vectors;

#[test]
fn every_pem_vector_is_of_the_kind_its_label_says() {
    let mut seen = 0;
    for (name, contents) in vectors::every() {
        if !name.ends_with(".pem") {
            continue;
        }
        for (label, der) in pem_decode(core::str::from_utf8(&contents).unwrap()).unwrap() {
            let kind = Kind::of_der(&der).unwrap_or_else(|error| panic!("{name}: {error}"));
            let fits = match kind {
                Kind::Certificate => label == "CERTIFICATE",
                Kind::Csr => label == "CERTIFICATE REQUEST",
                Kind::Crl => label == "X509 CRL",
                Kind::PublicKey => label == "PUBLIC KEY",
                Kind::PrivateKey => label == "PRIVATE KEY",
                Kind::EncryptedPrivateKey => label == "ENCRYPTED PRIVATE KEY",
                Kind::Pkcs12 => label == "PKCS12",
                Kind::SignedData => label == "CMS" && name.contains("signed"),
                Kind::EnvelopedData => label == "CMS" && (name.contains("enveloped") || name.contains("k")),
                Kind::DigestedData => label == "CMS" && name.contains("digested"),
                Kind::EncryptedData => label == "CMS" && name.contains("encrypted"),
                _ => false,
            };
            assert!(fits, "{name}: {label} is {kind:?}");
            seen += 1;
        }
    }
    assert!(seen > 140, "{seen}");
}

#[test]
fn responders_objects_and_bare_keys_are_told_apart() {
    use base64::Engine as _;
    for (name, kind) in [
        ("ocsp-request", Kind::OcspRequest),
        ("ocsp-response", Kind::OcspResponse),
        ("tsp-query", Kind::TimeStampRequest),
        ("tsp-reply", Kind::TimeStampResponse),
    ] {
        let every = vectors::every();
        let (_, text) = every.iter().find(|(file, _)| file.contains(name)).unwrap();
        let text: String = text.iter().copied().map(char::from).filter(|c| !c.is_whitespace()).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        assert_eq!(Kind::of_der(&der), Ok(kind), "{name}");
    }
    // ECPrivateKey { 1, OCTET STRING }, RSAPrivateKey { 0, n, e, … }.
    assert_eq!(Kind::of_der(&[0x30, 6, 2, 1, 1, 4, 1, 7]), Ok(Kind::BareKey));
    assert_eq!(Kind::of_der(&[0x30, 9, 2, 1, 0, 2, 1, 15, 2, 1, 3]), Ok(Kind::BareKey));
    let codes: std::collections::BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), Kind::ALL.len());
    for der in [&[0x30, 0][..], &[4, 0], &[], b"words", &[0x30, 2, 5, 0]] {
        assert!(matches!(Kind::of_der(der), Err(Error::Malformed { .. })));
    }
}

#[test]
fn faults_are_told_at_their_octet() {
    let der = pem("openssl-gost/leaf-g256-TCA.pem", "CERTIFICATE");
    let offset = |bytes: &[u8]| Certificate::from_der(bytes).unwrap_err().offset();
    // Cut: the outermost element ends too early.
    assert_eq!(offset(&der[..der.len() - 1]), Some(0));
    let mut trailing = der.clone();
    trailing.push(0);
    assert_eq!(offset(&trailing), Some(der.len()));
    let at = |needle: &[u8]| der.windows(needle.len()).position(|window| window == needle).unwrap();
    let bent_at = |place: usize, octet: u8| {
        let mut bent = der.clone();
        bent[place] = octet;
        offset(&bent)
    };
    // [0] { INTEGER 2 } at the beginning of the to-be-signed part.
    let version = at(&[0xa0, 3, 2, 1, 2]);
    assert_eq!(bent_at(version + 4, 7), Some(version));
    // The first time: a letter among its digits.
    let validity = at(&[0x30, 0x20, 0x17, 13]);
    assert_eq!(bent_at(validity + 6, b'x'), Some(validity + 2));
    // Inside an extension: keyUsage with nine unused bits, told at the BIT STRING or its value.
    let usage = at(&[6, 3, 0x55, 0x1d, 0x0f]);
    let bits = usage + der[usage..].windows(2).position(|window| window == [3, 2]).unwrap();
    let told = bent_at(bits + 2, 9).unwrap();
    assert!((bits..bits + 3).contains(&told), "{told} {bits}");
    // Inside the key.
    let spki = at(&[0x06, 8, 0x2a, 0x85, 3, 7, 1, 1, 1, 1]);
    let told = bent_at(spki, 5).unwrap();
    assert_eq!(told, spki);

    assert_eq!(Csr::from_der(&[0x30, 1]).unwrap_err().offset(), Some(0));
    assert_eq!(Crl::from_der(&[0x30, 2, 0x30, 1]).unwrap_err().offset(), Some(2));
    assert_eq!(PublicKey::from_spki_der(&[0x30, 2, 4, 0]).unwrap_err().offset(), Some(2));
    assert_eq!(SignedData::from_der(&[0x30, 2, 4, 0]).unwrap_err().offset(), Some(2));
    // Known only at the end, so that there is no place.
    assert_eq!(
        PublicKey::from_spki_der(&pem("openssl-gost/g2001-A-pub.pem", "PUBLIC KEY")).err().and_then(|e| e.offset()),
        None
    );
    let error = pem_decode("words\n-----BEGIN A-----\nM!==\n-----END A-----\n").unwrap_err();
    assert_eq!((error.offset(), error.to_string().as_str()), (Some(29), "malformed PEM: not base64 (octet 29)"));
    // Endless nesting costs nothing and is refused.
    let mut deep = Vec::new();
    for _ in 0..1000 {
        let length = u32::try_from(deep.len()).unwrap().to_be_bytes();
        let head: &[u8] = if deep.len() < 0x80 { &[0x30, length[3]] } else { &[0x30, 0x82, length[2], length[3]] };
        if deep.len() >= 0x80 && deep.len() < 0x100 {
            deep = [&[0x30, 0x81, length[3]][..], &deep].concat();
        } else {
            deep = [head, &deep].concat();
        }
    }
    assert!(matches!(check_der(&deep), Err(Error::Malformed { .. })));
    // The offset goes with every object, encrypted keys too.
    let mut encrypted = key("gost-256-a", 1).to_encrypted_pkcs8_der(b"x", 1000, &mut rng(1)).unwrap();
    encrypted.push(0);
    let error = surguch_crypto::PrivateKey::from_encrypted_pkcs8_der(&encrypted, b"x").err().unwrap();
    assert_eq!(error.offset(), Some(encrypted.len() - 1));
}
