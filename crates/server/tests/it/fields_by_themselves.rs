//! Every field judged by itself: all the rest of its form is right, so it is the field that is refused, with its own code, and everything that was
//! typed is still on the page. What `desk_fields` and `portal_fields` list is refused in their tables for another reason first, mostly for a version
//! that nobody has looked at. After the refusals nothing has changed, and the form as it was is taken: nothing else was wrong with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Csr, Name};
use serde_json::{Value, json};
use statement::ticket::Operation;

use crate::alone::{hostile, is_calm};
use crate::bank::{Bank, done, key, now, rng, surguch};
use crate::browser::{Browser, Loaded, encoded, unescaped};
use crate::component::{SESSION, opened};
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_cards::FORM;
use crate::desk_cards::registered;
use crate::desk_typed::{address, is_refused_in_words, token_of};
use crate::first_issue::{confirmed, handed_in, ivanov};
use crate::matrix::NOBODYS;
use crate::typed_of_strangers::ADMISSION;
use crate::walk::id;

/// Many tries of one address, on purpose, and time for the largest files.
pub(crate) const LIMITS: &str =
    "[limits]\nguesses_per_minute = 100000\napplications_per_minute = 100000\nrequest_seconds = 60\n";

/// A field, what is sent in it, and the code it must come to.
pub(crate) type Case<'a> = (&'a str, &'a str, &'a str);

/// A form that nothing is wrong with.
#[derive(Clone, Copy)]
struct Form<'a> {
    browser: &'a Browser<'a>,
    /// The page it stands on.
    page: &'a str,
    action: &'a str,
    /// What a person types and chooses in it. Its token, its version and the like are the page's own, as they stand.
    right: &'a [(&'a str, &'a str)],
    /// Those of its fields that are typed: whatever is refused, they are still on the page.
    words: &'a [&'a str],
}

impl Form<'_> {
    /// Filled in as it should be, but for these fields.
    fn but(&self, changed: &[(&str, &str)]) -> Loaded {
        let page = self.browser.get(self.page);
        assert_eq!(page.status, 200, "{}: {}", self.page, page.text());
        self.browser.submit(&page, self.action, &replaced(self.right, changed))
    }

    /// Each of these by itself.
    fn refuses(&self, cases: &[Case<'_>]) {
        for &(field, value, code) in cases {
            let what = format!("{field} of {} with {value:.40?}", self.action);
            let page = self.but(&[(field, value)]);
            let sent = replaced(self.right, &[(field, value)]);
            let typed: Vec<&str> =
                sent.iter().filter(|(name, _)| self.words.contains(name)).map(|(_, value)| *value).collect();
            is_refused(&page, code, &typed, &what);
        }
    }

    /// Nothing else was wrong with it.
    fn takes(&self) -> Loaded {
        let page = self.but(&[]);
        assert_eq!(page.status, 200, "{}: {}", self.action, page.text());
        page
    }
}

/// The fields with other values of some.
pub(crate) fn replaced<'a>(right: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let others = right.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    others.chain(changed).copied().collect()
}

/// Refused with this code, in words, and what was typed is still there.
fn is_refused(page: &Loaded, code: &str, typed: &[&str], what: &str) {
    is_calm(&page.answer, &page.html, what);
    assert!(page.status >= 400, "{what} was taken: {}", page.text());
    assert_eq!(is_refused_in_words(page, "ru", what), code, "{what}: {}", page.text());
    let html = unescaped(&page.html);
    for text in typed {
        assert!(html.contains(text.trim()), "{what}: {text:.40?} is gone: {}", page.text());
    }
}

/// The hostile texts in a field, all but those that are right there, and what they must come to.
pub(crate) fn every<'a>(texts: &'a [String], field: &'a str, but: &[&str], code: &'a str) -> Vec<Case<'a>> {
    let wrong = texts.iter().map(String::as_str).filter(|text| !but.contains(text));
    wrong.map(|text| (field, text, code)).collect()
}

/// Nothing at all, as a person types it.
pub(crate) const EMPTY: [&str; 2] = ["", " "];
/// Hostile texts that are a phone number as far as anybody can tell, or none at all, which is right too.
pub(crate) const PHONES: [&str; 3] = ["", " ", "99999999999999999999999999"];

/// Those that are short enough to be given back by a page that stops a form before it is read.
pub(crate) fn short() -> Vec<String> {
    hostile().into_iter().filter(|text| text.len() < 2_000).collect()
}

/// Longer than a reason may be, and as long as a body may be.
fn long_reasons() -> [String; 2] {
    ["я".repeat(1_001), "A".repeat(200_000)]
}

/// What is no reason.
fn no_reasons<'a>(field: &'a str, [longer, endless]: &'a [String; 2]) -> [Case<'a>; 9] {
    [
        (field, "", "reason-required"),
        (field, " \r\n\t ", "reason-required"),
        (field, "\u{200b}", "reason-required"),
        (field, "\u{202e}gpj.exe", "text-unacceptable"),
        (field, "a\rb", "text-unacceptable"),
        (field, "a\u{0}b", "text-unacceptable"),
        (field, "\u{1b}[31m", "text-unacceptable"),
        (field, longer.as_str(), "text-unacceptable"),
        (field, endless.as_str(), "text-unacceptable"),
    ]
}

/// A bank that runs, with one member of staff of this role; the secret of their second device. `agent` stands in the agent's file.
pub(crate) fn with_member(role: &str, agent: &str) -> (Bank, String) {
    let mut bank = Bank::closed(LIMITS);
    if !agent.is_empty() {
        bank.agent_says(agent);
    }
    let of = bank.agent.to_string();
    done(surguch(&bank.config, &["staff", "add", "--agent", &of, "--name", "Member 1", "--role", role]));
    let secret = with_login(&mut bank, "Member 1", "member1");
    bank.start();
    (bank, secret)
}

