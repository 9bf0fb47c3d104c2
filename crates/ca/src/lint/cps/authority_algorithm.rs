//! The signature algorithm is the authority's.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_authority_algorithm", citation: "RFC 5280 section 4.1.1.2; one algorithm an authority", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (have, expected) = (&candidate.certificate.inner_algorithm.oid, candidate.issuer.signature_algorithm);
    if have == expected.oid() {
        Ok(())
    } else {
        Err(format!("{have} where the authority signs with {}", expected.name()))
    }
}
