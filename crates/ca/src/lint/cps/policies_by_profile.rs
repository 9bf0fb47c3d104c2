//! The certificate policies are exactly those of the profile.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_policies_by_profile", citation: "Profile: certificate_policies", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(profile) = candidate.role.profile() else { return Ok(()) };
    if candidate.certificate.certificate_policies()?.unwrap_or_default() == profile.certificate_policies() {
        Ok(())
    } else {
        Err("certificatePolicies are not the profile's".to_owned())
    }
}
