//! Every answer of the standard has a code, and every code has words.

use std::collections::BTreeSet;

use pkcs11::{Language, entries, words};

/// CKR_ numbers of PKCS#11 2.40, appendix of the base specification, copied from it.
const CKR_2_40: &[u64] = &[
    0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x13, 0x1b, 0x20, 0x21, 0x30, 0x31, 0x32,
    0x40, 0x41, 0x50, 0x51, 0x54, 0x60, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x70, 0x71, 0x82, 0x90,
    0x91, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xb0, 0xb1, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xc0, 0xc1, 0xd0, 0xd1, 0xe0,
    0xe1, 0xe2, 0xf0, 0xf1, 0xf2, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x110, 0x112, 0x113, 0x114, 0x115, 0x120,
    0x121, 0x130, 0x140, 0x150, 0x160, 0x170, 0x180, 0x190, 0x191, 0x1a0, 0x1a1, 0x1b0, 0x1b1, 0x1b5, 0x1b6, 0x1b7,
    0x1b8, 0x1b9, 0x200,
];
/// CKR_VENDOR_DEFINED + 1 … + 11 of Rutoken's header.
const VENDOR: std::ops::RangeInclusive<u64> = 0x8000_0001..=0x8000_000b;

#[test]
fn every_answer_of_the_standard_and_the_vendor_is_in_the_catalogue_once() {
    let numbers: Vec<u64> = entries().iter().filter_map(|entry| entry.rv.map(|(number, _)| number)).collect();
    for wanted in CKR_2_40.iter().copied().chain(VENDOR) {
        assert_eq!(numbers.iter().filter(|number| **number == wanted).count(), 1, "{wanted:#x}");
    }
    let codes: BTreeSet<&str> = entries().iter().map(|entry| entry.code).collect();
    assert_eq!(codes.len(), entries().len(), "a code stands twice");
    for entry in entries() {
        if let Some((_, name)) = entry.rv {
            assert_eq!(entry.code, name.to_lowercase().replace('_', "-"));
        }
    }
}

#[test]
fn every_code_has_a_cause_and_a_next_step_in_both_languages() {
    for entry in entries() {
        for language in [Language::Ru, Language::En] {
            let words = words(language, entry.code);
            for text in [&words.cause, &words.next] {
                assert!(text.contains(' ') && text.ends_with('.'), "{}: {text}", entry.code);
                assert!(!text.contains('{'), "{}: {text}", entry.code);
                let cyrillic = text.chars().any(|c| ('а'..='я').contains(&c));
                assert_eq!(cyrillic, language == Language::Ru, "{}: {text}", entry.code);
            }
        }
    }
}

#[test]
fn both_files_have_the_messages_of_the_catalogue_and_no_other() {
    for file in ["ru", "en"] {
        let path = format!("{}/locales/{file}.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let ids: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" = ").map(|(id, _)| id))
            .collect();
        let known: Vec<&str> = entries().iter().map(|entry| entry.code).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>(), known.iter().collect::<BTreeSet<_>>(), "{file}");
        assert_eq!(ids.len(), known.len(), "{file}: a message stands twice");
    }
}

/// A code that is not listed would be a panic when its fault happens.
#[test]
fn every_code_in_the_sources_is_in_the_catalogue() {
    let folder = format!("{}/src", env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        let text = std::fs::read_to_string(file).unwrap();
        for marker in ["Error::own(", "failed(", ".code() == "] {
            for (at, _) in text.match_indices(marker) {
                let rest = text[at + marker.len()..].trim_start();
                let Some(code) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
                found += 1;
                assert!(entries().iter().any(|entry| entry.code == code.0), "{}", code.0);
            }
        }
    }
    assert!(found > 60, "{found}: the sources are written otherwise than this test reads them");
}