/// That member at the desk.
pub(crate) fn at_desk<'a>(bank: &'a Bank, secret: &str) -> Browser<'a> {
    let browser = Browser::new(bank, "ru");
    let page = sign_in(&browser, "/desk/account", "member1", PASSWORD, &code(secret, now()));
    assert_eq!(page.status, 200, "{}", page.text());
    browser
}

/// What a decision would change of a request.
pub(crate) fn stands(bank: &Bank, card: &Value) -> [Value; 5] {
    let desk = bank.desk(card);
    ["stage", "version", "contact", "act", "reason"].map(|field| desk[field].clone())
}

/// The journal without what it says of refusals, and without what the machine does by itself meanwhile. Nothing that was refused is in it.
pub(crate) fn done_so_far(bank: &Bank) -> Vec<String> {
    let journal = done(surguch(&bank.config, &["journal", "export"]));
    for hostile in ["<script>", "DROP TABLE", "etc/passwd"] {
        assert!(!journal.contains(hostile), "{hostile} is in the journal");
    }
    journal.lines().filter(|line| !is_beside(line)).map(str::to_owned).collect()
}

fn is_beside(line: &str) -> bool {
    let beside = ["refused", "mail-sent", "mail-failed", "mail-overdue", "crl-published"];
    beside.iter().any(|kind| line.contains(&format!("\"kind\":\"{kind}\"")))
}

#[test]
fn each_field_of_a_decision_at_the_desk_is_refused_for_itself() {
    let (bank, secret) = with_member("operator", "");
    let client = bank.sign_in(&bank.rogov);
    let card = bank.begin(&client);
    bank.hand_in(&client, &card);
    let desk = at_desk(&bank, &secret);
    let here = format!("/desk/requests/{}", id(&card));
    let [to_return, to_refuse, email] = ["return", "refuse", "email"].map(|step| format!("{here}/{step}"));
    let returned = Form {
        browser: &desk,
        page: &here,
        action: &to_return,
        right: &[("return-reason", "1. Телефон")],
        words: &["return-reason"],
    };
    let reason = [("refuse-reason", "Отозвано")];
    let refused = Form { action: &to_refuse, right: &reason, words: &["refuse-reason"], ..returned };
    let corrected = Form {
        page: &email,
        action: &email,
        right: &[("email", "right@example.org"), ("words", "Клиент звонил")],
        words: &["email", "words"],
        ..returned
    };
    let (texts, long) = (hostile(), long_reasons());
    let state = || (stands(&bank, &card), desk.get("/desk/proposals").text(), done_so_far(&bank));
    let before = state();

    returned.refuses(&no_reasons("return-reason", &long));
    refused.refuses(&no_reasons("refuse-reason", &long));
    corrected.refuses(&no_reasons("words", &long));
    corrected.refuses(&every(&texts, "email", &[], "email-wrong"));
    // The one that it has; and what only looks like one.
    for typed in ["rogov@example.org", "a@b", "a@b@c.de", "r\u{43e}gov@example.org", "a@b.cd\nBcc: x@y.zz"] {
        corrected.refuses(&[("email", typed, "email-wrong")]);
    }
    assert_eq!(state(), before);

    assert_eq!(corrected.takes().path, here);
    assert_eq!(desk.get("/desk/proposals").html.matches("/decline\"").count(), 1);
    assert_eq!(refused.takes().path, here);
    assert_eq!(bank.desk(&card)["stage"], "rejected");
}

#[test]
fn each_field_of_a_paper_that_comes_is_refused_for_itself() {
    let (bank, secret) = with_member("operator", "");
    let client = bank.sign_in(&bank.rogov);
    let renewal = bank.begin(&client);
    let new_key = bank.hand_in(&client, &renewal);
    bank.approve(&renewal);
    bank.receive(&bank.code(), &new_key);
    let desk = at_desk(&bank, &secret);
    let (_, unz) = handed_in(&bank, &Browser::new(&bank, "ru"));
    let applied = address(&desk.get(&format!("/desk/requests?q={unz}")), "/desk/requests/");
    let applicant = json!({ "id": applied.rsplit('/').next().unwrap() });
    let renewed = format!("/desk/requests/{}", id(&renewal));
    let (register, receive) = (format!("{applied}/register-application"), format!("{renewed}/receive-act"));
    let application = Form {
        browser: &desk,
        page: &applied,
        action: &register,
        right: &[("copies", "3"), ("seal", "yes"), ("channel", "post")],
        words: &["copies"],
    };
    let act = Form { page: &renewed, action: &receive, ..application };
    let (texts, short) = (hostile(), short());
    let state = || {
        let papers = [&applied, &renewed].map(|page| desk.get(page).html.matches("href=\"/desk/papers/").count());
        (stands(&bank, &applicant), stands(&bank, &renewal), papers, done_so_far(&bank))
    };
    let before = state();

    for form in [application, act] {
        // No number at all is one copy.
        form.refuses(&every(&texts, "copies", &EMPTY, "copies-too-few"));
        for copies in ["0", "10", "256", "-1", "1.5", "٣", "3 3"] {
            form.refuses(&[("copies", copies, "copies-too-few")]);
        }
        // No way at all is the usual one.
        form.refuses(&every(&texts, "channel", &EMPTY, "text-unacceptable"));
        form.refuses(&[("channel", "BRANCH", "text-unacceptable"), ("channel", "pigeon", "text-unacceptable")]);
        // What comes without paper comes with a scan.
        form.refuses(&[("channel", "site", "scan-missing"), ("channel", "message", "scan-missing")]);
    }
    // A scan is named by a message of the request, and its place there.
    let of_nobody = |place: &str| format!("{NOBODYS}/{place}");
    for (from, code) in [
        ("/".to_owned(), "body-malformed"),
        ("x/0".to_owned(), "body-malformed"),
        (of_nobody("x"), "body-malformed"),
        (of_nobody("99999999999999999999"), "body-malformed"),
        (of_nobody("0"), "not-found"),
        (of_nobody("-1"), "not-found"),
    ] {
        application.refuses(&[("from", &from, code)]);
        act.refuses(&[("from", &from, code)]);
    }
    let (named, unnamed): (Vec<String>, Vec<String>) = short.into_iter().partition(|text| text.contains('/'));
    application.refuses(&every(&named, "from", &[], "body-malformed"));
    let from_site = [("copies", "3"), ("seal", "yes"), ("channel", "site")];
    let by_site = Form { right: &from_site, ..application };
    by_site.refuses(&every(&unnamed, "from", &EMPTY, "body-malformed"));
    by_site.refuses(&[("from", "", "scan-missing"), ("from", " ", "scan-missing")]);
    // A text is no file.
    by_site.refuses(&every(&unnamed, "scan", &[], "scan-missing"));
    assert_eq!(state(), before);

    assert_eq!(act.takes().path, renewed);
    assert_eq!(bank.desk(&renewal)["act"], "received");
    // What is meant for a scan and names none, and a seal by another word than the page's.
    application.refuses(&[("from", "<b>", "body-malformed"), ("seal", "<b>", "body-malformed")]);
    assert_eq!(application.takes().path, applied);
}

