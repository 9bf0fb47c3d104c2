//! Certificate revocation lists (RFC 5280, 5): reading full ones, writing the to-be-signed part.
//! Delta and indirect lists are refused by their critical extensions.

use crate::asn1::{self, Element, Input, tag};
use crate::extension::{self, Extension};
use crate::x509::{MAX_SERIAL_OCTETS, Signed};
use crate::{Certificate, Error, KeyUsage, Name, SignatureAlgorithm, oid};

/// Largest list read, octets: some 800,000 entries.
pub const MAX_CRL_OCTETS: usize = 32 << 20;

const WHAT: &str = "CRL";

/// One revoked certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokedEntry {
    /// Big-endian, without a sign octet.
    pub serial: Vec<u8>,
    /// Seconds since 1970.
    pub revoked_at: i64,
    /// The CRLReason code (RFC 5280, 5.3.1), if one is given; 0 (unspecified) is not to be written.
    pub reason: Option<u8>,
}

/// A list about to be signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TbsCrl {
    /// The algorithm the issuer will sign with.
    pub signature_algorithm: SignatureAlgorithm,
    /// The issuer's subject, byte for byte.
    pub issuer_der: Vec<u8>,
    /// Seconds since 1970.
    pub this_update: i64,
    /// Seconds since 1970.
    pub next_update: i64,
    /// In the order they are to be written; none leaves the field out.
    pub revoked: Vec<RevokedEntry>,
    /// In the order they are to be written; none leaves the field out.
    pub extensions: Vec<Extension>,
}

impl TbsCrl {
    /// Version 2.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        if self.next_update <= self.this_update {
            return Err(Error::malformed(WHAT, "ends before it begins"));
        }
        Name::from_der(&self.issuer_der)?;
        let mut entries = Vec::new();
        for entry in &self.revoked {
            let extensions = match entry.reason {
                // RFC 5280, 5.3.1: unspecified is said by leaving the extension out; 7 is not used.
                None | Some(0) => Vec::new(),
                Some(7 | 11..) => return Err(Error::malformed(WHAT, "no such reason code")),
                Some(code) => {
                    let value = asn1::tlv(tag::ENUMERATED, &[&[code]]);
                    extension::write_extensions(&[Extension {
                        oid: oid::CRL_REASON.to_string(),
                        critical: false,
                        value,
                    }])?
                }
            };
            entries.extend(asn1::sequence(&[
                &asn1::unsigned(&entry.serial),
                &asn1::time(WHAT, entry.revoked_at)?,
                &extensions,
            ]));
        }
        let revoked = if entries.is_empty() { Vec::new() } else { asn1::sequence(&[&entries]) };
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            asn1::tlv(tag::context(0), &[&extension::write_extensions(&self.extensions)?])
        };
        Ok(asn1::sequence(&[
            &asn1::small(1),
            &self.signature_algorithm.identifier_der(),
            &self.issuer_der,
            &asn1::time(WHAT, self.this_update)?,
            &asn1::time(WHAT, self.next_update)?,
            &revoked,
            &extensions,
        ]))
    }
}

/// A list as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Crl {
    der: Vec<u8>,
    tbs: Vec<u8>,
    issuer: Name,
    issuer_der: Vec<u8>,
    this_update: i64,
    next_update: i64,
    number: Option<Vec<u8>>,
    /// Ascending by serial, so that a list of a million is searched in twenty steps.
    revoked: Vec<RevokedEntry>,
    extensions: Vec<Extension>,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

