//! Rules about the tree itself, each a test: who may depend on whom, whose names may stand where, what no file may
//! contain. Every rule has a name, looks at the tracked files only, and says file and line of what it found.

mod arrows;
mod doors;
mod examples;
mod guards;
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::bail;

use crate::machine::{answer, root};

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    check_and_print().map(|()| ExitCode::SUCCESS)
}

pub(crate) fn check_and_print() -> anyhow::Result<()> {
    let tree = Tree::of_checkout(&root())?;
    let mut findings = 0;
    for rule in RULES {
        for finding in (rule.check)(&tree) {
            println!("{}: {finding}", rule.name);
            findings += 1;
        }
    }
    if findings > 0 {
        bail!("{findings} findings");
    }
    println!("{} rules, {} files", RULES.len(), tree.files.len());
    Ok(())
}

struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<String>,
}

const RULES: &[Rule] = &[
    Rule { name: "arrows between crates", check: arrows::only_listed_arrows },
    Rule { name: "lints of the workspace", check: arrows::every_crate_takes_the_lints },
    Rule { name: "doors into store", check: doors::server_changes_nothing_past_ra },
    Rule { name: "paths of a machine", check: words::no_path_of_a_machine },
    Rule { name: "registry hosts", check: words::no_registry_host },
    Rule { name: "banks' names", check: words::no_bank_in_rust },
    Rule { name: "Russian text", check: words::no_russian_in_code },
    Rule { name: "unsafe", check: words::unsafe_only_where_listed },
    Rule { name: "one door to the vectors", check: words::vectors_are_read_through_their_door },
    Rule { name: "public items are shown", check: examples::every_public_item_is_shown },
    Rule { name: "guards", check: guards::every_guard_is_listed_and_marked_once },
    Rule { name: "ignored tests", check: words::no_ignored_test },
];

/// The files that the project consists of.
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// What git tracks or would track next, so that a finding comes before the commit.
    pub(crate) fn of_checkout(root: &Path) -> anyhow::Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let mut files: Vec<String> = answer(&mut git)?.split_terminator('\0').map(String::from).collect();
        files.retain(|file| root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(Self { root: root.to_path_buf(), files })
    }

    /// Paths from the root with `/`, sorted.
    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// The contents; octets that are no UTF-8 come as replacement characters. Empty if the file has just gone.
    pub(crate) fn text(&self, file: &str) -> String {
        let bytes = std::fs::read(self.root.join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn rust_files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|file| file.ends_with(".rs"))
    }

    /// Lines of a list such as those under xtask/tidy; `#` begins a comment line.
    fn list(&self, file: &str) -> Vec<String> {
        let lines = self.text(file);
        lines
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(String::from)
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A checkout of a few files for the rules' own tests, and the folder that keeps it alive.
    pub(crate) fn planted(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let place = folder.path().join(file);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        }
        let files = files.iter().map(|(file, _)| file.to_string()).collect();
        let tree = Tree { root: folder.path().to_path_buf(), files };
        (folder, tree)
    }

    /// The project's own list of the name, for planting.
    pub(super) fn own_list(file: &str) -> String {
        std::fs::read_to_string(root().join(file)).unwrap()
    }

    #[test]
    fn the_project_keeps_its_own_rules() {
        check_and_print().unwrap();
    }

    #[test]
    fn the_tree_is_what_git_tracks_or_would_track() {
        let (folder, _) =
            planted(&[("seen.rs", ""), ("new.rs", ""), ("target/built.rs", ""), (".gitignore", "/target\n")]);
        let git = |arguments: &[&str]| answer(Command::new("git").args(arguments).current_dir(folder.path())).unwrap();
        git(&["init", "--quiet"]);
        git(&["add", "seen.rs"]);
        let tree = Tree::of_checkout(folder.path()).unwrap();
        assert_eq!(tree.files(), [".gitignore", "new.rs", "seen.rs"]);
    }
}
