//! The client's component built here for Windows, and what can be seen of it without a Windows: which libraries it wants, which switches it
//! knows, and under Wine its own command line, the registry and a browser's pipes. Its windows are seen by nobody. The outcome goes into the
//! table in docs, good or bad.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};

use crate::machine::{answer, cargo, root, succeed, target_directory};
use crate::tidy::Tree;
use crate::{packages, release, slow};

const TARGET: &str = "x86_64-pc-windows-gnu";
/// A compiler and linker, the assembler of aws-lc, and something that runs the result.
const FOR_WINDOWS: &[&str] = &["gcc-mingw-w64-x86-64", "nasm", "wine", "wine64"];

pub(crate) fn windows() -> anyhow::Result<()> {
    packages::ensure(FOR_WINDOWS)?;
    let commit = answer(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(root()))?;
    let began = Instant::now();
    let outcome = build_and_look();
    let version = |package| packages::version(package).unwrap_or_else(|| "?".to_owned());
    slow::write_down(&[
        &slow::today()?,
        commit.trim(),
        &format!("the component for {TARGET}, release"),
        &format!("mingw {}, wine {}", version("gcc-mingw-w64-x86-64"), version("wine64")),
        &format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0),
        &slow::result(&outcome),
    ])?;
    outcome
}

fn build_and_look() -> anyhow::Result<()> {
    add_target()?;
    succeed(&mut cargo(&["build", "--release", "--locked", "--package", "surguch-component", "--target", TARGET]))?;
    let program = target_directory()?.join(TARGET).join("release/surguch-component.exe");
    wants_only_what_windows_has(&program)?;
    let octets = std::fs::read(&program).with_context(|| format!("reading {}", program.display()))?;
    println!("{}: {} KiB", program.display(), octets.len() / 1024);
    release::does_not_know_the_test_switches(&octets, &Tree::of_checkout(&root())?)?;
    Wine::start()?.walk(&program)
}

/// The standard library for the target, which rustup brings; a compiler of another origin may have it already.
fn add_target() -> anyhow::Result<()> {
    let added = succeed(Command::new("rustup").args(["target", "add", TARGET]));
    let libraries = answer(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    let is_there = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    };
    match added {
        Err(error) if !is_there(Path::new(libraries.trim())) => {
            bail!("no standard library for {TARGET} here, and it cannot be had: {error:#}")
        }
        _ => Ok(()),
    }
}

fn wants_only_what_windows_has(program: &Path) -> anyhow::Result<()> {
    let headers = answer(Command::new("x86_64-w64-mingw32-objdump").arg("--private-headers").arg(program))?;
    let wanted = libraries(&headers);
    ensure!(!wanted.is_empty(), "objdump names no library in {}", program.display());
    let foreign: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| !is_of_windows(name)).collect();
    ensure!(foreign.is_empty(), "the program wants {}, which Windows does not bring", foreign.join(", "));
    println!("wants {}", wanted.join(", "));
    Ok(())
}

