//! The client's component, release build: from the page's click to the window, with the host running and with it not yet started; the host at
//! rest; the binary. The page's part of a click (two messages inside the browser) is not in the figures.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{Row, Rows, Serving};
use crate::machine::{answer, cargo, free_port, release_component, root, succeed, target_directory};
use crate::windows::Screen;

pub(super) fn measure(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    crate::packages::ensure(crate::packages::FOR_TESTS)?;
    let component = release_component()?;
    succeed(&mut cargo(&["build", "--locked", "--package", "surguch-server"]))?;
    let bank = Bank::open(&target_directory()?.join("debug/surguch"))?;
    let screen = Screen::start()?;
    let (mut connected, mut cold) = (Vec::new(), Vec::new());
    let mut idle_bytes = 0.0;
    for _ in 0..CLICKS {
        let user = tempfile::tempdir()?;
        let mut host = Host::start(&component, &screen, user.path())?;
        host.say(&json!({ "v": 1, "id": "h", "call": { "kind": "hello" } }))?;
        host.hear()?;
        idle_bytes = host.resident_bytes()?;
        connected.push(host.window_after(bank.run()?, Instant::now(), &screen)?);
        host.end()?;

        let user = tempfile::tempdir()?;
        let run = bank.run()?;
        let began = Instant::now();
        let mut host = Host::start(&component, &screen, user.path())?;
        cold.push(host.window_after(run, began, &screen)?);
        host.end()?;
    }
    for list in [&mut connected, &mut cold] {
        list.sort_by(f64::total_cmp);
    }
    let size_bytes = std::fs::metadata(&component)?.len() as f64;
    rows(Row::alone("prompt connected, median of 5", "ms", connected[CLICKS / 2]));
    rows(Row::alone("prompt cold, median of 5", "ms", cold[CLICKS / 2]));
    rows(Row::alone("idle, host without window", "MiB", idle_bytes / f64::from(1 << 20)));
    rows(Row::alone("binary, stripped", "MB", size_bytes / 1e6));
    Ok(())
}

/// A server that gives tickets.
struct Bank {
    _folder: tempfile::TempDir,
    _serving: Serving,
    port: u16,
    agent: u64,
}

impl Bank {
    fn open(binary: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let config = folder.path().join("surguch.toml");
        std::fs::write(&config, format!("listen = \"127.0.0.1:{port}\"\norigin = \"http://127.0.0.1:{port}\"\n"))?;
        let plan = folder.path().join("ca.toml");
        std::fs::write(&plan, PLAN)?;
        answer(Command::new(binary).arg("--config").arg(&config).args(["ca", "init"]).arg(&plan))?;
        let mut serving = Serving::start(binary, &config)?;
        serving.wait_until_ready(port)?;
        Ok(Self { _folder: folder, _serving: serving, port, agent: first_agent()? })
    }

    /// What a page would hand over: a fresh ticket that lists tokens.
    fn run(&self) -> anyhow::Result<Value> {
        let wish =
            json!({ "agent": self.agent, "operation": "list-tokens", "session_sha256": SESSION_SHA256 }).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "POST /api/v1/component/tickets HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{wish}",
            self.port,
            wish.len()
        )?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        let body = said.split_once("\r\n\r\n").map(|(_, body)| body).context("an answer has a body")?;
        let given: Value = serde_json::from_str(body).with_context(|| said.clone())?;
        Ok(json!({ "v": 1, "id": "r", "call": {
            "kind": "run",
            "ticket": given["ticket"],
            "bank_key": given["bank_key"],
            "session": "00".repeat(32),
            "language": "en",
        }}))
    }

    fn origin(port: u16) -> String {
        format!("http://127.0.0.1:{port}")
    }
}

/// The component as a browser starts it.
struct Host {
    child: Child,
    input: Option<ChildStdin>,
    port: Option<u16>,
}

