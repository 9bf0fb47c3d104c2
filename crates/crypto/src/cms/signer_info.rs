//! One signature of a message: reading it, verifying it over a content, making it.

use core::fmt;

use der::asn1::ObjectIdentifier;

use super::WHAT;
use super::attributes::{SignedAttributes, UnsignedAttribute, attribute, signing_certificate_v2};
use super::reference::{CertificateReference, issuer_and_serial};
use super::signed::{CmsSigner, VerifiedSigner};
use crate::asn1::{self, AlgorithmIdentifier, Element, tag};
use crate::signer::Rng;
use crate::{Certificate, DigestAlgorithm, Error, SignatureAlgorithm, oid};

/// What is demanded of the signed attribute signing-certificate-v2 (RFC 5035), which ties a signature to one certificate of its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SigningCertificate {
    /// It must be there and be right.
    Required,
    /// It may be missing, and so may all signed attributes; where it is, it must be right. For messages of old programs, never for an act:
    /// without signed attributes a signature over attributes passes for a signature over content that looks like them.
    Optional,
}

/// One signature of a message, as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct SignerInfo {
    /// Everything before the unsigned attributes, as it was read.
    fixed: Vec<u8>,
    identifier: CertificateReference,
    digest_algorithm: DigestAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed_attributes: Option<SignedAttributes>,
    signature: Vec<u8>,
    pub(super) unsigned: Vec<UnsignedAttribute>,
}

/// What a signature is over, and how much must be proved about its certificate.
#[derive(Clone, Copy)]
pub(super) enum Demand {
    /// A content of this type.
    Content(ObjectIdentifier, SigningCertificate),
    /// A time stamp (RFC 3161, 2.4.2): the certificate must be named, by either version of the attribute.
    TimeStamp,
    /// Another signature (RFC 5652, 11.4).
    Signature(SigningCertificate),
}

