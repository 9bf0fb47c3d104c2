//! The list of the register of smart cards, page by page. Read for a person's eye, never for a decision.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{AgentId, SmartCardId};
use domain::smart_card::{CardSerial, SignatureSlot};

use super::desk::{beyond, folded};
use crate::db::statement::{Statement, both, each, sql};
use crate::db::value::{Arg, Fields, Row, args};
use crate::{Error, Tx};

/// One card of the list, with the newest of its hand-outs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardLine {
    /// Its id.
    pub id: SmartCardId,
    /// The number printed on it; the list is in its order.
    pub serial: String,
    /// Its model.
    pub model: String,
    /// The word of where it stands.
    pub standing: String,
    /// Who has or had it last.
    pub holder: Option<HolderLine>,
}

/// Who has or had a card last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HolderLine {
    /// The person.
    pub person: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// ИНН.
    pub inn: String,
    /// For which signature.
    pub slot: SignatureSlot,
    /// Since when.
    pub at: Timestamp,
}

/// A page of the agent's cards by serial number: all, or those whose serial number, ИНН or holder begins as `typed`, or whose holder's
/// organisation has it in its name. `after` is the serial number of the last one seen.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn page(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    typed: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<CardLine>, Error> {
    let (serial, name, after) = (CardSerial::folded(typed), folded(typed), after.unwrap_or_default());
    let mut found = tx.all(&BY_SERIAL, args![agent_id, after, limit, &serial, beyond(&serial)], line)?;
    // Each way of finding is in the order of the list, so the first ones of all together are among the first ones of each.
    if !name.is_empty() {
        let end = beyond(&name);
        found.extend(tx.all(&BY_INN, args![agent_id, after, limit, &serial], line)?);
        found.extend(held(tx, &PERSON, args![agent_id, after, limit, &name, &end])?);
        found.extend(held(tx, &ORGANISATION, args![agent_id, after, limit, &name])?);
    }
    let found: BTreeMap<_, _> = found.into_iter().map(|card| (card.serial.clone(), card)).collect();
    Ok(found.into_values().take(usize::try_from(limit).unwrap_or_default()).collect())
}

macro_rules! many {
    () => {
        1000
    };
}

/// From so many hand-outs on the register is walked in its own order: a page is soon full, and nothing has to be sorted.
const MANY: i64 = many!();

/// How cards are found by what is known of their hand-outs. Arguments: agent, serial number of the last one seen, limit, what is looked for; of the
/// count agent and what is looked for.
struct Way {
    few: Statement,
    walked: Statement,
    count: Statement,
}

const PERSON: Way = Way { few: BY_PERSON, walked: WALKED_BY_PERSON, count: COUNT_BY_PERSON };
const ORGANISATION: Way = Way { few: BY_ORGANISATION, walked: WALKED_BY_ORGANISATION, count: COUNT_BY_ORGANISATION };

/// The cards of a few hand-outs, found in one look at all of them; walked to where there are [`MANY`].
fn held(tx: &mut Tx<'_>, way: &Way, args: &[Arg<'_>]) -> Result<Vec<CardLine>, Error> {
    let found: Vec<(CardLine, i64)> = tx.all(&way.few, args, |row| {
        let mut row = row.of("smart_cards");
        Ok((card(&mut row)?, row.next("found")?))
    })?;
    let is_later = args[1] != Arg::from("");
    let many = match found.first() {
        Some((_, count)) => *count == MANY,
        // A later page may have none of those that were looked at, and some of the others.
        None => is_later && tx.number(&way.count, &[&args[..1], &args[3..]].concat())? == MANY,
    };
    if many { tx.all(&way.walked, args, line) } else { Ok(found.into_iter().map(|(card, _)| card).collect()) }
}

fn line(row: Row) -> Result<CardLine, Error> {
    card(&mut row.of("smart_cards"))
}

fn card(row: &mut Fields) -> Result<CardLine, Error> {
    let (id, serial) = (row.parsed("id")?, row.next("serial")?);
    let (model, standing) = (row.next("model")?, row.next("standing")?);
    let (person, organisation, inn) = (row.next("person")?, row.next("organisation")?, row.next("inn")?);
    let (slot, at) = (row.option_as("slot", SignatureSlot::from_name)?, row.next("handed_at")?);
    let holder = match (person, inn, slot, at) {
        (Some(person), Some(inn), Some(slot), Some(at)) => Some(HolderLine { person, organisation, inn, slot, at }),
        (None, None, None, None) => None,
        _ => return Err(row.contradiction("hand_out_id")),
    };
    Ok(CardLine { id, serial, model, standing, holder })
}

