//! Public keys as SubjectPublicKeyInfo, and the checking of signatures with them.
//! Reading takes what is found in the field and judges it once: a value of this type is on its curve, in its group, long enough.

use core::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use der::asn1::ObjectIdentifier;

use crate::asn1::{self, AlgorithmIdentifier, Input, MAX_OBJECT_OCTETS, tag};
use crate::gost::{self, KeyError, ParameterSet};
use crate::{Error, KeyAlgorithm, SignatureAlgorithm, oid, sha256};

/// RSA moduli taken, bits. Shorter ones are breakable, longer ones only cost time.
const RSA_BITS: core::ops::RangeInclusive<usize> = 2048..=4096;
/// Longest RSA public exponent taken, octets; everybody writes 65537.
const RSA_EXPONENT_OCTETS: usize = 4;

/// A checked public key of any algorithm the crate knows.
///
/// Equal means the same algorithm under the same identifier and the same key; [`PublicKey::spki_sha256`] also brings aliases together.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    material: Material,
}

#[derive(Clone, PartialEq, Eq)]
enum Material {
    Gost(gost::PublicKey),
    /// 04 ‖ X ‖ Y.
    Ec(Vec<u8>),
    /// `RSAPublicKey`.
    Rsa(Vec<u8>),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 9215, section 4; RFC 5480; RFC 3279).
    ///
    /// `digestParamSet` beside a GOST curve may be there or not, as long as it is the right one: old software writes it where RFC 9215 forbids it.
    /// Test curves, GOST R 34.10-94, short RSA moduli and unknown curves are `Unsupported` by name; a point off its curve is `Invalid`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let mut spki = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let algorithm = AlgorithmIdentifier::read(spki.any()?)?;
        let bits = spki.expect(tag::BIT_STRING)?.bit_octets()?;
        spki.end()?;
        match GostOrOther::of(&algorithm)? {
            GostOrOther::Gost(set) => {
                let octets = Input::whole_object(WHAT, bits, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body;
                Self::from_gost_octets(set, octets)
            }
            GostOrOther::Gost2001(set) => {
                let octets = Input::whole_object(WHAT, bits, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body;
                Self::from_gost_octets(set, octets).map(Self::into_2001)
            }
            GostOrOther::Ec(curve) => Self::from_ec_point(curve, bits),
            GostOrOther::Rsa => Self::from_rsa_der(bits),
        }
    }

    /// The canonical SubjectPublicKeyInfo. For GOST by RFC 9215, section 4.2: `digestParamSet` stands beside the CryptoPro identifiers and nowhere else.
    pub fn to_spki_der(&self) -> Vec<u8> {
        spki(self.algorithm, &self.raw_bits())
    }

    /// What the key is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// SHA-256 of the canonical SubjectPublicKeyInfo of the key itself: a key that comes under another identifier
    /// of the same GOST curve is the same key and gives the same value. So is a GOST R 34.10-2001 key that comes back as one of 2012.
    pub fn spki_sha256(&self) -> [u8; 32] {
        let algorithm = match self.algorithm {
            KeyAlgorithm::Gost(set) | KeyAlgorithm::Gost2001(set) => KeyAlgorithm::Gost(set.canonical()),
            other @ (KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::Rsa { .. }) => other,
        };
        sha256(&spki(algorithm, &self.raw_bits()))
    }

    /// The contents of the BIT STRING, without its count of unused bits: `04 40 …` / `04 81 80 …` for GOST, 04 ‖ X ‖ Y for ECDSA, RSAPublicKey for RSA.
    pub fn raw_bits(&self) -> Vec<u8> {
        match &self.material {
            Material::Gost(key) => asn1::octet_string(&key.to_le_bytes()),
            Material::Ec(point) => point.clone(),
            Material::Rsa(der) => der.clone(),
        }
    }

    /// Whether `signature` was made over `message` by this key: `Invalid` for a wrong one and for an algorithm of another kind of key.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let good = match (&self.material, algorithm) {
            (
                Material::Gost(key),
                SignatureAlgorithm::Gost256 | SignatureAlgorithm::Gost512 | SignatureAlgorithm::Gost2001,
            ) if algorithm == self.algorithm.signature_algorithm() => {
                key.verify_digest(&algorithm.digest().digest(message), signature)
            }
            (Material::Ec(point), SignatureAlgorithm::EcdsaSha256) if self.algorithm == KeyAlgorithm::EcdsaP256 => {
                verify(&ECDSA_P256_SHA256_ASN1, point, message, signature)
            }
            (Material::Ec(point), SignatureAlgorithm::EcdsaSha384) if self.algorithm == KeyAlgorithm::EcdsaP256 => {
                verify(&ECDSA_P256_SHA384_ASN1, point, message, signature)
            }
            (Material::Ec(point), SignatureAlgorithm::EcdsaSha256) => {
                verify(&ECDSA_P384_SHA256_ASN1, point, message, signature)
            }
            (Material::Ec(point), SignatureAlgorithm::EcdsaSha384) => {
                verify(&ECDSA_P384_SHA384_ASN1, point, message, signature)
            }
            (Material::Rsa(key), SignatureAlgorithm::RsaSha256) => {
                verify(&RSA_PKCS1_2048_8192_SHA256, key, message, signature)
            }
            (Material::Rsa(key), SignatureAlgorithm::RsaSha384) => {
                verify(&RSA_PKCS1_2048_8192_SHA384, key, message, signature)
            }
            (Material::Rsa(key), SignatureAlgorithm::RsaSha512) => {
                verify(&RSA_PKCS1_2048_8192_SHA512, key, message, signature)
            }
            (Material::Gost(_) | Material::Ec(_) | Material::Rsa(_), _) => {
                return Err(Error::Invalid { what: "signature-algorithm" });
            }
        };
        if good { Ok(()) } else { Err(Error::Invalid { what: "signature" }) }
    }

    /// Makes this key ready to verify many signatures: a GOST key becomes about three times as fast, for 52 to 309 KiB of memory and the time of some
    /// ten verifications; the others stay as they are. For the keys of authorities and of whoever else signs again and again.
    ///
    /// ```no_run
    /// # fn check(issuer: &surguch_crypto::Certificate, issued: &[surguch_crypto::Certificate]) -> Result<(), surguch_crypto::Error> {
    /// let key = issuer.public_key().prepare();
    /// for certificate in issued {
    ///     key.verify(certificate.signature_algorithm()?, certificate.tbs_der(), certificate.signature())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare(&self) -> PreparedKey {
        let multiples = match &self.material {
            Material::Gost(key) => Some(key.prepare()),
            Material::Ec(_) | Material::Rsa(_) => None,
        };
        PreparedKey { key: self.clone(), multiples }
    }

    /// The same key, said to be of GOST R 34.10-2001.
    pub(crate) fn into_2001(self) -> Self {
        match self.algorithm {
            KeyAlgorithm::Gost(set) => Self { algorithm: KeyAlgorithm::Gost2001(set), ..self },
            _ => self,
        }
    }

    /// The GOST key inside, for agreeing on keys; `Unsupported` for other algorithms.
    pub(crate) fn gost(&self) -> Result<&gost::PublicKey, Error> {
        match &self.material {
            Material::Gost(key) => Ok(key),
            Material::Ec(_) | Material::Rsa(_) => Err(Error::unsupported("key agreement", self.algorithm.to_string())),
        }
    }

    pub(crate) fn from_gost(key: gost::PublicKey) -> Self {
        Self { algorithm: KeyAlgorithm::Gost(key.parameter_set()), material: Material::Gost(key) }
    }

    /// X ‖ Y, little-endian.
    pub(crate) fn from_gost_octets(set: ParameterSet, octets: &[u8]) -> Result<Self, Error> {
        gost::PublicKey::from_le_bytes(set, octets).map(Self::from_gost).map_err(|error| match error {
            KeyError::Length => Error::malformed(WHAT, "wrong length"),
            _ => Error::Invalid { what: "public-key" },
        })
    }

    /// An uncompressed point; compressed ones are not in use with certificates and would make two encodings of one key.
    pub(crate) fn from_ec_point(algorithm: KeyAlgorithm, point: &[u8]) -> Result<Self, Error> {
        let (octets, verification) = match algorithm {
            KeyAlgorithm::EcdsaP256 => (32, &ECDSA_P256_SHA256_ASN1),
            KeyAlgorithm::EcdsaP384 => (48, &ECDSA_P384_SHA384_ASN1),
            KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) | KeyAlgorithm::Rsa { .. } => {
                return Err(Error::Internal("a point of a key that has none"));
            }
        };
        match point.first() {
            Some(4) if point.len() == 1 + 2 * octets => {}
            Some(2 | 3) => return Err(Error::unsupported(WHAT, "compressed point")),
            _ => return Err(Error::malformed(WHAT, "not an uncompressed point")),
        }
        UnparsedPublicKey::new(verification, point).parse().map_err(|_| Error::Invalid { what: "public-key" })?;
        Ok(Self { algorithm, material: Material::Ec(point.to_vec()) })
    }

    /// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017, A.1.1).
    pub(crate) fn from_rsa_der(der: &[u8]) -> Result<Self, Error> {
        let mut key = Input::whole_object(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let modulus = key.any()?.unsigned()?;
        let exponent = key.any()?.unsigned()?;
        key.end()?;
        let bits = rsa_bits(modulus)?;
        // FIPS 186-5, A.1.1: an odd exponent above 2^16. An even modulus or exponent is no RSA key at all.
        let is_odd = |octets: &[u8]| octets.last().is_some_and(|last| last & 1 == 1);
        if !is_odd(modulus) || !is_odd(exponent) {
            return Err(Error::Invalid { what: "public-key" });
        }
        if !(3..=RSA_EXPONENT_OCTETS).contains(&exponent.len()) {
            return Err(Error::unsupported("RSA public exponent", format!("of {} octets", exponent.len())));
        }
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
            .parse()
            .map_err(|_| Error::Invalid { what: "public-key" })?;
        Ok(Self { algorithm: KeyAlgorithm::Rsa { bits }, material: Material::Rsa(der.to_vec()) })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({}, ", self.algorithm)?;
        for octet in &self.spki_sha256()[..8] {
            write!(formatter, "{octet:02x}")?;
        }
        formatter.write_str("…)")
    }
}

/// A public key that is ready to verify many signatures ([`PublicKey::prepare`]).
pub struct PreparedKey {
    key: PublicKey,
    /// Of GOST keys.
    multiples: Option<gost::PreparedPublicKey>,
}

impl PreparedKey {
    /// The key itself.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// What [`PublicKey::verify`] of the key says, sooner.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &self.multiples {
            Some(multiples) if algorithm == self.key.algorithm.signature_algorithm() => {
                if multiples.verify_digest(&algorithm.digest().digest(message), signature) {
                    Ok(())
                } else {
                    Err(Error::Invalid { what: "signature" })
                }
            }
            Some(_) | None => self.key.verify(algorithm, message, signature),
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Prepared{:?}", self.key)
    }
}

