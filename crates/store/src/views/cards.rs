//! The list of the register of smart cards, page by page. Read for a person's eye, never for a decision.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{AgentId, SmartCardId};
use domain::smart_card::{CardSerial, SignatureSlot};

use super::desk::{beyond, folded};
use crate::db::statement::{both, each, sql};
use crate::db::value::{Row, args};
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
    let mut found = tx.all(&BY_SERIAL, args![agent_id, after, &serial, beyond(&serial), limit], line)?;
    // Each way of finding is in the order of the list, so the first ones of all together are among the first ones of each.
    if !name.is_empty() {
        found.extend(tx.all(&BY_INN, args![agent_id, after, &serial, limit], line)?);
        found.extend(tx.all(&BY_PERSON, args![agent_id, after, &name, beyond(&name), limit], line)?);
        found.extend(tx.all(&BY_ORGANISATION, args![agent_id, after, &name, limit], line)?);
    }
    let found: BTreeMap<_, _> = found.into_iter().map(|card| (card.serial.clone(), card)).collect();
    Ok(found.into_values().take(usize::try_from(limit).unwrap_or_default()).collect())
}

fn line(row: Row) -> Result<CardLine, Error> {
    let mut row = row.of("smart_cards");
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
    ($agent:literal, $which:literal) => {
        concat!(
            "SELECT c.id, c.serial, c.model, c.standing, h.person, h.organisation, h.inn, h.slot, h.handed_at \
             FROM smart_cards c LEFT JOIN hand_outs h ON h.id = c.hand_out_id WHERE ",
            $agent,
            " = $1 AND c.serial > $2 AND ",
            $which,
            " ORDER BY c.serial LIMIT "
        )
    };
}

/// The cards that somebody has or had, by what is known of them. `+` keeps SQLite from walking the register in its order instead.
macro_rules! held {
    ($by:literal) => {
        listed!("+c.agent_id", $by)
    };
}

sql! {
    BY_SERIAL = both(concat!(listed!("c.agent_id", "c.serial >= $3 AND c.serial < $4"), "$5"));
    BY_INN = both(concat!(held!("c.id IN (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND inn = $3)"), "$4"));
    BY_PERSON = both(concat!(
        held!("c.id IN (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND person_folded >= $3 AND person_folded < $4)"),
        "$5"
    ));
    BY_ORGANISATION = each(
        concat!(
            held!("c.id IN (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND INSTR(organisation_folded, $3) > 0)"),
            "$4"
        ),
        concat!(
            held!("c.id IN (SELECT card_id FROM hand_outs WHERE agent_id = $1 AND POSITION($3 IN organisation_folded) > 0)"),
            "$4"
        )
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn no_search_reads_the_whole_register() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("surguch.db");
        drop(crate::Store::open(&crate::Location::Sqlite(file.clone())).unwrap());
        let database = rusqlite::Connection::open(file).unwrap();
        for statement in [&BY_SERIAL, &BY_INN, &BY_PERSON, &BY_ORGANISATION] {
            let mut plan = database.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sqlite)).unwrap();
            let (mut rows, mut steps) = (plan.raw_query(), Vec::<String>::new());
            while let Some(row) = rows.next().unwrap() {
                steps.push(row.get(3).unwrap());
            }
            assert!(!steps.iter().any(|step| step.contains("SCAN")), "{}\n{steps:?}", statement.sqlite);
            let walks = steps.iter().any(|step| step.contains("(agent_id=? AND serial>"));
            assert_eq!(walks, std::ptr::eq(statement, &BY_SERIAL), "{}\n{steps:?}", statement.sqlite);
        }
    }
}
