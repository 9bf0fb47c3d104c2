//! Certification requests: published ones, files of another maker, our own.

use surguch_crypto::{Csr, Error, Extension, KeyAlgorithm, Signer, sha256};

use crate::support::{GOST_SETS, algorithm, key, name, pem, replace_once, rng};

fn read(file: &str) -> Csr {
    Csr::from_der(&pem(file, "CERTIFICATE REQUEST")).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_request_of_rfc_9215_verifies_and_is_rebuilt() {
    let csr = read("rfc9215/d2-tc26-256-a-csr.pem");
    assert_eq!(csr.subject().to_string(), "CN=Example");
    assert!(csr.requested_extensions().is_empty());
    assert!(csr.attribute_oids().is_empty());
    let csr = csr.verify().unwrap();

    // The key of the example, as PKCS#8: d is published big-endian.
    let keys: serde_json::Value = serde_json::from_slice(&crate::support::vector("rfc9215/keys.json")).unwrap();
    let mut scalar = hex::decode(keys["d2-tc26-256-a"]["d"].as_str().unwrap()).unwrap();
    scalar.reverse();
    let mut pkcs8 = hex::decode("303e020100301706082a85030701010101300b06092a8503070102010101").unwrap();
    pkcs8.extend([4, 32]);
    pkcs8.extend(scalar);
    let key = surguch_crypto::PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    assert_eq!(key.to_pkcs8_der().as_slice(), pkcs8);
    assert_eq!(key.public_key(), csr.public_key());

    // All of it but the signature, whose nonce is random, comes out as published.
    let ours = Csr::create(csr.subject(), &key, &mut rng(1)).unwrap();
    let published = csr.as_der();
    assert_eq!(ours.len(), published.len());
    assert_eq!(ours[..published.len() - 64], published[..published.len() - 64]);
    assert_eq!(Csr::from_der(&ours).unwrap().verify().unwrap().info_der(), csr.info_der());
}

#[test]
fn requests_on_test_curves_are_refused_by_name() {
    let refused = |file: &str| match Csr::from_der(&pem(file, "CERTIFICATE REQUEST")) {
        Err(Error::Unsupported { name, .. }) => name,
        other => panic!("{file}: {other:?}"),
    };
    assert_eq!(refused("rfc9215/d1-256-test-csr.pem"), "id-GostR3410-2001-TestParamSet");
    assert_eq!(refused("rfc9215/d3-512-test-csr.pem"), "id-tc26-gost-3410-12-512-paramSetTest");
}

#[test]
fn requests_of_openssl_verify_for_every_curve() {
    for (set, word) in GOST_SETS {
        let file = format!("openssl-gost/{set}-csr.pem");
        let csr = read(&file).verify().unwrap();
        assert_eq!(csr.public_key().algorithm(), algorithm(word));
        assert_eq!(csr.subject().to_string(), format!("CN=Fixture {set}"));
        let forged = replace_once(csr.as_der(), b"Fixture", b"Fixturf");
        let refused = Csr::from_der(&forged).unwrap().verify();
        assert_eq!(refused, Err(Error::Invalid { what: "signature" }), "{set}");
    }
}

#[test]
fn every_algorithm_makes_requests_it_reads() {
    for algorithm in KeyAlgorithm::all().filter(|algorithm| !matches!(algorithm, KeyAlgorithm::Rsa { bits: 3072.. })) {
        let key = surguch_crypto::PrivateKey::generate(algorithm, &mut rng(5)).unwrap();
        let der = Csr::create(&name("Иванов"), &key, &mut rng(6)).unwrap();
        let csr = Csr::from_der(&der).unwrap().verify().unwrap();
        assert_eq!(csr.subject(), &name("Иванов"));
        assert_eq!(csr.public_key(), key.public_key());
        assert_eq!(csr.signature_algorithm(), algorithm.signature_algorithm());
        assert_eq!(csr.public_key().spki_sha256(), key.public_key().spki_sha256());
        assert_eq!(algorithm.to_string().parse::<KeyAlgorithm>(), Ok(algorithm));
    }
}

#[test]
fn extensions_asked_for_are_read() {
    let key = key("gost-256-a", 1);
    let asked = [
        Extension::basic_constraints(true, None),
        Extension { oid: "2.5.29.17".to_owned(), critical: false, value: vec![0x30, 0] },
    ];
    let der = Csr::create_with_extensions(&name("Rogov"), &asked, &key, &mut rng(1)).unwrap();
    let csr = Csr::from_der(&der).unwrap().verify().unwrap();
    assert_eq!(csr.requested_extensions(), asked);
    assert_eq!(csr.attribute_oids(), ["1.2.840.113549.1.9.14"]);
}

#[test]
fn crooked_requests_are_refused() {
    let good = pem("openssl-gost/g256-TCA-csr.pem", "CERTIFICATE REQUEST");
    let mut trailing = good.clone();
    trailing.push(0);
    assert!(matches!(Csr::from_der(&trailing), Err(Error::Malformed { .. })));
    assert!(matches!(Csr::from_der(b"-----BEGIN"), Err(Error::Malformed { .. })));
    assert!(matches!(Csr::from_der(&[]), Err(Error::Malformed { .. })));
    // A point off the curve: one octet of Y.
    let at = good.len() - (2 + 65 + 14 + 2) - 1;
    let mut off_curve = good.clone();
    off_curve[at] ^= 1;
    assert_ne!(sha256(&off_curve), sha256(&good));
    assert_eq!(Csr::from_der(&off_curve), Err(Error::Invalid { what: "public-key" }));
}
