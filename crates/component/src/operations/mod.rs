//! What the component does for an admitted ticket: one consent, then one PIN for each medium that is touched, one answer.
//!
//! Every operation can be killed between any two steps: nothing here changes or deletes a key that has a certificate, a new key is
//! written down for its request before it is used, and whatever was interrupted is found again when the page asks once more.

mod kept_words;
mod look;
mod make_key;
pub(crate) mod media;
mod pins;
mod sign;
mod store;

use std::time::{SystemTime, UNIX_EPOCH};

use statement::bounded::Text;
use statement::message::{Code, Outcome, Refused};
use statement::sign_in::Entrance;
use statement::ticket::Operation;

use crate::admission::{Admitted, because, refused};
use crate::memory::{Consent, Memory, Remembered, Turn};
use crate::policy::Policy;
use crate::prompt::{self, AfterTrouble, Prompt, Unanswered};

pub use kept_words::code_words;
pub use media::{has_driver, has_medium};

/// What an operation works with.
pub struct Desk<'a> {
    /// Asks the person.
    pub prompt: &'a mut dyn Prompt,
    /// What this machine allows.
    pub policy: &'a Policy,
    /// What is remembered, and the right to change it.
    pub memory: &'a Memory,
    /// Held for as long as the operation runs.
    pub turn: &'a Turn,
    /// As it was read under this turn.
    pub remembered: Remembered,
}

/// What may be said when it is over.
pub struct Ended {
    /// The answer for the page.
    pub outcome: Result<Outcome, Refused>,
    /// What the person should still see, once the page has its answer.
    pub farewell: Option<Farewell>,
}

/// The last window.
pub enum Farewell {
    /// It ended well.
    Success(prompt::Success),
    /// It did not.
    Trouble(prompt::Trouble),
}

/// Uses the ticket up, asks for consent, does what it says. `started` is called once the person let the site in.
pub fn perform(admitted: &Admitted, desk: &mut Desk<'_>, started: &mut dyn FnMut()) -> Ended {
    let mut farewell = None;
    let outcome = begin(admitted, desk).and_then(|()| {
        started();
        loop {
            let done = run(admitted, desk, &mut farewell);
            match done {
                Err(refused) if can_retry(refused.code) && desk.wants_to_retry(&refused) => {}
                done => return done,
            }
        }
    });
    if let Err(refused) = &outcome
        && is_worth_a_window(refused.code)
    {
        farewell = Some(Farewell::Trouble(desk.trouble(refused, false)));
    }
    Ended { outcome, farewell }
}

fn begin(admitted: &Admitted, desk: &mut Desk<'_>) -> Result<(), Refused> {
    desk.remembered.use_up(admitted.ticket.nonce.as_str(), now_ms());
    desk.write_memory()?;
    let thumbprint = hex::encode(admitted.bank_key_sha256);
    let question = prompt::Consent {
        origin: admitted.origin.as_str().to_owned(),
        bank: admitted.ticket.bank.as_str().to_owned(),
        operation: prompt_operation(&admitted.ticket.operation),
        unz: unz(admitted),
        first_meeting: admitted.first_use.then(|| spaced(&thumbprint)),
    };
    desk.prompt.consent(question).map_err(|why| match why {
        Unanswered::Declined => refused(Code::ConsentDeclined),
        other => unanswered(&other),
    })?;
    if admitted.first_use {
        desk.remembered.let_in(Consent {
            origin: admitted.origin.as_str().to_owned(),
            bank_key_sha256: thumbprint,
            bank: admitted.ticket.bank.as_str().to_owned(),
            at_ms: now_ms(),
        });
        desk.write_memory()?;
    }
    Ok(())
}

fn run(admitted: &Admitted, desk: &mut Desk<'_>, farewell: &mut Option<Farewell>) -> Result<Outcome, Refused> {
    match &admitted.ticket.operation {
        Operation::ListTokens(_) => look::list_tokens(desk),
        Operation::Doctor(_) => look::doctor(admitted, desk),
        Operation::ListCertificates(_) => look::list_certificates(desk),
        Operation::DeleteKey(wish) => look::delete_key(admitted, wish, desk, farewell),
        Operation::ChangePins(_) => pins::change(admitted, desk, farewell),
        Operation::ContainerPassword(_) => pins::container_password(admitted, desk, farewell),
        Operation::SignIn(wish) => sign::sign_in(admitted, wish, Entrance::Cabinet, desk),
        Operation::StaffSignIn(wish) => sign::sign_in(admitted, wish, Entrance::Desk, desk),
        Operation::SignAct(wish) => sign::sign_act(admitted, wish, desk, farewell),
        Operation::MakeKey(wish) => make_key::make_key(admitted, wish, desk, farewell),
        Operation::StoreCertificate(wish) => store::store(admitted, wish, desk, farewell),
    }
}

