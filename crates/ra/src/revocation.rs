//! The hand on certificates: block and unblock (bank-side, not in the CRL), hold, release and revoke (in the CRL). The bank's, and
//! the holder's own for hold and revoke.

use domain::actor::{Actor, Role};
use domain::agent::{Agent, OwnStep};
use domain::certificate::{Certificate, CertificateCommand, RevocationReason};
use domain::ids::{CertificateId, EffectId};
use domain::journal::Entry;
use domain::procedure::Procedure;
use domain::request::decide::Notice;
use domain::{Refusal, Timestamp};
use store::outbox::EffectRow;

use crate::change::{Extra, nothing};
use crate::failure::Failure;
use crate::setup::{Moment, Ra};

impl Ra {
    /// Puts the holder's own certificate on hold, where the agent says so: in the CRL as certificateHold.
    ///
    /// # Errors
    /// Refused for anyone but the holder, where the agent does not offer it, and when its state does not allow it. The bank's people say why:
    /// [`Ra::step_by_hand`].
    pub fn hold(&self, actor: &Actor, id: CertificateId, at: &mut Moment<'_>) -> Result<Certificate, Failure> {
        self.own_step(actor, id, "hold", CertificateCommand::Hold, at)
    }

    /// Revokes the holder's own certificate for good, where the agent says so, for one of [`OWN_REASONS`].
    ///
    /// # Errors
    /// As [`Ra::hold`].
    pub fn revoke(
        &self,
        actor: &Actor,
        id: CertificateId,
        reason: RevocationReason,
        at: &mut Moment<'_>,
    ) -> Result<Certificate, Failure> {
        self.own_step(actor, id, "revoke", CertificateCommand::Revoke(reason), at)
    }

    fn own_step(
        &self,
        actor: &Actor,
        id: CertificateId,
        verb: &'static str,
        command: CertificateCommand,
        at: &mut Moment<'_>,
    ) -> Result<Certificate, Failure> {
        let object = format!("certificate:{id}");
        self.attempt(actor, &object, verb, at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let certificate = ra.certificate_of(id)?;
                ra.may_step(actor, &certificate, command)?;
                // guard: no-step-of-the-bank-without-words
                if !matches!(actor, Actor::Subscriber { .. }) {
                    return Err(Refusal::ReasonRequired.into());
                }
                ra.step_beside(actor, &certificate, command, None, nothing(), at)
            })
        })
    }

    /// Takes a step that was judged, with `beside` in the same transaction. `reason` is what was typed for it, and is told to the holder.
    pub(crate) fn step_beside(
        &self,
        actor: &Actor,
        certificate: &Certificate,
        command: CertificateCommand,
        reason: Option<&str>,
        mut beside: Extra,
        at: &mut Moment<'_>,
    ) -> Result<Certificate, Failure> {
        let (next, event) = domain::certificate::decide(certificate, command, at.now)?;
        let object = format!("certificate:{}", certificate.id);
        let entry = Entry { at: at.now, actor: actor.clone(), object, event };
        let crl = certificate.revocation != next.revocation && self.0.keyring.authority(&next.authority).is_some();
        let effect = crl.then(|| crl_effect(&next.authority, at));
        let letter = self.notice_effect(actor, &next, command, reason, at);
        let row = next.clone();
        self.0.store.write(move |tx| {
            store::certificates::save(tx, &row)?;
            store::journal::append(tx, &entry)?;
            beside(tx)?;
            effect.iter().chain(&letter).try_for_each(|effect| store::outbox::enqueue(tx, effect))
        })?;
        self.wake();
        Ok(next)
    }

    /// Whether the certificate's agent wants two people for this step.
    pub(crate) fn needs_second_person(&self, certificate: &Certificate, step: &str) -> Result<bool, Failure> {
        let agent = self.known_agent(certificate.agent_id)?;
        Ok(agent.second_person.iter().any(|wanted| wanted.name() == step))
    }
}

impl Ra {
    /// What a holder may do with an own certificate now.
    pub(crate) fn own_steps(&self, actor: &Actor, certificate: &Certificate, now: Timestamp) -> Vec<OwnStep> {
        let may = |step: &OwnStep| {
            let command = match step {
                OwnStep::Hold => CertificateCommand::Hold,
                OwnStep::Revoke => CertificateCommand::Revoke(RevocationReason::KeyCompromise),
            };
            self.may_step(actor, certificate, command).is_ok()
                && domain::certificate::decide(certificate, command, now).is_ok()
        };
        OwnStep::ALL.into_iter().filter(may).collect()
    }

