//! Between a transport and the one process that does an operation: answers `hello` itself, starts that process for `run`, carries its
//! lines. It never sees a PIN, loads no module, and judges nothing that the other process does not judge again.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use statement::bounded::{Many, Text};
use statement::message::{Answer, Call, Code, Hello, MESSAGE_OCTETS, Refused, Reply, Site, Wish};

use crate::admission::{because, refused, site};
use crate::origin::Origin;
use crate::places::{Places, System};

/// What the process of an operation is given: the origin that the transport vouches for, and the page's own call.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handed {
    pub(crate) origin: String,
    pub(crate) call: Call,
}

/// One transport's relay.
pub struct Relay {
    places: Places,
    program: PathBuf,
    running: Mutex<Option<Running>>,
}

struct Running {
    /// Whose it is: nobody else can give it up.
    origin: Origin,
    /// Closing it tells the process to give up.
    stdin: Option<ChildStdin>,
}

impl Relay {
    /// A relay that starts `program` for each operation.
    #[must_use]
    pub fn new(places: Places, program: PathBuf) -> Self {
        Self { places, program, running: Mutex::new(None) }
    }

    /// Answers one message of a page, with one reply or two. Returns when the last one was given.
    pub fn answer(&self, origin: &str, message: &[u8], give: &mut dyn FnMut(&Reply)) {
        let id = Call::id_of(message);
        let Some(origin) = Origin::parse(origin) else {
            return give(&Reply::refused(id, Code::OriginMissing));
        };
        let call = match Call::parse(message) {
            Ok(call) => call,
            Err(code) => return give(&Reply::refused(id, code)),
        };
        match &call.call {
            Wish::Hello(_) => give(&Reply::new(id, self.hello(&origin))),
            Wish::Cancel(_) => {
                self.give_up(Some(&origin));
                give(&Reply::refused(id, Code::Cancelled));
            }
            Wish::Run(_) => {
                let mut last_given = false;
                let ended = self.run(&origin, call, &mut |reply| {
                    last_given = !matches!(reply.answer, Answer::Started(_));
                    give(reply);
                });
                match ended {
                    Err(refused) => give(&Reply::new(id, Answer::Refused(refused))),
                    // The process died, or was ended: the page must not wait for ever.
                    Ok(()) if !last_given => give(&Reply::refused(id, Code::ComponentFailed)),
                    Ok(()) => {}
                }
            }
        }
    }

    /// Tells the running operation to give up; with an origin only when it is that site's own.
    pub fn give_up(&self, origin: Option<&Origin>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_mut()
            && origin.is_none_or(|origin| running.origin == *origin)
        {
            running.stdin = None;
        }
    }

    fn hello(&self, origin: &Origin) -> Answer {
        let policy = match self.places.policy() {
            Ok(policy) => policy,
            Err(error) => return Answer::Refused(because(Code::ComponentFailed, &error.to_string())),
        };
        let remembered = match self.places.memory().read() {
            Ok(remembered) => remembered,
            Err(error) => return Answer::Refused(because(Code::ComponentFailed, &format!("memory: {error}"))),
        };
        let site = site(origin, &policy, &remembered);
        let word = |text: &str| Text::new(text).expect("ours are short words");
        let operations = statement::ticket::Operation::WORDS.iter().map(|text| word(text)).collect();
        let driver = crate::operations::has_driver(&policy);
        Answer::Hello(Hello {
            version: word(env!("CARGO_PKG_VERSION")),
            system: word(System::HERE.name()),
            operations: Many::new(operations).expect("there are ten"),
            driver,
            medium: (driver && site == Site::Allowed).then(|| self.look_for_medium()).flatten(),
            site,
        })
    }

    /// A driver may hang or crash: it is asked in a process of its own, and not for long.
    fn look_for_medium(&self) -> Option<bool> {
        let child = Command::new(&self.program).arg("look").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.ok()?;
        let began = Instant::now();
        while began.elapsed() < LOOK_LIMIT {
            if child.try_wait().ok()?.is_some() {
                let mut said = String::new();
                child.stdout.take()?.take(64).read_to_string(&mut said).ok()?;
                return match said.trim() {
                    "medium" => Some(true),
                    "none" => Some(false),
                    _ => None,
                };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // Asked too long: nothing is known, and nothing of it stays behind.
        child.kill().and_then(|()| child.wait()).ok();
        None
    }

    fn run(&self, origin: &Origin, call: Call, give: &mut dyn FnMut(&Reply)) -> Result<(), Refused> {
        let failed = |error: &io::Error| because(Code::ComponentFailed, &error.to_string());
        let mut child = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.is_some() {
                return Err(refused(Code::Busy));
            }
            let mut child = self.start().map_err(|error| failed(&error))?;
            let mut stdin = child.stdin.take();
            let handed = serde_json::to_string(&Handed { origin: origin.as_str().to_owned(), call })
                .expect("it was read from JSON");
            if let Some(pipe) = stdin.as_mut() {
                writeln!(pipe, "{handed}").map_err(|error| failed(&error))?;
            }
            *running = Some(Running { origin: origin.clone(), stdin });
            child
        };
        let carried = carry(&mut child, give);
        // The last window may still be open there; the page has its answer and may go on.
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        std::thread::spawn(move || child.wait());
        carried.map_err(|error| failed(&error))
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program).arg("operate").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    }
}

/// Line by line until the last answer.
fn carry(child: &mut Child, give: &mut dyn FnMut(&Reply)) -> io::Result<()> {
    let Some(output) = child.stdout.take() else { return Ok(()) };
    let mut lines = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(MESSAGE_OCTETS).unwrap_or(u64::MAX);
        lines.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        let reply: Reply = serde_json::from_slice(&line)?;
        let is_last = !matches!(reply.answer, Answer::Started(_));
        give(&reply);
        if is_last {
            return Ok(());
        }
    }
}

/// A driver that needs longer to list its readers is out of order.
const LOOK_LIMIT: Duration = Duration::from_secs(5);
