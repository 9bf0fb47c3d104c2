//! The letters about an object, as its page at the desk lists them.

use ra::{LetterCard, LetterState};

use crate::pages::Tone;
use crate::words::Speech;

/// One row.
pub(super) struct LetterFacts {
    pub(super) at: String,
    pub(super) word: String,
    pub(super) tone: Tone,
    pub(super) state: String,
    /// When it went, or is tried again.
    pub(super) when: Option<String>,
    pub(super) tries: i64,
    pub(super) error: String,
}

impl LetterFacts {
    pub(super) fn all(speech: &Speech<'_>, letters: &[LetterCard]) -> Vec<Self> {
        letters.iter().map(|letter| Self::of(speech, letter)).collect()
    }

    fn of(speech: &Speech<'_>, letter: &LetterCard) -> Self {
        let (tone, state, when) = match letter.state {
            LetterState::Waiting => (Tone::Tell, "waiting", None),
            LetterState::PutOff(next) => {
                (Tone::Warn, "put-off", Some(speech.say1("desk-tried-again", "date", speech.time(&next))))
            }
            LetterState::Sent(at) => (Tone::Good, "sent", Some(speech.time(&at))),
            LetterState::Needless(at) => (Tone::Idle, "needless", Some(speech.time(&at))),
            LetterState::GivenUp => (Tone::Bad, "given-up", None),
        };
        Self {
            at: speech.time(&letter.made_at),
            word: speech.say(&format!("letter-{}", letter.notice.name())),
            tone,
            state: speech.say(&format!("desk-letter-{state}")),
            when,
            tries: letter.tries,
            error: letter.error.clone().unwrap_or_default(),
        }
    }
}

/// One of every kind, in every state.
#[cfg(test)]
pub(super) fn sample() -> Vec<LetterCard> {
    use domain::Timestamp;
    use domain::request::decide::Notice;
    let states = [
        LetterState::Waiting,
        LetterState::PutOff(Timestamp(1)),
        LetterState::Sent(Timestamp(1)),
        LetterState::Needless(Timestamp(1)),
        LetterState::GivenUp,
    ];
    let card = |(notice, state): (Notice, LetterState)| LetterCard {
        notice,
        made_at: Timestamp(0),
        state,
        tries: 3,
        error: (state == LetterState::GivenUp).then(|| "<550 no such user>".to_owned()),
    };
    Notice::ALL.into_iter().zip(states.into_iter().cycle()).map(card).collect()
}
