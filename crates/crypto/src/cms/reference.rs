//! How a message names a certificate: by issuer and serial number, or by the identifier of its key.

use crate::asn1::{self, Element, Input, tag};
use crate::{Certificate, Error, Name};

/// `CHOICE { issuerAndSerialNumber IssuerAndSerialNumber, subjectKeyIdentifier [0] SubjectKeyIdentifier }`
#[derive(Clone, PartialEq, Eq)]
pub enum CertificateReference {
    /// By who issued it and its number.
    IssuerAndSerial {
        /// The issuer.
        issuer: Name,
        /// The serial number, big-endian, without a sign octet.
        serial: Vec<u8>,
    },
    /// By subjectKeyIdentifier.
    SubjectKeyId(Vec<u8>),
}

impl CertificateReference {
    /// As signers and the recipients of a transported key are named.
    pub(super) fn read(input: &mut Input<'_>) -> Result<Self, Error> {
        match input.optional(tag::context_primitive(0))? {
            Some(identifier) => Ok(Self::SubjectKeyId(identifier.body.to_vec())),
            None => Self::read_issuer_and_serial(input.expect(tag::SEQUENCE)?),
        }
    }

    /// `IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }`
    pub(super) fn read_issuer_and_serial(element: Element<'_>) -> Result<Self, Error> {
        let mut pair = element.open();
        let issuer = Name::read(pair.expect(tag::SEQUENCE)?)?;
        let serial = pair.any()?.unsigned()?.to_vec();
        pair.end()?;
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                certificate.issuer() == issuer && certificate.serial() == serial
            }
            Self::SubjectKeyId(identifier) => certificate.subject_key_id() == Some(identifier),
        }
    }
}

/// The IssuerAndSerialNumber of a certificate.
pub(super) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    asn1::sequence(&[certificate.issuer_der(), &asn1::unsigned(certificate.serial())])
}
