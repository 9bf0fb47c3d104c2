//! Enciphered contents: the part all messages with secrets share, and EncryptedData (RFC 5652, 8), whose key both sides have from elsewhere.
//! The authentication code of the OMAC ciphers travels in an unprotected attribute (R 1323565.1.025, 7.3), itself enciphered behind the content.

use core::fmt;

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::attributes::UnsignedAttribute;
use super::{WHAT, open_as};
use crate::asn1::{self, AlgorithmIdentifier, Input, MAX_OBJECT_OCTETS, tag};
use crate::cipher::Key;
use crate::content_cipher::Sealing;
use crate::signer::Rng;
use crate::{ContentCipher, Error, oid};

/// `EncryptedContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, contentEncryptionAlgorithm AlgorithmIdentifier, encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }`
/// and the unprotected attributes after it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct EncryptedContent {
    pub(super) content_type: ObjectIdentifier,
    sealing: Sealing,
    /// The enciphered content and, behind it, the enciphered authentication code, where the cipher has one.
    sealed: Vec<u8>,
}

impl EncryptedContent {
    /// Reads the two fields and the end of the message.
    pub(super) fn read(mut input: Input<'_>) -> Result<Self, Error> {
        let mut info = input.expect(tag::SEQUENCE)?.open();
        let content_type = info.any()?.oid()?;
        let sealing = Sealing::read(&AlgorithmIdentifier::read(info.any()?)?)?;
        let Some(content) = info.optional(tag::context_primitive(0))? else {
            return Err(Error::unsupported("enciphered content", "detached"));
        };
        info.end()?;
        let attributes = input.optional(tag::context(1))?.map(UnsignedAttribute::read_all).transpose()?;
        input.end()?;
        let mut sealed = content.body.to_vec();
        let mac_octets = sealing.cipher.mac_octets();
        if mac_octets != 0 {
            let attributes = attributes.unwrap_or_default();
            let mut codes = attributes.iter().filter(|attribute| attribute.kind == oid::CONTENT_MAC);
            let (Some([code]), None) = (codes.next().map(|code| code.values.as_slice()), codes.next()) else {
                return Err(Error::malformed(WHAT, "no authentication code, or more than one"));
            };
            let code = Input::whole_object(WHAT, code, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body;
            if code.len() != mac_octets {
                return Err(Error::malformed(WHAT, "authentication code of a wrong length"));
            }
            sealed.extend_from_slice(code);
        }
        Ok(Self { content_type, sealing, sealed })
    }

    /// Enciphers plain data.
    pub(super) fn seal(content: &[u8], cipher: ContentCipher, key: &Key, rng: &mut Rng) -> Result<Self, Error> {
        let sealing = Sealing::draw(cipher, rng);
        let sealed = sealing.seal(key, content)?;
        Ok(Self { content_type: oid::DATA, sealing, sealed })
    }

    /// Deciphers: `Invalid` of "content-mac" when the authentication code is of another content or another key.
    pub(super) fn open(&self, key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.sealing.open(key, &self.sealed)?.ok_or(Error::Invalid { what: "content-mac" })
    }

    pub(super) fn cipher(&self) -> ContentCipher {
        self.sealing.cipher
    }

    pub(super) fn has_attributes(&self) -> bool {
        self.cipher().mac_octets() != 0
    }

    /// The two fields.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let (content, code) = self.sealed.split_at(self.sealed.len().saturating_sub(self.cipher().mac_octets()));
        let info = asn1::sequence(&[
            &asn1::object_identifier(&self.content_type),
            &self.sealing.identifier_der(),
            &asn1::tlv(tag::context_primitive(0), &[content]),
        ]);
        let attributes = if self.has_attributes() {
            let code = UnsignedAttribute { kind: oid::CONTENT_MAC, values: vec![asn1::octet_string(code)] };
            UnsignedAttribute::write_all(&[code])
        } else {
            Vec::new()
        };
        [info, attributes].concat()
    }
}

/// A message enciphered with a key that both sides have, as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedData {
    content: EncryptedContent,
}

impl EncryptedData {
    /// Reads a ContentInfo that holds EncryptedData with one of the [`ContentCipher`]s:
    /// ```text
    /// EncryptedData ::= SEQUENCE { version INTEGER, encryptedContentInfo EncryptedContentInfo, unprotectedAttrs [1] IMPLICIT SET OPTIONAL }
    /// ```
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut data = open_as(der, &oid::ENCRYPTED_DATA)?;
        if !matches!(data.any()?.small()?, 0 | 2) {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        Ok(Self { content: EncryptedContent::read(data)? })
    }

    /// How the content is enciphered.
    pub fn cipher(&self) -> ContentCipher {
        self.content.cipher()
    }

    /// Dotted identifier of the type of the content inside.
    pub fn content_type(&self) -> String {
        self.content.content_type.to_string()
    }

    /// Deciphers: `Invalid` of "content-mac" for another key or a changed content, where the cipher notices; with the others something else comes out.
    pub fn decrypt(&self, key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.content.open(key)
    }
}

impl fmt::Debug for EncryptedData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EncryptedData({})", self.cipher())
    }
}
