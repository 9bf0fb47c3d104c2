//! The one thing a private key of GOST R 34.10-2001 is still good for: its owner signs, with the key that is about to go, the request for a new
//! key and the act of its delivery. The standard is withdrawn, so such a key is no [`crate::Signer`]: no certificate, list of revoked ones or
//! request can be signed with it, and the signed octets of a message begin like none of them.

use zeroize::Zeroizing;

use crate::asn1::{AlgorithmIdentifier, Input, MAX_OBJECT_OCTETS, tag};
use crate::public_key::GostOrOther;
use crate::signer::Rng;
use crate::{Certificate, DigestAlgorithm, Error, PublicKey, SignatureAlgorithm, Signer, gost, oid, pkcs8, sign_cms};

const WHAT: &str = "private key";

/// A private key of GOST R 34.10-2001 on a CryptoPro curve, kept until its owner has moved to a new key. Neither prints nor clones; wiped on drop.
///
/// ```
/// use surguch_crypto::legacy2001::MigrationKey;
/// use surguch_crypto::{Certificate, Error, KeyAlgorithm, Rng};
///
/// fn sign_act(file: &[u8], password: &[u8], certificate: &Certificate, act: &[u8], now: i64, rng: &mut Rng) -> Result<Vec<u8>, Error> {
///     // In the clear it is read by MigrationKey::from_pkcs8_der.
///     let key = MigrationKey::from_encrypted_pkcs8_der(file, password)?;
///     assert!(matches!(key.public_key().algorithm(), KeyAlgorithm::Gost2001(_)));
///     key.sign_cms(act, false, certificate, &[], now, rng)
/// }
/// # assert!(MigrationKey::from_pkcs8_der(&[]).is_err());
/// ```
pub struct MigrationKey {
    key: gost::PrivateKey,
    public_key: PublicKey,
}

impl MigrationKey {
    /// Reads a PKCS#8 PrivateKeyInfo whose algorithm is 1.2.643.2.2.19, in every shape that keys of 2012 are read in.
    /// Any other algorithm is `Unsupported` by name: keys of 2012 have [`crate::PrivateKey`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let mut info = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let version = info.expect(tag::INTEGER)?.small()?;
        if version > 1 {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let algorithm = AlgorithmIdentifier::read(info.any()?)?;
        let private = info.expect(tag::OCTET_STRING)?.body;
        info.optional(tag::context(0))?;
        let public = if version == 1 { info.optional(tag::context_primitive(1))? } else { None };
        info.end()?;
        let GostOrOther::Gost2001(set) = GostOrOther::of(&algorithm)? else {
            return Err(Error::unsupported("key of a migration", oid::refusal_name(&algorithm.oid)));
        };
        let scalar = pkcs8::gost_scalar(set, private)?;
        let key = gost::PrivateKey::from_le_bytes(set, &scalar).map_err(|_| Error::Invalid { what: "private-key" })?;
        let octets = key.public_key().to_le_bytes();
        // Bare or wrapped, the point ends the field.
        if public.is_some_and(|public| !public.body.ends_with(&octets)) {
            return Err(Error::Invalid { what: "private-key" });
        }
        let public_key = PublicKey::from_gost(key.public_key().clone()).into_2001();
        Ok(Self { key, public_key })
    }

    /// Reads an EncryptedPrivateKeyInfo, as [`crate::PrivateKey::from_encrypted_pkcs8_der`] does.
    pub fn from_encrypted_pkcs8_der(der: &[u8], password: &[u8]) -> Result<Self, Error> {
        let plain: Zeroizing<Vec<u8>> = pkcs8::decrypt(der, password)?;
        // An offset in the plain text is no place in the file.
        Self::from_pkcs8_der(&plain).map_err(|error| error.within(None))
    }

    /// The public half; its algorithm is [`crate::KeyAlgorithm::Gost2001`].
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Signs the request for the new key or the act as a CMS message, like [`crate::sign_cms`]: with GOST R 34.11-94 and GOST R 34.10-2001 (RFC 4490, 3.2).
    pub fn sign_cms(
        &self,
        content: &[u8],
        detached: bool,
        certificate: &Certificate,
        chain: &[Certificate],
        signing_time: i64,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, Error> {
        sign_cms(content, detached, &OfMessages(self), certificate, chain, signing_time, rng)
    }
}

/// The key as a signer, seen by nobody but the maker of messages, who signs attributes: a SET, where a certificate is a SEQUENCE.
struct OfMessages<'a>(&'a MigrationKey);

impl Signer for OfMessages<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Gost2001
    }

    fn sign(&self, message: &[u8], rng: &mut Rng) -> Result<Vec<u8>, Error> {
        let digest = DigestAlgorithm::Gost94.digest(message);
        self.0.key.sign_digest(&digest, rng).map_err(|_| Error::Internal("GOST signing"))
    }
}
