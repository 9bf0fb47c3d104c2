//! Refusals and turns that the table does not show: facts, times, second persons, late acts.

use domain::Refusal;
use domain::act::Act;
use domain::certificate::{Certificate, CertificateCommand, Progress, RevocationReason, Standing};
use domain::journal::Event;
use domain::procedure::{EmailConfirmation, Kind, Procedure};
use domain::request::decide::Notice;
use domain::request::{
    Command, Effect, Facts, LinkChange, Mover, PredecessorFacts, Stage, StageName, decide, next_mover,
};
use domain::subject::AttributeType;
use domain::subscriber::{Contact, Email};
use domain::text::REASON_CHARACTERS;
use domain::time::{DAY_MS, HOUR_MS};

use crate::fixtures::{BEGIN, Link, RENEWAL, World, folders, new_certificate_id, parse, renewal, staff};

fn key() -> Command {
    Command::OfferKey { spki_sha256: [7; 32] }
}

fn in_review(procedure: &Procedure) -> World {
    let mut world = World::begun(procedure);
    world.go_until(|world| world.request.stage.name() == StageName::InReview);
    world
}

fn at_stage(procedure: &Procedure, stage: StageName) -> World {
    let mut world = World::begun(procedure);
    world.go_until(|world| world.request.stage.name() == stage);
    world
}

/// The paper act of a regeneration: drawn at creation, due in seven working days, blocks.
fn with_paper_act() -> Procedure {
    let text = RENEWAL.replace(
        "form = \"electronic\", copies = 1, gate = \"before-delivery\"",
        "form = \"paper\", copies = 1, gate = \"none\", drawn = \"at-creation\", due = \"7wd\", overdue = \"block\"",
    );
    parse(&text)
}

fn two_people() -> Procedure {
    parse(&RENEWAL.replace("second_person = false", "second_person = true"))
}

#[test]
fn a_bad_current_certificate_begins_no_request() {
    let procedure = renewal();
    for (standing, refusal) in [
        (Standing::Expired, Refusal::CertificateExpired),
        (Standing::Revoked, Refusal::CertificateRevoked),
        (Standing::Hold, Refusal::CertificateOnHold),
        (Standing::Blocked, Refusal::CertificateBlocked),
        (Standing::Superseded, Refusal::CertificateSuperseded),
        (Standing::Pending, Refusal::CertificateNotInService),
        (Standing::NotYetValid, Refusal::CertificateNotInService),
    ] {
        let world = World::new(&procedure);
        let mut facts = world.facts();
        facts.predecessor = Some(PredecessorFacts { standing, not_after: BEGIN.plus_ms(DAY_MS) });
        let answer = decide(&world.request, &Command::Create, &procedure, &facts, BEGIN);
        assert_eq!(answer.unwrap_err(), refusal);
    }
    let mut world = World::new(&procedure);
    world.predecessor = None;
    assert_eq!(world.ask(&Command::Create).unwrap_err(), Refusal::NotFound);
}

#[test]
fn who_is_barred_or_busy_begins_no_request() {
    let procedure = renewal();
    let world = World::new(&procedure);
    let mut facts = world.facts();
    facts.other_request_open = true;
    let answer = decide(&world.request, &Command::Create, &procedure, &facts, BEGIN);
    assert_eq!(answer.unwrap_err(), Refusal::RequestOpenAlready);
    facts.subscriber_barred = true;
    let answer = decide(&world.request, &Command::Create, &procedure, &facts, BEGIN);
    assert_eq!(answer.unwrap_err(), Refusal::SubscriberBarred);
}

#[test]
fn the_window_opens_to_the_millisecond() {
    let procedure = renewal();
    let mut world = World::new(&procedure);
    let end = BEGIN.plus_ms(100 * DAY_MS);
    world.predecessor.as_mut().unwrap().not_after = end;
    world.now = end.plus_ms(-30 * DAY_MS - 1);
    world.request.expires_at = end;
    assert_eq!(world.ask(&Command::Create).unwrap_err(), Refusal::TooEarly);
    world.now = end.plus_ms(-30 * DAY_MS);
    assert!(world.ask(&Command::Create).is_ok());
}

