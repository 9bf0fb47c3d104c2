//! Words that may not stand in the tree, or only in named places. What is forbidden lies in lists under xtask/tidy, so
//! that these sources do not contain it themselves.

use super::Tree;

const MACHINE_PATHS: &str = "xtask/tidy/machine-paths.txt";
const REGISTRY_HOSTS: &str = "xtask/tidy/registry-hosts.txt";
const RUSSIAN: &str = "xtask/tidy/russian-in-rust.txt";
const BANK_NAMES: &str = "xtask/tidy/bank-names.txt";
pub(super) const UNSAFE_MODULES: &str = "xtask/tidy/unsafe-modules.txt";

/// The tree must mean the same on every machine.
pub(super) fn no_path_of_a_machine(tree: &Tree) -> Vec<String> {
    let paths = tree.list(MACHINE_PATHS);
    let files = tree.files().iter().filter(|file| *file != MACHINE_PATHS);
    files.flat_map(|file| places(file, &tree.text(file), &paths, is_path_beginning)).collect()
}

/// Which registry or mirror a machine uses is configured on that machine. Cargo.lock names each package's source by design.
pub(super) fn no_registry_host(tree: &Tree) -> Vec<String> {
    let hosts = tree.list(REGISTRY_HOSTS);
    let files = tree.files().iter().filter(|file| *file != REGISTRY_HOSTS);
    let found = files.flat_map(|file| {
        let text = tree.text(file);
        let text = if file == "Cargo.lock" || file.ends_with("/Cargo.lock") { without_sources(&text) } else { text };
        places(file, &text, &hosts, |_, _, _| true)
    });
    found.collect()
}

/// Procedures are data: no Rust file knows one of the five, or a bank, by name.
pub(super) fn no_bank_in_rust(tree: &Tree) -> Vec<String> {
    let mut names = tree.list(BANK_NAMES);
    let folders = tree.files().iter().filter_map(|file| file.strip_prefix("procedures/")?.split_once('/'));
    names.extend(folders.map(|(folder, _)| folder.to_string()));
    names.sort();
    names.dedup();
    tree.rust_files().flat_map(|file| places(file, &tree.text(file), &names, |_, _, _| true)).collect()
}

/// What a person reads stands in the locales, in both languages. A file of the list must have a reason there, and still needs it.
pub(super) fn no_russian_in_code(tree: &Tree) -> Vec<String> {
    let listed = tree.list(RUSSIAN);
    let mut findings = Vec::new();
    let is_source = |file: &&str| {
        let name = file.rsplit('/').next().unwrap_or_default();
        file.starts_with("crates/") && file.contains("/src/") && !file.contains("/fuzz/") && name != "tests.rs"
    };
    for file in tree.rust_files().filter(is_source) {
        let text = tree.text(file);
        let code = text.split("mod tests {").next().unwrap_or_default().lines();
        let russian = |line: &str| line.split("//").next().unwrap_or_default().chars().any(is_russian);
        let lines: Vec<_> = code.enumerate().filter(|(_, line)| russian(line)).map(|(number, _)| number + 1).collect();
        match (listed.iter().any(|listed| listed == file), lines.first()) {
            (false, Some(line)) => findings.push(format!("{file}:{line}: Russian text belongs into the locales")),
            (true, None) => findings.push(format!("{RUSSIAN}: {file} needs no place in it")),
            _ => {}
        }
    }
    findings
}

fn is_russian(c: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&c)
}

/// The keyword where code can stand behind it; prose and lint names do not count.
pub(super) fn unsafe_only_where_listed(tree: &Tree) -> Vec<String> {
    let listed = tree.list(UNSAFE_MODULES);
    let keyword = [concat!("un", "safe").to_string()];
    let is_code = |before: &str, _: &str, after: &str| {
        let next = after.trim_start();
        let opens_code =
            ["{", "fn ", "impl ", "impl<", "extern ", "trait ", "("].iter().any(|start| next.starts_with(start));
        opens_code && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    };
    let files = tree.rust_files().filter(|file| !listed.iter().any(|module| module == file));
    files.flat_map(|file| places(file, &tree.text(file), &keyword, is_code)).collect()
}

