//! What is about to be signed, on record before the signature: to-be-signed bytes, serial number, key. The serial number is
//! reserved here, in one table for all channels; after a restart an open intent is signed again, byte for byte the same.

use domain::Timestamp;
use domain::ids::{CertificateId, RequestId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill, one_row};

/// One intent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IntentRow {
    /// For which request; one intent each.
    pub request_id: RequestId,
    /// Which of our authorities signs.
    pub authority: String,
    /// The reserved serial number, lower-case hexadecimal.
    pub serial_hex: String,
    /// TBSCertificate in DER.
    pub tbs: Vec<u8>,
    /// Its SHA-256.
    pub tbs_sha256: [u8; 32],
    /// SHA-256 of the canonical SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
    /// The id the certificate will have.
    pub certificate_id: CertificateId,
    /// SHA-256 of the profile's text it was built by.
    pub profile_sha256: [u8; 32],
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When the certificate was stored.
    pub completed_at: Option<Timestamp>,
}

/// Records an intent.
///
/// # Errors
/// [`Error::AlreadyThere`] for `intents.request_id` (load that one instead), `intents.authority, intents.serial_hex` (draw again)
/// or `intents.certificate_id`.
pub fn insert(tx: &mut Tx<'_>, new: &IntentRow) -> Result<(), Error> {
    kill::point("intents.insert.before");
    tx.execute(
        &INSERT,
        args![
            new.request_id,
            &new.authority,
            &new.serial_hex,
            &new.tbs,
            &new.tbs_sha256,
            &new.spki_sha256,
            new.certificate_id,
            &new.profile_sha256,
            new.created_at,
            new.completed_at,
        ],
    )?;
    kill::point("intents.insert.after");
    Ok(())
}

/// The intent of this request.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Option<IntentRow>, Error> {
    tx.optional(&BY_REQUEST, args![request_id], intent)
}

/// Closes the intent: the certificate is stored. Closed already is fine and keeps the first time.
///
/// # Errors
/// [`Error::Conflict`] when there is none.
pub fn complete(tx: &mut Tx<'_>, request_id: RequestId, at: Timestamp) -> Result<(), Error> {
    kill::point("intents.complete.before");
    let rows = tx.execute(&COMPLETE, args![request_id, at])?;
    one_row(rows, "intent")?;
    kill::point("intents.complete.after");
    Ok(())
}

/// Intents whose certificate is not stored, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open(tx: &mut Tx<'_>) -> Result<Vec<IntentRow>, Error> {
    tx.all(&OPEN, &[], intent)
}

fn intent(row: Row) -> Result<IntentRow, Error> {
    let mut row = row.of("intents");
    Ok(IntentRow {
        request_id: row.parsed("request_id")?,
        authority: row.next("authority")?,
        serial_hex: row.next("serial_hex")?,
        tbs: row.next("tbs")?,
        tbs_sha256: row.next("tbs_sha256")?,
        spki_sha256: row.next("spki_sha256")?,
        certificate_id: row.parsed("certificate_id")?,
        profile_sha256: row.next("profile_sha256")?,
        created_at: row.next("created_at")?,
        completed_at: row.next("completed_at")?,
    })
}

macro_rules! columns {
    () => {
        "request_id, authority, serial_hex, tbs, tbs_sha256, spki_sha256, certificate_id, profile_sha256, created_at, completed_at"
    };
}

sql! {
    INSERT = both(concat!("INSERT INTO intents (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"));
    BY_REQUEST = both(concat!("SELECT ", columns!(), " FROM intents WHERE request_id = $1"));
    COMPLETE = both("UPDATE intents SET completed_at = COALESCE(completed_at, $2) WHERE request_id = $1");
    OPEN = both(concat!("SELECT ", columns!(), " FROM intents WHERE completed_at IS NULL ORDER BY created_at, request_id"));
}
