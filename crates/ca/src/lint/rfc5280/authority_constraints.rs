//! An authority says so: critical basicConstraints with cA, keyCertSign and cRLSign; below a root also a pathLenConstraint.

use crypto::KeyUsage;

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, Role, view};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_authority_constraints", citation: "RFC 5280 sections 4.2.1.3 and 4.2.1.9", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    if candidate.role.is_client() {
        return Ok(());
    }
    let certificate = &candidate.certificate;
    match certificate.basic_constraints()? {
        None => return Err("basicConstraints are absent".to_owned()),
        Some((false, _)) => return Err("basicConstraints do not say cA".to_owned()),
        Some((true, None)) if matches!(candidate.role, Role::Authority) => {
            return Err("pathLenConstraint is absent".to_owned());
        }
        Some((true, _)) => {}
    }
    if !certificate.extension(oid::BASIC_CONSTRAINTS).is_some_and(view::ExtensionView::is_critical) {
        return Err("basicConstraints are not critical".to_owned());
    }
    match certificate.key_usage()? {
        Some(usage) if usage.contains(KeyUsage::KeyCertSign) && usage.contains(KeyUsage::CrlSign) => Ok(()),
        _ => Err("keyCertSign or cRLSign is missing".to_owned()),
    }
}
