//! What a client does on the pages alone, beside a renewal: hold and revoke, messages with the act, where to go when nothing helps.
//! And what hostile, enormous and repeated input comes to on every form of the portal.

use std::collections::BTreeMap;

use serde_json::json;

use crate::bank::{Answer, Bank};
use crate::browser::{Browser, Loaded, encoded};
use crate::matrix::{ELSEWHERE, with_another_agent};
use crate::walk::id;

/// A browser that is signed in as Rogov.
fn signed_in<'a>(bank: &'a Bank, language: &'static str) -> Browser<'a> {
    let browser = Browser::new(bank, language);
    browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    browser
}

fn says(page: &Loaded, status: u16, wanted: &[&str]) {
    assert_eq!(page.status, status, "{}", page.text());
    for words in wanted {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[test]
fn a_program_holds_and_revokes_the_certificates_of_whoever_signed_in() {
    for (step, body, standing, refused) in [
        ("hold", "{}", "hold", "certificate-on-hold"),
        ("revoke", "{\"reason\":\"keyCompromise\"}", "revoked", "certificate-revoked"),
    ] {
        let bank = Bank::open("");
        let token = bank.sign_in(&bank.rogov);
        let listed = bank.get("/api/v1/certificates", &token).json()["certificates"][0].clone();
        assert_eq!((&listed["standing"], &listed["allowed"]), (&json!("active"), &json!(["hold", "revoke"])));
        let door = |step: &str| format!("/api/v1/certificates/{}/{step}", listed["id"].as_str().unwrap());
        bank.post(&door("revoke"), &token, "{}").refused(400, "body-malformed");
        bank.post(&door("revoke"), &token, "{\"reason\":\"superseded\"}").refused(403, "own-step-not-offered");
        assert_eq!(bank.post(&door(step), &token, body).json()["standing"], standing);
        // It proves nobody any longer.
        bank.get("/api/v1/certificates", &token).refused(401, refused);
    }
}

#[test]
fn a_client_holds_an_own_certificate_and_is_told_where_to_go_then() {
    let bank = Bank::open("");
    let browser = signed_in(&bank, "ru");
    let ask = browser.get(&browser.get("/certificates").link("Приостановить"));
    says(&ask, 200, &["Возобновит действие только банк", "Вы вошли с этим сертификатом"]);
    let action = ask.path.clone();
    let unsure = browser.submit(&ask, &action, &[]);
    says(&unsure, 400, &["Приостановить сертификат"]);
    assert!(browser.get("/certificates").text().contains("Действует"), "nothing changed");
    let done = browser.submit(&unsure, &action, &[("confirmed", "yes")]);
    says(&done, 200, &["Сертификат приостановлен. Возобновить его может только банк."]);
    assert!(done.path.starts_with("/sign-in?done=hold"), "{}", done.path);

    // The sign-in has ended with it; the way on is a page that says where to go, in the bank's words.
    let shut = browser.get("/certificates");
    says(&shut, 401, &["certificate-on-hold"]);
    let help = browser.get(&shut.link("Подробнее"));
    says(
        &help,
        200,
        &["Куда обратиться", "в котором Вы обслуживаетесь", "Что взять с собой", "паспорт", "8 800 500 07 70"],
    );
    // The other way in, a fresh sign-in, is refused on its own page with the same link.
    let page = browser.get("/sign-in");
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let fields = [("challenge", challenge["challenge"].as_str().unwrap()), ("cms", cms.as_str())];
    let refused = browser.submit(&page, "/sign-in", &fields);
    says(&refused, 401, &["certificate-on-hold"]);
    assert_eq!(refused.link("Подробнее"), format!("/help/blocked?agentId={}", bank.agent));
    let letter = bank.letter("приостановлено");
    assert!(letter.contains("rogov@example.org"), "{letter}");
}

#[test]
fn a_client_revokes_an_own_certificate_for_a_reason_that_was_chosen() {
    let bank = Bank::open("");
    let browser = signed_in(&bank, "en");
    let ask = browser.get(&browser.get("/certificates").link("Revoke"));
    let action = ask.path.clone();
    says(&ask, 200, &["A revoked certificate never works again", "The key is lost, stolen or known to others"]);
    let said_yes = ("confirmed", "yes");
    for reason in ["", "<b>", "unspecified", "certificateHold"] {
        let wrong = browser.submit(&ask, &action, &[said_yes, ("reason", reason)]);
        assert_eq!(wrong.status, 400, "{reason}");
    }
    let fields = [said_yes, ("reason", "keyCompromise")];
    let done = browser.submit(&ask, &action, &fields);
    says(&done, 200, &["The certificate is revoked."]);
    // A second click, the way back: it is over, and nothing happens twice.
    says(&browser.submit(&ask, &action, &fields), 401, &["certificate-revoked"]);
    assert!(bank.letter("отозван").contains("revoked"));
    let nobodys = "/certificates/01890000-0000-7000-8000-000000000000/revoke";
    let other = Bank::open("");
    says(&signed_in(&other, "en").get(nobodys), 404, &["not-found"]);
    says(&signed_in(&other, "en").get("/certificates/1/release"), 404, &["not-found"]);
}

#[test]
fn a_copy_of_the_act_goes_to_the_bank_as_a_message_and_the_bank_answers() {
    let mut bank = Bank::closed("");
    let secret = crate::desk::with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let browser = signed_in(&bank, "ru");
    let token = browser.cookie("surguch-client").unwrap();
    says(&browser.get("/messages"), 200, &["Писать пока не о чем"]);
    let card = bank.begin(&token);
    let thread = format!("/messages/{}", id(&card));
    assert_eq!(browser.get(&thread).status, 404, "nothing to write about before it is sent");
    let key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let page = browser.get(&thread);
    says(&page, 200, &["Сообщения по запросу", &unz, "Сообщений пока нет"]);
    assert!(!page.text().contains("Приложить Акт"), "it is not signed yet");
    bank.receive(&code, &key);

    let page = browser.get(&thread);
    says(&page, 200, &["Приложить Акт приема-передачи с подписями"]);
    let status = || browser.get(&format!("/status?unz={unz}")).text();
    let asked_for = "копию Акта приема-передачи необходимо передать в Банк";
    assert!(status().contains(asked_for), "{}", status());
    let hostile = "Акт подписан.\n<script>alert(1)</script> & \"так\"";
    let sent = browser.submit(&page, &thread, &[("text", hostile), ("act", "yes")]);
    says(&sent, 200, &["Акт подписан. <script>alert(1)</script> & \"так\"", &format!("act-{unz}.txt"), "SHA-256"]);
    assert!(!sent.html.contains("<script>"), "text is shown as text");
    assert!(!status().contains(asked_for), "it has come: {}", status());
    // A second click, another tab with the same form, the way back: one message.
    let again = browser.submit(&page, &thread, &[("text", hostile), ("act", "yes")]);
    assert_eq!(again.html.matches("class=\"said\"").count(), 1);

    // The files are the record's, and are saved, not shown.
    let file = browser.get(&sent.link(&format!("act-{unz}.txt")));
    assert_eq!(file.status, 200);
    assert!(file.answer.header("content-disposition").starts_with("attachment"));
    assert_eq!(file.answer.header("x-content-type-options"), "nosniff");
    assert!(file.html.contains("АКТ ПРИЕМА - ПЕРЕДАЧИ"), "{}", file.html);

    // A scan goes along as what it is, under a name of ours; what is none comes back with what was typed.
    let form = browser.get(&thread);
    let wrong = browser.upload(&form, &thread, &[("text", "Скан")], &[("scan", "act.pdf", b"MZ\x90")]);
    says(&wrong, 400, &["Это не PDF, не JPEG и не PNG"]);
    assert!(wrong.html.contains("Скан"), "what was typed stays");
    let scan = br"%PDF-1.4
1 0 obj <</Type /Catalog>> endobj
xref
0 1
0000000000 65535 f
trailer <<>>
startxref
43
%%EOF
";
    let sent = browser.upload(&wrong, &thread, &[("text", "Скан")], &[("scan", "../../<act>.exe", scan)]);
    says(&sent, 200, &["Скан", "scan-1.pdf"]);
    assert!(!sent.text().contains(".exe"), "{}", sent.text());
    let kept = browser.get(&sent.link("scan-1.pdf"));
    assert_eq!(
        (kept.answer.octets.as_slice(), kept.answer.header("content-type")),
        (scan.as_slice(), "application/pdf")
    );
    let many = [("scan", "a.pdf", scan.as_slice()); 4];
    let page = browser.upload(&browser.get(&thread), &thread, &[("text", "Много")], &many);
    assert_eq!(page.status, 413, "{}", page.text());

    // The desk: in the list, read, answered.
    let desk = Browser::new(&bank, "ru");
    crate::desk::sign_in(
        &desk,
        "/desk/messages",
        "operator1",
        crate::desk::PASSWORD,
        &crate::desk::code(&secret, crate::bank::now()),
    );
    let list = desk.get("/desk/messages");
    says(&list, 200, &["Не прочитано", &unz, "Рогов Иван Петрович"]);
    let inbox = desk.get(&list.link(&unz));
    says(&inbox, 200, &["Акт подписан.", "Клиент"]);
    assert_eq!(desk.get(&inbox.link(&format!("act-{unz}.txt"))).html, file.html);
    let action = inbox.path.clone();
    says(&desk.submit(&inbox, &action, &[("text", "Акт получен")]), 200, &["Акт получен", "Operator 1"]);
    says(&browser.get(&thread), 200, &["Банк: Operator 1", "Акт получен"]);
    let write = browser.submit(&browser.get(&thread), &thread, &[("text", "Спасибо")]);
    assert_eq!(write.status, 200);
    let inbox = desk.get(&action);
    let read = desk.submit(&inbox, &format!("{action}/read"), &[]);
    says(&read, 200, &["Не прочитано"]);
    assert!(!desk.get(&action).text().contains("Отметить прочитанным"));
    let journal = browser.get("/journal").text();
    assert!(journal.contains("Отправлено сообщение"), "{journal}");
}

/// A form of the portal, where it stands, and a field of it with what good input would be.
struct Place {
    page: String,
    action: String,
    field: &'static str,
}

/// Wrong, hostile, and as enormous as a body may be.
pub(crate) fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\u{0}",
        "\r\nSet-Cookie: a=b",
        "<script>alert(1)</script>",
        "'; DROP TABLE requests; --",
        "../../etc/passwd",
        "%00%ff",
        "{{7*7}}",
        "\u{202e}gpj.exe",
        "\u{1b}[31m",
        "MAA=",
        "-----BEGIN CMS-----\nMAA=\n-----END CMS-----",
        "я\u{301}\u{301}\u{301}",
        "=cmd|' /C calc'!A0",
        "99999999999999999999999999",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("я".repeat(30_000));
    texts.push("A".repeat(200_000));
    texts
}

/// A refusal or the same page: never a fault of ours, never markup of theirs, never another page than a person can use.
pub(crate) fn is_calm(answer: &Answer, html: &str, what: &str) {
    assert!((200..500).contains(&answer.status), "{what}: {} {html}", answer.status);
    assert!(!html.contains("<script>alert"), "{what}: {html}");
    assert!(answer.headers("set-cookie").iter().all(|cookie| !cookie.starts_with("a=")), "{what}");
    assert!(html.contains("<h1"), "{what} is a page: {html}");
}

#[test]
fn whatever_is_typed_into_any_field_of_the_portal_is_answered_calmly_and_changes_nothing() {
    // Many tries of one address, on purpose.
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    bank.start();
    let bank = &bank;
    let browser = signed_in(bank, "en");
    let token = browser.cookie("surguch-client").unwrap();
    let card = bank.begin(&token);
    let request = format!("/requests/{}", id(&card));
    let renewal = format!("/security/renewal/{}", bank.procedure);
    let place = |page: &str, action: &str, field| Place { page: page.to_owned(), action: action.to_owned(), field };
    let places = [
        place(&format!("{renewal}?medium=smart-key"), &renewal, "email"),
        place(&format!("{renewal}?medium=smart-key"), &renewal, "phone"),
        place(&format!("{renewal}?medium=smart-key"), &renewal, "medium"),
        place(&format!("{request}/send"), &format!("{request}/submission"), "pkcs10"),
        place(&format!("{request}/send"), &format!("{request}/submission"), "cms"),
        place(&format!("{request}/send"), &format!("{request}/submission"), "nonce"),
        place("/sign-in", "/sign-in", "cms"),
        place("/sign-in", "/sign-in", "challenge"),
        place("/sign-in", "/sign-in", "agent"),
        place("/sign-in", "/sign-in", "to"),
        place("/sign-in", "/sign-in/password", "login"),
        place("/sign-in", "/sign-in/password", "password"),
        place("/sign-in", "/sign-in/password", "code"),
        place("/sign-in", "/sign-in/password", "agent"),
        place("/sign-in", "/sign-in/password", "to"),
        place("/security/password", "/security/password", "login"),
        place("/security/password", "/security/password", "own"),
        place("/security/password", "/security/password", "again"),
        place("/organisations", "/organisations/join", "cms"),
        place("/organisations", "/organisations/join", "nonce"),
        place("/organisations", "/organisations/join", "challenge"),
        place("/feedback", "/feedback", "subject"),
        place("/feedback", "/feedback", "unz"),
        place("/feedback", "/feedback", "name"),
        place("/feedback", "/feedback", "phone"),
        place("/feedback", "/feedback", "email"),
        place("/feedback", "/feedback", "text"),
        place("/feedback", "/feedback", "message"),
    ];
    // Fields that only ask for something.
    let asking = [("/requests", "from"), ("/requests", "until"), ("/requests", "after"), ("/status", "unz")];
    let journal = |browser: &Browser<'_>| browser.get(&request).text();
    let before = journal(&browser);
    for place in &places {
        for text in hostile() {
            let page = browser.get(&place.page);
            let mut fields = vec![(place.field, text.as_str())];
            if place.field == "nonce" {
                fields.extend([("pkcs10", "MAA="), ("cms", "MAA=")]);
            }
            if place.action == "/feedback" {
                // A scan is missing: nothing is ever sent.
                let good = [("subject", "application"), ("name", "Ivanov"), ("email", "ivanov@bank-client.test")];
                fields.extend(good.into_iter().filter(|(name, _)| *name != place.field));
            }
            let answer = browser.submit(&page, &place.action, &fields);
            let what = format!("{} of {} with {:.40}", place.field, place.action, text);
            is_calm(&answer.answer, &answer.html, &what);
            // What was typed stays where it can be corrected.
            if answer.status == 400
                && matches!(place.field, "email" | "phone")
                && text.len() < 200
                && !text.trim().is_empty()
                && text.chars().all(|c| !c.is_control())
            {
                let kept = answer.html.contains("aria-invalid");
                assert!(kept, "{what}: {}", answer.html);
            }
        }
    }
    for (page, field) in asking {
        for text in hostile().into_iter().filter(|text| text.len() < 60_000) {
            let typed = BTreeMap::from([(field.to_owned(), text.clone())]);
            let answer = browser.get(&format!("{page}?{}", encoded(&typed)));
            is_calm(&answer.answer, &answer.html, &format!("{field} of {page} with {text:.40}"));
        }
    }
    // An e-mail or a phone may have been taken, as far as they are one; nothing was sent.
    let after = journal(&browser);
    assert_eq!(before.contains("Draft"), after.contains("Draft"), "{after}");
    assert_eq!(bank.desk(&card)["stage"], "draft");

    // Addresses: numbers that are none, places that are not there.
    for path in [
        "/status?unz=",
        "/requests/x",
        "/requests/%00",
        "/messages/x",
        "/messages/x/y/z",
        "/certificates/x/hold",
        "/help/x",
        "/help/..%2f",
        "/ca/certificate?code=x",
        "/ca/certificate?agentId=x&code=y",
        "/security/renewal/x",
        "/certificates/x/%3Cb%3E",
    ] {
        for text in ["", "%3Cscript%3Ealert(1)%3C/script%3E"] {
            let page = browser.get(&format!("{path}{text}"));
            is_calm(&page.answer, &page.html, path);
        }
    }
}

#[test]
fn back_buttons_second_tabs_replays_and_fixed_sessions_lead_nowhere() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    // A number of a visit that somebody else chose is worth nothing after the sign-in.
    browser.set_cookie("surguch-visit", &"0".repeat(64));
    let page = browser.get("/sign-in");
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let fields = [("challenge", challenge["challenge"].as_str().unwrap()), ("cms", cms.as_str())];
    assert_eq!(browser.submit(&page, "/sign-in", &fields).status, 200);
    assert_ne!(browser.cookie("surguch-visit").unwrap(), "0".repeat(64));
    // The same answer once more, from another browser: the challenge was used.
    let thief = Browser::new(&bank, "ru");
    says(&thief.submit(&thief.get("/sign-in"), "/sign-in", &fields), 401, &["challenge-unknown"]);
    // A form of the visit before the sign-in is stale, and says so.
    says(&browser.submit(&page, "/sign-in", &fields), 409, &["form-stale"]);

    // Two tabs of one form: the second finds the request of the first.
    let renewal = format!("/security/renewal/{}", bank.procedure);
    let tabs = [0, 1].map(|_| browser.get(&format!("{renewal}?medium=smart-key")));
    let first = browser.submit(&tabs[0], &renewal, &[("email", "rogov@example.org")]);
    let second = browser.submit(&tabs[1], &renewal, &[("email", "ivanov@example.org")]);
    assert_eq!(first.path, second.path, "one request");
    says(&second, 200, &["ivanov@example.org"]);
    let request = first.path.strip_suffix("/send").unwrap().to_owned();

    // The way back after a recall: the form is still there, and says what is so now.
    let ask = browser.get(&format!("{request}/recall"));
    let recalled = browser.submit(&ask, &format!("{request}/recall"), &[]);
    assert_eq!(recalled.status, 200);
    assert_eq!(
        browser.submit(&ask, &format!("{request}/recall"), &[]).text(),
        recalled.text(),
        "a second recall answers as the first"
    );
    let late = browser.submit(&first, &format!("{request}/submission"), &[("pkcs10", "MAA="), ("cms", "MAA=")]);
    assert!((400..500).contains(&late.status), "{}", late.text());
    // After the way out the way back shows nothing and changes nothing.
    browser.submit(&browser.get("/requests"), "/sign-out", &[]);
    assert!(browser.get(&request).path.starts_with("/sign-in?to="));
    let late = browser.submit(&tabs[0], &renewal, &[("email", "rogov@example.org")]);
    assert_eq!(late.status, 401, "{}", late.text());
}

