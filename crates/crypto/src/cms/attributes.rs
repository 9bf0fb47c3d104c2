//! What stands beside a signature: signed attributes, which are what is signed, and unsigned ones, which were added later.
//! `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`

use der::asn1::ObjectIdentifier;

use super::WHAT;
use crate::asn1::{self, AlgorithmIdentifier, Element, tag};
use crate::{Certificate, DigestAlgorithm, Error, Name, SignatureAlgorithm, oid, sha1_thumbprint};

/// Most attributes read in one signer, and most values in one of them.
const MAX_ATTRIBUTES: usize = 64;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct SignedAttributes {
    /// As transmitted, with the tag of a SET OF instead of `[0]`: what is signed (RFC 5652, 5.4).
    pub(super) der: Vec<u8>,
    /// Of a signature over a content; a countersignature has none.
    pub(super) content_type: Option<ObjectIdentifier>,
    pub(super) message_digest: Vec<u8>,
    pub(super) signing_time: Option<i64>,
    pub(super) signing_certificate: Option<CertificateId>,
    /// signing-certificate of RFC 2634, whose digest is SHA-1: time stamps of old authorities carry it and nothing better.
    pub(super) sha1_signing_certificate: Option<CertificateId>,
}

impl SignedAttributes {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut attributes = element.open_as(WHAT);
        let (mut content_type, mut message_digest, mut signing_time) = (None, None, None);
        let (mut signing_certificate, mut sha1_signing_certificate) = (None, None);
        let mut seen = Vec::new();
        while !attributes.is_empty() {
            let mut attribute = attributes.expect(tag::SEQUENCE)?.open();
            let oid = attribute.any()?.oid()?;
            let mut values = attribute.expect(tag::SET)?.open();
            attribute.end()?;
            // RFC 5652, 5.3 and 11: never two of one kind, and exactly one value in those the crate reads.
            if seen.contains(&oid) || seen.len() == MAX_ATTRIBUTES {
                return Err(Error::malformed(WHAT, "a signed attribute twice, or too many"));
            }
            seen.push(oid);
            match oid {
                oid::CONTENT_TYPE => content_type = Some(values.any()?.oid()?),
                oid::MESSAGE_DIGEST => message_digest = Some(values.expect(tag::OCTET_STRING)?.body.to_vec()),
                oid::SIGNING_TIME => signing_time = Some(values.any()?.time()?),
                oid::SIGNING_CERTIFICATE_V2 => {
                    signing_certificate = Some(CertificateId::read_first(values.expect(tag::SEQUENCE)?, false)?)
                }
                oid::SIGNING_CERTIFICATE => {
                    sha1_signing_certificate = Some(CertificateId::read_first(values.expect(tag::SEQUENCE)?, true)?)
                }
                _ => continue,
            }
            values.end()?;
        }
        Ok(Self {
            der: asn1::tlv(tag::SET, &[element.body]),
            content_type,
            message_digest: message_digest
                .ok_or_else(|| Error::malformed(WHAT, "no message-digest among the signed attributes"))?,
            signing_time,
            signing_certificate,
            sha1_signing_certificate,
        })
    }
}

/// `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING, issuerSerial IssuerSerial OPTIONAL }`
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CertificateId {
    /// None for SHA-1, which is nobody's digest here but a label in old time stamps.
    digest_algorithm: Option<DigestAlgorithm>,
    digest: Vec<u8>,
    issuer_serial: Option<(Name, Vec<u8>)>,
}

impl CertificateId {
    /// `SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies SEQUENCE OF PolicyInformation OPTIONAL }`:
    /// the first of `certs` is the signer's, the others only narrow the chain. Version 1 has no hashAlgorithm and means SHA-1.
    fn read_first(element: Element<'_>, is_sha1: bool) -> Result<Self, Error> {
        const WHAT: &str = "signing-certificate";
        let mut attribute = element.open_as(WHAT);
        let mut certificates = attribute.expect(tag::SEQUENCE)?.open();
        attribute.optional(tag::SEQUENCE)?;
        attribute.end()?;
        let mut first = certificates.expect(tag::SEQUENCE)?.open();
        let digest_algorithm = if is_sha1 {
            None
        } else {
            Some(match first.optional(tag::SEQUENCE)? {
                None => DigestAlgorithm::Sha256,
                Some(identifier) => DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(identifier)?)?,
            })
        };
        let digest = first.expect(tag::OCTET_STRING)?.body.to_vec();
        let issuer_serial = first.optional(tag::SEQUENCE)?.map(read_issuer_serial).transpose()?.flatten();
        first.end()?;
        Ok(Self { digest_algorithm, digest, issuer_serial })
    }

    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        let digest = match self.digest_algorithm {
            Some(algorithm) => algorithm.digest(certificate.as_der()),
            None => sha1_thumbprint(certificate.as_der()).to_vec(),
        };
        self.digest == digest
            && self
                .issuer_serial
                .as_ref()
                .is_none_or(|(issuer, serial)| certificate.issuer() == issuer && certificate.serial() == serial)
    }
}

