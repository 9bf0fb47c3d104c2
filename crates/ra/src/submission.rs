//! The client's half of a request: create, offer the key, sign and hand in, correct, recall.

use crypto::{Csr, KeyAlgorithm};
use domain::act::Act;
use domain::actor::Actor;
use domain::ids::{AgentId, CertificateId, Nonce, RequestId, SubscriberId, Unz};
use domain::procedure::Field;
use domain::request::{Command, Decision, Request, Stage, StageName};
use domain::subscriber::{Contact, Email, Subscriber, phone_is_acceptable};
use domain::{Refusal, Timestamp};
use statement::request::RequestText;
use statement::ticket::MediumKind;
use store::Tx;

use crate::cards::RequestCard;
use crate::change::{Loaded, joined, nothing};
use crate::component::MadeOn;
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Offered, Ra};

/// What a client says to begin.
#[derive(Clone, Default, Debug)]
pub struct NewRequest {
    /// Name of the procedure.
    pub procedure: String,
    /// Other phone than on record.
    pub phone: Option<String>,
    /// Other e-mail than on record.
    pub email: Option<String>,
    /// The client's own word for this wish: the same word gives the same request.
    pub idempotency_key: Option<String>,
}

/// The PKCS#10 of a new key. Made under a ticket it comes with that ticket's time, which the text of the request bears, for the component rendered
/// it before its answer came; and with what the component says of the key's place.
#[derive(Clone, Copy)]
pub(crate) struct NewKey<'a> {
    pub(crate) pkcs10_der: &'a [u8],
    pub(crate) under: Option<(Timestamp, &'a MadeOn)>,
}

/// What is kept of a key that is taken up.
struct KeyRows {
    spki_sha256: [u8; 32],
    pkcs10_der: Vec<u8>,
    medium: Option<&'static str>,
    serial: Option<String>,
    /// What the current key signs.
    text: String,
}

impl KeyRows {
    fn put(&self, tx: &mut Tx<'_>, id: RequestId, now: Timestamp) -> Result<(), store::Error> {
        store::keys::claim(tx, &self.spki_sha256, id, now)?;
        store::request_files::put_pkcs10(tx, id, &self.pkcs10_der)?;
        store::request_files::put_key_medium(tx, id, self.medium, self.serial.as_deref())?;
        store::request_files::put_request_text(tx, id, &self.text)
    }
}

/// Most characters of an idempotency key.
const IDEMPOTENCY_CHARACTERS: usize = 100;