#[test]
fn every_case_that_cannot_be_done_remotely_has_its_page_in_both_languages() {
    let bank = Bank::open("");
    for (language, wanted) in
        [("ru", ["Куда обратиться", "Что взять с собой"]), ("en", ["Where to go", "What to bring"])]
    {
        let browser = Browser::new(&bank, language);
        let list = browser.get(&browser.get("/sign-in").link(if language == "ru" {
            "Если дистанционно не получается"
        } else {
            "When it cannot be done remotely"
        }));
        assert_eq!(list.status, 200);
        for case in ["expired", "lost", "blocked", "revoked", "pin", "power", "ms-key"] {
            assert!(list.html.contains(&format!("/help/{case}")), "{case}");
            let page = browser.get(&format!("/help/{case}"));
            says(&page, 200, &wanted);
            says(&page, 200, &["8 800 500 07 70"]);
        }
    }
    let browser = Browser::new(&bank, "ru");
    says(
        &browser.get("/help/ms-key"),
        200,
        &["MS_Key К", "Рутокен ЭЦП 2.0", "Инструкцией по генерации новых сертификатов"],
    );
}

/// The manual's sentence about a key that takes no certificate any more, and how to reach the bank that says so.
const OF_THE_BANK: [&str; 3] =
    ["Рутокен ЭЦП 2.0", "Инструкцией по генерации новых сертификатов", "8 800 500 07 70 добавочный номер 2"];

