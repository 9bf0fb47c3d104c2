//! The one door to `vectors/`, for every test of the workspace. What goes through it is written to a log, when a run asks for one,
//! so that `cargo xtask test` can tell which published files no test has looked at.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Names the file the log is appended to, one name a line.
pub(crate) const LOG_VARIABLE: &str = "SURGUCH_VECTORS_LOG";

/// The contents of a vector, by its name inside the folder: `rfc9215/keys.json`.
pub(crate) fn open(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    let contents = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if let Some(log) = std::env::var_os(LOG_VARIABLE) {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        // One write, so that tests running side by side do not mix their lines.
        log.write_all(format!("{name}\n").as_bytes()).unwrap();
    }
    contents
}

/// The names of all vectors, for tests that only want many objects of every kind. Reading them by [`every`] does not count as a use.
#[allow(dead_code, reason = "not every crate that includes this file wants them all")]
pub(crate) fn every() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder()];
    while let Some(here) = folders.pop() {
        for entry in std::fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder()).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}
