//! What a token does beneath the hash: signs octets that somebody else made ready, and checks such signatures.
//! Whoever can hash the message himself uses [`Signer`](crate::Signer) and [`PublicKey::verify`]: here nothing tells a digest from a forged one.
//!
//! ECDSA signatures are r ‖ s here, as PKCS#11 has them, and not the DER of certificates. GOST ones are s ‖ r as everywhere.

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U4096};
use zeroize::Zeroizing;

use crate::asn1::{Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::signer::Rng;
use crate::{Error, KeyAlgorithm, PrivateKey, PublicKey, Signer as _};

/// 00 01 FF×8 00 (RFC 8017, 9.2): what a block has around its contents at the least.
pub const RSA_BLOCK_OVERHEAD_OCTETS: usize = 11;

impl PrivateKey {
    /// Signs a digest. GOST takes exactly 32 or 64 octets; ECDSA any number, of which the leftmost count (FIPS 186-5, 6.4.1), as `CKM_ECDSA` does.
    /// RSA is `Unsupported`: see [`PrivateKey::sign_ready_rsa_block`].
    pub fn sign_ready_digest(&self, digest: &[u8], rng: &mut Rng) -> Result<Vec<u8>, Error> {
        let algorithm = self.public_key().algorithm();
        match algorithm {
            KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) => {
                self.gost()?.sign_digest(digest, rng).map_err(|_| Error::malformed("digest", "wrong length"))
            }
            KeyAlgorithm::EcdsaP256 => sign_ec(self.ec()?, &SHA256, digest),
            KeyAlgorithm::EcdsaP384 => sign_ec(self.ec()?, &SHA384, digest),
            KeyAlgorithm::Rsa { .. } => Err(Error::unsupported("digest without its name", algorithm.to_string())),
        }
    }

    /// Signs with PKCS#1 v1.5, block type 1, whatever octets the caller put together, as `CKM_RSA_PKCS` does: a DigestInfo, or anything else at most
    /// [`RSA_BLOCK_OVERHEAD_OCTETS`] shorter than the modulus.
    pub fn sign_ready_rsa_block(&self, contents: &[u8]) -> Result<Vec<u8>, Error> {
        let pair = self.rsa()?;
        if let Some((encoding, digest)) = known_digest_info(contents) {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign_digest(encoding, &digest, &mut signature).map_err(|_| Error::Internal("RSA signing"))?;
            return Ok(signature);
        }
        let block = type_one_block(contents, pair.public_modulus_len())?;
        // The library signs digests it knows and nothing else; the rest is plain arithmetic, in time that does not depend on the exponent.
        let pkcs8 = self.to_pkcs8_der();
        let numbers = RsaNumbers::read(&pkcs8)?;
        let signature = numbers.power(&block, &numbers.private_exponent);
        let signature = &signature[signature.len() - block.len()..];
        // A fault in a power gives the factors away; what is handed out has been looked at.
        if self.public_key().ready_rsa_block(signature)? != block {
            return Err(Error::Internal("RSA signing"));
        }
        Ok(signature.to_vec())
    }
}

