//! The reader of a mailbox folder: finds links in letters. It is the client's half of the mailbox transport and writes nothing.

use std::path::Path;

use anyhow::Context as _;

use super::client::Link;
use crate::mail::Read;

/// Every link in the letters of a folder, those of the newest letter first.
pub(super) fn links(folder: &Path) -> anyhow::Result<Vec<Link>> {
    let entries = match std::fs::read_dir(folder) {
        // The folder is made with the first letter.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.with_context(|| folder.display().to_string())?,
    };
    let mut letters = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let written = std::fs::metadata(&path)
                .and_then(|data| data.modified())
                .with_context(|| path.display().to_string())?;
            letters.push((written, std::fs::read(&path).with_context(|| path.display().to_string())?));
        }
    }
    letters.sort();
    let mut found: Vec<Link> = Vec::new();
    for (_, letter) in letters.iter().rev() {
        for link in links_in(&Read::parse(letter).text) {
            if !found.contains(&link) {
                found.push(link);
            }
        }
    }
    Ok(found)
}

fn links_in(text: &str) -> Vec<Link> {
    text.split(|c: char| c.is_whitespace() || "<>\"".contains(c))
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .filter_map(|word| Link::parse(word.trim_end_matches(['.', ',', ')', ';'])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_among_other_words() {
        let link = format!("http://127.0.0.1:8787/ca/certificate?agentId=1&code={}", "0a".repeat(32));
        for text in [format!("Here: <{link}>.\n"), format!("Здесь: {link}.\n")] {
            assert_eq!(links_in(&text).len(), 1, "{text}");
        }
        assert!(links_in("nothing http://x here\n").is_empty());
    }
}
