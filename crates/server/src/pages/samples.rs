//! Sample pages: every page with the contents it may have, so that one test can look at all of them in all languages.

use std::collections::BTreeSet;

use domain::ids::AgentId;

use super::frame::{Frame, Page, Support, text_of};
use super::visit::Visit;
use crate::words::{Language, ProcedureWords, Speech};

/// A page that a test looks at.
pub(crate) trait Sample {
    fn html(&self) -> String;
    fn missed(&self) -> BTreeSet<String>;
}

impl<T: Page> Sample for T {
    fn html(&self) -> String {
        text_of(self).unwrap_or_else(|error| panic!("{error}"))
    }

    fn missed(&self) -> BTreeSet<String> {
        self.frame().speech.missed()
    }
}

/// Every page of the house in a language, with the words of a procedure or without.
pub(super) fn all(language: Language, words: Option<&ProcedureWords>) -> Vec<Box<dyn Sample + '_>> {
    let frame = move |title: &str| {
        let speech = Speech::new(language).of(words);
        let title = speech.say(title);
        let mut frame = Frame::new(&Visit::sample(language), speech, title);
        (frame.support, frame.agent) = (Some(Support::sample()), Some(AgentId(1)));
        frame
    };
    let mut pages = Vec::new();
    pages.extend(super::home::samples(frame));
    pages.extend(super::design::samples(frame));
    pages.extend(super::fault::samples(frame));
    pages.extend(crate::portal::delivery::samples(frame));
    pages.extend(crate::portal::email_answer::samples(frame));
    pages.extend(crate::portal::feedback::samples(frame));
    pages.extend(crate::portal::first_issue::samples(frame));
    pages.extend(crate::portal::status::samples(frame));
    pages.extend(crate::portal::root::samples(frame));
    pages.extend(crate::portal::check::samples(frame));
    pages.extend(crate::portal::help::samples(frame));
    pages.extend(crate::portal::workplace::samples(frame));
    pages.extend(crate::portal::sign_in::samples(frame));
    pages.extend(crate::portal::cabinet::samples(frame));
    pages.extend(crate::portal::organisations::samples(frame));
    pages.extend(crate::portal::own_step::samples(frame));
    pages.extend(crate::portal::password::samples(frame));
    pages.extend(crate::portal::keys::samples(frame));
    pages.extend(crate::portal::messages::samples(frame));
    pages.extend(crate::portal::renewal::samples(frame));
    pages.extend(crate::portal::requests::samples(frame));
    pages.extend(crate::demo::samples(frame));
    pages.extend(crate::desk::sign_in::samples(frame));
    pages.extend(crate::desk::queue::samples(frame));
    pages.extend(crate::desk::request::samples(frame));
    pages.extend(crate::desk::messages::samples(frame));
    pages.extend(crate::desk::inquiries::samples(frame));
    pages.extend(crate::desk::paper::samples(frame));
    pages.extend(crate::desk::certificate::samples(frame));
    pages.extend(crate::desk::proposals::samples(frame));
    pages.extend(crate::desk::admission::samples(frame));
    pages.extend(crate::desk::email::samples(frame));
    pages.extend(crate::desk::people::samples(frame));
    pages.extend(crate::desk::cards::samples(frame));
    pages.extend(crate::desk::support::samples(frame));
    pages.extend(crate::desk::troubles::samples(frame));
    pages.extend(crate::desk::import::samples(frame));
    pages.extend(crate::desk::journal::samples(frame));
    pages.extend(crate::desk::staff::samples(frame));
    pages.extend(crate::desk::member::samples(frame));
    pages
}
