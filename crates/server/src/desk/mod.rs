//! The operator's pages: sign-in, the queue by deadline, one request with what differs from the record, and the decisions.

pub(crate) mod messages;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod sign_in;

use crate::api::Door;
use crate::auth::Clerk;
use crate::pages::{Frame, MenuItem, Visit};
use crate::words::Speech;

/// The frame of a desk page, with the words of a procedure where it is about one.
fn frame<'a>(door: &'a Door, visit: &Visit, clerk: &Clerk, procedure: &str, title: &str) -> Frame<'a> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == clerk.actor.agent_id());
    let mut speech = Speech::new(visit.language).of(door.words().get(procedure));
    if let Some(agent) = agent {
        speech = speech.dated(&agent.calendar);
    }
    let title = speech.say(title);
    let mut frame = Frame::new(visit, speech, title);
    frame.menu = menu();
    frame.sign_out = Some("/desk/sign-out");
    frame
}

fn menu() -> Vec<MenuItem> {
    let items =
        [("desk-queue", "/desk/requests"), ("desk-messages", "/desk/messages"), ("desk-account", "/desk/account")];
    items.map(|(word, address)| MenuItem { word, address }).into()
}

#[cfg(test)]
fn as_clerk(mut frame: Frame<'_>) -> Frame<'_> {
    frame.menu = menu();
    frame.sign_out = Some("/desk/sign-out");
    frame
}
