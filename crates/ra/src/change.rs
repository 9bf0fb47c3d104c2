//! Loading everything a decision may look at, and saving everything it decided in one transaction.

use std::sync::Arc;

use domain::actor::Actor;
use domain::applicant::Applicant;
use domain::certificate::{Certificate, CertificateCommand};
use domain::ids::{CertificateId, EffectId, LinkId, RequestId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::procedure::{ActForm, Kind};
use domain::request::command::{CertificateFacts, PredecessorFacts};
use domain::request::decide::Notice;
use domain::request::{Command, Decision, Effect, Facts, LinkChange, Request, Stage};
use domain::subscriber::{Organisation, Subscriber};
use domain::{Refusal, Timestamp};
use store::Tx;
use store::intents::IntentRow;
use store::links::{LinkRow, LinkState};
use store::outbox::EffectRow;
use store::request_files::RequestFiles;

use crate::countersignature::effect_key;
use crate::failure::{Error, Failure, Refused};
use crate::keyring::LinkKey;
use crate::revocation::crl_effect;
use crate::setup::{Moment, Offered, Ra};

/// A request with everything around it, read in one snapshot.
pub(crate) struct Loaded {
    pub(crate) request: Request,
    pub(crate) offered: Arc<Offered>,
    pub(crate) subscriber: Subscriber,
    /// What was said at the public door, where the request began there.
    pub(crate) applicant: Option<Applicant>,
    pub(crate) organisation: Option<Organisation>,
    pub(crate) predecessor: Option<Certificate>,
    /// What came after the same predecessor and is in service.
    pub(crate) earlier_successors: Vec<Certificate>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) files: RequestFiles,
    pub(crate) other_request_open: bool,
    pub(crate) live_link: Option<LinkRow>,
    /// What was put on record to be signed for it, until the certificate is stored.
    pub(crate) open_intent: Option<IntentRow>,
}

impl Loaded {
    /// The text of the act, where the client signs it by keys; one on paper is printed and signed by hand.
    pub(crate) fn electronic_act(&self) -> Option<&String> {
        let is_electronic = self.offered.procedure.act.as_ref().is_some_and(|rule| rule.form == ActForm::Electronic);
        self.files.act_text.as_ref().filter(|_| is_electronic)
    }
}

/// How often a verb starts again because somebody changed the same row between its load and its save.
const TRIES: usize = 16;

