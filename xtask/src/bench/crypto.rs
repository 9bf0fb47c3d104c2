//! `cargo xtask bench crypto`: our signatures, hash and messages against OpenSSL with its GOST engine, libgcrypt and RustCrypto.
//! Each side is a program that does one operation for 50 ms of its own processor time when asked; here they are built, made to take turns
//! and compared. A peer that cannot be built or started is left out with a word on standard error.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};

use super::{Peer, Row, Rows};
use crate::machine::{answer, cargo, root, succeed, target_directory};
use crate::packages;

pub(super) fn measure(rows: &mut Rows<'_>) -> anyhow::Result<()> {
    if let Err(error) = packages::ensure(packages::FOR_BENCH_CRYPTO) {
        eprintln!("{error:#}");
    }
    let folder = tempfile::tempdir()?;
    let machine = Machine::now()?;
    // Ours first: it leaves what the others work on in the folder.
    let mut programs = vec![Program::start(&build_ours()?, folder.path())?];
    for build in [build_peers_in_c, build_rustcrypto] {
        match build().and_then(|program| Program::start(&program, folder.path())) {
            Ok(program) => programs.push(program),
            Err(error) => eprintln!("going on without a peer: {error:#}"),
        }
    }
    eprintln!("measuring {} rows, {ROUNDS} rounds each", ROWS.len());
    let mut compared = Vec::new();
    for spec in ROWS {
        match compare(spec, &mut programs)? {
            Some(row) => compared.push(row),
            None => eprintln!("`{}` is not measured: our side does not have it", spec.row),
        }
    }
    let versions = programs.iter_mut().filter_map(|program| program.versions().ok()).collect::<Vec<_>>().join(", ");
    let section = section(&compared, &machine.in_words(&versions)?);
    let file = root().join(DOCUMENT);
    let before = std::fs::read_to_string(&file).unwrap_or_else(|_| "# Figures\n".into());
    std::fs::write(&file, with_section(&before, &section)).with_context(|| format!("writing {DOCUMENT}"))?;
    compared.into_iter().for_each(|compared| rows(compared.row));
    Ok(())
}

const DOCUMENT: &str = "docs/benchmarks.md";
/// Odd, so that a median is one of them.
const ROUNDS: usize = 15;

/// A row of the table, in the order of the table.
struct Spec {
    row: &'static str,
    /// What the peers call the same work, where the name is not the row's own.
    peers_row: &'static str,
    unit: Unit,
    aim: Aim,
}

#[derive(Clone, Copy)]
enum Unit {
    PerSecond,
    /// Of operations over one mebibyte.
    MegabytesPerSecond,
    Kibibytes,
    Milliseconds,
}

#[derive(Clone, Copy)]
enum Aim {
    None,
    /// Of the fastest peer.
    Ratio(f64),
    /// The hash: where the processor has GFNI and AVX-512 VBMI, and where it has not.
    RatioWithGfni(f64, f64),
    AtMost(f64),
}

const fn signatures(row: &'static str, aim: Aim) -> Spec {
    Spec { row, peers_row: row, unit: Unit::PerSecond, aim }
}

const fn prepared(row: &'static str, peers_row: &'static str, aim: Aim) -> Spec {
    Spec { row, peers_row, unit: Unit::PerSecond, aim }
}

const fn figure(row: &'static str, unit: Unit, aim: Aim) -> Spec {
    Spec { row, peers_row: row, unit, aim }
}

