//! A running server: the registration authority, the worker and the listener, started in order and stopped in order.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ra::{Password, Ra, Setup};
use tokio::sync::oneshot;

use crate::api::{Door, Parts, router};
use crate::clock::Clock;
use crate::config::secret::Secret;
use crate::config::{Database, Log, LogFormat, Settings};
use crate::folders::{Folders, faults_of_words, refused};
use crate::lock::DataLock;
use crate::mail::Mailer;
use crate::papers::Papers;
use crate::terminal::Trouble;
use crate::token_keys::Tokens;
use crate::worker::{Tools, Worker};

/// A server at work. Dropping it without [`Running::stop`] leaves the threads to the end of the process.
pub(crate) struct Running {
    address: SocketAddr,
    ra: Ra,
    clock: Clock,
    worker: Worker,
    patience: Duration,
    stop: oneshot::Sender<()>,
    web: JoinHandle<std::io::Result<()>>,
    _lock: DataLock,
}

/// Binds the configured address; says in plain words when another program has it.
pub(crate) fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Trouble::new("port-in-use", BUSY).with("address", address.to_string()).into())
        }
        Err(error) => Err(error).with_context(|| format!("listen = {address}")),
    }
}

/// Exit code for "somebody else has it".
const BUSY: u8 = 4;

impl Running {
    /// Takes the data folder, opens everything, and answers requests from then on. `listener` is bound already, so that a taken
    /// port changes nothing in the data folder.
    pub(crate) fn start(settings: Settings, listener: TcpListener) -> anyhow::Result<Self> {
        Self::start_with(settings, listener, None)
    }

    /// The same, with the pages of a demonstration where there is a stage.
    pub(crate) fn start_with(
        settings: Settings,
        listener: TcpListener,
        demo: Option<Arc<crate::demo::Stage>>,
    ) -> anyhow::Result<Self> {
        let lock = DataLock::take(&settings.data)?;
        let clock = Clock::from_environment();
        let folders = Folders::read(&settings.folders)?;
        let words = Arc::new(folders.words().map_err(|error| refused(error.to_string()))?);
        let papers = Papers::open(&folders)?;
        let mailer = Mailer::open(&settings.mail.transport)?;
        let ra = clock.at(|at| Ra::open(setup(&settings, &folders)?, at).map_err(anyhow::Error::from))?;
        let faults = faults_of_words(&folders, ra.agents(), |name| ra.procedure(name));
        if let Some(first) = faults.first() {
            return Err(refused(first.clone()));
        }

        clock.at(|at| ra.started(at))?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let door = Door::new(Parts {
            ra: ra.clone(),
            clock: clock.clone(),
            limits: settings.limits,
            trusted_proxies: settings.trusted_proxies.clone(),
            origin: settings.origin.clone(),
            words: words.clone(),
            demo,
            papers,
        });
        let worker = Worker::start(Tools {
            ra: ra.clone(),
            clock: clock.clone(),
            mailer,
            mail_from: settings.mail.from,
            host: host_of(&settings.origin),
            words,
        })?;
        let (stop, stopped) = oneshot::channel();
        let patience = Duration::from_secs(settings.limits.stop_seconds);
        let threads = settings.limits.blocking_calls;
        let web = std::thread::Builder::new()
            .name("web".to_owned())
            .spawn(move || serve(listener, door, stopped, patience, threads))?;
        Ok(Self { address, ra, clock, worker, patience, stop, web, _lock: lock })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Finishes what is under way, then ends in order: no new requests, the worker's claimed effects, the last checkpoint, the lock.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        // A web side that has ended already has dropped its ear; its result says why.
        let _ = self.stop.send(());
        let web = self.web.join();
        self.worker.stop(self.patience);
        self.clock.at(|at| self.ra.stop(at))?;
        match web {
            Ok(ended) => ended.context("the web side"),
            Err(_) => anyhow::bail!("the web side ended by a panic"),
        }
    }
}

