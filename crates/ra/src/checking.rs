//! Somebody brings a text and a signature and asks what holds. Nothing is changed, nobody has to be known: whoever has the text may know what
//! it is worth. What the bank knows and does not stand in the files is told only where a CRL tells it too.

use crypto::{Certificate, SignedData, SigningCertificate, VerifiedSigner};
use domain::ids::Unz;
use domain::{Refusal, Timestamp};

use crate::act_file::ActSigner;
use crate::countersignature::Countersigned;
use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};
use crate::signatures::signer_over;

/// What was found out about a signature that was brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Which text of the bank's records it is over, to the octet; none for any other text.
    pub document: Option<KnownText>,
    /// SHA-256 of the text, as papers print it.
    pub text_sha256: [u8; 32],
    /// Each signature over the text, then each countersignature over one of them.
    pub signatures: Vec<CheckedSignature>,
}

/// A text of record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownText {
    /// Of which request.
    pub unz: Unz,
    /// Whether it is the act; otherwise it is the request itself.
    pub is_act: bool,
    /// Whether the agent signed it, by the bank's record.
    pub countersigned: Countersigned,
}

/// One signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedSignature {
    /// Over another signature rather than over the text.
    pub is_counter: bool,
    /// In which part, where this is an act and the certificate one of those that signed it by the bank's record.
    pub act_signer: Option<ActSigner>,
    /// Who signed, where the certificate was found.
    pub signer: Option<CheckedSigner>,
    /// When, by the signer's own word (RFC 5652, 11.3): nobody else has said so.
    pub claimed_at: Option<Timestamp>,
    /// What holds.
    pub verdict: SignatureVerdict,
}

/// The certificate of a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedSigner {
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial_hex: String,
    /// The same in decimal.
    pub serial_decimal: String,
}

/// What holds of one signature; all but the first two say what does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureVerdict {
    /// Signature, certificate and chain are good.
    Holds,
    /// All are good, and the certificate was revoked or suspended after the time that the signer names.
    HoldsEndedSince(Timestamp),
    /// Signed over other octets.
    TextDiffers,
    /// Does not verify, or is of an algorithm that is not accepted.
    Wrong,
    /// The certificate is not in the file and the bank does not know it.
    SignerAbsent,
    /// The attribute signing-certificate-v2 is missing or names another certificate (CAdES-BES, RFC 5035).
    SigningCertificate,
    /// The certificate does not chain to an authority that the bank trusts, at the time of signing.
    ChainUnknown,
    /// The certificate was revoked or suspended before the signer says to have signed, or the signer names no time.
    Revoked(Timestamp),
}

impl SignatureVerdict {
    /// Whether the signature may be relied on.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Holds | Self::HoldsEndedSince(_))
    }
}

impl Ra {
    /// What holds of `cms`, DER, over `text`; a text that lies in the CMS itself need not be given.
    ///
    /// # Errors
    /// Refused when it is no CMS ([`Refusal::CmsMalformed`]), when there is no text ([`Refusal::SignedTextMissing`]) and when the text given is
    /// not the one within ([`Refusal::CmsContentDiffers`]). What is wrong with one signature is that signature's verdict.
    pub fn check_signatures(&self, text: Option<&[u8]>, cms: &[u8], at: &mut Moment<'_>) -> Result<Checked, Failure> {
        let message =
            SignedData::from_der(cms).map_err(|error| Refused::because(Refusal::CmsMalformed, error.to_string()))?;
        let octets = message.content().or(text).ok_or(Refusal::SignedTextMissing)?.to_vec();
        let document = self.known_text(&octets)?;
        let signers = match &document {
            Some(known) => self.signers_of(known)?,
            None => Vec::new(),
        };
        let candidates: Vec<_> = signers.iter().map(|(_, certificate)| certificate.clone()).collect();
        let results = message
            .verify_each(text, &candidates, SigningCertificate::Required)
            .map_err(|error| Refused::because(Refusal::CmsContentDiffers, error.to_string()))?;
        let mut signatures = Vec::new();
        for (signer, result) in message.signers().iter().zip(&results) {
            signatures.push(self.checked(result, signer.signing_time(), false, at)?);
        }
        for place in 0..message.signers().len() {
            signatures.extend(self.countersignatures(&message, place, &candidates, at)?);
        }
        let is_act = document.as_ref().is_some_and(|known| known.is_act);
        for ((checked, result), info) in signatures.iter_mut().zip(&results).zip(message.signers()) {
            // One that does not verify says all the same whose it would be.
            let is_of = |certificate: &Certificate| match result {
                Ok(verified) => verified.certificate == *certificate,
                Err(_) => info.is_named(certificate),
            };
            let part = signers.iter().find(|(_, certificate)| is_of(certificate)).map(|(part, _)| *part);
            checked.act_signer = part.filter(|_| is_act);
        }
        Ok(Checked { document, text_sha256: crypto::sha256(&octets), signatures })
    }

