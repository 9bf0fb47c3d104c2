//! PINs: what a card demands of one, and the key that is made of it. Nothing here counts attempts; the card does, before it asks.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use cryptoki_sys::{CKR_GENERAL_ERROR, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE};

use crate::code::{Answer, Code, refuse};
use crate::numbers::{CKR_INAPPROPRIATE_PIN, CKR_PIN_IN_HISTORY};

/// What the factory writes on the box.
pub const FACTORY_USER_PIN: &[u8] = b"12345678";
/// The administrator's.
pub const FACTORY_SO_PIN: &[u8] = b"87654321";

/// Longest PIN, octets: what a Rutoken of this kind says of itself.
pub const MAX_PIN_OCTETS: usize = 249;
/// Shortest, where the policy says nothing more.
pub const MIN_PIN_OCTETS: u8 = 6;
/// Attempts of a card fresh from the factory.
pub const MAX_ATTEMPTS: u8 = 10;
/// Longest memory for earlier PINs.
pub const MAX_HISTORY: u8 = 10;

/// Argon2id: 19 MiB in two passes, some 20 ms. The smallest of the settings OWASP names; a PIN of eight digits would not be saved by a larger one.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

pub(crate) const SALT_OCTETS: usize = 16;
/// What opens the private part of a card.
pub(crate) type CardKey = Zeroizing<[u8; 32]>;

/// What a card demands of a new user PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Shortest PIN, octets.
    pub min_octets: u8,
    /// How many earlier PINs are refused, the present one counted.
    pub history: u8,
    /// At least one decimal digit.
    pub digit: bool,
    /// At least one upper case letter.
    pub upper: bool,
    /// At least one lower case letter.
    pub lower: bool,
    /// At least one character that is neither letter nor digit.
    pub special: bool,
    /// Not one character repeated.
    pub different: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_octets: MIN_PIN_OCTETS,
            history: 0,
            digit: false,
            upper: false,
            lower: false,
            special: false,
            different: false,
        }
    }
}

impl Policy {
    /// Whether a new user PIN will do, whatever came before it.
    pub(crate) fn accepts(&self, pin: &[u8]) -> Answer<()> {
        well_formed(pin, self.min_octets)?;
        let text = core::str::from_utf8(pin).map_err(|_| Code(CKR_PIN_INVALID))?;
        let has = |demanded: bool, kind: fn(char) -> bool| !demanded || text.chars().any(kind);
        let mut characters = text.chars();
        let first = characters.next();
        let differs = characters.any(|character| Some(character) != first);
        let good = has(self.digit, |c| c.is_numeric())
            && has(self.upper, char::is_uppercase)
            && has(self.lower, char::is_lowercase)
            && has(self.special, |c| !c.is_alphanumeric())
            && (!self.different || differs);
        if good { Ok(()) } else { refuse(CKR_INAPPROPRIATE_PIN) }
    }
}

/// Length and text: what holds for the administrator's PIN too, whom no policy binds.
pub(crate) fn well_formed(pin: &[u8], min_octets: u8) -> Answer<()> {
    if !(usize::from(min_octets)..=MAX_PIN_OCTETS).contains(&pin.len()) {
        return refuse(CKR_PIN_LEN_RANGE);
    }
    if core::str::from_utf8(pin).is_err() || pin.contains(&0) {
        return refuse(CKR_PIN_INVALID);
    }
    Ok(())
}

/// Earlier user PINs, as digests that only the owner of the card key can make or check. They lie in the private part.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct History(pub(crate) Vec<[u8; 32]>);

impl History {
    pub(crate) fn must_not_know(&self, pin: &[u8], key: &CardKey) -> Answer<()> {
        if self.0.contains(&mark(pin, key)) { refuse(CKR_PIN_IN_HISTORY) } else { Ok(()) }
    }

    pub(crate) fn remember(&mut self, pin: &[u8], key: &CardKey, depth: u8) {
        self.0.push(mark(pin, key));
        let excess = self.0.len().saturating_sub(usize::from(depth));
        self.0.drain(..excess);
    }
}

