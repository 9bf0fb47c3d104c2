//! The auditor's page: the journal by every filter, whether its chain holds, as a file; for nobody without the role.

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};

#[test]
fn an_auditor_reads_checks_and_exports_the_journal_and_changes_nothing() {
    let mut bank = Bank::closed("");
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Auditor 1", "--role", "auditor"];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Auditor 1", "auditor1");
    let other = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.code();
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let auditor = Browser::new(&bank, "ru");
    let page = sign_in(&auditor, "/desk/journal", "auditor1", PASSWORD, &code(&secret, now()));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Сотрудник вошёл"), "{}", page.text());

    // Each filter; the value of the operator in the list is the page's own.
    let rows = |query: &str| {
        let page = auditor.get(&format!("/desk/journal?{query}"));
        assert_eq!(page.status, 200, "{query}: {}", page.text());
        page.html.split("<tbody>").nth(1).map_or(Vec::new(), |body| {
            body.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap().to_owned()).collect()
        })
    };
    let has = |rows: &[String], kind: &str| rows.iter().filter(|row| row.contains(&format!("· {kind} ·"))).count();
    let about = rows(&format!("about={unz}"));
    assert_eq!((has(&about, "request-created"), has(&about, "request-approved")), (1, 1), "{about:?}");
    assert!(about.iter().all(|row| row.contains("/desk/requests/")), "{about:?}");
    let option = page.html.split("<option value=\"staff:").find(|option| option.contains("Operator 1")).unwrap();
    let by = rows(&format!("who=staff:{}", option.split('"').next().unwrap()));
    assert_eq!((has(&by, "request-created"), has(&by, "request-approved")), (0, 1), "{by:?}");
    assert!(by.iter().all(|row| row.contains("Operator 1")), "{by:?}");
    assert_eq!(rows("kind=request-approved").len(), 1);
    assert_eq!(rows("from=2020-01-01&until=2020-12-31").len(), 0);
    assert!(!rows("from=2020-01-01").is_empty());
    assert_eq!(rows("about=request:01890000-0000-7000-8000-000000000000").len(), 0);
    for wrong in ["from=2026-13-01", "until=yesterday", "who=root", "kind=nothing", "after=1_2"] {
        assert_eq!(auditor.get(&format!("/desk/journal?{wrong}")).status, 400, "{wrong}");
    }

    // The chain, and the file: every line can be recomputed.
    let checked = auditor.submit(&page, "/desk/journal/verify", &[]);
    assert!(checked.text().contains("Журнал цел"), "{}", checked.text());
    let file = auditor.get(&format!("/desk/journal/export?about={unz}"));
    assert!(file.answer.header("content-disposition").starts_with("attachment"));
    let lines: Vec<serde_json::Value> = file.html.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), about.len());
    for (line, raw) in lines.iter().zip(file.html.lines()) {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        let hash = |name: &str| -> [u8; 32] { hex::decode(text(name)).unwrap().try_into().unwrap() };
        let row = store::journal::JournalRow {
            lane: u8::try_from(line["lane"].as_u64().unwrap()).unwrap(),
            seq: line["seq"].as_i64().unwrap(),
            at: domain::Timestamp(line["at_ms"].as_i64().unwrap()),
            actor: text("actor"),
            object: text("object"),
            kind: text("kind"),
            body: body_of(raw),
            prev_hash: hash("prev_hash"),
            hash: hash("hash"),
        };
        assert_eq!(store::journal::recompute(&row), row.hash, "{line}");
    }

    // Nobody else.
    let operator = Browser::new(&bank, "en");
    let queue = sign_in(&operator, "/desk/requests", "operator1", PASSWORD, &code(&other, now()));
    assert!(!queue.html.contains("/desk/journal"), "{}", queue.text());
    let form = queue.html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for page in [
        operator.get("/desk/journal"),
        operator.get("/desk/journal/export"),
        operator.post("/desk/journal/verify", &[("form", form)]),
    ] {
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.html.contains("role-missing"), "{}", page.html);
    }
}

/// The event as it stands in a line: its octets are what was hashed.
fn body_of(line: &str) -> String {
    let (_, rest) = line.split_once("\"body\":").unwrap();
    rest.split_once(",\"prev_hash\"").unwrap().0.to_owned()
}
