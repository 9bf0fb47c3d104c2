//! Tickets given to clients' components: what was allowed, whether it was begun, whether it was answered. Each is answered once.

use domain::Timestamp;
use domain::ids::{AgentId, RequestId, SubscriberId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// One ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentTicketRow {
    /// Names it: 32 lower-case hexadecimal digits.
    pub nonce: String,
    /// The agent.
    pub agent_id: AgentId,
    /// Word of the operation.
    pub operation: String,
    /// The request it is about, where there is one.
    pub request_id: Option<RequestId>,
    /// The client who asked for it, where it is about nothing but what is theirs.
    pub subscriber_id: Option<SubscriberId>,
    /// The payload that was signed, JSON.
    pub payload: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When the component began.
    pub started_at: Option<Timestamp>,
    /// When its answer was taken.
    pub answered_at: Option<Timestamp>,
}

/// Stores a new ticket.
///
/// # Errors
/// [`Error::AlreadyThere`] for its nonce.
pub fn insert(tx: &mut Tx<'_>, new: &ComponentTicketRow) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![&new.nonce, new.agent_id, &new.operation, new.request_id, new.subscriber_id, &new.payload, new.issued_at],
    )?;
    Ok(())
}

/// The ticket with this nonce.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn get(tx: &mut Tx<'_>, nonce: &str) -> Result<Option<ComponentTicketRow>, Error> {
    tx.optional(&GET, args![nonce], |row| {
        let mut row = row.of("component_tickets");
        Ok(ComponentTicketRow {
            nonce: row.next("nonce")?,
            agent_id: row.next("agent_id")?,
            operation: row.next("operation")?,
            request_id: row.parsed_option("request_id")?,
            subscriber_id: row.parsed_option("subscriber_id")?,
            payload: row.next("payload")?,
            issued_at: row.next("issued_at")?,
            started_at: row.next("started_at")?,
            answered_at: row.next("answered_at")?,
        })
    })
}

/// Notes that the component began. A second note changes nothing.
///
/// # Errors
/// When the database fails.
pub fn start(tx: &mut Tx<'_>, nonce: &str, at: Timestamp) -> Result<(), Error> {
    tx.execute(&START, args![nonce, at])?;
    Ok(())
}

/// Takes the ticket's one answer; false when it was taken already.
///
/// # Errors
/// When the database fails.
pub fn answer(tx: &mut Tx<'_>, nonce: &str, at: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(&ANSWER, args![nonce, at])? == 1)
}

/// Removes tickets made before a moment that belong to no request (those of requests are evidence), and says how many.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, Error> {
    tx.execute(&PURGE, args![before])
}

sql! {
    INSERT = both(
        "INSERT INTO component_tickets (nonce, agent_id, operation, request_id, subscriber_id, payload, issued_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    );
    GET = both(
        "SELECT nonce, agent_id, operation, request_id, subscriber_id, payload, issued_at, started_at, answered_at \
         FROM component_tickets WHERE nonce = $1"
    );
    START = both("UPDATE component_tickets SET started_at = $2 WHERE nonce = $1 AND started_at IS NULL");
    ANSWER = both("UPDATE component_tickets SET answered_at = $2 WHERE nonce = $1 AND answered_at IS NULL");
    PURGE = both("DELETE FROM component_tickets WHERE issued_at < $1 AND request_id IS NULL");
}
