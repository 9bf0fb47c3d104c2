//! Signed messages: CMS SignedData (RFC 5652, 5; GOST as in R 1323565.1.025) with signed attributes, attached and detached.
//! Whether the signer is somebody, and whether the certificate is good today, is asked elsewhere: here the bytes are proved to fit together.

use core::fmt;

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::signer::Rng;
use crate::{Certificate, DigestAlgorithm, Error, Name, SignatureAlgorithm, Signer, oid};

/// Most signers and most embedded certificates read from one message: an act has one signer and a chain of three.
const MAX_SIGNERS: usize = 16;
const MAX_CERTIFICATES: usize = 64;
/// Most attributes read in one signer.
const MAX_ATTRIBUTES: usize = 64;

const WHAT: &str = "CMS";

/// What is demanded of the signed attribute signing-certificate-v2 (RFC 5035), which ties a signature to one certificate of its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SigningCertificate {
    /// It must be there and be right.
    Required,
    /// It may be missing, and so may all signed attributes; where it is, it must be right. For messages of old programs, never for an act:
    /// without signed attributes a signature over attributes passes for a signature over content that looks like them.
    Optional,
}

/// A message as it was read; nothing in it has been verified.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedData {
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    signers: Vec<SignerInfo>,
}

/// One signature of a message, as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct SignerInfo {
    identifier: SignerIdentifier,
    digest_algorithm: DigestAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed_attributes: Option<SignedAttributes>,
    signature: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
enum SignerIdentifier {
    IssuerAndSerial { issuer: Name, serial: Vec<u8> },
    SubjectKeyId(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq)]
struct SignedAttributes {
    /// As transmitted, with the tag of a SET OF instead of `[0]`: what is signed (RFC 5652, 5.4).
    der: Vec<u8>,
    content_type: ObjectIdentifier,
    message_digest: Vec<u8>,
    signing_time: Option<i64>,
    signing_certificate: Option<CertificateId>,
}

/// `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING, issuerSerial IssuerSerial OPTIONAL }`
#[derive(Clone, PartialEq, Eq)]
struct CertificateId {
    digest_algorithm: DigestAlgorithm,
    digest: Vec<u8>,
    issuer_serial: Option<(Name, Vec<u8>)>,
}

/// A signature that was found good.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedSigner {
    /// The certificate the signature was verified with. Its chain has not been looked at.
    pub certificate: Certificate,
    /// The signer's own claim of the time, seconds since 1970.
    pub signing_time: Option<i64>,
    /// The signed octets.
    pub content: Vec<u8>,
    /// How it was signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// Whether signing-certificate-v2 was there (and right).
    pub has_signing_certificate: bool,
}

impl SignedData {
    /// Reads a ContentInfo that holds SignedData, DER only:
    /// ```text
    /// SignedData ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier, encapContentInfo EncapsulatedContentInfo,
    ///   certificates [0] IMPLICIT SET OPTIONAL, crls [1] IMPLICIT SET OPTIONAL, signerInfos SET OF SignerInfo }
    /// ```
    /// A signature or digest the crate does not take is `Unsupported`. Embedded certificates of unknown algorithms are left out.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut info = Input::whole_object(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let kind = info.any()?.oid()?;
        if kind != oid::SIGNED_DATA {
            return Err(Error::unsupported("CMS content type", oid::refusal_name(&kind)));
        }
        let mut wrapper = info.expect(tag::context(0))?.open();
        info.end()?;
        let mut data = wrapper.expect(tag::SEQUENCE)?.open();
        wrapper.end()?;
        if !matches!(data.any()?.small()?, 1 | 3 | 4 | 5) {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        // The set repeats what each signer says; it is checked to be one and not used.
        let mut digests = data.expect(tag::SET)?.open();
        while !digests.is_empty() {
            AlgorithmIdentifier::read(digests.any()?)?;
        }
        let mut encapsulated = data.expect(tag::SEQUENCE)?.open();
        let content_type = encapsulated.any()?.oid()?;
        let content = match encapsulated.optional(tag::context(0))? {
            None => None,
            Some(wrapper) => {
                let mut wrapper = wrapper.open();
                let content = wrapper.expect(tag::OCTET_STRING)?.body.to_vec();
                wrapper.end()?;
                Some(content)
            }
        };
        encapsulated.end()?;
        let certificates = data.optional(tag::context(0))?.map_or(Ok(Vec::new()), read_certificates)?;
        data.optional(tag::context(1))?;
        let mut infos = data.expect(tag::SET)?.open();
        data.end()?;
        let mut signers = Vec::new();
        while !infos.is_empty() {
            if signers.len() == MAX_SIGNERS {
                return Err(Error::malformed(WHAT, "too many signers"));
            }
            signers.push(SignerInfo::read(infos.expect(tag::SEQUENCE)?)?);
        }
        Ok(Self { content_type, content, certificates, signers })
    }

