//! What strangers write at the public page: where it goes, who may say so, and what it costs nobody else.

use domain::act::Act;
use domain::actor::{Actor, Role};
use domain::ids::{AgentId, MessageId, OwnerId, RequestId, StaffId, SubscriberId, Unz};
use domain::inquiry::Subject;
use domain::request::Stage;
use ra::{NewInquiry, NewMessage};

use crate::bank::{AGENT, Bank, on_both, refused, staff};

fn said(unz: &str) -> NewInquiry {
    NewInquiry {
        subject: Subject::Other,
        unz: unz.to_owned(),
        name: "Иванов".to_owned(),
        phone: String::new(),
        email: "stranger@example.org".to_owned(),
        text: "Когда будет готово?".to_owned(),
        scans: Vec::new(),
        coded: Vec::new(),
    }
}

fn inquire(bank: &Bank, new: &NewInquiry) -> MessageId {
    bank.wait_ms(1);
    let id = bank.at(|at| bank.ra.message_id(at));
    bank.at(|at| bank.ra.inquire(AGENT, id, new, at)).unwrap();
    let to_the_stranger = bank.work().iter().filter(|letter| letter.to.as_str() == new.email).count();
    assert_eq!(to_the_stranger, 0, "nobody is written to");
    id
}

#[test]
fn what_names_one_request_of_the_agent_is_a_message_of_it_and_the_rest_waits() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let unz = card.unz.unwrap();
        let messages = || bank.ra.thread(&bank.operator, card.id).unwrap().messages;
        let waiting = || bank.ra.inquiries(&bank.operator).unwrap().len();

        let by_number = inquire(bank, &said(&unz.to_string()));
        inquire(bank, &NewInquiry { coded: vec![unz], ..said("0123456789abcd") });
        assert_eq!((messages().len(), waiting()), (2, 0), "a code says more than a number that nobody has");
        assert_eq!(messages()[0].stranger.as_deref(), Some("Иванов"));
        assert_eq!(bank.ra.threads(&bank.operator, None, 9).unwrap()[0].unread, 2);
        let bound = bank.ra.inquiry(&bank.operator, by_number).unwrap();
        assert_eq!((bound.request_id, bound.may_decide), (Some(card.id), false));

        // Nobody's number, one of a request that was not handed in, two requests at once, and none at all: a person looks.
        let ivanov = bank.sign_in(&bank.ivanov);
        let begun = bank.create(&ivanov).id;
        let unsent = bank.store().read(move |tx| store::requests::by_id(tx, begun)).unwrap().unwrap().unz;
        inquire(bank, &said(&unsent.to_string()));
        assert_eq!(waiting(), 1);
        bank.at(|at| bank.ra.recall(&ivanov, begun, at)).unwrap();
        let (other, _) = bank.submitted(&bank.ivanov, "gost-256-a");
        for new in
            [said("0123456789abcd"), said(""), NewInquiry { coded: vec![other.unz.unwrap()], ..said(&unz.to_string()) }]
        {
            let before = waiting();
            inquire(bank, &new);
            assert_eq!(waiting(), before + 1, "{new:?}");
        }
        assert_eq!(messages().len(), 2);
        bank.journal_holds();
    });
}

#[test]
fn strangers_take_nothing_from_the_client_and_fill_no_request_without_end() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let unz = card.unz.unwrap().to_string();
        for _ in 0..22 {
            inquire(bank, &said(&unz));
        }
        assert_eq!(bank.ra.thread(&bank.operator, card.id).unwrap().messages.len(), 20);
        assert_eq!(bank.ra.inquiries(&bank.operator).unwrap().len(), 2, "the rest waits for a person");
        let client = bank.sign_in(&bank.rogov);
        bank.wait_ms(1);
        let id = bank.at(|at| bank.ra.message_id(at));
        let own = NewMessage { text: "Моё".to_owned(), ..NewMessage::default() };
        bank.at(|at| bank.ra.send_message(&client, card.id, id, &own, at)).unwrap();
    });
}

