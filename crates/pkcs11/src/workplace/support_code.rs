//! The support code: a [`Picture`] in letters that can be read out, and back again. docs/tokens.md has the format.
//!
//! ```text
//! code    = "SD1-" groups of five of Crockford's base 32 (0-9 A-Z without I L O U), "-" between them
//! octets  = picture, then the first four octets of SHA-256 over the picture
//! number  = LEB128;  text = number of octets, then UTF-8, at most 32 octets;  list = number of items, then the items
//! option  = 0, or the number plus one;  signed = zigzag
//! ```

use super::picture::{
    AttemptsSeen, CertificateSeen, Finding, FindingCode, KeySeen, MediumSeen, ModuleSeen, Picture, PinSeen, PlaceKind,
};

/// Why a support code cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodeError {
    /// It does not begin like one.
    #[error("not a support code")]
    NotACode,
    /// A letter was misheard, or a part is missing.
    #[error("the support code is incomplete or has a wrong letter")]
    Damaged,
    /// A later component made it.
    #[error("the support code is of another version")]
    Version,
}

/// The picture as letters. Lists and texts are cut to what a code carries.
#[must_use]
pub fn encode(picture: &Picture) -> String {
    let mut out = Vec::new();
    write_picture(&mut out, picture);
    let digest = crypto::sha256(&out);
    out.extend_from_slice(&digest[..CHECK_OCTETS]);
    let letters = base32(&out);
    let groups: Vec<&str> =
        letters.as_bytes().chunks(GROUP).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    format!("{PREFIX}{}", groups.join("-"))
}

/// The picture back.
///
/// # Errors
/// [`CodeError`].
pub fn decode(code: &str) -> Result<Picture, CodeError> {
    let text: String = code.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let letters = text
        .strip_prefix(PREFIX)
        .ok_or_else(|| if text.starts_with("SD") { CodeError::Version } else { CodeError::NotACode })?;
    if letters.len() > MAX_LETTERS {
        return Err(CodeError::Damaged);
    }
    let octets = from_base32(letters).ok_or(CodeError::Damaged)?;
    let split = octets.len().checked_sub(CHECK_OCTETS).ok_or(CodeError::Damaged)?;
    let (body, check) = octets.split_at(split);
    if crypto::sha256(body)[..CHECK_OCTETS] != *check {
        return Err(CodeError::Damaged);
    }
    let mut reader = Reader(body);
    let picture = reader.picture().ok_or(CodeError::Damaged)?;
    if reader.0.is_empty() { Ok(picture) } else { Err(CodeError::Damaged) }
}

/// A picture with what a code does not carry cut off: `decode(&encode(p))` gives this.
#[must_use]
pub fn carried(picture: &Picture) -> Picture {
    let mut cut = picture.clone();
    let text = |text: &mut String| *text = clipped(text).to_owned();
    text(&mut cut.component);
    text(&mut cut.system);
    cut.modules.truncate(MAX_ITEMS);
    for module in &mut cut.modules {
        text(&mut module.file);
        text(&mut module.version);
    }
    cut.media.truncate(MAX_ITEMS);
    for medium in &mut cut.media {
        for part in [&mut medium.maker, &mut medium.model, &mut medium.serial_end, &mut medium.firmware] {
            text(part);
        }
        medium.algorithms.truncate(MAX_ITEMS);
        medium.algorithms.iter_mut().for_each(text);
        medium.keys.truncate(MAX_ITEMS);
        for key in &mut medium.keys {
            text(&mut key.algorithm);
            text(&mut key.hash_begin);
        }
    }
    cut.findings.truncate(MAX_FINDINGS);
    cut.findings.iter_mut().for_each(|finding| text(&mut finding.detail));
    cut
}

fn write_picture(out: &mut Vec<u8>, picture: &Picture) {
    let picture = carried(picture);
    text(out, &picture.component);
    text(out, &picture.system);
    number(out, picture.at);
    option(out, picture.clock_ahead_seconds.map(zigzag));
    list(out, &picture.modules, |out, module| {
        text(out, &module.file);
        text(out, &module.version);
        number(out, u64::from(module.exact_counters));
    });
    number(out, picture.empty_readers);
    list(out, &picture.media, |out, medium| {
        number(out, medium.kind as u64);
        for part in [&medium.maker, &medium.model, &medium.serial_end, &medium.firmware] {
            text(out, part);
        }
        for pin in [medium.pin, medium.so_pin] {
            write_pin(out, pin);
        }
        option(out, medium.memory_kib);
        option(out, medium.free_kib);
        list(out, &medium.algorithms, |out, word| text(out, word));
        list(out, &medium.keys, |out, key| {
            text(out, &key.algorithm);
            text(out, &key.hash_begin);
            number(out, u64::from(key.has_key));
            match key.certificate {
                None => number(out, 0),
                Some(certificate) => {
                    number(out, 1);
                    number(out, zigzag(certificate.not_before));
                    number(out, zigzag(certificate.not_after));
                }
            }
        });
    });
    list(out, &picture.findings, |out, finding| {
        number(out, finding.code.number());
        option(out, finding.medium);
        text(out, &finding.detail);
    });
}

