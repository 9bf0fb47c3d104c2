//! No signature over MD2, MD5, SHA-1 or GOST R 34.11-94, and none of an algorithm that is not the authority's.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_no_weak_digest", citation: "RFC 6194 and RFC 6151; Baseline requirements 7.1.3.2", check };

/// MD2, MD5 and SHA-1 with RSA; SHA-1 with DSA and ECDSA; GOST R 34.11-94 with 34.10-94 and 34.10-2001.
const WEAK: [&str; 8] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.3.14.3.2.29",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
    "1.2.643.2.2.4",
    "1.2.643.2.2.3",
];

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let certificate = &candidate.certificate;
    for algorithm in [&certificate.inner_algorithm.oid, &certificate.outer_algorithm.oid] {
        if WEAK.contains(&algorithm.as_str()) {
            return Err(format!("{algorithm} signs over a broken digest"));
        }
    }
    Ok(())
}
