//! Published revocation lists. Numbers rise by one per authority and are unique, so that of two builders one loses.

use domain::Timestamp;

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx, kill};

/// One list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlRow {
    /// The authority that signed it.
    pub authority: String,
    /// cRLNumber.
    pub number: i64,
    /// The list.
    pub der: Vec<u8>,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one is promised.
    pub next_update: Timestamp,
    /// How many certificates it lists.
    pub entries: i64,
}

/// Stores a new list.
///
/// # Errors
/// [`Error::AlreadyThere`] `crls.authority, crls.number` when another builder was faster.
pub fn insert(tx: &mut Tx<'_>, new: &CrlRow) -> Result<(), Error> {
    kill::point("crls.insert.before");
    let CrlRow { authority, number, der, this_update, next_update, entries } = new;
    tx.execute(&INSERT, args![authority, *number, der, *this_update, *next_update, *entries])?;
    kill::point("crls.insert.after");
    Ok(())
}

/// The list with the highest number.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn latest(tx: &mut Tx<'_>, authority: &str) -> Result<Option<CrlRow>, Error> {
    tx.optional(&LATEST, args![authority], |row| {
        let mut row = row.of("crls");
        Ok(CrlRow {
            authority: row.next("authority")?,
            number: row.next("number")?,
            der: row.next("der")?,
            this_update: row.next("this_update")?,
            next_update: row.next("next_update")?,
            entries: row.next("entries")?,
        })
    })
}

/// The number the authority's next list must have; the first is 1.
///
/// # Errors
/// When the database fails.
pub fn next_number(tx: &mut Tx<'_>, authority: &str) -> Result<i64, Error> {
    tx.number(&NEXT_NUMBER, args![authority])
}

sql! {
    INSERT = both(
        "INSERT INTO crls (authority, number, der, this_update, next_update, entries) VALUES ($1, $2, $3, $4, $5, $6)"
    );
    LATEST = both(
        "SELECT authority, number, der, this_update, next_update, entries FROM crls \
         WHERE authority = $1 ORDER BY number DESC LIMIT 1"
    );
    NEXT_NUMBER = both("SELECT COALESCE(MAX(number), 0) + 1 FROM crls WHERE authority = $1");
}
