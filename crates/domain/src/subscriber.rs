//! Who the certificates are for: organisations and their signatories, as the bank's own record has them.

use crate::Refusal;
use crate::ids::{AgentId, OrganisationId, OwnerId, SubscriberId};
use crate::subject::Subject;

/// A client of the bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The agent whose client it is.
    pub agent_id: AgentId,
    /// Row version, counted from 1.
    pub version: i64,
    /// Full name in Russian, as printed on acts.
    pub name: String,
    /// ИНН, 10 or 12 digits, checked.
    pub inn: Inn,
    /// City, as printed on acts.
    pub city: String,
}

/// Grammatical gender, which Russian participles on acts need.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// «действующего»
    Male,
    /// «действующей»
    Female,
}

impl Gender {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Male, Self::Female];

    /// The word of SQL, lists and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    /// The gender with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.name() == name)
    }

    /// The one that was chosen in a form.
    ///
    /// # Errors
    /// By no word, or by another one: nothing was chosen.
    pub fn chosen(word: &str) -> Result<Self, Refusal> {
        Self::from_name(word).ok_or(Refusal::FieldMissing)
    }
}

/// A person's full name in the three cases that documents use. Forms are stored as a person confirmed them; what is proposed beforehand is [`crate::declension`].
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseForms {
    /// Именительный: Рогов Иван Петрович.
    pub nominative: String,
    /// Родительный: Рогова Ивана Петровича.
    pub genitive: String,
    /// Творительный: Роговым Иваном Петровичем.
    pub instrumental: String,
}

/// The signatory: the natural person who holds the key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscriber {
    /// Its id.
    pub id: SubscriberId,
    /// The agent whose client it is.
    pub agent_id: AgentId,
    /// Row version, counted from 1.
    pub version: i64,
    /// The organisation the person acts for; none for a natural person on their own.
    pub organisation_id: Option<OrganisationId>,
    /// «Идентификатор владельца сертификата».
    pub owner_id: OwnerId,
    /// Name forms for documents.
    pub name: CaseForms,
    /// Gender for participles.
    pub gender: Gender,
    /// Position: «директор».
    pub position: String,
    /// Basis of the power, genitive: «Устава».
    pub basis: String,
    /// The distinguished name of record. A certificate's subject comes from here and nowhere else.
    pub subject: Subject,
    /// How to reach the person.
    pub contact: Contact,
    /// The bank may bar a person from remote work.
    pub barred: bool,
    /// Whether the bank has taken the person into its record. Somebody who only asked at the public door is not in it: their data
    /// are their own words, and no certificate is made for them.
    pub admitted: bool,
}

/// Phone and e-mail: the only things a renewing client may edit.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Contact {
    /// As typed, checked for length and alphabet; may be empty.
    pub phone: String,
    /// Where the link goes.
    pub email: Email,
}

/// An e-mail address: one `@`, a dot in the domain, no control character, at most 254 octets (RFC 5321 section 4.5.3.1.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Parses at the door. The address is kept as typed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let local_right = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|o| o.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&o))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let labels_right = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|o| o.is_ascii_alphanumeric() || o == b'-')
            });
        (local_right && labels_right && text.len() <= 254).then(|| Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Most characters of a phone number as typed.
pub const PHONE_CHARACTERS: usize = 40;

/// A phone as typed: digits, spaces and `+-().`, the words «доб.» and `ext`, at most [`PHONE_CHARACTERS`]; empty is allowed.
#[must_use]
pub fn phone_is_acceptable(text: &str) -> bool {
    let rest = text.replace("доб.", "").replace("доб", "").replace("ext.", "").replace("ext", "");
    text.chars().count() <= PHONE_CHARACTERS && rest.chars().all(|c| c.is_ascii_digit() || " +-().,".contains(c))
}

/// ИНН with right check digits: 10 digits for an organisation, 12 for a person.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Inn(String);

impl Inn {
    /// Parses 10 or 12 digits and checks them (weights of the Federal Tax Service).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
        let check = |weights: &[u32]| weights.iter().zip(&digits).map(|(w, d)| w * d).sum::<u32>() % 11 % 10;
        let right = match digits.len() {
            10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[9],
            12 => {
                check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[10]
                    && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[11]
            }
            _ => false,
        };
        right.then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
