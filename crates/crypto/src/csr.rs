//! Certification requests, PKCS#10 (RFC 2986): a key, a name and a signature that shows possession of the key.
//! What the request asks for is only read here; the authority never copies it.

use core::fmt;
use core::ops::Deref;

use crate::asn1::{self, MAX_OBJECT_OCTETS, tag};
use crate::extension::{self, Extension};
use crate::signer::Rng;
use crate::x509::{Signed, assemble};
use crate::{Error, Name, PublicKey, SignatureAlgorithm, Signer, oid};

const WHAT: &str = "certification request";

/// A request as it was read; its signature has not been looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct Csr {
    der: Vec<u8>,
    info: Vec<u8>,
    subject: Name,
    public_key: PublicKey,
    spki: Vec<u8>,
    requested_extensions: Vec<Extension>,
    attribute_oids: Vec<String>,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

/// The proof that a check was made: only verification makes one, and it reads like the value inside.
///
/// ```
/// fn only_good_requests(request: surguch_crypto::Verified<surguch_crypto::Csr>) -> surguch_crypto::Name {
///     request.subject().clone()
/// }
/// ```
/// Nobody else makes one:
/// ```compile_fail,E0423
/// let forged = surguch_crypto::Verified(5);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// For the checks of this crate, each at the end of its own.
    pub(crate) fn by_check(value: T) -> Self {
        Self(value)
    }

    /// Gives the value back without its proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Csr {
    /// Reads a request:
    /// ```text
    /// CertificationRequestInfo ::= SEQUENCE { version INTEGER { v1(0) }, subject Name, subjectPKInfo SubjectPublicKeyInfo, attributes [0] IMPLICIT SET OF Attribute }
    /// ```
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let signed = Signed::read(WHAT, der, MAX_OBJECT_OCTETS)?;
        let mut info = signed.tbs.open();
        if info.any()?.small()? != 0 {
            return Err(Error::malformed(WHAT, "version is not 0").at(signed.tbs.body_at()));
        }
        let subject = Name::read(info.expect(tag::SEQUENCE)?)?;
        let spki = info.expect(tag::SEQUENCE)?;
        // Some request makers leave an empty [0] out altogether.
        let attributes = info.optional(tag::context(0))?;
        info.end()?;
        let mut attribute_oids = Vec::new();
        let mut requested_extensions = Vec::new();
        if let Some(attributes) = attributes {
            let mut attributes = attributes.open();
            while !attributes.is_empty() {
                let mut attribute = attributes.expect(tag::SEQUENCE)?.open();
                let oid = attribute.any()?.oid()?;
                let mut values = attribute.expect(tag::SET)?.open();
                attribute.end()?;
                if oid == oid::EXTENSION_REQUEST || oid == oid::EXTENSION_REQUEST_OLD {
                    let list = extension::read_extensions(values.expect(tag::SEQUENCE)?, WHAT)?;
                    values.end()?;
                    requested_extensions.extend(list);
                }
                if attribute_oids.len() == extension::MAX_EXTENSIONS {
                    return Err(Error::malformed(WHAT, "too many attributes"));
                }
                attribute_oids.push(oid.to_string());
            }
        }
        Ok(Self {
            der: der.to_vec(),
            info: signed.tbs.whole.to_vec(),
            subject,
            public_key: PublicKey::from_spki_der(spki.whole).map_err(|error| error.within(spki.at))?,
            spki: spki.whole.to_vec(),
            requested_extensions,
            attribute_oids,
            signature_algorithm: signed.algorithm()?,
            signature: signed.signature.to_vec(),
        })
    }

    /// Makes a request without attributes, signed by the key it is for.
    pub fn create(subject: &Name, signer: &dyn Signer, rng: &mut Rng) -> Result<Vec<u8>, Error> {
        Self::create_with_extensions(subject, &[], signer, rng)
    }

    /// The same with an extensionRequest attribute (RFC 2985, 5.4.2).
    pub fn create_with_extensions(
        subject: &Name,
        extensions: &[Extension],
        signer: &dyn Signer,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, Error> {
        let attributes = if extensions.is_empty() {
            Vec::new()
        } else {
            let values = asn1::tlv(tag::SET, &[&extension::write_extensions(extensions)?]);
            asn1::sequence(&[&asn1::object_identifier(&oid::EXTENSION_REQUEST), &values])
        };
        let info = asn1::sequence(&[
            &asn1::small(0),
            &subject.to_der(),
            &signer.public_key().to_spki_der(),
            &asn1::tlv(tag::context(0), &[&attributes]),
        ]);
        let signature = signer.sign(&info, rng)?;
        Ok(assemble(&info, signer.signature_algorithm(), &signature))
    }

    /// Checks the signature with the key inside: whoever made the request holds it.
    pub fn verify(self) -> Result<Verified<Self>, Error> {
        self.public_key.verify(self.signature_algorithm, &self.info, &self.signature)?;
        Ok(Verified(self))
    }

    /// The name the client put in; the authority takes names from its own records.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key to be certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// SubjectPublicKeyInfo as it was read.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The whole request as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn info_der(&self) -> &[u8] {
        &self.info
    }

    /// The algorithm of the request's own signature.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// Extensions asked for, under either identifier of the attribute.
    pub fn requested_extensions(&self) -> &[Extension] {
        &self.requested_extensions
    }

    /// Dotted identifiers of all attributes, in their order.
    pub fn attribute_oids(&self) -> &[String] {
        &self.attribute_oids
    }
}

impl fmt::Debug for Csr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name is personal data, and this ends up in logs.
        write!(formatter, "Csr({:?})", self.public_key)
    }
}
