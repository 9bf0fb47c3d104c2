//! Debian's openssl with its GOST engine against ours in the objects with passwords and secrets: ciphers, keys by password, key files, envelopes,
//! several signers, stamps and statuses. What it cannot do is asserted too, so that the day it can is noticed. docs/interop.md is the list.

use surguch_crypto::cipher::{BlockCipher, Gost28147, SBox};
use surguch_crypto::ocsp::{CertificateLabel, CertificateStatus, LabelHash, OcspRequest, OcspResponse};
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::tsp::{TimeStampQuery, TimeStampToken};
use surguch_crypto::{
    Certificate, CmsSigner, ContentCipher, Delivery, DigestAlgorithm, EnvelopedData, GostKeyForm, PrivateKey,
    Recipient, SignedData, Signer, SigningCertificate, encrypt_cms, sign_cms_by_all,
};

use crate::openssl::{OpenSsl, TEXT, genpkey, now};
use crate::support::{DAY, NOW, Plan, algorithm, name, rng, root};

const PASSWORD: &str = "пароль";

/// Text longer than two meshing sections and not whole blocks.
fn long_text() -> Vec<u8> {
    (0..3005_u32).map(|i| (i * 7 + i / 256) as u8).collect()
}

#[test]
fn gost_28147_enciphers_as_openssl_does() {
    let (key, vector) = ([0x5a, 0xc3, 1, 2].repeat(8), [1, 2, 3, 4, 5, 6, 7, 0xff]);
    let key_array: [u8; 32] = key.as_slice().try_into().unwrap();
    for set in SBox::ALL {
        // CFB takes the substitution from the configuration of the engine; the counter modes have one each.
        let openssl = OpenSsl::with_engine_line(&format!("CRYPT_PARAMS = {}", set.oid()));
        openssl.write("text", long_text());
        for cipher in ["gost89", "gost89-cnt", "gost89-cnt-12"] {
            let only = match cipher {
                "gost89-cnt" => Some(SBox::CryptoProA),
                "gost89-cnt-12" => Some(SBox::Tc26Z),
                _ => None,
            };
            if only.is_some_and(|only| only != set) {
                continue;
            }
            openssl.must(&[
                "enc",
                &format!("-{cipher}"),
                "-K",
                &hex::encode(&key),
                "-iv",
                &hex::encode(vector),
                "-in",
                "text",
                "-out",
                "out",
            ]);
            let new = || Gost28147::new(set, &key_array);
            let mut ours = long_text();
            if cipher == "gost89" {
                new().encrypt_cfb(&vector, &mut ours)
            } else {
                new().cnt(&vector, &mut ours)
            }
            assert!(ours == openssl.read("out"), "{cipher} {}", set.name());
            if cipher == "gost89" {
                new().decrypt_cfb(&vector, &mut ours)
            } else {
                new().cnt(&vector, &mut ours)
            }
            assert!(ours == long_text(), "{cipher} {}", set.name());
        }
    }
}

#[test]
fn ciphers_of_2015_encipher_as_openssl_does() {
    let openssl = OpenSsl::new();
    openssl.write("text", long_text());
    let key = [0x5a, 0xc3, 1, 2].repeat(8);
    let key_array: [u8; 32] = key.as_slice().try_into().unwrap();
    for (name, cipher) in [("kuznyechik-ctr", BlockCipher::Kuznyechik), ("magma-ctr", BlockCipher::Magma)] {
        let half = cipher.block_octets() / 2;
        let vector = [[9, 8, 7, 6, 5, 4, 3, 2][..half].to_vec(), vec![0; half]].concat();
        openssl.must(&[
            "enc",
            &format!("-{name}"),
            "-K",
            &hex::encode(&key),
            "-iv",
            &hex::encode(&vector),
            "-in",
            "text",
            "-out",
            "out",
        ]);
        let mut ours = long_text();
        cipher.ctr(&key_array, &vector[..half], &mut ours).unwrap();
        assert!(ours == openssl.read("out"), "{name}");
    }
}

struct Party {
    key: PrivateKey,
    certificate: Certificate,
    root: Certificate,
}