#[test]
fn a_later_successor_takes_the_place_of_an_earlier_one() {
    let mut world = at_stage(&renewal(), StageName::Proven);
    let end = CertificateCommand::Supersede { from: world.now.plus_ms(world.procedure.overlap_ms.unwrap()) };
    let activated = world.ask(&Command::Activate).unwrap();
    assert_eq!((activated.predecessor, activated.earlier_successors), (Some(end), Some(end)));
    // The predecessor itself may have ended meanwhile.
    world.predecessor.as_mut().unwrap().superseded_from = Some(world.now);
    let activated = world.must(&Command::Activate);
    assert_eq!((activated.predecessor, activated.earlier_successors), (None, Some(end)));
}

#[test]
fn what_the_holder_typed_is_of_record_when_the_certificate_is_in_service() {
    let mut world = at_stage(&renewal(), StageName::Proven);
    assert_eq!(world.ask(&Command::Activate).unwrap().contact_of_record, None, "nothing else was typed");
    world.contact.email = Email::parse("rogov@bank-client.example").unwrap();
    let activated = world.must(&Command::Activate);
    assert_eq!(activated.contact_of_record, Some(world.request.contact.clone()));
    assert!(activated.events.contains(&Event::ContactRecorded));

    // A stranger's word changes nobody's record.
    let first_issue = folders().into_iter().find(|folder| folder.kind == Kind::FirstIssue).unwrap();
    let mut world = at_stage(&first_issue, StageName::Proven);
    world.must(&Command::ReceiveAct);
    world.contact.email = Email::parse("rogov@bank-client.example").unwrap();
    assert_eq!(world.must(&Command::Activate).contact_of_record, None);
}

#[test]
fn a_key_that_was_seen_is_refused_at_the_offer_and_at_the_door() {
    let procedure = renewal();
    let mut world = World::begun(&procedure);
    for command in [key(), Command::Sign, Command::Send] {
        let mut facts = world.facts();
        facts.key_seen_before = true;
        if command != Command::Sign {
            let answer = decide(&world.request, &command, &procedure, &facts, world.now);
            assert_eq!(answer.unwrap_err(), Refusal::KeySeenBefore);
        }
        world.must(&command);
    }
}

#[test]
fn a_key_may_be_made_anew_until_it_is_signed_for() {
    let mut world = World::begun(&renewal());
    world.must(&key());
    world.must(&Command::OfferKey { spki_sha256: [9; 32] });
    assert_eq!(world.request.stage.key().unwrap().spki_sha256, [9; 32]);
    world.must(&Command::Sign);
    assert_eq!(world.ask(&key()).unwrap_err(), Refusal::StageDoesNotAllow);
}

#[test]
fn only_the_fields_of_the_procedure_can_be_edited() {
    let contact = |phone: &str, email: &str| {
        Command::Edit(Contact { phone: phone.to_owned(), email: Email::parse(email).unwrap() })
    };
    let email_only = parse(&RENEWAL.replace("editable = [\"phone\", \"email\"]", "editable = [\"email\"]"));
    let mut world = World::begun(&email_only);
    let phone = world.request.contact.phone.clone();
    assert_eq!(world.ask(&contact("1", "rogov@example.org")).unwrap_err(), Refusal::FieldNotEditable);
    world.must(&contact(&phone, "rogov@example.com"));
    assert_eq!(world.request.contact.email.as_str(), "rogov@example.com");

    let world = World::begun(&renewal());
    assert_eq!(world.ask(&contact("zero", "rogov@example.org")).unwrap_err(), Refusal::PhoneWrong);
    let world = in_review(&renewal());
    assert_eq!(world.ask(&contact("1", "rogov@example.org")).unwrap_err(), Refusal::StageDoesNotAllow);
}

