//! Mail: letters rendered from a procedure's words in both languages, into a folder of files or to an SMTP server.
//!
//! When a letter is due and what it is about, `ra` says; here is only how it reads and how it leaves the house.

mod letter;
mod mailbox;
mod reading;
mod smtp;
#[cfg(test)]
pub(crate) mod tests;

use crate::config;

pub(crate) use letter::{Envelope, Sender, render, sample_arguments};
pub(crate) use reading::Read;

/// The way out.
pub(crate) enum Mailer {
    /// One file a letter.
    Mailbox(mailbox::Mailbox),
    /// A mail server.
    Smtp(smtp::Smtp),
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct MailError {
    /// What happened, without the recipient and without the text.
    pub(crate) reason: String,
    /// Whether trying again is useless.
    pub(crate) permanent: bool,
}

impl Mailer {
    /// Opens the way out.
    pub(crate) fn open(transport: &config::Transport) -> anyhow::Result<Self> {
        Ok(match transport {
            config::Transport::Mailbox(folder) => Self::Mailbox(mailbox::Mailbox::open(folder)?),
            config::Transport::Smtp { host, port, tls, ca_pem, credentials } => {
                Self::Smtp(smtp::Smtp::open(host, *port, *tls, ca_pem.as_deref(), credentials.as_ref())?)
            }
        })
    }

    /// Sends one letter. Blocks.
    pub(crate) fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        match self {
            Self::Mailbox(mailbox) => mailbox.send(envelope),
            Self::Smtp(smtp) => smtp.send(envelope),
        }
    }
}
