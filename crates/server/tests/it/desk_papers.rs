//! Papers at the desk: an act is registered with its scan, bad files come back with a reason, and the scan is shown without any power.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::walk::id;

/// A whole PNG of one grey pixel, as any program writes it.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0,
    0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77,
    0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[test]
fn an_act_is_registered_with_its_scan_and_the_scan_is_shown_without_power() {
    let mut bank = Bank::closed("[limits]\nupload_bytes = 6000000\n");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    let support = with_login(&mut bank, "Support 1", "support1");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let certificate = bank.receive(&bank.code(), &new_key);
    let browser = Browser::new(&bank, "ru");
    let here = format!("/desk/requests/{}", id(&card));
    let act = format!("{here}/receive-act");
    let page = sign_in(&browser, &here, "operator1", PASSWORD, &code(&secret, now()));
    assert!(page.html.contains("enctype=\"multipart/form-data\""), "{}", page.text());

    // What is no scan comes back with its reason, and what was typed stays.
    let typed = [("copies", "3"), ("seal", "yes"), ("channel", "post")];
    let script = b"%PDF-1.4\n1 0 obj <</S /JavaScript>> endobj\nxref\nstartxref\n43\n%%EOF";
    let large = vec![0; 5 * 1024 * 1024 + 1];
    let two = [PNG, b"PK\x05\x06"].concat();
    for (name, octets, status, words) in [
        ("act.pdf", b"<html><script>1</script>".as_slice(), 400, "не PDF, не JPEG и не PNG"),
        ("act.png", b"MZ\x90\x00", 400, "не PDF, не JPEG и не PNG"),
        ("act.png", &PNG[..60], 400, "повреждён"),
        ("act.png", &two, 400, "повреждён"),
        ("act.pdf", script, 400, "сценарии"),
        ("act.pdf", &large, 400, "больше 5 МиБ"),
    ] {
        let back = browser.upload(&page, &act, &typed, &[("scan", name, octets)]);
        assert_eq!(back.status, status, "{words}: {}", back.text());
        assert!(back.text().contains(words), "{words}: {}", back.text());
        assert!(back.html.contains("name=\"copies\" type=\"text\" inputmode=\"numeric\" value=\"3\""), "{}", back.html);
        assert!(back.html.contains("value=\"yes\" checked") && back.html.contains("value=\"post\" selected"));
    }
    for (fields, words) in [
        ([("copies", "0"), ("channel", "post")], "Экземпляров должно быть"),
        ([("copies", "10"), ("channel", "post")], "Экземпляров должно быть"),
        ([("copies", "<b>"), ("channel", "post")], "Экземпляров должно быть"),
        ([("copies", "99999999999999999999"), ("channel", "post")], "Экземпляров должно быть"),
        ([("copies", "1"), ("channel", "pigeon")], "недопустимые знаки"),
        ([("copies", "1"), ("channel", "site")], "приложите скан"),
    ] {
        let back = browser.submit(&page, &act, &fields);
        assert_eq!(back.status, 400, "{words}");
        assert!(back.text().contains(words), "{words}: {}", back.text());
    }
    let huge = browser.upload(&page, &act, &typed, &[("scan", "x", &vec![0; 6_000_001])]);
    assert_eq!(huge.status, 413, "{}", huge.text());
    assert_eq!(bank.desk(&card)["act"], "client-signed");

    // The real one; a second click is the same.
    let fields = [("copies", "2"), ("seal", "yes"), ("channel", "branch")];
    let registered = browser.upload(&page, &act, &fields, &[("scan", "Акт.png", PNG)]);
    assert_eq!((registered.status, registered.path.as_str()), (200, here.as_str()), "{}", registered.text());
    assert_eq!(bank.desk(&card)["act"], "received");
    let again = browser.upload(&page, &act, &fields, &[("scan", "Акт.png", PNG)]);
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.text().contains("Акт PNG 2 Есть Принесли в отделение Operator 1"), "{}", again.text());
    assert_eq!(again.html.matches("href=\"/desk/papers/").count(), 1);

    // The viewer, and the file itself.
    let paper = browser.get(&again.link("Акт"));
    assert!(paper.html.contains("<img src=\"/desk/papers/"), "{}", paper.html);
    let scan = browser.get(&format!("{}/scan", paper.path));
    assert_eq!(scan.answer.octets, PNG);
    assert_eq!(scan.answer.header("content-type"), "image/png");
    assert_eq!(scan.answer.header("x-content-type-options"), "nosniff");
    assert!(scan.answer.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert!(scan.answer.header("content-disposition").starts_with("inline; filename="));
    assert_eq!(scan.answer.header("cache-control"), "no-store");
    // For nobody else.
    let client = Browser::new(&bank, "ru");
    client.set_cookie("surguch-client", &bank.sign_in(&crate::bank::Client { key: new_key, certificate }));
    assert!(client.get(&format!("{}/scan", paper.path)).path.starts_with("/desk/sign-in"));
    // Who may not register has no form, and none that is kept works.
    let helper = Browser::new(&bank, "ru");
    let page = sign_in(&helper, &here, "support1", PASSWORD, &code(&support, now()));
    assert!(!page.html.contains(&act), "{}", page.text());
    assert_eq!(helper.get(&paper.path).status, 200, "any of the agent's staff sees the paper");

    let journal = done(surguch(&bank.config, &["journal", "export"]));
    let sha256 = hex::encode(crypto::sha256(PNG));
    assert_eq!(journal.matches(&sha256).count(), 1, "registered once: {journal}");
}