#[test]
fn sending_tells_when_the_answer_comes() {
    let mut world = World::begun(&renewal());
    world.must(&key());
    world.must(&Command::Sign);
    let sent = world.must(&Command::Send);
    let due = BEGIN.plus_ms(2 * HOUR_MS);
    assert_eq!(sent.events, [Event::RequestAccepted { eta: Some(due.to_string()) }]);
    assert_eq!(sent.effects, [Effect::MailDueAt(due), Effect::Notify(Notice::Accepted)]);
    assert_eq!(world.request.stage.submitted().unwrap().eta, Some(due));
}

#[test]
fn nobody_hears_of_acceptance_who_did_not_ask() {
    let quiet = parse(&RENEWAL.replace("notices = [\"accepted\", \"activated\"]", ""));
    let mut world = World::begun(&quiet);
    world.must(&key());
    world.must(&Command::Sign);
    assert!(!world.must(&Command::Send).effects.contains(&Effect::Notify(Notice::Accepted)));
}

#[test]
fn the_second_approval_comes_from_another_person() {
    let mut world = in_review(&two_people());
    let first = world.must(&Command::Approve { by: staff(1) });
    assert_eq!((first.events, first.effects), (vec![Event::RequestApprovedFirst], vec![]));
    assert_eq!(world.ask(&Command::Approve { by: staff(1) }).unwrap_err(), Refusal::SecondPersonRequired);
    let second = world.must(&Command::Approve { by: staff(2) });
    assert_eq!(second.effects, [Effect::Issue]);
    let Stage::Approved { approvals, .. } = &world.request.stage else { panic!("{:?}", world.request.stage) };
    assert_eq!(approvals, &[staff(1), staff(2)]);
}

#[test]
fn a_returned_request_forgets_the_first_approval() {
    let mut world = in_review(&two_people());
    world.must(&Command::Approve { by: staff(1) });
    let returned = world.must(&Command::Return { by: staff(2), reason: " Опечатка ".to_owned() });
    assert_eq!(returned.events, [Event::RequestReturned { reason: "Опечатка".to_owned() }]);
    assert_eq!(returned.effects, [Effect::Notify(Notice::Returned)]);
    world.must(&Command::Correct { subject_changed: false });
    assert_eq!(world.request.stage.name(), StageName::KeyReady);
    world.must(&Command::Sign);
    world.must(&Command::Send);
    assert!(matches!(world.request.stage, Stage::InReview { first_approval: None, .. }));
}

#[test]
fn a_corrected_address_forgets_the_first_approval() {
    let mut world = in_review(&two_people());
    world.must(&Command::Approve { by: staff(1) });
    world.must(&Command::CorrectEmail(Email::parse("rogov.right@example.org").unwrap()));
    assert!(matches!(world.request.stage, Stage::InReview { first_approval: None, .. }));
    // Whoever approved the other address approves this one anew, and one more.
    world.must(&Command::Approve { by: staff(1) });
    assert_eq!(world.request.stage.name(), StageName::InReview);
    world.must(&Command::Approve { by: staff(2) });
    assert_eq!(world.request.stage.name(), StageName::Approved);
}

#[test]
fn another_subject_needs_another_key() {
    let mut world = in_review(&renewal());
    world.must(&Command::Return { by: staff(1), reason: "Имя".to_owned() });
    world.must(&Command::Correct { subject_changed: true });
    assert_eq!(world.request.stage, Stage::Draft);
}

#[test]
fn an_applicant_who_states_another_name_makes_another_key_and_one_who_corrects_the_phone_does_not() {
    let folders = folders();
    let first_issue = folders.iter().find(|folder| folder.kind == Kind::FirstIssue).unwrap();
    let mut world = in_review(first_issue);
    world.must(&Command::Return { by: staff(1), reason: "Телефон".to_owned() });
    let mut contact = world.request.contact.clone();
    contact.phone = "+7 383 222-22-22".to_owned();
    let same = Command::Restate { subject: world.request.subject.clone(), contact };
    assert_eq!(world.ask(&same).unwrap().request.stage.name(), StageName::KeyReady);
    let mut subject = world.request.subject.clone();
    subject.attributes.push((AttributeType::CN, "Ivanov Ivan Ivanovich".to_owned()));
    let other = Command::Restate { subject: subject.clone(), contact: world.request.contact.clone() };
    let restated = world.must(&other);
    assert_eq!((restated.request.stage, restated.request.subject), (Stage::Draft, subject));
}

