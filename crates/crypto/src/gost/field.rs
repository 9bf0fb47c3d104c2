//! What a curve asks of the field it lies over, whoever answers: `near_power` for the primes next to a power of two, `montgomery` for the others.
//! Every operation takes the same time and touches the same memory whatever the values are, except those whose names say otherwise.

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::inversion;
use super::limbs::{Limbs, sub_limbs};

/// A number modulo p in the shape its field likes. Equal numbers need not have equal limbs: ask [`Field::equal`].
#[derive(Clone, Copy)]
pub(super) struct Residue<const N: usize>(pub(super) Limbs<N>);

impl<const N: usize> Residue<N> {
    pub(super) const ZERO: Self = Self([0; N]);

    /// Takes `other` in where the mask is set.
    #[inline]
    pub(super) fn assign_masked(&mut self, other: &Self, mask: u64) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own ^= mask & (*own ^ other);
        }
    }

    /// Adds up entries of a masked scan: at most one of all entries has its mask set.
    #[inline]
    pub(super) fn or_masked(&mut self, entry: &Self, mask: u64) {
        for (own, entry) in self.0.iter_mut().zip(&entry.0) {
            *own |= mask & entry;
        }
    }
}

impl<const N: usize> Zeroize for Residue<N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// A public number of a curve's equation, and the number itself again where it is small and its field multiplies by small numbers quicker.
pub(super) struct Coefficient<const N: usize> {
    pub(super) residue: Residue<N>,
    /// Zero if the number is not small.
    pub(super) small: u32,
}

/// A prime field of N limbs.
pub(super) trait Field<const N: usize>: Send + Sync + 'static {
    /// The prime p.
    fn value(&self) -> &Limbs<N>;

    fn one(&self) -> Residue<N>;

    /// x mod p for any x of N limbs.
    fn residue(&self, x: &Limbs<N>) -> Residue<N>;

    /// The integer in 0..p.
    fn integer(&self, x: &Residue<N>) -> Limbs<N>;

    fn add(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N>;

    fn sub(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N>;

    fn mul(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N>;

    fn square(&self, x: &Residue<N>) -> Residue<N>;

    #[inline(always)]
    fn double(&self, x: &Residue<N>) -> Residue<N> {
        self.add(x, x)
    }

    /// 3x.
    #[inline(always)]
    fn triple(&self, x: &Residue<N>) -> Residue<N> {
        self.add(&self.double(x), x)
    }

    #[inline(always)]
    fn neg(&self, x: &Residue<N>) -> Residue<N> {
        self.sub(&Residue::ZERO, x)
    }

    #[inline(always)]
    fn mul_coefficient(&self, x: &Residue<N>, coefficient: &Coefficient<N>) -> Residue<N> {
        self.mul(x, &coefficient.residue)
    }

    /// x⁻¹, and 0 for 0.
    fn invert(&self, x: &Residue<N>) -> Residue<N> {
        let x = Zeroizing::new(self.integer(x));
        self.residue(&Zeroizing::new(inversion::invert(&x, self.value())))
    }

    /// x⁻¹, and 0 for 0, in a time that depends on x: public values only.
    fn invert_vartime(&self, x: &Residue<N>) -> Residue<N> {
        self.residue(&inversion::invert_vartime(&self.integer(x), self.value()))
    }

    /// A square root, if there is one, for a prime that is 3 modulo 4, which whoever asks has made sure of; x may be public only.
    fn root_vartime(&self, x: &Residue<N>) -> Option<Residue<N>> {
        let root = self.power_vartime(x, &shifted_right(self.value(), 2), true);
        self.equal(&self.square(&root), x).then_some(root)
    }

    /// Whether x is the square of another element, or 0, by Euler; x may be public only.
    fn is_square_vartime(&self, x: &Residue<N>) -> bool {
        let power = self.power_vartime(x, &shifted_right(self.value(), 1), false);
        !self.equal(&power, &self.neg(&self.one()))
    }

    /// x to a public power, or to the next one, in windows of four bits; x may be public only.
    fn power_vartime(&self, x: &Residue<N>, exponent: &Limbs<N>, and_one: bool) -> Residue<N> {
        let mut powers = [self.one(); 16];
        for i in 1..16 {
            powers[i] = self.mul(&powers[i - 1], x);
        }
        let mut power = self.one();
        for limb in exponent.iter().rev() {
            for window in (0..16).rev() {
                for _ in 0..4 {
                    power = self.square(&power);
                }
                power = self.mul(&power, &powers[(limb >> (4 * window)) as usize & 15]);
            }
        }
        if and_one { self.mul(&power, x) } else { power }
    }

    #[inline]
    fn is_zero(&self, x: &Residue<N>) -> Choice {
        is_zero(&self.integer(x))
    }

    #[inline]
    fn equal(&self, x: &Residue<N>, y: &Residue<N>) -> bool {
        self.integer(x) == self.integer(y)
    }

    /// Whether x < p.
    fn contains(&self, x: &Limbs<N>) -> Choice {
        let (_, borrow) = sub_limbs(x, self.value());
        Choice::from(u8::from(borrow))
    }
}

/// The inverses of all, none of them zero, for the price of one and three multiplications each.
pub(super) fn invert_all_vartime<const N: usize>(f: &impl Field<N>, residues: &mut [Residue<N>]) {
    let mut product = f.one();
    let products_before: Vec<_> = residues
        .iter()
        .map(|residue| {
            let before = product;
            product = f.mul(&product, residue);
            before
        })
        .collect();
    let mut inverse_of_rest = f.invert_vartime(&product);
    for (residue, before) in residues.iter_mut().zip(products_before).rev() {
        let inverse = f.mul(&inverse_of_rest, &before);
        inverse_of_rest = f.mul(&inverse_of_rest, residue);
        *residue = inverse;
    }
}

pub(super) fn is_zero<const N: usize>(x: &Limbs<N>) -> Choice {
    x.iter().fold(0, |all, limb| all | limb).ct_eq(&0)
}

/// x / 2^bits, for 0 < bits < 64.
fn shifted_right<const N: usize>(x: &Limbs<N>, bits: u32) -> Limbs<N> {
    std::array::from_fn(|i| x[i] >> bits | x.get(i + 1).map_or(0, |next| next << (64 - bits)))
}
