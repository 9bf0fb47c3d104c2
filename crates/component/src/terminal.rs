//! The same questions on the controlling terminal, for computers without a display. The terminal itself is opened, never standard input or output:
//! those belong to whoever started the program. Echo is off while a PIN is typed. What was typed before a question is thrown away.

use crate::prompt::Unanswered;

#[cfg(unix)]
pub use unix::TerminalPrompt;

/// The prompt on this process's controlling terminal.
///
/// # Errors
///
/// [`Unanswered::Unavailable`]: there is none.
#[cfg(unix)]
pub fn open(language: crate::prompt::Language) -> Result<TerminalPrompt, Unanswered> {
    TerminalPrompt::open(language)
}

/// On this system there is none.
#[cfg(not(unix))]
pub enum TerminalPrompt {}

/// The prompt on this process's controlling terminal.
///
/// # Errors
///
/// [`Unanswered::Unavailable`]: always, on this system.
#[cfg(not(unix))]
pub fn open(_language: crate::prompt::Language) -> Result<TerminalPrompt, Unanswered> {
    Err(Unanswered::Unavailable("questions on a terminal are not supported on this system".to_owned()))
}

#[cfg(not(unix))]
impl crate::prompt::Prompt for TerminalPrompt {
    fn language(&self) -> crate::prompt::Language {
        match *self {}
    }

    fn ask(&mut self, _question: crate::prompt::Question) -> Result<crate::prompt::Answer, Unanswered> {
        match *self {}
    }

    fn working(&mut self, _work: crate::prompt::Work) {
        match *self {}
    }
}

