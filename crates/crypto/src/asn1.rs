//! The DER this crate reads and writes: a strict cursor over borrowed bytes and a handful of writers.
//! No recursion and no allocation while reading, so that a hostile object costs its length and nothing more.

use core::time::Duration;

use der::DateTime;
use der::asn1::ObjectIdentifier;

use crate::Error;

/// Largest certificate, request, key or signed message read, octets. A CMS holds an act and a few certificates: tens of kilobytes.
pub const MAX_OBJECT_OCTETS: usize = 1 << 20;

/// Identifier octets of the types in use.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]`, constructed.
    pub(crate) const fn context(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number] IMPLICIT` over a primitive type.
    pub(crate) const fn context_primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One tag-length-value.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    what: &'static str,
    /// Octets from the beginning of the object that was handed in, where they are counted.
    pub(crate) at: Option<usize>,
    pub(crate) tag: u8,
    pub(crate) body: &'a [u8],
    /// Tag, length and body together.
    pub(crate) whole: &'a [u8],
}

/// A cursor over the elements of one constructed value, or over a whole object.
pub(crate) struct Input<'a> {
    what: &'static str,
    rest: &'a [u8],
    /// Where `rest` begins in the object that was handed in, where that is counted.
    at: Option<usize>,
}

impl<'a> Input<'a> {
    /// `what` names the object in errors.
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes, at: None }
    }

    /// [`Input::whole_object`] for the object a caller handed in: the offsets of errors are counted from its beginning.
    /// An object inside another one is read by the other, and the error of the inside moved there by [`Error::within`].
    pub(crate) fn door(what: &'static str, bytes: &'a [u8], tag: u8, limit: usize) -> Result<Element<'a>, Error> {
        Self { what, rest: bytes, at: Some(0) }.only(tag, limit)
    }

    /// The one element an object consists of: its tag is `tag` and nothing follows it.
    pub(crate) fn whole_object(
        what: &'static str,
        bytes: &'a [u8],
        tag: u8,
        limit: usize,
    ) -> Result<Element<'a>, Error> {
        Self::new(what, bytes).only(tag, limit)
    }

    fn only(mut self, tag: u8, limit: usize) -> Result<Element<'a>, Error> {
        if self.rest.len() > limit {
            return Err(Error::malformed(self.what, format!("longer than {limit} octets")).at(self.at));
        }
        let element = self.expect(tag)?;
        self.end()?;
        Ok(element)
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Error> {
        let (what, at) = (self.what, self.at);
        let broken = |detail: &str| Error::malformed(what, detail).at(at);
        let (&tag, after_tag) = self.rest.split_first().ok_or_else(|| broken("ends too early"))?;
        if tag & 0x1f == 0x1f {
            return Err(broken("multi-octet tag"));
        }
        let (&first, mut after_length) = after_tag.split_first().ok_or_else(|| broken("ends too early"))?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let octets = usize::from(first & 0x7f);
            if octets == 0 {
                return Err(broken("indefinite length"));
            }
            if octets > 4 {
                return Err(broken("length too large"));
            }
            let (field, rest) = after_length.split_at_checked(octets).ok_or_else(|| broken("ends too early"))?;
            after_length = rest;
            let length = field.iter().fold(0_usize, |length, &octet| length << 8 | usize::from(octet));
            if length < 0x80 || field[0] == 0 {
                return Err(broken("length not minimal"));
            }
            length
        };
        let (body, rest) = after_length.split_at_checked(length).ok_or_else(|| broken("ends too early"))?;
        let whole = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest;
        self.at = at.map(|at| at + whole.len());
        Ok(Element { what, at, tag, body, whole })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Error> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(Error::malformed(self.what, format!("tag {:02x} where {tag:02x} is due", element.tag)).at(element.at))
        }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// The tag of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next element begins, where offsets are counted.
    pub(crate) fn at(&self) -> Option<usize> {
        self.at
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::malformed(self.what, "trailing bytes").at(self.at)) }
    }
}

impl<'a> Element<'a> {
    /// A cursor over the contents of a constructed element.
    pub(crate) fn open(&self) -> Input<'a> {
        self.open_as(self.what)
    }

    fn open_if_constructed(&self) -> Option<Input<'a>> {
        (self.tag & 0x20 != 0).then(|| self.open())
    }

    /// The same, with another name in errors.
    pub(crate) fn open_as(&self, what: &'static str) -> Input<'a> {
        Input { what, rest: self.body, at: self.body_at() }
    }

    /// Where the body begins, where offsets are counted.
    pub(crate) fn body_at(&self) -> Option<usize> {
        self.at.map(|at| at + self.whole.len() - self.body.len())
    }

    fn broken(&self, detail: &str) -> Error {
        Error::malformed(self.what, detail).at(self.at)
    }

    fn must_be(&self, tag: u8) -> Result<(), Error> {
        if self.tag == tag { Ok(()) } else { Err(self.broken(&format!("tag {:02x} where {tag:02x} is due", self.tag))) }
    }

    /// A non-negative INTEGER, big-endian, without the sign octet; zero is one zero octet.
    pub(crate) fn unsigned(&self) -> Result<&'a [u8], Error> {
        self.must_be(tag::INTEGER)?;
        match self.body {
            [] => Err(self.broken("empty INTEGER")),
            [0] => Ok(self.body),
            [0, second, ..] if *second < 0x80 => Err(self.broken("INTEGER not minimal")),
            [0, rest @ ..] => Ok(rest),
            [first, ..] if *first >= 0x80 => Err(self.broken("negative INTEGER")),
            body => Ok(body),
        }
    }

    /// A non-negative INTEGER that fits 32 bits.
    pub(crate) fn small(&self) -> Result<u32, Error> {
        let octets = self.unsigned()?;
        if octets.len() > 4 {
            return Err(self.broken("INTEGER too large"));
        }
        Ok(octets.iter().fold(0, |value, &octet| value << 8 | u32::from(octet)))
    }

    /// The same element under the tag that an implicit one stands for.
    pub(crate) fn retagged(self, tag: u8) -> Self {
        Self { tag, ..self }
    }

    /// The same under an implicit tag.
    pub(crate) fn small_under_any_tag(&self) -> Result<u32, Error> {
        Self { tag: tag::INTEGER, ..*self }.small()
    }

    /// A BOOLEAN; DER knows two octets for it.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.must_be(tag::BOOLEAN)?;
        match self.body {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.broken("BOOLEAN neither 00 nor FF")),
        }
    }

    /// An OBJECT IDENTIFIER.
    pub(crate) fn oid(&self) -> Result<ObjectIdentifier, Error> {
        self.must_be(tag::OID)?;
        ObjectIdentifier::from_bytes(self.body).map_err(|_| self.broken("bad OBJECT IDENTIFIER"))
    }

    /// The octets of a BIT STRING that has no unused bits.
    pub(crate) fn bit_octets(&self) -> Result<&'a [u8], Error> {
        match self.body.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(self.broken("BIT STRING with unused bits")),
        }
    }

    /// UTCTime or GeneralizedTime in the one form RFC 5280 allows, as seconds since 1970. Years before 1970 are refused.
    pub(crate) fn time(&self) -> Result<i64, Error> {
        let bad = || self.broken("bad time");
        let digits = match self.tag {
            tag::UTC_TIME if self.body.len() == 13 => &self.body[..12],
            tag::GENERALIZED_TIME if self.body.len() == 15 => &self.body[..14],
            tag::UTC_TIME | tag::GENERALIZED_TIME => return Err(bad()),
            _ => return Err(self.broken("neither UTCTime nor GeneralizedTime")),
        };
        if self.body.last() != Some(&b'Z') || !digits.iter().all(u8::is_ascii_digit) {
            return Err(bad());
        }
        let pair = |at: usize| (digits[at] - b'0') * 10 + (digits[at + 1] - b'0');
        let (year, at) = if self.tag == tag::UTC_TIME {
            let year = u16::from(pair(0));
            (if year < 50 { 2000 + year } else { 1900 + year }, 2)
        } else {
            (u16::from(pair(0)) * 100 + u16::from(pair(2)), 4)
        };
        let time =
            DateTime::new(year, pair(at), pair(at + 2), pair(at + 4), pair(at + 6), pair(at + 8)).map_err(|_| bad())?;
        i64::try_from(time.unix_duration().as_secs()).map_err(|_| bad())
    }
}

/// The characters of an IA5String under whatever tag.
pub(crate) fn ascii(element: Element<'_>) -> Result<&str, Error> {
    match core::str::from_utf8(element.body) {
        Ok(text) if text.is_ascii() => Ok(text),
        _ => Err(element.broken("characters that are not ASCII")),
    }
}

/// Walks all elements, those inside constructed ones too, and refuses the first that is no DER: for a caller who has an error
/// without an offset, or does not know what the object is. Tags and values are not judged, only that elements are whole.
///
/// ```
/// // A SEQUENCE of six octets that ends after an INTEGER of one.
/// let error = surguch_crypto::check_der(&[0x30, 0x06, 0x02, 0x01, 0x05]).unwrap_err();
/// assert_eq!(error.offset(), Some(0));
/// // The INTEGER inside claims more than the SEQUENCE has.
/// let error = surguch_crypto::check_der(&[0x30, 0x03, 0x02, 0x05, 0x05]).unwrap_err();
/// assert_eq!(error.offset(), Some(2));
/// ```
pub fn check_der(der: &[u8]) -> Result<(), Error> {
    let mut whole = Input { what: "DER", rest: der, at: Some(0) };
    let mut open = vec![whole.any()?.open_if_constructed()];
    whole.end()?;
    while let Some(inside) = open.last_mut() {
        match inside {
            Some(input) if !input.is_empty() => {
                let element = input.any()?;
                if open.len() == MAX_DEPTH {
                    return Err(Error::malformed("DER", "nested too deeply").at(element.at));
                }
                open.push(element.open_if_constructed());
            }
            _ => drop(open.pop()),
        }
    }
    Ok(())
}

