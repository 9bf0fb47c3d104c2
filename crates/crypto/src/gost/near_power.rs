//! The fields of the primes next to a power of two, where a product is reduced by multiplying its upper half with one small number.
//! Residues are the integers themselves.

use super::field::{Coefficient, Field, Residue};
use super::limbs::{
    Limbs, PRODUCT_LIMBS, add_limb, add_limbs, equal, halves, less, limbs_from_hex, mul_add, product, square, sub_limb,
    sub_limbs, subtract_once,
};

/// p = 2^(64N) − C. A residue is any N-limb number: the two numbers 0 and p, 1 and p + 1, and so on up to C − 1 are the same.
pub(super) struct Below<const N: usize, const C: u64>;

/// p = 2^(64N − 1) + C. Residues are below p.
pub(super) struct Above<const N: usize, const C: u64>;

/// Bits of C at most, so that everything that multiplies two of them fits a limb many times.
const SMALL: u64 = 1 << 16;

impl<const N: usize, const C: u64> Below<N, C> {
    const VALUE: Limbs<N> = {
        assert!(C < SMALL);
        let mut p = [u64::MAX; N];
        p[0] = 0u64.wrapping_sub(C);
        p
    };

    /// The field of the prime written out in the documents; another number does not compile.
    pub(super) const fn from_hex(hex: &str) -> Self {
        assert!(equal(&limbs_from_hex(hex), &Self::VALUE), "not the prime of this field");
        Self
    }

    /// A public constant below the prime, while compiling.
    pub(super) const fn constant(&self, x: &Limbs<N>) -> Residue<N> {
        assert!(less(x, &Self::VALUE), "a constant must be reduced");
        Residue(*x)
    }

    /// `top`·2^(64N) + x for a top below 2^32, since 2^(64N) = C.
    #[inline(always)]
    fn fold_limb(x: &Limbs<N>, top: u64) -> Residue<N> {
        let (mut sum, over) = add_limb(x, top * C);
        // After an overflow the rest is below top·C, so that this cannot overflow again.
        sum[0] = sum[0].wrapping_add(C & 0u64.wrapping_sub(u64::from(over)));
        Residue(sum)
    }

    #[inline(always)]
    fn fold(t: &[u64; PRODUCT_LIMBS]) -> Residue<N> {
        let (low, high) = halves::<N>(t);
        let mut sum = [0; N];
        let mut carry = 0;
        for ((sum, low), high) in sum.iter_mut().zip(low).zip(high) {
            (*sum, carry) = mul_add(*high, C, *low, carry);
        }
        Self::fold_limb(&sum, carry)
    }

    #[inline(never)]
    fn mul_apart(x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        Self::fold(&product(&x.0, &y.0))
    }

    #[inline(never)]
    fn square_apart(x: &Residue<N>) -> Residue<N> {
        Self::fold(&square(&x.0))
    }
}

impl<const N: usize, const C: u64> Field<N> for Below<N, C> {
    fn value(&self) -> &Limbs<N> {
        &Self::VALUE
    }

    fn one(&self) -> Residue<N> {
        let mut one = [0; N];
        one[0] = 1;
        Residue(one)
    }

    #[inline]
    fn residue(&self, x: &Limbs<N>) -> Residue<N> {
        Residue(*x)
    }

    #[inline]
    fn integer(&self, x: &Residue<N>) -> Limbs<N> {
        subtract_once(&x.0, 0, &Self::VALUE)
    }

    #[inline(always)]
    fn add(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (sum, carry) = add_limbs(&x.0, &y.0);
        Self::fold_limb(&sum, u64::from(carry))
    }

    #[inline(always)]
    fn sub(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (difference, borrow) = sub_limbs(&x.0, &y.0);
        let (mut difference, borrow) = sub_limb(&difference, C & 0u64.wrapping_sub(u64::from(borrow)));
        // After a second borrow the rest is at least 2^(64N) − C, so that this cannot borrow again.
        difference[0] = difference[0].wrapping_sub(C & 0u64.wrapping_sub(u64::from(borrow)));
        Residue(difference)
    }

    #[inline(always)]
    fn mul(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        if N == 4 { Self::fold(&product(&x.0, &y.0)) } else { Self::mul_apart(x, y) }
    }

