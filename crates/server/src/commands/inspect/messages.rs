//! Messages: CMS of all types, questions and answers about status and time.

use crypto::ocsp::{CertificateStatus, OcspRequest, OcspResponse};
use crypto::tsp::{TimeStampQuery, TimeStampToken};
use crypto::{
    Certificate, CertificateReference, DigestAlgorithm, DigestedData, EncryptedData, EnvelopedData, Error,
    RecipientLabel, SignedData, SignerInfo, SigningCertificate, VerifiedSigner,
};

use super::report::{Fields, Reason, Value, Verdict};
use super::{Means, certificates, names, signatures};

/// What is demanded of signing-certificate-v2 by somebody who only looks.
const SIGNING_CERTIFICATE: SigningCertificate = SigningCertificate::Optional;
/// The content type of a time stamp.
const TIME_STAMP: &str = "1.2.840.113549.1.9.16.1.4";

pub(super) fn signed(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let message = SignedData::from_der(der)?;
    if message.content_type() == TIME_STAMP {
        return Ok(token(&TimeStampToken::from_der(der)?, means, means.content.as_deref()));
    }
    let results = message.verify_each(means.content.as_deref(), &means.certificates, SIGNING_CERTIFICATE);
    let signers = message.signers().iter().enumerate().map(|(position, info)| {
        let result = match &results {
            Ok(results) => results[position].clone(),
            Err(error) => Err(error.clone()),
        };
        signer(&message, position, info, result, means).into()
    });
    Ok(Fields::default()
        .with("content_type", Value::Identifier(message.content_type()))
        .with("content", content(message.content()))
        .with("signer_count", message.signers().len())
        .with_list("signers", signers.collect())
        .with_list("certificates", certificates::briefs(message.certificates(), means)))
}

fn content(content: Option<&[u8]>) -> Fields {
    match content {
        Some(content) => Fields::default().with("place", Value::Word("attached")).with("octets", content.len()),
        None => Fields::default().with("place", Value::Word("detached")),
    }
}

fn signer(
    message: &SignedData,
    position: usize,
    info: &SignerInfo,
    result: Result<VerifiedSigner, Error>,
    means: &Means,
) -> Fields {
    let has_signing_certificate = result.as_ref().ok().map(|signer| Value::Yes(signer.has_signing_certificate));
    let pool: Vec<Certificate> = message.certificates().iter().chain(&means.certificates).cloned().collect();
    signer_info(info, result)
        .with_some("signing_certificate", has_signing_certificate)
        .with_list("countersignatures", countersignatures(message, position, info, means))
        .with_list("time_stamps", time_stamps(info, means, &pool))
}

fn signer_info(info: &SignerInfo, result: Result<VerifiedSigner, Error>) -> Fields {
    let verdict = match result {
        Ok(signer) => Verdict::Valid(Some(signer.certificate.subject().clone())),
        Err(error) => signatures::of_error(error),
    };
    Fields::default()
        .with("certificate", reference(info.reference()))
        .with("digest_algorithm", digest(info.digest_algorithm()))
        .with("signature_algorithm", certificates::algorithm(Ok(info.signature_algorithm())))
        .with_some("signing_time", info.signing_time().map(Value::Time))
        .with("signature", verdict)
}

fn countersignatures(message: &SignedData, position: usize, info: &SignerInfo, means: &Means) -> Vec<Value> {
    let infos = match info.countersignatures() {
        Ok(infos) => infos,
        Err(error) => return vec![Fields::default().with("signature", signatures::of_error(error)).into()],
    };
    // They are verified together: one that is wrong, or whose maker is not known, leaves the others unjudged.
    let results = message.verify_countersignatures(position, &means.certificates, SIGNING_CERTIFICATE);
    let result = |number: usize| match &results {
        Ok(results) => Ok(results[number].clone()),
        Err(error) => Err(error.clone()),
    };
    infos.iter().enumerate().map(|(number, info)| signer_info(info, result(number)).into()).collect()
}

