//! The lock on the data folder: one process writes, others wait for their turn by hand. Reading commands do not ask for it.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::terminal::Trouble;

/// Holds the lock until it is dropped; the operating system frees it when the process dies.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
}

const FILE: &str = "surguch.lock";

impl DataLock {
    /// Makes the data folder if it is not there (for its owner alone) and locks it.
    pub(crate) fn take(data: &Path) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        use std::os::unix::fs::DirBuilderExt as _;

        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data)
            .with_context(|| format!("data folder {}", data.display()))?;
        let path = data.join(FILE);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(Trouble::new("data-locked", BUSY).with("folder", data.display().to_string()).into())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
        }
    }
}

/// Exit code for "somebody else has it".
const BUSY: u8 = 4;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataLock::take(folder.path()).unwrap();
        let error = DataLock::take(folder.path()).unwrap_err();
        assert!(error.to_string().contains("a server holds the data folder"), "{error}");
        drop(first);
        DataLock::take(folder.path()).unwrap();
    }
}
