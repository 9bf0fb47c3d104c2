//! Integers of N 64-bit limbs, least significant first: octets in and out, sums, differences, products. No modulus is known here.
//! Every operation takes the same time whatever the values are; N is 4 or 8.

use subtle::Choice;

/// An ordinary integer, least significant limb first.
pub(super) type Limbs<const N: usize> = [u64; N];

/// The limbs of a product of two 8-limb numbers; a shorter one leaves the upper half zero.
pub(super) const PRODUCT_LIMBS: usize = 16;

/// A mask the optimizer knows nothing of: it makes branches of some masks that it knows to be all zeros or all ones.
#[inline(always)]
pub(super) fn hidden(mask: u64) -> u64 {
    core::hint::black_box(mask)
}

/// All ones for a set choice. `Choice` hides the bit from the optimizer, which else turns some masks back into branches.
#[inline]
pub(super) fn mask_of(choice: Choice) -> u64 {
    0u64.wrapping_sub(u64::from(choice.unwrap_u8()))
}

/// x + y·z + carry as (low, high): cannot overflow 128 bits. In steps of one limb, of which LLVM makes additions with carry.
#[inline(always)]
pub(super) fn mul_add(y: u64, z: u64, x: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(y) * u128::from(z);
    let (low, over) = (wide as u64).overflowing_add(x);
    let high = (wide >> 64) as u64 + u64::from(over);
    let (low, over) = low.overflowing_add(carry);
    (low, high + u64::from(over))
}

#[inline(always)]
const fn add_carry(x: u64, y: u64, carry: bool) -> (u64, bool) {
    let (sum, over) = x.overflowing_add(y);
    let (sum, again) = sum.overflowing_add(carry as u64);
    (sum, over | again)
}

#[inline(always)]
const fn sub_borrow(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    let (difference, under) = x.overflowing_sub(y);
    let (difference, again) = difference.overflowing_sub(borrow as u64);
    (difference, under | again)
}

/// x + y as integers, and the carry.
#[inline(always)]
pub(super) const fn add_limbs<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> (Limbs<N>, bool) {
    add_with_carry(x, y, false)
}

/// x + y + carry, and the carry.
#[inline(always)]
const fn add_with_carry<const N: usize>(x: &Limbs<N>, y: &Limbs<N>, mut carry: bool) -> (Limbs<N>, bool) {
    let mut sum = [0; N];
    let mut i = 0;
    while i < N {
        (sum[i], carry) = add_carry(x[i], y[i], carry);
        i += 1;
    }
    (sum, carry)
}

/// x − y modulo 2^(64N), and the borrow.
#[inline(always)]
pub(super) const fn sub_limbs<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> (Limbs<N>, bool) {
    let mut difference = [0; N];
    let mut borrow = false;
    let mut i = 0;
    while i < N {
        (difference[i], borrow) = sub_borrow(x[i], y[i], borrow);
        i += 1;
    }
    (difference, borrow)
}

/// x + y for a y of one limb, and the carry.
#[inline(always)]
pub(super) fn add_limb<const N: usize>(x: &Limbs<N>, y: u64) -> (Limbs<N>, bool) {
    let mut sum = *x;
    let mut carry;
    (sum[0], carry) = x[0].overflowing_add(y);
    for limb in &mut sum[1..] {
        (*limb, carry) = limb.overflowing_add(u64::from(carry));
    }
    (sum, carry)
}

/// x − y for a y of one limb, and the borrow.
#[inline(always)]
pub(super) fn sub_limb<const N: usize>(x: &Limbs<N>, y: u64) -> (Limbs<N>, bool) {
    let mut difference = *x;
    let mut borrow;
    (difference[0], borrow) = x[0].overflowing_sub(y);
    for limb in &mut difference[1..] {
        (*limb, borrow) = limb.overflowing_sub(u64::from(borrow));
    }
    (difference, borrow)
}

