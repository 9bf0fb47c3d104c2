//! Smart cards of the register and their hand-outs. A hand-out that ended stays: the register is a history.

use domain::Timestamp;
use domain::ids::{AgentId, HandOutId, SmartCardId, StaffId};
use domain::smart_card::{CardReason, CardSerial, CardStanding, HandedTo, SignatureSlot, SmartCard};
use domain::subscriber::{Gender, Inn};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::views::desk::folded;
use crate::{Error, Tx, one_row};

/// A card with the newest of its hand-outs, who registered it and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardRow {
    /// The card.
    pub card: SmartCard,
    /// The newest hand-out; the open one while the card is in somebody's hands.
    pub newest: Option<HandOutId>,
    /// Who registered it.
    pub registered_by: StaffId,
    /// When.
    pub registered_at: Timestamp,
}

/// One hand-out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandOutRow {
    /// Its id.
    pub id: HandOutId,
    /// At which agent.
    pub agent_id: AgentId,
    /// The number of the receipt.
    pub number: i64,
    /// The card.
    pub card_id: SmartCardId,
    /// To whom, for what and where.
    pub to: HandedTo,
    /// Who handed it out.
    pub handed_by: StaffId,
    /// When.
    pub handed_at: Timestamp,
    /// How it ended.
    pub ended: Option<HandOutEnd>,
}

/// How a hand-out ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandOutEnd {
    /// Who took the card back or wrote it off.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: CardReason,
}

/// Stores a new card.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id or for `smart_cards.agent_id, smart_cards.serial`.
pub fn insert(tx: &mut Tx<'_>, new: &SmartCard, by: StaffId, at: Timestamp) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![new.id, new.version, new.agent_id, new.serial.as_str(), &new.model, new.standing.name(), by, at],
    )?;
    Ok(())
}

/// Saves where a card stands now.
///
/// # Errors
/// [`Error::Conflict`] when somebody was faster.
pub fn save(tx: &mut Tx<'_>, card: &SmartCard) -> Result<(), Error> {
    let rows = match card.standing {
        CardStanding::HandedOut(id) => {
            tx.execute(&SAVE_HANDED_OUT, args![card.id, card.version, card.standing.name(), id])?
        }
        CardStanding::InStock | CardStanding::Returned | CardStanding::WrittenOff => {
            tx.execute(&SAVE, args![card.id, card.version, card.standing.name()])?
        }
    };
    one_row(rows, "smart card")
}

/// The card with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: SmartCardId) -> Result<Option<CardRow>, Error> {
    tx.optional(&BY_ID, args![id], card)
}

/// The agent's card with this serial number.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_serial(tx: &mut Tx<'_>, agent_id: AgentId, serial: &CardSerial) -> Result<Option<CardRow>, Error> {
    tx.optional(&BY_SERIAL, args![agent_id, serial.as_str()], card)
}

/// Stores a hand-out.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id or number, for a card in somebody's hands, or for a person with a card for this signature.
pub fn hand_out(tx: &mut Tx<'_>, new: &HandOutRow) -> Result<(), Error> {
    let to = &new.to;
    tx.execute(
        &HAND_OUT,
        args![
            new.id,
            new.agent_id,
            new.number,
            new.card_id,
            to.inn.as_str(),
            to.organisation.as_deref(),
            to.organisation.as_deref().map(folded),
            &to.person,
            folded(&to.person),
            to.gender.name(),
            to.slot.name(),
            &to.city,
            &to.branch,
            new.handed_by,
            new.handed_at,
        ],
    )?;
    Ok(())
}

/// Ends a hand-out.
///
/// # Errors
/// [`Error::Conflict`] when it has ended already.
pub fn end(tx: &mut Tx<'_>, id: HandOutId, end: HandOutEnd) -> Result<(), Error> {
    let rows = tx.execute(&END, args![id, end.by, end.at, end.reason.name()])?;
    one_row(rows, "hand-out")
}

/// The number that the agent's next receipt has.
///
/// # Errors
/// When the database fails.
pub fn next_number(tx: &mut Tx<'_>, agent_id: AgentId) -> Result<i64, Error> {
    tx.number(&NEXT_NUMBER, args![agent_id])
}

/// Whether this person has a card for this signature that did not come back.
///
/// # Errors
/// When the database fails.
pub fn has_card_for(tx: &mut Tx<'_>, agent_id: AgentId, to: &HandedTo) -> Result<bool, Error> {
    Ok(tx.number(&HAS_CARD_FOR, args![agent_id, to.inn.as_str(), folded(&to.person), to.slot.name()])? > 0)
}

/// The hand-outs of a card, newest first, at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn hand_outs(tx: &mut Tx<'_>, card_id: SmartCardId, limit: i64) -> Result<Vec<HandOutRow>, Error> {
    tx.all(&HAND_OUTS, args![card_id, limit], hand_out_row)
}

