//! Threads that call the module. A PKCS#11 call cannot be cancelled, so the caller waits for it only as long as the deadline says and then goes on
//! without it. A call that had not begun by then never begins; one that had is *stuck*: its thread is lost until it comes back, and as long as one is
//! stuck the module is unwell: other calls fail at once, but for a probe now and then.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::raw::{Raw, Rv};

/// Most calls of one module at the same time: more signatures at once than a token or a small HSM takes.
pub(crate) const MAX_LANES: usize = 8;
/// Most threads that may be lost in calls that do not come back; then the module is given up until one does.
const MAX_STUCK: usize = 4;
/// How often an unwell module is asked whether it is well again.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// How long to wait for a kind of call. Waiting for a free thread counts.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Lists, flags, sessions, searches.
    pub look: Duration,
    /// A PIN: tokens take their time on purpose.
    pub pin: Duration,
    /// A signature; long enough for a person to touch the token where it wants that.
    pub sign: Duration,
    /// A key pair: an RSA key of 4096 bits takes a card minutes.
    pub generate: Duration,
    /// A certificate written, an object deleted.
    pub write: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(5),
            pin: Duration::from_secs(10),
            sign: Duration::from_secs(30),
            generate: Duration::from_secs(180),
            write: Duration::from_secs(15),
        }
    }
}

impl Deadlines {
    /// For a server with an HSM on its bus or network: nobody touches anything, and nobody waits half a minute for a signature.
    #[must_use]
    pub fn server() -> Self {
        Self { sign: Duration::from_secs(5), generate: Duration::from_secs(60), ..Self::default() }
    }
}

/// Whether calls come back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Health {
    /// They do.
    Well,
    /// Some did not: calls fail at once, and the module is probed every two seconds until it answers.
    Unwell {
        /// Threads waiting for a call that has not come back.
        stuck: usize,
        /// Since when.
        for_ms: u64,
    },
}

type Job = Box<dyn FnOnce(&Raw) + Send>;

pub(crate) struct Lanes {
    raw: Arc<Raw>,
    state: Mutex<State>,
    work: Condvar,
    /// Calls hold it shared; starting the module anew holds it alone, which cannot be had while a call is stuck.
    calling: RwLock<()>,
    most: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    idle: usize,
    running: usize,
    stuck: usize,
    unwell_since: Option<Instant>,
    last_probe: Option<Instant>,
    /// Counts recoveries: what was opened before one is not to be trusted after it.
    generation: u64,
    closed: bool,
}

/// The life of one call, shared by its caller and its thread.
const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const GIVEN_UP: u8 = 3;

impl Lanes {
    pub(crate) fn new(raw: Arc<Raw>, most: usize) -> Arc<Self> {
        Arc::new(Self { raw, state: Mutex::default(), work: Condvar::new(), calling: RwLock::new(()), most })
    }

