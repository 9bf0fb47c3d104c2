//! What the desk lists and looks up, and how its people sign in: the same on both databases.

use domain::Timestamp;
use domain::ids::KeyUid;
use domain::request::{Stage, StageName, Submitted};
use store::staff::StaffRow;
use store::staff_sign_in::{SecretsRow, StaffSessionRow};
use store::views::desk::{self, Wanted};
use store::{Error, Lock, Store};

use crate::database::on_both;
use crate::sample::{self, AGENT, NOW};

/// A request of somebody with an organisation, promised for `eta`.
fn promised(store: &Store, eta: Option<i64>) -> (domain::request::Request, domain::subscriber::Organisation, String) {
    let organisation = sample::organisation();
    let mut person = sample::subscriber();
    person.organisation_id = Some(organisation.id);
    let mut new = sample::request(&person);
    let key = domain::request::Keyed { spki_sha256: sample::digest() };
    let submitted = Submitted { key, accepted_at: NOW, eta: eta.map(|ms| NOW.plus_ms(ms)) };
    new.stage = Stage::InReview { submitted, first_approval: None };
    let (o, p, r) = (organisation.clone(), person.clone(), new.clone());
    store
        .write(move |tx| -> Result<(), Error> {
            store::procedures::remember(tx, &sample::PROCEDURE, "sample", "kind = \"renewal\"")?;
            store::organisations::insert(tx, &o)?;
            store::subscribers::insert(tx, &p)?;
            store::requests::insert(tx, &r, &store::requests::NewRequestRow::default())
        })
        .unwrap();
    (new, organisation, person.name.nominative)
}

