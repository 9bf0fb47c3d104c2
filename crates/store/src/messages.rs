//! Messages between a client and the bank about one request, with their files.

use domain::Timestamp;
use domain::ids::{AgentId, MessageId, RequestId, StaffId, Unz};

use crate::db::statement::{both, sql};
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
    /// Its УНЗ.
    pub unz: Unz,
    /// The client.
    pub subscriber_name: String,
    /// When the newest message was sent.
    pub last_at: Timestamp,
    /// Messages of the client, or of strangers, that the bank has not taken note of.
    pub unread: i64,
}

impl ThreadRow {
    /// Where the next page begins.
    #[must_use]
    pub fn place(&self) -> ThreadPlace {
        (self.unread > 0, self.last_at, self.request_id)
    }
}

/// A place in the list: whether it stands among what waits for the bank, the newest message, the request.
pub type ThreadPlace = (bool, Timestamp, RequestId);

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
    let unread = i64::from(new.staff_id.is_none() && new.read_at.is_none());
    tx.execute(&WRITTEN_ABOUT, args![new.request_id, new.sent_at, unread])?;
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

/// The agent's requests that were written about, at most `limit` after a place: what waits for the bank first, then the newest.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn threads_of_agent(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    after: Option<ThreadPlace>,
    limit: usize,
) -> Result<Vec<ThreadRow>, Error> {
    let mut found = Vec::new();
    for (is_unread, threads) in [(true, &UNREAD), (false, &READ)] {
        let before = match after {
            Some((among_unread, ..)) if is_unread && !among_unread => continue,
            Some((among_unread, at, id)) if is_unread == among_unread => (at, id.to_string()),
            _ => (Timestamp(i64::MAX), String::new()),
        };
        let most = i64::try_from(limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
        found.extend(tx.all(threads, args![agent_id, before.0, &before.1, most], thread)?);
    }
    Ok(found)
}

/// The bank has taken note of those of a request's messages that it has `seen`; of its own, of those it took note of before and of other requests'
/// nothing changes.
///
/// # Errors
/// When the database fails.
pub fn read_by_bank(tx: &mut Tx<'_>, request_id: RequestId, seen: &[MessageId], at: Timestamp) -> Result<(), Error> {
    // Whoever writes at the same time waits here, and counts its own afterwards.
    tx.execute(&HOLD_THREAD, args![request_id])?;
    for id in seen {
        tx.execute(&READ_BY_BANK, args![request_id, *id, at])?;
    }
    tx.execute(&COUNT_UNREAD, args![request_id])?;
    Ok(())
}

fn thread(row: Row) -> Result<ThreadRow, Error> {
    let mut row = row.of("threads");
    Ok(ThreadRow {
        request_id: row.parsed("request_id")?,
        unz: row.parsed("unz")?,
        subscriber_name: row.next("name_nominative")?,
        last_at: row.next("last_at")?,
        unread: row.next("unread")?,
    })
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
    ($unread:literal) => {
        concat!(
            "SELECT t.request_id, r.unz, s.name_nominative, t.last_at, t.unread FROM threads t JOIN requests r ON r.id = t.request_id \
             JOIN subscribers s ON s.id = r.subscriber_id WHERE t.agent_id = $1 AND t.unread ",
            $unread,
            " AND (t.last_at, t.request_id) < ($2, $3) ORDER BY t.last_at DESC, t.request_id DESC LIMIT $4"
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
    WRITTEN_ABOUT = both(
        "INSERT INTO threads (request_id, agent_id, last_at, unread) VALUES ($1, (SELECT agent_id FROM requests WHERE id = $1), $2, $3) \
         ON CONFLICT (request_id) DO UPDATE SET unread = threads.unread + excluded.unread, \
         last_at = CASE WHEN threads.last_at < excluded.last_at THEN excluded.last_at ELSE threads.last_at END"
    );
    UNREAD = both(threads!("> 0"));
    READ = both(threads!("= 0"));
    HOLD_THREAD = both("UPDATE threads SET unread = unread WHERE request_id = $1");
    READ_BY_BANK = both(
        "UPDATE messages SET read_at = $3 WHERE id = $2 AND request_id = $1 AND staff_id IS NULL AND read_at IS NULL"
    );
    COUNT_UNREAD = both(
        "UPDATE threads SET unread = \
         (SELECT COUNT(*) FROM messages WHERE request_id = $1 AND staff_id IS NULL AND read_at IS NULL) WHERE request_id = $1"
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::db::statement::plans::{fresh, steps};

    #[test]
    fn a_page_of_threads_is_read_off_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        for (statement, index) in [(&UNREAD, "threads_unread"), (&READ, "threads_read")] {
            let steps = steps(&database, statement);
            assert!(steps[0].contains(index) && !steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        }
    }
}
