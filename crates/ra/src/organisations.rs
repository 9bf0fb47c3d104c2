//! One person, several organisations. A signatory's record, name in the certificate and identifier belong to one organisation; that two of
//! them are one person is shown by both certificates, one after the other in one visit, never by a name alone. Then the person looks at each
//! from any sign-in, and signs for each by its own certificate.

use domain::actor::Actor;
use domain::ids::SubscriberId;
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp};
use store::views::desk::folded;

use crate::failure::Failure;
use crate::setup::{Moment, Ra};

/// Whom a person acts for, as one signatory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActsFor {
    /// The signatory.
    pub subscriber_id: SubscriberId,
    /// The organisation and its ИНН; none: for themselves.
    pub organisation: Option<(String, String)>,
    /// Whether this is the one that is looked at.
    pub is_chosen: bool,
}

/// Another sign-in in place of the one before.
pub struct Chosen {
    /// The token of the cookie: 64 hexadecimal digits, stored hashed.
    pub token: String,
    /// Until when it is good: as long as the one before was.
    pub expires_at: Timestamp,
}

impl Ra {
    /// Whom the person who is signed in acts for; the one that is looked at is always among them.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn acts_for(&self, actor: &Actor) -> Result<Vec<ActsFor>, Failure> {
        let own = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let rows = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let mut all = store::same_person::all_of(tx, own)?;
            if all.is_empty() {
                all.push(own);
            }
            let mut rows = Vec::new();
            for id in all {
                let organisation_id = store::subscribers::by_id(tx, id)?.and_then(|person| person.organisation_id);
                let organisation = match organisation_id {
                    Some(id) => store::organisations::by_id(tx, id)?,
                    None => None,
                };
                rows.push(ActsFor {
                    subscriber_id: id,
                    organisation: organisation.map(|found| (found.name, found.inn.as_str().to_owned())),
                    is_chosen: id == own,
                });
            }
            Ok(rows)
        })?;
        Ok(rows)
    }

    /// Two signatories who have both signed in by certificate are one person from now on.
    ///
    /// # Errors
    /// Refused for anybody who came otherwise, for signatories of two agents, and where the bank's records have two names.
    pub fn join_organisations(&self, one: &Actor, other: &Actor, at: &mut Moment<'_>) -> Result<(), Failure> {
        let Actor::Subscriber { id: joined, agent_id, .. } = *other else {
            return Err(Refusal::CertificateSignInNeeded.into());
        };
        let id = one.subscriber_id().ok_or(Refusal::SignInRequired)?;
        self.attempt(one, &object(id), "join-organisations", at, |ra, at| {
            let (person, same) = (ra.subscriber_of(id)?, ra.subscriber_of(joined)?);
            // Whoever lends a smart key to a colleague for a minute has not become them.
            let has_one_name = folded(&person.name.nominative) == folded(&same.name.nominative);
            // guard: joined-person-is-one
            if one.agent_id() != Some(agent_id) || !has_one_name {
                return Err(Refusal::SignerNotOwner.into());
            }
            if id == joined || ra.is_one_person(id, joined)? {
                return Ok(());
            }
            let now = at.now;
            let entry = |actor: &Actor, about: SubscriberId, with: SubscriberId| Entry {
                at: now,
                actor: actor.clone(),
                object: object(about),
                event: Event::OrganisationsJoined { subscriber_id: with.to_string() },
            };
            let entries = [entry(one, id, joined), entry(other, joined, id)];
            let written = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::same_person::join(tx, id, joined, now)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            });
            match written {
                // The other click was faster.
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                written => Ok(written?),
            }
        })
    }

    /// Looks at another organisation of the same person. The sign-in is another one: by the certificate of that organisation it signs, by
    /// any other it looks.
    ///
    /// # Errors
    /// Refused as not found for an organisation that is not the person's.
    pub fn choose_organisation(
        &self,
        actor: &Actor,
        token: &str,
        wanted: SubscriberId,
        at: &mut Moment<'_>,
    ) -> Result<Chosen, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        self.journaled(actor, &object(id), "choose-organisation", at, |ra, at| {
            // guard: chosen-organisation-is-ones-own
            if wanted != id && !ra.is_one_person(id, wanted)? {
                return Err(Refusal::NotFound.into());
            }
            if ra.subscriber_of(wanted)?.barred {
                return Err(Refusal::SubscriberBarred.into());
            }
            let before = crypto::sha256(token.as_bytes());
            let session = ra.0.store.read(move |tx| store::sessions::by_token_sha256(tx, &before))?;
            let session = session.filter(|session| session.subscriber_id == id).ok_or(Refusal::SignInRequired)?;
            let (token, expires_at) = (hex::encode(at.octets::<32>()), session.expires_at);
            let token_sha256 = crypto::sha256(token.as_bytes());
            let event = Event::OrganisationChosen { subscriber_id: id.to_string() };
            let entry = Entry { at: at.now, actor: actor.clone(), object: object(wanted), event };
            let written = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::sessions::turn_to(tx, wanted, &before, &token_sha256)?;
                store::journal::append(tx, &entry)
            });
            match written {
                // It has ended since it was read; choosing does not open it again.
                Err(store::Error::Conflict { .. }) => Err(Refusal::SignInRequired.into()),
                written => Ok(written.map(|()| Chosen { token, expires_at })?),
            }
        })
    }

    /// The signatory who is signed in is nobody else any more; sign-ins of others at it, and its own elsewhere, end.
    ///
    /// # Errors
    /// Refused for anybody who did not come by the certificate of that organisation.
    pub fn leave_organisations(&self, actor: &Actor, token: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        self.attempt(actor, &object(id), "leave-organisations", at, |ra, at| {
            let kept = crypto::sha256(token.as_bytes());
            let entry = Entry { at: at.now, actor: actor.clone(), object: object(id), event: Event::OrganisationsLeft };
            ra.0.store.write(move |tx| -> Result<(), store::Error> {
                for other in store::same_person::all_of(tx, id)? {
                    store::sessions::remove_by_password(tx, other)?;
                }
                store::sessions::remove_others(tx, id, &kept)?;
                store::same_person::leave(tx, id)?;
                store::journal::append(tx, &entry)
            })?;
            Ok(())
        })
    }

    pub(crate) fn is_one_person(&self, one: SubscriberId, other: SubscriberId) -> Result<bool, Failure> {
        Ok(self.0.store.read(move |tx| store::same_person::all_of(tx, one))?.contains(&other))
    }
}

fn object(id: SubscriberId) -> String {
    format!("subscriber:{id}")
}
