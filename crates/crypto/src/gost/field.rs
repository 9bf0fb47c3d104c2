//! Arithmetic modulo an odd number of N 64-bit limbs, in Montgomery form: the field of a curve and the numbers modulo its order.
//! Every operation takes the same time and touches the same memory whatever the values are, except the two whose names say otherwise.
//! The curve code knows nothing of limbs, so a field with a quicker reduction can take this one's place.

use crypto_bigint::{Odd, Uint};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// An ordinary integer, least significant limb first.
pub(super) type Limbs<const N: usize> = [u64; N];

/// A number modulo m, held as x·2^(64N) mod m and always fully reduced, so equal numbers have equal limbs.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub(super) struct Residue<const N: usize>(Limbs<N>);

impl<const N: usize> Residue<N> {
    pub(super) const ZERO: Self = Self([0; N]);

    pub(super) fn is_zero(&self) -> Choice {
        self.0.iter().fold(0, |all, limb| all | limb).ct_eq(&0)
    }

    /// Takes `other` in where `choice` is set.
    pub(super) fn assign_if(&mut self, other: &Self, choice: Choice) {
        let mask = mask_of(choice);
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own ^= mask & (*own ^ other);
        }
    }

    /// Adds up entries of a masked scan: at most one of all entries has its mask set.
    pub(super) fn or_masked(&mut self, entry: &Self, mask: u64) {
        for (own, entry) in self.0.iter_mut().zip(&entry.0) {
            *own |= mask & entry;
        }
    }
}

