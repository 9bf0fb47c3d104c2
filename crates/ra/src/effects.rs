//! Follow-up work: claimed from the outbox under a lease, performed, reported. Each effect is idempotent by its key.

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Actor;
use domain::certificate::RevocationReason;
use domain::ids::{CertificateId, EffectId, RequestId};
use domain::journal::{Entry, Event};
use domain::procedure::Span;
use domain::request::decide::Notice;
use domain::request::{Command, StageName};
use domain::subscriber::Email;
use domain::time::DAY_MS;
use store::links::LinkState;
pub use store::outbox::Work;
use store::outbox::{EffectRow, OutboxRow};

use crate::by_hand::CORRECT_EMAIL;
use crate::change::{Loaded, nothing, ready_letter_key};
use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

/// A claimed effect.
#[derive(Clone, Debug)]
pub struct Due(OutboxRow);

impl Due {
    /// The word of its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.0.effect.kind
    }

    /// The request it belongs to.
    #[must_use]
    pub fn request_id(&self) -> Option<RequestId> {
        self.0.effect.request_id
    }

    /// Tries so far, this one included.
    #[must_use]
    pub fn attempts(&self) -> i64 {
        self.0.attempts
    }
}

/// What performing an effect came to.
#[derive(Debug)]
pub enum Performed {
    /// It is done and off the outbox.
    Done,
    /// A letter must go out: send it, then say [`Ra::letter_sent`] or [`Ra::failed`].
    Letter(Box<Letter>),
}

/// Everything a letter says; the words are the procedure's.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Which letter.
    pub notice: Notice,
    /// To whom.
    pub to: Email,
    /// From which address.
    pub from: String,
    /// The agent's full name.
    pub agent_name: String,
    /// How to reach support.
    pub support: domain::agent::Support,
    /// Name of the procedure whose words are used.
    pub procedure: String,
    /// УНЗ.
    pub unz: String,
    /// Serial number in both notations, once there is a certificate.
    pub serial: Option<(String, String)>,
    /// The certificate's class: «Класс 2».
    pub class: Option<String>,
    /// The full link of a ready-letter.
    pub link: Option<String>,
    /// Until when the link works.
    pub until: Option<Timestamp>,
    /// Until when the previous certificate is good, where it still is.
    pub predecessor_until: Option<Timestamp>,
    /// The last moment of the certificate, in letters about one.
    pub not_after: Option<Timestamp>,
    /// By when the bank must have the act, or should have had it.
    pub act_until: Option<Timestamp>,
    /// Why, in letters that give a reason: what was typed.
    pub reason: Option<String>,
    /// Why the certificate was revoked, by the list.
    pub cause: Option<RevocationReason>,
    /// Whether its holder did what the letter tells of.
    pub by_holder: bool,
    /// When what it tells of happened, or a reminder came due: the date of the letter, however often it is tried.
    pub at: Timestamp,
    /// The same for every try of this letter.
    pub message_id: String,
}

/// First pause after a failed try, milliseconds; doubled each time up to [`LONGEST_PAUSE_MS`].
const FIRST_PAUSE_MS: i64 = 2_000;
/// Longest pause between two tries: ten minutes.
const LONGEST_PAUSE_MS: i64 = 600_000;
/// Most characters of an error kept with an effect.
const ERROR_CHARACTERS: usize = 500;

impl Ra {
    /// Claims up to `limit` effects that are due. Each belongs to this worker until its lease ends.
    ///
    /// # Errors
    /// When the database is gone.
    pub fn claim(&self, work: Work, limit: usize, at: &mut Moment<'_>) -> Result<Vec<Due>, Error> {
        let (now, lease_ms) = (at.now, self.0.limits.lease_ms);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.0.store.write(move |tx| store::outbox::claim(tx, work, now, lease_ms, limit))?;
        Ok(rows.into_iter().map(Due).collect())
    }

