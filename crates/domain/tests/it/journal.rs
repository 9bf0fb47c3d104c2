//! The JSON of every journal event, frozen: one golden file per event. A changed golden file means that yesterday's journals are not
//! read any more; a new event adds a file.

use std::collections::BTreeSet;

use domain::Refusal;
use domain::actor::{Actor, Role};
use domain::ids::{AgentId, CertificateId, RequestId, StaffId, SubscriberId};
use domain::journal::Event;

use crate::fixtures::BEGIN;

fn word(text: &str) -> String {
    text.to_owned()
}

fn digest(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

fn id() -> String {
    CertificateId::new(BEGIN, [1; 10]).to_string()
}

fn time() -> String {
    BEGIN.to_string()
}

/// One event of every kind.
fn samples() -> Vec<Event> {
    vec![
        Event::RequestCreated { procedure: word("sixth"), procedure_sha256: digest(1), unz: word("1196837e3c03f2") },
        Event::RequestEdited,
        Event::ContactRecorded,
        Event::KeyOffered { spki_sha256: digest(2), algorithm: word("gost-256-a") },
        Event::RequestSigned { certificate_id: id(), text_sha256: digest(3) },
        Event::RequestAccepted { eta: Some(time()) },
        Event::EmailConfirmed,
        Event::ApplicationRegistered,
        Event::RequestApprovedFirst,
        Event::RequestApproved,
        Event::RequestReturned { reason: word("Опечатка \"в\" имени\nи ещё") },
        Event::RequestCorrected,
        Event::RequestRefused { reason: word("Опечатка \"в\" имени\nи ещё") },
        Event::RequestRecalled,
        Event::IntentRecorded {
            authority: word("issuing"),
            serial: word("00c0ffee"),
            tbs_sha256: digest(4),
            checks: vec![word("stage-approved"), word("key-unique")],
        },
        Event::CertificateIssued {
            certificate_id: id(),
            serial: word("00c0ffee"),
            authority: word("issuing"),
            thumbprint_sha256: digest(5),
        },
        Event::LinkMade { number: 1, expires: time() },
        Event::LinkReplaced { number: 1 },
        Event::LinkSpent { number: 1 },
        Event::ActDrawn { text_sha256: digest(3) },
        Event::ActSigned { certificate_id: id(), text_sha256: digest(3) },
        Event::ActCountersigned { thumbprint_sha256: digest(8), text_sha256: digest(3) },
        Event::ActDeclined,
        Event::ActReceived,
        Event::ActOverdue,
        Event::CertificateDelivered { certificate_id: id() },
        Event::CertificateInstalled { certificate_id: id() },
        Event::PossessionProven { certificate_id: id() },
        Event::CertificateActivated { certificate_id: id() },
        Event::CertificateSuperseded { certificate_id: id(), from: time() },
        Event::CertificateRevoked {
            certificate_id: id(), reason: word("Опечатка \"в\" имени\nи ещё")
        },
        Event::CertificateHeld { certificate_id: id() },
        Event::CertificateReleased { certificate_id: id() },
        Event::CertificateBlocked { certificate_id: id() },
        Event::CertificateUnblocked { certificate_id: id() },
        Event::RequestLapsed,
        Event::SignedIn { certificate_id: id() },
        Event::InquiryReceived {
            subject: word("application"),
            text_sha256: digest(3),
            files_sha256: vec![digest(4), digest(5)],
        },
        Event::InquiryBound { message_id: id(), by: word("code") },
        Event::InquiryClosed { reason: word("Опечатка \"в\" имени\nи ещё") },
        Event::SupportLookedUp { by: word("caller"), found: vec![word("1196837e3c03f2")] },
        Event::Refused { attempt: word("create"), code: word("too-early") },
        Event::MailSent { kind: word("ready"), number: 1 },
        Event::MessageSent { message_id: id(), text_sha256: digest(7), files_sha256: vec![digest(8)] },
        Event::MailFailed { kind: word("ready") },
        Event::MailOverdue,
        Event::CrlPublished {
            authority: word("issuing"),
            number: 1,
            entries: 2,
            this_update: time(),
            next_update: time(),
        },
        Event::AuthorityCreated { authority: word("issuing"), thumbprint_sha256: digest(5) },
        Event::Imported { organisations: 1, subscribers: 2, certificates: 3, authorities: 4, skipped: 5 },
        Event::StaffAdded { roles: vec![word("operator")] },
        Event::EffectRetried { kind: word("issue") },
        Event::StaffDisabled,
        Event::StaffPasswordSet,
        Event::StaffSignedIn,
        Event::OrganisationsJoined { subscriber_id: id() },
        Event::OrganisationChosen { subscriber_id: id() },
        Event::OrganisationsLeft,
        Event::SubscriberPasswordSet,
        Event::OneTimePasswordHandedOut { until: time() },
        Event::SubscriberPasswordRemoved,
        Event::SubscriberSignedInByPassword,
        Event::SubscriberPasswordLocked,
        Event::SubscriberDeviceSet,
        Event::SubscriberDeviceRemoved,
        Event::PaperRegistered {
            paper_id: id(),
            document: word("act"),
            copies: 2,
            seal: true,
            channel: word("branch"),
            scan_sha256: Some(digest(9)),
        },
        Event::EmailCorrected,
        Event::StepExplained { step: word("block"), reason: word("Потерян ключ") },
        Event::StepProposed { proposal_id: id(), step: word("revoke") },
        Event::StepDeclined { proposal_id: id(), step: word("revoke") },
        Event::CardRegistered { serial: word("0853123456") },
        Event::CardHandedOut { hand_out_id: id(), slot: word("first") },
        Event::CardReturned { hand_out_id: id(), reason: word("by-mistake") },
        Event::CardCleared,
        Event::CardWrittenOff { reason: word("lost") },
        Event::SubscriberBarred,
        Event::SubscriberUnbarred,
        Event::StaffCertificateSet { thumbprint_sha256: digest(8) },
        Event::ApplicantAdmitted { subscriber_id: id(), organisation_id: Some(id()) },
        Event::ApplicantBound { subscriber_id: id(), applicant_id: id() },
        Event::ApplicantSetApart { subscribers: vec![id()], reason: word("Тёзка") },
        Event::StaffCertificateRemoved,
        Event::StaffSignedInByCertificate { certificate_id: id() },
        Event::StaffSignInEnded,
        Event::Started { version: word("0.1.0") },
        Event::Stopped,
    ]
}

/// Where an event stands in the catalogue. Without `_`, so that a new event must come here and into [`samples`].
fn position(event: &Event) -> usize {
    match event {
        Event::RequestCreated { .. } => 0,
        Event::RequestEdited => 1,
        Event::KeyOffered { .. } => 2,
        Event::RequestSigned { .. } => 3,
        Event::RequestAccepted { .. } => 4,
        Event::ApplicationRegistered => 5,
        Event::RequestApprovedFirst => 6,
        Event::RequestApproved => 7,
        Event::RequestReturned { .. } => 8,
        Event::RequestCorrected => 9,
        Event::RequestRefused { .. } => 10,
        Event::RequestRecalled => 11,
        Event::IntentRecorded { .. } => 12,
        Event::CertificateIssued { .. } => 13,
        Event::LinkMade { .. } => 14,
        Event::LinkReplaced { .. } => 15,
        Event::LinkSpent { .. } => 16,
        Event::ActDrawn { .. } => 17,
        Event::ActSigned { .. } => 18,
        Event::ActDeclined => 19,
        Event::ActReceived => 20,
        Event::ActOverdue => 21,
        Event::CertificateDelivered { .. } => 22,
        Event::CertificateInstalled { .. } => 23,
        Event::PossessionProven { .. } => 24,
        Event::CertificateActivated { .. } => 25,
        Event::CertificateSuperseded { .. } => 26,
        Event::CertificateRevoked { .. } => 27,
        Event::CertificateHeld { .. } => 28,
        Event::CertificateReleased { .. } => 29,
        Event::CertificateBlocked { .. } => 30,
        Event::CertificateUnblocked { .. } => 31,
        Event::RequestLapsed => 32,
        Event::SignedIn { .. } => 33,
        Event::Refused { .. } => 34,
        Event::MailSent { .. } => 35,
        Event::MessageSent { .. } => 48,
        Event::MailFailed { .. } => 36,
        Event::MailOverdue => 37,
        Event::CrlPublished { .. } => 38,
        Event::AuthorityCreated { .. } => 39,
        Event::Imported { .. } => 40,
        Event::StaffAdded { .. } => 41,
        Event::Started { .. } => 42,
        Event::Stopped => 43,
        Event::EffectRetried { .. } => 44,
        Event::StaffDisabled => 45,
        Event::StaffPasswordSet => 46,
        Event::StaffSignedIn => 47,
        Event::PaperRegistered { .. } => 49,
        Event::EmailCorrected => 50,
        Event::StepExplained { .. } => 51,
        Event::StepProposed { .. } => 52,
        Event::StepDeclined { .. } => 53,
        Event::SubscriberBarred => 54,
        Event::SubscriberUnbarred => 55,
        Event::StaffCertificateSet { .. } => 56,
        Event::ActCountersigned { .. } => 57,
        Event::ApplicantAdmitted { .. } => 58,
        Event::StaffCertificateRemoved => 59,
        Event::StaffSignedInByCertificate { .. } => 60,
        Event::StaffSignInEnded => 61,
        Event::EmailConfirmed => 62,
        Event::CardRegistered { .. } => 63,
        Event::CardHandedOut { .. } => 64,
        Event::CardReturned { .. } => 65,
        Event::CardCleared => 66,
        Event::CardWrittenOff { .. } => 67,
        Event::InquiryReceived { .. } => 70,
        Event::InquiryBound { .. } => 71,
        Event::InquiryClosed { .. } => 72,
        Event::SupportLookedUp { .. } => 73,
        Event::ApplicantBound { .. } => 74,
        Event::ApplicantSetApart { .. } => 75,
        Event::SubscriberPasswordSet => 76,
        Event::OneTimePasswordHandedOut { .. } => 77,
        Event::SubscriberPasswordRemoved => 78,
        Event::SubscriberSignedInByPassword => 79,
        Event::SubscriberPasswordLocked => 80,
        Event::SubscriberDeviceSet => 81,
        Event::SubscriberDeviceRemoved => 82,
        Event::OrganisationsJoined { .. } => 83,
        Event::OrganisationChosen { .. } => 84,
        Event::OrganisationsLeft => 85,
        Event::ContactRecorded => 86,
    }
}

const EVENTS: usize = 85;

#[test]
fn the_json_of_every_event_is_frozen() {
    let samples = samples();
    let positions: BTreeSet<usize> = samples.iter().map(position).collect();
    assert!(positions.len() == EVENTS && samples.len() == EVENTS, "an event without a golden file");
    for event in samples {
        let json = serde_json::to_value(&event).unwrap();
        let name = json["event"].as_str().unwrap().to_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("golden");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, serde_json::to_string(&event).unwrap()));
    }
}

