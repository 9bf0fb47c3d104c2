//! One server over HTTP: a request goes out, an answer or a coded refusal comes back. It knows addresses and bodies, not procedures.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use ureq::http::{self, Method};

use crate::words::Language;

/// A server, under its address.
pub(crate) struct Server {
    agent: ureq::Agent,
    url: String,
    language: Language,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// From the slash on.
    pub(super) path: String,
    pub(super) token: Option<&'a str>,
    pub(super) idempotency_key: Option<&'a str>,
    pub(super) body: Body,
}

/// What a request carries.
pub(super) enum Body {
    None,
    Json(serde_json::Value),
    /// DER of a PKCS#10 or of a CMS.
    Der(Vec<u8>),
}

/// The server said no, in words and with a code.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {status} {code}: {title}{}", .detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
pub(crate) struct Refused {
    method: Method,
    path: String,
    status: u16,
    /// The stable code.
    pub(crate) code: String,
    title: String,
    detail: Option<String>,
}

/// A problem document (RFC 9457) of ours; anything else has no fields and shows its status alone.
#[derive(Default, serde::Deserialize)]
struct ProblemDocument {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
}

/// Longest answer that is read, octets: a chain of RSA certificates and an act are under 100 KiB.
const ANSWER_OCTETS: u64 = 4 * 1024 * 1024;
/// A server that takes longer for one answer is not there.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Makes ready to talk to `url`: scheme, host and port. `ca_file` holds the roots (PEM) that an https server's certificate must chain to.
    pub(crate) fn open(url: &str, ca_file: Option<&Path>, language: Language) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // The address is the one that was typed: no machine in between unless the address is that machine's.
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        if url.starts_with("https://") {
            config = config.tls_config(tls(ca_file)?);
        } else if !url.starts_with("http://") {
            anyhow::bail!("{url}: an address begins with http:// or https://");
        }
        Ok(Self { agent: config.build().into(), url, language })
    }

    /// Asks, and reads JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> anyhow::Result<T> {
        let what = format!("{} {}", call.method, call.path);
        let octets = self.octets(call)?;
        serde_json::from_slice(&octets).with_context(|| format!("{what}: the answer is not what was expected"))
    }

    /// Asks, and takes the answer's octets as they are.
    pub(super) fn octets(&self, call: Call<'_>) -> anyhow::Result<Vec<u8>> {
        let Call { method, path, token, idempotency_key, body } = call;
        let place = || format!("{method} {}{path}", self.url);
        let mut request = http::Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.url))
            .header("accept-language", self.language.name());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let answer = match body {
            Body::None if method == Method::GET => self.agent.run(request.body(()).with_context(place)?),
            Body::None => self.agent.run(request.body(Vec::new()).with_context(place)?),
            Body::Json(value) => {
                let request = request.header("content-type", "application/json").body(value.to_string());
                self.agent.run(request.with_context(place)?)
            }
            Body::Der(octets) => {
                let request = request.header("content-type", "application/octet-stream").body(octets);
                self.agent.run(request.with_context(place)?)
            }
        };
        let mut answer = answer.with_context(place)?;
        let octets = answer.body_mut().with_config().limit(ANSWER_OCTETS).read_to_vec().with_context(place)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(octets);
        }
        let document: ProblemDocument = serde_json::from_slice(&octets).unwrap_or_default();
        let ProblemDocument { code, title, detail } = document;
        Err(Refused { method, path: without_code(&path), status: status.as_u16(), code, title, detail }.into())
    }
}

fn tls(ca_file: Option<&Path>) -> anyhow::Result<ureq::tls::TlsConfig> {
    let path = ca_file.context("for https, name the roots to trust: --ca-file FILE.pem")?;
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let roots: Vec<_> = crypto::pem_decode(&text)
        .with_context(|| path.display().to_string())?
        .iter()
        .map(|(_, der)| ureq::tls::Certificate::from_der(der).to_owned())
        .collect();
    Ok(ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build())
}

/// A path that may be printed: the code of a mailed link is a key.
fn without_code(path: &str) -> String {
    let hidden = |part: &str| part.len() == 64 && part.bytes().all(|octet| octet.is_ascii_hexdigit());
    path.split('/').map(|part| if hidden(part) { "…" } else { part }).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_link_is_never_printed() {
        let path = format!("/api/v1/delivery/1/{}/act", "0a".repeat(32));
        assert_eq!(without_code(&path), "/api/v1/delivery/1/…/act");
        assert_eq!(without_code("/api/v1/requests/0a"), "/api/v1/requests/0a");
    }

    #[test]
    fn an_address_without_a_scheme_is_refused() {
        assert!(Server::open("127.0.0.1:8787", None, Language::En).is_err());
        assert!(Server::open("https://127.0.0.1", None, Language::En).is_err(), "no roots named");
        assert_eq!(
            Server::open("http://127.0.0.1:1/", None, Language::En).map(|s| s.url).ok(),
            Some("http://127.0.0.1:1".into())
        );
    }
}
