//! GOST keys from outside: files of another maker, keys under two names, octets that are no keys.

use der::Decode;
use der::asn1::{AnyRef, OctetStringRef};
use digest::Digest;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use surguch_crypto::gost::{KeyError, ParameterSet, PrivateKey, PublicKey};

fn vector(name: &str) -> String {
    String::from_utf8(crate::vectors::open(name)).unwrap()
}

fn pem(name: &str) -> Vec<u8> {
    der::pem::decode_vec(vector(name).as_bytes()).unwrap().1
}

fn streebog(set: ParameterSet, message: &[u8]) -> Vec<u8> {
    if set.is_512() {
        streebog::Streebog512::digest(message).to_vec()
    } else {
        streebog::Streebog256::digest(message).to_vec()
    }
}

/// The set and the octets of a SubjectPublicKeyInfo, read here by hand.
fn foreign_key(spki: &[u8]) -> (ParameterSet, Vec<u8>) {
    let spki = spki::SubjectPublicKeyInfoRef::try_from(spki).unwrap();
    let parameters = spki.algorithm.parameters.unwrap();
    let oid: spki::ObjectIdentifier = parameters
        .sequence(|reader| {
            let oid = Decode::decode(reader)?;
            while !der::Reader::is_finished(reader) {
                AnyRef::decode(reader)?;
            }
            Ok::<_, der::Error>(oid)
        })
        .unwrap();
    let point = <&OctetStringRef>::from_der(spki.subject_public_key.raw_bytes()).unwrap();
    (ParameterSet::from_oid(&oid.to_string()).unwrap(), point.as_bytes().to_vec())
}

#[test]
fn keys_and_signatures_of_openssl_are_understood() {
    let message = crate::vectors::open("openssl-gost/msg.txt");
    let mut seen = Vec::new();
    for name in [
        "g256-A", "g256-B", "g256-C", "g256-XA", "g256-XB", "g256-TCA", "g256-TCB", "g256-TCC", "g256-TCD", "g512-A",
        "g512-B", "g512-C",
    ] {
        let (set, point) = foreign_key(&pem(&format!("openssl-gost/{name}-pub.pem")));
        let key = PublicKey::from_le_bytes(set, &point).unwrap();
        assert_eq!(key.to_le_bytes(), point);
        assert_eq!(key.parameter_set(), set);

        let digest = streebog(set, &message);
        let text = vector(&format!("openssl-gost/{name}-msg.sig.hex"));
        let mut signature = hex::decode(text.trim()).unwrap();
        let prepared = key.prepare();
        assert_eq!(*prepared.public_key(), key);
        assert!(key.verify_digest(&digest, &signature), "{name}");
        assert!(prepared.verify_digest(&digest, &signature), "{name}");
        signature[3] ^= 1;
        assert!(!key.verify_digest(&digest, &signature), "{name}");
        assert!(!prepared.verify_digest(&digest, &signature), "{name}");

        // The private number stands last in these files.
        let file = pem(&format!("openssl-gost/{name}-key.pem"));
        let private = PrivateKey::from_le_bytes(set, &file[file.len() - set.octets()..]).unwrap();
        assert!(*private.public_key() == key, "{name}");
        seen.push(set);
    }
    seen.sort();
    assert_eq!(seen, ParameterSet::ALL);
}

#[test]
fn false_signatures_and_keys_are_refused() {
    let text = vector("gost3410-negative.json");
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut controls = 0;
    for entry in file["vectors"].as_array().unwrap() {
        // The test sets of the standard have no name here; they are refused before their keys are looked at.
        let Some(set) = ParameterSet::from_oid(entry["oid"].as_str().unwrap()) else { continue };
        let octets = |key: &str| hex::decode(entry[key].as_str().unwrap()).unwrap();
        let point: Vec<u8> = octets("qx").into_iter().rev().chain(octets("qy").into_iter().rev()).collect();
        let key = PublicKey::from_le_bytes(set, &point);
        let valid = key.as_ref().is_ok_and(|key| key.verify_digest(&octets("digest"), &octets("signature")));
        let prepared = key.map(|key| key.prepare());
        let valid_as_prepared = prepared.is_ok_and(|key| key.verify_digest(&octets("digest"), &octets("signature")));
        assert_eq!(valid_as_prepared, valid, "{} {}", entry["curve"], entry["tag"]);
        assert_eq!(valid, entry["expect"] == "valid", "{} {}", entry["curve"], entry["tag"]);
        controls += u32::from(valid);
    }
    assert_eq!(controls, 6);
}

