//! Behind the mailed link: look, sign or decline the act, take the certificate, prove the new key, go into service.
//!
//! Looking changes nothing. A link is spent only when the request is proven, so that a mail scanner, a reload or a closed tab
//! costs nobody anything.

use domain::actor::Actor;
use domain::certificate::Certificate;
use domain::ids::{AgentId, RequestId};
use domain::journal::Event;
use domain::request::{Command, Stage, StageName};
use domain::{Refusal, Timestamp};
use statement::possession::PossessionText;
use store::links::{LinkRow, LinkState};

use crate::cards::{Delivered, Delivery, RequestCard};
use crate::change::{Extra, Loaded, joined, nothing};
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Ra};
use crate::signatures::standing_refusal;

/// A link that was found, and whether it still opens.
struct Found {
    link: LinkRow,
    actor: Actor,
}

impl Ra {
    /// The agent a link belongs to, for addresses that do not name it.
    ///
    /// # Errors
    /// Refused when there is no such link.
    pub fn link_agent(&self, code: &str) -> Result<AgentId, Failure> {
        let code_sha256 = crypto::sha256(code.as_bytes());
        let link = self.0.store.read(|tx| store::links::by_code_sha256(tx, &code_sha256))?;
        Ok(link.ok_or(Refusal::LinkUnknown)?.agent_id)
    }

    /// The request of a link, whatever has become of the link: who may see it is asked when it is looked at.
    ///
    /// # Errors
    /// Refused when the link is unknown or of another agent.
    pub fn link_request(&self, agent: AgentId, code: &str) -> Result<RequestId, Failure> {
        Ok(self.find_link(agent, code)?.link.request_id)
    }

    /// What stands behind a link. Changes nothing.
    ///
    /// # Errors
    /// Refused when the link is unknown, of another agent, replaced, spent or too old.
    pub fn open_link(&self, agent: AgentId, code: &str, at: &mut Moment<'_>) -> Result<Delivery, Failure> {
        let found = self.find_link(agent, code)?;
        self.must_open(&found.link, at.now)?;
        self.delivery(&found, at)
    }

    /// What stands behind a link that opens, or that has served its purpose: as long as it would have opened its holder may look at the act again and
    /// print it. Afterwards the act is with the request, for whoever signs in.
    ///
    /// # Errors
    /// Refused as [`Ra::open_link`], but for a link that is spent and not too old.
    pub fn look_back(&self, agent: AgentId, code: &str, at: &mut Moment<'_>) -> Result<Delivery, Failure> {
        let found = self.find_link(agent, code)?;
        // guard: spent-link-looks-back-for-its-life
        let looks_back = found.link.state == LinkState::Spent && at.now < found.link.expires_at;
        if !looks_back {
            self.must_open(&found.link, at.now)?;
        }
        self.delivery(&found, at)
    }

    /// Takes the act signed by the current key.
    ///
    /// # Errors
    /// Refused with one code per fault of the link, of the CMS or of the certificate that signed.
    pub fn sign_act(&self, agent: AgentId, code: &str, cms: &[u8], at: &mut Moment<'_>) -> Result<Delivery, Failure> {
        self.behind_link(agent, code, "sign-act", at, |ra, found, at| {
            store::kill::point("ra.act.begun");
            ra.must_open(&found.link, at.now)?;
            let loaded = ra.load(found.link.request_id)?;
            let text = loaded.files.act_text.clone().ok_or(Refusal::ActAbsent)?;
            // guard: act-signed-by-the-current-key
            ra.signed_by_current(&loaded, cms, &text, at)?;
            store::kill::point("ra.act.verified");
            if matches!(loaded.request.stage, Stage::ActSigned(_) | Stage::Installed(_)) {
                return ra.delivery(found, at);
            }
            let mut decision = ra.decide(&loaded, &Command::SignAct, at)?;
            for event in &mut decision.events {
                if let Event::ActSigned { certificate_id, text_sha256 } = event {
                    *certificate_id = loaded.request.predecessor.map(|id| id.to_string()).unwrap_or_default();
                    *text_sha256 = hex::encode(crypto::sha256(text.as_bytes()));
                }
            }
            let (id, cms) = (loaded.request.id, cms.to_vec());
            ra.save(
                &loaded,
                decision,
                &found.actor,
                at,
                Box::new(move |tx| store::request_files::put_act_cms(tx, id, &cms)),
            )?;
            store::kill::point("ra.act.saved");
            ra.delivery(found, at)
        })
    }

