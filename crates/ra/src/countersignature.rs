//! The agent's own signature on electronic acts, where its file names a key for it: made last, when the client has signed and the new key is proven.
//!
//! It is a further signature over the canonical text, not one over the client's signature (decision 0052). The work is a row of the outbox, committed
//! with the proof; a key that does not answer leaves the act as the client signed it, and the row is tried again.

use crypto::{Certificate, KeyAlgorithm, KeyUsage, Signer};
use domain::Timestamp;
use domain::actor::Actor;
use domain::agent::{Agent, Countersignature, KeyPlace};
use domain::ids::{AgentId, RequestId};
use domain::journal::{Entry, Event};
use store::outbox::EffectState;

use crate::change::Loaded;
use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};
use crate::signatures::signer_over;

/// Opens a key of an agent, wherever it is; the reason in words where that fails. On a token it is found by SHA-256 of its SubjectPublicKeyInfo.
/// Whoever puts the house together knows how to reach files' passwords and tokens.
pub type OpenAgentKey = dyn Fn(&KeyPlace, &[u8; 32]) -> Result<Box<dyn Signer>, String> + Send + Sync;

/// Whether the agent's signature stands on an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Countersigned {
    /// The agent does not sign this act, or not yet: the client has steps to take.
    No,
    /// It is on its way, or waits for the agent's key.
    Awaited,
    /// It is there.
    Yes,
}

impl Countersigned {
    /// The word of the API and of locales.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "none",
            Self::Awaited => "awaited",
            Self::Yes => "made",
        }
    }
}

/// The key of one agent, opened, with its certificate and what stands behind it.
pub(crate) struct Countersigner {
    agent: AgentId,
    certificate: Certificate,
    chain: Vec<Certificate>,
    key: Box<dyn Signer>,
}

impl Ra {
    /// Opens the key of every agent that signs acts; what does not fit together, or is good for nothing today, keeps the server from starting.
    pub(crate) fn open_countersigners(&self, now: Timestamp) -> Result<(), Error> {
        let mut opened = Vec::new();
        for agent in &self.0.agents {
            let Some(named) = &agent.countersignature else { continue };
            let countersigner = self.opened(agent, named).and_then(|countersigner| {
                self.good_now(&countersigner.certificate, now)?;
                Ok(countersigner)
            });
            opened.push(countersigner.map_err(|error| of_agent(agent, error))?);
        }
        // Started twice: the keys of the first time serve.
        let _ = self.0.countersigners.set(opened);
        Ok(())
    }

    fn opened(&self, agent: &Agent, named: &Countersignature) -> Result<Countersigner, Error> {
        let file = named.certificate.display();
        let mut chain = crate::keyring::read_certificates(&named.certificate)?.into_iter();
        let certificate = chain.next().ok_or_else(|| Error::Setup(format!("{file} holds no certificate")))?;
        let signs = |usage| certificate.key_usage().is_none_or(|usages| usages.contains(usage));
        if certificate.is_ca() || !(signs(KeyUsage::DigitalSignature) || signs(KeyUsage::NonRepudiation)) {
            return Err(Error::Setup(format!(
                "{file}: not a certificate for signing documents (keyUsage digitalSignature or nonRepudiation, no authority)"
            )));
        }
        if matches!(certificate.public_key().algorithm(), KeyAlgorithm::Gost2001(_)) {
            return Err(Error::Setup(format!("{file}: nothing new is signed by GOST R 34.10-2001")));
        }
        let open = self.0.open_agent_key.as_ref().ok_or_else(|| Error::Setup("nobody opens its key".to_owned()))?;
        let hash = certificate.public_key().spki_sha256();
        let key = open(&named.key, &hash).map_err(Error::Setup)?;
        if key.public_key().spki_sha256() != hash {
            return Err(Error::Setup(format!("the key is not that of the certificate {file}")));
        }
        Ok(Countersigner { agent: agent.id, certificate, chain: chain.collect(), key })
    }

