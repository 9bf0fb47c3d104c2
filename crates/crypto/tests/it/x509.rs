//! Certificates and chains: published ones, files of another maker, and our own bent one field at a time.

use surguch_crypto::{
    Certificate, Error, Extension, KeyUsage, KeyUsageSet, Name, SignatureAlgorithm, TbsCertificate, build_chain,
    sha1_thumbprint, sha256,
};

use crate::support::{
    DAY, FULL_SETS, GOST_SETS, NOW, Plan, algorithm, certificate, key, name, pem, private_key, replace_once, root,
};

#[test]
fn the_certificate_of_rfc_9215_is_read_verified_and_rebuilt() {
    let certificate = certificate("rfc9215/d2-tc26-256-a-cert.pem");
    assert_eq!(certificate.serial(), [10]);
    assert_eq!(certificate.subject().to_string(), "CN=Example");
    assert_eq!(certificate.not_before(), 978_307_200);
    assert_eq!(certificate.not_after(), 2_556_057_600);
    assert!(certificate.is_ca());
    assert_eq!(certificate.path_len(), None);
    assert_eq!(certificate.key_usage(), None);
    assert_eq!(certificate.public_key().algorithm(), algorithm("gost-256-a"));
    assert_eq!(certificate.signature_algorithm(), Ok(SignatureAlgorithm::Gost256));
    assert_eq!(certificate.public_key().to_spki_der(), certificate.spki_der());
    certificate.verify_issued_by(&certificate).unwrap();
    assert_eq!(rebuild(&certificate), certificate.tbs_der());
}

