//! The README's first command on a bare machine: a fresh Debian system that holds gcc, the C library's headers and the
//! host's Rust, and nothing else, so that no library of the developer's machine helps. The outcome goes into a table in
//! docs, good or bad.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::afterwards::Afterwards;
use crate::machine::{answer, is_root, root, succeed};
use crate::packages;

pub(crate) fn first_command() -> anyhow::Result<()> {
    let readme = std::fs::read_to_string(root().join("README.md")).context("reading README.md")?;
    let command = format!("{} --once", first_command_of(&readme).context("README.md has no code block")?);
    if !is_root()? {
        bail!("only root can make and enter another root folder: run this stage as root");
    }
    packages::ensure(&["debootstrap", "git"])?;

    let commit = answer(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(root()))?;
    let system = System::build()?;
    let began = Instant::now();
    let outcome = system.clone_checkout().and_then(|()| system.run(CHECKOUT, &command));
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    write_down(&[
        &today()?,
        commit.trim(),
        &format!("`{command}`"),
        &system.name,
        &format!("{minutes:.1} min"),
        &result(&outcome),
    ])?;
    outcome
}

/// For a person who wonders what is missing in there: `cargo xtask bare 'rustc --version'`.
pub(crate) fn in_bare_system(command: &str) -> anyhow::Result<()> {
    packages::ensure(&["debootstrap", "git"])?;
    let system = System::build()?;
    system.clone_checkout()?;
    system.run(CHECKOUT, command)
}

/// The first line of the first fenced block, without a prompt.
fn first_command_of(readme: &str) -> Option<&str> {
    let mut lines = readme.lines().skip_while(|line| !line.trim_start().starts_with("```")).skip(1);
    let command = lines.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))?.trim();
    (!command.starts_with("```")).then(|| command.strip_prefix("$ ").unwrap_or(command))
}

/// A minimal system in a folder of its own.
struct System {
    folder: PathBuf,
    name: String,
    _wipe: Afterwards,
}

impl System {
    fn build() -> anyhow::Result<Self> {
        let source = AptSource::of_this_machine()?;
        let folder = tempfile::Builder::new().prefix("surguch-slow-").tempdir()?.keep();
        // Everything is mounted in a private namespace (see `run`), so there is never a mount to delete through.
        let wipe = Afterwards::promise("rm -rf --one-file-system \"$1\"", &[&folder])?;
        println!("a minimal {} in {}", source.suite, folder.display());
        let mut debootstrap = Command::new("debootstrap");
        debootstrap.args(["--variant=minbase", "--include=gcc,libc6-dev,ca-certificates"]);
        if let Some(keyring) = &source.keyring {
            debootstrap.arg(format!("--keyring={keyring}"));
        }
        succeed(debootstrap.arg(&source.suite).arg(&folder).arg(&source.uri))?;
        let rustc = answer(Command::new("rustc").arg("--version"))?;
        let version = rustc.split_whitespace().nth(1).unwrap_or("?");
        let system = Self { name: format!("{}, gcc, Rust {version}", source.suite), folder, _wipe: wipe };
        system.reach_the_registry_as_the_host_does()?;
        Ok(system)
    }

    /// Names, trust and cargo's own settings; nothing that could be linked, and no credentials.
    fn reach_the_registry_as_the_host_does(&self) -> anyhow::Result<()> {
        let inside = |path: &str| self.folder.join(path.trim_start_matches('/'));
        for file in ["/etc/resolv.conf", "/etc/hosts", TRUST] {
            if Path::new(file).exists() {
                let place = inside(file);
                // A link left by the packages would lead out of the folder.
                let _ = std::fs::remove_file(&place);
                std::fs::copy(file, &place).with_context(|| format!("copying {file}"))?;
            }
        }
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        let settings = home.map(|home| home.join("config.toml")).filter(|settings| settings.exists());
        let place = inside(HOME).join(".cargo");
        std::fs::create_dir_all(&place)?;
        if let Some(settings) = settings {
            std::fs::copy(&settings, place.join("config.toml")).context("copying cargo's config.toml")?;
        }
        Ok(())
    }

    fn clone_checkout(&self) -> anyhow::Result<()> {
        let place = self.folder.join(CHECKOUT.trim_start_matches('/'));
        succeed(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(place))
    }

    /// `command` in a shell inside, working in `folder`. Rust is the host's, read-only.
    fn run(&self, folder: &str, command: &str) -> anyhow::Result<()> {
        println!("inside: {command}");
        let rust = answer(Command::new("rustc").args(["--print", "sysroot"]))?;
        let script = "\
            mkdir -p \"$1/opt/rust\"
            mount --bind \"$2\" \"$1/opt/rust\"
            mount -o remount,bind,ro \"$1/opt/rust\"
            mount -t proc proc \"$1/proc\"
            mount --bind /dev \"$1/dev\"
            root=$1; shift 2
            exec chroot \"$root\" \"$@\"";
        let mut inside = Command::new("unshare");
        inside.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script, "inside"]);
        inside.arg(&self.folder).arg(rust.trim());
        inside.args(["/usr/bin/env", "-i", "PATH=/opt/rust/bin:/usr/bin:/bin", "LANG=C.UTF-8"]);
        inside.arg(format!("HOME={HOME}")).args(registry_environment());
        inside.args(["sh", "-ec", &format!("cd {folder} && {command}")]);
        succeed(&mut inside)
    }
}

