//! The journal's chains, heads, checkpoints and export.

use std::collections::BTreeSet;

use domain::Timestamp;
use sha2::{Digest, Sha256};
use store::journal::checkpoint::{self, CheckpointRow};
use store::journal::reading::{self, Wanted};
use store::journal::{self, Head, LANES};
use store::{Error, Store};

use crate::database::on_both;
use crate::sample::{self, AGENT, NOW};

const KEY: &[u8] = b"a key of the test";
const ALGORITHM: &str = "keyed-sha256";

/// Stands for a signature: only who knows the key can make one.
fn seal(text: &str) -> Vec<u8> {
    Sha256::new_with_prefix(KEY).chain_update(text).finalize().to_vec()
}

pub(crate) fn seal_holds(row: &CheckpointRow) -> bool {
    row.algorithm == ALGORITHM && row.signature == seal(&row.text)
}

pub(crate) fn append(store: &Store, objects: &[String]) {
    let entries: Vec<_> = objects.iter().map(|object| sample::entry(object)).collect();
    store.write(move |tx| entries.iter().try_for_each(|entry| journal::append(tx, entry))).unwrap();
}

pub(crate) fn check_in(store: &Store, at: Timestamp) -> CheckpointRow {
    let draft = store.read(|tx| checkpoint::draft(tx, at)).unwrap();
    let row = CheckpointRow {
        number: draft.number,
        at: draft.at,
        signature: seal(&draft.text),
        text: draft.text,
        algorithm: ALGORITHM.to_owned(),
    };
    let new = row.clone();
    store.write(move |tx| checkpoint::insert(tx, &new)).unwrap();
    row
}

on_both! {
    fn rows_are_chained_in_sixteen_lanes(db) {
        let objects: Vec<String> = (0..100).map(|number| format!("request:{number}")).collect();
        append(&db.store, &objects);
        for object in &objects {
            append(&db.store, std::slice::from_ref(object));
        }
        let heads = db.store.read(journal::heads).unwrap();
        assert!(heads.iter().all(|head| head.seq > 0), "a hundred objects reach every lane");
        assert_eq!(journal::rows_behind(&heads), 200);
        for lane in 0..LANES {
            let rows = db.store.read(|tx| journal::lane_rows(tx, lane, 0, 1_000)).unwrap();
            let mut last = Head::default();
            for row in &rows {
                assert_eq!((row.seq, row.prev_hash, row.hash), (last.seq + 1, last.hash, journal::recompute(row)));
                assert_eq!(journal::lane_of(&row.object), lane);
                assert!(row.body.starts_with("{\"event\":\"request-returned\",\"reason\":\"причина "), "{}", row.body);
                assert_eq!((row.kind.as_str(), row.actor.as_str()), ("request-returned", "system"));
                last = Head { seq: row.seq, hash: row.hash };
            }
            assert_eq!(last, heads[usize::from(lane)]);
            assert_eq!(db.store.read(|tx| journal::lane_rows(tx, lane, last.seq - 1, 5)).unwrap().len(), 1);
        }
        assert_eq!(db.store.read(|tx| journal::of_object(tx, "request:5")).unwrap().len(), 2);
        let report = journal::verify(&db.store, &seal_holds, &[]).unwrap();
        assert_eq!((report.rows, report.checkpoints, report.problems), (200, 0, vec![]));
    }

    fn an_auditor_reads_the_own_agents_rows_newest_first_and_page_by_page(db) {
        let store = &db.store;
        let request = sample::stored_request(store);
        let own = format!("request:{}", request.id);
        let nobodys = format!("request:{}", sample::request(&sample::subscriber()).id);
        let objects = [&own, &nobodys, &own, "authority:issuing", &own, "server", "agent:99"].map(str::to_owned);
        append(store, &objects);
        let all = |wanted: &Wanted, limit| {
            let (mut seen, mut before) = (Vec::new(), None);
            loop {
                let (rows, next) = store.read(|tx| reading::page(tx, AGENT, wanted, before, limit)).unwrap();
                seen.extend(rows);
                if next.is_none() {
                    return seen;
                }
                before = next;
            }
        };
        let rows = all(&Wanted::default(), 2);
        let mut places: Vec<_> = rows.iter().map(journal::export_place).collect();
        assert_eq!(rows.len(), 5, "{rows:?}");
        assert!(rows.iter().all(|row| row.object != nobodys && row.object != "agent:99"), "{rows:?}");
        places.reverse();
        assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
        let count = |change: &dyn Fn(&mut Wanted)| {
            let mut wanted = Wanted::default();
            change(&mut wanted);
            all(&wanted, 2).len()
        };
        assert_eq!(count(&|wanted| wanted.about.clone_from(&own)), 3);
        assert_eq!(count(&|wanted| wanted.about.clone_from(&nobodys)), 0);
        let (actor, kind) = (rows[0].actor.clone(), rows[0].kind.clone());
        assert_eq!(count(&|wanted| wanted.who.clone_from(&actor)), 5);
        assert_eq!(count(&|wanted| wanted.who = format!("{actor}x")), 0);
        assert_eq!(count(&|wanted| wanted.kind.clone_from(&kind)), 5);
        assert_eq!(count(&|wanted| wanted.kind = "%".to_owned()), 0);
        assert_eq!(count(&|wanted| wanted.from = Some(NOW)), 5);
        assert_eq!(count(&|wanted| wanted.from = Some(NOW.plus_ms(1 << 40))), 0);
        assert_eq!(count(&|wanted| wanted.until = Some(NOW)), 0);
        assert_eq!(count(&|wanted| wanted.until = Some(NOW.plus_ms(1 << 40))), 5);
    }

    fn an_export_has_every_row_once_in_the_order_of_time(db) {
        append(&db.store, &(0..57).map(|number| format!("certificate:{number}")).collect::<Vec<_>>());
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = db.store.read(|tx| journal::export_page(tx, after, 10)).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(journal::export_place(last));
            seen.extend(page.iter().map(journal::export_place));
        }
        assert!(seen.is_sorted());
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 57);
    }

    fn checkpoints_follow_each_other_and_cover_the_heads(db) {
        let mut outside = Vec::new();
        for round in 0..5 {
            append(&db.store, &(0..30).map(|number| format!("request:{number}-{round}")).collect::<Vec<_>>());
            assert_eq!(db.store.read(|tx| checkpoint::draft(tx, NOW)).unwrap().new_rows, 30);
            outside.push(check_in(&db.store, NOW.plus_ms(round)));
        }
        append(&db.store, &["request:after".to_owned()]);
        assert_eq!(db.store.read(checkpoint::all).unwrap(), outside);
        assert_eq!(db.store.read(checkpoint::latest).unwrap().as_ref(), outside.last());
        let report = journal::verify(&db.store, &seal_holds, &outside).unwrap();
        assert_eq!((report.rows, report.checkpoints, report.problems), (151, 5, vec![]));
        let again = outside[4].clone();
        let answer = db.store.write(move |tx| checkpoint::insert(tx, &again));
        assert_eq!(answer, Err(Error::AlreadyThere { what: "checkpoints.number".to_owned() }));
    }
}

