//! Hostile, enormous, late and repeated input on the pages that a stranger's words come to: the applicant at the desk, «Обращения», support, the
//! workplace. What was typed stays, every refusal is one in words, and nothing changes. Beside it, two who do the same thing at once.

use crate::alone::{hostile, is_calm};
use crate::bank::{Bank, done, now, surguch};
use crate::browser::{Browser, Loaded, unescaped};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_typed::{address, is_refused_in_words, token_of};
use crate::first_issue::handed_in;

/// Of an application that nothing is wrong with.
pub(crate) const ADMISSION: [(&str, &str); 6] = [
    ("nominative", "Иванов Иван Иванович"),
    ("genitive", "Иванова Ивана Ивановича"),
    ("instrumental", "Ивановым Иваном Ивановичем"),
    ("gender", "male"),
    ("position", "директор"),
    ("basis", "Устава"),
];

/// Who, where, the field, whether it is words that stay, and what else is typed otherwise so that nothing is ever done.
type Case<'a> = (&'a [Browser<'a>; 2], &'a str, &'a str, bool, &'a [(&'a str, &'a str)]);

/// A bank that runs, with somebody of each of these roles: name for sign-in and secret of the second device.
fn with_staff(limits: &str, roles: &[&str]) -> (Bank, Vec<(String, String)>) {
    let mut bank = Bank::closed(limits);
    let agent = bank.agent.to_string();
    let mut logins = Vec::new();
    for (number, role) in (1..).zip(roles) {
        let (name, login) = (format!("Member {number}"), format!("member{number}"));
        done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", &name, "--role", role]));
        let secret = with_login(&mut bank, &name, &login);
        logins.push((login, secret));
    }
    bank.start();
    (bank, logins)
}

/// Somebody at the desk, who reads English in another window.
fn signed_in<'a>(bank: &'a Bank, (login, secret): &(String, String)) -> [Browser<'a>; 2] {
    let browsers = ["ru", "en"].map(|language| Browser::new(bank, language));
    let page = sign_in(&browsers[0], "/desk/account", login, PASSWORD, &code(secret, now()));
    assert_eq!(page.status, 200, "{}", page.text());
    for cookie in ["surguch-visit", "surguch-staff"] {
        browsers[1].set_cookie(cookie, &browsers[0].cookie(cookie).unwrap());
    }
    browsers
}

/// An application that is registered: where its request is at the desk, and its УНЗ.
fn in_review(bank: &Bank, desk: &Browser<'_>) -> (String, String) {
    let (_, unz) = handed_in(bank, &Browser::new(bank, "ru"));
    let card = address(&desk.get(&format!("/desk/requests?q={unz}")), "/desk/requests/");
    let sealed = [("copies", "1"), ("seal", "yes"), ("channel", "branch")];
    let page = desk.upload(&desk.get(&card), &format!("{card}/register-application"), &sealed, &[]);
    assert_eq!(page.status, 200, "{}", page.text());
    (card, unz)
}

/// A question that no request is found for: where it is at the desk.
fn inquiry(bank: &Bank, desk: &Browser<'_>) -> String {
    let stranger = Browser::new(bank, "ru");
    let fields = [("subject", "other"), ("name", "Иванов"), ("email", "ivanov@bank-client.test"), ("text", "Когда?")];
    let sent = stranger.upload(&stranger.get("/feedback"), "/feedback", &fields, &[]);
    assert_eq!(sent.status, 200, "{}", sent.text());
    address(&desk.get("/desk/inquiries"), "/desk/inquiries/")
}

fn taken_in(desk: &Browser<'_>, page: &Loaded, card: &str) -> Loaded {
    desk.submit(page, &format!("{card}/admission"), &ADMISSION)
}

