//! A folder of cards for one test, and the programs that work on it: OpenSC's `pkcs11-tool`, our own, OpenSSL's with its engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) const USER: &str = "12345678";
pub(crate) const SO: &str = "87654321";

/// Built by cargo beside the test itself.
pub(crate) fn module() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let beside = test.parent().unwrap().join("libsurguch_softtoken.so");
    let above = test.parent().unwrap().parent().unwrap().join("libsurguch_softtoken.so");
    [beside, above].into_iter().find(|path| path.is_file()).expect("cargo builds the module for its tests")
}

pub(crate) struct Cards {
    pub(crate) folder: tempfile::TempDir,
}

/// What a program said, and whether it was content.
pub(crate) struct Said {
    pub(crate) is_content: bool,
    pub(crate) text: String,
    pub(crate) signal: Option<i32>,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text += &String::from_utf8_lossy(&output.stderr);
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        Self { is_content: output.status.success(), text, signal }
    }

    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert!(self.is_content, "{}", self.text);
        self.text
    }

    #[track_caller]
    pub(crate) fn refused(self, word: &str) -> String {
        assert!(!self.is_content && self.text.contains(word), "{word} was to be said:\n{}", self.text);
        self.text
    }
}

impl Cards {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder the cards lie in; the temporary one around it holds what a test writes beside.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("cards")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn pkcs11_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("pkcs11-tool");
        command.arg("--module").arg(module()).args(arguments);
        command.env("SURGUCH_SOFTTOKEN_DIR", self.path()).env("LC_ALL", "C").current_dir(self.folder.path());
        command
    }

    /// `pkcs11-tool` of Debian's opensc.
    pub(crate) fn pkcs11(&self, arguments: &[&str]) -> Said {
        Said::of(self.pkcs11_command(arguments).output().expect("pkcs11-tool is there: Debian package opensc"))
    }

    pub(crate) fn as_user(&self, arguments: &[&str]) -> Said {
        self.pkcs11(&[&["--login", "--pin", USER], arguments].concat())
    }

    /// Our own program.
    pub(crate) fn program(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_surguch-softtoken"));
        Said::of(command.args(arguments).env("SURGUCH_SOFTTOKEN_DIR", self.path()).output().unwrap())
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new("openssl");
        Said::of(command.args(arguments).current_dir(self.folder.path()).output().expect("openssl is there"))
    }

    /// The one card's file.
    pub(crate) fn card(&self) -> PathBuf {
        let cards = card_files(&self.path());
        assert_eq!(cards.len(), 1, "{cards:?}");
        cards[0].clone()
    }

    pub(crate) fn serial(&self) -> String {
        self.card().file_stem().unwrap().to_str().unwrap().to_owned()
    }

    pub(crate) fn list(&self) -> String {
        self.program(&["card", "list"]).ok()
    }
}

pub(crate) fn card_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut cards: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cards.retain(|path| path.extension().is_some_and(|extension| extension == "card"));
    cards.sort();
    cards
}

/// What `pkcs11-tool -O` shows of the objects of one kind.
pub(crate) fn count(listing: &str, heading: &str) -> usize {
    listing.lines().filter(|line| line.starts_with(heading)).count()
}

#[expect(clippy::print_stdout, reason = "a test that cannot run here says so")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
