//! Time stamps, certificate status, several signers, countersignatures and signatures judged in the past.

use surguch_crypto::ocsp::{CertificateLabel, CertificateStatus, LabelHash, OcspRequest, OcspResponse};
use surguch_crypto::tsp::{TimeStampQuery, TimeStampToken};
use surguch_crypto::{
    Certificate, CmsSigner, DigestAlgorithm, Error, Extension, PrivateKey, SignedData, Signer, SigningCertificate,
    sign_cms, sign_cms_by_all,
};

use crate::support::{DAY, NOW, Plan, base64, certificate, key, name, rng, root, vector};

const STAMPED_AT: i64 = 1_795_363_437; // 2026-11-22T16:03:57Z

#[test]
fn the_stamp_of_openssl_is_read_and_verified() {
    let query = TimeStampQuery::from_der(&base64("openssl-gost/tsp-query.b64")).unwrap();
    assert_eq!(query.digest_algorithm, DigestAlgorithm::Streebog256);
    assert_eq!(query.nonce.as_deref(), Some(&[0xd0, 0x1f, 0x3d, 0xc8, 0xf8, 0xa6, 0xca, 0x50][..]));
    assert!(query.wants_certificate && query.policy.is_none());
    let text = vector("openssl-gost/msg.txt");
    let ours = TimeStampQuery::about(&text, query.digest_algorithm, query.nonce.as_deref().unwrap());
    assert_eq!(ours, query);

    let token = TimeStampToken::from_response_der(&base64("openssl-gost/tsp-reply.b64")).unwrap();
    token.check_answers(&query).unwrap();
    assert_eq!((token.time(), token.policy()), (STAMPED_AT, "1.2.3.4.1"));
    let tsa = certificate("openssl-gost/tsa.pem");
    let stamp = token.verify(&text, &[]).unwrap();
    assert_eq!((stamp.time, &stamp.authority), (STAMPED_AT, &tsa));
    tsa.verify_issued_by(&certificate("openssl-gost/g256-TCA-ca.pem")).unwrap();
    assert_eq!(token.verify(b"other", &[]).err(), Some(Error::Invalid { what: "time-stamp-imprint" }));

    let mut other = query.clone();
    other.nonce = Some(vec![1]);
    assert_eq!(token.check_answers(&other), Err(Error::Invalid { what: "time-stamp-nonce" }));
    other = TimeStampQuery { policy: Some("1.2.3.4.2".to_owned()), ..query.clone() };
    assert_eq!(token.check_answers(&other), Err(Error::Invalid { what: "time-stamp-policy" }));
    other = TimeStampQuery::about(b"other", DigestAlgorithm::Streebog256, &[1]);
    assert_eq!(token.check_answers(&other), Err(Error::Invalid { what: "time-stamp-imprint" }));

    // A stamp is no signature over a document.
    let message = SignedData::from_der(token.as_der()).unwrap();
    assert!(matches!(message.verify(None, &[]), Err(Error::Unsupported { .. })));
    // An answer without a stamp.
    let refused = TimeStampToken::from_response_der(&[0x30, 5, 0x30, 3, 2, 1, 2]);
    assert_eq!(refused, Err(Error::Unsupported { what: "time stamp answer", name: "status 2".to_owned() }));
}

const YEAR: u32 = 366 * 24 * 3600;