#[test]
fn the_text_of_a_checkpoint_is_fixed() {
    let mut heads = [Head::default(); LANES as usize];
    heads[15] = Head { seq: 17, hash: [0xab; 32] };
    let text = journal::checkpoint_text(3, Timestamp(1_535_036_000_007), &[1; 32], &heads);
    let zeros = "0".repeat(64);
    let mut expected =
        format!("Surguch-Checkpoint: 1\nNumber: 3\nTime: 2018-08-23T14:53:20.007Z\nPrevious: {}\n", "01".repeat(32));
    for lane in 0..15 {
        expected.push_str(&format!("Lane-{lane:02}: 0 {zeros}\n"));
    }
    expected.push_str(&format!("Lane-15: 17 {}\n", "ab".repeat(32)));
    assert_eq!(text, expected);
    assert_eq!(journal::checkpoint_heads(&text), Some(heads));
    assert_eq!(journal::checkpoint_heads("Lane-00: 1 00\n"), None);
    assert_eq!(journal::checkpoint_heads(&format!("{text}Lane-16: 0 {zeros}\n")), None);
}

#[test]
fn the_hash_of_a_row_is_fixed() {
    let row = journal::JournalRow {
        lane: 3,
        seq: 1,
        at: Timestamp(-1),
        actor: "system".to_owned(),
        object: "request:1".to_owned(),
        kind: "stopped".to_owned(),
        body: "{\"event\":\"stopped\"}".to_owned(),
        prev_hash: [7; 32],
        hash: [0; 32],
    };
    let mut octets = vec![7; 32];
    let fields: [&[u8]; 7] =
        [&[3], &[0, 0, 0, 0, 0, 0, 0, 1], &[0xff; 8], b"system", b"request:1", b"stopped", b"{\"event\":\"stopped\"}"];
    for field in fields {
        octets.extend([0, 0, 0, u8::try_from(field.len()).unwrap()]);
        octets.extend(field);
    }
    assert_eq!(journal::recompute(&row).as_slice(), Sha256::digest(octets).as_slice());
}