impl Host {
    fn start(component: &Path, screen: &Screen, user: &Path) -> anyhow::Result<Self> {
        let mut command = screen.command(component);
        for (name, folder) in [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")] {
            command.env(name, user.join(folder));
        }
        command.arg(caller()?).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("starting the component")?;
        Ok(Self { input: child.stdin.take(), child, port: None })
    }

    fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        let text = json!({ "origin": Bank::origin(self.port.unwrap_or(1)), "message": message }).to_string();
        let input = self.input.as_mut().context("its input is open")?;
        input.write_all(&u32::try_from(text.len())?.to_ne_bytes())?;
        input.write_all(text.as_bytes())?;
        Ok(input.flush()?)
    }

    fn hear(&mut self) -> anyhow::Result<Value> {
        let output = self.child.stdout.as_mut().context("its output is open")?;
        let mut length = [0; 4];
        output.read_exact(&mut length)?;
        let mut text = vec![0; usize::try_from(u32::from_ne_bytes(length))?];
        output.read_exact(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Milliseconds from `began` to the visible window.
    fn window_after(&mut self, run: Value, began: Instant, screen: &Screen) -> anyhow::Result<f64> {
        let ticket = run["call"]["ticket"].as_str().context("a ticket")?;
        self.port = Some(port_of(ticket)?);
        self.say(&run)?;
        loop {
            let found = screen.command("xdotool").args(["search", "--onlyvisible", "--name", TITLE]).output()?;
            if !found.stdout.is_empty() {
                return Ok(began.elapsed().as_secs_f64() * 1e3);
            }
            if began.elapsed() > PATIENCE {
                bail!("no window came");
            }
        }
    }

    fn resident_bytes(&self) -> anyhow::Result<f64> {
        super::resident_bytes(self.child.id())
    }

    /// As a browser that is closed: the window goes, then the host.
    fn end(mut self) -> anyhow::Result<()> {
        drop(self.input.take());
        self.child.wait()?;
        // The window's process ends by itself; the next one must not be taken for it.
        std::thread::sleep(AFTERWARDS);
        Ok(())
    }
}

/// The origin that stands in the ticket: the host is told what a browser would tell it.
fn port_of(ticket: &str) -> anyhow::Result<u16> {
    let payload = ticket.split('.').next().context("a payload")?;
    let octets = base64url(payload).context("base64url")?;
    let payload: Value = serde_json::from_slice(&octets)?;
    let origin = payload["origin"].as_str().context("an origin")?;
    Ok(origin.rsplit(':').next().context("a port")?.parse()?)
}

fn base64url(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut held, mut octets) = (0_u32, 0, Vec::new());
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            octets.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(octets)
}

/// How a browser of the Chromium family names the caller: by the id that follows from the extension's key.
fn caller() -> anyhow::Result<String> {
    let host = std::fs::read_to_string(root().join("crates/component/src/host.rs"))?;
    let line = host.lines().find(|line| line.contains("CHROMIUM_EXTENSION: &str")).context("the extension's id")?;
    let id = line.split('"').nth(1).context("an id in quotes")?;
    Ok(format!("chrome-extension://{id}/"))
}

fn first_agent() -> anyhow::Result<u64> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("agents"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let text = std::fs::read_to_string(files.first().context("an agent")?)?;
    let agent: toml::Table = text.parse()?;
    Ok(u64::try_from(agent["id"].as_integer().context("its id")?)?)
}

const CLICKS: usize = 5;
const TITLE: &str = "^Security component$";
/// SHA-256 of 32 zero octets, the session that the bench's page has.
const SESSION_SHA256: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
const PATIENCE: Duration = Duration::from_secs(30);
const AFTERWARDS: Duration = Duration::from_millis(500);
const PLAN: &str = r#"
[[authority]]
name = "root"
algorithm = "gost-512-a"
subject = [["C", "RU"], ["CN", "Bench root"]]
validity = "7300d"
path_len = 1
crl_life = "720h"

[[authority]]
name = "issuing"
issuer = "root"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["CN", "Bench issuing"]]
validity = "3650d"
path_len = 0
crl_life = "24h"
certificate_policies = ["2.5.29.32.0"]
"#;
