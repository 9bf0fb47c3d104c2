//! Arithmetic modulo any odd number of N limbs, in Montgomery form: the numbers modulo the order of a group, and the fields of curves
//! whose prime has no form to use. A residue is x·2^(64N) mod m and always fully reduced.

use subtle::Choice;

use super::field::{Field, Residue, is_zero};
use super::limbs::{Limbs, add_limbs, less, limbs_from_hex, mask_of, shifted, sub_limbs, subtract_once};

/// An odd modulus that fills at least a fifth of its N limbs' range, with what Montgomery arithmetic needs.
pub(super) struct Modulus<const N: usize> {
    m: Limbs<N>,
    /// −m⁻¹ mod 2^64.
    negated_inverse: u64,
    /// 2^(64N) and its square, modulo m.
    r1: Limbs<N>,
    r2: Limbs<N>,
}

/// How many conditional subtractions bring any N-limb number below any modulus accepted by [`Modulus::from_hex`].
const SUBTRACTIONS: usize = 4;

impl<const N: usize> Modulus<N> {
    /// Reads a modulus while compiling; a number out of bounds does not compile.
    pub(super) const fn from_hex(hex: &str) -> Self {
        let m = limbs_from_hex(hex);
        assert!(m[0] & 1 == 1, "Montgomery arithmetic needs an odd modulus");
        assert!(m[N - 1] > u64::MAX / 5, "four subtractions must reduce any N-limb number");
        // Newton: every step doubles the number of right bits, the first guess has three.
        let mut inverse = m[0];
        let mut step = 0;
        while step < 5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(m[0].wrapping_mul(inverse)));
            step += 1;
        }
        let mut one = [0; N];
        one[0] = 1;
        let r1 = shifted(&one, &m);
        Self { m, negated_inverse: inverse.wrapping_neg(), r1, r2: shifted(&r1, &m) }
    }

    /// A public constant below the modulus, while compiling.
    pub(super) const fn constant(&self, x: &Limbs<N>) -> Residue<N> {
        assert!(less(x, &self.m), "a constant must be reduced");
        Residue(shifted(x, &self.m))
    }

    /// The number of bits of the modulus: public.
    pub(super) fn bits(&self) -> u32 {
        64 * N as u32 - self.m[N - 1].leading_zeros()
    }

    /// Whether 0 < x < m.
    pub(super) fn contains_nonzero(&self, x: &Limbs<N>) -> Choice {
        self.contains(x) & !is_zero(x)
    }

    /// x mod m for any x of N limbs.
    pub(super) fn reduce(&self, x: &Limbs<N>) -> Limbs<N> {
        let mut reduced = *x;
        for _ in 0..SUBTRACTIONS {
            reduced = subtract_once(&reduced, 0, &self.m);
        }
        reduced
    }

    /// x·y of an integer and a residue: an integer again, below m.
    pub(super) fn mul_integer(&self, x: &Limbs<N>, y: &Residue<N>) -> Limbs<N> {
        self.mul(&Residue(*x), y).0
    }

    /// x + y of integers below m.
    pub(super) fn add_integers(&self, x: &Limbs<N>, y: &Limbs<N>) -> Limbs<N> {
        self.add(&Residue(*x), &Residue(*y)).0
    }
}

impl<const N: usize> Field<N> for Modulus<N> {
    fn value(&self) -> &Limbs<N> {
        &self.m
    }

    fn one(&self) -> Residue<N> {
        Residue(self.r1)
    }

    fn residue(&self, x: &Limbs<N>) -> Residue<N> {
        self.mul(&Residue(*x), &Residue(self.r2))
    }

    fn integer(&self, x: &Residue<N>) -> Limbs<N> {
        let mut one = [0; N];
        one[0] = 1;
        self.mul(x, &Residue(one)).0
    }

    #[inline]
    fn add(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (sum, carry) = add_limbs(&x.0, &y.0);
        Residue(subtract_once(&sum, u64::from(carry), &self.m))
    }

    #[inline]
    fn sub(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (difference, borrow) = sub_limbs(&x.0, &y.0);
        let mask = mask_of(Choice::from(u8::from(borrow)));
        Residue(add_limbs(&difference, &self.m.map(|limb| limb & mask)).0)
    }

    #[inline]
    fn square(&self, x: &Residue<N>) -> Residue<N> {
        self.mul(x, x)
    }

    /// x·y·2^(−64N) mod m, which is the product in Montgomery form; right for x below 2^(64N) as long as y is below m.
    #[inline]
    fn mul(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let mut t = [0; N];
        let mut top = 0u64;
        for x in x.0 {
            let mut carry = 0;
            for (t, y) in t.iter_mut().zip(&y.0) {
                (*t, carry) = mul_add(x, *y, *t, carry);
            }
            let (above, over) = top.overflowing_add(carry);

            let factor = t[0].wrapping_mul(self.negated_inverse);
            (_, carry) = mul_add(factor, self.m[0], t[0], 0);
            for j in 1..N {
                (t[j - 1], carry) = mul_add(factor, self.m[j], t[j], carry);
            }
            let (last, again) = above.overflowing_add(carry);
            t[N - 1] = last;
            top = u64::from(over) + u64::from(again);
        }
        Residue(subtract_once(&t, top, &self.m))
    }

    fn is_zero(&self, x: &Residue<N>) -> Choice {
        is_zero(&x.0)
    }

    fn equal(&self, x: &Residue<N>, y: &Residue<N>) -> bool {
        x.0 == y.0
    }
}

/// x + y·z + carry as (low, high). In these loops one sum of 128 bits compiles better than the steps of the other fields.
#[inline(always)]
fn mul_add(y: u64, z: u64, x: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(y) * u128::from(z) + u128::from(x) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}
