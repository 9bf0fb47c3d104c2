//! The public door over HTTP: a stranger fills in the form, the key is made under a ticket, the desk takes them in, the paper acts open
//! the access. The words are looked up nowhere but on the pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Certificate, Csr, Name, PrivateKey};
use statement::ticket::Operation;

use crate::bank::{Bank, Client, done, key, now, rng, surguch};
use crate::browser::{Browser, Loaded};
use crate::component::{SESSION, opened};
use crate::database::on_both;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_cards::registered;
use crate::matrix::with_another_agent;
use crate::papers::{code_on, file};

const HERE: &str = "/ca/new-certificate";

pub(crate) fn ivanov() -> Vec<(&'static str, &'static str)> {
    vec![
        ("surname", "Иванов"),
        ("given_name", "Иван"),
        ("patronymic", "Иванович"),
        ("organisation", "ООО «Ро»"),
        ("inn", "5009046312"),
        ("country", "RU"),
        ("city", "москва"),
        ("phone", "8493333544"),
        ("email", "ivanov@bank-client.test"),
    ]
}

/// The page of the Latin spelling for these fields.
pub(crate) fn confirmed(browser: &Browser<'_>, agent: u32, fields: &[(&str, &str)]) -> Loaded {
    let form = browser.get(&format!("{HERE}?agentId={agent}"));
    assert_eq!(form.status, 200, "{}", form.text());
    browser.submit(&form, HERE, fields)
}

/// From the form to «Запрос принят»: the key that was made, and УНЗ.
pub(crate) fn handed_in(bank: &Bank, browser: &Browser<'_>) -> (PrivateKey, String) {
    assert_eq!(browser.get(&format!("{HERE}/accepted")).status, 404, "nothing is begun");
    handed_in_from(bank, browser)
}

/// The same with whatever cookies the browser has.
fn handed_in_from(bank: &Bank, browser: &Browser<'_>) -> (PrivateKey, String) {
    let latin = confirmed(browser, bank.agent, &ivanov());
    assert!(latin.text().contains("Проверьте написание Ваших данных латинскими буквами"), "{}", latin.text());
    let (send, mut fields) = latin.form(&format!("{HERE}/send"));
    assert_eq!(fields["latin_person"], "Ivanov Ivan Ivanovich");
    assert_eq!(fields["latin_organisation"], "OOO \"Ro\"");
    assert_eq!(fields["latin_city"], "Moskva");
    let without = browser.submit(&latin, &send, &[]);
    assert_eq!(without.status, 400, "nothing is sent without a key: {}", without.text());

    // «Отправить запрос»: one ticket, one key, one request.
    fields.insert("session".to_owned(), SESSION.to_owned());
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let given = browser.post(&format!("{HERE}/ticket"), &pairs).answer.json();
    let ticket = opened(&given);
    let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
    assert!(wish.request.is_none(), "no current key signs a first request");
    let names = wish.subject.as_slice().iter().map(|pair| (pair.oid.as_str(), pair.value.as_str()));
    let new_key = key(wish.algorithm.as_str());
    let pkcs10 = STANDARD.encode(Csr::create(&Name::from_pairs(names).unwrap(), &new_key, &mut rng()).unwrap());
    let nonce = given["nonce"].as_str().unwrap();
    bank.post(&format!("/api/v1/component/tickets/{nonce}/start"), "", "");
    let accepted = browser.submit(
        &latin,
        &send,
        &[("nonce", nonce), ("pkcs10", &pkcs10), ("medium", "smart-key"), ("serial", "0853000001")],
    );
    assert_eq!((accepted.status, accepted.path.as_str()), (200, "/ca/new-certificate/accepted"), "{}", accepted.text());
    let unz = ticket.unz.as_ref().unwrap().as_str();
    assert!(accepted.text().contains("Запрос принят") && accepted.text().contains(unz), "{}", accepted.text());
    (new_key, unz.to_owned())
}

#[test]
fn a_stranger_fills_in_the_form_and_has_access_when_both_copies_of_the_act_are_in() {
    on_both(first_issue);
}

