//! Letters that count back from a date: each goes once, whatever ticks and restarts there are, and not at all when it is needless.

use domain::Timestamp;
use domain::certificate::{BankStep, Standing};
use domain::procedure::Kind;
use domain::request::StageName;
use domain::request::decide::Notice;
use domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use ra::{Letter, Ra};

use crate::bank::{AGENT, Backend, Bank, START, folder_of, on_both, refused};

/// The house looks twice, a minute apart, and sends what is due: to whom, and what.
fn told(bank: &Bank) -> Vec<(String, Notice)> {
    told_by(bank, &bank.ra)
}

fn told_by(bank: &Bank, ra: &Ra) -> Vec<(String, Notice)> {
    let mut letters = Vec::new();
    for _ in 0..2 {
        bank.at(|at| ra.tend(at)).unwrap();
        letters.extend(bank.work_of(ra));
        bank.wait_ms(MINUTE_MS);
    }
    // A letter that was planned weeks ago has the date of its day.
    let reminders = letters.iter().filter(|letter| matches!(letter.notice, Notice::Act | Notice::Expiry));
    reminders.for_each(|letter| assert!(bank.now().0 - letter.at.0 < DAY_MS, "{letter:?}"));
    let mut told: Vec<_> = letters.iter().map(|letter| (name(letter), letter.notice)).collect();
    told.sort();
    told
}

fn name(letter: &Letter) -> String {
    letter.to.as_str().split('@').next().unwrap().to_owned()
}

fn expiry(names: &[&str]) -> Vec<(String, Notice)> {
    names.iter().map(|name| ((*name).to_owned(), Notice::Expiry)).collect()
}

fn on_both_with(kind: Kind, change: impl Fn(&str) -> String, run: impl Fn(&Bank)) {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, mut folder) = folder_of(kind);
        folder.toml = change(&folder.toml);
        run(&Bank::open_with(backend, name, vec![folder]));
    }
}

/// Rogov's and Ivanov's certificates end in twenty days; the procedure reminds 30, 14, 7, 3 and 1 days before.
#[test]
fn the_end_of_a_certificate_is_told_once_at_each_span_whatever_ticks_and_restarts_there_are() {
    on_both(|bank| {
        assert_eq!(told(bank), [], "nobody looked thirty days before");
        bank.set_clock(START.plus_ms(6 * DAY_MS - HOUR_MS));
        assert_eq!(told(bank), []);
        bank.set_clock(START.plus_ms(6 * DAY_MS));
        assert_eq!(told(bank), expiry(&["ivanov", "rogov"]));
        assert_eq!(told(bank), []);
        let restarted = bank.reopened();
        assert_eq!(told_by(bank, &restarted), []);
        // Killed after the letters were planned and before the look was recorded.
        bank.store().write(|tx| store::reminders::set_looked_at(tx, AGENT, START)).unwrap();
        assert_eq!(told(bank), []);

        bank.set_clock(START.plus_ms(13 * DAY_MS));
        assert_eq!(told(bank).len(), 2, "seven days");
        // Nobody was there three days before: one letter a person, not two.
        bank.set_clock(START.plus_ms(19 * DAY_MS + HOUR_MS));
        assert_eq!(told(bank), expiry(&["ivanov", "rogov"]));
        bank.set_clock(START.plus_ms(21 * DAY_MS));
        assert_eq!(told(bank), [], "it has ended");
        let object = |row: &serde_json::Value| row["object"].as_str().unwrap().to_owned();
        let sent: Vec<_> =
            bank.journal().iter().filter(|row| row["body"]["event"] == "mail-sent").map(object).collect();
        assert_eq!(sent.len(), 6);
        assert!(sent.iter().all(|object| object.starts_with("certificate:")), "{sent:?}");
        bank.journal_holds();
    });
}

#[test]
fn a_letter_names_the_certificate_and_its_last_day() {
    on_both(|bank| {
        bank.at(|at| bank.ra.tend(at)).unwrap();
        bank.wait_ms(6 * DAY_MS);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let letters = bank.work();
        let letter = letters.iter().find(|letter| name(letter) == "rogov").unwrap();
        let serial = hex::encode(bank.rogov.certificate.serial());
        assert_eq!(letter.serial.as_ref().unwrap().0.trim_start_matches('0'), serial.trim_start_matches('0'));
        assert_eq!(letter.not_after, Some(Timestamp::from_seconds(bank.rogov.certificate.not_after() + 1).plus_ms(-1)));
        assert_eq!((letter.link.as_ref(), letter.reason.as_ref()), (None, None));
    });
}

