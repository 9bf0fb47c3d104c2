//! Which keys, signatures and digests exist here, by their names and identifiers. A SHA-1 or MD5 signature has no variant,
//! so none can be configured, made or accepted; SHA-1 is left as a label of certificates only.

use core::fmt;
use core::str::FromStr;

use der::asn1::ObjectIdentifier;
use sha2::Digest as _;

use crate::Error;
use crate::asn1::{self, AlgorithmIdentifier, tag};
use crate::gost::ParameterSet;
use crate::oid;
use crate::streebog::{Streebog256, Streebog512};

/// What a key is: the algorithm and its parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyAlgorithm {
    /// GOST R 34.10-2012 on one of the named curves.
    Gost(ParameterSet),
    /// GOST R 34.10-2001 on one of the CryptoPro curves: withdrawn. Such keys are read and verify what they signed, so that their owners can
    /// move to a new key ([`crate::legacy2001`]); none is made, no word names them, and nothing configured can ask for them.
    Gost2001(ParameterSet),
    /// ECDSA on P-256 (secp256r1).
    EcdsaP256,
    /// ECDSA on P-384 (secp384r1).
    EcdsaP384,
    /// RSA, PKCS#1 v1.5 signatures.
    Rsa {
        /// Length of the modulus, bits: 2048 to 4096.
        bits: u16,
    },
}

/// The words of configuration files and of the interface.
const WORDS: [(KeyAlgorithm, &str); 17] = [
    (KeyAlgorithm::Gost(ParameterSet::Tc26_256A), "gost-256-a"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_256B), "gost-256-b"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_256C), "gost-256-c"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_256D), "gost-256-d"),
    (KeyAlgorithm::Gost(ParameterSet::CryptoProA), "gost-256-cp-a"),
    (KeyAlgorithm::Gost(ParameterSet::CryptoProB), "gost-256-cp-b"),
    (KeyAlgorithm::Gost(ParameterSet::CryptoProC), "gost-256-cp-c"),
    (KeyAlgorithm::Gost(ParameterSet::CryptoProXchA), "gost-256-xch-a"),
    (KeyAlgorithm::Gost(ParameterSet::CryptoProXchB), "gost-256-xch-b"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_512A), "gost-512-a"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_512B), "gost-512-b"),
    (KeyAlgorithm::Gost(ParameterSet::Tc26_512C), "gost-512-c"),
    (KeyAlgorithm::EcdsaP256, "ecdsa-p256"),
    (KeyAlgorithm::EcdsaP384, "ecdsa-p384"),
    (KeyAlgorithm::Rsa { bits: 2048 }, "rsa-2048"),
    (KeyAlgorithm::Rsa { bits: 3072 }, "rsa-3072"),
    (KeyAlgorithm::Rsa { bits: 4096 }, "rsa-4096"),
];

impl KeyAlgorithm {
    /// Every algorithm a key can be made for, in the order of the words.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(algorithm, _)| *algorithm)
    }

    /// The dotted identifier of the algorithm in SubjectPublicKeyInfo (not of the curve).
    pub fn oid(self) -> &'static str {
        match self {
            Self::Gost(set) if set.is_512() => "1.2.643.7.1.1.1.2",
            Self::Gost(_) => "1.2.643.7.1.1.1.1",
            Self::Gost2001(_) => "1.2.643.2.2.19",
            Self::EcdsaP256 | Self::EcdsaP384 => "1.2.840.10045.2.1",
            Self::Rsa { .. } => "1.2.840.113549.1.1.1",
        }
    }

    /// The signature a key of this kind makes here.
    pub fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Gost(set) if set.is_512() => SignatureAlgorithm::Gost512,
            Self::Gost(_) => SignatureAlgorithm::Gost256,
            Self::Gost2001(_) => SignatureAlgorithm::Gost2001,
            Self::EcdsaP256 => SignatureAlgorithm::EcdsaSha256,
            Self::EcdsaP384 => SignatureAlgorithm::EcdsaSha384,
            Self::Rsa { .. } => SignatureAlgorithm::RsaSha256,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match WORDS.iter().find(|(algorithm, _)| algorithm == self) {
            Some((_, word)) => formatter.write_str(word),
            // A withdrawn key or an RSA key of an odd length was read from somebody's certificate; every other algorithm has its word.
            None => match self {
                Self::Rsa { bits } => write!(formatter, "rsa-{bits}"),
                Self::Gost2001(set) => {
                    let successor = Self::Gost(*set).to_string();
                    write!(formatter, "gost-2001-{}", successor.trim_start_matches("gost-256-"))
                }
                other => write!(formatter, "{other:?}"),
            },
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = Error;

    /// Reads one of the words: `gost-256-a` … `rsa-4096`.
    fn from_str(word: &str) -> Result<Self, Error> {
        WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(algorithm, _)| *algorithm)
            .ok_or_else(|| Error::unsupported("key algorithm", word))
    }
}

