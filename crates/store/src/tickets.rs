//! Support's own work list: a row where a person of the bank must help along.

use domain::Timestamp;
use domain::ids::{AgentId, RequestId, TicketId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// One ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// The request it is about.
    pub request_id: RequestId,
    /// What is wrong: `mail-overdue`, ….
    pub kind: String,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Opens a ticket; a request has one of each kind, a second is not stored.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, new: &TicketRow) -> Result<(), Error> {
    tx.execute(&INSERT, args![new.id, new.request_id, &new.kind, new.opened_at])?;
    Ok(())
}

/// Closes the request's ticket of this kind, if it has one open.
///
/// # Errors
/// When the database fails.
pub fn close(tx: &mut Tx<'_>, request_id: RequestId, kind: &str, at: Timestamp) -> Result<(), Error> {
    tx.execute(&CLOSE, args![request_id, kind, at])?;
    Ok(())
}

/// Open tickets of the agent's requests, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open_of_agent(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<Vec<TicketRow>, Error> {
    tx.all(&OPEN_OF_AGENT, args![agent_id], |row| {
        let mut row = row.of("tickets");
        Ok(TicketRow {
            id: row.parsed("id")?,
            request_id: row.parsed("request_id")?,
            kind: row.next("kind")?,
            opened_at: row.next("opened_at")?,
        })
    })
}

sql! {
    INSERT = both(
        "INSERT INTO tickets (id, request_id, kind, opened_at) VALUES ($1, $2, $3, $4) ON CONFLICT (request_id, kind) DO NOTHING"
    );
    CLOSE = both("UPDATE tickets SET closed_at = $3 WHERE request_id = $1 AND kind = $2 AND closed_at IS NULL");
    OPEN_OF_AGENT = both(
        "SELECT tickets.id, tickets.request_id, tickets.kind, tickets.opened_at FROM tickets \
         JOIN requests ON requests.id = tickets.request_id \
         WHERE requests.agent_id = $1 AND tickets.closed_at IS NULL ORDER BY tickets.opened_at, tickets.id"
    );
}
