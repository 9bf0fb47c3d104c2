//! The desk's pages, walked by a browser without scripts.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{Operation, Sealed};

use crate::bank::{Bank, done, now, surguch};
use crate::browser::{Browser, Loaded};
use crate::walk::id;

pub(crate) const PASSWORD: &str = "vertical-steam-42";

/// Gives the operator a login; the secret of the second device. The server must stand still: it holds the data folder.
pub(crate) fn with_login(bank: &mut Bank, member: &str, login: &str) -> String {
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let line = list.lines().find(|line| line.contains(member)).unwrap();
    let staff_id = line.split('\t').next().unwrap().to_owned();
    let file = bank.folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let secret = done(surguch(&bank.config, &["staff", "password", &staff_id, "--login", login, "--file", &file]));
    secret.trim().to_owned()
}

/// The code of a moment by Python's own HMAC: another implementation than ours.
pub(crate) fn code(secret: &str, seconds: i64) -> String {
    let script = "import base64,hashlib,hmac,struct,sys\n\
        s=sys.argv[1]; k=base64.b32decode(s+'='*(-len(s)%8))\n\
        d=hmac.new(k,struct.pack('>q',int(sys.argv[2])//30),hashlib.sha1).digest()\n\
        o=d[-1]&15\n\
        print('%06d'%((struct.unpack('>I',d[o:o+4])[0]&0x7fffffff)%10**6))";
    let output = Command::new("python3").args(["-c", script, secret, &seconds.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn sign_in(browser: &Browser<'_>, to: &str, login: &str, password: &str, code: &str) -> Loaded {
    let page = browser.get(to);
    assert!(page.path.starts_with("/desk/sign-in"), "{}", page.path);
    browser.submit(&page, "/desk/sign-in", &[("login", login), ("password", password), ("code", code)])
}

#[test]
fn an_operator_signs_in_with_two_factors_and_works_through_the_queue() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let support = with_login(&mut bank, "Support 1", "support1");
    // Each letter has a twin in the other alphabet: what is read as СОМ is COM.
    let alike = bank.second_organisation_as("OOO COM", "ООО «СОМ»");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let browser = Browser::new(&bank, "ru");

    // Nobody without both factors; what was wrong is not told; a code is good once.
    let at = now();
    for (login, password, code) in [
        ("operator1", "something-else", code(&secret, at).as_str()),
        ("operator1", PASSWORD, "000000"),
        ("nobody", PASSWORD, code(&secret, at).as_str()),
        ("support1", PASSWORD, code(&secret, at).as_str()),
        ("", "", ""),
        ("operator1\u{0}", PASSWORD, code(&secret, at).as_str()),
        (&"x".repeat(10_000), PASSWORD, "1"),
    ] {
        let page = sign_in(&browser, "/desk/requests", login, password, code);
        assert_eq!(page.status, 401, "{login} {code}");
        assert!(page.text().contains("Имя, пароль или код неверны"), "{}", page.text());
        assert!(!page.html.contains(PASSWORD));
    }
    let before = browser.cookie("surguch-visit");
    let right = code(&secret, at);
    let queue = sign_in(&browser, "/desk/requests?show=waiting", "operator1", PASSWORD, &right);
    assert_eq!((queue.status, queue.path.as_str()), (200, "/desk/requests?show=waiting"), "{}", queue.text());
    assert_ne!(browser.cookie("surguch-visit"), before);
    let twice = sign_in(&Browser::new(&bank, "en"), "/desk/requests", "operator1", PASSWORD, &right);
    assert_eq!(twice.status, 401, "the same code again");

    // The queue, and what can be looked for.
    let shown = bank.desk(&card);
    let unz = shown["unz"].as_str().unwrap();
    assert!(queue.text().contains("Ждут банка 1") && queue.text().contains(unz), "{}", queue.text());
    for words in
        [unz, "рогов", "РОГОВ иВан", "Рогов Иван", "5400000004", "ооо", "2", "02", &format!("x/status?unz={unz}")]
    {
        let found = browser.get(&format!("/desk/requests?q={}", words.replace(' ', "+")));
        assert!(found.text().contains(unz), "{words}: {}", found.text());
    }
    for words in ["Иванов", "5400000005", "ffff", "11111111111111", "%25", "_", "%00%27--"] {
        assert!(browser.get(&format!("/desk/requests?q={words}")).text().contains("Ничего не найдено"), "{words}");
    }
    assert!(browser.get("/desk/requests?show=done").text().contains("Здесь запросов нет"));
    assert_eq!(browser.get("/desk/requests?after=x").status, 400);

    // The request beside the record.
    let page = browser.get(&queue.link(unz));
    let text = page.text();
    for line in [
        "ФИО Rogov Ivan Petrovich Рогов Иван Петрович совпадает",
        "Организация OOO 'ooo' ООО «ооо» совпадает",
        "ИНН 5400000004 из учёта банка, когда запрос был начат 5400000004 совпадает",
        "Телефон +7 000 000-00-01 +7 000 000-00-01 совпадает",
        "Полномочия директор, Устава из учёта банка, когда запрос был начат директор, Устава совпадает",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    // Letters that only look right are named.
    let theirs = bank.sign_in(&alike);
    let begun = bank.begin(&theirs);
    let text = browser.get(&format!("/desk/requests/{}", id(&begun))).text();
    let letter = "В слове «COM» латинские буквы похожи на русские: «C» (1-я)";
    assert!(text.contains(letter), "{text}");

    // A reason is required, what was typed stays; a stale page decides nothing.
    let here = format!("/desk/requests/{}", id(&card));
    let empty = browser.submit(&page, &format!("{here}/refuse"), &[("refuse-reason", "  ")]);
    assert_eq!(empty.status, 400);
    assert!(empty.text().contains("Укажите причину"), "{}", empty.text());
    let stale = browser.submit(&page, &format!("{here}/refuse"), &[("refuse-reason", "<why>"), ("version", "1")]);
    assert_eq!(stale.status, 409);
    assert!(stale.html.contains("&#60;why&#62;") || stale.html.contains("&lt;why&gt;"), "what was typed stays");
    assert_eq!(bank.desk(&card)["stage"], "in-review");
    let approved = browser.submit(&page, &format!("{here}/approve"), &[]);
    assert_eq!((approved.status, approved.path.as_str()), (200, here.as_str()), "{}", approved.text());
    bank.code();
    let again = browser.submit(&page, &format!("{here}/approve"), &[]);
    assert_eq!(again.status, 200, "a second click is the same");

    // Another role sees the same and may do less: the server says what.
    let helper = Browser::new(&bank, "en");
    sign_in(&helper, "/desk/requests", "support1", PASSWORD, &code(&support, now() + 30));
    let page = helper.get(&here);
    assert!(
        page.text().contains("Send the link again") && !page.text().contains("Register the act"),
        "{}",
        page.text()
    );
    // Nothing to do is said where there is nothing: before the request is handed in, and not where an address may be corrected.
    let other = format!("/desk/requests/{}", id(&begun));
    let may = |is_there: bool| {
        let page = helper.get(&other);
        assert_eq!(page.html.contains(&format!("{other}/email")), is_there, "{}", page.text());
        assert_eq!(page.text().contains("Nothing now"), !is_there, "{}", page.text());
    };
    may(false);
    bank.hand_in_by(&alike, &theirs, &begun);
    may(true);
    let nothing = helper.get("/desk/requests/01890000-0000-7000-8000-000000000000");
    assert_eq!(nothing.status, 404);
    let resent = helper.submit(&page, &format!("{here}/resend-link"), &[]);
    assert_eq!(resent.status, 200, "{}", resent.text());

    // Open sign-ins, and the way out of all of them.
    let account = browser.get("/desk/account");
    assert!(account.text().contains("Operator 1") && account.text().contains("этот"), "{}", account.text());
    let kept = browser.cookie("surguch-staff").unwrap();
    let out = browser.submit(&account, "/desk/account/sign-out-everywhere", &[]);
    assert_eq!(out.path, "/desk/sign-in");
    browser.set_cookie("surguch-staff", &kept);
    assert!(browser.get("/desk/requests").path.starts_with("/desk/sign-in?to="));
    // A token of the API is no sign-in of a page, and the other way round.
    browser.set_cookie("surguch-staff", &bank.operator);
    assert!(browser.get("/desk/requests").path.starts_with("/desk/sign-in?to="));
    bank.get("/api/v1/desk/requests", &helper.cookie("surguch-staff").unwrap()).refused(401, "sign-in-required");

    let journal = done(surguch(&bank.config, &["journal", "export"]));
    assert!(journal.contains("staff-password-set") && journal.contains("staff-signed-in"), "{journal}");
    assert!(!journal.contains(PASSWORD) && !bank.log().contains(PASSWORD) && !bank.log().contains(&secret));
}

#[test]
fn a_search_finds_whoever_the_bank_knows_whether_they_ever_asked_or_not() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let second = bank.second_organisation();
    bank.start();
    let browser = Browser::new(&bank, "ru");
    sign_in(&browser, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let ask = |words: &str| {
        let found = browser.get(&format!("/desk/requests?q={}", words.replace(' ', "+")));
        assert!(!found.html.contains("href=\"/desk/requests/0"), "nobody asked for anything: {}", found.text());
        found
    };

    // The certificate that was imported, by its number in either notation and by what other programs show of it.
    let thumbprint = hex::encode(second.certificate.thumbprint_sha256());
    for words in ["4", "04", &thumbprint, &thumbprint.to_uppercase()] {
        let found = ask(words);
        assert!(found.text().contains("Сертификаты") && found.text().contains("4 4 Рогов Иван Петрович"), "{words}");
        let certificate = browser.get(&found.link("4"));
        assert!(certificate.path.starts_with("/desk/certificates/"), "{}", certificate.path);
        assert!(certificate.text().contains("Rogov Ivan Petrovich 2"), "{}", certificate.text());
    }
    // And by the UID of its key, in whatever case.
    let page = browser.get(&ask("4").link("4")).text();
    let uid: String = page.split("Идентификатор (UID) ").nth(1).unwrap().chars().take(20).collect();
    assert_eq!(uid, hex::encode_upper(&second.certificate.public_key().spki_sha256()[..10]));
    for words in [&uid, &uid.to_lowercase()] {
        assert!(ask(words).text().contains("4 4 Рогов Иван Петрович"), "{words}");
    }
    // Its holder, by ИНН, by the name as the bank writes it and as the certificate does, in whatever order.
    for words in ["7707704692", "рогов иван", "Иван Рогов", "Rogov Ivan Petrovich 2", "ROGOV", "Ivan Petrovich 2 Rogov"]
    {
        let found = ask(words);
        assert!(found.text().contains("Клиенты"), "{words}: {}", found.text());
        assert!(found.text().contains("Рогов Иван Петрович ООО «Вторая», ИНН 7707704692"), "{words}: {}", found.text());
    }
    let organisations = ask("вторая");
    assert!(organisations.text().contains("Организации") && organisations.text().contains("ООО «Вторая» 7707704692"));
    // And by the owner's id, which papers print.
    let person = browser.get(&ask("7707704692").link("Рогов Иван Петрович")).text();
    let owner: String = person.split("Идентификатор владельца ").nth(1).unwrap().chars().take(13).collect();
    assert!(ask(&owner).text().contains("Рогов Иван Петрович ООО «Вторая»"), "{owner}");
    for words in ["5", "7707704693", "Иванов", "Petrovich", &thumbprint[2..]] {
        assert!(ask(words).text().contains("Ничего не найдено"), "{words}");
    }
}

#[test]
fn after_five_wrong_tries_a_login_is_closed_for_a_quarter_of_an_hour() {
    let begin = now();
    let mut bank = Bank::closed_at("", begin);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let browser = Browser::new(&bank, "en");
    for _ in 0..5 {
        assert_eq!(sign_in(&browser, "/desk/account", "operator1", "wrong-password", "000000").status, 401);
    }
    let right = |seconds: i64| sign_in(&browser, "/desk/account", "operator1", PASSWORD, &code(&secret, seconds));
    assert_eq!(right(begin).status, 401, "even the right one");
    bank.set_clock(begin + 14 * 60);
    assert_eq!(right(begin + 14 * 60).status, 401);
    bank.set_clock(begin + 16 * 60);
    let page = right(begin + 16 * 60);
    assert_eq!((page.status, page.path.as_str()), (200, "/desk/account"), "{}", page.text());
    // Ten hours later the sign-in is over.
    bank.set_clock(begin + 11 * 3_600);
    assert!(browser.get("/desk/account").path.starts_with("/desk/sign-in?to="));
}

#[test]
fn a_short_password_a_taken_login_and_an_unknown_member_are_refused() {
    let mut bank = Bank::closed("");
    with_login(&mut bank, "Operator 1", "operator1");
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let other = list.lines().find(|line| line.contains("Support 1")).unwrap().split('\t').next().unwrap().to_owned();
    let file = bank.folder.path().join("password");
    let path = file.to_str().unwrap().to_owned();
    let set = |member: &str, login: &str| {
        surguch(&bank.config, &["staff", "password", member, "--login", login, "--file", &path]).status.success()
    };
    assert!(!set(&other, "operator1"), "taken");
    assert!(!set("01890000-0000-7000-8000-000000000000", "nobody"));
    std::fs::write(&file, "short\n").unwrap();
    assert!(!set(&other, "support1"));
}

/// Signs in at the desk as the component would: the ticket of the page begun, its text signed by Rogov's key.
fn by_certificate(bank: &Bank, browser: &Browser<'_>, ticket_path: &str, entrance: Entrance) -> (String, String) {
    let page = browser.get(ticket_path.trim_end_matches("/ticket"));
    let (_, rest) = page.html.split_once("name=\"form\" value=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let agent = bank.agent.to_string();
    let fields = [("form", token), ("agent", &agent), ("session", &"00".repeat(32))];
    let given = browser.post(ticket_path, &fields).answer.json();
    let nonce = given["nonce"].as_str().unwrap().to_owned();
    assert_eq!(bank.post(&format!("/api/v1/component/tickets/{nonce}/start"), "", "").status, 204);
    let ticket = Sealed::parse(given["ticket"].as_str().unwrap()).unwrap().open().unwrap();
    let (Operation::SignIn(wish) | Operation::StaffSignIn(wish)) = &ticket.operation else { panic!("{ticket:?}") };
    let text = SignInText {
        entrance,
        agent_id: wish.agent_id.as_str(),
        origin: ticket.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
    };
    (nonce, bank.rogov.sign(text.render().unwrap().as_bytes()))
}

#[test]
fn a_member_signs_in_by_the_certificate_that_the_administrator_set_until_the_sign_in_is_ended() {
    let mut bank = Bank::closed("");
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Administrator 1", "--role", "ca-administrator"];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Administrator 1", "administrator1");
    let list = done(surguch(&bank.config, &["staff", "list"]));
    let operator =
        list.lines().find(|line| line.contains("Operator 1")).unwrap().split('\t').next().unwrap().to_owned();
    let serial = hex::encode(bank.rogov.certificate.serial());
    // The command: a number that nobody has, the right one, and taken away again.
    let wrong = surguch(&bank.config, &["staff", "certificate", &operator, "--serial", "ff"]);
    assert!(!wrong.status.success());
    let told = done(surguch(&bank.config, &["staff", "certificate", &operator, "--serial", &serial]));
    assert!(told.contains("CN=Rogov Ivan Petrovich"), "{told}");
    done(surguch(&bank.config, &["staff", "certificate", &operator, "--remove"]));
    bank.start();

    let administrator = Browser::new(&bank, "ru");
    sign_in(&administrator, "/desk/staff", "administrator1", PASSWORD, &code(&secret, now()));
    let here = format!("/desk/staff/{operator}");
    let page = administrator.get(&here);
    assert!(
        page.text().contains("Сертификат не назначен") && page.text().contains("Открытых входов нет"),
        "{}",
        page.text()
    );
    assert!(administrator.get(&format!("{here}?serial=ff")).text().contains("на учёте нет"));
    let found = administrator.get(&format!("{here}?serial={serial}"));
    assert!(found.text().contains("Рогов Иван Петрович"), "{}", found.text());
    let set = administrator.submit(&found, &format!("{here}/certificate"), &[]);
    assert_eq!((set.status, set.path.as_str()), (200, here.as_str()), "{}", set.text());
    assert!(set.text().contains("Снять сертификат"), "{}", set.text());

    // Nothing signed, the words of the cabinet, a ticket of the cabinet: no way in, and the page stays.
    let browser = Browser::new(&bank, "ru");
    let door = browser.get("/desk/sign-in?to=/desk/messages");
    let nothing = browser.submit(&door, "/desk/sign-in/certificate", &[]);
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("нужен компонент"), "{}", nothing.text());
    let go = |(nonce, cms): &(String, String)| {
        let door = browser.get("/desk/sign-in?to=/desk/messages");
        browser.submit(&door, "/desk/sign-in/certificate", &[("nonce", nonce), ("cms", cms)])
    };
    let ticket = "/desk/sign-in/ticket";
    assert_eq!(go(&by_certificate(&bank, &browser, ticket, Entrance::Cabinet)).status, 400);
    assert_eq!(go(&by_certificate(&bank, &browser, "/sign-in/ticket", Entrance::Desk)).status, 404);
    assert_eq!(go(&("00".to_owned(), STANDARD.encode("no CMS"))).status, 404);
    let right = by_certificate(&bank, &browser, ticket, Entrance::Desk);
    let inside = go(&right);
    assert_eq!((inside.status, inside.path.as_str()), (200, "/desk/messages"), "{}", inside.text());
    let again = Browser::new(&bank, "en");
    let page = again.get("/desk/sign-in");
    let again = again.submit(&page, "/desk/sign-in/certificate", &[("nonce", &right.0), ("cms", &right.1)]);
    assert_eq!(again.status, 410, "the same answer again");

    // The list says which way was used; the administrator ends it.
    let account = browser.get("/desk/account");
    assert!(account.text().contains("сертификат") && account.text().contains("этот"), "{}", account.text());
    let page = administrator.get(&here);
    let (_, end) = page.html.split_once(&format!("action=\"{here}/sign-ins/")).unwrap();
    let end = format!("{here}/sign-ins/{}", end.split('"').next().unwrap());
    let ended = administrator.submit(&page, &end, &[]);
    assert!(ended.text().contains("Открытых входов нет"), "{}", ended.text());
    assert!(browser.get("/desk/account").path.starts_with("/desk/sign-in"), "ended");

    // One's own certificate is another's to set, one's own other sign-ins are one's own to end.
    let second = Browser::new(&bank, "en");
    sign_in(&second, "/desk/account", "administrator1", PASSWORD, &code(&secret, now() + 30));
    let account = second.get("/desk/account");
    let (_, end) = account.html.split_once("action=\"/desk/account/sign-ins/").unwrap();
    let end = format!("/desk/account/sign-ins/{}", end.split('"').next().unwrap());
    let ended = second.submit(&account, &end, &[]);
    assert_eq!((ended.status, ended.path.as_str()), (200, "/desk/account"), "{}", ended.text());
    assert!(administrator.get("/desk/staff").path.starts_with("/desk/sign-in"), "ended");
}
