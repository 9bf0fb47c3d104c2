//! A client's certificate cannot certify: no cA, no pathLenConstraint, neither keyCertSign nor cRLSign.

use crypto::KeyUsage;

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_leaf_not_authority", citation: "RFC 5280 sections 4.2.1.3 and 4.2.1.9", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    if !candidate.role.is_client() {
        return Ok(());
    }
    if let Some((true, _) | (_, Some(_))) = candidate.certificate.basic_constraints()? {
        return Err("basicConstraints make it an authority".to_owned());
    }
    match candidate.certificate.key_usage()? {
        Some(usage) if usage.contains(KeyUsage::KeyCertSign) || usage.contains(KeyUsage::CrlSign) => {
            Err("keyUsage allows it to sign certificates or CRLs".to_owned())
        }
        _ => Ok(()),
    }
}
