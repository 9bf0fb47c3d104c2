//! The component of a demonstration: its programs found or built, a virtual smart key for each sample client, and the listener on the loopback
//! address. All of it goes on beside the server, whose pages are up meanwhile, and ends with the demonstration.
//!
//! Policy, memory and cards lie in the demonstration's own folder: what the user has of the component is neither read nor changed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;

use super::{make_private_folder, shown, write};
use crate::commands::walkthrough::Teller;
use crate::demo::{StageApplicant, StageClient, Standing, Step};

/// What the demonstration needs of the component's side.
pub(super) struct Wanted {
    /// The demonstration's folder of the component.
    pub(super) folder: PathBuf,
    /// The one site it may speak to, and that bank's key.
    pub(super) origin: String,
    pub(super) bank_key_sha256: String,
    pub(super) port: u16,
    /// Each with the folder of the identity.
    pub(super) clients: Vec<(StageClient, PathBuf)>,
    /// Gets a card as it comes from the factory.
    pub(super) applicant: Option<StageApplicant>,
    pub(super) standing: Standing,
}

/// The work under way; dropping it ends every process of it.
pub(super) struct Component {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Where everything is.
struct Programs {
    component: PathBuf,
    softtoken: PathBuf,
    module: PathBuf,
}

const COMPONENT: &str = "surguch-component";
const SOFTTOKEN: &str = "surguch-softtoken";
const MODULE: &str = if cfg!(target_os = "macos") { "libsurguch_softtoken.dylib" } else { "libsurguch_softtoken.so" };
/// Stands before every user's policy (docs/component.md).
const MACHINE_POLICY: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/Surguch/component.toml"
} else {
    "/etc/surguch/component.toml"
};
/// Behind the port that pages ask when they know nothing better: that one is the user's own component's.
const FIRST_PORT: u16 = 27_818;
/// So many ports are tried.
const PORTS: u16 = 1000;
/// Between two looks at a process.
const NAP: Duration = Duration::from_millis(100);
/// A line of progress on the terminal for so many units of a hundred.
const TOLD_EVERY: u32 = 10;

/// A port that nobody listens on now. Each process begins its search at another place: the component takes the port only when its programs are
/// there, and demonstrations that start together would all have found the same one free.
pub(super) fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let begin = FIRST_PORT + u16::try_from(std::process::id() % u32::from(PORTS)).unwrap_or_default();
    (begin..FIRST_PORT + PORTS).chain(FIRST_PORT..begin).find(is_free).unwrap_or(begin)
}

impl Component {
    /// Begins; says on the terminal and to the pages how it goes.
    pub(super) fn start(wanted: Wanted, teller: Arc<Teller>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let thread = std::thread::Builder::new().name("component".to_owned()).spawn(move || {
            let standing = wanted.standing.clone();
            if let Err(error) = run(&wanted, &teller, &flag)
                && !flag.load(Ordering::Acquire)
            {
                teller.aside("demo-component-failed", &[("error", format!("{error:#}"))]);
                standing.set(Step::Failed(format!("{error:#}")));
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the component ended by a panic");
        }
    }
}

fn run(wanted: &Wanted, teller: &Arc<Teller>, stop: &AtomicBool) -> anyhow::Result<()> {
    if Path::new(MACHINE_POLICY).exists() {
        teller.aside("demo-component-policy", &[("file", MACHINE_POLICY.to_owned())]);
        wanted.standing.set(Step::MachinePolicy(MACHINE_POLICY.to_owned()));
        return Ok(());
    }
    wanted.standing.set(Step::Looking);
    let mut programs = match found() {
        Some(programs) => programs,
        None => match build(&wanted.standing, teller, stop)? {
            Some(programs) => programs,
            None => {
                if !stop.load(Ordering::Acquire) {
                    teller.aside("demo-component-no-cargo", &[]);
                    wanted.standing.set(Step::NoCargo);
                }
                return Ok(());
            }
        },
    };
    let own_copy = private_copy(&programs.module)?;
    programs.module = own_copy.path().join(MODULE);
    wanted.standing.set(Step::Cards);
    make_private_folder(&wanted.folder.join("config/surguch"))?;
    make_private_folder(&wanted.folder.join("state"))?;
    make_cards(wanted, &programs)?;
    let policy = policy(&programs.module, wanted);
    write(&wanted.folder.join("config/surguch/component.toml"), policy.as_bytes())?;
    listen(wanted, &programs, teller, stop)
}

/// The component loads no module that others could put another file in the place of, and where the umask lets the group write (002, as many a
/// distribution has it) that is every folder of a checkout.
fn private_copy(module: &Path) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("surguch-demo-").tempdir()?;
    let copy = folder.path().join(MODULE);
    fs::copy(module, &copy).with_context(|| shown(module))?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o500)).with_context(|| shown(&copy))?;
    Ok(folder)
}

