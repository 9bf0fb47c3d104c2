//! Keys, and files of keys. Of a private key only its public half is said.

use crypto::legacy2001::MigrationKey;
use crypto::pkcs12::Pfx;
use crypto::{Error, KeyAlgorithm, PrivateKey, PublicKey, Signer as _};

use super::report::{Fault, Fields, Value};
use super::{Means, certificates};

pub(super) fn public(der: &[u8]) -> Result<Fields, Error> {
    Ok(describe(&PublicKey::from_spki_der(der)?))
}

pub(super) fn private(der: &[u8]) -> Result<Fields, Error> {
    let key = match PrivateKey::from_pkcs8_der(der) {
        Ok(key) => key.public_key().clone(),
        // A key of 2001 is another type, because it may sign next to nothing.
        Err(error @ Error::Unsupported { .. }) => {
            MigrationKey::from_pkcs8_der(der).map_err(|_| error)?.public_key().clone()
        }
        Err(error) => return Err(error),
    };
    Ok(Fields::default().with("public_key", describe(&key)))
}

pub(super) fn encrypted(der: &[u8], means: &Means) -> Result<Fields, Fault> {
    let Some(password) = &means.password else { return Err(Fault::word("password-needed")) };
    let password = password.as_bytes();
    let key = match PrivateKey::from_encrypted_pkcs8_der(der, password) {
        Ok(key) => Ok(key.public_key().clone()),
        Err(error @ Error::Unsupported { what: "key algorithm", .. }) => {
            MigrationKey::from_encrypted_pkcs8_der(der, password).map_err(|_| error).map(|key| key.public_key().clone())
        }
        Err(error) => Err(error),
    };
    let key = key.map_err(|error| Fault::of(error, der))?;
    Ok(Fields::default().with("public_key", describe(&key)))
}

pub(super) fn pkcs12(der: &[u8], means: &Means) -> Result<Fields, Fault> {
    let Some(password) = &means.password else { return Err(Fault::word("password-needed")) };
    let file = Pfx::from_der(der, password).map_err(|error| Fault::of(error, der))?;
    let beside: Vec<_> = file.certificates.iter().map(|entry| entry.certificate.clone()).collect();
    let keys = file.keys.iter().map(|entry| {
        let certificate = file.certificate_of(&entry.key).map(|certificate| hex::encode(certificate.serial()));
        Fields::default()
            .with_some("friendly_name", entry.name.as_deref())
            .with_some("local_key_id", entry.local_key_id.as_deref())
            .with("public_key", in_one_line(entry.key.public_key()))
            .with("key_sha256", entry.key.public_key().spki_sha256().as_slice())
            .with_some("certificate_serial_hex", certificate)
            .into()
    });
    let held = file.certificates.iter().map(|entry| {
        Fields::default()
            .with_some("friendly_name", entry.name.as_deref())
            .with_some("local_key_id", entry.local_key_id.as_deref())
            .and(certificates::brief(&entry.certificate, means, &beside))
            .into()
    });
    Ok(Fields::default()
        .with("key_count", file.keys.len())
        .with_list("keys", keys.collect())
        .with("certificate_count", file.certificates.len())
        .with_list("certificates", held.collect()))
}

/// A public key: what it is, itself, and its thumbprint.
pub(super) fn describe(key: &PublicKey) -> Fields {
    let algorithm = key.algorithm();
    let (word, set, bits) = match algorithm {
        KeyAlgorithm::Gost(set) if set.is_512() => ("gost-2012-512", Some(parameter_set(set)), None),
        KeyAlgorithm::Gost(set) => ("gost-2012-256", Some(parameter_set(set)), None),
        KeyAlgorithm::Gost2001(set) => ("gost-2001", Some(parameter_set(set)), None),
        KeyAlgorithm::EcdsaP256 => ("ecdsa", Some(named("1.2.840.10045.3.1.7", "P-256")), None),
        KeyAlgorithm::EcdsaP384 => ("ecdsa", Some(named("1.3.132.0.34", "P-384")), None),
        KeyAlgorithm::Rsa { bits } => ("rsa", None, Some(usize::from(bits))),
    };
    Fields::default()
        .with("algorithm", Value::Word(word))
        .with_some("parameter_set", set)
        .with_some("bits", bits)
        .with("key", key.raw_bits().as_slice())
        .with("key_sha256", key.spki_sha256().as_slice())
}

fn parameter_set(set: crypto::gost::ParameterSet) -> Value {
    named(set.oid(), set.name())
}

fn named(oid: &'static str, name: &str) -> Value {
    Value::Algorithm { id: Some(oid), name: name.to_owned() }
}

/// The algorithm and the parameter set.
pub(super) fn in_one_line(key: &PublicKey) -> String {
    match key.algorithm() {
        KeyAlgorithm::Gost(set) | KeyAlgorithm::Gost2001(set) => format!("{}, {}", key.algorithm(), set.name()),
        other @ (KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::Rsa { .. }) => other.to_string(),
    }
}
