//! Work that follows a change, committed with it and done afterwards. A row is leased to one worker at a time and comes back when
//! the lease ends; each effect is idempotent by its key, because a worker may die between doing and saying so.

use domain::Timestamp;
use domain::ids::{CertificateId, EffectId, RequestId};

use crate::db::statement::{both, by_values, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill, one_row};

/// One piece of work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EffectRow {
    /// Its id.
    pub id: EffectId,
    /// What makes it the same work: a second one with this key is not stored.
    pub key: String,
    /// Which work: the word the worker knows.
    pub kind: String,
    /// The request it is about.
    pub request_id: Option<RequestId>,
    /// What the worker needs beside, JSON.
    pub payload: String,
    /// Not before this time.
    pub due_at: Timestamp,
}

/// How far a piece of work is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EffectState {
    /// To be done.
    Pending,
    /// Done.
    Done,
    /// Given up; a person must look.
    Stuck,
}

impl EffectState {
    const ALL: [Self; 3] = [Self::Pending, Self::Done, Self::Stuck];

    /// The word of SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Stuck => "stuck",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A piece of work with its history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxRow {
    /// The work.
    pub effect: EffectRow,
    /// How often it was begun, this time included.
    pub attempts: i64,
    /// How far it is.
    pub state: EffectState,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// Stores the work; nothing happens when its key is there already.
///
/// # Errors
/// When the database fails.
pub fn enqueue(tx: &mut Tx<'_>, new: &EffectRow) -> Result<(), Error> {
    kill::point("outbox.enqueue.before");
    tx.execute(&ENQUEUE, args![new.id, &new.key, &new.kind, new.request_id, &new.payload, new.due_at])?;
    kill::point("outbox.enqueue.after");
    Ok(())
}

/// Whose work it is: a mail server that hangs must not hold up signatures and CRLs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// Everything but letters.
    House,
    /// Letters: rows of kind `notify`.
    Letters,
}

/// Takes at most `limit` pieces of due work for `lease_ms`, those due first. Nobody else gets them until the lease ends.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn claim(tx: &mut Tx<'_>, work: Work, now: Timestamp, lease_ms: i64, limit: i64) -> Result<Vec<OutboxRow>, Error> {
    let statement = match work {
        Work::House => &CLAIM_HOUSE,
        Work::Letters => &CLAIM_LETTERS,
    };
    let mut taken = tx.all(statement, args![now, now.plus_ms(lease_ms), limit], effect)?;
    taken.sort_by_key(|row| (row.effect.due_at, row.effect.id));
    kill::point("outbox.claim.after");
    Ok(taken)
}

/// The work is done; said twice is fine.
///
/// # Errors
/// [`Error::Conflict`] when there is no such row.
pub fn done(tx: &mut Tx<'_>, id: EffectId, at: Timestamp) -> Result<(), Error> {
    kill::point("outbox.done.before");
    let rows = tx.execute(&DONE, args![id, at])?;
    one_row(rows, "outbox")?;
    kill::point("outbox.done.after");
    Ok(())
}

/// What there is instead of an error when it turned out that nothing was to be done.
pub const NEEDLESS: &str = "needless";

/// There was nothing to do any more; said twice is fine.
///
/// # Errors
/// [`Error::Conflict`] when there is no such row.
pub fn needless(tx: &mut Tx<'_>, id: EffectId, at: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&WAS_NEEDLESS, args![id, at, NEEDLESS])?;
    one_row(rows, "outbox")
}

/// The try failed: again at `next_due`, or never when there is none. Work that somebody else has done meanwhile stays done.
///
/// # Errors
/// [`Error::Conflict`] when there is no such row.
pub fn failed(tx: &mut Tx<'_>, id: EffectId, error: &str, next_due: Option<Timestamp>) -> Result<(), Error> {
    let state = if next_due.is_some() { EffectState::Pending } else { EffectState::Stuck };
    let rows = tx.execute(&FAILED, args![id, error, state.name(), next_due])?;
    one_row(rows, "outbox")
}

/// How much work is to be done, due or not.
///
/// # Errors
/// When the database fails.
pub fn pending_count(tx: &mut Tx<'_>) -> Result<i64, Error> {
    tx.number(&PENDING_COUNT, &[])
}

