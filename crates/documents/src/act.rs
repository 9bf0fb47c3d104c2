//! The act of acceptance on paper or as a stamped electronic document: the canonical text of `statement`, word for word, and around it
//! what follows from who signed it.

use domain::Timestamp;
use domain::calendar::Calendar;
use domain::ids::Unz;
use domain::paper::MOST_COPIES;
use serde::Serialize;

use crate::characters::fact;
use crate::qr::{CodedPaper, PaperCode};
use crate::text::{Parts, hash_of};
use crate::{Language, Layouts, PaperError, PaperKind, Press};

/// One act to print.
#[derive(Clone, Debug)]
pub struct ActPaper<'a> {
    /// The canonical text, as it is stored and signed.
    pub text: &'a str,
    /// The request; the text's binding must name it.
    pub unz: Unz,
    /// When the text was made.
    pub drawn_at: Timestamp,
    /// Whose time zone the stamps speak.
    pub calendar: &'a Calendar,
    /// The agent's full name.
    pub agent: &'a str,
    /// How it is signed.
    pub form: ActForm<'a>,
}

/// How an act is signed.
#[derive(Clone, Debug)]
pub enum ActForm<'a> {
    /// By keys: one stamp for each signature that was verified; none while it waits.
    Electronic(&'a [Stamp<'a>]),
    /// By hand.
    Paper {
        /// How many copies.
        copies: Copies,
        /// Who signs for the client.
        client: Signatory<'a>,
        /// Who signs for the agent.
        agent: Signatory<'a>,
    },
}

/// How many copies one file holds: one to [`MOST_COPIES`], each of several saying which it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Copies(u8);

impl Copies {
    /// One, which says nothing of others.
    pub const ONE: Self = Self(1);
    /// Two: one for each party.
    pub const TWO: Self = Self(2);

    /// So many, if that is neither none nor too many.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=MOST_COPIES).contains(&number).then_some(Self(number))
    }
}

/// Somebody who signs by hand.
#[derive(Clone, Copy, Debug)]
pub struct Signatory<'a> {
    /// Full name of the organisation; of the person, for one who acts for themselves.
    pub party: &'a str,
    /// The person, nominative.
    pub person: &'a str,
    /// What is said about a seal.
    pub seal: Seal,
}

/// What a paper says about a seal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seal {
    /// Nothing: a natural person has none.
    None,
    /// A place for it.
    Place,
    /// A place for it, if there is one: «если применимо».
    IfApplicable,
}

/// A verified electronic signature.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// In which part.
    pub signer: Signer,
    /// The person, nominative.
    pub name: &'a str,
    /// Serial number of the signer's certificate, lower-case hexadecimal octets.
    pub serial_hex: &'a str,
    /// First moment of that certificate's validity.
    pub valid_from: Timestamp,
    /// Last moment of it.
    pub valid_to: Timestamp,
    /// When the signature was accepted.
    pub signed_at: Timestamp,
}

/// In which part somebody signed an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// The client, by the key that was current.
    ClientCurrentKey,
    /// The client, by the key that the act hands over.
    ClientNewKey,
    /// The agent.
    Agent,
}

impl Press {
    /// The act as PDF/A-2a.
    ///
    /// # Errors
    /// A fact that no paper may hold, a text that is not this request's act, or a faulty layout.
    pub fn act(&self, layouts: &Layouts, language: Language, act: &ActPaper<'_>) -> Result<Vec<u8>, PaperError> {
        let parts = Parts::of(act.text, statement::act::DOCUMENT, act.unz)?;
        let hash = hash_of(act.text);
        let code = PaperCode { unz: act.unz, paper: CodedPaper::Act, hash };
        let (form, copies, stamps, signatories) = match &act.form {
            ActForm::Electronic(stamps) => {
                let stamps: Result<Vec<_>, _> = stamps.iter().map(|stamp| stamped(stamp, act.calendar)).collect();
                ("electronic", 1, stamps?, Vec::new())
            }
            ActForm::Paper { copies, client, agent } => {
                ("paper", copies.0, Vec::new(), vec![signing("client", client)?, signing("agent", agent)?])
            }
        };
        let unz = act.unz.to_string();
        let facts = Facts {
            title: format!("{} · {unz}", parts.title),
            author: fact("agent", act.agent)?,
            keywords: [&unz],
            unz: &unz,
            hash: hex::encode(hash),
            text_title: parts.title,
            blocks: &parts.blocks,
            binding: &parts.binding,
            form,
            copies,
            stamps,
            signatories,
        };
        self.print(layouts, PaperKind::Act, language, act.drawn_at, facts, Some(code.svg()))
    }
}

