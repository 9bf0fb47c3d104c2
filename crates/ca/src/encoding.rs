//! What the crypto crate does not write: the key identifier by our method and the period of a private key; and the identifiers of extensions.
//! The lints read certificates with other code (`lint::view`), so that a mistake of a writer does not excuse itself.

use crypto::Extension;

/// Object identifiers of the extensions, dotted.
pub(crate) mod oid {
    pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
    pub(crate) const KEY_USAGE: &str = "2.5.29.15";
    pub(crate) const PRIVATE_KEY_USAGE_PERIOD: &str = "2.5.29.16";
    pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub(crate) const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
    pub(crate) const CERTIFICATE_POLICIES: &str = "2.5.29.32";
    pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
    pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
}

/// The key identifier of RFC 7093 section 2, method 1: the left 160 bits of SHA-256 over the contents of the BIT STRING.
/// RFC 5280 leaves the method open; this one needs no SHA-1.
pub(crate) fn key_identifier(bit_string_contents: &[u8]) -> Vec<u8> {
    crypto::sha256(bit_string_contents)[..20].to_vec()
}

/// `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0] GeneralizedTime, notAfter [1] GeneralizedTime }` (RFC 3280 section 4.2.1.4),
/// from and to in epoch seconds.
pub(crate) fn private_key_usage_period(from: i64, to: i64) -> Result<Extension, String> {
    let (from, to) = (generalized_time(from)?, generalized_time(to)?);
    // Both times have the same 15 octets, so every length is known: two headers and 30 octets.
    let mut value = vec![0x30, 34, 0x80, 15];
    value.extend(from.as_bytes());
    value.extend([0x81, 15]);
    value.extend(to.as_bytes());
    Ok(Extension { oid: oid::PRIVATE_KEY_USAGE_PERIOD.to_owned(), critical: false, value })
}

/// `YYYYMMDDHHMMSSZ`, RFC 5280 section 4.1.2.5.2.
fn generalized_time(epoch_seconds: i64) -> Result<String, String> {
    let outside = || format!("{epoch_seconds} s is outside what a certificate can say");
    let since_epoch = std::time::Duration::from_secs(u64::try_from(epoch_seconds).map_err(|_| outside())?);
    let at = der::DateTime::from_unix_duration(since_epoch).map_err(|_| outside())?;
    let (year, month, day) = (at.year(), at.month(), at.day());
    Ok(format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", at.hour(), at.minutes(), at.seconds()))
}