/// Writes the to-be-signed part anew from what was read.
fn rebuild(certificate: &Certificate) -> Vec<u8> {
    TbsCertificate {
        serial: certificate.serial().to_vec(),
        signature_algorithm: certificate.signature_algorithm().unwrap(),
        issuer_der: certificate.issuer_der().to_vec(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        subject: Name::from_der(certificate.subject_der()).unwrap(),
        spki_der: certificate.spki_der().to_vec(),
        extensions: certificate.extensions().to_vec(),
    }
    .to_der()
    .unwrap()
}

#[test]
fn the_tc26_certificates_are_rebuilt_byte_for_byte() {
    for name in ["sender256", "sender512", "recipient256", "recipient512", "ca256"] {
        let certificate = certificate(&format!("cms-r1323565.1.025-2019/{name}-cert.pem"));
        assert_eq!(rebuild(&certificate), certificate.tbs_der(), "{name}");
        certificate.verify_issued_by(&self::certificate("cms-r1323565.1.025-2019/ca256-cert.pem")).unwrap();
    }
    let leaf = certificate("rfc9548/test-cert.pem");
    let ca = certificate("rfc9548/ca-cert.pem");
    assert_eq!(rebuild(&leaf), leaf.tbs_der());
    assert_eq!(build_chain(&leaf, &[], std::slice::from_ref(&ca), NOW).unwrap(), [leaf, ca]);
    // The other authority has no basicConstraints: good as an anchor, for it is trusted by name, and useless in between.
    let leaf = certificate("cms-r1323565.1.025-2019/sender256-cert.pem");
    let ca = certificate("cms-r1323565.1.025-2019/ca256-cert.pem");
    assert!(!ca.has_basic_constraints());
    assert_eq!(build_chain(&leaf, &[], std::slice::from_ref(&ca), NOW).unwrap(), [leaf.clone(), ca.clone()]);
    assert_eq!(build_chain(&leaf, &[ca], &[], NOW), Err(Error::Invalid { what: "issuer-not-authority" }));
}

#[test]
fn the_test_curves_are_refused_by_name() {
    for (file, name) in [
        ("rfc9215/d1-256-test-cert.pem", "id-GostR3410-2001-TestParamSet"),
        ("rfc9215/d3-512-test-cert.pem", "id-tc26-gost-3410-12-512-paramSetTest"),
    ] {
        let refused = Certificate::from_der(&pem(file, "CERTIFICATE"));
        assert_eq!(refused, Err(Error::Unsupported { what: "parameter set", name: name.to_owned() }));
    }
}

#[test]
fn withdrawn_algorithms_are_refused_by_name() {
    let refused = |file: &str| match Certificate::from_der(&pem(file, "CERTIFICATE")) {
        Err(Error::Unsupported { what, name }) => (what, name),
        other => panic!("{file}: {other:?}"),
    };
    assert_eq!(refused("rfc4491/4.1-gost3410-94-cert.pem"), ("key algorithm", "GOST R 34.10-94".to_owned()));
}

#[test]
fn certificates_of_openssl_verify_for_every_curve() {
    for (set, word) in GOST_SETS {
        let ca = certificate(&format!("openssl-gost/{set}-ca.pem"));
        assert_eq!(ca.public_key().algorithm(), algorithm(word), "{set}");
        assert!(ca.is_ca());
        ca.verify_issued_by(&ca).unwrap();
        assert_eq!(build_chain(&ca, &[], std::slice::from_ref(&ca), NOW).unwrap().len(), 1);
        // One bit of the subject, and the signature does not fit.
        let forged = replace_last(ca.as_der(), b"Fixture", b"Fixturf");
        let forged = Certificate::from_der(&forged).unwrap();
        assert_eq!(forged.verify_issued_by(&ca), Err(Error::Invalid { what: "signature" }), "{set}");
    }
}

fn replace_last(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = (0..bytes.len() - from.len()).rev().find(|&at| bytes[at..].starts_with(from)).unwrap();
    let mut out = bytes.to_vec();
    out[at..at + to.len()].copy_from_slice(to);
    out
}

#[test]
fn leaves_of_openssl_chain_to_their_authority() {
    for set in FULL_SETS {
        let leaf = certificate(&format!("openssl-gost/leaf-{set}.pem"));
        let ca = certificate(&format!("openssl-gost/{set}-ca.pem"));
        let stranger = certificate("openssl-gost/g256-TCD-ca.pem");
        let pool = [stranger.clone(), ca.clone()];
        let chain = build_chain(&leaf, &pool, &[stranger.clone(), ca.clone()], NOW).unwrap();
        assert_eq!(chain, [leaf.clone(), ca.clone()]);
        assert!(leaf.key_usage().unwrap().contains(KeyUsage::DigitalSignature));
        assert_eq!(leaf.extended_key_usage().unwrap(), ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]);
        assert_eq!(leaf.authority_key_id(), ca.subject_key_id());
        assert_eq!(leaf.thumbprint_sha256(), sha256(leaf.as_der()));
        assert_eq!(leaf.thumbprint_sha1(), sha1_thumbprint(leaf.as_der()));

        let refused =
            |pool: &[Certificate], anchors: &[Certificate], at| build_chain(&leaf, pool, anchors, at).unwrap_err();
        assert_eq!(refused(&pool, &[stranger], NOW), Error::Invalid { what: "issuer-unknown" });
        assert_eq!(
            refused(&[], std::slice::from_ref(&ca), leaf.not_before() - 1),
            Error::Invalid { what: "certificate-not-yet-valid" }
        );
        assert_eq!(refused(&[], &[ca], leaf.not_after() + 1), Error::Invalid { what: "certificate-expired" });
    }
}