#[test]
fn the_status_of_openssl_is_read_and_verified() {
    let request = OcspRequest::from_der(&base64("openssl-gost/ocsp-request.b64")).unwrap();
    let (leaf, issuer) = (certificate("openssl-gost/leaf-g256-TCA.pem"), certificate("openssl-gost/g256-TCA-ca.pem"));
    let label = CertificateLabel::of(LabelHash::Sha1, &issuer, leaf.serial());
    assert_eq!(request, OcspRequest { certificates: vec![label.clone()], nonce: None });
    assert_eq!(request.to_der().unwrap(), base64("openssl-gost/ocsp-request.b64"), "octet for octet");
    assert!(label.means(&leaf, &issuer) && !label.means(&issuer, &issuer));

    let der = base64("openssl-gost/ocsp-response.b64");
    let response = OcspResponse::from_der(&der).unwrap();
    response.check_answers(&request).unwrap();
    let at = response.produced_at();
    let verified = response.clone().verify(&issuer, &[], at).unwrap();
    assert_eq!(verified.status(&leaf, &issuer, at, YEAR), Ok(CertificateStatus::Good));
    assert_eq!(verified.status(&issuer, &issuer, at, YEAR), Err(Error::Invalid { what: "ocsp-certificate" }));
    assert_eq!(verified.status(&leaf, &issuer, at - DAY, YEAR), Err(Error::Invalid { what: "ocsp-not-yet-valid" }));
    assert_eq!(verified.status(&leaf, &issuer, at + 40_000 * DAY, YEAR), Err(Error::Invalid { what: "ocsp-expired" }));
    // Nobody else answers for this authority, and nothing else was signed.
    let stranger = certificate("openssl-gost/g256-B-ca.pem");
    assert_eq!(response.clone().verify(&stranger, &[], at).err(), Some(Error::Invalid { what: "ocsp-responder" }));
    let mut asked = request;
    asked.nonce = Some(vec![1, 2, 3]);
    assert_eq!(response.check_answers(&asked), Err(Error::Invalid { what: "ocsp-nonce" }));
    assert_eq!(OcspRequest::from_der(&asked.to_der().unwrap()), Ok(asked));
    for (status, word) in [(3, "tryLater"), (6, "unauthorized"), (9, "unknown status")] {
        let refused = OcspResponse::from_der(&[0x30, 3, 0x0a, 1, status]);
        assert_eq!(refused, Err(Error::Unsupported { what: "OCSP answer", name: word.to_owned() }));
    }
}

/// Lengths in the long form of two octets throughout would not be DER; these are minimal.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let length = match body.len() {
        ..0x80 => vec![length[1]],
        0x80..0x100 => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [vec![tag], length, body].concat()
}

fn generalized(text: &str) -> Vec<u8> {
    tlv(0x18, &[text.as_bytes()])
}

/// A responder of our own making: one answer, signed by `key`, naming itself by `responder`, with one certificate inside.
pub(crate) fn answer(label: &CertificateLabel, status: &[u8], key: &PrivateKey, responder: &Certificate) -> Vec<u8> {
    let request = OcspRequest { certificates: vec![label.clone()], nonce: None }.to_der().unwrap();
    // SEQUENCE { SEQUENCE { SEQUENCE { SEQUENCE { CertID }}}}, all short.
    let label = &request[8..];
    let single =
        tlv(0x30, &[label, status, &generalized("20270101000000Z"), &tlv(0xa0, &[&generalized("20270102000000Z")])]);
    let tbs =
        tlv(0x30, &[&tlv(0xa1, &[responder.subject_der()]), &generalized("20270101000000Z"), &tlv(0x30, &[&single])]);
    let signature = key.sign(&tbs, &mut rng(1)).unwrap();
    let basic = tlv(
        0x30,
        &[
            &tbs,
            &key.signature_algorithm_der(),
            &tlv(3, &[&[0], &signature]),
            &tlv(0xa0, &[&tlv(0x30, &[responder.as_der()])]),
        ],
    );
    let kind = [6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    tlv(0x30, &[&[0x0a, 1, 0], &tlv(0xa0, &[&tlv(0x30, &[&kind, &tlv(4, &[&basic])])])])
}

/// The AlgorithmIdentifier of a signature, cut out of something the crate assembles.
trait SignatureAlgorithmDer {
    fn signature_algorithm_der(&self) -> Vec<u8>;
}

impl SignatureAlgorithmDer for PrivateKey {
    fn signature_algorithm_der(&self) -> Vec<u8> {
        let assembled = surguch_crypto::assemble(&[], self.signature_algorithm(), &[]);
        assembled[2..assembled.len() - 3].to_vec()
    }
}

#[test]
fn a_responder_answers_for_the_authority_that_certified_it_for_that() {
    let (root_key, key, leaf_key) = (key("gost-256-a", 1), key("gost-512-a", 2), key("gost-256-b", 3));
    let root = root("Root", &root_key);
    let leaf = Plan::leaf("Rogov", &leaf_key, root.subject(), &root_key).sign(&root_key);
    let mut plan = Plan::leaf("Responder", &key, root.subject(), &root_key);
    let plain = plan.sign(&root_key);
    plan.tbs.extensions.push(Extension::extended_key_usage(["1.3.6.1.5.5.7.3.9"]).unwrap());
    let responder = plan.sign(&root_key);
    let label = CertificateLabel::of(LabelHash::Digest(DigestAlgorithm::Streebog256), &root, leaf.serial());
    let ask = |status: &[u8], key: &PrivateKey, responder: &Certificate, issuer: &Certificate| {
        OcspResponse::from_der(&answer(&label, status, key, responder)).unwrap().verify(issuer, &[], NOW)
    };
    let good = ask(&[0x80, 0], &key, &responder, &root).unwrap();
    assert_eq!(good.status(&leaf, &root, NOW, 0), Ok(CertificateStatus::Good));
    assert_eq!(good.status(&leaf, &root, NOW + 2 * DAY, YEAR), Err(Error::Invalid { what: "ocsp-expired" }));
    let unknown = ask(&[0x82, 0], &key, &responder, &root).unwrap();
    assert_eq!(unknown.status(&leaf, &root, NOW, 0), Ok(CertificateStatus::Unknown));
    let revoked = tlv(0xa1, &[&generalized("20261231235959Z"), &tlv(0xa0, &[&[0x0a, 1, 1]])]);
    let revoked = ask(&revoked, &key, &responder, &root).unwrap();
    assert_eq!(revoked.status(&leaf, &root, NOW, 0), Ok(CertificateStatus::Revoked { at: NOW - 1, reason: Some(1) }));
    // Certified, but not for this; certified for this, but by another authority; not the key of the certificate.
    let refused = Some(Error::Invalid { what: "ocsp-responder" });
    assert_eq!(ask(&[0x80, 0], &key, &plain, &root).err(), refused);
    let other_key = crate::support::key("gost-256-a", 9);
    let other = crate::support::root("Root", &other_key);
    assert_eq!(ask(&[0x80, 0], &key, &responder, &other).err(), refused);
    assert_eq!(
        ask(&[0x80, 0], &leaf_key, &responder, &root).err(),
        Some(Error::Invalid { what: "signature-algorithm" })
    );
    // The authority itself answers without being certified for it.
    let own = ask(&[0x80, 0], &root_key, &root, &root).unwrap();
    assert_eq!(own.status(&leaf, &root, NOW, 0), Ok(CertificateStatus::Good));
}

struct Person {
    key: PrivateKey,
    certificate: Certificate,
}

/// Somebody certified by the authority of these tests.
fn person(who: &str, word: &str, seed: u64) -> Person {
    let root_key = authority_key();
    let key = key(word, seed);
    let mut plan = Plan::leaf(who, &key, &name("Root"), &root_key);
    plan.tbs.serial = vec![7, seed as u8];
    let certificate = plan.sign(&root_key);
    Person { key, certificate }
}

fn authority_key() -> PrivateKey {
    key("gost-256-d", 90)
}

fn authority() -> Certificate {
    root("Root", &authority_key())
}

impl Person {
    fn by(&self) -> CmsSigner<'_> {
        CmsSigner { signer: &self.key, certificate: &self.certificate }
    }
}