/// City and branch of the last hand-out by this member of staff.
///
/// # Errors
/// When the database fails.
pub fn last_place(tx: &mut Tx<'_>, by: StaffId) -> Result<Option<(String, String)>, Error> {
    tx.optional(&LAST_PLACE, args![by], |row| {
        let mut row = row.of("hand_outs");
        Ok((row.next("city")?, row.next("branch")?))
    })
}

fn card(row: Row) -> Result<CardRow, Error> {
    let mut row = row.of("smart_cards");
    let (id, version, agent_id) = (row.parsed("id")?, row.next("version")?, row.next("agent_id")?);
    let (serial, model) = (row.text_as("serial", CardSerial::parse)?, row.next("model")?);
    let standing: String = row.next("standing")?;
    let newest: Option<HandOutId> = row.parsed_option("hand_out_id")?;
    let standing = match (standing.as_str(), newest) {
        ("in-stock", _) => CardStanding::InStock,
        ("handed-out", Some(id)) => CardStanding::HandedOut(id),
        ("returned", Some(_)) => CardStanding::Returned,
        ("written-off", _) => CardStanding::WrittenOff,
        _ => return Err(row.contradiction("standing")),
    };
    Ok(CardRow {
        card: SmartCard { id, agent_id, version, serial, model, standing },
        newest,
        registered_by: row.parsed("registered_by")?,
        registered_at: row.next("registered_at")?,
    })
}

fn hand_out_row(row: Row) -> Result<HandOutRow, Error> {
    let mut row = row.of("hand_outs");
    let (id, agent_id, number, card_id) =
        (row.parsed("id")?, row.next("agent_id")?, row.next("number")?, row.parsed("card_id")?);
    let to = HandedTo {
        inn: row.text_as("inn", Inn::parse)?,
        organisation: row.next("organisation")?,
        person: row.next("person")?,
        gender: row.text_as("gender", Gender::from_name)?,
        slot: row.text_as("slot", SignatureSlot::from_name)?,
        city: row.next("city")?,
        branch: row.next("branch")?,
    };
    let (handed_by, handed_at) = (row.parsed("handed_by")?, row.next("handed_at")?);
    let by: Option<StaffId> = row.parsed_option("ended_by")?;
    let at: Option<Timestamp> = row.next("ended_at")?;
    let reason: Option<CardReason> = row.option_as("end_reason", CardReason::from_name)?;
    let ended = match (by, at, reason) {
        (Some(by), Some(at), Some(reason)) => Some(HandOutEnd { by, at, reason }),
        (None, None, None) => None,
        _ => return Err(row.contradiction("end_reason")),
    };
    Ok(HandOutRow { id, agent_id, number, card_id, to, handed_by, handed_at, ended })
}

macro_rules! columns {
    () => {
        "id, version, agent_id, serial, model, standing, hand_out_id, registered_by, registered_at"
    };
}

macro_rules! hand_out_columns {
    () => {
        "id, agent_id, number, card_id, inn, organisation, person, gender, slot, city, branch, handed_by, handed_at, \
         ended_by, ended_at, end_reason"
    };
}

sql! {
    INSERT = both(
        "INSERT INTO smart_cards (id, version, agent_id, serial, model, standing, registered_by, registered_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    SAVE = both("UPDATE smart_cards SET version = version + 1, standing = $3 WHERE id = $1 AND version = $2");
    SAVE_HANDED_OUT = both(
        "UPDATE smart_cards SET version = version + 1, standing = $3, hand_out_id = $4 WHERE id = $1 AND version = $2"
    );
    BY_ID = both(concat!("SELECT ", columns!(), " FROM smart_cards WHERE id = $1"));
    BY_SERIAL = both(concat!("SELECT ", columns!(), " FROM smart_cards WHERE agent_id = $1 AND serial = $2"));
    HAND_OUT = both(
        "INSERT INTO hand_outs (id, agent_id, number, card_id, inn, organisation, organisation_folded, person, person_folded, gender, \
         slot, city, branch, handed_by, handed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    );
    END = both("UPDATE hand_outs SET ended_by = $2, ended_at = $3, end_reason = $4 WHERE id = $1 AND ended_at IS NULL");
    NEXT_NUMBER = both("SELECT COALESCE(MAX(number), 0) + 1 FROM hand_outs WHERE agent_id = $1");
    HAS_CARD_FOR = both(
        "SELECT COUNT(*) FROM hand_outs WHERE agent_id = $1 AND inn = $2 AND person_folded = $3 AND slot = $4 AND ended_at IS NULL"
    );
    HAND_OUTS = both(concat!(
        "SELECT ", hand_out_columns!(), " FROM hand_outs WHERE card_id = $1 ORDER BY number DESC LIMIT $2"
    ));
    LAST_PLACE = both("SELECT city, branch FROM hand_outs WHERE handed_by = $1 ORDER BY handed_at DESC LIMIT 1");
}
