//! Checks the journal: every chain, every head, every checkpoint, and the copy of the checkpoints that lies outside the database.
//!
//! Found: any change, deletion, insertion or swap of rows, heads and checkpoints. Not found, and it cannot be: rows after the last
//! checkpoint rewritten together with their hashes and heads; and the last checkpoints cut off together with the rows after them,
//! when no outside copy is given.

use std::collections::BTreeMap;
use std::fmt;

use super::{CheckpointRow, Head, LANES, checkpoint, checkpoint_heads, checkpoint_text, lane_rows, recompute};
use crate::{Error, Store, Tx};

/// Rows read at a time.
const PAGE: i64 = 1_000;
/// Most problems listed; a journal with more is lost as a whole.
const MOST_PROBLEMS: usize = 1_000;

/// Something that must not be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Problem {
    /// The row does not have the hash its contents give.
    RowChanged {
        /// Its lane.
        lane: u8,
        /// Its place.
        seq: i64,
    },
    /// The row does not name the hash of the row before it.
    ChainBroken {
        /// Its lane.
        lane: u8,
        /// Its place.
        seq: i64,
    },
    /// Rows are missing before this place.
    Gap {
        /// The lane.
        lane: u8,
        /// The first place after the gap.
        seq: i64,
    },
    /// The head of the lane is not its last row.
    HeadDiffers {
        /// The lane.
        lane: u8,
    },
    /// Rows that belong to no lane.
    StrayRows {
        /// How many.
        rows: i64,
    },
    /// A row cannot be read.
    Unreadable {
        /// Its table.
        table: String,
        /// Which row.
        row: String,
    },
    /// Checkpoint numbers do not follow each other here.
    CheckpointMissing {
        /// The number that is missing.
        number: i64,
    },
    /// The text is not what number, time, predecessor and heads give.
    CheckpointText {
        /// Its number.
        number: i64,
    },
    /// The signature does not hold.
    CheckpointSignature {
        /// Its number.
        number: i64,
    },
    /// The chain does not have the row the checkpoint names.
    CheckpointHead {
        /// Its number.
        number: i64,
        /// The lane.
        lane: u8,
    },
    /// The outside copy has a checkpoint the database does not have.
    OutsideMissing {
        /// Its number.
        number: i64,
    },
    /// The outside copy has another checkpoint under this number.
    OutsideDiffers {
        /// Its number.
        number: i64,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowChanged { lane, seq } => write!(out, "lane {lane} row {seq} was changed"),
            Self::ChainBroken { lane, seq } => write!(out, "lane {lane} row {seq} does not follow the row before it"),
            Self::Gap { lane, seq } => write!(out, "lane {lane} misses rows before row {seq}"),
            Self::HeadDiffers { lane } => write!(out, "the head of lane {lane} is not its last row"),
            Self::StrayRows { rows } => write!(out, "{rows} rows belong to no lane"),
            Self::Unreadable { table, row } => write!(out, "row {row} of {table} cannot be read"),
            Self::CheckpointMissing { number } => write!(out, "checkpoint {number} is missing"),
            Self::CheckpointText { number } => write!(out, "the text of checkpoint {number} was changed"),
            Self::CheckpointSignature { number } => write!(out, "the signature of checkpoint {number} does not hold"),
            Self::CheckpointHead { number, lane } => {
                write!(out, "lane {lane} does not have the row that checkpoint {number} names")
            }
            Self::OutsideMissing { number } => write!(out, "checkpoint {number} of the outside copy is gone"),
            Self::OutsideDiffers { number } => write!(out, "checkpoint {number} of the outside copy is another"),
        }
    }
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VerifyReport {
    /// Rows read.
    pub rows: i64,
    /// Checkpoints read.
    pub checkpoints: i64,
    /// Empty when all is well; at most a thousand.
    pub problems: Vec<Problem>,
}

