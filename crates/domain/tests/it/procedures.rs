//! The folders as a bank reads them, and every way a folder can be wrong.

use domain::Refusal;
use domain::procedure::{Medium, Procedure, Span};

use crate::fixtures::{RENEWAL, folders, renewal};

#[test]
fn every_folder_as_a_table() {
    for procedure in folders() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("procedure-{}", procedure.name), procedure.table());
        });
    }
}

#[test]
fn a_request_keeps_the_text_it_began_under() {
    assert_eq!(renewal().source, RENEWAL);
    assert_eq!(Procedure::parse("sixth", "copy", &renewal().source).unwrap(), renewal());
}

#[test]
fn what_may_be_left_out_has_its_default() {
    let least = r#"
kind = "first-issue"
entry = "public"
login = "none"
medium = ["directory"]
proof = "none"
application = "paper"
review = "none"
delivery = "portal"
activation = "on-install"
profile = "p"
"#;
    let procedure = Procedure::parse("least", "least.toml", least).unwrap();
    assert_eq!(procedure.request_life_ms, 30 * 86_400_000);
    assert_eq!((procedure.act, procedure.overlap_ms, procedure.mail_target_ms), (None, None, None));
    assert!(procedure.notices.is_empty() && procedure.editable.is_empty());
}

#[test]
fn a_medium_has_the_word_of_the_folder_and_is_one_of_the_procedures() {
    for medium in Medium::ALL {
        assert_eq!(serde_json::to_value(medium).unwrap(), medium.name());
    }
    let procedure = renewal();
    assert_eq!(procedure.medium_named("smart-key"), Ok(Medium::SmartKey));
    for other in ["", "SMART-KEY", " smart-key", "registry", "directory", "current", "<b>"] {
        assert_eq!(procedure.medium_named(other), Err(Refusal::BodyMalformed), "{other}");
    }
}