#[test]
fn where_the_address_must_answer_the_bank_has_the_request_only_afterwards() {
    let folders = folders();
    let shipped = folders.iter().find(|folder| folder.kind == Kind::FirstIssue).unwrap();
    let mut asks = shipped.clone();
    asks.email_confirmation = EmailConfirmation::Link;
    let mut world = World::begun(&asks);
    world.must(&Command::OfferKey { spki_sha256: [7; 32] });
    let sent = world.must(&Command::Send);
    assert_eq!(sent.request.stage.name(), StageName::Accepted);
    assert_eq!(sent.effects, [Effect::Notify(Notice::ConfirmEmail)]);
    assert_eq!(next_mover(&world.request, &world.procedure), Mover::Client);
    assert_eq!(world.ask(&Command::RegisterApplication).unwrap_err(), Refusal::EmailNotConfirmed);

    let mut forgotten = world.clone();
    forgotten.now = forgotten.request.expires_at;
    assert_eq!(forgotten.must(&Command::Lapse).effects, [], "nobody is written to who did not answer");

    // Two people of the bank say that another address is meant: it is asked in its turn.
    let email = Email::parse("ivanov@example.org").unwrap();
    let corrected = world.must(&Command::CorrectEmail(email));
    assert_eq!(corrected.effects, [Effect::Notify(Notice::ConfirmEmail)]);
    assert!(!corrected.request.email_confirmed);

    let confirmed = world.must(&Command::ConfirmEmail);
    assert!(confirmed.request.email_confirmed);
    assert_eq!(confirmed.request.stage.name(), StageName::Accepted);
    assert_eq!(world.ask(&Command::ConfirmEmail).unwrap_err(), Refusal::StageDoesNotAllow);
    world.must(&Command::RegisterApplication);

    // Sent back: the same address stays confirmed, another one is asked.
    world.must(&Command::Return { by: staff(1), reason: "Телефон".to_owned() });
    let (subject, contact) = (world.request.subject.clone(), world.request.contact.clone());
    let same = Contact { phone: "+7 383 222-22-22".to_owned(), ..contact.clone() };
    assert!(world.ask(&Command::Restate { subject: subject.clone(), contact: same }).unwrap().request.email_confirmed);
    let other = Contact { email: Email::parse("ivanov2@example.org").unwrap(), ..contact };
    assert!(!world.ask(&Command::Restate { subject, contact: other }).unwrap().request.email_confirmed);
}

#[test]
fn nobody_is_approved_who_is_not_on_record() {
    let world = in_review(&renewal());
    let facts = Facts { subscriber_admitted: false, ..world.facts() };
    let refused = decide(&world.request, &Command::Approve { by: staff(1) }, &world.procedure, &facts, world.now);
    assert_eq!(refused.unwrap_err(), Refusal::ApplicantNotAdmitted);
}

#[test]
fn a_refusal_needs_an_acceptable_reason() {
    let world = in_review(&renewal());
    let refuse = |reason: &str| world.ask(&Command::Refuse { by: staff(1), reason: reason.to_owned() });
    assert_eq!(refuse(" \n ").unwrap_err(), Refusal::ReasonRequired);
    assert_eq!(refuse("a\u{0}b").unwrap_err(), Refusal::TextUnacceptable);
    assert_eq!(refuse(&"я".repeat(REASON_CHARACTERS + 1)).unwrap_err(), Refusal::TextUnacceptable);
    let refused = refuse("первая строка\nвторая").unwrap();
    assert_eq!(refused.effects, [Effect::Notify(Notice::Refused)]);
    assert_eq!(refused.request.stage.name(), StageName::Rejected);
}

