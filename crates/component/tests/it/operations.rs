//! Every operation, in a process of its own on software cards, with a script in the person's place.

use crypto::{Certificate, Csr, SignedData};
use serde_json::Value;
use statement::act::ActFields;
use statement::bounded::{Base64, Hex, Lines, Text};
use statement::request::RequestText;
use statement::ticket::{
    Act, DeleteKey, MediumKind, MediumRule, Nothing, Operation, PinRule, SignAct, SignIn, StoreCertificate,
};

use crate::bench::{
    Bench, GOST, ORIGIN, PIN, TIME, UNZ, done, finish, first_key, key_on, make_key, octets, plug, refused,
};

const TEMPLATE: &str = "АКТ\n{city} {date_words}\n{client}: {person_instrumental}; {agent}: {agent_person_genitive}, {agent_basis}, «{ca_name}»\n\
    {owner_dn} {serial_hex} {signature_algorithm} {issuer_dn} {valid_from} {valid_to} {key_algorithm_oid} {key_hex} {thumbprint_sha1}\n";

fn act() -> Act {
    let x = || "x".to_owned();
    Act {
        template: Lines::new(TEMPLATE).unwrap(),
        fields: ActFields {
            city: "Красноярск".into(),
            date_words: x(),
            client: "ООО «Рога»".into(),
            person_instrumental: "Роговым 1".into(),
            agent: "«Шестой банк»".into(),
            agent_person_genitive: "Иванова 1".into(),
            agent_basis: x(),
            ca_name: x(),
            owner_dn: x(),
            serial_hex: x(),
            signature_algorithm: x(),
            issuer_dn: x(),
            valid_from: x(),
            valid_to: x(),
            key_algorithm_oid: x(),
            key_hex: x(),
            thumbprint_sha1: x(),
            ..ActFields::default()
        },
        nonce: Hex::new("01".repeat(16)).unwrap(),
        time: Text::new(TIME).unwrap(),
    }
}

fn store(certificate: &Certificate, act: Option<Act>) -> Operation {
    Operation::StoreCertificate(StoreCertificate {
        certificate: Base64::new(certificate.as_der()).unwrap(),
        nonce: Hex::new("04".repeat(16)).unwrap(),
        time: Text::new(TIME).unwrap(),
        act,
    })
}

fn verified(cms: &Value) -> (String, Certificate) {
    let cms = SignedData::from_der(&octets(cms)).unwrap();
    let signer = cms.verify(None, &[]).unwrap().pop().unwrap();
    (String::from_utf8(signer.content).unwrap(), signer.certificate)
}

/// A certificate on the one card, made the way people get theirs: key, certificate, stored. The site is let in by it.
pub(crate) fn with_certificate(bench: &Bench, serial: u8) -> Certificate {
    let made =
        bench.run(make_key(GOST, MediumRule::Any, None), &format!("consent yes\nmedium 0\npin {PIN}\nsuccess yes"));
    let csr = Csr::from_der(&octets(&done(&made)["pkcs10"])).unwrap().verify().unwrap();
    let certificate = bench.certificate(csr.public_key(), serial);
    let stored = bench.run(store(&certificate, None), &format!("consent yes\npin {PIN}\nsuccess yes"));
    done(&stored);
    certificate
}

