//! Cards of the register: every step from every standing, whose card it is, and what the form takes.

use domain::Refusal;
use domain::ids::{AgentId, HandOutId, OrganisationId, SmartCardId};
use domain::smart_card::{
    CardCommand, CardFacts, CardReason, CardSerial, CardStanding, HandedTo, SignatureSlot, SmartCard, TypedHandOut,
    required_line,
};
use domain::subscriber::{Inn, Organisation};

use crate::fixtures::BEGIN;

fn card(standing: CardStanding) -> SmartCard {
    SmartCard {
        id: SmartCardId::new(BEGIN, [1; 10]),
        agent_id: AgentId(6),
        version: 1,
        serial: CardSerial::parse("0853123456").unwrap(),
        model: "Рутокен ЭЦП 2.0".to_owned(),
        standing,
    }
}

#[test]
fn every_step_of_a_card_fits_where_it_stands_or_is_refused_by_name() {
    let (held, next) = (HandOutId::new(BEGIN, [2; 10]), HandOutId::new(BEGIN, [3; 10]));
    let hand_out = CardCommand::HandOut(next, SignatureSlot::First);
    let lost = CardCommand::WriteOff(CardReason::Lost);
    let standings =
        [CardStanding::InStock, CardStanding::HandedOut(held), CardStanding::Returned, CardStanding::WrittenOff];
    let names: Vec<_> = standings.iter().map(|standing| standing.name()).collect();
    assert_eq!(names, CardStanding::NAMES);
    let check = |command, wanted: [&str; 4]| {
        let found = standings.map(|standing| match card(standing).decide(command, CardFacts::default()) {
            Ok((after, _)) => after.name(),
            Err(refusal) => refusal.code(),
        });
        assert_eq!(found, wanted, "{command:?}");
    };
    check(hand_out, ["handed-out", "card-in-other-hands", "card-not-cleared", "card-written-off"]);
    let mistake = CardCommand::TakeBack(CardReason::ByMistake);
    check(mistake, ["card-not-handed-out", "in-stock", "card-not-handed-out", "card-written-off"]);
    for reason in CardReason::OF_RETURN.into_iter().filter(|reason| *reason != CardReason::ByMistake) {
        let back = CardCommand::TakeBack(reason);
        check(back, ["card-not-handed-out", "returned", "card-not-handed-out", "card-written-off"]);
    }
    check(CardCommand::Clear, ["stage-does-not-allow", "stage-does-not-allow", "in-stock", "card-written-off"]);
    check(lost, ["written-off", "written-off", "written-off", "card-written-off"]);
    // The same hands, and a card for the same signature.
    let decide = |standing, facts| card(standing).decide(hand_out, facts).map(|(after, _)| after);
    let same = CardFacts { same_holder: true, slot_taken: true };
    assert_eq!(decide(CardStanding::HandedOut(held), same), Err(Refusal::CardHandedOut));
}

#[test]
fn nobody_has_two_cards_for_one_signature() {
    let hand_out = CardCommand::HandOut(HandOutId::new(BEGIN, [2; 10]), SignatureSlot::Second);
    let facts = CardFacts { same_holder: false, slot_taken: true };
    assert_eq!(card(CardStanding::InStock).decide(hand_out, facts), Err(Refusal::CardSlotTaken));
}

#[test]
fn a_serial_number_is_latin_letters_and_digits_however_it_was_typed() {
    let check = |typed: &str, wanted: Option<&str>| {
        let serial = CardSerial::parse(typed);
        assert_eq!(serial.as_ref().map(CardSerial::as_str), wanted, "{typed:?}");
    };
    check("0853 123 456", Some("0853123456"));
    check("32-df-0a-7e", Some("32DF0A7E"));
    check("123456", Some("123456"));
    check("12345", None);
    check(&"1".repeat(20), Some(&"1".repeat(20)));
    check(&"1".repeat(21), None);
    check("", None);
    // Cyrillic look-alikes, other digits, what a line cannot hold.
    check("АВС12345", None);
    check("٠٨٥٣١٢٣٤", None);
    check("1234567\n", None);
    check("<1234567>", None);
}

