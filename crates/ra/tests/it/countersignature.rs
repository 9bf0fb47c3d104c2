//! The agent's signature on acts: made once, after the client's, waited for while the key is away, and refused at the start when it is worth nothing.

use crypto::{Certificate, Extension, KeyUsage, KeyUsageSet, Name, PrivateKey, Signer, TbsCertificate};
use domain::request::StageName;
use domain::time::DAY_MS;
use ra::{ActSigner, Countersigned, SignatureVerdict};

use crate::bank::{Backend, Bank, Client, refused};

fn on_both(run: impl Fn(&mut Bank)) {
    run(&mut Bank::open(Backend::Sqlite));
    if let Some(backend) = Backend::postgres() {
        run(&mut Bank::open(backend));
    }
}

fn key_file(bank: &Bank) -> String {
    format!("key = {:?}\n", bank.data.path().join("agent.key"))
}

fn on_token(bank: &Bank) -> String {
    let file = bank.data.path().join("agent.key");
    format!("[countersignature.token]\nmodule = \"/m.so\"\nserial = \"1\"\npin_file = {file:?}\n")
}

fn events(bank: &Bank, kind: &str) -> Vec<serde_json::Value> {
    bank.journal().into_iter().map(|row| row["body"].clone()).filter(|body| body["event"] == kind).collect()
}

/// Whoever signs an act, in its order.
const ALL: [ActSigner; 3] = [ActSigner::CurrentKey, ActSigner::NewKey, ActSigner::Agent];
/// Those of them that are the client's.
const CLIENTS: [ActSigner; 2] = [ActSigner::CurrentKey, ActSigner::NewKey];

fn parts(bank: &Bank, card: &ra::RequestCard) -> Vec<ActSigner> {
    let act = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap();
    act.signatures.iter().map(|signature| signature.signer).collect()
}

#[test]
fn an_act_that_client_and_proof_have_made_whole_is_signed_by_the_agent_once() {
    on_both(|bank| {
        let agent = bank.known("Ivanov 6", "gost-512-a", 300);
        let place = key_file(bank);
        bank.countersign(&agent, &place).unwrap();
        let (card, key, code) = bank.issued(&bank.rogov, "gost-256-a");
        bank.sign_act(&bank.rogov, &code).unwrap();
        bank.work();
        assert_eq!(
            (bank.card(card.id).countersigned, parts(bank, &card)),
            (Countersigned::No, vec![ActSigner::CurrentKey])
        );

        let (delivered, new) = bank.take(&code, key, "rogov@bank-client.test");
        let proven = bank.prove(&new, &code, &delivered.challenge).unwrap();
        assert_eq!((proven.stage, proven.countersigned), (StageName::InService, Countersigned::Awaited));
        let text = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap().text;
        let awaited = bank.at(|at| {
            let cms = bank.rogov.sign(&text, at);
            bank.ra.check_signatures(Some(text.as_bytes()), &cms, at)
        });
        assert_eq!(awaited.unwrap().document.unwrap().countersigned, Countersigned::Awaited);

        // Two workers hold the same piece of work, as after a lease that ended too early.
        bank.wait_ms(1_000);
        let due = bank.at(|at| bank.ra.claim(ra::Work::House, 16, at)).unwrap();
        let mine = due.into_iter().find(|due| due.kind() == "countersign").unwrap();
        bank.at(|at| bank.ra.perform(&mine, at)).unwrap();
        let first = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap();
        bank.wait_ms(1_000);
        bank.at(|at| bank.ra.perform(&mine, at)).unwrap();
        bank.work();
        let act = bank.at(|at| bank.ra.act_file(&bank.operator, card.id, at)).unwrap();
        assert_eq!(act.cms, first.cms, "one signature, the first");
        assert_eq!((act.countersigned, bank.card(card.id).countersigned), (Countersigned::Yes, Countersigned::Yes));
        assert_eq!(parts(bank, &card), ALL);
        let [client, _, by_agent] = act.signatures.as_slice() else { panic!("{:?}", act.signatures) };
        assert_eq!((client.name.as_str(), by_agent.name.as_str()), ("Рогов Иван Петрович", "Ivanov 6"));
        assert!(client.signed_at < by_agent.signed_at);
        let [event] = events(bank, "act-countersigned").try_into().unwrap();
        assert_eq!(event["thumbprint-sha256"], hex::encode(agent.certificate.thumbprint_sha256()));
        assert_eq!(event["text-sha256"], hex::encode(crypto::sha256(act.text.as_bytes())));
        bank.journal_holds();

        // The file says all of it to whoever brings it, and a spoilt signature of the agent is called one.
        let check = |cms: &[u8]| bank.at(|at| bank.ra.check_signatures(Some(act.text.as_bytes()), cms, at)).unwrap();
        let cms = act.cms.clone().unwrap();
        let verdicts = |cms: &[u8]| {
            let mut all: Vec<_> =
                check(cms).signatures.iter().map(|one| (one.act_signer.unwrap(), one.verdict)).collect();
            all.sort_by_key(|(part, _)| ALL.iter().position(|one| one == part));
            all
        };
        let holds = SignatureVerdict::Holds;
        assert_eq!(verdicts(&cms), ALL.map(|part| (part, holds)));
        let message = crypto::SignedData::from_der(&cms).unwrap();
        let theirs = message.signers().iter().find(|signer| signer.is_named(&agent.certificate)).unwrap().signature();
        let place = cms.windows(theirs.len()).position(|octets| octets == theirs).unwrap();
        let mut spoilt = cms.clone();
        spoilt[place] ^= 1;
        let wrong = (ActSigner::Agent, SignatureVerdict::Wrong);
        assert_eq!(verdicts(&spoilt), [(ActSigner::CurrentKey, holds), (ActSigner::NewKey, holds), wrong]);
    });
}