impl SignerInfo {
    /// ```text
    /// SignerInfo ::= SEQUENCE { version INTEGER, sid CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }, digestAlgorithm AlgorithmIdentifier,
    ///   signedAttrs [0] IMPLICIT SET OPTIONAL, signatureAlgorithm AlgorithmIdentifier, signature OCTET STRING, unsignedAttrs [1] IMPLICIT SET OPTIONAL }
    /// ```
    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut info = element.open_as(WHAT);
        if !matches!(info.any()?.small()?, 1 | 3) {
            return Err(Error::malformed(WHAT, "unknown signer version"));
        }
        let identifier = CertificateReference::read(&mut info)?;
        let digest_algorithm = DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(info.any()?)?)?;
        let signed_attributes = info.optional(tag::context(0))?.map(SignedAttributes::read).transpose()?;
        let signature_algorithm =
            SignatureAlgorithm::from_signer_info(&AlgorithmIdentifier::read(info.any()?)?, digest_algorithm)?;
        let signature = info.expect(tag::OCTET_STRING)?.body.to_vec();
        let unsigned_attributes = info.optional(tag::context(1))?;
        info.end()?;
        let unsigned_octets = unsigned_attributes.map_or(0, |attributes| attributes.whole.len());
        Ok(Self {
            fixed: element.body[..element.body.len() - unsigned_octets].to_vec(),
            identifier,
            digest_algorithm,
            signature_algorithm,
            signed_attributes,
            signature,
            unsigned: unsigned_attributes.map(UnsignedAttribute::read_all).transpose()?.unwrap_or_default(),
        })
    }

    /// The DER, with the unsigned attributes there are now.
    pub(super) fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[&self.fixed, &UnsignedAttribute::write_all(&self.unsigned)])
    }

    /// How the message names the certificate of the signer.
    pub fn reference(&self) -> &CertificateReference {
        &self.identifier
    }

    /// What the content was hashed with.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// How the signature was made.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The signature itself: what a time stamp or a countersignature is over.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The signer's own claim of the time, seconds since 1970. Nothing proves it before the signature is verified, and then only that it was claimed.
    pub fn signing_time(&self) -> Option<i64> {
        self.signed_attributes.as_ref().and_then(|attributes| attributes.signing_time)
    }

    /// Whether this certificate is the one the signer is named by.
    pub fn is_named(&self, certificate: &Certificate) -> bool {
        self.identifier.names(certificate)
    }

    pub(super) fn verify<'a>(
        &self,
        content: &[u8],
        demand: Demand,
        certificates: impl Iterator<Item = &'a Certificate>,
    ) -> Result<VerifiedSigner, Error> {
        let attributes = self.signed_attributes.as_ref();
        let named = attributes.and_then(|attributes| attributes.signing_certificate.as_ref());
        let named_by_sha1 = attributes.and_then(|attributes| attributes.sha1_signing_certificate.as_ref());
        let is_named_enough = match demand {
            Demand::Content(_, SigningCertificate::Required) | Demand::Signature(SigningCertificate::Required) => {
                named.is_some()
            }
            Demand::TimeStamp => named.is_some() || named_by_sha1.is_some(),
            Demand::Content(_, SigningCertificate::Optional) | Demand::Signature(SigningCertificate::Optional) => true,
        };
        if !is_named_enough {
            return Err(Error::Invalid { what: "signing-certificate-v2" });
        }
        let content_type = match demand {
            Demand::Content(content_type, _) => Some(content_type),
            Demand::TimeStamp => Some(oid::TIME_STAMP_INFO),
            Demand::Signature(_) => None,
        };
        let signed = match attributes {
            None => content,
            Some(attributes) => {
                if attributes.content_type != content_type {
                    return Err(Error::Invalid { what: "content-type" });
                }
                if attributes.message_digest != self.digest_algorithm.digest(content) {
                    return Err(Error::Invalid { what: "message-digest" });
                }
                &attributes.der
            }
        };
        // Several certificates may go by one name (a renewed key identifier, a forged twin among the embedded ones): each is tried, and the last refusal is told.
        let mut refusal = Error::Invalid { what: "signer-certificate" };
        for certificate in certificates.filter(|certificate| self.is_named(certificate)) {
            if [named, named_by_sha1].into_iter().flatten().any(|identifier| !identifier.names(certificate)) {
                refusal = Error::Invalid { what: "signing-certificate-v2" };
                continue;
            }
            match certificate.public_key().verify(self.signature_algorithm, signed, &self.signature) {
                Ok(()) => {
                    return Ok(VerifiedSigner {
                        certificate: certificate.clone(),
                        signing_time: self.signing_time(),
                        content: content.to_vec(),
                        signature_algorithm: self.signature_algorithm,
                        has_signing_certificate: named.is_some(),
                    });
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// Signs `content` with message-digest, signing-time and signing-certificate-v2, and content-type where there is one; the DER of the SignerInfo.
    pub(super) fn create(
        content: &[u8],
        content_type: Option<&ObjectIdentifier>,
        by: &CmsSigner<'_>,
        signing_time: i64,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, Error> {
        if by.certificate.public_key().spki_sha256() != by.signer.public_key().spki_sha256() {
            return Err(Error::Invalid { what: "signer-certificate" });
        }
        let algorithm = by.signer.signature_algorithm();
        let digest = algorithm.digest();
        let mut attributes = vec![
            attribute(&oid::MESSAGE_DIGEST, &asn1::octet_string(&digest.digest(content))),
            attribute(&oid::SIGNING_TIME, &asn1::time("signing-time", signing_time)?),
            attribute(&oid::SIGNING_CERTIFICATE_V2, &signing_certificate_v2(by.certificate, algorithm)),
        ];
        attributes.extend(
            content_type.map(|content_type| attribute(&oid::CONTENT_TYPE, &asn1::object_identifier(content_type))),
        );
        let signed = asn1::set_of(tag::SET, attributes);
        let signature = by.signer.sign(&signed, rng)?;
        let mut signed_attributes = signed;
        // Transmitted under [0] IMPLICIT, signed under the tag of SET OF (RFC 5652, 5.4).
        signed_attributes[0] = tag::context(0);
        Ok(asn1::sequence(&[
            &asn1::small(1),
            &issuer_and_serial(by.certificate),
            &digest.identifier_der(),
            &signed_attributes,
            &algorithm.signer_info_identifier_der(),
            &asn1::octet_string(&signature),
        ]))
    }
}

impl fmt::Debug for SignerInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignerInfo({})", self.signature_algorithm)
    }
}