#[test]
fn each_field_of_a_step_on_a_certificate_and_of_a_bar_is_refused_for_itself() {
    let (bank, secret) = with_member("operator", "");
    let desk = at_desk(&bank, &secret);
    let person = desk.get("/desk/subscribers").link("Рогов Иван Петрович");
    let certificate = address(&desk.get(&person), "/desk/certificates/");
    let [revoke, hold] = ["revoke", "hold"].map(|step| format!("{certificate}/{step}"));
    let [bar, unbar] = ["bar", "unbar"].map(|step| format!("{person}/{step}"));
    let revoked = Form {
        browser: &desk,
        page: &revoke,
        action: &revoke,
        right: &[("reason", "superseded"), ("words", "Новый ключ")],
        words: &["words"],
    };
    let right = [("words", "Договор окончен")];
    let held = Form { page: &hold, action: &hold, right: &right, ..revoked };
    let barred = Form { page: &person, action: &bar, ..held };
    let unbarred = Form { action: &unbar, ..barred };
    let (texts, long) = (hostile(), long_reasons());
    let state = || ([&person, &certificate].map(|page| desk.get(page).text()), done_so_far(&bank));
    let before = state();

    revoked.refuses(&every(&texts, "reason", &[], "reason-required"));
    for reason in ["certificateHold", "removeFromCRL", "cACompromise", "KEYCOMPROMISE", "key-compromise"] {
        revoked.refuses(&[("reason", reason, "reason-required")]);
    }
    for form in [revoked, held, barred] {
        form.refuses(&no_reasons("words", &long));
        form.refuses(&every(&texts, "version", &[], "changed-meanwhile"));
    }
    assert_eq!(state(), before);

    assert_eq!(barred.takes().path, person);
    let before = state();
    unbarred.refuses(&no_reasons("words", &long));
    unbarred.refuses(&every(&texts, "version", &[], "changed-meanwhile"));
    assert_eq!(state(), before);
    assert_eq!(unbarred.takes().path, person);
    assert_eq!(revoked.takes().path, certificate);
}

#[test]
fn each_field_of_the_register_of_cards_is_refused_for_itself() {
    let (bank, secret) = with_member("branch-clerk", "");
    let desk = at_desk(&bank, &secret);
    let card = registered(&desk, "0853000001");
    let [hand_out, take_back, write_off] = ["hand-out", "return", "write-off"].map(|step| format!("{card}/{step}"));
    let entered = Form {
        browser: &desk,
        page: "/desk/cards/new",
        action: "/desk/cards",
        right: &[("serials", "0853000002"), ("model", "Рутокен ЭЦП 2.0")],
        words: &["serials", "model"],
    };
    let handed = Form {
        page: &card,
        action: &hand_out,
        right: &FORM,
        words: &["inn", "organisation", "person", "city", "branch"],
        ..entered
    };
    let returned = Form { action: &take_back, right: &[("return-reason", "replaced")], words: &[], ..handed };
    let written_off = Form { action: &write_off, right: &[("write-off-reason", "destroyed")], ..returned };
    let texts = hostile();
    let state = || ([&card, "/desk/cards"].map(|page| desk.get(page).text()), done_so_far(&bank));
    let before = state();

    // What comes in.
    let boxes: String = (0..101).map(|number| format!("08530010{number:02}\r\n")).collect();
    entered.refuses(&[("serials", "", "field-missing"), ("serials", " \r\n ", "field-missing")]);
    entered.refuses(&every(&texts, "serials", &EMPTY, "card-serial-wrong"));
    entered
        .refuses(&[("serials", "0853-000 001", "card-registered-already"), ("serials", "08530", "card-serial-wrong")]);
    let page = entered.but(&[("serials", &boxes)]);
    is_refused(&page, "text-unacceptable", &["0853001000", "0853001099", "Рутокен ЭЦП 2.0"], "more than a box");
    let (line, person) = ("я".repeat(101), "я".repeat(183));
    for (form, field) in [(entered, "model"), (handed, "city"), (handed, "branch")] {
        form.refuses(&[
            (field, "", "field-missing"),
            (field, "  ", "field-missing"),
            (field, "a\u{0}b", "text-unacceptable"),
            (field, "a\tb", "text-unacceptable"),
            (field, "\u{202e}gpj.exe", "text-unacceptable"),
            (field, &line, "text-unacceptable"),
        ]);
        let endless = &texts[texts.len() - 2..];
        form.refuses(&every(endless, field, &[], "text-unacceptable"));
    }

    // To whom, and for what.
    let digits = "99999999999999999999999999";
    handed.refuses(&every(&texts, "inn", &["", " ", digits], "inn-not-digits"));
    handed.refuses(&[
        ("inn", "", "field-missing"),
        ("inn", "  ", "field-missing"),
        ("inn", digits, "inn-length-wrong"),
        ("inn", "770770469", "inn-length-wrong"),
        ("inn", "7707704693", "inn-check-digits-wrong"),
        ("inn", "٧٧٠٧٧٠٤٦٩٢", "inn-not-digits"),
        ("organisation", "", "field-missing"),
        ("organisation", "«»", "organisation-name-wrong"),
        ("organisation", "O\u{41e}O Рога", "look-alike-letters"),
        ("organisation", "ООО\u{0}Рога", "organisation-name-wrong"),
        ("organisation", "ООО\nРога", "organisation-name-wrong"),
        ("organisation", "\u{202e}gpj.exe", "organisation-name-wrong"),
        ("person", "", "field-missing"),
        ("person", "  ", "field-missing"),
        ("person", "P\u{43e}гов Иван", "look-alike-letters"),
        ("person", &person, "name-wrong"),
    ]);
    let endless = &texts[texts.len() - 2..];
    handed.refuses(&every(endless, "organisation", &[], "organisation-name-wrong"));
    handed.refuses(&every(&texts, "person", &EMPTY, "name-wrong"));
    handed.refuses(&every(&texts, "gender", &[], "field-missing"));
    handed.refuses(&every(&texts, "slot", &[], "card-slot-unknown"));
    handed.refuses(&[("gender", "Male", "field-missing"), ("slot", "FIRST", "card-slot-unknown")]);
    assert_eq!(state(), before);

    // Back, and to the end.
    assert_eq!(handed.takes().path, card);
    let before = state();
    for (form, field, of_the_other) in
        [(returned, "return-reason", "lost"), (written_off, "write-off-reason", "powers-ended")]
    {
        form.refuses(&[(field, "", "reason-required"), (field, " ", "reason-required")]);
        form.refuses(&every(&texts, field, &EMPTY, "card-reason-unknown"));
        form.refuses(&[(field, of_the_other, "card-reason-unknown"), (field, "FAULTY", "card-reason-unknown")]);
    }
    assert_eq!(state(), before);
    assert_eq!(returned.takes().path, card);
    assert_eq!(written_off.takes().path, card);
    assert!(entered.takes().path.starts_with("/desk/cards/"));
}

