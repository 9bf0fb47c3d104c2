//! The register of smart cards: one card in one pair of hands for one signature, its history kept, and nobody but the branch's own people.

use std::thread;

use domain::actor::{Actor, Role};
use domain::ids::{AgentId, SmartCardId, StaffId};
use domain::smart_card::{CardReason, CardStanding, SignatureSlot, TypedHandOut};
use ra::{DeskCard, Failure, KeyCard, KeyCardStanding, MadeOn, Mark};
use statement::bounded::Text;
use statement::ticket::MediumKind;

use crate::bank::{Bank, on_both, refused, staff};

/// A client of record.
const NAME: &str = "Рогов Иван Петрович";

fn form(person: &str, slot: &str) -> TypedHandOut {
    let text = str::to_owned;
    TypedHandOut {
        inn: text("5009046312"),
        organisation: text("ООО «Рога»"),
        person: text(person),
        gender: text("male"),
        slot: text(slot),
        city: text("Красноярск"),
        branch: text("Отделение № 6"),
    }
}

/// A branch with its clerk.
struct Branch<'a> {
    bank: &'a Bank,
    clerk: Actor,
}

impl<'a> Branch<'a> {
    fn of(bank: &'a Bank) -> Self {
        Self { bank, clerk: bank.at(|at| staff(&bank.ra, "Иванов 1", &[Role::BranchClerk], at)) }
    }

    fn register(&self, serials: &str) -> Result<Vec<SmartCardId>, Failure> {
        self.bank.at(|at| self.bank.ra.register_cards(&self.clerk, serials, "Рутокен ЭЦП 2.0", at))
    }

    fn card(&self, id: SmartCardId) -> DeskCard {
        self.bank.ra.smart_card(&self.clerk, id).unwrap()
    }

    fn hand_out(&self, id: SmartCardId, typed: &TypedHandOut) -> Result<(), Failure> {
        let version = self.card(id).card.version;
        self.bank.at(|at| self.bank.ra.hand_out_card(&self.clerk, id, version, typed, at))
    }

    fn take_back(&self, id: SmartCardId, reason: &str) -> Result<(), Failure> {
        let version = self.card(id).card.version;
        self.bank.at(|at| self.bank.ra.take_card_back(&self.clerk, id, version, reason, at))
    }

    fn clear(&self, id: SmartCardId) -> Result<(), Failure> {
        let version = self.card(id).card.version;
        self.bank.at(|at| self.bank.ra.clear_card(&self.clerk, id, version, at))
    }

    fn write_off(&self, id: SmartCardId, reason: &str) -> Result<(), Failure> {
        let version = self.card(id).card.version;
        self.bank.at(|at| self.bank.ra.write_card_off(&self.clerk, id, version, reason, at))
    }
}

