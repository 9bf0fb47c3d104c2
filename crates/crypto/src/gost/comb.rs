//! Tables of multiples of one point: by every digit at every place of a number, so that a multiple is a sum without doublings,
//! or by the odd digits at the lowest place. How an entry is found — by reading all of them, or at its place — is the reader's choice.

use zeroize::Zeroize;

use super::curve::{Affine, Curve};
use super::field::{Field, Residue, invert_all_vartime};
use super::jacobian::Jacobian;
use super::limbs::Limbs;

/// For each window i of `bits` bits the points j·2^(i·bits)·P, j = 1..=2^(bits − 1); or P, 3P, 5P and so on.
pub(super) struct Comb<const N: usize> {
    bits: usize,
    /// Entries of one window after another, of two residues each (x, y) or of three (u, v, d·u·v), as the curve has it.
    residues: Vec<Residue<N>>,
    coordinates: usize,
}

impl<const N: usize> Comb<N> {
    /// Every digit at every place of a number below the order of the group, and of the carry out of it.
    ///
    /// The order of the point must be prime: no sum here may meet equal or opposite points.
    pub(super) fn of_all_places<F: Field<N>>(curve: &Curve<F, N>, point: &Affine<N>, bits: usize) -> Self {
        let windows = curve.order.bits() as usize / bits + 1;
        let mut unit = Jacobian::from_affine(curve, point);
        let mut units = Vec::with_capacity(windows);
        for _ in 0..windows {
            units.push(unit);
            for _ in 0..bits {
                unit = unit.double(curve);
            }
        }
        // By digit first as they are made, by window first as they are read.
        let by_digit = multiples(curve, &Jacobian::all_to_affine(curve, &units), 1 << (bits - 1));
        let by_window = |window| by_digit.iter().skip(window).step_by(windows).copied();
        let points: Vec<_> = (0..windows).flat_map(by_window).collect();
        Self::of_points(curve, &points, bits)
    }

    /// P, 3P, 5P, .. up to the largest digit of the given non-adjacent form.
    pub(super) fn of_odd_multiples<F: Field<N>>(curve: &Curve<F, N>, point: &Affine<N>, width: u32) -> Self {
        let points = Jacobian::all_to_affine(curve, &Jacobian::odd_multiples(curve, point, width));
        Self::of_points(curve, &points, width as usize)
    }

    fn of_points<F: Field<N>>(curve: &Curve<F, N>, points: &[Affine<N>], bits: usize) -> Self {
        match &curve.edwards {
            None => {
                Self { bits, residues: points.iter().flat_map(|point| [point.x, point.y]).collect(), coordinates: 2 }
            }
            Some(edwards) => Self { bits, residues: edwards.entries(curve, points).concat(), coordinates: 3 },
        }
    }

    pub(super) fn bits(&self) -> usize {
        self.bits
    }

    /// Entry i of all, at its place: public indices only.
    #[inline]
    pub(super) fn entry<const K: usize>(&self, i: usize) -> &[Residue<N>; K] {
        &self.entries::<K>()[i]
    }

    /// The windows of the places, lowest first.
    pub(super) fn windows<const K: usize>(&self) -> impl ExactSizeIterator<Item = &[[Residue<N>; K]]> {
        self.entries::<K>().chunks_exact(1 << (self.bits - 1))
    }

    fn entries<const K: usize>(&self) -> &[[Residue<N>; K]] {
        debug_assert_eq!(K, self.coordinates);
        self.residues.as_chunks().0
    }

    /// Octets on the heap.
    pub(super) fn octets(&self) -> usize {
        size_of_val(self.residues.as_slice())
    }
}

