//! What is true of the binary that goes to a bank and of no debug build: it links next to nothing, it does not know the
//! switches that tests use to kill it and to move its clock, and the first command walks through with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::machine::{answer, cargo, free_port, root, succeed, target_directory};
use crate::tidy::Tree;
use crate::walk::{MODULE, build_tests};

pub(crate) fn check() -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(target_directory()?)?;
    let [binary, module, component] = without_debug_assertions(folder.path())?;
    links_only_the_c_library(&binary)?;
    let bytes = std::fs::read(&binary).with_context(|| format!("reading {}", binary.display()))?;
    does_not_know_the_test_switches(&bytes, &Tree::of_checkout(&root())?)?;
    // The card module is loaded by programs of others, the component by browsers: the same holds for both. A component that
    // knew the switch of its scripted prompt would sign without anybody being asked.
    for other in [module, component] {
        links_only_the_c_library(&other)?;
        let bytes = std::fs::read(&other).with_context(|| format!("reading {}", other.display()))?;
        does_not_know_the_test_switches(&bytes, &Tree::of_checkout(&root())?)?;
    }
    walks_with_the_test_switches_set(&binary)
}

/// The server, the card module that programs of others load, and the component, in `folder` beside what cargo builds: our own crates as a release has them
/// but for their optimisation, without debug assertions, which the switches of tests hang on. What they lean on is what the tests were built with and is
/// not compiled once more.
fn without_debug_assertions(folder: &Path) -> anyhow::Result<[PathBuf; 3]> {
    let settings = [
        "profile.dev.debug-assertions=false",
        "profile.dev.package.surguch-crypto.debug-assertions=false",
        r#"profile.dev.package."*".debug-assertions=true"#,
    ];
    let mut build = cargo(&["build", "--workspace", "--locked"]);
    // Cargo chooses features as it does for tests when an example is asked for.
    build.args(["--lib", "--bins", "--example", "papers"]).args(settings.iter().flat_map(|it| ["--config", it]));
    let programs = target_directory()?.join("debug");
    // The only one of cargo's files of a crate of ours that has the same name for both: the tests' own waits aside.
    let (module, aside) = (programs.join("deps").join(MODULE), folder.join("of-the-tests"));
    let is_built = module.exists();
    if is_built {
        std::fs::rename(&module, &aside).with_context(|| format!("moving {}", module.display()))?;
    }
    let built = succeed(&mut build).and_then(|()| {
        let taken = ["surguch", MODULE, "surguch-component"].map(|name| (programs.join(name), folder.join(name)));
        for (from, to) in &taken {
            std::fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
        }
        Ok(taken.map(|(_, to)| to))
    });
    if is_built {
        std::fs::rename(&aside, &module).with_context(|| format!("bringing back {}", module.display()))?;
    }
    build_tests()?;
    built
}

/// The data folder and the written results of one `demo --once`; gone when dropped.
pub(crate) struct Walked {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Walked {
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// Runs the sample renewal to its end in a fresh folder. `settle` may add to the command.
pub(crate) fn walk_demo(binary: &Path, settle: impl FnOnce(&mut Command, &Path)) -> anyhow::Result<Walked> {
    let walked = Walked { folder: tempfile::tempdir()?, port: free_port()? };
    let mut demo = Command::new(binary);
    demo.args(["demo", "--once", "--port", &walked.port.to_string(), "--data"]).arg(walked.data());
    demo.arg("--out").arg(walked.folder.path().join("out")).stdout(Stdio::null());
    settle(&mut demo, walked.folder.path());
    succeed(&mut demo)?;
    Ok(walked)
}

fn links_only_the_c_library(binary: &Path) -> anyhow::Result<()> {
    let dynamic = answer(Command::new("readelf").args(["--wide", "--dynamic"]).arg(binary).env("LC_ALL", "C"))?;
    let needed = needed_libraries(&dynamic);
    let foreign: Vec<_> = needed.iter().filter(|name| !is_allowed(name)).copied().collect();
    if !foreign.is_empty() {
        bail!("the binary links {}; only {} are allowed", foreign.join(", "), ALLOWED_LIBRARIES.join(", "));
    }
    println!("links {}", needed.join(", "));
    Ok(())
}

/// ` 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]`
fn needed_libraries(dynamic: &str) -> Vec<&str> {
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    needed.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0)).collect()
}