fn first_issue(database: &str) {
    let mut bank = Bank::closed(database);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let agent = bank.agent.to_string();
    done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", "Clerk 1", "--role", "branch-clerk"]));
    let secret_of_clerk = with_login(&mut bank, "Clerk 1", "clerk1");
    bank.start();
    let agent = bank.agent;
    let browser = Browser::new(&bank, "ru");

    let (new_key, unz) = handed_in(&bank, &browser);
    let paper = browser.get(&format!("{HERE}/application.pdf")).answer;
    assert!(paper.octets.starts_with(b"%PDF-1.7"));
    let folder = tempfile::tempdir().unwrap();
    let code_of_paper = code_on(&folder, &file(&folder, "application.pdf", &paper.octets));
    // The secret opens this visitor's request, and nobody else's page.
    assert_eq!(Browser::new(&bank, "ru").get(&format!("{HERE}/accepted")).status, 404);

    // The desk: the application, the person, the decision.
    let desk = Browser::new(&bank, "ru");
    sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    // The code on the paper leads to the request, and says whether this is the text that was sent.
    for (typed, words) in [
        (code_of_paper.clone(), "от текста, который у запроса сейчас"),
        (format!("{}{}", &code_of_paper[..code_of_paper.len() - 64], "0A".repeat(32)), "от другого текста"),
    ] {
        let found = desk.get(&format!("/desk/requests?q={}", typed.replace(':', "%3A"))).text();
        assert!(found.contains(&unz) && found.contains(words), "{typed}: {found}");
    }
    let found = desk.get(&format!("/desk/requests?q={unz}"));
    let mut ids = found.html.split("\"/desk/requests/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let id = ids.find(|id| id.len() == 36).unwrap_or_else(|| panic!("{}", found.text())).to_owned();
    let card = format!("/desk/requests/{id}");
    let awaited = |line: &str, is_there: bool| {
        let queue = desk.get("/desk/requests?show=paper");
        assert_eq!(queue.text().contains(line), is_there, "{line}: {}", queue.text());
        assert_eq!(queue.text().contains("Ждут бумагу 1"), is_there, "{}", queue.text());
        assert_eq!(queue.html.contains(&card), is_there);
    };
    awaited("Ждём заявление", true);
    let register = format!("{card}/register-application");
    // A program says of a paper what the page asks for, or nothing has come.
    let by_program = |step: &str, said: serde_json::Value| {
        let mut body =
            serde_json::json!({ "version": bank.get(&format!("/api/v1{card}"), &bank.operator).json()["version"] });
        body.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        bank.post(&format!("/api/v1{card}/{step}"), &bank.operator, body.to_string())
    };
    by_program("register-application", serde_json::json!({})).refused(400, "body-malformed");
    let sealed = [("copies", "1"), ("seal", "yes"), ("channel", "branch")];
    let page = desk.upload(&desk.get(&card), &register, &sealed, &[]);
    awaited("Ждём", false);
    assert!(!page.html.contains(&format!("action=\"{card}/approve\"")), "nobody is approved who is not on record");
    let admission = desk.get(&format!("{card}/admission"));
    let half = [("genitive", "Иванова Ивана Ивановича"), ("gender", "male"), ("basis", "Устава")];
    let refused = desk.submit(&admission, &format!("{card}/admission"), &half);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.html.contains("Иванова Ивана Ивановича"), "what was typed stays");
    let rest = [("instrumental", "Ивановым Иваном Ивановичем"), ("position", "директор"), ("gender", "male")];
    let page = desk.submit(&refused, &format!("{card}/admission"), &rest);
    assert_eq!((page.status, page.path.as_str()), (200, card.as_str()), "{}", page.text());

    // The card of the key beside the register of cards: a difference is marked, and warned of where the decision is.
    let key_card = |says: &str, warns: bool| {
        let page = desk.get(&card);
        let line = format!("Смарт-карта нового ключа 0853000001 {says}");
        assert!(page.text().contains(&line), "{line}: {}", page.text());
        assert_eq!(page.text().contains("не на той смарт-карте"), warns, "{says}: {}", page.text());
        page
    };
    key_card("В реестре карт такой нет отсутствует", false);
    let branch = Browser::new(&bank, "ru");
    sign_in(&branch, "/desk/requests", "clerk1", PASSWORD, &code(&secret_of_clerk, now()));
    let in_register = branch.get(&registered(&branch, "0853000001"));
    key_card("Никому не выдана отличается", true);
    let to = [("inn", "5009046312"), ("person", "Иванов Иван Иванович"), ("gender", "male"), ("slot", "second")];
    let place = [("city", "Красноярск"), ("branch", "Отделение № 6")];
    branch.submit(&in_register, &format!("{}/hand-out", in_register.path), &[&to[..], &place].concat());
    let page = key_card("Выдана этому лицу: вторая подпись, расписка № 1 совпадает", false);
    desk.submit(&page, &format!("{card}/approve"), &[]);

    // The letter, the certificate, the proof.
    let letter = bank.letter("code=");
    let link: String = letter.split("code=").nth(1).unwrap().chars().take(64).collect();
    let look = browser.get(&format!("/ca/certificate?class=2&code={link}"));
    assert!(look.text().contains("Сохранение сертификата"), "the act is on paper: {}", look.text());
    let delivery = format!("/api/v1/delivery/{agent}/{link}");
    let body = serde_json::json!({ "operation": "store-certificate", "session_sha256": SESSION }).to_string();
    let given = bank.post(&format!("{delivery}/component/tickets"), "", body).json();
    let ticket = opened(&given);
    let Operation::StoreCertificate(store) = &ticket.operation else { panic!("{ticket:?}") };
    let client = Client { key: new_key, certificate: Certificate::from_der(store.certificate.octets()).unwrap() };
    let challenge = bank.get(&format!("{delivery}/challenge"), "").text();
    let nonce = given["nonce"].as_str().unwrap();
    bank.post(&format!("/api/v1/component/tickets/{nonce}/start"), "", "");
    let proof = crypto::sign_cms(challenge.as_bytes(), false, &client.key, &client.certificate, &[], now(), &mut rng());
    assert!(store.act.is_none(), "an act on paper is signed by hand");
    let sent = serde_json::json!({ "kind": "store-certificate", "proof": STANDARD.encode(proof.unwrap()) });
    let answer = serde_json::json!({ "nonce": nonce, "result": sent }).to_string();
    let done = bank.post(&format!("{delivery}/component/answers"), "", answer).json();
    assert_eq!(done["stage"], "proven", "{done}");

    // «Вам будет предоставлен доступ»: both copies, and not one.
    let receive = format!("{card}/receive-act");
    awaited("Ждём экземпляры Акта", true);
    let said = |copies: u8, channel: &str| serde_json::json!({ "copies": copies, "seal": false, "channel": channel });
    by_program("receive-act", serde_json::json!({})).refused(400, "body-malformed");
    by_program("receive-act", said(1, "branch")).refused(400, "copies-too-few");
    by_program("receive-act", said(2, "message")).refused(400, "scan-missing");
    by_program("receive-act", said(2, "pigeon")).refused(400, "body-malformed");
    let one = desk.upload(&desk.get(&card), &receive, &[("copies", "1"), ("channel", "branch")], &[]);
    assert_eq!(one.status, 400, "{}", one.text());
    let both = desk.upload(&desk.get(&card), &receive, &[("copies", "2"), ("channel", "branch")], &[]);
    assert_eq!(both.status, 200, "{}", both.text());
    awaited("Ждём", false);
    bank.sign_in(&client);

    // Another signatory at the same computer: a card and a request of their own.
    let second: Vec<_> =
        ivanov().into_iter().map(|(name, value)| (name, if name == "given_name" { "Пётр" } else { value })).collect();
    let latin = confirmed(&browser, agent, &second);
    let (_, mut fields) = latin.form(&format!("{HERE}/send"));
    fields.insert("session".to_owned(), SESSION.to_owned());
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let other = opened(&browser.post(&format!("{HERE}/ticket"), &pairs).answer.json());
    assert_ne!(other.unz.as_ref().unwrap().as_str(), unz.as_str());
    // It is not handed in yet: the form has what was stated, whatever became of the draft.
    browser.set_cookie("surguch-draft", "");
    assert!(browser.get(&format!("{HERE}?agentId={agent}")).html.contains("Пётр"));
}

