//! Messages between a client and the bank about one request. The act goes with one as it is on record, text and signatures, so that
//! nobody has to scan what both sides have; a paper goes as a scan that was looked through. What a person typed is kept as text and
//! shown as text.

use domain::actor::{Actor, Role};
use domain::ids::{EffectId, MessageId, RequestId, Unz};
use domain::journal::{Entry, Event};
use domain::request::decide::Notice;
use domain::request::{Command, Decision};
use domain::{Refusal, Timestamp, text};
use store::Tx;
use store::messages::{FileRow, MessageRow, ThreadPlace, ThreadRow};
use store::outbox::EffectRow;

use crate::change::Loaded;
use crate::failure::{Error, Failure, Refused};
use crate::scan::Scan;
use crate::setup::{Moment, Ra};

/// A message as people see it.
#[derive(Clone, Debug)]
pub struct MessageCard {
    /// Its id.
    pub id: MessageId,
    /// Name of the member of staff who wrote it; none for the client.
    pub by_bank: Option<String>,
    /// What a stranger who wrote it at the public page is called by their own word; none for the client.
    pub stranger: Option<String>,
    /// What it says: text, nothing else.
    pub text: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the other side took note of it.
    pub read_at: Option<Timestamp>,
    /// The files that go with it.
    pub files: Vec<MessageFile>,
}

/// A file of a message, without its octets.
#[derive(Clone, Debug)]
pub struct MessageFile {
    /// Which one of the message.
    pub place: i64,
    /// Its name.
    pub name: String,
    /// SHA-256 of its octets.
    pub sha256: [u8; 32],
}

impl MessageFile {
    /// Whether it is a scan: those have names of ours.
    #[must_use]
    pub fn is_scan(&self) -> bool {
        self.name.starts_with(SCAN)
    }
}

/// How the names of scans begin.
const SCAN: &str = "scan-";

/// What somebody writes.
#[derive(Clone, Default, Debug)]
pub struct NewMessage {
    /// Text, nothing else.
    pub text: String,
    /// The act of record goes along.
    pub with_act: bool,
    /// Papers that go along, as they came: to look them through takes its time, and is done only for whoever may write.
    pub scans: Vec<Vec<u8>>,
    /// What a member of staff had before them and answers: everything else stays unread. Nothing of a client's.
    pub seen: Vec<MessageId>,
}

/// Everything that was written about one request.
#[derive(Clone, Debug)]
pub struct Thread {
    /// The request.
    pub request_id: RequestId,
    /// Its УНЗ.
    pub unz: Unz,
    /// Its procedure.
    pub procedure: String,
    /// The client.
    pub subscriber_name: String,
    /// Oldest first.
    pub messages: Vec<MessageCard>,
    /// Whether the act can go with a message: it is signed.
    pub has_act: bool,
    /// Whether the reader may write.
    pub may_write: bool,
}

/// Most characters of a message: four pages of text.
pub const MESSAGE_CHARACTERS: usize = 4_000;
/// Most messages that one side may send about one request in a day: a person writes a few, a program many.
const MESSAGES_A_DAY: usize = 20;
/// Most papers of one message: an act has one or two sheets.
pub const MESSAGE_SCANS: usize = 3;
const DAY_MS: i64 = 86_400_000;

impl Ra {
    /// A fresh id for a message that is about to be written: sent twice under it, it is one message.
    #[must_use]
    pub fn message_id(&self, at: &mut Moment<'_>) -> MessageId {
        MessageId::new(at.now, at.octets())
    }

