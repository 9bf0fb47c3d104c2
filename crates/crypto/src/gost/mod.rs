//! GOST R 34.10-2012 (RFC 7091) over every parameter set in use: keys, signatures, checks of received keys.
//! Numbers and octets only: digests come in ready, and identifiers, DER and certificates live in the rest of the crate.
//! No branch and no memory address depends on a private key or a nonce; verification handles public values and is faster for not caring.

// Numbers.
mod field;
mod inversion;
mod limbs;
mod montgomery;
mod near_power;
// Points.
mod comb;
mod constants;
mod curve;
mod edwards;
mod fixed_base;
mod jacobian;
// The standard.
#[cfg(test)]
mod counting;
mod nonce;
mod signature;
#[cfg(test)]
mod tests;
mod vko;

use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use comb::Comb;
use curve::Point;
use signature::Group;

/// A named curve of GOST R 34.10-2012 together with the identifier it is asked for by.
///
/// Several identifiers name one curve (RFC 9215, appendix C); [`ParameterSet::canonical`] brings them together.
/// The test sets of the standard are deliberately absent: a key on them is refused by [`ParameterSet::from_oid`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ParameterSet {
    /// `id-tc26-gost-3410-2012-256-paramSetA`: twisted Edwards, cofactor 4, a curve of its own.
    Tc26_256A,
    /// `id-tc26-gost-3410-2012-256-paramSetB`: the curve CryptoPro-A.
    Tc26_256B,
    /// `id-tc26-gost-3410-2012-256-paramSetC`: the curve CryptoPro-B.
    Tc26_256C,
    /// `id-tc26-gost-3410-2012-256-paramSetD`: the curve CryptoPro-C.
    Tc26_256D,
    /// `id-GostR3410-2001-CryptoPro-A-ParamSet`.
    CryptoProA,
    /// `id-GostR3410-2001-CryptoPro-B-ParamSet`.
    CryptoProB,
    /// `id-GostR3410-2001-CryptoPro-C-ParamSet`.
    CryptoProC,
    /// `id-GostR3410-2001-CryptoPro-XchA-ParamSet`: the curve CryptoPro-A, meant for key exchange.
    CryptoProXchA,
    /// `id-GostR3410-2001-CryptoPro-XchB-ParamSet`: the curve CryptoPro-C, meant for key exchange.
    CryptoProXchB,
    /// `id-tc26-gost-3410-12-512-paramSetA`.
    Tc26_512A,
    /// `id-tc26-gost-3410-12-512-paramSetB`.
    Tc26_512B,
    /// `id-tc26-gost-3410-2012-512-paramSetC`: twisted Edwards, cofactor 4.
    Tc26_512C,
}

impl ParameterSet {
    /// Every set, in the order of declaration.
    pub const ALL: &[Self] = &[
        Self::Tc26_256A,
        Self::Tc26_256B,
        Self::Tc26_256C,
        Self::Tc26_256D,
        Self::CryptoProA,
        Self::CryptoProB,
        Self::CryptoProC,
        Self::CryptoProXchA,
        Self::CryptoProXchB,
        Self::Tc26_512A,
        Self::Tc26_512B,
        Self::Tc26_512C,
    ];

