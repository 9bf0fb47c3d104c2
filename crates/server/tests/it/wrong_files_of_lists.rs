//! Files of other kinds, broken files and files without an end where a list, a certificate or a signature is to be chosen: each is named by
//! its fault in words and with its code, nothing fails, and nothing is left behind. Files where a scan is wanted are in `wrong_files`.

use std::process::Command;

use crypto::cipher::BlockCipher;
use crypto::pkcs12::{Pfx, PfxProtection};
use crypto::{ContentCipher, Delivery, GostKeyForm, Recipient, Signer as _};

use crate::alone::is_calm;
use crate::bank::{Bank, key, now, rng, stderr};
use crate::browser::{Browser, Loaded, unescaped};
use crate::check::self_made;
use crate::desk_typed::is_refused_in_words;
use crate::fields_by_themselves::{LIMITS, at_desk, done_so_far, with_member};

const IMPORT: &str = "/desk/import";
/// A list that nothing is wrong with.
const LIST: &str = "inn,name,city\n7707704692,ООО «Вторая»,Москва\n";
/// The same, of whoever signs for the bank's first organisation by the certificate `c.der`.
const PEOPLE: &str = "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n\
    5400000004,c.der,Иванов Иван Иванович,Иванова Ивана Ивановича,Ивановым Иваном Ивановичем,male,директор,Устава,ivanov@example.org,\n";

/// A file that is something else.
struct Other {
    what: &'static str,
    octets: Vec<u8>,
    /// What it comes to as a list: one of these.
    as_list: &'static [&'static str],
}

/// No text, and whether there is a zero in it is chance.
const BINARY: &[&str] = &["not-text", "not-utf8"];

/// No fault that anybody hears of.
const NONE: &[&str] = &[];

fn others(bank: &Bank) -> Vec<Other> {
    let certificate = bank.rogov.certificate.as_der();
    let own = key("gost-256-a");
    let of_own = bank.signatory("Ivanov I", own.public_key().to_spki_der(), 100);
    let private = crypto::pem_encode("PRIVATE KEY", &own.to_pkcs8_der());
    let protection = PfxProtection {
        cipher: ContentCipher::KuznyechikCtrAcpkmOmac,
        encrypt_certificates: true,
        iterations: 1_000,
        key_form: GostKeyForm::Plain,
    };
    let pfx = Pfx::of(own, of_own, Vec::new()).unwrap().to_der("x", &protection, &mut rng()).unwrap();
    let delivery = Delivery::Agreement(BlockCipher::Kuznyechik);
    let readers = [Recipient { certificate: &bank.rogov.certificate, delivery }];
    let sealed = crypto::encrypt_cms(b"x", ContentCipher::KuznyechikCtrAcpkmOmac, &readers, &mut rng()).unwrap();
    let other = |what, octets, as_list| Other { what, octets, as_list };
    vec![
        other("nothing", Vec::new(), &["header"]),
        other("one endless line", vec![b'A'; 150_000], &["header"]),
        other("a spreadsheet", spreadsheet(), &["not-text"]),
        other("a gzip bomb", bomb(), &["not-text"]),
        other("a list in UTF-16", utf16(&format!("\u{feff}{LIST}")), &["not-text"]),
        other("a list in UTF-16 without a mark", utf16(LIST), &["not-text"]),
        other("a list in Windows-1251", windows_1251(LIST), &["not-utf8"]),
        other("a list with a zero", LIST.replace("Вторая", "Вто\0рая").into_bytes(), &["not-text"]),
        other("a private key", private.into_bytes(), &["header"]),
        other("PKCS#12", pfx, BINARY),
        other("a certificate cut off", certificate[..certificate.len() - 1].to_vec(), BINARY),
        other("a certificate with octets behind it", [certificate, &[0, 0]].concat(), BINARY),
        other("a certificate of indefinite length", indefinite(certificate), BINARY),
        other(
            "a certificate in PEM, twice",
            crypto::pem_encode("CERTIFICATE", certificate).repeat(2).into_bytes(),
            &["header"],
        ),
        other("the certificate of an authority", bank.get("/authorities/issuing.cer", "").octets, BINARY),
        other("a CRL", bank.get("/crl/issuing.crl", "").octets, BINARY),
        other("an enveloped message", sealed, BINARY),
    ]
}

