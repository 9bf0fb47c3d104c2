//! Somebody brings a text and a signature and asks what holds. Nothing is changed, nobody has to be known: whoever has the text may know what
//! it is worth. What the bank knows and does not stand in the files is told only where a CRL tells it too.

use crypto::{Certificate, SignedData, SigningCertificate, VerifiedSigner};
use domain::ids::Unz;
use domain::{Refusal, Timestamp};

use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};

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
}

/// One signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedSignature {
    /// Over another signature rather than over the text.
    pub is_counter: bool,
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
        let candidates = self.signers_of(&octets)?;
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
        Ok(Checked { document: self.known_text(&octets)?, text_sha256: crypto::sha256(&octets), signatures })
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
        Ok(CheckedSignature { is_counter, signer, claimed_at, verdict })
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

    /// Certificates that a signature over a text of ours may leave out: those of its request.
    fn signers_of(&self, text: &[u8]) -> Result<Vec<Certificate>, Failure> {
        let Some(known) = self.known_text(text)? else { return Ok(Vec::new()) };
        let unz = known.unz;
        let Some(request) = self.0.store.read(move |tx| store::requests::by_unz(tx, unz))? else {
            return Ok(Vec::new());
        };
        let loaded = self.load(request.id)?;
        let rows = loaded.predecessor.iter().chain(&loaded.certificate);
        Ok(rows.map(|row| Certificate::from_der(&row.der)).collect::<Result<_, _>>()?)
    }

    /// The text of record that these octets are. A text names its request, and its nonce cannot be guessed: who has it has the document.
    fn known_text(&self, octets: &[u8]) -> Result<Option<KnownText>, Failure> {
        let Some(text) = std::str::from_utf8(octets).ok() else { return Ok(None) };
        let Some(unz) = statement::binding::unz_of(text).and_then(|unz| unz.parse::<Unz>().ok()) else {
            return Ok(None);
        };
        let found = self.0.store.read(move |tx| -> Result<_, store::Error> {
            match store::requests::by_unz(tx, unz)? {
                Some(request) => store::request_files::get(tx, request.id),
                None => Ok(None),
            }
        })?;
        let is = |kept: &Option<String>| kept.as_deref() == Some(text);
        Ok(found.and_then(|files| match (is(&files.act_text), is(&files.request_text)) {
            (true, _) => Some(KnownText { unz, is_act: true }),
            (_, true) => Some(KnownText { unz, is_act: false }),
            _ => None,
        }))
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
