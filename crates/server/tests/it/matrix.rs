//! Who may see which page: every route of the list by everybody. The list is read from the source, so a new page is in it at once;
//! a page that answers somebody else than its line says is found here.

use crate::bank::{Bank, Client, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_papers::PNG;
use crate::first_issue::handed_in;
use crate::mail::MailServer;
use crate::matrix_of_api::ask_every_door;
use crate::walk::id;

const LIST: &str = include_str!("../../src/pages/routes.rs");
pub(crate) const NOBODYS: &str = "01890000-0000-7000-8000-000000000000";

/// Method, path and whose it is.
pub(crate) type Listed = (&'static str, &'static str, &'static str);

/// Every page.
pub(crate) fn routes() -> Vec<Listed> {
    listed(LIST)
}

/// Every line of the list in a source.
pub(crate) fn listed(source: &'static str) -> Vec<Listed> {
    let (_, list) = source.split_once("\nroutes! {\n").unwrap();
    let mut who = "";
    let mut routes = Vec::new();
    for line in list.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(" {") {
            who = name;
        } else if let Some((method, rest)) = line.split_once(" \"") {
            routes.push((method, rest.split('"').next().unwrap(), who));
        }
    }
    routes
}

/// The address of a route in which nobody's objects stand.
pub(crate) fn nobodys(bank: &Bank, route: &str) -> String {
    let path = route.replace("{id}", NOBODYS).replace("{message}", NOBODYS).replace("{procedure}", &bank.procedure);
    let path = path.replace("{file}", "app.css").replace("{step}", "hold").replace("{case}", "pin");
    path.replace("{sign_in}", "00").replace("{page}", "1")
}

const OWN_WORDS: &str = "five words of rogov";

/// Rogov by the password that he sets before, which ends his other sign-ins; the agent's file must offer passwords.
pub(crate) fn by_password<'a>(bank: &'a Bank, language: &'static str) -> Browser<'a> {
    let by_certificate = Browser::new(bank, language);
    by_certificate.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let typed = [("login", "rogov"), ("own", OWN_WORDS), ("again", OWN_WORDS)];
    let room = by_certificate.get("/security/password");
    let set = by_certificate.submit(&room, "/security/password", &typed);
    assert_eq!(set.status, 200, "{}", set.text());
    let browser = Browser::new(bank, language);
    let door = browser.get(&format!("/sign-in?agentId={}&to=/requests", bank.agent));
    let page = browser.submit(&door, "/sign-in/password", &[("login", "rogov"), ("password", OWN_WORDS)]);
    assert_eq!((page.status, page.path.as_str()), (200, "/requests"), "{}", page.text());
    browser
}

/// Rogov and an operator in one browser, who have both signed out, with their cookies as they were before.
fn signed_out<'a>(bank: &'a Bank, secret: &str) -> Browser<'a> {
    let browser = Browser::new(bank, "en");
    let client = bank.sign_in(&bank.rogov);
    browser.set_cookie("surguch-client", &client);
    browser.submit(&browser.get("/requests"), "/sign-out", &[]);
    let queue = sign_in(&browser, "/desk/requests", "operator1", PASSWORD, &code(secret, now()));
    assert_eq!(queue.status, 200, "{}", queue.text());
    let staff = browser.cookie("surguch-staff").unwrap();
    browser.submit(&queue, "/desk/sign-out", &[]);
    assert!(browser.cookie("surguch-client").is_none() && browser.cookie("surguch-staff").is_none());
    browser.set_cookie("surguch-client", &client);
    browser.set_cookie("surguch-staff", &staff);
    browser
}

