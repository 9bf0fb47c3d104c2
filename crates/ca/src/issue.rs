//! The signature itself, and the doubt after it: what came back must hold the very bytes that went in, and verify.

use crypto::{Certificate, Signer};

use crate::authority::Authority;
use crate::error::Error;
use crate::prepare::Prepared;

/// Signs what was prepared and spends it.
///
/// The certificate is returned only if its to-be-signed bytes are the prepared ones and the authority's certificate verifies it.
pub fn sign(authority: &Authority, prepared: Prepared, rng: &mut crypto::Rng) -> Result<Certificate, Error> {
    if !prepared.is_for(authority) {
        return Err(Error::unfit("authority", format!("{}: prepared for another authority", authority.name)));
    }
    sign_and_check(prepared.tbs_der(), authority.signer(), Some(&authority.certificate), rng)
}

/// Without an issuer the certificate is a root and verifies by itself.
pub(crate) fn sign_and_check(
    tbs_der: &[u8],
    signer: &dyn Signer,
    issuer: Option<&Certificate>,
    rng: &mut crypto::Rng,
) -> Result<Certificate, Error> {
    let signature = signer.sign(tbs_der, rng)?;
    let certificate = Certificate::from_der(&crypto::assemble(tbs_der, signer.signature_algorithm(), &signature))?;
    if certificate.tbs_der() != tbs_der {
        return Err(Error::Contradiction("the certificate holds other bytes than were to be signed"));
    }
    certificate
        .verify_issued_by(issuer.unwrap_or(&certificate))
        .map_err(|_| Error::Contradiction("the authority's certificate does not verify the new signature"))?;
    Ok(certificate)
}