#[test]
fn a_renewal_from_key_to_proof_each_with_one_consent_and_one_pin() {
    let bench = Bench::new();
    bench.card("10000001");
    let current = with_certificate(&bench, 1);

    let script = format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\nsuccess yes");
    let made = bench.run(make_key(GOST, MediumRule::Any, Some(&current)), &script);
    assert_eq!(made[0]["answer"]["kind"], "started");
    assert_eq!(bench.questions(), ["consent", "medium", "pin", "signing", "success"]);
    let pkcs10 = octets(&done(&made)["pkcs10"]);
    let csr = Csr::from_der(&pkcs10).unwrap().verify().unwrap();
    let (text, signer) = verified(&done(&made)["cms"]);
    assert_eq!(signer.as_der(), current.as_der());
    let wanted = RequestText {
        kind: "renewal",
        unz: UNZ,
        origin: ORIGIN,
        nonce: &"02".repeat(16),
        time: TIME,
        subject: "CN=Rogov 1",
        pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(&pkcs10)),
    };
    assert_eq!(text, wanted.render().unwrap());
    assert!(bench.asked().contains(&format!("{text:?}")), "what was signed is what was shown");

    let sign = Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let signed = bench.run(sign, &format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    let (text, signer) = verified(&done(&signed)["cms"]);
    assert_eq!(signer.as_der(), current.as_der());
    assert!(text.starts_with("АКТ\nКрасноярск") && text.contains(&format!("UNZ: {UNZ}\nOrigin: {ORIGIN}\n")));
    assert!(bench.asked().contains(&format!("{text:?}")));

    let new = bench.certificate(csr.public_key(), 2);
    let stored = bench.run(store(&new, Some(act())), &format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    assert_eq!(bench.questions(), ["consent", "signing", "pin", "success"]);
    let (challenge, signer) = verified(&done(&stored)["proof"]);
    assert_eq!(signer.as_der(), new.as_der());
    assert!(challenge.contains("Document: possession\n") && challenge.contains("Serial: 02\n"));
    let (_, signer) = verified(&done(&stored)["act"]);
    assert_eq!(signer.as_der(), new.as_der());

    let listed = bench
        .run(Operation::ListCertificates(Nothing {}), &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"));
    let certificates = done(&listed)["certificates"].as_array().unwrap().clone();
    assert_eq!(certificates.len(), 2);
    assert!(certificates.iter().all(|one| one["has_key"] == true));
    assert_eq!(done(&listed)["lone_keys"], serde_json::json!([]));

    // The old key still signs: nothing of it was touched.
    let challenge = || SignIn {
        agent_id: Text::new("1").unwrap(),
        nonce: Hex::new("03".repeat(16)).unwrap(),
        time: Text::new(TIME).unwrap(),
    };
    for (operation, word) in
        [(Operation::SignIn(challenge()), "sign-in"), (Operation::StaffSignIn(challenge()), "staff-sign-in")]
    {
        let signed = bench.run(operation, &format!("consent yes\npin {PIN}\nsigning yes"));
        assert_eq!(done(&signed)["kind"], word);
        let text = verified(&done(&signed)["cms"]).0;
        assert_eq!(text.matches(&format!("Document: {word}\n")).count(), 2, "{text}");
    }
}

#[test]
fn the_first_meeting_names_site_and_key_and_is_remembered() {
    let bench = Bench::new();
    bench.card("10000002");
    let listed = bench.run(Operation::ListTokens(Nothing {}), "consent yes");
    assert_eq!(done(&listed)["tokens"][0]["serial"], "10000002");
    assert_eq!(done(&listed)["tokens"][0]["pin_tries_left"], 10);
    let key = hex::encode(crypto::Signer::public_key(&bench.bank).spki_sha256());
    let asked = bench.asked();
    assert!(asked.contains(ORIGIN) && asked.contains("«Шестой банк»") && asked.contains(&key[..2]), "{asked}");
    assert!(asked.contains("first_meeting: Some("), "{asked}");
    bench.run(Operation::ListTokens(Nothing {}), "consent yes");
    assert!(bench.asked().contains("first_meeting: None"));
}

#[test]
fn serial_numbers_are_told_to_nobody_before_consent() {
    let bench = Bench::new();
    bench.card("10000003");
    let replies = bench.run(Operation::ListTokens(Nothing {}), "consent decline");
    assert_eq!(refused(&replies), "consent-declined");
    assert_eq!(replies.len(), 1, "not even that the work began");
    assert!(!format!("{replies:?}").contains("10000003"));
    let again = bench.run(Operation::ListTokens(Nothing {}), "consent decline");
    assert_eq!(refused(&again), "consent-declined", "a refusal lets nobody in");
    assert!(bench.asked().contains("first_meeting: Some("));
}

#[test]
fn both_pins_change_and_a_wrong_old_one_is_asked_again() {
    let bench = Bench::new();
    let card = bench.card("10000004");
    let script = "consent yes\nnew-pins user 12345678 4417-new administrator 00000000 9981-new\n\
        new-pins administrator 87654321 9981-new\nsuccess yes";
    let changed = bench.run(Operation::ChangePins(Nothing {}), script);
    assert_eq!(done(&changed)["serial"], "10000004");
    let look = surguch_softtoken::folder::look(&card).unwrap();
    assert_eq!((look.factory, look.left), ([false, false], [10, 10]));
    for secret in ["4417-new", "9981-new"] {
        assert!(!bench.asked().contains(secret) && !format!("{changed:?}").contains(secret), "{secret}");
    }
}

/// The manual's step 6, and again what it may break off at.
#[test]
fn factory_pins_give_way_before_a_first_key_is_made() {
    let bench = Bench::new();
    let card = bench.card("10000030");
    let look = || surguch_softtoken::folder::look(&card).unwrap();
    let empty = look().used_octets;
    let generated = || first_key(PinRule::AdministratorGenerated);
    let all = "consent yes\nmedium 0\nnew-pins user 12345678 4417-new administrator 87654321 made\n";

    // Whoever declines has the card as it was, and no key.
    for script in ["consent yes\nmedium 0\nnew-pins decline", &format!("{all}made-pin decline")] {
        assert_eq!(refused(&bench.run(generated(), script)), "declined");
        assert_eq!((look().factory, look().left, look().used_octets), ([true, true], [10, 10], empty), "{script}");
    }
    assert!(bench.asked().contains("printed: Some(\"12345678\")") && bench.asked().contains("new: Made"));

    let made = bench.run(generated(), &format!("{all}made-pin yes\nsuccess yes"));
    assert_eq!(
        bench.questions(),
        ["consent", "medium", "new-pins", "made-pin", "success"],
        "no PIN is asked for twice"
    );
    Csr::from_der(&octets(&done(&made)["pkcs10"])).unwrap().verify().unwrap();
    assert_eq!((look().factory, look().left), ([false, false], [10, 10]), "the factory's were not tried out");
    for secret in ["4417-new", "87654321 made"] {
        assert!(!bench.asked().contains(secret), "{secret}");
    }

    // A card with PINs of its own is asked for its PIN and nothing else.
    done(&bench.run(generated(), "consent yes\nmedium 0\npin 4417-new\nsuccess yes"));
}

#[test]
fn what_broke_off_between_the_two_pins_is_gone_on_with() {
    let asked = || first_key(PinRule::AdministratorAsked);
    let both = "consent yes\nmedium 0\nnew-pins user 12345678 4417-new administrator 87654321 9981-new\n";
    // An attempt is written down before a PIN is compared; which write is that of the new one, is the card's affair.
    for pass in 1..9 {
        let bench = Bench::new();
        let card = bench.card("10000031");
        let factory = || surguch_softtoken::folder::look(&card).unwrap().factory;
        let call = bench.call(&bench.ticket(asked()));
        bench.run_with(&call, both, &[("SURGUCH_TEST_KILL", &format!("card.write.after:{pass}"))]);
        if factory() != [false, true] {
            continue;
        }
        let script = "consent yes\nmedium 0\nnew-pins administrator 87654321 9981-new\npin 4417-new\nsuccess yes";
        done(&bench.run(asked(), script));
        assert_eq!(factory(), [false, false]);
        return;
    }
    panic!("never killed between the two");
}

#[test]
fn no_first_key_is_made_under_a_factory_pin() {
    let bench = Bench::new();
    let card = bench.card("10000032");
    let used = || surguch_softtoken::folder::look(&card).unwrap().used_octets;
    let empty = used();
    // A prompt that let the factory's PIN pass for a new one.
    let script =
        "consent yes\nmedium 0\nnew-pins user 12345678 12345678 administrator 87654321 9981-new\ntrouble close";
    let replies = bench.run(first_key(PinRule::AdministratorAsked), script);
    assert_eq!(refused(&replies), "pin-factory");
    assert_eq!(used(), empty, "no key is on the card");
}

#[test]
fn a_wrong_pin_is_asked_again_with_fewer_attempts_and_the_last_one_needs_a_confirmation() {
    let bench = Bench::new();
    let card = bench.card("10000005");
    let current = with_certificate(&bench, 1);
    let sign = || Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let wrong = "pin 00000000\n".repeat(9);
    let replies = bench.run(sign(), &format!("consent yes\nsigning yes\n{wrong}pin decline"));
    assert_eq!(refused(&replies), "declined");
    let asked = bench.asked();
    assert!(asked.contains("attempts: Exactly(10)") && asked.contains("attempts: Exactly(1)"), "{asked}");
    assert_eq!(surguch_softtoken::folder::look(&card).unwrap().left[0], 1, "the last attempt was not spent");
    // Typed without the confirmation it does not reach the card.
    let replies = bench.run(sign(), "consent yes\nsigning yes\npin 00000000\npin decline");
    assert_eq!(refused(&replies), "declined");
    assert_eq!(surguch_softtoken::folder::look(&card).unwrap().left[0], 1);
    let signed = bench.run(sign(), &format!("consent yes\nsigning yes\npin last {PIN}\nsuccess yes"));
    verified(&done(&signed)["cms"]);
    assert_eq!(surguch_softtoken::folder::look(&card).unwrap().left[0], 10);
}

#[test]
fn a_locked_pin_is_said_and_not_tried() {
    let bench = Bench::new();
    bench.card("10000006");
    let current = with_certificate(&bench, 1);
    let sign = || Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let wrong = "pin 00000000\n".repeat(9);
    let replies = bench.run(sign(), &format!("consent yes\nsigning yes\n{wrong}pin last 00000000\ntrouble close"));
    assert_eq!(refused(&replies), "pin-locked");
    let replies = bench.run(sign(), "consent yes\nsigning yes\ntrouble close");
    assert_eq!(refused(&replies), "pin-locked");
    assert_eq!(bench.questions(), ["consent", "signing", "trouble"], "no PIN is asked for any more");
}

#[test]
fn declining_signs_nothing() {
    let bench = Bench::new();
    bench.card("10000007");
    let current = with_certificate(&bench, 1);
    let sign = Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let replies = bench.run(sign, "consent yes\nsigning decline");
    assert_eq!(refused(&replies), "declined");
}

#[test]
fn the_new_key_is_made_on_one_card_and_the_request_signed_on_another() {
    let bench = Bench::new();
    let old = bench.card("10000008");
    let current = with_certificate(&bench, 1);
    let new = bench.card("10000009");
    // The new card alone is offered; then the request is signed by the other one.
    let script = format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\npin {PIN}\nsuccess yes");
    let made = bench.run(make_key(GOST, MediumRule::Other, Some(&current)), &script);
    assert_eq!(done(&made)["serial"], "10000009");
    assert_eq!(verified(&done(&made)["cms"]).1.as_der(), current.as_der());
    let csr = Csr::from_der(&octets(&done(&made)["pkcs10"])).unwrap().verify().unwrap();

    // The reader holds the old card: the new certificate waits for its own.
    plug(&new, false);
    let certificate = bench.certificate(csr.public_key(), 2);
    let replies = bench.run(store(&certificate, None), "consent yes\ncard decline");
    assert_eq!(refused(&replies), "declined");
    assert!(bench.asked().contains("10000009"), "the card is named: {}", bench.asked());
    plug(&new, true);
    plug(&old, false);
    done(&bench.run(store(&certificate, None), &format!("consent yes\npin {PIN}\nsuccess yes")));
}

#[test]
fn no_key_is_made_on_a_card_with_another_signatorys_certificate() {
    let bench = Bench::new();
    let card = bench.card("10000022");
    crate::doctor::prepare(&bench, "ivanov");
    let before = std::fs::read(&card).unwrap();
    let replies = bench.run(make_key(GOST, MediumRule::Any, None), "consent yes\nmedium 0\ntrouble close");
    assert_eq!(refused(&replies), "medium-other");
    assert_eq!(replies.last().unwrap()["answer"]["detail"], "another-signatory");
    assert!(!bench.questions().contains(&"pin".to_owned()), "no PIN is asked for: {:?}", bench.questions());
    assert_eq!(std::fs::read(&card).unwrap(), before, "nothing on the card changed");
}

#[test]
fn where_signatures_may_share_a_card_another_ones_certificate_does_not_stop_a_key() {
    let bench = Bench::new();
    bench.card("10000033");
    crate::doctor::prepare(&bench, "ivanov");
    let Operation::MakeKey(wish) = make_key(GOST, MediumRule::Any, None) else { panic!("it is one") };
    let shared = Operation::MakeKey(statement::ticket::MakeKey { one_per_signature: false, ..wish });
    done(&bench.run(shared, &format!("consent yes\nmedium 0\npin {PIN}\nsuccess yes")));
}

#[test]
fn no_key_is_made_on_an_ms_key_and_none_on_it_asks_for_another() {
    use surguch_softtoken::folder::{Folder, Model, NewCard};
    let bench = Bench::new();
    let cards = Folder::at(&bench.path("cards")).unwrap();
    let card = cards.make(NewCard { model: Model::MsKeyK, ..NewCard::default() }).unwrap();
    crate::doctor::prepare(&bench, "gost-2001");
    let current = Certificate::from_der(&std::fs::read(bench.path("gost-2001.der")).unwrap()).unwrap();
    let before = std::fs::read(&card).unwrap();
    let check = |operation| {
        let replies = bench.run(operation, "consent yes\nmedium 0\ntrouble close");
        assert_eq!(refused(&replies), "medium-other");
        assert_eq!(replies.last().unwrap()["answer"]["detail"], "ms-key");
        assert!(!bench.questions().contains(&"pin".to_owned()), "no PIN is asked for: {:?}", bench.questions());
    };
    check(make_key(GOST, MediumRule::Any, None));
    // A new card beside it does not help: the manual sends its owner to the branch.
    bench.card("10000023");
    check(make_key(GOST, MediumRule::Other, Some(&current)));
    assert_eq!(std::fs::read(&card).unwrap(), before, "nothing on the card changed");
}

/// A000: one reader, the old card and the new one change places in it.
#[test]
fn a_key_of_gost_2001_signs_request_and_act_of_its_replacement_on_another_card() {
    let bench = Bench::new();
    let cards = surguch_softtoken::folder::Folder::at(&bench.path("cards")).unwrap();
    let wish = surguch_softtoken::folder::NewCard {
        serial: Some("10000020".to_owned()),
        model: surguch_softtoken::folder::Model::RutokenEcp,
        ..Default::default()
    };
    let old = cards.make(wish).unwrap();
    crate::doctor::prepare(&bench, "gost-2001");
    let current = Certificate::from_der(&std::fs::read(bench.path("gost-2001.der")).unwrap()).unwrap();
    plug(&old, false);
    let new = bench.card("10000021");

    let changed = bench.path("changed");
    let script = format!(
        "consent yes\nmedium 0\npin {PIN}\nsigning yes\ncard when {}\npin {PIN}\nsuccess yes",
        changed.display()
    );
    let call = bench.call(&bench.ticket(make_key(GOST, MediumRule::Other, Some(&current))));
    let mut working = bench.start(&call, &script, &[]);
    bench.until_asked("card", &mut working);
    plug(&new, false);
    plug(&old, true);
    std::fs::write(&changed, "").unwrap();
    let made = finish(working);
    assert_eq!(done(&made)["serial"], "10000021", "the key is on the new card");
    let request = octets(&done(&made)["cms"]);
    let (text, signer) = verified(&done(&made)["cms"]);
    assert_eq!(signer.as_der(), current.as_der(), "and the old one signed");
    let pkcs10 = octets(&done(&made)["pkcs10"]);
    let csr = Csr::from_der(&pkcs10).unwrap().verify().unwrap();
    assert_eq!(csr.public_key().algorithm(), GOST);
    assert!(text.contains(&hex::encode(crypto::streebog256(&pkcs10))), "{text}");
    assert_eq!(openssl_opens(&bench, &request), text);

    // The old card is still in the reader.
    let sign = Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let signed = bench.run(sign, &format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    let (text, signer) = verified(&done(&signed)["cms"]);
    assert_eq!(signer.as_der(), current.as_der());
    assert!(text.starts_with("АКТ\nКрасноярск"), "{text}");
    assert_eq!(openssl_opens(&bench, &octets(&done(&signed)["cms"])), text);

    // The certificate goes to its own card.
    plug(&old, false);
    plug(&new, true);
    let certificate = bench.certificate(csr.public_key(), 2);
    done(&bench.run(store(&certificate, None), &format!("consent yes\npin {PIN}\nsuccess yes")));
}

/// What openssl with its GOST engine reads out of a message whose signature it has verified.
fn openssl_opens(bench: &Bench, cms: &[u8]) -> String {
    std::fs::write(bench.path("message.cms"), cms).unwrap();
    let output = std::process::Command::new("openssl")
        .args(["cms", "-verify", "-engine", "gost", "-binary", "-noverify", "-inform", "DER", "-in"])
        .arg(bench.path("message.cms"))
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_certificate_of_a_foreign_key_is_not_stored() {
    let bench = Bench::new();
    bench.card("10000010");
    let foreign = crypto::PrivateKey::generate(GOST, &mut crate::bench::rng()).unwrap();
    let certificate = bench.certificate(crypto::Signer::public_key(&foreign), 1);
    let replies = bench.run(store(&certificate, None), "consent yes\ncard yes\ncard decline");
    assert_eq!(refused(&replies), "declined");
    let listed = bench
        .run(Operation::ListCertificates(Nothing {}), &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"));
    assert_eq!(done(&listed)["certificates"], serde_json::json!([]));
}

#[test]
fn an_orphan_key_is_offered_and_deleted_and_a_key_in_use_never() {
    let bench = Bench::new();
    bench.card("10000011");
    let current = with_certificate(&bench, 1);
    done(&bench.run(make_key(GOST, MediumRule::Any, None), &format!("consent yes\nmedium 0\npin {PIN}\nsuccess yes")));
    let list = || {
        bench.run(
            Operation::ListCertificates(Nothing {}),
            &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"),
        )
    };
    let lone = done(&list())["lone_keys"][0]["key_id"].as_str().unwrap().to_owned();
    let delete = |key: &str| Operation::DeleteKey(DeleteKey { key_id: Hex::new(key).unwrap() });
    let in_use = hex::encode(current.public_key().spki_sha256());
    let replies = bench.run(delete(&in_use), &format!("consent yes\npin {PIN}\ntrouble close"));
    assert_eq!(refused(&replies), "key-in-use");
    let replies = bench.run(delete(&lone), &format!("consent yes\npin {PIN}\ndeletion decline"));
    assert_eq!(refused(&replies), "declined");
    assert_eq!(done(&list())["lone_keys"].as_array().unwrap().len(), 1);
    done(&bench.run(delete(&lone), &format!("consent yes\npin {PIN}\ndeletion yes\nsuccess yes")));
    assert!(bench.asked().contains(UNZ), "the person is told which request it was made for");
    assert_eq!(done(&list())["lone_keys"], serde_json::json!([]));
    assert_eq!(done(&list())["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn a_container_gets_its_password_with_its_key_and_another_one_later() {
    let bench = Bench::new();
    let made = bench
        .run(make_key(GOST, MediumRule::Any, None), "consent yes\nmedium 1\npassword correct-horse-7\nsuccess yes");
    // A folder without cards: the module makes one card, the registry stands behind it.
    let csr = Csr::from_der(&octets(&done(&made)["pkcs10"])).unwrap().verify().unwrap();
    let certificate = bench.certificate(csr.public_key(), 1);
    done(&bench.run(store(&certificate, None), "consent yes\npin correct-horse-7\nsuccess yes"));
    let changed = bench.run(
        Operation::ContainerPassword(Nothing {}),
        "consent yes\nmedium 0\npassword battery-staple-9\npin correct-horse-7\nsuccess yes",
    );
    done(&changed);
    let sign = || Operation::SignAct(SignAct { act: act(), signer: Base64::new(certificate.as_der()).unwrap() });
    let replies = bench.run(sign(), "consent yes\nsigning yes\npin correct-horse-7\npin battery-staple-9\nsuccess yes");
    verified(&done(&replies)["cms"]);
}

/// Shown is what the procedure has; whatever else comes back from the window gets no key.
#[test]
fn only_media_of_the_kinds_that_the_ticket_names_are_offered_and_take_a_key() {
    let bench = Bench::new();
    bench.card("10000061");
    let folder = bench.path("flash");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.display();
    let offered = |media: &[MediumKind], script: &str| {
        let replies = bench.run(key_on(media), &format!("consent yes\n{script}"));
        let asked = bench.asked();
        let window = asked.lines().rev().find(|line| line.starts_with("medium: ")).unwrap_or_default().to_owned();
        let kinds = ["SmartKey", "Registry"].map(|kind| window.contains(&format!("kind: {kind}")));
        (replies, kinds, window.contains("directory: true"))
    };
    let made = |replies: &[Value], medium: &str, serial: Option<&str>| {
        let done = done(replies);
        assert_eq!((done["medium"].as_str(), done["serial"].as_str()), (Some(medium), serial));
    };

    let (replies, kinds, directory) = offered(&[MediumKind::SmartKey], &format!("medium 0\npin {PIN}\nsuccess yes"));
    made(&replies, "smart-key", Some("10000061"));
    assert_eq!((kinds, directory), ([true, false], false));
    // A folder of one's own is nobody else's business: the place is not told.
    let (replies, kinds, directory) =
        offered(&[MediumKind::Registry], "medium 0\npassword correct-horse-7\nsuccess yes");
    made(&replies, "registry", None);
    assert_eq!((kinds, directory), ([false, true], false));
    let (replies, kinds, directory) =
        offered(&[MediumKind::SmartKey, MediumKind::Registry], &format!("medium {path}\ntrouble close"));
    assert_eq!(refused(&replies), "medium-other");
    assert_eq!(replies.last().unwrap()["answer"]["detail"], "medium-not-offered");
    assert_eq!((kinds, directory), ([true, true], false));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing was written there");
    let (replies, kinds, directory) =
        offered(&[MediumKind::Directory], &format!("medium {path}\npassword correct-horse-7\nsuccess yes"));
    made(&replies, "directory", None);
    assert_eq!((kinds, directory), ([false, false], true));
}

/// Where the procedure has cards alone, an empty reader is waited for, and «Реестр» takes no place of it.
#[test]
fn without_a_card_that_the_procedure_wants_the_person_is_asked_for_one() {
    let bench = Bench::new();
    let card = bench.card("10000062");
    plug(&card, false);
    let there = bench.path("there");
    let script = format!("consent yes\ncard when {}\nmedium 0\npin {PIN}\nsuccess yes", there.display());
    let call = bench.call(&bench.ticket(key_on(&[MediumKind::SmartKey])));
    let mut working = bench.start(&call, &script, &[]);
    bench.until_asked("card", &mut working);
    plug(&card, true);
    std::fs::write(&there, "").unwrap();
    assert_eq!(done(&finish(working))["serial"], "10000062");
}

/// At each point where the card writes the process is killed, or the card pulled; then the page asks once more.
#[test]
fn killed_or_pulled_at_any_write_the_old_key_works_and_the_request_is_taken_up_again() {
    for fault in ["SURGUCH_TEST_KILL", "SURGUCH_TEST_PULL"] {
        for point in ["card.write.before", "card.write.written", "card.write.renamed", "card.write.after"] {
            for pass in 2..=4 {
                interrupted(fault, &format!("{point}:{pass}"));
            }
        }
    }
}

fn interrupted(fault: &str, point: &str) {
    let bench = Bench::new();
    let card = bench.card("10000012");
    let current = with_certificate(&bench, 1);
    let script = format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\nsuccess yes");
    let call = bench.call(&bench.ticket(make_key(GOST, MediumRule::Any, Some(&current))));
    let interrupted = bench.run_with(&call, &format!("{script}\ntrouble close"), &[(fault, point)]);
    if fault == "SURGUCH_TEST_PULL" && !surguch_softtoken::folder::look(&card).unwrap().socket.is_in {
        plug(&card, true);
    }
    let again = bench.run(make_key(GOST, MediumRule::Any, Some(&current)), &script);
    let pkcs10 = octets(&done(&again)["pkcs10"]);
    assert_eq!(verified(&done(&again)["cms"]).1.as_der(), current.as_der(), "{fault}={point}: {interrupted:?}");
    let csr = Csr::from_der(&pkcs10).unwrap().verify().unwrap();
    let new = bench.certificate(csr.public_key(), 2);
    done(&bench.run(store(&new, None), &format!("consent yes\npin {PIN}\nsuccess yes")));
    let listed = bench
        .run(Operation::ListCertificates(Nothing {}), &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"));
    let certificates = done(&listed)["certificates"].as_array().unwrap().clone();
    assert_eq!(certificates.len(), 2, "{fault}={point}");
    assert!(certificates.iter().all(|one| one["has_key"] == true), "{fault}={point}");
    // What is left over, if anything, is offered for deletion.
    assert!(done(&listed)["lone_keys"].as_array().unwrap().len() <= 1, "{fault}={point}");
}

/// The second thing that is remembered is the new key; the first is that the ticket is used.
#[test]
fn killed_or_without_room_at_any_step_of_remembering_the_request_is_taken_up_again() {
    for fault in ["SURGUCH_TEST_KILL", "SURGUCH_TEST_FULL"] {
        for step in pkcs11::STEPS.iter().filter(|step| !step.starts_with("file.remove")) {
            interrupted(fault, &format!("{step}:2"));
        }
    }
}

#[test]
fn killed_or_pulled_at_any_write_of_a_certificate_it_is_stored_afterwards_and_the_old_key_signs() {
    for fault in ["SURGUCH_TEST_KILL", "SURGUCH_TEST_PULL"] {
        for point in ["card.write.before", "card.write.written", "card.write.renamed", "card.write.after"] {
            interrupted_store(fault, point);
        }
    }
}

fn interrupted_store(fault: &str, point: &str) {
    let bench = Bench::new();
    let card = bench.card("10000023");
    let current = with_certificate(&bench, 1);
    let script = format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\nsuccess yes");
    let made = bench.run(make_key(GOST, MediumRule::Any, Some(&current)), &script);
    let csr = Csr::from_der(&octets(&done(&made)["pkcs10"])).unwrap().verify().unwrap();
    let new = bench.certificate(csr.public_key(), 2);
    let script = format!("consent yes\npin {PIN}\nsuccess yes");
    let call = bench.call(&bench.ticket(store(&new, None)));
    let replies = bench.run_with(&call, &script, &[(fault, point)]);
    if fault == "SURGUCH_TEST_PULL" && !surguch_softtoken::folder::look(&card).unwrap().socket.is_in {
        plug(&card, true);
    }
    done(&bench.run(store(&new, None), &script));
    let sign = Operation::SignAct(SignAct { act: act(), signer: Base64::new(current.as_der()).unwrap() });
    let signed = bench.run(sign, &format!("consent yes\nsigning yes\npin {PIN}\nsuccess yes"));
    assert_eq!(verified(&done(&signed)["cms"]).1.as_der(), current.as_der(), "{fault}={point}: {replies:?}");
    let listed = bench
        .run(Operation::ListCertificates(Nothing {}), &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"));
    assert_eq!(done(&listed)["certificates"].as_array().unwrap().len(), 2, "{fault}={point}");
    assert_eq!(done(&listed)["lone_keys"], serde_json::json!([]), "{fault}={point}");
}

#[test]
fn without_room_to_remember_nothing_begins() {
    let bench = Bench::new();
    bench.card("10000013");
    let current = with_certificate(&bench, 1);
    let call = bench.call(&bench.ticket(make_key(GOST, MediumRule::Any, Some(&current))));
    let replies = bench.run_with(&call, "trouble close", &[("SURGUCH_TEST_FULL", "file.write")]);
    assert_eq!(refused(&replies), "state-not-written");
    let listed = bench
        .run(Operation::ListCertificates(Nothing {}), &format!("consent yes\nmedium 0\npin {PIN}\ncertificates yes"));
    assert_eq!(done(&listed)["lone_keys"], serde_json::json!([]));
    assert_eq!(done(&listed)["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn one_operation_at_a_time_whichever_site_and_browser_asks() {
    let bench = Bench::new();
    let memory = surguch_component::memory::Memory::in_folder(bench.path("state/surguch-component"));
    let turn = memory.take_turn().unwrap();
    assert_eq!(refused(&bench.run(Operation::ListTokens(Nothing {}), "consent yes")), "busy");
    assert!(bench.questions().is_empty());
    drop(turn);
    bench.card("10000014");
    done(&bench.run(Operation::ListTokens(Nothing {}), "consent yes"));
}

#[test]
fn the_doctor_says_what_is_worst_first_and_gives_support_a_code() {
    let bench = Bench::new();
    bench.card("10000016");
    let replies = bench.run(Operation::Doctor(Nothing {}), "consent yes");
    let findings = done(&replies)["findings"].as_array().unwrap().clone();
    assert_eq!((&findings[0]["code"], &findings[0]["severity"]), (&"pin-factory".into(), &"obstacle".into()));
    assert_eq!(findings[0]["medium"], "Rutoken ECP 2.0");
    let code = done(&replies)["support_code"].as_str().unwrap();
    let picture = pkcs11::workplace::decode(code).unwrap();
    assert_eq!(picture.clock_ahead_seconds.map(i64::abs).map(|seconds| seconds < 5), Some(true), "{picture:?}");
    assert_eq!(bench.questions(), ["consent"], "no PIN is asked for");
}

#[test]
fn a_ticket_works_once_also_across_processes() {
    let bench = Bench::new();
    bench.card("10000015");
    let call = bench.call(&bench.ticket(Operation::ListTokens(Nothing {})));
    done(&bench.run_with(&call, "consent yes", &[]));
    assert_eq!(refused(&bench.run_with(&call, "consent yes", &[])), "ticket-replayed");
    assert!(bench.questions().is_empty(), "nobody is bothered with it");
}

#[test]
fn a_module_that_anybody_could_have_put_there_is_not_loaded() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let open = bench.path("open");
    std::fs::create_dir_all(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let module = open.join("module.so");
    std::fs::copy(crate::bench::softtoken(), &module).unwrap();
    bench.set_policy(&format!("modules = [{module:?}]\n"));
    let replies = bench.run(Operation::ListTokens(Nothing {}), "consent yes\ntrouble close");
    assert_eq!(refused(&replies), "module-refused");
    // The folder was closed again, but the file can be written by anybody.
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&module, std::fs::Permissions::from_mode(0o666)).unwrap();
    let replies = bench.run(Operation::ListTokens(Nothing {}), "consent yes\ntrouble close");
    assert_eq!(refused(&replies), "module-refused");
    std::fs::set_permissions(&module, std::fs::Permissions::from_mode(0o644)).unwrap();
    bench.card("10000024");
    done(&bench.run(Operation::ListTokens(Nothing {}), "consent yes"));
    bench.set_policy("modules = [\"module.so\"]\n");
    let replies = bench.run(Operation::ListTokens(Nothing {}), "consent yes");
    assert_eq!(refused(&replies), "component-failed", "a relative path is no policy");
    bench.set_policy("modules = [\"/no/such/module.so\"]\n");
    let replies = bench.run(Operation::ListTokens(Nothing {}), "consent yes\ntrouble close");
    assert_eq!(refused(&replies), "module-refused");
}