/// What an AlgorithmIdentifier of a key says; shared by public keys and PKCS#8.
pub(crate) enum GostOrOther {
    Gost(ParameterSet),
    Gost2001(ParameterSet),
    /// P-256 or P-384.
    Ec(KeyAlgorithm),
    Rsa,
}

impl GostOrOther {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Result<Self, Error> {
        if algorithm.oid == oid::GOST_KEY_256 {
            parameter_set(algorithm, false).map(Self::Gost)
        } else if algorithm.oid == oid::GOST_KEY_512 {
            parameter_set(algorithm, true).map(Self::Gost)
        } else if algorithm.oid == oid::GOST_KEY_2001 {
            parameter_set_2001(algorithm).map(Self::Gost2001)
        } else if algorithm.oid == oid::EC_KEY {
            match algorithm.parameters {
                Some(parameters) if parameters.tag == tag::OID => match parameters.oid()? {
                    oid::P256 => Ok(Self::Ec(KeyAlgorithm::EcdsaP256)),
                    oid::P384 => Ok(Self::Ec(KeyAlgorithm::EcdsaP384)),
                    other => Err(Error::unsupported("elliptic curve", oid::refusal_name(&other))),
                },
                Some(parameters) if parameters.tag == tag::SEQUENCE => {
                    Err(Error::unsupported("elliptic curve", "explicit parameters"))
                }
                _ => Err(Error::malformed(WHAT, "no curve")),
            }
        } else if algorithm.oid == oid::RSA_KEY {
            if algorithm.has_no_parameters() {
                Ok(Self::Rsa)
            } else {
                Err(Error::malformed(WHAT, "RSA with parameters"))
            }
        } else {
            Err(Error::unsupported("key algorithm", oid::refusal_name(&algorithm.oid)))
        }
    }
}

