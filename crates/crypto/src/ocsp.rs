//! Certificate status on request (RFC 6960): asking, reading the answer, verifying it. The responder that answers is not here yet.
//! A status can only be taken from an answer that was verified; how old it may be is the caller's to say.

use core::fmt;

use sha2::Digest as _;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::extension::{self, Extension};
use crate::x509::MAX_SERIAL_OCTETS;
use crate::{Certificate, DigestAlgorithm, Error, Name, SignatureAlgorithm, Verified, oid};

/// Most certificates asked about or answered for in one object.
const MAX_CERTIFICATES: usize = 128;
/// How far ahead of ours the clock of a responder may be, seconds.
const CLOCK_SKEW: i64 = 300;

const WHAT: &str = "OCSP";

/// The hash that labels an issuer. SHA-1 is what everybody writes here, and proves nothing in this place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LabelHash {
    /// SHA-1.
    Sha1,
    /// A hash of today.
    Digest(DigestAlgorithm),
}

/// Which certificate is meant:
/// `CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber INTEGER }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateLabel {
    hash: LabelHash,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
}

impl CertificateLabel {
    /// The label of a certificate of this issuer with this serial number (big-endian).
    pub fn of(hash: LabelHash, issuer: &Certificate, serial: &[u8]) -> Self {
        Self {
            hash,
            issuer_name_hash: hash.of(issuer.subject_der()),
            issuer_key_hash: hash.of(&issuer.public_key().raw_bits()),
            serial: serial.iter().copied().skip_while(|&octet| octet == 0).collect(),
        }
    }

    /// The serial number, big-endian, without leading zeros.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether it means this certificate of this issuer.
    pub fn means(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        *self == Self::of(self.hash, issuer, certificate.serial())
    }

    fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut label = element.open();
        let hash = LabelHash::read(&AlgorithmIdentifier::read(label.any()?)?)?;
        let issuer_name_hash = label.expect(tag::OCTET_STRING)?.body.to_vec();
        let issuer_key_hash = label.expect(tag::OCTET_STRING)?.body.to_vec();
        let serial = label.any()?.unsigned()?;
        label.end()?;
        if serial.len() > MAX_SERIAL_OCTETS {
            return Err(Error::malformed(WHAT, "serial number too long"));
        }
        let serial = serial.iter().copied().skip_while(|&octet| octet == 0).collect();
        Ok(Self { hash, issuer_name_hash, issuer_key_hash, serial })
    }

    fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[
            &self.hash.identifier_der(),
            &asn1::octet_string(&self.issuer_name_hash),
            &asn1::octet_string(&self.issuer_key_hash),
            &asn1::unsigned(&self.serial),
        ])
    }
}

impl LabelHash {
    fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(data).to_vec(),
            Self::Digest(algorithm) => algorithm.digest(data),
        }
    }

    fn read(identifier: &AlgorithmIdentifier<'_>) -> Result<Self, Error> {
        if identifier.oid == oid::SHA1 {
            Ok(Self::Sha1)
        } else {
            DigestAlgorithm::from_identifier(identifier).map(Self::Digest)
        }
    }

    fn identifier_der(self) -> Vec<u8> {
        match self {
            // With the NULL that everybody writes and some demand.
            Self::Sha1 => asn1::sequence(&[&asn1::object_identifier(&oid::SHA1), &[tag::NULL, 0]]),
            Self::Digest(algorithm) => algorithm.identifier_der(),
        }
    }
}

/// A question about certificates, unsigned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OcspRequest {
    /// The certificates.
    pub certificates: Vec<CertificateLabel>,
    /// Octets the answer must repeat, if the responder repeats any.
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// ```text
    /// OCSPRequest ::= SEQUENCE { tbsRequest SEQUENCE { version [0] EXPLICIT INTEGER DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
    ///   requestList SEQUENCE OF SEQUENCE { reqCert CertID, extensions [0] EXPLICIT Extensions OPTIONAL }, requestExtensions [2] EXPLICIT Extensions OPTIONAL },
    ///   optionalSignature [0] EXPLICIT Signature OPTIONAL }
    /// ```
    /// Signatures of requestors are passed over; critical extensions are `Unsupported`.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let mut request = outer.expect(tag::SEQUENCE)?.open();
        outer.optional(tag::context(0))?;
        outer.end()?;
        read_version(&mut request)?;
        request.optional(tag::context(1))?;
        let mut list = request.expect(tag::SEQUENCE)?.open();
        let extensions = read_explicit_extensions(request.optional(tag::context(2))?)?;
        request.end()?;
        let mut certificates = Vec::new();
        while !list.is_empty() {
            if certificates.len() == MAX_CERTIFICATES {
                return Err(Error::malformed(WHAT, "too many certificates"));
            }
            let mut single = list.expect(tag::SEQUENCE)?.open();
            certificates.push(CertificateLabel::read(single.expect(tag::SEQUENCE)?)?);
            read_explicit_extensions(single.optional(tag::context(0))?)?;
            single.end()?;
        }
        Ok(Self { certificates, nonce: nonce(&extensions)? })
    }

    /// Writes the question.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let list: Vec<u8> = self.certificates.iter().flat_map(|label| asn1::sequence(&[&label.to_der()])).collect();
        let extensions = match &self.nonce {
            None => Vec::new(),
            Some(nonce) => {
                let nonce =
                    Extension { oid: oid::OCSP_NONCE.to_owned(), critical: false, value: asn1::octet_string(nonce) };
                asn1::tlv(tag::context(2), &[&extension::write_extensions(&[nonce])?])
            }
        };
        Ok(asn1::sequence(&[&asn1::sequence(&[&asn1::sequence(&[&list]), &extensions])]))
    }
}