#[test]
fn who_has_asked_for_a_new_certificate_or_has_it_hears_no_more_and_who_must_act_does() {
    on_both(|bank| {
        told(bank);
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.set_clock(START.plus_ms(6 * DAY_MS));
        let heard = told(bank);
        assert_eq!(
            heard.iter().filter(|one| one.1 == Notice::Expiry).cloned().collect::<Vec<_>>(),
            expiry(&["ivanov"])
        );
        bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, bank.card(card.id).version, "Телефон", at))
            .unwrap();
        bank.work();
        bank.renewed(&bank.ivanov, "gost-256-a");
        bank.work();
        bank.set_clock(START.plus_ms(13 * DAY_MS));
        assert_eq!(told(bank), expiry(&["rogov"]), "the request is his to correct; hers is done");
    });
}

/// Step 3 of the manual: to the address that is typed there the notices of the new certificate's end go, too.
#[test]
fn the_end_of_the_new_certificate_is_told_to_the_address_that_was_typed_for_it() {
    on_both(|bank| {
        let email = "rogov.new@bank-client.test";
        let actor = bank.sign_in(&bank.rogov);
        let new = ra::NewRequest { email: Some(email.to_owned()), ..bank.new_request() };
        let card = bank.at(|at| bank.ra.create(&actor, new, at)).unwrap();
        let of_record = || {
            let id = actor.subscriber_id().unwrap();
            bank.store().read(|tx| store::subscribers::by_id(tx, id)).unwrap().unwrap().contact
        };
        let before = of_record();
        // The request that is open goes on.
        let (key, csr) = bank.new_key(&card, "gost-256-a");
        let card = bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let text = card.text.clone().unwrap();
        let card = bank.at(|at| bank.ra.submit(&actor, card.id, &bank.rogov.sign(&text, at), at)).unwrap();
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let code = crate::bank::link_code(bank.work().iter().find(|letter| letter.link.is_some()).unwrap());
        bank.sign_act(&bank.rogov, &code).unwrap();
        assert_eq!(of_record(), before, "nothing is in service yet");
        let (delivered, new_client) = bank.take(&code, key, email);
        bank.prove(&new_client, &code, &delivered.challenge).unwrap();
        bank.work();
        assert_eq!((of_record().email.as_str(), of_record().phone), (email, before.phone));
        assert!(bank.journal().iter().any(|row| row["body"]["event"] == "contact-recorded"));

        bank.set_clock(Timestamp::from_seconds(new_client.certificate.not_after()).plus_ms(-DAY_MS));
        let heard = told(bank);
        assert!(heard.contains(&("rogov.new".to_owned(), Notice::Expiry)), "{heard:?}");
        assert!(!heard.iter().any(|(name, _)| name == "rogov"), "{heard:?}");
        // It is what the next request begins with, and what the desk compares with.
        let actor = bank.sign_in(&new_client);
        let next = bank.create(&actor);
        assert_eq!(next.contact.email.as_str(), email);
    });
}

/// Whose new smart key breaks within the overlap renews again by the old one.
#[test]
fn a_second_successor_takes_the_place_of_the_first() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let may = |actor: &domain::actor::Actor| {
            let refused = bank.at(|at| bank.ra.may_create(actor, &bank.procedure, at)).unwrap();
            refused.map(|refused| refused.refusal.code())
        };
        assert_eq!(may(&actor), None);
        let (first, first_client) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.wait_ms(DAY_MS);
        let (second, second_client) = bank.renewed(&bank.rogov, "gost-256-a");
        let certificates = bank.at(|at| bank.ra.certificates_of(&bank.sign_in(&second_client), at)).unwrap();
        let of = |card: &ra::RequestCard| {
            let id = bank.card(card.id).certificate.unwrap().id;
            certificates.iter().find(|one| one.id == id).unwrap().standing
        };
        assert_eq!((of(&first), of(&second)), (Standing::Active, Standing::Active), "for the time of the overlap");
        bank.wait_ms(14 * DAY_MS);
        assert_eq!(refused(bank.try_sign_in(&first_client)), "certificate-superseded");
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-superseded");
        // Of the one that is left the end is far off, and the page says so before anything is typed.
        let actor = bank.sign_in(&second_client);
        assert_eq!(may(&actor), Some("too-early"));
        assert_eq!(refused(bank.at(|at| bank.ra.create(&actor, bank.new_request(), at))), "too-early");
    });
}

