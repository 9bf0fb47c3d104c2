//! Whether a certificate was revoked at a moment, by lists and by answers about single certificates.
//! A list counts when the issuer in the path signed it; how an answer is signed is its reader's business.

use std::collections::HashMap;

use crate::{Certificate, Crl};

/// Something that tells of revocation.
#[derive(Clone, Copy)]
pub enum RevocationEvidence<'a> {
    /// A full list.
    Crl(&'a Crl),
    /// An answer about single certificates, such as an OCSP response.
    Answer(&'a dyn StatusSource),
}

/// An answer about single certificates that can be asked what it says.
///
/// ```
/// use surguch_crypto::{Certificate, CertificateStatus, RevocationEvidence, StatusSource};
///
/// /// Everything is good, says somebody who has not looked.
/// struct Optimist;
///
/// impl StatusSource for Optimist {
///     fn status(&self, _: &Certificate, _: &Certificate, _: i64) -> Option<CertificateStatus> {
///         Some(CertificateStatus::Good)
///     }
/// }
///
/// let evidence = [RevocationEvidence::Answer(&Optimist)];
/// ```
pub trait StatusSource {
    /// What it says of `certificate`, which `issuer` issued, at the moment `at` (seconds since 1970). None when it says nothing of this certificate,
    /// says "unknown", is not of that moment, or is not signed by `issuer` or somebody `issuer` named.
    fn status(&self, certificate: &Certificate, issuer: &Certificate, at: i64) -> Option<CertificateStatus>;
}

/// What is said of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertificateStatus {
    /// Not revoked.
    Good,
    /// Revoked or on hold.
    Revoked {
        /// Since when, seconds since 1970.
        since: i64,
        /// The CRLReason code, if one is given.
        reason: Option<u8>,
    },
}

pub(super) enum Standing {
    Good,
    Revoked { since: i64, reason: Option<u8> },
    Unknown,
}

/// Lists already checked against an issuer, by the addresses of both: one search borrows both for its whole length.
pub(super) type Verified = HashMap<(usize, usize), bool>;

/// Any evidence that calls the certificate revoked prevails; of the lists of the moment only the newest speaks, because a hold may have ended.
pub(super) fn standing(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &[RevocationEvidence<'_>],
    at: i64,
    verified: &mut Verified,
) -> Standing {
    let mut newest: Option<&Crl> = None;
    let mut is_good = false;
    for piece in evidence {
        match piece {
            RevocationEvidence::Answer(answer) => match answer.status(certificate, issuer, at) {
                None => {}
                Some(CertificateStatus::Good) => is_good = true,
                Some(CertificateStatus::Revoked { since, reason }) => return Standing::Revoked { since, reason },
            },
            RevocationEvidence::Crl(crl) => {
                let pair = (core::ptr::from_ref(*crl).addr(), core::ptr::from_ref(issuer).addr());
                if !*verified.entry(pair).or_insert_with(|| crl.verify_issued_by(issuer).is_ok()) {
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
