//! The public door: a stranger's request, from the form to access after the act, and everything a stranger must not do or learn.

use crypto::PrivateKey;
use domain::actor::{Actor, Role};
use domain::applicant::{Applicant, LatinSpelling, Typed};
use domain::latin::Table;
use domain::paper::{Channel, Document};
use domain::procedure::Kind;
use domain::request::StageName;
use domain::request::decide::Notice;
use domain::smart_card::{SignatureSlot, TypedHandOut};
use domain::subscriber::{CaseForms, Gender};
use domain::time::DAY_MS;
use ra::{Admission, KeyCardStanding, MadeOn, Mark, NewApplication, Paper, RequestCard};
use statement::bounded::Text;
use statement::ticket::MediumKind;

use crate::bank::{AGENT, Backend, Bank, command_line, folder_of, link_code, refused, staff};

const SECRET: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020202";

fn on_both(run: impl Fn(&Bank)) {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = folder_of(Kind::FirstIssue);
        run(&Bank::open_with(backend, name, vec![folder]));
    }
}

fn typed() -> Typed {
    let text = str::to_owned;
    Typed {
        surname: text("Иванов"),
        given_name: text("Иван"),
        patronymic: text("Иванович"),
        organisation: text("ООО «Ро»"),
        inn: text("5009046312"),
        country: text("RU"),
        city: text("Москва"),
        email: text("ivanov@bank-client.test"),
        ..Typed::default()
    }
}

fn application(bank: &Bank, typed: &Typed) -> NewApplication {
    let applicant = Applicant::check(typed).unwrap();
    let latin = applicant.proposed(Table::default());
    NewApplication { procedure: bank.procedure.clone(), applicant, latin }
}

fn admission() -> Admission {
    let text = str::to_owned;
    Admission {
        name: CaseForms {
            nominative: text("Иванов Иван Иванович"),
            genitive: text("Иванова Ивана Ивановича"),
            instrumental: text("Ивановым Иваном Ивановичем"),
        },
        gender: Gender::Male,
        position: text("директор"),
        basis: text("Устава"),
        apart: String::new(),
    }
}

fn paper(copies: u8) -> Paper {
    Paper { copies, seal: true, channel: Channel::Branch, scan: None }
}

/// From the form to a request that waits for its application.
fn sent(bank: &Bank, secret: &str, new: &NewApplication) -> (Actor, RequestCard, PrivateKey) {
    let card = bank.at(|at| bank.ra.apply(AGENT, secret, new, at)).unwrap();
    let (actor, _) = bank.ra.applicant(secret).unwrap();
    let (key, csr) = bank.new_key(&card, "gost-256-a");
    bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
    let card = bank.at(|at| bank.ra.send(&actor, card.id, at)).unwrap();
    (actor, card, key)
}

fn registered(bank: &Bank, card: &RequestCard, document: Document, copies: u8) -> RequestCard {
    let version = bank.card(card.id).version;
    let register = |at: &mut ra::Moment<'_>| {
        bank.ra.register_paper(&bank.operator, card.id, version, document, &paper(copies), at)
    };
    bank.at(register).unwrap()
}

#[test]
fn a_stranger_gets_a_certificate_when_the_application_is_in_and_access_when_both_acts_are() {
    on_both(|bank| {
        let (actor, card, key) = sent(bank, SECRET, &application(bank, &typed()));
        assert_eq!(card.subject.to_string(), "CN=Ivanov Ivan Ivanovich, O=OOO \\\"Ro\\\", L=Moskva, C=RU");
        assert_eq!(card.stage, StageName::Accepted);
        assert!(card.unz.is_some());
        let again = bank.at(|at| bank.ra.send(&actor, card.id, at)).unwrap();
        assert_eq!((again.stage, again.version), (card.stage, card.version), "a second click");
        let early = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at));
        assert_eq!(refused(early), "stage-does-not-allow");

        let card = registered(bank, &card, Document::Application, 1);
        assert_eq!(card.stage, StageName::InReview);
        assert!(card.eta.is_some() && !card.allowed.contains(&"approve"), "{:?}", card.allowed);
        let blind = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at));
        assert_eq!(refused(blind), "applicant-not-admitted");
        let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at)).unwrap();
        assert!(card.allowed.contains(&"approve") && !card.allowed.contains(&"admit"));
        // A request that names no power agrees with none.
        let power = bank.ra.comparison(&bank.operator, card.id).unwrap().pop().unwrap();
        let says = (power.field, power.of_request, power.of_record.as_deref(), power.mark);
        assert_eq!(says, ("power", None, Some("директор, Устава"), Mark::Missing));
        let second = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version - 1, &admission(), at)).unwrap();
        assert_eq!(second.version, card.version, "a second click");
        assert_eq!(card.organisation_name.as_deref(), Some("ООО «Ро»"));
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();

        let letters = bank.work();
        let code = link_code(letters.iter().find(|letter| letter.link.is_some()).unwrap());
        let (delivered, client) = bank.take(&code, key, "ivanov@bank-client.test");
        let proven = bank.prove(&client, &code, &delivered.challenge).unwrap();
        assert_eq!(proven.stage, StageName::Proven, "the act on paper is awaited");
        assert_eq!(refused(bank.try_sign_in(&client)), "certificate-not-in-service");
        let one =
            bank.at(|at| bank.ra.register_paper(&bank.operator, card.id, proven.version, Document::Act, &paper(1), at));
        assert_eq!(refused(one), "copies-too-few");
        assert_eq!(registered(bank, &card, Document::Act, 2).stage, StageName::InService);
        bank.sign_in(&client);
        bank.journal_holds();
    });
}