    /// The content, when it is attached.
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// Dotted identifier of the content type; plain data is 1.2.840.113549.1.7.1.
    pub fn content_type(&self) -> String {
        self.content_type.to_string()
    }

    /// The certificates that came with the message.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The signatures.
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// Verifies every signature, demanding signing-certificate-v2: signed attributes, digest of the content, the certificate they name, the signature.
    /// The content is plain data, attached or `detached`; when both are there they must be the same. `candidates` are searched beside the embedded certificates.
    ///
    /// `Invalid` of: "content" (none), "content-type", "message-digest" (the content is another one), "signing-certificate-v2" (missing or wrong),
    /// "signer-certificate" (not found), "signers" (none), "signature", "signature-algorithm", "digest-algorithm".
    pub fn verify(&self, detached: Option<&[u8]>, candidates: &[Certificate]) -> Result<Vec<VerifiedSigner>, Error> {
        self.verify_with(detached, candidates, SigningCertificate::Required)
    }

    /// The same with a say about signing-certificate-v2.
    pub fn verify_with(
        &self,
        detached: Option<&[u8]>,
        candidates: &[Certificate],
        signing_certificate: SigningCertificate,
    ) -> Result<Vec<VerifiedSigner>, Error> {
        // A signature over a time stamp or a receipt is not a signature over a document.
        if self.content_type != oid::DATA {
            return Err(Error::unsupported("CMS content type", oid::refusal_name(&self.content_type)));
        }
        let content = match (self.content(), detached) {
            (Some(attached), Some(detached)) if attached != detached => {
                return Err(Error::Invalid { what: "message-digest" });
            }
            (Some(content), _) | (None, Some(content)) => content,
            (None, None) => return Err(Error::Invalid { what: "content" }),
        };
        if self.signers.is_empty() {
            return Err(Error::Invalid { what: "signers" });
        }
        let all = || self.certificates.iter().chain(candidates);
        self.signers
            .iter()
            .map(|signer| signer.verify(content, self.content_type, all(), signing_certificate))
            .collect()
    }
}

// Contents and names are personal data, and these end up in logs.
impl fmt::Debug for SignedData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content.as_ref().map(Vec::len);
        write!(formatter, "SignedData({content:?} octets, {:?}, {:?})", self.certificates, self.signers)
    }
}

impl fmt::Debug for SignerInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignerInfo({})", self.signature_algorithm)
    }
}

impl fmt::Debug for VerifiedSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "VerifiedSigner({:?}, {} octets, {:?})",
            self.certificate,
            self.content.len(),
            self.signing_time
        )
    }
}

