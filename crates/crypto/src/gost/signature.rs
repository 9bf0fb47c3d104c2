//! The algorithms of GOST R 34.10-2012 (RFC 7091, section 6): signature, verification, and the public key of a private one.
//! Digests come as the hash function gives them and are little-endian numbers; signatures are s ‖ r, each big-endian (RFC 9215, section 2).

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::KeyError;
use super::curve::{Affine, Curve};
use super::field::{Limbs, add_limbs, append_be, limbs_from_be, limbs_from_le};
use super::jacobian::Jacobian;
use super::nonce::{DRAWS, Nonces, is_set};

impl<const N: usize> Curve<N> {
    /// d·G for a private key of 8N little-endian octets, which must be in 1..q−1.
    pub(super) fn public_point(&self, scalar: &[u8]) -> Result<Affine<N>, KeyError> {
        let d = Zeroizing::new(limbs_from_le(scalar));
        if !is_set(self.is_scalar(&d)) {
            return Err(KeyError::ScalarRange);
        }
        Ok(self.multiply_base(&d))
    }

    /// Signs with a private key of 8N little-endian octets that is known to be in 1..q−1.
    pub(super) fn sign(&self, scalar: &[u8], digest: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8> {
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

    /// Steps 3 to 6 of section 6.1 with a given nonce, 0 < k < q; `None` where r or s is zero and the standard asks for another k.
    /// (On CryptoPro-C k = 1 is such a one: the base point has x = 0.)
    pub(super) fn sign_with_k(&self, d: &Limbs<N>, digest: &[u8], k: &Limbs<N>) -> Option<Vec<u8>> {
        let q = &self.order;
        let point = self.multiply_base(k);
        let r = q.reduce(&self.field.integer(&point.x));
        let r_residue = q.residue(&r);
        let e = q.residue(&self.digest_number(digest));
        let rd = Zeroizing::new(q.mul(&r_residue, &Zeroizing::new(q.residue(d))));
        let ke = Zeroizing::new(q.mul(&Zeroizing::new(q.residue(k)), &e));
        let s = q.add(&rd, &ke);
        // r and s are about to be published.
        if is_set(r_residue.is_zero() | s.is_zero()) {
            return None;
        }
        let mut signature = Vec::with_capacity(16 * N);
        append_be(&q.integer(&s), &mut signature);
        append_be(&r, &mut signature);
        Some(signature)
    }

    /// Section 6.2. The lengths are right already: 8N octets of digest, 16N of signature.
    pub(super) fn verify(&self, key: &Affine<N>, digest: &[u8], signature: &[u8]) -> bool {
        let q = &self.order;
        let (s, r) = signature.split_at(8 * N);
        let (s, r) = (limbs_from_be(s), limbs_from_be(r));
        if !is_set(self.is_scalar(&s) & self.is_scalar(&r)) {
            return false;
        }
        let v = q.invert_vartime(&q.residue(&self.digest_number(digest)));
        let z1 = q.mul(&q.residue(&s), &v);
        let z2 = q.neg(&q.mul(&q.residue(&r), &v));
        let point = Jacobian::double_multiple(self, &q.integer(&z1), &q.integer(&z2), key);
        !point.is_zero() && self.x_reduces_to(&point, r)
    }

    /// Whether x mod q = r, without dividing: x is one of r, r + q, r + 2q, .. below p.
    fn x_reduces_to(&self, point: &Jacobian<N>, r: Limbs<N>) -> bool {
        let f = &self.field;
        let zz = f.square(&point.z);
        let mut candidate = r;
        while is_set(f.contains(&candidate)) {
            if f.mul(&f.residue(&candidate), &zz) == point.x {
                return true;
            }
            let (next, over) = add_limbs(&candidate, self.order.value());
            if over {
                return false;
            }
            candidate = next;
        }
        false
    }

    /// The number e: the digest as a little-endian number modulo q, and 1 in place of 0.
    pub(super) fn digest_number(&self, digest: &[u8]) -> Limbs<N> {
        let mut e = self.order.reduce(&limbs_from_le(digest));
        let is_zero = e.iter().fold(0, |all, limb| all | limb).ct_eq(&0);
        e[0] |= u64::from(is_zero.unwrap_u8());
        e
    }
}
