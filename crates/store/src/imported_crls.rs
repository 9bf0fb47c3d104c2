//! Revocation lists of previous authorities, as the bank brought them in.

use sha2::{Digest, Sha256};

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// One list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportedCrlRow {
    /// SHA-256 of the issuer's distinguished name in DER.
    pub issuer_sha256: [u8; 32],
    /// The list.
    pub der: Vec<u8>,
}

/// Stores a list; the same list again changes nothing.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, issuer_sha256: &[u8; 32], der: &[u8]) -> Result<(), Error> {
    let thumbprint: [u8; 32] = Sha256::digest(der).into();
    tx.execute(&INSERT, args![&thumbprint, issuer_sha256, der])?;
    Ok(())
}

/// All lists.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<ImportedCrlRow>, Error> {
    tx.all(&EVERY, &[], |row| {
        let mut row = row.of("imported_crls");
        Ok(ImportedCrlRow { issuer_sha256: row.next("issuer_sha256")?, der: row.next("der")? })
    })
}

sql! {
    INSERT = both(
        "INSERT INTO imported_crls (thumbprint_sha256, issuer_sha256, der) VALUES ($1, $2, $3) \
         ON CONFLICT (thumbprint_sha256) DO NOTHING"
    );
    EVERY = both("SELECT issuer_sha256, der FROM imported_crls ORDER BY issuer_sha256, thumbprint_sha256");
}
