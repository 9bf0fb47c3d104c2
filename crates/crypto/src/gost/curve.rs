//! The curves themselves: their constants ready for arithmetic, the checks of received points, the octets of points.
//! Points of public values are in `jacobian` and `edwards`, tables of multiples in `comb`, secret multiples in `fixed_base` and `vko`,
//! the algorithms of the standard in `signature`.

use std::sync::OnceLock;

use subtle::Choice;
use zeroize::Zeroize;

use super::KeyError;
use super::comb::Comb;
use super::constants::{self, Constants};
use super::edwards::Edwards;
use super::field::{Coefficient, Field, Residue};
use super::jacobian::Jacobian;
use super::limbs::{Limbs, add_limbs, added, append_le, equal, limbs_from_hex, limbs_from_le, sub_limbs};
use super::montgomery::Modulus;
use super::near_power::{Above, Below};

/// Makes a curve of its constants over a field of the right kind, all of it while compiling.
macro_rules! curve {
    ($field:ty, $constants:path) => {{
        const CONSTANTS: Constants = $constants;
        assert!((CONSTANTS.cofactor == 1) == CONSTANTS.edwards.is_none(), "who checks the order of points?");
        let field = <$field>::from_hex(CONSTANTS.p);
        let p = limbs_from_hex(CONSTANTS.p);
        assert!(CONSTANTS.edwards.is_none() || p[0] & 3 == 3, "the order of points is checked by roots");
        let (a, b) = (limbs_from_hex(CONSTANTS.a), limbs_from_hex(CONSTANTS.b));
        let triple_b = added(&added(&b, &b, &p), &b, &p);
        Curve {
            name: CONSTANTS.name,
            a: field.constant(&a),
            a_is_minus_3: is_minus_3(&a, &p),
            b: field.constant(&b),
            triple_b: Coefficient { residue: field.constant(&triple_b), small: small(&triple_b) },
            cofactor: CONSTANTS.cofactor,
            base: Point { x: limbs_from_hex(CONSTANTS.x), y: limbs_from_hex(CONSTANTS.y) },
            order: Modulus::from_hex(CONSTANTS.q),
            edwards: match CONSTANTS.edwards {
                None => None,
                Some(edwards) => Some(Edwards {
                    d: field.constant(&limbs_from_hex(edwards.d)),
                    s: field.constant(&limbs_from_hex(edwards.s)),
                    t: field.constant(&limbs_from_hex(edwards.t)),
                }),
            },
            field,
            signing_table: OnceLock::new(),
            verifying_table: OnceLock::new(),
        }
    }};
}

pub(super) static TC26_256_A: Curve<Below<4, 617>, 4> = curve!(Below<4, 617>, constants::TC26_256_A);
pub(super) static CRYPTO_PRO_A: Curve<Below<4, 617>, 4> = curve!(Below<4, 617>, constants::CRYPTO_PRO_A);
pub(super) static CRYPTO_PRO_B: Curve<Above<4, 3225>, 4> = curve!(Above<4, 3225>, constants::CRYPTO_PRO_B);
pub(super) static CRYPTO_PRO_C: Curve<Modulus<4>, 4> = curve!(Modulus<4>, constants::CRYPTO_PRO_C);
pub(super) static TC26_512_A: Curve<Below<8, 569>, 8> = curve!(Below<8, 569>, constants::TC26_512_A);
pub(super) static TC26_512_B: Curve<Above<8, 111>, 8> = curve!(Above<8, 111>, constants::TC26_512_B);
pub(super) static TC26_512_C: Curve<Below<8, 569>, 8> = curve!(Below<8, 569>, constants::TC26_512_C);
#[cfg(test)]
pub(super) static TEST_256: Curve<Modulus<4>, 4> = curve!(Modulus<4>, constants::TEST_256);
#[cfg(test)]
pub(super) static TEST_512: Curve<Modulus<8>, 8> = curve!(Modulus<8>, constants::TEST_512);

/// y² = x³ + a·x + b over a prime field, and the group of prime order q on it.
pub(super) struct Curve<F, const N: usize> {
    pub(super) name: &'static str,
    pub(super) field: F,
    pub(super) order: Modulus<N>,
    a: Residue<N>,
    /// Known while compiling; saves a multiplication in every addition and doubling.
    a_is_minus_3: bool,
    b: Residue<N>,
    triple_b: Coefficient<N>,
    cofactor: u8,
    pub(super) base: Point<N>,
    /// The shape in which this curve is quicker, where it has one.
    pub(super) edwards: Option<Edwards<N>>,
    /// Multiples of the base point by every digit at every place, built at the first signature.
    pub(super) signing_table: OnceLock<Comb<N>>,
    /// Odd multiples of the base point, built at the first verification.
    pub(super) verifying_table: OnceLock<Comb<N>>,
}

