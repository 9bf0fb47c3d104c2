//! The journal as an auditor of an agent reads it: newest first, page by page, what is the agent's and what is the authority's. Read
//! for a person's eye; what proves anything is [`verify`](super::verify()).

use domain::Timestamp;
use domain::ids::AgentId;

use super::{ExportPlace, JournalRow, journal_row};
use crate::db::statement::{both, by_values, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// Which rows are wanted; an empty text is no wish.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// How the actor begins, in the journal's spelling: `staff:ID`, `subscriber:`.
    pub who: String,
    /// The object, in the journal's spelling.
    pub about: String,
    /// The event's word.
    pub kind: String,
}

/// Most rows that are looked through for one page: a filter that fits little must not read years of a journal in one go.
pub const LOOKED_THROUGH: i64 = 20_000;

/// At most `limit` rows, newest first, before the place `before`; and where the next page begins, when there may be one. A page may be
/// short, even empty, and have a next one.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn page(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    wanted: &Wanted,
    before: Option<ExportPlace>,
    limit: i64,
) -> Result<(Vec<JournalRow>, Option<ExportPlace>), Error> {
    let end = (wanted.until.unwrap_or(Timestamp(i64::MAX)), 0, 0);
    let (at, lane, seq) = before.map_or(end, |before| before.min(end));
    let (at, lane, from) = (at.0, i64::from(lane), wanted.from.map_or(i64::MIN, |from| from.0));
    let agent = format!("agent:{}", agent_id.0);
    let (who, kind) = (wanted.who.as_str(), wanted.kind.as_str());
    if !wanted.about.is_empty() {
        let about = wanted.about.as_str();
        let rows =
            tx.all(&ABOUT, args![agent_id, &agent, at, lane, seq, from, about, who, kind, limit], journal_row)?;
        let next = rows.last().filter(|_| i64::try_from(rows.len()) == Ok(limit)).map(super::export_place);
        return Ok((rows, next));
    }
    let rows =
        tx.all(&IN_TIME, args![agent_id, &agent, at, lane, seq, from, LOOKED_THROUGH, who, kind, limit], journal_row)?;
    let next = match rows.last() {
        Some(last) if i64::try_from(rows.len()) == Ok(limit) => Some(super::export_place(last)),
        _ => tx.optional(&LAST_LOOKED_AT, args![at, lane, seq, from, LOOKED_THROUGH - 1], place)?,
    };
    Ok((rows, next))
}

fn place(row: Row) -> Result<ExportPlace, Error> {
    let mut row = row.of("journal");
    let at = row.next("at")?;
    let lane: i64 = row.next("lane")?;
    let lane = u8::try_from(lane).map_err(|_| row.contradiction("lane"))?;
    Ok((at, lane, row.next("seq")?))
}

macro_rules! columns {
    () => {
        "j.lane, j.seq, j.at, j.actor, j.object, j.kind, j.body, j.prev_hash, j.hash"
    };
}

macro_rules! before {
    () => {
        "(at, lane, seq) < ($3, $4, $5) AND at >= $6"
    };
}

/// What is the agent's, and what the authority and the server did for all of them. Whose a row is comes from one look by its id, or by its actor's
/// where nothing of that name is kept: of an `EXISTS` PostgreSQL makes a set of all that the agent has, for every page anew.
macro_rules! seen {
    () => {
        "(CASE WHEN substr(j.object, 1, 8) = 'request:' THEN (SELECT agent_id FROM requests WHERE id = substr(j.object, 9)) \
         WHEN substr(j.object, 1, 12) = 'certificate:' THEN (SELECT agent_id FROM certificates WHERE id = substr(j.object, 13)) \
         WHEN substr(j.object, 1, 11) = 'subscriber:' THEN (SELECT agent_id FROM subscribers WHERE id = substr(j.object, 12)) \
         WHEN substr(j.object, 1, 6) = 'staff:' THEN (SELECT agent_id FROM staff WHERE id = substr(j.object, 7)) \
         WHEN substr(j.object, 1, 5) = 'card:' THEN (SELECT agent_id FROM smart_cards WHERE id = substr(j.object, 6)) \
         WHEN substr(j.object, 1, 8) = 'inquiry:' THEN (SELECT agent_id FROM inquiries WHERE id = substr(j.object, 9)) \
         WHEN j.object = 'support' OR substr(j.object, 1, 7) = 'import:' \
         THEN (SELECT agent_id FROM staff WHERE id = substr(j.actor, 7)) END = $1 \
         OR j.object = $2 OR j.object = 'server' OR substr(j.object, 1, 10) = 'authority:') \
         AND ($8 = '' OR substr(j.actor, 1, length($8)) = $8) AND ($9 = '' OR j.kind = $9) \
         ORDER BY j.at DESC, j.lane DESC, j.seq DESC LIMIT $10"
    };
}

sql! {
    IN_TIME = by_values(both(concat!(
        "SELECT ", columns!(), " FROM (SELECT * FROM journal WHERE ", before!(),
        " ORDER BY at DESC, lane DESC, seq DESC LIMIT $7) AS j WHERE ", seen!()
    )));
    ABOUT = both(concat!("SELECT ", columns!(), " FROM journal AS j WHERE ", before!(), " AND j.object = $7 AND ", seen!()));
    LAST_LOOKED_AT = both(
        "SELECT at, lane, seq FROM journal WHERE (at, lane, seq) < ($1, $2, $3) AND at >= $4 \
         ORDER BY at DESC, lane DESC, seq DESC LIMIT 1 OFFSET $5"
    );
}