/// Deepest nesting walked; a certificate inside a message inside a time stamp reaches twenty.
const MAX_DEPTH: usize = 64;

/// `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`
#[derive(Clone, Copy)]
pub(crate) struct AlgorithmIdentifier<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(crate) fn read(element: Element<'a>) -> Result<Self, Error> {
        element.must_be(tag::SEQUENCE)?;
        let mut input = element.open();
        let oid = input.any()?.oid()?;
        let parameters = if input.is_empty() { None } else { Some(input.any()?) };
        input.end()?;
        Ok(Self { oid, parameters })
    }

    /// No parameters, or the NULL that OpenSSL writes for them.
    pub(crate) fn has_no_parameters(&self) -> bool {
        self.parameters.is_none_or(|parameters| parameters.tag == tag::NULL && parameters.body.is_empty())
    }
}

/// Tag, minimal length, and the parts one after another.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    push_length(&mut out, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Appends the minimal DER length.
pub(crate) fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|&&octet| octet == 0).count();
        out.push(0x80 | (octets.len() - skip) as u8);
        out.extend_from_slice(&octets[skip..]);
    }
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, parts)
}

/// SET OF in DER order: members ascending by their encodings (X.690, 11.6).
pub(crate) fn set_of(tag: u8, mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort();
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    tlv(tag, &members)
}

