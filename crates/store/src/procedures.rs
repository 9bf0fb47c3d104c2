//! The texts of procedures that requests began under. A request names its copy by digest; changing a folder never rewrites history.

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// Keeps the text under its SHA-256; known already is fine.
///
/// # Errors
/// When the database fails.
pub fn remember(tx: &mut Tx<'_>, sha256: &[u8; 32], name: &str, text: &str) -> Result<(), Error> {
    tx.execute(&REMEMBER, args![sha256, name, text])?;
    Ok(())
}

/// (name, text) of the procedure with this SHA-256.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_sha256(tx: &mut Tx<'_>, sha256: &[u8; 32]) -> Result<Option<(String, String)>, Error> {
    tx.optional(&BY_SHA256, args![sha256], |row| {
        let mut row = row.of("procedures");
        Ok((row.next("name")?, row.next("text")?))
    })
}

sql! {
    REMEMBER = both("INSERT INTO procedures (sha256, name, text) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING");
    BY_SHA256 = both("SELECT name, text FROM procedures WHERE sha256 = $1");
}
