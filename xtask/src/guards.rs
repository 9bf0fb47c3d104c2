//! Guards: the places in the code whose removal would let somebody do what he must not. `guards.toml` lists them; each stands behind a mark,
//! `// guard: NAME`. Here each is deleted in a scratch copy, which is built and tested again: a test must go red. A deleted guard that no test
//! misses is a missing test, and fails the run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::machine::{answer, root, target_directory};
use crate::slow;
use crate::tidy::Tree;

/// The list, from the root.
pub(crate) const LIST: &str = "guards.toml";
/// What stands in the line above a guard, before its name.
pub(crate) const MARK: &str = "// guard: ";

/// The stage: every guard, and a line in docs about it.
pub(crate) fn delete_each() -> anyhow::Result<()> {
    let guards = listed()?;
    let commit = answer(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(root()))?;
    let began = Instant::now();
    let outcome = delete(&guards);
    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    for guard in &guards {
        *crates.entry(guard.room()).or_default() += 1;
    }
    let rooms: Vec<_> = crates.iter().map(|(room, count)| format!("{room} {count}")).collect();
    let rustc = answer(Command::new("rustc").arg("--version"))?;
    slow::write_down(&[
        &slow::today()?,
        commit.trim(),
        &format!("each of {} guards deleted: {}", guards.len(), rooms.join(", ")),
        &format!("Rust {}, SQLite", rustc.split_whitespace().nth(1).unwrap_or("?")),
        &format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0),
        &match &outcome {
            Ok(()) => format!("passed: {} red, 0 green", guards.len()),
            failed => slow::result(failed),
        },
    ])?;
    outcome
}

/// Some guards by name, for whoever writes one; without names, all of them. Nothing is written down.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    let mut guards = listed()?;
    if let Some(unknown) = names.iter().find(|name| guards.iter().all(|guard| guard.name != **name)) {
        bail!("{LIST} has no guard `{unknown}`");
    }
    guards.retain(|guard| names.is_empty() || names.contains(&guard.name));
    delete(&guards)
}

/// One entry of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    /// The name in its mark.
    pub(crate) name: String,
    pub(crate) file: String,
    /// The part of the statement that is the guard; without it the whole statement is.
    pub(crate) from: Option<String>,
    /// What stands in its place once it is deleted; nothing, unless the rest would not compile.
    pub(crate) to: String,
    /// The test that must miss it: `it::MODULE::NAME` of the crate's integration tests, `src::MODULE::NAME` of its own.
    pub(crate) test: String,
}

fn listed() -> anyhow::Result<Vec<Guard>> {
    let text = std::fs::read_to_string(root().join(LIST)).with_context(|| format!("reading {LIST}"))?;
    parse(&text)
}

pub(crate) fn parse(list: &str) -> anyhow::Result<Vec<Guard>> {
    let list: toml::Table = list.parse().with_context(|| format!("reading {LIST}"))?;
    let entries = list.get("guard").and_then(toml::Value::as_array).context("no [[guard]] in it")?;
    entries.iter().map(Guard::of_entry).collect()
}

impl Guard {
    fn of_entry(entry: &toml::Value) -> anyhow::Result<Self> {
        let entry = entry.as_table().context("[[guard]] is no table")?;
        let word = |key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let name = word("name").context("a guard has no name")?;
        if let Some(unknown) = entry.keys().find(|key| !["name", "file", "from", "to", "test"].contains(&key.as_str()))
        {
            bail!("{name}: a guard has no `{unknown}`");
        }
        let needed = |key: &str| word(key).with_context(|| format!("{name} has no {key}"));
        Ok(Self {
            file: needed("file")?,
            from: word("from"),
            to: word("to").unwrap_or_default(),
            test: needed("test")?,
            name,
        })
    }

    /// The folder under `crates` that it stands in.
    fn room(&self) -> &str {
        self.file.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or("?")
    }

