//! What anybody wrote to the bank at its public page. Its files stay here until its request is known: then both go to the messages.

use domain::Timestamp;
use domain::ids::{AgentId, MessageId, RequestId, StaffId, Unz};
use domain::inquiry::Subject;

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::messages::{FileRow, MessageRow};
use crate::{Error, Tx, one_row};

/// One inquiry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InquiryRow {
    /// Its id, and that of the message it becomes.
    pub id: MessageId,
    /// To whom.
    pub agent_id: AgentId,
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
    /// What it says.
    pub text: String,
    /// When it came.
    pub came_at: Timestamp,
    /// The request whose message it is.
    pub request_id: Option<RequestId>,
    /// When it left the list.
    pub closed_at: Option<Timestamp>,
    /// Who of the staff took it off the list.
    pub closed_by: Option<StaffId>,
    /// Why it was put away.
    pub reason: Option<String>,
}

/// Stores an inquiry and its files, whose `message_id` is its own.
///
/// # Errors
/// [`Error::AlreadyThere`] for the id.
pub fn insert(tx: &mut Tx<'_>, new: &InquiryRow, files: &[(FileRow, Vec<u8>)]) -> Result<(), Error> {
    let coded: Vec<String> = new.coded.iter().map(ToString::to_string).collect();
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.agent_id,
            new.subject.name(),
            new.unz,
            &coded.join(" "),
            &new.name,
            &new.phone,
            &new.email,
            &new.text,
            new.came_at,
        ],
    )?;
    for (file, octets) in files {
        tx.execute(
            &INSERT_FILE,
            args![new.id, file.place, &file.name, &file.media_type, &file.sha256, octets.as_slice()],
        )?;
    }
    Ok(())
}

/// The inquiry with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself; so for all below.
pub fn by_id(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<InquiryRow>, Error> {
    tx.optional(&BY_ID, args![id], inquiry)
}

/// What nobody knows the request of, oldest first, at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open_of_agent(tx: &mut Tx<'_>, agent_id: AgentId, limit: i64) -> Result<Vec<InquiryRow>, Error> {
    tx.all(&OPEN_OF_AGENT, args![agent_id, limit], inquiry)
}

/// How many there are of those.
///
/// # Errors
/// When the database fails.
pub fn open_count(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<i64, Error> {
    tx.number(&OPEN_COUNT, args![agent_id])
}

/// The files that are still here.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn files(tx: &mut Tx<'_>, id: MessageId) -> Result<Vec<FileRow>, Error> {
    tx.all(&FILES, args![id], |row| {
        let mut row = row.of("inquiry_files");
        Ok(FileRow {
            message_id: row.parsed("inquiry_id")?,
            place: row.next("place")?,
            name: row.next("name")?,
            media_type: row.next("media_type")?,
            sha256: row.next("sha256")?,
        })
    })
}

/// The octets of one file that is still here.
///
/// # Errors
/// When the database fails.
pub fn octets(tx: &mut Tx<'_>, id: MessageId, place: i64) -> Result<Option<Vec<u8>>, Error> {
    tx.optional(&OCTETS, args![id, place], |row| row.of("inquiry_files").next("octets"))
}

/// It is a message of a request from now on, and its files go along. `by` is the member of staff who said so.
///
/// # Errors
/// [`Error::Conflict`] when it is not open any more.
pub fn bind(tx: &mut Tx<'_>, message: &MessageRow, by: Option<StaffId>, at: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&BIND, args![message.id, message.request_id, by, at])?;
    one_row(rows, "inquiry")?;
    crate::messages::insert(tx, message, &[])?;
    tx.execute(&MOVE_FILES, args![message.id])?;
    tx.execute(&DROP_FILES, args![message.id])?;
    Ok(())
}

/// Puts it away.
///
/// # Errors
/// [`Error::Conflict`] when it is not open any more.
pub fn close(tx: &mut Tx<'_>, id: MessageId, by: StaffId, reason: &str, at: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&CLOSE, args![id, by, reason, at])?;
    one_row(rows, "inquiry")
}

fn inquiry(row: Row) -> Result<InquiryRow, Error> {
    let mut row = row.of("inquiries");
    Ok(InquiryRow {
        id: row.parsed("id")?,
        agent_id: row.next("agent_id")?,
        subject: row.text_as("subject", Subject::from_name)?,
        unz: row.parsed_option("unz")?,
        coded: row.text_as("coded", |text| text.split_whitespace().map(|unz| unz.parse().ok()).collect())?,
        name: row.next("name")?,
        phone: row.next("phone")?,
        email: row.next("email")?,
        text: row.next("text")?,
        came_at: row.next("came_at")?,
        request_id: row.parsed_option("request_id")?,
        closed_at: row.next("closed_at")?,
        closed_by: row.parsed_option("closed_by")?,
        reason: row.next("reason")?,
    })
}

macro_rules! columns {
    () => {
        "id, agent_id, subject, unz, coded, name, phone, email, text, came_at, request_id, closed_at, closed_by, reason"
    };
}

sql! {
    INSERT = both(
        "INSERT INTO inquiries (id, agent_id, subject, unz, coded, name, phone, email, text, came_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    INSERT_FILE = both(
        "INSERT INTO inquiry_files (inquiry_id, place, name, media_type, sha256, octets) VALUES ($1, $2, $3, $4, $5, $6)"
    );
    BY_ID = both(concat!("SELECT ", columns!(), " FROM inquiries WHERE id = $1"));
    OPEN_OF_AGENT = both(concat!(
        "SELECT ", columns!(), " FROM inquiries WHERE agent_id = $1 AND closed_at IS NULL ORDER BY came_at, id LIMIT $2"
    ));
    OPEN_COUNT = both("SELECT COUNT(*) FROM inquiries WHERE agent_id = $1 AND closed_at IS NULL");
    FILES = both("SELECT inquiry_id, place, name, media_type, sha256 FROM inquiry_files WHERE inquiry_id = $1 ORDER BY place");
    OCTETS = both("SELECT octets FROM inquiry_files WHERE inquiry_id = $1 AND place = $2");
    BIND = both(
        "UPDATE inquiries SET request_id = $2, closed_by = $3, closed_at = $4 WHERE id = $1 AND closed_at IS NULL"
    );
    MOVE_FILES = both(
        "INSERT INTO message_files (message_id, place, name, media_type, sha256, octets) \
         SELECT inquiry_id, place, name, media_type, sha256, octets FROM inquiry_files WHERE inquiry_id = $1"
    );
    DROP_FILES = both("DELETE FROM inquiry_files WHERE inquiry_id = $1");
    CLOSE = both("UPDATE inquiries SET closed_by = $2, reason = $3, closed_at = $4 WHERE id = $1 AND closed_at IS NULL");
}
