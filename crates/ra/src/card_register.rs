//! The register of smart cards that a branch keeps: cards come in, are handed out to a person for a signature against a receipt, come back,
//! are cleared and written off. A card on this page is a thing of plastic; what a person is shown of a request is in `cards`.

use std::collections::BTreeSet;

use domain::actor::{Actor, Role};
use domain::ids::{AgentId, HandOutId, SmartCardId, StaffId};
use domain::journal::{Entry, Event};
use domain::smart_card::{
    CardCommand, CardFacts, CardReason, CardSerial, CardStanding, HandedTo, SmartCard, TypedHandOut, required_line,
};
use domain::{Refusal, Timestamp};
use store::smart_cards::{CardRow, HandOutEnd, HandOutRow};
use store::views::cards::CardLine;
use store::views::desk::folded;

use crate::by_hand::DeskEvent;
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Ra};

/// A card as the desk sees it.
#[derive(Clone, Debug)]
pub struct DeskCard {
    /// The card.
    pub card: SmartCard,
    /// When it came into the register.
    pub registered_at: Timestamp,
    /// Who registered it.
    pub registered_by: String,
    /// Its hand-outs, newest first.
    pub hand_outs: Vec<HandOut>,
    /// What happened to it, newest first.
    pub history: Vec<DeskEvent>,
    /// Whether this member of staff may take a step with it.
    pub may_keep: bool,
    /// City and branch of the last hand-out by this member of staff; before the first one the agent's city.
    pub place: (String, String),
}

/// One hand-out of a card.
#[derive(Clone, Debug)]
pub struct HandOut {
    /// The number of the receipt.
    pub number: i64,
    /// To whom, for what and where.
    pub to: HandedTo,
    /// Who handed it out.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who took it back or wrote it off, when and why.
    pub ended: Option<(String, Timestamp, CardReason)>,
}

/// What a receipt says.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The agent.
    pub agent_id: AgentId,
    /// The card.
    pub card: SmartCard,
    /// The hand-out.
    pub hand_out: HandOut,
}

/// Most cards that are registered in one go: a box.
const MOST_CARDS: usize = 100;
/// Most hand-outs of one card that are shown.
const HAND_OUTS: i64 = 50;

