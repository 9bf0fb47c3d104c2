//! Steps by hand: each with a reason, once, by those who may; where the agent wants two people the first one only proposes.

use domain::actor::{Actor, Role};
use domain::certificate::{BankStep, RevocationReason, Standing};
use domain::ids::CertificateId;
use domain::request::StageName;
use domain::request::decide::Notice;
use ra::Stepped;

use crate::bank::{AGENT, Backend, Bank, command_line, link_code, on_both, refused, staff};

fn certificate_of(bank: &Bank) -> (Actor, CertificateId) {
    let subscriber = bank.sign_in(&bank.rogov);
    let card = bank.at(|at| bank.ra.certificates_of(&subscriber, at)).unwrap().remove(0);
    (subscriber, card.id)
}

fn step(
    bank: &Bank,
    who: &Actor,
    id: CertificateId,
    version: i64,
    step: BankStep,
    why: &str,
) -> Result<Stepped, ra::Failure> {
    let reason = RevocationReason::KeyCompromise;
    bank.at(|at| bank.ra.step_by_hand(who, id, version, step, reason, why, at))
}

#[test]
fn a_step_on_a_certificate_has_a_reason_and_is_taken_once() {
    on_both(|bank| {
        let (subscriber, id) = certificate_of(bank);
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        let look = |who: &Actor| bank.at(|at| bank.ra.desk_certificate(who, id, at));
        let card = look(&bank.operator).unwrap();
        assert_eq!(card.allowed, [BankStep::Block, BankStep::Hold, BankStep::Revoke]);
        assert!(look(&auditor).unwrap().allowed.is_empty());
        assert_eq!(refused(look(&subscriber)), "not-found");

        let go = |who: &Actor, version, taken, why: &str| step(bank, who, id, version, taken, why);
        assert_eq!(refused(go(&auditor, card.version, BankStep::Block, "x")), "role-missing");
        assert_eq!(refused(go(&subscriber, card.version, BankStep::Block, "x")), "not-found");
        assert_eq!(refused(go(&bank.operator, card.version, BankStep::Block, " \n ")), "reason-required");
        assert_eq!(refused(go(&bank.operator, card.version, BankStep::Block, "a\u{0}b")), "text-unacceptable");
        assert_eq!(refused(go(&bank.operator, card.version, BankStep::Block, &"x".repeat(1_001))), "text-unacceptable");
        assert_eq!(
            refused(go(&bank.operator, card.version, BankStep::Unblock, "x")),
            "certificate-state-does-not-allow"
        );
        assert_eq!(go(&bank.operator, card.version, BankStep::Hold, "Потерян ключ").unwrap(), Stepped::Done);
        assert_eq!(go(&bank.operator, card.version, BankStep::Hold, "Потерян ключ").unwrap(), Stepped::Done, "twice");
        assert_eq!(refused(go(&bank.second_operator, card.version, BankStep::Hold, "x")), "changed-meanwhile");
        let held = look(&bank.operator).unwrap();
        assert_eq!(held.card.standing, Standing::Hold);
        assert!(held.allowed.contains(&BankStep::Release) && !held.allowed.contains(&BankStep::Hold));
        let why: Vec<_> = held.history.iter().filter_map(|event| event.reason.as_deref()).collect();
        assert!(why.contains(&"Потерян ключ"), "{:?}", held.history);
        // The holder hears of it at once: when, and why.
        let told = |notice: Notice| bank.work().into_iter().find(|letter| letter.notice == notice).unwrap();
        let letter = told(Notice::Held);
        assert_eq!((letter.reason.as_deref(), letter.by_holder), (Some("Потерян ключ"), false));
        assert_eq!(letter.at, bank.now());
        bank.wait_ms(5_000);
        assert_eq!(go(&bank.operator, held.version, BankStep::Release, "Найден").unwrap(), Stepped::Done);
        let released = bank.now();
        bank.wait_ms(5_000);
        let letter = told(Notice::Released);
        assert_eq!((letter.reason.as_deref(), letter.at), (Some("Найден"), released), "whenever it is sent");
        let free = look(&bank.operator).unwrap();
        assert_eq!(go(&bank.operator, free.version, BankStep::Revoke, "Украден").unwrap(), Stepped::Done);
        let letter = told(Notice::Revoked);
        assert_eq!((letter.reason.as_deref(), letter.cause), (Some("Украден"), Some(RevocationReason::KeyCompromise)));
        assert!(look(&bank.operator).unwrap().allowed.is_empty());
        bank.journal_holds();
    });
}

