//! Certificates: reading one that somebody made, and writing the to-be-signed part of one we make.
//! What a certificate is good for is judged in `chain`; policy and profiles live in the crate of the authority.

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::extension::{self, Extension, KeyUsageSet};
use crate::{Error, Name, PublicKey, SignatureAlgorithm, oid, sha1_thumbprint, sha256};

/// Longest serial number, octets without the sign octet (RFC 5280, 4.1.2.2).
pub(crate) const MAX_SERIAL_OCTETS: usize = 20;

const WHAT: &str = "certificate";

/// A certificate, read once; it keeps its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    parts: Parts,
}

/// Where things stand in the DER, and what they say.
#[derive(Clone, PartialEq, Eq)]
struct Parts {
    tbs: Vec<u8>,
    signature: Vec<u8>,
    signature_algorithm: Result<SignatureAlgorithm, Error>,
    serial: Vec<u8>,
    issuer: Name,
    issuer_der: Vec<u8>,
    subject: Name,
    subject_der: Vec<u8>,
    not_before: i64,
    not_after: i64,
    public_key: PublicKey,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
    basic_constraints: Option<(bool, Option<u8>)>,
    key_usage: Option<KeyUsageSet>,
    extended_key_usage: Option<Vec<String>>,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
}

impl Certificate {
    /// Reads a certificate (RFC 5280, 4.1), version 1 or 3, of a key this crate knows.
    ///
    /// Refused as `Malformed`: trailing bytes, a negative serial or one over 20 octets, inner and outer signature algorithms that differ,
    /// an extension twice, a broken extension of those obeyed here. A signature algorithm the crate does not take is kept and reported by
    /// [`Certificate::signature_algorithm`], so that an old root can still be looked at.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let signed = Signed::read(WHAT, der, MAX_OBJECT_OCTETS)?;
        let mut tbs = signed.tbs.open();
        let version = match tbs.optional(tag::context(0))? {
            None => 0,
            Some(version) => {
                let mut version = version.open();
                let number = version.any()?.small()?;
                version.end()?;
                number
            }
        };
        if version != 0 && version != 2 {
            return Err(Error::malformed(WHAT, "neither version 1 nor 3").at(signed.tbs.body_at()));
        }
        let serial = tbs.any()?.unsigned()?;
        if serial.len() > MAX_SERIAL_OCTETS {
            return Err(Error::malformed(WHAT, "serial number too long").at(signed.tbs.body_at()));
        }
        signed.must_name_the_same_algorithm(tbs.expect(tag::SEQUENCE)?)?;
        let issuer = tbs.expect(tag::SEQUENCE)?;
        let mut validity = tbs.expect(tag::SEQUENCE)?.open();
        let (not_before, not_after) = (validity.any()?.time()?, validity.any()?.time()?);
        validity.end()?;
        let subject = tbs.expect(tag::SEQUENCE)?;
        let spki = tbs.expect(tag::SEQUENCE)?;
        tbs.optional(tag::context_primitive(1))?;
        tbs.optional(tag::context_primitive(2))?;
        let extensions = match tbs.optional(tag::context(3))? {
            None => Vec::new(),
            Some(wrapper) if version == 0 => {
                return Err(Error::malformed(WHAT, "extensions in version 1").at(wrapper.at));
            }
            Some(wrapper) => {
                let mut wrapper = wrapper.open();
                let list = extension::read_extensions_and_places(wrapper.expect(tag::SEQUENCE)?, WHAT)?;
                wrapper.end()?;
                list
            }
        };
        tbs.end()?;
        let (extensions, places): (Vec<Extension>, Vec<Option<usize>>) = extensions.into_iter().unzip();

