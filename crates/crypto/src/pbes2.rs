//! Encryption by password, PBES2 (RFC 8018; GOST by RFC 9337): how a key or a bag of keys is locked, and what a lock may cost to open.
//! What is inside is for `pkcs8` and `pkcs12`.

use zeroize::Zeroizing;

use crate::asn1::{self, AlgorithmIdentifier, Input, tag};
use crate::cipher::Key;
use crate::content_cipher::Sealing;
use crate::signer::Rng;
use crate::{ContentCipher, Error, kdf, oid};

/// Iterations of PBKDF2 written: below the first a password is guessed too fast, above the second one file would hold a thread for many seconds.
/// Fewer are still read, because the file is then somebody else's choice; more are not. With Streebog see [`STREEBOG_ITERATIONS_MAX`].
pub const PBKDF2_ITERATIONS: core::ops::RangeInclusive<u32> = 1_000..=10_000_000;
/// Most iterations of PBKDF2-HMAC-Streebog-512, read or written: four times as slow (4 µs each), so a fourth of the others, some ten seconds.
pub const STREEBOG_ITERATIONS_MAX: u32 = *PBKDF2_ITERATIONS.end() / STREEBOG_WEIGHT;
const STREEBOG_WEIGHT: u32 = 4;
/// Longest PBKDF2 salt read, octets.
pub(crate) const MAX_SALT_OCTETS: usize = 1024;
/// Salt written, octets (RFC 8018 asks for at least 8, RFC 9337 for 8 to 32).
const SALT_OCTETS: usize = 16;

const WHAT: &str = "encrypted private key";

/// The function under PBKDF2.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prf {
    HmacSha256,
    HmacStreebog512,
}

impl Prf {
    /// What goes with a cipher: no file asks its reader for two families of algorithms.
    pub(crate) fn beside(cipher: ContentCipher) -> Self {
        if cipher.is_gost() { Self::HmacStreebog512 } else { Self::HmacSha256 }
    }

    /// The price of one iteration in those of SHA-256.
    pub(crate) fn weight(self) -> u32 {
        match self {
            Self::HmacSha256 => 1,
            Self::HmacStreebog512 => STREEBOG_WEIGHT,
        }
    }

    fn max_iterations(self) -> u32 {
        PBKDF2_ITERATIONS.end() / self.weight()
    }

    fn oid(self) -> der::asn1::ObjectIdentifier {
        match self {
            Self::HmacSha256 => oid::HMAC_SHA256,
            Self::HmacStreebog512 => oid::HMAC_STREEBOG_512,
        }
    }

    pub(crate) fn derive(self, password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Key> {
        let mut key = Zeroizing::new([0; 32]);
        match self {
            Self::HmacSha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut *key),
            Self::HmacStreebog512 => kdf::pbkdf2_streebog512(password, salt, iterations, &mut *key),
        }
        key
    }
}

/// A lock that was read.
pub(crate) struct Pbes2<'a> {
    prf: Prf,
    salt: &'a [u8],
    iterations: u32,
    sealing: Sealing,
}

impl<'a> Pbes2<'a> {
    /// `PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }`
    pub(crate) fn read(scheme: &AlgorithmIdentifier<'a>) -> Result<Self, Error> {
        if scheme.oid != oid::PBES2 {
            return Err(Error::unsupported("key encryption", oid::refusal_name(&scheme.oid)));
        }
        let mut parameters = parameters_of(scheme)?;
        let derivation = AlgorithmIdentifier::read(parameters.any()?)?;
        let cipher = AlgorithmIdentifier::read(parameters.any()?)?;
        parameters.end()?;
        let sealing = Sealing::read(&cipher).map_err(|error| match error {
            Error::Unsupported { what: "content encryption", name } => Error::unsupported("key encryption", name),
            other => other,
        })?;
        let (prf, salt, iterations) = read_pbkdf2(&derivation)?;
        Ok(Self { prf, salt, iterations, sealing })
    }