/// More rows for the transaction of a change.
pub(crate) type Extra = Box<dyn FnMut(&mut Tx<'_>) -> Result<(), store::Error> + Send>;

impl Ra {
    pub(crate) fn load(&self, id: RequestId) -> Result<Loaded, Failure> {
        let found = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let Some(request) = store::requests::by_id(tx, id)? else { return Ok(None) };
            let subscriber = store::subscribers::by_id(tx, request.subscriber_id)?;
            let organisation = match subscriber.as_ref().and_then(|subscriber| subscriber.organisation_id) {
                Some(organisation) => store::organisations::by_id(tx, organisation)?,
                None => None,
            };
            let applicant = match request.kind {
                Kind::FirstIssue => store::applicants::of_request(tx, id)?,
                _ => None,
            };
            let predecessor = match request.predecessor {
                Some(predecessor) => store::certificates::by_id(tx, predecessor)?,
                None => None,
            };
            let earlier_successors = match &predecessor {
                Some(predecessor) if !request.stage.name().is_end() => successors(tx, predecessor, &request)?,
                _ => Vec::new(),
            };
            let certificate = match certificate_id(&request) {
                Some(certificate) => store::certificates::by_id(tx, certificate)?,
                None => None,
            };
            let files = store::request_files::get(tx, id)?.unwrap_or_default();
            let open = store::requests::open_of_subscriber(tx, request.subscriber_id)?;
            let other_request_open = open.iter().any(|other| other.id != id);
            let live_link = store::links::live_of_request(tx, id)?;
            let open_intent = store::intents::by_request(tx, id)?.filter(|intent| intent.completed_at.is_none());
            Ok(Some((
                request,
                subscriber,
                applicant,
                organisation,
                predecessor,
                earlier_successors,
                certificate,
                files,
                other_request_open,
                live_link,
                open_intent,
            )))
        })?;
        let (
            request,
            subscriber,
            applicant,
            organisation,
            predecessor,
            earlier_successors,
            certificate,
            files,
            other_request_open,
            live_link,
            open_intent,
        ) = found.ok_or(Refusal::NotFound)?;
        let subscriber =
            subscriber.ok_or_else(|| Error::Contradiction(format!("request {id} names no subscriber of record")))?;
        let offered = self.offered(&request.procedure, &request.procedure_sha256)?;
        Ok(Loaded {
            request,
            offered,
            subscriber,
            applicant,
            organisation,
            predecessor,
            earlier_successors,
            certificate,
            files,
            other_request_open,
            live_link,
            open_intent,
        })
    }

    pub(crate) fn subscriber_of(&self, id: SubscriberId) -> Result<Subscriber, Failure> {
        self.0
            .store
            .read(move |tx| store::subscribers::by_id(tx, id))?
            .ok_or_else(|| Error::Contradiction(format!("no subscriber {id} of record")).into())
    }

    pub(crate) fn certificate_of(&self, id: CertificateId) -> Result<Certificate, Failure> {
        Ok(self.0.store.read(move |tx| store::certificates::by_id(tx, id))?.ok_or(Refusal::NotFound)?)
    }

    /// Runs a verb of a known person: a refusal of it goes to the journal before it goes out. Whoever came by password proved no
    /// certificate, and no verb is theirs.
    pub(crate) fn attempt<T>(
        &self,
        actor: &Actor,
        object: &str,
        verb: &'static str,
        at: &mut Moment<'_>,
        run: impl FnOnce(&Self, &mut Moment<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.journaled(actor, object, verb, at, |ra, at| {
            // guard: password-does-nothing
            if matches!(actor, Actor::Reader { .. }) {
                return Err(Refusal::CertificateSignInNeeded.into());
            }
            run(ra, at)
        })
    }

    /// The same without that question: for the tries at a password and what changes it.
    pub(crate) fn journaled<T>(
        &self,
        actor: &Actor,
        object: &str,
        verb: &'static str,
        at: &mut Moment<'_>,
        run: impl FnOnce(&Self, &mut Moment<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let outcome = run(self, at);
        if let Err(Failure::Refused(refused)) = &outcome {
            let entry = Entry {
                at: at.now,
                actor: actor.clone(),
                object: object.to_owned(),
                event: Event::refused(verb, refused.refusal),
            };
            // No room for the audit row means no answer either (R29).
            self.0.store.write(move |tx| store::journal::append(tx, &entry))?;
        }
        outcome
    }

    /// Starts `run` again while somebody else changes the same rows, then gives up with [`Refusal::ChangedMeanwhile`].
    pub(crate) fn again_when_changed<T>(
        &self,
        at: &mut Moment<'_>,
        mut run: impl FnMut(&Self, &mut Moment<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..TRIES {
            match run(self, at) {
                Err(Failure::Broken(Error::Conflict(_))) => {}
                outcome => return outcome,
            }
        }
        Err(Refusal::ChangedMeanwhile.into())
    }

    /// Decides one command against what was loaded.
    pub(crate) fn decide(&self, loaded: &Loaded, command: &Command, at: &Moment<'_>) -> Result<Decision, Failure> {
        self.decide_on(&loaded.request, loaded, command, false, at)
    }

    /// Decides against a request further on than the one loaded: the second of two commands that are saved together.
    pub(crate) fn decide_on(
        &self,
        request: &Request,
        loaded: &Loaded,
        command: &Command,
        key_seen_before: bool,
        at: &Moment<'_>,
    ) -> Result<Decision, Failure> {
        let agent = self.known_agent(request.agent_id)?;
        let facts = Facts {
            predecessor: loaded.predecessor.as_ref().map(|certificate| PredecessorFacts {
                standing: certificate.standing(at.now),
                not_after: certificate.not_after,
            }),
            certificate: loaded.certificate.as_ref().map(|certificate| CertificateFacts {
                progress: certificate.progress,
                standing: certificate.standing(at.now),
                blocked_since: certificate.blocked_since,
            }),
            key_seen_before,
            subscriber_barred: loaded.subscriber.barred,
            subscriber_admitted: loaded.subscriber.admitted,
            contact_of_record: &loaded.subscriber.contact,
            other_request_open: loaded.other_request_open,
            link_expires_at: loaded.live_link.as_ref().map(|link| link.expires_at),
            act_is_signed: loaded.files.act_cms.is_some(),
            agent_countersigns: agent.countersignature.is_some(),
            calendar: &agent.calendar,
        };
        domain::request::decide(request, command, &loaded.offered.procedure, &facts, at.now)
            .map_err(|refusal| Refused::of(refusal, &request.procedure).into())
    }

    /// Saves a decision whole: request, certificates, link, outbox and journal in one transaction.
    pub(crate) fn save(
        &self,
        loaded: &Loaded,
        decision: Decision,
        actor: &Actor,
        at: &mut Moment<'_>,
        extra: Extra,
    ) -> Result<(), Failure> {
        let saving = self.prepare_saving(loaded, decision, actor, at, extra)?;
        let has_effects = !saving.effects.is_empty();
        self.commit(saving)?;
        if has_effects {
            self.wake();
        }
        Ok(())
    }

    /// Saves the decision that begins a request: `extra` inserts the row.
    pub(crate) fn insert(
        &self,
        loaded: &Loaded,
        decision: Decision,
        actor: &Actor,
        at: &mut Moment<'_>,
        extra: Extra,
    ) -> Result<(), Failure> {
        let mut saving = self.prepare_saving(loaded, decision, actor, at, extra)?;
        saving.is_new = true;
        self.commit(saving)
    }

    fn prepare_saving(
        &self,
        loaded: &Loaded,
        decision: Decision,
        actor: &Actor,
        at: &mut Moment<'_>,
        extra: Extra,
    ) -> Result<Saving, Failure> {
        let mut events = decision.events;
        let mut certificates = Vec::new();
        if let Some(certificate) = &loaded.certificate {
            certificates.extend(stepped(certificate, &decision.certificate, at.now, &mut events)?);
        }
        if let (Some(certificate), Some(command)) = (&loaded.predecessor, decision.predecessor) {
            certificates.extend(stepped(certificate, &[command], at.now, &mut events)?);
        }
        if let Some(command) = decision.earlier_successors {
            let may_end = |one: &&Certificate| one.standing(at.now).may_be_superseded();
            for certificate in loaded.earlier_successors.iter().filter(may_end) {
                certificates.extend(stepped(certificate, &[command], at.now, &mut events)?);
            }
        }
        let object = format!("request:{}", decision.request.id);
        let entries = events
            .into_iter()
            .map(|event| Entry { at: at.now, actor: actor.clone(), object: object.clone(), event })
            .collect();
        let mut effects = Vec::new();
        for effect in &decision.effects {
            effects.extend(effect_row(effect, &decision.request, loaded, at)?);
        }
        if loaded.open_intent.is_some() && decision.request.stage.name().is_end() {
            // Something may have been signed for it: the worker closes the intent.
            effects.extend(effect_row(&Effect::Issue, &decision.request, loaded, at)?);
        }
        let subscriber = decision.contact_of_record.map(|contact| Subscriber { contact, ..loaded.subscriber.clone() });
        Ok(Saving {
            request: decision.request,
            is_new: false,
            subscriber,
            certificates,
            link: decision.link,
            link_id: LinkId::new(at.now, at.octets()),
            letter_id: EffectId::new(at.now, at.octets()),
            link_key: self.0.keyring.link.clone(),
            effects,
            entries,
            actor: actor.clone(),
            now: at.now,
            extra,
        })
    }

    fn commit(&self, mut saving: Saving) -> Result<(), Failure> {
        store::kill::point("ra.save.before");
        self.0.store.write(move |tx| saving.rows(tx))?;
        store::kill::point("ra.save.after");
        Ok(())
    }
}

/// The outbox row of an effect; the ready-letter is made with its link instead. Keys carry the version that decided, so that what is
/// decided anew is done anew.
fn effect_row(
    effect: &Effect,
    request: &Request,
    loaded: &Loaded,
    at: &mut Moment<'_>,
) -> Result<Option<EffectRow>, Error> {
    let id = EffectId::new(at.now, at.octets());
    let (request_id, version) = (request.id, request.version);
    let (key, kind, payload, due_at) = match effect {
        Effect::Issue => (format!("issue:{request_id}:{version}"), "issue", String::new(), at.now),
        Effect::Notify(Notice::Ready) => return Ok(None),
        Effect::Notify(notice) => {
            let reason = match &request.stage {
                Stage::NeedsFix { reason, .. } | Stage::Rejected { reason, .. } => Some(reason),
                _ => None,
            };
            let payload = serde_json::json!({ "notice": notice.name(), "reason": reason }).to_string();
            (format!("notify:{request_id}:{}:{version}", notice.name()), "notify", payload, at.now)
        }
        Effect::Countersign => (effect_key(request_id), "countersign", String::new(), at.now),
        Effect::PublishCrl => {
            let certificate = loaded.certificate.as_ref().ok_or_else(|| {
                Error::Contradiction(format!("request {request_id} touches a CRL without a certificate"))
            })?;
            return Ok(Some(EffectRow { request_id: Some(request_id), ..crl_effect(&certificate.authority, at) }));
        }
        Effect::LapseAt(due) => (format!("lapse:{request_id}"), "lapse", String::new(), due.plus_ms(1)),
        Effect::MailDueAt(due) => (format!("mail-due:{request_id}:{version}"), "mail-due", String::new(), *due),
        Effect::LinkEndsAt(due) => {
            (format!("link-ended:{request_id}:{version}"), "link-ended", String::new(), due.plus_ms(1))
        }
        Effect::ActDueAt(due) => (format!("act-due:{request_id}:{version}"), "act-due", String::new(), due.plus_ms(1)),
        Effect::RemindOfAct { before, at } => {
            let notice = Notice::Act.name();
            let payload =
                serde_json::json!({ "notice": notice, "before": before.to_string(), "due": at.0 }).to_string();
            (format!("notify:{request_id}:{notice}:{before}:{version}"), "notify", payload, *at)
        }
    };
    Ok(Some(EffectRow { id, key, kind: kind.to_owned(), request_id: Some(request_id), payload, due_at }))
}

/// Everything one transaction writes. Written again from the start when the database asks for a retry.
struct Saving {
    request: Request,
    is_new: bool,
    subscriber: Option<Subscriber>,
    certificates: Vec<Certificate>,
    link: LinkChange,
    link_id: LinkId,
    letter_id: EffectId,
    link_key: Arc<LinkKey>,
    effects: Vec<EffectRow>,
    entries: Vec<Entry>,
    actor: Actor,
    now: Timestamp,
    extra: Extra,
}

impl Saving {
    fn rows(&mut self, tx: &mut Tx<'_>) -> Result<(), store::Error> {
        // A certificate must be there before its request names it.
        (self.extra)(tx)?;
        store::kill::point("ra.save.extra-saved");
        if !self.is_new {
            store::requests::save(tx, &self.request)?;
        }
        if let Some(subscriber) = &self.subscriber {
            store::subscribers::save(tx, subscriber)?;
        }
        store::kill::point("ra.save.request-saved");
        for certificate in &self.certificates {
            store::certificates::save(tx, certificate)?;
        }
        for entry in &self.entries {
            store::journal::append(tx, entry)?;
        }
        self.change_link(tx)?;
        for effect in &self.effects {
            store::outbox::enqueue(tx, effect)?;
        }
        store::kill::point("ra.save.rows-written");
        Ok(())
    }

    fn change_link(&self, tx: &mut Tx<'_>) -> Result<(), store::Error> {
        let (to, event): (LinkState, fn(i64) -> Option<Event>) = match self.link {
            LinkChange::Keep => return Ok(()),
            LinkChange::Make { .. } => (LinkState::Replaced, |number| Some(Event::LinkReplaced { number })),
            LinkChange::Spend => (LinkState::Spent, |number| Some(Event::LinkSpent { number })),
            LinkChange::Kill => (LinkState::Dead, |_| None),
        };
        let links = store::links::of_request(tx, self.request.id)?;
        if let Some(live) = links.iter().find(|link| link.state == LinkState::Live) {
            store::links::set_state(tx, live.id, LinkState::Live, to)?;
            if let Some(event) = event(live.number) {
                self.journal(tx, event)?;
            }
        }
        if let LinkChange::Make { expires_at } = self.link {
            let number = links.iter().map(|link| link.number).max().unwrap_or(0) + 1;
            self.make_link(tx, number, expires_at)?;
        }
        Ok(())
    }

    /// The link and the letter that carries it are born together: there is never one without the other.
    fn make_link(&self, tx: &mut Tx<'_>, number: i64, expires_at: Timestamp) -> Result<(), store::Error> {
        let code = self.link_key.code(self.request.id, number);
        store::links::insert(
            tx,
            &LinkRow {
                id: self.link_id,
                request_id: self.request.id,
                agent_id: self.request.agent_id,
                number,
                code_sha256: crypto::sha256(code.as_bytes()),
                state: LinkState::Live,
                created_at: self.now,
                expires_at,
            },
        )?;
        self.journal(tx, Event::LinkMade { number, expires: expires_at.to_string() })?;
        store::outbox::enqueue(
            tx,
            &EffectRow {
                id: self.letter_id,
                key: ready_letter_key(self.request.id, number),
                kind: "notify".to_owned(),
                request_id: Some(self.request.id),
                payload: serde_json::json!({ "notice": "ready", "number": number }).to_string(),
                due_at: self.now,
            },
        )
    }

    fn journal(&self, tx: &mut Tx<'_>, event: Event) -> Result<(), store::Error> {
        let object = format!("request:{}", self.request.id);
        store::journal::append(tx, &Entry { at: self.now, actor: self.actor.clone(), object, event })
    }
}

/// The outbox key of the letter with link `number`.
pub(crate) fn ready_letter_key(request: RequestId, number: i64) -> String {
    format!("notify:{request}:ready:{number}")
}

/// The certificate after these steps, with their events added; none when there are no steps.
fn stepped(
    certificate: &Certificate,
    commands: &[CertificateCommand],
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<Option<Certificate>, Refusal> {
    let mut current = certificate.clone();
    for command in commands {
        let (next, event) = domain::certificate::decide(&current, *command, now)?;
        current = next;
        events.push(event);
    }
    Ok((!commands.is_empty()).then_some(current))
}

/// Certificates other than this request's that came after `predecessor` and went into service; the look costs something only where there is one.
fn successors(tx: &mut Tx<'_>, predecessor: &Certificate, but: &Request) -> Result<Vec<Certificate>, store::Error> {
    if predecessor.superseded_from.is_none() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for request in store::requests::of_subscriber(tx, predecessor.subscriber_id)? {
        let succeeds = request.id != but.id && request.predecessor == Some(predecessor.id);
        if let Stage::InService { certified, .. } = &request.stage
            && succeeds
        {
            found.extend(store::certificates::by_id(tx, certified.certificate_id)?);
        }
    }
    Ok(found)
}

fn certificate_id(request: &Request) -> Option<CertificateId> {
    use domain::request::Stage;
    match &request.stage {
        Stage::Rejected { certificate_id, .. } | Stage::Expired { certificate_id } => *certificate_id,
        stage => stage.certified().map(|certified| certified.certificate_id),
    }
}

/// Two decisions saved as one: the second was made on the first one's request.
pub(crate) fn joined(first: Decision, second: Decision) -> Decision {
    Decision {
        request: second.request,
        events: [first.events, second.events].concat(),
        effects: [first.effects, second.effects].concat(),
        certificate: [first.certificate, second.certificate].concat(),
        predecessor: second.predecessor.or(first.predecessor),
        earlier_successors: second.earlier_successors.or(first.earlier_successors),
        link: if second.link == LinkChange::Keep { first.link } else { second.link },
        contact_of_record: second.contact_of_record.or(first.contact_of_record),
    }
}

/// Nothing more for the transaction.
pub(crate) fn nothing() -> Extra {
    Box::new(|_| Ok(()))
}
