//! What the desk lists and looks up: requests with the names beside them. Read for a person's eye, never for a decision.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::certificate::Certificate;
use domain::ids::{AgentId, KeyUid, OrganisationId, RequestId, SubscriberId, Unz};
use domain::request::StageName;

use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, certificates, subscribers};

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
    /// SHA-256 of a certificate.
    pub thumbprint_sha256: Option<[u8; 32]>,
    /// «Идентификатор (UID)» of a certificate's key.
    pub uid: Option<KeyUid>,
    /// «Идентификатор владельца».
    pub owner_id: Option<String>,
    /// Beginnings of a person's name, as the bank writes it or as certificates do: one is enough.
    pub names: Vec<String>,
    /// A part of an organisation's name; of more than 200 that have it the first 200 by name are looked into.
    pub organisation: Option<String>,
}

/// What somebody on the telephone says of a request of theirs.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The beginning of the person's name, [`folded`].
    pub name: &'a str,
    /// The digits that the phone of the request ends in.
    pub phone_digits: &'a str,
    /// A part of the organisation's name, [`folded`], or its ИНН; empty for a natural person.
    pub organisation: &'a str,
}

/// What a search finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Requests, newest first within each way of finding.
    pub requests: First<DeskRow>,
    /// People, whether they ever asked for anything or not.
    pub people: First<PersonRow>,
    /// Organisations.
    pub organisations: First<OrganisationRow>,
    /// Certificates, wherever they are from, each with its holder's name.
    pub certificates: First<(Certificate, String)>,
}

/// The first rows of a list, each once, and whether there are more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct First<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// More may be found than these.
    pub has_more: bool,
}

impl<T> First<T> {
    fn of<K: Ord>(mut rows: Vec<T>, key: impl Fn(&T) -> K, limit: i64) -> Self {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(key(row)));
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, has_more }
    }
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
    let counted = |row: Row| {
        let mut row = row.of("requests");
        Ok((row.text_as("stage", StageName::from_name)?, row.next("counted")?))
    };
    let counts = tx.all(&COUNTS, args![agent_id, MOST_COUNTED + 1], counted)?;
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
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
    tx.all(&ORGANISATIONS, args![agent_id, folded, &id, part, limit], organisation_of)
}

