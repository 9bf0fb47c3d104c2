//! One suite over every module, and a table of which can what.

use crypto::{
    Certificate, Csr, KeyAlgorithm, Name, SignatureAlgorithm, Signer, TbsCertificate, assemble, gost::ParameterSet,
};
use pkcs11::{Attempts, Family, Keep, LastTry};

use crate::rig::{Kind, Rig, SO_PIN, USER_PIN, pin, rng, with_token};

pub(crate) const KINDS: &[Kind] = &[Kind::Softhsm, Kind::Softtoken];

fn over_every_module(body: fn(Rig)) {
    for kind in KINDS {
        with_token(*kind, body);
    }
}

/// One of each family; those that a module does not offer must be refused by name.
const ALGORITHMS: &[(KeyAlgorithm, Family)] = &[
    (KeyAlgorithm::Gost(ParameterSet::CryptoProA), Family::Gost256),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_512A), Family::Gost512),
    (KeyAlgorithm::EcdsaP256, Family::Ecdsa),
    (KeyAlgorithm::EcdsaP384, Family::Ecdsa),
    (KeyAlgorithm::Rsa { bits: 2048 }, Family::Rsa),
];

/// A certificate that the key signs itself.
pub(crate) fn certificate(key: &dyn Signer, common_name: &str, serial: u8) -> Certificate {
    let (tbs, algorithm) = unsigned(key, common_name, serial);
    let signature = key.sign(&tbs, &mut rng()).unwrap();
    Certificate::from_der(&assemble(&tbs, algorithm, &signature)).unwrap()
}

/// The same by a key whose token may be pulled meanwhile.
pub(crate) fn try_certificate(key: &pkcs11::TokenKey) -> Result<Certificate, pkcs11::Error> {
    let (tbs, algorithm) = unsigned(key, "Rogov", 2);
    let signature = key.sign_message(&tbs)?;
    Ok(Certificate::from_der(&assemble(&tbs, algorithm, &signature)).unwrap())
}

fn unsigned(key: &dyn Signer, common_name: &str, serial: u8) -> (Vec<u8>, SignatureAlgorithm) {
    let name = Name::from_pairs([("2.5.4.3", common_name), ("2.5.4.10", "Шестой банк")]).unwrap();
    let algorithm = key.signature_algorithm();
    let tbs = TbsCertificate {
        serial: vec![serial],
        signature_algorithm: algorithm,
        issuer_der: name.to_der(),
        not_before: 1_750_000_000,
        not_after: 1_800_000_000,
        subject: name,
        spki_der: key.public_key().to_spki_der(),
        extensions: Vec::new(),
    };
    (tbs.to_der().unwrap(), algorithm)
}

/// The first algorithm that the module makes keys of.
pub(crate) fn some_algorithm(rig: &Rig) -> KeyAlgorithm {
    ALGORITHMS.iter().find(|(_, family)| rig.offers(*family)).unwrap().0
}

#[test]
fn keys_of_every_offered_algorithm_sign_and_the_others_are_refused_by_name() {
    over_every_module(|rig| {
        let session = rig.log_in();
        for (algorithm, family) in ALGORITHMS {
            let made = session.generate(*algorithm, &mut rng());
            if !rig.offers(*family) {
                assert_eq!(made.unwrap_err().code(), "algorithm-not-offered", "{algorithm}");
                continue;
            }
            let key = made.unwrap();
            assert_eq!(key.public_key().algorithm(), *algorithm);
            let signature = key.sign(b"message", &mut rng()).unwrap();
            key.public_key().verify(key.signature_algorithm(), b"message", &signature).unwrap();

            let csr = Csr::create(&Name::from_pairs([("2.5.4.3", "Rogov")]).unwrap(), &key, &mut rng()).unwrap();
            Csr::from_der(&csr).unwrap().verify().unwrap();

            let certificate = certificate(&key, "Rogov", 7);
            certificate.verify_issued_by(&certificate).unwrap();
            let message = crypto::sign_cms(b"act", true, &key, &certificate, &[], 1_760_000_000, &mut rng()).unwrap();
            let crypto::ContentInfo::Signed(message) = crypto::ContentInfo::from_der(&message).unwrap() else {
                panic!()
            };
            message.verify(Some(b"act"), &[]).unwrap();
        }
    });
}

