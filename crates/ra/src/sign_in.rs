//! Who is there: subscribers sign a challenge with their certificate, staff carry a token that the command line made.

use domain::actor::{Actor, Role};
use domain::agent::SubscriberPassword;
use domain::ids::{AgentId, CertificateId, ChallengeId, StaffId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp, text};
use statement::sign_in::{Entrance, SignInText};
use store::challenges::ChallengeRow;
use store::sessions::SessionRow;
use store::staff::StaffRow;

use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Ra};

/// A text to sign for a sign-in.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Names it when the signature comes back.
    pub id: ChallengeId,
    /// The exact bytes to sign (UTF-8).
    pub text: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A member of the bank's staff, without the token.
#[derive(Clone, Debug)]
pub struct StaffMember {
    /// Their id.
    pub id: StaffId,
    /// Their agent.
    pub agent_id: AgentId,
    /// Their name.
    pub name: String,
    /// Their powers.
    pub roles: Vec<Role>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they may do nothing any more.
    pub disabled_at: Option<Timestamp>,
}

impl StaffMember {
    pub(crate) fn of(row: StaffRow) -> Self {
        Self {
            id: row.id,
            agent_id: row.agent_id,
            name: row.name,
            roles: row.roles,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        }
    }
}

/// A sign-in that held.
pub struct SignedIn {
    /// The bearer token: 64 hexadecimal digits, shown once, stored hashed.
    pub token: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Who.
    pub subscriber_id: SubscriberId,
    /// By which certificate.
    pub certificate_id: CertificateId,
}

impl Ra {
    /// Hands out a challenge of an agent.
    ///
    /// # Errors
    /// Refused when there is no such agent.
    pub fn challenge(&self, agent: AgentId, at: &mut Moment<'_>) -> Result<Challenge, Failure> {
        self.known_agent(agent)?;
        let id = ChallengeId::new(at.now, at.octets());
        let nonce = domain::ids::Nonce(at.octets()).to_string();
        let text = SignInText {
            entrance: Entrance::Cabinet,
            agent_id: &agent.to_string(),
            origin: &self.0.origin,
            nonce: &nonce,
            time: &at.now.to_string(),
        }
        .render()
        .map_err(|error| Error::Setup(error.to_string()))?;
        let expires_at = at.now.plus_ms(self.0.limits.challenge_ms);
        let row = ChallengeRow { id, agent_id: agent, text: text.clone(), created_at: at.now, expires_at };
        self.0.store.write(move |tx| store::challenges::insert(tx, &row))?;
        Ok(Challenge { id, text, expires_at })
    }

    /// Takes a signed challenge. The challenge is used up whatever comes of it.
    ///
    /// # Errors
    /// Refused when the challenge is unknown, the signature does not hold, or the certificate is not good now.
    pub fn sign_in(&self, challenge: ChallengeId, cms: &[u8], at: &mut Moment<'_>) -> Result<SignedIn, Failure> {
        let now = at.now;
        let row = self
            .0
            .store
            .write(move |tx| store::challenges::take(tx, challenge, now))?
            .ok_or(Refusal::ChallengeUnknown)?;
        self.signed_in(row.agent_id, &row.text, cms, at)
    }

