//! No extension stands twice.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "rfc5280_no_duplicate_extensions", citation: "RFC 5280 section 4.2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let all = &candidate.certificate.extensions;
    match all.iter().enumerate().find(|(position, one)| all[..*position].iter().any(|other| other.oid == one.oid)) {
        Some((_, one)) => Err(format!("{} stands twice", one.oid)),
        None => Ok(()),
    }
}