/// Only plain certificates are kept; attribute certificates and other kinds are skipped, and so is a certificate of an algorithm unknown here:
/// a chain may well hang under an old root.
fn read_certificates(set: Element<'_>) -> Result<Vec<Certificate>, Error> {
    let mut set = set.open();
    let mut certificates = Vec::new();
    let mut seen = 0;
    while !set.is_empty() {
        seen += 1;
        if seen > MAX_CERTIFICATES {
            return Err(Error::malformed(WHAT, "too many certificates"));
        }
        let element = set.any()?;
        if element.tag == tag::SEQUENCE {
            match Certificate::from_der(element.whole) {
                Ok(certificate) => certificates.push(certificate),
                Err(Error::Unsupported { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(certificates)
}

impl SignerInfo {
    /// ```text
    /// SignerInfo ::= SEQUENCE { version INTEGER, sid CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }, digestAlgorithm AlgorithmIdentifier,
    ///   signedAttrs [0] IMPLICIT SET OPTIONAL, signatureAlgorithm AlgorithmIdentifier, signature OCTET STRING, unsignedAttrs [1] IMPLICIT SET OPTIONAL }
    /// ```
    fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut info = element.open_as(WHAT);
        if !matches!(info.any()?.small()?, 1 | 3) {
            return Err(Error::malformed(WHAT, "unknown signer version"));
        }
        let identifier = match info.optional(tag::context_primitive(0))? {
            Some(identifier) => SignerIdentifier::SubjectKeyId(identifier.body.to_vec()),
            None => {
                let mut identifier = info.expect(tag::SEQUENCE)?.open();
                let issuer = Name::read(identifier.expect(tag::SEQUENCE)?)?;
                let serial = identifier.any()?.unsigned()?.to_vec();
                identifier.end()?;
                SignerIdentifier::IssuerAndSerial { issuer, serial }
            }
        };
        let digest_algorithm = DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(info.any()?)?)?;
        let signed_attributes = info.optional(tag::context(0))?.map(SignedAttributes::read).transpose()?;
        let signature_algorithm =
            SignatureAlgorithm::from_signer_info(&AlgorithmIdentifier::read(info.any()?)?, digest_algorithm)?;
        let signature = info.expect(tag::OCTET_STRING)?.body.to_vec();
        info.optional(tag::context(1))?;
        info.end()?;
        Ok(Self { identifier, digest_algorithm, signature_algorithm, signed_attributes, signature })
    }

    /// How the signature was made.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The signer's own claim of the time, seconds since 1970. Nothing proves it before the signature is verified, and then only that it was claimed.
    pub fn signing_time(&self) -> Option<i64> {
        self.signed_attributes.as_ref().and_then(|attributes| attributes.signing_time)
    }

    /// Whether this certificate is the one the signer is named by.
    pub fn is_named(&self, certificate: &Certificate) -> bool {
        match &self.identifier {
            SignerIdentifier::IssuerAndSerial { issuer, serial } => {
                certificate.issuer() == issuer && certificate.serial() == serial
            }
            SignerIdentifier::SubjectKeyId(identifier) => certificate.subject_key_id() == Some(identifier),
        }
    }

    fn verify<'a>(
        &self,
        content: &[u8],
        content_type: ObjectIdentifier,
        certificates: impl Iterator<Item = &'a Certificate>,
        policy: SigningCertificate,
    ) -> Result<VerifiedSigner, Error> {
        let signing_certificate =
            self.signed_attributes.as_ref().and_then(|attributes| attributes.signing_certificate.as_ref());
        if signing_certificate.is_none() && policy == SigningCertificate::Required {
            return Err(Error::Invalid { what: "signing-certificate-v2" });
        }
        let signed = match &self.signed_attributes {
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
            if signing_certificate.is_some_and(|identifier| !identifier.names(certificate)) {
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
                        has_signing_certificate: signing_certificate.is_some(),
                    });
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

impl SignedAttributes {
    fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut attributes = element.open_as(WHAT);
        let (mut content_type, mut message_digest, mut signing_time, mut signing_certificate) =
            (None, None, None, None);
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
                    signing_certificate = Some(CertificateId::read_first(values.expect(tag::SEQUENCE)?)?)
                }
                _ => continue,
            }
            values.end()?;
        }
        let missing = |what: &str| Error::malformed(WHAT, format!("no {what} among the signed attributes"));
        Ok(Self {
            der: asn1::tlv(tag::SET, &[element.body]),
            content_type: content_type.ok_or_else(|| missing("content-type"))?,
            message_digest: message_digest.ok_or_else(|| missing("message-digest"))?,
            signing_time,
            signing_certificate,
        })
    }
}

