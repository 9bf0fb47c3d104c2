//! Secret multiples of the base point: k·G for a nonce, d·G for a private key. The only curve arithmetic that ever sees a secret.
//! A table of all multiples by one signed digit, read whole for every digit, and complete additions: no branch and no address depends on k.

use core::hint::black_box;

use zeroize::{Zeroize, Zeroizing};

use super::comb::{Comb, signed_digit};
use super::curve::{Affine, Curve};
use super::edwards::{Edwards, Extended};
use super::field::{Field, Residue};
use super::limbs::Limbs;

/// Bits of a window; a digit runs from −2^(w−1) to 2^(w−1). More bits mean fewer additions and more entries to read: with the larger
/// entries and cheaper additions of the Edwards shape five are as quick as six are elsewhere, and the table is half as large.
const fn window_bits(is_edwards: bool) -> usize {
    if is_edwards { 5 } else { 6 }
}

impl<F: Field<N>, const N: usize> Curve<F, N> {
    /// k·G for 0 < k < q, in time independent of k.
    pub(super) fn multiply_base(&self, k: &Limbs<N>) -> Affine<N> {
        match &self.edwards {
            None => self.multiply_base_weierstrass(k),
            Some(edwards) => self.multiply_base_edwards(edwards, k),
        }
    }

    /// All multiples of the base point by one digit; built at first use.
    pub(super) fn signing_table(&self) -> &Comb<N> {
        let bits = window_bits(self.edwards.is_some());
        self.signing_table.get_or_init(|| Comb::of_all_places(self, &self.affine(&self.base), bits))
    }

    fn multiply_base_weierstrass(&self, k: &Limbs<N>) -> Affine<N> {
        let f = &self.field;
        let mut sum = Zeroizing::new(Projective { x: Residue::ZERO, y: f.one(), z: Residue::ZERO });
        for_each_entry(self.signing_table(), k, |[x, y], digit| {
            y.assign_masked(&f.neg(y), digit.negative);
            let added = self.add_complete(&sum, x, y);
            // A zero digit has no affine entry; its sum is thrown away.
            sum.assign_masked(&added, !digit.zero);
        });
        let inverse = Zeroizing::new(f.invert(&sum.z));
        Affine { x: f.mul(&sum.x, &inverse), y: f.mul(&sum.y, &inverse) }
    }

    fn multiply_base_edwards(&self, edwards: &Edwards<N>, k: &Limbs<N>) -> Affine<N> {
        let f = &self.field;
        let mut sum = Zeroizing::new(Extended::zero(f));
        for_each_entry(self.signing_table(), k, |[u, v, duv], digit| {
            u.assign_masked(&f.neg(u), digit.negative);
            duv.assign_masked(&f.neg(duv), digit.negative);
            // (0, 1) for a zero digit.
            v.or_masked(&f.one(), digit.zero);
            *sum = sum.add_entry(f, &[*u, *v, *duv]).to_extended(f);
        });
        edwards.to_weierstrass(f, &sum)
    }

    /// P + Q by the complete formulas of Renes, Costello and Batina (EUROCRYPT 2016, section 3.1) with Q = (x, y):
    /// right for all P and Q of odd order, P = Q, P = −Q and P = 0 included.
    #[inline]
    fn add_complete(&self, p: &Projective<N>, x: &Residue<N>, y: &Residue<N>) -> Projective<N> {
        let f = &self.field;
        let xx = f.mul(&p.x, x);
        let yy = f.mul(&p.y, y);
        let xy = f.sub(&f.mul(&f.add(&p.x, &p.y), &f.add(x, y)), &f.add(&xx, &yy)); // X₁Y₂ + X₂Y₁
        let xz = f.add(&p.x, &f.mul(x, &p.z)); // X₁Z₂ + X₂Z₁
        let yz = f.add(&p.y, &f.mul(y, &p.z)); // Y₁Z₂ + Y₂Z₁

        let line = f.add(&self.times_a(&xz), &self.times_triple_b(&p.z));
        let minus = f.sub(&yy, &line);
        let plus = f.add(&yy, &line);
        let az = self.times_a(&p.z);
        let slope = f.add(&f.triple(&xx), &az);
        let rest = f.add(&self.times_triple_b(&xz), &self.times_a(&f.sub(&xx, &az)));
        Projective {
            x: f.sub(&f.mul(&xy, &minus), &f.mul(&yz, &rest)),
            y: f.add(&f.mul(&plus, &minus), &f.mul(&slope, &rest)),
            z: f.add(&f.mul(&yz, &plus), &f.mul(&xy, &slope)),
        }
    }
}

/// Masks of a digit.
struct Masks {
    negative: u64,
    zero: u64,
}

/// Calls `add` with the entry of every digit of k, lowest first: the multiple by the digit's magnitude, zeros for the digit 0.
#[inline(always)]
fn for_each_entry<const K: usize, const N: usize>(
    table: &Comb<N>,
    k: &Limbs<N>,
    mut add: impl FnMut(&mut [Residue<N>; K], Masks),
) {
    let mut entry = Zeroizing::new([Residue::ZERO; K]);
    let mut carry = 0;
    for (i, window) in table.windows::<K>().enumerate() {
        let digit;
        (digit, carry) = signed_digit(k, table.bits(), i, carry);
        *entry = [Residue::ZERO; K];
        for (candidates, first) in window.as_chunks().0.iter().zip((1..).step_by(SCANNED_AT_ONCE)) {
            let masks = core::array::from_fn(|i| mask_if_equal(first + i as u64, digit.magnitude));
            scan(&mut entry, candidates, &masks);
        }
        add(
            &mut entry,
            Masks { negative: black_box(digit.negative), zero: black_box(mask_if_equal(0, digit.magnitude)) },
        );
    }
}

/// Entries whose masks are made and used in one go.
const SCANNED_AT_ONCE: usize = 8;

/// Takes the candidate in whose mask is set. A function of its own, because the optimizer makes vector instructions of it only where
/// `chosen` stays in memory, and because what is known of the masks outside must not be known here.
#[inline(never)]
fn scan<const K: usize, const N: usize>(
    chosen: &mut [Residue<N>; K],
    candidates: &[[Residue<N>; K]; SCANNED_AT_ONCE],
    masks: &[u64; SCANNED_AT_ONCE],
) {
    for (k, chosen) in chosen.iter_mut().enumerate() {
        for (n, chosen) in chosen.0.iter_mut().enumerate() {
            *chosen |= candidates.iter().zip(masks).fold(0, |all, (candidate, mask)| all | mask & candidate[k].0[n]);
        }
    }
}

/// All ones if two small numbers are equal, else zero.
#[inline(always)]
fn mask_if_equal(x: u64, y: u64) -> u64 {
    (((x ^ y).wrapping_sub(1)) as i64 >> 63) as u64
}

/// (X : Y : Z) for (X/Z, Y/Z); zero is (0 : 1 : 0).
#[derive(Zeroize)]
struct Projective<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
}

impl<const N: usize> Projective<N> {
    #[inline(always)]
    fn assign_masked(&mut self, other: &Self, mask: u64) {
        self.x.assign_masked(&other.x, mask);
        self.y.assign_masked(&other.y, mask);
        self.z.assign_masked(&other.z, mask);
    }
}