    /// Performs one. What it did is saved; only letters are left to the server.
    ///
    /// # Errors
    /// Refused or broken; the worker then says [`Ra::failed`].
    pub fn perform(&self, due: &Due, at: &mut Moment<'_>) -> Result<Performed, Failure> {
        store::kill::point("ra.effect.begun");
        let request = || {
            due.request_id()
                .ok_or_else(|| Error::Contradiction(format!("effect {} names no request", due.0.effect.key)))
        };
        match due.kind() {
            "issue" => self.issue(request()?, at)?,
            "countersign" => self.countersign(request()?, at)?,
            "publish-crl" => self.publish_crl_if_untrue(&text_of(due, "authority")?, at)?,
            "lapse" => self.timer(request()?, &Command::Lapse, at)?,
            "link-ended" => self.link_ended(due, request()?, at)?,
            "act-due" => self.timer(request()?, &Command::ActDuePassed, at)?,
            "mail-due" => self.mail_due(request()?, at)?,
            "bind-inquiry" => self.bind_by_number(&text_of(due, "inquiry")?, at)?,
            "notify" => {
                let letter = match certificate_of(due)? {
                    Some(id) => self.certificate_letter(due, id, at.now)?,
                    None => self.letter(due, request()?, at.now)?,
                };
                if let Some(letter) = letter {
                    return Ok(Performed::Letter(Box::new(letter)));
                }
                let (id, now) = (due.0.effect.id, at.now);
                self.0.store.write(move |tx| store::outbox::needless(tx, id, now))?;
                return Ok(Performed::Done);
            }
            other => return Err(Error::Contradiction(format!("an effect of unknown kind {other}")).into()),
        }
        store::kill::point("ra.effect.performed");
        self.done(due, at)?;
        store::kill::point("ra.effect.done");
        Ok(Performed::Done)
    }

    /// The letter went out.
    ///
    /// # Errors
    /// When the database is gone: the letter may then be sent once more, with the same message id and the same link.
    pub fn letter_sent(&self, due: &Due, at: &mut Moment<'_>) -> Result<(), Error> {
        store::kill::point("ra.letter.sent");
        let entry = self.letter_entry(due, at, |kind, number| Event::MailSent { kind, number });
        let (id, now) = (due.0.effect.id, at.now);
        self.0.store.write(move |tx| {
            store::outbox::done(tx, id, now)?;
            store::journal::append(tx, &entry)
        })?;
        store::kill::point("ra.letter.recorded");
        Ok(())
    }

    /// It failed: later again with growing pauses, or given up and shown on the desk.
    ///
    /// # Errors
    /// When the database is gone.
    pub fn failed(&self, due: &Due, error: &str, permanent: bool, at: &mut Moment<'_>) -> Result<(), Error> {
        let give_up = permanent || due.attempts() >= self.0.limits.effect_tries;
        let doublings = due.attempts().saturating_sub(1).clamp(0, 20);
        let pause = FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
        let next = (!give_up).then(|| at.now.plus_ms(pause));
        let entry = (give_up && due.kind() == "notify")
            .then(|| self.letter_entry(due, at, |kind, _| Event::MailFailed { kind }));
        let (id, error) = (due.0.effect.id, error.chars().take(ERROR_CHARACTERS).collect::<String>());
        Ok(self.0.store.write(move |tx| {
            store::outbox::failed(tx, id, &error, next)?;
            match &entry {
                Some(entry) => store::journal::append(tx, entry),
                None => Ok(()),
            }
        })?)
    }

