//! A certificate onto the medium of its key: written, read back, the server's challenge (and the act) signed by the new key under the
//! same PIN. Can be repeated: a certificate that is there already is not written twice.

use crypto::Certificate;
use statement::bounded::Text;
use statement::message::{Code, Outcome, Refused, Stored};
use statement::possession::PossessionText;
use statement::ticket::StoreCertificate;

use super::media::{self, medium_fault};
use super::sign::{self, name_of};
use super::{Desk, Farewell, rng, unz};
use crate::admission::{Admitted, because};
use crate::prompt::{Done, Operation, Success, WantedCard, Work};

pub(super) fn store(
    admitted: &Admitted,
    wish: &StoreCertificate,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let certificate = sign::certificate(wish.certificate.octets())?;
    let hash = certificate.public_key().spki_sha256();
    let act = match &wish.act {
        Some(act) => Some(sign::act_text(admitted, act)?),
        None => None,
    };
    let challenge = challenge_text(admitted, wish, &certificate)?;
    let remembered = desk.remembered.medium_of_key(&hex::encode(hash)).map(str::to_owned);
    let wanted =
        || WantedCard::WithNewKey { name: remembered.clone().unwrap_or_else(|| certificate.subject().to_string()) };
    let seen = media::holding(desk, &hash, wanted)?;
    if let Some(act) = &act {
        sign::confirm(admitted, desk, statement::act::DOCUMENT, act, &certificate)?;
    }

    let unlocked = media::unlock(desk, &seen, Operation::StoreCertificate)?;
    let key = sign::key(&unlocked, &certificate, &hash).map_err(|refused| match refused.code {
        Code::KeyMissing => because(Code::CertificateWithoutKey, &name_of(&seen.shown)),
        _ => refused,
    })?;
    desk.prompt.working(Work::Saving);
    unlocked.write_certificate(certificate.as_der(), &mut rng()).map_err(|error| medium_fault(&error))?;
    let proof = sign::sign(desk, &key, &challenge, &certificate)?;
    let act = match &act {
        Some(act) => Some(sign::sign(desk, &key, act, &certificate)?),
        None => None,
    };
    // The request is over; should this not be written, the entry names a key that has a certificate, and such a key is never taken up.
    desk.remembered.key_is_used(&hex::encode(hash));
    desk.write_memory()?;
    let serial = Text::clipped(&seen.medium.identity());
    let done = Success { done: Done::CertificateSaved, medium: Some(seen.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::StoreCertificate(Stored { proof, act, serial }))
}

fn challenge_text(admitted: &Admitted, wish: &StoreCertificate, certificate: &Certificate) -> Result<String, Refused> {
    let unz = unz(admitted)
        .ok_or_else(|| because(Code::TextUnacceptable, "a certificate without the number of its request"))?;
    PossessionText {
        unz: &unz,
        origin: admitted.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
        serial_hex: &hex::encode(certificate.serial()),
        thumbprint_sha256_hex: &hex::encode(certificate.thumbprint_sha256()),
    }
    .render()
    .map_err(|error| because(Code::TextUnacceptable, &error.to_string()))
}