/// An odd modulus that fills at least a fifth of its N limbs' range, with what Montgomery arithmetic needs.
pub(super) struct Modulus<const N: usize> {
    m: Limbs<N>,
    /// −m⁻¹ mod 2^64.
    negated_inverse: u64,
    /// 2^(64N), its square and its cube, modulo m.
    r1: Limbs<N>,
    r2: Limbs<N>,
    r3: Limbs<N>,
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
        let r2 = shifted(&r1, &m);
        let r3 = shifted(&r2, &m);
        Self { m, negated_inverse: inverse.wrapping_neg(), r1, r2, r3 }
    }

    /// Reads a public constant below the modulus while compiling.
    pub(super) const fn residue_from_hex(&self, hex: &str) -> Residue<N> {
        let value = limbs_from_hex(hex);
        assert!(less(&value, &self.m), "a constant must be reduced");
        Residue(shifted(&value, &self.m))
    }

    /// x + y of public constants, while compiling.
    pub(super) const fn add_constants(&self, x: Residue<N>, y: Residue<N>) -> Residue<N> {
        Residue(added(&x.0, &y.0, &self.m))
    }

    pub(super) const fn equal_constants(x: &Residue<N>, y: &Residue<N>) -> bool {
        let mut i = 0;
        while i < N {
            if x.0[i] != y.0[i] {
                return false;
            }
            i += 1;
        }
        true
    }

    pub(super) fn value(&self) -> &Limbs<N> {
        &self.m
    }

    /// The number of bits of the modulus: public.
    pub(super) fn bits(&self) -> u32 {
        let top = N - 1;
        64 * N as u32 - self.m[top].leading_zeros()
    }

    pub(super) const fn one(&self) -> Residue<N> {
        Residue(self.r1)
    }

    /// Whether x < m.
    pub(super) fn contains(&self, x: &Limbs<N>) -> Choice {
        let (_, borrow) = sub_limbs(x, &self.m);
        Choice::from(borrow as u8)
    }

    /// Whether 0 < x < m.
    pub(super) fn contains_nonzero(&self, x: &Limbs<N>) -> Choice {
        self.contains(x) & !Residue(*x).is_zero()
    }

    /// x mod m for any x of N limbs.
    pub(super) fn reduce(&self, x: &Limbs<N>) -> Limbs<N> {
        let mut reduced = *x;
        for _ in 0..SUBTRACTIONS {
            reduced = self.subtract_once(&reduced, 0);
        }
        reduced
    }

    /// Into Montgomery form; x need not be below m.
    pub(super) fn residue(&self, x: &Limbs<N>) -> Residue<N> {
        self.mul(&Residue(*x), &Residue(self.r2))
    }

    /// Out of Montgomery form: the integer in 0..m.
    pub(super) fn integer(&self, x: &Residue<N>) -> Limbs<N> {
        let mut one = [0; N];
        one[0] = 1;
        self.mul(x, &Residue(one)).0
    }

    #[inline]
    pub(super) fn add(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (sum, carry) = add_limbs(&x.0, &y.0);
        Residue(self.subtract_once(&sum, u64::from(carry)))
    }

    #[inline]
    pub(super) fn double(&self, x: &Residue<N>) -> Residue<N> {
        self.add(x, x)
    }

    /// 3x.
    #[inline]
    pub(super) fn triple(&self, x: &Residue<N>) -> Residue<N> {
        self.add(&self.double(x), x)
    }

    #[inline]
    pub(super) fn sub(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let (mut difference, borrow) = sub_limbs(&x.0, &y.0);
        let mask = mask_of(Choice::from(borrow as u8));
        let mut carry = false;
        for (limb, m) in difference.iter_mut().zip(&self.m) {
            (*limb, carry) = add_carry(*limb, m & mask, carry);
        }
        Residue(difference)
    }

    #[inline]
    pub(super) fn neg(&self, x: &Residue<N>) -> Residue<N> {
        self.sub(&Residue::ZERO, x)
    }

    #[inline]
    pub(super) fn square(&self, x: &Residue<N>) -> Residue<N> {
        self.mul(x, x)
    }

    /// x·y·2^(−64N) mod m, which is the product in Montgomery form; right for x below 2^(64N) as long as y is below m.
    #[inline]
    pub(super) fn mul(&self, x: &Residue<N>, y: &Residue<N>) -> Residue<N> {
        let mut t = [0; N];
        let mut top = 0u64;
        for i in 0..N {
            let mut carry = 0;
            for (t, y) in t.iter_mut().zip(&y.0) {
                (*t, carry) = mul_add(x.0[i], *y, *t, carry);
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
        Residue(self.subtract_once(&t, top))
    }

    /// x⁻¹, and 0 for 0.
    pub(super) fn invert(&self, x: &Residue<N>) -> Residue<N> {
        let inverse = Uint::from_words(x.0).invert_odd_mod(&self.odd()).unwrap_or(Uint::ZERO);
        self.after_inversion(&Zeroizing::new(inverse.to_words()))
    }

    /// x⁻¹, and 0 for 0, in a time that depends on x: public values only.
    pub(super) fn invert_vartime(&self, x: &Residue<N>) -> Residue<N> {
        let inverse = Uint::from_words(x.0).invert_odd_mod_vartime(&self.odd()).unwrap_or(Uint::ZERO);
        self.after_inversion(&inverse.to_words())
    }

    fn odd(&self) -> Odd<Uint<N>> {
        Odd::new(Uint::from_words(self.m)).expect_copied("the modulus was checked to be odd")
    }

    /// (x·R)⁻¹·R³·R⁻¹ = x⁻¹·R.
    fn after_inversion(&self, inverse: &Limbs<N>) -> Residue<N> {
        self.mul(&Residue(*inverse), &Residue(self.r3))
    }

    /// `top`·2^(64N) + x, less m once unless that would be negative.
    #[inline]
    fn subtract_once(&self, x: &Limbs<N>, top: u64) -> Limbs<N> {
        let (mut difference, borrow) = sub_limbs(x, &self.m);
        let keep = mask_of(Choice::from((borrow & !top & 1) as u8));
        for (limb, x) in difference.iter_mut().zip(x) {
            *limb ^= keep & (*limb ^ x);
        }
        difference
    }
}

/// All ones for a set choice. `Choice` hides the bit from the optimizer, which else turns some masks back into branches.
#[inline]
pub(super) fn mask_of(choice: Choice) -> u64 {
    0u64.wrapping_sub(u64::from(choice.unwrap_u8()))
}

/// x + y·z + carry as (low, high): cannot overflow 128 bits.
#[inline]
fn mul_add(y: u64, z: u64, x: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(y) * u128::from(z) + u128::from(x) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

#[inline]
const fn add_carry(x: u64, y: u64, carry: bool) -> (u64, bool) {
    let (sum, over) = x.overflowing_add(y);
    let (sum, again) = sum.overflowing_add(carry as u64);
    (sum, over | again)
}

/// x − y modulo 2^(64N), and the borrow as 0 or 1.
#[inline]
const fn sub_limbs<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> (Limbs<N>, u64) {
    let mut difference = [0; N];
    let mut borrow = false;
    let mut i = 0;
    while i < N {
        let (limb, under) = x[i].overflowing_sub(y[i]);
        let (limb, again) = limb.overflowing_sub(borrow as u64);
        difference[i] = limb;
        borrow = under | again;
        i += 1;
    }
    (difference, borrow as u64)
}

/// x + y as integers, and the carry: for public numbers and constants as much as for others.
pub(super) const fn add_limbs<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> (Limbs<N>, bool) {
    let mut sum = [0; N];
    let mut carry = false;
    let mut i = 0;
    while i < N {
        (sum[i], carry) = add_carry(x[i], y[i], carry);
        i += 1;
    }
    (sum, carry)
}

/// N limbs from 8N big-endian octets.
pub(super) fn limbs_from_be<const N: usize>(octets: &[u8]) -> Limbs<N> {
    debug_assert_eq!(octets.len(), 8 * N);
    let mut limbs = [0; N];
    for (limb, chunk) in limbs.iter_mut().zip(octets.rchunks_exact(8)) {
        *limb = u64::from_be_bytes(chunk.try_into().expect("the chunks are of eight octets"));
    }
    limbs
}

/// N limbs from 8N little-endian octets.
pub(super) fn limbs_from_le<const N: usize>(octets: &[u8]) -> Limbs<N> {
    debug_assert_eq!(octets.len(), 8 * N);
    let mut limbs = [0; N];
    for (limb, chunk) in limbs.iter_mut().zip(octets.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("the chunks are of eight octets"));
    }
    limbs
}

/// Appends the 8N big-endian octets of x.
pub(super) fn append_be<const N: usize>(x: &Limbs<N>, octets: &mut Vec<u8>) {
    for limb in x.iter().rev() {
        octets.extend_from_slice(&limb.to_be_bytes());
    }
}

/// Appends the 8N little-endian octets of x.
pub(super) fn append_le<const N: usize>(x: &Limbs<N>, octets: &mut Vec<u8>) {
    for limb in x {
        octets.extend_from_slice(&limb.to_le_bytes());
    }
}

// What follows runs while compiling, on public constants, and may therefore branch on them.

const fn limbs_from_hex<const N: usize>(hex: &str) -> Limbs<N> {
    let digits = hex.as_bytes();
    assert!(digits.len() == 16 * N, "a constant must have all its digits");
    let mut limbs = [0; N];
    let mut i = 0;
    while i < digits.len() {
        let digit = match digits[i] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("not a hexadecimal digit"),
        };
        let limb = N - 1 - i / 16;
        limbs[limb] = limbs[limb] << 4 | digit as u64;
        i += 1;
    }
    limbs
}

const fn less<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> bool {
    sub_limbs(x, y).1 == 1
}

const fn added<const N: usize>(x: &Limbs<N>, y: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let (sum, carry) = add_limbs(x, y);
    let (difference, borrow) = sub_limbs(&sum, m);
    if carry || borrow == 0 { difference } else { sum }
}

/// x·2^(64N) mod m.
const fn shifted<const N: usize>(x: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let mut value = *x;
    let mut i = 0;
    while i < 64 * N {
        value = added(&value, &value, m);
        i += 1;
    }
    value
}