#[test]
fn the_act_stands_before_the_bytes_and_the_bytes_before_the_proof() {
    let mut world = at_stage(&renewal(), StageName::Issued);
    assert_eq!(world.ask(&Command::Deliver).unwrap_err(), Refusal::ActNotSigned);
    assert_eq!(world.ask(&Command::ReceiveAct).unwrap_err(), Refusal::ActNotSigned);
    assert_eq!(world.ask(&Command::Prove).unwrap_err(), Refusal::NotDelivered);
    world.must(&Command::SignAct);
    assert_eq!(world.ask(&Command::Install).unwrap_err(), Refusal::NotDelivered);
    assert_eq!(world.must(&Command::Deliver).certificate, [CertificateCommand::Deliver]);
    let first = world.request.stage.certified().unwrap().delivered_at;
    world.later(HOUR_MS);
    assert_eq!(world.must(&Command::Deliver).certificate, [], "the bytes go out again, the fact stays");
    assert_eq!(world.request.stage.certified().unwrap().delivered_at, first);
    let proven = world.must(&Command::Prove);
    assert_eq!(proven.link, LinkChange::Spend);
}

#[test]
fn the_agent_is_asked_to_sign_the_act_once_when_the_client_has_signed_and_proven() {
    let asks = |decision: &domain::request::Decision| decision.effects.contains(&Effect::Countersign);
    for agent_countersigns in [false, true] {
        let mut world = at_stage(&renewal(), StageName::Issued);
        world.agent_countersigns = agent_countersigns;
        assert!(!asks(&world.must(&Command::SignAct)) && !asks(&world.must(&Command::Deliver)));
        assert_eq!(asks(&world.must(&Command::Prove)), agent_countersigns);
        assert!(!asks(&world.must(&Command::Activate)));

        // Where the act may come after the proof, its signature is what the agent waits for.
        let mut world = at_stage(&parse(&RENEWAL.replace("\"before-delivery\"", "\"none\"")), StageName::Issued);
        world.agent_countersigns = agent_countersigns;
        world.must(&Command::Deliver);
        assert!(!asks(&world.must(&Command::Prove)));
        assert_eq!(asks(&world.must(&Command::SignAct)), agent_countersigns);
    }
}

#[test]
fn a_new_certificate_in_trouble_goes_no_further() {
    for (step, refusal) in [
        (CertificateCommand::Block, Refusal::CertificateBlocked),
        (CertificateCommand::Revoke(RevocationReason::KeyCompromise), Refusal::CertificateRevoked),
    ] {
        let mut world = at_stage(&renewal(), StageName::ActSigned);
        let (worse, _) = domain::certificate::decide(world.certificate.as_ref().unwrap(), step, world.now).unwrap();
        world.certificate = Some(worse);
        assert_eq!(world.ask(&Command::Deliver).unwrap_err(), refusal);
    }
}

#[test]
fn a_current_certificate_in_trouble_gets_no_successor() {
    let revoke = CertificateCommand::Revoke(RevocationReason::KeyCompromise);
    for (step, refusal) in [
        (CertificateCommand::Block, Refusal::CertificateBlocked),
        (CertificateCommand::Hold, Refusal::CertificateOnHold),
        (revoke, Refusal::CertificateRevoked),
    ] {
        let worse = |mut world: World| {
            let current = world.predecessor.as_ref().unwrap();
            world.predecessor = Some(domain::certificate::decide(current, step, world.now).unwrap().0);
            world
        };
        let world = worse(in_review(&renewal()));
        assert_eq!(world.ask(&Command::Approve { by: staff(1) }).unwrap_err(), refusal);
        let mut world = at_stage(&renewal(), StageName::ActSigned);
        assert_eq!(worse(world.clone()).ask(&Command::Deliver).unwrap_err(), refusal);
        world.must(&Command::Deliver);
        assert_eq!(worse(world).ask(&Command::Prove).unwrap_err(), refusal);
    }
}

