//! What people who ask for a first certificate said of themselves at the public door. Phone and e-mail stand with the request.

use domain::applicant::{Applicant, ClaimedOrganisation};
use domain::ids::{RequestId, SubscriberId};
use domain::subscriber::Inn;

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::subscribers::{mark_having_requests, read_contact};
use crate::{Error, Tx, one_row};

/// Stores what an applicant said, under the SHA-256 of the secret that lets them go on.
///
/// # Errors
/// [`Error::AlreadyThere`] for its request, or for `applicants.secret_sha256`.
pub fn insert(tx: &mut Tx<'_>, request_id: RequestId, secret_sha256: &[u8; 32], new: &Applicant) -> Result<(), Error> {
    let (organisation, inn) = columns_of(new.organisation.as_ref());
    tx.execute(
        &INSERT,
        args![
            request_id,
            secret_sha256,
            &new.surname,
            &new.given_name,
            new.patronymic.as_deref(),
            organisation,
            inn,
            &new.country,
            &new.city,
            &new.address,
        ],
    )?;
    Ok(())
}

/// Saves what an applicant says now. The request is saved in the same transaction and keeps the version.
///
/// # Errors
/// [`Error::Conflict`] when there is no such applicant.
pub fn save(tx: &mut Tx<'_>, request_id: RequestId, changed: &Applicant) -> Result<(), Error> {
    let (organisation, inn) = columns_of(changed.organisation.as_ref());
    let rows = tx.execute(
        &SAVE,
        args![
            request_id,
            &changed.surname,
            &changed.given_name,
            changed.patronymic.as_deref(),
            organisation,
            inn,
            &changed.country,
            &changed.city,
            &changed.address,
        ],
    )?;
    one_row(rows, "applicant")
}

/// What was said for this request.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Option<Applicant>, Error> {
    tx.optional(&OF_REQUEST, args![request_id], applicant)
}

/// The request that goes on with this secret.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn request_by_secret(tx: &mut Tx<'_>, secret_sha256: &[u8; 32]) -> Result<Option<RequestId>, Error> {
    tx.optional(&BY_SECRET, args![secret_sha256], |row| row.of("applicants").parsed("request_id"))
}

/// The request belongs to `to` from now on, a person of record or, once it is bound to nobody, again who it belonged to before; `from` is that row.
/// The request is saved in the same transaction and keeps the version.
///
/// # Errors
/// [`Error::AlreadyThere`] for `requests.subscriber_id` when the person has an open request; [`Error::Conflict`] when there is no such applicant.
pub fn bind(tx: &mut Tx<'_>, request_id: RequestId, to: SubscriberId, from: Option<SubscriberId>) -> Result<(), Error> {
    one_row(tx.execute(&BIND, args![request_id, from])?, "applicant")?;
    one_row(tx.execute(&BELONG, args![request_id, to])?, "request")?;
    mark_having_requests(tx, to)
}

/// Whose the request was before it was bound to a person of record.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn bound_from(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Option<SubscriberId>, Error> {
    let found = tx.optional(&BOUND_FROM, args![request_id], |row| row.of("applicants").parsed_option("bound_from"))?;
    Ok(found.flatten())
}

fn columns_of(organisation: Option<&ClaimedOrganisation>) -> (Option<&str>, Option<&str>) {
    (organisation.map(|claimed| claimed.name.as_str()), organisation.map(|claimed| claimed.inn.as_str()))
}

fn applicant(row: Row) -> Result<Applicant, Error> {
    let mut row = row.of("applicants");
    Ok(Applicant {
        surname: row.next("surname")?,
        given_name: row.next("given_name")?,
        patronymic: row.next("patronymic")?,
        organisation: {
            let (name, inn): (Option<String>, Option<String>) = (row.next("organisation")?, row.next("inn")?);
            match (name, inn) {
                (None, None) => None,
                (Some(name), Some(inn)) => {
                    let inn = Inn::parse(&inn).ok_or_else(|| row.contradiction("inn"))?;
                    Some(ClaimedOrganisation { name, inn })
                }
                _ => return Err(row.contradiction("inn")),
            }
        },
        country: row.next("country")?,
        city: row.next("city")?,
        address: row.next("address")?,
        contact: read_contact(&mut row)?,
    })
}

sql! {
    INSERT = both(
        "INSERT INTO applicants (request_id, secret_sha256, surname, given_name, patronymic, organisation, inn, country, city, \
         address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    SAVE = both(
        "UPDATE applicants SET surname = $2, given_name = $3, patronymic = $4, organisation = $5, inn = $6, country = $7, \
         city = $8, address = $9 WHERE request_id = $1"
    );
    OF_REQUEST = both(
        "SELECT surname, given_name, patronymic, organisation, inn, country, city, address, phone, email FROM applicants \
         JOIN requests ON requests.id = applicants.request_id WHERE request_id = $1"
    );
    BIND = both("UPDATE applicants SET bound_from = $2 WHERE request_id = $1");
    BELONG = both("UPDATE requests SET subscriber_id = $2 WHERE id = $1");
    BOUND_FROM = both("SELECT bound_from FROM applicants WHERE request_id = $1");
    BY_SECRET = both("SELECT request_id FROM applicants WHERE secret_sha256 = $1");
}
