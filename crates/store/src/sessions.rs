//! Sign-ins of subscribers, by certificate or by password, known by the hash of their bearer token.

use domain::Timestamp;
use domain::ids::{AgentId, CertificateId, SubscriberId};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx, one_row};

/// One sign-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// SHA-256 of the token.
    pub token_sha256: [u8; 32],
    /// Whom it looks at: who signed in, or the same person at another organisation.
    pub subscriber_id: SubscriberId,
    /// With which certificate; none: by password.
    pub certificate_id: Option<CertificateId>,
    /// By whose password, whomever it looks at by now; none: by certificate.
    pub password_of: Option<SubscriberId>,
    /// At which agent.
    pub agent_id: AgentId,
    /// When.
    pub created_at: Timestamp,
    /// From when it is good for nothing.
    pub expires_at: Timestamp,
}

/// Stores a new sign-in; a second device that was offered in an earlier one is offered no more.
///
/// # Errors
/// [`Error::AlreadyThere`] for the token.
pub fn insert(tx: &mut Tx<'_>, new: &SessionRow) -> Result<(), Error> {
    let SessionRow { token_sha256, subscriber_id, certificate_id, password_of, agent_id, created_at, expires_at } = new;
    withdraw_device(tx, *subscriber_id)?;
    tx.execute(
        &INSERT,
        args![token_sha256, *subscriber_id, *certificate_id, *password_of, *agent_id, *created_at, *expires_at],
    )?;
    Ok(())
}

/// The sign-in looks at another organisation of its person from now on, under another token; what it was opened by stays. One row is changed, not
/// two: whoever ends the sign-in at the same moment finds it before or after, and it never comes back.
///
/// # Errors
/// [`Error::Conflict`] `sessions` when it has ended meanwhile; [`Error::AlreadyThere`] for the token.
pub fn turn_to(
    tx: &mut Tx<'_>,
    subscriber_id: SubscriberId,
    before_sha256: &[u8; 32],
    token_sha256: &[u8; 32],
) -> Result<(), Error> {
    withdraw_device(tx, subscriber_id)?;
    one_row(tx.execute(&TURN_TO, args![before_sha256, token_sha256, subscriber_id])?, "sessions")
}

/// The sign-in with this token, expired or not.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_token_sha256(tx: &mut Tx<'_>, token_sha256: &[u8; 32]) -> Result<Option<SessionRow>, Error> {
    tx.optional(&BY_TOKEN, args![token_sha256], |row| {
        let mut row = row.of("sessions");
        Ok(SessionRow {
            token_sha256: row.next("token_sha256")?,
            subscriber_id: row.parsed("subscriber_id")?,
            certificate_id: row.parsed_option("certificate_id")?,
            password_of: row.parsed_option("password_of")?,
            agent_id: row.next("agent_id")?,
            created_at: row.next("created_at")?,
            expires_at: row.next("expires_at")?,
        })
    })
}

/// Removes the sign-in with this token, if it is there.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut Tx<'_>, token_sha256: &[u8; 32]) -> Result<(), Error> {
    tx.execute(&REMOVE, args![token_sha256])?;
    Ok(())
}

/// Removes every sign-in of a signatory but one, and those that the signatory's password opened, wherever they look.
///
/// # Errors
/// When the database fails.
pub fn remove_others(tx: &mut Tx<'_>, subscriber_id: SubscriberId, kept_sha256: &[u8; 32]) -> Result<u64, Error> {
    tx.execute(&REMOVE_OTHERS, args![subscriber_id, kept_sha256])
}

/// Removes every sign-in by password that looks at a signatory, and those that the signatory's password opened, wherever they look.
///
/// # Errors
/// When the database fails.
pub fn remove_by_password(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<u64, Error> {
    tx.execute(&REMOVE_BY_PASSWORD, args![subscriber_id])
}

/// Removes the expired ones and says how many.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    tx.execute(&PURGE, args![now])
}

/// Whoever opened the earlier sign-in may be a stranger with a stolen password, who knows the secret of what was offered there: nobody is to take it
/// into use as their own afterwards.
fn withdraw_device(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<(), Error> {
    tx.execute(&WITHDRAW_DEVICE, args![subscriber_id])?;
    Ok(())
}

sql! {
    INSERT = both(
        "INSERT INTO sessions (token_sha256, subscriber_id, certificate_id, password_of, agent_id, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    );
    TURN_TO = both("UPDATE sessions SET token_sha256 = $2, subscriber_id = $3 WHERE token_sha256 = $1");
    BY_TOKEN = both(
        "SELECT token_sha256, subscriber_id, certificate_id, password_of, agent_id, created_at, expires_at \
         FROM sessions WHERE token_sha256 = $1"
    );
    REMOVE = both("DELETE FROM sessions WHERE token_sha256 = $1");
    REMOVE_OTHERS = both(
        "DELETE FROM sessions WHERE (subscriber_id = $1 OR password_of = $1) AND token_sha256 <> $2"
    );
    REMOVE_BY_PASSWORD = both(
        "DELETE FROM sessions WHERE (subscriber_id = $1 OR password_of = $1) AND certificate_id IS NULL"
    );
    PURGE = both("DELETE FROM sessions WHERE expires_at <= $1");
    WITHDRAW_DEVICE = both("UPDATE subscriber_secrets SET offered_salt = NULL WHERE subscriber_id = $1");
}