/// `GostR3410-2012-PublicKeyParameters ::= SEQUENCE { publicKeyParamSet OBJECT IDENTIFIER, digestParamSet OBJECT IDENTIFIER OPTIONAL }`
fn parameter_set(algorithm: &AlgorithmIdentifier<'_>, wide: bool) -> Result<ParameterSet, Error> {
    let parameters = algorithm.parameters.filter(|parameters| parameters.tag == tag::SEQUENCE);
    let mut parameters = parameters.ok_or_else(|| Error::malformed(WHAT, "no parameter set"))?.open();
    let curve = parameters.any()?.oid()?;
    let digest: Option<ObjectIdentifier> = if parameters.is_empty() { None } else { Some(parameters.any()?.oid()?) };
    parameters.end()?;
    let set = ParameterSet::from_oid(&curve.to_string())
        .ok_or_else(|| Error::unsupported("parameter set", oid::refusal_name(&curve)))?;
    if set.is_512() != wide {
        return Err(Error::malformed(WHAT, "the parameter set is of another size"));
    }
    let expected = if wide { oid::STREEBOG_512 } else { oid::STREEBOG_256 };
    match digest.map(|digest| digest.to_string()) {
        Some(digest) if digest != expected => Err(Error::unsupported("digest parameter set", digest)),
        _ => Ok(set),
    }
}

