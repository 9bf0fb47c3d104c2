//! The whole stage by command table of every folder, as a snapshot, and the shape of a request's life in one place.

use domain::Timestamp;
use domain::act::Act;
use domain::certificate::Progress;
use domain::procedure::{ActDrawn, ActForm, Procedure};
use domain::request::{
    Certified, Command, Decision, Keyed, LinkChange, RejectedBy, Stage, StageName, Submitted, next_mover,
};
use domain::time::HOUR_MS;

use crate::fixtures::{Link, World, certificate, every_command, folders, new_certificate_id, staff};

#[test]
fn every_command_in_every_stage_of_every_folder() {
    for procedure in folders() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("stages-{}", procedure.name), table(&procedure));
        });
    }
}

#[test]
fn a_stage_has_its_word_and_no_other_has_it() {
    for name in StageName::ALL {
        assert_eq!(StageName::from_name(name.name()), Some(name));
    }
    assert_eq!(StageName::from_name("issued "), None);
}

#[test]
fn an_ended_request_takes_no_command() {
    for procedure in folders() {
        for name in [StageName::Rejected, StageName::Cancelled, StageName::Expired] {
            let world = at(&procedure, name, natural_act(&procedure, name), false);
            for command in every_command() {
                assert!(world.ask(&command).is_err(), "{} takes {} at {name:?}", procedure.name, command.name());
            }
        }
    }
}

fn table(procedure: &Procedure) -> String {
    let mut text = String::new();
    for name in StageName::ALL {
        for delivered in [false, true] {
            if delivered && !matches!(name, StageName::Issued | StageName::ActSigned) {
                continue;
            }
            let natural = at(procedure, name, natural_act(procedure, name), delivered);
            section(&mut text, &natural, delivered, None);
            if procedure.act.is_none() || natural.request.act == Act::None {
                continue;
            }
            for act in [Act::Overdue { due: natural.now.plus_ms(-1) }, Act::Received { at: natural.now }] {
                let other = at(procedure, name, act, delivered);
                section(&mut text, &other, delivered, Some(&natural));
            }
        }
    }
    text
}

/// One section: every command; or, beside `usual`, only the commands whose outcome is another one.
fn section(text: &mut String, world: &World, delivered: bool, usual: Option<&World>) {
    let delivered = if delivered { ", delivered" } else { "" };
    let act = world.request.act.name();
    let mover = next_mover(&world.request, &world.procedure).name();
    let mut rows = String::new();
    for command in every_command() {
        let row = outcome(world, &command);
        if usual.is_none_or(|usual| outcome(usual, &command) != row) {
            rows.push_str(&format!("  {:21} {row}\n", command.name()));
        }
    }
    if !rows.is_empty() {
        let stage = world.request.stage.name().name();
        text.push_str(&format!("{stage}{delivered}, act {act}, next mover: {mover}\n{rows}\n"));
    }
}

fn outcome(world: &World, command: &Command) -> String {
    let mut world = world.clone();
    match command {
        Command::Lapse => world.now = world.request.expires_at,
        Command::ActDuePassed => world.now = world.request.act.due().unwrap_or(world.now),
        Command::LinkEnded => world.now = world.link_expires_at.unwrap_or(world.now),
        _ => {}
    }
    match world.ask(command) {
        Err(refusal) => refusal.code().to_owned(),
        Ok(decision) => in_words(&decision, world.now),
    }
}

fn in_words(decision: &Decision, now: Timestamp) -> String {
    let mut words = vec![format!("-> {}, act {}", decision.request.stage.name().name(), decision.request.act.name())];
    for event in &decision.events {
        let event = serde_json::to_value(event).unwrap();
        words.push(format!("journal {}", event["event"].as_str().unwrap()));
    }
    words.extend(decision.certificate.iter().map(|step| format!("certificate {step:?}")));
    if let Some(domain::certificate::CertificateCommand::Supersede { from }) = decision.predecessor {
        words.push(format!("predecessor superseded in {}", hours(from, now)));
    }
    match decision.link {
        LinkChange::Keep => {}
        LinkChange::Make { expires_at } => words.push(format!("link for {}", hours(expires_at, now))),
        LinkChange::Spend => words.push("link spent".to_owned()),
        LinkChange::Kill => words.push("link killed".to_owned()),
    }
    for effect in &decision.effects {
        use domain::request::Effect;
        words.push(match effect {
            Effect::Issue => "then issue".to_owned(),
            Effect::Notify(notice) => format!("then mail {}", notice.name()),
            Effect::Countersign => "then countersign".to_owned(),
            Effect::PublishCrl => "then CRL".to_owned(),
            Effect::LapseAt(at) => format!("then lapse in {}", hours(*at, now)),
            Effect::MailDueAt(at) => format!("then mail due in {}", hours(*at, now)),
            Effect::LinkEndsAt(at) => format!("then link ends in {}", hours(*at, now)),
            Effect::ActDueAt(at) => format!("then act due in {}", hours(*at, now)),
            Effect::RemindOfAct { before, at } => {
                format!("then remind of act {before} before, in {}", hours(*at, now))
            }
        });
    }
    words.join("; ")
}