/// Before the bank knows anybody, the register knows whom it gave the card to.
#[test]
fn an_applicants_card_is_looked_up_by_the_name_and_the_organisation_they_typed() {
    on_both(|bank| {
        let clerk = bank.at(|at| staff(&bank.ra, "Иванов 1", &[Role::BranchClerk], at));
        let id = bank.at(|at| bank.ra.register_cards(&clerk, "0853000001", "Рутокен ЭЦП 2.0", at)).unwrap()[0];
        let text = str::to_owned;
        let to = TypedHandOut {
            inn: text("5009046312"),
            organisation: text("ООО «Ро»"),
            person: text("Иванов Иван Иванович"),
            gender: text("male"),
            slot: text("second"),
            city: text("Красноярск"),
            branch: text("Отделение № 6"),
        };
        bank.at(|at| bank.ra.hand_out_card(&clerk, id, 1, &to, at)).unwrap();
        let session = hex::encode(crypto::sha256(b"page"));
        let on = MadeOn { medium: Some(MediumKind::SmartKey), serial: Text::clipped("0853000001") };
        let sent = |secret: &str, new: &NewApplication| {
            let card = bank.at(|at| bank.ra.apply(AGENT, secret, new, at)).unwrap();
            let (actor, _) = bank.ra.applicant(secret).unwrap();
            let (_, csr) = bank.new_key(&card, "gost-256-a");
            let given = bank.at(|at| bank.ra.key_ticket(&actor, card.id, None, &session, at)).unwrap().nonce;
            bank.at(|at| bank.ra.ticket_started(&given, at)).unwrap();
            bank.at(|at| bank.ra.send_with_key(&actor, card.id, &given, &csr, &on, at)).unwrap();
            bank.at(|at| bank.ra.key_card(&bank.operator, card.id, at)).unwrap().unwrap().standing
        };
        let (slot, receipt) = (SignatureSlot::Second, 1);
        assert_eq!(sent(SECRET, &application(bank, &typed())), KeyCardStanding::HandedOut { slot, receipt });
        // The same name, for nobody: a natural person has a card of their own.
        let alone = Typed { natural_person: true, organisation: String::new(), inn: String::new(), ..typed() };
        assert!(matches!(sent(OTHER, &application(bank, &alone)), KeyCardStanding::InOtherHands { .. }));
    });
}

/// The copies are due ten working days after issue, and asked for 5, 3 and 1 working days before.
#[test]
fn the_copies_of_the_act_are_asked_for_from_whoever_has_the_certificate_until_they_are_in() {
    let check = |is_taken: bool, is_brought: bool, wanted: usize| {
        on_both(|bank| {
            let (_, card, key) = sent(bank, SECRET, &application(bank, &typed()));
            let card = registered(bank, &card, Document::Application, 1);
            let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at)).unwrap();
            bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
            let letters = bank.work();
            if is_taken {
                let code = link_code(letters.iter().find(|letter| letter.link.is_some()).unwrap());
                let (delivered, client) = bank.take(&code, key, "ivanov@bank-client.test");
                bank.prove(&client, &code, &delivered.challenge).unwrap();
            }
            if is_brought {
                registered(bank, &card, Document::Act, 2);
            }
            let mut asked = 0;
            for _ in 0..18 {
                bank.wait_ms(DAY_MS);
                bank.at(|at| bank.ra.tend(at)).unwrap();
                asked += bank.work().iter().filter(|letter| letter.notice == Notice::Act).count();
            }
            assert_eq!(asked, wanted, "taken: {is_taken}, brought: {is_brought}");
            if is_taken && !is_brought {
                assert_eq!(bank.stage(card.id), StageName::Proven, "late, they keep access closed and nothing more");
                assert_eq!(registered(bank, &card, Document::Act, 2).stage, StageName::InService);
            }
            bank.journal_holds();
        });
    };
    check(true, false, 3);
    check(true, true, 0);
    check(false, false, 0);
}

#[test]
fn a_natural_person_has_no_organisation_and_needs_no_power() {
    on_both(|bank| {
        let alone = Typed { natural_person: true, organisation: String::new(), inn: String::new(), ..typed() };
        let (_, card, _) = sent(bank, SECRET, &application(bank, &alone));
        assert_eq!(card.subject.to_string(), "CN=Ivanov Ivan Ivanovich, L=Moskva, C=RU");
        let card = registered(bank, &card, Document::Application, 1);
        let person = Admission { position: String::new(), basis: String::new(), ..admission() };
        let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &person, at)).unwrap();
        assert_eq!(card.organisation_name, None);
        let compared = bank.ra.comparison(&bank.operator, card.id).unwrap();
        assert_eq!(
            compared.iter().map(|line| (line.field, line.mark)).collect::<Vec<_>>(),
            [("person", Mark::Equal), ("phone", Mark::Missing), ("email", Mark::Equal), ("owner", Mark::Equal)]
        );
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        assert!(bank.work().iter().any(|letter| letter.link.is_some()));
        let act = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap().text;
        assert!(act.contains("Физическое лицо Иванов Иван Иванович"), "{act}");
        assert!(!act.contains("Юридическое лицо"), "{act}");
    });
}

