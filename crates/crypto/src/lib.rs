//! Keys, signatures and signed objects: GOST R 34.10-2012 (and, to leave it behind, -2001), ECDSA and RSA; X.509, PKCS#10, CRL, OCSP, time stamps, CMS, PKCS#8, PKCS#12. Bytes in, bytes out.
//! No clock, no file, no network and no randomness of its own: times are arguments in seconds since 1970 (UTC), randomness is an argument too.
//!
//! Objects are written exactly by RFC 9215 (GOST) and RFC 5280, 2986, 5652, 5958; they are read a little more widely, where the field demands it,
//! and each such place says so. A value of a public type has passed the checks its documentation names.

mod error;
mod oid;
// The DER everything below is written in.
mod asn1;
mod pem;
// Keys and what they sign.
mod algorithm;
pub mod gost;
pub mod legacy2001;
// Ciphers, and keys from keys.
pub mod agreement;
pub mod cipher;
pub mod kdf;
// What messages and key files are enciphered with.
mod content_cipher;
// Keys as files.
mod pbes2;
pub mod pkcs12;
mod pkcs8;
mod public_key;
mod ready_digest;
mod secret_types;
mod signer;
mod streebog;
// Signed objects.
mod chain;
mod cms;
mod crl;
mod csr;
mod extension;
mod extension_value;
mod kind;
mod name;
pub mod ocsp;
pub mod tsp;
mod x509;

#[cfg(test)]
#[path = "../tests/it/vectors.rs"]
#[expect(clippy::unwrap_used, reason = "tests only: a missing vector must fail")]
mod vector_files;

pub use algorithm::{DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm, sha1_thumbprint, sha256, streebog256};
pub use asn1::{MAX_OBJECT_OCTETS, check_der};
pub use chain::{
    Chain, ChainRefusal, Demands, MAX_CHAIN_CERTIFICATES, Policies, Revocation, RevocationEvidence, Rule, Subtree,
    build_chain, find_chain,
};
pub use cms::{
    CertificateReference, CmsSigner, ContentInfo, Delivery, DigestedData, EncryptedData, EnvelopedData, ProvenSigner,
    Recipient, RecipientLabel, SignedData, SignerInfo, SigningCertificate, VerifiedSigner, encrypt_cms, sign_cms,
    sign_cms_by_all,
};
pub use content_cipher::ContentCipher;
pub use crl::{Crl, MAX_CRL_OCTETS, RevokedEntry, TbsCrl};
pub use csr::{Csr, Verified};
pub use error::Error;
pub use extension::{Extension, KeyUsage, KeyUsageSet};
pub use extension_value::{ExtensionValue, GeneralName};
pub use kind::Kind;
pub use name::Name;
pub use pbes2::{PBKDF2_ITERATIONS, STREEBOG_ITERATIONS_MAX};
pub use pem::{der_or_pem, pem_decode, pem_encode};
pub use pkcs8::GostKeyForm;
pub use public_key::{PreparedKey, PublicKey};
pub use ready_digest::RSA_BLOCK_OVERHEAD_OCTETS;
pub use signer::{PrivateKey, Rng, Signer};
pub use x509::{Certificate, TbsCertificate, assemble};
