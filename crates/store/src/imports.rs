//! Imports that a member of staff looks at before they are taken: their files, and what came of them.

use domain::Timestamp;
use domain::ids::{AgentId, ImportId, StaffId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx, one_row};

/// One import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// Of which agent.
    pub agent_id: AgentId,
    /// Whose.
    pub staff_id: StaffId,
    /// When the files came.
    pub created_at: Timestamp,
    /// What came of it, as JSON; none while it is looked at.
    pub outcome: Option<String>,
}

/// Stores a new import.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id.
pub fn insert(tx: &mut Tx<'_>, new: &ImportRow) -> Result<(), Error> {
    tx.execute(&INSERT, args![new.id, new.agent_id, new.staff_id, new.created_at, new.outcome.as_deref()])?;
    Ok(())
}

/// The import with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<ImportRow>, Error> {
    tx.optional(&BY_ID, args![id], |row| {
        let mut row = row.of("imports");
        Ok(ImportRow {
            id: row.parsed("id")?,
            agent_id: row.next("agent_id")?,
            staff_id: row.parsed("staff_id")?,
            created_at: row.next("created_at")?,
            outcome: row.next("outcome")?,
        })
    })
}

/// Puts a file into an import, in place of one of the same name.
///
/// # Errors
/// When the database fails.
pub fn put_file(tx: &mut Tx<'_>, id: ImportId, name: &str, octets: &[u8]) -> Result<(), Error> {
    tx.execute(&DROP_FILE, args![id, name])?;
    tx.execute(&PUT_FILE, args![id, name, octets])?;
    Ok(())
}

/// The files of an import by name.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn files(tx: &mut Tx<'_>, id: ImportId) -> Result<Vec<(String, Vec<u8>)>, Error> {
    tx.all(&FILES, args![id], |row| {
        let mut row = row.of("import_files");
        Ok((row.next("name")?, row.next("octets")?))
    })
}

/// Keeps what came of it, once, and drops the files.
///
/// # Errors
/// [`Error::Conflict`] `imports` when it was done meanwhile.
pub fn finish(tx: &mut Tx<'_>, id: ImportId, outcome: &str) -> Result<(), Error> {
    let rows = tx.execute(&FINISH, args![id, outcome])?;
    one_row(rows, "imports")?;
    tx.execute(&DROP_FILES, args![id])?;
    Ok(())
}

/// Removes those whose files came before then, and says how many.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, Error> {
    tx.execute(&PURGE, args![before])
}

sql! {
    INSERT = both("INSERT INTO imports (id, agent_id, staff_id, created_at, outcome) VALUES ($1, $2, $3, $4, $5)");
    BY_ID = both("SELECT id, agent_id, staff_id, created_at, outcome FROM imports WHERE id = $1");
    DROP_FILE = both("DELETE FROM import_files WHERE import_id = $1 AND name = $2");
    PUT_FILE = both("INSERT INTO import_files (import_id, name, octets) VALUES ($1, $2, $3)");
    FILES = both("SELECT name, octets FROM import_files WHERE import_id = $1 ORDER BY name");
    FINISH = both("UPDATE imports SET outcome = $2 WHERE id = $1 AND outcome IS NULL");
    DROP_FILES = both("DELETE FROM import_files WHERE import_id = $1");
    PURGE = both("DELETE FROM imports WHERE created_at < $1");
}