#[test]
fn what_was_put_on_hold_between_plan_and_letter_is_not_told_of() {
    on_both(|bank| {
        told(bank);
        bank.set_clock(START.plus_ms(6 * DAY_MS));
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let actor = bank.sign_in(&bank.rogov);
        let domain::actor::Actor::Subscriber { certificate_id, .. } = actor else { panic!("a subscriber") };
        bank.stepped(certificate_id, BankStep::Hold);
        assert_eq!(told(bank), [("ivanov".to_owned(), Notice::Expiry), ("rogov".to_owned(), Notice::Held)]);
        // What the bank lifts it says, too; and the next reminder comes.
        bank.stepped(certificate_id, BankStep::Release);
        bank.stepped(certificate_id, BankStep::Block);
        bank.stepped(certificate_id, BankStep::Unblock);
        let heard: Vec<_> = told(bank).into_iter().map(|(_, notice)| notice).collect();
        assert_eq!(heard, [Notice::Blocked, Notice::Unblocked, Notice::Released]);
        bank.set_clock(START.plus_ms(13 * DAY_MS));
        assert_eq!(told(bank), expiry(&["ivanov", "rogov"]));
    });
}

/// Monday 14 December less five working days is Monday the 7th, which begins in Novosibirsk when it is 17:00 of the 6th in Greenwich.
#[test]
fn an_end_counted_in_working_days_follows_the_agents_calendar() {
    let change = |toml: &str| toml.replace("expiry: 30d 14d 7d 3d 1d", "expiry: 5wd");
    on_both_with(Kind::Renewal, change, |bank| {
        told(bank);
        let begins = Timestamp(1_796_576_400_000);
        bank.set_clock(begins.plus_ms(-3 * MINUTE_MS));
        assert_eq!(told(bank), []);
        bank.set_clock(begins);
        assert_eq!(told(bank), expiry(&["ivanov", "rogov"]));
        bank.set_clock(begins.plus_ms(DAY_MS));
        assert_eq!(told(bank), []);
    });
}

/// An act of Tuesday 24 November, due in seven working days: Thursday 3 December. Reminders 5, 3 and 1 working days before.
#[test]
fn an_act_is_asked_for_as_often_as_the_procedure_says_until_it_is_in() {
    on_both_with(Kind::Regeneration, str::to_owned, |bank| {
        let (rogovs, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let (ivanovs, _) = bank.submitted(&bank.ivanov, "gost-256-a");
        // 26 and 30 November and 2 December, each from local midnight.
        let [five, three, one] = [1_795_626_000_000, 1_795_971_600_000, 1_796_144_400_000].map(Timestamp);
        bank.set_clock(five.plus_ms(-3 * MINUTE_MS));
        assert_eq!(told(bank), []);
        bank.set_clock(five);
        let act = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Notice::Act)).collect::<Vec<_>>();
        assert_eq!(told(bank), act(&["ivanov", "rogov"]));
        assert_eq!(told_by(bank, &bank.reopened()), []);
        bank.act_came(ivanovs.id);
        bank.set_clock(three);
        assert_eq!(told(bank), act(&["rogov"]), "hers is in");
        bank.set_clock(one);
        assert_eq!(told(bank), act(&["rogov"]));
        bank.wait_ms(2 * DAY_MS);
        assert_eq!(told(bank), [("rogov".to_owned(), Notice::Overdue)], "there is nothing to block yet");
        assert_eq!(bank.stage(rogovs.id), StageName::InReview);
        bank.journal_holds();
    });
}

#[test]
fn of_reminders_that_piled_up_only_the_last_goes_out_and_none_for_a_request_that_is_over() {
    on_both_with(Kind::Regeneration, str::to_owned, |bank| {
        bank.submitted(&bank.rogov, "gost-256-a");
        let (card, _) = bank.submitted(&bank.ivanov, "gost-256-a");
        let actor = bank.sign_in(&bank.ivanov);
        bank.at(|at| bank.ra.recall(&actor, card.id, at)).unwrap();
        bank.set_clock(Timestamp(1_796_144_400_000));
        assert_eq!(told(bank), [("rogov".to_owned(), Notice::Act)]);
    });
}