#[test]
fn a_card_goes_from_the_box_to_its_end_and_its_history_stays() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let ids = branch.register("0853 000 001\r\n0853000002\n\n0853-000-001").unwrap();
        assert_eq!(ids.len(), 2, "the same number twice is one card");
        let one = ids[0];
        let (rogov, second) = (form("Рогов Иван Петрович", "first"), form("Рогов Иван Петрович", "second"));
        assert_eq!(branch.card(one).place, ("Новосибирск".to_owned(), String::new()), "the agent's");

        branch.hand_out(one, &rogov).unwrap();
        let card = branch.card(one);
        assert!(matches!(card.card.standing, CardStanding::HandedOut(_)));
        assert_eq!((card.hand_outs[0].number, card.hand_outs[0].to.slot), (1, SignatureSlot::First));
        assert_eq!(card.hand_outs[0].by, "Иванов 1");
        assert_eq!(card.place.1, "Отделение № 6", "the next form has the branch of the last one");
        // The same form once more, by a second click.
        bank.at(|at| bank.ra.hand_out_card(&branch.clerk, one, 1, &rogov, at)).unwrap();
        assert_eq!(branch.card(one).hand_outs.len(), 1);

        // Undone: it is in stock, as if nothing had been, and the register remembers.
        branch.take_back(one, "by-mistake").unwrap();
        bank.at(|at| bank.ra.take_card_back(&branch.clerk, one, 2, "by-mistake", at)).unwrap();
        assert_eq!(branch.card(one).card.standing, CardStanding::InStock);
        branch.hand_out(one, &second).unwrap();
        assert_eq!(refused(branch.clear(one)), "stage-does-not-allow");
        branch.take_back(one, "powers-ended").unwrap();
        assert_eq!(refused(branch.hand_out(one, &second)), "card-not-cleared");
        branch.clear(one).unwrap();
        branch.hand_out(one, &form("Рогов Иван Сидорович", "first")).unwrap();
        branch.write_off(one, "lost").unwrap();
        assert_eq!(refused(branch.hand_out(one, &second)), "card-written-off");
        assert_eq!(refused(branch.write_off(one, "faulty")), "card-written-off");

        let card = branch.card(one);
        let told: Vec<_> =
            card.hand_outs.iter().map(|was| (was.number, was.ended.as_ref().map(|ended| ended.2))).collect();
        let ended = |number, reason| (number, Some(reason));
        let wanted = [ended(3, CardReason::Lost), ended(2, CardReason::PowersEnded), ended(1, CardReason::ByMistake)];
        assert_eq!(told, wanted);
        let kinds: Vec<_> = card.history.iter().rev().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            kinds.join(" "),
            "card-registered card-handed-out card-returned card-handed-out card-returned card-cleared card-handed-out card-written-off"
        );
        // Each receipt is there.
        let receipt = |number| bank.ra.card_receipt(&branch.clerk, one, number).unwrap().hand_out.to.person;
        assert_eq!(
            (receipt(None).as_str(), receipt(Some(2)).as_str()),
            ("Рогов Иван Сидорович", "Рогов Иван Петрович")
        );
        assert_eq!(refused(bank.ra.card_receipt(&branch.clerk, one, Some(4))), "not-found");
        assert_eq!(refused(bank.ra.card_receipt(&branch.clerk, ids[1], None)), "not-found");
        bank.journal_holds();
    });
}

#[test]
fn one_card_is_for_one_signature_of_one_person() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let ids = branch.register("853001\n853002\n853003").unwrap();
        let first = form("Рогов Иван Петрович", "first");
        branch.hand_out(ids[0], &first).unwrap();
        assert_eq!(refused(branch.hand_out(ids[0], &first)), "card-handed-out");
        assert_eq!(refused(branch.hand_out(ids[0], &form("рогов иван  петрович", "second"))), "card-handed-out");
        assert_eq!(refused(branch.hand_out(ids[0], &form("Иванов Иван", "first"))), "card-in-other-hands");
        assert_eq!(refused(branch.hand_out(ids[1], &form("РОГОВ ИВАН ПЕТРОВИЧ", "first"))), "card-slot-taken");
        branch.hand_out(ids[1], &form("Рогов Иван Петрович", "second")).unwrap();
        // For another organisation they sign with another card.
        let elsewhere = TypedHandOut { inn: "7707704692".to_owned(), ..first.clone() };
        assert_eq!(refused(branch.hand_out(ids[2], &elsewhere)), "client-name-differs");
        branch.hand_out(ids[2], &TypedHandOut { organisation: String::new(), ..elsewhere }).unwrap();
        let recorded = branch.card(ids[2]).hand_outs.remove(0).to.organisation;
        assert_eq!(recorded.as_deref(), Some("ООО «ооо»"), "the record's name");
        // What came back frees the signature.
        branch.take_back(ids[0], "replaced").unwrap();
        branch.clear(ids[0]).unwrap();
        branch.hand_out(ids[0], &first).unwrap();
    });
}