/// A signed message, which is no list and no certificate.
fn signed(bank: &Bank, text: &[u8], is_apart: bool) -> Vec<u8> {
    let (key, certificate) = (&bank.rogov.key, &bank.rogov.certificate);
    crypto::sign_cms(text, is_apart, key, certificate, &[], now(), &mut rng()).unwrap()
}

/// What a program of Python's writes.
fn python(program: &str) -> Vec<u8> {
    let made = Command::new("python3").args(["-c", program]).output().unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    made.stdout
}

/// The outside of a workbook, as every program writes it.
fn spreadsheet() -> Vec<u8> {
    python(
        "import io, sys, zipfile\n\
         book = io.BytesIO()\n\
         with zipfile.ZipFile(book, 'w', zipfile.ZIP_DEFLATED) as archive:\n    \
             archive.writestr('xl/workbook.xml', '<workbook/>')\n\
         sys.stdout.buffer.write(book.getvalue())\n",
    )
}

/// A hundred megabytes, packed.
fn bomb() -> Vec<u8> {
    python("import gzip, sys\nsys.stdout.buffer.write(gzip.compress(bytes(100_000_000), mtime=0))\n")
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn windows_1251(text: &str) -> Vec<u8> {
    let octet = |character: char| match u32::from(character) {
        letter @ 0x410..=0x44f => letter - 0x410 + 0xc0,
        // Quotation marks stand where Latin-1 has them.
        other => other,
    };
    text.chars().map(|character| u8::try_from(octet(character)).unwrap()).collect()
}

/// The same object as BER may have it: its length is not told, two zeros end it.
fn indefinite(der: &[u8]) -> Vec<u8> {
    assert_eq!(der[..2], [0x30, 0x82]);
    [&[0x30, 0x80][..], &der[4..], &[0, 0]].concat()
}

/// A value of DER of these parts.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    // Everything made here is short.
    let length = u8::try_from(body.len()).unwrap();
    assert!(length < 0x80);
    [&[tag, length][..], &body].concat()
}

/// A signed message that nobody signed; the text lies in it, or apart.
fn unsigned(text: Option<&[u8]>) -> Vec<u8> {
    let kind = |last: u8| tlv(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last]]);
    let content = text.map_or_else(Vec::new, |text| tlv(0xa0, &[&tlv(0x04, &[text])]));
    let (version, none) = (tlv(0x02, &[&[1]]), tlv(0x31, &[]));
    let data = tlv(0x30, &[&version, &none, &tlv(0x30, &[&kind(1), &content]), &none]);
    tlv(0x30, &[&kind(2), &tlv(0xa0, &[&data])])
}

/// What a look at these files finds.
fn looked_at(desk: &Browser<'_>, files: &[(&str, &str, &[u8])]) -> Loaded {
    desk.upload(&desk.get(IMPORT), IMPORT, &[], files)
}

/// The codes of the faults that a look found, each beside words.
fn faults(page: &Loaded) -> Vec<String> {
    let mut rest = page.html.as_str();
    let mut codes = Vec::new();
    while let Some((before, behind)) = rest.split_once(" <span class=\"number small\">") {
        let words = before.rsplit('>').next().unwrap();
        assert!(words.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c)), "{words}");
        codes.push(behind.split('<').next().unwrap().to_owned());
        rest = behind;
    }
    codes
}