    fn countersignatures(
        &self,
        message: &SignedData,
        place: usize,
        candidates: &[Certificate],
        at: &mut Moment<'_>,
    ) -> Result<Vec<CheckedSignature>, Failure> {
        match message.verify_countersignatures(place, candidates, SigningCertificate::Required) {
            Ok(good) => {
                let one = |signer: VerifiedSigner| {
                    let claimed = signer.signing_time;
                    self.checked(&Ok(signer), claimed, true, at)
                };
                good.into_iter().map(one).collect()
            }
            Err(error) => Ok(vec![self.checked(&Err(error), None, true, at)?]),
        }
    }

    fn checked(
        &self,
        result: &Result<VerifiedSigner, crypto::Error>,
        claimed: Option<i64>,
        is_counter: bool,
        at: &Moment<'_>,
    ) -> Result<CheckedSignature, Failure> {
        let claimed_at = claimed.map(Timestamp::from_seconds);
        let (signer, verdict) = match result {
            Ok(signer) => {
                (Some(named(&signer.certificate)), self.standing_then(&signer.certificate, claimed_at, at.now)?)
            }
            Err(error) => (None, verdict_of(error)),
        };
        Ok(CheckedSignature { is_counter, act_signer: None, signer, claimed_at, verdict })
    }

    /// What the certificate of a good signature was worth when the signature was made.
    fn standing_then(
        &self,
        certificate: &Certificate,
        claimed_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<SignatureVerdict, Failure> {
        match self.chain_of(certificate, claimed_at.unwrap_or(now)) {
            Ok(_) => {}
            Err(Failure::Refused(_)) => return Ok(SignatureVerdict::ChainUnknown),
            Err(broken) => return Err(broken),
        }
        let thumbprint = certificate.thumbprint_sha256();
        let row = self.0.store.read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint))?;
        Ok(match row.and_then(|row| row.revocation).map(|revocation| revocation.at) {
            None => SignatureVerdict::Holds,
            Some(since) if claimed_at.is_some_and(|at| at < since) => SignatureVerdict::HoldsEndedSince(since),
            Some(since) => SignatureVerdict::Revoked(since),
        })
    }

    /// Certificates that a signature over a text of ours may leave out, those of its request, and the part in which each signs.
    fn signers_of(&self, known: &KnownText) -> Result<Vec<(ActSigner, Certificate)>, Failure> {
        let unz = known.unz;
        let Some(request) = self.0.store.read(move |tx| store::requests::by_unz(tx, unz))? else {
            return Ok(Vec::new());
        };
        let loaded = self.load(request.id)?;
        let mut signers = Vec::new();
        for (part, row) in [(ActSigner::CurrentKey, &loaded.predecessor), (ActSigner::NewKey, &loaded.certificate)] {
            if let Some(row) = row {
                signers.push((part, Certificate::from_der(&row.der)?));
            }
        }
        if let (Some(cms), Some(text)) = (&loaded.files.act_cms_agent, &loaded.files.act_text) {
            signers.push((ActSigner::Agent, signer_over(cms, text, &[])?.certificate));
        }
        Ok(signers)
    }

    /// The text of record that these octets are. A text names its request, and its nonce cannot be guessed: who has it has the document.
    fn known_text(&self, octets: &[u8]) -> Result<Option<KnownText>, Failure> {
        let Some(text) = std::str::from_utf8(octets).ok() else { return Ok(None) };
        let Some(unz) = statement::binding::unz_of(text).and_then(|unz| unz.parse::<Unz>().ok()) else {
            return Ok(None);
        };
        let Some(request) = self.0.store.read(move |tx| store::requests::by_unz(tx, unz))? else { return Ok(None) };
        let loaded = self.load(request.id)?;
        let is = |kept: &Option<String>| kept.as_deref() == Some(text);
        let is_act = is(&loaded.files.act_text);
        if !is_act && !is(&loaded.files.request_text) {
            return Ok(None);
        }
        Ok(Some(KnownText { unz, is_act, countersigned: self.countersigned(&loaded)? }))
    }
}

fn named(certificate: &Certificate) -> CheckedSigner {
    let serial = certificate.serial();
    CheckedSigner {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial_hex: hex::encode(serial).trim_start_matches('0').to_owned(),
        serial_decimal: ca::decimal_from_octets(serial),
    }
}

fn verdict_of(error: &crypto::Error) -> SignatureVerdict {
    match error {
        crypto::Error::Invalid { what: "message-digest" } => SignatureVerdict::TextDiffers,
        crypto::Error::Invalid { what: "signer-certificate" } => SignatureVerdict::SignerAbsent,
        crypto::Error::Invalid { what: "signing-certificate-v2" } => SignatureVerdict::SigningCertificate,
        _ => SignatureVerdict::Wrong,
    }
}