#[test]
fn with_several_banks_every_way_to_the_pages_of_help_leads_to_those_of_the_own_one() {
    let mut bank = Bank::closed("");
    let elsewhere = with_another_agent(&bank);
    bank.start();
    let case = "USB-ключ «MS_Key К»";
    // Nobody knows whose client this is: the house's words, and nobody's telephone.
    let nobody = Browser::new(&bank, "ru");
    let page = nobody.get(&nobody.get("/help").link(case));
    says(&page, 200, &["Получите в банке новый USB-ключ"]);
    assert!(!page.text().contains("8 800") && !page.text().contains(ELSEWHERE), "{}", page.text());
    // The choice of a bank keeps where one wanted to go, and from there on everything is that bank's.
    let choice = nobody.get("/requests?from=2026-01-01");
    let to = format!("/sign-in?agentId={}&to=/requests%3Ffrom%3D2026-01-01", bank.agent);
    assert!(choice.html.contains(&to.replace('&', "&#38;")), "{}", choice.html);
    let page = nobody.get(&to);
    let foot = nobody.get(&page.link("Помощь"));
    let list = nobody.get(&page.link("Если дистанционно не получается"));
    assert_eq!(foot.path, list.path);
    let help = nobody.get(&list.link(case));
    says(&help, 200, &OF_THE_BANK);
    assert_eq!(nobody.get(&help.link("Если дистанционно не получается")).path, list.path);
    let theirs = nobody.get(&nobody.get(&format!("/help?agentId={elsewhere}")).link(case));
    says(&theirs, 200, &["Рутокен ЭЦП 2.0", ELSEWHERE]);
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let fields = [("challenge", challenge["challenge"].as_str().unwrap()), ("cms", cms.as_str())];
    let client = nobody;
    assert_eq!(client.submit(&page, "/sign-in", &fields).path, "/requests?from=2026-01-01");

    // Signed in: an address that says nothing, the page of the media, the window's own troubles.
    says(&client.get("/help/ms-key"), 200, &OF_THE_BANK);
    let media = client.get(&format!("/security/renewal/{}", bank.procedure));
    says(&client.get(&media.link("Подробнее")), 200, &OF_THE_BANK);
    let renewal = client.get(&format!("{}?medium=smart-key", media.path));
    let send = client.submit(&renewal, &media.path, &[]);
    assert!(send.html.contains(&format!("/help/pin?agentId={}\"", bank.agent)), "{}", send.html);
    // What is not there has somebody to ask, too.
    says(&client.get("/requests/x"), 404, &["not-found", "8 800 500 07 70"]);

    // A form that comes too late leads back to its page, at the bank.
    let token = client.cookie("surguch-client").unwrap();
    let recall = format!("{}/recall", send.path.strip_suffix("/send").unwrap());
    let late = |page: &str, action: &str, cookie: &str| {
        let origin = bank.url("");
        let from = format!("{origin}{page}");
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("referer", from.as_str()),
            ("cookie", cookie),
        ];
        let answer = bank.call("POST", action, "", b"", &headers);
        assert_eq!(answer.status, 401, "{}", answer.text());
        answer.text()
    };
    let back = late(&format!("{recall}?x=1"), &recall, "");
    assert!(back.contains(&format!("\"/sign-in?to={recall}%3Fx%3D1\"")), "{back}");
    let desk = late("/desk/requests?q=1", "/desk/requests/x/approve", "");
    assert!(desk.contains("\"/desk/sign-in?to=/desk/requests%3Fq%3D1\""), "{desk}");

    // The certificate is put on hold: whoever is refused reads why and where, on the page and on the way in.
    let listed = bank.get("/api/v1/certificates", &token).json()["certificates"][0]["id"].as_str().unwrap().to_owned();
    let hold = format!("/certificates/{listed}/hold");
    let held = client.submit(&client.get(&hold), &hold, &[("confirmed", "yes")]);
    says(&held, 200, &["Сертификат приостановлен", "Вход по сертификату", "8 800 500 07 70"]);
    let shut = client.get("/certificates");
    says(&shut, 401, &["certificate-on-hold", "8 800 500 07 70"]);
    says(&client.get(&shut.link("Подробнее")), 200, &["в котором Вы обслуживаетесь", "8 800 500 07 70"]);
}

