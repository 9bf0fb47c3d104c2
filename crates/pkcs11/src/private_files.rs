//! Files that hold keys: nobody else may read them, and a write is whole or has not happened. Written beside, synced, renamed, the folder synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::Error;
use crate::faults;

/// Temporary files begin so; what an interrupted write left behind is known by it.
pub(crate) const TEMPORARY: &str = ".surguch-new-";
/// One writer a folder.
const LOCK: &str = ".surguch-lock";

/// The folder is ours alone for as long as this lives.
pub(crate) struct FolderLock(#[expect(dead_code, reason = "held, never used")] File);

/// Makes the folder, mode 0700, and all above it that are missing.
///
/// # Errors
/// The disk refused, or the folder that is there is not ours alone to write.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| failed("file-not-written", folder, &source))?;
    check_folder(folder)
}

/// Ours, and closed to others for writing: who may rename in it may exchange a key.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Error> {
    let found = folder.metadata().map_err(|source| failed("folder-absent", folder, &source))?;
    if !found.is_dir() {
        return Err(Error::own("folder-absent", folder.display().to_string()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            return Err(Error::own(
                "folder-permissions",
                format!("{}: mode {:o}", folder.display(), found.mode() & 0o7777),
            ));
        }
    }
    Ok(())
}

/// Waits for other writers and clears away what a killed one left.
pub(crate) fn lock(folder: &Path) -> Result<FolderLock, Error> {
    let path = folder.join(LOCK);
    let file = private_options().create(true).truncate(false).open(&path).and_then(|file| file.lock().map(|()| file));
    let file = file.map_err(|source| failed("file-not-written", &path, &source))?;
    for entry in fs::read_dir(folder).map_err(|source| failed("file-unreadable", folder, &source))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path()).map_err(|source| failed("file-not-written", &entry.path(), &source))?;
        }
    }
    Ok(FolderLock(file))
}

/// Whether anything lies there that is not our own lock or an interrupted write.
pub(crate) fn is_empty(folder: &Path) -> Result<bool, Error> {
    let entries = fs::read_dir(folder).map_err(|source| failed("folder-absent", folder, &source))?;
    for entry in entries {
        let entry = entry.map_err(|source| failed("file-unreadable", folder, &source))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name != LOCK && !name.starts_with(TEMPORARY) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Replaces the file or makes it: afterwards the old contents are there or the new, never a part.
pub(crate) fn write(folder: &Path, name: &str, octets: &[u8], _lock: &FolderLock) -> Result<(), Error> {
    let beside = folder.join(format!("{TEMPORARY}{name}"));
    let target = folder.join(name);
    let written = (|| {
        faults::step("file.create")?;
        let mut file = private_options().create_new(true).open(&beside)?;
        faults::step("file.write")?;
        let (first, second) = octets.split_at(octets.len() / 2);
        file.write_all(first)?;
        faults::step("file.half-written")?;
        file.write_all(second)?;
        faults::step("file.sync")?;
        file.sync_all()?;
        faults::step("file.rename")?;
        fs::rename(&beside, &target)?;
        faults::step("file.renamed")?;
        sync_folder(folder)
    })();
    if let Err(source) = written {
        // It is in the way of nothing: the next lock clears it away.
        let _ = fs::remove_file(&beside);
        return Err(failed("file-not-written", &target, &source));
    }
    Ok(())
}

/// Makes or replaces one file of a folder that is locked for nothing else. Afterwards the old contents are there or the new, never a part.
///
/// # Errors
/// The disk refused; the old file is still there.
pub fn write_alone(folder: &Path, name: &str, octets: &[u8]) -> Result<(), Error> {
    make_folder(folder)?;
    write(folder, name, octets, &lock(folder)?)
}

/// Removes a file; one that is gone already is no fault.
pub(crate) fn remove(folder: &Path, name: &str, _lock: &FolderLock) -> Result<(), Error> {
    let path = folder.join(name);
    let removed = (|| {
        faults::step("file.remove")?;
        match fs::remove_file(&path) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
        faults::step("file.removed")?;
        sync_folder(folder)
    })();
    removed.map_err(|source| failed("file-not-written", &path, &source))
}

/// Reads a file that must be ours and readable by nobody else; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("file-unreadable", path, &source)),
    };
    let found = file.metadata().map_err(|source| failed("file-unreadable", path, &source))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(Error::own("file-owner", format!("{}: owner {}", path.display(), found.uid())));
        }
        if found.mode() & 0o077 != 0 {
            return Err(Error::own(
                "file-permissions",
                format!("{}: mode {:o}", path.display(), found.mode() & 0o7777),
            ));
        }
    }
    if !found.is_file() || found.len() > MAX_FILE_OCTETS {
        return Err(Error::own("file-unreadable", format!("{}: {} octets", path.display(), found.len())));
    }
    let mut octets = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, MAX_FILE_OCTETS), &mut octets)
        .map_err(|source| failed("file-unreadable", path, &source))?;
    Ok(Some(octets))
}

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder cannot be synced there; the file system journals renames.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn failed(code: &'static str, path: &Path, source: &io::Error) -> Error {
    let code = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "disk-full",
        _ => code,
    };
    Error::own(code, format!("{}: {source}", path.display()))
}

/// A container of one key and a few certificates has some thousand.
const MAX_FILE_OCTETS: u64 = 1 << 20;