    /// Whoever signed this text is signed in, if the certificate is good now and of this agent.
    pub(crate) fn signed_in(
        &self,
        agent_id: AgentId,
        text: &str,
        cms: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<SignedIn, Failure> {
        let signed = self.signed_by_known(cms, text, None)?;
        let certificate = signed.certificate;
        let actor = Actor::Subscriber {
            id: certificate.subscriber_id,
            agent_id: certificate.agent_id,
            certificate_id: certificate.id,
        };
        let object = format!("certificate:{}", certificate.id);
        self.attempt(&actor, &object, "sign-in", at, |ra, at| {
            // guard: signed-in-at-ones-own-agent
            if certificate.agent_id != agent_id {
                return Err(Refusal::SignerUnknown.into());
            }
            // guard: sign-in-good-certificate
            ra.must_be_good(&certificate, at.now)?;
            let subscriber = ra.subscriber_of(certificate.subscriber_id)?;
            // guard: sign-in-not-barred
            if subscriber.barred {
                return Err(Refusal::SubscriberBarred.into());
            }
            let token = hex::encode(at.octets::<32>());
            let expires_at = at.now.plus_ms(ra.0.limits.sign_in_ms);
            let session = SessionRow {
                token_sha256: crypto::sha256(token.as_bytes()),
                subscriber_id: subscriber.id,
                certificate_id: Some(certificate.id),
                password_of: None,
                agent_id: certificate.agent_id,
                created_at: at.now,
                expires_at,
            };
            let entry = Entry {
                at: at.now,
                actor: actor.clone(),
                object: object.clone(),
                event: Event::SignedIn { certificate_id: certificate.id.to_string() },
            };
            ra.0.store.write(move |tx| {
                store::sessions::insert(tx, &session)?;
                store::journal::append(tx, &entry)
            })?;
            Ok(SignedIn { token, expires_at, subscriber_id: subscriber.id, certificate_id: certificate.id })
        })
    }

    /// The subscriber behind a bearer token. The certificate must still be good: a block or a revocation ends every sign-in at once.
    ///
    /// # Errors
    /// Refused when the token is unknown or too old, or the certificate is no longer good.
    pub fn subscriber(&self, token: &str, at: &mut Moment<'_>) -> Result<Actor, Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        let session = self
            .0
            .store
            .read(move |tx| store::sessions::by_token_sha256(tx, &token_sha256))?
            .ok_or(Refusal::SignInRequired)?;
        // guard: sign-in-ends
        if session.expires_at <= at.now {
            return Err(Refusal::SignInExpired.into());
        }
        // guard: sign-in-ends-with-a-bar
        if self.subscriber_of(session.subscriber_id)?.barred {
            return Err(Refusal::SubscriberBarred.into());
        }
        let (id, agent_id) = (session.subscriber_id, session.agent_id);
        let Some(certificate_id) = session.certificate_id else {
            // What the bank offers no more lets nobody in any more.
            // guard: password-sign-in-as-offered
            if self.known_agent(agent_id)?.subscriber_password == SubscriberPassword::None {
                return Err(Refusal::SignInRequired.into());
            }
            // guard: another-organisation-by-whose-password
            self.must_act_for(session.password_of.ok_or(Refusal::SignInRequired)?, id)?;
            return Ok(Actor::Reader { id, agent_id });
        };
        let certificate = self.certificate_of(certificate_id)?;
        // guard: sign-in-ends-with-the-certificate
        if let Some(refusal) = crate::signatures::standing_refusal(certificate.standing(at.now)) {
            return Err(refusal.into());
        }
        if certificate.subscriber_id == id {
            return Ok(Actor::Subscriber { id, agent_id, certificate_id });
        }
        self.must_act_for(certificate.subscriber_id, id)?;
        Ok(Actor::Reader { id, agent_id })
    }

    /// Whoever signed in may look at another organisation of the same person while both are joined and the one who signed in is not barred,
    /// whether it was by certificate or by password.
    fn must_act_for(&self, signed_in: SubscriberId, looked_at: SubscriberId) -> Result<(), Failure> {
        if signed_in == looked_at {
            return Ok(());
        }
        // guard: another-organisation-while-joined
        if !self.is_one_person(signed_in, looked_at)? {
            return Err(Refusal::SignInRequired.into());
        }
        // guard: another-organisation-not-by-who-is-barred
        if self.subscriber_of(signed_in)?.barred {
            return Err(Refusal::SubscriberBarred.into());
        }
        Ok(())
    }

    /// The member of staff behind a token.
    ///
    /// # Errors
    /// Refused when the token is unknown or disabled.
    pub fn staff(&self, token: &str, _at: &mut Moment<'_>) -> Result<Actor, Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        let row = self
            .0
            .store
            .read(move |tx| store::staff::by_token_sha256(tx, &token_sha256))?
            // guard: token-of-working-staff
            .filter(|row| row.disabled_at.is_none())
            .ok_or(Refusal::SignInRequired)?;
        Ok(Actor::Staff { id: row.id, agent_id: row.agent_id, roles: row.roles })
    }

    /// Every member of staff: of the administrator's agent, or for the command line of all agents.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator.
    pub fn staff_members(&self, actor: &Actor) -> Result<Vec<StaffMember>, Failure> {
        // guard: staff-listed-by-role
        if !(matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator)) {
            return Err(Refusal::RoleMissing.into());
        }
        let mut rows = self.0.store.read(store::staff::all)?;
        // guard: staff-of-ones-own-agent
        rows.retain(|row| actor.agent_id().is_none_or(|agent| agent == row.agent_id));
        Ok(rows.into_iter().map(StaffMember::of).collect())
    }

    /// Adds a member of staff; the token is returned once and stored hashed.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator of the agent, for an unknown agent, or without a role.
    pub fn add_staff(
        &self,
        actor: &Actor,
        agent: AgentId,
        name: &str,
        roles: &[Role],
        at: &mut Moment<'_>,
    ) -> Result<(StaffId, String), Failure> {
        let (row, token, entry) = self.new_member(actor, agent, name, roles, at)?;
        let id = row.id;
        self.0.store.write(move |tx| {
            store::staff::insert(tx, &row)?;
            store::journal::append(tx, &entry)
        })?;
        Ok((id, token))
    }

    /// The row of a new member of staff, their token, and the journal's word of it.
    pub(crate) fn new_member(
        &self,
        actor: &Actor,
        agent: AgentId,
        name: &str,
        roles: &[Role],
        at: &mut Moment<'_>,
    ) -> Result<(StaffRow, String, Entry), Failure> {
        self.known_agent(agent)?;
        let allowed = matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator);
        // guard: staff-added-by-role
        if !allowed {
            return Err(Refusal::RoleMissing.into());
        }
        // guard: staff-added-to-ones-own-agent
        if actor.agent_id().is_some_and(|own| own != agent) {
            return Err(Refusal::NotFound.into());
        }
        if roles.is_empty() {
            return Err(Refused::because(Refusal::FieldMissing, "roles").into());
        }
        let unacceptable = |refusal| Refused::because(refusal, "name");
        if text::is_blank(name) {
            return Err(unacceptable(Refusal::TextUnacceptable).into());
        }
        let name = text::person_name(name, NAME_CHARACTERS).map_err(unacceptable)?;
        let id = StaffId::new(at.now, at.octets());
        let token = hex::encode(at.octets::<32>());
        let row = StaffRow {
            id,
            agent_id: agent,
            name,
            roles: roles.to_vec(),
            token_sha256: crypto::sha256(token.as_bytes()),
            created_at: at.now,
            disabled_at: None,
        };
        let entry = Entry {
            at: at.now,
            actor: actor.clone(),
            object: format!("staff:{id}"),
            event: Event::StaffAdded { roles: roles.iter().map(|role| role.name().to_owned()).collect() },
        };
        Ok((row, token, entry))
    }
}

/// Most characters of a staff member's name.
const NAME_CHARACTERS: usize = 200;
