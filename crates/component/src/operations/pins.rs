//! New PINs of user and administrator; a new password of containers.

use pkcs11::{Attempts, Factory, LastTry, Medium, Pin, PinState, Token, TokenInfo};
use rand_core::Rng as _;
use statement::bounded::Text;
use statement::message::{Code, OnMedium, Outcome, Refused};
use statement::ticket::PinRule;

use super::media::{self, Files, Seen, attempts_left, is_wrong_pin, medium_fault};
use super::{Desk, Farewell, rng, unanswered, unz};
use crate::admission::{Admitted, refused};
use crate::prompt::{
    Done, MadePin, NewPassword, NewPin, NewPins, OldAndNew, Operation, PinChange, Rules, Secret, Shown, Success, Typed,
    Work,
};

/// Both PINs, in one window.
pub(super) fn change(
    admitted: &Admitted,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let media = media::seen(desk, Files::No)?;
    let seen = media::choose(desk, media, Files::No)?;
    let Medium::Token(token) = &seen.medium else { return Err(refused(Code::MediumOther)) };
    replace(desk, &seen, token, Due { user: true, administrator: true, is_made: false })?;
    let serial = Text::clipped(&seen.medium.identity());
    let done = Success { done: Done::PinsChanged, medium: Some(seen.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::ChangePins(OnMedium { serial }))
}

/// Where the ticket says so, factory PINs give way before a key is made; the user's new one, where it changed here. Which of them are the factory's is read from
/// the token's flags. One that was changed stays changed, so whatever breaks in between is gone on with the next time.
pub(super) fn away_from_factory(desk: &mut Desk<'_>, seen: &Seen, rule: PinRule) -> Result<Option<Pin>, Refused> {
    let Medium::Token(token) = &seen.medium else { return Ok(None) };
    let is_made = match rule {
        PinRule::AsTheyAre => return Ok(None),
        PinRule::AdministratorAsked => false,
        PinRule::AdministratorGenerated => true,
    };
    let are_factory = || {
        let info = token.info().map_err(|error| medium_fault(&error))?;
        Ok([info.pin, info.so_pin].map(|state| state.factory == Factory::Yes))
    };
    let [user, administrator] = are_factory()?;
    let changed =
        if user || administrator { replace(desk, seen, token, Due { user, administrator, is_made })? } else { None };
    // guard: factory-pin
    if are_factory()?.contains(&true) {
        return Err(refused(Code::PinFactory));
    }
    Ok(changed)
}

/// Which PINs are still to be changed.
#[derive(Clone, Copy)]
struct Due {
    user: bool,
    administrator: bool,
    /// The administrator's new one is made here.
    is_made: bool,
}

/// Changes them; the user's new one. What was changed stays changed; of what was not (a wrong old PIN), the person is asked once more.
fn replace(desk: &mut Desk<'_>, seen: &Seen, token: &Token, mut due: Due) -> Result<Option<Pin>, Refused> {
    let mut made: Option<Shown> = None;
    let mut changed_to = None;
    for _ in 0..TRIES {
        let info = token.info().map_err(|error| medium_fault(&error))?;
        if (due.user && info.pin.attempts.is_locked()) || (due.administrator && info.so_pin.attempts.is_locked()) {
            return Err(refused(Code::PinLocked));
        }
        let rules = rules(&info);
        let typed = desk.prompt.new_pins(question(seen, &info, due, &rules)).map_err(|why| unanswered(&why))?;
        if due.administrator && due.is_made && made.is_none() {
            let users = typed.user.as_ref().and_then(|pin| pin.new.as_ref());
            let pin = random_pin(&rules, users.map(Secret::text));
            // Shown before it is set: whatever breaks now, the person has both the old one and the new one.
            let question = MadePin { medium: seen.shown.clone(), pin: pin.clone() };
            desk.prompt.made_pin(question).map_err(|why| unanswered(&why))?;
            made = Some(pin);
        }
        desk.prompt.working(Work::ChangingPins);
        if let Some(pins) = typed.user
            && due.user
        {
            let (old, new, last_try) = taken(pins);
            let new = new.ok_or_else(|| refused(Code::ComponentFailed))?;
            let session = token.session().map_err(|error| medium_fault(&error))?;
            due.user = !changed(session.change_pin(&old, &new, last_try))?;
            changed_to = (!due.user).then_some(new);
        }
        if let Some(pins) = typed.administrator
            && due.administrator
        {
            let (old, new, _last_try) = taken(pins);
            let made = made.as_ref().map(|pin| Pin::new(pin.text().to_owned()));
            let new = new.or(made).ok_or_else(|| refused(Code::ComponentFailed))?;
            due.administrator = !changed(token.change_so_pin(&old, &new))?;
        }
        if !due.user && !due.administrator {
            return Ok(changed_to);
        }
    }
    Err(refused(Code::PinLocked))
}

fn question(seen: &Seen, info: &TokenInfo, due: Due, rules: &Rules) -> NewPins {
    let [user_printed, administrator_printed] = printed(info);
    let change = |state: &PinState, printed: Option<String>, new: NewPin| PinChange {
        attempts: attempts_left(state.attempts),
        is_factory: state.factory == Factory::Yes,
        printed,
        new,
    };
    let typed = || NewPin::Typed(rules.clone());
    let administrators = if due.is_made { NewPin::Made } else { typed() };
    NewPins {
        medium: seen.shown.clone(),
        user: due.user.then(|| change(&info.pin, user_printed, typed())),
        administrator: due.administrator.then(|| change(&info.so_pin, administrator_printed, administrators)),
    }
}

/// What this token takes, and never less than the house's own rules.
fn rules(info: &TokenInfo) -> Rules {
    let own = Rules::of_token();
    let octets = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Rules { least: octets(info.pin_octets.0).max(own.least), most: octets(info.pin_octets.1).min(own.most), ..own }
}

/// The factory PINs of user and administrator as this maker prints them: only to be shown, where the token itself says that they are in force and that no attempt
/// was spent. The person sends them, not this program.
fn printed(info: &TokenInfo) -> [Option<String>; 2] {
    let maker = info.maker.to_lowercase();
    let known = PRINTED.iter().find(|(name, _)| maker.starts_with(name)).map(|(_, pins)| *pins);
    [(0, info.pin), (1, info.so_pin)].map(|(at, state)| {
        let is_whole = matches!(state.attempts, Attempts::Exactly { left, of } if left == of);
        known.filter(|_| is_whole && state.factory == Factory::Yes).map(|pins| pins[at].to_owned())
    })
}

/// As many digits as one copies without a mistake; a counter guards them.
fn random_pin(rules: &Rules, users: Option<&str>) -> Shown {
    loop {
        let digits = MADE_DIGITS.max(rules.least).min(rules.most);
        let pin = Shown::new((0..digits).map(|_| char::from(b'0' + digit())).collect());
        let typed = Typed { new: pin.text(), again: pin.text(), old: None, other: users };
        if rules.look(typed).iter().all(|(_, met)| *met) {
            return pin;
        }
    }
}

/// Each as likely as any other.
fn digit() -> u8 {
    loop {
        let octet = (rng().next_u32() & 0xff) as u8;
        if octet < 250 {
            return octet % 10;
        }
    }
}

fn taken(pins: OldAndNew) -> (Pin, Option<Pin>, LastTry) {
    let last_try = if pins.last_attempt_confirmed { LastTry::Risk } else { LastTry::Stop };
    (Pin::new(pins.old.into_text()), pins.new.map(|new| Pin::new(new.into_text())), last_try)
}

/// Whether it is done; a wrong old PIN is asked for again, with the counter read anew.
fn changed(outcome: Result<(), pkcs11::Error>) -> Result<bool, Refused> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if is_wrong_pin(&error) => Ok(false),
        Err(error) => Err(medium_fault(&error)),
    }
}

