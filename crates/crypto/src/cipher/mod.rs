//! Block ciphers of GOST R 34.12-2015 in the modes that keys and messages travel in: CTR, CTR-ACPKM, OMAC, OMAC-ACPKM (GOST R 34.13-2015, R 1323565.1.017),
//! the export of keys KExp15, and the older GOST 28147-89. Octets and keys only: identifiers and DER are in `content_cipher`, passwords in `pbes2`.

mod gost28147;
mod key_export;

pub use gost28147::{Gost28147, SBox};

use cmac::{Cmac, Mac as _};
use kuznyechik::Kuznyechik;
use kuznyechik::cipher::{Block, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use magma::Magma;
use zeroize::{Zeroize, Zeroizing};

use crate::Error;

/// Octets of a key of every cipher here.
pub const KEY_OCTETS: usize = 32;

/// A key of any cipher here. Callers keep theirs in [`Zeroizing`].
pub type Key = [u8; KEY_OCTETS];

/// A block cipher of GOST R 34.12-2015.
///
/// ```
/// use surguch_crypto::cipher::BlockCipher;
///
/// let key = [7; 32];
/// let mut text = *b"attack at dawn";
/// BlockCipher::Kuznyechik.ctr_acpkm(&key, &[1; 8], 32, &mut text)?;
/// assert_ne!(&text, b"attack at dawn");
/// BlockCipher::Kuznyechik.ctr_acpkm(&key, &[1; 8], 32, &mut text)?;
/// assert_eq!(&text, b"attack at dawn");
/// # Ok::<(), surguch_crypto::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BlockCipher {
    /// Blocks of 128 bits (RFC 7801).
    Kuznyechik,
    /// Blocks of 64 bits, big-endian (RFC 8891).
    Magma,
}

impl BlockCipher {
    /// Octets of a block: 16 or 8.
    pub fn block_octets(self) -> usize {
        match self {
            Self::Kuznyechik => Kuznyechik::block_size(),
            Self::Magma => Magma::block_size(),
        }
    }

    /// Octets enciphered under one section key in CMS and PKCS#8 (R 1323565.1.025, 7.1.1; RFC 9337, 7.3): 256 KiB or 8 KiB.
    pub fn section_octets(self) -> usize {
        match self {
            Self::Kuznyechik => 256 << 10,
            Self::Magma => 8 << 10,
        }
    }

    /// Enciphers one block in place; `Malformed` when it is not one block.
    pub fn encrypt_block(self, key: &Key, block: &mut [u8]) -> Result<(), Error> {
        fn run<C: BlockCipherEncrypt + KeyInit>(key: &Key, block: &mut [u8]) -> Result<(), Error> {
            let block: &mut Block<C> = block.try_into().map_err(|_| Error::malformed(WHAT, "not one block"))?;
            schedule::<C>(key).encrypt_block(block);
            Ok(())
        }
        match self {
            Self::Kuznyechik => run::<Kuznyechik>(key, block),
            Self::Magma => run::<Magma>(key, block),
        }
    }

    /// Enciphers or deciphers in place in counter mode; the vector is half a block.
    pub fn ctr(self, key: &Key, vector: &[u8], data: &mut [u8]) -> Result<(), Error> {
        self.counter(key, vector, usize::MAX, data)
    }

    /// The same with the key changed after every `section_octets`, whole blocks, at least one (R 1323565.1.017, 4.1; RFC 8645, 6.2.2).
    pub fn ctr_acpkm(self, key: &Key, vector: &[u8], section_octets: usize, data: &mut [u8]) -> Result<(), Error> {
        self.must_be_blocks(section_octets)?;
        self.counter(key, vector, section_octets, data)
    }

