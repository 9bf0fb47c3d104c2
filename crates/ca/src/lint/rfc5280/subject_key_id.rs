//! subjectKeyIdentifier is present, not critical, and is made from this very key by our one method.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint {
    name: "rfc5280_subject_key_id",
    citation: "RFC 5280 section 4.2.1.2 and RFC 7093 section 2, method 1",
    check,
};

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let what = "subjectKeyIdentifier";
    let Some(extension) = candidate.certificate.extension(oid::SUBJECT_KEY_ID) else {
        return Err(format!("{what} is absent"));
    };
    if extension.is_critical() {
        return Err(format!("{what} is critical"));
    }
    let identifier = view::only(extension.value, 0x04, what)?.contents;
    let (_, key) = candidate.certificate.public_key()?;
    if identifier == &crypto::sha256(key)[..20] { Ok(()) } else { Err(format!("{what} is not made from this key")) }
}
