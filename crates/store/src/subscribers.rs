//! Signatories: the natural persons who hold the keys.

use domain::ids::{AgentId, OrganisationId, SubscriberId};
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{CaseForms, Contact, Email, Gender, Subscriber};
use sha2::{Digest, Sha256};

use crate::db::statement::{both, sql};
use crate::db::value::{Fields, Row, args};
use crate::views::desk::folded;
use crate::{Error, Tx, one_row};

/// Stores a new subscriber.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id, `subscribers.owner_id`, or `subscribers.agent_id, subscribers.subject_sha256`.
pub fn insert(tx: &mut Tx<'_>, new: &Subscriber) -> Result<(), Error> {
    let subject = subject_text(&new.subject)?;
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.version,
            new.agent_id,
            new.organisation_id,
            &new.owner_id,
            &new.name.nominative,
            &new.name.genitive,
            &new.name.instrumental,
            new.gender.name(),
            &new.position,
            &new.basis,
            &subject,
            &place_of(new, &subject),
            &new.contact.phone,
            new.contact.email.as_str(),
            new.barred,
            folded(&new.name.nominative),
            new.admitted,
            common_name(&new.subject),
        ],
    )?;
    Ok(())
}

/// The subscriber with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: SubscriberId) -> Result<Option<Subscriber>, Error> {
    tx.optional(&BY_ID, args![id], subscriber)
}

/// All clients of the agent, in the order of their ids.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all_of_agent(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<Vec<Subscriber>, Error> {
    tx.all(&ALL_OF_AGENT, args![agent_id], subscriber)
}

/// The agent's client with exactly this name of record.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_subject(tx: &mut Tx<'_>, agent_id: AgentId, subject: &Subject) -> Result<Option<Subscriber>, Error> {
    let text = subject_text(subject)?;
    tx.optional(&BY_SUBJECT, args![agent_id, &subject_sha256(&text)], subscriber)
}

/// People of the agent's record whom an applicant may be: those who act for this organisation, or natural persons with this name.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn on_record(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    organisation_id: Option<OrganisationId>,
    name: &str,
) -> Result<Vec<Subscriber>, Error> {
    match organisation_id {
        Some(organisation_id) => tx.all(&OF_ORGANISATION, args![agent_id, organisation_id, MOST_OF_ONE], subscriber),
        None => tx.all(&NATURAL_PERSONS, args![agent_id, folded(name), MOST_OF_ONE], subscriber),
    }
}

/// More signatories than an organisation has, more people of one name than an agent knows.
const MOST_OF_ONE: i64 = 1_000;

/// Saves everything but id, agent and owner id; the row must still have the version of `changed` and gets the next one.
///
/// # Errors
/// [`Error::Conflict`] when somebody was faster.
pub fn save(tx: &mut Tx<'_>, changed: &Subscriber) -> Result<(), Error> {
    let subject = subject_text(&changed.subject)?;
    let rows = tx.execute(
        &SAVE,
        args![
            changed.id,
            changed.version,
            changed.organisation_id,
            &changed.name.nominative,
            &changed.name.genitive,
            &changed.name.instrumental,
            changed.gender.name(),
            &changed.position,
            &changed.basis,
            &subject,
            &place_of(changed, &subject),
            &changed.contact.phone,
            changed.contact.email.as_str(),
            changed.barred,
            folded(&changed.name.nominative),
            changed.admitted,
            common_name(&changed.subject),
        ],
    )?;
    one_row(rows, "subscriber")
}

fn subscriber(row: Row) -> Result<Subscriber, Error> {
    let mut row = row.of("subscribers");
    Ok(Subscriber {
        id: row.parsed("id")?,
        version: row.next("version")?,
        agent_id: row.next("agent_id")?,
        organisation_id: row.parsed_option("organisation_id")?,
        owner_id: row.parsed("owner_id")?,
        name: CaseForms {
            nominative: row.next("name_nominative")?,
            genitive: row.next("name_genitive")?,
            instrumental: row.next("name_instrumental")?,
        },
        gender: row.text_as("gender", Gender::from_name)?,
        position: row.next("position")?,
        basis: row.next("basis")?,
        subject: read_subject(&mut row)?,
        contact: read_contact(&mut row)?,
        barred: row.next("barred")?,
        admitted: row.next("admitted")?,
    })
}

