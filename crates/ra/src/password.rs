//! Passwords and the codes of second devices (RFC 6238), whoever signs in with them: staff and subscribers. A password is kept as
//! Argon2id; a device's secret is kept nowhere, it is derived from a salt in the database and a key outside it.

use argon2::{Algorithm, Argon2, Params, Version};
use domain::{Refusal, Timestamp};
use hmac::{KeyInit, Mac};
use store::Lock;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::failure::Error;
use crate::keyring::Password;

/// Argon2id with 19 MiB in two passes: the smallest setting OWASP names; the second device carries the rest.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const HASH_OCTETS: usize = 32;
/// A password is no PIN: the device's code does not excuse a short one.
const SHORTEST_PASSWORD: usize = 10;
/// Longer ones are no passwords but a way to keep us busy.
const LONGEST_PASSWORD: usize = 200;
const LONGEST_LOGIN: usize = 64;
/// RFC 6238 section 4: the default step.
const STEP_MS: i64 = 30_000;
/// RFC 6238 section 5.2: one step of delay is allowed, to both sides because clocks stand on both.
const STEPS_AROUND: i64 = 1;
/// RFC 4226 section 4 R6: 160 bits are recommended.
pub(crate) const SECRET_OCTETS: usize = 20;
const CODE_DIGITS: usize = 6;
/// Wrong tries in a row before the login is locked.
const TRIES: i64 = 5;
/// How long it is locked after that many, and after each further one.
const LOCK_MS: i64 = 15 * 60_000;

/// What is kept of a person's tries, and the device whose code is asked for.
pub(crate) struct Kept<'a> {
    /// Its secret, and the newest time step whose code was used; none: no code is asked for.
    pub(crate) device: Option<(&'a [u8], i64)>,
    /// Until when no try is looked at.
    pub(crate) locked_until: Option<Timestamp>,
}

/// What a try came to by what was read before it. Others may have been wrong meanwhile: the row has the last word when the try is written down.
pub(crate) enum Try {
    /// It holds; the time step of the code, where one was asked for.
    Right(Option<i64>),
    /// It does not, and is to be counted.
    Wrong,
    /// It was not looked at.
    Closed,
}

/// Judges a try. The password has been compared before, so that every try takes as long.
pub(crate) fn judged(kept: &Kept<'_>, password_is_right: bool, code: &str, now: Timestamp) -> Try {
    // The row says so too when the try is written down, and has the last word: it is no guard.
    if kept.locked_until.is_some_and(|until| now < until) {
        return Try::Closed;
    }
    let step = match kept.device {
        Some((secret, last)) => matching_step(secret, code, now).filter(|step| *step > last).map(Some),
        None => Some(None),
    };
    // guard: sign-in-password
    if let (true, Some(step)) = (password_is_right, step) {
        return Try::Right(step);
    }
    Try::Wrong
}

/// What a wrong try does to a login.
pub(crate) fn lock(now: Timestamp) -> Lock {
    // guard: sign-in-lock-after-tries
    Lock { tries: TRIES, now, until: now.plus_ms(LOCK_MS) }
}

/// A login and a password as they may be set.
///
/// # Errors
/// Refused as text that is not acceptable.
pub(crate) fn settable(login: &str, password: &Password) -> Result<(), Refusal> {
    let length = std::str::from_utf8(password.octets()).map_or(0, |text| text.chars().count());
    let right = is_login(login) && (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length);
    // guard: password-not-short
    if right { Ok(()) } else { Err(Refusal::TextUnacceptable) }
}

/// Whether the password is the one that is kept; of nobody's none is, and that takes as long.
pub(crate) fn is_the_one(password: &Password, kept: Option<&str>) -> Result<bool, Error> {
    let held = password.octets().len() <= LONGEST_PASSWORD * 4;
    Ok(held && is_right(password.octets(), kept.unwrap_or(NOBODY))?)
}

