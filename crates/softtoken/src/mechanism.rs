//! Mechanisms: which a card has, what each takes, and the computing itself. Nothing here knows a session or an object.

use cryptoki_sys::*;
use digest::Digest as _;
use zeroize::Zeroizing;

use crate::card::Algorithms;
use crate::code::{Answer, Code, refuse};
use crate::key::{self, Private, Public};
use crate::numbers::*;

/// Hash functions a card has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Gost94,
    Streebog256,
    Streebog512,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How a signature is made of what the caller gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scheme {
    /// A ready digest of the key's length, GOST; `wide` is 512 bits.
    Gost { wide: bool },
    /// A ready digest, ECDSA.
    Ecdsa,
    /// Whatever octets, in a block of PKCS#1 v1.5.
    Rsa,
    /// A message.
    Hashed(Hash, Family),
}

/// Keys of one mathematics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Gost2001,
    Gost256,
    Gost512,
    Ecdsa,
    Rsa,
}

/// What a mechanism is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    MakePair(CK_KEY_TYPE),
    Sign(Scheme),
    Digest(Hash),
    Derive { streebog: bool },
}

/// One line of the table.
pub(crate) struct Mechanism {
    pub(crate) number: CK_MECHANISM_TYPE,
    pub(crate) purpose: Purpose,
    /// Smallest and largest key, in bits as the standard counts them for the mechanism.
    sizes: [CK_ULONG; 2],
}

const GOST_256: [CK_ULONG; 2] = [256, 256];
const GOST_512: [CK_ULONG; 2] = [512, 512];
const EC: [CK_ULONG; 2] = [256, 384];
const RSA: [CK_ULONG; 2] = [2048, 4096];
const NO_KEY: [CK_ULONG; 2] = [0, 0];

const fn entry(number: CK_MECHANISM_TYPE, purpose: Purpose, sizes: [CK_ULONG; 2]) -> Mechanism {
    Mechanism { number, purpose, sizes }
}

const fn signs(number: CK_MECHANISM_TYPE, hash: Hash, family: Family, sizes: [CK_ULONG; 2]) -> Mechanism {
    entry(number, Purpose::Sign(Scheme::Hashed(hash, family)), sizes)
}

/// Every mechanism there is here.
const TABLE: &[Mechanism] = &[
    entry(CKM_GOSTR3410_KEY_PAIR_GEN, Purpose::MakePair(CKK_GOSTR3410), GOST_256),
    entry(CKM_GOSTR3410, Purpose::Sign(Scheme::Gost { wide: false }), GOST_256),
    signs(CKM_GOSTR3410_WITH_GOSTR3411, Hash::Gost94, Family::Gost2001, GOST_256),
    entry(CKM_GOSTR3410_DERIVE, Purpose::Derive { streebog: false }, GOST_256),
    entry(CKM_GOSTR3411, Purpose::Digest(Hash::Gost94), NO_KEY),
    entry(CKM_GOSTR3410_512_KEY_PAIR_GEN, Purpose::MakePair(CKK_GOSTR3410_512), GOST_512),
    entry(CKM_GOSTR3410_512, Purpose::Sign(Scheme::Gost { wide: true }), GOST_512),
    entry(CKM_GOSTR3410_2012_DERIVE, Purpose::Derive { streebog: true }, [256, 512]),
    signs(CKM_GOSTR3410_WITH_GOSTR3411_2012_256, Hash::Streebog256, Family::Gost256, GOST_256),
    signs(CKM_GOSTR3410_WITH_GOSTR3411_2012_512, Hash::Streebog512, Family::Gost512, GOST_512),
    entry(CKM_GOSTR3411_2012_256, Purpose::Digest(Hash::Streebog256), NO_KEY),
    entry(CKM_GOSTR3411_2012_512, Purpose::Digest(Hash::Streebog512), NO_KEY),
    entry(CKM_RSA_PKCS_KEY_PAIR_GEN, Purpose::MakePair(CKK_RSA), RSA),
    entry(CKM_RSA_PKCS, Purpose::Sign(Scheme::Rsa), RSA),
    signs(CKM_SHA256_RSA_PKCS, Hash::Sha256, Family::Rsa, RSA),
    signs(CKM_SHA384_RSA_PKCS, Hash::Sha384, Family::Rsa, RSA),
    signs(CKM_SHA512_RSA_PKCS, Hash::Sha512, Family::Rsa, RSA),
    entry(CKM_EC_KEY_PAIR_GEN, Purpose::MakePair(CKK_EC), EC),
    entry(CKM_ECDSA, Purpose::Sign(Scheme::Ecdsa), EC),
    signs(CKM_ECDSA_SHA256, Hash::Sha256, Family::Ecdsa, EC),
    signs(CKM_ECDSA_SHA384, Hash::Sha384, Family::Ecdsa, EC),
    signs(CKM_ECDSA_SHA512, Hash::Sha512, Family::Ecdsa, EC),
    entry(CKM_SHA_1, Purpose::Digest(Hash::Sha1), NO_KEY),
    entry(CKM_SHA256, Purpose::Digest(Hash::Sha256), NO_KEY),
    entry(CKM_SHA384, Purpose::Digest(Hash::Sha384), NO_KEY),
    entry(CKM_SHA512, Purpose::Digest(Hash::Sha512), NO_KEY),
];

