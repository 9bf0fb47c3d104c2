//! Every RDN of the subject has one attribute, and no attribute type stands twice: the order of a set is lost on the way through other software.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "rfc5280_single_valued_names", citation: "RFC 5280 section 4.1.2.4", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let all = candidate.certificate.subject_attributes()?;
    for (position, one) in all.iter().enumerate() {
        if let Some(other) = all[..position].iter().find(|other| other.rdn == one.rdn || other.oid == one.oid) {
            let reason = if other.rdn == one.rdn { "share an RDN" } else { "are the same type" };
            return Err(format!("{} and {} {reason}", other.oid, one.oid));
        }
    }
    Ok(())
}
