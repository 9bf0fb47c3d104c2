//! GOST R 34.10-2001: what other makers signed is verified, its keys sign messages of a migration and nothing else.

use digest::Digest as _;
use serde_json::Value;
use surguch_crypto::legacy2001::MigrationKey;
use surguch_crypto::{
    Csr, DigestAlgorithm, Error, KeyAlgorithm, PrivateKey, PublicKey, SignatureAlgorithm, SignedData, Signer as _,
    build_chain,
};

use crate::support::{NOW, certificate, key, name, pem, replace_once, rng, root, vector};

const SETS: [(&str, &str); 5] = [
    ("A", "gost-2001-cp-a"),
    ("B", "gost-2001-cp-b"),
    ("C", "gost-2001-cp-c"),
    ("XA", "gost-2001-xch-a"),
    ("XB", "gost-2001-xch-b"),
];

fn migration_key(set: &str) -> MigrationKey {
    MigrationKey::from_pkcs8_der(&pem(&format!("openssl-gost/g2001-{set}-key.pem"), "PRIVATE KEY")).unwrap()
}

#[test]
fn keys_requests_certificates_and_signatures_of_openssl_are_verified() {
    let message = vector("openssl-gost/msg.txt");
    for (set, word) in SETS {
        let spki = pem(&format!("openssl-gost/g2001-{set}-pub.pem"), "PUBLIC KEY");
        let public = PublicKey::from_spki_der(&spki).unwrap();
        assert!(matches!(public.algorithm(), KeyAlgorithm::Gost2001(_)));
        assert_eq!(public.algorithm().to_string(), word);
        assert_eq!(public.to_spki_der(), spki);
        assert_eq!(*migration_key(set).public_key(), public);

        let text = vector(&format!("openssl-gost/g2001-{set}-msg.sig.hex"));
        let mut signature = hex::decode(String::from_utf8(text).unwrap().trim()).unwrap();
        let algorithm = SignatureAlgorithm::Gost2001;
        assert_eq!(public.verify(algorithm, &message, &signature), Ok(()));
        assert_eq!(public.prepare().verify(algorithm, &message, &signature), Ok(()));
        let foreign = public.verify(SignatureAlgorithm::Gost256, &message, &signature);
        assert_eq!(foreign, Err(Error::Invalid { what: "signature-algorithm" }));
        signature[7] ^= 1;
        assert_eq!(public.verify(algorithm, &message, &signature), Err(Error::Invalid { what: "signature" }));

        let csr = Csr::from_der(&pem(&format!("openssl-gost/g2001-{set}-csr.pem"), "CERTIFICATE REQUEST")).unwrap();
        let csr = csr.verify().unwrap();
        assert_eq!((csr.public_key(), csr.signature_algorithm()), (&public, algorithm));
        let forged = Csr::from_der(&replace_once(csr.as_der(), b"Fixture", b"Fixturf")).unwrap();
        assert_eq!(forged.verify(), Err(Error::Invalid { what: "signature" }));

        let ca = certificate(&format!("openssl-gost/g2001-{set}-ca.pem"));
        assert_eq!(ca.verify_issued_by(&ca), Ok(()));
        assert_eq!(build_chain(&ca, &[], std::slice::from_ref(&ca), NOW).unwrap().len(), 1);
    }
}

#[test]
fn the_certificate_of_rfc_4491_is_verified() {
    let certificate = certificate("rfc4491/4.2-gost3410-2001-cert.pem");
    assert_eq!(certificate.verify_issued_by(&certificate), Ok(()));
    assert_eq!(certificate.public_key().algorithm().to_string(), "gost-2001-xch-a");
    let keys: Value = serde_json::from_slice(&vector("rfc4491/keys.json")).unwrap();
    let numbers = |names: [&str; 2]| {
        names
            .map(|name| keys["4.2-gost3410-2001"][name].as_str().unwrap())
            .map(|text| hex::decode(text).unwrap())
            .concat()
    };
    assert_eq!(certificate.signature(), numbers(["s", "r"]));
    let mut point = numbers(["y", "x"]);
    point.reverse();
    assert_eq!(certificate.public_key().raw_bits()[2..], point);
}

