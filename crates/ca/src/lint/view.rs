//! A certificate read octet by octet, keeping what a parser would forgive: string types, time forms, doubled extensions, encoded defaults.
//! The lints judge by this reading and share no code with the writers of `encoding` and of the crypto crate.

use const_oid::ObjectIdentifier;
use crypto::{KeyUsage, KeyUsageSet};

/// One DER element with a low tag number and a definite length in its shortest form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// The contents octets.
    pub contents: &'a [u8],
    /// Identifier, length and contents.
    pub whole: &'a [u8],
}

/// Reads elements one after another.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first octet.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Whether everything is read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element.
    pub fn element(&mut self, what: &str) -> Result<Tlv<'a>, String> {
        let octets = self.0;
        let [tag, first, ..] = *octets else { return Err(format!("{what}: the octets end too soon")) };
        if tag & 0x1f == 0x1f {
            return Err(format!("{what}: a tag number of several octets"));
        }
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            let octets_of_length = octets.get(2..2 + count).unwrap_or_default();
            // Four octets would be an element of more than 16 MB.
            if count == 0 || count > 3 || octets_of_length.len() != count || octets_of_length[0] == 0 {
                return Err(format!("{what}: a length that DER does not know"));
            }
            let length = octets_of_length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            if length < 0x80 {
                return Err(format!("{what}: a length that is not in its shortest form"));
            }
            (2 + count, length)
        };
        let whole = octets.get(..header + length).ok_or_else(|| format!("{what}: the octets end too soon"))?;
        self.0 = &octets[header + length..];
        Ok(Tlv { tag, contents: &whole[header..], whole })
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: u8, what: &str) -> Result<Tlv<'a>, String> {
        let element = self.element(what)?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(format!("{what}: tag {:02x} where {tag:02x} is expected", element.tag))
        }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: u8, what: &str) -> Result<Option<Tlv<'a>>, String> {
        if self.0.first() == Some(&tag) { self.element(what).map(Some) } else { Ok(None) }
    }

    /// Nothing may follow.
    pub fn end(&self, what: &str) -> Result<(), String> {
        if self.is_empty() { Ok(()) } else { Err(format!("{what}: octets after the end")) }
    }
}

/// All elements of a constructed value.
pub fn elements<'a>(contents: &'a [u8], what: &str) -> Result<Vec<Tlv<'a>>, String> {
    let mut reader = Reader::new(contents);
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(reader.element(what)?);
    }
    Ok(found)
}

/// The one element of this tag that fills the octets.
pub fn only<'a>(octets: &'a [u8], tag: u8, what: &str) -> Result<Tlv<'a>, String> {
    let mut reader = Reader::new(octets);
    let element = reader.expect(tag, what)?;
    reader.end(what)?;
    Ok(element)
}

/// The dotted form of an OBJECT IDENTIFIER.
pub fn dotted(element: Tlv<'_>, what: &str) -> Result<String, String> {
    if element.tag != 0x06 {
        return Err(format!("{what}: tag {:02x} where an object identifier is expected", element.tag));
    }
    match ObjectIdentifier::from_bytes(element.contents) {
        Ok(identifier) => Ok(identifier.to_string()),
        Err(_) => Err(format!("{what}: not an object identifier")),
    }
}

/// An AlgorithmIdentifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlgorithmView<'a> {
    /// Dotted.
    pub oid: String,
    /// The parameters element, if present.
    pub parameters: Option<Tlv<'a>>,
    /// The whole SEQUENCE.
    pub whole: &'a [u8],
}

/// One attribute of a name; `rdn` counts the sets from 0, so that two attributes of one set show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeView<'a> {
    /// Which RDN it stands in.
    pub rdn: usize,
    /// Dotted attribute type.
    pub oid: String,
    /// The value with its string type.
    pub value: Tlv<'a>,
}

/// One extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExtensionView<'a> {
    /// Dotted.
    pub oid: String,
    /// Contents octet of the critical BOOLEAN, if it is encoded.
    pub critical_octets: Option<&'a [u8]>,
    /// Contents of the OCTET STRING.
    pub value: &'a [u8],
}

impl ExtensionView<'_> {
    /// Whether it is critical.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical_octets.is_some_and(|octets| octets != [0])
    }
}

/// A certificate, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateView<'a> {
    /// TBSCertificate, whole.
    pub tbs: &'a [u8],
    /// Contents of the version INTEGER; none is v1.
    pub version: Option<&'a [u8]>,
    /// Contents of the serial INTEGER with any sign octet.
    pub serial: &'a [u8],
    /// signature, inside TBSCertificate.
    pub inner_algorithm: AlgorithmView<'a>,
    /// issuer Name, whole.
    pub issuer: &'a [u8],
    /// notBefore.
    pub not_before: Tlv<'a>,
    /// notAfter.
    pub not_after: Tlv<'a>,
    /// subject Name, whole.
    pub subject: &'a [u8],
    /// SubjectPublicKeyInfo, whole.
    pub spki: &'a [u8],
    /// Whether issuerUniqueID or subjectUniqueID is present.
    pub has_unique_id: bool,
    /// Contents of the extensions SEQUENCE; none when the field is absent.
    pub extensions_contents: Option<&'a [u8]>,
    /// The extensions in their order.
    pub extensions: Vec<ExtensionView<'a>>,
    /// signatureAlgorithm, outside.
    pub outer_algorithm: AlgorithmView<'a>,
    /// The signature's octets.
    pub signature: &'a [u8],
}

