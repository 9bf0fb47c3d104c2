//! Revocation lists: the published one rebuilt, files of another maker, our own.

use surguch_crypto::{Crl, Error, Extension, KeyUsage, KeyUsageSet, RevokedEntry, Signer, TbsCrl, assemble};

use crate::support::{DAY, FULL_SETS, NOW, Plan, certificate, key, name, pem, rng, root};

fn read(file: &str) -> Crl {
    Crl::from_der(&pem(file, "X509 CRL")).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_list_of_rfc_9215_verifies_and_is_rebuilt() {
    let crl = read("rfc9215/d2-tc26-256-a-crl.pem");
    assert!(crl.revoked().is_empty());
    assert_eq!(crl.number(), None);
    assert_eq!((crl.this_update(), crl.next_update()), (1_388_534_400, 1_388_620_800));
    crl.verify_issued_by(&certificate("rfc9215/d2-tc26-256-a-cert.pem")).unwrap();
    let rebuilt = TbsCrl {
        signature_algorithm: crl.signature_algorithm(),
        issuer_der: crl.issuer_der().to_vec(),
        this_update: crl.this_update(),
        next_update: crl.next_update(),
        revoked: vec![],
        extensions: vec![],
    };
    assert_eq!(rebuilt.to_der().unwrap(), crl.tbs_der());
    // d1 and d3 are signed on test curves; the lists do not carry the key, so only their certificates are refused.
    assert_eq!(
        read("rfc9215/d1-256-test-crl.pem").verify_issued_by(&certificate("rfc9215/d2-tc26-256-a-cert.pem")),
        Err(Error::Invalid { what: "signature" })
    );
    assert_eq!(
        read("rfc9215/d3-512-test-crl.pem").verify_issued_by(&certificate("rfc9215/d2-tc26-256-a-cert.pem")),
        Err(Error::Invalid { what: "signature-algorithm" })
    );
}

#[test]
fn lists_of_openssl_verify_and_name_the_leaf() {
    for set in FULL_SETS {
        let crl = read(&format!("openssl-gost/crl-{set}.pem"));
        let ca = certificate(&format!("openssl-gost/{set}-ca.pem"));
        crl.verify_issued_by(&ca).unwrap();
        crl.check_time(NOW).unwrap();
        assert_eq!(crl.check_time(crl.this_update() - 1), Err(Error::Invalid { what: "crl-not-yet-valid" }));
        assert_eq!(crl.check_time(crl.next_update() + 1), Err(Error::Invalid { what: "crl-expired" }));
        assert_eq!(crl.number(), Some(vec![1]));
        let leaf = certificate(&format!("openssl-gost/leaf-{set}.pem"));
        let entry = crl.contains(leaf.serial()).unwrap();
        assert_eq!(entry, RevokedEntry { serial: vec![0x10, 1], revoked_at: 1_761_955_200, reason: None });
        assert_eq!(crl.contains(&[0, 0x10, 1]), Some(entry));
        assert_eq!(crl.contains(&[0x10, 2]), None);
        let stranger = certificate("openssl-gost/g256-TCD-ca.pem");
        assert_eq!(crl.verify_issued_by(&stranger), Err(Error::Invalid { what: "issuer-name" }));
    }
}

fn tbs(signer: &dyn Signer) -> TbsCrl {
    TbsCrl {
        signature_algorithm: signer.signature_algorithm(),
        issuer_der: name("Root").to_der(),
        this_update: NOW,
        next_update: NOW + DAY,
        revoked: vec![
            RevokedEntry { serial: vec![0xff; 20], revoked_at: NOW - 2, reason: Some(4) },
            RevokedEntry { serial: vec![1], revoked_at: NOW - 1, reason: None },
            RevokedEntry { serial: vec![1, 0], revoked_at: 2_600_000_000, reason: Some(10) },
        ],
        extensions: vec![Extension::crl_number(300)],
    }
}

fn sign(tbs: &TbsCrl, signer: &dyn Signer) -> Vec<u8> {
    let der = tbs.to_der().unwrap();
    let signature = signer.sign(&der, &mut rng(1)).unwrap();
    assemble(&der, signer.signature_algorithm(), &signature)
}

#[test]
fn a_written_list_is_read_back() {
    for word in ["gost-512-b", "ecdsa-p256", "rsa-2048"] {
        let key = key(word, 1);
        let tbs = tbs(&key);
        let crl = Crl::from_der(&sign(&tbs, &key)).unwrap();
        crl.verify_issued_by(&root("Root", &key)).unwrap();
        assert_eq!(crl.issuer(), &name("Root"));
        assert_eq!(crl.number(), Some(vec![1, 44]));
        assert_eq!(crl.revoked().len(), 3);
        for entry in &tbs.revoked {
            assert_eq!(crl.contains(&entry.serial).as_ref(), Some(entry));
        }
        assert_eq!(crl.contains(&[]), None);

        let forged = Crl::from_der(&sign(&TbsCrl { this_update: NOW - 1, ..tbs.clone() }, &key)).unwrap();
        let mut mixed = forged.as_der().to_vec();
        mixed[forged.as_der().len() - 1] ^= 1;
        assert_eq!(
            Crl::from_der(&mixed).unwrap().verify_issued_by(&root("Root", &key)),
            Err(Error::Invalid { what: "signature" })
        );
    }
}

#[test]
fn crooked_lists_are_refused() {
    let key = key("ecdsa-p256", 1);
    let good = tbs(&key);
    assert!(TbsCrl { next_update: NOW, ..good.clone() }.to_der().is_err());
    for reason in [7, 11, 255] {
        let revoked = vec![RevokedEntry { serial: vec![1], revoked_at: NOW, reason: Some(reason) }];
        assert!(TbsCrl { revoked, ..good.clone() }.to_der().is_err());
    }
    let mut trailing = sign(&good, &key);
    trailing.push(0);
    assert!(matches!(Crl::from_der(&trailing), Err(Error::Malformed { .. })));

    // A delta list tells only what changed since another one.
    let delta = Extension { oid: "2.5.29.27".to_owned(), critical: true, value: vec![2, 1, 1] };
    let delta = Crl::from_der(&sign(&TbsCrl { extensions: vec![delta], ..good.clone() }, &key)).unwrap();
    assert!(matches!(
        delta.verify_issued_by(&root("Root", &key)),
        Err(Error::Unsupported { what: "critical CRL extension", .. })
    ));

    let mut no_right = Plan::authority("Root", &key, &name("Root"), &key, None);
    no_right.tbs.extensions[1] = Extension::key_usage(KeyUsageSet::of([KeyUsage::KeyCertSign]));
    let crl = Crl::from_der(&sign(&good, &key)).unwrap();
    assert_eq!(crl.verify_issued_by(&no_right.sign(&key)), Err(Error::Invalid { what: "issuer-may-not-sign-crls" }));
}