#[test]
fn how_and_when_support_is_reached_is_said_in_the_language_of_the_reader_on_pages_and_in_letters() {
    let mut bank = Bank::closed("");
    bank.support_answers("с 9 до 18", "from 9 to 18");
    bank.start();
    let said = [
        ("ru", ["8 800 500 07 70 добавочный номер 2", "Часы работы службы поддержки: с 9 до 18."]),
        ("en", ["8 800 500 07 70, extension 2", "Support hours: from 9 to 18."]),
    ];
    for (at, (language, words)) in said.iter().enumerate() {
        let browser = signed_in(&bank, language);
        for (path, status) in [("/", 200), ("/help/lost", 200), ("/certificates", 200), ("/requests/x", 404)] {
            let page = browser.get(path);
            says(&page, status, words);
            let (_, others) = said[1 - at];
            assert!(others.iter().all(|other| !page.text().contains(other)), "{path}: {}", page.text());
        }
    }
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let letter = bank.letter("code=");
    for words in said.iter().flat_map(|(_, words)| words) {
        assert!(letter.contains(words), "{words} is not in {letter}");
    }
}

#[test]
fn the_order_in_which_an_agent_offers_its_procedures_takes_no_word_from_the_pages_of_help() {
    let mut bank = Bank::closed("");
    bank.agent_offers_in_reverse();
    bank.start();
    let browser = Browser::new(&bank, "ru");
    says(&browser.get("/help/ms-key"), 200, &OF_THE_BANK);
    says(&browser.get("/help/pin"), 200, &["в котором Вы обслуживаетесь", "звонок по России бесплатный"]);
}

