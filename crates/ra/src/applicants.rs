//! The public door: a first certificate for somebody the bank does not know yet (seed A001).
//!
//! Who comes through it holds nothing but a secret that the door made for them; with it they may go on with their own request and with
//! nothing else. What they say of themselves stands apart from the bank's record until a member of staff has compared it with the
//! application on paper and takes them in. Nobody learns here whether an organisation or a person is known.

use domain::act::Act;
use domain::actor::{Actor, Role};
use domain::applicant::{Applicant, LatinSpelling};
use domain::ids::{AgentId, Nonce, OrganisationId, OwnerId, RequestId, SubscriberId, Unz};
use domain::journal::{Entry, Event};
use domain::latin::same_name;
use domain::paper::Document;
use domain::procedure::{EmailConfirmation, Login, Proof};
use domain::request::{Command, Request, Stage, StageName};
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{CaseForms, Email, Gender, Organisation, Subscriber};
use domain::{Refusal, Timestamp, text};
use subtle::ConstantTimeEq as _;

use crate::cards::RequestCard;
use crate::change::{Loaded, nothing};
use crate::comparison::{Compared, compared, exactly, same_address, same_phone, some};
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Offered, Ra};
use crate::submission::handed_in;

/// What somebody says at the public door.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// Name of the procedure.
    pub procedure: String,
    /// The form, checked.
    pub applicant: Applicant,
    /// The spelling that the applicant confirmed.
    pub latin: LatinSpelling,
}

/// What a member of staff reads off the application on paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admission {
    /// The name in the cases that documents use.
    pub name: CaseForms,
    /// For participles.
    pub gender: Gender,
    /// «директор»; empty for a natural person.
    pub position: String,
    /// Basis of the power, genitive: «Устава»; empty for a natural person.
    pub basis: String,
    /// Why this is not the person of the same name whom the record has; empty where it has none.
    pub apart: String,
}

/// Somebody of the record whom an applicant may be.
#[derive(Clone, Debug)]
pub struct FoundPerson {
    /// The person's id.
    pub id: SubscriberId,
    /// The version that is looked at.
    pub version: i64,
    /// Their name of record.
    pub name: String,
    /// «Идентификатор владельца сертификата».
    pub owner_id: OwnerId,
    /// Whether the bank barred them from remote work.
    pub barred: bool,
    /// What the applicant says beside what the record says.
    pub compared: Vec<Compared>,
}

/// What an application on paper says.
#[derive(Clone, Debug)]
pub struct ApplicationFile {
    /// The agent it goes to.
    pub agent_id: AgentId,
    /// Name of the procedure.
    pub procedure: String,
    /// The request.
    pub unz: Unz,
    /// Binds the text to the request.
    pub nonce: Nonce,
    /// The class of the certificate, as people call it: «Класс 2».
    pub class: String,
    /// «Идентификатор владельца сертификата».
    pub owner_id: OwnerId,
    /// Who applies.
    pub applicant: Applicant,
    /// When it was handed in.
    pub made_at: Timestamp,
    /// When and by whom of the bank it was taken, once it was.
    pub taken: Option<(Timestamp, String)>,
}

/// A request whose address is asked to answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmailAsked {
    /// The agent it was handed in at.
    pub agent_id: AgentId,
    /// Name of the procedure.
    pub procedure: String,
    /// УНЗ.
    pub unz: Unz,
    /// The address.
    pub email: Email,
    /// Whether it answered.
    pub is_confirmed: bool,
    /// Whether it may answer now.
    pub is_open: bool,
}

/// Most characters of a line of an admission.
const LINE_CHARACTERS: usize = 200;