impl Ra {
    /// Begins a request.
    ///
    /// # Errors
    /// Refused as `domain` decides: not offered, too early, another one open, current certificate not good.
    pub fn create(&self, actor: &Actor, new: NewRequest, at: &mut Moment<'_>) -> Result<RequestCard, Failure> {
        let subscriber_id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let object = format!("subscriber:{subscriber_id}");
        self.attempt(actor, &object, "create", at, |ra, at| {
            let Actor::Subscriber { agent_id, certificate_id, .. } = *actor else {
                return Err(Refusal::SignInRequired.into());
            };
            ra.again_when_changed(at, |ra, at| {
                let key = new.idempotency_key.clone();
                if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > IDEMPOTENCY_CHARACTERS) {
                    return Err(Refused::because(Refusal::TextUnacceptable, "Idempotency-Key").into());
                }
                if let Some(key) = key.clone() {
                    let made = ra.0.store.read(move |tx| store::requests::by_idempotency(tx, subscriber_id, &key))?;
                    if let Some(made) = made {
                        return ra.request(actor, made.id, at);
                    }
                }
                let loaded = ra.wished(agent_id, subscriber_id, certificate_id, &new, at)?;
                let subscriber = loaded.subscriber.clone();
                let decision = ra.decide(&loaded, &Command::Create, at)?;
                let row = decision.request.clone();
                let files = store::requests::NewRequestRow { idempotency_key: key };
                let record = ra.record_then(&subscriber)?;
                // The insert stands where a change would save; the subscriber's version makes two parallel beginnings meet.
                ra.insert(
                    &loaded,
                    decision,
                    actor,
                    at,
                    Box::new(move |tx| {
                        store::subscribers::save(tx, &subscriber)?;
                        store::requests::insert(tx, &row, &files)?;
                        store::request_files::put_record_then(tx, row.id, &record)
                    }),
                )?;
                ra.request(actor, loaded.request.id, at)
            })
        })
    }

    /// What a request would be refused for if it were begun now; nothing is begun.
    ///
    /// # Errors
    /// When the database fails.
    pub fn may_create(&self, actor: &Actor, procedure: &str, at: &mut Moment<'_>) -> Result<Option<Refused>, Failure> {
        let Actor::Subscriber { agent_id, id, certificate_id, .. } = *actor else {
            return Ok(Some(Refused::of(Refusal::CertificateSignInNeeded, procedure)));
        };
        let new = NewRequest { procedure: procedure.to_owned(), ..NewRequest::default() };
        let wished = self.wished(agent_id, id, certificate_id, &new, at);
        match wished.and_then(|loaded| self.decide(&loaded, &Command::Create, at)) {
            Ok(_) => Ok(None),
            Err(Failure::Refused(refused)) => Ok(Some(refused)),
            Err(broken) => Err(broken),
        }
    }

    /// The request that somebody wishes to begin, with everything that decides about it.
    fn wished(
        &self,
        agent_id: AgentId,
        subscriber_id: SubscriberId,
        certificate_id: CertificateId,
        new: &NewRequest,
        at: &mut Moment<'_>,
    ) -> Result<Loaded, Failure> {
        let agent = self.known_agent(agent_id)?;
        let offered = agent
            .procedures
            .iter()
            .find(|name| **name == new.procedure)
            .and_then(|name| self.0.procedures.get(name))
            .ok_or(Refusal::ProcedureNotOffered)?
            .clone();
        let subscriber = self.subscriber_of(subscriber_id)?;
        let contact = contact(&subscriber.contact, new.phone.as_deref(), new.email.as_deref(), &offered)?;
        let request = begun(agent_id, &subscriber, certificate_id, contact, &offered, at);
        let predecessor = self.certificate_of(certificate_id)?;
        let open = self.0.store.read(move |tx| store::requests::open_of_subscriber(tx, subscriber_id))?;
        Ok(Loaded {
            request,
            offered,
            applicant: None,
            organisation: None,
            predecessor: Some(predecessor),
            earlier_successors: Vec::new(),
            certificate: None,
            files: store::request_files::RequestFiles::default(),
            other_request_open: !open.is_empty(),
            live_link: None,
            open_intent: None,
            subscriber,
        })
    }

    /// Takes the PKCS#10 of the new key. Its subject must be the record's, its signature shows possession.
    ///
    /// # Errors
    /// Refused with one code per fault of the PKCS#10, and when the stage does not allow it.
    pub fn offer_key(
        &self,
        actor: &Actor,
        id: RequestId,
        pkcs10_der: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.offer_key_with(actor, id, NewKey { pkcs10_der, under: None }, at)
    }

    pub(crate) fn offer_key_with(
        &self,
        actor: &Actor,
        id: RequestId,
        key: NewKey<'_>,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "offer-key", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load_own(actor, id)?;
                if let Some((decision, rows)) = ra.taken_up(&loaded, key, at)? {
                    let now = at.now;
                    ra.save(&loaded, decision, actor, at, Box::new(move |tx| rows.put(tx, id, now)))
                        .map_err(seen_before)?;
                }
                ra.request(actor, id, at)
            })
        })
    }

    /// What becomes of a request with this key, and what is kept of it; nothing when it is there already.
    fn taken_up(
        &self,
        loaded: &Loaded,
        key: NewKey<'_>,
        at: &Moment<'_>,
    ) -> Result<Option<(Decision, KeyRows)>, Failure> {
        let (id, pkcs10_der) = (loaded.request.id, key.pkcs10_der);
        let text = self.request_text(loaded, pkcs10_der, key.under.map_or(at.now, |(issued_at, _)| issued_at))?;
        let is_there = loaded.request.stage.key().is_some() && loaded.files.pkcs10.as_deref() == Some(pkcs10_der);
        // A key that is taken up under a later ticket is signed with that ticket's time; what was signed already stays.
        let medium = key.under.and_then(|(_, on)| on.medium).map(MediumKind::word);
        let serial = key.under.and_then(|(_, on)| on.serial.as_ref()).map(|serial| serial.as_str().to_owned());
        let is_signed_anew = key.under.is_some()
            && loaded.request.stage.name() == StageName::KeyReady
            && (loaded.files.request_text.as_ref() != Some(&text) || loaded.files.key_serial != serial);
        if is_there && !is_signed_anew {
            return Ok(None);
        }
        let csr = self.acceptable_csr(pkcs10_der, loaded)?;
        let spki_sha256 = csr.public_key().spki_sha256();
        let owner = self.0.store.read(move |tx| store::keys::seen(tx, &spki_sha256))?;
        let seen = owner.is_some_and(|owner| owner.request_id != Some(id));
        let mut decision = self.decide_on(&loaded.request, loaded, &Command::OfferKey { spki_sha256 }, seen, at)?;
        for event in &mut decision.events {
            if let domain::journal::Event::KeyOffered { algorithm, .. } = event {
                *algorithm = csr.public_key().algorithm().to_string();
            }
        }
        Ok(Some((decision, KeyRows { spki_sha256, pkcs10_der: pkcs10_der.to_vec(), medium, serial, text })))
    }

    /// Takes the request signed by the current key, and accepts it.
    ///
    /// # Errors
    /// Refused with one code per fault of the CMS or of the certificate that signed.
    pub fn submit(
        &self,
        actor: &Actor,
        id: RequestId,
        cms: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.submit_with(actor, id, None, cms, at)
    }

    /// The same with the new key beside it: both are taken, or neither.
    ///
    /// # Errors
    /// Refused as [`Ra::offer_key`] and [`Ra::submit`].
    pub fn submit_with_key(
        &self,
        actor: &Actor,
        id: RequestId,
        (pkcs10_der, cms): (&[u8], &[u8]),
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.submit_with(actor, id, Some(NewKey { pkcs10_der, under: None }), cms, at)
    }

    pub(crate) fn submit_with(
        &self,
        actor: &Actor,
        id: RequestId,
        key: Option<NewKey<'_>>,
        cms: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "submit", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                store::kill::point("ra.submit.begun");
                let loaded = ra.load_own(actor, id)?;
                store::kill::point("ra.submit.loaded");
                let taken_up = match key {
                    Some(key) => ra.taken_up(&loaded, key, at)?,
                    None => None,
                };
                let (offered, rows) = taken_up.unzip();
                let text = match &rows {
                    Some(rows) => rows.text.clone(),
                    None => loaded.files.request_text.clone().ok_or(Refusal::StageDoesNotAllow)?,
                };
                // guard: request-signed-by-the-current-key
                ra.signed_by_current(&loaded, cms, &text, at)?;
                store::kill::point("ra.submit.verified");
                if handed_in(loaded.request.stage.name()) {
                    // A second click, or a retry after a lost answer: the same text by the same key.
                    return ra.request(actor, id, at);
                }
                let so_far = offered.as_ref().map_or(&loaded.request, |offered| &offered.request);
                let signed = ra.decide_on(so_far, &loaded, &Command::Sign, false, at)?;
                let sent = ra.decide_on(&signed.request, &loaded, &Command::Send, false, at)?;
                let mut decision = joined(signed, sent);
                name_signer(&mut decision.events, &loaded, &text);
                if let Some(offered) = offered {
                    decision = joined(offered, decision);
                }
                let (cms, now) = (cms.to_vec(), at.now);
                store::kill::point("ra.submit.decided");
                ra.save(
                    &loaded,
                    decision,
                    actor,
                    at,
                    Box::new(move |tx| {
                        if let Some(rows) = &rows {
                            rows.put(tx, id, now)?;
                        }
                        store::request_files::put_submission(tx, id, &cms)
                    }),
                )
                .map_err(seen_before)?;
                store::kill::point("ra.submit.saved");
                ra.request(actor, id, at)
            })
        })
    }

    /// Changes phone or e-mail of a request that is still the client's to change.
    ///
    /// # Errors
    /// Refused when the procedure or the stage does not allow it, or for what is no phone or address.
    pub fn edit(
        &self,
        actor: &Actor,
        id: RequestId,
        phone: Option<String>,
        email: Option<String>,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "edit", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load_own(actor, id)?;
                let so_far = &loaded.request.contact;
                let contact = contact(so_far, phone.as_deref(), email.as_deref(), &loaded.offered)?;
                if contact == *so_far {
                    return ra.request(actor, id, at);
                }
                let decision = ra.decide(&loaded, &Command::Edit(contact), at)?;
                ra.save(&loaded, decision, actor, at, nothing())?;
                ra.request(actor, id, at)
            })
        })
    }

    /// Takes a returned request up again.
    ///
    /// # Errors
    /// Refused when it was not returned.
    pub fn correct(&self, actor: &Actor, id: RequestId, at: &mut Moment<'_>) -> Result<RequestCard, Failure> {
        self.client_step(
            actor,
            id,
            "correct",
            |loaded| Command::Correct { subject_changed: loaded.request.subject != loaded.subscriber.subject },
            at,
        )
    }

    /// Takes a request back before issue. A second recall answers as the first did.
    ///
    /// # Errors
    /// Refused when the certificate is issued already.
    pub fn recall(&self, actor: &Actor, id: RequestId, at: &mut Moment<'_>) -> Result<RequestCard, Failure> {
        self.client_step(actor, id, "recall", |_| Command::Recall, at)
    }

    fn client_step(
        &self,
        actor: &Actor,
        id: RequestId,
        verb: &'static str,
        command: impl Fn(&Loaded) -> Command,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), verb, at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load_own(actor, id)?;
                let command = command(&loaded);
                if command == Command::Recall && loaded.request.stage == Stage::Cancelled {
                    return ra.request(actor, id, at);
                }
                let decision = ra.decide(&loaded, &command, at)?;
                ra.save(&loaded, decision, actor, at, nothing())?;
                ra.request(actor, id, at)
            })
        })
    }

    /// A request of the actor's own; any other answers as if it did not exist.
    pub(crate) fn load_own(&self, actor: &Actor, id: RequestId) -> Result<Loaded, Failure> {
        let loaded = self.load(id)?;
        // guard: own-request
        match actor {
            Actor::Subscriber { id: subscriber, agent_id, .. } | Actor::Reader { id: subscriber, agent_id }
                if loaded.request.subscriber_id == *subscriber && loaded.request.agent_id == *agent_id =>
            {
                Ok(loaded)
            }
            Actor::Applicant { request_id, agent_id }
                if loaded.request.id == *request_id && loaded.request.agent_id == *agent_id =>
            {
                Ok(loaded)
            }
            _ => Err(Refusal::NotFound.into()),
        }
    }

    /// The CMS must be by exactly the current certificate of this request, good now.
    pub(crate) fn signed_by_current(
        &self,
        loaded: &Loaded,
        cms: &[u8],
        text: &str,
        at: &Moment<'_>,
    ) -> Result<(), Failure> {
        let signed = self.signed_by_known(cms, text, loaded.request.predecessor)?;
        // guard: signer-is-the-owner
        if signed.certificate.subscriber_id != loaded.request.subscriber_id {
            return Err(Refusal::SignerNotOwner.into());
        }
        if Some(signed.certificate.id) != loaded.request.predecessor {
            return Err(Refusal::SignerOtherKey.into());
        }
        self.must_be_good(&signed.certificate, at.now)
    }

    /// A PKCS#10 that shows possession of an allowed key under the record's name and asks for nothing else.
    pub(crate) fn acceptable_csr(&self, der: &[u8], loaded: &Loaded) -> Result<crypto::Verified<Csr>, Failure> {
        let csr = Csr::from_der(der).map_err(csr_refusal)?;
        let algorithm = csr.public_key().algorithm();
        let csr = csr.verify().map_err(|error| Refused::because(Refusal::CsrSignatureWrong, error.to_string()))?;
        // guard: pkcs10-asks-for-nothing
        if !csr.requested_extensions().is_empty() || !csr.attribute_oids().is_empty() {
            return Err(Refused::because(Refusal::CsrExtrasPresent, csr.attribute_oids().join(", ")).into());
        }
        let wanted = crypto::Name::from_pairs(loaded.request.subject.pairs())?;
        // guard: pkcs10-names-the-record
        if *csr.subject() != wanted {
            return Err(Refused::because(
                Refusal::CsrSubjectDiffers,
                format!("expected {}", wanted.to_openssl_subject()),
            )
            .into());
        }
        // guard: key-algorithm-of-the-profile
        self.must_allow(algorithm, &loaded.offered)?;
        Ok(csr)
    }

    fn must_allow(&self, algorithm: KeyAlgorithm, offered: &Offered) -> Result<(), Failure> {
        let profile = self
            .0
            .profiles
            .get(&offered.procedure.profile)
            .ok_or_else(|| Error::Setup(format!("no profile {}", offered.procedure.profile)))?;
        if profile.profile.key_algorithms().contains(&algorithm) {
            Ok(())
        } else {
            Err(Refused::because(Refusal::KeyAlgorithmNotAllowed, algorithm.to_string()).into())
        }
    }

    fn request_text(&self, loaded: &Loaded, pkcs10_der: &[u8], made_at: Timestamp) -> Result<String, Failure> {
        let request = &loaded.request;
        RequestText {
            kind: request.kind.name(),
            unz: &request.unz.to_string(),
            origin: &self.0.origin,
            nonce: &request.nonce.to_string(),
            time: &made_at.to_string(),
            subject: &request.subject.to_string(),
            pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(pkcs10_der)),
        }
        .render()
        .map_err(|error| Error::Setup(error.to_string()).into())
    }
}