fn is_allowed(library: &str) -> bool {
    ALLOWED_LIBRARIES.iter().any(|allowed| library.strip_prefix(allowed).is_some_and(|rest| rest.starts_with('.')))
        || library.starts_with("ld-linux") // the loader is the C library's other half
}

const ALLOWED_LIBRARIES: &[&str] = &["libc", "libm", "libgcc_s"];

/// A name that is nowhere in the file cannot be read from the environment.
pub(crate) fn does_not_know_the_test_switches(binary: &[u8], sources: &Tree) -> anyhow::Result<()> {
    if let Some(at) = binary.windows(TEST_PREFIX.len()).position(|window| window == TEST_PREFIX.as_bytes()) {
        let name = String::from_utf8_lossy(&binary[at..binary.len().min(at + 40)]).into_owned();
        bail!("the release binary knows {name:?}..., which is for debug builds only");
    }
    // Were a switch renamed, its absence from the binary would prove nothing.
    let is_source = |file: &&String| file.starts_with("crates/") && file.contains("/src/") && file.ends_with(".rs");
    for switch in TEST_SWITCHES {
        if !sources.files().iter().filter(is_source).any(|file| sources.text(file).contains(switch)) {
            bail!("no source under crates/ reads {switch}: this check would prove nothing");
        }
    }
    println!("knows no {TEST_PREFIX}...");
    Ok(())
}

/// The same, shown from outside: switches that would stop or bend a debug build change nothing.
fn walks_with_the_test_switches_set(binary: &Path) -> anyhow::Result<()> {
    walk_demo(binary, |demo, folder| {
        demo.env("SURGUCH_TEST_KILL", "write.before-commit").env("SURGUCH_TEST_CLOCK", folder.join("no-such-clock"));
    })?;
    println!("walks the first command to its end with the switches set");
    Ok(())
}

/// What every name of a switch for tests begins with.
const TEST_PREFIX: &str = "SURGUCH_TEST_";
const TEST_SWITCHES: &[&str] = &["SURGUCH_TEST_KILL", "SURGUCH_TEST_CLOCK", "SURGUCH_TEST_PULL", "SURGUCH_TEST_PROMPT"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::planted;

    #[test]
    fn a_library_of_the_machine_is_noticed() {
        let dynamic = "\
 0x0000000000000001 (NEEDED)             Shared library: [libgcc_s.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libcrypto.so.3]
 0x000000000000000c (INIT)               0x51000";
        assert_eq!(needed_libraries(dynamic), ["libgcc_s.so.1", "libcrypto.so.3"]);
        for allowed in ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for foreign in ["libcrypto.so.3", "libcrypt.so.1", "libmagic.so.1", "libpq.so.5"] {
            assert!(!is_allowed(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_switch_left_in_the_binary_is_noticed_and_so_is_a_renamed_one() {
        let both = TEST_SWITCHES.join(" ");
        let (_folder, sources) = planted(&[("crates/store/src/kill.rs", &both)]);
        does_not_know_the_test_switches(b"\x7fELF nothing here", &sources).unwrap();
        assert!(does_not_know_the_test_switches(format!("\x7fELF {both}").as_bytes(), &sources).is_err());
        let (_folder, renamed) = planted(&[("crates/store/src/kill.rs", TEST_SWITCHES[0])]);
        assert!(does_not_know_the_test_switches(b"\x7fELF", &renamed).is_err());
    }
}
