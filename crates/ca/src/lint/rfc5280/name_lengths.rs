//! No attribute of the subject is empty or longer than its upper bound, counted in characters.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_name_lengths", citation: "RFC 5280 appendix A.1, upper bounds", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    for attribute in candidate.certificate.subject_attributes()? {
        let octets = attribute.value.contents;
        let characters = std::str::from_utf8(octets).map_or(octets.len(), |text| text.chars().count());
        let bound = upper_bound(&attribute.oid);
        if characters == 0 || characters > bound {
            return Err(format!("{} has {characters} characters, 1 to {bound} are allowed", attribute.oid));
        }
    }
    Ok(())
}

fn upper_bound(oid: &str) -> usize {
    match oid {
        "2.5.4.6" => 2,
        // ub-common-name, ub-serial-number, ub-organization-name, ub-organizational-unit-name, ub-title
        "2.5.4.3" | "2.5.4.5" | "2.5.4.10" | "2.5.4.11" | "2.5.4.12" => 64,
        // ub-locality-name, ub-state-name; street address by X.520
        "2.5.4.7" | "2.5.4.8" | "2.5.4.9" => 128,
        // ub-emailaddress-length, pkcs-9-ub-unstructuredName
        "1.2.840.113549.1.9.1" | "1.2.840.113549.1.9.2" => 255,
        // ub-name
        _ => 32_768,
    }
}