#[test]
fn a_written_certificate_is_read_back_as_it_was_meant() {
    let (root_key, leaf_key) = (key("gost-512-a", 1), key("gost-256-a", 2));
    let mut plan = Plan::leaf("Rogov", &leaf_key, &name("Root"), &root_key);
    plan.tbs.serial = vec![0, 0x80, 1];
    plan.tbs.not_after = 2_524_608_000;
    plan.tbs.extensions.push(Extension::extended_key_usage(["1.3.6.1.5.5.7.3.2"]).unwrap());
    plan.tbs.extensions.push(Extension::certificate_policies(["1.2.643.100.113.1"]).unwrap());
    plan.tbs.extensions.push(Extension::crl_distribution_points(["http://ca.test/crl/issuing.crl"]).unwrap());
    let certificate = plan.sign(&root_key);
    assert_eq!(certificate.serial(), [0x80, 1]);
    assert_eq!(certificate.subject(), &name("Rogov"));
    assert_eq!(certificate.issuer(), &name("Root"));
    assert_eq!((certificate.not_before(), certificate.not_after()), (NOW - DAY, 2_524_608_000));
    assert_eq!(certificate.signature_algorithm(), Ok(SignatureAlgorithm::Gost512));
    assert_eq!(certificate.extensions(), plan.tbs.extensions);
    assert_eq!(certificate.tbs_der(), plan.tbs.to_der().unwrap());
    assert_eq!(certificate.unknown_critical_extensions().count(), 0);
    assert!(!certificate.is_ca());
    // Not in the canonical place only in memory: UTCTime ends with 2049.
    assert!(certificate.tbs_der().windows(15).any(|window| window == b"20500101000000Z"));
    certificate.verify_issued_by(&root("Root", &root_key)).unwrap();
    assert_eq!(certificate.verify_issued_by(&root("Other", &root_key)), Err(Error::Invalid { what: "issuer-name" }));
    assert_eq!(
        certificate.verify_issued_by(&root("Root", &leaf_key)),
        Err(Error::Invalid { what: "signature-algorithm" })
    );

    for serial in [vec![], vec![0, 0], vec![1; 21]] {
        let broken = TbsCertificate { serial, ..plan.tbs.clone() };
        assert!(matches!(broken.to_der(), Err(Error::Malformed { .. })));
    }
    assert!(TbsCertificate { spki_der: vec![0x30, 0], ..plan.tbs.clone() }.to_der().is_err());
    assert!(TbsCertificate { not_after: NOW - 2 * DAY, ..plan.tbs.clone() }.to_der().is_err());
    let twice = vec![plan.tbs.extensions[0].clone(), plan.tbs.extensions[0].clone()];
    let twice = Plan { tbs: TbsCertificate { extensions: twice, ..plan.tbs } };
    assert!(matches!(Certificate::from_der(&twice.sign_der(&root_key)), Err(Error::Malformed { .. })));
}

