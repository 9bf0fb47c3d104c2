//! The reader of letters that we wrote ourselves: subject, recipient, the text and the HTML of a `.eml` file (RFC 5322, 2045, 2047).
//! It is the other half of the mailbox transport, for the walkthrough and the demonstration; letters of others never come here.

use base64::Engine as _;

/// A letter as a person sees it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) subject: String,
    pub(crate) to: String,
    pub(crate) date: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
}

impl Read {
    /// Reads one; what is not there is empty.
    pub(crate) fn parse(octets: &[u8]) -> Self {
        let letter = String::from_utf8_lossy(octets).replace("\r\n", "\n");
        let (head, body) = letter.split_once("\n\n").unwrap_or((&letter, ""));
        let mut read = Self {
            subject: from_encoded_words(&header(head, "subject")),
            to: from_encoded_words(&header(head, "to")),
            date: header(head, "date"),
            ..Self::default()
        };
        read.take_part(head, body);
        read
    }

    fn take_part(&mut self, head: &str, body: &str) {
        let kind = header(head, "content-type");
        if let Some(boundary) = boundary(&kind) {
            let border = format!("\n--{boundary}");
            // What stands before the first border is for programs that know no parts.
            for part in format!("\n{body}").split(&border).skip(1).filter(|part| !part.starts_with("--")) {
                let (head, body) = part.trim_start_matches('\n').split_once("\n\n").unwrap_or((part, ""));
                self.take_part(head, body);
            }
            return;
        }
        let text = decoded(&header(head, "content-transfer-encoding").to_ascii_lowercase(), body);
        match kind.to_ascii_lowercase().starts_with("text/html") {
            true => self.html = Some(text),
            false => self.text = text,
        }
    }
}

/// The value of a header, unfolded (RFC 5322 section 2.2.3).
fn header(head: &str, wanted: &str) -> String {
    let mut lines = head
        .lines()
        .skip_while(|line| line.split_once(':').is_none_or(|(name, _)| !name.trim().eq_ignore_ascii_case(wanted)));
    let Some((_, first)) = lines.next().and_then(|line| line.split_once(':')) else { return String::new() };
    let mut value = first.trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(line.trim());
    }
    value
}

fn boundary(kind: &str) -> Option<&str> {
    if !kind.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let (_, rest) = kind.split_once("boundary=")?;
    Some(rest.split(';').next()?.trim().trim_matches('"'))
}

fn decoded(encoding: &str, body: &str) -> String {
    match encoding {
        "base64" => {
            let dense: String = body.split_ascii_whitespace().collect();
            let octets = base64::engine::general_purpose::STANDARD.decode(dense).unwrap_or_default();
            String::from_utf8_lossy(&octets).replace("\r\n", "\n")
        }
        "quoted-printable" => from_quoted_printable(&body.replace("=\n", "")),
        _ => body.to_owned(),
    }
}

/// RFC 2045 section 6.7, lines joined already.
fn from_quoted_printable(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
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

/// RFC 2047: `=?utf-8?b?…?=`; white space between two of them is none.
fn from_encoded_words(text: &str) -> String {
    let mut out = String::new();
    let mut after_encoded = false;
    for word in text.split(' ') {
        let inner = word.strip_prefix("=?").and_then(|word| word.strip_suffix("?="));
        let mut parts = inner.into_iter().flat_map(|inner| inner.splitn(3, '?'));
        let encoded = match (parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(kind), Some(octets)) if kind.eq_ignore_ascii_case("b") => Some(decoded("base64", octets)),
            (Some(_), Some(kind), Some(octets)) if kind.eq_ignore_ascii_case("q") => {
                Some(from_quoted_printable(&octets.replace('_', " ")))
            }
            _ => None,
        };
        let is_between_two = after_encoded && encoded.is_some();
        if !out.is_empty() && !is_between_two {
            out.push(' ');
        }
        after_encoded = encoded.is_some();
        out.push_str(encoded.as_deref().unwrap_or(word));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_in_every_encoding() {
        let base64 = base64::engine::general_purpose::STANDARD.encode("Здесь: a=b.\r\n");
        for (encoding, body, text) in [
            ("7bit", "Here: a=b.\n", "Here: a=b.\n"),
            ("quoted-printable", "Here: a=\n=3Db.\n", "Here: a=b.\n"),
            ("base64", base64.as_str(), "Здесь: a=b.\n"),
        ] {
            let letter = format!("Subject: x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}");
            assert_eq!(Read::parse(letter.as_bytes()).text, text, "{encoding}");
        }
        assert_eq!(Read::parse(b""), Read::default());
    }

    #[test]
    fn headers_are_unfolded_and_decoded() {
        let letter = "Subject: =?utf-8?b?0JA=?=\r\n =?utf-8?b?0JE=?= and more\r\nTo: a@b.c\r\n\r\nx";
        let read = Read::parse(letter.as_bytes());
        assert_eq!((read.subject.as_str(), read.to.as_str(), read.text.as_str()), ("АБ and more", "a@b.c", "x"));
    }
}