impl Mechanism {
    fn is_on(&self, card: Algorithms) -> bool {
        let any_gost = card.gost_2001 || card.gost_2012;
        match self.purpose {
            Purpose::MakePair(CKK_GOSTR3410) | Purpose::Sign(Scheme::Gost { wide: false }) => any_gost,
            Purpose::MakePair(CKK_GOSTR3410_512) | Purpose::Sign(Scheme::Gost { wide: true }) => card.gost_2012,
            Purpose::MakePair(CKK_RSA) | Purpose::Sign(Scheme::Rsa) => card.rsa,
            Purpose::MakePair(_) | Purpose::Sign(Scheme::Ecdsa) => card.ecdsa,
            Purpose::Sign(Scheme::Hashed(_, family)) => match family {
                Family::Gost2001 => card.gost_2001,
                Family::Gost256 | Family::Gost512 => card.gost_2012,
                Family::Ecdsa => card.ecdsa,
                Family::Rsa => card.rsa,
            },
            Purpose::Derive { streebog } => {
                if streebog {
                    card.gost_2012
                } else {
                    any_gost
                }
            }
            Purpose::Digest(hash) => match hash {
                Hash::Gost94 => card.gost_2001,
                Hash::Streebog256 | Hash::Streebog512 => card.gost_2012,
                Hash::Sha1 | Hash::Sha256 | Hash::Sha384 | Hash::Sha512 => card.rsa || card.ecdsa,
            },
        }
    }

    pub(crate) fn info(&self) -> CK_MECHANISM_INFO {
        let flags = match self.purpose {
            Purpose::MakePair(CKK_EC) => CKF_GENERATE_KEY_PAIR | EC_FLAGS,
            Purpose::MakePair(_) => CKF_GENERATE_KEY_PAIR,
            Purpose::Sign(Scheme::Ecdsa | Scheme::Hashed(_, Family::Ecdsa)) => CKF_SIGN | CKF_VERIFY | EC_FLAGS,
            Purpose::Sign(_) => CKF_SIGN | CKF_VERIFY,
            Purpose::Digest(_) => CKF_DIGEST,
            Purpose::Derive { .. } => CKF_DERIVE,
        };
        let [smallest, largest] = self.sizes;
        CK_MECHANISM_INFO { ulMinKeySize: smallest, ulMaxKeySize: largest, flags: flags | CKF_HW }
    }
}

/// Named curves over prime fields, points as they are.
const EC_FLAGS: CK_FLAGS = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;

/// What this card has, in the order of the table.
pub(crate) fn of_card(card: Algorithms) -> impl Iterator<Item = &'static Mechanism> {
    TABLE.iter().filter(move |mechanism| mechanism.is_on(card))
}

pub(crate) fn find(card: Algorithms, number: CK_MECHANISM_TYPE) -> Answer<&'static Mechanism> {
    of_card(card).find(|mechanism| mechanism.number == number).ok_or(Code(CKR_MECHANISM_INVALID))
}

impl Hash {
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Gost94 | Self::Streebog256 | Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Streebog512 | Self::Sha512 => 64,
        }
    }
}

