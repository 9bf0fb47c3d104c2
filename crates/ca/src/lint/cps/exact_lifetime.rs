//! The lifetime is the profile's to the second, the last second included.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint =
    Lint { name: "cps_exact_lifetime", citation: "Requirements R6: both ends of the validity count", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(profile) = candidate.role.profile() else { return Ok(()) };
    let certificate = &candidate.certificate;
    let lifetime = view::seconds(certificate.not_after)? - view::seconds(certificate.not_before)? + 1;
    if lifetime == profile.validity_seconds() {
        Ok(())
    } else {
        Err(format!("{lifetime} s where the profile says {}", profile.validity_seconds()))
    }
}