fn time_stamps(info: &SignerInfo, means: &Means, pool: &[Certificate]) -> Vec<Value> {
    match info.time_stamps() {
        Err(error) => vec![Fields::default().with("signature", signatures::of_error(error)).into()],
        Ok(tokens) => tokens
            .iter()
            .map(|stamp| {
                let verdict = match stamp.verify(info.signature(), pool) {
                    Ok(stamp) => Verdict::Valid(Some(stamp.authority.subject().clone())),
                    Err(error) => signatures::of_error(error),
                };
                stamp_fields(stamp)
                    .with("signature", verdict)
                    .with_list("certificates", certificates::briefs(stamp.certificates(), means))
                    .into()
            })
            .collect(),
    }
}

/// A stamp that came by itself: over this content, where it is at hand.
fn token(stamp: &TimeStampToken, means: &Means, content: Option<&[u8]>) -> Fields {
    let message = stamp.signed_data();
    let verdict = match content {
        Some(content) => match stamp.verify(content, &means.certificates) {
            Ok(stamp) => Verdict::Valid(Some(stamp.authority.subject().clone())),
            Err(error) => signatures::of_error(error),
        },
        None => match message.verify_each(None, &means.certificates, SIGNING_CERTIFICATE).map(|mut each| each.pop()) {
            Ok(Some(Ok(signer))) => Verdict::Valid(Some(signer.certificate.subject().clone())),
            Ok(Some(Err(error))) | Err(error) => signatures::of_error(error),
            Ok(None) => Verdict::Wrong(Reason::Word("no-signer")),
        },
    };
    let over = match content {
        None => Verdict::NotChecked(Reason::Word("content-not-given")),
        Some(content) if stamp.digest_algorithm().digest(content) == stamp.imprint() => Verdict::Valid(None),
        Some(_) => Verdict::Wrong(Reason::Error(Error::Invalid { what: "time-stamp-imprint" })),
    };
    let signers = message.signers().iter().map(|info| {
        Fields::default()
            .with("certificate", reference(info.reference()))
            .with("signature_algorithm", certificates::algorithm(Ok(info.signature_algorithm())))
            .into()
    });
    stamp_fields(stamp)
        .with("stamped_content", over)
        .with_list("signers", signers.collect())
        .with("signature", verdict)
        .with_list("certificates", certificates::briefs(stamp.certificates(), means))
}

fn stamp_fields(stamp: &TimeStampToken) -> Fields {
    Fields::default()
        .with("time", Value::Time(stamp.time()))
        .with("policy", Value::Identifier(stamp.policy().to_owned()))
        .and(certificates::serial(stamp.serial()))
        .with("digest_algorithm", digest(stamp.digest_algorithm()))
        .with("imprint", stamp.imprint())
}

pub(super) fn time_stamp_response(der: &[u8], means: &Means) -> Result<Fields, Error> {
    Ok(token(&TimeStampToken::from_response_der(der)?, means, means.content.as_deref()))
}

pub(super) fn time_stamp_request(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let query = TimeStampQuery::from_der(der)?;
    let over = means.content.as_deref().map(|content| {
        if query.digest_algorithm.digest(content) == query.imprint {
            Verdict::Valid(None)
        } else {
            Verdict::Wrong(Reason::Error(Error::Invalid { what: "time-stamp-imprint" }))
        }
    });
    Ok(Fields::default()
        .with("digest_algorithm", digest(query.digest_algorithm))
        .with("imprint", query.imprint.as_slice())
        .with_some("stamped_content", over)
        .with_some("policy", query.policy.map(Value::Identifier))
        .with_some("nonce", query.nonce.as_deref())
        .with("wants_certificate", Value::Yes(query.wants_certificate)))
}

