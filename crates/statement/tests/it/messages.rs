//! Tickets and messages: letter by letter, within their bounds, and as their schema says.

use proptest::prelude::*;
use serde_json::{Value, json};
use statement::act::ActFields;
use statement::bounded::{Base64, Hex, Lines, Many, Text};
use statement::message::{
    Answer, Call, Code, Done, Hello, KeyMade, Outcome, Reply, Site, Started, Token, Tokens, schema,
};
use statement::ticket::{
    self, Act, Attribute, MakeKey, MediumKind, MediumRule, Nothing, Operation, PinRule, RequestFields, Sealed, SignAct,
    SignIn, StoreCertificate, Ticket, TicketError,
};

fn text<const MAX: usize>(value: &str) -> Text<MAX> {
    Text::new(value).unwrap()
}

fn ticket(operation: Operation) -> Ticket {
    Ticket {
        version: 1,
        bank: text("«Шестой банк»"),
        origin: text("https://bank.example"),
        unz: Some(Hex::new("1196837e3c03f2").unwrap()),
        nonce: Hex::new("00".repeat(16)).unwrap(),
        issued_ms: 1_535_021_580_000,
        session_sha256: Hex::new("ab".repeat(32)).unwrap(),
        operation,
    }
}

fn act() -> Act {
    Act {
        template: Lines::new("АКТ\n{city}\n").unwrap(),
        fields: ActFields { city: "Красноярск".into(), ..ActFields::default() },
        nonce: Hex::new("01".repeat(16)).unwrap(),
        time: text("2018-08-23T10:53:00Z"),
    }
}

fn operations() -> Vec<Operation> {
    let request = RequestFields {
        procedure_kind: text("renewal"),
        subject: text("CN=Rogov 1, C=RU"),
        nonce: Hex::new("02".repeat(16)).unwrap(),
        time: text("2018-08-23T10:53:00Z"),
        signer: Base64::new([0x30, 0]).unwrap(),
    };
    vec![
        Operation::ListTokens(Nothing {}),
        Operation::Doctor(Nothing {}),
        Operation::ChangePins(Nothing {}),
        Operation::ContainerPassword(Nothing {}),
        Operation::ListCertificates(Nothing {}),
        Operation::SignIn(SignIn {
            agent_id: text("1"),
            nonce: Hex::new("03".repeat(16)).unwrap(),
            time: text("2018-08-23T10:53:00Z"),
        }),
        Operation::StaffSignIn(SignIn {
            agent_id: text("1"),
            nonce: Hex::new("03".repeat(16)).unwrap(),
            time: text("2018-08-23T10:53:00Z"),
        }),
        Operation::MakeKey(MakeKey {
            algorithm: text("gost-256-a"),
            subject: Many::new(vec![Attribute { oid: text("2.5.4.3"), value: text("Rogov 1") }]).unwrap(),
            medium: MediumRule::Other,
            media: Many::new(vec![MediumKind::SmartKey]).unwrap(),
            factory: PinRule::AdministratorGenerated,
            one_per_signature: true,
            request: Some(request),
        }),
        Operation::SignAct(SignAct { act: act(), signer: Base64::new([0x30, 0]).unwrap() }),
        Operation::StoreCertificate(StoreCertificate {
            certificate: Base64::new([0x30, 0]).unwrap(),
            nonce: Hex::new("04".repeat(16)).unwrap(),
            time: text("2018-08-23T10:53:00Z"),
            act: None,
        }),
        Operation::DeleteKey(ticket::DeleteKey { key_id: Hex::new("0102").unwrap() }),
    ]
}

