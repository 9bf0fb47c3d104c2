//! Sign-in by password on the pages, by a browser without scripts: set, used for looking, refused for anything else; handed out at the
//! desk and exchanged, with the square of a second device read by a program that reads squares.

use std::process::Command;

use crate::bank::{Bank, now};
use crate::browser::{Browser, Loaded};
use crate::desk::{PASSWORD, code, sign_in as staff_sign_in, with_login};
use crate::walk::id;

const OWN: &str = "four words of rogov";
/// Dots a module of a square: as a camera sees it.
const SCALE: usize = 6;

/// The secret that the square on a page carries.
fn scanned(bank: &Bank, page: &Loaded) -> String {
    let (_, drawn) = page.html.split_once("<div class=\"square\"><svg").unwrap();
    let (_, side) = drawn.split_once("viewBox=\"0 0 ").unwrap();
    let side: usize = side.split(' ').next().unwrap().parse().unwrap();
    let (_, path) = drawn.split_once(" d=\"").unwrap();
    // Each dark bar is M left top h width v height H left V top.
    let mut dots = vec![255_u8; side * SCALE * side * SCALE];
    for bar in path.split('"').next().unwrap().split('M').skip(1) {
        let numbers: Vec<usize> =
            bar.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
        for y in numbers[1] * SCALE..(numbers[1] + numbers[3]) * SCALE {
            for x in numbers[0] * SCALE..(numbers[0] + numbers[2]) * SCALE {
                dots[y * side * SCALE + x] = 0;
            }
        }
    }
    let file = bank.folder.path().join("square.pgm");
    let mut picture = format!("P5 {0} {0} 255\n", side * SCALE).into_bytes();
    picture.extend(dots);
    std::fs::write(&file, picture).unwrap();
    let read = Command::new("zbarimg").args(["--raw", "--quiet"]).arg(&file).output().unwrap();
    let text = String::from_utf8(read.stdout).unwrap().trim().to_owned();
    assert!(text.starts_with("otpauth://totp/"), "{text}");
    let (_, rest) = text.split_once("secret=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

fn enter(browser: &Browser<'_>, bank: &Bank, login: &str, password: &str, code: &str) -> Loaded {
    let page = browser.get(&format!("/sign-in?agentId={}&to=/requests", bank.agent));
    browser.submit(&page, "/sign-in/password", &[("login", login), ("password", password), ("code", code)])
}

#[test]
fn a_client_sets_a_password_looks_by_it_and_signs_nothing() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let by_certificate = Browser::new(&bank, "ru");
    by_certificate.set_cookie("surguch-client", &token);
    let security = by_certificate.get("/security");
    let room = by_certificate.get(&security.link("Вход по паролю"));
    assert!(room.text().contains("Пароль ещё не задан"), "{}", room.text());
    let typed = |own: &'static str, again: &'static str| [("login", "rogov"), ("own", own), ("again", again)];
    let page = by_certificate.submit(&room, "/security/password", &typed(OWN, "something else"));
    assert_eq!(page.status, 400);
    assert!(page.text().contains("password-differ") && page.html.contains("value=\"rogov\""), "{}", page.text());
    assert!(!page.html.contains(OWN));
    let page = by_certificate.submit(&room, "/security/password", &typed("short", "short"));
    assert!(page.status == 400 && page.text().contains("password-unacceptable"), "{}", page.text());
    let page = by_certificate.submit(&room, "/security/password", &typed(OWN, OWN));
    assert!(page.text().contains("Пароль сохранён") && page.text().contains("Пароль задан"), "{}", page.text());

    // Both doors; what was wrong is not told.
    let browser = Browser::new(&bank, "ru");
    let door = browser.get(&format!("/sign-in?agentId={}", bank.agent));
    for words in ["Выбор входа в систему", "Вход по сертификату", "Вход по имени и паролю"]
    {
        assert!(door.text().contains(words), "{words}: {}", door.text());
    }
    for (login, password) in [("rogov", "no such words"), ("nobody", OWN), ("", ""), ("rogov\u{0}", OWN)] {
        let page = enter(&browser, &bank, login, password, "");
        assert!(page.status == 401 && page.text().contains("Имя, пароль или код неверны"), "{login}: {}", page.text());
        assert!(!page.html.contains(OWN));
    }
    let page = enter(&browser, &bank, "rogov", OWN, "");
    assert_eq!((page.status, page.path.as_str()), (200, "/requests"), "{}", page.text());
    assert!(page.text().contains("Сейчас можно только смотреть"), "{}", page.text());

    // Everything is there to be seen; what the certificate proves is refused in words, on pages and over the API.
    for path in
        ["/certificates", "/security", "/requests", "/messages", "/journal", &format!("/requests/{}", id(&card))]
    {
        assert_eq!(browser.get(path).status, 200, "{path}");
    }
    let keys = browser.get("/security/keys");
    assert!(keys.status == 200 && !keys.html.contains("data-token"), "nothing is read: {}", keys.text());
    let delete = browser.get(&format!("/security/keys/delete?key={}", "ab".repeat(32)));
    assert!(delete.status == 403 && delete.text().contains("certificate-sign-in-needed"), "{}", delete.text());
    let form = browser.get("/security/password").form("/sign-out").1["form"].clone();
    let recall = browser.post(&format!("/requests/{}/recall", id(&card)), &[("form", &form), ("version", "1")]);
    assert!(recall.status == 403 && recall.text().contains("Войдите по сертификату"), "{}", recall.text());
    let bearer = browser.cookie("surguch-client").unwrap();
    let new = format!("{{\"procedure\":\"{}\"}}", bank.procedure);
    bank.post("/api/v1/requests", &bearer, new).refused(403, "certificate-sign-in-needed");
    bank.stop();
}

#[test]
fn the_desk_hands_out_a_password_that_is_exchanged_together_with_the_first_code() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password-and-code\"");
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Clerk 1", "--role", "branch-clerk"];
    crate::bank::done(crate::bank::surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Clerk 1", "clerk1");
    bank.start();
    let desk = Browser::new(&bank, "ru");
    staff_sign_in(&desk, "/desk/subscribers", "clerk1", PASSWORD, &code(&secret, now()));
    let people = desk.get("/desk/subscribers");
    let person = desk.get(&people.link("Рогов Иван Петрович"));
    assert!(person.text().contains("Пароля у клиента нет"), "{}", person.text());
    let given = desk.submit(&person, &format!("{}/password", person.path), &[]);
    // A second click tells the same; the page as it was before hands nothing out again.
    let again = desk.submit(&person, &format!("{}/password", person.path), &[]);
    assert_eq!((again.status, again.text()), (200, given.text()));
    let late = desk.submit(&person, &format!("{}/password", person.path), &[("button", "again")]);
    assert!(late.status == 409 && late.text().contains("changed-meanwhile"), "{}", late.text());
    let fact = |name: &str| {
        let (_, rest) = given.html.split_once(&format!("<dt>{name}</dt><dd class=\"number\">")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let (login, one_time) = (fact("Имя для входа"), fact("Одноразовый пароль"));
    assert!(!desk.get(&person.path).html.contains(&one_time), "it is shown once");

    let browser = Browser::new(&bank, "ru");
    let first = enter(&browser, &bank, &login, &one_time, "");
    assert!(first.status == 200 && first.text().contains("Задайте свой пароль"), "{}", first.text());
    assert!(!first.html.contains(&one_time));
    assert!(browser.cookie("surguch-client").is_none());
    let device = scanned(&bank, &first);
    let own = |code: &str| {
        browser.submit(
            &first,
            "/sign-in/password/own",
            &[("password", &one_time), ("own", OWN), ("again", OWN), ("code", code)],
        )
    };
    let wrong = own("000000");
    assert!(wrong.status == 400 && wrong.text().contains("device-code-wrong"), "{}", wrong.text());
    assert_eq!(scanned(&bank, &wrong), device);
    let inside = own(&code(&device, now()));
    assert_eq!((inside.status, inside.path.as_str()), (200, "/requests"), "{}", inside.text());
    assert_eq!(enter(&browser, &bank, &login, OWN, "").status, 401, "without a code");
    assert_eq!(enter(&Browser::new(&bank, "en"), &bank, &login, &one_time, "").status, 401, "it was good once");
    let log = bank.log();
    assert!(!log.contains(&one_time) && !log.contains(OWN) && !log.contains(&device));
    bank.stop();
}
