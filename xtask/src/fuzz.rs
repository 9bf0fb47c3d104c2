//! The fuzz targets beside the crates whose readers they try: built with the coverage libFuzzer asks for, fed with seeds, run for a while.
//! The flags are those of cargo-fuzz without its sanitizer, and every one of them is stable: neither cargo-fuzz nor a nightly compiler is needed.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, bail};

use crate::machine::{answer, cargo, root, succeed, target_directory};

/// Each with the program that writes its seeds.
const PACKAGES: &[(&str, &str)] = &[("crates/crypto/fuzz", "seeds"), ("crates/component/fuzz", "component_seeds")];

/// What `cargo xtask test` gives each target, and how many run beside each other.
const SMOKE_SECONDS: u32 = 6;
const SMOKE_AT_ONCE: usize = 2;

/// An input that takes longer, or more memory than this, is a finding like a panic: bounded time and memory are promised.
const INPUT_SECONDS: u32 = 20;
const MEMORY_MIB: u32 = 1024;

/// Counters on every edge and on every comparison, where libFuzzer looks for them.
const INSTRUMENTATION: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
    "-Ccodegen-units=1",
];

/// Every target for a short while, from its seeds alone.
pub(crate) fn smoke() -> anyhow::Result<()> {
    let built = Built::new()?;
    let corpus = tempfile::tempdir()?;
    built.write_seeds(corpus.path())?;
    let targets = built.targets.keys().cloned().collect();
    built.run(corpus.path(), targets, SMOKE_SECONDS, SMOKE_AT_ONCE)
}

/// `cargo xtask fuzz [--seconds N] [TARGET]...`: one after another, on a corpus that grows under the target folder.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut seconds = 180;
    let mut targets = VecDeque::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--seconds" => seconds = rest.next().context("--seconds wants a number")?.parse()?,
            target => targets.push_back(target.to_owned()),
        }
    }
    let built = Built::new()?;
    if let Some(unknown) = targets.iter().find(|target| !built.targets.contains_key(*target)) {
        let known: Vec<_> = built.targets.keys().map(String::as_str).collect();
        bail!("there is no target `{unknown}`; there are: {}", known.join(", "));
    }
    if targets.is_empty() {
        targets = built.targets.keys().cloned().collect();
    }
    let corpus = built.folder.join("corpus");
    built.write_seeds(&corpus)?;
    built.run(&corpus, targets, seconds, 1)
}

/// The targets as programs.
pub(crate) struct Built {
    folder: PathBuf,
    seeds: Vec<PathBuf>,
    targets: BTreeMap<String, PathBuf>,
}

impl Built {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = target_directory()?.join("fuzz");
        let host = host()?;
        let (mut seeds, mut targets) = (Vec::new(), BTreeMap::new());
        for (package, writer) in PACKAGES {
            let manifest = root().join(package).join("Cargo.toml");
            let mut build = cargo(&["build", "--release", "--locked", "--message-format=json-render-diagnostics"]);
            // Named, so that build scripts and procedural macros, which run in the compiler, are built without the flags.
            build.args(["--target", &host]).arg("--manifest-path").arg(manifest).arg("--target-dir").arg(&folder);
            build.env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}")).stderr(Stdio::inherit());
            let output = build.output().context("starting cargo")?;
            if !output.status.success() {
                bail!("the fuzz targets of {package} do not build");
            }
            let mut built = programs(&String::from_utf8_lossy(&output.stdout));
            seeds.push(built.remove(*writer).with_context(|| format!("{package} has no program that writes seeds"))?);
            if built.is_empty() {
                bail!("{package} has no targets");
            }
            targets.append(&mut built);
        }
        Ok(Self { folder, seeds, targets })
    }

    fn write_seeds(&self, corpus: &Path) -> anyhow::Result<()> {
        for writer in &self.seeds {
            let mut seeds = Command::new(writer);
            seeds.env("SURGUCH_FUZZ_VECTORS", root().join("vectors")).env("SURGUCH_FUZZ_CORPUS", corpus);
            succeed(seeds.stderr(Stdio::null()))?;
        }
        Ok(())
    }

    fn run(&self, corpus: &Path, targets: VecDeque<String>, seconds: u32, at_once: usize) -> anyhow::Result<()> {
        let artifacts = self.folder.join("artifacts");
        std::fs::create_dir_all(&artifacts)?;
        println!("| target | seeds | executions | corpus | edges | of |\n|---|--:|--:|--:|--:|--:|");
        let waiting = Mutex::new(targets);
        let faults = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    // The lock is let go before the target runs.
                    let next = || waiting.lock().expect("nobody panics with it").pop_front();
                    while let Some(target) = next() {
                        if let Err(error) = self.run_one(&target, &corpus.join(&target), &artifacts, seconds) {
                            println!("{target}: {error:#}");
                            faults.lock().expect("nobody panics with it").push(target);
                        }
                    }
                });
            }
        });
        let faults = faults.into_inner().expect("nobody panicked with it");
        if faults.is_empty() { Ok(()) } else { bail!("findings in {}", faults.join(", ")) }
    }

    fn run_one(&self, target: &str, corpus: &Path, artifacts: &Path, seconds: u32) -> anyhow::Result<()> {
        let program = self.targets.get(target).context("not built")?;
        let seeds = std::fs::read_dir(corpus).with_context(|| format!("no seeds in {}", corpus.display()))?.count();
        let output = Command::new(program)
            .arg(corpus)
            .args([format!("-max_total_time={seconds}"), format!("-timeout={INPUT_SECONDS}")])
            .args([format!("-rss_limit_mb={MEMORY_MIB}"), "-print_final_stats=1".to_owned()])
            .arg(format!("-artifact_prefix={}", artifacts.join(format!("{target}-")).display()))
            .output()
            .with_context(|| format!("starting {}", program.display()))?;
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            let last: Vec<_> = told.lines().rev().take(20).collect();
            bail!("a finding:\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        let figures = Figures::of(&told).context("libFuzzer told no figures")?;
        if figures.executions == 0 || seeds == 0 {
            bail!("nothing was run");
        }
        let Figures { executions, corpus, edges, all_edges } = figures;
        println!("| {target} | {seeds} | {executions} | {corpus} | {edges} | {all_edges} |");
        Ok(())
    }
}

