//! Version 3, and none of the unique identifiers that belong to version 2.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_version", citation: "RFC 5280 sections 4.1.2.1 and 4.1.2.8", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    if candidate.certificate.version != Some(&[2]) {
        return Err("the version is not v3".to_owned());
    }
    if candidate.certificate.has_unique_id { Err("a unique identifier is present".to_owned()) } else { Ok(()) }
}