#[test]
fn who_began_at_one_agent_begins_at_another_with_the_same_words() {
    let mut bank = Bank::closed("");
    let elsewhere: u32 = with_another_agent(&bank).parse().unwrap();
    bank.start();
    let browser = Browser::new(&bank, "ru");
    for agent in [bank.agent, elsewhere] {
        let latin = confirmed(&browser, agent, &ivanov());
        let (_, mut fields) = latin.form(&format!("{HERE}/send"));
        fields.insert("session".to_owned(), SESSION.to_owned());
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let given = browser.post(&format!("{HERE}/ticket"), &pairs);
        assert_eq!(given.status, 200, "{agent}: {}", given.text());
    }
}

#[test]
fn a_planted_secret_leads_to_nothing_that_is_typed_after_it() {
    let bank = Bank::open("");
    let rogov = [&ivanov()[..], &[("surname", "Рогов"), ("email", "rogov@bank-client.test")]].concat();
    let another_phone = [&ivanov()[..], &[("phone", "8493333545")]].concat();
    for planted in [rogov, another_phone] {
        // Somebody begins, with whatever they know of the next one, and leaves their cookies on the computer.
        let before = Browser::new(&bank, "ru");
        let latin = confirmed(&before, bank.agent, &planted);
        let begun = |latin: &Loaded| {
            let (_, mut fields) = latin.form(&format!("{HERE}/send"));
            fields.insert("session".to_owned(), SESSION.to_owned());
            let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            before.post(&format!("{HERE}/ticket"), &pairs)
        };
        assert_eq!(begun(&latin).status, 200);
        let secret = before.cookie("surguch-applicant").unwrap();
        assert_eq!(begun(&latin).status, 200);
        assert_eq!(before.cookie("surguch-applicant").unwrap(), secret, "a second click is the same request");

        let after = Browser::new(&bank, "ru");
        for cookie in ["surguch-applicant", "surguch-visit"] {
            after.set_cookie(cookie, &before.cookie(cookie).unwrap());
        }
        let card = || before.get(&format!("{HERE}/accepted")).text();
        let (then, form) = (card(), before.get(&format!("{HERE}?agentId={}", bank.agent)).text());
        let (_, unz) = handed_in_from(&bank, &after);
        assert_ne!(after.cookie("surguch-applicant").unwrap(), secret);
        assert!(after.get(&format!("{HERE}/accepted")).text().contains(&unz));
        assert_eq!(card(), then);
        assert_eq!(before.get(&format!("{HERE}?agentId={}", bank.agent)).text(), form);
        assert!(!form.contains("8493333544") && !then.contains(&unz));
    }
}

