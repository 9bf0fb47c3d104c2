//! What all handlers share: the registration authority behind a bounded pool of blocking threads, the clock, the words, the limits.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request;
use domain::Refusal;
use domain::actor::Actor;
use domain::ids::{AgentId, Unz};
use domain::subscriber::{self, Inn};
use ra::{Failure, HandedOut, Moment, NewStaff, Ra};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::buckets::Buckets;
use super::problem::Problem;
use super::shown_once::ShownOnce;
use crate::auth::Opened;
use crate::clock::Clock;
use crate::config::Limits;
use crate::papers::Papers;
use crate::words::ProcedureWords;

/// What a door is made of.
pub(crate) struct Parts {
    pub(crate) ra: Ra,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) origin: String,
    pub(crate) words: Arc<BTreeMap<String, ProcedureWords>>,
    /// What a demonstration shows beside; none on every other server.
    pub(crate) demo: Option<Arc<crate::demo::Stage>>,
    pub(crate) papers: Papers,
}

/// The state of every handler. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Door(Arc<Inner>);

struct Inner {
    parts: Parts,
    /// Calls that may block a thread at once.
    blocking: Arc<Semaphore>,
    /// Papers that may be set at once.
    printing: Arc<Semaphore>,
    /// Scans of strangers that may be looked through at once.
    looking: Arc<Semaphore>,
    /// Forms with scans of strangers that may be in memory at once.
    strangers: Semaphore,
    /// Requests that may be worked on at once.
    places: Semaphore,
    tries: Mutex<Buckets<IpAddr>>,
    /// New members of staff, for a second click.
    new_staff: ShownOnce<NewStaff>,
    /// Passwords handed out, and to whom, for a second click.
    handed_out: ShownOnce<(HandedOut, subscriber::Subscriber)>,
    /// Sign-ins of pages, for a second click.
    let_in: ShownOnce<Opened>,
    /// Of each ИНН at each agent.
    applications: Mutex<Buckets<(AgentId, String)>>,
}

impl Door {
    pub(crate) fn new(parts: Parts) -> Self {
        let limits = parts.limits;
        Self(Arc::new(Inner {
            parts,
            blocking: Arc::new(Semaphore::new(limits.blocking_calls)),
            printing: Arc::new(Semaphore::new(PAPERS_AT_ONCE)),
            looking: Arc::new(Semaphore::new(LOOKING_AT_ONCE)),
            strangers: Semaphore::new(STRANGERS_AT_ONCE),
            places: Semaphore::new(limits.concurrent_requests),
            new_staff: ShownOnce::default(),
            handed_out: ShownOnce::default(),
            let_in: ShownOnce::default(),
            tries: Mutex::new(Buckets::new(limits.guesses_per_minute, limits.addresses)),
            applications: Mutex::new(Buckets::new(limits.applications_per_minute, limits.addresses)),
        }))
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpAddr] {
        &self.0.parts.trusted_proxies
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.parts.limits
    }

    pub(crate) fn origin(&self) -> &str {
        &self.0.parts.origin
    }

    /// The agents whose clients are served.
    pub(crate) fn agents(&self) -> &[domain::agent::Agent] {
        self.0.parts.ra.agents()
    }

    pub(crate) fn now(&self) -> domain::Timestamp {
        self.0.parts.clock.now()
    }

    pub(crate) fn words(&self) -> &BTreeMap<String, ProcedureWords> {
        &self.0.parts.words
    }

    /// The stage of the demonstration that this server is, if it is one.
    pub(crate) fn demo(&self) -> Option<&Arc<crate::demo::Stage>> {
        self.0.parts.demo.as_ref()
    }

    pub(crate) fn new_staff(&self) -> &ShownOnce<NewStaff> {
        &self.0.new_staff
    }

    pub(crate) fn handed_out(&self) -> &ShownOnce<(HandedOut, subscriber::Subscriber)> {
        &self.0.handed_out
    }