/// Where things lie inside.
const CHECKOUT: &str = "/srv/surguch";
const HOME: &str = "/srv/home";
const TRUST: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How this shell tells cargo about proxies and mirrors, as `NAME=value`; tokens stay outside.
fn registry_environment() -> Vec<String> {
    let concerns_fetching = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let fetching = ["cargo_registries_", "cargo_registry_", "cargo_source_", "cargo_http_", "cargo_net_"];
        (fetching.iter().any(|prefix| lower.starts_with(prefix)) || lower.ends_with("_proxy"))
            && !lower.contains("token")
    };
    std::env::vars()
        .filter(|(name, _)| concerns_fetching(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// One archive that this machine's apt is configured with; the project itself names none.
#[derive(Debug, PartialEq, Eq)]
struct AptSource {
    uri: String,
    suite: String,
    keyring: Option<String>,
}

impl AptSource {
    fn of_this_machine() -> anyhow::Result<Self> {
        let release = std::fs::read_to_string("/etc/os-release").context("reading /etc/os-release")?;
        let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let codename = codename.context("/etc/os-release has no VERSION_CODENAME")?.trim_matches('"');
        let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
        if let Ok(folder) = std::fs::read_dir("/etc/apt/sources.list.d") {
            files.extend(folder.flatten().map(|entry| entry.path()));
        }
        let read =
            |file: &PathBuf| Some((file.extension()?.to_str()?.to_string(), std::fs::read_to_string(file).ok()?));
        let sources = files.iter().filter_map(read).flat_map(|(extension, text)| match extension.as_str() {
            "list" => Self::of_list(&text),
            "sources" => Self::of_stanzas(&text),
            _ => Vec::new(),
        });
        let usable = |source: &Self| source.suite == codename && source.uri.starts_with("http");
        sources.into_iter().find(usable).with_context(|| format!("apt has no http source for {codename}"))
    }

    /// `deb [signed-by=/k.gpg arch=amd64] http://mirror/debian bookworm main`
    fn of_list(text: &str) -> Vec<Self> {
        let of_line = |line: &str| {
            let rest = line.trim().strip_prefix("deb ")?.trim();
            let (options, rest) = match rest.strip_prefix('[') {
                Some(rest) => rest.split_once(']')?,
                None => ("", rest),
            };
            let keyring = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
            let mut words = rest.split_whitespace();
            let (uri, suite) = (words.next()?.to_string(), words.next()?.to_string());
            words.any(|component| component == "main").then_some(Self {
                uri,
                suite,
                keyring: keyring.map(String::from),
            })
        };
        text.lines().filter_map(of_line).collect()
    }

    /// The same as stanzas of `Types: deb`, `URIs:`, `Suites:`, `Components:`, `Signed-By:`.
    fn of_stanzas(text: &str) -> Vec<Self> {
        let of_stanza = |stanza: &str| {
            let field = |name: &str| {
                let line = stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                line.map(|words| words.split_whitespace().map(String::from).collect::<Vec<_>>()).unwrap_or_default()
            };
            let has = |name: &str, word: &str| field(name).iter().any(|found| found == word);
            if !has("Types", "deb") || !has("Components", "main") || has("Enabled", "no") {
                return Vec::new();
            }
            let Some(uri) = field("URIs").into_iter().next() else { return Vec::new() };
            let keyring = field("Signed-By").into_iter().next().filter(|keyring| keyring.starts_with('/'));
            let sources = field("Suites").into_iter();
            sources.map(|suite| Self { uri: uri.clone(), suite, keyring: keyring.clone() }).collect()
        };
        text.split("\n\n").flat_map(of_stanza).collect()
    }
}

pub(crate) fn today() -> anyhow::Result<String> {
    Ok(answer(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_string())
}

/// The last cell of a line, which is a single line whatever went wrong.
pub(crate) fn result(outcome: &anyhow::Result<()>) -> String {
    match outcome {
        Ok(()) => "passed".to_owned(),
        Err(error) => format!("failed: {error:#}").replace(['|', '\n'], " "),
    }
}

pub(crate) fn write_down(cells: &[&str]) -> anyhow::Result<()> {
    let file = root().join("docs/slow-tests.md");
    let mut text = std::fs::read_to_string(&file).context("reading docs/slow-tests.md")?;
    writeln!(text, "| {} |", cells.join(" | "))?;
    std::fs::write(&file, text).context("writing docs/slow-tests.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_command_is_read_word_by_word() {
        let check = |readme: &str, expected: Option<&str>| assert_eq!(first_command_of(readme), expected, "{readme}");
        check(
            "# Title\n\nwords\n\n```sh\ncargo run --release -- demo\n```\n\n```\nother\n```\n",
            Some("cargo run --release -- demo"),
        );
        check("```\n# first\n\n$ make it\n```\n", Some("make it"));
        check("```\n```\n", None);
        check("no block here", None);
    }

    #[test]
    fn both_ways_of_writing_apt_sources_are_understood() {
        let expected = |suite: &str, keyring: Option<&str>| AptSource {
            uri: "http://mirror.example/debian".into(),
            suite: suite.into(),
            keyring: keyring.map(String::from),
        };
        let list = "# deb http://no.example/debian bookworm main\n\
                    deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main contrib\n\
                    deb-src http://mirror.example/debian bookworm main\n";
        assert_eq!(AptSource::of_list(list), [expected("bookworm", Some("/k.gpg"))]);
        let stanzas = "Types: deb\n# a comment\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n\
                       Components: main\nSigned-By: /k.gpg\n\nTypes: deb\nEnabled: no\nURIs: http://no.example/debian\n\
                       Suites: bookworm\nComponents: main\n";
        let found = AptSource::of_stanzas(stanzas);
        assert_eq!(found, [expected("bookworm", Some("/k.gpg")), expected("bookworm-updates", Some("/k.gpg"))]);
    }
}
