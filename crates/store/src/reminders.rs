//! When the house last looked for certificates that end soon, agent by agent, and which end in a stretch of time.

use domain::Timestamp;
use domain::ids::{AgentId, CertificateId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// The last look for this agent; none before the first.
///
/// # Errors
/// When the database fails.
pub fn looked_at(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<Option<Timestamp>, Error> {
    tx.optional(&LOOKED_AT, args![agent_id], |row| row.of("reminders").next("looked_at"))
}

/// Records a look.
///
/// # Errors
/// When the database fails.
pub fn set_looked_at(tx: &mut Tx<'_>, agent_id: AgentId, at: Timestamp) -> Result<(), Error> {
    tx.execute(&SET_LOOKED_AT, args![agent_id, at])?;
    Ok(())
}

/// Certificates of the agent's clients that end later than `after` and not later than `until`, those first that end first; not those
/// that were revoked, are on hold or have a successor.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn ending(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    after: Timestamp,
    until: Timestamp,
) -> Result<Vec<CertificateId>, Error> {
    tx.all(&ENDING, args![agent_id, after, until], |row| row.of("certificates").parsed("id"))
}

sql! {
    LOOKED_AT = both("SELECT looked_at FROM reminders WHERE agent_id = $1");
    SET_LOOKED_AT = both(
        "INSERT INTO reminders (agent_id, looked_at) VALUES ($1, $2) \
         ON CONFLICT (agent_id) DO UPDATE SET looked_at = EXCLUDED.looked_at"
    );
    ENDING = both(
        "SELECT id FROM certificates WHERE agent_id = $1 AND not_after > $2 AND not_after <= $3 \
         AND revoked_at IS NULL AND superseded_from IS NULL ORDER BY not_after, id"
    );
}
