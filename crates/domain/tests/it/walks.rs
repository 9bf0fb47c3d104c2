//! Random walks: over every folder and over procedures nobody wrote, any sequence of commands replays to the same state, breaks no
//! invariant of domain notes 1.7, and leaves somebody to move or an end.

use domain::act::Act;
use domain::certificate::{Progress, RevocationReason, Standing};
use domain::procedure::{ActGate, Activation, Procedure, Review};
use domain::request::{Command, Mover, Stage, StageName, next_mover};
use domain::time::{DAY_MS, HOUR_MS};

use crate::fixtures::{Link, World, every_command, folders, forward, staff};
use crate::random::Dice;

const WALKS_PER_FOLDER: u64 = 600;
const PROCEDURES: u64 = 400;
const WALKS_PER_PROCEDURE: u64 = 12;
const STEPS: usize = 70;

#[test]
fn every_folder_survives_random_walks() {
    for procedure in folders() {
        let mut ends = std::collections::BTreeSet::new();
        for seed in 0..WALKS_PER_FOLDER {
            ends.insert(walk(&procedure, seed).name());
        }
        for wanted in ["in-service", "expired", "cancelled"] {
            assert!(ends.contains(wanted), "{}: no walk ended as {wanted}: {ends:?}", procedure.name);
        }
    }
}

#[test]
fn invented_procedures_survive_random_walks() {
    let mut in_service = 0;
    for seed in 0..PROCEDURES {
        let procedure = Dice::new(seed).procedure();
        for walk_seed in 0..WALKS_PER_PROCEDURE {
            in_service += u64::from(walk(&procedure, walk_seed) == StageName::InService);
        }
    }
    assert!(in_service > PROCEDURES, "the walks hardly get anywhere: {in_service} in service");
}

#[test]
fn the_straight_way_leads_into_service() {
    let invented = (0..PROCEDURES).map(|seed| Dice::new(seed).procedure());
    for procedure in folders().into_iter().chain(invented) {
        let mut world = World::begun(&procedure);
        world.go_until(|world| world.request.stage.name() == StageName::InService);
        check(&world);
        let new = world.certificate.as_ref().unwrap();
        assert_eq!(new.standing(world.now), Standing::Active, "{}", procedure.source);
        let overlap = procedure.overlap_ms.map(|overlap| world.now.plus_ms(overlap));
        assert_eq!(world.predecessor.as_ref().and_then(|old| old.superseded_from), overlap);
    }
}

/// One walk; the stage where it ended.
fn walk(procedure: &Procedure, seed: u64) -> StageName {
    let mut dice = Dice::new(seed ^ 0x5eed_0000);
    let mut world = World::new(procedure);
    let mut taken = Vec::new();
    step(&mut world, Command::Create, &mut taken);
    for _ in 0..STEPS {
        if dice.one_of(6) {
            // Some clients are quick, some let weeks go by.
            world.later(if seed.is_multiple_of(3) { 9 * DAY_MS } else { 5 * HOUR_MS });
        }
        let command = if dice.one_of(3) { dice.pick(&every_command()) } else { somewhere(&world, &mut dice) };
        step(&mut world, command, &mut taken);
    }
    replays(procedure, &world, &taken);
    world.request.stage.name()
}

/// A command that brings the request on, where there is one; now and then by the second person.
fn somewhere(world: &World, dice: &mut Dice) -> Command {
    let candidates: Vec<Command> = forward().into_iter().filter(|command| world.ask(command).is_ok()).collect();
    match candidates.is_empty() {
        true => Command::Approve { by: staff(2) },
        false => dice.pick(&candidates),
    }
}

fn step(world: &mut World, command: Command, taken: &mut Vec<(Command, domain::Timestamp)>) {
    let before = world.clone();
    if let Command::Issue { .. } = command
        && !world.issue_is_due
    {
        return;
    }
    match world.apply(&command) {
        Ok(_) => {
            taken.push((command.clone(), world.now));
            changes_only_what_it_may(&before, world, &command);
        }
        Err(_) => assert_eq!(*world, before, "a refusal changes nothing"),
    }
    check(world);
}

/// The same commands at the same times lead to the same state and the same journal.
fn replays(procedure: &Procedure, end: &World, taken: &[(Command, domain::Timestamp)]) {
    let mut again = World::new(procedure);
    for (command, at) in taken {
        again.now = *at;
        again.must(command);
    }
    again.now = end.now;
    assert_eq!(again, *end);
}

fn changes_only_what_it_may(before: &World, after: &World, command: &Command) {
    let (old, new) = (&before.request, &after.request);
    assert_eq!((old.id, old.version, old.unz), (new.id, new.version, new.unz));
    if old.subject != new.subject {
        let restated = matches!(command, Command::Restate { .. });
        assert!(restated && new.stage == Stage::Draft, "another name under a key that was made: {}", command.name());
    }
    assert_eq!((old.created_at, old.expires_at, old.predecessor), (new.created_at, new.expires_at, new.predecessor));
    if old.stage.name().is_end() {
        assert_eq!(old.stage, new.stage, "{} leaves an end", command.name());
    }
    if matches!(old.act, Act::Received { .. }) {
        assert_eq!(old.act, new.act, "{} takes a received act back", command.name());
    }
    if matches!(old.act, Act::Overdue { .. }) {
        assert!(matches!(new.act, Act::Overdue { .. } | Act::Received { .. }), "late goes backwards");
    }
}