/// An application that is registered: where its request is at the desk.
fn in_review(bank: &Bank, desk: &Browser<'_>) -> String {
    let (_, unz) = handed_in(bank, &Browser::new(bank, "ru"));
    let card = address(&desk.get(&format!("/desk/requests?q={unz}")), "/desk/requests/");
    let sealed = [("copies", "1"), ("seal", "yes"), ("channel", "branch")];
    let page = desk.upload(&desk.get(&card), &format!("{card}/register-application"), &sealed, &[]);
    assert_eq!(page.status, 200, "{}", page.text());
    card
}

#[test]
fn each_field_by_which_an_applicant_is_taken_in_is_refused_for_itself() {
    let (bank, secret) = with_member("operator", "");
    let desk = at_desk(&bank, &secret);
    let first = in_review(&bank, &desk);
    let take = format!("{first}/admission");
    let ivanov = ADMISSION;
    let words = ["nominative", "genitive", "instrumental", "position", "basis"];
    let taken = Form { browser: &desk, page: &take, action: &take, right: &ivanov, words: &words };
    let (texts, short) = (hostile(), short());
    let line = "я".repeat(201);
    let state = |card: &str| ([card, "/desk/subscribers"].map(|page| desk.get(page).text()), done_so_far(&bank));
    let before = state(&first);
    for field in words {
        taken.refuses(&[
            (field, "", "field-missing"),
            (field, " \r\n ", "field-missing"),
            (field, "a\u{0}b", "text-unacceptable"),
            (field, "a\nb", "text-unacceptable"),
            (field, "\u{1b}[31m", "text-unacceptable"),
            (field, "\u{202e}gpj.exe", "text-unacceptable"),
            (field, "Иванов\u{200b}", "text-unacceptable"),
            (field, &line, "text-unacceptable"),
        ]);
        taken.refuses(&every(&texts[texts.len() - 2..], field, &[], "text-unacceptable"));
    }
    for field in ["nominative", "genitive", "instrumental"] {
        for mixed in ["Ив\u{61}нов Иван", "Иван\u{3bf}в Иван"] {
            taken.refuses(&[(field, mixed, "look-alike-letters")]);
        }
    }
    taken.refuses(&every(&short, "version", &[], "body-malformed"));
    taken.refuses(&[("version", "0", "changed-meanwhile"), ("version", "-1", "changed-meanwhile")]);
    assert_eq!(state(&first), before);
    taken.refuses(&every(&short, "gender", &[], "field-missing"));
    assert_eq!(state(&first), before);
    assert_eq!(taken.takes().path, first);

    // The same words again, of somebody who is of record now and has no open request.
    let refuse = [("refuse-reason", "Отозвано")];
    assert_eq!(desk.submit(&desk.get(&first), &format!("{first}/refuse"), &refuse).status, 200);
    let second = in_review(&bank, &desk);
    let (take, bind) = (format!("{second}/admission"), format!("{second}/bind"));
    let right = [&ivanov[..], &[("apart", "Тёзка")]].concat();
    let words = [&words[..], &["apart"]].concat();
    let apart = Form { page: &take, action: &take, right: &right, words: &words, ..taken };
    let bound = Form { page: &take, action: &bind, right: &[], words: &[], ..taken };
    let before = state(&second);
    apart.refuses(&[
        ("apart", "", "reason-required"),
        ("apart", "  ", "reason-required"),
        ("apart", "a\u{0}b", "text-unacceptable"),
        ("apart", "a\nb", "text-unacceptable"),
        ("apart", "\u{202e}gpj.exe", "text-unacceptable"),
        ("apart", &line, "text-unacceptable"),
    ]);
    bound.refuses(&every(&texts, "version", &[], "changed-meanwhile"));
    bound.refuses(&every(&texts, "subscriber", &[], "not-found"));
    bound.refuses(&[("subscriber", NOBODYS, "not-found")]);
    bound.refuses(&every(&texts, "subscriber-version", &[], "changed-meanwhile"));
    assert_eq!(state(&second), before);
    assert_eq!(bound.takes().path, second);
}

