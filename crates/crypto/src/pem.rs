//! PEM (RFC 7468): text armour around DER. Text between the blocks is skipped, as openssl prints certificates in words above them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::Error;

/// Most blocks read from one text: a chain of authorities has a handful.
const MAX_PEM_BLOCKS: usize = 256;
/// Longest text read, octets.
const MAX_PEM_OCTETS: usize = 4 << 20;

/// Lines of 64 characters between BEGIN and END, with a line feed at the end.
pub fn pem_encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.extend(line.iter().map(|&octet| char::from(octet)));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// All blocks of a text as (label, DER), in their order; at least one. The offset of an error is that of a line.
///
/// ```
/// use surguch_crypto::{pem_decode, pem_encode};
/// let text = pem_encode("CERTIFICATE", &[0x30, 0x00]);
/// assert_eq!(text, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
/// assert_eq!(pem_decode(&text)?, [("CERTIFICATE".to_owned(), vec![0x30, 0x00])]);
/// # Ok::<(), surguch_crypto::Error>(())
/// ```
pub fn pem_decode(text: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let broken = |detail: &str| Error::malformed("PEM", detail);
    if text.len() > MAX_PEM_OCTETS {
        return Err(broken("too long"));
    }
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Zeroizing<String>)> = None;
    for line in text.lines().map(str::trim) {
        let at = line.as_ptr().addr() - text.as_ptr().addr();
        let broken = |detail: &str| Error::malformed("PEM", detail).at(Some(at));
        if let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) {
            if open.is_some() {
                return Err(broken("BEGIN inside a block"));
            }
            open = Some((label, Zeroizing::new(String::new())));
        } else if let Some(label) = line.strip_prefix("-----END ").and_then(|rest| rest.strip_suffix("-----")) {
            let Some((begun, base64)) = open.take() else { return Err(broken("END without BEGIN")) };
            if begun != label {
                return Err(broken("END of another label"));
            }
            if blocks.len() == MAX_PEM_BLOCKS {
                return Err(broken("too many blocks"));
            }
            blocks.push((label.to_owned(), STANDARD.decode(base64.as_bytes()).map_err(|_| broken("not base64"))?));
        } else if let Some((_, base64)) = &mut open {
            if line.contains(':') {
                // The header lines of the old OpenSSL key encryption (RFC 1421): MD5 makes the key there.
                return Err(Error::unsupported("PEM headers", line.split(':').next().unwrap_or_default()));
            }
            base64.push_str(line);
        }
    }
    if open.is_some() {
        return Err(broken("no END"));
    }
    if blocks.is_empty() {
        return Err(broken("no block"));
    }
    Ok(blocks)
}

/// DER as it is, or the DER of the one PEM block with this label.
pub fn der_or_pem(bytes: &[u8], label: &str) -> Result<Vec<u8>, Error> {
    // Every object of this crate is a SEQUENCE, and a PEM file does not begin with "0" (30): the first octet decides.
    if bytes.first() == Some(&0x30) {
        return Ok(bytes.to_vec());
    }
    let text = core::str::from_utf8(bytes).map_err(|_| Error::malformed("PEM", "neither DER nor text"))?;
    let mut fitting = pem_decode(text)?.into_iter().filter(|(found, _)| found == label);
    match (fitting.next(), fitting.next()) {
        (Some((_, der)), None) => Ok(der),
        (None, _) => Err(Error::malformed("PEM", format!("no block {label}"))),
        (Some(_), Some(_)) => Err(Error::malformed("PEM", format!("more than one block {label}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_with_their_labels_and_the_text_between_is_skipped() {
        for length in [0, 1, 47, 48, 49, 200] {
            let der = vec![0x30; length];
            let text = format!(
                "Subject: CN=x\n{}words\r\n{}",
                pem_encode("A", &der),
                pem_encode("B C", &[1]).replace('\n', "\r\n")
            );
            let blocks = pem_decode(&text).expect("own output");
            assert_eq!(blocks, [("A".to_owned(), der), ("B C".to_owned(), vec![1])]);
        }
    }

    #[test]
    fn broken_armour_is_refused() {
        for text in [
            "",
            "words",
            "-----BEGIN A-----\nMA==\n",
            "-----END A-----\n",
            "-----BEGIN A-----\nMA==\n-----END B-----\n",
            "-----BEGIN A-----\nM!==\n-----END A-----\n",
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nMA==\n-----END A-----\n",
            "-----BEGIN A-----\n-----BEGIN A-----\nMA==\n-----END A-----\n",
        ] {
            assert!(pem_decode(text).is_err(), "{text:?}");
        }
        let two = pem_encode("A", &[0x30, 0]).repeat(2);
        assert!(der_or_pem(two.as_bytes(), "A").is_err());
        assert_eq!(der_or_pem(&[0x30, 0], "A"), Ok(vec![0x30, 0]));
        assert_eq!(der_or_pem(pem_encode("A", &[0x30, 0]).as_bytes(), "A"), Ok(vec![0x30, 0]));
    }
}
