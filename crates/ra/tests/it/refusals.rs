//! What bad input gets: a coded refusal, nothing changed, and a journal row where a person acted.

use crypto::{Extension, PrivateKey, RevokedEntry};
use domain::certificate::BankStep;
use domain::ids::{AgentId, CertificateId, RequestId};
use domain::request::StageName;
use ra::{ImportMode, MadeOn};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use statement::bounded::Text;
use statement::ticket::MediumKind;

use crate::bank::{AGENT, Bank, Client, PreviousAuthority, command_line, on_both, refused};

/// The last row of the journal must be this refusal.
fn journaled(bank: &Bank, attempt: &str, code: &str) {
    let found = bank.journal().iter().any(|row| row["body"]["attempt"] == attempt && row["body"]["code"] == code);
    assert!(found, "the journal does not show the refused {attempt} ({code})");
}

#[test]
fn a_pkcs10_with_a_fault_is_refused_by_name() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let (key, good) = bank.new_key(&card, "gost-256-a");
        let name = crypto::Name::from_pairs(card.subject.pairs()).unwrap();
        let other = crypto::Name::from_pairs([("2.5.4.6", "RU"), ("2.5.4.3", "Rogov Ivan Petprovich")]).unwrap();
        let reordered: Vec<_> = card.subject.pairs().collect::<Vec<_>>().into_iter().rev().collect();
        let reordered = crypto::Name::from_pairs(reordered).unwrap();
        let ca_flag =
            Extension { oid: "2.5.29.19".to_owned(), critical: true, value: vec![0x30, 0x03, 0x01, 0x01, 0xff] };
        let san = Extension { oid: "2.5.29.17".to_owned(), critical: false, value: vec![0x30, 0x03, 0x82, 0x01, 0x61] };
        let mut wrong_signature = good.clone();
        *wrong_signature.last_mut().unwrap() ^= 1;
        let mut rng = ChaCha20Rng::seed_from_u64(77);
        let ecdsa = PrivateKey::generate("ecdsa-p256".parse().unwrap(), &mut rng).unwrap();
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"not DER".to_vec(), "csr-malformed"),
            (good[..good.len() - 1].to_vec(), "csr-malformed"),
            ([good.clone(), vec![0]].concat(), "csr-malformed"),
            (wrong_signature, "csr-signature-wrong"),
            (crypto::Csr::create(&other, &key, &mut rng).unwrap(), "csr-subject-differs"),
            (crypto::Csr::create(&reordered, &key, &mut rng).unwrap(), "csr-subject-differs"),
            (crypto::Csr::create_with_extensions(&name, &[ca_flag], &key, &mut rng).unwrap(), "csr-extras-present"),
            (crypto::Csr::create_with_extensions(&name, &[san], &key, &mut rng).unwrap(), "csr-extras-present"),
            (crypto::Csr::create(&name, &ecdsa, &mut rng).unwrap(), "key-algorithm-not-allowed"),
            (crypto::Csr::create(&name, &bank.rogov.key, &mut rng).unwrap(), "key-seen-before"),
            (crypto::Csr::create(&name, &bank.ivanov.key, &mut rng).unwrap(), "key-seen-before"),
        ];
        for (der, code) in cases {
            assert_eq!(refused(bank.at(|at| bank.ra.offer_key(&actor, card.id, &der, at))), code);
            journaled(bank, "offer-key", code);
            assert_eq!((bank.stage(card.id), bank.card(card.id).version), (StageName::Draft, card.version), "{code}");
        }
        assert!(bank.at(|at| bank.ra.offer_key(&actor, card.id, &good, at)).is_ok());
    });
}

#[test]
fn a_key_of_another_open_request_is_refused() {
    on_both(|bank| {
        let (_, key) = bank.submitted(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.ivanov);
        let card = bank.create(&actor);
        let name = crypto::Name::from_pairs(card.subject.pairs()).unwrap();
        let csr = bank.at(|at| crypto::Csr::create(&name, &key, at.rng)).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at))), "key-seen-before");
        // Never seen before means ever: not after the other request was recalled either.
        let rogov = bank.sign_in(&bank.rogov);
        let open = bank.at(|at| bank.ra.requests_of(&rogov, at)).unwrap();
        bank.at(|at| bank.ra.recall(&rogov, open[0].id, at)).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at))), "key-seen-before");
    });
}