    /// Staff of the certificate's own agent that decide about certificates; its holder, where the agent lets them. For anybody else
    /// there is no such certificate.
    pub(crate) fn may_step(
        &self,
        actor: &Actor,
        certificate: &Certificate,
        command: CertificateCommand,
    ) -> Result<(), Refusal> {
        match actor {
            // guard: steps-on-the-agents-certificates
            Actor::Staff { agent_id, .. } if *agent_id != certificate.agent_id => Err(Refusal::NotFound),
            Actor::Staff { roles, .. } => {
                let may = roles
                    .iter()
                    .any(|role| matches!(role, Role::Operator | Role::SecurityOfficer | Role::CaAdministrator));
                // guard: step-by-role
                if may { Ok(()) } else { Err(Refusal::RoleMissing) }
            }
            Actor::CommandLine { .. } => Ok(()),
            Actor::Subscriber { id, agent_id, .. } => {
                // guard: own-certificate
                if *id != certificate.subscriber_id || *agent_id != certificate.agent_id {
                    return Err(Refusal::NotFound);
                }
                let step = match command {
                    CertificateCommand::Hold => OwnStep::Hold,
                    // guard: own-reasons
                    CertificateCommand::Revoke(reason) if OWN_REASONS.contains(&reason) => OwnStep::Revoke,
                    _ => return Err(Refusal::OwnStepNotOffered),
                };
                let agent = self.known_agent(certificate.agent_id).map_err(|_| Refusal::NotFound)?;
                // guard: own-steps-as-offered
                if agent.client_may.contains(&step) { Ok(()) } else { Err(Refusal::OwnStepNotOffered) }
            }
            Actor::Reader { .. } | Actor::LinkHolder { .. } | Actor::Applicant { .. } | Actor::System => {
                Err(Refusal::NotFound)
            }
        }
    }

    /// The letter about a step, in the words of the agent's first procedure that wants it.
    fn notice_effect(
        &self,
        actor: &Actor,
        certificate: &Certificate,
        command: CertificateCommand,
        reason: Option<&str>,
        at: &mut Moment<'_>,
    ) -> Option<EffectRow> {
        let (notice, cause) = match command {
            CertificateCommand::Block => (Notice::Blocked, None),
            CertificateCommand::Unblock => (Notice::Unblocked, None),
            CertificateCommand::Hold => (Notice::Held, None),
            CertificateCommand::Release => (Notice::Released, None),
            CertificateCommand::Revoke(cause) => (Notice::Revoked, Some(cause.name())),
            CertificateCommand::Deliver
            | CertificateCommand::Install
            | CertificateCommand::Activate
            | CertificateCommand::Supersede { .. } => return None,
        };
        let procedure = &self.first_that_wants(self.known_agent(certificate.agent_id).ok()?, notice)?.name;
        let id = EffectId::new(at.now, at.octets());
        let payload = serde_json::json!({
            "notice": notice.name(), "certificate": certificate.id.to_string(), "procedure": procedure, "reason": reason,
            "cause": cause, "by-holder": matches!(actor, Actor::Subscriber { .. }),
        });
        Some(EffectRow {
            id,
            key: format!("notify:certificate:{}:{}:{id}", certificate.id, notice.name()),
            kind: "notify".to_owned(),
            request_id: certificate.request_id,
            payload: payload.to_string(),
            due_at: at.now,
        })
    }
}

impl Ra {
    /// The agent's first procedure that sends such letters: whose words one uses that is about no request.
    pub(crate) fn first_that_wants(&self, agent: &Agent, notice: Notice) -> Option<&Procedure> {
        let offered = agent.procedures.iter().filter_map(|name| self.0.procedures.get(name.as_str()));
        offered.map(|offered| &offered.procedure).find(|procedure| procedure.wants(notice))
    }
}

/// Reasons that a holder may give; the others are the bank's to know.
pub const OWN_REASONS: [RevocationReason; 3] =
    [RevocationReason::KeyCompromise, RevocationReason::AffiliationChanged, RevocationReason::CessationOfOperation];

/// The outbox row that brings an authority's CRL up to date.
pub(crate) fn crl_effect(authority: &str, at: &mut Moment<'_>) -> EffectRow {
    let id = EffectId::new(at.now, at.octets());
    EffectRow {
        id,
        key: format!("crl:{authority}:{id}"),
        kind: "publish-crl".to_owned(),
        request_id: None,
        payload: serde_json::json!({ "authority": authority }).to_string(),
        due_at: at.now,
    }
}
