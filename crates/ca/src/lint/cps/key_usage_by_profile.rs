//! Key usage and extended key usage are exactly those of the profile.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_key_usage_by_profile", citation: "Profile: key_usage and extended_key_usage", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(profile) = candidate.role.profile() else { return Ok(()) };
    if candidate.certificate.key_usage()? != Some(profile.key_usage()) {
        return Err("keyUsage is not the profile's".to_owned());
    }
    if candidate.certificate.extended_key_usage()?.unwrap_or_default() != profile.extended_key_usage() {
        return Err("extKeyUsage is not the profile's".to_owned());
    }
    Ok(())
}
