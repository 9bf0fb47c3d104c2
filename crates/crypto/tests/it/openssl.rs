//! The other side of the table: Debian's openssl with its GOST engine makes and we accept; we make and it accepts.
//! Needs the packages `openssl` and `libengine-gost-openssl`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use surguch_crypto::legacy2001::MigrationKey;
use surguch_crypto::{
    Certificate, Crl, Csr, Error, Extension, KeyAlgorithm, PrivateKey, RevokedEntry, SignedData, Signer,
    SigningCertificate, TbsCrl, assemble, build_chain, der_or_pem, pem_encode, sign_cms,
};

use crate::support::{DAY, NOW, Plan, algorithm, name, rng, root};

/// The `genpkey` arguments of an algorithm.
pub(crate) fn genpkey(word: &str) -> [&'static str; 3] {
    match word {
        "gost-256-a" => ["gost2012_256", "-pkeyopt", "paramset:TCA"],
        "gost-256-b" => ["gost2012_256", "-pkeyopt", "paramset:TCB"],
        "gost-256-c" => ["gost2012_256", "-pkeyopt", "paramset:TCC"],
        "gost-256-d" => ["gost2012_256", "-pkeyopt", "paramset:TCD"],
        "gost-256-cp-a" => ["gost2012_256", "-pkeyopt", "paramset:A"],
        "gost-512-a" => ["gost2012_512", "-pkeyopt", "paramset:A"],
        "gost-512-b" => ["gost2012_512", "-pkeyopt", "paramset:B"],
        "gost-512-c" => ["gost2012_512", "-pkeyopt", "paramset:C"],
        "ecdsa-p256" => ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "ecdsa-p384" => ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "rsa-2048" => ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        other => panic!("{other}"),
    }
}

/// One folder with a configuration that loads the engine.
pub(crate) struct OpenSsl {
    folder: tempfile::TempDir,
}

impl OpenSsl {
    pub(crate) fn new() -> Self {
        Self::with_engine_line("")
    }

    /// The same with one more line in the section of the engine.
    pub(crate) fn with_engine_line(line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = std::fs::read_dir("/usr/lib")
            .unwrap()
            .map(|entry| entry.unwrap().path().join("engines-3/gost.so"))
            .find(|path| path.exists())
            .expect("the GOST engine of openssl is missing: apt-get install libengine-gost-openssl");
        let configuration = format!(
            "openssl_conf = top\n[top]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\ndynamic_path = {}\ndefault_algorithms = ALL\n{line}\n\
             [req]\ndistinguished_name = dn\nprompt = no\nutf8 = yes\nstring_mask = utf8only\n[dn]\nCN = unused\n\
             [authority]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n\
             [leaf]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier = hash\n\
             authorityKeyIdentifier = keyid,issuer\n\
             [list]\nauthorityKeyIdentifier = keyid\n[ca]\ndefault_ca = lists\n[lists]\ndatabase = {database}\ncrlnumber = {number}\ndefault_md = default\ndefault_crl_days = 30\n",
            engine.display(),
            database = folder.path().join("index.txt").display(),
            number = folder.path().join("crlnumber").display(),
        );
        std::fs::write(folder.path().join("openssl.cnf"), configuration).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), contents).unwrap();
    }

    pub(crate) fn write_pem(&self, file: &str, label: &str, der: &[u8]) {
        self.write(file, pem_encode(label, der));
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path(file)).unwrap()
    }

    pub(crate) fn read_pem(&self, file: &str, label: &str) -> Vec<u8> {
        der_or_pem(&self.read(file), label).unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("OPENSSL_CONF", self.path("openssl.cnf"))
            .output()
            .expect("openssl is missing: apt-get install openssl")
    }

    /// Runs and demands success; returns both outputs.
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "openssl {}\n{text}", arguments.join(" "));
        text
    }

    pub(crate) fn must_refuse(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "openssl {} took it", arguments.join(" "));
    }
}

pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn file_name(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) const TEXT: &[u8] = "Заявка\r\nвторая строка\n".as_bytes();