#[test]
fn only_the_agents_own_staff_binds_and_puts_away_and_an_auditor_looks() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let unz = card.unz.unwrap().to_string();
        let id = inquire(bank, &said(""));
        let auditor = bank.at(|at| staff(&bank.ra, "Auditor 1", &[Role::Auditor], at));
        let elsewhere = Actor::Staff {
            id: StaffId::new(bank.now(), [9; 10]),
            agent_id: AgentId(AGENT.0 + 1),
            roles: Role::ALL.to_vec(),
        };
        let client = bank.sign_in(&bank.rogov);
        let bind = |actor: &Actor, unz: &str| bank.at(|at| bank.ra.bind_inquiry(actor, id, unz, at));
        let close = |actor: &Actor, reason: &str| bank.at(|at| bank.ra.close_inquiry(actor, id, reason, at));
        assert_eq!(bank.ra.inquiry(&auditor, id).unwrap().text, "Когда будет готово?");
        for (actor, code) in [(&auditor, "role-missing"), (&elsewhere, "not-found"), (&client, "not-found")] {
            assert_eq!(refused(bind(actor, &unz)), code);
            assert_eq!(refused(close(actor, "x")), code);
        }
        assert_eq!(refused(bank.ra.inquiry(&elsewhere, id)), "not-found");
        assert_eq!(refused(bank.ra.inquiry_file(&elsewhere, id, 0)), "not-found");
        assert!(bank.ra.inquiries(&elsewhere).unwrap().is_empty());

        assert_eq!(refused(bind(&bank.operator, "")), "unz-wrong");
        assert_eq!(refused(bind(&bank.operator, "0123456789abcd")), "unz-unknown");
        assert_eq!(refused(close(&bank.operator, " ")), "reason-required");
        let asked = bank.at(|at| bank.ra.message_id(at));
        let message = NewMessage { text: "Акт".to_owned(), ..NewMessage::default() };
        bank.at(|at| bank.ra.send_message(&client, card.id, asked, &message, at)).unwrap();
        assert_eq!(bind(&bank.operator, &unz.to_uppercase()).unwrap(), card.id);
        // Older than what stood on a page that was loaded before, it was read by nobody.
        bank.at(|at| bank.ra.messages_read(&bank.operator, card.id, vec![asked], at)).unwrap();
        assert_eq!(bank.ra.threads(&bank.operator, None, 9).unwrap()[0].unread, 1);
        assert_eq!(refused(close(&bank.operator, "x")), "changed-meanwhile");
        assert_eq!(refused(bind(&bank.operator, &unz)), "changed-meanwhile");
        let second = inquire(bank, &said(""));
        bank.at(|at| bank.ra.close_inquiry(&bank.operator, second, "Реклама", at)).unwrap();
        assert_eq!(bank.ra.inquiry(&bank.operator, second).unwrap().reason.as_deref(), Some("Реклама"));
        assert!(bank.ra.inquiries(&bank.operator).unwrap().is_empty());
    });
}

#[test]
fn what_a_stranger_types_hides_nothing_and_is_kept_as_lines() {
    on_both(|bank| {
        let told = |new: &NewInquiry| {
            bank.wait_ms(1);
            let id = bank.at(|at| bank.ra.message_id(at));
            match bank.at(|at| bank.ra.inquire(AGENT, id, new, at)) {
                Err(ra::Failure::Refused(refused)) => (refused.refusal.code(), refused.detail.unwrap_or_default()),
                other => panic!("{new:?}: {other:?}"),
            }
        };
        let of_name = |code: &'static str| (code, "name".to_owned());
        for name in ["\u{202e}вонавИ", "Иванов\u{200b}", "\u{feff}Иванов", "Иванов\u{2028}Иван", "Иванов\u{e0041}"]
        {
            let new = NewInquiry { name: name.to_owned(), ..said("") };
            assert_eq!(told(&new), of_name("text-unacceptable"), "{name:?}");
        }
        let mixed = NewInquiry { name: "Ив\u{3b1}нов".to_owned(), ..said("") };
        assert_eq!(told(&mixed), of_name("look-alike-letters"));
        assert_eq!(told(&NewInquiry { name: " \n".to_owned(), ..said("") }), of_name("field-missing"));
        for (text, code) in
            [("раз\rдва", "text-unacceptable"), ("\u{202e}gpj.exe", "text-unacceptable"), ("\u{200b}", "field-missing")]
        {
            let new = NewInquiry { text: text.to_owned(), ..said("") };
            assert_eq!(told(&new), (code, "text".to_owned()), "{text:?}");
        }
        assert!(bank.ra.inquiries(&bank.operator).unwrap().is_empty());

        let (name, text) = ("  Иванов   Иван".to_owned(), "раз\r\nдва\tтри \u{2764}\u{fe0f}\r\n".to_owned());
        let id = inquire(bank, &NewInquiry { name, text, ..said("") });
        let kept = bank.ra.inquiry(&bank.operator, id).unwrap();
        assert_eq!((kept.name.as_str(), kept.text.as_str()), ("Иванов Иван", "раз\nдва\tтри \u{2764}\u{fe0f}"));
        let close = |reason: &str| bank.at(|at| bank.ra.close_inquiry(&bank.operator, id, reason, at));
        for (reason, code) in [("\u{200b}", "reason-required"), ("a\rb", "text-unacceptable")] {
            assert_eq!(refused(close(reason)), code, "{reason:?}");
        }
        close("Реклама\r\nи только").unwrap();
        let kept = bank.ra.inquiry(&bank.operator, id).unwrap();
        assert_eq!(kept.reason.as_deref(), Some("Реклама\nи только"));
        bank.journal_holds();
    });
}