#[test]
fn whatever_is_typed_where_a_strangers_words_come_to_stays_on_the_page_and_changes_nothing() {
    let limits = "[limits]\nguesses_per_minute = 100000\napplications_per_minute = 100000\n";
    let (bank, logins) = with_staff(limits, &["operator", "support"]);
    let (operator, support) = (&signed_in(&bank, &logins[0]), &signed_in(&bank, &logins[1]));
    let desk = &operator[0];
    // Of two who say the same, the first is of record and has an open request: the second can be neither taken in unsaid nor bound.
    let (first, _) = in_review(&bank, desk);
    let admission = desk.get(&format!("{first}/admission"));
    assert!(!admission.html.contains("/bind\""), "nobody is found: {}", admission.text());
    assert_eq!(taken_in(desk, &admission, &first).status, 200);
    let (card, _) = in_review(&bank, desk);
    let page = desk.get(&format!("{card}/admission"));
    let (version, person) = {
        let (_, fields) = page.form(&format!("{card}/bind"));
        (fields["version"].clone(), (fields["subscriber"].clone(), fields["subscriber-version"].clone()))
    };
    let right: Vec<(&str, &str)> =
        vec![("version", &version), ("subscriber", &person.0), ("subscriber-version", &person.1), ("apart", "")];
    let right = [&right[..], &ADMISSION].concat();
    let inquiry = inquiry(&bank, desk);
    let state = || [&card, &first, &inquiry, "/desk/inquiries", "/desk/subscribers"].map(|page| desk.get(page).text());
    let before = state();

    let (take, bind) = (format!("{card}/admission"), format!("{card}/bind"));
    let (to_request, no_basis) = (format!("{inquiry}/bind"), [("basis", "")]);
    let cases: [Case<'_>; 20] = [
        (operator, &take, "nominative", true, &[]),
        (operator, &take, "genitive", true, &[]),
        (operator, &take, "instrumental", true, &[]),
        (operator, &take, "position", true, &[]),
        (operator, &take, "basis", true, &[]),
        (operator, &take, "apart", true, &no_basis),
        (operator, &take, "gender", false, &[]),
        (operator, &take, "version", false, &[]),
        (operator, &bind, "version", false, &[]),
        (operator, &bind, "subscriber", false, &[]),
        (operator, &bind, "subscriber-version", false, &[]),
        (operator, &to_request, "unz", true, &[]),
        (operator, "/desk/support", "unz", false, &[]),
        (support, "/desk/support", "unz", true, &[]),
        (support, "/desk/support", "phone", true, &[("name", "иванов"), ("organisation", "ро")]),
        (support, "/desk/support", "name", true, &[("phone", "8 493 000-00-00"), ("organisation", "ро")]),
        (support, "/desk/support", "organisation", true, &[("phone", "8 493 000-00-00"), ("name", "иванов")]),
        (support, "/desk/support/code", "code", true, &[]),
        (support, "/ca/workplace", "support_code", true, &[]),
        (support, &take, "apart", false, &[]),
    ];
    let mut refused = std::collections::BTreeSet::new();
    for (browsers, action, field, is_words, otherwise) in cases {
        let token = token_of(&browsers[0].get("/desk/account"));
        for (turn, text) in hostile().iter().enumerate() {
            let (browser, language) = [(&browsers[0], "ru"), (&browsers[1], "en")][turn % 2];
            let what = format!("{field} of {action} in {language} with {text:.40?}");
            let mut fields: Vec<(&str, &str)> = vec![("form", &token), (field, text)];
            let usual: &[(&str, &str)] = if action.starts_with(&card) { &right } else { &[] };
            for pair in otherwise.iter().chain(usual) {
                if fields.iter().all(|(name, _)| *name != pair.0) {
                    fields.push(*pair);
                }
            }
            let page = browser.post(action, &fields);
            is_calm(&page.answer, &page.html, &what);
            // A caller who is nobody is not found; everything else is refused, by the public page without a code of the bank's.
            let is_looked_for = action == "/desk/support" && page.status == 200;
            assert!(is_looked_for || page.status >= 400, "{what} was taken: {}", page.text());
            if !is_looked_for && action != "/ca/workplace" {
                refused.insert(is_refused_in_words(&page, language, &what));
            }
            let is_kept = unescaped(&page.html).contains(text.trim());
            assert!(!is_words || is_kept || page.status == 413, "{what}: what was typed is gone: {}", page.text());
        }
    }
    for word in ["field-missing", "reason-required", "text-unacceptable", "role-missing", "unz-wrong"] {
        assert!(refused.contains(word), "{word} is not among {refused:?}");
    }
    let open = desk.submit(&page, &bind, &[]);
    assert_eq!(is_refused_in_words(&open, "ru", &bind), "person-has-open-request");
    // Some of those words would be a reason; these are none.
    let close = format!("{inquiry}/close");
    let endless = "я".repeat(30_000);
    for (reason, refusal) in [
        ("", "reason-required"),
        (" \r\n\t", "reason-required"),
        ("a\u{0}b", "text-unacceptable"),
        ("\u{1b}[31m", "text-unacceptable"),
        (&endless, "text-unacceptable"),
    ] {
        let page = desk.submit(&desk.get(&inquiry), &close, &[("close-reason", reason)]);
        assert_eq!(is_refused_in_words(&page, "ru", reason), refusal);
        assert!(unescaped(&page.html).contains(reason.trim()), "{reason:.40?}: {}", page.text());
    }
    assert_eq!(state(), before);
    let journal = done(surguch(&bank.config, &["journal", "export"]));
    assert!(!journal.contains("DROP TABLE") && !journal.contains("<script>"), "what was refused is in no journal");
}

