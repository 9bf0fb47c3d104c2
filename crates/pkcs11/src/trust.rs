//! Which file may be loaded as a module: code in it runs with all our rights and sees the PIN.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// The path to load: absolute, links resolved, the file and every folder above it ours or the system's and nobody else's to write.
pub(crate) fn module_path(path: &Path) -> Result<PathBuf, Error> {
    if !path.is_absolute() {
        return Err(Error::own("module-path-relative", path.display().to_string()));
    }
    let real =
        path.canonicalize().map_err(|source| Error::own("module-absent", format!("{}: {source}", path.display())))?;
    if !real.is_file() {
        return Err(Error::own("module-absent", format!("{}: not a file", real.display())));
    }
    for part in real.ancestors() {
        check(part)?;
    }
    Ok(real)
}

#[cfg(unix)]
fn check(part: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let found =
        part.metadata().map_err(|source| Error::own("module-absent", format!("{}: {source}", part.display())))?;
    if found.uid() != 0 && found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::own("module-owner", format!("{}: owner {}", part.display(), found.uid())));
    }
    // In a sticky folder nobody but the owner can put another file in the place of this one.
    let sticky = found.is_dir() && found.mode() & 0o1000 != 0;
    if found.mode() & 0o022 != 0 && !sticky {
        return Err(Error::own("module-writable", format!("{}: mode {:o}", part.display(), found.mode() & 0o7777)));
    }
    Ok(())
}

/// Windows keeps the folders of installed programs for administrators; what else holds there is for the installer to prove.
#[cfg(not(unix))]
fn check(_part: &Path) -> Result<(), Error> {
    Ok(())
}
