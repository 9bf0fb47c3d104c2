//! New PINs of user and administrator; a new password of containers.

use pkcs11::{Factory, LastTry, Medium, Pin};
use statement::bounded::Text;
use statement::message::{Code, OnMedium, Outcome, Refused};

use super::media::{self, Files, Seen, attempts_left, is_wrong_pin, medium_fault};
use super::{Desk, Farewell, rng, unanswered, unz};
use crate::admission::{Admitted, refused};
use crate::prompt::{Done, NewPassword, NewPins, OldAndNew, Operation, PinChange, Rules, Success, Work};

/// Both PINs, in one window. What was changed stays changed; of what was not (a wrong old PIN), the person is asked once more.
pub(super) fn change(
    admitted: &Admitted,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let media = media::seen(desk, Files::No)?;
    let seen = media::choose(desk, media, Files::No)?;
    let Medium::Token(token) = &seen.medium else { return Err(refused(Code::MediumOther)) };
    let (mut user_left, mut administrator_left) = (true, true);
    for _ in 0..TRIES {
        let info = token.info().map_err(|error| medium_fault(&error))?;
        if (user_left && info.pin.attempts.is_locked()) || (administrator_left && info.so_pin.attempts.is_locked()) {
            return Err(refused(Code::PinLocked));
        }
        let rules = |least: u64, most: u64| Rules {
            least: usize::try_from(least).unwrap_or(usize::MAX).max(Rules::of_token().least),
            most: usize::try_from(most).unwrap_or(usize::MAX).min(Rules::of_token().most),
            ..Rules::of_token()
        };
        let change = |state: &pkcs11::PinState| PinChange {
            attempts: attempts_left(state.attempts),
            is_factory: state.factory == Factory::Yes,
            rules: rules(info.pin_octets.0, info.pin_octets.1),
        };
        let question = NewPins {
            medium: seen.shown.clone(),
            user: user_left.then(|| change(&info.pin)),
            administrator: administrator_left.then(|| change(&info.so_pin)),
        };
        let typed = desk.prompt.new_pins(question).map_err(|why| unanswered(&why))?;
        desk.prompt.working(Work::ChangingPins);
        if let Some(pins) = typed.user
            && user_left
        {
            let (old, new, last_try) = taken(pins);
            let session = token.session().map_err(|error| medium_fault(&error))?;
            user_left = !changed(session.change_pin(&old, &new, last_try))?;
        }
        if let Some(pins) = typed.administrator
            && administrator_left
        {
            let (old, new, _last_try) = taken(pins);
            administrator_left = !changed(token.change_so_pin(&old, &new))?;
        }
        if !user_left && !administrator_left {
            let serial = Text::clipped(&seen.medium.identity());
            let done = Success { done: Done::PinsChanged, medium: Some(seen.shown), unz: unz(admitted) };
            *farewell = Some(Farewell::Success(done));
            return Ok(Outcome::ChangePins(OnMedium { serial }));
        }
    }
    Err(refused(Code::PinLocked))
}

fn taken(pins: OldAndNew) -> (Pin, Pin, LastTry) {
    let last_try = if pins.last_attempt_confirmed { LastTry::Risk } else { LastTry::Stop };
    (Pin::new(pins.old.into_text()), Pin::new(pins.new.into_text()), last_try)
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
