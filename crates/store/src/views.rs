//! Rows gathered for a reader's eye, not for a decision.

pub mod cards;
pub mod desk;

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::act::Act;
use domain::ids::{AgentId, Unz};
use domain::request::{RejectedBy, Stage, StageName};

use crate::db::statement::{both, sql};
use crate::{Error, Tx, links, outbox, requests};

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

/// How a request stands, for whoever knows its УНЗ: nobody's name, nobody's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// The agent whose client asked.
    pub agent_id: AgentId,
    /// Name of the procedure.
    pub procedure: String,
    /// Where it stands.
    pub stage: StageName,
    /// Whether it was the client who said no, not the bank.
    pub declined: bool,
    /// Whether its address answered, or was never asked.
    pub email_confirmed: bool,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When an answer was promised for.
    pub eta: Option<Timestamp>,
    /// When the certificate was issued.
    pub issued_at: Option<Timestamp>,
    /// Since when it is in service.
    pub in_service_since: Option<Timestamp>,
    /// When the life of the request ends.
    pub expires_at: Timestamp,
    /// Until when the mailed link opens.
    pub link_until: Option<Timestamp>,
    /// Where its act stands.
    pub act: Act,
}

/// The request with this УНЗ; none before it was accepted, because its number was told to nobody yet.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn status(tx: &mut Tx<'_>, unz: Unz) -> Result<Option<Status>, Error> {
    let Some(request) = requests::by_unz(tx, unz)? else { return Ok(None) };
    let stage = request.stage.name();
    if matches!(stage, StageName::Draft | StageName::KeyReady | StageName::Signed) {
        return Ok(None);
    }
    let link = links::live_of_request(tx, request.id)?;
    let submitted = request.stage.submitted();
    Ok(Some(Status {
        agent_id: request.agent_id,
        procedure: request.procedure.clone(),
        stage,
        declined: matches!(request.stage, Stage::Rejected { by: RejectedBy::Client, .. }),
        email_confirmed: request.email_confirmed,
        accepted_at: submitted.map(|submitted| submitted.accepted_at),
        eta: submitted.and_then(|submitted| submitted.eta),
        issued_at: request.stage.certified().map(|certified| certified.issued_at),
        in_service_since: match &request.stage {
            Stage::InService { since, .. } => Some(*since),
            _ => None,
        },
        expires_at: request.expires_at,
        link_until: link.map(|link| link.expires_at),
        act: request.act.clone(),
    }))
}

sql! {
    REQUESTS_BY_STAGE = both("SELECT stage, COUNT(*) FROM requests GROUP BY stage");
    CERTIFICATES = both("SELECT COUNT(*) FROM certificates");
    JOURNAL_ROWS = both("SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) FROM journal_heads");
}