/// Work that failed and is tried again; letters, which mail servers put off all the time, are left out.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn failing(tx: &mut Tx<'_>) -> Result<Vec<OutboxRow>, Error> {
    tx.all(&FAILING, &[], effect)
}

/// Work that was given up.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn stuck(tx: &mut Tx<'_>) -> Result<Vec<OutboxRow>, Error> {
    tx.all(&STUCK, &[], effect)
}

/// The work with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: EffectId) -> Result<Option<OutboxRow>, Error> {
    tx.optional(&BY_ID, args![id], effect)
}

/// Work that was given up, or that failed and waits, is to be tried once more, now.
///
/// # Errors
/// [`Error::Conflict`] when it is neither.
pub fn try_again(tx: &mut Tx<'_>, id: EffectId, now: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&TRY_AGAIN, args![id, now])?;
    one_row(rows, "outbox")
}

/// When the next piece of work may be taken: due and not leased.
///
/// # Errors
/// When the database fails.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, Error> {
    let next = tx.optional(&NEXT_DUE, &[], |row| row.of("outbox").next::<Option<Timestamp>>("due_at"))?;
    Ok(next.flatten())
}

/// The work with this key.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<OutboxRow>, Error> {
    tx.optional(&BY_KEY, args![key], effect)
}

/// The newest letters about a request.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn letters_of_request(tx: &mut Tx<'_>, id: RequestId, limit: i64) -> Result<Vec<OutboxRow>, Error> {
    tx.all(&LETTERS_OF_REQUEST, args![id, limit], effect)
}

/// The newest letters about what was done to a certificate, and about its end.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn letters_of_certificate(tx: &mut Tx<'_>, id: CertificateId, limit: i64) -> Result<Vec<OutboxRow>, Error> {
    tx.all(&LETTERS_OF_CERTIFICATE, args![id, limit], effect)
}

fn effect(row: Row) -> Result<OutboxRow, Error> {
    let mut row = row.of("outbox");
    Ok(OutboxRow {
        effect: EffectRow {
            id: row.parsed("id")?,
            key: row.next("key")?,
            kind: row.next("kind")?,
            request_id: row.parsed_option("request_id")?,
            payload: row.next("payload")?,
            due_at: row.next("due_at")?,
        },
        attempts: row.next("attempts")?,
        state: row.text_as("state", EffectState::from_name)?,
        last_error: row.next("last_error")?,
        done_at: row.next("done_at")?,
    })
}

macro_rules! columns {
    () => {
        "outbox.id, outbox.key, outbox.kind, outbox.request_id, outbox.payload, outbox.due_at, outbox.attempts, outbox.state, \
         outbox.last_error, outbox.done_at"
    };
}

/// PostgreSQL passes over what another worker is just taking; the materialised list keeps the limit a limit. Whose work it is stands in the text, so that
/// each has an index of its own.
macro_rules! claim {
    ($is_letter:literal) => {
        each(
            concat!(
                "UPDATE outbox SET leased_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM outbox ",
                claimable!($is_letter),
                ") RETURNING ",
                columns!()
            ),
            concat!(
                "WITH due AS MATERIALIZED (SELECT id FROM outbox ",
                claimable!($is_letter),
                " FOR UPDATE SKIP LOCKED) \
                 UPDATE outbox SET leased_until = $2, attempts = attempts + 1 FROM due WHERE outbox.id = due.id RETURNING ",
                columns!()
            ),
        )
    };
}

macro_rules! claimable {
    ($is_letter:literal) => {
        concat!(
            "WHERE state = 'pending' AND kind ",
            $is_letter,
            " 'notify' AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) ORDER BY due_at, id LIMIT $3"
        )
    };
}

macro_rules! failing {
    ($index:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM outbox ",
            $index,
            "WHERE state = 'pending' AND last_error IS NOT NULL AND kind <> 'notify' ORDER BY due_at, id"
        )
    };
}

