//! `surguch.toml`: one file a section, the raw form (`XConfig`, what a person writes) beside the validated one (`X`).
//!
//! Unknown keys are refused with their line; every key has a default, and `surguch config show` prints the whole of it.
//! What never lives here: the meaning of agents, procedures and profiles, which have folders and crates of their own.

mod database;
mod folders;
mod keys;
mod limits;
mod log;
mod mail;
pub(crate) mod secret;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

pub(crate) use database::{Database, DatabaseConfig};
pub(crate) use folders::{Folders, FoldersConfig};
pub(crate) use keys::{Keys, KeysConfig, KeysToken};
pub(crate) use limits::{Limits, LimitsConfig};
pub(crate) use log::{Log, LogConfig, LogFormat};
pub(crate) use mail::{Mail, MailConfig, SmtpTls, Transport};

/// Why a configuration is refused. Names the file where there is one, the key, and what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{}{key}: {reason}", .file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default())]
pub(crate) struct ConfigError {
    file: Option<String>,
    key: String,
    reason: String,
}

impl ConfigError {
    /// A refusal of `key`, spelled as in the file with its section: `keys.password`.
    pub(crate) fn at(key: &str, reason: String) -> Self {
        Self { file: None, key: key.to_owned(), reason }
    }
}

/// The file as a person writes it.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SurguchConfig {
    /// Folder of everything that the server keeps. Relative paths count from the folder of the configuration file.
    data: PathBuf,
    /// Address and port to listen on.
    listen: SocketAddr,
    /// Addresses of proxies whose `X-Forwarded-For` is believed: behind them tries are counted by the address that the nearest of them saw.
    trusted_proxies: Vec<IpAddr>,
    /// How clients reach the server: scheme, host and port as a browser spells them. It goes into links and signed texts.
    origin: String,
    database: DatabaseConfig,
    keys: KeysConfig,
    mail: MailConfig,
    folders: FoldersConfig,
    limits: LimitsConfig,
    log: LogConfig,
}

impl Default for SurguchConfig {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            trusted_proxies: Vec::new(),
            origin: "http://127.0.0.1:8787".to_owned(),
            database: DatabaseConfig::default(),
            keys: KeysConfig::default(),
            mail: MailConfig::default(),
            folders: FoldersConfig::default(),
            limits: LimitsConfig::default(),
            log: LogConfig::default(),
        }
    }
}

/// The configuration after every check.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) origin: String,
    pub(crate) database: Database,
    pub(crate) keys: Keys,
    pub(crate) keys_token: Option<KeysToken>,
    pub(crate) mail: Mail,
    pub(crate) folders: Folders,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
}

/// The file that is read when none is named and it is there.
const USUAL_FILE: &str = "surguch.toml";

/// Reads `file`, else [`USUAL_FILE`] of the working folder, else nothing at all; returns the raw form and its base folder.
pub(crate) fn read(file: Option<&Path>) -> Result<(SurguchConfig, PathBuf), ConfigError> {
    let usual = Path::new(USUAL_FILE);
    let Some(path) = file.or_else(|| usual.exists().then_some(usual)) else {
        return Ok((SurguchConfig::default(), PathBuf::new()));
    };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
        file: None,
        key: shown.clone(),
        reason: error.to_string(),
    })?;
    let config = parse(&text).map_err(|error| ConfigError { file: Some(shown), ..error })?;
    Ok((config, path.parent().unwrap_or(Path::new("")).to_path_buf()))
}

/// Parses the text of a configuration; the message names line, key and what was expected.
pub(crate) fn parse(text: &str) -> Result<SurguchConfig, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        // The excerpt that toml would print may hold a secret; the message alone does not.
        ConfigError::at(&format!("line {line}"), error.message().to_owned())
    })
}

/// Reads and validates.
pub(crate) fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let (config, base) = read(file)?;
    let shown = file.map(|path| path.display().to_string());
    config.validate(&base).map_err(|error| ConfigError { file: shown, ..error })
}

impl SurguchConfig {
    /// Checks every value and makes paths whole: `base` is the folder relative paths count from.
    pub(crate) fn validate(self, base: &Path) -> Result<Settings, ConfigError> {
        // `data = "."` beside the file reads as the folder itself in messages.
        let data: PathBuf = base.join(self.data).components().collect();
        let (keys, keys_token) = self.keys.validate(base, &data)?;
        Ok(Settings {
            listen: self.listen,
            trusted_proxies: self.trusted_proxies,
            origin: origin(&self.origin)?,
            database: self.database.validate(base, &data)?,
            keys,
            keys_token,
            mail: self.mail.validate(base, &data)?,
            folders: self.folders.validate(base)?,
            limits: self.limits.validate()?,
            log: self.log.validate()?,
            data,
        })
    }

