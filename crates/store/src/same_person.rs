//! Which signatories are one person: whoever acts for several organisations is on record once for each, and has shown that it is them.

use domain::Timestamp;
use domain::ids::SubscriberId;

use crate::db::statement::{both, sql};
use crate::db::value::args;
use crate::{Error, Tx};

/// Everybody whom the person is on record as, themselves among them; nobody for whoever was never joined.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all_of(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Vec<SubscriberId>, Error> {
    tx.all(&ALL_OF, args![subscriber_id], |row| row.of("same_person").parsed("subscriber_id"))
}

/// Two signatories are one person from now on, with everybody whom each of them was before.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn join(tx: &mut Tx<'_>, one: SubscriberId, other: SubscriberId, now: Timestamp) -> Result<(), Error> {
    let (person, joined) = (person_of(tx, one)?, person_of(tx, other)?);
    let named = person.or(joined).unwrap_or(one);
    if person.is_none() {
        tx.execute(&INSERT, args![one, named, now])?;
    }
    match joined {
        None => tx.execute(&INSERT, args![other, named, now])?,
        Some(before) => tx.execute(&RENAME, args![before, named])?,
    };
    Ok(())
}

/// The signatory is nobody else any more; said twice is fine.
///
/// # Errors
/// When the database fails.
pub fn leave(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<(), Error> {
    tx.execute(&LEAVE, args![subscriber_id])?;
    Ok(())
}

fn person_of(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Option<SubscriberId>, Error> {
    tx.optional(&PERSON_OF, args![subscriber_id], |row| row.of("same_person").parsed("person"))
}

sql! {
    ALL_OF = both(
        "SELECT other.subscriber_id FROM same_person other JOIN same_person this ON this.person = other.person \
         WHERE this.subscriber_id = $1 ORDER BY other.subscriber_id"
    );
    PERSON_OF = both("SELECT person FROM same_person WHERE subscriber_id = $1");
    INSERT = both("INSERT INTO same_person (subscriber_id, person, joined_at) VALUES ($1, $2, $3)");
    RENAME = both("UPDATE same_person SET person = $2 WHERE person = $1");
    LEAVE = both("DELETE FROM same_person WHERE subscriber_id = $1");
}
