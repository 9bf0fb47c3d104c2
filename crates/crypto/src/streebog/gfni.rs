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
    let mut h = transposed(state.h);
    for block in blocks {
        let (words, rest) = block.as_chunks::<8>();
        debug_assert!(rest.is_empty());
        let message = core::array::from_fn(|i| u64::from_le_bytes(words[i]));
        h = tables.compress(h, transposed(state.n), transposed(message));
        state.count(bits);
        state.sum(&message);
    }
    state.h = untransposed(h);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn seal(state: &mut State) {
    let tables = Tables::load();
    let zero = register([0; 8]);
    let h = tables.compress(transposed(state.h), zero, transposed(state.n));
    state.h = untransposed(tables.compress(h, zero, transposed(state.sigma)));
}

/// What stays in registers from block to block.
struct Tables {
    /// π, 64 values in each.
    pi: [__m512i; 4],
    /// See [`TRANSPOSITIONS`].
    transpositions: [__m512i; 8],
    /// See [`DIAGONALS`].
    diagonals: [__m512i; 8],
}

impl Tables {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn load() -> Self {
        let (p, t, d) = (&PI_WORDS, &TRANSPOSITIONS, &DIAGONALS);
        let eight = |w: &[[u64; 8]; 8]| {
            let [a, b, c, d, e, f, g, h] = *w;
            [register(a), register(b), register(c), register(d), register(e), register(f), register(g), register(h)]
        };
        Self {
            pi: [register(p[0]), register(p[1]), register(p[2]), register(p[3])],
            transpositions: eight(t),
            diagonals: eight(d),
        }
    }

    /// g_N(h, m) (RFC 6986, section 8), everything transposed: twelve rounds of block and key side by side.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn compress(&self, h: __m512i, n: __m512i, message: __m512i) -> __m512i {
        // The constant is added within the sum that the key comes from, and taken off beside it for the block: the chain of keys is what
        // the time goes by.
        let mut constant = register(TRANSPOSED_C[0]);
        let mut key_and_constant = self.lps(_mm512_xor_si512(h, n), constant);
        let mut block = _mm512_xor_si512(message, _mm512_xor_si512(key_and_constant, constant));
        for next in &TRANSPOSED_C[1..] {
            constant = register(*next);
            key_and_constant = self.lps(key_and_constant, constant);
            block = self.lps(block, _mm512_xor_si512(key_and_constant, constant));
        }
        let key = self.lps(key_and_constant, h);
        _mm512_xor_si512(self.lps(block, message), key)
    }

    /// L(P(S(x))) + y, where x, y and the result are transposed: lane i holds octet i of every word.
    ///
    /// In this order P is a transposition of x, and then lane j holds octet j of every row that L multiplies. Lane k of the result is the sum
    /// over j of an 8×8 bit matrix times lane j; one rotation of the lanes brings eight such pairs (j, k) together, and costs nothing
    /// beside the transposition.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn lps(&self, x: __m512i, y: __m512i) -> __m512i {
        let low = _mm512_permutex2var_epi8(self.pi[0], x, self.pi[1]);
        let high = _mm512_permutex2var_epi8(self.pi[2], x, self.pi[3]);
        let x = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
        let [a, b, c, d, e, f, g, h] = [
            self.product(x, 0),
            self.product(x, 1),
            self.product(x, 2),
            self.product(x, 3),
            self.product(x, 4),
            self.product(x, 5),
            self.product(x, 6),
            self.product(x, 7),
        ];
        xor3(xor3(a, b, c), xor3(d, e, f), xor3(g, h, y))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn product(&self, x: __m512i, rotation: usize) -> __m512i {
        let lanes = _mm512_permutexvar_epi8(self.transpositions[rotation], x);
        _mm512_gf2p8affine_epi64_epi8::<0>(lanes, self.diagonals[rotation])
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn transposed(words: [u64; 8]) -> __m512i {
    _mm512_permutexvar_epi8(register(TRANSPOSITIONS[0]), register(words))
}

/// The transposition is its own inverse.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn untransposed(x: __m512i) -> [u64; 8] {
    words(_mm512_permutexvar_epi8(register(TRANSPOSITIONS[0]), x))
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

/// P, followed by a rotation by r lanes: octet i of lane k comes from octet k + r (mod 8) of lane i.
const TRANSPOSITIONS: [[u64; 8]; 8] = {
    let mut transpositions = [[0; 8]; 8];
    let mut at = 0;
    while at < 512 {
        let (r, k, i) = (at / 64, at / 8 % 8, at % 8);
        let from = 8 * i + (k + r) % 8;
        transpositions[r][k] |= (from as u64) << (8 * i);
        at += 1;
    }
    transpositions
};

/// The iteration constants as [`Tables::compress`] adds them.
const TRANSPOSED_C: [[u64; 8]; 12] = {
    let mut transposed = [[0; 8]; 12];
    let mut at = 0;
    while at < 768 {
        let (c, k, i) = (at / 64, at / 8 % 8, at % 8);
        transposed[c][k] |= (C[c][i] >> (8 * k) & 0xff) << (8 * i);
        at += 1;
    }
    transposed
};