impl<'a> CertificateView<'a> {
    /// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }`
    pub fn parse(der: &'a [u8]) -> Result<Self, String> {
        let mut certificate = Reader::new(only(der, 0x30, "certificate")?.contents);
        let tbs = certificate.expect(0x30, "tbsCertificate")?;
        let outer_algorithm = algorithm(certificate.expect(0x30, "signatureAlgorithm")?)?;
        let signature = certificate.expect(0x03, "signature")?;
        certificate.end("certificate")?;
        let Some((0, signature)) = signature.contents.split_first() else {
            return Err("signature: not whole octets".to_owned());
        };

        let mut fields = Reader::new(tbs.contents);
        let version = match fields.optional(0xa0, "version")? {
            Some(tagged) => Some(only(tagged.contents, 0x02, "version")?.contents),
            None => None,
        };
        let serial = fields.expect(0x02, "serialNumber")?.contents;
        let inner_algorithm = algorithm(fields.expect(0x30, "signature algorithm")?)?;
        let issuer = fields.expect(0x30, "issuer")?.whole;
        let mut validity = Reader::new(fields.expect(0x30, "validity")?.contents);
        let not_before = validity.element("notBefore")?;
        let not_after = validity.element("notAfter")?;
        validity.end("validity")?;
        let subject = fields.expect(0x30, "subject")?.whole;
        let spki = fields.expect(0x30, "subjectPublicKeyInfo")?.whole;
        let has_issuer_id = fields.optional(0x81, "issuerUniqueID")?.is_some();
        let has_subject_id = fields.optional(0x82, "subjectUniqueID")?.is_some();
        let extensions_contents = match fields.optional(0xa3, "extensions")? {
            Some(tagged) => Some(only(tagged.contents, 0x30, "extensions")?.contents),
            None => None,
        };
        fields.end("tbsCertificate")?;
        let mut extensions = Vec::new();
        for element in elements(extensions_contents.unwrap_or_default(), "extensions")? {
            extensions.push(extension(element)?);
        }
        Ok(Self {
            tbs: tbs.whole,
            version,
            serial,
            inner_algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            spki,
            has_unique_id: has_issuer_id || has_subject_id,
            extensions_contents,
            extensions,
            outer_algorithm,
            signature,
        })
    }

    /// The value of the first extension with this dotted identifier.
    #[must_use]
    pub fn extension(&self, oid: &str) -> Option<&ExtensionView<'a>> {
        self.extensions.iter().find(|have| have.oid == oid)
    }

    /// The attributes of the subject in encoding order.
    pub fn subject_attributes(&self) -> Result<Vec<AttributeView<'a>>, String> {
        attributes(self.subject)
    }

    /// keyUsage; none when the extension is absent.
    pub fn key_usage(&self) -> Result<Option<KeyUsageSet>, String> {
        match self.extension("2.5.29.15") {
            Some(extension) => named_bits(only(extension.value, 0x03, "keyUsage")?.contents).map(Some),
            None => Ok(None),
        }
    }

    /// basicConstraints as (cA, pathLenConstraint); none when the extension is absent.
    pub fn basic_constraints(&self) -> Result<Option<(bool, Option<u8>)>, String> {
        let what = "basicConstraints";
        let Some(extension) = self.extension("2.5.29.19") else { return Ok(None) };
        let mut fields = Reader::new(only(extension.value, 0x30, what)?.contents);
        let is_authority = match fields.optional(0x01, what)?.map(|element| element.contents) {
            None => false,
            Some([0xff]) => true,
            Some(_) => return Err("basicConstraints: cA is FALSE in writing or no DER BOOLEAN".to_owned()),
        };
        let path_len = match fields.optional(0x02, what)?.map(|element| element.contents) {
            None => None,
            Some([length]) if *length < 0x80 => Some(*length),
            Some(_) => return Err("basicConstraints: an impossible pathLenConstraint".to_owned()),
        };
        fields.end(what)?;
        Ok(Some((is_authority, path_len)))
    }

    /// The identifiers of extendedKeyUsage; none when the extension is absent.
    pub fn extended_key_usage(&self) -> Result<Option<Vec<String>>, String> {
        let what = "extKeyUsage";
        let Some(extension) = self.extension("2.5.29.37") else { return Ok(None) };
        let list = elements(only(extension.value, 0x30, what)?.contents, what)?;
        list.into_iter().map(|element| dotted(element, what)).collect::<Result<_, _>>().map(Some)
    }

    /// The identifiers of certificatePolicies; none when the extension is absent.
    pub fn certificate_policies(&self) -> Result<Option<Vec<String>>, String> {
        let what = "certificatePolicies";
        let Some(extension) = self.extension("2.5.29.32") else { return Ok(None) };
        let mut policies = Vec::new();
        for information in elements(only(extension.value, 0x30, what)?.contents, what)? {
            if information.tag != 0x30 {
                return Err("certificatePolicies: no PolicyInformation".to_owned());
            }
            policies.push(dotted(Reader::new(information.contents).element(what)?, what)?);
        }
        Ok(Some(policies))
    }

    /// The algorithm of the subject's key and the contents of its BIT STRING without the count of unused bits.
    pub fn public_key(&self) -> Result<(AlgorithmView<'a>, &'a [u8]), String> {
        let mut fields = Reader::new(only(self.spki, 0x30, "subjectPublicKeyInfo")?.contents);
        let identifier = algorithm(fields.expect(0x30, "key algorithm")?)?;
        let bits = fields.expect(0x03, "subjectPublicKey")?.contents;
        fields.end("subjectPublicKeyInfo")?;
        match bits.split_first() {
            Some((0, octets)) => Ok((identifier, octets)),
            _ => Err("subjectPublicKey: not whole octets".to_owned()),
        }
    }
}

