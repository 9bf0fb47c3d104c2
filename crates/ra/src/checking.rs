//! Somebody brings a text and a signature and asks what holds. Nothing is changed, nobody has to be known: whoever has the text may know what
//! it is worth. What the bank knows and does not stand in the files is told only where a CRL tells it too.

use crypto::{Certificate, SignedData, SigningCertificate, VerifiedSigner};
use domain::ids::Unz;
use domain::time::MINUTE_MS;
use domain::{Refusal, Timestamp};

use crate::act_file::ActSigner;
use crate::change::Loaded;
use crate::countersignature::Countersigned;
use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};
use crate::signatures::signer_over;

/// What was found out about a signature that was brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Which text of the bank's records it is over, to the octet; none for any other text.
    pub document: Option<KnownText>,
    /// Streebog-256 (GOST R 34.11-2012) of the text, as papers print it and have it in their code.
    pub text_streebog256: [u8; 32],
    /// SHA-256 of the text, as the journal has it.
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
    /// What the bank's record says of it; none where the text is not the bank's, where it does not verify, and of a countersignature.
    pub on_record: Option<OnRecord>,
    /// What holds.
    pub verdict: SignatureVerdict,
}

/// Whether the bank was given a signature under a text of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnRecord {
    /// This very signature, and it accepted it then.
    Accepted(Timestamp),
    /// Not this one: whoever can sign can sign again, and name whatever time.
    Absent,
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

/// What holds of one signature; all but the first three say what does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureVerdict {
    /// Signature, certificate and chain are good.
    Holds,
    /// All are good, and the certificate was revoked or suspended after the time that the signer names.
    HoldsEndedSince(Timestamp),
    /// All were good at the time that the signer names, and the certificate has ended by now: nobody else has said when it was.
    HoldsExpired,
    /// All are good but for the time that the signer names: it is still to come.
    ClaimedAhead,
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
        matches!(self, Self::Holds | Self::HoldsEndedSince(_) | Self::HoldsExpired)
    }
}

impl CheckedSignature {
    /// Whether it holds by the signer's own word alone, or the bank has a text of its own without it.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        match self.on_record {
            Some(OnRecord::Accepted(_)) => false,
            Some(OnRecord::Absent) => true,
            None => matches!(self.verdict, SignatureVerdict::HoldsEndedSince(_) | SignatureVerdict::HoldsExpired),
        }
    }
}