#[test]
fn an_application_that_differs_is_returned_corrected_and_approved() {
    on_both(|bank| {
        // The manual's own misprint.
        let mut new = application(bank, &typed());
        new.latin.person = "Ivanov Ivan Ivanpovich".to_owned();
        let (actor, card, _) = sent(bank, SECRET, &new);
        let card = registered(bank, &card, Document::Application, 1);
        let before = bank.ra.comparison(&bank.operator, card.id).unwrap();
        assert_eq!(before.iter().find(|line| line.field == "email").unwrap().mark, Mark::Missing, "no record yet");
        let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at)).unwrap();
        let marks = bank.ra.comparison(&bank.operator, card.id).unwrap();
        assert_eq!(marks.iter().find(|line| line.field == "person").unwrap().mark, Mark::Differs);
        let returned =
            bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, card.version, "Фамилия", at)).unwrap();
        assert_eq!(returned.stage, StageName::NeedsFix);

        // Another organisation too: nothing of what the bank took in stays, and a bar does.
        let bar = |barred: bool| {
            let person = bank.at(|at| bank.ra.desk_person(&bank.operator, card.subscriber_id, at)).unwrap().record;
            bank.at(|at| bank.ra.bar(&bank.operator, person.id, person.version, barred, "?", at)).unwrap();
        };
        bar(true);
        assert!(bank.at(|at| bank.ra.goes_on(AGENT, SECRET, at)).unwrap());
        let new = application(bank, &Typed { inn: "5400000004".to_owned(), ..typed() });
        let card = bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)).unwrap();
        assert_eq!(card.stage, StageName::Draft, "another name needs another key");
        assert_eq!(card.organisation_name, None);
        let person = bank.at(|at| bank.ra.desk_person(&bank.operator, card.subscriber_id, at)).unwrap().record;
        assert!(person.barred && !person.admitted && person.position.is_empty(), "{person:?}");
        bar(false);
        let (_, csr) = bank.new_key(&card, "gost-256-a");
        bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let card = bank.at(|at| bank.ra.send(&actor, card.id, at)).unwrap();
        let card = registered(bank, &card, Document::Application, 1);
        assert!(!card.allowed.contains(&"approve"), "other words are compared anew");
        let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at)).unwrap();
        let marks = bank.ra.comparison(&bank.operator, card.id).unwrap();
        assert_eq!(marks.iter().find(|line| line.field == "person").unwrap().mark, Mark::Equal);
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        assert!(bank.work().iter().any(|letter| letter.link.is_some()));
        bank.journal_holds();
    });
}

#[test]
fn what_is_written_down_from_paper_hides_nothing_and_a_name_mixes_no_alphabets_in_any_of_its_forms() {
    type Field = (&'static str, fn(&mut Admission) -> &mut String);
    let names: [Field; 3] = [
        ("nominative", |admission| &mut admission.name.nominative),
        ("genitive", |admission| &mut admission.name.genitive),
        ("instrumental", |admission| &mut admission.name.instrumental),
    ];
    let others: [Field; 3] = [
        ("position", |admission| &mut admission.position),
        ("basis", |admission| &mut admission.basis),
        ("apart", |admission| &mut admission.apart),
    ];
    on_both(|bank| {
        let (_, card, _) = in_review(bank, SECRET, &typed());
        let admit =
            |admission: &Admission| bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, admission, at));
        let told = |(field, of): Field, typed: &str| {
            let mut admission = admission();
            typed.clone_into(of(&mut admission));
            match admit(&admission) {
                Err(ra::Failure::Refused(refused)) => {
                    assert_eq!(refused.detail.as_deref(), Some(field), "{typed:?}");
                    refused.refusal.code()
                }
                other => panic!("{field} {typed:?}: {other:?}"),
            }
        };
        for field in names.into_iter().chain(others) {
            for hidden in ["\u{202e}вонавИ", "Иванов\u{200b}", "Ива\u{ad}нов", "\u{2066}Иванов", "Иванов\u{7f}"]
            {
                assert_eq!(told(field, hidden), "text-unacceptable", "{hidden:?}");
            }
        }
        for field in names {
            for mixed in ["Ив\u{61}нов Иван", "Иванов Иван\u{3bf}вич", "Ivan\u{43e}v I."] {
                assert_eq!(told(field, mixed), "look-alike-letters", "{mixed}");
            }
        }
        let mut admission = admission();
        admission.name.genitive = "  Иванова  Ивана Ивановича ".to_owned();
        let card = admit(&admission).unwrap();
        let person = bank.at(|at| bank.ra.desk_person(&bank.operator, card.subscriber_id, at)).unwrap().record;
        assert_eq!(person.name.genitive, "Иванова Ивана Ивановича");
        assert_eq!(admit(&admission).unwrap().version, card.version, "a second click");
        bank.journal_holds();
    });
}