fn golden() -> Vec<(&'static str, Value)> {
    let nonce = || Hex::new("00".repeat(16)).unwrap();
    let reply = |answer| serde_json::to_value(Reply::new(Some(text("7")), answer)).unwrap();
    let run = |extra: Value| {
        let mut call = json!({ "v": 1, "id": "7", "call": {
            "kind": "run", "ticket": "e30.AA", "bank_key": "MAA=", "session": "cd".repeat(32) } });
        call["call"].as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        call
    };
    let hello = Hello {
        version: text("0.1.0"),
        system: text("linux"),
        operations: Many::new(Operation::WORDS.iter().map(|word| text(word)).collect()).unwrap(),
        driver: true,
        medium: None,
        site: Site::Unknown,
    };
    let token = Token {
        label: Some(text("Rutoken")),
        manufacturer: Some(text("Aktiv Co.")),
        model: None,
        serial: Some(text("12345678")),
        pin_tries_left: Some(10),
        pin_is_factory: Some(false),
    };
    let tokens = Outcome::ListTokens(Tokens { tokens: Many::new(vec![token]).unwrap() });
    let made = Outcome::MakeKey(KeyMade {
        pkcs10: Base64::new([0x30, 0]).unwrap(),
        cms: Some(Base64::new([0x30, 0]).unwrap()),
        medium: MediumKind::Registry,
        serial: None,
    });
    vec![
        ("call-hello", json!({ "v": 1, "id": "7", "call": { "kind": "hello" } })),
        ("call-run", run(json!({}))),
        ("call-run-language", run(json!({ "language": "en" }))),
        ("call-cancel", json!({ "v": 1, "id": "7", "call": { "kind": "cancel" } })),
        ("reply-hello", reply(Answer::Hello(hello))),
        ("reply-started", reply(Answer::Started(Started { nonce: nonce() }))),
        ("reply-tokens", reply(Answer::Done(Done { nonce: nonce(), result: tokens }))),
        ("reply-key", reply(Answer::Done(Done { nonce: nonce(), result: made }))),
        ("reply-refused", serde_json::to_value(Reply::refused(None, Code::ClockWrong)).unwrap()),
    ]
}

#[test]
fn messages_letter_by_letter() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, message) in golden() {
            insta::assert_snapshot!(format!("message-{name}"), serde_json::to_string_pretty(&message).unwrap());
        }
        for operation in operations() {
            let name = format!("ticket-{}", operation.word());
            let payload = ticket(operation).to_payload();
            let value: Value = serde_json::from_slice(&payload).unwrap();
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&value).unwrap());
        }
        insta::assert_snapshot!("message-schema", serde_json::to_string_pretty(&schema()).unwrap());
    });
}

#[test]
fn the_schema_takes_what_the_types_take_and_nothing_more() {
    let schema = schema();
    for (name, message) in golden() {
        let kind = if name.starts_with("call") { "call" } else { "reply" };
        let described = &schema["$defs"][kind];
        holds(described, &message).unwrap_or_else(|why| panic!("{name}: {why}"));
        each_spoilt(&message, &mut |spoilt, how| {
            let octets = serde_json::to_vec(&spoilt).unwrap();
            let taken = match kind {
                "call" => serde_json::from_slice::<Call>(&octets).is_ok(),
                _ => serde_json::from_slice::<Reply>(&octets).is_ok(),
            };
            assert_eq!(taken, holds(described, &spoilt).is_ok(), "{name}: {how}: {spoilt}");
        });
    }
    for operation in operations() {
        let word = operation.word();
        let value: Value = serde_json::from_slice(&ticket(operation).to_payload()).unwrap();
        holds(&schema["$defs"]["ticket"], &value).unwrap_or_else(|why| panic!("{word}: {why}"));
    }
}

/// The PIN is asked for by the component in its own window; no page can hand one in, guess one, or have a digest signed.
#[test]
fn no_message_and_no_ticket_has_a_member_for_a_pin_a_digest_a_path_or_a_command() {
    let schema = schema();
    let mut members = Vec::new();
    for described in [&schema["$defs"]["call"], &schema["$defs"]["ticket"]] {
        collect_members(described, &mut members);
    }
    members.sort();
    members.dedup();
    for member in &members {
        for word in
            ["pin", "password", "secret", "hash", "digest", "module", "path", "library", "command", "text", "data"]
        {
            assert!(!member.contains(word), "{member}");
        }
    }
    // Everything a page can say, so that a new member is looked at here.
    let mut said = Vec::new();
    collect_members(&schema["$defs"]["call"], &mut said);
    said.sort();
    said.dedup();
    assert_eq!(said, ["bank_key", "call", "id", "kind", "language", "session", "ticket", "v"]);
}

