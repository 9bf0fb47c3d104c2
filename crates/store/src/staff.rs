//! The bank's staff, known by the hash of their token.

use domain::Timestamp;
use domain::actor::Role;
use domain::ids::{AgentId, StaffId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, one_row};

/// One member of staff.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffRow {
    /// The id.
    pub id: StaffId,
    /// At which agent.
    pub agent_id: AgentId,
    /// As the bank calls the person.
    pub name: String,
    /// With which powers.
    pub roles: Vec<Role>,
    /// SHA-256 of the token.
    pub token_sha256: [u8; 32],
    /// When the row was made.
    pub created_at: Timestamp,
    /// From when the token opens nothing.
    pub disabled_at: Option<Timestamp>,
}

/// Stores a new member of staff.
///
/// # Errors
/// [`Error::AlreadyThere`] for the id or the token.
pub fn insert(tx: &mut Tx<'_>, new: &StaffRow) -> Result<(), Error> {
    let roles: Vec<&str> = new.roles.iter().map(|role| role.name()).collect();
    tx.execute(
        &INSERT,
        args![new.id, new.agent_id, &new.name, roles.join(","), &new.token_sha256, new.created_at, new.disabled_at],
    )?;
    Ok(())
}

/// The member of staff with this token, disabled or not.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_token_sha256(tx: &mut Tx<'_>, token_sha256: &[u8; 32]) -> Result<Option<StaffRow>, Error> {
    tx.optional(&BY_TOKEN, args![token_sha256], member)
}

/// The member of staff with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: StaffId) -> Result<Option<StaffRow>, Error> {
    tx.optional(&BY_ID, args![id], member)
}

/// Everybody, in the order of their ids.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<StaffRow>, Error> {
    tx.all(&EVERYBODY, &[], member)
}

/// Takes a member's token out of use; said twice, the first time stands.
///
/// # Errors
/// [`Error::Conflict`] when there is no such member.
pub fn disable(tx: &mut Tx<'_>, id: StaffId, at: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&DISABLE, args![id, at])?;
    one_row(rows, "staff")
}

fn member(row: Row) -> Result<StaffRow, Error> {
    let mut row = row.of("staff");
    Ok(StaffRow {
        id: row.parsed("id")?,
        agent_id: row.next("agent_id")?,
        name: row.next("name")?,
        roles: row
            .text_as("roles", |text| text.split(',').filter(|_| !text.is_empty()).map(Role::from_name).collect())?,
        token_sha256: row.next("token_sha256")?,
        created_at: row.next("created_at")?,
        disabled_at: row.next("disabled_at")?,
    })
}

macro_rules! columns {
    () => {
        "id, agent_id, name, roles, token_sha256, created_at, disabled_at"
    };
}

sql! {
    INSERT = both(concat!("INSERT INTO staff (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)"));
    BY_TOKEN = both(concat!("SELECT ", columns!(), " FROM staff WHERE token_sha256 = $1"));
    BY_ID = both(concat!("SELECT ", columns!(), " FROM staff WHERE id = $1"));
    DISABLE = both("UPDATE staff SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1");
    EVERYBODY = both(concat!("SELECT ", columns!(), " FROM staff ORDER BY id"));
}