/// What the client's machine says of its card is looked up, marked, and never believed beyond that.
#[test]
fn the_card_of_a_new_key_stands_beside_the_register() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let ids = ["0853000001", "0719097733"].map(|serial| branch.register(serial).unwrap()[0]);
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let (_, csr) = bank.new_key(&card, "gost-256-a");
        let found = || bank.at(|at| bank.ra.key_card(&bank.operator, card.id, at)).unwrap();
        assert_eq!(found(), None, "there is no key yet");
        let made = |serial: Option<&str>| {
            let on = MadeOn { medium: Some(MediumKind::SmartKey), serial: serial.and_then(Text::clipped) };
            let (nonce, text) = bank.begun(&actor, card.id, &csr);
            let cms = bank.at(|at| bank.rogov.sign(&text, at));
            let card = bank.at(|at| bank.ra.hand_in(&actor, card.id, &nonce, (&csr, &cms), &on, at)).unwrap();
            let shown = found().unwrap();
            // The desk sends it back, and the same key may come from elsewhere.
            let (id, version) = (card.id, card.version);
            bank.at(|at| bank.ra.return_for_fix(&bank.operator, id, version, "Карта", at)).unwrap();
            bank.at(|at| bank.ra.correct(&actor, id, at)).unwrap();
            shown
        };
        let stands = |serial: Option<&str>, mark, standing| {
            let shown = made(serial);
            assert_eq!(shown.mark(), mark, "{shown:?}");
            assert_eq!(shown, KeyCard { serial: serial.map(str::to_owned), standing });
        };
        let (one, other) = (Some("0853000001"), Some("2ADC8F85"));
        stands(None, Mark::Missing, KeyCardStanding::Untold);
        stands(Some("<b>\"&"), Mark::Missing, KeyCardStanding::NotRegistered);
        stands(Some("0853000002"), Mark::Missing, KeyCardStanding::NotRegistered);
        assert_eq!(
            made(Some(&"\u{202e}9".repeat(90))).serial.unwrap(),
            "9".repeat(64),
            "what no line holds is left out"
        );
        stands(one, Mark::Differs, KeyCardStanding::InStock);
        let slot = SignatureSlot::First;
        let rogov = TypedHandOut { inn: "7707704692".to_owned(), organisation: String::new(), ..form(NAME, "first") };
        branch.hand_out(ids[0], &rogov).unwrap();
        stands(one, Mark::Equal, KeyCardStanding::HandedOut { slot, receipt: 1 });
        // Aktiv prints in decimal digits what its tokens say in hexadecimal ones. The same person may act for somebody else.
        branch.hand_out(ids[1], &form(NAME, "first")).unwrap();
        let in_other_hands = KeyCardStanding::InOtherHands {
            person: NAME.to_owned(),
            organisation: Some("ООО «Рога»".to_owned()),
        };
        stands(other, Mark::Differs, in_other_hands);
        branch.take_back(ids[1], "replaced").unwrap();
        stands(other, Mark::Differs, KeyCardStanding::Returned);
        branch.clear(ids[1]).unwrap();
        let namesake = TypedHandOut { person: "Иванов Иван Сидорович".to_owned(), ..rogov };
        branch.hand_out(ids[1], &namesake).unwrap();
        assert_eq!(made(other).mark(), Mark::Differs, "another person of the same client");
        branch.write_off(ids[0], "lost").unwrap();
        stands(one, Mark::Differs, KeyCardStanding::WrittenOff(Some(CardReason::Lost)));
    });
}

#[test]
fn what_is_wrong_with_a_card_or_a_form_is_said_by_code_and_nothing_is_kept() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let id = branch.register("0853000001").unwrap()[0];
        let many: String = (0..101).map(|number| format!("{:08}\n", 20_000_000 + number)).collect();
        for (serials, code) in [
            ("", "field-missing"),
            (" \r\n ", "field-missing"),
            ("0853000002\n12345", "card-serial-wrong"),
            ("0853000002\nАВЕ12345", "card-serial-wrong"),
            ("0853000002\n0853-000-001", "card-registered-already"),
            (many.as_str(), "text-unacceptable"),
        ] {
            assert_eq!(refused(branch.register(serials)), code, "{serials}");
        }
        let register = |model: &str| bank.at(|at| bank.ra.register_cards(&branch.clerk, "0853000003", model, at));
        assert_eq!(refused(register("")), "field-missing");
        assert_eq!(refused(register("\u{1b}")), "text-unacceptable");
        assert_eq!(bank.ra.smart_cards(&branch.clerk, "", None, 10).unwrap().len(), 1);
        assert_eq!(refused(branch.hand_out(id, &form("Рогов 1", "first"))), "name-wrong");
        assert_eq!(refused(branch.hand_out(id, &form("Рогов Иван", "fifth"))), "card-slot-unknown");
        assert_eq!(refused(branch.take_back(id, "by-mistake")), "card-not-handed-out");
        assert_eq!(refused(branch.take_back(id, "lost")), "card-reason-unknown");
        assert_eq!(refused(branch.write_off(id, "")), "reason-required");
        assert_eq!(branch.card(id).card.version, 1);
    });
}

