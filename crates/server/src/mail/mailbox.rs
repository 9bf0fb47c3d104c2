//! The embedded way out: one `.eml` file a letter. A reader never sees half a letter, and a retry never makes a second one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::letter::token;
use super::{Envelope, MailError};

/// A folder that letters land in.
pub(crate) struct Mailbox {
    folder: PathBuf,
}

impl Mailbox {
    /// Makes the folder if it is not there, for its owner alone: letters hold links.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| folder.display().to_string())?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// Writes the letter beside and renames it: the name is the letter's id, so that a retry replaces what is there.
    pub(crate) fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let name = token(&envelope.id);
        let beside = self.folder.join(format!(".{name}.new"));
        let place = self.folder.join(format!("{name}.eml"));
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(&envelope.message.formatted())?;
            file.sync_all()?;
            fs::rename(&beside, &place)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| MailError { reason: format!("{}: {error}", self.folder.display()), permanent: false })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::letter::tests::envelope;
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_retry_replaces_and_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(folder.path()).unwrap();
        for _ in 0..3 {
            mailbox.send(&envelope()).unwrap();
        }
        assert_eq!(names(folder.path()), ["letter-1.eml"]);
    }

    #[test]
    fn an_id_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(&folder.path().join("in")).unwrap();
        let mut envelope = envelope();
        envelope.id = "../../x/y".to_owned();
        mailbox.send(&envelope).unwrap();
        assert_eq!(names(folder.path()), ["in"]);
    }

    #[test]
    fn a_folder_that_refuses_is_a_passing_failure() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(&folder.path().join("in")).unwrap();
        fs::remove_dir_all(folder.path().join("in")).unwrap();
        assert!(!mailbox.send(&envelope()).unwrap_err().permanent);
    }
}
