//! `cargo xtask bench [NAME] [--json]`: figures of this machine, one row each, beside a peer's where there is one.
//! JSON is one object a line; the table is for people. Benches of single functions live in their crates.

mod component;
mod crypto;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::afterwards::Afterwards;
use crate::machine::{answer, cargo, release_binary, root};
use crate::packages;
use crate::postgres;
use crate::release::walk_demo;

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let mut json = false;
    let mut wanted = None;
    for argument in arguments {
        match argument.as_str() {
            "--json" => json = true,
            option if option.starts_with('-') => bail!("`cargo xtask bench` knows --json, not `{option}`"),
            name => wanted = Some(name),
        }
    }
    let chosen: Vec<_> = match wanted {
        None => BENCHES.iter().filter(|bench| !bench.minutes).collect(),
        Some(name) => BENCHES.iter().filter(|bench| bench.name == name).collect(),
    };
    if chosen.is_empty() {
        let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("there is no such bench; there are: {}", names.join(", "));
    }
    if !json {
        println!("{:<8} {:<32} {:>12} {:<6} {:>12} {:>7}  peer", "bench", "row", "ours", "unit", "peer's", "ratio");
    }
    for bench in chosen {
        (bench.measure)(&mut |row| {
            if json {
                println!("{}", row.json(bench.name));
                return;
            }
            println!("{}", row.line(bench.name));
            for slower in row.beside_slower_peers() {
                println!("{}", slower.line(bench.name));
            }
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Bench {
    name: &'static str,
    /// Tells each row as soon as it has it: what an hour found is not lost when the next one fails.
    measure: fn(&mut Rows<'_>) -> anyhow::Result<()>,
    /// Too slow to run unless asked for by name.
    minutes: bool,
}

const BENCHES: &[Bench] = &[
    Bench { name: "serve", measure: serve, minutes: false },
    Bench { name: "token", measure: token, minutes: true },
    Bench { name: "component", measure: component::measure, minutes: true },
    Bench { name: "crypto", measure: crypto::measure, minutes: true },
    Bench { name: "web", measure: web, minutes: true },
    Bench { name: "walks", measure: walks, minutes: true },
    Bench { name: "build", measure: build, minutes: true },
];

/// Where a bench tells its rows.
type Rows<'a> = dyn FnMut(Row) + 'a;

/// One measured figure. Smaller or larger may be better: the unit tells.
struct Row {
    row: &'static str,
    unit: &'static str,
    ours: f64,
    /// The fastest, where there are several: one row is one line of JSON.
    peer: Option<Peer>,
    slower_peers: Vec<Peer>,
}

/// The same figure of another program on the same machine in the same run.
#[derive(Clone)]
struct Peer {
    name: String,
    figure: f64,
}

impl Row {
    fn alone(row: &'static str, unit: &'static str, ours: f64) -> Self {
        Self { row, unit, ours, peer: None, slower_peers: Vec::new() }
    }

    /// The same row once more for each of the slower peers.
    fn beside_slower_peers(&self) -> impl Iterator<Item = Self> {
        let beside = |peer: &Peer| Self { peer: Some(peer.clone()), ..Self::alone(self.row, self.unit, self.ours) };
        self.slower_peers.iter().map(beside)
    }

    fn ratio(&self) -> Option<f64> {
        self.peer.as_ref().map(|peer| self.ours / peer.figure)
    }

    /// Keys in the order in which they are documented.
    fn json(&self, bench: &str) -> String {
        let value = |value: serde_json::Value| value.to_string();
        format!(
            r#"{{"bench":{},"row":{},"unit":{},"ours":{},"peer":{},"peer_name":{},"ratio":{}}}"#,
            value(bench.into()),
            value(self.row.into()),
            value(self.unit.into()),
            value(self.ours.into()),
            value(self.peer.as_ref().map(|peer| peer.figure).into()),
            value(self.peer.as_ref().map(|peer| peer.name.as_str()).into()),
            value(self.ratio().into()),
        )
    }

    fn line(&self, bench: &str) -> String {
        let figure = |figure: Option<f64>| figure.map_or("-".to_string(), |figure| format!("{figure:.3}"));
        let peer = self.peer.as_ref();
        format!(
            "{bench:<8} {:<32} {:>12} {:<6} {:>12} {:>7}  {}",
            self.row,
            figure(Some(self.ours)),
            self.unit,
            figure(peer.map(|peer| peer.figure)),
            figure(self.ratio()),
            peer.map_or("-", |peer| &peer.name),
        )
    }
}

/// What tokens cost, measured in the crate that drives them: the work of a renewal on the software token, signatures on SoftHSM2.
fn token(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    packages::ensure(packages::FOR_BENCH_TOKEN)?;
    rows_of(&mut bench_of_a_crate("surguch-pkcs11", "bench_token"), rows)
}

/// What people wait for: papers; pages of a house with a million certificates, on both databases; and what is built for it.
fn web(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    let postgres = postgres::Server::start()?;
    let room = tempfile::Builder::new().prefix("surguch-bench-").tempdir()?.keep();
    // However this ends: the houses take gigabytes.
    let _wipe = Afterwards::promise("rm -rf --one-file-system \"$1\"", &[&room])?;
    let free = answer(Command::new("df").args(["--output=avail", "--block-size=1M"]).arg(&room))?;
    let free: u64 = free.lines().last().and_then(|line| line.trim().parse().ok()).context("reading what df says")?;
    if free < ROOM_MIB {
        bail!("{free} MiB are free under {}; the houses want {ROOM_MIB}", room.display());
    }
    let before = load_average()?;
    rows_of(&mut bench_of_a_crate("surguch-documents", "bench_papers"), rows)?;
    let mut pages = bench_of_a_crate("surguch-server", "bench_web");
    pages.env("TMPDIR", &room).env(postgres::URL_VARIABLE, postgres.url());
    rows_of(&mut pages, rows)?;
    rows(Row::alone("load average before", "", before));
    rows(Row::alone("load average after", "", load_average()?));
    build(rows)
}

/// What a stranger does with a demonstration and waits for, as the test of its guide counts it: in the build of the tests, because no release component lets
/// a script answer for the person. A release waits less.
fn walks(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    packages::ensure(packages::FOR_BROWSER)?;
    packages::ensure_browser_driver()?;
    crate::walk::build_tests()?;
    let test = "demo::a_demonstration_has_its_own_component_its_guide_is_followed_in_a_browser_and_nothing_outlives_it";
    rows_of(cargo(&crate::walk::SERVER_TESTS).args(["--exact", test, "--nocapture"]), rows)
}

/// A house of a million certificates on each database, and a cold build.
const ROOM_MIB: u64 = 20_000;

/// Of the last minute: others' work is in every figure.
fn load_average() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    text.split(' ').next().and_then(|word| word.parse().ok()).context("reading /proc/loadavg")
}

fn bench_of_a_crate(package: &str, bench: &str) -> Command {
    cargo(&["bench", "--quiet", "--locked", "--package", package, "--bench", bench])
}

/// The rows that a crate's own bench prints, one object a line in the shape of [`Row::json`], told as they come.
fn rows_of(bench: &mut Command, rows: &mut Rows<'_>) -> anyhow::Result<()> {
    let mut bench = bench.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("starting a bench")?;
    let printed = bench.stdout.take().context("a bench without an output")?;
    for line in BufReader::new(printed).lines() {
        let line = line?;
        if line.starts_with('{') {
            rows(row_of(&line).with_context(|| line.clone())?);
        }
    }
    let ended = bench.wait()?;
    if !ended.success() {
        bail!("a bench ended with {ended}");
    }
    Ok(())
}

fn row_of(line: &str) -> anyhow::Result<Row> {
    let object: serde_json::Value = serde_json::from_str(line)?;
    // Read once and printed once: the words of a row live as long as the program.
    let word = |name: &'static str| -> anyhow::Result<&'static str> {
        Ok(Box::leak(object[name].as_str().context(name)?.to_owned().into_boxed_str()))
    };
    let ours = object["ours"].as_f64().context("no figure")?;
    let peer = object["peer"].as_f64().map(|figure| {
        let name = object["peer_name"].as_str().unwrap_or_default().to_owned();
        Peer { name, figure }
    });
    Ok(Row { peer, ..Row::alone(word("row")?, word("unit")?, ours) })
}

/// Start and rest of `surguch serve` over the data folder that the first command leaves behind.
fn serve(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    let binary = release_binary()?;
    let walked = walk_demo(&binary, |_, _| {})?;
    let mut seconds = Vec::new();
    let mut idle_bytes = 0.0;
    for start in 0..STARTS {
        let began = Instant::now();
        let mut serving = Serving::start(&binary, &walked.data().join("surguch.toml"))?;
        serving.wait_until_ready(walked.port)?;
        seconds.push(began.elapsed().as_secs_f64());
        if start == 0 {
            std::thread::sleep(IDLE);
            idle_bytes = serving.resident_bytes()?;
        }
        serving.stop()?;
    }
    seconds.sort_by(f64::total_cmp);
    let size_bytes = std::fs::metadata(&binary)?.len() as f64;
    rows(Row::alone("time to first answer, median of 5", "s", seconds[STARTS / 2]));
    rows(Row::alone("idle memory after 5 s", "MB", idle_bytes / 1e6));
    rows(Row::alone("binary, stripped", "MB", size_bytes / 1e6));
    Ok(())
}

const STARTS: usize = 5;
const IDLE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(2);
/// A server that takes this long is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// Resident set of a process as the kernel counts it.
fn resident_bytes(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in its status")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024.0)
}

/// A running `surguch serve`, killed if we forget it.
struct Serving(Child);

impl Serving {
    fn start(binary: &Path, config: &Path) -> anyhow::Result<Self> {
        let mut serve = Command::new(binary);
        serve.arg("serve").arg("--config").arg(config).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Self(serve.spawn().context("starting surguch serve")?))
    }

    fn wait_until_ready(&mut self, port: u16) -> anyhow::Result<()> {
        let began = Instant::now();
        while !is_ready(port) {
            if let Some(ended) = self.0.try_wait()? {
                bail!("surguch serve ended with {ended} before it was ready");
            }
            if began.elapsed() > PATIENCE {
                bail!("surguch serve was not ready after {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Resident set as the kernel counts it.
    fn resident_bytes(&self) -> anyhow::Result<f64> {
        resident_bytes(self.0.id())
    }

    fn stop(mut self) -> anyhow::Result<()> {
        answer(Command::new("kill").args(["-TERM", &self.0.id().to_string()]))?;
        let began = Instant::now();
        while self.0.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                bail!("surguch serve did not stop on SIGTERM within {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It is gone already in every good case; then both calls do nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_ready(port: u16) -> bool {
    let asked = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    asked().is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

/// What a newcomer's machine works before the first command says anything, and before a demonstration has its component and its cards.
fn build(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    let surguch = cold_build(&["--package", "surguch-server"])?;
    rows(Row::alone("cold build of surguch", "CPU s", surguch.cpu_seconds));
    rows(Row::alone("the same on the clock", "s", surguch.wall_seconds));
    let component = cold_build(&["--package", "surguch-component", "--package", "surguch-softtoken"])?;
    rows(Row::alone("cold build of component + softtoken", "CPU s", component.cpu_seconds));
    rows(Row::alone("those two on the clock", "s", component.wall_seconds));
    Ok(())
}

struct Built {
    cpu_seconds: f64,
    wall_seconds: f64,
}

fn cold_build(packages: &[&str]) -> anyhow::Result<Built> {
    let target = tempfile::tempdir()?;
    let times = target.path().join("times");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // `times` is the shell's own word for the processor time of its children, so nothing has to be installed.
    let script = "times=$1; shift; \"$@\"; ended=$?; times >\"$times\"; exit $ended";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "build"]).arg(&times).arg(cargo).args(["build", "--release", "--locked"]).args(packages);
    shell.env("CARGO_TARGET_DIR", target.path().join("target")).current_dir(root());
    let began = Instant::now();
    crate::machine::succeed(&mut shell)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = children_seconds(&std::fs::read_to_string(&times)?).context("reading what `times` wrote")?;
    Ok(Built { cpu_seconds, wall_seconds })
}

/// The second line of `times`: `1m3.250s 0m7.040s`, user and system.
fn children_seconds(times: &str) -> Option<f64> {
    let seconds = |word: &str| -> Option<f64> {
        let (minutes, seconds) = word.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let mut words = times.lines().nth(1)?.split_whitespace();
    Some(seconds(words.next()?)? + seconds(words.next()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_peer_says_null_three_times() {
        let row = Row::alone("idle memory", "MB", 31.5);
        let expected = r#"{"bench":"serve","row":"idle memory","unit":"MB","ours":31.5,"peer":null,"peer_name":null,"ratio":null}"#;
        assert_eq!(row.json("serve"), expected);
    }

    #[test]
    fn a_ratio_is_ours_over_the_peers() {
        let row = Row { peer: Some(Peer { name: "other".into(), figure: 4.0 }), ..Row::alone("size", "MB", 10.0) };
        assert!(row.json("serve").ends_with(r#""peer":4.0,"peer_name":"other","ratio":2.5}"#));
    }

    #[test]
    fn processor_time_of_children_is_read() {
        assert_eq!(children_seconds("0m0.01s 0m0.00s\n1m3.25s 0m7.00s\n"), Some(70.25));
        assert_eq!(children_seconds(""), None);
    }
}
