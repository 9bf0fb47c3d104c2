//! Clients, troubles and staff at the desk: each list, each card, who may do what, and what is typed into the fields of them.

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};

#[test]
fn clients_are_found_and_barred_and_each_role_has_its_own_screens() {
    let mut bank = Bank::closed("");
    let agent = bank.agent.to_string();
    for (name, role) in [("Clerk 1", "branch-clerk"), ("Auditor 1", "auditor"), ("Administrator 1", "ca-administrator")]
    {
        done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", name, "--role", role]));
    }
    let secrets =
        [("Operator 1", "operator1"), ("Clerk 1", "clerk1"), ("Auditor 1", "auditor1"), ("Administrator 1", "admin1")]
            .map(|(name, login)| (login, with_login(&mut bank, name, login)));
    bank.start();
    let browsers = secrets.map(|(login, secret)| {
        let browser = Browser::new(&bank, "ru");
        let page = sign_in(&browser, "/desk/subscribers", login, PASSWORD, &code(&secret, now()));
        assert_eq!(page.status, 200, "{login}: {}", page.text());
        browser
    });
    let [operator, clerk, auditor, admin] = &browsers;

    // Whose screen it is not: not in the menu, and a coded refusal for whoever knows the address.
    for (browser, address, status) in [
        (operator, "/desk/troubles", 200),
        (operator, "/desk/staff", 403),
        (clerk, "/desk/troubles", 403),
        (clerk, "/desk/proposals", 403),
        (clerk, "/desk/staff", 403),
        (clerk, "/desk/organisations", 200),
        (auditor, "/desk/troubles", 200),
        (auditor, "/desk/staff", 403),
        (admin, "/desk/staff", 200),
    ] {
        let page = browser.get(address);
        assert_eq!(page.status, status, "{address}: {}", page.text());
        let queue = browser.get("/desk/requests");
        assert_eq!(queue.html.contains(&format!("<a href=\"{address}\"")), status == 200, "{address}");
        if status == 403 {
            assert!(page.html.contains("role-missing"), "{}", page.html);
        }
    }

    // People and organisations, by whatever is typed.
    for words in ["", "рог", "РОГОВ", "рогов иван"] {
        let found = operator.get(&format!("/desk/subscribers?q={}", words.replace(' ', "+")));
        assert!(found.text().contains("Рогов Иван Петрович"), "{words}: {}", found.text());
    }
    for words in ["ооо", "5400000004", "ООО ООО"] {
        let found = operator.get(&format!("/desk/organisations?q={}", words.replace(' ', "+")));
        assert!(found.text().contains("ООО «ооо»"), "{words}: {}", found.text());
    }
    for words in ["%25", "_", "%27%20OR%201=1--", "%00", "%3Cscript%3E", &"x".repeat(3_000)] {
        for list in ["subscribers", "organisations"] {
            let none = operator.get(&format!("/desk/{list}?q={words}"));
            assert_eq!(none.status, 200, "{words}");
            assert!(words == "%00" || none.text().contains("Ничего не найдено"), "{words}: {}", none.text());
            assert!(!none.html.contains("<script>"), "{words}");
        }
    }
    for after in ["x", "_", "01890000-0000-7000-8000-000000000000", "01890000-0000-7000-8000-000000000000_%01"] {
        assert_eq!(operator.get(&format!("/desk/subscribers?after={after}")).status, 400, "{after}");
    }

    // One person: barred with a reason by who may, and nothing remote begins until it is lifted.
    let list = operator.get("/desk/subscribers");
    let person = operator.get(&list.link("Рогов Иван Петрович"));
    for words in ["директор, Устава", "rogov@example.org", "Действует", "5400000004"] {
        assert!(person.text().contains(words), "{words}: {}", person.text());
    }
    let here = person.path.clone();
    assert!(!auditor.get(&here).html.contains("/bar\""), "an auditor looks");
    let bar = format!("{here}/bar");
    for (words, said) in
        [("", "Укажите причину"), ("a\u{2}", "недопустимые знаки"), (&"x".repeat(1_001), "слишком длинный")]
    {
        let back = operator.submit(&person, &bar, &[("words", words)]);
        assert_eq!(back.status, 400, "{}", back.text());
        assert!(back.text().contains(said), "{said}: {}", back.text());
    }
    let stale = operator.submit(&person, &bar, &[("words", "Договор окончен"), ("version", "77")]);
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("Договор окончен"), "{}", stale.text());
    let token = bank.sign_in(&bank.rogov);
    let barred = operator.submit(&person, &bar, &[("words", "Договор окончен")]);
    assert_eq!(barred.path, here);
    assert!(barred.text().contains("Удалённая работа запрещена"), "{}", barred.text());
    let wish = serde_json::json!({ "procedure": bank.procedure }).to_string();
    bank.post("/api/v1/requests", &token, &wish).refused(403, "subscriber-barred");
    let free = operator.submit(&barred, &format!("{here}/unbar"), &[("words", "Договор продлён")]);
    assert_eq!((free.status, &free.path), (200, &here), "{}", free.text());
    assert!(!free.html.contains("badge bad"), "{}", free.text());
    bank.post("/api/v1/requests", &token, &wish).json();

    // Somebody new is taken on: a login, a password that nobody chose and a second device, told once; they come in with both.
    let staff = admin.get("/desk/staff");
    let add = |fields: &[(&str, &str)]| admin.submit(&staff, "/desk/staff", fields);
    let no_role = add(&[("name", "Operator 7"), ("login", "operator7")]);
    assert_eq!(no_role.status, 400, "{}", no_role.text());
    assert!(no_role.html.contains("value=\"Operator 7\"") && no_role.html.contains("value=\"operator7\""));
    let operator_7 =
        [("name", "Operator 7"), ("role-operator", "yes"), ("role-support", "yes"), ("login", "operator7")];
    let told = add(&operator_7);
    assert_eq!(told.status, 200, "{}", told.text());
    let again = add(&operator_7);
    assert_eq!((again.status, again.text()), (200, told.text()), "a second click tells the same");
    let told: Vec<_> =
        told.html.split("<dd class=\"number\">").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    let [login, password, secret] = told[..] else { panic!("{told:?}") };
    let new = Browser::new(&bank, "ru");
    let queue = sign_in(&new, "/desk/requests", login, password, &code(secret, now()));
    assert_eq!((queue.status, queue.path.as_str()), (200, "/desk/requests"), "{}", queue.text());
    assert_eq!(new.get("/desk/staff").status, 403);
    assert_eq!(add(&[("name", "Operator 8"), operator_7[1], operator_7[3]]).status, 400, "the login is somebody's");
    assert_eq!(admin.get("/desk/staff").html.matches("Operator 7").count(), 1);

    // Somebody who left is taken out of use, and their sign-in ends with it.
    let staff = admin.get("/desk/staff");
    let row = staff.html.split("<tr>").find(|row| row.contains("Clerk 1")).unwrap();
    let disable = row.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let after = admin.submit(&staff, &disable, &[]);
    assert!(after.text().contains("Отключён с"), "{}", after.text());
    assert!(clerk.get("/desk/requests").path.starts_with("/desk/sign-in"));
}
