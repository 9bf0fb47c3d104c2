//! What the desk lists and looks up: requests with the names beside them. Read for a person's eye, never for a decision.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::ids::{AgentId, OrganisationId, RequestId, SubscriberId, Unz};
use domain::request::StageName;

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// One request of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskRow {
    /// Its id.
    pub id: RequestId,
    /// УНЗ.
    pub unz: Unz,
    /// Name of the procedure.
    pub procedure: String,
    /// Where it stands.
    pub stage: StageName,
    /// The person.
    pub name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// Its ИНН.
    pub inn: Option<String>,
    /// When an answer was promised for; of [`paper`] when the paper must be in.
    pub eta: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What is looked for: everything that the typed words may mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// The number of a request. Whoever has it in hand, on paper, finds the request even while its address has not answered.
    pub unz: Option<Unz>,
    /// The ИНН of an organisation.
    pub inn: Option<String>,
    /// Serial numbers of a certificate, contents octets in lower-case hexadecimal.
    pub serials: Vec<String>,
    /// «Идентификатор владельца».
    pub owner_id: Option<String>,
    /// The beginning of a person's name.
    pub name: Option<String>,
    /// A part of an organisation's name; of more than 200 that have it the first 200 by name are looked into.
    pub organisation: Option<String>,
}

/// One person of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonRow {
    /// The id.
    pub id: SubscriberId,
    /// Full name.
    pub name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// Its ИНН.
    pub inn: Option<String>,
    /// Whether the bank barred the person.
    pub barred: bool,
    /// Where it stands in the list, with the id.
    pub folded: String,
}

/// One organisation of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrganisationRow {
    /// The id.
    pub id: OrganisationId,
    /// Full name.
    pub name: String,
    /// ИНН.
    pub inn: String,
    /// City.
    pub city: String,
    /// Where it stands in the list, with the id.
    pub folded: String,
}

/// A name as it is looked for: small letters, ё as е, no quotation marks, single spaces. The migration that made the column does the same
/// with what both databases know.
#[must_use]
pub fn folded(name: &str) -> String {
    let plain = |c: char| !matches!(c, '\u{ab}' | '\u{bb}' | '"' | '\u{201c}' | '\u{201d}' | '\u{201e}');
    let small = name.to_lowercase().replace('\u{451}', "\u{435}");
    let kept: String = small.chars().filter(|c| plain(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl DeskRow {
    /// Where it stands in [`page`]: its promised time (the end of time without one), then its id.
    #[must_use]
    pub fn place(&self) -> (i64, RequestId) {
        (self.eta.map_or(i64::MAX, |eta| eta.0), self.id)
    }
}

/// A page of the agent's requests in these stages, the nearest promise first. `after` is the [`DeskRow::place`] of the last one seen.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn page(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    stages: &[StageName],
    after: Option<(i64, RequestId)>,
    limit: i64,
) -> Result<Vec<DeskRow>, Error> {
    let wanted: BTreeSet<StageName> = stages.iter().copied().collect();
    let (deadline_ms, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at, id.to_string()));
    // Each stage alone is read off the index in order, as many rows as are shown; all of them together would have to be sorted.
    let mut rows = Vec::new();
    for stage in wanted {
        rows.extend(tx.all(&PAGE, args![agent_id, stage.name(), deadline_ms, &id, limit], row_of)?);
    }
    rows.sort_by_key(DeskRow::place);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// A page of the agent's requests that wait for a paper, the nearest deadline first: for the application, or for the act where the
/// procedure, one of `on_paper`, has it on paper. `after` is the [`DeskRow::place`] of the last one seen.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn paper(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    on_paper: &[String],
    after: Option<(i64, RequestId)>,
    limit: i64,
) -> Result<Vec<DeskRow>, Error> {
    let (deadline_ms, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at, id.to_string()));
    let mut rows = tx.all(&APPLICATIONS_AWAITED, args![agent_id, deadline_ms, &id, limit], row_of)?;
    for procedure in on_paper {
        rows.extend(tx.all(&ACTS_AWAITED, args![agent_id, procedure, deadline_ms, &id, limit], row_of)?);
    }
    rows.sort_by_key(DeskRow::place);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// How many requests [`paper`] lists, more than [`MOST_COUNTED`] where there are more.
///
/// # Errors
/// When the database fails.
pub fn paper_count(tx: &mut Tx<'_>, agent_id: AgentId, on_paper: &[String]) -> Result<i64, Error> {
    let mut count = tx.number(&COUNT_APPLICATIONS_AWAITED, args![agent_id, MOST_COUNTED + 1])?;
    for procedure in on_paper {
        count += tx.number(&COUNT_ACTS_AWAITED, args![agent_id, procedure, MOST_COUNTED + 1])?;
    }
    Ok(count)
}

/// Nobody works off more than this; to count on would cost every load of the page the length of the bank's history.
pub const MOST_COUNTED: i64 = 1_000;

/// How many requests of the agent there are in each stage, [`MOST_COUNTED`] and one more where there are more; stages without one are
/// left out.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn counts(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<BTreeMap<StageName, i64>, Error> {
    let mut counts = BTreeMap::new();
    for stage in StageName::ALL {
        let count = tx.number(&COUNT, args![agent_id, stage.name(), MOST_COUNTED + 1])?;
        if count > 0 {
            counts.insert(stage, count);
        }
    }
    Ok(counts)
}