const ROWS: &[Spec] = &[
    signatures("sign 256-A", Aim::Ratio(2.0)),
    signatures("verify 256-A", Aim::Ratio(2.0)),
    prepared("verify prepared 256-A", "verify 256-A", Aim::Ratio(4.5)),
    signatures("sign CryptoPro-A", Aim::Ratio(2.0)),
    signatures("verify CryptoPro-A", Aim::Ratio(2.8)),
    prepared("verify prepared CryptoPro-A", "verify CryptoPro-A", Aim::Ratio(4.5)),
    signatures("sign 256-C", Aim::Ratio(2.0)),
    signatures("verify 256-C", Aim::None),
    prepared("verify prepared 256-C", "verify 256-C", Aim::None),
    signatures("sign 256-D", Aim::Ratio(2.0)),
    signatures("verify 256-D", Aim::None),
    prepared("verify prepared 256-D", "verify 256-D", Aim::None),
    signatures("sign 512-A", Aim::Ratio(2.0)),
    signatures("verify 512-A", Aim::Ratio(2.4)),
    prepared("verify prepared 512-A", "verify 512-A", Aim::Ratio(4.5)),
    signatures("sign 512-B", Aim::Ratio(2.0)),
    signatures("verify 512-B", Aim::None),
    prepared("verify prepared 512-B", "verify 512-B", Aim::None),
    signatures("sign 512-C", Aim::Ratio(1.5)),
    signatures("verify 512-C", Aim::None),
    prepared("verify prepared 512-C", "verify 512-C", Aim::None),
    signatures("keygen 256-A", Aim::None),
    signatures("keygen 512-A", Aim::None),
    figure("streebog-256 1MiB", Unit::MegabytesPerSecond, Aim::RatioWithGfni(2.0, 0.75)),
    signatures("cms verify 4KiB", Aim::Ratio(1.8)),
    signatures("ecdsa-p256 sign", Aim::None),
    signatures("ecdsa-p256 verify", Aim::None),
    signatures("rsa-2048 sign", Aim::None),
    signatures("rsa-2048 verify", Aim::None),
    figure("tables KiB", Unit::Kibibytes, Aim::AtMost(2048.0)),
    figure("tables build ms", Unit::Milliseconds, Aim::AtMost(2.0)),
];

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "ops/s",
            Self::MegabytesPerSecond => "MB/s",
            Self::Kibibytes => "KiB",
            Self::Milliseconds => "ms",
        }
    }

    fn of(self, figure: Figure) -> f64 {
        match (figure, self) {
            (Figure::Plain(figure), _) => figure,
            (Figure::PerSecond(rate), Self::MegabytesPerSecond) => rate * f64::from(1 << 20) / 1e6,
            (Figure::PerSecond(rate), _) => rate,
        }
    }
}

/// A row with what only the document shows.
struct Compared {
    row: Row,
    aim: Aim,
    /// Of the ratios of single rounds, to the fastest peer.
    quartiles: Option<[f64; 2]>,
}

/// One more round than counts: the first finds its batch and warms the caches. `None` where our side lacks the row.
fn compare(spec: &Spec, programs: &mut [Program]) -> anyhow::Result<Option<Compared>> {
    let mut lanes = Vec::new();
    for (program, Program { rows, .. }) in programs.iter().enumerate() {
        for (peer, row) in rows {
            let wanted = if peer == OURS { spec.row } else { spec.peers_row };
            if row == wanted {
                lanes.push(Lane { program, peer: peer.clone(), asked: format!("{peer}\t{row}"), figures: Vec::new() });
            }
        }
    }
    if lanes.first().is_none_or(|lane| lane.peer != OURS) {
        return Ok(None);
    }
    for round in 0..=ROUNDS {
        for lane in &mut lanes {
            let figure = spec.unit.of(programs[lane.program].round(&lane.asked)?);
            if round > 0 {
                lane.figures.push(figure);
            }
        }
    }
    let mut peers = lanes.split_off(1);
    peers.sort_by(|a, b| b.median().total_cmp(&a.median()));
    let ours = lanes.remove(0);
    let quartiles = peers.first().map(|peer| {
        let ratios = ours.figures.iter().zip(&peer.figures).map(|(ours, peer)| ours / peer).collect::<Vec<_>>();
        [quantile(&ratios, 0.25), quantile(&ratios, 0.75)]
    });
    let mut peers = peers.iter().map(|lane| Peer { name: lane.peer.clone(), figure: lane.median() });
    let row = Row {
        row: spec.row,
        unit: spec.unit.name(),
        ours: ours.median(),
        peer: peers.next(),
        slower_peers: peers.collect(),
    };
    Ok(Some(Compared { row, aim: spec.aim, quartiles }))
}

