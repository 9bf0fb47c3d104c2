//! Private keys as bytes: PKCS#8 (RFC 5958), plain and encrypted by password.
//! GOST keys are read in every shape met in the field and written in the shape asked for; files of several keys are in `pkcs12`.

use crypto_bigint::{NonZero, Odd, U256, U512};
use zeroize::Zeroizing;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::gost::{self, KeyError, ParameterSet};
use crate::public_key::{self, GostOrOther};
use crate::signer::{PrivateKey, Rng};
use crate::{ContentCipher, Error, KeyAlgorithm, PublicKey, Signer as _, pbes2};

/// Masks beside a masked GOST key that are multiplied away; one is what anybody writes.
const MAX_MASKS: usize = 7;

const WHAT: &str = "private key";

/// The shape a GOST private key is written in. All of them are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GostKeyForm {
    /// Version 0, the number and nothing else: what everybody reads.
    Plain,
    /// Version 1, the public key beside it, as RFC 9548, appendix A, has it.
    WithPublicKey,
    /// Version 0, masked: key · mask⁻¹ ‖ mask (R 50.1.112, 4.1). The mask is drawn anew each time.
    Masked,
}

/// ```text
/// OneAsymmetricKey ::= SEQUENCE {
///   version INTEGER { v1(0), v2(1) }, privateKeyAlgorithm AlgorithmIdentifier, privateKey OCTET STRING,
///   attributes [0] IMPLICIT SET OPTIONAL, publicKey [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
pub(crate) fn read(der: &[u8]) -> Result<PrivateKey, Error> {
    let mut info = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
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

/// a⁻¹ modulo the order of the group, little-endian; a is not zero and below the order.
fn invert(set: ParameterSet, a: &[u8]) -> Vec<u8> {
    const ODD: &str = "the order of a group is odd";
    const PRIME: &str = "a number below a prime has an inverse";
    let order = group_order(set);
    if set.is_512() {
        let order = Odd::new(U512::from_be_hex(order)).expect_copied(ODD);
        let a = Zeroizing::new(U512::from_le_slice(a));
        Zeroizing::new(a.invert_odd_mod(&order).expect_copied(PRIME)).to_le_bytes().as_ref().to_vec()
    } else {
        let order = Odd::new(U256::from_be_hex(order)).expect_copied(ODD);
        let a = Zeroizing::new(U256::from_le_slice(a));
        Zeroizing::new(a.invert_odd_mod(&order).expect_copied(PRIME)).to_le_bytes().as_ref().to_vec()
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
    write(algorithm, 0, scalar, &[])
}

/// The same in another shape.
pub(crate) fn write_gost_in(form: GostKeyForm, key: &gost::PrivateKey, rng: &mut Rng) -> Zeroizing<Vec<u8>> {
    let set = key.public_key().parameter_set();
    let (algorithm, scalar) = (KeyAlgorithm::Gost(set), key.to_le_bytes());
    match form {
        GostKeyForm::Plain => write(algorithm, 0, &scalar, &[]),
        GostKeyForm::WithPublicKey => {
            let public = asn1::tlv(tag::context_primitive(1), &[&[0], &key.public_key().to_le_bytes()]);
            write(algorithm, 1, &scalar, &public)
        }
        GostKeyForm::Masked => {
            // A mask is a number as even and as secret as a private key.
            let mask = gost::PrivateKey::generate(set, rng).to_le_bytes();
            let inverse = Zeroizing::new(invert(set, &mask));
            let masked = Zeroizing::new(multiply(set, &scalar, &inverse));
            write(algorithm, 0, &Zeroizing::new([masked.as_slice(), &mask].concat()), &[])
        }
    }
}

fn write(algorithm: KeyAlgorithm, version: u32, private: &[u8], public: &[u8]) -> Zeroizing<Vec<u8>> {
    let private = Zeroizing::new(asn1::octet_string(private));
    let algorithm = public_key::algorithm_der(algorithm);
    Zeroizing::new(asn1::sequence(&[&asn1::small(version), &algorithm, &private, public]))
}

/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }
/// ```
pub(crate) fn decrypt(der: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (lock, data) = read_encrypted(der)?;
    lock.open(data, password)
}

/// The lock and what is behind it.
pub(crate) fn read_encrypted(der: &[u8]) -> Result<(pbes2::Pbes2<'_>, &[u8]), Error> {
    let mut info = Input::door(WHAT_ENCRYPTED, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let scheme = AlgorithmIdentifier::read(info.any()?)?;
    let data = info.expect(tag::OCTET_STRING)?.body;
    info.end()?;
    Ok((pbes2::Pbes2::read(&scheme)?, data))
}

pub(crate) fn encrypt(
    plain: &[u8],
    cipher: ContentCipher,
    password: &[u8],
    iterations: u32,
    rng: &mut Rng,
) -> Result<Vec<u8>, Error> {
    let (scheme, data) = pbes2::seal(plain, cipher, password, iterations, rng)?;
    Ok(asn1::sequence(&[&scheme, &asn1::octet_string(&data)]))
}

const WHAT_ENCRYPTED: &str = "encrypted private key";
