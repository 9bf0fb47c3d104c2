//! The bank's clients as the desk sees them: people with their certificates, requests and powers, and organisations with their people.

use domain::Refusal;
use domain::actor::Actor;
use domain::agent::SubscriberPassword;
use domain::ids::{OrganisationId, SubscriberId};
use domain::subscriber::{Organisation, Subscriber};
use store::requests;
use store::views::desk::{self, OrganisationRow, PersonRow};

use crate::by_hand::{DeskEvent, may_bar};
use crate::cards::{CertificateCard, RequestCard, certificate_card};
use crate::failure::Failure;
use crate::setup::{Moment, Ra};
use crate::subscriber_password::{OwnPassword, may_hand_out};

/// A person as the desk sees them.
#[derive(Clone, Debug)]
pub struct DeskPerson {
    /// The record.
    pub record: Subscriber,
    /// The organisation the person acts for.
    pub organisation: Option<Organisation>,
    /// Certificates, newest first.
    pub certificates: Vec<CertificateCard>,
    /// Requests, newest first.
    pub requests: Vec<RequestCard>,
    /// What happened to the record, newest first.
    pub history: Vec<DeskEvent>,
    /// How their password stands.
    pub password: OwnPassword,
    /// Whether this member of staff may hand out a password that is good once.
    pub may_hand_out: bool,
    /// Whether this member of staff may bar the person, or lift that.
    pub may_bar: bool,
}

/// Most certificates or requests of one person that are shown.
const SHOWN: usize = 50;
/// Most people of one organisation that are shown.
const PEOPLE: i64 = 200;

impl Ra {
    /// A page of the agent's people by name. `beginning` of a name may be empty; `after` is the last one of the page before.
    ///
    /// # Errors
    /// Refused for anyone but staff.
    pub fn people(
        &self,
        actor: &Actor,
        beginning: &str,
        after: Option<(String, SubscriberId)>,
        limit: i64,
    ) -> Result<Vec<PersonRow>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let beginning = desk::folded(beginning);
        let after = after.as_ref().map(|(folded, id)| (folded.as_str(), *id));
        Ok(self.0.store.read(|tx| desk::people(tx, agent_id, &beginning, after, limit))?)
    }

    /// A page of the agent's organisations by name. A part of the name, or an ИНН, may be empty.
    ///
    /// # Errors
    /// Refused for anyone but staff.
    pub fn organisations(
        &self,
        actor: &Actor,
        typed: &str,
        after: Option<(String, OrganisationId)>,
        limit: i64,
    ) -> Result<Vec<OrganisationRow>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit()) {
            let found = self.0.store.read(|tx| store::organisations::by_inn(tx, agent_id, &digits))?;
            return Ok(found.into_iter().map(row_of).collect());
        }
        let part = desk::folded(typed);
        let after = after.as_ref().map(|(folded, id)| (folded.as_str(), *id));
        Ok(self.0.store.read(|tx| desk::organisations(tx, agent_id, &part, after, limit))?)
    }

    /// A person with everything that hangs on them.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of their agent.
    pub fn desk_person(&self, actor: &Actor, id: SubscriberId, at: &mut Moment<'_>) -> Result<DeskPerson, Failure> {
        let record = self.subscriber_of_agent(actor, id)?;
        let organisation_id = record.organisation_id;
        let password = self.password_of(id, Some(record.agent_id))?;
        let (organisation, mut certificates, requests) = self.0.store.read(|tx| -> Result<_, store::Error> {
            let organisation = match organisation_id {
                Some(id) => store::organisations::by_id(tx, id)?,
                None => None,
            };
            Ok((organisation, store::certificates::of_subscriber(tx, id)?, requests::of_subscriber(tx, id)?))
        })?;
        certificates.sort_by_key(|row| std::cmp::Reverse(row.not_before));
        Ok(DeskPerson {
            organisation,
            certificates: certificates
                .iter()
                .take(SHOWN)
                .map(|row| certificate_card(row, at.now))
                .collect::<Result<_, _>>()?,
            requests: requests
                .iter()
                .take(SHOWN)
                .map(|request| self.request(actor, request.id, at))
                .collect::<Result<_, _>>()?,
            history: self.history(&format!("subscriber:{id}"))?,
            may_hand_out: password.offered != SubscriberPassword::None && may_hand_out(actor).is_ok() && !record.barred,
            password,
            may_bar: may_bar(actor).is_ok() && !self.own_records(actor)?.contains(&id),
            record,
        })
    }

    /// An organisation and its people.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn desk_organisation(
        &self,
        actor: &Actor,
        id: OrganisationId,
    ) -> Result<(Organisation, Vec<PersonRow>), Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::NotFound.into()) };
        let found = self.0.store.read(move |tx| store::organisations::by_id(tx, id))?;
        // guard: agents-own-organisations
        let organisation = found.filter(|found| found.agent_id == agent_id).ok_or(Refusal::NotFound)?;
        let people = self.0.store.read(move |tx| desk::people_of(tx, id, PEOPLE))?;
        Ok((organisation, people))
    }
}

fn row_of(organisation: Organisation) -> OrganisationRow {
    OrganisationRow {
        id: organisation.id,
        folded: desk::folded(&organisation.name),
        name: organisation.name,
        inn: organisation.inn.as_str().to_owned(),
        city: organisation.city,
    }
}