/// What libFuzzer tells at the end of a run.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    executions: u64,
    /// Inputs kept because each reached something new.
    corpus: u64,
    /// Edges of the control flow that were taken, of all that the program has (most of them no reader's: curves, ciphers, the standard library).
    edges: u64,
    all_edges: u64,
}

impl Figures {
    fn of(told: &str) -> Option<Self> {
        let all = told.lines().find_map(|line| line.split_once("inline 8-bit counters)")?.0.rsplit('(').next())?;
        let last = told.lines().rfind(|line| line.starts_with('#') && line.contains(" cov: "))?;
        let word_after = |key: &str| last.split_whitespace().skip_while(|word| *word != key).nth(1);
        let executions = told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
        Some(Self {
            executions: executions.trim().parse().ok()?,
            corpus: word_after("corp:")?.split('/').next()?.parse().ok()?,
            edges: word_after("cov:")?.parse().ok()?,
            all_edges: all.trim().parse().ok()?,
        })
    }
}

/// `x86_64-unknown-linux-gnu`, as the compiler calls this machine.
fn host() -> anyhow::Result<String> {
    let told = answer(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// Name and place of every program in cargo's messages.
fn programs(messages: &str) -> BTreeMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| {
            let program = PathBuf::from(message["executable"].as_str()?);
            Some((message["target"]["name"].as_str()?.to_owned(), program))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_libfuzzer_are_read() {
        let told = "INFO: Loaded 1 modules   (21437 inline 8-bit counters): 21437 [0x1, 0x2),\n\
                    #2\tINITED cov: 100 ft: 101 corp: 1/1b exec/s: 0 rss: 30Mb\n\
                    #155776\tDONE   cov: 2016 ft: 3310 corp: 366/201Kb lim: 1875 exec/s: 38944 rss: 32Mb\n\
                    stat::number_of_executed_units: 155776\n";
        let expected = Figures { executions: 155_776, corpus: 366, edges: 2016, all_edges: 21_437 };
        assert_eq!(Figures::of(told), Some(expected));
        assert_eq!(Figures::of("nothing"), None);
    }

    #[test]
    fn programs_are_found_in_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"crl"},"executable":"a/crl"}
{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null}
{"reason":"build-finished","success":true}"#;
        assert_eq!(programs(messages), BTreeMap::from([("crl".to_owned(), PathBuf::from("a/crl"))]));
    }

    #[test]
    fn every_target_on_disk_is_a_program_of_its_fuzz_crate_and_has_seeds() {
        let mut names = Vec::new();
        for (package, writer) in PACKAGES {
            let package = root().join(package);
            let manifest = std::fs::read_to_string(package.join("Cargo.toml")).unwrap();
            let seeds = std::fs::read_to_string(package.join("src/seeds.rs")).unwrap();
            for entry in std::fs::read_dir(package.join("fuzz_targets")).unwrap() {
                let file = entry.unwrap().file_name().into_string().unwrap();
                assert!(manifest.contains(&format!("path = \"fuzz_targets/{file}\"")), "{file}");
                let name = file.strip_suffix(".rs").unwrap().to_owned();
                assert!(name == *writer || seeds.contains(&format!("\"{name}\"")), "{name} has no folder of seeds");
                // One folder of programs for all of them.
                assert!(!names.contains(&name), "{name} twice");
                names.push(name);
            }
        }
    }
}
