//! A GOST key is an OCTET STRING of X ‖ Y inside the BIT STRING: 64 or 128 octets.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "gost_key_octets", citation: "RFC 9215 section 4.3", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (algorithm, key) = candidate.certificate.public_key()?;
    let expected = match algorithm.oid.as_str() {
        "1.2.643.7.1.1.1.1" => 64,
        "1.2.643.7.1.1.1.2" => 128,
        _ => return Ok(()),
    };
    let octets = view::only(key, 0x04, "subjectPublicKey")?.contents.len();
    if octets == expected { Ok(()) } else { Err(format!("{octets} octets where {expected} are expected")) }
}