/// What people type as their name: letters, digits and signs of ASCII.
pub(crate) fn is_login(login: &str) -> bool {
    (1..=LONGEST_LOGIN).contains(&login.len()) && login.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A hash that no password has: what a try for an unknown login is compared with.
const NOBODY: &str = "argon2id:19456:2:00000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000";

pub(crate) fn hashed(password: &[u8], salt: &[u8; 16]) -> Result<String, Error> {
    let hash = argon2id(password, salt, MEMORY_KIB, PASSES)?;
    Ok(format!("argon2id:{MEMORY_KIB}:{PASSES}:{}:{}", hex::encode(salt), hex::encode(hash)))
}

fn is_right(password: &[u8], kept: &str) -> Result<bool, Error> {
    let broken = || Error::Contradiction("a password hash of another form".to_owned());
    let mut parts = kept.split(':');
    let mut next = || parts.next().ok_or_else(broken);
    let (name, memory, passes, salt, hash) = (next()?, next()?, next()?, next()?, next()?);
    let number = |text: &str| text.parse::<u32>().map_err(|_| broken());
    let octets = |text: &str| hex::decode(text).map_err(|_| broken());
    if name != "argon2id" {
        return Err(broken());
    }
    let salt: [u8; 16] = octets(salt)?.try_into().map_err(|_| broken())?;
    let found = argon2id(password, &salt, number(memory)?, number(passes)?)?;
    Ok(bool::from(found.as_slice().ct_eq(&octets(hash)?)))
}

fn argon2id(password: &[u8], salt: &[u8; 16], memory_kib: u32, passes: u32) -> Result<[u8; HASH_OCTETS], Error> {
    let broken = |error: argon2::Error| Error::Contradiction(format!("password hash: {error}"));
    let params = Params::new(memory_kib, passes, 1, Some(HASH_OCTETS)).map_err(broken)?;
    let mut hash = [0; HASH_OCTETS];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, &mut hash)
        .map_err(broken)?;
    Ok(hash)
}

/// The time step whose code this is, if it is one of those around now.
pub(crate) fn matching_step(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = now.0.div_euclid(STEP_MS);
    let mut found = None;
    // All of them are looked at, so that the time does not tell which one it was.
    for step in now - STEPS_AROUND..=now + STEPS_AROUND {
        if bool::from(code_of(secret, step).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// RFC 6238 with HMAC-SHA-1, which every authenticator knows; the truncation of RFC 4226 section 5.3.
fn code_of(secret: &[u8], step: i64) -> String {
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length (RFC 2104)");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0x0f);
    let chosen = [digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    let number = u32::from_be_bytes(chosen) % 10_u32.pow(CODE_DIGITS as u32);
    format!("{number:0width$}", width = CODE_DIGITS)
}

/// What a second device with this secret (base32) shows at a moment, and for how many seconds more; none for a text that is no secret.
/// It is for demonstrations, where a page stands in for the phone.
#[must_use]
pub fn shown_by_device(secret: &str, now: Timestamp) -> Option<(String, i64)> {
    let step = now.0.div_euclid(STEP_MS);
    let left_ms = (step + 1) * STEP_MS - now.0;
    Some((code_of(&from_base32(secret)?, step), (left_ms + 999) / 1_000))
}

/// RFC 4648 section 6 without padding; bits that fill no octet are dropped.
fn from_base32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            octets.push((held >> bits & 0xff) as u8);
        }
    }
    Some(octets)
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 section 6 without padding, as authenticators take it.
pub(crate) fn base32(octets: &[u8]) -> String {
    let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    bits.chunks(5)
        .map(|chunk| {
            let value = chunk.iter().fold(0, |value, bit| value << 1 | bit) << (5 - chunk.len());
            char::from(ALPHABET[usize::from(value)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The appendix prints eight digits; ours are the last six.
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code_of(secret, seconds / 30), code);
            let now = Timestamp::from_seconds(seconds);
            assert_eq!(matching_step(secret, &format!("{} {}", &code[..3], &code[3..]), now), Some(seconds / 30));
            assert_eq!(matching_step(secret, code, now.plus_ms(30_000)), Some(seconds / 30), "one step late");
            assert_eq!(matching_step(secret, code, now.plus_ms(90_000)), None, "three steps late");
        }
        assert_eq!(matching_step(secret, "", Timestamp(0)), None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648_section_10() {
        for (octets, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(octets.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap().as_slice(), octets.as_bytes());
        }
        assert!(from_base32("MZXW1").is_none(), "1 is no digit of it");
    }

    #[test]
    fn a_device_shows_the_code_that_is_asked_for() {
        let secret = b"12345678901234567890";
        let (code, left) = shown_by_device(&base32(secret), Timestamp(59_000)).unwrap();
        assert_eq!((code.as_str(), left), ("287082", 1));
        assert_eq!(matching_step(secret, &code, Timestamp(59_000)), Some(1));
    }

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let kept = hashed("вертикаль-42".as_bytes(), &[7; 16]).unwrap();
        assert!(is_right("вертикаль-42".as_bytes(), &kept).unwrap());
        assert!(!is_right(b"something", &kept).unwrap());
        assert!(!is_right(b"", NOBODY).unwrap());
        assert!(is_right(b"", "argon2id:x").is_err());
    }
}
