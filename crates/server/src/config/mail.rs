//! `[mail]`: where letters go: a folder of `.eml` files, or an SMTP server.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::secret::{self, Secret};

/// As written.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MailConfig {
    transport: TransportWord,
    /// Of the mailbox transport: one file a letter. Relative to the data folder.
    folder: PathBuf,
    /// Of the smtp transport.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// 25 without TLS, 587 with starttls, 465 with tls, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    tls: SmtpTls,
    /// A PEM file with the mail server's own root, beside the public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_file: Option<PathBuf>,
    /// In place of the address that each agent names.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum TransportWord {
    Mailbox,
    Smtp,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmtpTls {
    /// Not at all: only inside one host or one guarded network.
    None,
    /// Plain first, then STARTTLS; a server that does not offer it gets no letter.
    Starttls,
    /// TLS from the first octet.
    Tls,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: TransportWord::Mailbox,
            folder: PathBuf::from("mailbox"),
            host: None,
            port: None,
            tls: SmtpTls::Starttls,
            ca_file: None,
            user: None,
            password: None,
            password_file: None,
            from: None,
        }
    }
}

/// Validated.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) transport: Transport,
    pub(crate) from: Option<String>,
}

/// Where letters go.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Into this folder.
    Mailbox(PathBuf),
    /// To this server.
    Smtp { host: String, port: u16, tls: SmtpTls, ca_pem: Option<Vec<u8>>, credentials: Option<(String, Secret)> },
}

impl MailConfig {
    pub(crate) fn validate(self, base: &Path, data: &Path) -> Result<Mail, ConfigError> {
        let password_file = self.password_file.map(|path| base.join(path));
        let password = secret::resolve("mail.password", self.password, password_file.as_deref())?;
        if let Some(from) = &self.from
            && from.parse::<lettre::message::Mailbox>().is_err()
        {
            return Err(ConfigError::at("mail.from", format!("{from:?} is not a mail address")));
        }
        let transport = match self.transport {
            TransportWord::Mailbox => Transport::Mailbox(data.join(self.folder)),
            TransportWord::Smtp => {
                let host = self
                    .host
                    .filter(|host| !host.is_empty())
                    .ok_or_else(|| ConfigError::at("mail.host", "the smtp transport needs a host".to_owned()))?;
                let credentials = match (self.user, password) {
                    (Some(user), Some(password)) => Some((user, password)),
                    (None, None) => None,
                    (Some(_), None) => {
                        return Err(ConfigError::at("mail.password", "mail.user is set without a password".to_owned()));
                    }
                    (None, Some(_)) => {
                        return Err(ConfigError::at("mail.user", "a password is set without mail.user".to_owned()));
                    }
                };
                if self.tls == SmtpTls::None && credentials.is_some() {
                    let reason = "a password is not sent over a connection without TLS";
                    return Err(ConfigError::at("mail.tls", reason.to_owned()));
                }
                let ca_pem = match &self.ca_file {
                    Some(path) => Some(
                        std::fs::read(base.join(path))
                            .map_err(|error| ConfigError::at("mail.ca_file", format!("{}: {error}", path.display())))?,
                    ),
                    None => None,
                };
                let usual = match self.tls {
                    SmtpTls::None => 25,
                    SmtpTls::Starttls => 587,
                    SmtpTls::Tls => 465,
                };
                Transport::Smtp { host, port: self.port.unwrap_or(usual), tls: self.tls, ca_pem, credentials }
            }
        };
        Ok(Mail { transport, from: self.from })
    }
}
