//! Private keys as bytes: PKCS#8 (RFC 5958) and its encryption by password, PBES2 (RFC 8018).
//! GOST keys are read in every shape met in the field and written in one; key containers of other systems do not live here.

use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::Pkcs7};
use crypto_bigint::{NonZero, U256, U512};
use zeroize::Zeroizing;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::gost::{self, KeyError, ParameterSet};
use crate::public_key::{self, GostOrOther};
use crate::signer::{PrivateKey, Rng};
use crate::{Error, KeyAlgorithm, PublicKey, Signer as _, oid};

/// Iterations of PBKDF2 written: below the first a password is guessed too fast, above the second one file would hold a thread for many seconds.
/// Fewer are still read, because the file is then somebody else's choice; more are not.
pub const PBKDF2_ITERATIONS: core::ops::RangeInclusive<u32> = 1_000..=10_000_000;
/// Longest PBKDF2 salt read, octets.
const MAX_SALT_OCTETS: usize = 1024;
/// Salt written, octets (RFC 8018 asks for at least 8).
const SALT_OCTETS: usize = 16;
/// Masks beside a masked GOST key that are multiplied away; one is what anybody writes.
const MAX_MASKS: usize = 7;

const WHAT: &str = "private key";

type Encryptor = cbc::Encryptor<aes::Aes256>;
type Decryptor = cbc::Decryptor<aes::Aes256>;

