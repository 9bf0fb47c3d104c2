//! What each fuzz target does with its octets. Beyond "it does not panic" every target states what must hold of whatever it read;
//! a broken statement is a panic and so a finding.

mod family;
pub mod seeds;

use surguch_crypto::{
    Certificate, Crl, Csr, Error, Kind, Name, PrivateKey, PublicKey, SignedData, Signer as _, SigningCertificate,
    check_der, der_or_pem, pem_decode, pem_encode,
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
    let _ = format!("{certificate:?} {} {}", certificate.subject(), certificate.issuer().to_openssl_subject());
    // With itself as the anchor nothing is looked at but the certificate; with itself as the issuer, its signature.
    let _ =
        surguch_crypto::build_chain(&certificate, &[], std::slice::from_ref(&certificate), certificate.not_before());
    let _ = certificate.verify_issued_by(&certificate);
}

/// A request.
pub fn csr(data: &[u8]) {
    let Ok(csr) = Csr::from_der(data) else { return };
    assert_eq!(csr.as_der(), data);
    let _ = format!("{csr:?} {}", csr.subject());
    let _ = csr.verify();
}

/// A list; what it holds is found in it again.
pub fn crl(data: &[u8]) {
    let Ok(crl) = Crl::from_der(data) else { return };
    assert_eq!(crl.as_der(), data);
    for entry in crl.revoked().iter().take(16) {
        assert!(crl.contains(&entry.serial).is_some());
    }
    assert!(crl.check_time(crl.this_update()).is_ok() || crl.next_update() < crl.this_update());
    let _ = crl.verify_issued_by(family::authority());
}

/// A signed message, with and without content, with and without the signer's certificate beside it.
pub fn signed_data(data: &[u8]) {
    let Ok(message) = SignedData::from_der(data) else { return };
    for content in [None, Some(&b"x"[..]), message.content()] {
        for policy in [SigningCertificate::Required, SigningCertificate::Optional] {
            let _ = message.verify_with(content, std::slice::from_ref(family::authority()), policy);
        }
    }
    let _ = format!("{message:?} {}", message.content_type());
}

/// A key in the clear: written again it is the same key, and it signs.
pub fn private_key(data: &[u8]) {
    let Ok(key) = PrivateKey::from_pkcs8_der(data) else { return };
    let again = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).expect("what is written is read");
    assert_eq!(again.public_key(), key.public_key());
    let signature = key.sign(b"x", &mut family::rng()).expect("a key that was read signs");
    key.public_key().verify(key.signature_algorithm(), b"x", &signature).expect("what is signed verifies");
}

/// A key under a password. Counts of iterations that are legal and slow (INTEGER from 4,096 on) are passed over: time is not what is tried here.
pub fn encrypted_private_key(data: &[u8]) {
    let is_slow = data.windows(3).any(|window| matches!(window, [2, 3 | 4, _] | [2, 2, 0x10..=0xff]));
    if !is_slow {
        let _ = PrivateKey::from_encrypted_pkcs8_der(data, b"x");
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
}
