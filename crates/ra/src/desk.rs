//! What the desk must hear of without asking: work that was given up or keeps failing, and tickets that timers opened.

use domain::actor::{Actor, Role};
use domain::ids::{AgentId, CertificateId, EffectId, RequestId, StaffId};
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp};
use store::Tx;
use store::outbox::{EffectRow, EffectState, OutboxRow};

use crate::failure::Failure;
use crate::setup::{Moment, Ra};

/// Something that will not right itself, or does not yet.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The work; none for a ticket.
    pub effect_id: Option<EffectId>,
    /// `issue`, `notify`, `publish-crl`, ... or the ticket's word: `mail-overdue`.
    pub kind: String,
    /// The request it is about.
    pub request_id: Option<RequestId>,
    /// The certificate that a letter is about.
    pub certificate_id: Option<CertificateId>,
    /// When it was due, or when the ticket was opened.
    pub since: Timestamp,
    /// When it is tried next, where it was not given up.
    pub next_try: Option<Timestamp>,
    /// Why the last try failed.
    pub error: Option<String>,
}

impl Ra {
    /// Work that was given up or keeps failing, and open tickets of the actor's agent, oldest first. The house's own work is for those
    /// who look after the house.
    ///
    /// # Errors
    /// Refused for anyone but the agent's staff, and for branch clerks.
    pub fn troubles(&self, actor: &Actor) -> Result<Vec<Trouble>, Failure> {
        let Actor::Staff { agent_id, ref roles, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        // guard: troubles-read-by-role
        if roles.iter().all(|role| *role == Role::BranchClerk) {
            return Err(Refusal::RoleMissing.into());
        }
        let troubles = self.0.store.read(|tx| -> Result<_, store::Error> {
            let mut troubles = Vec::new();
            let mut rows = store::outbox::stuck(tx)?;
            rows.extend(store::outbox::failing(tx)?);
            for row in rows {
                if concerns(actor, agent_of(tx, &row.effect)?) {
                    troubles.push(Trouble::of(row));
                }
            }
            for ticket in store::tickets::open_of_agent(tx, agent_id)? {
                troubles.push(Trouble {
                    effect_id: None,
                    kind: ticket.kind,
                    request_id: Some(ticket.request_id),
                    certificate_id: None,
                    since: ticket.opened_at,
                    next_try: None,
                    error: None,
                });
            }
            Ok(troubles)
        })?;
        let mut troubles = troubles;
        troubles.sort_by_key(|trouble| trouble.since);
        Ok(troubles)
    }

    /// Has work that was given up, or that failed and waits, tried again, now.
    ///
    /// # Errors
    /// Refused without a role that may, as not found for work that the actor does not see, or when it is neither.
    pub fn try_again(&self, actor: &Actor, id: EffectId, at: &mut Moment<'_>) -> Result<(), Failure> {
        let found = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let Some(row) = store::outbox::by_id(tx, id)? else { return Ok(None) };
            let agent = agent_of(tx, &row.effect)?;
            Ok(Some((row, agent)))
        })?;
        let (row, agent) = found.ok_or(Refusal::NotFound)?;
        let object = row.effect.request_id.map_or_else(|| "server".to_owned(), |id| format!("request:{id}"));
        let entry = Entry {
            at: at.now,
            actor: actor.clone(),
            object: object.clone(),
            event: Event::EffectRetried { kind: row.effect.kind.clone() },
        };
        self.attempt(actor, &object, "try-again", at, |ra, at| {
            if !concerns(actor, agent) {
                return Err(Refusal::NotFound.into());
            }
            let of_agent = [Role::Operator, Role::SecurityOfficer, Role::Support, Role::CaAdministrator];
            let may = if agent.is_some() { &of_agent[..] } else { &[Role::CaAdministrator] };
            // guard: work-again-by-role
            if !may.iter().any(|role| actor.has(*role)) {
                return Err(Refusal::RoleMissing.into());
            }
            let waits = row.state == EffectState::Pending && row.last_error.is_some();
            if row.state != EffectState::Stuck && !waits {
                return Err(Refusal::StageDoesNotAllow.into());
            }
            let now = at.now;
            ra.0.store.write(move |tx| {
                store::outbox::try_again(tx, id, now)?;
                store::journal::append(tx, &entry)
            })?;
            ra.wake();
            Ok(())
        })
    }

    /// Takes a member's token out of use; said twice is fine.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator of the member's agent, and for an unknown member.
    pub fn disable_staff(&self, actor: &Actor, id: StaffId, at: &mut Moment<'_>) -> Result<(), Failure> {
        // guard: staff-ended-by-role
        self.member_of_agent(actor, id)?;
        let entry =
            Entry { at: at.now, actor: actor.clone(), object: format!("staff:{id}"), event: Event::StaffDisabled };
        let now = at.now;
        self.0.store.write(move |tx| {
            store::staff::disable(tx, id, now)?;
            store::journal::append(tx, &entry)
        })?;
        Ok(())
    }
}

/// The agent whose object a piece of work is about; none where it is the house's own: authorities and their CRLs are every agent's.
fn agent_of(tx: &mut Tx<'_>, effect: &EffectRow) -> Result<Option<AgentId>, store::Error> {
    if let Some(id) = effect.request_id {
        return Ok(store::requests::by_id(tx, id)?.map(|request| request.agent_id));
    }
    if let Some(id) = named(effect, "certificate") {
        return Ok(store::certificates::by_id(tx, id)?.map(|certificate| certificate.agent_id));
    }
    if let Some(id) = named(effect, "inquiry") {
        return Ok(store::inquiries::by_id(tx, id)?.map(|inquiry| inquiry.agent_id));
    }
    Ok(None)
}

/// The id that a piece of work has in a field of what it needs.
fn named<T: std::str::FromStr>(effect: &EffectRow, field: &str) -> Option<T> {
    let payload: serde_json::Value = serde_json::from_str(&effect.payload).unwrap_or_default();
    payload.get(field)?.as_str()?.parse().ok()
}

/// Whether this member of staff has to do with work about an agent's object, or about none.
fn concerns(actor: &Actor, agent: Option<AgentId>) -> bool {
    let Actor::Staff { agent_id, roles, .. } = actor else { return false };
    match agent {
        // guard: agents-own-work
        Some(agent) => agent == *agent_id,
        // guard: house-work-by-role
        None => roles.iter().any(|role| matches!(role, Role::CaAdministrator | Role::Auditor)),
    }
}

impl Trouble {
    fn of(row: OutboxRow) -> Self {
        let (since, next_try) = match row.state {
            EffectState::Pending => (row.effect.id.made_at(), Some(row.effect.due_at)),
            EffectState::Stuck | EffectState::Done => (row.effect.due_at, None),
        };
        Self {
            effect_id: Some(row.effect.id),
            certificate_id: named(&row.effect, "certificate"),
            kind: row.effect.kind,
            request_id: row.effect.request_id,
            since,
            next_try,
            error: row.last_error,
        }
    }
}