// Looking.
impl Ra {
    /// A page of the agent's cards by serial number: all of them, or those that fit what was typed.
    ///
    /// # Errors
    /// Refused without a role that looks at the register.
    pub fn smart_cards(
        &self,
        actor: &Actor,
        typed: &str,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<CardLine>, Failure> {
        let agent_id = may_look(actor)?;
        Ok(self.0.store.read(|tx| store::views::cards::page(tx, agent_id, typed, after, limit))?)
    }

    /// Whether this member of staff may take a step with cards.
    #[must_use]
    pub fn may_keep_cards(&self, actor: &Actor) -> bool {
        may_keep(actor).is_ok()
    }

    /// A card with its history.
    ///
    /// # Errors
    /// Refused as not found for anyone but the agent's staff, and without a role that looks at the register.
    pub fn smart_card(&self, actor: &Actor, id: SmartCardId) -> Result<DeskCard, Failure> {
        let row = self.card_of_agent(actor, id)?;
        may_look(actor)?;
        let by = staff_id(actor)?;
        let (hand_outs, registered_by, place) = self.0.store.read(|tx| -> Result<_, store::Error> {
            let hand_outs = store::smart_cards::hand_outs(tx, id, HAND_OUTS)?;
            let hand_outs: Vec<_> = hand_outs.into_iter().map(|row| hand_out(tx, row)).collect::<Result<_, _>>()?;
            Ok((hand_outs, name(tx, row.registered_by)?, store::smart_cards::last_place(tx, by)?))
        })?;
        let city = self.known_agent(row.card.agent_id)?.city.clone();
        Ok(DeskCard {
            card: row.card,
            registered_at: row.registered_at,
            registered_by,
            hand_outs,
            history: self.history(&object(id))?,
            may_keep: may_keep(actor).is_ok(),
            place: place.unwrap_or((city, String::new())),
        })
    }

    /// What the receipt of a card says: of its newest hand-out, or of the one with this number.
    ///
    /// # Errors
    /// Refused as [`Ra::smart_card`], and as not found when there is no such hand-out.
    pub fn card_receipt(&self, actor: &Actor, id: SmartCardId, number: Option<i64>) -> Result<Receipt, Failure> {
        let card = self.card_of_agent(actor, id)?.card;
        may_look(actor)?;
        let hand_outs = self.0.store.read(|tx| store::smart_cards::hand_outs(tx, id, HAND_OUTS))?;
        let row = hand_outs.into_iter().find(|row| number.is_none_or(|number| row.number == number));
        let row = row.ok_or(Refusal::NotFound)?;
        let hand_out = self.0.store.read(|tx| hand_out(tx, row.clone()))?;
        Ok(Receipt { agent_id: card.agent_id, card, hand_out })
    }

    /// A card of the staff member's own agent; any other answers as if there were none.
    fn card_of_agent(&self, actor: &Actor, id: SmartCardId) -> Result<CardRow, Failure> {
        let found = self.0.store.read(move |tx| store::smart_cards::by_id(tx, id))?.ok_or(Refusal::NotFound)?;
        // guard: agents-own-cards
        match actor {
            Actor::Staff { agent_id, .. } if *agent_id == found.card.agent_id => Ok(found),
            _ => Err(Refusal::NotFound.into()),
        }
    }
}

// Keeping.
impl Ra {
    /// Takes cards of one model into the register; `serials` has one serial number a line.
    ///
    /// # Errors
    /// Refused without a role that keeps the register; for a serial number that is none or is in the register already, which the detail
    /// names; for more than a box of cards; then none is taken.
    pub fn register_cards(
        &self,
        actor: &Actor,
        serials: &str,
        model: &str,
        at: &mut Moment<'_>,
    ) -> Result<Vec<SmartCardId>, Failure> {
        self.attempt(actor, "smart-cards", "register-cards", at, |ra, at| {
            let (agent_id, by) = (may_keep(actor)?, staff_id(actor)?);
            let typed: BTreeSet<&str> = serials.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            if typed.is_empty() {
                return Err(Refused::because(Refusal::FieldMissing, "serials").into());
            }
            if typed.len() > MOST_CARDS {
                return Err(Refused::because(Refusal::TextUnacceptable, "serials").into());
            }
            let model = required_line(model).map_err(|refusal| Refused::because(refusal, "model"))?;
            let mut cards: Vec<SmartCard> = Vec::new();
            for line in typed {
                let wrong = |refusal| Refused::because(refusal, line);
                let serial = CardSerial::parse(line).ok_or_else(|| wrong(Refusal::CardSerialWrong))?;
                let known = ra.0.store.read(|tx| store::smart_cards::by_serial(tx, agent_id, &serial))?;
                if known.is_some() {
                    return Err(wrong(Refusal::CardRegisteredAlready).into());
                }
                // The same number in two dresses is one card.
                if cards.iter().all(|card| card.serial != serial) {
                    cards.push(SmartCard {
                        id: SmartCardId::new(at.now, at.octets()),
                        agent_id,
                        version: 1,
                        serial,
                        model: model.clone(),
                        standing: CardStanding::InStock,
                    });
                }
            }
            let ids = cards.iter().map(|card| card.id).collect();
            let (actor, now) = (actor.clone(), at.now);
            let written = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                for card in &cards {
                    store::smart_cards::insert(tx, card, by, now)?;
                    let event = Event::CardRegistered { serial: card.serial.as_str().to_owned() };
                    let entry = Entry { at: now, actor: actor.clone(), object: object(card.id), event };
                    store::journal::append(tx, &entry)?;
                }
                Ok(())
            });
            match written {
                Ok(()) => Ok(ids),
                // Somebody registered one of them between the look and the write.
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::CardRegisteredAlready.into()),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Hands a card out. A second click with the same form does nothing.
    ///
    /// # Errors
    /// Refused without a role that keeps the register; for a fault of the form, whose field the detail names; when the card is not in
    /// stock, when the person has a card for this signature, and when somebody was faster.
    pub fn hand_out_card(
        &self,
        actor: &Actor,
        id: SmartCardId,
        version: i64,
        typed: &TypedHandOut,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &object(id), "hand-out-card", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let card = ra.card_of_agent(actor, id)?.card;
                may_keep(actor)?;
                let by = staff_id(actor)?;
                let to = ra.handed_to(card.agent_id, typed)?;
                let held = ra.0.store.read(|tx| store::smart_cards::hand_outs(tx, id, 1))?;
                let held = held.into_iter().next().filter(|row| row.ended.is_none());
                if card.version == version + 1 && held.as_ref().is_some_and(|row| row.to == to && row.handed_by == by) {
                    return Ok(());
                }
                let facts = CardFacts {
                    same_holder: held
                        .is_some_and(|row| row.to.inn == to.inn && folded(&row.to.person) == folded(&to.person)),
                    slot_taken: ra.0.store.read(|tx| store::smart_cards::has_card_for(tx, card.agent_id, &to))?,
                };
                let hand_out_id = HandOutId::new(at.now, at.octets());
                let decided = card.decide(CardCommand::HandOut(hand_out_id, to.slot), facts)?;
                // guard: card-as-it-was-seen
                if card.version != version {
                    return Err(Refusal::ChangedMeanwhile.into());
                }
                ra.save_card(actor, card, decided, at, move |tx, card, now| {
                    let row = HandOutRow {
                        id: hand_out_id,
                        agent_id: card.agent_id,
                        number: store::smart_cards::next_number(tx, card.agent_id)?,
                        card_id: card.id,
                        to: to.clone(),
                        handed_by: by,
                        handed_at: now,
                        ended: None,
                    };
                    store::smart_cards::hand_out(tx, &row)
                })
            })
        })
    }

    /// Takes a card back. One that was handed out by mistake is in stock again; any other is to be cleared first.
    ///
    /// # Errors
    /// Refused without a role that keeps the register, for a reason that is none, when nobody has the card, and when somebody was faster.
    pub fn take_card_back(
        &self,
        actor: &Actor,
        id: SmartCardId,
        version: i64,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let reason = CardReason::of(&CardReason::OF_RETURN, reason);
        self.card_step(actor, id, version, ("take-card-back", "card-returned"), reason.map(CardCommand::TakeBack), at)
    }

    /// A card that came back was cleared: it is in stock again.
    ///
    /// # Errors
    /// Refused without a role that keeps the register, for a card that did not come back, and when somebody was faster.
    pub fn clear_card(&self, actor: &Actor, id: SmartCardId, version: i64, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.card_step(actor, id, version, ("clear-card", "card-cleared"), Ok(CardCommand::Clear), at)
    }

    /// Writes a card off; whoever had it has it no more.
    ///
    /// # Errors
    /// Refused without a role that keeps the register, for a reason that is none, for a card that was written off, and when somebody was
    /// faster.
    pub fn write_card_off(
        &self,
        actor: &Actor,
        id: SmartCardId,
        version: i64,
        reason: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let reason = CardReason::of(&CardReason::OF_WRITE_OFF, reason);
        self.card_step(
            actor,
            id,
            version,
            ("write-card-off", "card-written-off"),
            reason.map(CardCommand::WriteOff),
            at,
        )
    }

    /// A step that brings no new hand-out: the verb, the journal's word for it done, and what it is.
    fn card_step(
        &self,
        actor: &Actor,
        id: SmartCardId,
        version: i64,
        (verb, done): (&'static str, &str),
        command: Result<CardCommand, Refusal>,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &object(id), verb, at, |ra, at| {
            ra.again_when_changed(at, |ra, at| {
                let card = ra.card_of_agent(actor, id)?.card;
                may_keep(actor)?;
                let by = staff_id(actor)?;
                let command = command?;
                if card.version == version + 1 && ra.newest_is(&object(id), done, actor)? {
                    return Ok(());
                }
                let decided = card.decide(command, CardFacts::default())?;
                if card.version != version {
                    return Err(Refusal::ChangedMeanwhile.into());
                }
                let ended = match (card.standing, command) {
                    (CardStanding::HandedOut(id), CardCommand::TakeBack(reason) | CardCommand::WriteOff(reason)) => {
                        Some((id, reason))
                    }
                    _ => None,
                };
                ra.save_card(actor, card, decided, at, move |tx, _, now| match ended {
                    Some((id, reason)) => store::smart_cards::end(tx, id, HandOutEnd { by, at: now, reason }),
                    None => Ok(()),
                })
            })
        })
    }

    /// Saves where a card stands now with what stands beside it, and the journal's word. Whoever was faster makes the verb start again.
    fn save_card(
        &self,
        actor: &Actor,
        mut card: SmartCard,
        (standing, event): (CardStanding, Event),
        at: &Moment<'_>,
        beside: impl Fn(&mut store::Tx<'_>, &SmartCard, Timestamp) -> Result<(), store::Error> + Send + 'static,
    ) -> Result<(), Failure> {
        card.standing = standing;
        let entry = Entry { at: at.now, actor: actor.clone(), object: object(card.id), event };
        let now = at.now;
        let written = self.0.store.write(move |tx| -> Result<(), store::Error> {
            beside(tx, &card, now)?;
            store::smart_cards::save(tx, &card)?;
            store::journal::append(tx, &entry)
        });
        match written {
            // The next number, the card or the person's signature was taken between the look and the write.
            Err(store::Error::AlreadyThere { .. }) => Err(Error::Conflict("smart card").into()),
            written => Ok(written?),
        }
    }

    /// The form, read beside the bank's record.
    fn handed_to(&self, agent_id: AgentId, typed: &TypedHandOut) -> Result<HandedTo, Failure> {
        let digits: String = typed.inn.chars().filter(char::is_ascii_digit).collect();
        let known = self.0.store.read(|tx| store::organisations::by_inn(tx, agent_id, &digits))?;
        HandedTo::check(typed, known.as_ref()).map_err(|(field, refusal)| Refused::because(refusal, field).into())
    }
}

