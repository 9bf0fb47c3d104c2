//! What a person is shown of a request: one card, with exactly the steps that this person may take now.

use crypto::Name;
use domain::Refusal;
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::agent::OwnStep;
use domain::certificate::Standing;
use domain::ids::{AgentId, CertificateId, KeyUid, RequestId, SubscriberId, Unz};
use domain::procedure::Kind;
use domain::request::{Command, RejectedBy, Stage, StageName};
use domain::subject::Subject;
use domain::subscriber::Contact;
use store::outbox::EffectState;

use crate::by_hand::{CORRECT_EMAIL, may_propose_email, nobodys};
use crate::change::{Loaded, ready_letter_key};
use crate::countersignature::Countersigned;
use crate::failure::{Error, Failure};
use crate::review::may_review;
use crate::setup::{Moment, Ra};

/// A request as one person sees it.
#[derive(Clone, Debug)]
pub struct RequestCard {
    /// Its id.
    pub id: RequestId,
    /// The version a decision must name.
    pub version: i64,
    /// The agent.
    pub agent_id: AgentId,
    /// Name of the procedure.
    pub procedure: String,
    /// Which life.
    pub kind: Kind,
    /// УНЗ, from ACCEPTED on.
    pub unz: Option<Unz>,
    /// Where it stands.
    pub stage: StageName,
    /// Whether it was the client who said no, not the bank.
    pub declined: bool,
    /// Where its act stands.
    pub act: &'static str,
    /// Whether the client owes it to the bank, and nothing else.
    pub act_owed: bool,
    /// By when the bank must have it, while that still matters.
    pub act_due: Option<Timestamp>,
    /// Whether its text is drawn, and so can be read and printed.
    pub has_act: bool,
    /// How many copies an act on paper has by the procedure, one at least.
    pub act_copies: u8,
    /// Whether the text bears a signature.
    pub act_signed: bool,
    /// Whether the agent signed it too.
    pub countersigned: Countersigned,
    /// The name of record: a PKCS#10 must carry exactly this, in this order.
    pub subject: Subject,
    /// The same for `openssl req -subj`.
    pub subject_openssl: String,
    /// The person's id.
    pub subscriber_id: SubscriberId,
    /// The person.
    pub subscriber_name: String,
    /// The organisation.
    pub organisation_name: Option<String>,
    /// Phone and e-mail of the request.
    pub contact: Contact,
    /// Whether the e-mail answered, or was never asked.
    pub email_confirmed: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its life ends.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When an answer may be expected.
    pub eta: Option<Timestamp>,
    /// Until when the mailed link opens; a time that is past where it has ended and no newer one was sent.
    pub link_until: Option<Timestamp>,
    /// Why it was returned or refused.
    pub reason: Option<String>,
    /// The exact text to sign, while it can be signed.
    pub text: Option<String>,
    /// The certificate, once there is one.
    pub certificate: Option<CertificateCard>,
    /// Algorithm of the current key, where there is one.
    pub predecessor_algorithm: Option<String>,
    /// The ready-letter: `pending`, `sent` or `failed`.
    pub mail: Option<&'static str>,
    /// What this person may do now.
    pub allowed: Vec<&'static str>,
}

/// A certificate as people see it.
#[derive(Clone, Debug)]
pub struct CertificateCard {
    /// Its id.
    pub id: CertificateId,
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial_hex: String,
    /// The same in decimal.
    pub serial_decimal: String,
    /// «Идентификатор (UID)» of its key.
    pub uid: KeyUid,
    /// Subject, printed.
    pub subject: String,
    /// Issuer, printed.
    pub issuer: String,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// What it is good for now.
    pub standing: Standing,
    /// Key algorithm and parameter set.
    pub algorithm: String,
    /// What its holder may do with it now; empty for everybody else.
    pub allowed: Vec<OwnStep>,
}

/// Which of one's own requests are asked for.
#[derive(Clone, Copy, Default, Debug)]
pub struct RequestsWanted {
    /// Created at this moment or later.
    pub from: Option<Timestamp>,
    /// Created before this one.
    pub until: Option<Timestamp>,
    /// The last request of the page before.
    pub after: Option<RequestId>,
}

/// What stands behind a live link.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The request.
    pub card: RequestCard,
    /// The exact text of the act.
    pub act_text: Option<String>,
    /// Whether it is signed.
    pub act_signed: bool,
    /// Whether it must be signed here before the certificate is handed out; one on paper goes to the bank by other ways.
    pub act_gates: bool,
    /// The text the new key must sign, once the certificate was handed out.
    pub challenge: Option<String>,
    /// Until when the link opens.
    pub link_until: Timestamp,
}

/// A certificate that was handed out.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// Its issuers, DER, nearest first, root last.
    pub chain_der: Vec<Vec<u8>>,
    /// The exact text the new key must sign.
    pub challenge: String,
}