#[test]
fn spans_as_people_write_them() {
    for (text, span, shortest) in [
        ("30d", Span::Plain(30 * 86_400_000), "30d"),
        ("24h", Span::Plain(86_400_000), "1d"),
        ("90m", Span::Plain(5_400_000), "90m"),
        ("5wd", Span::WorkingDays(5), "5wd"),
        ("5 working days", Span::WorkingDays(5), "5wd"),
        ("1 working day", Span::WorkingDays(1), "1wd"),
    ] {
        assert_eq!(Span::parse(text), Some(span), "{text}");
        assert_eq!(span.to_string(), shortest);
        assert_eq!(Span::parse(shortest), Some(span));
    }
    for wrong in ["", "d", "30", "30 d", "-1d", "1.5h", "1w", "99999d", "٣d", "3D", "18446744073709551616d"] {
        assert_eq!(Span::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_bad_folder_is_refused_with_file_line_and_reason() {
    let mut wrong = Vec::new();
    let first_issue = "kind = \"first-issue\"";
    let paper = "form = \"paper\", copies = 1, gate = \"before-activation\"";
    let electronic = "form = \"electronic\", copies = 1, gate = \"before-delivery\"";
    for (edits, said) in [
        // What the reader of TOML finds.
        (&[("kind =", "kind")][..], "1: "),
        (&[("profile =", "prophile =")], "14: unknown field `prophile`"),
        (&[("kind = \"renewal\"\n", "")], "1: missing field `kind`"),
        (&[("\"renewal\"", "\"renew\"")], "1: unknown variant `renew`"),
        (&[("\"certificate\"", "true")], "3: wanted string or table"),
        (&[("[\"smart-key\"]", "\"smart-key\"")], "6: invalid type: string"),
        (&[("by = [\"operator\"]", "by = [\"boss\"]")], "8: unknown variant `boss`"),
        (&[("second_person", "two_people")], "8: unknown field `two_people`"),
        (&[("{ by = [\"operator\"], second_person = false, target = \"2h\" }", "\"some\"")], "8: invalid value"),
        (&[("mailed-link", "pigeon")], "10: unknown variant `pigeon`"),
        (&[("life =", "live =")], "10: unexpected keys in table: live"),
        (&[("copies = 1", "copies = 300")], "11: invalid value"),
        (&[("gate = \"before-delivery\"", "gate = \"later\"")], "11: unknown variant `later`"),
        (&[("\"superseded\"", "\"revoked\"")], "13: unknown variant `revoked`"),
        (&[("kind = \"renewal\"", "kind = \"renewal\"\nkind = \"reissue\"")], "2: duplicate key"),
        // Words.
        (&[("security/renewal", "Security")], "2: entry: \"Security\" is not lower-case"),
        (&[("[\"phone\", \"email\"]", "[\"phone\", \"phone\"]")], "4: editable: names a word twice"),
        (&[("earliest_start = \"30d\"", "earliest_start = \"soon\"")], "5: earliest_start: \"soon\" is not a span"),
        (&[("earliest_start = \"30d\"", "earliest_start = \"5wd\"")], "5: earliest_start: \"5wd\" counts working days"),
        (&[("[\"operator\"]", "[]")], "8: review.by: names no role"),
        (&[("[\"operator\"]", "[\"auditor\"]")], "8: review.by: auditor decides no requests"),
        (&[("target = \"2h\"", "target = \"tomorrow\"")], "8: review.target: \"tomorrow\" is not a target"),
        (&[("target = \"2h\"", "target = \"next working day 24:00\"")], "8: review.target"),
        (&[("target = \"2h\"", "target = \"2wd\"")], "8: review.target"),
        (&[("target = \"2h\"", "target = \"immediate\", days_off = \"skip\"")], "8: review.days_off: only says"),
        (&[("send-again", "resend")], "10: unknown variant `resend`"),
        (&[("5 working days", "5 days")], "10: delivery.mailed-link.life: \"5 days\" is not a span"),
        (&[("title = \"acceptance\"", "title = \"Акт\"")], "11: act.title: \"Акт\" is not"),
        (&[("overlap = \"14d\"", "overlap = \"two weeks\"")], "13: predecessor.overlap: \"two weeks\""),
        (&[("\"sixth\"", "\"../sixth\"")], "14: profile: \"../sixth\" is not"),
        (&[("request_life = \"30d\"", "request_life = \"\"")], "15: request_life: \"\" is not a span"),
        (&[("\"accepted\"", "\"someday\"")], "16: notices: \"someday\" is not a notice"),
        (&[("\"accepted\"", "\"accepted: 1d\"")], "16: notices: \"accepted\" takes no spans"),
        (&[("\"accepted\"", "\"expiry\"")], "16: notices: \"expiry\" needs spans"),
        (&[("\"accepted\"", "\"expiry: 1d x\"")], "16: notices: \"x\" is not a span"),
        (&[("\"accepted\"", "\"expiry: 1d 2d 3d 4d 5d 6d 7d 8d 9d 10d 11d\"")], "16: notices: \"expiry\" has more"),
        // Words that contradict each other.
        (&[("kind = \"renewal\"", first_issue)], "7: proof: a first issue has no current key"),
        (
            &[("kind = \"renewal\"", first_issue), ("\"current-key\"", "\"none\"")],
            "13: predecessor: a first issue has no predecessor",
        ),
        (&[("predecessor = { becomes = \"superseded\", overlap = \"14d\" }\n", "")], "1: kind: needs predecessor"),
        (&[("login = \"certificate\"", "login = \"none\"")], "3: login: only a first issue"),
        (&[("[\"smart-key\"]", "[]")], "6: medium: names no medium"),
        (&[("[\"smart-key\"]", "[\"smart-key\", \"current\"]")], "6: medium: \"current\" stands alone"),
        (&[("[\"smart-key\"]", "[\"registry\"]\none_per_signature = true")], "7: one_per_signature: needs"),
        (&[("[\"smart-key\"]", "[\"registry\"]\npin_change = \"user-and-admin\"")], "7: pin_change: only the medium"),
        (
            &[("[\"smart-key\"]", "[\"smart-key\"]\nadministrator_pin = \"generated\"")],
            "7: administrator_pin: is changed",
        ),
        (&[("\"phone\", \"email\"", "\"phone\", \"all\"")], "4: editable: \"all\" stands alone"),
        (&[("proof =", "email_confirmation = \"link\"\nproof =")], "7: email_confirmation: only at a public door"),
        (&[("\"current-key\"", "\"none\"")], "7: proof: nothing would prove who asks"),
        (
            &[("\"current-key\"", "\"none\"\napplication = \"electronic\"")],
            "8: application: the electronic application",
        ),
        (
            &[("{ mailed-link = { life = \"5 working days\", ended = \"send-again\" } }", "\"portal\"")],
            "9: mail_target: there is no mail",
        ),
        (&[("mail_target = \"2h\"", "mail_target = \"0h\"")], "9: mail_target: must be longer"),
        (&[("request_life = \"30d\"", "request_life = \"3h\"")], "15: request_life: must be a day"),
        (&[("5 working days", "0wd")], "10: delivery: a link must live"),
        (&[("5 working days", "31d")], "10: delivery: a link cannot outlive"),
        (&[("\"on-install\"", "\"on-act\""), ("act = {", "# act = {")], "12: activation: on-act needs an act"),
        (&[("\"accepted\"", "\"act: 3wd\"")], "16: notices: reminders of the act need"),
        (&[("\"accepted\"", "\"activated\"")], "16: notices: names a notice twice"),
        (
            &[("gate = \"before-delivery\"", "gate = \"before-delivery\", drawn = \"at-creation\"")],
            "11: act.drawn: an electronic act",
        ),
        (&[("form = \"electronic\"", "form = \"paper\"")], "11: act.gate: before-delivery needs"),
        (&[(electronic, paper)], "12: activation: the act is the gate"),
        (
            &[("gate = \"before-delivery\"", "gate = \"none\""), ("\"on-install\"", "\"on-act\"")],
            "11: act.gate: activation",
        ),
        (&[("gate = \"before-delivery\"", "gate = \"none\", overdue = \"block\"")], "11: act.overdue: block needs"),
        (&[("gate = \"before-delivery\"", "gate = \"none\", due = \"0wd\"")], "11: act.due: must be longer"),
        (&[(electronic, "form = \"paper\", copies = 0, gate = \"none\"")], "11: act.copies: a paper act"),
        (&[("copies = 1", "copies = 10")], "11: act.copies: is more than nine"),
    ] {
        let mut text = RENEWAL.to_owned();
        for (old, new) in edits {
            assert!(text.contains(old), "{old:?}");
            text = text.replacen(old, new, 1);
        }
        let refused = match Procedure::parse("sixth", "procedures/sixth/procedure.toml", &text) {
            Ok(_) => panic!("{edits:?} passed"),
            Err(error) => error.to_string(),
        };
        let wanted = format!("procedures/sixth/procedure.toml:{said}");
        if !refused.starts_with(&wanted) {
            wrong.push(format!("{edits:?}\n   said {refused}\n wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn first_issue_needs_what_first_issue_has() {
    let first = RENEWAL
        .replace("\"renewal\"\n", "\"first-issue\"\n")
        .replace("\"current-key\"", "\"none\"\napplication = \"paper\"")
        .replace("predecessor = { becomes = \"superseded\", overlap = \"14d\" }", "predecessor = \"none\"")
        .replace(
            "form = \"electronic\", copies = 1, gate = \"before-delivery\"",
            "form = \"paper\", copies = 2, gate = \"none\"",
        );
    let refused = |text: &str| Procedure::parse("sixth", "f", text).unwrap_err().to_string();
    assert!(refused(&first).starts_with("f:5: earliest_start"), "{}", refused(&first));
    let first = first.replace("earliest_start = \"30d\"", "earliest_start = \"any\"");
    assert!(refused(&first).starts_with("f:3: login"), "{}", refused(&first));
    let first = first.replace("login = \"certificate\"", "login = \"none\"");
    let current = first.replace("\"smart-key\"", "\"current\"");
    assert!(refused(&current).starts_with("f:6: medium"), "{}", refused(&current));
    let electronic = first.replace("form = \"paper\"", "form = \"electronic\"");
    assert!(refused(&electronic).starts_with("f:12: act.form"), "{}", refused(&electronic));
    assert!(Procedure::parse("sixth", "f", &first).is_ok());
}

#[test]
fn a_folder_name_is_a_word() {
    for name in ["", "Sixth", "a b", "../a", "a/b", "-a", "a-", "a--b", "шестой"] {
        assert!(Procedure::parse(name, "f", RENEWAL).is_err(), "{name:?} passed");
    }
}