/// Who looks at the register of their agent: who keeps it, and who audits it.
fn may_look(actor: &Actor) -> Result<AgentId, Refusal> {
    let may = [Role::BranchClerk, Role::CaAdministrator, Role::Auditor];
    // guard: cards-seen-by-role
    if !may.into_iter().any(|role| actor.has(role)) {
        return Err(Refusal::RoleMissing);
    }
    actor.agent_id().ok_or(Refusal::RoleMissing)
}

/// Who keeps it.
fn may_keep(actor: &Actor) -> Result<AgentId, Refusal> {
    // guard: cards-kept-by-role
    if !(actor.has(Role::BranchClerk) || actor.has(Role::CaAdministrator)) {
        return Err(Refusal::RoleMissing);
    }
    actor.agent_id().ok_or(Refusal::RoleMissing)
}

fn staff_id(actor: &Actor) -> Result<StaffId, Refusal> {
    match actor {
        Actor::Staff { id, .. } => Ok(*id),
        _ => Err(Refusal::RoleMissing),
    }
}

fn object(id: SmartCardId) -> String {
    format!("card:{id}")
}

fn hand_out(tx: &mut store::Tx<'_>, row: HandOutRow) -> Result<HandOut, store::Error> {
    let ended = match row.ended {
        Some(end) => Some((name(tx, end.by)?, end.at, end.reason)),
        None => None,
    };
    Ok(HandOut { number: row.number, to: row.to, by: name(tx, row.handed_by)?, at: row.handed_at, ended })
}

fn name(tx: &mut store::Tx<'_>, id: StaffId) -> Result<String, store::Error> {
    Ok(store::staff::by_id(tx, id)?.map_or_else(String::new, |member| member.name))
}
