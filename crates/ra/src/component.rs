//! Tickets for the client's component, and the answers that come back under them. What is signed is data of record: a page chooses the
//! operation, never the words. Each answer is verified like one that came by any other way; the ticket is used up whatever comes of it.

use domain::actor::Actor;
use domain::certificate::Certificate;
use domain::ids::{AgentId, Nonce, RequestId, SubscriberId};
use domain::procedure::{AdministratorPin, Medium, PinChange, Proof};
use domain::request::StageName;
use domain::{Refusal, Timestamp};
use statement::act::ActFields;
use statement::binding::Binding;
use statement::bounded::{Base64, Hex, Lines, Many, OutOfBounds, Text};
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{
    ANSWER_MS, Act, Attribute, DeleteKey, MakeKey, MediumKind, MediumRule, Nothing, Operation, PinRule, RequestFields,
    START_MS, SignAct, SignIn, StoreCertificate, Ticket, VERSION, seal, signed_octets,
};
use store::component_tickets::ComponentTicketRow;

use crate::cards::RequestCard;
use crate::change::Loaded;
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Ra};
use crate::sign_in::SignedIn;
use crate::submission::{NewKey, handed_in};

/// What anybody at the bank's page may ask a component for: nothing of it is about a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Which media are there.
    ListTokens,
    /// What is missing or wrong.
    Doctor,
    /// New PINs.
    ChangePins,
    /// A new password of containers.
    ContainerPassword,
    /// Which certificates and lone keys a medium holds.
    ListCertificates,
    /// A key without a certificate deleted.
    DeleteKey {
        /// Its id as the component told it.
        key_id: String,
    },
    /// A sign-in signed.
    SignIn,
    /// A sign-in of the bank's staff signed.
    StaffSignIn,
}

/// What the holder of a mailed link may ask a component for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryWish {
    /// The act signed by the current key.
    SignAct,
    /// The certificate stored, the new key proved.
    StoreCertificate,
}

/// A ticket on its way to a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketIssued {
    /// As it travels.
    pub ticket: String,
    /// SubjectPublicKeyInfo of the key it is signed with.
    pub bank_key_der: Vec<u8>,
    /// Its nonce: the page names it when the answer comes.
    pub nonce: String,
    /// It must be begun before.
    pub start_by: Timestamp,
    /// It must be answered before.
    pub answer_by: Timestamp,
}

/// Where a component says that it made a key. It is what the client's machine says, and nothing proves it: it keeps an honest client from a
/// medium that the procedure does not have, and tells the desk which card to look for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MadeOn {
    /// On a medium of which kind.
    pub medium: Option<MediumKind>,
    /// The token's serial number.
    pub serial: Option<Text<64>>,
}

