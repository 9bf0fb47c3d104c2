//! The head of an HTTP request, read without leniency. Pure; the fuzz targets take this file in as it stands.

/// The head of a request, once it was found to be one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    /// The method.
    pub(crate) method: String,
    /// The target.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header that is there exactly once.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    /// Whether it is meant for this machine by one of its own names, to the letter.
    pub(crate) fn is_for(&self, port: u16) -> bool {
        self.one("host").is_some_and(|host| {
            ["127.0.0.1", "localhost", "[::1]"].iter().any(|ours| *host == format!("{ours}:{port}"))
        })
    }

    /// Reads a head that ends with an empty line, RFC 9112 without its leniency: CRLF ends lines, no folded lines, no space before the
    /// colon, printable ASCII alone.
    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(octets).ok()?.strip_suffix("\r\n\r\n")?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some()
            || version != "HTTP/1.1"
            || !is_token(method)
            || !is_visible(target)
            || target.is_empty()
        {
            return None;
        }
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let value = value.trim_matches([' ', '\t']);
            if !is_token(name) || !value.bytes().all(|octet| octet == b'\t' || (b' '..=b'~').contains(&octet)) {
                return None;
            }
            if headers.len() == HEADERS {
                return None;
            }
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Some(Self { method: method.to_owned(), target: target.to_owned(), headers })
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet))
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A browser sends some twenty.
const HEADERS: usize = 48;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_is_read_to_the_letter() {
        let good = "POST /v1/message HTTP/1.1\r\nHost: 127.0.0.1:27817\r\nOrigin:https://bank.example \r\n\r\n";
        let head = Head::parse(good.as_bytes()).unwrap();
        assert_eq!((head.method.as_str(), head.target.as_str()), ("POST", "/v1/message"));
        assert_eq!(head.one("origin"), Some("https://bank.example"));
        assert!(head.is_for(27_817) && !head.is_for(27_818));
        let twice = good.replace("Host", "Origin: https://evil.example\r\nHost");
        assert_eq!(Head::parse(twice.as_bytes()).unwrap().one("origin"), None, "two origins are none");
        for bad in [
            "",
            "\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1 x\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\u{e9}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost\r\n\r\n",
        ] {
            assert_eq!(Head::parse(bad.as_bytes()), None, "{bad:?}");
        }
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(49));
        assert_eq!(Head::parse(many.as_bytes()), None);
    }

    #[test]
    fn a_name_that_was_rebound_to_this_machine_is_not_ours() {
        for host in
            ["evil.example:27817", "127.0.0.1", "127.0.0.1:27817.evil.example", "127.0.0.2:27817", "0.0.0.0:27817"]
        {
            let head = Head::parse(format!("POST / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
            assert!(!head.is_for(27_817), "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_break_the_reader(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Head::parse(&octets);
        }

        #[test]
        fn what_is_read_as_a_head_has_no_line_in_it(text in "[ -~\r\n\t]{0,200}") {
            if let Some(head) = Head::parse(format!("GET / HTTP/1.1\r\n{text}\r\n\r\n").as_bytes()) {
                prop_assert!(head.headers.iter().all(|(name, value)| !name.contains(['\r', '\n']) && !value.contains(['\r', '\n'])));
            }
        }
    }
}