#[test]
fn an_agent_without_a_key_signs_nothing_and_one_that_gave_it_up_signs_no_more() {
    on_both(|bank| {
        let (card, _) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.work();
        assert_eq!((bank.card(card.id).countersigned, parts(bank, &card)), (Countersigned::No, CLIENTS.to_vec()));

        let agent = bank.known("Ivanov 6", "gost-256-a", 300);
        let place = on_token(bank);
        bank.countersign(&agent, &place).unwrap();
        let (card, _) = bank.renewed(&bank.ivanov, "gost-256-a");
        assert_eq!(bank.card(card.id).countersigned, Countersigned::Awaited);
        bank.ra = bank.reopened();
        bank.work();
        assert_eq!((bank.card(card.id).countersigned, parts(bank, &card)), (Countersigned::No, CLIENTS.to_vec()));
        assert!(events(bank, "act-countersigned").is_empty() && bank.ra.troubles(&bank.operator).unwrap().is_empty());
    });
}

#[test]
fn a_key_that_is_away_leaves_the_act_to_the_client_and_the_desk_hears_of_it() {
    on_both(|bank| {
        let agent = bank.known("Ivanov 6", "gost-256-a", 300);
        let place = on_token(bank);
        bank.countersign(&agent, &place).unwrap();
        let (card, _) = bank.renewed(&bank.rogov, "gost-256-a");
        let (token, pocket) = (bank.data.path().join("agent.key"), bank.data.path().join("pocket"));
        std::fs::rename(&token, &pocket).unwrap();
        bank.work();

        // The certificate is in service, the act is whole as far as the client goes, and the desk knows what is missing, why, and until when.
        assert_eq!(
            (bank.card(card.id).stage, bank.card(card.id).countersigned),
            (StageName::InService, Countersigned::Awaited)
        );
        assert_eq!(parts(bank, &card), CLIENTS);
        let [trouble] = bank.ra.troubles(&bank.operator).unwrap().try_into().unwrap();
        assert_eq!((trouble.kind.as_str(), trouble.request_id), ("countersign", Some(card.id)));
        assert!(trouble.error.as_ref().unwrap().contains("token-absent"), "{trouble:?}");
        assert!(trouble.next_try.unwrap() > bank.now() && trouble.since <= bank.now(), "{trouble:?}");
        // Each try fails later than the one before.
        bank.wait_ms(2_000);
        bank.work();
        let [again] = bank.ra.troubles(&bank.operator).unwrap().try_into().unwrap();
        assert!(again.next_try.unwrap().0 - bank.now().0 > 2_000 && again.since == trouble.since, "{again:?}");

        // The token is back: nobody has to wait for the next try.
        std::fs::rename(&pocket, &token).unwrap();
        bank.work();
        assert_eq!(bank.card(card.id).countersigned, Countersigned::Awaited);
        let id = trouble.effect_id.unwrap();
        bank.at(|at| bank.ra.try_again(&bank.operator, id, at)).unwrap();
        bank.work();
        assert_eq!(parts(bank, &card), ALL);
        assert!(bank.ra.troubles(&bank.operator).unwrap().is_empty());
        assert_eq!(refused(bank.at(|at| bank.ra.try_again(&bank.operator, id, at))), "stage-does-not-allow");
        assert_eq!(events(bank, "act-countersigned").len(), 1);
        bank.journal_holds();
    });
}