#[test]
fn a_key_is_found_by_its_public_half_and_by_nothing_else() {
    over_every_module(|rig| {
        let session = rig.log_in();
        let algorithm = some_algorithm(&rig);
        let hashes: Vec<_> = (0..3).map(|_| session.generate(algorithm, &mut rng()).unwrap().hash()).collect();
        let contents = session.contents().unwrap();
        assert_eq!(contents.keys.len(), 3);
        let ids: std::collections::BTreeSet<_> = contents.keys.iter().map(|key| key.id.clone()).collect();
        assert_eq!(ids.len(), 1, "the generator above is seeded, so all three share one CKA_ID");
        for hash in &hashes {
            let key = session.key_by_public_hash(hash).unwrap();
            assert_eq!(key.hash(), *hash);
            let signature = key.sign_message(b"whose").unwrap();
            key.public_key().verify(key.signature_algorithm(), b"whose", &signature).unwrap();
        }
        assert_eq!(session.key_by_public_hash(&[1; 32]).unwrap_err().code(), "key-absent");
    });
}

#[test]
fn a_certificate_stands_under_its_keys_id_reads_back_and_is_written_once() {
    over_every_module(|rig| {
        let session = rig.log_in();
        let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
        let certificate = certificate(&key, "Rogov", 9);
        assert!(session.contents().unwrap().key(&key.hash()).unwrap().is_orphan());
        for _ in 0..2 {
            session.write_certificate(certificate.as_der()).unwrap();
            let contents = session.contents().unwrap();
            assert_eq!(contents.certificates.len(), 1);
            let entry = contents.key(&key.hash()).unwrap();
            assert_eq!(entry.certificates[0].as_der(), certificate.as_der());
        }
        let glance = rig.token.glance().unwrap();
        assert_eq!(glance.certificates[0].as_der(), certificate.as_der());

        let stranger = crypto::PrivateKey::generate(KeyAlgorithm::EcdsaP256, &mut rng()).unwrap();
        let foreign = super::conformance::certificate(&stranger, "Ivanov", 1);
        assert_eq!(session.write_certificate(foreign.as_der()).unwrap_err().code(), "certificate-foreign");
        assert_eq!(session.contents().unwrap().certificates.len(), 1);
    });
}

#[test]
fn a_deleted_key_is_gone_with_its_certificate_and_the_others_stay() {
    over_every_module(|rig| {
        let session = rig.log_in();
        let algorithm = some_algorithm(&rig);
        let mut random = rng();
        let old = session.generate(algorithm, &mut random).unwrap();
        let new = session.generate(algorithm, &mut random).unwrap();
        session.write_certificate(certificate(&old, "Rogov", 1).as_der()).unwrap();
        session.write_certificate(certificate(&new, "Rogov", 2).as_der()).unwrap();
        session.delete_key(&new.hash()).unwrap();
        let contents = session.contents().unwrap();
        assert_eq!((contents.keys.len(), contents.certificates.len()), (1, 1));
        assert_eq!(new.sign_message(b"gone").unwrap_err().code(), "key-absent");
        old.sign_message(b"still here").unwrap();
    });
}

#[test]
fn a_wrong_pin_is_refused_and_the_right_one_works_after_it() {
    over_every_module(|rig| {
        let session = rig.token.session().unwrap();
        let wrong = session.login(&pin("0000-wrong"), Keep::No, LastTry::Stop).unwrap_err();
        assert_eq!(wrong.code(), "ckr-pin-incorrect");
        assert!(!session.is_logged_in());
        let low = rig.token.pin_state().unwrap().attempts;
        assert!(
            matches!(low, Attempts::Low) || matches!(low, Attempts::Exactly { left, of } if left + 1 == of),
            "{low:?}"
        );
        assert_eq!(session.keys().unwrap().len(), 0);
        assert_eq!(session.generate(some_algorithm(&rig), &mut rng()).unwrap_err().code(), "pin-needed");
        session.login(&pin(USER_PIN), Keep::No, LastTry::Stop).unwrap();
        session.generate(some_algorithm(&rig), &mut rng()).unwrap();
    });
}

