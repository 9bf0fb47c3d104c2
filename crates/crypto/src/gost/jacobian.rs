//! Points in Jacobian coordinates, for public values only: verification, checks of received keys, building of tables.
//! Branches where a branch is quicker, and handles zero, equal and opposite points by cases, so it is right for points of any order.

use super::curve::{Affine, Curve};
use super::field::{Limbs, Residue};

/// (X, Y, Z) for (X/Z², Y/Z³); Z = 0 is zero.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<const N: usize> {
    pub(super) x: Residue<N>,
    y: Residue<N>,
    pub(super) z: Residue<N>,
}

/// Window of the digits of the base point, whose table of 2^(w−2) odd multiples is kept.
const BASE_WIDTH: u32 = 8;
/// Window of the digits of a key, whose table is built for every verification.
const KEY_WIDTH: u32 = 5;

impl<const N: usize> Jacobian<N> {
    fn zero(curve: &Curve<N>) -> Self {
        let one = curve.field.one();
        Self { x: one, y: one, z: Residue::ZERO }
    }

    pub(super) fn from_affine(curve: &Curve<N>, point: &Affine<N>) -> Self {
        Self { x: point.x, y: point.y, z: curve.field.one() }
    }

    pub(super) fn negated(&self, curve: &Curve<N>) -> Self {
        Self { x: self.x, y: curve.field.neg(&self.y), z: self.z }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.z == Residue::ZERO
    }

    /// u·G + v·Q for any u and v, by one chain of doublings (Straus) and digits of different width.
    pub(super) fn double_multiple(curve: &Curve<N>, u: &Limbs<N>, v: &Limbs<N>, q: &Affine<N>) -> Self {
        let base_table = curve.verifying_table.get_or_init(|| {
            let base = Self::from_affine(curve, &curve.base);
            Self::all_to_affine(curve, &odd_multiples(curve, &base, BASE_WIDTH))
        });
        let base_digits = sparse_digits(u, BASE_WIDTH);
        let key_table = odd_multiples(curve, &Self::from_affine(curve, q), KEY_WIDTH);
        let key_digits = sparse_digits(v, KEY_WIDTH);

        let mut sum = Self::zero(curve);
        for (&base_digit, &key_digit) in base_digits.iter().zip(&key_digits).rev() {
            sum = sum.double(curve);
            if base_digit != 0 {
                let entry = &base_table[usize::from(base_digit.unsigned_abs() / 2)];
                let y = if base_digit < 0 { curve.field.neg(&entry.y) } else { entry.y };
                sum = sum.add_affine(curve, &Affine { x: entry.x, y });
            }
            if key_digit != 0 {
                let entry = &key_table[usize::from(key_digit.unsigned_abs() / 2)];
                sum = sum.add(curve, &if key_digit < 0 { entry.negated(curve) } else { *entry });
            }
        }
        sum
    }

    /// v·Q for any v and any Q on the curve, of whatever order.
    pub(super) fn multiple(curve: &Curve<N>, v: &Limbs<N>, q: &Affine<N>) -> Self {
        Self::double_multiple(curve, &[0; N], v, q)
    }

    /// dbl-2001-b of the Explicit-Formulas Database, with the slope left to the curve.
    pub(super) fn double(&self, curve: &Curve<N>) -> Self {
        let f = &curve.field;
        let zz = f.square(&self.z);
        let yy = f.square(&self.y);
        let xyy = f.mul(&self.x, &yy);
        let xyy4 = f.double(&f.double(&xyy));
        let slope = curve.tangent(&self.x, &zz);
        let x = f.sub(&f.square(&slope), &f.double(&xyy4));
        let z = f.sub(&f.sub(&f.square(&f.add(&self.y, &self.z)), &yy), &zz);
        let yyyy8 = f.double(&f.double(&f.double(&f.square(&yy))));
        let y = f.sub(&f.mul(&slope, &f.sub(&xyy4, &x)), &yyyy8);
        Self { x, y, z }
    }

