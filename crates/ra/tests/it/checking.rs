//! What a signature that somebody brings is worth: the bank's record goes before the time that its signer names.

use domain::certificate::BankStep;
use domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use ra::{CheckedSignature, OnRecord, SignatureVerdict};

use crate::bank::{AGENT, Bank, Client, START, on_both};

/// Signed now, and the signer says that it was so many milliseconds later.
fn signed(bank: &Bank, by: &Client, text: &str, later_ms: i64) -> Vec<u8> {
    bank.at(|at| {
        let claimed = at.now.plus_ms(later_ms).seconds();
        crypto::sign_cms(text.as_bytes(), true, &by.key, &by.certificate, &[], claimed, at.rng).unwrap()
    })
}

fn checked(bank: &Bank, text: &str, cms: &[u8]) -> CheckedSignature {
    let checked = bank.at(|at| bank.ra.check_signatures(Some(text.as_bytes()), cms, at)).unwrap();
    let [one] = checked.signatures.try_into().unwrap();
    one
}

#[test]
fn what_a_signer_says_of_the_time_is_not_believed_further_than_the_record_goes() {
    on_both(|bank| {
        let (_, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        let text = bank.at(|at| bank.ra.open_link(AGENT, &code, at)).unwrap().act_text.unwrap();
        let handed_in = signed(bank, &bank.rogov, &text, 0);
        let judged = |text: &str, cms: &[u8]| {
            let one = checked(bank, text, cms);
            (one.verdict, one.on_record, one.is_doubtful())
        };
        let absent = Some(OnRecord::Absent);
        assert_eq!(judged(&text, &handed_in), (SignatureVerdict::Holds, absent, true), "not handed in yet");
        // A clock may be a little ahead; nobody signs tomorrow.
        let ahead = signed(bank, &bank.rogov, &text, 4 * MINUTE_MS);
        assert_eq!(judged(&text, &ahead), (SignatureVerdict::Holds, absent, true));
        let of_tomorrow = signed(bank, &bank.rogov, &text, HOUR_MS);
        assert_eq!(judged(&text, &of_tomorrow).0, SignatureVerdict::ClaimedAhead);
        assert!(!SignatureVerdict::ClaimedAhead.holds());

        bank.at(|at| bank.ra.sign_act(AGENT, &code, &handed_in, at)).unwrap();
        let accepted = Some(OnRecord::Accepted(bank.now()));
        assert_eq!(judged(&text, &handed_in), (SignatureVerdict::Holds, accepted, false));
        // The same person signs the same text once more: the bank was not given that one.
        let again = signed(bank, &bank.rogov, &text, 0);
        assert_eq!(judged(&text, &again), (SignatureVerdict::Holds, absent, true));

        // The certificate ends. What was accepted stays worth what it was; what may be of any day is worth its signer's word.
        bank.set_clock(START.plus_ms(30 * DAY_MS));
        assert_eq!(judged(&text, &handed_in), (SignatureVerdict::Holds, accepted, false));
        let backdated = signed(bank, &bank.rogov, &text, -29 * DAY_MS);
        assert_eq!(judged(&text, &backdated), (SignatureVerdict::HoldsExpired, absent, true));
        let backdated = signed(bank, &bank.rogov, "another text", -29 * DAY_MS);
        assert_eq!(judged("another text", &backdated), (SignatureVerdict::HoldsExpired, None, true));
        let of_today = signed(bank, &bank.rogov, &text, 0);
        assert_eq!(judged(&text, &of_today).0, SignatureVerdict::ChainUnknown);
    });
}

#[test]
fn a_revocation_takes_nothing_from_a_signature_that_the_bank_had_accepted() {
    on_both(|bank| {
        let (_, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        let text = bank.at(|at| bank.ra.open_link(AGENT, &code, at)).unwrap().act_text.unwrap();
        // The client's clock is an hour behind.
        let handed_in = signed(bank, &bank.rogov, &text, -HOUR_MS);
        bank.at(|at| bank.ra.sign_act(AGENT, &code, &handed_in, at)).unwrap();
        let accepted_at = bank.now();
        let rogov = bank.sign_in(&bank.rogov);
        let domain::actor::Actor::Subscriber { certificate_id, .. } = rogov else { panic!("a subscriber") };
        bank.wait_ms(HOUR_MS);
        bank.stepped(certificate_id, BankStep::Revoke);
        let since = bank.now();
        bank.wait_ms(HOUR_MS);

        let one = checked(bank, &text, &handed_in);
        assert_eq!(one.verdict, SignatureVerdict::HoldsEndedSince(since));
        assert_eq!((one.on_record, one.is_doubtful()), (Some(OnRecord::Accepted(accepted_at)), false));
        // Whoever has the key can say today that it was yesterday.
        let backdated = checked(bank, &text, &signed(bank, &bank.rogov, &text, -3 * HOUR_MS));
        assert_eq!(backdated.verdict, SignatureVerdict::HoldsEndedSince(since));
        assert_eq!((backdated.on_record, backdated.is_doubtful()), (Some(OnRecord::Absent), true));
        let late = checked(bank, &text, &signed(bank, &bank.rogov, &text, 0));
        assert_eq!(late.verdict, SignatureVerdict::Revoked(since));
    });
}
