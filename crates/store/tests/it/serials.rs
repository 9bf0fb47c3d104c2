//! A serial number is reserved once, whoever draws it (requirement R2).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::Error;

use crate::database::on_both;
use crate::sample;

const WRITERS: usize = 64;
/// The stubbed generator gives each number this often.
const TIMES_EACH: usize = 8;

on_both! {
    fn sixty_four_writers_with_forced_collisions_get_different_numbers(db) {
        let requests: Vec<_> = (0..WRITERS).map(|_| sample::stored_request(&db.store).id).collect();
        let (drawn, collisions) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> = requests.iter().map(|&request_id| {
            let (store, drawn, collisions) = (db.store.clone(), Arc::clone(&drawn), Arc::clone(&collisions));
            std::thread::spawn(move || loop {
                let number = drawn.fetch_add(1, Ordering::SeqCst) / TIMES_EACH;
                let intent = sample::intent(request_id, &format!("7f{number:038x}"));
                match store.write(move |tx| store::intents::insert(tx, &intent)) {
                    Ok(()) => return number,
                    Err(Error::AlreadyThere { what }) => {
                        assert_eq!(what, "intents.authority, intents.serial_hex");
                        collisions.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(error) => panic!("{error}"),
                }
            })
        }).collect();
        let numbers: BTreeSet<usize> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        assert_eq!(numbers.len(), WRITERS);
        assert!(collisions.load(Ordering::SeqCst) >= WRITERS * (TIMES_EACH - 1) - TIMES_EACH);
        let open = db.store.read(store::intents::open).unwrap();
        let serials: BTreeSet<_> = open.iter().map(|intent| intent.serial_hex.clone()).collect();
        assert_eq!((open.len(), serials.len()), (WRITERS, WRITERS));
    }

    fn a_thousand_double_submits_make_one_request(db) {
        let person = sample::subscriber();
        let (stored, sha) = (person.clone(), sample::PROCEDURE);
        db.store.write(move |tx| {
            store::procedures::remember(tx, &sha, "sample", "")?;
            store::subscribers::insert(tx, &stored)
        }).unwrap();
        let made = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..8).map(|_| {
            let (store, person, made) = (db.store.clone(), person.clone(), Arc::clone(&made));
            std::thread::spawn(move || for _ in 0..125 {
                let new = sample::request(&person);
                let row = store::requests::NewRequestRow { idempotency_key: Some("one wish".to_owned()) };
                match store.write(move |tx| store::requests::insert(tx, &new, &row)) {
                    Ok(()) => { made.fetch_add(1, Ordering::SeqCst); }
                    Err(Error::AlreadyThere { .. }) => {
                        let found = store.read(|tx| store::requests::by_idempotency(tx, person.id, "one wish"));
                        assert!(found.unwrap().is_some());
                    }
                    Err(error) => panic!("{error}"),
                }
            })
        }).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
