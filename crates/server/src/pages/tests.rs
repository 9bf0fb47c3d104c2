//! What holds for every page at once.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use self::look::{Looked, look_at};
use super::files::style;
use super::routes::{ROUTES, Who};
use super::samples;
use crate::words::Language;

#[path = "../../tests/it/desk_fields.rs"]
mod desk_fields;
#[path = "../../tests/it/look.rs"]
mod look;
#[path = "../../tests/it/portal_fields.rs"]
mod portal_fields;

/// The words of every offered procedure, and none at all.
fn with_all_words(check: impl Fn(Language, Option<&crate::words::ProcedureWords>)) {
    let folders = crate::folders::Folders::read(&crate::config::Folders::default()).unwrap();
    let procedures = folders.words().unwrap();
    assert!(!procedures.is_empty());
    for language in Language::ALL {
        check(language, None);
        for words in procedures.values() {
            check(language, Some(words));
        }
    }
}

#[test]
fn every_page_has_all_its_words_in_every_language() {
    with_all_words(|language, words| {
        for page in samples::all(language, words) {
            let html = page.html();
            assert_eq!(page.missed(), BTreeSet::new(), "{language:?}");
            assert!(html.contains(&format!("<html lang=\"{}\"", language.name())), "{html}");
        }
    });
}

#[test]
fn pages_have_one_main_heading_one_main_part_and_every_id_once() {
    with_all_words(|language, words| {
        for page in samples::all(language, words) {
            let html = page.html();
            assert_eq!(html.matches("<h1").count(), 1, "{html}");
            assert_eq!(html.matches("<main").count(), 1);
            let ids: Vec<&str> = attribute_values(&html, "id").collect();
            let different: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), different.len(), "{ids:?}");
            for label in attribute_values(&html, "for").chain(attribute_values(&html, "aria-labelledby")) {
                assert!(different.contains(label), "{label} names nothing");
            }
        }
    });
}

