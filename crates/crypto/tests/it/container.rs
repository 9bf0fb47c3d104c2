//! Private keys as files: every shape of PKCS#8 met in the field, encryption by password, and what is refused.

use surguch_crypto::cipher::Gost28147;
use surguch_crypto::pkcs12::{Pfx, PfxKey};
use surguch_crypto::{
    ContentCipher, Error, GostKeyForm, KeyAlgorithm, PBKDF2_ITERATIONS, PrivateKey, PublicKey, STREEBOG_ITERATIONS_MAX,
    Signer, gost,
};

use crate::support::{
    FULL_SETS, GOST_SETS, algorithm, certificate, every_cipher, key, pem, private_key, replace_once, rng, vector,
};

#[test]
fn keys_of_openssl_are_read_written_canonically_and_sign() {
    let message = vector("openssl-gost/msg.txt");
    for (set, word) in GOST_SETS {
        let key = private_key(&format!("openssl-gost/{set}-key.pem"));
        let public = PublicKey::from_spki_der(&pem(&format!("openssl-gost/{set}-pub.pem"), "PUBLIC KEY")).unwrap();
        assert_eq!(key.public_key(), &public, "{set}");
        assert_eq!(public.algorithm(), algorithm(word));
        assert_eq!(
            public.algorithm().oid(),
            if set.starts_with("g512") { "1.2.643.7.1.1.1.2" } else { "1.2.643.7.1.1.1.1" }
        );

        let hex_signature = String::from_utf8(vector(&format!("openssl-gost/{set}-msg.sig.hex"))).unwrap();
        let signature = hex::decode(hex_signature.trim()).unwrap();
        let signs = public.algorithm().signature_algorithm();
        public.verify(signs, &message, &signature).unwrap();
        assert_eq!(public.verify(signs, b"other", &signature), Err(Error::Invalid { what: "signature" }));
        assert_eq!(public.verify(signs, &message, &signature[1..]), Err(Error::Invalid { what: "signature" }));
        let (s, r) = signature.split_at(signature.len() / 2);
        assert_eq!(public.verify(signs, &message, &[r, s].concat()), Err(Error::Invalid { what: "signature" }));

        let signature = key.sign(&message, &mut rng(1)).unwrap();
        public.verify(signs, &message, &signature).unwrap();

        // Written by the rule of RFC 9215: the digest stands beside the CryptoPro identifiers only. openssl writes it for 512 bits too.
        let read_again = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
        assert_eq!(read_again.public_key(), &public);
        let digests = [&[0x2a, 0x85, 3, 7, 1, 1, 2, 2], &[0x2a, 0x85, 3, 7, 1, 1, 2, 3]];
        let has_digest = |der: &[u8]| der.windows(8).any(|window| digests.iter().any(|digest| *digest == window));
        assert_eq!(has_digest(&public.to_spki_der()), word.contains("cp-") || word.contains("xch"), "{set}");
    }
}

#[test]
fn leaf_keys_belong_to_their_certificates() {
    for set in FULL_SETS {
        let key = private_key(&format!("openssl-gost/leaf-{set}-key.pem"));
        assert_eq!(key.public_key(), certificate(&format!("openssl-gost/leaf-{set}.pem")).public_key());
    }
}

#[test]
fn the_key_of_rfc_9548_carries_its_public_half() {
    let der = pem("rfc9548/test-key.pem", "PRIVATE KEY");
    let key = PrivateKey::from_pkcs8_der(&der).unwrap();
    assert_eq!(key.public_key(), certificate("rfc9548/test-cert.pem").public_key());
    // Another public half does not belong to it.
    let mut bent = der;
    *bent.last_mut().unwrap() ^= 1;
    assert!(matches!(PrivateKey::from_pkcs8_der(&bent), Err(Error::Invalid { .. })));
}

#[test]
fn the_masked_key_of_r_50_1_112_is_unmasked() {
    let der = pem("pkcs12/r50.1.112-2016-key-expected.pem", "PRIVATE KEY");
    let key = PrivateKey::from_pkcs8_der(&der).unwrap();
    let expected = hex::decode("5222ef9c5522b453eba66b00fd0007230850996a24418f5b64195db0a334ea2b").unwrap();
    assert!(key.to_pkcs8_der().ends_with(&expected));
}

/// PKCS#8 of a 256-A key around any contents of `privateKey`.
fn pkcs8(contents: &[u8]) -> Vec<u8> {
    let head = hex::decode("020100301706082a85030701010101300b06092a8503070102010101").unwrap();
    let length = u8::try_from(contents.len()).unwrap();
    assert!(length < 0x80);
    let mut body = [head.as_slice(), &[4, length], contents].concat();
    let outer = u8::try_from(body.len()).unwrap();
    let mut der = if outer < 0x80 { vec![0x30, outer] } else { vec![0x30, 0x81, outer] };
    der.append(&mut body);
    der
}