impl Party {
    /// The key, the certificate and the root in one file.
    fn pfx(&self) -> Pfx {
        let key = PrivateKey::from_pkcs8_der(&self.key.to_pkcs8_der()).unwrap();
        Pfx::of(key, self.certificate.clone(), vec![self.root.clone()]).unwrap()
    }
}

/// A key and a certificate, in the folder too: leaf.key, leaf.crt, root.crt.
fn party(openssl: &OpenSsl, word: &str) -> Party {
    let root_key = crate::support::key("gost-256-b", 90);
    let root = root("Root", &root_key);
    let key = crate::support::key(word, 91);
    let certificate = Plan::leaf("Rogov", &key, &name("Root"), &root_key).sign(&root_key);
    openssl.write_pem("leaf.key", "PRIVATE KEY", &key.to_pkcs8_der());
    openssl.write_pem("leaf.crt", "CERTIFICATE", certificate.as_der());
    openssl.write_pem("root.crt", "CERTIFICATE", root.as_der());
    Party { key, certificate, root }
}

const GOST_WORDS: [&str; 7] =
    ["gost-256-a", "gost-256-b", "gost-256-c", "gost-256-d", "gost-512-a", "gost-512-b", "gost-512-c"];

/// The ciphers that go both ways behind a password, as openssl calls them.
const LOCKS: [(&str, ContentCipher); 3] = [
    ("gost89", ContentCipher::Gost28147Cfb(SBox::Tc26Z)),
    ("kuznyechik-ctr-acpkm", ContentCipher::KuznyechikCtrAcpkm),
    ("magma-ctr-acpkm", ContentCipher::MagmaCtrAcpkm),
];

#[test]
fn keys_by_password_go_both_ways() {
    for word in GOST_WORDS {
        let openssl = OpenSsl::new();
        let party = party(&openssl, word);
        for (name, _) in LOCKS {
            openssl.must(&[
                "pkcs8",
                "-topk8",
                "-v2",
                name,
                "-in",
                "leaf.key",
                "-out",
                "theirs",
                "-passout",
                "pass:пароль",
            ]);
            let theirs = openssl.read_pem("theirs", "ENCRYPTED PRIVATE KEY");
            let read = PrivateKey::from_encrypted_pkcs8_der(&theirs, PASSWORD.as_bytes()).unwrap();
            assert_eq!(read.to_pkcs8_der(), party.key.to_pkcs8_der(), "{word} {name}");
        }
        let others = [SBox::CryptoProA, SBox::CryptoProD].map(ContentCipher::Gost28147Cfb);
        for cipher in LOCKS.into_iter().map(|(_, cipher)| cipher).chain(others) {
            let ours = party.key.to_encrypted_pkcs8_der_with(cipher, PASSWORD.as_bytes(), 2000, &mut rng(1)).unwrap();
            openssl.write_pem("ours", "ENCRYPTED PRIVATE KEY", &ours);
            openssl.must(&[
                "pkey",
                "-in",
                "ours",
                "-passin",
                "pass:пароль",
                "-pubout",
                "-outform",
                "DER",
                "-out",
                "pub",
            ]);
            let public = surguch_crypto::PublicKey::from_spki_der(&openssl.read("pub")).unwrap();
            assert_eq!(&public, party.key.public_key(), "{word} {cipher}");
            openssl.must_refuse(&["pkey", "-in", "ours", "-passin", "pass:x", "-noout"]);
        }
    }
}

/// How OpenSSL fails at a cipher with a code: at its end up to 3.0.19, from 3.0.22 on at the engine's control for the code.
const KNOWS_NO_CODE: [&str; 2] = ["pkcs12 cipherfinal error", "ctrl operation not implemented"];