const TEXT: &[u8] = "Акт приёма-передачи".as_bytes();

#[test]
fn several_sign_and_all_of_them_are_verified() {
    let people =
        [person("Rogov", "gost-256-a", 1), person("Ivanov", "gost-512-c", 2), person("Ivanov 2", "rsa-2048", 3)];
    for detached in [false, true] {
        let by: Vec<_> = people.iter().map(Person::by).collect();
        let der = sign_cms_by_all(TEXT, detached, &by, &[authority()], NOW, &mut rng(1)).unwrap();
        let message = SignedData::from_der(&der).unwrap();
        assert_eq!(message.to_der().unwrap(), der, "what is read is written");
        assert_eq!(message.certificates().len(), 4);
        let signers = message.verify(Some(TEXT), &[]).unwrap();
        assert_eq!(signers.len(), 3);
        for person in &people {
            assert!(signers.iter().any(|signer| signer.certificate == person.certificate));
        }
        assert!(message.verify(Some(b"other"), &[]).is_err());
    }
    let nobody = sign_cms_by_all(TEXT, true, &[], &[], NOW, &mut rng(1));
    assert_eq!(nobody, Err(Error::Invalid { what: "signers" }));
    let crowd = vec![people[0].by(); 17];
    assert!(matches!(sign_cms_by_all(TEXT, true, &crowd, &[], NOW, &mut rng(1)), Err(Error::Malformed { .. })));
}