impl Ra {
    /// One request, for its subscriber, its link holder or the staff of its agent; for anyone else it does not exist.
    ///
    /// # Errors
    /// Refused as not found.
    pub fn request(&self, actor: &Actor, id: RequestId, at: &mut Moment<'_>) -> Result<RequestCard, Failure> {
        let loaded = self.load(id)?;
        let request = &loaded.request;
        let sees = match actor {
            Actor::Subscriber { id, agent_id, .. } | Actor::Reader { id, agent_id } => {
                request.subscriber_id == *id && request.agent_id == *agent_id
            }
            Actor::LinkHolder { request_id, .. } | Actor::Applicant { request_id, .. } => request.id == *request_id,
            Actor::Staff { agent_id, .. } => request.agent_id == *agent_id,
            Actor::CommandLine { .. } | Actor::System => true,
        };
        // guard: card-of-ones-own
        if sees { self.card(&loaded, actor, at) } else { Err(Refusal::NotFound.into()) }
    }

    /// The subscriber's own requests, newest first.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn requests_of(&self, actor: &Actor, at: &mut Moment<'_>) -> Result<Vec<RequestCard>, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let requests = self.0.store.read(move |tx| store::requests::of_subscriber(tx, id))?;
        requests.iter().take(OWN_REQUESTS).map(|request| self.request(actor, request.id, at)).collect()
    }

    /// A page of the subscriber's own requests, newest first, and where the next one begins, if there is more.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn requests_page(
        &self,
        actor: &Actor,
        wanted: RequestsWanted,
        at: &mut Moment<'_>,
    ) -> Result<(Vec<RequestCard>, Option<RequestId>), Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        let created = (wanted.from.unwrap_or(Timestamp(i64::MIN)), wanted.until.unwrap_or(Timestamp(i64::MAX)));
        let limit = i64::try_from(OWN_PAGE + 1).unwrap_or(i64::MAX);
        let found =
            self.0.store.read(move |tx| store::requests::page_of_subscriber(tx, id, created, wanted.after, limit))?;
        let next = found.get(OWN_PAGE).and(found.get(OWN_PAGE - 1)).map(|last| last.id);
        let cards = found.iter().take(OWN_PAGE).map(|request| self.request(actor, request.id, at));
        Ok((cards.collect::<Result<_, _>>()?, next))
    }

    pub(crate) fn card(&self, loaded: &Loaded, actor: &Actor, at: &Moment<'_>) -> Result<RequestCard, Failure> {
        let request = &loaded.request;
        let submitted = request.stage.submitted();
        let accepted = !matches!(request.stage, Stage::Draft | Stage::KeyReady(_) | Stage::Signed(_))
            && (submitted.is_some() || loaded.files.submission_cms.is_some());
        let reason = match &request.stage {
            Stage::NeedsFix { reason, .. } | Stage::Rejected { reason, .. } if !reason.is_empty() => {
                Some(reason.clone())
            }
            _ => None,
        };
        let text = match request.stage {
            Stage::KeyReady(_) | Stage::Signed(_) => loaded.files.request_text.clone(),
            _ => None,
        };
        let certificate = match &loaded.certificate {
            Some(certificate) => Some(certificate_card(certificate, at.now)?),
            None => None,
        };
        Ok(RequestCard {
            id: request.id,
            version: request.version,
            agent_id: request.agent_id,
            procedure: request.procedure.clone(),
            kind: request.kind,
            unz: accepted.then_some(request.unz),
            stage: request.stage.name(),
            declined: matches!(request.stage, Stage::Rejected { by: RejectedBy::Client, .. }),
            act: request.act.name(),
            act_owed: request.act.is_owed(request.stage.name()),
            act_due: request.act.due(),
            has_act: loaded.files.act_text.is_some(),
            act_copies: loaded.offered.procedure.act.as_ref().map_or(1, |act| act.copies.max(1)),
            act_signed: loaded.files.act_cms.is_some(),
            countersigned: self.countersigned(loaded)?,
            subject: request.subject.clone(),
            subject_openssl: Name::from_pairs(request.subject.pairs())?.to_openssl_subject(),
            subscriber_id: request.subscriber_id,
            subscriber_name: loaded.subscriber.name.nominative.clone(),
            organisation_name: loaded.organisation.as_ref().map(|organisation| organisation.name.clone()),
            contact: request.contact.clone(),
            email_confirmed: request.email_confirmed,
            created_at: request.created_at,
            expires_at: request.expires_at,
            accepted_at: submitted.map(|submitted| submitted.accepted_at),
            eta: submitted.and_then(|submitted| submitted.eta),
            link_until: loaded.live_link.as_ref().map(|link| link.expires_at),
            reason,
            text,
            certificate,
            predecessor_algorithm: loaded.predecessor.as_ref().map(algorithm_of).transpose()?,
            mail: self.mail_state(loaded)?,
            allowed: self.allowed(loaded, actor, at)?,
        })
    }

    fn mail_state(&self, loaded: &Loaded) -> Result<Option<&'static str>, Failure> {
        let Some(link) = &loaded.live_link else { return Ok(None) };
        let key = ready_letter_key(loaded.request.id, link.number);
        let row = self.0.store.read(move |tx| store::outbox::by_key(tx, &key))?;
        Ok(row.map(|row| match row.state {
            EffectState::Done => "sent",
            EffectState::Stuck => "failed",
            EffectState::Pending => "pending",
        }))
    }

    /// Asks the machine itself, with commands that carry no content, so that what is shown and what is decided cannot differ.
    fn allowed(&self, loaded: &Loaded, actor: &Actor, at: &Moment<'_>) -> Result<Vec<&'static str>, Failure> {
        let is_own = self.own_records(actor)?.contains(&loaded.request.subscriber_id);
        let mut allowed = Vec::new();
        let mut offer = |name: &'static str, command: Command| {
            if self.decide(loaded, &command, at).is_ok() {
                allowed.push(name);
            }
        };
        match actor {
            Actor::Subscriber { .. } => {
                offer("offer-key", Command::OfferKey { spki_sha256: [0; 32] });
                offer("submit", Command::Sign);
                offer("correct", Command::Correct { subject_changed: false });
                offer("recall", Command::Recall);
            }
            Actor::Applicant { .. } => {
                let contact = loaded.request.contact.clone();
                offer("restate", Command::Restate { subject: loaded.request.subject.clone(), contact });
                offer("offer-key", Command::OfferKey { spki_sha256: [0; 32] });
                offer("send", Command::Send);
                offer("recall", Command::Recall);
            }
            Actor::LinkHolder { .. } => {
                offer("sign-act", Command::SignAct);
                offer("decline", Command::Decline);
                offer("deliver", Command::Deliver);
                offer("prove", Command::Prove);
            }
            Actor::Staff { id: by, roles, .. } => {
                let (by, reason) = (*by, String::from("?"));
                if may_review(roles, &loaded.offered.procedure.review) && !is_own {
                    if !self.has_entered(actor, loaded)? {
                        offer("approve", Command::Approve { by });
                    }
                    offer("return", Command::Return { by, reason: reason.clone() });
                    offer("refuse", Command::Refuse { by, reason });
                }
                let registers = [Role::Operator, Role::SecurityOfficer, Role::BranchClerk];
                if roles.iter().any(|role| registers.contains(role)) && !is_own {
                    offer("register-application", Command::RegisterApplication);
                    offer("receive-act", Command::ReceiveAct);
                }
                if roles.iter().any(|role| matches!(role, Role::Operator | Role::SecurityOfficer | Role::Support)) {
                    offer("resend-link", Command::ResendLink);
                }
                if may_propose_email(actor).is_ok() {
                    offer(CORRECT_EMAIL, Command::CorrectEmail(nobodys()));
                }
            }
            Actor::Reader { .. } | Actor::CommandLine { .. } | Actor::System => {}
        }
        if self.may_admit_now(actor, loaded)? {
            allowed.push("admit");
        }
        Ok(allowed)
    }
}

