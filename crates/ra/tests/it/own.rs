//! What a client does alone: hold and revoke of an own certificate, messages to the bank.

use domain::Refusal;
use domain::actor::{Actor, Role};
use domain::agent::OwnStep;
use domain::certificate::{BankStep, RevocationReason, Standing};
use domain::journal::{Entry, Event};
use domain::request::decide::Notice;

use crate::bank::{Bank, Client, on_both, refused, staff};

/// The certificate that stands in the list of whoever is signed in with it.
fn own(bank: &Bank, actor: &Actor) -> ra::CertificateCard {
    let Actor::Subscriber { certificate_id, .. } = *actor else { panic!("a subscriber") };
    let cards = bank.at(|at| bank.ra.certificates_of(actor, at)).unwrap();
    cards.into_iter().find(|card| card.id == certificate_id).unwrap()
}

/// Serial numbers of the CRL with the codes of their reasons.
fn crl_reason(bank: &Bank, client: &Client) -> Option<u8> {
    bank.wait_ms(1_000);
    bank.work();
    let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
    let crl = crypto::Crl::from_der(&crl.der).unwrap();
    crl.contains(client.certificate.serial()).and_then(|entry| entry.reason)
}

#[test]
fn a_client_puts_an_own_certificate_on_hold_and_revokes_it_and_only_the_bank_releases() {
    on_both(|bank| {
        let (_, new) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.work();
        let actor = bank.sign_in(&new);
        let card = own(bank, &actor);
        assert_eq!(card.allowed, OwnStep::ALL);
        // Nobody else's.
        let other = bank.sign_in(&bank.ivanov);
        assert_eq!(refused(bank.at(|at| bank.ra.hold(&other, card.id, at))), "not-found");
        let revoke = |actor: &Actor, reason| bank.at(|at| bank.ra.revoke(actor, card.id, reason, at));
        assert_eq!(refused(revoke(&other, RevocationReason::KeyCompromise)), "not-found");

        let held = bank.at(|at| bank.ra.hold(&actor, card.id, at)).unwrap();
        assert_eq!(held.standing(bank.now()), Standing::Hold);
        let letters = bank.work();
        let letter = letters.iter().find(|letter| letter.notice == Notice::Held).unwrap();
        assert_eq!(
            (letter.to.as_str(), letter.serial.as_ref().unwrap().0.as_str()),
            ("rogov@bank-client.test", card.serial_hex.as_str())
        );
        assert!(letter.by_holder && letter.reason.is_none() && letter.at == bank.now());
        assert_eq!(crl_reason(bank, &new), Some(6), "certificateHold");
        assert_eq!(refused(bank.try_sign_in(&new)), "certificate-on-hold");
        // The old one, in its overlap, still opens the door; it does not lift the hold.
        let actor = bank.sign_in(&bank.rogov);
        assert_eq!(refused(bank.at(|at| bank.ra.hold(&actor, card.id, at))), "certificate-state-does-not-allow");
        for step in [BankStep::Release, BankStep::Block] {
            let reason = RevocationReason::Unspecified;
            let stepped = bank.at(|at| bank.ra.step_by_hand(&actor, card.id, 1, step, reason, "x", at));
            assert_eq!(refused(stepped), "not-found");
        }
        bank.stepped(card.id, BankStep::Release);

        for reason in
            [RevocationReason::Unspecified, RevocationReason::PrivilegeWithdrawn, RevocationReason::CertificateHold]
        {
            assert_eq!(refused(revoke(&actor, reason)), "own-step-not-offered", "{reason:?}");
        }
        revoke(&actor, RevocationReason::KeyCompromise).unwrap();
        assert_eq!(refused(revoke(&actor, RevocationReason::KeyCompromise)), "certificate-state-does-not-allow");
        assert!(bank.work().iter().any(|letter| letter.notice == Notice::Revoked));
        assert_eq!(crl_reason(bank, &new), Some(1), "keyCompromise");
        let cards = bank.at(|at| bank.ra.certificates_of(&actor, at)).unwrap();
        let revoked = cards.iter().find(|one| one.id == card.id).unwrap();
        assert_eq!((revoked.standing, revoked.allowed.as_slice()), (Standing::Revoked, [].as_slice()));
        let shown = ["certificate-held", "certificate-released", "certificate-revoked"];
        let kinds: Vec<_> = bank.ra.own_journal(&actor, &shown).unwrap().into_iter().map(|event| event.kind).collect();
        for wanted in shown {
            assert!(kinds.iter().any(|kind| kind == wanted), "{wanted} is not in {kinds:?}");
        }
        bank.journal_holds();
    });
}

