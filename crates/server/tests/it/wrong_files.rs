//! Every door that takes a scan, and every file that is none: a coded refusal in words, what was typed stays, nothing is kept.

use crate::bank::{Bank, now};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::desk_papers::PNG;
use crate::desk_typed::{address, is_refused_in_words};
use crate::first_issue::handed_in;
use crate::walk::id;

/// What is chosen, and what it is called.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let with = |end: &[u8]| [PNG, end].concat();
    vec![
        ("act.pdf", Vec::new()),
        ("act.png", b"MZ\x90\x00\x03".to_vec()),
        ("act.jpg", b"\x7fELF\x02\x01\x01".to_vec()),
        ("act.pdf", b"<html><script>alert(1)</script></html>".to_vec()),
        ("act.pdf", b"%PDF-1.4\n1 0 obj <</S /JavaScript>> endobj\nxref\nstartxref\n43\n%%EOF".to_vec()),
        ("act.png", with(b"PK\x05\x06")),
        ("act.png", with(b"%PDF-1.4\n%%EOF")),
        ("act.png", PNG[..60].to_vec()),
        ("act.docx", b"PK\x03\x04\x14\x00".to_vec()),
        ("../../<act>.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec()),
        ("act.pdf", vec![0; 5 * 1024 * 1024 + 1]),
    ]
}

#[test]
fn every_door_for_a_scan_refuses_every_file_that_is_none_and_keeps_what_was_typed() {
    let mut bank = Bank::closed(
        "[limits]\nupload_bytes = 6000000\nguesses_per_minute = 100000\napplications_per_minute = 100000\n",
    );
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let (stranger, client, desk) = (Browser::new(&bank, "ru"), Browser::new(&bank, "ru"), Browser::new(&bank, "ru"));
    let token = bank.sign_in(&bank.rogov);
    client.set_cookie("surguch-client", &token);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.receive(&bank.code(), &new_key);
    sign_in(&desk, "/desk/requests", "operator1", PASSWORD, &code(&secret, now()));
    let (_, unz) = handed_in(&bank, &Browser::new(&bank, "ru"));
    let applied = address(&desk.get(&format!("/desk/requests?q={unz}")), "/desk/requests/");
    let renewal = format!("/desk/requests/{}", id(&card));

    let text = ("text", "Набранное");
    let said = [("subject", "application"), ("name", "Иванов Иван Иванович"), ("email", "i@bank-client.test"), text];
    let paper = [("copies", "3"), ("seal", "yes"), ("channel", "post")];
    let (thread, answers) = (format!("/messages/{}", id(&card)), format!("/desk/messages/{}", id(&card)));
    let (receive, register) = (format!("{renewal}/receive-act"), format!("{applied}/register-application"));
    let refuses = |browser: &Browser<'_>, page: &str, action: &str, typed: &[(&str, &str)], kept: &str| {
        for (name, octets) in files() {
            let what = format!("{action}: {name}, {} octets", octets.len());
            let back = browser.upload(&browser.get(page), action, typed, &[("scan", name, &octets)]);
            assert_eq!(back.status, 400, "{what}: {}", back.text());
            is_refused_in_words(&back, "ru", &what);
            assert!(back.html.contains(kept), "{what}: what was typed is gone: {}", back.html);
            assert!(!back.html.contains("<act>"), "{what}: a name is shown as text");
        }
    };
    refuses(&stranger, "/feedback", "/feedback", &said, text.1);
    refuses(&client, &thread, &thread, &[text], text.1);
    refuses(&desk, &answers, &answers, &[text], text.1);
    refuses(&desk, &renewal, &receive, &paper, "value=\"3\"");
    refuses(&desk, &applied, &register, &paper, "value=\"3\"");
    assert_eq!(bank.desk(&card)["act"], "client-signed");
    assert!(!client.get(&thread).html.contains("class=\"said\""), "nothing was said");
    assert!(desk.get("/desk/inquiries").html.contains("class=\"empty\""), "nothing came in");
    let waits = desk.get(&applied);
    assert!(waits.html.contains(&register), "the application is still waited for: {}", waits.text());
}
