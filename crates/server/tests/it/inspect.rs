//! `surguch inspect`, run as a person runs it: what it prints is compared with the files of `inspect/`, with what openssl says of the same objects,
//! and with nothing at all where all that matters is that it answers. `SURGUCH_WRITE_GOLDEN=1` writes the files anew, to be read before they are kept.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use serde_json::Value;

use crate::bank::{stderr, stdout};

#[path = "../../../crypto/tests/it/vectors.rs"]
mod vectors;

const READ: i32 = 0;
const WRONG: i32 = 1;
const UNREADABLE: i32 = 2;

/// A folder with files to look at, and a clock that stands still.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.set_clock(1_796_083_200);
        desk
    }

    fn set_clock(&self, seconds: i64) {
        self.put("clock", (seconds * 1000).to_string());
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), contents).unwrap();
    }

    /// Puts a published file on the desk under its own last name.
    fn take(&self, vector: &str) {
        self.put(Path::new(vector).file_name().unwrap().to_str().unwrap(), vectors::open(vector));
    }

    fn inspect(&self, language: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_surguch"))
            .arg("inspect")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("LC_ALL", language)
            .env("SURGUCH_TEST_CLOCK", self.folder.path().join("clock"))
            .env_remove("SURGUCH_CONFIG")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The output of a run that must end with this code, and says nothing beside it.
    fn says(&self, language: &str, arguments: &[&str], exit: i32) -> String {
        let output = self.inspect(language, arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}\n{}\n{}", stdout(&output), stderr(&output));
        assert_eq!(stderr(&output), "", "{arguments:?}");
        stdout(&output)
    }

    fn json(&self, arguments: &[&str], exit: i32) -> Vec<Value> {
        let arguments = [&["--json"], arguments].concat();
        serde_json::from_str(&self.says("C", &arguments, exit)).unwrap()
    }

    /// The output is the one that is on file.
    fn golden(&self, name: &str, language: &str, arguments: &[&str], exit: i32) {
        let said = self.says(language, arguments, exit);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/inspect").join(name);
        if std::env::var_os("SURGUCH_WRITE_GOLDEN").is_some() {
            std::fs::write(&file, &said).unwrap();
        }
        let wanted = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(said, wanted, "{name}");
    }
}