#[test]
fn declining_revokes_what_was_issued() {
    let mut world = at_stage(&renewal(), StageName::Issued);
    let declined = world.must(&Command::Decline);
    assert_eq!(declined.events, [Event::ActDeclined]);
    assert_eq!((declined.effects, declined.link), (vec![Effect::PublishCrl], LinkChange::Kill));
    assert_eq!(world.certificate.unwrap().standing(world.now), Standing::Revoked);
}

#[test]
fn what_the_bank_revoked_is_not_revoked_again_by_the_lapse() {
    let mut world = at_stage(&renewal(), StageName::Issued);
    let revoke = CertificateCommand::Revoke(RevocationReason::KeyCompromise);
    let (revoked, _) = domain::certificate::decide(world.certificate.as_ref().unwrap(), revoke, world.now).unwrap();
    world.certificate = Some(revoked);
    world.now = world.request.expires_at;
    let lapsed = world.must(&Command::Lapse);
    assert_eq!((lapsed.certificate, lapsed.effects), (vec![], vec![Effect::Notify(Notice::Lapsed)]));
}

#[test]
fn the_end_of_life_is_the_end_before_the_timer_comes() {
    let mut world = at_stage(&renewal(), StageName::Approved);
    world.now = world.request.expires_at.plus_ms(-1);
    assert_eq!(world.ask(&Command::Lapse).unwrap_err(), Refusal::StageDoesNotAllow);
    world.later(1);
    let issue = Command::Issue { certificate_id: new_certificate_id() };
    assert_eq!(world.ask(&issue).unwrap_err(), Refusal::RequestExpired);
    world.must(&Command::Lapse);
    assert_eq!(world.ask(&issue).unwrap_err(), Refusal::RequestExpired);
}

#[test]
fn a_name_whose_words_mix_alphabets_is_in_no_certificate() {
    // The letter in the middle is Cyrillic, and Greek.
    for name in ["OОO Ro", "O\u{39f}O Ro"] {
        is_in_no_certificate(name);
    }
    // A whole word of another alphabet is for the desk to compare.
    for name in ["ООО Ro", "\u{39f}\u{39f}\u{39f} Ro"] {
        let mut both = World::new(&renewal());
        both.request.subject.attributes.push((AttributeType::O, name.to_owned()));
        both.must(&Command::Create);
    }
}

fn is_in_no_certificate(name: &str) {
    let mix = |world: &mut World| world.request.subject.attributes.push((AttributeType::O, name.to_owned()));
    let refused = |world: &World, command: &Command| {
        assert_eq!(world.ask(command).unwrap_err(), Refusal::SubjectMixesAlphabets, "{}", command.name());
    };
    let mut wished_for = World::new(&renewal());
    mix(&mut wished_for);
    refused(&wished_for, &Command::Create);
    // A request that was begun before this was asked: the desk can say no, and the gate stands.
    let mut reviewed = in_review(&renewal());
    mix(&mut reviewed);
    refused(&reviewed, &Command::Approve { by: staff(1) });
    assert!(reviewed.ask(&Command::Refuse { by: staff(1), reason: "Имя".to_owned() }).is_ok());
    let mut approved = at_stage(&renewal(), StageName::Approved);
    mix(&mut approved);
    refused(&approved, &Command::Issue { certificate_id: new_certificate_id() });
}

#[test]
fn a_link_never_outlives_its_request() {
    let mut world = at_stage(&renewal(), StageName::Issued);
    world.now = world.request.expires_at.plus_ms(-HOUR_MS);
    let again = world.must(&Command::ResendLink);
    assert_eq!(again.link, LinkChange::Make { expires_at: world.request.expires_at });
    assert_eq!(again.effects, [Effect::Notify(Notice::Ready)]);
}

