//! What an unknown object is, told by its shape alone: for tools that are handed a file. Whether it is a good one of its kind says its reader.

use crate::Error;
use crate::asn1::{Element, Input, check_der, tag};
use crate::{MAX_CRL_OCTETS, oid};

/// The kinds of objects that are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// X.509 certificate (RFC 5280, 4.1).
    Certificate,
    /// PKCS#10 (RFC 2986).
    Csr,
    /// Certificate revocation list (RFC 5280, 5.1).
    Crl,
    /// SubjectPublicKeyInfo.
    PublicKey,
    /// PKCS#8 in the clear (RFC 5958).
    PrivateKey,
    /// PKCS#8 under a password.
    EncryptedPrivateKey,
    /// A key of RFC 8017 or RFC 5915 without PKCS#8 around it, as old openssl wrote it.
    BareKey,
    /// PKCS#12 (RFC 7292, RFC 9548).
    Pkcs12,
    /// CMS SignedData; a time stamp token is one.
    SignedData,
    /// CMS EnvelopedData.
    EnvelopedData,
    /// CMS DigestedData.
    DigestedData,
    /// CMS EncryptedData.
    EncryptedData,
    /// A CMS ContentInfo of another type.
    OtherCms,
    /// OCSPRequest (RFC 6960, 4.1).
    OcspRequest,
    /// OCSPResponse (RFC 6960, 4.2).
    OcspResponse,
    /// TimeStampReq (RFC 3161, 2.4.1).
    TimeStampRequest,
    /// TimeStampResp (RFC 3161, 2.4.2).
    TimeStampResponse,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Certificate,
        Self::Csr,
        Self::Crl,
        Self::PublicKey,
        Self::PrivateKey,
        Self::EncryptedPrivateKey,
        Self::BareKey,
        Self::Pkcs12,
        Self::SignedData,
        Self::EnvelopedData,
        Self::DigestedData,
        Self::EncryptedData,
        Self::OtherCms,
        Self::OcspRequest,
        Self::OcspResponse,
        Self::TimeStampRequest,
        Self::TimeStampResponse,
    ];

    /// A stable word: `certificate`, `csr`, `signed-data` …
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Csr => "csr",
            Self::Crl => "crl",
            Self::PublicKey => "public-key",
            Self::PrivateKey => "private-key",
            Self::EncryptedPrivateKey => "encrypted-private-key",
            Self::BareKey => "bare-key",
            Self::Pkcs12 => "pkcs12",
            Self::SignedData => "signed-data",
            Self::EnvelopedData => "enveloped-data",
            Self::DigestedData => "digested-data",
            Self::EncryptedData => "encrypted-data",
            Self::OtherCms => "other-cms",
            Self::OcspRequest => "ocsp-request",
            Self::OcspResponse => "ocsp-response",
            Self::TimeStampRequest => "time-stamp-request",
            Self::TimeStampResponse => "time-stamp-response",
        }
    }

    /// Tells the kind of a DER object; only the outer two or three levels are looked at, so that whatever a reader of this crate takes has a kind.
    ///
    /// `Malformed` when its shape is of no kind known here: with the offset of the first fault when it is no DER at all, else with 0.
    ///
    /// ```
    /// use surguch_crypto::Kind;
    /// assert!(Kind::of_der(&[0x30, 0x00]).is_err());
    /// // SEQUENCE { SEQUENCE { OBJECT IDENTIFIER }, BIT STRING } is a SubjectPublicKeyInfo, good or not.
    /// let der = [0x30, 0x0a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x01, 0x00];
    /// assert_eq!(Kind::of_der(&der), Ok(Kind::PublicKey));
    /// ```
    pub fn of_der(der: &[u8]) -> Result<Self, Error> {
        match Self::by_shape(der) {
            Ok(Some(kind)) => Ok(kind),
            Ok(None) | Err(_) => {
                check_der(der)?;
                Err(Error::malformed(WHAT, "of no kind known here").at(Some(0)))
            }
        }
    }

    fn by_shape(der: &[u8]) -> Result<Option<Self>, Error> {
        let whole = Input::door(WHAT, der, tag::SEQUENCE, MAX_CRL_OCTETS)?;
        let members = Members::of(whole)?;
        Ok(match members.tags() {
            [tag::SEQUENCE, tag::SEQUENCE, tag::BIT_STRING] => Self::signed(members.0[0])?,
            [tag::SEQUENCE, tag::BIT_STRING] => Some(Self::PublicKey),
            [tag::SEQUENCE, tag::OCTET_STRING] => Some(Self::EncryptedPrivateKey),
            [tag::OID, ..] => Some(Self::of_content_type(members.0[0])?),
            [tag::ENUMERATED, ..] => Some(Self::OcspResponse),
            [tag::INTEGER, tag::SEQUENCE, tag::OCTET_STRING, ..] => Some(Self::PrivateKey),
            [tag::INTEGER, tag::SEQUENCE, ..] => Self::numbered(members.0[1])?,
            [tag::INTEGER, tag::OCTET_STRING, ..] | [tag::INTEGER, tag::INTEGER, tag::INTEGER, ..] => {
                Some(Self::BareKey)
            }
            [tag::SEQUENCE, ..] => Self::of_first(members.0[0])?,
            _ => None,
        })
    }

    /// What was signed: a certificate, a request or a list.
    fn signed(tbs: Element<'_>) -> Result<Option<Self>, Error> {
        const LIST_OF_ATTRIBUTES: u8 = tag::context(0);
        let members = Members::of(tbs)?;
        Ok(match members.tags() {
            // tbsCertificate with its version first.
            [LIST_OF_ATTRIBUTES, tag::INTEGER, ..] => Some(Self::Certificate),
            // A list of version 1 begins with its algorithm, a time follows the issuer.
            [tag::SEQUENCE, tag::SEQUENCE, tag::UTC_TIME | tag::GENERALIZED_TIME, ..]
            | [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, tag::UTC_TIME | tag::GENERALIZED_TIME, ..] => {
                Some(Self::Crl)
            }
            // A certificate of version 1: serial, algorithm, issuer, validity.
            [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, tag::SEQUENCE, ..] => Some(Self::Certificate),
            // A request: version, subject, key.
            [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, ..] => Some(Self::Csr),
            _ => None,
        })
    }

    /// The ContentInfo of CMS.
    fn of_content_type(content_type: Element<'_>) -> Result<Self, Error> {
        Ok(match content_type.oid()? {
            oid::SIGNED_DATA => Self::SignedData,
            other => match other.to_string().as_str() {
                "1.2.840.113549.1.7.3" => Self::EnvelopedData,
                "1.2.840.113549.1.7.5" => Self::DigestedData,
                "1.2.840.113549.1.7.6" => Self::EncryptedData,
                _ => Self::OtherCms,
            },
        })
    }

    /// A version, and a ContentInfo (PKCS#12) or a messageImprint (TimeStampReq).
    fn numbered(second: Element<'_>) -> Result<Option<Self>, Error> {
        Ok(match Members::of(second)?.tags() {
            [tag::OID, ..] => Some(Self::Pkcs12),
            [tag::SEQUENCE, tag::OCTET_STRING] => Some(Self::TimeStampRequest),
            _ => None,
        })
    }

    /// PKIStatusInfo begins with a number; TBSRequest has an explicit version, a name or the list of requests.
    fn of_first(first: Element<'_>) -> Result<Option<Self>, Error> {
        Ok(match Members::of(first)?.tags() {
            [tag::INTEGER, ..] => Some(Self::TimeStampResponse),
            [0xa0 | 0xa1 | tag::SEQUENCE, ..] => Some(Self::OcspRequest),
            _ => None,
        })
    }
}

/// The first members of a constructed element.
struct Members<'a>(Vec<Element<'a>>, Vec<u8>);

impl<'a> Members<'a> {
    fn of(element: Element<'a>) -> Result<Self, Error> {
        let mut input = element.open();
        let mut members = Vec::new();
        while !input.is_empty() && members.len() < 4 {
            members.push(input.any()?);
        }
        let tags = members.iter().map(|member| member.tag).collect();
        Ok(Self(members, tags))
    }

    fn tags(&self) -> &[u8] {
        &self.1
    }
}

const WHAT: &str = "object";