#[test]
fn a_second_signatory_of_the_same_organisation_joins_it_and_a_name_of_record_is_not_taken_twice() {
    on_both(|bank| {
        let admitted = |secret: &str, typed: &Typed| {
            let (_, card, _) = sent(bank, secret, &application(bank, typed));
            let card = registered(bank, &card, Document::Application, 1);
            bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at))
        };
        // The bank's record has this organisation under another spelling of its name.
        let known = Typed { given_name: "Семён".to_owned(), ..of_record(&typed()) };
        let first = admitted(SECRET, &known).unwrap();
        assert_eq!(first.organisation_name.as_deref(), Some("ООО «ооо»"), "the record's spelling");
        let second = Typed { given_name: "Пётр".to_owned(), ..known.clone() };
        assert_eq!(admitted(OTHER, &second).unwrap().organisation_name.as_deref(), Some("ООО «ооо»"));
        let again = admitted(&"03".repeat(32), &known);
        assert_eq!(refused(again), "reason-required", "somebody has to say who this is");
        let (_, card, _) = sent(bank, &"04".repeat(32), &application(bank, &known));
        let card = registered(bank, &card, Document::Application, 1);
        let another = Admission { apart: "Тёзка".to_owned(), ..admission() };
        let taken = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &another, at));
        assert_eq!(refused(taken), "subscriber-already-there", "no two people have one name in their certificates");
    });
}

/// The same person at the organisation that the record has.
fn of_record(typed: &Typed) -> Typed {
    Typed { inn: "7707704692".to_owned(), organisation: "ООО ооо".to_owned(), ..typed.clone() }
}

fn rogov() -> Typed {
    let text = str::to_owned;
    of_record(&Typed { surname: text("Рогов"), patronymic: text("Петрович"), ..typed() })
}

fn in_review(bank: &Bank, secret: &str, typed: &Typed) -> (Actor, RequestCard, PrivateKey) {
    let (actor, card, key) = sent(bank, secret, &application(bank, typed));
    (actor, registered(bank, &card, Document::Application, 1), key)
}

/// The one person of record whom the applicant may be.
fn found(bank: &Bank, card: &RequestCard) -> ra::FoundPerson {
    let mut found = bank.ra.found_of_record(&bank.operator, card.id).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn bind(bank: &Bank, card: &RequestCard, person: &ra::FoundPerson) -> Result<RequestCard, ra::Failure> {
    let person = (person.id, person.version);
    bank.at(|at| bank.ra.bind_applicant(&bank.operator, card.id, card.version, person, at))
}

fn record(bank: &Bank, person: &ra::FoundPerson) -> domain::subscriber::Subscriber {
    bank.at(|at| bank.ra.desk_person(&bank.operator, person.id, at)).unwrap().record
}

#[test]
fn an_applicant_who_is_of_record_is_found_and_bound_and_the_record_stays_as_it_was() {
    on_both(|bank| {
        let (actor, card, key) = in_review(bank, SECRET, &rogov());
        let person = found(bank, &card);
        assert_eq!(person.name, "Рогов Иван Петрович");
        let mark = |field: &str| person.compared.iter().find(|line| line.field == field).unwrap().mark;
        assert_eq!(["person", "organisation", "inn"].map(mark), [Mark::Equal; 3]);
        assert_eq!(["email", "subject"].map(mark), [Mark::Differs; 2]);
        let before = record(bank, &person);
        let seen = |card: &RequestCard| (card.stage, card.subject.clone(), card.contact.clone(), card.eta);
        let told = seen(&bank.at(|at| bank.ra.request(&actor, card.id, at)).unwrap());

        // Nobody but the desk hears of it, and nobody else than who was found is bound to.
        assert_eq!(refused(bank.ra.found_of_record(&actor, card.id)), "not-found");
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        assert_eq!(refused(bank.ra.found_of_record(&auditor, card.id)), "role-missing");
        let whom = (person.id, person.version);
        let by = |who: &Actor| refused(bank.at(|at| bank.ra.bind_applicant(who, card.id, card.version, whom, at)));
        assert_eq!((by(&auditor), by(&actor)), ("role-missing", "not-found"));
        let (_, others, _) = in_review(bank, OTHER, &of_record(&typed()));
        let ivanov = found(bank, &others);
        assert_eq!(refused(bind(bank, &card, &ivanov)), "not-found", "another person of the same organisation");
        let (_, elsewhere, _) = in_review(bank, &"05".repeat(32), &Typed { inn: typed().inn, ..rogov() });
        assert!(bank.ra.found_of_record(&bank.operator, elsewhere.id).unwrap().is_empty(), "another organisation");
        assert_eq!(refused(bind(bank, &elsewhere, &person)), "not-found");
        let stale = ra::FoundPerson { version: person.version - 1, ..person.clone() };
        assert_eq!(refused(bind(bank, &card, &stale)), "changed-meanwhile");

        let bound = bind(bank, &card, &person).unwrap();
        assert_eq!(bound.subscriber_id, person.id);
        assert!(bound.allowed.contains(&"approve") && !bound.allowed.contains(&"admit"), "{:?}", bound.allowed);
        assert_eq!(bind(bank, &card, &person).unwrap().version, bound.version, "a second click");
        let late = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at));
        assert_eq!(refused(late), "changed-meanwhile", "the second of two operators");
        let over = Admission { apart: "?".to_owned(), ..admission() };
        let over = bank.at(|at| bank.ra.admit(&bank.operator, bound.id, bound.version, &over, at));
        assert_eq!(refused(over), "stage-does-not-allow", "the record is not written over");
        assert_eq!(record(bank, &person), before);
        assert_eq!(seen(&bank.at(|at| bank.ra.request(&actor, card.id, at)).unwrap()), told);
        let paper = bank.ra.application(&bank.operator, card.id).unwrap();
        assert_ne!(paper.owner_id, before.owner_id, "the paper says what was signed");
        let marks = bank.ra.comparison(&bank.operator, card.id).unwrap();
        let owner = marks.into_iter().find(|line| line.field == "owner").unwrap();
        assert_eq!(owner.of_record.as_deref(), Some(before.owner_id.as_str()));
        assert_eq!((owner.of_request.as_deref(), owner.mark), (Some(paper.owner_id.as_str()), Mark::Differs));

        // One request of a person at a time.
        let (_, third, _) = in_review(bank, &"03".repeat(32), &rogov());
        assert_eq!(refused(bind(bank, &third, &found(bank, &third))), "person-has-open-request");

        // The certificate is theirs beside the one that they have.
        bank.at(|at| bank.ra.approve(&bank.operator, bound.id, bound.version, at)).unwrap();
        let code = link_code(bank.work().iter().find(|letter| letter.link.is_some()).unwrap());
        let (delivered, client) = bank.take(&code, key, "ivanov@bank-client.test");
        bank.prove(&client, &code, &delivered.challenge).unwrap();
        assert_eq!(registered(bank, &bound, Document::Act, 2).stage, StageName::InService);
        for client in [&client, &bank.rogov] {
            let Actor::Subscriber { id, .. } = bank.sign_in(client) else { panic!("a client") };
            assert_eq!(id, person.id);
        }
        assert!(bank.journal().iter().any(|row| row.to_string().contains("applicant-bound")));
        bank.journal_holds();
    });
}

