//! The doctor on software cards: it sees what is wrong, types no PIN, changes nothing, and its support code says the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crypto::{Certificate, KeyAlgorithm, Name, PrivateKey, Signer as _, TbsCertificate, gost::ParameterSet};
use pkcs11::{Keep, LastTry, Medium, Module, PasswordRules, Pin};
use serde_json::Value;
use surguch_softtoken::folder::{Folder, Model, NewCard};

use crate::bench::{Bench, rng};

/// The doctor's JSON.
fn doctor(bench: &Bench, arguments: &[&str]) -> Value {
    let output = bench.command(&[&["doctor", "--json"], arguments].concat()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let whole: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.success(), whole["ready"] == true, "{text}");
    whole
}

fn codes(whole: &Value) -> Vec<&str> {
    whole["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn make(bench: &Bench, card: NewCard) -> PathBuf {
    Folder::at(&bench.path("cards")).unwrap().make(card).unwrap()
}

/// In a process of its own, where the module finds the bench's cards: PINs changed, a key with or without a certificate.
pub(crate) fn prepare(bench: &Bench, order: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["doctor::a_card_is_prepared", "--exact", "--nocapture"]);
    child.env("SURGUCH_TEST_CARD", order).env("SURGUCH_SOFTTOKEN_DIR", bench.path("cards"));
    let output = child.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_card_is_prepared() {
    let Ok(order) = std::env::var("SURGUCH_TEST_CARD") else {
        // By itself this only says that a card can be prepared so.
        let bench = Bench::new();
        bench.card("00000001");
        return prepare(&bench, "pins,orphan");
    };
    let pin = |text: &str| Pin::new(text.to_owned());
    let module = Module::load(&crate::bench::softtoken()).unwrap();
    let token = module.tokens().unwrap().pop().unwrap();
    let session = token.session().unwrap();
    let mut user = "12345678";
    for part in order.split(',') {
        match part {
            "pins" => {
                session.change_pin(&pin(user), &pin("4417-doctor"), LastTry::Stop).unwrap();
                token.change_so_pin(&pin("87654321"), &pin("99001122")).unwrap();
                user = "4417-doctor";
            }
            "wrong" => {
                session.login(&pin("0000-wrong"), Keep::No, LastTry::Risk).unwrap_err();
            }
            "orphan" | "rogov" | "ivanov" | "old" => {
                session.login(&pin(user), Keep::No, LastTry::Stop).unwrap();
                let key = session.generate(KeyAlgorithm::Gost(ParameterSet::Tc26_256A), &mut rng()).unwrap();
                let (name, until) = match part {
                    "rogov" => ("РОГОВ Пётр Ильич", 2_000_000_000),
                    "ivanov" => ("Иванов Иван Иванович", 2_000_000_000),
                    "old" => ("Рогов Пётр Ильич", 1_700_000_000),
                    _ => continue,
                };
                session.write_certificate(certificate(&key, name, until).as_der()).unwrap();
                session.logout().unwrap();
            }
            // Our layer makes no such keys any more: a foreign client does, as it was done in its time.
            "gost-2001" => {
                let made = Command::new("pkcs11-tool")
                    .arg("--module")
                    .arg(crate::bench::softtoken())
                    .args(["--login", "--pin", user, "--keypairgen", "--key-type", "GOSTR3410:A", "--id", "01"])
                    .output()
                    .expect("Debian's opensc is installed");
                assert!(made.status.success(), "{made:?}");
                session.login(&pin(user), Keep::No, LastTry::Stop).unwrap();
                let contents = session.contents().unwrap();
                let key = contents.keys.iter().find_map(|key| key.public_key.as_ref()).unwrap();
                assert!(matches!(key.algorithm(), KeyAlgorithm::Gost2001(_)));
                let bench = Bench::new();
                let certificate = bench.certificate(key, 1);
                session.write_certificate(certificate.as_der()).unwrap();
                session.logout().unwrap();
                let cards = PathBuf::from(std::env::var_os("SURGUCH_SOFTTOKEN_DIR").unwrap());
                std::fs::write(cards.with_file_name("gost-2001.der"), certificate.as_der()).unwrap();
            }
            other => panic!("{other}"),
        }
    }
}

fn certificate(key: &pkcs11::TokenKey, name: &str, not_after: i64) -> Certificate {
    let name = Name::from_pairs([("2.5.4.3", name), ("2.5.4.10", "ООО «Ромашка»")]).unwrap();
    let tbs = TbsCertificate {
        serial: vec![7],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name.to_der(),
        not_before: 1_600_000_000,
        not_after,
        subject: name,
        spki_der: key.public_key().to_spki_der(),
        extensions: Vec::new(),
    }
    .to_der()
    .unwrap();
    let signature = key.sign_message(&tbs).unwrap();
    Certificate::from_der(&crypto::assemble(&tbs, key.signature_algorithm(), &signature)).unwrap()
}

fn octets(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(octets(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

const ROGOV: [&str; 4] = ["--name", "рогов петр ильич", "--organization", "ООО \"Ромашка\""];

#[test]
fn a_factory_new_card_is_seen_without_a_pin_and_nothing_changes() {
    let bench = Bench::new();
    bench.card("12345678");
    let before = octets(&bench.path(""));
    let whole = doctor(&bench, &[]);
    assert_eq!(octets(&bench.path("")), before, "the doctor only looks");
    assert_eq!(codes(&whole), ["pin-factory", "so-pin-factory"]);
    let card = &whole["picture"]["media"][0];
    assert_eq!(card["pin"]["attempts"]["left"], 10, "{card}");
    assert_eq!(card["pin"]["factory"], true);
    assert!(card["memory_kib"].as_u64() >= card["free_kib"].as_u64());
    assert!(card["algorithms"].as_array().unwrap().contains(&"gost-512".into()));
    for language in ["ru", "en"] {
        for part in ["cause", "next"] {
            assert!(whole["findings"][0][language][part].as_str().unwrap().ends_with('.'));
        }
    }
    let text = bench.command(&["doctor"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("Смарт-ключ") && text.contains("осталось попыток: 10") && text.contains("SD1-"), "{text}");
}

#[test]
fn a_card_that_is_ready_is_ready_and_whose_it_is_decides() {
    let bench = Bench::new();
    bench.card("00000001");
    prepare(&bench, "pins,rogov");
    let whole = doctor(&bench, &ROGOV);
    assert_eq!(codes(&whole), ["medium-ready"], "{whole}");
    assert_eq!(whole["picture"]["media"][0]["keys"][0]["certificate"]["not_after"], 2_000_000_000);
    assert_eq!(codes(&doctor(&bench, &["--name", "Иванов Иван Иванович"])), ["another-signatory"]);
}

#[test]
fn a_key_without_a_certificate_belongs_to_nobody_and_is_refused() {
    let bench = Bench::new();
    bench.card("00000001");
    prepare(&bench, "pins,orphan");
    assert_eq!(codes(&doctor(&bench, &ROGOV)), ["unknown-owner", "orphan-key"]);
    assert_eq!(codes(&doctor(&bench, &[])), ["orphan-key", "medium-ready"]);
}

#[test]
fn old_carriers_old_keys_and_spent_attempts_are_named() {
    let bench = Bench::new();
    make(&bench, NewCard { model: Model::MsKeyK, ..NewCard::default() });
    let found = doctor(&bench, &[]);
    assert!(codes(&found).contains(&"ms-key"), "{found}");
    assert!(found["findings"][0]["ru"]["next"].as_str().unwrap().contains("«Рутокен ЭЦП 2.0»"), "{found}");

    let bench = Bench::new();
    make(&bench, NewCard { model: Model::RutokenEcp, ..NewCard::default() });
    assert!(codes(&doctor(&bench, &[])).contains(&"no-gost-2012"));

    let bench = Bench::new();
    bench.card("00000001");
    prepare(&bench, "pins,old,wrong");
    let found = doctor(&bench, &[]);
    assert_eq!(codes(&found), ["pin-low", "certificate-expired", "medium-ready"], "{found}");
    assert!(found["findings"][0]["en"]["cause"].as_str().unwrap().contains('9'));
    prepare(&bench, &["wrong"; 8].join(","));
    assert!(codes(&doctor(&bench, &[])).contains(&"pin-last-try"));
    prepare(&bench, "wrong");
    assert!(codes(&doctor(&bench, &[])).contains(&"pin-locked"));
}

#[test]
fn a_key_of_gost_2001_on_a_card_is_found_without_a_pin_and_what_to_do_is_said() {
    let bench = Bench::new();
    make(&bench, NewCard { model: Model::RutokenEcp, ..NewCard::default() });
    assert!(!codes(&doctor(&bench, &[])).contains(&"gost-2001-key"));
    prepare(&bench, "pins,gost-2001");
    let whole = doctor(&bench, &[]);
    assert_eq!(whole["ready"], false);
    let found = whole["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "gost-2001-key");
    let found = found.unwrap_or_else(|| panic!("{whole}"));
    assert_eq!(found["severity"], "stops");
    assert!(found["ru"]["next"].as_str().unwrap().contains("новый токен с ГОСТ Р 34.10-2012"), "{found}");
    assert!(found["en"]["next"].as_str().unwrap().contains("new token with GOST R 34.10-2012"), "{found}");
    assert!(whole["picture"]["media"][0]["keys"][0]["algorithm"].as_str().unwrap().starts_with("gost-2001"));
}

#[test]
fn no_module_no_token_a_module_of_others_and_a_wrong_clock_are_named() {
    let bench = Bench::new();
    bench.set_policy("modules = [\"/nonexistent/module.so\"]\n");
    let whole = doctor(&bench, &[]);
    assert_eq!(codes(&whole), ["module-fault", "token-missing"]);
    assert!(whole["findings"][0]["ru"]["next"].as_str().unwrap().contains("драйвер"), "{whole}");

    let bench = Bench::new();
    let card = bench.card("00000001");
    surguch_softtoken::folder::plug(&card, false).unwrap();
    assert!(codes(&doctor(&bench, &[])).contains(&"token-missing"));
    let late = doctor(&bench, &["--bank-time", "1900000000"]);
    assert!(codes(&late).contains(&"clock-wrong"), "{late}");
}

#[test]
fn keys_in_files_are_seen_without_their_password() {
    let bench = Bench::new();
    let rules = PasswordRules { iterations: 1_000, ..PasswordRules::default() };
    let registry = Medium::registry(bench.path("data/surguch/registry"), rules);
    let unlocked = registry.begin(&Pin::new("пароль 2026".to_owned()), Keep::No, LastTry::Stop).unwrap();
    unlocked.generate(KeyAlgorithm::Gost(ParameterSet::Tc26_256A), &mut rng()).unwrap();
    let whole = doctor(&bench, &[]);
    let media = whole["picture"]["media"].as_array().unwrap();
    let seen = media.iter().find(|medium| medium["kind"] == "registry").unwrap();
    assert_eq!(seen["keys"][0]["algorithm"], "gost-256-a");
}

#[test]
fn the_support_code_says_the_same_and_carries_no_name_pin_or_serial() {
    let bench = Bench::new();
    bench.card("98765432");
    prepare(&bench, "pins,rogov");
    let whole = doctor(&bench, &[]);
    let code = whole["code"].as_str().unwrap();
    let again = doctor(&bench, &["--code", code]);
    assert_eq!(again["picture"], whole["picture"]);
    assert_eq!(again["findings"], whole["findings"]);
    let text = serde_json::to_string(&again["picture"]).unwrap();
    for secret in ["98765432", "РОГОВ", "Рогов", "Ромашка", "4417", "12345678"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let misheard = code.to_lowercase().replace('1', "l").replace('0', "o").replacen("sdl-", "SD1-", 1);
    assert_eq!(doctor(&bench, &["--code", &misheard])["picture"], whole["picture"]);
}

#[test]
fn a_private_key_never_comes_near_the_doctor() {
    // What it reads of a folder of keys lies beside the containers; these cannot even be opened.
    let bench = Bench::new();
    let folder = bench.path("data/surguch/registry");
    std::fs::create_dir_all(&folder).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&folder, mode).unwrap();
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256, &mut rng()).unwrap();
    let name = hex::encode(key.public_key().spki_sha256());
    for (suffix, contents) in [("p12", b"damaged".to_vec()), ("pub", key.public_key().to_spki_der())] {
        let path = folder.join(format!("{name}.{suffix}"));
        std::fs::write(&path, contents).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
    }
    let whole = doctor(&bench, &[]);
    let media = whole["picture"]["media"].as_array().unwrap();
    let seen = media.iter().find(|medium| medium["kind"] == "registry").unwrap();
    assert_eq!(seen["keys"][0]["algorithm"], "ecdsa-p256");
}
