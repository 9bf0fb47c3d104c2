//! What the command line says: results on standard output, everything else on the error stream, in the reader's language.

use std::fmt;
use std::io::Write as _;

use crate::words::{House, Language};

/// Writes one line of result. A closed pipe (`| head`) ends the program quietly, as tools do.
pub(crate) fn say(line: impl fmt::Display) {
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// Writes one line beside the result; a failure that has nothing more to say has no line.
pub(crate) fn tell(line: impl fmt::Display) {
    let line = line.to_string();
    if line.is_empty() {
        return;
    }
    // Nobody can be told that the error stream is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes a line of the house's words.
pub(crate) fn tell_word(id: &str, args: &[(&str, String)]) {
    tell(House::get().text(Language::from_environment(), &format!("terminal-{id}"), args));
}

/// A failure that a person can do something about: it has words in both languages and an exit code.
#[derive(Debug)]
pub(crate) struct Trouble {
    id: &'static str,
    args: Vec<(&'static str, String)>,
    exit: u8,
}

impl Trouble {
    /// The failure with the words `terminal-ID` and this exit code.
    pub(crate) fn new(id: &'static str, exit: u8) -> Self {
        Self { id, args: Vec::new(), exit }
    }

    /// A failure whose words were said already.
    pub(crate) fn silent(exit: u8) -> Self {
        Self::new("", exit)
    }

    /// With a value for the words.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.args.push((name, value));
        self
    }

    /// In the reader's language.
    pub(crate) fn text(&self, language: Language) -> String {
        if self.id.is_empty() {
            return String::new();
        }
        let args: Vec<_> = self.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        House::get().text(language, &format!("terminal-{}", self.id), &args)
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for Trouble {}
