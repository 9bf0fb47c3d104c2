//! What each fuzz target does with its octets. Beyond "it does not panic" every target states what must hold of whatever it read;
//! a broken statement is a panic and so a finding.

mod family;
pub mod seeds;

use std::sync::OnceLock;

use surguch_crypto::cipher::BlockCipher;
use surguch_crypto::gost::{self, KeyError, ParameterSet};
use surguch_crypto::legacy2001::MigrationKey;
use surguch_crypto::ocsp::{OcspRequest, OcspResponse};
use surguch_crypto::pkcs12::Pfx;
use surguch_crypto::tsp::{TimeStampQuery, TimeStampToken};
use surguch_crypto::{
    Certificate, ContentInfo, Crl, Csr, Error, Extension, Kind, Name, PrivateKey, PublicKey, SignatureAlgorithm,
    SignedData, Signer as _, SigningCertificate, check_der, der_or_pem, kdf, pem_decode, pem_encode,
};

pub use family::chain;

/// A certificate: read, asked for everything, checked against itself.
pub fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::from_der(data) else { return };
    assert_eq!(certificate.as_der(), data);
    assert!(!certificate.serial().is_empty() && certificate.serial().len() <= 20);
    let _ = certificate.certificate_policies();
    let _ = certificate.crl_distribution_points();
    let _ = certificate.unknown_critical_extensions().count();
    read_each(certificate.extensions());
    let _ = format!("{certificate:?} {} {}", certificate.subject(), certificate.issuer().to_openssl_subject());
    // With itself as the anchor nothing is looked at but the certificate; with itself as the issuer, its signature.
    let _ =
        surguch_crypto::build_chain(&certificate, &[], std::slice::from_ref(&certificate), certificate.not_before());
    let _ = certificate.verify_issued_by(&certificate);
}

/// For tools that show them.
fn read_each(extensions: &[Extension]) {
    for extension in extensions {
        let _ = format!("{:?}", extension.read());
    }
}

/// The value of an extension; the first octet of the input says of which.
pub fn extension(data: &[u8]) {
    let Some((&pick, value)) = data.split_first() else { return };
    let oid = seeds::EXTENSIONS[usize::from(pick) % seeds::EXTENSIONS.len()].to_owned();
    let extension = Extension { oid, critical: false, value: value.to_vec() };
    match extension.read() {
        Ok(value) => drop(format!("{value:?}")),
        Err(error) => assert!(!matches!(error, Error::Internal(_)), "{error}"),
    }
}

/// A request.
pub fn csr(data: &[u8]) {
    let Ok(csr) = Csr::from_der(data) else { return };
    assert_eq!(csr.as_der(), data);
    let _ = format!("{csr:?} {}", csr.subject());
    read_each(csr.requested_extensions());
    let _ = csr.verify();
}

/// A list; what it holds is found in it again.
pub fn crl(data: &[u8]) {
    let Ok(crl) = Crl::from_der(data) else { return };
    assert_eq!(crl.as_der(), data);
    read_each(crl.extensions());
    for entry in crl.revoked().iter().take(16) {
        assert!(crl.contains(&entry.serial).is_some());
    }
    assert!(crl.check_time(crl.this_update()).is_ok() || crl.next_update() < crl.this_update());
    let _ = crl.verify_issued_by(family::authority());
}

