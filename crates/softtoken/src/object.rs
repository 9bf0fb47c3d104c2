//! Objects as the standard sees them: attributes by number, what a template may say about them, who may read which.
//! Values are octets in the machine's order, as C hands them over; nothing here knows a session or a file.

use std::collections::BTreeMap;

use cryptoki_sys::*;
use zeroize::Zeroizing;

use crate::code::{Answer, refuse};
use crate::numbers::{CKA_VENDOR_CONFIRM_BY_TOUCH, CKA_VENDOR_KEY_JOURNAL};

/// A template as it comes through the door: numbers and borrowed values.
pub(crate) type Template<'a> = [(CK_ATTRIBUTE_TYPE, &'a [u8])];

/// Where a private key keeps its PKCS#8 or its number. Not of the standard, never shown, never asked for.
pub(crate) const MATERIAL: CK_ATTRIBUTE_TYPE = CK_ULONG::MAX - 1;

/// Longest value of one attribute: what fits a card with room to spare; a certificate is a tenth of it.
pub(crate) const MAX_VALUE_OCTETS: usize = 64 * 1024;
/// Most attributes in a template; an RSA private key has some thirty.
pub(crate) const MAX_TEMPLATE: usize = 128;

/// Attributes by number. Values are wiped: some are secret, and none is worth telling apart.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes(BTreeMap<CK_ATTRIBUTE_TYPE, Zeroizing<Vec<u8>>>);