const OURS: &str = "ours";

/// One program's figures for one row.
struct Lane {
    program: usize,
    peer: String,
    asked: String,
    figures: Vec<f64>,
}

impl Lane {
    fn median(&self) -> f64 {
        quantile(&self.figures, 0.5)
    }
}

/// The nearest figure that was really measured.
fn quantile(figures: &[f64], part: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}

/// A program that answers by the protocol at the head of crates/crypto/benches/bench_crypto.rs; ended when forgotten.
struct Program {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Peer and row.
    rows: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Figure {
    PerSecond(f64),
    Plain(f64),
}

impl Program {
    fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let questions = child.stdin.take().context("its standard input is a pipe")?;
        let answers = BufReader::new(child.stdout.take().context("its standard output is a pipe")?);
        let mut program = Self { child, questions, answers, rows: Vec::new() };
        let mut line = program.ask("list")?;
        while !line.is_empty() {
            let (peer, row) = line.split_once('\t').with_context(|| format!("`{line}` names no peer and row"))?;
            program.rows.push((peer.into(), row.into()));
            line = program.next_line()?;
        }
        Ok(program)
    }

    fn round(&mut self, asked: &str) -> anyhow::Result<Figure> {
        let line = self.ask(asked)?;
        read_answer(&line).with_context(|| format!("`{line}` is no answer to `{asked}`"))
    }

    /// Only the program in C has something to say that its sources do not.
    fn versions(&mut self) -> anyhow::Result<String> {
        if self.rows.iter().all(|(peer, _)| peer == OURS || peer == "RustCrypto") {
            bail!("its versions stand in its manifest");
        }
        self.ask("versions")
    }

    fn ask(&mut self, question: &str) -> anyhow::Result<String> {
        writeln!(self.questions, "{question}").and_then(|()| self.questions.flush())?;
        self.next_line()
    }