#[test]
fn what_is_signed_verifies_under_every_set() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for &set in ParameterSet::ALL {
        let key = PrivateKey::generate(set, &mut rng);
        let stranger = PrivateKey::generate(set, &mut rng);
        let again = PublicKey::from_le_bytes(set, &key.public_key().to_le_bytes()).unwrap();
        assert_eq!(again, *key.public_key());
        let reread = PrivateKey::from_le_bytes(set, &key.to_le_bytes()).unwrap();
        assert_eq!(*reread.public_key(), again);
        for _ in 0..20 {
            let mut digest = vec![0; set.octets()];
            rng.fill_bytes(&mut digest);
            let signature = key.sign_digest(&digest, &mut rng).unwrap();
            assert_eq!(signature.len(), 2 * set.octets());
            assert!(again.verify_digest(&digest, &signature));
            assert_ne!(signature, key.sign_digest(&digest, &mut rng).unwrap());
            assert!(!stranger.public_key().verify_digest(&digest, &signature));

            let (s, r) = signature.split_at(set.octets());
            assert!(!again.verify_digest(&digest, &[r, s].concat()));
            let reversed: Vec<u8> = signature.iter().rev().copied().collect();
            assert!(!again.verify_digest(&digest, &reversed));
            let prepared = again.prepare();
            assert!(prepared.verify_digest(&digest, &signature));
            assert!(!prepared.verify_digest(&digest, &[r, s].concat()));
            assert!(!again.verify_digest(&digest, &signature[1..]));
            assert!(!again.verify_digest(&digest[1..], &signature));
            assert!(!prepared.verify_digest(&digest, &signature[1..]));
            assert!(!prepared.verify_digest(&digest[1..], &signature));
            digest[0] ^= 0x80;
            assert!(!again.verify_digest(&digest, &signature));
        }
    }
}

#[test]
fn one_key_under_two_names_is_one_key() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for &set in ParameterSet::ALL {
        let key = PrivateKey::generate(set, &mut rng);
        assert_eq!(set.canonical().canonical(), set.canonical());
        for &other in ParameterSet::ALL {
            let read = PublicKey::from_le_bytes(other, &key.public_key().to_le_bytes());
            if other.canonical() == set.canonical() {
                assert_eq!(read.as_ref(), Ok(key.public_key()));
                assert_eq!(read.map(|key| key.parameter_set()), Ok(other));
            } else if other.octets() == set.octets() {
                assert!(
                    matches!(read, Err(KeyError::NotOnCurve | KeyError::CoordinateRange)),
                    "{set:?} {other:?} {read:?}"
                );
            } else {
                assert_eq!(read, Err(KeyError::Length));
            }
        }
    }
}

#[test]
fn identifiers_and_names_are_one_to_one() {
    for &set in ParameterSet::ALL {
        assert_eq!(ParameterSet::from_oid(set.oid()), Some(set));
        assert_eq!(ParameterSet::ALL.iter().filter(|other| other.name() == set.name()).count(), 1);
        assert_eq!(set.octets(), if set.name().contains("-512-") { 64 } else { 32 });
    }
    for oid in ["1.2.643.2.2.35.0", "1.2.643.7.1.2.1.2.0", "1.2.643.7.1.2.1.1.5", "1.2.643.2.2.36.2", ""] {
        assert_eq!(ParameterSet::from_oid(oid), None);
    }
}

#[test]
fn private_numbers_out_of_range_are_refused() {
    for &set in ParameterSet::ALL {
        let octets = set.octets();
        let refusal = |bytes: &[u8]| PrivateKey::from_le_bytes(set, bytes).err();
        assert_eq!(refusal(&vec![0; octets]), Some(KeyError::ScalarRange));
        assert_eq!(refusal(&vec![0xff; octets]), Some(KeyError::ScalarRange));
        assert_eq!(refusal(&vec![1; octets - 1]), Some(KeyError::Length));
        assert_eq!(refusal(&vec![1; octets + 1]), Some(KeyError::Length));
        assert_eq!(refusal(&[]), Some(KeyError::Length));
        assert_eq!(refusal(&vec![1; octets]), None);
    }
    // The order of CryptoPro-A, little-endian, and its neighbours.
    let mut order = hex::decode("ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893").unwrap();
    order.reverse();
    let read = |scalar: &[u8]| PrivateKey::from_le_bytes(ParameterSet::CryptoProA, scalar).err();
    assert_eq!(read(&order), Some(KeyError::ScalarRange));
    order[0] += 1;
    assert_eq!(read(&order), Some(KeyError::ScalarRange));
    order[0] -= 2;
    assert_eq!(read(&order), None);
}

#[test]
fn a_public_key_prints_its_name_and_octets_and_nothing_else() {
    let mut one = [0; 32];
    one[0] = 1;
    let key = PrivateKey::from_le_bytes(ParameterSet::CryptoProA, &one).unwrap();
    let printed = format!("{:?}", key.public_key());
    assert_eq!(
        printed,
        format!("PublicKey(id-GostR3410-2001-CryptoPro-A-ParamSet, {})", hex::encode(key.public_key().to_le_bytes()))
    );
}

#[test]
fn a_digest_of_the_wrong_length_is_not_signed() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let key = PrivateKey::generate(ParameterSet::Tc26_512A, &mut rng);
    for length in [0, 32, 63, 65, 128] {
        assert_eq!(key.sign_digest(&vec![0; length], &mut rng), Err(KeyError::DigestLength));
    }
}
