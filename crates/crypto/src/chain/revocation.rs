//! Whether a certificate was revoked at a moment, by lists and by answers about single certificates.
//! Evidence counts only when the issuer in the path signed it, or somebody that issuer named for answering.

use std::collections::HashMap;

use crate::ocsp::{CertificateStatus, OcspResponse};
use crate::{Certificate, Crl, Verified};

/// Something that tells of revocation, as it was read: the search verifies it against the issuer it finds.
#[derive(Clone, Copy, Debug)]
pub enum RevocationEvidence<'a> {
    /// A full list.
    Crl(&'a Crl),
    /// An OCSP answer. Whether the responder's own certificate is revoked stays the caller's question.
    Ocsp(&'a OcspResponse),
}

/// How long an answer without nextUpdate is taken, seconds: it claims that newer information is always there (RFC 6960, 4.2.2.1), so a day is long.
const MAX_ANSWER_AGE_SECONDS: u32 = 86_400;

pub(super) enum Standing {
    Good,
    Revoked { since: i64, reason: Option<u8> },
    Unknown,
}

/// Evidence already verified against an issuer, by the addresses of both: one search borrows both for its whole length.
#[derive(Default)]
pub(super) struct Seen {
    lists: HashMap<(usize, usize), bool>,
    answers: HashMap<(usize, usize), Option<Verified<OcspResponse>>>,
}

/// Any evidence that calls the certificate revoked prevails; of the lists of the moment only the newest speaks, because a hold may have ended.
/// `others` may hold the certificate of a responder.
pub(super) fn standing(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &[RevocationEvidence<'_>],
    others: &[Certificate],
    at: i64,
    seen: &mut Seen,
) -> Standing {
    let issuer_address = core::ptr::from_ref(issuer).addr();
    let mut newest: Option<&Crl> = None;
    let mut is_good = false;
    for piece in evidence {
        match *piece {
            RevocationEvidence::Ocsp(response) => {
                let pair = (core::ptr::from_ref(response).addr(), issuer_address);
                let verified =
                    seen.answers.entry(pair).or_insert_with(|| response.clone().verify(issuer, others, at).ok());
                let Some(verified) = verified else { continue };
                match verified.status(certificate, issuer, at, MAX_ANSWER_AGE_SECONDS) {
                    Ok(CertificateStatus::Good) => is_good = true,
                    Ok(CertificateStatus::Revoked { at: since, reason }) if since <= at => {
                        return Standing::Revoked { since, reason };
                    }
                    // Revoked from a moment to come: good until then.
                    Ok(CertificateStatus::Revoked { .. }) => is_good = true,
                    Ok(CertificateStatus::Unknown) | Err(_) => {}
                }
            }
            RevocationEvidence::Crl(crl) => {
                let pair = (core::ptr::from_ref(crl).addr(), issuer_address);
                if !*seen.lists.entry(pair).or_insert_with(|| crl.verify_issued_by(issuer).is_ok()) {
                    continue;
                }
                if crl.this_update() > at {
                    if let Some(entry) = crl.contains(certificate.serial()).filter(|entry| entry.revoked_at <= at) {
                        return Standing::Revoked { since: entry.revoked_at, reason: entry.reason };
                    }
                } else if crl.check_time(at).is_ok()
                    && newest.is_none_or(|other| other.this_update() < crl.this_update())
                {
                    newest = Some(crl);
                }
            }
        }
    }
    match newest.map(|crl| crl.contains(certificate.serial())) {
        // A list may announce a revocation before it takes effect; removeFromCRL (8) ends a hold.
        Some(Some(entry)) if entry.revoked_at <= at && entry.reason != Some(8) => {
            Standing::Revoked { since: entry.revoked_at, reason: entry.reason }
        }
        Some(_) => Standing::Good,
        None if is_good => Standing::Good,
        None => Standing::Unknown,
    }
}
