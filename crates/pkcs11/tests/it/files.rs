//! The «Реестр» and key directories.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crypto::{KeyAlgorithm, Signer as _, gost::ParameterSet};
use pkcs11::{Keep, LastTry, Medium, MediumKey, PasswordRules, Unlocked};

use crate::conformance::certificate;
use crate::rig::{in_folder, pin, rng, victim, victims_order};

const GOST: KeyAlgorithm = KeyAlgorithm::Gost(ParameterSet::Tc26_256A);
const PASSWORD: &str = "пароль 2026";
/// Few iterations: what is tested is not how long a password takes.
const RULES: PasswordRules =
    PasswordRules { min_chars: 8, digit: true, letter: true, both_cases: false, special: false, iterations: 1_000 };

fn registry(folder: &Path) -> Medium {
    Medium::registry(folder.join("registry"), RULES)
}

fn begin(medium: &Medium, password: &str) -> Unlocked {
    medium.begin(&pin(password), Keep::No, LastTry::Stop).unwrap()
}

fn refusal(medium: &Medium, password: &str) -> &'static str {
    match medium.unlock(&pin(password), Keep::No, LastTry::Risk) {
        Ok(_) => "open",
        Err(error) => error.code(),
    }
}

fn with_certificate(unlocked: &Unlocked, key: &MediumKey, serial: u8) {
    unlocked.write_certificate(certificate(key, "Rogov", serial).as_der(), &mut rng()).unwrap();
}

#[test]
fn a_key_in_the_registry_opens_signs_and_keeps_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let medium = registry(folder.path());
    assert!(medium.glance().unwrap().keys.is_empty());
    assert_eq!(refusal(&medium, PASSWORD), "folder-without-key");
    for algorithm in [GOST, KeyAlgorithm::EcdsaP256] {
        let unlocked = begin(&medium, PASSWORD);
        let key = unlocked.generate(algorithm, &mut rng()).unwrap();
        assert!(unlocked.contents().unwrap().key(&key.hash()).unwrap().is_orphan());
        with_certificate(&unlocked, &key, 1);
        with_certificate(&unlocked, &key, 1);

        let again = medium.unlock(&pin(PASSWORD), Keep::No, LastTry::Stop).unwrap();
        let same = again.key_by_public_hash(&key.hash()).unwrap();
        let signature = same.sign(b"message", &mut rng()).unwrap();
        key.public_key().verify(key.signature_algorithm(), b"message", &signature).unwrap();
        assert_eq!(same.certificate_in(&again.contents().unwrap()).unwrap().serial(), [1]);
    }
    let glance = medium.glance().unwrap();
    assert_eq!((glance.keys.len(), glance.certificates.len()), (2, 2));
    assert!(glance.keys.iter().all(|key| key.public_key.is_some() && !key.is_orphan()));
}

#[test]
fn a_password_opens_its_own_containers_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let medium = registry(folder.path());
    let first = begin(&medium, PASSWORD).generate(GOST, &mut rng()).unwrap();
    let mut other = rand_chacha::ChaCha20Rng::from_seed([8; 32]);
    let second = begin(&medium, "другой пароль 1").generate(GOST, &mut other).unwrap();
    let unlocked = medium.unlock(&pin(PASSWORD), Keep::No, LastTry::Stop).unwrap();
    unlocked.key_by_public_hash(&first.hash()).unwrap();
    assert_eq!(unlocked.key_by_public_hash(&second.hash()).unwrap_err().code(), "key-absent");
    unlocked.change_pin(&pin("не тот 123"), &pin("новый пароль 3"), LastTry::Stop, &mut rng()).unwrap_err();
    unlocked.change_pin(&pin(PASSWORD), &pin("новый пароль 3"), LastTry::Stop, &mut rng()).unwrap();
    assert_eq!(refusal(&medium, PASSWORD), "password-wrong");
    assert_eq!(refusal(&medium, "новый пароль 3"), "open");
    assert_eq!(refusal(&medium, "другой пароль 1"), "open");
}

use rand_core::SeedableRng as _;

#[test]
fn wrong_passwords_are_counted_and_then_refused_unlooked() {
    let folder = tempfile::tempdir().unwrap();
    let medium = registry(folder.path());
    begin(&medium, PASSWORD).generate(GOST, &mut rng()).unwrap();
    for left in (0..10).rev() {
        assert_eq!(refusal(&medium, "не тот 123"), "password-wrong");
        let attempts = medium.pin_state().unwrap().attempts;
        assert_eq!(attempts, pkcs11::Attempts::Exactly { left, of: 10 });
        if left == 1 {
            let stopped = medium.unlock(&pin(PASSWORD), Keep::No, LastTry::Stop).map(|_| ()).unwrap_err();
            assert_eq!(stopped.code(), "pin-final-try");
        }
    }
    assert_eq!(refusal(&medium, PASSWORD), "password-tries-spent");
    assert_eq!(refusal(&registry(folder.path()), PASSWORD), "open", "the count is of this process");
}