/// A write of one of these tests.
type Work = Box<dyn Fn(&mut store::Tx<'_>) -> Result<(), Error> + Send>;

on_both! {
    fn the_queue_comes_page_by_page_and_by_promise(db) {
        let store = &db.store;
        let promises = [Some(30), None, Some(10), Some(20), Some(10), None];
        let made: Vec<_> = promises.into_iter().map(|eta| promised(store, eta).0.id).collect();
        let draft = sample::stored_request(store).id;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let stages = [StageName::InReview, StageName::Accepted];
            let rows = store.read(|tx| desk::page(tx, AGENT, &stages, after, 2)).unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.place());
            seen.extend(rows.iter().map(|row| (row.place(), row.id)));
        }
        assert!(seen.is_sorted(), "{seen:?}");
        let mut ids: Vec<_> = seen.iter().map(|(_, id)| *id).collect();
        ids.sort();
        let mut wanted = made.clone();
        wanted.sort();
        assert_eq!(ids, wanted, "each once, and the draft is not there");
        let counts = store.read(|tx| desk::counts(tx, AGENT)).unwrap();
        assert_eq!((counts[&StageName::InReview], counts[&StageName::Draft]), (6, 1));
        let everything = store.read(|tx| desk::page(tx, AGENT, &StageName::ALL, None, 100)).unwrap();
        assert!(everything.iter().any(|row| row.id == draft));
        let elsewhere = domain::ids::AgentId(AGENT.0 + 1);
        assert_eq!(store.read(|tx| desk::page(tx, elsewhere, &StageName::ALL, None, 100)).unwrap(), []);
        assert!(store.read(|tx| desk::counts(tx, elsewhere)).unwrap().is_empty());
    }

    fn what_waits_for_paper_comes_by_the_day_on_which_it_must_be_in(db) {
        use domain::act::Act;
        let store = &db.store;
        let (drawn, late) = (|due| Act::Drawn { at: NOW, due }, |due| Act::Overdue { due });
        let at = |ms| NOW.plus_ms(ms);
        let submitted = |request: &domain::request::Request| request.stage.submitted().unwrap().clone();
        let mut changed = Vec::new();
        for (is_application, act) in [
            (true, Act::None),
            (false, drawn(None)),
            (false, drawn(Some(at(20)))),
            (false, late(at(10))),
            (false, Act::Received { at: NOW }),
            (false, Act::ClientSigned { at: NOW, due: None }),
            (false, Act::None),
        ] {
            let mut request = promised(store, Some(1)).0;
            if is_application {
                request.stage = Stage::Accepted(submitted(&request));
            }
            request.act = act;
            changed.push(request.clone());
            store.write(move |tx| store::requests::save(tx, &request)).unwrap();
        }
        // The desk looks at none whose address has not answered.
        let mut silent = promised(store, Some(1)).0;
        silent.stage = Stage::Accepted(submitted(&silent));
        silent.email_confirmed = false;
        store.write(move |tx| store::requests::save(tx, &silent)).unwrap();
        let on_paper = vec!["sample".to_owned()];
        let listed = |on_paper: &[String]| {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let rows = store.read(|tx| desk::paper(tx, AGENT, on_paper, after, 2)).unwrap();
                let Some(last) = rows.last() else { return seen };
                after = Some(last.place());
                seen.extend(rows.iter().map(|row| (row.id, row.eta)));
            }
        };
        let of = |index: usize| changed[index].id;
        let ends = |index: usize| Some(changed[index].expires_at);
        let mut wanted = vec![(of(3), Some(at(10))), (of(2), Some(at(20))), (of(0), ends(0)), (of(1), ends(1))];
        wanted.sort_by_key(|(id, due)| (*due, *id));
        assert_eq!(listed(&on_paper), wanted);
        assert_eq!(wanted[0], (of(3), Some(at(10))), "the late one first");
        assert_eq!(listed(&[]), [(of(0), ends(0))], "without an act on paper only the application");
        let count = |on_paper: &[String], agent| store.read(|tx| desk::paper_count(tx, agent, on_paper)).unwrap();
        assert_eq!((count(&on_paper, AGENT), count(&[], AGENT)), (4, 1));
        let elsewhere = domain::ids::AgentId(AGENT.0 + 1);
        assert_eq!(count(&on_paper, elsewhere), 0);
        assert!(store.read(|tx| desk::paper(tx, elsewhere, &on_paper, None, 9)).unwrap().is_empty());
    }

    fn a_request_is_found_by_everything_that_names_it(db) {
        let store = &db.store;
        let (wanted, organisation, name) = promised(store, Some(1));
        let (other, ..) = promised(store, Some(2));
        let mut certificate = sample::certificate(wanted.subscriber_id, None);
        certificate.agent_id = AGENT;
        let kept = certificate.clone();
        store.write(move |tx| store::certificates::insert(tx, &kept)).unwrap();
        let find = |wanted: Wanted| -> Vec<_> {
            let rows = store.read(|tx| desk::search(tx, AGENT, &wanted, 10)).unwrap();
            rows.requests.rows.into_iter().map(|row| row.id).collect()
        };
        let none = Wanted::default;
        assert_eq!(find(Wanted { unz: Some(wanted.unz), ..none() }), [wanted.id]);
        assert_eq!(find(Wanted { inn: Some(organisation.inn.as_str().to_owned()), ..none() }), [wanted.id]);
        assert_eq!(find(Wanted { serials: vec![certificate.serial_hex.clone()], ..none() }), [wanted.id]);
        assert_eq!(find(Wanted { names: vec![name.clone()], ..none() }), [wanted.id]);
        assert_eq!(find(Wanted { names: vec![name[..4].to_owned()], ..none() }).len(), 2, "both begin so");
        assert_eq!(find(Wanted { names: vec![name.to_uppercase()], ..none() }), [wanted.id], "in capitals");
        let shouted = organisation.name.to_uppercase();
        assert!(find(Wanted { organisation: Some(shouted), ..none() }).contains(&wanted.id));
        let part: String = organisation.name.chars().skip(2).take(6).collect();
        let both = find(Wanted { organisation: Some(part), ..none() });
        assert!(both.contains(&wanted.id) && both.contains(&other.id));
        let twice = Wanted { unz: Some(wanted.unz), names: vec![name], ..none() };
        assert_eq!(find(twice), [wanted.id], "found twice, shown once");
        assert_eq!(find(none()), []);
        // What would be a pattern elsewhere is a text here.
        for pattern in ["%", "_", "'", "\"", "\u{0}x"] {
            let typed = Some(pattern.to_owned());
            let answer = store.read(|tx| desk::search(tx, AGENT, &Wanted { organisation: typed.clone(), ..none() }, 10));
            assert!(answer.is_err() || answer.unwrap().requests.rows.is_empty(), "{pattern}");
        }
    }

    fn whoever_never_asked_for_anything_is_found_as_well_and_only_at_the_own_agent(db) {
        let store = &db.store;
        let (organisation, mut person) = (sample::organisation(), sample::subscriber());
        person.organisation_id = Some(organisation.id);
        person.name.nominative = "Ёлкин Пётр Ильич".to_owned();
        person.subject.attributes[1].1 = "Elkin Petr Ilich".to_owned();
        let mut certificate = sample::certificate(person.id, None);
        certificate.agent_id = AGENT;
        let (o, p, c) = (organisation.clone(), person.clone(), certificate.clone());
        store.write(move |tx| -> Result<(), Error> {
            store::organisations::insert(tx, &o)?;
            store::subscribers::insert(tx, &p)?;
            store::certificates::insert(tx, &c)
        }).unwrap();
        let none = Wanted::default;
        let named = |name: &str| Wanted { names: vec![name.to_owned()], ..none() };
        let at = |agent, wanted: &Wanted, limit| store.read(|tx| desk::search(tx, agent, wanted, limit)).unwrap();
        let elsewhere = domain::ids::AgentId(AGENT.0 + 1);
        let inn = Wanted { inn: Some(organisation.inn.as_str().to_owned()), ..none() };
        let part = Wanted { organisation: Some(organisation.name.to_lowercase()), ..none() };
        let serial = Wanted { serials: vec![certificate.serial_hex.clone()], ..none() };
        let thumbprint = Wanted { thumbprint_sha256: Some(certificate.thumbprint_sha256), ..none() };
        let of_key = |spki_sha256: &[u8; 32]| Wanted { uid: Some(KeyUid::of(spki_sha256)), ..none() };
        let uid = of_key(&certificate.spki_sha256);
        // The next UID: of the ten octets the last is another one.
        let mut next = certificate.spki_sha256;
        next[9] ^= 1;
        let other_uid = of_key(&next);
        let owner = Wanted { owner_id: Some(person.owner_id.as_str().to_owned()), ..none() };
        for (wanted, people, organisations, certificates) in [
            (&inn, 1, 1, 0),
            (&part, 0, 1, 0),
            (&serial, 0, 0, 1),
            (&thumbprint, 0, 0, 1),
            (&uid, 0, 0, 1),
            (&other_uid, 0, 0, 0),
            (&owner, 1, 0, 0),
            (&named("елкин"), 1, 0, 0),
            (&named("ELKIN pe"), 1, 0, 0),
            (&named("Petr"), 0, 0, 0),
        ] {
            let found = at(AGENT, wanted, 10);
            let counts = [found.people.rows.len(), found.organisations.rows.len(), found.certificates.rows.len()];
            assert_eq!(counts, [people, organisations, certificates], "{wanted:?}");
            assert!(found.requests.rows.is_empty() && !found.people.has_more, "{wanted:?}");
            assert!(found.people.rows.iter().all(|row| row.id == person.id));
            assert!(found.certificates.rows.iter().all(|(row, name)| row.id == certificate.id && *name == person.name.nominative));
            let other = at(elsewhere, wanted, 10);
            assert!(other.people.rows.is_empty() && other.organisations.rows.is_empty() && other.certificates.rows.is_empty());
        }

        // A list that is cut says so.
        let mut second = sample::subscriber();
        second.subject.attributes[1].1 = "Elkina Anna".to_owned();
        store.write(move |tx| store::subscribers::insert(tx, &second)).unwrap();
        let cut = at(AGENT, &named("elkin"), 1).people;
        assert_eq!((cut.rows.len(), cut.has_more), (1, true));
        let whole = at(AGENT, &named("elkin"), 2).people;
        assert_eq!((whole.rows.len(), whole.has_more), (2, false));
    }

    fn people_and_organisations_are_listed_page_by_page(db) {
        let store = &db.store;
        let names = ["Ёлкин", "елкина", "Рогов", "рогова", "Иванов"];
        let mut made = Vec::new();
        for name in names {
            let (mut organisation, mut person) = (sample::organisation(), sample::subscriber());
            organisation.name = format!("ООО «{name}»");
            person.name.nominative = name.to_owned();
            person.organisation_id = Some(organisation.id);
            made.push((person.id, organisation.id));
            store.write(move |tx| -> Result<(), Error> {
                store::organisations::insert(tx, &organisation)?;
                store::subscribers::insert(tx, &person)
            }).unwrap();
        }
        let list = |beginning: &str| {
            let (mut seen, mut after) = (Vec::new(), None::<(String, _)>);
            loop {
                let from = after.as_ref().map(|(folded, id)| (folded.as_str(), *id));
                let rows = store.read(|tx| desk::people(tx, AGENT, &desk::folded(beginning), from, 2)).unwrap();
                let Some(last) = rows.last() else { return seen };
                after = Some((last.folded.clone(), last.id));
                seen.extend(rows.into_iter().map(|row| row.name));
            }
        };
        assert_eq!(list(""), ["Ёлкин", "елкина", "Иванов", "Рогов", "рогова"]);
        assert_eq!(list("ЁЛК"), ["Ёлкин", "елкина"]);
        assert_eq!(list("Рогова"), ["рогова"]);
        assert!(list("\u{10ffff}").is_empty());
        let organisations = store.read(|tx| desk::organisations(tx, AGENT, &desk::folded("рогов"), None, 10)).unwrap();
        assert_eq!(organisations.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["ООО «Рогов»", "ООО «рогова»"]);
        let people = store.read(|tx| desk::people_of(tx, made[2].1, 10)).unwrap();
        assert_eq!((people.len(), people[0].id), (1, made[2].0));
        let elsewhere = domain::ids::AgentId(AGENT.0 + 1);
        assert!(store.read(|tx| desk::people(tx, elsewhere, "", None, 10)).unwrap().is_empty());
    }

    fn what_the_migration_folds_is_what_new_rows_bring(db) {
        let store = &db.store;
        let mut person = sample::subscriber();
        person.name.nominative = "Ёжиков АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ «Ро» \"Q\" “w” O'Neil".to_owned();
        let kept = person.clone();
        store.write(move |tx| store::subscribers::insert(tx, &kept)).unwrap();
        let folded = || store.read(|tx| desk::people(tx, AGENT, "", None, 10)).unwrap()[0].folded.clone();
        let brought = folded();
        assert_eq!(brought, desk::folded(&person.name.nominative));
        let migration = match store.backend_name() {
            "SQLite" => include_str!("../../migrations/sqlite/0006_search.sql"),
            _ => include_str!("../../migrations/postgres/0006_search.sql"),
        };
        let update = migration.lines().find(|line| line.starts_with("UPDATE subscribers")).unwrap();
        let mut door = db.back_door();
        door.run("UPDATE subscribers SET name_folded = ''");
        door.run(update);
        assert_eq!(folded(), brought);
    }

    fn what_the_migration_folds_of_certificates_names_is_what_new_rows_bring(db) {
        let store = &db.store;
        let mut person = sample::subscriber();
        person.subject.attributes[1].1 = "ROGOV Ёжиков АБВ «Ро» \"Q\" O'Neil\\".to_owned();
        store.write(move |tx| store::subscribers::insert(tx, &person)).unwrap();
        let found = |name: &str| {
            let wanted = Wanted { names: vec![name.to_owned()], ..Wanted::default() };
            store.read(|tx| desk::search(tx, AGENT, &wanted, 10)).unwrap().people.rows.len()
        };
        let whole = "rogov ежиков абв ро q o'neil\\";
        assert_eq!(found(whole), 1);
        let migration = match store.backend_name() {
            "SQLite" => include_str!("../../migrations/sqlite/0025_common_names.sql"),
            _ => include_str!("../../migrations/postgres/0025_common_names.sql"),
        };
        let update = migration.lines().find(|line| line.starts_with("UPDATE subscribers")).unwrap();
        let mut door = db.back_door();
        door.run("UPDATE subscribers SET common_name_folded = ''");
        assert_eq!(found(whole), 0);
        door.run(update);
        assert_eq!(found(whole), 1);
    }

    fn a_search_by_name_looks_at_whoever_has_requests(db) {
        let store = &db.store;
        let (request, ..) = promised(store, Some(1));
        let mut of_record = sample::subscriber();
        of_record.name.nominative = "Рогов Иван 1".to_owned();
        of_record.subject.attributes[1].1 = "Rogov Ivan 1".to_owned();
        let person = of_record.clone();
        let applicant = domain::applicant::Applicant {
            surname: "Рогов".to_owned(),
            given_name: "Иван".to_owned(),
            patronymic: None,
            organisation: None,
            country: "RU".to_owned(),
            city: "Москва".to_owned(),
            address: String::new(),
            contact: request.contact.clone(),
        };
        store.write(move |tx| -> Result<(), Error> {
            store::subscribers::insert(tx, &person)?;
            store::applicants::insert(tx, request.id, &sample::digest(), &applicant)
        }).unwrap();
        let found = |name: &str| {
            let wanted = Wanted { names: vec![name.to_owned()], ..Wanted::default() };
            let rows = store.read(|tx| desk::search(tx, AGENT, &wanted, 10)).unwrap().requests.rows;
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let of_the_person = || ["рогов иван", "ROGOV IVAN 1"].map(found);
        assert_eq!(of_the_person(), [[], []], "nothing was ever asked of this one");
        store.write(move |tx| store::applicants::bind(tx, request.id, of_record.id, Some(request.subscriber_id))).unwrap();
        assert_eq!(of_the_person(), [[request.id], [request.id]]);

        // The database of before had no mark.
        let migration = match store.backend_name() {
            "SQLite" => include_str!("../../migrations/sqlite/0027_people_with_requests.sql"),
            _ => include_str!("../../migrations/postgres/0027_people_with_requests.sql"),
        };
        let update = migration.lines().find(|line| line.starts_with("UPDATE subscribers")).unwrap();
        let mut door = db.back_door();
        door.run("UPDATE subscribers SET has_requests = FALSE");
        assert_eq!(of_the_person(), [[], []]);
        door.run(update);
        assert_eq!(of_the_person(), [[request.id], [request.id]]);
    }

    fn messages_come_page_by_page_what_waits_for_the_bank_first(db) {
        let store = &db.store;
        // The client's message, whether the bank has seen it, the bank's own.
        let written = [(1, false, None), (5, true, None), (3, false, Some(9)), (7, true, Some(8)), (4, false, None), (6, true, None)];
        let ms = |ms| NOW.plus_ms(ms);
        let made: Vec<_> = written.into_iter().map(|(asked, seen, answered)| {
            let request = sample::stored_request(store).id;
            let message = move |at, staff_id| store::messages::MessageRow {
                id: domain::ids::MessageId::new(at, sample::digest()[..10].try_into().unwrap()),
                request_id: request, staff_id, stranger: None, text: "Акт".to_owned(), sent_at: at, read_at: None,
            };
            let member = StaffRow {
                id: sample::staff_id(), agent_id: AGENT, name: "Operator".to_owned(), roles: Vec::new(), token_sha256: sample::digest(),
                created_at: NOW, disabled_at: None,
            };
            store.write(move |tx| -> Result<(), Error> {
                let asked = message(ms(asked), None);
                store::messages::insert(tx, &asked, &[])?;
                if seen {
                    store::messages::read_by_bank(tx, request, &[asked.id], ms(20))?;
                }
                if let Some(answered) = answered {
                    store::staff::insert(tx, &member)?;
                    store::messages::insert(tx, &message(ms(answered), Some(member.id)), &[])?;
                }
                Ok(())
            }).unwrap();
            request
        }).collect();
        let list = || {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let rows = store.read(|tx| store::messages::threads_of_agent(tx, AGENT, after, 2)).unwrap();
                assert!(rows.len() <= 2);
                let Some(last) = rows.last() else { return seen };
                after = Some(last.place());
                seen.extend(rows.iter().map(|row| (row.request_id, row.last_at, row.unread)));
            }
        };
        let expected = [(2, 9, 1), (4, 4, 1), (0, 1, 1), (3, 8, 0), (5, 6, 0), (1, 5, 0)];
        let expected = expected.map(|(index, at, unread): (usize, i64, i64)| (made[index], ms(at), unread));
        assert_eq!(list(), expected);

        // The database of before had the messages alone.
        let migration = match store.backend_name() {
            "SQLite" => include_str!("../../migrations/sqlite/0028_threads.sql"),
            _ => include_str!("../../migrations/postgres/0028_threads.sql"),
        };
        let insert = migration.split(';').find(|statement| statement.trim_start().starts_with("INSERT INTO threads")).unwrap();
        let mut door = db.back_door();
        door.run("DELETE FROM threads");
        assert_eq!(list(), []);
        door.run(insert);
        assert_eq!(list(), expected);
    }

    fn a_code_is_taken_once_and_sign_ins_end(db) {
        let store = &db.store;
        let member = StaffRow {
            id: sample::staff_id(),
            agent_id: AGENT,
            name: "Operator".to_owned(),
            roles: Vec::new(),
            token_sha256: sample::digest(),
            created_at: NOW,
            disabled_at: None,
        };
        let secrets = SecretsRow {
            staff_id: member.id,
            login: format!("operator{}", sample::count()),
            password: "hash".to_owned(),
            salt: [7; 16],
            last_step: 0,
            failures: 0,
            locked_until: None,
            set_at: NOW,
        };
        let (row, kept, id) = (member.clone(), secrets.clone(), member.id);
        let write = |work: Work| store.write(move |tx| work(tx));
        write(Box::new(move |tx| {
            store::staff::insert(tx, &row)?;
            store::staff_sign_in::set_secrets(tx, &kept)
        }))
        .unwrap();
        let login = secrets.login.clone();
        let read = || store.read(|tx| store::staff_sign_in::by_login(tx, &login)).unwrap().unwrap();
        // Whoever counts a wrong try has read nothing: the row knows how many there were, and while it is locked it counts none.
        let until = NOW.plus_ms(100);
        let wrong = |now| {
            let lock = Lock { tries: 2, now, until: now.plus_ms(100) };
            write(Box::new(move |tx| store::staff_sign_in::wrong_try(tx, id, lock))).unwrap();
            (read().failures, read().locked_until)
        };
        let right = |step, now| write(Box::new(move |tx| store::staff_sign_in::right_try(tx, id, step, now)));
        assert_eq!(wrong(NOW), (1, None));
        assert_eq!(wrong(NOW), (2, Some(until)));
        assert_eq!(wrong(NOW.plus_ms(99)), (2, Some(until)));
        let locked = right(5, NOW.plus_ms(99));
        assert!(matches!(locked, Err(Error::Conflict { .. })), "{locked:?}");
        right(5, until).unwrap();
        assert_eq!((read().failures, read().locked_until, read().last_step), (0, None, 5));
        for step in [5, 4] {
            let again = right(step, until);
            assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
        }

        let session = |ms: i64| StaffSessionRow {
            token_sha256: sample::digest(),
            staff_id: id,
            created_at: NOW.plus_ms(ms),
            expires_at: NOW.plus_ms(ms + 100),
            certificate_id: None,
        };
        let (old, new) = (session(0), session(50));
        let (first, second) = (old.clone(), new.clone());
        write(Box::new(move |tx| {
            store::staff_sign_in::insert_session(tx, &first)?;
            store::staff_sign_in::insert_session(tx, &second)
        }))
        .unwrap();
        let open = |at: Timestamp| store.read(|tx| store::staff_sign_in::sessions_of(tx, id, at)).unwrap();
        assert_eq!(open(NOW), [new.clone(), old.clone()]);
        assert_eq!(open(NOW.plus_ms(100)), std::slice::from_ref(&new));
        let token = new.token_sha256;
        write(Box::new(move |tx| store::staff_sign_in::end_session(tx, &token))).unwrap();
        assert_eq!(store.read(|tx| store::staff_sign_in::session(tx, &token)).unwrap(), None);
        write(Box::new(move |tx| store::staff_sign_in::end_sessions_of(tx, id).map(drop))).unwrap();
        assert_eq!(open(NOW), []);
    }
}