/// Where tests get published vectors from; what goes past it is not in the log that `cargo xtask test` compares with the folder.
const DOOR_TO_VECTORS: &str = "crates/crypto/tests/it/vectors.rs";

pub(super) fn vectors_are_read_through_their_door(tree: &Tree) -> Vec<String> {
    let ways = [concat!("../", "vectors"), concat!("join(\"", "vectors"), concat!("\"", "vectors/")].map(String::from);
    let is_code = |before: &str, _: &str, _: &str| !before.trim_start().starts_with("//");
    let files = tree.rust_files().filter(|file| file.starts_with("crates/") && *file != DOOR_TO_VECTORS);
    files.flat_map(|file| places(file, &tree.text(file), &ways, is_code)).collect()
}

/// A wrong behaviour we cannot fix yet is asserted as it is, with a FIXME; a test that does not run asserts nothing.
pub(super) fn no_ignored_test(tree: &Tree) -> Vec<String> {
    let attribute = [concat!("#[", "ignore").to_string()];
    tree.rust_files().flat_map(|file| places(file, &tree.text(file), &attribute, |_, _, _| true)).collect()
}

/// `file:line: contains `word`` for each line that contains a word, letter case ignored, where `counts` agrees about what
/// stands before and after it on that line.
fn places(file: &str, text: &str, words: &[String], counts: impl Fn(&str, &str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        for word in words {
            let lower = word.to_lowercase();
            let here = line.match_indices(&lower).any(|(at, _)| counts(&line[..at], &lower, &line[at + lower.len()..]));
            if here {
                found.push(format!("{file}:{}: contains `{word}`", number + 1));
            }
        }
    }
    found
}

/// `crl/root.crl` and `{base}/home/` are no paths of a machine: there the path began earlier, or the name goes on.
fn is_path_beginning(before: &str, path: &str, after: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "_-".contains(c);
    let began_earlier = before.ends_with(|c: char| goes_on(c) || ".})".contains(c));
    let name_goes_on =
        after.starts_with(goes_on) || after.strip_prefix('.').is_some_and(|rest| rest.starts_with(goes_on));
    !began_earlier && (path.ends_with(['/', '\\']) || !name_goes_on)
}