    pub(crate) fn let_in(&self) -> &ShownOnce<Opened> {
        &self.0.let_in
    }

    pub(super) fn places(&self) -> &Semaphore {
        &self.0.places
    }

    pub(super) fn tries(&self) -> &Mutex<Buckets<IpAddr>> {
        &self.0.tries
    }

    /// Counts that somebody applies for this organisation, known to the bank or not.
    pub(crate) fn count_application(&self, agent_id: AgentId, inn: &Inn) -> Result<(), Problem> {
        let mut applications = self.0.applications.lock().unwrap_or_else(PoisonError::into_inner);
        // guard: applications-are-counted
        applications
            .take_of((agent_id, inn.as_str().to_owned()), Instant::now())
            .map_err(|seconds| Problem::later(Refusal::TooManyTries, seconds))
    }

    /// Asks the registration authority, on a thread that may block.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Ra, &mut Moment<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Problem>> + Send {
        self.answered(Box::new(move |ra, at| Ok(Box::new(verb(ra, at)?))))
    }

    async fn answered<T: 'static>(&self, verb: Verb) -> Result<T, Problem> {
        let answer = self.call(verb).await?.downcast();
        answer.map(|answer| *answer).map_err(|_| Problem::incident(false, "a call answered another question"))
    }

    /// The one place where work leaves the runtime. The place in the pool belongs to the call, not to the request: a request
    /// that is given up does not make room for a second call while the first still runs.
    async fn call(&self, verb: Verb) -> Result<Answer, Problem> {
        let permit = self.0.blocking.clone().acquire_owned().await.map_err(|_| Problem::Busy)?;
        let inner = self.0.clone();
        let call = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            inner.parts.clock.at(|at| verb(&inner.parts.ra, at))
        });
        match call.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => Err(failure.into()),
            Err(error) => Err(Problem::incident(false, &format!("a call panicked: {error}"))),
        }
    }
}

/// A question to the registration authority, and what it answers: of one type each, because a task of its own for each of two hundred questions was a
/// sixth of what the compiler had to do for this crate.
type Verb = Box<dyn FnOnce(&Ra, &mut Moment<'_>) -> Result<Answer, Failure> + Send>;
type Answer = Box<dyn Any + Send>;

impl Door {
    /// Sets a paper. It leaves the runtime as a call does, but takes nothing except processor time: fewer at once, with an end to waiting for a place
    /// and to the work itself. The place belongs to the work, so that one that is given up makes no room before it ends.
    pub(crate) async fn print(
        &self,
        work: impl FnOnce(&Papers) -> Result<Vec<u8>, documents::PaperError> + Send + 'static,
    ) -> Result<Vec<u8>, Problem> {
        let place = tokio::time::timeout(PAPER_PATIENCE, self.0.printing.clone().acquire_owned()).await;
        let permit = place.map_err(|_| Problem::Busy)?.map_err(|_| Problem::Busy)?;
        let inner = self.0.clone();
        let print = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&inner.parts.papers)
        });
        match tokio::time::timeout(PAPER_PATIENCE, print).await {
            Err(_) => Err(Problem::Timeout),
            Ok(Ok(Ok(pdf))) => Ok(pdf),
            Ok(Ok(Err(error))) => Err(Problem::paper(&error)),
            Ok(Err(error)) => Err(Problem::incident(false, &format!("a paper panicked: {error}"))),
        }
    }
}

impl Door {
    /// A place for a form with files that anybody may send, before any of it is read: each may hold as much memory as one of the staff.
    pub(crate) async fn strangers_place(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let place = tokio::time::timeout(STRANGERS_PATIENCE, self.0.strangers.acquire()).await;
        place.map_err(|_| Problem::Busy)?.map_err(|_| Problem::Busy)
    }

