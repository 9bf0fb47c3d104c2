//! Who could have signed, and whether he did. Only the signature is judged: whether the signer may be trusted, and still is, is asked elsewhere.

use crypto::{Certificate, Error, Name};

use super::report::{Reason, Verdict};

/// Checks a signature with each certificate that bears the issuer's name and, where both are told, his key's identifier.
pub(super) fn of_issuer<'a>(
    issuer: &Name,
    key_id: Option<&[u8]>,
    candidates: impl IntoIterator<Item = &'a Certificate>,
    check: impl Fn(&Certificate) -> Result<(), Error>,
) -> Verdict {
    let mut verdict = Verdict::NotChecked(Reason::Word("issuer-not-given"));
    let fits = |certificate: &&Certificate| {
        certificate.subject() == issuer
            && key_id.is_none_or(|wanted| certificate.subject_key_id().is_none_or(|found| found == wanted))
    };
    for certificate in candidates.into_iter().filter(fits) {
        verdict = match of(check(certificate), certificate.subject()) {
            valid @ Verdict::Valid(_) => return valid,
            // A wrong one found before stays found.
            Verdict::NotChecked(_) if matches!(verdict, Verdict::Wrong(_)) => verdict,
            other => other,
        };
    }
    verdict
}

/// What a check said, made with the key of this name.
pub(super) fn of(result: Result<(), Error>, signer: &Name) -> Verdict {
    match result {
        Ok(()) => Verdict::Valid(Some(signer.clone())),
        Err(error) => of_error(error),
    }
}

/// A refusal: false is wrong, what nobody here can judge is not checked.
pub(super) fn of_error(error: Error) -> Verdict {
    match error {
        Error::Invalid { what: "signer-certificate" } => Verdict::NotChecked(Reason::Word("signer-not-given")),
        Error::Invalid { what: "content" } => Verdict::NotChecked(Reason::Word("content-not-given")),
        Error::Invalid { what: "ocsp-responder" } => Verdict::NotChecked(Reason::Word("responder-not-given")),
        Error::Invalid { .. } | Error::Malformed { .. } | Error::WrongPassword => Verdict::Wrong(Reason::Error(error)),
        Error::Unsupported { .. } | Error::Internal(_) => Verdict::NotChecked(Reason::Error(error)),
    }
}
