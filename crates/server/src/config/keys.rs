//! `[keys]`: the password that seals the private keys in the data folder, and the token that holds keys of authorities in its place.

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
    /// A token or an HSM.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenConfig>,
}

/// As written.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenConfig {
    /// The PKCS#11 module: an absolute path.
    module: PathBuf,
    /// The token's serial number.
    serial: String,
    /// Its PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<Secret>,
    /// A file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin_file: Option<PathBuf>,
    /// Authorities whose keys are made and used there.
    authorities: Vec<String>,
}

/// A token or an HSM that holds keys of authorities.
#[derive(Debug)]
pub(crate) struct KeysToken {
    pub(crate) module: PathBuf,
    pub(crate) serial: String,
    pub(crate) pin: Secret,
    pub(crate) authorities: Vec<String>,
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
    pub(crate) fn validate(self, base: &Path, data: &Path) -> Result<(Keys, Option<KeysToken>), ConfigError> {
        let token = self.token.map(|token| token.validate(base)).transpose()?;
        let file = self.password_file.map(|path| base.join(path));
        let keys = match secret::resolve("keys.password", self.password, file.as_deref())? {
            Some(password) => Keys::Given(password),
            None => Keys::OwnFile(data.join("keys.password")),
        };
        Ok((keys, token))
    }
}

impl TokenConfig {
    fn validate(self, base: &Path) -> Result<KeysToken, ConfigError> {
        if !self.module.is_absolute() {
            return Err(ConfigError::at("keys.token.module", "the path of a module is absolute".to_owned()));
        }
        let file = self.pin_file.map(|path| base.join(path));
        let pin = secret::resolve("keys.token.pin", self.pin, file.as_deref())?.ok_or_else(|| {
            ConfigError::at("keys.token.pin", "give keys.token.pin or keys.token.pin_file".to_owned())
        })?;
        Ok(KeysToken { module: self.module, serial: self.serial, pin, authorities: self.authorities })
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