    /// The files of a stranger, looked through. Off the runtime, and apart from the calls of everybody else, because anybody may send them; whoever
    /// finds no place in time comes again. The place belongs to the work, as everywhere here.
    pub(crate) async fn looked_through(&self, files: Vec<Vec<u8>>) -> Result<Vec<ra::Scan>, Problem> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let place = tokio::time::timeout(STRANGERS_PATIENCE, self.0.looking.clone().acquire_owned()).await;
        let permit = place.map_err(|_| Problem::Busy)?.map_err(|_| Problem::Busy)?;
        let look = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            files.into_iter().map(ra::Scan::parse).collect::<Result<Vec<_>, _>>()
        });
        match look.await {
            Ok(Ok(scans)) => Ok(scans),
            Ok(Err(refusal)) => Err(refusal.into()),
            Err(error) => Err(Problem::incident(false, &format!("a look through a file panicked: {error}"))),
        }
    }

    /// The numbers of the codes on these scans. It takes nothing but processor time, and nobody must wait for it: without a place, or in time, a
    /// scan has no code, and what it belongs to is found by a number or by a person.
    pub(crate) async fn codes_on(&self, scans: Arc<[ra::Scan]>) -> Vec<Unz> {
        let look = async {
            let permit = self.0.looking.clone().acquire_owned().await.ok()?;
            let look = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let codes = scans.iter().flat_map(|scan| documents::scanned::codes_on(scan.octets()));
                codes.map(|code| code.unz).collect::<BTreeSet<_>>().into_iter().collect()
            });
            look.await.inspect_err(|error| tracing::warn!(%error, "a scan could not be looked through")).ok()
        };
        tokio::time::timeout(LOOKING_PATIENCE, look).await.ok().flatten().unwrap_or_default()
    }
}

/// Forms of strangers at once: with the limit of a form as it comes, a quarter of a gigabyte.
const STRANGERS_AT_ONCE: usize = 16;
/// For a place of those, and then for one to have the files looked through.
const STRANGERS_PATIENCE: Duration = Duration::from_secs(5);
/// A picture takes some tenths of a second of one processor and up to 40 MB; a file that is made to take long, some seconds.
const LOOKING_AT_ONCE: usize = 2;
/// For a place, and then for the look.
const LOOKING_PATIENCE: Duration = Duration::from_secs(10);

/// A paper takes some tens of milliseconds of one processor; more at once would only make all of them wait.
const PAPERS_AT_ONCE: usize = 4;
/// For a place, and then for the paper: under what a request may take as a whole.
const PAPER_PATIENCE: Duration = Duration::from_secs(12);

/// An agent as a form names it. What is no number comes to what the number of an agent comes to that is not here.
pub(crate) fn parse_agent(text: &str) -> Result<AgentId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// The subscriber behind the bearer token. A staff token is no one here. Extracted before the body, so that a stranger's body is
/// not even read.
pub(super) struct Subscriber(pub(super) Actor);

/// The member of staff behind the bearer token. A subscriber's token is no one here.
pub(super) struct Staff(pub(super) Actor);

impl FromRequestParts<Door> for Subscriber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, door: &Door) -> Result<Self, Problem> {
        let bearer = Bearer::of(parts)?;
        door.ask(move |ra, at| ra.subscriber(&bearer.0, at)).await.map(Self)
    }
}

impl FromRequestParts<Door> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, door: &Door) -> Result<Self, Problem> {
        let bearer = Bearer::of(parts)?;
        door.ask(move |ra, at| ra.staff(&bearer.0, at)).await.map(Self)
    }
}

/// A bearer token (RFC 6750 section 2.1), not yet looked up. It neither prints nor clones.
struct Bearer(zeroize::Zeroizing<String>);

/// Our tokens have 64 characters; nothing longer is looked at.
const LONGEST_TOKEN: usize = 128;

impl Bearer {
    fn of(parts: &request::Parts) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            (scheme.eq_ignore_ascii_case("bearer") && (1..=LONGEST_TOKEN).contains(&token.len())).then_some(token)
        });
        token.map(|token| Self(zeroize::Zeroizing::new(token.to_owned()))).ok_or_else(|| Refusal::SignInRequired.into())
    }
}
