//! `surguch demo`: the main job on a machine that has nothing yet. A data folder, authorities, sample clients with virtual smart keys, staff,
//! a server, and pages that lead its reader through a renewal in a browser. With `--once` no browser is needed: one client's whole renewal
//! goes through the API, as client and as operator, and the other client's request is left to the reader.
//!
//! It goes through the same doors as everybody else: `ca init`, import, staff, the server's start, the walkthrough. What it adds is
//! one [`Stage`], which the server that it starts shows on pages of its own; no other server has one.

pub(crate) mod cards;
mod component;
mod previous;
pub(crate) mod samples;
mod stage;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use domain::ids::AgentId;
use ra::ImportMode;

use super::walkthrough::{
    ACT, ACT_SIGNATURE, CERTIFICATE, CHAIN, Client, HandedIn, Identity, LinkSource, NEW_KEY, REQUEST, Server, Teller,
    Walk, make_private_folder, milliseconds, read_token, write, write_private,
};
use super::{actor, authorities};
use crate::clock::Clock;
use crate::config::{self, Settings};
use crate::demo::{Stage, StageStaff};
use crate::lock::DataLock;
use crate::server::{Running, bind, open_reading, open_writing, start_log};
use crate::terminal::say;
use component::{Component, Wanted};
use samples::{HowFar, Samples};

/// Where the demonstration works and where its results go.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the certificate, the act and the other results are written.
    #[arg(long, default_value = "./demo-out", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Data folder; without it a new one beside the results. One that holds data already is kept, and the walk is skipped.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Port to listen on; without it 8787 or the next free one.
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Walk one client's renewal through the API and end, instead of staying up for a browser.
    #[arg(long)]
    pub(crate) once: bool,
    /// Start a browser on the first page.
    #[arg(long, conflicts_with = "once")]
    pub(crate) open: bool,
    /// Only the server and its pages: no component, no virtual smart keys, nothing is built.
    #[arg(long, conflicts_with = "once")]
    pub(crate) no_component: bool,
}

/// What the sample authorities are.
const PLAN: &str = include_str!("../../../../demo/ca.toml");
const CONFIGURATION: &str = "surguch.toml";
/// Says that a data folder was made by a demo, by which one, and whether it came to its end.
const MARKER: &str = "made-by-demo.toml";
const JOURNAL: &str = "journal.jsonl";
/// Where the mailbox transport puts letters unless told otherwise; the demonstration's configuration does not.
const MAILBOX: &str = "mailbox";
const FIRST_PORT: u16 = 8787;
/// So many ports are tried.
const PORTS: u16 = 100;

/// The contents of [`MARKER`].
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Marker {
    out: PathBuf,
    finished: bool,
}

/// What is in the data folder when the demo comes.
enum Ground {
    Empty,
    /// Data that stay; the results of the run that made them, where known.
    Kept(Option<PathBuf>),
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let samples = Samples::get();
    let teller = Arc::new(Teller::new(samples.steps.clone()));
    let out = plain(&arguments.out);
    let data = arguments.data.as_deref().map_or_else(|| out.join("data"), plain);
    match ground(&data, arguments.data.is_some(), &teller)? {
        Ground::Kept(out) => stay_with(samples, &data, out.as_deref(), &arguments, &teller),
        Ground::Empty => from_nothing(samples, &teller, &out, &data, &arguments),
    }
}

/// Makes everything; then walks and ends, or stays up.
fn from_nothing(
    samples: &Samples,
    teller: &Arc<Teller>,
    out: &Path,
    data: &Path,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let listener = listener(arguments.port, teller)?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}");

    make_private_folder(out)?;
    make_private_folder(data)?;
    mark(data, out, false)?;
    let configuration = data.join(CONFIGURATION);
    write(&configuration, configuration_text(address, &url).as_bytes())?;
    let settings = config::load(Some(&configuration))?;
    let clock = Clock::from_environment();

    authorities::init(PLAN, &settings)?;
    let (identities, import, staff) = (out.join("identities"), out.join("import"), out.join("staff"));
    let began = Instant::now();
    let previous = previous::make(samples, &identities, &import, &clock)?;
    teller.line("demo-previous", &[("name", previous), ("ms", milliseconds(began.elapsed()).to_string())]);
    let sign_ins = take_over(samples, &settings, &import, &staff, teller)?;
    teller.line("demo-plain-keys", &[("folder", shown(&identities))]);
    let stage = stage::set(samples, sign_ins, &data.join(MAILBOX), data)?;

    start_log(settings.log);
    if arguments.once {
        let running = Running::start(settings, listener)?;
        teller.line("demo-server", &[("url", url.clone()), ("data", shown(data))]);
        walk(samples, teller, &clock, out, data, &url)?;
        return running.stop();
    }
    mark(data, out, true)?;
    show(samples, stage, settings, listener, out, arguments, teller)
}