fn mark(pin: &[u8], key: &CardKey) -> [u8; 32] {
    crypto::sha256(&Zeroizing::new([b"PIN history", key.as_slice(), pin].concat()))
}

/// The card key, locked with a PIN. Whether a PIN is right is whether it opens this.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lock {
    pub(crate) salt: [u8; SALT_OCTETS],
    pub(crate) wrapped: Vec<u8>,
}

impl Lock {
    pub(crate) fn close(key: &CardKey, pin: &[u8], owner: &[u8]) -> Answer<Self> {
        let salt = random::<SALT_OCTETS>()?;
        let wrapped = seal(&pin_key(pin, &salt)?, owner, &**key)?;
        Ok(Self { salt, wrapped })
    }

    /// `None` for a wrong PIN.
    pub(crate) fn open(&self, pin: &[u8], owner: &[u8]) -> Answer<Option<CardKey>> {
        let opened = open(&pin_key(pin, &self.salt)?, owner, &self.wrapped);
        Ok(opened.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()).map(Zeroizing::new))
    }
}

fn pin_key(pin: &[u8], salt: &[u8]) -> Answer<CardKey> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| Code(CKR_GENERAL_ERROR))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin, salt, &mut *key)
        .map_err(|_| Code(CKR_GENERAL_ERROR))?;
    Ok(key)
}

/// AES-256-GCM with a drawn nonce in front. A card is written some thousands of times in its life, far from where drawn nonces meet.
pub(crate) fn seal(key: &CardKey, beside: &[u8], plain: &[u8]) -> Answer<Vec<u8>> {
    let nonce = random::<NONCE_LEN>()?;
    // Room for the tag from the start: a growing vector leaves a copy behind that nobody wipes.
    let mut octets = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
    octets.extend_from_slice(plain);
    gcm(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(beside), &mut octets)
        .map_err(|_| Code(CKR_GENERAL_ERROR))?;
    Ok([&nonce[..], &octets].concat())
}

/// `None` when the key is another or an octet has changed.
pub(crate) fn open(key: &CardKey, beside: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, octets) = sealed.split_at_checked(NONCE_LEN)?;
    let mut octets = Zeroizing::new(octets.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = gcm(key).ok()?.open_in_place(nonce, Aad::from(beside), &mut octets).ok()?.len();
    octets.truncate(plain);
    Some(octets)
}

fn gcm(key: &CardKey) -> Answer<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, &**key).map(LessSafeKey::new).map_err(|_| Code(CKR_GENERAL_ERROR))
}

pub(crate) fn random<const N: usize>() -> Answer<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|_| Code(CKR_GENERAL_ERROR))?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_refuses_each_pin_for_its_own_fault() {
        let strict =
            Policy { min_octets: 8, history: 0, digit: true, upper: true, lower: true, special: true, different: true };
        let check = |pin: &[u8], expected: Answer<()>| assert_eq!(strict.accepts(pin), expected, "{pin:?}");
        check(b"aB3!aB3!", Ok(()));
        check("Щука-2026".as_bytes(), Ok(()));
        check(b"aB3!", refuse(CKR_PIN_LEN_RANGE));
        check(&[b'a'; MAX_PIN_OCTETS + 1], refuse(CKR_PIN_LEN_RANGE));
        check(b"aB!!aB!!", refuse(CKR_INAPPROPRIATE_PIN));
        check(b"ab3!ab3!", refuse(CKR_INAPPROPRIATE_PIN));
        check(b"AB3!AB3!", refuse(CKR_INAPPROPRIATE_PIN));
        check(b"aB3aB3aB3", refuse(CKR_INAPPROPRIATE_PIN));
        check(&[0xff; 8], refuse(CKR_PIN_INVALID));
        let different = Policy { different: true, ..Policy::default() };
        assert_eq!(different.accepts(b"1111111"), refuse(CKR_INAPPROPRIATE_PIN));
        assert_eq!(different.accepts(b"1111112"), Ok(()));
    }
}