fn openssl_makes_and_we_accept(word: &str) {
    let openssl = OpenSsl::new();
    openssl.write("text", TEXT);
    for who in ["root", "leaf"] {
        let [kind, option, value] = genpkey(word);
        openssl.must(&["genpkey", "-algorithm", kind, option, value, "-out", &format!("{who}.key")]);
    }

    // The key, plain and encrypted.
    let key = PrivateKey::from_pkcs8_der(&openssl.read_pem("leaf.key", "PRIVATE KEY")).unwrap();
    assert_eq!(key.public_key().algorithm(), algorithm(word));
    openssl.must(&[
        "pkcs8",
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-v2prf",
        "hmacWithSHA256",
        "-in",
        "leaf.key",
        "-out",
        "leaf.enc",
        "-passout",
        "pass:пароль",
    ]);
    let encrypted = openssl.read_pem("leaf.enc", "ENCRYPTED PRIVATE KEY");
    let decrypted = PrivateKey::from_encrypted_pkcs8_der(&encrypted, "пароль".as_bytes()).unwrap();
    assert_eq!(decrypted.public_key(), key.public_key());
    assert_eq!(PrivateKey::from_encrypted_pkcs8_der(&encrypted, b"x").err(), Some(Error::WrongPassword));

    // The request and the certificates.
    openssl.must(&["req", "-new", "-key", "leaf.key", "-subj", "/C=RU/O=Шестой банк/CN=Rogov", "-out", "leaf.csr"]);
    let csr = Csr::from_der(&openssl.read_pem("leaf.csr", "CERTIFICATE REQUEST")).unwrap().verify().unwrap();
    assert_eq!(csr.subject(), &name("Rogov"));
    assert_eq!(csr.public_key(), key.public_key());
    openssl.must(&[
        "req",
        "-new",
        "-x509",
        "-key",
        "root.key",
        "-subj",
        "/C=RU/O=Шестой банк/CN=Root",
        "-days",
        "30",
        "-extensions",
        "authority",
        "-out",
        "root.crt",
    ]);
    openssl.must(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "root.crt",
        "-CAkey",
        "root.key",
        "-set_serial",
        "0xfedcba9876543210",
        "-days",
        "20",
        "-extfile",
        "openssl.cnf",
        "-extensions",
        "leaf",
        "-out",
        "leaf.crt",
    ]);
    let root = Certificate::from_der(&openssl.read_pem("root.crt", "CERTIFICATE")).unwrap();
    let leaf = Certificate::from_der(&openssl.read_pem("leaf.crt", "CERTIFICATE")).unwrap();
    assert_eq!(leaf.serial(), 0xfedc_ba98_7654_3210_u64.to_be_bytes());
    assert_eq!(build_chain(&leaf, &[], std::slice::from_ref(&root), now()).unwrap(), [leaf.clone(), root.clone()]);

    // The list: one revoked certificate, entered by hand as `openssl ca -revoke` would.
    openssl.write("index.txt", "R\t491231235959Z\t261101000000Z,keyCompromise\tFEDCBA9876543210\tunknown\t/CN=Rogov\n");
    openssl.write("crlnumber", "01\n");
    openssl
        .must(&["ca", "-gencrl", "-cert", "root.crt", "-keyfile", "root.key", "-crlexts", "list", "-out", "root.crl"]);
    let crl = Crl::from_der(&openssl.read_pem("root.crl", "X509 CRL")).unwrap();
    crl.verify_issued_by(&root).unwrap();
    crl.check_time(now()).unwrap();
    assert_eq!(crl.contains(leaf.serial()).unwrap().reason, Some(1));

    // Messages: attached, detached, without signing-certificate-v2.
    let sign = [
        "cms",
        "-sign",
        "-binary",
        "-in",
        "text",
        "-signer",
        "leaf.crt",
        "-inkey",
        "leaf.key",
        "-certfile",
        "root.crt",
        "-outform",
        "DER",
    ];
    let read = |file: &str| SignedData::from_der(&openssl.read(file)).unwrap();
    openssl.must(&[&sign[..], &["-cades", "-nodetach", "-out", "attached"]].concat());
    let signers = read("attached").verify(None, &[]).unwrap();
    assert_eq!((signers.len(), &signers[0].certificate, signers[0].content.as_slice()), (1, &leaf, TEXT));
    assert!(signers[0].signing_time.is_some_and(|time| (time - now()).abs() < DAY));
    assert_eq!(read("attached").certificates().len(), 2);

    openssl.must(&[&sign[..], &["-cades", "-out", "detached"]].concat());
    let detached = read("detached");
    assert_eq!(detached.verify(Some(TEXT), &[]).unwrap()[0].certificate, leaf);
    assert_eq!(detached.verify(Some(b"other"), &[]), Err(Error::Invalid { what: "message-digest" }));
    let mut bent = openssl.read("detached");
    *bent.last_mut().unwrap() ^= 1;
    assert!(SignedData::from_der(&bent).unwrap().verify(Some(TEXT), &[]).is_err());

    openssl.must(&[&sign[..], &["-out", "uncertain"]].concat());
    assert_eq!(read("uncertain").verify(Some(TEXT), &[]), Err(Error::Invalid { what: "signing-certificate-v2" }));
    read("uncertain").verify_with(Some(TEXT), &[], SigningCertificate::Optional).unwrap();

    // Named by key identifier, no certificate inside.
    openssl.must(&[&sign[..9], &["-outform", "DER", "-cades", "-keyid", "-nocerts", "-out", "keyid"]].concat());
    assert_eq!(read("keyid").verify(Some(TEXT), &[]), Err(Error::Invalid { what: "signer-certificate" }));
    assert_eq!(read("keyid").verify(Some(TEXT), &[root.clone(), leaf.clone()]).unwrap()[0].certificate, leaf);

    // Two signers of one message: both are verified, and one bad signature spoils it.
    openssl.must(
        &[
            &sign[..9],
            &["-signer", "root.crt", "-inkey", "root.key", "-cades", "-nodetach", "-outform", "DER", "-out", "two"],
        ]
        .concat(),
    );
    let two = read("two").verify(None, &[]).unwrap();
    assert_eq!(two.len(), 2);
    assert_ne!(two[0].certificate, two[1].certificate);
    let mut bent = openssl.read("two");
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(SignedData::from_der(&bent).unwrap().verify(None, &[]), Err(Error::Invalid { what: "signature" }));
}