/// One client's whole renewal and the beginning of the other's, through the API, and the files that prove it.
fn walk(samples: &Samples, teller: &Teller, clock: &Clock, out: &Path, data: &Path, url: &str) -> anyhow::Result<()> {
    say("");
    teller.line("demo-head", &[]);
    let server = Server::open(url, None, teller.language)?;
    let token = read_token(&out.join("staff").join(format!("{}.token", samples.staff[0].file)))?;
    let staff_tokens = [token];
    let link = LinkSource::Mailbox(data.join(MAILBOX));
    let mut left = Vec::new();
    for client in &samples.clients {
        let folder = out.join("identities").join(&client.folder);
        let identity = Identity::read(&folder)?;
        let walk = Walk {
            client: Client { server: &server, clock, agent: samples.agent },
            procedure: &samples.procedure,
            identity: &identity,
            staff: &staff_tokens,
            link: &link,
            teller,
            card: None,
        };
        let handed = walk.hand_in(&folder.join(NEW_KEY))?;
        match client.walk {
            HowFar::Whole => {
                walk.finish(handed)?.write(out)?;
            }
            HowFar::UntilAccepted => left.push((client.folder.as_str(), handed)),
        }
    }
    let configuration = data.join(CONFIGURATION);
    let settings = config::load(Some(&configuration))?;
    export_journal(&settings, &out.join(JOURNAL))?;
    mark(data, out, true)?;

    let files = [CERTIFICATE, CHAIN, REQUEST, ACT, ACT_SIGNATURE, JOURNAL].join(", ");
    say("");
    teller.line("walk-files", &[("folder", shown(out)), ("files", files)]);
    say_how_to_verify(out, &configuration, teller);
    say("");
    teller.line("demo-again", &[]);
    say(format!("  {} --config {} serve", program(), quoted(&shown(&configuration))));
    for (folder, handed) in &left {
        say_how_to_go_on(samples, folder, handed, out, data, url, teller);
    }
    Ok(())
}

/// Serves with the demonstration's pages, the component beside, until told to stop.
fn show(
    samples: &Samples,
    stage: Stage,
    settings: Settings,
    listener: TcpListener,
    out: &Path,
    arguments: &Arguments,
    teller: &Arc<Teller>,
) -> anyhow::Result<()> {
    let (url, data) = (settings.origin.clone(), settings.data.clone());
    let wanted = Wanted {
        folder: std::path::absolute(data.join("component"))?,
        origin: url.clone(),
        bank_key_sha256: ticket_key_sha256(&data)?,
        port: stage.component_port,
        clients: stage
            .clients
            .iter()
            .zip(&samples.clients)
            .map(|(client, sample)| (client.clone(), out.join("identities").join(&sample.folder)))
            .collect(),
        applicant: stage.applicant.clone(),
        standing: stage.component.clone(),
    };
    let running = Running::start_with(settings, listener, Some(Arc::new(stage)))?;
    teller.line("demo-server", &[("url", url.clone()), ("data", shown(&data))]);
    say("");
    let first = format!("{url}/demo");
    teller.line("demo-first", &[]);
    say(format!("  {first}"));
    let component = if arguments.no_component { None } else { Some(Component::start(wanted, teller.clone())?) };
    if arguments.open {
        open(&first, teller);
    }
    stay(running, component, teller)
}

/// What the component pins: SHA-256 of the SubjectPublicKeyInfo of the key that signs tickets.
fn ticket_key_sha256(data: &Path) -> anyhow::Result<String> {
    let file = data.join("keys/ticket.pub");
    let octets = fs::read(&file).with_context(|| shown(&file))?;
    let der = crypto::der_or_pem(&octets, "PUBLIC KEY").with_context(|| shown(&file))?;
    Ok(hex::encode(crypto::sha256(&der)))
}

/// Starts a browser as this system does it. Without one the address is on the terminal all the same.
fn open(url: &str, teller: &Teller) {
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/c", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let quiet = || Stdio::null();
    let started = Command::new(program).args(before).arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    if let Err(error) = started {
        teller.aside("demo-no-browser", &[("program", program.to_owned()), ("error", error.to_string())]);
    }
}

