//! Keys on a card: made, brought in, described in attributes, and taken up again to sign. The mathematics is `crypto`'s.
//! A GOST R 34.10-2001 key is a number and a point on the curves 2012 kept; what makes it one of 2001 is the hash its attributes name.

use crypto::gost::{self, ParameterSet};
use crypto::{KeyAlgorithm, PrivateKey, PublicKey, Signer as _};
use cryptoki_sys::*;
use zeroize::Zeroizing;

use crate::card::Algorithms;
use crate::code::{Answer, Code, refuse};
use crate::numbers::*;
use crate::object::{Attributes, MATERIAL};

/// What a key is, as its attributes say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Gost2001(ParameterSet),
    Gost(ParameterSet),
    Ec(KeyAlgorithm),
    Rsa,
}

impl Kind {
    /// Reads type and parameters of a key object or of a template for a pair.
    pub(crate) fn of(attributes: &Attributes) -> Answer<Self> {
        match attributes.number(CKA_KEY_TYPE) {
            Some(CKK_GOSTR3410) => gost_kind(attributes, false),
            Some(CKK_GOSTR3410_512) => gost_kind(attributes, true),
            Some(CKK_EC) => {
                let params = attributes.bytes(CKA_EC_PARAMS).ok_or(Code(CKR_TEMPLATE_INCOMPLETE))?;
                match params {
                    P256 => Ok(Self::Ec(KeyAlgorithm::EcdsaP256)),
                    P384 => Ok(Self::Ec(KeyAlgorithm::EcdsaP384)),
                    _ => refuse(CKR_CURVE_NOT_SUPPORTED),
                }
            }
            Some(CKK_RSA) => Ok(Self::Rsa),
            Some(_) => refuse(CKR_ATTRIBUTE_VALUE_INVALID),
            None => refuse(CKR_TEMPLATE_INCOMPLETE),
        }
    }

    pub(crate) fn is_on(self, card: Algorithms) -> bool {
        match self {
            Self::Gost2001(_) => card.gost_2001,
            Self::Gost(_) => card.gost_2012,
            Self::Ec(_) => card.ecdsa,
            Self::Rsa => card.rsa,
        }
    }
}

fn gost_kind(attributes: &Attributes, wide: bool) -> Answer<Kind> {
    let params = attributes.bytes(CKA_GOSTR3410_PARAMS).ok_or(Code(CKR_TEMPLATE_INCOMPLETE))?;
    let set = ParameterSet::ALL
        .iter()
        .copied()
        .find(|set| der_oid(set.oid()) == params)
        .filter(|set| set.is_512() == wide)
        .ok_or(Code(CKR_ATTRIBUTE_VALUE_INVALID))?;
    let hash = attributes.bytes(CKA_GOSTR3411_PARAMS);
    match hash {
        Some(HASH_94) if !wide && is_of_2001(set) => Ok(Kind::Gost2001(set)),
        Some(HASH_256) if !wide => Ok(Kind::Gost(set)),
        Some(HASH_512) if wide => Ok(Kind::Gost(set)),
        Some(_) => refuse(CKR_ATTRIBUTE_VALUE_INVALID),
        // Only the 256-bit key has two hashes to choose from.
        None if wide => Ok(Kind::Gost(set)),
        None => refuse(CKR_TEMPLATE_INCOMPLETE),
    }
}

/// The sets RFC 4357 has; the ones of TC 26 came with 2012.
fn is_of_2001(set: ParameterSet) -> bool {
    match set {
        ParameterSet::CryptoProA
        | ParameterSet::CryptoProB
        | ParameterSet::CryptoProC
        | ParameterSet::CryptoProXchA
        | ParameterSet::CryptoProXchB => true,
        ParameterSet::Tc26_256A
        | ParameterSet::Tc26_256B
        | ParameterSet::Tc26_256C
        | ParameterSet::Tc26_256D
        | ParameterSet::Tc26_512A
        | ParameterSet::Tc26_512B
        | ParameterSet::Tc26_512C => false,
    }
}

/// A private key taken up to be used.
pub(crate) enum Private {
    Gost { key: gost::PrivateKey, is_2001: bool },
    Other(PrivateKey),
}

/// A public key taken up to be used.
pub(crate) enum Public {
    Gost { key: gost::PublicKey, is_2001: bool },
    Other(PublicKey),
}

