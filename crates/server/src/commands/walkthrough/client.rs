//! The API as a client calls it: one function an address, shapes that hold only what a walk reads. Signatures are made here.

use crypto::{Certificate, Name, Signer};
use ureq::http::Method;

use super::http::{Body, Call, Server};
use super::identity::Identity;
use crate::clock::Clock;

/// Calls of one client to one server.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) server: &'a Server,
    pub(crate) clock: &'a Clock,
    pub(crate) agent: u32,
}

/// A sign-in.
pub(crate) struct Session {
    token: zeroize::Zeroizing<String>,
    /// Until when, as the server wrote it.
    pub(crate) until: String,
}

/// A request as its card shows it.
#[derive(serde::Deserialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) unz: Option<String>,
    pub(crate) stage: String,
    status: Option<Status>,
    subject: Vec<Attribute>,
    pub(crate) subscriber_name: String,
    pub(crate) certificate: Option<CertificateCard>,
    pub(crate) reason: Option<String>,
    pub(crate) mail: Option<String>,
    pub(crate) allowed: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Status {
    ru: String,
    en: String,
}

#[derive(serde::Deserialize)]
struct Attribute {
    oid: String,
    value: String,
}

/// A certificate on a card.
#[derive(serde::Deserialize)]
pub(crate) struct CertificateCard {
    pub(crate) serial_hex: String,
    pub(crate) serial_decimal: String,
    pub(crate) subject: String,
}

/// What stands behind a link.
#[derive(serde::Deserialize)]
pub(crate) struct Delivery {
    pub(crate) request: Card,
    pub(crate) act_text: Option<String>,
    pub(crate) act_signed: bool,
}

/// A certificate that was handed out: PEM.
#[derive(serde::Deserialize)]
pub(crate) struct Delivered {
    pub(crate) certificate: String,
    pub(crate) chain: String,
    pub(crate) challenge: String,
}

/// A mailed link.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link {
    agent: u32,
    code: String,
}

impl Link {
    /// Parses the address that stands in a letter.
    pub(crate) fn parse(address: &str) -> Option<Self> {
        let (_, query) = address.trim().split_once('?')?;
        let value =
            |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(have, _)| *have == name);
        let (_, agent) = value("agentId")?;
        let (_, code) = value("code")?;
        let code_right = code.len() == 64 && code.bytes().all(|octet| octet.is_ascii_hexdigit());
        Some(Self { agent: agent.parse().ok()?, code: code_right.then(|| code.to_owned())? })
    }

    fn path(&self, step: &str) -> String {
        format!("/api/v1/delivery/{}/{}{step}", self.agent, self.code)
    }
}

impl Card {
    /// The stage in the words of the bank's manual; its own name where the server has no words for it.
    pub(crate) fn status(&self, language: crate::words::Language) -> &str {
        match (&self.status, language) {
            (Some(status), crate::words::Language::Ru) => &status.ru,
            (Some(status), crate::words::Language::En) => &status.en,
            (None, _) => &self.stage,
        }
    }

    /// The name that the PKCS#10 must carry.
    pub(crate) fn subject(&self) -> anyhow::Result<Name> {
        Ok(Name::from_pairs(self.subject.iter().map(|attribute| (attribute.oid.as_str(), attribute.value.as_str())))?)
    }

    /// Whether this step is open to the one who asked.
    pub(crate) fn allows(&self, step: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == step)
    }
}