impl Ra {
    /// Begins a request at the public door, or states it anew: one secret has one request. `secret` is 32 random octets in hexadecimal
    /// that the door made and gave to this visitor alone.
    ///
    /// # Errors
    /// Refused when the agent offers no such procedure, for a spelling that is not Latin, and once the request is handed in.
    pub fn apply(
        &self,
        agent_id: AgentId,
        secret: &str,
        new: &NewApplication,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.again_when_changed(at, |ra, at| match ra.request_of_secret(secret)? {
            Some(id) => ra.restate(agent_id, id, new, at),
            None => match ra.begin(agent_id, secret, new, at) {
                // Two clicks at once: the first one's request is there now.
                Err(Failure::Broken(Error::AlreadyThere(what))) if what.starts_with("applicants.") => {
                    Err(Error::Conflict("applicant").into())
                }
                outcome => outcome,
            },
        })
    }

    /// Whoever holds the secret of a request that was begun at the public door, and that request.
    ///
    /// # Errors
    /// Refused as not found when there is no such secret.
    pub fn applicant(&self, secret: &str) -> Result<(Actor, RequestId), Failure> {
        let id = self.request_of_secret(secret)?.ok_or(Refusal::NotFound)?;
        let request = self.0.store.read(move |tx| store::requests::by_id(tx, id))?.ok_or(Refusal::NotFound)?;
        Ok((Actor::Applicant { request_id: id, agent_id: request.agent_id }, id))
    }

    /// Whether the request of this secret is one at this agent and still the applicant's to change; who has handed one in, or comes to another agent,
    /// begins another.
    ///
    /// # Errors
    /// When the database fails.
    pub fn goes_on(&self, agent_id: AgentId, secret: &str, at: &mut Moment<'_>) -> Result<bool, Failure> {
        Ok(self.open_application(agent_id, secret, at)?.is_some())
    }

    /// Whether what is said now belongs to that request. A secret that somebody else knows must not lead to what the next one at the same computer
    /// says: words that change begin another request, with another secret, but for an application that the bank returned, which its own person
    /// corrects.
    ///
    /// # Errors
    /// When the database fails.
    pub fn goes_on_with(
        &self,
        agent_id: AgentId,
        secret: &str,
        new: &NewApplication,
        at: &mut Moment<'_>,
    ) -> Result<bool, Failure> {
        let Some(loaded) = self.open_application(agent_id, secret, at)? else { return Ok(false) };
        let Some(said) = &loaded.applicant else { return Ok(false) };
        // A key goes no other way than with the application, so it was handed in.
        Ok(if loaded.files.pkcs10.is_some() {
            same_name(&said.full_name(), &new.applicant.full_name())
                || said.contact.email == new.applicant.contact.email
        } else {
            *said == new.applicant && new.applicant.subject(&new.latin).is_ok_and(|said| said == loaded.request.subject)
        })
    }