impl VerifyReport {
    fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Checks everything over one snapshot. `verify_signature` must hold the row's algorithm against the key's, and the signature
/// against the text. `outside` is the copy kept in a file; empty when there is none.
///
/// # Errors
/// When the database fails; what is wrong with the journal is in the report.
pub fn verify(
    store: &Store,
    verify_signature: &dyn Fn(&CheckpointRow) -> bool,
    outside: &[CheckpointRow],
) -> Result<VerifyReport, Error> {
    store.read(|tx| {
        let mut report = VerifyReport::default();
        let checkpoints = readable(checkpoint::all(tx), &mut report)?.unwrap_or_default();
        let expected = check_checkpoints(&checkpoints, verify_signature, &mut report);
        check_outside(&checkpoints, outside, &mut report);
        let heads = readable(super::heads(tx), &mut report)?;
        for lane in 0..LANES {
            let last = check_lane(tx, lane, &expected[usize::from(lane)], &mut report)?;
            if heads.is_some_and(|heads| heads[usize::from(lane)] != last) {
                report.add(Problem::HeadDiffers { lane });
            }
        }
        let stray = super::count(tx)? - report.rows;
        if stray != 0 {
            report.add(Problem::StrayRows { rows: stray });
        }
        Ok(report)
    })
}

/// A row that cannot be read is a finding, not a failure of the check.
fn readable<T>(found: Result<T, Error>, report: &mut VerifyReport) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Contradiction { table, row, .. }) => {
            report.add(Problem::Unreadable { table: table.to_owned(), row });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What the checkpoints say a lane must have: at this place this hash, and which checkpoints say so.
type Expected = BTreeMap<i64, Vec<(i64, [u8; 32])>>;

fn check_checkpoints(
    checkpoints: &[CheckpointRow],
    verify_signature: &dyn Fn(&CheckpointRow) -> bool,
    report: &mut VerifyReport,
) -> Vec<Expected> {
    let mut expected = vec![Expected::new(); usize::from(LANES)];
    let mut previous = [0; 32];
    let mut next = 1;
    for row in checkpoints {
        report.checkpoints += 1;
        let number = row.number;
        if number != next {
            report.add(Problem::CheckpointMissing { number: next });
        }
        next = number + 1;
        let heads = checkpoint_heads(&row.text);
        // The text must be the canonical one of this row's number, time and predecessor.
        if heads.is_none_or(|heads| checkpoint_text(number, row.at, &previous, &heads) != row.text) {
            report.add(Problem::CheckpointText { number });
        }
        if !verify_signature(row) {
            report.add(Problem::CheckpointSignature { number });
        }
        for (lane, head) in heads.iter().flatten().enumerate() {
            expected[lane].entry(head.seq).or_default().push((number, head.hash));
        }
        previous = row.sha256();
    }
    expected
}

fn check_outside(checkpoints: &[CheckpointRow], outside: &[CheckpointRow], report: &mut VerifyReport) {
    let inside: BTreeMap<i64, &CheckpointRow> = checkpoints.iter().map(|row| (row.number, row)).collect();
    for row in outside {
        match inside.get(&row.number) {
            None => report.add(Problem::OutsideMissing { number: row.number }),
            Some(have) if *have != row => report.add(Problem::OutsideDiffers { number: row.number }),
            Some(_) => {}
        }
    }
}

/// Walks one lane and answers with its end as the rows tell it.
fn check_lane(tx: &mut Tx<'_>, lane: u8, expected: &Expected, report: &mut VerifyReport) -> Result<Head, Error> {
    let mut last = Head::default();
    let mut confirmed = 0;
    confirmed += confirm(lane, last, expected, report);
    while let Some(page) = readable(lane_rows(tx, lane, last.seq, PAGE), report)? {
        for row in &page {
            report.rows += 1;
            if row.seq != last.seq + 1 {
                report.add(Problem::Gap { lane, seq: row.seq });
            } else if row.prev_hash != last.hash {
                report.add(Problem::ChainBroken { lane, seq: row.seq });
            }
            if recompute(row) != row.hash {
                report.add(Problem::RowChanged { lane, seq: row.seq });
            }
            last = Head { seq: row.seq, hash: row.hash };
            confirmed += confirm(lane, last, expected, report);
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    // Places the walk never reached: the lane was cut.
    if confirmed < expected.len() {
        for (seq, claims) in expected {
            if *seq > last.seq || *seq < 0 {
                claims.iter().for_each(|(number, _)| report.add(Problem::CheckpointHead { number: *number, lane }));
            }
        }
    }
    Ok(last)
}

/// Holds a place of the lane against what the checkpoints say of it; 1 when they say something.
fn confirm(lane: u8, head: Head, expected: &Expected, report: &mut VerifyReport) -> usize {
    let Some(claims) = expected.get(&head.seq) else { return 0 };
    for (number, hash) in claims {
        if *hash != head.hash {
            report.add(Problem::CheckpointHead { number: *number, lane });
        }
    }
    1
}