/// Two signatures of one person: neither the register nor the names on the card part them, the record of keys does.
#[test]
fn a_second_key_of_a_person_on_the_card_of_the_first_one_is_shown_to_the_desk() {
    on_both(|bank| {
        let session = hex::encode(crypto::sha256(b"page"));
        let sent_on = |secret: &str, serial: &str| {
            let card = bank.at(|at| bank.ra.apply(AGENT, secret, &application(bank, &rogov()), at)).unwrap();
            let (actor, _) = bank.ra.applicant(secret).unwrap();
            let (key, csr) = bank.new_key(&card, "gost-256-a");
            let on = MadeOn { medium: Some(MediumKind::SmartKey), serial: Text::clipped(serial) };
            let given = bank.at(|at| bank.ra.key_ticket(&actor, card.id, None, &session, at)).unwrap().nonce;
            bank.at(|at| bank.ra.ticket_started(&given, at)).unwrap();
            bank.at(|at| bank.ra.send_with_key(&actor, card.id, &given, &csr, &on, at)).unwrap();
            let card = registered(bank, &card, Document::Application, 1);
            let person = found(bank, &card);
            (bind(bank, &card, &person).unwrap(), key)
        };
        let standing = |card: &RequestCard| {
            let found = bank.at(|at| bank.ra.key_card(&bank.operator, card.id, at)).unwrap().unwrap();
            (found.mark(), found.standing)
        };
        let (first, key) = sent_on(SECRET, "0853000001");
        assert_eq!(standing(&first), (Mark::Missing, KeyCardStanding::NotRegistered));
        bank.at(|at| bank.ra.approve(&bank.operator, first.id, first.version, at)).unwrap();
        let code = link_code(bank.work().iter().find(|letter| letter.link.is_some()).unwrap());
        let (delivered, client) = bank.take(&code, key, "ivanov@bank-client.test");
        bank.prove(&client, &code, &delivered.challenge).unwrap();
        assert_eq!(registered(bank, &first, Document::Act, 2).stage, StageName::InService);
        assert_eq!(standing(&first).1, KeyCardStanding::NotRegistered, "its own certificate says nothing against it");

        let (same, _) = sent_on(OTHER, "0853000001");
        let certificate = hex::encode(client.certificate.serial());
        assert_eq!(standing(&same), (Mark::Differs, KeyCardStanding::HoldsOwn { certificate }));
        bank.at(|at| bank.ra.refuse(&bank.operator, same.id, same.version, "Не та карта", at)).unwrap();
        let (another, _) = sent_on(&"03".repeat(32), "0853000002");
        assert_eq!(standing(&another).1, KeyCardStanding::NotRegistered);
    });
}