#[test]
fn openssl_has_no_place_for_the_code_behind_a_password() {
    // The engine keeps the code where CMS has an attribute for it (its control PROCESS_UNPROTECTED), and PBES2 of OpenSSL knows no such place:
    // ours it does not open, and what it writes itself has lost the code and is opened by nobody, itself included. From 3.0.22 on (3.0.19 did
    // not) it says so while it writes.
    let openssl = OpenSsl::new();
    let party = party(&openssl, "gost-256-a");
    for cipher in [ContentCipher::KuznyechikCtrAcpkmOmac, ContentCipher::MagmaCtrAcpkmOmac] {
        let ours = party.key.to_encrypted_pkcs8_der_with(cipher, b"x", 2000, &mut rng(1)).unwrap();
        openssl.write_pem("ours", "ENCRYPTED PRIVATE KEY", &ours);
        let written = openssl.run(&[
            "pkcs8",
            "-topk8",
            "-v2",
            &cipher.to_string(),
            "-in",
            "leaf.key",
            "-out",
            "theirs",
            "-passout",
            "pass:x",
        ]);
        let is_closed = |file: &str| {
            let output = openssl.run(&["pkey", "-in", file, "-passin", "pass:x", "-noout"]);
            assert!(!output.status.success());
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(KNOWS_NO_CODE.iter().any(|words| said.contains(words)), "{cipher}: {said}");
        };
        is_closed("ours");
        if !written.status.success() {
            let said = String::from_utf8_lossy(&written.stderr);
            assert!(said.contains(KNOWS_NO_CODE[1]), "{cipher}: {said}");
            continue;
        }
        is_closed("theirs");
        let theirs = openssl.read_pem("theirs", "ENCRYPTED PRIVATE KEY");
        let refused = PrivateKey::from_encrypted_pkcs8_der(&theirs, b"x").err();
        assert_eq!(refused, Some(surguch_crypto::Error::WrongPassword));
    }
}

#[test]
fn gost_key_files_go_both_ways() {
    for word in GOST_WORDS {
        let openssl = OpenSsl::new();
        let party = party(&openssl, word);
        for (name, cipher) in LOCKS {
            for cert_pbe in [name, "NONE"] {
                // Two certificates are longer than its section of Magma, see `openssl_changes_keys_too_early_behind_a_password`.
                if cert_pbe == "magma-ctr-acpkm" {
                    continue;
                }
                openssl.must(&[
                    "pkcs12",
                    "-export",
                    "-inkey",
                    "leaf.key",
                    "-in",
                    "leaf.crt",
                    "-certfile",
                    "root.crt",
                    "-keypbe",
                    name,
                    "-certpbe",
                    cert_pbe,
                    "-macalg",
                    "md_gost12_512",
                    "-name",
                    "Rogov",
                    "-passout",
                    "pass:пароль",
                    "-out",
                    "theirs",
                ]);
                let theirs = Pfx::from_der(&openssl.read("theirs"), PASSWORD).unwrap();
                assert_eq!(theirs.keys[0].key.to_pkcs8_der(), party.key.to_pkcs8_der(), "{word}");
                assert_eq!(theirs.keys[0].name.as_deref(), Some("Rogov"));
                assert_eq!(theirs.certificate_of(&party.key), Some(&party.certificate));
                assert_eq!(theirs.certificates.len(), 2);
            }
            for encrypt_certificates in [false, cipher != ContentCipher::MagmaCtrAcpkm] {
                let protection =
                    PfxProtection { cipher, encrypt_certificates, iterations: 2000, key_form: GostKeyForm::Plain };
                openssl.write("ours", party.pfx().to_der(PASSWORD, &protection, &mut rng(1)).unwrap());
                openssl.must(&["pkcs12", "-in", "ours", "-passin", "pass:пароль", "-nodes", "-nocerts", "-out", "key"]);
                let key = PrivateKey::from_pkcs8_der(&openssl.read_pem("key", "PRIVATE KEY")).unwrap();
                assert_eq!(key.to_pkcs8_der(), party.key.to_pkcs8_der());
                openssl.must(&[
                    "pkcs12",
                    "-in",
                    "ours",
                    "-passin",
                    "pass:пароль",
                    "-nokeys",
                    "-clcerts",
                    "-out",
                    "certificate",
                ]);
                assert_eq!(openssl.read_pem("certificate", "CERTIFICATE"), party.certificate.as_der());
                openssl.must_refuse(&["pkcs12", "-in", "ours", "-passin", "pass:x", "-nodes", "-noout"]);
            }
        }
    }
}

