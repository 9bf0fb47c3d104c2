//! Keys on a client's own medium: what the record says of each that the component read there, and the ticket under which it deletes one that
//! nothing needs any more. What a medium holds is the word of the client's machine; nothing of it is kept.

use domain::actor::Actor;
use domain::certificate::{Certificate, Standing};
use domain::ids::{AgentId, RequestId, SubscriberId, Unz};
use domain::request::Request;
use domain::{Refusal, Timestamp};
use statement::bounded::Hex;
use statement::message::{Certificates, HeldCertificate};

use crate::act_file::holder;
use crate::cards::both_notations;
use crate::component::{Asked, TicketIssued, Wish};
use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};

/// What names a key on a medium: our component tells the SHA-256 of the canonical SubjectPublicKeyInfo.
pub type KeyId = Hex<1, 64>;

/// A medium of a client's, as their component read it.
#[derive(Clone, Debug)]
pub struct OwnMedium {
    /// Its serial number.
    pub serial: Option<String>,
    /// Its certificates.
    pub certificates: Vec<CertificateOnMedium>,
    /// Its keys without a certificate.
    pub lone_keys: Vec<KeyOnMedium>,
}

/// A certificate on a medium.
#[derive(Clone, Debug)]
pub struct CertificateOnMedium {
    /// Whose it is: the common name, where it has one.
    pub holder: String,
    /// Issuer, printed.
    pub issuer: String,
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial_hex: String,
    /// The same in decimal.
    pub serial_decimal: String,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Key algorithm and parameter set.
    pub algorithm: String,
    /// Whether its private key is there too.
    pub has_key: bool,
    /// How it stands, where it is one of this person's.
    pub standing: Option<Standing>,
}

/// A key without a certificate on a medium.
#[derive(Clone, Debug)]
pub struct KeyOnMedium {
    /// What names it.
    pub key_id: KeyId,
    /// Word of its algorithm.
    pub algorithm: String,
    /// What the record says of it.
    pub standing: KeyStanding,
}

/// What the record says of a key that has no certificate beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyStanding {
    /// A request that has not ended waits for the certificate of this key; which one, where it is not another organisation's.
    Awaited(Option<OwnRequest>),
    /// A certificate of this key has not ended: it is only not on the medium.
    Certified(Standing),
    /// What it was made for has ended.
    Left(Option<OwnRequest>),
    /// Nothing of this person's names it.
    Unknown {
        /// A request that has not ended showed no key that could be compared with this one.
        may_be_awaited: bool,
    },
}

/// A request of whoever asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnRequest {
    /// Its id.
    pub id: RequestId,
    /// УНЗ, from ACCEPTED on.
    pub unz: Option<Unz>,
}

impl KeyStanding {
    /// Whether the loss of the key would cost a request or a certificate that has not ended.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        match self {
            Self::Awaited(_) | Self::Certified(_) => true,
            Self::Left(_) | Self::Unknown { .. } => false,
        }
    }
}

impl Ra {
    /// A ticket under which the component reads a medium.
    ///
    /// # Errors
    /// Refused for anyone but a subscriber who came by certificate, and for a session that is none.
    pub fn key_list_ticket(
        &self,
        actor: &Actor,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        let (id, agent) = whose(actor)?;
        self.attempt(actor, &format!("subscriber:{id}"), "list-keys", at, |ra, at| {
            ra.ticket_of(agent, Some(id), Wish::ListCertificates, session_sha256, at)
        })
    }