#[cfg(unix)]
mod unix {
    use std::fmt::Write as _;
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::path::PathBuf;
    use std::time::Instant;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
    };
    use zeroize::{Zeroize as _, Zeroizing};

    use crate::prompt::words::Words;
    use crate::prompt::{
        AfterTrouble, Answer, AttemptsLeft, CardWanted, CertificateView, ChangedPins, Chosen, Consent, Language,
        MadePin, MediumChoice, MediumKind, NewPassword, NewPin, NewPins, OldAndNew, OrphanKey, PinChange, PinHolder,
        PinQuestion, Prompt, Question, Rules, Secret, Signing, Success, Trouble, Typed, TypedPin, Unanswered,
        WantedCard, Work,
    };

    /// Asks on the controlling terminal.
    pub struct TerminalPrompt {
        terminal: File,
        language: Language,
        words: Words,
        until: Instant,
    }

    type Asked<T> = Result<T, Unanswered>;

    impl TerminalPrompt {
        /// # Errors
        ///
        /// [`Unanswered::Unavailable`]: this process has no controlling terminal.
        pub fn open(language: Language) -> Asked<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty");
            let terminal =
                terminal.map_err(|error| Unanswered::Unavailable(format!("no controlling terminal: {error}")))?;
            Ok(Self { terminal, language, words: Words::of(language), until: Instant::now() })
        }
    }

    impl Prompt for TerminalPrompt {
        fn language(&self) -> Language {
            self.language
        }

        fn ask(&mut self, question: Question) -> Asked<Answer> {
            self.until = Instant::now() + question.time_limit();
            tcflush(&self.terminal, QueueSelector::IFlush).map_err(broken)?;
            let answer = self.answer(&question);
            if answer.as_ref().is_err_and(|why| *why == Unanswered::TimedOut) {
                self.say(&self.words.say("terminal-timed-out"))?;
            }
            answer
        }

        fn working(&mut self, work: Work) {
            // Nothing depends on this line; if the terminal is gone, the next question says so.
            self.say(&self.words.say(&format!("working-{}", work.code()))).ok();
        }
    }

    /// The questions, in the order of [`Question`].
    impl TerminalPrompt {
        fn answer(&mut self, question: &Question) -> Asked<Answer> {
            self.say("")?;
            match question {
                Question::Consent(it) => self.consent(it),
                Question::Medium(it) => self.medium(it),
                Question::Pin(it) => self.pin(it),
                Question::NewPins(it) => self.new_pins(it),
                Question::MadePin(it) => self.made_pin(it),
                Question::Password(it) => self.password(it),
                Question::Signing(it) => self.signing(it),
                Question::Card(it) => self.card(it),
                Question::Certificates(it) => self.certificates(it),
                Question::Deletion(it) => self.deletion(it),
                Question::Success(it) => self.success(it),
                Question::Trouble(it) => self.trouble(it),
            }
        }

        fn consent(&mut self, it: &Consent) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("consent-title"))?;
            self.row("consent-operation", &words.say(&format!("operation-{}", it.operation.code())))?;
            self.row("consent-bank", &it.bank)?;
            self.row("consent-site", &it.origin)?;
            if let Some(unz) = &it.unz {
                self.row("consent-unz", unz)?;
            }
            if let Some(thumbprint) = &it.first_meeting {
                self.say(&words.say("consent-first-text"))?;
                self.row("consent-thumbprint", thumbprint)?;
            }
            self.yes()
        }

        fn medium(&mut self, it: &MediumChoice) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("medium-title"))?;
            if it.media.is_empty() && it.smart_key {
                self.say(&words.say("medium-none"))?;
            }
            for (at, medium) in it.media.iter().enumerate() {
                let mut line = format!("{}. {}", at + 1, words.medium(medium));
                for extra in [medium.detail.as_str(), medium.unusable.as_deref().unwrap_or_default()] {
                    if !extra.is_empty() {
                        write!(line, " - {extra}").expect("a string takes everything");
                    }
                }
                self.say(&line)?;
            }
            if it.directory {
                let number = (it.media.len() + 1).to_string();
                self.say(&words.say_with("terminal-directory-number", &[("number", &number)]))?;
            }
            loop {
                self.say(&words.say("terminal-number"))?;
                let number = self.line()?;
                let Some(at) = number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1)) else {
                    self.say(&words.say("terminal-not-understood"))?;
                    continue;
                };
                if it.media.get(at).is_some_and(|medium| medium.unusable.is_none()) {
                    return Ok(Answer::Chosen(Chosen::Medium(at)));
                }
                if it.directory && at == it.media.len() {
                    return self.directory();
                }
                self.say(&words.say("terminal-not-understood"))?;
            }
        }

        fn directory(&mut self) -> Asked<Answer> {
            loop {
                self.say(&self.words.say("medium-directory-path"))?;
                let path = PathBuf::from(self.line()?.trim());
                let why = if !path.is_absolute() { "medium-directory-relative" } else { "medium-directory-missing" };
                if path.is_absolute() && path.is_dir() {
                    return Ok(Answer::Chosen(Chosen::Directory(path)));
                }
                self.say(&self.words.say(why))?;
            }
        }

        fn pin(&mut self, it: &PinQuestion) -> Asked<Answer> {
            let words = self.words;
            if it.was_wrong {
                let id = if it.holder == PinHolder::Container { "pin-wrong-container" } else { "pin-wrong" };
                self.say(&words.say(id))?;
            }
            let medium = words.medium(&it.medium);
            self.say(&medium)?;
            let label = words.enter_pin(it.holder, it.attempts);
            let name = words.medium_name(&it.medium);
            let (pin, last_attempt_confirmed) = self.careful_secret(&name, it.attempts, &label, "pin-again")?;
            Ok(Answer::Pin(TypedPin { pin, last_attempt_confirmed }))
        }

        /// A PIN that the medium will try: with the warning, the confirmation and the second typing before the last attempt.
        fn careful_secret(
            &mut self,
            medium: &str,
            attempts: AttemptsLeft,
            label: &str,
            again: &str,
        ) -> Asked<(Secret, bool)> {
            let words = self.words;
            if !attempts.is_last() {
                return Ok((self.secret(label)?, false));
            }
            self.say(&format!("*** {} ***", words.say("last-title")))?;
            self.say(&words.say_with("last-text", &[("medium", medium)]))?;
            self.yes()?;
            loop {
                let pin = self.secret(label)?;
                let repeated = self.secret(&words.say(again))?;
                if pin.text() == repeated.text() {
                    return Ok((pin, true));
                }
                self.say(&words.say("pin-differs"))?;
            }
        }

        fn new_pins(&mut self, it: &NewPins) -> Asked<Answer> {
            self.say(&self.words.say("new-pins-title"))?;
            self.say(&self.words.medium(&it.medium))?;
            let medium = self.words.medium_name(&it.medium);
            let user =
                it.user.as_ref().map(|change| self.change(&medium, change, PinHolder::User, None)).transpose()?;
            let other = user.as_ref().and_then(|pin| pin.new.as_ref()).map(Secret::text);
            let administrator =
                it.administrator.as_ref().map(|change| self.change(&medium, change, PinHolder::Administrator, other));
            let administrator = administrator.transpose()?;
            Ok(Answer::NewPins(ChangedPins { user, administrator }))
        }

        fn change(
            &mut self,
            medium: &str,
            change: &PinChange,
            holder: PinHolder,
            other: Option<&str>,
        ) -> Asked<OldAndNew> {
            let words = self.words;
            if change.is_factory {
                self.say(&words.say("new-pins-factory"))?;
            }
            let part = holder.part();
            let label = words.old_pin(holder, change);
            let (old, last_attempt_confirmed) =
                self.careful_secret(medium, change.attempts, &label, "old-pin-again")?;
            let new = match &change.new {
                NewPin::Made => None,
                NewPin::Typed(rules) => {
                    let labels = (words.say(&format!("new-pin-{part}")), words.say(&format!("new-pin-{part}-again")));
                    Some(self.new_secret(rules, &labels, Some(old.text()), other)?)
                }
            };
            Ok(OldAndNew { old, new, last_attempt_confirmed })
        }

        fn made_pin(&mut self, it: &MadePin) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.medium(&it.medium))?;
            self.say(&format!("{} {}", words.say("made-pin-administrator"), it.pin.text()))?;
            self.say(&words.say("made-pin-text"))?;
            self.yes()
        }

        fn password(&mut self, it: &NewPassword) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("password-title"))?;
            let container = words.say_with("password-container", &[("name", &it.container)]);
            self.say(&format!("{}. {container}", words.medium(&it.medium)))?;
            self.say(&words.say("password-note"))?;
            let labels = (words.say("password-new"), words.say("password-again"));
            Ok(Answer::Password(self.new_secret(&it.rules, &labels, None, None)?))
        }

        /// Asks until every rule is met.
        fn new_secret(
            &mut self,
            rules: &Rules,
            labels: &(String, String),
            old: Option<&str>,
            other: Option<&str>,
        ) -> Asked<Secret> {
            loop {
                let new = self.secret(&labels.0)?;
                let again = self.secret(&labels.1)?;
                let seen = rules.look(Typed { new: new.text(), again: again.text(), old, other });
                if seen.iter().all(|(_, met)| *met) {
                    return Ok(new);
                }
                for (rule, _) in seen.into_iter().filter(|(_, met)| !met) {
                    let rule = self.words.rule(rule);
                    self.say(&self.words.say_with("rule-unmet", &[("rule", &rule)]))?;
                }
            }
        }

        fn signing(&mut self, it: &Signing) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("signing-title"))?;
            self.row("consent-bank", &it.bank)?;
            self.row("consent-site", &it.origin)?;
            if let Some(unz) = &it.unz {
                self.row("consent-unz", unz)?;
            }
            if let Some(signer) = &it.signer {
                self.row("signing-signer", signer)?;
            }
            self.say(&it.title)?;
            let lines: Vec<&str> = it.text.lines().collect();
            let pages = lines.len().div_ceil(LINES_A_PAGE).max(1);
            for (at, page) in lines.chunks(LINES_A_PAGE).enumerate() {
                for line in page {
                    self.say(line)?;
                }
                if at + 1 < pages {
                    let (page, pages) = ((at + 1).to_string(), pages.to_string());
                    self.say(&words.say_with("terminal-page", &[("page", &page), ("pages", &pages)]))?;
                    self.enter()?;
                }
            }
            self.yes()
        }

        fn card(&mut self, it: &CardWanted) -> Asked<Answer> {
            let words = self.words;
            let text = match &it.wanted {
                WantedCard::Any => words.say("card-any"),
                WantedCard::WithCurrentCertificate { algorithm, subject } => {
                    let asked = words.say_with("card-with-current-certificate", &[("algorithm", algorithm)]);
                    format!("{asked} {}: {subject}", words.say("card-with-current-certificate-subject"))
                }
                WantedCard::New => words.say("card-new"),
                WantedCard::WithNewKey { name } => words.say_with("card-with-new-key", &[("name", name)]),
            };
            self.say(&text)?;
            if let Some(name) = &it.instead {
                self.say(&words.say_with("card-instead", &[("name", name)]))?;
            }
            self.yes()
        }

        fn certificates(&mut self, it: &CertificateView) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("certificates-title"))?;
            self.say(&words.medium(&it.medium))?;
            if it.certificates.is_empty() {
                self.say(&words.say("certificates-none"))?;
            }
            for line in &it.certificates {
                self.say("")?;
                let both = [("hex", line.serial_hex.as_str()), ("decimal", line.serial_decimal.as_str())];
                self.row("certificate-subject", &line.subject)?;
                self.row("certificate-issuer", &line.issuer)?;
                self.row("certificate-serial", &words.say_with("certificate-serial-both", &both))?;
                self.row("certificate-not-before", &line.not_before)?;
                self.row("certificate-not-after", &line.not_after)?;
                self.row("certificate-algorithm", &line.algorithm)?;
                self.row("certificate-thumbprint", &line.thumbprint)?;
                let key = if line.has_key { "certificate-key-here" } else { "certificate-key-elsewhere" };
                self.row("certificate-key", &words.say(key))?;
            }
            self.seen()
        }

        fn deletion(&mut self, it: &OrphanKey) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("deletion-title"))?;
            self.row("deletion-medium", &words.medium(&it.medium))?;
            self.row("deletion-key", &it.key_id)?;
            self.row("deletion-algorithm", &it.algorithm)?;
            if let Some(unz) = &it.unz {
                self.row("deletion-unz", unz)?;
            }
            self.say(&words.say("deletion-text"))?;
            self.yes()
        }

        fn success(&mut self, it: &Success) -> Asked<Answer> {
            let words = self.words;
            let kind = it.medium.as_ref().map_or(MediumKind::SmartKey, |medium| medium.kind);
            self.say(&words.say_with(&format!("done-{}", it.done.code()), &[("kind", kind.code())]))?;
            if let Some(medium) = &it.medium {
                self.say(&words.medium(medium))?;
            }
            if let Some(unz) = &it.unz {
                self.say(&words.say_with("done-unz", &[("unz", unz)]))?;
            }
            self.seen()
        }

        fn trouble(&mut self, it: &Trouble) -> Asked<Answer> {
            let words = self.words;
            self.say(&words.say("trouble-title"))?;
            self.say(&it.cause)?;
            self.say(&format!("{}: {}", words.say("trouble-next"), it.next))?;
            self.say(&words.say_with("trouble-code", &[("code", &it.code)]))?;
            if !it.can_retry {
                self.say(&words.say("terminal-enter"))?;
                self.enter()?;
                return Ok(Answer::AfterTrouble(AfterTrouble::Close));
            }
            self.say(&words.say("button-retry"))?;
            Ok(Answer::AfterTrouble(match self.yes() {
                Ok(_) => AfterTrouble::Retry,
                Err(Unanswered::Declined) => AfterTrouble::Close,
                Err(other) => return Err(other),
            }))
        }
    }

    /// Lines out, lines in.
    impl TerminalPrompt {
        fn say(&mut self, line: &str) -> Asked<()> {
            let mut shown: String = line.chars().map(printable).collect();
            shown.push('\n');
            self.terminal.write_all(shown.as_bytes()).map_err(|error| Unanswered::Unavailable(error.to_string()))
        }

        fn row(&mut self, id: &str, value: &str) -> Asked<()> {
            self.say(&format!("  {}: {}", self.words.say(id), value.replace('\n', ", ")))
        }

        /// «да» goes on, «нет» refuses; anything else is asked again.
        fn yes(&mut self) -> Asked<Answer> {
            let (yes, no) = (self.words.say("terminal-yes"), self.words.say("terminal-no"));
            loop {
                self.say(&self.words.say_with("terminal-yes-no", &[("yes", &yes), ("no", &no)]))?;
                let line = self.read(false)?;
                let said = line.trim().to_lowercase();
                if said == yes {
                    return Ok(Answer::Agreed);
                }
                if said == no {
                    return Err(Unanswered::Declined);
                }
                self.say(&self.words.say("terminal-not-understood"))?;
            }
        }

        fn seen(&mut self) -> Asked<Answer> {
            self.say(&self.words.say("terminal-enter"))?;
            self.enter()?;
            Ok(Answer::Agreed)
        }

        fn enter(&mut self) -> Asked<()> {
            self.read(false).map(drop)
        }

        /// A line with something in it; an empty one is the refusal.
        fn line(&mut self) -> Asked<String> {
            let line = self.read(false)?.trim().to_owned();
            if line.is_empty() { Err(Unanswered::Declined) } else { Ok(line) }
        }

        /// The same without echo. The labels of the windows end in a colon already.
        fn secret(&mut self, label: &str) -> Asked<Secret> {
            let hidden = self.words.say("terminal-hidden");
            // Off before the label is out: whoever answers a label finds the echo off.
            let quiet = Quiet::start(&self.terminal)?;
            self.say(&format!("{label} {hidden}"))?;
            let line = self.read(true);
            drop(quiet);
            let line = line?;
            if line.is_empty() {
                return Err(Unanswered::Declined);
            }
            Ok(Secret::of(line))
        }

        fn read(&mut self, secret: bool) -> Asked<Zeroizing<String>> {
            let mut octets = Zeroizing::new([0_u8; LINE_OCTETS]);
            let mut used = 0;
            loop {
                self.wait()?;
                let read = self.terminal.read(&mut octets[used..]);
                let read = read.map_err(|error| Unanswered::Unavailable(error.to_string()))?;
                if read == 0 {
                    // End of input (Ctrl+D), or a line longer than any answer.
                    return Err(Unanswered::Declined);
                }
                used += read;
                if secret && octets[..used].contains(&INTERRUPT) {
                    return Err(Unanswered::Declined);
                }
                if octets[used - 1] == b'\n' {
                    break;
                }
            }
            let text = octets[..used - 1].strip_suffix(b"\r").unwrap_or(&octets[..used - 1]);
            let mut line = Zeroizing::new(String::with_capacity(LINE_OCTETS));
            match std::str::from_utf8(text) {
                Ok(text) => line.push_str(text),
                Err(_) => {
                    return Err(Unanswered::Unavailable("the terminal sent octets that are not UTF-8".to_owned()));
                }
            }
            octets.zeroize();
            Ok(line)
        }

        /// Until a line is there or the time is up.
        fn wait(&self) -> Asked<()> {
            loop {
                let left = self.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(Unanswered::TimedOut);
                }
                let left = Timespec::try_from(left).map_err(|error| Unanswered::Unavailable(error.to_string()))?;
                match poll(&mut [PollFd::new(&self.terminal, PollFlags::IN)], Some(&left)) {
                    Ok(0) | Err(Errno::INTR) => {}
                    Ok(_) => return Ok(()),
                    Err(error) => return Err(broken(error)),
                }
            }
        }
    }

    /// Echo off; back on when dropped. Ctrl+C ends the line instead of the process, which would die with the echo off.
    struct Quiet {
        terminal: File,
        before: Termios,
    }

    impl Quiet {
        fn start(terminal: &File) -> Asked<Self> {
            let terminal = terminal.try_clone().map_err(|error| Unanswered::Unavailable(error.to_string()))?;
            let before = tcgetattr(&terminal).map_err(broken)?;
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG);
            quiet.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
            tcsetattr(&terminal, OptionalActions::Flush, &quiet).map_err(broken)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            // The person sees at once if the echo stays off; there is nobody else to tell.
            tcsetattr(&self.terminal, OptionalActions::Flush, &self.before).ok();
        }
    }

    fn broken(error: Errno) -> Unanswered {
        Unanswered::Unavailable(format!("the terminal: {error}"))
    }

    /// A site's text must not move the cursor, hide a line or turn the direction of writing.
    fn printable(character: char) -> char {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns { '\u{fffd}' } else { character }
    }

    const LINES_A_PAGE: usize = 20;
    /// Longer than any PIN, password or path that is taken.
    const LINE_OCTETS: usize = 1024;
    /// Ctrl+C.
    const INTERRUPT: u8 = 3;
}
