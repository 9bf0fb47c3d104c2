//! Signed messages: SignedData (RFC 5652, 5) with signed attributes, of one signer or several, attached and detached.

use core::fmt;

use der::asn1::ObjectIdentifier;

use super::signer_info::{Demand, SignerInfo, SigningCertificate};
use super::{WHAT, close, known_certificates, one_content, open_as, read_certificate_set, read_encapsulated};
use crate::asn1::{self, AlgorithmIdentifier, Input, MAX_OBJECT_OCTETS, tag};
use crate::signer::Rng;
use crate::{Certificate, Error, SignatureAlgorithm, Signer, oid};

/// Most signers read from one message: an act has one or two.
const MAX_SIGNERS: usize = 16;

/// A message as it was read; nothing in it has been verified.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedData {
    /// version, digestAlgorithms, encapContentInfo as they were read.
    head: Vec<u8>,
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    /// The elements of the certificate set, whatever they are.
    certificate_set: Vec<Vec<u8>>,
    /// Those of them that are certificates known here.
    certificates: Vec<Certificate>,
    /// The field, tag and all, or nothing.
    crls: Vec<u8>,
    pub(super) signers: Vec<SignerInfo>,
}

/// A signature that was found good: made by verification alone.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
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

/// Who signs: a key and the certificate it signs under.
#[derive(Clone, Copy)]
pub struct CmsSigner<'a> {
    /// The holder of the key.
    pub signer: &'a dyn Signer,
    /// The certificate of that key.
    pub certificate: &'a Certificate,
}

impl SignedData {
    /// Reads a ContentInfo that holds SignedData, DER only:
    /// ```text
    /// SignedData ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier, encapContentInfo EncapsulatedContentInfo,
    ///   certificates [0] IMPLICIT SET OPTIONAL, crls [1] IMPLICIT SET OPTIONAL, signerInfos SET OF SignerInfo }
    /// ```
    /// A signature or digest the crate does not take is `Unsupported`. Embedded certificates of unknown algorithms are left out.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut data = open_as(der, &oid::SIGNED_DATA)?;
        let version = data.any()?;
        if !matches!(version.small()?, 1 | 3 | 4 | 5) {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        // The set repeats what each signer says; it is checked to be one and not used.
        let digest_set = data.expect(tag::SET)?;
        let mut digests = digest_set.open();
        while !digests.is_empty() {
            AlgorithmIdentifier::read(digests.any()?)?;
        }
        let encapsulated = data.expect(tag::SEQUENCE)?;
        let (content_type, content) = read_encapsulated(encapsulated)?;
        let certificate_set = data.optional(tag::context(0))?.map_or(Ok(Vec::new()), read_certificate_set)?;
        let crls = data.optional(tag::context(1))?;
        let mut infos = data.expect(tag::SET)?.open();
        data.end()?;
        Ok(Self {
            head: [version.whole, digest_set.whole, encapsulated.whole].concat(),
            content_type,
            content,
            certificates: known_certificates(&certificate_set)?,
            certificate_set: certificate_set.iter().map(|element| element.whole.to_vec()).collect(),
            crls: crls.map_or(Vec::new(), |crls| crls.whole.to_vec()),
            signers: read_signers(&mut infos)?,
        })
    }