    fn next_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("a program of the bench ended early: {}", self.child.wait()?);
        }
        Ok(line.trim_end_matches('\n').into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It would end by itself with its standard input; nobody waits for a round that nobody reads.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `OPERATIONS<TAB>NANOSECONDS` or `figure<TAB>VALUE`.
fn read_answer(line: &str) -> Option<Figure> {
    let (first, second) = line.split_once('\t')?;
    let second: f64 = second.parse().ok()?;
    match first {
        "figure" => Some(Figure::Plain(second)),
        operations => Some(Figure::PerSecond(operations.parse::<f64>().ok()? / second * 1e9)),
    }
}

fn build_ours() -> anyhow::Result<PathBuf> {
    let mut build = cargo(&["bench", "--locked", "--package", "surguch-crypto", "--bench", "bench_crypto", "--no-run"]);
    build.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = build.output().context("starting cargo")?;
    if !output.status.success() {
        bail!("our side of the bench does not build");
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = artifacts.filter(|artifact| artifact["target"]["name"] == "bench_crypto");
    let mut paths = executable.filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    paths.next().context("cargo names no executable of the bench")
}

fn build_peers_in_c() -> anyhow::Result<PathBuf> {
    let program = peers_folder()?.join("peers");
    let mut compiler = Command::new("gcc");
    // The engine interface is deprecated, and it is what the GOST engine has.
    compiler.args(["-O2", "-Wall", "-Wno-deprecated-declarations", "-o"]).arg(&program);
    compiler.arg(root().join("xtask/bench/peers.c")).args(["-lcrypto", "-lgcrypt"]);
    compiler.stdout(Stdio::from(std::io::stderr()));
    succeed(&mut compiler)?;
    Ok(program)
}

/// A package of its own beside the workspace's target folder, so that only this bench waits for its dependencies.
fn build_rustcrypto() -> anyhow::Result<PathBuf> {
    let folder = peers_folder()?.join("rustcrypto");
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::copy(root().join("xtask/bench/rustcrypto.toml"), folder.join("Cargo.toml"))?;
    std::fs::copy(root().join("xtask/bench/rustcrypto.rs"), folder.join("src/main.rs"))?;
    let mut build = cargo(&["build", "--quiet", "--release"]);
    build.current_dir(&folder).env("CARGO_TARGET_DIR", folder.join("target"));
    succeed(&mut build)?;
    Ok(folder.join("target/release/rustcrypto-peer"))
}

fn peers_folder() -> anyhow::Result<PathBuf> {
    let folder = target_directory()?.join("bench-peers");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What the figures depend on, as far as a reader elsewhere may know it: no name of the machine.
struct Machine {
    date: String,
    processor: String,
    processors: usize,
    load: String,
    has_gfni: bool,
}

impl Machine {
    fn now() -> anyhow::Result<Self> {
        let information = std::fs::read_to_string("/proc/cpuinfo").context("asking for the processor")?;
        let value = |key: &str| {
            let line = information.lines().find(|line| line.starts_with(key));
            line.and_then(|line| Some(line.split_once(':')?.1.trim().to_string())).unwrap_or_default()
        };
        let flags = value("flags");
        let has = |flag: &str| flags.split(' ').any(|present| present == flag);
        Ok(Self {
            date: answer(Command::new("date").args(["-u", "+%F"]))?.trim().to_string(),
            processor: value("model name"),
            processors: information.lines().filter(|line| line.starts_with("processor")).count(),
            load: load()?,
            has_gfni: has("gfni") && has("avx512vbmi"),
        })
    }

    fn in_words(&self, versions: &str) -> anyhow::Result<Words> {
        let engine = packages::version("libengine-gost-openssl").map(|version| format!(", gost-engine {version}"));
        let instructions = if self.has_gfni { "with" } else { "without" };
        Ok(Words {
            paragraph: format!(
                "Measured on {} (UTC): {}, {} processors, {instructions} GFNI and AVX-512 VBMI; load average {} before, {} after. \
                 Peers: {versions}{}; RustCrypto p256 0.14.0, rsa 0.10.0, streebog 0.11.0.",
                self.date,
                self.processor,
                self.processors,
                self.load,
                load()?,
                engine.unwrap_or_default(),
            ),
            has_gfni: self.has_gfni,
        })
    }
}

/// The head of the document's section.
struct Words {
    paragraph: String,
    has_gfni: bool,
}

/// Of the last minute.
fn load() -> anyhow::Result<String> {
    let averages = std::fs::read_to_string("/proc/loadavg")?;
    Ok(averages.split(' ').next().unwrap_or_default().to_string())
}

fn section(compared: &[Compared], words: &Words) -> String {
    let mut lines = vec![
        "## crypto".to_string(),
        String::new(),
        words.paragraph.clone(),
        format!(
            "Medians of {ROUNDS} rounds of 50 ms of processor time, in which all sides took turns. The ratio is ours over the fastest peer's, \
             with the quartiles of the ratios of single rounds. Signatures are over a given digest; those of ECDSA and RSA hash 32 octets too."
        ),
        String::new(),
        "| row | unit | ours | fastest peer | its figure | ratio | quartiles | aim | slower peers |".to_string(),
        "|---|---|--:|---|--:|--:|---|---|---|".to_string(),
    ];
    lines.extend(compared.iter().map(|compared| compared.markdown(words.has_gfni)));
    lines.join("\n")
}

impl Compared {
    fn markdown(&self, has_gfni: bool) -> String {
        let row = &self.row;
        let ratio = row.ratio();
        let peer = row.peer.as_ref();
        let quartiles = self.quartiles.map_or(String::new(), |[low, high]| format!("{low:.2}–{high:.2}"));
        let slower: Vec<String> =
            row.slower_peers.iter().map(|peer| format!("{} {}", peer.name, short(peer.figure))).collect();
        format!(
            "| {} | {} | {} | {} | {} | {} | {quartiles} | {} | {} |",
            row.row,
            row.unit,
            short(row.ours),
            peer.map_or("", |peer| &peer.name),
            peer.map_or(String::new(), |peer| short(peer.figure)),
            ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
            self.aim.in_words(row.ours, ratio, has_gfni),
            slower.join(", "),
        )
    }
}

impl Aim {
    fn in_words(self, ours: f64, ratio: Option<f64>, has_gfni: bool) -> String {
        let (words, reached) = match self {
            Self::None => return String::new(),
            Self::RatioWithGfni(with, without) => {
                return Self::Ratio(if has_gfni { with } else { without }).in_words(ours, ratio, has_gfni);
            }
            Self::Ratio(aim) => (format!("≥ {aim}"), ratio.map(|ratio| ratio >= aim)),
            Self::AtMost(aim) => (format!("≤ {aim}"), Some(ours <= aim)),
        };
        match reached {
            None => format!("{words}, no peer"),
            Some(true) => words,
            Some(false) => format!("{words}, **missed**"),
        }
    }
}

/// Three digits that mean something; above a thousand whole numbers.
fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

const BEGIN: &str = "<!-- from here to the end mark: written by `cargo xtask bench crypto` -->";
const END: &str = "<!-- end of `cargo xtask bench crypto` -->";

/// The document with the section in the place of the old one, or behind everything else.
fn with_section(document: &str, section: &str) -> String {
    let whole = format!("{BEGIN}\n\n{section}\n\n{END}");
    let old = document.find(BEGIN).and_then(|from| Some(from..from + document[from..].find(END)? + END.len()));
    match old {
        Some(old) => format!("{}{whole}{}", &document[..old.start], &document[old.end..]),
        None => format!("{}\n\n{whole}\n", document.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_old_one() {
        let first = with_section("# Figures\n\nWords.\n", "one");
        assert_eq!(first, format!("# Figures\n\nWords.\n\n{BEGIN}\n\none\n\n{END}\n"));
        let more = format!("{first}\n## other\n");
        assert_eq!(with_section(&more, "two"), more.replace("one", "two"));
    }

    #[test]
    fn a_round_is_a_rate_and_a_figure_is_itself() {
        assert_eq!(read_answer("500\t50000000"), Some(Figure::PerSecond(10_000.0)));
        assert_eq!(read_answer("figure\t1.5"), Some(Figure::Plain(1.5)));
        assert_eq!(read_answer("figure"), None);
        assert_eq!(read_answer("many\t5"), None);
        assert_eq!(Unit::MegabytesPerSecond.of(Figure::PerSecond(1000.0)), 1048.576);
    }

    #[test]
    fn quantiles_are_measured_figures() {
        let figures = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!([0.25, 0.5, 0.75].map(|part| quantile(&figures, part)), [2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_missed_aim_is_said() {
        assert_eq!(Aim::Ratio(2.0).in_words(1.0, Some(2.0), false), "≥ 2");
        assert_eq!(Aim::Ratio(2.0).in_words(1.0, Some(1.9), false), "≥ 2, **missed**");
        assert_eq!(Aim::RatioWithGfni(2.0, 0.75).in_words(1.0, Some(1.9), false), "≥ 0.75");
        assert_eq!(Aim::AtMost(2.0).in_words(2.5, None, true), "≤ 2, **missed**");
    }

    #[test]
    fn every_curve_has_its_three_rows_by_their_names() {
        for curve in ["256-A", "CryptoPro-A", "256-C", "256-D", "512-A", "512-B", "512-C"] {
            for verb in ["sign", "verify", "verify prepared"] {
                let row = format!("{verb} {curve}");
                let spec = ROWS.iter().find(|spec| spec.row == row).unwrap();
                assert_eq!(spec.peers_row, row.replace(" prepared", ""));
            }
        }
    }
}
