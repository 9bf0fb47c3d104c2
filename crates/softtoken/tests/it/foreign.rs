//! Foreign clients: OpenSC's pkcs11-tool does what a person would, OpenSSL with its GOST engine checks what the card signed.

use crate::cards::{Cards, SO, USER, count};

/// Key types as pkcs11-tool names them, the mechanism that signs a message, and how OpenSSL names the digest.
const KEYS: [(&str, &str, &str, &str); 7] = [
    ("rsa:2048", "01", "SHA256-RSA-PKCS", "sha256"),
    ("EC:prime256v1", "02", "ECDSA-SHA256", "sha256"),
    ("EC:secp384r1", "03", "ECDSA-SHA384", "sha384"),
    ("GOSTR3410-2012-256:A", "04", "GOSTR3410-WITH-GOSTR3411-12-256", "md_gost12_256"),
    ("GOSTR3410-2012-256:B", "05", "GOSTR3410-WITH-GOSTR3411-12-256", "md_gost12_256"),
    ("GOSTR3410-2012-512:A", "06", "GOSTR3410-WITH-GOSTR3411-12-512", "md_gost12_512"),
    ("GOSTR3410:A", "07", "GOSTR3410-WITH-GOSTR3411", "md_gost94"),
];

#[test]
fn a_folder_with_nothing_in_it_presents_a_card_fresh_from_the_factory() {
    let cards = Cards::new();
    let slots = cards.pkcs11(&["-L"]).ok();
    for line in [
        "token manufacturer : Aktiv Co.",
        "token model        : Rutoken ECP 2.0",
        "SO PIN to be changed",
        "user PIN to be changed",
        "hardware version   : 20.5",
        "firmware version   : 23.2",
    ] {
        assert!(slots.contains(line), "{line}:\n{slots}");
    }
    assert!(!slots.contains("count low") && !slots.contains("locked"), "{slots}");
    let serial = cards.serial();
    assert!(slots.contains(&serial), "{slots}");
    assert_eq!(serial.len(), 8);
    let listed = cards.list();
    assert!(listed.contains("attempts left 10 and 10, both PINs are the factory's"), "{listed}");
    // The second look finds the first card.
    assert!(cards.pkcs11(&["-L"]).ok().contains(&serial));
}