/// A page of the agent's people by name. `beginning` of the name, folded; `after` is the end of the page before.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn people(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    beginning: &str,
    after: Option<(&str, SubscriberId)>,
    limit: i64,
) -> Result<Vec<PersonRow>, Error> {
    let (folded, id) = after.map_or((beginning, String::new()), |(folded, id)| (folded, id.to_string()));
    tx.all(&PEOPLE, args![agent_id, folded, &id, beyond(beginning), limit], person_of)
}

/// The people of an organisation, by name, at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn people_of(tx: &mut Tx<'_>, organisation: OrganisationId, limit: i64) -> Result<Vec<PersonRow>, Error> {
    tx.all(&PEOPLE_OF, args![organisation, limit], person_of)
}

/// A page of the agent's organisations by name. `part` of the name, folded, may be empty.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn organisations(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    part: &str,
    after: Option<(&str, OrganisationId)>,
    limit: i64,
) -> Result<Vec<OrganisationRow>, Error> {
    let (folded, id) = after.map_or(("", String::new()), |(folded, id)| (folded, id.to_string()));
    tx.all(&ORGANISATIONS, args![agent_id, folded, &id, part, limit], |row| {
        let mut row = row.of("organisations");
        Ok(OrganisationRow {
            id: row.parsed("id")?,
            name: row.next("name")?,
            inn: row.next("inn")?,
            city: row.next("city")?,
            folded: row.next("name_folded")?,
        })
    })
}

fn person_of(row: Row) -> Result<PersonRow, Error> {
    let mut row = row.of("subscribers");
    Ok(PersonRow {
        id: row.parsed("id")?,
        name: row.next("name_nominative")?,
        organisation: row.next("name")?,
        inn: row.next("inn")?,
        barred: row.next("barred")?,
        folded: row.next("name_folded")?,
    })
}

/// Behind every name that begins so and before every other.
pub(super) fn beyond(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

/// The agent's requests that fit, each once, newest first within each way of finding; at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn search(tx: &mut Tx<'_>, agent_id: AgentId, wanted: &Wanted, limit: i64) -> Result<Vec<DeskRow>, Error> {
    let mut found: Vec<DeskRow> = Vec::new();
    if let Some(unz) = wanted.unz {
        found.extend(tx.all(&BY_UNZ, args![agent_id, unz, limit], row_of)?);
    }
    if let Some(inn) = &wanted.inn {
        found.extend(tx.all(&BY_INN, args![agent_id, inn, limit], row_of)?);
        found.extend(tx.all(&BY_CLAIMED_INN, args![agent_id, inn, limit], row_of)?);
    }
    for serial in &wanted.serials {
        found.extend(tx.all(&BY_SERIAL, args![agent_id, serial, limit], row_of)?);
    }
    if let Some(owner_id) = &wanted.owner_id {
        found.extend(tx.all(&BY_OWNER, args![agent_id, owner_id, limit], row_of)?);
    }
    if let Some(name) = wanted.name.as_deref().map(folded).filter(|name| !name.is_empty()) {
        found.extend(tx.all(&BY_NAME, args![agent_id, &name, beyond(&name), limit], row_of)?);
    }
    if let Some(part) = wanted.organisation.as_deref().map(folded).filter(|part| !part.is_empty()) {
        found.extend(tx.all(&BY_ORGANISATION, args![agent_id, &part, limit], row_of)?);
    }
    let mut seen = BTreeSet::new();
    found.retain(|row| seen.insert(row.id));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}