#[test]
fn crooked_certificates_are_refused() {
    let root_key = key("ecdsa-p256", 1);
    let leaf_key = key("gost-256-b", 2);
    let good = Plan::leaf("Rogov", &leaf_key, &name("Root"), &root_key).sign_der(&root_key);
    Certificate::from_der(&good).unwrap();
    let malformed = |bytes: &[u8]| matches!(Certificate::from_der(bytes), Err(Error::Malformed { .. }));

    let mut trailing = good.clone();
    trailing.push(0);
    assert!(malformed(&trailing));
    // Serial 00 9a 01 … made negative: its sign octet becomes another digit.
    let serial = [0x02, 0x0b, 0x00, 0x9a, 0x01];
    assert!(malformed(&replace_once(&good, &serial, &[0x02, 0x0b, 0x80, 0x9a, 0x01])));
    // Version 2 of the field is version 3 of the certificate; version 2 itself was never used.
    assert!(malformed(&replace_once(&good, &[0xa0, 3, 2, 1, 2], &[0xa0, 3, 2, 1, 1])));
    // The outer signature algorithm says SHA-384, the inner one SHA-256.
    let inner = [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let at = (0..good.len() - inner.len()).rev().find(|&at| good[at..].starts_with(&inner)).unwrap();
    let mut mixed = good.clone();
    mixed[at + inner.len() - 1] = 3;
    assert!(malformed(&mixed));
    assert!(malformed(&vec![0x30; (1 << 20) + 1]));
}

#[test]
fn sha1_signatures_are_seen_and_never_accepted() {
    // sha256WithRSAEncryption (…0b) turned into sha1WithRSAEncryption (…05) in both places.
    let key = key("rsa-2048", 1);
    let mut der = Plan::authority("Root", &key, &name("Root"), &key, None).sign_der(&key);
    let sha256 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
    let places: Vec<usize> = (0..der.len() - 9).filter(|&at| der[at..].starts_with(&sha256)).collect();
    assert_eq!(places.len(), 2);
    for at in places {
        der[at + 8] = 5;
    }
    let old = Certificate::from_der(&der).unwrap();
    let refused = Error::Unsupported { what: "signature algorithm", name: "sha1WithRSAEncryption".to_owned() };
    assert_eq!(old.signature_algorithm(), Err(refused.clone()));
    assert_eq!(old.verify_issued_by(&old), Err(refused));
    // As an anchor it may stand: nobody looks at the signature of an anchor.
    assert_eq!(build_chain(&old, &[], std::slice::from_ref(&old), NOW).unwrap(), [old]);
}

/// A chain of three and one field to bend.
struct Family {
    root: Certificate,
    middle: Certificate,
    leaf: Certificate,
}

fn family(bend_middle: impl Fn(&mut TbsCertificate), bend_leaf: impl Fn(&mut TbsCertificate)) -> Family {
    let (root_key, middle_key, leaf_key) = (key("gost-512-c", 1), key("ecdsa-p384", 2), key("gost-256-a", 3));
    let mut middle = Plan::authority("Middle", &middle_key, &name("Root"), &root_key, Some(0));
    bend_middle(&mut middle.tbs);
    let mut leaf = Plan::leaf("Rogov", &leaf_key, &name("Middle"), &middle_key);
    bend_leaf(&mut leaf.tbs);
    Family { root: root("Root", &root_key), middle: middle.sign(&root_key), leaf: leaf.sign(&middle_key) }
}

impl Family {
    fn chain(&self) -> Result<Vec<Certificate>, Error> {
        build_chain(&self.leaf, std::slice::from_ref(&self.middle), std::slice::from_ref(&self.root), NOW)
    }
}

#[test]
fn a_chain_needs_every_link_to_be_right() {
    let good = family(|_| {}, |_| {});
    assert_eq!(good.chain().unwrap(), [good.leaf.clone(), good.middle.clone(), good.root.clone()]);
    assert_eq!(
        build_chain(&good.leaf, &[], std::slice::from_ref(&good.root), NOW),
        Err(Error::Invalid { what: "issuer-unknown" })
    );
    // The middle one may itself be the anchor.
    assert_eq!(build_chain(&good.leaf, &[], std::slice::from_ref(&good.middle), NOW).unwrap().len(), 2);

    let refused = |what| Err(Error::Invalid { what });
    let not_authority = family(|tbs| tbs.extensions[0] = Extension::basic_constraints(false, None), |_| {});
    assert_eq!(not_authority.chain(), refused("issuer-not-authority"));
    let no_constraints = family(|tbs| drop(tbs.extensions.remove(0)), |_| {});
    assert_eq!(no_constraints.chain(), refused("issuer-not-authority"));
    let may_not_sign =
        family(|tbs| tbs.extensions[1] = Extension::key_usage(KeyUsageSet::of([KeyUsage::CrlSign])), |_| {});
    assert_eq!(may_not_sign.chain(), refused("issuer-not-authority"));
    assert_eq!(family(|tbs| tbs.not_after = NOW - 1, |_| {}).chain(), refused("certificate-expired"));
    assert_eq!(family(|_| {}, |tbs| tbs.not_before = NOW + 1).chain(), refused("certificate-not-yet-valid"));
    assert_eq!(family(|_| {}, |tbs| tbs.issuer_der = name("Else").to_der()).chain(), refused("issuer-unknown"));
    assert_eq!(
        family(|_| {}, |tbs| tbs.extensions[3] = Extension::authority_key_id(&[1])).chain(),
        refused("issuer-unknown")
    );
    let critical = Extension { oid: "2.5.29.46".to_owned(), critical: true, value: vec![0x30, 0] };
    let bent: &dyn Fn(&mut TbsCertificate) = &|tbs| tbs.extensions.push(critical.clone());
    for family in [family(bent, |_| {}), family(|_| {}, bent)] {
        assert_eq!(
            family.chain(),
            Err(Error::Unsupported { what: "critical extension", name: "2.5.29.46".to_owned() })
        );
    }
    // A twin of the middle authority with another key: named right, signed by the root, and yet not the one that signed.
    let twin_key = key("ecdsa-p384", 77);
    let mut twin = Plan::authority("Middle", &twin_key, &name("Root"), &key("gost-512-c", 1), Some(0));
    twin.tbs.extensions.remove(2);
    let twin = twin.sign(&key("gost-512-c", 1));
    assert_eq!(
        build_chain(&good.leaf, std::slice::from_ref(&twin), std::slice::from_ref(&good.root), NOW),
        refused("signature")
    );
    assert_eq!(
        build_chain(&good.leaf, &[twin, good.middle.clone()], std::slice::from_ref(&good.root), NOW).unwrap(),
        good.chain().unwrap()
    );
}

#[test]
fn path_lengths_and_the_depth_limit_are_kept() {
    let keys: Vec<_> = (0..10).map(|seed| key("ecdsa-p256", seed)).collect();
    let title = |level: usize| format!("Level {level}");
    let tower = |path_len: Option<u8>, levels: usize| {
        let root = Plan::authority(&title(0), &keys[0], &name(&title(0)), &keys[0], path_len).sign(&keys[0]);
        let rest: Vec<Certificate> = (1..levels)
            .map(|level| {
                Plan::authority(&title(level), &keys[level], &name(&title(level - 1)), &keys[level - 1], None)
                    .sign(&keys[level - 1])
            })
            .collect();
        build_chain(rest.last().unwrap(), &rest, &[root], NOW)
    };
    assert_eq!(tower(None, 8).unwrap().len(), 8);
    assert_eq!(tower(None, 9), Err(Error::Invalid { what: "chain-length" }));
    assert_eq!(tower(Some(1), 3).unwrap().len(), 3);
    assert_eq!(tower(Some(1), 4), Err(Error::Invalid { what: "path-length" }));
    assert_eq!(tower(Some(0), 2).unwrap().len(), 2);
    assert_eq!(tower(Some(0), 3), Err(Error::Invalid { what: "path-length" }));
}

#[test]
fn a_crowd_of_namesakes_does_not_cost_a_verifier_its_day() {
    let root_key = key("ecdsa-p256", 1);
    let leaf = Plan::leaf("Rogov", &key("ecdsa-p256", 2), &name("Root"), &root_key).sign(&root_key);
    // Two hundred authorities of one name that issue to one another, none of which signed the leaf.
    let crowd: Vec<Certificate> = (10..210)
        .map(|seed| {
            let key = key("ecdsa-p256", seed);
            let mut plan = Plan::authority("Root", &key, &name("Root"), &key, None);
            plan.tbs.extensions.truncate(2);
            plan.sign(&key)
        })
        .collect();
    assert_eq!(build_chain(&leaf, &crowd, &[], NOW), Err(Error::Invalid { what: "signature" }));
}

#[test]
fn names_are_written_by_type_read_by_value_and_printed_backwards() {
    let pairs = [
        ("2.5.4.6", "RU"),
        ("2.5.4.7", "Moskva"),
        ("2.5.4.10", "ООО \"Ро\", филиал"),
        ("1.2.643.100.4", "7710474375"),
        ("1.2.840.113549.1.9.1", "ivanov@ro.test"),
        ("2.5.4.5", "A-17"),
        ("2.5.4.3", " Ivanov + #1/2 "),
    ];
    let name = Name::from_pairs(pairs).unwrap();
    assert_eq!(name.pairs().iter().map(|(oid, value)| (oid.as_str(), value.as_str())).collect::<Vec<_>>(), pairs);
    let der = name.to_der();
    let tag_of = |value: &str| {
        let at = (0..der.len()).find(|&at| der[at..].starts_with(value.as_bytes())).unwrap();
        der[at - 2]
    };
    let tags: Vec<u8> = pairs.iter().map(|(_, value)| tag_of(value)).collect();
    assert_eq!(tags, [0x13, 0x0c, 0x0c, 0x12, 0x16, 0x13, 0x0c]);
    assert_eq!(Name::from_der(&der).unwrap(), name);
    assert_eq!(
        name.to_string(),
        "CN=\\ Ivanov \\+ #1/2\\ , serialNumber=A-17, emailAddress=ivanov@ro.test, INNLE=7710474375, O=ООО \\\"Ро\\\"\\, филиал, L=Moskva, C=RU"
    );
    assert_eq!(
        name.to_openssl_subject(),
        "/C=RU/L=Moskva/O=ООО \"Ро\", филиал/1.2.643.100.4=7710474375/emailAddress=ivanov@ro.test/serialNumber=A-17/CN= Ivanov \\+ #1\\/2 "
    );
    assert_eq!(name.value_of("2.5.4.7"), Some("Moskva"));
    assert_eq!(Name::attribute_oid("INN"), Some("1.2.643.3.131.1.1"));
    assert_eq!(Name::attribute_short_name("2.5.4.3"), Some("CN"));
}

#[test]
fn names_are_equal_by_value_and_order_only() {
    let printable =
        Name::from_der(&[0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x13, 3, b'a', b'b', b'c']).unwrap();
    let bmp =
        Name::from_der(&[0x30, 17, 0x31, 15, 0x30, 13, 6, 3, 0x55, 4, 3, 0x1e, 6, 0, b'a', 0, b'b', 0, b'c']).unwrap();
    let written = Name::from_pairs([("2.5.4.3", "abc")]).unwrap();
    assert_eq!(printable, written);
    assert_eq!(bmp, written);
    assert_ne!(written, Name::from_pairs([("2.5.4.3", "Abc")]).unwrap());
    let two = [("2.5.4.3", "abc"), ("2.5.4.10", "x")];
    assert_ne!(Name::from_pairs(two).unwrap(), Name::from_pairs([two[1], two[0]]).unwrap());
    // What was read is written as it was.
    assert_eq!(bmp.to_der()[11], 0x1e);
    assert_eq!(Name::from_der(&bmp.to_der()).unwrap(), written);
}

#[test]
fn names_that_would_be_guessed_at_are_refused() {
    let long = "x".repeat(1025);
    for (oid, value) in [
        ("2.5.4.6", "РФ"),
        ("1.2.643.3.131.1.1", "77A"),
        ("1.2.840.113549.1.9.1", "почта@банк.рф"),
        ("2.5.4.3", ""),
        ("2.5.4.3", "a\0b"),
        ("2.5.4.3", "a\nb"),
        ("2.5.4.3", &long),
        ("not an oid", "x"),
    ] {
        assert!(matches!(Name::from_pairs([(oid, value)]), Err(Error::Malformed { .. })), "{oid} {value}");
    }
    // One RDN of two attributes.
    let attribute = |value: u8| [0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, value];
    let mut rdn = vec![0x30, 22, 0x31, 20];
    rdn.extend(attribute(b'a'));
    rdn.extend(attribute(b'b'));
    assert!(matches!(Name::from_der(&rdn), Err(Error::Unsupported { what: "multi-valued RDN", .. })));
}

#[test]
fn one_key_under_two_identifiers_is_one_key() {
    let key = private_key("openssl-gost/g256-A-key.pem");
    let spki = surguch_crypto::Signer::public_key(&key).to_spki_der();
    // 1.2.643.2.2.35.1 (CryptoPro-A) becomes 1.2.643.2.2.36.0 (XchA): the same curve.
    let alias = replace_once(&spki, &[0x2a, 0x85, 3, 2, 2, 0x23, 1], &[0x2a, 0x85, 3, 2, 2, 0x24, 0]);
    let (one, other) = (
        surguch_crypto::PublicKey::from_spki_der(&spki).unwrap(),
        surguch_crypto::PublicKey::from_spki_der(&alias).unwrap(),
    );
    assert_ne!(one.algorithm(), other.algorithm());
    assert_eq!(one.spki_sha256(), other.spki_sha256());
    assert_eq!(other.to_spki_der(), alias);
    assert_eq!(one.raw_bits()[..2], [4, 0x40]);
}
