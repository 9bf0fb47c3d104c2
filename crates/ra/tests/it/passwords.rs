//! Subscribers' passwords: handed out and set, tried and closed, with and without a second device; and what a sign-in by one may do.

use domain::actor::{Actor, Role};
use domain::certificate::RevocationReason;
use domain::ids::SubscriberId;
use ra::{Failure, HandedOut, NewRequest, Password, PasswordEntered, Ra};

use crate::bank::{AGENT, Bank, on_both, refused, staff};

const OWN: &str = "four words of rogov";
const MINUTE: i64 = 60_000;

fn offering(bank: &Bank, word: &str) -> Ra {
    bank.reopened_with(|agent| format!("subscriber_password = \"{word}\"\n{agent}"))
}

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec())
}

/// The token of a sign-in; `own` where a password of one's own is wanted first, with the secret of a device to set up.
fn enter(bank: &Bank, ra: &Ra, login: &str, text: &str, code: &str) -> Result<Result<String, Option<String>>, Failure> {
    match bank.at(|at| ra.password_sign_in(AGENT, login, &password(text), code, at))? {
        PasswordEntered::SignedIn(signed_in) => Ok(Ok(signed_in.token)),
        PasswordEntered::OwnWanted(device) => Ok(Err(device)),
    }
}

fn set(bank: &Bank, ra: &Ra, actor: &Actor, token: &str, login: &str, old: &str, own: &str) -> Result<(), Failure> {
    bank.at(|at| ra.set_own_password(actor, token, login, (&password(old), &password(own)), at))
}

fn code(bank: &Bank, secret: &str) -> String {
    ra::shown_by_device(secret, bank.now()).unwrap().0
}

/// When the password was set, as the desk sees it.
fn seen(bank: &Bank, ra: &Ra, id: SubscriberId) -> Option<domain::Timestamp> {
    bank.at(|at| ra.desk_person(&bank.operator, id, at)).unwrap().password.set_at
}

/// By a clerk who looks at the person first.
pub(crate) fn hand_out(bank: &Bank, ra: &Ra, by: &Actor, id: SubscriberId) -> Result<HandedOut, Failure> {
    let seen = seen(bank, ra, id);
    bank.at(|at| ra.hand_out_password(by, id, seen, at))
}

fn id(actor: &Actor) -> SubscriberId {
    actor.subscriber_id().unwrap()
}

#[test]
fn a_sign_in_by_password_looks_and_does_nothing_that_a_certificate_proves() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let (card, _key, _code) = bank.issued(&bank.rogov, "gost-256-a");
        let proven = bank.sign_in(&bank.rogov);
        for (login, own) in [("rogov", "short"), ("", OWN), ("two words", OWN), ("146b79e7de8a0", OWN)] {
            assert_eq!(refused(set(bank, &ra, &proven, "", login, "", own)), "text-unacceptable", "{login} {own}");
        }
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        let token = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();
        let reader = bank.at(|at| ra.subscriber(&token, at)).unwrap();
        assert_eq!(reader, Actor::Reader { id: id(&proven), agent_id: AGENT });

        // What is theirs is seen.
        assert!(bank.at(|at| ra.person(&reader, at)).unwrap().certificate.is_none());
        let seen = bank.at(|at| ra.requests_of(&reader, at)).unwrap();
        assert_eq!(seen.iter().map(|one| one.id).collect::<Vec<_>>(), [card.id]);
        assert_eq!(seen[0].allowed, Vec::<&str>::new());
        let certificates = bank.at(|at| ra.certificates_of(&reader, at)).unwrap();
        assert!(certificates.iter().all(|one| one.allowed.is_empty()) && certificates.len() == 2);
        assert!(!ra.thread(&reader, card.id).unwrap().may_write);
        assert!(
            ra.own_journal(&reader, &["subscriber-signed-in-by-password"])
                .unwrap()
                .iter()
                .any(|event| event.kind == "subscriber-signed-in-by-password")
        );

        // Nothing is done, whatever it is; and what is another's is not even there.
        let needed = "certificate-sign-in-needed";
        let new = NewRequest { procedure: bank.procedure.clone(), phone: None, email: None, idempotency_key: None };
        assert_eq!(refused(bank.at(|at| ra.create(&reader, new, at))), needed);
        let own = certificates[0].id;
        assert_eq!(refused(bank.at(|at| ra.hold(&reader, own, at)).map(drop)), needed);
        let revoked = bank.at(|at| ra.revoke(&reader, own, RevocationReason::KeyCompromise, at));
        assert_eq!(refused(revoked.map(drop)), needed);
        assert_eq!(refused(bank.at(|at| ra.recall(&reader, card.id, at)).map(drop)), needed);
        let said = ra::NewMessage { text: "x".to_owned(), ..ra::NewMessage::default() };
        let message = bank.at(|at| ra.message_id(at));
        assert_eq!(refused(bank.at(|at| ra.send_message(&reader, card.id, message, &said, at))), needed);
        assert_eq!(refused(bank.at(|at| ra.remove_own_password(&reader, at))), needed);
        let other = bank.sign_in(&bank.ivanov);
        let theirs = bank.create(&other);
        assert_eq!(refused(bank.at(|at| ra.request(&reader, theirs.id, at)).map(drop)), "not-found");

        // The old password is asked for, and the other sign-ins end with it; by certificate it is set anew.
        let second = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();
        let changed = "five other words of rogov";
        assert_eq!(refused(set(bank, &ra, &reader, &token, "", "not the old one", changed)), "sign-in-wrong");
        set(bank, &ra, &reader, &token, "", OWN, changed).unwrap();
        let open = |token: &str| bank.at(|at| ra.subscriber(token, at)).map(drop);
        open(&token).unwrap();
        assert_eq!(refused(open(&second)), "sign-in-required");
        assert_eq!(refused(enter(bank, &ra, "rogov", OWN, "").map(drop)), "sign-in-wrong");
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        assert_eq!(refused(open(&token)), "sign-in-required");
        let last = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();

        // Nobody takes the login of somebody else, and a bar ends it all.
        assert_eq!(refused(set(bank, &ra, &other, "", "rogov", "", OWN)), "text-unacceptable");
        let person = bank.at(|at| ra.desk_person(&bank.operator, id(&proven), at)).unwrap().record;
        bank.at(|at| ra.bar(&bank.operator, person.id, person.version, true, "x", at)).unwrap();
        assert_eq!(refused(open(&last)), "subscriber-barred");
        assert_eq!(refused(enter(bank, &ra, "rogov", OWN, "").map(drop)), "subscriber-barred");
        bank.journal_holds();
    });
}

