//! GOST signature algorithm identifiers carry no parameters, neither inside nor outside; others write NULL, we do not.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "gost_signature_parameters", citation: "RFC 9215 section 2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let certificate = &candidate.certificate;
    for algorithm in [&certificate.inner_algorithm, &certificate.outer_algorithm] {
        if algorithm.oid.starts_with("1.2.643.7.1.1.3.") && algorithm.parameters.is_some() {
            return Err("the signature algorithm has parameters".to_owned());
        }
    }
    Ok(())
}
