//! `/design`: every element of the style sheet in both themes and both languages, for whoever changes it.

use askama::Template as _;
use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;

use super::field::Field;
use super::files;
use super::frame::{Frame, Page, Tone, show};
use super::visit::{THEMES, Visit};
use crate::api::{Door, Problem};
use crate::words::{Language, Speech};

#[derive(askama::Template)]
#[template(path = "design.html")]
struct DesignPage<'a> {
    frame: Frame<'a>,
    rooms: Vec<Room>,
}

struct Room {
    theme: &'static str,
    language: &'static str,
    elements: String,
}

/// One of everything.
#[derive(askama::Template)]
#[template(path = "parts/elements.html")]
struct Elements<'a> {
    speech: &'a Speech<'a>,
    tones: [Tone; 5],
    fields: [Field; 3],
    prefix: String,
    day: Timestamp,
    /// The address of the seal.
    seal: String,
}

impl Page for DesignPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

const SEAL: &str = "seal.svg";

/// 2018-08-23T10:53:00Z, the day of the manual's pictures.
const DAY: Timestamp = Timestamp(1_535_021_580_000);

pub(super) async fn design(State(_): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let speech = Speech::new(visit.language);
    let title = speech.say("design-title");
    let rooms = rooms().map_err(|error| Problem::incident(false, &error.to_string()))?;
    Ok(show(&DesignPage { frame: Frame::new(&visit, speech, title), rooms }))
}

fn rooms() -> askama::Result<Vec<Room>> {
    let mut rooms = Vec::new();
    for (row, theme) in THEMES.into_iter().enumerate() {
        for (column, language) in Language::ALL.into_iter().enumerate() {
            let speech = Speech::new(language);
            let fields = fields(&speech, row * Language::ALL.len() + column);
            let prefix = format!("{theme}-{}", language.name());
            let seal = files::address(SEAL);
            let elements = Elements { speech: &speech, tones: Tone::ALL, fields, prefix, day: DAY, seal }.render()?;
            rooms.push(Room { theme, language: language.name(), elements });
        }
    }
    Ok(rooms)
}

fn fields(speech: &Speech<'_>, room: usize) -> [Field; 3] {
    // An id stands once on a page.
    const IDS: [[&str; 3]; 4] = [
        ["phone-1", "mail-1", "text-1"],
        ["phone-2", "mail-2", "text-2"],
        ["phone-3", "mail-3", "text-3"],
        ["phone-4", "mail-4", "text-4"],
    ];
    let [phone, mail, text] = IDS[room];
    [
        Field::line(phone, speech.say("page-phone"), "+7 000 000-00-01").kind("tel", "off"),
        Field::line(mail, speech.say("page-email"), "rogov@example")
            .kind("email", "off")
            .hint(speech.say("page-email-hint"))
            .wrong(Some(speech.refusal(domain::Refusal::EmailWrong))),
        Field::line(text, speech.say("desk-reason"), "").area(500),
    ]
}

#[cfg(test)]
pub(super) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn super::samples::Sample + 'a>> {
    let rooms = rooms().unwrap_or_else(|error| panic!("{error}"));
    vec![Box::new(DesignPage { frame: frame("design-title"), rooms })]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_elements_have_words_in_both_languages() {
        for language in Language::ALL {
            let speech = Speech::new(language);
            assert!(rendered(&speech).is_ok());
            assert_eq!(speech.missed().into_iter().collect::<Vec<_>>(), Vec::<String>::new());
        }
    }

    /// What cannot stand in a room: a link that comes with the focus, a heading for ears alone, a frame with a letter in it, the rooms.
    const ELSEWHERE: [&str; 5] = ["skip", "unseen", "letter", "rooms", "room"];

    #[test]
    fn every_class_of_the_style_sheet_is_shown() {
        let css = include_str!("../../static/app.css");
        let rules = css.split("*/").map(|part| part.split("/*").next().unwrap()).collect::<String>();
        let selectors = rules.split('}').filter_map(|rule| rule.rsplit_once('{')).map(|(selector, _)| selector);
        let names = selectors.flat_map(|selector| selector.split('.').skip(1)).map(|after| {
            let end = after.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(after.len());
            &after[..end]
        });
        let elements = rendered(&Speech::new(Language::En)).unwrap();
        let classes: std::collections::BTreeSet<_> =
            elements.split("class=\"").skip(1).flat_map(|after| after.split('"').next().unwrap().split(' ')).collect();
        let missing: std::collections::BTreeSet<_> =
            names.filter(|name| !name.is_empty() && !classes.contains(name) && !ELSEWHERE.contains(name)).collect();
        assert!(missing.is_empty() && classes.len() > 40, "{missing:?} of {}", classes.len());
    }

    fn rendered(speech: &Speech<'_>) -> askama::Result<String> {
        let (fields, prefix, seal) = (fields(speech, 0), "x".to_owned(), files::address(SEAL));
        Elements { speech, tones: Tone::ALL, fields, prefix, day: DAY, seal }.render()
    }
}