    /// The request of a secret, while its applicant may change it.
    fn open_application(
        &self,
        agent_id: AgentId,
        secret: &str,
        at: &mut Moment<'_>,
    ) -> Result<Option<Loaded>, Failure> {
        let Some(id) = self.request_of_secret(secret)? else { return Ok(None) };
        let loaded = self.load(id)?;
        if loaded.request.agent_id != agent_id {
            return Ok(None);
        }
        let Request { subject, contact, .. } = loaded.request.clone();
        match self.decide(&loaded, &Command::Restate { subject, contact }, at) {
            Ok(_) => Ok(Some(loaded)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(broken) => Err(broken),
        }
    }

    /// What was said for a request, for the one who said it and for the staff of its agent.
    ///
    /// # Errors
    /// Refused as not found for anybody else, and for a request that was not begun at the public door.
    pub fn applicant_of(&self, actor: &Actor, id: RequestId) -> Result<Applicant, Failure> {
        Ok(self.load_application(actor, id)?.applicant.ok_or(Refusal::NotFound)?)
    }

    /// The same for whoever takes applicants into the record.
    ///
    /// # Errors
    /// Refused without the role, and for a request that was not begun at the public door.
    pub fn applicant_to_admit(&self, actor: &Actor, id: RequestId) -> Result<Applicant, Failure> {
        let loaded = self.load_of_agent(actor, id)?;
        may_admit(actor)?;
        Ok(loaded.applicant.ok_or(Refusal::StageDoesNotAllow)?)
    }

    /// The facts of the application on paper, once the request is handed in.
    ///
    /// # Errors
    /// Refused as [`Ra::applicant_of`], and before the request is handed in: what is printed is what was sent.
    pub fn application(&self, actor: &Actor, id: RequestId) -> Result<ApplicationFile, Failure> {
        let loaded = self.load_application(actor, id)?;
        let applicant = loaded.applicant.clone().ok_or(Refusal::NotFound)?;
        let request = &loaded.request;
        let submitted = request.stage.submitted().ok_or(Refusal::StageDoesNotAllow)?;
        let profile = self.0.profiles.get(&loaded.offered.procedure.profile);
        let profile =
            profile.ok_or_else(|| Error::Setup(format!("no profile {}", loaded.offered.procedure.profile)))?;
        let taken = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let papers = store::papers::of_request(tx, id)?;
            let Some(paper) = papers.into_iter().rev().find(|paper| paper.document == Document::Application) else {
                return Ok(None);
            };
            let by = store::staff::by_id(tx, paper.registered_by)?;
            Ok(by.map(|member| (paper.registered_at, member.name)))
        })?;
        Ok(ApplicationFile {
            agent_id: request.agent_id,
            procedure: request.procedure.clone(),
            unz: request.unz,
            nonce: request.nonce,
            class: profile.profile.class().to_owned(),
            owner_id: self.as_stated(&loaded)?.owner_id,
            applicant,
            made_at: submitted.accepted_at,
            taken,
        })
    }

    fn load_application(&self, actor: &Actor, id: RequestId) -> Result<Loaded, Failure> {
        match actor {
            Actor::Staff { .. } => self.load_of_agent(actor, id),
            _ => self.load_own(actor, id),
        }
    }

    /// Hands a request in that no current key signs. A second click answers as the first did.
    ///
    /// # Errors
    /// Refused before there is a key, and where the current key must sign.
    pub fn send(&self, actor: &Actor, id: RequestId, at: &mut Moment<'_>) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "send", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load_own(actor, id)?;
                if loaded.offered.procedure.proof == Proof::None && handed_in(loaded.request.stage.name()) {
                    return ra.request(actor, id, at);
                }
                let decision = ra.decide(&loaded, &Command::Send, at)?;
                ra.save(&loaded, decision, actor, at, nothing())?;
                ra.request(actor, id, at)
            })
        })
    }

    /// The people of the record whom this applicant may be: of the same organisation by ИНН, or natural persons like them, with the same name by
    /// either spelling. Nobody but the staff hears of them.
    ///
    /// # Errors
    /// Refused without the role of whoever takes applicants in, and for a request that was not begun at the public door.
    pub fn found_of_record(&self, actor: &Actor, id: RequestId) -> Result<Vec<FoundPerson>, Failure> {
        let loaded = self.load_of_agent(actor, id)?;
        may_admit(actor)?;
        let applicant = loaded.applicant.as_ref().ok_or(Refusal::StageDoesNotAllow)?;
        let (organisation, people) = self.same_of_record(&loaded)?;
        let claimed = applicant.organisation.as_ref();
        let lines = |person: &Subscriber| {
            let mut lines =
                vec![compared("person", some(&applicant.full_name()), some(&person.name.nominative), same_name)];
            if let (Some(claimed), Some(organisation)) = (claimed, &organisation) {
                lines.push(compared("organisation", some(&claimed.name), some(&organisation.name), same_name));
                lines.push(compared("inn", some(claimed.inn.as_str()), some(organisation.inn.as_str()), exactly));
            }
            let (said, known) = (&applicant.contact, &person.contact);
            lines.extend([
                compared("phone", some(&said.phone), some(&known.phone), same_phone),
                compared("email", some(said.email.as_str()), some(known.email.as_str()), same_address),
                compared(
                    "subject",
                    some(&loaded.request.subject.to_string()),
                    some(&person.subject.to_string()),
                    exactly,
                ),
            ]);
            lines
        };
        let found = people.iter().map(|person| FoundPerson {
            id: person.id,
            version: person.version,
            name: person.name.nominative.clone(),
            owner_id: person.owner_id.clone(),
            barred: person.barred,
            compared: lines(person),
        });
        Ok(found.collect())
    }

    /// The applicant is this person of the record: the request is theirs from then on and may be approved. The record stays as it is, what the
    /// applicant said stays with the request. A second click answers as the first did.
    ///
    /// # Errors
    /// Refused without the role, before the application is registered, when the request or the person changed since they were looked at, for a
    /// person who was not found for this applicant, and while that person has another open request.
    pub fn bind_applicant(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        (person_id, person_version): (SubscriberId, i64),
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "bind-applicant", at, |ra, at| {
            let loaded = ra.load_of_agent(actor, id)?;
            may_admit(actor)?;
            if loaded.request.version != version {
                let is_done = loaded.subscriber.id == person_id && loaded.subscriber.admitted;
                return if is_done { ra.request(actor, id, at) } else { Err(Refusal::ChangedMeanwhile.into()) };
            }
            may_be_decided(&loaded)?;
            let (_, people) = ra.same_of_record(&loaded)?;
            // guard: nobody-binds-themselves
            ra.must_not_be_among(actor, &people)?;
            // guard: bound-to-who-was-found
            let person = people.into_iter().find(|person| person.id == person_id).ok_or(Refusal::NotFound)?;
            if person.version != person_version {
                return Err(Refusal::ChangedMeanwhile.into());
            }
            let own = loaded.subscriber.id;
            let event = Event::ApplicantBound { subscriber_id: person.id.to_string(), applicant_id: own.to_string() };
            let entry = Entry { at: at.now, actor: actor.clone(), object: format!("request:{id}"), event };
            let request = loaded.request;
            let written = ra.0.store.write(move |tx| {
                store::applicants::bind(tx, id, person.id, Some(own))?;
                store::requests::save(tx, &request)?;
                store::journal::append(tx, &entry)
            });
            match written {
                Err(store::Error::Conflict { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::PersonHasOpenRequest.into()),
                Err(error) => Err(error.into()),
                Ok(()) => ra.request(actor, id, at),
            }
        })
    }

    /// The organisation that the record has by the applicant's ИНН, and those of its people who may be the applicant.
    fn same_of_record(&self, loaded: &Loaded) -> Result<(Option<Organisation>, Vec<Subscriber>), Failure> {
        let Some(applicant) = loaded.applicant.clone() else { return Ok((None, Vec::new())) };
        let (agent_id, own) = (loaded.request.agent_id, loaded.subscriber.id);
        let names = |name: String, subject: &Subject| {
            let latin = subject.value(AttributeType::CN).map(str::to_owned);
            [Some(name), latin].into_iter().flatten().collect::<Vec<_>>()
        };
        let said = names(applicant.full_name(), &loaded.request.subject);
        let (organisation, mut people) = self.0.store.read(move |tx| -> Result<_, store::Error> {
            let organisation = match &applicant.organisation {
                None => None,
                Some(claimed) => match store::organisations::by_inn(tx, agent_id, claimed.inn.as_str())? {
                    None => return Ok((None, Vec::new())),
                    known => known,
                },
            };
            let of = organisation.as_ref().map(|organisation| organisation.id);
            let people = store::subscribers::on_record(tx, agent_id, of, &applicant.full_name())?;
            Ok((organisation, people))
        })?;
        people.retain(|person| {
            let known = names(person.name.nominative.clone(), &person.subject);
            person.id != own && known.iter().any(|name| said.iter().any(|other| same_name(name, other)))
        });
        Ok((organisation, people))
    }

    /// Whether the applicant is one of the record is no question for who may be that very one.
    fn must_not_be_among(&self, actor: &Actor, people: &[Subscriber]) -> Result<(), Failure> {
        let own = self.own_records(actor)?;
        if people.iter().any(|person| own.contains(&person.id)) { Err(Refusal::OwnMatter.into()) } else { Ok(()) }
    }

    /// Whether this member of staff may take the applicant into the record now.
    pub(crate) fn may_admit_now(&self, actor: &Actor, loaded: &Loaded) -> Result<bool, Failure> {
        let may = may_admit(actor).is_ok() && may_be_decided(loaded).is_ok();
        if !may || self.own_records(actor)?.is_empty() {
            return Ok(may);
        }
        let (_, people) = self.same_of_record(loaded)?;
        match self.must_not_be_among(actor, &people) {
            Err(Failure::Refused(_)) => Ok(false),
            among => among.map(|()| true),
        }
    }

    /// The person as the applicant stated them, also after the request was bound to somebody of the record.
    pub(crate) fn as_stated(&self, loaded: &Loaded) -> Result<Subscriber, Failure> {
        let id = loaded.request.id;
        let from = self.0.store.read(move |tx| store::applicants::bound_from(tx, id))?;
        from.map_or_else(|| Ok(loaded.subscriber.clone()), |from| self.subscriber_of(from))
    }

    /// Takes an applicant into the bank's record, with what stands on the application on paper: from then on the request may be approved.
    /// The organisation is the one of the record with this ИНН, or a new one.
    ///
    /// # Errors
    /// Refused without the role, before the application is registered, when the request changed since `version`; without a reason when the record
    /// has people of this name, and whatever the reason when one of them has the very name of the certificate.
    pub fn admit(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        admission: &Admission,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        self.attempt(actor, &format!("request:{id}"), "admit", at, |ra, at| {
            let loaded = ra.load_of_agent(actor, id)?;
            may_admit(actor)?;
            let applicant = loaded.applicant.clone().ok_or(Refusal::StageDoesNotAllow)?;
            let admission = acceptable(admission, applicant.organisation.is_some())?;
            if loaded.request.version != version {
                let person = &loaded.subscriber;
                // A second click, or a retry after a lost answer.
                let is_done = person.admitted
                    && ra.as_stated(&loaded)?.id == person.id
                    && (&person.name, person.gender) == (&admission.name, admission.gender)
                    && (&person.position, &person.basis) == (&admission.position, &admission.basis);
                return if is_done { ra.request(actor, id, at) } else { Err(Refusal::ChangedMeanwhile.into()) };
            }
            may_be_decided(&loaded)?;
            let (_, namesakes) = ra.same_of_record(&loaded)?;
            // guard: nobody-admits-themselves
            ra.must_not_be_among(actor, &namesakes)?;
            // guard: namesake-with-a-reason
            if !namesakes.is_empty() && admission.apart.is_empty() {
                return Err(Refused::because(Refusal::ReasonRequired, "apart").into());
            }
            let (organisation, is_new) = ra.organisation_for(&applicant, loaded.request.agent_id, at)?;
            let person = Subscriber {
                organisation_id: organisation.as_ref().map(|organisation| organisation.id),
                name: admission.name,
                gender: admission.gender,
                position: admission.position,
                basis: admission.basis,
                subject: loaded.request.subject.clone(),
                contact: loaded.request.contact.clone(),
                admitted: true,
                ..loaded.subscriber.clone()
            };
            let entry = |event| Entry { at: at.now, actor: actor.clone(), object: format!("request:{id}"), event };
            let mut entries = vec![entry(Event::ApplicantAdmitted {
                subscriber_id: person.id.to_string(),
                organisation_id: person.organisation_id.map(|id| id.to_string()),
            })];
            if !namesakes.is_empty() {
                let subscribers = namesakes.iter().map(|person| person.id.to_string()).collect();
                entries.push(entry(Event::ApplicantSetApart { subscribers, reason: admission.apart }));
            }
            let request = loaded.request.clone();
            let written = ra.0.store.write(move |tx| {
                if let (true, Some(organisation)) = (is_new, &organisation) {
                    store::organisations::insert(tx, organisation)?;
                }
                store::subscribers::save(tx, &person)?;
                // The version moves on: who looked at the card before decides anew.
                store::requests::save(tx, &request)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            });
            match written {
                Err(store::Error::Conflict { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                Err(store::Error::AlreadyThere { what }) if what.starts_with("subscribers.") => {
                    Err(Refusal::SubscriberAlreadyThere.into())
                }
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                Err(error) => Err(error.into()),
                Ok(()) => ra.request(actor, id, at),
            }
        })
    }

    /// What the letter that asks for it leads to, and whether there is still anything to confirm.
    ///
    /// # Errors
    /// Refused when the code is none of this agent's, or the request's letters go to another address by now.
    pub fn email_asked(&self, agent_id: AgentId, code: &str) -> Result<EmailAsked, Failure> {
        let loaded = self.load(self.request_of_email_code(agent_id, code)?)?;
        let Request { contact, email_confirmed, unz, procedure, stage, .. } = loaded.request;
        let is_open = !email_confirmed && stage.name() == StageName::Accepted;
        Ok(EmailAsked { agent_id, procedure, unz, email: contact.email, is_confirmed: email_confirmed, is_open })
    }

    /// The address of a request answers: from now on the bank has the request. A second click answers as the first did.
    ///
    /// # Errors
    /// Refused as [`Ra::email_asked`], and when the request ended meanwhile.
    pub fn confirm_email(&self, agent_id: AgentId, code: &str, at: &mut Moment<'_>) -> Result<EmailAsked, Failure> {
        let request_id = self.request_of_email_code(agent_id, code)?;
        let actor = Actor::LinkHolder { request_id, agent_id };
        self.attempt(&actor, &format!("request:{request_id}"), "confirm-email", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let loaded = ra.load(request_id)?;
                if !loaded.request.email_confirmed {
                    let decision = ra.decide(&loaded, &Command::ConfirmEmail, at)?;
                    ra.save(&loaded, decision, &actor, at, nothing())?;
                }
                ra.email_asked(agent_id, code)
            })
        })
    }

    /// The code names the request and proves that it came in a letter to the address that the request has now: a letter to an earlier
    /// address confirms nothing.
    fn request_of_email_code(&self, agent_id: AgentId, code: &str) -> Result<RequestId, Failure> {
        let (id, _) = code.split_once('.').ok_or(Refusal::LinkUnknown)?;
        let id: RequestId = id.parse().map_err(|_| Refusal::LinkUnknown)?;
        let request = self.0.store.read(move |tx| store::requests::by_id(tx, id))?.ok_or(Refusal::LinkUnknown)?;
        let expected = self.0.keyring.link.email_code(id, &request.contact.email);
        // guard: email-code
        if !bool::from(expected.as_bytes().ct_eq(code.as_bytes())) || request.agent_id != agent_id {
            return Err(Refusal::LinkUnknown.into());
        }
        Ok(id)
    }

    fn request_of_secret(&self, secret: &str) -> Result<Option<RequestId>, Failure> {
        let secret_sha256 = crypto::sha256(secret.as_bytes());
        Ok(self.0.store.read(move |tx| store::applicants::request_by_secret(tx, &secret_sha256))?)
    }

    fn begin(
        &self,
        agent_id: AgentId,
        secret: &str,
        new: &NewApplication,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let offered = self.offered_at_the_door(agent_id, &new.procedure)?;
        let subject = new.applicant.subject(&new.latin).map_err(latin_refusal)?;
        let id = SubscriberId::new(at.now, at.octets());
        let subscriber = stranger(agent_id, id, OwnerId::new(at.octets()), &new.applicant, &subject);
        let request = Request {
            id: RequestId::new(at.now, at.octets()),
            version: 1,
            agent_id,
            subscriber_id: subscriber.id,
            kind: offered.procedure.kind,
            procedure: offered.procedure.name.clone(),
            procedure_sha256: offered.copy_sha256,
            unz: Unz::new(at.octets()),
            nonce: Nonce(at.octets()),
            subject,
            contact: new.applicant.contact.clone(),
            email_confirmed: offered.procedure.email_confirmation == EmailConfirmation::None,
            predecessor: None,
            created_at: at.now,
            expires_at: offered.procedure.expires_at(at.now),
            stage: Stage::Draft,
            act: Act::None,
        };
        let actor = Actor::Applicant { request_id: request.id, agent_id };
        let loaded = Loaded {
            request,
            offered: offered.clone(),
            applicant: Some(new.applicant.clone()),
            organisation: None,
            predecessor: None,
            earlier_successors: Vec::new(),
            certificate: None,
            files: store::request_files::RequestFiles::default(),
            other_request_open: false,
            live_link: None,
            open_intent: None,
            subscriber: subscriber.clone(),
        };
        let decision = self.decide(&loaded, &Command::Create, at)?;
        let (row, id, applicant) = (decision.request.clone(), decision.request.id, new.applicant.clone());
        let secret_sha256 = crypto::sha256(secret.as_bytes());
        self.insert(
            &loaded,
            decision,
            &actor,
            at,
            Box::new(move |tx| {
                store::subscribers::insert(tx, &subscriber)?;
                store::requests::insert(tx, &row, &store::requests::NewRequestRow { idempotency_key: None })?;
                store::applicants::insert(tx, id, &secret_sha256, &applicant)
            }),
        )?;
        self.request(&actor, id, at)
    }

    fn restate(
        &self,
        agent_id: AgentId,
        id: RequestId,
        new: &NewApplication,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let actor = Actor::Applicant { request_id: id, agent_id };
        let loaded = self.load_own(&actor, id)?;
        let subject = new.applicant.subject(&new.latin).map_err(latin_refusal)?;
        let is_same = loaded.applicant.as_ref() == Some(&new.applicant) && loaded.request.subject == subject;
        if is_same && loaded.request.stage.name() != StageName::NeedsFix {
            return self.request(&actor, id, at);
        }
        self.attempt(&actor, &format!("request:{id}"), "restate", at, |ra, at| {
            let contact = new.applicant.contact.clone();
            let decision = ra.decide(&loaded, &Command::Restate { subject: subject.clone(), contact }, at)?;
            // What the bank took in were other words: it compares them anew, also with the record. Only what it decided of the person stays.
            let own = ra.as_stated(&loaded)?;
            let was_bound = own.id != loaded.subscriber.id;
            let Subscriber { id: person_id, version, owner_id, barred, .. } = own;
            let stated = stranger(agent_id, person_id, owner_id, &new.applicant, &subject);
            let person = Subscriber { version, barred, ..stated };
            let applicant = new.applicant.clone();
            ra.save(
                &loaded,
                decision,
                &actor,
                at,
                Box::new(move |tx| {
                    store::subscribers::save(tx, &person)?;
                    if was_bound {
                        store::applicants::bind(tx, id, person_id, None)?;
                    }
                    store::applicants::save(tx, id, &applicant)
                }),
            )?;
            ra.request(&actor, id, at)
        })
    }

    /// A procedure that the agent offers to people it does not know.
    fn offered_at_the_door(&self, agent_id: AgentId, procedure: &str) -> Result<std::sync::Arc<Offered>, Failure> {
        let agent = self.known_agent(agent_id)?;
        let named = agent.procedures.iter().find(|name| *name == procedure);
        let offered = named.and_then(|name| self.0.procedures.get(name)).ok_or(Refusal::ProcedureNotOffered)?;
        let is_public = offered.procedure.login == Login::None && !offered.procedure.needs_predecessor();
        if is_public { Ok(offered.clone()) } else { Err(Refusal::ProcedureNotOffered.into()) }
    }

    /// The organisation of record with the ИНН that was claimed, or a new one; and whether it is new.
    pub(crate) fn organisation_for(
        &self,
        applicant: &Applicant,
        agent_id: AgentId,
        at: &mut Moment<'_>,
    ) -> Result<(Option<Organisation>, bool), Failure> {
        let Some(claimed) = &applicant.organisation else { return Ok((None, false)) };
        let inn = claimed.inn.as_str().to_owned();
        let known = self.0.store.read(move |tx| store::organisations::by_inn(tx, agent_id, &inn))?;
        let is_new = known.is_none();
        let organisation = known.unwrap_or_else(|| Organisation {
            id: OrganisationId::new(at.now, at.octets()),
            agent_id,
            version: 1,
            name: claimed.name.clone(),
            inn: claimed.inn.clone(),
            city: applicant.city.clone(),
        });
        Ok((Some(organisation), is_new))
    }
}