#[test]
fn a_certificate_that_ended_while_the_server_ran_signs_nothing_and_its_successor_does() {
    on_both(|bank| {
        let agent = bank.known("Ivanov 6", "gost-256-a", 1);
        let place = key_file(bank);
        bank.countersign(&agent, &place).unwrap();
        let (card, _) = bank.renewed(&bank.rogov, "gost-256-a");
        bank.wait_ms(2 * DAY_MS);
        bank.work();
        assert_eq!(parts(bank, &card), CLIENTS);
        let [trouble] = bank.ra.troubles(&bank.operator).unwrap().try_into().unwrap();
        assert!(trouble.error.as_ref().unwrap().contains("its certificate is good from"), "{trouble:?}");
        let successor = bank.known("Ivanov 7", "gost-256-a", 400);
        bank.countersign(&successor, &place).unwrap();
        bank.wait_ms(2_000);
        bank.work();
        assert_eq!(parts(bank, &card), ALL);
    });
}

#[test]
fn a_key_that_is_worth_nothing_keeps_the_server_from_starting_and_is_called_by_name() {
    let mut bank = Bank::open(Backend::Sqlite);
    let good = bank.known("Ivanov 6", "gost-256-a", 300);
    let place = key_file(&bank);
    let refusal = |bank: &mut Bank, by: &Client, place: &str, words: &str| {
        let error = bank.countersign(by, place).unwrap_err().to_string();
        assert!(error.starts_with("agent sixth, countersignature: ") && error.contains(words), "{words}: {error}");
    };
    refusal(&mut bank, &good, "key = \"/nowhere/agent.key\"\n", "/nowhere/agent.key");
    let other = bank.known("Ivanov 7", "gost-256-a", 300);
    let mixed = Client { key: other.key, certificate: good.certificate.clone(), email: "" };
    refusal(&mut bank, &mixed, &place, "the key is not that of the certificate");
    for days_left in [-1, 800] {
        let untimely = bank.known("Ivanov 8", "gost-256-a", days_left);
        refusal(&mut bank, &untimely, &place, "and not now");
    }
    let unfit = "not a certificate for signing documents";
    for (usage, is_ca, words) in [
        (KeyUsage::KeyAgreement, false, unfit),
        (KeyUsage::DigitalSignature, true, unfit),
        (KeyUsage::NonRepudiation, false, "no authority that the bank trusts"),
    ] {
        let key = bank.at(|at| PrivateKey::generate("gost-256-a".parse().unwrap(), at.rng)).unwrap();
        let certificate = self_made(&bank, &key, usage, is_ca);
        refusal(&mut bank, &Client { key, certificate, email: "" }, &place, words);
    }
    // A certificate of the bank itself that it has revoked.
    let (_, new) = bank.renewed(&bank.rogov, "gost-256-a");
    bank.countersign(&new, &place).unwrap();
    let thumbprint = new.certificate.thumbprint_sha256();
    let row = bank.store().read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint)).unwrap().unwrap();
    bank.stepped(row.id, domain::certificate::BankStep::Revoke);
    refusal(&mut bank, &new, &place, "revoked or on hold");
    bank.countersign(&good, &place).unwrap();
}

/// A certificate that nobody else has signed.
fn self_made(bank: &Bank, key: &PrivateKey, usage: KeyUsage, is_ca: bool) -> Certificate {
    let name = Name::from_pairs([("2.5.4.3", "Ivanov 9")]).unwrap();
    let tbs = TbsCertificate {
        serial: vec![9],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name.to_der(),
        not_before: bank.now().seconds() - 60,
        not_after: bank.now().seconds() + 600,
        subject: name,
        spki_der: key.public_key().to_spki_der(),
        extensions: vec![Extension::basic_constraints(is_ca, None), Extension::key_usage(KeyUsageSet::of([usage]))],
    };
    let tbs = tbs.to_der().unwrap();
    let signature = bank.at(|at| key.sign(&tbs, at.rng)).unwrap();
    Certificate::from_der(&crypto::assemble(&tbs, key.signature_algorithm(), &signature)).unwrap()
}
