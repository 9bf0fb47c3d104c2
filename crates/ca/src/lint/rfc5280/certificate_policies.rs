//! certificatePolicies, where present, names at least one well-formed policy and none twice.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_certificate_policies", citation: "RFC 5280 section 4.2.1.4", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(policies) = candidate.certificate.certificate_policies()? else { return Ok(()) };
    if policies.is_empty() {
        return Err("certificatePolicies are empty".to_owned());
    }
    match policies.iter().enumerate().find(|(position, policy)| policies[..*position].contains(policy)) {
        Some((_, policy)) => Err(format!("certificatePolicies name {policy} twice")),
        None => Ok(()),
    }
}