/// A branch clerk whom the record has as a client of this name.
#[test]
fn nobody_takes_themselves_into_the_record() {
    on_both(|bank| {
        let (_, card, _) = in_review(bank, SECRET, &rogov());
        let person = found(bank, &card);
        let clerk = bank.at(|at| staff(&bank.ra, "Рогов 6", &[Role::BranchClerk], at));
        let Actor::Staff { id, .. } = clerk else { panic!("staff") };
        let may = || bank.at(|at| bank.ra.request(&clerk, card.id, at)).unwrap().allowed.contains(&"admit");
        assert!(may());
        let Actor::Subscriber { certificate_id, .. } = bank.sign_in(&bank.rogov) else { panic!("a subscriber") };
        bank.at(|at| bank.ra.set_staff_certificate(&command_line(), id, certificate_id, at)).unwrap();
        assert!(!may());
        let whom = (person.id, person.version);
        let bound = bank.at(|at| bank.ra.bind_applicant(&clerk, card.id, card.version, whom, at));
        assert_eq!(refused(bound), "own-matter");
        let apart = Admission { apart: "Другой человек".to_owned(), ..admission() };
        let admitted = bank.at(|at| bank.ra.admit(&clerk, card.id, card.version, &apart, at));
        assert_eq!(refused(admitted), "own-matter");
        // Of a stranger they may.
        let (_, card, _) = in_review(bank, OTHER, &typed());
        bank.at(|at| bank.ra.admit(&clerk, card.id, card.version, &admission(), at)).unwrap();
    });
}

/// Domain notes 1.8: the person who approves is not the person who entered the data, by knob.
#[test]
fn where_two_people_are_wanted_whoever_entered_the_data_approves_nothing() {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, mut folder) = folder_of(Kind::FirstIssue);
        folder.toml = folder.toml.replace("second_person = false", "second_person = true");
        let bank = &Bank::open_with(backend, name, vec![folder]);
        let [third, fourth] =
            ["Рогов 3", "Рогов 4"].map(|name| bank.at(|at| staff(&bank.ra, name, &[Role::Operator], at)));
        let approve = |by: &Actor, id| {
            let version = bank.card(id).version;
            bank.at(|at| bank.ra.approve(by, id, version, at))
        };
        let may = |who: &Actor, id| bank.at(|at| bank.ra.request(who, id, at)).unwrap().allowed.contains(&"approve");
        let (actor, card, key) = in_review(bank, SECRET, &typed());
        bank.at(|at| bank.ra.admit(&bank.second_operator, card.id, card.version, &admission(), at)).unwrap();
        for entered in [&bank.operator, &bank.second_operator] {
            assert!(!may(entered, card.id));
            assert_eq!(refused(approve(entered, card.id)), "own-entry");
        }
        assert!(may(&third, card.id));

        // Corrected, and entered by the others: now these two approve.
        let version = bank.card(card.id).version;
        bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, version, "Подпись", at)).unwrap();
        bank.at(|at| bank.ra.apply(AGENT, SECRET, &application(bank, &typed()), at)).unwrap();
        bank.at(|at| bank.ra.send(&actor, card.id, at)).unwrap();
        let version = bank.card(card.id).version;
        let register = |at: &mut ra::Moment<'_>| {
            bank.ra.register_paper(&third, card.id, version, Document::Application, &paper(1), at)
        };
        bank.at(register).unwrap();
        let version = bank.card(card.id).version;
        bank.at(|at| bank.ra.admit(&fourth, card.id, version, &admission(), at)).unwrap();
        assert_eq!(refused(approve(&third, card.id)), "own-entry");
        assert_eq!(refused(approve(&fourth, card.id)), "own-entry");
        approve(&bank.operator, card.id).unwrap();
        approve(&bank.second_operator, card.id).unwrap();
        assert!(bank.work().iter().any(|letter| letter.link.is_some()));
        drop(key);
    }
}

#[test]
fn a_bound_request_that_is_stated_anew_is_compared_anew_and_a_namesake_needs_a_reason() {
    on_both(|bank| {
        let (_, card, _) = in_review(bank, SECRET, &rogov());
        let person = found(bank, &card);
        let before = record(bank, &person);
        let bound = bind(bank, &card, &person).unwrap();
        bank.at(|at| bank.ra.return_for_fix(&bank.operator, bound.id, bound.version, "Имя", at)).unwrap();
        let other = Typed { given_name: "Семён".to_owned(), ..rogov() };
        let card = bank.at(|at| bank.ra.apply(AGENT, SECRET, &application(bank, &other), at)).unwrap();
        assert_ne!(card.subscriber_id, person.id);
        assert_eq!(record(bank, &person), before);
        assert!(bank.ra.found_of_record(&bank.operator, card.id).unwrap().is_empty());

        // Of a natural person the record has a namesake in another city.
        let alone = |city: &str| Typed {
            natural_person: true,
            organisation: String::new(),
            inn: String::new(),
            city: city.to_owned(),
            ..typed()
        };
        let nobody = Admission { position: String::new(), basis: String::new(), ..admission() };
        let (_, card, _) = in_review(bank, OTHER, &alone("Москва"));
        bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &nobody, at)).unwrap();
        let (_, card, _) = in_review(bank, &"03".repeat(32), &alone("Новосибирск"));
        let namesake = found(bank, &card);
        let admit = |apart: &str| {
            let admission = Admission { apart: apart.to_owned(), ..nobody.clone() };
            bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission, at))
        };
        assert_eq!(refused(admit(" \n")), "reason-required");
        assert_eq!(refused(admit("a\u{0}b")), "text-unacceptable");
        let apart = admit("Другой паспорт").unwrap();
        assert!(apart.subscriber_id != namesake.id && apart.allowed.contains(&"approve"));
        let journal = bank.journal();
        let line = journal.iter().find(|row| row.to_string().contains("applicant-set-apart")).unwrap().to_string();
        assert!(line.contains(&namesake.id.to_string()) && line.contains("Другой паспорт"), "{line}");
        bank.journal_holds();
    });
}