#[test]
fn weak_passwords_are_refused_by_the_rule_they_break() {
    let strict = PasswordRules { both_cases: true, special: true, ..RULES };
    for (password, rules, broken) in [
        ("кот 1", RULES, "chars"),
        ("одни буквы", RULES, "digit"),
        ("20262026", RULES, "letter"),
        ("аааааааа", PasswordRules { digit: false, ..RULES }, "one-character"),
        ("маленькие 1", strict, "both-cases"),
        ("Маленькие1", strict, "special"),
        ("Маленькие 1", strict, ""),
        (PASSWORD, PasswordRules::default(), ""),
    ] {
        let broken_rule = rules.check(&pin(password)).map_err(|error| error.fault().detail().to_owned());
        assert_eq!(broken_rule.err().unwrap_or_default(), broken, "{password}");
    }
    let folder = tempfile::tempdir().unwrap();
    let refused = registry(folder.path()).begin(&pin("кот 1"), Keep::No, LastTry::Stop).map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "password-weak");
    assert!(!folder.path().join("registry").exists());
}

#[test]
fn key_files_are_private_and_wider_ones_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let medium = registry(folder.path());
    let unlocked = begin(&medium, PASSWORD);
    let key = unlocked.generate(GOST, &mut rng()).unwrap();
    with_certificate(&unlocked, &key, 1);
    let place = folder.path().join("registry");
    assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o7777, 0o700);
    let mut files = 0;
    for file in std::fs::read_dir(&place).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600, "{}", path.display());
        files += 1;
        if path.extension().is_some_and(|suffix| suffix == "p12") {
            for mode in [0o640, 0o604, 0o620] {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(refusal(&medium, PASSWORD), "file-permissions");
            }
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    assert_eq!(files, 4, "container, public key, certificate, lock");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o770)).unwrap();
    assert_eq!(refusal(&medium, PASSWORD), "folder-permissions");
}

#[test]
fn a_changed_container_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let medium = registry(folder.path());
    let key = begin(&medium, PASSWORD).generate(GOST, &mut rng()).unwrap();
    let name: String = key.hash().iter().map(|octet| format!("{octet:02x}")).collect();
    let path = folder.path().join("registry").join(format!("{name}.p12"));
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 1;
        std::fs::write(&path, &spoilt).unwrap();
        let code = refusal(&registry(folder.path()), PASSWORD);
        assert!(["password-wrong", "container-damaged"].contains(&code), "octet {at}: {code}");
    }
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(refusal(&medium, PASSWORD), "container-damaged");
    // Another key's container under this name is not this key.
    std::fs::write(&path, &whole).unwrap();
    std::fs::rename(&path, path.with_file_name(format!("{}.p12", "0".repeat(64)))).unwrap();
    assert_eq!(refusal(&medium, PASSWORD), "container-damaged");
}

#[test]
fn a_new_key_directory_is_clean_and_none_of_the_old_ones() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["old", "new", "old/inner"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    let clean =
        |path: &Path, old: &Path| Medium::clean_key_directory(path, &[old], RULES).map_err(|error| error.code());
    let absent = Medium::key_directory(&at("old"), RULES).unwrap_err();
    assert_eq!(absent.code(), "folder-without-key");
    std::fs::remove_dir(at("old/inner")).unwrap();
    let first = clean(&at("old"), &at("nowhere")).unwrap();
    let old = begin(&first, PASSWORD).generate(GOST, &mut rng()).unwrap();
    Medium::key_directory(&at("old"), RULES).unwrap();

    std::os::unix::fs::symlink(at("old"), at("link")).unwrap();
    std::fs::create_dir(at("old/inner")).unwrap();
    for (target, code) in
        [("old", "folder-same"), ("link", "folder-same"), ("old/inner", "folder-same"), ("absent", "folder-absent")]
    {
        assert_eq!(clean(&at(target), &at("old")).unwrap_err(), code, "{target}");
    }
    assert_eq!(clean(folder.path(), &at("old")).unwrap_err(), "folder-same", "it lies around the old one");
    std::fs::write(at("new/holiday.jpg"), "not a key").unwrap();
    assert_eq!(clean(&at("new"), &at("old")).unwrap_err(), "folder-not-empty");
    std::fs::remove_file(at("new/holiday.jpg")).unwrap();
    let medium = clean(&at("new"), &at("old")).unwrap();
    let unlocked = begin(&medium, "новый пароль 3");
    let new = unlocked.generate(GOST, &mut rand_chacha::ChaCha20Rng::from_seed([9; 32])).unwrap();
    assert_ne!(new.hash(), old.hash());
    assert_eq!(unlocked.generate(GOST, &mut rng()).unwrap_err().code(), "folder-not-empty");
}

