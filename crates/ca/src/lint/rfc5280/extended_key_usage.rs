//! extKeyUsage, where present, names at least one purpose and none twice.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "rfc5280_extended_key_usage", citation: "RFC 5280 section 4.2.1.12", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let Some(purposes) = candidate.certificate.extended_key_usage()? else { return Ok(()) };
    if purposes.is_empty() {
        return Err("extKeyUsage is empty".to_owned());
    }
    match purposes.iter().enumerate().find(|(position, purpose)| purposes[..*position].contains(purpose)) {
        Some((_, purpose)) => Err(format!("extKeyUsage names {purpose} twice")),
        None => Ok(()),
    }
}
