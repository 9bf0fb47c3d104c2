//! Points of the curves of cofactor 4 in their other shape, u² + v² = 1 + d·u²·v² with d no square, where the addition law has no exceptions.
//! The same sums serve secrets (through `fixed_base`) and public values; only what walks through public digits here may branch.

use zeroize::Zeroize;

use super::comb::{Comb, signed_digit, sparse_digits};
use super::curve::{Affine, Curve};
use super::field::{Field, Residue, invert_all_vartime};
use super::jacobian::{BASE_WIDTH, Jacobian, KEY_WIDTH};
use super::limbs::Limbs;

/// The numbers of the shape: x = s·(1 + v)/(1 − v) + t and y = s·(1 + v)/((1 − v)·u).
pub(super) struct Edwards<const N: usize> {
    pub(super) d: Residue<N>,
    pub(super) s: Residue<N>,
    pub(super) t: Residue<N>,
}

/// An affine point: u, v, d·u·v.
pub(super) type Entry<const N: usize> = [Residue<N>; 3];

/// (X, Y, Z) for (X/Z, Y/Z); zero is (0, Z, Z).
#[derive(Clone, Copy)]
pub(super) struct Projective<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
}

/// The same with T = X·Y/Z.
#[derive(Clone, Copy, Zeroize)]
pub(super) struct Extended<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
    t: Residue<N>,
}

/// What an addition or a doubling has before its last products, for the point (E/G, H/F).
pub(super) struct Halfway<const N: usize> {
    e: Residue<N>,
    f: Residue<N>,
    g: Residue<N>,
    h: Residue<N>,
}

impl<const N: usize> Edwards<N> {
    /// Points of prime order, none of them zero, from Weierstrass to Edwards, with one inversion for the lot.
    pub(super) fn entries<F: Field<N>>(&self, curve: &Curve<F, N>, points: &[Affine<N>]) -> Vec<Entry<N>> {
        let f = &curve.field;
        // u = (x − t)/y, v = (x − t − s)/(x − t + s): both denominators at once.
        let below = |x_t: &Residue<N>| f.add(x_t, &self.s);
        let x_t: Vec<_> = points.iter().map(|point| f.sub(&point.x, &self.t)).collect();
        let mut inverses: Vec<_> = points.iter().zip(&x_t).map(|(point, x_t)| f.mul(&point.y, &below(x_t))).collect();
        invert_all_vartime(f, &mut inverses);
        points
            .iter()
            .zip(&x_t)
            .zip(&inverses)
            .map(|((point, x_t), inverse)| {
                let u = f.mul(x_t, &f.mul(inverse, &below(x_t)));
                let v = f.mul(&f.sub(x_t, &self.s), &f.mul(inverse, &point.y));
                [u, v, f.mul(&self.d, &f.mul(&u, &v))]
            })
            .collect()
    }

    /// Whether a point of the Weierstrass curve, of which neither it nor its double nor its fourfold is zero, has prime order: whether it is four times
    /// another one. That costs three powers in the field where the multiple by the order costs a walk over its digits.
    ///
    /// Only one point of order 2 is rational here, (t, 0), so P is twice another point if and only if x(P) − t is a square (the Tate pairing with that
    /// point). With X = x(P) − t, the halves of P have X(R) = s·u where u + 1/u = 2(X ± r)/s and r² = X² + 3t·X + s², which is a square just when X is.
    /// Of the two signs the rational halves go with the one for which (u + 1/u)² − 4 is a square, and then s·u is a square just when
    /// s·(u + 1/u + 2) = 2(X ± r + s) is one, since (u + 1)² = u·(u + 1/u + 2).
    pub(super) fn is_four_times_another<F: Field<N>>(&self, f: &F, point: &Affine<N>) -> bool {
        let x = f.sub(&point.x, &self.t);
        let square = f.add(&f.mul(&f.add(&x, &f.triple(&self.t)), &x), &f.square(&self.s));
        let Some(r) = f.root_vartime(&square) else { return false };
        for r in [r, f.neg(&r)] {
            let sum = f.add(&x, &r);
            let above = f.is_square_vartime(&f.double(&f.add(&sum, &self.s)));
            if above == f.is_square_vartime(&f.double(&f.sub(&sum, &self.s))) {
                return above;
            }
        }
        false
    }

