//! What a request says beside what the bank's record says, and the card of its key beside the register of cards, for the person who decides.
//! It marks, it never decides.

use domain::Timestamp;
use domain::actor::Actor;
use domain::certificate::Standing;
use domain::ids::RequestId;
use domain::latin::{LookAlikes, has_cyrillic, look_alikes, same_name};
use domain::procedure::Medium;
use domain::smart_card::{CardReason, CardSerial, CardStanding, HandedTo, SignatureSlot};
use domain::subject::AttributeType;
use domain::subscriber::Subscriber;
use statement::ticket::MediumKind;

use crate::change::Loaded;
use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

/// How two values stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// They say the same.
    Equal,
    /// They do not.
    Differs,
    /// One of them is not there.
    Missing,
}

/// Whose word the request's side of a line is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// The request's own.
    Request,
    /// That of the certificate which asks for its successor.
    Certificate,
    /// The record's, as it was when the request was begun: the line tells what has changed since.
    RecordThen,
}

/// One line of the comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// `person`, `organisation`, `inn`, `phone`, `email`, `owner` or `power`.
    pub field: &'static str,
    /// What the request says, or what goes with it where it says nothing itself.
    pub of_request: Option<String>,
    /// Whose word that is.
    pub source: Source,
    /// What the record says now.
    pub of_record: Option<String>,
    /// How they stand.
    pub mark: Mark,
    /// Words of the request with letters that look like those of another alphabet.
    pub look_alikes: Vec<LookAlikes>,
}

/// What the record says of a client when they begin a request.
#[derive(serde::Serialize, serde::Deserialize)]
struct RecordThen {
    inn: Option<String>,
    owner_id: String,
    position: String,
    basis: String,
}

/// The card that the new key is on, as the client's machine names it, beside the register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyCard {
    /// The token's serial number.
    pub serial: Option<String>,
    /// What the register says of it.
    pub standing: KeyCardStanding,
}

/// What the register says of the card that a new key is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyCardStanding {
    /// The client handed out nothing to look for.
    Untold,
    /// No such card is in the register.
    NotRegistered,
    /// It is in the hands of whoever asks.
    HandedOut {
        /// For which signature.
        slot: SignatureSlot,
        /// The number of the receipt.
        receipt: i64,
    },
    /// It is in other hands.
    InOtherHands {
        /// Whose.
        person: String,
        /// Of which organisation.
        organisation: Option<String>,
    },
    /// A certificate of the same person that is in use is on it by another request, where each signature has a card of its own.
    HoldsOwn {
        /// Serial number of that certificate, lower-case hexadecimal.
        certificate: String,
    },
    /// Nobody has it.
    InStock,
    /// It came back.
    Returned,
    /// It was written off.
    WrittenOff(Option<CardReason>),
}

impl KeyCard {
    /// How what was said stands to the register.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self.standing {
            KeyCardStanding::Untold | KeyCardStanding::NotRegistered => Mark::Missing,
            KeyCardStanding::HandedOut { .. } => Mark::Equal,
            KeyCardStanding::InOtherHands { .. }
            | KeyCardStanding::HoldsOwn { .. }
            | KeyCardStanding::InStock
            | KeyCardStanding::Returned
            | KeyCardStanding::WrittenOff(_) => Mark::Differs,
        }
    }
}

impl Mark {
    /// The word of the API, of style sheets and of locales.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Differs => "differs",
            Self::Missing => "missing",
        }
    }
}

impl Source {
    /// The word of locales; nothing where the request speaks for itself.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Request => None,
            Self::Certificate => Some("certificate"),
            Self::RecordThen => Some("record-then"),
        }
    }
}

impl Ra {
    /// What a request keeps of the record: it may change before the bank decides.
    pub(crate) fn record_then(&self, subscriber: &Subscriber) -> Result<String, Failure> {
        let organisation = match subscriber.organisation_id {
            Some(id) => self.0.store.read(move |tx| store::organisations::by_id(tx, id))?,
            None => None,
        };
        let record = RecordThen {
            inn: organisation.map(|organisation| organisation.inn.as_str().to_owned()),
            owner_id: subscriber.owner_id.as_str().to_owned(),
            position: subscriber.position.clone(),
            basis: subscriber.basis.clone(),
        };
        Ok(serde_json::to_string(&record).map_err(|error| Error::Contradiction(error.to_string()))?)
    }

