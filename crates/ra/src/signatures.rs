//! Verifying what a person signed: one signer, the exact bytes, a certificate the bank knows, that chains and is good now.

use crypto::{Certificate, SignedData, VerifiedSigner};
use domain::certificate::Standing;
use domain::ids::CertificateId;
use domain::{Refusal, Timestamp};
use store::authorities::AuthorityKind;

use crate::failure::{Failure, Refused};
use crate::setup::Ra;

/// A verified signature over a text, by a certificate of record.
pub(crate) struct Signed {
    pub(crate) certificate: domain::certificate::Certificate,
}

/// The public half of a CMS check: one signer, right bytes, right signature. `candidates` are certificates the CMS may leave out.
pub(crate) fn signer_over(cms: &[u8], text: &str, candidates: &[Certificate]) -> Result<VerifiedSigner, Refused> {
    let signed =
        SignedData::from_der(cms).map_err(|error| Refused::because(Refusal::CmsMalformed, error.to_string()))?;
    // guard: one-signer
    if signed.signers().len() != 1 {
        return Err(Refused::because(Refusal::CmsSignerCount, format!("{} signers", signed.signers().len())));
    }
    if signed.content().is_some_and(|content| content != text.as_bytes()) {
        return Err(Refusal::CmsContentDiffers.into());
    }
    let detached = signed.content().is_none().then_some(text.as_bytes());
    let mut signers = signed.verify(detached, candidates).map_err(cms_refusal)?;
    signers.pop().ok_or_else(|| Refusal::CmsSignerCount.into())
}

fn cms_refusal(error: crypto::Error) -> Refused {
    let detail = error.to_string();
    let refusal = match &error {
        crypto::Error::Invalid { what: "signing-certificate-v2" } => Refusal::CmsSigningCertificateMissing,
        crypto::Error::Invalid { what: "message-digest" | "content" } => Refusal::CmsContentDiffers,
        crypto::Error::Invalid { what: "signer-certificate" } => Refusal::SignerUnknown,
        crypto::Error::Invalid { what: "signers" } => Refusal::CmsSignerCount,
        crypto::Error::Invalid { .. } => Refusal::CmsSignatureWrong,
        crypto::Error::Unsupported { .. } => Refusal::CmsSignatureWrong,
        crypto::Error::Malformed { .. } | crypto::Error::WrongPassword | crypto::Error::Internal(_) => {
            Refusal::CmsMalformed
        }
    };
    Refused::because(refusal, detail)
}

/// Which refusal a standing means for whoever wants to sign with it; none when it is good.
pub(crate) fn standing_refusal(standing: Standing) -> Option<Refusal> {
    match standing {
        Standing::Active => None,
        Standing::NotYetValid | Standing::Pending => Some(Refusal::CertificateNotInService),
        Standing::Blocked => Some(Refusal::CertificateBlocked),
        Standing::Hold => Some(Refusal::CertificateOnHold),
        Standing::Revoked => Some(Refusal::CertificateRevoked),
        Standing::Superseded => Some(Refusal::CertificateSuperseded),
        Standing::Expired => Some(Refusal::CertificateExpired),
    }
}

impl Ra {
    /// Verifies a CMS over exactly `text` and finds the signer in the bank's records. Standing and ownership are the caller's to judge.
    pub(crate) fn signed_by_known(
        &self,
        cms: &[u8],
        text: &str,
        extra: Option<CertificateId>,
    ) -> Result<Signed, Failure> {
        let known = match extra {
            Some(id) => self.0.store.read(move |tx| store::certificates::by_id(tx, id))?,
            None => None,
        };
        let candidates = match &known {
            Some(row) => vec![Certificate::from_der(&row.der)?],
            None => Vec::new(),
        };
        let signer = signer_over(cms, text, &candidates)?;
        let thumbprint = signer.certificate.thumbprint_sha256();
        let certificate = self
            .0
            .store
            .read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint))?
            .ok_or(Refusal::SignerUnknown)?;
        Ok(Signed { certificate })
    }

    /// The certificate must be good now and chain to an authority of ours or to one that was imported as trusted.
    pub(crate) fn must_be_good(
        &self,
        certificate: &domain::certificate::Certificate,
        now: Timestamp,
    ) -> Result<(), Failure> {
        // guard: signer-is-good-now
        if let Some(refusal) = standing_refusal(certificate.standing(now)) {
            return Err(refusal.into());
        }
        self.must_chain(certificate, now)
    }

    /// The chain alone: used where the standing is judged elsewhere (a new certificate that is not in service yet).
    pub(crate) fn must_chain(
        &self,
        certificate: &domain::certificate::Certificate,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let leaf = Certificate::from_der(&certificate.der)?;
        self.chain_of(&leaf, now).map(|_| ())
    }

    /// Leaf first, trusted root last.
    pub(crate) fn chain_of(&self, leaf: &Certificate, now: Timestamp) -> Result<Vec<Certificate>, Failure> {
        let (pool, anchors) = self.trusted()?;
        crypto::build_chain(leaf, &pool, &anchors, now.seconds())
            .map_err(|error| Refused::because(Refusal::SignerUnknown, error.to_string()).into())
    }

    /// Every authority certificate the bank knows, and those among them that end a chain.
    fn trusted(&self) -> Result<(Vec<Certificate>, Vec<Certificate>), Failure> {
        let of_record = self.0.store.read(store::authorities::all)?;
        let mut pool: Vec<Certificate> =
            self.0.keyring.authorities().iter().map(|authority| authority.certificate.clone()).collect();
        for row in of_record.iter().filter(|row| row.kind == AuthorityKind::Imported) {
            pool.push(Certificate::from_der(&row.der)?);
        }
        let anchors =
            pool.iter().filter(|certificate| certificate.issuer_der() == certificate.subject_der()).cloned().collect();
        Ok((pool, anchors))
    }
}