#[test]
fn each_field_about_a_member_of_staff_is_refused_for_itself() {
    let (bank, secret) = with_member("ca-administrator", "");
    let desk = at_desk(&bank, &secret);
    let added = Form {
        browser: &desk,
        page: "/desk/staff",
        action: "/desk/staff",
        right: &[("name", "Operator 7"), ("login", "operator7"), ("role-operator", "yes")],
        words: &["name", "login"],
    };
    let serial = hex::encode(bank.rogov.certificate.serial());
    let [one, other] = ["Operator 1", "Support 1"].map(|name| desk.get("/desk/staff").link(name));
    let [to_one, to_other] = [&one, &other].map(|member| format!("{member}/certificate"));
    let [found_for_one, found_for_other] = [&one, &other].map(|member| format!("{member}?serial={serial}"));
    let of_one = Form { page: &found_for_one, action: &to_one, right: &[], words: &[], ..added };
    let of_other = Form { page: &found_for_other, action: &to_other, words: &["serial"], ..of_one };
    let (texts, short) = (hostile(), short());
    let state = || (["/desk/staff", &one, &other].map(|page| desk.get(page).text()), done_so_far(&bank));
    let before = state();

    let (name, login) = ("я".repeat(201), "x".repeat(65));
    added.refuses(&[
        ("name", "", "text-unacceptable"),
        ("name", "  ", "text-unacceptable"),
        ("name", "a\u{0}b", "text-unacceptable"),
        ("name", "a\nb", "text-unacceptable"),
        ("name", "\u{1b}[31m", "text-unacceptable"),
        ("name", "\u{202e}gpj.exe", "text-unacceptable"),
        ("name", "Рогов\u{200b} 7", "text-unacceptable"),
        ("name", "Р\u{6f}гов 7", "look-alike-letters"),
        ("name", &name, "text-unacceptable"),
        ("login", "", "text-unacceptable"),
        ("login", "a b", "text-unacceptable"),
        ("login", "оператор7", "text-unacceptable"),
        ("login", "a\u{0}b", "text-unacceptable"),
        ("login", &login, "text-unacceptable"),
        // Somebody's.
        ("login", "member1", "text-unacceptable"),
        ("role-operator", "", "field-missing"),
        ("role-operator", "  ", "field-missing"),
    ]);
    for field in ["name", "login"] {
        added.refuses(&every(&texts[texts.len() - 2..], field, &[], "text-unacceptable"));
    }
    of_one.refuses(&every(&short, "certificate", &[], "not-found"));
    of_one.refuses(&[("certificate", NOBODYS, "not-found")]);
    assert_eq!(state(), before);

    // A certificate opens the desk for one. Whatever number somebody looks for meanwhile stays what it was.
    assert_eq!(of_one.takes().path, one);
    let before = state();
    of_other.refuses(&every(&texts, "serial", &[], "staff-certificate-taken"));
    assert_eq!(state(), before);
    // A box says yes by the word that the page has.
    added.refuses(&[("role-operator", "no", "field-missing")]);
    let told = added.takes();
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(desk.get("/desk/staff").text().contains("Operator 7"));
}

#[test]
fn each_field_of_an_answer_an_inquiry_and_a_password_is_refused_for_itself() {
    let (bank, secret) = with_member("branch-clerk", "subscriber_password = \"password\"");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let client = Browser::new(&bank, "ru");
    client.set_cookie("surguch-client", &token);
    let own = format!("/messages/{}", id(&card));
    assert_eq!(client.submit(&client.get(&own), &own, &[("text", "Когда?")]).status, 200);
    let stranger = Browser::new(&bank, "ru");
    let asked = [("subject", "other"), ("name", "Иванов"), ("email", "ivanov@bank-client.test"), ("text", "Где?")];
    assert_eq!(stranger.submit(&stranger.get("/feedback"), "/feedback", &asked).status, 200);

    let desk = at_desk(&bank, &secret);
    let thread = format!("/desk/messages/{}", id(&card));
    let inquiry = address(&desk.get("/desk/inquiries"), "/desk/inquiries/");
    let person = desk.get("/desk/subscribers").link("Рогов Иван Петрович");
    let (read, bind, password) = (format!("{thread}/read"), format!("{inquiry}/bind"), format!("{person}/password"));
    let answer =
        Form { browser: &desk, page: &thread, action: &thread, right: &[("text", "Завтра")], words: &["text"] };
    let noted = Form { action: &read, right: &[], words: &[], ..answer };
    let number = [("unz", unz.as_str())];
    let bound = Form { page: &inquiry, action: &bind, right: &number, words: &["unz"], ..answer };
    let handed_out = Form { page: &person, action: &password, ..noted };
    let (texts, short) = (hostile(), short());
    let state =
        || ([&thread, &inquiry, &person, "/desk/messages"].map(|page| desk.get(page).text()), done_so_far(&bank));
    let before = state();

    let longer = "я".repeat(4_001);
    answer.refuses(&[
        ("text", "", "text-unacceptable"),
        ("text", " \r\n\t ", "text-unacceptable"),
        ("text", "a\u{0}b", "text-unacceptable"),
        ("text", "\u{1b}[31m", "text-unacceptable"),
        ("text", &longer, "text-unacceptable"),
        ("act", "yes", "act-not-signed"),
    ]);
    answer.refuses(&every(&short, "message", &[], "body-malformed"));
    noted.refuses(&every(&texts, "seen", &[], "body-malformed"));
    bound.refuses(&every(&texts, "unz", &[], "unz-wrong"));
    bound.refuses(&[("unz", "0123456789abcd", "unz-unknown"), ("unz", "0123456789abc", "unz-wrong")]);
    // Nothing at all is what the page says of somebody who has no password.
    handed_out.refuses(&every(&short, "password-set", &EMPTY, "changed-meanwhile"));
    handed_out.refuses(&[("password-set", "0", "changed-meanwhile"), ("password-set", "-1", "changed-meanwhile")]);
    assert_eq!(state(), before);

    noted.takes();
    assert_eq!(answer.takes().html.matches("class=\"said\"").count(), 2);
    assert_eq!(bound.takes().path, format!("/desk/requests/{}", id(&card)));
    assert!(handed_out.takes().text().contains("Одноразовый пароль"));
}