fn row_of(row: Row) -> Result<DeskRow, Error> {
    let mut row = row.of("requests");
    Ok(DeskRow {
        id: row.parsed("id")?,
        unz: row.parsed("unz")?,
        procedure: row.next("procedure")?,
        stage: row.text_as("stage", StageName::from_name)?,
        name: row.next("name_nominative")?,
        organisation: row.next("name")?,
        inn: row.next("inn")?,
        eta: row.next("eta")?,
        created_at: row.next("created_at")?,
    })
}

macro_rules! listed {
    () => {
        listed!("r.eta")
    };
    ($deadline:literal) => {
        concat!(
            "SELECT r.id, r.unz, r.procedure, r.stage, s.name_nominative, COALESCE(o.name, a.organisation) AS name, \
             COALESCE(o.inn, a.inn) AS inn, ",
            $deadline,
            " AS eta, r.created_at \
             FROM requests r JOIN subscribers s ON s.id = r.subscriber_id \
             LEFT JOIN organisations o ON o.id = s.organisation_id LEFT JOIN applicants a ON a.request_id = r.id "
        )
    };
}

/// An act that the branch waits for: not of a request that is over, and of one in service only while its day still matters.
macro_rules! act_awaited {
    () => {
        "r.agent_id = $1 AND r.procedure = $2 AND r.act IN ('drawn', 'overdue') AND (r.stage IN ('in-review', 'approved', \
         'issued', 'act-signed', 'installed', 'proven') OR (r.stage = 'in-service' AND r.act_due IS NOT NULL)) "
    };
}

macro_rules! rows {
    () => {
        concat!(listed!(), "WHERE r.agent_id = $1 ")
    };
}

/// What the bank may look at: the address answered, or the procedure does not ask it to.
macro_rules! confirmed {
    () => {
        "AND r.email_confirmed = TRUE "
    };
}

/// A search begins at a certificate, a person or an organisation: `+` keeps SQLite, which does not know that nearly all requests are one
/// agent's, from reading them all (<https://www.sqlite.org/optoverview.html>). PostgreSQL does know it, unless the sign hides the column.
macro_rules! found {
    ($rest:expr) => {
        each(
            concat!(listed!(), "WHERE +r.agent_id = $1 ", confirmed!(), $rest),
            concat!(listed!(), "WHERE r.agent_id = $1 ", confirmed!(), $rest),
        )
    };
}

macro_rules! of_organisations {
    ($place:literal) => {
        concat!(
            "AND s.organisation_id IN (SELECT id FROM organisations WHERE agent_id = $1 AND ",
            $place,
            " > 0 ORDER BY name_folded, id LIMIT 200) ORDER BY r.created_at DESC, r.id LIMIT $3"
        )
    };
}

macro_rules! people {
    () => {
        "SELECT s.id, s.name_nominative, o.name, o.inn, s.barred, s.name_folded \
         FROM subscribers s LEFT JOIN organisations o ON o.id = s.organisation_id WHERE "
    };
}