#[test]
fn a_stranger_reaches_their_own_request_and_learns_nothing_of_others() {
    on_both(|bank| {
        let new = application(bank, &typed());
        let (actor, card, _) = sent(bank, SECRET, &new);
        let (other, others, _) = sent(bank, OTHER, &new);
        assert_ne!(card.id, others.id, "the same words again are another request: nobody is told that they are known");
        assert_eq!(refused(bank.at(|at| bank.ra.request(&other, card.id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.recall(&other, card.id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.send(&other, card.id, at))), "not-found");
        assert_eq!(refused(bank.ra.applicant_of(&other, card.id)), "not-found");
        assert_eq!(refused(bank.ra.applicant(&"04".repeat(32))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.requests_of(&actor, at))), "sign-in-required");
        assert_eq!(refused(bank.at(|at| bank.ra.admit(&actor, card.id, card.version, &admission(), at))), "not-found");
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        assert_eq!(
            refused(bank.at(|at| bank.ra.admit(&auditor, card.id, card.version, &admission(), at))),
            "role-missing"
        );
        // Handed in, it is the bank's to look at: the same secret changes nothing any more.
        assert!(!bank.at(|at| bank.ra.goes_on(AGENT, SECRET, at)).unwrap());
        let changed = application(bank, &Typed { phone: "+7 383 1".to_owned(), ..typed() });
        assert_eq!(refused(bank.at(|at| bank.ra.apply(AGENT, SECRET, &changed, at))), "stage-does-not-allow");
        let same = bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)).unwrap();
        assert_eq!((same.id, same.version), (card.id, card.version));
        assert!(bank.ra.applicant_of(&bank.operator, card.id).unwrap().organisation.is_some());
    });
}

/// Other words, and whether a returned application is still the same person's.
type Change = (fn(&mut Typed), bool);

#[test]
fn a_secret_goes_on_with_the_same_words_and_a_returned_application_with_the_same_person() {
    on_both(|bank| {
        let new = application(bank, &typed());
        let other = |change: fn(&mut Typed)| {
            let mut typed = typed();
            change(&mut typed);
            application(bank, &typed)
        };
        let goes_on = |new: &NewApplication| bank.at(|at| bank.ra.goes_on_with(AGENT, SECRET, new, at)).unwrap();
        assert!(!goes_on(&new), "nothing is begun");
        let changes: [Change; 6] = [
            (|typed| typed.phone = "+7 383 1".to_owned(), true),
            (|typed| typed.inn = "5400000004".to_owned(), true),
            (|typed| typed.email = "rogov@bank-client.test".to_owned(), true),
            (|typed| typed.surname = "Рогов".to_owned(), true),
            (|typed| (typed.surname, typed.phone) = ("Рогов".to_owned(), "+7 383 1".to_owned()), true),
            (|typed| (typed.surname, typed.email) = ("Рогов".to_owned(), "rogov@bank-client.test".to_owned()), false),
        ];
        bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)).unwrap();
        assert!(goes_on(&new));
        let spelled =
            NewApplication { latin: LatinSpelling { city: "Moscow".to_owned(), ..new.latin.clone() }, ..new.clone() };
        assert!(!goes_on(&spelled));
        for (change, _) in changes {
            assert!(!goes_on(&other(change)), "{:?}", other(change));
        }
        // Handed in it is the bank's; returned, it is its own person's, also once it was stated anew.
        let (_, card, _) = sent(bank, SECRET, &new);
        assert!(!goes_on(&new));
        let card = registered(bank, &card, Document::Application, 1);
        bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, card.version, "Фамилия", at)).unwrap();
        for _ in 0..2 {
            assert!(goes_on(&new) && goes_on(&spelled));
            for (change, wanted) in changes {
                assert_eq!(goes_on(&other(change)), wanted, "{:?}", other(change));
            }
            bank.at(|at| bank.ra.apply(AGENT, SECRET, &spelled, at)).unwrap();
        }
    });
}

#[test]
fn what_is_not_latin_or_not_offered_begins_nothing() {
    on_both(|bank| {
        let begin = |change: &dyn Fn(&mut NewApplication)| {
            let mut new = application(bank, &typed());
            change(&mut new);
            refused(bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)))
        };
        assert_eq!(begin(&|new| new.latin.organisation = Some("ООО Ро".to_owned())), "latin-wrong");
        assert_eq!(begin(&|new| new.latin = LatinSpelling::default()), "field-missing");
        assert_eq!(begin(&|new| new.procedure = "another".to_owned()), "procedure-not-offered");
        assert_eq!(refused(bank.ra.applicant(SECRET)), "not-found");
    });
}

