//! The subject has the attributes of the profile in the profile's order, and none of the required ones is missing.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_subject_by_profile", citation: "Profile: subject and subject_required", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(profile) = candidate.role.profile() else { return Ok(()) };
    let attributes = candidate.certificate.subject_attributes()?;
    profile.check_attributes(attributes.iter().map(|attribute| attribute.oid.as_str()))
}
