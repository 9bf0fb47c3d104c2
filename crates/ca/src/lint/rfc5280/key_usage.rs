//! keyUsage is present, critical and not empty, in the shortest form of a named bit list.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "rfc5280_key_usage", citation: "RFC 5280 section 4.2.1.3", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    match candidate.certificate.key_usage()? {
        None => return Err("keyUsage is absent".to_owned()),
        Some(usage) if usage.is_empty() => return Err("keyUsage has no bit".to_owned()),
        Some(_) => {}
    }
    if candidate.certificate.extension(oid::KEY_USAGE).is_some_and(view::ExtensionView::is_critical) {
        Ok(())
    } else {
        Err("keyUsage is not critical".to_owned())
    }
}