fn der_of(vector: &str) -> Vec<u8> {
    let text = String::from_utf8(vectors::open(vector)).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

/// The same with one bit of the last octet turned: the last octet of a signed object is its signature's.
fn spoilt(vector: &str) -> Vec<u8> {
    let mut der = der_of(vector);
    *der.last_mut().unwrap() ^= 1;
    der
}

const LEAF: &str = "openssl-gost/leaf-g256-B.pem";
const AUTHORITY: &str = "openssl-gost/g256-B-ca.pem";

#[test]
fn certificates_requests_and_lists_are_told_in_words() {
    let desk = Desk::new();
    for vector in [
        LEAF,
        AUTHORITY,
        "openssl-gost/g512-A-csr.pem",
        "openssl-gost/crl-g256-B.pem",
        "rfc9215/d2-tc26-256-a-cert.pem",
        "rfc9548/test-cert.pem",
    ] {
        desk.take(vector);
    }
    desk.golden("certificate.txt", "C", &["leaf-g256-B.pem"], READ);
    desk.golden(
        "certificate-with-issuer.ru.txt",
        "ru_RU.UTF-8",
        &["--issuer", "g256-B-ca.pem", "leaf-g256-B.pem"],
        READ,
    );
    desk.golden("self-signed.txt", "C", &["d2-tc26-256-a-cert.pem"], READ);
    desk.golden("request.txt", "C", &["g512-A-csr.pem"], READ);
    desk.golden("list.txt", "C", &["--issuer", "g256-B-ca.pem", "crl-g256-B.pem"], READ);
    desk.golden("certificate.json", "C", &["--json", "--issuer", "g256-B-ca.pem", "leaf-g256-B.pem"], READ);
    // The day after its end: the words say so, and the signature is as good as before.
    desk.set_clock(7_258_118_400);
    desk.golden("ended.txt", "C", &["--issuer", "g256-B-ca.pem", "leaf-g256-B.pem"], READ);
    desk.set_clock(631_152_000);
    assert_eq!(desk.json(&["leaf-g256-B.pem"], READ)[0]["fields"]["validity"], "not-yet");
}

#[test]
fn keys_are_told_by_their_public_halves() {
    let desk = Desk::new();
    for vector in [
        "openssl-gost/g512-C-pub.pem",
        "openssl-gost/g256-TCA-key.pem",
        "openssl-gost/g2001-A-key.pem",
        "openssl-gost/pkcs8-pbes2-gost89-g256-B.pem",
        "openssl-gost/pfx-gost89-g256-B.pem",
        "rfc9548/a3-encrypted-key-encrypted-cert.pem",
    ] {
        desk.take(vector);
    }
    desk.put("password", "fixture\n");
    desk.put("russian-password", "Пароль для PFX");
    desk.put("wrong-password", "Fixture\n");
    desk.golden("public-key.txt", "C", &["g512-C-pub.pem"], READ);
    desk.golden("private-key.txt", "C", &["g256-TCA-key.pem"], READ);
    desk.golden("withdrawn-key.ru.txt", "ru_RU.UTF-8", &["g2001-A-key.pem"], READ);
    let (key, pfx) = ("pkcs8-pbes2-gost89-g256-B.pem", "pfx-gost89-g256-B.pem");
    desk.golden("encrypted-key.txt", "C", &["--password-file", "password", key], READ);
    desk.golden("no-password.txt", "C", &[key, pfx], UNREADABLE);
    desk.golden("no-password.ru.txt", "ru_RU.UTF-8", &[key, pfx], UNREADABLE);
    desk.golden("wrong-password.txt", "C", &["--password-file", "wrong-password", key, pfx], UNREADABLE);
    desk.golden("pkcs12.txt", "C", &["--password-file", "password", pfx], READ);
    desk.golden(
        "pkcs12.json",
        "C",
        &["--json", "--password-file", "russian-password", "a3-encrypted-key-encrypted-cert.pem"],
        READ,
    );
    desk.put("no-text", [0xff, 0xfe, b'\n']);
    assert_eq!(desk.json(&["--password-file", "no-text", key], UNREADABLE)[0]["fault"]["reason"], "password-not-utf8");
}

#[test]
fn messages_are_told_with_their_signers_and_recipients() {
    let desk = Desk::new();
    for vector in [
        AUTHORITY,
        "openssl-gost/cms-signed-attached-g256-B.pem",
        "openssl-gost/cms-signed-detached-g256-B.pem",
        "openssl-gost/msg.txt",
        "openssl-gost/cms-enveloped-kuznyechik-ctr-acpkm-omac-g512-A.pem",
        "cms-r1323565.1.025-2019/kari-static.pem",
        "cms-r1323565.1.025-2019/digested256.pem",
        "cms-r1323565.1.025-2019/encrypted-magma.pem",
        "cms-r1323565.1.025-2019/signed-without-attrs.pem",
        "cms-r1323565.1.025-2019/sender512-cert.pem",
    ] {
        desk.take(vector);
    }
    let detached = "cms-signed-detached-g256-B.pem";
    desk.golden("signed.txt", "C", &["--issuer", "g256-B-ca.pem", "cms-signed-attached-g256-B.pem"], READ);
    desk.golden("signed.json", "C", &["--json", "cms-signed-attached-g256-B.pem"], READ);
    desk.golden("detached.txt", "C", &["--content", "msg.txt", detached], READ);
    desk.golden("detached-without-content.ru.txt", "ru_RU.UTF-8", &[detached], READ);
    desk.put("other.txt", "another text");
    desk.golden("detached-with-other-content.txt", "C", &["--content", "other.txt", detached], WRONG);
    desk.golden("enveloped.txt", "C", &["cms-enveloped-kuznyechik-ctr-acpkm-omac-g512-A.pem"], READ);
    desk.golden("enveloped-by-agreement.txt", "C", &["kari-static.pem"], READ);
    desk.golden("digested.txt", "C", &["digested256.pem"], READ);
    desk.golden("encrypted.txt", "C", &["encrypted-magma.pem"], READ);
    // A signature whose signer is not in the message, and then is given.
    let signed = "signed-without-attrs.pem";
    let verdict = |arguments: &[&str]| {
        desk.json(arguments, READ)[0]["fields"]["signers"][0]["signature"]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&["--issuer", "sender512-cert.pem", signed]), "valid");
    // The digest of a message stands where a signature stands elsewhere.
    let mut broken = der_of("cms-r1323565.1.025-2019/digested256.pem");
    *broken.last_mut().unwrap() ^= 1;
    desk.put("digested.der", broken);
    assert_eq!(desk.json(&["digested.der"], WRONG)[0]["fields"]["digest"]["reason"], "message-digest");
}