/// A new password for containers that are there; a container for a new key gets its password when the key is made.
pub(super) fn container_password(
    admitted: &Admitted,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let mut media = media::seen(desk, Files::WithKeys)?;
    media.retain(|one| !matches!(one.medium, Medium::Token(_)) && !one.glance.keys.is_empty());
    let seen: Seen = media::choose(desk, media, Files::WithKeys)?;
    if matches!(seen.medium, Medium::Token(_)) {
        return Err(refused(Code::MediumOther));
    }
    let question =
        NewPassword { medium: seen.shown.clone(), container: seen.medium.identity(), rules: Rules::of_container() };
    let new = desk.prompt.container_password(question).map_err(|why| unanswered(&why))?;
    let new = Pin::new(new.into_text());
    media::with_pin(desk, &seen, Operation::CreateContainer, |old, last_try| {
        let unlocked = seen.medium.unlock(old, pkcs11::Keep::No, last_try)?;
        unlocked.change_pin(old, &new, last_try, &mut rng())
    })?;
    let done = Success { done: Done::ContainerCreated, medium: Some(seen.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::ContainerPassword(OnMedium { serial: None }))
}

/// As many as a token counts.
const TRIES: usize = 15;
/// How makers' names begin in small letters, and the factory PINs of user and administrator that their manuals print.
const PRINTED: &[(&str, [&str; 2])] = &[("aktiv", ["12345678", "87654321"])];
const MADE_DIGITS: usize = 8;