fn serve(
    listener: TcpListener,
    door: Door,
    stopped: oneshot::Receiver<()>,
    patience: Duration,
    blocking_threads: usize,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads + SPARE_THREADS)
        .thread_name("web-worker")
        .build()?;
    let outcome = runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let connections = GracefulShutdown::new();
        let head = Duration::from_secs(door.limits().head_seconds);
        accept(&listener, router(door), &connections, head, stopped).await;
        drop(listener);
        if tokio::time::timeout(patience, connections.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way after the time a stop may take");
        }
        Ok(())
    });
    runtime.shutdown_timeout(patience);
    outcome
}

/// Takes connections until told to stop. Who does not finish the head of a request in time loses the connection.
async fn accept(
    listener: &tokio::net::TcpListener,
    router: Router,
    connections: &GracefulShutdown,
    head: Duration,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    loop {
        // A sender that is gone without a word means stop as well.
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // No free file descriptor, or a peer that left already: the next one may do better.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Answers are small and written whole; waiting for more only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let service = TowerToHyperService::new(router.clone());
        let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            service.call(request)
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

/// After a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(50);

/// Beside the calls into the registration authority: papers, name look-ups and the like of the runtime itself.
const SPARE_THREADS: usize = 8;

/// What the registration authority is opened with.
pub(crate) fn setup(settings: &Settings, folders: &Folders) -> anyhow::Result<Setup> {
    let tokens = Tokens::default();
    Ok(Setup {
        location: match &settings.database {
            Database::Sqlite(path) => store::Location::Sqlite(path.clone()),
            Database::Postgres { url, connections } => {
                store::Location::Postgres { url: url.expose().to_owned(), connections: *connections }
            }
        },
        origin: settings.origin.clone(),
        data: settings.data.clone(),
        key_password: password(&settings.keys.password()?),
        outside_keys: settings.keys_token.as_ref().map(|token| tokens.authorities(token)),
        open_agent_key: Some(tokens.agents(password(&settings.keys.password()?))),
        agents: folders.agents.clone(),
        procedures: folders.procedures.clone(),
        profiles: folders.profiles.clone(),
        limits: ra::Limits {
            lease_ms: i64::try_from(settings.limits.lease_seconds).unwrap_or(i64::MAX / 1_000) * 1_000,
            ..ra::Limits::default()
        },
    })
}

/// The password in the form that opens keys.
pub(crate) fn password(secret: &Secret) -> Password {
    Password::new(secret.expose().as_bytes().to_vec())
}

/// Opens the registration authority for a reading command, beside a running server or without one.
pub(crate) fn open_reading(settings: &Settings) -> anyhow::Result<Ra> {
    let folders = Folders::read(&settings.folders)?;
    Ok(Ra::open_reading(setup(settings, &folders)?)?)
}

/// Takes the data folder and opens the registration authority for a writing command.
pub(crate) fn open_writing(settings: &Settings) -> anyhow::Result<(DataLock, Ra, Clock)> {
    let lock = DataLock::take(&settings.data)?;
    let clock = Clock::from_environment();
    let folders = Folders::read(&settings.folders)?;
    let ra = clock.at(|at| Ra::open(setup(settings, &folders)?, at).map_err(anyhow::Error::from))?;
    Ok((lock, ra, clock))
}

/// The host of an origin, for message ids.
fn host_of(origin: &str) -> String {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    if host.is_empty() || host.starts_with('[') { "localhost".to_owned() } else { host.to_owned() }
}

/// Sends log lines to the standard error stream. Called once, by commands that serve.
pub(crate) fn start_log(log: Log) {
    let lines = tracing_subscriber::fmt().with_max_level(log.level).with_writer(std::io::stderr);
    // A second call keeps the first: tests and the demonstration may have set one.
    let _ = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => lines.try_init(),
    };
}

/// Makes a file that only its owner reads; it must not be there yet.
pub(crate) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(|| path.display().to_string())
}