    /// Back to Weierstrass, in constant time, for a point that has u ≠ 0: any but zero and the one of order 2.
    pub(super) fn to_weierstrass<F: Field<N>>(&self, f: &F, point: &Extended<N>) -> Affine<N> {
        // x − t = s·(Z + Y)/(Z − Y) and y = (x − t)·Z/X.
        let inverse = f.invert(&f.mul(&f.sub(&point.z, &point.y), &point.x));
        let common = f.mul(&f.mul(&self.s, &f.add(&point.z, &point.y)), &inverse);
        Affine { x: f.add(&f.mul(&common, &point.x), &self.t), y: f.mul(&common, &point.z) }
    }
}

impl<const N: usize> Extended<N> {
    pub(super) fn zero<F: Field<N>>(f: &F) -> Self {
        Self { x: Residue::ZERO, y: f.one(), z: f.one(), t: Residue::ZERO }
    }

    /// P + Q (Hisil, Wong, Carter and Dawson, «Twisted Edwards curves revisited», 2008, section 3.1, with a = 1).
    #[inline(always)]
    pub(super) fn add_entry<F: Field<N>>(&self, f: &F, [u, v, duv]: &Entry<N>) -> Halfway<N> {
        let xu = f.mul(&self.x, u);
        let yv = f.mul(&self.y, v);
        let tt = f.mul(&self.t, duv);
        let cross = f.mul(&f.add(&self.x, &self.y), &f.add(u, v));
        Halfway {
            e: f.sub(&f.sub(&cross, &xu), &yv),
            f: f.sub(&self.z, &tt),
            g: f.add(&self.z, &tt),
            h: f.sub(&yv, &xu),
        }
    }

    /// The same for a Q that has a Z, and d·T in the place of T.
    #[inline(always)]
    fn add_scaled<F: Field<N>>(&self, f: &F, q: &Self) -> Halfway<N> {
        let scaled = Self { z: f.mul(&self.z, &q.z), ..*self };
        scaled.add_entry(f, &[q.x, q.y, q.t])
    }

    fn double<F: Field<N>>(&self, f: &F) -> Halfway<N> {
        Projective { x: self.x, y: self.y, z: self.z }.double(f)
    }

    /// d·T in the place of T.
    fn scale<F: Field<N>>(&self, f: &F, d: &Residue<N>) -> Self {
        Self { t: f.mul(&self.t, d), ..*self }
    }
}

impl<const N: usize> Halfway<N> {
    #[inline(always)]
    pub(super) fn to_extended<F: Field<N>>(&self, f: &F) -> Extended<N> {
        Extended {
            x: f.mul(&self.e, &self.f),
            y: f.mul(&self.g, &self.h),
            z: f.mul(&self.f, &self.g),
            t: f.mul(&self.e, &self.h),
        }
    }

    #[inline(always)]
    fn to_projective<F: Field<N>>(&self, f: &F) -> Projective<N> {
        Projective { x: f.mul(&self.e, &self.f), y: f.mul(&self.g, &self.h), z: f.mul(&self.f, &self.g) }
    }
}

impl<const N: usize> Projective<N> {
    fn zero<F: Field<N>>(f: &F) -> Self {
        Self { x: Residue::ZERO, y: f.one(), z: f.one() }
    }

    /// Whether x of the Weierstrass shape is r modulo q, without dividing: x·(Z − Y) = s·(Z + Y) + t·(Z − Y).
    pub(super) fn has_abscissa<F: Field<N>>(&self, curve: &Curve<F, N>, edwards: &Edwards<N>, r: &Limbs<N>) -> bool {
        let f = &curve.field;
        let below = f.sub(&self.z, &self.y);
        if bool::from(f.is_zero(&below)) {
            return false;
        }
        let above = f.mul(&edwards.s, &f.add(&self.z, &self.y));
        curve.abscissas(r).any(|x| f.equal(&f.mul(&f.sub(&f.residue(&x), &edwards.t), &below), &above))
    }

    /// Back to Weierstrass; `None` for zero.
    #[cfg(test)]
    fn is_zero<F: Field<N>>(&self, curve: &Curve<F, N>) -> bool {
        curve.field.equal(&self.y, &self.z) && bool::from(curve.field.is_zero(&self.x))
    }

