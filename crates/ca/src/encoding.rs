//! DER of the extensions that profiles and authorities carry, written from the ASN.1 above each function.
//! The lints read certificates with other code (`lint::view`), so that a mistake here does not excuse itself.

use const_oid::ObjectIdentifier;
use crypto::Extension;

use crate::key_usage::KeyUsage;

/// Object identifiers of the extensions, dotted.
pub(crate) mod oid {
    pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
    pub(crate) const KEY_USAGE: &str = "2.5.29.15";
    pub(crate) const PRIVATE_KEY_USAGE_PERIOD: &str = "2.5.29.16";
    pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub(crate) const CRL_NUMBER: &str = "2.5.29.20";
    pub(crate) const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
    pub(crate) const CERTIFICATE_POLICIES: &str = "2.5.29.32";
    pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
    pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
}

const SEQUENCE: u8 = 0x30;

/// The key identifier of RFC 7093 section 2, method 1: the left 160 bits of SHA-256 over the contents of the BIT STRING.
/// RFC 5280 leaves the method open; this one needs no SHA-1.
pub(crate) fn key_identifier(bit_string_contents: &[u8]) -> Vec<u8> {
    crypto::sha256(bit_string_contents)[..20].to_vec()
}

/// `SubjectKeyIdentifier ::= OCTET STRING`
pub(crate) fn subject_key_id(identifier: &[u8]) -> Extension {
    extension(oid::SUBJECT_KEY_ID, false, tlv(0x04, identifier))
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING, .. }`
pub(crate) fn authority_key_id(identifier: &[u8]) -> Extension {
    extension(oid::AUTHORITY_KEY_ID, false, tlv(SEQUENCE, &tlv(0x80, identifier)))
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`, for an authority.
pub(crate) fn authority_basic_constraints(path_len: Option<u8>) -> Extension {
    let mut contents = tlv(0x01, &[0xff]);
    if let Some(length) = path_len {
        contents.extend(unsigned_integer(&[length]));
    }
    extension(oid::BASIC_CONSTRAINTS, true, tlv(SEQUENCE, &contents))
}

/// `KeyUsage ::= BIT STRING`
pub(crate) fn key_usage(usage: KeyUsage) -> Extension {
    extension(oid::KEY_USAGE, true, tlv(0x03, &usage.to_bit_string()))
}

/// `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId`
pub(crate) fn extended_key_usage(purposes: &[String]) -> Extension {
    let contents: Vec<u8> = purposes.iter().flat_map(|purpose| object_identifier(purpose)).collect();
    extension(oid::EXTENDED_KEY_USAGE, false, tlv(SEQUENCE, &contents))
}

/// `CertificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation`, each without qualifiers.
pub(crate) fn certificate_policies(policies: &[String]) -> Extension {
    let contents: Vec<u8> = policies.iter().flat_map(|policy| tlv(SEQUENCE, &object_identifier(policy))).collect();
    extension(oid::CERTIFICATE_POLICIES, false, tlv(SEQUENCE, &contents))
}

/// `CRLDistributionPoints ::= SEQUENCE OF DistributionPoint`, one point with one full name: `[0] { [0] { [6] IA5String } }`.
pub(crate) fn crl_distribution_point(url: &str) -> Extension {
    let point = tlv(0xa0, &tlv(0xa0, &tlv(0x86, url.as_bytes())));
    extension(oid::CRL_DISTRIBUTION_POINTS, false, tlv(SEQUENCE, &tlv(SEQUENCE, &point)))
}

/// `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0] GeneralizedTime, notAfter [1] GeneralizedTime }` (RFC 3280 section 4.2.1.4)
pub(crate) fn private_key_usage_period(not_before: i64, not_after: i64) -> Result<Extension, String> {
    let mut contents = tlv(0x80, generalized_time(not_before)?.as_bytes());
    contents.extend(tlv(0x81, generalized_time(not_after)?.as_bytes()));
    Ok(extension(oid::PRIVATE_KEY_USAGE_PERIOD, false, tlv(SEQUENCE, &contents)))
}

/// `CRLNumber ::= INTEGER (0..MAX)`
pub(crate) fn crl_number(number: u64) -> Extension {
    extension(oid::CRL_NUMBER, false, unsigned_integer(&number.to_be_bytes()))
}

fn extension(oid: &str, critical: bool, value: Vec<u8>) -> Extension {
    Extension { oid: oid.to_owned(), critical, value }
}

/// The identifier was checked when its file was read; one that is none after all leaves an element the lints refuse.
fn object_identifier(dotted: &str) -> Vec<u8> {
    match ObjectIdentifier::new(dotted) {
        Ok(identifier) => tlv(0x06, identifier.as_bytes()),
        Err(_) => tlv(0x06, &[]),
    }
}

fn unsigned_integer(big_endian: &[u8]) -> Vec<u8> {
    let first = big_endian.iter().position(|octet| *octet != 0).unwrap_or(big_endian.len() - 1);
    let mut contents = big_endian[first..].to_vec();
    if contents[0] & 0x80 != 0 {
        contents.insert(0, 0);
    }
    tlv(0x02, &contents)
}

/// `YYYYMMDDHHMMSSZ`, RFC 5280 section 4.1.2.5.2.
fn generalized_time(epoch_seconds: i64) -> Result<String, String> {
    let outside = || format!("{epoch_seconds} s is outside what a certificate can say");
    let since_epoch = std::time::Duration::from_secs(u64::try_from(epoch_seconds).map_err(|_| outside())?);
    let at = der::DateTime::from_unix_duration(since_epoch).map_err(|_| outside())?;
    let (year, month, day) = (at.year(), at.month(), at.day());
    Ok(format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", at.hour(), at.minutes(), at.seconds()))
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![tag];
    if contents.len() < 0x80 {
        octets.push(contents.len() as u8);
    } else {
        let length = contents.len().to_be_bytes();
        let first = length.iter().position(|octet| *octet != 0).unwrap_or(length.len() - 1);
        octets.push(0x80 | (length.len() - first) as u8);
        octets.extend(&length[first..]);
    }
    octets.extend(contents);
    octets
}