#[test]
fn a_signature_with_a_fault_is_refused_by_name() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let (new_key, csr) = bank.new_key(&card, "gost-256-a");
        let card = bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let text = card.text.clone().unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(78);
        let stranger =
            PreviousAuthority::new(&mut rng).client("Rogov Ivan Petrovich", "gost-256-a", 20, "x@y.test", &mut rng);
        let by = |client: &Client, text: &str| bank.at(|at| client.sign(text, at));
        let mut broken = by(&bank.rogov, &text);
        *broken.last_mut().unwrap() ^= 1;
        // Each of two signatures holds, and still it is no answer to who signed.
        let both = |one: &Client, other: &Client| {
            let messages = [by(one, &text), by(other, &text)].map(|cms| crypto::SignedData::from_der(&cms).unwrap());
            crypto::SignedData::joined(&messages).unwrap().to_der().unwrap()
        };
        let mismatched = Client { key: new_key, certificate: bank.rogov.certificate.clone(), email: "" };
        let cases = [
            (b"garbage".to_vec(), "cms-malformed"),
            (broken, "cms-signature-wrong"),
            (by(&bank.rogov, &text.replace("renewal", "first-issue")), "cms-content-differs"),
            (by(&bank.rogov, &format!("{text}\n")), "cms-content-differs"),
            (by(&stranger, &text), "signer-unknown"),
            (by(&bank.ivanov, &text), "signer-not-owner"),
            (both(&bank.rogov, &bank.ivanov), "cms-signer-count"),
            (both(&bank.rogov, &bank.rogov), "cms-signer-count"),
        ];
        for (cms, code) in cases {
            assert_eq!(refused(bank.at(|at| bank.ra.submit(&actor, card.id, &cms, at))), code);
            journaled(bank, "submit", code);
            assert_eq!(bank.stage(card.id), StageName::KeyReady);
        }
        // A certificate beside a key that is not its own cannot even make a CMS that anybody would take.
        let forged = bank.at(|at| {
            crypto::sign_cms(
                text.as_bytes(),
                true,
                &mismatched.key,
                &mismatched.certificate,
                &[],
                at.now.seconds(),
                at.rng,
            )
        });
        if let Ok(forged) = forged {
            assert_eq!(refused(bank.at(|at| bank.ra.submit(&actor, card.id, &forged, at))), "cms-signature-wrong");
        }
    });
}

/// The key and the request that names it come in one answer: they are taken together or not at all.
#[test]
fn a_key_beside_a_signature_with_a_fault_is_not_taken() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let id = card.id;
        let (key, csr) = bank.new_key(&card, "gost-256-a");
        let spki_sha256 = crypto::Signer::public_key(&key).spki_sha256();
        let on = MadeOn { medium: Some(MediumKind::SmartKey), serial: Text::clipped("0853000001") };
        let hand_in = |nonce: &str, cms: &[u8]| bank.at(|at| bank.ra.hand_in(&actor, id, nonce, (&csr, cms), &on, at));
        let store = bank.store();
        let stands = || {
            let rows = store.read(|tx| -> Result<_, store::Error> {
                let request = store::requests::by_id(tx, id)?;
                Ok((request, store::request_files::get(tx, id)?, store::keys::seen(tx, &spki_sha256)?))
            });
            rows.unwrap()
        };
        let before = stands();
        let by = |client: &Client, text: &str| bank.at(|at| client.sign(text, at));
        type Signed<'a> = &'a dyn Fn(&str) -> Vec<u8>;
        let faults: [(Signed<'_>, &str); 4] = [
            (&|_| b"garbage".to_vec(), "cms-malformed"),
            (&|text| by(&bank.ivanov, text), "signer-not-owner"),
            (&|text| by(&bank.rogov, &text.replace("renewal", "first-issue")), "cms-content-differs"),
            (&|_| by(&bank.rogov, &bank.begun(&actor, id, b"another").1), "cms-content-differs"),
        ];
        for (signed, code) in faults {
            let (nonce, text) = bank.begun(&actor, id, &csr);
            let wrong = signed(&text);
            let so_far = bank.journal();
            assert_eq!(refused(hand_in(&nonce, &wrong)), code);
            // Rows of one moment are exported lane by lane.
            let journal = bank.journal();
            let new = journal.iter().filter(|row| !so_far.contains(row));
            let said = new.map(|row| (row["body"]["attempt"].as_str(), row["body"]["code"].as_str()));
            assert_eq!(said.collect::<Vec<_>>(), [(Some("submit"), Some(code))], "the refusal and nothing else");
            assert_eq!(stands(), before, "{code}");
            // The ticket is used up all the same.
            assert_eq!(refused(hand_in(&nonce, &by(&bank.rogov, &text))), "component-ticket-spent");
            assert_eq!(refused(bank.at(|at| bank.ra.submit_with_key(&actor, id, (&csr, &wrong), at))), code);
            assert_eq!(stands(), before, "{code}");
        }
        let (nonce, text) = bank.begun(&actor, id, &csr);
        let right = by(&bank.rogov, &text);
        let accepted = hand_in(&nonce, &right).unwrap();
        assert_eq!(accepted.stage, StageName::InReview);
        let after = stands();
        let files = after.1.as_ref().unwrap();
        assert_eq!((files.pkcs10.as_ref(), files.submission_cms.as_ref()), (Some(&csr), Some(&right)));
        assert_eq!(hand_in(&nonce, &right).unwrap().version, accepted.version, "a second click");
        assert_eq!(stands(), after);
        bank.journal_holds();
    });
}

