//! Messages with a digest of their content (RFC 5652, 7): a checksum, and nobody's word for it.

use core::fmt;

use der::asn1::ObjectIdentifier;

use super::{WHAT, one_content, open_as, read_encapsulated};
use crate::asn1::{AlgorithmIdentifier, tag};
use crate::{DigestAlgorithm, Error, oid};

/// A message as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestedData {
    digest_algorithm: DigestAlgorithm,
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    digest: Vec<u8>,
}

impl DigestedData {
    /// Reads a ContentInfo that holds DigestedData:
    /// ```text
    /// DigestedData ::= SEQUENCE { version INTEGER, digestAlgorithm AlgorithmIdentifier, encapContentInfo EncapsulatedContentInfo, digest OCTET STRING }
    /// ```
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut data = open_as(der, &oid::DIGESTED_DATA)?;
        if !matches!(data.any()?.small()?, 0 | 2) {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let digest_algorithm = DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(data.any()?)?)?;
        let (content_type, content) = read_encapsulated(data.expect(tag::SEQUENCE)?)?;
        let digest = data.expect(tag::OCTET_STRING)?.body.to_vec();
        data.end()?;
        Ok(Self { digest_algorithm, content_type, content, digest })
    }

    /// The hash function.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// Dotted identifier of the content type.
    pub fn content_type(&self) -> String {
        self.content_type.to_string()
    }

    /// The content, attached or given, if the digest is its own: `Invalid` of "message-digest" otherwise, of "content" when there is none.
    pub fn verify<'a>(&'a self, detached: Option<&'a [u8]>) -> Result<&'a [u8], Error> {
        let content = one_content(self.content.as_deref(), detached)?;
        if self.digest_algorithm.digest(content) == self.digest {
            Ok(content)
        } else {
            Err(Error::Invalid { what: "message-digest" })
        }
    }
}

// Contents are personal data, and these end up in logs.
impl fmt::Debug for DigestedData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content.as_ref().map(Vec::len);
        write!(formatter, "DigestedData({content:?} octets, {})", self.digest_algorithm.name())
    }
}