/// A hash under way.
#[derive(Clone)]
pub(crate) enum Hasher {
    Gost94(gost94::Gost94CryptoPro),
    Streebog256(streebog::Streebog256),
    Streebog512(streebog::Streebog512),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    pub(crate) fn new(hash: Hash) -> Self {
        match hash {
            Hash::Gost94 => Self::Gost94(Default::default()),
            Hash::Streebog256 => Self::Streebog256(Default::default()),
            Hash::Streebog512 => Self::Streebog512(Default::default()),
            Hash::Sha1 => Self::Sha1(Default::default()),
            Hash::Sha256 => Self::Sha256(Default::default()),
            Hash::Sha384 => Self::Sha384(Default::default()),
            Hash::Sha512 => Self::Sha512(Default::default()),
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Gost94(hash) => hash.update(data),
            Self::Streebog256(hash) => hash.update(data),
            Self::Streebog512(hash) => hash.update(data),
            Self::Sha1(hash) => hash.update(data),
            Self::Sha256(hash) => hash.update(data),
            Self::Sha384(hash) => hash.update(data),
            Self::Sha512(hash) => hash.update(data),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Gost94(hash) => hash.finalize().to_vec(),
            Self::Streebog256(hash) => hash.finalize().to_vec(),
            Self::Streebog512(hash) => hash.finalize().to_vec(),
            Self::Sha1(hash) => hash.finalize().to_vec(),
            Self::Sha256(hash) => hash.finalize().to_vec(),
            Self::Sha384(hash) => hash.finalize().to_vec(),
            Self::Sha512(hash) => hash.finalize().to_vec(),
        }
    }
}

impl Scheme {
    /// What is to be signed, as it comes in: a hash, or the ready octets themselves.
    pub(crate) fn input(self) -> Input {
        match self {
            Self::Gost { .. } | Self::Ecdsa | Self::Rsa => Input::Ready(Zeroizing::new(Vec::new())),
            Self::Hashed(hash, _) => Input::Message(Box::new(Hasher::new(hash))),
        }
    }

    /// Whether C_SignUpdate is for this mechanism: a ready digest comes in one piece.
    pub(crate) fn takes_parts(self) -> bool {
        matches!(self, Self::Hashed(..))
    }

    /// Whether keys of this family are for this mechanism.
    pub(crate) fn must_fit(self, family: Family) -> Answer<()> {
        let fits = match self {
            Self::Gost { wide: false } => matches!(family, Family::Gost2001 | Family::Gost256),
            Self::Gost { wide: true } => family == Family::Gost512,
            Self::Ecdsa => family == Family::Ecdsa,
            Self::Rsa => family == Family::Rsa,
            Self::Hashed(_, wanted) => family == wanted,
        };
        if fits { Ok(()) } else { refuse(CKR_KEY_TYPE_INCONSISTENT) }
    }

    /// The octets the key gets to see.
    fn ready(self, input: Input) -> Zeroizing<Vec<u8>> {
        match input {
            Input::Ready(octets) => octets,
            Input::Message(hasher) => {
                let digest = hasher.finish();
                match self {
                    Self::Hashed(hash, Family::Rsa) => Zeroizing::new(digest_info(hash, &digest)),
                    _ => Zeroizing::new(digest),
                }
            }
        }
    }
}

/// What a signature is over, so far.
pub(crate) enum Input {
    Ready(Zeroizing<Vec<u8>>),
    Message(Box<Hasher>),
}

impl Input {
    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Ready(octets) => octets.extend_from_slice(data),
            Self::Message(hasher) => hasher.update(data),
        }
    }
}

pub(crate) fn sign(key: &Private, scheme: Scheme, input: Input) -> Answer<Vec<u8>> {
    let ready = scheme.ready(input);
    match key {
        Private::Gost { key, .. } => {
            let Ok(signature) = key.sign_digest(&ready, &mut key::rng()) else { return refuse(CKR_DATA_LEN_RANGE) };
            // What leaves the card has been looked at: a fault in a signature gives the key away.
            if !key.public_key().verify_digest(&ready, &signature) {
                return refuse(CKR_DEVICE_ERROR);
            }
            Ok(signature)
        }
        Private::Other(key) => match scheme {
            Scheme::Rsa | Scheme::Hashed(_, Family::Rsa) => {
                key.sign_ready_rsa_block(&ready).map_err(|error| match error {
                    crypto::Error::Malformed { .. } => Code(CKR_DATA_LEN_RANGE),
                    other => other.into(),
                })
            }
            _ if ready.is_empty() => refuse(CKR_DATA_LEN_RANGE),
            _ => Ok(key.sign_ready_digest(&ready, &mut key::rng())?),
        },
    }
}