impl Client<'_> {
    /// Signs in with a certificate.
    pub(crate) fn sign_in(&self, key: &dyn Signer, certificate: &Certificate) -> anyhow::Result<Session> {
        #[derive(serde::Deserialize)]
        struct Challenge {
            challenge: String,
            text: String,
        }
        #[derive(serde::Deserialize)]
        struct SignedIn {
            token: String,
            expires: String,
        }
        let challenge: Challenge = self.post(None, "/api/v1/challenge", serde_json::json!({ "agent": self.agent }))?;
        must_say(&challenge.text, statement::sign_in::DOCUMENT)?;
        let cms = self.sign(challenge.text.as_bytes(), key, certificate)?;
        let body = serde_json::json!({ "challenge": challenge.challenge, "cms": crypto::pem_encode("CMS", &cms) });
        let signed_in: SignedIn = self.post(None, "/api/v1/sign-in", body)?;
        Ok(Session { token: signed_in.token.into(), until: signed_in.expires })
    }

    /// Begins a procedure. The same key gives the same request.
    pub(crate) fn create(&self, session: &Session, procedure: &str, idempotency_key: &str) -> anyhow::Result<Card> {
        self.server.json(Call {
            method: Method::POST,
            path: "/api/v1/requests".to_owned(),
            token: Some(&session.token),
            idempotency_key: Some(idempotency_key),
            body: Body::Json(serde_json::json!({ "procedure": procedure })),
        })
    }

    /// Looks at a request of one's own.
    pub(crate) fn request(&self, session: &Session, id: &str) -> anyhow::Result<Card> {
        self.get(Some(&session.token), format!("/api/v1/requests/{id}"))
    }

    /// Hands over the PKCS#10.
    pub(crate) fn offer_key(&self, session: &Session, id: &str, pkcs10: &[u8]) -> anyhow::Result<Card> {
        self.server.json(Call {
            method: Method::PUT,
            path: format!("/api/v1/requests/{id}/key"),
            token: Some(&session.token),
            idempotency_key: None,
            body: Body::Der(pkcs10.to_vec()),
        })
    }

    /// Signs the request's text with the current key and hands it in. What is signed must name the PKCS#10 that was handed over.
    pub(crate) fn submit(
        &self,
        session: &Session,
        id: &str,
        pkcs10: &[u8],
        identity: &Identity,
    ) -> anyhow::Result<Card> {
        let text = self.octets(Some(&session.token), format!("/api/v1/requests/{id}/text"))?;
        let shown = String::from_utf8(text.clone())?;
        must_say(&shown, statement::request::DOCUMENT)?;
        let digest = hex::encode(crypto::streebog256(pkcs10));
        if !shown.lines().any(|line| line.ends_with(&digest)) {
            anyhow::bail!("the text to sign names another PKCS#10 than ours:\n{shown}");
        }
        let cms = self.sign(&text, &identity.key, &identity.certificate)?;
        self.post_der(Some(&session.token), format!("/api/v1/requests/{id}/submission"), cms)
    }

    /// A request as the staff see it.
    pub(crate) fn desk_request(&self, staff_token: &str, id: &str) -> anyhow::Result<Card> {
        self.get(Some(staff_token), format!("/api/v1/desk/requests/{id}"))
    }

    /// Approves the version that was looked at.
    pub(crate) fn approve(&self, staff_token: &str, id: &str, version: i64) -> anyhow::Result<Card> {
        self.post(
            Some(staff_token),
            &format!("/api/v1/desk/requests/{id}/approve"),
            serde_json::json!({ "version": version }),
        )
    }

    /// Looks behind a link; changes nothing.
    pub(crate) fn open(&self, link: &Link) -> anyhow::Result<Delivery> {
        self.get(None, link.path(""))
    }

    /// The exact octets of the act, and their signature by the current key, handed in.
    pub(crate) fn sign_act(&self, link: &Link, identity: &Identity) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
        let text = self.octets(None, link.path("/act"))?;
        must_say(std::str::from_utf8(&text)?, statement::act::DOCUMENT)?;
        let cms = self.sign(&text, &identity.key, &identity.certificate)?;
        let _: Delivery = self.post_der(None, link.path("/act"), cms.clone())?;
        Ok((text, cms))
    }

    /// Takes the certificate.
    pub(crate) fn deliver(&self, link: &Link) -> anyhow::Result<Delivered> {
        self.post(None, &link.path("/certificate"), serde_json::json!({}))
    }

    /// Signs the challenge with the new key, and the act, where there is one.
    pub(crate) fn prove(
        &self,
        link: &Link,
        challenge: &str,
        act: Option<&str>,
        key: &dyn Signer,
        certificate: &Certificate,
    ) -> anyhow::Result<Card> {
        must_say(challenge, statement::possession::DOCUMENT)?;
        let pem = |text: &str| -> anyhow::Result<String> {
            Ok(crypto::pem_encode("CMS", &self.sign(text.as_bytes(), key, certificate)?))
        };
        let mut body = serde_json::json!({ "proof": pem(challenge)? });
        if let Some(act) = act {
            must_say(act, statement::act::DOCUMENT)?;
            body["act"] = pem(act)?.into();
        }
        self.post(None, &link.path("/proof"), body)
    }

    /// A detached CMS (CAdES-BES) over the text.
    fn sign(&self, text: &[u8], key: &dyn Signer, certificate: &Certificate) -> anyhow::Result<Vec<u8>> {
        let cms = self.clock.at(|at| crypto::sign_cms(text, true, key, certificate, &[], at.now.seconds(), at.rng))?;
        Ok(cms)
    }

    fn get<T: serde::de::DeserializeOwned>(&self, token: Option<&str>, path: String) -> anyhow::Result<T> {
        self.server.json(Call { method: Method::GET, path, token, idempotency_key: None, body: Body::None })
    }

    fn octets(&self, token: Option<&str>, path: String) -> anyhow::Result<Vec<u8>> {
        self.server.octets(Call { method: Method::GET, path, token, idempotency_key: None, body: Body::None })
    }

    fn post<T: serde::de::DeserializeOwned>(
        &self,
        token: Option<&str>,
        path: &str,
        body: serde_json::Value,
    ) -> anyhow::Result<T> {
        let call =
            Call { method: Method::POST, path: path.to_owned(), token, idempotency_key: None, body: Body::Json(body) };
        self.server.json(call)
    }

    fn post_der<T: serde::de::DeserializeOwned>(
        &self,
        token: Option<&str>,
        path: String,
        der: Vec<u8>,
    ) -> anyhow::Result<T> {
        self.server.json(Call { method: Method::POST, path, token, idempotency_key: None, body: Body::Der(der) })
    }
}

/// A client signs only what says it is what it takes it for.
fn must_say(text: &str, document: &str) -> anyhow::Result<()> {
    let wanted = format!("Document: {document}");
    if text.lines().any(|line| line == wanted) {
        Ok(())
    } else {
        anyhow::bail!("the text to sign does not say \"{wanted}\":\n{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_out_of_its_address() {
        let code = "0a".repeat(32);
        let check = |address: &str, taken: bool| assert_eq!(Link::parse(address).is_some(), taken, "{address}");
        check(&format!("http://127.0.0.1:8787/ca/certificate?agentId=1&code={code}\n"), true);
        check(&format!("https://ca.example.org/ca/certificate?class=2&code={code}&agentId=1"), true);
        check(&format!("http://x/ca/certificate?code={code}"), false);
        check("http://x/ca/certificate?agentId=1&code=0a", false);
        check(&code, false);
    }
}