#[test]
fn each_field_of_a_clients_own_pages_is_refused_for_itself() {
    let mut bank = Bank::closed(LIMITS);
    bank.agent_says("subscriber_password = \"password\"");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let client = Browser::new(&bank, "ru");
    client.set_cookie("surguch-client", &token);
    let (texts, short) = (hostile(), short());
    let state = || {
        let pages = ["/requests", "/certificates", "/messages", "/security/password"];
        (pages.map(|page| client.get(page).text()), done_so_far(&bank))
    };

    // A renewal.
    let before = state();
    let renewal = format!("/security/renewal/{}", bank.procedure);
    let chosen = format!("{renewal}?medium=smart-key");
    let renewed = Form {
        browser: &client,
        page: &chosen,
        action: &renewal,
        right: &[("phone", "+7 383 000-00-00"), ("email", "rogov@example.org")],
        words: &["phone", "email"],
    };
    let phone = "1".repeat(41);
    renewed.refuses(&every(&texts, "email", &[], "email-wrong"));
    for email in ["a@b", "a@b@c.de", "r\u{43e}gov@example.org", "a@b.cd\nBcc: x@y.zz"] {
        renewed.refuses(&[("email", email, "email-wrong")]);
    }
    renewed.refuses(&every(&texts, "phone", &PHONES, "phone-wrong"));
    renewed.refuses(&[("phone", &phone, "phone-wrong"), ("phone", "+7 383 000-00-00 д. 1", "phone-wrong")]);
    assert_eq!(state(), before);
    renewed.refuses(&every(&short, "medium", &[], "body-malformed"));
    let begun = renewed.takes();
    assert!(begun.status == 200 && begun.path.ends_with("/send"), "{} {}", begun.path, begun.text());

    // Steps with an own certificate.
    let card = bank.get("/api/v1/requests", &token).json()["requests"][0].clone();
    bank.hand_in(&token, &card);
    let before = state();
    let hold = client.get("/certificates").link("Приостановить");
    let revoke = hold.replace("/hold", "/revoke");
    let held = Form { page: &hold, action: &hold, right: &[("confirmed", "yes")], words: &[], ..renewed };
    let reasoned = [("confirmed", "yes"), ("reason", "keyCompromise")];
    let revoked = Form { page: &revoke, action: &revoke, right: &reasoned, ..held };
    for form in [held, revoked] {
        form.refuses(&every(&texts, "confirmed", &[], "confirmation-required"));
        form.refuses(&[("confirmed", "YES", "confirmation-required"), ("confirmed", "on", "confirmation-required")]);
    }
    revoked.refuses(&every(&texts, "reason", &[], "reason-required"));
    for reason in ["unspecified", "superseded", "certificateHold", "KEYCOMPROMISE"] {
        revoked.refuses(&[("reason", reason, "reason-required")]);
    }

    // A message.
    let thread = format!("/messages/{}", id(&card));
    let said = Form { page: &thread, action: &thread, right: &[("text", "Когда?")], words: &["text"], ..renewed };
    let longer = "я".repeat(4_001);
    said.refuses(&[
        ("text", "", "text-unacceptable"),
        ("text", " \r\n\t ", "text-unacceptable"),
        ("text", "a\u{0}b", "text-unacceptable"),
        ("text", "\u{1b}[31m", "text-unacceptable"),
        ("text", &longer, "text-unacceptable"),
        ("act", "yes", "act-not-signed"),
    ]);
    said.refuses(&every(&short, "message", &[], "body-malformed"));

    // A password of one's own, which no page shows again.
    let own = "vertical-steam-43";
    let typed = [("login", "rogov"), ("own", own), ("again", own)];
    let set =
        Form { page: "/security/password", action: "/security/password", right: &typed, words: &["login"], ..renewed };
    let login = "x".repeat(65);
    // The number under which the desk hands out a password to somebody else is no login either.
    for no_login in ["", "a b", "рогов", "a\u{0}b", "\u{202e}gpj.exe", &login, "146b79e7de8a0"] {
        set.refuses(&[("login", no_login, "password-unacceptable")]);
    }
    set.refuses(&every(&texts, "own", &[], "password-differ"));
    set.refuses(&every(&texts, "again", &[], "password-differ"));
    let endless = "Q".repeat(201);
    for wrong in ["", "Kurz-7", &endless] {
        let page = set.but(&[("own", wrong), ("again", wrong)]);
        is_refused(&page, "password-unacceptable", &["rogov"], wrong);
        assert!(wrong.is_empty() || !page.html.contains(wrong), "a secret is shown: {}", page.html);
    }
    assert!(!set.but(&[("again", "other")]).html.contains(own), "a secret is shown");
    assert_eq!(state(), before);

    assert_eq!(said.takes().html.matches("class=\"said\"").count(), 1);
    assert_eq!(set.takes().path, "/security/password?done=set");
    assert!(revoked.takes().path.starts_with("/sign-in?done=revoke"));
}

const APPLICATION: &str = "/ca/new-certificate";
const SEND: &str = "/ca/new-certificate/send";

