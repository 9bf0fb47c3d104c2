//! Keys on a token as `crypto` knows them. Every signature is verified before anybody gets it; that also settles in which order a module writes s and r.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crypto::{Certificate, PublicKey, SignatureAlgorithm, Signer};
use cryptoki_sys as s;

use crate::der;
use crate::error::Error;
use crate::numbers as n;
use crate::objects::KeyHash;
use crate::session::{self, Inner};
use crate::token::Token;

/// A private key on a token. It lives as long as its session's login; after a pull and replug it is found again by its public half.
pub struct TokenKey {
    session: Arc<Inner>,
    public_key: PublicKey,
    hash: KeyHash,
    /// The module writes r first: learned from the first signature.
    r_first: AtomicBool,
}

impl TokenKey {
    pub(crate) fn new(session: Arc<Inner>, public_key: PublicKey) -> Self {
        let hash = public_key.spki_sha256();
        Self { session, public_key, hash, r_first: AtomicBool::new(false) }
    }

    /// By which it is found.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        self.hash
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Where it is.
    #[must_use]
    pub fn token(&self) -> &Token {
        self.session.token()
    }

    /// Hashes here, signs there, verifies here.
    ///
    /// # Errors
    /// `pin-needed` when the token was pulled since the login and the PIN is not kept, `token-absent`, `signature-not-verified`, `module-unresponsive`.
    pub fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let algorithm = self.public_key.algorithm().signature_algorithm();
        let digest = algorithm.digest().digest(message);
        let (mechanism, input) = match algorithm {
            SignatureAlgorithm::Gost256 | SignatureAlgorithm::Gost2001 => (n::CKM_GOSTR3410, digest),
            SignatureAlgorithm::Gost512 => (n::CKM_GOSTR3410_512, digest),
            SignatureAlgorithm::EcdsaSha256 | SignatureAlgorithm::EcdsaSha384 => (s::CKM_ECDSA, digest),
            SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::RsaSha384 | SignatureAlgorithm::RsaSha512 => {
                (s::CKM_RSA_PKCS, digest_info(algorithm, &digest))
            }
        };
        let mut last = Error::own("token-absent", String::new());
        for _ in 0..TRIES {
            match self.sign_input(algorithm, message, mechanism, &input) {
                Ok(Some(signature)) => return Ok(signature),
                // The session was renewed between finding the key and using it.
                Ok(None) => {}
                Err(error) if session::is_lost(&error) => last = error,
                // The object was written anew by somebody else.
                Err(error) if matches!(error.code(), "ckr-key-handle-invalid" | "ckr-object-handle-invalid") => {
                    self.session.forget_handles();
                    last = error;
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn sign_input(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        mechanism: s::CK_MECHANISM_TYPE,
        input: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        self.session.require_login()?;
        let (epoch, handles) = self.session.private_handles(&self.hash)?;
        for handle in &handles {
            let Some(answered) = self.session.sign(epoch, mechanism, *handle, input.to_vec())? else {
                return Ok(None);
            };
            if let Some(signature) = self.verified(algorithm, message, &answered) {
                if handles.len() > 1 {
                    self.session.settle_handle(&self.hash, *handle);
                }
                return Ok(Some(signature));
            }
        }
        Err(Error::own("signature-not-verified", algorithm.name()))
    }

    /// The signature in the form of certificates and messages, if it is one.
    fn verified(&self, algorithm: SignatureAlgorithm, message: &[u8], answered: &[u8]) -> Option<Vec<u8>> {
        let good = |signature: &[u8]| self.public_key.verify(algorithm, message, signature).is_ok();
        match algorithm {
            SignatureAlgorithm::Gost256 | SignatureAlgorithm::Gost512 | SignatureAlgorithm::Gost2001 => {
                let r_first = self.r_first.load(Ordering::Relaxed);
                for swap in [r_first, !r_first] {
                    let candidate = if swap { swapped(answered) } else { answered.to_vec() };
                    if good(&candidate) {
                        self.r_first.store(swap, Ordering::Relaxed);
                        return Some(candidate);
                    }
                }
                None
            }
            SignatureAlgorithm::EcdsaSha256 | SignatureAlgorithm::EcdsaSha384 => {
                let (r, s) = answered.split_at(answered.len() / 2);
                let signature = der::sequence(&[&der::integer(r), &der::integer(s)]);
                good(&signature).then_some(signature)
            }
            SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::RsaSha384 | SignatureAlgorithm::RsaSha512 => {
                good(answered).then(|| answered.to_vec())
            }
        }
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.public_key.algorithm().signature_algorithm()
    }

    /// What went wrong comes as `Internal` with the code of the catalogue ([`crate::fault_in`] finds it).
    fn sign(&self, message: &[u8], _rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        self.sign_message(message).map_err(|error| crypto::Error::Internal(error.code()))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenKey({:?} on {})", self.public_key, self.token().id())
    }
}

/// A key of GOST R 34.10-2001 on a token: no [`Signer`], as `crypto::legacy2001` demands.
#[derive(Debug)]
pub struct MigrationTokenKey(TokenKey);

impl MigrationTokenKey {
    pub(crate) fn new(key: TokenKey) -> Self {
        Self(key)
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// Signs the request for the new key or the act as a CMS message.
    ///
    /// # Errors
    /// As [`crypto::sign_cms`]; faults of the token as [`TokenKey`] hands them on.
    pub fn sign_cms(
        &self,
        content: &[u8],
        detached: bool,
        certificate: &Certificate,
        chain: &[Certificate],
        signing_time: i64,
        rng: &mut crypto::Rng,
    ) -> Result<Vec<u8>, crypto::Error> {
        crypto::sign_cms(content, detached, &self.0, certificate, chain, signing_time, rng)
    }
}

/// `DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }` (RFC 8017, 9.2): CKM_RSA_PKCS pads what it is given.
fn digest_info(algorithm: SignatureAlgorithm, digest: &[u8]) -> Vec<u8> {
    let identifier = der::sequence(&[&der::oid(algorithm.digest().oid()), &[0x05, 0]]);
    der::sequence(&[&identifier, &der::octet_string(digest)])
}

/// The halves of a signature the other way round.
pub(crate) fn swapped(signature: &[u8]) -> Vec<u8> {
    let (first, second) = signature.split_at(signature.len() / 2);
    [second, first].concat()
}

/// How often a signature is tried while the token's session is renewed under it: a pull, and a pull right after it.
const TRIES: usize = 3;
