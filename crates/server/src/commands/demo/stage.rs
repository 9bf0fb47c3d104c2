//! What the reader of a demonstration is shown: sign-ins of staff, cards and PINs of clients. It lies in the data folder beside the
//! data it belongs to, so that a demonstration that is taken up again has the same.

use std::path::Path;

use anyhow::Context as _;
use domain::ids::StaffId;
use ra::{Password, Ra};

use super::samples::{Samples, Staff};
use super::{component, shown, write_private};
use crate::clock::Clock;
use crate::commands::actor;
use crate::demo::{Stage, StageApplicant, StageClient, StageStaff};

const FILE: &str = "stage.toml";
/// The PIN of every sample card. It is no secret: the guide shows it.
const PIN: &str = "2026-demo";
/// Serial numbers of the cards: this one and those after it.
const FIRST_CARD: u32 = 10_000_001;

/// A member of staff gets a login, a password nobody else has, and the secret of a device.
pub(super) fn sign_in_of(person: &Staff, id: StaffId, ra: &Ra, clock: &Clock) -> anyhow::Result<StageStaff> {
    let password = hex::encode(crate::clock::random::<6>());
    let kept = Password::new(password.as_bytes().to_vec());
    let device = clock.at(|at| ra.set_staff_password(&actor(), id, &person.file, &kept, at))?;
    Ok(StageStaff { name: person.name.clone(), login: person.file.clone(), password, device })
}

/// Sets the stage and writes it down.
pub(super) fn set(samples: &Samples, staff: Vec<StageStaff>, mailbox: &Path, data: &Path) -> anyhow::Result<Stage> {
    let clients = samples.clients.iter().zip(FIRST_CARD..).map(|(client, card)| StageClient {
        name: client.name.nominative.clone(),
        organisation: client.organisation.name.clone(),
        card: card.to_string(),
        pin: PIN.to_owned(),
    });
    let clients: Vec<StageClient> = clients.collect();
    let applicant = StageApplicant {
        procedure: samples.applicant.procedure.clone(),
        typed: samples.applicant.typed.clone(),
        card: (FIRST_CARD + u32::try_from(clients.len())?).to_string(),
        pin: PIN.to_owned(),
    };
    let stage = Stage {
        agent: samples.agent,
        procedure: samples.procedure.clone(),
        mailbox: mailbox.to_path_buf(),
        component_port: component::free_port(),
        clients,
        applicant: Some(applicant),
        staff,
        component: Default::default(),
    };
    write_private(&data.join(FILE), toml::to_string(&stage)?.as_bytes())?;
    Ok(stage)
}

/// The stage that a data folder was left with; none where no demonstration made it.
pub(super) fn kept(data: &Path) -> anyhow::Result<Option<Stage>> {
    let file = data.join(FILE);
    let text = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.with_context(|| shown(&file))?,
    };
    let mut stage: Stage = toml::from_str(&text).with_context(|| shown(&file))?;
    // The port that was free then may be taken now.
    stage.component_port = component::free_port();
    Ok(Some(stage))
}