    #[inline(always)]
    fn square(&self, x: &Residue<N>) -> Residue<N> {
        if N == 4 { Self::fold(&square(&x.0)) } else { Self::square_apart(x) }
    }

    #[inline(always)]
    fn mul_coefficient(&self, x: &Residue<N>, coefficient: &Coefficient<N>) -> Residue<N> {
        // The branch is on a constant of the curve.
        if coefficient.small == 0 {
            return self.mul(x, &coefficient.residue);
        }
        let mut low = [0; N];
        let mut carry = 0;
        for (low, x) in low.iter_mut().zip(&x.0) {
            (*low, carry) = mul_add(*x, u64::from(coefficient.small), 0, carry);
        }
        Self::fold_limb(&low, carry)
    }
}

impl<const N: usize, const C: u64> Above<N, C> {
    const VALUE: Limbs<N> = {
        assert!(C < SMALL);
        let mut p = [0; N];
        p[0] = C;
        p[N - 1] = 1 << 63;
        p
    };

    /// The field of the prime written out in the documents; another number does not compile.
    pub(super) const fn from_hex(hex: &str) -> Self {
        assert!(equal(&limbs_from_hex(hex), &Self::VALUE), "not the prime of this field");
        Self
    }

    /// A public constant below the prime, while compiling.
    pub(super) const fn constant(&self, x: &Limbs<N>) -> Residue<N> {
        assert!(less(x, &Self::VALUE), "a constant must be reduced");
        Residue(*x)
    }

    /// low + high·2^(64N) = low − 2C·high, since 2^(64N) = −2C.
    #[inline(always)]
    fn fold(t: &[u64; PRODUCT_LIMBS]) -> Residue<N> {
        let (low, high) = halves::<N>(t);
        let mut subtrahend = [0; N];
        let mut top = 0;
        for (subtrahend, high) in subtrahend.iter_mut().zip(high) {
            (*subtrahend, top) = mul_add(*high, 2 * C, 0, top);
        }
        let (difference, borrow) = sub_limbs(low, &subtrahend);
        // −top·2^(64N) = top·2C, and top is at most 2C.
        let (sum, carry) = add_limb(&difference, (top + u64::from(borrow)) * (2 * C));
        // After a carry the rest is below (2C)², so that taking p away once leaves a positive number of N limbs.
        let mask = 0u64.wrapping_sub(u64::from(carry));
        let (sum, _) = sub_limbs(&sum, &Self::VALUE.map(|limb| limb & mask));
        Residue(subtract_once(&sum, 0, &Self::VALUE))
    }

    #[inline(never)]
    fn mul_apart(x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        Self::fold(&product(&x.0, &y.0))
    }

    #[inline(never)]
    fn square_apart(x: &Residue<N>) -> Residue<N> {
        Self::fold(&square(&x.0))
    }
}

impl<const N: usize, const C: u64> Field<N> for Above<N, C> {
    fn value(&self) -> &Limbs<N> {
        &Self::VALUE
    }

    fn one(&self) -> Residue<N> {
        let mut one = [0; N];
        one[0] = 1;
        Residue(one)
    }

    #[inline]
    fn residue(&self, x: &Limbs<N>) -> Residue<N> {
        Residue(subtract_once(x, 0, &Self::VALUE))
    }

    #[inline]
    fn integer(&self, x: &Residue<N>) -> Limbs<N> {
        x.0
    }

    #[inline(always)]
    fn add(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (sum, carry) = add_limbs(&x.0, &y.0);
        Residue(subtract_once(&sum, u64::from(carry), &Self::VALUE))
    }

    #[inline(always)]
    fn sub(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (difference, borrow) = sub_limbs(&x.0, &y.0);
        let mask = 0u64.wrapping_sub(u64::from(borrow));
        Residue(add_limbs(&difference, &Self::VALUE.map(|limb| limb & mask)).0)
    }

    #[inline(always)]
    fn mul(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        if N == 4 { Self::fold(&product(&x.0, &y.0)) } else { Self::mul_apart(x, y) }
    }

    #[inline(always)]
    fn square(&self, x: &Residue<N>) -> Residue<N> {
        if N == 4 { Self::fold(&square(&x.0)) } else { Self::square_apart(x) }
    }
}