#[test]
fn no_event_without_an_eta_invents_one() {
    let json = serde_json::to_string(&Event::RequestAccepted { eta: None }).unwrap();
    assert_eq!(json, r#"{"event":"request-accepted","eta":null}"#);
}

#[test]
fn a_refused_try_is_journaled_by_its_code() {
    let event = Event::refused("create", Refusal::TooEarly);
    assert_eq!(event, Event::Refused { attempt: word("create"), code: word("too-early") });
}

#[test]
fn an_actor_is_written_by_ids_alone() {
    let agent_id = AgentId(6);
    let certificate_id = CertificateId::new(BEGIN, [1; 10]);
    let request_id = RequestId::new(BEGIN, [2; 10]);
    let subscriber = SubscriberId::new(BEGIN, [3; 10]);
    let staff = StaffId::new(BEGIN, [4; 10]);
    for (actor, text, at) in [
        (
            Actor::Subscriber { id: subscriber, agent_id, certificate_id },
            format!("subscriber:{subscriber}/certificate:{certificate_id}"),
            Some(agent_id),
        ),
        (Actor::Reader { id: subscriber, agent_id }, format!("subscriber:{subscriber}/reader"), Some(agent_id)),
        (Actor::LinkHolder { request_id, agent_id }, format!("link-holder:{request_id}"), Some(agent_id)),
        (Actor::Applicant { request_id, agent_id }, format!("applicant:{request_id}"), Some(agent_id)),
        (Actor::Staff { id: staff, agent_id, roles: vec![Role::Operator] }, format!("staff:{staff}"), Some(agent_id)),
        (Actor::CommandLine { account: word("root") }, word("command-line:root"), None),
        (Actor::System, word("system"), None),
    ] {
        assert_eq!((actor.to_string(), actor.agent_id()), (text, at));
    }
}