    #[cfg(test)]
    pub(super) fn to_weierstrass<F: Field<N>>(self, curve: &Curve<F, N>, edwards: &Edwards<N>) -> Option<Affine<N>> {
        let Self { x, y, z } = self;
        (!self.is_zero(curve)).then(|| edwards.to_weierstrass(&curve.field, &Extended { x, y, z, t: Residue::ZERO }))
    }

    #[inline(always)]
    fn double<F: Field<N>>(&self, f: &F) -> Halfway<N> {
        let xx = f.square(&self.x);
        let yy = f.square(&self.y);
        let g = f.add(&xx, &yy);
        Halfway {
            e: f.double(&f.mul(&self.x, &self.y)),
            f: f.sub(&g, &f.double(&f.square(&self.z))),
            g,
            h: f.sub(&xx, &yy),
        }
    }

    /// u·G + v·Q for any u and v, by one chain of doublings (Straus) and digits of different width. Q is not zero and not of order 2.
    pub(super) fn double_multiple<F: Field<N>>(
        curve: &Curve<F, N>,
        edwards: &Edwards<N>,
        u: &Limbs<N>,
        v: &Limbs<N>,
        q: &Affine<N>,
    ) -> Self {
        let f = &curve.field;
        let base_table = Jacobian::verifying_table(curve);
        let base_digits = sparse_digits(u, BASE_WIDTH);
        let key_table = odd_multiples(curve, edwards, q);
        let key_digits = sparse_digits(v, KEY_WIDTH);
        let mut sum = Self::zero(f);
        for (&base_digit, &key_digit) in base_digits.iter().zip(&key_digits).rev() {
            let mut halfway = sum.double(f);
            if base_digit != 0 {
                let entry = base_table.entry(usize::from(base_digit.unsigned_abs() / 2));
                halfway = halfway.to_extended(f).add_entry(f, &signed(f, entry, base_digit < 0));
            }
            if key_digit != 0 {
                let entry = &key_table[usize::from(key_digit.unsigned_abs() / 2)];
                let [x, y, t] = signed(f, &[entry.x, entry.y, entry.t], key_digit < 0);
                halfway = halfway.to_extended(f).add_scaled(f, &Extended { x, y, t, z: entry.z });
            }
            sum = halfway.to_projective(f);
        }
        sum
    }

    /// The sum of multiples, each from a table of all places.
    pub(super) fn sum_of_multiples<F: Field<N>>(curve: &Curve<F, N>, multiples: &[(&Comb<N>, &Limbs<N>)]) -> Self {
        let f = &curve.field;
        let mut sum = Extended::zero(f);
        for (table, k) in multiples {
            let mut carry = 0;
            for (i, window) in table.windows::<3>().enumerate() {
                let digit;
                (digit, carry) = signed_digit(k, table.bits(), i, carry);
                if digit.magnitude != 0 {
                    let entry = signed(f, &window[digit.magnitude as usize - 1], digit.negative != 0);
                    sum = sum.add_entry(f, &entry).to_extended(f);
                }
            }
        }
        Self { x: sum.x, y: sum.y, z: sum.z }
    }
}

fn signed<F: Field<N>, const N: usize>(f: &F, [u, v, duv]: &Entry<N>, negative: bool) -> Entry<N> {
    if negative { [f.neg(u), *v, f.neg(duv)] } else { [*u, *v, *duv] }
}

/// Q, 3Q, 5Q, .. (2^(KEY_WIDTH − 1) − 1)·Q, all with d·T in the place of T.
fn odd_multiples<F: Field<N>, const N: usize>(
    curve: &Curve<F, N>,
    edwards: &Edwards<N>,
    q: &Affine<N>,
) -> Vec<Extended<N>> {
    let f = &curve.field;
    // u = (x − t)/y and v = (x − t − s)/(x − t + s) over the common denominator, without dividing: T = X·Y/Z stays a polynomial.
    let x_t = f.sub(&q.x, &edwards.t);
    let (minus, plus) = (f.sub(&x_t, &edwards.s), f.add(&x_t, &edwards.s));
    let halfway = Halfway { e: x_t, f: plus, g: q.y, h: minus };
    let mut multiple = halfway.to_extended(f);
    let twice = multiple.double(f).to_extended(f).scale(f, &edwards.d);
    (0..1 << (KEY_WIDTH - 2))
        .map(|_| {
            let this = multiple.scale(f, &edwards.d);
            multiple = multiple.add_scaled(f, &twice).to_extended(f);
            this
        })
        .collect()
}
