//! Secret multiples of the base point: k·G for a nonce, d·G for a private key. The only curve arithmetic that ever sees a secret.
//! A table of all multiples by one signed digit, read whole for every digit, and complete additions: no branch and no address depends on k.

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::curve::{Affine, Curve};
use super::field::{Limbs, Residue, mask_of};
use super::jacobian::Jacobian;

/// Bits of a window; a digit runs from −2^(w−1) to 2^(w−1) − 1. Six bits gain little and double the table.
const WINDOW_BITS: usize = 5;
/// Table entries of one window: 1·B .. 16·B.
const ENTRIES: usize = 1 << (WINDOW_BITS - 1);

/// For each window i the points j·2^(5i)·G, j = 1..16: 52 KiB for a 256-bit curve, 206 KiB for a 512-bit one.
pub(super) struct FixedBaseTable<const N: usize> {
    windows: Vec<[Affine<N>; ENTRIES]>,
}

impl<const N: usize> FixedBaseTable<N> {
    /// One window more than the bits of a scalar need is there for the last carry of the signed digits.
    const WINDOWS: usize = 64 * N / WINDOW_BITS + 1;

    fn build(curve: &Curve<N>) -> Self {
        let mut multiples = Vec::with_capacity(Self::WINDOWS * ENTRIES);
        let mut unit = Jacobian::from_affine(curve, &curve.base);
        for _ in 0..Self::WINDOWS {
            let mut multiple = unit;
            multiples.push(multiple);
            for _ in 1..ENTRIES {
                multiple = multiple.add(curve, &unit);
                multiples.push(multiple);
            }
            unit = multiple.double(curve);
        }
        let points = Jacobian::all_to_affine(curve, &multiples);
        let (windows, rest) = points.as_chunks::<ENTRIES>();
        debug_assert!(rest.is_empty());
        Self { windows: windows.to_vec() }
    }
}

impl<const N: usize> Curve<N> {
    /// k·G for 0 < k < q, in time independent of k.
    pub(super) fn multiply_base(&self, k: &Limbs<N>) -> Affine<N> {
        let table = self.signing_table.get_or_init(|| FixedBaseTable::build(self));
        let mut sum = Zeroizing::new(Projective { x: Residue::ZERO, y: self.field.one(), z: Residue::ZERO });
        let mut carry = 0;
        for (i, window) in table.windows.iter().enumerate() {
            let digit;
            (digit, carry) = signed_digit(k, i, carry);
            let entry = Zeroizing::new(self.select(window, &digit));
            let added = Zeroizing::new(self.add_complete(&sum, &entry));
            // A zero digit has no affine entry; its sum is thrown away.
            sum.assign_if(&added, !digit.magnitude.ct_eq(&0));
        }
        let inverse = Zeroizing::new(self.field.invert(&sum.z));
        Affine { x: self.field.mul(&sum.x, &inverse), y: self.field.mul(&sum.y, &inverse) }
    }

    /// digit·B, reading every entry of the window; any value for the digit 0.
    fn select(&self, window: &[Affine<N>; ENTRIES], digit: &Digit) -> Affine<N> {
        let mut chosen = Affine { x: Residue::ZERO, y: Residue::ZERO };
        for (entry, magnitude) in window.iter().zip(1u64..) {
            let mask = mask_of(magnitude.ct_eq(&digit.magnitude));
            chosen.x.or_masked(&entry.x, mask);
            chosen.y.or_masked(&entry.y, mask);
        }
        let negated = self.field.neg(&chosen.y);
        chosen.y.assign_if(&negated, digit.negative);
        chosen
    }

    /// P + Q by the complete formulas of Renes, Costello and Batina (EUROCRYPT 2016, section 3.1) with Z₂ = 1:
    /// right for all P and Q of odd order, P = Q, P = −Q and P = 0 included.
    fn add_complete(&self, p: &Projective<N>, q: &Affine<N>) -> Projective<N> {
        let f = &self.field;
        let xx = f.mul(&p.x, &q.x);
        let yy = f.mul(&p.y, &q.y);
        let xy = f.sub(&f.mul(&f.add(&p.x, &p.y), &f.add(&q.x, &q.y)), &f.add(&xx, &yy)); // X₁Y₂ + X₂Y₁
        let xz = f.add(&p.x, &f.mul(&q.x, &p.z)); // X₁Z₂ + X₂Z₁
        let yz = f.add(&p.y, &f.mul(&q.y, &p.z)); // Y₁Z₂ + Y₂Z₁

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

/// (X : Y : Z) for (X/Z, Y/Z); zero is (0 : 1 : 0).
#[derive(Zeroize)]
struct Projective<const N: usize> {
    x: Residue<N>,
    y: Residue<N>,
    z: Residue<N>,
}

impl<const N: usize> Projective<N> {
    fn assign_if(&mut self, other: &Self, choice: Choice) {
        self.x.assign_if(&other.x, choice);
        self.y.assign_if(&other.y, choice);
        self.z.assign_if(&other.z, choice);
    }
}

impl<const N: usize> Zeroize for Affine<N> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

/// A signed digit: magnitude 0..16 and sign.
struct Digit {
    magnitude: u64,
    negative: Choice,
}

/// Digit i of k, and the carry into digit i + 1. Which bits are read depends on i alone.
fn signed_digit<const N: usize>(k: &Limbs<N>, i: usize, carry: u64) -> (Digit, u64) {
    const RANGE: u64 = 1 << WINDOW_BITS;
    let (limb, shift) = (i * WINDOW_BITS / 64, i * WINDOW_BITS % 64);
    let low = k[limb] >> shift;
    let high = match k.get(limb + 1) {
        Some(next) if shift > 64 - WINDOW_BITS => next << (64 - shift),
        _ => 0,
    };
    let unsigned = ((low | high) & (RANGE - 1)) + carry; // 0..=32
    let carry = (unsigned + RANGE / 2) >> WINDOW_BITS; // 1 for 16 and above
    let digit = unsigned.wrapping_sub(carry << WINDOW_BITS); // two's complement
    let sign = digit >> 63;
    let magnitude = (digit ^ 0u64.wrapping_sub(sign)).wrapping_add(sign);
    (Digit { magnitude, negative: Choice::from(sign as u8) }, carry)
}
