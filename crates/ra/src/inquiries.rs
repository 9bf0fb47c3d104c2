//! «Обратная связь»: what anybody writes to the bank at its public page, with scans. It is kept first, whoever wrote it and whatever it
//! is about, and its request is looked for afterwards: whoever writes learns nothing, neither from the answer nor from its time. What
//! belongs to a request becomes a message of it; the rest waits until a person says what it is about, or puts it away.

use domain::actor::Actor;
use domain::ids::{AgentId, EffectId, MessageId, RequestId, StaffId, Unz};
use domain::inquiry::Subject;
use domain::journal::{Entry, Event};
use domain::request::Request;
use domain::subscriber::{Email, phone_is_acceptable};
use domain::{Refusal, Timestamp, text};
use store::inquiries::InquiryRow;
use store::messages::MessageRow;
use store::outbox::EffectRow;

use crate::failure::{Error, Failure, Refused};
use crate::messages::{MESSAGE_CHARACTERS, MESSAGE_SCANS, MessageFile, may_write, scan_files};
use crate::scan::Scan;
use crate::setup::{Moment, Ra};

/// What somebody writes at the public page.
#[derive(Clone, Debug)]
pub struct NewInquiry {
    /// About what.
    pub subject: Subject,
    /// УНЗ as it was typed; may be empty.
    pub unz: String,
    /// What the writer is called.
    pub name: String,
    /// A phone; may be empty.
    pub phone: String,
    /// Where an answer goes.
    pub email: String,
    /// Text, nothing else; may be empty where a scan says it all.
    pub text: String,
    /// Papers that go along.
    pub scans: Vec<Scan>,
    /// The numbers of the codes on them.
    pub coded: Vec<Unz>,
}

/// What was written at the public page, as the desk sees it.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// Its id.
    pub id: MessageId,
    /// About what.
    pub subject: Subject,
    /// The number that was typed.
    pub unz: Option<Unz>,
    /// The numbers of the codes on its scans.
    pub coded: Vec<Unz>,
    /// What the writer is called by their own word.
    pub name: String,
    /// A phone; may be empty.
    pub phone: String,
    /// An e-mail address.
    pub email: String,
    /// What it says: text, nothing else.
    pub text: String,
    /// When it came.
    pub came_at: Timestamp,
    /// The request whose message it is.
    pub request_id: Option<RequestId>,
    /// When it left the list.
    pub closed_at: Option<Timestamp>,
    /// Name of the member of staff who took it off; none where a number or a code did.
    pub closed_by: Option<String>,
    /// Why it was put away.
    pub reason: Option<String>,
    /// The files that are still with it.
    pub files: Vec<MessageFile>,
    /// Whether the reader may bind it or put it away.
    pub may_decide: bool,
}

/// Most characters of a name.
pub const INQUIRY_NAME_CHARACTERS: usize = 200;
/// Most inquiries that wait for a person: more nobody reads, and each may hold megabytes.
const MOST_WAITING: i64 = 1_000;
/// Most that are bound to one request by its number in a day: what is more waits for a person.
const BOUND_A_DAY: usize = 20;
/// Most lines of the list.
const SHOWN: i64 = 100;
const DAY_MS: i64 = 86_400_000;