#[test]
fn every_page_answers_those_whose_it_is_and_nobody_else() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    bank.agent_says("subscriber_password = \"password\"");
    // Whose own screens are all there are; every role is walked below.
    let agent = bank.agent.to_string();
    let add = [
        "staff",
        "add",
        "--agent",
        &agent,
        "--name",
        "Administrator 1",
        "--role",
        "ca-administrator",
        "--role",
        "support",
    ];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Administrator 1", "administrator1");
    let secret_of_operator = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let nobody = Browser::new(&bank, "en");
    // A new password ends other sign-ins: it comes first.
    let reader = by_password(&bank, "en");
    let client = Browser::new(&bank, "en");
    client.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let staff = Browser::new(&bank, "en");
    assert_eq!(sign_in(&staff, "/desk/requests", "administrator1", PASSWORD, &code(&secret, now())).status, 200);
    let applicant = Browser::new(&bank, "ru");
    handed_in(&bank, &applicant);
    let gone = signed_out(&bank, &secret_of_operator);
    // A token in the wrong cookie is nobody's.
    let exchanged = Browser::new(&bank, "en");
    exchanged.set_cookie("surguch-client", &staff.cookie("surguch-staff").unwrap());
    exchanged.set_cookie("surguch-staff", &client.cookie("surguch-client").unwrap());
    exchanged.set_cookie("surguch-applicant", &client.cookie("surguch-client").unwrap());
    let askers = [
        ("nobody", &nobody),
        ("client", &client),
        ("reader", &reader),
        ("staff", &staff),
        ("applicant", &applicant),
        ("gone", &gone),
        ("exchanged", &exchanged),
    ];

    let routes = routes();
    assert!(routes.len() > 40, "{routes:?}");
    let mut cells = 0;
    for (method, route, who) in routes {
        let path = nobodys(&bank, route);
        for (name, browser) in askers {
            cells += 1;
            let page = if method == "get" { browser.get(&path) } else { browser.post(&path, &[]) };
            let door = match who {
                "Subscriber" => Some("/sign-in?to="),
                "Staff" => Some("/desk/sign-in?to="),
                _ => None,
            };
            let is_theirs = matches!(
                (who, name),
                ("Subscriber", "client" | "reader") | ("Staff", "staff") | ("Applicant", "applicant")
            );
            let cell = format!("{method} {path} by {name}: {} at {}", page.status, page.path);
            match (door, is_theirs, method) {
                // Whose it is not: sent to sign in, or told so, whether there is such an object or not.
                (Some(door), false, "get") => assert!(page.path.starts_with(door), "{cell}"),
                (Some(_), false, _) => assert_eq!(page.status, 401, "{cell}"),
                // Whose it is: an object that is not theirs is absent, a form without its token is refused before anything is looked up.
                (_, _, "post") => assert_eq!(page.status, 409, "{cell}"),
                // What only a certificate begins is not even shown to who came by password.
                (_, true, _) if name == "reader" && route.ends_with("/{procedure}") => {
                    assert_eq!(page.status, 403, "{cell}");
                }
                (_, _, _) if path.contains(NOBODYS) => assert_eq!(page.status, 404, "{cell}"),
                (None, true, _) => assert_eq!(page.status, 200, "{cell}"),
                // Without the secret of a request, and without an agent who opens such a door, there is nothing.
                (None, _, _) if path.starts_with("/ca/new-certificate") && !path.ends_with("cities") => {
                    assert_eq!(page.status, 404, "{cell}");
                }
                (None, _, _) if who == "LinkHolder" => assert_eq!(page.status, 404, "{cell}"),
                (_, _, _) => assert_eq!(page.status, 200, "{cell}"),
            }
        }
    }
    assert!(cells > 7 * 130, "{cells}");
}