pub(crate) fn object_identifier(oid: &ObjectIdentifier) -> Vec<u8> {
    tlv(tag::OID, &[oid.as_bytes()])
}

/// The DER of a dotted identifier.
pub(crate) fn dotted(what: &'static str, oid: &str) -> Result<Vec<u8>, Error> {
    let oid = ObjectIdentifier::new(oid).map_err(|_| Error::malformed(what, format!("bad identifier {oid}")))?;
    Ok(object_identifier(&oid))
}

/// The DER of a dotted identifier out of our own tables.
pub(crate) fn known(oid: &'static str) -> Vec<u8> {
    object_identifier(&ObjectIdentifier::new(oid).expect("the tables of this crate hold well-formed identifiers"))
}

pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, &[octets])
}

pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], octets])
}

/// A non-negative INTEGER of big-endian octets, leading zeros allowed.
pub(crate) fn unsigned(octets: &[u8]) -> Vec<u8> {
    let skip = octets.iter().take_while(|&&octet| octet == 0).count();
    match &octets[skip..] {
        [] => tlv(tag::INTEGER, &[&[0]]),
        digits @ [first, ..] if *first >= 0x80 => tlv(tag::INTEGER, &[&[0], digits]),
        digits => tlv(tag::INTEGER, &[digits]),
    }
}