    /// What was written about a request: the client's own, or one of the agent's for its staff.
    ///
    /// # Errors
    /// Refused for anybody else, and before the request has a УНЗ.
    pub fn thread(&self, actor: &Actor, id: RequestId) -> Result<Thread, Failure> {
        let loaded = self.correspondent(actor, id)?;
        let (rows, files, names) = self.0.store.read(|tx| -> Result<_, store::Error> {
            let rows = store::messages::of_request(tx, id)?;
            let files = store::messages::files_of_request(tx, id)?;
            let mut names = Vec::new();
            for row in &rows {
                names.push(match row.staff_id {
                    Some(staff) => Some(store::staff::by_id(tx, staff)?.map(|member| member.name).unwrap_or_default()),
                    None => None,
                });
            }
            Ok((rows, files, names))
        })?;
        let card = |(row, by_bank): (MessageRow, Option<String>)| MessageCard {
            files: files
                .iter()
                .filter(|file| file.message_id == row.id)
                .map(|file| MessageFile { place: file.place, name: file.name.clone(), sha256: file.sha256 })
                .collect(),
            id: row.id,
            by_bank,
            stranger: row.stranger,
            text: row.text,
            sent_at: row.sent_at,
            read_at: row.read_at,
        };
        Ok(Thread {
            request_id: id,
            unz: loaded.request.unz,
            procedure: loaded.request.procedure.clone(),
            subscriber_name: loaded.subscriber.name.nominative.clone(),
            messages: rows.into_iter().zip(names).map(card).collect(),
            has_act: loaded.files.act_text.is_some() && loaded.files.act_cms.is_some(),
            may_write: matches!(actor, Actor::Subscriber { .. }) || may_write(actor),
        })
    }

