//! The journal: what happened, who did it, when, written in the transaction of the change and chained by hashes.
//!
//! Sixteen lanes by object, each a chain of its own whose head row is locked last, because one head would put every commit in one
//! line. Signed checkpoints cover all heads. Rows after the last checkpoint can be rewritten by whoever owns the database; rows at
//! or before one cannot, without being found.

pub mod checkpoint;
pub mod reading;
pub mod verify;

pub use checkpoint::{CheckpointRow, checkpoint_heads, checkpoint_text};
pub use verify::{Problem, VerifyReport, verify};

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::journal::Entry;
use sha2::{Digest, Sha256};

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill};

/// Number of lanes.
pub const LANES: u8 = 16;

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalRow {
    /// 0 to 15, from the object.
    pub lane: u8,
    /// Place in the lane, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who, in the journal's spelling.
    pub actor: String,
    /// About what: `request:ID`.
    pub object: String,
    /// The event's word.
    pub kind: String,
    /// The event as JSON, fields in the order of their declaration, no spaces.
    pub body: String,
    /// Hash of the row before in the lane; zeros for the first.
    pub prev_hash: [u8; 32],
    /// [`recompute`] of this row.
    pub hash: [u8; 32],
}

/// The end of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// Sequence number of its last row; 0 when it has none.
    pub seq: i64,
    /// Hash of its last row; zeros when it has none.
    pub hash: [u8; 32],
}

/// A row that waits for the end of its transaction, where it gets its place.
pub(crate) struct Pending {
    lane: u8,
    at: Timestamp,
    actor: String,
    object: String,
    kind: String,
    body: String,
}

/// Adds a row. It is written at the end of the closure, lanes in order, so that two transactions never wait for each other in a
/// ring; reading the journal in the same closure does not show it yet.
///
/// # Errors
/// [`Error::Internal`] in a transaction that only reads.
pub fn append(tx: &mut Tx<'_>, entry: &Entry) -> Result<(), Error> {
    if !tx.writes() {
        return Err(Error::Internal("the journal was written to while reading".to_owned()));
    }
    let wrong = |error: serde_json::Error| Error::Internal(format!("an event as JSON: {error}"));
    let body = serde_json::to_string(&entry.event).map_err(wrong)?;
    let value = serde_json::to_value(&entry.event).map_err(wrong)?;
    let kind = value.get("event").and_then(serde_json::Value::as_str);
    let kind = kind.ok_or_else(|| Error::Internal("an event without its word".to_owned()))?.to_owned();
    tx.pending.push(Pending {
        lane: lane_of(&entry.object),
        at: entry.at,
        actor: entry.actor.to_string(),
        object: entry.object.clone(),
        kind,
        body,
    });
    Ok(())
}

/// The lane of an object: the low four bits of the first octet of its SHA-256.
#[must_use]
pub fn lane_of(object: &str) -> u8 {
    Sha256::digest(object)[0] % LANES
}

/// Writes what the closure appended. Called by the transaction itself, as the last thing before COMMIT.
pub(crate) fn write_pending(tx: &mut Tx<'_>) -> Result<(), Error> {
    kill::point("journal.append.before");
    let mut lanes: BTreeMap<u8, Vec<Pending>> = BTreeMap::new();
    for pending in std::mem::take(&mut tx.pending) {
        lanes.entry(pending.lane).or_default().push(pending);
    }
    for (lane, rows) in lanes {
        let before = tx.optional(&LOCK_HEAD, args![i64::from(lane)], head)?;
        let (_, before) = before.ok_or_else(|| Error::Internal(format!("the journal has no lane {lane}")))?;
        let mut last = before;
        for row in rows {
            let mut row = JournalRow {
                lane,
                seq: last.seq + 1,
                at: row.at,
                actor: row.actor,
                object: row.object,
                kind: row.kind,
                body: row.body,
                prev_hash: last.hash,
                hash: [0; 32],
            };
            row.hash = recompute(&row);
            tx.execute(
                &INSERT,
                args![
                    i64::from(lane),
                    row.seq,
                    row.at,
                    &row.actor,
                    &row.object,
                    &row.kind,
                    &row.body,
                    &row.prev_hash,
                    &row.hash,
                ],
            )?;
            last = Head { seq: row.seq, hash: row.hash };
        }
        let moved = tx.execute(&MOVE_HEAD, args![i64::from(lane), before.seq, last.seq, &last.hash])?;
        if moved != 1 {
            return Err(Error::Internal(format!("the head of lane {lane} moved under its lock")));
        }
    }
    kill::point("journal.append.after");
    Ok(())
}

