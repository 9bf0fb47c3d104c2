//! A new key, its PKCS#10, and the request signed by the current key: on one medium, or on two one after the other.
//!
//! The new key is written down for its request as soon as it is there. When the page asks for the same request once more (the card was
//! pulled, the machine went down, the second card was at home), that key is taken up again instead of making another.

use crypto::{Certificate, Csr, KeyAlgorithm, Name};
use pkcs11::{Keep, KeyHash, LastTry, MediumKey, Unlocked};
use statement::bounded::{Base64, Text};
use statement::message::{Code, KeyMade, Outcome, Refused};
use statement::request::RequestText;
use statement::ticket::{MakeKey, MediumKind, MediumRule, RequestFields};

use super::media::{self, Files, Offered, Seen, medium_fault, signature_fault};
use super::{Desk, Farewell, fits, now_ms, rng, unanswered, unz};
use super::{pins, sign};
use crate::admission::{Admitted, because, refused};
use crate::doctor::{Ownership, Signatory, is_ms_key};
use crate::memory::PendingKey;
use crate::prompt::{CardWanted, Done, Operation, Success, WantedCard, Work};

pub(super) fn make_key(
    admitted: &Admitted,
    wish: &MakeKey,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let algorithm: KeyAlgorithm = wish
        .algorithm
        .as_str()
        .parse()
        .map_err(|error: crypto::Error| because(Code::AlgorithmUnsupported, &error.to_string()))?;
    let pairs = wish.subject.as_slice().iter().map(|attribute| (attribute.oid.as_str(), attribute.value.as_str()));
    let subject =
        Name::from_pairs(pairs).map_err(|error| because(Code::TextUnacceptable, &format!("subject: {error}")))?;
    let current = match &wish.request {
        Some(request) => Some(sign::certificate(request.signer.octets())?),
        None => None,
    };
    let current_hash = current.as_ref().map(|certificate| certificate.public_key().spki_sha256());

    let target = choose(desk, wish, current_hash.as_ref())?;
    let medium = kind(&target);
    // guard: medium-of-the-procedure
    if !wish.media.as_slice().contains(&medium) {
        return Err(because(Code::MediumOther, "medium-not-offered"));
    }
    must_not_be_ms_key(&target)?;
    if wish.one_per_signature {
        must_not_be_anothers(&target, &subject, current.as_ref())?;
    }
    let changed = pins::away_from_factory(desk, &target, wish.factory)?;
    let unlocked = match (changed, pending(admitted, desk, &target)) {
        // Just typed: it is not asked for again.
        (Some(pin), _) => target.medium.unlock(&pin, Keep::No, LastTry::Stop).map_err(|error| medium_fault(&error))?,
        (None, Some(_)) => media::unlock(desk, &target, Operation::Request)?,
        (None, None) => media::begin(desk, &target, Operation::Request)?,
    };
    let key = taken_up_or_made(admitted, desk, &target, &unlocked, algorithm)?;
    desk.prompt.working(Work::Signing);
    let pkcs10 = Csr::create(&subject, &key, &mut rng()).map_err(|error| signature_fault(&error))?;

    let cms = match (&wish.request, &current, &current_hash) {
        (Some(request), Some(certificate), Some(hash)) => {
            let text = request_text(admitted, request, &pkcs10)?;
            sign::confirm(admitted, desk, statement::request::DOCUMENT, &text, certificate)?;
            let on_same = target.glance.key(hash).is_some();
            let signer = if on_same {
                sign::key(&unlocked, certificate, hash)?
            } else {
                let other = media::holding(desk, hash, || sign::current(certificate))?;
                must_not_be_ms_key(&other)?;
                let unlocked = media::unlock(desk, &other, Operation::Request)?;
                sign::key(&unlocked, certificate, hash)?
            };
            Some(sign::sign(desk, &signer, &text, certificate)?)
        }
        _ => None,
    };
    let serial = match medium {
        MediumKind::SmartKey => Text::clipped(&target.medium.identity()),
        // Where somebody keeps their files is nobody else's business.
        MediumKind::Registry | MediumKind::Directory => None,
    };
    let done = Success { done: Done::RequestSigned, medium: Some(target.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::MakeKey(KeyMade { pkcs10: fits(Base64::new(pkcs10))?, cms, medium, serial }))
}

/// Where the key will be: on a medium of the kinds that the ticket names. By the rule «other» the card with the current key is not offered, by
/// «current» no other is.
fn choose(desk: &mut Desk<'_>, wish: &MakeKey, current: Option<&KeyHash>) -> Result<Seen, Refused> {
    let (rule, kinds) = (wish.medium, wish.media.as_slice());
    let smart_key = kinds.contains(&MediumKind::SmartKey);
    let files = match rule {
        MediumRule::Any | MediumRule::Other if kinds == [MediumKind::SmartKey] => Files::No,
        MediumRule::Any | MediumRule::Other => Files::ForNewKey,
        MediumRule::Current => Files::WithKeys,
    };
    for _ in 0..CARD_TRIES {
        let mut media = media::seen(desk, files)?;
        for one in media.iter().filter(|one| current.is_some_and(|hash| one.glance.key(hash).is_some())) {
            must_not_be_ms_key(one)?;
        }
        media.retain(|one| {
            let has_current = current.is_some_and(|hash| one.glance.key(hash).is_some());
            let fits = match rule {
                MediumRule::Any => true,
                MediumRule::Current => has_current,
                MediumRule::Other => !has_current,
            };
            fits && kinds.contains(&kind(one))
        });
        if rule == MediumRule::Current && !media.is_empty() {
            return media::choose(desk, media, Files::No);
        }
        let has_token = media.iter().any(|one| kind(one) == MediumKind::SmartKey);
        let may_wait_for_card = smart_key && (rule == MediumRule::Other || files == Files::No);
        if rule != MediumRule::Current && (has_token || !may_wait_for_card) {
            let directory = kinds.contains(&MediumKind::Directory);
            return media::ask(desk, media, files, Offered { directory, smart_key });
        }
        let wanted = if rule == MediumRule::Other { WantedCard::New } else { WantedCard::Any };
        desk.prompt.insert_card(CardWanted { wanted, instead: None }).map_err(|why| unanswered(&why))?;
    }
    Err(refused(Code::MediumMissing))
}

fn kind(seen: &Seen) -> MediumKind {
    match seen.medium.kind() {
        pkcs11::MediumKind::Token => MediumKind::SmartKey,
        pkcs11::MediumKind::Registry => MediumKind::Registry,
        pkcs11::MediumKind::KeyDirectory => MediumKind::Directory,
    }
}

/// «MS_Key К» is renewed at a branch alone, with a new key of another make: neither does it get a key nor does one on it ask for another.
fn must_not_be_ms_key(seen: &Seen) -> Result<(), Refused> {
    let pkcs11::Medium::Token(token) = &seen.medium else { return Ok(()) };
    let info = token.info().map_err(|error| medium_fault(&error))?;
    if is_ms_key(&info.model) { Err(because(Code::MediumOther, "ms-key")) } else { Ok(()) }
}

/// Each signature has a card of its own: before anything is made, a token with another signatory's certificate is refused. A key without a certificate is not
/// judged here, it may be left from this very request; the doctor names it.
fn must_not_be_anothers(target: &Seen, subject: &Name, current: Option<&Certificate>) -> Result<(), Refused> {
    let subjects = [Some(subject), current.map(Certificate::subject)];
    let names: Vec<Signatory> = subjects.into_iter().flatten().filter_map(Signatory::of).collect();
    let is_token = matches!(target.medium, pkcs11::Medium::Token(_));
    // guard: card-of-one-signature
    if is_token && !names.is_empty() && Signatory::own_together(&names, &target.glance) == Ownership::Another {
        return Err(because(Code::MediumOther, "another-signatory"));
    }
    Ok(())
}

/// The key that an earlier run of the same request left on this medium.
fn pending(admitted: &Admitted, desk: &Desk<'_>, target: &Seen) -> Option<KeyHash> {
    let unz = admitted.ticket.unz.as_ref()?;
    let pending = desk.remembered.pending_key(&admitted.origin, unz.as_str())?;
    if pending.medium != target.medium.identity() {
        return None;
    }
    hex::decode(&pending.key_sha256).ok()?.try_into().ok()
}

fn taken_up_or_made(
    admitted: &Admitted,
    desk: &mut Desk<'_>,
    target: &Seen,
    unlocked: &Unlocked,
    algorithm: KeyAlgorithm,
) -> Result<MediumKey, Refused> {
    if let Some(hash) = pending(admitted, desk, target) {
        let contents = unlocked.contents().map_err(|error| medium_fault(&error))?;
        let fits = contents.key(&hash).is_some_and(|entry| {
            entry.has_private
                && entry.is_orphan()
                && entry.public_key.as_ref().is_some_and(|key| key.algorithm() == algorithm)
        });
        if fits {
            return unlocked.key_by_public_hash(&hash).map_err(|error| medium_fault(&error));
        }
    }
    desk.prompt.working(Work::MakingKey);
    let key = unlocked.generate(algorithm, &mut rng()).map_err(|error| medium_fault(&error))?;
    if let Some(unz) = &admitted.ticket.unz {
        desk.remembered.key_made(PendingKey {
            origin: admitted.origin.as_str().to_owned(),
            unz: unz.as_str().to_owned(),
            key_sha256: hex::encode(key.hash()),
            medium: target.medium.identity(),
            at_ms: now_ms(),
        });
        if let Err(not_written) = desk.write_memory() {
            // A key that nobody would find again is taken back; if that fails too, it is offered for deletion as an orphan.
            unlocked.delete_key(&key.hash()).map_err(|error| medium_fault(&error))?;
            return Err(not_written);
        }
    }
    Ok(key)
}

/// The request, by the very code that the server renders it with.
fn request_text(admitted: &Admitted, request: &RequestFields, pkcs10: &[u8]) -> Result<String, Refused> {
    let unz = unz(admitted).ok_or_else(|| because(Code::TextUnacceptable, "a request without its number"))?;
    RequestText {
        kind: request.procedure_kind.as_str(),
        unz: &unz,
        origin: admitted.origin.as_str(),
        nonce: request.nonce.as_str(),
        time: request.time.as_str(),
        subject: request.subject.as_str(),
        pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(pkcs10)),
    }
    .render()
    .map_err(|error| because(Code::TextUnacceptable, &error.to_string()))
}

/// How often another card is asked for.
const CARD_TRIES: usize = 20;
