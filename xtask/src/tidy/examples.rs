//! The public face of a crate that others build on is shown: each function, type and constant stands in a doctest, or in an example that the tests
//! run. Words are looked at, not types: what is named nowhere is found, what is named wrongly does not compile there.

use super::Tree;

/// The crates this holds for, and folders in them that the crate keeps to itself.
const SHOWN: &str = "crates/crypto";

pub(super) fn every_public_item_is_shown(tree: &Tree) -> Vec<String> {
    let of_crate = |folder: &str| {
        let folder = format!("{SHOWN}/{folder}/");
        tree.rust_files().filter(move |file| file.starts_with(&folder)).map(String::from).collect::<Vec<_>>()
    };
    let mut shown: Vec<String> = of_crate("examples").iter().map(|file| tree.text(file)).collect();
    let mut items = Vec::new();
    for file in of_crate("src") {
        let mut reader = Reader::default();
        for (number, line) in tree.text(&file).lines().enumerate() {
            if let Some(item) = reader.line(line) {
                items.push((format!("{file}:{}", number + 1), item));
            }
        }
        shown.append(&mut reader.blocks);
    }
    let is_shown = |item: &Item| item.has_own_block || shown.iter().any(|text| item.is_named_in(text));
    let hidden = items.iter().filter(|(_, item)| !is_shown(item));
    hidden.map(|(place, item)| format!("{place}: `{}` stands in no doctest and no example", item.words())).collect()
}

/// One public name.
struct Item {
    /// The type or trait it belongs to.
    of: Option<String>,
    name: String,
    /// Whether it is called on a value.
    is_method: bool,
    has_own_block: bool,
}

impl Item {
    fn words(&self) -> String {
        self.of.iter().map(|of| format!("{of}::")).chain([self.name.clone()]).collect()
    }

    fn is_named_in(&self, text: &str) -> bool {
        match &self.of {
            Some(of) if has_word(text, &format!("{of}::{}", self.name)) => true,
            Some(_) => self.is_method && has_word(text, &format!(".{}", self.name)),
            None => has_word(text, &self.name),
        }
    }
}

/// `word` with nothing behind it that would make it longer, and nothing before it where it begins with a letter.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let goes_on = text[at + word.len()..].starts_with(is_part);
        let began_earlier = word.starts_with(is_part) && text[..at].ends_with(is_part);
        !goes_on && !began_earlier
    })
}

/// Reads a source line by line.
#[derive(Default)]
struct Reader {
    /// The fenced blocks that rustdoc compiles.
    blocks: Vec<String>,
    open_block: Option<(bool, String)>,
    has_own_block: bool,
    /// The type of the `impl`, or the trait, that the lines are inside of.
    of: Option<String>,
    is_trait: bool,
    is_private: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Option<Item> {
        let trimmed = line.trim();
        if let Some(doc) = trimmed.strip_prefix("///").or_else(|| trimmed.strip_prefix("//!")) {
            self.doc(doc.strip_prefix(' ').unwrap_or(doc));
            return None;
        }
        if trimmed.starts_with("#[") {
            return None;
        }
        let has_own_block = std::mem::take(&mut self.has_own_block);
        self.enter_or_leave(line);
        let (name, is_method) = declared(trimmed, self.is_trait && line.starts_with("    fn "))?;
        // A `pub` inside a private trait or type of the crate is found by the compiler (unreachable_pub), not here.
        let of = if line.starts_with(' ') { Some(self.of.clone()?) } else { None };
        (!self.is_private || of.is_none()).then_some(Item { of, name, is_method, has_own_block })
    }

    fn doc(&mut self, line: &str) {
        match (line.strip_prefix("```"), self.open_block.take()) {
            (Some(words), None) => {
                let is_code = words.is_empty() || words == "should_panic" || words == "no_run";
                self.open_block = Some((is_code, String::new()));
            }
            (Some(_), Some((true, block))) => {
                self.blocks.push(block);
                self.has_own_block = true;
            }
            (Some(_), Some((false, _))) | (None, None) => {}
            (None, Some((is_code, block))) => self.open_block = Some((is_code, block + line + "\n")),
        }
    }

