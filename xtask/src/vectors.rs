//! Whether every published file under `vectors/` is looked at by a test. The tests read them through one door
//! (`crates/crypto/tests/it/vectors.rs`), which writes down what it hands out; here the list is compared with the folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::machine::{cargo, root, succeed, target_directory};

/// The variable by which the door learns where to write; the tests know it by the same name.
const LOG_VARIABLE: &str = "SURGUCH_VECTORS_LOG";

/// Files that no test has to read, each with its reason.
const EXEMPT: &[(&str, &str)] = &[
    ("README.md", "the index of the folder, for people"),
    (
        "pkcs12/meta.json",
        "where its file is from and which password opens it: prose; the test names the password itself",
    ),
];

/// What was looked at in this run.
pub(crate) struct Log {
    path: PathBuf,
}

impl Log {
    /// An empty one. Whatever an earlier run left is gone: only this run counts.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        let path = target_directory()?.join("vectors.log");
        std::fs::create_dir_all(path.parent().expect("a file in the target folder"))?;
        std::fs::write(&path, "").with_context(|| format!("writing {}", path.display()))?;
        Ok(Self { path })
    }

    /// Makes the tests of `command` write into it.
    pub(crate) fn of<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(LOG_VARIABLE, &self.path)
    }

    fn names(&self) -> anyhow::Result<BTreeSet<String>> {
        let text = std::fs::read_to_string(&self.path).with_context(|| format!("reading {}", self.path.display()))?;
        Ok(text.lines().map(String::from).collect())
    }
}

/// Compares the folder with what the tests of this run looked at. Where they did not run, those that read vectors are run here.
pub(crate) fn check(log: Option<&Log>) -> anyhow::Result<()> {
    let used = match log {
        Some(log) => log.names()?,
        None => {
            let log = Log::begin()?;
            succeed(log.of(&mut cargo(&["test", "--package", "surguch-crypto", "--locked", "--lib", "--tests"])))?;
            log.names()?
        }
    };
    let all = files(&root().join("vectors"))?;
    let faults = compare(&all, &used, EXEMPT);
    if !faults.is_empty() {
        bail!(faults.join("\n"));
    }
    println!("{} files, each read by a test but {}:", all.len(), EXEMPT.len());
    for (name, reason) in EXEMPT {
        println!("  {name}: {reason}");
    }
    Ok(())
}

fn compare(all: &BTreeSet<String>, used: &BTreeSet<String>, exempt: &[(&str, &str)]) -> Vec<String> {
    let is_exempt = |name: &str| exempt.iter().any(|(other, _)| *other == name);
    let unused = all.iter().filter(|name| !used.contains(*name) && !is_exempt(name));
    let mut faults: Vec<String> = unused.map(|name| format!("vectors/{name}: no test has read it")).collect();
    for (name, _) in exempt {
        if !all.contains(*name) {
            faults.push(format!("vectors/{name}: exempt and not there"));
        } else if used.contains(*name) {
            faults.push(format!("vectors/{name}: exempt, and a test has read it"));
        }
    }
    faults.extend(used.difference(all).map(|name| format!("vectors/{name}: read and gone")));
    faults
}

/// The names below a folder, with `/`.
fn files(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(here) = folders.pop() {
        for entry in std::fs::read_dir(&here).with_context(|| format!("reading {}", here.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("found below it");
                names.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_nobody_read_is_named_and_so_is_a_needless_exemption() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let check = |all: &[&str], used: &[&str], exempt: &[(&str, &str)], expected: &[&str]| {
            assert_eq!(compare(&set(all), &set(used), exempt), expected);
        };
        check(&["a", "b/c"], &["a", "b/c"], &[], &[]);
        check(&["a", "b/c"], &["a"], &[], &["vectors/b/c: no test has read it"]);
        check(&["a", "b/c"], &["a"], &[("b/c", "prose")], &[]);
        check(&["a", "b"], &["a", "b"], &[("b", "prose")], &["vectors/b: exempt, and a test has read it"]);
        check(&["a"], &["a"], &[("b", "prose")], &["vectors/b: exempt and not there"]);
        check(&["a"], &["a", "b"], &[], &["vectors/b: read and gone"]);
    }

    #[test]
    fn files_are_found_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("x/y")).unwrap();
        std::fs::write(folder.path().join("x/y/z.json"), "").unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(files(folder.path()).unwrap().into_iter().collect::<Vec<_>>(), ["a", "x/y/z.json"]);
    }
}