#[test]
fn what_happens_inside_the_house_takes_no_place_in_the_own_journal() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        bank.wait_ms(1_000);
        // More rows than are ever shown, all of them newer.
        let entry = Entry {
            at: bank.now(),
            actor: bank.operator.clone(),
            object: format!("request:{}", card.id),
            event: Event::StepExplained { step: "hold".to_owned(), reason: "x".to_owned() },
        };
        let store = bank.store();
        for _ in 0..310 {
            let entry = entry.clone();
            store.write(move |tx| store::journal::append(tx, &entry)).unwrap();
        }
        let kinds = |shown: &[&str]| -> Vec<String> {
            bank.ra.own_journal(&actor, shown).unwrap().into_iter().map(|event| event.kind).collect()
        };
        assert_eq!(kinds(&["request-created", "signed-in"]), ["request-created", "signed-in"]);
        assert_eq!(kinds(&["step-explained", "request-created"]).len(), 300, "as many as are shown at most");
    });
}

#[test]
fn what_the_agent_does_not_offer_its_clients_do_not_do() {
    on_both(|bank| {
        let ra = bank.reopened_with(|agent| format!("client_may = [\"hold\"]\n{agent}"));
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.at(|at| ra.certificates_of(&actor, at)).unwrap().remove(0);
        assert_eq!(card.allowed, [OwnStep::Hold]);
        let revoked = bank.at(|at| ra.revoke(&actor, card.id, RevocationReason::KeyCompromise, at));
        assert_eq!(refused(revoked), "own-step-not-offered");
        // The certificate of another authority is held in the bank's own records; its CRL is not ours.
        bank.at(|at| ra.hold(&actor, card.id, at)).unwrap();
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-on-hold");
    });
}

#[test]
fn client_and_bank_write_to_each_other_about_a_request_with_the_act() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.rogov);
        let send = |actor: &Actor, id, text: &str, with_act| {
            let seen = bank.ra.thread(actor, card.id)?.messages.iter().map(|message| message.id).collect();
            let new = ra::NewMessage { text: text.to_owned(), with_act, seen, ..ra::NewMessage::default() };
            bank.at(|at| bank.ra.send_message(actor, card.id, id, &new, at))
        };
        let unread = || bank.ra.threads(&bank.operator, None, 9).unwrap()[0].unread;
        let id = || {
            bank.wait_ms(1);
            bank.at(|at| bank.ra.message_id(at))
        };
        assert_eq!(refused(send(&actor, id(), "Акт", true)), "act-not-signed");
        bank.sign_act(&bank.rogov, &code).unwrap();
        drop(key);

        // Said twice it is said once.
        let first = id();
        send(&actor, first, "Копия <акта>\r\nприложена", true).unwrap();
        send(&actor, first, "Копия <акта>\r\nприложена", true).unwrap();
        let thread = bank.ra.thread(&actor, card.id).unwrap();
        assert_eq!(thread.messages.len(), 1);
        // With it the act has come, and nobody is asked for it any more.
        assert_eq!(bank.card(card.id).act, "received");
        assert_eq!(bank.journal().iter().filter(|row| row["body"]["event"] == "act-received").count(), 1);
        let message = &thread.messages[0];
        assert_eq!((message.text.as_str(), message.by_bank.as_deref()), ("Копия <акта>\nприложена", None));
        assert_eq!(message.files.len(), 2, "text and signature");
        let (name, _, text) = bank.ra.message_file(&bank.operator, card.id, first, 0).unwrap();
        assert!(name.contains(&thread.unz.to_string()), "{name}");
        assert_eq!(
            Some(String::from_utf8(text).unwrap()),
            bank.at(|at| bank.ra.open_link(crate::bank::AGENT, &code, at)).unwrap().act_text
        );
        let (_, _, cms) = bank.ra.message_file(&actor, card.id, first, 1).unwrap();
        crypto::SignedData::from_der(&cms).unwrap();
        assert_eq!(refused(bank.ra.message_file(&actor, card.id, first, 2)), "not-found");

        // The bank sees it first in its list, answers, and has read it then.
        assert_eq!(unread(), 1);
        let answer = id();
        for _ in 0..2 {
            send(&bank.operator, answer, "Получили", false).unwrap();
        }
        let letters = bank.work();
        assert_eq!(letters.iter().map(|letter| letter.notice).collect::<Vec<_>>(), [Notice::Answered], "one letter");
        assert_eq!(letters[0].to.as_str(), "rogov@bank-client.test");
        assert_eq!(unread(), 0);
        let thread = bank.ra.thread(&actor, card.id).unwrap();
        assert_eq!(thread.messages[1].by_bank.as_deref(), Some("Рогов 2"));
        // What comes while an older page is looked at was read by nobody.
        let read = |by: &Actor, seen| bank.at(|at| bank.ra.messages_read(by, card.id, seen, at));
        let [thanks, more] = [id(), id()];
        send(&actor, thanks, "Спасибо", false).unwrap();
        send(&actor, more, "И ещё", false).unwrap();
        assert_eq!(refused(read(&bank.operator, vec![])), "body-malformed");
        read(&bank.operator, vec![first, thanks]).unwrap();
        assert_eq!(unread(), 1);
        let answer =
            ra::NewMessage { text: "Пожалуйста".to_owned(), seen: vec![thanks], ..ra::NewMessage::default() };
        let answered = id();
        bank.at(|at| bank.ra.send_message(&bank.operator, card.id, answered, &answer, at)).unwrap();
        assert_eq!(unread(), 1);
        // Nor does another request's page say what was read of this one.
        let elsewhere = bank.submitted(&bank.ivanov, "gost-256-a").0.id;
        bank.at(|at| bank.ra.messages_read(&bank.operator, elsewhere, vec![more], at)).unwrap();
        assert_eq!(unread(), 1);
        read(&bank.operator, vec![more]).unwrap();
        assert_eq!(unread(), 0);

        // Nobody else reads or writes, and nobody writes everything.
        let other = bank.sign_in(&bank.ivanov);
        assert_eq!(refused(send(&other, id(), "x", false)), "not-found");
        assert_eq!(refused(bank.ra.thread(&other, card.id)), "not-found");
        assert_eq!(refused(bank.ra.message_file(&other, card.id, first, 0)), "not-found");
        // Under one's own request there is no file of another's.
        for who in [&other, &bank.operator] {
            assert_eq!(refused(bank.ra.message_file(who, elsewhere, first, 0)), "not-found");
        }
        assert_eq!(refused(bank.ra.threads(&actor, None, 9)), "role-missing");
        let auditor = bank.at(|at| staff(&bank.ra, "Иванов 7", &[Role::Auditor], at));
        assert_eq!(bank.ra.thread(&auditor, card.id).unwrap().messages.len(), 5);
        assert_eq!(refused(send(&auditor, id(), "x", false)), "role-missing");
        assert_eq!(refused(read(&auditor, vec![])), "role-missing");
        for text in ["", " \n ", "\u{0}", "\u{1b}[2J", &"я".repeat(ra::MESSAGE_CHARACTERS + 1)] {
            assert_eq!(refused(send(&actor, id(), text, false)), "text-unacceptable", "{text:?}");
        }
        assert_eq!(refused(send(&bank.operator, first, "x", false)), "body-malformed", "an id of another's message");
        for _ in 3..20 {
            send(&actor, id(), "ещё", false).unwrap();
        }
        assert_eq!(refused(send(&actor, id(), "ещё", false)), Refusal::TooManyTries.code());
        bank.wait_ms(86_400_001);
        let actor = bank.sign_in(&bank.rogov);
        send(&actor, id(), "завтра", false).unwrap();
        bank.journal_holds();
    });
}

