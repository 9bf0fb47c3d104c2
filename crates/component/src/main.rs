//! `surguch-component`: started by a browser it serves the extension, started by itself it does one operation, started by a person it
//! installs itself and tells how it stands.
#![cfg_attr(windows, windows_subsystem = "windows")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use surguch_component::doctor::Ended;
use surguch_component::install::{self, Registration, Standing};
use surguch_component::places::{Places, System};
use surguch_component::relay::Relay;
use surguch_component::{host, loopback, operate, operations};

const USAGE: &str = "\
surguch-component install [--into FOLDER] [--extension-id ID]...    tell the browsers of this user where the component is
surguch-component uninstall [--into FOLDER]                         take that back
surguch-component status [--into FOLDER]                            how it stands: browsers, policy, sites, drivers
surguch-component doctor [--json] [--code SD1-…]                    what stands in the way of a key, without a PIN; --help says more
surguch-component forget ORIGIN                                     forget a site that was let in
surguch-component serve [--until-stdin-ends]                        listen on this machine's own addresses, where the policy says so";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == "doctor"
    {
        return doctor(rest);
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("surguch-component: {error}");
            ExitCode::FAILURE
        }
    }
}

/// 0: nothing stands in the way; 1: something does; 2: not understood, or nobody to tell.
fn doctor(rest: &[String]) -> ExitCode {
    match surguch_component::doctor::run_here(rest, &mut std::io::stdout().lock()) {
        Ok(Ended::Ready) => ExitCode::SUCCESS,
        Ok(Ended::Stopped) => ExitCode::FAILURE,
        Ok(Ended::Misused) => ExitCode::from(2),
        Err(error) => {
            eprintln!("surguch-component: {error}");
            ExitCode::from(2)
        }
    }
}

type Outcome<T> = Result<T, String>;

fn run(arguments: &[String]) -> Outcome<()> {
    let places = Places::here().ok_or("this user has no home folder")?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["operate"] => operate::operate(&places).map_err(|error| error.to_string()),
        ["look"] => look(&places),
        ["serve"] => serve(&places),
        ["serve", "--until-stdin-ends"] => {
            // Whoever started us holds the other end, and the kernel lets go of it for one that was killed.
            std::thread::spawn(|| {
                let ended = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
                std::process::exit(i32::from(ended.is_err()));
            });
            serve(&places)
        }
        ["install", rest @ ..] => registrations(rest)?.iter().try_for_each(install_one),
        ["uninstall", rest @ ..] => registrations(rest)?.iter().try_for_each(uninstall_one),
        ["status", rest @ ..] => status(&places, &registrations(rest)?),
        ["forget", origin] => forget(&places, origin),
        ["--version"] => {
            println!("surguch-component {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        [] | ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ if host::is_called_by_extension(arguments, &also_allowed(&places)) => {
            let relay = Arc::new(Relay::new(places, own_program()?));
            host::serve(&relay, std::io::stdin().lock(), std::io::stdout()).map_err(|error| error.to_string())
        }
        _ => Err(format!("not understood: {}\n{USAGE}", arguments.join(" "))),
    }
}

/// The manifest that a browser read names who may call; this program looks again, in the manifests that `install` wrote.
fn also_allowed(places: &Places) -> Vec<String> {
    places.policy().map(|policy| policy.extension_ids).unwrap_or_default()
}

fn own_program() -> Outcome<PathBuf> {
    std::env::current_exe().map_err(|error| format!("where this program is: {error}"))
}

/// Says whether a medium is there; a process of its own because it loads a maker's module.
fn look(places: &Places) -> Outcome<()> {
    let policy = places.policy().map_err(|error| error.to_string())?;
    match operations::has_medium(&policy) {
        Ok(true) => println!("medium"),
        Ok(false) => println!("none"),
        Err(refused) => println!("{}", refused.code.word()),
    }
    Ok(())
}

fn serve(places: &Places) -> Outcome<()> {
    let policy = places.policy().map_err(|error| error.to_string())?;
    let port = policy.loopback_port.ok_or("the policy does not turn the listener on: [loopback] enabled = true")?;
    let relay = Arc::new(Relay::new(places.clone(), own_program()?));
    loopback::serve(&relay, places, port).map_err(|error| format!("port {port}: {error}"))
}

fn registrations(rest: &[&str]) -> Outcome<Vec<Registration>> {
    let mut also_allowed = Vec::new();
    let mut into: Option<PathBuf> = None;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} wants a value\n{USAGE}"))?;
        match *word {
            "--into" => into = Some(PathBuf::from(value)),
            "--extension-id" if is_extension_id(value) => also_allowed.push((*value).to_owned()),
            "--extension-id" => return Err(format!("{value} is no id of an extension")),
            _ => return Err(format!("not understood: {word}\n{USAGE}")),
        }
    }
    let program = own_program()?;
    match into {
        Some(folder) => {
            let folder = std::path::absolute(&folder).map_err(|error| error.to_string())?;
            Ok(vec![install::plan_into(&folder, &program, &also_allowed)])
        }
        None => Ok(install::plan(System::HERE, &home()?, &program, &also_allowed)),
    }
}

fn is_extension_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|letter| (b'a'..=b'p').contains(&letter))
}

fn home() -> Outcome<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).ok_or_else(|| "this user has no home folder".to_owned())
}

fn install_one(registration: &Registration) -> Outcome<()> {
    let standing = standing(registration)?;
    if standing == Standing::NoBrowser {
        return Ok(());
    }
    registration.write().map_err(|error| at(&registration.manifest, &error))?;
    println!("{}: {}", registration.browser, registration.manifest.display());
    Ok(())
}

fn uninstall_one(registration: &Registration) -> Outcome<()> {
    if registration.remove().map_err(|error| at(&registration.manifest, &error))? {
        println!("{}: {}", registration.browser, registration.manifest.display());
    }
    Ok(())
}

fn status(places: &Places, registrations: &[Registration]) -> Outcome<()> {
    for registration in registrations {
        let words = match standing(registration)? {
            Standing::NoBrowser => continue,
            Standing::Absent => "not registered; `surguch-component install` does it",
            Standing::Registered => "registered",
            Standing::Different => "registered otherwise; `surguch-component install` puts it right",
        };
        println!("{}: {words}", registration.browser);
    }
    let policy = places.policy().map_err(|error| error.to_string())?;
    for origin in policy.allowed_sites() {
        println!("site {origin}: let in by the policy");
    }
    for consent in places.memory().read().map_err(|error| error.to_string())?.consents() {
        println!("site {}: let in by you, {}, bank key {}", consent.origin, consent.bank, consent.bank_key_sha256);
    }
    match policy.loopback_port {
        Some(port) => println!("listener: port {port}"),
        None => println!("listener: off"),
    }
    let driver = if operations::has_driver(&policy) { "there" } else { "none found" };
    println!("driver: {driver}");
    Ok(())
}

fn forget(places: &Places, origin: &str) -> Outcome<()> {
    let memory = places.memory();
    let turn = memory.take_turn().map_err(|error| error.to_string())?;
    let mut remembered = memory.read().map_err(|error| error.to_string())?;
    if !remembered.forget(origin) {
        return Err(format!("{origin} was not let in by you"));
    }
    memory.write(&turn, &remembered).map_err(|error| error.to_string())
}

fn standing(registration: &Registration) -> Outcome<Standing> {
    registration.standing().map_err(|error| at(&registration.manifest, &error))
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
