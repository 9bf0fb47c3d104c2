//! «Обратная связь»: scans come by the public page and find their request by the code on them, by its number, or by a person; whoever writes learns
//! nothing.

use std::process::Command;

use crate::bank::{Bank, done, now, surguch};
use crate::browser::{Browser, Loaded};
use crate::database::on_both;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_papers::PNG;
use crate::first_issue::{handed_in, ivanov};

const HERE: &str = "/feedback";

/// The first page of a PDF as a scanner gives it.
fn scanned(bank: &Bank, pdf: &[u8]) -> Vec<u8> {
    let path = |name: &str| bank.folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("application.pdf"), pdf).unwrap();
    let arguments = ["-r", "150", "-jpeg", "-f", "1", "-l", "1", "-singlefile"];
    let done = Command::new("pdftoppm").args(arguments).args([path("application.pdf"), path("scan")]).status().unwrap();
    assert!(done.success());
    std::fs::read(path("scan.jpg")).unwrap()
}

/// What a PDF says.
fn words_of(bank: &Bank, pdf: &[u8]) -> String {
    let path = bank.folder.path().join("half.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new("pdftotext").arg(path).arg("-").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn send(browser: &Browser<'_>, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Loaded {
    let page = browser.get(HERE);
    assert_eq!(page.status, 200, "{}", page.text());
    let mut all =
        vec![("subject", "application"), ("name", "Иванов Иван Иванович"), ("email", "ivanov@bank-client.test")];
    all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
    all.extend(fields);
    let files: Vec<_> = files.iter().map(|(name, octets)| ("scan", *name, *octets)).collect();
    browser.upload(&page, HERE, &all, &files)
}

#[test]
fn a_scan_finds_its_request_by_code_by_number_or_by_a_person_and_its_sender_learns_nothing() {
    on_both(by_the_public_page);
}

fn by_the_public_page(database: &str) {
    let mut bank = Bank::closed(database);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let agent = bank.agent.to_string();
    done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", "Auditor 1", "--role", "auditor"]));
    let auditor = with_login(&mut bank, "Auditor 1", "auditor1");
    bank.start();
    let (_, unz) = {
        let browser = Browser::new(&bank, "ru");
        let handed_in = handed_in(&bank, &browser);
        let accepted = browser.get("/ca/new-certificate/accepted");
        assert!(accepted.html.contains(&format!("/feedback?agentId={}", bank.agent)), "{}", accepted.html);
        let scan = scanned(&bank, &browser.get("/ca/new-certificate/application.pdf").answer.octets);
        let sent = send(&Browser::new(&bank, "ru"), &[("text", "<b>Код</b>")], &[("скан.jpg", &scan)]);
        assert_eq!((sent.status, sent.path.split('?').next().unwrap()), (200, "/feedback/sent"), "{}", sent.text());
        handed_in
    };

    // By its number, in whatever spelling; and the numbers that nobody has, or that are somebody's who sent nothing yet.
    let stranger = Browser::new(&bank, "ru");
    let spaced = format!(" {} {}", &unz[..7].to_uppercase(), &unz[7..]);
    let known = send(&stranger, &[("unz", &spaced), ("text", "По номеру")], &[("a.png", PNG)]);
    let unknown = send(&stranger, &[("unz", "0123456789abcd"), ("text", "Чужой номер")], &[("a.png", PNG)]);
    assert_eq!(known.status, 200, "{}", known.text());
    assert_eq!((known.text(), known.path), (unknown.text(), unknown.path), "whoever writes learns nothing");
    let other = send(&stranger, &[("subject", "other"), ("text", "Когда вы открыты?")], &[]);
    assert_eq!(other.status, 200, "{}", other.text());

    let desk = Browser::new(&bank, "ru");
    sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let found = desk.get(&format!("/desk/requests?q={unz}"));
    let mut ids = found.html.split("\"/desk/requests/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let id = ids.find(|id| id.len() == 36).unwrap_or_else(|| panic!("{}", found.text())).to_owned();
    let thread = format!("/desk/messages/{id}");
    bank.wait_until("both are messages of the request", || {
        let text = desk.get(&thread).text();
        text.contains("<b>Код</b>") && text.contains("По номеру")
    });
    let page = desk.get(&thread);
    assert!(
        page.text().contains("Обратная связь: Иванов Иван Иванович"),
        "nobody proved to be the client: {}",
        page.text()
    );
    assert!(!page.html.contains("<b>Код"), "what was typed is text");
    assert!(page.html.contains("scan-1.jpeg") && page.html.contains("scan-1.png"), "{}", page.html);

    // Beside what is compared stands the scan; the application is registered from it, and the bank's half is printed.
    let card = format!("/desk/requests/{id}");
    let page = desk.get(&card);
    assert!(page.html.contains(&format!("<img src=\"{thread}/")), "{}", page.html);
    let half = format!("{card}/application.pdf?part=bank-half");
    assert!(!page.html.contains("bank-half") && desk.get(&half).status == 409, "nobody has taken it yet");
    let from = page.html.split("name=\"from\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let with = [("from", from), ("copies", "1"), ("channel", "site"), ("seal", "yes")];
    let page = desk.upload(&page, &format!("{card}/register-application"), &with, &[]);
    assert_eq!(page.status, 200, "{}", page.text());
    let line = "Заявление PNG 1 Есть";
    assert!(page.text().contains(line) && page.text().contains("Operator 1"), "{line} in {}", page.text());
    let paper = desk.get(&format!("{}/scan", page.link("Заявление")));
    assert_eq!(paper.answer.octets, PNG, "what was sent is what is registered");
    let printed = desk.get(&half).answer.octets;
    assert_eq!(printed, desk.get(&half).answer.octets, "the same facts give the same octets");
    let words = words_of(&bank, &printed);
    assert!(words.contains("принято") && words.contains("Operator 1") && words.contains(&unz), "{words}");
    assert!(!words.contains("Прошу"), "the bank's half alone: {words}");

    // The rest waits for a person.
    let list = desk.get("/desk/inquiries");
    assert!(list.text().contains("0123456789abcd") && list.text().contains("Другой вопрос"), "{}", list.text());
    assert_eq!(list.html.matches("href=\"/desk/inquiries/").count(), 2, "{}", list.html);
    let inquiry = desk.get(&list.link("Заявление на выдачу сертификата"));
    assert!(inquiry.html.contains("<img src=\"/desk/inquiries/"), "{}", inquiry.html);
    let scan = desk.get(&format!("{}/0", inquiry.path));
    assert_eq!((scan.answer.octets.as_slice(), scan.answer.header("content-type")), (PNG, "image/png"));
    assert!(scan.answer.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    let bind = format!("{}/bind", inquiry.path);
    for (typed, words) in [("12", "УНЗ записан неверно"), ("0123456789abcd", "с таким УНЗ нет")]
    {
        let back = desk.submit(&inquiry, &bind, &[("unz", typed)]);
        assert_eq!(back.status, 400);
        assert!(back.text().contains(words) && back.html.contains(&format!("value=\"{typed}\"")), "{}", back.text());
    }
    let bound = desk.submit(&inquiry, &bind, &[("unz", &unz)]);
    assert_eq!((bound.status, bound.path.as_str()), (200, format!("/desk/requests/{id}").as_str()), "{}", bound.text());
    assert!(desk.get(&thread).text().contains("Чужой номер"));
    assert_eq!(desk.submit(&inquiry, &bind, &[("unz", &unz)]).status, 409, "it is bound once");
    let page = desk.get(&inquiry.path);
    assert!(page.text().contains("Отнесено к запросу") && page.text().contains("Operator 1"), "{}", page.text());

    let question = desk.get(&list.link("Другой вопрос"));
    let close = format!("{}/close", question.path);
    let looker = Browser::new(&bank, "ru");
    let seen = sign_in(&looker, &question.path, "auditor1", PASSWORD, &code(&auditor, now()));
    assert!(seen.text().contains("Когда вы открыты?") && !seen.html.contains(&close), "{}", seen.text());
    let refused = looker.post(&close, &[("form", &question.form(&close).1["form"]), ("close-reason", "x")]);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(desk.submit(&question, &close, &[("close-reason", " ")]).status, 400);
    let closed = desk.submit(&question, &close, &[("close-reason", "Ответили по почте")]);
    assert!(closed.text().contains("Обращений нет"), "{}", closed.text());

    let journal = done(surguch(&bank.config, &["journal", "export"]));
    for event in ["\"by\":\"code\"", "\"by\":\"number\"", "\"by\":\"staff\"", "inquiry-closed"] {
        assert!(journal.replace('\\', "").contains(event), "{event} in {journal}");
    }
    assert!(!journal.contains("ivanov@bank-client.test"), "nobody's address is in the journal");
}

#[test]
fn the_public_page_names_what_is_wrong_keeps_what_was_typed_and_takes_a_second_click_once() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    let text = "Когда\nвы открыты? <b>";
    for (fields, files, words) in [
        (vec![("unz", "12")], vec![("a.png", PNG)], "УНЗ записан неверно"),
        (vec![("name", " ")], vec![("a.png", PNG)], "Заполните это поле"),
        (vec![("email", "ivanov")], vec![("a.png", PNG)], "Адрес электронной почты"),
        (vec![("phone", "нет")], vec![("a.png", PNG)], "Номер телефона записан неверно"),
        (vec![], vec![], "приложите скан"),
        (vec![], vec![("a.png", &PNG[..60])], "повреждён"),
        (vec![], vec![("a.png", b"<html>".as_slice())], "не PDF, не JPEG и не PNG"),
        (vec![("subject", "pigeon")], vec![("a.png", PNG)], "не понял"),
    ] {
        let mut all = vec![("subject", "act"), ("text", text)];
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(&fields);
        let back = send(&browser, &all, &files);
        assert_eq!(back.status, 400, "{words}: {}", back.text());
        assert!(back.text().contains(words), "{words}: {}", back.text());
        assert!(back.html.contains("Когда\nвы открыты? &#60;b&#62;"), "what was typed stays: {}", back.html);
    }
    let many: Vec<(&str, &[u8])> = vec![("a.png", PNG); 4];
    assert_eq!(send(&browser, &[], &many).status, 413);
    assert!(bank.rows().outbox_pending == 0);

    let page = browser.get(&format!("{HERE}?subject=city&unz=%22%3E%3Cb%3E"));
    assert!(page.html.contains("value=\"city\" selected") && !page.html.contains("<b>"), "{}", page.html);
    let fields =
        [("subject", "city"), ("name", "Иванов"), ("email", ivanov()[8].1), ("text", "Новосипск"), ("unz", "")];
    for _ in 0..2 {
        let sent = browser.upload(&page, HERE, &fields, &[]);
        assert!(sent.text().contains("Банк получил ваше обращение"), "{}", sent.text());
    }
    let another = browser.upload(&page, HERE, &[&fields[..3], &[("text", "Другое"), ("unz", "")]].concat(), &[]);
    assert_eq!(another.status, 409, "the way back shows a form that was sent: {}", another.text());
    let journal = done(surguch(&bank.config, &["journal", "export"]));
    assert_eq!(journal.matches("\"kind\":\"inquiry-received\"").count(), 1, "{journal}");
    assert_eq!(Browser::new(&bank, "ru").post(HERE, &[("text", "x")]).status, 409, "a form of another site");
}

#[test]
fn support_answers_the_telephone_from_its_own_page_and_decides_nothing() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Support 1", "support1");
    bank.start();
    let (_, unz) = handed_in(&bank, &Browser::new(&bank, "ru"));
    let desk = Browser::new(&bank, "ru");
    let page = sign_in(&desk, "/desk/support", "support1", PASSWORD, &code(&secret, now()));
    let look = |fields: &[(&str, &str)]| desk.submit(&page, "/desk/support", fields);
    let by_number = look(&[("unz", &unz)]);
    let caller = [("phone", "8 (493) 333-544"), ("name", "иванов"), ("organisation", "ро")];
    let by_caller = look(&caller);
    for found in [&by_number, &by_caller] {
        let text = found.text();
        for words in [unz.as_str(), "Запрос принят", "i***@bank-client.test", "Писем по запросу не было"]
        {
            assert!(text.contains(words), "{words} in {text}");
        }
        assert!(
            !found.html.contains("ivanov@bank-client.test") && !text.contains("Иванов Иван"),
            "no more than needed"
        );
        assert!(!found.html.contains("/approve") && !found.html.contains("/refuse"), "{}", found.html);
    }
    let wrong = [("phone", "8 (493) 333-545"), caller[1], caller[2]];
    assert!(look(&wrong).text().contains("Запрос не найден"));
    let little = look(&[("phone", ""), caller[1], caller[2]]);
    assert_eq!(little.status, 400);
    assert!(
        little.html.contains("value=\"иванов\"") && little.text().contains("Заполните это поле"),
        "{}",
        little.text()
    );
    let journal = done(surguch(&bank.config, &["journal", "export"]));
    assert_eq!(journal.matches("\"kind\":\"support-looked-up\"").count(), 3, "{journal}");
    assert!(!journal.contains("333-544") && !journal.contains("8493333544"), "what a caller says is in no journal");
}