#[test]
fn a_card_is_initialised_and_its_pins_are_set_changed_locked_and_unblocked() {
    let cards = Cards::new();
    let wrong_so = cards.pkcs11(&["--init-token", "--label", "Rogov", "--so-pin", "11111111"]);
    wrong_so.refused("CKR_PIN_INCORRECT");
    assert!(cards.list().contains("attempts left 10 and 9"), "{}", cards.list());
    cards.pkcs11(&["--init-token", "--label", "Rogov", "--so-pin", SO]).ok();
    assert!(cards.list().contains("«Rogov»"), "{}", cards.list());
    cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("CKR_USER_PIN_NOT_INITIALIZED");
    cards.pkcs11(&["--init-pin", "--login", "--so-pin", SO, "--new-pin", "2468013579"]).ok();
    let change = ["--change-pin", "--login", "--pin", "2468013579", "--new-pin", "Щука-1"];
    cards.pkcs11(&change).ok();
    cards.pkcs11(&["--login", "--pin", "Щука-1", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"]).ok();

    for left in (0..10).rev() {
        cards.pkcs11(&["--login", "--pin", "00000000", "-O"]).refused("CKR_PIN_INCORRECT");
        let listed = cards.list();
        assert!(listed.contains(&format!("attempts left {left} and 10")), "{listed}");
        let slots = cards.pkcs11(&["-L"]).ok();
        let flag = match left {
            0 => "user PIN locked",
            1 => "final user PIN try",
            _ => "user PIN count low",
        };
        assert!(slots.contains(flag), "{left} {slots}");
    }
    // The right one is of no use any more, and costs nothing.
    cards.pkcs11(&["--login", "--pin", "Щука-1", "-O"]).refused("CKR_PIN_LOCKED");
    // The administrator gives a new PIN, and the key made before is still there.
    cards.pkcs11(&["--init-pin", "--login", "--so-pin", SO, "--new-pin", "97531000"]).ok();
    let objects = cards.pkcs11(&["--login", "--pin", "97531000", "-O"]).ok();
    assert_eq!(count(&objects, "Private Key Object"), 1, "{objects}");
    // The administrator's own PIN.
    let change = ["--change-pin", "--login", "--login-type", "so", "--so-pin", SO, "--new-pin", "administrator"];
    cards.pkcs11(&change).ok();
    assert!(cards.list().contains("no factory PIN"), "{}", cards.list());
}

#[test]
fn ten_wrong_administrators_pins_lock_the_administrator_and_not_the_user() {
    let cards = Cards::new();
    for _ in 0..10 {
        let wrong = ["--init-pin", "--login", "--so-pin", "00000000", "--new-pin", "12344321"];
        cards.pkcs11(&wrong).refused("CKR_PIN_INCORRECT");
    }
    cards.pkcs11(&["--init-token", "--label", "x", "--so-pin", SO]).refused("CKR_PIN_LOCKED");
    cards.as_user(&["-O"]).ok();
    assert!(cards.list().contains("attempts left 10 and 0"), "{}", cards.list());
}

/// Makes every kind of key and signs with each by the raw mechanism and by the one that hashes; OpenSSL has the public key and says what it thinks.
#[test]
fn openssl_verifies_what_every_kind_of_key_signs() {
    let cards = Cards::new();
    let message = b"The old key signs the request for the new one.".repeat(7);
    std::fs::write(cards.file("message"), &message).unwrap();
    for (key_type, id, mechanism, digest) in KEYS {
        cards.as_user(&["--keypairgen", "--key-type", key_type, "--id", id, "--label", key_type]).ok();
        let sign = ["--sign", "--mechanism", mechanism, "--id", id, "-i", "message", "-o", "signature"];
        let sign = if key_type.starts_with("EC") {
            [&sign[..], &["--signature-format", "openssl"]].concat()
        } else {
            sign.to_vec()
        };
        cards.as_user(&sign).ok();
        spki(&cards, key_type, id);
        let with_engine: &[&str] = if key_type.starts_with("GOST") { &["-engine", "gost"] } else { &[] };
        let digest = format!("-{digest}");
        let verify = ["-verify", "key.pem", "-keyform", "PEM", "-signature", "signature", "message"];
        let said = cards.openssl(&[&["dgst"], with_engine, &[&digest], &verify].concat()).ok();
        assert!(said.contains("Verified OK"), "{key_type}: {said}");

        // Its own verification, of the right message and of another.
        let verify = ["--verify", "--mechanism", mechanism, "--id", id, "--signature-file", "signature"];
        if !key_type.starts_with("EC") {
            let said = cards.as_user(&[&verify[..], &["-i", "message"]].concat());
            assert!(said.text.contains("Signature is valid"), "{key_type}: {}", said.text);
            std::fs::write(cards.file("other"), b"another message").unwrap();
            let said = cards.as_user(&[&verify[..], &["-i", "other"]].concat());
            assert!(said.text.contains("Invalid signature"), "{key_type}: {}", said.text);
        }
    }
    let objects = cards.as_user(&["-O"]).ok();
    assert_eq!(count(&objects, "Private Key Object"), KEYS.len());
    assert_eq!(count(&objects, "Public Key Object"), KEYS.len());
    assert_eq!(objects.matches("sensitive, always sensitive, never extractable, local").count(), KEYS.len());
    // Nobody's business without a PIN.
    let open = cards.pkcs11(&["-O"]).ok();
    assert_eq!(count(&open, "Private Key Object"), 0, "{open}");
    assert_eq!(count(&open, "Public Key Object"), KEYS.len());
}

/// The public key of the card as PEM: what pkcs11-tool lists, between the right DER. (Its own `--read-object` knows no GOST key and, at 0.23, no P-384, SoftHSM's neither.)
fn spki(cards: &Cards, key_type: &str, id: &str) {
    if key_type.starts_with("rsa") {
        cards.pkcs11(&["--read-object", "--type", "pubkey", "--id", id, "-o", "key.der"]).ok();
    } else {
        std::fs::write(cards.file("key.der"), curve_spki(cards, key_type, id)).unwrap();
    }
    let lines = cards.openssl(&["base64", "-in", "key.der"]).ok();
    std::fs::write(cards.file("key.pem"), format!("-----BEGIN PUBLIC KEY-----\n{lines}-----END PUBLIC KEY-----\n"))
        .unwrap();
}

fn curve_spki(cards: &Cards, key_type: &str, id: &str) -> Vec<u8> {
    let all = cards.pkcs11(&["-O", "--type", "pubkey"]).ok();
    let is_it = |object: &&str| object.contains(&format!("ID:         {id}"));
    let listing = all.split("Public Key Object").find(is_it).expect("the key is on the card");
    let [begin, end] = if key_type.starts_with("GOST") { ["VALUE:", "label:"] } else { ["EC_POINT:", "EC_PARAMS:"] };
    let octets: String = listing
        .lines()
        .skip_while(|line| !line.trim().starts_with(begin))
        .take_while(|line| !line.contains(end))
        .map(|line| line.trim().trim_start_matches(begin).trim())
        .collect();
    let point = hex::decode(&octets).unwrap_or_else(|error| panic!("{error}: {octets} in {listing}"));
    let (algorithm, bits) = match key_type {
        "EC:prime256v1" => ("301306072a8648ce3d020106082a8648ce3d030107", point[2..].to_vec()),
        "EC:secp384r1" => ("301006072a8648ce3d020106052b81040022", point[2..].to_vec()),
        "GOSTR3410:A" => ("301c06062a8503020213301206072a85030202230106072a850302021e01", tlv(0x04, &point)),
        "GOSTR3410-2012-256:A" => ("301706082a85030701010101300b06092a8503070102010101", tlv(0x04, &point)),
        "GOSTR3410-2012-256:B" => ("301706082a85030701010101300b06092a8503070102010102", tlv(0x04, &point)),
        "GOSTR3410-2012-512:A" => ("301706082a85030701010102300b06092a8503070102010201", tlv(0x04, &point)),
        other => panic!("{other}"),
    };
    let bits = tlv(0x03, &[&[0], &bits[..]].concat());
    tlv(0x30, &[&hex::decode(algorithm).unwrap()[..], &bits].concat())
}

pub(crate) fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    if body.len() < 0x80 {
        out.push(body.len() as u8);
    } else {
        out.extend_from_slice(&[0x81, body.len() as u8]);
    }
    out.extend_from_slice(body);
    out
}

#[test]
fn certificates_and_data_are_written_read_and_deleted() {
    let cards = Cards::new();
    let make = "req -x509 -newkey rsa:2048 -nodes -keyout other.key -out certificate.pem -days 30 -subj";
    let make: Vec<&str> = make.split(' ').chain(["/CN=Rogov Ivan/O=OOO Ro"]).collect();
    cards.openssl(&make).ok();
    cards.openssl(&["x509", "-in", "certificate.pem", "-outform", "DER", "-out", "certificate.der"]).ok();
    let certificate = std::fs::read(cards.file("certificate.der")).unwrap();
    let write = ["--write-object", "certificate.der", "--type", "cert", "--id", "01", "--label", "Rogov"];
    cards.as_user(&write).ok();
    // Anybody reads a certificate.
    cards.pkcs11(&["--read-object", "--type", "cert", "--id", "01", "-o", "back.der"]).ok();
    assert_eq!(std::fs::read(cards.file("back.der")).unwrap(), certificate);
    let listing = cards.pkcs11(&["-O"]).ok();
    assert!(listing.contains("CN=Rogov Ivan"), "{listing}");

    std::fs::write(cards.file("secret"), b"a private note").unwrap();
    let write = ["--write-object", "secret", "--type", "data", "--private", "--label", "note"];
    cards.as_user(&write).ok();
    assert_eq!(count(&cards.pkcs11(&["-O"]).ok(), "Data object"), 0);
    cards.as_user(&["--read-object", "--type", "data", "--label", "note", "-o", "note"]).ok();
    assert_eq!(std::fs::read(cards.file("note")).unwrap(), b"a private note");
    let file = std::fs::read(cards.card()).unwrap();
    assert!(!file.windows(14).any(|window| window == b"a private note"), "it lies in the open in the file");

    cards.as_user(&["--delete-object", "--type", "cert", "--id", "01"]).ok();
    cards.as_user(&["--delete-object", "--type", "data", "--label", "note"]).ok();
    let listing = cards.as_user(&["-O"]).ok();
    assert_eq!(count(&listing, "Certificate Object") + count(&listing, "Data object"), 0, "{listing}");
}

#[test]
fn a_key_brought_in_signs_as_it_did_outside() {
    let cards = Cards::new();
    cards.openssl(&["genrsa", "-traditional", "-out", "rsa.pem", "2048"]).ok();
    cards.openssl(&["rsa", "-in", "rsa.pem", "-outform", "DER", "-traditional", "-out", "rsa.der"]).ok();
    cards.as_user(&["--write-object", "rsa.der", "--type", "privkey", "--id", "01", "--label", "old"]).ok();
    std::fs::write(cards.file("message"), b"an old key on a new card").unwrap();
    let sign = ["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01", "-i", "message", "-o", "signature"];
    cards.as_user(&sign).ok();
    let verify = ["dgst", "-sha256", "-prverify", "rsa.pem", "-signature", "signature", "message"];
    assert!(cards.openssl(&verify).ok().contains("Verified OK"));
    // Octets that are no DigestInfo, in a block of their own.
    std::fs::write(cards.file("raw"), b"twenty octets or so.").unwrap();
    cards.as_user(&["--sign", "--mechanism", "RSA-PKCS", "--id", "01", "-i", "raw", "-o", "signature"]).ok();
    let recover = ["pkeyutl", "-verifyrecover", "-inkey", "rsa.pem", "-in", "signature", "-out", "recovered"];
    cards.openssl(&recover).ok();
    assert_eq!(std::fs::read(cards.file("recovered")).unwrap(), b"twenty octets or so.");
    // An imported key was outside: it never was always sensitive.
    let listing = cards.as_user(&["-O", "--type", "privkey"]).ok();
    assert!(listing.contains("sensitive") && !listing.contains("always sensitive"), "{listing}");
}

#[test]
fn the_clients_own_test_is_passed() {
    let cards = Cards::new();
    cards.as_user(&["--keypairgen", "--key-type", "rsa:2048", "--id", "01", "--label", "rsa"]).ok();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "ec"]).ok();
    let said = cards.as_user(&["--test"]);
    assert!(said.is_content && said.text.contains("No errors"), "{}", said.text);
    // The second test of the tool: waits, threads and loops of its own.
    let random = cards.as_user(&["--generate-random", "32", "-o", "random"]);
    random.ok();
    assert_eq!(std::fs::read(cards.file("random")).unwrap().len(), 32);
}

