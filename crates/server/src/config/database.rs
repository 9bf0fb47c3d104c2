//! `[database]`: the embedded SQLite file, or a PostgreSQL.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::secret::{self, HIDDEN, Secret};

/// As written.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DatabaseConfig {
    /// `sqlite` is the file `surguch.db` in the data folder; else `postgres://user:password@host:port/name`.
    url: String,
    /// The url in a file, for urls with passwords.
    #[serde(skip_serializing_if = "Option::is_none")]
    url_file: Option<PathBuf>,
    /// Connections kept to PostgreSQL.
    connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: SQLITE.to_owned(), url_file: None, connections: 8 }
    }
}

const SQLITE: &str = "sqlite";
/// PostgreSQL allows a hundred by default; one node must not take them all.
const MOST_CONNECTIONS: u32 = 64;

/// Where the rows live.
pub(crate) enum Database {
    /// The embedded file.
    Sqlite(PathBuf),
    /// A server; the url may hold a password.
    Postgres { url: Secret, connections: u32 },
}

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "sqlite {}", path.display()),
            Self::Postgres { connections, .. } => write!(out, "postgres, {connections} connections"),
        }
    }
}

impl DatabaseConfig {
    pub(crate) fn validate(self, base: &Path, data: &Path) -> Result<Database, ConfigError> {
        let url = match &self.url_file {
            Some(_) if self.url != SQLITE => {
                return Err(ConfigError::at(
                    "database.url",
                    "give either database.url or database.url_file".to_owned(),
                ));
            }
            Some(file) => secret::resolve("database.url", None, Some(&base.join(file)))?
                .map(|url| url.expose().trim().to_owned())
                .unwrap_or_default(),
            None => self.url,
        };
        if url == SQLITE {
            return Ok(Database::Sqlite(data.join("surguch.db")));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            let reason = "must be \"sqlite\" or begin with postgres://";
            return Err(ConfigError::at("database.url", reason.to_owned()));
        }
        if let Some((start, end)) = password_place(&url) {
            secret::refuse_known("database.url", &url[start..end])?;
        }
        if self.connections == 0 || self.connections > MOST_CONNECTIONS {
            return Err(ConfigError::at("database.connections", format!("must be 1 to {MOST_CONNECTIONS}")));
        }
        Ok(Database::Postgres { url: Secret::new(url), connections: self.connections })
    }

    /// Blanks the password inside the url, for showing.
    pub(crate) fn hide_password(&mut self) {
        if let Some((start, end)) = password_place(&self.url) {
            self.url.replace_range(start..end, HIDDEN);
        }
    }
}

/// Where the password stands in `scheme://user:password@host`.
fn password_place(url: &str) -> Option<(usize, usize)> {
    let authority = url.find("://")? + 3;
    let at = url[authority..].rfind('@')? + authority;
    let colon = url[authority..at].find(':')? + authority;
    Some((colon + 1, at))
}
