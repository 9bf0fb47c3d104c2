//! Clients of the bank.

use domain::ids::{AgentId, OrganisationId};
use domain::subscriber::{Inn, Organisation};

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::views::desk::folded;
use crate::{Error, Tx};

/// Stores a new organisation.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id or for `organisations.agent_id, organisations.inn`.
pub fn insert(tx: &mut Tx<'_>, new: &Organisation) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![new.id, new.version, new.agent_id, &new.name, new.inn.as_str(), &new.city, folded(&new.name)],
    )?;
    Ok(())
}

/// The organisation with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: OrganisationId) -> Result<Option<Organisation>, Error> {
    tx.optional(&BY_ID, args![id], organisation)
}

/// The agent's client with this ИНН.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_inn(tx: &mut Tx<'_>, agent_id: AgentId, inn: &str) -> Result<Option<Organisation>, Error> {
    tx.optional(&BY_INN, args![agent_id, inn], organisation)
}

/// Those of the agent's clients that have one of these ИНН, in no order: one look for all of them.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn by_inns(tx: &mut Tx<'_>, agent_id: AgentId, inns: &[String]) -> Result<Vec<Organisation>, Error> {
    let inns = serde_json::to_string(inns).map_err(|error| Error::Internal(format!("texts as JSON: {error}")))?;
    tx.all(&BY_INNS, args![agent_id, &inns], organisation)
}

fn organisation(row: Row) -> Result<Organisation, Error> {
    let mut row = row.of("organisations");
    Ok(Organisation {
        id: row.parsed("id")?,
        version: row.next("version")?,
        agent_id: row.next("agent_id")?,
        name: row.next("name")?,
        inn: row.text_as("inn", Inn::parse)?,
        city: row.next("city")?,
    })
}

sql! {
    INSERT = both(
        "INSERT INTO organisations (id, version, agent_id, name, inn, city, name_folded) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    );
    BY_ID = both("SELECT id, version, agent_id, name, inn, city FROM organisations WHERE id = $1");
    BY_INN = both("SELECT id, version, agent_id, name, inn, city FROM organisations WHERE agent_id = $1 AND inn = $2");
    BY_INNS = each(
        "SELECT id, version, agent_id, name, inn, city FROM organisations WHERE agent_id = $1 AND inn IN (SELECT value FROM json_each($2))",
        "SELECT id, version, agent_id, name, inn, city FROM organisations \
         WHERE agent_id = $1 AND inn IN (SELECT jsonb_array_elements_text($2::text::jsonb))"
    );
}
