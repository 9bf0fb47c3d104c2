//! What people read when the answer is no: in the words of their bank where it has some, true of what happened, and without JSON
//! where a browser asks.

use serde_json::json;

use crate::bank::Bank;
use crate::walk::id;

#[test]
fn a_contact_is_corrected_until_the_request_is_handed_in() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let contact = format!("/api/v1/requests/{}/contact", id(&card));
    let put = |body: &str| bank.call("PUT", &contact, &token, body.as_bytes(), &[]);
    let corrected = put("{\"email\":\"ivanov@example.org\"}").json();
    assert_eq!(corrected["contact"]["email"], "ivanov@example.org");
    assert_eq!(corrected["contact"]["phone"], card["contact"]["phone"], "what is absent stays");
    assert_eq!(put("{\"phone\":\"+7 000 000-00-02\"}").json()["contact"]["phone"], "+7 000 000-00-02");
    put("{\"phone\":\"call me\"}").refused(400, "phone-wrong");
    put("{\"position\":\"director\"}").refused(400, "body-malformed");
    let wrong = put("{\"email\":\"nobody\"}").refused(400, "email-wrong");
    assert_eq!(wrong["titles"]["ru"], words_of(&bank, "ru", "refusal-email-wrong"));

    bank.hand_in(&token, &card);
    put("{\"email\":\"rogov@example.org\"}").refused(409, "stage-does-not-allow");
    assert!(bank.letter("To: ").contains("To: ivanov@example.org"));
}

#[test]
fn a_refusal_speaks_the_banks_own_words_and_a_declined_link_is_not_called_received() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let key = format!("/api/v1/requests/{}/key", id(&card));
    // What is no PKCS#10 at all is on record as well.
    bank.call("PUT", &key, &token, b"hello", &[]).refused(400, "csr-malformed");
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let delivery = format!("/api/v1/delivery/{}/{code}", bank.agent);

    let refused = bank.post(&format!("{delivery}/certificate"), "", "").refused(409, "act-not-signed");
    for language in ["ru", "en"] {
        assert_eq!(refused["titles"][language], words_of(&bank, language, "refusal-act-not-signed"));
    }
    // Where the bank has none, the house's.
    let refused = bank.get(&format!("{delivery}/challenge"), "").refused(409, "not-delivered");
    assert!(refused["titles"]["en"].as_str().unwrap().contains("Receive it first"), "{refused}");

    bank.post(&format!("{delivery}/decline"), "", json!({ "confirmed": true }).to_string()).json();
    let dead = bank.get(&delivery, "").refused(410, "link-dead");
    assert!(!dead["titles"]["ru"].as_str().unwrap().contains("получен"), "{dead}");
    let exported = crate::bank::stdout(&crate::bank::surguch(&bank.config, &["journal", "export"]));
    assert!(exported.contains("csr-malformed"), "{exported}");
}

#[test]
fn the_address_in_a_letter_stands_what_mail_programs_do_to_it() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let ask = |query: &str, language: &str| {
        bank.call("GET", &format!("/ca/certificate{query}"), "", b"", &[("accept-language", language)])
    };
    let agent = bank.agent;
    for query in [
        format!("?agentId={agent}&code={code}"),
        format!("?code={code}"),
        format!("?class=2&code={code}"),
        format!("?class=%CA%EB%E0%F1%F1+2&code={code}&agentId={agent}"),
        format!("?utm_source=mail&code={code}&code=0&trusted=yes&agentId="),
    ] {
        let page = ask(&query, "en");
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{query}");
        let step = format!("/ca/certificate/act?agentId={agent}&#38;code={code}");
        assert!(page.text().contains(&step), "{}", page.text());
    }
    let nobody = "0".repeat(64);
    for (query, kind) in [
        (String::new(), "link-unknown"),
        ("?code=hello".to_owned(), "link-unknown"),
        (format!("?code={nobody}"), "link-unknown"),
        (format!("?agentId=x&code={code}"), "link-unknown"),
        (format!("?agentId={}&code={code}", agent + 1), "link-of-other-agent"),
    ] {
        let (ru, en) = (ask(&query, "ru"), ask(&query, "en"));
        assert_eq!((ru.status, ru.header("content-type")), (404, "text/html; charset=utf-8"), "{query}");
        assert!(ru.text().contains("Проверьте") && ru.text().contains(kind), "{}", ru.text());
        assert!(en.text().contains("Check that it was copied"), "{}", en.text());
        assert_eq!((ru.header("content-language"), en.header("content-language")), ("ru", "en"));
    }
}

/// A line of the words of the bank's procedure.
fn words_of(bank: &Bank, language: &str, id: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures").join(&bank.procedure);
    let text = std::fs::read_to_string(folder.join(format!("locales/{language}.ftl"))).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{id} = ")).map(str::to_owned));
    line.unwrap_or_else(|| panic!("{language} has no {id}"))
}
