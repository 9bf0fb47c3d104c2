//! What machines can see of a page's looks: the checker of HTML finds no error, axe-core no violation in either theme, and on a phone
//! nothing is cut. Also taken in by the unit tests of pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A page with a name to find it by.
pub(crate) struct Looked {
    pub(crate) name: String,
    pub(crate) html: String,
}

/// Looks at all of them in one run of the checker and one browser.
pub(crate) fn look_at(pages: &[Looked]) {
    let folder = tempfile::tempdir().unwrap();
    // The same words under two names are looked at once.
    let mut different: BTreeMap<&str, &str> = BTreeMap::new();
    for page in pages {
        different.entry(&page.html).or_insert(&page.name);
    }
    let mut list = Vec::new();
    for (number, (html, name)) in different.iter().enumerate() {
        let file = folder.path().join(format!("{number}.html"));
        std::fs::write(&file, html).unwrap();
        list.push((format!("{number} {name}"), file));
    }
    let mut findings = check_html(folder.path());
    findings.extend(look_in_chromium(folder.path(), &list));
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// What npm has brought; `cargo xtask test --only packages` brings it.
pub(crate) fn module(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let target = deps.ancestors().nth(3).unwrap();
    let path = target.join("browser/node_modules").join(name);
    assert!(path.exists(), "{}: `cargo xtask test --only packages` brings it", path.display());
    path
}

/// Errors in the pages of a folder.
pub(crate) fn check_html(folder: &Path) -> Vec<String> {
    let jar = module("vnu-jar/build/dist/vnu.jar");
    // Its pool of threads is for larger crowds.
    let checked = Command::new("java")
        .args(["-Xss1m", "-XX:+UseSerialGC", "-jar"])
        .arg(jar)
        .args(["--errors-only", "--exit-zero-always", "--stdout", "--skip-non-html"])
        .arg(folder)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
    String::from_utf8(checked.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn look_in_chromium(folder: &Path, pages: &[(String, PathBuf)]) -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = serde_json::json!({
        "playwright": module("playwright-core/index.mjs"),
        "axe": module("axe-core/axe.min.js"),
        "browser": "/usr/bin/chromium",
        "static": here.join("static"),
        "pages": pages,
    });
    let file = folder.join("look.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let looked = Command::new("node").arg(here.join("tests/browser/look.mjs")).arg(&file).output().unwrap();
    let said = String::from_utf8(looked.stdout).unwrap();
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap_or_default();
    let trouble = String::from_utf8_lossy(&looked.stderr);
    assert!(last.starts_with(&format!("{} pages, ", pages.len())), "{said}\n{trouble}");
    lines
}
