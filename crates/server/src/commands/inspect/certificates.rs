//! Certificates, requests for them, and lists of revoked ones.

use crypto::{
    Certificate, Crl, Csr, Error, ExtensionValue, SignatureAlgorithm, Verified, sha1_thumbprint, sha256, streebog256,
};

use super::report::{Fields, Value, Verdict};
use super::{Means, extensions, keys, names, signatures};

pub(super) fn certificate(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let certificate = Certificate::from_der(der)?;
    Ok(serial(certificate.serial())
        .with("issuer", certificate.issuer())
        .with("subject", certificate.subject())
        .and(validity(&certificate, means))
        .with("public_key", keys::describe(certificate.public_key()))
        .and(extensions::fields("extensions", certificate.extensions()))
        .and(thumbprints(der))
        .with("signature_algorithm", algorithm(certificate.signature_algorithm()))
        .with("signature", verdict(&certificate, &means.certificates)))
}

/// The same in few lines, for certificates inside something else.
pub(super) fn brief(certificate: &Certificate, means: &Means, beside: &[Certificate]) -> Fields {
    let candidates: Vec<Certificate> = means.certificates.iter().chain(beside).cloned().collect();
    serial(certificate.serial())
        .with("issuer", certificate.issuer().to_string())
        .with("subject", certificate.subject().to_string())
        .and(validity(certificate, means))
        .with("public_key", keys::in_one_line(certificate.public_key()))
        .with("sha256", certificate.thumbprint_sha256().as_slice())
        .with("signature_algorithm", algorithm(certificate.signature_algorithm()))
        .with("signature", verdict(certificate, &candidates))
}

pub(super) fn briefs(certificates: &[Certificate], means: &Means) -> Vec<Value> {
    certificates.iter().map(|certificate| brief(certificate, means, certificates).into()).collect()
}

fn verdict(certificate: &Certificate, candidates: &[Certificate]) -> Verdict {
    let itself = std::iter::once(certificate).filter(|certificate| certificate.is_self_issued());
    signatures::of_issuer(certificate.issuer(), certificate.authority_key_id(), itself.chain(candidates), |issuer| {
        certificate.verify_issued_by(issuer)
    })
}

fn validity(certificate: &Certificate, means: &Means) -> Fields {
    let state = if means.now < certificate.not_before() {
        "not-yet"
    } else if means.now > certificate.not_after() {
        "ended"
    } else {
        "in-force"
    };
    Fields::default()
        .with("not_before", Value::Time(certificate.not_before()))
        .with("not_after", Value::Time(certificate.not_after()))
        .with("validity", Value::Word(state))
}

pub(super) fn request(der: &[u8]) -> Result<Fields, Error> {
    let request = Csr::from_der(der)?;
    let verdict = match request.clone().verify().map(Verified::into_inner) {
        Ok(request) => Verdict::Valid(Some(request.subject().clone())),
        Err(error) => signatures::of_error(error),
    };
    let attributes = request.attribute_oids().iter().map(|oid| Value::Identifier(oid.clone())).collect();
    Ok(Fields::default()
        .with("subject", request.subject())
        .with("public_key", keys::describe(request.public_key()))
        .with_list("attributes", attributes)
        .and(extensions::fields("requested_extensions", request.requested_extensions()))
        .and(thumbprints(der))
        .with("signature_algorithm", algorithm(Ok(request.signature_algorithm())))
        .with("signature", verdict))
}

pub(super) fn list(der: &[u8], means: &Means) -> Result<Fields, Error> {
    let list = Crl::from_der(der)?;
    let key_id = list.extensions().iter().find_map(|extension| match extension.read() {
        Ok(ExtensionValue::AuthorityKeyId { key_id, .. }) => key_id,
        Ok(_) | Err(_) => None,
    });
    let verdict = signatures::of_issuer(list.issuer(), key_id.as_deref(), &means.certificates, |issuer| {
        list.verify_issued_by(issuer)
    });
    let state = if means.now < list.this_update() {
        "not-yet"
    } else if means.now > list.next_update() {
        "ended"
    } else {
        "in-force"
    };
    let revoked = list.revoked().iter().map(|entry| {
        serial(&entry.serial)
            .with("revoked_at", Value::Time(entry.revoked_at))
            .with_some("reason", entry.reason.map(|code| Value::Word(names::revocation_reason(code))))
            .into()
    });
    Ok(Fields::default()
        .with("issuer", list.issuer())
        .with("this_update", Value::Time(list.this_update()))
        .with("next_update", Value::Time(list.next_update()))
        .with("validity", Value::Word(state))
        .with("revoked_count", list.revoked().len())
        .with_list("revoked", revoked.collect())
        .and(extensions::fields("extensions", list.extensions()))
        .and(thumbprints(der))
        .with("signature_algorithm", algorithm(Ok(list.signature_algorithm())))
        .with("signature", verdict))
}

/// Both notations.
pub(super) fn serial(octets: &[u8]) -> Fields {
    Fields::default().with("serial_hex", hex::encode(octets)).with("serial_decimal", ca::decimal_from_octets(octets))
}

fn thumbprints(der: &[u8]) -> Fields {
    Fields::default()
        .with("sha1", sha1_thumbprint(der).as_slice())
        .with("sha256", sha256(der).as_slice())
        .with("streebog256", streebog256(der).as_slice())
}

/// The name of an algorithm, or of one that is not taken here.
pub(super) fn algorithm(algorithm: Result<SignatureAlgorithm, Error>) -> Value {
    match algorithm {
        Ok(algorithm) => Value::Algorithm { id: Some(algorithm.oid()), name: algorithm.name().to_owned() },
        Err(Error::Unsupported { name, .. }) => Value::Algorithm { id: None, name },
        Err(error) => Value::Algorithm { id: None, name: error.to_string() },
    }
}