fn we_make_and_openssl_accepts(word: &str) {
    let openssl = OpenSsl::new();
    let mut rng = rng(17);
    let root_key = PrivateKey::generate(algorithm(word), &mut rng).unwrap();
    let leaf_key = PrivateKey::generate(algorithm(word), &mut rng).unwrap();

    // The key, plain and encrypted: openssl derives the same public key.
    let public = leaf_key.public_key().to_spki_der();
    openssl.write_pem("leaf.key", "PRIVATE KEY", &leaf_key.to_pkcs8_der());
    openssl.write_pem(
        "leaf.enc",
        "ENCRYPTED PRIVATE KEY",
        &leaf_key.to_encrypted_pkcs8_der("пароль".as_bytes(), 2000, &mut rng).unwrap(),
    );
    openssl.must(&["pkey", "-in", "leaf.key", "-pubout", "-out", "plain.pub"]);
    openssl.must(&["pkey", "-in", "leaf.enc", "-passin", "pass:пароль", "-pubout", "-out", "encrypted.pub"]);
    openssl.must_refuse(&["pkey", "-in", "leaf.enc", "-passin", "pass:x", "-noout"]);
    for file in ["plain.pub", "encrypted.pub"] {
        let theirs = surguch_crypto::PublicKey::from_spki_der(&openssl.read_pem(file, "PUBLIC KEY")).unwrap();
        assert_eq!(theirs.to_spki_der(), public);
    }

    // The request.
    let csr = Csr::create(&name("Rogov"), &leaf_key, &mut rng).unwrap();
    openssl.write_pem("leaf.csr", "CERTIFICATE REQUEST", &csr);
    assert!(openssl.must(&["req", "-verify", "-noout", "-in", "leaf.csr"]).contains("verify OK"));

    // The certificates and the list.
    let root = root("Root", &root_key);
    let mut plan = Plan::leaf("Rogov", &leaf_key, root.subject(), &root_key);
    plan.tbs.serial = vec![0xfe, 1];
    let leaf = plan.sign(&root_key);
    openssl.write_pem("root.crt", "CERTIFICATE", root.as_der());
    openssl.write_pem("leaf.crt", "CERTIFICATE", leaf.as_der());
    let attime = NOW.to_string();
    let verify = ["verify", "-x509_strict", "-check_ss_sig", "-attime", &attime, "-CAfile", "root.crt"];
    openssl.must(&[&verify[..], &["leaf.crt"]].concat());
    let tbs = |serial: &[u8]| TbsCrl {
        signature_algorithm: root_key.signature_algorithm(),
        issuer_der: root.subject_der().to_vec(),
        this_update: NOW - 1,
        next_update: NOW + DAY,
        revoked: vec![RevokedEntry { serial: serial.to_vec(), revoked_at: NOW - 2, reason: Some(5) }],
        extensions: vec![Extension::authority_key_id(root.subject_key_id().unwrap()), Extension::crl_number(1)],
    };
    for (file, serial) in [("revoked.crl", leaf.serial()), ("good.crl", &[1][..])] {
        let tbs = tbs(serial).to_der().unwrap();
        let crl = assemble(&tbs, root_key.signature_algorithm(), &root_key.sign(&tbs, &mut rng).unwrap());
        openssl.write_pem(file, "X509 CRL", &crl);
        assert!(openssl.must(&["crl", "-in", file, "-CAfile", "root.crt", "-noout"]).contains("verify OK"));
    }
    openssl.must(&[&verify[..], &["-crl_check", "-CRLfile", "good.crl", "leaf.crt"]].concat());
    openssl.must_refuse(&[&verify[..], &["-crl_check", "-CRLfile", "revoked.crl", "leaf.crt"]].concat());
    // One bit of the to-be-signed part, in the subject.
    let mut bent = leaf.as_der().to_vec();
    let at = bent.windows(5).position(|window| window == b"Rogov").unwrap();
    bent[at] ^= 1;
    openssl.write_pem("bent.crt", "CERTIFICATE", &bent);
    openssl.must_refuse(&[&verify[..], &["bent.crt"]].concat());

    // Messages.
    openssl.write("text", TEXT);
    openssl.write("other", b"other");
    let check = [
        "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-purpose", "any", "-attime", &attime, "-CAfile",
        "root.crt", "-out", "out",
    ];
    for detached in [false, true] {
        let chain = std::slice::from_ref(&root);
        let message = sign_cms(TEXT, detached, &leaf_key, &leaf, chain, NOW, &mut rng).unwrap();
        openssl.write("message", &message);
        let content = openssl.path("text");
        let with_content: &[&str] = if detached { &["-content", file_name(&content)] } else { &[] };
        openssl.must(&[&check[..], &["-in", "message"], with_content].concat());
        assert_eq!(openssl.read("out"), TEXT);
        if detached {
            openssl.must_refuse(&[&check[..], &["-in", "message", "-content", "other"]].concat());
        }
        let mut bent = message.clone();
        *bent.last_mut().unwrap() ^= 1;
        openssl.write("bent", &bent);
        openssl.must_refuse(&[&check[..], &["-in", "bent"], with_content].concat());
    }
}

