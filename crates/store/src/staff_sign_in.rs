//! How staff sign in on pages: their secrets, kept as a hash and a salt, their certificates, and the sign-ins that are open.

use domain::Timestamp;
use domain::ids::{CertificateId, StaffId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Lock, Tx, one_row};

/// One person's secrets and how their tries went.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretsRow {
    /// Whose.
    pub staff_id: StaffId,
    /// What they type as their name.
    pub login: String,
    /// Hash of the password with its parameters and its salt.
    pub password: String,
    /// Part of what the second device's secret is derived from.
    pub salt: [u8; 16],
    /// The newest time step whose code was used.
    pub last_step: i64,
    /// Wrong tries since the last right one.
    pub failures: i64,
    /// Until when no try is looked at.
    pub locked_until: Option<Timestamp>,
    /// When they were set.
    pub set_at: Timestamp,
}

/// The certificate of a person and how their tries with it went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffCertificateRow {
    /// Whose.
    pub staff_id: StaffId,
    /// Which certificate of record.
    pub certificate_id: CertificateId,
    /// Wrong tries since the last right one.
    pub failures: i64,
    /// Until when no try is looked at.
    pub locked_until: Option<Timestamp>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// One open sign-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffSessionRow {
    /// SHA-256 of the token.
    pub token_sha256: [u8; 32],
    /// Who.
    pub staff_id: StaffId,
    /// When.
    pub created_at: Timestamp,
    /// From when it is good for nothing.
    pub expires_at: Timestamp,
    /// By which certificate; none: by password and code.
    pub certificate_id: Option<CertificateId>,
}

/// Sets the secrets of a person; earlier ones are replaced.
///
/// # Errors
/// [`Error::AlreadyThere`] `staff_secrets.login` when somebody else has the login.
pub fn set_secrets(tx: &mut Tx<'_>, row: &SecretsRow) -> Result<(), Error> {
    tx.execute(&FORGET, args![row.staff_id])?;
    tx.execute(
        &INSERT,
        args![
            row.staff_id,
            &row.login,
            &row.password,
            &row.salt,
            row.last_step,
            row.failures,
            row.locked_until,
            row.set_at
        ],
    )?;
    Ok(())
}

/// The secrets behind a login.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<SecretsRow>, Error> {
    tx.optional(&BY_LOGIN, args![login], secrets)
}

/// Keeps how a try went. The step must be newer than the one before, so that of two tries with one code one loses; and a right one opens
/// nothing that wrong ones beside it have locked.
///
/// # Errors
/// [`Error::Conflict`] `staff_secrets` when a newer code was used meanwhile, or the login was locked.
pub fn right_try(tx: &mut Tx<'_>, staff_id: StaffId, step: i64, now: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&RIGHT, args![staff_id, step, now])?;
    one_row(rows, "staff_secrets")
}

/// Counts a wrong try, and locks if that many are too many. Counted and judged on the row itself: tries come in parallel, and what each of
/// them read before is old.
///
/// # Errors
/// When the database fails.
pub fn wrong_try(tx: &mut Tx<'_>, staff_id: StaffId, lock: Lock) -> Result<(), Error> {
    tx.execute(&WRONG, args![staff_id, lock.tries, lock.now, lock.until])?;
    Ok(())
}

/// Sets the certificate of a person; an earlier one is replaced.
///
/// # Errors
/// [`Error::AlreadyThere`] when it is somebody else's.
pub fn set_certificate(tx: &mut Tx<'_>, row: &StaffCertificateRow) -> Result<(), Error> {
    tx.execute(&FORGET_CERTIFICATE, args![row.staff_id])?;
    tx.execute(
        &INSERT_CERTIFICATE,
        args![row.staff_id, row.certificate_id, row.failures, row.locked_until, row.set_at],
    )?;
    Ok(())
}

/// Takes the certificate of a person out of use; said twice is fine.
///
/// # Errors
/// When the database fails.
pub fn forget_certificate(tx: &mut Tx<'_>, staff_id: StaffId) -> Result<(), Error> {
    tx.execute(&FORGET_CERTIFICATE, args![staff_id])?;
    Ok(())
}

