//! «Служба технической поддержки»: somebody is on the telephone and wants to know where a request is. Support finds it by its number, or by what the
//! caller says of themselves, and sees what the answer needs and nothing more. Every look is in the journal.

use domain::actor::{Actor, Role};
use domain::ids::{AgentId, RequestId, Unz};
use domain::journal::{Entry, Event};
use domain::request::StageName;
use domain::{Refusal, Timestamp};
use store::views::desk::{Said, folded};

use crate::change::Loaded;
use crate::comparison::KeyCard;
use crate::failure::{Failure, Refused};
use crate::inquiries::number;
use crate::setup::{Moment, Ra};

/// What the caller says.
#[derive(Clone, Default, Debug)]
pub struct Caller {
    /// УНЗ; where there is one, nothing else is looked at.
    pub unz: String,
    /// The phone of the request, however it is written.
    pub phone: String,
    /// The person's name, from its beginning.
    pub name: String,
    /// The organisation's name or its ИНН; empty for a natural person.
    pub organisation: String,
}

/// A request as support sees it.
#[derive(Clone, Debug)]
pub struct SupportCard {
    /// Its id.
    pub id: RequestId,
    /// The version that a step must name.
    pub version: i64,
    /// УНЗ.
    pub unz: Unz,
    /// Name of the procedure.
    pub procedure: String,
    /// Where it stands.
    pub stage: StageName,
    /// Whether the e-mail answered, or was never asked.
    pub email_confirmed: bool,
    /// When an answer may be expected.
    pub eta: Option<Timestamp>,
    /// Where letters go, without most of its letters.
    pub email: String,
    /// The card of its key, beside the register of cards.
    pub key_card: Option<KeyCard>,
    /// What became of its letters, newest first.
    pub letters: Vec<SupportLetter>,
    /// Whether the letter with the link may be sent again.
    pub may_resend: bool,
}

/// A letter about a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SupportLetter {
    /// When.
    pub at: Timestamp,
    /// The event's word: `mail-sent`, `mail-failed`, `mail-overdue`.
    pub event: String,
    /// Which letter; empty for one that is late.
    pub notice: String,
}

/// Most requests of one look: whoever has more says a number.
const FOUND: usize = 10;
/// Requests that are compared with what the caller says, of those where everything fits as far as the database can tell.
const COMPARED: i64 = 200;
/// Most letters of one request.
const LETTERS: usize = 20;
/// Digits that two spellings of a phone have in common: without the country's code or the 8 before it.
const PHONE_DIGITS: usize = 10;
/// Fewer digits are nobody's phone.
const LEAST_DIGITS: usize = 5;
/// Shorter beginnings of names find everybody.
const SHORTEST_NAME: usize = 2;
/// Most characters of anything a caller says.
const LONGEST: usize = 200;

impl Ra {
    /// The requests that the caller means. By a number it is one; by a phone and a name, which must both be right, those where the organisation or its
    /// ИНН is right too. Nobody hears which of them was wrong.
    ///
    /// # Errors
    /// Refused for anybody but support, for a number that is none, and when too little is said, the field named in the detail.
    pub fn look_up(&self, actor: &Actor, caller: &Caller, at: &mut Moment<'_>) -> Result<Vec<SupportCard>, Failure> {
        self.attempt(actor, "support", "look-up", at, |ra, at| {
            let agent_id = support(actor)?;
            let (by, found) = match caller.unz.trim() {
                "" => ("caller", ra.of_caller(agent_id, caller)?),
                unz => ("unz", ra.of_number(agent_id, unz)?),
            };
            let cards: Vec<_> =
                found.iter().map(|loaded| ra.support_card(loaded, actor, at)).collect::<Result<_, _>>()?;
            let found = cards.iter().map(|card| card.unz.to_string()).collect();
            let event = Event::SupportLookedUp { by: by.to_owned(), found };
            let entry = Entry { at: at.now, actor: actor.clone(), object: "support".to_owned(), event };
            // No row of the journal, no look.
            ra.0.store.write(move |tx| store::journal::append(tx, &entry))?;
            Ok(cards)
        })
    }

    fn of_number(&self, agent_id: AgentId, typed: &str) -> Result<Vec<Loaded>, Failure> {
        let wrong = || Refused::because(Refusal::UnzWrong, "unz");
        let unz = number(typed).ok().flatten().ok_or_else(wrong)?;
        let request = self.0.store.read(move |tx| store::requests::by_unz(tx, unz))?;
        // guard: support-of-the-agents-own
        let own = request.filter(|request| request.agent_id == agent_id);
        let own = own.map(|request| self.load(request.id)).transpose()?;
        Ok(own.into_iter().filter(is_told).collect())
    }