    /// The file without the guard.
    pub(crate) fn deleted_from(&self, text: &str) -> Result<String, String> {
        let mark = format!("{MARK}{}", self.name);
        let mut lines = text.lines().scan(0, |at, line| {
            let from = *at;
            *at += line.len() + 1;
            Some((from, line))
        });
        let (at, line) = lines.find(|(_, line)| line.trim() == mark).ok_or_else(|| format!("no `{mark}`"))?;
        let begin = at + line.len() + 1;
        let statement = &text[begin..begin + statement_length(&text[begin..])];
        let rest = match &self.from {
            None => format!("{}\n", self.to),
            Some(from) => match statement.matches(from.as_str()).count() {
                1 => statement.replacen(from, &self.to, 1),
                count => return Err(format!("`{from}` stands {count} times in what is marked")),
            },
        };
        Ok(format!("{}{rest}{}", &text[..begin], &text[begin + statement.len()..]))
    }
}

/// How long the statement is that a formatted text begins with: its first line, all that is indented deeper, and what closes it.
fn statement_length(text: &str) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next() else { return 0 };
    let mut length = first.len();
    for line in lines {
        let words = line.trim();
        let closes = words.starts_with(['}', ')', ']', '{']) && indent(line) == indent(first);
        if !words.is_empty() && indent(line) <= indent(first) && !closes {
            break;
        }
        length += line.len();
    }
    length
}

fn delete(guards: &[Guard]) -> anyhow::Result<()> {
    let scratch = Scratch::make()?;
    let mut wrong = Vec::new();
    // What is built and run by one command: a crate's integration tests, or its own.
    let target = |guard: &Guard| (guard.room().to_owned(), of_integration(&guard.test).to_owned());
    for group in guards.chunk_by(|one, other| target(one) == target(other)) {
        scratch.must_be_green(group)?;
        for guard in group {
            let began = Instant::now();
            let verdict = scratch.without(guard)?;
            println!("{:<44}{:>7.1} s  {}", guard.name, began.elapsed().as_secs_f64(), verdict.words());
            if let Verdict::Fault(reason) = &verdict {
                println!("{reason}");
            }
            if verdict != Verdict::Red {
                wrong.push(format!("{} ({})", guard.name, verdict.words()));
            }
        }
    }
    println!("{} guards deleted, {} red, {} not", guards.len(), guards.len() - wrong.len(), wrong.len());
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join(", ")) }
}

/// `it` or `src`.
fn of_integration(test: &str) -> &str {
    test.split("::").next().unwrap_or_default()
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The test failed: it misses the guard.
    Red,
    /// The test passed: nobody would notice.
    Green,
    /// Nothing was shown: the entry is wrong, or the time was up.
    Fault(String),
}

impl Verdict {
    fn words(&self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "GREEN: no test misses it",
            Self::Fault(_) => "FAULT",
        }
    }
}

/// What `cargo test` did.
struct Ran {
    passed: usize,
    failed: usize,
    said: String,
}

/// A copy of the checkout with a target folder of its own, in which the libraries stay from run to run.
struct Scratch {
    tree: PathBuf,
    target: PathBuf,
}

impl Scratch {
    fn make() -> anyhow::Result<Self> {
        let place = target_directory()?.join("guards");
        let scratch = Self { tree: place.join("tree"), target: place.join("target") };
        if scratch.tree.exists() {
            std::fs::remove_dir_all(&scratch.tree).context("removing the last scratch copy")?;
        }
        // The times of the files are new: cargo must not take for fresh what an earlier mutant left built.
        for file in Tree::of_checkout(&root())?.files() {
            let to = scratch.tree.join(file);
            std::fs::create_dir_all(to.parent().expect("a file lies in a folder"))?;
            std::fs::copy(root().join(file), &to).with_context(|| format!("copying {file}"))?;
        }
        Ok(scratch)
    }