impl PublicKey {
    /// Whether `signature` signs `digest`, with the lengths and orders of [`PrivateKey::sign_ready_digest`].
    pub fn verify_ready_digest(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        let good = match self.algorithm() {
            KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) => self.gost()?.verify_digest(digest, signature),
            KeyAlgorithm::EcdsaP256 => {
                verify_ec(&ECDSA_P256_SHA256_FIXED, &SHA256, &self.raw_bits(), digest, signature)?
            }
            KeyAlgorithm::EcdsaP384 => {
                verify_ec(&ECDSA_P384_SHA384_FIXED, &SHA384, &self.raw_bits(), digest, signature)?
            }
            KeyAlgorithm::Rsa { .. } => {
                return Err(Error::unsupported("digest without its name", self.algorithm().to_string()));
            }
        };
        if good { Ok(()) } else { Err(Error::Invalid { what: "signature" }) }
    }

    /// Whether `signature` is the one of [`PrivateKey::sign_ready_rsa_block`]. The block is built and compared, never taken apart.
    pub fn verify_ready_rsa_block(&self, contents: &[u8], signature: &[u8]) -> Result<(), Error> {
        let block = type_one_block(contents, self.modulus()?.len())?;
        if self.ready_rsa_block(signature)? == block { Ok(()) } else { Err(Error::Invalid { what: "signature" }) }
    }

    /// signature^e mod n.
    fn ready_rsa_block(&self, signature: &[u8]) -> Result<Vec<u8>, Error> {
        let bits = self.raw_bits();
        let mut key = Input::whole_object(WHAT, &bits, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let modulus = key.any()?.unsigned()?;
        let exponent = key.any()?.unsigned()?;
        if signature.len() != modulus.len() || signature >= modulus {
            return Err(Error::Invalid { what: "signature" });
        }
        let params = montgomery(modulus)?;
        let number = FixedMontyForm::new(&wide(signature), &params).pow_vartime(&wide(exponent)).retrieve();
        let octets = number.to_be_bytes();
        let octets: &[u8] = octets.as_ref();
        Ok(octets[octets.len() - modulus.len()..].to_vec())
    }

    fn modulus(&self) -> Result<Vec<u8>, Error> {
        let KeyAlgorithm::Rsa { .. } = self.algorithm() else {
            return Err(Error::unsupported("RSA block", self.algorithm().to_string()));
        };
        let bits = self.raw_bits();
        let mut key = Input::whole_object(WHAT, &bits, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        Ok(key.any()?.unsigned()?.to_vec())
    }
}

fn sign_ec(pair: &EcdsaKeyPair, hash: &'static Algorithm, digest: &[u8]) -> Result<Vec<u8>, Error> {
    let octets = hash.output_len();
    let digest = import(hash, &leftmost(digest, octets))?;
    let der = pair.sign_digest(&digest).map_err(|_| Error::Internal("ECDSA signing"))?;
    let mut numbers = Input::whole_object("signature", der.as_ref(), tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let mut signature = vec![0; 2 * octets];
    for half in signature.chunks_exact_mut(octets) {
        let number = numbers.any()?.unsigned()?;
        half[octets - number.len()..].copy_from_slice(number);
    }
    Ok(signature)
}

fn verify_ec(
    algorithm: &'static dyn VerificationAlgorithm,
    hash: &'static Algorithm,
    point: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Error> {
    let digest = import(hash, &leftmost(digest, hash.output_len()))?;
    Ok(UnparsedPublicKey::new(algorithm, point).verify_digest(&digest, signature).is_ok())
}

/// The number a digest of any length stands for on a curve whose order has as many octets as bits say: the leftmost octets, or leading zeros.
fn leftmost(digest: &[u8], octets: usize) -> Vec<u8> {
    let kept = &digest[..digest.len().min(octets)];
    let mut number = vec![0; octets - kept.len()];
    number.extend_from_slice(kept);
    number
}

fn import(hash: &'static Algorithm, digest: &[u8]) -> Result<Digest, Error> {
    Digest::import_less_safe(digest, hash).map_err(|_| Error::Internal("length of a digest"))
}

/// DigestInfo ::= SEQUENCE { digestAlgorithm, digest OCTET STRING } (RFC 8017, 9.2, note 1) of the hashes the library signs itself.
fn known_digest_info(contents: &[u8]) -> Option<(&'static dyn RsaEncoding, Digest)> {
    const SHA_2: [u8; 10] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0, 0x05];
    let known: [(u8, &'static Algorithm, &'static dyn RsaEncoding); 3] =
        [(1, &SHA256, &RSA_PKCS1_SHA256), (2, &SHA384, &RSA_PKCS1_SHA384), (3, &SHA512, &RSA_PKCS1_SHA512)];
    known.into_iter().find_map(|(last_arc, hash, encoding)| {
        let octets = hash.output_len();
        let mut prefix = vec![0x30, 17 + octets as u8, 0x30, 0x0d, 0x06, 0x09];
        prefix.extend_from_slice(&SHA_2[..8]);
        prefix.extend_from_slice(&[last_arc, 0x05, 0x00, 0x04, octets as u8]);
        let digest = contents.strip_prefix(prefix.as_slice()).filter(|digest| digest.len() == octets)?;
        Some((encoding, import(hash, digest).ok()?))
    })
}

fn type_one_block(contents: &[u8], octets: usize) -> Result<Vec<u8>, Error> {
    let Some(padding) = octets.checked_sub(contents.len() + 3).filter(|padding| *padding >= 8) else {
        return Err(Error::malformed("RSA block", "too long for the key"));
    };
    let mut block = vec![0, 1];
    block.resize(2 + padding, 0xff);
    block.push(0);
    block.extend_from_slice(contents);
    Ok(block)
}

/// The numbers of a private key that the plain power needs, big-endian.
struct RsaNumbers<'a> {
    modulus: &'a [u8],
    private_exponent: Zeroizing<U4096>,
}

impl<'a> RsaNumbers<'a> {
    /// PrivateKeyInfo { version, algorithm, OCTET STRING { RSAPrivateKey { version, n, e, d, … } } }
    fn read(pkcs8: &'a [u8]) -> Result<Self, Error> {
        let mut info = Input::door(WHAT, pkcs8, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        info.expect(tag::INTEGER)?;
        info.any()?;
        let key: Element<'a> = info.expect(tag::OCTET_STRING)?;
        let mut key = Input::whole_object(WHAT, key.body, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        key.expect(tag::INTEGER)?;
        let modulus = key.any()?.unsigned()?;
        key.any()?;
        let private_exponent = Zeroizing::new(wide(key.any()?.unsigned()?));
        Ok(Self { modulus, private_exponent })
    }

    fn power(&self, block: &[u8], exponent: &U4096) -> Vec<u8> {
        let params = montgomery(self.modulus).expect("the library took this modulus: it is odd");
        FixedMontyForm::new(&wide(block), &params).pow(exponent).retrieve().to_be_bytes().as_ref().to_vec()
    }
}

fn montgomery(modulus: &[u8]) -> Result<FixedMontyParams<{ U4096::LIMBS }>, Error> {
    let modulus = Odd::new(wide(modulus)).into_option().ok_or(Error::Invalid { what: "public-key" })?;
    Ok(FixedMontyParams::new_vartime(modulus))
}

/// A number of at most 4096 bits; longer moduli are refused where keys are read.
fn wide(octets: &[u8]) -> U4096 {
    let mut padded = Zeroizing::new([0; U4096::BYTES]);
    padded[U4096::BYTES - octets.len()..].copy_from_slice(octets);
    U4096::from_be_slice(&*padded)
}

impl PrivateKey {
    fn ec(&self) -> Result<&EcdsaKeyPair, Error> {
        self.ec_pair().ok_or_else(|| Error::unsupported("ECDSA", self.public_key().algorithm().to_string()))
    }

    fn rsa(&self) -> Result<&KeyPair, Error> {
        self.rsa_pair().ok_or_else(|| Error::unsupported("RSA block", self.public_key().algorithm().to_string()))
    }
}

const WHAT: &str = "RSA key";