    /// Sends a message about a request; the act of record goes with it where that is wanted, its text and its signatures. From the client it
    /// has come to the bank with that (A000, after step 13). The same id again is the same message.
    ///
    /// # Errors
    /// Refused for anybody but the request's client and the agent's staff, for an empty or overlong text, for control characters, when
    /// the act is to go along and is not signed, for more than a person writes in a day, and as [`Scan::parse`] says of a scan.
    pub fn send_message(
        &self,
        actor: &Actor,
        request: RequestId,
        id: MessageId,
        new: &NewMessage,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let object = format!("request:{request}");
        self.attempt(actor, &object, "send-message", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| ra.send_once(actor, request, id, new, at))
        })
    }

    fn send_once(
        &self,
        actor: &Actor,
        request: RequestId,
        id: MessageId,
        new: &NewMessage,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let loaded = self.correspondent(actor, request)?;
        let staff_id = match actor {
            // guard: message-by-role
            Actor::Staff { id, .. } if may_write(actor) => Some(*id),
            Actor::Staff { .. } => return Err(Refusal::RoleMissing.into()),
            _ => None,
        };
        let text = text::lines(&new.text, MESSAGE_CHARACTERS).ok().filter(|text| !text::is_blank(text));
        let text = text.ok_or_else(|| Refused::because(Refusal::TextUnacceptable, "text"))?;
        if new.scans.len() > MESSAGE_SCANS {
            return Err(Refused::because(Refusal::BodyTooLarge, format!("more than {MESSAGE_SCANS} files")).into());
        }
        if let Some(there) = self.0.store.read(move |tx| store::messages::by_id(tx, id))? {
            // A second click, or a retry after a lost answer; with another text it is a form that the way back has shown again.
            let same = there.request_id == request && there.staff_id == staff_id && there.stranger.is_none();
            return match (same, there.text == text) {
                (true, true) => Ok(()),
                (true, false) => Err(Refusal::FormStale.into()),
                (false, _) => Err(Refusal::BodyMalformed.into()),
            };
        }
        let sent = self.0.store.read(move |tx| store::messages::of_request(tx, request))?;
        let since = at.now.plus_ms(-DAY_MS);
        let lately = sent
            .iter()
            // What strangers wrote takes nothing from the client.
            .filter(|row| row.staff_id == staff_id && row.stranger.is_none() && row.sent_at > since)
            .count();
        // guard: message-a-day
        if lately >= MESSAGES_A_DAY {
            return Err(Refusal::TooManyTries.into());
        }
        let mut files = if new.with_act { act_files(&loaded, id)? } else { Vec::new() };
        // After all that costs little: nobody has work done for a message that would not be taken anyway.
        let scans = new.scans.iter().cloned().map(Scan::parse).collect::<Result<Vec<_>, _>>()?;
        files.extend(scan_files(&scans, id, files.len()));
        let row =
            MessageRow { id, request_id: request, staff_id, stranger: None, text, sent_at: at.now, read_at: None };
        let event = Event::MessageSent {
            message_id: id.to_string(),
            text_sha256: hex::encode(crypto::sha256(row.text.as_bytes())),
            files_sha256: files.iter().map(|(file, _)| hex::encode(file.sha256)).collect(),
        };
        let entry = Entry { at: at.now, actor: actor.clone(), object: format!("request:{request}"), event };
        let (seen, now) = (new.seen.clone(), at.now);
        let letter = staff_id.and_then(|_| answered_letter(&loaded, id, at));
        // What it is was proven when it was signed: nobody has to say that it came.
        let handed_in = if staff_id.is_none() && new.with_act { self.act_handed_in(&loaded, at)? } else { None };
        let rows = move |tx: &mut Tx<'_>| -> Result<(), store::Error> {
            store::messages::insert(tx, &row, &files)?;
            // Whoever answers has read what was asked.
            if staff_id.is_some() {
                store::messages::read_by_bank(tx, request, &seen, now)?;
            }
            letter.iter().try_for_each(|letter| store::outbox::enqueue(tx, letter))?;
            store::journal::append(tx, &entry)
        };
        let saved = match handed_in {
            Some(decision) => self.save(&loaded, decision, actor, at, Box::new(rows)),
            None => self.0.store.write(rows).map_err(Failure::from),
        };
        match saved {
            // The other click was faster.
            Err(Failure::Broken(Error::AlreadyThere(_))) => Ok(()),
            saved => {
                self.wake();
                saved
            }
        }
    }

    /// What becomes of the request when its client sends the signed act along; nothing where the act came before.
    fn act_handed_in(&self, loaded: &Loaded, at: &Moment<'_>) -> Result<Option<Decision>, Failure> {
        match self.decide(loaded, &Command::ReceiveAct, at) {
            Ok(received) => self.activated_too(received, loaded, at).map(Some),
            Err(Failure::Refused(_)) => Ok(None),
            Err(broken) => Err(broken),
        }
    }

    /// The bank has taken note of what the client wrote about a request: of the messages that its reader had before them, `seen`.
    ///
    /// # Errors
    /// Refused for anybody but the agent's staff, and as `body-malformed` when nothing says what was seen.
    pub fn messages_read(
        &self,
        actor: &Actor,
        request: RequestId,
        seen: Vec<MessageId>,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &format!("request:{request}"), "messages-read", at, |ra, at| {
            ra.load_of_agent(actor, request)?;
            // guard: messages-read-by-role
            if !may_write(actor) {
                return Err(Refusal::RoleMissing.into());
            }
            if seen.is_empty() {
                return Err(Refusal::BodyMalformed.into());
            }
            let now = at.now;
            Ok(ra.0.store.write(move |tx| store::messages::read_by_bank(tx, request, &seen, now))?)
        })
    }

    /// The agent's requests that were written about, at most `limit` after a place: what nobody has taken note of first.
    ///
    /// # Errors
    /// Refused for anybody but the agent's staff.
    pub fn threads(&self, actor: &Actor, after: Option<ThreadPlace>, limit: usize) -> Result<Vec<ThreadRow>, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        Ok(self.0.store.read(|tx| store::messages::threads_of_agent(tx, agent_id, after, limit))?)
    }

    /// A file of a message: its name, its media type, its octets.
    ///
    /// # Errors
    /// Refused for whoever may not read the message.
    pub fn message_file(
        &self,
        actor: &Actor,
        request: RequestId,
        message: MessageId,
        place: i64,
    ) -> Result<(String, String, Vec<u8>), Failure> {
        self.correspondent(actor, request)?;
        let found = self.0.store.read(|tx| -> Result<_, store::Error> {
            let files = store::messages::files_of_request(tx, request)?;
            let Some(file) = files.into_iter().find(|file| file.message_id == message && file.place == place) else {
                return Ok(None);
            };
            Ok(store::messages::octets(tx, message, place)?.map(|octets| (file, octets)))
        })?;
        let (file, octets) = found.ok_or(Refusal::NotFound)?;
        if crypto::sha256(&octets) != file.sha256 {
            return Err(Error::Contradiction(format!("file {place} of message {message} is not what was sent")).into());
        }
        Ok((file.name, file.media_type, octets))
    }

    /// Whoever may read and write about the request; for anybody else it does not exist, and neither does one that was not sent yet.
    fn correspondent(&self, actor: &Actor, id: RequestId) -> Result<Loaded, Failure> {
        let loaded = match actor {
            Actor::Staff { .. } => self.load_of_agent(actor, id)?,
            _ => self.load_own(actor, id)?,
        };
        let has_unz = loaded.files.submission_cms.is_some() || loaded.request.stage.submitted().is_some();
        if has_unz { Ok(loaded) } else { Err(Refusal::NotFound.into()) }
    }
}