pub(super) fn enveloped(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let message = EnvelopedData::from_der(der)?;
    let recipients = message.recipients().into_iter().map(|label| match label {
        RecipientLabel::Agreement(to) => {
            Fields::default().with("key_delivery", Value::Word("agreement")).and(reference(to))
        }
        RecipientLabel::Transport(to) => {
            Fields::default().with("key_delivery", Value::Word("transport")).and(reference(to))
        }
        RecipientLabel::Foreign(name) => {
            Fields::default().with("key_delivery", Value::Word("foreign")).with("algorithm", name)
        }
    });
    Ok(Fields::default()
        .with("content_type", Value::Identifier(message.content_type()))
        .with("cipher", message.cipher().to_string())
        .with("authenticated", Value::Yes(message.cipher().is_authenticated()))
        .with_list("recipients", recipients.map(Value::Group).collect())
        .with_list("certificates", certificates::briefs(message.certificates(), means)))
}

pub(super) fn digested(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let message = DigestedData::from_der(der)?;
    let verdict = match message.verify(means.content.as_deref()) {
        Ok(_) => Verdict::Valid(None),
        Err(error) => signatures::of_error(error),
    };
    Ok(Fields::default()
        .with("content_type", Value::Identifier(message.content_type()))
        .with("digest_algorithm", digest(message.digest_algorithm()))
        .with("digest", verdict))
}

pub(super) fn encrypted(der: &[u8]) -> Result<Fields, Error> {
    let message = EncryptedData::from_der(der)?;
    Ok(Fields::default()
        .with("content_type", Value::Identifier(message.content_type()))
        .with("cipher", message.cipher().to_string())
        .with("authenticated", Value::Yes(message.cipher().is_authenticated())))
}

pub(super) fn ocsp_request(der: &[u8]) -> Result<Fields, Error> {
    let request = OcspRequest::from_der(der)?;
    let asked = request.certificates.iter().map(|label| certificates::serial(label.serial()).into()).collect();
    Ok(Fields::default().with_list("asked", asked).with_some("nonce", request.nonce.as_deref()))
}

pub(super) fn ocsp_response(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let response = OcspResponse::from_der(der)?;
    let answers = response.unverified_answers().map(|answer| {
        let (status, at, reason) = match answer.status {
            CertificateStatus::Good => ("good", None, None),
            CertificateStatus::Unknown => ("unknown", None, None),
            CertificateStatus::Revoked { at, reason } => ("revoked", Some(at), reason),
        };
        certificates::serial(answer.label.serial())
            .with("status", Value::Word(status))
            .with_some("revoked_at", at.map(Value::Time))
            .with_some("reason", reason.map(|code| Value::Word(names::revocation_reason(code))))
            .with("this_update", Value::Time(answer.this_update))
            .with_some("next_update", answer.next_update.map(Value::Time))
            .into()
    });
    Ok(Fields::default()
        .with_some("responder", response.responder_name())
        .with("produced_at", Value::Time(response.produced_at()))
        .with_list("answers", answers.collect())
        .with("signature_algorithm", certificates::algorithm(Ok(response.signature_algorithm())))
        .with("signature", responder_verdict(&response, means))
        .with_list("certificates", certificates::briefs(response.certificates(), means)))
}

/// An answer is good under an authority: the one that the answered certificates are of, and is tried with each that is given.
fn responder_verdict(response: &OcspResponse, means: &Means) -> Verdict {
    let mut verdict = Verdict::NotChecked(Reason::Word("responder-not-given"));
    for issuer in &means.certificates {
        // The day it was made decides on the responder's certificate: whether the answer is fresh is another question.
        match response.clone().verify(issuer, &means.certificates, response.produced_at()) {
            Ok(_) => {
                return Verdict::Valid(response.responder_name().cloned().or_else(|| Some(issuer.subject().clone())));
            }
            Err(error) => match signatures::of_error(error) {
                Verdict::NotChecked(_) => {}
                other => verdict = other,
            },
        }
    }
    verdict
}

fn reference(reference: &CertificateReference) -> Fields {
    match reference {
        CertificateReference::IssuerAndSerial { issuer, serial } => {
            Fields::default().with("issuer", issuer.to_string()).and(certificates::serial(serial))
        }
        CertificateReference::SubjectKeyId(id) => Fields::default().with("key_id", id.as_slice()),
    }
}

fn digest(algorithm: DigestAlgorithm) -> Value {
    Value::Algorithm { id: Some(algorithm.oid()), name: algorithm.name().to_owned() }
}
