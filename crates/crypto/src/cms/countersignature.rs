//! Signatures over signatures (RFC 5652, 11.4): a second person says that the first one's signature was there.
//! They live among the unsigned attributes of the signature they are over, and may be added to a message at any time.

use super::attributes::UnsignedAttribute;
use super::signed::{CmsSigner, SignedData, VerifiedSigner};
use super::signer_info::{Demand, SignerInfo, SigningCertificate};
use crate::asn1::{Input, MAX_OBJECT_OCTETS, tag};
use crate::signer::Rng;
use crate::{Certificate, Error, oid};

impl SignedData {
    /// The message with a countersignature over the signature of `signer` (counted from 0), and the certificate of the one who made it among the embedded.
    /// The signature itself is not verified here. `Invalid` of "signers" when there is no such signer, of "signer-certificate" when the certificate is of another key.
    pub fn with_countersignature(
        mut self,
        signer: usize,
        by: &CmsSigner<'_>,
        signing_time: i64,
        rng: &mut Rng,
    ) -> Result<Self, Error> {
        let over = self.signer_mut(signer)?;
        // RFC 5652, 11.4: the content is the signature, it has no type, and therefore there is no content-type.
        let info = SignerInfo::create(over.signature(), None, by, signing_time, rng)?;
        UnsignedAttribute::add(&mut over.unsigned, oid::COUNTERSIGNATURE, info);
        self.embed(by.certificate);
        Ok(self)
    }

    /// Verifies every countersignature over the signature of `signer` and says whose they are; none gives an empty list. The errors are those of
    /// [`SignedData::verify`], which says nothing about countersignatures.
    pub fn verify_countersignatures(
        &self,
        signer: usize,
        candidates: &[Certificate],
        signing_certificate: SigningCertificate,
    ) -> Result<Vec<VerifiedSigner>, Error> {
        let over = self.signers().get(signer).ok_or(Error::Invalid { what: "signers" })?;
        let all = || self.certificates().iter().chain(candidates);
        over.countersignatures()?
            .iter()
            .map(|info| info.verify(over.signature(), Demand::Signature(signing_certificate), all()))
            .collect()
    }
}

impl SignerInfo {
    /// The countersignatures over this signature, as they were read. Countersignatures over countersignatures stay unread.
    pub fn countersignatures(&self) -> Result<Vec<Self>, Error> {
        self.unsigned
            .iter()
            .filter(|attribute| attribute.kind == oid::COUNTERSIGNATURE)
            .flat_map(|attribute| &attribute.values)
            .map(|der| Self::read(Input::whole_object("countersignature", der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?))
            .collect()
    }
}