        let basic_constraints =
            obeyed(&extensions, &places, &oid::BASIC_CONSTRAINTS, extension::read_basic_constraints)?;
        let key_usage = obeyed(&extensions, &places, &oid::KEY_USAGE, KeyUsageSet::from_der)?;
        let extended_key_usage = obeyed(&extensions, &places, &oid::EXTENDED_KEY_USAGE, extension::read_identifiers)?;
        let subject_key_id = obeyed(&extensions, &places, &oid::SUBJECT_KEY_ID, |value| {
            Input::door(WHAT, value, tag::OCTET_STRING, MAX_OBJECT_OCTETS).map(|element| element.body.to_vec())
        })?;
        let authority_key_id =
            obeyed(&extensions, &places, &oid::AUTHORITY_KEY_ID, extension::read_authority_key_id)?.flatten();
        Ok(Self {
            der: der.to_vec(),
            parts: Parts {
                tbs: signed.tbs.whole.to_vec(),
                signature: signed.signature.to_vec(),
                signature_algorithm: signed.algorithm(),
                serial: serial.to_vec(),
                issuer: Name::read(issuer)?,
                issuer_der: issuer.whole.to_vec(),
                subject: Name::read(subject)?,
                subject_der: subject.whole.to_vec(),
                not_before,
                not_after,
                public_key: PublicKey::from_spki_der(spki.whole).map_err(|error| error.within(spki.at))?,
                spki: spki.whole.to_vec(),
                basic_constraints,
                key_usage,
                extended_key_usage,
                subject_key_id,
                authority_key_id,
                extensions,
            },
        })
    }

    /// The certificate as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn tbs_der(&self) -> &[u8] {
        &self.parts.tbs
    }

    /// The serial number, big-endian, without a sign octet.
    pub fn serial(&self) -> &[u8] {
        &self.parts.serial
    }

    /// Whose key it is.
    pub fn subject(&self) -> &Name {
        &self.parts.subject
    }

    /// Who signed it.
    pub fn issuer(&self) -> &Name {
        &self.parts.issuer
    }

    /// The subject as it is encoded: what the issuer field of certificates below must repeat.
    pub fn subject_der(&self) -> &[u8] {
        &self.parts.subject_der
    }

    /// The issuer as it is encoded.
    pub fn issuer_der(&self) -> &[u8] {
        &self.parts.issuer_der
    }

    /// First second of validity, since 1970.
    pub fn not_before(&self) -> i64 {
        self.parts.not_before
    }

    /// Last second of validity, since 1970.
    pub fn not_after(&self) -> i64 {
        self.parts.not_after
    }

    /// The certified key.
    pub fn public_key(&self) -> &PublicKey {
        &self.parts.public_key
    }

    /// The algorithm of the issuer's signature, or the `Unsupported` that names it.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        self.parts.signature_algorithm.clone()
    }

    /// The issuer's signature, the octets of the BIT STRING.
    pub fn signature(&self) -> &[u8] {
        &self.parts.signature
    }

    /// SubjectPublicKeyInfo as it was read, which need not be the canonical form.
    pub fn spki_der(&self) -> &[u8] {
        &self.parts.spki
    }

    /// Whether basicConstraints says so.
    pub fn is_ca(&self) -> bool {
        self.parts.basic_constraints.is_some_and(|(is_ca, _)| is_ca)
    }

    /// How many authorities may follow this one; none if it is not an authority or sets no limit.
    pub fn path_len(&self) -> Option<u8> {
        self.parts.basic_constraints.filter(|(is_ca, _)| *is_ca).and_then(|(_, length)| length)
    }

    /// Whether there is a basicConstraints extension at all; some old authorities have none.
    pub fn has_basic_constraints(&self) -> bool {
        self.parts.basic_constraints.is_some()
    }

    /// keyUsage, if there is one.
    pub fn key_usage(&self) -> Option<KeyUsageSet> {
        self.parts.key_usage
    }

    /// extendedKeyUsage as dotted identifiers, if there is one.
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.parts.extended_key_usage.as_deref()
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.parts.subject_key_id.as_deref()
    }

    /// The key identifier of authorityKeyIdentifier.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.parts.authority_key_id.as_deref()
    }

    /// All extensions in their order, unknown ones and critical ones among them.
    pub fn extensions(&self) -> &[Extension] {
        &self.parts.extensions
    }

    /// The extension of an identifier, if there is one.
    pub(crate) fn extension(&self, oid: &der::asn1::ObjectIdentifier) -> Option<&Extension> {
        let dotted = oid.to_string();
        self.extensions().iter().find(|extension| extension.oid == dotted)
    }

    /// Whether subject and issuer are one name: an authority that certifies its own new key, or a root.
    pub fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// The policies of certificatePolicies as dotted identifiers, none when there is no such extension; `Malformed` when it is broken.
    pub fn certificate_policies(&self) -> Result<Vec<String>, Error> {
        match self.extension(&oid::CERTIFICATE_POLICIES) {
            None => Ok(Vec::new()),
            Some(extension) => {
                let policies = extension::read_certificate_policies(extension)?;
                Ok(policies.iter().map(ToString::to_string).collect())
            }
        }
    }

    /// The URLs of cRLDistributionPoints, none when there is no such extension; points named in other ways are passed over.
    pub fn crl_distribution_points(&self) -> Result<Vec<String>, Error> {
        match self.extension(&oid::CRL_DISTRIBUTION_POINTS) {
            None => Ok(Vec::new()),
            Some(extension) => extension::read_distribution_points(&extension.value),
        }
    }

    /// Identifiers of critical extensions this crate does not obey: a verifier must refuse the certificate when there are any.
    pub fn unknown_critical_extensions(&self) -> impl Iterator<Item = &str> {
        self.extensions()
            .iter()
            .filter(|extension| extension.critical && !is_obeyed(&extension.oid))
            .map(|extension| extension.oid.as_str())
    }

    /// Checks the issuer's name and signature; dates and the right to issue are `build_chain`'s business.
    pub fn verify_issued_by(&self, issuer: &Self) -> Result<(), Error> {
        if self.issuer() != issuer.subject() {
            return Err(Error::Invalid { what: "issuer-name" });
        }
        issuer.public_key().verify(self.signature_algorithm()?, self.tbs_der(), self.signature())
    }

    /// SHA-256 of the DER.
    pub fn thumbprint_sha256(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// SHA-1 of the DER: the label people and old programs compare.
    pub fn thumbprint_sha1(&self) -> [u8; 20] {
        sha1_thumbprint(&self.der)
    }
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Names are personal data, and this ends up in logs.
        formatter.write_str("Certificate(serial ")?;
        for octet in self.serial() {
            write!(formatter, "{octet:02x}")?;
        }
        write!(formatter, ", {:?})", self.public_key())
    }
}

