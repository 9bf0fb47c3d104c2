//! Nobody below an authority holds the authority's own key.

use crate::lint::{Candidate, Lint, Role};

pub(super) const LINT: Lint =
    Lint { name: "cps_key_not_issuers", citation: "RFC 5280 section 4.2.1.2: one key, one holder", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    if matches!(candidate.role, Role::Root) {
        return Ok(());
    }
    let (_, key) = candidate.certificate.public_key()?;
    if crypto::sha256(key)[..20] == *candidate.issuer.subject_key_id {
        Err("the subject's key is the issuer's key".to_owned())
    } else {
        Ok(())
    }
}