#[test]
fn what_the_desk_hands_out_is_good_once_and_for_three_days() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let rogov = id(&bank.sign_in(&bank.rogov));
        let clerk = bank.at(|at| staff(&ra, "Рогов 7", &[Role::BranchClerk], at));
        let give = |by: &Actor| hand_out(bank, &ra, by, rogov).map(|given| (given.login, given.password));
        for role in [Role::Operator, Role::Support, Role::Auditor, Role::CaAdministrator] {
            let nobody = bank.at(|at| staff(&ra, "Рогов 8", &[role], at));
            assert_eq!(refused(give(&nobody)), "role-missing", "{role:?}");
        }
        let (login, given) = give(&clerk).unwrap();
        assert_eq!(given.len(), 19, "{given}");

        // It opens nothing before it is exchanged, and is read from paper in any dress.
        assert_eq!(enter(bank, &ra, &login, &given, "").unwrap(), Err(None));
        let exchange = |given: &str, own: &str| {
            bank.at(|at| ra.exchange_password(AGENT, &login, &password(given), &password(own), "", at))
                .map(|signed_in| signed_in.token)
        };
        let loose = given.to_lowercase().replace('-', " ");
        for own in ["short", &given, &loose] {
            assert_eq!(refused(exchange(&given, own)), "text-unacceptable", "{own}");
        }
        assert_eq!(refused(exchange("AAAA-AAAA-AAAA-AAAA", OWN)), "sign-in-wrong");
        let token = exchange(&loose, OWN).unwrap();
        bank.at(|at| ra.subscriber(&token, at)).unwrap();
        assert_eq!(refused(exchange(&given, OWN)), "sign-in-wrong", "it was good once");
        enter(bank, &ra, &login, OWN, "").unwrap().unwrap();

        // Another one ends what was, and waits three days.
        let (same, again) = give(&clerk).unwrap();
        assert_eq!(same, login);
        assert_eq!(refused(bank.at(|at| ra.subscriber(&token, at))), "sign-in-required");
        assert_eq!(refused(enter(bank, &ra, &login, OWN, "").map(drop)), "sign-in-wrong");
        bank.wait_ms(3 * 24 * 60 * MINUTE - 1);
        assert_eq!(enter(bank, &ra, &login, &again, "").unwrap(), Err(None));
        bank.wait_ms(1);
        assert_eq!(refused(enter(bank, &ra, &login, &again, "").map(drop)), "sign-in-wrong");
        bank.journal_holds();
    });
}

