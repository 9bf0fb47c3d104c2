//! Signed messages: control examples of R 1323565.1.025, files of openssl, our own, and our own bent.

use surguch_crypto::{
    Certificate, Error, SignatureAlgorithm, SignedData, SigningCertificate, VerifiedSigner, sign_cms,
};

use crate::support::{DAY, FULL_SETS, NOW, Plan, certificate, key, name, pem, replace_once, rng, root, vector};

fn read(file: &str) -> SignedData {
    SignedData::from_der(&pem(file, "CMS")).unwrap_or_else(|error| panic!("{file}: {error}"))
}

const REQUIRED: Error = Error::Invalid { what: "signing-certificate-v2" };

#[test]
fn the_control_examples_of_tc26_verify() {
    let text = b"\xca\xee\xed\xf2\xf0\xee\xeb\xfc\xed\xfb\xe9 \xef\xf0\xe8\xec\xe5\xf0 \xe4\xeb\xff \xf1\xf2\xf0\xf3\xea\xf2\xf3\xf0\xfb SignedData.";
    for (file, algorithm, time, sender) in [
        ("signed-with-attrs", SignatureAlgorithm::Gost512, Some(1_553_111_722), "sender512"),
        ("signed-without-attrs", SignatureAlgorithm::Gost256, None, "sender256"),
    ] {
        let message = read(&format!("cms-r1323565.1.025-2019/{file}.pem"));
        assert_eq!(message.content(), Some(&text[..]));
        assert_eq!(message.signers().len(), 1);
        assert_eq!(message.signers()[0].signature_algorithm(), algorithm);
        assert_eq!(message.verify(None, &[]), Err(REQUIRED), "{file}");
        let signers = message.verify_with(None, &[], SigningCertificate::Optional).unwrap();
        assert_eq!(signers[0].signing_time, time);
        assert_eq!(signers[0].content, text);
        assert!(!signers[0].has_signing_certificate);
        let sender = certificate(&format!("cms-r1323565.1.025-2019/{sender}-cert.pem"));
        assert_eq!(signers[0].certificate.public_key(), sender.public_key());
    }
}

#[test]
fn other_kinds_of_messages_are_refused_by_name() {
    for (file, name) in [
        ("kari-ephemeral", "enveloped data"),
        ("ktri-512", "enveloped data"),
        ("digested256", "digested data"),
        ("encrypted-magma", "encrypted data"),
    ] {
        let refused = SignedData::from_der(&pem(&format!("cms-r1323565.1.025-2019/{file}.pem"), "CMS"));
        assert_eq!(refused, Err(Error::Unsupported { what: "CMS content type", name: name.to_owned() }));
    }
}

#[test]
fn messages_of_openssl_verify_where_the_caller_takes_them() {
    let text = vector("openssl-gost/msg.txt");
    for set in FULL_SETS {
        let leaf = certificate(&format!("openssl-gost/leaf-{set}.pem"));
        let good = |signers: Vec<VerifiedSigner>| {
            assert_eq!(signers.len(), 1);
            assert_eq!(signers[0].certificate, leaf);
            assert_eq!(signers[0].content, text);
        };
        let attached = read(&format!("openssl-gost/cms-signed-attached-{set}.pem"));
        assert_eq!(attached.content(), Some(text.as_slice()));
        assert_eq!(attached.certificates(), std::slice::from_ref(&leaf));
        assert_eq!(attached.verify(None, &[]), Err(REQUIRED));
        good(attached.verify_with(None, &[], SigningCertificate::Optional).unwrap());
        good(attached.verify_with(Some(&text), &[], SigningCertificate::Optional).unwrap());
        assert_eq!(
            attached.verify_with(Some(b"other"), &[], SigningCertificate::Optional),
            Err(Error::Invalid { what: "message-digest" })
        );

        let detached = read(&format!("openssl-gost/cms-signed-detached-{set}.pem"));
        assert_eq!(detached.content(), None);
        good(detached.verify_with(Some(&text), &[], SigningCertificate::Optional).unwrap());
        assert_eq!(
            detached.verify_with(None, &[], SigningCertificate::Optional),
            Err(Error::Invalid { what: "content" })
        );
        assert_eq!(
            detached.verify_with(Some(b"other"), &[], SigningCertificate::Optional),
            Err(Error::Invalid { what: "message-digest" })
        );

        let plain = read(&format!("openssl-gost/cms-signed-noattr-{set}.pem"));
        assert_eq!(plain.verify(None, &[]), Err(REQUIRED));
        let content = plain.content().map_or(Some(text.as_slice()), |_| None);
        good(plain.verify_with(content, std::slice::from_ref(&leaf), SigningCertificate::Optional).unwrap());
    }
}

