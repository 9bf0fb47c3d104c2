//! Keys on a client's own medium: what the record says of each, and which of them may be deleted.

use crypto::{PrivateKey, Signer};
use domain::actor::Actor;
use domain::certificate::{BankStep, Standing};
use ra::{Failure, KeyId, KeyStanding, OwnRequest, TicketIssued};
use statement::bounded::{Base64, Many, Text};
use statement::message::{Certificates, HeldCertificate, LoneKey};

use crate::bank::{AGENT, Bank, on_both, refused};

fn key_id(key: &PrivateKey) -> KeyId {
    KeyId::new(hex::encode(key.public_key().spki_sha256())).unwrap()
}

fn session() -> String {
    "ab".repeat(32)
}

fn standing(bank: &Bank, actor: &Actor, key: &KeyId) -> KeyStanding {
    bank.at(|at| bank.ra.key_on_medium(actor, key, at)).unwrap()
}

fn deletion(bank: &Bank, actor: &Actor, key: &KeyId) -> Result<TicketIssued, Failure> {
    bank.at(|at| bank.ra.key_deletion_ticket(actor, key, &session(), at))
}

fn started(bank: &Bank, ticket: &TicketIssued) {
    bank.at(|at| bank.ra.ticket_started(&ticket.nonce, at)).unwrap();
}

#[test]
fn a_key_that_something_needs_is_not_deleted() {
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-256-a");
        let (actor, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&bank.ivanov));
        let (key, current) = (key_id(&key), key_id(&bank.rogov.key));
        let of_request = || Some(OwnRequest { id: card.id, unz: card.unz });

        // While the request waits, and while the certificate stands.
        assert_eq!(standing(bank, &actor, &key), KeyStanding::Awaited(of_request()));
        assert_eq!(standing(bank, &actor, &current), KeyStanding::Certified(Standing::Active));
        for needed in [&key, &current] {
            assert_eq!(refused(deletion(bank, &actor, needed)), "key-needed");
        }
        // What is another's is not told from what nobody has.
        assert_eq!(standing(bank, &other, &key), KeyStanding::Unknown { may_be_awaited: false });

        // Once it was recalled the key is good for nothing.
        bank.at(|at| bank.ra.recall(&actor, card.id, at)).unwrap();
        assert_eq!(standing(bank, &actor, &key), KeyStanding::Left(of_request()));
        let ticket = deletion(bank, &actor, &key).unwrap();
        let deleted = |nonce: &str| bank.at(|at| bank.ra.key_deleted(&actor, nonce, at));
        assert_eq!(refused(deleted(&ticket.nonce)), "component-ticket-not-started");
        started(bank, &ticket);
        deleted(&ticket.nonce).unwrap();
        deleted(&ticket.nonce).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.key_deleted(&other, &ticket.nonce, at))), "component-ticket-unknown");

        // A request without a key: any key may be the one that was made for it.
        let stray = KeyId::new("cd".repeat(32)).unwrap();
        assert_eq!(standing(bank, &actor, &stray), KeyStanding::Unknown { may_be_awaited: false });
        bank.create(&actor);
        assert_eq!(standing(bank, &actor, &stray), KeyStanding::Unknown { may_be_awaited: true });
        // A name that is no hash says nothing of the key.
        let named = KeyId::new("cd").unwrap();
        assert_eq!(standing(bank, &actor, &named), KeyStanding::Unknown { may_be_awaited: true });
        deletion(bank, &actor, &named).unwrap();
        bank.journal_holds();
    });
}