/// A look found this one fault, or one of these, and nothing that could be taken.
fn is_faulty(page: &Loaded, codes: &[&str], what: &str) {
    is_calm(&page.answer, &page.html, what);
    assert_eq!(page.status, 200, "{what}: {}", page.text());
    assert!(!page.html.contains("/confirm\""), "{what}: {}", page.text());
    match faults(page).as_slice() {
        [] => assert!(codes.is_empty(), "{what}: no fault: {}", page.text()),
        [one] => assert!(codes.contains(&one.as_str()), "{what}: {one}"),
        several => panic!("{what}: {several:?}"),
    }
}

/// What a wrong file could leave behind. Files that are looked at are kept for a day, and are no records.
fn kept(bank: &Bank, desk: &Browser<'_>) -> ([String; 2], i64, Vec<String>) {
    let pages = ["/desk/organisations", "/desk/subscribers"].map(|page| desk.get(page).text());
    (pages, bank.rows().certificates, done_so_far(bank))
}

#[test]
fn a_file_that_is_no_list_is_named_by_its_fault_and_nothing_of_it_is_brought_in() {
    let (bank, secret) = with_member("ca-administrator", "");
    let desk = at_desk(&bank, &secret);
    let before = kept(&bank, &desk);
    let mut others = others(&bank);
    others.push(Other { what: "a signed message", octets: signed(&bank, b"x", false), as_list: BINARY });
    for field in ["organisations", "signatories"] {
        for Other { what, octets, as_list } in &others {
            let page = looked_at(&desk, &[(field, "list.csv", octets)]);
            is_faulty(&page, as_list, &format!("{what} as {field}"));
        }
    }

    let head = "inn,name,city\n";
    let (endless, long_name) = ("A".repeat(10_000_000), format!("{head}5400000004,{},Москва\n", "я".repeat(1_000_000)));
    let cases: [(&str, String, &[&str]); 12] = [
        ("a mark of the byte order", "\u{feff}".to_owned(), &["header"]),
        ("another first line alone", "a,b,c\n".to_owned(), &["header"]),
        ("the first line alone", head.to_owned(), NONE),
        ("another first line", "a,b,c\n1,2,3\n".to_owned(), &["header"]),
        ("an endless first line", format!("{endless}\n5400000004,ООО,Москва\n"), &["row", "header"]),
        ("an endless row", format!("{head}{endless}\n"), &["row"]),
        ("an endless name", long_name, &["text"]),
        ("a quotation mark that nothing closes", format!("{head}5400000004,\"ООО,Москва\n"), &["row"]),
        ("a row that is too long", format!("{head}5400000004,ООО,Москва,1\n"), &["row"]),
        ("a formula", format!("{head}5400000004,=cmd|' /C calc'!A0,Москва\n"), &["formula"]),
        ("a control character", format!("{head}5400000004,О\u{1b}[31m,Москва\n"), &["text"]),
        ("markup", format!("{head}<script>alert(1)</script>,ООО,Москва\n"), &["inn"]),
    ];
    for (what, text, codes) in cases {
        is_faulty(&looked_at(&desk, &[("organisations", "list.csv", text.as_bytes())]), codes, what);
    }
    let unclosed = PEOPLE.replace("c.der,", "c.der,\"");
    is_faulty(&looked_at(&desk, &[("signatories", "list.csv", unclosed.as_bytes())]), &["row"], "of people");

    // A million rows: as many as a file may have are read, and one more.
    //
    let many = format!("{head}{}", "1,x,y\n".repeat(1_000_000));
    let page = looked_at(&desk, &[("organisations", "list.csv", many.as_bytes())]);
    is_calm(&page.answer, &page.html, "a million rows");
    let found = faults(&page);
    assert!(
        page.status == 200
            && found.len() == 200
            && found[0] == "too-many-rows"
            && found[1..].iter().all(|code| code == "inn"),
        "{}",
        page.text()
    );
    assert!(
        page.html.contains("<dd class=\"number\">200001</dd>") && page.text().contains("199801"),
        "{}",
        page.text()
    );

    assert_eq!(kept(&bank, &desk), before);
    let right = looked_at(&desk, &[("organisations", "../../list\t.csv", LIST.as_bytes())]);
    assert!(right.html.contains("/confirm\"") && !right.html.contains("../list"), "{}", right.text());
}