    /// Compares a request with the record, field by field. What the request does not say itself is the word of the certificate that asks, or of the
    /// record as it was when the request was begun; never that of the record now, which would agree with itself.
    ///
    /// # Errors
    /// Refused as not found for anyone but staff of the request's agent.
    pub fn comparison(&self, actor: &Actor, id: RequestId) -> Result<Vec<Compared>, Failure> {
        let loaded = self.load_of_agent(actor, id)?;
        let (request, record) = (&loaded.request, &loaded.subscriber);
        // Before an applicant is taken in, the record knows at most the organisation that has this ИНН.
        let claimed = loaded.applicant.as_ref().and_then(|applicant| applicant.organisation.as_ref());
        let organisation = match (&loaded.organisation, claimed) {
            (None, Some(claimed)) => {
                let (agent_id, inn) = (request.agent_id, claimed.inn.as_str().to_owned());
                self.0.store.read(move |tx| store::organisations::by_inn(tx, agent_id, &inn))?
            }
            (organisation, _) => organisation.clone(),
        };
        let organisation = organisation.as_ref();
        let then = loaded.files.record_then.as_deref().map(serde_json::from_str::<RecordThen>).transpose();
        let then = then.map_err(|error| Error::Contradiction(format!("request {id}: {error}")))?;
        let asking = loaded.predecessor.as_ref().map(|row| crypto::Certificate::from_der(&row.der)).transpose()?;
        let named = |kind: AttributeType| request.subject.value(kind).map(str::to_owned);
        let certified = |kind: AttributeType| {
            asking.as_ref().and_then(|certificate| certificate.subject().value_of(kind.oid())).map(str::to_owned)
        };
        let on_record = organisation.map(|organisation| organisation.inn.as_str().to_owned());
        let (inn_said, inn_source) = first_said([
            (Source::Request, claimed.map(|claimed| claimed.inn.as_str().to_owned())),
            (Source::Request, organisations_inn(named, on_record.as_deref())),
            (Source::Certificate, organisations_inn(certified, on_record.as_deref())),
            (Source::RecordThen, then.as_ref().and_then(|then| then.inn.clone())),
        ]);
        let owner = record.owner_id.as_str().to_owned();
        // The application has the number that was given to the applicant; of one who was found in the record that is another one.
        let applied = match loaded.applicant {
            Some(_) => Some(self.as_stated(&loaded)?.owner_id.as_str().to_owned()),
            None => None,
        };
        let (owner_said, owner_source) = first_said([
            (Source::Request, named(AttributeType::UN)),
            (Source::Request, applied),
            (Source::Certificate, certified(AttributeType::UN)),
            (Source::RecordThen, then.as_ref().map(|then| then.owner_id.clone())),
        ]);
        let power_then = then.as_ref().and_then(|then| power(&then.position, &then.basis));
        let (power_said, power_source) = first_said([(Source::RecordThen, power_then)]);
        // What an applicant said of themselves is no record to compare it with; the name is compared with the one they typed.
        let on_file = |text: &str| some(text).filter(|_| record.admitted);
        let mut lines = vec![
            compared("person", named(AttributeType::CN), Some(record.name.nominative.clone()), same_name),
            compared(
                "organisation",
                named(AttributeType::O),
                organisation.map(|organisation| organisation.name.clone()),
                same_name,
            ),
            compared("inn", inn_said, on_record, exactly).by(inn_source),
            compared("phone", some(&request.contact.phone), on_file(&record.contact.phone), same_phone),
            compared(
                "email",
                some(request.contact.email.as_str()),
                on_file(record.contact.email.as_str()),
                same_address,
            ),
            compared("owner", owner_said, on_file(&owner), exactly).by(owner_source),
            compared("power", power_said, power(&record.position, &record.basis), exactly).by(power_source),
        ];
        // A natural person acts for themselves: nobody misses an organisation or a power.
        let natural_person = organisation.is_none() && claimed.is_none() && named(AttributeType::O).is_none();
        let unsaid = |line: &Compared| line.of_request.is_none() && line.of_record.is_none();
        lines
            .retain(|line| !(natural_person && matches!(line.field, "organisation" | "inn" | "power") && unsaid(line)));
        Ok(lines)
    }
}

// The card of the key.
impl Ra {
    /// The card that the request's key is on, beside the register of cards; none before there is a key, and for one that is on no card.
    ///
    /// # Errors
    /// Refused as not found for anyone but staff of the request's agent.
    pub fn key_card(&self, actor: &Actor, id: RequestId, at: &Moment<'_>) -> Result<Option<KeyCard>, Failure> {
        self.card_of_key(&self.load_of_agent(actor, id)?, at.now)
    }