#[test]
fn the_register_is_kept_by_the_branch_and_by_nobody_elses_staff() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let id = branch.register("0853000001").unwrap()[0];
        let with = |role| bank.at(|at| staff(&bank.ra, "Рогов 9", &[role], at));
        let first = form("Рогов Иван Петрович", "first");
        for role in Role::ALL {
            let (who, keeps) = (with(role), matches!(role, Role::BranchClerk | Role::CaAdministrator));
            let looks = keeps || role == Role::Auditor;
            let code = |outcome: Result<(), Failure>| {
                outcome.err().map(|failure| match failure {
                    Failure::Refused(refused) => refused.refusal.code(),
                    broken @ Failure::Broken(_) => panic!("{broken}"),
                })
            };
            let (seen, kept) = [looks, keeps].map(|may| (!may).then_some("role-missing")).into();
            assert_eq!(code(bank.ra.smart_cards(&who, "", None, 10).map(drop)), seen, "{role:?}");
            assert_eq!(code(bank.ra.smart_card(&who, id).map(drop)), seen, "{role:?}");
            assert_eq!(bank.ra.may_keep_cards(&who), keeps);
            let outcome = bank.at(|at| bank.ra.register_cards(&who, "0853000001", "Рутокен", at)).map(drop);
            assert_eq!(code(outcome), kept.or(Some("card-registered-already")), "{role:?}");
            let outcome = bank.at(|at| bank.ra.hand_out_card(&who, id, 9, &first, at));
            assert_eq!(code(outcome), kept.or(Some("changed-meanwhile")), "{role:?}");
            let outcome = bank.at(|at| bank.ra.write_card_off(&who, id, 9, "faulty", at));
            assert_eq!(code(outcome), kept.or(Some("changed-meanwhile")), "{role:?}");
        }
        // Who looks sees no receipt before there is one, and nobody else learns even that.
        assert_eq!(refused(bank.ra.card_receipt(&with(Role::Support), id, None)), "role-missing");
        let other = Actor::Staff {
            id: bank.at(|at| StaffId::new(at.now, [9; 10])),
            agent_id: AgentId(7),
            roles: Role::ALL.to_vec(),
        };
        assert!(bank.ra.smart_cards(&other, "", None, 10).unwrap().is_empty());
        assert_eq!(refused(bank.ra.smart_card(&other, id)), "not-found");
        assert_eq!(refused(bank.ra.card_receipt(&other, id, None)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.hand_out_card(&other, id, 1, &first, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.take_card_back(&other, id, 1, "replaced", at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.clear_card(&other, id, 1, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.write_card_off(&other, id, 1, "lost", at))), "not-found");
        let client = bank.sign_in(&bank.rogov);
        assert_eq!(refused(bank.ra.smart_card(&client, id)), "not-found");
        assert_eq!(refused(bank.ra.smart_cards(&client, "", None, 10)), "role-missing");
        assert_eq!(branch.card(id).card.version, 1);
    });
}

#[test]
fn of_clerks_who_hand_out_at_once_one_has_the_card_and_one_the_signature() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let serials: String = (1..=6).map(|number| format!("85300{number}\n")).collect();
        let ids = branch.register(&serials).unwrap();
        // One card, six people; then six cards, one person and one signature.
        let race = |tries: Vec<(SmartCardId, TypedHandOut)>| -> Vec<&'static str> {
            thread::scope(|scope| {
                let begun: Vec<_> =
                    tries.iter().map(|(id, typed)| scope.spawn(|| branch.hand_out(*id, typed))).collect();
                let codes = begun.into_iter().map(|running| match running.join().unwrap() {
                    Ok(()) => "done",
                    outcome => refused(outcome),
                });
                let mut codes: Vec<_> = codes.collect();
                codes.sort_unstable();
                codes
            })
        };
        let people = ["Иванов А", "Иванов Б", "Иванов В", "Иванов Г", "Иванов Д", "Иванов Е"];
        let codes = race(people.iter().map(|person| (ids[0], form(person, "first"))).collect());
        assert_eq!(codes.iter().filter(|code| **code == "done").count(), 1, "{codes:?}");
        assert!(
            codes.iter().all(|code| ["done", "card-in-other-hands", "changed-meanwhile"].contains(code)),
            "{codes:?}"
        );
        let codes = race(ids[1..].iter().map(|id| (*id, form("Рогов Иван Петрович", "second"))).collect());
        assert_eq!(codes.iter().filter(|code| **code == "done").count(), 1, "{codes:?}");
        assert!(codes.iter().all(|code| ["done", "card-slot-taken"].contains(code)), "{codes:?}");
        // Five people at five cards get five numbers.
        let freed = branch.bank.ra.smart_cards(&branch.clerk, "", None, 10).unwrap();
        let free = freed.iter().filter(|line| line.standing == "in-stock").map(|line| line.id);
        let codes = race(free.zip(people).map(|(id, person)| (id, form(person, "third"))).collect());
        assert_eq!(codes, ["done"; 4]);
    });
}

