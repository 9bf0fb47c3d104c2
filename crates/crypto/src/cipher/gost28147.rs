//! GOST 28147-89: the cipher of the containers and messages of the years before 2016, still met and still asked for.
//! Modes CFB and CNT with the key meshing of CryptoPro, the authentication code, the wrapping of keys (RFC 4357). Octets are little-endian here, unlike in Magma.

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, Zeroizing};

use super::{KEY_OCTETS, Key};
use crate::Error;

/// Octets of a block.
const BLOCK_OCTETS: usize = 8;
/// Octets enciphered before the key is meshed (RFC 4357, 2.3.2).
const MESHING_OCTETS: usize = 1024;

type Block = [u8; BLOCK_OCTETS];

/// The substitution of the cipher, by the parameter set that names it. There is no default: whoever does not say which one has said nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SBox {
    /// `id-tc26-gost-28147-param-Z` (RFC 7836, appendix C): the one of GOST R 34.12-2015.
    Tc26Z,
    /// `id-Gost28147-89-CryptoPro-A-ParamSet` (RFC 4357, 11.2), as are the others.
    CryptoProA,
    /// `id-Gost28147-89-CryptoPro-B-ParamSet`.
    CryptoProB,
    /// `id-Gost28147-89-CryptoPro-C-ParamSet`.
    CryptoProC,
    /// `id-Gost28147-89-CryptoPro-D-ParamSet`.
    CryptoProD,
}

impl SBox {
    /// Every set; the test set of the standard is not among them.
    pub const ALL: [Self; 5] = [Self::Tc26Z, Self::CryptoProA, Self::CryptoProB, Self::CryptoProC, Self::CryptoProD];

    /// The dotted identifier that stands in the parameters.
    pub fn oid(self) -> &'static str {
        match self {
            Self::Tc26Z => "1.2.643.7.1.2.5.1.1",
            Self::CryptoProA => "1.2.643.2.2.31.1",
            Self::CryptoProB => "1.2.643.2.2.31.2",
            Self::CryptoProC => "1.2.643.2.2.31.3",
            Self::CryptoProD => "1.2.643.2.2.31.4",
        }
    }

    /// The set of a dotted identifier.
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// The name in the documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tc26Z => "id-tc26-gost-28147-param-Z",
            Self::CryptoProA => "id-Gost28147-89-CryptoPro-A-ParamSet",
            Self::CryptoProB => "id-Gost28147-89-CryptoPro-B-ParamSet",
            Self::CryptoProC => "id-Gost28147-89-CryptoPro-C-ParamSet",
            Self::CryptoProD => "id-Gost28147-89-CryptoPro-D-ParamSet",
        }
    }

    pub(super) fn rows(self) -> &'static Rows {
        match self {
            Self::Tc26Z => &TC26_Z,
            Self::CryptoProA => &CRYPTO_PRO_A,
            Self::CryptoProB => &CRYPTO_PRO_B,
            Self::CryptoProC => &CRYPTO_PRO_C,
            Self::CryptoProD => &CRYPTO_PRO_D,
        }
    }
}

/// Rows K1 to K8 as the documents print them; K1 replaces the lowest four bits.
type Rows = [[u8; 16]; 8];

/// The cipher under one key, wiped on drop.
///
/// ```
/// use surguch_crypto::cipher::{Gost28147, SBox};
///
/// let mut text = *b"attack at dawn";
/// Gost28147::new(SBox::Tc26Z, &[7; 32]).encrypt_cfb(&[1; 8], &mut text);
/// Gost28147::new(SBox::Tc26Z, &[7; 32]).decrypt_cfb(&[1; 8], &mut text);
/// assert_eq!(&text, b"attack at dawn");
/// ```
pub struct Gost28147 {
    key: Zeroizing<[u32; 8]>,
    /// Two rows at a time: substitution of octet i, already in its place and turned by 11 bits.
    substitution: Box<[[u32; 256]; 4]>,
}

impl Gost28147 {
    /// The cipher with this substitution and this key.
    pub fn new(set: SBox, key: &Key) -> Self {
        Self::with_rows(set.rows(), key)
    }

    pub(super) fn with_rows(rows: &Rows, key: &Key) -> Self {
        let mut substitution = Box::new([[0; 256]; 4]);
        for (i, table) in substitution.iter_mut().enumerate() {
            for (input, output) in table.iter_mut().enumerate() {
                let octet = rows[2 * i][input & 15] | rows[2 * i + 1][input >> 4] << 4;
                *output = (u32::from(octet) << (8 * i)).rotate_left(11);
            }
        }
        let mut cipher = Self { key: Zeroizing::new([0; 8]), substitution };
        cipher.set_key(key);
        cipher
    }