    pub(crate) fn card_of_key(&self, loaded: &Loaded, now: Timestamp) -> Result<Option<KeyCard>, Failure> {
        let files = &loaded.files;
        let medium = files.key_medium.as_deref();
        let may_be_card = medium.is_none_or(|medium| medium == MediumKind::SmartKey.word())
            && loaded
                .offered
                .procedure
                .medium
                .iter()
                .any(|medium| matches!(medium, Medium::SmartKey | Medium::Current));
        if files.pkcs10.is_none() || !may_be_card {
            return Ok(None);
        }
        let Some(serial) = files.key_serial.clone() else {
            return Ok(Some(KeyCard { serial: None, standing: KeyCardStanding::Untold }));
        };
        let agent_id = loaded.request.agent_id;
        let found = self.0.store.read(|tx| -> Result<_, store::Error> {
            for printed in CardSerial::of_token(&serial) {
                if let Some(row) = store::smart_cards::by_serial(tx, agent_id, &printed)? {
                    let newest = store::smart_cards::hand_outs(tx, row.card.id, 1)?.into_iter().next();
                    return Ok(Some((row.card.standing, newest)));
                }
            }
            Ok(None)
        })?;
        let standing = match found {
            None => KeyCardStanding::NotRegistered,
            Some((CardStanding::InStock, _)) => KeyCardStanding::InStock,
            Some((CardStanding::Returned, _)) => KeyCardStanding::Returned,
            Some((CardStanding::WrittenOff, newest)) => {
                KeyCardStanding::WrittenOff(newest.and_then(|row| row.ended).map(|ended| ended.reason))
            }
            Some((CardStanding::HandedOut(_), Some(row))) if is_for(&row.to, loaded) => {
                KeyCardStanding::HandedOut { slot: row.to.slot, receipt: row.number }
            }
            Some((CardStanding::HandedOut(_), Some(row))) => {
                KeyCardStanding::InOtherHands { person: row.to.person, organisation: row.to.organisation }
            }
            Some((CardStanding::HandedOut(id), None)) => {
                return Err(Error::Contradiction(format!("hand-out {id} is not there")).into());
            }
        };
        let may_be_first = matches!(standing, KeyCardStanding::HandedOut { .. } | KeyCardStanding::NotRegistered);
        let own = if may_be_first { self.own_certificate_on(&serial, loaded, now)? } else { None };
        let standing = own.map_or(standing, |certificate| KeyCardStanding::HoldsOwn { certificate });
        Ok(Some(KeyCard { serial: Some(serial), standing }))
    }

    /// What an earlier request of the same person put on this card and is in use: the register says whose a card is, the component whose name is
    /// on it, and neither parts two signatures of one person.
    fn own_certificate_on(&self, serial: &str, loaded: &Loaded, now: Timestamp) -> Result<Option<String>, Failure> {
        if !loaded.offered.procedure.one_per_signature {
            return Ok(None);
        }
        let request = &loaded.request;
        let found = self.0.store.read(|tx| -> Result<_, store::Error> {
            for certificate in store::certificates::of_subscriber(tx, loaded.subscriber.id)? {
                let in_use = match certificate.standing(now) {
                    Standing::NotYetValid
                    | Standing::Pending
                    | Standing::Active
                    | Standing::Blocked
                    | Standing::Hold => true,
                    Standing::Revoked | Standing::Superseded | Standing::Expired => false,
                };
                let by = certificate.request_id.filter(|by| *by != request.id);
                if let (true, Some(by)) = (in_use && request.predecessor != Some(certificate.id), by) {
                    let files = store::request_files::get(tx, by)?;
                    if files.is_some_and(|files| files.key_serial.as_deref() == Some(serial)) {
                        return Ok(Some(certificate.serial_hex));
                    }
                }
            }
            Ok(None)
        })?;
        Ok(found)
    }
}

/// Whether a card was handed out to whoever asks: the person by name, for the organisation they act for.
fn is_for(to: &HandedTo, loaded: &Loaded) -> bool {
    let claimed = loaded.applicant.as_ref().and_then(|applicant| applicant.organisation.as_ref());
    let inn =
        loaded.organisation.as_ref().map(|organisation| &organisation.inn).or(claimed.map(|claimed| &claimed.inn));
    let same_client = match inn {
        Some(inn) => *inn == to.inn,
        // A natural person: the record need not know their ИНН.
        None => to.organisation.is_none(),
    };
    same_client && same_name(&to.person, &loaded.subscriber.name.nominative)
}

pub(crate) fn compared(
    field: &'static str,
    of_request: Option<String>,
    of_record: Option<String>,
    same: fn(&str, &str) -> bool,
) -> Compared {
    let mark = match (&of_request, &of_record) {
        (Some(one), Some(other)) if same(one, other) => Mark::Equal,
        (Some(_), Some(_)) => Mark::Differs,
        _ => Mark::Missing,
    };
    let look_alikes = of_request
        .as_deref()
        .map(|said| look_alikes(said, of_record.as_deref().unwrap_or_default()))
        .unwrap_or_default();
    Compared { field, of_request, source: Source::Request, of_record, mark, look_alikes }
}

impl Compared {
    fn by(self, source: Source) -> Self {
        Self { source, ..self }
    }
}

/// The first that says anything, and whose word it is.
fn first_said<const N: usize>(said: [(Source, Option<String>); N]) -> (Option<String>, Source) {
    let first = said.into_iter().find_map(|(source, said)| said.map(|said| (said, source)));
    first.map_or((None, Source::Request), |(said, source)| (Some(said), source))
}

