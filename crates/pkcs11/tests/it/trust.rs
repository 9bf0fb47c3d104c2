//! Which files are loaded as modules.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use pkcs11::Module;

use crate::rig::{Kind, library};

fn check(path: &Path, code: &str) {
    assert_eq!(Module::load(path).unwrap_err().code(), code, "{}", path.display());
}

/// Below the build folder: what lies in /tmp is under a folder that everybody may write to, if only with the sticky bit.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn a_module_others_may_write_to_is_not_loaded() {
    let folder = folder();
    let inner = folder.path().join("lib");
    std::fs::create_dir(&inner).unwrap();
    let module = inner.join("module.so");
    std::fs::copy(library(Kind::Softhsm), &module).unwrap();

    for (path, mode) in [(&module, 0o664), (&module, 0o646), (&inner, 0o777), (&inner, 0o775)] {
        let before = std::fs::metadata(path).unwrap().permissions();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        check(&module, "module-writable");
        let link = folder.path().join("link.so");
        symlink(&module, &link).unwrap();
        check(&link, "module-writable");
        std::fs::remove_file(link).unwrap();
        std::fs::set_permissions(path, before).unwrap();
    }
}

#[test]
fn a_path_that_is_no_module_is_refused_by_name() {
    let folder = folder();
    check(Path::new("libsofthsm2.so"), "module-path-relative");
    check(&folder.path().join("absent.so"), "module-absent");
    check(folder.path(), "module-absent");
    let text = folder.path().join("text.so");
    std::fs::write(&text, "no library").unwrap();
    check(&text, "module-unloadable");
    let libc = ["/usr/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"];
    let libc = libc.iter().map(Path::new).find(|path| path.exists()).expect("a library that is no module");
    check(libc, "module-unloadable");
}
