//! Inverses modulo an odd number by the steps of Bernstein and Yang («Fast constant-time gcd computation and modular inversion», 2019),
//! as libsecp256k1 arranges them: many steps on the lowest bits alone, gathered in a matrix, then once over the whole numbers.
//! One row of steps of fixed number for secrets, one that skips zeros and stops when done for public values.

use zeroize::Zeroizing;

use super::limbs::Limbs;

/// Limbs of 62 bits of the longest numbers: 512 bits and room for a sign and a factor of two.
const MAX_LIMBS: usize = 9;
const LIMB_BITS: u32 = 62;
const LIMB: u64 = u64::MAX >> 2;

/// A signed number of 62-bit limbs, least significant first; all but the highest in use are in 0..2^62.
type Signed = [i64; MAX_LIMBS];

/// Limbs in use for a number of N ordinary limbs: a constant for every N, so that the loops below have constant lengths.
const fn limbs_in_use(n: usize) -> usize {
    (64 * n + 2).div_ceil(LIMB_BITS as usize)
}

/// (u v; q r): what a row of steps does to f and g, times 2^62.
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// x⁻¹ mod m, and 0 for 0, in time independent of x. For x below m and m odd and prime.
pub(super) fn invert<const N: usize>(x: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    /// The half-delta steps that bring any 256-bit and any 512-bit pair to its end are 590 and 1181 (Wuille, «safegcd bounds»).
    const STEPS: u32 = 60;
    let rows = const { (45_907 * 64 * N as u32 + 26_313).div_ceil(19_929).div_ceil(STEPS) };
    let modulus = from_limbs(m);
    let inverse = inverse_of_odd(m[0]);
    let mut f = Zeroizing::new(modulus);
    let mut g = Zeroizing::new(from_limbs(x));
    let mut d = Zeroizing::new([0; MAX_LIMBS]);
    let mut e = Zeroizing::new([0; MAX_LIMBS]);
    e[0] = 1;
    // −(δ + 1/2) for δ = 1/2.
    let mut zeta = -1;
    for _ in 0..rows {
        let steps;
        (zeta, steps) = steps_of_fixed_number::<STEPS>(zeta, f[0] as u64, g[0] as u64);
        update_de::<N>(&mut d, &mut e, &steps, &modulus, inverse);
        update_fg(&mut f, &mut g, &steps, limbs_in_use(N));
    }
    // Now g = 0, f = ±1 (or ±m, if x = 0: then d = 0), and d·x = f.
    normalize::<N>(&d, f[limbs_in_use(N) - 1] >> 63, &modulus)
}

/// The same in a time that depends on x.
pub(super) fn invert_vartime<const N: usize>(x: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let modulus = from_limbs(m);
    let inverse = inverse_of_odd(m[0]);
    let mut f = modulus;
    let mut g = from_limbs(x);
    let mut d = [0; MAX_LIMBS];
    let mut e = [0; MAX_LIMBS];
    e[0] = 1;
    let mut length = limbs_in_use(N);
    let mut eta = -1;
    loop {
        let steps;
        (eta, steps) = steps_skipping_zeros(eta, f[0] as u64, g[0] as u64);
        update_de::<N>(&mut d, &mut e, &steps, &modulus, inverse);
        update_fg(&mut f, &mut g, &steps, length);
        if g[..length].iter().all(|&limb| limb == 0) {
            break;
        }
        // Drop the highest limbs once they are nothing but signs.
        let (f_top, g_top) = (f[length - 1], g[length - 1]);
        if length > 1 && (f_top >> 63) == f_top && (g_top >> 63) == g_top {
            f[length - 2] |= f_top << LIMB_BITS;
            g[length - 2] |= g_top << LIMB_BITS;
            length -= 1;
        }
    }
    normalize::<N>(&d, f[length - 1] >> 63, &modulus)
}

