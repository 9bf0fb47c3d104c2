//! The distinguished name of a subscriber as the bank's record has it. It knows attribute types and values, not DER.

use std::fmt;

/// An attribute type of a distinguished name that a profile may ask for (X.520; RFC 9215 section 5 for the Russian ones).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[expect(clippy::upper_case_acronyms, reason = "the short names of attribute types are what everybody knows them by")]
pub enum AttributeType {
    /// Common name, 2.5.4.3.
    CN,
    /// Surname, 2.5.4.4.
    SN,
    /// Given name, 2.5.4.42.
    GN,
    /// Organisation, 2.5.4.10.
    O,
    /// Organisational unit, 2.5.4.11.
    OU,
    /// Title, 2.5.4.12.
    T,
    /// State or province, 2.5.4.8.
    ST,
    /// Locality, 2.5.4.7.
    L,
    /// Street address, 2.5.4.9.
    STREET,
    /// Country, 2.5.4.6.
    C,
    /// E-mail address, 1.2.840.113549.1.9.1.
    E,
    /// ИНН, 1.2.643.3.131.1.1.
    INN,
    /// ИННЮЛ, 1.2.643.100.4.
    INNLE,
    /// ОГРН, 1.2.643.100.1.
    OGRN,
    /// ОГРНИП, 1.2.643.100.5.
    OGRNIP,
    /// СНИЛС, 1.2.643.100.3.
    SNILS,
    /// Unstructured name 1.2.840.113549.1.9.2, «Идентификатор владельца сертификата» where a profile carries it.
    UN,
}

impl AttributeType {
    /// All of them, in the order above.
    pub const ALL: [Self; 17] = [
        Self::CN,
        Self::SN,
        Self::GN,
        Self::O,
        Self::OU,
        Self::T,
        Self::ST,
        Self::L,
        Self::STREET,
        Self::C,
        Self::E,
        Self::INN,
        Self::INNLE,
        Self::OGRN,
        Self::OGRNIP,
        Self::SNILS,
        Self::UN,
    ];

    /// The dotted object identifier.
    #[must_use]
    pub fn oid(self) -> &'static str {
        match self {
            Self::CN => "2.5.4.3",
            Self::SN => "2.5.4.4",
            Self::GN => "2.5.4.42",
            Self::O => "2.5.4.10",
            Self::OU => "2.5.4.11",
            Self::T => "2.5.4.12",
            Self::ST => "2.5.4.8",
            Self::L => "2.5.4.7",
            Self::STREET => "2.5.4.9",
            Self::C => "2.5.4.6",
            Self::E => "1.2.840.113549.1.9.1",
            Self::INN => "1.2.643.3.131.1.1",
            Self::INNLE => "1.2.643.100.4",
            Self::OGRN => "1.2.643.100.1",
            Self::OGRNIP => "1.2.643.100.5",
            Self::SNILS => "1.2.643.100.3",
            Self::UN => "1.2.840.113549.1.9.2",
        }
    }

    /// The type with this dotted object identifier.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.oid() == oid)
    }

    /// The short name: `CN`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CN => "CN",
            Self::SN => "SN",
            Self::GN => "GN",
            Self::O => "O",
            Self::OU => "OU",
            Self::T => "T",
            Self::ST => "ST",
            Self::L => "L",
            Self::STREET => "STREET",
            Self::C => "C",
            Self::E => "E",
            Self::INN => "INN",
            Self::INNLE => "INNLE",
            Self::OGRN => "OGRN",
            Self::OGRNIP => "OGRNIP",
            Self::SNILS => "SNILS",
            Self::UN => "UN",
        }
    }

    /// The type with this short name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A distinguished name in encoding order (country first for our profiles); printed the other way round, as the manuals do.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Subject {
    /// Attributes in encoding order; a value is never empty.
    pub attributes: Vec<(AttributeType, String)>,
}

impl Subject {
    /// The first value of this type.
    #[must_use]
    pub fn value(&self, kind: AttributeType) -> Option<&str> {
        self.attributes.iter().find(|(have, _)| *have == kind).map(|(_, value)| value.as_str())
    }

    /// (dotted oid, value) in encoding order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(kind, value)| (kind.oid(), value.as_str()))
    }
}

impl fmt::Display for Subject {
    /// RFC 4514 order (last attribute first) joined by `, `, special characters escaped by a backslash.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (kind, value)) in self.attributes.iter().rev().enumerate() {
            if position > 0 {
                out.write_str(", ")?;
            }
            write!(out, "{}=", kind.name())?;
            for (index, character) in value.chars().enumerate() {
                let edge = (index == 0 && matches!(character, ' ' | '#'))
                    || (character == ' ' && index + 1 == value.chars().count());
                if edge || matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
                    out.write_str("\\")?;
                }
                write!(out, "{character}")?;
            }
        }
        Ok(())
    }
}