#[test]
fn cards_are_found_by_number_person_organisation_and_inn_page_by_page() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        let ids = branch.register("A0000001\nA0000002\nA0000003\n500904\n77077046").unwrap();
        for (id, slot) in ids.iter().zip(["first", "second"]) {
            branch.hand_out(*id, &form("Рогов Иван Петрович", slot)).unwrap();
        }
        let found = |typed: &str| {
            let (mut serials, mut after) = (Vec::new(), None);
            loop {
                let lines = bank.ra.smart_cards(&branch.clerk, typed, after.as_deref(), 2).unwrap();
                let Some(last) = lines.last() else { return serials.join(" ") };
                after = Some(last.serial.clone());
                serials.extend(lines.into_iter().map(|line| line.serial));
            }
        };
        assert_eq!(found(""), "500904 77077046 A0000001 A0000002 A0000003");
        assert_eq!(found("a-00"), "A0000001 A0000002 A0000003");
        let held = bank.ra.smart_cards(&branch.clerk, "рогов и", None, 10).unwrap();
        assert_eq!(held.len(), 2);
        let holder = held[0].holder.as_ref().unwrap();
        assert_eq!((holder.inn.as_str(), holder.slot), ("5009046312", SignatureSlot::First));
        for part in ["ООО рога", "рога", "\"Рога\""] {
            assert_eq!(found(part), found("рогов"), "{part}");
        }
        assert_eq!(found("5009046312"), found("рогов"));
        // What begins so is a serial number too.
        assert_eq!(found("500904"), "500904");
        assert_eq!(found("копыта"), "");
        for odd in ["%", "_", "'; --", "\u{10ffff}"] {
            assert_eq!(found(odd), "", "{odd}");
        }
    });
}

#[test]
fn a_beginning_that_most_holders_share_is_found_page_by_page_like_any_other() {
    on_both(|bank| {
        let branch = Branch::of(bank);
        // So many that the register is walked instead of what was found being sorted.
        let numbers: Vec<String> = (0..1_004).map(|number| format!("B{number:07}")).collect();
        let ids: Vec<_> = numbers.chunks(100).flat_map(|box_of| branch.register(&box_of.join("\n")).unwrap()).collect();
        let is_other = |number: usize| number % 251 == 3;
        for (number, id) in ids.iter().enumerate() {
            let person = if is_other(number) { "Иванов Иван" } else { "Рогов Иван" };
            // A number in letters.
            let patronymic: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'A')).collect();
            branch.hand_out(*id, &form(&format!("{person} {patronymic}"), "first")).unwrap();
        }
        let found = |typed: &str| {
            let (mut serials, mut after) = (Vec::new(), None);
            loop {
                let lines = bank.ra.smart_cards(&branch.clerk, typed, after.as_deref(), 300).unwrap();
                let Some(last) = lines.last() else { return serials };
                after = Some(last.serial.clone());
                serials.extend(lines.into_iter().map(|line| line.serial));
            }
        };
        let (others, most): (Vec<_>, Vec<_>) = numbers.iter().cloned().enumerate().partition(|(at, _)| is_other(*at));
        let serials = |of: Vec<(usize, String)>| of.into_iter().map(|(_, serial)| serial).collect::<Vec<_>>();
        assert_eq!((most.len(), found("рогов")), (1_000, serials(most)));
        assert_eq!(found("иванов"), serials(others));
        assert_eq!(found("рога"), numbers);
    });
}
