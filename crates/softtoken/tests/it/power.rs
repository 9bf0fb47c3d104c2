//! The power goes, a hand pulls the card, two programs want it at once, the disk is full: no key and no counter step is lost.

use std::process::{Command, Stdio};

use surguch_softtoken::kill::POINTS;

use crate::cards::{Cards, SO, Said, USER, count, say};

const KILLED: Option<i32> = Some(9);

fn killed(cards: &Cards, wish: &str, arguments: &[&str]) -> Said {
    let mut command = cards.pkcs11_command(&[&["--login", "--pin", USER], arguments].concat());
    Said::of(command.env("SURGUCH_TEST_KILL", wish).output().unwrap())
}

/// A login is two writes (counted, taken back), a pair of keys the third: the process dies at each point of each.
#[test]
fn killed_at_any_point_of_any_write_the_old_card_or_the_new_one_is_there_whole() {
    let cards = Cards::new();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "old"]).ok();
    let mut left = 10;
    let mut pairs = 1;
    for point in POINTS.iter().filter(|point| point.starts_with("card.")) {
        for pass in 1..=3 {
            let generate = ["--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "new"];
            let said = killed(&cards, &format!("{point}:{pass}"), &generate);
            assert_eq!(said.signal, KILLED, "{point}:{pass} {}", said.text);
            // Renamed is done; before that nothing was.
            let is_done = ["card.write.renamed", "card.write.after"].contains(point);
            match (pass, is_done) {
                (1, true) | (2, false) => left -= 1,
                (2, true) | (3, false) => left = 10,
                (3, true) => {
                    left = 10;
                    pairs += 1;
                }
                _ => {}
            }
            let listed = cards.list();
            assert!(listed.contains(&format!("attempts left {left} and 10")), "{point}:{pass} {listed}");
            if left < 3 {
                cards.as_user(&["-O"]).ok();
                left = 10;
            }
        }
        let objects = cards.as_user(&["-O"]).ok();
        left = 10;
        assert_eq!(count(&objects, "Private Key Object"), pairs, "{point} {objects}");
        assert_eq!(count(&objects, "Public Key Object"), pairs, "{point}: a pair is one write");
    }
    // The old key works as before, and the next write is like any other.
    std::fs::write(cards.file("message"), b"after the power came back").unwrap();
    let sign = ["--sign", "--mechanism", "ECDSA-SHA256", "--label", "old", "-i", "message", "-o", "signature"];
    cards.as_user(&sign).ok();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "03"]).ok();
}

#[test]
fn an_attempt_is_on_the_disk_before_the_pin_is_compared() {
    let cards = Cards::new();
    cards.pkcs11(&["-L"]).ok();
    for (point, left) in [("pin.counted", 9), ("pin.compared", 8)] {
        // The right PIN, and the power goes: an attempt is gone, as with a wrong one. Cutting the power is no way of guessing for nothing.
        assert_eq!(killed(&cards, point, &["-O"]).signal, KILLED);
        assert!(cards.list().contains(&format!("attempts left {left} and 10")), "{point} {}", cards.list());
    }
    cards.as_user(&["-O"]).ok();
    assert!(cards.list().contains("attempts left 10 and 10"), "{}", cards.list());
}

#[test]
fn the_power_goes_while_a_pin_is_set_and_one_of_the_two_opens_the_card() {
    for point in POINTS.iter().filter(|point| point.starts_with("card.")) {
        let cards = Cards::new();
        cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"]).ok();
        // Logging in is two writes, showing the old PIN again two more, the new one the fifth.
        let change = ["--change-pin", "--login", "--pin", USER, "--new-pin", "another-pin"];
        let mut command = cards.pkcs11_command(&change);
        let said = Said::of(command.env("SURGUCH_TEST_KILL", format!("{point}:5")).output().unwrap());
        assert_eq!(said.signal, KILLED, "{point} {}", said.text);
        let is_done = ["card.write.renamed", "card.write.after"].contains(point);
        let [good, bad] = if is_done { ["another-pin", USER] } else { [USER, "another-pin"] };
        cards.pkcs11(&["--login", "--pin", bad, "-O"]).refused("CKR_PIN_INCORRECT");
        let objects = cards.pkcs11(&["--login", "--pin", good, "-O"]).ok();
        assert_eq!(count(&objects, "Private Key Object"), 1, "{point}");
    }
}

#[test]
fn a_card_pulled_in_the_middle_of_a_write_is_the_old_card_when_it_comes_back() {
    let cards = Cards::new();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"]).ok();
    for point in ["card.write.before", "card.write.created", "card.write.written", "card.write.synced"] {
        let generate = ["--login", "--pin", USER, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "02"];
        let mut command = cards.pkcs11_command(&generate);
        let said = Said::of(command.env("SURGUCH_TEST_PULL", format!("{point}:3")).output().unwrap());
        said.refused("CKR_DEVICE_REMOVED");
        cards.pkcs11(&["--login", "--pin", USER, "-O"]).refused("");
        assert!(cards.list().contains(", out,"), "{}", cards.list());
        cards.program(&["card", "replug", &cards.serial()]).ok();
        let objects = cards.as_user(&["-O"]).ok();
        assert_eq!(count(&objects, "Private Key Object"), 1, "{point}");
    }
}