/// Clocks differ by so much; a time further ahead is none at which anybody signed.
const SKEW_MS: i64 = 5 * MINUTE_MS;

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
        let (document, signers, accepted) = match self.known_text(&octets)? {
            Some((known, loaded)) => {
                let (signers, accepted) = (self.signers_of(&loaded)?, self.accepted(&loaded, known.is_act)?);
                (Some(known), signers, accepted)
            }
            None => (None, Vec::new(), Vec::new()),
        };
        let candidates: Vec<_> = signers.iter().map(|(_, certificate)| certificate.clone()).collect();
        let results = message
            .verify_each(text, &candidates, SigningCertificate::Required)
            .map_err(|error| Refused::because(Refusal::CmsContentDiffers, error.to_string()))?;
        let mut signatures = Vec::new();
        for (signer, result) in message.signers().iter().zip(&results) {
            let accepted_at = accepted.iter().find(|(octets, _)| octets == signer.signature()).map(|(_, at)| *at);
            let mut checked = self.checked(result, signer.signing_time(), accepted_at, false, at)?;
            if document.is_some() && result.is_ok() {
                checked.on_record = Some(accepted_at.map_or(OnRecord::Absent, OnRecord::Accepted));
            }
            signatures.push(checked);
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
        Ok(Checked {
            document,
            text_streebog256: crypto::streebog256(&octets),
            text_sha256: crypto::sha256(&octets),
            signatures,
        })
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
                    self.checked(&Ok(signer), claimed, None, true, at)
                };
                good.into_iter().map(one).collect()
            }
            Err(error) => Ok(vec![self.checked(&Err(error), None, None, true, at)?]),
        }
    }

    fn checked(
        &self,
        result: &Result<VerifiedSigner, crypto::Error>,
        claimed: Option<i64>,
        accepted_at: Option<Timestamp>,
        is_counter: bool,
        at: &Moment<'_>,
    ) -> Result<CheckedSignature, Failure> {
        let claimed_at = claimed.map(Timestamp::from_seconds);
        let (signer, verdict) = match result {
            Ok(signer) => {
                let verdict = self.standing_then(&signer.certificate, claimed_at, accepted_at, at.now)?;
                (Some(named(&signer.certificate)), verdict)
            }
            Err(error) => (None, verdict_of(error)),
        };
        Ok(CheckedSignature { is_counter, act_signer: None, signer, claimed_at, on_record: None, verdict })
    }

    /// What the certificate of a good signature was worth when the signature was made: when the bank accepted it, or else when its signer says.
    fn standing_then(
        &self,
        certificate: &Certificate,
        claimed_at: Option<Timestamp>,
        accepted_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<SignatureVerdict, Failure> {
        let signed_at = accepted_at.or(claimed_at);
        // guard: no-signature-of-a-time-to-come
        if signed_at.is_some_and(|at| at > now.plus_ms(SKEW_MS)) {
            return Ok(SignatureVerdict::ClaimedAhead);
        }
        if !self.chains(certificate, signed_at.unwrap_or(now))? {
            return Ok(SignatureVerdict::ChainUnknown);
        }
        let thumbprint = certificate.thumbprint_sha256();
        let row = self.0.store.read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint))?;
        Ok(match row.and_then(|row| row.revocation).map(|revocation| revocation.at) {
            None if accepted_at.is_some() || self.chains(certificate, now)? => SignatureVerdict::Holds,
            None => SignatureVerdict::HoldsExpired,
            Some(since) if signed_at.is_some_and(|at| at < since) => SignatureVerdict::HoldsEndedSince(since),
            Some(since) => SignatureVerdict::Revoked(since),
        })
    }

    fn chains(&self, certificate: &Certificate, at: Timestamp) -> Result<bool, Failure> {
        match self.chain_of(certificate, at) {
            Ok(_) => Ok(true),
            Err(Failure::Refused(_)) => Ok(false),
            Err(broken) => Err(broken),
        }
    }

    /// The signatures under a text of record that the bank accepted, and when.
    fn accepted(&self, loaded: &Loaded, is_act: bool) -> Result<Vec<(Vec<u8>, Timestamp)>, Failure> {
        let (files, object) = (&loaded.files, format!("request:{}", loaded.request.id));
        let of_act = [
            (&files.act_cms, "act-signed"),
            (&files.act_cms_new_key, "possession-proven"),
            (&files.act_cms_agent, "act-countersigned"),
        ];
        let of_request = [(&files.submission_cms, "request-accepted")];
        let kept = if is_act { of_act.as_slice() } else { of_request.as_slice() };
        let rows = self.0.store.read(move |tx| store::journal::of_object(tx, &object))?;
        let mut accepted = Vec::new();
        for (cms, kind) in kept {
            let row = rows.iter().rev().find(|row| row.kind == *kind);
            if let (Some(cms), Some(row)) = (cms, row) {
                let signers = SignedData::from_der(cms)?;
                accepted.extend(signers.signers().iter().map(|signer| (signer.signature().to_vec(), row.at)));
            }
        }
        Ok(accepted)
    }

    /// Certificates that a signature over a text of ours may leave out, those of its request, and the part in which each signs.
    fn signers_of(&self, loaded: &Loaded) -> Result<Vec<(ActSigner, Certificate)>, Failure> {
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
    fn known_text(&self, octets: &[u8]) -> Result<Option<(KnownText, Loaded)>, Failure> {
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
        let known = KnownText { unz, is_act, countersigned: self.countersigned(&loaded)? };
        Ok(Some((known, loaded)))
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