    fn set_key(&mut self, key: &Key) {
        for (word, octets) in self.key.iter_mut().zip(key.as_chunks().0) {
            *word = u32::from_le_bytes(*octets);
        }
    }

    #[inline]
    fn round(&self, half: u32, key: u32) -> u32 {
        let [a, b, c, d] = half.wrapping_add(key).to_le_bytes().map(usize::from);
        self.substitution[0][a] | self.substitution[1][b] | self.substitution[2][c] | self.substitution[3][d]
    }

    /// The rounds with these key words, halves in their places before the swap that the last round does not make.
    fn rounds<'a>(&'a self, block: &Block, keys: impl Iterator<Item = &'a u32>) -> (u32, u32) {
        let (low, high) = block.split_at(4);
        let word = |octets: &[u8]| u32::from_le_bytes(octets.try_into().expect("half a block"));
        let (mut n1, mut n2) = (word(low), word(high));
        for key in keys {
            (n1, n2) = (n2 ^ self.round(n1, *key), n1);
        }
        (n1, n2)
    }

    fn block((low, high): (u32, u32)) -> Block {
        let mut block = [0; BLOCK_OCTETS];
        block[..4].copy_from_slice(&low.to_le_bytes());
        block[4..].copy_from_slice(&high.to_le_bytes());
        block
    }

    /// One block of simple replacement.
    pub fn encrypt_block(&self, block: &mut [u8; 8]) {
        let forward = self.key.iter().cycle().take(24);
        let (n1, n2) = self.rounds(block, forward.chain(self.key.iter().rev()));
        *block = Self::block((n2, n1));
    }

    /// The way back.
    pub fn decrypt_block(&self, block: &mut [u8; 8]) {
        let backward = self.key.iter().rev().cycle().take(24);
        let (n1, n2) = self.rounds(block, self.key.iter().chain(backward));
        *block = Self::block((n2, n1));
    }

    /// Cipher feedback with key meshing (RFC 4357, 2.3.2): what CMS and PKCS#8 mean by `gost28147-89`.
    pub fn encrypt_cfb(mut self, vector: &[u8; 8], data: &mut [u8]) {
        let mut register = *vector;
        for (number, chunk) in data.chunks_mut(BLOCK_OCTETS).enumerate() {
            self.feedback(number, &mut register);
            super::xor(chunk, &register);
            register[..chunk.len()].copy_from_slice(chunk);
        }
        register.zeroize();
    }

    /// The way back.
    pub fn decrypt_cfb(mut self, vector: &[u8; 8], data: &mut [u8]) {
        let mut register = *vector;
        for (number, chunk) in data.chunks_mut(BLOCK_OCTETS).enumerate() {
            self.feedback(number, &mut register);
            let mut next = register;
            next[..chunk.len()].copy_from_slice(chunk);
            super::xor(chunk, &register);
            register = next;
        }
        register.zeroize();
    }

    fn feedback(&mut self, number: usize, register: &mut Block) {
        if number != 0 && (number * BLOCK_OCTETS).is_multiple_of(MESHING_OCTETS) {
            self.mesh(register);
        }
        self.encrypt_block(register);
    }

    /// The counter of GOST 28147-89 ("gamma"), with key meshing; enciphers and deciphers.
    pub fn cnt(mut self, vector: &[u8; 8], data: &mut [u8]) {
        let mut counter = *vector;
        self.encrypt_block(&mut counter);
        for (number, chunk) in data.chunks_mut(BLOCK_OCTETS).enumerate() {
            if number != 0 && (number * BLOCK_OCTETS).is_multiple_of(MESHING_OCTETS) {
                self.mesh(&mut counter);
            }
            let (low, high) = counter.split_at(4);
            let word = |octets: &[u8]| u32::from_le_bytes(octets.try_into().expect("half a block"));
            let low = word(low).wrapping_add(0x0101_0101);
            // Modulo 2^32 − 1, where 2^32 − 1 itself stays.
            let (high, over) = word(high).overflowing_add(0x0101_0104);
            counter = Self::block((low, high.wrapping_add(u32::from(over))));
            let mut gamma = counter;
            self.encrypt_block(&mut gamma);
            super::xor(chunk, &gamma);
            gamma.zeroize();
        }
        counter.zeroize();
    }

    /// K ← D(K, C), S ← E(K, S).
    fn mesh(&mut self, register: &mut Block) {
        let mut key = Zeroizing::new(MESHING_CONSTANT);
        for block in key.as_chunks_mut().0 {
            self.decrypt_block(block);
        }
        self.set_key(&key);
        self.encrypt_block(register);
    }

    /// The authentication code ("imitovstavka") from an initial state: 16 rounds a block, zeros to the end of the last one, two blocks at least.
    pub fn mac(&self, start: &[u8; 8], data: &[u8]) -> [u8; 4] {
        let mut state = *start;
        let blocks = data.len().div_ceil(BLOCK_OCTETS).max(2);
        for number in 0..blocks {
            let from = data.get(number * BLOCK_OCTETS..).unwrap_or_default();
            super::xor(&mut state, from);
            state = Self::block(self.rounds(&state, self.key.iter().cycle().take(16)));
        }
        let [a, b, c, d, ..] = state;
        state.zeroize();
        [a, b, c, d]
    }

    /// GOST 28147-89 Key Wrap under this key (RFC 4357, 6.1): the enciphered key and its authentication code.
    pub fn wrap_key(&self, ukm: &[u8; 8], key: &Key) -> (Key, [u8; 4]) {
        let mac = self.mac(ukm, key);
        let mut wrapped = *key;
        for block in wrapped.as_chunks_mut().0 {
            self.encrypt_block(block);
        }
        (wrapped, mac)
    }

    /// The key back (RFC 4357, 6.2), `Invalid` of "wrapped-key" when it was not wrapped under this one.
    pub fn unwrap_key(&self, ukm: &[u8; 8], wrapped: &Key, mac: &[u8; 4]) -> Result<Zeroizing<Key>, Error> {
        let mut key = Zeroizing::new(*wrapped);
        for block in key.as_chunks_mut().0 {
            self.decrypt_block(block);
        }
        if bool::from(self.mac(ukm, &*key).ct_eq(mac)) { Ok(key) } else { Err(Error::Invalid { what: "wrapped-key" }) }
    }

    /// The key of the CryptoPro Key Wrap: the agreed key made different by `ukm` (RFC 4357, 6.5).
    pub fn diversified(set: SBox, key: &Key, ukm: &[u8; 8]) -> Self {
        let mut key = Zeroizing::new(*key);
        for octet in ukm {
            let (mut one, mut zero) = (0_u32, 0_u32);
            for (bit, word) in key.as_chunks().0.iter().enumerate() {
                let word = u32::from_le_bytes(*word);
                let sum = if octet >> bit & 1 == 1 { &mut one } else { &mut zero };
                *sum = sum.wrapping_add(word);
            }
            let vector = Zeroizing::new(Self::block((one, zero)));
            let cipher = Self::new(set, &key);
            cipher.encrypt_cfb(&vector, &mut *key);
        }
        Self::new(set, &key)
    }
}