/// The hash a row must have: SHA-256 over `prev_hash` and then, each with its length as four octets before it, the lane (one
/// octet), seq and at (eight octets, big-endian, two's complement), actor, object, kind and body in UTF-8.
#[must_use]
pub fn recompute(row: &JournalRow) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(row.prev_hash);
    let (lane, seq, at) = ([row.lane], row.seq.to_be_bytes(), row.at.0.to_be_bytes());
    let fields: [&[u8]; 7] =
        [&lane, &seq, &at, row.actor.as_bytes(), row.object.as_bytes(), row.kind.as_bytes(), row.body.as_bytes()];
    for field in fields {
        let length = u32::try_from(field.len()).expect("no database holds a text of four gigabytes");
        hash.update(length.to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

/// At most `limit` rows of the lane after `after_seq`, in order.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn lane_rows(tx: &mut Tx<'_>, lane: u8, after_seq: i64, limit: i64) -> Result<Vec<JournalRow>, Error> {
    tx.all(&LANE_ROWS, args![i64::from(lane), after_seq, limit], journal_row)
}

/// The ends of all lanes.
///
/// # Errors
/// When the database fails or a lane is missing.
pub fn heads(tx: &mut Tx<'_>) -> Result<[Head; LANES as usize], Error> {
    let mut all = [Head::default(); LANES as usize];
    let rows = tx.all(&HEADS, &[], head)?;
    let lanes: Vec<u8> = rows.iter().map(|(lane, _)| *lane).collect();
    if lanes != (0..LANES).collect::<Vec<u8>>() {
        return Err(Error::Contradiction {
            table: "journal_heads",
            column: "lane",
            row: format!("{} lanes", lanes.len()),
        });
    }
    for (lane, head) in rows {
        all[usize::from(lane)] = head;
    }
    Ok(all)
}

/// Number of rows behind these heads.
#[must_use]
pub fn rows_behind(heads: &[Head; LANES as usize]) -> i64 {
    heads.iter().map(|head| head.seq).sum()
}

/// Everything that happened to one object, oldest first. Refused tries are left out: anyone can make many of those.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_object(tx: &mut Tx<'_>, object: &str) -> Result<Vec<JournalRow>, Error> {
    tx.all(&OF_OBJECT, args![object], journal_row)
}

/// Where an export stands: the last row it saw, by (at, lane, seq).
pub type ExportPlace = (Timestamp, u8, i64);

/// A page of the whole journal in the order of (at, lane, seq), after `after`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn export_page(tx: &mut Tx<'_>, after: Option<ExportPlace>, limit: i64) -> Result<Vec<JournalRow>, Error> {
    let (at, lane, seq) = after.map_or((i64::MIN, -1, 0), |(at, lane, seq)| (at.0, i64::from(lane), seq));
    tx.all(&EXPORT_PAGE, args![at, lane, seq, limit], journal_row)
}

/// The place of a row in an export.
#[must_use]
pub fn export_place(row: &JournalRow) -> ExportPlace {
    (row.at, row.lane, row.seq)
}

fn journal_row(row: Row) -> Result<JournalRow, Error> {
    let mut row = row.of("journal");
    Ok(JournalRow {
        lane: {
            let lane: i64 = row.next("lane")?;
            u8::try_from(lane).map_err(|_| row.contradiction("lane"))?
        },
        seq: row.next("seq")?,
        at: row.next("at")?,
        actor: row.next("actor")?,
        object: row.next("object")?,
        kind: row.next("kind")?,
        body: row.next("body")?,
        prev_hash: row.next("prev_hash")?,
        hash: row.next("hash")?,
    })
}

fn head(row: Row) -> Result<(u8, Head), Error> {
    let mut row = row.of("journal_heads");
    let lane: i64 = row.next("lane")?;
    let lane = u8::try_from(lane).map_err(|_| row.contradiction("lane"))?;
    Ok((lane, Head { seq: row.next("seq")?, hash: row.next("hash")? }))
}

macro_rules! columns {
    () => {
        "lane, seq, at, actor, object, kind, body, prev_hash, hash"
    };
}

sql! {
    /// SQLite has one writer and nothing to lock.
    LOCK_HEAD = each(
        "SELECT lane, seq, hash FROM journal_heads WHERE lane = $1",
        "SELECT lane, seq, hash FROM journal_heads WHERE lane = $1 FOR UPDATE"
    );
    INSERT = both(concat!("INSERT INTO journal (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"));
    MOVE_HEAD = both("UPDATE journal_heads SET seq = $3, hash = $4 WHERE lane = $1 AND seq = $2");
    HEADS = both("SELECT lane, seq, hash FROM journal_heads ORDER BY lane");
    LANE_ROWS = both(concat!("SELECT ", columns!(), " FROM journal WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT $3"));
    OF_OBJECT = both(concat!("SELECT ", columns!(), " FROM journal WHERE object = $1 AND kind <> 'refused' ORDER BY seq"));
    EXPORT_PAGE = both(concat!(
        "SELECT ", columns!(), " FROM journal WHERE (at, lane, seq) > ($1, $2, $3) ORDER BY at, lane, seq LIMIT $4"
    ));
    /// Rows the lanes cannot tell of.
    COUNT = both("SELECT COUNT(*) FROM journal");
}

pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64, Error> {
    tx.number(&COUNT, &[])
}