fn organisation_of(row: Row) -> Result<OrganisationRow, Error> {
    let mut row = row.of("organisations");
    Ok(OrganisationRow {
        id: row.parsed("id")?,
        name: row.next("name")?,
        inn: row.next("inn")?,
        city: row.next("city")?,
        folded: row.next("name_folded")?,
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

/// What the agent has that fits; of each kind at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn search(tx: &mut Tx<'_>, agent_id: AgentId, wanted: &Wanted, limit: i64) -> Result<Found, Error> {
    // One more than is shown tells that there are more.
    let most = limit.saturating_add(1);
    let mut organisations = organisations_found(tx, agent_id, wanted)?;
    let has_more = organisations.len() > LOOKED_INTO;
    organisations.truncate(LOOKED_INTO);
    let requests = requests_found(tx, agent_id, wanted, &organisations, most)?;
    let mut requests = First::of(requests, |row| row.id, limit);
    requests.has_more |= has_more;
    let mut organisations = First::of(organisations, |row| row.id, limit);
    organisations.has_more |= has_more;
    Ok(Found {
        requests,
        people: First::of(people_found(tx, agent_id, wanted, most)?, |row| row.id, limit),
        organisations,
        certificates: First::of(certificates_found(tx, agent_id, wanted, most)?, |(row, _)| row.id, limit),
    })
}

/// Most organisations whose people's requests are looked at, for words that many of them have in their names.
const LOOKED_INTO: usize = 200;

fn requests_found(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    wanted: &Wanted,
    organisations: &[OrganisationRow],
    most: i64,
) -> Result<Vec<DeskRow>, Error> {
    let mut found: Vec<DeskRow> = Vec::new();
    if let Some(unz) = wanted.unz {
        found.extend(tx.all(&BY_UNZ, args![agent_id, unz, most], row_of)?);
    }
    if let Some(inn) = &wanted.inn {
        found.extend(tx.all(&BY_INN, args![agent_id, inn, most], row_of)?);
        found.extend(tx.all(&BY_CLAIMED_INN, args![agent_id, inn, most], row_of)?);
    }
    for serial in &wanted.serials {
        found.extend(tx.all(&BY_SERIAL, args![agent_id, serial, most], row_of)?);
    }
    if let Some(thumbprint) = &wanted.thumbprint_sha256 {
        found.extend(tx.all(&BY_THUMBPRINT, args![agent_id, thumbprint, most], row_of)?);
    }
    if let Some(uid) = wanted.uid {
        let (first, last) = uid.bounds();
        found.extend(tx.all(&BY_UID, args![agent_id, &first, &last, most], row_of)?);
    }
    if let Some(owner_id) = &wanted.owner_id {
        found.extend(tx.all(&BY_OWNER, args![agent_id, owner_id, most], row_of)?);
    }
    for name in names(wanted) {
        for by_name in [&BY_NAME, &BY_COMMON_NAME] {
            found.extend(tx.all(by_name, args![agent_id, &name, beyond(&name), most], row_of)?);
        }
    }
    if !organisations.is_empty() {
        let ids: Vec<_> = organisations.iter().map(|row| row.id.to_string()).collect();
        let ids = serde_json::to_string(&ids).map_err(|error| Error::Internal(format!("ids as JSON: {error}")))?;
        found.extend(tx.all(&OF_ORGANISATIONS, args![agent_id, &ids, most], row_of)?);
    }
    Ok(found)
}

/// At most `limit` requests that may be meant by what was said, by name and then the newest first. Of an organisation that an applicant claims the
/// database keeps no folded name: whoever asks compares it.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_caller(tx: &mut Tx<'_>, agent_id: AgentId, said: &Said<'_>, limit: i64) -> Result<Vec<RequestId>, Error> {
    // To LIKE a digit means itself.
    let ending = format!("%{}", said.phone_digits);
    let mut found: Vec<RequestId> = Vec::new();
    for of_caller in [&OF_CALLER, &OF_CALLER_BY_COMMON_NAME] {
        let said = args![agent_id, said.name, beyond(said.name), &ending, said.organisation, limit];
        found.extend(tx.all(of_caller, said, |row| row.of("requests").parsed::<RequestId>("id"))?);
    }
    Ok(First::of(found, |id| *id, limit).rows)
}

fn people_found(tx: &mut Tx<'_>, agent_id: AgentId, wanted: &Wanted, most: i64) -> Result<Vec<PersonRow>, Error> {
    let mut found = Vec::new();
    if let Some(inn) = &wanted.inn {
        found.extend(tx.all(&PEOPLE_BY_INN, args![agent_id, inn, most], person_of)?);
    }
    if let Some(owner_id) = &wanted.owner_id {
        found.extend(tx.all(&PEOPLE_BY_OWNER, args![agent_id, owner_id, most], person_of)?);
    }
    for name in names(wanted) {
        found.extend(people(tx, agent_id, &name, None, most)?);
        found.extend(tx.all(&PEOPLE_BY_COMMON_NAME, args![agent_id, &name, beyond(&name), most], person_of)?);
    }
    Ok(found)
}

fn organisations_found(tx: &mut Tx<'_>, agent_id: AgentId, wanted: &Wanted) -> Result<Vec<OrganisationRow>, Error> {
    let mut found = Vec::new();
    if let Some(inn) = &wanted.inn {
        found.extend(tx.all(&ORGANISATION_BY_INN, args![agent_id, inn], organisation_of)?);
    }
    if let Some(part) = wanted.organisation.as_deref().map(folded).filter(|part| !part.is_empty()) {
        let most = i64::try_from(LOOKED_INTO + 1).unwrap_or(i64::MAX);
        found.extend(organisations(tx, agent_id, &part, None, most)?);
    }
    Ok(found)
}

fn certificates_found(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    wanted: &Wanted,
    most: i64,
) -> Result<Vec<(Certificate, String)>, Error> {
    let mut found = Vec::new();
    for serial in &wanted.serials {
        found.extend(certificates::of_agent_by_serial(tx, agent_id, serial, most)?);
    }
    if let Some(thumbprint) = &wanted.thumbprint_sha256 {
        found.extend(certificates::of_agent_by_thumbprint(tx, agent_id, thumbprint)?);
    }
    if let Some(uid) = wanted.uid {
        found.extend(certificates::of_agent_by_uid(tx, agent_id, uid, most)?);
    }
    let mut named = Vec::new();
    for certificate in found {
        let holder = subscribers::by_id(tx, certificate.subscriber_id)?;
        named.push((certificate, holder.map(|person| person.name.nominative).unwrap_or_default()));
    }
    Ok(named)
}

/// Beginnings of names as they are looked for, each once.
fn names(wanted: &Wanted) -> BTreeSet<String> {
    wanted.names.iter().map(|name| folded(name)).filter(|name| !name.is_empty()).collect()
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

macro_rules! counted {
    ($stage:literal) => {
        concat!(
            "SELECT '",
            $stage,
            "' AS stage, COUNT(*) AS counted FROM (SELECT 1 FROM requests WHERE agent_id = $1 AND email_confirmed = TRUE AND stage = '",
            $stage,
            "' ORDER BY COALESCE(eta, 9223372036854775807), id LIMIT $2) AS found "
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

/// Read off in the order of a column of names until enough people have asked: a beginning that most names share costs no more than another. Of
/// those without any request nobody is looked at; `EXISTS` leaves out strangers whose address never answered.
macro_rules! by_name {
    ($column:literal) => {
        found!(concat!(
            "AND s.id IN (SELECT p.id FROM subscribers p WHERE p.has_requests = TRUE AND p.agent_id = $1 AND p.",
            $column,
            " >= $2 AND p.",
            $column,
            " < $3 AND EXISTS (SELECT 1 FROM requests q WHERE q.subscriber_id = p.id AND q.email_confirmed = TRUE) ORDER BY p.",
            $column,
            ", p.id LIMIT $4) ORDER BY s.",
            $column,
            ", r.created_at DESC, r.id LIMIT $4"
        ))
    };
}

/// A text without these. SQLite has no other way to leave them out.
macro_rules! without {
    ($text:expr) => {
        $text
    };
    ($text:expr, $left_out:literal $(, $more:literal)*) => {
        without!(concat!("REPLACE(", $text, ", '", $left_out, "', '')") $(, $more)*)
    };
}

/// Everything that was said narrows before the limit does: of a hundred thousand people of one surname the phone alone is looked at, in the order of
/// the index, and no request is loaded in vain. `+` as in `found!`.
macro_rules! of_caller {
    ($agent:literal, $column:literal, $digits:expr, $place:literal) => {
        concat!(
            "SELECT r.id FROM requests r JOIN subscribers s ON s.id = r.subscriber_id \
             LEFT JOIN organisations o ON o.id = s.organisation_id LEFT JOIN applicants a ON a.request_id = r.id WHERE ",
            $agent,
            " = $1 ",
            confirmed!(),
            "AND s.has_requests = TRUE AND s.agent_id = $1 AND s.",
            $column,
            " >= $2 AND s.",
            $column,
            " < $3 AND ",
            $digits,
            " LIKE $4 AND (a.request_id IS NOT NULL OR COALESCE(o.inn, '') = $5 OR ",
            $place,
            " > 0) ORDER BY s.",
            $column,
            ", r.created_at DESC, r.id LIMIT $6"
        )
    };
}

/// The digits of a phone are what is left of everything that [`domain::subscriber::phone_is_acceptable`] accepts.
macro_rules! by_caller {
    ($column:literal) => {
        each(
            of_caller!(
                "+r.agent_id",
                $column,
                without!("r.phone", " ", "+", "-", "(", ")", ".", ",", "\u{434}", "\u{43e}", "\u{431}", "e", "x", "t"),
                "INSTR(COALESCE(o.name_folded, ''), $5)"
            ),
            of_caller!(
                "r.agent_id",
                $column,
                "regexp_replace(r.phone, '[^0-9]', '', 'g')",
                "POSITION($5 IN COALESCE(o.name_folded, ''))"
            ),
        )
    };
}

macro_rules! of_organisations {
    ($ids:literal) => {
        concat!("AND s.organisation_id IN (SELECT ", $ids, ") ORDER BY r.created_at DESC, r.id LIMIT $3")
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
    /// In the order of its index, so that PostgreSQL does not look for a thousand among all requests where there are none.
    COUNT_ACTS_AWAITED = both(concat!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM requests r WHERE ",
        act_awaited!(),
        "ORDER BY COALESCE(r.act_due, r.expires_at), r.id LIMIT $3) AS counted"
    ));
    /// With a stage in the text PostgreSQL knows how many requests are in it. With a stage as a value it expects a sixth of all and reads all, once a stage.
    /// The order keeps it on the index where a stage is frequent.
    COUNTS = both(concat!(
        counted!("draft"), "UNION ALL ", counted!("key-ready"), "UNION ALL ", counted!("signed"), "UNION ALL ", counted!("accepted"),
        "UNION ALL ", counted!("in-review"), "UNION ALL ", counted!("needs-fix"), "UNION ALL ", counted!("approved"),
        "UNION ALL ", counted!("issued"), "UNION ALL ", counted!("act-signed"), "UNION ALL ", counted!("installed"),
        "UNION ALL ", counted!("proven"), "UNION ALL ", counted!("in-service"), "UNION ALL ", counted!("rejected"),
        "UNION ALL ", counted!("cancelled"), "UNION ALL ", counted!("expired")
    ));
    BY_UNZ = both(concat!(rows!(), "AND r.unz = $2 LIMIT $3"));
    BY_CLAIMED_INN = found!("AND a.inn = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    BY_INN = found!("AND o.agent_id = $1 AND o.inn = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    BY_SERIAL = found!(
        "AND r.subscriber_id IN (SELECT subscriber_id FROM certificates WHERE serial_hex = $2) \
         ORDER BY r.created_at DESC, r.id LIMIT $3"
    );
    BY_OWNER = found!("AND s.owner_id = $2 ORDER BY r.created_at DESC, r.id LIMIT $3");
    BY_THUMBPRINT = found!(
        "AND r.subscriber_id IN (SELECT subscriber_id FROM certificates WHERE thumbprint_sha256 = $2) \
         ORDER BY r.created_at DESC, r.id LIMIT $3"
    );
    /// Of a span whose ends it is not told PostgreSQL expects a two-hundredth of all certificates, and would rather read every request than look up
    /// theirs; ten are more than there ever are.
    BY_UID = found!(
        "AND r.subscriber_id IN (SELECT subscriber_id FROM certificates WHERE spki_sha256 BETWEEN $2 AND $3 ORDER BY spki_sha256 LIMIT 10) \
         ORDER BY r.created_at DESC, r.id LIMIT $4"
    );
    BY_NAME = by_name!("name_folded");
    BY_COMMON_NAME = by_name!("common_name_folded");
    OF_CALLER = by_caller!("name_folded");
    OF_CALLER_BY_COMMON_NAME = by_caller!("common_name_folded");
    OF_ORGANISATIONS = each(
        concat!(listed!(), "WHERE +r.agent_id = $1 ", confirmed!(), of_organisations!("value FROM json_each($2)")),
        concat!(listed!(), "WHERE r.agent_id = $1 ", confirmed!(), of_organisations!("jsonb_array_elements_text($2::text::jsonb)"))
    );
    PEOPLE_BY_INN = both(concat!(
        people!(),
        "o.agent_id = $1 AND o.inn = $2 AND s.admitted ORDER BY s.name_folded, s.id LIMIT $3"
    ));
    PEOPLE_BY_OWNER = both(concat!(people!(), "s.agent_id = $1 AND s.owner_id = $2 AND s.admitted LIMIT $3"));
    PEOPLE_BY_COMMON_NAME = both(concat!(
        people!(),
        "s.agent_id = $1 AND s.admitted AND s.common_name_folded >= $2 AND s.common_name_folded < $3 \
         ORDER BY s.common_name_folded, s.id LIMIT $4"
    ));
    ORGANISATION_BY_INN = both("SELECT id, name, inn, city, name_folded FROM organisations WHERE agent_id = $1 AND inn = $2");
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
        for (statement, index) in [
            (&APPLICATIONS_AWAITED, "requests_application_awaited"),
            (&ACTS_AWAITED, "requests_act_awaited"),
            (&COUNT_ACTS_AWAITED, "requests_act_awaited"),
        ] {
            let steps = steps(&database, statement);
            let reads = steps.iter().any(|step| step.contains(index));
            assert!(reads && !steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        }
    }

    #[test]
    fn every_stage_is_counted_in_the_order_of_the_queue() {
        for stage in StageName::ALL {
            assert!(COUNTS.postgres.contains(counted_as(stage).as_str()), "{stage:?}");
        }
        assert_eq!(COUNTS.postgres.matches(" AS stage").count(), StageName::ALL.len());
        let folder = tempfile::tempdir().unwrap();
        for step in steps(&fresh(&folder), &COUNTS) {
            assert!(!step.contains("SCAN requests") && !step.contains("TEMP B-TREE"), "{step}");
        }
    }

    fn counted_as(stage: StageName) -> String {
        format!(
            "SELECT '{0}' AS stage, COUNT(*) AS counted FROM (SELECT 1 FROM requests WHERE agent_id = $1 AND email_confirmed = TRUE AND stage = '{0}' ",
            stage.name()
        )
    }

    #[test]
    fn no_search_reads_every_request_of_the_agent() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        let requests = [&BY_UNZ, &BY_INN, &BY_CLAIMED_INN, &BY_SERIAL, &BY_THUMBPRINT, &BY_UID, &BY_OWNER, &BY_NAME];
        let rest = [&BY_COMMON_NAME, &OF_ORGANISATIONS, &PEOPLE_BY_INN, &PEOPLE_BY_OWNER, &PEOPLE_BY_COMMON_NAME];
        let of_caller = [&OF_CALLER, &OF_CALLER_BY_COMMON_NAME];
        for statement in requests.into_iter().chain(rest).chain(of_caller).chain([&ORGANISATION_BY_INN]) {
            for step in steps(&database, statement) {
                // The ids that were found just before are no table.
                let scans = step.contains("SCAN") && !step.contains("json_each");
                assert!(!scans && !step.contains("requests_queue"), "{}\n{step}", statement.sqlite);
            }
        }
        // People of whom nothing was asked are not even passed by.
        for (statement, index) in [
            (&BY_NAME, "subscribers_with_requests_by_folded"),
            (&BY_COMMON_NAME, "subscribers_with_requests_by_common_name"),
        ] {
            let steps = steps(&database, statement);
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
        }
        for (statement, index) in [
            (&OF_CALLER, "subscribers_with_requests_by_folded"),
            (&OF_CALLER_BY_COMMON_NAME, "subscribers_with_requests_by_common_name"),
        ] {
            let steps = steps(&database, statement);
            assert!(steps[0].contains(index) && steps[1].contains("requests_of_subscriber"), "{steps:?}");
        }
        let steps = steps(&database, &PEOPLE_BY_COMMON_NAME);
        assert!(steps[0].contains("subscribers_by_common_name"), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
