//! A form with files, as browsers send it: `multipart/form-data` (RFC 7578). The whole body is there already and within its limit.

use std::collections::BTreeMap;

use super::form::{Chosen, MOST_FIELDS};

/// The longest boundary there may be (RFC 2046 section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;
/// Octets of a field's name: no form of ours comes near it. A file's name may be as long as the body: mostly nobody reads it, and whoever keeps it says
/// how long it may be.
const LONGEST_FIELD: usize = 4_096;

/// The boundary, if the media type is that of a form with files.
pub(super) fn boundary(media_type: &str) -> Option<String> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut values = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let (_, value) = values.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.trim().trim_matches('"');
    (1..=LONGEST_BOUNDARY).contains(&value.len()).then(|| value.to_owned())
}

/// Fields, and files that are not empty. None for anything that is not whole.
pub(super) fn parse(body: &[u8], boundary: &str) -> Option<(BTreeMap<String, String>, Vec<Chosen>)> {
    let mut parts = Parts::default();
    parts.read(body, boundary)?;
    Some((parts.fields, parts.files))
}

/// The fields that are whole in the beginning of a form, and whether a file begins in it.
pub(super) fn beginning(body: &[u8], boundary: &str) -> (BTreeMap<String, String>, bool) {
    let mut parts = Parts::default();
    // Whether it came to its end makes no difference.
    let _ = parts.read(body, boundary);
    (parts.fields, parts.has_files)
}

#[derive(Default)]
struct Parts {
    fields: BTreeMap<String, String>,
    files: Vec<Chosen>,
    has_files: bool,
}

impl Parts {
    /// All parts, in their order, as far as they are whole.
    fn read(&mut self, body: &[u8], boundary: &str) -> Option<()> {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let mut rest = body.strip_prefix(&delimiter[2..])?;
        loop {
            if rest.starts_with(b"--") {
                return Some(());
            }
            rest = self.part(rest.strip_prefix(b"\r\n")?, &delimiter)?;
        }
    }

    /// One part; what stands behind it.
    fn part<'a>(&mut self, rest: &'a [u8], delimiter: &[u8]) -> Option<&'a [u8]> {
        let head_end = position(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..head_end]).ok()?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let field = parameter(disposition, "name").filter(|field| field.len() <= LONGEST_FIELD)?;
        let file = parameter(disposition, "filename");
        self.has_files |= file.as_ref().is_some_and(|name| !name.is_empty());
        let contents = &rest[head_end + 4..];
        let end = position(contents, delimiter)?;
        if self.fields.len() + self.files.len() >= MOST_FIELDS + MOST_FILES {
            return None;
        }
        match file {
            Some(name) if !name.is_empty() || end > 0 => {
                // Some browsers send the folder along.
                let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                self.files.push(Chosen { field, name, octets: contents[..end].to_vec() });
            }
            // Nothing was chosen.
            Some(_) => {}
            None => {
                let value = String::from_utf8(contents[..end].to_vec()).ok()?;
                self.fields.entry(field).or_insert(value);
            }
        }
        Some(&contents[end + delimiter.len()..])
    }
}

/// Files of one form: an import has a certificate for each person.
const MOST_FILES: usize = 4_096;

/// A parameter in quotes, with the three escapes of browsers (HTML standard, multipart form data encoding) undone.
fn parameter(disposition: &str, wanted: &str) -> Option<String> {
    let mark = format!("; {wanted}=\"");
    let at = disposition.find(&mark)?;
    let value = disposition[at + mark.len()..].split('"').next()?;
    Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

fn position(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    // By the first octet, which is rare: what is looked through is megabytes.
    while let Some(at) = octets.get(from..)?.iter().position(|octet| *octet == first) {
        if octets[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_boundary_is_read_of_forms_with_files_alone() {
        assert_eq!(boundary("multipart/form-data; boundary=----x1").as_deref(), Some("----x1"));
        assert_eq!(boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\"").as_deref(), Some("a b"));
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for other in ["application/x-www-form-urlencoded", "multipart/mixed; boundary=x", "multipart/form-data", &long]
        {
            assert_eq!(boundary(other), None, "{other}");
        }
    }

    #[test]
    fn fields_and_files_come_out_as_they_went_in() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n\
            Content-Disposition: form-data; name=\"scan\"; filename=\"C:\\f\\ \xd0\xb0%22.pdf\"\r\nContent-Type: x/y\r\n\r\n\x00\r\n--\r\n-b\
            \r\n--b\r\ncontent-disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
        let (fields, files) = parse(body, "b").unwrap();
        assert_eq!(fields, BTreeMap::from([("a".to_owned(), "1".to_owned())]));
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].field.as_str(), files[0].name.as_str()), ("scan", " \u{430}\".pdf"));
        assert_eq!(files[0].octets, b"\x00\r\n--\r\n-b");
        for cut in 0..body.len() - 4 {
            assert!(parse(&body[..cut], "b").is_none(), "{cut}");
        }
    }

    #[test]
    fn a_file_may_have_a_name_of_any_length() {
        let name = format!("{}.pdf", "\u{430}".repeat(50_000));
        let head = format!("Content-Disposition: form-data; name=\"scan\"; filename=\"{name}\"");
        let body = format!("--b\r\n{head}\r\n\r\n1\r\n--b\r\n{head}\r\n\r\n2\r\n--b--\r\n");
        let (fields, files) = parse(body.as_bytes(), "b").unwrap();
        assert!(fields.is_empty());
        let files: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.octets.as_slice())).collect();
        assert_eq!(files, [(name.as_str(), &b"1"[..]), (name.as_str(), &b"2"[..])]);
        let (_, has_files) = beginning(&body.as_bytes()[..60_000], "b");
        assert!(!has_files, "of a name that is cut off nobody knows what it is of");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let check = |body: &[u8]| assert!(parse(body, "b").is_none(), "{}", String::from_utf8_lossy(body));
        check(b"");
        check(b"--x\r\n");
        check(b"--b\r\n\r\n\r\n1\r\n--b--");
        check(b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--");
        check(b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--b--");
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n1\r\n--b--", "a".repeat(5_000));
        check(head.as_bytes());
    }
}
