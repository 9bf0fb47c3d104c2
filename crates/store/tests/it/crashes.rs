//! kill -9: what was answered is there after it, what was not is there whole or not at all.
//!
//! A test runs itself again as a child process, which finds in its environment what to do.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use domain::ids::OrganisationId;
use domain::request::Stage;
use store::{Location, Store, journal, outbox};

use crate::database::{CHILD, Database, on_both};
use crate::sample::{self, NOW};

const SIGKILL: i32 = 9;
/// Acknowledged writes before the child is killed.
const ACKNOWLEDGED: usize = 300;

/// This very test in another process.
fn child(db: &Database, test: &str, kill: &str) -> Child {
    let place = match &db.location {
        Location::Sqlite(path) => format!("sqlite:{}", path.display()),
        Location::Postgres { url, .. } => url.clone(),
    };
    let name = if matches!(db.location, Location::Sqlite(_)) { "on_sqlite" } else { "on_postgres" };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("crashes::{test}::{name}"), "--nocapture", "--test-threads=1"])
        .env(CHILD, place)
        .env("SURGUCH_TEST_KILL", kill)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Whether this process is the child.
fn as_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn write_and_say_so(store: &Store) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let mut new = sample::organisation();
                    // Two children write into one database.
                    new.agent_id = domain::ids::AgentId(std::process::id());
                    let id = new.id;
                    let (entry, effect) = (sample::entry(&format!("request:{id}")), sample::effect(&id.to_string()));
                    store
                        .write(move |tx| {
                            store::organisations::insert(tx, &new)?;
                            journal::append(tx, &entry)?;
                            outbox::enqueue(tx, &effect)
                        })
                        .unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "written {id}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// One request's way through every kill point of the store; doing it again after a crash goes on where it stopped.
fn walk(store: &Store) {
    let person = domain::subscriber::Subscriber {
        id: domain::ids::SubscriberId::new(NOW, [1; 10]),
        owner_id: domain::ids::OwnerId::new([1; 7]),
        ..sample::subscriber()
    };
    let request = domain::request::Request {
        id: domain::ids::RequestId::new(NOW, [2; 10]),
        unz: domain::ids::Unz::new([2; 7]),
        ..sample::request(&person)
    };
    let certificate = domain::certificate::Certificate {
        id: domain::ids::CertificateId::new(NOW, [3; 10]),
        serial_hex: "7f01".to_owned(),
        spki_sha256: [4; 32],
        thumbprint_sha256: [5; 32],
        ..sample::certificate(person.id, Some(request.id))
    };
    let id = request.id;
    let certificate_id = certificate.id;
    let step = |object: &str| sample::entry(object);

    let there = store.read(|tx| store::requests::by_id(tx, id)).unwrap();
    if there.is_none() {
        let (request, entry) = (request.clone(), step("request:walk"));
        store
            .write(move |tx| {
                store::procedures::remember(tx, &sample::PROCEDURE, "sample", "")?;
                store::subscribers::insert(tx, &person)?;
                store::requests::insert(tx, &request, &store::requests::NewRequestRow::default())?;
                store::request_files::put_act_text(tx, id, "акт")?;
                journal::append(tx, &entry)
            })
            .unwrap();
    }
    if store.read(|tx| store::intents::by_request(tx, id)).unwrap().is_none() {
        let (entry, effect) = (step("request:walk"), sample::effect("issue:walk"));
        store
            .write(move |tx| {
                let mut intent = sample::intent(id, "7f01");
                intent.certificate_id = certificate_id;
                store::keys::claim(tx, &[4; 32], id, NOW)?;
                store::intents::insert(tx, &intent)?;
                outbox::enqueue(tx, &effect)?;
                journal::append(tx, &entry)
            })
            .unwrap();
    }
    if store.read(|tx| store::certificates::by_id(tx, certificate_id)).unwrap().is_none() {
        let (entry, mut link) = (step("certificate:walk"), sample::link(id, 1));
        link.code_sha256 = [6; 32];
        let issued =
            sample::stages(certificate_id).into_iter().find(|stage| matches!(stage, Stage::Issued(_))).unwrap();
        store
            .write(move |tx| {
                let mut request = store::requests::by_id(tx, id)?.unwrap();
                request.stage = issued.clone();
                store::certificates::insert(tx, &certificate)?;
                store::intents::complete(tx, id, NOW)?;
                store::links::insert(tx, &link)?;
                store::requests::save(tx, &request)?;
                journal::append(tx, &entry)
            })
            .unwrap();
    }
    let live = store.read(|tx| store::links::live_of_request(tx, id)).unwrap();
    if let Some(live) = live {
        let entry = step("certificate:walk");
        store
            .write(move |tx| {
                let certificate = store::certificates::by_id(tx, certificate_id)?.unwrap();
                store::certificates::save(tx, &certificate)?;
                store::request_files::put_act_cms_agent(tx, id, b"cms")?;
                store::links::set_state(tx, live.id, live.state, store::links::LinkState::Spent)?;
                journal::append(tx, &entry)
            })
            .unwrap();
    }
    // The lease of a worker that died has ended.
    let later = NOW.plus_ms(sample::count().cast_signed() + i64::from(std::process::id()) * 1_000_000);
    for row in store.write(move |tx| outbox::claim(tx, outbox::Work::House, later, 1, 10)).unwrap() {
        store.write(move |tx| outbox::done(tx, row.effect.id, NOW)).unwrap();
    }
    if store.read(|tx| store::crls::latest(tx, "issuing")).unwrap().is_none() {
        let entry = step("authority:issuing");
        store
            .write(move |tx| {
                let number = store::crls::next_number(tx, "issuing")?;
                let row = store::crls::CrlRow {
                    authority: "issuing".to_owned(),
                    number,
                    der: vec![1],
                    this_update: NOW,
                    next_update: NOW,
                    entries: 0,
                };
                store::crls::insert(tx, &row)?;
                journal::append(tx, &entry)
            })
            .unwrap();
    }
}