/// What a victim does beside an old key that has its certificate.
fn perform(operation: &str, medium: &Medium) -> Result<(), pkcs11::Error> {
    let mut fresh = rand_chacha::ChaCha20Rng::from_seed([11; 32]);
    let open = || medium.unlock(&pin(PASSWORD), Keep::No, LastTry::Stop);
    match operation {
        "generate" => drop(medium.begin(&pin(PASSWORD), Keep::No, LastTry::Stop)?.generate(GOST, &mut fresh)?),
        "certificate" => {
            let unlocked = open()?;
            let orphan = unlocked.contents()?.orphans().next().unwrap().hash().unwrap();
            let key = unlocked.key_by_public_hash(&orphan)?;
            unlocked.write_certificate(certificate(&key, "Rogov", 2).as_der(), &mut fresh)?;
        }
        "delete" => {
            let unlocked = open()?;
            let contents = unlocked.contents()?;
            if let Some(new) =
                contents.keys.iter().find(|key| key.certificates.first().is_none_or(|one| one.serial() == [2]))
            {
                unlocked.delete_key(&new.hash().unwrap())?;
            }
        }
        other => panic!("{other}"),
    }
    Ok(())
}

#[test]
fn killed_or_out_of_space_at_any_step_the_old_key_is_whole_and_the_operation_can_be_repeated() {
    in_folder(|folder| {
        let medium = registry(folder);
        if let Some(order) = victims_order() {
            if let Err(error) = perform(&order, &medium) {
                assert_eq!(error.code(), "disk-full");
                println!("refused");
            }
            return;
        }
        let old = {
            let unlocked = begin(&medium, PASSWORD);
            let key = unlocked.generate(GOST, &mut rng()).unwrap();
            with_certificate(&unlocked, &key, 1);
            key.hash()
        };
        let mut struck = 0;
        for operation in ["generate", "certificate", "delete"] {
            for step in pkcs11::STEPS {
                for variable in ["SURGUCH_TEST_KILL", "SURGUCH_TEST_FULL"] {
                    for pass in 1.. {
                        let report = victim(operation, &[(variable, &format!("{step}:{pass}"))]);
                        let unlocked = medium.unlock(&pin(PASSWORD), Keep::No, LastTry::Stop).unwrap();
                        let contents = unlocked.contents().unwrap();
                        let entry = contents.key(&old).expect("the old key is there");
                        assert_eq!(entry.certificates[0].serial(), [1], "{operation} {step} {pass}");
                        unlocked.key_by_public_hash(&old).unwrap().sign(b"old", &mut rng()).unwrap();
                        assert!(contents.keys.len() <= 2);
                        let done = report.is_some_and(|text| !text.contains("refused"));
                        if operation == "generate" {
                            // Interrupted or done: an orphan is found and deleted, and it is made again.
                            for orphan in contents.orphans() {
                                unlocked.delete_key(&orphan.hash().unwrap()).unwrap();
                            }
                        }
                        let glance = medium.glance().unwrap();
                        assert!(glance.keys.iter().all(|key| key.public_key.is_some()), "{operation} {step} {pass}");
                        struck += 1;
                        if done {
                            break;
                        }
                        // What the next pass is tried on.
                        if operation == "certificate" && contents.orphans().next().is_none() {
                            perform("delete", &medium).unwrap();
                            perform("generate", &medium).unwrap();
                        }
                        if operation == "delete" && contents.keys.len() == 1 {
                            perform("generate", &medium).unwrap();
                            perform("certificate", &medium).unwrap();
                        }
                    }
                    match operation {
                        "certificate" => {
                            perform("delete", &medium).unwrap();
                            perform("generate", &medium).unwrap();
                        }
                        "delete" => {
                            perform("generate", &medium).unwrap();
                            perform("certificate", &medium).unwrap();
                        }
                        _ => {}
                    }
                }
            }
            match operation {
                "generate" => perform("generate", &medium).unwrap(),
                "certificate" => perform("certificate", &medium).unwrap(),
                _ => {}
            }
        }
        let left: Vec<_> =
            std::fs::read_dir(folder.join("registry")).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".surguch-new-")), "{left:?}");
        assert!(struck > 60, "{struck}");
    });
}
