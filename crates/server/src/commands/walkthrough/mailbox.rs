//! The reader of a mailbox folder: finds links in letters. It is the client's half of the mailbox transport and writes nothing.

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;

use super::client::Link;

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
        for link in links_in(letter) {
            if !found.contains(&link) {
                found.push(link);
            }
        }
    }
    Ok(found)
}

fn links_in(letter: &[u8]) -> Vec<Link> {
    let text = String::from_utf8_lossy(letter).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let encoding = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-transfer-encoding"))
        .map(|(_, value)| value.trim().to_ascii_lowercase());
    let body = match encoding.as_deref() {
        Some("base64") => {
            let dense: String = body.split_ascii_whitespace().collect();
            String::from_utf8_lossy(&base64::engine::general_purpose::STANDARD.decode(dense).unwrap_or_default())
                .into_owned()
        }
        Some("quoted-printable") => from_quoted_printable(body),
        _ => body.to_owned(),
    };
    body.split(|c: char| c.is_whitespace() || "<>\"".contains(c))
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .filter_map(|word| Link::parse(word.trim_end_matches(['.', ',', ')', ';'])))
        .collect()
}

/// RFC 2045 section 6.7.
fn from_quoted_printable(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut octets = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'=').then(|| after.get(..2)).flatten().and_then(|digits| hex::decode(digits).ok());
        match escaped {
            Some(octet) => {
                octets.extend(octet);
                rest = &after[2..];
            }
            None => {
                octets.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_every_encoding_of_a_body() {
        let code = "0a".repeat(32);
        let link = format!("http://127.0.0.1:8787/ca/certificate?agentId=1&code={code}");
        let wrapped = link.replace("agentId=1&code=", "agentId=3D1&co=\nde=3D");
        let base64 = base64::engine::general_purpose::STANDARD.encode(format!("Здесь: {link}.\n"));
        for (encoding, body) in
            [("7bit", format!("Here: <{link}>.\n")), ("quoted-printable", wrapped), ("base64", base64)]
        {
            let letter = format!("Subject: x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}");
            assert_eq!(links_in(letter.as_bytes()).len(), 1, "{encoding}");
        }
        assert!(links_in(b"Subject: x\n\nnothing here\n").is_empty());
    }
}