#[test]
fn a_countersignature_is_over_the_signature() {
    let (first, second) = (person("Rogov", "gost-256-a", 1), person("Ivanov", "gost-512-a", 2));
    let der = sign_cms(TEXT, false, &first.key, &first.certificate, &[], NOW, &mut rng(1)).unwrap();
    let message = SignedData::from_der(&der).unwrap();
    assert_eq!(message.verify_countersignatures(0, &[], SigningCertificate::Required), Ok(Vec::new()));
    let countersigned = message.clone().with_countersignature(0, &second.by(), NOW + 60, &mut rng(2)).unwrap();
    let read = SignedData::from_der(&countersigned.to_der().unwrap()).unwrap();
    assert_eq!(read, countersigned);
    assert_eq!(read.verify(None, &[]).unwrap(), message.verify(None, &[]).unwrap(), "the first signature is as it was");
    let counter = read.verify_countersignatures(0, &[], SigningCertificate::Required).unwrap();
    assert_eq!(counter.len(), 1);
    assert_eq!((&counter[0].certificate, counter[0].signing_time), (&second.certificate, Some(NOW + 60)));
    assert_eq!(counter[0].content, read.signers()[0].signature());

    // Taken over to another signature it is worth nothing.
    let other = sign_cms(b"other", false, &first.key, &first.certificate, &[], NOW, &mut rng(3)).unwrap();
    let from = read.signers()[0].signature().to_vec();
    let to = SignedData::from_der(&other).unwrap().signers()[0].signature().to_vec();
    let bent = crate::support::replace_once(&read.to_der().unwrap(), &from, &to);
    let bent = SignedData::from_der(&bent).unwrap();
    let refused = bent.verify_countersignatures(0, &[], SigningCertificate::Required);
    assert_eq!(refused, Err(Error::Invalid { what: "message-digest" }));
    // Two of them, and nobody to countersign.
    let third = person("Ivanov 2", "ecdsa-p256", 3);
    let twice = read.with_countersignature(0, &third.by(), NOW, &mut rng(4)).unwrap();
    let twice = SignedData::from_der(&twice.to_der().unwrap()).unwrap();
    assert_eq!(twice.verify_countersignatures(0, &[], SigningCertificate::Required).unwrap().len(), 2);
    let nobody = twice.with_countersignature(1, &third.by(), NOW, &mut rng(4)).err();
    assert_eq!(nobody, Some(Error::Invalid { what: "signers" }));
}

/// A time-stamping authority of our own making: CMS over TSTInfo, with the attributes sign_cms does not write.
struct Stamper {
    key: PrivateKey,
    certificate: Certificate,
}

impl Stamper {
    fn new(purposes: &[&str], critical: bool) -> Self {
        let root_key = authority_key();
        let key = key("gost-256-c", 60);
        let mut plan = Plan::leaf("Stamps", &key, &name("Root"), &root_key);
        let mut purposes = Extension::extended_key_usage(purposes.iter().copied()).unwrap();
        purposes.critical = critical;
        plan.tbs.extensions.push(purposes);
        plan.tbs.not_after = NOW + 3_650 * DAY;
        let certificate = plan.sign(&root_key);
        Self { key, certificate }
    }

    fn stamp(&self, data: &[u8], time: &str) -> TimeStampToken {
        let query = TimeStampQuery::about(data, DigestAlgorithm::Streebog256, &[9; 8]).to_der().unwrap();
        // SEQUENCE { INTEGER 1, messageImprint …: 10 + 2 + 34 octets.
        let imprint = &query[5..5 + 48];
        let info = tlv(0x30, &[&[2, 1, 1, 6, 2, 0x2a, 3], imprint, &[2, 1, 7], &generalized(time)]);
        // Signed as data by the crate, and the type put right in both places before signing again by hand.
        let attribute = |oid: &[u8], value: &[u8]| tlv(0x30, &[&tlv(6, &[oid]), &tlv(0x31, &[value])]);
        let stamp_type = tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 1, 4]]);
        let pkcs9 = |last: &[u8]| [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9], last].concat();
        let digest = DigestAlgorithm::Streebog256;
        let label =
            tlv(0x30, &[&tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[&surguch_crypto::sha256(self.certificate.as_der())])])])]);
        let mut attributes = [
            attribute(&pkcs9(&[3]), &stamp_type),
            attribute(&pkcs9(&[4]), &tlv(4, &[&digest.digest(&info)])),
            attribute(&pkcs9(&[16, 2, 47]), &label),
        ];
        attributes.sort();
        let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        let signature = self.key.sign(&tlv(0x31, &attributes), &mut rng(1)).unwrap();
        let streebog = tlv(0x30, &[&[6, 8, 0x2a, 0x85, 3, 7, 1, 1, 2, 2]]);
        let serial = tlv(2, &[&[0], self.certificate.serial()]);
        let signer = tlv(
            0x30,
            &[
                &[2, 1, 1],
                &tlv(0x30, &[self.certificate.issuer_der(), &serial]),
                &streebog,
                &tlv(0xa0, &attributes),
                &self.key.signature_algorithm_der(),
                &tlv(4, &[&signature]),
            ],
        );
        let data = tlv(
            0x30,
            &[
                &[2, 1, 3],
                &tlv(0x31, &[&streebog]),
                &tlv(0x30, &[&stamp_type, &tlv(0xa0, &[&tlv(4, &[&info])])]),
                &tlv(0xa0, &[self.certificate.as_der()]),
                &tlv(0x31, &[&signer]),
            ],
        );
        let signed_data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
        TimeStampToken::from_der(&tlv(0x30, &[&signed_data, &tlv(0xa0, &[&data])])).unwrap()
    }
}