#[test]
fn own_requests_are_asked_for_by_days_and_come_page_by_page() {
    let bank = Bank::open_at("", 1_813_028_400);
    let second = |number: i64| bank.set_clock(1_813_028_400 + number);
    let token = bank.sign_in(&bank.rogov);
    let browser = Browser::new(&bank, "ru");
    browser.set_cookie("surguch-client", &token);
    says(&browser.get("/requests"), 200, &["Запросов пока нет."]);
    // Twenty-one that were taken back on the 15th of June 2027, and one the day after.
    let taken_back = |token: &str| {
        let card = bank.begin(token);
        bank.post(&format!("/api/v1/requests/{}/recall", id(&card)), token, "").json();
        id(&card).to_owned()
    };
    let one_a_second = |number| {
        second(number);
        taken_back(&token)
    };
    let mut made: Vec<String> = (0..21).map(one_a_second).collect();
    second(86_400);
    let token = bank.sign_in(&bank.rogov);
    browser.set_cookie("surguch-client", &token);
    made.push(taken_back(&token));
    let shown = |page: &Loaded| -> Vec<String> {
        let rows = page.html.split("href=\"/requests/").skip(1);
        rows.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let first = browser.get("/requests");
    let second = browser.get(&first.link("Раньше"));
    assert_eq!((shown(&first).len(), shown(&second).len()), (20, 2));
    assert!(!second.text().contains("Раньше"), "{}", second.text());
    let mut all = [shown(&first), shown(&second)].concat();
    all.reverse();
    assert_eq!(all, made, "the newest first, each once");
    for (query, wanted) in [
        ("from=2027-06-16", &made[21..]),
        ("from=2027-06-16&until=2027-06-16", &made[21..]),
        ("from=2027-06-17", &[]),
        ("until=2027-06-14", &[]),
        ("from=2027-06-16&until=2027-06-15", &[]),
    ] {
        let page = browser.get(&format!("/requests?{query}"));
        assert_eq!(shown(&page), wanted, "{query}");
        assert_eq!(page.text().contains("За эти дни запросов нет."), wanted.is_empty(), "{query}: {}", page.text());
    }
    let first = browser.get("/requests?from=&until=2027-06-15");
    assert!(first.html.contains("name=\"until\" value=\"2027-06-15\""), "what was chosen stays: {}", first.html);
    let second = browser.get(&first.link("Раньше"));
    assert_eq!((shown(&first).len(), shown(&second).as_slice()), (20, &made[..1]), "the days go along");
    let wrong = browser.get("/requests?from=2027-02-30");
    says(&wrong, 400, &["body-malformed"]);
    assert!(
        wrong.html.contains("<input type=\"text\" id=\"from\" name=\"from\" value=\"2027-02-30\">"),
        "{}",
        wrong.html
    );
    // Nobody else's are among them.
    let certificates = browser.get("/certificates");
    says(&certificates, 200, &["Идентификатор владельца сертификата"]);
}
