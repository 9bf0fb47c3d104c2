//! The act as the server gives it out: a PDF/A that foreign programs read, the text that was signed, and its signatures.

use std::process::Command;

use crate::bank::{Answer, Bank, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};
use crate::portal::with_link;
use crate::walk::id;

/// What a program says, which must succeed; its absence is a failure.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} (cargo xtask test installs it): {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn file(folder: &tempfile::TempDir, name: &str, octets: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, octets).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A paper that must be whole: qpdf takes it, it says that it is PDF/A-2a, every font is inside. The file, in a folder.
pub(crate) fn whole(folder: &tempfile::TempDir, pdf: &Answer) -> String {
    assert_eq!(pdf.status, 200, "{}", String::from_utf8_lossy(&pdf.octets));
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let path = file(folder, "paper.pdf", &pdf.octets);
    run("qpdf", &["--check", &path]);
    let plain = folder.path().join("plain.pdf");
    run("qpdf", &["--qdf", "--object-streams=disable", &path, plain.to_str().unwrap()]);
    let plain = String::from_utf8_lossy(&std::fs::read(plain).unwrap()).into_owned();
    for wanted in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "/MarkInfo"] {
        assert!(plain.contains(wanted), "{wanted}");
    }
    let fonts = run("pdffonts", &[&path]);
    // emb, sub and uni are the fifth to third words from the end of a line.
    for font in fonts.lines().skip(2) {
        assert!(font.split_whitespace().rev().nth(4) == Some("yes"), "{fonts}");
    }
    path
}

/// What a scanner reads on the first page of a paper.
pub(crate) fn code_on(folder: &tempfile::TempDir, path: &str) -> String {
    let page = folder.path().join("page");
    let arguments = ["-r", "150", "-gray", "-f", "1", "-l", "1", "-singlefile", path, page.to_str().unwrap()];
    run("pdftoppm", &arguments);
    run("zbarimg", &["--quiet", "--raw", page.with_extension("pgm").to_str().unwrap()]).trim().to_owned()
}

/// A whole act: a scanner finds its request and its text. The words in the order of the file without any white space.
pub(crate) fn read(pdf: &Answer, text: &str, unz: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = whole(&folder, pdf);
    let hash = hex::encode_upper(crypto::streebog256(text.as_bytes()));
    assert_eq!(code_on(&folder, &path), format!("SURGUCH1:{}:ACT:{hash}", unz.to_uppercase()));
    let words = run("pdftotext", &["-raw", "-nopgbrk", &path, "-"]);
    // A soft hyphen stands where a word was broken.
    let letters: String = words.chars().filter(|c| !c.is_whitespace() && *c != '\u{ad}').collect();
    assert!(letters.to_uppercase().contains(&hash), "{letters}");
    // The wording itself, letter by letter: every block that is no table of labels and values.
    for block in
        text.split("\n\n").filter(|block| !block.lines().any(|line| line.contains(": ") || line.contains(":\t")))
    {
        let wanted: String = block.split_whitespace().collect();
        assert!(letters.contains(&wanted), "{wanted} is not in {letters}");
    }
    letters
}