    /// The authentication code of a whole block (GOST R 34.13-2015, 5.6, which is CMAC).
    pub fn omac(self, key: &Key, parts: &[&[u8]]) -> Vec<u8> {
        macro_rules! run {
            ($cipher:ty) => {{
                let mut mac = <Cmac<$cipher> as KeyInit>::new(key.into());
                for part in parts {
                    mac.update(part);
                }
                mac.finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Kuznyechik => run!(Kuznyechik),
            Self::Magma => run!(Magma),
        }
    }

    /// The authentication code with the key changed after every `section_octets` of data, keys coming from a master key that changes after every
    /// `master_octets` of key material (R 1323565.1.017, 4.2; RFC 8645, 6.3.4). Both whole blocks, at least one.
    pub fn omac_acpkm(
        self,
        key: &Key,
        section_octets: usize,
        master_octets: usize,
        data: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.must_be_blocks(section_octets)?;
        self.must_be_blocks(master_octets)?;
        let block = self.block_octets();
        // One section key and one K₁ for every section of the data, an empty message having one section too.
        let sections = data.len().div_ceil(section_octets).max(1);
        let mut material = Zeroizing::new(vec![0; sections * (KEY_OCTETS + block)]);
        self.counter(key, &[0xff; 8][..block / 2], master_octets, &mut material)?;
        Ok(match self {
            Self::Kuznyechik => omac_sections::<Kuznyechik>(&material, section_octets, data),
            Self::Magma => omac_sections::<Magma>(&material, section_octets, data),
        })
    }

    fn counter(self, key: &Key, vector: &[u8], section_octets: usize, data: &mut [u8]) -> Result<(), Error> {
        if vector.len() != self.block_octets() / 2 {
            return Err(Error::malformed(WHAT, "initialisation vector of a wrong length"));
        }
        match self {
            Self::Kuznyechik => counter_sections::<Kuznyechik>(key, vector, section_octets, data),
            Self::Magma => counter_sections::<Magma>(key, vector, section_octets, data),
        }
        Ok(())
    }

    fn must_be_blocks(self, octets: usize) -> Result<(), Error> {
        if octets == 0 || !octets.is_multiple_of(self.block_octets()) {
            return Err(Error::malformed(WHAT, "a section is not whole blocks"));
        }
        Ok(())
    }
}

/// Blocks of key stream made at a time: enough for the parallel code of the cipher, few enough for the stack.
const STREAM_BLOCKS: usize = 16;

fn schedule<C: KeyInit>(key: &Key) -> C {
    C::new_from_slice(key).expect("both ciphers take keys of 32 octets")
}

fn counter_sections<C: BlockCipherEncrypt + KeyInit>(key: &Key, vector: &[u8], section_octets: usize, data: &mut [u8]) {
    let mut key = Zeroizing::new(*key);
    let mut counter = Block::<C>::default();
    counter[..vector.len()].copy_from_slice(vector);
    for (number, section) in data.chunks_mut(section_octets).enumerate() {
        if number != 0 {
            key = next_section_key::<C>(&key);
        }
        xor_key_stream(&schedule::<C>(&key), &mut counter, section);
    }
}

fn xor_key_stream<C: BlockCipherEncrypt>(cipher: &C, counter: &mut Block<C>, data: &mut [u8]) {
    let block = C::block_size();
    let mut stream: [Block<C>; STREAM_BLOCKS] = core::array::from_fn(|_| Block::<C>::default());
    for chunk in data.chunks_mut(STREAM_BLOCKS * block) {
        let blocks = &mut stream[..chunk.len().div_ceil(block)];
        for next in blocks.iter_mut() {
            next.clone_from(counter);
            increment(counter);
        }
        cipher.encrypt_blocks(blocks);
        for (octet, key) in chunk.iter_mut().zip(blocks.iter().flatten()) {
            *octet ^= key;
        }
    }
    for block in &mut stream {
        block.as_mut_slice().zeroize();
    }
}

/// Adds 1 to a big-endian number.
fn increment(counter: &mut [u8]) {
    for octet in counter.iter_mut().rev() {
        *octet = octet.wrapping_add(1);
        if *octet != 0 {
            return;
        }
    }
}

/// K ← E(K, D): the constant of R 1323565.1.017, 4.1, is 80 81 … 9f.
fn next_section_key<C: BlockCipherEncrypt + KeyInit>(key: &Key) -> Zeroizing<Key> {
    let cipher = schedule::<C>(key);
    let mut next = Zeroizing::new([0; KEY_OCTETS]);
    for (octet, value) in next.iter_mut().zip(0x80..) {
        *octet = value;
    }
    for block in next.chunks_exact_mut(C::block_size()) {
        let block: &mut Block<C> = block.try_into().expect("the chunks are of one block");
        cipher.encrypt_block(block);
    }
    next
}

/// CBC-MAC over the sections, the last block masked with K₁ of the last section, or with 2·K₁ where it had to be filled up.
fn omac_sections<C: BlockCipherEncrypt + KeyInit>(material: &[u8], section_octets: usize, data: &[u8]) -> Vec<u8> {
    let block = C::block_size();
    let mut chain = Block::<C>::default();
    let mut rest = data;
    for pair in material.chunks_exact(KEY_OCTETS + block) {
        let (key, mask) = pair.split_at(KEY_OCTETS);
        let cipher = C::new_from_slice(key).expect("both ciphers take keys of 32 octets");
        let (section, after) = rest.split_at(rest.len().min(section_octets));
        rest = after;
        let is_last_section = rest.is_empty();
        let mut blocks = section.chunks(block).peekable();
        if section.is_empty() {
            finish(&cipher, &mut chain, &[], mask);
        }
        while let Some(part) = blocks.next() {
            if is_last_section && blocks.peek().is_none() {
                finish(&cipher, &mut chain, part, mask);
            } else {
                xor(&mut chain, part);
                cipher.encrypt_block(&mut chain);
            }
        }
        if is_last_section {
            break;
        }
    }
    chain.to_vec()
}

fn finish<C: BlockCipherEncrypt>(cipher: &C, chain: &mut Block<C>, last: &[u8], mask: &[u8]) {
    let mut mask = Zeroizing::new(mask.to_vec());
    xor(chain, last);
    if last.len() < chain.len() {
        chain[last.len()] ^= 0x80;
        double(&mut mask);
    }
    xor(chain, &mask);
    cipher.encrypt_block(chain);
}

fn xor(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= from;
    }
}

/// 2·x in GF(2^64) or GF(2^128) (GOST R 34.13-2015, 5.6.1), without a branch on x.
fn double(x: &mut [u8]) {
    let polynomial = if x.len() == 16 { 0x87 } else { 0x1b };
    let mut carry = 0;
    for octet in x.iter_mut().rev() {
        let next = *octet >> 7;
        *octet = *octet << 1 | carry;
        carry = next;
    }
    if let Some(last) = x.last_mut() {
        *last ^= polynomial & 0_u8.wrapping_sub(carry);
    }
}

const WHAT: &str = "cipher parameters";

#[cfg(test)]
mod tests;
