//! What people read when the answer is no: in the words of their bank where it has some, true of what happened, and without JSON
//! where a browser asks.

use serde_json::json;

use crate::bank::Bank;
use crate::browser::Browser;
use crate::matrix::{ELSEWHERE, with_another_agent};
use crate::moved_time::{SENT_AGAIN, newer_code};
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
        format!("?agentId={agent}&code={code}."),
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

/// 2027-06-15T03:00:00Z, a Tuesday at ten in Novosibirsk.
const TUESDAY: i64 = 1_813_028_400;
const DAY: i64 = 86_400;

/// A page that says no to whoever followed a link: what happened in both languages, whom to call, and where to go on, in this order.
fn says_no(bank: &Bank, address: &str, code: &str, (ru, en): (&str, &str), phone: (&str, &str), ways: &[&str]) {
    let status = if matches!(code, "link-unknown" | "link-of-other-agent") { 404 } else { 410 };
    let languages = [("ru", "Ссылка не открывается", ru, phone.0), ("en", "The link does not open", en, phone.1)];
    for (language, heading, sentence, phone) in languages {
        let page = Browser::new(bank, language).get(address);
        assert_eq!(page.status, status, "{code}: {}", page.text());
        for words in [heading, sentence, phone, code] {
            assert!(page.text().contains(words), "{code}: {words} is not in {}", page.text());
        }
        let actions = page.html.split("<p class=\"actions\">").nth(1).unwrap().split("</p>").next().unwrap();
        let found = actions.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        assert_eq!(found.map(crate::browser::unescaped).collect::<Vec<_>>(), ways, "{code}");
    }
}

#[test]
fn a_link_that_does_not_open_says_why_whom_to_call_and_where_to_go_on() {
    let open = || {
        let mut bank = Bank::closed_at("", TUESDAY);
        let elsewhere = with_another_agent(&bank);
        bank.own_procedures(|toml| toml.replace(SENT_AGAIN, ""));
        bank.start();
        let token = bank.sign_in(&bank.rogov);
        let card = bank.begin(&token);
        let key = bank.hand_in(&token, &card);
        bank.approve(&card);
        let code = bank.code();
        (bank, elsewhere, card, key, code)
    };
    let ours = ("8 800 500 07 70 добавочный номер 2", "8 800 500 07 70, extension 2");
    let (bank, elsewhere, card, key, code) = open();
    let link = |code: &str| format!("/ca/certificate?agentId={}&code={code}", bank.agent);
    let own = format!("/sign-in?agentId={}&to=/requests", bank.agent);
    let later = ["/status", own.as_str()];
    let unknown = (
        "Такой ссылки нет. Проверьте, что она скопирована из письма целиком.",
        "There is no such link. Check that it was copied from the letter whole.",
    );
    says_no(&bank, &link(&"0".repeat(64)), "link-unknown", unknown, ours, &later);
    says_no(&bank, &link("hello"), "link-unknown", unknown, ours, &later);
    let foreign = (
        "Ссылка относится к другому банку. Проверьте, что она скопирована из письма целиком.",
        "The link belongs to another bank. Check that it was copied from the letter whole.",
    );
    let theirs = format!("/sign-in?agentId={elsewhere}&to=/requests");
    let at_theirs = format!("/ca/certificate?agentId={elsewhere}&code={code}");
    says_no(&bank, &at_theirs, "link-of-other-agent", foreign, (ELSEWHERE, ELSEWHERE), &["/status", &theirs]);

    bank.set_clock(TUESDAY + 8 * DAY);
    let expired = (
        "Срок ссылки истёк. Пока запрос действует, банк может прислать новую ссылку письмом; если письма нет, обратитесь в \
         службу поддержки. Когда закончится срок запроса, понадобится новый запрос.",
        "The link has expired. While the request is open the bank may send a new link by mail; if there is no letter, contact \
         the support. Once the request has ended, a new one is needed.",
    );
    says_no(&bank, &link(&code), "link-expired", expired, ours, &later);
    // An address that names no agent: the link knows its own.
    says_no(&bank, &format!("/ca/certificate?code={code}"), "link-expired", expired, ours, &later);

    let seen = serde_json::json!({ "version": bank.desk(&card)["version"] }).to_string();
    bank.post(&format!("/api/v1/desk/requests/{}/resend-link", id(&card)), &bank.support, &seen).json();
    let newer = newer_code(&bank, &[&code]);
    let replaced = (
        "Эта ссылка заменена новой. Откройте ссылку из последнего письма.",
        "A newer link has replaced this one. Open the link of the latest letter.",
    );
    says_no(&bank, &link(&code), "link-replaced", replaced, ours, &later);

    bank.receive(&newer, &key);
    let spent =
        ("Ссылка уже использована: сертификат получен.", "The link has been used: the certificate was received.");
    let to_it = format!("{own}/{}", id(&card));
    says_no(&bank, &link(&newer), "link-spent", spent, ours, &[&to_it, "/status"]);

    let (bank, _, _, _, code) = open();
    let link = format!("/ca/certificate?agentId={}&code={code}", bank.agent);
    bank.post(&format!("/api/v1/delivery/{}/{code}/decline", bank.agent), "", "{\"confirmed\":true}").json();
    let dead = (
        "Ссылка больше не действует: от сертификата отказались или запрос завершён. Если сертификат всё ещё нужен, начните \
         новый запрос.",
        "The link is no longer valid: the request was declined or has ended. Begin a new request if you still need a \
         certificate.",
    );
    says_no(&bank, &link, "link-dead", dead, ours, &later);

    let (bank, _, card, _, code) = open();
    let link = format!("/ca/certificate?agentId={}&code={code}", bank.agent);
    bank.set_clock(TUESDAY + 31 * DAY);
    bank.wait_until("lapsed", || bank.desk(&card)["stage"] == "expired");
    let lapsed = ("Срок запроса истёк. Создайте новый запрос.", "The request has expired. Make a new one.");
    says_no(&bank, &link, "request-expired", lapsed, ours, &later);
}

/// A line of the words of the bank's procedure.
fn words_of(bank: &Bank, language: &str, id: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures").join(&bank.procedure);
    let text = std::fs::read_to_string(folder.join(format!("locales/{language}.ftl"))).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{id} = ")).map(str::to_owned));
    line.unwrap_or_else(|| panic!("{language} has no {id}"))
}