#[derive(Serialize)]
struct Facts<'a> {
    title: String,
    author: &'a str,
    keywords: [&'a str; 1],
    unz: &'a str,
    hash: String,
    text_title: &'a str,
    blocks: &'a [crate::text::Block<'a>],
    binding: &'a [(&'a str, &'a str)],
    form: &'static str,
    copies: u8,
    stamps: Vec<Stamped<'a>>,
    signatories: Vec<Signing<'a>>,
}

#[derive(Serialize)]
struct Stamped<'a> {
    signer: Signer,
    name: &'a str,
    serial_hex: &'a str,
    serial_decimal: String,
    valid_from: String,
    valid_to: String,
    signed_at: String,
}

#[derive(Serialize)]
struct Signing<'a> {
    role: &'static str,
    party: &'a str,
    person: &'a str,
    seal: bool,
    seal_if: bool,
}

fn stamped<'a>(stamp: &Stamp<'a>, calendar: &Calendar) -> Result<Stamped<'a>, PaperError> {
    let serial_hex = fact("serial_hex", stamp.serial_hex)?;
    Ok(Stamped {
        signer: stamp.signer,
        name: fact("signer", stamp.name)?,
        serial_hex,
        serial_decimal: decimal(serial_hex).ok_or_else(|| PaperError::Text {
            reason: "the serial number of a signer's certificate is not hexadecimal".to_owned(),
        })?,
        valid_from: date(calendar, stamp.valid_from),
        valid_to: date(calendar, stamp.valid_to),
        signed_at: date_and_time(calendar, stamp.signed_at),
    })
}

fn signing<'a>(role: &'static str, signatory: &Signatory<'a>) -> Result<Signing<'a>, PaperError> {
    Ok(Signing {
        role,
        party: fact("party", signatory.party)?,
        person: fact("person", signatory.person)?,
        seal: signatory.seal == Seal::Place,
        seal_if: signatory.seal == Seal::IfApplicable,
    })
}

/// 23.08.2018
pub(crate) fn date(calendar: &Calendar, at: Timestamp) -> String {
    let (year, month, day) = calendar.local_date(at);
    format!("{day:02}.{month:02}.{year:04}")
}

/// 23.08.2018 17:53:04 (UTC+07:00)
fn date_and_time(calendar: &Calendar, at: Timestamp) -> String {
    let minute = calendar.local_minute(at);
    let second = at.seconds().rem_euclid(60);
    let (sign, offset) =
        if calendar.offset_minutes < 0 { ('-', -calendar.offset_minutes) } else { ('+', calendar.offset_minutes) };
    format!(
        "{} {:02}:{:02}:{second:02} (UTC{sign}{:02}:{:02})",
        date(calendar, at),
        minute / 60,
        minute % 60,
        offset / 60,
        offset % 60
    )
}

/// The decimal notation of a hexadecimal number of any length.
fn decimal(hexadecimal: &str) -> Option<String> {
    // Little-endian decimal digits; each step multiplies by sixteen and adds a digit.
    let mut digits: Vec<u32> = vec![0];
    for character in hexadecimal.chars() {
        let mut carry = character.to_digit(16)?;
        for digit in &mut digits {
            let value = *digit * 16 + carry;
            (*digit, carry) = (value % 10, value / 10);
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from_digit(*digit, 10)).collect()
}