impl Drop for Gost28147 {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// C of RFC 4357, 2.3.2.
const MESHING_CONSTANT: [u8; KEY_OCTETS] = [
    0x69, 0x00, 0x72, 0x22, 0x64, 0xc9, 0x04, 0x23, 0x8d, 0x3a, 0xdb, 0x96, 0x46, 0xe9, 0x2a, 0xc4, 0x18, 0xfe, 0xac,
    0x94, 0x00, 0xed, 0x07, 0x12, 0xc0, 0x86, 0xdc, 0xc2, 0xef, 0x4c, 0xa9, 0x2b,
];

const TC26_Z: Rows = [
    [12, 4, 6, 2, 10, 5, 11, 9, 14, 8, 13, 7, 0, 3, 15, 1],
    [6, 8, 2, 3, 9, 10, 5, 12, 1, 14, 4, 7, 11, 13, 0, 15],
    [11, 3, 5, 8, 2, 15, 10, 13, 14, 1, 7, 4, 12, 9, 6, 0],
    [12, 8, 2, 1, 13, 4, 15, 6, 7, 0, 10, 5, 3, 14, 9, 11],
    [7, 15, 5, 10, 8, 1, 6, 13, 0, 9, 3, 14, 11, 4, 2, 12],
    [5, 13, 15, 6, 9, 2, 12, 10, 11, 7, 8, 1, 4, 3, 14, 0],
    [8, 14, 2, 5, 6, 9, 1, 12, 15, 4, 11, 0, 13, 10, 3, 7],
    [1, 7, 14, 13, 0, 5, 8, 3, 4, 15, 10, 6, 9, 12, 11, 2],
];

const CRYPTO_PRO_A: Rows = [
    [9, 6, 3, 2, 8, 11, 1, 7, 10, 4, 14, 15, 12, 0, 13, 5],
    [3, 7, 14, 9, 8, 10, 15, 0, 5, 2, 6, 12, 11, 4, 13, 1],
    [14, 4, 6, 2, 11, 3, 13, 8, 12, 15, 5, 10, 0, 7, 1, 9],
    [14, 7, 10, 12, 13, 1, 3, 9, 0, 2, 11, 4, 15, 8, 5, 6],
    [11, 5, 1, 9, 8, 13, 15, 0, 14, 4, 2, 3, 12, 7, 10, 6],
    [3, 10, 13, 12, 1, 2, 0, 11, 7, 5, 9, 4, 8, 15, 14, 6],
    [1, 13, 2, 9, 7, 10, 6, 0, 8, 12, 4, 5, 15, 3, 11, 14],
    [11, 10, 15, 5, 0, 12, 14, 8, 6, 2, 3, 9, 1, 7, 13, 4],
];

const CRYPTO_PRO_B: Rows = [
    [8, 4, 11, 1, 3, 5, 0, 9, 2, 14, 10, 12, 13, 6, 7, 15],
    [0, 1, 2, 10, 4, 13, 5, 12, 9, 7, 3, 15, 11, 8, 6, 14],
    [14, 12, 0, 10, 9, 2, 13, 11, 7, 5, 8, 15, 3, 6, 1, 4],
    [7, 5, 0, 13, 11, 6, 1, 2, 3, 10, 12, 15, 4, 14, 9, 8],
    [2, 7, 12, 15, 9, 5, 10, 11, 1, 4, 0, 13, 6, 8, 14, 3],
    [8, 3, 2, 6, 4, 13, 14, 11, 12, 1, 7, 15, 10, 0, 9, 5],
    [5, 2, 10, 11, 9, 1, 12, 3, 7, 4, 13, 0, 6, 15, 8, 14],
    [0, 4, 11, 14, 8, 3, 7, 1, 10, 2, 9, 6, 15, 13, 5, 12],
];

const CRYPTO_PRO_C: Rows = [
    [1, 11, 12, 2, 9, 13, 0, 15, 4, 5, 8, 14, 10, 7, 6, 3],
    [0, 1, 7, 13, 11, 4, 5, 2, 8, 14, 15, 12, 9, 10, 6, 3],
    [8, 2, 5, 0, 4, 9, 15, 10, 3, 7, 12, 13, 6, 14, 1, 11],
    [3, 6, 0, 1, 5, 13, 10, 8, 11, 2, 9, 7, 14, 15, 12, 4],
    [8, 13, 11, 0, 4, 5, 1, 2, 9, 3, 12, 14, 6, 15, 10, 7],
    [12, 9, 11, 1, 8, 14, 2, 4, 7, 3, 6, 5, 10, 0, 15, 13],
    [10, 9, 6, 8, 13, 14, 2, 0, 15, 3, 5, 11, 4, 1, 12, 7],
    [7, 4, 0, 5, 10, 2, 15, 14, 12, 6, 1, 11, 13, 9, 3, 8],
];

const CRYPTO_PRO_D: Rows = [
    [15, 12, 2, 10, 6, 4, 5, 0, 7, 9, 14, 13, 1, 11, 8, 3],
    [11, 6, 3, 4, 12, 15, 14, 2, 7, 13, 8, 0, 5, 10, 9, 1],
    [1, 12, 11, 0, 15, 14, 6, 5, 10, 13, 4, 8, 9, 3, 7, 2],
    [1, 5, 14, 12, 10, 7, 0, 13, 6, 2, 11, 4, 9, 3, 15, 8],
    [0, 12, 8, 9, 13, 2, 10, 11, 7, 3, 6, 5, 4, 14, 15, 1],
    [8, 0, 15, 3, 2, 5, 14, 11, 1, 10, 4, 7, 12, 9, 13, 6],
    [3, 0, 6, 15, 1, 14, 9, 2, 13, 8, 12, 4, 11, 10, 5, 7],
    [1, 10, 6, 8, 15, 11, 0, 4, 12, 3, 5, 9, 7, 13, 2, 14],
];