impl Ra {
    /// Takes what somebody wrote at the agent's public page. The same id again is the same.
    ///
    /// # Errors
    /// Refused field by field, the field named in the detail; and when too much waits already.
    pub fn inquire(
        &self,
        agent_id: AgentId,
        id: MessageId,
        new: &NewInquiry,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.known_agent(agent_id)?;
        let row = acceptable(agent_id, id, new, at.now)?;
        let (there, waiting) = self.0.store.read(|tx| -> Result<_, store::Error> {
            Ok((store::inquiries::by_id(tx, id)?, store::inquiries::open_count(tx, agent_id)?))
        })?;
        if let Some(there) = there {
            // A second click, or a retry after a lost answer; with another text it is a form that the way back has shown again.
            let same = (there.agent_id, &there.text, &there.email) == (agent_id, &row.text, &row.email);
            return if same { Ok(()) } else { Err(Refusal::FormStale.into()) };
        }
        if waiting >= MOST_WAITING {
            return Err(Refusal::TooManyTries.into());
        }
        let files = scan_files(&new.scans, id, 0);
        let entry = Entry {
            at: at.now,
            actor: Actor::System,
            object: object_of(id),
            event: Event::InquiryReceived {
                subject: row.subject.name().to_owned(),
                text_sha256: hex::encode(crypto::sha256(row.text.as_bytes())),
                files_sha256: files.iter().map(|(file, _)| hex::encode(file.sha256)).collect(),
            },
        };
        let effect = EffectRow {
            id: EffectId::new(at.now, at.octets()),
            key: format!("bind-inquiry:{id}"),
            kind: "bind-inquiry".to_owned(),
            request_id: None,
            payload: serde_json::json!({ "inquiry": id.to_string() }).to_string(),
            due_at: at.now,
        };
        let saved = self.0.store.write(move |tx| {
            store::inquiries::insert(tx, &row, &files)?;
            store::outbox::enqueue(tx, &effect)?;
            store::journal::append(tx, &entry)
        });
        match saved {
            // The other click was faster.
            Err(store::Error::AlreadyThere { .. }) => Ok(()),
            saved => {
                self.wake();
                Ok(saved?)
            }
        }
    }

