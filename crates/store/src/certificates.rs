//! Certificates the house knows, issued here or imported, with what the bank decided about them.

use domain::Timestamp;
use domain::certificate::{Certificate, Progress, Revocation, RevocationReason};
use domain::ids::{AgentId, CertificateId, KeyUid, SubscriberId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill, one_row};

/// What a CRL says about a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokedRow {
    /// Serial number, lower-case hexadecimal.
    pub serial_hex: String,
    /// When the decision was recorded.
    pub revoked_at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// Last moment of validity, after which the entry may leave the list.
    pub not_after: Timestamp,
}

/// Stores a new certificate.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id, `certificates.authority, certificates.serial_hex` (not among imported ones),
/// `certificates.thumbprint_sha256` or `certificates.spki_sha256`.
pub fn insert(tx: &mut Tx<'_>, new: &Certificate) -> Result<(), Error> {
    kill::point("certificates.insert.before");
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.version,
            new.agent_id,
            new.subscriber_id,
            new.request_id,
            &new.authority,
            &new.serial_hex,
            &new.der,
            &new.spki_sha256,
            &new.thumbprint_sha256,
            new.not_before,
            new.not_after,
            new.progress.name(),
            new.blocked_since,
            new.revocation.map(|revocation| revocation.at),
            new.revocation.map(|revocation| revocation.reason.name()),
            new.superseded_from,
        ],
    )?;
    kill::point("certificates.insert.after");
    Ok(())
}

/// The certificate with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: CertificateId) -> Result<Option<Certificate>, Error> {
    tx.optional(&BY_ID, args![id], certificate)
}

/// The certificate whose DER has this SHA-256.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_thumbprint(tx: &mut Tx<'_>, thumbprint_sha256: &[u8; 32]) -> Result<Option<Certificate>, Error> {
    tx.optional(&BY_THUMBPRINT, args![thumbprint_sha256], certificate)
}

/// The certificate with this serial number of one of our authorities. For `imported` several may have it: the oldest id answers.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_serial(tx: &mut Tx<'_>, authority: &str, serial_hex: &str) -> Result<Option<Certificate>, Error> {
    tx.optional(&BY_SERIAL, args![authority, serial_hex], certificate)
}

/// Certificates of an agent with this serial number, whichever authority gave it; oldest first, at most so many.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_agent_by_serial(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    serial_hex: &str,
    limit: i64,
) -> Result<Vec<Certificate>, Error> {
    tx.all(&OF_AGENT_BY_SERIAL, args![agent_id, serial_hex, limit], certificate)
}

/// The agent's certificate whose DER has this SHA-256.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn of_agent_by_thumbprint(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    thumbprint_sha256: &[u8; 32],
) -> Result<Option<Certificate>, Error> {
    tx.optional(&OF_AGENT_BY_THUMBPRINT, args![agent_id, thumbprint_sha256], certificate)
}

/// The agent's certificates of the keys with this UID: one, unless somebody made two keys alike on purpose.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_agent_by_uid(tx: &mut Tx<'_>, agent_id: AgentId, uid: KeyUid, limit: i64) -> Result<Vec<Certificate>, Error> {
    let (first, last) = uid.bounds();
    tx.all(&OF_AGENT_BY_UID, args![agent_id, &first, &last, limit], certificate)
}

/// Saves progress, block, revocation and supersession; the row must still have the version of `changed` and gets the next one.
///
/// # Errors
/// [`Error::Conflict`] when somebody was faster.
pub fn save(tx: &mut Tx<'_>, changed: &Certificate) -> Result<(), Error> {
    kill::point("certificates.save.before");
    let rows = tx.execute(
        &SAVE,
        args![
            changed.id,
            changed.version,
            changed.progress.name(),
            changed.blocked_since,
            changed.revocation.map(|revocation| revocation.at),
            changed.revocation.map(|revocation| revocation.reason.name()),
            changed.superseded_from,
        ],
    )?;
    one_row(rows, "certificate")?;
    kill::point("certificates.save.after");
    Ok(())
}

/// All certificates of the person, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_subscriber(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Vec<Certificate>, Error> {
    tx.all(&OF_SUBSCRIBER, args![subscriber_id], certificate)
}

