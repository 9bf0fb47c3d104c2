//! The validity begins before it ends.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "rfc5280_validity_order", citation: "RFC 5280 section 4.1.2.5", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (from, to) =
        (view::seconds(candidate.certificate.not_before)?, view::seconds(candidate.certificate.not_after)?);
    if from < to { Ok(()) } else { Err("notAfter is not later than notBefore".to_owned()) }
}
