//! From a subject and a key to a certificate: policy, dates, restarts, and what never gets signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ca::lint::view::CertificateView;
use ca::{Authority, Error, PrepareRefusal, Prepared, Profile, prepare, sign};
use crypto::{Certificate, Name, PrivateKey, Signer};

use crate::bank::{self, BASE, NOW, rogov};

/// A client of the demonstration with a key of this algorithm.
pub(crate) fn client(algorithm: &str, seed: u64) -> (Certificate, PrivateKey) {
    let key = bank::key(algorithm, seed);
    let profile = bank::profile("client-any");
    let rng = &mut bank::rng(seed + 1_000);
    let prepared = prepare(bank::issuing(), &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    (sign(bank::issuing(), prepared, rng).unwrap(), key)
}

#[test]
fn every_key_the_profile_allows_is_certified_as_the_profile_says() {
    let profile = bank::profile("client-any");
    for (number, algorithm) in profile.key_algorithms().iter().enumerate() {
        // RSA above 2048 bits proves nothing more here and takes seconds.
        if ["rsa-3072", "rsa-4096"].contains(&algorithm.to_string().as_str()) {
            continue;
        }
        let (certificate, key) = client(&algorithm.to_string(), number as u64);
        assert_eq!(certificate.public_key(), key.public_key());
        assert_eq!(certificate.subject(), &rogov());
        assert_eq!(certificate.issuer_der(), bank::issuing().certificate.subject_der());
        assert_eq!(certificate.not_before(), NOW);
        assert_eq!(certificate.not_after(), NOW + 729 * 86_400 - 1);
        assert_eq!(certificate.key_usage(), Some(profile.key_usage()));
        assert_eq!(certificate.authority_key_id(), bank::issuing().certificate.subject_key_id());
        assert!(!certificate.is_ca() && !certificate.has_basic_constraints());
        assert_eq!(certificate.serial().len(), 20);
        let roots = std::slice::from_ref(&bank::root().certificate);
        crypto::build_chain(
            &certificate,
            &bank::demo().iter().map(|it| it.certificate.clone()).collect::<Vec<_>>(),
            roots,
            NOW,
        )
        .unwrap();
    }
}

#[test]
fn an_rsa_authority_certifies_a_gost_key() {
    let issuing = &bank::rsa()[1];
    let key = bank::key("gost-512-a", 3);
    let rng = &mut bank::rng(4);
    let profile = bank::profile("client-under-rsa");
    let prepared = prepare(issuing, &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let certificate = sign(issuing, prepared, rng).unwrap();
    assert_eq!(certificate.signature_algorithm().unwrap().name(), "sha256WithRSAEncryption");
    assert_eq!(certificate.public_key().algorithm().to_string(), "gost-512-a");
    assert_eq!(&certificate.public_key().raw_bits()[..3], [0x04, 0x81, 0x80]);
}

#[test]
fn ecdsa_authorities_issue_and_take_up_an_intent() {
    let plan = bank::file("demo/ca.toml").replace("gost-512-a", "ecdsa-p384").replace("gost-256-a", "ecdsa-p256");
    let authorities = bank::create_all(&plan, bank::MADE);
    let (issuing, rng) = (&authorities[1], &mut bank::rng(60));
    let key = bank::key("gost-256-a", 61);
    let prepared = prepare(issuing, &bank::profile("client-any"), rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let again = Prepared::from_intent(prepared.tbs_der().to_vec(), issuing).unwrap();
    let certificate = sign(issuing, again, rng).unwrap();
    crate::openssl::verify(&authorities, &certificate, NOW, &[]).unwrap();
}

#[test]
fn prepared_bytes_are_the_bytes_that_get_signed() {
    let rng = &mut bank::rng(8);
    let key = bank::key("gost-256-a", 9);
    let profile = bank::profile("client-gost-2012");
    let prepared = prepare(bank::issuing(), &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let (tbs, digest, serial) = (prepared.tbs_der().to_vec(), prepared.tbs_sha256(), prepared.serial());
    let dates = (prepared.not_before(), prepared.not_after());
    let certificate = sign(bank::issuing(), prepared, rng).unwrap();
    assert_eq!(certificate.tbs_der(), tbs);
    assert_eq!(digest, crypto::sha256(&tbs));
    assert_eq!(certificate.serial(), serial.as_bytes());
    assert_eq!(dates, (certificate.not_before(), certificate.not_after()));
}

#[test]
fn after_a_restart_the_intent_gives_the_same_certificate_text() {
    let rng = &mut bank::rng(10);
    let key = bank::key("gost-256-b", 11);
    let profile = bank::profile("client-gost-2012");
    let prepared = prepare(bank::issuing(), &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let again = Prepared::from_intent(prepared.tbs_der().to_vec(), bank::issuing()).unwrap();
    assert_eq!((again.serial(), again.not_before(), again.not_after()), (prepared.serial(), NOW, prepared.not_after()));
    assert_eq!(again.tbs_sha256(), prepared.tbs_sha256());
    let (first, second) = (sign(bank::issuing(), prepared, rng).unwrap(), sign(bank::issuing(), again, rng).unwrap());
    assert_eq!(first.tbs_der(), second.tbs_der());
}

#[test]
fn bytes_prepared_for_one_authority_are_not_signed_by_another() {
    let rng = &mut bank::rng(12);
    let key = bank::key("gost-256-a", 13);
    let profile = bank::profile("client-gost-2012");
    let prepare_one =
        |rng: &mut crypto::Rng| prepare(bank::issuing(), &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let prepared = prepare_one(rng);
    assert!(matches!(sign(bank::root(), prepared, rng), Err(Error::Unfit { .. })));
    let intent = prepare_one(rng).tbs_der().to_vec();
    assert!(matches!(Prepared::from_intent(intent, &bank::rsa()[1]), Err(Error::Lint(_))));
}

fn refusal(authority: &Authority, profile: &Profile, subject: Name, algorithm: &str, now: i64) -> PrepareRefusal {
    let key = bank::key(algorithm, 14);
    prepare(authority, profile, subject, key.public_key(), now, BASE, &mut bank::rng(15)).unwrap_err()
}

#[test]
fn policy_refuses_by_name() {
    let profile = bank::profile("client-gost-2012");
    let issuing = bank::issuing();
    let code = |refusal: PrepareRefusal| refusal.code();
    assert_eq!(code(refusal(bank::root(), &profile, rogov(), "gost-256-a", NOW)), "wrong-authority");
    assert_eq!(code(refusal(issuing, &profile, rogov(), "ecdsa-p256", NOW)), "key-algorithm-not-allowed");
    assert_eq!(code(refusal(issuing, &profile, rogov(), "rsa-2048", NOW)), "key-algorithm-not-allowed");
    let nameless = Name::from_pairs([("2.5.4.6", "RU")]).unwrap();
    assert_eq!(code(refusal(issuing, &profile, nameless, "gost-256-a", NOW)), "subject-not-by-profile");
    let name = |common_name: &str, country: &str| {
        Name::from_pairs([
            ("2.5.4.6", country),
            ("2.5.4.7", "Новосибирск"),
            ("2.5.4.10", "ООО"),
            ("2.5.4.3", common_name),
        ])
        .unwrap()
    };
    let findings = |subject| match refusal(issuing, &profile, subject, "gost-256-a", NOW) {
        PrepareRefusal::Lint(findings) => findings.into_iter().map(|finding| finding.lint).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    assert_eq!(findings(name(&"Р".repeat(65), "RU")), ["rfc5280_name_lengths"]);
    assert_eq!(findings(name("Рогов", "ru")), ["rfc5280_string_types"]);
    let snils = Name::from_pairs([
        ("2.5.4.6", "RU"),
        ("2.5.4.7", "Новосибирск"),
        ("2.5.4.10", "ООО"),
        ("1.2.643.100.3", "123"),
        ("2.5.4.3", "Рогов"),
    ]);
    assert_eq!(findings(snils.unwrap()), ["gost_russian_numbers"]);
}

#[test]
fn the_authority_never_certifies_its_own_key() {
    let issuing = bank::issuing();
    let profile = bank::profile("client-gost-2012");
    let refusal = prepare(issuing, &profile, rogov(), issuing.certificate.public_key(), NOW, BASE, &mut bank::rng(16))
        .unwrap_err();
    assert!(matches!(refusal, PrepareRefusal::Lint(findings) if findings[0].lint == "cps_key_not_issuers"));
}

#[test]
fn nothing_ends_after_its_issuer_and_the_last_second_is_still_good() {
    let issuing = bank::issuing();
    let profile = bank::profile("client-gost-2012");
    let last = issuing.certificate.not_after() + 1 - profile.validity_seconds();
    match refusal(issuing, &profile, rogov(), "gost-256-a", last + 1) {
        PrepareRefusal::BeyondIssuer { not_after, issuer_not_after } => assert_eq!(not_after, issuer_not_after + 1),
        other => panic!("{other}"),
    }
    assert_eq!(refusal(issuing, &profile, rogov(), "gost-256-a", bank::MADE - 1).code(), "before-issuer");
    let key = bank::key("gost-256-a", 17);
    let rng = &mut bank::rng(18);
    let prepared = prepare(issuing, &profile, rogov(), key.public_key(), last, BASE, rng).unwrap();
    assert_eq!(prepared.not_after(), issuing.certificate.not_after());
    sign(issuing, prepared, rng).unwrap();
}

#[test]
fn the_turn_of_2049_changes_the_type_of_time_to_the_second() {
    // 2045-01-01T00:00:00Z
    let made = 2_366_841_600;
    let authorities = bank::create_all(&bank::file("demo/ca.toml"), made);
    let issuing = &authorities[1];
    let profile = bank::profile("client-gost-2012");
    let year_2050 = 2_524_608_000;
    let key = bank::key("gost-256-a", 19);
    let rng = &mut bank::rng(20);
    // notAfter at the last second of 2049, then one second later, then both ends behind it.
    let last = year_2050 - profile.validity_seconds();
    for (now, tags) in
        [(last, (0x17, 0x17)), (last + 1, (0x17, 0x18)), (year_2050 - 1, (0x17, 0x18)), (year_2050, (0x18, 0x18))]
    {
        let prepared = prepare(issuing, &profile, rogov(), key.public_key(), now, BASE, rng).unwrap();
        let certificate = sign(issuing, prepared, rng).unwrap();
        let view = CertificateView::parse(certificate.as_der()).unwrap();
        assert_eq!((view.not_before.tag, view.not_after.tag), tags);
        assert_eq!((certificate.not_before(), certificate.not_after()), (now, now + profile.validity_seconds() - 1));
        crate::openssl::verify(&authorities, &certificate, now, &[]).unwrap();
    }
}

#[test]
fn a_private_key_period_is_written_where_the_profile_has_one() {
    let text = bank::file("profiles/client-gost-2012.toml") + "private_key_usage_period = \"457d\"\n";
    let profile = Profile::parse("client-gost-2012", &text).unwrap();
    let key = bank::key("gost-256-a", 21);
    let rng = &mut bank::rng(22);
    let prepared = prepare(bank::issuing(), &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    let certificate = sign(bank::issuing(), prepared, rng).unwrap();
    let view = CertificateView::parse(certificate.as_der()).unwrap();
    assert_eq!(&view.extension("2.5.29.16").unwrap().value[4..19], b"20260102000000Z");
}

/// An authority whose signatures are counted.
pub(crate) fn counted() -> (Authority, Arc<AtomicUsize>) {
    let signatures = Arc::new(AtomicUsize::new(0));
    let key = bank::twin(&bank::key("gost-256-a", 1));
    let signer = bank::Counting { key, signatures: Arc::clone(&signatures) };
    let issuing = bank::issuing();
    let authority =
        Authority::load("issuing", issuing.certificate.clone(), issuing.chain.clone(), Box::new(signer)).unwrap();
    (authority, signatures)
}

#[test]
fn preparing_costs_no_signature_of_the_authority_and_signing_costs_one() {
    let (authority, signatures) = counted();
    let key = bank::key("gost-256-a", 23);
    let rng = &mut bank::rng(24);
    let profile = bank::profile("client-gost-2012");
    let prepared = prepare(&authority, &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    assert_eq!(signatures.load(Ordering::SeqCst), 0);
    sign(&authority, prepared, rng).unwrap();
    assert_eq!(signatures.load(Ordering::SeqCst), 1);
}

#[test]
fn a_key_that_signs_wrongly_gives_no_certificate() {
    struct Liar(PrivateKey);
    impl Signer for Liar {
        fn public_key(&self) -> &crypto::PublicKey {
            self.0.public_key()
        }
        fn signature_algorithm(&self) -> crypto::SignatureAlgorithm {
            self.0.signature_algorithm()
        }
        fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
            self.0.sign(&[message, b"!"].concat(), rng)
        }
    }
    let issuing = bank::issuing();
    let liar = Box::new(Liar(bank::key("gost-256-a", 1)));
    let authority = Authority::load("issuing", issuing.certificate.clone(), issuing.chain.clone(), liar).unwrap();
    let key = bank::key("gost-256-a", 25);
    let rng = &mut bank::rng(26);
    let profile = bank::profile("client-gost-2012");
    let prepared = prepare(&authority, &profile, rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    assert!(matches!(sign(&authority, prepared, rng), Err(Error::Contradiction(_))));
    assert!(matches!(ca::build_crl(&authority, 1, Vec::new(), NOW, NOW + 60, rng), Err(Error::Contradiction(_))));
}
