//! authorityKeyIdentifier is present, not critical, and is the issuer's subjectKeyIdentifier.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "rfc5280_authority_key_id", citation: "RFC 5280 section 4.2.1.1", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let what = "authorityKeyIdentifier";
    let Some(extension) = candidate.certificate.extension(oid::AUTHORITY_KEY_ID) else {
        return Err(format!("{what} is absent"));
    };
    if extension.is_critical() {
        return Err(format!("{what} is critical"));
    }
    let mut fields = view::Reader::new(view::only(extension.value, 0x30, what)?.contents);
    let identifier = fields.expect(0x80, what)?.contents;
    fields.end(what)?;
    if identifier == candidate.issuer.subject_key_id {
        Ok(())
    } else {
        Err(format!("{what} is not the issuer's subjectKeyIdentifier"))
    }
}
