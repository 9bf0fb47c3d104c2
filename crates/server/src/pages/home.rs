//! The first page: what can be done here, and where.

use axum::extract::State;
use axum::response::Response;

use super::frame::{Frame, Page, Support, show};
use super::visit::Visit;
use crate::api::Door;
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    frame: Frame<'a>,
    agents: Vec<Agent>,
}

struct Agent {
    number: u32,
    name: String,
    support: Support,
}

impl Page for HomePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(super) async fn home(State(door): State<Door>, visit: Visit) -> Response {
    let speech = Speech::new(visit.language);
    let title = speech.say("home-title");
    let agents = door.agents().iter().map(|agent| Agent {
        number: agent.id.0,
        name: agent.name.clone(),
        support: Support::of(agent, visit.language),
    });
    show(&HomePage { frame: Frame::new(&visit, speech, title), agents: agents.collect() })
}

#[cfg(test)]
pub(super) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn super::samples::Sample + 'a>> {
    let agent = Agent { number: 1, name: "\"<Sixth> & Bank\"".to_owned(), support: Support::sample() };
    vec![Box::new(HomePage { frame: frame("home-title"), agents: vec![agent] })]
}