#[test]
fn a_sealed_ticket_comes_apart_as_it_was_put_together() {
    for operation in operations() {
        let ticket = ticket(operation);
        let sealed = Sealed::parse(&ticket::seal(&ticket.to_payload(), &[1, 2, 3])).unwrap();
        assert_eq!(sealed.open().unwrap(), ticket);
        assert_eq!(sealed.signature, [1, 2, 3]);
        assert!(sealed.signed_octets().starts_with(b"Surguch-Ticket: 1\n{"));
    }
}

#[test]
fn what_is_no_ticket_is_refused_by_its_fault() {
    let seal = |payload: &Value| ticket::seal(&serde_json::to_vec(payload).unwrap(), &[1]);
    let good: Value = serde_json::from_slice(&ticket(Operation::Doctor(Nothing {})).to_payload()).unwrap();
    let spoilt = |path: &str, value: Value| {
        let mut payload = good.clone();
        *payload.pointer_mut(path).unwrap() = value;
        Sealed::parse(&seal(&payload)).unwrap().open()
    };
    assert_eq!(Sealed::parse(&"a".repeat(300_000)), Err(TicketError::TooLong));
    for text in ["", "e30", "e30.AA=", "e3 0.AA", "{}.{}", "e30.AA.AA"] {
        assert_eq!(Sealed::parse(text), Err(TicketError::Form), "{text}");
    }
    assert_eq!(spoilt("/operation", json!({ "kind": "sign-hash", "hash": "00" })), Err(TicketError::OperationUnknown));
    assert_eq!(spoilt("/operation", json!({ "kind": "sign-text", "text": "да" })), Err(TicketError::OperationUnknown));
    for (path, value) in [
        ("/operation", json!({ "kind": "doctor", "pin": "12345678" })),
        ("/operation", json!({})),
        ("/version", json!(2)),
        ("/nonce", json!("00")),
        ("/unz", json!("1196837E3C03F2")),
        ("/bank", json!("«Шестой\nбанк»")),
        ("/bank", json!("")),
        ("/origin", json!("https://bank.example\u{202e}")),
    ] {
        assert!(matches!(spoilt(path, value.clone()), Err(TicketError::Payload(_))), "{path} {value}");
    }
}