    /// The dotted object identifier that stands in `publicKeyParamSet`.
    pub fn oid(self) -> &'static str {
        match self {
            Self::Tc26_256A => "1.2.643.7.1.2.1.1.1",
            Self::Tc26_256B => "1.2.643.7.1.2.1.1.2",
            Self::Tc26_256C => "1.2.643.7.1.2.1.1.3",
            Self::Tc26_256D => "1.2.643.7.1.2.1.1.4",
            Self::CryptoProA => "1.2.643.2.2.35.1",
            Self::CryptoProB => "1.2.643.2.2.35.2",
            Self::CryptoProC => "1.2.643.2.2.35.3",
            Self::CryptoProXchA => "1.2.643.2.2.36.0",
            Self::CryptoProXchB => "1.2.643.2.2.36.1",
            Self::Tc26_512A => "1.2.643.7.1.2.1.2.1",
            Self::Tc26_512B => "1.2.643.7.1.2.1.2.2",
            Self::Tc26_512C => "1.2.643.7.1.2.1.2.3",
        }
    }

    /// The set of a dotted identifier; `None` for anything unknown and for the test sets of the standard.
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| set.oid() == oid)
    }

    /// The name the documents use for the identifier, as in RFC 9215 and RFC 4357.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tc26_256A => "id-tc26-gost-3410-2012-256-paramSetA",
            Self::Tc26_256B => "id-tc26-gost-3410-2012-256-paramSetB",
            Self::Tc26_256C => "id-tc26-gost-3410-2012-256-paramSetC",
            Self::Tc26_256D => "id-tc26-gost-3410-2012-256-paramSetD",
            Self::CryptoProA => "id-GostR3410-2001-CryptoPro-A-ParamSet",
            Self::CryptoProB => "id-GostR3410-2001-CryptoPro-B-ParamSet",
            Self::CryptoProC => "id-GostR3410-2001-CryptoPro-C-ParamSet",
            Self::CryptoProXchA => "id-GostR3410-2001-CryptoPro-XchA-ParamSet",
            Self::CryptoProXchB => "id-GostR3410-2001-CryptoPro-XchB-ParamSet",
            Self::Tc26_512A => "id-tc26-gost-3410-12-512-paramSetA",
            Self::Tc26_512B => "id-tc26-gost-3410-12-512-paramSetB",
            Self::Tc26_512C => "id-tc26-gost-3410-2012-512-paramSetC",
        }
    }

    /// Octets of one coordinate, one scalar and one digest: 32 or 64.
    pub fn octets(self) -> usize {
        if self.is_512() { 64 } else { 32 }
    }

    /// Whether keys of this set sign 512-bit digests.
    pub fn is_512(self) -> bool {
        match self {
            Self::Tc26_512A | Self::Tc26_512B | Self::Tc26_512C => true,
            Self::Tc26_256A
            | Self::Tc26_256B
            | Self::Tc26_256C
            | Self::Tc26_256D
            | Self::CryptoProA
            | Self::CryptoProB
            | Self::CryptoProC
            | Self::CryptoProXchA
            | Self::CryptoProXchB => false,
        }
    }

    /// One set for all identifiers of one curve (the TC26 one), so that a key under two identifiers is still one key.
    pub fn canonical(self) -> Self {
        match self {
            Self::Tc26_256A => Self::Tc26_256A,
            Self::Tc26_256B | Self::CryptoProA | Self::CryptoProXchA => Self::Tc26_256B,
            Self::Tc26_256C | Self::CryptoProB => Self::Tc26_256C,
            Self::Tc26_256D | Self::CryptoProC | Self::CryptoProXchB => Self::Tc26_256D,
            Self::Tc26_512A => Self::Tc26_512A,
            Self::Tc26_512B => Self::Tc26_512B,
            Self::Tc26_512C => Self::Tc26_512C,
        }
    }

    /// Octets of memory that the tables of the curve take in a process that has signed and verified on it; other identifiers of the same curve
    /// share them. Builds what is not there yet.
    pub fn table_octets(self) -> usize {
        match self.curve() {
            AnyCurve::Narrow(curve) => curve.table_octets(),
            AnyCurve::Wide(curve) => curve.table_octets(),
        }
    }

    fn curve(self) -> AnyCurve {
        match self {
            Self::Tc26_256A => AnyCurve::Narrow(&curve::TC26_256_A),
            Self::Tc26_256B | Self::CryptoProA | Self::CryptoProXchA => AnyCurve::Narrow(&curve::CRYPTO_PRO_A),
            Self::Tc26_256C | Self::CryptoProB => AnyCurve::Narrow(&curve::CRYPTO_PRO_B),
            Self::Tc26_256D | Self::CryptoProC | Self::CryptoProXchB => AnyCurve::Narrow(&curve::CRYPTO_PRO_C),
            Self::Tc26_512A => AnyCurve::Wide(&curve::TC26_512_A),
            Self::Tc26_512B => AnyCurve::Wide(&curve::TC26_512_B),
            Self::Tc26_512C => AnyCurve::Wide(&curve::TC26_512_C),
        }
    }
}

