//! Messages with secrets: control examples of R 1323565.1.025, files of openssl, our own in every combination, and bent ones.

use surguch_crypto::cipher::{BlockCipher, SBox};
use surguch_crypto::pkcs12::Pfx;
use surguch_crypto::{
    Certificate, ContentCipher, ContentInfo, Delivery, DigestAlgorithm, DigestedData, EncryptedData, EnvelopedData,
    Error, PrivateKey, Recipient, SignedData, SigningCertificate, encrypt_cms,
};

use crate::support::{
    FULL_SETS, Plan, certificate, every_cipher, key, name, pem, private_key, private_key_of_octets, rng, vector,
};

const FOLDER: &str = "cms-r1323565.1.025-2019";

fn example(file: &str) -> Vec<u8> {
    pem(&format!("{FOLDER}/{file}.pem"), "CMS")
}

fn example_certificate(file: &str) -> Certificate {
    certificate(&format!("{FOLDER}/{file}-cert.pem"))
}

/// A private key of the examples, which print them big-endian.
fn example_key(who: &str) -> PrivateKey {
    let meta: serde_json::Value = serde_json::from_slice(&vector(&format!("{FOLDER}/meta.json"))).unwrap();
    let mut octets = hex::decode(meta["private_keys_be"][who].as_str().unwrap()).unwrap();
    octets.reverse();
    private_key_of_octets(&example_certificate(who), &octets)
}

/// "Контрольный пример для структуры " in the encoding of the examples, and the name of the structure.
fn example_text(structure: &str) -> Vec<u8> {
    let words = b"\xca\xee\xed\xf2\xf0\xee\xeb\xfc\xed\xfb\xe9 \xef\xf0\xe8\xec\xe5\xf0 \xe4\xeb\xff \xf1\xf2\xf0\xf3\xea\xf2\xf3\xf0\xfb ";
    [&words[..], structure.as_bytes(), b"."].concat()
}

#[test]
fn the_envelopes_of_tc26_open() {
    for (file, who, cipher, senders) in [
        ("kari-ephemeral", "recipient512", ContentCipher::KuznyechikCtrAcpkmOmac, &[][..]),
        ("kari-static", "recipient256", ContentCipher::MagmaCtrAcpkm, &["sender256"]),
        ("ktri-256", "recipient256", ContentCipher::KuznyechikCtrAcpkm, &[]),
        ("ktri-512", "recipient512", ContentCipher::MagmaCtrAcpkmOmac, &[]),
    ] {
        let message = EnvelopedData::from_der(&example(file)).unwrap();
        assert_eq!(message.cipher(), cipher, "{file}");
        assert_eq!(message.content_type(), "1.2.840.113549.1.7.1");
        assert_eq!(message.recipient_count(), 1);
        let senders: Vec<_> = senders.iter().map(|sender| example_certificate(sender)).collect();
        let (key, certificate) = (example_key(who), example_certificate(who));
        let content = message.decrypt(&key, &certificate, &senders).unwrap();
        assert_eq!(*content, example_text("EnvelopedData"), "{file}");
        // Another key, another person, and no sender.
        let stranger = example_key(if who == "recipient256" { "sender256" } else { "sender512" });
        let refused = message.decrypt(&stranger, &certificate, &senders).err();
        assert_eq!(refused, Some(Error::Invalid { what: "wrapped-key" }), "{file}");
        let refused = message.decrypt(&key, &example_certificate("sender512"), &senders).err();
        assert_eq!(refused, Some(Error::Invalid { what: "recipient" }), "{file}");
        if !senders.is_empty() {
            let refused = message.decrypt(&key, &certificate, &[]).err();
            assert_eq!(refused, Some(Error::Invalid { what: "originator-certificate" }));
        }
        assert!(matches!(ContentInfo::from_der(&example(file)), Ok(ContentInfo::Enveloped(_))));
    }
}

#[test]
fn digests_of_tc26_are_right() {
    for (file, algorithm) in
        [("digested256", DigestAlgorithm::Streebog256), ("digested512", DigestAlgorithm::Streebog512)]
    {
        let message = DigestedData::from_der(&example(file)).unwrap();
        assert_eq!(message.digest_algorithm(), algorithm);
        assert_eq!(message.content_type(), "1.2.840.113549.1.7.1");
        assert_eq!(message.verify(None).unwrap(), example_text("DigestData"));
        assert_eq!(message.verify(Some(b"other")), Err(Error::Invalid { what: "message-digest" }));
        let mut bent = example(file);
        *bent.last_mut().unwrap() ^= 1;
        let bent = DigestedData::from_der(&bent).unwrap();
        assert_eq!(bent.verify(None), Err(Error::Invalid { what: "message-digest" }));
        assert!(matches!(ContentInfo::from_der(&example(file)), Ok(ContentInfo::Digested(_))));
    }
}

