//! The compression function in the registers of x86-64 processors that have AVX-512, VBMI and GFNI: one register holds a whole block.
//! No table is read at an address that depends on the data, so the time is constant. The only module of the crate with `unsafe`,
//! and for two reasons only: such functions may be called where the processor was asked before, and a register is 64 octets.
#![expect(unsafe_code, reason = "instructions beyond the baseline of x86-64, behind a run-time check")]

use core::arch::x86_64::*;
use std::is_x86_feature_detected;

use super::constants::{A, C, PI};
use super::{BLOCK_OCTETS, State};

/// The proof that this processor has the instructions; there is no other way to a value than [`Gfni::detect`].
#[derive(Clone, Copy)]
pub(crate) struct Gfni(());

impl Gfni {
    /// Asks the processor; the answer is kept by the standard library.
    pub(super) fn detect() -> Option<Self> {
        let present = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("gfni");
        present.then_some(Self(()))
    }

    /// Takes in blocks of `bits` message bits each (512, but for the padded last one).
    pub(super) fn absorb(self, state: &mut State, blocks: &[[u8; BLOCK_OCTETS]], bits: u64) {
        // SAFETY: `self` is the proof that the processor has every feature the function is compiled with.
        unsafe { absorb(state, blocks, bits) }
    }

    /// The last two steps: the length and the sum of the message.
    pub(super) fn seal(self, state: &mut State) {
        // SAFETY: as above.
        unsafe { seal(state) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn absorb(state: &mut State, blocks: &[[u8; BLOCK_OCTETS]], bits: u64) {
    let tables = Tables::load();
    let mut h = register(state.h);
    for block in blocks {
        let (words, rest) = block.as_chunks::<8>();
        debug_assert!(rest.is_empty());
        let message = core::array::from_fn(|i| u64::from_le_bytes(words[i]));
        h = tables.compress(h, register(state.n), register(message));
        state.count(bits);
        state.sum(&message);
    }
    state.h = words(h);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn seal(state: &mut State) {
    let tables = Tables::load();
    let zero = register([0; 8]);
    let h = tables.compress(register(state.h), zero, register(state.n));
    state.h = words(tables.compress(h, zero, register(state.sigma)));
}

/// What stays in registers from block to block.
struct Tables {
    /// π, 64 values in each.
    pi: [__m512i; 4],
    /// See [`DIAGONALS`].
    diagonals: [__m512i; 8],
    /// See [`TRANSPOSITION`].
    transposition: __m512i,
}

impl Tables {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn load() -> Self {
        let (p, d) = (&PI_WORDS, &DIAGONALS);
        Self {
            pi: [register(p[0]), register(p[1]), register(p[2]), register(p[3])],
            diagonals: [
                register(d[0]),
                register(d[1]),
                register(d[2]),
                register(d[3]),
                register(d[4]),
                register(d[5]),
                register(d[6]),
                register(d[7]),
            ],
            transposition: register(TRANSPOSITION),
        }
    }

    /// g_N(h, m) (RFC 6986, section 8): twelve rounds of block and key side by side.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn compress(&self, h: __m512i, n: __m512i, message: __m512i) -> __m512i {
        let mut key = self.lps(_mm512_xor_si512(h, n));
        let mut block = message;
        for constant in &C {
            block = self.lps(_mm512_xor_si512(block, key));
            key = self.lps(_mm512_xor_si512(key, register(*constant)));
        }
        _mm512_xor_si512(xor3(block, key, h), message)
    }

    /// L(P(S(x))). The transposition P commutes with S and is put off until after L, which then works on whole 64-bit lanes: lane j holds
    /// octet j of every row, and lane k of the result is the sum over j of an 8×8 bit matrix times lane j. One rotation of the
    /// lanes brings eight such pairs (j, k) together.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn lps(&self, x: __m512i) -> __m512i {
        let low = _mm512_permutex2var_epi8(self.pi[0], x, self.pi[1]);
        let high = _mm512_permutex2var_epi8(self.pi[2], x, self.pi[3]);
        let x = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);

        let d = &self.diagonals;
        let a = _mm512_gf2p8affine_epi64_epi8::<0>(x, d[0]);
        let b = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<1>(x, x), d[1]);
        let c = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<2>(x, x), d[2]);
        let e = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<3>(x, x), d[3]);
        let f = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<4>(x, x), d[4]);
        let g = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<5>(x, x), d[5]);
        let h = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<6>(x, x), d[6]);
        let i = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_alignr_epi64::<7>(x, x), d[7]);
        let sum = xor3(xor3(a, b, c), xor3(e, f, g), _mm512_xor_si512(h, i));
        _mm512_permutexvar_epi8(self.transposition, sum)
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn register(words: [u64; 8]) -> __m512i {
    // SAFETY: both are 64 octets, and every pattern of bits is a value of either.
    unsafe { core::mem::transmute(words) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn words(register: __m512i) -> [u64; 8] {
    // SAFETY: as above.
    unsafe { core::mem::transmute(register) }
}

const PI_WORDS: [[u64; 8]; 4] = {
    let mut words = [[0; 8]; 4];
    let mut at = 0;
    while at < 256 {
        words[at / 64][at / 8 % 8] |= (PI[at] as u64) << (8 * (at % 8));
        at += 1;
    }
    words
};

/// For the rotation by r lanes, in lane k: the 8×8 matrix from octet j = k + r (mod 8) of a row to octet k of its image,
/// in the order of `gf2p8affineqb`, which keeps the row of output bit i in octet 7 − i.
const DIAGONALS: [[u64; 8]; 8] = {
    let mut diagonals = [[0; 8]; 8];
    let mut at = 0;
    while at < 4096 {
        let (r, k, output_bit, input_bit) = (at / 512, at / 64 % 8, at / 8 % 8, at % 8);
        let j = (k + r) % 8;
        let coefficient = A[8 * j + input_bit] >> (8 * k + output_bit) & 1;
        diagonals[r][k] |= coefficient << (8 * (7 - output_bit) + input_bit);
        at += 1;
    }
    diagonals
};

/// P: octet 8·i + j comes from 8·j + i.
const TRANSPOSITION: [u64; 8] = {
    let mut words = [0; 8];
    let mut at = 0;
    while at < 64 {
        let (i, j) = (at / 8, at % 8);
        words[i] |= ((8 * j + i) as u64) << (8 * j);
        at += 1;
    }
    words
};
