//! `[keys]`: the password that seals the private keys in the data folder.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::secret::{self, Secret};

/// As written.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeysConfig {
    /// The password itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Secret>,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    password_file: Option<PathBuf>,
}

/// Where the password of the key files comes from. It is read when keys are opened, not when the configuration is.
#[derive(Debug)]
pub(crate) enum Keys {
    /// It was given.
    Given(Secret),
    /// Nothing was configured: a file in the data folder, which `ca init` makes with a random password.
    OwnFile(PathBuf),
}

impl KeysConfig {
    pub(crate) fn validate(self, base: &Path, data: &Path) -> Result<Keys, ConfigError> {
        let file = self.password_file.map(|path| base.join(path));
        Ok(match secret::resolve("keys.password", self.password, file.as_deref())? {
            Some(password) => Keys::Given(password),
            None => Keys::OwnFile(data.join("keys.password")),
        })
    }
}

impl Keys {
    /// The password.
    pub(crate) fn password(&self) -> Result<Secret, ConfigError> {
        match self {
            Self::Given(password) => Ok(Secret::new(password.expose().to_owned())),
            Self::OwnFile(path) if !path.exists() => Err(ConfigError::at(
                "keys.password",
                format!("not configured, and {} is not there: run `surguch ca init` first", path.display()),
            )),
            Self::OwnFile(path) => secret::resolve("keys.password", None, Some(path))?
                .ok_or_else(|| ConfigError::at("keys.password", "empty".to_owned())),
        }
    }
}