#[test]
fn a_file_that_is_no_certificate_of_a_client_is_refused_beside_the_row_that_names_it() {
    let (bank, secret) = with_member("ca-administrator", "");
    let desk = at_desk(&bank, &secret);
    let before = kept(&bank, &desk);
    let look = |octets: &[u8]| {
        looked_at(&desk, &[("signatories", "people.csv", PEOPLE.as_bytes()), ("certificates", "c.der", octets)])
    };
    for Other { what, octets, .. } in others(&bank) {
        is_faulty(&look(&octets), &["certificate"], what);
    }
    is_faulty(&look(&signed(&bank, b"x", false)), &["certificate"], "a signed message");
    is_faulty(&look(&unsigned(Some(b"x"))), &["certificate"], "a message that nobody signed");
    // Whole, and of an authority that nobody knows: their own.
    for algorithm in ["rsa-2048", "ecdsa-p256", "gost-512-a"] {
        is_faulty(&look(self_made(&key(algorithm)).as_der()), &["chain"], algorithm);
    }
    // No row names it, and it is read by nobody.
    let page = looked_at(&desk, &[("certificates", "c.der", b"\x30\x80")]);
    is_faulty(&page, &["orphan"], "a certificate alone");
    assert_eq!(kept(&bank, &desk), before);

    let right = look(bank.signatory("Ivanov I", key("gost-256-a").public_key().to_spki_der(), 100).as_der());
    assert!(right.html.contains("/confirm\"") && faults(&right).is_empty(), "{}", right.text());
}

#[test]
fn a_file_whose_name_is_none_is_refused_and_folders_are_left_out_of_names() {
    let (bank, secret) = with_member("ca-administrator", "");
    let desk = at_desk(&bank, &secret);
    let before = kept(&bank, &desk);
    let octets = bank.rogov.certificate.as_der();
    let (longest, longer, endless) = ("я".repeat(200), "я".repeat(201), "A".repeat(5_000));
    for (name, shown) in [
        ("../../etc/passwd", "certificates/passwd"),
        ("C:\\fakepath\\c.der", "certificates/c.der"),
        ("..", "certificates/.."),
        ("%2e%2e%2fc.der", "certificates/%2e%2e%2fc.der"),
        ("<script>alert(1)<%2fscript>", "certificates/<script>alert(1)<%2fscript>"),
        ("=cmd|' calc'!A0", "certificates/=cmd|' calc'!A0"),
        // A mark that turns the letters round is shown as it is.
        ("\u{202e}red.c", "certificates/\u{202e}red.c"),
        (&longest, &longest),
    ] {
        let page = looked_at(&desk, &[("certificates", name, octets)]);
        is_faulty(&page, &["orphan"], name);
        assert!(unescaped(&page.html).contains(shown), "{name}: {}", page.text());
    }
    for (name, word) in [
        ("a\tb.der", "import-name-wrong"),
        ("a\u{0}b.der", "import-name-wrong"),
        ("a%0D%0Ab.der", "import-name-wrong"),
        ("\u{1b}[31m.der", "import-name-wrong"),
        ("folder/", "import-name-wrong"),
        (&longer, "import-name-wrong"),
        (&endless, "import-name-wrong"),
    ] {
        let what = format!("{name:.40?}");
        let page = looked_at(&desk, &[("certificates", name, octets)]);
        is_calm(&page.answer, &page.html, &what);
        assert_eq!((page.status, is_refused_in_words(&page, "ru", &what).as_str()), (400, word), "{what}");
        assert_eq!(page.path, IMPORT, "{what}");
    }
    assert_eq!(kept(&bank, &desk), before);
}

/// What the page for signatures says of these files.
fn brought(browser: &Browser<'_>, signature: (&str, &[u8]), text: Option<&[u8]>) -> Loaded {
    let mut files = vec![("signature", signature.0, signature.1)];
    files.extend(text.map(|text| ("text", "text.txt", text)));
    browser.upload(&browser.get("/check"), "/check", &[], &files)
}