#[test]
fn who_may_not_write_is_told_so_before_any_scan_is_looked_through() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let send = |actor: &Actor, text: &str, scan: &[u8]| {
            bank.wait_ms(1);
            let new = ra::NewMessage { text: text.to_owned(), scans: vec![scan.to_vec()], ..ra::NewMessage::default() };
            bank.at(|at| {
                let id = bank.ra.message_id(at);
                bank.ra.send_message(actor, card.id, id, &new, at)
            })
        };
        let other = bank.sign_in(&bank.ivanov);
        assert_eq!(refused(send(&other, "x", b"MZ")), "not-found");
        let auditor = bank.at(|at| staff(&bank.ra, "Иванов 7", &[Role::Auditor], at));
        assert_eq!(refused(send(&auditor, "x", b"MZ")), "role-missing");
        let actor = bank.sign_in(&bank.rogov);
        assert_eq!(refused(send(&actor, " ", b"MZ")), "text-unacceptable");
        assert_eq!(refused(send(&actor, "x", b"MZ")), "scan-kind-unknown");
        assert!(bank.ra.thread(&actor, card.id).unwrap().messages.is_empty(), "nothing is left of a refusal");
        for _ in 0..20 {
            send(&actor, "x", crate::papers::PNG).unwrap();
        }
        assert_eq!(refused(send(&actor, "x", b"MZ")), Refusal::TooManyTries.code());
        let thread = bank.ra.thread(&actor, card.id).unwrap();
        assert!(thread.messages.iter().all(|message| message.files.len() == 1 && message.files[0].is_scan()));
        bank.journal_holds();
    });
}

#[test]
fn there_is_nothing_to_write_about_before_the_request_is_sent() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        assert_eq!(refused(bank.ra.thread(&actor, card.id)), "not-found");
        let id = bank.at(|at| bank.ra.message_id(at));
        assert_eq!(
            refused(bank.at(|at| bank.ra.send_message(
                &actor,
                card.id,
                id,
                &ra::NewMessage { text: "x".to_owned(), ..ra::NewMessage::default() },
                at
            ))),
            "not-found"
        );
    });
}
