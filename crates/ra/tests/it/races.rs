//! Two at once: clicks, operators, nodes.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::actor::Role;
use domain::certificate::Standing;
use domain::request::StageName;
use ra::Password;

use crate::bank::{AGENT, command_line, on_both, refused};

/// Parallel submits of one request.
const SUBMITS: usize = 1_000;
const THREADS: usize = 32;

#[test]
fn a_thousand_parallel_submits_give_one_certificate() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let (_, csr) = bank.new_key(&card, "gost-256-a");
        let card = bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(card.text.as_ref().unwrap(), at));
        let left = AtomicUsize::new(SUBMITS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                        let answer = bank.at(|at| bank.ra.submit(&actor, card.id, &cms, at)).unwrap();
                        assert!(answer.unz.is_some());
                    }
                });
            }
        });
        let accepted = bank.journal().iter().filter(|row| row["body"]["event"] == "request-accepted").count();
        assert_eq!(accepted, 1);
        let card = bank.card(card.id);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap());
            }
        });
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| bank.work());
            }
        });
        let issued = bank.journal().iter().filter(|row| row["body"]["event"] == "certificate-issued").count();
        let intents = bank.journal().iter().filter(|row| row["body"]["event"] == "intent-recorded").count();
        assert_eq!((issued, intents, bank.stage(card.id)), (1, 1, StageName::Issued));
        bank.journal_holds();
    });
}

#[test]
fn of_two_operators_deciding_at_once_the_second_gets_a_conflict() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let approve = scope.spawn(|| bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)));
            let refuse =
                scope.spawn(|| bank.at(|at| bank.ra.refuse(&bank.second_operator, card.id, card.version, "Нет", at)));
            vec![approve.join().unwrap(), refuse.join().unwrap()]
        });
        let (held, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!((held.len(), lost.len()), (1, 1));
        assert_eq!(refused(lost.into_iter().next().unwrap()), "changed-meanwhile");
    });
}

#[test]
fn a_second_click_of_the_same_operator_answers_the_same() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.work();
        let again = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        assert_eq!(again.stage, StageName::Issued);
        assert_eq!(
            refused(bank.at(|at| bank.ra.approve(&bank.second_operator, card.id, card.version, at))),
            "changed-meanwhile"
        );
    });
}

#[test]
fn parallel_beginnings_of_one_person_leave_one_open_request() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let held = std::thread::scope(|scope| {
            let tries: Vec<_> =
                (0..8).map(|_| scope.spawn(|| bank.at(|at| bank.ra.create(&actor, bank.new_request(), at)))).collect();
            tries.into_iter().map(|handle| handle.join().unwrap()).filter(Result::is_ok).count()
        });
        assert_eq!(held, 1);
    });
}

#[test]
fn the_same_idempotency_key_gives_the_same_request() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let wish = || {
            let mut new = bank.new_request();
            new.idempotency_key = Some("click-1".to_owned());
            bank.at(|at| bank.ra.create(&actor, new, at)).unwrap().id
        };
        assert_eq!(wish(), wish());
    });
}

/// As many as close a login. Each of them reads it before its slow hash, so that all of them know of no other one.
const WRONG_TRIES: usize = 5;
const MINUTE: i64 = 60_000;

