//! Questions to the machine we run on: where the checkout and its target folder are, who we are, a free port, a command
//! that must succeed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The workspace root.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the workspace").to_path_buf()
}

/// The cargo that started us, in the workspace root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs to the end on our terminal; an unsuccessful end is an error.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let ended = command.status().with_context(|| format!("starting {}", words(command)))?;
    if !ended.success() {
        bail!("{} ended with {ended}", words(command));
    }
    Ok(())
}

/// Runs to the end and hands back what it wrote to its standard output.
pub(crate) fn answer(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::piped()).output().with_context(|| format!("starting {}", words(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}: {}", words(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Builds the release binary and says where it lies.
pub(crate) fn release_binary() -> anyhow::Result<PathBuf> {
    Ok(release_folder()?.join("surguch"))
}

/// The same of the client's component.
pub(crate) fn release_component() -> anyhow::Result<PathBuf> {
    Ok(release_folder()?.join("surguch-component"))
}

/// All three in one build: each for itself would have its dependencies with other features, and compile them once more.
fn release_folder() -> anyhow::Result<PathBuf> {
    let packages = ["surguch-server", "surguch-softtoken", "surguch-component"].map(|package| ["--package", package]);
    succeed(cargo(&["build", "--release", "--locked"]).args(packages.as_flattened()))?;
    Ok(target_directory()?.join("release"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> anyhow::Result<PathBuf> {
    let metadata = answer(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("reading cargo metadata")?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
    Ok(PathBuf::from(target))
}

pub(crate) fn is_root() -> anyhow::Result<bool> {
    Ok(answer(Command::new("id").arg("-u"))?.trim() == "0")
}

/// A port nobody listens on at this moment.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}