/// Draws a pair of this kind. Outside of every lock: RSA takes its time.
pub(crate) fn generate(kind: Kind, modulus_bits: CK_ULONG) -> Answer<Private> {
    let mut rng = rng();
    Ok(match kind {
        Kind::Gost2001(set) => Private::Gost { key: gost::PrivateKey::generate(set, &mut rng), is_2001: true },
        Kind::Gost(set) => Private::Gost { key: gost::PrivateKey::generate(set, &mut rng), is_2001: false },
        Kind::Ec(algorithm) => Private::Other(PrivateKey::generate(algorithm, &mut rng)?),
        Kind::Rsa => {
            let bits = u16::try_from(modulus_bits).map_err(|_| Code(CKR_KEY_SIZE_RANGE))?;
            let made = PrivateKey::generate(KeyAlgorithm::Rsa { bits }, &mut rng);
            Private::Other(made.map_err(|error| match error {
                crypto::Error::Unsupported { .. } => Code(CKR_KEY_SIZE_RANGE),
                other => other.into(),
            })?)
        }
    })
}

impl Private {
    /// The key of a private key object.
    pub(crate) fn of(attributes: &Attributes) -> Answer<Self> {
        let material = attributes.bytes(MATERIAL).ok_or(Code(CKR_KEY_FUNCTION_NOT_PERMITTED))?;
        match Kind::of(attributes)? {
            Kind::Gost2001(set) => Self::gost(set, material, true),
            Kind::Gost(set) => Self::gost(set, material, false),
            Kind::Ec(_) | Kind::Rsa => Ok(Self::Other(PrivateKey::from_pkcs8_der(material)?)),
        }
    }

    fn gost(set: ParameterSet, number: &[u8], is_2001: bool) -> Answer<Self> {
        let key = gost::PrivateKey::from_le_bytes(set, number).map_err(|_| Code(CKR_ATTRIBUTE_VALUE_INVALID))?;
        Ok(Self::Gost { key, is_2001 })
    }

    fn material(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Gost { key, .. } => key.to_le_bytes(),
            Self::Other(key) => key.to_pkcs8_der(),
        }
    }

    /// Puts the key into the attributes of a private key object: what signs, and what the standard's tables have for a key that may be shown.
    pub(crate) fn describe(&self, attributes: &mut Attributes) -> Answer<()> {
        let material = self.material();
        match self {
            Self::Gost { .. } => attributes.set(CKA_VALUE, material.as_slice()),
            Self::Other(key) => match key.public_key().algorithm() {
                KeyAlgorithm::Rsa { .. } => {
                    let kinds = [
                        CKA_MODULUS,
                        CKA_PUBLIC_EXPONENT,
                        CKA_PRIVATE_EXPONENT,
                        CKA_PRIME_1,
                        CKA_PRIME_2,
                        CKA_EXPONENT_1,
                        CKA_EXPONENT_2,
                        CKA_COEFFICIENT,
                    ];
                    let numbers = rsa_numbers(&material).ok_or(Code(CKR_GENERAL_ERROR))?;
                    for (kind, number) in kinds.into_iter().zip(numbers) {
                        attributes.set(kind, number);
                    }
                }
                _ => attributes.set(CKA_VALUE, ec_number(&material).ok_or(Code(CKR_GENERAL_ERROR))?),
            },
        }
        attributes.set(MATERIAL, material.as_slice());
        Ok(())
    }

    /// Puts the public half into the attributes of a public key object.
    pub(crate) fn describe_public(&self, attributes: &mut Attributes) -> Answer<()> {
        match self {
            Self::Gost { key, .. } => attributes.set(CKA_VALUE, key.public_key().to_le_bytes()),
            Self::Other(key) => {
                let bits = key.public_key().raw_bits();
                match key.public_key().algorithm() {
                    KeyAlgorithm::Rsa { bits: length } => {
                        let [modulus, exponent] = rsa_public_numbers(&bits).ok_or(Code(CKR_GENERAL_ERROR))?;
                        attributes.set(CKA_MODULUS, modulus);
                        attributes.set(CKA_PUBLIC_EXPONENT, exponent);
                        attributes.set_number(CKA_MODULUS_BITS, length.into());
                    }
                    _ => attributes.set(CKA_EC_POINT, tlv(OCTET_STRING, &bits)),
                }
            }
        }
        Ok(())
    }

    /// A private key that somebody brings in: its numbers by the standard's tables, out of which the card makes its own form.
    pub(crate) fn import(attributes: &Attributes) -> Answer<Self> {
        let need = |kind| attributes.bytes(kind).ok_or(Code(CKR_TEMPLATE_INCOMPLETE));
        let bad = |_| Code(CKR_ATTRIBUTE_VALUE_INVALID);
        match Kind::of(attributes)? {
            Kind::Gost2001(set) => Self::gost(set, need(CKA_VALUE)?, true),
            Kind::Gost(set) => Self::gost(set, need(CKA_VALUE)?, false),
            Kind::Ec(algorithm) => {
                let octets = if algorithm == KeyAlgorithm::EcdsaP256 { 32 } else { 48 };
                let number = need(CKA_VALUE)?;
                let number = number.get(number.iter().take_while(|octet| **octet == 0).count()..).unwrap_or_default();
                let padding = octets_missing(octets, number).ok_or(Code(CKR_ATTRIBUTE_VALUE_INVALID))?;
                let number = Zeroizing::new([vec![0; padding], number.to_vec()].concat());
                let point = attributes.bytes(CKA_EC_POINT);
                let der = ec_pkcs8(need(CKA_EC_PARAMS)?, &number, point);
                PrivateKey::from_pkcs8_der(&der).map(Self::Other).map_err(bad)
            }
            Kind::Rsa => {
                let kinds = [
                    CKA_MODULUS,
                    CKA_PUBLIC_EXPONENT,
                    CKA_PRIVATE_EXPONENT,
                    CKA_PRIME_1,
                    CKA_PRIME_2,
                    CKA_EXPONENT_1,
                    CKA_EXPONENT_2,
                    CKA_COEFFICIENT,
                ];
                let mut body = Zeroizing::new(vec![INTEGER, 1, 0]);
                for kind in kinds {
                    body.extend_from_slice(&Zeroizing::new(integer(need(kind)?)));
                }
                let key = Zeroizing::new(tlv(SEQUENCE, &body));
                let der = Zeroizing::new(pkcs8(RSA_ALGORITHM, &key));
                PrivateKey::from_pkcs8_der(&der).map(Self::Other).map_err(bad)
            }
        }
    }
}

