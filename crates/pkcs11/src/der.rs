//! The few shapes of DER that a token's attributes need to become a public key of `crypto`, which checks the whole.

/// Tag, length, contents.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let octets: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    match octets {
        0..=0x7f => out.push(octets as u8),
        0x80..=0xff => out.extend([0x81, octets as u8]),
        _ => out.extend([0x82, (octets >> 8) as u8, octets as u8]),
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    tlv(0x04, &[octets])
}

pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], octets])
}

/// A positive INTEGER from big-endian octets with or without leading zeros.
pub(crate) fn integer(octets: &[u8]) -> Vec<u8> {
    let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let octets = &octets[first..];
    match octets.first() {
        None => vec![0x02, 1, 0],
        Some(top) if top & 0x80 != 0 => tlv(0x02, &[&[0], octets]),
        Some(_) => tlv(0x02, &[octets]),
    }
}

/// An OBJECT IDENTIFIER of one of our own constants.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u32>().expect("a constant of ours"));
    let (first, second) = (arcs.next().unwrap_or(0), arcs.next().unwrap_or(0));
    let mut body = vec![(first * 40 + second) as u8];
    for arc in arcs {
        let mut digits = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest != 0 {
            digits.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        body.extend(digits.iter().rev());
    }
    tlv(0x06, &[&body])
}

/// The contents of one element that fills `der` wholly.
pub(crate) fn opened(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (&found, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (octets, body) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), rest.get(2..)?),
        _ => return None,
    };
    (found == tag && body.len() == octets).then_some(body)
}
