//! The nonce k of a signature: from the private key, the digest and fresh randomness together.
//! Fresh randomness alone fails with its source; a nonce without any invites fault attacks. So neither failing gives a second signature under one k.

use digest::KeyInit;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha512;
use subtle::Choice;
use zeroize::{Zeroize, Zeroizing};

use super::curve::Curve;
use super::field::Field;
use super::limbs::{Limbs, limbs_from_be};

/// Octets of fresh randomness in every signature: as strong as the strongest curve's 256 bits.
const FRESH_OCTETS: usize = 32;

/// Draws allowed until one is below q. At least every second one is, so reaching the end (2^−256) means a broken source.
pub(super) const DRAWS: u32 = 256;

/// A row of candidates for k, each even over all numbers with as many bits as q:
///
/// candidate i = HMAC-SHA-512(d, label ‖ i ‖ curve ‖ 0 ‖ digest ‖ 32 fresh octets), cut to the bits of q.
///
/// HMAC keyed by d is unpredictable to whoever does not have d, even where the fresh octets are known or repeat;
/// where they repeat, so does k, but only for the same digest, and then the whole signature is the same.
pub(super) struct Nonces {
    key: Hmac<Sha512>,
    /// Everything that is hashed after i.
    message: Zeroizing<Vec<u8>>,
    drawn: u8,
}

/// With the longest name of a 256-bit curve the whole message is 111 octets: one block of SHA-512, padding included.
const LABEL: &[u8] = b"nonce 2";

impl Nonces {
    pub(super) fn new(curve_name: &str, scalar: &[u8], digest: &[u8], rng: &mut dyn CryptoRng) -> Self {
        let key = <Hmac<Sha512> as KeyInit>::new_from_slice(scalar).expect("HMAC takes keys of any length");
        let mut message = Zeroizing::new([curve_name.as_bytes(), &[0], digest, &[0; FRESH_OCTETS]].concat());
        let known_octets = message.len() - FRESH_OCTETS;
        rng.fill_bytes(&mut message[known_octets..]);
        Self { key, message, drawn: 0 }
    }

    /// The next candidate, of at most [`DRAWS`]; whether it is in 1..q−1 is for the caller to see.
    pub(super) fn draw<F: Field<N>, const N: usize>(&mut self, curve: &Curve<F, N>) -> Zeroizing<Limbs<N>> {
        let mut code = self
            .key
            .clone()
            .chain_update(LABEL)
            .chain_update([self.drawn])
            .chain_update(self.message.as_slice())
            .finalize()
            .into_bytes();
        self.drawn = self.drawn.wrapping_add(1);
        let candidate = curve.candidate(&code[..8 * N]);
        code.as_mut_slice().zeroize();
        candidate
    }
}

impl<F: Field<N>, const N: usize> Curve<F, N> {
    /// Octets as a number cut to the bits of q, so that at least every second one is below q and none is likelier than another.
    fn candidate(&self, octets: &[u8]) -> Zeroizing<Limbs<N>> {
        let mut candidate = Zeroizing::new(limbs_from_be(octets));
        let spare_bits = 64 * N as u32 - self.order.bits();
        candidate[N - 1] &= u64::MAX >> spare_bits;
        candidate
    }

    /// A private key, even over 1..q−1, little-endian.
    pub(super) fn draw_scalar(&self, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(vec![0; 8 * N]);
        for _ in 0..DRAWS {
            rng.fill_bytes(&mut octets);
            let candidate = self.candidate(&octets);
            // What was refused is thrown away: the branch tells nothing about what is kept.
            if is_set(self.is_scalar(&candidate)) {
                for (chunk, limb) in octets.chunks_exact_mut(8).zip(candidate.iter()) {
                    chunk.copy_from_slice(&limb.to_le_bytes());
                }
                return octets;
            }
        }
        panic!("the source of randomness is broken: {DRAWS} draws out of range");
    }
}

/// Ends the hiding of a bit that may be known.
pub(super) fn is_set(choice: Choice) -> bool {
    choice.into()
}
