//! Cleaning up however this process ends: normally, by Ctrl-C, or killed. A small shell in its own process group waits
//! on a pipe that only we hold open; when the pipe closes, for whatever reason, it does its work.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// A shell script that is bound to run; dropping the value runs it now and waits for its end.
pub(crate) struct Afterwards {
    watcher: Child,
}

impl Afterwards {
    /// The script sees `arguments` as `$1`, `$2`, ... and works in `/`.
    pub(crate) fn promise<A: AsRef<OsStr>>(script: &str, arguments: &[A]) -> anyhow::Result<Self> {
        let whole = format!("trap '' HUP INT TERM; cat >/dev/null; cd /; {script}");
        let watcher = Command::new("sh")
            .args(["-c", &whole, "afterwards"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0) // Ctrl-C on the terminal goes to our group; this one must outlive it
            .spawn()
            .context("starting sh, which cleans up behind us")?;
        Ok(Self { watcher })
    }
}

impl Drop for Afterwards {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        if let Err(error) = self.watcher.wait() {
            eprintln!("cleaning up: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_runs_when_the_value_goes_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let promise = Afterwards::promise("touch \"$1\"", &[&mark]).unwrap();
        assert!(!mark.exists());
        drop(promise);
        assert!(mark.exists());
    }
}