#[test]
fn a_request_of_another_agent_is_no_request_here() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let foreign = AgentId(AGENT.0 + 1);
        let asked = bank.at(|at| {
            let id = bank.ra.message_id(at);
            bank.ra.inquire(foreign, id, &said(&card.unz.unwrap().to_string()), at)
        });
        assert_eq!(refused(asked), "not-found", "there is no such agent");
        let elsewhere =
            Actor::Staff { id: StaffId::new(bank.now(), [9; 10]), agent_id: foreign, roles: Role::ALL.to_vec() };
        let (unz, id) = (card.unz.unwrap(), bank.at(|at| bank.ra.message_id(at)));
        let theirs = store::inquiries::InquiryRow {
            id,
            agent_id: foreign,
            subject: Subject::Other,
            unz: Some(unz),
            coded: Vec::new(),
            name: "Иванов".to_owned(),
            phone: String::new(),
            email: "ivanov@bank-client.test".to_owned(),
            text: "x".to_owned(),
            came_at: bank.now(),
            request_id: None,
            closed_at: None,
            closed_by: None,
            reason: None,
        };
        bank.store().write(move |tx| store::inquiries::insert(tx, &theirs, &[])).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.bind_inquiry(&elsewhere, id, &unz.to_string(), at))), "unz-unknown");
        let caller = ra::Caller { unz: card.unz.unwrap().to_string(), ..ra::Caller::default() };
        assert!(bank.at(|at| bank.ra.look_up(&elsewhere, &caller, at)).unwrap().is_empty());
    });
}

#[test]
fn support_finds_what_a_caller_means_when_everything_said_is_right_and_every_look_is_in_the_journal() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let unz = card.unz.unwrap().to_string();
        let support = bank.at(|at| staff(&bank.ra, "Support 1", &[Role::Support], at));
        let look = |actor: &Actor, caller: &ra::Caller| bank.at(|at| bank.ra.look_up(actor, caller, at));
        let number = |unz: &str| ra::Caller { unz: unz.to_owned(), ..ra::Caller::default() };
        let found = look(&support, &number(&unz.to_uppercase())).unwrap();
        assert_eq!((found.len(), found[0].unz.to_string()), (1, unz.clone()));
        assert_eq!(found[0].email, "r***@bank-client.test");
        assert!(look(&support, &number("0123456789abcd")).unwrap().is_empty());
        assert_eq!(refused(look(&support, &number("12"))), "unz-wrong");

        let phone = bank.card(card.id).contact.phone;
        let person = bank.card(card.id).subscriber_name;
        let right = ra::Caller {
            phone: format!("8{}", &phone.replace("+7", "").replace(' ', "-")),
            name: person.chars().take(4).collect::<String>().to_lowercase(),
            organisation: "7707704692".to_owned(),
            unz: String::new(),
        };
        assert_eq!(look(&support, &right).unwrap().len(), 1, "{right:?}");
        let by_name = ra::Caller { organisation: "ООО".to_owned(), ..right.clone() };
        assert_eq!(look(&support, &by_name).unwrap().len(), 1);
        for wrong in [
            ra::Caller { phone: "+7 999 999-99-99".to_owned(), ..right.clone() },
            ra::Caller { phone: "000-00-00".to_owned(), ..right.clone() },
            ra::Caller { name: "Петров".to_owned(), ..right.clone() },
            ra::Caller { organisation: "5009046312".to_owned(), ..right.clone() },
            ra::Caller { organisation: String::new(), ..right.clone() },
        ] {
            assert!(look(&support, &wrong).unwrap().is_empty(), "{wrong:?}");
        }
        for little in [
            ra::Caller { phone: "12".to_owned(), ..right.clone() },
            ra::Caller { name: "Р".to_owned(), ..right.clone() },
        ] {
            assert_eq!(refused(look(&support, &little)), "field-missing");
        }
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Support) {
            let other = bank.at(|at| staff(&bank.ra, "Other 1", &[role], at));
            assert_eq!(refused(look(&other, &number(&unz))), "role-missing", "{role:?}");
        }

        // Support decides nothing.
        let version = bank.card(card.id).version;
        for outcome in [
            bank.at(|at| bank.ra.approve(&support, card.id, version, at)),
            bank.at(|at| bank.ra.refuse(&support, card.id, version, "x", at)),
            bank.at(|at| bank.ra.return_for_fix(&support, card.id, version, "x", at)),
        ] {
            assert_eq!(refused(outcome), "role-missing");
        }
        let journal = bank.journal();
        let looks = journal.iter().filter(|row| row.to_string().contains("support-looked-up")).count();
        assert_eq!(looks, 9, "every look that was answered");
        assert!(!journal.iter().any(|row| row.to_string().contains(&phone)), "and nobody's data with it");
    });
}