#[test]
fn openssl_takes_the_mac_of_our_file_with_codes_and_then_gives_up() {
    let openssl = OpenSsl::new();
    let party = party(&openssl, "gost-256-a");
    let protection = PfxProtection {
        cipher: ContentCipher::KuznyechikCtrAcpkmOmac,
        encrypt_certificates: true,
        iterations: 2000,
        key_form: GostKeyForm::Plain,
    };
    openssl.write("ours", party.pfx().to_der(PASSWORD, &protection, &mut rng(1)).unwrap());
    let read = |password: &str| {
        let output = openssl.run(&["pkcs12", "-in", "ours", "-passin", password, "-nodes"]);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    // A wrong password fails at the MAC; the right one passes it and fails at the cipher of the bags.
    assert!(read("pass:x").contains("Mac verify error"));
    let refusal = read("pass:пароль");
    let knows_no_code = KNOWS_NO_CODE.iter().any(|words| refusal.contains(words));
    assert!(!refusal.contains("Mac verify error") && knows_no_code, "{refusal}");
}

#[test]
fn masked_keys_are_read_by_openssl_and_those_with_a_public_half_are_not() {
    for word in GOST_WORDS {
        let openssl = OpenSsl::new();
        let party = party(&openssl, word);
        let write = |form| party.key.to_pkcs8_der_in(form, &mut rng(1)).unwrap();
        openssl.write_pem("key", "PRIVATE KEY", &write(GostKeyForm::Masked));
        openssl.must(&["pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "pub"]);
        let public = surguch_crypto::PublicKey::from_spki_der(&openssl.read("pub")).unwrap();
        assert_eq!(&public, party.key.public_key(), "{word}");
        // OpenSSL 3.0 reads PKCS#8 of version 0 only: its structure has no field for the public key of RFC 5958.
        openssl.write_pem("key", "PRIVATE KEY", &write(GostKeyForm::WithPublicKey));
        openssl.must_refuse(&["pkey", "-in", "key", "-noout"]);
    }
}

#[test]
fn key_files_of_rsa_and_ecdsa_go_both_ways() {
    for word in ["rsa-2048", "ecdsa-p256", "ecdsa-p384"] {
        let openssl = OpenSsl::new();
        let party = party(&openssl, word);
        // The defaults of openssl 3: PBES2, AES-256, SHA-256, 2048 iterations.
        openssl.must(&[
            "pkcs12",
            "-export",
            "-inkey",
            "leaf.key",
            "-in",
            "leaf.crt",
            "-certfile",
            "root.crt",
            "-passout",
            "pass:пароль",
            "-out",
            "theirs",
        ]);
        let theirs = Pfx::from_der(&openssl.read("theirs"), PASSWORD).unwrap();
        assert_eq!(theirs.keys[0].key.public_key(), party.key.public_key());
        assert_eq!(theirs.certificate_of(&party.key), Some(&party.certificate));
        assert_eq!(Pfx::from_der(&openssl.read("theirs"), "x").err(), Some(surguch_crypto::Error::WrongPassword));
        let protection = PfxProtection {
            cipher: ContentCipher::Aes256Cbc,
            encrypt_certificates: true,
            iterations: 2000,
            key_form: GostKeyForm::Plain,
        };
        openssl.write("ours", party.pfx().to_der(PASSWORD, &protection, &mut rng(1)).unwrap());
        openssl.must(&["pkcs12", "-in", "ours", "-passin", "pass:пароль", "-nodes", "-nocerts", "-out", "key"]);
        let key = PrivateKey::from_pkcs8_der(&openssl.read_pem("key", "PRIVATE KEY")).unwrap();
        assert_eq!(key.public_key(), party.key.public_key());
        openssl.must_refuse(&["pkcs12", "-in", "ours", "-passin", "pass:x", "-nodes", "-noout"]);
        // The old ways are refused by their names.
        openssl.must(&[
            "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.crt", "-macalg", "sha1", "-passout", "pass:x",
            "-out", "old",
        ]);
        let refused = Pfx::from_der(&openssl.read("old"), "x").err();
        let name = "SHA-1".to_owned();
        assert_eq!(refused, Some(surguch_crypto::Error::Unsupported { what: "PKCS#12 MAC", name }));
        openssl.must(&[
            "pkcs12",
            "-export",
            "-inkey",
            "leaf.key",
            "-in",
            "leaf.crt",
            "-keypbe",
            "PBE-SHA1-3DES",
            "-passout",
            "pass:x",
            "-out",
            "old",
        ]);
        let refused = Pfx::from_der(&openssl.read("old"), "x").err();
        let name = "pbeWithSHAAnd3-KeyTripleDES-CBC".to_owned();
        assert_eq!(refused, Some(surguch_crypto::Error::Unsupported { what: "key encryption", name }));
    }
}

#[test]
fn envelopes_go_both_ways() {
    for word in GOST_WORDS {
        let openssl = OpenSsl::new();
        let party = party(&openssl, word);
        // Longer than a section of Magma, and not whole blocks. The other way only GOST 28147-89 may be as long, see the end of this file.
        let text = long_text().repeat(4);
        openssl.write("text", &text);
        for cipher in
            ["gost89", "kuznyechik-ctr-acpkm", "kuznyechik-ctr-acpkm-omac", "magma-ctr-acpkm", "magma-ctr-acpkm-omac"]
        {
            openssl.must(&[
                "cms",
                "-encrypt",
                "-binary",
                "-in",
                "text",
                "-outform",
                "DER",
                "-out",
                "theirs",
                &format!("-{cipher}"),
                "leaf.crt",
            ]);
            let theirs = EnvelopedData::from_der(&openssl.read("theirs")).unwrap();
            assert_eq!(*theirs.decrypt(&party.key, &party.certificate, &[]).unwrap(), text, "{word} {cipher}");
        }
        for wrap in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
            for delivery in
                [Delivery::Agreement(wrap), Delivery::Transport(wrap), Delivery::Transport28147(SBox::Tc26Z)]
            {
                for cipher in ContentCipher::ALL.into_iter().take(5) {
                    let text = if matches!(cipher, ContentCipher::Gost28147Cfb(_)) { &text } else { &text[..1000] };
                    let to = [Recipient { certificate: &party.certificate, delivery }];
                    openssl.write("ours", encrypt_cms(text, cipher, &to, &mut rng(3)).unwrap());
                    openssl.must(&[
                        "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "ours", "-recip", "leaf.crt", "-inkey",
                        "leaf.key", "-out", "out",
                    ]);
                    assert!(openssl.read("out") == text, "{word} {cipher}");
                }
            }
        }
    }
}

#[test]
fn several_signers_and_additions_are_no_trouble_to_openssl() {
    let openssl = OpenSsl::new();
    let party = party(&openssl, "gost-512-c");
    let second = crate::support::key("gost-256-a", 5);
    let root_key = crate::support::key("gost-256-b", 90);
    let mut plan = Plan::leaf("Ivanov", &second, &name("Root"), &root_key);
    plan.tbs.serial = vec![5];
    let second_certificate = plan.sign(&root_key);
    let by = [
        CmsSigner { signer: &party.key, certificate: &party.certificate },
        CmsSigner { signer: &second, certificate: &second_certificate },
    ];
    let message = sign_cms_by_all(TEXT, false, &by, &[], NOW, &mut rng(1)).unwrap();
    let message = SignedData::from_der(&message).unwrap().with_countersignature(0, &by[1], NOW, &mut rng(2)).unwrap();
    let check = |der: &[u8]| {
        openssl.write("message", der);
        let attime = NOW.to_string();
        openssl.must(&[
            "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-purpose", "any", "-attime", &attime, "-CAfile",
            "root.crt", "-in", "message", "-out", "out",
        ]);
        assert_eq!(openssl.read("out"), TEXT);
    };
    check(&message.to_der().unwrap());
    let structure = openssl.must(&["cms", "-cmsout", "-print", "-inform", "DER", "-in", "message", "-noout"]);
    assert!(structure.contains("countersignature"), "{structure}");
}

/// Stamps of a live `openssl ts`, attached to our message, which openssl then still verifies.
#[test]
fn stamps_of_openssl_prove_the_time_of_our_signatures() {
    for word in ["gost-256-a", "gost-512-a", "rsa-2048"] {
        let openssl = OpenSsl::new();
        let party = party(&openssl, "gost-512-a");
        let [kind, option, value] = genpkey(word);
        openssl.must(&["genpkey", "-algorithm", kind, option, value, "-out", "tsa.key"]);
        let tsa_key = PrivateKey::from_pkcs8_der(&openssl.read_pem("tsa.key", "PRIVATE KEY")).unwrap();
        assert_eq!(tsa_key.public_key().algorithm(), algorithm(word));
        let root_key = crate::support::key("gost-256-b", 90);
        let mut plan = Plan::leaf("Stamps", &tsa_key, &name("Root"), &root_key);
        let mut purposes = surguch_crypto::Extension::extended_key_usage(["1.3.6.1.5.5.7.3.8"]).unwrap();
        purposes.critical = true;
        plan.tbs.extensions.push(purposes);
        plan.tbs.not_before = now() - DAY;
        plan.tbs.not_after = now() + 365 * DAY;
        let tsa = plan.sign(&root_key);
        let root = {
            let mut plan = Plan::authority("Root", &root_key, &name("Root"), &root_key, None);
            plan.tbs.not_before = now() - DAY;
            plan.tbs.not_after = now() + 365 * DAY;
            plan.sign(&root_key)
        };
        openssl.write_pem("tsa.crt", "CERTIFICATE", tsa.as_der());
        openssl.write_pem("root.crt", "CERTIFICATE", root.as_der());
        let digest = if word.starts_with("gost") { "md_gost12_256" } else { "sha256" };
        for ess in ["sha1", "sha256"] {
            openssl.write(
                "ts.cnf",
                format!(
                    "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = tsa.crt\nsigner_key = tsa.key\nsigner_digest = {digest}\n\
                     default_policy = 1.2.3.4.1\ndigests = sha256, md_gost12_256, md_gost12_512\naccuracy = secs:1\ness_cert_id_alg = {ess}\n"
                ),
            );
            openssl.write("serial", "01\n");
            let at = now();
            // Signed just now, by a certificate that begins a day before NOW: bring it forward too.
            let mut plan = Plan::leaf("Rogov", &party.key, &name("Root"), &root_key);
            plan.tbs.not_before = at - DAY;
            plan.tbs.not_after = at + DAY;
            let leaf = plan.sign(&root_key);
            let by = [CmsSigner { signer: &party.key, certificate: &leaf }];
            let message =
                SignedData::from_der(&sign_cms_by_all(TEXT, false, &by, &[], at, &mut rng(1)).unwrap()).unwrap();
            let query = TimeStampQuery::about(
                message.signers()[0].signature(),
                DigestAlgorithm::Streebog512,
                &[1, 2, 3, 4, 5, 6, 7, 8],
            );
            openssl.write("query", query.to_der().unwrap());
            openssl.must(&[
                "ts",
                "-reply",
                "-config",
                "ts.cnf",
                "-section",
                "t",
                "-queryfile",
                "query",
                "-out",
                "reply",
            ]);
            let token = TimeStampToken::from_response_der(&openssl.read("reply")).unwrap();
            token.check_answers(&query).unwrap();
            let stamped = message.with_time_stamp(0, &token).unwrap().to_der().unwrap();
            // Asked a year later, when the certificate has ended, under an anchor that has not.
            let later = at + 300 * DAY;
            let anchors = [root.clone()];
            let proven =
                SignedData::from_der(&stamped).unwrap().verify_time_stamped(None, &[], &anchors, later).unwrap();
            assert!((proven[0].existed_at - at).abs() < 3600);
            assert_eq!(proven[0].time_stamp_authority, tsa);
            openssl.write("message", &stamped);
            openssl.must(&[
                "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-purpose", "any", "-CAfile", "root.crt",
                "-in", "message", "-out", "out",
            ]);
        }
    }
}

/// Answers of a live `openssl ocsp` to questions of ours.
#[test]
fn statuses_of_openssl_are_taken() {
    for word in ["gost-256-a", "gost-512-a", "ecdsa-p256"] {
        let openssl = OpenSsl::new();
        let root_key = crate::support::key(word, 90);
        let root = root("Root", &root_key);
        openssl.write_pem("root.key", "PRIVATE KEY", &root_key.to_pkcs8_der());
        openssl.write_pem("root.crt", "CERTIFICATE", root.as_der());
        openssl.write("index.txt", "R\t491231235959Z\t261101000000Z,keyCompromise\tFE01\tunknown\t/CN=Rogov\nV\t491231235959Z\t\tFE02\tunknown\t/CN=Ivanov\n");
        let leaf = |serial: [u8; 2]| {
            let mut plan = Plan::leaf("Rogov", &crate::support::key("gost-256-a", 91), root.subject(), &root_key);
            plan.tbs.serial = serial.to_vec();
            plan.sign(&root_key)
        };
        for hash in [
            LabelHash::Sha1,
            LabelHash::Digest(DigestAlgorithm::Sha256),
            LabelHash::Digest(DigestAlgorithm::Streebog256),
        ] {
            let leaves = [leaf([0xfe, 1]), leaf([0xfe, 2]), leaf([0xfe, 3])];
            let request = OcspRequest {
                certificates: leaves.iter().map(|leaf| CertificateLabel::of(hash, &root, leaf.serial())).collect(),
                nonce: Some(vec![7; 16]),
            };
            openssl.write("request", request.to_der().unwrap());
            openssl.must(&[
                "ocsp",
                "-index",
                "index.txt",
                "-CA",
                "root.crt",
                "-rsigner",
                "root.crt",
                "-rkey",
                "root.key",
                "-reqin",
                "request",
                "-respout",
                "response",
                "-ndays",
                "1",
            ]);
            let response = OcspResponse::from_der(&openssl.read("response")).unwrap();
            response.check_answers(&request).unwrap();
            let at = now();
            let response = response.verify(&root, &[], at).unwrap();
            let status = |leaf| response.status(leaf, &root, at, 0).unwrap();
            assert!(matches!(status(&leaves[0]), CertificateStatus::Revoked { reason: Some(1), .. }));
            assert_eq!(status(&leaves[1]), CertificateStatus::Good);
            assert_eq!(status(&leaves[2]), CertificateStatus::Unknown);
        }
    }
}

#[test]
fn openssl_adds_a_signer_and_keeps_our_countersignature() {
    // It has no command that makes or verifies a countersignature.
    let openssl = OpenSsl::new();
    let party = party(&openssl, "gost-256-a");
    let by = [CmsSigner { signer: &party.key, certificate: &party.certificate }];
    let message = sign_cms_by_all(TEXT, false, &by, &[], NOW, &mut rng(1)).unwrap();
    let message = SignedData::from_der(&message).unwrap().with_countersignature(0, &by[0], NOW, &mut rng(2)).unwrap();
    openssl.write("message", message.to_der().unwrap());
    openssl.must(&[
        "cms", "-resign", "-inform", "DER", "-in", "message", "-signer", "leaf.crt", "-inkey", "leaf.key", "-cades",
        "-nocerts", "-outform", "DER", "-out", "resigned",
    ]);
    let resigned = SignedData::from_der(&openssl.read("resigned")).unwrap();
    assert_eq!(resigned.verify(None, &[]).unwrap().len(), 2);
    let counted: usize = (0..2)
        .map(|signer| resigned.verify_countersignatures(signer, &[], SigningCertificate::Required).unwrap().len())
        .sum();
    assert_eq!(counted, 1);
}

/// RFC 9337, 7.3, changes the key after 8 KiB of Magma and 256 KiB of Kuznyechik, as CMS does. The engine is told so by CMS and not by PBES2,
/// where it stays at 1 KiB and 4 KiB: longer contents than that do not pass between openssl and anybody else.
#[test]
fn openssl_changes_keys_too_early_behind_a_password() {
    let openssl = OpenSsl::new();
    openssl.must(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", "-out", "key"]);
    openssl.must(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", "key", "-out", "plain"]);
    let plain = openssl.read("plain");
    assert!((2048..4096).contains(&plain.len()));
    for (name, cipher, opens) in
        [("magma-ctr-acpkm", BlockCipher::Magma, false), ("kuznyechik-ctr-acpkm", BlockCipher::Kuznyechik, true)]
    {
        openssl.must(&[
            "pkcs8", "-topk8", "-v2", name, "-outform", "DER", "-in", "key", "-out", "theirs", "-passout", "pass:x",
        ]);
        let theirs = openssl.read("theirs");
        assert_eq!(PrivateKey::from_encrypted_pkcs8_der(&theirs, b"x").is_ok(), opens, "{name}");
        let ours = PrivateKey::from_pkcs8_der(&plain).unwrap();
        let lock = if opens { ContentCipher::KuznyechikCtrAcpkm } else { ContentCipher::MagmaCtrAcpkm };
        let ours = ours.to_encrypted_pkcs8_der_with(lock, b"x", 2000, &mut rng(1)).unwrap();
        openssl.write("ours", ours);
        let output = openssl.run(&["pkey", "-inform", "DER", "-in", "ours", "-passin", "pass:x", "-noout"]);
        assert_eq!(output.status.success(), opens, "{name}");

        // The evidence: the same octets with the section of the engine. OpenSSL writes an eight-octet salt and HMAC-SHA-256 here.
        let pbkdf2 = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
        let at = theirs.windows(11).position(|window| window == pbkdf2).unwrap() + 15;
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"x", &theirs[at..at + 8], 2048, &mut key);
        let half = cipher.block_octets() / 2;
        let mut data = theirs[theirs.len() - plain.len()..].to_vec();
        let ukm = theirs.len() - plain.len() - 4 - (half + 8);
        let section = if cipher == BlockCipher::Magma { 1024 } else { 4096 };
        cipher.ctr_acpkm(&key, &theirs[ukm..ukm + half], section, &mut data).unwrap();
        assert!(data == plain, "{name}");
    }
}

/// Enciphering, the engine changes keys when CMS says so; deciphering, it does not, and changes them after 1 KiB of Magma and 4 KiB of Kuznyechik.
/// So it opens no long envelope, its own no better than ours. What it makes is right: `envelopes_go_both_ways` opens it.
#[test]
fn openssl_opens_long_envelopes_of_ctr_acpkm_no_better_when_they_are_its_own() {
    let openssl = OpenSsl::new();
    let party = party(&openssl, "gost-256-a");
    let text = long_text().repeat(2);
    openssl.write("text", &text);
    let delivery = Delivery::Transport(BlockCipher::Kuznyechik);
    for cipher in ContentCipher::ALL.into_iter().take(4) {
        let to = [Recipient { certificate: &party.certificate, delivery }];
        openssl.write("ours", encrypt_cms(&text, cipher, &to, &mut rng(3)).unwrap());
        let flag = format!("-{cipher}");
        openssl.must(&[
            "cms", "-encrypt", "-binary", "-in", "text", "-outform", "DER", "-out", "theirs", &flag, "leaf.crt",
        ]);
        let theirs = EnvelopedData::from_der(&openssl.read("theirs")).unwrap();
        assert!(*theirs.decrypt(&party.key, &party.certificate, &[]).unwrap() == text);
        let kuznyechik = matches!(cipher, ContentCipher::KuznyechikCtrAcpkm | ContentCipher::KuznyechikCtrAcpkmOmac);
        for file in ["ours", "theirs"] {
            let output = openssl.run(&[
                "cms", "-decrypt", "-binary", "-inform", "DER", "-in", file, "-recip", "leaf.crt", "-inkey",
                "leaf.key", "-out", "out",
            ]);
            assert_eq!(output.status.success(), !cipher.is_authenticated(), "{cipher} {file}");
            let out = openssl.read("out");
            let right = out.iter().zip(&text).take_while(|(left, right)| left == right).count();
            assert!((right / 1024, right < 6000) == (if kuznyechik { 4 } else { 1 }, true), "{cipher} {file} {right}");
        }
    }
}
