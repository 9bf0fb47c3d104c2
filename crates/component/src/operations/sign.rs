//! Signing known texts: rendered here from the ticket's data, shown whole, signed as an attached CMS.

use crypto::{Certificate, KeyAlgorithm};
use pkcs11::{KeyHash, MediumKey, MigrationTokenKey, Unlocked};
use statement::act::ActTemplate;
use statement::binding::Binding;
use statement::bounded::Base64;
use statement::message::{Code, Outcome, Refused, Signed};
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{self, SignAct, SignIn};

use super::media::{self, Files, medium_fault, signature_fault};
use super::{Desk, Farewell, fits, now_ms, prompt_operation, rng, unanswered, unz};
use crate::admission::{Admitted, because, refused};
use crate::operations::kept_words::document_title;
use crate::prompt::{self, Done, Operation, Signing, Success, WantedCard, Work};

pub(super) fn sign_act(
    admitted: &Admitted,
    wish: &SignAct,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let certificate = certificate(wish.signer.octets())?;
    let text = act_text(admitted, &wish.act)?;
    let hash = certificate.public_key().spki_sha256();
    let seen = media::holding(desk, &hash, || current(&certificate))?;
    confirm(admitted, desk, statement::act::DOCUMENT, &text, &certificate)?;
    let unlocked = media::unlock(desk, &seen, Operation::SignAct)?;
    let cms = sign(desk, &key(&unlocked, &certificate, &hash)?, &text, &certificate)?;
    let done = Success { done: Done::ActSigned, medium: Some(seen.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::SignAct(Signed { cms }))
}

pub(super) fn sign_in(
    admitted: &Admitted,
    wish: &SignIn,
    entrance: Entrance,
    desk: &mut Desk<'_>,
) -> Result<Outcome, Refused> {
    let text = SignInText {
        entrance,
        agent_id: wish.agent_id.as_str(),
        origin: admitted.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
    };
    let text = text.render().map_err(|error| because(Code::TextUnacceptable, &error.to_string()))?;
    let media = media::seen(desk, Files::WithKeys)?;
    let with_certificate = media.into_iter().filter(|one| !one.glance.certificates.is_empty()).collect::<Vec<_>>();
    let files = if with_certificate.is_empty() { Files::WithKeys } else { Files::No };
    let seen = media::choose(desk, with_certificate, files)?;
    let unlocked = media::unlock(desk, &seen, prompt_operation(&admitted.ticket.operation))?;
    let contents = unlocked.contents().map_err(|error| medium_fault(&error))?;
    let now = now_ms() / 1000;
    let good = contents
        .keys
        .iter()
        .filter(|key| key.has_private)
        .filter_map(|key| key.certificates.first())
        .filter(|certificate| (certificate.not_before()..=certificate.not_after()).contains(&now));
    let certificate =
        good.max_by_key(|certificate| certificate.not_before()).ok_or_else(|| refused(Code::KeyMissing))?;
    confirm(admitted, desk, entrance.document(), &text, certificate)?;
    let hash = certificate.public_key().spki_sha256();
    let cms = sign(desk, &key(&unlocked, certificate, &hash)?, &text, certificate)?;
    Ok(match entrance {
        Entrance::Cabinet => Outcome::SignIn(Signed { cms }),
        Entrance::Desk => Outcome::StaffSignIn(Signed { cms }),
    })
}

/// «Подтверждение подписи»: the octets that are signed, and nothing else.
pub(super) fn confirm(
    admitted: &Admitted,
    desk: &mut Desk<'_>,
    document: &str,
    text: &str,
    signer: &Certificate,
) -> Result<(), Refused> {
    let question = Signing {
        title: document_title(document, desk.prompt.language()),
        text: text.to_owned(),
        origin: admitted.origin.as_str().to_owned(),
        bank: admitted.ticket.bank.as_str().to_owned(),
        unz: unz(admitted),
        signer: Some(signer.subject().to_string()),
    };
    desk.prompt.confirm_signature(question).map_err(|why| unanswered(&why))
}

/// A key that signs: the usual kind, or one of GOST R 34.10-2001 that signs its own replacement.
pub(super) enum SigningKey {
    Usual(Box<MediumKey>),
    Migration(MigrationTokenKey),
}

pub(super) fn key(unlocked: &Unlocked, certificate: &Certificate, hash: &KeyHash) -> Result<SigningKey, Refused> {
    let is_withdrawn = matches!(certificate.public_key().algorithm(), KeyAlgorithm::Gost2001(_));
    let found = match unlocked {
        Unlocked::Token(session) if is_withdrawn => session.migration_key(hash).map(SigningKey::Migration),
        _ => unlocked.key_by_public_hash(hash).map(|key| SigningKey::Usual(Box::new(key))),
    };
    found.map_err(|error| medium_fault(&error))
}

pub(super) fn sign<const MAX: usize>(
    desk: &mut Desk<'_>,
    key: &SigningKey,
    text: &str,
    certificate: &Certificate,
) -> Result<Base64<MAX>, Refused> {
    desk.prompt.working(Work::Signing);
    let now = now_ms() / 1000;
    let signed = match key {
        SigningKey::Usual(key) => {
            crypto::sign_cms(text.as_bytes(), false, key.as_ref(), certificate, &[], now, &mut rng())
        }
        SigningKey::Migration(key) => key.sign_cms(text.as_bytes(), false, certificate, &[], now, &mut rng()),
    };
    fits(Base64::new(signed.map_err(|error| signature_fault(&error))?))
}

/// The act, by the very code that the server renders it with.
pub(super) fn act_text(admitted: &Admitted, act: &ticket::Act) -> Result<String, Refused> {
    let unacceptable = |error: statement::StatementError| because(Code::TextUnacceptable, &error.to_string());
    let template = ActTemplate::parse(act.template.as_str()).map_err(unacceptable)?;
    let unz = unz(admitted);
    let binding = Binding {
        document: statement::act::DOCUMENT,
        unz: unz.as_deref(),
        origin: admitted.origin.as_str(),
        nonce: act.nonce.as_str(),
        time: act.time.as_str(),
    };
    template.render(&act.fields, &binding).map_err(unacceptable)
}

pub(super) fn certificate(der: &[u8]) -> Result<Certificate, Refused> {
    Certificate::from_der(der).map_err(|error| because(Code::CertificateWrong, &error.to_string()))
}

/// The card of the current certificate.
pub(super) fn current(certificate: &Certificate) -> WantedCard {
    let algorithm = match certificate.public_key().algorithm() {
        KeyAlgorithm::Gost2001(_) => "gost-2001".to_owned(),
        KeyAlgorithm::Gost(_) => "gost-2012".to_owned(),
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => "ECDSA".to_owned(),
        KeyAlgorithm::Rsa { .. } => "RSA".to_owned(),
    };
    WantedCard::WithCurrentCertificate { algorithm, subject: certificate.subject().to_string() }
}

/// A medium as windows name it, when only its words are at hand.
pub(super) fn name_of(shown: &prompt::Medium) -> String {
    if shown.detail.is_empty() { shown.name.clone() } else { format!("{} ({})", shown.name, shown.detail) }
}