/// A signed message, with and without content, with and without the signer's certificate beside it; written again it is read as the same.
pub fn signed_data(data: &[u8]) {
    let Ok(message) = SignedData::from_der(data) else { return };
    let candidates = std::slice::from_ref(family::authority());
    for content in [None, Some(&b"x"[..]), message.content()] {
        for policy in [SigningCertificate::Required, SigningCertificate::Optional] {
            let all = message.verify_with(content, candidates, policy);
            let each = message.verify_each(content, candidates, policy);
            if let Ok(all) = all {
                let each: Result<Vec<_>, Error> = each.expect("the content is at hand").into_iter().collect();
                assert_eq!(each, Ok(all));
            }
        }
    }
    for (number, signer) in message.signers().iter().enumerate() {
        let _ = (signer.signing_time(), signer.signature().len(), signer.countersignatures(), signer.time_stamps());
        let _ = message.verify_countersignatures(number, candidates, SigningCertificate::Optional);
        assert!(
            candidates.iter().all(|candidate| !signer.is_named(candidate)) || signer.signature().len() < data.len()
        );
    }
    let _ = message.verify_time_stamped(None, candidates, candidates, 1_798_761_600);
    let _ = format!("{message:?} {}", message.content_type());
    let again = message.to_der().expect("what is read is not too long to be written");
    let again = SignedData::from_der(&again).expect("what is written is read");
    assert_eq!((again.content(), again.signers().len()), (message.content(), message.signers().len()));
}

/// A message of any other kind, opened with a key that the seeds are enciphered for.
pub fn message(data: &[u8]) {
    match ContentInfo::from_der(data) {
        Ok(ContentInfo::Enveloped(message)) => {
            let (key, certificate) = family::recipient();
            let _ = message.decrypt(key, certificate, std::slice::from_ref(certificate));
            let _ = format!("{message:?} {} {}", message.content_type(), message.recipient_count());
            let _ = message.recipients().len();
        }
        Ok(ContentInfo::Digested(message)) => {
            let _ = (message.verify(None).is_ok(), message.verify(Some(b"x")).is_ok(), format!("{message:?}"));
        }
        Ok(ContentInfo::Encrypted(message)) => {
            let _ = (message.decrypt(&[7; 32]).is_ok(), format!("{message:?} {}", message.content_type()));
        }
        Ok(ContentInfo::Signed(_)) | Err(_) => {}
    }
}

/// A question to a responder and its answer.
pub fn ocsp(data: &[u8]) {
    let authority = family::authority();
    let request = OcspRequest::from_der(data);
    if let Ok(request) = &request {
        let again = request.to_der().expect("what is read can be written");
        assert_eq!(OcspRequest::from_der(&again).as_ref(), Ok(request));
    }
    if let Ok(response) = OcspResponse::from_der(data) {
        let _ = (response.labels().count(), response.certificates().len(), format!("{response:?}"));
        assert_eq!(response.unverified_answers().count(), response.labels().count());
        let _ = response.responder_name();
        let at = response.produced_at();
        let issuers = response.certificates().to_vec();
        for issuer in issuers.iter().take(4).chain([authority]) {
            if let Ok(verified) = response.clone().verify(issuer, &[], at) {
                let _ = verified.status(authority, issuer, at, 1);
            }
        }
    }
}

/// A question to a time stamping authority, its answer, and a stamp by itself.
pub fn time_stamp(data: &[u8]) {
    if let Ok(query) = TimeStampQuery::from_der(data) {
        let again = query.to_der().expect("what is read can be written");
        assert_eq!(TimeStampQuery::from_der(&again), Ok(query));
    }
    for token in [TimeStampToken::from_der(data), TimeStampToken::from_response_der(data)].into_iter().flatten() {
        let _ = token.verify(b"x", &[]);
        let _ = (token.time(), token.policy().len(), token.serial().len(), format!("{token:?}"));
    }
}

/// A PKCS#12 file with the password "x".
pub fn pkcs12(data: &[u8]) {
    if !is_slow(data) {
        let _ = Pfx::from_der(data, "x");
    }
}