/// ```text
/// OneAsymmetricKey ::= SEQUENCE {
///   version INTEGER { v1(0), v2(1) }, privateKeyAlgorithm AlgorithmIdentifier, privateKey OCTET STRING,
///   attributes [0] IMPLICIT SET OPTIONAL, publicKey [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
pub(crate) fn read(der: &[u8]) -> Result<PrivateKey, Error> {
    let mut info = Input::whole_object(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let version = info.expect(tag::INTEGER)?.small()?;
    if version > 1 {
        return Err(Error::malformed(WHAT, "unknown version"));
    }
    let algorithm = AlgorithmIdentifier::read(info.any()?)?;
    let private = info.expect(tag::OCTET_STRING)?.body;
    info.optional(tag::context(0))?;
    // Version 1 exists for this field; a version 0 that carries it is refused.
    let public = if version == 1 { info.optional(tag::context_primitive(1))? } else { None };
    info.end()?;
    match GostOrOther::of(&algorithm)? {
        GostOrOther::Gost(set) => {
            let key = gost_scalar(set, private)?;
            let key = gost::PrivateKey::from_le_bytes(set, &key).map_err(|error| match error {
                KeyError::Length => Error::malformed(WHAT, "wrong length"),
                _ => Error::Invalid { what: "private-key" },
            })?;
            let key = PrivateKey::from_gost(key);
            match public {
                Some(public) => must_belong(key, set, public),
                None => Ok(key),
            }
        }
        // Such a key is a `legacy2001::MigrationKey` or nothing: it must not sign what a `Signer` signs.
        GostOrOther::Gost2001(_) => Err(Error::unsupported("key algorithm", "GOST R 34.10-2001")),
        GostOrOther::Ec(curve) => PrivateKey::from_ec_pkcs8(curve, der),
        GostOrOther::Rsa => {
            // RSAPrivateKey ::= SEQUENCE { version, modulus, … } (RFC 8017, A.1.2): a short key is refused by name before the library refuses it without one.
            let mut key = Input::whole_object(WHAT, private, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
            key.expect(tag::INTEGER)?;
            public_key::rsa_bits(key.any()?.unsigned()?)?;
            PrivateKey::from_rsa_pkcs8(der)
        }
    }
}

/// RFC 9548 writes X ‖ Y straight into the BIT STRING, others wrap them in an OCTET STRING as in SubjectPublicKeyInfo.
/// The count of unused bits is passed over: the example of RFC 9548 says 1 there and means 0, and the octets are compared in any case.
fn must_belong(key: PrivateKey, set: ParameterSet, public: Element<'_>) -> Result<PrivateKey, Error> {
    let (_, bits) = public.body.split_first().ok_or_else(|| Error::malformed(WHAT, "empty public key"))?;
    let octets = if bits.len() == 2 * set.octets() {
        bits
    } else {
        Input::whole_object(WHAT, bits, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body
    };
    let named = PublicKey::from_gost_octets(set, octets)?;
    if named == *key.public_key() { Ok(key) } else { Err(Error::Invalid { what: "private-key" }) }
}

/// The private number, little-endian, out of the contents of `privateKey`:
/// the octets as they are; an OCTET STRING around them; an INTEGER, big-endian (old OpenSSL engine);
/// or masked, key ‖ mask ‖ … with key = product modulo the group order (R 50.1.112, 4.1).
pub(crate) fn gost_scalar(set: ParameterSet, contents: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let octets = set.octets();
    // Lengths decide before tags do: 32 octets that happen to begin like an INTEGER are still the key itself.
    if contents.len().is_multiple_of(octets) && !contents.is_empty() {
        return unmask(set, contents);
    }
    let element = Input::new(WHAT, contents).any()?;
    match element.tag {
        tag::OCTET_STRING if element.whole.len() == contents.len() && element.body.len().is_multiple_of(octets) => {
            unmask(set, element.body)
        }
        tag::INTEGER if element.whole.len() == contents.len() => {
            let digits = element.unsigned()?;
            if digits.len() > octets {
                return Err(Error::malformed(WHAT, "INTEGER too long"));
            }
            let mut key = Zeroizing::new(vec![0; octets]);
            for (octet, digit) in key.iter_mut().zip(digits.iter().rev()) {
                *octet = *digit;
            }
            Ok(key)
        }
        _ => Err(Error::malformed(WHAT, "no known shape of a GOST key")),
    }
}

fn unmask(set: ParameterSet, octets: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut parts = octets.chunks_exact(set.octets());
    let Some(key) = parts.next() else { return Err(Error::malformed(WHAT, "empty")) };
    if parts.len() > MAX_MASKS {
        return Err(Error::malformed(WHAT, "too many masks"));
    }
    let mut key = Zeroizing::new(key.to_vec());
    for mask in parts {
        key = Zeroizing::new(multiply(set, &key, mask));
    }
    Ok(key)
}

/// a · b modulo the order of the group, all little-endian.
fn multiply(set: ParameterSet, a: &[u8], b: &[u8]) -> Vec<u8> {
    const PRIME: &str = "the order of a group is not zero";
    let order = group_order(set);
    if set.is_512() {
        let order = NonZero::new(U512::from_be_hex(order)).expect(PRIME);
        let a = Zeroizing::new(U512::from_le_slice(a));
        let b = Zeroizing::new(U512::from_le_slice(b));
        Zeroizing::new(a.mul_mod(&b, &order)).to_le_bytes().as_ref().to_vec()
    } else {
        let order = NonZero::new(U256::from_be_hex(order)).expect(PRIME);
        let a = Zeroizing::new(U256::from_le_slice(a));
        let b = Zeroizing::new(U256::from_le_slice(b));
        Zeroizing::new(a.mul_mod(&b, &order)).to_le_bytes().as_ref().to_vec()
    }
}

/// q of each curve (RFC 7836, appendix A; RFC 4357, 11.4), big-endian.
fn group_order(set: ParameterSet) -> &'static str {
    match set {
        ParameterSet::Tc26_256A => "400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67",
        ParameterSet::Tc26_256B | ParameterSet::CryptoProA | ParameterSet::CryptoProXchA => {
            "ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893"
        }
        ParameterSet::Tc26_256C | ParameterSet::CryptoProB => {
            "800000000000000000000000000000015f700cfff1a624e5e497161bcc8a198f"
        }
        ParameterSet::Tc26_256D | ParameterSet::CryptoProC | ParameterSet::CryptoProXchB => {
            "9b9f605f5a858107ab1ec85e6b41c8aa582ca3511eddfb74f02f3a6598980bb9"
        }
        ParameterSet::Tc26_512A => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275"
        }
        ParameterSet::Tc26_512B => {
            "800000000000000000000000000000000000000000000000000000000000000149a1ec142565a545acfdb77bd9d40cfa8b996712101bea0ec6346c54374f25bd"
        }
        ParameterSet::Tc26_512C => {
            "3fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc98cdba46506ab004c33a9ff5147502cc8eda9e7a769a12694623cef47f023ed"
        }
    }
}

/// Version 0, canonical AlgorithmIdentifier, the little-endian octets.
pub(crate) fn write_gost(algorithm: KeyAlgorithm, scalar: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(asn1::octet_string(scalar));
    Zeroizing::new(asn1::sequence(&[&asn1::small(0), &public_key::algorithm_der(algorithm), &key]))
}

/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }
/// PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }
/// ```
pub(crate) fn decrypt(der: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut info = Input::whole_object(WHAT_ENCRYPTED, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let scheme = AlgorithmIdentifier::read(info.any()?)?;
    let mut data = Zeroizing::new(info.expect(tag::OCTET_STRING)?.body.to_vec());
    info.end()?;
    if scheme.oid != oid::PBES2 {
        return Err(Error::unsupported("key encryption", oid::refusal_name(&scheme.oid)));
    }
    let mut parameters = parameters_of(&scheme)?;
    let derivation = AlgorithmIdentifier::read(parameters.any()?)?;
    let cipher = AlgorithmIdentifier::read(parameters.any()?)?;
    parameters.end()?;
    if cipher.oid != oid::AES_256_CBC {
        return Err(Error::unsupported("key encryption", oid::refusal_name(&cipher.oid)));
    }
    let vector = cipher.parameters.filter(|vector| vector.tag == tag::OCTET_STRING).map(|vector| vector.body);
    let vector: [u8; 16] = vector
        .and_then(|vector| vector.try_into().ok())
        .ok_or_else(|| Error::malformed(WHAT_ENCRYPTED, "bad initialisation vector"))?;
    let (salt, iterations) = read_pbkdf2(&derivation)?;

    if data.is_empty() || !data.len().is_multiple_of(16) {
        return Err(Error::malformed(WHAT_ENCRYPTED, "not whole blocks"));
    }

    let key = derive(password, salt, iterations);
    let plain_octets = Decryptor::new((&*key).into(), &vector.into())
        .decrypt_padded::<Pkcs7>(&mut data)
        .map_err(|_| Error::WrongPassword)?
        .len();
    data.truncate(plain_octets);
    // A wrong password passes the padding once in 256 times; a SEQUENCE of exactly this length then says who was right.
    Input::whole_object(WHAT, &data, tag::SEQUENCE, MAX_OBJECT_OCTETS).map_err(|_| Error::WrongPassword)?;
    Ok(data)
}

/// `PBKDF2-params ::= SEQUENCE { salt OCTET STRING, iterationCount INTEGER, keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT hmacWithSHA1 }`
fn read_pbkdf2<'a>(derivation: &AlgorithmIdentifier<'a>) -> Result<(&'a [u8], u32), Error> {
    if derivation.oid != oid::PBKDF2 {
        return Err(Error::unsupported("key derivation", oid::refusal_name(&derivation.oid)));
    }
    let mut parameters = parameters_of(derivation)?;
    let salt = parameters.expect(tag::OCTET_STRING)?.body;
    let iterations = parameters.any()?.small()?;
    let length = parameters.optional(tag::INTEGER)?.map(|length| length.small()).transpose()?;
    let prf = if parameters.is_empty() { oid::HMAC_SHA1 } else { AlgorithmIdentifier::read(parameters.any()?)?.oid };
    parameters.end()?;
    if prf != oid::HMAC_SHA256 {
        return Err(Error::unsupported("key derivation", oid::refusal_name(&prf)));
    }
    if salt.len() > MAX_SALT_OCTETS
        || length.is_some_and(|length| length != 32)
        || !(1..=*PBKDF2_ITERATIONS.end()).contains(&iterations)
    {
        return Err(Error::malformed(WHAT_ENCRYPTED, "PBKDF2 parameters out of bounds"));
    }
    Ok((salt, iterations))
}