/// j·P for j = 1..=count and every P: all of j = 1, then all of j = 2, and so on. In affine coordinates with one inversion
/// for every time the number of multiples doubles, which is cheaper than any projective way.
fn multiples<F: Field<N>, const N: usize>(curve: &Curve<F, N>, points: &[Affine<N>], count: usize) -> Vec<Affine<N>> {
    debug_assert!(count.is_power_of_two());
    let f = &curve.field;
    let each = points.len();
    let mut multiples = Vec::with_capacity(count * each);
    multiples.extend_from_slice(points);
    while multiples.len() < count * each {
        // (j + m)·P = j·P + m·P for j = 1..m, and 2m·P by doubling.
        let (lower, last) = multiples.split_at(multiples.len() - each);
        let mut inverses: Vec<_> = lower
            .iter()
            .zip(last.iter().cycle())
            .map(|(point, last)| f.sub(&point.x, &last.x))
            .chain(last.iter().map(|last| f.double(&last.y)))
            .collect();
        invert_all_vartime(f, &mut inverses);
        let new: Vec<_> = multiples
            .iter()
            .zip(multiples[multiples.len() - each..].iter().cycle())
            .zip(&inverses)
            .enumerate()
            .map(|(i, ((point, last), inverse))| {
                let rise = if i < multiples.len() - each {
                    f.sub(&point.y, &last.y)
                } else {
                    curve.tangent(&point.x, &f.one())
                };
                let slope = f.mul(&rise, inverse);
                let x = f.sub(&f.sub(&f.square(&slope), &point.x), &last.x);
                let y = f.sub(&f.mul(&slope, &f.sub(&point.x, &x)), &point.y);
                Affine { x, y }
            })
            .collect();
        multiples.extend(new);
    }
    multiples
}

/// A signed digit: its magnitude 0..=2^(bits − 1), and all ones where it is negative.
#[derive(Zeroize)]
pub(super) struct Digit {
    pub(super) magnitude: u64,
    pub(super) negative: u64,
}

/// Digit i of k, and the carry into digit i + 1. Which bits are read depends on i alone.
#[inline]
pub(super) fn signed_digit<const N: usize>(k: &Limbs<N>, bits: usize, i: usize, carry: u64) -> (Digit, u64) {
    let range = 1u64 << bits;
    let (limb, shift) = (i * bits / 64, i * bits % 64);
    let low = k.get(limb).map_or(0, |limb| limb >> shift);
    let high = match k.get(limb + 1) {
        Some(next) if shift > 64 - bits => next << (64 - shift),
        _ => 0,
    };
    let unsigned = ((low | high) & (range - 1)) + carry; // 0..=2^bits
    let carry = (unsigned + range / 2 - 1) >> bits; // 1 above 2^(bits − 1)
    let digit = unsigned.wrapping_sub(carry << bits); // two's complement
    let negative = 0u64.wrapping_sub(digit >> 63);
    (Digit { magnitude: (digit ^ negative).wrapping_sub(negative), negative }, carry)
}

/// The width-w non-adjacent form, least significant digit first: odd digits below 2^(w−1), at least w − 1 zeros after each.
pub(super) fn sparse_digits<const N: usize>(scalar: &Limbs<N>, width: u32) -> Vec<i16> {
    // One place more than bits, for the carry out of the top.
    let places = 64 * N + 1;
    let bits_from = |place: usize| {
        let (limb, shift) = (place / 64, place % 64);
        let low = scalar.get(limb).map_or(0, |limb| limb >> shift);
        let high = if shift == 0 { 0 } else { scalar.get(limb + 1).map_or(0, |limb| limb << (64 - shift)) };
        low | high
    };
    let mut digits = vec![0; places];
    let mut carry = 0;
    let mut place = 0;
    while place < places {
        let bits = bits_from(place);
        // As many places as repeat the carry hold zeros.
        let zeros = (bits ^ 0u64.wrapping_sub(carry)).trailing_zeros() as usize;
        if zeros > 0 {
            place += zeros;
            continue;
        }
        let window = (bits & ((1 << width) - 1)) + carry;
        carry = window >> (width - 1) & 1;
        digits[place] = (window as i64 - ((carry as i64) << width)) as i16;
        place += width as usize;
    }
    digits
}