/// `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }`; only a directoryName (`[4]`) can be compared, and the digest decides anyway.
fn read_issuer_serial(element: Element<'_>) -> Result<Option<(Name, Vec<u8>)>, Error> {
    let mut issuer_serial = element.open();
    let mut names = issuer_serial.expect(tag::SEQUENCE)?.open();
    let serial = issuer_serial.any()?.unsigned()?.to_vec();
    issuer_serial.end()?;
    let first = names.any()?;
    if first.tag != tag::context(4) {
        return Ok(None);
    }
    let mut directory_name = first.open();
    let name = Name::read(directory_name.expect(tag::SEQUENCE)?)?;
    directory_name.end()?;
    Ok(Some((name, serial)))
}

/// An attribute that was added after signing, and proves nothing by being there.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct UnsignedAttribute {
    pub(super) kind: ObjectIdentifier,
    /// The DER of each value.
    pub(super) values: Vec<Vec<u8>>,
}

impl UnsignedAttribute {
    /// `SET SIZE (1..MAX) OF Attribute`
    pub(super) fn read_all(element: Element<'_>) -> Result<Vec<Self>, Error> {
        let mut attributes = element.open_as(WHAT);
        let mut all = Vec::new();
        let mut left = MAX_ATTRIBUTES;
        while !attributes.is_empty() {
            let mut attribute = attributes.expect(tag::SEQUENCE)?.open();
            let kind = attribute.any()?.oid()?;
            let mut set = attribute.expect(tag::SET)?.open();
            attribute.end()?;
            let mut values = Vec::new();
            while !set.is_empty() {
                left = left.checked_sub(1).ok_or_else(|| Error::malformed(WHAT, "too many unsigned attributes"))?;
                values.push(set.any()?.whole.to_vec());
            }
            if values.is_empty() {
                return Err(Error::malformed(WHAT, "an attribute without a value"));
            }
            all.push(Self { kind, values });
        }
        Ok(all)
    }

    fn to_der(&self) -> Vec<u8> {
        let values = asn1::set_of(tag::SET, self.values.clone());
        asn1::sequence(&[&asn1::object_identifier(&self.kind), &values])
    }

    /// The field of a SignerInfo, nothing when there is no attribute.
    pub(super) fn write_all(attributes: &[Self]) -> Vec<u8> {
        if attributes.is_empty() {
            return Vec::new();
        }
        asn1::set_of(tag::context(1), attributes.iter().map(Self::to_der).collect())
    }

    /// Adds a value to the attribute of this kind, which is made if there is none.
    pub(super) fn add(attributes: &mut Vec<Self>, kind: ObjectIdentifier, value: Vec<u8>) {
        match attributes.iter_mut().find(|attribute| attribute.kind == kind) {
            Some(attribute) => attribute.values.push(value),
            None => attributes.push(Self { kind, values: vec![value] }),
        }
    }
}

/// An attribute of one value.
pub(super) fn attribute(oid: &ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::object_identifier(oid), &asn1::tlv(tag::SET, &[value])])
}

/// The value of signing-certificate-v2. The hash is Streebog-256 for GOST signers and SHA-256, the default, for the others.
pub(super) fn signing_certificate_v2(certificate: &Certificate, algorithm: SignatureAlgorithm) -> Vec<u8> {
    // A reader that knows GOST may know nothing else; SHA-256 is the DEFAULT and therefore not written.
    let (digest, identifier) = match algorithm {
        SignatureAlgorithm::Gost256 | SignatureAlgorithm::Gost512 | SignatureAlgorithm::Gost2001 => {
            (DigestAlgorithm::Streebog256, DigestAlgorithm::Streebog256.identifier_der())
        }
        _ => (DigestAlgorithm::Sha256, Vec::new()),
    };
    let directory_name = asn1::tlv(tag::context(4), &[certificate.issuer_der()]);
    let issuer_serial = asn1::sequence(&[&asn1::sequence(&[&directory_name]), &asn1::unsigned(certificate.serial())]);
    let identifier =
        asn1::sequence(&[&identifier, &asn1::octet_string(&digest.digest(certificate.as_der())), &issuer_serial]);
    asn1::sequence(&[&asn1::sequence(&[&identifier])])
}