/// Extensions whose meaning [`crate::find_chain`] keeps, or that restrict nothing it decides.
fn is_obeyed(oid: &str) -> bool {
    [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::SUBJECT_KEY_ID,
        oid::AUTHORITY_KEY_ID,
        oid::SUBJECT_ALT_NAME,
        oid::CERTIFICATE_POLICIES,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::NAME_CONSTRAINTS,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::INHIBIT_ANY_POLICY,
    ]
    .iter()
    .any(|known| known.to_string() == oid)
}

/// The value of an extension, read; what is wrong with it is told at its place in the certificate.
fn obeyed<T>(
    extensions: &[Extension],
    places: &[Option<usize>],
    oid: &der::asn1::ObjectIdentifier,
    read: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let dotted = oid.to_string();
    match extensions.iter().zip(places).find(|(extension, _)| extension.oid == dotted) {
        None => Ok(None),
        Some((extension, place)) => read(&extension.value).map(Some).map_err(|error| error.within(*place)),
    }
}

/// `SEQUENCE { toBeSigned, AlgorithmIdentifier, BIT STRING }`: the shape of certificates, CRLs and requests.
pub(crate) struct Signed<'a> {
    what: &'static str,
    pub(crate) tbs: Element<'a>,
    algorithm: Element<'a>,
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn read(what: &'static str, der: &'a [u8], limit: usize) -> Result<Self, Error> {
        let mut outer = Input::door(what, der, tag::SEQUENCE, limit)?.open();
        let tbs = outer.expect(tag::SEQUENCE)?;
        let algorithm = outer.expect(tag::SEQUENCE)?;
        let signature = outer.expect(tag::BIT_STRING)?.bit_octets()?;
        outer.end()?;
        // The parameters are judged by `algorithm`; that it is an AlgorithmIdentifier is judged here.
        AlgorithmIdentifier::read(algorithm)?;
        Ok(Self { what, tbs, algorithm, signature })
    }

    pub(crate) fn algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        SignatureAlgorithm::from_identifier(&AlgorithmIdentifier::read(self.algorithm)?)
    }

    /// RFC 5280, 4.1.1.2: the signed copy of the identifier must be the same, parameters included.
    pub(crate) fn must_name_the_same_algorithm(&self, inner: Element<'_>) -> Result<(), Error> {
        if inner.whole == self.algorithm.whole {
            Ok(())
        } else {
            Err(Error::malformed(self.what, "inner and outer signature algorithms differ").at(inner.at))
        }
    }
}

/// A certificate about to be signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TbsCertificate {
    /// Big-endian; leading zeros are dropped, a sign octet is added where needed. 1 to 20 octets, not zero.
    pub serial: Vec<u8>,
    /// The algorithm the issuer will sign with.
    pub signature_algorithm: SignatureAlgorithm,
    /// The issuer's subject, byte for byte.
    pub issuer_der: Vec<u8>,
    /// First second of validity, since 1970.
    pub not_before: i64,
    /// Last second of validity, since 1970.
    pub not_after: i64,
    /// Whose key it is.
    pub subject: Name,
    /// The key, as it is to stand in the certificate.
    pub spki_der: Vec<u8>,
    /// In the order they are to be written; none leaves the field out.
    pub extensions: Vec<Extension>,
}

impl TbsCertificate {
    /// Version 3; UTCTime to the end of 2049, GeneralizedTime from 2050 on.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let digits = self.serial.iter().skip_while(|&&octet| octet == 0).count();
        if digits == 0 || digits > MAX_SERIAL_OCTETS {
            return Err(Error::malformed(WHAT, "serial number zero or too long"));
        }
        if self.not_after < self.not_before {
            return Err(Error::malformed(WHAT, "ends before it begins"));
        }
        let validity = asn1::sequence(&[&asn1::time(WHAT, self.not_before)?, &asn1::time(WHAT, self.not_after)?]);
        // What stands in the field must be a key and a name: a caller's slip is caught before anything is signed.
        PublicKey::from_spki_der(&self.spki_der)?;
        Name::from_der(&self.issuer_der)?;
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            asn1::tlv(tag::context(3), &[&extension::write_extensions(&self.extensions)?])
        };
        Ok(asn1::sequence(&[
            &asn1::tlv(tag::context(0), &[&asn1::small(2)]),
            &asn1::unsigned(&self.serial),
            &self.signature_algorithm.identifier_der(),
            &self.issuer_der,
            &validity,
            &self.subject.to_der(),
            &self.spki_der,
            &extensions,
        ]))
    }
}

/// Puts a to-be-signed part and its signature together: a certificate, a CRL or a request.
/// The AlgorithmIdentifier is canonical: GOST and ECDSA without parameters, RSA with NULL.
pub fn assemble(tbs_der: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    asn1::sequence(&[tbs_der, &algorithm.identifier_der(), &asn1::bit_string(signature)])
}
