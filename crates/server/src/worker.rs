//! The worker: performs what decisions left in the outbox. One thread keeps house (issue, CRLs, timers, checkpoints), another
//! sends letters, so that a mail server that hangs holds up nothing but mail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::calendar::Calendar;
use domain::{Refusal, Timestamp};
use ra::{Due, Failure, Letter, Performed, Ra, Work};

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
    house: JoinHandle<()>,
    letters: JoinHandle<()>,
}

/// House work claimed at once: each piece is a matter of milliseconds, and a claim costs a commit.
const HOUSE_BATCH: usize = 4;
/// Letters are claimed one by one. A letter may take longer than any lease: claimed with others it would make them wait, and when the
/// process ends meanwhile each of them would have lost a try for nothing. A lease that ends under a slow letter harms nobody,
/// because the only thread that claims letters of this database is the one that is sending it; so nothing is renewed.
const LETTER_BATCH: usize = 1;
/// Between two rounds of housekeeping (CRLs, checkpoints, purges), and longest between two looks into the outbox.
const TEND: Duration = Duration::from_secs(10);
/// Longest sleep, so that a stop and a timer are never late by more.
const NAP: Duration = Duration::from_millis(500);
/// Sleep when time may jump under a test.
const TEST_NAP: Duration = Duration::from_millis(50);
/// Sleep after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the log says that it is still away.
const OUTAGE_TOLD_EVERY: Duration = Duration::from_secs(60);

impl Worker {
    /// Starts it.
    pub(crate) fn start(tools: Tools) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let tools = Arc::new(tools);
        let ra = tools.ra.clone();
        // One ring is enough: whoever hears it looks at everything.
        let (ring, bell) = sync_channel(1);
        let (flag, shared) = (stop.clone(), tools.clone());
        let house =
            std::thread::Builder::new().name("house".to_owned()).spawn(move || shared.keep_house(&flag, &ring))?;
        let flag = stop.clone();
        let letters =
            std::thread::Builder::new().name("letters".to_owned()).spawn(move || tools.send_letters(&flag, &bell))?;
        Ok(Self { stop, ra, house, letters })
    }

    /// Lets it finish what it has claimed, then ends it. A letter that does not leave within `patience` is left to the end of the
    /// process: its lease ends and the next start sends it, with the same message id.
    pub(crate) fn stop(self, patience: Duration) {
        self.stop.store(true, Ordering::Release);
        self.ra.wake();
        end(self.house);
        let until = Instant::now() + patience;
        while !self.letters.is_finished() && Instant::now() < until {
            std::thread::sleep(TEST_NAP);
        }
        if self.letters.is_finished() {
            end(self.letters);
        } else {
            tracing::warn!("a letter was still on its way after the time a stop may take");
        }
    }
}

fn end(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("the worker ended by a panic");
    }
}

impl Tools {
    fn keep_house(&self, stop: &AtomicBool, letters: &SyncSender<()>) {
        // A full channel rings already, a closed one has nobody to hear it.
        let ring = || {
            let _ = letters.try_send(());
        };
        let mut tended: Option<Instant> = None;
        let (mut outage, mut untended) = (Outage::of(OUTBOX), Outage::of(HOUSEKEEPING));
        let mut look_at = Timestamp(i64::MIN);
        while !stop.load(Ordering::Acquire) {
            // A test's clock runs by leaps: there a round of housekeeping costs nothing and waits for nothing.
            if tended.is_none_or(|at| at.elapsed() >= TEND) || (self.clock.may_jump() && self.clock.now() >= look_at) {
                tended = Some(Instant::now());
                look_at = Timestamp(i64::MIN);
                // Told, and tried again in its time.
                let _ = untended.told(self.clock.at(|at| self.ra.tend(at)));
            }
            if self.clock.now() >= look_at {
                match outage.told(self.round(Work::House, HOUSE_BATCH)) {
                    Ok(0) => look_at = self.next_look(),
                    Ok(_) => {
                        // What was done may have left a letter.
                        ring();
                        continue;
                    }
                    Err(()) => {
                        nap(PAUSE, stop);
                        continue;
                    }
                }
            }
            if self.ra.wait_for_work(self.until(look_at)) {
                look_at = Timestamp(i64::MIN);
                ring();
            }
        }
    }

    fn send_letters(&self, stop: &AtomicBool, bell: &Receiver<()>) {
        let mut looked: Option<Instant> = None;
        let mut outage = Outage::of(OUTBOX);
        let mut look_at = Timestamp(i64::MIN);
        while !stop.load(Ordering::Acquire) {
            if looked.is_none_or(|at| at.elapsed() >= TEND) || self.clock.now() >= look_at {
                looked = Some(Instant::now());
                match outage.told(self.round(Work::Letters, LETTER_BATCH)) {
                    Ok(0) => look_at = self.next_look(),
                    Ok(_) => {
                        look_at = Timestamp(i64::MIN);
                        continue;
                    }
                    Err(()) => {
                        nap(PAUSE, stop);
                        continue;
                    }
                }
            }
            match bell.recv_timeout(self.until(look_at)) {
                Ok(()) => look_at = Timestamp(i64::MIN),
                Err(RecvTimeoutError::Timeout) => {}
                // The house has ended: so shall we, unless it was a panic; then we go on by the clock.
                Err(RecvTimeoutError::Disconnected) => nap(NAP, stop),
            }
        }
    }