#[test]
fn of_two_clerks_with_the_same_page_one_hands_a_password_out_and_it_stays_good() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let rogov = id(&bank.sign_in(&bank.rogov));
        let clerks =
            [1, 2].map(|number| bank.at(|at| staff(&ra, &format!("Рогов {number}"), &[Role::BranchClerk], at)));
        for _ in 0..2 {
            let seen = seen(bank, &ra, rogov);
            bank.wait_ms(1);
            let given: Vec<_> = std::thread::scope(|scope| {
                let ra = &ra;
                let at_once = clerks
                    .each_ref()
                    .map(|by| scope.spawn(move || bank.at(|at| ra.hand_out_password(by, rogov, seen, at))));
                at_once.into_iter().map(|clerk| clerk.join().unwrap()).collect()
            });
            let (given, late): (Vec<_>, Vec<_>) = given.into_iter().partition(Result::is_ok);
            let [Ok(given)] = &given[..] else { panic!("{} hand out", given.len()) };
            assert_eq!(late.into_iter().map(|late| refused(late.map(drop))).collect::<Vec<_>>(), ["changed-meanwhile"]);
            assert_eq!(
                enter(bank, &ra, &given.login, &given.password, "").unwrap(),
                Err(None),
                "the one that was told"
            );
        }
        bank.journal_holds();
    });
}

#[test]
fn whoever_guesses_at_a_subscribers_login_is_told_the_same_and_closes_it_for_a_quarter_of_an_hour() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let proven = bank.sign_in(&bank.rogov);
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        let told = |login: &str, text: &str| refused(enter(bank, &ra, login, text, "").map(drop));
        for login in ["nobody", "", "two words", "\u{0}"] {
            assert_eq!(told(login, OWN), "sign-in-wrong", "{login:?}");
        }
        for _ in 0..5 {
            assert_eq!(told("rogov", "no such words"), "sign-in-wrong");
        }
        assert_eq!(told("rogov", OWN), "sign-in-wrong", "the right one, too");
        bank.wait_ms(14 * MINUTE);
        assert_eq!(told("rogov", OWN), "sign-in-wrong");
        let kinds: Vec<_> = ra
            .own_journal(&proven, &["subscriber-password-locked"])
            .unwrap()
            .into_iter()
            .map(|event| event.kind)
            .collect();
        assert!(kinds.iter().any(|kind| kind == "subscriber-password-locked"), "{kinds:?}");
        // The certificate is a way in of its own.
        let proven = bank.sign_in(&bank.rogov);
        bank.wait_ms(MINUTE);
        let token = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();

        // An open sign-in guesses no better.
        let reader = bank.at(|at| ra.subscriber(&token, at)).unwrap();
        for _ in 0..5 {
            assert_eq!(refused(set(bank, &ra, &reader, &token, "", "no such words", OWN)), "sign-in-wrong");
        }
        assert_eq!(refused(set(bank, &ra, &reader, &token, "", OWN, OWN)), "sign-in-wrong");
        bank.at(|at| ra.remove_own_password(&proven, at)).unwrap();
        assert_eq!(refused(bank.at(|at| ra.subscriber(&token, at))), "sign-in-required");
        bank.journal_holds();
    });
}

