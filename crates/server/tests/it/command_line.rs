//! The command line: what it refuses before anything happens, and what it refuses while a server runs.

use std::process::Output;

use crate::bank::{Bank, free_port, stderr, stdout, surguch};

/// Runs a command over a configuration of these lines.
fn with_config(text: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("surguch.toml");
    std::fs::write(&config, text).unwrap();
    surguch(&config, arguments)
}

fn refused(output: &Output, exit: i32, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(exit), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[test]
fn a_configuration_with_a_fault_is_refused_with_its_key() {
    let serve = |text: &str| with_config(text, &["serve"]);
    refused(&serve("lissten = \"127.0.0.1:1\"\n"), 3, &["line 1", "lissten", "listen"]);
    refused(&serve("[mail]\ntransport = \"pigeon\"\n"), 3, &["line 2", "pigeon"]);
    refused(&serve("[keys]\npassword = \"changeme\"\n"), 3, &["keys.password", "known default secret"]);
    refused(&serve("[folders]\nprocedures = \"nowhere\"\n"), 3, &["folders.procedures", "nowhere"]);
    refused(&serve("[keys]\npassword_file = \"nowhere\"\n"), 3, &["keys.password_file", "nowhere"]);
    let missing = surguch(std::path::Path::new("nowhere.toml"), &["config", "show"]);
    refused(&missing, 3, &["nowhere.toml"]);
}

#[test]
fn what_is_in_force_is_shown_without_secrets() {
    let shown = with_config("[keys]\npassword = \"wombat-wombat\"\n", &["config", "show"]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    let text = stdout(&shown);
    assert!(text.contains("body_bytes = 262144") && text.contains("password = \"(hidden)\""), "{text}");
    assert!(!text.contains("wombat"));
}

#[test]
fn procedures_are_shown_and_checked_without_a_data_folder() {
    let (_, offered) = crate::bank::offered();
    let shown = with_config("", &["procedure", "show", &offered]);
    assert!(stdout(&shown).contains(&offered), "{}", stderr(&shown));
    assert!(with_config("", &["procedure", "check"]).status.success());
    refused(&with_config("", &["procedure", "show", "no-such"]), 1, &["no-such"]);
}

#[test]
fn a_server_without_keys_says_what_to_do() {
    refused(&with_config(&format!("listen = \"127.0.0.1:{}\"\n", free_port()), &["serve"]), 3, &["surguch ca init"]);
}

#[test]
fn making_keys_twice_and_dry_runs_change_nothing() {
    let bank = Bank::closed("");
    let plan = bank.folder.path().join("ca.toml");
    let again = surguch(&bank.config, &["ca", "init", plan.to_str().unwrap()]);
    refused(&again, 3, &["never overwritten"]);
    let shown = surguch(&bank.config, &["ca", "show"]);
    assert!(stdout(&shown).contains("issuing") && stdout(&shown).contains("gost-512-a"), "{}", stderr(&shown));

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("surguch.toml");
    std::fs::write(&config, "").unwrap();
    let dry = surguch(&config, &["ca", "init", plan.to_str().unwrap(), "--dry-run"]);
    assert!(dry.status.success() && stdout(&dry).contains("issuing"), "{}", stderr(&dry));
    assert!(!folder.path().join("data").exists(), "a dry run made a data folder");
}

#[test]
fn a_bad_folder_stops_the_server_with_file_line_and_reason() {
    let own = tempfile::tempdir().unwrap();
    let sample = own.path().join("sample");
    std::fs::create_dir(&sample).unwrap();
    std::fs::write(sample.join("procedure.toml"), "kind = \"renewal\"\nno_such_word = 1\n").unwrap();
    let bank = Bank::closed("");
    let text = std::fs::read_to_string(&bank.config).unwrap();
    std::fs::write(&bank.config, format!("{text}[folders]\nprocedures = {:?}\n", own.path())).unwrap();
    refused(&surguch(&bank.config, &["serve"]), 3, &["sample/procedure.toml:2", "no_such_word"]);
}

#[test]
fn a_running_server_keeps_writers_out_and_lets_readers_in() {
    let bank = Bank::open("");
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Operator 2", "--role", "operator"];
    refused(&surguch(&bank.config, &add), 4, &["a server holds the data folder"]);
    for reading in [&["journal", "verify"][..], &["journal", "export"], &["ca", "show"], &["config", "show"]] {
        let output = surguch(&bank.config, reading);
        assert!(output.status.success(), "{reading:?}: {}", stderr(&output));
    }
    // The same port: said before anything is opened.
    refused(&surguch(&bank.config, &["serve"]), 4, &["is taken by another program"]);
    // The same folder on another port.
    let other = bank.folder.path().join("other.toml");
    let text = std::fs::read_to_string(&bank.config).unwrap();
    let text = text.replacen(
        &format!("listen = \"127.0.0.1:{}\"", bank.port),
        &format!("listen = \"127.0.0.1:{}\"", free_port()),
        1,
    );
    std::fs::write(&other, text).unwrap();
    refused(&surguch(&other, &["serve"]), 4, &["a server holds the data folder"]);
    assert_eq!(bank.get("/health/ready", "").status, 200);
}

#[test]
fn an_import_with_a_refused_row_takes_nothing() {
    let bank = Bank::closed("");
    let import = bank.folder.path().join("import");
    std::fs::write(import.join("organisations.csv"), "inn,name,city\n5400000005,ООО «ооо»,Новосибирск\n").unwrap();
    let agent = bank.agent.to_string();
    let folder = import.to_str().unwrap();
    let preview = surguch(&bank.config, &["import", folder, "--agent", &agent, "--preview"]);
    refused(&preview, 5, &[]);
    assert!(stdout(&preview).contains("organisations.csv:2"), "{}", stdout(&preview));
    refused(&surguch(&bank.config, &["import", folder, "--agent", &agent]), 5, &["Nothing was imported"]);
}
