//! Folders with words have them whole: every status and every letter, the same ids in both languages. Whether Fluent can read them and
//! which variables they take is the server's to check; here stands what the machine can ask for.

use std::collections::BTreeSet;
use std::path::Path;

use domain::Refusal;
use domain::procedure::EmailConfirmation;
use domain::request::StageName;
use domain::request::decide::Notice;

use crate::fixtures::{folders, procedures_directory};

fn ids(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(!text.contains('\r') && !text.contains('\t'), "{}", file.display());
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line:?}")).0.trim().to_owned())
        .collect()
}

#[test]
fn the_words_of_a_folder_are_whole() {
    let mut with_words = 0;
    for procedure in folders() {
        let folder = procedures_directory().join(&procedure.name);
        if !folder.join("locales").is_dir() {
            continue;
        }
        with_words += 1;
        let (russian, english) = (ids(&folder.join("locales/ru.ftl")), ids(&folder.join("locales/en.ftl")));
        assert_eq!(russian, english, "{}", procedure.name);
        for stage in StageName::ALL {
            assert!(russian.contains(&format!("status-{}", stage.name())), "{}: {stage:?}", procedure.name);
        }
        let asks = procedure.email_confirmation == EmailConfirmation::Link;
        for notice in Notice::ALL.into_iter().filter(|notice| asks || *notice != Notice::ConfirmEmail) {
            for part in ["subject", "body"] {
                assert!(russian.contains(&format!("mail-{}-{part}", notice.name())), "{notice:?} {part}");
            }
        }
        if let Some(act) = &procedure.act {
            assert!(russian.contains(&format!("act-title-{}", act.title)));
        }
        for id in russian.iter().filter_map(|id| id.strip_prefix("refusal-")) {
            assert!(Refusal::ALL.iter().any(|refusal| refusal.code() == id), "no refusal {id}");
        }
    }
    assert!(with_words > 0);
}

#[test]
fn refusals_have_one_code_each() {
    let codes: BTreeSet<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    for code in codes {
        assert!(code.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-'), "{code}");
    }
}
