//! What the manifests may say: the arrows between our crates and nothing beside them, and the workspace's lints in each.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Tree;
use super::words::UNSAFE_MODULES;

/// Every arrow of the house, from the top down. A line is added here only together with a record in docs/decisions;
/// tests and examples (dev-dependencies) are free.
const ARROWS: &[(&str, &[&str])] = &[
    // store: reading and sessions only, see doors
    ("server", &["ra", "ca", "store", "documents", "pkcs11", "domain", "statement", "crypto"]),
    ("ra", &["domain", "statement", "crypto", "ca", "store"]),
    ("component", &["pkcs11", "statement", "crypto"]),
    ("ca", &["domain", "crypto"]), // domain: its vocabulary
    ("store", &["domain"]),
    ("documents", &["domain", "statement"]),
    ("pkcs11", &["crypto"]),
    ("softtoken", &["crypto"]),
    ("domain", &[]),
    ("statement", &[]),
    ("crypto", &[]),
    ("xtask", &[]),
    ("fuzz", &["crypto", "statement"]), // targets beside the crate whose readers they try; workspaces of their own
];

pub(super) fn only_listed_arrows(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let manifests = manifests(tree, &mut findings);
    let own: BTreeMap<String, String> =
        manifests.iter().filter_map(|(file, manifest)| Some((package_name(manifest)?, room(file)))).collect();
    let workspace: Table = tree.text("Cargo.toml").parse().unwrap_or_default();
    let shared = table(&workspace, &["workspace", "dependencies"]);

    for (file, manifest) in &manifests {
        let from = room(file);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == from) else {
            findings.push(format!("{file}: the crate {from} is not on the map"));
            continue;
        };
        for (name, dependency) in dependencies(manifest) {
            let package = package_of(&name, dependency, &shared);
            let Some(to) = own.get(&package) else { continue };
            if !allowed.contains(&to.as_str()) {
                findings.push(format!("{file}: the arrow {from} > {to} is not in the list"));
            }
        }
    }
    findings
}

pub(super) fn every_crate_takes_the_lints(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let workspace: Table = tree.text("Cargo.toml").parse().unwrap_or_default();
    let shared = table(&workspace, &["workspace", "lints"]);
    for (file, manifest) in manifests(tree, &mut findings) {
        let lints = table(&manifest, &["lints"]);
        let takes_them = lints.get("workspace") == Some(&Value::Boolean(true));
        let lifts_one = has_unsafe_module(tree, &file) && lints == with_unsafe_denied(&shared);
        if !takes_them && !lifts_one {
            findings.push(format!("{file}: `[lints] workspace = true` is missing"));
        }
    }
    findings
}

/// Cargo takes the workspace's lints as a whole or not at all, and `forbid` cannot be lifted for one module.
fn has_unsafe_module(tree: &Tree, manifest_file: &str) -> bool {
    let folder = manifest_file.trim_end_matches("Cargo.toml");
    tree.list(UNSAFE_MODULES).iter().any(|module| module.starts_with(folder))
}

fn with_unsafe_denied(lints: &Table) -> Table {
    let mut lints = lints.clone();
    if let Some(Value::Table(rust)) = lints.get_mut("rust") {
        rust.insert("unsafe_code".into(), "deny".into());
    }
    lints
}

/// Manifests of packages, not that of the workspace.
fn manifests(tree: &Tree, findings: &mut Vec<String>) -> Vec<(String, Table)> {
    let mut manifests = Vec::new();
    for file in tree.files().iter().filter(|file| file.ends_with("/Cargo.toml")) {
        match tree.text(file).parse() {
            Ok(manifest) => manifests.push((file.clone(), manifest)),
            Err(error) => findings.push(format!("{file}: {error}")),
        }
    }
    manifests
}

/// `crates/store/Cargo.toml` is the room `store`.
fn room(manifest_file: &str) -> String {
    let folder = manifest_file.trim_end_matches("/Cargo.toml");
    folder.rsplit('/').next().unwrap_or(folder).to_string()
}

fn package_name(manifest: &Table) -> Option<String> {
    Some(table(manifest, &["package"]).get("name")?.as_str()?.to_string())
}

/// What the crate itself and its build script link, on any platform.
fn dependencies(manifest: &Table) -> Vec<(String, &Value)> {
    let mut places = vec![manifest];
    if let Some(Value::Table(targets)) = manifest.get("target") {
        places.extend(targets.values().filter_map(Value::as_table));
    }
    let tables =
        places.into_iter().flat_map(|place| ["dependencies", "build-dependencies"].map(|kind| place.get(kind)));
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    entries.map(|(name, dependency)| (name.clone(), dependency)).collect()
}