/// The person of a request that the bank has not taken in.
fn stranger(
    agent_id: AgentId,
    id: SubscriberId,
    owner_id: OwnerId,
    applicant: &Applicant,
    subject: &Subject,
) -> Subscriber {
    Subscriber {
        id,
        agent_id,
        version: 1,
        organisation_id: None,
        owner_id,
        // Forms are stored, never guessed: the bank writes the others down when it takes the person in.
        name: CaseForms { nominative: applicant.full_name(), genitive: String::new(), instrumental: String::new() },
        gender: applicant.gender_by_patronymic(),
        position: String::new(),
        basis: String::new(),
        subject: subject.clone(),
        contact: applicant.contact.clone(),
        barred: false,
        admitted: false,
    }
}

/// Who reads applications on paper.
pub(crate) fn may_admit(actor: &Actor) -> Result<(), Refusal> {
    let may = [Role::Operator, Role::SecurityOfficer, Role::BranchClerk].into_iter().any(|role| actor.has(role));
    if may { Ok(()) } else { Err(Refusal::RoleMissing) }
}

/// An applicant whose application is registered, and of whom nothing is decided: who is of record is not written over.
fn may_be_decided(loaded: &Loaded) -> Result<(), Refused> {
    let is_open = loaded.request.stage.name() == StageName::InReview && loaded.applicant.is_some();
    // guard: record-is-not-written-over
    let is_open = is_open && !loaded.subscriber.admitted;
    if is_open { Ok(()) } else { Err(Refused::of(Refusal::StageDoesNotAllow, &loaded.request.procedure)) }
}