    /// What the component read under a ticket, with what the record says of it.
    ///
    /// # Errors
    /// Refused as the ticket is, and for what is no certificate.
    pub fn medium_read(
        &self,
        actor: &Actor,
        nonce: &str,
        told: &Certificates,
        at: &mut Moment<'_>,
    ) -> Result<OwnMedium, Failure> {
        let (id, _) = whose(actor)?;
        self.attempt(actor, &format!("subscriber:{id}"), "list-keys", at, |ra, at| {
            // Nothing is kept of what was read: it may be looked at again.
            ra.take_ticket(nonce, Asked::OfClient(id, LIST_CERTIFICATES), true, at)?;
            let record = ra.record_of_person(id)?;
            let mut certificates = Vec::new();
            for held in told.certificates.as_slice() {
                certificates.push(record.certificate(held, at.now)?);
            }
            let mut lone_keys = Vec::new();
            for key in told.lone_keys.as_slice() {
                lone_keys.push(KeyOnMedium {
                    key_id: key.key_id.clone(),
                    algorithm: key.algorithm.as_str().to_owned(),
                    standing: ra.key_standing(actor, &record, &key.key_id, at)?,
                });
            }
            let serial = told.serial.as_ref().map(|serial| serial.as_str().to_owned());
            Ok(OwnMedium { serial, certificates, lone_keys })
        })
    }

    /// What the record says of a key that lies on a medium without a certificate.
    ///
    /// # Errors
    /// Refused for anyone but a subscriber who came by certificate.
    pub fn key_on_medium(&self, actor: &Actor, key_id: &KeyId, at: &mut Moment<'_>) -> Result<KeyStanding, Failure> {
        let (id, _) = whose(actor)?;
        self.attempt(actor, &format!("subscriber:{id}"), "delete-key", at, |ra, at| {
            ra.key_standing(actor, &ra.record_of_person(id)?, key_id, at)
        })
    }

    /// A ticket under which the component deletes a key.
    ///
    /// # Errors
    /// Refused for anyone but a subscriber who came by certificate, and for a key that a request or a certificate of theirs needs.
    pub fn key_deletion_ticket(
        &self,
        actor: &Actor,
        key_id: &KeyId,
        session_sha256: &str,
        at: &mut Moment<'_>,
    ) -> Result<TicketIssued, Failure> {
        let (id, agent) = whose(actor)?;
        self.attempt(actor, &format!("subscriber:{id}"), "delete-key", at, |ra, at| {
            // guard: needed-key-stays
            if ra.key_standing(actor, &ra.record_of_person(id)?, key_id, at)?.is_needed() {
                return Err(Refusal::KeyNeeded.into());
            }
            let wish = Wish::DeleteKey { key_id: key_id.as_str().to_owned() };
            ra.ticket_of(agent, Some(id), wish, session_sha256, at)
        })
    }

    /// The component says that it deleted the key of a ticket.
    ///
    /// # Errors
    /// Refused as the ticket is.
    pub fn key_deleted(&self, actor: &Actor, nonce: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        let (id, _) = whose(actor)?;
        self.attempt(actor, &format!("subscriber:{id}"), "delete-key", at, |ra, at| {
            // A second click says the same: the component deletes once.
            ra.take_ticket(nonce, Asked::OfClient(id, DELETE_KEY), true, at).map(drop)
        })
    }

    fn key_standing(
        &self,
        actor: &Actor,
        record: &Record,
        key_id: &KeyId,
        at: &mut Moment<'_>,
    ) -> Result<KeyStanding, Failure> {
        let Some(hash) = hash_of(key_id) else {
            // Named otherwise than by the key itself: the record has nothing to compare it with.
            return Ok(KeyStanding::Unknown { may_be_awaited: record.open().next().is_some() });
        };
        let awaits = |request: &&Request| request.stage.key().is_some_and(|key| key.spki_sha256 == hash);
        if let Some(request) = record.open().find(awaits) {
            return Ok(KeyStanding::Awaited(self.own_request(actor, request, at)?));
        }
        let now = at.now;
        let of_key = record.certificates.iter().filter(|certificate| certificate.spki_sha256 == hash);
        let standings: Vec<Standing> = of_key.map(|certificate| certificate.standing(now)).collect();
        if let Some(standing) = standings.iter().copied().find(|standing| !has_ended(*standing)) {
            return Ok(KeyStanding::Certified(standing));
        }
        let owner = self.0.store.read(move |tx| store::keys::seen(tx, &hash))?;
        let owner = owner.and_then(|owner| owner.request_id);
        match record.requests.iter().find(|request| Some(request.id) == owner) {
            Some(request) => Ok(KeyStanding::Left(self.own_request(actor, request, at)?)),
            None if !standings.is_empty() => Ok(KeyStanding::Left(None)),
            None => {
                let may_be_awaited = record.open().any(|request| request.stage.key().is_none());
                Ok(KeyStanding::Unknown { may_be_awaited })
            }
        }
    }