/// `top`·2^(64N) + x, less m once unless that would be negative.
#[inline(always)]
pub(super) fn subtract_once<const N: usize>(x: &Limbs<N>, top: u64, m: &Limbs<N>) -> Limbs<N> {
    let (mut difference, borrow) = sub_limbs(x, m);
    let keep = hidden(0u64.wrapping_sub(u64::from(borrow) & !top & 1));
    for (limb, x) in difference.iter_mut().zip(x) {
        *limb ^= keep & (*limb ^ x);
    }
    difference
}

/// x·y.
#[inline(always)]
pub(super) fn product<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> [u64; PRODUCT_LIMBS] {
    let (x, y) = (quarters(x), quarters(y));
    let low = product_of_4(&x[0], &y[0]);
    if N == 4 {
        return whole(&low, &[0; 8]);
    }
    // Karatsuba: x₀y₁ + x₁y₀ = x₀y₀ + x₁y₁ − (x₁ − x₀)(y₁ − y₀), which saves a fourth of the multiplications and an eighth of the time.
    let high = product_of_4(&x[1], &y[1]);
    let (x_difference, x_sign) = difference(&x[1], &x[0]);
    let (y_difference, y_sign) = difference(&y[1], &y[0]);
    let differences = product_of_4(&x_difference, &y_difference);
    // Subtracting is adding the complement, adding one, and taking 2^512 away.
    let minus = !(x_sign ^ y_sign);
    let (middle, carry) = add_limbs(&low, &high);
    let (middle, again) = add_with_carry(&middle, &differences.map(|limb| limb ^ minus), minus & 1 == 1);
    let top = u64::from(carry).wrapping_add(u64::from(again)).wrapping_sub(minus & 1);
    with_middle(&low, &middle, top, &high)
}

/// x².
#[inline(always)]
pub(super) fn square<const N: usize>(x: &Limbs<N>) -> [u64; PRODUCT_LIMBS] {
    let x = quarters(x);
    let low = square_of_4(&x[0]);
    if N == 4 {
        return whole(&low, &[0; 8]);
    }
    // 2x₀x₁ = x₀² + x₁² − (x₁ − x₀)².
    let high = square_of_4(&x[1]);
    let differences = square_of_4(&difference(&x[1], &x[0]).0);
    let (middle, carry) = add_limbs(&low, &high);
    let (middle, borrow) = sub_limbs(&middle, &differences);
    with_middle(&low, &middle, u64::from(carry) - u64::from(borrow), &high)
}

/// The one or two parts of four limbs.
#[inline(always)]
fn quarters<const N: usize>(x: &Limbs<N>) -> &[Limbs<4>] {
    const { assert!(N == 4 || N == 8, "numbers have 4 or 8 limbs") };
    x.as_chunks().0
}

#[inline(always)]
fn whole(low: &Limbs<8>, high: &Limbs<8>) -> [u64; PRODUCT_LIMBS] {
    let mut t = [0; PRODUCT_LIMBS];
    t[..8].copy_from_slice(low);
    t[8..].copy_from_slice(high);
    t
}

/// low + (middle + top·2^512)·2^256 + high·2^512, of which it is known that it fits.
#[inline(always)]
fn with_middle(low: &Limbs<8>, middle: &Limbs<8>, top: u64, high: &Limbs<8>) -> [u64; PRODUCT_LIMBS] {
    let (low, middle, high) = (quarters(low), quarters(middle), quarters(high));
    let (second, carry) = add_limbs(&low[1], &middle[0]);
    let (third, carry) = add_with_carry(&high[0], &middle[1], carry);
    let (fourth, _) = add_limb(&high[1], top + u64::from(carry));
    let mut t = [0; PRODUCT_LIMBS];
    t[..4].copy_from_slice(&low[0]);
    t[4..8].copy_from_slice(&second);
    t[8..12].copy_from_slice(&third);
    t[12..].copy_from_slice(&fourth);
    t
}

// The two leaves of all multiplication are written out limb by limb, and each row is made whole before it is added: so LLVM makes
// short chains of additions with carry, where of a loop with one running carry it makes a third more instructions.

#[inline(always)]
fn product_of_4(x: &Limbs<4>, y: &Limbs<4>) -> Limbs<8> {
    let [t0, t1, t2, t3, t4] = row(x[0], y);
    let mut t = [t0, t1, t2, t3, t4, 0, 0, 0];
    add_row(&mut t, 1, &row(x[1], y));
    add_row(&mut t, 2, &row(x[2], y));
    add_row(&mut t, 3, &row(x[3], y));
    t
}