#[test]
fn nothing_on_a_page_stands_in_the_way_of_the_content_security_policy() {
    with_all_words(|language, words| {
        for page in samples::all(language, words) {
            let html = page.html();
            for forbidden in ["style=\"", "<style", "javascript:", " onclick", " onload", "http://", "https://"] {
                assert!(!html.contains(forbidden), "{forbidden} in {html}");
            }
            for script in html.split("<script").skip(1) {
                assert!(script.starts_with(" type=\"module\" src=\"/static/"), "{script}");
            }
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_its_token() {
    with_all_words(|language, words| {
        for page in samples::all(language, words) {
            let html = page.html();
            for form in html.split("<form").skip(1) {
                let (form, _) = form.split_once("</form>").unwrap();
                let token = form.contains("name=\"form\" value=\"");
                assert_eq!(token, form.contains("method=\"post\""), "{form}");
            }
        }
    });
}

#[test]
fn every_field_of_every_form_of_the_desk_is_in_the_table_of_bad_input() {
    let rows = desk_fields::FIELDS.iter().map(|(method, path, field, ..)| (*method, *path, *field));
    is_the_table(rows.collect(), |path| path.starts_with("/desk/"), "desk_fields");
}

#[test]
fn every_field_of_every_form_of_the_portal_is_in_the_table_of_bad_input() {
    let rows = portal_fields::FIELDS.iter().map(|(_, method, path, field, ..)| (*method, *path, *field));
    // What stands on `/design` is there to be looked at and goes nowhere.
    is_the_table(rows.collect(), |path| !path.starts_with("/desk/") && path != "/design", "portal_fields");
}

/// That these rows are the fields of all forms with such addresses, as the pages have them.
fn is_the_table(rows: Vec<(&str, &str, &str)>, is_of_it: impl Fn(&str) -> bool, table: &str) {
    let mut found = BTreeSet::new();
    for page in samples::all(Language::En, None) {
        let html = page.html();
        for form in html.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            let value = |name| attribute_values(form, name).next();
            let method = value("method").unwrap_or("get");
            let path = value("action").and_then(|action| action.split('?').next()).unwrap_or_default();
            if !is_of_it(path) {
                continue;
            }
            let route = ROUTES.iter().find(|route| route.method == method && fits(route.path, path));
            let route = route.unwrap_or_else(|| panic!("no page takes {method} {path}"));
            let fields = attribute_values(form, "name").filter(|field| *field != super::form::TOKEN);
            found.extend(fields.map(|field| (method.to_owned(), route.path, field.to_owned())));
        }
    }
    let count = rows.len();
    let listed: BTreeSet<_> =
        rows.into_iter().map(|(method, path, field)| (method.to_owned(), path, field.to_owned())).collect();
    assert_eq!(listed.len(), count, "a field is listed twice");
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(missing.is_empty(), "fields without a row in tests/it/{table}.rs: {missing:?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "rows of tests/it/{table}.rs without a field: {gone:?}");
}

/// Whether a path is one of a route's.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
}

#[test]
fn every_page_is_sound_html_accessible_in_both_themes_and_whole_on_a_phone() {
    let folders = crate::folders::Folders::read(&crate::config::Folders::default()).unwrap();
    let procedures = folders.words().unwrap();
    let mut pages = Vec::new();
    // What is looked at here depends on words only by their length: one procedure's in one language, the house's own in the other.
    for (language, words) in Language::ALL.into_iter().zip([procedures.values().next(), None]) {
        for page in samples::all(language, words) {
            let html = page.html();
            let (_, title) = html.split_once("<title>").unwrap();
            let name = format!("{}, {}", title.split("</title>").next().unwrap(), language.name());
            pages.push(Looked { name, html });
        }
    }
    // A letter is a page that a mail program shows.
    for letter in crate::mail::tests::arrived() {
        let name = format!("letter {} of {}", letter.name, letter.procedure);
        pages.push(Looked { name, html: letter.read.html.unwrap() });
    }
    look_at(&pages);
}

/// Values of ` name="..."`.
fn attribute_values<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let parts: Vec<&str> = html.split(&format!(" {name}=\"")).skip(1).collect();
    parts.into_iter().filter_map(|rest| rest.split('"').next())
}

#[test]
fn the_route_list_is_in_order() {
    let mut seen = BTreeSet::new();
    for route in ROUTES {
        assert!(seen.insert((route.method, route.path)), "{route:?} twice");
        let signed_in = matches!(route.who, Who::Subscriber | Who::Staff);
        let is_door = matches!(
            route.path,
            "/desk/sign-in" | "/desk/sign-in/certificate" | "/desk/sign-in/ticket" | "/desk/sign-out"
        );
        assert_eq!(route.path.starts_with("/desk") && !is_door, route.who == Who::Staff, "{route:?}");
        assert!(!signed_in || !route.path.starts_with("/ca/"), "{route:?}");
    }
}

#[test]
fn the_doors_of_the_api_are_in_order() {
    let mut seen = BTreeSet::new();
    for route in crate::api::routes::ROUTES {
        assert!(seen.insert((route.method, route.path)), "{route:?} twice");
        assert_eq!(route.path.starts_with("/api/v1/desk/"), route.who == Who::Staff, "{route:?}");
        assert_eq!(route.path.starts_with("/api/v1/delivery/"), route.who == Who::LinkHolder, "{route:?}");
        assert!(!ROUTES.iter().any(|page| page.path == route.path), "{route:?} is a page, too");
    }
}

/// Who may see and do what is tested from the lists: a route beside them would be tested by nobody.
#[test]
fn no_route_stands_beside_the_lists() {
    let mut beside = BTreeMap::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&folder, &mut |path, text| {
        let count =
            [".route(", ".route_service(", ".nest("].iter().map(|call| text.matches(call).count()).sum::<usize>();
        if count > 0 && !path.ends_with("tests.rs") {
            beside.insert(path.strip_prefix(&folder).unwrap().display().to_string(), count);
        }
    });
    // The page to try the component in debug builds, the demonstration's own, and the macro of the lists.
    let known = [("api/mod.rs", 2), ("demo/mod.rs", 6), ("pages/routes.rs", 1)];
    assert_eq!(beside, known.map(|(file, count)| (file.to_owned(), count)).into());
}

#[test]
fn templates_hold_no_words() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked_at = 0;
    for part in ["templates", "static"] {
        walk(&folder.join(part), &mut |path, text| {
            looked_at += 1;
            // A page for those who try the component, in debug builds only: nobody translates it.
            if path.file_name().is_some_and(|name| name == "component_test.html") {
                return;
            }
            for (number, line) in text.lines().enumerate() {
                assert!(!line.chars().any(is_cyrillic), "{}:{}: {line}", path.display(), number + 1);
            }
        });
    }
    assert!(looked_at > 5);
}

