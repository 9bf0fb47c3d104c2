//! Time that a test moves: letters that do not leave, links that end, and the year in which certificates change their way of
//! writing dates.

use std::process::Command;

use serde_json::json;

use crate::bank::{Bank, free_port};
use crate::browser::Browser;
use crate::walk::{code_in, id};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2027-06-15T03:00:00Z, a Tuesday at ten in Novosibirsk.
const TUESDAY: i64 = 1_813_028_400;
/// 2049-06-15T03:00:00Z, a Tuesday too.
const JUNE_2049: i64 = 2_507_338_800;

#[test]
fn two_hours_without_mail_are_a_trouble_at_the_desk() {
    let nobody = free_port();
    let smtp = format!("[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {nobody}\ntls = \"none\"\n");
    let mut bank = Bank::open_at(&smtp, TUESDAY);
    let card = bank.begin(&bank.sign_in(&bank.rogov));
    let token = bank.sign_in(&bank.rogov);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.wait_until("issued", || bank.desk(&card)["stage"] == "issued");
    let overdue = || {
        let answer = bank.get("/api/v1/desk/troubles", &bank.operator).json();
        let troubles = answer["troubles"].as_array().unwrap().clone();
        troubles.iter().any(|trouble| trouble["kind"] == "mail-overdue" && trouble["request"] == id(&card))
    };
    bank.set_clock(TUESDAY + 2 * HOUR - MINUTE);
    assert_eq!(bank.desk(&card)["mail"], "pending");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!overdue(), "two hours are not over");
    bank.set_clock(TUESDAY + 2 * HOUR + MINUTE);
    bank.wait_until("a ticket", overdue);
    assert!(bank.stop().success());
}

/// The knob of a procedure whose links are sent again by themselves.
pub(crate) const SENT_AGAIN: &str = ", ended = \"send-again\"";

/// The first code in the letters that is none of these.
pub(crate) fn newer_code(bank: &Bank, known: &[&str]) -> String {
    let mut newer = None;
    bank.wait_until("a newer link", || {
        let letters = bank.letters();
        newer = letters.iter().filter_map(|letter| code_in(letter)).find(|code| !known.contains(&code.as_str()));
        newer.is_some()
    });
    newer.unwrap()
}

#[test]
fn a_link_that_ended_is_sent_again_by_itself_and_another_one_when_asked_for() {
    let bank = Bank::open_at("", TUESDAY);
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let door = |code: &str| bank.get(&format!("/api/v1/delivery/{}/{code}", bank.agent), "");
    assert_eq!(door(&code).status, 200);
    // Five working days after Tuesday the 15th end with Tuesday the 22nd, which the letter says.
    let letter = bank.letter("code=");
    assert!(letter.contains("22.06.2027 23:59 (UTC+07:00)") && letter.contains("2027-06-22 23:59"), "{letter}");
    bank.set_clock(TUESDAY + 7 * DAY + 13 * HOUR);
    assert_eq!(door(&code).status, 200);
    bank.set_clock(TUESDAY + 8 * DAY);
    let second = newer_code(&bank, &[&code]);
    door(&code).refused(410, "link-replaced");
    let page = bank.get(&format!("/ca/certificate?code={code}"), "");
    assert_eq!((page.status, page.header("content-type")), (410, "text/html; charset=utf-8"));
    assert_eq!(door(&second).status, 200);

    let resend = format!("/api/v1/desk/requests/{}/resend-link", id(&card));
    bank.post(&resend, &bank.support, "{}").refused(400, "body-malformed");
    let seen = json!({ "version": bank.desk(&card)["version"] }).to_string();
    bank.post(&resend, &bank.support, &seen).json();
    bank.post(&resend, &bank.support, &seen).refused(409, "changed-meanwhile");
    let third = newer_code(&bank, &[&code, &second]);
    door(&second).refused(410, "link-replaced");
    bank.receive(&third, &new_key);
    // Two weeks of overlap would end on the 7th of July, but the predecessor itself ends on the 5th.
    let letter = bank.letter("05.07.2027");
    assert!(letter.contains("2027-07-05"), "{letter}");
}

#[test]
fn a_link_that_was_used_shows_the_act_for_its_own_life_and_leads_to_the_request_afterwards() {
    let bank = Bank::open_at("", TUESDAY);
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    bank.receive(&code, &new_key);
    let browser = Browser::new(&bank, "ru");
    let fields = format!("agentId={}&code={code}", bank.agent);
    let pages = ["", "/act.txt", "/act.pdf"].map(|file| format!("/ca/certificate/act{file}?{fields}"));
    bank.set_clock(TUESDAY + 7 * DAY + 13 * HOUR);
    for page in &pages {
        assert_eq!(browser.get(page).status, 200, "{page}");
    }
    bank.set_clock(TUESDAY + 8 * DAY);
    for page in pages.iter().chain(&[format!("/ca/certificate/saved?{fields}")]) {
        let over = browser.get(page);
        assert_eq!(over.status, 410, "{page}");
        assert!(over.text().contains("link-spent") && !over.text().contains("Рогов"), "{}", over.text());
        let request = format!("/sign-in?agentId={}&to=/requests/{}", bank.agent, id(&card));
        assert_eq!(over.link("Войти"), request, "the request has it, for whoever signs in");
    }
}