#[test]
fn the_act_is_printed_before_and_after_it_is_signed_for_client_link_holder_and_staff() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let (card, _, link) = with_link(&bank);
    let unz = card["unz"].as_str().unwrap();
    let staff = Browser::new(&bank, "ru");
    assert_eq!(sign_in(&staff, "/desk/requests", "operator1", PASSWORD, &code(&secret, now())).status, 200);
    let client = format!("surguch-client={}", bank.sign_in(&bank.rogov));
    let clerk = format!("surguch-staff={}", staff.cookie("surguch-staff").unwrap());
    let get = |path: &str, cookie: &str, language: &str| {
        bank.call("GET", path, "", b"", &[("accept", "text/html"), ("accept-language", language), ("cookie", cookie)])
    };
    let behind_link = |name: &str| link.replace('?', &format!("/act/{name}?"));
    let own = |name: &str| format!("/requests/{}/act/{name}", id(&card));
    let at_desk = |name: &str| format!("/desk/requests/{}/act/{name}", id(&card));

    // Whoever may see the request gets the same octets, and nobody else gets any.
    let text = get(&behind_link("act.txt"), "", "ru");
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let delivery = link.replace("/ca/certificate?agentId=", "/api/v1/delivery/").replace("&code=", "/");
    let exact = bank.get(&format!("{delivery}/act"), "");
    assert_eq!(text.octets, exact.octets);
    let paper = get(&behind_link("act.pdf"), "", "ru");
    for (path, cookie) in [(own("act.pdf"), &client), (at_desk("act.pdf"), &clerk)] {
        assert!(get(&path, cookie, "ru").octets == paper.octets, "{path}");
        let stranger = get(&path, "", "ru");
        assert_eq!(stranger.status, 303, "{path}");
        assert!(stranger.header("location").contains("/sign-in?to="), "{path}");
    }
    assert_eq!(get(&own("act.pdf"), &clerk, "ru").status, 303);
    assert_eq!(get(&at_desk("act.pdf"), &client, "ru").status, 303);
    assert_eq!(get(&own("act.exe"), &client, "ru").status, 404);
    assert_eq!(get(&behind_link("act.pdf").replace("code=", "code=0"), "", "ru").status, 404);
    let unsigned = get(&behind_link("act.p7s"), "", "en");
    assert_eq!(unsigned.status, 409);
    assert!(unsigned.text().contains("act-not-signed"), "{}", unsigned.text());

    // Nobody keeps it, nothing in it runs, it has a name that every program reads and one that people read.
    assert_eq!(paper.header("cache-control"), "no-store");
    assert_eq!(paper.header("x-content-type-options"), "nosniff");
    assert!(paper.header("content-security-policy").starts_with("default-src 'none'"));
    let disposition = paper.header("content-disposition");
    let wanted = format!("inline; filename=\"act-{unz}.pdf\"; filename*=UTF-8''%D0%90%D0%BA%D1%82%20");
    assert!(disposition.starts_with(&wanted) && disposition.ends_with(&format!("{unz}.pdf")), "{disposition}");

    let exact = text.text();
    let letters = read(&paper, &exact, unz);
    assert!(letters.contains("М.П.(еслиприменимо)") && letters.contains("М.П."), "{letters}");
    let english = read(&get(&behind_link("act.pdf"), "", "en"), &exact, unz);
    assert!(english != letters);

    // Signed: the stamp says by which certificate; the paper with lines is still there for whoever asks.
    bank.post(&format!("{delivery}/act"), "", bank.rogov.sign(exact.as_bytes())).json();
    let stamped = get(&behind_link("act.pdf"), "", "ru");
    let letters = read(&stamped, &exact, unz);
    assert!(letters.contains("РоговИванПетрович") && !letters.contains("М.П."), "{letters}");
    assert!(get(&own("act.pdf"), &client, "ru").octets == stamped.octets);
    // Beside the files stands where they are verified, and what to bring there.
    let client_browser = Browser::new(&bank, "ru");
    client_browser.set_cookie("surguch-client", client.split_once('=').unwrap().1);
    let (at_portal, at_the_desk) = (format!("/requests/{}", id(&card)), format!("/desk/requests/{}", id(&card)));
    let behind = link.replace('?', "/act?");
    for (browser, path) in [(&client_browser, &behind), (&client_browser, &at_portal), (&staff, &at_the_desk)] {
        let page = browser.get(path);
        assert_eq!(page.link("Проверить этот акт и подписи под ним"), "/check", "{path}");
        assert!(page.text().contains("два файла отсюда: подписи (P7S) и текст акта (TXT)"), "{}", page.text());
    }
    let again = get(&format!("{}&form=paper", behind_link("act.pdf")), "", "ru");
    assert!(again.octets == paper.octets);

    // As many copies as somebody chooses beside the files, each saying which it is; the procedure's number is chosen already.
    for (browser, path, files) in
        [(&client_browser, &behind, "/ca/certificate/act"), (&staff, &at_the_desk, &*format!("{at_the_desk}/act"))]
    {
        let page = browser.get(path);
        let (address, fields) = page.form(&format!("{files}/act.pdf"));
        assert_eq!(page.html.matches("<option value=\"1\" selected>1</option>").count(), 1, "{}", page.html);
        let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let chosen = |copies: &str| browser.get(&format!("{address}?{}&copies={copies}", query.join("&"))).answer;
        let three = chosen("3");
        let letters = read(&three, &exact, unz);
        for copy in 1..=3 {
            assert!(letters.contains(&format!("Экземпляр{copy}из3")), "{letters}");
        }
        assert!(letters.contains("М.П.") && three.octets == chosen("3").octets);
        assert!(chosen("1").octets == paper.octets);
        for number in ["0", "10", "-1", "many", ""] {
            let refused = chosen(number);
            assert_eq!(refused.status, 400, "{number}");
            assert!(refused.text().contains("copies-out-of-range"), "{}", refused.text());
        }
    }

    // The signatures verify by a foreign program over the very text.
    let folder = tempfile::tempdir().unwrap();
    let signatures = get(&at_desk("act.p7s"), &clerk, "ru");
    assert_eq!(signatures.header("content-type"), "application/pkcs7-signature");
    let path = file(&folder, "act.p7s", &signatures.octets);
    assert!(openssl_takes(&bank, &path, &file(&folder, "act.txt", exact.as_bytes())));

    // A scanner at the desk, whatever keyboard layout was on, finds the request.
    let hash = hex::encode_upper(crypto::streebog256(exact.as_bytes()));
    for typed in [format!("SURGUCH1:{}:ACT:{hash}", unz.to_uppercase()), format!("surguch1:{unz}:act:{hash}")] {
        let found = staff.get(&format!("/desk/requests?q={}", typed.replace(':', "%3A")));
        assert!(found.html.contains(&format!("/desk/requests/{}", id(&card))), "{}", found.text());
        assert!(found.text().contains("от текста, который у запроса сейчас"), "{}", found.text());
    }
    // A paper of another text, or of an application that this request never had, leads there too, and is called by what it is.
    for typed in [format!("SURGUCH1:{unz}:ACT:{}", "0A".repeat(32)), format!("SURGUCH1:{unz}:APPLICATION:{hash}")] {
        let found = staff.get(&format!("/desk/requests?q={}", typed.replace(':', "%3A")));
        assert!(found.html.contains(&format!("/desk/requests/{}", id(&card))), "{}", found.text());
        assert!(found.text().contains("от другого текста"), "{}", found.text());
        assert!(!found.text().contains("который у запроса сейчас"), "{}", found.text());
    }

    // The pages lead there.
    let page = Browser::new(&bank, "ru").get(&link.replace('?', "/act?"));
    assert!(
        page.html.contains("act.p7s?") && page.text().contains("Акт с отметками о подписях (PDF)"),
        "{}",
        page.text()
    );
    let page = staff.get(&format!("/desk/requests/{}", id(&card)));
    assert!(page.html.contains(&at_desk("act.p7s")), "{}", page.html);
}