#[test]
fn calls_are_refused_by_their_fault_and_still_told_apart() {
    let fault = |octets: &[u8]| Call::parse(octets).unwrap_err();
    assert_eq!(fault(b""), Code::MessageMalformed);
    assert_eq!(fault(br#"{"v":1,"id":"7","call":{"kind":"hello","pin":"1"}}"#), Code::MessageMalformed);
    assert_eq!(fault(br#"{"v":1,"id":"7","call":{"kind":"sign"}}"#), Code::MessageMalformed);
    assert_eq!(
        fault(br#"{"v":1,"id":"7","call":{"kind":"hello"},"origin":"https://bank.example"}"#),
        Code::MessageMalformed
    );
    assert_eq!(fault(br#"{"v":1,"v":1,"id":"7","call":{"kind":"hello"}}"#), Code::MessageMalformed);
    assert_eq!(fault(br#"{"v":2,"id":"7","call":{"kind":"dance"},"more":1}"#), Code::VersionUnknown);
    assert_eq!(fault(&vec![b' '; 600_000]), Code::MessageTooLarge);
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    assert_eq!(fault(&deep), Code::MessageMalformed);
    assert_eq!(Call::id_of(br#"{"id":"7","call":1}"#).unwrap().as_str(), "7");
    assert_eq!(Call::id_of(br#"{"id":7}"#), None);
}

proptest! {
    #[test]
    fn no_octets_break_the_readers(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Call::parse(&octets);
        let _ = Call::id_of(&octets);
        let text = String::from_utf8_lossy(&octets);
        if let Ok(sealed) = Sealed::parse(&text) {
            let _ = sealed.open();
        }
        let _ = Sealed::parse(&ticket::seal(&octets, &octets)).unwrap().open();
    }

    #[test]
    fn a_call_with_one_changed_octet_is_read_or_refused(at in 0_usize..200, octet in any::<u8>()) {
        let mut call = serde_json::to_vec(&golden()[1].1).unwrap();
        let at = at % call.len();
        call[at] = octet;
        if let Ok(read) = Call::parse(&call) {
            // What was read says the same when it is written.
            let again = serde_json::to_vec(&read).unwrap();
            prop_assert_eq!(Call::parse(&again), Ok(read));
        }
    }
}

/// A validator of as much of JSON Schema as ours uses.
fn holds(schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| holds(choice, value).is_ok()).count();
        return if fitting == 1 { Ok(()) } else { Err(format!("{fitting} choices fit {value}")) };
    }
    let fine = |fits: bool| if fits { Ok(()) } else { Err(format!("{value} is not {schema}")) };
    if let Some(wanted) = schema.get("const") {
        return fine(wanted == value);
    }
    if let Some(words) = schema["enum"].as_array() {
        return fine(words.contains(value));
    }
    match schema["type"].as_str().unwrap() {
        "boolean" => fine(value.is_boolean()),
        "integer" => fine(value.as_i64().is_some_and(|number| {
            number >= schema["minimum"].as_i64().unwrap() && number <= schema["maximum"].as_i64().unwrap()
        })),
        "string" => {
            let Some(text) = value.as_str() else { return fine(false) };
            let length = u64::try_from(text.chars().count()).unwrap();
            fine(schema["minLength"].as_u64().is_none_or(|least| length >= least))?;
            fine(schema["maxLength"].as_u64().is_none_or(|most| length <= most))?;
            match schema["pattern"].as_str() {
                Some(pattern) => fine(hex_pattern_holds(pattern, text)),
                None => Ok(()),
            }
        }
        "array" => {
            let Some(items) = value.as_array() else { return fine(false) };
            fine(u64::try_from(items.len()).unwrap() <= schema["maxItems"].as_u64().unwrap())?;
            items.iter().try_for_each(|item| holds(&schema["items"], item))
        }
        "object" => {
            let Some(members) = value.as_object() else { return fine(false) };
            assert_eq!(schema["additionalProperties"], json!(false), "every object is closed");
            for required in schema["required"].as_array().unwrap() {
                fine(members.contains_key(required.as_str().unwrap()))?;
            }
            members.iter().try_for_each(|(name, value)| match schema["properties"].get(name) {
                Some(described) => holds(described, value),
                None => Err(format!("{name} is not described")),
            })
        }
        other => panic!("a schema of type {other}"),
    }
}

/// `^([0-9a-f]{2}){MIN,MAX}$`, the one shape of pattern that ours has.
fn hex_pattern_holds(pattern: &str, text: &str) -> bool {
    let bounds = pattern.strip_prefix("^([0-9a-f]{2}){").unwrap().strip_suffix("}$").unwrap();
    let (least, most) = bounds.split_once(',').unwrap();
    let octets = text.len() / 2;
    text.len().is_multiple_of(2)
        && (least.parse().unwrap()..=most.parse().unwrap()).contains(&octets)
        && text.bytes().all(|digit| b"0123456789abcdef".contains(&digit))
}

/// The message with each member taken away, made a number, and doubled under another name.
fn each_spoilt(message: &Value, check: &mut dyn FnMut(Value, String)) {
    let mut places = Vec::new();
    collect_places(message, String::new(), &mut places);
    for place in places {
        let (parent, name) = place.rsplit_once('/').unwrap();
        for how in ["without", "number", "beside"] {
            let mut spoilt = message.clone();
            let Some(members) = spoilt.pointer_mut(parent).unwrap().as_object_mut() else { continue };
            let old = members.remove(name).unwrap();
            match how {
                "number" => drop(members.insert(name.to_owned(), json!(-7.5))),
                "beside" => {
                    members.insert(name.to_owned(), old);
                    members.insert(format!("{name}x"), json!("x"));
                }
                _ => {}
            }
            check(spoilt, format!("{how} {place}"));
        }
    }
}

fn collect_places(value: &Value, here: String, places: &mut Vec<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        let place = format!("{here}/{name}");
        collect_places(inner, place.clone(), places);
        places.push(place);
    }
}

fn collect_members(schema: &Value, members: &mut Vec<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        members.push(name.clone());
        collect_members(inner, members);
    }
    for inner in schema["oneOf"].as_array().into_iter().flatten() {
        collect_members(inner, members);
    }
    if schema.get("items").is_some() {
        collect_members(&schema["items"], members);
    }
}
