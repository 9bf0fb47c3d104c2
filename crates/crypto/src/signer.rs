//! Who can sign: the [`Signer`] that certificates, requests and messages are made with, and the private key kept in memory.
//! A key in a token or an HSM is another `Signer`; nothing else in the crate asks for a [`PrivateKey`].

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::gost;
use crate::pkcs8;
use crate::{ContentCipher, Error, GostKeyForm, KeyAlgorithm, PublicKey, SignatureAlgorithm};

/// The source of randomness every signing call is given. GOST draws its keys and nonces from it (hedged with the key);
/// ECDSA and RSA take theirs from the library's own generator.
pub type Rng = dyn rand_core::CryptoRng;

/// Something that holds a private key and signs with it.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// The one algorithm this signer signs with.
    fn signature_algorithm(&self) -> SignatureAlgorithm;
    /// Hashes and signs `message`; the octets are those that stand in the BIT STRING of a certificate.
    fn sign(&self, message: &[u8], rng: &mut Rng) -> Result<Vec<u8>, Error>;
}

/// A private key in memory: wiped on drop, neither printed nor cloned.
pub struct PrivateKey {
    material: Material,
    public_key: PublicKey,
}

enum Material {
    Gost(gost::PrivateKey),
    // Boxed: RSA and EC pairs hold their numbers in the library's memory, which wipes them.
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl PrivateKey {
    /// Makes a key. RSA comes in 2048, 3072 and 4096 bits with the exponent 65537.
    pub fn generate(algorithm: KeyAlgorithm, rng: &mut Rng) -> Result<Self, Error> {
        match algorithm {
            KeyAlgorithm::Gost(set) => Ok(Self::from_gost(gost::PrivateKey::generate(set, rng))),
            KeyAlgorithm::Gost2001(_) => Err(Error::unsupported("key algorithm", "GOST R 34.10-2001")),
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => {
                let pair =
                    EcdsaKeyPair::generate(ec_signing(algorithm)?).map_err(|_| Error::Internal("EC key generation"))?;
                Self::from_ec(algorithm, pair)
            }
            KeyAlgorithm::Rsa { bits } => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => return Err(Error::unsupported("RSA key length", bits.to_string())),
                };
                Self::from_rsa(RsaKeyPair::generate(size).map_err(|_| Error::Internal("RSA key generation"))?)
            }
        }
    }

    /// Reads a PKCS#8 PrivateKeyInfo (RFC 5958), version 0 or 1. GOST keys come in every shape the field writes, see [`crate::gost`] and
    /// the notes at the reader; a `publicKey` beside the private one must belong to it.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        pkcs8::read(der)
    }

    /// Version 0; for GOST the private key is its little-endian octets and nothing else.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        const HELD: &str = "the library writes out the key it holds";
        match &self.material {
            Material::Gost(key) => pkcs8::write_gost(self.public_key.algorithm(), &key.to_le_bytes()),
            Material::Ec(pair) => Zeroizing::new(pair.to_pkcs8v1().expect(HELD).as_ref().to_vec()),
            Material::Rsa(pair) => Zeroizing::new(pair.as_der().expect(HELD).as_ref().to_vec()),
        }
    }

    /// The same in another shape for a GOST key; keys of other algorithms have one shape, and any other is `Unsupported`.
    pub fn to_pkcs8_der_in(&self, form: GostKeyForm, rng: &mut Rng) -> Result<Zeroizing<Vec<u8>>, Error> {
        match &self.material {
            Material::Gost(key) => Ok(pkcs8::write_gost_in(form, key, rng)),
            Material::Ec(_) | Material::Rsa(_) if form == GostKeyForm::Plain => Ok(self.to_pkcs8_der()),
            Material::Ec(_) | Material::Rsa(_) => {
                Err(Error::unsupported("shape of a key", self.public_key.algorithm().to_string()))
            }
        }
    }

    /// Reads an EncryptedPrivateKeyInfo: PBES2 with PBKDF2-HMAC-SHA-256 or -Streebog-512 and any [`ContentCipher`]
    /// (RFC 8018, RFC 9337; R 50.1.112 for GOST 28147-89), at most [`crate::PBKDF2_ITERATIONS`] or [`crate::STREEBOG_ITERATIONS_MAX`] iterations.
    pub fn from_encrypted_pkcs8_der(der: &[u8], password: &[u8]) -> Result<Self, Error> {
        let plain = pkcs8::decrypt(der, password)?;
        // An offset in the plain text is no place in the file.
        Self::from_pkcs8_der(&plain).map_err(|error| error.within(None))
    }

    /// Writes one with PBKDF2-HMAC-SHA-256 and AES-256-CBC. `iterations` from 1,000 to 10 million.
    pub fn to_encrypted_pkcs8_der(&self, password: &[u8], iterations: u32, rng: &mut Rng) -> Result<Vec<u8>, Error> {
        self.to_encrypted_pkcs8_der_with(ContentCipher::Aes256Cbc, password, iterations, rng)
    }

    /// Writes one with this cipher; the GOST ciphers come with PBKDF2-HMAC-Streebog-512 and up to [`crate::STREEBOG_ITERATIONS_MAX`] iterations.
    pub fn to_encrypted_pkcs8_der_with(
        &self,
        cipher: ContentCipher,
        password: &[u8],
        iterations: u32,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, Error> {
        pkcs8::encrypt(&self.to_pkcs8_der(), cipher, password, iterations, rng)
    }

    /// The GOST key inside, for agreeing on keys; `Unsupported` for other algorithms.
    pub(crate) fn gost(&self) -> Result<&gost::PrivateKey, Error> {
        match &self.material {
            Material::Gost(key) => Ok(key),
            Material::Ec(_) | Material::Rsa(_) => {
                Err(Error::unsupported("key agreement", self.public_key.algorithm().to_string()))
            }
        }
    }

    pub(crate) fn ec_pair(&self) -> Option<&EcdsaKeyPair> {
        match &self.material {
            Material::Ec(pair) => Some(pair),
            Material::Gost(_) | Material::Rsa(_) => None,
        }
    }

    pub(crate) fn rsa_pair(&self) -> Option<&RsaKeyPair> {
        match &self.material {
            Material::Rsa(pair) => Some(pair),
            Material::Gost(_) | Material::Ec(_) => None,
        }
    }

    pub(crate) fn from_gost(key: gost::PrivateKey) -> Self {
        let public_key = PublicKey::from_gost(key.public_key().clone());
        Self { material: Material::Gost(key), public_key }
    }

    fn from_ec(algorithm: KeyAlgorithm, pair: EcdsaKeyPair) -> Result<Self, Error> {
        let public_key = PublicKey::from_ec_point(algorithm, pair.public_key().as_ref())?;
        Ok(Self { material: Material::Ec(Box::new(pair)), public_key })
    }

    fn from_rsa(pair: RsaKeyPair) -> Result<Self, Error> {
        let public_key = PublicKey::from_rsa_der(pair.public_key().as_ref())?;
        Ok(Self { material: Material::Rsa(Box::new(pair)), public_key })
    }

    /// A whole PKCS#8 object of an EC key; the library checks that the halves fit.
    pub(crate) fn from_ec_pkcs8(algorithm: KeyAlgorithm, der: &[u8]) -> Result<Self, Error> {
        let pair = EcdsaKeyPair::from_pkcs8(ec_signing(algorithm)?, der)
            .map_err(|_| Error::Invalid { what: "private-key" })?;
        Self::from_ec(algorithm, pair)
    }

    /// A whole PKCS#8 object of an RSA key; the library checks its numbers.
    pub(crate) fn from_rsa_pkcs8(der: &[u8]) -> Result<Self, Error> {
        Self::from_rsa(RsaKeyPair::from_pkcs8(der).map_err(|_| Error::Invalid { what: "private-key" })?)
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.public_key.algorithm().signature_algorithm()
    }

    fn sign(&self, message: &[u8], rng: &mut Rng) -> Result<Vec<u8>, Error> {
        match &self.material {
            Material::Gost(key) => {
                let digest = self.signature_algorithm().digest().digest(message);
                key.sign_digest(&digest, rng).map_err(|_| Error::Internal("GOST signing"))
            }
            Material::Ec(pair) => {
                let signature =
                    pair.sign(&SystemRandom::new(), message).map_err(|_| Error::Internal("ECDSA signing"))?;
                Ok(signature.as_ref().to_vec())
            }
            Material::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::Internal("RSA signing"))?;
                Ok(signature)
            }
        }
    }
}

fn ec_signing(algorithm: KeyAlgorithm) -> Result<&'static EcdsaSigningAlgorithm, Error> {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => Ok(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyAlgorithm::EcdsaP384 => Ok(&ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) | KeyAlgorithm::Rsa { .. } => {
            Err(Error::Internal("not an EC algorithm"))
        }
    }
}
