//! The agent's signature on acts: by a key file and by a key on a card, in every file and on every page that speaks of the act.

use crypto::{Certificate, SignedData};

use crate::bank::{Bank, now, surguch};
use crate::browser::Browser;
use crate::component::stored;
use crate::database::on_both;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::papers::{file, openssl_takes, read};
use crate::walk::id;

const AGENT: &str = "Иванов 6";

#[test]
fn the_agent_signs_beside_the_clients_two_keys_and_openssl_takes_all_three() {
    on_both(all_three);
}

fn all_three(database: &str) {
    let mut bank = Bank::closed(database);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let agent = bank.agent_signs_by_file(AGENT, "gost-512-a");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let delivery = format!("/api/v1/delivery/{}/{}", bank.agent, bank.code());
    let act = bank.get(&format!("{delivery}/act"), "").text();
    bank.post(&format!("{delivery}/act"), "", bank.rogov.sign(act.as_bytes())).json();
    assert_eq!(bank.desk(&card)["countersignature"], "none");
    let rogov = stored(&bank, &delivery, new_key, &act);
    bank.wait_until("the agent signs", || bank.desk(&card)["countersignature"] == "made");

    // One file, three signatures over the very text, each by its own certificate.
    let cookie = format!("surguch-client={token}");
    let own = |name: &str| {
        let path = format!("/requests/{}/act/{name}", id(&card));
        bank.call("GET", &path, "", b"", &[("accept-language", "ru"), ("cookie", &cookie)])
    };
    let folder = tempfile::tempdir().unwrap();
    let text = file(&folder, "act.txt", act.as_bytes());
    let cms = own("act.p7s").octets;
    let message = SignedData::from_der(&cms).unwrap();
    let mut signers: Vec<_> = message.verify(Some(act.as_bytes()), &[]).unwrap();
    signers.sort_by_key(|signer| signer.certificate == agent);
    assert_eq!(signers.len(), 3);
    for known in [&bank.rogov.certificate, &rogov.certificate, &agent] {
        assert!(signers.iter().any(|signer| signer.certificate == *known));
    }
    assert!(openssl_takes(&bank, &file(&folder, "act.p7s", &cms), &text));
    let spoilt = spoilt(&cms, &agent);
    assert!(
        !openssl_takes(&bank, &file(&folder, "spoilt.p7s", &spoilt), &text),
        "openssl looks at the agent's signature too"
    );

    // The paper has its stamp.
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let letters = read(&own("act.pdf"), &act, &unz);
    assert!(
        letters.contains("Агент") && letters.contains("Иванов6") && letters.contains("Клиент,новыйключ"),
        "{letters}"
    );

    // The pages of the client and of the bank.
    let page = bank.call(
        "GET",
        &format!("/requests/{}", id(&card)),
        "",
        b"",
        &[("accept-language", "ru"), ("cookie", &cookie)],
    );
    assert!(page.text().contains("Подписан и агентом"), "{}", page.text());
    let staff = Browser::new(&bank, "ru");
    assert_eq!(sign_in(&staff, "/desk/requests", "operator1", PASSWORD, &code(&secret, now())).status, 200);
    let page = staff.get(&format!("/desk/requests/{}", id(&card)));
    for wanted in ["Подпись агента", "Стоит под актом", "Акт подписан агентом"]
    {
        assert!(page.text().contains(wanted), "{wanted} is not in {}", page.text());
    }

    // Anybody is told in words.
    let browser = Browser::new(&bank, "ru");
    let client = message_of_the_client(&bank, &act);
    for (signature, all, words, not) in [
        (&cms, "Все подписи верны", "Акт подписал и агент. Его подпись верна.", "не подтверждена"),
        (&spoilt, "Верны не все подписи", "стоит подпись агента, но она не подтверждена", "Его подпись верна"),
        // This one the bank was never given.
        (
            &client,
            "Подписи сходятся с текстом",
            "Агент подписал этот акт, но в этом файле его подписи нет",
            "Его подпись верна",
        ),
    ] {
        let page = browser.get("/check");
        let files: [(&str, &str, &[u8]); 2] =
            [("signature", "act.p7s", signature), ("text", "act.txt", act.as_bytes())];
        let told = browser.upload(&page, "/check", &[], &files);
        let told = told.text();
        assert!(told.contains(all) && told.contains(words) && !told.contains(not), "{told}");
        assert!(told.contains("клиент, действующий ключ"), "{told}");
    }
    assert!(bank.stop().success());
}

/// The same file with the agent's signature changed in one bit.
fn spoilt(cms: &[u8], agent: &Certificate) -> Vec<u8> {
    let message = SignedData::from_der(cms).unwrap();
    let theirs = message.signers().iter().find(|signer| signer.is_named(agent)).unwrap().signature();
    let place = cms.windows(theirs.len()).position(|octets| octets == theirs).unwrap();
    let mut spoilt = cms.to_vec();
    spoilt[place] ^= 1;
    spoilt
}

fn message_of_the_client(bank: &Bank, act: &str) -> Vec<u8> {
    crypto::der_or_pem(bank.rogov.sign(act.as_bytes()).as_bytes(), "CMS").unwrap().to_vec()
}

#[test]
fn an_agents_key_that_cannot_sign_keeps_the_server_from_starting_and_no_other_command() {
    let bank = Bank::closed("");
    bank.agent_signs_by_file(AGENT, "gost-256-a");
    let own = bank.folder.path().join("agents");
    let refused = |words: &str| {
        let serve = surguch(&bank.config, &["serve"]);
        let told = String::from_utf8_lossy(&serve.stderr).into_owned();
        assert!(serve.status.code() == Some(3) && told.contains("countersignature") && told.contains(words), "{told}");
        assert!(surguch(&bank.config, &["staff", "list"]).status.success(), "{words}");
    };
    let password = own.join("agent.password");
    std::fs::write(&password, "changeme\n").unwrap();
    refused("known default secret");
    std::fs::write(&password, "another password\n").unwrap();
    refused("does not open this key");
    std::fs::remove_file(&password).unwrap();
    refused("agent.password");
    let stranger = crate::bank::key("gost-256-a");
    let sealed = stranger.to_encrypted_pkcs8_der(b"five words of the agent", 1_000, &mut crate::bank::rng()).unwrap();
    std::fs::write(&password, "five words of the agent\n").unwrap();
    std::fs::write(own.join("agent.key"), sealed).unwrap();
    refused("the key is not that of the certificate");
    let ended = bank.signatory(AGENT, crypto::Signer::public_key(&stranger).to_spki_der(), -1);
    std::fs::write(own.join("agent.pem"), crypto::pem_encode("CERTIFICATE", ended.as_der())).unwrap();
    refused("and not now");
}
