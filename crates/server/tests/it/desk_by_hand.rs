//! Steps of the desk by hand: a page asks again and for a reason, a second person confirms where the agent says so, and whoever was
//! overtaken is told by whom and loses nothing that was typed. Beside it, what happens to bad input in every field.

use crate::bank::{Bank, now};
use crate::browser::{Browser, Loaded};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::walk::id;

/// A bank whose agent wants two people for a revocation, with three members of staff signed in at `first`.
fn two_people(bank: &mut Bank) -> [String; 3] {
    let agents = bank.folder.path().join("agents");
    std::fs::create_dir(&agents).unwrap();
    let of_tree = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents");
    for entry in std::fs::read_dir(of_tree).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = format!("{text}\n[desk]\nsecond_person = [\"revoke\"]\n");
        std::fs::write(agents.join(path.file_name().unwrap()), text).unwrap();
    }
    let config = std::fs::read_to_string(&bank.config).unwrap();
    std::fs::write(&bank.config, format!("{config}\n[folders]\nagents = \"agents\"\n")).unwrap();
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Operator 2", "--role", "security-officer"];
    crate::bank::done(crate::bank::surguch(&bank.config, &add));
    ["Operator 1", "Operator 2", "Support 1"].map(|name| with_login(bank, name, &name.replace(' ', "").to_lowercase()))
}

fn at(browser: &Browser<'_>, secret: &str, login: &str, to: &str) -> Loaded {
    let page = sign_in(browser, to, login, PASSWORD, &code(secret, now()));
    assert_eq!(page.status, 200, "{login}: {}", page.text());
    page
}