#[test]
fn a_second_device_is_asked_for_once_it_has_shown_a_code_and_where_the_agent_wants_one_always() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let proven = bank.sign_in(&bank.rogov);
        let none = password("");
        let offer = |ra: &Ra| bank.at(|at| ra.offer_own_device(&proven, at));
        assert_eq!(refused(offer(&ra)), "stage-does-not-allow");
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        // Until it has shown a code none is asked for.
        offer(&ra).unwrap();
        let token = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();
        offer(&ra).unwrap();
        let secret = ra.own_password(&proven).unwrap().offered_device.unwrap();
        assert_eq!(ra.own_password(&proven).unwrap().offered_device.as_ref(), Some(&secret), "a second look");
        let confirm = |code: &str| bank.at(|at| ra.set_own_device(&proven, &none, code, at));
        assert_eq!(refused(confirm("000000")), "device-code-wrong");
        confirm(&code(bank, &secret)).unwrap();
        assert_eq!(refused(enter(bank, &ra, "rogov", OWN, "").map(drop)), "sign-in-wrong");
        assert_eq!(refused(enter(bank, &ra, "rogov", OWN, &code(bank, &secret)).map(drop)), "sign-in-wrong", "used");
        bank.wait_ms(30_000);
        enter(bank, &ra, "rogov", OWN, &code(bank, &secret)).unwrap().unwrap();
        let reader = bank.at(|at| ra.subscriber(&token, at)).unwrap();
        let remove = |ra: &Ra, text: &str| bank.at(|at| ra.remove_own_device(&reader, &password(text), at));
        assert_eq!(refused(remove(&ra, "no such words")), "sign-in-wrong");
        remove(&ra, OWN).unwrap();
        enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();

        // The agent wants a code now: who has no device sets one up first.
        let ra = offering(bank, "password-and-code");
        let secret = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap_err().unwrap();
        let exchange = |text: &str, own: &str, code: &str| {
            bank.at(|at| ra.exchange_password(AGENT, "rogov", &password(text), &password(own), code, at))
                .map(|signed_in| signed_in.token)
        };
        let another = "five other words of rogov";
        assert_eq!(refused(exchange(OWN, another, "000000")), "device-code-wrong");
        exchange(OWN, another, &code(bank, &secret)).unwrap();
        assert_eq!(refused(enter(bank, &ra, "rogov", another, "").map(drop)), "sign-in-wrong");
        bank.wait_ms(30_000);
        enter(bank, &ra, "rogov", another, &code(bank, &secret)).unwrap().unwrap();
        assert_eq!(refused(remove(&ra, another)), "own-step-not-offered");

        // Whoever lost both gets both anew.
        let clerk = bank.at(|at| staff(&ra, "Рогов 7", &[Role::BranchClerk], at));
        let given = hand_out(bank, &ra, &clerk, id(&proven)).map(|given| given.password).unwrap();
        let secret = enter(bank, &ra, "rogov", &given, "").unwrap().unwrap_err().unwrap();
        exchange(&given, OWN, &code(bank, &secret)).unwrap();
        bank.journal_holds();
    });
}

#[test]
fn a_device_that_somebody_else_was_offered_is_not_taken_into_use() {
    on_both(|bank| {
        let ra = offering(bank, "password");
        let proven = bank.sign_in(&bank.rogov);
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        // Whoever has stolen the password sees the secret of the device that is offered to them.
        let token = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();
        let thief = bank.at(|at| ra.subscriber(&token, at)).unwrap();
        let offered = || ra.own_password(&proven).unwrap().offered_device;
        let offer = |by: &Actor| {
            bank.at(|at| ra.offer_own_device(by, at)).unwrap();
            offered().unwrap()
        };
        let confirm = |code: &str| bank.at(|at| ra.set_own_device(&proven, &password(""), code, at));

        // Another one is offered to whoever asks beside them.
        let planted = offer(&thief);
        assert_ne!(offer(&proven), planted);
        assert_eq!(refused(confirm(&code(bank, &planted))), "device-code-wrong");

        // None waits after the password is set anew, nor for whoever signs in later, nor with a one-time password.
        let another = "five other words of rogov";
        let set_anew = || set(bank, &ra, &proven, "", "rogov", "", another).unwrap();
        let by_certificate = || drop(bank.sign_in(&bank.rogov));
        let by_password = || drop(enter(bank, &ra, "rogov", another, "").unwrap().unwrap());
        let clerk = bank.at(|at| staff(&ra, "Рогов 7", &[Role::BranchClerk], at));
        let hand_out = || drop(hand_out(bank, &ra, &clerk, id(&proven)).unwrap());
        let ends: [&dyn Fn(); 4] = [&set_anew, &by_certificate, &by_password, &hand_out];
        for (index, end) in ends.into_iter().enumerate() {
            let planted = offer(&thief);
            end();
            assert_eq!(offered(), None, "{index}");
            assert_eq!(refused(confirm(&code(bank, &planted))), "stage-does-not-allow", "{index}");
        }
        // The same secret does not come again.
        set_anew();
        assert_ne!(offer(&proven), planted);
        bank.journal_holds();
    });
}

#[test]
fn where_the_agent_offers_no_passwords_there_is_no_such_door() {
    on_both(|bank| {
        let proven = bank.sign_in(&bank.rogov);
        let ra = offering(bank, "password");
        set(bank, &ra, &proven, "", "rogov", "", OWN).unwrap();
        let token = enter(bank, &ra, "rogov", OWN, "").unwrap().unwrap();
        // As the shipped file has it.
        assert_eq!(refused(enter(bank, &bank.ra, "rogov", OWN, "").map(drop)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.subscriber(&token, at))), "sign-in-required");
        assert_eq!(refused(set(bank, &bank.ra, &proven, "", "rogov", "", OWN)), "own-step-not-offered");
        let given = bank.at(|at| bank.ra.hand_out_password(&bank.second_operator, id(&proven), None, at));
        assert_eq!(refused(given.map(drop)), "stage-does-not-allow");
        bank.journal_holds();
    });
}