/// A point other than zero as plain integers below p: what keys are kept as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Point<const N: usize> {
    pub(super) x: Limbs<N>,
    pub(super) y: Limbs<N>,
}

/// A point other than zero, ready for arithmetic.
#[derive(Clone, Copy)]
pub(super) struct Affine<const N: usize> {
    pub(super) x: Residue<N>,
    pub(super) y: Residue<N>,
}

impl<const N: usize> Zeroize for Affine<N> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

impl<F: Field<N>, const N: usize> Curve<F, N> {
    /// Reads a received point, little-endian coordinates, and makes every check of a public key.
    pub(super) fn checked_point(&self, x: &[u8], y: &[u8]) -> Result<Point<N>, KeyError> {
        let point = Point { x: limbs_from_le(x), y: limbs_from_le(y) };
        if !bool::from(self.field.contains(&point.x) & self.field.contains(&point.y)) {
            return Err(KeyError::CoordinateRange);
        }
        let affine = self.affine(&point);
        if !self.is_on_curve(&affine) {
            return Err(KeyError::NotOnCurve);
        }
        // With cofactor 1 every point but zero has the order q, and zero cannot be written as X ‖ Y.
        if let Some(edwards) = &self.edwards {
            self.check_order(edwards, &affine)?;
        }
        Ok(point)
    }

    fn check_order(&self, edwards: &Edwards<N>, point: &Affine<N>) -> Result<(), KeyError> {
        let mut multiple = Jacobian::from_affine(self, point);
        for _ in 0..self.cofactor.ilog2() {
            multiple = multiple.double(self);
        }
        if multiple.is_zero(self) {
            return Err(KeyError::SmallOrder);
        }
        if edwards.is_four_times_another(&self.field, point) { Ok(()) } else { Err(KeyError::OutsideSubgroup) }
    }

    pub(super) fn affine(&self, point: &Point<N>) -> Affine<N> {
        Affine { x: self.field.residue(&point.x), y: self.field.residue(&point.y) }
    }

    pub(super) fn point(&self, affine: &Affine<N>) -> Point<N> {
        Point { x: self.field.integer(&affine.x), y: self.field.integer(&affine.y) }
    }

    pub(super) fn is_on_curve(&self, point: &Affine<N>) -> bool {
        let f = &self.field;
        let cubic = f.add(&f.mul(&f.add(&f.square(&point.x), &self.a), &point.x), &self.b);
        f.equal(&f.square(&point.y), &cubic)
    }

    /// a·x. The branch is on the curve, which is public.
    #[inline(always)]
    pub(super) fn times_a(&self, x: &Residue<N>) -> Residue<N> {
        if self.a_is_minus_3 { self.field.neg(&self.field.triple(x)) } else { self.field.mul(&self.a, x) }
    }

    /// 3·b·x.
    #[inline(always)]
    pub(super) fn times_triple_b(&self, x: &Residue<N>) -> Residue<N> {
        self.field.mul_coefficient(x, &self.triple_b)
    }

    /// 3·x² + a·z⁴, the slope of doubling, from x and z².
    #[inline(always)]
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

    /// The numbers below p that are r modulo q, for an r below q: at most four, where the cofactor is 4.
    pub(super) fn abscissas(&self, r: &Limbs<N>) -> impl Iterator<Item = Limbs<N>> {
        std::iter::successors(Some(*r), |x| {
            let (next, over) = add_limbs(x, self.order.value());
            (!over).then_some(next)
        })
        .take_while(|x| self.field.contains(x).into())
    }

    /// a, b and 3b, for the comparison with the documents.
    #[cfg(test)]
    pub(super) fn coefficients(&self) -> [&Residue<N>; 3] {
        [&self.a, &self.b, &self.triple_b.residue]
    }

    #[cfg(test)]
    pub(super) fn has_a_minus_3(&self) -> bool {
        self.a_is_minus_3
    }

    /// The number of points of the curve divided by q.
    pub(super) fn cofactor(&self) -> u8 {
        self.cofactor
    }
}

impl<const N: usize> Zeroize for Point<N> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

impl<const N: usize> Point<N> {
    /// X ‖ Y, each little-endian.
    pub(super) fn to_le_bytes(self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(16 * N);
        append_le(&self.x, &mut octets);
        append_le(&self.y, &mut octets);
        octets
    }
}

const fn is_minus_3<const N: usize>(a: &Limbs<N>, p: &Limbs<N>) -> bool {
    let mut three = [0; N];
    three[0] = 3;
    equal(a, &sub_limbs(p, &three).0)
}

/// The number itself if it is small, else 0.
const fn small<const N: usize>(x: &Limbs<N>) -> u32 {
    let mut low = [0; N];
    low[0] = x[0] & 0xffff;
    if equal(x, &low) { low[0] as u32 } else { 0 }
}