#[test]
fn nobody_gets_in_by_somebody_elses_login() {
    over_every_module(|rig| {
        let first = rig.log_in();
        let second = rig.token.session().unwrap();
        assert_eq!(second.login(&pin("0000-wrong"), Keep::No, LastTry::Stop).unwrap_err().code(), "token-busy");
        assert_eq!(second.generate(some_algorithm(&rig), &mut rng()).unwrap_err().code(), "pin-needed");
        drop(first);
        assert_eq!(second.login(&pin("0000-wrong"), Keep::No, LastTry::Stop).unwrap_err().code(), "ckr-pin-incorrect");
        second.login(&pin(USER_PIN), Keep::No, LastTry::Stop).unwrap();
        second.logout().unwrap();
        assert_eq!(second.generate(some_algorithm(&rig), &mut rng()).unwrap_err().code(), "pin-needed");
    });
}

#[test]
fn pins_change_and_the_administrator_sets_a_new_one() {
    over_every_module(|rig| {
        let session = rig.token.session().unwrap();
        assert_eq!(
            session.change_pin(&pin("0000-wrong"), &pin("5528-next"), LastTry::Stop).unwrap_err().code(),
            "ckr-pin-incorrect"
        );
        session.change_pin(&pin(USER_PIN), &pin("5528-next"), LastTry::Stop).unwrap();
        assert_eq!(session.login(&pin(USER_PIN), Keep::No, LastTry::Stop).unwrap_err().code(), "ckr-pin-incorrect");
        session.login(&pin("5528-next"), Keep::No, LastTry::Stop).unwrap();
        session.logout().unwrap();
        drop(session);
        rig.token.change_so_pin(&pin(SO_PIN), &pin("99887766")).unwrap();
        assert_eq!(rig.token.set_user_pin(&pin(SO_PIN), &pin("7700-user")).unwrap_err().code(), "ckr-pin-incorrect");
        rig.token.set_user_pin(&pin("99887766"), &pin("7700-user")).unwrap();
        rig.token.session().unwrap().login(&pin("7700-user"), Keep::No, LastTry::Stop).unwrap();
    });
}

#[test]
fn eight_threads_sign_at_once_with_one_login() {
    over_every_module(|rig| {
        let session = rig.log_in();
        let key = session.generate(some_algorithm(&rig), &mut rng()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..12_u8 {
                let key = &key;
                scope.spawn(move || {
                    for round in 0..10_u8 {
                        key.sign_message(&[thread, round]).unwrap();
                    }
                });
            }
        });
    });
}

#[test]
fn which_module_can_what() {
    over_every_module(|rig| {
        let module = rig.module.info().unwrap();
        let info = rig.token.info().unwrap();
        println!(
            "{:?}: {} {} by {}, PKCS#11 {}",
            rig.kind, module.description, module.version, module.maker, module.cryptoki
        );
        let row = |what: &str, value: String| println!("  {what:<28} {value}");
        row("card", format!("{} / {}", info.maker, info.model));
        row("exact counters", info.exact.to_string());
        row("attempts", format!("{:?}", info.pin.attempts));
        row("factory PIN told by a flag", format!("{:?}", info.pin.factory));
        row("memory told", format!("{:?} of {:?}", info.memory_free, info.memory_total));
        for (algorithm, family) in ALGORITHMS {
            row(
                &algorithm.to_string(),
                if info.families.contains(family) { "makes and signs" } else { "-" }.to_owned(),
            );
        }
        let unblocks = rig.token.unblock(&pin(SO_PIN)).map_err(|error| error.code());
        row("unblock by administrator", unblocks.map_or_else(str::to_owned, |()| "yes".to_owned()));
        row("journal", rig.token.journal().map_or_else(|error| error.code().to_owned(), |_| "yes".to_owned()));
        let expected_counters = match rig.kind {
            Kind::Softhsm => false,
            Kind::Softtoken | Kind::SmallCard => true,
        };
        assert_eq!(info.exact, expected_counters);
        assert_eq!(SignatureAlgorithm::ALL.len(), 8, "a new algorithm wants a line above");
    });
}
