//! Identifiers go round through their texts, and have one spelling each.

use std::fmt::Display;
use std::str::FromStr;

use domain::Timestamp;
use domain::actor::Role;
use domain::ids::{
    AgentId, CertificateId, ChallengeId, EffectId, LinkId, Nonce, OrganisationId, OwnerId, RequestId, StaffId,
    SubscriberId, TicketId, Unz,
};
use domain::procedure::Kind;
use domain::request::decide::Notice;
use domain::subject::{AttributeType, Subject};

fn goes_round<T: Display + FromStr<Err: std::fmt::Debug> + PartialEq + std::fmt::Debug>(id: T) {
    let text = id.to_string();
    assert_eq!(text.parse::<T>().unwrap(), id);
    for bad in [text.to_uppercase(), format!("{text} "), format!(" {text}"), text[1..].to_owned(), String::new()] {
        // An agent's number has no letters, and is still one with a digit less.
        if bad != text && !bad.bytes().all(|octet| octet.is_ascii_digit()) {
            assert!(bad.parse::<T>().is_err(), "{bad:?} passed");
        }
    }
}

#[test]
fn every_identifier_goes_round() {
    let now = Timestamp(1_535_021_580_123);
    let random = [0xab; 10];
    goes_round(RequestId::new(now, random));
    goes_round(CertificateId::new(now, random));
    goes_round(SubscriberId::new(now, random));
    goes_round(OrganisationId::new(now, random));
    goes_round(StaffId::new(now, random));
    goes_round(LinkId::new(now, random));
    goes_round(EffectId::new(now, random));
    goes_round(ChallengeId::new(now, random));
    goes_round(TicketId::new(now, random));
    goes_round(Unz::new([0xab; 7]));
    goes_round(OwnerId::new([0xab; 7]));
    goes_round(Nonce([0xab; 16]));
    goes_round(AgentId(3_000));
    assert!("+1".parse::<AgentId>().is_err());
    assert!("4294967296".parse::<AgentId>().is_err());
}

#[test]
fn an_identifier_tells_its_time() {
    let early = RequestId::new(Timestamp(1_000), [0xff; 10]);
    let late = RequestId::new(Timestamp(2_000), [0; 10]);
    assert!(early < late && early.to_string() < late.to_string());
    assert_eq!(late.as_bytes()[6] >> 4, 7);
    let today = Timestamp(1_795_510_800_123);
    assert_eq!((late.made_at(), RequestId::new(today, [0xff; 10]).made_at()), (Timestamp(2_000), today));
}

#[test]
fn the_numbers_people_read_have_their_length() {
    assert_eq!(Unz::new([0x11, 0x96, 0x83, 0x7e, 0x3c, 0x03, 0xf2]).to_string(), "1196837e3c03f2");
    assert_eq!("146b79e7de8a0".parse::<OwnerId>().unwrap().as_str(), "146b79e7de8a0");
    assert_eq!(OwnerId::new([0x01, 0x46, 0xb7, 0x9e, 0x7d, 0xe8, 0xa0]).as_str(), "146b79e7de8a0");
}

#[test]
fn a_bad_identifier_is_named_and_cut() {
    let error = "ж".repeat(100).parse::<Unz>().unwrap_err();
    assert_eq!(error.text.chars().count(), 64);
    assert!(error.to_string().starts_with("not a request number"));
}

#[test]
fn words_of_closed_lists_go_round() {
    for role in Role::ALL {
        assert_eq!(Role::from_name(role.name()), Some(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.name());
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
    for notice in Notice::ALL {
        assert_eq!(Notice::from_name(notice.name()), Some(notice));
    }
    for kind in AttributeType::ALL {
        assert_eq!(AttributeType::from_name(kind.name()), Some(kind));
        assert_eq!(AttributeType::from_oid(kind.oid()), Some(kind));
    }
}

#[test]
fn a_subject_is_printed_the_other_way_round() {
    let pairs = [
        (AttributeType::C, "RU"),
        (AttributeType::L, "Novosibirsk"),
        (AttributeType::O, "OOO 'ooo'"),
        (AttributeType::CN, "Rogov Ivan Petrovich"),
    ];
    let subject = Subject { attributes: pairs.map(|(kind, value)| (kind, value.to_owned())).to_vec() };
    assert_eq!(subject.to_string(), "CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU");
    let odd = Subject { attributes: vec![(AttributeType::O, " a,b+c\"d\\e<f>g;h #".to_owned())] };
    assert_eq!(odd.to_string(), "O=\\ a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h #");
    assert_eq!(Subject { attributes: vec![(AttributeType::O, "#1 ".to_owned())] }.to_string(), "O=\\#1\\ ");
}
