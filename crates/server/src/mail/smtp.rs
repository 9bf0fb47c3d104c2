//! The way out through a mail server. Blocking, in the worker's thread for letters; one connection a letter.

use std::time::Duration;

use anyhow::Context as _;
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use lettre::transport::smtp::response::{Category, Severity};

use super::{Envelope, MailError};
use crate::config::SmtpTls;
use crate::config::secret::Secret;

/// A mail server that does not answer for this long has failed this try.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server.
pub(crate) struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
}

impl Smtp {
    /// Prepares the connection; nothing is sent yet.
    pub(crate) fn open(
        host: &str,
        port: u16,
        tls: SmtpTls,
        ca_pem: Option<&[u8]>,
        credentials: Option<&(String, Secret)>,
    ) -> anyhow::Result<Self> {
        let parameters = || -> anyhow::Result<TlsParameters> {
            let mut builder = TlsParameters::builder(host.to_owned());
            if let Some(pem) = ca_pem {
                builder = builder.add_root_certificate(Certificate::from_pem(pem).context("mail.ca_file")?);
            }
            builder.build().context("mail.tls")
        };
        let tls = match tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(parameters()?),
            SmtpTls::Tls => Tls::Wrapper(parameters()?),
        };
        let credentials =
            credentials.map(|(user, password)| Credentials::new(user.clone(), password.expose().to_owned()));
        Ok(Self { host: host.to_owned(), port, tls, credentials })
    }

    /// Sends one letter. A no to the recipient or to the letter is for good. A no to us, to whom the server does not know or does not let
    /// in, is not: it ends when somebody rights the password or the server, and every letter that waits for it is sound.
    pub(crate) fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let passing = |error: &Error| failed(error, false);
        let mut talk = self.begin().map_err(|error| passing(&error))?;
        let sent = match announce(&mut talk, &envelope.message) {
            Ok(()) => hand_over(&mut talk, &envelope.message).map_err(|error| failed(&error, is_of_letter(&error))),
            Err(error) => Err(passing(&error)),
        };
        talk.abort();
        sent
    }

    /// Up to the sign-in.
    fn begin(&self) -> Result<SmtpConnection, Error> {
        let us = ClientId::default();
        let from_the_start = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters),
            _ => None,
        };
        let mut talk =
            SmtpConnection::connect((self.host.as_str(), self.port), Some(PATIENCE), &us, from_the_start, None)?;
        if let Tls::Required(parameters) = &self.tls {
            talk.starttls(parameters, &us)?;
        }
        if let Some(credentials) = &self.credentials {
            talk.auth(DEFAULT_MECHANISMS, credentials)?;
        }
        Ok(talk)
    }
}

/// Who sends.
fn announce(talk: &mut SmtpConnection, message: &Message) -> Result<(), Error> {
    let envelope = message.envelope();
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    // RFC 6531.
    let is_utf8 = addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    let parameters = is_utf8.then_some(MailParameter::SmtpUtfEight).into_iter().collect();
    talk.command(Mail::new(envelope.from().cloned(), parameters)).map(|_| ())
}

/// To whom, and what.
fn hand_over(talk: &mut SmtpConnection, message: &Message) -> Result<(), Error> {
    for to in message.envelope().to() {
        talk.command(Rcpt::new(to.clone(), Vec::new()))?;
    }
    talk.command(Data)?;
    talk.message(&message.formatted()).map(|_| ())
}

/// Whether a refusal of what was handed over is about it. Here too some servers find fault with our sign-in (53x, RFC 4954) or with how we
/// speak (50x).
fn is_of_letter(error: &Error) -> bool {
    error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion
            && !matches!(code.category, Category::Syntax | Category::Unspecified3)
    })
}

fn failed(error: &Error, permanent: bool) -> MailError {
    // A server's words may repeat the address: only the code is kept.
    let reason = match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None => format!("no talk with the mail server: {}", root_cause(error)),
    };
    MailError { reason, permanent }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::super::letter::tests::envelope;
    use super::*;

    /// A server of one connection that takes a letter, or says `answer` instead to the line that begins with `to`; the greeting answers to
    /// nothing.
    fn server(to: &'static str, answer: &'static str) -> (u16, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let handle = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = Vec::new();
            let greeting = if to.is_empty() { answer } else { "220 here" };
            stream.write_all(format!("{greeting}\r\n").as_bytes()).unwrap();
            let mut in_data = false;
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let Ok(line) = line else { break };
                let word = line.split([' ', ':']).next().unwrap_or("");
                let answer = match word {
                    "." if to != "." => Some("250 taken"),
                    _ if in_data && word != "." => None,
                    _ if word == to => Some(answer),
                    "EHLO" => Some("250-here\r\n250 AUTH PLAIN"),
                    "DATA" => Some("354 go on"),
                    _ => Some("250 ok"),
                };
                in_data = (in_data || answer == Some("354 go on")) && line != ".";
                lines.push(line);
                if let Some(answer) = answer
                    && stream.write_all(format!("{answer}\r\n").as_bytes()).is_err()
                {
                    break;
                }
            }
            lines
        });
        (port, handle)
    }

    fn send(port: u16, tls: SmtpTls) -> Result<(), MailError> {
        let us = ("surguch".to_owned(), Secret::new("two herons over the marsh".to_owned()));
        Smtp::open("127.0.0.1", port, tls, None, Some(&us)).unwrap().send(&envelope())
    }

    #[test]
    fn a_letter_reaches_the_server() {
        let (port, handle) = server("HELP", "214 no");
        send(port, SmtpTls::None).unwrap();
        let lines = handle.join().unwrap();
        assert!(lines.iter().any(|line| line.starts_with("RCPT TO:<rogov@example.org>")), "{lines:?}");
        assert!(lines.iter().any(|line| line == "Message-ID: <letter-1@bank.example>"), "{lines:?}");
    }

    #[test]
    fn only_a_no_to_the_recipient_or_to_the_letter_is_for_good() {
        for (to, answer, permanent) in [
            ("", "554 no service here", false),
            ("", "421 busy", false),
            ("EHLO", "550 not you", false),
            ("AUTH", "535 5.7.8 wrong password", false),
            ("AUTH", "534 a stronger way is wanted", false),
            ("MAIL", "530 sign in first", false),
            ("MAIL", "550 this sender may not", false),
            ("RCPT", "550 no rogov@example.org here", true),
            ("RCPT", "553 no such name", true),
            ("RCPT", "452 full", false),
            ("RCPT", "530 sign in first", false),
            ("RCPT", "503 not yet", false),
            ("DATA", "554 not this", true),
            ("DATA", "421 going down", false),
            (".", "552 too large", true),
            (".", "451 later", false),
        ] {
            let (port, handle) = server(to, answer);
            let error = send(port, SmtpTls::None).unwrap_err();
            assert_eq!(error.permanent, permanent, "{to} {answer}: {error}");
            assert!(error.reason.contains(&answer[..3]) && !error.reason.contains("rogov"), "{error}");
            handle.join().unwrap();
        }
    }

    #[test]
    fn a_server_without_starttls_gets_no_letter() {
        let (port, handle) = server("HELP", "214 no");
        assert!(send(port, SmtpTls::Starttls).is_err());
        let lines = handle.join().unwrap();
        assert!(lines.iter().all(|line| !line.starts_with("MAIL")), "{lines:?}");
    }

    #[test]
    fn a_dead_server_is_a_passing_failure() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert!(!send(port, SmtpTls::None).unwrap_err().permanent);
    }
}
