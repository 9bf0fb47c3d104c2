//! Messages between a client and the bank about one request, with their files.

use domain::Timestamp;
use domain::ids::{AgentId, MessageId, RequestId, StaffId};

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// The request it is about.
    pub request_id: RequestId,
    /// Who of the bank wrote it; none for the client.
    pub staff_id: Option<StaffId>,
    /// What a stranger who wrote it at the public page is called by their own word; none for the client.
    pub stranger: Option<String>,
    /// What it says.
    pub text: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the other side took note of it.
    pub read_at: Option<Timestamp>,
}

/// A file that goes with a message, without its octets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRow {
    /// The message.
    pub message_id: MessageId,
    /// Which one of the message, counted from 0.
    pub place: i64,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// SHA-256 of its octets.
    pub sha256: [u8; 32],
}

/// A request that was written about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadRow {
    /// The request.
    pub request_id: RequestId,
    /// When the newest message was sent.
    pub last_at: Timestamp,
    /// Messages of the client that the bank has not taken note of.
    pub unread: i64,
}

/// Stores a message and its files.
///
/// # Errors
/// [`Error::AlreadyThere`] for the id.
pub fn insert(tx: &mut Tx<'_>, new: &MessageRow, files: &[(FileRow, Vec<u8>)]) -> Result<(), Error> {
    let stranger = new.stranger.as_deref();
    tx.execute(&INSERT, args![new.id, new.request_id, new.staff_id, stranger, &new.text, new.sent_at, new.read_at])?;
    for (file, octets) in files {
        tx.execute(
            &INSERT_FILE,
            args![file.message_id, file.place, &file.name, &file.media_type, &file.sha256, octets.as_slice()],
        )?;
    }
    Ok(())
}

/// The message with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself; so for all below.
pub fn by_id(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<MessageRow>, Error> {
    tx.optional(&BY_ID, args![id], message)
}

/// Everything that was written about a request, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Vec<MessageRow>, Error> {
    tx.all(&OF_REQUEST, args![request_id], message)
}

/// The files of the request's messages.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn files_of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Vec<FileRow>, Error> {
    tx.all(&FILES_OF_REQUEST, args![request_id], |row| {
        let mut row = row.of("message_files");
        Ok(FileRow {
            message_id: row.parsed("message_id")?,
            place: row.next("place")?,
            name: row.next("name")?,
            media_type: row.next("media_type")?,
            sha256: row.next("sha256")?,
        })
    })
}

/// The octets of one file.
///
/// # Errors
/// When the database fails.
pub fn octets(tx: &mut Tx<'_>, message_id: MessageId, place: i64) -> Result<Option<Vec<u8>>, Error> {
    tx.optional(&OCTETS, args![message_id, place], |row| row.of("message_files").next("octets"))
}

/// The agent's requests that were written about: what the bank has not taken note of first, then the newest.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn threads_of_agent(tx: &mut Tx<'_>, agent_id: AgentId, limit: i64) -> Result<Vec<ThreadRow>, Error> {
    tx.all(&THREADS_OF_AGENT, args![agent_id, limit], |row| {
        let mut row = row.of("messages");
        Ok(ThreadRow {
            request_id: row.parsed("request_id")?,
            last_at: row.next("last_at")?,
            unread: row.next("unread")?,
        })
    })
}

/// The bank has taken note of what the client wrote about a request.
///
/// # Errors
/// When the database fails.
pub fn read_by_bank(tx: &mut Tx<'_>, request_id: RequestId, at: Timestamp) -> Result<u64, Error> {
    tx.execute(&READ_BY_BANK, args![request_id, at])
}

fn message(row: Row) -> Result<MessageRow, Error> {
    let mut row = row.of("messages");
    Ok(MessageRow {
        id: row.parsed("id")?,
        request_id: row.parsed("request_id")?,
        staff_id: row.parsed_option("staff_id")?,
        stranger: row.next("stranger")?,
        text: row.next("text")?,
        sent_at: row.next("sent_at")?,
        read_at: row.next("read_at")?,
    })
}

macro_rules! threads {
    ($agent:literal) => {
        concat!(
            "SELECT messages.request_id, MAX(messages.sent_at) AS last_at, \
             COUNT(CASE WHEN messages.staff_id IS NULL AND messages.read_at IS NULL THEN 1 END) AS unread \
             FROM messages JOIN requests ON requests.id = messages.request_id WHERE ",
            $agent,
            " = $1 GROUP BY messages.request_id \
             ORDER BY MIN(CASE WHEN messages.staff_id IS NULL AND messages.read_at IS NULL THEN 0 ELSE 1 END), \
             MAX(messages.sent_at) DESC, messages.request_id LIMIT $2"
        )
    };
}

sql! {
    INSERT = both(
        "INSERT INTO messages (id, request_id, staff_id, stranger, text, sent_at, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    );
    INSERT_FILE = both(
        "INSERT INTO message_files (message_id, place, name, media_type, sha256, octets) VALUES ($1, $2, $3, $4, $5, $6)"
    );
    BY_ID = both("SELECT id, request_id, staff_id, stranger, text, sent_at, read_at FROM messages WHERE id = $1");
    OF_REQUEST = both(
        "SELECT id, request_id, staff_id, stranger, text, sent_at, read_at FROM messages WHERE request_id = $1 ORDER BY sent_at, id"
    );
    FILES_OF_REQUEST = both(
        "SELECT message_files.message_id, message_files.place, message_files.name, message_files.media_type, \
         message_files.sha256 FROM message_files JOIN messages ON messages.id = message_files.message_id \
         WHERE messages.request_id = $1 ORDER BY message_files.message_id, message_files.place"
    );
    OCTETS = both("SELECT octets FROM message_files WHERE message_id = $1 AND place = $2");
    /// Begins at the messages: requests are many times as many (`+`: see `views/desk.rs`).
    THREADS_OF_AGENT = each(threads!("+requests.agent_id"), threads!("requests.agent_id"));
    READ_BY_BANK = both("UPDATE messages SET read_at = $2 WHERE request_id = $1 AND staff_id IS NULL AND read_at IS NULL");
}