/// What a field takes: what was typed, most characters of it, what is kept.
type Rule = fn(&str, usize) -> Result<String, Refusal>;

/// Every line filled in, power and position where somebody acts for an organisation; the name is one in each of its forms.
fn acceptable(admission: &Admission, has_organisation: bool) -> Result<Admission, Refused> {
    let checked = |rule: Rule, typed: &str, field: &str| {
        rule(typed, LINE_CHARACTERS).map_err(|refusal| Refused::because(refusal, field))
    };
    let name = |typed: &str, field: &str| checked(text::person_name, typed, field);
    let power: Rule = if has_organisation { text::required_line } else { text::line };
    Ok(Admission {
        name: CaseForms {
            nominative: name(&admission.name.nominative, "nominative")?,
            genitive: name(&admission.name.genitive, "genitive")?,
            instrumental: name(&admission.name.instrumental, "instrumental")?,
        },
        gender: admission.gender,
        position: checked(power, &admission.position, "position")?,
        basis: checked(power, &admission.basis, "basis")?,
        apart: checked(text::line, &admission.apart, "apart")?,
    })
}

/// The page names each field; a caller that skipped it hears of the first one.
fn latin_refusal(faults: Vec<domain::applicant::LatinFault>) -> Refused {
    let first = faults.first().copied();
    let (kind, refusal) = first.unwrap_or((AttributeType::CN, Refusal::LatinWrong));
    Refused::because(refusal, kind.name())
}