#[test]
fn each_field_of_the_public_door_is_refused_for_itself() {
    let bank = Bank::open(LIMITS);
    let browser = Browser::new(&bank, "ru");
    let (texts, short) = (hostile(), short());
    let before = done_so_far(&bank);
    let place = format!("{APPLICATION}?agentId={}", bank.agent);
    // What was typed into the form before stands in it again: the address as well.
    let right = [&ivanov()[..], &[("address", "ул. Ленина, 1")]].concat();
    let form = Form {
        browser: &browser,
        page: &place,
        action: APPLICATION,
        right: &right,
        words: &["surname", "given_name", "patronymic", "organisation", "inn", "city", "address", "phone", "email"],
    };
    let (name, line, phone) = ("я".repeat(61), "я".repeat(201), "1".repeat(41));
    for field in ["surname", "given_name", "patronymic"] {
        let missing = if field == "patronymic" { "patronymic-missing" } else { "field-missing" };
        form.refuses(&[(field, "", missing), (field, " ", missing)]);
        form.refuses(&every(&texts, field, &EMPTY, "name-wrong"));
        form.refuses(&[
            (field, &name, "name-wrong"),
            (field, "-", "name-wrong"),
            (field, "Иванов\u{200b}", "name-wrong"),
            (field, "Ив\u{61}нов", "look-alike-letters"),
        ]);
    }
    let digits = "99999999999999999999999999";
    form.refuses(&[
        ("organisation", "", "field-missing"),
        ("organisation", " ", "field-missing"),
        ("organisation", "«»", "organisation-name-wrong"),
        ("organisation", "ООО\u{0}", "organisation-name-wrong"),
        ("organisation", "\u{202e}gpj.exe", "organisation-name-wrong"),
        ("organisation", &line, "organisation-name-wrong"),
        ("organisation", "O\u{41e}O Ro", "look-alike-letters"),
        ("inn", "", "field-missing"),
        ("inn", " ", "field-missing"),
        ("inn", digits, "inn-length-wrong"),
        ("inn", "5009046313", "inn-check-digits-wrong"),
        ("country", "ru", "country-unknown"),
        ("country", "XX", "country-unknown"),
        ("city", "", "field-missing"),
        ("city", " ", "field-missing"),
        ("city", "Хогвартс", "city-unknown"),
        ("address", "a\u{0}b", "address-wrong"),
        ("address", "a\nb", "address-wrong"),
        ("address", "\u{202e}gpj.exe", "address-wrong"),
        ("address", &line, "address-wrong"),
        ("phone", &phone, "phone-wrong"),
        ("email", "", "field-missing"),
        ("email", " ", "field-missing"),
        ("email", "a@b", "email-wrong"),
        ("email", "iv\u{430}nov@bank-client.test", "email-wrong"),
        ("email", "a@b.cd\nBcc: x@y.zz", "email-wrong"),
    ]);
    form.refuses(&every(&texts[texts.len() - 2..], "organisation", &[], "organisation-name-wrong"));
    form.refuses(&every(&texts[texts.len() - 2..], "address", &[], "address-wrong"));
    form.refuses(&every(&texts, "inn", &["", " ", digits], "inn-not-digits"));
    form.refuses(&every(&texts, "country", &[], "country-unknown"));
    form.refuses(&every(&texts, "city", &EMPTY, "city-unknown"));
    form.refuses(&every(&texts, "phone", &PHONES, "phone-wrong"));
    form.refuses(&every(&texts, "email", &EMPTY, "email-wrong"));
    form.refuses(&every(&short, "agentId", &[], "procedure-not-offered"));
    form.refuses(&[("agentId", "1", "procedure-not-offered")]);
    // A city that was meant stands in the place of the one that was typed.
    let meant = Form { words: &["surname", "email"], ..form };
    meant.refuses(&every(&texts, "city_meant", &EMPTY, "city-unknown"));
    assert!(form.takes().text().contains("Проверьте написание"));

    // What is said in the letter to the bank.
    let said = [
        ("subject", "other"),
        ("unz", "0123456789abcd"),
        ("name", "Иванов"),
        ("phone", "8 493 333-544"),
        ("email", "ivanov@bank-client.test"),
        ("text", "Когда вы открыты?"),
    ];
    let letter = Form {
        page: "/feedback",
        action: "/feedback",
        right: &said,
        words: &["unz", "name", "phone", "email", "text"],
        ..form
    };
    let longer = "я".repeat(4_001);
    letter.refuses(&every(&short, "agentId", &EMPTY, "not-found"));
    letter.refuses(&every(&short, "message", &[], "body-malformed"));
    letter.refuses(&every(&texts, "subject", &[], "body-malformed"));
    letter.refuses(&every(&texts, "unz", &EMPTY, "unz-wrong"));
    letter.refuses(&every(&texts, "phone", &PHONES, "phone-wrong"));
    letter.refuses(&every(&texts, "email", &[], "email-wrong"));
    letter.refuses(&[
        ("agentId", "1", "not-found"),
        ("name", "", "field-missing"),
        ("name", " ", "field-missing"),
        ("name", "a\u{0}b", "text-unacceptable"),
        ("name", "a\nb", "text-unacceptable"),
        ("name", "\u{202e}gpj.exe", "text-unacceptable"),
        ("name", "Иванов\u{200b}", "text-unacceptable"),
        ("name", "Ив\u{61}нов", "look-alike-letters"),
        ("name", &line, "text-unacceptable"),
        ("text", "\u{202e}gpj.exe", "text-unacceptable"),
        ("text", "a\rb", "text-unacceptable"),
        ("text", "", "field-missing"),
        ("text", " \r\n ", "field-missing"),
        ("text", "a\u{0}b", "text-unacceptable"),
        ("text", "\u{1b}[31m", "text-unacceptable"),
        ("text", &longer, "text-unacceptable"),
        // A paper is sent as a file.
        ("subject", "application", "scan-missing"),
        ("subject", "act", "scan-missing"),
    ]);
    assert_eq!(done_so_far(&bank), before, "nothing came of it");
    assert!(letter.takes().path.starts_with("/feedback/sent"));

    // Looked for, and read out.
    for text in short.iter().filter(|text| !text.trim().is_empty()) {
        let page = browser.get(&format!("/status?{}", encoded(&BTreeMap::from([("unz".to_owned(), text.clone())]))));
        is_refused(&page, "status-unknown", &[text], &format!("{text:?} as a number"));
    }
    let workplace =
        Form { page: "/ca/workplace", action: "/ca/workplace", right: &[], words: &["support_code"], ..form };
    workplace.refuses(&[
        ("support_code", "", "token-needed"),
        ("support_code", " ", "token-needed"),
        ("support_code", "SD1-AAAAA", "workplace-code-damaged"),
        ("support_code", "SD1-", "workplace-code-damaged"),
        ("support_code", "SD2-AAAAA", "workplace-code-version"),
    ]);
    workplace.refuses(&every(&texts, "support_code", &EMPTY, "workplace-code-none"));
}

