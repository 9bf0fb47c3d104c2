//! Answers from a file instead of a person, for tests of operations. Debug builds only: a release build does not contain this module, and the
//! stage «release» of `cargo xtask test` looks for its traces.
//!
//! Each line answers one question and begins with the question's name: `consent yes`, `medium 0`, `medium /a/folder`, `pin 12345678`,
//! `pin last 12345678`, `new-pins user OLD NEW administrator OLD NEW` (`made` in the place of a PIN that the component makes), `made-pin yes`, `password WORD`, `signing yes`, `card yes`, `certificates yes`,
//! `card when /a/file` (once that file is there: a hand changes the cards meanwhile), `deletion yes`, `success yes`, `trouble retry`, `trouble close`; for any question `NAME decline` and `NAME time-out`. The file is
//! named by the switch below. Beside it, in `FILE.asked`, every question is written down as it was asked.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::prompt::{
    AfterTrouble, Answer, ChangedPins, Chosen, Language, OldAndNew, Prompt, Question, Secret, TypedPin, Unanswered,
    Work,
};

/// The environment variable with the path of the script.
pub const SWITCH: &str = "SURGUCH_TEST_PROMPT";

/// How long a hand may take to change the cards.
const A_HAND: Duration = Duration::from_secs(60);

/// Answers from a file.
pub struct ScriptedPrompt {
    language: Language,
    lines: VecDeque<String>,
    asked: File,
}

impl ScriptedPrompt {
    /// The one that the environment names, if it names one.
    ///
    /// # Errors
    ///
    /// The script cannot be read, or the file beside it cannot be written.
    pub fn from_environment(language: Language) -> std::io::Result<Option<Self>> {
        std::env::var_os(SWITCH).map(|path| Self::open(Path::new(&path), language)).transpose()
    }

    /// Of this file.
    ///
    /// # Errors
    ///
    /// The script cannot be read, or the file beside it cannot be written.
    pub fn open(script: &Path, language: Language) -> std::io::Result<Self> {
        let text = fs::read_to_string(script)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut beside = script.as_os_str().to_owned();
        beside.push(".asked");
        let asked = File::options().create(true).append(true).open(PathBuf::from(beside))?;
        Ok(Self { language, lines: lines.map(str::to_owned).collect(), asked })
    }
}

impl Prompt for ScriptedPrompt {
    fn language(&self) -> Language {
        self.language
    }

    fn ask(&mut self, question: Question) -> Result<Answer, Unanswered> {
        let broken = |detail: String| Unanswered::Unavailable(detail);
        writeln!(self.asked, "{}: {question:?}", question.name()).map_err(|error| broken(error.to_string()))?;
        let name = question.name();
        let line = self.lines.pop_front().ok_or_else(|| broken(format!("the script has no answer to {name}")))?;
        let mut words = line.split_whitespace();
        if words.next() != Some(name) {
            return Err(broken(format!("the script says {line:?}, asked was {name}")));
        }
        let words: Vec<&str> = words.collect();
        answer(&question, &words).unwrap_or_else(|| Err(broken(format!("the script's {line:?} answers nothing"))))
    }

    fn working(&mut self, work: Work) {
        // The log is for reading afterwards; a full disk here fails the test at the next question.
        writeln!(self.asked, "working: {work:?}").ok();
    }
}

fn answer(question: &Question, words: &[&str]) -> Option<Result<Answer, Unanswered>> {
    let secret = |text: &str| Secret::new(text.to_owned());
    // Of one that is made only the old is told.
    let change = |old: &str, new: &str| OldAndNew {
        old: secret(old),
        new: (new != "made").then(|| secret(new)),
        last_attempt_confirmed: false,
    };
    let answered = match (question, words) {
        (_, ["decline"]) => return Some(Err(Unanswered::Declined)),
        (_, ["time-out"]) => return Some(Err(Unanswered::TimedOut)),
        (Question::Medium(_), [number]) if number.parse::<usize>().is_ok() => {
            Answer::Chosen(Chosen::Medium(number.parse().ok()?))
        }
        (Question::Medium(_), [path]) => Answer::Chosen(Chosen::Directory(PathBuf::from(path))),
        (Question::Pin(_), [pin]) => Answer::Pin(TypedPin { pin: secret(pin), last_attempt_confirmed: false }),
        (Question::Pin(_), ["last", pin]) => Answer::Pin(TypedPin { pin: secret(pin), last_attempt_confirmed: true }),
        (Question::NewPins(_), ["user", old, new]) => {
            Answer::NewPins(ChangedPins { user: Some(change(old, new)), administrator: None })
        }
        (Question::NewPins(_), ["administrator", old, new]) => {
            Answer::NewPins(ChangedPins { user: None, administrator: Some(change(old, new)) })
        }
        (Question::NewPins(_), ["user", old, new, "administrator", so_old, so_new]) => {
            Answer::NewPins(ChangedPins { user: Some(change(old, new)), administrator: Some(change(so_old, so_new)) })
        }
        (Question::Password(_), [password]) => Answer::Password(secret(password)),
        (Question::Card(_), ["when", file]) => {
            let began = Instant::now();
            while !Path::new(file).exists() {
                if began.elapsed() > A_HAND {
                    return Some(Err(Unanswered::TimedOut));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Answer::Agreed
        }
        (Question::Trouble(_), ["retry"]) => Answer::AfterTrouble(AfterTrouble::Retry),
        (Question::Trouble(_), ["close"]) => Answer::AfterTrouble(AfterTrouble::Close),
        (
            Question::Consent(_)
            | Question::MadePin(_)
            | Question::Signing(_)
            | Question::Card(_)
            | Question::Certificates(_)
            | Question::Deletion(_)
            | Question::Success(_),
            ["yes"],
        ) => Answer::Agreed,
        _ => return None,
    };
    Some(Ok(answered))
}