#[test]
fn a_certificate_that_is_no_longer_good_signs_nothing() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.rogov);
        let domain::actor::Actor::Subscriber { certificate_id, .. } = actor else { panic!("a subscriber") };
        bank.stepped(certificate_id, BankStep::Block);
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-blocked");
        assert_eq!(refused(bank.sign_act(&bank.rogov, &code)), "certificate-blocked");
        bank.stepped(certificate_id, BankStep::Unblock);
        bank.stepped(certificate_id, BankStep::Hold);
        assert_eq!(refused(bank.sign_act(&bank.rogov, &code)), "certificate-on-hold");
        bank.stepped(certificate_id, BankStep::Release);
        bank.stepped(certificate_id, BankStep::Revoke);
        assert_eq!(refused(bank.sign_act(&bank.rogov, &code)), "certificate-revoked");
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-revoked");
        assert_eq!(bank.stage(card.id), StageName::Issued);
        drop(key);
    });
}

#[test]
fn an_act_signed_over_other_text_or_by_another_key_is_refused() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        let text = bank.at(|at| bank.ra.open_link(AGENT, &code, at)).unwrap().act_text.unwrap();
        let cms = |client: &Client, text: &str| bank.at(|at| client.sign(text, at));
        let other_text = cms(&bank.rogov, &text.replace("Рогов", "Иванов"));
        assert_eq!(refused(bank.at(|at| bank.ra.sign_act(AGENT, &code, &other_text, at))), "cms-content-differs");
        let other_key = cms(&bank.ivanov, &text);
        assert_eq!(refused(bank.at(|at| bank.ra.sign_act(AGENT, &code, &other_key, at))), "signer-not-owner");
        // The new key cannot sign for its own acceptance: it is not in service.
        bank.sign_act(&bank.rogov, &code).unwrap();
        let (delivered, new_client) = bank.take(&code, key, "");
        let by_old = cms(&bank.rogov, &delivered.challenge);
        assert_eq!(refused(bank.at(|at| bank.ra.prove(AGENT, &code, (&by_old, None), at))), "signer-other-key");
        let other_challenge = cms(&new_client, &delivered.challenge.replace("possession", "something"));
        let proven = bank.at(|at| bank.ra.prove(AGENT, &code, (&other_challenge, None), at));
        assert_eq!(refused(proven), "cms-content-differs");
        assert_eq!(bank.stage(card.id), StageName::ActSigned);
    });
}