#[test]
fn what_a_medium_holds_is_told_apart_by_the_record_of_whoever_asks() {
    on_both(|bank| {
        let (card, key, _code) = bank.issued(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.rogov);
        let held = |client: &crate::bank::Client, has_key| HeldCertificate {
            certificate: Base64::new(client.certificate.as_der()).unwrap(),
            has_key,
        };
        let told = Certificates {
            serial: Text::clipped("0853000001"),
            certificates: Many::new(vec![held(&bank.rogov, true), held(&bank.ivanov, false)]).unwrap(),
            lone_keys: Many::new(vec![LoneKey { key_id: key_id(&key), algorithm: Text::new("gost-256-a").unwrap() }])
                .unwrap(),
        };
        let read = |nonce: &str| bank.at(|at| bank.ra.medium_read(&actor, nonce, &told, at));
        let ticket = bank.at(|at| bank.ra.key_list_ticket(&actor, &session(), at)).unwrap();
        assert_eq!(refused(read(&ticket.nonce)), "component-ticket-not-started");
        started(bank, &ticket);
        // A ticket of one operation answers no other.
        assert_eq!(refused(bank.at(|at| bank.ra.key_deleted(&actor, &ticket.nonce, at))), "component-ticket-unknown");
        // Nor does it answer another client, or anybody: it stays good for its own.
        let other = bank.sign_in(&bank.ivanov);
        let theirs = bank.at(|at| bank.ra.medium_read(&other, &ticket.nonce, &told, at));
        assert_eq!(refused(theirs.map(drop)), "component-ticket-unknown");
        let anybody = bank.at(|at| bank.ra.ticket_answered(&ticket.nonce, None, at));
        assert_eq!(refused(anybody.map(drop)), "component-ticket-unknown");
        let medium = read(&ticket.nonce).unwrap();
        assert_eq!(
            format!("{:?}", read(&ticket.nonce).unwrap()),
            format!("{medium:?}"),
            "nothing was kept: it is read again"
        );

        assert_eq!(medium.serial.as_deref(), Some("0853000001"));
        let own = bank.at(|at| bank.ra.certificates_of(&actor, at)).unwrap();
        let own = own.iter().find(|one| one.standing == Standing::Active).unwrap();
        let [current, foreign] = medium.certificates.as_slice() else { panic!("{medium:?}") };
        assert_eq!((current.standing, current.has_key), (Some(Standing::Active), true));
        assert_eq!((&current.serial_hex, &current.serial_decimal), (&own.serial_hex, &own.serial_decimal));
        assert_eq!((current.not_after, &current.issuer), (own.not_after, &own.issuer));
        assert!(own.subject.contains(&current.holder), "{}", current.holder);
        assert_eq!((foreign.standing, foreign.has_key), (None, false), "a colleague's");
        // The certificate is out, and on no medium yet.
        let awaited = KeyStanding::Awaited(Some(OwnRequest { id: card.id, unz: card.unz }));
        assert_eq!(medium.lone_keys[0].standing, awaited);

        let garbage = HeldCertificate { certificate: Base64::new([0x30_u8, 0x00]).unwrap(), has_key: true };
        let garbage = Certificates { certificates: Many::new(vec![garbage]).unwrap(), ..told.clone() };
        let ticket = bank.at(|at| bank.ra.key_list_ticket(&actor, &session(), at)).unwrap();
        started(bank, &ticket);
        let read = bank.at(|at| bank.ra.medium_read(&actor, &ticket.nonce, &garbage, at));
        assert_eq!(refused(read), "body-malformed");
    });
}

#[test]
fn a_key_of_a_certificate_that_has_ended_may_be_deleted() {
    on_both(|bank| {
        let (card, new) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.work();
        let (actor, key) = (bank.sign_in(&bank.rogov), key_id(&new.key));
        assert_eq!(standing(bank, &actor, &key), KeyStanding::Certified(Standing::Active));
        let certificate = bank.card(card.id).certificate.unwrap().id;
        bank.stepped(certificate, BankStep::Hold);
        assert_eq!(standing(bank, &actor, &key), KeyStanding::Certified(Standing::Hold));
        assert_eq!(refused(deletion(bank, &actor, &key)), "key-needed");
        bank.stepped(certificate, BankStep::Revoke);
        assert_eq!(standing(bank, &actor, &key), KeyStanding::Left(Some(OwnRequest { id: card.id, unz: card.unz })));
        deletion(bank, &actor, &key).unwrap();
    });
}

#[test]
fn whoever_only_looks_has_no_ticket_for_a_medium() {
    on_both(|bank| {
        let reader = Actor::Reader { id: bank.sign_in(&bank.rogov).subscriber_id().unwrap(), agent_id: AGENT };
        let (key, needed) = (key_id(&bank.rogov.key), "certificate-sign-in-needed");
        assert_eq!(refused(bank.at(|at| bank.ra.key_list_ticket(&reader, &session(), at))), needed);
        assert_eq!(refused(bank.at(|at| bank.ra.key_on_medium(&reader, &key, at))), needed);
        assert_eq!(refused(deletion(bank, &reader, &key)), needed);
        assert_eq!(refused(bank.at(|at| bank.ra.key_deleted(&reader, "00", at))), needed);
        assert_eq!(refused(bank.at(|at| bank.ra.key_on_medium(&bank.operator, &key, at))), "sign-in-required");
    });
}