/// The attributes of a Name in encoding order.
pub fn attributes(name: &[u8]) -> Result<Vec<AttributeView<'_>>, String> {
    let mut found = Vec::new();
    for (rdn, set) in elements(only(name, 0x30, "name")?.contents, "name")?.into_iter().enumerate() {
        if set.tag != 0x31 {
            return Err("name: an RDN that is no SET".to_owned());
        }
        for pair in elements(set.contents, "RDN")? {
            let mut fields = Reader::new(only(pair.whole, 0x30, "attribute")?.contents);
            let oid = dotted(fields.element("attribute type")?, "attribute type")?;
            let value = fields.element("attribute value")?;
            fields.end("attribute")?;
            found.push(AttributeView { rdn, oid, value });
        }
    }
    Ok(found)
}

/// The epoch second of a UTCTime or GeneralizedTime in the forms of RFC 5280: seconds given, Z at the end, no fraction.
pub fn seconds(time: Tlv<'_>) -> Result<i64, String> {
    let text = std::str::from_utf8(time.contents).map_err(|_| "a time that is no text".to_owned())?;
    let wrong = || format!("the time {text} is not in the form of RFC 5280");
    let digits = text.strip_suffix('Z').ok_or_else(wrong)?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let (year, rest) = match (time.tag, digits.len()) {
        (0x17, 12) => (number(&digits[..2]) + if number(&digits[..2]) < 50 { 2000 } else { 1900 }, &digits[2..]),
        (0x18 | 0x80 | 0x81, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return Err(wrong()),
    };
    let part = |at: usize| number(&rest[at..at + 2]) as u8;
    let at = der::DateTime::new(year, part(0), part(2), part(4), part(6), part(8)).map_err(|_| wrong())?;
    i64::try_from(at.unix_duration().as_secs()).map_err(|_| wrong())
}

/// At most four ASCII digits, checked by the caller.
fn number(digits: &str) -> u16 {
    digits.bytes().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'))
}

/// A named bit list in its one DER form (X.690 11.2.2): bit 0 is the highest of the first octet, and the last bit written is set.
fn named_bits(contents: &[u8]) -> Result<KeyUsageSet, String> {
    let Some((unused, octets)) = contents.split_first() else { return Err("keyUsage: no BIT STRING".to_owned()) };
    let expected_unused = octets.last().map_or(0, |last| last.trailing_zeros() as u8);
    let is_set = |bit: usize| octets.get(bit / 8).is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0);
    if *unused != expected_unused || octets.last() == Some(&0) {
        return Err("keyUsage: not the shortest form".to_owned());
    }
    if octets.len() > 2 || (KeyUsage::ALL.len()..16).any(is_set) {
        return Err("keyUsage: bits without a name".to_owned());
    }
    Ok(KeyUsageSet::of(KeyUsage::ALL.into_iter().enumerate().filter(|(bit, _)| is_set(*bit)).map(|(_, usage)| usage)))
}

fn algorithm(element: Tlv<'_>) -> Result<AlgorithmView<'_>, String> {
    let what = "algorithm identifier";
    let mut fields = Reader::new(element.contents);
    let oid = dotted(fields.element(what)?, what)?;
    let parameters = if fields.is_empty() { None } else { Some(fields.element(what)?) };
    fields.end(what)?;
    Ok(AlgorithmView { oid, parameters, whole: element.whole })
}

fn extension(element: Tlv<'_>) -> Result<ExtensionView<'_>, String> {
    let mut fields = Reader::new(only(element.whole, 0x30, "extension")?.contents);
    let oid = dotted(fields.element("extension")?, "extension")?;
    let critical_octets = fields.optional(0x01, "critical")?.map(|found| found.contents);
    let value = fields.expect(0x04, "extension value")?.contents;
    fields.end("extension")?;
    Ok(ExtensionView { oid, critical_octets, value })
}
