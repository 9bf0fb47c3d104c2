//! Deadlines, lost sessions, a process that dies in the middle: with a real module and a hand on its calls.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use pkcs11::{Deadlines, Health, Keep, LastTry, Session};

use crate::conformance::{KINDS, certificate, some_algorithm, try_certificate};
use crate::rig::{
    Kind, Rig, USER_PIN, die, pin, rng, system_rng, victim, victims_order, with_token, with_token_within,
};

fn log_in_for_good(rig: &Rig) -> Session {
    let session = rig.token.session().unwrap();
    session.login(&pin(USER_PIN), Keep::WithSession, LastTry::Stop).unwrap();
    session
}

/// The first C_Sign after this hangs until something is sent.
fn hang_the_next_signature(rig: &Rig) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let waiting = Mutex::new(Some(released));
    rig.module.before_each_call(Some(Box::new(move |call| {
        if call == "C_Sign" {
            let released = waiting.lock().unwrap().take();
            if let Some(released) = released {
                let _ = released.recv();
            }
        }
    })));
    release
}

fn until_it_signs(key: &pkcs11::TokenKey) {
    let begun = Instant::now();
    loop {
        match key.sign_message(b"again") {
            Ok(_) => return,
            Err(error) => {
                assert_eq!(error.code(), "module-unresponsive");
                assert!(begun.elapsed() < Duration::from_secs(60), "it never comes back");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

const IMPATIENT: Deadlines = Deadlines {
    look: Duration::from_secs(5),
    pin: Duration::from_secs(5),
    sign: Duration::from_millis(300),
    generate: Duration::from_secs(60),
    write: Duration::from_secs(5),
};

#[test]
fn a_call_that_hangs_costs_its_deadline_others_fail_at_once_and_all_is_well_when_it_comes_back() {
    with_token_within(Kind::Softhsm, IMPATIENT, |rig| {
        let session = log_in_for_good(&rig);
        let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
        let release = hang_the_next_signature(&rig);
        assert_eq!(key.sign_message(b"hangs").unwrap_err().code(), "module-unresponsive");
        assert!(matches!(rig.module.health(), Health::Unwell { stuck: 1, .. }));
        assert_eq!(key.sign_message(b"too soon").unwrap_err().code(), "module-unresponsive");
        release.send(()).unwrap();
        until_it_signs(&key);
        assert_eq!(rig.module.health(), Health::Well);
    });
}

#[test]
fn a_call_that_never_comes_back_costs_a_thread_and_not_the_module() {
    with_token_within(Kind::Softhsm, IMPATIENT, |rig| {
        let session = log_in_for_good(&rig);
        let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
        let never = hang_the_next_signature(&rig);
        assert_eq!(key.sign_message(b"hangs").unwrap_err().code(), "module-unresponsive");
        until_it_signs(&key);
        // The hung call still holds its thread; that is all it holds. It is never let go: let go, it would run into
        // the module while the end of this process takes the module apart, and the process would die of that.
        std::mem::forget(never);
    });
}

#[test]
fn sessions_that_ended_are_opened_anew_and_the_key_is_found_again() {
    for kind in KINDS {
        with_token(*kind, |rig| {
            let session = log_in_for_good(&rig);
            let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
            assert!(rig.module.restart().unwrap());
            key.sign_message(b"after").unwrap();
            session.write_certificate(certificate(&key, "Rogov", 1).as_der()).unwrap();
            let hash = key.hash();
            drop((key, session));

            let session = rig.log_in();
            let key = session.key_by_public_hash(&hash).unwrap();
            assert!(rig.module.restart().unwrap());
            assert_eq!(key.sign_message(b"forgotten").unwrap_err().code(), "pin-needed");
            session.login(&pin(USER_PIN), Keep::No, LastTry::Stop).unwrap();
            key.sign_message(b"typed again").unwrap();
        });
    }
}

/// What a victim does; the old key and its certificate are there already.
fn perform(operation: &str, rig: &Rig, session: &Session) {
    match operation {
        "generate" => drop(session.generate(some_algorithm(rig), &mut system_rng()).unwrap()),
        "certificate" => {
            let orphan = session.contents().unwrap().orphans().next().unwrap().hash().unwrap();
            let key = session.key_by_public_hash(&orphan).unwrap();
            session.write_certificate(certificate(&key, "Rogov", 2).as_der()).unwrap();
        }
        "sign" => {
            let contents = session.contents().unwrap();
            let key = contents.keys.iter().find(|key| !key.is_orphan()).unwrap().hash().unwrap();
            session.key_by_public_hash(&key).unwrap().sign_message(b"message").unwrap();
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_process_killed_at_any_call_leaves_the_old_key_whole_and_the_operation_can_be_repeated() {
    for kind in KINDS {
        with_token(*kind, |rig| {
            if let Some(order) = victims_order() {
                let (operation, fatal) = order.split_once(':').unwrap();
                let fatal: usize = fatal.parse().unwrap();
                let session = rig.log_in();
                let calls = Arc::new(AtomicUsize::new(0));
                rig.module.before_each_call(Some(Box::new(move |_| {
                    if calls.fetch_add(1, Ordering::SeqCst) + 1 == fatal {
                        die();
                    }
                })));
                perform(operation, &rig, &session);
                rig.module.before_each_call(None);
                return;
            }
            let old = {
                let session = rig.log_in();
                let old = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
                session.write_certificate(certificate(&old, "Rogov", 1).as_der()).unwrap();
                old.hash()
            };
            let mut steps = 0;
            for operation in ["generate", "sign", "certificate"] {
                for fatal in 1.. {
                    let survived = victim(&format!("{operation}:{fatal}"), &[]).is_some();
                    steps += 1;
                    let session = rig.log_in();
                    let contents = session.contents().unwrap();
                    assert_eq!(contents.unreadable_certificates, 0, "{operation} {fatal}");
                    let entry = contents.key(&old).expect("the old key is there");
                    assert_eq!(entry.certificates.len(), 1, "{operation} {fatal}");
                    session.key_by_public_hash(&old).unwrap().sign_message(b"old").unwrap();
                    assert!(contents.keys.len() <= 2, "{operation} {fatal}: {contents:?}");
                    for new in contents.keys.iter().filter(|key| key.hash() != Some(old)) {
                        // Whole, or deleted like any orphan.
                        if operation != "certificate" {
                            assert!(new.is_orphan());
                            session.delete_entry(new).unwrap();
                        } else if survived {
                            assert_eq!(new.certificates.len(), 1);
                        }
                    }
                    if operation == "certificate" && !survived && contents.orphans().next().is_none() {
                        // Killed after the certificate stood there: the next victim needs a key without one.
                        let new = contents.keys.iter().find(|key| key.hash() != Some(old)).unwrap();
                        session.delete_entry(new).unwrap();
                        session.generate(some_algorithm(&rig), &mut system_rng()).unwrap();
                    }
                    if survived {
                        break;
                    }
                }
                if operation == "sign" {
                    rig.log_in().generate(some_algorithm(&rig), &mut system_rng()).unwrap();
                }
            }
            assert!(steps > 30, "{steps}: the operations have more calls than that");
            println!("{:?}: killed before each of {steps} calls", rig.kind);
        });
    }
}

#[test]
fn a_token_pulled_at_any_call_and_replugged_has_its_old_key_and_the_operation_can_be_repeated() {
    with_token(Kind::Softtoken, |rig| {
        let old = {
            let session = rig.log_in();
            let old = session.generate(some_algorithm(&rig), &mut system_rng()).unwrap();
            session.write_certificate(certificate(&old, "Rogov", 1).as_der()).unwrap();
            old.hash()
        };
        let algorithm = some_algorithm(&rig);
        let mut pulls = 0;
        // Who keeps the PIN and who types it again.
        for keep in [Keep::No, Keep::WithSession] {
            let session = rig.token.session().unwrap();
            session.login(&pin(USER_PIN), keep, LastTry::Stop).unwrap();
            for operation in ["generate", "sign", "certificate"] {
                for fatal in 1.. {
                    if operation == "certificate" && session.contents().unwrap().orphans().next().is_none() {
                        session.generate(some_algorithm(&rig), &mut system_rng()).unwrap();
                    }
                    let calls = Arc::new(AtomicUsize::new(0));
                    let counted = Arc::clone(&calls);
                    rig.module.before_each_call(Some(Box::new(move |_| {
                        if counted.fetch_add(1, Ordering::SeqCst) + 1 == fatal {
                            crate::rig::plug(false);
                        }
                    })));
                    let outcome = attempt(operation, algorithm, &session);
                    rig.module.before_each_call(None);
                    let pulled = calls.load(Ordering::SeqCst) >= fatal;
                    if pulled {
                        pulls += 1;
                        if let Err(error) = outcome {
                            assert!(error.is_gone() || error.wants_pin(), "{operation} {fatal}: {error}");
                            assert_eq!(session.contents().unwrap_err().code(), "token-absent");
                        }
                        rig.plug(true);
                        if keep == Keep::No {
                            assert_eq!(session.key_by_public_hash(&old).unwrap_err().code(), "pin-needed");
                            session.login(&pin(USER_PIN), keep, LastTry::Stop).unwrap();
                        }
                    } else {
                        outcome.unwrap();
                    }
                    let contents = session.contents().unwrap();
                    assert_eq!(contents.unreadable_certificates, 0, "{operation} {fatal}");
                    assert_eq!(contents.key(&old).unwrap().certificates.len(), 1, "{operation} {fatal}");
                    session.key_by_public_hash(&old).unwrap().sign_message(b"old").unwrap();
                    for new in contents.keys.iter().filter(|key| key.hash() != Some(old)) {
                        if operation != "certificate" || !new.is_orphan() {
                            session.delete_entry(new).unwrap();
                        }
                    }
                    let info = rig.token.pin_state().unwrap();
                    assert_eq!(info.attempts, pkcs11::Attempts::Exactly { left: 10, of: 10 }, "no attempt was spent");
                    if !pulled {
                        break;
                    }
                }
            }
        }
        assert!(pulls > 60, "{pulls}: the operations have more calls than that");
        println!("pulled before each of {pulls} calls");
    });
}

fn attempt(operation: &str, algorithm: crypto::KeyAlgorithm, session: &Session) -> Result<(), pkcs11::Error> {
    match operation {
        "generate" => session.generate(algorithm, &mut system_rng()).map(drop),
        "certificate" => {
            let orphan = session.contents()?.orphans().next().unwrap().hash().unwrap();
            let key = session.key_by_public_hash(&orphan)?;
            let certificate = try_certificate(&key)?;
            session.write_certificate(certificate.as_der())
        }
        "sign" => {
            let contents = session.contents()?;
            let key = contents.keys.iter().find(|key| !key.is_orphan()).unwrap().hash().unwrap();
            session.key_by_public_hash(&key)?.sign_message(b"message").map(drop)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_kept_pin_that_is_refused_after_a_replug_costs_one_attempt_and_no_more() {
    with_token(Kind::Softtoken, |rig| {
        let session = log_in_for_good(&rig);
        let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
        rig.plug(false);
        assert!(key.sign_message(b"away").unwrap_err().is_gone());
        rig.plug(true);
        // The PIN is changed behind our back, as at another workplace.
        let other = rig.token.session().unwrap();
        other.change_pin(&pin(USER_PIN), &pin("5528-next"), LastTry::Stop).unwrap();
        assert_eq!(key.sign_message(b"refused").unwrap_err().code(), "ckr-pin-incorrect");
        for _ in 0..3 {
            assert_eq!(key.sign_message(b"not tried again").unwrap_err().code(), "pin-needed");
        }
        assert_eq!(rig.token.pin_state().unwrap().attempts, pkcs11::Attempts::Exactly { left: 9, of: 10 });
        session.login(&pin("5528-next"), Keep::No, LastTry::Stop).unwrap();
        key.sign_message(b"typed again").unwrap();
    });
}

#[test]
fn the_last_try_is_refused_unless_the_person_knows_and_a_locked_pin_is_not_even_asked() {
    with_token(Kind::Softtoken, |rig| {
        let session = rig.token.session().unwrap();
        let login = |text: &str, last| session.login(&pin(text), Keep::No, last).map_err(|error| error.code());
        for left in (1..10).rev() {
            assert_eq!(login("0000-wrong", LastTry::Stop), Err("ckr-pin-incorrect"));
            assert_eq!(rig.token.pin_state().unwrap().attempts, pkcs11::Attempts::Exactly { left, of: 10 });
        }
        assert_eq!(login(USER_PIN, LastTry::Stop), Err("pin-final-try"));
        assert_eq!(login("0000-wrong", LastTry::Risk), Err("ckr-pin-incorrect"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        rig.module.before_each_call(Some(Box::new(move |call| seen.lock().unwrap().push(call))));
        assert_eq!(login(USER_PIN, LastTry::Risk), Err("ckr-pin-locked"));
        rig.module.before_each_call(None);
        assert!(!calls.lock().unwrap().contains(&"C_Login"));
        rig.token.unblock(&pin(crate::rig::SO_PIN)).unwrap();
        assert_eq!(login(USER_PIN, LastTry::Stop), Ok(()));
    });
}

#[test]
fn a_key_from_a_file_is_put_onto_the_token_once_and_signs_there() {
    with_token(Kind::Softtoken, |rig| {
        use crypto::Signer as _;
        let session = rig.log_in();
        for set in [crypto::gost::ParameterSet::CryptoProA, crypto::gost::ParameterSet::Tc26_512B] {
            let file = crypto::PrivateKey::generate(crypto::KeyAlgorithm::Gost(set), &mut system_rng()).unwrap();
            let before = session.keys().unwrap().len();
            for _ in 0..2 {
                let hash = session.import_key(&file).unwrap();
                assert_eq!(hash, file.public_key().spki_sha256());
            }
            assert_eq!(session.keys().unwrap().len(), before + 1);
            let key = session.key_by_public_hash(&file.public_key().spki_sha256()).unwrap();
            let signature = key.sign_message(b"message").unwrap();
            file.public_key().verify(file.signature_algorithm(), b"message", &signature).unwrap();
        }
        let rsa = crypto::PrivateKey::generate(crypto::KeyAlgorithm::Rsa { bits: 2048 }, &mut system_rng()).unwrap();
        assert_eq!(session.import_key(&rsa).unwrap_err().code(), "algorithm-not-offered");
    });
}

#[test]
fn a_full_card_keeps_its_keys_and_has_room_again_after_a_deletion() {
    with_token(Kind::SmallCard, |rig| {
        let session = rig.log_in();
        let algorithm = some_algorithm(&rig);
        let old = session.generate(algorithm, &mut system_rng()).unwrap();
        session.write_certificate(certificate(&old, "Rogov", 1).as_der()).unwrap();
        let mut made = Vec::new();
        let full = loop {
            match session.generate(algorithm, &mut system_rng()) {
                Ok(key) => made.push(key),
                Err(error) => break error,
            }
            assert!(made.len() < 64, "the card never fills");
        };
        assert_eq!(full.code(), "ckr-device-memory");
        let contents = session.contents().unwrap();
        assert_eq!(contents.keys.len(), made.len() + 1, "nothing half-made");
        assert!(contents.keys.iter().all(|key| key.has_private && key.has_public));
        old.sign_message(b"old").unwrap();
        let last = made.pop().unwrap();
        // Certificates until there is no room for one either.
        let written = (2..64).map(|serial| session.write_certificate(certificate(&last, "Rogov", serial).as_der()));
        let refused = written.filter_map(Result::err).next().expect("the card never fills");
        assert_eq!(refused.code(), "ckr-device-memory");
        assert_eq!(session.contents().unwrap().unreadable_certificates, 0);
        session.delete_key(&last.hash()).unwrap();
        session.generate(algorithm, &mut system_rng()).unwrap();
        assert_eq!(session.contents().unwrap().key(&old.hash()).unwrap().certificates.len(), 1);
    });
}
