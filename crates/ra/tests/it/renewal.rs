//! The main job, whole: a renewal from sign-in to service, and what each door says on the way.

use domain::Timestamp;
use domain::certificate::Standing;
use domain::request::StageName;
use ra::ActSigner;

use crate::bank::{AGENT, Client, DAY, on_both, refused};

#[test]
fn a_renewal_goes_from_sign_in_to_service() {
    on_both(|bank| {
        let (card, new_client) = bank.renewed(&bank.rogov, "gost-256-b");
        assert_eq!(card.stage, StageName::InService);
        assert_eq!(card.certificate.as_ref().unwrap().standing, Standing::Active);
        assert_eq!(card.subject.to_string(), "CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU");
        // The new key is as good as the old one now.
        bank.sign_in(&new_client);
        let kinds: Vec<String> =
            bank.journal().iter().filter_map(|row| row["body"]["event"].as_str().map(str::to_owned)).collect();
        for expected in [
            "request-created",
            "key-offered",
            "request-signed",
            "request-accepted",
            "request-approved",
            "intent-recorded",
            "certificate-issued",
            "act-drawn",
            "link-made",
            "mail-sent",
            "act-signed",
            "certificate-delivered",
            "possession-proven",
            "link-spent",
            "certificate-activated",
            "certificate-superseded",
        ] {
            assert!(kinds.iter().any(|kind| kind == expected), "{expected} is not in the journal: {kinds:?}");
        }
        bank.journal_holds();
    });
}

#[test]
fn the_predecessor_is_good_until_the_overlap_ends_and_for_nothing_after() {
    on_both(|bank| {
        let (card, _) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.sign_in(&bank.rogov);
        bank.set_clock(Timestamp(bank.now().0 + 14 * DAY * 1_000 + 1));
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-superseded");
        // Superseded is the bank's word: the CRL does not know it.
        bank.at(|at| bank.ra.tend(at)).unwrap();
        let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        assert_eq!(crypto::Crl::from_der(&crl.der).unwrap().revoked().len(), 0);
        assert_eq!(bank.stage(card.id), StageName::InService);
    });
}

#[test]
fn the_number_is_shown_from_acceptance_on() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        assert_eq!((card.unz, card.stage), (None, StageName::Draft));
        let (_, csr) = bank.new_key(&card, "gost-256-a");
        let card = bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        assert_eq!((card.unz, card.stage), (None, StageName::KeyReady));
        let text = card.text.unwrap();
        let cms = bank.at(|at| bank.rogov.sign(&text, at));
        let card = bank.at(|at| bank.ra.submit(&actor, card.id, &cms, at)).unwrap();
        assert_eq!(card.stage, StageName::InReview);
        assert!(text.contains(&card.unz.unwrap().to_string()));
        assert_eq!(card.allowed, ["recall"]);
    });
}

#[test]
fn nothing_is_handed_out_before_the_act_is_signed() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        assert_eq!(refused(bank.at(|at| bank.ra.deliver(AGENT, &code, at))), "act-not-signed");
        assert_eq!(bank.stage(card.id), StageName::Issued);
        bank.sign_act(&bank.rogov, &code).unwrap();
        let first = bank.at(|at| bank.ra.deliver(AGENT, &code, at)).unwrap();
        let again = bank.at(|at| bank.ra.deliver(AGENT, &code, at)).unwrap();
        assert_eq!((first.certificate_der, first.challenge), (again.certificate_der, again.challenge));
    });
}

#[test]
fn the_new_key_signs_the_act_with_its_proof_or_proves_nothing() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        let text = bank.sign_act(&bank.rogov, &code).unwrap().act_text.unwrap();
        let (delivered, new) = bank.take(&code, key, "rogov@bank-client.test");
        let signed = |client: &Client, text: &str| bank.at(|at| client.sign(text, at));
        let proof = signed(&new, &delivered.challenge);
        let prove = |act: Option<Vec<u8>>| bank.at(|at| bank.ra.prove(AGENT, &code, (&proof, act.as_deref()), at));
        let parts = || {
            let act = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap();
            act.signatures.iter().map(|signature| signature.signer).collect::<Vec<_>>()
        };
        assert_eq!(refused(prove(None)), "act-by-new-key-missing");
        assert_eq!(refused(prove(Some(signed(&bank.rogov, &text)))), "signer-other-key");
        assert_eq!(refused(prove(Some(signed(&new, &text.replace("Рогов", "Иванов"))))), "cms-content-differs");
        assert_eq!((bank.stage(card.id), parts()), (StageName::ActSigned, vec![ActSigner::CurrentKey]));
        assert_eq!(prove(Some(signed(&new, &text))).unwrap().stage, StageName::InService);
        assert_eq!(parts(), [ActSigner::CurrentKey, ActSigner::NewKey]);
        bank.journal_holds();
    });
}