/// The package behind a dependency's name: renamed here, renamed in the workspace, or called so.
fn package_of(name: &str, dependency: &Value, shared: &Table) -> String {
    let renamed = |value: &Value| value.get("package").and_then(Value::as_str).map(String::from);
    renamed(dependency).or_else(|| shared.get(name).and_then(renamed)).unwrap_or_else(|| name.to_string())
}

/// The table at the path, empty if there is none.
fn table(whole: &Table, path: &[&str]) -> Table {
    let mut here = whole;
    for part in path {
        match here.get(*part) {
            Some(Value::Table(inner)) => here = inner,
            _ => return Table::new(),
        }
    }
    here.clone()
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    const WORKSPACE: &str = "[workspace.dependencies]\n\
        domain = { package = \"surguch-domain\", path = \"crates/domain\" }\n\
        crypto = { package = \"surguch-crypto\", path = \"crates/crypto\" }\n\
        store = { package = \"surguch-store\", path = \"crates/store\" }\n";
    const DOMAIN: &str = "[package]\nname = \"surguch-domain\"\n";
    const CRYPTO: &str = "[package]\nname = \"surguch-crypto\"\n";

    fn check(store: &str, expected: &[&str]) {
        let store = format!("[package]\nname = \"surguch-store\"\n{store}");
        let files = [
            ("Cargo.toml", WORKSPACE),
            ("crates/domain/Cargo.toml", DOMAIN),
            ("crates/crypto/Cargo.toml", CRYPTO),
            ("crates/store/Cargo.toml", &store),
        ];
        let (_folder, tree) = planted(&files);
        assert_eq!(only_listed_arrows(&tree), expected, "{store}");
    }

    #[test]
    fn a_listed_arrow_and_foreign_crates_are_fine() {
        check("[dependencies]\ndomain.workspace = true\nserde = \"1\"\n", &[]);
        check("[dev-dependencies]\ncrypto.workspace = true\n", &[]);
    }

    #[test]
    fn any_other_arrow_is_named_however_it_is_written() {
        let found = ["crates/store/Cargo.toml: the arrow store > crypto is not in the list"];
        check("[dependencies]\ncrypto.workspace = true\n", &found);
        check("[dependencies]\ncrypto = { workspace = true, optional = true }\n", &found);
        check("[dependencies]\nsurguch-crypto = { path = \"../crypto\" }\n", &found);
        check("[dependencies]\ncurves = { package = \"surguch-crypto\", path = \"../crypto\" }\n", &found);
        check("[build-dependencies]\ncrypto.workspace = true\n", &found);
        check("[target.'cfg(unix)'.dependencies]\ncrypto.workspace = true\n", &found);
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_named() {
        let (_folder, tree) =
            planted(&[("Cargo.toml", WORKSPACE), ("crates/common/Cargo.toml", "[package]\nname = \"x\"\n")]);
        assert_eq!(only_listed_arrows(&tree), ["crates/common/Cargo.toml: the crate common is not on the map"]);
    }

    #[test]
    fn a_crate_without_the_lints_is_named() {
        let good = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";
        let files = [
            ("crates/a/Cargo.toml", good),
            ("crates/b/Cargo.toml", "[lints]\nworkspace = false\n"),
            ("c/Cargo.toml", ""),
        ];
        let (_folder, tree) = planted(&files);
        let missing = ": `[lints] workspace = true` is missing";
        assert_eq!(
            every_crate_takes_the_lints(&tree),
            ["crates/b/Cargo.toml", "c/Cargo.toml"].map(|file| format!("{file}{missing}"))
        );
    }

    #[test]
    fn a_crate_with_a_listed_unsafe_module_may_deny_what_others_forbid_and_nothing_else() {
        let workspace = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"warn\"\n";
        let denied = "[lints.rust]\nunsafe_code = \"deny\"\nmissing_docs = \"warn\"\n";
        let allowed = denied.replace("deny", "allow");
        let shorter = "[lints.rust]\nunsafe_code = \"deny\"\n";
        let files = [
            ("Cargo.toml", workspace),
            (UNSAFE_MODULES, "a/src/edge.rs\nc/src/edge.rs\nd/src/edge.rs\n"),
            ("a/Cargo.toml", denied),
            ("b/Cargo.toml", denied),
            ("c/Cargo.toml", &allowed),
            ("d/Cargo.toml", shorter),
        ];
        let (_folder, tree) = planted(&files);
        let missing = ": `[lints] workspace = true` is missing";
        assert_eq!(
            every_crate_takes_the_lints(&tree),
            ["b", "c", "d"].map(|folder| format!("{folder}/Cargo.toml{missing}"))
        );
    }
}