/// What lies inside a PKCS#12 file, under a code that fits: the fuzzer would not find one.
pub fn pkcs12_safe(data: &[u8]) {
    static KEY: OnceLock<[u8; 96]> = OnceLock::new();
    if is_slow(data) || data.len() > 0x4000 {
        return;
    }
    let key = KEY.get_or_init(|| {
        let mut key = [0; 96];
        surguch_crypto::kdf::pbkdf2_streebog512(b"x", &[1; 8], 1, &mut key);
        key
    });
    let code = surguch_crypto::kdf::hmac_streebog512(&key[64..], &[data]);
    // MacData { DigestInfo { { Streebog-512 }, code }, salt }, one iteration by default.
    let mac = [
        &[0x30, 0x5a, 0x30, 0x4e, 0x30, 0x0a, 6, 8, 0x2a, 0x85, 3, 7, 1, 1, 2, 3, 4, 0x40][..],
        code.as_slice(),
        &[4, 8],
        &[1; 8],
    ]
    .concat();
    let data_type = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let safe = seeds::long(0x30, &[&data_type[..], &seeds::long(0xa0, &seeds::long(4, data))].concat());
    let file = seeds::long(0x30, &[&[2, 1, 3][..], &safe, &mac].concat());
    // A code that did not fit would leave all that is inside untried.
    if data.is_empty() {
        assert!(matches!(Pfx::from_der(&file, "x"), Err(Error::Malformed { .. })), "the code must fit");
    }
    let _ = Pfx::from_der(&file, "x");
}

/// Counts of iterations that are legal and slow (INTEGER from 2,304 on): time is not what is tried here.
fn is_slow(data: &[u8]) -> bool {
    data.windows(3).any(|window| matches!(window, [2, 3 | 4, _] | [2, 2, 0x09..=0xff]))
}

/// A key in the clear: written again it is the same key, and it signs.
pub fn private_key(data: &[u8]) {
    let Ok(key) = PrivateKey::from_pkcs8_der(data) else { return };
    let again = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).expect("what is written is read");
    assert_eq!(again.public_key(), key.public_key());
    let signature = key.sign(b"x", &mut family::rng()).expect("a key that was read signs");
    key.public_key().verify(key.signature_algorithm(), b"x", &signature).expect("what is signed verifies");
}

/// A key under a password.
pub fn encrypted_private_key(data: &[u8]) {
    if !is_slow(data) {
        let _ = PrivateKey::from_encrypted_pkcs8_der(data, b"x");
        let _ = MigrationKey::from_encrypted_pkcs8_der(data, b"x");
    }
}

/// A key of GOST R 34.10-2001: no reader takes a key for one of both standards.
pub fn migration_key(data: &[u8]) {
    if let Ok(key) = MigrationKey::from_pkcs8_der(data) {
        let _ = format!("{:?}", key.public_key());
        assert!(PrivateKey::from_pkcs8_der(data).is_err());
    }
}

/// A public key: written canonically it is the same key.
pub fn public_key(data: &[u8]) {
    let Ok(key) = PublicKey::from_spki_der(data) else { return };
    let again = PublicKey::from_spki_der(&key.to_spki_der()).expect("what is written is read");
    assert_eq!(again, key);
    assert_eq!(again.spki_sha256(), key.spki_sha256());
    let signature = [1; 64];
    let _ = key.verify(key.algorithm().signature_algorithm(), data, &signature);
}

/// Armour: what came out goes in again and comes out the same.
pub fn pem(data: &[u8]) {
    let _ = der_or_pem(data, "CERTIFICATE");
    let Ok(text) = core::str::from_utf8(data) else { return };
    match pem_decode(text) {
        Ok(blocks) => {
            for (label, der) in blocks {
                assert_eq!(pem_decode(&pem_encode(&label, &der)), Ok(vec![(label, der)]));
            }
        }
        Err(error) => assert!(error.offset().is_none_or(|offset| text.is_char_boundary(offset))),
    }
}

/// A name: written again it is the same octets.
pub fn name(data: &[u8]) {
    let Ok(name) = Name::from_der(data) else { return };
    assert_eq!(name.to_der(), data);
    let _ = format!("{name} {}", name.to_openssl_subject());
    assert_eq!(name.pairs().is_empty(), name.is_empty());
}