#[test]
fn a_proof_before_delivery_proves_nothing() {
    on_both(|bank| {
        let (_, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        assert_eq!(refused(bank.at(|at| bank.ra.prove(AGENT, &code, (b"", None), at))), "not-delivered");
    });
}

#[test]
fn links_that_are_not_links_open_nothing() {
    on_both(|bank| {
        let (_, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        let mut near = code.clone();
        near.replace_range(63..64, if code.ends_with('0') { "1" } else { "0" });
        for wrong in ["", "0", near.as_str(), code.to_uppercase().as_str(), &"f".repeat(10_000)] {
            assert_eq!(refused(bank.at(|at| bank.ra.open_link(AGENT, wrong, at))), "link-unknown");
        }
        assert_eq!(refused(bank.at(|at| bank.ra.open_link(AgentId(7), &code, at))), "link-of-other-agent");
    });
}

#[test]
fn whoever_reads_the_database_has_no_link_and_no_sign_in() {
    on_both(|bank| {
        let (card, _, code) = bank.issued(&bank.rogov, "gost-256-a");
        let challenge = bank.at(|at| bank.ra.challenge(AGENT, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(&challenge.text, at));
        let token = bank.at(|at| bank.ra.sign_in(challenge.id, &cms, at)).unwrap().token;
        let files: Vec<_> = ["surguch.db", "surguch.db-wal"].iter().map(|name| bank.data.path().join(name)).collect();
        let octets: Vec<u8> = files.iter().filter_map(|file| std::fs::read(file).ok()).flatten().collect();
        if octets.is_empty() {
            // The other database keeps its files to itself, and the same rows in them.
            return;
        }
        let holds = |text: &str| octets.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(&card.unz.unwrap().to_string()), "what is kept is found");
        let raw = |hex: &str| hex::decode(hex).unwrap();
        for secret in [&code, &token] {
            assert!(!holds(secret), "in digits");
            let secret = raw(secret);
            assert!(!octets.windows(secret.len()).any(|window| window == secret), "in octets");
        }
    });
}

#[test]
fn another_persons_request_does_not_exist() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let ivanov = bank.sign_in(&bank.ivanov);
        assert_eq!(refused(bank.at(|at| bank.ra.request(&ivanov, card.id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.recall(&ivanov, card.id, at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.offer_key(&ivanov, card.id, b"", at))), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.approve(&ivanov, card.id, card.version, at))), "not-found");
        let nobody = bank.at(|at| RequestId::new(at.now, at_random(at)));
        assert_eq!(refused(bank.at(|at| bank.ra.request(&ivanov, nobody, at))), "not-found");
        let no_certificate = bank.at(|at| CertificateId::new(at.now, at_random(at)));
        assert_eq!(refused(bank.at(|at| bank.ra.desk_certificate(&bank.operator, no_certificate, at))), "not-found");
    });
}

fn at_random(at: &mut ra::Moment<'_>) -> [u8; 10] {
    let mut octets = [0; 10];
    at.rng.fill_bytes(&mut octets);
    octets
}

#[test]
fn support_may_send_a_link_again_but_decides_nothing() {
    on_both(|bank| {
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        let support = bank.at(|at| crate::bank::staff(&bank.ra, "Рогов 3", &[domain::actor::Role::Support], at));
        assert_eq!(refused(bank.at(|at| bank.ra.approve(&support, card.id, card.version, at))), "role-missing");
        journaled(bank, "approve", "role-missing");
        bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        bank.work();
        assert!(bank.sent_again(&support, card.id).is_ok());
    });
}