fn begun(
    agent_id: AgentId,
    subscriber: &Subscriber,
    predecessor: CertificateId,
    contact: Contact,
    offered: &Offered,
    at: &mut Moment<'_>,
) -> Request {
    let procedure = &offered.procedure;
    Request {
        id: RequestId::new(at.now, at.octets()),
        version: 1,
        agent_id,
        subscriber_id: subscriber.id,
        kind: procedure.kind,
        procedure: procedure.name.clone(),
        procedure_sha256: offered.copy_sha256,
        unz: Unz::new(at.octets()),
        nonce: Nonce(at.octets()),
        subject: subscriber.subject.clone(),
        contact,
        email_confirmed: true,
        predecessor: Some(predecessor),
        created_at: at.now,
        expires_at: Timestamp(at.now.0.saturating_add(procedure.request_life_ms)),
        stage: Stage::Draft,
        act: Act::None,
    }
}

/// The contact so far, changed where the client says otherwise and the procedure lets them.
fn contact(so_far: &Contact, phone: Option<&str>, email: Option<&str>, offered: &Offered) -> Result<Contact, Failure> {
    let of = |refusal| Failure::from(Refused::of(refusal, &offered.procedure.name));
    let mut contact = so_far.clone();
    let may_edit = |field| offered.procedure.editable.iter().any(|have| *have == field || *have == Field::All);
    if let Some(phone) = phone.filter(|phone| *phone != contact.phone) {
        if !may_edit(Field::Phone) {
            return Err(of(Refusal::FieldNotEditable));
        }
        if !phone_is_acceptable(phone) {
            return Err(of(Refusal::PhoneWrong));
        }
        phone.clone_into(&mut contact.phone);
    }
    if let Some(email) = email.filter(|email| *email != contact.email.as_str()) {
        if !may_edit(Field::Email) {
            return Err(of(Refusal::FieldNotEditable));
        }
        contact.email = Email::parse(email).ok_or_else(|| of(Refusal::EmailWrong))?;
    }
    Ok(contact)
}