fn hours(at: Timestamp, now: Timestamp) -> String {
    let minutes = (at.0 - now.0) / 60_000;
    format!("{}h{:02}", minutes / 60, minutes % 60)
}

/// The act as it stands in a stage when nothing special happened.
fn natural_act(procedure: &Procedure, stage: StageName) -> Act {
    let Some(rule) = &procedure.act else { return Act::None };
    let begin = crate::fixtures::BEGIN;
    let due = rule.due.map(|_| begin.plus_ms(48 * HOUR_MS));
    let drawn = Act::Drawn { at: begin, due };
    let signed = Act::ClientSigned { at: begin, due };
    let before_issue = stage < StageName::Issued;
    match (rule.form, stage) {
        _ if before_issue && rule.drawn == ActDrawn::AtIssue => Act::None,
        (_, StageName::ActSigned)
        | (ActForm::Electronic, StageName::Installed | StageName::Proven | StageName::InService) => signed,
        _ => drawn,
    }
}

/// A world whose request stands in a stage, made by hand so that even stages a procedure never reaches are asked.
fn at(procedure: &Procedure, name: StageName, act: Act, delivered: bool) -> World {
    let mut world = World::new(procedure);
    let key = Keyed { spki_sha256: [7; 32] };
    let submitted = Submitted { key: key.clone(), accepted_at: world.now, eta: None };
    let late = name >= StageName::Installed || delivered;
    let certified = Certified {
        submitted: submitted.clone(),
        certificate_id: new_certificate_id(),
        issued_at: world.now,
        delivered_at: late.then_some(world.now),
    };
    let certificate_id = Some(new_certificate_id());
    let (stage, progress) = match name {
        StageName::Draft => (Stage::Draft, None),
        StageName::KeyReady => (Stage::KeyReady(key), None),
        StageName::Signed => (Stage::Signed(key), None),
        StageName::Accepted => (Stage::Accepted(submitted), None),
        StageName::InReview => (Stage::InReview { submitted, first_approval: None }, None),
        StageName::NeedsFix => (Stage::NeedsFix { submitted, reason: "Опечатка".to_owned() }, None),
        StageName::Approved => (Stage::Approved { submitted, approvals: vec![staff(1)] }, None),
        StageName::Issued => (Stage::Issued(certified), Some(Progress::Issued)),
        StageName::ActSigned => (Stage::ActSigned(certified), Some(Progress::Issued)),
        StageName::Installed => (Stage::Installed(certified), Some(Progress::Delivered)),
        StageName::Proven => (Stage::Proven(certified), Some(Progress::Installed)),
        StageName::InService => (Stage::InService { certified, since: world.now }, Some(Progress::Active)),
        StageName::Rejected => {
            let reason = "Нет полномочий".to_owned();
            (Stage::Rejected { by: RejectedBy::Bank(staff(1)), reason, certificate_id: None }, None)
        }
        StageName::Cancelled => (Stage::Cancelled, None),
        StageName::Expired => (Stage::Expired { certificate_id }, Some(Progress::Issued)),
    };
    world.certificate = progress.map(|progress| {
        let delivered = if delivered { Progress::Delivered } else { progress };
        certificate(2, world.now, 729, delivered)
    });
    if world.mailed() && matches!(name, StageName::Issued | StageName::ActSigned | StageName::Installed) {
        (world.link, world.link_expires_at) = (Link::Live, Some(world.now.plus_ms(48 * HOUR_MS)));
    }
    world.request.stage = stage;
    world.request.act = act;
    world
}
