//! The bank's hand on certificates: block and unblock (bank-side, not in the CRL), hold, release and revoke (in the CRL).

use domain::Refusal;
use domain::actor::{Actor, Role};
use domain::certificate::{Certificate, CertificateCommand, RevocationReason};
use domain::ids::{CertificateId, EffectId};
use domain::journal::Entry;
use store::outbox::EffectRow;

use crate::failure::Failure;
use crate::setup::{Moment, Ra};

impl Ra {
    /// Blocks a certificate in the bank: no sign-in, no signature, until it is unblocked.
    ///
    /// # Errors
    /// Refused without the role or when its state does not allow it.
    pub fn block(&self, actor: &Actor, id: CertificateId, at: &mut Moment<'_>) -> Result<Certificate, Failure> {
        self.certificate_step(actor, id, "block", CertificateCommand::Block, at)
    }

    /// Lifts a block.
    ///
    /// # Errors
    /// As [`Ra::block`].
    pub fn unblock(&self, actor: &Actor, id: CertificateId, at: &mut Moment<'_>) -> Result<Certificate, Failure> {
        self.certificate_step(actor, id, "unblock", CertificateCommand::Unblock, at)
    }

    /// Puts a certificate on hold: in the CRL as certificateHold.
    ///
    /// # Errors
    /// As [`Ra::block`].
    pub fn hold(&self, actor: &Actor, id: CertificateId, at: &mut Moment<'_>) -> Result<Certificate, Failure> {
        self.certificate_step(actor, id, "hold", CertificateCommand::Hold, at)
    }

    /// Lifts a hold.
    ///
    /// # Errors
    /// As [`Ra::block`].
    pub fn release(&self, actor: &Actor, id: CertificateId, at: &mut Moment<'_>) -> Result<Certificate, Failure> {
        self.certificate_step(actor, id, "release", CertificateCommand::Release, at)
    }

    /// Revokes for good.
    ///
    /// # Errors
    /// As [`Ra::block`].
    pub fn revoke(
        &self,
        actor: &Actor,
        id: CertificateId,
        reason: RevocationReason,
        at: &mut Moment<'_>,
    ) -> Result<Certificate, Failure> {
        self.certificate_step(actor, id, "revoke", CertificateCommand::Revoke(reason), at)
    }

    fn certificate_step(
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
                may_step(actor, &certificate)?;
                let (next, event) = domain::certificate::decide(&certificate, command, at.now)?;
                let entry = Entry { at: at.now, actor: actor.clone(), object: object.clone(), event };
                let crl =
                    certificate.revocation != next.revocation && ra.0.keyring.authority(&next.authority).is_some();
                let effect = crl.then(|| crl_effect(&next.authority, at));
                let row = next.clone();
                ra.0.store.write(move |tx| {
                    store::certificates::save(tx, &row)?;
                    store::journal::append(tx, &entry)?;
                    match &effect {
                        Some(effect) => store::outbox::enqueue(tx, effect),
                        None => Ok(()),
                    }
                })?;
                ra.wake();
                Ok(next)
            })
        })
    }
}

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

/// Staff of the certificate's own agent that decide about certificates; any other agent's staff see nothing.
fn may_step(actor: &Actor, certificate: &Certificate) -> Result<(), Refusal> {
    match actor {
        Actor::Staff { agent_id, .. } if *agent_id != certificate.agent_id => Err(Refusal::NotFound),
        Actor::Staff { roles, .. } => {
            let may =
                roles.iter().any(|role| matches!(role, Role::Operator | Role::SecurityOfficer | Role::CaAdministrator));
            if may { Ok(()) } else { Err(Refusal::RoleMissing) }
        }
        Actor::CommandLine { .. } => Ok(()),
        Actor::Subscriber { .. } | Actor::LinkHolder { .. } | Actor::System => Err(Refusal::NotFound),
    }
}
