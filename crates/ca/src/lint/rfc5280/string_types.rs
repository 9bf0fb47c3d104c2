//! Every attribute of the subject has the one string type we write, and its contents belong to that type.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint {
    name: "rfc5280_string_types",
    citation: "RFC 5280 section 4.1.2.4 and appendix A.1; RFC 9215 section 5",
    check,
};

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    for attribute in candidate.certificate.subject_attributes()? {
        let oid = attribute.oid.as_str();
        let (expected, type_name) = string_type(oid);
        if attribute.value.tag != expected {
            return Err(format!("{oid} is not a {type_name}"));
        }
        if !belongs(expected, attribute.value.contents) {
            return Err(format!("{oid} has characters a {type_name} does not know"));
        }
        if oid == "2.5.4.6" && !attribute.value.contents.iter().all(u8::is_ascii_uppercase) {
            return Err("the country is not in capital letters".to_owned());
        }
    }
    Ok(())
}

fn string_type(oid: &str) -> (u8, &'static str) {
    match oid {
        "2.5.4.6" | "2.5.4.5" => (0x13, "PrintableString"),
        "1.2.840.113549.1.9.1" => (0x16, "IA5String"),
        "1.2.643.3.131.1.1" | "1.2.643.100.1" | "1.2.643.100.3" | "1.2.643.100.4" | "1.2.643.100.5" => {
            (0x12, "NumericString")
        }
        _ => (0x0c, "UTF8String"),
    }
}

fn belongs(tag: u8, octets: &[u8]) -> bool {
    match tag {
        0x13 => octets.iter().all(|octet| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(octet)),
        0x16 => octets.is_ascii(),
        0x12 => octets.iter().all(u8::is_ascii_digit),
        _ => std::str::from_utf8(octets).is_ok_and(|text| !text.chars().any(char::is_control)),
    }
}