/// The certificate of a person.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn certificate_of(tx: &mut Tx<'_>, staff_id: StaffId) -> Result<Option<StaffCertificateRow>, Error> {
    tx.optional(&CERTIFICATE_OF, args![staff_id], staff_certificate)
}

/// Whose the certificate is.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_certificate(tx: &mut Tx<'_>, certificate_id: CertificateId) -> Result<Option<StaffCertificateRow>, Error> {
    tx.optional(&BY_CERTIFICATE, args![certificate_id], staff_certificate)
}

/// A right try with a certificate: wrong ones before it are forgotten.
///
/// # Errors
/// [`Error::Conflict`] `staff_certificates` when the certificate was taken away or closed meanwhile.
pub fn right_certificate_try(tx: &mut Tx<'_>, certificate_id: CertificateId, now: Timestamp) -> Result<(), Error> {
    let rows = tx.execute(&RIGHT_CERTIFICATE, args![certificate_id, now])?;
    one_row(rows, "staff_certificates")
}

/// Counts a wrong try with a certificate, and locks if that many are too many, as [`wrong_try`].
///
/// # Errors
/// When the database fails.
pub fn wrong_certificate_try(tx: &mut Tx<'_>, certificate_id: CertificateId, lock: Lock) -> Result<(), Error> {
    tx.execute(&WRONG_CERTIFICATE, args![certificate_id, lock.tries, lock.now, lock.until])?;
    Ok(())
}

/// Stores a new sign-in.
///
/// # Errors
/// [`Error::AlreadyThere`] for the token.
pub fn insert_session(tx: &mut Tx<'_>, row: &StaffSessionRow) -> Result<(), Error> {
    tx.execute(
        &INSERT_SESSION,
        args![&row.token_sha256, row.staff_id, row.created_at, row.expires_at, row.certificate_id],
    )?;
    Ok(())
}

/// The sign-in with this token, expired or not.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn session(tx: &mut Tx<'_>, token_sha256: &[u8; 32]) -> Result<Option<StaffSessionRow>, Error> {
    tx.optional(&SESSION, args![token_sha256], session_row)
}

/// Open sign-ins of a person, newest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn sessions_of(tx: &mut Tx<'_>, staff_id: StaffId, now: Timestamp) -> Result<Vec<StaffSessionRow>, Error> {
    tx.all(&SESSIONS_OF, args![staff_id, now], session_row)
}

/// Ends one sign-in, if it is there.
///
/// # Errors
/// When the database fails.
pub fn end_session(tx: &mut Tx<'_>, token_sha256: &[u8; 32]) -> Result<(), Error> {
    tx.execute(&END_SESSION, args![token_sha256])?;
    Ok(())
}

/// Ends one sign-in of a person; whether it was there.
///
/// # Errors
/// When the database fails.
pub fn end_session_of(tx: &mut Tx<'_>, staff_id: StaffId, token_sha256: &[u8; 32]) -> Result<bool, Error> {
    Ok(tx.execute(&END_SESSION_OF, args![staff_id, token_sha256])? > 0)
}

/// Ends every sign-in of a person that was made by a certificate.
///
/// # Errors
/// When the database fails.
pub fn end_certificate_sessions_of(tx: &mut Tx<'_>, staff_id: StaffId) -> Result<u64, Error> {
    tx.execute(&END_CERTIFICATE_SESSIONS_OF, args![staff_id])
}

/// Ends every sign-in of a person.
///
/// # Errors
/// When the database fails.
pub fn end_sessions_of(tx: &mut Tx<'_>, staff_id: StaffId) -> Result<u64, Error> {
    tx.execute(&END_SESSIONS_OF, args![staff_id])
}

/// Removes the expired ones and says how many.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    tx.execute(&PURGE, args![now])
}

fn secrets(row: Row) -> Result<SecretsRow, Error> {
    let mut row = row.of("staff_secrets");
    Ok(SecretsRow {
        staff_id: row.parsed("staff_id")?,
        login: row.next("login")?,
        password: row.next("password")?,
        salt: row.next("salt")?,
        last_step: row.next("last_step")?,
        failures: row.next("failures")?,
        locked_until: row.next("locked_until")?,
        set_at: row.next("set_at")?,
    })
}