macro_rules! both_ways {
    ($($test:ident = $word:literal),* $(,)?) => {
        mod openssl_makes {
            $(#[test] fn $test() { super::openssl_makes_and_we_accept($word); })*
        }
        mod we_make {
            $(#[test] fn $test() { super::we_make_and_openssl_accepts($word); })*
        }
    };
}

both_ways! {
    gost_256_a = "gost-256-a",
    gost_256_b = "gost-256-b",
    gost_256_c = "gost-256-c",
    gost_256_d = "gost-256-d",
    gost_256_cryptopro_a = "gost-256-cp-a",
    gost_512_a = "gost-512-a",
    gost_512_b = "gost-512-b",
    gost_512_c = "gost-512-c",
    ecdsa_p256 = "ecdsa-p256",
    ecdsa_p384 = "ecdsa-p384",
    rsa_2048 = "rsa-2048",
}

#[test]
fn a_gost_key_under_an_rsa_authority_is_accepted_by_openssl() {
    let openssl = OpenSsl::new();
    let mut rng = rng(18);
    let root_key = PrivateKey::generate(KeyAlgorithm::Rsa { bits: 2048 }, &mut rng).unwrap();
    let leaf_key = PrivateKey::generate(algorithm("gost-512-a"), &mut rng).unwrap();
    let root = root("Root", &root_key);
    let leaf = Plan::leaf("Ivanov", &leaf_key, root.subject(), &root_key).sign(&root_key);
    openssl.write_pem("root.crt", "CERTIFICATE", root.as_der());
    openssl.write_pem("leaf.crt", "CERTIFICATE", leaf.as_der());
    let attime = NOW.to_string();
    openssl.must(&["verify", "-x509_strict", "-attime", &attime, "-CAfile", "root.crt", "leaf.crt"]);
    let message = sign_cms(TEXT, false, &leaf_key, &leaf, &[], NOW, &mut rng).unwrap();
    openssl.write("message", message);
    openssl.must(&[
        "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-purpose", "any", "-attime", &attime, "-CAfile",
        "root.crt", "-in", "message", "-out", "out",
    ]);
    assert_eq!(openssl.read("out"), TEXT);
}

#[test]
fn openssl_takes_what_the_key_of_a_migration_signs() {
    let openssl = OpenSsl::new();
    for set in ["A", "B", "C", "XA", "XB"] {
        let algorithm = ["-algorithm", "gost2001", "-pkeyopt", &format!("paramset:{set}")];
        openssl.must(&[&["genpkey", "-out", "key"][..], &algorithm].concat());
        openssl.must(&["req", "-new", "-x509", "-key", "key", "-subj", "/CN=Rogov", "-days", "30", "-out", "crt"]);
        let certificate = Certificate::from_der(&openssl.read_pem("crt", "CERTIFICATE")).unwrap();
        assert_eq!(certificate.verify_issued_by(&certificate), Ok(()));
        let key = MigrationKey::from_pkcs8_der(&openssl.read_pem("key", "PRIVATE KEY")).unwrap();
        let message = key.sign_cms(TEXT, false, &certificate, &[], now(), &mut rng(5)).unwrap();
        openssl.write("message", &message);
        let verify = ["cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "crt", "-in", "message", "-out", "out"];
        openssl.must(&verify);
        assert_eq!(openssl.read("out"), TEXT);
        let mut forged = message;
        *forged.last_mut().unwrap() ^= 1;
        openssl.write("message", forged);
        openssl.must_refuse(&verify);

        openssl.write("text", TEXT);
        openssl.must(&[
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-outform",
            "DER",
            "-signer",
            "crt",
            "-inkey",
            "key",
            "-in",
            "text",
            "-out",
            "theirs",
        ]);
        let theirs = SignedData::from_der(&openssl.read("theirs")).unwrap();
        let signers = theirs.verify_with(None, &[], SigningCertificate::Optional).unwrap();
        assert_eq!((signers[0].content.as_slice(), &signers[0].certificate), (TEXT, &certificate));
    }
}

#[test]
fn weak_and_foreign_keys_of_openssl_are_refused_by_name() {
    let openssl = OpenSsl::new();
    for (arguments, what, name) in [
        (["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "RSA key length", "1024"),
        (["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "elliptic curve", "P-521"),
        (["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "elliptic curve", "secp256k1"),
    ] {
        let [kind, option, value] = arguments;
        openssl.must(&["genpkey", "-algorithm", kind, option, value, "-out", "key"]);
        openssl.must(&["req", "-new", "-key", "key", "-subj", "/CN=Rogov", "-out", "csr"]);
        let refusal = Error::Unsupported { what, name: name.to_owned() };
        let key = PrivateKey::from_pkcs8_der(&openssl.read_pem("key", "PRIVATE KEY")).err();
        assert_eq!(key, Some(refusal.clone()));
        assert_eq!(Csr::from_der(&openssl.read_pem("csr", "CERTIFICATE REQUEST")), Err(refusal));
    }
    // The old password scheme with SHA-1, which openssl still writes when asked to.
    openssl.must(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key"]);
    for (option, value, name) in [
        ("-v2prf", "hmacWithSHA1", "hmacWithSHA1"),
        ("-v2", "aes-128-cbc", "aes128-CBC"),
        ("-v2", "des3", "des-ede3-cbc"),
    ] {
        let arguments = ["pkcs8", "-topk8", "-in", "key", "-out", "enc", "-passout", "pass:x", option, value];
        openssl.must(&arguments);
        let refused =
            PrivateKey::from_encrypted_pkcs8_der(&openssl.read_pem("enc", "ENCRYPTED PRIVATE KEY"), b"x").err();
        assert!(matches!(refused, Some(Error::Unsupported { name: found, .. }) if found == name), "{name}");
    }
}