    /// The message as it is now: what was read, with what has been added since. Sets are put in the order of DER.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let certificates = if self.certificate_set.is_empty() {
            Vec::new()
        } else {
            asn1::set_of(tag::context(0), self.certificate_set.clone())
        };
        let signers = asn1::set_of(tag::SET, self.signers.iter().map(SignerInfo::to_der).collect());
        close(&oid::SIGNED_DATA, &asn1::sequence(&[&self.head, &certificates, &self.crls, &signers]))
    }

    /// One detached message with the signatures of several messages over the same content: what several people signed, each by themselves, as one file.
    /// Nothing is verified here. `Invalid` of "signers" for no message, "content-type" where they are of different types, "content" where two carry
    /// different contents.
    pub fn joined(messages: &[Self]) -> Result<Self, Error> {
        let (first, others) = messages.split_first().ok_or(Error::Invalid { what: "signers" })?;
        let contents = || messages.iter().filter_map(Self::content);
        if others.iter().any(|other| other.content_type != first.content_type) {
            return Err(Error::Invalid { what: "content-type" });
        }
        if contents().zip(contents().skip(1)).any(|(one, next)| one != next) {
            return Err(Error::Invalid { what: "content" });
        }
        let mut version = 1;
        let mut digests: Vec<Vec<u8>> = Vec::new();
        let mut all = Self {
            content: None,
            certificate_set: Vec::new(),
            certificates: Vec::new(),
            crls: Vec::new(),
            signers: Vec::new(),
            ..first.clone()
        };
        for message in messages {
            let head = asn1::sequence(&[&message.head]);
            let mut head = Input::whole_object(WHAT, &head, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
            version = version.max(head.any()?.small()?);
            let mut set = head.expect(tag::SET)?.open();
            while !set.is_empty() {
                digests.push(set.any()?.whole.to_vec());
            }
            all.certificate_set.extend(message.certificate_set.iter().cloned());
            all.certificates.extend(message.certificates.iter().cloned());
            all.signers.extend(message.signers.iter().cloned());
        }
        for set in [&mut digests, &mut all.certificate_set] {
            set.sort();
            set.dedup();
        }
        if all.signers.len() > MAX_SIGNERS {
            return Err(Error::malformed(WHAT, "too many signers"));
        }
        all.head = [
            asn1::small(version),
            asn1::set_of(tag::SET, digests),
            asn1::sequence(&[&asn1::object_identifier(&first.content_type)]),
        ]
        .concat();
        Ok(all)
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
        self.verify_all(detached, candidates, Demand::Content(oid::DATA, signing_certificate))
    }

    /// Verifies each signature by itself over a content of whatever type: what somebody who looks at a message wants to know of it. Good is only what
    /// says `Ok`, and a signature over another type than plain data (a time stamp, a receipt) is no signature over a document.
    ///
    /// The outer error is `Invalid` of "content" (none at hand) or "message-digest" (the content at hand is not the attached one); the inner ones are
    /// those of [`SignedData::verify`].
    pub fn verify_each(
        &self,
        detached: Option<&[u8]>,
        candidates: &[Certificate],
        signing_certificate: SigningCertificate,
    ) -> Result<Vec<Result<VerifiedSigner, Error>>, Error> {
        let content = one_content(self.content(), detached)?;
        let demand = Demand::Content(self.content_type, signing_certificate);
        let all = || self.certificates.iter().chain(candidates);
        Ok(self.signers.iter().map(|signer| signer.verify(content, demand, all())).collect())
    }

    pub(super) fn verify_all(
        &self,
        detached: Option<&[u8]>,
        candidates: &[Certificate],
        demand: Demand,
    ) -> Result<Vec<VerifiedSigner>, Error> {
        let content = one_content(self.content(), detached)?;
        if self.signers.is_empty() {
            return Err(Error::Invalid { what: "signers" });
        }
        let all = || self.certificates.iter().chain(candidates);
        self.signers.iter().map(|signer| signer.verify(content, demand, all())).collect()
    }

    /// The one signature of a time stamp (RFC 3161, 2.4.2).
    pub(crate) fn verify_time_stamp(&self, candidates: &[Certificate]) -> Result<VerifiedSigner, Error> {
        if self.content_type != oid::TIME_STAMP_INFO {
            return Err(Error::unsupported("CMS content type", oid::refusal_name(&self.content_type)));
        }
        let mut signers = self.verify_all(None, candidates, Demand::TimeStamp)?;
        match (signers.pop(), signers.is_empty()) {
            (Some(signer), true) => Ok(signer),
            _ => Err(Error::Invalid { what: "signers" }),
        }
    }

    pub(super) fn signer_mut(&mut self, signer: usize) -> Result<&mut SignerInfo, Error> {
        self.signers.get_mut(signer).ok_or(Error::Invalid { what: "signers" })
    }

    /// Puts a certificate among the embedded ones, once.
    pub(super) fn embed(&mut self, certificate: &Certificate) {
        if !self.certificate_set.iter().any(|der| der == certificate.as_der()) {
            self.certificate_set.push(certificate.as_der().to_vec());
            self.certificates.push(certificate.clone());
        }
    }
}

/// `SignerInfos ::= SET OF SignerInfo`
fn read_signers(infos: &mut Input<'_>) -> Result<Vec<SignerInfo>, Error> {
    let mut signers = Vec::new();
    while !infos.is_empty() {
        if signers.len() == MAX_SIGNERS {
            return Err(Error::malformed(WHAT, "too many signers"));
        }
        signers.push(SignerInfo::read(infos.expect(tag::SEQUENCE)?)?);
    }
    Ok(signers)
}

// Contents and names are personal data, and these end up in logs.
impl fmt::Debug for SignedData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content.as_ref().map(Vec::len);
        write!(formatter, "SignedData({content:?} octets, {:?}, {:?})", self.certificates, self.signers)
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
    sign_cms_by_all(content, detached, &[CmsSigner { signer, certificate }], chain, signing_time, rng)
}

/// The same by several signers at once, each over the content; `Invalid` of "signers" for none of them, `Malformed` for more than can be read.
pub fn sign_cms_by_all(
    content: &[u8],
    detached: bool,
    signers: &[CmsSigner<'_>],
    chain: &[Certificate],
    signing_time: i64,
    rng: &mut Rng,
) -> Result<Vec<u8>, Error> {
    if signers.is_empty() {
        return Err(Error::Invalid { what: "signers" });
    }
    if signers.len() > MAX_SIGNERS {
        return Err(Error::malformed(WHAT, "too many signers"));
    }
    let mut infos = Vec::with_capacity(signers.len());
    let mut digests = Vec::new();
    let mut certificates: Vec<Vec<u8>> = Vec::new();
    for by in signers {
        infos.push(SignerInfo::create(content, Some(&oid::DATA), by, signing_time, rng)?);
        digests.push(by.signer.signature_algorithm().digest().identifier_der());
        certificates.push(by.certificate.as_der().to_vec());
    }
    certificates.extend(chain.iter().map(|certificate| certificate.as_der().to_vec()));
    for set in [&mut digests, &mut certificates] {
        set.sort();
        set.dedup();
    }
    let content = if detached { Vec::new() } else { asn1::tlv(tag::context(0), &[&asn1::octet_string(content)]) };
    let signed_data = asn1::sequence(&[
        &asn1::small(1),
        &asn1::set_of(tag::SET, digests),
        &asn1::sequence(&[&asn1::object_identifier(&oid::DATA), &content]),
        &asn1::set_of(tag::context(0), certificates),
        &asn1::set_of(tag::SET, infos),
    ]);
    close(&oid::SIGNED_DATA, &signed_data)
}