/// A whole JPEG of one grey pixel.
const JPEG: &[u8] = &[
    0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0, 0x3f, 0xff,
    0xd9,
];

/// A PDF with these streams, as a scanner packs pictures.
fn pdf_of(streams: &[&[u8]]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n".to_vec();
    for (number, stream) in (2..).zip(streams) {
        let head = format!("{number} 0 obj <</Subtype /Image /Filter /DCTDecode /Length {}>>\nstream\n", stream.len());
        pdf.extend_from_slice(head.as_bytes());
        pdf.extend_from_slice(stream);
        pdf.extend_from_slice(b"\nendstream endobj\n");
    }
    let table = pdf.len();
    pdf.extend_from_slice(
        format!("xref\n0 1\n0000000000 65535 f \ntrailer <<>>\nstartxref\n{table}\n%%EOF").as_bytes(),
    );
    pdf
}

#[test]
fn the_pictures_in_a_pdf_are_shown_without_power_and_the_pdf_itself_is_saved() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.receive(&bank.code(), &new_key);
    let browser = Browser::new(&bank, "ru");
    let here = format!("/desk/requests/{}", id(&card));
    let page = sign_in(&browser, &here, "operator1", PASSWORD, &code(&secret, now()));
    // Two pages, and between them a picture that is not whole: nobody is shown that one.
    let other = [&JPEG[..25], &[0x2a], &JPEG[26..]].concat();
    let pdf = pdf_of(&[JPEG, &JPEG[..20], &other]);
    let fields = [("copies", "2"), ("seal", "yes"), ("channel", "branch")];
    let page = browser.upload(&page, &format!("{here}/receive-act"), &fields, &[("scan", "act.pdf", &pdf)]);
    assert_eq!(page.status, 200, "{}", page.text());

    let paper = browser.get(&page.link("Акт"));
    let at = |number: &str| format!("{}/page/{number}", paper.path);
    assert_eq!(paper.html.matches("<figure class=\"scan\"><img src=").count(), 2, "{}", paper.html);
    assert!(paper.html.contains(&format!("<img src=\"{}\" alt=\"Картинка 2 из скана\"", at("2"))), "{}", paper.html);
    assert!(paper.text().contains("Показаны картинки, которые лежат в этом PDF"), "{}", paper.text());
    for (number, octets) in [("1", JPEG), ("2", &other)] {
        let picture = browser.get(&at(number)).answer;
        assert_eq!((picture.header("content-type"), picture.octets.as_slice()), ("image/jpeg", octets));
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert!(picture.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
        assert!(picture.header("content-disposition").starts_with("inline; filename="));
    }
    for number in ["0", "3", "-1", "x", "99999999999999999999999"] {
        assert_eq!(browser.get(&at(number)).status, 404, "{number}");
    }
    let saved = browser.get(&format!("{}/scan", paper.path)).answer;
    assert!(saved.header("content-disposition").starts_with("attachment") && saved.octets == pdf);
    // For nobody who is not signed in.
    assert!(Browser::new(&bank, "ru").get(&at("1")).path.starts_with("/desk/sign-in"));
}

#[test]
fn a_program_registers_a_paper_with_all_that_the_page_asks_for() {
    let mut bank = Bank::closed("[limits]\nbody_bytes = 16384\n");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let new_key = bank.hand_in(&token, &card);
    bank.approve(&card);
    bank.receive(&bank.code(), &new_key);
    let door = format!("/api/v1/desk/requests/{}/receive-act", id(&card));
    let version = bank.desk(&card)["version"].clone();
    let said = |scan: &str| {
        let body = json!({ "version": version, "copies": 2, "seal": true, "channel": "message", "scan": scan });
        bank.post(&door, &bank.operator, body.to_string())
    };
    said("?").refused(400, "body-malformed");
    said("AAAA").refused(400, "scan-kind-unknown");
    bank.post(&door, &bank.operator, json!({ "version": version }).to_string()).refused(400, "body-malformed");
    assert_eq!(bank.desk(&card)["act"], "client-signed", "nothing is left of a refusal");
    // A scan is larger than any other body may be.
    let lines = format!("{}{}", " ".repeat(16_384), STANDARD.encode(PNG));
    assert_eq!(said(&lines).json()["act"], "received");
    assert_eq!(said(&lines).json()["act"], "received", "a second call");
    let desk = Browser::new(&bank, "ru");
    let page = sign_in(&desk, &format!("/desk/requests/{}", id(&card)), "operator1", PASSWORD, &code(&secret, now()));
    assert!(page.text().contains("Акт PNG 2 Есть"), "{}", page.text());
    assert_eq!(page.html.matches("href=\"/desk/papers/").count(), 1);
    assert_eq!(desk.get(&format!("{}/scan", desk.get(&page.link("Акт")).path)).answer.octets, PNG);
}
