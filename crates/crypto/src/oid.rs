//! Object identifiers the crate reads or writes, and the names of those it refuses.

use der::asn1::ObjectIdentifier;

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

// Keys.
pub(crate) const GOST_KEY_256: ObjectIdentifier = oid("1.2.643.7.1.1.1.1");
pub(crate) const GOST_KEY_512: ObjectIdentifier = oid("1.2.643.7.1.1.1.2");
pub(crate) const GOST_KEY_2001: ObjectIdentifier = oid("1.2.643.2.2.19");
pub(crate) const EC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub(crate) const RSA_KEY: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = oid("1.3.132.0.34");

// Signatures.
pub(crate) const GOST_SIGN_256: &str = "1.2.643.7.1.1.3.2";
pub(crate) const GOST_SIGN_512: &str = "1.2.643.7.1.1.3.3";
pub(crate) const GOST_SIGN_2001: &str = "1.2.643.2.2.3";
pub(crate) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub(crate) const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
pub(crate) const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
pub(crate) const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
pub(crate) const RSA_SHA512: &str = "1.2.840.113549.1.1.13";

// Digests.
pub(crate) const STREEBOG_256: &str = "1.2.643.7.1.1.2.2";
pub(crate) const STREEBOG_512: &str = "1.2.643.7.1.1.2.3";
pub(crate) const GOST_94: &str = "1.2.643.2.2.9";
/// GOST R 34.11-94 with the S-box of CryptoPro: what stands in the parameters of a GOST R 34.10-2001 key.
pub(crate) const GOST_94_CRYPTO_PRO: &str = "1.2.643.2.2.30.1";
pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub(crate) const SHA512: &str = "2.16.840.1.101.3.4.2.3";

// PKCS#5.
pub(crate) const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
pub(crate) const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
pub(crate) const HMAC_SHA1: ObjectIdentifier = oid("1.2.840.113549.2.7");
pub(crate) const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
pub(crate) const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");

pub(crate) const HMAC_STREEBOG_512: ObjectIdentifier = oid("1.2.643.7.1.1.4.2");
pub(crate) const GOST_28147_89: ObjectIdentifier = oid("1.2.643.2.2.21");
pub(crate) const MAGMA_CTR_ACPKM: &str = "1.2.643.7.1.1.5.1.1";
pub(crate) const MAGMA_CTR_ACPKM_OMAC: &str = "1.2.643.7.1.1.5.1.2";
pub(crate) const KUZNYECHIK_CTR_ACPKM: &str = "1.2.643.7.1.1.5.2.1";
pub(crate) const KUZNYECHIK_CTR_ACPKM_OMAC: &str = "1.2.643.7.1.1.5.2.2";

// PKCS#12.
pub(crate) const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
pub(crate) const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
pub(crate) const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
pub(crate) const CRL_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.4");
pub(crate) const SECRET_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.5");
pub(crate) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
pub(crate) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
pub(crate) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");

// Extensions and attributes.
pub(crate) const SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
pub(crate) const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub(crate) const CRL_NUMBER: ObjectIdentifier = oid("2.5.29.20");
pub(crate) const CRL_REASON: ObjectIdentifier = oid("2.5.29.21");
pub(crate) const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
pub(crate) const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
pub(crate) const POLICY_MAPPINGS: ObjectIdentifier = oid("2.5.29.33");
pub(crate) const POLICY_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.36");
pub(crate) const INHIBIT_ANY_POLICY: ObjectIdentifier = oid("2.5.29.54");
pub(crate) const ANY_POLICY: ObjectIdentifier = oid("2.5.29.32.0");
pub(crate) const QUALIFIER_CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
pub(crate) const QUALIFIER_USER_NOTICE: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.2");
pub(crate) const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";
pub(crate) const AUTHORITY_KEY_ID: ObjectIdentifier = oid("2.5.29.35");
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
pub(crate) const EXTENSION_REQUEST: ObjectIdentifier = oid("1.2.840.113549.1.9.14");
/// The same attribute under the identifier older Windows-based request makers write.
pub(crate) const EXTENSION_REQUEST_OLD: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.14");