#[test]
fn what_another_client_has_is_absent_on_every_page_that_names_it() {
    let mut bank = Bank::closed("");
    let colleague = bank.colleague_of_record();
    bank.start();
    let owner = Browser::new(&bank, "en");
    let token = bank.sign_in(&bank.rogov);
    owner.set_cookie("surguch-client", &token);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.code();
    let request = id(&card);
    let thread = format!("/messages/{request}");
    let sent = owner.upload(&owner.get(&thread), &thread, &[("text", "x")], &[("scan", "a.png", PNG)]);
    let message = named(&sent.html, &format!("{thread}/"));
    let file = sent.html.split(&format!("{message}/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let listed = bank.get("/api/v1/certificates", &token).json();
    let certificate = listed["certificates"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();

    let other = Browser::new(&bank, "en");
    other.set_cookie("surguch-client", &bank.sign_in(&colleague));
    let form = other.get("/requests").form("/sign-out").1["form"].clone();
    let journal = || owner.get("/journal").text();
    let before = journal();
    let (mut seen, mut cells) = (0, 0);
    for (method, path, who) in routes() {
        if who != "Subscriber" || !path.contains("{id}") {
            continue;
        }
        let object = if path.starts_with("/certificates/") { certificate.as_str() } else { request };
        let file = if path.starts_with("/messages/") { file.as_str() } else { "act.pdf" };
        let address = path.replace("{id}", object).replace("{message}", &message).replace("{file}", file);
        for step in if path.contains("{step}") { &["hold", "revoke"][..] } else { &[""][..] } {
            let address = address.replace("{step}", step);
            cells += 1;
            let cell = format!("{method} {address}");
            let answer = if method == "get" {
                // There is something to be seen, for whoever may.
                let own = owner.get(&address);
                assert_eq!(own.status, 200, "{cell}: {}", own.text());
                seen += 1;
                other.get(&address)
            } else {
                let fields = [
                    ("form", form.as_str()),
                    ("confirmed", "yes"),
                    ("reason", "keyCompromise"),
                    ("pkcs10", "MAA="),
                    ("cms", "MAA="),
                    ("session", "00"),
                    ("text", "x"),
                    ("message", NOBODYS),
                ];
                if path == "/messages/{id}" {
                    let mut page = other.get("/requests");
                    page.html = format!("<form action=\"{address}\"></form>");
                    other.upload(&page, &address, &fields, &[])
                } else {
                    other.post(&address, &fields)
                }
            };
            assert_eq!(answer.status, 404, "{cell}: {}", answer.text());
            for private in ["Rogov", "Рогов", "rogov@", card["unz"].as_str().unwrap_or("Rogov")] {
                assert!(!answer.text().contains(private), "{cell}: {private} is in {}", answer.text());
            }
        }
    }
    assert!(seen >= 8 && cells >= 14, "{seen} of {cells}");
    assert_eq!(journal(), before, "and nothing happened");
    assert_eq!(bank.desk(&card)["stage"], "issued");
}

/// Roles of the desk: the letter of the table, the word of the command line.
pub(crate) const ROLES: [(char, &str); 6] = [
    ('o', "operator"),
    ('s', "security-officer"),
    ('b', "branch-clerk"),
    ('t', "support"),
    ('a', "auditor"),
    ('c', "ca-administrator"),
];

/// Whose each route of the staff is, where it is not everybody's: by the letters above.
const OWN: &[(&str, &str, &str)] = &[
    // The renewal's own file says who decides: operators.
    ("post", "/desk/requests/{id}/approve", "o"),
    ("post", "/desk/requests/{id}/return", "o"),
    ("post", "/desk/requests/{id}/refuse", "o"),
    ("post", "/desk/requests/{id}/resend-link", "ost"),
    ("post", "/desk/requests/{id}/receive-act", "osb"),
    ("post", "/desk/requests/{id}/register-application", "osb"),
    ("get", "/desk/requests/{id}/email", "ost"),
    ("post", "/desk/requests/{id}/email", "ost"),
    ("get", "/desk/requests/{id}/admission", "osb"),
    ("post", "/desk/requests/{id}/admission", "osb"),
    ("post", "/desk/requests/{id}/bind", "osb"),
    ("post", "/desk/messages/{id}", "ostb"),
    ("post", "/desk/messages/{id}/read", "ostb"),
    ("post", "/desk/inquiries/{id}/bind", "ostb"),
    ("post", "/desk/inquiries/{id}/close", "ostb"),
    ("get", "/desk/support", "t"),
    ("post", "/desk/support", "t"),
    ("post", "/desk/support/code", "t"),
    ("get", "/desk/certificates/{id}/{step}", "osc"),
    ("post", "/desk/certificates/{id}/{step}", "osc"),
    ("get", "/desk/proposals", "ostac"),
    ("post", "/desk/proposals/{id}/confirm", "os"),
    // Support proposed it here, and may take it back.
    ("post", "/desk/proposals/{id}/decline", "ost"),
    ("post", "/desk/subscribers/{id}/bar", "osc"),
    ("post", "/desk/subscribers/{id}/unbar", "osc"),
    ("post", "/desk/subscribers/{id}/password", "sb"),
    ("get", "/desk/cards", "bac"),
    ("post", "/desk/cards", "bc"),
    ("get", "/desk/cards/new", "bc"),
    ("get", "/desk/cards/{id}", "bac"),
    ("post", "/desk/cards/{id}/hand-out", "bc"),
    ("post", "/desk/cards/{id}/return", "bc"),
    ("post", "/desk/cards/{id}/clear", "bc"),
    ("post", "/desk/cards/{id}/write-off", "bc"),
    ("get", "/desk/cards/{id}/receipt.pdf", "bac"),
    ("get", "/desk/import", "c"),
    ("post", "/desk/import", "c"),
    ("get", "/desk/import/organisations.csv", "c"),
    ("get", "/desk/import/signatories.csv", "c"),
    ("get", "/desk/import/{id}", "c"),
    ("post", "/desk/import/{id}", "c"),
    ("post", "/desk/import/{id}/confirm", "c"),
    ("get", "/desk/troubles", "ostac"),
    ("post", "/desk/troubles/{id}/try-again", "ostc"),
    ("get", "/desk/journal", "ac"),
    ("get", "/desk/journal/export", "ac"),
    ("post", "/desk/journal/verify", "ac"),
    ("get", "/desk/staff", "c"),
    ("post", "/desk/staff", "c"),
    ("get", "/desk/staff/{id}", "c"),
    ("post", "/desk/staff/{id}/disable", "c"),
    ("post", "/desk/staff/{id}/certificate", "c"),
    ("post", "/desk/staff/{id}/certificate/remove", "c"),
    ("post", "/desk/staff/{id}/sign-ins/{sign_in}/end", "c"),
];

/// Whose a route of the staff is; none: everybody's.
pub(crate) fn own(method: &str, path: &str) -> Option<&'static str> {
    OWN.iter().find(|(of, place, _)| *of == method && *place == path).map(|(_, _, own)| *own)
}

/// Whoever asks, it is somebody else's: each member's own sign-ins are told apart in `desk.rs`. And the paper's scan is a picture, which has no pages.
const ABSENT: &[&str] = &["/desk/account/sign-ins/{id}/end", "/desk/papers/{id}/page/{page}"];

#[test]
fn every_role_does_what_is_its_own_and_nothing_of_another_agents() {
    let mail = MailServer::start();
    let mut bank = Bank::closed(&mail.section());
    bank.mailbox = mail.folder.path().to_path_buf();
    let (ours, elsewhere) = (bank.agent.to_string(), with_another_agent(&bank));
    let (mut members, mut programs) = (Vec::new(), Vec::new());
    for (at, (letter, role)) in ROLES.into_iter().enumerate() {
        let name = format!("Member {at}");
        let added = done(surguch(&bank.config, &["staff", "add", "--agent", &ours, "--name", &name, "--role", role]));
        members.push((letter.to_string(), name));
        programs.push((letter.to_string(), added.trim().to_owned()));
    }
    let mut everything = vec!["staff", "add", "--agent", &elsewhere, "--name", "Member 9"];
    everything.extend(ROLES.iter().flat_map(|(_, role)| ["--role", role]));
    let added = done(surguch(&bank.config, &everything));
    members.push(("elsewhere".to_owned(), "Member 9".to_owned()));
    programs.push(("elsewhere".to_owned(), added.trim().to_owned()));
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let logins: Vec<_> =
        members.iter().map(|(_, name)| with_login(&mut bank, name, &name.replace(' ', "").to_lowercase())).collect();
    bank.start();

    let mut browsers = Vec::new();
    for ((letter, name), secret) in members.iter().zip(&logins) {
        let browser = Browser::new(&bank, "en");
        let login = name.replace(' ', "").to_lowercase();
        let page = sign_in(&browser, "/desk/requests", &login, PASSWORD, &code(secret, now()));
        assert_eq!(page.status, 200, "{letter}: {}", page.text());
        browsers.push((letter.as_str(), browser));
    }
    let of = |letter: &str| browsers.iter().find(|(other, _)| *other == letter).map(|(_, browser)| browser).unwrap();

    // One object of each kind, as the pages name them: a renewal that is over, with its paper and a message; whoever came in by an
    // import, whose own waits for the desk; and a stranger's application.
    let token = bank.sign_in(&bank.rogov);
    let over = bank.begin(&token);
    let key = bank.hand_in(&token, &over);
    bank.approve(&over);
    bank.receive(&bank.code(), &key);
    let over = id(&over);
    let card_of_it = of("o").get(&format!("/desk/requests/{over}"));
    let fields = [("copies", "2"), ("seal", "yes"), ("channel", "branch")];
    let page =
        of("o").upload(&card_of_it, &format!("{}/receive-act", card_of_it.path), &fields, &[("scan", "a.png", PNG)]);
    let paper = named(&page.html, "/desk/papers/");
    let thread = of("o").get(&format!("/desk/messages/{over}"));
    let thread = of("o").upload(&thread, &thread.path, &[("text", "x")], &[("scan", "a.png", PNG)]);
    let message = named(&thread.html, &format!("/desk/messages/{over}/"));
    let file = thread.html.split(&format!("{message}/")).nth(1).unwrap().split('"').next().unwrap();

    let stranger = Browser::new(&bank, "en");
    let feedback = stranger.get(&format!("/feedback?agentId={ours}"));
    let said = [("subject", "application"), ("name", "Ivanov"), ("email", "ivanov@bank-client.test")];
    let sent = stranger.upload(&feedback, "/feedback", &said, &[("scan", "a.png", PNG)]);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let inquiry = named(&of("o").get("/desk/inquiries").html, "/desk/inquiries/");

    let colleague = bank.colleague("Ivanov Ivan Ivanovich");
    let import = imported(of("c"), &colleague);
    let (_, application) = handed_in(&bank, &Browser::new(&bank, "ru"));
    let application = named(&of("o").get(&format!("/desk/requests?q={application}")).html, "/desk/requests/");
    // A letter of that request, or the last one before it, is refused for good.
    mail.answer_next("552 5.2.2 the mailbox is full");
    let token = bank.sign_in(&colleague);
    let card = bank.begin(&token);
    bank.hand_in_by(&colleague, &token, &card);
    bank.wait_until("the desk misses the letter", || of("o").get("/desk/troubles").html.contains("/try-again\""));
    let effect = named(&of("o").get("/desk/troubles").html, "/desk/troubles/");

    let request = id(&card);
    let page = of("o").get(&format!("/desk/requests/{request}"));
    let person = named(&page.html, "/desk/subscribers/");
    let certificate = named(&of("o").get(&format!("/desk/subscribers/{person}")).html, "/desk/certificates/");
    let organisation = named(&of("o").get("/desk/organisations").html, "/desk/organisations/");
    let member = of("c").get("/desk/staff").link("Operator 1").rsplit('/').next().unwrap().to_owned();
    let theirs = Browser::new(&bank, "en");
    sign_in(&theirs, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let of_member = of("c").get(&format!("/desk/staff/{member}"));
    let sign_in = of_member.html.split("/sign-ins/").nth(1).unwrap().split('/').next().unwrap();
    let form = of("t").get(&format!("/desk/requests/{request}/email"));
    of("t").submit(
        &form,
        &format!("/desk/requests/{request}/email"),
        &[("email", "rogov.right@example.org"), ("words", "x")],
    );
    let proposal = named(&of("o").get("/desk/proposals").html, "/desk/proposals/");
    let medium = crate::desk_cards::handed_out(of("b"), "0853000001");
    let medium = named(&format!("{medium}\""), "/desk/cards/");

    // The same by the API, where nobody has a form to begin with.
    let wrong = ask_every_door(&bank, &programs, |path| match path.split('/').nth(4).unwrap() {
        "requests" if path.ends_with("/register-application") => &application,
        "requests" => request,
        "certificates" => &certificate,
        _ => &effect,
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let mut routes: Vec<_> = routes().into_iter().filter(|(_, _, who)| *who == "Staff").collect();
    for (method, path, _) in OWN {
        assert!(routes.iter().any(|(own, of, _)| own == method && of == path), "there is no {method} {path}");
    }
    // What was proposed is decided then, and whoever is disabled or signs out everywhere is gone: these come last.
    routes.sort_by_key(|(_, path, _)| {
        (path.ends_with("/sign-out-everywhere"), path.ends_with("/confirm") || path.ends_with("/disable"))
    });
    let (mut cells, mut wrong) = (0, Vec::new());
    for (method, path, _) in routes {
        let object = match path.split('/').nth(2).unwrap() {
            "requests" if path.ends_with("/act/{file}") => over,
            "requests"
                if ["/admission", "/bind", "/application.pdf", "/register-application"]
                    .iter()
                    .any(|end| path.ends_with(end)) =>
            {
                &application
            }
            "requests" => request,
            "messages" => over,
            "inquiries" => &inquiry,
            "papers" => &paper,
            "import" => &import,
            "troubles" => &effect,
            "account" => sign_in,
            "certificates" => &certificate,
            "subscribers" => &person,
            "organisations" => &organisation,
            "proposals" => &proposal,
            "staff" => &member,
            "cards" => &medium,
            _ => NOBODYS,
        };
        let file = match path.split('/').nth(2) {
            Some("messages") => file,
            Some("inquiries") => "0",
            _ => "act.pdf",
        };
        let address = path.replace("{id}", object).replace("{message}", &message).replace("{step}", "revoke");
        let address = address.replace("{file}", file).replace("{sign_in}", sign_in).replace("{page}", "1");
        let own = own(method, path);
        for (letter, browser) in &browsers {
            cells += 1;
            let answer = if method == "get" {
                browser.get(&address)
            } else {
                let token = browser.get("/desk/account").form("/desk/sign-out").1["form"].clone();
                // What is asked for is out of date, so that whoever may do it changes nothing.
                let typed =
                    [("version", "0"), ("reason", "superseded"), ("words", "x"), ("text", "x"), ("message", NOBODYS)];
                browser.post(&address, &[&typed[..], &[("form", &token), ("certificate", &certificate)]].concat())
            };
            let cell = format!("{method} {path} by {letter}: {} {}", answer.status, answer.text());
            let is_refused = answer.status == 403 && answer.html.contains("role-missing");
            assert!(answer.status < 500 && answer.status != 401, "{cell}");
            let is_right = if *letter == "elsewhere" {
                (answer.status == 404) == path.contains("{id}")
            } else if own.is_none_or(|own| own.contains(letter)) {
                let is_absent = matches!(answer.status, 404 | 409);
                if ABSENT.contains(&path) { is_absent } else { !matches!(answer.status, 403 | 404) }
            } else {
                is_refused
            };
            // Whatever comes to the list: an auditor changes nothing.
            let is_change = method == "post" && !path.starts_with("/desk/account") && path != "/desk/journal/verify";
            // A refusal shows nothing of a page that is not theirs.
            let shows =
                |screen: &str| answer.status == 403 && answer.html.contains(&format!("action=\"/desk/{screen}/"));
            let is_right = is_right && (!matches!(*letter, "b") || !(shows("troubles") || shows("proposals")));
            if !is_right || (*letter == "a" && is_change && !is_refused && answer.status != 404) {
                wrong.push(cell);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cells > 7 * 45, "{cells}");
}

/// The support of the second agent.
pub(crate) const ELSEWHERE: &str = "+7 383 000-00-00";

/// A second agent beside the one of the tree, with the same clients' procedures and none of its clients.
pub(crate) fn with_another_agent(bank: &Bank) -> String {
    let own = bank.folder.path().join("agents");
    std::fs::create_dir(&own).unwrap();
    let of_tree = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents");
    let file = std::fs::read_dir(of_tree).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    let other = (bank.agent + 1).to_string();
    let line = |line: &str| match line.split(' ').next() {
        Some("id") => format!("id = {other}\n"),
        Some("name") => "name = \"Elsewhere\"\n".to_owned(),
        Some(key @ ("phone.ru" | "phone.en")) => format!("{key} = \"{ELSEWHERE}\"\n"),
        _ => format!("{line}\n"),
    };
    std::fs::write(own.join("elsewhere.toml"), text.lines().map(line).collect::<String>()).unwrap();
    let config = std::fs::read_to_string(&bank.config).unwrap();
    std::fs::write(&bank.config, format!("{config}\n[folders]\nagents = \"agents\"\n")).unwrap();
    other
}

/// Brings in a colleague of Rogov's by the pages of the import; its id.
fn imported(administrator: &Browser<'_>, colleague: &Client) -> String {
    let people = "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n\
                  5400000004,ivanov.der,Иванов Иван Иванович,Иванова Ивана Ивановича,Ивановым Иваном Ивановичем,male,бухгалтер,доверенности,ivanov@example.org,+7 000 000-00-02\n";
    let files: &[(&str, &str, &[u8])] = &[
        ("organisations", "a.csv", "inn,name,city\n5400000004,ООО «ооо»,Новосибирск\n".as_bytes()),
        ("signatories", "b.csv", people.as_bytes()),
        ("certificates", "ivanov.der", colleague.certificate.as_der()),
    ];
    let seen = administrator.upload(&administrator.get("/desk/import"), "/desk/import", &[], files);
    let taken = administrator.submit(&seen, &format!("{}/confirm", seen.path), &[]);
    assert!(taken.text().contains("New signatories 1"), "{}", taken.text());
    taken.path.rsplit('/').next().unwrap().to_owned()
}

/// The id in the first address of a page that begins so.
pub(crate) fn named(html: &str, start: &str) -> String {
    let is_id = |text: &&str| text.len() == NOBODYS.len() && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let mut found = html.split(start).skip(1).filter_map(|rest| rest.get(..NOBODYS.len()));
    found.find(is_id).unwrap_or_else(|| panic!("no {start} in {html}")).to_owned()
}
