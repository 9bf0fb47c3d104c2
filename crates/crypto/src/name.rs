//! Distinguished names: an ordered list of attributes, compared as people compare them, whatever string type each was written in.

use core::fmt;

use der::asn1::ObjectIdentifier;

use crate::Error;
use crate::asn1::{self, Element, Input, MAX_OBJECT_OCTETS, tag};

/// Most attributes in a name; real ones have about ten.
const MAX_NAME_ATTRIBUTES: usize = 64;
/// Longest attribute value, characters: the upper bounds of X.520 are below it.
const MAX_NAME_VALUE_CHARACTERS: usize = 1024;

const WHAT: &str = "name";

/// `Name ::= SEQUENCE OF RelativeDistinguishedName`, every RDN holding one attribute.
///
/// Equality is order-sensitive, exact in case and blind to the string type: a value typed as UTF8String equals the same characters in PrintableString.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    attributes: Vec<Attribute>,
}

#[derive(Clone)]
struct Attribute {
    oid: ObjectIdentifier,
    value: String,
    /// The tag the value was read under, or is to be written under.
    string_type: u8,
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid && self.value == other.value
    }
}

impl Eq for Attribute {}

impl core::hash::Hash for Attribute {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.oid.hash(state);
        self.value.hash(state);
    }
}

impl Name {
    /// Builds a name of (dotted identifier, value) pairs in the order of the DER. Empty values, control characters and characters
    /// that the attribute's string type cannot hold are `Malformed`.
    ///
    /// Written as PrintableString for C and serialNumber, IA5String for emailAddress and DC, NumericString for INN, OGRN, SNILS, INNLE and OGRNIP,
    /// UTF8String for all else.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut attributes = Vec::new();
        for (oid, value) in pairs {
            let oid =
                ObjectIdentifier::new(oid).map_err(|_| Error::malformed(WHAT, format!("bad identifier {oid}")))?;
            let string_type = string_type(&oid);
            check_value(value)?;
            if !fits(string_type, value) {
                return Err(Error::malformed(WHAT, format!("a character not allowed in {}", label(&oid))));
            }
            attributes.push(Attribute { oid, value: value.to_owned(), string_type });
        }
        check_count(attributes.len())?;
        Ok(Self { attributes })
    }

    /// The pairs in the order of the DER.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.attributes.iter().map(|attribute| (attribute.oid.to_string(), attribute.value.clone())).collect()
    }

    /// The first value of an attribute, by dotted identifier.
    pub fn value_of(&self, oid: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.oid.to_string() == oid)
            .map(|attribute| attribute.value.as_str())
    }

    /// Whether there is no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Reads a Name. A RDN of several attributes is `Unsupported`: nobody here could compare or print it without guessing.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::read(Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?)
    }

    pub(crate) fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut rdns = element.open_as(WHAT);
        let mut attributes = Vec::new();
        while !rdns.is_empty() {
            let mut rdn = rdns.expect(tag::SET)?.open();
            let mut attribute = rdn.expect(tag::SEQUENCE)?.open();
            let oid = attribute.any()?.oid()?;
            let string = attribute.any()?;
            let value = read_string(string)?;
            attribute.end()?;
            if !rdn.is_empty() {
                return Err(Error::unsupported("multi-valued RDN", label(&oid)));
            }
            attributes.push(Attribute { oid, value, string_type: string.tag });
            check_count(attributes.len())?;
        }
        Ok(Self { attributes })
    }

    /// Writes the name; one that was read comes out as it was.
    pub fn to_der(&self) -> Vec<u8> {
        let rdns: Vec<Vec<u8>> = self
            .attributes
            .iter()
            .map(|attribute| {
                let octets = match attribute.string_type {
                    tag::BMP_STRING => attribute.value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                    _ => attribute.value.as_bytes().to_vec(),
                };
                let value = asn1::tlv(attribute.string_type, &[&octets]);
                asn1::tlv(tag::SET, &[&asn1::sequence(&[&asn1::object_identifier(&attribute.oid), &value])])
            })
            .collect();
        let rdns: Vec<&[u8]> = rdns.iter().map(Vec::as_slice).collect();
        asn1::sequence(&rdns)
    }

    /// The form `openssl req -subj` takes and `-nameopt compat` prints: `/C=RU/L=…/CN=…`, in the order of the DER.
    pub fn to_openssl_subject(&self) -> String {
        let mut text = String::new();
        for Attribute { oid, value, .. } in &self.attributes {
            text.push('/');
            text.push_str(&openssl_label(oid));
            text.push('=');
            for character in value.chars() {
                if matches!(character, '/' | '+' | '\\' | '=') {
                    text.push('\\');
                }
                text.push(character);
            }
        }
        text
    }

    /// The dotted identifier behind a short name (`CN`, `O`, `INN`, `emailAddress` …).
    pub fn attribute_oid(short_name: &str) -> Option<&'static str> {
        KNOWN.iter().find(|attribute| attribute.short_name == short_name).map(|attribute| attribute.oid)
    }

    /// The short name of a dotted identifier, if it has one here.
    pub fn attribute_short_name(oid: &str) -> Option<&'static str> {
        KNOWN.iter().find(|attribute| attribute.oid == oid).map(|attribute| attribute.short_name)
    }
}

