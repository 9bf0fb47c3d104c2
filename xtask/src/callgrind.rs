//! Whether signing and key agreement take the same number of instructions for every key and nonce, as the compiler left it: valgrind counts
//! them in the unit-test binary of the crypto crate, built like a release. A mask that became a branch shows here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::machine::{answer, cargo};

/// The test that signs, and the functions in it that are counted, each call for itself (`crates/crypto/src/gost/counting.rs`).
const TEST: &str = "gost::counting::signatures_to_be_counted";
const COUNTED: [&str; 3] = ["counted_signature*", "counted_agreement*", "counted_control*"];

pub(crate) fn check() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let told = answer(
        Command::new("valgrind")
            .arg("--tool=callgrind")
            .args(COUNTED.map(|function| format!("--toggle-collect=*::{function}")))
            // One and the same pattern for both does not work: valgrind 3.19 then writes no dump.
            .args(COUNTED.map(|function| format!("--dump-after=*{function}")))
            .arg(format!("--callgrind-out-file={}", folder.path().join("count").display()))
            .arg(test_binary()?)
            .args([TEST, "--exact", "--nocapture", "--test-threads=1"]),
    )?;
    let groups: Vec<Group> = told.lines().filter_map(Group::announced).collect();
    let mut counts = counts(folder.path())?.into_iter();
    let mut faults = Vec::new();
    for group in groups {
        let of_group: Vec<u64> = counts.by_ref().take(group.calls).collect();
        if of_group.len() < group.calls {
            bail!("only {} of {} calls for {} were counted", of_group.len(), group.calls, group.name);
        }
        let (least, most) =
            of_group.iter().fold((u64::MAX, 0), |(least, most), &count| (least.min(count), most.max(count)));
        println!("{:<44} {:>3} calls, {least} to {most} instructions", group.name, group.calls);
        match (group.must_differ, least == most) {
            (false, false) => faults.push(format!("{} depends on the key or the nonce: {of_group:?}", group.name)),
            (true, true) => faults.push(format!("{} does not differ: nothing is really counted", group.name)),
            (false, true) | (true, false) => {}
        }
    }
    if counts.next().is_some() {
        bail!("more calls were counted than the test announced");
    }
    if faults.is_empty() { Ok(()) } else { bail!(faults.join("\n")) }
}

/// Calls that belong together, as the test announces them before it makes them.
struct Group {
    name: String,
    calls: usize,
    must_differ: bool,
}

impl Group {
    /// `counted id-tc26-gost-3410-2012-256-paramSetA 30` or `differing 20`, perhaps after the words of the test harness.
    fn announced(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [.., "counted", name, calls] => {
                Some(Self { name: (*name).to_owned(), calls: calls.parse().ok()?, must_differ: false })
            }
            [.., "differing", calls] => Some(Self {
                name: "a control that may differ".to_owned(),
                calls: calls.parse().ok()?,
                must_differ: true,
            }),
            _ => None,
        }
    }
}

/// The instructions of every dump (`count.1`, `count.2`, …) in the order they were written.
fn counts(folder: &Path) -> anyhow::Result<Vec<u64>> {
    (1..)
        .map(|number| folder.join(format!("count.{number}")))
        .take_while(|path| path.exists())
        .map(|path| {
            let dump = std::fs::read_to_string(&path)?;
            count_of(&dump).with_context(|| format!("no total in {}", path.display()))
        })
        .collect()
}

fn count_of(dump: &str) -> Option<u64> {
    dump.lines()
        .find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?
        .trim()
        .parse()
        .ok()
}

/// Builds the unit tests of the crypto crate with the release profile and says where they lie.
pub(crate) fn test_binary() -> anyhow::Result<PathBuf> {
    let messages = answer(&mut cargo(&[
        "test",
        "--release",
        "--locked",
        "--package",
        "surguch-crypto",
        "--lib",
        "--no-run",
        "--message-format=json",
        // The names of functions are what valgrind goes by.
        "--config",
        "profile.release.strip=false",
        // Minutes of C that nothing here is counted in.
        "--config",
        "profile.release.package.aws-lc-sys.opt-level=0",
    ]))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["profile"]["test"] == true)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo built no test binary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_and_announcements_are_read() {
        assert_eq!(count_of("version: 1\nevents: Ir\nfn=(1)\n12 34\n\ntotals: 171234\n"), Some(171_234));
        assert_eq!(count_of("version: 1\n"), None);
        let group = Group::announced("test gost::counting::signatures_to_be_counted ... counted id-a 30").unwrap();
        assert_eq!((group.name.as_str(), group.calls, group.must_differ), ("id-a", 30, false));
        assert!(Group::announced("differing 20").unwrap().must_differ);
        assert!(Group::announced("running 1 test").is_none());
    }
}
