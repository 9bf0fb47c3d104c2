//! Every noun comes back as it went in; versions and unique keys hold.

use domain::actor::Role;
use domain::certificate::{Progress, Revocation, RevocationReason};
use domain::ids::{AgentId, ChallengeId, MessageId, TicketId, Unz};
use domain::procedure::Kind;
use domain::request::{Stage, StageName, Submitted};
use store::authorities::{AuthorityKind, AuthorityRow};
use store::crls::CrlRow;
use store::links::LinkState;
use store::requests::NewRequestRow;
use store::{Error, Store, Tx};

use crate::database::on_both;
use crate::sample::{self, AGENT, NOW};

/// Runs one write whose error is the store's own.
fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    store.write(work)
}

/// The columns of an `AlreadyThere`.
fn there<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::AlreadyThere { what }) => what,
        other => panic!("expected AlreadyThere, got {other:?}"),
    }
}

on_both! {
    fn organisations_and_subscribers_come_back(db) {
        let organisation = sample::organisation();
        let mut person = sample::subscriber();
        person.organisation_id = Some(organisation.id);
        person.barred = true;
        let (o, p) = (organisation.clone(), person.clone());
        write(&db.store, move |tx| {
            store::organisations::insert(tx, &o)?;
            store::subscribers::insert(tx, &p)
        }).unwrap();
        db.store.read(|tx| -> Result<(), Error> {
            assert_eq!(store::organisations::by_id(tx, organisation.id)?.as_ref(), Some(&organisation));
            assert_eq!(store::organisations::by_inn(tx, AGENT, organisation.inn.as_str())?.as_ref(), Some(&organisation));
            assert_eq!(store::organisations::by_inn(tx, AgentId(8), organisation.inn.as_str())?, None);
            let asked = ["7700000016", organisation.inn.as_str(), organisation.inn.as_str()].map(str::to_owned);
            assert_eq!(store::organisations::by_inns(tx, AGENT, &asked)?, std::slice::from_ref(&organisation));
            assert_eq!(store::organisations::by_inns(tx, AgentId(8), &asked)?, []);
            assert_eq!(store::organisations::by_inns(tx, AGENT, &[])?, []);
            assert_eq!(store::subscribers::by_id(tx, person.id)?.as_ref(), Some(&person));
            assert_eq!(store::subscribers::by_subject(tx, AGENT, &person.subject)?.as_ref(), Some(&person));
            assert_eq!(store::subscribers::by_subject(tx, AgentId(8), &person.subject)?, None);
            assert_eq!(store::subscribers::all_of_agent(tx, AGENT)?, vec![person.clone()]);
            Ok(())
        }).unwrap();
        let mut changed = person.clone();
        changed.contact.phone = "доб. 5".to_owned();
        let save = changed.clone();
        write(&db.store, move |tx| store::subscribers::save(tx, &save)).unwrap();
        let again = changed.clone();
        let second = write(&db.store, move |tx| store::subscribers::save(tx, &again));
        assert_eq!(second, Err(Error::Conflict { what: "subscriber" }));
        changed.version = 2;
        assert_eq!(db.store.read(|tx| store::subscribers::by_id(tx, person.id)).unwrap(), Some(changed));

        let mut twin = organisation.clone();
        twin.id = sample::organisation().id;
        let twin = there(write(&db.store, move |tx| store::organisations::insert(tx, &twin)));
        assert_eq!(twin, "organisations.agent_id, organisations.inn");
        let mut twin = sample::subscriber();
        twin.owner_id = person.owner_id.clone();
        assert_eq!(there(write(&db.store, move |tx| store::subscribers::insert(tx, &twin))), "subscribers.owner_id");
        let mut twin = sample::subscriber();
        twin.subject = person.subject.clone();
        let twin = there(write(&db.store, move |tx| store::subscribers::insert(tx, &twin)));
        assert_eq!(twin, "subscribers.agent_id, subscribers.subject_sha256");
        let twin = person.clone();
        assert!(there(write(&db.store, move |tx| store::subscribers::insert(tx, &twin))).starts_with("subscribers."));
    }

    fn a_request_comes_back_in_every_stage_and_kind(db) {
        let mut request = sample::stored_request(&db.store);
        let certificate = sample::certificate(request.subscriber_id, Some(request.id));
        let stored = certificate.clone();
        write(&db.store, move |tx| store::certificates::insert(tx, &stored)).unwrap();
        let acts = sample::acts();
        let stages = sample::stages(certificate.id);
        let words: std::collections::BTreeSet<StageName> = stages.iter().map(Stage::name).collect();
        assert_eq!(words.len(), StageName::ALL.len());
        for (index, stage) in stages.into_iter().enumerate() {
            request.stage = stage;
            request.act = acts[index % acts.len()].clone();
            request.predecessor = (index % 2 == 0).then_some(certificate.id);
            let save = request.clone();
            write(&db.store, move |tx| store::requests::save(tx, &save)).unwrap();
            request.version += 1;
            let id = request.id;
            assert_eq!(db.store.read(|tx| store::requests::by_id(tx, id)).unwrap().as_ref(), Some(&request));
        }
        for kind in Kind::ALL {
            let person = sample::subscriber();
            let mut new = sample::request(&person);
            new.kind = kind;
            let kept = new.clone();
            write(&db.store, move |tx| {
                store::subscribers::insert(tx, &person)?;
                store::requests::insert(tx, &kept, &NewRequestRow { idempotency_key: Some("a".to_owned()) })
            }).unwrap();
            db.store.read(|tx| -> Result<(), Error> {
                assert_eq!(store::requests::by_unz(tx, new.unz)?.as_ref(), Some(&new));
                assert_eq!(store::requests::by_idempotency(tx, new.subscriber_id, "a")?.as_ref(), Some(&new));
                assert_eq!(store::requests::by_idempotency(tx, new.subscriber_id, "b")?, None);
                assert_eq!(store::requests::open_of_subscriber(tx, new.subscriber_id)?, vec![new.clone()]);
                assert_eq!(store::requests::of_subscriber(tx, new.subscriber_id)?, vec![new.clone()]);
                let mut page = |from: i64, until: i64, after| {
                    let created = (new.created_at.plus_ms(from), new.created_at.plus_ms(until));
                    store::requests::page_of_subscriber(tx, new.subscriber_id, created, after, 20)
                };
                assert_eq!(page(0, 1, None)?, vec![new.clone()]);
                assert_eq!(page(1, 2, None)?, vec![]);
                assert_eq!(page(-1, 0, None)?, vec![]);
                assert_eq!(page(0, 1, Some(new.id))?, vec![]);
                assert_eq!(store::requests::by_unz(tx, Unz::new([0; 7]))?, None);
                Ok(())
            }).unwrap();
        }
        let counts = db.store.read(store::views::counts).unwrap();
        assert_eq!(counts.requests[&StageName::Draft], 6);
        assert_eq!((counts.certificates, counts.outbox_pending, counts.journal_rows), (1, 0, 0));
    }

    fn the_second_of_two_savers_gets_a_conflict(db) {
        let request = sample::stored_request(&db.store);
        let save = request.clone();
        write(&db.store, move |tx| store::requests::save(tx, &save)).unwrap();
        let save = request.clone();
        let second = write(&db.store, move |tx| store::requests::save(tx, &save));
        assert_eq!(second, Err(Error::Conflict { what: "request" }));
        let certificate = sample::certificate(request.subscriber_id, None);
        let new = certificate.clone();
        write(&db.store, move |tx| store::certificates::insert(tx, &new)).unwrap();
        let save = certificate.clone();
        write(&db.store, move |tx| store::certificates::save(tx, &save)).unwrap();
        let second = write(&db.store, move |tx| store::certificates::save(tx, &certificate));
        assert_eq!(second, Err(Error::Conflict { what: "certificate" }));
        let link = sample::link(request.id, 1);
        let (new, id) = (link.clone(), link.id);
        write(&db.store, move |tx| store::links::insert(tx, &new)).unwrap();
        write(&db.store, move |tx| store::links::set_state(tx, id, LinkState::Live, LinkState::Spent)).unwrap();
        let second = write(&db.store, move |tx| store::links::set_state(tx, id, LinkState::Live, LinkState::Spent));
        assert_eq!(second, Err(Error::Conflict { what: "link" }));
    }

    fn every_unique_key_of_a_request_holds(db) {
        let first = sample::stored_request(&db.store);
        let open_twin = {
            let mut twin = first.clone();
            twin.id = sample::request_id();
            twin.unz = Unz::new([1; 7]);
            twin
        };
        let row = NewRequestRow::default();
        let twin = write(&db.store, move |tx| store::requests::insert(tx, &open_twin, &row));
        assert_eq!(there(twin), "requests.subscriber_id");
        let person = sample::subscriber();
        let mut one = sample::request(&person);
        one.stage = Stage::Cancelled;
        let mut same_key = one.clone();
        (same_key.id, same_key.unz) = (sample::request_id(), Unz::new([2; 7]));
        let mut same_unz = one.clone();
        same_unz.id = sample::request_id();
        let same_id = one.clone();
        let keyed = NewRequestRow { idempotency_key: Some("k".to_owned()) };
        let row = keyed.clone();
        write(&db.store, move |tx| {
            store::subscribers::insert(tx, &person)?;
            store::requests::insert(tx, &one, &row)
        }).unwrap();
        let row = keyed.clone();
        let twin = write(&db.store, move |tx| store::requests::insert(tx, &same_key, &row));
        assert_eq!(there(twin), "requests.subscriber_id, requests.idempotency_key");
        let row = NewRequestRow::default();
        let twin = write(&db.store, move |tx| store::requests::insert(tx, &same_unz, &row));
        assert_eq!(there(twin), "requests.unz");
        let row = NewRequestRow::default();
        let twin = there(write(&db.store, move |tx| store::requests::insert(tx, &same_id, &row)));
        assert!(["requests.id", "requests.unz"].contains(&twin.as_str()), "{twin}");
    }

    fn the_worklist_pages_by_promised_time(db) {
        let mut made = Vec::new();
        for number in 0..25_i64 {
            let mut request = sample::stored_request(&db.store);
            let key = domain::request::Keyed { spki_sha256: sample::digest() };
            let eta = (number % 5 != 0).then(|| NOW.plus_ms(number % 3));
            let submitted = Submitted { key, accepted_at: NOW, eta };
            request.stage = match number % 2 {
                0 => Stage::InReview { submitted, first_approval: None },
                _ => Stage::Accepted(submitted),
            };
            let save = request.clone();
            write(&db.store, move |tx| store::requests::save(tx, &save)).unwrap();
            made.push(store::requests::queue_place(&request));
        }
        sample::stored_request(&db.store);
        made.sort();
        let stages = [StageName::InReview, StageName::Accepted];
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = db.store.read(|tx| store::requests::queue(tx, AGENT, &stages, after, 4)).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(store::requests::queue_place(last));
            seen.extend(page.iter().map(store::requests::queue_place));
        }
        assert_eq!(seen, made);
        let none = db.store.read(|tx| store::requests::queue(tx, AGENT, &[], None, 4)).unwrap();
        assert!(none.is_empty());
        let foreign = db.store.read(|tx| store::requests::queue(tx, AgentId(8), &StageName::ALL, None, 4)).unwrap();
        assert!(foreign.is_empty());
    }

    fn certificates_come_back_and_are_unique(db) {
        let request = sample::stored_request(&db.store);
        let mut certificate = sample::certificate(request.subscriber_id, Some(request.id));
        let new = certificate.clone();
        write(&db.store, move |tx| store::certificates::insert(tx, &new)).unwrap();
        let reasons = RevocationReason::ALL.map(|reason| Some(Revocation { at: NOW, reason }));
        for (index, revocation) in reasons.into_iter().chain([None]).enumerate() {
            certificate.revocation = revocation;
            certificate.progress = Progress::ALL[index % 4];
            certificate.blocked_since = (index % 2 == 0).then_some(NOW);
            certificate.superseded_from = (index % 3 == 0).then_some(NOW);
            let save = certificate.clone();
            write(&db.store, move |tx| store::certificates::save(tx, &save)).unwrap();
            certificate.version += 1;
            db.store.read(|tx| -> Result<(), Error> {
                assert_eq!(store::certificates::by_id(tx, certificate.id)?.as_ref(), Some(&certificate));
                let revoked = store::certificates::revoked_of(tx, "issuing")?;
                assert_eq!(revoked.len(), usize::from(revocation.is_some()));
                if let (Some(row), Some(revocation)) = (revoked.first(), revocation) {
                    assert_eq!((row.reason, row.revoked_at, &row.serial_hex), (revocation.reason, NOW, &certificate.serial_hex));
                    assert_eq!(row.not_after, certificate.not_after);
                }
                Ok(())
            }).unwrap();
        }
        db.store.read(|tx| -> Result<(), Error> {
            let found = store::certificates::by_thumbprint(tx, &certificate.thumbprint_sha256)?;
            assert_eq!(found.as_ref(), Some(&certificate));
            let found = store::certificates::by_serial(tx, "issuing", &certificate.serial_hex)?;
            assert_eq!(found.as_ref(), Some(&certificate));
            assert_eq!(store::certificates::by_serial(tx, "other", &certificate.serial_hex)?, None);
            assert_eq!(store::certificates::of_subscriber(tx, request.subscriber_id)?, vec![certificate.clone()]);
            Ok(())
        }).unwrap();
        let twin = |change: fn(&mut domain::certificate::Certificate, &domain::certificate::Certificate)| {
            let mut twin = sample::certificate(request.subscriber_id, None);
            change(&mut twin, &certificate);
            write(&db.store, move |tx| store::certificates::insert(tx, &twin))
        };
        assert_eq!(there(twin(|t, c| t.id = c.id)), "certificates.id");
        assert_eq!(there(twin(|t, c| t.spki_sha256 = c.spki_sha256)), "certificates.spki_sha256");
        assert_eq!(there(twin(|t, c| t.thumbprint_sha256 = c.thumbprint_sha256)), "certificates.thumbprint_sha256");
        let serial = there(twin(|t, c| t.serial_hex.clone_from(&c.serial_hex)));
        assert_eq!(serial, "certificates.authority, certificates.serial_hex");
        // Two previous authorities may have used the same number.
        for _ in 0..2 {
            twin(|t, c| {
                t.serial_hex.clone_from(&c.serial_hex);
                "imported".clone_into(&mut t.authority);
            }).unwrap();
        }
    }

    fn a_key_belongs_to_its_first_owner_for_ever(db) {
        let (one, two) = (sample::stored_request(&db.store), sample::stored_request(&db.store));
        let (one_id, two_id) = (one.id, two.id);
        let key = sample::digest();
        for _ in 0..2 {
            write(&db.store, move |tx| store::keys::claim(tx, &key, one_id, NOW)).unwrap();
        }
        assert_eq!(there(write(&db.store, move |tx| store::keys::claim(tx, &key, two_id, NOW))), "keys.spki_sha256");
        let owner = db.store.read(|tx| store::keys::seen(tx, &key)).unwrap().unwrap();
        assert_eq!((owner.request_id, owner.certificate_id, owner.blocked), (Some(one.id), None, None));
        let certificate = sample::certificate(one.subscriber_id, None);
        let (imported, id) = (certificate.spki_sha256, certificate.id);
        write(&db.store, move |tx| {
            store::certificates::insert(tx, &certificate)?;
            store::keys::insert_imported(tx, &imported, id, NOW)
        }).unwrap();
        assert_eq!(there(write(&db.store, move |tx| store::keys::claim(tx, &imported, one_id, NOW))), "keys.spki_sha256");
        assert_eq!(there(write(&db.store, move |tx| store::keys::insert_imported(tx, &key, id, NOW))), "keys.spki_sha256");
        let weak = sample::digest();
        write(&db.store, move |tx| {
            store::keys::block(tx, &weak, "known", NOW)?;
            store::keys::block(tx, &weak, "second", NOW)?;
            store::keys::block(tx, &key, "stolen", NOW)
        }).unwrap();
        assert_eq!(there(write(&db.store, move |tx| store::keys::claim(tx, &weak, one_id, NOW))), "keys.spki_sha256");
        assert_eq!(there(write(&db.store, move |tx| store::keys::claim(tx, &key, one_id, NOW))), "keys.spki_sha256");
        let owner = db.store.read(|tx| store::keys::seen(tx, &weak)).unwrap().unwrap();
        assert_eq!(owner.blocked.as_deref(), Some("known"));
        assert_eq!(db.store.read(|tx| store::keys::seen(tx, &sample::digest())).unwrap(), None);
    }

    fn links_intents_and_files_come_back(db) {
        let request = sample::stored_request(&db.store);
        let id = request.id;
        let (first, mut second) = (sample::link(id, 1), sample::link(id, 2));
        let new = first.clone();
        write(&db.store, move |tx| store::links::insert(tx, &new)).unwrap();
        let new = second.clone();
        assert_eq!(there(write(&db.store, move |tx| store::links::insert(tx, &new))), "links.request_id");
        let (new, old) = (second.clone(), first.id);
        write(&db.store, move |tx| {
            store::links::set_state(tx, old, LinkState::Live, LinkState::Replaced)?;
            store::links::insert(tx, &new)
        }).unwrap();
        let mut replaced = first.clone();
        replaced.state = LinkState::Replaced;
        db.store.read(|tx| -> Result<(), Error> {
            assert_eq!(store::links::of_request(tx, id)?, vec![replaced.clone(), second.clone()]);
            assert_eq!(store::links::live_of_request(tx, id)?, Some(second.clone()));
            assert_eq!(store::links::by_code_sha256(tx, &first.code_sha256)?, Some(replaced.clone()));
            assert_eq!(store::links::by_code_sha256(tx, &[0; 32])?, None);
            Ok(())
        }).unwrap();
        second.id = sample::link_id();
        second.state = LinkState::Dead;
        let mut same_number = second.clone();
        same_number.code_sha256 = sample::digest();
        assert_eq!(there(write(&db.store, move |tx| store::links::insert(tx, &same_number))), "links.request_id, links.number");
        second.number = 3;
        assert_eq!(there(write(&db.store, move |tx| store::links::insert(tx, &second))), "links.code_sha256");

        let mut intent = sample::intent(id, "0badc0de");
        let new = intent.clone();
        write(&db.store, move |tx| store::intents::insert(tx, &new)).unwrap();
        assert_eq!(db.store.read(store::intents::open).unwrap(), vec![intent.clone()]);
        let other = sample::stored_request(&db.store);
        let same_serial = sample::intent(other.id, "0badc0de");
        assert_eq!(there(write(&db.store, move |tx| store::intents::insert(tx, &same_serial))), "intents.authority, intents.serial_hex");
        let same_request = sample::intent(id, "0badc0df");
        assert_eq!(there(write(&db.store, move |tx| store::intents::insert(tx, &same_request))), "intents.request_id");
        for later in 0..2 {
            write(&db.store, move |tx| store::intents::complete(tx, id, NOW.plus_ms(later))).unwrap();
        }
        intent.completed_at = Some(NOW);
        assert_eq!(db.store.read(|tx| store::intents::by_request(tx, id)).unwrap(), Some(intent));
        assert!(db.store.read(store::intents::open).unwrap().is_empty());

        assert_eq!(db.store.read(|tx| store::request_files::get(tx, id)).unwrap(), None);
        write(&db.store, move |tx| {
            use store::request_files as files;
            files::put_record_then(tx, id, "{}")?;
            files::put_request_text(tx, id, "старый")?;
            files::put_request_text(tx, id, "текст\r\n")?;
            files::put_pkcs10(tx, id, &[1])?;
            files::put_key_medium(tx, id, Some("registry"), None)?;
            files::put_key_medium(tx, id, Some("smart-key"), Some("0853000001"))?;
            files::put_submission(tx, id, &[2, 0])?;
            files::put_act_text(tx, id, "акт")?;
            files::put_act_cms(tx, id, &[])?;
            files::put_challenge(tx, id, "вызов")?;
            files::put_proof(tx, id, &[3])
        }).unwrap();
        // The agent's signature is put there once.
        let mut kept = (1..=2).map(|octet| db.store.write(move |tx| store::request_files::put_act_cms_agent(tx, id, &[octet])).unwrap());
        assert_eq!((kept.next(), kept.next()), (Some(true), Some(false)));
        let files = db.store.read(|tx| store::request_files::get(tx, id)).unwrap().unwrap();
        assert_eq!(files.request_text.as_deref(), Some("текст\r\n"));
        assert_eq!(files.submission_cms, Some(vec![2, 0]));
        assert_eq!((files.key_medium.as_deref(), files.key_serial.as_deref()), (Some("smart-key"), Some("0853000001")));
        assert_eq!(files.record_then.as_deref(), Some("{}"));
        assert_eq!(files.act_cms, Some(vec![]));
        assert_eq!((files.act_text.as_deref(), files.challenge_text.as_deref()), (Some("акт"), Some("вызов")));
        assert_eq!((files.pkcs10, files.proof_cms, files.act_cms_agent), (Some(vec![1]), Some(vec![3]), Some(vec![1])));
    }

    fn authorities_lists_staff_and_sign_ins_come_back(db) {
        let own = AuthorityRow { name: "root".to_owned(), kind: AuthorityKind::Own, der: vec![1], chain_position: Some(1), imported_at: NOW };
        let old = AuthorityRow { name: "root".to_owned(), kind: AuthorityKind::Imported, der: vec![2], chain_position: None, imported_at: NOW };
        let (a, b) = (own.clone(), old.clone());
        write(&db.store, move |tx| {
            store::authorities::insert(tx, &a)?;
            store::authorities::insert(tx, &b)
        }).unwrap();
        assert_eq!(db.store.read(store::authorities::all).unwrap(), vec![own.clone(), old.clone()]);
        let twin = old.clone();
        assert_eq!(there(write(&db.store, move |tx| store::authorities::insert(tx, &twin))), "authorities.thumbprint_sha256");
        let mut twin = own.clone();
        twin.der = vec![3];
        assert_eq!(there(write(&db.store, move |tx| store::authorities::insert(tx, &twin))), "authorities.name");

        for _ in 0..2 {
            write(&db.store, |tx| store::imported_crls::insert(tx, &[4; 32], &[9, 9])).unwrap();
        }
        assert_eq!(db.store.read(store::imported_crls::all).unwrap().len(), 1);

        assert_eq!(db.store.read(|tx| store::crls::latest(tx, "root")).unwrap(), None);
        for number in 1..=2 {
            let row = CrlRow { authority: "root".to_owned(), number, der: vec![7], this_update: NOW, next_update: NOW.plus_ms(5), entries: 0 };
            let (new, twin) = (row.clone(), row.clone());
            assert_eq!(db.store.read(|tx| store::crls::next_number(tx, "root")).unwrap(), number);
            write(&db.store, move |tx| store::crls::insert(tx, &new)).unwrap();
            assert_eq!(there(write(&db.store, move |tx| store::crls::insert(tx, &twin))), "crls.authority, crls.number");
            assert_eq!(db.store.read(|tx| store::crls::latest(tx, "root")).unwrap(), Some(row));
        }

        for roles in [Role::ALL.to_vec(), vec![]] {
            let row = store::staff::StaffRow {
                id: sample::staff_id(), agent_id: AGENT, name: "Иванов 2".to_owned(), roles, token_sha256: sample::digest(),
                created_at: NOW, disabled_at: None,
            };
            let (new, mut twin) = (row.clone(), row.clone());
            write(&db.store, move |tx| store::staff::insert(tx, &new)).unwrap();
            twin.id = sample::staff_id();
            assert_eq!(there(write(&db.store, move |tx| store::staff::insert(tx, &twin))), "staff.token_sha256");
            db.store.read(|tx| -> Result<(), Error> {
                assert_eq!(store::staff::by_id(tx, row.id)?.as_ref(), Some(&row));
                assert_eq!(store::staff::by_token_sha256(tx, &row.token_sha256)?.as_ref(), Some(&row));
                assert!(store::staff::all(tx)?.contains(&row));
                Ok(())
            }).unwrap();
        }

        let request = sample::stored_request(&db.store);
        let certificate = sample::certificate(request.subscriber_id, None);
        let session = store::sessions::SessionRow {
            token_sha256: sample::digest(), subscriber_id: request.subscriber_id, certificate_id: Some(certificate.id),
            password_of: None, agent_id: AGENT, created_at: NOW, expires_at: NOW.plus_ms(10),
        };
        let new = session.clone();
        write(&db.store, move |tx| {
            store::certificates::insert(tx, &certificate)?;
            store::sessions::insert(tx, &new)
        }).unwrap();
        let token = session.token_sha256;
        assert_eq!(db.store.read(|tx| store::sessions::by_token_sha256(tx, &token)).unwrap(), Some(session));
        assert_eq!(write(&db.store, |tx| store::sessions::purge(tx, NOW.plus_ms(9))).unwrap(), 0);
        assert_eq!(write(&db.store, |tx| store::sessions::purge(tx, NOW.plus_ms(10))).unwrap(), 1);

        let challenge = store::challenges::ChallengeRow {
            id: ChallengeId::new(NOW, [1; 10]), agent_id: AGENT, text: "вызов".to_owned(), created_at: NOW, expires_at: NOW.plus_ms(10),
        };
        for (asked_at, comes) in [(9, true), (10, false)] {
            let (new, id) = (challenge.clone(), challenge.id);
            write(&db.store, move |tx| store::challenges::insert(tx, &new)).unwrap();
            let taken = write(&db.store, move |tx| store::challenges::take(tx, id, NOW.plus_ms(asked_at))).unwrap();
            assert_eq!(taken, comes.then(|| challenge.clone()));
            assert_eq!(write(&db.store, move |tx| store::challenges::take(tx, id, NOW)).unwrap(), None);
        }
        let new = challenge.clone();
        write(&db.store, move |tx| store::challenges::insert(tx, &new)).unwrap();
        assert_eq!(write(&db.store, |tx| store::challenges::purge(tx, NOW.plus_ms(10))).unwrap(), 1);

        let ticket = store::tickets::TicketRow {
            id: TicketId::new(NOW, [1; 10]), request_id: request.id, kind: "mail-overdue".to_owned(), opened_at: NOW,
        };
        for octet in 1..=2 {
            let mut new = ticket.clone();
            new.id = TicketId::new(NOW, [octet; 10]);
            write(&db.store, move |tx| store::tickets::insert(tx, &new)).unwrap();
        }
        assert_eq!(db.store.read(|tx| store::tickets::open_of_agent(tx, AGENT)).unwrap(), vec![ticket]);
        assert!(db.store.read(|tx| store::tickets::open_of_agent(tx, AgentId(8))).unwrap().is_empty());
        let id = request.id;
        write(&db.store, move |tx| store::tickets::close(tx, id, "mail-overdue", NOW)).unwrap();
        assert!(db.store.read(|tx| store::tickets::open_of_agent(tx, AGENT)).unwrap().is_empty());

        let message = store::messages::MessageRow {
            id: MessageId::new(NOW, [1; 10]), request_id: request.id, staff_id: None, stranger: None, text: "Акт".to_owned(), sent_at: NOW, read_at: None,
        };
        let file = store::messages::FileRow {
            message_id: message.id, place: 0, name: "act.txt".to_owned(), media_type: "text/plain".to_owned(), sha256: [7; 32],
        };
        let (new, with) = (message.clone(), vec![(file.clone(), b"octets".to_vec())]);
        write(&db.store, move |tx| store::messages::insert(tx, &new, &with)).unwrap();
        let new = message.clone();
        let twice = write(&db.store, move |tx| store::messages::insert(tx, &new, &[]));
        assert!(matches!(twice, Err(Error::AlreadyThere { .. })), "{twice:?}");
        let id = request.id;
        assert_eq!(db.store.read(|tx| store::messages::by_id(tx, message.id)).unwrap(), Some(message.clone()));
        assert_eq!(db.store.read(|tx| store::messages::of_request(tx, id)).unwrap(), vec![message.clone()]);
        assert_eq!(db.store.read(|tx| store::messages::files_of_request(tx, id)).unwrap(), vec![file]);
        assert_eq!(db.store.read(|tx| store::messages::octets(tx, message.id, 0)).unwrap().as_deref(), Some(b"octets".as_slice()));
        let threads = |agent| db.store.read(|tx| store::messages::threads_of_agent(tx, agent, None, 10)).unwrap();
        let unread = || threads(AGENT).iter().map(|row| (row.request_id, row.last_at, row.unread)).collect::<Vec<_>>();
        assert_eq!(unread(), [(id, NOW, 1)]);
        assert!(threads(AgentId(8)).is_empty());
        let read_at = || db.store.read(|tx| store::messages::by_id(tx, message.id)).unwrap().unwrap().read_at;
        let (other, seen) = (MessageId::new(NOW, [4; 10]), message.id);
        for (seen, at, read, left) in [
            (vec![], NOW, None, 1), (vec![other], NOW, None, 1), (vec![other, seen], NOW.plus_ms(1), Some(NOW.plus_ms(1)), 0),
            (vec![seen], NOW.plus_ms(2), Some(NOW.plus_ms(1)), 0),
        ] {
            write(&db.store, move |tx| store::messages::read_by_bank(tx, id, &seen, at)).unwrap();
            assert_eq!((read_at(), unread()), (read, vec![(id, NOW, left)]));
        }

        let inquiry = |octet| store::inquiries::InquiryRow {
            id: MessageId::new(NOW, [octet; 10]), agent_id: AGENT, subject: domain::inquiry::Subject::Application, unz: Some(request.unz),
            coded: vec![request.unz, request.unz], name: "Рогов".to_owned(), phone: String::new(), email: "rogov@example.org".to_owned(),
            text: "Скан".to_owned(), came_at: NOW, request_id: None, closed_at: None, closed_by: None, reason: None,
        };
        let open = || db.store.read(|tx| store::inquiries::open_of_agent(tx, AGENT, 10)).unwrap();
        for octet in [2, 3] {
            let new = inquiry(octet);
            let scan = store::messages::FileRow {
                message_id: new.id, place: 0, name: "scan-1.png".to_owned(), media_type: "image/png".to_owned(), sha256: [8; 32],
            };
            write(&db.store, move |tx| store::inquiries::insert(tx, &new, &[(scan.clone(), b"scan".to_vec())])).unwrap();
        }
        assert_eq!(open(), vec![inquiry(2), inquiry(3)]);
        assert_eq!(db.store.read(|tx| store::inquiries::open_count(tx, AGENT)).unwrap(), 2);
        assert_eq!(db.store.read(|tx| store::inquiries::open_count(tx, AgentId(8))).unwrap(), 0);
        let bound = store::messages::MessageRow {
            id: inquiry(2).id, stranger: Some("Рогов".to_owned()), text: "Скан".to_owned(), ..message.clone()
        };
        assert_eq!(db.store.read(|tx| store::inquiries::octets(tx, bound.id, 0)).unwrap().as_deref(), Some(b"scan".as_slice()));
        let said = bound.clone();
        write(&db.store, move |tx| store::inquiries::bind(tx, &said, None, NOW)).unwrap();
        assert_eq!(db.store.read(|tx| store::messages::by_id(tx, bound.id)).unwrap(), Some(bound.clone()));
        assert_eq!(db.store.read(|tx| store::messages::octets(tx, bound.id, 0)).unwrap().as_deref(), Some(b"scan".as_slice()));
        assert!(db.store.read(|tx| store::inquiries::files(tx, bound.id)).unwrap().is_empty(), "the file moved");
        let (said, again) = (bound.clone(), bound.id);
        let twice = write(&db.store, move |tx| store::inquiries::bind(tx, &said, None, NOW));
        assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");
        let kept = db.store.read(|tx| store::inquiries::by_id(tx, again)).unwrap().unwrap();
        assert_eq!((kept.request_id, kept.closed_at), (Some(request.id), Some(NOW)));
        assert_eq!(open(), vec![inquiry(3)]);

        for text in ["первый", "второй"] {
            write(&db.store, move |tx| store::procedures::remember(tx, &[1; 32], "name", text)).unwrap();
        }
        let kept = db.store.read(|tx| store::procedures::by_sha256(tx, &[1; 32])).unwrap();
        assert_eq!(kept, Some(("name".to_owned(), "первый".to_owned())));
    }

    fn a_sign_in_ends_with_the_password_that_opened_it_wherever_it_looks(db) {
        let people = [sample::subscriber(), sample::subscriber()];
        let [opener, other] = [people[0].id, people[1].id];
        let secrets = store::subscriber_secrets::SubscriberSecretsRow {
            subscriber_id: other, agent_id: AGENT, login: "rogov".to_owned(), password: "hash".to_owned(), one_time_until: None,
            device_salt: Some([1; 16]), offered_salt: Some([2; 16]), last_step: 0, failures: 0, locked_until: None, set_at: NOW,
        };
        let row = secrets.clone();
        write(&db.store, move |tx| {
            people.iter().try_for_each(|person| store::subscribers::insert(tx, person))?;
            store::subscriber_secrets::set(tx, &row)
        }).unwrap();
        let found = |token: [u8; 32]| db.store.read(|tx| store::sessions::by_token_sha256(tx, &token)).unwrap();
        let opened = || {
            let session = store::sessions::SessionRow {
                token_sha256: sample::digest(), subscriber_id: opener, certificate_id: None, password_of: Some(opener), agent_id: AGENT,
                created_at: NOW, expires_at: NOW.plus_ms(10),
            };
            let new = session.clone();
            write(&db.store, move |tx| store::sessions::insert(tx, &new)).unwrap();
            session
        };
        let turned = |before: [u8; 32]| {
            let token = sample::digest();
            write(&db.store, move |tx| store::sessions::turn_to(tx, other, &before, &token)).map(|()| token)
        };

        // It looks at the other one, who is offered no device any more.
        let session = opened();
        let device = || db.store.read(|tx| store::subscriber_secrets::of(tx, other)).unwrap().unwrap();
        assert!(device() == secrets);
        let token = turned(session.token_sha256).unwrap();
        assert_eq!(found(session.token_sha256), None);
        assert_eq!(found(token), Some(store::sessions::SessionRow { token_sha256: token, subscriber_id: other, ..session.clone() }));
        assert_eq!((device().device_salt, device().offered_salt), (Some([1; 16]), None));

        // What has ended turns nowhere.
        let gone = turned(session.token_sha256);
        assert!(matches!(gone, Err(Error::Conflict { what: "sessions" })), "{gone:?}");

        // The password's end is its end; the one that asks for it stays.
        assert_eq!(write(&db.store, move |tx| store::sessions::remove_others(tx, opener, &token)).unwrap(), 0);
        assert_eq!(write(&db.store, move |tx| store::sessions::remove_others(tx, opener, &[0; 32])).unwrap(), 1);
        assert_eq!(found(token), None);
        let token = turned(opened().token_sha256).unwrap();
        assert_eq!(write(&db.store, move |tx| store::sessions::remove_by_password(tx, opener)).unwrap(), 1);
        assert_eq!(found(token), None);

        // The database of before did not say whose password it was.
        let migration = match db.store.backend_name() {
            "SQLite" => include_str!("../../migrations/sqlite/0029_whose_password.sql"),
            _ => include_str!("../../migrations/postgres/0029_whose_password.sql"),
        };
        let update = migration.lines().find(|line| line.starts_with("UPDATE sessions")).unwrap();
        let session = opened();
        let mut door = db.back_door();
        door.run("UPDATE sessions SET password_of = NULL");
        door.run(update);
        assert_eq!(found(session.token_sha256), Some(session));
    }

    fn nothing_hangs_in_the_air(db) {
        // A row that names another that is not there is refused by the database itself.
        let orphan = sample::certificate(sample::subscriber().id, None);
        let answer = write(&db.store, move |tx| store::certificates::insert(tx, &orphan));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        let person = sample::subscriber();
        let unremembered = sample::request(&person);
        let answer = write(&db.store, move |tx| {
            store::subscribers::insert(tx, &person)?;
            store::requests::insert(tx, &unremembered, &NewRequestRow::default())
        });
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        let nul = "a\0b".to_owned();
        let answer = write(&db.store, move |tx| store::procedures::remember(tx, &[2; 32], "n", &nul));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
    }
}