#[test]
fn two_clicks_at_once_begin_one_request() {
    on_both(|bank| {
        let new = application(bank, &typed());
        let cards = std::thread::scope(|scope| {
            let clicks: Vec<_> =
                (0..8).map(|_| scope.spawn(|| bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)).unwrap())).collect();
            clicks.into_iter().map(|click| click.join().unwrap().id).collect::<std::collections::BTreeSet<_>>()
        });
        assert_eq!(cards.len(), 1);
    });
}

#[test]
fn the_gate_before_the_serial_looks_again_whether_the_applicant_is_on_record() {
    on_both(|bank| {
        let (_, card, _) = sent(bank, SECRET, &application(bank, &typed()));
        let card = registered(bank, &card, Document::Application, 1);
        let card = bank.at(|at| bank.ra.admit(&bank.operator, card.id, card.version, &admission(), at)).unwrap();
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        // Whoever can write the rows takes the admission back.
        bank.store()
            .write(move |tx| {
                let mut person = store::subscribers::by_id(tx, card.subscriber_id)?.unwrap();
                person.admitted = false;
                store::subscribers::save(tx, &person)
            })
            .unwrap();
        assert!(bank.work().iter().all(|letter| letter.link.is_none()));
        assert_eq!(bank.stage(card.id), StageName::Approved);
        let closed = bank.journal().iter().any(|row| row.to_string().contains("policy-gate"));
        assert!(closed, "the journal says why");
    });
}

#[test]
fn where_the_address_must_answer_the_desk_has_the_request_only_afterwards() {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = folder_of(Kind::FirstIssue);
        let toml = format!("email_confirmation = \"link\"\n{}", folder.toml);
        let bank = Bank::open_with(backend, name, vec![ra::ProcedureFolder { toml, ..folder }]);
        let (actor, card, _) = sent(&bank, SECRET, &application(&bank, &typed()));
        assert_eq!((card.stage, card.email_confirmed), (StageName::Accepted, false));
        let letters = bank.work();
        let [letter] = letters.as_slice() else { panic!("one letter: {letters:?}") };
        let code = link_code(letter);
        let listed =
            || bank.ra.view(|tx| store::views::desk::page(tx, AGENT, &[StageName::Accepted], None, 10)).unwrap();
        let counted = || bank.ra.view(|tx| store::views::desk::counts(tx, AGENT)).unwrap();
        assert!(listed().is_empty() && counted().is_empty(), "the desk does not see it");
        let early = bank.at(|at| {
            bank.ra.register_paper(&bank.operator, card.id, card.version, Document::Application, &paper(1), at)
        });
        assert_eq!(refused(early), "email-not-confirmed");

        // Guessed, shortened, another agent's, another request's: nothing is confirmed and nothing is learnt.
        let (id, mac) = code.split_once('.').unwrap();
        let other = bank.at(|at| bank.ra.apply(AGENT, OTHER, &application(&bank, &typed()), at)).unwrap();
        let wrong =
            ["", ".", id, mac, &format!("{id}."), &format!("{id}.{}", "0".repeat(64)), &format!("{}.{mac}", other.id)];
        for wrong in wrong {
            assert_eq!(refused(bank.at(|at| bank.ra.confirm_email(AGENT, wrong, at))), "link-unknown", "{wrong}");
        }
        let elsewhere = bank.at(|at| bank.ra.confirm_email(domain::ids::AgentId(7), &code, at));
        assert_eq!(refused(elsewhere), "link-unknown");
        assert!(listed().is_empty());

        let asked = bank.ra.email_asked(AGENT, &code).unwrap();
        assert!(asked.is_open && !asked.is_confirmed, "looking confirms nothing");
        for _ in 0..2 {
            let confirmed = bank.at(|at| bank.ra.confirm_email(AGENT, &code, at)).unwrap();
            assert!(confirmed.is_confirmed && !confirmed.is_open);
        }
        assert_eq!(listed().len(), 1);
        let card = registered(&bank, &card, Document::Application, 1);
        assert_eq!(card.stage, StageName::InReview);

        // Another address after a return is asked anew, and the letter to the old one confirms nothing any more.
        bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, card.version, "E-mail", at)).unwrap();
        let new = application(&bank, &Typed { email: "ivanov2@bank-client.test".to_owned(), ..typed() });
        let card = bank.at(|at| bank.ra.apply(AGENT, SECRET, &new, at)).unwrap();
        assert!(!card.email_confirmed);
        bank.at(|at| bank.ra.send(&actor, card.id, at)).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.confirm_email(AGENT, &code, at))), "link-unknown");
        let letters = bank.work();
        let asks = letters.iter().find(|letter| letter.notice.name() == "confirm-email").unwrap();
        assert_eq!(asks.to.as_str(), "ivanov2@bank-client.test");
        bank.at(|at| bank.ra.confirm_email(AGENT, &link_code(asks), at)).unwrap();
        assert_eq!(listed().len(), 1);
    }
}
