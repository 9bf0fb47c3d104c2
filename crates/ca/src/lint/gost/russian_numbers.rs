//! ИНН, ИННЮЛ, ОГРН, ОГРНИП and СНИЛС are NumericStrings of exactly their length.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "gost_russian_numbers", citation: "RFC 9215 section 5", check };

const LENGTHS: [(&str, &str, usize); 5] = [
    ("1.2.643.3.131.1.1", "INN", 12),
    ("1.2.643.100.4", "INNLE", 10),
    ("1.2.643.100.1", "OGRN", 13),
    ("1.2.643.100.5", "OGRNIP", 15),
    ("1.2.643.100.3", "SNILS", 11),
];

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    for attribute in candidate.certificate.subject_attributes()? {
        let Some((_, name, length)) = LENGTHS.iter().find(|(oid, _, _)| *oid == attribute.oid) else { continue };
        let value = attribute.value;
        if value.tag != 0x12 || value.contents.len() != *length || !value.contents.iter().all(u8::is_ascii_digit) {
            return Err(format!("{name} is not a NumericString of {length} digits"));
        }
    }
    Ok(())
}