/// What a responder says of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertificateStatus {
    /// Not revoked. It may still have ended, or never have been issued.
    Good,
    /// Revoked.
    Revoked {
        /// Seconds since 1970.
        at: i64,
        /// The CRLReason code (RFC 5280, 5.3.1), if one is given.
        reason: Option<u8>,
    },
    /// Not known to the responder.
    Unknown,
}

/// An answer as it was read; nothing in it has been verified.
#[derive(Clone, PartialEq, Eq)]
pub struct OcspResponse {
    tbs: Vec<u8>,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    responder: Responder,
    produced_at: i64,
    answers: Vec<Answer>,
    nonce: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
}

/// What an answer claims of one certificate, unproved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnverifiedAnswer<'a> {
    /// The certificate.
    pub label: &'a CertificateLabel,
    /// Its status.
    pub status: CertificateStatus,
    /// When the status was known to be so, seconds since 1970.
    pub this_update: i64,
    /// When there will be a newer answer.
    pub next_update: Option<i64>,
}

#[derive(Clone, PartialEq, Eq)]
enum Responder {
    Name(Name),
    /// SHA-1 of the public key.
    KeyHash(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq)]
struct Answer {
    label: CertificateLabel,
    status: CertificateStatus,
    this_update: i64,
    next_update: Option<i64>,
}