/// Of two who offer the same key at once the first has it.
fn seen_before(failure: Failure) -> Failure {
    match failure {
        Failure::Broken(Error::AlreadyThere(what)) if what.starts_with("keys.") => Refusal::KeySeenBefore.into(),
        failure => failure,
    }
}

fn csr_refusal(error: crypto::Error) -> Refused {
    let detail = error.to_string();
    let refusal = match error {
        crypto::Error::Malformed { .. } | crypto::Error::WrongPassword | crypto::Error::Internal(_) => {
            Refusal::CsrMalformed
        }
        crypto::Error::Unsupported { .. } | crypto::Error::Invalid { .. } => Refusal::KeyUnacceptable,
    };
    Refused::because(refusal, detail)
}

/// From acceptance on, whatever came of it.
pub(crate) fn handed_in(stage: StageName) -> bool {
    match stage {
        StageName::Draft | StageName::KeyReady | StageName::Signed | StageName::NeedsFix => false,
        StageName::Accepted
        | StageName::InReview
        | StageName::Approved
        | StageName::Issued
        | StageName::ActSigned
        | StageName::Installed
        | StageName::Proven
        | StageName::InService
        | StageName::Rejected
        | StageName::Cancelled
        | StageName::Expired => true,
    }
}

/// The machine does not know which certificate signed which bytes; the journal must.
fn name_signer(events: &mut [domain::journal::Event], loaded: &Loaded, text: &str) {
    for event in events {
        if let domain::journal::Event::RequestSigned { certificate_id, text_sha256 } = event {
            *certificate_id = loaded.request.predecessor.map(|id| id.to_string()).unwrap_or_default();
            *text_sha256 = hex::encode(crypto::sha256(text.as_bytes()));
        }
    }
}