    /// P + Q for any two points.
    pub(super) fn add(&self, curve: &Curve<N>, other: &Self) -> Self {
        if self.is_zero() {
            return *other;
        }
        if other.is_zero() {
            return *self;
        }
        let f = &curve.field;
        let z1z1 = f.square(&self.z);
        let z2z2 = f.square(&other.z);
        let u1 = f.mul(&self.x, &z2z2);
        let u2 = f.mul(&other.x, &z1z1);
        let s1 = f.mul(&f.mul(&self.y, &other.z), &z2z2);
        let s2 = f.mul(&f.mul(&other.y, &self.z), &z1z1);
        let z = f.mul(&self.z, &other.z);
        self.chord(curve, (&u1, &s1), (&u2, &s2), &z)
    }

    /// P + Q for any P and an affine Q.
    fn add_affine(&self, curve: &Curve<N>, other: &Affine<N>) -> Self {
        if self.is_zero() {
            return Self::from_affine(curve, other);
        }
        let f = &curve.field;
        let z1z1 = f.square(&self.z);
        let u2 = f.mul(&other.x, &z1z1);
        let s2 = f.mul(&f.mul(&other.y, &self.z), &z1z1);
        self.chord(curve, (&self.x, &self.y), (&u2, &s2), &self.z)
    }

    /// The sum of two points other than zero, given over the common denominator z: (u/z², s/z³) each.
    fn chord(
        &self,
        curve: &Curve<N>,
        (u1, s1): (&Residue<N>, &Residue<N>),
        (u2, s2): (&Residue<N>, &Residue<N>),
        z: &Residue<N>,
    ) -> Self {
        let f = &curve.field;
        let h = f.sub(u2, u1);
        let r = f.sub(s2, s1);
        if h == Residue::ZERO {
            // The same x: the same point, or opposite ones.
            return if r == Residue::ZERO { self.double(curve) } else { Self::zero(curve) };
        }
        let hh = f.square(&h);
        let hhh = f.mul(&h, &hh);
        let v = f.mul(u1, &hh);
        let x = f.sub(&f.sub(&f.square(&r), &hhh), &f.double(&v));
        let y = f.sub(&f.mul(&r, &f.sub(&v, &x)), &f.mul(s1, &hhh));
        Self { x, y, z: f.mul(z, &h) }
    }

    /// All points, none of them zero, with one inversion for the lot.
    pub(super) fn all_to_affine(curve: &Curve<N>, points: &[Self]) -> Vec<Affine<N>> {
        let f = &curve.field;
        let mut product = f.one();
        let mut products_before = Vec::with_capacity(points.len());
        for point in points {
            products_before.push(product);
            product = f.mul(&product, &point.z);
        }
        let mut inverse_of_rest = f.invert_vartime(&product);
        let mut affine: Vec<_> = points
            .iter()
            .zip(products_before)
            .rev()
            .map(|(point, before)| {
                let inverse = f.mul(&inverse_of_rest, &before);
                inverse_of_rest = f.mul(&inverse_of_rest, &point.z);
                let squared = f.square(&inverse);
                Affine { x: f.mul(&point.x, &squared), y: f.mul(&point.y, &f.mul(&squared, &inverse)) }
            })
            .collect();
        affine.reverse();
        affine
    }
}

/// P, 3P, 5P, .. (2^(width−1) − 1)·P.
fn odd_multiples<const N: usize>(curve: &Curve<N>, point: &Jacobian<N>, width: u32) -> Vec<Jacobian<N>> {
    let twice = point.double(curve);
    let mut multiple = *point;
    (0..1 << (width - 2))
        .map(|_| {
            let this = multiple;
            multiple = multiple.add(curve, &twice);
            this
        })
        .collect()
}

/// The width-w non-adjacent form, least significant digit first: odd digits below 2^(w−1), at least w − 1 zeros after each.
pub(super) fn sparse_digits<const N: usize>(scalar: &Limbs<N>, width: u32) -> Vec<i8> {
    // One place more than bits, for the carry out of the top.
    let places = 64 * N + 1;
    let bit = |place: usize| scalar.get(place / 64).map_or(0, |limb| limb >> (place % 64) & 1);
    let mut digits = vec![0i8; places];
    let mut carry = 0;
    let mut place = 0;
    while place < places {
        if bit(place) == carry {
            place += 1;
            continue;
        }
        let taken = (width as usize).min(places - place);
        let window = (0..taken).fold(0, |window, i| window | bit(place + i) << i) + carry;
        carry = window >> (width - 1) & 1;
        digits[place] = (window as i16 - ((carry as i16) << width)) as i8;
        place += taken;
    }
    digits
}