#[test]
fn a_reason_is_kept_as_the_same_lines_whichever_step_it_is_for() {
    const TYPED: &str = " 1. Телефон\r\n2.\tДолжность\r\n";
    const KEPT: &str = "1. Телефон\n2.\tДолжность";
    on_both(|bank| {
        let (subscriber, id) = certificate_of(bank);
        let (request, _) = bank.submitted(&bank.ivanov, "gost-256-a");
        let Actor::Subscriber { id: person, .. } = subscriber else { panic!("a subscriber") };
        let version = || bank.at(|at| bank.ra.desk_person(&bank.operator, person, at)).unwrap().record.version;
        let card = || bank.at(|at| bank.ra.desk_certificate(&bank.operator, id, at)).unwrap();
        let (held, seen) = (card().version, version());
        let hold = |why: &str| step(bank, &bank.operator, id, held, BankStep::Hold, why).map(drop);
        let bar = |why: &str| bank.at(|at| bank.ra.bar(&bank.operator, person, seen, true, why, at));
        let refuse =
            |why: &str| bank.at(|at| bank.ra.refuse(&bank.operator, request.id, request.version, why, at)).map(drop);
        let correct = |why: &str| {
            let right = "right@example.org";
            bank.at(|at| bank.ra.propose_email(&bank.operator, request.id, right, why, at)).map(drop)
        };
        type Step<'a> = &'a dyn Fn(&str) -> Result<(), ra::Failure>;
        let steps: [Step<'_>; 4] = [&correct, &hold, &bar, &refuse];
        for (number, take) in steps.into_iter().enumerate() {
            for (why, code) in [
                ("\u{200b}", "reason-required"),
                ("a\rb", "text-unacceptable"),
                ("\u{202e}gpj.exe", "text-unacceptable"),
                ("a\u{2028}b", "text-unacceptable"),
            ] {
                assert_eq!(refused(take(why)), code, "step {number}, {why:?}");
            }
            take(TYPED).unwrap();
        }
        let of_person = bank.at(|at| bank.ra.desk_person(&bank.operator, person, at)).unwrap().history;
        for history in [card().history, of_person] {
            let reasons: Vec<_> = history.iter().filter_map(|event| event.reason.as_deref()).collect();
            assert_eq!(reasons, [KEPT], "{history:?}");
        }
        assert_eq!(bank.ra.proposals_about(&bank.operator, request.id).unwrap()[0].reason, KEPT);
        assert_eq!(bank.card(request.id).reason.as_deref(), Some(KEPT));
        bank.journal_holds();
    });
}

#[test]
fn where_two_people_are_wanted_the_first_proposes_and_another_confirms() {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let mut bank = Bank::open(backend);
        bank.change_agent("\n[desk]\nsecond_person = [\"revoke\"]\n");
        let (_, id) = certificate_of(&bank);
        let look = |who: &Actor| bank.at(|at| bank.ra.desk_certificate(who, id, at)).unwrap();
        let card = look(&bank.operator);
        assert_eq!(card.second_person, [BankStep::Revoke]);
        // Nobody goes past it by the holder's door, which asks for no words.
        let alone = bank.at(|at| bank.ra.revoke(&bank.operator, id, RevocationReason::KeyCompromise, at));
        assert_eq!(refused(alone), "reason-required");
        let propose = |who: &Actor| step(&bank, who, id, card.version, BankStep::Revoke, "Украден");
        assert_eq!(propose(&bank.operator).unwrap(), Stepped::Waits);
        assert_eq!(propose(&bank.operator).unwrap(), Stepped::Waits, "a second click");
        assert_eq!(refused(propose(&bank.second_operator)), "changed-meanwhile", "somebody was faster");
        assert_eq!(look(&bank.operator).card.standing, Standing::Active, "nothing has changed yet");
        assert!(!look(&bank.operator).allowed.contains(&BankStep::Revoke));

        let waiting = bank.ra.proposals(&bank.operator).unwrap();
        assert_eq!(waiting.len(), 1);
        assert!(!waiting[0].may_confirm && waiting[0].may_decline);
        assert!(bank.ra.proposals(&bank.second_operator).unwrap()[0].may_confirm);
        let confirm = |who: &Actor, proposal| bank.at(|at| bank.ra.confirm(who, proposal, at));
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        assert_eq!(refused(confirm(&bank.operator, waiting[0].id)), "second-person-required");
        assert_eq!(refused(confirm(&auditor, waiting[0].id)), "role-missing");

        // Taken back, proposed again, and overtaken by another step: a confirmation is about what was seen.
        bank.at(|at| bank.ra.decline_proposal(&bank.operator, waiting[0].id, at)).unwrap();
        assert_eq!(refused(confirm(&bank.second_operator, waiting[0].id)), "changed-meanwhile");
        propose(&bank.operator).unwrap();
        let again = bank.ra.proposals(&bank.operator).unwrap()[0].id;
        assert_eq!(
            step(&bank, &bank.second_operator, id, card.version, BankStep::Block, "Спор").unwrap(),
            Stepped::Done
        );
        assert_eq!(refused(confirm(&bank.second_operator, again)), "changed-meanwhile");
        bank.at(|at| bank.ra.decline_proposal(&bank.second_operator, again, at)).unwrap();

        let version = look(&bank.operator).version;
        step(&bank, &bank.operator, id, version, BankStep::Revoke, "Украден").unwrap();
        let last = bank.ra.proposals(&bank.operator).unwrap()[0].id;
        confirm(&bank.second_operator, last).unwrap();
        confirm(&bank.second_operator, last).unwrap();
        assert_eq!(look(&bank.operator).card.standing, Standing::Revoked);
        let letters = bank.work();
        let letter = letters.iter().find(|letter| letter.notice == Notice::Revoked).unwrap();
        assert_eq!(letter.reason.as_deref(), Some("Украден"), "what the first one typed");
        assert!(bank.ra.proposals(&bank.operator).unwrap().is_empty());
        bank.journal_holds();
    }
}

