//! Moved time: late mail, ended links, lapsed requests, ended certificates, the turn of 2049.

use domain::Timestamp;
use domain::actor::Actor;
use domain::certificate::{BankStep, RevocationReason};
use domain::request::StageName;
use domain::time::{DAY_MS, HOUR_MS};

use crate::bank::{AGENT, Backend, Bank, on_both, refused};

#[test]
fn two_hours_without_mail_give_support_a_ticket() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(2 * HOUR_MS - 1);
        bank.work();
        let tickets = |bank: &Bank| bank.journal().iter().filter(|row| row["body"]["event"] == "mail-overdue").count();
        assert_eq!(tickets(bank), 0);
        bank.wait_ms(1);
        bank.work();
        assert_eq!(tickets(bank), 1);
        assert_eq!(bank.stage(card.id), StageName::InReview);
    });
}

#[test]
fn mail_in_time_gives_no_ticket() {
    on_both(|bank| {
        bank.issued(&bank.rogov, "gost-256-a");
        bank.wait_ms(2 * HOUR_MS);
        bank.work();
        assert!(bank.journal().iter().all(|row| row["body"]["event"] != "mail-overdue"));
    });
}

#[test]
fn a_link_ends_after_five_working_days_and_can_be_sent_again() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        // Tuesday + 5 working days ends on the next Tuesday at local midnight (UTC+7: 17:00 UTC).
        bank.wait_ms(7 * DAY_MS + 7 * HOUR_MS);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &code, at)).is_ok());
        bank.wait_ms(HOUR_MS);
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-expired");
        bank.sent_again(&bank.operator, card.id).unwrap();
        let again = crate::bank::link_code(&bank.work()[0]);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &again, at)).is_ok());
    });
}

#[test]
fn a_link_that_ended_unused_is_sent_again_once_and_without_being_asked_for() {
    on_both(|bank| {
        let (card, _, first) = bank.issued(&bank.rogov, "gost-256-a");
        bank.wait_ms(7 * DAY_MS + 8 * HOUR_MS);
        let letters = bank.work();
        assert_eq!(letters.iter().map(|letter| letter.notice.name()).collect::<Vec<_>>(), ["ready"]);
        let second = crate::bank::link_code(&letters[0]);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &second, at)).is_ok());
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &first, at))), "link-replaced");
        // The desk sends a third before the second ends: the second's timer finds nothing to do.
        bank.wait_ms(6 * DAY_MS);
        bank.sent_again(&bank.operator, card.id).unwrap();
        assert_eq!(bank.work().len(), 1);
        bank.wait_ms(2 * DAY_MS);
        assert!(bank.work().is_empty());
    });
}

#[test]
fn a_link_is_not_sent_again_while_its_address_is_being_corrected_or_its_certificate_held_and_is_afterwards() {
    on_both(|bank| {
        let (card, _, _) = bank.issued(&bank.rogov, "gost-256-a");
        let right = "rogov.right@bank-client.test";
        let correct = |bank: &Bank| bank.at(|at| bank.ra.propose_email(&bank.operator, card.id, right, "Опечатка", at));
        bank.wait_ms(6 * DAY_MS);
        correct(bank).unwrap();
        bank.wait_ms(2 * DAY_MS);
        assert!(bank.work().is_empty(), "no letter goes to the address that was called wrong");
        let proposal = bank.ra.proposals_about(&bank.operator, card.id).unwrap()[0].id;
        bank.at(|at| bank.ra.decline_proposal(&bank.operator, proposal, at)).unwrap();
        assert!(bank.work().is_empty());
        bank.wait_ms(DAY_MS);
        let letters = bank.work();
        assert_eq!(letters.iter().map(|letter| letter.notice.name()).collect::<Vec<_>>(), ["ready"]);

        // The certificate that asked is held while the second link ends, and released the day after.
        let actor = bank.sign_in(&bank.rogov);
        let Actor::Subscriber { certificate_id: current, .. } = actor else { panic!("{actor:?}") };
        let step = |bank: &Bank, step| {
            let version = bank.at(|at| bank.ra.desk_certificate(&bank.operator, current, at)).unwrap().version;
            let reason = RevocationReason::Unspecified;
            bank.at(|at| bank.ra.step_by_hand(&bank.operator, current, version, step, reason, "Проверка", at)).unwrap();
        };
        step(bank, BankStep::Hold);
        bank.work();
        bank.wait_ms(8 * DAY_MS);
        assert!(bank.work().is_empty(), "nothing could be taken behind it");
        step(bank, BankStep::Release);
        bank.work();
        bank.wait_ms(DAY_MS);
        let letters = bank.work();
        assert_eq!(letters.iter().map(|letter| letter.notice.name()).collect::<Vec<_>>(), ["ready"]);
    });
}

