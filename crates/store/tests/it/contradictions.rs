//! A row that contradicts itself is named, with its table and column, and never guessed at.

use domain::request::Stage;
use store::Error;

use crate::database::on_both;
use crate::sample::{self, NOW};

on_both! {
    fn a_request_with_columns_of_another_stage_is_named(db) {
        let mut request = sample::stored_request(&db.store);
        let certificate = sample::certificate(request.subscriber_id, None);
        let id = certificate.id;
        db.store.write(move |tx| store::certificates::insert(tx, &certificate)).unwrap();
        let Some(Stage::InService { certified, since }) =
            sample::stages(id).into_iter().find(|stage| matches!(stage, Stage::InService { .. }))
        else {
            panic!("the samples have every stage")
        };
        request.stage = Stage::InService { certified, since };
        let save = request.clone();
        db.store.write(move |tx| store::requests::save(tx, &save)).unwrap();
        let mut door = db.back_door();
        let zeros = door.octets(&[0; 32]);
        let ours = door.octets(&request.stage.key().unwrap().spki_sha256);
        let cases = [
            ("accepted_at = NULL", "accepted_at", format!("accepted_at = {}", NOW.0)),
            ("spki_sha256 = NULL", "spki_sha256", format!("spki_sha256 = {ours}")),
            ("since = NULL", "since", format!("since = {}", since.0)),
            ("certificate_id = NULL", "certificate_id", format!("certificate_id = '{id}'")),
            ("issued_at = NULL", "issued_at", format!("issued_at = {}", NOW.0)),
            ("reason = 'why'", "reason", "reason = NULL".to_owned()),
            ("approvals = ''", "approvals", "approvals = NULL".to_owned()),
            ("approvals = 'nobody'", "approvals", "approvals = NULL".to_owned()),
            ("rejected_by = 'client'", "rejected_by", "rejected_by = NULL".to_owned()),
            ("rejected_by = 'somebody'", "rejected_by", "rejected_by = NULL".to_owned()),
            ("first_approval = 'x'", "first_approval", "first_approval = NULL".to_owned()),
            ("act_at = 5", "act_at", "act_at = NULL".to_owned()),
            ("act_due = 5", "act_due", "act_due = NULL".to_owned()),
            ("act = 'drawn'", "act_at", "act = 'none'".to_owned()),
            ("subject = '[[\"CN\"]]'", "subject", format!("subject = '{}'", "[[\"CN\",\"x\"]]")),
            ("email = 'no address'", "email", "email = 'rogov@example.org'".to_owned()),
            ("unz = '0123456789ABCD'", "unz", "unz = '0123456789abcd'".to_owned()),
            ("stage = 'issued'", "since", "stage = 'in-service'".to_owned()),
            ("stage = 'draft'", "spki_sha256", "stage = 'in-service'".to_owned()),
        ];
        assert_eq!(zeros.len(), ours.len());
        for (wrong, column, right) in cases {
            door.run(&format!("UPDATE requests SET {wrong} WHERE id = '{}'", request.id));
            let answer = db.store.read(|tx| store::requests::by_id(tx, request.id));
            let expected = Error::Contradiction { table: "requests", column, row: request.id.to_string() };
            assert_eq!(answer, Err(expected), "{wrong}");
            door.run(&format!("UPDATE requests SET {right} WHERE id = '{}'", request.id));
            assert!(db.store.read(|tx| store::requests::by_id(tx, request.id)).unwrap().is_some(), "{wrong}");
        }
    }

    fn half_a_revocation_is_named(db) {
        let request = sample::stored_request(&db.store);
        let certificate = sample::certificate(request.subscriber_id, None);
        let new = certificate.clone();
        db.store.write(move |tx| store::certificates::insert(tx, &new)).unwrap();
        let mut door = db.back_door();
        let cases = [
            ("revoked_at = 5", "revocation_reason", "revoked_at = NULL"),
            ("revocation_reason = 'unspecified'", "revoked_at", "revocation_reason = NULL"),
            ("serial_hex = '0G'", "serial_hex", "serial_hex = '0a'"),
            ("agent_id = -1", "agent_id", "agent_id = 7"),
        ];
        for (wrong, column, right) in cases {
            door.run(&format!("UPDATE certificates SET {wrong} WHERE id = '{}'", certificate.id));
            let answer = db.store.read(|tx| store::certificates::by_id(tx, certificate.id));
            let expected = Error::Contradiction { table: "certificates", column, row: certificate.id.to_string() };
            assert_eq!(answer, Err(expected), "{wrong}");
            door.run(&format!("UPDATE certificates SET {right} WHERE id = '{}'", certificate.id));
        }
    }

    fn a_word_the_house_does_not_know_is_refused_by_the_database(db) {
        let request = sample::stored_request(&db.store);
        let mut door = db.back_door();
        for wrong in ["stage = 'lost'", "act = 'torn'", "kind = 'gift'", "stage = NULL", "version = 0", "nonce = ''"] {
            let answer = door.try_run(&format!("UPDATE requests SET {wrong} WHERE id = '{}'", request.id));
            assert!(answer.is_err(), "{wrong}");
        }
    }
}