/// Shapes: a reader that takes the octets agrees about the kind, and an offset lies inside.
pub fn kind(data: &[u8]) {
    let kind = Kind::of_der(data);
    for error in [kind.as_ref().err(), check_der(data).as_ref().err()].into_iter().flatten() {
        assert!(error.offset().is_none_or(|offset| offset <= data.len()));
    }
    let agrees = |outcome: Option<Error>, of: Kind| match outcome {
        None => assert_eq!(kind, Ok(of)),
        Some(error) => assert!(error.offset().is_none_or(|offset| offset <= data.len()), "{error}"),
    };
    agrees(Certificate::from_der(data).err(), Kind::Certificate);
    agrees(Csr::from_der(data).err(), Kind::Csr);
    agrees(Crl::from_der(data).err(), Kind::Crl);
    agrees(PublicKey::from_spki_der(data).err(), Kind::PublicKey);
    agrees(PrivateKey::from_pkcs8_der(data).err(), Kind::PrivateKey);
    agrees(SignedData::from_der(data).err(), Kind::SignedData);
    agrees(OcspRequest::from_der(data).err(), Kind::OcspRequest);
    agrees(OcspResponse::from_der(data).err(), Kind::OcspResponse);
    agrees(TimeStampQuery::from_der(data).err(), Kind::TimeStampRequest);
    agrees(TimeStampToken::from_response_der(data).err(), Kind::TimeStampResponse);
    agrees(MigrationKey::from_pkcs8_der(data).err(), Kind::PrivateKey);
}

/// What takes octets without a container around them: keys as numbers, digests, signatures, blocks, vectors, of any length.
pub fn numbers(data: &[u8]) {
    let Some((&[pick, cut], octets)) = data.split_first_chunk::<2>() else { return };
    let set = ParameterSet::ALL[usize::from(pick) % ParameterSet::ALL.len()];
    let (first, second) = octets.split_at(usize::from(cut).min(octets.len()));
    let rng = &mut family::rng();

    // Keys, and what is done with them: prepared or not, the verdict is the same, and both sides agree.
    let (_, certificate) = family::recipient();
    let point = gost::PublicKey::from_le_bytes(set, first);
    if let Ok(point) = &point {
        assert_eq!(point.to_le_bytes(), first);
        let digest = &second[..second.len().min(set.octets())];
        let _ = point.verify_digest(digest, &second[digest.len()..]);
    }
    if let Ok(key) = gost::PrivateKey::from_le_bytes(set, first) {
        let public = key.public_key();
        assert_eq!(
            &gost::PublicKey::from_le_bytes(set, &public.to_le_bytes()).expect("what was made is taken"),
            public
        );
        match key.sign_digest(second, rng) {
            Ok(signature) => {
                assert!(public.verify_digest(second, &signature));
                assert!(public.prepare().verify_digest(second, &signature));
            }
            Err(error) => assert!(error == KeyError::DigestLength && second.len() != set.octets()),
        }
        let other = gost::PrivateKey::generate(set, rng);
        assert_eq!(key.agree(other.public_key(), second), other.agree(public, second));
    }
    for algorithm in SignatureAlgorithm::ALL {
        let _ = certificate.public_key().verify(algorithm, first, second);
    }
    let _ = certificate.public_key().verify_ready_digest(first, second);
    let (_, rsa) = family::rsa();
    let _ = rsa.verify_ready_rsa_block(first, second);
    let _ = rsa.verify(SignatureAlgorithm::RsaSha256, first, second);

    // Ciphers: modes undo themselves whatever the lengths, or refuse.
    let key = [pick; 32];
    for cipher in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
        let mut text = second.to_vec();
        for section in [usize::from(cut), 8 * usize::from(cut)] {
            let done = cipher.ctr_acpkm(&key, first, section, &mut text);
            assert_eq!(cipher.ctr_acpkm(&key, first, section, &mut text), done);
            assert!(text == second);
            let _ = cipher.omac_acpkm(&key, section, usize::from(pick), second);
        }
        let _ = (cipher.encrypt_block(&key, &mut text), cipher.omac(&key, &[first, second]));
        let _ = (cipher.import_key(first, &key, &key, second), cipher.export_key(&key, &key, &key, first));
    }
    let _ = (kdf::kdf_256(first, second, first), kdf::kdf_tree_256(first, second, first));
}
