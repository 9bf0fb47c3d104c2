//! The curves themselves: their constants ready for arithmetic, the checks of received points, the octets of points.
//! Arithmetic on secrets is in `fixed_base`, arithmetic on public values in `jacobian`, the algorithms of the standard in `signature`.

use std::sync::OnceLock;

use subtle::Choice;

use super::KeyError;
use super::constants::{self, Constants};
use super::field::{Limbs, Modulus, Residue, append_le, limbs_from_le};
use super::fixed_base::FixedBaseTable;
use super::jacobian::Jacobian;

pub(super) static TC26_256_A: Curve<4> = Curve::new(&constants::TC26_256_A);
pub(super) static CRYPTO_PRO_A: Curve<4> = Curve::new(&constants::CRYPTO_PRO_A);
pub(super) static CRYPTO_PRO_B: Curve<4> = Curve::new(&constants::CRYPTO_PRO_B);
pub(super) static CRYPTO_PRO_C: Curve<4> = Curve::new(&constants::CRYPTO_PRO_C);
pub(super) static TC26_512_A: Curve<8> = Curve::new(&constants::TC26_512_A);
pub(super) static TC26_512_B: Curve<8> = Curve::new(&constants::TC26_512_B);
pub(super) static TC26_512_C: Curve<8> = Curve::new(&constants::TC26_512_C);
#[cfg(test)]
pub(super) static TEST_256: Curve<4> = Curve::new(&constants::TEST_256);
#[cfg(test)]
pub(super) static TEST_512: Curve<8> = Curve::new(&constants::TEST_512);

/// y² = x³ + a·x + b over a prime field, and the group of prime order q on it.
pub(super) struct Curve<const N: usize> {
    pub(super) name: &'static str,
    pub(super) field: Modulus<N>,
    pub(super) order: Modulus<N>,
    a: Residue<N>,
    /// Known while compiling; saves a multiplication in every addition and doubling.
    a_is_minus_3: bool,
    b: Residue<N>,
    triple_b: Residue<N>,
    pub(super) cofactor: u8,
    pub(super) base: Affine<N>,
    /// Built at the first signature.
    pub(super) signing_table: OnceLock<FixedBaseTable<N>>,
    /// Odd multiples of the base point, built at the first verification.
    pub(super) verifying_table: OnceLock<Vec<Affine<N>>>,
}

/// A point other than zero, which has no coordinates of this kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Affine<const N: usize> {
    pub(super) x: Residue<N>,
    pub(super) y: Residue<N>,
}

impl<const N: usize> Curve<N> {
    const fn new(constants: &Constants) -> Self {
        let field = Modulus::from_hex(constants.p);
        let a = field.residue_from_hex(constants.a);
        let b = field.residue_from_hex(constants.b);
        let one = field.one();
        let a_and_3 = field.add_constants(field.add_constants(field.add_constants(a, one), one), one);
        Self {
            name: constants.name,
            a,
            a_is_minus_3: Modulus::equal_constants(&a_and_3, &Residue::ZERO),
            b,
            triple_b: field.add_constants(field.add_constants(b, b), b),
            cofactor: constants.cofactor,
            base: Affine { x: field.residue_from_hex(constants.x), y: field.residue_from_hex(constants.y) },
            order: Modulus::from_hex(constants.q),
            field,
            signing_table: OnceLock::new(),
            verifying_table: OnceLock::new(),
        }
    }

    /// Reads a received point, little-endian coordinates, and makes every check of a public key.
    pub(super) fn checked_point(&self, x: &[u8], y: &[u8]) -> Result<Affine<N>, KeyError> {
        let (x, y) = (limbs_from_le(x), limbs_from_le(y));
        if !bool::from(self.field.contains(&x) & self.field.contains(&y)) {
            return Err(KeyError::CoordinateRange);
        }
        let point = Affine { x: self.field.residue(&x), y: self.field.residue(&y) };
        if !self.is_on_curve(&point) {
            return Err(KeyError::NotOnCurve);
        }
        // With cofactor 1 every point but zero has the order q, and zero cannot be written as X ‖ Y.
        if self.cofactor != 1 {
            self.check_order(&point)?;
        }
        Ok(point)
    }

    fn check_order(&self, point: &Affine<N>) -> Result<(), KeyError> {
        let mut multiple = Jacobian::from_affine(self, point);
        for _ in 0..self.cofactor.ilog2() {
            multiple = multiple.double(self);
        }
        if multiple.is_zero() {
            return Err(KeyError::SmallOrder);
        }
        if !Jacobian::multiple(self, self.order.value(), point).is_zero() {
            return Err(KeyError::OutsideSubgroup);
        }
        Ok(())
    }

    pub(super) fn is_on_curve(&self, point: &Affine<N>) -> bool {
        let f = &self.field;
        let cubic = f.add(&f.mul(&f.add(&f.square(&point.x), &self.a), &point.x), &self.b);
        f.square(&point.y) == cubic
    }

    /// X ‖ Y, each little-endian.
    pub(super) fn point_to_le_bytes(&self, point: &Affine<N>) -> Vec<u8> {
        let mut octets = Vec::with_capacity(16 * N);
        append_le(&self.field.integer(&point.x), &mut octets);
        append_le(&self.field.integer(&point.y), &mut octets);
        octets
    }

    /// a·x. The branch is on the curve, which is public.
    #[inline]
    pub(super) fn times_a(&self, x: &Residue<N>) -> Residue<N> {
        if self.a_is_minus_3 { self.field.neg(&self.field.triple(x)) } else { self.field.mul(&self.a, x) }
    }

    /// 3·b·x.
    #[inline]
    pub(super) fn times_triple_b(&self, x: &Residue<N>) -> Residue<N> {
        self.field.mul(&self.triple_b, x)
    }

    /// 3·x² + a·z⁴, the slope of doubling, from x and z².
    #[inline]
    pub(super) fn tangent(&self, x: &Residue<N>, zz: &Residue<N>) -> Residue<N> {
        let f = &self.field;
        if self.a_is_minus_3 {
            f.triple(&f.mul(&f.sub(x, zz), &f.add(x, zz)))
        } else {
            f.add(&f.triple(&f.square(x)), &f.mul(&self.a, &f.square(zz)))
        }
    }

    /// Whether the number may be a private key or a nonce: 0 < x < q.
    pub(super) fn is_scalar(&self, x: &Limbs<N>) -> Choice {
        self.order.contains_nonzero(x)
    }

    /// a, b and 3b, for the comparison with the documents.
    #[cfg(test)]
    pub(super) fn coefficients(&self) -> [&Residue<N>; 3] {
        [&self.a, &self.b, &self.triple_b]
    }

    #[cfg(test)]
    pub(super) fn has_a_minus_3(&self) -> bool {
        self.a_is_minus_3
    }

    #[cfg(test)]
    pub(super) fn cofactor(&self) -> u8 {
        self.cofactor
    }
}