    /// When the next effect is due.
    ///
    /// # Errors
    /// When the database is gone.
    pub fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.0.store.read(store::outbox::next_due)?)
    }

    fn done(&self, due: &Due, at: &mut Moment<'_>) -> Result<(), Error> {
        let (id, now) = (due.0.effect.id, at.now);
        Ok(self.0.store.write(move |tx| store::outbox::done(tx, id, now))?)
    }

    fn letter_entry(&self, due: &Due, at: &Moment<'_>, event: impl Fn(String, i64) -> Event) -> Entry {
        let kind = text_of(due, "notice").unwrap_or_default();
        let number = payload(due).get("number").and_then(serde_json::Value::as_i64).unwrap_or(0);
        let object = match (certificate_of(due), due.request_id()) {
            (Ok(Some(id)), _) => format!("certificate:{id}"),
            (_, Some(id)) => format!("request:{id}"),
            _ => "server".to_owned(),
        };
        Entry { at: at.now, actor: Actor::System, object, event: event(kind, number) }
    }

    /// A timer fired: the machine says whether it still matters.
    fn timer(&self, id: RequestId, command: &Command, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.again_when_changed(at, |ra, at| {
            let loaded = ra.load(id)?;
            match ra.decide(&loaded, command, at) {
                Ok(decision) => ra.save(&loaded, decision, &Actor::System, at, nothing()),
                // What it waited for is over, one way or another.
                Err(Failure::Refused(refused)) if no_longer_matters(refused.refusal) => Ok(()),
                Err(failure) => Err(failure),
            }
        })
    }

    /// A mailed link ended unused: another one goes out. What may pass (a hold, a block, a bar; an address that somebody is about to correct, and whose
    /// correction names the version that a new link would change) is looked at again a day later.
    fn link_ended(&self, due: &Due, id: RequestId, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.again_when_changed(at, |ra, at| {
            let loaded = ra.load(id)?;
            let (object, version) = (format!("request:{id}"), loaded.request.version);
            let proposed = ra.0.store.read(|tx| store::proposals::open_of_object(tx, &object))?;
            let decision = match ra.decide(&loaded, &Command::LinkEnded, at) {
                Ok(decision) => decision,
                Err(Failure::Refused(refused)) => {
                    return match refused.refusal {
                        Refusal::CertificateOnHold | Refusal::CertificateBlocked | Refusal::SubscriberBarred => {
                            ra.look_again(due, &loaded, at)
                        }
                        // Nothing can be taken behind another one any more.
                        Refusal::CertificateExpired | Refusal::CertificateRevoked | Refusal::CertificateSuperseded => {
                            Ok(())
                        }
                        refusal if no_longer_matters(refusal) => Ok(()),
                        _ => Err(Failure::Refused(refused)),
                    };
                }
                Err(failure) => return Err(failure),
            };
            // guard: no-link-while-the-address-is-corrected
            if proposed.iter().any(|waits| waits.step == CORRECT_EMAIL && waits.version == version) {
                return ra.look_again(due, &loaded, at);
            }
            ra.save(&loaded, decision, &Actor::System, at, nothing())
        })
    }

    /// The same question a day after it was to be asked, while the request lives.
    fn look_again(&self, due: &Due, loaded: &Loaded, at: &mut Moment<'_>) -> Result<(), Failure> {
        let due_at = due.0.effect.due_at.plus_ms(DAY_MS);
        if due_at >= loaded.request.expires_at {
            return Ok(());
        }
        let id = loaded.request.id;
        let key = format!("{}:{id}:{}", due.0.effect.kind, due_at.0);
        let effect = EffectRow { id: EffectId::new(at.now, at.octets()), key, due_at, ..due.0.effect.clone() };
        Ok(self.0.store.write(move |tx| store::outbox::enqueue(tx, &effect))?)
    }

    /// The ready-letter should have gone by now: if not, support gets a ticket.
    fn mail_due(&self, id: RequestId, at: &mut Moment<'_>) -> Result<(), Failure> {
        let loaded = self.load(id)?;
        let waiting = match loaded.request.stage.name() {
            StageName::Accepted => loaded.request.email_confirmed,
            StageName::InReview | StageName::Approved => true,
            StageName::Issued => !self.ready_letter_went(id)?,
            _ => false,
        };
        if !waiting {
            return Ok(());
        }
        let ticket = store::tickets::TicketRow {
            id: domain::ids::TicketId::new(at.now, at.octets()),
            request_id: id,
            kind: "mail-overdue".to_owned(),
            opened_at: at.now,
        };
        let entry =
            Entry { at: at.now, actor: Actor::System, object: format!("request:{id}"), event: Event::MailOverdue };
        self.0.store.write(move |tx| {
            store::tickets::insert(tx, &ticket)?;
            store::journal::append(tx, &entry)
        })?;
        Ok(())
    }

    fn ready_letter_went(&self, id: RequestId) -> Result<bool, Failure> {
        Ok(self.0.store.read(move |tx| {
            let links = store::links::of_request(tx, id)?;
            for link in links {
                let row = store::outbox::by_key(tx, &ready_letter_key(id, link.number))?;
                if row.is_some_and(|row| row.done_at.is_some()) {
                    return Ok::<_, store::Error>(true);
                }
            }
            Ok(false)
        })?)
    }

    /// The letter about a certificate and no request, to the address of record; none for a reminder that is needless by now.
    fn certificate_letter(&self, due: &Due, id: CertificateId, now: Timestamp) -> Result<Option<Letter>, Failure> {
        let certificate = self.certificate_of(id)?;
        let notice = notice_of(due)?;
        if notice == Notice::Expiry && !self.must_still_remind(&certificate, before_of(due)?, now)? {
            return Ok(None);
        }
        let agent = self.known_agent(certificate.agent_id)?;
        let request = match certificate.request_id {
            Some(id) => self.0.store.read(move |tx| store::requests::by_id(tx, id))?,
            None => None,
        };
        Ok(Some(Letter {
            notice,
            to: self.subscriber_of(certificate.subscriber_id)?.contact.email,
            from: agent.mail_from.clone(),
            agent_name: agent.name.clone(),
            support: agent.support.clone(),
            procedure: text_of(due, "procedure")?,
            unz: request.map(|request| request.unz.to_string()).unwrap_or_default(),
            serial: Some(crate::cards::both_notations(&certificate.serial_hex)?),
            class: None,
            link: None,
            until: None,
            predecessor_until: None,
            not_after: Some(certificate.not_after),
            act_until: None,
            reason: reason_of(due),
            cause: cause_of(due),
            by_holder: payload(due).get("by-holder").and_then(serde_json::Value::as_bool).unwrap_or(false),
            at: told_at(due),
            message_id: due.0.effect.id.to_string(),
        }))
    }

    /// The letter of an effect; none when its link has died meanwhile, or a reminder is needless by now.
    fn letter(&self, due: &Due, id: RequestId, now: Timestamp) -> Result<Option<Letter>, Failure> {
        let loaded = self.load(id)?;
        let notice = notice_of(due)?;
        if notice == Notice::Act && !self.act_is_awaited(&loaded, before_of(due)?, now)? {
            return Ok(None);
        }
        let agent = self.known_agent(loaded.request.agent_id)?;
        let mut link = match payload(due).get("number").and_then(serde_json::Value::as_i64) {
            Some(number) => {
                let live = loaded
                    .live_link
                    .as_ref()
                    .is_some_and(|link| link.number == number && link.state == LinkState::Live);
                if !live {
                    return Ok(None);
                }
                let code = self.0.keyring.link.code(id, number);
                Some(format!("{}/ca/certificate?agentId={}&code={code}", self.0.origin, agent.id))
            }
            None => None,
        };
        if notice == Notice::ConfirmEmail {
            if loaded.request.email_confirmed || loaded.request.stage.name() != StageName::Accepted {
                return Ok(None);
            }
            let code = self.0.keyring.link.email_code(id, &loaded.request.contact.email);
            link = Some(format!("{}/ca/email?agentId={}&code={code}", self.0.origin, agent.id));
        }
        let serial = match &loaded.certificate {
            Some(certificate) => Some(crate::cards::both_notations(&certificate.serial_hex)?),
            None => None,
        };
        let class =
            self.0.profiles.get(&loaded.offered.procedure.profile).map(|profile| profile.profile.class().to_owned());
        let until = loaded.live_link.as_ref().filter(|_| link.is_some()).map(|live| live.expires_at);
        let predecessor_until = loaded
            .predecessor
            .as_ref()
            .filter(|old| old.revocation.is_none())
            .map(|old| old.superseded_from.map_or(old.not_after, |from| from.min(old.not_after)));
        Ok(Some(Letter {
            notice,
            to: loaded.request.contact.email.clone(),
            from: agent.mail_from.clone(),
            agent_name: agent.name.clone(),
            support: agent.support.clone(),
            procedure: loaded.request.procedure.clone(),
            unz: loaded.request.unz.to_string(),
            serial,
            class,
            link,
            until,
            predecessor_until,
            not_after: loaded.certificate.as_ref().map(|certificate| certificate.not_after),
            act_until: loaded.request.act.due(),
            reason: reason_of(due),
            cause: None,
            by_holder: false,
            at: told_at(due),
            message_id: due.0.effect.id.to_string(),
        }))
    }
}

