//! Secret multiples of somebody's public key: the point that key agreement (VKO, RFC 7836, 4.3) hashes.
//! The whole window table is read for every digit and additions are complete: no branch and no address depends on the private key.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::curve::{Affine, Curve};
use super::field::{Limbs, Residue, limbs_from_le, mask_of};
use super::nonce::is_set;
use super::{AnyCurve, AnyPoint, PrivateKey, PublicKey};

/// Bits of a window, and points in its table.
const WINDOW_BITS: usize = 4;
const ENTRIES: usize = 1 << WINDOW_BITS;

impl PrivateKey {
    /// (cofactor · ukm · d mod q) · `peer` as X ‖ Y, little-endian. `ukm` is a little-endian number of at most as many octets as d has.
    ///
    /// `None` when the peer's key is on another curve, `ukm` is empty, too long or zero modulo q. The result cannot be zero otherwise: a [`PublicKey`] has order q.
    pub fn agree(&self, peer: &PublicKey, ukm: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let set = self.public_key.set;
        if set.canonical() != peer.set.canonical() || ukm.is_empty() || ukm.len() > set.octets() {
            return None;
        }
        let mut number = vec![0; set.octets()];
        number[..ukm.len()].copy_from_slice(ukm);
        match (set.curve(), &peer.point) {
            (AnyCurve::Narrow(curve), AnyPoint::Narrow(point)) => curve.agree(&self.scalar, point, &number),
            (AnyCurve::Wide(curve), AnyPoint::Wide(point)) => curve.agree(&self.scalar, point, &number),
            _ => unreachable!("the width of the point is that of its set: both are made together"),
        }
    }
}

impl<const N: usize> Curve<N> {
    fn agree(&self, scalar: &[u8], peer: &Affine<N>, ukm: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let q = &self.order;
        let mut cofactor = [0; N];
        cofactor[0] = u64::from(self.cofactor);
        // UKM and the cofactor are public; whether their product is zero may be seen.
        let factor = q.mul(&q.residue(&limbs_from_le(ukm)), &q.residue(&cofactor));
        if is_set(factor.is_zero()) {
            return None;
        }
        let d = Zeroizing::new(limbs_from_le(scalar));
        let k = Zeroizing::new(q.integer(&Zeroizing::new(q.mul(&factor, &Zeroizing::new(q.residue(&d))))));
        let point = self.multiply(&k, peer);
        let octets = Zeroizing::new(self.point_to_le_bytes(&point));
        Some(octets)
    }

    /// k·Q for 0 < k < q and Q of order q, in time independent of k.
    fn multiply(&self, k: &Limbs<N>, point: &Affine<N>) -> Zeroizing<Affine<N>> {
        let f = &self.field;
        let base = Projective { x: point.x, y: point.y, z: f.one() };
        let zero = Projective { x: Residue::ZERO, y: f.one(), z: Residue::ZERO };
        let mut table = Zeroizing::new([zero; ENTRIES]);
        for i in 1..ENTRIES {
            table[i] = self.add(&table[i - 1], &base);
        }
        let mut sum = Zeroizing::new(zero);
        for window in (0..64 * N / WINDOW_BITS).rev() {
            for _ in 0..WINDOW_BITS {
                *sum = self.add(&sum, &sum);
            }
            let (limb, shift) = (window * WINDOW_BITS / 64, window * WINDOW_BITS % 64);
            let digit = k[limb] >> shift & (ENTRIES as u64 - 1);
            let mut chosen = Zeroizing::new(Projective { x: Residue::ZERO, y: Residue::ZERO, z: Residue::ZERO });
            for (entry, number) in table.iter().zip(0_u64..) {
                let mask = mask_of(number.ct_eq(&digit));
                chosen.x.or_masked(&entry.x, mask);
                chosen.y.or_masked(&entry.y, mask);
                chosen.z.or_masked(&entry.z, mask);
            }
            *sum = self.add(&sum, &chosen);
        }
        let inverse = Zeroizing::new(f.invert(&sum.z));
        Zeroizing::new(Affine { x: f.mul(&sum.x, &inverse), y: f.mul(&sum.y, &inverse) })
    }

    /// P + Q by the complete formulas of Renes, Costello and Batina (EUROCRYPT 2016, section 3.1): right for all P and Q of odd order.
    fn add(&self, p: &Projective<N>, q: &Projective<N>) -> Projective<N> {
        let f = &self.field;
        let xx = f.mul(&p.x, &q.x);
        let yy = f.mul(&p.y, &q.y);
        let zz = f.mul(&p.z, &q.z);
        let cross =
            |a: &Residue<N>, b: &Residue<N>, c: &Residue<N>, d: &Residue<N>, ac: &Residue<N>, bd: &Residue<N>| {
                f.sub(&f.mul(&f.add(a, b), &f.add(c, d)), &f.add(ac, bd)) // ad + bc
            };
        let xy = cross(&p.x, &p.y, &q.x, &q.y, &xx, &yy);
        let xz = cross(&p.x, &p.z, &q.x, &q.z, &xx, &zz);
        let yz = cross(&p.y, &p.z, &q.y, &q.z, &yy, &zz);

        let line = f.add(&self.times_a(&xz), &self.times_triple_b(&zz));
        let minus = f.sub(&yy, &line);
        let plus = f.add(&yy, &line);
        let az = self.times_a(&zz);
        let slope = f.add(&f.triple(&xx), &az);
        let rest = f.add(&self.times_triple_b(&xz), &self.times_a(&f.sub(&xx, &az)));
        Projective {
            x: f.sub(&f.mul(&xy, &minus), &f.mul(&yz, &rest)),
            y: f.add(&f.mul(&plus, &minus), &f.mul(&slope, &rest)),
            z: f.add(&f.mul(&yz, &plus), &f.mul(&xy, &slope)),
        }
    }
}

/// (X : Y : Z) for (X/Z, Y/Z); zero is (0 : 1 : 0).
#[derive(Clone, Copy, Zeroize)]
struct Projective<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
}