pub(crate) fn small(value: u32) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[&[if value { 0xff } else { 0 }]])
}

/// UTCTime to the end of 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). Seconds since 1970; earlier times are refused.
pub(crate) fn time(what: &'static str, seconds: i64) -> Result<Vec<u8>, Error> {
    let bad = || Error::malformed(what, format!("time {seconds} outside 1970..9999"));
    let since_epoch = Duration::from_secs(u64::try_from(seconds).map_err(|_| bad())?);
    let time = DateTime::from_unix_duration(since_epoch).map_err(|_| bad())?;
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", time.month(), time.day(), time.hour(), time.minutes(), time.seconds());
    Ok(if time.year() < 2050 {
        tlv(tag::UTC_TIME, &[format!("{:02}", time.year() % 100).as_bytes(), rest.as_bytes()])
    } else {
        tlv(tag::GENERALIZED_TIME, &[format!("{:04}", time.year()).as_bytes(), rest.as_bytes()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Element<'_>, Error> {
        Input::new("test", bytes).any()
    }

    #[test]
    fn lengths_must_be_definite_and_minimal() {
        assert!(read(&[0x30, 0x80, 0, 0]).is_err());
        assert!(read(&[0x04, 0x81, 0x01, 0xaa]).is_err());
        assert!(read(&[0x04, 0x82, 0x00, 0x80]).is_err());
        assert!(read(&[0x04, 0x85, 1, 1, 1, 1, 1]).is_err());
        assert!(read(&[0x1f, 0x01, 0x00]).is_err());
        assert!(read(&[0x04, 0x02, 0xaa]).is_err());
        assert_eq!(read(&[0x04, 0x01, 0xaa]).expect("one octet").body, [0xaa]);
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let octets = vec![7; length];
            let written = octet_string(&octets);
            assert_eq!(read(&written).expect("own output").body, octets);
        }
    }

    #[test]
    fn integers_are_minimal_and_not_negative() {
        assert!(read(&[2, 1, 0x80]).expect("element").unsigned().is_err());
        assert!(read(&[2, 2, 0, 0x7f]).expect("element").unsigned().is_err());
        assert!(read(&[2, 0]).expect("element").unsigned().is_err());
        assert_eq!(read(&[2, 2, 0, 0x80]).expect("element").unsigned().expect("128"), [0x80]);
        assert_eq!(unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0]), [2, 1, 0]);
    }

    #[test]
    fn times_change_their_type_in_2050_and_come_back() {
        for (seconds, expected) in
            [(0, "700101000000Z"), (2_524_607_999, "491231235959Z"), (2_524_608_000, "20500101000000Z")]
        {
            let written = time("test", seconds).expect("in range");
            assert_eq!(&written[2..], expected.as_bytes());
            assert_eq!(read(&written).expect("own output").time().expect("own output"), seconds);
        }
        assert!(time("test", -1).is_err());
        for bad in ["17\x0d991301000000Z", "17\x0d990101000000+", "17\x0b9901010000Z"] {
            let (tag, rest) = bad.split_at(2);
            let mut bytes = vec![u8::from_str_radix(tag, 16).expect("hex")];
            bytes.extend_from_slice(rest.as_bytes());
            assert!(read(&bytes).expect("element").time().is_err());
        }
    }
}
