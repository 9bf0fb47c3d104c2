//! `[log]`: how much is logged and in which form. Logs go to the standard error stream.

use super::ConfigError;

/// As written.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// error, warn, info, debug or trace.
    level: String,
    format: LogFormat,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading on a terminal.
    Text,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Json }
    }
}

/// Validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) level: tracing::Level,
    pub(crate) format: LogFormat,
}

impl LogConfig {
    pub(crate) fn validate(self) -> Result<Log, ConfigError> {
        let level = match self.level.as_str() {
            "error" => tracing::Level::ERROR,
            "warn" => tracing::Level::WARN,
            "info" => tracing::Level::INFO,
            "debug" => tracing::Level::DEBUG,
            "trace" => tracing::Level::TRACE,
            other => {
                let reason = format!("{other:?} is not one of error, warn, info, debug, trace");
                return Err(ConfigError::at("log.level", reason));
            }
        };
        Ok(Log { level, format: self.format })
    }
}
