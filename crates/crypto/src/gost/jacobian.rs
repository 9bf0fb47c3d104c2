//! Points in Jacobian coordinates, for public values only: verification, checks of received keys, building of tables.
//! Branches where a branch is quicker, and handles zero, equal and opposite points by cases, so it is right for points of any order.

use super::comb::{Comb, signed_digit, sparse_digits};
use super::curve::{Affine, Curve};
use super::field::{Field, Residue, invert_all_vartime};
use super::limbs::Limbs;

/// (X, Y, Z) for (X/Z², Y/Z³); Z = 0 is zero.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
}

/// Window of the digits of the base point, whose table of 2^(w−2) odd multiples is kept: 16 KiB for 256 bits.
pub(super) const BASE_WIDTH: u32 = 10;
/// Window of the digits of a key, whose table is built for every verification.
pub(super) const KEY_WIDTH: u32 = 5;

impl<const N: usize> Jacobian<N> {
    pub(super) fn zero<F: Field<N>>(curve: &Curve<F, N>) -> Self {
        let one = curve.field.one();
        Self { x: one, y: one, z: Residue::ZERO }
    }

    pub(super) fn from_affine<F: Field<N>>(curve: &Curve<F, N>, point: &Affine<N>) -> Self {
        Self { x: point.x, y: point.y, z: curve.field.one() }
    }

    #[cfg(test)]
    pub(super) fn negated<F: Field<N>>(&self, curve: &Curve<F, N>) -> Self {
        Self { x: self.x, y: curve.field.neg(&self.y), z: self.z }
    }

    pub(super) fn is_zero<F: Field<N>>(&self, curve: &Curve<F, N>) -> bool {
        curve.field.is_zero(&self.z).into()
    }

    /// Whether x is r modulo q, without dividing: r·Z² = X, or (r + q)·Z² = X, and so on below p.
    pub(super) fn has_abscissa<F: Field<N>>(&self, curve: &Curve<F, N>, r: &Limbs<N>) -> bool {
        let f = &curve.field;
        let zz = f.square(&self.z);
        !self.is_zero(curve) && curve.abscissas(r).any(|x| f.equal(&f.mul(&f.residue(&x), &zz), &self.x))
    }

    /// Odd multiples of the base point; built at first use.
    pub(super) fn verifying_table<F: Field<N>>(curve: &Curve<F, N>) -> &Comb<N> {
        curve.verifying_table.get_or_init(|| Comb::of_odd_multiples(curve, &curve.affine(&curve.base), BASE_WIDTH))
    }

    /// u·G + v·Q for any u and v and a Q of prime order, by one chain of doublings (Straus) and digits of different width.
    pub(super) fn double_multiple<F: Field<N>>(curve: &Curve<F, N>, u: &Limbs<N>, v: &Limbs<N>, q: &Affine<N>) -> Self {
        let base_table = Self::verifying_table(curve);
        let base_digits = sparse_digits(u, BASE_WIDTH);
        // One inversion for eight points costs less than the Z they would bring into every addition.
        let key_table = Self::odd_multiples(curve, q, KEY_WIDTH);
        let key_table = Self::all_to_affine(curve, &key_table);
        let key_digits = sparse_digits(v, KEY_WIDTH);
        let mut sum = Self::zero(curve);
        for (&base_digit, &key_digit) in base_digits.iter().zip(&key_digits).rev() {
            sum = sum.double(curve);
            if base_digit != 0 {
                let [x, y] = base_table.entry(usize::from(base_digit.unsigned_abs() / 2));
                sum = sum.add_signed(curve, x, y, base_digit < 0);
            }
            if key_digit != 0 {
                let Affine { x, y } = &key_table[usize::from(key_digit.unsigned_abs() / 2)];
                sum = sum.add_signed(curve, x, y, key_digit < 0);
            }
        }
        sum
    }

    /// The sum of multiples, each from a table of all places.
    pub(super) fn sum_of_multiples<F: Field<N>>(curve: &Curve<F, N>, multiples: &[(&Comb<N>, &Limbs<N>)]) -> Self {
        let mut sum = Self::zero(curve);
        for (table, k) in multiples {
            let mut carry = 0;
            for (i, window) in table.windows::<2>().enumerate() {
                let digit;
                (digit, carry) = signed_digit(k, table.bits(), i, carry);
                if digit.magnitude != 0 {
                    let [x, y] = &window[digit.magnitude as usize - 1];
                    sum = sum.add_signed(curve, x, y, digit.negative != 0);
                }
            }
        }
        sum
    }