#[test]
fn processes_that_work_at_once_lose_nothing_of_each_other() {
    const PROCESSES: usize = 6;
    let cards = Cards::new();
    cards.pkcs11(&["-L"]).ok();
    let start = |number: usize| {
        let id = format!("{:02x}", number + 1);
        let generate = ["--login", "--pin", USER, "--keypairgen", "--key-type", "EC:prime256v1", "--id", &id];
        cards.pkcs11_command(&generate).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..PROCESSES).map(start).collect();
    for child in running {
        Said::of(child.wait_with_output().unwrap()).ok();
    }
    let objects = cards.as_user(&["-O"]).ok();
    assert_eq!(count(&objects, "Private Key Object"), PROCESSES, "{objects}");
    assert_eq!(count(&objects, "Public Key Object"), PROCESSES, "{objects}");
    for number in 1..=PROCESSES {
        assert!(objects.contains(&format!("ID:         {number:02x}")), "{objects}");
    }
}

#[test]
fn guesses_made_at_once_are_counted_one_by_one() {
    let cards = Cards::new();
    cards.pkcs11(&["-L"]).ok();
    let guess = |_| {
        let guess = ["--login", "--pin", "00000000", "-O"];
        cards.pkcs11_command(&guess).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..13).map(guess).collect();
    let said: Vec<Said> = running.into_iter().map(|child| Said::of(child.wait_with_output().unwrap())).collect();
    let of = |word: &str| said.iter().filter(|said| said.text.contains(word)).count();
    assert_eq!((of("CKR_PIN_INCORRECT"), of("CKR_PIN_LOCKED")), (10, 3));
    assert!(cards.list().contains("attempts left 0 and 10"), "{}", cards.list());
}

#[test]
fn two_programs_that_find_an_empty_folder_make_one_card() {
    let cards = Cards::new();
    let start = |_| cards.pkcs11_command(&["-L"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let running: Vec<_> = (0..5).map(start).collect();
    for child in running {
        Said::of(child.wait_with_output().unwrap()).ok();
    }
    cards.card();
}

#[test]
fn a_full_card_says_so_and_keeps_what_it_has() {
    let cards = Cards::new();
    cards.program(&["card", "new", "--memory", "3000"]).ok();
    std::fs::write(cards.file("block"), [7; 900]).unwrap();
    let write = |label| cards.as_user(&["--write-object", "block", "--type", "data", "--label", label]);
    write("one").ok();
    write("two").ok();
    write("three").refused("CKR_DEVICE_MEMORY");
    cards.as_user(&["--keypairgen", "--key-type", "rsa:2048", "--id", "01"]).refused("CKR_DEVICE_MEMORY");
    let objects = cards.as_user(&["-O"]).ok();
    assert_eq!(count(&objects, "Data object"), 2, "{objects}");
    assert_eq!(
        count(&objects, "Private Key Object") + count(&objects, "Public Key Object"),
        0,
        "half a pair: {objects}"
    );
    // What goes makes room.
    cards.as_user(&["--delete-object", "--type", "data", "--label", "one"]).ok();
    write("three").ok();
}

/// Needs root, for the small file system; others are told so.
#[test]
fn a_full_disk_is_an_error_and_the_old_card_stays() {
    let cards = Cards::new();
    if !rustix_is_root() {
        say("not run: a file system of its own size can be mounted by root alone");
        return;
    }
    std::fs::create_dir(cards.path()).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"])
        .arg(cards.path())
        .output()
        .unwrap();
    if !mount.status.success() {
        say(&format!("not run: mount says {}", String::from_utf8_lossy(&mount.stderr)));
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "old"]).ok();
        let before = std::fs::read(cards.card()).unwrap();
        fill(&cards.path().join("ballast"));
        // Not even an attempt can be written down, so none is made.
        let generate = ["--keypairgen", "--key-type", "EC:prime256v1", "--id", "02"];
        cards.as_user(&generate).refused("CKR_DEVICE_ERROR");
        assert_eq!(std::fs::read(cards.card()).unwrap(), before);
        std::fs::remove_file(cards.path().join("ballast")).unwrap();
        cards.as_user(&generate).ok();
        let objects = cards.as_user(&["-O"]).ok();
        assert_eq!(count(&objects, "Private Key Object"), 2, "{objects}");
    });
    let unmounted = Command::new("umount").arg(cards.path()).status().unwrap();
    assert!(unmounted.success());
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn fill(path: &std::path::Path) {
    use std::io::Write as _;
    let mut ballast = std::fs::File::create(path).unwrap();
    while ballast.write(&[0; 512]).is_ok_and(|written| written > 0) {}
}

pub(crate) fn rustix_is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_user_who_must_change_his_pin_does_nothing_else_before() {
    let cards = Cards::new();
    cards.pkcs11(&["-L"]).ok();
    let serial = cards.serial();
    cards.program(&["card", "set", &serial, "--must-change", "yes"]).ok();
    cards.as_user(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"]).refused("CKR_PIN_EXPIRED");
    cards.pkcs11(&["--change-pin", "--login", "--pin", USER, "--new-pin", "my-own-pin"]).ok();
    let generate = ["--login", "--pin", "my-own-pin", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"];
    cards.pkcs11(&generate).ok();
    // The administrator is not the user.
    cards.program(&["card", "set", &serial, "--must-change", "yes"]).ok();
    cards.pkcs11(&["--init-pin", "--login", "--so-pin", SO, "--new-pin", "12344321"]).ok();
}