/// Serves data that were there before.
fn stay_with(
    samples: &Samples,
    data: &Path,
    out: Option<&Path>,
    arguments: &Arguments,
    teller: &Arc<Teller>,
) -> anyhow::Result<()> {
    let settings = config::load(Some(&data.join(CONFIGURATION)))?;
    if let Some(port) = arguments.port.filter(|port| *port != settings.listen.port()) {
        let args = [("port", port.to_string()), ("address", settings.listen.to_string()), ("data", shown(data))];
        anyhow::bail!(teller.word("demo-port-kept", &args));
    }
    teller.line("demo-kept", &[("data", shown(data))]);
    if let Some(out) = out {
        teller.line("demo-kept-out", &[("out", shown(out))]);
    }
    start_log(settings.log);
    let listener = bind(settings.listen)?;
    // What somebody else made has no stage: it is served as `serve` would.
    if let (false, Some(out), Some(stage)) = (arguments.once, out, stage::kept(data)?) {
        return show(samples, stage, settings, listener, out, arguments, teller);
    }
    let url = settings.origin.clone();
    let running = Running::start(settings, listener)?;
    teller.line("demo-server", &[("url", url), ("data", shown(data))]);
    if arguments.once { running.stop() } else { stay(running, None, teller) }
}

/// Looks at the data folder. What an earlier demo made beside its results is removed; what a person named is not, unless a demo broke off in it.
fn ground(data: &Path, named: bool, teller: &Teller) -> anyhow::Result<Ground> {
    let entries = match fs::read_dir(data) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Ground::Empty),
        other => other.with_context(|| shown(data))?.collect::<Result<Vec<_>, _>>().with_context(|| shown(data))?,
    };
    if entries.is_empty() {
        return Ok(Ground::Empty);
    }
    let marker = match fs::read_to_string(data.join(MARKER)) {
        Ok(text) => Some(toml::from_str::<Marker>(&text).with_context(|| shown(&data.join(MARKER)))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| shown(&data.join(MARKER))),
    };
    match marker {
        None if named => Ok(Ground::Kept(None)),
        None => anyhow::bail!(teller.word("demo-data-foreign", &[("data", shown(data))])),
        Some(marker) if named && marker.finished => Ok(Ground::Kept(Some(marker.out))),
        Some(_) => {
            // Another demo may be serving from here: its lock says so.
            let _lock = DataLock::take(data)?;
            for entry in entries {
                let path = entry.path();
                let is_folder = entry.file_type().with_context(|| shown(&path))?.is_dir();
                let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.with_context(|| shown(&path))?;
            }
            Ok(Ground::Empty)
        }
    }
}

fn mark(data: &Path, out: &Path, finished: bool) -> anyhow::Result<()> {
    let out = std::path::absolute(out).with_context(|| shown(out))?;
    write(&data.join(MARKER), toml::to_string(&Marker { out, finished })?.as_bytes())
}

/// The asked-for port, or the first free one from 8787 on; bound at once, so that nobody takes it meanwhile.
fn listener(port: Option<u16>, teller: &Teller) -> anyhow::Result<TcpListener> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = port {
        return bind(at(port));
    }
    for port in FIRST_PORT..FIRST_PORT + PORTS {
        match TcpListener::bind(at(port)) {
            Ok(listener) => {
                if port != FIRST_PORT {
                    teller.line("demo-port-taken", &[("port", FIRST_PORT.to_string()), ("taken", port.to_string())]);
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| at(port).to_string()),
        }
    }
    let last = FIRST_PORT + PORTS - 1;
    anyhow::bail!(teller.word("demo-ports-taken", &[("from", FIRST_PORT.to_string()), ("to", last.to_string())]))
}

fn configuration_text(address: SocketAddr, url: &str) -> String {
    format!(
        "# Made by `surguch demo`. Start this server again with: surguch --config {CONFIGURATION} serve\n\
         data = \".\"\nlisten = \"{address}\"\norigin = \"{url}\"\n\n[log]\nlevel = \"warn\"\nformat = \"text\"\n"
    )
}

/// Imports the clients and adds the staff; tokens land in files, sign-ins for the pages are returned.
fn take_over(
    samples: &Samples,
    settings: &Settings,
    import: &Path,
    staff: &Path,
    teller: &Teller,
) -> anyhow::Result<Vec<StageStaff>> {
    let agent = AgentId(samples.agent);
    let (_lock, ra, clock) = open_writing(settings)?;
    let report = clock.at(|at| ra.import(&actor(), agent, import, ImportMode::Apply, at))?;
    if let Some(row) = report.refused.first() {
        anyhow::bail!("{}: {}", row.file, row.reason);
    }
    let counts = [
        ("organisations", report.organisations.to_string()),
        ("subscribers", report.subscribers.to_string()),
        ("certificates", report.certificates.to_string()),
    ];
    teller.line("demo-imported", &counts);
    make_private_folder(staff)?;
    let mut sign_ins = Vec::new();
    for person in &samples.staff {
        let (id, token) = clock.at(|at| ra.add_staff(&actor(), agent, &person.name, &person.roles, at))?;
        write_private(&staff.join(format!("{}.token", person.file)), format!("{token}\n").as_bytes())?;
        sign_ins.push(stage::sign_in_of(person, id, &ra, &clock)?);
    }
    clock.at(|at| ra.stop(at))?;
    Ok(sign_ins)
}

