//! The worker: one thread that performs what decisions left in the outbox, sends letters and keeps house.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::{Refusal, Timestamp};
use ra::{Due, Failure, Letter, Performed, Ra};

use crate::clock::Clock;
use crate::mail::{self, MailError, Mailer};
use crate::words::ProcedureWords;

/// What the worker works with.
pub(crate) struct Tools {
    pub(crate) ra: Ra,
    pub(crate) clock: Clock,
    pub(crate) mailer: Mailer,
    /// In place of each agent's address.
    pub(crate) mail_from: Option<String>,
    /// Our host name in message ids.
    pub(crate) host: String,
    pub(crate) words: Arc<BTreeMap<String, ProcedureWords>>,
}

/// A running worker.
pub(crate) struct Worker {
    stop: Arc<AtomicBool>,
    ra: Ra,
    thread: JoinHandle<()>,
}

/// Effects claimed at once: few, so that the last one does not wait long.
const BATCH: usize = 4;
/// Age of a claim after which the rest of its batch is left alone: behind slow mail a lease may end, and two workers would work on
/// the same effect. Well under the least lease that is sensible, and what is left comes back when its lease ends.
const FRESH: Duration = Duration::from_secs(10);
/// Between two rounds of housekeeping (CRLs, checkpoints, purges) and two looks for work that another node left.
const TEND: Duration = Duration::from_secs(10);
/// Longest sleep, so that a stop and a timer are never late by more.
const NAP: Duration = Duration::from_millis(500);
/// Sleep when time may jump under a test.
const TEST_NAP: Duration = Duration::from_millis(50);
/// Sleep after the database failed.
const PAUSE: Duration = Duration::from_secs(1);

impl Worker {
    /// Starts it.
    pub(crate) fn start(tools: Tools) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, ra) = (stop.clone(), tools.ra.clone());
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || tools.run(&flag))?;
        Ok(Self { stop, ra, thread })
    }

    /// Lets it finish what it has claimed, then ends it.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.ra.wake();
        if self.thread.join().is_err() {
            tracing::error!("the worker ended by a panic");
        }
    }
}

impl Tools {
    fn run(&self, stop: &AtomicBool) {
        let mut tended: Option<Instant> = None;
        let mut look_at = Timestamp(i64::MIN);
        while !stop.load(Ordering::Acquire) {
            // A test's clock runs by leaps: there a round of housekeeping costs nothing and waits for nothing.
            if tended.is_none_or(|at| at.elapsed() >= TEND) || (self.clock.may_jump() && self.clock.now() >= look_at) {
                tended = Some(Instant::now());
                look_at = Timestamp(i64::MIN);
                if let Err(error) = self.clock.at(|at| self.ra.tend(at)) {
                    tracing::error!(%error, "housekeeping failed");
                }
            }
            if self.clock.now() >= look_at {
                match self.round(stop) {
                    Ok(0) => look_at = self.next_look(),
                    Ok(_) => continue,
                    Err(error) => {
                        tracing::error!(%error, "the outbox cannot be read");
                        nap(PAUSE, stop);
                        continue;
                    }
                }
            }
            let until = Duration::from_millis(u64::try_from(look_at.0.saturating_sub(self.clock.now().0)).unwrap_or(0));
            let most = if self.clock.may_jump() { TEST_NAP } else { NAP };
            if self.ra.wait_for_work(until.clamp(Duration::from_millis(1), most)) {
                look_at = Timestamp(i64::MIN);
            }
        }
    }

    /// When the outbox is looked at again if nobody wakes us.
    fn next_look(&self) -> Timestamp {
        let latest = self.clock.now().plus_ms(i64::try_from(TEND.as_millis()).unwrap_or(i64::MAX));
        match self.ra.next_due() {
            Ok(Some(due)) => due.min(latest),
            Ok(None) => latest,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                latest
            }
        }
    }

    /// Performs one batch; returns how many effects there were.
    fn round(&self, stop: &AtomicBool) -> Result<usize, ra::Error> {
        let claimed = Instant::now();
        let batch = self.clock.at(|at| self.ra.claim(BATCH, at))?;
        for due in &batch {
            // What is claimed and not performed waits for its lease to end; nothing is lost by stopping here.
            if stop.load(Ordering::Acquire) || claimed.elapsed() > FRESH {
                break;
            }
            self.perform(due);
        }
        Ok(batch.len())
    }

    fn perform(&self, due: &Due) {
        let began = Instant::now();
        let request_id = due.request_id().map(|id| id.to_string());
        let outcome = match self.clock.at(|at| self.ra.perform(due, at)) {
            Ok(Performed::Done) => Ok(()),
            Ok(Performed::Letter(letter)) => self.send(due, &letter),
            Err(Failure::Refused(refused)) => {
                // The world said no, and asking again changes nothing, unless somebody was faster.
                let permanent = refused.refusal != Refusal::ChangedMeanwhile;
                Err(MailError { reason: refused.refusal.code().to_owned(), permanent })
            }
            Err(Failure::Broken(error)) => Err(MailError { reason: error.to_string(), permanent: false }),
        };
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(()) => tracing::info!(effect = due.kind(), request_id, duration_ms, "performed"),
            Err(MailError { reason, permanent }) => {
                tracing::warn!(
                    effect = due.kind(),
                    request_id,
                    attempts = due.attempts(),
                    permanent,
                    reason,
                    duration_ms,
                    "not performed"
                );
                if let Err(error) = self.clock.at(|at| self.ra.failed(due, &reason, permanent, at)) {
                    tracing::error!(%error, "the failure could not be recorded; the lease will end by itself");
                }
            }
        }
    }

    fn send(&self, due: &Due, letter: &Letter) -> Result<(), MailError> {
        let words = self.words.get(&letter.procedure).ok_or_else(|| MailError {
            reason: format!("no words of procedure {}", letter.procedure),
            permanent: true,
        })?;
        let envelope = mail::render(letter, words, self.mail_from.as_deref(), &self.host, self.clock.now())?;
        self.mailer.send(&envelope)?;
        self.clock
            .at(|at| self.ra.letter_sent(due, at))
            .map_err(|error| MailError { reason: error.to_string(), permanent: false })
    }
}

/// Sleeps in short naps, so that a stop is not late.
fn nap(span: Duration, stop: &AtomicBool) {
    let until = Instant::now() + span;
    while Instant::now() < until && !stop.load(Ordering::Acquire) {
        std::thread::sleep(NAP.min(span));
    }
}