/// A curve by the width of its numbers.
enum AnyCurve {
    Narrow(&'static dyn Group<4>),
    Wide(&'static dyn Group<8>),
}

/// Why octets were refused, those of a key or of a digest to be signed with one. All of them are the sender's fault: nothing is repaired or reduced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The octets do not have the length the parameter set demands.
    #[error("wrong key length")]
    Length,
    /// A coordinate is not below the field prime.
    #[error("coordinate out of range")]
    CoordinateRange,
    /// The point does not satisfy the equation of the curve.
    #[error("point not on the curve")]
    NotOnCurve,
    /// The cofactor times the point is zero: such a key shows nothing but its own order.
    #[error("point of small order")]
    SmallOrder,
    /// The point is on the curve but not in the group the base point generates.
    #[error("point outside the prime-order subgroup")]
    OutsideSubgroup,
    /// The private number is zero or not below the group order.
    #[error("private key out of range")]
    ScalarRange,
    /// What is to be signed is not as long as the key.
    #[error("wrong digest length")]
    DigestLength,
}

/// A checked public key: coordinates below the prime, on the curve, of the prime order.
#[derive(Clone)]
pub struct PublicKey {
    set: ParameterSet,
    point: AnyPoint,
}

#[derive(Clone, PartialEq, Eq)]
enum AnyPoint {
    Narrow(Point<4>),
    Wide(Point<8>),
}

impl PublicKey {
    /// Reads X ‖ Y, each little-endian (RFC 9215, section 4.3), 64 or 128 octets, and makes every check of the standard:
    /// coordinates strictly below the prime, on the curve, and on the curves of cofactor 4 of the prime order.
    pub fn from_le_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != 2 * set.octets() {
            return Err(KeyError::Length);
        }
        let (x, y) = bytes.split_at(set.octets());
        let point = match set.curve() {
            AnyCurve::Narrow(curve) => AnyPoint::Narrow(curve.checked_point(x, y)?),
            AnyCurve::Wide(curve) => AnyPoint::Wide(curve.checked_point(x, y)?),
        };
        Ok(Self { set, point })
    }

    /// X ‖ Y, each little-endian: what the OCTET STRING of a SubjectPublicKeyInfo holds.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match &self.point {
            AnyPoint::Narrow(point) => point.to_le_bytes(),
            AnyPoint::Wide(point) => point.to_le_bytes(),
        }
    }

    /// The set the key was read or made under (the alias, not the canonical one).
    pub fn parameter_set(&self) -> ParameterSet {
        self.set
    }

    /// Whether `signature` (s ‖ r, each big-endian, 64 or 128 octets) signs `digest` (as the hash function gives it, 32 or 64 octets).
    /// A wrong length of either is a plain `false`.
    pub fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> bool {
        let octets = self.set.octets();
        if digest.len() != octets || signature.len() != 2 * octets {
            return false;
        }
        match (self.set.curve(), &self.point) {
            (AnyCurve::Narrow(curve), AnyPoint::Narrow(point)) => curve.verify(point, digest, signature),
            (AnyCurve::Wide(curve), AnyPoint::Wide(point)) => curve.verify(point, digest, signature),
            _ => unreachable!("the width of the point is that of its set: both are made together"),
        }
    }
}

impl PublicKey {
    /// Makes the tables that let this key verify about three times as fast. Worth it from the second or third signature on:
    /// for the keys of authorities, of OCSP responders and of whoever else signs again and again.
    pub fn prepare(&self) -> PreparedPublicKey {
        let multiples = match (self.set.curve(), &self.point) {
            (AnyCurve::Narrow(curve), AnyPoint::Narrow(point)) => AnyComb::Narrow(curve.prepare(point)),
            (AnyCurve::Wide(curve), AnyPoint::Wide(point)) => AnyComb::Wide(curve.prepare(point)),
            _ => unreachable!("the width of the point is that of its set: both are made together"),
        };
        PreparedPublicKey { key: self.clone(), multiples }
    }
}