/// The ИНН of the organisation out of a name: of a legal entity in a field of its own, or behind two zeros in that of people, as certificates had it
/// before; the ИНН of a person says nothing of a legal entity's.
fn organisations_inn(named: impl Fn(AttributeType) -> Option<String>, on_record: Option<&str>) -> Option<String> {
    let of_people = || {
        let inn = named(AttributeType::INN)?;
        let padded = inn.strip_prefix("00").filter(|rest| rest.len() == 10).map(str::to_owned);
        Some(padded.unwrap_or(inn))
    };
    let inn = named(AttributeType::INNLE).or_else(of_people)?;
    on_record.is_none_or(|known| known.len() == inn.len()).then_some(inn)
}

/// As people write it; somebody without a position or a basis acts by no power.
fn power(position: &str, basis: &str) -> Option<String> {
    (!position.is_empty() && !basis.is_empty()).then(|| format!("{position}, {basis}"))
}

pub(crate) fn some(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

pub(crate) fn exactly(one: &str, other: &str) -> bool {
    one == other
}

/// Spaces, brackets and dashes are how it is written, not what it is; 8 and +7 begin the same numbers.
pub(crate) fn same_phone(one: &str, other: &str) -> bool {
    let digits = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.strip_prefix('8').filter(|rest| rest.len() == 10).map_or(digits.clone(), |rest| format!("7{rest}"))
    };
    digits(one) == digits(other)
}

/// The domain has no letter case, and nobody has two mailboxes that differ in it; Cyrillic letters never count as Latin ones.
pub(crate) fn same_address(one: &str, other: &str) -> bool {
    has_cyrillic(one) == has_cyrillic(other) && one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_gets_its_mark() {
        let mark = |one: Option<&str>, other: Option<&str>, same| {
            compared("x", one.map(str::to_owned), other.map(str::to_owned), same).mark
        };
        assert_eq!(mark(Some("Rogov Ivan Petrovich"), Some("Рогов Иван Петрович"), same_name), Mark::Equal);
        assert_eq!(mark(Some("Rogov Ivan Petprovich"), Some("Рогов Иван Петрович"), same_name), Mark::Differs);
        assert_eq!(mark(None, Some("x"), exactly), Mark::Missing);
        assert_eq!(mark(Some("8 (000) 000-00-01"), Some("+7 000 000 00 01"), same_phone), Mark::Equal);
        assert_eq!(mark(Some("+7 000 000-00-02"), Some("+7 000 000-00-01"), same_phone), Mark::Differs);
        assert_eq!(mark(Some("Rogov@Example.org"), Some("rogov@example.org"), same_address), Mark::Equal);
        assert_eq!(mark(Some("r\u{43e}gov@example.org"), Some("rogov@example.org"), same_address), Mark::Differs);
    }

    #[test]
    fn letters_of_another_alphabet_are_named() {
        let named = |said: &str, known: Option<&str>| {
            let found = compared("x", Some(said.to_owned()), known.map(str::to_owned), same_name);
            (found.mark, found.look_alikes.into_iter().map(|found| (found.word, found.letters)).collect::<Vec<_>>())
        };
        let second = vec![(2, '\u{41e}')];
        assert_eq!(named("O\u{41e}O Ro", None), (Mark::Missing, vec![("O\u{41e}O".to_owned(), second)]));
        let greek = vec![(2, '\u{3bf}')];
        assert_eq!(named("R\u{3bf}gov", None), (Mark::Missing, vec![("R\u{3bf}gov".to_owned(), greek)]));
        // Ro is what the record has, Po only looks like it.
        let both = vec![(1, 'P'), (2, 'o')];
        assert_eq!(named("OOO Po", Some("ООО «Ро»")), (Mark::Differs, vec![("Po".to_owned(), both)]));
        assert_eq!(named("OOO Ro", Some("ООО «Ро»")), (Mark::Equal, Vec::new()));
    }

    #[test]
    fn an_inn_is_the_organisations_or_none() {
        let of = |kind, value: &str, known: Option<&str>| {
            organisations_inn(|asked| (asked == kind).then(|| value.to_owned()), known)
        };
        let (legal, person) = ("7707704692", "500100732259");
        assert_eq!(of(AttributeType::INNLE, legal, Some(legal)).as_deref(), Some(legal));
        assert_eq!(of(AttributeType::INN, "007707704692", Some(legal)).as_deref(), Some(legal));
        assert_eq!(of(AttributeType::INN, person, Some(legal)), None);
        assert_eq!(of(AttributeType::INN, person, Some(person)).as_deref(), Some(person));
        assert_eq!(of(AttributeType::INN, person, None).as_deref(), Some(person));
    }
}
