//! Origins as browsers write them (RFC 6454, 6.2). A site is its whole origin: nothing here compares suffixes, patterns or hosts alone.

use std::fmt;

/// Scheme, host and port of a page, checked to be one that may talk to a token: `https`, or `http` of this very machine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin(String);

impl Origin {
    /// Takes `https://host`, `https://host:port`, and `http://` of `localhost`, `127.0.0.1` or `[::1]`; in lower case, as browsers write them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host_and_port, is_secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return None,
        };
        let (host, port) = split_port(host_and_port)?;
        let port_holds = port.is_none_or(|port| {
            !port.starts_with('0') && port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok()
        });
        let host_holds = if is_secure { is_host(host) || is_this_machine(host) } else { is_this_machine(host) };
        (text.len() <= LONGEST && port_holds && host_holds).then(|| Self(text.to_owned()))
    }

    /// The origin as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Host and port of `host:port`; the host of an IPv6 address keeps its brackets.
pub(crate) fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    let end_of_host = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, rest) = text.split_at(end_of_host);
    match rest {
        "" => Some((host, None)),
        _ => Some((host, Some(rest.strip_prefix(':')?))),
    }
}

/// A name of DNS in its ASCII form, or an IPv4 address.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Scheme, the longest name of DNS, a port.
const LONGEST: usize = 8 + 253 + 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_write_them_and_in_no_other_way() {
        let taken = [
            "https://bank.example",
            "https://bank.example:8443",
            "https://xn--80ak6aa92e.example",
            "https://127.0.0.1:8443",
            "http://127.0.0.1:8787",
            "http://localhost",
            "http://[::1]:8787",
        ];
        for text in taken {
            assert_eq!(Origin::parse(text).map(|origin| origin.0), Some(text.to_owned()));
        }
        let refused = [
            "",
            "null",
            "bank.example",
            "http://bank.example",
            "http://127.0.0.1.bank.example",
            "http://127.0.0.2",
            "https://",
            "https://bank.example/",
            "https://bank.example/path",
            "https://bank.example:",
            "https://bank.example:0",
            "https://bank.example:080",
            "https://bank.example:65536",
            "https://bank.example:+1",
            "https://Bank.example",
            "https://банк.example",
            "https://user@bank.example",
            "https://bank..example",
            "https://-bank.example",
            "https://bank.example https://other.example",
            "https://bank.example\n",
            "file://",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "https://[::1",
            "https://[::1]x",
        ];
        for text in refused {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }
}