/// A public key with all multiples it will be asked for: 52 to 309 KiB of memory, by the parameter set.
///
/// ```
/// # use surguch_crypto::gost::{ParameterSet, PrivateKey};
/// # struct Zeros;
/// # impl rand_core::TryRng for Zeros {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(0) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(0) }
/// #     fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> { Ok(octets.fill(0)) }
/// # }
/// # impl rand_core::TryCryptoRng for Zeros {}
/// # let rng = &mut Zeros;
/// let issuer = PrivateKey::from_le_bytes(ParameterSet::Tc26_256A, &[7; 32])?;
/// let prepared = issuer.public_key().prepare();
/// for digest in [[1; 32], [2; 32], [3; 32]] {
///     let signature = issuer.sign_digest(&digest, rng)?;
///     assert!(prepared.verify_digest(&digest, &signature));
/// }
/// # Ok::<(), surguch_crypto::gost::KeyError>(())
/// ```
pub struct PreparedPublicKey {
    key: PublicKey,
    multiples: AnyComb,
}

enum AnyComb {
    Narrow(Comb<4>),
    Wide(Comb<8>),
}

impl PreparedPublicKey {
    /// The key itself.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// What [`PublicKey::verify_digest`] of the key says, sooner.
    pub fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> bool {
        let octets = self.key.set.octets();
        if digest.len() != octets || signature.len() != 2 * octets {
            return false;
        }
        match (self.key.set.curve(), &self.multiples) {
            (AnyCurve::Narrow(curve), AnyComb::Narrow(key)) => curve.verify_prepared(key, digest, signature),
            (AnyCurve::Wide(curve), AnyComb::Wide(key)) => curve.verify_prepared(key, digest, signature),
            _ => unreachable!("the width of the table is that of its key's set: both are made together"),
        }
    }
}

impl fmt::Debug for PreparedPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(formatter)
    }
}

/// The same curve and the same point; the identifier the curve was named by does not count.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.set.canonical() == other.set.canonical() && self.point == other.point
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({}, ", self.set.name())?;
        for octet in self.to_le_bytes() {
            write!(formatter, "{octet:02x}")?;
        }
        formatter.write_str(")")
    }
}

/// A private key d, 0 < d < q, with its public key. Neither prints nor clones; the number is wiped on drop.
pub struct PrivateKey {
    /// d, little-endian. On the heap, so that moving the key leaves no copies behind.
    scalar: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

impl PrivateKey {
    /// Draws d evenly from 1..q-1.
    ///
    /// # Panics
    /// When the source of randomness is broken beyond doubt (gives out-of-range numbers without end).
    pub fn generate(set: ParameterSet, rng: &mut dyn CryptoRng) -> Self {
        let scalar = match set.curve() {
            AnyCurve::Narrow(curve) => curve.random_scalar(rng),
            AnyCurve::Wide(curve) => curve.random_scalar(rng),
        };
        Self::from_le_bytes(set, &scalar).expect("a drawn scalar is in range and of the right length")
    }

    /// Reads d, little-endian, 32 or 64 octets; zero and anything not below q is refused, never reduced.
    pub fn from_le_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != set.octets() {
            return Err(KeyError::Length);
        }
        let point = match set.curve() {
            AnyCurve::Narrow(curve) => AnyPoint::Narrow(curve.public_point(bytes)?),
            AnyCurve::Wide(curve) => AnyPoint::Wide(curve.public_point(bytes)?),
        };
        Ok(Self { scalar: Zeroizing::new(bytes.to_vec()), public_key: PublicKey { set, point } })
    }

    /// d, little-endian, 32 or 64 octets: what PKCS#8 holds (RFC 9215, section 5).
    pub fn to_le_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.scalar.clone()
    }

    /// The public key of this private key, under the same parameter set.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Signs a digest given as the hash function gives it; returns s ‖ r, each big-endian, 64 or 128 octets.
    ///
    /// The nonce comes from the key, the digest and 32 octets of `rng` together: a repeated or dead `rng` alone does not give the key away.
    ///
    /// [`KeyError::DigestLength`] when the digest is not exactly 32 octets (64 for the 512-bit sets).
    pub fn sign_digest(&self, digest: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, KeyError> {
        let set = self.public_key.set;
        if digest.len() != set.octets() {
            return Err(KeyError::DigestLength);
        }
        Ok(match set.curve() {
            AnyCurve::Narrow(curve) => curve.sign(&self.scalar, digest, rng),
            AnyCurve::Wide(curve) => curve.sign(&self.scalar, digest, rng),
        })
    }
}
