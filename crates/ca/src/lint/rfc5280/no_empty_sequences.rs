//! Nothing that must have members is encoded without any: names, the extensions, the lists inside them. Empty basicConstraints alone are lawful.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_no_empty_sequences", citation: "RFC 5280 sections 4.1.2.6, 4.1.2.9 and 4.2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let certificate = &candidate.certificate;
    for (what, name) in [("issuer", certificate.issuer), ("subject", certificate.subject)] {
        let sets = view::elements(view::only(name, 0x30, what)?.contents, what)?;
        if sets.is_empty() || sets.iter().any(|set| set.contents.is_empty()) {
            return Err(format!("the {what} is empty"));
        }
    }
    if certificate.extensions_contents.is_some_and(<[u8]>::is_empty) {
        return Err("the extensions are an empty sequence".to_owned());
    }
    for extension in certificate.extensions.iter().filter(|extension| extension.oid != oid::BASIC_CONSTRAINTS) {
        if has_empty(extension.value)? {
            return Err(format!("an empty sequence in {}", extension.oid));
        }
    }
    Ok(())
}

/// Recursion ends with the octets: every level is at least two shorter than the one around it, and a certificate is small.
fn has_empty(octets: &[u8]) -> Result<bool, String> {
    for element in view::elements(octets, "extension value")? {
        let is_constructed = element.tag & 0x20 != 0;
        if is_constructed && (element.contents.is_empty() || has_empty(element.contents)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