    fn enter_or_leave(&mut self, line: &str) {
        if line.starts_with('}') {
            (self.of, self.is_trait) = (None, false);
        }
        if let Some(rest) = line.strip_prefix("pub trait ") {
            (self.of, self.is_trait, self.is_private) = (Some(first_name(rest)), true, false);
        }
        if let Some(rest) = line.strip_prefix("impl") {
            // `impl<'a> Kind<'a> {`; what a trait demands is not declared `pub` and never comes here.
            let rest = match rest.strip_prefix('<') {
                Some(generics) => generics.split_once("> ").map_or("", |(_, rest)| rest),
                None => rest.trim_start(),
            };
            self.is_private = rest.contains(" for ");
            self.of = Some(first_name(rest));
        }
    }
}

/// The name that a line declares public, and whether it is of a method.
fn declared(line: &str, is_in_trait: bool) -> Option<(String, bool)> {
    let rest = match line.strip_prefix("pub ") {
        Some(rest) => rest,
        None if is_in_trait => line,
        None => return None,
    };
    let rest = rest.strip_prefix("const fn ").map(|rest| format!("fn {rest}")).unwrap_or_else(|| rest.to_owned());
    let (kind, rest) = rest.split_once(' ')?;
    let is_item = ["fn", "struct", "enum", "trait", "type", "const", "static"].contains(&kind);
    is_item
        .then(|| (first_name(rest), kind == "fn" && rest.split_once('(').is_some_and(|(_, inside)| takes_self(inside))))
}

fn takes_self(arguments: &str) -> bool {
    // A declaration that goes on below has its `self` there; a method is then the likelier guess.
    let first = arguments.split([',', ')']).next().unwrap_or("").trim();
    first.is_empty() && !arguments.starts_with(')') || has_word(first, "self")
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    fn check(source: &str, example: &str, expected: &[&str]) {
        let files = [("crates/crypto/src/lib.rs", source), ("crates/crypto/examples/a.rs", example)];
        let (_folder, tree) = planted(&files);
        let expected: Vec<_> = expected
            .iter()
            .map(|item| format!("crates/crypto/src/lib.rs:{item} stands in no doctest and no example"))
            .collect();
        assert_eq!(every_public_item_is_shown(&tree), expected, "{source}");
    }

    #[test]
    fn what_is_shown_nowhere_is_named() {
        check("pub fn f() {}\npub(crate) fn g() {}\nfn h() {}\n", "", &["1: `f`"]);
        check(
            "pub struct S;\nimpl S {\n    pub fn new() -> Self {}\n    pub fn see(&self) {}\n}\n",
            "",
            &["1: `S`", "3: `S::new`", "4: `S::see`"],
        );
        check("pub const X: u8 = 1;\npub trait T {\n    fn go(&self);\n}\n", "", &["1: `X`", "2: `T`", "3: `T::go`"]);
        check("/// ```text\n/// f()\n/// ```\npub fn f() {}\n", "", &["4: `f`"]);
        check("pub fn see() {}\n", "fn main() { oversee(); seen() }", &["1: `see`"]);
    }

    #[test]
    fn doctests_and_examples_show_what_they_name() {
        check("/// Words.\n/// ```\n/// f();\n/// ```\n#[inline]\npub fn f() {}\n", "", &[]);
        check(
            "pub struct S;\nimpl S {\n    pub fn new() -> Self {}\n    pub fn see(&self) {}\n}\n",
            "let s = S::new();\ns.see();",
            &[],
        );
        check("//! ```\n//! use x::f;\n//! ```\npub fn f() {}\n", "", &[]);
        check("impl Debug for S {\n    fn fmt(&self) {}\n}\nfn x() {}\n", "", &[]);
    }
}