#[test]
fn what_tc26_encrypted_with_a_shared_key_opens() {
    let meta: serde_json::Value = serde_json::from_slice(&vector(&format!("{FOLDER}/meta.json"))).unwrap();
    let key = hex::decode(meta["psk_bytes"].as_str().unwrap()).unwrap().try_into().unwrap();
    for (file, cipher) in [
        ("encrypted-kuznechik", ContentCipher::KuznyechikCtrAcpkm),
        ("encrypted-magma", ContentCipher::MagmaCtrAcpkmOmac),
    ] {
        let message = EncryptedData::from_der(&example(file)).unwrap();
        assert_eq!(message.cipher(), cipher);
        assert_eq!(*message.decrypt(&key).unwrap(), example_text("EncryptedData"), "{file}");
        let refused = message.decrypt(&[1; 32]);
        match cipher.is_authenticated() {
            true => assert_eq!(refused.err(), Some(Error::Invalid { what: "content-mac" })),
            false => assert_ne!(*refused.unwrap(), example_text("EncryptedData")),
        }
        assert!(matches!(ContentInfo::from_der(&example(file)), Ok(ContentInfo::Encrypted(_))));
    }
}

#[test]
fn the_envelopes_of_openssl_open() {
    let text = vector("openssl-gost/msg.txt");
    for set in FULL_SETS {
        let key = private_key(&format!("openssl-gost/leaf-{set}-key.pem"));
        let leaf = certificate(&format!("openssl-gost/leaf-{set}.pem"));
        for (file, cipher) in [
            ("gost89", ContentCipher::Gost28147Cfb(SBox::Tc26Z)),
            ("kuznyechik-ctr-acpkm", ContentCipher::KuznyechikCtrAcpkm),
            ("kuznyechik-ctr-acpkm-omac", ContentCipher::KuznyechikCtrAcpkmOmac),
            ("magma-ctr-acpkm", ContentCipher::MagmaCtrAcpkm),
            ("magma-ctr-acpkm-omac", ContentCipher::MagmaCtrAcpkmOmac),
        ] {
            let der = pem(&format!("openssl-gost/cms-enveloped-{file}-{set}.pem"), "CMS");
            let message = EnvelopedData::from_der(&der).unwrap();
            assert_eq!(message.cipher(), cipher);
            assert_eq!(*message.decrypt(&key, &leaf, &[]).unwrap(), text, "{file} {set}");
        }
    }
}

/// The key file sealed for a public key: its signature and its envelope are messages like others, and open.
#[test]
fn the_parts_of_a_key_file_for_a_public_key_verify_and_open() {
    let der = pem("rfc9548/dh-public-key-integrity-pfx.pem", "PKCS12");
    // PFX ::= SEQUENCE { INTEGER 3, ContentInfo }: the ContentInfo is the rest.
    assert_eq!(der[..7], [0x30, 0x82, 0x0a, 0x57, 2, 1, 3]);
    let safe = SignedData::from_der(&der[7..]).unwrap();
    let sender = certificate("rfc9548/dh-sender-cert.pem");
    let signers = safe.verify_with(None, &[], SigningCertificate::Optional).unwrap();
    assert_eq!(signers[0].certificate, sender);
    assert!(matches!(Pfx::from_der(&der, "x"), Err(Error::Unsupported { .. })));

    let content = &signers[0].content;
    let at =
        content.windows(11).position(|window| window == [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3]).unwrap();
    let envelope = EnvelopedData::from_der(&content[at - 4..]).unwrap();
    assert_eq!(envelope.certificates(), std::slice::from_ref(&sender));
    let recipient = certificate("rfc9548/dh-recipient-cert.pem");
    let meta: serde_json::Value = serde_json::from_slice(&vector("rfc9548/meta.json")).unwrap();
    let mut octets = hex::decode(meta["recipient_private_key_be"].as_str().unwrap()).unwrap();
    octets.reverse();
    let key = private_key_of_octets(&recipient, &octets);
    let bags = envelope.decrypt(&key, &recipient, &[]).unwrap();
    // SafeContents with one key bag, which is the key of the example.
    let expected = private_key("rfc9548/test-key.pem");
    let scalar = &expected.to_pkcs8_der()[expected.to_pkcs8_der().len() - 64..].to_vec();
    assert!(bags.windows(64).any(|window| window == scalar));
}

struct Party {
    key: PrivateKey,
    certificate: Certificate,
}

fn party(word: &str, seed: u64) -> Party {
    let root_key = key("gost-256-d", 90);
    let key = key(word, seed);
    let mut plan = Plan::leaf("Ivanov", &key, &name("Root"), &root_key);
    plan.tbs.serial = vec![7, seed as u8];
    let certificate = plan.sign(&root_key);
    Party { key, certificate }
}

const TEXT: &[u8] = "Пароль к контейнеру".as_bytes();