#[test]
fn questions_and_answers_about_status_and_time_are_told() {
    let desk = Desk::new();
    for name in ["ocsp-request", "ocsp-response", "tsp-query", "tsp-reply"] {
        desk.put(&format!("{name}.der"), der_of(&format!("openssl-gost/{name}.b64")));
    }
    for vector in ["openssl-gost/msg.txt", "openssl-gost/tsa.pem", AUTHORITY, "openssl-gost/g256-TCA-ca.pem"] {
        desk.take(vector);
    }
    let authorities = ["--issuer", "g256-B-ca.pem", "--issuer", "g256-TCA-ca.pem", "--issuer", "tsa.pem"];
    desk.golden("ocsp-request.txt", "C", &["ocsp-request.der"], READ);
    desk.golden("ocsp-response.txt", "C", &[&authorities[..], &["ocsp-response.der"]].concat(), READ);
    desk.golden("tsp-query.txt", "C", &["--content", "msg.txt", "tsp-query.der"], READ);
    desk.golden("tsp-reply.txt", "C", &[&authorities[..], &["--content", "msg.txt", "tsp-reply.der"]].concat(), READ);
    desk.put("other.txt", "another text");
    let other = desk.json(&[&authorities[..], &["--content", "other.txt", "tsp-reply.der"]].concat(), WRONG);
    assert_eq!(other[0]["fields"]["stamped_content"]["verdict"], "wrong");
    // Nobody who could have answered is given.
    let alone = desk.json(&["ocsp-response.der"], READ);
    assert_eq!(alone[0]["fields"]["signature"]["verdict"], "not-checked");
}

#[test]
fn a_wrong_signature_is_said_and_answered_with_one() {
    let desk = Desk::new();
    desk.take(AUTHORITY);
    desk.take("openssl-gost/g256-TCA-ca.pem");
    desk.put("leaf.der", spoilt(LEAF));
    desk.put("root.der", spoilt("rfc9215/d2-tc26-256-a-cert.pem"));
    desk.put("request.der", spoilt("rfc9215/d2-tc26-256-a-csr.pem"));
    desk.put("list.der", spoilt("openssl-gost/crl-g256-B.pem"));
    desk.put("message.der", spoilt("openssl-gost/cms-signed-noattr-g256-B.pem"));
    let authority = ["--issuer", "g256-B-ca.pem"];
    desk.golden("wrong-certificate.txt", "C", &[&authority[..], &["leaf.der"]].concat(), WRONG);
    desk.golden("wrong-certificate.ru.txt", "ru_RU.UTF-8", &[&authority[..], &["leaf.der"]].concat(), WRONG);
    for file in ["root.der", "request.der", "message.der"] {
        assert_eq!(desk.json(&[file], WRONG)[0]["result"], "wrong", "{file}");
    }
    assert_eq!(desk.json(&[&authority[..], &["list.der"]].concat(), WRONG)[0]["result"], "wrong");
    // Without the issuer, or with another one, nobody can tell.
    for arguments in [&["leaf.der", "list.der"][..], &["--issuer", "g256-TCA-ca.pem", "leaf.der", "list.der"]] {
        for report in desk.json(arguments, READ) {
            assert_eq!(report["fields"]["signature"]["verdict"], "not-checked");
            assert_eq!(report["fields"]["signature"]["reason"], "issuer-not-given");
        }
    }
}

