//! Keys from keys and from passwords: the derivations of RFC 7836 over HMAC-Streebog, PBKDF2, and the older derivation of PKCS#12.
//! What the results are used for is said where they are used.

use digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use zeroize::Zeroizing;

use crate::cipher::Key;
use crate::streebog::{Streebog256, Streebog512};

/// HMAC_GOSTR3411_2012_256 of the parts one after another (RFC 7836, 4.1.1).
pub fn hmac_streebog256(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Streebog256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// HMAC_GOSTR3411_2012_512 of the parts one after another (RFC 7836, 4.1.2).
pub fn hmac_streebog512(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut mac = Hmac::<Streebog512>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// KDF_GOSTR3411_2012_256 (RFC 7836, 4.4).
///
/// ```
/// let key = surguch_crypto::kdf::kdf_256(&[7; 32], b"label", b"seed");
/// assert_ne!(*key, *surguch_crypto::kdf::kdf_256(&[7; 32], b"label", b"seeds"));
/// ```
pub fn kdf_256(key: &[u8], label: &[u8], seed: &[u8]) -> Zeroizing<Key> {
    hmac_streebog256(key, &[&[1], label, &[0], seed, &[1, 0]])
}

/// KDF_TREE_GOSTR3411_2012_256 with R = 1 and an output of two keys (RFC 7836, 4.5): all that CMS and PKCS#8 ask of it.
pub fn kdf_tree_256(key: &[u8], label: &[u8], seed: &[u8]) -> (Zeroizing<Key>, Zeroizing<Key>) {
    // The length of the output, 512 bits, stands at the end in as few octets as it takes.
    let part = |number| hmac_streebog256(key, &[&[number], label, &[0], seed, &[2, 0]]);
    (part(1), part(2))
}

/// PBKDF2-HMAC-Streebog-512 (RFC 9337, 4).
pub fn pbkdf2_streebog512(password: &[u8], salt: &[u8], iterations: u32, output: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<Streebog512>(password, salt, iterations, output);
}

/// The key derivation of PKCS#12 (RFC 7292, B.2) with SHA-256 for a MAC key, which is what OpenSSL still writes beside PBES2.
/// The password is a BMPString with its two zero octets, made here.
pub(crate) fn pkcs12_mac_key_sha256(password: &str, salt: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    use sha2::Digest as _;
    const BLOCK_OCTETS: usize = 64;
    const MAC_KEY: u8 = 3;
    let mut encoded = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    for unit in password.encode_utf16().chain([0]) {
        encoded.extend_from_slice(&unit.to_be_bytes());
    }
    let filled = |octets: &[u8]| -> Vec<u8> {
        octets.iter().copied().cycle().take(octets.len().next_multiple_of(BLOCK_OCTETS)).collect()
    };
    let salted = filled(salt);
    let password = Zeroizing::new(filled(&encoded));
    let mut digest = Zeroizing::new(<[u8; 32]>::from(
        sha2::Sha256::new()
            .chain_update([MAC_KEY; BLOCK_OCTETS])
            .chain_update(&salted)
            .chain_update(&password)
            .finalize(),
    ));
    for _ in 1..iterations {
        *digest = sha2::Sha256::digest(*digest).into();
    }
    digest
}