/// The client hears of an answer by letter, where the procedure has words for it; what was answered stands in no letter.
fn answered_letter(loaded: &Loaded, message: MessageId, at: &mut Moment<'_>) -> Option<EffectRow> {
    let notice = Notice::Answered.name();
    let is_wanted = loaded.offered.procedure.wants(Notice::Answered);
    is_wanted.then(|| EffectRow {
        id: EffectId::new(at.now, at.octets()),
        key: format!("notify:message:{message}"),
        kind: "notify".to_owned(),
        request_id: Some(loaded.request.id),
        payload: serde_json::json!({ "notice": notice }).to_string(),
        due_at: at.now,
    })
}

pub(crate) fn may_write(actor: &Actor) -> bool {
    [Role::Operator, Role::SecurityOfficer, Role::Support, Role::BranchClerk].into_iter().any(|role| actor.has(role))
}

/// Scans under names of ours: what they were called says nothing and may say too much.
pub(crate) fn scan_files(scans: &[Scan], message_id: MessageId, from: usize) -> Vec<(FileRow, Vec<u8>)> {
    let file = |(number, scan): (usize, &Scan)| {
        let row = FileRow {
            message_id,
            place: i64::try_from(from + number).unwrap_or(i64::MAX),
            name: format!("{SCAN}{}.{}", number + 1, scan.kind().name()),
            media_type: scan.kind().media_type().to_owned(),
            sha256: crypto::sha256(scan.octets()),
        };
        (row, scan.octets().to_vec())
    };
    scans.iter().enumerate().map(file).collect()
}

/// The act as it is on record: the text, and every signature under it.
fn act_files(loaded: &Loaded, message_id: MessageId) -> Result<Vec<(FileRow, Vec<u8>)>, Failure> {
    let files = &loaded.files;
    let unsigned = || Refused::of(Refusal::ActNotSigned, &loaded.request.procedure);
    let text = files.act_text.as_ref().ok_or_else(unsigned)?.clone().into_bytes();
    let cms = files.act_cms.as_ref().ok_or_else(unsigned)?.clone();
    let unz = loaded.request.unz;
    let parts = [
        (format!("act-{unz}.txt"), "text/plain; charset=utf-8", Some(text)),
        (format!("act-{unz}.p7s"), "application/pkcs7-signature", Some(cms)),
        (format!("act-{unz}-new-key.p7s"), "application/pkcs7-signature", files.act_cms_new_key.clone()),
    ];
    let there = parts.into_iter().filter_map(|(name, kind, octets)| octets.map(|octets| (name, kind, octets)));
    Ok((0..)
        .zip(there)
        .map(|(place, (name, media_type, octets))| {
            let sha256 = crypto::sha256(&octets);
            (FileRow { message_id, place, name, media_type: media_type.to_owned(), sha256 }, octets)
        })
        .collect())
}