    /// «Отказаться»: the certificate is revoked and the request ends.
    ///
    /// # Errors
    /// Refused without confirmation, or when the certificate was taken already.
    pub fn decline(
        &self,
        agent: AgentId,
        code: &str,
        confirmed: bool,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.behind_link(agent, code, "decline", at, |ra, found, at| {
            let loaded = ra.load(found.link.request_id)?;
            if matches!(loaded.request.stage, Stage::Rejected { by: domain::request::RejectedBy::Client, .. }) {
                return ra.card(&loaded, &found.actor, at);
            }
            ra.must_open(&found.link, at.now)?;
            // guard: decline-confirmed
            if !confirmed {
                return Err(Refusal::ConfirmationRequired.into());
            }
            let decision = ra.decide(&loaded, &Command::Decline, at)?;
            ra.save(&loaded, decision, &found.actor, at, nothing())?;
            ra.card(&ra.load(found.link.request_id)?, &found.actor, at)
        })
    }

    /// Hands out the certificate, its chain and the text that the new key must sign.
    ///
    /// # Errors
    /// Refused before the act is signed where the procedure asks for it.
    pub fn deliver(&self, agent: AgentId, code: &str, at: &mut Moment<'_>) -> Result<Delivered, Failure> {
        self.behind_link(agent, code, "deliver", at, |ra, found, at| {
            store::kill::point("ra.deliver.begun");
            ra.must_open(&found.link, at.now)?;
            let loaded = ra.load(found.link.request_id)?;
            let handed_out = loaded.request.stage.certified().is_some_and(|certified| certified.delivered_at.is_some());
            if let (true, Some(challenge)) = (handed_out, loaded.files.challenge_text.clone()) {
                return ra.delivered(&loaded, challenge);
            }
            let decision = ra.decide(&loaded, &Command::Deliver, at)?;
            let challenge = ra.possession_text(&loaded, at)?;
            let (id, text) = (loaded.request.id, challenge.clone());
            ra.save(
                &loaded,
                decision,
                &found.actor,
                at,
                Box::new(move |tx| store::request_files::put_challenge(tx, id, &text)),
            )?;
            store::kill::point("ra.deliver.saved");
            ra.delivered(&loaded, challenge)
        })
    }

    /// Takes the challenge signed by the new key, with the act signed by it too where the act is electronic, and takes the certificate into
    /// service where no gate is left.
    ///
    /// A retry after a lost answer finds the link spent and is answered as the first time, if its signature holds.
    ///
    /// # Errors
    /// Refused with one code per fault; before delivery there is nothing to prove.
    pub fn prove(
        &self,
        agent: AgentId,
        code: &str,
        (proof, act): (&[u8], Option<&[u8]>),
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.behind_link(agent, code, "prove", at, |ra, found, at| {
            store::kill::point("ra.prove.begun");
            if found.link.state != LinkState::Spent {
                ra.must_open(&found.link, at.now)?;
            }
            let loaded = ra.load(found.link.request_id)?;
            let text = loaded.files.challenge_text.clone().ok_or(Refusal::NotDelivered)?;
            let certificate = loaded.certificate.as_ref().ok_or(Refusal::NotDelivered)?;
            let signed = ra.signed_by_known(proof, &text, Some(certificate.id))?;
            // guard: proof-by-the-new-key
            if signed.certificate.id != certificate.id {
                return Err(Refusal::SignerOtherKey.into());
            }
            let act = ra.act_by_new_key(&loaded, certificate, act)?;
            ra.may_go_on(certificate, at.now)?;
            store::kill::point("ra.prove.verified");
            if matches!(loaded.request.stage.name(), StageName::Proven | StageName::InService) {
                return ra.card(&loaded, &found.actor, at);
            }
            let mut decision = ra.decide(&loaded, &Command::Prove, at)?;
            match ra.decide_on(&decision.request, &loaded, &Command::Activate, false, at) {
                Ok(activated) => decision = joined(decision, activated),
                // The act is still awaited: proven is where the request rests.
                Err(Failure::Refused(_)) => {}
                Err(broken) => return Err(broken),
            }
            store::kill::point("ra.prove.decided");
            let (id, proof) = (loaded.request.id, proof.to_vec());
            let kept: Extra = Box::new(move |tx| {
                if let Some(act) = &act {
                    store::request_files::put_act_cms_new_key(tx, id, act)?;
                }
                store::request_files::put_proof(tx, id, &proof)
            });
            ra.save(&loaded, decision, &found.actor, at, kept)?;
            store::kill::point("ra.prove.saved");
            ra.card(&ra.load(id)?, &found.actor, at)
        })
    }