pub(crate) fn verify(key: &Public, scheme: Scheme, input: Input, signature: &[u8]) -> Answer<()> {
    if signature.len() != key.signature_octets() {
        return refuse(CKR_SIGNATURE_LEN_RANGE);
    }
    let ready = scheme.ready(input);
    let good = match key {
        Public::Gost { key, .. } => {
            if ready.len() != key.parameter_set().octets() {
                return refuse(CKR_DATA_LEN_RANGE);
            }
            key.verify_digest(&ready, signature)
        }
        Public::Other(key) => {
            let verified = match scheme {
                Scheme::Rsa | Scheme::Hashed(_, Family::Rsa) => key.verify_ready_rsa_block(&ready, signature),
                _ => key.verify_ready_digest(&ready, signature),
            };
            match verified {
                Ok(()) => true,
                Err(crypto::Error::Invalid { .. }) => false,
                Err(crypto::Error::Malformed { .. }) => return refuse(CKR_DATA_LEN_RANGE),
                Err(other) => return Err(other.into()),
            }
        }
    };
    if good { Ok(()) } else { refuse(CKR_SIGNATURE_INVALID) }
}

/// DigestInfo (RFC 8017, 9.2, note 1).
fn digest_info(hash: Hash, digest: &[u8]) -> Vec<u8> {
    let arc = match hash {
        Hash::Sha384 => 2,
        Hash::Sha512 => 3,
        _ => 1,
    };
    let octets = digest.len() as u8;
    let mut info = vec![0x30, 17 + octets, 0x30, 0x0d, 0x06, 0x09];
    info.extend_from_slice(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0x04, octets]);
    info.extend_from_slice(digest);
    info
}

/// VKO: the point both sides come to, hashed. `hash` by the mechanism: 34.11-94 (RFC 4357, 5.2) or Streebog of the key's own choosing (RFC 7836, 4.3).
pub(crate) fn derive(key: &Private, peer: &[u8], ukm: &[u8], hash: Hash) -> Answer<Zeroizing<Vec<u8>>> {
    let Private::Gost { key, .. } = key else { return refuse(CKR_KEY_TYPE_INCONSISTENT) };
    let set = key.public_key().parameter_set();
    let peer = crypto::gost::PublicKey::from_le_bytes(set, peer).map_err(|_| Code(CKR_MECHANISM_PARAM_INVALID))?;
    let point = key.agree(&peer, ukm).ok_or(Code(CKR_MECHANISM_PARAM_INVALID))?;
    let mut hasher = Hasher::new(hash);
    hasher.update(&point);
    Ok(Zeroizing::new(hasher.finish()))
}

impl Private {
    pub(crate) fn family(&self) -> Family {
        match self {
            Self::Gost { is_2001: true, .. } => Family::Gost2001,
            Self::Gost { key, .. } if key.public_key().parameter_set().is_512() => Family::Gost512,
            Self::Gost { .. } => Family::Gost256,
            Self::Other(key) => other_family(crypto::Signer::public_key(key).algorithm()),
        }
    }
}

impl Public {
    pub(crate) fn family(&self) -> Family {
        match self {
            Self::Gost { is_2001: true, .. } => Family::Gost2001,
            Self::Gost { key, .. } if key.parameter_set().is_512() => Family::Gost512,
            Self::Gost { .. } => Family::Gost256,
            Self::Other(key) => other_family(key.algorithm()),
        }
    }
}

fn other_family(algorithm: crypto::KeyAlgorithm) -> Family {
    match algorithm {
        crypto::KeyAlgorithm::Rsa { .. } => Family::Rsa,
        crypto::KeyAlgorithm::EcdsaP256 | crypto::KeyAlgorithm::EcdsaP384 => Family::Ecdsa,
        crypto::KeyAlgorithm::Gost2001(_) => Family::Gost2001,
        crypto::KeyAlgorithm::Gost(set) if set.is_512() => Family::Gost512,
        crypto::KeyAlgorithm::Gost(_) => Family::Gost256,
    }
}