/// How a signature is made: the key's algorithm together with the digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SignatureAlgorithm {
    /// GOST R 34.10-2012, 256 bits, over Streebog-256; s ‖ r, 64 octets.
    Gost256,
    /// GOST R 34.10-2012, 512 bits, over Streebog-512; s ‖ r, 128 octets.
    Gost512,
    /// GOST R 34.10-2001 over GOST R 34.11-94; s ‖ r, 64 octets. Withdrawn: verified, and made by nobody but [`crate::legacy2001`].
    Gost2001,
    /// ECDSA over SHA-256, DER-encoded.
    EcdsaSha256,
    /// ECDSA over SHA-384, DER-encoded.
    EcdsaSha384,
    /// RSA PKCS#1 v1.5 over SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 over SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 over SHA-512.
    RsaSha512,
}

impl SignatureAlgorithm {
    /// Every signature algorithm.
    pub const ALL: [Self; 8] = [
        Self::Gost256,
        Self::Gost512,
        Self::Gost2001,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
    ];

    /// The name the standards use, to be shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gost256 => "id-tc26-signwithdigest-gost3410-12-256",
            Self::Gost512 => "id-tc26-signwithdigest-gost3410-12-512",
            Self::Gost2001 => "id-GostR3411-94-with-GostR3410-2001",
            Self::EcdsaSha256 => "ecdsa-with-SHA256",
            Self::EcdsaSha384 => "ecdsa-with-SHA384",
            Self::RsaSha256 => "sha256WithRSAEncryption",
            Self::RsaSha384 => "sha384WithRSAEncryption",
            Self::RsaSha512 => "sha512WithRSAEncryption",
        }
    }

    /// The dotted identifier.
    pub fn oid(self) -> &'static str {
        match self {
            Self::Gost256 => oid::GOST_SIGN_256,
            Self::Gost512 => oid::GOST_SIGN_512,
            Self::Gost2001 => oid::GOST_SIGN_2001,
            Self::EcdsaSha256 => oid::ECDSA_SHA256,
            Self::EcdsaSha384 => oid::ECDSA_SHA384,
            Self::RsaSha256 => oid::RSA_SHA256,
            Self::RsaSha384 => oid::RSA_SHA384,
            Self::RsaSha512 => oid::RSA_SHA512,
        }
    }

    /// The digest the signature covers.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Gost256 => DigestAlgorithm::Streebog256,
            Self::Gost512 => DigestAlgorithm::Streebog512,
            Self::Gost2001 => DigestAlgorithm::Gost94,
            Self::EcdsaSha256 | Self::RsaSha256 => DigestAlgorithm::Sha256,
            Self::EcdsaSha384 | Self::RsaSha384 => DigestAlgorithm::Sha384,
            Self::RsaSha512 => DigestAlgorithm::Sha512,
        }
    }

    /// The DER of the AlgorithmIdentifier as certificates, CRLs and requests carry it: NULL for RSA (RFC 4055, section 5),
    /// no parameters for ECDSA (RFC 5758, 3.2) and GOST (RFC 9215, section 2; RFC 4491, 2.2.2).
    pub fn identifier_der(self) -> Vec<u8> {
        match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => {
                asn1::sequence(&[&asn1::known(self.oid()), &[tag::NULL, 0]])
            }
            Self::Gost256 | Self::Gost512 | Self::Gost2001 | Self::EcdsaSha256 | Self::EcdsaSha384 => {
                asn1::sequence(&[&asn1::known(self.oid())])
            }
        }
    }

    /// Reads an AlgorithmIdentifier; NULL is taken for GOST too, because OpenSSL with its engine writes it.
    pub(crate) fn from_identifier(identifier: &AlgorithmIdentifier<'_>) -> Result<Self, Error> {
        let algorithm = Self::from_oid(&identifier.oid)?;
        let good = match algorithm {
            Self::EcdsaSha256 | Self::EcdsaSha384 => identifier.parameters.is_none(),
            Self::Gost256 | Self::Gost512 | Self::Gost2001 | Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => {
                identifier.has_no_parameters()
            }
        };
        if good { Ok(algorithm) } else { Err(Error::malformed("signature algorithm", "unexpected parameters")) }
    }

    /// Reads a SignerInfo's signatureAlgorithm, where the identifier of the key alone is also in use and the digest stands beside it:
    /// `rsaEncryption` (RFC 3370, 3.2) and the GOST keys (R 1323565.1.025, 5.2; RFC 4490, 3.2).
    pub(crate) fn from_signer_info(
        identifier: &AlgorithmIdentifier<'_>,
        digest: DigestAlgorithm,
    ) -> Result<Self, Error> {
        let algorithm = if identifier.oid == oid::RSA_KEY {
            match digest {
                DigestAlgorithm::Sha256 => Self::RsaSha256,
                DigestAlgorithm::Sha384 => Self::RsaSha384,
                DigestAlgorithm::Sha512 => Self::RsaSha512,
                DigestAlgorithm::Streebog256 | DigestAlgorithm::Streebog512 | DigestAlgorithm::Gost94 => {
                    return Err(Error::Invalid { what: "digest-algorithm" });
                }
            }
        } else if identifier.oid == oid::GOST_KEY_256 {
            Self::Gost256
        } else if identifier.oid == oid::GOST_KEY_512 {
            Self::Gost512
        } else if identifier.oid == oid::GOST_KEY_2001 {
            Self::Gost2001
        } else {
            Self::from_identifier(identifier)?
        };
        if !identifier.has_no_parameters() {
            return Err(Error::malformed("signature algorithm", "unexpected parameters"));
        }
        if algorithm.digest() != digest {
            return Err(Error::Invalid { what: "digest-algorithm" });
        }
        Ok(algorithm)
    }

    /// The AlgorithmIdentifier of a SignerInfo: the key's identifier for GOST and RSA, as the CMS documents named above write it.
    pub(crate) fn signer_info_identifier_der(self) -> Vec<u8> {
        match self {
            Self::Gost256 => asn1::sequence(&[&asn1::object_identifier(&oid::GOST_KEY_256)]),
            Self::Gost512 => asn1::sequence(&[&asn1::object_identifier(&oid::GOST_KEY_512)]),
            Self::Gost2001 => asn1::sequence(&[&asn1::object_identifier(&oid::GOST_KEY_2001)]),
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => {
                asn1::sequence(&[&asn1::object_identifier(&oid::RSA_KEY), &[tag::NULL, 0]])
            }
            Self::EcdsaSha256 | Self::EcdsaSha384 => self.identifier_der(),
        }
    }

    fn from_oid(oid: &ObjectIdentifier) -> Result<Self, Error> {
        let dotted = oid.to_string();
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.oid() == dotted)
            .ok_or_else(|| Error::unsupported("signature algorithm", oid::refusal_name(oid)))
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// GOST R 34.11-2012, 256 bits.
    Streebog256,
    /// GOST R 34.11-2012, 512 bits.
    Streebog512,
    /// GOST R 34.11-94 with the S-box `id-GostR3411-94-CryptoProParamSet` (RFC 4357, 11.2): withdrawn, goes with GOST R 34.10-2001.
    Gost94,
}

