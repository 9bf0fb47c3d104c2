//! What the desk hears of: what a request says beside the record, work that was given up and may be tried again, tickets, tokens taken back.

use domain::actor::{Actor, Role};
use domain::certificate::BankStep;
use domain::ids::{AgentId, OrganisationId, StaffId};
use domain::request::decide::Notice;
use domain::subscriber::{Inn, Organisation, Subscriber};
use domain::time::{HOUR_MS, MINUTE_MS};
use ra::{LetterState, Mark, Performed, Source, Work};

use crate::bank::{AGENT, command_line, on_both, refused, staff};

#[test]
fn what_a_request_does_not_say_is_compared_with_the_record_as_it_was_then() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let Actor::Subscriber { id: person, .. } = bank.sign_in(&bank.rogov) else { panic!("a subscriber") };
        let marks = || {
            let lines = bank.ra.comparison(&bank.operator, card.id).unwrap();
            ["inn", "owner", "power"].map(|field| {
                let line = lines.iter().find(|line| line.field == field).unwrap();
                assert_eq!(line.source, Source::RecordThen, "{field}");
                line.mark
            })
        };
        assert_eq!(marks(), [Mark::Equal; 3]);

        // The record moves on, the request stays what it was.
        let store = bank.store();
        let change = |change: &dyn Fn(&mut Subscriber)| {
            let mut record = store.read(move |tx| store::subscribers::by_id(tx, person)).unwrap().unwrap();
            change(&mut record);
            store.write(move |tx| store::subscribers::save(tx, &record)).unwrap();
        };
        change(&|record| record.position = "бухгалтер".to_owned());
        assert_eq!(marks(), [Mark::Equal, Mark::Equal, Mark::Differs]);
        change(&|record| {
            record.position = "директор".to_owned();
            record.basis = "доверенности № 7".to_owned();
        });
        assert_eq!(marks(), [Mark::Equal, Mark::Equal, Mark::Differs]);
        change(&|record| record.basis = String::new());
        assert_eq!(marks(), [Mark::Equal, Mark::Equal, Mark::Missing]);
        let other = Organisation {
            id: bank.at(|at| OrganisationId::new(at.now, [9; 10])),
            agent_id: AGENT,
            version: 1,
            name: "ООО «ооо»".to_owned(),
            inn: Inn::parse("5009046312").unwrap(),
            city: "Новосибирск".to_owned(),
        };
        let (id, row) = (other.id, other.clone());
        store.write(move |tx| store::organisations::insert(tx, &row)).unwrap();
        change(&|record| {
            record.basis = "Устава".to_owned();
            record.organisation_id = Some(id);
        });
        assert_eq!(marks(), [Mark::Differs, Mark::Equal, Mark::Equal]);
        change(&|record| record.organisation_id = None);
        assert_eq!(marks(), [Mark::Missing, Mark::Equal, Mark::Equal]);
    });
}

#[test]
fn a_letter_that_was_given_up_is_shown_and_can_be_tried_again() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.work();
        bank.wait_ms(1_000);
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        // The mail server says never.
        loop {
            let mut due = bank.at(|at| bank.ra.claim(Work::House, 16, at)).unwrap();
            due.extend(bank.at(|at| bank.ra.claim(Work::Letters, 16, at)).unwrap());
            if due.is_empty() {
                break;
            }
            for effect in due {
                if let Performed::Letter(_) = bank.at(|at| bank.ra.perform(&effect, at)).unwrap() {
                    bank.at(|at| bank.ra.failed(&effect, "550 no such user", true, at)).unwrap();
                }
            }
        }
        assert_eq!(bank.card(card.id).mail, Some("failed"));
        let troubles = bank.ra.troubles(&bank.operator).unwrap();
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert_eq!((troubles[0].kind.as_str(), troubles[0].request_id), ("notify", Some(card.id)));
        assert_eq!(troubles[0].error.as_deref(), Some("550 no such user"));

        let letters = || bank.at(|at| bank.ra.letters_of_request(&bank.operator, card.id, at)).unwrap();
        let given_up = letters().remove(0);
        assert_eq!((given_up.notice, given_up.state, given_up.tries), (Notice::Ready, LetterState::GivenUp, 1));
        assert_eq!(given_up.error.as_deref(), Some("550 no such user"));
        assert!(letters()[1..].iter().all(|letter| matches!(letter.state, LetterState::Sent(_))), "{:?}", letters());

        let id = troubles[0].effect_id.unwrap();
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        assert_eq!(refused(bank.at(|at| bank.ra.try_again(&auditor, id, at))), "role-missing");
        bank.at(|at| bank.ra.try_again(&bank.operator, id, at)).unwrap();
        assert_eq!(bank.work().iter().filter(|letter| letter.link.is_some()).count(), 1);
        assert_eq!(bank.card(card.id).mail, Some("sent"));
        assert_eq!(refused(bank.at(|at| bank.ra.try_again(&bank.operator, id, at))), "stage-does-not-allow");
        assert!(bank.ra.troubles(&bank.operator).unwrap().is_empty());
    });
}