#[test]
fn the_status_and_ones_own_page_say_that_an_answer_is_late_a_link_has_ended_and_an_act_is_owed() {
    let mut bank = Bank::closed_at("", TUESDAY);
    // The act is due, as other procedures have it, and a link that ended waits for somebody to ask.
    bank.own_procedures(|toml| {
        let due = toml.replace("gate = \"before-delivery\"", "gate = \"before-delivery\", due = \"10 working days\"");
        due.replace(SENT_AGAIN, "")
    });
    bank.start();

    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    let (unz, browser) = (bank.desk(&card)["unz"].as_str().unwrap().to_owned(), Browser::new(&bank, "ru"));
    // The page by number, and the client's own: what one says the other says.
    let status = |wanted: &[&str], absent: &[&str]| {
        browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
        for path in [format!("/status?unz={unz}"), format!("/requests/{}", id(&card))] {
            let page = browser.get(&path);
            assert_eq!((page.status, &page.path), (200, &path), "{}", page.text());
            for words in wanted {
                assert!(page.text().contains(words), "{words} is not in {}", page.text());
            }
            for words in absent {
                assert!(!page.text().contains(words), "{words} is in {}", page.text());
            }
        }
    };
    let promised = "Ответ ожидается до 15.06.2027 12:00";
    status(&["Чей ход Банка", promised], &["задерживается"]);
    bank.set_clock(TUESDAY + 2 * HOUR + MINUTE);
    let late = ["Чей ход Банка", "Ответ ожидался до 15.06.2027 12:00", "Ответ задерживается", "8 800 500 07 70"];
    status(&late, &["Ответ ожидается"]);

    bank.approve(&card);
    let code = bank.code();
    let open = ["Чей ход Ваш", "Откройте ссылку из письма", "Ссылка из письма действует до 22.06.2027 23:59"];
    status(&open, &["задерживается", "истёк"]);
    bank.set_clock(TUESDAY + 8 * DAY);
    let ended = ["Чей ход Ваш", "Срок ссылки из письма истёк", "действовала до 22.06.2027 23:59", "8 800 500 07 70"];
    status(&ended, &["Откройте ссылку"]);
    let seen = json!({ "version": bank.desk(&card)["version"] }).to_string();
    bank.post(&format!("/api/v1/desk/requests/{}/resend-link", id(&card)), &bank.support, &seen).json();
    let newer = newer_code(&bank, &[&code]);
    status(&["Откройте ссылку из письма"], &["истёк"]);

    // In service, and the copy of the act is owed; what is late is said, what has come is asked for no more.
    bank.receive(&newer, &new_key);
    let owed =
        ["Чей ход Ваш", "копию Акта приема-передачи необходимо передать в Банк", "Банк ждёт акт до 29.06.2027 23:59"];
    status(&owed, &["запрос завершён", "Работайте"]);
    bank.set_clock(TUESDAY + 15 * DAY);
    bank.wait_until("overdue", || bank.desk(&card)["act"] == "overdue");
    let overdue = ["Чей ход Ваш", "Банк не получил акт в срок", "Банк ждал акт до 29.06.2027 23:59"];
    status(&overdue, &["запрос завершён"]);
    let paper = json!({ "version": bank.desk(&card)["version"], "copies": 2, "seal": true, "channel": "branch" });
    let door = format!("/api/v1/desk/requests/{}/receive-act", id(&card));
    bank.post(&door, &bank.operator, paper.to_string()).json();
    status(&["Ничей: запрос завершён", "Работайте с новым сертификатом"], &["акт до", "копию Акта"]);
    assert!(bank.stop().success());
}

#[test]
fn a_renewal_of_june_2049_ends_in_generalized_time() {
    let mut bank = Bank::open_at("", JUNE_2049);
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let certificate = bank.receive(&bank.code(), &new_key);

    let file = bank.folder.path().join("new.der");
    std::fs::write(&file, certificate.as_der()).unwrap();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).arg("-in").arg(&file).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on.
    let parsed = openssl(&["asn1parse", "-inform", "DER"]);
    let times: Vec<_> = parsed.lines().filter(|line| line.contains("TIME ")).collect();
    assert_eq!(times.len(), 2, "{parsed}");
    assert!(times[0].contains("UTCTIME") && times[0].contains(":490615"), "{times:?}");
    assert!(times[1].contains("GENERALIZEDTIME") && times[1].contains(":2051061"), "{times:?}");
    let dates = openssl(&["x509", "-inform", "DER", "-noout", "-dates"]);
    let mut ends = dates.lines().map(|line| line.rsplit(' ').nth(1).unwrap());
    assert_eq!((ends.next(), ends.next()), (Some("2049"), Some("2051")), "{dates}");

    let crl = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
    assert!(crl.this_update() <= JUNE_2049 && JUNE_2049 < crl.next_update());
    assert!(bank.stop().success());
}
