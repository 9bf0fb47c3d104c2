//! Only ra changes anything: of store, server may name the parts that read and the sign-in sessions, and two names it
//! needs as the place where everything is put together.

use super::Tree;

/// What follows `store::` in the server's sources, each with its reason.
const DOORS: &[&str] = &[
    "views",    // pages and status answers are reads
    "sessions", // sign-in sessions belong to the door, not to the request's life
    "Location", // the configuration says where the database is, and ra opens it
    "kill",     // the crash test's points, empty in release builds
];

pub(super) fn server_changes_nothing_past_ra(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.rust_files().filter(|file| file.starts_with("crates/server/src/")) {
        let text = without_comments(&tree.text(file));
        for (at, name) in names_of_store(&text) {
            if !DOORS.contains(&name.as_str()) {
                let line = text[..at].matches('\n').count() + 1;
                findings.push(format!("{file}:{line}: `store::{name}` is not the server's to use; ask ra"));
            }
        }
    }
    findings
}

/// Every first name behind `store`, wherever the crate is named: in a path, in a `use` with or without braces. A `use` of
/// the crate as a whole counts as the name `*`, because nobody could follow what goes through it.
fn names_of_store(text: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("store") {
        let (before, after) = (&text[..at], &text[at + "store".len()..]);
        if before.ends_with(is_name_part) || after.starts_with(is_name_part) || is_inside_our_own_path(before) {
            continue;
        }
        match after.trim_start().strip_prefix("::") {
            Some(rest) => names.extend(first_names(rest).into_iter().map(|name| (at, name))),
            None if is_whole_crate(before, after) => names.push((at, "*".into())),
            None => {}
        }
    }
    names
}

/// `crate::store::x` would be a module of ours; `::store::x` is the crate, and so is what another crate hands on.
fn is_inside_our_own_path(before: &str) -> bool {
    let path = before.rsplit(|c: char| !is_name_part(c) && c != ':').next().unwrap_or(before);
    ["crate::", "self::", "super::"].iter().any(|own| path.starts_with(own))
}

/// `use store;`, `use {ra, store as rows};`, `extern crate store;`, but not a variable of that name.
fn is_whole_crate(before: &str, after: &str) -> bool {
    let statement = before.rsplit(';').next().unwrap_or(before);
    let imports =
        |line: &str| ["use ", "pub use ", "extern crate "].iter().any(|word| line.trim_start().starts_with(word));
    let after = after.trim_start();
    statement.lines().any(imports)
        && !statement.contains("::{")
        && (after.starts_with([';', ',', '}']) || after.starts_with("as "))
}

/// `views::Card` gives views; `{views, sessions::{a, b}, *}` gives views, sessions, *.
fn first_names(rest: &str) -> Vec<String> {
    let rest = rest.trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        return vec![leading_name(rest)];
    };
    let mut depth = 0usize;
    let mut names = Vec::new();
    let mut begin = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let part = group[begin..at].trim();
                if !part.is_empty() {
                    names.push(leading_name(part));
                }
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    let name: String = text.chars().take_while(|c| is_name_part(*c)).collect();
    if name.is_empty() { "*".into() } else { name }
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Line comments emptied, lines kept, so that prose may speak of store.
fn without_comments(text: &str) -> String {
    let code = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_string() };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let (_folder, tree) = planted(&[("crates/server/src/main.rs", source)]);
        let expected: Vec<_> = expected
            .iter()
            .map(|found| {
                let (line, name) = found.split_once(' ').unwrap();
                format!("crates/server/src/main.rs:{line}: `store::{name}` is not the server's to use; ask ra")
            })
            .collect();
        assert_eq!(server_changes_nothing_past_ra(&tree), expected, "{source}");
    }

    #[test]
    fn reading_and_sessions_are_the_servers() {
        check("use store::views;\nuse store::{sessions, Location};\nfn f() { ::store::kill::point(\"a\") }\n", &[]);
        check(
            "//! store::requests is ra's\nlet store = 1; restore::x(); crate::store::requests();\nuse ra::Ra;\nfn g(store: u8) { f(store, 1) }\n",
            &[],
        );
    }

    #[test]
    fn anything_else_is_named_with_its_line() {
        check("\nuse store::requests;\n", &["2 requests"]);
        check("use store::{views, requests::{insert, save}, outbox};", &["1 requests", "1 outbox"]);
        check("fn f() { store::Store::open(x) }", &["1 Store"]);
        check("use store::*;", &["1 *"]);
        check("use ra::Ra;\nuse store as rows;\n", &["2 *"]);
        check("use {ra, store};", &["1 *"]);
        check("use ra::store::requests;", &["1 requests"]);
    }

    #[test]
    fn other_crates_are_not_looked_at() {
        let (_folder, tree) = planted(&[("crates/ra/src/lib.rs", "use store::requests;")]);
        assert!(server_changes_nothing_past_ra(&tree).is_empty());
    }
}