#[test]
fn challenges_are_for_one_try() {
    on_both(|bank| {
        let challenge = bank.at(|at| bank.ra.challenge(AGENT, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(&challenge.text, at));
        bank.at(|at| bank.ra.sign_in(challenge.id, &cms, at)).map(|_| ()).unwrap();
        assert_eq!(refused(bank.at(|at| bank.ra.sign_in(challenge.id, &cms, at)).map(|_| ())), "challenge-unknown");
        let late = bank.at(|at| bank.ra.challenge(AGENT, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(&late.text, at));
        bank.wait_ms(5 * 60_000 + 1);
        assert_eq!(refused(bank.at(|at| bank.ra.sign_in(late.id, &cms, at)).map(|_| ())), "challenge-unknown");
        assert_eq!(refused(bank.at(|at| bank.ra.subscriber("no such token", at))), "sign-in-required");
    });
}

#[test]
fn a_sign_in_ends_after_half_an_hour() {
    on_both(|bank| {
        let challenge = bank.at(|at| bank.ra.challenge(AGENT, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(&challenge.text, at));
        let token = bank.at(|at| bank.ra.sign_in(challenge.id, &cms, at)).map(|signed_in| signed_in.token).unwrap();
        bank.wait_ms(30 * 60_000 - 1);
        assert!(bank.at(|at| bank.ra.subscriber(&token, at)).is_ok());
        bank.wait_ms(1);
        assert_eq!(refused(bank.at(|at| bank.ra.subscriber(&token, at))), "sign-in-expired");
    });
}

#[test]
fn a_certificate_revoked_by_its_own_authority_comes_in_revoked() {
    on_both(|bank| {
        let mut rng = ChaCha20Rng::seed_from_u64(79);
        let previous = PreviousAuthority::new(&mut rng);
        let revoked =
            previous.client("Ivanov Ivan Ivanovich 3", "gost-256-a", 20, "ivanov3@bank-client.test", &mut rng);
        let folder = tempfile::tempdir().unwrap();
        previous.write_import(folder.path(), &[("Иванов Иван Иванович", &revoked)]);
        std::fs::create_dir_all(folder.path().join("crls")).unwrap();
        let entry = RevokedEntry {
            serial: revoked.certificate.serial().to_vec(),
            revoked_at: crate::bank::START.seconds() - 2 * crate::bank::DAY,
            reason: Some(1),
        };
        std::fs::write(folder.path().join("crls/previous.crl"), previous.crl(vec![entry], &mut rng)).unwrap();
        let report =
            bank.at(|at| bank.ra.import(&command_line(), AGENT, folder.path(), ImportMode::Apply, at)).unwrap();
        assert!(report.applied && report.crls == 1, "{report:?}");
        assert_eq!(refused(bank.try_sign_in(&revoked)), "certificate-revoked");
    });
}

#[test]
fn what_a_renewing_client_may_not_edit_is_refused() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        for (phone, email, code) in [
            (None, Some("no address"), "email-wrong"),
            (None, Some("a@b.test\r\nBcc: x@y.test"), "email-wrong"),
            (Some("<script>"), None, "phone-wrong"),
        ] {
            let mut new = bank.new_request();
            new.phone = phone.map(str::to_owned);
            new.email = email.map(str::to_owned);
            assert_eq!(refused(bank.at(|at| bank.ra.create(&actor, new, at))), code);
        }
        let mut new = bank.new_request();
        new.procedure = "no-such-procedure".to_owned();
        assert_eq!(refused(bank.at(|at| bank.ra.create(&actor, new, at))), "procedure-not-offered");
    });
}

#[test]
fn a_predecessor_revoked_in_mid_renewal_stops_the_new_certificate() {
    on_both(|bank| {
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        let actor = bank.sign_in(&bank.rogov);
        let domain::actor::Actor::Subscriber { certificate_id, .. } = actor else { panic!("a subscriber") };
        bank.sign_act(&bank.rogov, &code).unwrap();
        let (delivered, new_client) = bank.take(&code, key, "");
        bank.stepped(certificate_id, BankStep::Revoke);
        assert_eq!(refused(bank.prove(&new_client, &code, &delivered.challenge)), "certificate-revoked");
        assert_eq!(bank.stage(card.id), StageName::ActSigned);
    });
}

#[test]
fn a_wrong_address_is_corrected_while_the_request_is_the_clients() {
    on_both(|bank| {
        let actor = bank.sign_in(&bank.rogov);
        let card = bank.create(&actor);
        let edit = |email: &str| bank.at(|at| bank.ra.edit(&actor, card.id, None, Some(email.to_owned()), at));
        assert_eq!(refused(edit("nobody")), "email-wrong");
        assert_eq!(edit("rogov7@bank-client.test").unwrap().contact.email.as_str(), "rogov7@bank-client.test");
        let (_, csr) = bank.new_key(&card, "gost-256-a");
        let keyed = bank.at(|at| bank.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let cms = bank.at(|at| bank.rogov.sign(keyed.text.as_ref().unwrap(), at));
        let sent = bank.at(|at| bank.ra.submit(&actor, card.id, &cms, at)).unwrap();
        assert_eq!(refused(edit("rogov8@bank-client.test")), "stage-does-not-allow");
        bank.at(|at| bank.ra.approve(&bank.operator, sent.id, sent.version, at)).unwrap();
        assert_eq!(bank.work()[0].to.as_str(), "rogov7@bank-client.test");
    });
}