#[test]
fn reasons_are_those_of_their_step() {
    assert_eq!(CardReason::of(&CardReason::OF_RETURN, "by-mistake"), Ok(CardReason::ByMistake));
    assert_eq!(CardReason::of(&CardReason::OF_RETURN, "lost"), Err(Refusal::CardReasonUnknown));
    assert_eq!(CardReason::of(&CardReason::OF_WRITE_OFF, "lost"), Ok(CardReason::Lost));
    assert_eq!(CardReason::of(&CardReason::OF_WRITE_OFF, "by-mistake"), Err(Refusal::CardReasonUnknown));
    assert_eq!(CardReason::of(&CardReason::OF_WRITE_OFF, ""), Err(Refusal::ReasonRequired));
    for reason in CardReason::OF_RETURN.into_iter().chain(CardReason::OF_WRITE_OFF) {
        assert_eq!(CardReason::from_name(reason.name()), Some(reason));
    }
    for slot in SignatureSlot::ALL {
        assert_eq!(SignatureSlot::from_name(slot.name()), Some(slot));
    }
}

fn typed() -> TypedHandOut {
    let text = str::to_owned;
    TypedHandOut {
        inn: text("5400000004"),
        organisation: text("ООО «ооо»"),
        person: text("Рогов  Иван Петрович "),
        gender: text("male"),
        slot: text("first"),
        city: text("Красноярск"),
        branch: text("Отделение № 6"),
    }
}

fn known() -> Organisation {
    Organisation {
        id: OrganisationId::new(BEGIN, [4; 10]),
        agent_id: AgentId(6),
        version: 1,
        name: "ООО «Ооо»".to_owned(),
        inn: Inn::parse("5400000004").unwrap(),
        city: "Красноярск".to_owned(),
    }
}

#[test]
fn the_form_of_a_hand_out_names_its_first_fault_by_field() {
    let right = HandedTo::check(&typed(), None).unwrap();
    assert_eq!((right.person.as_str(), right.slot), ("Рогов Иван Петрович", SignatureSlot::First));
    let check = |change: &dyn Fn(&mut TypedHandOut), field, refusal| {
        let mut typed = typed();
        change(&mut typed);
        assert_eq!(HandedTo::check(&typed, None), Err((field, refusal)), "{typed:?}");
    };
    check(&|typed| typed.inn.clear(), "inn", Refusal::FieldMissing);
    check(&|typed| typed.inn = "54O0000004".to_owned(), "inn", Refusal::InnNotDigits);
    check(&|typed| typed.inn = "540000000".to_owned(), "inn", Refusal::InnLengthWrong);
    check(&|typed| typed.inn = "5400000005".to_owned(), "inn", Refusal::InnCheckDigitsWrong);
    check(&|typed| typed.organisation.clear(), "organisation", Refusal::FieldMissing);
    check(&|typed| typed.organisation = "<\u{202e}>".to_owned(), "organisation", Refusal::OrganisationNameWrong);
    check(&|typed| typed.organisation = "ОOО ооо".to_owned(), "organisation", Refusal::LookAlikeLetters);
    check(&|typed| typed.person.clear(), "person", Refusal::FieldMissing);
    check(&|typed| typed.person = "Рогов 1".to_owned(), "person", Refusal::NameWrong);
    check(&|typed| typed.person = "а".repeat(183), "person", Refusal::NameWrong);
    check(&|typed| typed.person = "Poгов Иван".to_owned(), "person", Refusal::LookAlikeLetters);
    check(&|typed| typed.gender.clear(), "gender", Refusal::FieldMissing);
    check(&|typed| typed.slot = "fifth".to_owned(), "slot", Refusal::CardSlotUnknown);
    check(&|typed| typed.city = " ".to_owned(), "city", Refusal::FieldMissing);
    check(&|typed| typed.branch = "\u{1b}".to_owned(), "branch", Refusal::TextUnacceptable);
    assert_eq!(required_line(&"x".repeat(101)), Err(Refusal::TextUnacceptable));
}

#[test]
fn a_client_of_record_has_the_records_name_and_a_person_needs_none() {
    let organisation = |said: &str, known: Option<&Organisation>| {
        HandedTo::check(&TypedHandOut { organisation: said.to_owned(), ..typed() }, known)
            .map(|handed| handed.organisation)
    };
    let recorded = Ok(Some("ООО «Ооо»".to_owned()));
    assert_eq!(organisation("", Some(&known())), recorded);
    assert_eq!(organisation("ооо \"ООО\"", Some(&known())), recorded);
    assert_eq!(organisation("ООО «Ро»", Some(&known())), Err(("organisation", Refusal::ClientNameDiffers)));
    // A number of twelve digits is a person's; an entrepreneur may be named.
    let own = |said: &str| {
        let typed = TypedHandOut { inn: "500100732259".to_owned(), organisation: said.to_owned(), ..typed() };
        HandedTo::check(&typed, None).map(|handed| handed.organisation)
    };
    assert_eq!(own(""), Ok(None));
    assert_eq!(own("ИП Рогов И. П."), Ok(Some("ИП Рогов И. П.".to_owned())));
}
