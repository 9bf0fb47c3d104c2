//! A program on a terminal of its own, which util-linux `script` gives it. The server's tests take this file in as well.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub(crate) struct Terminal {
    child: Child,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    waited_for: usize,
}

impl Terminal {
    /// Starts a program with its arguments as words of the shell; `settle` may add to the surroundings that it gets.
    pub(crate) fn of(command: &str, settle: impl FnOnce(&mut Command)) -> Self {
        let mut script = Command::new("script");
        // A shell that stays beside the program is interrupted with it, and its end is told instead of the program's: bash goes by itself, dash does not.
        let command = format!("exec {command}");
        script.args(["--quiet", "--flush", "--return", "--command", &command, "/dev/null"]).env("SHELL", "/bin/sh");
        settle(&mut script);
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("util-linux has script");
        let mut output = child.stdout.take().unwrap();
        let (shown, seen) = channel();
        std::thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut octets) {
                if shown.send(octets[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, output: seen, seen: Vec::new(), waited_for: 0 }
    }

    /// Reads until the text has come after all that was waited for before.
    pub(crate) fn expect(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let fresh = String::from_utf8_lossy(&self.seen[self.waited_for..]).into_owned();
            if let Some(at) = fresh.find(text) {
                self.waited_for += at + text.len();
                return self;
            }
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(octets) => self.seen.extend(octets),
                Err(error) => panic!("{text:?} never came in {fresh:?}: {error}"),
            }
        }
    }

    pub(crate) fn type_line(&mut self, line: &str) -> &mut Self {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
        self
    }

    /// Everything that was on the screen, and how the program ended.
    pub(crate) fn end(mut self) -> (String, ExitStatus) {
        drop(self.child.stdin.take());
        self.seen.extend(self.output.iter().flatten());
        let status = self.child.wait().unwrap();
        (String::from_utf8(std::mem::take(&mut self.seen)).unwrap(), status)
    }
}

/// With `script` goes the terminal, and whoever is on it is hung up on.
impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
