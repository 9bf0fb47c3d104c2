//! The demonstration's own pages: the guide, the mailbox, the code that a phone would show. `surguch demo` makes a [`Stage`] and hands it
//! to the server it starts; every other server has none, and then none of these pages exists.
//!
//! How the stage is set (keys, cards, the component) stands in `commands/demo`.

mod guide;
mod letters;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;

use crate::api::Door;

/// What a demonstration shows to its reader: everything that at a bank only the persons themselves would know.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    /// The agent whose client the reader is.
    pub(crate) agent: u32,
    /// The procedure that the guide walks.
    pub(crate) procedure: String,
    /// Where letters land.
    pub(crate) mailbox: PathBuf,
    /// Where the component listens.
    pub(crate) component_port: u16,
    pub(crate) clients: Vec<StageClient>,
    /// Whoever asks for a first certificate; a demonstration made by an older program has nobody.
    #[serde(default)]
    pub(crate) applicant: Option<StageApplicant>,
    pub(crate) staff: Vec<StageStaff>,
    /// How the component stands; it starts beside the server.
    #[serde(skip)]
    pub(crate) component: Standing,
}

/// A sample client and the virtual smart key.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageClient {
    pub(crate) name: String,
    pub(crate) organisation: String,
    /// Serial number of the card.
    pub(crate) card: String,
    pub(crate) pin: String,
}

/// Somebody whom the bank does not know, with an empty virtual smart key.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageApplicant {
    /// The procedure of the public door.
    pub(crate) procedure: String,
    /// Fields of the public form and what is typed into them.
    pub(crate) typed: BTreeMap<String, String>,
    /// Serial number of the card.
    pub(crate) card: String,
    pub(crate) pin: String,
}

/// A member of staff with both factors.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageStaff {
    pub(crate) name: String,
    pub(crate) login: String,
    pub(crate) password: String,
    /// The second device's secret, base32.
    pub(crate) device: String,
}

/// How the component stands, shared between who starts it and the pages.
#[derive(Clone, Default)]
pub(crate) struct Standing(Arc<Mutex<Step>>);

/// A step of the component's way to work.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// It is not wanted.
    #[default]
    Off,
    /// Programs are looked for.
    Looking,
    /// cargo builds: so many units of so many.
    Building(u32, u32),
    /// The virtual smart keys are made.
    Cards,
    /// It listens.
    Ready,
    /// There is neither a program nor cargo with the sources.
    NoCargo,
    /// The machine's own policy stands in front of the demonstration's.
    MachinePolicy(String),
    /// It went wrong.
    Failed(String),
}

impl Standing {
    pub(crate) fn now(&self) -> Step {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, step: Step) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }
}

/// The routes, merged in front of a stage alone.
pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/demo", get(guide::guide))
        .route("/demo/state", get(guide::state))
        .route("/demo/form", get(guide::fill))
        .route("/demo/letters", get(letters::list))
        .route("/demo/letters/{name}", get(letters::one))
        .route("/demo/letters/{name}/html", get(letters::html))
}

/// The stage behind a door. The routes exist only where there is one.
fn stage(door: &Door) -> Result<Arc<Stage>, crate::api::Problem> {
    Ok(door.demo().ok_or(domain::Refusal::NotFound)?.clone())
}

#[cfg(test)]
pub(crate) fn samples<'a>(
    frame: impl Fn(&str) -> crate::pages::Frame<'a>,
) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let mut pages = guide::samples(&frame);
    pages.extend(letters::samples(&frame));
    pages
}