fn without_sources(lock_file: &str) -> String {
    let kept = |line: &str| if line.starts_with("source = ") { String::new() } else { line.to_string() };
    lock_file.lines().map(kept).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{own_list, planted};
    use super::*;

    fn words_of(list: &str) -> Vec<String> {
        let (_folder, tree) = planted(&[(list, &own_list(list))]);
        tree.list(list)
    }

    #[test]
    fn every_listed_path_is_found_in_any_file_but_the_list() {
        for path in words_of(MACHINE_PATHS) {
            let text = format!("first\nsee \"{path}\" there\n");
            let (_folder, tree) = planted(&[(MACHINE_PATHS, &own_list(MACHINE_PATHS)), ("docs/a.md", &text)]);
            assert_eq!(no_path_of_a_machine(&tree), [format!("docs/a.md:2: contains `{path}`")]);
        }
    }

    #[test]
    fn a_name_inside_a_longer_path_is_no_path_of_a_machine() {
        for path in words_of(MACHINE_PATHS) {
            let is_beginning = |before: &str, after: &str| is_path_beginning(before, &path, after);
            assert!(!is_beginning("http://127.0.0.1:8787/crl", ""), "{path}");
            assert!(!is_beginning("{base_url}", ""), "{path}");
            assert_eq!(is_beginning("\"", ".crl\""), path.ends_with('/'), "{path}");
        }
    }

    #[test]
    fn every_listed_host_is_found_and_sources_of_the_lock_file_are_left_out() {
        for host in words_of(REGISTRY_HOSTS) {
            let shouted = format!("https://{}/x\n", host.to_uppercase());
            let lock = format!("name = \"a\"\nsource = \"registry+https://{host}/index\"\n# {host}\n");
            let list = own_list(REGISTRY_HOSTS);
            let (_folder, tree) = planted(&[(REGISTRY_HOSTS, &list), ("Cargo.lock", &lock), ("x.toml", &shouted)]);
            let found = no_registry_host(&tree);
            assert_eq!(found[0], format!("Cargo.lock:3: contains `{host}`"));
            assert!(found[1..].contains(&format!("x.toml:1: contains `{host}`")));
            assert!(found.iter().all(|finding| !finding.starts_with("Cargo.lock:2")), "{found:?}");
        }
    }

    #[test]
    fn russian_text_is_found_in_code_and_left_alone_in_comments_tests_and_listed_files() {
        let check = |file: &str, text: &str, expected: &[&str]| {
            let list = "# a reason\ncrates/a/src/listed.rs\n";
            let listed = "crates/a/src/listed.rs";
            let mut files = vec![(RUSSIAN, list), (file, text)];
            if file != listed {
                files.push((listed, "let a = 'я';\n"));
            }
            let (_folder, tree) = planted(&files);
            assert_eq!(no_russian_in_code(&tree), expected);
        };
        let wrong = "crates/a/src/b.rs:2: Russian text belongs into the locales";
        check("crates/a/src/b.rs", "// да\nlet a = \"да\"; // нет\n", &[wrong]);
        check("crates/a/src/b.rs", "let a = 1; // да\nmod tests {\n    let a = \"да\";\n", &[]);
        check("crates/a/tests/it/b.rs", "let a = \"да\";\n", &[]);
        let needless = "xtask/tidy/russian-in-rust.txt: crates/a/src/listed.rs needs no place in it";
        check("crates/a/src/listed.rs", "let a = 1;\n", &[needless]);
    }

    #[test]
    fn every_bank_and_every_procedure_folder_is_found_in_rust_only() {
        let list = own_list(BANK_NAMES);
        let mut names = words_of(BANK_NAMES);
        names.push("sixth-renewal".into());
        for name in names {
            let source = format!("fn f() {{\n    walk(\"{}\");\n}}\n", name.to_uppercase());
            let files = [
                (BANK_NAMES, list.as_str()),
                ("crates/ra/src/lib.rs", &source),
                ("demo/demo.toml", &source),
                ("procedures/sixth-renewal/procedure.toml", ""),
            ];
            let (_folder, tree) = planted(&files);
            assert!(no_bank_in_rust(&tree).contains(&format!("crates/ra/src/lib.rs:2: contains `{name}`")), "{name}");
            assert!(no_bank_in_rust(&tree).iter().all(|finding| finding.starts_with("crates/")));
        }
    }

    #[test]
    fn the_keyword_is_found_outside_the_listed_modules() {
        let keyword = concat!("un", "safe");
        let sources = [
            (format!("fn f() {{ {keyword} {{ g() }} }}"), true),
            (format!("pub {keyword} fn f() {{}}"), true),
            (format!("{keyword} impl Send for X {{}}"), true),
            (format!("#[{keyword}(no_mangle)]"), true),
            (format!("{keyword}_code = \"forbid\""), false),
            (format!("// this is {keyword}, they say"), false),
        ];
        for (source, expected) in sources {
            let files =
                [(UNSAFE_MODULES, "# why\nsrc/edge.rs\n"), ("src/edge.rs", &source), ("src/lib.rs", source.as_str())];
            let (_folder, tree) = planted(&files);
            let found = unsafe_only_where_listed(&tree);
            assert_eq!(found.len(), usize::from(expected), "{source}: {found:?}");
            assert!(found.iter().all(|finding| finding.starts_with("src/lib.rs:1:")));
        }
    }

    #[test]
    fn a_way_past_the_door_to_the_vectors_is_found() {
        let way = concat!("../", "vectors");
        let source = format!("// {way}\nconst X: &[u8] = include_bytes!(\"../{way}/a\");\n");
        let (_folder, tree) = planted(&[("crates/ca/tests/it/x.rs", &source), (DOOR_TO_VECTORS, &source)]);
        assert_eq!(
            vectors_are_read_through_their_door(&tree),
            [format!("crates/ca/tests/it/x.rs:2: contains `{way}`")]
        );
    }

    #[test]
    fn a_test_that_does_not_run_is_found() {
        let attribute = concat!("#[", "ignore");
        let source = format!("#[test]\n{attribute} = \"later\"]\nfn f() {{}}\n");
        let (_folder, tree) = planted(&[("src/lib.rs", &source)]);
        assert_eq!(no_ignored_test(&tree), [format!("src/lib.rs:2: contains `{attribute}`")]);
    }
}