/// Only this site, only this bank's key, only the virtual smart keys.
fn policy(module: &Path, wanted: &Wanted) -> String {
    let module = toml::Value::from(shown(module));
    format!(
        "# Made by `surguch demo`.\nfirst_use_consent = false\nmodules = [{module}]\n\n[[site]]\norigin = \"{}\"\nbank_key_sha256 = \"{}\"\n\n\
         [loopback]\nenabled = true\nport = {}\n",
        wanted.origin, wanted.bank_key_sha256, wanted.port
    )
}

/// Listens until told to stop.
fn listen(wanted: &Wanted, programs: &Programs, teller: &Teller, stop: &AtomicBool) -> anyhow::Result<()> {
    let log = fs::File::create(wanted.folder.join("log")).context("component/log")?;
    // Its questions come to this terminal where there is no display: it stays in our session. The pipe ends with us, however we end.
    let mut child = dressed(&programs.component, wanted)
        .args(["serve", "--until-stdin-ends"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .with_context(|| shown(&programs.component))?;
    let mut is_ready = false;
    while !stop.load(Ordering::Acquire) {
        if let Some(status) = child.try_wait()? {
            // Ctrl-C reaches the whole terminal: we are about to be told as well.
            if status.signal() == Some(INTERRUPT) {
                return Ok(());
            }
            let said = fs::read_to_string(wanted.folder.join("log")).unwrap_or_default();
            anyhow::bail!("{COMPONENT}: {status} {}", said.trim());
        }
        if !is_ready && TcpStream::connect((Ipv4Addr::LOCALHOST, wanted.port)).is_ok() {
            is_ready = true;
            teller.aside("demo-component-ready", &[]);
            wanted.standing.set(Step::Ready);
        }
        std::thread::sleep(NAP);
    }
    end(&mut child)
}

/// SIGINT.
const INTERRUPT: i32 = 2;

fn end(child: &mut Child) -> anyhow::Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// A program of the component's side in the demonstration's own surroundings.
fn dressed(program: &Path, wanted: &Wanted) -> Command {
    let mut command = Command::new(program);
    for (variable, place) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_DATA_HOME", "data"),
        ("SURGUCH_SOFTTOKEN_DIR", CARDS),
    ] {
        command.env(variable, wanted.folder.join(place));
    }
    command
}

const CARDS: &str = "cards";

/// A card for each client. Half-made ones are never used: the folder gets its name when all of them are whole.
fn make_cards(wanted: &Wanted, programs: &Programs) -> anyhow::Result<()> {
    let (cards, beside) = (wanted.folder.join(CARDS), wanted.folder.join("cards.new"));
    if cards.exists() {
        return Ok(());
    }
    if beside.exists() {
        fs::remove_dir_all(&beside).with_context(|| shown(&beside))?;
    }
    make_private_folder(&beside)?;
    let in_there = |program: &Path| {
        let mut command = dressed(program, wanted);
        command.env("SURGUCH_SOFTTOKEN_DIR", &beside);
        command
    };
    let own = std::env::current_exe()?;
    let make = |card: &str| done(in_there(&programs.softtoken).args(["card", "new", "--serial", card]));
    for (client, identity) in &wanted.clients {
        make(&client.card)?;
        done(
            in_there(&own)
                .arg("demo-card")
                .arg("--module")
                .arg(&programs.module)
                .args(["--serial", &client.card, "--pin", &client.pin])
                .arg("--identity")
                .arg(std::path::absolute(identity)?),
        )?;
    }
    if let Some(applicant) = &wanted.applicant {
        make(&applicant.card)?;
    }
    fs::rename(&beside, &cards).with_context(|| shown(&cards))
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{:?}", command.get_program()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{:?}: {} {}", command.get_program(), output.status, said.trim());
    Ok(())
}

/// The programs beside this one, or where the shell looks for programs.
fn found() -> Option<Programs> {
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).and_then(programs_in);
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside.or_else(|| std::env::split_paths(&path).find_map(|folder| programs_in(&folder)))
}

fn programs_in(folder: &Path) -> Option<Programs> {
    let programs =
        Programs { component: folder.join(COMPONENT), softtoken: folder.join(SOFTTOKEN), module: folder.join(MODULE) };
    let all = [&programs.component, &programs.softtoken, &programs.module].into_iter().all(|path| path.is_file());
    all.then_some(programs)
}