/// For which door a ticket must have been given out. One that was for another is unknown there, and not used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked<'a> {
    /// For this operation of this request.
    Of(RequestId, &'a str),
    /// For this operation, which this client asked for and which is about no request.
    OfClient(SubscriberId, &'a str),
    /// For what anybody may ask.
    ByAnybody,
    /// For a sign-in of staff.
    AtDesk,
}

/// Whom a ticket is given out for.
#[derive(Clone, Copy)]
enum TicketFor<'a> {
    /// Whoever goes on with this request.
    Request(&'a Loaded),
    /// This client, or nobody in particular.
    Client(Option<SubscriberId>),
}

/// The word of [`Operation::StaffSignIn`].
const STAFF_SIGN_IN: &str = "staff-sign-in";

/// What came of an answer that is about no request.
pub enum Reported {
    /// A sign-in.
    SignedIn(SignedIn),
    /// Something the component did on the client's own machine: there is nothing to verify or to change here.
    Noted,
}

impl Ra {
    /// SubjectPublicKeyInfo of the key that signs tickets.
    #[must_use]
    pub fn ticket_key_der(&self) -> Vec<u8> {
        crypto::Signer::public_key(&self.0.keyring.ticket).to_spki_der()
    }

    /// A ticket that is about no request.
    ///
    /// # Errors
    /// Refused for an unknown agent, or a session or key id that is none.
    pub fn ticket(
        &self,
        agent: AgentId,
        wish: Wish,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        self.ticket_of(agent, None, wish, session_sha256, at)
    }

    /// The same for a client who signed in, or for nobody in particular.
    pub(crate) fn ticket_of(
        &self,
        agent: AgentId,
        client: Option<SubscriberId>,
        wish: Wish,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        let operation = match wish {
            Wish::ListTokens => Operation::ListTokens(Nothing {}),
            Wish::Doctor => Operation::Doctor(Nothing {}),
            Wish::ChangePins => Operation::ChangePins(Nothing {}),
            Wish::ContainerPassword => Operation::ContainerPassword(Nothing {}),
            Wish::ListCertificates => Operation::ListCertificates(Nothing {}),
            Wish::DeleteKey { key_id } => Operation::DeleteKey(DeleteKey { key_id: Hex::new(key_id).map_err(asked)? }),
            Wish::SignIn => Operation::SignIn(challenge(agent, at)?),
            Wish::StaffSignIn => Operation::StaffSignIn(challenge(agent, at)?),
        };
        self.issue_ticket(agent, TicketFor::Client(client), operation, session_sha256, at)
    }

    /// A ticket to make the key of a request and sign it. `algorithm` is one of the profile's, or the first of them.
    ///
    /// # Errors
    /// Refused for a request that is not the actor's, or that waits for no key.
    pub fn key_ticket(
        &self,
        actor: &Actor,
        id: RequestId,
        algorithm: Option<&str>,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        self.attempt(actor, &format!("request:{id}"), "key-ticket", at, |ra, at| {
            let loaded = ra.load_own(actor, id)?;
            if !matches!(loaded.request.stage.name(), StageName::Draft | StageName::KeyReady) {
                return Err(Refused::of(Refusal::StageDoesNotAllow, &loaded.request.procedure).into());
            }
            let operation = ra.make_key(&loaded, algorithm, at)?;
            ra.issue_ticket(loaded.request.agent_id, TicketFor::Request(&loaded), operation, session_sha256, at)
        })
    }

    /// A ticket for what stands behind a mailed link.
    ///
    /// # Errors
    /// Refused as the link is, and while the step itself would be.
    pub fn delivery_ticket(
        &self,
        agent: AgentId,
        code: &str,
        wish: DeliveryWish,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        must_be_a_session(session_sha256)?;
        if wish == DeliveryWish::StoreCertificate {
            // Hands the certificate out, if it was not yet: then there is a challenge to sign.
            self.deliver(agent, code, at)?;
        }
        let id = self.open_link(agent, code, at)?.card.id;
        let loaded = self.load(id)?;
        let operation = match wish {
            DeliveryWish::SignAct => {
                let act =
                    self.act_of(&loaded)?.ok_or_else(|| Refused::of(Refusal::ActAbsent, &loaded.request.procedure))?;
                let signer = current(&loaded)?;
                Operation::SignAct(SignAct { act, signer: Base64::new(signer.der.as_slice()).map_err(ours)? })
            }
            DeliveryWish::StoreCertificate => {
                let certificate = loaded.certificate.as_ref().ok_or(Refusal::NotDelivered)?;
                let challenge = loaded.files.challenge_text.as_deref().ok_or(Refusal::NotDelivered)?;
                let time = statement::binding::time_of(challenge).ok_or_else(|| broken(&loaded, "challenge"))?;
                Operation::StoreCertificate(StoreCertificate {
                    certificate: Base64::new(certificate.der.as_slice()).map_err(ours)?,
                    nonce: Hex::new(loaded.request.nonce.to_string()).map_err(ours)?,
                    time: Text::new(time).map_err(ours)?,
                    act: self.act_of(&loaded)?,
                })
            }
        };
        self.issue_ticket(agent, TicketFor::Request(&loaded), operation, session_sha256, at)
    }

    /// The component says that it began.
    ///
    /// # Errors
    /// Refused for an unknown ticket, one that was answered, one that is begun too late.
    pub fn ticket_started(&self, nonce: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        let row = self.ticket_row(nonce)?;
        if row.answered_at.is_some() {
            return Err(Refusal::ComponentTicketSpent.into());
        }
        if row.started_at.is_none() {
            // guard: ticket-begun-in-time
            if at.now > row.issued_at.plus_ms(START_MS) {
                return Err(Refusal::ComponentTicketExpired.into());
            }
            let (nonce, now) = (nonce.to_owned(), at.now);
            self.0.store.write(move |tx| store::component_tickets::start(tx, &nonce, now))?;
        }
        Ok(())
    }

    /// Takes the answer to a ticket that is about no request; `cms` is there for a sign-in.
    ///
    /// # Errors
    /// Refused as the ticket is, and as a sign-in is.
    pub fn ticket_answered(&self, nonce: &str, cms: Option<&[u8]>, at: &mut Moment<'_>) -> Result<Reported, Failure> {
        let (row, ticket) = self.take_ticket(nonce, Asked::ByAnybody, false, at)?;
        let Operation::SignIn(wish) = &ticket.operation else { return Ok(Reported::Noted) };
        let cms = cms.ok_or(Refusal::CmsMalformed)?;
        let text = SignInText {
            entrance: Entrance::Cabinet,
            agent_id: wish.agent_id.as_str(),
            origin: ticket.origin.as_str(),
            nonce: wish.nonce.as_str(),
            time: wish.time.as_str(),
        };
        let text = text.render().map_err(|error| Error::Contradiction(format!("ticket {nonce}: {error}")))?;
        self.signed_in(row.agent_id, &text, cms, at).map(Reported::SignedIn)
    }

    /// Takes a key and the request signed under a ticket, and accepts the request: all of it, or the request stays as it was.
    ///
    /// # Errors
    /// Refused as the ticket is, when the key was made on another medium than the ticket allows, and with one code per fault of the PKCS#10 or the CMS.
    pub fn hand_in(
        &self,
        actor: &Actor,
        id: RequestId,
        nonce: &str,
        (pkcs10_der, cms): (&[u8], &[u8]),
        on: &MadeOn,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let issued_at = self.take_key_ticket(actor, id, nonce, (pkcs10_der, on), at)?;
        self.submit_with(actor, id, Some(NewKey { pkcs10_der, under: Some((issued_at, on)) }), cms, at)
    }

    /// Takes a key made under a ticket for a request that no current key signs, and accepts the request.
    ///
    /// # Errors
    /// Refused as the ticket is, when the key was made on another medium than the ticket allows, and with one code per fault of the PKCS#10.
    pub fn send_with_key(
        &self,
        actor: &Actor,
        id: RequestId,
        nonce: &str,
        pkcs10_der: &[u8],
        on: &MadeOn,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let issued_at = self.take_key_ticket(actor, id, nonce, (pkcs10_der, on), at)?;
        self.offer_key_with(actor, id, NewKey { pkcs10_der, under: Some((issued_at, on)) }, at)?;
        self.send(actor, id, at)
    }

    /// Uses a ticket for a key up, if the key was made where the ticket allows; the ticket's time.
    fn take_key_ticket(
        &self,
        actor: &Actor,
        id: RequestId,
        nonce: &str,
        (pkcs10_der, on): (&[u8], &MadeOn),
        at: &mut Moment<'_>,
    ) -> Result<Timestamp, Failure> {
        let loaded = self.load_own(actor, id)?;
        // A second click brings the key that was handed in.
        let is_done = handed_in(loaded.request.stage.name()) && loaded.files.pkcs10.as_deref() == Some(pkcs10_der);
        self.attempt(actor, &format!("request:{id}"), "hand-in", at, |ra, at| {
            let (row, ticket) = ra.take_ticket(nonce, Asked::Of(id, "make-key"), is_done, at)?;
            let Operation::MakeKey(wish) = &ticket.operation else {
                return Err(Error::Contradiction(format!("ticket {nonce} makes no key")).into());
            };
            // guard: made-on-an-offered-medium
            if !on.medium.is_some_and(|medium| wish.media.as_slice().contains(&medium)) {
                return Err(Refusal::MediumNotOffered.into());
            }
            Ok(row.issued_at)
        })
    }

    /// Takes the act that was signed under a ticket.
    ///
    /// # Errors
    /// Refused as the ticket is, and as [`Ra::sign_act`].
    pub fn sign_act_by_ticket(
        &self,
        agent: AgentId,
        code: &str,
        nonce: &str,
        cms: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<crate::Delivery, Failure> {
        let card = self.open_link(agent, code, at)?.card;
        let is_done = matches!(card.stage, StageName::ActSigned | StageName::Installed);
        self.take_ticket(nonce, Asked::Of(card.id, "sign-act"), is_done, at)?;
        self.sign_act(agent, code, cms, at)
    }

    /// Takes the proof that was signed under a ticket, with the act by the new key.
    ///
    /// # Errors
    /// Refused as the ticket is, and as [`Ra::prove`].
    pub fn prove_by_ticket(
        &self,
        agent: AgentId,
        code: &str,
        nonce: &str,
        signed: (&[u8], Option<&[u8]>),
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let id = self.link_request(agent, code)?;
        let is_done = matches!(self.load(id)?.request.stage.name(), StageName::Proven | StageName::InService);
        if !is_done {
            self.open_link(agent, code, at)?;
        }
        self.take_ticket(nonce, Asked::Of(id, "store-certificate"), is_done, at)?;
        self.prove(agent, code, signed, at)
    }

    fn issue_ticket(
        &self,
        agent: AgentId,
        whose: TicketFor<'_>,
        operation: Operation,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        let bank = &self.known_agent(agent)?.name;
        let nonce = Nonce(at.octets()).to_string();
        let (request, client) = match whose {
            TicketFor::Request(loaded) => (Some(&loaded.request), None),
            TicketFor::Client(client) => (None, client),
        };
        let unz = request.map(|request| Hex::new(request.unz.to_string())).transpose().map_err(ours)?;
        let ticket = Ticket {
            version: VERSION,
            bank: Text::clipped(bank).ok_or_else(|| Error::Setup(format!("agent {agent} has no name")))?,
            origin: Text::new(self.0.origin.as_str()).map_err(ours)?,
            unz,
            nonce: Hex::new(nonce.as_str()).map_err(ours)?,
            issued_ms: at.now.0,
            session_sha256: Hex::new(session_sha256).map_err(asked)?,
            operation,
        };
        let payload = ticket.to_payload();
        let signature = crypto::Signer::sign(&self.0.keyring.ticket, &signed_octets(&payload), at.rng)?;
        let row = ComponentTicketRow {
            nonce: nonce.clone(),
            agent_id: agent,
            operation: ticket.operation.word().to_owned(),
            request_id: request.map(|request| request.id),
            subscriber_id: client,
            payload: String::from_utf8(payload.clone()).map_err(|error| Error::Contradiction(error.to_string()))?,
            issued_at: at.now,
            started_at: None,
            answered_at: None,
        };
        self.0.store.write(move |tx| store::component_tickets::insert(tx, &row))?;
        Ok(TicketIssued {
            ticket: seal(&payload, &signature),
            bank_key_der: self.ticket_key_der(),
            nonce,
            start_by: at.now.plus_ms(START_MS),
            answer_by: at.now.plus_ms(ANSWER_MS),
        })
    }

    fn make_key(&self, loaded: &Loaded, algorithm: Option<&str>, at: &Moment<'_>) -> Result<Operation, Failure> {
        let procedure = &loaded.offered.procedure;
        let profile = &self
            .0
            .profiles
            .get(&procedure.profile)
            .ok_or_else(|| Error::Setup(format!("no profile {}", procedure.profile)))?
            .profile;
        let allowed = profile.key_algorithms().iter().map(ToString::to_string);
        let algorithm = match algorithm {
            Some(asked) => allowed.into_iter().find(|word| word == asked),
            None => allowed.into_iter().next(),
        };
        let algorithm = algorithm.ok_or(Refusal::KeyAlgorithmNotAllowed)?;
        // Nothing signs a first request: identity rests on the application.
        let signer = match procedure.proof {
            Proof::CurrentKey => Some(current(loaded)?),
            Proof::None => None,
        };
        let is_withdrawn = match signer {
            Some(signer) => matches!(
                crypto::Certificate::from_der(&signer.der)?.public_key().algorithm(),
                crypto::KeyAlgorithm::Gost2001(_)
            ),
            None => false,
        };
        let medium = match procedure.medium.as_slice() {
            // A card that knows the old standard alone cannot hold the new key.
            _ if is_withdrawn => MediumRule::Other,
            [Medium::Current] => MediumRule::Current,
            _ => MediumRule::Any,
        };
        let media = match procedure.medium.as_slice() {
            // Wherever that key is.
            [Medium::Current] => MediumKind::ALL.to_vec(),
            media => media.iter().filter_map(|medium| kind(*medium)).collect(),
        };
        let factory = match (procedure.pin_change, procedure.administrator_pin) {
            (PinChange::None | PinChange::ContainerPassword, _) => PinRule::AsTheyAre,
            (PinChange::UserAndAdmin, AdministratorPin::Asked) => PinRule::AdministratorAsked,
            (PinChange::UserAndAdmin, AdministratorPin::Generated) => PinRule::AdministratorGenerated,
        };
        let request = &loaded.request;
        let mut subject = Vec::new();
        for (oid, value) in request.subject.pairs() {
            let attribute = Attribute { oid: Text::new(oid).map_err(ours)?, value: Text::new(value).map_err(ours)? };
            subject.push(attribute);
        }
        Ok(Operation::MakeKey(MakeKey {
            algorithm: Text::new(algorithm).map_err(ours)?,
            subject: Many::new(subject).map_err(ours)?,
            medium,
            media: Many::new(media).map_err(ours)?,
            factory,
            one_per_signature: procedure.one_per_signature,
            request: match signer {
                Some(signer) => Some(RequestFields {
                    procedure_kind: Text::new(request.kind.name()).map_err(ours)?,
                    subject: Text::new(request.subject.to_string()).map_err(ours)?,
                    nonce: Hex::new(request.nonce.to_string()).map_err(ours)?,
                    time: Text::new(at.now.to_string()).map_err(ours)?,
                    signer: Base64::new(signer.der.as_slice()).map_err(ours)?,
                }),
                None => None,
            },
        }))
    }

    /// The act as data, where the procedure has an electronic one and it is drawn. What a component will render is what is on record, to the
    /// octet, or there is no ticket.
    fn act_of(&self, loaded: &Loaded) -> Result<Option<Act>, Failure> {
        let files = &loaded.files;
        let Some(text) = loaded.electronic_act() else { return Ok(None) };
        let wording = loaded.offered.act_for(loaded.organisation.is_some());
        let (Some(wording), Some(fields), Some(time)) = (wording, &files.act_fields, &files.act_time) else {
            return Err(broken(loaded, "act").into());
        };
        let fields: ActFields = serde_json::from_str(fields).map_err(|_| broken(loaded, "act"))?;
        let (unz, nonce) = (loaded.request.unz.to_string(), loaded.request.nonce.to_string());
        let binding = Binding {
            document: statement::act::DOCUMENT,
            unz: Some(&unz),
            origin: &self.0.origin,
            nonce: &nonce,
            time,
        };
        if wording.template.render(&fields, &binding).as_ref() != Ok(text) {
            return Err(broken(loaded, "act of the same words").into());
        }
        Ok(Some(Act {
            template: Lines::new(wording.source.as_str()).map_err(ours)?,
            fields,
            nonce: Hex::new(nonce).map_err(ours)?,
            time: Text::new(time.as_str()).map_err(ours)?,
        }))
    }

    fn ticket_row(&self, nonce: &str) -> Result<ComponentTicketRow, Failure> {
        // Whatever came in the place of a nonce: what is none was never given out.
        let nonce: Nonce = nonce.parse().map_err(|_| Refusal::ComponentTicketUnknown)?;
        let nonce = nonce.to_string();
        let row = self.0.store.read(move |tx| store::component_tickets::get(tx, &nonce))?;
        Ok(row.ok_or(Refusal::ComponentTicketUnknown)?)
    }

    /// Uses a ticket up, if it is this one's, was begun, and is not too old. What `is_done` already may be answered again with it: whoever asks goes on
    /// to a verb that finds it done, looks at the signature once more and changes nothing.
    pub(crate) fn take_ticket(
        &self,
        nonce: &str,
        asked: Asked<'_>,
        is_done: bool,
        at: &mut Moment<'_>,
    ) -> Result<(ComponentTicketRow, Ticket), Failure> {
        let row = self.ticket_row(nonce)?;
        let is_of_staff = row.operation == STAFF_SIGN_IN;
        let is_meant = match asked {
            Asked::Of(id, operation) => row.request_id == Some(id) && row.operation == operation,
            // guard: ticket-of-this-client
            Asked::OfClient(id, operation) => row.subscriber_id == Some(id) && row.operation == operation,
            Asked::ByAnybody => row.request_id.is_none() && row.subscriber_id.is_none() && !is_of_staff,
            Asked::AtDesk => is_of_staff,
        };
        // guard: ticket-of-this-operation
        if !is_meant {
            return Err(Refusal::ComponentTicketUnknown.into());
        }
        if row.started_at.is_none() {
            return Err(Refusal::ComponentTicketNotStarted.into());
        }
        // guard: ticket-answered-in-time
        if at.now > row.issued_at.plus_ms(ANSWER_MS) {
            return Err(Refusal::ComponentTicketExpired.into());
        }
        let (name, now) = (nonce.to_owned(), at.now);
        // guard: ticket-answered-once
        if !self.0.store.write(move |tx| store::component_tickets::answer(tx, &name, now))? && !is_done {
            return Err(Refusal::ComponentTicketSpent.into());
        }
        let ticket = serde_json::from_str(&row.payload)
            .map_err(|error| Error::Contradiction(format!("ticket {nonce}: {error}")))?;
        Ok((row, ticket))
    }
}

fn kind(medium: Medium) -> Option<MediumKind> {
    match medium {
        Medium::SmartKey => Some(MediumKind::SmartKey),
        Medium::Registry => Some(MediumKind::Registry),
        Medium::Directory => Some(MediumKind::Directory),
        Medium::Current => None,
    }
}

fn current(loaded: &Loaded) -> Result<&Certificate, Failure> {
    loaded.predecessor.as_ref().ok_or_else(|| broken(loaded, "current certificate").into())
}

fn broken(loaded: &Loaded, what: &str) -> Error {
    Error::Contradiction(format!("request {} has no {what} that a component could use", loaded.request.id))
}

fn challenge(agent: AgentId, at: &mut Moment<'_>) -> Result<SignIn, Failure> {
    Ok(SignIn {
        agent_id: Text::new(agent.to_string()).map_err(ours)?,
        nonce: Hex::new(Nonce(at.octets()).to_string()).map_err(ours)?,
        time: Text::new(at.now.to_string()).map_err(ours)?,
    })
}

/// Data of record that no ticket can carry.
fn ours(error: OutOfBounds) -> Error {
    Error::Contradiction(format!("for a ticket: {error}"))
}

/// What a ticket is bound to on the page: the SHA-256 of its session in hexadecimal. Asked before anything is done for a ticket.
///
/// # Errors
/// Refused as a body that is none.
pub fn must_be_a_session(session_sha256: &str) -> Result<(), Failure> {
    Hex::<32, 32>::new(session_sha256).map(drop).map_err(asked)
}

/// What a page sent.
fn asked(error: OutOfBounds) -> Failure {
    Refused::because(Refusal::BodyMalformed, error.to_string()).into()
}
