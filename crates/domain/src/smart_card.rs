//! A smart card of the bank's register (domain notes 1.2 and 1.8; order 152 of FAPSI, 13.06.2001: media are accounted for one by one): it
//! comes in, is handed out to one person for one signature, comes back, is cleared, and is written off in the end.
//!
//! «На каждую подпись предусмотрена отдельная смарт-карта»: a card is never in two hands and never for two signatures, and nobody has two
//! cards for one signature. What is on a card is not known here: one that was in somebody's hands may hold a key until it is cleared.

use crate::Refusal;
use crate::applicant::{inn, wrong_name, wrong_organisation};
use crate::ids::{AgentId, HandOutId, SmartCardId};
use crate::journal::Event;
use crate::subscriber::{Gender, Inn, Organisation};
use crate::text::{self, single_spaced};

/// One card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmartCard {
    /// Its id.
    pub id: SmartCardId,
    /// Whose register it is in.
    pub agent_id: AgentId,
    /// Row version, counted from 1.
    pub version: i64,
    /// The number printed on it.
    pub serial: CardSerial,
    /// «Рутокен ЭЦП 2.0»
    pub model: String,
    /// Where it stands.
    pub standing: CardStanding,
}

/// Where a card stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardStanding {
    /// At the branch, and nothing was ever written on it.
    InStock,
    /// In somebody's hands.
    HandedOut(HandOutId),
    /// It came back and is to be cleared: a key may be on it.
    Returned,
    /// Its life is over.
    WrittenOff,
}

impl CardStanding {
    /// The words of SQL and pages.
    pub const NAMES: [&str; 4] = ["in-stock", "handed-out", "returned", "written-off"];

    /// The word of SQL and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InStock => "in-stock",
            Self::HandedOut(_) => "handed-out",
            Self::Returned => "returned",
            Self::WrittenOff => "written-off",
        }
    }
}

/// The number printed on a card, as it is kept: Latin capital letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CardSerial(String);

impl CardSerial {
    /// Fewest and most characters.
    pub const CHARACTERS: std::ops::RangeInclusive<usize> = 6..=20;

    /// As it was typed or scanned: spaces and hyphens do not count, small letters are capital ones.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let serial = Self::folded(typed);
        let right = serial.bytes().all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit());
        (right && Self::CHARACTERS.contains(&serial.len())).then_some(Self(serial))
    }

    /// The numbers that a token may have in print that names itself so, the likeliest first. Nobody vouches for what it says. Makers print what the token
    /// says, or, as Aktiv does, the ten decimal digits of its eight hexadecimal ones.
    #[must_use]
    pub fn of_token(told: &str) -> Vec<Self> {
        let decimal =
            Some(told.trim()).filter(|told| told.len() == 8).and_then(|told| u32::from_str_radix(told, 16).ok());
        let decimal = decimal.map(|number| Self(format!("{number:010}")));
        Self::parse(told).into_iter().chain(decimal).collect()
    }

    /// The same of a part of one, to look for.
    #[must_use]
    pub fn folded(typed: &str) -> String {
        typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Most characters of a model, a branch and a city.
pub const LINE_CHARACTERS: usize = 100;

/// A line that must be there: a model, a branch, a city.
///
/// # Errors
/// Empty, too long, or with characters that no line has.
pub fn required_line(typed: &str) -> Result<String, Refusal> {
    text::required_line(typed, LINE_CHARACTERS)
}

/// The signature that a card is for, as the organisation's card of signatures counts them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SignatureSlot {
    /// «Первая подпись»
    First,
    /// «Вторая подпись»
    Second,
    /// «Третья подпись»
    Third,
    /// «Четвёртая подпись»
    Fourth,
}

impl SignatureSlot {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Third, Self::Fourth];

    /// The word of SQL, pages and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Fourth => "fourth",
        }
    }

    /// The signature with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.name() == name)
    }
}

/// Why a card came back, or came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardReason {
    /// It was handed out by mistake and never used: the hand-out is undone.
    ByMistake,
    /// Another card took its place.
    Replaced,
    /// The person's powers ended.
    PowersEnded,
    /// The contract with the client ended.
    ContractEnded,
    /// It does not work.
    Faulty,
    /// It was lost or stolen.
    Lost,
    /// It was destroyed.
    Destroyed,
}

impl CardReason {
    /// Why a card may come back.
    pub const OF_RETURN: [Self; 5] =
        [Self::ByMistake, Self::Replaced, Self::PowersEnded, Self::ContractEnded, Self::Faulty];
    /// Why a card may be written off.
    pub const OF_WRITE_OFF: [Self; 3] = [Self::Faulty, Self::Lost, Self::Destroyed];

    /// The word of SQL, pages and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ByMistake => "by-mistake",
            Self::Replaced => "replaced",
            Self::PowersEnded => "powers-ended",
            Self::ContractEnded => "contract-ended",
            Self::Faulty => "faulty",
            Self::Lost => "lost",
            Self::Destroyed => "destroyed",
        }
    }

    /// The reason with this word, whichever list it is of.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::OF_RETURN.into_iter().chain(Self::OF_WRITE_OFF).find(|reason| reason.name() == name)
    }

    /// The reason of a list with this word.
    ///
    /// # Errors
    /// No word, or none of the list.
    pub fn of(list: &[Self], name: &str) -> Result<Self, Refusal> {
        let absent = if name.is_empty() { Refusal::ReasonRequired } else { Refusal::CardReasonUnknown };
        list.iter().copied().find(|reason| reason.name() == name).ok_or(absent)
    }
}

