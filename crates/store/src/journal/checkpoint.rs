//! Checkpoints: a canonical text that names the end of every lane and the checkpoint before it, and a signature over it.
//!
//! ```text
//! Surguch-Checkpoint: 1
//! Number: 3
//! Time: 2026-11-24T12:00:00.000Z
//! Previous: <SHA-256 of the text of number 2, hexadecimal; zeros for the first>
//! Lane-00: 17 <hash, hexadecimal>
//! …
//! Lane-15: 9 <hash, hexadecimal>
//! ```
//! Lines end with LF, the last one too. The signature is made outside, over the octets of the text.

use std::fmt::Write as _;

use domain::Timestamp;
use sha2::{Digest, Sha256};

use super::{Head, LANES, heads};
use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// One signed checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointRow {
    /// From 1, without gaps.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// The canonical text.
    pub text: String,
    /// Signature over the text.
    pub signature: Vec<u8>,
    /// With which algorithm.
    pub algorithm: String,
}

impl CheckpointRow {
    /// What the next checkpoint calls this one: SHA-256 of the text.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.text).into()
    }
}

/// A checkpoint that waits for its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Its number.
    pub number: i64,
    /// Its time.
    pub at: Timestamp,
    /// What must be signed.
    pub text: String,
    /// Journal rows it covers that the one before did not.
    pub new_rows: i64,
}

/// Draws up the next checkpoint over the present heads. Sign it outside the transaction, then [`insert`] it.
///
/// # Errors
/// When the database fails or the last checkpoint cannot be read.
pub fn draft(tx: &mut Tx<'_>, at: Timestamp) -> Result<Draft, Error> {
    let heads = heads(tx)?;
    let last = latest(tx)?;
    let number = last.as_ref().map_or(1, |last| last.number + 1);
    let covered = match &last {
        None => 0,
        Some(last) => super::rows_behind(&checkpoint_heads(&last.text).ok_or_else(|| Error::Contradiction {
            table: "checkpoints",
            column: "text",
            row: last.number.to_string(),
        })?),
    };
    let previous = last.map_or([0; 32], |last| last.sha256());
    let text = checkpoint_text(number, at, &previous, &heads);
    Ok(Draft { number, at, text, new_rows: super::rows_behind(&heads) - covered })
}

/// The canonical text.
#[must_use]
pub fn checkpoint_text(
    number: i64,
    at: Timestamp,
    previous_sha256: &[u8; 32],
    heads: &[Head; LANES as usize],
) -> String {
    let seconds = at.to_string();
    let seconds = seconds.trim_end_matches('Z');
    let milliseconds = at.0.rem_euclid(1_000);
    let previous = hex::encode(previous_sha256);
    let mut text =
        format!("Surguch-Checkpoint: 1\nNumber: {number}\nTime: {seconds}.{milliseconds:03}Z\nPrevious: {previous}\n");
    for (lane, head) in heads.iter().enumerate() {
        writeln!(text, "Lane-{lane:02}: {} {}", head.seq, hex::encode(head.hash)).expect("a string takes everything");
    }
    text
}

/// The heads a text names; none when it is not a checkpoint's.
#[must_use]
pub fn checkpoint_heads(text: &str) -> Option<[Head; LANES as usize]> {
    let mut heads = [Head::default(); LANES as usize];
    let mut lines = text.lines().skip_while(|line| !line.starts_with("Lane-00: "));
    for (lane, head) in heads.iter_mut().enumerate() {
        let (name, value) = lines.next()?.split_once(": ")?;
        let (seq, hash) = value.split_once(' ')?;
        if name != format!("Lane-{lane:02}") {
            return None;
        }
        *head = Head { seq: seq.parse().ok()?, hash: hex::decode(hash).ok()?.try_into().ok()? };
    }
    lines.next().is_none().then_some(heads)
}

/// Stores a signed checkpoint.
///
/// # Errors
/// [`Error::AlreadyThere`] `checkpoints.number` when another process was faster.
pub fn insert(tx: &mut Tx<'_>, new: &CheckpointRow) -> Result<(), Error> {
    tx.execute(&INSERT, args![new.number, new.at, &new.text, &new.signature, &new.algorithm])?;
    Ok(())
}

/// All of them, by number.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<CheckpointRow>, Error> {
    tx.all(&EVERY, &[], checkpoint)
}

/// The last one.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn latest(tx: &mut Tx<'_>) -> Result<Option<CheckpointRow>, Error> {
    tx.optional(&LATEST, &[], checkpoint)
}

fn checkpoint(row: Row) -> Result<CheckpointRow, Error> {
    let mut row = row.of("checkpoints");
    Ok(CheckpointRow {
        number: row.next("number")?,
        at: row.next("at")?,
        text: row.next("text")?,
        signature: row.next("signature")?,
        algorithm: row.next("algorithm")?,
    })
}

sql! {
    INSERT = both("INSERT INTO checkpoints (number, at, text, signature, algorithm) VALUES ($1, $2, $3, $4, $5)");
    EVERY = both("SELECT number, at, text, signature, algorithm FROM checkpoints ORDER BY number");
    LATEST = both("SELECT number, at, text, signature, algorithm FROM checkpoints ORDER BY number DESC LIMIT 1");
}