#[test]
fn every_shape_of_a_gost_key_gives_the_same_key() {
    // A small number on purpose: its INTEGER is short and its top octets are zero.
    let mut scalar = vec![0_u8; 32];
    scalar[..4].copy_from_slice(&[0x87, 0x65, 0x43, 0x21]);
    let expected = PrivateKey::from_pkcs8_der(&pkcs8(&scalar)).unwrap();
    let same =
        |contents: &[u8]| PrivateKey::from_pkcs8_der(&pkcs8(contents)).unwrap().public_key() == expected.public_key();

    assert!(same(&[&[4, 32][..], &scalar].concat()), "an OCTET STRING inside");
    assert!(same(&[2, 4, 0x21, 0x43, 0x65, 0x87]), "an INTEGER inside");
    let mut one = [0_u8; 32];
    one[0] = 1;
    assert!(same(&[scalar.as_slice(), &one].concat()), "a mask of one");
    assert!(same(&[scalar.as_slice(), &one, &one].concat()), "two masks");
    assert!(same(&[&[4, 64][..], &one, &scalar].concat()), "masked inside an OCTET STRING");

    let refused = |contents: &[u8]| PrivateKey::from_pkcs8_der(&pkcs8(contents)).is_err();
    assert!(refused(&[]), "empty");
    assert!(refused(&[0; 32]), "zero");
    assert!(refused(&[0xff; 32]), "above the order");
    assert!(refused(&scalar[..31]), "short");
    assert!(refused(&[2, 1, 0x80]), "negative");
    assert!(refused(&[5, 0]), "NULL");
    assert!(refused(&[scalar.as_slice(), &[0; 32]].concat()), "a mask of zero");
}

#[test]
fn old_and_weak_keys_are_refused_by_name() {
    for set in ["A", "B", "C", "XA", "XB"] {
        let refused =
            PrivateKey::from_pkcs8_der(&pem(&format!("openssl-gost/g2001-{set}-key.pem"), "PRIVATE KEY")).err();
        assert_eq!(refused, Some(Error::Unsupported { what: "key algorithm", name: "GOST R 34.10-2001".to_owned() }));
    }
    assert_eq!(
        PrivateKey::generate(KeyAlgorithm::Rsa { bits: 1024 }, &mut rng(1)).err(),
        Some(Error::Unsupported { what: "RSA key length", name: "1024".to_owned() })
    );
    assert!("rsa-1024".parse::<KeyAlgorithm>().is_err());

    // RSA keys of a length, an exponent or a modulus nobody should use.
    let rsa = |bits: usize, exponent: &[u8], last: u8| {
        let mut modulus = vec![0xff; bits / 8];
        *modulus.last_mut().unwrap() = last;
        let integer = |octets: &[u8]| {
            let sign: &[u8] = if octets[0] >= 0x80 { &[0] } else { &[] };
            tlv(2, &[sign, octets].concat())
        };
        let key = tlv(0x30, &[integer(&modulus), integer(exponent)].concat());
        let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
        let spki = tlv(0x30, &[algorithm.to_vec(), tlv(3, &[&[0][..], &key].concat())].concat());
        PublicKey::from_spki_der(&spki).map(|key| key.algorithm())
    };
    assert_eq!(rsa(2048, &[1, 0, 1], 0xfd), Ok(KeyAlgorithm::Rsa { bits: 2048 }));
    assert_eq!(rsa(4096, &[1, 0, 1], 0xfd), Ok(KeyAlgorithm::Rsa { bits: 4096 }));
    for bits in [512, 1024, 2040, 4104, 8192] {
        assert_eq!(
            rsa(bits, &[1, 0, 1], 0xfd),
            Err(Error::Unsupported { what: "RSA key length", name: bits.to_string() })
        );
    }
    assert!(rsa(2048, &[3], 0xfd).is_err());
    assert!(rsa(2048, &[1, 0, 0], 0xfd).is_err());
    assert!(rsa(2048, &[1, 0, 1], 0xfc).is_err());
}

fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let length: Vec<u8> = match body.len() {
        ..0x80 => vec![length[1]],
        0x80..0x100 => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [vec![tag], length, body.to_vec()].concat()
}