sql! {
    ENQUEUE = both(
        "INSERT INTO outbox (id, key, kind, request_id, payload, due_at, attempts, state) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, 'pending') ON CONFLICT (key) DO NOTHING"
    );
    /// Without the values PostgreSQL expects a thirtieth of all that waits to be taken at once, and in a large house reads the whole table to find it.
    CLAIM_HOUSE = by_values(claim!("<>"));
    CLAIM_LETTERS = by_values(claim!("="));
    DONE = both(
        "UPDATE outbox SET state = 'done', done_at = COALESCE(done_at, $2), leased_until = NULL WHERE id = $1"
    );
    WAS_NEEDLESS = both(
        "UPDATE outbox SET state = 'done', done_at = COALESCE(done_at, $2), last_error = $3, leased_until = NULL WHERE id = $1"
    );
    FAILED = both(
        "UPDATE outbox SET last_error = $2, leased_until = NULL, \
         state = CASE WHEN state = 'done' THEN state ELSE $3 END, due_at = COALESCE($4, due_at) WHERE id = $1"
    );
    PENDING_COUNT = both("SELECT COUNT(*) FROM outbox WHERE state = 'pending'");
    /// SQLite, which keeps no count of rows here, is told which of two indexes is the short one.
    FAILING = each(failing!("INDEXED BY outbox_failing "), failing!(""));
    STUCK = both(concat!("SELECT ", columns!(), " FROM outbox WHERE state = 'stuck' ORDER BY due_at, id"));
    /// Of the first thousand of each: more than are ever in work at once, and less than all the reminders of a year.
    NEXT_DUE = both(
        "SELECT MIN(CASE WHEN leased_until > due_at THEN leased_until ELSE due_at END) FROM \
         (SELECT * FROM (SELECT leased_until, due_at FROM outbox WHERE state = 'pending' AND kind <> 'notify' ORDER BY due_at, id LIMIT 1000) AS house \
          UNION ALL \
          SELECT * FROM (SELECT leased_until, due_at FROM outbox WHERE state = 'pending' AND kind = 'notify' ORDER BY due_at, id LIMIT 1000) AS letters) AS first"
    );
    BY_ID = both(concat!("SELECT ", columns!(), " FROM outbox WHERE id = $1"));
    TRY_AGAIN = both(
        "UPDATE outbox SET state = 'pending', attempts = 0, due_at = $2, leased_until = NULL WHERE id = $1 \
         AND (state = 'stuck' OR state = 'pending' AND last_error IS NOT NULL AND leased_until IS NULL)"
    );
    BY_KEY = both(concat!("SELECT ", columns!(), " FROM outbox WHERE key = $1"));
    LETTERS_OF_REQUEST = both(concat!(
        "SELECT ", columns!(), " FROM outbox WHERE request_id = $1 AND kind = 'notify' ORDER BY id DESC LIMIT $2"
    ));
    /// The place of the id in `notify:certificate:ID:…`. All of one certificate, which are few, and only then the last: of an index over an expression
    /// PostgreSQL expects a two-hundredth of the table, and would rather read all effects from the newest on until fifty fit.
    LETTERS_OF_CERTIFICATE = both(concat!(
        "WITH found AS MATERIALIZED (SELECT ", columns!(), " FROM outbox WHERE substr(key, 20, 36) = $1 AND kind = 'notify') \
         SELECT ", columns!(), " FROM found AS outbox ORDER BY outbox.id DESC LIMIT $2"
    ));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::db::statement::plans::{fresh, steps};

    #[test]
    fn the_desk_hears_of_troubles_without_a_look_at_all_that_waits() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        for (statement, index) in [(&FAILING, "outbox_failing"), (&STUCK, "outbox_stuck")] {
            read_off(&steps(&database, statement), index);
        }
    }

    #[test]
    fn letters_about_one_object_are_found_without_a_look_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        for (statement, index) in
            [(&LETTERS_OF_REQUEST, "outbox_of_request"), (&LETTERS_OF_CERTIFICATE, "outbox_of_certificate")]
        {
            let steps = steps(&database, statement);
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
        }
    }

    #[test]
    fn the_house_has_its_work_without_a_look_at_the_letters_that_wait() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        let (house, letters) = ("outbox_due_house", "outbox_due_letters");
        for (statement, indexes) in
            [(&CLAIM_HOUSE, &[house][..]), (&CLAIM_LETTERS, &[letters]), (&NEXT_DUE, &[house, letters])]
        {
            indexes.iter().for_each(|index| read_off(&steps(&database, statement), index));
        }
    }

    /// In the order of the index, nothing sorted.
    fn read_off(steps: &[String], index: &str) {
        assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