/// A signer with a certificate of its own.
struct Person {
    key: surguch_crypto::PrivateKey,
    certificate: Certificate,
    root: Certificate,
}

fn person(word: &str) -> Person {
    // GOST signatures are all of one length, so certificates can change places inside a message.
    let root_key = key("gost-256-d", 90);
    let key = key(word, 91);
    let certificate = Plan::leaf("Rogov", &key, &name("Root"), &root_key).sign(&root_key);
    Person { key, certificate, root: root("Root", &root_key) }
}

impl Person {
    fn sign(&self, content: &[u8], detached: bool) -> Vec<u8> {
        sign_cms(content, detached, &self.key, &self.certificate, std::slice::from_ref(&self.root), NOW, &mut rng(3))
            .unwrap()
    }
}

const TEXT: &[u8] = "Заявка на обновление сертификата".as_bytes();

#[test]
fn every_algorithm_signs_messages_it_verifies() {
    for word in [
        "gost-256-a",
        "gost-256-b",
        "gost-256-cp-c",
        "gost-512-a",
        "gost-512-c",
        "ecdsa-p256",
        "ecdsa-p384",
        "rsa-2048",
    ] {
        let person = person(word);
        for detached in [false, true] {
            let message = SignedData::from_der(&person.sign(TEXT, detached)).unwrap();
            assert_eq!(message.content().is_none(), detached);
            assert_eq!(message.content_type(), "1.2.840.113549.1.7.1");
            assert_eq!(message.certificates().len(), 2);
            assert_eq!(message.signers()[0].signing_time(), Some(NOW));
            assert!(message.signers()[0].is_named(&person.certificate));
            assert!(!message.signers()[0].is_named(&person.root));
            let signers = message.verify(Some(TEXT), &[]).unwrap();
            assert_eq!(signers.len(), 1);
            assert_eq!(signers[0].certificate, person.certificate);
            assert_eq!(signers[0].signing_time, Some(NOW));
            assert_eq!(signers[0].content, TEXT);
            assert!(signers[0].has_signing_certificate);
            assert_eq!(message.verify(Some(b"other"), &[]), Err(Error::Invalid { what: "message-digest" }), "{word}");
        }
    }
}

#[test]
fn a_certificate_of_another_key_cannot_be_signed_with() {
    let person = person("gost-256-a");
    let refused = sign_cms(TEXT, true, &person.key, &person.root, &[], NOW, &mut rng(1));
    assert_eq!(refused, Err(Error::Invalid { what: "signer-certificate" }));
}

#[test]
fn the_signer_may_be_among_the_candidates_or_missing() {
    let person = person("gost-256-a");
    // The embedded certificate gives place to somebody else's.
    let root_key = key("gost-256-d", 90);
    let other = Plan::leaf("Rogow", &key("gost-256-a", 92), &name("Root"), &root_key).sign(&root_key);
    let message = replace_once(&person.sign(TEXT, true), person.certificate.as_der(), other.as_der());
    let message = SignedData::from_der(&message).unwrap();
    assert_eq!(message.verify(Some(TEXT), &[]), Err(Error::Invalid { what: "signer-certificate" }));
    assert_eq!(
        message.verify(Some(TEXT), &[other, person.certificate.clone()]).unwrap()[0].certificate,
        person.certificate
    );
}