#[test]
fn looking_at_a_link_changes_nothing_and_costs_nothing() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-512-a");
        let rows = bank.journal().len();
        for _ in 0..50 {
            bank.at(|at| bank.ra.open_link(AGENT, &code, at)).unwrap();
        }
        assert_eq!((bank.journal().len(), bank.card(card.id).version), (rows, card.version));
        bank.sign_act(&bank.rogov, &code).unwrap();
        let (delivered, new_client) = bank.take(&code, key, "rogov@bank-client.test");
        bank.prove(&new_client, &code, &delivered.challenge).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-spent");
        // A retry after a lost answer is answered as the first time.
        assert_eq!(bank.prove(&new_client, &code, &delivered.challenge).unwrap().stage, StageName::InService);
    });
}

#[test]
fn a_link_sent_again_replaces_the_old_one() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        bank.sent_again(&bank.operator, card.id).unwrap();
        let letters = bank.work();
        let again = crate::bank::link_code(&letters[0]);
        assert_ne!(code, again);
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-replaced");
        assert!(bank.at(|at| bank.ra.open_link(AGENT, &again, at)).is_ok());
        assert_eq!(bank.card(card.id).mail, Some("sent"));
    });
}

#[test]
fn a_declined_act_revokes_the_certificate_and_the_crl_says_so() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        assert_eq!(refused(bank.at(|at| bank.ra.decline(AGENT, &code, false, at))), "confirmation-required");
        let declined = bank.at(|at| bank.ra.decline(AGENT, &code, true, at)).unwrap();
        assert_eq!(declined.stage, StageName::Rejected);
        // A second click answers the same.
        assert_eq!(bank.at(|at| bank.ra.decline(AGENT, &code, true, at)).unwrap().stage, StageName::Rejected);
        bank.wait_ms(1_000);
        bank.work();
        let crl = bank.at(|at| bank.ra.crl("issuing", at)).unwrap().unwrap();
        let crl = crypto::Crl::from_der(&crl.der).unwrap();
        let serial = hex::decode(format!("{:0>40}", card.certificate.unwrap().serial_hex)).unwrap();
        let entry = crl.contains(&serial).unwrap();
        assert_eq!(entry.reason, Some(5), "cessationOfOperation");
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, &code, at))), "link-dead");
    });
}

#[test]
fn a_returned_request_is_corrected_and_goes_on_with_its_key() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        assert_eq!(
            refused(bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, card.version, "  ", at))),
            "reason-required"
        );
        let back = bank.at(|at| bank.ra.return_for_fix(&bank.operator, card.id, card.version, "Телефон", at)).unwrap();
        assert_eq!((back.stage, back.reason.as_deref()), (StageName::NeedsFix, Some("Телефон")));
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.at(|at| bank.ra.correct(&actor, card.id, at)).unwrap();
        assert_eq!(card.stage, StageName::KeyReady);
        let cms = bank.at(|at| bank.rogov.sign(card.text.as_ref().unwrap(), at));
        let card = bank.at(|at| bank.ra.submit(&actor, card.id, &cms, at)).unwrap();
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.work();
        assert_eq!(bank.stage(card.id), StageName::Issued);
    });
}

#[test]
fn a_recalled_request_leaves_room_for_another() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.rogov);
        assert_eq!(refused(bank.at(|at| bank.ra.create(&actor, bank.new_request(), at))), "request-open-already");
        assert_eq!(bank.at(|at| bank.ra.recall(&actor, card.id, at)).unwrap().stage, StageName::Cancelled);
        assert_eq!(bank.at(|at| bank.ra.recall(&actor, card.id, at)).unwrap().stage, StageName::Cancelled);
        bank.renewed(&bank.rogov, "gost-256-a");
    });
}

#[test]
fn a_refused_request_tells_why() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.ivanov, "gost-512-a");
        bank.at(|at| bank.ra.refuse(&bank.operator, card.id, card.version, "Нет доверенности", at)).unwrap();
        let letters = bank.work();
        assert_eq!(letters.iter().filter(|letter| letter.reason.as_deref() == Some("Нет доверенности")).count(), 1);
        assert_eq!(bank.stage(card.id), StageName::Rejected);
    });
}