#[test]
fn every_curve_cipher_and_way_comes_back() {
    for word in
        ["gost-256-a", "gost-256-b", "gost-256-cp-b", "gost-256-xch-b", "gost-512-a", "gost-512-b", "gost-512-c"]
    {
        let (recipient, sender) = (party(word, 1), party(word, 2));
        for wrap in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
            let ways = [
                Delivery::Agreement(wrap),
                Delivery::StaticAgreement { cipher: wrap, key: &sender.key, certificate: &sender.certificate },
                Delivery::Transport(wrap),
                Delivery::Transport28147(SBox::Tc26Z),
                Delivery::Transport28147(SBox::CryptoProA),
            ];
            for delivery in ways {
                for cipher in every_cipher() {
                    let to = [Recipient { certificate: &recipient.certificate, delivery }];
                    let der = encrypt_cms(TEXT, cipher, &to, &mut rng(3)).unwrap();
                    assert!(!der.windows(TEXT.len()).any(|window| window == TEXT));
                    let message = EnvelopedData::from_der(&der).unwrap();
                    assert_eq!(message.cipher(), cipher);
                    let senders = std::slice::from_ref(&sender.certificate);
                    let content = message.decrypt(&recipient.key, &recipient.certificate, senders).unwrap();
                    assert_eq!(*content, TEXT, "{word} {cipher}");
                }
            }
        }
    }
}

#[test]
fn several_recipients_read_one_message_and_a_stranger_does_not() {
    let parties = [party("gost-256-a", 1), party("gost-512-c", 2), party("gost-256-cp-c", 3)];
    let stranger = party("gost-256-a", 4);
    let to: Vec<_> = parties
        .iter()
        .zip([
            Delivery::Agreement(BlockCipher::Magma),
            Delivery::Transport(BlockCipher::Kuznyechik),
            Delivery::Transport28147(SBox::Tc26Z),
        ])
        .map(|(party, delivery)| Recipient { certificate: &party.certificate, delivery })
        .collect();
    let content = vec![0x5a; 600_000];
    let der = encrypt_cms(&content, ContentCipher::MagmaCtrAcpkmOmac, &to, &mut rng(3)).unwrap();
    let message = EnvelopedData::from_der(&der).unwrap();
    assert_eq!(message.recipient_count(), 3);
    for party in &parties {
        assert_eq!(*message.decrypt(&party.key, &party.certificate, &[]).unwrap(), content);
    }
    let refused = message.decrypt(&stranger.key, &stranger.certificate, &[]).err();
    assert_eq!(refused, Some(Error::Invalid { what: "recipient" }));
    let refused = message.decrypt(&stranger.key, &parties[0].certificate, &[]).err();
    assert_eq!(refused, Some(Error::Invalid { what: "wrapped-key" }));
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is_written() {
    let recipient = party("gost-256-a", 1);
    let other = party("gost-512-a", 2);
    let rsa = party("ecdsa-p256", 3);
    let cipher = ContentCipher::KuznyechikCtrAcpkmOmac;
    let send = |recipients: &[Recipient<'_>]| encrypt_cms(TEXT, cipher, recipients, &mut rng(1)).map(|_| ());
    assert_eq!(send(&[]), Err(Error::Invalid { what: "recipient" }));
    let to = |certificate, delivery| [Recipient { certificate, delivery }];
    let refused = send(&to(&rsa.certificate, Delivery::Agreement(BlockCipher::Magma)));
    assert_eq!(refused, Err(Error::Unsupported { what: "key agreement", name: "ecdsa-p256".to_owned() }));
    let by = |key, certificate| Delivery::StaticAgreement { cipher: BlockCipher::Magma, key, certificate };
    assert_eq!(
        send(&to(&recipient.certificate, by(&other.key, &other.certificate))),
        Err(Error::Invalid { what: "key-agreement" })
    );
    assert_eq!(
        send(&to(&recipient.certificate, by(&other.key, &recipient.certificate))),
        Err(Error::Invalid { what: "originator-certificate" })
    );
    let too_long = encrypt_cms(
        &vec![0; 1 << 20],
        cipher,
        &to(&recipient.certificate, Delivery::Agreement(BlockCipher::Magma)),
        &mut rng(1),
    );
    assert!(matches!(too_long, Err(Error::Malformed { .. })));
}

#[test]
fn a_changed_envelope_is_noticed_where_the_cipher_says_so() {
    let recipient = party("gost-256-a", 1);
    for delivery in [Delivery::Agreement(BlockCipher::Kuznyechik), Delivery::Transport(BlockCipher::Magma)] {
        let to = [Recipient { certificate: &recipient.certificate, delivery }];
        let der = encrypt_cms(TEXT, ContentCipher::KuznyechikCtrAcpkmOmac, &to, &mut rng(3)).unwrap();
        let open = |der: &[u8]| {
            EnvelopedData::from_der(der)?.decrypt(&recipient.key, &recipient.certificate, &[]).map(|text| text.to_vec())
        };
        assert_eq!(open(&der).unwrap(), TEXT);
        for at in 0..der.len() {
            let mut bent = der.clone();
            bent[at] ^= 4;
            // The versions, the identifier of the inner content type and that of the agreement are protected by nothing and change nothing.
            if let Ok(text) = open(&bent) {
                assert_eq!(text, TEXT, "{at}");
            }
        }
    }
}