/// A distinguished name as its column keeps it: `[["C","RU"],["CN","…"]]`, in encoding order.
pub(crate) fn subject_text(subject: &Subject) -> Result<String, Error> {
    serde_json::to_string(subject).map_err(|error| Error::Internal(format!("a subject as JSON: {error}")))
}

pub(crate) fn read_subject(row: &mut Fields) -> Result<Subject, Error> {
    row.text_as("subject", |text| serde_json::from_str(text).ok())
}

/// Marks whose requests a search by name has to look at. Nobody decides by the mark, so the version stays.
pub(crate) fn mark_having_requests(tx: &mut Tx<'_>, id: SubscriberId) -> Result<(), Error> {
    tx.execute(&HAS_REQUESTS, args![id])?;
    Ok(())
}

pub(crate) fn read_contact(row: &mut Fields) -> Result<Contact, Error> {
    Ok(Contact { phone: row.next("phone")?, email: row.text_as("email", Email::parse)? })
}

/// The name on the certificate, as it is looked for.
fn common_name(subject: &Subject) -> String {
    folded(subject.value(AttributeType::CN).unwrap_or_default())
}

/// Names are looked up by digest: an index cannot hold a long text.
fn subject_sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The record has a name once. Whoever is not in it takes nobody's place there, and cannot be found by name: strangers at the public
/// door neither shut anybody out nor learn who is known.
fn place_of(subscriber: &Subscriber, subject: &str) -> [u8; 32] {
    if subscriber.admitted { subject_sha256(subject) } else { subject_sha256(&format!("applicant {}", subscriber.id)) }
}

macro_rules! columns {
    () => {
        "id, version, agent_id, organisation_id, owner_id, name_nominative, name_genitive, name_instrumental, \
         gender, position, basis, subject, phone, email, barred, admitted"
    };
}

sql! {
    INSERT = both(
        "INSERT INTO subscribers (id, version, agent_id, organisation_id, owner_id, name_nominative, name_genitive, \
         name_instrumental, gender, position, basis, subject, subject_sha256, phone, email, barred, name_folded, \
         admitted, common_name_folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19)"
    );
    BY_ID = both(concat!("SELECT ", columns!(), " FROM subscribers WHERE id = $1"));
    ALL_OF_AGENT = both(concat!("SELECT ", columns!(), " FROM subscribers WHERE agent_id = $1 ORDER BY id"));
    BY_SUBJECT = both(concat!("SELECT ", columns!(), " FROM subscribers WHERE agent_id = $1 AND subject_sha256 = $2"));
    OF_ORGANISATION = both(concat!(
        "SELECT ",
        columns!(),
        " FROM subscribers WHERE agent_id = $1 AND organisation_id = $2 AND admitted = TRUE ORDER BY id LIMIT $3"
    ));
    NATURAL_PERSONS = both(concat!(
        "SELECT ",
        columns!(),
        " FROM subscribers WHERE agent_id = $1 AND name_folded = $2 AND organisation_id IS NULL AND admitted = TRUE \
         ORDER BY id LIMIT $3"
    ));
    SAVE = both(
        "UPDATE subscribers SET version = version + 1, organisation_id = $3, name_nominative = $4, name_genitive = $5, \
         name_instrumental = $6, gender = $7, position = $8, basis = $9, subject = $10, subject_sha256 = $11, phone = $12, \
         email = $13, barred = $14, name_folded = $15, admitted = $16, common_name_folded = $17 \
         WHERE id = $1 AND version = $2"
    );
    HAS_REQUESTS = both("UPDATE subscribers SET has_requests = TRUE WHERE id = $1 AND has_requests = FALSE");
}
