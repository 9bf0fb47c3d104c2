//! Secrets of the configuration: given by value or by file, never printed, never one that the whole world knows.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::ConfigError;

/// A secret. It neither prints nor clones; serialised it shows that it is set and nothing else.
#[derive(PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself: only for the one that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(HIDDEN)
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// What `config show` prints in place of a secret.
pub(crate) const HIDDEN: &str = "(hidden)";

/// The secret under `key`, given by value or by `key_file`; refuses both at once, an empty one and one of [`KNOWN`].
pub(crate) fn resolve(key: &str, value: Option<Secret>, file: Option<&Path>) -> Result<Option<Secret>, ConfigError> {
    let secret = match (value, file) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::at(key, format!("give either {key} or {key}_file, not both")));
        }
        (Some(value), None) => value,
        (None, Some(path)) => read(key, path)?,
        (None, None) => return Ok(None),
    };
    refuse_known(key, secret.expose())?;
    Ok(Some(secret))
}

/// Reads a secret's file; one line end at its end is not part of the secret.
fn read(key: &str, path: &Path) -> Result<Secret, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| ConfigError::at(&format!("{key}_file"), format!("{}: {error}", path.display())))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// Refuses an empty secret and one that stands in samples and manuals (the lesson of products that ship default secrets).
pub(crate) fn refuse_known(key: &str, secret: &str) -> Result<(), ConfigError> {
    if secret.is_empty() {
        return Err(ConfigError::at(key, "the secret is empty".to_owned()));
    }
    let plain: String = secret.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    if KNOWN.contains(&plain.as_str()) || plain.is_empty() {
        return Err(ConfigError::at(
            key,
            "this is a known default secret; choose one that nobody else knows".to_owned(),
        ));
    }
    Ok(())
}

/// Secrets that everybody knows, in lower case and without punctuation: samples, manuals, factory PINs.
pub(crate) const KNOWN: &[&str] = &[
    "changeme",
    "changeit",
    "changethis",
    "password",
    "passw0rd",
    "password1",
    "password123",
    "secret",
    "topsecret",
    "mysecret",
    "default",
    "sample",
    "example",
    "test",
    "demo",
    "foo123",
    "admin",
    "administrator",
    "root",
    "postgres",
    "surguch",
    "letmein",
    "qwerty",
    "qwerty123",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "00000000",
    "11111111",
    "пароль",
    "hidden",
    "yourpassword",
    "yourpasswordhere",
    "replaceme",
    "serverpwd",
    "ejbca",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secret: &str, accepted: bool) {
        assert_eq!(refuse_known("keys.password", secret).is_ok(), accepted, "{secret:?}");
    }

    #[test]
    fn known_secrets_are_refused_in_any_dress() {
        for known in KNOWN {
            check(known, false);
            check(&known.to_uppercase(), false);
            check(&format!("<{known}>"), false);
        }
        check("", false);
        check("Change-Me!", false);
        check("---", false);
        check("correct horse battery staple", true);
    }

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("correct horse".to_owned());
        assert_eq!(format!("{secret:?}"), HIDDEN);
    }
}
