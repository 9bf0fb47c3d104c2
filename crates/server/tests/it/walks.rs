//! Walks: a bank's manual followed by its own words in a real Chromium, with the component on a software card. What a walk does is data
//! of its procedure, `tests/walks/NAME/`: `branches.json` says what each branch stands on, `walk.mjs` presses the buttons. Pictures and
//! texts of every step go to `walks/NAME` beside the builds.
//!
//! `cargo xtask walk NAME` brings what they need and runs one of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;
use surguch_softtoken::folder::Model;

use crate::bank::{Bank, done, is_offered, now, surguch};
use crate::component_in_chromium::{Computer, PIN, Screen, beside_tests, extension, was_asked_for_a_card};
use crate::database::Database;
use crate::desk::{PASSWORD, with_login};
use crate::first_issue::addresses_must_answer;
use crate::mail::MailServer;

/// Set by `cargo xtask walk NAME`: the one walk to be followed; with `/BRANCH` behind it, that branch alone.
const ONLY: &str = "SURGUCH_TEST_WALK";

/// Begins a line of a walk that is no report but a [`Deed`].
const HANDS: &str = "hands: ";

/// The branch whose pictures lie in the walk's own folder, beside the folders of the others.
const MAIN: &str = "main";

/// What a branch of a walk stands on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branch {
    on: Vec<Ground>,
    /// Only the keyboard is used.
    #[serde(default)]
    keyboard: bool,
    /// The bank's clock stands until the branch moves it.
    #[serde(default)]
    clock: bool,
    /// Roles of those who work at the desk by hand, one person each.
    #[serde(default)]
    desk: Vec<String>,
    /// The bank's public doors have the knob `email_confirmation = "link"`.
    #[serde(default)]
    confirm_email: bool,
    /// The component's own windows are read and answered by keys; in the other branches a script stands in the person's place.
    #[serde(default)]
    windows: bool,
    #[serde(default)]
    token: Token,
}

/// The client's current key, and what it lies on.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Token {
    #[default]
    Today,
    /// Of GOST R 34.10-2001 on a card that makes no other; a new card lies beside the computer.
    #[serde(rename = "gost-2001")]
    Gost2001,
    /// Of GOST R 34.10-2001 on an MS_Key K; there is no other card.
    MsKey,
    /// A colleague's, on their card; a card of the branch with nothing on it lies beside the computer.
    Colleague,
    /// There is none: a card of the branch with PINs of the client's own, and nothing on it.
    Blank,
    /// There is none: a card of the branch as it comes out of its box.
    Factory,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Ground {
    /// As it comes: the embedded database, letters in a folder.
    Embedded,
    /// PostgreSQL, letters through a mail server.
    Postgres,
}

#[test]
fn every_walk_is_followed_on_the_embedded_default() {
    if was_asked_for_a_card() {
        return;
    }
    follow_all(Ground::Embedded, &|name, branch, how| {
        let mut client = Client::with(how);
        let bank = client.bank("", how);
        follow(name, branch, how, Ground::Embedded, &client, &bank);
    });
}

#[test]
fn every_walk_is_followed_on_postgres_with_mail_over_smtp() {
    if was_asked_for_a_card() {
        return;
    }
    follow_all(Ground::Postgres, &|name, branch, how| {
        let Some(database) = Database::make() else { return };
        let server = MailServer::start();
        let mut client = Client::with(how);
        let mut bank = client.bank(&format!("[database]\nurl = \"{}\"\n{}", database.url, server.section()), how);
        bank.mailbox = server.folder.path().to_path_buf();
        follow(name, branch, how, Ground::Postgres, &client, &bank);
        assert!(bank.stop().success());
    });
}

/// Somebody at a computer with a card, before any bank.
struct Client {
    computer: Computer,
    token: Token,
    /// Cards by what a walk calls them; only the old one is in.
    cards: BTreeMap<&'static str, PathBuf>,
    /// Of each at the desk, by role: the secret of the second device. The role is their name for sign-in too.
    desk: BTreeMap<String, String>,
}