#[test]
fn a_certificate_is_blocked_and_revoked_by_hand_and_an_address_corrected_by_two_people() {
    let mut bank = Bank::closed("");
    let [first, second, support] = two_people(&mut bank);
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let old_code = bank.code();
    let (one, two, helper) = (Browser::new(&bank, "ru"), Browser::new(&bank, "ru"), Browser::new(&bank, "ru"));
    let here = format!("/desk/requests/{}", id(&card));
    let request = at(&one, &first, "operator1", &here);
    at(&two, &second, "operator2", &here);
    at(&helper, &support, "support1", &here);
    let certificate = one.get(&request.link("Блокировка, приостановка, отзыв"));
    assert_eq!(certificate.status, 200, "{}", certificate.text());

    // The server says who may do what, and holds to it when somebody knows the address.
    let of_support = helper.get(&certificate.path);
    assert!(!of_support.html.contains(&format!("{}/block", certificate.path)), "{}", of_support.text());
    assert_eq!(helper.get(&format!("{}/block", certificate.path)).status, 403);
    let block = one.get(&certificate.link("Заблокировать"));
    let overtaken = two.get(&block.path);
    let form = |fields: &[(&str, &str)]| one.submit(&block, &block.path, fields);
    for (words, status, said) in [
        ("", 400, "Укажите причину"),
        (" \n\t ", 400, "Укажите причину"),
        (&*"x".repeat(1_001), 400, "слишком длинный"),
        ("a\u{1}b", 400, "недопустимые знаки"),
    ] {
        let back = form(&[("words", words)]);
        assert_eq!(back.status, status, "{words:?}: {}", back.text());
        assert!(back.text().contains(said), "{words:?}: {}", back.text());
    }
    let hostile = form(&[("words", "</textarea><script>alert(1)</script>\u{1}")]);
    assert!(!hostile.html.contains("<script>alert"), "what was typed is text");
    assert_eq!(one.get(&format!("{}/destroy", certificate.path)).status, 404);
    let blocked = form(&[("words", "Спор о полномочиях")]);
    assert_eq!((blocked.status, &blocked.path), (200, &certificate.path), "{}", blocked.text());
    assert!(blocked.text().contains("Сертификат заблокирован Operator 1"), "{}", blocked.text());
    assert!(blocked.text().contains("Спор о полномочиях"), "{}", blocked.text());
    assert_eq!(form(&[("words", "Спор о полномочиях")]).status, 200, "a second click");

    // The second of two operators: a code, what happened, and what was typed.
    let late = two.submit(&overtaken, &block.path, &[("words", "Звонок клиента")]);
    assert_eq!(late.status, 409, "{}", late.text());
    for words in ["изменил кто-то другой", "Последнее, что произошло", "Operator 1", "Звонок клиента"]
    {
        assert!(late.text().contains(words), "{words}: {}", late.text());
    }

    // A revocation needs a reason of the list and a second person.
    let revoke = one.get(&format!("{}/revoke", certificate.path));
    assert!(revoke.text().contains("подтвердит второе лицо"), "{}", revoke.text());
    for reason in ["", "certificateHold", "nonsense", "KEYCOMPROMISE"] {
        let back = one.submit(&revoke, &revoke.path, &[("reason", reason), ("words", "x")]);
        assert_eq!(back.status, 400, "{reason}: {}", back.text());
    }
    let proposed = one.submit(&revoke, &revoke.path, &[("reason", "keyCompromise"), ("words", "Ключ украден")]);
    assert_eq!(proposed.path, "/desk/proposals", "{}", proposed.text());
    assert!(
        proposed.text().contains("другой сотрудник") && !proposed.html.contains("/confirm\""),
        "{}",
        proposed.text()
    );
    let waiting = two.get("/desk/proposals");
    let confirm =
        waiting.html.split("action=\"").find_map(|rest| rest.split('"').next().filter(|to| to.ends_with("/confirm")));
    let confirm = confirm.unwrap().to_owned();
    // Nobody confirms their own, also not by a form that was made by hand.
    let token = proposed.html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let own = one.post(&confirm, &[("form", token)]);
    assert_eq!(own.status, 403, "{}", own.text());
    let confirmed = two.submit(&waiting, &confirm, &[]);
    assert!(confirmed.text().contains("Подтверждать нечего"), "{}", confirmed.text());
    assert!(one.get(&certificate.path).text().contains("Ключ потерян или мог стать известен другим"));

    // The address: two people, a new link, the old one dies.
    let email = one.get(&format!("{here}/email"));
    assert_eq!(email.status, 200, "{}", email.text());
    let long = format!("{}@example.org", "x".repeat(10_000));
    for wrong in ["", "rogov", "a@b", "a@b@c.de", "r\u{43e}gov@example.org", "a@b.cd\r\nBcc: x@y.zz", &long] {
        let back = one.submit(&email, &email.path, &[("email", wrong), ("words", "Клиент звонил")]);
        assert_eq!(back.status, 400, "{wrong}: {}", back.text());
        assert!(back.text().contains("Клиент звонил"), "what was typed stays: {}", back.text());
    }
    let asked = one.submit(&email, &email.path, &[("email", "right@example.org"), ("words", "Клиент звонил")]);
    assert_eq!((asked.status, asked.path.as_str()), (200, here.as_str()), "{}", asked.text());
    assert!(asked.text().contains("Ждёт второго лица"), "{}", asked.text());
    let seen = two.get(&here);
    let confirm =
        seen.html.split("action=\"").find_map(|rest| rest.split('"').next().filter(|to| to.ends_with("/confirm")));
    let done = two.submit(&seen, confirm.unwrap(), &[]);
    assert_eq!(done.status, 200, "{}", done.text());
    let letter = bank.letter("right@example.org");
    assert!(!letter.contains(&old_code), "another link");
    bank.get(&format!("/api/v1/delivery/{}/{old_code}", bank.agent), "").refused(410, "link-replaced");
    // The client sees that somebody else did it.
    let client = Browser::new(&bank, "ru");
    client.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let journal = client.get("/journal").text();
    assert!(journal.contains(&format!("Адрес почты исправлен {} Банк", card_unz(&bank, &card))), "{journal}");
}

fn card_unz(bank: &Bank, card: &serde_json::Value) -> String {
    bank.desk(card)["unz"].as_str().unwrap().to_owned()
}