    /// The act that the new key signed; none where the act is on paper. Without it the act would never say that the client has the new key.
    fn act_by_new_key(
        &self,
        loaded: &Loaded,
        certificate: &Certificate,
        act: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(text) = loaded.electronic_act() else { return Ok(None) };
        let missing = || Refused::of(Refusal::ActByNewKeyMissing, &loaded.request.procedure);
        // guard: act-asked-of-the-new-key
        let Some(cms) = act else { return Err(missing().into()) };
        let signed = self.signed_by_known(cms, text, Some(certificate.id))?;
        // guard: act-by-the-new-key
        if signed.certificate.id != certificate.id {
            return Err(Refusal::SignerOtherKey.into());
        }
        Ok(Some(cms.to_vec()))
    }

    fn behind_link<T>(
        &self,
        agent: AgentId,
        code: &str,
        verb: &'static str,
        at: &mut Moment<'_>,
        run: impl Fn(&Self, &Found, &mut Moment<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let found = self.find_link(agent, code)?;
        let object = format!("request:{}", found.link.request_id);
        self.attempt(&found.actor, &object, verb, at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                // Read anew on each try: the other one may just have spent it.
                let found = ra.find_link(agent, code)?;
                run(ra, &found, at)
            })
        })
    }

    fn find_link(&self, agent: AgentId, code: &str) -> Result<Found, Failure> {
        let code_sha256 = crypto::sha256(code.as_bytes());
        let link =
            self.0.store.read(move |tx| store::links::by_code_sha256(tx, &code_sha256))?.ok_or(Refusal::LinkUnknown)?;
        // guard: link-of-the-agent
        if link.agent_id != agent {
            return Err(Refusal::LinkOfOtherAgent.into());
        }
        let actor = Actor::LinkHolder { request_id: link.request_id, agent_id: link.agent_id };
        Ok(Found { link, actor })
    }

    fn must_open(&self, link: &LinkRow, now: Timestamp) -> Result<(), Failure> {
        match link.state {
            // guard: link-not-too-old
            LinkState::Live if link.expires_at <= now => Err(Refusal::LinkExpired.into()),
            LinkState::Live => Ok(()),
            // guard: link-spent-once
            LinkState::Spent => Err(Refusal::LinkSpent.into()),
            // guard: link-not-replaced
            LinkState::Replaced => Err(Refusal::LinkReplaced.into()),
            LinkState::Dead => match self.load(link.request_id)?.request.stage.name() {
                StageName::Expired => Err(Refusal::RequestExpired.into()),
                _ => Err(Refusal::LinkDead.into()),
            },
        }
    }

    /// The new certificate is not in service yet, so most standings are fine; an end of any kind is not.
    fn may_go_on(&self, certificate: &Certificate, now: Timestamp) -> Result<(), Failure> {
        match standing_refusal(certificate.standing(now)) {
            None | Some(Refusal::CertificateNotInService) => self.must_chain(certificate, now),
            Some(refusal) => Err(refusal.into()),
        }
    }

    fn delivery(&self, found: &Found, at: &mut Moment<'_>) -> Result<Delivery, Failure> {
        let loaded = self.load(found.link.request_id)?;
        let act_signed = loaded.files.act_cms.is_some();
        Ok(Delivery {
            card: self.card(&loaded, &found.actor, at)?,
            act_text: loaded.files.act_text.clone(),
            act_signed,
            act_gates: loaded.offered.procedure.act_before_delivery(),
            challenge: loaded.files.challenge_text.clone(),
            link_until: found.link.expires_at,
        })
    }

    fn delivered(&self, loaded: &Loaded, challenge: String) -> Result<Delivered, Failure> {
        let row = loaded.certificate.as_ref().ok_or_else(|| {
            Error::Contradiction(format!("request {} has no certificate of record", loaded.request.id))
        })?;
        let authority = self
            .0
            .keyring
            .authority(&row.authority)
            .ok_or_else(|| Error::Setup(format!("no authority {}", row.authority)))?;
        let chain_der = std::iter::once(&authority.certificate)
            .chain(&authority.chain)
            .map(|issuer| issuer.as_der().to_vec())
            .collect();
        Ok(Delivered { certificate_der: row.der.clone(), chain_der, challenge })
    }

    fn possession_text(&self, loaded: &Loaded, at: &Moment<'_>) -> Result<String, Failure> {
        let row = loaded.certificate.as_ref().ok_or(Refusal::NotDelivered)?;
        PossessionText {
            unz: &loaded.request.unz.to_string(),
            origin: &self.0.origin,
            nonce: &loaded.request.nonce.to_string(),
            time: &at.now.to_string(),
            serial_hex: &row.serial_hex,
            thumbprint_sha256_hex: &hex::encode(row.thumbprint_sha256),
        }
        .render()
        .map_err(|error| Error::Setup(error.to_string()).into())
    }
}
