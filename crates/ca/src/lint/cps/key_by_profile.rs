//! The subject's key is of an algorithm the profile allows.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "cps_key_by_profile", citation: "Profile: key_algorithms", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(profile) = candidate.role.profile() else { return Ok(()) };
    let key = crypto::PublicKey::from_spki_der(candidate.certificate.spki).map_err(|error| error.to_string())?;
    let algorithm = key.algorithm();
    if profile.key_algorithms().contains(&algorithm) {
        Ok(())
    } else {
        Err(format!("profile {} does not allow {algorithm}", profile.name()))
    }
}