/// A fixed number of steps; all that depends on f and g is masks.
fn steps_of_fixed_number<const STEPS: u32>(mut zeta: i64, mut f: u64, mut g: u64) -> (i64, Matrix) {
    const { assert!(STEPS <= LIMB_BITS) };
    // Fewer steps than 62 begin with a larger unit, so that the end is 2^62 times the matrix all the same.
    let unit = 1u64 << (LIMB_BITS - STEPS);
    let (mut u, mut v, mut q, mut r) = (unit, 0u64, 0u64, unit);
    for _ in 0..STEPS {
        // The barriers keep the optimizer from seeing that these are masks of all zeros or all ones, and from branching on them.
        let negative = core::hint::black_box((zeta >> 63) as u64);
        let odd = core::hint::black_box(0u64.wrapping_sub(g & 1));
        g = g.wrapping_add((f ^ negative).wrapping_sub(negative) & odd);
        q = q.wrapping_add((u ^ negative).wrapping_sub(negative) & odd);
        r = r.wrapping_add((v ^ negative).wrapping_sub(negative) & odd);
        let swap = negative & odd;
        zeta = (zeta ^ swap as i64) - 1;
        f = f.wrapping_add(g & swap);
        u = u.wrapping_add(q & swap);
        v = v.wrapping_add(r & swap);
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    (zeta, Matrix { u: u as i64, v: v as i64, q: q as i64, r: r as i64 })
}

/// 62 steps, several zeros of g at a time and up to six bits of g cancelled at once.
fn steps_skipping_zeros(mut eta: i64, mut f: u64, mut g: u64) -> (i64, Matrix) {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = LIMB_BITS;
    loop {
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        // f and g are odd. Cancel as many low bits of g as may be before the next exchange.
        let factor = if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
            let bits = u32::try_from(eta + 1).map_or(left, |limit| limit.min(left));
            let mask = u64::MAX >> (64 - bits) & 63;
            // f·(f² − 2) = −1/f modulo 2^6.
            f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & mask
        } else {
            let bits = u32::try_from(eta + 1).map_or(left, |limit| limit.min(left));
            let mask = u64::MAX >> (64 - bits) & 15;
            // 1/f modulo 2^4.
            let reciprocal = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            reciprocal.wrapping_neg().wrapping_mul(g) & mask
        };
        g = g.wrapping_add(f.wrapping_mul(factor));
        q = q.wrapping_add(u.wrapping_mul(factor));
        r = r.wrapping_add(v.wrapping_mul(factor));
    }
    (eta, Matrix { u: u as i64, v: v as i64, q: q as i64, r: r as i64 })
}

/// (f, g) becomes the matrix times (f, g), exactly divided by 2^62.
#[inline(always)]
fn update_fg(f: &mut Signed, g: &mut Signed, t: &Matrix, length: usize) {
    let [u, v, q, r] = [t.u, t.v, t.q, t.r].map(i128::from);
    let mut carry_f = u * i128::from(f[0]) + v * i128::from(g[0]);
    let mut carry_g = q * i128::from(f[0]) + r * i128::from(g[0]);
    debug_assert!(carry_f as u64 & LIMB == 0 && carry_g as u64 & LIMB == 0);
    carry_f >>= LIMB_BITS;
    carry_g >>= LIMB_BITS;
    for i in 1..length {
        carry_f += u * i128::from(f[i]) + v * i128::from(g[i]);
        carry_g += q * i128::from(f[i]) + r * i128::from(g[i]);
        f[i - 1] = (carry_f as u64 & LIMB) as i64;
        g[i - 1] = (carry_g as u64 & LIMB) as i64;
        carry_f >>= LIMB_BITS;
        carry_g >>= LIMB_BITS;
    }
    f[length - 1] = carry_f as i64;
    g[length - 1] = carry_g as i64;
}