impl DigestAlgorithm {
    /// Every digest.
    pub const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha384, Self::Sha512, Self::Streebog256, Self::Streebog512, Self::Gost94];

    /// The digest of `data`, in the order of octets the function gives (for Streebog: as RFC 9215 signs it).
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(data).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(data).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(data).to_vec(),
            Self::Streebog256 => Streebog256::digest(data).to_vec(),
            Self::Streebog512 => Streebog512::digest(data).to_vec(),
            Self::Gost94 => gost94::Gost94CryptoPro::digest(data).to_vec(),
        }
    }

    /// The dotted identifier.
    pub fn oid(self) -> &'static str {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
            Self::Streebog256 => oid::STREEBOG_256,
            Self::Streebog512 => oid::STREEBOG_512,
            Self::Gost94 => oid::GOST_94,
        }
    }

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Streebog256 => "Streebog-256",
            Self::Streebog512 => "Streebog-512",
            Self::Gost94 => "GOST R 34.11-94",
        }
    }

    /// Without parameters: RFC 5754 for SHA-2, RFC 9215 for Streebog.
    pub(crate) fn identifier_der(self) -> Vec<u8> {
        asn1::sequence(&[&asn1::known(self.oid())])
    }

    pub(crate) fn from_identifier(identifier: &AlgorithmIdentifier<'_>) -> Result<Self, Error> {
        let dotted = identifier.oid.to_string();
        let algorithm = Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.oid() == dotted)
            .ok_or_else(|| Error::unsupported("digest algorithm", oid::refusal_name(&identifier.oid)))?;
        if identifier.has_no_parameters() {
            Ok(algorithm)
        } else {
            Err(Error::malformed("digest algorithm", "unexpected parameters"))
        }
    }
}

/// SHA-1 as a label of a certificate, as browsers and old documents print it. Never a proof of anything.
pub fn sha1_thumbprint(data: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(data).into()
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(data).into()
}

/// Streebog-256 of `data`, first octet first (RFC 6986 prints it the other way round).
pub fn streebog256(data: &[u8]) -> [u8; 32] {
    Streebog256::digest(data).into()
}
