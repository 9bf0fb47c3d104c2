//! One closure's failure harms nobody else; what was answered is there; what was not allowed is refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use domain::subscriber::Organisation;
use store::{Error, Store};

use crate::database::on_both;
use crate::sample;

fn is_there(store: &Store, organisation: &Organisation) -> bool {
    store.read(|tx| store::organisations::by_id(tx, organisation.id)).unwrap().is_some()
}

/// What a closure of the crowd does after its insert.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fate {
    Stays,
    Refuses,
    Panics,
    BreaksAKey,
    PassesOverAFailure,
}

on_both! {
    fn a_closure_that_fails_or_panics_does_not_harm_its_neighbours(db) {
        let taken = sample::organisation();
        let first = taken.clone();
        db.store.write(move |tx| store::organisations::insert(tx, &first)).unwrap();
        // The first closure holds SQLite's writer until the crowd has come, so that all of it shares one transaction.
        let (came, all_came) = mpsc::channel::<()>();
        let all_came = std::sync::Mutex::new(all_came);
        let gate = {
            let store = db.store.clone();
            std::thread::spawn(move || store.write(move |_| -> Result<(), Error> {
                for _ in 0..40 {
                    all_came.lock().unwrap().recv_timeout(std::time::Duration::from_secs(30)).unwrap();
                }
                std::thread::sleep(std::time::Duration::from_millis(200));
                Ok(())
            }))
        };
        let fates = [Fate::Stays, Fate::Refuses, Fate::Panics, Fate::BreaksAKey, Fate::PassesOverAFailure];
        let crowd: Vec<_> = (0..40).map(|number| {
            let (store, came, fate, taken) = (db.store.clone(), came.clone(), fates[number % 5], taken.clone());
            std::thread::spawn(move || {
                let new = sample::organisation();
                let (insert, entry) = (new.clone(), sample::entry(&format!("request:{number}")));
                came.send(()).unwrap();
                let answer = catch_unwind(AssertUnwindSafe(|| store.write(move |tx| {
                    store::organisations::insert(tx, &insert)?;
                    store::journal::append(tx, &entry)?;
                    match fate {
                        Fate::Stays => Ok(()),
                        Fate::Refuses => Err(Error::Conflict { what: "test" }),
                        Fate::Panics => panic!("as planned"),
                        Fate::BreaksAKey => store::organisations::insert(tx, &taken),
                        Fate::PassesOverAFailure => {
                            let _ = store::organisations::insert(tx, &taken);
                            Ok(())
                        }
                    }
                })));
                match fate {
                    Fate::Stays => assert!(matches!(answer, Ok(Ok(())))),
                    Fate::Refuses => assert!(matches!(answer, Ok(Err(Error::Conflict { what: "test" })))),
                    Fate::Panics => assert!(answer.is_err()),
                    Fate::BreaksAKey => assert!(matches!(answer, Ok(Err(Error::AlreadyThere { .. })))),
                    Fate::PassesOverAFailure => assert!(matches!(answer, Ok(Err(Error::Internal(_))))),
                }
                (new, fate)
            })
        }).collect();
        gate.join().unwrap().unwrap();
        for member in crowd {
            let (organisation, fate) = member.join().unwrap();
            assert_eq!(is_there(&db.store, &organisation), fate == Fate::Stays, "{fate:?}");
        }
        let rows = db.store.read(store::views::counts).unwrap().journal_rows;
        assert_eq!(rows, 8, "one journal row for each closure that stayed");
    }

    fn a_savepoint_confines_an_expected_failure(db) {
        let (kept, lost, last) = (sample::organisation(), sample::organisation(), sample::organisation());
        let (a, b, c) = (kept.clone(), lost.clone(), last.clone());
        db.store.write(move |tx| -> Result<(), Error> {
            store::organisations::insert(tx, &a)?;
            let inner = tx.savepoint(|tx| {
                store::organisations::insert(tx, &b)?;
                store::journal::append(tx, &sample::entry("request:lost"))?;
                store::organisations::insert(tx, &a)
            });
            assert!(matches!(inner, Err(Error::AlreadyThere { .. })), "{inner:?}");
            // Also a passed-over failure and a panic inside stay inside.
            let passed_over = tx.savepoint(|tx| -> Result<(), Error> {
                let _ = store::organisations::insert(tx, &a);
                Ok(())
            });
            assert!(matches!(passed_over, Err(Error::Internal(_))), "{passed_over:?}");
            let panicked = catch_unwind(AssertUnwindSafe(|| tx.savepoint(|tx| -> Result<(), Error> {
                store::organisations::insert(tx, &b)?;
                panic!("as planned")
            })));
            assert!(panicked.is_err());
            tx.savepoint(|tx| -> Result<(), Error> {
                tx.savepoint(|tx| store::journal::append(tx, &sample::entry("request:kept")))?;
                store::organisations::insert(tx, &c)
            })
        }).unwrap();
        assert_eq!([&kept, &lost, &last].map(|one| is_there(&db.store, one)), [true, false, true]);
        assert_eq!(db.store.read(|tx| store::journal::of_object(tx, "request:lost")).unwrap(), vec![]);
        assert_eq!(db.store.read(|tx| store::journal::of_object(tx, "request:kept")).unwrap().len(), 1);
    }

    fn a_closure_of_any_error_type_is_undone_by_its_error(db) {
        #[derive(Debug)]
        enum Refused {
            No,
            Store(#[expect(dead_code, reason = "shown when the test fails")] Error),
        }
        impl From<Error> for Refused {
            fn from(error: Error) -> Self {
                Self::Store(error)
            }
        }
        let new = sample::organisation();
        let insert = new.clone();
        let answer = db.store.write(move |tx| -> Result<(), Refused> {
            store::organisations::insert(tx, &insert)?;
            Err(Refused::No)
        });
        assert!(matches!(answer, Err(Refused::No)), "{answer:?}");
        assert!(!is_there(&db.store, &new));
    }

    fn reading_refuses_to_write(db) {
        let new = sample::organisation();
        let answer = db.store.read(|tx| store::organisations::insert(tx, &new));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        let answer = db.store.read(|tx| store::journal::append(tx, &sample::entry("request:1")));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        assert!(!is_there(&db.store, &new));
    }

    fn reading_sees_one_snapshot(db) {
        let new = sample::organisation();
        let insert = new.clone();
        let store = db.store.clone();
        let answer = db.store.read(|tx| -> Result<bool, Error> {
            let before = store::organisations::by_id(tx, new.id)?;
            let (store, insert) = (store.clone(), insert.clone());
            let other = std::thread::spawn(move || store.write(move |tx| store::organisations::insert(tx, &insert)));
            other.join().unwrap()?;
            Ok(before.is_none() && store::organisations::by_id(tx, new.id)?.is_none())
        });
        assert_eq!(answer, Ok(true));
        assert!(is_there(&db.store, &new));
    }

    fn a_transaction_inside_a_transaction_is_refused(db) {
        let store = db.store.clone();
        let answer = db.store.write(move |_| store.write(|_| -> Result<(), Error> { Ok(()) }));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        let store = db.store.clone();
        let answer = db.store.read(|_| store.read(|_| -> Result<(), Error> { Ok(()) }));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        assert_eq!(db.store.healthy(), Ok(()));
    }

    fn hot_rows_do_not_dead_lock(db) {
        // Every transaction writes two lanes, in either order; the end of the closure puts them in one order.
        let threads: Vec<_> = (0..16_u8).map(|thread| {
            let store = db.store.clone();
            std::thread::spawn(move || for round in 0..20_u8 {
                let (a, b) = (format!("request:{}", round % 4), format!("request:{}", (round + thread) % 7));
                let (a, b) = (sample::entry(&a), sample::entry(&b));
                store.write(move |tx| {
                    store::journal::append(tx, &a)?;
                    store::journal::append(tx, &b)
                }).unwrap();
            })
        }).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let report = store::journal::verify(&db.store, &|_| true, &[]).unwrap();
        assert_eq!((report.rows, report.problems), (640, vec![]));
    }
}
