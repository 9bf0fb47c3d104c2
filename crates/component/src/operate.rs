//! The process of one operation: reads what it was handed, judges the ticket, asks, works, answers on standard output, ends.
//!
//! Its standard input is held open by whoever started it. When that closes (the page gave up, the browser is gone), it ends as soon as
//! nothing is being done on a medium.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use statement::bounded::{Hex, Text};
use statement::message::{Answer, Call, Code, Done, Language, MESSAGE_OCTETS, Refused, Reply, Run, Started, Wish};
use statement::ticket::ANSWER_MS;

use crate::admission::{Admitted, admit, because, refused};
use crate::memory::TurnError;
use crate::operations::{Desk, Ended, Farewell, now_ms, perform};
use crate::origin::Origin;
use crate::places::Places;
use crate::prompt::{self, Answer as Answered, Prompt, Question, Unanswered, Work};
use crate::relay::Handed;
use crate::windows;

/// Does the one operation that stands on standard input.
///
/// # Errors
/// Standard input or output is gone: there is nobody to answer.
pub fn operate(places: &Places) -> io::Result<()> {
    let mut line = Vec::new();
    let limit = u64::try_from(MESSAGE_OCTETS + ENVELOPE_OCTETS).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_until(b'\n', &mut line)?;
    let Ok(Handed { origin, call: Call { id, call: Wish::Run(run), .. } }) = serde_json::from_slice(&line) else {
        return give(&Reply::refused(None, Code::MessageMalformed));
    };
    watch(id.clone());
    let language = match run.language {
        Some(Language::En) => prompt::Language::En,
        Some(Language::Ru) => prompt::Language::Ru,
        None => prompt::Language::of_tag(&std::env::var("LANG").unwrap_or_default()),
    };
    let places = places.clone();
    with_prompt(language, move |prompt| {
        let answer = |answer| give(&Reply::new(Some(id.clone()), answer));
        let Some(origin) = Origin::parse(&origin) else { return answer(Answer::Refused(refused(Code::OriginMissing))) };
        let (nonce, farewell) = match under_turn(&places, &origin, &run, prompt, &|nonce| {
            // Whoever is not there to hear it hears nothing of the end either.
            answer(Answer::Started(Started { nonce })).ok();
        }) {
            Ok((admitted, Ended { outcome: Ok(result), farewell })) => {
                answer(Answer::Done(Done { nonce: admitted.ticket.nonce, result }))?;
                (None, farewell)
            }
            Ok((admitted, Ended { outcome: Err(refused), farewell })) => {
                (Some(Refused { nonce: Some(admitted.ticket.nonce), ..refused }), farewell)
            }
            Err(refused) => (Some(refused), None),
        };
        if let Some(refused) = nonce {
            answer(Answer::Refused(refused))?;
        }
        OVER.store(true, Ordering::SeqCst);
        // Seen or not seen: it changes nothing any more.
        match farewell {
            Some(Farewell::Success(success)) => drop(prompt.success(success)),
            Some(Farewell::Trouble(trouble)) => drop(prompt.trouble(trouble)),
            None => {}
        }
        Ok(())
    })
}

/// The turn is given back before the last window: the page may go on while the person reads.
fn under_turn(
    places: &Places,
    origin: &Origin,
    run: &Run,
    prompt: &mut dyn Prompt,
    started: &dyn Fn(Hex<16, 16>),
) -> Result<(Admitted, Ended), Refused> {
    let policy = places.policy().map_err(|error| because(Code::ComponentFailed, &error.to_string()))?;
    let memory = places.memory();
    let turn = memory.take_turn().map_err(|error| match error {
        TurnError::Taken => refused(Code::Busy),
        TurnError::Broken(error) => because(Code::StateNotWritten, &error.to_string()),
    })?;
    let remembered = memory.read().map_err(|error| because(Code::ComponentFailed, &format!("memory: {error}")))?;
    let admitted = admit(origin, run, &policy, &remembered, now_ms())?;
    let mut watched = Watched(prompt);
    let mut desk = Desk { prompt: &mut watched, policy: &policy, memory: &memory, turn: &turn, remembered };
    let ended = perform(&admitted, &mut desk, &mut || started(admitted.ticket.nonce.clone()));
    Ok((admitted, ended))
}

/// Whether a person's answer is waited for: then nothing is being done on a medium, and the process may end.
static ASKING: AtomicBool = AtomicBool::new(false);
/// Whoever started this gave up.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);
/// The page has its answer.
static OVER: AtomicBool = AtomicBool::new(false);

/// Ends the process when it is given up or too late, and nothing is being done on a medium.
fn watch(id: Text<64>) {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while !matches!(io::stdin().lock().read(&mut rest), Ok(0) | Err(_)) {}
        GIVEN_UP.store(true, Ordering::SeqCst);
    });
    let began = Instant::now();
    let limit = Duration::from_millis(ANSWER_MS.unsigned_abs());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let is_late = began.elapsed() > limit;
            let is_over = OVER.load(Ordering::SeqCst);
            if (GIVEN_UP.load(Ordering::SeqCst) || is_late) && ASKING.load(Ordering::SeqCst) && !is_over {
                let code = if is_late { Code::TicketExpired } else { Code::Cancelled };
                give(&Reply::refused(Some(id), code)).ok();
                std::process::exit(0);
            }
        }
    });
}

/// A prompt that tells when it asks, and asks nothing more once the page gave up.
struct Watched<'a>(&'a mut dyn Prompt);

impl Prompt for Watched<'_> {
    fn language(&self) -> prompt::Language {
        self.0.language()
    }

    fn ask(&mut self, question: Question) -> Result<Answered, Unanswered> {
        ASKING.store(true, Ordering::SeqCst);
        let answer = self.0.ask(question);
        ASKING.store(false, Ordering::SeqCst);
        answer
    }

    fn working(&mut self, work: Work) {
        self.0.working(work);
    }
}

/// A script in debug builds that name one, a window where there is a display, else the terminal.
fn with_prompt<T: Send + 'static>(
    language: prompt::Language,
    operation: impl FnOnce(&mut dyn Prompt) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    #[cfg(debug_assertions)]
    if let Some(mut scripted) = crate::scripted::ScriptedPrompt::from_environment(language)? {
        return operation(&mut scripted);
    }
    #[cfg(unix)]
    if !has_display()
        && let Ok(mut terminal) = crate::terminal::open(language)
    {
        return operation(&mut terminal);
    }
    windows::run(windows::Settings { language, theme: windows::Theme::System }, operation)
}

#[cfg(unix)]
fn has_display() -> bool {
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

fn give(reply: &Reply) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let text = reply.to_json();
    let text = if text.len() < MESSAGE_OCTETS {
        text
    } else {
        Reply::refused(reply.id.clone(), Code::ComponentFailed).to_json()
    };
    writeln!(output, "{text}")?;
    output.flush()
}

/// The origin and the names of two members.
const ENVELOPE_OCTETS: usize = 512;
