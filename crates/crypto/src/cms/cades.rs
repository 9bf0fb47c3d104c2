//! Signatures that stay good after their certificate has ended: CAdES-T (ETSI EN 319 122-1, 5.3), a time stamp over the signature.
//! The stamp proves that the signature was there at a moment; the certificate is then judged at that moment, and only the stamp at today's.

use super::attributes::UnsignedAttribute;
use super::signed::{SignedData, VerifiedSigner};
use super::signer_info::SignerInfo;
use crate::tsp::TimeStampToken;
use crate::{Certificate, Error, build_chain, oid};

/// Most stamps verified on one signature: a second one is put on when the first grows old, and each costs a chain.
const MAX_TIME_STAMPS: usize = 8;

/// A signature that was found good, and when it is known to have been there.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ProvenSigner {
    /// The signature.
    pub signer: VerifiedSigner,
    /// The time of the earliest good stamp, seconds since 1970: the signature is not younger.
    pub existed_at: i64,
    /// The chain of the signer at that time, the signer's certificate first.
    pub chain: Vec<Certificate>,
    /// The certificate of the time-stamping authority.
    pub time_stamp_authority: Certificate,
}

impl SignedData {
    /// The message with a time stamp on the signature of `signer` (counted from 0).
    /// `Invalid` of "time-stamp-imprint" when the stamp is on something else, of "signers" when there is no such signer. Whose stamp it is is asked on verification.
    pub fn with_time_stamp(mut self, signer: usize, token: &TimeStampToken) -> Result<Self, Error> {
        let over = self.signer_mut(signer)?;
        token.check_imprint(over.signature())?;
        UnsignedAttribute::add(&mut over.unsigned, oid::SIGNATURE_TIME_STAMP, token.as_der().to_vec());
        Ok(self)
    }

    /// Verifies every signature as [`SignedData::verify`] does, and then its certificate at the time its stamps prove.
    ///
    /// `at` (seconds since 1970) is when the question is asked: the authority of a stamp must have a chain to `anchors` then, and no stamp may be of a later time.
    /// The signer must have one at the time of the earliest stamp. `candidates` are searched beside the embedded certificates, for both chains.
    /// Revocation is the caller's, at [`ProvenSigner::existed_at`].
    ///
    /// Beside the errors of [`SignedData::verify`] and [`build_chain`] `Invalid` of "time-stamp" (none), "time-stamp-imprint", "time-stamp-authority"
    /// (not certified for it) and "time-stamp-time" (in the future). Every stamp must be good: one that is not was put there by somebody.
    pub fn verify_time_stamped(
        &self,
        detached: Option<&[u8]>,
        candidates: &[Certificate],
        anchors: &[Certificate],
        at: i64,
    ) -> Result<Vec<ProvenSigner>, Error> {
        let signers = self.verify(detached, candidates)?;
        // Signers are verified in their order, one for one.
        self.signers()
            .iter()
            .zip(signers)
            .map(|(info, signer)| {
                let mut pool = self.certificates().to_vec();
                pool.extend_from_slice(candidates);
                let mut earliest = None;
                for token in info.time_stamps()? {
                    let stamp = token.verify(info.signature(), &pool)?.into_inner();
                    let mut authority_pool = pool.clone();
                    authority_pool.extend_from_slice(token.certificates());
                    build_chain(&stamp.authority, &authority_pool, anchors, at)?;
                    if stamp.time > at {
                        return Err(Error::Invalid { what: "time-stamp-time" });
                    }
                    if earliest.as_ref().is_none_or(|(time, _)| stamp.time < *time) {
                        earliest = Some((stamp.time, stamp.authority));
                    }
                }
                let (existed_at, time_stamp_authority) = earliest.ok_or(Error::Invalid { what: "time-stamp" })?;
                let chain = build_chain(&signer.certificate, &pool, anchors, existed_at)?;
                Ok(ProvenSigner { signer, existed_at, chain, time_stamp_authority })
            })
            .collect()
    }
}

impl SignerInfo {
    /// The time stamps on this signature, as they were read; more than eight are `Malformed`.
    pub fn time_stamps(&self) -> Result<Vec<TimeStampToken>, Error> {
        let stamps: Vec<&Vec<u8>> = self
            .unsigned
            .iter()
            .filter(|attribute| attribute.kind == oid::SIGNATURE_TIME_STAMP)
            .flat_map(|attribute| &attribute.values)
            .collect();
        if stamps.len() > MAX_TIME_STAMPS {
            return Err(Error::malformed("CMS", "too many time stamps"));
        }
        stamps.into_iter().map(|der| TimeStampToken::from_der(der).map_err(|error| error.within(None))).collect()
    }
}