/// More than a look-up loads.
const NAMESAKES: u16 = 250;

#[test]
fn a_caller_is_found_behind_hundreds_of_the_same_name_and_the_same_phone() {
    on_both(|bank| {
        let id = bank.submitted(&bank.rogov, "gost-256-a").0.id;
        let (mut request, person) = bank
            .store()
            .read(move |tx| -> Result<_, store::Error> {
                let request = store::requests::by_id(tx, id)?.unwrap();
                let person = store::subscribers::by_id(tx, request.subscriber_id)?.unwrap();
                Ok((request, person))
            })
            .unwrap();
        // All of them before the caller by name: of the first half the phone is another, of the second the organisation.
        let before: Vec<_> = (0..2 * NAMESAKES)
            .map(|number| {
                let (mut person, mut request) = (person.clone(), request.clone());
                let (mut ten, mut seven) = ([0; 10], [0; 7]);
                ten[8..].copy_from_slice(&number.to_be_bytes());
                seven[5..].copy_from_slice(&number.to_be_bytes());
                person.id = SubscriberId::new(bank.now(), ten);
                person.owner_id = OwnerId::new(seven);
                person.name.nominative = format!("Рогов Абрам {number}");
                person.subject.attributes.last_mut().unwrap().1 = format!("Rogov Abram {number}");
                if number < NAMESAKES {
                    request.contact.phone = "+7 383 000-00-01".to_owned();
                } else {
                    person.organisation_id = None;
                }
                (request.id, request.unz) = (RequestId::new(bank.now(), ten), Unz::new(seven));
                (request.subscriber_id, request.stage, request.act) = (person.id, Stage::Draft, Act::None);
                (person, request)
            })
            .collect();
        bank.store()
            .write(move |tx| -> Result<(), store::Error> {
                before.iter().try_for_each(|(person, request)| {
                    store::subscribers::insert(tx, person)?;
                    store::requests::insert(tx, request, &store::requests::NewRequestRow::default())
                })
            })
            .unwrap();
        let support = bank.at(|at| staff(&bank.ra, "Support 1", &[Role::Support], at));
        let found = |phone: &str| {
            let caller = ra::Caller {
                phone: phone.to_owned(),
                name: "Рогов".to_owned(),
                organisation: "ооо".to_owned(),
                unz: String::new(),
            };
            let cards = bank.at(|at| bank.ra.look_up(&support, &caller, at)).unwrap();
            cards.into_iter().map(|card| card.id).collect::<Vec<_>>()
        };
        assert_eq!(found("8 (383) 000-00-00"), [id]);

        // Of how a phone is written nothing counts but its digits.
        request.contact.phone = "8(383)000.00-02, доб.5 ext.7 доб 6 ext 8".to_owned();
        bank.store().write(move |tx| store::requests::save(tx, &request)).unwrap();
        assert_eq!(found("+7 383 000-00-02 (5768)"), [id]);
        assert_eq!(found("8 (383) 000-00-00"), []);
    });
}