#[test]
fn long_rsa_keys_are_made_and_sign() {
    for word in ["rsa-3072", "rsa-4096"] {
        let key = key(word, 1);
        assert_eq!(key.public_key().algorithm(), algorithm(word));
        let signature = key.sign(b"message", &mut rng(1)).unwrap();
        key.public_key().verify(key.signature_algorithm(), b"message", &signature).unwrap();
        let wrong = key.public_key().verify(key.signature_algorithm(), b"massage", &signature);
        assert_eq!(wrong, Err(Error::Invalid { what: "signature" }));
        let other = key.public_key().verify(surguch_crypto::SignatureAlgorithm::RsaSha512, b"message", &signature);
        assert_eq!(other, Err(Error::Invalid { what: "signature" }));
        let foreign = key.public_key().verify(surguch_crypto::SignatureAlgorithm::Gost256, b"message", &signature);
        assert_eq!(foreign, Err(Error::Invalid { what: "signature-algorithm" }));
        assert_eq!(PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap().public_key(), key.public_key());
    }
}

#[test]
fn elliptic_keys_are_uncompressed_points_of_two_curves() {
    let good = key("ecdsa-p256", 1).public_key().to_spki_der();
    assert!(PublicKey::from_spki_der(&good).is_ok());
    let mut off_curve = good.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert_eq!(PublicKey::from_spki_der(&off_curve), Err(Error::Invalid { what: "public-key" }));
    let mut hybrid = good.clone();
    let at = good.len() - 65;
    hybrid[at] = 6;
    assert!(matches!(PublicKey::from_spki_der(&hybrid), Err(Error::Malformed { .. })));
    let compressed = [&good[..at], &[2], &good[at + 1..at + 33]].concat();
    let mut compressed = compressed;
    compressed[1] -= 32;
    compressed[at - 2] -= 32;
    assert_eq!(
        PublicKey::from_spki_der(&compressed),
        Err(Error::Unsupported { what: "public key", name: "compressed point".to_owned() })
    );
}

#[test]
fn encrypted_keys_come_back_with_the_password_and_without_it_not() {
    for word in ["gost-256-a", "gost-512-a", "gost-256-cp-b", "ecdsa-p256", "ecdsa-p384", "rsa-2048"] {
        let key = key(word, 1);
        let der = key.to_encrypted_pkcs8_der("пароль".as_bytes(), 1000, &mut rng(2)).unwrap();
        let back = PrivateKey::from_encrypted_pkcs8_der(&der, "пароль".as_bytes()).unwrap();
        assert_eq!(back.public_key(), key.public_key());
        assert_eq!(back.to_pkcs8_der(), key.to_pkcs8_der());
        for wrong in 0..300_u16 {
            let refused = PrivateKey::from_encrypted_pkcs8_der(&der, &wrong.to_be_bytes()).err();
            assert_eq!(refused, Some(Error::WrongPassword), "{word} {wrong}");
            // One algorithm is enough for the one in 256 whose padding fits.
            if word != "gost-256-a" {
                break;
            }
        }
    }
}

#[test]
fn encryption_that_costs_too_much_or_is_not_known_is_refused() {
    let key = key("gost-256-a", 1);
    for iterations in [0, 1, *PBKDF2_ITERATIONS.start() - 1, *PBKDF2_ITERATIONS.end() + 1] {
        assert!(key.to_encrypted_pkcs8_der(b"x", iterations, &mut rng(1)).is_err());
    }
    // 9,999,999 iterations become 16,750,207: the same length, one octet changed.
    let der = key.to_encrypted_pkcs8_der(b"x", 9_999_999, &mut rng(1)).unwrap();
    let iterations = [2, 4, 0, 0x98, 0x96, 0x7f];
    let at = der.windows(6).position(|window| window == iterations).unwrap();
    let mut costly = der.clone();
    costly[at + 3] = 0xff;
    assert!(matches!(PrivateKey::from_encrypted_pkcs8_der(&costly, b"x"), Err(Error::Malformed { .. })));
    // Streebog costs four times as much, so a fourth is allowed.
    for iterations in [*PBKDF2_ITERATIONS.start() - 1, STREEBOG_ITERATIONS_MAX + 1] {
        let cipher = ContentCipher::MagmaCtrAcpkm;
        assert!(key.to_encrypted_pkcs8_der_with(cipher, b"x", iterations, &mut rng(1)).is_err());
    }
}

#[test]
fn keys_locked_by_openssl_with_gost_28147_open() {
    for set in FULL_SETS {
        let der = pem(&format!("openssl-gost/pkcs8-pbes2-gost89-{set}.pem"), "ENCRYPTED PRIVATE KEY");
        let key = PrivateKey::from_encrypted_pkcs8_der(&der, b"fixture").unwrap();
        assert_eq!(key.public_key(), certificate(&format!("openssl-gost/leaf-{set}.pem")).public_key());
        assert_eq!(PrivateKey::from_encrypted_pkcs8_der(&der, b"Fixture").err(), Some(Error::WrongPassword));
        // The test substitution, and the hash of before 2012.
        let param_z = [6, 9, 0x2a, 0x85, 3, 7, 1, 2, 5, 1, 1];
        let other = replace_once(&der, &param_z, &[6, 9, 0x2a, 0x85, 3, 7, 1, 2, 5, 1, 9]);
        let refused = PrivateKey::from_encrypted_pkcs8_der(&other, b"fixture").err();
        let name = "1.2.643.7.1.2.5.1.9".to_owned();
        assert_eq!(refused, Some(Error::Unsupported { what: "28147-89 parameter set", name }));
    }
}