    /// Every test that is to go red is green while nothing is deleted.
    fn must_be_green(&self, guards: &[Guard]) -> anyhow::Result<()> {
        let Some(first) = guards.first() else { return Ok(()) };
        let mut tests: Vec<_> = guards.iter().map(|guard| guard.test.as_str()).collect();
        tests.sort_unstable();
        tests.dedup();
        let began = Instant::now();
        self.build(first).map_err(|reason| anyhow::anyhow!("{} does not build: {reason}", first.room()))?;
        let built = began.elapsed();
        match self.test(first, &tests, BASELINE) {
            Ok(ran) if ran.passed == tests.len() && ran.failed == 0 => {}
            Ok(ran) => bail!("{}: not every test is green while nothing is deleted:\n{}", first.room(), ran.said),
            Err(reason) => bail!("{}: {reason}", first.room()),
        }
        let room = format!("{}, {} tests, nothing deleted", first.room(), tests.len());
        println!("{room:<44}{:>7.1} s  green, built in {:.1} s", began.elapsed().as_secs_f64(), built.as_secs_f64());
        Ok(())
    }

    fn without(&self, guard: &Guard) -> anyhow::Result<Verdict> {
        let place = self.tree.join(&guard.file);
        let whole = std::fs::read_to_string(&place).with_context(|| format!("reading {}", guard.file))?;
        let mutant = match guard.deleted_from(&whole) {
            Ok(mutant) => mutant,
            Err(reason) => return Ok(Verdict::Fault(reason)),
        };
        std::fs::write(&place, mutant)?;
        let tested = self.build(guard).and_then(|()| self.test(guard, &[&guard.test], MUTANT));
        std::fs::write(&place, whole)?;
        Ok(match tested {
            Ok(Ran { passed: 0, failed: 1, .. }) => Verdict::Red,
            Ok(Ran { passed: 1, failed: 0, .. }) => Verdict::Green,
            Ok(ran) => Verdict::Fault(format!("{} passed and {} failed instead of one test", ran.passed, ran.failed)),
            Err(reason) => Verdict::Fault(reason),
        })
    }

    fn build(&self, guard: &Guard) -> Result<(), String> {
        let built = self.cargo(guard, BUILD).arg("--no-run").output().map_err(|error| error.to_string())?;
        if built.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&built.stderr).into_owned()) }
    }

    fn test(&self, guard: &Guard, tests: &[&str], limit: Duration) -> Result<Ran, String> {
        let mut cargo = self.cargo(guard, limit);
        cargo.args(["--", "--exact"]);
        cargo.args(tests.iter().filter_map(|test| test.split_once("::").map(|(_, path)| path)));
        let ended = cargo.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let results = said.lines().filter_map(crate::test::Tally::of_line).collect::<Vec<_>>();
        match results.as_slice() {
            [one] => Ok(Ran { passed: one.passed as usize, failed: one.failed as usize, said }),
            _ => Err(format!(
                "no result within {} s: {}\n{said}{}",
                limit.as_secs(),
                ended.status,
                String::from_utf8_lossy(&ended.stderr)
            )),
        }
    }

    /// `cargo test` of the guard's crate in the copy, killed with all its children when the time is up.
    fn cargo(&self, guard: &Guard, limit: Duration) -> Command {
        let mut command = Command::new("timeout");
        command.arg("--signal=KILL").arg(limit.as_secs().to_string());
        command.arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["test", "--quiet", "--locked", "--package", &format!("surguch-{}", guard.room())]);
        let has_library = self.tree.join("crates").join(guard.room()).join("src/lib.rs").exists();
        match of_integration(&guard.test) {
            "it" => command.args(["--test", "it"]),
            _ if has_library => command.arg("--lib"),
            _ => command.arg("--bins"),
        };
        command.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target).env("CARGO_PROFILE_DEV_DEBUG", "0");
        // Guards stand above the database.
        command.env("SURGUCH_TEST_SQLITE_ONLY", "1");
        command
    }
}

/// The libraries too, the first time.
const BUILD: Duration = Duration::from_secs(45 * 60);
/// All the tests of a crate that guards name.
const BASELINE: Duration = Duration::from_secs(20 * 60);
/// One test, which takes seconds. Without its guard it may wait for what never comes.
const MUTANT: Duration = Duration::from_secs(5 * 60);