impl Client {
    fn with(how: &Branch) -> Self {
        let token = how.token;
        let mut computer = Computer::new();
        computer.screen = how.windows.then(Screen::new);
        let mut cards = BTreeMap::new();
        let old = match token {
            Token::Today => None,
            Token::Colleague => Some(computer.factory_card(Model::RutokenEcp2)),
            Token::Blank => Some(computer.blank_card(Model::RutokenEcp2)),
            Token::Factory => Some(computer.factory_card(Model::RutokenEcp2)),
            Token::Gost2001 => Some(computer.blank_card(Model::RutokenEcp)),
            Token::MsKey => Some(computer.blank_card(Model::MsKeyK)),
        };
        if let Some(old) = old {
            cards.insert("old", old);
        }
        Self { computer, token, cards, desk: BTreeMap::new() }
    }

    /// A bank that knows this client, if they have a key; the certificate lies beside it.
    fn bank(&mut self, extra: &str, how: &Branch) -> Bank {
        if matches!(self.token, Token::Today | Token::Colleague | Token::Blank | Token::Factory) {
            let mut bank = if how.clock { Bank::closed_at(extra, now()) } else { Bank::closed(extra) };
            self.desk = how.desk.iter().map(|role| (role.clone(), at_the_desk(&mut bank, role))).collect();
            if how.confirm_email {
                addresses_must_answer(&bank);
            }
            bank.start();
            if matches!(self.token, Token::Today | Token::Colleague) {
                self.computer.card_of(&bank);
            }
            if self.token == Token::Today {
                self.cards.insert("old", self.computer.only_card());
            }
            if self.token == Token::Colleague {
                self.lay_a_new_card_beside();
            }
            return bank;
        }
        let bank = Bank::open_for(extra, &self.computer.legacy_key());
        self.computer.legacy_certificate(&bank);
        if self.token == Token::Gost2001 {
            self.lay_a_new_card_beside();
        }
        bank
    }

    fn lay_a_new_card_beside(&mut self) {
        let old = &self.cards["old"];
        plug(old, false);
        let new = self.computer.blank_card(Model::RutokenEcp2);
        plug(&new, false);
        plug(old, true);
        self.cards.insert("new", new);
    }
}

/// Somebody of this role at the desk, who signs in by the role's name; the secret of the second device.
fn at_the_desk(bank: &mut Bank, role: &str) -> String {
    let name = if role == "operator" { "Operator 1".to_owned() } else { format!("Member {role}") };
    if role != "operator" {
        let agent = bank.agent.to_string();
        done(surguch(&bank.config, &["staff", "add", "--agent", &agent, "--name", &name, "--role", role]));
    }
    with_login(bank, &name, role)
}

fn plug(card: &Path, is_in: bool) {
    assert!(surguch_softtoken::folder::plug(card, is_in).unwrap());
}

/// Every branch that stands on this ground; all of them are tried before the first failure is told.
fn follow_all(ground: Ground, follow: &dyn Fn(&str, &str, &Branch)) {
    let only = std::env::var(ONLY).ok();
    let (walk, only_branch) = match only.as_deref().map(|only| only.split_once('/').unwrap_or((only, ""))) {
        Some((walk, "")) => (Some(walk), None),
        Some((walk, branch)) => (Some(walk), Some(branch)),
        None => (None, None),
    };
    let mut failed = Vec::new();
    let mut followed = 0;
    for folder in walks().into_iter().filter(|folder| walk.is_none_or(|walk| folder.ends_with(walk))) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(folder.join("branches.json")).unwrap();
        let branches: BTreeMap<String, Branch> = serde_json::from_str(&text).unwrap();
        let wanted = |branch: &str| only_branch.is_none_or(|only| only == branch);
        for (branch, how) in branches.iter().filter(|(branch, how)| wanted(branch) && how.on.contains(&ground)) {
            followed += 1;
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| follow(name, branch, how)));
            if outcome.is_err() {
                failed.push(format!("{name}/{branch}"));
            }
        }
    }
    // A branch may stand on the other ground alone.
    assert!(followed > 0 || only_branch.is_some(), "no walk {only:?}");
    assert!(failed.is_empty(), "not followed to the end: {failed:?}");
}

