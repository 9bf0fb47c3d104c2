//! Messages: CMS (RFC 5652; GOST as in R 1323565.1.025), signed, enveloped, digested and encrypted, attached and detached.
//! Whether a signer is somebody, and whether a certificate is good today, is asked elsewhere: here the bytes are proved to fit together.
//! The one exception is `cades`, where a time stamp moves that question to another day.

// How a message names a certificate, and what signed and unsigned words stand beside a signature.
mod attributes;
mod reference;
// Messages with signatures.
mod cades;
mod countersignature;
mod signed;
mod signer_info;
// Messages with secrets.
mod encrypted;
mod enveloped;
mod recipient;
// A message with neither.
mod digested;

pub use cades::ProvenSigner;
pub use digested::DigestedData;
pub use encrypted::EncryptedData;
pub use enveloped::{EnvelopedData, encrypt_cms};
pub use recipient::{Delivery, Recipient, RecipientLabel};
pub use reference::CertificateReference;
pub use signed::{CmsSigner, SignedData, VerifiedSigner, sign_cms, sign_cms_by_all};
pub use signer_info::{SignerInfo, SigningCertificate};

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::{Certificate, Error, oid};

/// Most embedded certificates read from one message: a chain has three.
const MAX_CERTIFICATES: usize = 64;

const WHAT: &str = "CMS";

/// A message of any kind this crate reads; nothing in it has been verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContentInfo {
    /// Signed by somebody.
    Signed(SignedData),
    /// Enciphered for somebody.
    Enveloped(EnvelopedData),
    /// With a digest of itself.
    Digested(DigestedData),
    /// Enciphered with a key both sides have.
    Encrypted(EncryptedData),
}

impl ContentInfo {
    /// Reads a message; other kinds are `Unsupported` by name.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        match open(der)?.0 {
            oid::SIGNED_DATA => SignedData::from_der(der).map(Self::Signed),
            oid::ENVELOPED_DATA => EnvelopedData::from_der(der).map(Self::Enveloped),
            oid::DIGESTED_DATA => DigestedData::from_der(der).map(Self::Digested),
            oid::ENCRYPTED_DATA => EncryptedData::from_der(der).map(Self::Encrypted),
            other => Err(Error::unsupported("CMS content type", oid::refusal_name(&other))),
        }
    }
}

/// `ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }`, the content being a SEQUENCE in everything read here.
fn open(der: &[u8]) -> Result<(ObjectIdentifier, Element<'_>), Error> {
    let mut info = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let kind = info.any()?.oid()?;
    let mut wrapper = info.expect(tag::context(0))?.open();
    info.end()?;
    let content = wrapper.expect(tag::SEQUENCE)?;
    wrapper.end()?;
    Ok((kind, content))
}

/// The content of a message that must be of this kind.
fn open_as<'a>(der: &'a [u8], expected: &ObjectIdentifier) -> Result<Input<'a>, Error> {
    let (kind, content) = open(der)?;
    if kind == *expected {
        Ok(content.open())
    } else {
        Err(Error::unsupported("CMS content type", oid::refusal_name(&kind)))
    }
}

/// A whole message around its content; none longer than may be read is made.
fn close(kind: &ObjectIdentifier, content: &[u8]) -> Result<Vec<u8>, Error> {
    let message = asn1::sequence(&[&asn1::object_identifier(kind), &asn1::tlv(tag::context(0), &[content])]);
    if message.len() > MAX_OBJECT_OCTETS {
        return Err(Error::malformed(WHAT, format!("longer than {MAX_OBJECT_OCTETS} octets")));
    }
    Ok(message)
}

/// `EncapsulatedContentInfo ::= SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL }`
fn read_encapsulated(element: Element<'_>) -> Result<(ObjectIdentifier, Option<Vec<u8>>), Error> {
    let mut encapsulated = element.open();
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
    Ok((content_type, content))
}

/// The elements of a certificate set as they stand, no more than allowed.
fn read_certificate_set(set: Element<'_>) -> Result<Vec<Element<'_>>, Error> {
    let mut set = set.open_as(WHAT);
    let mut elements = Vec::new();
    while !set.is_empty() {
        if elements.len() == MAX_CERTIFICATES {
            return Err(Error::malformed(WHAT, "too many certificates"));
        }
        elements.push(set.any()?);
    }
    Ok(elements)
}

/// Only plain certificates are kept; attribute certificates and other kinds are skipped, and so is a certificate of an algorithm unknown here:
/// a chain may well hang under an old root.
fn known_certificates(elements: &[Element<'_>]) -> Result<Vec<Certificate>, Error> {
    let plain = elements.iter().filter(|element| element.tag == tag::SEQUENCE);
    plain
        .map(|element| Certificate::from_der(element.whole).map_err(|error| error.within(element.at)))
        .filter(|result| !matches!(result, Err(Error::Unsupported { .. })))
        .collect()
}

/// The content a caller and a message give between them: one of them, or both the same.
fn one_content<'a>(attached: Option<&'a [u8]>, detached: Option<&'a [u8]>) -> Result<&'a [u8], Error> {
    match (attached, detached) {
        (Some(attached), Some(detached)) if attached != detached => Err(Error::Invalid { what: "message-digest" }),
        (Some(content), _) | (None, Some(content)) => Ok(content),
        (None, None) => Err(Error::Invalid { what: "content" }),
    }
}