/// A step of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardCommand {
    /// Into somebody's hands.
    HandOut(HandOutId, SignatureSlot),
    /// Back to the branch.
    TakeBack(CardReason),
    /// What was on it is gone.
    Clear,
    /// Out of the register's life.
    WriteOff(CardReason),
}

/// What a decision about a hand-out must know of other rows.
#[derive(Clone, Copy, Default, Debug)]
pub struct CardFacts {
    /// The card is in the hands of the same person.
    pub same_holder: bool,
    /// The person has a card for this signature that did not come back.
    pub slot_taken: bool,
}

impl SmartCard {
    /// What becomes of the card, and the word of the journal for it.
    ///
    /// # Errors
    /// The step does not fit where the card stands, or the person has a card for this signature.
    pub fn decide(&self, command: CardCommand, facts: CardFacts) -> Result<(CardStanding, Event), Refusal> {
        match (command, self.standing) {
            (_, CardStanding::WrittenOff) => Err(Refusal::CardWrittenOff),
            (CardCommand::HandOut(id, slot), CardStanding::InStock) => {
                // guard: one-card-a-signature
                if facts.slot_taken {
                    return Err(Refusal::CardSlotTaken);
                }
                let event = Event::CardHandedOut { hand_out_id: id.to_string(), slot: slot.name().to_owned() };
                Ok((CardStanding::HandedOut(id), event))
            }
            (CardCommand::HandOut(..), CardStanding::HandedOut(_)) => {
                Err(if facts.same_holder { Refusal::CardHandedOut } else { Refusal::CardInOtherHands })
            }
            (CardCommand::HandOut(..), CardStanding::Returned) => Err(Refusal::CardNotCleared),
            (CardCommand::TakeBack(reason), CardStanding::HandedOut(id)) => {
                let standing = match reason {
                    CardReason::ByMistake => CardStanding::InStock,
                    _ => CardStanding::Returned,
                };
                let event = Event::CardReturned { hand_out_id: id.to_string(), reason: reason.name().to_owned() };
                Ok((standing, event))
            }
            (CardCommand::TakeBack(_), CardStanding::InStock | CardStanding::Returned) => {
                Err(Refusal::CardNotHandedOut)
            }
            (CardCommand::Clear, CardStanding::Returned) => Ok((CardStanding::InStock, Event::CardCleared)),
            (CardCommand::Clear, CardStanding::InStock | CardStanding::HandedOut(_)) => Err(Refusal::StageDoesNotAllow),
            (CardCommand::WriteOff(reason), _) => {
                let event = Event::CardWrittenOff { reason: reason.name().to_owned() };
                Ok((CardStanding::WrittenOff, event))
            }
        }
    }
}

/// The form of a hand-out as it was typed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TypedHandOut {
    /// ИНН of the organisation, or of a natural person on their own.
    pub inn: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Full name of who receives the card.
    pub person: String,
    /// `male` or `female`.
    pub gender: String,
    /// For which signature.
    pub slot: String,
    /// City of the branch.
    pub city: String,
    /// The branch.
    pub branch: String,
}

/// To whom a card is handed out, for what and where: a form without faults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandedTo {
    /// ИНН of the organisation, or of a natural person on their own.
    pub inn: Inn,
    /// The organisation; none for a natural person.
    pub organisation: Option<String>,
    /// Full name of who receives the card.
    pub person: String,
    /// Gender, for the participles of the receipt.
    pub gender: Gender,
    /// For which signature.
    pub slot: SignatureSlot,
    /// City of the branch.
    pub city: String,
    /// The branch.
    pub branch: String,
}

/// Most characters of a full name: three parts and two spaces.
const PERSON_CHARACTERS: usize = 182;

impl HandedTo {
    /// Checks a form. `known` is the client that the bank's record has under this ИНН: its name is the record's, and must not be typed.
    ///
    /// # Errors
    /// The first fault with the name of its field.
    pub fn check(typed: &TypedHandOut, known: Option<&Organisation>) -> Result<Self, (&'static str, Refusal)> {
        let inn = inn(&typed.inn).map_err(|refusal| ("inn", refusal))?;
        let said = single_spaced(&typed.organisation);
        let organisation = match known {
            Some(known) if said.is_empty() || plain(&said) == plain(&known.name) => Some(known.name.clone()),
            Some(_) => return Err(("organisation", Refusal::ClientNameDiffers)),
            // Twelve digits are a person's own number: an entrepreneur's, or a natural person's.
            None if said.is_empty() && inn.as_str().len() == 12 => None,
            None => match wrong_organisation(&said) {
                Some(refusal) => return Err(("organisation", refusal)),
                None => Some(said),
            },
        };
        let person = single_spaced(&typed.person);
        if let Some(refusal) = wrong_name(&person, PERSON_CHARACTERS) {
            return Err(("person", refusal));
        }
        let gender = Gender::chosen(&typed.gender).map_err(|refusal| ("gender", refusal))?;
        let slot = SignatureSlot::from_name(&typed.slot).ok_or(("slot", Refusal::CardSlotUnknown))?;
        let city = required_line(&typed.city).map_err(|refusal| ("city", refusal))?;
        let branch = required_line(&typed.branch).map_err(|refusal| ("branch", refusal))?;
        Ok(Self { inn, organisation, person, gender, slot, city, branch })
    }
}

/// A name without what people write differently: case, ё, quotation marks, dots and spaces.
fn plain(name: &str) -> String {
    let small = name.to_lowercase().replace('ё', "е");
    small.chars().filter(|c| c.is_alphanumeric()).collect()
}
