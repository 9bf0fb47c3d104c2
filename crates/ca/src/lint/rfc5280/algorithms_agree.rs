//! The algorithm inside what is signed is the algorithm beside the signature, to the octet.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "rfc5280_algorithms_agree", citation: "RFC 5280 section 4.1.1.2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (inner, outer) = (&candidate.certificate.inner_algorithm, &candidate.certificate.outer_algorithm);
    if inner.whole == outer.whole { Ok(()) } else { Err(format!("{} inside, {} outside", inner.oid, outer.oid)) }
}
