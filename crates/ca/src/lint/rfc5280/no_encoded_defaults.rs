//! A value that equals its default is not written: critical FALSE, cA FALSE; and a BOOLEAN TRUE is the octet ff.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_no_encoded_defaults", citation: "X.690 section 11.5, by RFC 5280 section 4.1", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    for extension in &candidate.certificate.extensions {
        if extension.critical_octets.is_some_and(|octets| octets != [0xff]) {
            return Err(format!("critical of {} is FALSE in writing or no DER BOOLEAN", extension.oid));
        }
    }
    candidate.certificate.basic_constraints().map(|_| ())
}
