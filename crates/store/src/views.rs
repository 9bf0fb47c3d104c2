//! Rows gathered for a reader's eye, not for a decision.

use std::collections::BTreeMap;

use domain::request::StageName;

use crate::db::statement::{both, sql};
use crate::{Error, Tx, outbox};

/// How much of everything there is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Requests by stage; stages without a request are left out.
    pub requests: BTreeMap<StageName, i64>,
    /// Certificates, imported ones included.
    pub certificates: i64,
    /// Work to be done.
    pub outbox_pending: i64,
    /// Rows of the journal.
    pub journal_rows: i64,
}

/// Counts everything.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn counts(tx: &mut Tx<'_>) -> Result<Counts, Error> {
    let by_stage = tx.all(&REQUESTS_BY_STAGE, &[], |row| {
        let mut row = row.of("requests");
        Ok((row.text_as("stage", StageName::from_name)?, row.next("count")?))
    })?;
    Ok(Counts {
        requests: by_stage.into_iter().collect(),
        certificates: tx.number(&CERTIFICATES, &[])?,
        outbox_pending: outbox::pending_count(tx)?,
        journal_rows: tx.number(&JOURNAL_ROWS, &[])?,
    })
}

sql! {
    REQUESTS_BY_STAGE = both("SELECT stage, COUNT(*) FROM requests GROUP BY stage");
    CERTIFICATES = both("SELECT COUNT(*) FROM certificates");
    JOURNAL_ROWS = both("SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) FROM journal_heads");
}