/// What is wrong with the list, seen without building anything.
pub(crate) fn faults(list: &str, has: impl Fn(&str) -> bool, text_of: impl Fn(&str) -> String) -> Vec<String> {
    let guards = match parse(list) {
        Ok(guards) => guards,
        Err(error) => return vec![format!("{error:#}")],
    };
    let mut faults = Vec::new();
    for (at, guard) in guards.iter().enumerate() {
        if guards[..at].iter().any(|other| other.name == guard.name) {
            faults.push(format!("{} stands there twice", guard.name));
        }
        if !has(&guard.file) {
            faults.push(format!("{}: there is no {}", guard.name, guard.file));
        } else if let Err(reason) = guard.deleted_from(&text_of(&guard.file)) {
            faults.push(format!("{}: {}: {reason}", guard.name, guard.file));
        }
        let test = test_file(guard, &has);
        let function = guard.test.rsplit("::").next().unwrap_or_default();
        if !test.as_ref().is_some_and(|file| text_of(file).contains(&format!("fn {function}("))) {
            faults.push(format!("{}: there is no test {}", guard.name, guard.test));
        }
    }
    faults
}

/// The file that the guard's test stands in.
fn test_file(guard: &Guard, has: impl Fn(&str) -> bool) -> Option<String> {
    let (target, path) = guard.test.split_once("::")?;
    let (modules, _) = path.rsplit_once("::")?;
    let folder = if target == "it" { "tests/it" } else { "src" };
    let module = modules.trim_end_matches("::tests").replace("::", "/");
    let file = Path::new("crates").join(guard.room()).join(folder).join(module).display().to_string();
    [format!("{file}.rs"), format!("{file}/mod.rs"), format!("{file}/tests.rs")].into_iter().find(|file| has(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(from: Option<&str>, to: &str) -> Guard {
        Guard {
            name: "g".to_owned(),
            file: "crates/a/src/lib.rs".to_owned(),
            from: from.map(str::to_owned),
            to: to.to_owned(),
            test: "it::m::t".to_owned(),
        }
    }

    #[test]
    fn a_guard_is_deleted_whole_and_nothing_else_is() {
        let check = |from: Option<&str>, to: &str, text: &str, expected: &str| {
            assert_eq!(guard(from, to).deleted_from(text).unwrap(), expected, "{text}");
        };
        check(None, "", "    // guard: g\n    must(a)?;\n    go();\n", "    // guard: g\n\n    go();\n");
        check(
            None,
            "",
            "  // guard: g\n  if a\n      && b\n  {\n      no()\n  }\n  go();\n",
            "  // guard: g\n\n  go();\n",
        );
        check(
            None,
            "",
            "  // guard: g\n  if a {\n      no()\n  }\n  if b {\n      c()\n  }\n",
            "  // guard: g\n\n  if b {\n      c()\n  }\n",
        );
        check(
            Some("a == b"),
            "true",
            "  // guard: g\n  if a == b {\n      x\n  } else {\n      y\n  }\n}\n",
            "  // guard: g\n  if true {\n      x\n  } else {\n      y\n  }\n}\n",
        );
        check(
            None,
            "let Some(x) = y else { loop {} };",
            "  // guard: g\n  let Some(x) = y else {\n      no()\n  };\n  go();\n",
            "  // guard: g\nlet Some(x) = y else { loop {} };\n  go();\n",
        );
    }

    #[test]
    fn a_guard_that_is_not_there_once_is_said() {
        assert!(guard(None, "").deleted_from("// guard: other\nx();\n").is_err());
        assert!(guard(Some("a"), "").deleted_from("// guard: g\nb();\na();\n").is_err());
        assert!(guard(Some("a"), "").deleted_from("// guard: g\nf(a, a);\n").is_err());
    }

    #[test]
    fn a_list_says_what_it_knows_and_nothing_else() {
        let parsed = parse("[[guard]]\nname = \"g\"\nfile = \"crates/a/src/lib.rs\"\ntest = \"it::m::t\"\n").unwrap();
        assert_eq!(parsed, [guard(None, "")]);
        assert!(parse("[[guard]]\nname = \"g\"\nfile = \"f\"\n").is_err());
        assert!(parse("[[guard]]\nname = \"g\"\nfile = \"f\"\ntest = \"t\"\nline = \"9\"\n").is_err());
        assert!(parse("").is_err());
    }
}
