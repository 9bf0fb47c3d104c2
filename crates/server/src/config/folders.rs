//! `[folders]`: folders of the bank that stand in front of what the binary embeds. An entry replaces the embedded one of its name.

use std::path::{Path, PathBuf};

use super::ConfigError;

/// As written.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FoldersConfig {
    /// `NAME.toml` each.
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<PathBuf>,
    /// `NAME/procedure.toml` each.
    #[serde(skip_serializing_if = "Option::is_none")]
    procedures: Option<PathBuf>,
    /// `NAME.toml` each.
    #[serde(skip_serializing_if = "Option::is_none")]
    profiles: Option<PathBuf>,
}

/// Validated: every folder that is named is there.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    pub(crate) agents: Option<PathBuf>,
    pub(crate) procedures: Option<PathBuf>,
    pub(crate) profiles: Option<PathBuf>,
}

impl FoldersConfig {
    pub(crate) fn validate(self, base: &Path) -> Result<Folders, ConfigError> {
        let there = |key: &str, path: Option<PathBuf>| match path.map(|path| base.join(path)) {
            Some(path) if !path.is_dir() => {
                Err(ConfigError::at(&format!("folders.{key}"), format!("{} is not a folder", path.display())))
            }
            path => Ok(path),
        };
        Ok(Folders {
            agents: there("agents", self.agents)?,
            procedures: there("procedures", self.procedures)?,
            profiles: there("profiles", self.profiles)?,
        })
    }
}