/// `GostR3410-2001-PublicKeyParameters ::= SEQUENCE { publicKeyParamSet OBJECT IDENTIFIER, digestParamSet OBJECT IDENTIFIER,
/// encryptionParamSet OBJECT IDENTIFIER DEFAULT id-Gost28147-89-CryptoPro-A-ParamSet }` (RFC 4491, 2.3.2). Nothing is encrypted to such a key here,
/// so the last is not judged.
fn parameter_set_2001(algorithm: &AlgorithmIdentifier<'_>) -> Result<ParameterSet, Error> {
    let parameters = algorithm.parameters.filter(|parameters| parameters.tag == tag::SEQUENCE);
    let mut parameters = parameters.ok_or_else(|| Error::malformed(WHAT, "no parameter set"))?.open();
    let curve = parameters.any()?.oid()?;
    let digest = parameters.any()?.oid()?;
    if !parameters.is_empty() {
        parameters.any()?.oid()?;
    }
    parameters.end()?;
    let set = ParameterSet::from_oid(&curve.to_string())
        .filter(|set| has_digest_parameter(*set))
        .ok_or_else(|| Error::unsupported("parameter set", oid::refusal_name(&curve)))?;
    if digest.to_string() != oid::GOST_94_CRYPTO_PRO {
        return Err(Error::unsupported("digest parameter set", digest.to_string()));
    }
    Ok(set)
}

/// Whether the identifier of the set is one of RFC 4357: RFC 9215, 4.2, wants `digestParamSet` beside those and beside no others.
fn has_digest_parameter(set: ParameterSet) -> bool {
    set.oid().starts_with("1.2.643.2.2.")
}

/// The AlgorithmIdentifier of a key, canonical.
pub(crate) fn algorithm_der(algorithm: KeyAlgorithm) -> Vec<u8> {
    let parameters = match algorithm {
        KeyAlgorithm::Gost(set) => {
            let curve = asn1::known(set.oid());
            if has_digest_parameter(set) {
                asn1::sequence(&[&curve, &asn1::known(oid::STREEBOG_256)])
            } else {
                asn1::sequence(&[&curve])
            }
        }
        KeyAlgorithm::Gost2001(set) => {
            asn1::sequence(&[&asn1::known(set.oid()), &asn1::known(oid::GOST_94_CRYPTO_PRO)])
        }
        KeyAlgorithm::EcdsaP256 => asn1::object_identifier(&oid::P256),
        KeyAlgorithm::EcdsaP384 => asn1::object_identifier(&oid::P384),
        KeyAlgorithm::Rsa { .. } => vec![tag::NULL, 0],
    };
    asn1::sequence(&[&asn1::known(algorithm.oid()), &parameters])
}

/// Length of a modulus (big-endian, no leading zeros), if it is one that is taken.
pub(crate) fn rsa_bits(modulus: &[u8]) -> Result<u16, Error> {
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(Error::unsupported("RSA key length", bits.to_string()));
    }
    Ok(u16::try_from(bits).expect("at most 4096, checked above"))
}

fn spki(algorithm: KeyAlgorithm, bits: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&algorithm_der(algorithm), &asn1::bit_string(bits)])
}

fn verify(algorithm: &'static dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

const WHAT: &str = "public key";
