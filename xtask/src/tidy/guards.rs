//! Guards and their list agree: every entry has its mark, its statement and its test; every mark has its entry, once.

use super::Tree;
use crate::guards::{LIST, MARK, faults, parse};

pub(super) fn every_guard_is_listed_and_marked_once(tree: &Tree) -> Vec<String> {
    let list = tree.text(LIST);
    let has = |file: &str| tree.files().iter().any(|there| there == file);
    let mut findings: Vec<_> =
        faults(&list, has, |file| tree.text(file)).into_iter().map(|fault| format!("{LIST}: {fault}")).collect();
    let listed = parse(&list).unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    for file in tree.rust_files().filter(|file| file.starts_with("crates/")) {
        for (number, line) in tree.text(file).lines().enumerate() {
            let Some(name) = line.trim().strip_prefix(MARK) else { continue };
            if seen.iter().any(|other| other == name) {
                findings.push(format!("{file}:{}: `{name}` is marked a second time", number + 1));
            } else if !listed.iter().any(|guard| guard.name == name && guard.file == file) {
                findings.push(format!("{file}:{}: `{name}` is not in {LIST}", number + 1));
            }
            seen.push(name.to_owned());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::planted;

    const ENTRY: &str = "[[guard]]\nname = \"g\"\nfile = \"crates/a/src/lib.rs\"\ntest = \"it::m::t\"\n";
    const TEST: (&str, &str) = ("crates/a/tests/it/m.rs", "fn t() {}");

    #[test]
    fn a_mark_and_its_entry_belong_together() {
        let check = |files: &[(&str, &str)], expected: usize| {
            let (_folder, tree) = planted(files);
            let found = every_guard_is_listed_and_marked_once(&tree);
            assert_eq!(found.len(), expected, "{found:?}");
        };
        let code = ("crates/a/src/lib.rs", "fn f() {\n    // guard: g\n    must()?;\n}\n");
        check(&[(LIST, ENTRY), code, TEST], 0);
        check(&[(LIST, ENTRY), code], 1);
        check(&[(LIST, ENTRY), ("crates/a/src/lib.rs", "fn f() {}\n"), TEST], 1);
        check(&[(LIST, ENTRY), TEST], 1);
        check(&[(LIST, &format!("{ENTRY}{ENTRY}")), code, TEST], 1);
        let other = ("crates/a/src/other.rs", "// guard: g\nmust();\n// guard: h\nmust();\n");
        check(&[(LIST, ENTRY), code, other, TEST], 2);
    }
}
