//! Reminders. Those of a certificate's end are found by looking for the ends that have come near since the last look; those of an act are
//! rows of the outbox from the day it is drawn. Whether one is still needed is asked when its letter is written, not when it is planned.

use domain::Timestamp;
use domain::agent::Agent;
use domain::certificate::{Certificate, Standing};
use domain::ids::{CertificateId, EffectId};
use domain::procedure::{ActDrawn, ActGate, Span};
use domain::request::StageName;
use domain::request::decide::Notice;
use domain::request::mover::{Mover, next_mover};
use domain::time::MINUTE_MS;
use store::outbox::EffectRow;

use crate::change::Loaded;
use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

/// Between two looks: a reminder that counts days may be a minute late.
const BETWEEN_LOOKS_MS: i64 = MINUTE_MS;
/// Letters planned in one transaction, so that nobody waits long behind the morning after a week without a server.
const PLANNED_AT_ONCE: usize = 500;

impl Ra {
    /// Plans the reminders of certificates whose ends have come near since the last look. A crash before the look is recorded plans
    /// them once more under the same keys, which changes nothing.
    pub(crate) fn remind(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        for agent in &self.0.agents {
            let (id, now) = (agent.id, at.now);
            let looked = self.0.store.read(move |tx| store::reminders::looked_at(tx, id))?;
            // What was near before anybody looked is told at its next reminder.
            if let Some(looked) = looked {
                if now.0.saturating_sub(looked.0) < BETWEEN_LOOKS_MS {
                    continue;
                }
                self.plan_reminders(agent, looked, at)?;
                store::kill::point("ra.reminders.planned");
            }
            self.0.store.write(move |tx| store::reminders::set_looked_at(tx, id, now))?;
        }
        Ok(())
    }

    fn plan_reminders(&self, agent: &Agent, looked: Timestamp, at: &mut Moment<'_>) -> Result<(), Error> {
        let Some(procedure) = self.first_that_wants(agent, Notice::Expiry) else { return Ok(()) };
        let (calendar, now) = (&agent.calendar, at.now);
        let mut spans = procedure.reminders(Notice::Expiry).to_vec();
        spans.sort_by_key(|span| span.reach(now, calendar));
        // What came near in two ways since the last look is told in the nearer one.
        let mut nearer = now;
        for span in spans {
            let reach = span.reach(now, calendar);
            let (agent_id, after) = (agent.id, span.reach(looked, calendar).max(nearer));
            nearer = nearer.max(reach);
            let ending = self.0.store.read(move |tx| store::reminders::ending(tx, agent_id, after, reach))?;
            for some in ending.chunks(PLANNED_AT_ONCE) {
                let rows: Vec<_> = some.iter().map(|id| expiry_row(*id, span, &procedure.name, at)).collect();
                self.0.store.write(move |tx| rows.iter().try_for_each(|row| store::outbox::enqueue(tx, row)))?;
            }
        }
        Ok(())
    }

    /// Whether its holder must hear once more that the certificate ends: it is in use, nothing follows it, and the bank is not already
    /// working on what will.
    pub(crate) fn must_still_remind(
        &self,
        certificate: &Certificate,
        before: Span,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        if certificate.standing(now) != Standing::Active || certificate.superseded_from.is_some() {
            return Ok(false);
        }
        let agent = self.known_agent(certificate.agent_id)?;
        let wanted = self.first_that_wants(agent, Notice::Expiry).is_some_and(|procedure| {
            procedure.reminders(Notice::Expiry).contains(&before)
                && !procedure.is_overtaken(Notice::Expiry, before, certificate.not_after, now, &agent.calendar)
        });
        if !wanted || self.subscriber_of(certificate.subscriber_id)?.barred {
            return Ok(false);
        }
        let subscriber_id = certificate.subscriber_id;
        let open = self.0.store.read(move |tx| store::requests::open_of_subscriber(tx, subscriber_id))?;
        for request in open.iter().filter(|request| request.predecessor == Some(certificate.id)) {
            let offered = self.offered(&request.procedure, &request.procedure_sha256)?;
            if next_mover(request, &offered.procedure) != Mover::Client {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the client must hear that the bank waits for the act.
    pub(crate) fn act_is_awaited(&self, loaded: &Loaded, before: Span, now: Timestamp) -> Result<bool, Failure> {
        use domain::act::Act;
        let due = match &loaded.request.act {
            Act::Drawn { due: Some(due), .. } | Act::ClientSigned { due: Some(due), .. } if now < *due => *due,
            Act::None
            | Act::Drawn { .. }
            | Act::ClientSigned { .. }
            | Act::BankSigned { .. }
            | Act::Received { .. }
            | Act::Overdue { .. } => return Ok(false),
        };
        // Who has not taken the certificate has no act to bring yet: what he must do is in the letter with the link.
        let rule = loaded.offered.procedure.act.as_ref();
        let untaken = loaded.request.stage.name() == StageName::Issued
            && rule.is_some_and(|rule| rule.gate == ActGate::BeforeActivation && rule.drawn == ActDrawn::AtIssue);
        // A draft that was never handed in is forgotten in silence.
        let over = loaded.request.stage.submitted().is_none();
        let dead = loaded
            .certificate
            .as_ref()
            .is_some_and(|certificate| matches!(certificate.standing(now), Standing::Revoked | Standing::Expired));
        let calendar = &self.known_agent(loaded.request.agent_id)?.calendar;
        let overtaken = loaded.offered.procedure.is_overtaken(Notice::Act, before, due, now, calendar);
        Ok(!over && !untaken && !dead && !overtaken)
    }
}

/// One reminder of a certificate's end. Its key is what makes it the only one.
fn expiry_row(certificate: CertificateId, before: Span, procedure: &str, at: &mut Moment<'_>) -> EffectRow {
    let notice = Notice::Expiry.name();
    let payload = serde_json::json!({
        "notice": notice, "certificate": certificate.to_string(), "procedure": procedure, "before": before.to_string(),
    });
    EffectRow {
        id: EffectId::new(at.now, at.octets()),
        key: format!("notify:certificate:{certificate}:{notice}:{before}"),
        kind: "notify".to_owned(),
        request_id: None,
        payload: payload.to_string(),
        due_at: at.now,
    }
}