fn parameters_of<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Result<Input<'a>, Error> {
    match algorithm.parameters {
        Some(parameters) if parameters.tag == tag::SEQUENCE => Ok(parameters.open_as(WHAT_ENCRYPTED)),
        _ => Err(Error::malformed(WHAT_ENCRYPTED, "no parameters")),
    }
}

pub(crate) fn encrypt(plain: &[u8], password: &[u8], iterations: u32, rng: &mut Rng) -> Result<Vec<u8>, Error> {
    if !PBKDF2_ITERATIONS.contains(&iterations) {
        return Err(Error::malformed(WHAT_ENCRYPTED, "PBKDF2 parameters out of bounds"));
    }
    let mut salt = [0; SALT_OCTETS];
    let mut vector = [0; 16];
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut vector);
    let key = derive(password, &salt, iterations);

    let mut data = Zeroizing::new(plain.to_vec());
    data.resize(plain.len() + 16, 0);
    let data = Encryptor::new((&*key).into(), &vector.into())
        .encrypt_padded::<Pkcs7>(&mut data, plain.len())
        .map_err(|_| Error::Internal("the buffer holds one more block"))?
        .to_vec();
    let prf = asn1::sequence(&[&asn1::object_identifier(&oid::HMAC_SHA256), &[tag::NULL, 0]]);
    let derivation = asn1::sequence(&[
        &asn1::object_identifier(&oid::PBKDF2),
        &asn1::sequence(&[&asn1::octet_string(&salt), &asn1::small(iterations), &prf]),
    ]);
    let cipher = asn1::sequence(&[&asn1::object_identifier(&oid::AES_256_CBC), &asn1::octet_string(&vector)]);
    let scheme = asn1::sequence(&[&asn1::object_identifier(&oid::PBES2), &asn1::sequence(&[&derivation, &cipher])]);
    Ok(asn1::sequence(&[&scheme, &asn1::octet_string(&data)]))
}

fn derive(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut *key);
    key
}

const WHAT_ENCRYPTED: &str = "encrypted private key";