#[test]
fn a_link_that_ended_unused_is_sent_again_until_the_request_ends() {
    let mut world = at_stage(&renewal(), StageName::Issued);
    let current = world.predecessor.as_mut().unwrap();
    current.not_after = current.not_after.plus_ms(100 * DAY_MS);
    let mut links = 0;
    while let Some(ends_at) = world.link_expires_at.filter(|at| *at < world.request.expires_at) {
        world.now = ends_at.plus_ms(-1);
        assert_eq!(world.ask(&Command::LinkEnded).unwrap_err(), Refusal::StageDoesNotAllow, "it still works");
        world.now = ends_at;
        let again = world.must(&Command::LinkEnded);
        let next = world.link_expires_at.unwrap();
        assert_eq!(again.link, LinkChange::Make { expires_at: next });
        let looks_again = again.effects.contains(&Effect::LinkEndsAt(next));
        assert_eq!(looks_again, next < world.request.expires_at, "the last one ends with its request");
        links += 1;
    }
    // Of thirty days each link has the rest of a day and five working days.
    assert_eq!(links, 4);
}

#[test]
fn a_link_that_ended_is_not_sent_again_where_nothing_could_be_taken_behind_it() {
    let issued = at_stage(&renewal(), StageName::Issued);
    let ended = |change: &dyn Fn(&mut World)| {
        let mut world = issued.clone();
        world.now = world.link_expires_at.unwrap();
        change(&mut world);
        world.ask(&Command::LinkEnded).err()
    };
    assert_eq!(ended(&|_| {}), None);
    let revoked = |certificate: &mut Option<Certificate>, now| {
        let revoke = CertificateCommand::Revoke(RevocationReason::KeyCompromise);
        *certificate = Some(domain::certificate::decide(certificate.as_ref().unwrap(), revoke, now).unwrap().0);
    };
    let now = issued.link_expires_at.unwrap();
    assert_eq!(ended(&|world| revoked(&mut world.certificate, now)), Some(Refusal::CertificateRevoked));
    assert_eq!(ended(&|world| revoked(&mut world.predecessor, now)), Some(Refusal::CertificateRevoked));
    let mut signed = at_stage(&renewal(), StageName::ActSigned);
    signed.now = signed.link_expires_at.unwrap();
    assert!(signed.ask(&Command::LinkEnded).is_ok());
    revoked(&mut signed.predecessor, signed.now);
    assert_eq!(signed.ask(&Command::LinkEnded).unwrap_err(), Refusal::CertificateRevoked, "with the act signed too");
    assert_eq!(ended(&|world| world.link = Link::Dead), Some(Refusal::StageDoesNotAllow));
    // Nobody can sign the act any more.
    let expired = |world: &mut World| world.predecessor.as_mut().unwrap().not_after = now.plus_ms(-1);
    assert_eq!(ended(&expired), Some(Refusal::CertificateExpired));
    let waits = parse(&RENEWAL.replace(", ended = \"send-again\"", ""));
    let mut world = at_stage(&waits, StageName::Issued);
    world.now = world.link_expires_at.unwrap();
    assert_eq!(world.ask(&Command::LinkEnded).unwrap_err(), Refusal::StageDoesNotAllow);
    let asked_for = world.must(&Command::ResendLink);
    assert_eq!(asked_for.effects, [Effect::Notify(Notice::Ready)], "nothing follows by itself");
}

#[test]
fn issue_waits_for_an_act_that_is_late() {
    let procedure = with_paper_act();
    let mut world = World::begun(&procedure);
    let due = world.request.act.due().unwrap();
    world.go_until(|world| world.request.stage.name() == StageName::InReview);
    world.now = due;
    let late = world.must(&Command::ActDuePassed);
    assert_eq!((late.events, late.effects, late.certificate), (vec![Event::ActOverdue], vec![], vec![]));
    assert_eq!(world.must(&Command::Approve { by: staff(1) }).effects, []);
    assert_eq!(next_mover(&world.request, &procedure), Mover::Client);
    let issue = Command::Issue { certificate_id: new_certificate_id() };
    assert_eq!(world.ask(&issue).unwrap_err(), Refusal::ActNotReceived);
    assert_eq!(world.must(&Command::ReceiveAct).effects, [Effect::Issue]);
    world.must(&issue);
}