#[test]
fn a_file_that_is_no_signature_is_told_to_be_none_and_any_file_may_be_the_text() {
    let bank = Bank::open(LIMITS);
    let browser = Browser::new(&bank, "ru");
    let rows = || (bank.rows().requests, bank.rows().certificates, done_so_far(&bank));
    let before = rows();
    let refused = |octets: &[u8], code: &str, what: &str| {
        let page = brought(&browser, ("act.p7s", octets), None);
        is_calm(&page.answer, &page.html, what);
        assert_eq!((page.status, is_refused_in_words(&page, "ru", what).as_str()), (400, code), "{what}");
    };
    let others = others(&bank);
    for Other { what, octets, .. } in &others {
        refused(octets, "cms-malformed", what);
    }
    let whole = signed(&bank, b"x", false);
    let pem = crypto::pem_encode("CMS", &whole);
    for (what, octets) in [
        ("cut off", whole[..whole.len() - 1].to_vec()),
        ("with octets behind it", [&whole[..], &[0]].concat()),
        ("of indefinite length", indefinite(&whole)),
        ("in PEM, twice", pem.repeat(2).into_bytes()),
        ("in PEM without an end", pem.as_bytes()[..pem.len() / 2].to_vec()),
        ("in PEM under another label", crypto::pem_encode("CERTIFICATE", &whole).into_bytes()),
        ("in UTF-16", utf16(&pem)),
    ] {
        refused(&octets, "cms-malformed", what);
    }
    refused(&signed(&bank, b"x", true), "signed-text-missing", "a signature without its text");
    refused(&unsigned(None), "signed-text-missing", "no signature without its text");
    refused(&unsigned(Some(b"x")), "cms-signer-count", "nobody signed");

    // The text is octets, of whatever kind.
    let apart = signed(&bank, b"x", true);
    for Other { what, octets, .. } in &others {
        let page = brought(&browser, ("act.p7s", &apart), Some(octets));
        is_calm(&page.answer, &page.html, what);
        assert!(page.status == 200 && page.text().contains("Подписан другой текст"), "{what}: {}", page.text());
        let page = brought(&browser, ("act.p7s", &signed(&bank, octets, true)), Some(octets));
        assert!(page.status == 200 && page.text().contains("Все подписи верны"), "{what}: {}", page.text());
    }
    // Nothing of a file's name is read.
    for name in ["../../etc/<passwd>", "a\tb", "%0D%0A", &"я".repeat(1_000), &"я".repeat(10_000)] {
        let page = brought(&browser, (name, &whole), None);
        assert!(page.status == 200 && !page.html.contains("passwd") && !page.html.contains("яяя"), "{name}");
    }
    assert_eq!(rows(), before);
}

#[test]
fn a_file_where_a_certificate_of_staff_is_chosen_from_those_of_record_sets_nothing() {
    let (bank, secret) = with_member("ca-administrator", "");
    let desk = at_desk(&bank, &secret);
    let member = desk.get("/desk/staff").link("Operator 1");
    let found = desk.get(&format!("{member}?serial={}", hex::encode(bank.rogov.certificate.serial())));
    let set = format!("{member}/certificate");
    let state = || (desk.get(&member).text(), done_so_far(&bank));
    let before = state();
    for Other { what, octets, .. } in others(&bank) {
        let page = desk.upload(&found, &set, &[], &[("certificate", "c.der", &octets)]);
        is_calm(&page.answer, &page.html, what);
        // This form has no files: its token is not found in what came.
        let code = is_refused_in_words(&page, "ru", what);
        assert!(
            matches!((page.status, code.as_str()), (409, "form-stale") | (400, "body-malformed")),
            "{what}: {code}"
        );
    }
    assert_eq!(state(), before);
    assert_eq!(desk.submit(&found, &set, &[]).path, member);
}
