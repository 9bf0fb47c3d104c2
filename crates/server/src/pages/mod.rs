//! Pages for people: what all of them share. The look is one style sheet, the words come from locales, a page is a struct and its
//! template; which page belongs to whom stands in one list, [`routes::ROUTES`].
//!
//! No rule lives here: `ra` and `domain` decide, a handler extracts who asks, parses a form, asks one verb and sends on.

pub(crate) mod day;
mod design;
mod fault;
mod field;
mod files;
mod form;
mod frame;
mod front;
mod home;
mod multipart;
pub(crate) mod routes;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
mod typed;
mod visit;

pub(crate) use day::day;
pub(crate) use fault::{No, Surroundings, person_reads};
pub(crate) use field::{Choice, Field};
pub(crate) use form::{Form, Upload};
pub(crate) use frame::{Frame, MenuItem, Page, Support, Tone, see_other, show, show_as};
pub(crate) use front::{ContentPolicy, harden};
pub(crate) use routes::router;
pub(crate) use typed::{KEPT_OCTETS, Kept, Typed};
pub(crate) use visit::{ActsFor, Cookie, Visit};