impl Crl {
    /// Reads a list, version 1 or 2. One without nextUpdate is refused (RFC 5280, 5.1.2.5 demands it), and so is an entry of another issuer.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let signed = Signed::read(WHAT, der, MAX_CRL_OCTETS)?;
        let mut tbs = signed.tbs.open();
        let version = tbs.optional(tag::INTEGER)?.map_or(Ok(0), |version| version.small())?;
        if version > 1 {
            return Err(Error::malformed(WHAT, "neither version 1 nor 2").at(signed.tbs.body_at()));
        }
        signed.must_name_the_same_algorithm(tbs.expect(tag::SEQUENCE)?)?;
        let issuer = tbs.expect(tag::SEQUENCE)?;
        let this_update = tbs.any()?.time()?;
        if !matches!(tbs.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
            return Err(Error::malformed(WHAT, "no nextUpdate").at(tbs.at()));
        }
        let next_update = tbs.any()?.time()?;
        let mut revoked = match tbs.optional(tag::SEQUENCE)? {
            None => Vec::new(),
            Some(entries) => read_entries(entries)?,
        };
        revoked.sort_by(|left, right| by_value(&left.serial, &right.serial));
        let extensions = match tbs.optional(tag::context(0))? {
            None => Vec::new(),
            Some(wrapper) => {
                let mut wrapper = wrapper.open();
                let list = extension::read_extensions(wrapper.expect(tag::SEQUENCE)?, WHAT)?;
                wrapper.end()?;
                list
            }
        };
        tbs.end()?;
        let number_oid = oid::CRL_NUMBER.to_string();
        let number = extensions
            .iter()
            .find(|extension| extension.oid == number_oid)
            .map(|extension| {
                Input::whole_object(WHAT, &extension.value, tag::INTEGER, MAX_CRL_OCTETS)?
                    .unsigned()
                    .map(<[u8]>::to_vec)
            })
            .transpose()?;
        Ok(Self {
            der: der.to_vec(),
            tbs: signed.tbs.whole.to_vec(),
            issuer: Name::read(issuer)?,
            issuer_der: issuer.whole.to_vec(),
            this_update,
            next_update,
            number,
            revoked,
            extensions,
            signature_algorithm: signed.algorithm()?,
            signature: signed.signature.to_vec(),
        })
    }

    /// The list as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs
    }

    /// Who signed it.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The issuer as it is encoded.
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// Seconds since 1970.
    pub fn this_update(&self) -> i64 {
        self.this_update
    }

    /// Seconds since 1970.
    pub fn next_update(&self) -> i64 {
        self.next_update
    }

    /// cRLNumber, big-endian, without a sign octet.
    pub fn number(&self) -> Option<Vec<u8>> {
        self.number.clone()
    }

    /// The entries, ascending by serial.
    pub fn revoked(&self) -> &[RevokedEntry] {
        &self.revoked
    }

    /// All extensions in their order.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The algorithm of the signature.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The entry of a serial number (big-endian, leading zeros do not count).
    pub fn contains(&self, serial: &[u8]) -> Option<RevokedEntry> {
        self.revoked
            .binary_search_by(|entry| by_value(&entry.serial, serial))
            .ok()
            .and_then(|at| self.revoked.get(at))
            .cloned()
    }

    /// Whether the list may be relied on at this time: `Invalid` of "crl-not-yet-valid" or "crl-expired".
    pub fn check_time(&self, at: i64) -> Result<(), Error> {
        if at < self.this_update {
            Err(Error::Invalid { what: "crl-not-yet-valid" })
        } else if at > self.next_update {
            Err(Error::Invalid { what: "crl-expired" })
        } else {
            Ok(())
        }
    }

    /// Checks the issuer's name, its right to sign lists (where it has a keyUsage) and the signature.
    /// A critical extension makes the list narrower than it looks (delta, one reason, one distribution point), so it is `Unsupported`.
    pub fn verify_issued_by(&self, issuer: &Certificate) -> Result<(), Error> {
        if let Some(extension) = self.extensions.iter().find(|extension| extension.critical) {
            return Err(Error::unsupported("critical CRL extension", extension.oid.clone()));
        }
        if &self.issuer != issuer.subject() {
            return Err(Error::Invalid { what: "issuer-name" });
        }
        if issuer.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::CrlSign)) {
            return Err(Error::Invalid { what: "issuer-may-not-sign-crls" });
        }
        issuer.public_key().verify(self.signature_algorithm, &self.tbs, &self.signature)
    }
}

impl core::fmt::Debug for Crl {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Crl({} entries, {}..{})", self.revoked.len(), self.this_update, self.next_update)
    }
}

/// `revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }`
fn read_entries(entries: Element<'_>) -> Result<Vec<RevokedEntry>, Error> {
    let reason_oid = oid::CRL_REASON.to_string();
    let mut entries = entries.open();
    let mut revoked = Vec::new();
    while !entries.is_empty() {
        let mut entry = entries.expect(tag::SEQUENCE)?.open();
        let number = entry.any()?;
        let serial = number.unsigned()?;
        if serial.len() > MAX_SERIAL_OCTETS {
            return Err(Error::malformed(WHAT, "serial number too long").at(number.at));
        }
        let revoked_at = entry.any()?.time()?;
        let mut reason = None;
        if let Some(extensions) = entry.optional(tag::SEQUENCE)? {
            for (extension, place) in extension::read_extensions_and_places(extensions, WHAT)? {
                if extension.oid == reason_oid {
                    let code = Input::door(WHAT, &extension.value, tag::ENUMERATED, MAX_CRL_OCTETS)
                        .map_err(|error| error.within(place))?
                        .body;
                    let &[code] = code else { return Err(Error::malformed(WHAT, "bad reason code").at(place)) };
                    reason = Some(code);
                } else if extension.critical {
                    // certificateIssuer, above all: the entry may be of another authority.
                    return Err(Error::unsupported("critical CRL entry extension", extension.oid));
                }
            }
        }
        entry.end()?;
        revoked.push(RevokedEntry { serial: serial.to_vec(), revoked_at, reason });
    }
    Ok(revoked)
}

/// Numeric order of big-endian numbers.
fn by_value(left: &[u8], right: &[u8]) -> core::cmp::Ordering {
    let significant = |octets: &[u8]| octets.iter().position(|&octet| octet != 0).unwrap_or(octets.len());
    let (left, right) = (&left[significant(left)..], &right[significant(right)..]);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}
