//! Whose card this is: «на каждую подпись предусмотрена отдельная смарт-карта». Told by the certificates on it, CN and O of the subject, so that quotation marks, letter case,
//! spaces and ё do not part a person from himself.

use crypto::{Certificate, Name};
use pkcs11::Contents;

/// The person a card is to be used for, and his company.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signatory {
    common_name: String,
    organization: Option<String>,
}

/// Whose a card is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ownership {
    /// Nobody's: no key and no certificate can be seen.
    Empty,
    /// Every key and certificate is this signatory's.
    Own,
    /// Somebody else's certificate lies there.
    Another,
    /// A key has no certificate, so that nobody can tell.
    Unknown,
}

impl Signatory {
    /// By the names as they stand in the request.
    #[must_use]
    pub fn new(common_name: &str, organization: Option<&str>) -> Self {
        Self {
            common_name: normal(common_name),
            organization: organization.map(normal).filter(|name| !name.is_empty()),
        }
    }

    /// By a subject; `None` without a common name.
    #[must_use]
    pub fn of(subject: &Name) -> Option<Self> {
        Some(Self::new(subject.value_of(COMMON_NAME)?, subject.value_of(ORGANIZATION)))
    }

    /// Whose the card is, seen from this person.
    #[must_use]
    pub fn owns(&self, contents: &Contents) -> Ownership {
        Self::own_together(std::slice::from_ref(self), contents)
    }

    /// The same for a person who goes by several names: his certificate has the old one, the request the new one.
    #[must_use]
    pub fn own_together(names: &[Self], contents: &Contents) -> Ownership {
        if contents.keys.is_empty() && contents.certificates.is_empty() && contents.unreadable_certificates == 0 {
            return Ownership::Empty;
        }
        let is_own =
            |certificate: &Certificate| Self::of(certificate.subject()).is_some_and(|name| names.contains(&name));
        // A certificate of an authority lies beside that of its subscriber and is nobody's.
        if contents.certificates.iter().any(|certificate| !certificate.is_ca() && !is_own(certificate)) {
            return Ownership::Another;
        }
        if contents.unreadable_certificates > 0 || contents.keys.iter().any(pkcs11::KeyEntry::is_orphan) {
            return Ownership::Unknown;
        }
        Ownership::Own
    }
}

/// Letters and digits, in one case, ё as е, words one space apart.
fn normal(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'ё' => 'е',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

const COMMON_NAME: &str = "2.5.4.3";
const ORGANIZATION: &str = "2.5.4.10";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_case_and_spaces_do_not_part_a_person_from_himself() {
        let person = Signatory::new("Рогов Пётр  Ильич", Some("ООО «Ромашка-1»"));
        for (name, organization, same) in [
            ("РОГОВ ПЕТР ИЛЬИЧ", Some("ООО \"Ромашка 1\""), true),
            (" рогов пётр ильич", Some("ооо 'ромашка‑1'"), true),
            ("Рогов Пётр Ильич", Some("ООО «Ромашка»"), false),
            ("Рогов Пётр Ильич", None, false),
            ("Рогова Пётр Ильич", Some("ООО «Ромашка-1»"), false),
        ] {
            assert_eq!(Signatory::new(name, organization) == person, same, "{name}, {organization:?}");
        }
        assert_eq!(Signatory::new("Ivanov", Some("")), Signatory::new("IVANOV", None));
    }
}
