//! Opening: the schema comes up once, under a lock; another version is refused; every statement is understood.

use store::{Error, Location, Store};

use crate::database::{Database, on_both};
use crate::sample;

on_both! {
    fn every_statement_is_understood(db) {
        let store: &Store = &db.store;
        let prepared = store.check_statements().unwrap();
        assert!(prepared > 80, "{prepared}");
    }

    fn many_open_at_once_and_the_schema_comes_up_once(db) {
        let mut door = db.back_door();
        // Back to an empty database: every table goes.
        empty(db, &mut door);
        let openers: Vec<_> = (0..8).map(|_| {
            let location = few_connections(&db.location);
            std::thread::spawn(move || Store::open(&location).map(drop))
        }).collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
        assert_eq!(door.number("SELECT COUNT(*) FROM schema_versions"), steps());
        assert_eq!(door.number("SELECT COUNT(*) FROM journal_heads"), 16);
    }

    fn a_schema_of_another_version_is_refused(db) {
        let mut door = db.back_door();
        let later = steps() + 1;
        door.run(&format!("INSERT INTO schema_versions (number, name, sha256_hex) VALUES ({later}, 'later', 'x')"));
        for open in [Store::open, Store::open_reading] {
            let answer = open(&few_connections(&db.location)).map(drop);
            assert!(matches!(&answer, Err(Error::Internal(text)) if text.contains("newer")), "{answer:?}");
        }
        let edit = "UPDATE schema_versions SET sha256_hex = 'edited'";
        door.run(&format!("DELETE FROM schema_versions WHERE number = {later}; {edit}"));
        for open in [Store::open, Store::open_reading] {
            let answer = open(&few_connections(&db.location)).map(drop);
            assert!(matches!(&answer, Err(Error::Internal(text)) if text.contains("another")), "{answer:?}");
        }
        empty(db, &mut door);
        let answer = Store::open_reading(&few_connections(&db.location)).map(drop);
        assert!(matches!(&answer, Err(Error::Internal(text)) if text.contains(&format!("needs {}", steps()))), "{answer:?}");
    }

    fn a_reader_beside_the_server_sees_and_cannot_write(db) {
        let reader = Store::open_reading(&few_connections(&db.location)).unwrap();
        let new = sample::organisation();
        let insert = new.clone();
        db.store.write(move |tx| store::organisations::insert(tx, &insert)).unwrap();
        let seen = reader.read(|tx| store::organisations::by_id(tx, new.id)).unwrap();
        assert_eq!(seen, Some(new));
        assert_eq!(reader.healthy(), Ok(()));
        assert_eq!(reader.backend_name(), db.store.backend_name());
        let other = sample::organisation();
        let answer = reader.write(move |tx| store::organisations::insert(tx, &other));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
    }
}

/// How many migrations there are.
fn steps() -> i64 {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    i64::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap()
}

#[test]
fn a_file_that_is_not_there_or_not_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Location::Sqlite(folder.path().join("absent.sqlite"));
    assert!(matches!(Store::open_reading(&absent).map(drop), Err(Error::Unavailable(_))));
    let path = folder.path().join("foreign.sqlite");
    std::fs::write(&path, "this is not a database, it is a text that is long enough to be looked at as a header")
        .unwrap();
    assert!(Store::open(&Location::Sqlite(path)).is_err());
}

#[test]
fn an_address_without_a_server_is_unavailable_and_a_wrong_one_ours() {
    let open = |url: &str| Store::open(&Location::Postgres { url: url.to_owned(), connections: 1 }).map(drop);
    assert!(matches!(open("postgres://nobody@127.0.0.1:1/none"), Err(Error::Unavailable(_))));
    for url in ["postgres://u@h/d?sslmode=require", "postgres://u@h/d?sslrootcert=/x", "postgres://u@h/d?nonsense=1"] {
        assert!(matches!(open(url), Err(Error::Internal(_))), "{url}");
    }
    let absent = open("postgres://u@h/d?sslmode=verify-full&sslrootcert=/absent.pem");
    assert!(matches!(&absent, Err(Error::Internal(text)) if text.contains("/absent.pem")), "{absent:?}");
    let shown = format!("{:?}", Location::Postgres { url: "postgres://u:secret@h/d".to_owned(), connections: 1 });
    assert!(!shown.contains("secret"), "{shown}");
}

fn few_connections(location: &Location) -> Location {
    match location {
        Location::Sqlite(path) => Location::Sqlite(path.clone()),
        Location::Postgres { url, .. } => Location::Postgres { url: url.clone(), connections: 2 },
    }
}

fn empty(db: &Database, door: &mut crate::database::BackDoor) {
    match &db.location {
        Location::Postgres { .. } => door.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public"),
        Location::Sqlite(_) => {
            let crate::database::BackDoor::Sqlite(connection) = door else { unreachable!("a file has such a door") };
            let mut tables = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
            let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            drop(tables);
            connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
            for name in names {
                connection.execute_batch(&format!("DROP TABLE {name}")).unwrap();
            }
        }
    }
}
