//! The card as a file: whose it is, who may read it, and that not one bit of it may differ from what was written.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::cards::{Cards, USER, say};
use crate::power::rustix_is_root;

/// Each bit of each octet, one after the other. Read without a PIN, as `card list` and C_GetTokenInfo do.
#[test]
fn a_card_changed_by_one_bit_is_refused_wherever_the_bit_is() {
    let cards = Cards::new();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"]).ok();
    let path = cards.card();
    let whole = std::fs::read(&path).unwrap();
    surguch_softtoken::folder::look(&path).unwrap();
    for octet in 0..whole.len() {
        for bit in 0..8 {
            let mut touched = whole.clone();
            touched[octet] ^= 1 << bit;
            // In place: the mode and the owner stay what they are.
            std::fs::write(&path, &touched).unwrap();
            let looked = surguch_softtoken::folder::look(&path);
            assert!(looked.is_err(), "octet {octet}, bit {bit} was not missed");
        }
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(surguch_softtoken::folder::look(&path).is_err());
    cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("");
    assert!(cards.list().contains("refused: the file is damaged"), "{}", cards.list());
    std::fs::write(&path, &whole).unwrap();
    cards.as_user(&["-O"]).ok();
}

/// Who can write the file can make a digest too. He gains attempts, as by putting back an old copy; he changes nothing a PIN protects.
#[test]
fn whoever_makes_a_new_digest_still_changes_nothing_that_a_pin_protects() {
    let cards = Cards::new();
    cards.pkcs11(&["-L"]).ok();
    let path = cards.card();
    let whole = std::fs::read(&path).unwrap();
    let body = whole.len() - 32;
    let label = whole.windows(15).rposition(|window| window == b"Rutoken ECP 2.0").unwrap();
    let mut forged = whole[..body].to_vec();
    forged[label] = b'r';
    forged.extend_from_slice(&sha256(&forged));
    std::fs::write(&path, &forged).unwrap();
    assert!(cards.list().contains("«rutoken ECP 2.0»"), "{}", cards.list());
    // The right PIN finds it out.
    cards.as_user(&["-O"]).refused("CKR_TOKEN_NOT_RECOGNIZED");
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(octets).into()
}

#[test]
fn a_card_others_could_read_or_change_is_refused() {
    let cards = Cards::new();
    cards.as_user(&["-O"]).ok();
    let path = cards.card();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(cards.path()).unwrap().permissions().mode() & 0o777, 0o700);
    for mode in [0o640, 0o604, 0o660, 0o602, 0o610] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("");
        assert!(cards.list().contains("its mode is wider than 0600"), "{mode:o} {}", cards.list());
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    cards.as_user(&["-O"]).ok();
    // A folder others may write into is no place for cards at all.
    std::fs::set_permissions(cards.path(), std::fs::Permissions::from_mode(0o722)).unwrap();
    cards.pkcs11(&["-L"]).refused("");
    std::fs::set_permissions(cards.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    // Nor is a link a card, wherever it leads.
    let elsewhere = cards.file("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("");
}

/// Needs root, to be somebody else for a while; others are told so.
#[test]
fn another_users_card_is_neither_read_nor_taken() {
    if !rustix_is_root() {
        say("not run: only root can be somebody else");
        return;
    }
    let cards = Cards::new();
    cards.as_user(&["-O"]).ok();
    // The way to it is open; it is the card that is not.
    std::fs::set_permissions(cards.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(cards.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let somebody = |program: &str, arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", program]).args(arguments);
        command.output().unwrap()
    };
    let path = cards.card();
    let read = somebody("cat", &[path.to_str().unwrap()]);
    assert!(!read.status.success() && read.stdout.is_empty());
    // And a file of somebody else's is not taken for a card, though root could read it.
    let owned = Command::new("chown").arg("65534").arg(&path).status().unwrap();
    assert!(owned.success());
    cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("");
    assert!(cards.list().contains("it belongs to another user"), "{}", cards.list());
    let taken = Command::new("chown").arg("65534").arg(cards.path()).status().unwrap();
    assert!(taken.success());
    cards.program(&["card", "list"]).refused("belongs to another user");
}

#[test]
fn a_module_without_a_folder_says_where_to_name_one() {
    let cards = Cards::new();
    let home = cards.folder.path();
    let program = |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::create_dir_all(home.join(".config/surguch")).unwrap();
            std::fs::write(home.join(".config/surguch/softtoken.conf"), text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_surguch-softtoken"));
        command.args(["card", "list"]).env_remove("SURGUCH_SOFTTOKEN_DIR").env_remove("XDG_CONFIG_HOME");
        crate::cards::Said::of(command.env("HOME", home).output().unwrap())
    };
    program(None).refused("SURGUCH_SOFTTOKEN_DIR");
    program(Some("directory = cards\n")).refused("line 1 is not");
    program(Some(&format!("# where they lie\ndirectory = {}\n", cards.path().display()))).ok();
    assert!(cards.path().is_dir());
}

#[test]
fn the_program_refuses_what_no_card_can_be() {
    let cards = Cards::new();
    cards.program(&["card", "new", "--serial", "12"]).refused("eight digits");
    cards.program(&["card", "new", "--memory", "9999999"]).refused("1048576");
    cards.program(&["card", "new", "--model", "Unknown"]).refused("no model");
    cards.program(&["card", "unplug", "00000000"]).refused("there is no card");
    cards.program(&["card", "unplug", "../x"]).refused("there is no card");
    cards.program(&["card", "new", "--serial", "12345678"]).ok();
    cards.program(&["card", "new", "--serial", "12345678"]).refused("not made");
    cards.program(&["card", "new", "--model", "MS_Key K"]).ok();
    let slots = cards.pkcs11(&["-L"]).ok();
    // The older card has the lower slot.
    let [first, second] = ["12345678", "MS_Key K"].map(|word| slots.find(word).expect("both are shown"));
    assert!(first < second, "{slots}");
}
