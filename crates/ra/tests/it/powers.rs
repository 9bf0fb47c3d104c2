//! Who may do what, where no other test asks: another agent's staff, roles at the desk, staff and their sign-ins, tickets, and the gate before a
//! signature of the authority. Each stands behind a guard of `guards.toml`.

use domain::actor::{Actor, Role};
use domain::certificate::{BankStep, RevocationReason};
use domain::ids::{AgentId, RequestId, StaffId};
use domain::paper::{Channel, Document};
use domain::request::{Request, Stage, StageName};
use domain::time::DAY_MS;
use ra::{Failure, JournalWanted, MadeOn, Password, Reported, Wish, Work};
use statement::ticket::{ANSWER_MS, MediumKind, START_MS};

use crate::bank::{AGENT, Backend, Bank, command_line, on_both, refused, staff};

/// Staff of a bank whose registration authority this is not.
pub(crate) fn elsewhere(bank: &Bank) -> Actor {
    let id = bank.at(|at| StaffId::new(at.now, [9; 10]));
    Actor::Staff { id, agent_id: AgentId(7), roles: Role::ALL.to_vec() }
}

#[test]
fn staff_of_another_agent_sees_nothing_and_does_nothing() {
    on_both(|bank| {
        let (card, _, _) = bank.issued(&bank.rogov, "gost-256-a");
        let other = elsewhere(bank);
        let ours = bank.sign_in(&bank.rogov);
        let Actor::Subscriber { id: person, certificate_id, .. } = ours else { panic!("a subscriber") };
        let support = bank.at(|at| staff(&bank.ra, "Рогов 5", &[Role::Support], at));
        bank.at(|at| bank.ra.propose_email(&support, card.id, "rogov.right@example.org", "Звонил", at)).unwrap();
        let proposal = bank.ra.proposals(&bank.operator).unwrap()[0].id;

        assert_eq!(refused(bank.at(|at| bank.ra.request(&other, card.id, at))), "not-found");
        assert_eq!(refused(bank.sent_again(&other, card.id)), "not-found");
        assert_eq!(refused(bank.ra.request_history(&other, card.id)), "not-found");
        assert_eq!(refused(bank.ra.papers_of(&other, card.id)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.desk_certificate(&other, certificate_id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.hold(&other, certificate_id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.confirm(&other, proposal, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.decline_proposal(&other, proposal, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.bar(&other, person, 1, true, "x", at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.desk_person(&other, person, at))), "not-found");
        let organisation = bank.at(|at| bank.ra.desk_person(&bank.operator, person, at)).unwrap().organisation.unwrap();
        assert_eq!(bank.ra.desk_organisation(&bank.operator, organisation.id).unwrap().0, organisation);
        assert_eq!(refused(bank.ra.desk_organisation(&other, organisation.id)), "not-found");
        assert!(bank.at(|at| bank.ra.queue(&other, None, 10, at)).unwrap().is_empty());
        assert!(bank.ra.proposals(&other).unwrap().is_empty());
        assert!(bank.ra.threads(&other, None, 9).unwrap().is_empty());
    });
}

#[test]
fn a_decision_is_about_what_was_seen() {
    on_both(|bank| {
        let (seen, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.at(|at| bank.ra.propose_email(&bank.operator, seen.id, "rogov.right@example.org", "Звонил", at)).unwrap();
        let proposal = bank.ra.proposals(&bank.second_operator).unwrap()[0].id;
        bank.at(|at| bank.ra.confirm(&bank.second_operator, proposal, at)).unwrap();
        let approve = |version| bank.at(|at| bank.ra.approve(&bank.operator, seen.id, version, at));
        assert_eq!(refused(approve(seen.version)), "changed-meanwhile");
        approve(bank.card(seen.id).version).unwrap();
    });
}

#[test]
fn each_step_of_the_desk_asks_for_its_role() {
    on_both(|bank| {
        let (card, _, _) = bank.issued(&bank.rogov, "gost-256-a");
        let with = |name: &str, roles: &[Role]| bank.at(|at| staff(&bank.ra, name, roles, at));
        let (auditor, clerk) = (with("Рогов 4", &[Role::Auditor]), with("Рогов 6", &[Role::BranchClerk]));
        for nobody in [&auditor, &clerk] {
            assert_eq!(refused(bank.sent_again(nobody, card.id)), "role-missing");
        }
        let everything = JournalWanted::default();
        for nobody in [&bank.operator, &clerk] {
            assert_eq!(refused(bank.ra.read_journal(nobody, &everything, None, 10)), "role-missing");
            assert_eq!(refused(bank.ra.export_read_journal(nobody, &everything, None)), "role-missing");
            assert_eq!(refused(bank.ra.audit_journal(nobody)), "role-missing");
            assert_eq!(refused(bank.ra.audited_staff(nobody)), "role-missing");
        }
        assert!(!bank.ra.read_journal(&auditor, &everything, None, 10).unwrap().0.is_empty());
        // A letter that was given up.
        bank.sent_again(&bank.operator, card.id).unwrap();
        for effect in bank.at(|at| bank.ra.claim(Work::Letters, 16, at)).unwrap() {
            bank.at(|at| bank.ra.failed(&effect, "550 no such user", true, at)).unwrap();
        }
        assert_eq!(refused(bank.ra.troubles(&clerk)), "role-missing");
        let stuck = bank.ra.troubles(&bank.operator).unwrap()[0].effect_id.unwrap();
        for nobody in [&auditor, &clerk] {
            assert_eq!(refused(bank.at(|at| bank.ra.try_again(nobody, stuck, at))), "role-missing");
            assert_eq!(refused(bank.at(|at| bank.ra.try_again(&elsewhere(bank), stuck, at))), "not-found");
        }
        bank.at(|at| bank.ra.try_again(&bank.operator, stuck, at)).unwrap();
    });
}

/// A letter about a certificate that came by import names no request, and is its agent's all the same; the authority's own work is nobody's
/// but of those who look after the house.
#[test]
fn work_that_failed_is_seen_and_tried_again_by_those_whose_it_is() {
    on_both(|bank| {
        let other = elsewhere(bank);
        let fail = |work| {
            let due = bank.at(|at| bank.ra.claim(work, 16, at)).unwrap();
            for effect in &due {
                bank.at(|at| bank.ra.failed(effect, "550 no such user", true, at)).unwrap();
            }
            due.len()
        };
        let Actor::Subscriber { certificate_id, .. } = bank.sign_in(&bank.rogov) else { panic!("a subscriber") };
        bank.at(|at| bank.ra.tend(at)).unwrap();
        bank.stepped(certificate_id, BankStep::Hold);
        assert_eq!(fail(Work::Letters), 1);
        bank.wait_ms(6 * DAY_MS);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(fail(Work::Letters), 1, "a reminder to the other client");

        let seen = bank.ra.troubles(&bank.operator).unwrap();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen.iter().all(|one| one.request_id.is_none()) && seen[0].certificate_id == Some(certificate_id));
        assert!(bank.ra.troubles(&other).unwrap().is_empty());
        for trouble in &seen {
            let again = |who: &Actor| bank.at(|at| bank.ra.try_again(who, trouble.effect_id.unwrap(), at));
            assert_eq!(refused(again(&other)), "not-found");
            again(&bank.operator).unwrap();
        }
        bank.work();

        let (card, _, _) = bank.issued(&bank.ivanov, "gost-512-a");
        let issued = bank.card(card.id).certificate.unwrap().id;
        bank.stepped(issued, BankStep::Revoke);
        fail(Work::House);
        let with = |name: &str, roles: &[Role]| bank.at(|at| staff(&bank.ra, name, roles, at));
        let auditor = with("Рогов 4", &[Role::Auditor]);
        let administrator = with("Рогов 8", &[Role::CaAdministrator]);
        let [trouble] = bank.ra.troubles(&administrator).unwrap().try_into().unwrap();
        assert_eq!(trouble.kind, "publish-crl");
        assert_eq!((bank.ra.troubles(&auditor).unwrap().len(), bank.ra.troubles(&other).unwrap().len()), (1, 1));
        assert!(bank.ra.troubles(&bank.operator).unwrap().is_empty());
        let again = |who: &Actor| bank.at(|at| bank.ra.try_again(who, trouble.effect_id.unwrap(), at));
        assert_eq!((refused(again(&bank.operator)), refused(again(&auditor))), ("not-found", "role-missing"));
        again(&administrator).unwrap();
    });
}

/// A member of staff who has every role that decides, and is Rogov by the certificate that opens the desk for them.
#[test]
fn nobody_at_the_desk_decides_what_is_their_own() {
    on_both(|bank| {
        let roles = [Role::Operator, Role::SecurityOfficer, Role::CaAdministrator];
        let client = bank.at(|at| staff(&bank.ra, "Рогов 9", &roles, at));
        let Actor::Staff { id, .. } = client else { panic!("staff") };
        let holder_of = |who| {
            let actor = bank.sign_in(who);
            let Actor::Subscriber { id, certificate_id, .. } = actor else { panic!("a subscriber") };
            (id, certificate_id)
        };
        let ((person, own), (other, theirs)) = (holder_of(&bank.rogov), holder_of(&bank.ivanov));
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let may = || bank.at(|at| bank.ra.request(&client, card.id, at)).unwrap().allowed;
        let steps = |certificate| bank.at(|at| bank.ra.desk_certificate(&client, certificate, at)).unwrap().allowed;
        let may_bar = |person| bank.at(|at| bank.ra.desk_person(&client, person, at)).unwrap().may_bar;
        assert!(may().contains(&"approve") && steps(own).contains(&BankStep::Hold) && may_bar(person));
        bank.at(|at| bank.ra.set_staff_certificate(&command_line(), id, own, at)).unwrap();

        // What is offered, and what is refused, is the same.
        assert!(["approve", "return", "refuse", "receive-act"].iter().all(|step| !may().contains(step)), "{:?}", may());
        let version = bank.card(card.id).version;
        let is_refused = |outcome: Result<(), Failure>| assert_eq!(refused(outcome), "own-matter");
        is_refused(bank.at(|at| bank.ra.approve(&client, card.id, version, at)).map(drop));
        is_refused(bank.at(|at| bank.ra.return_for_fix(&client, card.id, version, "x", at)).map(drop));
        is_refused(bank.at(|at| bank.ra.refuse(&client, card.id, version, "x", at)).map(drop));
        let paper = ra::Paper { copies: 2, seal: true, channel: Channel::Branch, scan: None };
        is_refused(
            bank.at(|at| bank.ra.register_paper(&client, card.id, version, Document::Act, &paper, at)).map(drop),
        );
        let right = "rogov.right@example.org";
        bank.at(|at| bank.ra.propose_email(&bank.operator, card.id, right, "Звонил", at)).unwrap();
        let proposal = bank.ra.proposals(&client).unwrap().remove(0);
        assert!(!proposal.may_confirm && !proposal.may_decline);
        is_refused(bank.at(|at| bank.ra.confirm(&client, proposal.id, at)));
        is_refused(bank.at(|at| bank.ra.decline_proposal(&client, proposal.id, at)));
        let hold = |certificate| {
            let why = RevocationReason::Unspecified;
            let version = bank.at(|at| bank.ra.desk_certificate(&client, certificate, at)).unwrap().version;
            let step = BankStep::Hold;
            bank.at(|at| bank.ra.step_by_hand(&client, certificate, version, step, why, "x", at)).map(drop)
        };
        assert_eq!(steps(own), []);
        is_refused(hold(own));
        is_refused(bank.at(|at| bank.ra.certificate_for_step(&client, own, BankStep::Hold, at)).map(drop));
        assert_eq!(refused(bank.at(|at| bank.ra.hold(&client, own, at))), "reason-required", "the holder's own door");
        assert!(!may_bar(person));
        is_refused(bank.at(|at| bank.ra.bar(&client, person, 2, true, "x", at)));

        // Nor under another organisation that they act for. The others go on.
        assert!(steps(theirs).contains(&BankStep::Hold));
        let now = bank.now();
        bank.store().write(move |tx| store::same_person::join(tx, person, other, now)).unwrap();
        assert_eq!(steps(theirs), []);
        is_refused(hold(theirs));
        bank.store().write(move |tx| store::same_person::leave(tx, other)).unwrap();
        hold(theirs).unwrap();
        bank.at(|at| bank.ra.confirm(&bank.second_operator, proposal.id, at)).unwrap();
        let version = bank.card(card.id).version;
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, version, at)).unwrap();
        bank.journal_holds();
    });
}

#[test]
fn staff_are_made_listed_and_ended_by_the_command_line_and_the_administrator_alone() {
    on_both(|bank| {
        let administrator = bank.at(|at| staff(&bank.ra, "Иванов 8", &[Role::CaAdministrator], at));
        let add = |who: &Actor| bank.at(|at| bank.ra.add_staff(who, AGENT, "Рогов 9", &[Role::Operator], at));
        let set = |who: &Actor, id| {
            let password = Password::new(b"four words for staff".to_vec());
            bank.at(|at| bank.ra.set_staff_password(who, id, "rogov9", &password, at))
        };
        let (id, _) = add(&administrator).unwrap();
        let subscriber = bank.sign_in(&bank.rogov);
        let take_on = |who: &Actor, roles: &[Role], login: &str| {
            bank.at(|at| bank.ra.take_on_staff(who, "Рогов 10", roles, login, at)).map(|new| new.id)
        };
        for nobody in [&bank.operator, &bank.second_operator, &subscriber, &Actor::System] {
            assert_eq!(refused(add(nobody)), "role-missing");
            assert_eq!(refused(take_on(nobody, &[Role::Operator], "rogov10")), "role-missing");
            assert_eq!(refused(bank.ra.staff_members(nobody)), "role-missing");
            assert_eq!(refused(set(nobody, id)), "role-missing");
            assert_eq!(refused(bank.at(|at| bank.ra.disable_staff(nobody, id, at))), "role-missing");
        }
        set(&administrator, id).unwrap();
        bank.at(|at| bank.ra.disable_staff(&administrator, id, at)).unwrap();
        assert_eq!(refused(set(&administrator, id)), "not-found", "no password for whoever is gone");
        assert_eq!(refused(take_on(&administrator, &[], "rogov10")), "field-missing");
        assert_eq!(refused(take_on(&administrator, &[Role::Operator], "rogov9")), "text-unacceptable", "taken");
        take_on(&administrator, &[Role::Operator], "rogov10").unwrap();
        bank.journal_holds();
    });
}

#[test]
fn the_name_of_a_member_of_staff_hides_nothing_and_mixes_no_alphabets() {
    on_both(|bank| {
        let add = |name: &str| bank.at(|at| bank.ra.add_staff(&command_line(), AGENT, name, &[Role::Operator], at));
        for (name, code) in [
            ("", "text-unacceptable"),
            (" \u{200b}", "text-unacceptable"),
            ("\u{202e}9 вогоР", "text-unacceptable"),
            ("Рогов\u{ad} 9", "text-unacceptable"),
            ("Рогов\n9", "text-unacceptable"),
            ("Р\u{6f}гов 9", "look-alike-letters"),
            ("Р\u{3bf}гов 9", "look-alike-letters"),
        ] {
            assert_eq!(refused(add(name)), code, "{name:?}");
        }
        let (id, _) = add("  Рогов  9 ").unwrap();
        let members = bank.ra.staff_members(&command_line()).unwrap();
        assert_eq!(members.into_iter().find(|member| member.id == id).unwrap().name, "Рогов 9");
        bank.journal_holds();
    });
}

#[test]
fn an_administrator_has_no_power_over_the_staff_of_another_agent() {
    on_both(|bank| {
        let other = elsewhere(bank);
        let Actor::Staff { id, .. } = bank.operator else { panic!("staff") };
        let password = Password::new(b"four words for staff".to_vec());
        let set = |who: &Actor| bank.at(|at| bank.ra.set_staff_password(who, id, "rogov2", &password, at));
        assert_eq!(refused(set(&other)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.disable_staff(&other, id, at))), "not-found");
        let added = bank.at(|at| bank.ra.add_staff(&other, AGENT, "Рогов 9", &[Role::CaAdministrator], at));
        assert_eq!(refused(added), "not-found");
        assert!(bank.ra.staff_members(&other).unwrap().is_empty());
        // Nothing has changed.
        let administrator = bank.at(|at| staff(&bank.ra, "Иванов 8", &[Role::CaAdministrator], at));
        assert_eq!(bank.ra.staff_members(&administrator).unwrap().len(), 3);
        set(&administrator).unwrap();
        bank.at(|at| bank.ra.disable_staff(&administrator, id, at)).unwrap();
    });
}

#[test]
fn a_code_of_the_second_device_is_good_once_and_a_login_is_locked() {
    on_both(|bank| {
        let (id, _) =
            bank.at(|at| bank.ra.add_staff(&command_line(), AGENT, "Рогов 9", &[Role::Operator], at)).unwrap();
        let right = || Password::new(b"four words for staff".to_vec());
        let secret = bank.at(|at| bank.ra.set_staff_password(&command_line(), id, "rogov9", &right(), at)).unwrap();
        let code = || ra::shown_by_device(&secret, bank.now()).unwrap().0;
        let sign_in = |password: &Password, code: &str| {
            bank.at(|at| bank.ra.staff_sign_in("rogov9", password, code, at)).map(|signed_in| signed_in.token)
        };
        let wrong = Password::new(b"four other words".to_vec());
        assert_eq!(refused(sign_in(&wrong, &code())), "sign-in-wrong");
        let used = code();
        let token = sign_in(&right(), &used).unwrap();
        assert_eq!(refused(sign_in(&right(), &used)), "sign-in-wrong", "a code that was looked over a shoulder");
        bank.wait_ms(30_000);
        let open = |token: &str| bank.at(|at| bank.ra.staff_of_session(token, at)).map(|_| ());
        open(&sign_in(&right(), &code()).unwrap()).unwrap();

        // Five wrong ones, and the right one opens nothing for a quarter of an hour.
        for _ in 0..5 {
            assert_eq!(refused(sign_in(&wrong, "000000")), "sign-in-wrong");
        }
        bank.wait_ms(14 * 60_000);
        assert_eq!(refused(sign_in(&right(), &code())), "sign-in-wrong");
        bank.wait_ms(2 * 60_000);
        let last = sign_in(&right(), &code()).unwrap();

        // A sign-in ends with its ten hours, and at once with its member.
        bank.wait_ms(10 * 3_600_000 - 16 * 60_000);
        assert_eq!(refused(open(&token)), "sign-in-expired");
        open(&last).unwrap();
        bank.at(|at| bank.ra.disable_staff(&command_line(), id, at)).unwrap();
        assert_eq!(refused(open(&last)), "sign-in-required");
        assert_eq!(refused(sign_in(&right(), &code())), "sign-in-wrong");

        // A login that nobody has is answered as one that somebody has, and as much is written.
        let tries = || bank.journal().iter().filter(|row| row["body"]["attempt"] == "staff-sign-in").count();
        let before = tries();
        assert_eq!(
            refused(bank.at(|at| bank.ra.staff_sign_in("nobody9", &right(), "000000", at)).map(drop)),
            "sign-in-wrong"
        );
        assert_eq!(tries(), before + 1);
    });
}

#[test]
fn a_bar_or_a_block_ends_every_sign_in_and_lets_nobody_in() {
    on_both(|bank| {
        let sign_in = || {
            bank.at(|at| {
                let challenge = bank.ra.challenge(AGENT, at)?;
                let cms = bank.rogov.sign(&challenge.text, at);
                bank.ra.sign_in(challenge.id, &cms, at).map(|signed_in| signed_in.token)
            })
        };
        let token = sign_in().unwrap();
        let open = || bank.at(|at| bank.ra.subscriber(&token, at));
        let Actor::Subscriber { id, certificate_id, .. } = open().unwrap() else { panic!("a subscriber") };
        bank.at(|at| bank.ra.bar(&bank.operator, id, 1, true, "Договор окончен", at)).unwrap();
        assert_eq!((refused(open()), refused(sign_in())), ("subscriber-barred", "subscriber-barred"));
        bank.at(|at| bank.ra.bar(&bank.operator, id, 2, false, "Договор продлён", at)).unwrap();
        open().unwrap();
        bank.stepped(certificate_id, BankStep::Block);
        assert_eq!((refused(open()), refused(sign_in())), ("certificate-blocked", "certificate-blocked"));
    });
}

#[test]
fn a_ticket_is_answered_once_in_its_time_and_for_what_it_was_given() {
    on_both(|bank| {
        let session = "ab".repeat(32);
        let given = || bank.at(|at| bank.ra.ticket(AGENT, Wish::ListTokens, &session, at)).unwrap().nonce;
        let start = |nonce: &str| bank.at(|at| bank.ra.ticket_started(nonce, at));
        let answer = |nonce: &str| -> Result<(), Failure> {
            bank.at(|at| bank.ra.ticket_answered(nonce, None, at)).map(|reported| {
                assert!(matches!(reported, Reported::Noted));
            })
        };
        let first = given();
        assert_eq!(refused(answer(&first)), "component-ticket-not-started");
        start(&first).unwrap();
        answer(&first).unwrap();
        assert_eq!(
            (refused(answer(&first)), refused(start(&first))),
            ("component-ticket-spent", "component-ticket-spent")
        );

        let late = given();
        bank.wait_ms(START_MS + 1);
        assert_eq!(refused(start(&late)), "component-ticket-expired");
        let slow = given();
        start(&slow).unwrap();
        bank.wait_ms(ANSWER_MS + 1);
        assert_eq!(refused(answer(&slow)), "component-ticket-expired");

        // A ticket for the key of one request answers nothing else.
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let of_key = bank.at(|at| bank.ra.key_ticket(&actor, card.id, None, &session, at)).unwrap().nonce;
        start(&of_key).unwrap();
        assert_eq!(refused(answer(&of_key)), "component-ticket-unknown");
        let plain = given();
        start(&plain).unwrap();
        assert_eq!(
            refused(bank.at(|at| bank.ra.hand_in(&actor, card.id, &plain, (b"", b""), &MadeOn::default(), at))),
            "component-ticket-unknown"
        );
        let other = bank.sign_in(&bank.ivanov);
        assert_eq!(refused(bank.at(|at| bank.ra.key_ticket(&other, card.id, None, &session, at))), "not-found");
    });
}

/// The ticket names the media of the procedure; a key from another, or from none that is named, is not looked at.
#[test]
fn a_key_from_a_medium_that_the_procedure_does_not_have_is_not_taken() {
    on_both(|bank| {
        let session = hex::encode(crypto::sha256(b"page"));
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let answered = |medium| {
            let given = bank.at(|at| bank.ra.key_ticket(&actor, card.id, None, &session, at)).unwrap().nonce;
            bank.at(|at| bank.ra.ticket_started(&given, at)).unwrap();
            let on = MadeOn { medium, serial: None };
            refused(bank.at(|at| bank.ra.hand_in(&actor, card.id, &given, (b"", b""), &on, at)))
        };
        assert_eq!(answered(Some(MediumKind::SmartKey)), "csr-malformed");
        assert_eq!(answered(Some(MediumKind::Registry)), "medium-not-offered");
        assert_eq!(answered(Some(MediumKind::Directory)), "medium-not-offered");
        assert_eq!(answered(None), "medium-not-offered");
    });
}

/// An approved request in whose rows somebody put his hand before the worker came: nothing is issued, and the journal says why.
fn gate_closes_after(bank: &Bank, id: RequestId, tamper: impl FnOnce(&store::Store, &mut Request)) {
    let store = bank.store();
    let mut request = store.read(move |tx| store::requests::by_id(tx, id)).unwrap().unwrap();
    tamper(&store, &mut request);
    drop(store);
    bank.work();
    assert_eq!(bank.stage(id), StageName::Approved, "nothing was issued");
    let journal = bank.journal();
    assert!(journal.iter().all(|row| row["body"]["event"] != "intent-recorded"), "nothing was signed");
    assert!(journal.iter().any(|row| row["body"]["code"] == "policy-gate"), "the gate said no");
}

#[test]
fn the_gate_looks_again_before_the_authority_signs() {
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-256-a");
        let card = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let Actor::Subscriber { id: person, .. } = bank.sign_in(&bank.rogov) else { panic!("a subscriber") };
        bank.at(|at| bank.ra.bar(&bank.operator, person, 2, true, "Договор окончен", at)).unwrap();
        gate_closes_after(bank, card.id, |_, _| {});
        drop(key);
    });
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-256-a");
        let card = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let spki = crypto::Signer::public_key(&key).spki_sha256();
        let now = bank.now();
        gate_closes_after(bank, card.id, |store, _| {
            store.write(move |tx| store::keys::block(tx, &spki, "украден", now)).unwrap();
        });
    });
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let card = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        let files = bank.store().read(move |tx| store::request_files::get(tx, card.id)).unwrap().unwrap();
        // The other client's signature over the very text.
        let theirs = bank.at(|at| bank.ivanov.sign(&files.request_text.unwrap(), at));
        gate_closes_after(bank, card.id, |store, _| {
            store.write(move |tx| store::request_files::put_submission(tx, card.id, &theirs)).unwrap();
        });
    });
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = crate::procedures::sixth();
        let bank = Bank::open_with(backend, name, vec![folder]);
        let (card, _) = bank.submitted(&bank.rogov, "gost-512-b");
        let first = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.at(|at| bank.ra.approve(&bank.second_operator, card.id, first.version, at)).unwrap();
        gate_closes_after(&bank, card.id, |store, request| {
            let Stage::Approved { approvals, .. } = &mut request.stage else { panic!("{:?}", request.stage) };
            approvals[1] = approvals[0];
            let request = request.clone();
            store.write(move |tx| store::requests::save(tx, &request)).unwrap();
        });
    }
}