/// x·y for an x of one limb.
#[inline(always)]
fn row(x: u64, y: &Limbs<4>) -> [u64; 5] {
    let (low0, high0) = mul_add(x, y[0], 0, 0);
    let (low1, high1) = mul_add(x, y[1], 0, 0);
    let (low2, high2) = mul_add(x, y[2], 0, 0);
    let (low3, high3) = mul_add(x, y[3], 0, 0);
    let (t1, carry) = low1.overflowing_add(high0);
    let (t2, carry) = add_carry(low2, high1, carry);
    let (t3, carry) = add_carry(low3, high2, carry);
    [low0, t1, t2, t3, high3 + u64::from(carry)]
}

/// t + row·2^(64·at), where the limb the row's last one goes to is still zero.
#[inline(always)]
fn add_row(t: &mut Limbs<8>, at: usize, row: &[u64; 5]) {
    let mut carry;
    (t[at], carry) = t[at].overflowing_add(row[0]);
    (t[at + 1], carry) = add_carry(t[at + 1], row[1], carry);
    (t[at + 2], carry) = add_carry(t[at + 2], row[2], carry);
    (t[at + 3], carry) = add_carry(t[at + 3], row[3], carry);
    t[at + 4] = row[4] + u64::from(carry);
}

/// The squares of the limbs, and twice the products of different ones. (Added twice, not shifted: LLVM would shift by an instruction that is slow.)
#[inline(always)]
fn square_of_4(x: &Limbs<4>) -> Limbs<8> {
    let (t1, carry) = mul_add(x[0], x[1], 0, 0);
    let (t2, carry) = mul_add(x[0], x[2], 0, carry);
    let (t3, t4) = mul_add(x[0], x[3], 0, carry);
    let (t3, carry) = mul_add(x[1], x[2], t3, 0);
    let (t4, t5) = mul_add(x[1], x[3], t4, carry);
    let (t5, t6) = mul_add(x[2], x[3], t5, 0);
    let products = [0, t1, t2, t3, t4, t5, t6, 0];
    let [(s0, s1), (s2, s3), (s4, s5), (s6, s7)] = x.map(|x| mul_add(x, x, 0, 0));
    let (once, _) = add_limbs(&[s0, s1, s2, s3, s4, s5, s6, s7], &products);
    add_limbs(&once, &products).0
}

/// |x − y|, and all ones if x − y is negative.
#[inline(always)]
fn difference(x: &Limbs<4>, y: &Limbs<4>) -> (Limbs<4>, u64) {
    let (difference, borrow) = sub_limbs(x, y);
    let sign = 0u64.wrapping_sub(u64::from(borrow));
    (add_limb(&difference.map(|limb| limb ^ sign), u64::from(borrow)).0, sign)
}

/// The two halves of a product of N-limb numbers.
#[inline(always)]
pub(super) fn halves<const N: usize>(t: &[u64; PRODUCT_LIMBS]) -> (&Limbs<N>, &Limbs<N>) {
    let (halves, _) = t.as_chunks::<N>();
    (&halves[0], &halves[1])
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

pub(super) const fn limbs_from_hex<const N: usize>(hex: &str) -> Limbs<N> {
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

pub(super) const fn less<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> bool {
    sub_limbs(x, y).1
}

pub(super) const fn equal<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) -> bool {
    let mut i = 0;
    while i < N {
        if x[i] != y[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// x + y mod m, both below m.
pub(super) const fn added<const N: usize>(x: &Limbs<N>, y: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let (sum, carry) = add_limbs(x, y);
    let (difference, borrow) = sub_limbs(&sum, m);
    if carry || !borrow { difference } else { sum }
}

/// x·2^(64N) mod m.
pub(super) const fn shifted<const N: usize>(x: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let mut value = *x;
    let mut i = 0;
    while i < 64 * N {
        value = added(&value, &value, m);
        i += 1;
    }
    value
}