/// RFC 4514 with ", " between: the last RDN comes first, `CN=…, O=…, L=…, C=RU`.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Attribute { oid, value, .. }) in self.attributes.iter().rev().enumerate() {
            if position > 0 {
                formatter.write_str(", ")?;
            }
            formatter.write_str(&label(oid))?;
            formatter.write_str("=")?;
            let last = value.chars().count().saturating_sub(1);
            for (at, character) in value.chars().enumerate() {
                let edge = (at == 0 && matches!(character, ' ' | '#')) || (at == last && character == ' ');
                if edge || matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
                    formatter.write_str("\\")?;
                }
                write!(formatter, "{character}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Name({self})")
    }
}

fn label(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    Name::attribute_short_name(&dotted).map_or(dotted, str::to_owned)
}

/// openssl does not know INNLE by name before 3.2 and takes dotted identifiers everywhere.
fn openssl_label(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    match Name::attribute_short_name(&dotted) {
        Some("STREET") => "street".to_owned(),
        Some(name) if name != "INNLE" => name.to_owned(),
        _ => dotted,
    }
}

fn check_count(attributes: usize) -> Result<(), Error> {
    if attributes > MAX_NAME_ATTRIBUTES { Err(Error::malformed(WHAT, "too many attributes")) } else { Ok(()) }
}

fn check_value(value: &str) -> Result<(), Error> {
    if value.is_empty() || value.chars().count() > MAX_NAME_VALUE_CHARACTERS {
        return Err(Error::malformed(WHAT, "a value empty or too long"));
    }
    // A NUL or a line feed inside a name has no honest use and has fooled programs.
    if value.chars().any(char::is_control) {
        return Err(Error::malformed(WHAT, "a control character"));
    }
    Ok(())
}

fn read_string(element: Element<'_>) -> Result<String, Error> {
    let bad = || Error::malformed(WHAT, "characters that are not of their string type");
    let text = match element.tag {
        tag::UTF8_STRING => core::str::from_utf8(element.body).map_err(|_| bad())?.to_owned(),
        tag::PRINTABLE_STRING | tag::NUMERIC_STRING | tag::IA5_STRING | tag::VISIBLE_STRING | tag::TELETEX_STRING => {
            // Printable and numeric strings found in the field stray from their alphabets ("*", "@", "_"); ASCII is enough to read them safely.
            // TeletexString means different things to different programs above ASCII, so it is not guessed.
            let text = core::str::from_utf8(element.body).map_err(|_| bad())?;
            if text.is_ascii() { text.to_owned() } else { return Err(bad()) }
        }
        tag::BMP_STRING => {
            let (pairs, rest) = element.body.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(bad());
            }
            String::from_utf16(&pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect::<Vec<_>>())
                .map_err(|_| bad())?
        }
        other => return Err(Error::unsupported("string type in a name", format!("tag {other:02x}"))),
    };
    check_value(&text)?;
    Ok(text)
}

fn string_type(oid: &ObjectIdentifier) -> u8 {
    let dotted = oid.to_string();
    KNOWN.iter().find(|attribute| attribute.oid == dotted).map_or(tag::UTF8_STRING, |attribute| attribute.string_type)
}

/// Whether all characters are of the type's alphabet (X.680, 41).
fn fits(string_type: u8, value: &str) -> bool {
    match string_type {
        tag::PRINTABLE_STRING => {
            value.bytes().all(|octet| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet))
        }
        tag::NUMERIC_STRING => value.bytes().all(|octet| octet.is_ascii_digit() || octet == b' '),
        tag::IA5_STRING => value.is_ascii(),
        _ => true,
    }
}

struct Known {
    oid: &'static str,
    short_name: &'static str,
    string_type: u8,
}

const fn known(oid: &'static str, short_name: &'static str, string_type: u8) -> Known {
    Known { oid, short_name, string_type }
}

/// RFC 4519, RFC 5280 appendix A, RFC 9215 section 5.
const KNOWN: &[Known] = &[
    known("2.5.4.3", "CN", tag::UTF8_STRING),
    known("2.5.4.4", "SN", tag::UTF8_STRING),
    known("2.5.4.5", "serialNumber", tag::PRINTABLE_STRING),
    known("2.5.4.6", "C", tag::PRINTABLE_STRING),
    known("2.5.4.7", "L", tag::UTF8_STRING),
    known("2.5.4.8", "ST", tag::UTF8_STRING),
    known("2.5.4.9", "STREET", tag::UTF8_STRING),
    known("2.5.4.10", "O", tag::UTF8_STRING),
    known("2.5.4.11", "OU", tag::UTF8_STRING),
    known("2.5.4.12", "title", tag::UTF8_STRING),
    known("2.5.4.42", "GN", tag::UTF8_STRING),
    known("2.5.4.43", "initials", tag::UTF8_STRING),
    known("1.2.840.113549.1.9.1", "emailAddress", tag::IA5_STRING),
    known("1.2.840.113549.1.9.2", "unstructuredName", tag::UTF8_STRING),
    known("0.9.2342.19200300.100.1.1", "UID", tag::UTF8_STRING),
    known("0.9.2342.19200300.100.1.25", "DC", tag::IA5_STRING),
    known("1.2.643.3.131.1.1", "INN", tag::NUMERIC_STRING),
    known("1.2.643.100.1", "OGRN", tag::NUMERIC_STRING),
    known("1.2.643.100.3", "SNILS", tag::NUMERIC_STRING),
    known("1.2.643.100.4", "INNLE", tag::NUMERIC_STRING),
    known("1.2.643.100.5", "OGRNIP", tag::NUMERIC_STRING),
];
