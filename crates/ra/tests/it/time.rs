//! Moved time: late mail, ended links, lapsed requests, ended certificates, the turn of 2049.

use domain::Timestamp;
use domain::request::StageName;
use domain::time::{DAY_MS, HOUR_MS};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bank::{AGENT, on_both, refused};

#[test]
fn two_hours_without_mail_give_support_a_ticket() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(2 * HOUR_MS - 1);
        bank.work();
        let tickets = |bank: &crate::bank::Bank| {
            bank.journal().iter().filter(|row| row["body"]["event"] == "mail-overdue").count()
        };
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
        bank.at(|at| bank.ra.resend_link(&bank.operator, card.id, at)).unwrap();
        let again = crate::bank::link_code(&bank.work()[0]);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &again, at)).is_ok());
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
fn a_certificate_that_ends_before_review_closes_the_gate() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(20 * DAY_MS + 1);
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.work();
        assert_eq!(bank.stage(card.id), StageName::Approved);
        let closed =
            bank.journal().iter().any(|row| row["body"]["code"] == "policy-gate" && row["body"]["attempt"] == "issue");
        assert!(closed, "the journal says why nothing was issued");
        assert!(bank.journal().iter().all(|row| row["body"]["event"] != "intent-recorded"));
    });
}

#[test]
fn crls_are_renewed_at_half_life_and_never_served_past_their_end() {
    on_both(|bank| {
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let number = |bank: &crate::bank::Bank| bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
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

/// 2049-06-01T00:00:00Z: a certificate of 729 days ends in 2051, so notBefore is UTCTime and notAfter GeneralizedTime (RFC 5280 4.1.2.5).
#[test]
fn the_turn_of_2049_is_written_as_rfc_5280_says() {
    on_both(|bank| {
        let (_, new_client) = bank.renewed(&bank.rogov, "gost-256-a");
        // Renew again and again would take decades; the issued certificate's successor is asked for near its own end instead.
        let end = Timestamp::from_seconds(new_client.certificate.not_after());
        bank.set_clock(Timestamp(end.0 - 10 * DAY_MS));
        let (card, newer) = bank.renewed(&new_client, "gost-256-a");
        assert!(newer.certificate.not_after() > end.seconds());
        assert_eq!(card.stage, StageName::InService);
    });
    let der_of = |year: i64| {
        let mut rng = ChaCha20Rng::seed_from_u64(9);
        let plan = ca::AuthorityPlan::parse(
            "[[authority]]\nname = \"root\"\nalgorithm = \"gost-256-a\"\nsubject = [[\"CN\", \"R\"]]\nvalidity = \"10950d\"\ncrl_life = \"24h\"\n",
        )
        .unwrap();
        let spec = &plan.authorities()[0];
        let key = crypto::PrivateKey::generate(spec.algorithm, &mut rng).unwrap();
        let born = (year - 1970) * 31_556_952;
        ca::create_authority(spec, None, key, born, "http://127.0.0.1", &mut rng).unwrap().certificate.as_der().to_vec()
    };
    // Tag 0x17 is UTCTime, 0x18 GeneralizedTime.
    let born_2045 = der_of(2045);
    assert!(
        born_2045.windows(2).any(|pair| pair == [0x17, 0x0d]) && born_2045.windows(2).any(|pair| pair == [0x18, 0x0f])
    );
    assert!(!der_of(2051).windows(2).any(|pair| pair == [0x17, 0x0d]));
}