impl Public {
    /// The key of a public key object, checked as any key from outside.
    pub(crate) fn of(attributes: &Attributes) -> Answer<Self> {
        let need = |kind| attributes.bytes(kind).ok_or(Code(CKR_TEMPLATE_INCOMPLETE));
        let bad = Code(CKR_ATTRIBUTE_VALUE_INVALID);
        let gost = |set, is_2001| {
            let key = gost::PublicKey::from_le_bytes(set, need(CKA_VALUE)?).map_err(|_| bad)?;
            Ok(Self::Gost { key, is_2001 })
        };
        let spki = match Kind::of(attributes)? {
            Kind::Gost2001(set) => return gost(set, true),
            Kind::Gost(set) => return gost(set, false),
            Kind::Ec(_) => {
                let point = need(CKA_EC_POINT)?;
                let point = element(point, OCTET_STRING).filter(|(_, rest)| rest.is_empty()).ok_or(bad)?.0;
                let algorithm = [tlv(OBJECT_IDENTIFIER, EC_KEY), need(CKA_EC_PARAMS)?.to_vec()].concat();
                spki(&tlv(SEQUENCE, &algorithm), point)
            }
            Kind::Rsa => {
                let numbers = [integer(need(CKA_MODULUS)?), integer(need(CKA_PUBLIC_EXPONENT)?)].concat();
                spki(RSA_ALGORITHM, &tlv(SEQUENCE, &numbers))
            }
        };
        PublicKey::from_spki_der(&spki).map(Self::Other).map_err(|_| bad)
    }

    /// Octets of a modulus, for lengths of RSA signatures.
    pub(crate) fn signature_octets(&self) -> usize {
        match self {
            Self::Gost { key, .. } => 2 * key.parameter_set().octets(),
            Self::Other(key) => signature_octets(key.algorithm()),
        }
    }
}

impl Private {
    pub(crate) fn signature_octets(&self) -> usize {
        match self {
            Self::Gost { key, .. } => 2 * key.public_key().parameter_set().octets(),
            Self::Other(key) => signature_octets(key.public_key().algorithm()),
        }
    }
}

fn signature_octets(algorithm: KeyAlgorithm) -> usize {
    match algorithm {
        KeyAlgorithm::Gost(set) | KeyAlgorithm::Gost2001(set) => 2 * set.octets(),
        KeyAlgorithm::EcdsaP256 => 64,
        KeyAlgorithm::EcdsaP384 => 96,
        KeyAlgorithm::Rsa { bits } => usize::from(bits).div_ceil(8),
    }
}

/// The system's generator; it does not fail on a machine that has started.
pub(crate) fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

// --- the little DER that templates and keys are made of ---

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// OIDs as templates carry them, with tag and length.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
/// id-GostR3411-94-CryptoProParamSet.
pub(crate) const HASH_94: &[u8] = &[0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01];
/// Streebog.
pub(crate) const HASH_256: &[u8] = &[0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02];
pub(crate) const HASH_512: &[u8] = &[0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x03];

/// The contents of 1.2.840.10045.2.1.
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// SEQUENCE { rsaEncryption, NULL }.
const RSA_ALGORITHM: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + body.len());
    out.push(tag);
    match body.len() {
        short @ 0..=0x7f => out.push(short as u8),
        medium @ 0x80..=0xff => out.extend_from_slice(&[0x81, medium as u8]),
        long => out.extend_from_slice(&[0x82, (long >> 8) as u8, long as u8]),
    }
    out.extend_from_slice(body);
    out
}

