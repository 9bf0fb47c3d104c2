//! Keys two parties have in common: VKO of RFC 7836, 4.3, and KEG of RFC 9189, 8.3.1.
//! Which of them a message uses, and what for, is written in the message; see `cms`.

use digest::Digest as _;
use zeroize::Zeroizing;

use crate::Error;
use crate::cipher::Key;
use crate::gost::{PrivateKey, PublicKey};
use crate::kdf::kdf_tree_256;
use crate::streebog::{Streebog256, Streebog512};

/// VKO_GOSTR3410_2012_256: 32 octets from own private key, the other's public key and `ukm`, a little-endian number of at most the length of the key.
///
/// Both keys of any curve, the same for both. `Invalid` of "key-agreement" when the curves differ, the number is zero or the result is the zero point.
///
/// ```
/// use surguch_crypto::gost::{ParameterSet, PrivateKey};
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::seed_from_u64(1);
///
/// let a = PrivateKey::generate(ParameterSet::Tc26_256A, &mut rng);
/// let b = PrivateKey::generate(ParameterSet::Tc26_256A, &mut rng);
/// let ours = surguch_crypto::agreement::vko_256(&a, b.public_key(), &[1; 8])?;
/// let theirs = surguch_crypto::agreement::vko_256(&b, a.public_key(), &[1; 8])?;
/// assert_eq!(*ours, *theirs);
/// # Ok::<(), surguch_crypto::Error>(())
/// ```
pub fn vko_256(key: &PrivateKey, peer: &PublicKey, ukm: &[u8]) -> Result<Zeroizing<Key>, Error> {
    let point = key.agree(peer, ukm).ok_or(Error::Invalid { what: "key-agreement" })?;
    Ok(Zeroizing::new(Streebog256::digest(&*point).into()))
}

/// VKO_GOSTR3410_2012_512: the same with 64 octets of output.
pub fn vko_512(key: &PrivateKey, peer: &PublicKey, ukm: &[u8]) -> Result<Zeroizing<[u8; 64]>, Error> {
    let point = key.agree(peer, ukm).ok_or(Error::Invalid { what: "key-agreement" })?;
    Ok(Zeroizing::new(Streebog512::digest(&*point).into()))
}

/// KEG: a key for authentication codes and a key for enciphering, from the same three.
/// The first 16 octets of `ukm` are a **big-endian** number here, zero standing for one; the next 8 are a seed, which only 256-bit keys use.
pub fn keg(key: &PrivateKey, peer: &PublicKey, ukm: &[u8; 32]) -> Result<(Zeroizing<Key>, Zeroizing<Key>), Error> {
    let mut number: [u8; 16] = core::array::from_fn(|i| ukm[15 - i]);
    if number == [0; 16] {
        number[0] = 1;
    }
    if key.public_key().parameter_set().is_512() {
        let agreed = vko_512(key, peer, &number)?;
        let half = |octets: &[u8]| Zeroizing::new(octets.try_into().expect("half of 64 octets"));
        Ok((half(&agreed[..32]), half(&agreed[32..])))
    } else {
        let agreed = vko_256(key, peer, &number)?;
        Ok(kdf_tree_256(&*agreed, b"kdf tree", &ukm[16..24]))
    }
}
