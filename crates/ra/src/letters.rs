//! How far the letters about an object are, as the desk sees it: one that a mail server puts off is not on its way like any other.

use domain::Timestamp;
use domain::actor::Actor;
use domain::ids::{CertificateId, RequestId};
use domain::request::decide::Notice;
use store::outbox::{EffectState, NEEDLESS, OutboxRow};

use crate::failure::Failure;
use crate::setup::{Moment, Ra};

/// One letter, without its reader's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LetterCard {
    /// Which letter.
    pub notice: Notice,
    /// When what it tells of happened, or a reminder of it was planned.
    pub made_at: Timestamp,
    /// How far it is.
    pub state: LetterState,
    /// How often it was tried.
    pub tries: i64,
    /// Why the last try failed, also where a later one went well.
    pub error: Option<String>,
}

/// How far a letter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LetterState {
    /// About to be sent for the first time.
    Waiting,
    /// Put off after a try that failed: when it is tried next.
    PutOff(Timestamp),
    /// It went out.
    Sent(Timestamp),
    /// What it would have told was over when its turn came.
    Needless(Timestamp),
    /// Given up.
    GivenUp,
}

/// Most letters of one object that are shown.
const SHOWN: i64 = 50;

impl Ra {
    /// The letters about a request, newest first.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn letters_of_request(
        &self,
        actor: &Actor,
        id: RequestId,
        at: &mut Moment<'_>,
    ) -> Result<Vec<LetterCard>, Failure> {
        self.load_of_agent(actor, id)?;
        let rows = self.0.store.read(move |tx| store::outbox::letters_of_request(tx, id, SHOWN))?;
        Ok(cards(rows, at.now))
    }

    /// The letters about what was done to a certificate and about its end, newest first; whoever asks may see it.
    pub(crate) fn letters_of_certificate(&self, id: CertificateId, now: Timestamp) -> Result<Vec<LetterCard>, Failure> {
        let rows = self.0.store.read(move |tx| store::outbox::letters_of_certificate(tx, id, SHOWN))?;
        Ok(cards(rows, now))
    }
}

/// A reminder whose day has not come is no letter yet.
fn cards(rows: Vec<OutboxRow>, now: Timestamp) -> Vec<LetterCard> {
    let is_letter = |row: &OutboxRow| row.attempts > 0 || row.effect.due_at <= now || row.state != EffectState::Pending;
    rows.into_iter().filter(is_letter).filter_map(card).collect()
}

fn card(row: OutboxRow) -> Option<LetterCard> {
    let payload: serde_json::Value = serde_json::from_str(&row.effect.payload).ok()?;
    let notice = Notice::from_name(payload.get("notice")?.as_str()?)?;
    let done_at = row.done_at.unwrap_or(row.effect.due_at);
    let is_needless = row.last_error.as_deref() == Some(NEEDLESS);
    let state = match row.state {
        EffectState::Done if is_needless => LetterState::Needless(done_at),
        EffectState::Done => LetterState::Sent(done_at),
        EffectState::Stuck => LetterState::GivenUp,
        EffectState::Pending if row.last_error.is_some() => LetterState::PutOff(row.effect.due_at),
        EffectState::Pending => LetterState::Waiting,
    };
    Some(LetterCard {
        notice,
        made_at: row.effect.id.made_at(),
        state,
        tries: row.attempts,
        error: row.last_error.filter(|_| !is_needless),
    })
}