#[test]
fn no_russian_text_is_in_rust() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked_at = 0;
    walk(&folder, &mut |path, text| {
        looked_at += 1;
        if path.ends_with("tests.rs") {
            return;
        }
        let code = text.split("mod tests {").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            // A list of passwords that are known to everybody is refused in whatever language.
            let known = path.ends_with("config/secret.rs");
            assert!(known || !code.chars().any(is_cyrillic), "{}:{}: {line}", path.display(), number + 1);
        }
    });
    assert!(looked_at > 20);
}

fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&c)
}

fn walk(folder: &std::path::Path, look: &mut impl FnMut(&std::path::Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, look);
        } else {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Grounds that text may stand on without saying so.
const GROUNDS: [&str; 3] = ["paper", "card", "sunk"];
/// WCAG 2.2, success criterion 1.4.3.
const LEAST: f64 = 4.5;
/// WCAG 2.2, success criterion 1.4.11: the edge of a field, the ring of focus.
const LEAST_EDGE: f64 = 3.0;

#[test]
fn text_is_readable_in_both_themes() {
    let css = style();
    let (themes, rules) = css.split_at(css.find("*,\n*::before").unwrap());
    let screen = rules.split("@media print").next().unwrap();
    assert!(!screen.contains('#') || screen.matches('#').count() == 0, "a colour outside the themes");
    let light = variables(block(themes, "[data-theme=\"light\"]"));
    let dark = variables(block(themes, "\n[data-theme=\"dark\"]"));
    let by_system = variables(block(themes, ":root:not([data-theme])"));
    assert_eq!(dark, by_system, "the dark theme is the same however it came");
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());

    let mut pairs = BTreeSet::new();
    for rule in screen.split('}') {
        let (_, body) = rule.rsplit_once('{').unwrap_or(("", ""));
        let ink = variable_of(body, "color");
        let ground = variable_of(body, "background");
        match (ink, ground) {
            (Some(ink), Some(ground)) => {
                pairs.insert((ink, ground));
            }
            (Some(ink), None) => pairs.extend(GROUNDS.map(|ground| (ink, ground))),
            (None, _) => {}
        }
    }
    assert!(pairs.len() > 20, "{pairs:?}");
    for (name, theme) in [("light", &light), ("dark", &dark)] {
        for (ink, ground) in &pairs {
            let ratio = contrast(theme[*ink], theme[*ground]);
            assert!(ratio >= LEAST, "{name}: --{ink} on --{ground} has {ratio:.2}");
        }
        for edge in ["edge", "focus"] {
            for ground in GROUNDS {
                let ratio = contrast(theme[edge], theme[ground]);
                assert!(ratio >= LEAST_EDGE, "{name}: --{edge} on --{ground} has {ratio:.2}");
            }
        }
    }
}

/// The declarations behind a selector.
fn block<'a>(css: &'a str, selector: &str) -> &'a str {
    let after = &css[css.find(selector).unwrap()..];
    let (_, after) = after.split_once('{').unwrap();
    after.split('}').next().unwrap()
}

/// Colours by name.
fn variables(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';'));
    let pairs = lines.filter_map(|line| line.split_once(": #"));
    pairs.map(|(name, hex)| (name, rgb(hex))).collect()
}

fn rgb(hex: &str) -> [f64; 3] {
    assert_eq!(hex.len(), 6, "{hex}");
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
}

/// `--x` of `property: var(--x);`.
fn variable_of<'a>(body: &'a str, property: &str) -> Option<&'a str> {
    let declarations = body.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
    let (_, value) = declarations.into_iter().find(|(name, _)| *name == property)?;
    value.strip_prefix("var(--")?.strip_suffix(')')
}

/// WCAG 2.2, definitions of relative luminance and contrast ratio.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] =
            colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn the_contrast_of_black_and_white_is_21() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([0.5; 3], [0.5; 3]) - 1.0).abs() < 1e-9);
    assert!(contrast(rgb("777777"), rgb("ffffff")) < LEAST);
}
