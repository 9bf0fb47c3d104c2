//! Questions to an OCSP responder and to a time stamping authority, and what their answers prove.
//! `cargo run -p surguch-crypto --example statuses -- status ANSWER LEAF.pem ISSUER.pem` tells what an answer says of a certificate,
//! `… stamp ANSWER DATA` what a stamp says of data, `… stamped MESSAGE TOKEN ANCHOR.pem AT` what a stamp makes of a signature.
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::error::Error;

use surguch_crypto::ocsp::{
    CertificateLabel, CertificateStatus, LabelHash, OcspRequest, OcspResponse, UnverifiedAnswer,
};
use surguch_crypto::tsp::{TimeStamp, TimeStampQuery, TimeStampToken};
use surguch_crypto::{
    Certificate, DigestAlgorithm, ProvenSigner, RevocationEvidence, SignedData, Verified, der_or_pem,
};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let certificate = |file: &str| -> Result<_, Box<dyn Error>> {
        Ok(Certificate::from_der(&der_or_pem(&std::fs::read(file)?, "CERTIFICATE")?)?)
    };
    match &arguments[..] {
        ["status", answer, leaf, issuer] => status(&std::fs::read(answer)?, &certificate(leaf)?, &certificate(issuer)?),
        ["stamp", answer, data] => stamp(&std::fs::read(answer)?, &std::fs::read(data)?, None).map(drop),
        ["stamped", message, token, anchor, at] => {
            let message = SignedData::from_der(&std::fs::read(message)?)?;
            let token = TimeStampToken::from_der(&std::fs::read(token)?)?;
            for signer in stamped(message, &token, &[certificate(anchor)?], at.parse()?)? {
                println!("{} signed before {}", signer.signer.certificate.subject(), signer.existed_at);
            }
            Ok(())
        }
        _ => Err("status ANSWER LEAF ISSUER, stamp ANSWER DATA, or stamped MESSAGE TOKEN ANCHOR AT?".into()),
    }
}

/// Asks about one certificate and reads the answer.
pub(crate) fn status(answer: &[u8], leaf: &Certificate, issuer: &Certificate) -> Result<(), Box<dyn Error>> {
    let label = CertificateLabel::of(LabelHash::Sha1, issuer, leaf.serial());
    assert!(label.means(leaf, issuer) && label.serial() == leaf.serial());
    let request = OcspRequest { certificates: vec![label.clone()], nonce: None };
    assert_eq!(OcspRequest::from_der(&request.to_der()?)?, request);

    let response = OcspResponse::from_der(answer)?;
    response.check_answers(&request)?;
    assert!(response.labels().any(|other| *other == label));
    println!("{} certificates, {}", response.certificates().len(), response.signature_algorithm().name());
    // For showing: nothing of it is proved yet.
    let UnverifiedAnswer { this_update, next_update, .. } = response.unverified_answers().next().ok_or("no answer")?;
    println!("{:?} claims something from {this_update} to {next_update:?}", response.responder_name());
    // What a chain takes as evidence.
    let _evidence = RevocationEvidence::Ocsp(&response);
    let at = response.produced_at();
    let verified: Verified<OcspResponse> = response.clone().verify(issuer, &[], at)?;
    match verified.status(leaf, issuer, at, 366 * 86_400)? {
        CertificateStatus::Good => println!("good"),
        CertificateStatus::Revoked { at, reason } => println!("revoked at {at}, {reason:?}"),
        CertificateStatus::Unknown => println!("unknown"),
    }
    Ok(())
}

/// Looks at the answer to a question about `data`, and whether it answers the one with this nonce.
pub(crate) fn stamp(answer: &[u8], data: &[u8], nonce: Option<&[u8]>) -> Result<TimeStampToken, Box<dyn Error>> {
    let token = TimeStampToken::from_response_der(answer)?;
    if let Some(nonce) = nonce {
        let query = TimeStampQuery::about(data, DigestAlgorithm::Streebog256, nonce);
        assert_eq!(TimeStampQuery::from_der(&query.to_der()?)?, query);
        token.check_answers(&query)?;
    }
    assert_eq!(TimeStampToken::from_der(token.as_der())?, token);
    println!("policy {}, serial {:02x?}, by {}", token.policy(), token.serial(), token.digest_algorithm().name());
    assert_eq!(token.signed_data().certificates(), token.certificates());
    let stamp: Verified<TimeStamp> = token.verify(data, &[])?;
    assert_eq!(token.imprint(), token.digest_algorithm().digest(data));
    assert_eq!((stamp.time, token.certificates().contains(&stamp.authority)), (token.time(), true));
    Ok(token)
}

/// What a signature with a stamp is worth later (CAdES-T): that it was there at `existed_at`, when its certificate was good.
pub(crate) fn stamped(
    message: SignedData,
    token: &TimeStampToken,
    anchors: &[Certificate],
    at: i64,
) -> Result<Vec<ProvenSigner>, surguch_crypto::Error> {
    message.with_time_stamp(0, token)?.verify_time_stamped(None, &[], anchors, at)
}
