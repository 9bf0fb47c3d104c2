//! What subscribers sign in with beside their certificates: login and password, kept as a hash, and the salts of their second devices.

use domain::Timestamp;
use domain::ids::{AgentId, SubscriberId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Lock, Tx, one_row};

/// One person's secrets and how their tries went.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscriberSecretsRow {
    /// Whose.
    pub subscriber_id: SubscriberId,
    /// At which agent.
    pub agent_id: AgentId,
    /// What they type as their name.
    pub login: String,
    /// Hash of the password with its parameters and its salt.
    pub password: String,
    /// The desk handed the password out: until when it can be exchanged. None: it is the person's own.
    pub one_time_until: Option<Timestamp>,
    /// Part of what the second device's secret is derived from; none: there is no device.
    pub device_salt: Option<[u8; 16]>,
    /// The same of a device that has not shown its first code yet.
    pub offered_salt: Option<[u8; 16]>,
    /// The newest time step whose code was used.
    pub last_step: i64,
    /// Wrong tries since the last right one.
    pub failures: i64,
    /// Until when no try is looked at.
    pub locked_until: Option<Timestamp>,
    /// When they were set.
    pub set_at: Timestamp,
}

/// Sets the secrets of a person; earlier ones are replaced.
///
/// # Errors
/// [`Error::AlreadyThere`] when somebody else has the login.
pub fn set(tx: &mut Tx<'_>, row: &SubscriberSecretsRow) -> Result<(), Error> {
    tx.execute(&FORGET, args![row.subscriber_id])?;
    insert(tx, row)
}

fn insert(tx: &mut Tx<'_>, row: &SubscriberSecretsRow) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![
            row.subscriber_id,
            row.agent_id,
            &row.login,
            &row.password,
            row.one_time_until,
            row.device_salt.as_ref(),
            row.offered_salt.as_ref(),
            row.last_step,
            row.failures,
            row.locked_until,
            row.set_at
        ],
    )?;
    Ok(())
}

/// Sets the secrets of a person who had those that were set at `seen`, or none.
///
/// # Errors
/// [`Error::Conflict`] or [`Error::AlreadyThere`] when others were set since; [`Error::AlreadyThere`] when somebody else has the login.
pub fn replace(tx: &mut Tx<'_>, row: &SubscriberSecretsRow, seen: Option<Timestamp>) -> Result<(), Error> {
    if let Some(seen) = seen {
        one_row(tx.execute(&FORGET_THOSE, args![row.subscriber_id, seen])?, "subscriber_secrets")?;
    }
    insert(tx, row)
}

/// Takes the secrets of a person out of use; said twice is fine.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<(), Error> {
    tx.execute(&FORGET, args![subscriber_id])?;
    Ok(())
}

/// The secrets behind a login at an agent.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_login(tx: &mut Tx<'_>, agent_id: AgentId, login: &str) -> Result<Option<SubscriberSecretsRow>, Error> {
    tx.optional(&BY_LOGIN, args![agent_id, login], secrets)
}

/// The secrets of a person.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn of(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Option<SubscriberSecretsRow>, Error> {
    tx.optional(&OF, args![subscriber_id], secrets)
}

/// Keeps that a try went right. A step must be newer than the one before, so that of two tries with one code one loses; and a right one opens
/// nothing that wrong ones beside it have locked.
///
/// # Errors
/// [`Error::Conflict`] `subscriber_secrets` when a newer code was used meanwhile, the login was locked, or the secrets were taken away.
pub fn right_try(tx: &mut Tx<'_>, subscriber_id: SubscriberId, step: Option<i64>, now: Timestamp) -> Result<(), Error> {
    let rows = match step {
        Some(step) => tx.execute(&RIGHT_CODE, args![subscriber_id, step, now])?,
        None => tx.execute(&RIGHT, args![subscriber_id, now])?,
    };
    one_row(rows, "subscriber_secrets")
}

/// Counts a wrong try, and locks if that many are too many; whether this one locked. Counted and judged on the row itself: tries come in
/// parallel, and what each of them read before is old. Of somebody who has no secrets nothing is counted, in the same time.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn wrong_try(tx: &mut Tx<'_>, subscriber_id: SubscriberId, lock: Lock) -> Result<bool, Error> {
    let failures = tx.optional(&WRONG, args![subscriber_id, lock.tries, lock.now, lock.until], |row| {
        row.of("subscriber_secrets").next::<i64>("failures")
    })?;
    Ok(failures.is_some_and(|failures| failures >= lock.tries))
}