    /// The module, for what needs no deadline: nothing but switching the tests' hook.
    #[cfg(debug_assertions)]
    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }

    /// Runs `job` on a thread and waits for it at most `deadline`.
    pub(crate) fn run<T: Send + 'static>(
        self: &Arc<Self>,
        deadline: Duration,
        job: impl FnOnce(&Raw) -> Result<T, Rv> + Send + 'static,
    ) -> Result<T, Error> {
        self.probe_if_unwell()?;
        self.dispatch(deadline, job)?.map_err(Error::from_rv)
    }

    pub(crate) fn generation(&self) -> u64 {
        self.state().generation
    }

    pub(crate) fn health(&self) -> Health {
        let state = self.state();
        match state.unwell_since {
            None => Health::Well,
            Some(since) => Health::Unwell {
                stuck: state.stuck,
                for_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
            },
        }
    }

    /// Runs `restart` while no other call runs; `false` if one is stuck, so that this is not to be had.
    pub(crate) fn alone<T>(&self, restart: impl FnOnce(&Raw) -> T) -> Option<T> {
        let _alone = self.calling.try_write().ok()?;
        let answer = restart(&self.raw);
        self.state().generation += 1;
        Some(answer)
    }

    /// No thread begins anything from now on.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.work.notify_all();
    }

    fn dispatch<T: Send + 'static>(
        self: &Arc<Self>,
        deadline: Duration,
        job: impl FnOnce(&Raw) -> Result<T, Rv> + Send + 'static,
    ) -> Result<Result<T, Rv>, Error> {
        let life = Arc::new(AtomicU8::new(WAITING));
        let (answer, answered) = mpsc::sync_channel(1);
        let lanes = Arc::clone(self);
        let on_thread = Arc::clone(&life);
        let whole: Job = Box::new(move |raw| {
            if on_thread.compare_exchange(WAITING, RUNNING, Ordering::SeqCst, Ordering::SeqCst).is_err() {
                return; // the caller went before it began
            }
            let result = {
                let _calling = lanes.calling.read().unwrap_or_else(PoisonError::into_inner);
                job(raw)
            };
            if on_thread.swap(DONE, Ordering::SeqCst) == GIVEN_UP {
                lanes.came_back();
            } else {
                // The caller may just be giving up; then nobody listens.
                let _ = answer.send(result);
            }
        });
        self.enqueue(whole)?;
        match answered.recv_timeout(deadline) {
            Ok(result) => Ok(result),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(Error::own("internal", "a call panicked")),
            Err(mpsc::RecvTimeoutError::Timeout) => self.give_up(&life, &answered),
        }
    }

    fn give_up<T>(&self, life: &AtomicU8, answered: &mpsc::Receiver<T>) -> Result<T, Error> {
        match life.swap(GIVEN_UP, Ordering::SeqCst) {
            WAITING => Err(Error::own("module-busy", "no call had its turn before the deadline")),
            RUNNING => {
                let mut state = self.state();
                state.stuck += 1;
                state.unwell_since.get_or_insert_with(Instant::now);
                state.last_probe = Some(Instant::now());
                Err(Error::own("module-unresponsive", "a call did not come back before the deadline"))
            }
            // It came in the very moment of giving up.
            _ => answered.recv().map_err(|_| Error::own("internal", "a call panicked")),
        }
    }

    /// A stuck call came back; its answer is nobody's.
    fn came_back(&self) {
        let mut state = self.state();
        state.stuck = state.stuck.saturating_sub(1);
        if state.stuck == 0 {
            Self::well_again(&mut state);
        }
    }

    fn well_again(state: &mut State) {
        if state.unwell_since.take().is_some() {
            state.generation += 1;
        }
    }

    /// Nothing to do for a well module. An unwell one is asked a harmless question, by one caller at a time and not too often; the others are told.
    fn probe_if_unwell(self: &Arc<Self>) -> Result<(), Error> {
        {
            let mut state = self.state();
            if state.unwell_since.is_none() {
                return Ok(());
            }
            let due = state.last_probe.is_none_or(|last| last.elapsed() >= PROBE_INTERVAL);
            if !due || state.stuck >= MAX_STUCK {
                return Err(Error::own("module-unresponsive", format!("{} calls have not come back", state.stuck)));
            }
            state.last_probe = Some(Instant::now());
        }
        match self.dispatch(PROBE_INTERVAL, |raw| raw.slots(true)) {
            Ok(Ok(_)) => {
                Self::well_again(&mut self.state());
                Ok(())
            }
            Ok(Err(rv)) => Err(Error::from_rv(rv)),
            Err(error) => Err(error),
        }
    }

    fn enqueue(self: &Arc<Self>, job: Job) -> Result<(), Error> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::own("internal", "the module is closed"));
        }
        state.queue.push_back(job);
        let waiting = state.queue.len();
        if waiting > state.idle && state.running.saturating_sub(state.stuck) < self.most {
            state.running += 1;
            let lanes = Arc::clone(self);
            let started = thread::Builder::new().name("pkcs11".to_owned()).spawn(move || lanes.serve());
            if let Err(error) = started {
                state.running -= 1;
                if state.running == state.stuck {
                    state.queue.pop_back();
                    return Err(Error::own("internal", format!("no thread: {error}")));
                }
            }
        }
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    fn serve(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                job(&self.raw);
                state = self.state();
                // A thread that came back after another had taken its place.
                if state.running.saturating_sub(state.stuck) > self.most {
                    break;
                }
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
        state.running -= 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
