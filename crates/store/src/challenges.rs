//! Challenges handed out for a sign-in; each is taken once.

use domain::Timestamp;
use domain::ids::{AgentId, ChallengeId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// One challenge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChallengeRow {
    /// Its id.
    pub id: ChallengeId,
    /// The agent the sign-in is for.
    pub agent_id: AgentId,
    /// The text to sign.
    pub text: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is good for nothing.
    pub expires_at: Timestamp,
}

/// Stores a new challenge.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id.
pub fn insert(tx: &mut Tx<'_>, new: &ChallengeRow) -> Result<(), Error> {
    tx.execute(&INSERT, args![new.id, new.agent_id, &new.text, new.created_at, new.expires_at])?;
    Ok(())
}

/// Takes the challenge away; none when it is unknown, taken already, or expired at `now`.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn take(tx: &mut Tx<'_>, id: ChallengeId, now: Timestamp) -> Result<Option<ChallengeRow>, Error> {
    let taken = tx.optional(&TAKE, args![id], |row| {
        let mut row = row.of("challenges");
        Ok(ChallengeRow {
            id: row.parsed("id")?,
            agent_id: row.next("agent_id")?,
            text: row.next("text")?,
            created_at: row.next("created_at")?,
            expires_at: row.next("expires_at")?,
        })
    })?;
    Ok(taken.filter(|challenge| now < challenge.expires_at))
}

/// Removes the expired ones and says how many.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    tx.execute(&PURGE, args![now])
}

sql! {
    INSERT = both("INSERT INTO challenges (id, agent_id, text, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)");
    TAKE = both("DELETE FROM challenges WHERE id = $1 RETURNING id, agent_id, text, created_at, expires_at");
    PURGE = both("DELETE FROM challenges WHERE expires_at <= $1");
}