/// Everything of this authority that is revoked or on hold, by serial number.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn revoked_of(tx: &mut Tx<'_>, authority: &str) -> Result<Vec<RevokedRow>, Error> {
    tx.all(&REVOKED_OF, args![authority], |row| {
        let mut row = row.of("certificates");
        Ok(RevokedRow {
            serial_hex: row.next("serial_hex")?,
            revoked_at: row.next("revoked_at")?,
            reason: row.text_as("revocation_reason", reason_from_name)?,
            not_after: row.next("not_after")?,
        })
    })
}

fn certificate(row: Row) -> Result<Certificate, Error> {
    let mut row = row.of("certificates");
    Ok(Certificate {
        id: row.parsed("id")?,
        version: row.next("version")?,
        agent_id: row.next("agent_id")?,
        subscriber_id: row.parsed("subscriber_id")?,
        request_id: row.parsed_option("request_id")?,
        authority: row.next("authority")?,
        serial_hex: row.text_as("serial_hex", serial)?,
        der: row.next("der")?,
        spki_sha256: row.next("spki_sha256")?,
        thumbprint_sha256: row.next("thumbprint_sha256")?,
        not_before: row.next("not_before")?,
        not_after: row.next("not_after")?,
        progress: row.text_as("progress", Progress::from_name)?,
        blocked_since: row.next("blocked_since")?,
        revocation: {
            let at: Option<Timestamp> = row.next("revoked_at")?;
            let reason = row.option_as("revocation_reason", reason_from_name)?;
            match (at, reason) {
                (Some(at), Some(reason)) => Some(Revocation { at, reason }),
                (None, None) => None,
                (None, Some(_)) => return Err(row.contradiction("revoked_at")),
                (Some(_), None) => return Err(row.contradiction("revocation_reason")),
            }
        },
        superseded_from: row.next("superseded_from")?,
    })
}

fn reason_from_name(name: &str) -> Option<RevocationReason> {
    RevocationReason::ALL.into_iter().find(|reason| reason.name() == name)
}

/// Whole octets in lower-case hexadecimal: the one spelling that is compared.
fn serial(text: &str) -> Option<String> {
    let octets = hex::decode(text).ok()?;
    (!octets.is_empty() && hex::encode(octets) == text).then(|| text.to_owned())
}

macro_rules! columns {
    () => {
        "id, version, agent_id, subscriber_id, request_id, authority, serial_hex, der, spki_sha256, thumbprint_sha256, \
         not_before, not_after, progress, blocked_since, revoked_at, revocation_reason, superseded_from"
    };
}

sql! {
    INSERT = both(concat!(
        "INSERT INTO certificates (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    ));
    BY_ID = both(concat!("SELECT ", columns!(), " FROM certificates WHERE id = $1"));
    BY_THUMBPRINT = both(concat!("SELECT ", columns!(), " FROM certificates WHERE thumbprint_sha256 = $1"));
    OF_AGENT_BY_SERIAL = both(concat!(
        "SELECT ", columns!(), " FROM certificates WHERE agent_id = $1 AND serial_hex = $2 ORDER BY id LIMIT $3"
    ));
    OF_AGENT_BY_THUMBPRINT = both(concat!(
        "SELECT ", columns!(), " FROM certificates WHERE agent_id = $1 AND thumbprint_sha256 = $2"
    ));
    OF_AGENT_BY_UID = both(concat!(
        "SELECT ", columns!(), " FROM certificates WHERE agent_id = $1 AND spki_sha256 BETWEEN $2 AND $3 ORDER BY spki_sha256 LIMIT $4"
    ));
    BY_SERIAL = both(concat!(
        "SELECT ", columns!(), " FROM certificates WHERE authority = $1 AND serial_hex = $2 ORDER BY id LIMIT 1"
    ));
    SAVE = both(
        "UPDATE certificates SET version = version + 1, progress = $3, blocked_since = $4, revoked_at = $5, \
         revocation_reason = $6, superseded_from = $7 WHERE id = $1 AND version = $2"
    );
    OF_SUBSCRIBER = both(concat!("SELECT ", columns!(), " FROM certificates WHERE subscriber_id = $1 ORDER BY id"));
    REVOKED_OF = both(
        "SELECT serial_hex, revoked_at, revocation_reason, not_after FROM certificates \
         WHERE authority = $1 AND revoked_at IS NOT NULL ORDER BY serial_hex"
    );
}