/// The body of the first element, and what comes after it. Lengths of up to two octets: nothing here is longer.
fn element(octets: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length, rest @ ..] = octets else { return None };
    let (length, rest) = match (*length, rest) {
        (short @ 0..=0x7f, rest) => (usize::from(short), rest),
        (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
        _ => return None,
    };
    if *first == tag { rest.split_at_checked(length) } else { None }
}

/// An unsigned number, big-endian in any width, as INTEGER.
fn integer(octets: &[u8]) -> Vec<u8> {
    let start = octets.iter().take_while(|octet| **octet == 0).count().min(octets.len().saturating_sub(1));
    let digits = &octets[start..];
    let sign: &[u8] = if digits.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    tlv(INTEGER, &Zeroizing::new([sign, digits].concat()))
}

fn unsigned(octets: &[u8]) -> &[u8] {
    match octets {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => octets,
    }
}

fn spki(algorithm: &[u8], bits: &[u8]) -> Vec<u8> {
    let bits = tlv(BIT_STRING, &[&[0], bits].concat());
    tlv(SEQUENCE, &[algorithm, &bits].concat())
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let key = Zeroizing::new(tlv(OCTET_STRING, key));
    tlv(SEQUENCE, &Zeroizing::new([&[INTEGER, 1, 0], algorithm, &key].concat()))
}

/// ECPrivateKey ::= SEQUENCE { version 1, privateKey OCTET STRING, [1] publicKey OPTIONAL } in a PrivateKeyInfo.
fn ec_pkcs8(params: &[u8], number: &[u8], point: Option<&[u8]>) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![INTEGER, 1, 1]);
    key.extend_from_slice(&Zeroizing::new(tlv(OCTET_STRING, number)));
    if let Some((point, [])) = point.and_then(|point| element(point, OCTET_STRING)) {
        key.extend_from_slice(&tlv(0xa1, &tlv(BIT_STRING, &[&[0], point].concat())));
    }
    let algorithm = tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, EC_KEY), params.to_vec()].concat());
    Zeroizing::new(pkcs8(&algorithm, &Zeroizing::new(tlv(SEQUENCE, &key))))
}

fn octets_missing(wanted: usize, number: &[u8]) -> Option<usize> {
    wanted.checked_sub(number.len())
}

/// The contents of `privateKey` of a PrivateKeyInfo.
fn pkcs8_key(der: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(der, SEQUENCE)?;
    let (_, rest) = element(info, INTEGER)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    Some(element(rest, OCTET_STRING)?.0)
}

/// n, e, d, p, q, dP, dQ, qInv of an RSA key in PKCS#8.
fn rsa_numbers(der: &[u8]) -> Option<Vec<&[u8]>> {
    let (key, _) = element(pkcs8_key(der)?, SEQUENCE)?;
    let (_, mut rest) = element(key, INTEGER)?;
    let mut numbers = Vec::new();
    for _ in 0..8 {
        let (number, after) = element(rest, INTEGER)?;
        numbers.push(unsigned(number));
        rest = after;
    }
    Some(numbers)
}

fn rsa_public_numbers(der: &[u8]) -> Option<[&[u8]; 2]> {
    let (key, _) = element(der, SEQUENCE)?;
    let (modulus, rest) = element(key, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    Some([unsigned(modulus), unsigned(exponent)])
}

fn ec_number(der: &[u8]) -> Option<&[u8]> {
    let (key, _) = element(pkcs8_key(der)?, SEQUENCE)?;
    let (_, rest) = element(key, INTEGER)?;
    Some(element(rest, OCTET_STRING)?.0)
}

/// The DER of a dotted identifier.
fn der_oid(dotted: &str) -> Vec<u8> {
    let mut arcs =
        dotted.split('.').map(|arc| arc.parse::<u32>().expect("identifiers of parameter sets are constants"));
    let (first, second) = (arcs.next().unwrap_or(0), arcs.next().unwrap_or(0));
    let mut body = vec![(40 * first + second) as u8];
    for arc in arcs {
        let mut digits = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        body.extend(digits.iter().rev());
    }
    tlv(OBJECT_IDENTIFIER, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_parameter_sets_are_those_of_foreign_templates() {
        assert_eq!(der_oid("1.2.643.2.2.35.1"), [0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01]);
        let tc26 = [0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x01, 0x01];
        assert_eq!(der_oid(ParameterSet::Tc26_256A.oid()), tc26);
    }

    #[test]
    fn numbers_become_integers_without_a_sign_and_without_zeros_in_front() {
        assert_eq!(integer(&[0, 0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
        assert_eq!(integer(&[]), [2, 1, 0]);
    }
}