/// (d, e) becomes the matrix times (d, e), divided by 2^62 modulo m. Both stay in −2m..m.
#[inline(always)]
fn update_de<const N: usize>(d: &mut Signed, e: &mut Signed, t: &Matrix, modulus: &Signed, inverse: u64) {
    let length = limbs_in_use(N);
    let (d_sign, e_sign) = (d[length - 1] >> 63, e[length - 1] >> 63);
    // m once more for what is negative, and then as often as makes the lowest limb zero.
    let mut m_to_d = (t.u & d_sign) + (t.v & e_sign);
    let mut m_to_e = (t.q & d_sign) + (t.r & e_sign);
    let [u, v, q, r] = [t.u, t.v, t.q, t.r].map(i128::from);
    let mut carry_d = u * i128::from(d[0]) + v * i128::from(e[0]);
    let mut carry_e = q * i128::from(d[0]) + r * i128::from(e[0]);
    m_to_d -= (inverse.wrapping_mul(carry_d as u64).wrapping_add(m_to_d as u64) & LIMB) as i64;
    m_to_e -= (inverse.wrapping_mul(carry_e as u64).wrapping_add(m_to_e as u64) & LIMB) as i64;
    let (m_to_d, m_to_e) = (i128::from(m_to_d), i128::from(m_to_e));
    carry_d += i128::from(modulus[0]) * m_to_d;
    carry_e += i128::from(modulus[0]) * m_to_e;
    debug_assert!(carry_d as u64 & LIMB == 0 && carry_e as u64 & LIMB == 0);
    carry_d >>= LIMB_BITS;
    carry_e >>= LIMB_BITS;
    for i in 1..length {
        carry_d += u * i128::from(d[i]) + v * i128::from(e[i]) + i128::from(modulus[i]) * m_to_d;
        carry_e += q * i128::from(d[i]) + r * i128::from(e[i]) + i128::from(modulus[i]) * m_to_e;
        d[i - 1] = (carry_d as u64 & LIMB) as i64;
        e[i - 1] = (carry_e as u64 & LIMB) as i64;
        carry_d >>= LIMB_BITS;
        carry_e >>= LIMB_BITS;
    }
    d[length - 1] = carry_d as i64;
    e[length - 1] = carry_e as i64;
}

/// ±d, by the sign of f (0 or −1), brought from −2m..m into 0..m.
fn normalize<const N: usize>(d: &Signed, sign_of_f: i64, modulus: &Signed) -> Limbs<N> {
    let length = limbs_in_use(N);
    let mut d = Zeroizing::new(*d);
    let negative = d[length - 1] >> 63;
    add_masked(&mut d, modulus, negative, length);
    let sign = core::hint::black_box(sign_of_f);
    for limb in &mut d[..length] {
        *limb = (*limb ^ sign) - sign;
    }
    add_masked(&mut d, &[0; MAX_LIMBS], 0, length);
    let negative = d[length - 1] >> 63;
    add_masked(&mut d, modulus, negative, length);
    to_limbs(&d)
}

/// d + m where the mask is set, with carries brought home.
fn add_masked(d: &mut Signed, m: &Signed, mask: i64, length: usize) {
    let mask = core::hint::black_box(mask);
    let mut carry = 0;
    for (limb, m) in d[..length - 1].iter_mut().zip(m) {
        let sum = *limb + (m & mask) + carry;
        *limb = sum & LIMB as i64;
        carry = sum >> LIMB_BITS;
    }
    d[length - 1] += (m[length - 1] & mask) + carry;
}

/// 1/m mod 2^62 for odd m.
fn inverse_of_odd(m: u64) -> u64 {
    // Newton: every step doubles the number of right bits, the first guess has three.
    let mut inverse = m;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(inverse)));
    }
    inverse & LIMB
}

fn from_limbs<const N: usize>(x: &Limbs<N>) -> Signed {
    let mut limbs = [0; MAX_LIMBS];
    for (i, limb) in limbs.iter_mut().enumerate().take(limbs_in_use(N)) {
        let (word, shift) = (i * LIMB_BITS as usize / 64, i as u32 * LIMB_BITS % 64);
        let low = x.get(word).map_or(0, |word| word >> shift);
        let high = if shift <= 2 { 0 } else { x.get(word + 1).map_or(0, |word| word << (64 - shift)) };
        *limb = ((low | high) & LIMB) as i64;
    }
    limbs
}

fn to_limbs<const N: usize>(x: &Signed) -> Limbs<N> {
    let mut limbs = [0; N];
    for (i, word) in limbs.iter_mut().enumerate() {
        let (limb, shift) = (i * 64 / LIMB_BITS as usize, i as u32 * 64 % LIMB_BITS);
        // 62 − shift bits of one limb, then the next; a third is never needed, for the shift is even and below 2N.
        *word = x[limb] as u64 >> shift | (x[limb + 1] as u64) << (LIMB_BITS - shift);
    }
    limbs
}