    /// What is asked at the start and again before each signature: a certificate ends, and may be revoked, while the server runs.
    fn good_now(&self, certificate: &Certificate, now: Timestamp) -> Result<(), Error> {
        let (begin, end) = (certificate.not_before(), certificate.not_after());
        if !(begin..=end).contains(&now.seconds()) {
            let (begin, end) = (Timestamp::from_seconds(begin), Timestamp::from_seconds(end));
            return Err(Error::Setup(format!("its certificate is good from {begin} to {end} and not now, {now}")));
        }
        let thumbprint = certificate.thumbprint_sha256();
        let row = self.0.store.read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint))?;
        if row.is_some_and(|row| row.revocation.is_some()) {
            return Err(Error::Setup("its certificate is revoked or on hold".to_owned()));
        }
        match self.chain_of(certificate, now) {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refused)) => Err(Error::Setup(format!(
                "no authority that the bank trusts stands behind its certificate; `surguch import` takes authorities ({})",
                refused.detail.unwrap_or_default()
            ))),
            Err(Failure::Broken(error)) => Err(error),
        }
    }

    /// Signs the act of a request for its agent, once: whoever finds a signature there has nothing to do.
    pub(crate) fn countersign(&self, id: RequestId, at: &mut Moment<'_>) -> Result<(), Failure> {
        store::kill::point("ra.countersign.begun");
        let loaded = self.load(id)?;
        if loaded.files.act_cms_agent.is_some() {
            return Ok(());
        }
        let agent = self.known_agent(loaded.request.agent_id)?;
        if agent.countersignature.is_none() {
            tracing::warn!(request_id = %id, agent = agent.file, "the agent signs no acts any more: this one stays as the client signed it");
            return Ok(());
        }
        let by = self.0.countersigners.get().and_then(|all| all.iter().find(|one| one.agent == agent.id));
        let by = by.ok_or_else(|| of_agent(agent, Error::Setup("its key was not opened".to_owned())))?;
        let (Some(text), Some(_)) = (loaded.files.act_text, loaded.files.act_cms) else {
            return Err(Error::Contradiction(format!("request {id} has no act that the client signed")).into());
        };
        self.good_now(&by.certificate, at.now).map_err(|error| of_agent(agent, error))?;
        let now = at.now;
        let cms =
            crypto::sign_cms(text.as_bytes(), true, by.key.as_ref(), &by.certificate, &by.chain, now.seconds(), at.rng)
                .map_err(|error| of_agent(agent, error.into()))?;
        store::kill::point("ra.countersign.signed");
        if signer_over(&cms, &text, &[]).map_err(Failure::from)?.certificate != by.certificate {
            return Err(Error::Contradiction(format!("the agent's signature on the act of request {id}")).into());
        }
        let entry = Entry {
            at: now,
            actor: Actor::System,
            object: format!("request:{id}"),
            event: Event::ActCountersigned {
                thumbprint_sha256: hex::encode(by.certificate.thumbprint_sha256()),
                text_sha256: hex::encode(crypto::sha256(text.as_bytes())),
            },
        };
        self.0.store.write(move |tx| {
            // A second worker that signed at the same time finds the first one's: that one is on record, and in the journal once.
            if store::request_files::put_act_cms_agent(tx, id, &cms)? {
                store::journal::append(tx, &entry)?;
            }
            Ok::<_, store::Error>(())
        })?;
        store::kill::point("ra.countersign.saved");
        Ok(())
    }

    /// How far the agent's signature on the act of a request is.
    pub(crate) fn countersigned(&self, loaded: &Loaded) -> Result<Countersigned, Failure> {
        if loaded.files.act_cms_agent.is_some() {
            return Ok(Countersigned::Yes);
        }
        if self.agent(loaded.request.agent_id).is_none_or(|agent| agent.countersignature.is_none()) {
            return Ok(Countersigned::No);
        }
        let key = effect_key(loaded.request.id);
        let row = self.0.store.read(move |tx| store::outbox::by_key(tx, &key))?;
        Ok(match row.map(|row| row.state) {
            Some(EffectState::Pending | EffectState::Stuck) => Countersigned::Awaited,
            Some(EffectState::Done) | None => Countersigned::No,
        })
    }
}

/// The outbox key of the agent's signature: one in the life of a request.
pub(crate) fn effect_key(id: RequestId) -> String {
    format!("countersign:{id}")
}

fn of_agent(agent: &Agent, error: Error) -> Error {
    match error {
        unavailable @ Error::Unavailable(_) => unavailable,
        other => Error::Setup(format!("agent {}, countersignature: {other}", agent.file)),
    }
}