impl Attributes {
    pub(crate) fn bytes(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&[u8]> {
        self.0.get(&kind).map(|value| value.as_slice())
    }

    pub(crate) fn is(&self, kind: CK_ATTRIBUTE_TYPE) -> bool {
        self.bytes(kind) == Some(&[CK_TRUE])
    }

    pub(crate) fn number(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<CK_ULONG> {
        number(self.bytes(kind)?)
    }

    pub(crate) fn set(&mut self, kind: CK_ATTRIBUTE_TYPE, value: impl Into<Vec<u8>>) {
        self.0.insert(kind, Zeroizing::new(value.into()));
    }

    pub(crate) fn set_bool(&mut self, kind: CK_ATTRIBUTE_TYPE, value: bool) {
        self.set(kind, [if value { CK_TRUE } else { CK_FALSE }]);
    }

    pub(crate) fn set_number(&mut self, kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) {
        self.set(kind, value.to_ne_bytes());
    }

    /// Sets what is not there yet.
    pub(crate) fn default_to(&mut self, kind: CK_ATTRIBUTE_TYPE, value: impl Into<Vec<u8>>) {
        self.0.entry(kind).or_insert_with(|| Zeroizing::new(value.into()));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (CK_ATTRIBUTE_TYPE, &[u8])> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_slice()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn class(&self) -> CK_OBJECT_CLASS {
        self.number(CKA_CLASS).unwrap_or(CK_OBJECT_CLASS::MAX)
    }

    /// What the standard calls the object: on the card, or gone with its session.
    pub(crate) fn is_token(&self) -> bool {
        self.is(CKA_TOKEN)
    }

    pub(crate) fn is_private(&self) -> bool {
        self.is(CKA_PRIVATE)
    }

    /// Octets the object takes on the card, as C_GetObjectSize tells them.
    pub(crate) fn size(&self) -> usize {
        OBJECT_OVERHEAD_OCTETS + self.0.values().map(|value| ATTRIBUTE_OVERHEAD_OCTETS + value.len()).sum::<usize>()
    }

    /// Whether every attribute of the template is there with that value. A secret one matches nothing: a search must not become a way of guessing.
    pub(crate) fn matches(&self, template: &Template<'_>) -> bool {
        template.iter().all(|(kind, value)| !self.is_secret(*kind) && self.bytes(*kind) == Some(*value))
    }

    /// What a caller reads; `CKR_ATTRIBUTE_SENSITIVE` or `CKR_ATTRIBUTE_TYPE_INVALID` otherwise.
    pub(crate) fn readable(&self, kind: CK_ATTRIBUTE_TYPE) -> Answer<&[u8]> {
        if self.is_secret(kind) {
            return refuse(if kind == MATERIAL { CKR_ATTRIBUTE_TYPE_INVALID } else { CKR_ATTRIBUTE_SENSITIVE });
        }
        self.bytes(kind).map_or_else(|| refuse(CKR_ATTRIBUTE_TYPE_INVALID), Ok)
    }

    /// The halves of private and secret keys, unless the key is neither sensitive nor bound to the card.
    fn is_secret(&self, kind: CK_ATTRIBUTE_TYPE) -> bool {
        let is_value = match self.class() {
            CKO_PRIVATE_KEY => PRIVATE_VALUES.contains(&kind),
            CKO_SECRET_KEY => kind == CKA_VALUE,
            _ => false,
        };
        kind == MATERIAL || is_value && (self.is(CKA_SENSITIVE) || !self.is(CKA_EXTRACTABLE))
    }
}

/// The octets of a `CK_ULONG`, or nothing that looks like it.
pub(crate) fn number(value: &[u8]) -> Option<CK_ULONG> {
    value.try_into().map(CK_ULONG::from_ne_bytes).ok()
}

/// A template that was looked at: every attribute once, known to the standard, of the right kind and length.
pub(crate) fn checked(template: &Template<'_>) -> Answer<Attributes> {
    let mut attributes = Attributes::default();
    for (kind, value) in template {
        well_formed(*kind, value)?;
        if attributes.0.insert(*kind, Zeroizing::new(value.to_vec())).is_some() {
            return refuse(CKR_TEMPLATE_INCONSISTENT);
        }
    }
    Ok(attributes)
}

fn well_formed(kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> Answer<()> {
    let good = match shape(kind) {
        Some(Shape::Bool) => matches!(value, [CK_TRUE | CK_FALSE]),
        Some(Shape::Number) => number(value).is_some(),
        // CK_DATE is empty or eight digits.
        Some(Shape::Date) => value.is_empty() || value.len() == 8 && value.iter().all(u8::is_ascii_digit),
        Some(Shape::Octets) => value.len() <= MAX_VALUE_OCTETS,
        None => return refuse(CKR_ATTRIBUTE_TYPE_INVALID),
    };
    if good { Ok(()) } else { refuse(CKR_ATTRIBUTE_VALUE_INVALID) }
}

enum Shape {
    Bool,
    Number,
    Date,
    Octets,
}

fn shape(kind: CK_ATTRIBUTE_TYPE) -> Option<Shape> {
    Some(match kind {
        CKA_TOKEN
        | CKA_PRIVATE
        | CKA_MODIFIABLE
        | CKA_COPYABLE
        | CKA_DESTROYABLE
        | CKA_TRUSTED
        | CKA_SENSITIVE
        | CKA_ENCRYPT
        | CKA_DECRYPT
        | CKA_WRAP
        | CKA_UNWRAP
        | CKA_SIGN
        | CKA_SIGN_RECOVER
        | CKA_VERIFY
        | CKA_VERIFY_RECOVER
        | CKA_DERIVE
        | CKA_EXTRACTABLE
        | CKA_LOCAL
        | CKA_NEVER_EXTRACTABLE
        | CKA_ALWAYS_SENSITIVE
        | CKA_ALWAYS_AUTHENTICATE
        | CKA_WRAP_WITH_TRUSTED
        | CKA_VENDOR_KEY_JOURNAL
        | CKA_VENDOR_CONFIRM_BY_TOUCH => Shape::Bool,
        CKA_CLASS
        | CKA_CERTIFICATE_TYPE
        | CKA_CERTIFICATE_CATEGORY
        | CKA_JAVA_MIDP_SECURITY_DOMAIN
        | CKA_KEY_TYPE
        | CKA_MODULUS_BITS
        | CKA_VALUE_LEN
        | CKA_KEY_GEN_MECHANISM
        | CKA_NAME_HASH_ALGORITHM => Shape::Number,
        CKA_START_DATE | CKA_END_DATE => Shape::Date,
        CKA_LABEL
        | CKA_APPLICATION
        | CKA_VALUE
        | CKA_OBJECT_ID
        | CKA_ISSUER
        | CKA_SERIAL_NUMBER
        | CKA_SUBJECT
        | CKA_ID
        | CKA_URL
        | CKA_HASH_OF_SUBJECT_PUBLIC_KEY
        | CKA_HASH_OF_ISSUER_PUBLIC_KEY
        | CKA_CHECK_VALUE
        | CKA_PUBLIC_KEY_INFO
        | CKA_MODULUS
        | CKA_PUBLIC_EXPONENT
        | CKA_PRIVATE_EXPONENT
        | CKA_PRIME_1
        | CKA_PRIME_2
        | CKA_EXPONENT_1
        | CKA_EXPONENT_2
        | CKA_COEFFICIENT
        | CKA_EC_PARAMS
        | CKA_EC_POINT
        | CKA_GOSTR3410_PARAMS
        | CKA_GOSTR3411_PARAMS
        | CKA_GOST28147_PARAMS
        | CKA_ALLOWED_MECHANISMS => Shape::Octets,
        _ => return None,
    })
}

const PRIVATE_VALUES: &[CK_ATTRIBUTE_TYPE] =
    &[CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT];

/// What nobody but the card says about an object (PKCS#11 2.40, 4.4 and tables of 4.7 to 4.9).
const OURS_TO_SAY: &[CK_ATTRIBUTE_TYPE] =
    &[CKA_LOCAL, CKA_KEY_GEN_MECHANISM, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE];

/// A template for a new object of any making must not say these.
pub(crate) fn says_nothing_of_ours(attributes: &Attributes) -> Answer<()> {
    if OURS_TO_SAY.iter().any(|kind| attributes.bytes(*kind).is_some()) {
        return refuse(CKR_ATTRIBUTE_READ_ONLY);
    }
    // CKA_TRUSTED is the administrator's to give, and there is no way here for him to do so.
    if attributes.is(CKA_TRUSTED) { refuse(CKR_ATTRIBUTE_READ_ONLY) } else { Ok(()) }
}

/// What every object has.
pub(crate) fn common_defaults(attributes: &mut Attributes) {
    attributes.default_to(CKA_TOKEN, [CK_FALSE]);
    let keeps_secret = matches!(attributes.class(), CKO_PRIVATE_KEY | CKO_SECRET_KEY);
    attributes.default_to(CKA_PRIVATE, [if keeps_secret { CK_TRUE } else { CK_FALSE }]);
    attributes.default_to(CKA_MODIFIABLE, [CK_TRUE]);
    attributes.default_to(CKA_COPYABLE, [CK_TRUE]);
    attributes.default_to(CKA_DESTROYABLE, [CK_TRUE]);
    attributes.default_to(CKA_LABEL, []);
}

/// What every key has beside: `local` for keys the card made.
pub(crate) fn key_defaults(attributes: &mut Attributes, local: Option<CK_MECHANISM_TYPE>) -> Answer<()> {
    attributes.default_to(CKA_ID, []);
    attributes.default_to(CKA_START_DATE, []);
    attributes.default_to(CKA_END_DATE, []);
    attributes.default_to(CKA_DERIVE, [CK_FALSE]);
    attributes.set_bool(CKA_LOCAL, local.is_some());
    attributes.set_number(CKA_KEY_GEN_MECHANISM, local.unwrap_or(CK_UNAVAILABLE_INFORMATION));
    match attributes.class() {
        CKO_PUBLIC_KEY => {
            attributes.default_to(CKA_SUBJECT, []);
            attributes.default_to(CKA_VERIFY, [CK_TRUE]);
            for absent in [CKA_ENCRYPT, CKA_VERIFY_RECOVER, CKA_WRAP, CKA_TRUSTED] {
                attributes.default_to(absent, [CK_FALSE]);
            }
        }
        class @ (CKO_PRIVATE_KEY | CKO_SECRET_KEY) => {
            // A secret in the open part of the card is no secret.
            if !attributes.is_private() {
                return refuse(CKR_TEMPLATE_INCONSISTENT);
            }
            attributes.default_to(CKA_SENSITIVE, [CK_TRUE]);
            attributes.default_to(CKA_EXTRACTABLE, [CK_FALSE]);
            let (sensitive, extractable) = (attributes.is(CKA_SENSITIVE), attributes.is(CKA_EXTRACTABLE));
            attributes.set_bool(CKA_ALWAYS_SENSITIVE, local.is_some() && sensitive);
            attributes.set_bool(CKA_NEVER_EXTRACTABLE, local.is_some() && !extractable);
            if class == CKO_PRIVATE_KEY {
                attributes.default_to(CKA_SUBJECT, []);
                attributes.default_to(CKA_SIGN, [CK_TRUE]);
                attributes.default_to(CKA_ALWAYS_AUTHENTICATE, [CK_FALSE]);
                if attributes.is(CKA_ALWAYS_AUTHENTICATE) {
                    return refuse(CKR_TEMPLATE_INCONSISTENT);
                }
            } else {
                attributes.default_to(CKA_SIGN, [CK_FALSE]);
                attributes.default_to(CKA_VERIFY, [CK_FALSE]);
                attributes.default_to(CKA_ENCRYPT, [CK_FALSE]);
            }
            for absent in [CKA_DECRYPT, CKA_SIGN_RECOVER, CKA_UNWRAP, CKA_WRAP_WITH_TRUSTED] {
                attributes.default_to(absent, [CK_FALSE]);
            }
        }
        _ => {}
    }
    Ok(())
}

/// A certificate or a data object by C_CreateObject: what must be there is there, what the standard defaults is.
pub(crate) fn complete_public(attributes: &mut Attributes) -> Answer<()> {
    match attributes.class() {
        CKO_DATA => {
            for kind in [CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE] {
                attributes.default_to(kind, []);
            }
            only(attributes, DATA)
        }
        CKO_CERTIFICATE => {
            match attributes.number(CKA_CERTIFICATE_TYPE) {
                Some(CKC_X_509) => {}
                Some(_) => return refuse(CKR_ATTRIBUTE_VALUE_INVALID),
                None => return refuse(CKR_TEMPLATE_INCOMPLETE),
            }
            // The subject is asked for by the standard and left out by half of its users; the other half of a certificate is its value.
            if attributes.bytes(CKA_VALUE).is_none_or(<[u8]>::is_empty) {
                return refuse(CKR_TEMPLATE_INCOMPLETE);
            }
            attributes.default_to(CKA_TRUSTED, [CK_FALSE]);
            attributes.default_to(CKA_CERTIFICATE_CATEGORY, CK_ULONG::to_ne_bytes(0));
            let empty = [CKA_SUBJECT, CKA_ID, CKA_ISSUER, CKA_SERIAL_NUMBER, CKA_START_DATE, CKA_END_DATE];
            for kind in empty {
                attributes.default_to(kind, []);
            }
            only(attributes, CERTIFICATE)
        }
        _ => refuse(CKR_ATTRIBUTE_VALUE_INVALID),
    }
}

fn only(attributes: &Attributes, known: &[CK_ATTRIBUTE_TYPE]) -> Answer<()> {
    let strange = attributes.iter().any(|(kind, _)| !known.contains(&kind) && !OF_ANY_OBJECT.contains(&kind));
    if strange { refuse(CKR_TEMPLATE_INCONSISTENT) } else { Ok(()) }
}

const OF_ANY_OBJECT: &[CK_ATTRIBUTE_TYPE] =
    &[CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE, CKA_LABEL];
const DATA: &[CK_ATTRIBUTE_TYPE] = &[CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE];
const CERTIFICATE: &[CK_ATTRIBUTE_TYPE] = &[
    CKA_CERTIFICATE_TYPE,
    CKA_TRUSTED,
    CKA_CERTIFICATE_CATEGORY,
    CKA_CHECK_VALUE,
    CKA_START_DATE,
    CKA_END_DATE,
    CKA_PUBLIC_KEY_INFO,
    CKA_SUBJECT,
    CKA_ID,
    CKA_ISSUER,
    CKA_SERIAL_NUMBER,
    CKA_VALUE,
    CKA_URL,
    CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
    CKA_HASH_OF_ISSUER_PUBLIC_KEY,
    CKA_JAVA_MIDP_SECURITY_DOMAIN,
    CKA_NAME_HASH_ALGORITHM,
];

/// C_SetAttributeValue and the template of C_CopyObject: what may become of an object that exists (table 11 and the footnotes of table 10).
pub(crate) fn changed(object: &Attributes, template: &Template<'_>, copying: bool) -> Answer<Attributes> {
    if !copying && object.bytes(CKA_MODIFIABLE) == Some(&[CK_FALSE]) {
        return refuse(CKR_ACTION_PROHIBITED);
    }
    let mut after = object.clone();
    for (kind, value) in checked(template)?.iter() {
        if object.bytes(kind) == Some(value) {
            continue;
        }
        let may = match kind {
            CKA_LABEL | CKA_ID | CKA_START_DATE | CKA_END_DATE | CKA_APPLICATION | CKA_SUBJECT | CKA_ISSUER
            | CKA_SERIAL_NUMBER | CKA_OBJECT_ID => true,
            CKA_VALUE => object.class() == CKO_DATA,
            CKA_SIGN | CKA_VERIFY | CKA_DERIVE | CKA_DECRYPT | CKA_ENCRYPT | CKA_WRAP | CKA_UNWRAP
            | CKA_SIGN_RECOVER | CKA_VERIFY_RECOVER => object.bytes(kind).is_some(),
            // One way only.
            CKA_SENSITIVE => value == [CK_TRUE] && object.bytes(kind).is_some(),
            CKA_EXTRACTABLE => value == [CK_FALSE] && object.bytes(kind).is_some(),
            CKA_COPYABLE | CKA_DESTROYABLE => value == [CK_FALSE],
            CKA_TOKEN | CKA_MODIFIABLE => copying,
            CKA_PRIVATE => copying && (value == [CK_TRUE]),
            _ => false,
        };
        if !may {
            return refuse(CKR_ATTRIBUTE_READ_ONLY);
        }
        after.set(kind, value);
    }
    Ok(after)
}

/// What encoding adds to an object and to an attribute.
const OBJECT_OVERHEAD_OCTETS: usize = 8;
const ATTRIBUTE_OVERHEAD_OCTETS: usize = 12;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests only")]
mod tests {
    use super::*;
    use crate::Code;

    fn private_key() -> Attributes {
        let mut key = Attributes::default();
        key.set_number(CKA_CLASS, CKO_PRIVATE_KEY);
        key.set(CKA_VALUE, [7; 32]);
        key.set(MATERIAL, [7; 32]);
        common_defaults(&mut key);
        key_defaults(&mut key, None).unwrap();
        key
    }

    #[test]
    fn a_private_key_shows_its_value_to_nobody_unless_it_was_made_to_be_shown() {
        let key = private_key();
        assert_eq!(key.readable(CKA_VALUE), refuse(CKR_ATTRIBUTE_SENSITIVE));
        assert_eq!(key.readable(MATERIAL), refuse(CKR_ATTRIBUTE_TYPE_INVALID));
        assert!(!key.matches(&[(CKA_VALUE, &[7; 32])]), "a search is no oracle");
        let mut open = key;
        open.set_bool(CKA_SENSITIVE, false);
        assert_eq!(open.readable(CKA_VALUE), refuse(CKR_ATTRIBUTE_SENSITIVE));
        open.set_bool(CKA_EXTRACTABLE, true);
        assert_eq!(open.readable(CKA_VALUE), Ok(&[7; 32][..]));
        assert_eq!(open.readable(MATERIAL), refuse(CKR_ATTRIBUTE_TYPE_INVALID));
    }

    #[test]
    fn sensitivity_goes_one_way() {
        let key = private_key();
        let set = |kind, value: u8| changed(&key, &[(kind, &[value])], false).map(|_| ());
        assert_eq!(set(CKA_SENSITIVE, CK_FALSE), refuse(CKR_ATTRIBUTE_READ_ONLY));
        assert_eq!(set(CKA_EXTRACTABLE, CK_TRUE), refuse(CKR_ATTRIBUTE_READ_ONLY));
        assert_eq!(set(CKA_SENSITIVE, CK_TRUE), Ok(()));
        assert_eq!(set(CKA_TOKEN, CK_TRUE), refuse(CKR_ATTRIBUTE_READ_ONLY));
        assert_eq!(set(CKA_SENSITIVE, 2), refuse(CKR_ATTRIBUTE_VALUE_INVALID));
        assert_eq!(set(CKA_LOCAL, CK_TRUE), refuse(CKR_ATTRIBUTE_READ_ONLY));
        assert!(changed(&key, &[(CKA_LABEL, b"a")], false).is_ok_and(|after| after.bytes(CKA_LABEL) == Some(b"a")));
    }

    #[test]
    fn a_template_is_refused_for_what_is_wrong_with_it() {
        let check = |template: &Template<'_>, code| {
            assert_eq!(checked(template).map(|_| ()), Err(Code(code)), "{template:?}");
        };
        check(&[(CKA_CLASS, &[1, 2, 3])], CKR_ATTRIBUTE_VALUE_INVALID);
        check(&[(CKA_TOKEN, &[])], CKR_ATTRIBUTE_VALUE_INVALID);
        check(&[(CKA_START_DATE, b"2026-1-1")], CKR_ATTRIBUTE_VALUE_INVALID);
        check(&[(0x1234_5678, b"")], CKR_ATTRIBUTE_TYPE_INVALID);
        check(&[(MATERIAL, b"")], CKR_ATTRIBUTE_TYPE_INVALID);
        check(&[(CKA_LABEL, b"a"), (CKA_LABEL, b"b")], CKR_TEMPLATE_INCONSISTENT);
        check(&[(CKA_LABEL, &[0; MAX_VALUE_OCTETS + 1])], CKR_ATTRIBUTE_VALUE_INVALID);
    }
}
