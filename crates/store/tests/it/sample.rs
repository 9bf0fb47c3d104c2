//! Nouns for tests: each call makes a new one, unlike all others of the process.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use domain::act::Act;
use domain::actor::Actor;
use domain::certificate::{Certificate, Progress};
use domain::ids::{
    AgentId, CertificateId, EffectId, LinkId, Nonce, OrganisationId, OwnerId, RequestId, StaffId, SubscriberId, Unz,
};
use domain::journal::{Entry, Event};
use domain::procedure::Kind;
use domain::request::{Certified, Keyed, RejectedBy, Request, Stage, Submitted};
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{CaseForms, Contact, Email, Gender, Inn, Organisation, Subscriber};
use store::Store;
use store::intents::IntentRow;
use store::links::{LinkRow, LinkState};
use store::outbox::EffectRow;

pub(crate) const AGENT: AgentId = AgentId(7);
pub(crate) const NOW: Timestamp = Timestamp(1_763_970_000_123);
/// SHA-256 of the sample procedure.
pub(crate) const PROCEDURE: [u8; 32] = [0x5a; 32];

pub(crate) fn count() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::SeqCst)
}

/// Ten octets no other call gives; the process is in them too, because a child may share the database.
fn ten() -> [u8; 10] {
    let mut octets = [0; 10];
    octets[..6].copy_from_slice(&count().to_be_bytes()[2..]);
    octets[6..].copy_from_slice(&std::process::id().to_be_bytes());
    octets
}

fn seven() -> [u8; 7] {
    let mut octets = [0; 7];
    octets[..4].copy_from_slice(&std::process::id().to_be_bytes());
    octets[4..].copy_from_slice(&count().to_be_bytes()[5..]);
    octets
}

pub(crate) fn digest() -> [u8; 32] {
    let mut octets = [0xd1; 32];
    octets[..10].copy_from_slice(&ten());
    octets
}

macro_rules! ids {
    ($($function:ident -> $id:ident),+) => {
        $(pub(crate) fn $function() -> $id { $id::new(NOW, ten()) })+
    };
}
ids!(
    request_id -> RequestId,
    certificate_id -> CertificateId,
    staff_id -> StaffId,
    link_id -> LinkId,
    effect_id -> EffectId
);

pub(crate) fn organisation() -> Organisation {
    let number = count() % 1_000_000_000;
    let inn = (0..10).find_map(|check| Inn::parse(&format!("{number:09}{check}"))).unwrap();
    Organisation {
        id: OrganisationId::new(NOW, ten()),
        agent_id: AGENT,
        version: 1,
        name: "ООО «Рога, копыта»".to_owned(),
        inn,
        city: "Арбатов".to_owned(),
    }
}

pub(crate) fn subscriber() -> Subscriber {
    let name = format!("Рогов {}", count());
    Subscriber {
        id: SubscriberId::new(NOW, ten()),
        agent_id: AGENT,
        version: 1,
        organisation_id: None,
        owner_id: OwnerId::new(seven()),
        name: CaseForms { nominative: name.clone(), genitive: name.clone(), instrumental: name.clone() },
        gender: Gender::Male,
        position: "директор".to_owned(),
        basis: "Устава".to_owned(),
        subject: Subject {
            attributes: vec![(AttributeType::C, "RU".to_owned()), (AttributeType::CN, format!("{name} \"'\\,;"))],
        },
        contact: contact(),
        barred: false,
        admitted: true,
    }
}

pub(crate) fn contact() -> Contact {
    Contact { phone: "+7 000 000-00-00".to_owned(), email: Email::parse("rogov@example.org").unwrap() }
}

pub(crate) fn request(subscriber: &Subscriber) -> Request {
    Request {
        id: request_id(),
        version: 1,
        agent_id: AGENT,
        subscriber_id: subscriber.id,
        kind: Kind::Renewal,
        procedure: "sample".to_owned(),
        procedure_sha256: PROCEDURE,
        unz: Unz::new(seven()),
        nonce: Nonce([9; 16]),
        subject: subscriber.subject.clone(),
        contact: subscriber.contact.clone(),
        email_confirmed: true,
        predecessor: None,
        created_at: NOW,
        expires_at: NOW.plus_ms(1_000_000),
        stage: Stage::Draft,
        act: Act::None,
    }
}

pub(crate) fn certificate(subscriber: SubscriberId, request: Option<RequestId>) -> Certificate {
    Certificate {
        id: certificate_id(),
        version: 1,
        agent_id: AGENT,
        subscriber_id: subscriber,
        request_id: request,
        authority: "issuing".to_owned(),
        serial_hex: hex::encode(ten()),
        der: vec![0x30, 0x00, 0xff],
        spki_sha256: digest(),
        thumbprint_sha256: digest(),
        not_before: NOW,
        not_after: NOW.plus_ms(10_000),
        progress: Progress::Issued,
        blocked_since: None,
        revocation: None,
        superseded_from: None,
    }
}