/// Offers a device: from now on its first code is waited for.
///
/// # Errors
/// [`Error::Conflict`] `subscriber_secrets` when the person has none.
pub fn offer_device(tx: &mut Tx<'_>, subscriber_id: SubscriberId, salt: &[u8; 16]) -> Result<(), Error> {
    let rows = tx.execute(&OFFER_DEVICE, args![subscriber_id, salt])?;
    one_row(rows, "subscriber_secrets")
}

/// The offered device has shown its first code, and replaces the one before.
///
/// # Errors
/// [`Error::Conflict`] `subscriber_secrets` when another device was offered meanwhile.
pub fn take_device(tx: &mut Tx<'_>, subscriber_id: SubscriberId, salt: &[u8; 16], step: i64) -> Result<(), Error> {
    let rows = tx.execute(&TAKE_DEVICE, args![subscriber_id, salt, step])?;
    one_row(rows, "subscriber_secrets")
}

/// The sign-in asks for no code any more.
///
/// # Errors
/// [`Error::Conflict`] `subscriber_secrets` when the person has none.
pub fn remove_device(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<(), Error> {
    let rows = tx.execute(&REMOVE_DEVICE, args![subscriber_id])?;
    one_row(rows, "subscriber_secrets")
}

fn secrets(row: Row) -> Result<SubscriberSecretsRow, Error> {
    let mut row = row.of("subscriber_secrets");
    Ok(SubscriberSecretsRow {
        subscriber_id: row.parsed("subscriber_id")?,
        agent_id: row.next("agent_id")?,
        login: row.next("login")?,
        password: row.next("password")?,
        one_time_until: row.next("one_time_until")?,
        device_salt: row.next("device_salt")?,
        offered_salt: row.next("offered_salt")?,
        last_step: row.next("last_step")?,
        failures: row.next("failures")?,
        locked_until: row.next("locked_until")?,
        set_at: row.next("set_at")?,
    })
}

macro_rules! columns {
    () => {
        "subscriber_id, agent_id, login, password, one_time_until, device_salt, offered_salt, last_step, failures, \
         locked_until, set_at"
    };
}

sql! {
    FORGET = both("DELETE FROM subscriber_secrets WHERE subscriber_id = $1");
    FORGET_THOSE = both("DELETE FROM subscriber_secrets WHERE subscriber_id = $1 AND set_at = $2");
    INSERT = both(concat!(
        "INSERT INTO subscriber_secrets (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ));
    BY_LOGIN = both(concat!(
        "SELECT ", columns!(), " FROM subscriber_secrets WHERE agent_id = $1 AND login = $2"
    ));
    OF = both(concat!("SELECT ", columns!(), " FROM subscriber_secrets WHERE subscriber_id = $1"));
    RIGHT = both(
        "UPDATE subscriber_secrets SET failures = 0, locked_until = NULL \
         WHERE subscriber_id = $1 AND (locked_until IS NULL OR locked_until <= $2)"
    );
    RIGHT_CODE = both(
        "UPDATE subscriber_secrets SET last_step = $2, failures = 0, locked_until = NULL \
         WHERE subscriber_id = $1 AND last_step < $2 AND (locked_until IS NULL OR locked_until <= $3)"
    );
    WRONG = both(
        "UPDATE subscriber_secrets SET failures = failures + 1, \
         locked_until = CASE WHEN failures + 1 >= $2 THEN $4 ELSE locked_until END \
         WHERE subscriber_id = $1 AND (locked_until IS NULL OR locked_until <= $3) RETURNING failures"
    );
    OFFER_DEVICE = both("UPDATE subscriber_secrets SET offered_salt = $2 WHERE subscriber_id = $1");
    TAKE_DEVICE = both(
        "UPDATE subscriber_secrets SET device_salt = $2, offered_salt = NULL, last_step = $3 \
         WHERE subscriber_id = $1 AND offered_salt = $2"
    );
    REMOVE_DEVICE = both(
        "UPDATE subscriber_secrets SET device_salt = NULL, offered_salt = NULL WHERE subscriber_id = $1"
    );
}