macro_rules! listed {
    ($agent:literal, $which:expr) => {
        listed!("", $agent, $which)
    };
    ($beside:literal, $agent:literal, $which:expr) => {
        concat!(
            "SELECT c.id, c.serial, c.model, c.standing, h.person, h.organisation, h.inn, h.slot, h.handed_at",
            $beside,
            " FROM smart_cards c LEFT JOIN hand_outs h ON h.id = c.hand_out_id WHERE ",
            $agent,
            " = $1 AND c.serial > $2 AND ",
            $which,
            " ORDER BY c.serial LIMIT $3"
        )
    };
}

/// The cards that somebody has or had, by what is known of them, and how many hand-outs were found. `+` keeps SQLite from walking the register
/// in its order instead, the limit PostgreSQL from asking of each card whether it is one of them.
macro_rules! held {
    ($by:expr) => {
        concat!(
            "WITH found AS MATERIALIZED (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND ",
            $by,
            " LIMIT ",
            many!(),
            ") ",
            listed!(", (SELECT COUNT(*) FROM found) AS found", "+c.agent_id", "c.id IN (SELECT card_id FROM found)")
        )
    };
}

/// The same, where so many are found that the next of them is never far.
macro_rules! walked {
    ($by:expr) => {
        listed!("c.agent_id", concat!("EXISTS (SELECT 1 FROM hand_outs WHERE card_id = c.id AND ", $by, ")"))
    };
}

macro_rules! count {
    ($by:expr) => {
        concat!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM hand_outs WHERE agent_id = $1 AND ",
            $by,
            " LIMIT ",
            many!(),
            ") AS counted"
        )
    };
}

macro_rules! person {
    ($begin:literal, $end:literal) => {
        concat!("person_folded >= ", $begin, " AND person_folded < ", $end)
    };
}

macro_rules! organisation {
    (sqlite, $part:literal) => {
        concat!("INSTR(organisation_folded, ", $part, ") > 0")
    };
    (postgres, $part:literal) => {
        concat!("POSITION(", $part, " IN organisation_folded) > 0")
    };
}

sql! {
    BY_SERIAL = both(listed!("c.agent_id", "c.serial >= $4 AND c.serial < $5"));
    BY_INN = both(listed!("+c.agent_id", "c.id IN (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND inn = $4)"));
    BY_PERSON = both(held!(person!("$4", "$5")));
    WALKED_BY_PERSON = both(walked!(person!("$4", "$5")));
    COUNT_BY_PERSON = both(count!(person!("$2", "$3")));
    BY_ORGANISATION = each(held!(organisation!(sqlite, "$4")), held!(organisation!(postgres, "$4")));
    WALKED_BY_ORGANISATION = each(walked!(organisation!(sqlite, "$4")), walked!(organisation!(postgres, "$4")));
    COUNT_BY_ORGANISATION = each(count!(organisation!(sqlite, "$2")), count!(organisation!(postgres, "$2")));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::db::statement::plans::{fresh, steps};

    #[test]
    fn no_search_reads_the_whole_register() {
        let folder = tempfile::tempdir().unwrap();
        let database = fresh(&folder);
        let walks = [&BY_SERIAL, &WALKED_BY_PERSON, &WALKED_BY_ORGANISATION];
        for statement in walks.into_iter().chain([&BY_INN, &BY_PERSON, &BY_ORGANISATION]) {
            let steps = steps(&database, statement);
            let is_scan = |step: &String| step.contains("SCAN") && step != "SCAN found";
            assert!(!steps.iter().any(is_scan), "{}\n{steps:?}", statement.sqlite);
            let is_walked = steps.iter().any(|step| step.contains("(agent_id=? AND serial>"));
            let should = walks.iter().any(|walk| std::ptr::eq(*walk, statement));
            assert_eq!(is_walked, should, "{}\n{steps:?}", statement.sqlite);
        }
    }
}