#[test]
fn a_wrong_address_is_corrected_by_two_people_and_the_old_link_dies() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        let support = bank.at(|at| staff(&bank.ra, "Рогов 5", &[Role::Support], at));
        let clerk = bank.at(|at| staff(&bank.ra, "Рогов 6", &[Role::BranchClerk], at));
        let propose =
            |who: &Actor, email: &str, why: &str| bank.at(|at| bank.ra.propose_email(who, card.id, email, why, at));
        let right = "rogov.right@example.org";
        assert_eq!(refused(propose(&clerk, right, "x")), "role-missing");
        assert_eq!(refused(propose(&bank.sign_in(&bank.rogov), right, "x")), "not-found");
        let long = format!("{}@example.org", "x".repeat(300));
        for wrong in [
            "",
            "rogov",
            "rogov@",
            "a@b@c",
            "rogov@bank-client.test",
            "r\u{43e}gov@example.org",
            &long,
            "a@b.c\r\nBcc: x@y.z",
        ] {
            assert_eq!(refused(propose(&support, wrong, "x")), "email-wrong", "{wrong}");
        }
        assert_eq!(refused(propose(&support, right, "")), "reason-required");
        assert_eq!(propose(&support, right, "Клиент звонил").unwrap(), Stepped::Waits);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &code, at)).is_ok(), "nothing has changed yet");

        let waiting = bank.ra.proposals_about(&bank.operator, card.id).unwrap();
        assert_eq!((waiting[0].value.as_str(), waiting[0].may_confirm), (right, true));
        assert!(!bank.ra.proposals(&support).unwrap()[0].may_confirm);
        assert_eq!(refused(bank.at(|at| bank.ra.confirm(&support, waiting[0].id, at))), "role-missing");
        bank.at(|at| bank.ra.confirm(&bank.operator, waiting[0].id, at)).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-replaced");
        let letters = bank.work();
        let letter = letters.iter().find(|letter| letter.link.is_some()).unwrap();
        assert_eq!(letter.to.as_str(), right);
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &link_code(letter), at)).is_ok());
        let journal = bank.journal();
        assert!(journal.iter().all(|row| !row.to_string().contains(right)), "the journal holds no address");
        bank.journal_holds();
    });
}