impl CertificateId {
    /// `SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies SEQUENCE OF PolicyInformation OPTIONAL }`:
    /// the first of `certs` is the signer's, the others only narrow the chain.
    fn read_first(element: Element<'_>) -> Result<Self, Error> {
        const WHAT: &str = "signing-certificate-v2";
        let mut attribute = element.open_as(WHAT);
        let mut certificates = attribute.expect(tag::SEQUENCE)?.open();
        attribute.optional(tag::SEQUENCE)?;
        attribute.end()?;
        let mut first = certificates.expect(tag::SEQUENCE)?.open();
        let digest_algorithm = match first.optional(tag::SEQUENCE)? {
            None => DigestAlgorithm::Sha256,
            Some(identifier) => DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(identifier)?)?,
        };
        let digest = first.expect(tag::OCTET_STRING)?.body.to_vec();
        let issuer_serial = first.optional(tag::SEQUENCE)?.map(read_issuer_serial).transpose()?.flatten();
        first.end()?;
        Ok(Self { digest_algorithm, digest, issuer_serial })
    }

    fn names(&self, certificate: &Certificate) -> bool {
        self.digest == self.digest_algorithm.digest(certificate.as_der())
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

/// Signs `content` as plain data with content-type, message-digest, signing-time and signing-certificate-v2; embeds `certificate` and `chain`.
///
/// `signing_time` in seconds since 1970. The hash in signing-certificate-v2 is Streebog-256 for GOST signers and SHA-256, the default, for the others.
/// `Invalid` of "signer-certificate" when the certificate is of another key.
pub fn sign_cms(
    content: &[u8],
    detached: bool,
    signer: &dyn Signer,
    certificate: &Certificate,
    chain: &[Certificate],
    signing_time: i64,
    rng: &mut Rng,
) -> Result<Vec<u8>, Error> {
    if certificate.public_key().spki_sha256() != signer.public_key().spki_sha256() {
        return Err(Error::Invalid { what: "signer-certificate" });
    }
    let algorithm = signer.signature_algorithm();
    let digest = algorithm.digest();

    let attributes = vec![
        attribute(&oid::CONTENT_TYPE, &asn1::object_identifier(&oid::DATA)),
        attribute(&oid::MESSAGE_DIGEST, &asn1::octet_string(&digest.digest(content))),
        attribute(&oid::SIGNING_TIME, &asn1::time("signing-time", signing_time)?),
        attribute(&oid::SIGNING_CERTIFICATE_V2, &signing_certificate_v2(certificate, algorithm)),
    ];
    let signed = asn1::set_of(tag::SET, attributes);
    let signature = signer.sign(&signed, rng)?;
    let mut signed_attributes = signed;
    // Transmitted under [0] IMPLICIT, signed under the tag of SET OF (RFC 5652, 5.4).
    signed_attributes[0] = tag::context(0);

    let issuer_and_serial = asn1::sequence(&[certificate.issuer_der(), &asn1::unsigned(certificate.serial())]);
    let signer_info = asn1::sequence(&[
        &asn1::small(1),
        &issuer_and_serial,
        &digest.identifier_der(),
        &signed_attributes,
        &algorithm.signer_info_identifier_der(),
        &asn1::octet_string(&signature),
    ]);
    let content = if detached { Vec::new() } else { asn1::tlv(tag::context(0), &[&asn1::octet_string(content)]) };
    let mut certificates = vec![certificate.as_der().to_vec()];
    certificates.extend(chain.iter().filter(|other| *other != certificate).map(|other| other.as_der().to_vec()));
    let signed_data = asn1::sequence(&[
        &asn1::small(1),
        &asn1::tlv(tag::SET, &[&digest.identifier_der()]),
        &asn1::sequence(&[&asn1::object_identifier(&oid::DATA), &content]),
        &asn1::set_of(tag::context(0), certificates),
        &asn1::tlv(tag::SET, &[&signer_info]),
    ]);
    let message =
        asn1::sequence(&[&asn1::object_identifier(&oid::SIGNED_DATA), &asn1::tlv(tag::context(0), &[&signed_data])]);
    if message.len() > MAX_OBJECT_OCTETS {
        return Err(Error::malformed(WHAT, format!("longer than {MAX_OBJECT_OCTETS} octets")));
    }
    Ok(message)
}

fn attribute(oid: &ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::object_identifier(oid), &asn1::tlv(tag::SET, &[value])])
}

fn signing_certificate_v2(certificate: &Certificate, algorithm: SignatureAlgorithm) -> Vec<u8> {
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