    /// dbl-2001-b of the Explicit-Formulas Database, with the slope left to the curve.
    #[inline]
    pub(super) fn double<F: Field<N>>(&self, curve: &Curve<F, N>) -> Self {
        let f = &curve.field;
        let zz = f.square(&self.z);
        let yy2 = f.double(&f.square(&self.y));
        let xyy4 = f.double(&f.mul(&self.x, &yy2));
        let slope = curve.tangent(&self.x, &zz);
        let x = f.sub(&f.square(&slope), &f.double(&xyy4));
        let z = f.mul(&f.double(&self.y), &self.z);
        let yyyy8 = f.double(&f.square(&yy2));
        let y = f.sub(&f.mul(&slope, &f.sub(&xyy4, &x)), &yyyy8);
        Self { x, y, z }
    }

    /// P + Q for any two points.
    #[cfg(test)]
    pub(super) fn add<F: Field<N>>(&self, curve: &Curve<F, N>, other: &Self) -> Self {
        if self.is_zero(curve) {
            return *other;
        }
        if other.is_zero(curve) {
            return *self;
        }
        let f = &curve.field;
        let z1z1 = f.square(&self.z);
        let z2z2 = f.square(&other.z);
        let u1 = f.mul(&self.x, &z2z2);
        let u2 = f.mul(&other.x, &z1z1);
        let s1 = f.mul(&self.y, &f.mul(&other.z, &z2z2));
        let s2 = f.mul(&other.y, &f.mul(&self.z, &z1z1));
        let z = f.mul(&self.z, &other.z);
        self.chord(curve, (&u1, &s1), (&u2, &s2), &z)
    }

    /// P ± (x, y) for any P.
    #[inline]
    fn add_signed<F: Field<N>>(&self, curve: &Curve<F, N>, x: &Residue<N>, y: &Residue<N>, negative: bool) -> Self {
        let f = &curve.field;
        let y = if negative { f.neg(y) } else { *y };
        if self.is_zero(curve) {
            return Self::from_affine(curve, &Affine { x: *x, y });
        }
        let z1z1 = f.square(&self.z);
        let u2 = f.mul(x, &z1z1);
        let s2 = f.mul(&y, &f.mul(&self.z, &z1z1));
        self.chord(curve, (&self.x, &self.y), (&u2, &s2), &self.z)
    }

    /// The sum of two points other than zero, given over the common denominator z: (u/z², s/z³) each.
    #[inline(always)]
    fn chord<F: Field<N>>(
        &self,
        curve: &Curve<F, N>,
        (u1, s1): (&Residue<N>, &Residue<N>),
        (u2, s2): (&Residue<N>, &Residue<N>),
        z: &Residue<N>,
    ) -> Self {
        let f = &curve.field;
        let h = f.sub(u2, u1);
        let r = f.sub(s2, s1);
        if bool::from(f.is_zero(&h)) {
            // The same x: the same point, or opposite ones.
            return if bool::from(f.is_zero(&r)) { self.double(curve) } else { Self::zero(curve) };
        }
        let hh = f.square(&h);
        let hhh = f.mul(&h, &hh);
        let v = f.mul(u1, &hh);
        let x = f.sub(&f.sub(&f.square(&r), &hhh), &f.double(&v));
        let y = f.sub(&f.mul(&r, &f.sub(&v, &x)), &f.mul(s1, &hhh));
        Self { x, y, z: f.mul(z, &h) }
    }

    /// All points, none of them zero, with one inversion for the lot.
    pub(super) fn all_to_affine<F: Field<N>>(curve: &Curve<F, N>, points: &[Self]) -> Vec<Affine<N>> {
        let f = &curve.field;
        let mut inverses: Vec<_> = points.iter().map(|point| point.z).collect();
        invert_all_vartime(f, &mut inverses);
        points
            .iter()
            .zip(&inverses)
            .map(|(point, inverse)| {
                let squared = f.square(inverse);
                Affine { x: f.mul(&point.x, &squared), y: f.mul(&point.y, &f.mul(&squared, inverse)) }
            })
            .collect()
    }

    /// Q, 3Q, 5Q, .. (2^(width−1) − 1)·Q for a Q of prime order.
    pub(super) fn odd_multiples<F: Field<N>>(curve: &Curve<F, N>, q: &Affine<N>, width: u32) -> Vec<Self> {
        let f = &curve.field;
        let twice = Self::from_affine(curve, q).double(curve);
        // With all coordinates scaled so that 2Q is affine, the cheaper addition does; it never looks at a, which the scaling changes.
        let zz = f.square(&twice.z);
        let scaled = Affine { x: f.mul(&q.x, &zz), y: f.mul(&q.y, &f.mul(&zz, &twice.z)) };
        let mut multiple = Self::from_affine(curve, &scaled);
        (0..1 << (width - 2))
            .map(|_| {
                let this = Self { z: f.mul(&multiple.z, &twice.z), ..multiple };
                multiple = multiple.add_signed(curve, &twice.x, &twice.y, false);
                this
            })
            .collect()
    }
}
