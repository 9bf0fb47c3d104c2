//! The key can be used: its point lies on its curve and in the group (and keys of other kinds parse).

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint {
    name: "gost_key_on_curve",
    citation: "RFC 7091 section 5.2 and the security considerations of RFC 9215",
    check,
};

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    crypto::PublicKey::from_spki_der(candidate.certificate.spki).map(|_| ()).map_err(|error| error.to_string())
}
