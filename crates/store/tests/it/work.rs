//! The outbox: work is stored once, taken by one, and comes back when its worker is gone.

use std::collections::BTreeMap;

use domain::ids::EffectId;
use store::Error;
use store::outbox::{self, EffectState};

use crate::database::on_both;
use crate::sample::{self, NOW};

const LEASE_MS: i64 = 1_000;

on_both! {
    fn the_same_work_is_stored_once(db) {
        let (first, second) = (sample::effect("issue:1"), sample::effect("issue:1"));
        let id = first.id;
        db.store.write(move |tx| {
            outbox::enqueue(tx, &first)?;
            outbox::enqueue(tx, &second)?;
            // The transaction is still good after the second.
            outbox::enqueue(tx, &sample::effect("issue:2"))
        }).unwrap();
        assert_eq!(db.store.read(outbox::pending_count).unwrap(), 2);
        assert_eq!(db.store.read(|tx| outbox::by_key(tx, "issue:1")).unwrap().unwrap().effect.id, id);
        assert_eq!(db.store.read(|tx| outbox::by_key(tx, "issue:3")).unwrap(), None);
    }

    fn several_workers_take_each_row_once(db) {
        db.store.write(|tx| (0..300).try_for_each(|number| outbox::enqueue(tx, &sample::effect(&format!("n:{number}"))))).unwrap();
        let workers: Vec<_> = (0..8).map(|_| {
            let store = db.store.clone();
            std::thread::spawn(move || {
                let mut mine: Vec<EffectId> = Vec::new();
                loop {
                    let taken = store.write(|tx| outbox::claim(tx, outbox::Work::House, NOW, LEASE_MS, 7)).unwrap();
                    assert!(taken.len() <= 7);
                    assert!(taken.is_sorted_by_key(|row| (row.effect.due_at, row.effect.id)));
                    if taken.is_empty() {
                        return mine;
                    }
                    for row in taken {
                        assert_eq!(row.attempts, 1);
                        mine.push(row.effect.id);
                        store.write(move |tx| outbox::done(tx, row.effect.id, NOW)).unwrap();
                    }
                }
            })
        }).collect();
        let mut times: BTreeMap<EffectId, u32> = BTreeMap::new();
        for id in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
            *times.entry(id).or_default() += 1;
        }
        assert_eq!(times.len(), 300);
        assert!(times.values().all(|taken| *taken == 1));
        assert_eq!(db.store.read(outbox::pending_count).unwrap(), 0);
    }

    fn work_comes_back_after_its_lease_and_ends_once(db) {
        let mut later = sample::effect("later");
        later.due_at = NOW.plus_ms(5_000);
        let now = sample::effect("now");
        let id = now.id;
        assert_eq!(db.store.read(outbox::next_due).unwrap(), None);
        db.store.write(move |tx| {
            outbox::enqueue(tx, &later)?;
            outbox::enqueue(tx, &now)
        }).unwrap();
        let claim = |at: i64| db.store.write(move |tx| outbox::claim(tx, outbox::Work::House, NOW.plus_ms(at), LEASE_MS, 10)).unwrap();
        assert_eq!(db.store.read(outbox::next_due).unwrap(), Some(NOW));
        assert_eq!(claim(-1).len(), 0);
        assert_eq!(claim(0).len(), 1);
        assert_eq!(db.store.read(outbox::next_due).unwrap(), Some(NOW.plus_ms(LEASE_MS)));
        assert_eq!(claim(LEASE_MS - 1).len(), 0);
        let again = claim(LEASE_MS);
        assert_eq!((again.len(), again[0].attempts), (1, 2));
        db.store.write(move |tx| outbox::failed(tx, id, "mail server asleep", Some(NOW.plus_ms(3_000)))).unwrap();
        assert_eq!(claim(2_999).len(), 0);
        let third = claim(3_000);
        assert_eq!((third[0].attempts, third[0].last_error.as_deref()), (3, Some("mail server asleep")));
        // What fails and waits is known, and can be had at once; what somebody is at cannot.
        assert_eq!(db.store.read(outbox::failing).unwrap(), third);
        let again = || db.store.write(move |tx| outbox::try_again(tx, id, NOW.plus_ms(3_001)));
        assert!(matches!(again(), Err(Error::Conflict { .. })));
        db.store.write(move |tx| outbox::failed(tx, id, "asleep", Some(NOW.plus_ms(60_000)))).unwrap();
        again().unwrap();
        assert_eq!(claim(3_001)[0].attempts, 1);
        db.store.write(move |tx| outbox::failed(tx, id, "no such mailbox", None)).unwrap();
        let stuck = db.store.read(outbox::stuck).unwrap();
        assert_eq!((stuck.len(), stuck[0].effect.id, stuck[0].state), (1, id, EffectState::Stuck));
        assert_eq!(claim(4_000).len(), 0);
        assert_eq!(db.store.read(outbox::next_due).unwrap(), Some(NOW.plus_ms(5_000)));
        let last = claim(5_000)[0].effect.id;
        for at in 0..2 {
            db.store.write(move |tx| outbox::done(tx, last, NOW.plus_ms(at))).unwrap();
        }
        // A worker that was slow reports a failure of what another has done.
        db.store.write(move |tx| outbox::failed(tx, last, "late", Some(NOW))).unwrap();
        let row = db.store.read(|tx| outbox::by_key(tx, "later")).unwrap().unwrap();
        assert_eq!((row.state, row.done_at), (EffectState::Done, Some(NOW)));
        assert_eq!(claim(9_000).len(), 0);
        let unknown = db.store.write(|tx| outbox::done(tx, sample::effect_id(), NOW));
        assert_eq!(unknown, Err(Error::Conflict { what: "outbox" }));
    }
}