#[test]
fn a_letter_that_is_put_off_or_needless_says_so() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.work();
        bank.wait_ms(1_000);
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        for effect in bank.at(|at| bank.ra.claim(Work::House, 16, at)).unwrap() {
            bank.at(|at| bank.ra.perform(&effect, at)).unwrap();
        }
        let newest = || bank.at(|at| bank.ra.letters_of_request(&bank.operator, card.id, at)).unwrap().remove(0);
        assert_eq!((newest().state, newest().tries), (LetterState::Waiting, 0));
        let [letter] = bank.at(|at| bank.ra.claim(Work::Letters, 16, at)).unwrap().try_into().unwrap();
        bank.at(|at| bank.ra.failed(&letter, "the mail server answered 451", false, at)).unwrap();
        let LetterState::PutOff(next) = newest().state else { panic!("{:?}", newest()) };
        assert!(next > bank.now() && newest().error.unwrap().contains("451"));

        // Its link dies before its turn comes.
        bank.wait_ms(1_000);
        let version = bank.card(card.id).version;
        bank.at(|at| bank.ra.resend_link(&bank.operator, card.id, version, at)).unwrap();
        bank.wait_ms(MINUTE_MS);
        bank.work();
        let letters = bank.at(|at| bank.ra.letters_of_request(&bank.operator, card.id, at)).unwrap();
        assert!(matches!(letters[0].state, LetterState::Sent(_)), "{letters:?}");
        assert!(matches!(letters[1].state, LetterState::Needless(_)) && letters[1].error.is_none(), "{letters:?}");

        // What is done to a certificate stands with it, and nobody else's staff sees either.
        let subscriber = bank.sign_in(&bank.rogov);
        let Actor::Subscriber { certificate_id: id, .. } = subscriber else { panic!("a subscriber") };
        bank.stepped(id, BankStep::Hold);
        bank.work();
        let seen = bank.at(|at| bank.ra.desk_certificate(&bank.operator, id, at)).unwrap().letters;
        assert_eq!(seen.iter().map(|letter| letter.notice).collect::<Vec<_>>(), [Notice::Held]);
        assert_eq!(refused(bank.at(|at| bank.ra.letters_of_request(&subscriber, card.id, at))), "not-found");
    });
}

#[test]
fn a_ticket_of_late_mail_stands_on_the_desk() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        bank.wait_ms(2 * HOUR_MS);
        bank.work();
        let troubles = bank.ra.troubles(&bank.operator).unwrap();
        assert_eq!((troubles[0].kind.as_str(), troubles[0].request_id), ("mail-overdue", Some(card.id)));
        let subscriber = bank.sign_in(&bank.rogov);
        assert_eq!(refused(bank.ra.troubles(&subscriber)), "role-missing");
    });
}

#[test]
fn a_token_that_was_taken_back_opens_nothing() {
    on_both(|bank| {
        let (id, token) =
            bank.at(|at| bank.ra.add_staff(&command_line(), AGENT, "Иванов 5", &[Role::Operator], at)).unwrap();
        assert!(bank.at(|at| bank.ra.staff(&token, at)).is_ok());
        assert_eq!(refused(bank.at(|at| bank.ra.disable_staff(&bank.operator, id, at))), "role-missing");
        bank.at(|at| bank.ra.disable_staff(&command_line(), id, at)).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.staff(&token, at))), "sign-in-required");
        let member =
            bank.ra.staff_members(&command_line()).unwrap().into_iter().find(|member| member.id == id).unwrap();
        assert_eq!(member.disabled_at, Some(bank.now()));
    });
}

#[test]
fn an_auditor_reads_what_was_done_with_cards_messages_of_strangers_and_callers() {
    on_both(|bank| {
        let with = |role| bank.at(|at| staff(&bank.ra, "Иванов 1", &[role], at));
        let (auditor, clerk, support) = (with(Role::Auditor), with(Role::BranchClerk), with(Role::Support));
        let card = bank.at(|at| bank.ra.register_cards(&clerk, "0853000001", "Рутокен ЭЦП 2.0", at)).unwrap()[0];
        let inquiry = bank.at(|at| bank.ra.message_id(at));
        let new = ra::NewInquiry {
            subject: domain::inquiry::Subject::Other,
            unz: String::new(),
            name: "Рогов 1".to_owned(),
            phone: String::new(),
            email: "rogov@example.org".to_owned(),
            text: "Когда будет готово?".to_owned(),
            scans: Vec::new(),
            coded: Vec::new(),
        };
        bank.at(|at| bank.ra.inquire(AGENT, inquiry, &new, at)).unwrap();
        let caller = ra::Caller { unz: "0123456789abcd".to_owned(), ..ra::Caller::default() };
        bank.at(|at| bank.ra.look_up(&support, &caller, at)).unwrap();
        let import = bank.at(|at| domain::ids::ImportId::new(at.now, [7; 10]));
        refused(bank.at(|at| bank.ra.confirm_import(&clerk, import, "", at)));

        let objects =
            [format!("card:{card}"), format!("inquiry:{inquiry}"), "support".into(), format!("import:{import}")];
        let read = |actor: &Actor, about: &str| {
            let wanted = ra::JournalWanted { about: about.to_owned(), ..ra::JournalWanted::default() };
            bank.ra.read_journal(actor, &wanted, None, 100).unwrap().0
        };
        let elsewhere = Actor::Staff {
            id: StaffId::new(bank.now(), [9; 10]),
            agent_id: AgentId(AGENT.0 + 1),
            roles: vec![Role::Auditor],
        };
        for object in &objects {
            for about in [object.as_str(), ""] {
                let has = |rows: &[ra::JournalLine]| rows.iter().any(|line| line.row.object == *object);
                assert!(has(&read(&auditor, about)), "{object} by `{about}`");
                assert!(!has(&read(&elsewhere, about)), "{object} is nothing of another agent's");
            }
        }
    });
}