fn write_pin(out: &mut Vec<u8>, pin: PinSeen) {
    let attempts = match pin.attempts {
        AttemptsSeen::Unknown => 0,
        AttemptsSeen::Low => 1,
        AttemptsSeen::Final => 2,
        AttemptsSeen::Locked => 3,
        AttemptsSeen::Left(left) => FIRST_LEFT + u64::from(left),
    };
    number(out, attempts);
    number(
        out,
        match pin.factory {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        },
    );
    number(out, u64::from(pin.must_change));
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn option(out: &mut Vec<u8>, value: Option<u64>) {
    number(out, value.map_or(0, |value| value.saturating_add(1)));
}

fn text(out: &mut Vec<u8>, text: &str) {
    let text = clipped(text);
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    number(out, items.len() as u64);
    for item in items {
        write(out, item);
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn clipped(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn picture(&mut self) -> Option<Picture> {
        Some(Picture {
            component: self.text()?,
            system: self.text()?,
            at: self.number()?,
            clock_ahead_seconds: self.option()?.map(unzigzag),
            modules: self.list(MAX_ITEMS, |reader| {
                Some(ModuleSeen { file: reader.text()?, version: reader.text()?, exact_counters: reader.flag()? })
            })?,
            empty_readers: self.number()?,
            media: self.list(MAX_ITEMS, Self::medium)?,
            findings: self.list(MAX_FINDINGS, |reader| {
                Some(Finding {
                    code: FindingCode::of_number(reader.number()?)?,
                    medium: reader.option()?,
                    detail: reader.text()?,
                })
            })?,
        })
    }

    fn medium(&mut self) -> Option<MediumSeen> {
        Some(MediumSeen {
            kind: match self.number()? {
                0 => PlaceKind::Token,
                1 => PlaceKind::Registry,
                2 => PlaceKind::KeyDirectory,
                _ => return None,
            },
            maker: self.text()?,
            model: self.text()?,
            serial_end: self.text()?,
            firmware: self.text()?,
            pin: self.pin()?,
            so_pin: self.pin()?,
            memory_kib: self.option()?,
            free_kib: self.option()?,
            algorithms: self.list(MAX_ITEMS, Self::text)?,
            keys: self.list(MAX_ITEMS, |reader| {
                Some(KeySeen {
                    algorithm: reader.text()?,
                    hash_begin: reader.text()?,
                    has_key: reader.flag()?,
                    certificate: if reader.flag()? {
                        Some(CertificateSeen {
                            not_before: unzigzag(reader.number()?),
                            not_after: unzigzag(reader.number()?),
                        })
                    } else {
                        None
                    },
                })
            })?,
        })
    }

    fn pin(&mut self) -> Option<PinSeen> {
        let attempts = match self.number()? {
            0 => AttemptsSeen::Unknown,
            1 => AttemptsSeen::Low,
            2 => AttemptsSeen::Final,
            3 => AttemptsSeen::Locked,
            more => AttemptsSeen::Left(u32::try_from(more - FIRST_LEFT).ok()?),
        };
        let factory = match self.number()? {
            0 => None,
            1 => Some(false),
            2 => Some(true),
            _ => return None,
        };
        Some(PinSeen { attempts, factory, must_change: self.flag()? })
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&octet, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(octet & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if octet & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn option(&mut self) -> Option<Option<u64>> {
        Some(self.number()?.checked_sub(1))
    }

    fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        let octets = usize::try_from(self.number()?).ok().filter(|octets| *octets <= MAX_TEXT)?;
        let (text, rest) = self.0.split_at_checked(octets)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn list<T>(&mut self, most: usize, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let items = usize::try_from(self.number()?).ok().filter(|items| *items <= most)?;
        (0..items).map(|_| read(self)).collect()
    }
}

fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

fn base32(octets: &[u8]) -> String {
    let mut letters = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for octet in octets {
        bits = bits << 8 | u32::from(*octet);
        count += 8;
        while count >= 5 {
            count -= 5;
            letters.push(char::from(ALPHABET[(bits >> count & 31) as usize]));
        }
    }
    if count > 0 {
        letters.push(char::from(ALPHABET[(bits << (5 - count) & 31) as usize]));
    }
    letters
}

/// I, L and O are heard for 1, 1 and 0; dashes are for the eye.
fn from_base32(letters: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in letters.bytes().filter(|letter| *letter != b'-') {
        let letter = match letter {
            b'I' | b'L' => b'1',
            b'O' => b'0',
            other => other,
        };
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count & 0xff) as u8);
        }
        bits &= (1 << count) - 1;
    }
    (bits == 0).then_some(octets)
}

const PREFIX: &str = "SD1-";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 5;
const CHECK_OCTETS: usize = 4;
/// The first number of attempts that is a number and not a flag.
const FIRST_LEFT: u64 = 4;
/// Octets of a text: a maker's name fits.
const MAX_TEXT: usize = 32;
/// Modules, media, and keys of a medium: more nobody reads out.
const MAX_ITEMS: usize = 8;
const MAX_FINDINGS: usize = 24;
/// Far above what [`encode`] writes.
const MAX_LETTERS: usize = 16 * 1024;
