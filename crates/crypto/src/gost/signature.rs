//! The algorithms of GOST R 34.10-2012 (RFC 7091, section 6): signature, verification, and the public key of a private one;
//! and the one face under which the rest of the crate sees a curve, whatever its field.
//! Digests come as the hash function gives them and are little-endian numbers; signatures are s ‖ r, each big-endian (RFC 9215, section 2).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::KeyError;
use super::comb::Comb;
use super::curve::{Curve, Point};
use super::edwards;
use super::field::{Field, is_zero};
use super::inversion;
use super::jacobian::Jacobian;
use super::limbs::{Limbs, append_be, limbs_from_be, limbs_from_le};
use super::nonce::{DRAWS, Nonces, is_set};

/// Bits of a window of a prepared key's table; 52 KiB for 256 bits, 206 KiB for 512, half as much again for the Edwards curves.
const PREPARED_BITS: usize = 5;

/// A curve, whatever its field: what keys ask of it.
pub(super) trait Group<const N: usize>: Sync {
    #[cfg(test)]
    fn name(&self) -> &'static str;

    /// Reads X and Y, little-endian, with every check of a public key.
    fn checked_point(&self, x: &[u8], y: &[u8]) -> Result<Point<N>, KeyError>;

    /// d·G for a private key of 8N little-endian octets, which must be in 1..q−1.
    fn public_point(&self, scalar: &[u8]) -> Result<Point<N>, KeyError>;