/// Whether openssl takes every signature of a file over this text. The anchors are the previous authority's root, as the bank imported it, and the bank's own.
pub(crate) fn openssl_takes(bank: &Bank, cms: &str, text: &str) -> bool {
    let imported = std::fs::read(bank.folder.path().join("import/authorities/root.der")).unwrap();
    let own = std::fs::read_to_string(bank.folder.path().join("data/keys/issuing.pem")).unwrap();
    let anchors = bank.folder.path().join("anchors.pem");
    std::fs::write(&anchors, crypto::pem_encode("CERTIFICATE", &imported) + &own).unwrap();
    let out = bank.folder.path().join("as-signed.txt");
    let arguments = ["cms", "-engine", "gost", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", cms];
    let more = ["-content", text, "-CAfile", anchors.to_str().unwrap(), "-out", out.to_str().unwrap()];
    let output = Command::new("openssl").args([arguments.as_slice(), &more].concat()).output().unwrap();
    output.status.success() && std::fs::read(out).unwrap() == std::fs::read(text).unwrap()
}

#[test]
fn a_layout_of_the_bank_with_a_fault_keeps_the_server_from_starting_and_says_where() {
    let mut bank = Bank::closed("");
    let folder = bank.own_procedures(|toml| toml).join(&bank.procedure);
    let checked = surguch(&bank.config, &["procedure", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));

    std::fs::write(folder.join("documents/act.typ"), "#import \"/parts.typ\": *\n#no-such-paper()\n").unwrap();
    let checked = surguch(&bank.config, &["procedure", "check"]);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(!checked.status.success() && told.contains("documents/act.typ:2:"), "{told}");
    let started = surguch(&bank.config, &["serve"]);
    let told = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(started.status.code() == Some(3) && told.contains("documents/act.typ:2:"), "{told}");

    // Two copies are the procedure's wish.
    std::fs::remove_file(folder.join("documents/act.typ")).unwrap();
    let toml = std::fs::read_to_string(folder.join("procedure.toml")).unwrap();
    assert!(toml.contains("copies = 1"));
    std::fs::write(folder.join("procedure.toml"), toml.replace("copies = 1", "copies = 2")).unwrap();
    bank.start();
    let (card, _, link) = with_link(&bank);
    let pdf = bank.get(&link.replace('?', "/act/act.pdf?"), "");
    let text = bank.get(&link.replace('?', "/act/act.txt?"), "").text();
    let letters = read(&pdf, &text, card["unz"].as_str().unwrap());
    assert!(letters.contains("Экземпляр1из2") && letters.contains("Экземпляр2из2"), "{letters}");
}