#[test]
fn a_stamped_signature_outlives_its_certificate() {
    let signer = person("Rogov", "gost-512-a", 1);
    let stamper = Stamper::new(&["1.3.6.1.5.5.7.3.8"], true);
    let root = authority();
    let der = sign_cms(TEXT, false, &signer.key, &signer.certificate, &[], NOW, &mut rng(1)).unwrap();
    let message = SignedData::from_der(&der).unwrap();
    let signature = message.signers()[0].signature().to_vec();
    // The signer's certificate ends a year after NOW; the question is asked two years after it. The root of the tests must last that long too.
    let anchor = {
        let root_key = authority_key();
        let mut plan = Plan::authority("Root", &root_key, &name("Root"), &root_key, None);
        plan.tbs.not_after = NOW + 3_650 * DAY;
        plan.sign(&root_key)
    };
    let anchors = std::slice::from_ref(&anchor);
    let later = NOW + 730 * DAY;
    let judge = |message: &SignedData, at| {
        let read = SignedData::from_der(&message.to_der().unwrap()).unwrap();
        read.verify_time_stamped(None, &[], anchors, at)
    };
    assert_eq!(judge(&message, later), Err(Error::Invalid { what: "time-stamp" }));
    let early = stamper.stamp(&signature, "20270102000000Z");
    let late = stamper.stamp(&signature, "20270301000000.25Z");
    let stamped = message.clone().with_time_stamp(0, &late).unwrap().with_time_stamp(0, &early).unwrap();
    let proven = judge(&stamped, later).unwrap();
    assert_eq!(proven.len(), 1);
    assert_eq!(proven[0].existed_at, NOW + DAY);
    assert_eq!(proven[0].signer.certificate, signer.certificate);
    assert_eq!(proven[0].chain, [signer.certificate.clone(), anchor.clone()]);
    assert_eq!(proven[0].time_stamp_authority, stamper.certificate);
    // Asked before the stamp was given; given when the certificate had ended; when the authority of stamps itself has no chain.
    assert_eq!(judge(&stamped, NOW + DAY - 1), Err(Error::Invalid { what: "time-stamp-time" }));
    let too_late = message.clone().with_time_stamp(0, &stamper.stamp(&signature, "20290101000000Z")).unwrap();
    assert_eq!(judge(&too_late, NOW + 800 * DAY), Err(Error::Invalid { what: "certificate-expired" }));
    let read = stamped.verify_time_stamped(None, &[], std::slice::from_ref(&root), later);
    assert_eq!(read, Err(Error::Invalid { what: "certificate-expired" }), "the short root has ended");
    // Stamps without end cost a verifier its day.
    let crowd = (0..9).try_fold(message.clone(), |message, _| message.with_time_stamp(0, &early)).unwrap();
    assert!(matches!(judge(&crowd, later), Err(Error::Malformed { .. })));
    // A stamp on something else is not attached, and one that somebody attached is not believed.
    let other = stamper.stamp(b"other", "20270102000000Z");
    let refused = message.clone().with_time_stamp(0, &other).err();
    assert_eq!(refused, Some(Error::Invalid { what: "time-stamp-imprint" }));
    for (purposes, critical) in [
        (&["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.4"][..], true),
        (&["1.3.6.1.5.5.7.3.8"], false),
        (&["1.3.6.1.5.5.7.3.4"], true),
    ] {
        let token = Stamper::new(purposes, critical).stamp(&signature, "20270102000000Z");
        let stamped = message.clone().with_time_stamp(0, &token).unwrap();
        assert_eq!(judge(&stamped, later), Err(Error::Invalid { what: "time-stamp-authority" }));
    }
}
