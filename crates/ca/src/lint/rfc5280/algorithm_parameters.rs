//! RSA signatures carry NULL as parameters, ECDSA signatures carry none. GOST has a rule of its own.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_algorithm_parameters", citation: "RFC 4055 section 5 and RFC 5758 section 3.2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let algorithm = &candidate.certificate.inner_algorithm;
    let parameters = algorithm.parameters.map(|element| element.whole);
    if algorithm.oid.starts_with("1.2.840.113549.1.1.") && parameters != Some(&[0x05, 0x00]) {
        return Err("an RSA signature without NULL parameters".to_owned());
    }
    if algorithm.oid.starts_with("1.2.840.10045.4.") && parameters.is_some() {
        return Err("an ECDSA signature with parameters".to_owned());
    }
    Ok(())
}