/// The invariants of domain notes 1.7.
fn check(world: &World) {
    let stage = world.request.stage.name();
    let source = &world.procedure.source;
    one_certificate_where_it_belongs(world, stage);
    gates_held(world, stage);
    one_live_link(world, stage);
    one_in_service(world);
    let mover = next_mover(&world.request, &world.procedure);
    if stage.is_end() {
        let owes = stage == StageName::InService && world.request.act.due().is_some();
        assert_eq!(mover == Mover::Nobody, !owes, "{stage:?}\n{source}");
    } else {
        assert_ne!(mover, Mover::Nobody, "nobody moves at {stage:?}\n{source}");
        somebody_can_go_on(world, mover);
    }
}

/// Beside the mover's name there is a command that the machine takes, once the current certificate is good.
fn somebody_can_go_on(world: &World, mover: Mover) {
    let mut fresh = world.clone();
    if let Some(current) = &mut fresh.predecessor {
        current.not_after = fresh.now.plus_ms(DAY_MS);
    }
    let source = &world.procedure.source;
    let over = fresh.request.expires_at <= fresh.now;
    if over && fresh.request.stage.name() < StageName::Proven {
        assert!(fresh.ask(&Command::Lapse).is_ok(), "cannot lapse at {:?}\n{source}", fresh.request.stage);
        return;
    }
    let taken = forward().into_iter().find(|command| fresh.ask(command).is_ok());
    let Some(command) = taken else { panic!("{mover:?} cannot move at {:?}\n{source}", fresh.request.stage) };
    let by_the_house = matches!(command, Command::Issue { .. } | Command::Activate);
    assert_eq!(mover == Mover::House, by_the_house, "{mover:?} and {} at {:?}", command.name(), fresh.request.stage);
    if let Command::Issue { .. } = command {
        assert!(world.issue_is_due, "issue could happen, and nobody was told");
    }
}

fn one_certificate_where_it_belongs(world: &World, stage: StageName) {
    let Some(new) = &world.certificate else {
        assert!(world.request.stage.certified().is_none(), "a stage with a certificate that is not there");
        return;
    };
    let revoked = new.revocation.is_some_and(|revoked| revoked.reason == RevocationReason::CessationOfOperation);
    let collected: &[Progress] = match stage {
        StageName::Issued | StageName::ActSigned => &[Progress::Issued, Progress::Delivered],
        StageName::Installed => &[Progress::Delivered],
        StageName::Proven => &[Progress::Installed],
        StageName::InService => &[Progress::Active],
        StageName::Rejected | StageName::Expired => {
            assert!(revoked && world.crl_is_due, "an uncollected certificate lives on");
            return;
        }
        other => panic!("a certificate at {other:?}"),
    };
    assert!(collected.contains(&new.progress), "{:?} at {stage:?}", new.progress);
    assert!(!revoked);
    let delivered = world.request.stage.certified().unwrap().delivered_at.is_some();
    assert_eq!(delivered, new.progress > Progress::Issued);
    if new.blocked_since.is_some() {
        assert!(matches!(world.request.act, Act::Overdue { .. }), "blocked for nothing");
    }
}

fn gates_held(world: &World, stage: StageName) {
    let request = &world.request;
    if let Stage::Approved { approvals, .. } = &request.stage {
        match &world.procedure.review {
            Review::None => assert!(approvals.is_empty()),
            Review::By { second_person: false, .. } => assert_eq!(approvals.len(), 1),
            Review::By { second_person: true, .. } => assert!(approvals.len() == 2 && approvals[0] != approvals[1]),
        }
    }
    if world.certificate.is_some() {
        assert!(world.issue_is_due, "issued without a decision");
    }
    let Some(rule) = &world.procedure.act else {
        assert_eq!(request.act, Act::None);
        return;
    };
    let handed_out = request.stage.certified().is_some_and(|certified| certified.delivered_at.is_some());
    if rule.gate == ActGate::BeforeDelivery && handed_out {
        assert_ne!(stage, StageName::Issued, "handed out before the act");
        assert!(!matches!(request.act, Act::None | Act::Drawn { .. }));
    }
    if world.procedure.activation == Activation::OnAct && stage == StageName::InService {
        assert!(matches!(request.act, Act::Received { .. }), "in service without the act");
    }
    if stage >= StageName::Issued && stage <= StageName::InService {
        assert_ne!(request.act, Act::None, "no act was drawn");
    }
}

fn one_live_link(world: &World, stage: StageName) {
    let wanted = match stage {
        _ if !world.mailed() => &[Link::None][..],
        StageName::Issued | StageName::ActSigned | StageName::Installed => &[Link::Live],
        StageName::Proven | StageName::InService => &[Link::Spent],
        StageName::Rejected | StageName::Expired => &[Link::Dead, Link::None],
        _ => &[Link::None],
    };
    assert!(wanted.contains(&world.link), "{:?} at {stage:?}", world.link);
    if world.mailed() && world.certificate.is_some() && matches!(stage, StageName::Rejected | StageName::Expired) {
        assert_eq!(world.link, Link::Dead);
    }
}

/// At most one certificate of the person is in service outside the overlap.
fn one_in_service(world: &World) {
    let active = |certificate: &domain::certificate::Certificate| certificate.standing(world.now) == Standing::Active;
    let (Some(new), Some(old)) = (&world.certificate, &world.predecessor) else { return };
    if active(new) && active(old) {
        let end = old.superseded_from.expect("both are in service for ever");
        assert!(end > world.now);
    }
    if old.superseded_from.is_some() {
        assert_eq!(world.request.stage.name(), StageName::InService, "superseded by nothing");
    }
}