fn walks() -> Vec<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walks");
    let mut folders: Vec<_> = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// One branch with a client of its own.
#[expect(clippy::print_stdout, reason = "the steps, which `cargo xtask walk` counts")]
fn follow(name: &str, branch: &str, how: &Branch, ground: Ground, client: &Client, bank: &Bank) {
    assert!(is_offered(name), "the bank of these tests offers what its agent offers");
    let computer = &client.computer;
    computer.install();
    computer.script("");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let serial = |card: &PathBuf| card.file_stem().unwrap().to_str().unwrap().to_owned();
    let cards: BTreeMap<_, _> = client.cards.iter().map(|(name, card)| (name, serial(card))).collect();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let shown_as = match ground {
        Ground::Embedded if branch == MAIN => String::new(),
        Ground::Embedded => branch.to_owned(),
        Ground::Postgres => format!("{branch}-postgres"),
    };
    let settings = json!({
        "playwright": beside_tests("../browser/node_modules/playwright-core/index.mjs"),
        "browser": "/usr/bin/chromium",
        "extension": extension(),
        "profile": computer.path("profile"),
        "walk": here.join("walks").join(name).join("walk.mjs"),
        "branch": branch,
        "keyboard": how.keyboard,
        "windows": how.windows,
        "out": target.join("walks").join(name).join(shown_as),
        "url": bank.url(""),
        "operator": bank.operator,
        "support": bank.support,
        "agent": bank.agent,
        "desk": { "password": PASSWORD, "secrets": client.desk },
        "mailbox": bank.mailbox,
        "by_smtp": ground == Ground::Postgres,
        "clock": bank.clock_file(),
        "script": computer.path("script"),
        "pin": PIN,
        "softtoken": beside_tests("surguch-softtoken"),
        "cards": cards,
    });
    let file = computer.path("walk.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let mut node = Command::new("node");
    computer.dress(&mut node);
    let trouble = computer.path("walk.errors");
    node.arg(here.join("browser/walk.mjs")).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = node.stderr(File::create(&trouble).unwrap()).spawn().unwrap();
    let mut hands = node.stdin.take().unwrap();
    let mut said = String::new();
    for line in BufReader::new(node.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(command) = line.strip_prefix(HANDS) {
            let screen = computer.screen.as_ref().expect("only a branch with windows asks for hands");
            writeln!(hands, "{}", by_hand(screen, &serde_json::from_str(command).unwrap())).unwrap();
        } else {
            println!("{name}: {line}");
            said += &format!("{line}\n");
        }
    }
    let ended = node.wait().unwrap();
    let trouble = std::fs::read_to_string(trouble).unwrap();
    assert!(ended.success(), "{said}\n{trouble}\n{}", bank.log());
}

/// What a walk asks of the person at the component's own windows.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Deed {
    /// Waits for a window that says one of these; all that it says then, and its picture.
    Read {
        says: Vec<String>,
        picture: PathBuf,
    },
    Press {
        name: String,
    },
    Enter {
        field: String,
        text: String,
    },
    Turn {
        key: String,
    },
}

/// Does it and says what came of it: `text`, or `error`, which fails the step and not the whole run.
fn by_hand(screen: &Screen, deed: &Deed) -> serde_json::Value {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match deed {
        Deed::Read { says, picture } => {
            screen.until_any(&says.iter().map(String::as_str).collect::<Vec<_>>());
            let mut import = Command::new("import");
            let taken = screen.dress(&mut import).args(["-window", &screen.window().unwrap()]).arg(picture).output();
            assert!(taken.as_ref().is_ok_and(|taken| taken.status.success()), "{taken:?}");
            screen.text()
        }
        Deed::Press { name } => {
            screen.press(name);
            String::new()
        }
        Deed::Enter { field, text } => {
            screen.enter(field, text);
            String::new()
        }
        Deed::Turn { key } => {
            screen.turn(key);
            screen.text()
        }
    }));
    match done {
        Ok(text) => json!({ "text": text }),
        Err(why) => json!({ "error": why.downcast_ref::<String>().map_or("the hands failed", String::as_str) }),
    }
}