#[test]
fn of_two_who_decide_about_a_stranger_at_once_the_second_hears_of_the_first_and_a_second_click_is_the_same() {
    let (bank, logins) = with_staff("", &["operator", "branch-clerk"]);
    let ([one, _], [two, _]) = (&signed_in(&bank, &logins[0]), &signed_in(&bank, &logins[1]));
    let late = |page: &Loaded| (page.status, is_refused_in_words(page, "ru", &page.path));
    let too_late = (409, "changed-meanwhile".to_owned());

    // Taken into the record: by two clicks, and by somebody else with other words, which stay.
    let (first, _) = in_review(&bank, one);
    let seen = [one, two].map(|browser| browser.get(&format!("{first}/admission")));
    for _ in 0..2 {
        let page = taken_in(one, &seen[0], &first);
        assert_eq!((page.status, &page.path), (200, &first), "{}", page.text());
    }
    let other = [&ADMISSION[..4], &[("position", "бухгалтер"), ("basis", "доверенности")]].concat();
    let page = two.submit(&seen[1], &format!("{first}/admission"), &other);
    assert_eq!(late(&page), too_late);
    assert!(page.html.contains("value=\"бухгалтер\""), "{}", page.text());
    let refuse = [("refuse-reason", "Отозвано")];
    assert_eq!(one.submit(&one.get(&first), &format!("{first}/refuse"), &refuse).status, 200);

    // The same person again: bound by two clicks and by two people, and taken in by nobody any more.
    let (card, unz) = in_review(&bank, one);
    let seen = [one, two].map(|browser| browser.get(&format!("{card}/admission")));
    for browser in [one, one, two] {
        let page = browser.submit(&seen[usize::from(std::ptr::eq(browser, two))], &format!("{card}/bind"), &[]);
        assert_eq!((page.status, &page.path), (200, &card), "{}", page.text());
    }
    let page = two.submit(&seen[1], &format!("{card}/admission"), &[&ADMISSION[..], &[("apart", "Тёзка")]].concat());
    assert_eq!(late(&page), too_late);
    let history = one.get(&card).text();
    assert_eq!(history.matches("Запрос отнесён к человеку из учёта банка").count(), 1, "{history}");

    // An inquiry is put away once.
    let inquiry = inquiry(&bank, one);
    let seen = [one, two].map(|browser| browser.get(&inquiry));
    let close = format!("{inquiry}/close");
    assert_eq!(one.submit(&seen[0], &close, &[("close-reason", "Ответили")]).status, 200);
    for (action, field, typed) in [(close, "close-reason", "Позвонили"), (format!("{inquiry}/bind"), "unz", &unz)]
    {
        assert_eq!(late(&two.submit(&seen[1], &action, &[(field, typed)])), too_late, "{action}");
    }
    assert!(two.get(&inquiry).text().contains("Ответили"));
}