#[test]
fn every_cipher_locks_every_kind_of_key() {
    for word in ["gost-256-a", "gost-512-a", "ecdsa-p256", "rsa-2048"] {
        let key = key(word, 1);
        for cipher in every_cipher() {
            let lock =
                |seed| key.to_encrypted_pkcs8_der_with(cipher, "пароль".as_bytes(), 1000, &mut rng(seed)).unwrap();
            let der = lock(2);
            assert_ne!(der, lock(3), "a new salt and a new vector every time");
            let back = PrivateKey::from_encrypted_pkcs8_der(&der, "пароль".as_bytes()).unwrap();
            assert_eq!(back.to_pkcs8_der(), key.to_pkcs8_der(), "{word} {cipher}");
            let refused = PrivateKey::from_encrypted_pkcs8_der(&der, b"x").err();
            assert_eq!(refused, Some(Error::WrongPassword), "{word} {cipher}");
            // A changed text is noticed by the ciphers that say so, wherever the change is.
            if cipher.is_authenticated() && word == "gost-256-a" {
                for at in der.len() - 60..der.len() {
                    let mut bent = der.clone();
                    bent[at] ^= 0x10;
                    let refused = PrivateKey::from_encrypted_pkcs8_der(&bent, "пароль".as_bytes()).err();
                    assert_eq!(refused, Some(Error::WrongPassword), "{at}");
                }
            }
        }
    }
}

#[test]
fn a_key_is_written_in_every_shape_and_read_back() {
    for &set in gost::ParameterSet::ALL {
        let key = PrivateKey::generate(KeyAlgorithm::Gost(set), &mut rng(4)).unwrap();
        let mut written = Vec::new();
        for form in [GostKeyForm::Plain, GostKeyForm::WithPublicKey, GostKeyForm::Masked] {
            let der = key.to_pkcs8_der_in(form, &mut rng(5)).unwrap();
            let back = PrivateKey::from_pkcs8_der(&der).unwrap();
            assert_eq!(back.to_pkcs8_der(), key.to_pkcs8_der(), "{set:?} {form:?}");
            written.push(der);
        }
        assert_eq!(written[0], key.to_pkcs8_der());
        let scalar = &written[0][written[0].len() - set.octets()..];
        assert!(!written[2].windows(scalar.len()).any(|window| window == scalar), "the mask hides the number");
        assert_ne!(written[2], key.to_pkcs8_der_in(GostKeyForm::Masked, &mut rng(6)).unwrap());
    }
    let other = key("ecdsa-p256", 1);
    assert_eq!(other.to_pkcs8_der_in(GostKeyForm::Plain, &mut rng(1)).unwrap(), other.to_pkcs8_der());
    assert!(other.to_pkcs8_der_in(GostKeyForm::Masked, &mut rng(1)).is_err());
}

/// Answers `true` when the type has the trait: the inherent constant is preferred over the one of the blanket trait.
macro_rules! has_trait {
    ($type:ty, $bound:path) => {{
        #[allow(dead_code, reason = "one of the two constants is always the unused one")]
        trait Otherwise {
            const HAS: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Probe<T: ?Sized>(core::marker::PhantomData<T>);
        #[allow(dead_code, reason = "one of the two constants is always the unused one")]
        impl<T: ?Sized + $bound> Probe<T> {
            const HAS: bool = true;
        }
        <Probe<$type>>::HAS
    }};
}

#[test]
fn private_keys_neither_print_nor_clone() {
    const { assert!(has_trait!(PublicKey, Clone) && has_trait!(PublicKey, core::fmt::Debug)) };
    const { assert!(!has_trait!(PrivateKey, Clone) && !has_trait!(gost::PrivateKey, Clone)) };
    const { assert!(!has_trait!(PrivateKey, core::fmt::Debug) && !has_trait!(gost::PrivateKey, core::fmt::Debug)) };
    const { assert!(!has_trait!(Pfx, Clone) && !has_trait!(Pfx, core::fmt::Debug)) };
    const { assert!(!has_trait!(PfxKey, Clone) && !has_trait!(PfxKey, core::fmt::Debug)) };
    const { assert!(!has_trait!(Gost28147, Clone) && !has_trait!(Gost28147, core::fmt::Debug)) };
    const { assert!(!has_trait!(PrivateKey, core::fmt::Display) && !has_trait!(gost::PrivateKey, core::fmt::Display)) };
}
