//! Streebog (GOST R 34.11-2012, RFC 6986): the hash of every GOST signature, and under HMAC of keys and containers.
//! The registers of AVX-512 with GFNI where the processor has them, found out at run time; the `streebog` crate everywhere else.
//! Both give the same octets; the first is several times faster and reads no tables in memory.

#[cfg(target_arch = "x86_64")]
mod constants;
#[cfg(target_arch = "x86_64")]
mod gfni;
#[cfg(test)]
mod tests;

use core::fmt;

use ::streebog::block_api::StreebogVarCore as Portable;
use digest::array::Array;
use digest::block_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, CtOutWrapper, Eager, OutputSizeUser, TruncSide,
    UpdateCore, VariableOutputCore,
};
use digest::consts::{U32, U64};
use digest::{HashMarker, InvalidOutputSize, Output};
#[cfg(target_arch = "x86_64")]
use zeroize::Zeroize;
use zeroize::ZeroizeOnDrop;

digest::buffer_fixed!(
    /// Streebog-256, a `digest::Digest` that HMAC and PBKDF2 take too; wiped on drop.
    pub(crate) struct Streebog256(CtOutWrapper<Core, U32>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

digest::buffer_fixed!(
    /// Streebog-512, likewise.
    pub(crate) struct Streebog512(CtOutWrapper<Core, U64>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

// Core and buffer wipe themselves.
impl ZeroizeOnDrop for Streebog256 {}
impl ZeroizeOnDrop for Streebog512 {}

/// The hash without its buffer of an unfinished block.
#[derive(Clone)]
pub(crate) enum Core {
    #[cfg(target_arch = "x86_64")]
    Gfni(gfni::Gfni, State),
    Portable(Portable),
}

impl Core {
    fn portable(output_octets: usize) -> Result<Self, InvalidOutputSize> {
        Portable::new(output_octets).map(Self::Portable)
    }
}

impl VariableOutputCore for Core {
    /// The 256-bit hash is the second half of the state: in the order of octets RFC 6986 prints, the first.
    const TRUNC_SIDE: TruncSide = TruncSide::Right;

    fn new(output_octets: usize) -> Result<Self, InvalidOutputSize> {
        #[cfg(target_arch = "x86_64")]
        if let Some(gfni) = gfni::Gfni::detect() {
            return State::new(output_octets).map(|state| Self::Gfni(gfni, state));
        }
        Self::portable(output_octets)
    }

    fn finalize_variable_core(&mut self, buffer: &mut Buffer<Self>, output: &mut Output<Self>) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Gfni(gfni, state) => {
                let octets = buffer.get_pos();
                let mut last: [u8; BLOCK_OCTETS] = buffer.pad_with_zeros().into();
                last[octets] = 1;
                gfni.absorb(state, &[last], 8 * octets as u64);
                last.zeroize();
                gfni.seal(state);
                for (octets, word) in output.chunks_exact_mut(8).zip(&state.h) {
                    octets.copy_from_slice(&word.to_le_bytes());
                }
            }
            Self::Portable(core) => core.finalize_variable_core(buffer, output),
        }
    }
}

impl UpdateCore for Core {
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Gfni(gfni, state) => gfni.absorb(state, Array::cast_slice_to_core(blocks), 8 * BLOCK_OCTETS as u64),
            Self::Portable(core) => core.update_blocks(blocks),
        }
    }
}

impl HashMarker for Core {}

impl BlockSizeUser for Core {
    type BlockSize = U64;
}

impl BufferKindUser for Core {
    type BufferKind = Eager;
}

impl OutputSizeUser for Core {
    type OutputSize = U64;
}

impl AlgorithmName for Core {
    fn write_alg_name(formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Streebog")
    }
}

#[cfg(target_arch = "x86_64")]
const BLOCK_OCTETS: usize = 64;

/// h, N and Σ of the standard (RFC 6986, section 8), numbers of 512 bits in little-endian words.
#[cfg(target_arch = "x86_64")]
#[derive(Clone)]
pub(crate) struct State {
    h: [u64; 8],
    n: [u64; 8],
    sigma: [u64; 8],
}

#[cfg(target_arch = "x86_64")]
impl State {
    fn new(output_octets: usize) -> Result<Self, InvalidOutputSize> {
        let h = match output_octets {
            32 => [0x0101_0101_0101_0101; 8],
            64 => [0; 8],
            _ => return Err(InvalidOutputSize),
        };
        Ok(Self { h, n: [0; 8], sigma: [0; 8] })
    }

    /// N + bits.
    #[inline]
    fn count(&mut self, bits: u64) {
        add(&mut self.n, &[bits, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Σ + m.
    #[inline]
    fn sum(&mut self, message: &[u64; 8]) {
        add(&mut self.sigma, message);
    }
}

/// Modulo 2^512, in constant time.
#[cfg(target_arch = "x86_64")]
#[inline]
fn add(sum: &mut [u64; 8], addend: &[u64; 8]) {
    let mut carry = false;
    for (word, addend) in sum.iter_mut().zip(addend) {
        (*word, carry) = word.carrying_add(*addend, carry);
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for State {
    fn drop(&mut self) {
        self.h.zeroize();
        self.n.zeroize();
        self.sigma.zeroize();
    }
}