fn staff_certificate(row: Row) -> Result<StaffCertificateRow, Error> {
    let mut row = row.of("staff_certificates");
    Ok(StaffCertificateRow {
        staff_id: row.parsed("staff_id")?,
        certificate_id: row.parsed("certificate_id")?,
        failures: row.next("failures")?,
        locked_until: row.next("locked_until")?,
        set_at: row.next("set_at")?,
    })
}

fn session_row(row: Row) -> Result<StaffSessionRow, Error> {
    let mut row = row.of("staff_sessions");
    Ok(StaffSessionRow {
        token_sha256: row.next("token_sha256")?,
        staff_id: row.parsed("staff_id")?,
        created_at: row.next("created_at")?,
        expires_at: row.next("expires_at")?,
        certificate_id: row.parsed_option("certificate_id")?,
    })
}

macro_rules! certificate_columns {
    () => {
        "staff_id, certificate_id, failures, locked_until, set_at"
    };
}

macro_rules! session_columns {
    () => {
        "token_sha256, staff_id, created_at, expires_at, certificate_id"
    };
}

sql! {
    FORGET = both("DELETE FROM staff_secrets WHERE staff_id = $1");
    INSERT = both(
        "INSERT INTO staff_secrets (staff_id, login, password, salt, last_step, failures, locked_until, set_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    BY_LOGIN = both(
        "SELECT staff_id, login, password, salt, last_step, failures, locked_until, set_at FROM staff_secrets \
         WHERE login = $1"
    );
    RIGHT = both(
        "UPDATE staff_secrets SET last_step = $2, failures = 0, locked_until = NULL \
         WHERE staff_id = $1 AND last_step < $2 AND (locked_until IS NULL OR locked_until <= $3)"
    );
    WRONG = both(
        "UPDATE staff_secrets SET failures = failures + 1, \
         locked_until = CASE WHEN failures + 1 >= $2 THEN $4 ELSE locked_until END \
         WHERE staff_id = $1 AND (locked_until IS NULL OR locked_until <= $3)"
    );
    FORGET_CERTIFICATE = both("DELETE FROM staff_certificates WHERE staff_id = $1");
    INSERT_CERTIFICATE = both(concat!(
        "INSERT INTO staff_certificates (", certificate_columns!(), ") VALUES ($1, $2, $3, $4, $5)"
    ));
    CERTIFICATE_OF = both(concat!(
        "SELECT ", certificate_columns!(), " FROM staff_certificates WHERE staff_id = $1"
    ));
    BY_CERTIFICATE = both(concat!(
        "SELECT ", certificate_columns!(), " FROM staff_certificates WHERE certificate_id = $1"
    ));
    RIGHT_CERTIFICATE = both(
        "UPDATE staff_certificates SET failures = 0, locked_until = NULL \
         WHERE certificate_id = $1 AND (locked_until IS NULL OR locked_until <= $2)"
    );
    WRONG_CERTIFICATE = both(
        "UPDATE staff_certificates SET failures = failures + 1, \
         locked_until = CASE WHEN failures + 1 >= $2 THEN $4 ELSE locked_until END \
         WHERE certificate_id = $1 AND (locked_until IS NULL OR locked_until <= $3)"
    );
    INSERT_SESSION = both(concat!(
        "INSERT INTO staff_sessions (", session_columns!(), ") VALUES ($1, $2, $3, $4, $5)"
    ));
    SESSION = both(concat!("SELECT ", session_columns!(), " FROM staff_sessions WHERE token_sha256 = $1"));
    SESSIONS_OF = both(concat!(
        "SELECT ", session_columns!(), " FROM staff_sessions \
         WHERE staff_id = $1 AND expires_at > $2 ORDER BY created_at DESC, token_sha256"
    ));
    END_SESSION_OF = both("DELETE FROM staff_sessions WHERE staff_id = $1 AND token_sha256 = $2");
    END_CERTIFICATE_SESSIONS_OF = both(
        "DELETE FROM staff_sessions WHERE staff_id = $1 AND certificate_id IS NOT NULL"
    );
    END_SESSION = both("DELETE FROM staff_sessions WHERE token_sha256 = $1");
    END_SESSIONS_OF = both("DELETE FROM staff_sessions WHERE staff_id = $1");
    PURGE = both("DELETE FROM staff_sessions WHERE expires_at <= $1");
}