impl Desk<'_> {
    fn write_memory(&self) -> Result<(), Refused> {
        self.memory
            .write(self.turn, &self.remembered)
            .map_err(|error| because(Code::StateNotWritten, &error.to_string()))
    }

    /// What went wrong, in the words of the medium's own catalogue where it was the medium.
    fn trouble(&self, refused: &Refused, can_retry: bool) -> prompt::Trouble {
        let language = self.prompt.language();
        let of_medium = refused.detail.as_ref().and_then(|detail| media_words(detail, language));
        let (cause, next) = of_medium.unwrap_or_else(|| code_words(refused.code, language));
        prompt::Trouble { code: refused.code.word().to_owned(), cause, next, can_retry }
    }

    fn wants_to_retry(&mut self, refused: &Refused) -> bool {
        let trouble = self.trouble(refused, true);
        matches!(self.prompt.trouble(trouble), Ok(AfterTrouble::Retry))
    }
}

/// A refusal of the medium carries its code at the beginning of the detail.
fn media_words(detail: &Text<300>, language: prompt::Language) -> Option<(String, String)> {
    let code = detail.as_str().split([' ', ':']).next()?;
    pkcs11::entries().iter().find(|entry| entry.code == code)?;
    let language = match language {
        prompt::Language::Ru => pkcs11::Language::Ru,
        prompt::Language::En => pkcs11::Language::En,
    };
    let words = pkcs11::words(language, code);
    Some((words.cause, words.next))
}

/// What the person can put right and try again without the page.
fn can_retry(code: Code) -> bool {
    matches!(
        code,
        Code::MediumMissing | Code::MediumGone | Code::MediumFull | Code::PinUnacceptable | Code::MediumFailed
    )
}

/// What the person did themselves, or saw already when they were asked to try again, needs no window of its own.
fn is_worth_a_window(code: Code) -> bool {
    !can_retry(code)
        && !matches!(
            code,
            Code::Declined | Code::ConsentDeclined | Code::Cancelled | Code::TimedOut | Code::PromptMissing
        )
}

fn unanswered(why: &Unanswered) -> Refused {
    match why {
        Unanswered::Declined => refused(Code::Declined),
        Unanswered::TimedOut => refused(Code::TimedOut),
        Unanswered::Unavailable(detail) => because(Code::PromptMissing, detail),
    }
}

fn prompt_operation(operation: &Operation) -> prompt::Operation {
    match operation {
        Operation::ListTokens(_) => prompt::Operation::ListTokens,
        Operation::Doctor(_) => prompt::Operation::Doctor,
        Operation::ChangePins(_) => prompt::Operation::ChangePins,
        Operation::ContainerPassword(_) => prompt::Operation::CreateContainer,
        Operation::ListCertificates(_) => prompt::Operation::ViewCertificates,
        Operation::SignIn(_) => prompt::Operation::SignIn,
        Operation::StaffSignIn(_) => prompt::Operation::StaffSignIn,
        Operation::MakeKey(_) => prompt::Operation::Request,
        Operation::SignAct(_) => prompt::Operation::SignAct,
        Operation::StoreCertificate(_) => prompt::Operation::StoreCertificate,
        Operation::DeleteKey(_) => prompt::Operation::DeleteOrphan,
    }
}

fn unz(admitted: &Admitted) -> Option<String> {
    admitted.ticket.unz.as_ref().map(|unz| unz.as_str().to_owned())
}

/// Pairs of digits, as thumbprints are printed.
fn spaced(digits: &str) -> String {
    digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect::<Vec<_>>().join(" ")
}

/// Milliseconds since 1970 by this machine's clock.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// A value of ours that is within the bounds of a message, or the component is at fault.
fn fits<T>(value: Result<T, statement::bounded::OutOfBounds>) -> Result<T, Refused> {
    value.map_err(|error| because(Code::ComponentFailed, &error.to_string()))
}