#[test]
fn a_link_that_was_used_shows_the_act_for_its_own_life_and_no_longer() {
    on_both(|bank| {
        let (_, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        bank.sign_act(&bank.rogov, &code).unwrap();
        let (delivered, new_client) = bank.take(&code, key, bank.rogov.email);
        bank.prove(&new_client, &code, &delivered.challenge).unwrap();
        let look_back = |bank: &Bank| bank.at(|at| bank.ra.look_back(AGENT, &code, at)).map(drop);
        let file = |bank: &Bank| bank.at(|at| bank.ra.act_file_behind_link(AGENT, &code, at)).map(drop);
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-spent");
        bank.wait_ms(7 * DAY_MS + 7 * HOUR_MS);
        assert!(look_back(bank).is_ok() && file(bank).is_ok());
        bank.wait_ms(HOUR_MS);
        assert_eq!((refused(look_back(bank)), refused(file(bank))), ("link-spent", "link-spent"));
    });
}

#[test]
fn an_uncollected_request_lapses_and_its_certificate_is_revoked() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        bank.wait_ms(30 * DAY_MS + 1);
        bank.work();
        assert_eq!(bank.stage(card.id), StageName::Expired);
        assert_eq!(bank.card(card.id).certificate.unwrap().standing.name(), "revoked");
        let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        assert_eq!(crypto::Crl::from_der(&crl.der).unwrap().revoked().len(), 1);
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "request-expired");
    });
}

#[test]
fn an_unanswered_request_lapses_too() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(30 * DAY_MS + 1);
        let letters = bank.work();
        assert_eq!(bank.stage(card.id), StageName::Expired);
        assert!(letters.iter().any(|letter| letter.notice.name() == "lapsed"));
    });
}

#[test]
fn an_ended_certificate_starts_nothing() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        bank.wait_ms(20 * DAY_MS + 1);
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-expired");
        assert_eq!(refused(bank.at(|at| bank.ra.create(&actor, bank.new_request(), at))), "certificate-expired");
    });
}

#[test]
fn a_certificate_that_ends_before_review_cannot_be_approved_but_refused() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(20 * DAY_MS + 1);
        let approved = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at));
        assert_eq!(refused(approved), "certificate-expired");
        bank.at(|at| bank.ra.refuse(&bank.operator, card.id, card.version, "Сертификат закончился", at)).unwrap();
        assert_eq!(bank.stage(card.id), StageName::Rejected);
    });
}

#[test]
fn a_certificate_that_ends_between_approval_and_issue_closes_the_gate_and_the_bank_can_refuse() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(20 * DAY_MS - 1_000);
        let card = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.wait_ms(2_000);
        bank.work();
        assert_eq!(bank.stage(card.id), StageName::Approved);
        let closed =
            bank.journal().iter().any(|row| row["body"]["code"] == "policy-gate" && row["body"]["attempt"] == "issue");
        assert!(closed, "the journal says why nothing was issued");
        assert!(bank.journal().iter().all(|row| row["body"]["event"] != "intent-recorded"));
        let card = bank.card(card.id);
        assert!(card.allowed.contains(&"refuse"), "{:?}", card.allowed);
        bank.at(|at| bank.ra.refuse(&bank.operator, card.id, card.version, "Сертификат закончился", at)).unwrap();
        assert_eq!(bank.stage(card.id), StageName::Rejected);
    });
}

#[test]
fn crls_are_renewed_at_half_life_and_never_served_past_their_end() {
    on_both(|bank| {
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let number = |bank: &Bank| bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        assert_eq!(number(bank).number, 1);
        bank.wait_ms(12 * HOUR_MS - 1_000);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(number(bank).number, 1);
        bank.wait_ms(1_000);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(number(bank).number, 2);
        // Nobody tended for days: the door itself builds a new one.
        bank.wait_ms(3 * DAY_MS);
        let row = number(bank);
        assert!(row.number == 3 && row.next_update > bank.now());
    });
}

#[test]
fn checkpoints_come_by_the_hour_and_by_the_thousand_rows() {
    on_both(|bank| {
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let lines = || std::fs::read_to_string(bank.data.path().join("checkpoints.jsonl")).unwrap().lines().count();
        assert_eq!(lines(), 1);
        bank.submitted(&bank.rogov, "gost-256-a");
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(lines(), 1);
        bank.wait_ms(HOUR_MS);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(lines(), 2);
        bank.journal_holds();
    });
}

/// A bank in June 2049: notAfter of a certificate of 729 days lies beyond 2050 (RFC 5280 section 4.1.2.5).
#[test]
fn the_turn_of_2049_is_written_as_rfc_5280_says() {
    // 2049-06-01T09:00:00Z
    let then = Timestamp(2_506_150_800_000);
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = crate::bank::renewal_folder();
        let bank = Bank::open_at(backend, name, vec![folder], then);
        let (card, new_client) = bank.renewed(&bank.rogov, "gost-256-a");
        assert_eq!(card.stage, StageName::InService);
        let der = new_client.certificate.as_der();
        // Tag 0x17 is UTCTime of 13 octets, 0x18 GeneralizedTime of 15.
        assert!(der.windows(4).any(|part| part == [0x17, 0x0d, b'4', b'9']), "notBefore is a UTCTime of 2049");
        assert!(
            der.windows(6).any(|part| part == [0x18, 0x0f, b'2', b'0', b'5', b'1']),
            "notAfter is a GeneralizedTime of 2051"
        );
        assert!(new_client.certificate.not_after() > 2_524_608_000);
    }
}