/// Requests of one page of a subscriber's own list.
const OWN_PAGE: usize = 20;

/// Most requests of one subscriber that are listed at once.
const OWN_REQUESTS: usize = 200;

/// Key algorithm and parameter set of a certificate of record.
pub(crate) fn algorithm_of(row: &domain::certificate::Certificate) -> Result<String, Failure> {
    Ok(crypto::Certificate::from_der(&row.der)?.public_key().algorithm().to_string())
}

pub(crate) fn certificate_card(
    row: &domain::certificate::Certificate,
    now: Timestamp,
) -> Result<CertificateCard, Failure> {
    let certificate = crypto::Certificate::from_der(&row.der)?;
    let (serial_hex, serial_decimal) = both_notations(&row.serial_hex)?;
    Ok(CertificateCard {
        id: row.id,
        serial_hex,
        serial_decimal,
        uid: KeyUid::of(&row.spki_sha256),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: row.not_before,
        not_after: row.not_after,
        standing: row.standing(now),
        algorithm: certificate.public_key().algorithm().to_string(),
        allowed: Vec::new(),
    })
}

/// The serial number in hexadecimal and in decimal: the manuals show one here and the other there.
pub(crate) fn both_notations(serial_hex: &str) -> Result<(String, String), Error> {
    let octets = hex::decode(serial_hex).map_err(|_| Error::Contradiction(format!("serial number {serial_hex}")))?;
    Ok((serial_hex.trim_start_matches('0').to_owned(), ca::decimal_from_octets(&octets)))
}