/// `    DLL Name: KERNEL32.dll`
fn libraries(headers: &str) -> Vec<String> {
    let names = headers.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: "));
    let mut names: Vec<String> = names.map(str::to_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_of_windows(library: &str) -> bool {
    OF_WINDOWS.contains(&library) || library.starts_with("api-ms-win-")
}

/// What every Windows 10 has in its system folder.
const OF_WINDOWS: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "combase.dll",
    "dwmapi.dll",
    "gdi32.dll",
    "imm32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "opengl32.dll",
    "propsys.dll",
    "rpcrt4.dll",
    "shell32.dll",
    "shlwapi.dll",
    "uiautomationcore.dll",
    "user32.dll",
    "userenv.dll",
    "uxtheme.dll",
    "ws2_32.dll",
];

/// A Windows user of this run alone.
struct Wine {
    folder: tempfile::TempDir,
}

impl Wine {
    fn start() -> anyhow::Result<Self> {
        let wine = Self { folder: tempfile::tempdir()? };
        succeed(wine.command("wineboot").arg("--init"))?;
        Ok(wine)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("wine");
        command.env("WINEPREFIX", self.folder.path()).env("WINEDEBUG", "-all").arg(program);
        // It would offer to fetch what shows web pages and runs .NET; nothing here does either.
        command.env("WINEDLLOVERRIDES", "mscoree=;mshtml=").env_remove("DISPLAY").stdin(Stdio::null());
        command
    }

    /// The program in a folder of its own, with what Debian's Wine lacks beside it.
    fn installed(&self, program: &Path) -> anyhow::Result<PathBuf> {
        let place = self.folder.path().join("drive_c/surguch");
        std::fs::create_dir(&place)?;
        let source = self.folder.path().join("random.c");
        std::fs::write(&source, RANDOM)?;
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-shared", "-o"]).arg(place.join("bcryptprimitives.dll")).arg(source).arg("-ladvapi32");
        succeed(&mut compiler)?;
        let installed = place.join("surguch-component.exe");
        std::fs::copy(program, &installed)?;
        Ok(installed)
    }

    fn walk(&self, program: &Path) -> anyhow::Result<()> {
        let program = &self.installed(program)?;
        let component = |arguments: &[&str]| answer(self.command(&program.to_string_lossy()).args(arguments));
        let said = component(&["--version"])?;
        ensure!(said.starts_with("surguch-component "), "--version said {said:?}");

        component(&["install"])?;
        for browser in ["Google\\Chrome", "Mozilla"] {
            let manifest = self.manifest_of(browser)?.with_context(|| format!("{browser} was told nothing"))?;
            let text = std::fs::read_to_string(&manifest).with_context(|| format!("reading {}", manifest.display()))?;
            let manifest: serde_json::Value = serde_json::from_str(&text).context("the manifest")?;
            let named = manifest["path"].as_str().unwrap_or_default();
            ensure!(named.ends_with("surguch-component.exe"), "the manifest names {named:?}");
        }
        let said = component(&["status"])?;
        ensure!(said.contains("Firefox: registered") && said.contains("driver: "), "status said {said:?}");

        let hello = self.hello(program)?;
        ensure!(hello["answer"]["kind"] == "hello" && hello["answer"]["system"] == "windows", "hello said {hello}");

        component(&["uninstall"])?;
        ensure!(self.manifest_of("Mozilla")?.is_none(), "uninstall left a key of the registry behind");
        println!("under Wine: --version, install, status, a browser's hello, uninstall");
        Ok(())
    }

    /// The file that the registry names to a browser.
    fn manifest_of(&self, browser: &str) -> anyhow::Result<Option<PathBuf>> {
        let key = format!("HKCU\\Software\\{browser}\\NativeMessagingHosts\\surguch.component");
        let output = self.command("reg").args(["query", &key, "/ve"]).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let Some((_, file)) = said.split_once("REG_SZ").filter(|_| output.status.success()) else { return Ok(None) };
        let path = answer(self.command("winepath").args(["--unix", file.trim()]))?;
        Ok(Some(PathBuf::from(path.trim())))
    }

    /// As a browser calls it: messages behind their lengths, in octets that no line end may change.
    fn hello(&self, program: &Path) -> anyhow::Result<serde_json::Value> {
        let message = r#"{"origin":"https://bank.example","message":{"v":1,"id":"10","call":{"kind":"hello"}}}"#;
        let mut command = self.command(&program.to_string_lossy());
        command.arg(format!("chrome-extension://{EXTENSION}/")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("a pipe")?;
        input.write_all(&u32::try_from(message.len())?.to_le_bytes())?;
        input.write_all(message.as_bytes())?;
        let mut output = child.stdout.take().context("a pipe")?;
        let mut length = [0; 4];
        output.read_exact(&mut length).context("no answer came")?;
        let mut said = vec![0; usize::try_from(u32::from_le_bytes(length))?.min(1 << 20)];
        output.read_exact(&mut said).context("half an answer came")?;
        drop(input);
        ensure!(child.wait()?.success(), "it did not end well when the browser left");
        serde_json::from_slice(&said).context("the answer")
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Its own server alone: the folder says which.
        let ended = Command::new("wineserver").arg("--kill").env("WINEPREFIX", self.folder.path()).status();
        if let Err(error) = ended {
            println!("wineserver: {error}");
        }
    }
}

/// Wine 8 does not have the library yet in which Windows keeps its generator; Wine's own generator stands in for it.
const RANDOM: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE octets, SIZE_T length) { return SystemFunction036(octets, (ULONG)length); }
";

/// The id that follows from the key in the extension's manifest.
const EXTENSION: &str = "gnhnbmdfanjpokafemhiopcfmaelkeld";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_windows_does_not_bring_is_noticed() {
        let headers = "\tDLL Name: KERNEL32.dll\n\tvma: 1\n\tDLL Name: libgcc_s_seh-1.dll\n\tDLL Name: KERNEL32.dll\n";
        let wanted = libraries(headers);
        assert_eq!(wanted, ["kernel32.dll", "libgcc_s_seh-1.dll"]);
        assert!(is_of_windows(&wanted[0]) && !is_of_windows(&wanted[1]));
        assert!(is_of_windows("api-ms-win-core-synch-l1-2-0.dll") && !is_of_windows("libwinpthread-1.dll"));
    }
}