on_both! {
    fn every_acknowledged_row_is_there_after_kill_9(db) {
        if as_child() {
            write_and_say_so(&db.store);
        }
        for _ in 0..2 {
            let mut child = child(db, "every_acknowledged_row_is_there_after_kill_9", "");
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let id = |line: String| Some(line.strip_prefix("written ")?.parse::<OrganisationId>().unwrap());
            let mut said: Vec<OrganisationId> =
                lines.by_ref().map(Result::unwrap).filter_map(id).take(ACKNOWLEDGED).collect();
            child.kill().unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(SIGKILL));
            // A last line may be cut short by the kill: it is a write that nobody heard of.
            let whole = |line: &String| line.len() == "written ".len() + 36;
            said.extend(lines.map_while(Result::ok).filter(whole).filter_map(id));
            assert!(said.len() >= ACKNOWLEDGED);
            let reopened = Store::open(&db.location).unwrap();
            for id in said {
                let found = reopened.read(|tx| -> Result<_, store::Error> {
                    let rows = journal::of_object(tx, &format!("request:{id}"))?;
                    let effect = outbox::by_key(tx, &id.to_string())?;
                    Ok((store::organisations::by_id(tx, id)?.is_some(), rows.len(), effect.is_some()))
                });
                assert_eq!(found, Ok((true, 1, true)), "{id}");
            }
            // Rows come three by three, also those nobody heard of.
            let counts = reopened.read(store::views::counts).unwrap();
            let organisations = db.back_door().number("SELECT COUNT(*) FROM organisations");
            assert_eq!((counts.journal_rows, counts.outbox_pending), (organisations, organisations));
            let report = journal::verify(&reopened, &|_| true, &[]).unwrap();
            assert_eq!(report.problems, vec![]);
        }
    }

    fn a_kill_at_every_point_leaves_whole_transactions(db) {
        if as_child() {
            return walk(&db.store);
        }
        let mut door = db.back_door();
        let test = "a_kill_at_every_point_leaves_whole_transactions";
        for point in store::kill::POINTS {
            // The second pass of a point that comes often kills in the middle of the way.
            for pass in [1, 3] {
                let often = point.starts_with("write.") || point.starts_with("journal.");
                if pass > 1 && !often {
                    continue;
                }
                let killed = child(db, test, &format!("{point}:{pass}")).wait_with_output().unwrap();
                assert_eq!(killed.status.signal(), Some(SIGKILL), "{point}:{pass}: {}", String::from_utf8_lossy(&killed.stderr));
                let report = journal::verify(&db.store, &|_| true, &[]).unwrap();
                assert_eq!(report.problems, vec![], "{point}:{pass}");
                let finished = child(db, test, "").wait_with_output().unwrap();
                assert!(finished.status.success(), "{point}:{pass}: {}", String::from_utf8_lossy(&finished.stderr));
                let report = journal::verify(&db.store, &|_| true, &[]).unwrap();
                assert_eq!((report.rows, report.problems), (5, vec![]), "{point}:{pass}");
                for (table, rows) in [("requests", 1), ("certificates", 1), ("intents", 1), ("links", 1), ("outbox", 1), ("crls", 1)] {
                    assert_eq!(door.number(&format!("SELECT COUNT(*) FROM {table}")), rows, "{point}:{pass}: {table}");
                }
                assert_eq!(db.store.read(outbox::pending_count).unwrap(), 0, "{point}:{pass}");
                wipe(&mut door);
            }
        }
    }
}

/// Back to the beginning.
fn wipe(door: &mut crate::database::BackDoor) {
    let zeros = door.octets(&[0; 32]);
    door.run("UPDATE requests SET certificate_id = NULL, predecessor = NULL");
    for table in [
        "keys",
        "intents",
        "links",
        "outbox",
        "crls",
        "request_files",
        "certificates",
        "requests",
        "subscribers",
        "journal",
    ] {
        door.run(&format!("DELETE FROM {table}"));
    }
    door.run(&format!("UPDATE journal_heads SET seq = 0, hash = {zeros}"));
}
