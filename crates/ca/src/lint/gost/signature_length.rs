//! A GOST signature is s ‖ r: 64 octets for a 256-bit key, 128 for a 512-bit one, with no DER around them.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "gost_signature_length", citation: "RFC 9215 section 2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let expected = match candidate.certificate.outer_algorithm.oid.as_str() {
        "1.2.643.7.1.1.3.2" => 64,
        "1.2.643.7.1.1.3.3" => 128,
        _ => return Ok(()),
    };
    let have = candidate.certificate.signature.len();
    if have == expected { Ok(()) } else { Err(format!("{have} octets where {expected} are expected")) }
}
