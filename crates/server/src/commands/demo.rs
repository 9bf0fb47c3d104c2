//! `surguch demo`: the main job on a machine that has nothing yet. A data folder, authorities, two sample clients, a server, and one client's
//! whole renewal through the API, as client and as operator; the other client's request is left to the reader.
//!
//! It goes through the same doors as everybody else: `ca init`, import, staff, the server's start, the walkthrough. Nothing here
//! is known to the rest of the house.

mod previous;
pub(crate) mod samples;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
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
use crate::lock::DataLock;
use crate::server::{Running, bind, open_reading, open_writing, start_log};
use crate::terminal::say;
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
    /// End after the walk instead of staying up for exploring.
    #[arg(long)]
    pub(crate) once: bool,
}

/// What the sample authorities are.
const PLAN: &str = include_str!("../../../../demo/ca.toml");
const CONFIGURATION: &str = "surguch.toml";
/// Says that a data folder was made by a demo, by which one, and whether it came to its end.
const MARKER: &str = "made-by-demo.toml";
const JOURNAL: &str = "journal.jsonl";
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
    let teller = Teller::new(samples.steps.clone());
    let out = plain(&arguments.out);
    let data = arguments.data.as_deref().map_or_else(|| out.join("data"), plain);
    match ground(&data, arguments.data.is_some(), &teller)? {
        Ground::Kept(out) => stay_with(&data, out.as_deref(), &arguments, &teller),
        Ground::Empty => from_nothing(samples, &teller, &out, &data, &arguments),
    }
}

/// Makes everything, walks, reports, stays up.
fn from_nothing(
    samples: &Samples,
    teller: &Teller,
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
    take_over(samples, &settings, &import, &staff, teller)?;
    teller.line("demo-plain-keys", &[("folder", shown(&identities))]);

    start_log(settings.log);
    let running = Running::start(settings, listener)?;
    teller.line("demo-server", &[("url", url.clone()), ("data", shown(data))]);

    say("");
    teller.line("demo-head", &[]);
    let server = Server::open(&url, None, teller.language)?;
    let token = read_token(&staff.join(format!("{}.token", samples.staff[0].file)))?;
    let staff_tokens = [token];
    let link = LinkSource::Mailbox(data.join("mailbox"));
    let mut left = Vec::new();
    for client in &samples.clients {
        let folder = identities.join(&client.folder);
        let identity = Identity::read(&folder)?;
        let walk = Walk {
            client: Client { server: &server, clock: &clock, agent: samples.agent },
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
    let settings = config::load(Some(&configuration))?;
    export_journal(&settings, &out.join(JOURNAL))?;
    mark(data, out, true)?;

    let files = [CERTIFICATE, CHAIN, REQUEST, ACT, ACT_SIGNATURE, JOURNAL].join(", ");
    say("");
    teller.line("walk-files", &[("folder", shown(out)), ("files", files)]);
    say_how_to_verify(out, &configuration, teller);
    if arguments.once {
        return running.stop();
    }
    for (folder, handed) in &left {
        say_how_to_go_on(samples, folder, handed, out, data, &url, teller);
    }
    stay(running, teller)
}

/// Serves data that were there before.
fn stay_with(data: &Path, out: Option<&Path>, arguments: &Arguments, teller: &Teller) -> anyhow::Result<()> {
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
    let url = settings.origin.clone();
    let running = Running::start(settings, listener)?;
    teller.line("demo-server", &[("url", url), ("data", shown(data))]);
    if arguments.once { running.stop() } else { stay(running, teller) }
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

/// Imports the clients and adds the staff; tokens land in files.
fn take_over(
    samples: &Samples,
    settings: &Settings,
    import: &Path,
    staff: &Path,
    teller: &Teller,
) -> anyhow::Result<()> {
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
    for person in &samples.staff {
        let (_, token) = clock.at(|at| ra.add_staff(&actor(), agent, &person.name, &person.roles, at))?;
        write_private(&staff.join(format!("{}.token", person.file)), format!("{token}\n").as_bytes())?;
    }
    clock.at(|at| ra.stop(at))?;
    Ok(())
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
    let mailbox = data.join("mailbox");
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
fn stay(running: Running, teller: &Teller) -> anyhow::Result<()> {
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