#[test]
fn a_late_act_blocks_the_certificate_until_it_is_in() {
    let mut world = at_stage(&with_paper_act(), StageName::InService);
    assert_eq!(world.ask(&Command::ActDuePassed).unwrap_err(), Refusal::StageDoesNotAllow, "not due yet");
    world.now = world.request.act.due().unwrap();
    let late = world.must(&Command::ActDuePassed);
    assert_eq!(
        (late.certificate, late.effects),
        (vec![CertificateCommand::Block], vec![Effect::Notify(Notice::Blocked)])
    );
    assert_eq!(world.ask(&Command::ActDuePassed).unwrap_err(), Refusal::StageDoesNotAllow, "once is enough");
    assert_eq!(world.certificate.as_ref().unwrap().standing(world.now), Standing::Blocked);
    world.must(&Command::ReceiveAct);
    assert_eq!(world.certificate.as_ref().unwrap().standing(world.now), Standing::Active);
    assert!(matches!(world.request.act, Act::Received { .. }));
}

#[test]
fn an_act_that_comes_late_does_not_lift_what_was_blocked_by_hand() {
    let mut world = at_stage(&with_paper_act(), StageName::InService);
    let new = world.certificate.as_mut().unwrap();
    new.blocked_since = Some(world.now);
    world.now = world.request.act.due().unwrap();
    let late = world.must(&Command::ActDuePassed);
    assert_eq!((late.certificate, late.effects), (vec![], vec![]));
    let received = world.must(&Command::ReceiveAct);
    assert_eq!((received.certificate, received.effects), (vec![], vec![]));
    assert_eq!(world.certificate.as_ref().unwrap().standing(world.now), Standing::Blocked);
}

#[test]
fn a_late_act_keeps_the_old_certificate_in_service() {
    let mut world = at_stage(&with_paper_act(), StageName::Proven);
    world.now = world.request.act.due().unwrap();
    world.must(&Command::ActDuePassed);
    assert_eq!(world.ask(&Command::Activate).unwrap_err(), Refusal::ActNotReceived);
    world.must(&Command::ReceiveAct);
    assert!(world.must(&Command::Activate).predecessor.is_some());
}

#[test]
fn a_proven_request_outlives_its_life() {
    let mut world = at_stage(&renewal(), StageName::Proven);
    world.now = world.request.expires_at.plus_ms(DAY_MS);
    assert_eq!(world.ask(&Command::Lapse).unwrap_err(), Refusal::StageDoesNotAllow);
    let activated = world.must(&Command::Activate);
    assert_eq!(activated.effects, [Effect::Notify(Notice::Activated)]);
    assert_eq!(world.certificate.unwrap().progress, Progress::Active);
    assert_eq!(activated.predecessor, None, "it ended by itself meanwhile");
}

#[test]
fn a_draft_is_forgotten_in_silence() {
    let mut world = World::begun(&renewal());
    world.now = world.request.expires_at;
    assert_eq!(world.must(&Command::Lapse).effects, []);
}

#[test]
fn what_each_journal_row_leaves_to_be_filled_in() {
    let mut world = World::begun(&renewal());
    let offered = world.must(&key());
    assert_eq!(offered.events, [Event::KeyOffered { spki_sha256: "07".repeat(32), algorithm: String::new() }]);
    let signed = world.must(&Command::Sign);
    let current = world.request.predecessor.unwrap().to_string();
    assert_eq!(signed.events, [Event::RequestSigned { certificate_id: current.clone(), text_sha256: String::new() }]);
    world.go_until(|world| world.request.stage.name() == StageName::Approved);
    let issued = world.must(&Command::Issue { certificate_id: new_certificate_id() });
    assert_eq!(issued.events.len(), 2);
    assert_eq!(issued.events[1], Event::ActDrawn { text_sha256: String::new() });
    let act = world.must(&Command::SignAct);
    assert_eq!(act.events, [Event::ActSigned { certificate_id: current, text_sha256: String::new() }]);
}
