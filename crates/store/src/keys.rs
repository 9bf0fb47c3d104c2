//! Every public key the house has ever seen, so that none is certified twice: a key belongs to the first object that showed it,
//! for ever. Blocked keys stand here too.

use domain::Timestamp;
use domain::ids::{CertificateId, RequestId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill};

/// To whom a key belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyOwner {
    /// The request it was offered with.
    pub request_id: Option<RequestId>,
    /// The imported certificate it came with.
    pub certificate_id: Option<CertificateId>,
    /// Why nobody may use it, when it is blocked.
    pub blocked: Option<String>,
}

/// Takes the key for the request; again for the same request is fine.
///
/// # Errors
/// [`Error::AlreadyThere`] `keys.spki_sha256` when it belongs to another object or is blocked.
pub fn claim(tx: &mut Tx<'_>, spki_sha256: &[u8; 32], request_id: RequestId, at: Timestamp) -> Result<(), Error> {
    kill::point("keys.claim.before");
    let claimed = tx.execute(&CLAIM, args![spki_sha256, request_id, at])?;
    if claimed == 0 {
        let owner = seen(tx, spki_sha256)?;
        if !owner.is_some_and(|owner| owner.request_id == Some(request_id) && owner.blocked.is_none()) {
            return Err(Error::AlreadyThere { what: "keys.spki_sha256".to_owned() });
        }
    }
    kill::point("keys.claim.after");
    Ok(())
}

/// Takes the key for an imported certificate.
///
/// # Errors
/// [`Error::AlreadyThere`] when it belongs to something.
pub fn insert_imported(
    tx: &mut Tx<'_>,
    spki_sha256: &[u8; 32],
    certificate_id: CertificateId,
    at: Timestamp,
) -> Result<(), Error> {
    tx.execute(&INSERT_IMPORTED, args![spki_sha256, certificate_id, at])?;
    Ok(())
}

/// To whom the key belongs, if it was ever seen.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn seen(tx: &mut Tx<'_>, spki_sha256: &[u8; 32]) -> Result<Option<KeyOwner>, Error> {
    tx.optional(&SEEN, args![spki_sha256], owner)
}

/// Bars the key from now on, whoever has it; the first reason stays.
///
/// # Errors
/// When the database fails.
pub fn block(tx: &mut Tx<'_>, spki_sha256: &[u8; 32], reason: &str, at: Timestamp) -> Result<(), Error> {
    tx.execute(&BLOCK, args![spki_sha256, reason, at])?;
    Ok(())
}

fn owner(row: Row) -> Result<KeyOwner, Error> {
    let mut row = row.of("keys");
    let _spki_sha256: [u8; 32] = row.next("spki_sha256")?;
    Ok(KeyOwner {
        request_id: row.parsed_option("request_id")?,
        certificate_id: row.parsed_option("certificate_id")?,
        blocked: row.next("blocked_reason")?,
    })
}

sql! {
    CLAIM = both(
        "INSERT INTO keys (spki_sha256, request_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT (spki_sha256) DO NOTHING"
    );
    INSERT_IMPORTED = both("INSERT INTO keys (spki_sha256, certificate_id, seen_at) VALUES ($1, $2, $3)");
    SEEN = both("SELECT spki_sha256, request_id, certificate_id, blocked_reason FROM keys WHERE spki_sha256 = $1");
    BLOCK = both(
        "INSERT INTO keys (spki_sha256, blocked_reason, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (spki_sha256) DO UPDATE SET blocked_reason = COALESCE(keys.blocked_reason, excluded.blocked_reason)"
    );
}