fn export_journal(settings: &Settings, path: &Path) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path).with_context(|| shown(path))?);
    open_reading(settings)?.export_journal(&mut file)?;
    std::io::Write::flush(&mut file).with_context(|| shown(path))
}

/// The commands that a test runs as they are printed.
fn say_how_to_verify(out: &Path, configuration: &Path, teller: &Teller) {
    let file = |name: &str| quoted(&shown(&out.join(name)));
    let (certificate, chain, request) = (file(CERTIFICATE), file(CHAIN), file(REQUEST));
    say("");
    teller.line("demo-verify", &[]);
    say(format!("  openssl verify -engine gost -CAfile {chain} {certificate}"));
    say(format!("  openssl req -engine gost -verify -noout -in {request}"));
    say(format!(
        "  openssl cms -engine gost -verify -cades -binary -purpose any -CAfile {chain} -inform PEM -in {} -content {} -out /dev/null",
        file(ACT_SIGNATURE),
        file(ACT)
    ));
    say(format!("  openssl x509 -engine gost -noout -text -in {certificate}"));
    say(format!("  {} --config {} journal verify", program(), quoted(&shown(configuration))));
}

/// What the reader types to be the operator, and then the client.
fn say_how_to_go_on(
    samples: &Samples,
    folder: &str,
    handed: &HandedIn,
    out: &Path,
    data: &Path,
    url: &str,
    teller: &Teller,
) {
    let card = &handed.card;
    let path = |path: PathBuf| quoted(&shown(&path));
    let token = path(out.join("staff").join(format!("{}.token", samples.staff[0].file)));
    let authorization = format!("-H \"Authorization: Bearer $(cat {token})\"");
    let identity = out.join("identities").join(folder);
    let status = card.status(teller.language).to_owned();
    say("");
    teller
        .line("demo-left", &[("name", card.subscriber_name.clone()), ("status", status), ("request", card.id.clone())]);
    say(format!("  curl -sS --fail-with-body {authorization} {url}/api/v1/desk/requests/{}", card.id));
    say(format!(
        "  curl -sS --fail-with-body -X POST {authorization} -H 'Content-Type: application/json' -d '{{\"version\":{}}}' {url}/api/v1/desk/requests/{}/approve",
        card.version, card.id
    ));
    let mailbox = data.join(MAILBOX);
    teller.line("demo-left-letter", &[("mailbox", shown(&mailbox))]);
    say(format!(
        "  {} walkthrough {} --agent {} --url {url} --out {} --identity {} --mailbox {} --request {} --new-key {}",
        program(),
        samples.procedure,
        samples.agent,
        path(out.join(folder)),
        path(identity.clone()),
        path(mailbox),
        card.id,
        path(identity.join(NEW_KEY))
    ));
}

/// Serves until Ctrl-C or SIGTERM.
fn stay(running: Running, component: Option<Component>, teller: &Teller) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    say("");
    teller.line("demo-stays", &[]);
    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    drop(component);
    running.stop()
}

/// This program, as a reader can call it again.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "surguch".to_owned(), |path| quoted(&shown(&path)))
}

/// A path as a person writes it, without `./` before and inside.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A word for sh.
fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_word_for_sh_is_quoted_when_it_must_be() {
        assert_eq!(quoted("demo-out/chain.pem"), "demo-out/chain.pem");
        assert_eq!(quoted("мои файлы/a'b"), "'мои файлы/a'\\''b'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn only_what_a_demo_made_is_ever_removed() {
        let teller = Teller::new(BTreeMap::new());
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(matches!(ground(&data, false, &teller), Ok(Ground::Empty)));
        fs::create_dir(&data).unwrap();
        fs::write(data.join("precious"), "x").unwrap();
        assert!(ground(&data, false, &teller).is_err());
        assert!(matches!(ground(&data, true, &teller), Ok(Ground::Kept(None))));
        assert!(data.join("precious").exists());
        mark(&data, folder.path(), true).unwrap();
        assert!(matches!(ground(&data, true, &teller), Ok(Ground::Kept(Some(_)))));
        assert!(data.join("precious").exists());
        assert!(matches!(ground(&data, false, &teller), Ok(Ground::Empty)));
        assert!(!data.join("precious").exists());
    }

    #[test]
    fn a_folder_that_is_in_use_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        mark(folder.path(), folder.path(), true).unwrap();
        let _lock = DataLock::take(folder.path()).unwrap();
        assert!(ground(folder.path(), false, &Teller::new(BTreeMap::new())).is_err());
        assert!(folder.path().join(MARKER).exists());
    }
}