#[test]
fn the_form_names_every_fault_keeps_what_was_typed_and_suggests_cities() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    let mut fields = ivanov();
    fields.retain(|(name, _)| !matches!(*name, "inn" | "city" | "surname"));
    fields.extend([("inn", "5009046313"), ("city", "Новосип"), ("surname", "\"><script>")]);
    let page = confirmed(&browser, bank.agent, &fields);
    assert_eq!(page.status, 400);
    for word in ["контрольные цифры не сходятся", "Такого города в списке нет", "Новосибирск"]
    {
        assert!(page.text().contains(word), "{word} in {}", page.text());
    }
    assert!(!page.html.contains("<script>\""), "nothing typed is HTML");
    assert!(page.html.contains("ivanov@bank-client.test"), "what was typed stays");
    // A closed tab: the same browser finds it again, another one does not.
    let again = browser.get(&format!("{HERE}?agentId={}", bank.agent));
    assert!(again.html.contains("ivanov@bank-client.test"));
    let other = Browser::new(&bank, "ru");
    assert!(!other.get(&format!("{HERE}?agentId={}", bank.agent)).html.contains("ivanov@bank-client.test"));
    let cities = other.get(&format!("{HERE}/cities?begins=%D0%BD%D0%BE%D0%B2%D0%BE"));
    assert_eq!(cities.answer.json()[0], "Новосибирск");
    for address in [HERE.to_owned(), format!("{HERE}?agentId=1"), format!("{HERE}?agentId=x")] {
        assert_eq!(other.get(&address).status, 404, "{address}");
    }
}

/// From the next start on, the public doors of this bank have the knob `email_confirmation = "link"`.
pub(crate) fn addresses_must_answer(bank: &Bank) {
    let is_public = |toml: &str| toml.contains("login = \"none\"");
    bank.own_procedures(|toml| if is_public(&toml) { format!("email_confirmation = \"link\"\n{toml}") } else { toml });
}

#[test]
fn where_the_address_must_answer_the_desk_has_the_request_after_the_button_behind_the_letters_link() {
    let mut bank = Bank::closed("");
    addresses_must_answer(&bank);
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let browser = Browser::new(&bank, "ru");
    let (_, unz) = handed_in(&bank, &browser);
    let accepted = browser.get(&format!("{HERE}/accepted"));
    assert!(accepted.text().contains("На адрес ivanov@bank-client.test отправлено письмо"), "{}", accepted.text());
    assert!(browser.get(&format!("/status?unz={unz}")).text().contains("Перейдите по ссылке из письма"));

    let desk = Browser::new(&bank, "ru");
    sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let queue = "/desk/requests";
    assert!(!desk.get(queue).html.contains(&unz), "the desk does not see it");
    // Whoever has the paper in hand finds it, and reads why it waits.
    let found = desk.get(&format!("/desk/requests?q={unz}"));
    assert!(found.html.contains(&unz), "{}", found.text());

    let card = found.html.split("\"/desk/requests/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let card = card.into_iter().find(|id| id.len() == 36).unwrap().to_owned();
    let card = desk.get(&format!("/desk/requests/{card}")).text();
    assert!(card.contains("Клиента") && card.contains("ещё не подтвердил"), "{card}");

    let letter = bank.letter("/ca/email");
    let link = &letter[letter.find("/ca/email").unwrap()..];
    let link: String = link.chars().take_while(|c| !c.is_whitespace() && !"\"<>)".contains(*c)).collect();
    let mail = Browser::new(&bank, "ru");
    let asks = mail.get(&link);
    assert!(asks.text().contains("ivanov@bank-client.test") && asks.text().contains(&unz), "{}", asks.text());
    assert!(!desk.get(queue).html.contains(&unz), "following the link alone confirms nothing");
    let confirmed = mail.submit(&asks, "/ca/email", &[]);
    assert!(confirmed.text().contains("Адрес подтверждён"), "{}", confirmed.text());
    assert!(desk.get(queue).html.contains(&unz));
    assert!(mail.get(&link).text().contains("Адрес подтверждён"), "a second look");
    let shortened = &link[..link.len() - 1];
    assert_eq!(mail.get(shortened).status, 404);
}
