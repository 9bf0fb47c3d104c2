//! Every operation, and what must be refused there as everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::component_in_chromium::{
    Browser, Computer, agent, extension, other_operations_by_page, refused_in_every_browser, renewal_by_page,
    was_asked_for_a_card,
};

/// Where the stage put what it built.
const GECKODRIVER: &str = "SURGUCH_TEST_GECKODRIVER";

fn firefox(computer: &Computer) -> Browser {
    let driver = std::env::var_os(GECKODRIVER).map(PathBuf::from);
    let driver = driver.unwrap_or_else(|| panic!("{GECKODRIVER}: `cargo xtask test --only slow-firefox` sets it"));
    let mut command = Command::new("node");
    computer.dress(&mut command);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/firefox.mjs"));
    command.arg(driver).arg("/usr/bin/firefox-esr").arg(extension());
    Browser::driven_by(command)
}

/// The component's own command finds the browser by its settings and registers there.
fn install(computer: &Computer) {
    let output = computer.component(&["install"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.starts_with("Firefox: "), "{said}");
}

fn with_settings(computer: &Computer) {
    std::fs::create_dir_all(computer.path("home/.mozilla")).unwrap();
}

#[test]
fn a_renewal_in_firefox_with_the_extension_and_what_it_refuses() {
    if was_asked_for_a_card() {
        return;
    }
    let bank = Bank::open("");
    let computer = Computer::new();
    computer.card_of(&bank);
    with_settings(&computer);
    let mut browser = firefox(&computer);
    println!("{}", browser.tell(&json!({ "command": "version" })));
    browser.goto(&bank.url("/component/test"));
    browser.fill(&[("agent", &agent(&bank))]);

    assert_eq!(browser.press("ready")["missing"], "host");
    install(&computer);
    let ready = browser.press("ready");
    assert_eq!((&ready["ok"], &ready["hello"]["site"]), (&json!(true), &json!("unknown")), "{ready}");
    assert_eq!(ready["hello"]["medium"], Value::Null, "not told to a site that was not let in");

    renewal_by_page(&bank, &computer, &mut browser);
    assert_eq!(browser.press("ready")["hello"]["site"], "allowed");

    refused_in_every_browser(&bank, &computer, &mut browser);
}

#[test]
fn pins_passwords_certificates_and_lone_keys_are_handled_from_a_page_in_firefox() {
    if was_asked_for_a_card() {
        return;
    }
    let bank = Bank::open("");
    let computer = Computer::new();
    computer.want_spare_keys();
    computer.card_of(&bank);
    with_settings(&computer);
    install(&computer);
    let mut browser = firefox(&computer);
    browser.goto(&bank.url("/component/test"));
    browser.fill(&[("agent", &agent(&bank))]);
    other_operations_by_page(&bank, &computer, &mut browser);
}