#[test]
fn the_signing_certificate_decides_between_two_certificates_of_one_key() {
    // Same issuer, same serial, same key, another end: only the digest in the attribute tells them apart.
    let person = person("gost-512-a");
    let root_key = key("gost-256-d", 90);
    let mut plan = Plan::leaf("Rogov", &person.key, &name("Root"), &root_key);
    plan.tbs.not_after += DAY;
    let twin = plan.sign(&root_key);
    let message = replace_once(&person.sign(TEXT, false), person.certificate.as_der(), twin.as_der());
    let message = SignedData::from_der(&message).unwrap();
    assert_eq!(message.verify(None, &[]), Err(REQUIRED));
    assert_eq!(message.verify_with(None, &[], SigningCertificate::Optional), Err(REQUIRED));
    let signers = message.verify(None, std::slice::from_ref(&person.certificate)).unwrap();
    assert_eq!(signers[0].certificate, person.certificate);
}

#[test]
fn a_bent_message_is_refused_for_what_was_bent() {
    let person = person("gost-256-b");
    let good = person.sign(TEXT, false);
    let verify = |bytes: &[u8]| SignedData::from_der(bytes).and_then(|message| message.verify(None, &[])).map(|_| ());
    verify(&good).unwrap();
    let invalid = |what| Err(Error::Invalid { what });

    // The content.
    let mut bent = TEXT.to_vec();
    bent[0] ^= 1;
    assert_eq!(verify(&replace_once(&good, TEXT, &bent)), invalid("message-digest"));
    // The signature: the last octet of the message.
    let mut bent = good.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(verify(&bent), invalid("signature"));
    // The signing time: 270101000000Z becomes 270101000001Z.
    let at = good.windows(13).rposition(|window| window == b"270101000000Z").unwrap();
    let mut bent = good.clone();
    bent[at + 11] = b'1';
    assert_eq!(verify(&bent), invalid("signature"));
    // The signed content type: data becomes signed data in the attribute, which is the second place it stands in.
    let data = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let places: Vec<usize> = (0..good.len() - 9).filter(|&at| good[at..].starts_with(&data)).collect();
    assert_eq!(places.len(), 2);
    let mut bent = good.clone();
    bent[places[1] + 8] = 2;
    assert_eq!(verify(&bent), invalid("content-type"));
    let mut bent = good.clone();
    bent[places[0] + 8] = 5;
    assert!(matches!(verify(&bent), Err(Error::Unsupported { what: "CMS content type", .. })));
    // Trailing bytes, and a length nobody signs.
    let mut bent = good.clone();
    bent.push(0);
    assert!(matches!(verify(&bent), Err(Error::Malformed { .. })));
    assert!(matches!(verify(&vec![0x30; 1 << 21]), Err(Error::Malformed { .. })));
    // SHA-1 for the digest (in the set and in the signer) is no digest here.
    let sha256_message = self::person("ecdsa-p256").sign(TEXT, false);
    let sha256 = [0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let at = sha256_message.windows(11).rposition(|window| window == sha256).unwrap();
    let mut bent = sha256_message.clone();
    bent[at + 10] = 4;
    assert_eq!(verify(&bent), Err(Error::Unsupported { what: "digest algorithm", name: "SHA-224".to_owned() }));
}

#[test]
fn a_message_of_nobody_is_refused() {
    // SignedData of detached plain data with no certificate and no signer.
    let signed_data =
        [0x30, 20, 2, 1, 1, 0x31, 0, 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0x31, 0];
    let head = [0x30, 35, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 22];
    let message = SignedData::from_der(&[&head[..], &signed_data[..]].concat()).unwrap();
    assert!(message.signers().is_empty());
    for policy in [SigningCertificate::Required, SigningCertificate::Optional] {
        assert_eq!(message.verify_with(Some(b"x"), &[], policy), Err(Error::Invalid { what: "signers" }));
    }
}

#[test]
fn a_message_too_long_to_be_read_is_not_made() {
    let person = person("gost-256-a");
    let content = vec![b'x'; 1 << 20];
    let sign = |detached| {
        sign_cms(&content, detached, &person.key, &person.certificate, &[], NOW, &mut rng(1))
            .map(|message| message.len())
    };
    assert!(matches!(sign(false), Err(Error::Malformed { .. })));
    assert!(sign(true).unwrap() < 2000);
}