    /// A private key, even over 1..q−1, little-endian.
    fn random_scalar(&self, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>>;

    /// Signs with a private key of 8N little-endian octets that is known to be in 1..q−1.
    fn sign(&self, scalar: &[u8], digest: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8>;

    /// The point of key agreement, X ‖ Y; `None` if ukm is zero modulo q. Scalar and ukm are 8N little-endian octets.
    fn agree(&self, scalar: &[u8], peer: &Point<N>, ukm: &[u8]) -> Option<Zeroizing<Vec<u8>>>;

    /// Section 6.2. The lengths are right already: 8N octets of digest, 16N of signature.
    fn verify(&self, key: &Point<N>, digest: &[u8], signature: &[u8]) -> bool;

    /// Octets of both tables of the base point, which are built if they are not there yet.
    fn table_octets(&self) -> usize;

    /// All multiples of a key by one digit.
    fn prepare(&self, key: &Point<N>) -> Comb<N>;

    /// The same verdict as [`Group::verify`], sooner.
    fn verify_prepared(&self, key: &Comb<N>, digest: &[u8], signature: &[u8]) -> bool;
}

impl<F: Field<N>, const N: usize> Group<N> for Curve<F, N> {
    #[cfg(test)]
    fn name(&self) -> &'static str {
        self.name
    }

    fn checked_point(&self, x: &[u8], y: &[u8]) -> Result<Point<N>, KeyError> {
        Curve::checked_point(self, x, y)
    }

    fn public_point(&self, scalar: &[u8]) -> Result<Point<N>, KeyError> {
        let d = Zeroizing::new(limbs_from_le(scalar));
        if !is_set(self.is_scalar(&d)) {
            return Err(KeyError::ScalarRange);
        }
        Ok(self.point(&self.multiply_base(&d)))
    }

    fn random_scalar(&self, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> {
        self.draw_scalar(rng)
    }

    fn sign(&self, scalar: &[u8], digest: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8> {
        let d = Zeroizing::new(limbs_from_le(scalar));
        let mut nonces = Nonces::new(self.name, scalar, digest, rng);
        for _ in 0..DRAWS {
            let k = nonces.draw(self);
            // What is refused here is never used, so its range is no secret.
            if !is_set(self.is_scalar(&k)) {
                continue;
            }
            if let Some(signature) = self.sign_with_k(&d, digest, &k) {
                return signature;
            }
        }
        unreachable!("an HMAC does not give {DRAWS} numbers out of range in a row")
    }

    fn agree(&self, scalar: &[u8], peer: &Point<N>, ukm: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.agreed_point(scalar, peer, ukm)
    }

    fn verify(&self, key: &Point<N>, digest: &[u8], signature: &[u8]) -> bool {
        let Some(Check { base_multiple, key_multiple, r }) = self.check(digest, signature) else { return false };
        let key = self.affine(key);
        match &self.edwards {
            None => Jacobian::double_multiple(self, &base_multiple, &key_multiple, &key).has_abscissa(self, &r),
            Some(edwards) => edwards::Projective::double_multiple(self, edwards, &base_multiple, &key_multiple, &key)
                .has_abscissa(self, edwards, &r),
        }
    }

    fn table_octets(&self) -> usize {
        self.signing_table().octets() + Jacobian::verifying_table(self).octets()
    }

    fn prepare(&self, key: &Point<N>) -> Comb<N> {
        Comb::of_all_places(self, &self.affine(key), PREPARED_BITS)
    }

    fn verify_prepared(&self, key: &Comb<N>, digest: &[u8], signature: &[u8]) -> bool {
        let Some(Check { base_multiple, key_multiple, r }) = self.check(digest, signature) else { return false };
        let multiples = [(self.signing_table(), &base_multiple), (key, &key_multiple)];
        match &self.edwards {
            None => Jacobian::sum_of_multiples(self, &multiples).has_abscissa(self, &r),
            Some(edwards) => edwards::Projective::sum_of_multiples(self, &multiples).has_abscissa(self, edwards, &r),
        }
    }
}

/// What a signature says of its key Q: that the abscissa of `base_multiple`·G + `key_multiple`·Q is r modulo q.
struct Check<const N: usize> {
    base_multiple: Limbs<N>,
    key_multiple: Limbs<N>,
    r: Limbs<N>,
}

impl<F: Field<N>, const N: usize> Curve<F, N> {
    /// Steps 3 to 6 of section 6.1 with a given nonce, 0 < k < q; `None` where r or s is zero and the standard asks for another k.
    /// (On CryptoPro-C k = 1 is such a one: the base point has x = 0.)
    pub(super) fn sign_with_k(&self, d: &Limbs<N>, digest: &[u8], k: &Limbs<N>) -> Option<Vec<u8>> {
        let q = &self.order;
        let point = self.multiply_base(k);
        let r = q.reduce(&self.field.integer(&point.x));
        let e = q.residue(&self.digest_number(digest));
        let r_residue = q.residue(&r);
        let rd = Zeroizing::new(q.mul_integer(d, &r_residue));
        let ke = Zeroizing::new(q.mul_integer(k, &e));
        let s = q.add_integers(&rd, &ke);
        // r and s are about to be published.
        if is_set(is_zero(&r) | is_zero(&s)) {
            return None;
        }
        let mut signature = Vec::with_capacity(16 * N);
        append_be(&s, &mut signature);
        append_be(&r, &mut signature);
        Some(signature)
    }

    /// Steps 1 to 5 of section 6.2; `None` if r or s is out of range.
    fn check(&self, digest: &[u8], signature: &[u8]) -> Option<Check<N>> {
        let q = &self.order;
        let (s, r) = signature.split_at(8 * N);
        let (s, r) = (limbs_from_be(s), limbs_from_be(r));
        if !is_set(self.is_scalar(&s) & self.is_scalar(&r)) {
            return None;
        }
        let v = q.residue(&inversion::invert_vartime(&self.digest_number(digest), q.value()));
        Some(Check { base_multiple: q.mul_integer(&s, &v), key_multiple: q.mul_integer(&r, &q.neg(&v)), r })
    }

    /// The number e: the digest as a little-endian number modulo q, and 1 in place of 0.
    pub(super) fn digest_number(&self, digest: &[u8]) -> Limbs<N> {
        let mut e = self.order.reduce(&limbs_from_le(digest));
        e[0] |= u64::from(is_zero(&e).unwrap_u8());
        e
    }
}