#[test]
fn of_parallel_wrong_tries_none_is_lost_and_the_right_one_after_them_opens_nothing() {
    on_both(|bank| {
        let ra = bank.reopened_with(|agent| format!("subscriber_password = \"password\"\n{agent}"));
        let (right, wrong) = (Password::new(b"four words of mine".to_vec()), Password::new(b"no such words".to_vec()));
        let side_by_side = |tries: &(dyn Fn() + Sync)| {
            std::thread::scope(|scope| {
                for _ in 0..WRONG_TRIES {
                    scope.spawn(tries);
                }
            });
        };

        // At the desk.
        let roles = [Role::Operator];
        let (id, _) = bank.at(|at| ra.add_staff(&command_line(), AGENT, "Рогов 9", &roles, at)).unwrap();
        let secret = bank.at(|at| ra.set_staff_password(&command_line(), id, "rogov9", &right, at)).unwrap();
        let at_desk = |password: &Password| {
            let (code, _) = ra::shown_by_device(&secret, bank.now()).unwrap();
            bank.at(|at| ra.staff_sign_in("rogov9", password, &code, at)).map(drop)
        };
        side_by_side(&|| assert_eq!(refused(at_desk(&wrong)), "sign-in-wrong"));
        assert_eq!(refused(at_desk(&right)), "sign-in-wrong");
        bank.wait_ms(14 * MINUTE);
        assert_eq!(refused(at_desk(&right)), "sign-in-wrong");
        bank.wait_ms(2 * MINUTE);
        at_desk(&right).unwrap();

        // In the cabinet, whose journal tells of it once.
        let actor = bank.sign_in(&bank.rogov);
        bank.at(|at| ra.set_own_password(&actor, "", "rogov", (&wrong, &right), at)).unwrap();
        let in_cabinet =
            |password: &Password| bank.at(|at| ra.password_sign_in(AGENT, "rogov", password, "", at)).map(drop);
        side_by_side(&|| assert_eq!(refused(in_cabinet(&wrong)), "sign-in-wrong"));
        assert_eq!(refused(in_cabinet(&right)), "sign-in-wrong");
        bank.wait_ms(16 * MINUTE);
        in_cabinet(&right).unwrap();
        let locked = bank.journal().iter().filter(|row| row["body"]["event"] == "subscriber-password-locked").count();
        assert_eq!(locked, 1);
        bank.journal_holds();
    });
}

#[test]
fn a_restart_between_intent_and_certificate_signs_the_same_octets() {
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let intent = bank.leave_intent(&card, &key);
        let restarted = bank.reopened();
        bank.at(|at| restarted.started(at)).unwrap();
        bank.work_of(&restarted);
        assert_eq!(bank.stage(card.id), StageName::Issued);
        let row = bank.store().read(|tx| store::certificates::by_id(tx, intent.certificate_id)).unwrap().unwrap();
        let certificate = crypto::Certificate::from_der(&row.der).unwrap();
        assert_eq!(crypto::sha256(certificate.tbs_der()), intent.tbs_sha256);
        assert!(bank.store().read(store::intents::open).unwrap().is_empty());
        bank.journal_holds();
    });
}

#[test]
fn a_request_that_ends_beside_an_open_intent_leaves_a_stored_and_revoked_certificate() {
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let intent = bank.leave_intent(&card, &key);
        let actor = bank.sign_in(&bank.rogov);
        bank.at(|at| bank.ra.recall(&actor, card.id, at)).unwrap();
        bank.wait_ms(1_000);
        bank.work();
        assert_eq!(bank.stage(card.id), StageName::Cancelled);
        let row = bank.store().read(|tx| store::certificates::by_id(tx, intent.certificate_id)).unwrap().unwrap();
        assert_eq!(row.standing(bank.now()), Standing::Revoked);
        assert!(bank.store().read(store::intents::open).unwrap().is_empty());
        let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        assert_eq!(crypto::Crl::from_der(&crl.der).unwrap().revoked().len(), 1);
    });
}

#[test]
fn a_crl_that_looks_newer_does_not_hide_a_decision() {
    on_both(|bank| {
        let (_, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        // Another node's clock is ahead: its CRL carries a later time than the decision that follows.
        bank.wait_ms(5_000);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        bank.wait_ms(-4_000);
        bank.at(|at| bank.ra.decline(AGENT, &code, true, at)).unwrap();
        bank.wait_ms(4_500);
        bank.work();
        let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        assert_eq!(crypto::Crl::from_der(&crl.der).unwrap().revoked().len(), 1);
    });
}
