//! A certificate lives inside the life of its issuer: a chain with an expired link proves nothing, and status would end too early.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "rfc5280_within_issuer", citation: "RFC 5280 section 6.1.3 (a)(2)", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (from, to) =
        (view::seconds(candidate.certificate.not_before)?, view::seconds(candidate.certificate.not_after)?);
    if from < candidate.issuer.not_before {
        return Err("begins before its issuer".to_owned());
    }
    if to > candidate.issuer.not_after { Err("ends after its issuer".to_owned()) } else { Ok(()) }
}
