//! Messages for somebody: EnvelopedData (RFC 5652, 6; R 1323565.1.025, 7.1). The content is enciphered once, its key goes to each recipient.
//! Who sent it is not proved by any of this, except for an agreement with a certified key: sign first, then envelop.

use core::fmt;

use zeroize::Zeroizing;

use super::encrypted::EncryptedContent;
use super::recipient::{Recipient, RecipientInfo, RecipientLabel};
use super::{WHAT, close, known_certificates, open_as, read_certificate_set};
use crate::asn1::{self, tag};
use crate::signer::Rng;
use crate::{Certificate, ContentCipher, Error, PrivateKey, oid};

/// Most recipients read and written in one message.
const MAX_RECIPIENTS: usize = 64;

/// A message as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvelopedData {
    certificates: Vec<Certificate>,
    recipients: Vec<RecipientInfo>,
    content: EncryptedContent,
}

impl EnvelopedData {
    /// Reads a ContentInfo that holds EnvelopedData:
    /// ```text
    /// EnvelopedData ::= SEQUENCE { version INTEGER, originatorInfo [0] IMPLICIT SEQUENCE { certs [0] IMPLICIT SET OPTIONAL, crls [1] … } OPTIONAL,
    ///   recipientInfos SET OF RecipientInfo, encryptedContentInfo EncryptedContentInfo, unprotectedAttrs [1] IMPLICIT SET OPTIONAL }
    /// ```
    /// Recipients of other kinds (RSA, passwords) are passed over; a content enciphered otherwise than by a [`ContentCipher`] is `Unsupported`.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut data = open_as(der, &oid::ENVELOPED_DATA)?;
        if !matches!(data.any()?.small()?, 0 | 2 | 3 | 4) {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let certificates = match data.optional(tag::context(0))? {
            None => Vec::new(),
            Some(originator) => match originator.open().optional(tag::context(0))? {
                None => Vec::new(),
                Some(set) => known_certificates(&read_certificate_set(set)?)?,
            },
        };
        let mut infos = data.expect(tag::SET)?.open();
        let mut recipients = Vec::new();
        while !infos.is_empty() {
            if recipients.len() == MAX_RECIPIENTS {
                return Err(Error::malformed(WHAT, "too many recipients"));
            }
            recipients.push(RecipientInfo::read(infos.any()?)?);
        }
        Ok(Self { certificates, recipients, content: EncryptedContent::read(data)? })
    }

    /// How the content is enciphered.
    pub fn cipher(&self) -> ContentCipher {
        self.content.cipher()
    }

    /// Dotted identifier of the type of the content inside.
    pub fn content_type(&self) -> String {
        self.content.content_type.to_string()
    }

    /// Whom the message is for, and how the key gets to each: one label a key.
    pub fn recipients(&self) -> Vec<RecipientLabel<'_>> {
        self.recipients.iter().flat_map(RecipientInfo::labels).collect()
    }

    /// How many recipients there are, of whatever kind.
    pub fn recipient_count(&self) -> usize {
        self.recipients.len()
    }

    /// The certificates the sender put in.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Deciphers with the key of the recipient, who is named by `certificate`. `senders` are searched, beside the embedded certificates, for
    /// a sender whose certified key took part.
    ///
    /// `Invalid` of "recipient" (not for this one), "originator-certificate" (the sender's is not at hand), "wrapped-key" (the key is not the recipient's,
    /// or was changed), "content-mac" (the content was changed, where the cipher notices); `Unsupported` of an algorithm when only a foreign way leads in.
    pub fn decrypt(
        &self,
        key: &PrivateKey,
        certificate: &Certificate,
        senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let senders: Vec<&Certificate> = self.certificates.iter().chain(senders).collect();
        let mut refusal = match self.recipients.as_slice() {
            [RecipientInfo::Foreign(name)] => Error::unsupported("recipient", name.clone()),
            _ => Error::Invalid { what: "recipient" },
        };
        for opened in self.recipients.iter().filter_map(|recipient| recipient.open(key, certificate, &senders)) {
            match opened {
                Ok(content_key) => return self.content.open(&content_key),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

// Contents are secrets even enciphered, and these end up in logs.
impl fmt::Debug for EnvelopedData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EnvelopedData({} recipients, {})", self.recipients.len(), self.cipher())
    }
}

/// Enciphers `content` as plain data for these recipients; every one of them can read it, and nobody else.
///
/// `Invalid` of "recipient" for none of them, of "originator-certificate" when a sender's certificate is of another key, of "key-agreement" when a sender's
/// key is on another curve; `Unsupported` for a recipient whose key is not GOST's.
pub fn encrypt_cms(
    content: &[u8],
    cipher: ContentCipher,
    recipients: &[Recipient<'_>],
    rng: &mut Rng,
) -> Result<Vec<u8>, Error> {
    if recipients.is_empty() {
        return Err(Error::Invalid { what: "recipient" });
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(Error::malformed(WHAT, "too many recipients"));
    }
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *key);
    let mut infos = Vec::with_capacity(recipients.len());
    let mut is_version_0 = true;
    for recipient in recipients {
        let (info, is_above_0) = recipient.write(&key, rng)?;
        infos.push(info);
        is_version_0 &= !is_above_0;
    }
    let content = EncryptedContent::seal(content, cipher, &key, rng)?;
    // RFC 5652, 6.1: 0 where every recipient is of version 0 and nothing stands after the content.
    let version = if is_version_0 && !content.has_attributes() { 0 } else { 2 };
    let data = asn1::sequence(&[&asn1::small(version), &asn1::set_of(tag::SET, infos), &content.to_der()]);
    close(&oid::ENVELOPED_DATA, &data)
}