#[test]
fn each_field_of_the_latin_spelling_and_of_the_key_is_refused_for_itself() {
    let bank = Bank::open(LIMITS);
    let browser = Browser::new(&bank, "ru");
    let (texts, short) = (hostile(), short());
    let latin = confirmed(&browser, bank.agent, &ivanov());
    let (_, mut typed) = latin.form(SEND);
    let spelled = ["latin_person", "latin_organisation", "latin_city"].map(|field| typed[field].clone());
    let [person, organisation, city] = spelled.each_ref().map(String::as_str);
    let right = [("latin_person", person), ("latin_organisation", organisation), ("latin_city", city)];
    // This page has no address of its own to be loaded from.
    let refuses = |cases: &[Case<'_>]| {
        for &(field, value, code) in cases {
            let page = browser.submit(&latin, SEND, &[(field, value)]);
            let sent = replaced(&right, &[(field, value)]);
            let is_spelled = |name: &str| name.starts_with("latin_");
            let words: Vec<&str> = sent.iter().filter(|(name, _)| is_spelled(name)).map(|(_, value)| *value).collect();
            is_refused(&page, code, &words, &format!("{field} with {value:.40?}"));
        }
    };

    let longer = "a".repeat(65);
    for (field, _) in right {
        refuses(&[
            (field, "", "field-missing"),
            (field, " ", "field-missing"),
            (field, &longer, "latin-wrong"),
            (field, "Иванов", "latin-wrong"),
            (field, "Iv\u{430}nov", "look-alike-letters"),
        ]);
        // A full stop and a stroke stand in names of organisations.
        let but: &[&str] = if field == "latin_organisation" { &["", " ", "../../etc/passwd"] } else { &EMPTY };
        refuses(&every(&texts, field, but, "latin-wrong"));
    }
    // Nothing else is wrong but that there is no key yet.
    is_refused(&browser.submit(&latin, SEND, &[]), "token-needed", &[person, organisation, city], "no key");

    typed.insert("session".to_owned(), SESSION.to_owned());
    let pairs: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let begun = || {
        let given = browser.post(&format!("{APPLICATION}/ticket"), &pairs).answer.json();
        let ticket = opened(&given);
        let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
        let names = wish.subject.as_slice().iter().map(|pair| (pair.oid.as_str(), pair.value.as_str()));
        let new_key = key(wish.algorithm.as_str());
        let pkcs10 = Csr::create(&Name::from_pairs(names).unwrap(), &new_key, &mut rng()).unwrap();
        let nonce = given["nonce"].as_str().unwrap().to_owned();
        assert_eq!(bank.post(&format!("/api/v1/component/tickets/{nonce}/start"), "", "").status, 204);
        (nonce, STANDARD.encode(pkcs10))
    };
    let sent = |nonce: &str, pkcs10: &str, medium: &str| {
        let key = [("nonce", nonce), ("pkcs10", pkcs10), ("medium", medium), ("serial", "0853000001")];
        browser.submit(&latin, SEND, &key)
    };
    let accepted = || browser.get("/ca/new-certificate/accepted").text();
    let (nonce, pkcs10) = begun();
    let before = (accepted(), done_so_far(&bank));
    for text in &short {
        let is_none = text.trim().is_empty();
        let what = format!("{text:?} as a nonce");
        let code = if is_none { "token-needed" } else { "component-ticket-unknown" };
        is_refused(&sent(text, &pkcs10, "smart-key"), code, &[person, organisation, city], &what);
        // Two octets of DER are an answer, and cost the ticket.
        if text != "MAA=" {
            let what = format!("{text:?} as a PKCS#10");
            let code = if is_none { "token-needed" } else { "csr-malformed" };
            is_refused(&sent(&nonce, text, "smart-key"), code, &[person, organisation, city], &what);
        }
    }
    is_refused(&sent(&nonce, "MAA=", "smart-key"), "csr-malformed", &[person, organisation, city], "MAA=");
    let spent = sent(&nonce, &pkcs10, "smart-key");
    is_refused(&spent, "component-ticket-spent", &[person, organisation, city], "a second answer");
    for medium in ["", "<b>", "SMART-KEY", "directory", "registry"] {
        let (nonce, pkcs10) = begun();
        is_refused(&sent(&nonce, &pkcs10, medium), "medium-not-offered", &[person, organisation, city], medium);
    }
    assert_eq!((accepted(), done_so_far(&bank)), before);
    let (nonce, pkcs10) = begun();
    let handed_in = sent(&nonce, &pkcs10, "smart-key");
    assert_eq!(
        (handed_in.status, handed_in.path.as_str()),
        (200, "/ca/new-certificate/accepted"),
        "{}",
        handed_in.text()
    );
}

#[test]
fn an_agent_that_is_no_number_is_one_that_nobody_knows_where_there_is_no_link() {
    let mut bank = Bank::closed(LIMITS);
    bank.agent_says("subscriber_password = \"password\"");
    bank.start();
    let browser = Browser::new(&bank, "ru");
    let token = token_of(&browser.get("/sign-in"));
    for path in ["/sign-in/password", "/sign-in/password/own"] {
        for agent in ["", "x", "-1", "1.5", "99999999999999999999999999", "4000000000"] {
            let typed = [("login", "rogov"), ("password", "x"), ("own", "y"), ("again", "y")];
            let page = browser.post(path, &[&[("form", token.as_str()), ("agent", agent)][..], &typed].concat());
            is_refused(&page, "not-found", &["rogov"], &format!("{agent} at {path}"));
            assert_eq!(page.status, 404, "{agent} at {path}");
        }
    }
}