/// The certificate that a letter is about, where it is about no request.
fn certificate_of(due: &Due) -> Result<Option<CertificateId>, Error> {
    let Some(id) = payload(due).get("certificate").and_then(serde_json::Value::as_str).map(str::to_owned) else {
        return Ok(None);
    };
    id.parse().map(Some).map_err(|_| Error::Contradiction(format!("effect {} names no certificate", due.0.effect.key)))
}

fn notice_of(due: &Due) -> Result<Notice, Error> {
    Notice::from_name(&text_of(due, "notice")?)
        .ok_or_else(|| Error::Contradiction(format!("effect {} names no known letter", due.0.effect.key)))
}

/// How long before its date a reminder goes out.
fn before_of(due: &Due) -> Result<Span, Error> {
    Span::parse(&text_of(due, "before")?)
        .ok_or_else(|| Error::Contradiction(format!("effect {} names no span", due.0.effect.key)))
}

/// The reason of the day: what it was given for may stand otherwise by now.
fn reason_of(due: &Due) -> Option<String> {
    payload(due).get("reason").and_then(serde_json::Value::as_str).map(str::to_owned)
}

fn cause_of(due: &Due) -> Option<RevocationReason> {
    let payload = payload(due);
    let name = payload.get("cause").and_then(serde_json::Value::as_str)?;
    RevocationReason::ALL.into_iter().find(|cause| cause.name() == name)
}

/// Letters are born with what they tell of; only a reminder waits for its day, and says which.
fn told_at(due: &Due) -> Timestamp {
    let day = payload(due).get("due").and_then(serde_json::Value::as_i64);
    day.map_or_else(|| due.0.effect.id.made_at(), Timestamp)
}

fn no_longer_matters(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::StageDoesNotAllow | Refusal::RequestExpired | Refusal::ActAbsent)
}

fn payload(due: &Due) -> serde_json::Value {
    serde_json::from_str(&due.0.effect.payload).unwrap_or_default()
}

fn text_of(due: &Due, field: &str) -> Result<String, Error> {
    payload(due)
        .get(field)
        .and_then(serde_json::Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Error::Contradiction(format!("effect {} has no {field}", due.0.effect.key)))
}