#[test]
fn an_older_card_has_what_it_had_in_its_time() {
    let cards = Cards::new();
    cards.program(&["card", "new", "--model", "MS_Key K"]).ok();
    let mechanisms = cards.pkcs11(&["-M"]).ok();
    assert!(mechanisms.contains("GOSTR3410-WITH-GOSTR3411,"), "{mechanisms}");
    for absent in ["RSA", "ECDSA", "12-256", "512"] {
        assert!(!mechanisms.contains(absent), "{absent}: {mechanisms}");
    }
    cards.as_user(&["--keypairgen", "--key-type", "GOSTR3410:A", "--id", "01"]).ok();
    let refused = cards.as_user(&["--keypairgen", "--key-type", "GOSTR3410-2012-256:A", "--id", "02"]);
    refused.refused("CKR_ATTRIBUTE_VALUE_INVALID");
    cards.as_user(&["--keypairgen", "--key-type", "rsa:2048", "--id", "02"]).refused("");
    let slots = cards.pkcs11(&["-L"]).ok();
    assert!(slots.contains("token model        : MS_Key K"), "{slots}");

    let cards = Cards::new();
    cards.program(&["card", "new", "--model", "Rutoken ECP"]).ok();
    cards.as_user(&["--keypairgen", "--key-type", "rsa:2048", "--id", "01"]).ok();
    cards.as_user(&["--keypairgen", "--key-type", "GOSTR3410:A", "--id", "02"]).ok();
    cards.as_user(&["--keypairgen", "--key-type", "GOSTR3410-2012-512:A", "--id", "03"]).refused("");
}

#[test]
fn digests_are_those_of_openssl() {
    let cards = Cards::new();
    std::fs::write(cards.file("message"), b"digest".repeat(1000)).unwrap();
    for (mechanism, digest, engine) in [
        ("GOSTR3411", "-md_gost94", true),
        ("GOSTR3411-12-256", "-md_gost12_256", true),
        ("GOSTR3411-12-512", "-md_gost12_512", true),
        ("SHA-1", "-sha1", false),
        ("SHA256", "-sha256", false),
        ("SHA384", "-sha384", false),
        ("SHA512", "-sha512", false),
    ] {
        cards.pkcs11(&["--hash", "--mechanism", mechanism, "-i", "message", "-o", "ours"]).ok();
        let engine: &[&str] = if engine { &["-engine", "gost"] } else { &[] };
        cards.openssl(&[&["dgst"], engine, &[digest, "-binary", "-out", "theirs", "message"]].concat()).ok();
        let [ours, theirs] = ["ours", "theirs"].map(|name| std::fs::read(cards.file(name)).unwrap());
        assert_eq!(ours, theirs, "{mechanism}");
    }
}