impl OcspResponse {
    /// Reads an answer:
    /// ```text
    /// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING } OPTIONAL }
    /// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
    /// ResponseData ::= SEQUENCE { version [0] EXPLICIT INTEGER DEFAULT v1, responderID CHOICE { byName [1] Name, byKey [2] OCTET STRING }, producedAt GeneralizedTime,
    ///   responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
    /// ```
    /// An answer that is none (try later, unauthorized …) is `Unsupported` by name.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let status = outer.expect(tag::ENUMERATED)?.body;
        let bytes = outer.optional(tag::context(0))?;
        outer.end()?;
        let bytes = match (status, bytes) {
            ([0], Some(bytes)) => bytes,
            ([status], _) => {
                let name = REFUSALS.get(usize::from(*status)).copied().unwrap_or("unknown status");
                return Err(Error::unsupported("OCSP answer", name));
            }
            _ => return Err(Error::malformed(WHAT, "bad status")),
        };
        let mut wrapper = bytes.open();
        let mut bytes = wrapper.expect(tag::SEQUENCE)?.open();
        wrapper.end()?;
        let kind = bytes.any()?.oid()?;
        if kind != oid::OCSP_BASIC {
            return Err(Error::unsupported("OCSP answer", kind.to_string()));
        }
        let response = bytes.expect(tag::OCTET_STRING)?;
        bytes.end()?;
        Self::read_basic(response.body).map_err(|error| error.within(response.body_at()))
    }

    fn read_basic(der: &[u8]) -> Result<Self, Error> {
        let mut basic = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let tbs = basic.expect(tag::SEQUENCE)?;
        let signature_algorithm = SignatureAlgorithm::from_identifier(&AlgorithmIdentifier::read(basic.any()?)?)?;
        let signature = basic.expect(tag::BIT_STRING)?.bit_octets()?.to_vec();
        let mut certificates = Vec::new();
        if let Some(wrapper) = basic.optional(tag::context(0))? {
            let mut wrapper = wrapper.open();
            let mut list = wrapper.expect(tag::SEQUENCE)?.open();
            wrapper.end()?;
            while !list.is_empty() {
                if certificates.len() == MAX_CERTIFICATES {
                    return Err(Error::malformed(WHAT, "too many certificates"));
                }
                let element = list.any()?;
                certificates.push(Certificate::from_der(element.whole).map_err(|error| error.within(element.at))?);
            }
        }
        basic.end()?;

        let mut data = tbs.open();
        read_version(&mut data)?;
        let responder = data.any()?;
        let responder = match responder.tag {
            0xa1 => {
                let mut name = responder.open();
                let read = Name::read(name.expect(tag::SEQUENCE)?)?;
                name.end()?;
                Responder::Name(read)
            }
            0xa2 => {
                let mut hash = responder.open();
                let read = hash.expect(tag::OCTET_STRING)?.body.to_vec();
                hash.end()?;
                Responder::KeyHash(read)
            }
            _ => return Err(Error::malformed(WHAT, "no responder")),
        };
        let produced_at = data.expect(tag::GENERALIZED_TIME)?.time()?;
        let mut list = data.expect(tag::SEQUENCE)?.open();
        let extensions = read_explicit_extensions(data.optional(tag::context(1))?)?;
        data.end()?;
        let mut answers = Vec::new();
        while !list.is_empty() {
            if answers.len() == MAX_CERTIFICATES {
                return Err(Error::malformed(WHAT, "too many certificates"));
            }
            answers.push(Answer::read(list.expect(tag::SEQUENCE)?)?);
        }
        Ok(Self {
            tbs: tbs.whole.to_vec(),
            signature_algorithm,
            signature,
            responder,
            produced_at,
            answers,
            nonce: nonce(&extensions)?,
            certificates,
        })
    }

    /// When it was signed, by the responder's own clock, seconds since 1970.
    pub fn produced_at(&self) -> i64 {
        self.produced_at
    }

    /// How it was signed.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The certificates that came with it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificates it speaks of.
    pub fn labels(&self) -> impl Iterator<Item = &CertificateLabel> {
        self.answers.iter().map(|answer| &answer.label)
    }

    /// What it claims of each certificate, unproved: for showing. A status to act on comes from [`Verified<OcspResponse>`].
    pub fn unverified_answers(&self) -> impl Iterator<Item = UnverifiedAnswer<'_>> {
        self.answers.iter().map(|answer| UnverifiedAnswer {
            label: &answer.label,
            status: answer.status,
            this_update: answer.this_update,
            next_update: answer.next_update,
        })
    }

    /// The responder's name, where it is named by it and not by its key.
    pub fn responder_name(&self) -> Option<&Name> {
        match &self.responder {
            Responder::Name(name) => Some(name),
            Responder::KeyHash(_) => None,
        }
    }

    /// Whether it answers this question: every certificate asked about, and the nonce where one was sent. `Invalid` of "ocsp-certificate" or "ocsp-nonce".
    pub fn check_answers(&self, request: &OcspRequest) -> Result<(), Error> {
        if !request.certificates.iter().all(|wanted| self.labels().any(|label| label == wanted)) {
            return Err(Error::Invalid { what: "ocsp-certificate" });
        }
        if request.nonce.is_some() && self.nonce != request.nonce {
            return Err(Error::Invalid { what: "ocsp-nonce" });
        }
        Ok(())
    }

    /// Verifies who answers for the certificates of `issuer`: the issuer itself, or somebody it has certified for that and nobody else
    /// (RFC 6960, 4.2.2.2), whose certificate came with the answer or is among the `candidates`, valid at `at` (seconds since 1970).
    ///
    /// `Invalid` of "ocsp-responder" (nobody of the kind), "signature" or "signature-algorithm". Revocation of the responder's own certificate is the caller's.
    pub fn verify(self, issuer: &Certificate, candidates: &[Certificate], at: i64) -> Result<Verified<Self>, Error> {
        let mut refusal = Error::Invalid { what: "ocsp-responder" };
        let all = core::iter::once(issuer).chain(&self.certificates).chain(candidates);
        for responder in all.filter(|certificate| self.responder.is(certificate)) {
            if responder.as_der() != issuer.as_der() && !may_answer(responder, issuer, at) {
                continue;
            }
            match responder.public_key().verify(self.signature_algorithm, &self.tbs, &self.signature) {
                Ok(()) => return Ok(Verified::by_check(self)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

impl Verified<OcspResponse> {
    /// What the responder says of a certificate at the time `at` (seconds since 1970).
    ///
    /// An answer is taken from its thisUpdate, give or take five minutes of clocks, to its nextUpdate; one without the latter, for `max_age_seconds`.
    /// `Invalid` of "ocsp-certificate" (not spoken of), "ocsp-not-yet-valid" or "ocsp-expired".
    pub fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: i64,
        max_age_seconds: u32,
    ) -> Result<CertificateStatus, Error> {
        let mut refusal = Error::Invalid { what: "ocsp-certificate" };
        for answer in self.answers.iter().filter(|answer| answer.label.means(certificate, issuer)) {
            let end = answer.next_update.unwrap_or(answer.this_update.saturating_add(max_age_seconds.into()));
            if at.saturating_add(CLOCK_SKEW) < answer.this_update {
                refusal = Error::Invalid { what: "ocsp-not-yet-valid" };
            } else if at > end {
                refusal = Error::Invalid { what: "ocsp-expired" };
            } else {
                return Ok(answer.status);
            }
        }
        Err(refusal)
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OcspResponse({} certificates, {})", self.answers.len(), self.produced_at)
    }
}

impl Responder {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => certificate.subject() == name,
            Self::KeyHash(hash) => *hash == LabelHash::Sha1.of(&certificate.public_key().raw_bits()),
        }
    }
}

/// Certified by the issuer itself, for answering, and for now.
fn may_answer(responder: &Certificate, issuer: &Certificate, at: i64) -> bool {
    responder.extended_key_usage().is_some_and(|purposes| purposes.iter().any(|purpose| purpose == oid::OCSP_SIGNING))
        && (responder.not_before()..=responder.not_after()).contains(&at)
        && responder.unknown_critical_extensions().next().is_none()
        && responder.verify_issued_by(issuer).is_ok()
}

impl Answer {
    /// ```text
    /// SingleResponse ::= SEQUENCE { certID CertID, certStatus CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT SEQUENCE { revocationTime GeneralizedTime,
    ///   revocationReason [0] EXPLICIT CRLReason OPTIONAL }, unknown [2] IMPLICIT NULL }, thisUpdate GeneralizedTime, nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL,
    ///   singleExtensions [1] EXPLICIT Extensions OPTIONAL }
    /// ```
    fn read(element: Element<'_>) -> Result<Self, Error> {
        let mut answer = element.open();
        let label = CertificateLabel::read(answer.expect(tag::SEQUENCE)?)?;
        let status = answer.any()?;
        let status = match (status.tag, status.body) {
            (0x80, []) => CertificateStatus::Good,
            (0x82, []) => CertificateStatus::Unknown,
            (0xa1, _) => {
                let mut revoked = status.open();
                let at = revoked.expect(tag::GENERALIZED_TIME)?.time()?;
                let reason = match revoked.optional(tag::context(0))? {
                    None => None,
                    Some(wrapper) => match wrapper.open().expect(tag::ENUMERATED)?.body {
                        &[code] => Some(code),
                        _ => return Err(Error::malformed(WHAT, "bad reason code")),
                    },
                };
                revoked.end()?;
                CertificateStatus::Revoked { at, reason }
            }
            _ => return Err(Error::malformed(WHAT, "bad certificate status")),
        };
        let this_update = answer.expect(tag::GENERALIZED_TIME)?.time()?;
        let next_update = match answer.optional(tag::context(0))? {
            None => None,
            Some(wrapper) => {
                let mut wrapper = wrapper.open();
                let time = wrapper.expect(tag::GENERALIZED_TIME)?.time()?;
                wrapper.end()?;
                Some(time)
            }
        };
        read_explicit_extensions(answer.optional(tag::context(1))?)?;
        answer.end()?;
        Ok(Self { label, status, this_update, next_update })
    }
}

/// `[0] EXPLICIT INTEGER DEFAULT v1(0)`
fn read_version(input: &mut Input<'_>) -> Result<(), Error> {
    if let Some(version) = input.optional(tag::context(0))? {
        let mut version = version.open();
        if version.any()?.small()? != 0 {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        version.end()?;
    }
    Ok(())
}

/// The extensions under an explicit tag; a critical one may change what the rest means, and none is known to.
fn read_explicit_extensions(wrapper: Option<Element<'_>>) -> Result<Vec<Extension>, Error> {
    let Some(wrapper) = wrapper else { return Ok(Vec::new()) };
    let mut wrapper = wrapper.open();
    let extensions = extension::read_extensions(wrapper.expect(tag::SEQUENCE)?, WHAT)?;
    wrapper.end()?;
    match extensions.iter().find(|extension| extension.critical && extension.oid != oid::OCSP_NONCE) {
        Some(extension) => Err(Error::unsupported("critical OCSP extension", extension.oid.clone())),
        None => Ok(extensions),
    }
}

/// `Nonce ::= OCTET STRING` (RFC 9654).
fn nonce(extensions: &[Extension]) -> Result<Option<Vec<u8>>, Error> {
    let Some(nonce) = extensions.iter().find(|extension| extension.oid == oid::OCSP_NONCE) else { return Ok(None) };
    let octets = Input::whole_object(WHAT, &nonce.value, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body;
    Ok(Some(octets.to_vec()))
}

/// OCSPResponseStatus (RFC 6960, 4.2.1), by number.
const REFUSALS: [&str; 7] = [
    "successful without an answer",
    "malformedRequest",
    "internalError",
    "tryLater",
    "unknown status",
    "sigRequired",
    "unauthorized",
];