/// What was confirmed is what was proposed, and an approval is of the address that the request had.
#[test]
fn an_address_is_confirmed_as_it_was_seen_and_takes_the_first_approval_back() {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = crate::procedures::sixth();
        let bank = &Bank::open_with(backend, name, vec![folder]);
        let (card, _) = bank.submitted(&bank.rogov, "gost-512-b");
        let support = bank.at(|at| staff(&bank.ra, "Рогов 5", &[Role::Support], at));
        let propose = || {
            let right = "rogov.right@example.org";
            bank.at(|at| bank.ra.propose_email(&support, card.id, right, "Клиент звонил", at)).unwrap();
            bank.ra.proposals_about(&bank.operator, card.id).unwrap().remove(0).id
        };
        let approve = |who: &Actor, version| bank.at(|at| bank.ra.approve(who, card.id, version, at));
        let confirm = |id| bank.at(|at| bank.ra.confirm(&bank.second_operator, id, at));

        let may = |who: &Actor| bank.at(|at| bank.ra.request(who, card.id, at)).unwrap().allowed;
        assert_eq!(may(&support), ["correct-email"]);
        assert_eq!(may(&bank.operator), ["approve", "return", "refuse", "correct-email"]);
        let overtaken = propose();
        let first = approve(&bank.operator, card.version).unwrap();
        assert_eq!(refused(confirm(overtaken)), "changed-meanwhile");
        bank.at(|at| bank.ra.decline_proposal(&bank.second_operator, overtaken, at)).unwrap();
        confirm(propose()).unwrap();

        // A late second click of the first one is no approval of the other address.
        assert_eq!(refused(approve(&bank.operator, card.version)), "changed-meanwhile");
        assert_eq!(refused(approve(&bank.second_operator, first.version)), "changed-meanwhile");
        let anew = approve(&bank.second_operator, bank.card(card.id).version).unwrap();
        assert_eq!(anew.stage, StageName::InReview, "the first of two");
        assert_ne!(approve(&bank.operator, anew.version).unwrap().stage, StageName::InReview);
        bank.journal_holds();
    }
}

#[test]
fn whoever_is_barred_begins_nothing_until_it_is_lifted() {
    on_both(|bank| {
        let subscriber = bank.sign_in(&bank.rogov);
        let Actor::Subscriber { id, .. } = subscriber else { panic!("a subscriber") };
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        let bar =
            |who: &Actor, version, barred, why: &str| bank.at(|at| bank.ra.bar(who, id, version, barred, why, at));
        assert_eq!(refused(bar(&auditor, 1, true, "x")), "role-missing");
        assert_eq!(refused(bar(&command_line(), 1, true, "x")), "not-found");
        assert_eq!(refused(bar(&bank.operator, 1, true, "")), "reason-required");
        assert_eq!(refused(bar(&bank.operator, 1, false, "x")), "stage-does-not-allow");
        bar(&bank.operator, 1, true, "Договор окончен").unwrap();
        bar(&bank.operator, 1, true, "Договор окончен").unwrap();
        assert_eq!(refused(bar(&bank.operator, 1, false, "x")), "changed-meanwhile");
        let create = || bank.at(|at| bank.ra.create(&subscriber, bank.new_request(), at));
        assert_eq!(refused(create()), "subscriber-barred");
        bar(&bank.operator, 2, false, "Договор продлён").unwrap();
        assert!(create().is_ok());
        bank.journal_holds();
    });
}
