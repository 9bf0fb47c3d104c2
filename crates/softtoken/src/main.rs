//! `surguch-softtoken card …`: makes cards, pulls them out, puts them back. It asks for no PIN and knows none.

use std::io::Write as _;
use std::process::ExitCode;

use surguch_softtoken::folder::{self, Folder, Model, NewCard};

const HELP: &str = "\
surguch-softtoken card new [--model 'Rutoken ECP 2.0'|'Rutoken ECP'|'MS_Key K'] [--memory OCTETS] [--serial DIGITS] [--journal]
                           [--pin-min N] [--pin-history N] [--pin-digit] [--pin-upper] [--pin-lower] [--pin-special] [--pin-different]
surguch-softtoken card list
surguch-softtoken card unplug|replug SERIAL
surguch-softtoken card set SERIAL --must-change yes|no

The cards lie in the folder that SURGUCH_SOFTTOKEN_DIR names, or `directory = /path` in ~/.config/surguch/softtoken.conf.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    match run(&arguments) {
        Ok(text) => match write!(out, "{text}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(text) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "surguch-softtoken: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, String> {
    match arguments {
        [] | ["--help" | "-h" | "help", ..] => Ok(HELP.to_owned()),
        ["card", "new", wishes @ ..] => {
            let wish = new_card(wishes)?;
            let path = named()?.make(wish).map_err(|code| format!("the card was not made: code {:#x}", code.0))?;
            Ok(format!("{}\n", path.display()))
        }
        ["card", "list"] => list(&named()?),
        ["card", "unplug", serial] => plug(serial, false),
        ["card", "replug", serial] => plug(serial, true),
        ["card", "set", serial, "--must-change", answer] => {
            let must_change = match *answer {
                "yes" => true,
                "no" => false,
                other => return Err(format!("--must-change is yes or no, not {other}")),
            };
            let folder = named()?;
            let card = known(&folder, serial)?;
            folder::set_must_change(&folder, &card, must_change)
                .map_err(|code| format!("the card was not changed: code {:#x}", code.0))?;
            Ok(String::new())
        }
        _ => Err(format!("not understood\n\n{HELP}")),
    }
}

fn named() -> Result<Folder, String> {
    Folder::named().map_err(|error| error.to_string())
}

fn known(folder: &Folder, serial: &str) -> Result<std::path::PathBuf, String> {
    let is_serial = !serial.is_empty() && serial.bytes().all(|octet| octet.is_ascii_digit());
    let card = folder.card(serial);
    if is_serial && card.is_file() { Ok(card) } else { Err(format!("there is no card {serial}")) }
}

fn plug(serial: &str, is_in: bool) -> Result<String, String> {
    let card = known(&named()?, serial)?;
    match folder::plug(&card, is_in).map_err(|error| error.to_string())? {
        true => Ok(String::new()),
        false => Ok(format!("{serial} is {} already\n", if is_in { "in" } else { "out" })),
    }
}

fn list(folder: &Folder) -> Result<String, String> {
    let mut text = String::new();
    for path in folder.cards().map_err(|error| error.to_string())? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        text += &match folder::look(&path) {
            Err(error) => format!("{name}  refused: {error}\n"),
            Ok(card) => {
                let [user, so] = card.left;
                let factory = match card.factory {
                    [true, true] => "both PINs are the factory's",
                    [true, false] => "the user PIN is the factory's",
                    [false, true] => "the administrator's PIN is the factory's",
                    [false, false] => "no factory PIN",
                };
                format!(
                    "{name}  {}, {}, «{}», {}, attempts left {user} and {so}, {factory}{}, {} of {} octets used\n",
                    card.identity.maker,
                    card.identity.model,
                    card.label,
                    if card.socket.is_in { "in" } else { "out" },
                    if card.must_change { ", the user PIN must be changed" } else { "" },
                    card.used_octets,
                    card.identity.memory_octets,
                )
            }
        };
    }
    if text.is_empty() {
        text += "no cards: the first program that loads the module makes one, or `card new` does\n";
    }
    Ok(text)
}

fn new_card(wishes: &[&str]) -> Result<NewCard, String> {
    let mut card = NewCard::default();
    let mut wishes = wishes.iter().copied();
    while let Some(wish) = wishes.next() {
        let mut value = || wishes.next().ok_or(format!("{wish} wants a value"));
        match wish {
            "--model" => {
                let name = value()?;
                let known = Model::ALL.into_iter().find(|model| model.name() == name);
                card.model = known.ok_or(format!("there is no model {name}"))?;
            }
            "--memory" => card.memory_octets = number(wish, value()?)?,
            "--serial" => {
                let serial = value()?;
                if serial.len() != 8 || !serial.bytes().all(|octet| octet.is_ascii_digit()) {
                    return Err("a serial number has eight digits".to_owned());
                }
                card.serial = Some(serial.to_owned());
            }
            "--journal" => card.journals_signatures = true,
            "--pin-min" => card.policy.min_octets = number(wish, value()?)?,
            "--pin-history" => card.policy.history = number(wish, value()?)?,
            "--pin-digit" => card.policy.digit = true,
            "--pin-upper" => card.policy.upper = true,
            "--pin-lower" => card.policy.lower = true,
            "--pin-special" => card.policy.special = true,
            "--pin-different" => card.policy.different = true,
            other => return Err(format!("not understood: {other}\n\n{HELP}")),
        }
    }
    card.check().map_err(str::to_owned)?;
    Ok(card)
}

fn number<T: std::str::FromStr>(wish: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{wish} wants a number, not {text}"))
}