// CMS.
pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
pub(crate) const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
pub(crate) const DIGESTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.5");
pub(crate) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
pub(crate) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(crate) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
pub(crate) const COUNTERSIGNATURE: ObjectIdentifier = oid("1.2.840.113549.1.9.6");
pub(crate) const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
pub(crate) const SIGNATURE_TIME_STAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
pub(crate) const TIME_STAMP_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
/// The authentication code of an enciphered content (R 1323565.1.025, 7.3).
pub(crate) const CONTENT_MAC: ObjectIdentifier = oid("1.2.643.7.1.0.6.1.1");
pub(crate) const MAGMA_KEXP15: ObjectIdentifier = oid("1.2.643.7.1.1.7.1.1");
pub(crate) const KUZNYECHIK_KEXP15: ObjectIdentifier = oid("1.2.643.7.1.1.7.2.1");
pub(crate) const AGREEMENT_256: ObjectIdentifier = oid("1.2.643.7.1.1.6.1");
pub(crate) const AGREEMENT_512: ObjectIdentifier = oid("1.2.643.7.1.1.6.2");

// OCSP and time stamps.
pub(crate) const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub(crate) const OCSP_BASIC: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");
pub(crate) const OCSP_NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
pub(crate) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(crate) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

/// What to call an algorithm in a refusal: its own name, or the dotted identifier when it has none here.
pub(crate) fn refusal_name(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    NAMES_OF_REFUSED.iter().find(|(known, _)| *known == dotted).map_or(dotted, |(_, name)| (*name).to_owned())
}

/// Withdrawn, weak or not yet built: what somebody may really send.
const NAMES_OF_REFUSED: &[(&str, &str)] = &[
    ("1.2.643.2.2.19", "GOST R 34.10-2001"),
    ("1.2.643.2.2.20", "GOST R 34.10-94"),
    ("1.2.643.2.2.4", "GOST R 34.11-94 with GOST R 34.10-94"),
    ("1.2.643.2.2.9", "GOST R 34.11-94"),
    ("1.2.643.2.2.30.1", "GOST R 34.11-94"),
    ("1.2.643.2.2.35.0", "id-GostR3410-2001-TestParamSet"),
    ("1.2.643.7.1.2.1.2.0", "id-tc26-gost-3410-12-512-paramSetTest"),
    ("1.2.643.7.1.1.4.1", "HMAC-Streebog-256"),
    ("1.2.643.7.1.1.4.2", "HMAC-Streebog-512"),
    ("1.2.643.2.2.10", "HMAC-GOST R 34.11-94"),
    ("1.2.643.2.2.31.0", "id-Gost28147-89-TestParamSet"),
    ("1.2.840.113549.1.12.10.1.6", "nested safe contents"),
    ("1.2.840.113549.1.12.1.6", "pbeWithSHAAnd40BitRC2-CBC"),
    ("1.2.840.113549.1.9.22.2", "SDSI certificate"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.3.14.3.2.29", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.7", "RSAES-OAEP"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "dsa-with-SHA1"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.35", "P-521"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.14.3.2.26", "SHA-1"),
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("1.2.840.113549.1.5.3", "pbeWithMD5AndDES-CBC"),
    ("1.2.840.113549.1.12.1.3", "pbeWithSHAAnd3-KeyTripleDES-CBC"),
    ("1.2.840.113549.2.7", "hmacWithSHA1"),
    ("1.2.840.113549.2.10", "hmacWithSHA384"),
    ("1.2.840.113549.2.11", "hmacWithSHA512"),
    ("1.2.840.113549.3.7", "des-ede3-cbc"),
    ("2.16.840.1.101.3.4.1.2", "aes128-CBC"),
    ("2.16.840.1.101.3.4.1.22", "aes192-CBC"),
    ("1.3.6.1.4.1.11591.4.11", "scrypt"),
    ("1.2.840.113549.1.7.1", "data"),
    ("1.2.840.113549.1.7.2", "signed data"),
    ("1.2.840.113549.1.7.3", "enveloped data"),
    ("1.2.840.113549.1.7.5", "digested data"),
    ("1.2.840.113549.1.7.6", "encrypted data"),
    ("1.2.840.113549.1.9.16.1.2", "authenticated data"),
    ("1.2.840.113549.1.9.16.1.4", "time stamp"),
    ("1.2.643.2.2.13.0", "id-Gost28147-89-None-KeyWrap"),
    ("1.2.643.2.2.13.1", "id-Gost28147-89-CryptoPro-KeyWrap"),
    ("1.2.643.2.2.96", "id-GostR3410-2001-CryptoPro-ESDH"),
    ("1.2.643.7.1.1.6.1", "id-tc26-agreement-gost-3410-12-256"),
    ("1.2.643.7.1.1.6.2", "id-tc26-agreement-gost-3410-12-512"),
    ("1.2.840.113549.1.1.1", "rsaEncryption"),
    ("1.2.840.10045.2.1", "id-ecPublicKey"),
];