    /// The worker's part: what was typed and what the codes say may name one request of the agent, and then it is a message of that.
    pub(crate) fn bind_by_number(&self, id: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        let id: MessageId = id.parse().map_err(|_| Error::Contradiction(format!("an effect names inquiry {id}")))?;
        let Some(inquiry) = self.0.store.read(move |tx| store::inquiries::by_id(tx, id))? else { return Ok(()) };
        if inquiry.closed_at.is_some() {
            return Ok(());
        }
        let mut found: Vec<(Request, &'static str)> = Vec::new();
        let coded = inquiry.coded.iter().map(|unz| (*unz, "code"));
        for (unz, by) in coded.chain(inquiry.unz.map(|unz| (unz, "number"))) {
            match self.request_to_bind(inquiry.agent_id, unz)? {
                Some(request) if found.iter().all(|(other, _)| other.id != request.id) => found.push((request, by)),
                _ => {}
            }
        }
        // Where they name two requests a person looks.
        let [(request, by)] = found.as_slice() else { return Ok(()) };
        let request_id = request.id;
        let sent = self.0.store.read(move |tx| store::messages::of_request(tx, request_id))?;
        let since = at.now.plus_ms(-DAY_MS);
        let lately = sent.iter().filter(|row| row.stranger.is_some() && row.sent_at > since).count();
        // guard: inquiries-a-day
        if lately >= BOUND_A_DAY {
            return Ok(());
        }
        match self.bind(&inquiry, request_id, by, &Actor::System, at) {
            // A person was faster.
            Err(Error::Conflict(_)) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// What nobody knows the request of, oldest first.
    ///
    /// # Errors
    /// Refused for anybody but the agent's staff.
    pub fn inquiries(&self, actor: &Actor) -> Result<Vec<Inquiry>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let rows = self.0.store.read(move |tx| store::inquiries::open_of_agent(tx, agent_id, SHOWN))?;
        Ok(rows.into_iter().map(|row| card(row, None, Vec::new(), actor)).collect())
    }

    /// One of them, open or not.
    ///
    /// # Errors
    /// Refused as not found for anybody but the agent's staff.
    pub fn inquiry(&self, actor: &Actor, id: MessageId) -> Result<Inquiry, Failure> {
        let row = self.inquiry_of_agent(actor, id)?;
        let (files, by) = self.0.store.read(|tx| -> Result<_, store::Error> {
            let by = match row.closed_by {
                Some(by) => store::staff::by_id(tx, by)?.map(|member| member.name),
                None => None,
            };
            Ok((store::inquiries::files(tx, id)?, by))
        })?;
        let files = files
            .into_iter()
            .map(|file| MessageFile { place: file.place, name: file.name, sha256: file.sha256 })
            .collect();
        Ok(card(row, by, files, actor))
    }

    /// A file that is still with an inquiry: its name, its media type, its octets.
    ///
    /// # Errors
    /// Refused as [`Ra::inquiry`].
    pub fn inquiry_file(&self, actor: &Actor, id: MessageId, place: i64) -> Result<(String, String, Vec<u8>), Failure> {
        self.inquiry_of_agent(actor, id)?;
        let found = self.0.store.read(|tx| -> Result<_, store::Error> {
            let file = store::inquiries::files(tx, id)?.into_iter().find(|file| file.place == place);
            Ok(file.zip(store::inquiries::octets(tx, id, place)?))
        })?;
        let (file, octets) = found.ok_or(Refusal::NotFound)?;
        if crypto::sha256(&octets) != file.sha256 {
            return Err(Error::Contradiction(format!("file {place} of inquiry {id} is not what was sent")).into());
        }
        Ok((file.name, file.media_type, octets))
    }

    /// A person says which request it is about: it is a message of that from now on. Returns the request.
    ///
    /// # Errors
    /// Refused for anybody but the agent's staff, for a number that is none or that no request of the agent has, and when it left the
    /// list meanwhile.
    pub fn bind_inquiry(
        &self,
        actor: &Actor,
        id: MessageId,
        unz: &str,
        at: &mut Moment<'_>,
    ) -> Result<RequestId, Failure> {
        self.attempt(actor, &object_of(id), "bind-inquiry", at, |ra, at| {
            let (inquiry, _) = ra.inquiry_to_decide(actor, id)?;
            let unz = number(unz)?.ok_or(Refusal::UnzWrong)?;
            let request = ra.request_to_bind(inquiry.agent_id, unz)?.ok_or(Refusal::UnzUnknown)?;
            match ra.bind(&inquiry, request.id, "staff", actor, at) {
                Err(Error::Conflict(_)) => Err(Refusal::ChangedMeanwhile.into()),
                outcome => Ok(outcome.map(|()| request.id)?),
            }
        })
    }

    /// Puts it away: it is about no request, or not worth an answer.
    ///
    /// # Errors
    /// Refused for anybody but the agent's staff, without a reason, and when it left the list meanwhile.
    pub fn close_inquiry(
        &self,
        actor: &Actor,
        id: MessageId,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &object_of(id), "close-inquiry", at, |ra, at| {
            let (_, by) = ra.inquiry_to_decide(actor, id)?;
            let reason = text::reason(reason)?;
            let event = Event::InquiryClosed { reason: reason.clone() };
            let entry = Entry { at: at.now, actor: actor.clone(), object: object_of(id), event };
            let now = at.now;
            let written = ra.0.store.write(move |tx| {
                store::inquiries::close(tx, id, by, &reason, now)?;
                store::journal::append(tx, &entry)
            });
            match written {
                Err(store::Error::Conflict { .. }) => Err(Refusal::ChangedMeanwhile.into()),
                written => Ok(written?),
            }
        })
    }

    /// The request of the agent with this number, once it is handed in: before that nobody has been told its number.
    fn request_to_bind(&self, agent_id: AgentId, unz: Unz) -> Result<Option<Request>, Failure> {
        let request = self.0.store.read(move |tx| store::requests::by_unz(tx, unz))?;
        // guard: inquiry-of-the-agents-own
        Ok(request.filter(|request| request.agent_id == agent_id && request.stage.submitted().is_some()))
    }

    fn bind(
        &self,
        inquiry: &InquiryRow,
        request_id: RequestId,
        by: &str,
        actor: &Actor,
        at: &mut Moment<'_>,
    ) -> Result<(), Error> {
        let staff_id = match actor {
            Actor::Staff { id, .. } => Some(*id),
            _ => None,
        };
        let message = MessageRow {
            id: inquiry.id,
            request_id,
            staff_id: None,
            stranger: Some(inquiry.name.clone()),
            text: inquiry.text.clone(),
            sent_at: inquiry.came_at,
            read_at: None,
        };
        let event = Event::InquiryBound { message_id: inquiry.id.to_string(), by: by.to_owned() };
        let entry = Entry { at: at.now, actor: actor.clone(), object: format!("request:{request_id}"), event };
        let now = at.now;
        self.0.store.write(move |tx| {
            store::inquiries::bind(tx, &message, staff_id, now)?;
            store::journal::append(tx, &entry)
        })?;
        Ok(())
    }

    fn inquiry_of_agent(&self, actor: &Actor, id: MessageId) -> Result<InquiryRow, Failure> {
        let row = self.0.store.read(move |tx| store::inquiries::by_id(tx, id))?;
        // guard: agents-own-inquiries
        let row = row.filter(|row| matches!(actor, Actor::Staff { agent_id, .. } if *agent_id == row.agent_id));
        Ok(row.ok_or(Refusal::NotFound)?)
    }

    fn inquiry_to_decide(&self, actor: &Actor, id: MessageId) -> Result<(InquiryRow, StaffId), Failure> {
        let row = self.inquiry_of_agent(actor, id)?;
        // guard: inquiry-by-role
        match actor {
            Actor::Staff { id, .. } if may_write(actor) => Ok((row, *id)),
            _ => Err(Refusal::RoleMissing.into()),
        }
    }
}

fn object_of(id: MessageId) -> String {
    format!("inquiry:{id}")
}

fn card(row: InquiryRow, closed_by: Option<String>, files: Vec<MessageFile>, actor: &Actor) -> Inquiry {
    Inquiry {
        id: row.id,
        subject: row.subject,
        unz: row.unz,
        coded: row.coded,
        name: row.name,
        phone: row.phone,
        email: row.email,
        text: row.text,
        came_at: row.came_at,
        request_id: row.request_id,
        may_decide: row.closed_at.is_none() && may_write(actor),
        closed_at: row.closed_at,
        closed_by,
        reason: row.reason,
        files,
    }
}

/// What was typed as a УНЗ: with spaces, in capitals, or not at all.
pub(crate) fn number(typed: &str) -> Result<Option<Unz>, Refusal> {
    let dense: String = typed.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    if dense.is_empty() { Ok(None) } else { dense.parse().map(Some).map_err(|_| Refusal::UnzWrong) }
}

/// The row of what was typed; a refusal names its field. Nothing here looks anything up.
fn acceptable(agent_id: AgentId, id: MessageId, new: &NewInquiry, now: Timestamp) -> Result<InquiryRow, Refused> {
    let unz = number(&new.unz).map_err(|refusal| Refused::because(refusal, "unz"))?;
    let name = text::person_name(&new.name, INQUIRY_NAME_CHARACTERS);
    let name = name.map_err(|refusal| Refused::because(refusal, "name"))?;
    let email = Email::parse(new.email.trim()).ok_or_else(|| Refused::because(Refusal::EmailWrong, "email"))?;
    let phone = new.phone.trim().to_owned();
    if !phone_is_acceptable(&phone) {
        return Err(Refused::because(Refusal::PhoneWrong, "phone"));
    }
    let text = text::lines(new.text.trim(), MESSAGE_CHARACTERS);
    let text = text.map_err(|refusal| Refused::because(refusal, "text"))?;
    if text::is_blank(&text) && new.scans.is_empty() && !new.subject.needs_scan() {
        return Err(Refused::because(Refusal::FieldMissing, "text"));
    }
    if new.scans.is_empty() && new.subject.needs_scan() {
        return Err(Refused::because(Refusal::ScanMissing, "scan"));
    }
    if new.scans.len() > MESSAGE_SCANS {
        return Err(Refused::because(Refusal::BodyTooLarge, "scan"));
    }
    Ok(InquiryRow {
        id,
        agent_id,
        subject: new.subject,
        unz,
        coded: new.coded.clone(),
        name,
        phone,
        email: email.as_str().to_owned(),
        text,
        came_at: now,
        request_id: None,
        closed_at: None,
        closed_by: None,
        reason: None,
    })
}
