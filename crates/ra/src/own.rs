//! What a subscriber sees of their own: the person on record, the certificates, the journal; and the end of a sign-in.

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Actor;
use domain::ids::{AgentId, OwnerId};
use domain::subscriber::Contact;

use crate::cards::{CertificateCard, certificate_card};
use crate::failure::Failure;
use crate::setup::{Moment, Ra};

/// The person who is signed in, as the bank's record has them.
#[derive(Clone, Debug)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// «Идентификатор владельца сертификата».
    pub owner_id: OwnerId,
    /// The organisation the person acts for.
    pub organisation: Option<String>,
    /// Phone and e-mail on record.
    pub contact: Contact,
    /// The certificate that was proved at sign-in; none: it was made by password.
    pub certificate: Option<CertificateCard>,
}

/// One row of a person's own journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnEvent {
    /// When.
    pub at: Timestamp,
    /// The event's word.
    pub kind: String,
    /// УНЗ of the request it is about, if it is about one.
    pub unz: Option<String>,
    /// Whether the person did it.
    pub by_self: bool,
}

/// Most rows of one's own journal that are shown, the newest ones.
const OWN_EVENTS: usize = 300;

/// Begin the journal's spelling of whoever holds a mailed link, the person the letter went to, and of whoever asked at the public door.
const ONESELF: [&str; 2] = ["link-holder:", "applicant:"];

impl Ra {
    /// The person who is signed in.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn person(&self, actor: &Actor, at: &mut Moment<'_>) -> Result<Person, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let subscriber = self.subscriber_of(id)?;
        let organisation = match subscriber.organisation_id {
            Some(id) => self.0.store.read(move |tx| store::organisations::by_id(tx, id))?,
            None => None,
        };
        let certificate = match *actor {
            Actor::Subscriber { certificate_id, .. } => {
                Some(certificate_card(&self.certificate_of(certificate_id)?, at.now)?)
            }
            _ => None,
        };
        Ok(Person {
            name: subscriber.name.nominative,
            owner_id: subscriber.owner_id,
            organisation: organisation.map(|organisation| organisation.name),
            contact: subscriber.contact,
            certificate,
        })
    }

    /// The person's certificates, newest first.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn certificates_of(&self, actor: &Actor, at: &mut Moment<'_>) -> Result<Vec<CertificateCard>, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let mut rows = self.0.store.read(move |tx| store::certificates::of_subscriber(tx, id))?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.not_before));
        let card = |row| {
            let allowed = self.own_steps(actor, row, at.now);
            Ok(CertificateCard { allowed, ..certificate_card(row, at.now)? })
        };
        rows.iter().map(card).collect()
    }

    /// The newest rows of the journal about the person, their requests and certificates, of the kinds that are shown to them.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn own_journal(&self, actor: &Actor, shown: &[&str]) -> Result<Vec<OwnEvent>, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let myself = format!("subscriber:{id}");
        let mut events = self.0.store.read(|tx| -> Result<_, store::Error> {
            let mut objects = vec![(myself.clone(), None)];
            for request in store::requests::of_subscriber(tx, id)? {
                objects.push((format!("request:{}", request.id), Some(request.unz.to_string())));
            }
            for certificate in store::certificates::of_subscriber(tx, id)? {
                objects.push((format!("certificate:{}", certificate.id), None));
            }
            let mut events = Vec::new();
            for (object, unz) in &objects {
                let rows = store::journal::of_object(tx, object)?.into_iter();
                // Before anything is cut off, so that what is not shown takes nobody's place.
                events.extend(rows.filter(|row| shown.contains(&row.kind.as_str())).map(|row| OwnEvent {
                    at: row.at,
                    kind: row.kind,
                    unz: unz.clone(),
                    by_self: row.actor.starts_with(&myself) || ONESELF.iter().any(|kind| row.actor.starts_with(kind)),
                }));
            }
            Ok(events)
        })?;
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events.truncate(OWN_EVENTS);
        Ok(events)
    }

    /// The agent of a sign-in, whatever has become of it or its certificate since: whoever is told no reads whom to ask.
    ///
    /// # Errors
    /// When the database fails.
    pub fn agent_of_sign_in(&self, token: &str) -> Result<Option<AgentId>, Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        let session = self.0.store.read(move |tx| store::sessions::by_token_sha256(tx, &token_sha256))?;
        Ok(session.map(|session| session.agent_id))
    }

    /// Ends a sign-in; one that has ended already is fine.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sign_out(&self, token: &str) -> Result<(), Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        Ok(self.0.store.write(move |tx| store::sessions::remove(tx, &token_sha256))?)
    }
}
