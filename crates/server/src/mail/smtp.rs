//! The way out through a mail server. Blocking, in the worker's thread for letters; one connection is kept open between letters.

use std::time::Duration;

use anyhow::Context as _;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

use super::{Envelope, MailError};
use crate::config::SmtpTls;
use crate::config::secret::Secret;

/// A mail server that does not answer for this long has failed this try.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server.
pub(crate) struct Smtp {
    transport: SmtpTransport,
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
        let mut builder = SmtpTransport::builder_dangerous(host).port(port).tls(tls).timeout(Some(PATIENCE));
        if let Some((user, password)) = credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self { transport: builder.build() })
    }

    /// Sends one letter.
    pub(crate) fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        self.transport.send(&envelope.message).map(|_| ()).map_err(|error| MailError {
            // A server's words may repeat the address: only the code is kept.
            reason: match error.status() {
                Some(code) => format!("the mail server answered {code}"),
                None => format!("no talk with the mail server: {}", root_cause(&error)),
            },
            permanent: error.is_permanent(),
        })
    }
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

    /// A server of one connection that takes a letter, or answers every recipient with `recipient`.
    fn server(recipient: &'static str) -> (u16, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let handle = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = Vec::new();
            stream.write_all(b"220 here\r\n").unwrap();
            let mut in_data = false;
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let Ok(line) = line else { break };
                let answer = match line.split([' ', ':']).next().unwrap_or("") {
                    "." => Some("250 taken"),
                    _ if in_data => None,
                    "EHLO" => Some("250 here"),
                    "RCPT" => Some(recipient),
                    "DATA" => Some("354 go on"),
                    _ => Some("250 ok"),
                };
                in_data = (in_data || line == "DATA") && line != ".";
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
        Smtp::open("127.0.0.1", port, tls, None, None).unwrap().send(&envelope())
    }

    #[test]
    fn a_letter_reaches_the_server() {
        let (port, handle) = server("250 ok");
        send(port, SmtpTls::None).unwrap();
        let lines = handle.join().unwrap();
        assert!(lines.iter().any(|line| line.starts_with("RCPT TO:<rogov@example.org>")), "{lines:?}");
        assert!(lines.iter().any(|line| line == "Message-ID: <letter-1@bank.example>"), "{lines:?}");
    }

    #[test]
    fn a_refused_recipient_is_permanent_and_a_full_mailbox_is_not() {
        let check = |answer: &'static str, permanent: bool| {
            let (port, handle) = server(answer);
            let error = send(port, SmtpTls::None).unwrap_err();
            assert_eq!(error.permanent, permanent, "{error}");
            assert!(!error.reason.contains("rogov"), "{error}");
            handle.join().unwrap();
        };
        check("550 no rogov@example.org here", true);
        check("452 full", false);
    }

    #[test]
    fn a_server_without_starttls_gets_no_letter() {
        let (port, handle) = server("250 ok");
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
