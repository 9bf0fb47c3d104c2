//! What the desk lists and looks up: requests with the names beside them. Read for a person's eye, never for a decision.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::ids::{AgentId, RequestId, Unz};
use domain::request::StageName;

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// One request of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskRow {
    /// Its id.
    pub id: RequestId,
    /// УНЗ.
    pub unz: Unz,
    /// Name of the procedure.
    pub procedure: String,
    /// Where it stands.
    pub stage: StageName,
    /// The person.
    pub name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// Its ИНН.
    pub inn: Option<String>,
    /// When an answer was promised for.
    pub eta: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What is looked for: everything that the typed words may mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// The number of a request.
    pub unz: Option<Unz>,
    /// The ИНН of an organisation.
    pub inn: Option<String>,
    /// Serial numbers of a certificate, contents octets in lower-case hexadecimal.
    pub serials: Vec<String>,
    /// «Идентификатор владельца».
    pub owner_id: Option<String>,
    /// The beginning of a person's name.
    pub name: Option<String>,
    /// A part of an organisation's name.
    pub organisation: Option<String>,
}

impl DeskRow {
    /// Where it stands in [`page`]: its promised time (the end of time without one), then its id.
    #[must_use]
    pub fn place(&self) -> (i64, RequestId) {
        (self.eta.map_or(i64::MAX, |eta| eta.0), self.id)
    }
}

/// A page of the agent's requests in these stages, the nearest promise first. `after` is the [`DeskRow::place`] of the last one seen.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn page(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    stages: &[StageName],
    after: Option<(i64, RequestId)>,
    limit: i64,
) -> Result<Vec<DeskRow>, Error> {
    let wanted: BTreeSet<StageName> = stages.iter().copied().collect();
    let (deadline_ms, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at, id.to_string()));
    // Each stage alone is read off the index in order, as many rows as are shown; all of them together would have to be sorted.
    let mut rows = Vec::new();
    for stage in wanted {
        rows.extend(tx.all(&PAGE, args![agent_id, stage.name(), deadline_ms, &id, limit], row_of)?);
    }
    rows.sort_by_key(DeskRow::place);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// How many requests of the agent there are in each stage; stages without one are left out.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn counts(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<BTreeMap<StageName, i64>, Error> {
    let rows = tx.all(&COUNTS, args![agent_id], |row| {
        let mut row = row.of("requests");
        Ok((row.text_as("stage", StageName::from_name)?, row.next("count")?))
    })?;
    Ok(rows.into_iter().collect())
}

/// The agent's requests that fit, each once, newest first within each way of finding; at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn search(tx: &mut Tx<'_>, agent_id: AgentId, wanted: &Wanted, limit: i64) -> Result<Vec<DeskRow>, Error> {
    let mut found: Vec<DeskRow> = Vec::new();
    if let Some(unz) = wanted.unz {
        found.extend(tx.all(&BY_UNZ, args![agent_id, unz, limit], row_of)?);
    }
    if let Some(inn) = &wanted.inn {
        found.extend(tx.all(&BY_INN, args![agent_id, inn, limit], row_of)?);
    }
    for serial in &wanted.serials {
        found.extend(tx.all(&BY_SERIAL, args![agent_id, serial, limit], row_of)?);
    }
    if let Some(owner_id) = &wanted.owner_id {
        found.extend(tx.all(&BY_OWNER, args![agent_id, owner_id, limit], row_of)?);
    }
    if let Some(name) = &wanted.name {
        // Behind every name that begins so and before every other.
        let beyond = format!("{name}\u{10ffff}");
        found.extend(tx.all(&BY_NAME, args![agent_id, name, beyond, limit], row_of)?);
    }
    if let Some(part) = &wanted.organisation {
        found.extend(tx.all(&BY_ORGANISATION, args![agent_id, part, limit], row_of)?);
    }
    let mut seen = BTreeSet::new();
    found.retain(|row| seen.insert(row.id));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}

fn row_of(row: Row) -> Result<DeskRow, Error> {
    let mut row = row.of("requests");
    Ok(DeskRow {
        id: row.parsed("id")?,
        unz: row.parsed("unz")?,
        procedure: row.next("procedure")?,
        stage: row.text_as("stage", StageName::from_name)?,
        name: row.next("name_nominative")?,
        organisation: row.next("name")?,
        inn: row.next("inn")?,
        eta: row.next("eta")?,
        created_at: row.next("created_at")?,
    })
}

macro_rules! rows {
    () => {
        "SELECT r.id, r.unz, r.procedure, r.stage, s.name_nominative, o.name, o.inn, r.eta, r.created_at \
         FROM requests r JOIN subscribers s ON s.id = r.subscriber_id \
         LEFT JOIN organisations o ON o.id = s.organisation_id WHERE r.agent_id = $1 "
    };
}

sql! {
    PAGE = both(concat!(
        rows!(),
        "AND r.stage = $2 AND (COALESCE(r.eta, 9223372036854775807), r.id) > ($3, $4) \
         ORDER BY COALESCE(r.eta, 9223372036854775807), r.id LIMIT $5"
    ));
    COUNTS = both("SELECT stage, COUNT(*) FROM requests WHERE agent_id = $1 GROUP BY stage");
    BY_UNZ = both(concat!(rows!(), "AND r.unz = $2 LIMIT $3"));
    BY_INN = both(concat!(rows!(), "AND o.inn = $2 ORDER BY r.created_at DESC, r.id LIMIT $3"));
    BY_SERIAL = both(concat!(
        rows!(),
        "AND r.subscriber_id IN (SELECT subscriber_id FROM certificates WHERE serial_hex = $2) \
         ORDER BY r.created_at DESC, r.id LIMIT $3"
    ));
    BY_OWNER = both(concat!(rows!(), "AND s.owner_id = $2 ORDER BY r.created_at DESC, r.id LIMIT $3"));
    BY_NAME = each(
        concat!(
            rows!(),
            "AND s.agent_id = $1 AND s.name_nominative >= $2 AND s.name_nominative < $3 \
             ORDER BY s.name_nominative, r.created_at DESC, r.id LIMIT $4"
        ),
        concat!(
            rows!(),
            "AND s.agent_id = $1 AND s.name_nominative COLLATE \"C\" >= $2 AND s.name_nominative COLLATE \"C\" < $3 \
             ORDER BY s.name_nominative COLLATE \"C\", r.created_at DESC, r.id LIMIT $4"
        )
    );
    BY_ORGANISATION = each(
        concat!(rows!(), "AND INSTR(o.name, $2) > 0 ORDER BY r.created_at DESC, r.id LIMIT $3"),
        concat!(rows!(), "AND POSITION($2 IN o.name) > 0 ORDER BY r.created_at DESC, r.id LIMIT $3")
    );
}