    fn of_caller(&self, agent_id: AgentId, caller: &Caller) -> Result<Vec<Loaded>, Failure> {
        let line = |text: &str| text.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
        let (phone, name, organisation) =
            (digits(&caller.phone), folded(&line(&caller.name)), folded(&line(&caller.organisation)));
        if phone.len() < LEAST_DIGITS {
            return Err(Refused::because(Refusal::FieldMissing, "phone").into());
        }
        if name.chars().count() < SHORTEST_NAME {
            return Err(Refused::because(Refusal::FieldMissing, "name").into());
        }
        let said = Said { name: &name, phone_digits: &phone, organisation: &organisation };
        let ids = self.0.store.read(|tx| store::views::desk::of_caller(tx, agent_id, &said, COMPARED))?;
        let mut found = Vec::new();
        for id in ids {
            let loaded = self.load(id)?;
            // The database was asked for the end of the number: without its code a phone is no proof.
            // guard: caller-by-phone
            let phone_is_right = digits(&loaded.request.contact.phone) == phone;
            // guard: caller-by-organisation
            let organisation_is_right = is_of(&loaded, &organisation);
            if is_told(&loaded) && phone_is_right && organisation_is_right {
                found.push(loaded);
            }
            if found.len() == FOUND {
                break;
            }
        }
        Ok(found)
    }

    fn support_card(&self, loaded: &Loaded, actor: &Actor, at: &Moment<'_>) -> Result<SupportCard, Failure> {
        let card = self.card(loaded, actor, at)?;
        let object = format!("request:{}", card.id);
        let rows = self.0.store.read(|tx| store::journal::of_object(tx, &object))?;
        let letters = rows.into_iter().rev().filter(|row| LETTER_EVENTS.contains(&row.kind.as_str())).map(|row| {
            let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
            let notice = body.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            SupportLetter { at: row.at, event: row.kind, notice }
        });
        Ok(SupportCard {
            id: card.id,
            version: card.version,
            unz: loaded.request.unz,
            stage: card.stage,
            email_confirmed: card.email_confirmed,
            eta: card.eta,
            email: masked(card.contact.email.as_str()),
            key_card: self.card_of_key(loaded, at.now)?,
            letters: letters.take(LETTERS).collect(),
            may_resend: card.allowed.contains(&"resend-link"),
            procedure: card.procedure,
        })
    }
}

const LETTER_EVENTS: [&str; 3] = ["mail-sent", "mail-failed", "mail-overdue"];

/// Whose desk this is.
fn support(actor: &Actor) -> Result<AgentId, Refusal> {
    // guard: support-by-role
    match actor {
        Actor::Staff { agent_id, .. } if actor.has(Role::Support) => Ok(*agent_id),
        _ => Err(Refusal::RoleMissing),
    }
}

/// Before it is handed in nobody has been told its number, and there is nothing to tell.
fn is_told(loaded: &Loaded) -> bool {
    loaded.files.submission_cms.is_some() || loaded.request.stage.submitted().is_some()
}

/// Whether the request is of this organisation, by name or by ИНН: the one of the record, or the one that was claimed. Of a person who acts for
/// nobody else nothing is said.
fn is_of(loaded: &Loaded, organisation: &str) -> bool {
    let claimed = loaded.applicant.as_ref().and_then(|applicant| applicant.organisation.as_ref());
    let record = loaded.organisation.as_ref().map(|of| (&of.name, of.inn.as_str()));
    let names: Vec<_> = record.into_iter().chain(claimed.map(|of| (&of.name, of.inn.as_str()))).collect();
    if names.is_empty() {
        return organisation.is_empty();
    }
    let is_long = organisation.chars().count() >= SHORTEST_NAME;
    is_long && names.iter().any(|(name, inn)| *inn == organisation || folded(name).contains(organisation))
}

/// The digits of a phone that do not depend on how it is written.
fn digits(phone: &str) -> String {
    let all: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    all[all.len().saturating_sub(PHONE_DIGITS)..].iter().collect()
}

/// `i***@bank-client.test`: enough to ask whether it is right, too little to write to.
fn masked(email: &str) -> String {
    let (mailbox, host) = email.split_once('@').unwrap_or((email, ""));
    let first: String = mailbox.chars().take(1).collect();
    format!("{first}***@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_the_same_however_it_is_written() {
        let same = ["+7 (383) 000-00-01", "8 383 0000001", "383 000 00 01", "+7-383-000.00.01"];
        for phone in same {
            assert_eq!(digits(phone), "3830000001", "{phone}");
        }
        assert_ne!(digits("+7 383 000-00-02"), digits(same[0]));
        assert_eq!(digits("274-95-73"), "2749573");
        assert_eq!(digits(""), "");
    }

    #[test]
    fn an_address_is_shown_by_its_first_letter_and_its_host() {
        assert_eq!(masked("ivanov@bank-client.test"), "i***@bank-client.test");
        assert_eq!(masked("i@x.test"), "i***@x.test");
    }
}