    /// When the outbox is looked at again if nobody wakes us. Called when there was nothing for us: what is due all the same is
    /// the other thread's, and may hide what will be ours.
    fn next_look(&self) -> Timestamp {
        let now = self.clock.now();
        let after = |span: Duration| now.plus_ms(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        match self.ra.next_due() {
            Ok(Some(due)) if due <= now => after(NAP),
            Ok(Some(due)) => due.min(after(TEND)),
            Ok(None) => after(TEND),
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                after(TEND)
            }
        }
    }

    /// How long to sleep towards `look_at`.
    fn until(&self, look_at: Timestamp) -> Duration {
        let left = u64::try_from(look_at.0.saturating_sub(self.clock.now().0)).unwrap_or(0);
        let most = if self.clock.may_jump() { TEST_NAP } else { NAP };
        Duration::from_millis(left).clamp(Duration::from_millis(1), most)
    }

    /// Performs one batch to its end; returns how many effects there were.
    fn round(&self, work: Work, limit: usize) -> Result<usize, ra::Error> {
        let batch = self.clock.at(|at| self.ra.claim(work, limit, at))?;
        for due in &batch {
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
        let nowhere = Calendar::default();
        let agent = self.ra.agents().iter().find(|agent| agent.name == letter.agent_name);
        let sender = mail::Sender {
            from: self.mail_from.as_deref(),
            host: &self.host,
            calendar: agent.map_or(&nowhere, |agent| &agent.calendar),
        };
        let envelope = mail::render(letter, words, &sender)?;
        self.mailer.send(&envelope)?;
        self.clock
            .at(|at| self.ra.letter_sent(due, at))
            .map_err(|error| MailError { reason: error.to_string(), permanent: false })
    }
}

/// Work that fails as long as a database or a key is away: told when that begins, every minute while it lasts, and when it is over. A line a second would bury
/// what else the log says.
struct Outage {
    words: Words,
    began: Option<Instant>,
    last_told: Option<Instant>,
}

/// What the log says when an outage begins or goes on, and when it is over.
struct Words {
    fails: &'static str,
    works_again: &'static str,
}

const OUTBOX: Words = Words { fails: "the outbox cannot be read", works_again: "the outbox is read again" };
const HOUSEKEEPING: Words = Words { fails: "housekeeping fails", works_again: "housekeeping is done again" };

impl Outage {
    fn of(words: Words) -> Self {
        Self { words, began: None, last_told: None }
    }

    /// What came of the work, with its error told if it is news.
    fn told<T>(&mut self, done: Result<T, ra::Error>) -> Result<T, ()> {
        let now = Instant::now();
        match done {
            Ok(answer) => {
                if let Some(lasted) = self.is_over(now) {
                    tracing::info!(seconds = lasted.as_secs(), "{}", self.words.works_again);
                }
                Ok(answer)
            }
            Err(error) => {
                if self.is_news(now) {
                    tracing::error!(%error, "{}", self.words.fails);
                }
                Err(())
            }
        }
    }

    fn is_news(&mut self, now: Instant) -> bool {
        self.began.get_or_insert(now);
        let is_news = self.last_told.is_none_or(|told| now.duration_since(told) >= OUTAGE_TOLD_EVERY);
        if is_news {
            self.last_told = Some(now);
        }
        is_news
    }

    /// How long it lasted, if there was one.
    fn is_over(&mut self, now: Instant) -> Option<Duration> {
        self.last_told = None;
        self.began.take().map(|began| now.duration_since(began))
    }
}

/// Sleeps in short naps, so that a stop is not late.
fn nap(span: Duration, stop: &AtomicBool) {
    let until = Instant::now() + span;
    while Instant::now() < until && !stop.load(Ordering::Acquire) {
        std::thread::sleep(NAP.min(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_when_it_begins_every_minute_and_when_it_ends() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut outage = Outage::of(HOUSEKEEPING);
        assert_eq!(outage.is_over(at(0)), None);
        let told: Vec<u64> = (1..=125).filter(|&second| outage.is_news(at(second))).collect();
        assert_eq!(told, [1, 61, 121]);
        assert_eq!(outage.is_over(at(126)), Some(Duration::from_secs(125)));
        assert_eq!(outage.is_over(at(127)), None);
        assert!(outage.is_news(at(128)), "another outage is news again");
    }
}