    /// The request, where it is of whoever asks and not of another organisation that they sign for.
    fn own_request(
        &self,
        actor: &Actor,
        request: &Request,
        at: &mut Moment<'_>,
    ) -> Result<Option<OwnRequest>, Failure> {
        if actor.subscriber_id() != Some(request.subscriber_id) {
            return Ok(None);
        }
        Ok(Some(OwnRequest { id: request.id, unz: self.request(actor, request.id, at)?.unz }))
    }

    fn record_of_person(&self, id: SubscriberId) -> Result<Record, Failure> {
        Ok(self.0.store.read(move |tx| -> Result<_, store::Error> {
            let mut everybody = store::same_person::all_of(tx, id)?;
            if !everybody.contains(&id) {
                everybody.push(id);
            }
            let mut record = Record::default();
            for person in everybody {
                record.requests.extend(store::requests::of_subscriber(tx, person)?);
                record.certificates.extend(store::certificates::of_subscriber(tx, person)?);
            }
            Ok(record)
        })?)
    }
}

/// All that is on record of a person, under every organisation that they sign for: one smart key may serve several.
#[derive(Default)]
struct Record {
    requests: Vec<Request>,
    certificates: Vec<Certificate>,
}

impl Record {
    /// Requests that have not ended.
    fn open(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|request| !request.stage.name().is_end())
    }

    fn certificate(&self, held: &HeldCertificate, now: Timestamp) -> Result<CertificateOnMedium, Failure> {
        let certificate = crypto::Certificate::from_der(held.certificate.octets())
            .map_err(|error| Refused::because(Refusal::BodyMalformed, error.to_string()))?;
        let thumbprint = certificate.thumbprint_sha256();
        let known = self.certificates.iter().find(|known| known.thumbprint_sha256 == thumbprint);
        let (serial_hex, serial_decimal) = both_notations(&hex::encode(certificate.serial()))?;
        Ok(CertificateOnMedium {
            holder: holder(&certificate),
            issuer: certificate.issuer().to_string(),
            serial_hex,
            serial_decimal,
            // The last second of its life counts whole, as everywhere on record.
            not_after: Timestamp(Timestamp::from_seconds(certificate.not_after()).0.saturating_add(999)),
            algorithm: certificate.public_key().algorithm().to_string(),
            has_key: held.has_key,
            standing: known.map(|known| known.standing(now)),
        })
    }
}

/// Whoever is signed in, and their agent.
fn whose(actor: &Actor) -> Result<(SubscriberId, AgentId), Failure> {
    match (actor.subscriber_id(), actor.agent_id()) {
        (Some(id), Some(agent)) => Ok((id, agent)),
        _ => Err(Refusal::SignInRequired.into()),
    }
}

/// The key's own hash, where that is what names it.
fn hash_of(key_id: &KeyId) -> Option<[u8; 32]> {
    hex::decode(key_id.as_str()).ok()?.try_into().ok()
}

/// Whether a certificate will never be good again.
fn has_ended(standing: Standing) -> bool {
    match standing {
        Standing::Revoked | Standing::Superseded | Standing::Expired => true,
        Standing::NotYetValid | Standing::Pending | Standing::Active | Standing::Blocked | Standing::Hold => false,
    }
}

/// Words of operations of the component.
const LIST_CERTIFICATES: &str = "list-certificates";
const DELETE_KEY: &str = "delete-key";