/// Builds them from the source this program came from; none where there is no source or no cargo, or when told to stop.
fn build(standing: &Standing, teller: &Arc<Teller>, stop: &AtomicBool) -> anyhow::Result<Option<Programs>> {
    let own = std::env::current_exe()?;
    let here = std::env::current_dir()?;
    let is_source = |folder: &&Path| folder.join("crates/component/Cargo.toml").is_file();
    let Some(source) = own.ancestors().chain(here.ancestors()).find(is_source) else { return Ok(None) };
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    // Beside this program, wherever cargo was told to put it.
    let beside = own.parent().filter(|folder| folder.ends_with(profile));
    let target = beside.and_then(Path::parent).map_or_else(|| source.join("target"), Path::to_path_buf);

    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "-p", COMPONENT, "-p", SOFTTOKEN, "--target-dir"]).arg(&target).current_dir(source);
    if profile == "release" {
        cargo.arg("--release");
    }
    // A group of its own, so that the compilers end with it.
    cargo
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "80")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = match cargo.spawn() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.context("cargo")?,
    };
    teller.aside("demo-component-builds", &[]);
    let said = child.stderr.take().context("cargo's error stream is a pipe")?;
    let reader = {
        let (standing, teller) = (standing.clone(), teller.clone());
        std::thread::spawn(move || follow(said, &standing, &teller))
    };
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if stop.load(Ordering::Acquire) {
            // The whole group: cargo and what it started.
            Command::new("kill").args(["-TERM", "--", &format!("-{}", child.id())]).status().context("kill")?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(NAP);
    };
    let last = reader.join().map_err(|_| anyhow::anyhow!("the reader of cargo ended by a panic"))?;
    anyhow::ensure!(status.success(), "cargo build: {status}\n{last}");
    programs_in(&target.join(profile)).map(Some).context("cargo built everything and left nothing")
}

/// Reads what cargo says until it ends: progress goes to the pages and now and then to the terminal; returns the last lines.
fn follow(said: impl std::io::Read, standing: &Standing, teller: &Teller) -> String {
    let mut told = 0;
    let mut last = std::collections::VecDeque::new();
    let mut reader = BufReader::new(said.take(MOST_SAID));
    let mut line = Vec::new();
    // A bar is drawn over with a carriage return, so lines end with either.
    while reader.read_until(b'\r', &mut line).is_ok_and(|octets| octets > 0) {
        let text = String::from_utf8_lossy(&line).into_owned();
        for line in text.split(['\r', '\n']).filter(|line| !line.trim().is_empty()) {
            match progress(line) {
                Some((done, all)) => {
                    standing.set(Step::Building(done, all));
                    let tenth = done * 100 / all.max(1) / TOLD_EVERY;
                    if tenth > told {
                        told = tenth;
                        teller.aside("demo-component-built", &[("done", done.to_string()), ("all", all.to_string())]);
                    }
                }
                None => {
                    last.push_back(line.trim_end().to_owned());
                    if last.len() > LAST_LINES {
                        last.pop_front();
                    }
                }
            }
        }
        line.clear();
    }
    Vec::from(last).join("\n")
}

/// Of what cargo says: a build says far less.
const MOST_SAID: u64 = 64 << 20;
/// Lines that are shown of a build that failed.
const LAST_LINES: usize = 12;

/// `Building [====>   ] 12/345: names`.
fn progress(line: &str) -> Option<(u32, u32)> {
    let (_, after) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, rest) = after.split_once('/')?;
    let all = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((done.trim().parse().ok()?, all.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_progress_of_cargo_is_read_from_its_bar() {
        assert_eq!(progress("    Building [====>      ] 12/345: egui, serde"), Some((12, 345)));
        assert_eq!(progress("   Compiling egui v0.1.0"), None);
        assert_eq!(progress("    Building [====>      ] x/y"), None);
    }

    #[test]
    fn a_build_is_followed_to_its_last_words() {
        let standing = Standing::default();
        let teller = Teller::new(Default::default());
        let said = "   Compiling a\n    Building [=>  ] 1/4: a\r    Building [==> ] 2/4: b\rerror: no\n";
        let last = follow(said.as_bytes(), &standing, &teller);
        assert_eq!(standing.now(), Step::Building(2, 4));
        assert_eq!(last, "   Compiling a\nerror: no");
    }

    #[test]
    fn programs_are_found_only_all_together() {
        let folder = tempfile::tempdir().unwrap();
        for name in [COMPONENT, SOFTTOKEN] {
            fs::write(folder.path().join(name), "").unwrap();
            assert!(programs_in(folder.path()).is_none());
        }
        fs::write(folder.path().join(MODULE), "").unwrap();
        assert!(programs_in(folder.path()).is_some());
    }
}