pub(crate) fn intent(request_id: RequestId, serial_hex: &str) -> IntentRow {
    IntentRow {
        request_id,
        authority: "issuing".to_owned(),
        serial_hex: serial_hex.to_owned(),
        tbs: vec![1, 2, 3],
        tbs_sha256: digest(),
        spki_sha256: digest(),
        certificate_id: certificate_id(),
        profile_sha256: digest(),
        created_at: NOW,
        completed_at: None,
    }
}

pub(crate) fn link(request_id: RequestId, number: i64) -> LinkRow {
    LinkRow {
        id: link_id(),
        request_id,
        agent_id: AGENT,
        number,
        code_sha256: digest(),
        state: LinkState::Live,
        created_at: NOW,
        expires_at: NOW.plus_ms(7_200_000),
    }
}

pub(crate) fn effect(key: &str) -> EffectRow {
    EffectRow {
        id: effect_id(),
        key: key.to_owned(),
        kind: "issue".to_owned(),
        request_id: None,
        payload: "{}".to_owned(),
        due_at: NOW,
    }
}

pub(crate) fn entry(object: &str) -> Entry {
    let event = Event::RequestReturned { reason: format!("причина {}", count()) };
    Entry { at: NOW.plus_ms(count().cast_signed()), actor: Actor::System, object: object.to_owned(), event }
}

/// A person with a stored request in its first stage.
pub(crate) fn stored_request(store: &Store) -> Request {
    let subscriber = subscriber();
    let new = request(&subscriber);
    let (person, kept) = (subscriber, new.clone());
    store
        .write(move |tx| {
            store::procedures::remember(tx, &PROCEDURE, "sample", "kind = \"renewal\"")?;
            store::subscribers::insert(tx, &person)?;
            store::requests::insert(tx, &kept, &store::requests::NewRequestRow::default())
        })
        .unwrap();
    new
}

/// One of every stage, with every optional fact there and absent. `certificate_id` must be stored.
pub(crate) fn stages(certificate_id: CertificateId) -> Vec<Stage> {
    let key = Keyed { spki_sha256: digest() };
    let submitted = |eta| Submitted { key: key.clone(), accepted_at: NOW, eta };
    let eta = Some(NOW.plus_ms(5));
    let certified =
        |delivered_at| Certified { submitted: submitted(eta), certificate_id, issued_at: NOW, delivered_at };
    let (some, none) = (certified(Some(NOW)), certified(None));
    vec![
        Stage::Draft,
        Stage::KeyReady(key.clone()),
        Stage::Signed(key.clone()),
        Stage::Accepted(submitted(None)),
        Stage::Accepted(submitted(eta)),
        Stage::InReview { submitted: submitted(eta), first_approval: None },
        Stage::InReview { submitted: submitted(eta), first_approval: Some(staff_id()) },
        Stage::NeedsFix { submitted: submitted(eta), reason: "паспорт".to_owned() },
        Stage::NeedsFix { submitted: submitted(eta), reason: String::new() },
        Stage::Approved { submitted: submitted(eta), approvals: vec![] },
        Stage::Approved { submitted: submitted(None), approvals: vec![staff_id()] },
        Stage::Approved { submitted: submitted(eta), approvals: vec![staff_id(), staff_id()] },
        Stage::Issued(none.clone()),
        Stage::Issued(some.clone()),
        Stage::ActSigned(none.clone()),
        Stage::Installed(some.clone()),
        Stage::Proven(some.clone()),
        Stage::InService { certified: some, since: NOW.plus_ms(9) },
        Stage::Rejected { by: RejectedBy::Client, reason: String::new(), certificate_id: Some(certificate_id) },
        Stage::Rejected { by: RejectedBy::Bank(staff_id()), reason: "нет".to_owned(), certificate_id: None },
        Stage::Cancelled,
        Stage::Expired { certificate_id: None },
        Stage::Expired { certificate_id: Some(certificate_id) },
    ]
}

pub(crate) fn acts() -> Vec<Act> {
    vec![
        Act::None,
        Act::Drawn { at: NOW, due: None },
        Act::Drawn { at: NOW, due: Some(NOW.plus_ms(1)) },
        Act::ClientSigned { at: NOW, due: Some(NOW.plus_ms(2)) },
        Act::BankSigned { at: NOW },
        Act::Received { at: NOW },
        Act::Overdue { due: NOW },
    ]
}