#[test]
fn the_worst_of_several_files_decides() {
    let desk = Desk::new();
    desk.take(LEAF);
    desk.put("root.der", spoilt("rfc9215/d2-tc26-256-a-cert.pem"));
    desk.put("words.txt", "no object");
    let (good, wrong, unreadable) = ("leaf-g256-B.pem", "root.der", "words.txt");
    desk.says("C", &[good], READ);
    desk.says("C", &[good, good], READ);
    desk.says("C", &[wrong, good], WRONG);
    desk.says("C", &[unreadable, wrong, good], UNREADABLE);
    desk.says("C", &[good, wrong, unreadable], UNREADABLE);
    // Wrong usage is clap's.
    assert_eq!(desk.inspect("C", &[]).status.code(), Some(2));
}

#[test]
fn test_parameter_sets_are_named_and_answered_with_two() {
    let desk = Desk::new();
    let sets =
        [("d1-256-test", "id-GostR3410-2001-TestParamSet"), ("d3-512-test", "id-tc26-gost-3410-12-512-paramSetTest")];
    for (name, set) in sets {
        for kind in ["cert", "csr"] {
            let file = format!("{name}-{kind}.pem");
            desk.take(&format!("rfc9215/{file}"));
            let report = &desk.json(&[&file], UNREADABLE)[0];
            assert_eq!(report["fault"]["reason"], "unsupported", "{report}");
            assert_eq!(report["fault"]["detail"], format!("parameter set: {set}"));
            assert!(desk.says("C", &[&file], UNREADABLE).contains(set));
        }
        // The list has no key in it; whose it is cannot be said without the certificate.
        let (list, issuer) = (format!("{name}-crl.pem"), format!("{name}-cert.pem"));
        desk.take(&format!("rfc9215/{list}"));
        assert_eq!(desk.json(&[&list], READ)[0]["fields"]["signature"]["verdict"], "not-checked");
        assert!(desk.says("C", &["--issuer", &issuer, &list], UNREADABLE).contains(set));
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason_and_place() {
    let desk = Desk::new();
    let leaf = der_of(LEAF);
    desk.put("cut.der", &leaf[..leaf.len() - 10]);
    desk.put("longer.der", [leaf.as_slice(), b"x"].concat());
    desk.put("empty", "");
    desk.put("cut.pem", "words\n-----BEGIN CERTIFICATE-----\nMAA=\n");
    desk.put("words.txt", "no object");
    desk.put("other.der", [0x30, 0x03, 0x02, 0x01, 0x05]);
    let fault = |file: &str| {
        let report = desk.json(&[file], UNREADABLE).remove(0);
        (report["fault"]["reason"].as_str().unwrap().to_owned(), report["fault"]["offset"].as_u64())
    };
    let malformed = |offset: usize| ("malformed".to_owned(), Some(offset as u64));
    assert_eq!(fault("cut.der"), malformed(0));
    assert_eq!(fault("longer.der"), malformed(leaf.len()));
    assert_eq!(fault("other.der"), malformed(0));
    assert_eq!(fault("cut.pem"), malformed(0));
    assert_eq!(fault("empty"), ("neither-pem-nor-der".to_owned(), Some(0)));
    assert_eq!(fault("words.txt"), ("neither-pem-nor-der".to_owned(), Some(0)));
    assert_eq!(fault("nowhere.der").0, "file");
    // An INTEGER deep inside that claims more than there is: the place of that INTEGER, the serial number.
    let mut inside = leaf.clone();
    let serial = inside.windows(4).position(|octets| octets == [0x02, 0x02, 0x10, 0x01]).unwrap();
    inside[serial + 1] = 0x7f;
    inside[serial + 2] = 0x81;
    desk.put("inside.der", &inside);
    let (reason, offset) = fault("inside.der");
    assert_eq!(reason, "malformed");
    assert!(offset.unwrap() >= serial as u64, "{offset:?}");
    desk.golden("unreadable.txt", "C", &["cut.der", "words.txt", "cut.pem"], UNREADABLE);
    desk.golden("unreadable.ru.txt", "ru_RU.UTF-8", &["cut.der", "words.txt", "cut.pem"], UNREADABLE);
}

#[test]
fn every_object_of_a_pem_file_is_told_and_a_chain_is_checked_against_itself() {
    let desk = Desk::new();
    let (leaf, authority) = (vectors::open(LEAF), vectors::open(AUTHORITY));
    // Notepad puts a mark in front, and programs put words between, in whatever code page.
    let chain = [&b"\xef\xbb\xbf"[..], &leaf, b"\xd0\xe3\xee\xe2 1\r\n", &authority].concat();
    desk.put("chain.pem", chain);
    let reports = desk.json(&["chain.pem"], READ);
    assert_eq!(reports.len(), 2);
    for (position, report) in reports.iter().enumerate() {
        assert_eq!((&report["object"], &report["objects"]), (&(position + 1).into(), &2.into()));
        assert_eq!(report["fields"]["signature"]["verdict"], "valid", "{report}");
    }
    desk.golden("chain.txt", "C", &["chain.pem"], READ);
    // What one file holds says nothing about the next.
    desk.put("leaf.pem", leaf);
    assert_eq!(desk.json(&["chain.pem", "leaf.pem"], READ)[2]["fields"]["signature"]["verdict"], "not-checked");
}

#[test]
fn private_keys_are_never_printed() {
    let desk = Desk::new();
    desk.put("password", "fixture\n");
    let keys = ["g256-A", "g256-TCA", "g512-A", "g512-C", "g2001-A", "g2001-C"];
    for name in keys {
        let vector = format!("openssl-gost/{name}-key.pem");
        desk.take(&vector);
        let der = der_of(&vector);
        let octets = if name.starts_with("g512") { 64 } else { 32 };
        let secret = &der[der.len() - octets..];
        let mut turned = secret.to_vec();
        turned.reverse();
        let file = format!("{name}-key.pem");
        for arguments in [&[file.as_str()][..], &["--json", &file]] {
            let said = desk.says("C", arguments, READ).replace([' ', '\n'], "");
            for secret in [secret, &turned] {
                let base64 = base64::engine::general_purpose::STANDARD.encode(secret);
                assert!(!said.contains(&hex::encode(secret)) && !said.contains(&base64), "{name}");
            }
        }
    }
}

#[test]
fn a_file_cannot_write_on_the_terminal() {
    let desk = Desk::new();
    // A friendly name would be obeyed by the terminal if it went there as it is; so would a name in a certificate, and its reader refuses that.
    let mut der = der_of(LEAF);
    let name = der.windows(4).position(|octets| octets == b"Leaf").unwrap();
    der[name..name + 4].copy_from_slice(b"\x1b[2J");
    desk.put("leaf.der", &der);
    desk.says("C", &["leaf.der"], UNREADABLE);
    let mut der = der_of(LEAF);
    // U+202E turns the rest of the line around.
    der[name..name + 3].copy_from_slice("\u{202e}".as_bytes());
    desk.put("leaf.der", &der);
    let said = desk.says("C", &["leaf.der"], READ);
    assert!(said.contains("\\u{202e}f g256-B") && !said.contains('\u{202e}'), "{said}");
}

#[test]
fn every_published_file_gets_an_answer_and_every_word_is_there() {
    let desk = Desk::new();
    desk.put("password", "fixture\n");
    let mut files = Vec::new();
    for (position, (name, contents)) in vectors::every().into_iter().enumerate() {
        let file = format!("{position}-{}", name.replace('/', "-"));
        if name.ends_with(".b64") {
            let octets: Vec<u8> = contents.into_iter().filter(|octet| !octet.is_ascii_whitespace()).collect();
            desk.put(&file, base64::engine::general_purpose::STANDARD.decode(octets).unwrap());
        } else {
            desk.put(&file, contents);
        }
        files.push(file);
    }
    assert!(files.len() > 100);
    for language in ["C", "ru_RU.UTF-8"] {
        let mut arguments = vec!["--password-file", "password"];
        arguments.extend(files.iter().map(String::as_str));
        let said = desk.says(language, &arguments, UNREADABLE);
        let unknown: Vec<&str> = said.lines().filter(|line| line.contains("inspect-")).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
    // Of those that are objects and of no test set, each is read and nothing in it is wrong.
    let mut arguments = vec!["--password-file", "password"];
    arguments.extend(files.iter().map(String::as_str).filter(|file| file.contains("openssl-gost")));
    let reports = desk.json(&arguments, UNREADABLE);
    for report in reports {
        let file = report["file"].as_str().unwrap();
        let is_object = !file.ends_with(".txt") && !file.ends_with(".hex");
        assert_eq!(report["result"], if is_object { "good" } else { "unreadable" }, "{report}");
    }
}

/// Objects of every kind, cut at many places and with many bits turned.
#[test]
fn broken_objects_get_an_answer_and_a_changed_certificate_is_never_called_valid() {
    let desk = Desk::new();
    desk.put("password", "fixture\n");
    desk.take("openssl-gost/msg.txt");
    let sample = [
        LEAF,
        "rfc9215/d2-tc26-256-a-cert.pem",
        "rfc9215/d2-tc26-256-a-csr.pem",
        "openssl-gost/crl-g256-B.pem",
        "openssl-gost/g256-TCA-key.pem",
        "openssl-gost/g512-C-pub.pem",
        "openssl-gost/pkcs8-pbes2-gost89-g256-B.pem",
        "openssl-gost/pfx-gost89-g256-B.pem",
        "openssl-gost/cms-signed-detached-g256-B.pem",
        "openssl-gost/cms-enveloped-magma-ctr-acpkm-g512-A.pem",
        "cms-r1323565.1.025-2019/kari-static.pem",
        "cms-r1323565.1.025-2019/digested256.pem",
        "cms-r1323565.1.025-2019/encrypted-magma.pem",
        "openssl-gost/ocsp-request.b64",
        "openssl-gost/ocsp-response.b64",
        "openssl-gost/tsp-query.b64",
        "openssl-gost/tsp-reply.b64",
    ];
    for vector in sample {
        let der = der_of(vector);
        let mut files = Vec::new();
        // Odd steps, so that tags, lengths and values are all met.
        for cut in (0..der.len()).step_by(der.len() / 24 + 1) {
            let name = format!("cut-{cut}");
            desk.put(&name, &der[..cut]);
            files.push(name);
        }
        let cuts = files.len();
        for place in (0..der.len()).step_by(der.len() / 48 + 1) {
            let name = format!("turned-{place}");
            let mut turned = der.clone();
            turned[place] ^= 1 << (place % 8);
            desk.put(&name, turned);
            files.push(name);
        }
        let arguments = ["--json", "--password-file", "password", "--content", "msg.txt"];
        let arguments: Vec<&str> = arguments.into_iter().chain(files.iter().map(String::as_str)).collect();
        let output = desk.inspect("C", &arguments);
        assert!(matches!(output.status.code(), Some(READ | WRONG | UNREADABLE)), "{vector}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{vector}");
        let reports: Vec<Value> = serde_json::from_str(&stdout(&output)).unwrap();
        for (position, report) in reports.iter().enumerate() {
            if position < cuts {
                assert_eq!(report["result"], "unreadable", "{vector}: {report}");
            }
            // Every octet of a self-signed certificate or a request is under its signature, or is the signature.
            if vector.contains("rfc9215") {
                assert_ne!(report["fields"]["signature"]["verdict"], "valid", "{vector}: {report}");
            }
        }
    }
}

/// What openssl says of a file, one `key=value` a line.
fn openssl(desk: &Desk, arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(desk.folder.path()).output();
    let output = output.expect("openssl is installed (xtask/src/packages.rs)");
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn told(text: &str, key: &str) -> String {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(key));
    line.unwrap_or_else(|| panic!("no {key} in {text}")).trim_start_matches(['=', ' ', ':']).to_owned()
}

const NAMES_AS_OURS: [&str; 4] = ["-nameopt", "RFC2253,utf8,-esc_msb,sep_comma_plus_space", "-dateopt", "iso_8601"];

/// `2026-11-22 16:03:56Z`, from ours.
fn date(field: &Value) -> String {
    field.as_str().unwrap().replace('T', " ")
}

fn upper(field: &Value) -> String {
    field.as_str().unwrap().to_uppercase()
}

#[test]
fn openssl_says_the_same_of_certificates() {
    let desk = Desk::new();
    let certificates = vectors::every().into_iter().map(|(name, _)| name).filter(|name| {
        name.ends_with("-ca.pem") || name.contains("leaf-g") && !name.contains("key") || name.contains("cert.pem")
    });
    let mut compared = 0;
    for vector in certificates.filter(|name| !name.contains("test-cert.pem") || name.contains("rfc9548")) {
        // A withdrawn algorithm, refused by name; a key of the exchange mode.
        if vector.contains("gost3410-94") || vector.contains("encrypted-cert") || vector.contains("clear-cert") {
            continue;
        }
        desk.take(&vector);
        let file = Path::new(&vector).file_name().unwrap().to_str().unwrap();
        let ours = desk.json(&[file], READ).remove(0);
        let fields = &ours["fields"];
        let arguments =
            ["x509", "-in", file, "-noout", "-serial", "-dates", "-subject", "-issuer", "-fingerprint", "-sha256"];
        let theirs = openssl(&desk, &[&arguments[..], &NAMES_AS_OURS].concat());
        assert_eq!(upper(&fields["serial_hex"]), told(&theirs, "serial"), "{vector}");
        assert_eq!(date(&fields["not_before"]), told(&theirs, "notBefore"), "{vector}");
        assert_eq!(date(&fields["not_after"]), told(&theirs, "notAfter"), "{vector}");
        assert_eq!(fields["subject"]["text"], told(&theirs, "subject"), "{vector}");
        assert_eq!(fields["issuer"]["text"], told(&theirs, "issuer"), "{vector}");
        assert_eq!(upper(&fields["sha256"]), told(&theirs, "sha256 Fingerprint").replace(':', ""), "{vector}");
        // The decimal notation, where `-text` prints one.
        let text = openssl(&desk, &["x509", "-in", file, "-noout", "-text"]);
        let line = told(&text, "Serial Number");
        if let Some((decimal, _)) = line.split_once(' ') {
            assert_eq!(fields["serial_decimal"], decimal, "{vector}");
        }
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn openssl_says_the_same_of_lists_and_messages() {
    let desk = Desk::new();
    for set in ["g256-B", "g256-TCA", "g512-A"] {
        let file = format!("crl-{set}.pem");
        desk.take(&format!("openssl-gost/{file}"));
        let ours = desk.json(&[&file], READ).remove(0);
        let arguments = ["crl", "-in", &file, "-noout", "-lastupdate", "-nextupdate", "-issuer", "-crlnumber"];
        let theirs = openssl(&desk, &[&arguments[..], &NAMES_AS_OURS].concat());
        let fields = &ours["fields"];
        assert_eq!(date(&fields["this_update"]), told(&theirs, "lastUpdate"));
        assert_eq!(date(&fields["next_update"]), told(&theirs, "nextUpdate"));
        assert_eq!(fields["issuer"]["text"], told(&theirs, "issuer"));
        let number =
            fields["extensions"].as_array().unwrap().iter().find(|entry| entry["name"] == "cRLNumber").unwrap();
        let theirs_number = u64::from_str_radix(&told(&theirs, "crlNumber").replace("0x", ""), 16).unwrap();
        assert_eq!(number["value"], theirs_number.to_string());
        let text = openssl(&desk, &["crl", "-in", &file, "-noout", "-text"]);
        assert_eq!(upper(&fields["revoked"][0]["serial_hex"]), told(&text, "Serial Number"));

        for (kind, people) in [("signed-attached", "signers"), ("enveloped-gost89", "recipients")] {
            let file = format!("cms-{kind}-{set}.pem");
            desk.take(&format!("openssl-gost/{file}"));
            let fields = &desk.json(&[&file], READ)[0]["fields"];
            let theirs = openssl(&desk, &["cms", "-cmsout", "-print", "-inform", "PEM", "-in", &file]);
            let who = if people == "signers" { &fields[people][0]["certificate"] } else { &fields[people][0] };
            // The last issuer and serial number in the dump are those of the signer or the recipient.
            let last = |key: &str| told(theirs.rsplit_once(key).unwrap().1.lines().next().unwrap(), "");
            assert_eq!(who["serial_decimal"], last("serialNumber:"), "{file}");
            assert_eq!(who["issuer"], last("issuer:"), "{file}");
            assert!(theirs.contains(fields["content_type"]["id"].as_str().unwrap()), "{file}");
        }
    }
}