    /// What opening it costs, in iterations of HMAC-SHA-256.
    pub(crate) fn cost(&self) -> u64 {
        u64::from(self.iterations) * u64::from(self.prf.weight())
    }

    /// The plain octets, which are one SEQUENCE and nothing else, as everything locked this way is.
    pub(crate) fn open(&self, data: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = self.prf.derive(password, self.salt, self.iterations);
        let plain = self.sealing.open(&key, data)?.ok_or(Error::WrongPassword)?;
        // A wrong password passes the padding once in 256 times, and a stream has none; a SEQUENCE of exactly this length then says who was right.
        Input::whole_object(WHAT, &plain, tag::SEQUENCE, usize::MAX).map_err(|_| Error::WrongPassword)?;
        Ok(plain)
    }
}

/// Locks `plain`: the AlgorithmIdentifier of the lock, and the enciphered octets.
pub(crate) fn seal(
    plain: &[u8],
    cipher: ContentCipher,
    password: &[u8],
    iterations: u32,
    rng: &mut Rng,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let prf = Prf::beside(cipher);
    if !(*PBKDF2_ITERATIONS.start()..=prf.max_iterations()).contains(&iterations) {
        return Err(Error::malformed(WHAT, OUT_OF_BOUNDS));
    }
    let mut salt = [0; SALT_OCTETS];
    rng.fill_bytes(&mut salt);
    let sealing = Sealing::draw(cipher, rng);
    let data = sealing.seal(&prf.derive(password, &salt, iterations), plain)?;

    let prf = asn1::sequence(&[&asn1::object_identifier(&prf.oid()), &[tag::NULL, 0]]);
    let derivation = asn1::sequence(&[
        &asn1::object_identifier(&oid::PBKDF2),
        &asn1::sequence(&[&asn1::octet_string(&salt), &asn1::small(iterations), &prf]),
    ]);
    let parameters = asn1::sequence(&[&derivation, &sealing.identifier_der()]);
    Ok((asn1::sequence(&[&asn1::object_identifier(&oid::PBES2), &parameters]), data))
}

/// `PBKDF2-params ::= SEQUENCE { salt OCTET STRING, iterationCount INTEGER, keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT hmacWithSHA1 }`
fn read_pbkdf2<'a>(derivation: &AlgorithmIdentifier<'a>) -> Result<(Prf, &'a [u8], u32), Error> {
    if derivation.oid != oid::PBKDF2 {
        return Err(Error::unsupported("key derivation", oid::refusal_name(&derivation.oid)));
    }
    let mut parameters = parameters_of(derivation)?;
    let salt = parameters.expect(tag::OCTET_STRING)?.body;
    let iterations = parameters.any()?.small()?;
    let length = parameters.optional(tag::INTEGER)?.map(|length| length.small()).transpose()?;
    let prf = if parameters.is_empty() { oid::HMAC_SHA1 } else { AlgorithmIdentifier::read(parameters.any()?)?.oid };
    parameters.end()?;
    let prf = [Prf::HmacSha256, Prf::HmacStreebog512]
        .into_iter()
        .find(|known| known.oid() == prf)
        .ok_or_else(|| Error::unsupported("key derivation", oid::refusal_name(&prf)))?;
    if salt.len() > MAX_SALT_OCTETS
        || length.is_some_and(|length| length != 32)
        || !(1..=prf.max_iterations()).contains(&iterations)
    {
        return Err(Error::malformed(WHAT, OUT_OF_BOUNDS));
    }
    Ok((prf, salt, iterations))
}

fn parameters_of<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Result<Input<'a>, Error> {
    match algorithm.parameters {
        Some(parameters) if parameters.tag == tag::SEQUENCE => Ok(parameters.open_as(WHAT)),
        _ => Err(Error::malformed(WHAT, "no parameters")),
    }
}

const OUT_OF_BOUNDS: &str = "PBKDF2 parameters out of bounds";