sql! {
    PAGE = both(concat!(
        rows!(),
        confirmed!(),
        "AND r.stage = $2 AND (COALESCE(r.eta, 9223372036854775807), r.id) > ($3, $4) \
         ORDER BY COALESCE(r.eta, 9223372036854775807), r.id LIMIT $5"
    ));
    APPLICATIONS_AWAITED = both(concat!(
        listed!("r.expires_at"),
        "WHERE r.agent_id = $1 ",
        confirmed!(),
        "AND r.stage = 'accepted' AND (r.expires_at, r.id) > ($2, $3) ORDER BY r.expires_at, r.id LIMIT $4"
    ));
    ACTS_AWAITED = both(concat!(
        listed!("COALESCE(r.act_due, r.expires_at)"),
        "WHERE ",
        act_awaited!(),
        "AND (COALESCE(r.act_due, r.expires_at), r.id) > ($3, $4) ORDER BY COALESCE(r.act_due, r.expires_at), r.id LIMIT $5"
    ));
    COUNT_APPLICATIONS_AWAITED = both(concat!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM requests r WHERE r.agent_id = $1 ",
        confirmed!(),
        "AND r.stage = 'accepted' LIMIT $2) AS counted"
    ));
    COUNT_ACTS_AWAITED =
        both(concat!("SELECT COUNT(*) FROM (SELECT 1 FROM requests r WHERE ", act_awaited!(), "LIMIT $3) AS counted"));
    COUNT = both("SELECT COUNT(*) FROM (SELECT 1 FROM requests WHERE agent_id = $1 AND email_confirmed = TRUE AND stage = $2 LIMIT $3) AS counted");
    BY_UNZ = both(concat!(rows!(), "AND r.unz = $2 LIMIT $3"));
    BY_CLAIMED_INN = found!("AND a.inn = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    BY_INN = found!("AND o.agent_id = $1 AND o.inn = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    BY_SERIAL = found!(
        "AND r.subscriber_id IN (SELECT subscriber_id FROM certificates WHERE serial_hex = $2) \
         ORDER BY r.created_at DESC, r.id LIMIT $3"
    );
    BY_OWNER = found!("AND s.owner_id = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    /// Read off in the order of names until enough people have asked: a beginning that most names share costs no more than another.
    BY_NAME = found!(
        "AND s.id IN (SELECT p.id FROM subscribers p WHERE p.agent_id = $1 AND p.name_folded >= $2 AND p.name_folded < $3 \
         AND EXISTS (SELECT 1 FROM requests q WHERE q.subscriber_id = p.id AND q.email_confirmed = TRUE) \
         ORDER BY p.name_folded, p.id LIMIT $4) ORDER BY s.name_folded, r.created_at DESC, r.id LIMIT $4"
    );
    BY_ORGANISATION = each(
        concat!(listed!(), "WHERE +r.agent_id = $1 ", confirmed!(), of_organisations!("INSTR(name_folded, $2)")),
        concat!(listed!(), "WHERE r.agent_id = $1 ", confirmed!(), of_organisations!("POSITION($2 IN name_folded)"))
    );
    PEOPLE = both(concat!(
        people!(),
        "s.agent_id = $1 AND s.admitted AND (s.name_folded, s.id) > ($2, $3) AND s.name_folded < $4 ORDER BY s.name_folded, s.id LIMIT $5"
    ));
    PEOPLE_OF = both(concat!(people!(), "s.organisation_id = $1 ORDER BY s.name_folded, s.id LIMIT $2"));
    ORGANISATIONS = each(
        "SELECT id, name, inn, city, name_folded FROM organisations WHERE agent_id = $1 AND (name_folded, id) > ($2, $3) \
         AND INSTR(name_folded, $4) > 0 ORDER BY name_folded, id LIMIT $5",
        "SELECT id, name, inn, city, name_folded FROM organisations WHERE agent_id = $1 AND (name_folded, id) > ($2, $3) \
         AND POSITION($4 IN name_folded) > 0 ORDER BY name_folded, id LIMIT $5"
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::db::statement::plans::{fresh, steps};

    #[test]
    fn what_waits_for_paper_is_read_off_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        for (statement, index) in
            [(&APPLICATIONS_AWAITED, "requests_application_awaited"), (&ACTS_AWAITED, "requests_act_awaited")]
        {
            let steps = steps(&database, statement);
            assert!(steps[0].contains(index) && !steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        }
    }

    #[test]
    fn no_search_reads_every_request_of_the_agent() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        for statement in [&BY_UNZ, &BY_INN, &BY_CLAIMED_INN, &BY_SERIAL, &BY_OWNER, &BY_NAME, &BY_ORGANISATION] {
            for step in steps(&database, statement) {
                assert!(!step.contains("SCAN") && !step.contains("requests_queue"), "{}\n{step}", statement.sqlite);
            }
        }
    }
}