#[test]
fn the_old_hash_is_that_of_cryptopro() {
    let file: Value = serde_json::from_slice(&vector("gost94.json")).unwrap();
    let octets = |entry: &Value, key: &str| hex::decode(entry[key].as_str().unwrap()).unwrap();
    let list = file["cryptopro_sbox"].as_array().unwrap();
    assert_eq!(list.len(), 9);
    for entry in list {
        assert_eq!(DigestAlgorithm::Gost94.digest(&octets(entry, "message")), octets(entry, "digest"));
    }
    for entry in file["test_sbox"].as_array().unwrap() {
        let message = entry["message_ascii"].as_str().unwrap();
        assert_eq!(gost94::Gost94Test::digest(message).as_slice(), octets(entry, "digest"));
    }
}

#[test]
fn an_old_key_signs_messages_and_nothing_else() {
    let mut rng = rng(1);
    for (set, _) in SETS {
        let old = certificate(&format!("openssl-gost/g2001-{set}-ca.pem"));
        let new = key("gost-256-b", 2);
        let request = Csr::create(&name("Rogov"), &new, &mut rng).unwrap();
        let signer = migration_key(set);
        for detached in [false, true] {
            let message = signer.sign_cms(&request, detached, &old, &[], NOW, &mut rng).unwrap();
            let message = SignedData::from_der(&message).unwrap();
            let signers = message.verify(detached.then_some(request.as_slice()), &[]).unwrap();
            assert_eq!(signers[0].signature_algorithm, SignatureAlgorithm::Gost2001);
            assert_eq!((&signers[0].certificate, &signers[0].content), (&old, &request));
        }
        let stranger = root("Rogov", &new);
        let refused = signer.sign_cms(&request, false, &stranger, &[], NOW, &mut rng);
        assert_eq!(refused, Err(Error::Invalid { what: "signer-certificate" }));
    }
}

#[test]
fn no_key_of_2001_is_made_named_or_read_as_a_signer() {
    assert!(KeyAlgorithm::all().all(|algorithm| !matches!(algorithm, KeyAlgorithm::Gost2001(_))));
    let refusal = Error::Unsupported { what: "key algorithm", name: "GOST R 34.10-2001".to_owned() };
    for (set, word) in SETS {
        assert!(word.parse::<KeyAlgorithm>().is_err());
        let file = pem(&format!("openssl-gost/g2001-{set}-key.pem"), "PRIVATE KEY");
        assert_eq!(PrivateKey::from_pkcs8_der(&file).err(), Some(refusal.clone()));
        let algorithm = migration_key(set).public_key().algorithm();
        assert_eq!(PrivateKey::generate(algorithm, &mut rng(1)).err(), Some(refusal.clone()));
    }
    // And a key of 2012 is no key of a migration.
    let new = key("gost-256-b", 3).to_pkcs8_der();
    assert!(matches!(MigrationKey::from_pkcs8_der(&new), Err(Error::Unsupported { what: "key of a migration", .. })));
}

#[test]
fn an_old_key_does_not_come_back_as_a_new_one() {
    // The same point under the identifiers of 2012: other as a key, the same to whoever asks whether it was seen before.
    let old = migration_key("A");
    let mut spki = old.public_key().to_spki_der();
    assert_eq!(spki.len(), 101);
    let point = spki.split_off(spki.len() - 64);
    let new = key("gost-256-cp-a", 4).public_key().to_spki_der();
    let new = PublicKey::from_spki_der(&[&new[..new.len() - 64], &point].concat()).unwrap();
    assert_eq!(new.algorithm().to_string(), "gost-256-cp-a");
    assert_ne!(new, *old.public_key());
    assert_eq!(new.spki_sha256(), old.public_key().spki_sha256());
}

#[test]
fn the_parameters_of_an_old_key_are_read_strictly() {
    let spki = migration_key("A").public_key().to_spki_der();
    let swapped = |from: &[u8], to: &[u8]| PublicKey::from_spki_der(&replace_once(&spki, from, to)).err();
    let oid = |last: &[u8]| [&[6, 7, 0x2a, 0x85, 3, 2, 2][..], last].concat();
    // The test S-box, the test curve, and a curve of RFC 4357 in the place of the digest.
    let refused = |what: &'static str, name: &str| Some(Error::Unsupported { what, name: name.to_owned() });
    assert_eq!(swapped(&oid(&[30, 1]), &oid(&[30, 0])), refused("digest parameter set", "1.2.643.2.2.30.0"));
    assert_eq!(swapped(&oid(&[35, 1]), &oid(&[35, 0])), refused("parameter set", "id-GostR3410-2001-TestParamSet"));
    assert_eq!(swapped(&oid(&[30, 1]), &oid(&[35, 1])), refused("digest parameter set", "1.2.643.2.2.35.1"));
}