    /// The whole configuration as TOML, secrets hidden.
    pub(crate) fn show(mut self) -> Result<String, ConfigError> {
        self.database.hide_password();
        toml::to_string(&self).map_err(|error| ConfigError::at("config", error.to_string()))
    }
}

/// Scheme, host and optional port, no path, no slash at the end: exactly what a browser calls an origin (RFC 6454 section 6.2).
fn origin(text: &str) -> Result<String, ConfigError> {
    let refuse = |reason: &str| Err(ConfigError::at("origin", format!("{text:?} {reason}")));
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return refuse("must begin with http:// or https://");
    };
    let right =
        !rest.is_empty() && rest.bytes().all(|o| o.is_ascii_lowercase() || o.is_ascii_digit() || b"-.:[]".contains(&o));
    if !right {
        return refuse("must be scheme, host in lower case and port, without a path and without a slash at the end");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../docs/surguch.example.toml");

    fn refused(text: &str) -> String {
        match parse(text).and_then(|config| config.validate(Path::new("/srv"))) {
            Ok(_) => panic!("accepted: {text}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_example_is_exactly_the_defaults() {
        assert_eq!(parse(EXAMPLE).unwrap(), SurguchConfig::default());
        let shown: toml::Table = toml::from_str(&SurguchConfig::default().show().unwrap()).unwrap();
        let example: toml::Table = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(shown, example, "every key with a default stands in the example");
    }

    #[test]
    fn the_defaults_are_a_valid_configuration() {
        let settings = SurguchConfig::default().validate(Path::new("/srv")).unwrap();
        assert_eq!(settings.data, Path::new("/srv/data"));
    }

    #[test]
    fn unknown_keys_are_refused_in_every_section() {
        for section in ["", "[database]\n", "[keys]\n", "[mail]\n", "[folders]\n", "[limits]\n", "[log]\n"] {
            let message = refused(&format!("{section}no_such_key = 1\n"));
            assert!(message.contains("no_such_key") && message.contains("line "), "{message}");
        }
    }

    #[test]
    fn a_refusal_names_the_key_and_never_the_secret() {
        let message = refused("[keys]\npassword = \"changeme\"\n");
        assert!(message.starts_with("keys.password:") && !message.contains("changeme"), "{message}");
        let message = refused("[mail]\ntransport = \"smtp\"\nhost = \"mx\"\nuser = \"u\"\npassword = \"12345678\"\n");
        assert!(message.starts_with("mail.password:"), "{message}");
        let message = refused("[database]\nurl = \"postgres://u:secret@db/x\"\n");
        assert!(message.starts_with("database.url:") && !message.contains("secret@"), "{message}");
        let token = "[keys.token]\nmodule = \"/m.so\"\nserial = \"1\"\nauthorities = [\"a\"]\n";
        let message = refused(&format!("{token}pin = \"12345678\"\n"));
        assert!(message.starts_with("keys.token.pin:") && !message.contains("12345678"), "{message}");
        assert!(refused(token).starts_with("keys.token.pin:"));
        assert!(refused(&token.replace("/m.so", "m.so")).starts_with("keys.token.module:"));
        let message = refused("[keys]\npassword = 7 \"hunter2hunter2\"\n");
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn show_hides_every_secret() {
        let text = "[keys]\npassword = \"wombat-1\"\n[keys.token]\nmodule = \"/m.so\"\nserial = \"1\"\nauthorities = []\npin = \"wombat-4\"\n[mail]\npassword = \"wombat-2\"\n[database]\nurl = \"postgres://u:wombat-3@db/x\"\n";
        let shown = parse(text).unwrap().show().unwrap();
        assert!(!shown.contains("wombat") && shown.contains("postgres://u:(hidden)@db/x"), "{shown}");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for wrong in [
            "127.0.0.1:8787",
            "http://bank.example/",
            "http://bank.example/path",
            "ftp://bank.example",
            "http://",
            "http://Bank",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
        assert!(origin("https://ca.bank.example:8443").is_ok());
    }
}
